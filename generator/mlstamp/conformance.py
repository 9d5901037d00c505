"""A repository in use as the subject of checks: a copy, so that nothing of it is touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from .checks.base import Subject
from .errors import Refused
from .project import Project
from .render import ANSWERS_FILE, stored_answers
from .source import Source, git
from .stamp import Stamp, Templates


@contextmanager
def copy_of(
    repository: Path, templates: Templates, name: str = "", template: str = ""
) -> Iterator[Subject]:
    """Yield a copy of what git keeps of a repository as a subject; its logs are beside the copy.

    The template is that on record, or the one at `template`: a clone, where it moved or
    cannot be reached.
    """
    if not repository.is_dir():
        raise Refused(f"{repository} is not a folder: give the path of a stamped repository.")
    stored = stored_answers(repository)
    if not _is_copiers(stored):
        path = repository / ANSWERS_FILE
        raise Refused(f"{path} is not what Copier wrote: take it back from git.")
    kept = _kept(repository)
    answers = {k: v for k, v in stored.items() if not k.startswith("_")}
    with TemporaryDirectory(prefix="mlstamp-check-", ignore_cleanup_errors=True) as temporary:
        work = Path(temporary).resolve()
        root = work / "project"
        _copy(repository, kept, root)
        stamp = None
        if "_commit" in stored:
            source = Source(template or str(stored["_src_path"]), str(stored["_commit"]))
            stamp = Stamp(source, answers, work, templates)
        yield Subject(
            Project(root, work / "logs"),
            work,
            name or repository.name,
            answers,
            stamp=stamp,
            origin=repository,
        )


def _is_copiers(stored: Mapping[str, object]) -> bool:
    """Tell whether Copier can have written these: each has a name, and a commit has a place."""
    origin = (stored.get("_commit"), stored.get("_src_path"))
    known = "_commit" not in stored or all(isinstance(one, str) and one for one in origin)
    return known and all(isinstance(name, str) for name in stored)


def _kept(repository: Path) -> list[str]:
    """Return every path that git keeps or would keep; refused where it keeps nothing."""
    try:
        listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=repository)
    except Refused as error:
        if "not a git repository" not in str(error):
            raise Refused(f"{repository} cannot be read: {error}") from None
        listed = ""
    names = {name for name in listed.split("\0") if (repository / name).is_file()}
    if ANSWERS_FILE not in names:
        raise Refused(f"{repository} is not kept by git: git init, and commit it first.")
    return sorted(names)


def _copy(repository: Path, names: list[str], root: Path) -> None:
    """Copy these files into a new folder, and let git have them there."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(repository / name, root / name)
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    git("add", "--all", cwd=root)
