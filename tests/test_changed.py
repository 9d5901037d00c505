"""Which commit a change is compared with, and what was there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp import changed
from mlstamp.errors import Refused
from mlstamp.source import git
from tests.support import files, write_all


def commit(repository: Path, **texts: str) -> str:
    write_all(repository, {f"{name}.txt": text for name, text in texts.items()})
    git("add", "--all", cwd=repository)
    git("-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "x", cwd=repository)
    return git("rev-parse", "--short", "HEAD", cwd=repository)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    commit(root, first="1")
    return root


def test_none_named_means_where_the_branch_left_the_main_one(repository: Path) -> None:
    start = git("rev-parse", "--short", "HEAD", cwd=repository)
    git("update-ref", "refs/remotes/origin/main", "HEAD", cwd=repository)
    commit(repository, second="2")
    assert changed.commit(repository) == start


def test_without_a_main_branch_elsewhere_it_means_the_last_commit(repository: Path) -> None:
    assert changed.commit(repository) == git("rev-parse", "--short", "HEAD", cwd=repository)


def test_a_branch_a_tag_and_a_commit_can_be_named(repository: Path) -> None:
    git("tag", "v1", cwd=repository)
    start = git("rev-parse", "HEAD", cwd=repository)
    commit(repository, second="2")
    assert changed.commit(repository, "v1") == changed.commit(repository, start)
    assert changed.commit(repository, "main") != changed.commit(repository, "main~1")


@pytest.mark.parametrize("name", ["nowhere", "-x", "HEAD:first.txt", "HEAD~9"])
def test_what_is_no_commit_is_refused(repository: Path, name: str) -> None:
    with pytest.raises(Refused, match=f"{name} is not a commit of this repository: name a branch"):
        changed.commit(repository, name)


def test_a_history_that_ends_before_the_fork_is_refused(repository: Path) -> None:
    git("switch", "--quiet", "--orphan", "other", cwd=repository)
    commit(repository, other="1")
    git("update-ref", "refs/remotes/origin/main", "main", cwd=repository)
    with pytest.raises(Refused, match="git fetch --unshallow"):
        changed.commit(repository)


def test_without_a_clone_there_is_nothing_to_compare_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for root in (None, tmp_path):
        monkeypatch.setattr(changed, "checkout", lambda root=root: root)
        with pytest.raises(Refused, match="this is not a clone with git: run it from one"):
            changed.asked_for("", branch=True)
        assert changed.asked_for("", branch=False) == ""


def test_a_commit_is_laid_out_as_it_was(repository: Path) -> None:
    commit(repository, second="2")
    write_all(repository, {"first.txt": "changed", "third.txt": "3"})
    with changed.as_of(repository, "HEAD~1") as folder:
        assert files(folder) == {"first.txt"}
        assert (folder / "first.txt").read_text(encoding="utf-8") == "1"
    assert not folder.exists()
