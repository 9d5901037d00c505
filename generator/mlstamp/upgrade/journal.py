"""What an update found and left, so that it can be taken back exactly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import Refused
from ..source import git
from .rehearsal import tree

NAME = "mlstamp-update.json"  # within .git, where no file of the project can be


@contextmanager
def kept(project: Path) -> Iterator[None]:
    """Write down what was there before and, when all went well, what is there afterwards."""
    facts: dict[str, object] = {"head": git("rev-parse", "HEAD", cwd=project)}
    path = _path(project)
    path.write_text(json.dumps(facts), encoding="utf-8")
    yield
    path.write_text(json.dumps(facts | {"left": _digests(project)}), encoding="utf-8")


def pending(project: Path) -> bool:
    """Tell whether an update was begun here of which nothing was committed since."""
    facts = _read(project)
    same = facts.get("head") == git("rev-parse", "HEAD", cwd=project)
    return same and bool(git("status", "--porcelain", cwd=project))


def undo(project: Path) -> None:
    """Make the project what it was before the update; refused where later work would be lost."""
    facts = _read(project)
    if not facts:
        raise Refused(f"No update of {project} is on record: there is nothing to take back.")
    if facts["head"] != git("rev-parse", "HEAD", cwd=project):
        raise Refused("Something was committed since the update: take that back with git revert.")
    left = facts.get("left")  # nothing when the update was cut short: all that is new came by it
    if left is not None and (later := _differing(left, _digests(project))):
        raise Refused(
            f"You changed {', '.join(later[:5])} since the update: "
            "put that aside (git stash), then take the update back."
        )
    git("reset", "--hard", "--quiet", "HEAD", cwd=project)
    for name in git("ls-files", "-z", "--others", "--exclude-standard", cwd=project).split("\0"):
        if name:
            _remove(project, name)
    _path(project).unlink()


def _remove(project: Path, name: str) -> None:
    """Remove a file, and the folders that it leaves empty."""
    (project / name).unlink()
    for parent in (project / name).parents:
        if parent == project or any(parent.iterdir()):
            return
        parent.rmdir()


def _differing(left: dict[str, str], now: dict[str, str]) -> list[str]:
    return sorted(name for name in left | now if left.get(name) != now.get(name))


def _digests(project: Path) -> dict[str, str]:
    return {name: hashlib.sha256(text).hexdigest() for name, text in tree(project).items()}


def _read(project: Path) -> dict[str, Any]:
    path = _path(project)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _path(project: Path) -> Path:
    return project / git("rev-parse", "--git-path", NAME, cwd=project)
