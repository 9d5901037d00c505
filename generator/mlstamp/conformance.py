"""An existing repository as the subject of checks: a copy, so that nothing of it is touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from .checks.base import Subject
from .errors import Refused
from .project import Project
from .render import stored_answers
from .source import git

_LEFT_OUT = (".venv", ".git", "__pycache__", "node_modules")


@contextmanager
def copy_of(repository: Path) -> Iterator[Subject]:
    """Yield a copy of the repository's own files as a subject; logs are kept beside the copy."""
    if not repository.is_dir():
        raise Refused(f"{repository} is not a folder: give the path of a stamped repository.")
    answers = {k: v for k, v in stored_answers(repository).items() if not k.startswith("_")}
    with TemporaryDirectory(prefix="mlstamp-check-", ignore_cleanup_errors=True) as temporary:
        work = Path(temporary).resolve()
        root = work / "project"
        _copy(repository, root)
        yield Subject(Project(root, work / "logs"), work, repository.name, answers)


def _copy(repository: Path, root: Path) -> None:
    """Copy what git keeps or would keep; a folder without git is copied but for its caches."""
    if (repository / ".git").exists():
        listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=repository)
        for name in filter(None, listed.split("\0")):
            if (repository / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(repository / name, root / name)
    else:
        shutil.copytree(repository, root, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    git("add", "--all", cwd=root)
