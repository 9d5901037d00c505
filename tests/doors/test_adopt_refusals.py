"""What `mlstamp adopt` refuses: one sentence, exit code 2, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlstamp import adopt
from mlstamp.adopt import BRANCH
from mlstamp.checks.update import commit
from mlstamp.errors import Refused
from mlstamp.source import Source, git
from tests.support import write_all
from tests.test_cli import ends


def dirty(own: Path) -> None:
    write_all(own, {"draft.py": ""})


def without_git(own: Path) -> None:
    (own / ".git").rename(own.parent / "elsewhere")


def ours(own: Path) -> None:
    write_all(own, {".copier-answers.yml": "_commit: v1\n"})
    commit(own)


def without_python(own: Path) -> None:
    git("rm", "--quiet", "-r", "src", "tests", "pyproject.toml", cwd=own)
    commit(own)


def without_a_commit(own: Path) -> None:
    git("update-ref", "-d", "HEAD", cwd=own)


def adopted_before(own: Path) -> None:
    git("branch", BRANCH, cwd=own)


def reserved(own: Path) -> None:
    git("mv", "src/sales_forecast", "src/json", cwd=own)
    commit(own)


def flat(own: Path) -> None:
    git("mv", "src/sales_forecast", "umbrella_sales", cwd=own)
    commit(own)


def broken(own: Path) -> None:
    (own / "pyproject.toml").write_text("[project\n")
    commit(own)


UNFIT = {
    dirty: "not committed: commit or stash them",
    without_git: "not the root of a git repository",
    ours: "under a template already: mlstamp update",
    without_python: "holds no Python",
    without_a_commit: "has no commit yet",
    adopted_before: "git branch -D mlstamp-adopt takes it away",
    reserved: "json is a name that the project needs",
    flat: "git mv umbrella_sales src/umbrella_sales",
    broken: "pyproject.toml is not TOML",
}


@pytest.mark.parametrize(
    ("spoil", "sentence"), UNFIT.items(), ids=lambda one: getattr(one, "__name__", "")
)
def test_what_cannot_be_adopted_is_refused_by_a_sentence_and_left_as_it_is(
    own: Path,
    origin: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    sentence: str,
) -> None:
    spoil(own)
    before = {
        path: path.read_bytes()
        for path in own.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    assert ends(monkeypatch, "adopt", str(own), "--source", str(origin)) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    after = {
        path: path.read_bytes()
        for path in own.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    assert after == before


def test_a_folder_that_is_not_there_and_a_template_without_releases_are_refused(
    own: Path, origin: Path, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="is not a folder"):
        adopt.adopt(tmp_path / "none", Source(str(origin), "v1.0.0"), [], say=print)
    with pytest.raises(Refused, match="no commit from which updates could come"):
        adopt.adopt(own, Source(str(origin)), [], say=print)
