"""The commit that a change is compared with, and what the repository was like at it."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from .errors import Refused
from .source import checkout, git

MAIN = "origin/main"


def asked_for(since: str, *, branch: bool) -> str:
    """Return the commit to compare with: the one that is named, or where the branch began."""
    return commit(repository(), since) if since or branch else ""


def repository() -> Path:
    """Return the clone that this code runs from."""
    root = checkout()
    if root is None or not (root / ".git").exists():
        raise Refused(
            "--changed compares with a commit, and this is not a clone with git: run it from one."
        )
    return root


def commit(root: Path, wanted: str = "") -> str:
    """Return the commit that is meant; none named means where this branch left the main one."""
    name = wanted or _fork(root)
    try:
        options = ("--verify", "--quiet", "--short", "--end-of-options")
        return git("rev-parse", *options, f"{name}^{{commit}}", cwd=root)
    except Refused:
        raise Refused(
            f"{name} is not a commit of this repository: name a branch, a tag or a commit."
        ) from None


def _fork(root: Path) -> str:
    """Return where the branch began; on the main branch itself, the last commit."""
    if not _is_there(root, MAIN):
        return "HEAD"
    try:
        return git("merge-base", "HEAD", MAIN, cwd=root)
    except Refused:
        raise Refused(
            f"No commit that HEAD and {MAIN} share is here: "
            "run `git fetch --unshallow`, or name a commit with --since."
        ) from None


def _is_there(root: Path, name: str) -> bool:
    try:
        return bool(git("rev-parse", "--verify", "--quiet", name, cwd=root))
    except Refused:
        return False


@contextmanager
def as_of(root: Path, name: str) -> Iterator[Path]:
    """Yield a folder with everything that a commit holds."""
    with TemporaryDirectory(prefix="mlstamp-before-", ignore_cleanup_errors=True) as temporary:
        archive, folder = Path(temporary) / "all.tar", Path(temporary).resolve() / "all"
        git("archive", "--format=tar", f"--output={archive}", name, cwd=root)
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        yield folder
