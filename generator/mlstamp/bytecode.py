"""What Python compiled of the dependencies, lent from one variant's environment to the next.

A new environment compiles whatever it imports, some eight seconds of a processor each time. uv
links the same files into all of them, so what was compiled is the same too; Python looks at the
time and size of a source before it believes any of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

CACHE = "__pycache__"


class Bytecode:
    """A folder of compiled modules, by their place in an environment."""

    def __init__(self, store: Path) -> None:
        """Use this folder, which need not exist yet."""
        self._store = store

    def lend(self, environment: Path) -> None:
        """Put what is known beside the sources of an environment that has them."""
        for cache in _caches(self._store):
            place = environment / cache.relative_to(self._store)
            if place.parent.is_dir():
                _link_all(cache, place)

    def keep(self, environment: Path) -> None:
        """Remember what was compiled in an environment."""
        for cache in _caches(environment):
            _link_all(cache, self._store / cache.relative_to(environment))


def _caches(folder: Path) -> Iterator[Path]:
    for place, names, _ in os.walk(folder):
        if CACHE in names:
            names.remove(CACHE)
            yield Path(place, CACHE)


def _link_all(origin: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    known = {path.name for path in target.iterdir()}
    for path in origin.glob("*.pyc"):
        if path.name not in known:
            with suppress(FileExistsError, FileNotFoundError):  # another thread was faster
                _link(path, target / path.name)


def _link(path: Path, copy: Path) -> None:
    try:
        os.link(path, copy)
    except FileExistsError:
        raise
    except OSError:  # another disk, or one without links
        shutil.copy2(path, copy)
