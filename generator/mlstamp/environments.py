"""One environment for each distinct lock, which variants use one after another.

Half of the variants ask for the same packages. The `.venv` of each is a link to the environment of
its lock, where `uv sync` replaces the project alone, and takes away what a check installed by hand.
Each thread has environments of its own, so that no two variants are ever in one at a time.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .project import Project

COMPLETE = "synced"  # a file of an environment that a sync went through


@contextmanager
def lent(project: Project, shelf: Path | None) -> Iterator[None]:
    """Let the project's `.venv` be the environment of its lock, for a `uv sync` to fill.

    What a sync did not complete is begun anew by the next. Without a shelf or a lock, and where
    links cannot be made, the project keeps an environment of its own.
    """
    place = shelf and _place(project, shelf)
    if place is None or not _attach(project, place):
        yield
        return
    complete = place / COMPLETE
    complete.unlink(missing_ok=True)
    yield
    complete.touch()


def _place(project: Project, shelf: Path) -> Path | None:
    """Return where the environment of the project's lock is: of the same packages in each group."""
    lock, version = project.root / "uv.lock", project.root / ".python-version"
    if not lock.is_file():
        return None
    settings = project.pyproject().get("tool", {}).get("uv", {})
    texts = [path.read_bytes() for path in (lock, version) if path.is_file()]
    asked = b"\0".join([*texts, json.dumps(settings, sort_keys=True).encode()])
    return shelf / hashlib.sha256(asked).hexdigest()[:16]


def _attach(project: Project, place: Path) -> bool:
    """Link `.venv` to the environment, which is made if it is not there; tell whether it worked."""
    link = project.root / ".venv"
    if link.is_symlink():
        link.unlink()
    try:
        link.symlink_to(place, target_is_directory=True)
    except OSError:  # it has one of its own, or this machine lets nobody make links
        return False
    if not (place / COMPLETE).is_file():
        shutil.rmtree(place, ignore_errors=True)
        # Programs of any other environment would name the `.venv` that they were installed by.
        if project.run("uv", "venv", "--quiet", "--relocatable", str(place)).code:
            link.unlink()
            return False
    _hide(project.root)
    return True


def _hide(root: Path) -> None:
    """Have git overlook the link: what projects ignore is `.venv/`, which only a folder is."""
    if (root / ".git").is_dir():
        exclude = root / ".git" / "info" / "exclude"
        exclude.parent.mkdir(exist_ok=True)
        with exclude.open("a", encoding="utf-8", newline="\n") as file:
            file.write("/.venv\n")
