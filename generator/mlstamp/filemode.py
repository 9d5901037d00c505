"""git is asked once a folder: Copier asks it for every file whether it keeps executable bits.

That is a process for each of three hundred files, and more than half of the time of a render.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_METHOD = "_sync_git_index_executable_bit"  # Copier's own; a release without it asks no git


@contextmanager
def asked_once(worker: Any) -> Iterator[None]:
    """Let Copier's worker remember what git said; one thread at a time may be within."""
    whole: Any = getattr(worker, _METHOD, None)
    if whole is None:
        yield
        return
    known: dict[Path, bool] = {}

    def only_if_git_is_blind(self: Any, *rest: object, **more: object) -> Any:
        root = getattr(getattr(self, "subproject", None), "local_abspath", None)
        if root is None:  # another Copier, which asks as often as it likes
            return whole(self, *rest, **more)
        if root not in known:
            known[root] = _is_blind(root)
        return whole(self, *rest, **more) if known[root] else None

    setattr(worker, _METHOD, only_if_git_is_blind)
    try:
        yield
    finally:
        setattr(worker, _METHOD, whole)


def _is_blind(root: Path) -> bool:
    """Tell whether git takes no notice of executable bits in this folder, as on Windows."""
    said = subprocess.run(
        ["git", "config", "--type=bool", "--get", "core.fileMode"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    return said.stdout.strip() == "false"
