"""The branches that adopting makes: one to review and merge, one to compare with.

They are made in a worktree of their own and named at the very end, so until then nothing of it can
be seen in the repository, and its own files are never touched.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..source import git
from .facts import BRANCH, REFERENCE
from .plan import Kind, Step


def make(repository: Path, rendered: Path, found: Sequence[Step], release: str) -> None:
    """Commit the steps on a branch, keep the whole template on another, and switch to the first."""
    with _worktree(repository) as work:
        _add_new(work, rendered, found, release)
        _merge(work, found, release)
        adopted = git("rev-parse", "HEAD", cwd=work)
        reference = _whole(work, rendered, release)
    _name(repository, {BRANCH: adopted, REFERENCE: reference})


def _name(repository: Path, commits: dict[str, str]) -> None:
    """Name the branches and switch to the first; where that cannot be, none stays."""
    try:
        for branch, commit in commits.items():
            git("branch", branch, commit, cwd=repository)
        git("checkout", "--quiet", "--no-overwrite-ignore", next(iter(commits)), cwd=repository)
    except BaseException:
        for branch in git("branch", "--list", *commits, cwd=repository).split():
            git("branch", "--quiet", "-D", branch, cwd=repository)
        raise


@contextmanager
def _worktree(repository: Path) -> Iterator[Path]:
    with TemporaryDirectory(prefix="mlstamp-adopt-", ignore_cleanup_errors=True) as temporary:
        work = Path(temporary).resolve() / "work"
        git("worktree", "add", "--quiet", "--detach", str(work), cwd=repository)
        try:
            yield work
        finally:
            git("worktree", "remove", "--force", str(work), cwd=repository)


def _add_new(work: Path, rendered: Path, found: Sequence[Step], release: str) -> None:
    new = [step.path for step in found if step.kind is Kind.NEW]
    for path in new:
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(rendered / path, work / path)
    _commit(work, new, f"Adopt mlstamp {release}: files that were not there")


def _merge(work: Path, found: Sequence[Step], release: str) -> None:
    merged = [step for step in found if step.kind is Kind.MERGED]
    for step in merged:
        (work / step.path).write_text(step.text, encoding="utf-8", newline="\n")
    if merged:
        said = "\n".join(f"- {line}" for step in merged for line in step.overruled)
        message = f"Adopt mlstamp {release}: files that both have, as one"
        body = f"\n\nWhat was here overrules the template in:\n{said}" if said else ""
        _commit(work, [step.path for step in merged], message + body)


def _commit(work: Path, paths: Sequence[str], message: str) -> None:
    """Commit these paths, whatever the owner's .gitignore and hooks say of them."""
    for first in range(0, len(paths), 100):  # a command line has an end
        git("add", "--force", "--", *paths[first : first + 100], cwd=work)
    git("commit", "--quiet", "--no-verify", "--message", message, cwd=work)


def _whole(work: Path, rendered: Path, release: str) -> str:
    """Return a commit without a past that holds the template as it was rendered."""
    git("read-tree", "--empty", cwd=work)
    git("--work-tree", str(rendered), "add", "--all", "--force", cwd=work)
    tree = git("write-tree", cwd=work)
    return git("commit-tree", tree, "-m", f"The template mlstamp {release}", cwd=work)
