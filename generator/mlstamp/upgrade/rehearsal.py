"""The update, done to a copy: what it leaves there is what is put in place later."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import render
from ..places import record
from ..render import ANSWERS_FILE, stored_answers
from ..source import Source, git, git_bytes
from .mend import Stages, mended, swept
from .plan import MARKER, Change, Tree, Trees

_AUTHOR = ("-c", "user.name=mlstamp", "-c", "user.email=mlstamp@example.com")
_PLAIN = ("--no-renames", "-r", "-z", "--name-only")


@dataclass(frozen=True)
class Result:
    """What an update leaves, as objects that the project's own git can take in."""

    tree: str
    touched: tuple[str, ...]
    added: tuple[str, ...]  # of which
    quoted: frozenset[str]  # files in which the template itself shows a conflict
    unmerged: bytes  # for `git update-index -z --index-info`
    pack: bytes


def rehearse(
    project: Path, old: Source, new: Source, answers: Mapping[str, object]
) -> tuple[list[Change], Result]:
    """Return what an update of the committed project changes, and what it leaves."""
    with _workplace() as work:
        copy = work / "project"
        git("clone", "--quiet", "--no-hardlinks", str(project.resolve()), str(copy), plain=True)
        head, before, asked = git("rev-parse", "HEAD", cwd=copy), contents(copy), _answers(copy)
        _point_to(copy, new.location)
        render.update(copy, new.ref, answers)
        stamped = _fresh(old, work / "stamped", asked)
        fresh = _fresh(new, work / "fresh", _answers(copy))
        trees = swept(copy, Trees(stamped, before, fresh, contents(copy)), old, new)
        found, stages = mended(copy, trees)
        quoted = frozenset(path for path, text in fresh.items() if MARKER.search(text))
        return found, _result(copy, head, stages, quoted)


@contextmanager
def _workplace() -> Iterator[Path]:
    with TemporaryDirectory(prefix="mlstamp-update-", ignore_cleanup_errors=True) as temporary:
        yield Path(temporary).resolve()


def contents(root: Path) -> Tree:
    """Return the content of every file below a folder, but for what is git's."""
    found = (path for path in root.rglob("*") if path.is_symlink() or path.is_file())
    named = ((path.relative_to(root), path) for path in found)
    return {name.as_posix(): content(path) for name, path in named if name.parts[0] != ".git"}


def content(path: Path) -> bytes:
    """Return the bytes of a file, and of a link the path that it holds, as git does."""
    return os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()


def _point_to(copy: Path, place: str) -> None:
    """Let the copy take its updates from here: its template may have moved."""
    if stored_answers(copy)["_src_path"] == place:
        return
    record(copy / ANSWERS_FILE, place)
    git(*_AUTHOR, "commit", "--quiet", "--all", "--message", "moved", cwd=copy, plain=True)


def _fresh(source: Source, folder: Path, answers: Mapping[str, object]) -> Tree:
    render.render(source, folder, answers)
    return contents(folder)


def _answers(project: Path) -> dict[str, object]:
    return {k: v for k, v in stored_answers(project).items() if not k.startswith("_")}


def _result(copy: Path, head: str, stages: Stages, quoted: frozenset[str]) -> Result:
    """Return the state of the copy; whatever lies there came with the project or the update."""
    unmerged = git_bytes("ls-files", "--unmerged", "-z", cwd=copy) + stages.lines
    paths = dict.fromkeys(line.partition(b"\t")[2] for line in unmerged.split(b"\0") if line)
    cleared = b"".join(b"0 " + b"0" * len(head) + b"\t" + path + b"\0" for path in paths)
    git("add", "--all", "--force", cwd=copy, plain=True)
    tree = git("write-tree", cwd=copy)
    blobs = [line.split()[1].decode() for line in unmerged.split(b"\0") if line]
    wanted = "\n".join([tree, *blobs, f"^{head}", ""]).encode()
    pack = git_bytes("pack-objects", "--stdout", "--revs", "--quiet", cwd=copy, given=wanted)
    return Result(
        tree,
        _names(git_bytes("diff-tree", *_PLAIN, head, tree, cwd=copy)),
        _names(git_bytes("diff-tree", *_PLAIN, "--diff-filter=A", head, tree, cwd=copy)),
        quoted,
        cleared + unmerged,
        pack,
    )


def _names(listed: bytes) -> tuple[str, ...]:
    return tuple(os.fsdecode(name) for name in listed.split(b"\0") if name)
