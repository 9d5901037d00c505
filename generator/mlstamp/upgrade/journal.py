"""What an update found and left, kept within .git, so that it can be taken back exactly."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import Refused
from ..source import git, git_bytes
from .rehearsal import content

NAME = "mlstamp-update"  # a folder within .git, where no file of the project can be
FACTS, BEFORE = "facts.json", "before"


@contextmanager
def kept(project: Path, touched: tuple[str, ...], tree: str) -> Iterator[None]:
    """Keep what the files hold that are about to change; whatever goes wrong, they get it back.

    `tree` is what they are about to become, by which later work is told from an update's when this
    process is killed.
    """
    folder = _folder(project)
    shutil.rmtree(folder, ignore_errors=True)
    there = [name for name in touched if os.path.lexists(project / name)]
    facts: dict[str, Any] = {"head": git("rev-parse", "HEAD", cwd=project), "changes": there}
    facts |= {"adds": [name for name in touched if name not in there], "tree": tree}
    try:
        for name in there:
            _keep(project / name, folder / BEFORE / name)
        _write(folder, facts)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        yield
        _write(folder, {**facts, "left": _digests(project, touched)})
    except BaseException:
        _restore(project, facts)
        raise


def pending(project: Path) -> bool:
    """Tell whether an update was begun here of which nothing was committed since."""
    facts = _read(project)
    if facts.get("head") != git("rev-parse", "HEAD", cwd=project):
        return False
    return not set(dirty(project)).isdisjoint(facts["changes"] + facts["adds"])


def dirty(project: Path) -> list[str]:
    """Return the files that are not committed, though the owner's git may be told to hide some."""
    words = ("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames")
    listed = git_bytes(*words, cwd=project).split(b"\0")
    return [os.fsdecode(line[3:]) for line in listed if line]


def undo(project: Path) -> None:
    """Make the project what it was before the update; refused where later work would be lost."""
    facts = _read(project)
    if not facts:
        raise Refused(f"No update of {project} is on record: there is nothing to take back.")
    if facts["head"] != git("rev-parse", "HEAD", cwd=project):
        raise Refused("Something was committed since the update: take that back with git revert.")
    if later := _later(project, facts):
        raise Refused(
            f"You changed {', '.join(later[:5])} since the update, which would be lost: take that "
            "edit back first, or commit all of it on a branch (git switch --create NAME)."
        )
    _restore(project, facts)


def _later(project: Path, facts: Mapping[str, Any]) -> list[str]:
    """Return the files that are neither as the update found them nor as it left them, or would.

    Of an update that was killed a file may be gone: git removes it before it writes the new one.
    """
    touched = [*facts["changes"], *facts["adds"]]
    before, now = _digests(_folder(project) / BEFORE, touched), _digests(project, touched)
    back = {name for name in facts["changes"] if name not in before}  # by an undo cut short
    other = [name for name in touched if name not in back and now.get(name) != before.get(name)]
    if "left" in facts:
        return sorted(name for name in other if now.get(name) != facts["left"].get(name))
    meant, there = _meant(project, facts["tree"]), _blobs(project, other)
    return sorted(name for name in there if there[name] != meant.get(name))


def _meant(project: Path, tree: str) -> dict[str, str]:
    """Return the blobs of what an update would leave; none where it was killed before it wrote."""
    try:
        listed = git("ls-tree", "-r", "-z", "--full-tree", tree, cwd=project).split("\0")
    except Refused:
        return {}
    entries = (line.partition("\t") for line in listed if line)
    return {name: facts.split()[2] for facts, _, name in entries}


def _blobs(project: Path, names: list[str]) -> dict[str, str]:
    """Return the blobs that git would make of the files that are there, with its ends of lines."""
    there = [name for name in names if os.path.lexists(project / name)]
    folders = {name: "" for name in there if _is_folder(project / name)}  # git has none for them
    links = [name for name in there if (project / name).is_symlink()]
    plain = [name for name in there if name not in {*folders, *links}]
    given = "\n".join(plain).encode("utf-8", "surrogateescape")
    found = git("hash-object", "--stdin-paths", cwd=project, given=given).splitlines()
    linked = {
        name: git("hash-object", "--stdin", cwd=project, given=content(project / name))
        for name in links
    }
    return dict(zip(plain, found, strict=True)) | linked | folders


def _restore(project: Path, facts: Mapping[str, Any]) -> None:
    """Put back the very files, not what git would check out: their bytes, modes and times.

    Done again after it was cut short, it ends the same: what is back already is not kept any more.
    """
    folder = _folder(project)
    if _staged(project):  # first, because a lock that somebody left stops it
        names = "\0".join(facts["changes"] + facts["adds"]).encode("utf-8", "surrogateescape")
        words = ("reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", "HEAD")
        git("--literal-pathspecs", *words, cwd=project, given=names)
    for name in facts["adds"]:
        _remove(project, name)
    for name in facts["changes"]:
        if os.path.lexists(kept := folder / BEFORE / name):
            _remove(project, name)
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(kept, project / name)  # no room is needed for that
    shutil.rmtree(folder)


def _staged(project: Path) -> bool:
    return bool(git("diff-index", "--cached", "--name-only", "HEAD", cwd=project))


def _keep(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, to, follow_symlinks=False)


def _remove(project: Path, name: str) -> None:
    """Remove a file, and the folders that it leaves empty."""
    path = project / name
    if not (path.is_symlink() or path.is_file()):
        return
    path.unlink()
    for parent in path.parents:
        if parent == project or any(parent.iterdir()):
            return
        parent.rmdir()


def _digests(project: Path, touched: Iterable[str]) -> dict[str, str]:
    there = (name for name in touched if os.path.lexists(project / name))
    return {name: _digest(project / name) for name in there}


def _digest(path: Path) -> str:
    """Return what tells one content from another; a folder is like no file."""
    return "" if _is_folder(path) else hashlib.sha256(content(path)).hexdigest()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _write(folder: Path, facts: Mapping[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{FACTS}.new"
    written.write_text(json.dumps(facts), encoding="utf-8")
    written.replace(folder / FACTS)


def _read(project: Path) -> dict[str, Any]:
    path = _folder(project) / FACTS
    if not path.is_file():
        return {}
    try:
        return _whole(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused(
            f"{path} is broken, so that the last update cannot be taken back: look at git diff, "
            f"copy what you need out of {path.parent / BEFORE}, and remove {path.parent}."
        ) from None


def _whole(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts that say all that is asked of them; another error for each way not to."""
    _ = facts["head"], [*facts["changes"], *facts["adds"]]
    _ = facts["left"].keys() if "left" in facts else facts["tree"]
    return facts


def _folder(project: Path) -> Path:
    return project / git("rev-parse", "--git-path", NAME, cwd=project)
