"""The update, done to a copy: what it leaves is what it would leave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import render
from ..render import stored_answers
from ..source import Source, git
from .plan import Change, Tree, Trees, changes


def rehearse(
    project: Path, old: Source, new: Source, answers: Mapping[str, object]
) -> list[Change]:
    """Return what an update of the committed project changes."""
    with TemporaryDirectory(prefix="mlstamp-update-", ignore_cleanup_errors=True) as temporary:
        work = Path(temporary).resolve()
        copy = work / "project"
        git("clone", "--quiet", "--no-hardlinks", str(project.resolve()), str(copy))
        before, asked = tree(copy), _answers(copy)
        render.update(copy, new.ref, answers)
        stamped = _fresh(old, work / "stamped", asked)
        fresh = _fresh(new, work / "fresh", _answers(copy))
        return changes(Trees(stamped, before, fresh, tree(copy)))


def tree(root: Path) -> Tree:
    """Return the content of every file that git keeps or would keep."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=root)
    paths = {name for name in listed.split("\0") if name and (root / name).is_file()}
    return {name: (root / name).read_bytes() for name in paths}


def _fresh(source: Source, folder: Path, answers: Mapping[str, object]) -> Tree:
    render.render(source, folder, answers)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _answers(project: Path) -> dict[str, object]:
    return {k: v for k, v in stored_answers(project).items() if not k.startswith("_")}
