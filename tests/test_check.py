"""`mlstamp check`: one or many projects in use, what it says of them, and that it touches none."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mlstamp import conformance
from mlstamp.checks import CHECKS
from mlstamp.checks.base import NotVerified
from mlstamp.checks.update import commit
from mlstamp.source import git
from mlstamp.stamp import Templates
from tests.in_use import InUse, ended, fingerprint, in_use
from tests.support import write_all

WIRING = "def configure():\n    return 'settings'\n"
SERVICE = """\
from pathlib import Path
from song.errors import StageError


def load(settings):
    if Path("bundles/abc/model").read_text() != "as trained":
        raise StageError("model is not what training wrote.")
"""


@pytest.fixture
def place(tmp_path: Path) -> InUse:
    return in_use(tmp_path)


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `mlstamp check` with these words, as a shell would, and return the exit code."""
    return partial(ended, monkeypatch, "check")


def test_findings_are_shown_and_written_and_a_warning_is_not_red(
    place: InUse, check: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.change("config/default.yaml", "min_positives: 200", "min_positives: 50")
    words = (place.project, "--checks", "conformance", "--json", tmp_path / "r.json")
    assert check(*words) == 0
    said = capsys.readouterr().out
    assert "warning  config/default.yaml:4 has evaluation.min_positives: 50" in said
    assert "not verified here: a champion: there is no bundles/champion.json here" in said
    results = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["results"]
    [found] = [result["findings"] for result in results if result["check"] == "conformance.bars"]
    assert (found[0]["path"], found[0]["line"]) == ("config/default.yaml", 4)
    assert found[0]["level"] == "warning"


def test_what_is_red_ends_with_1_and_says_where(
    place: InUse, check: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    place.change("Dockerfile", "RUN two", "RUN another")
    assert check(place.project, "--checks", "conformance.drift") == 1
    assert "nobody said why. Dockerfile:3 differs from v1.0.0" in capsys.readouterr().out


def test_findings_are_written_as_sarif_when_something_is_red_too(
    place: InUse, check: Any, tmp_path: Path
) -> None:
    place.change("Dockerfile", "RUN two", "RUN another")
    words = ("--checks", "conformance.drift", "--sarif", tmp_path / "r.sarif")
    assert check(place.project, *words) == 1
    log = json.loads((tmp_path / "r.sarif").read_text(encoding="utf-8"))
    [result] = log["runs"][0]["results"]
    assert (log["version"], result["ruleId"]) == ("2.1.0", "conformance.drift")
    where = result["locations"][0]["physicalLocation"]
    assert where == {"artifactLocation": {"uri": "Dockerfile"}, "region": {"startLine": 3}}


def test_many_projects_have_a_row_each_and_one_that_is_none_stops_nothing(
    place: InUse, check: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = in_use(tmp_path / "other")
    place.release("v1.1.0")
    write_all(tmp_path / "stranger", {"a.txt": "a\n"})
    paths = (place.project, tmp_path / "stranger", other.project)
    assert check(*paths, "--checks", "conformance.release") == 2
    shown = capsys.readouterr()
    for row in ("churn 1 note nothing", "other/churn nothing nothing"):
        assert row in " ".join(shown.out.split())
    assert f"{tmp_path / 'stranger'} was not stamped by Copier" in shown.err
    other.change("Dockerfile", "RUN two", "RUN another")
    assert check(*paths, "--checks", "conformance.drift,conformance.release") == 1


BAD = {
    "an empty folder": (lambda place: place.project.parent / "empty", "was not stamped by Copier"),
    "answers that are no YAML": (
        lambda place: _spoilt(place, ".copier-answers.yml", "a: [b\n"),
        "is not what Copier wrote: take it back from git",
    ),
    "answers that are no mapping": (
        lambda place: _spoilt(place, ".copier-answers.yml", "- a\n"),
        "is not what Copier wrote: take it back from git",
    ),
    "answers with a name that is none": (
        lambda place: _changed(place, "colour: red", "1: red"),
        "is not what Copier wrote: take it back from git",
    ),
    "a commit of nowhere": (
        lambda place: _changed(place, "_src_path", "_gone"),
        "is not what Copier wrote: take it back from git",
    ),
    "a commit that is empty": (
        lambda place: _changed(place, "_commit: v1.0.0", "_commit: null"),
        "is not what Copier wrote: take it back from git",
    ),
    "a folder without git": (lambda place: _without_git(place), "is not kept by git: git init"),
    "a release that is gone": (
        lambda place: _changed(place, "v1.0.0", "v0.1.0"),
        "has no v0.1.0 any more",
    ),
    "a file": (lambda place: place.project / "justfile", "is not a folder"),
}


def _spoilt(place: InUse, name: str, text: str) -> Path:
    place.write(name, text)
    return place.project


def _changed(place: InUse, before: str, after: str) -> Path:
    place.change(".copier-answers.yml", before, after)
    return place.project


def _without_git(place: InUse) -> Path:
    (place.project / ".git").rename(place.project.parent / "moved")
    return place.project


@pytest.mark.parametrize(("spoil", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_checked_is_refused_by_a_sentence_and_left_as_it_is(
    place: InUse, check: Any, spoil: Any, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.project.parent / "empty").mkdir()
    path = spoil(place)
    before = fingerprint(place.project.parent)
    assert check(path, "--checks", "conformance") == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.strip().splitlines())) == ("", 1)
    assert sentence in said.err
    assert fingerprint(place.project.parent) == before


def test_how_long_a_file_of_the_owners_is_is_theirs_to_say(place: InUse, check: Any) -> None:
    place.write("src/churn/problem/long.py", "x = 1\n" * 500)
    assert check(place.project, "--checks", "structure.answers,structure.sizes") == 0


def test_a_check_that_concerns_no_project_is_refused(place: InUse, check: Any, capsys: Any) -> None:
    assert check(place.project, "--checks", "container.image") == 2
    assert "Nothing was checked: --checks container.image does not concern" in (
        capsys.readouterr().err
    )


def test_a_template_out_of_reach_is_not_verified_and_nothing_is_touched(
    place: InUse, check: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    _changed(place, str(place.template), "https://template.invalid/acme/mlstamp")
    commit(place.project)
    place.write("draft.txt", "not committed\n")
    before = fingerprint(place.project)
    assert check(place.project, "--checks", "conformance,structure.answers") == 0
    said = capsys.readouterr().out
    assert said.count("the template at https://template.invalid") == 5
    assert "1 files are not as committed" in said
    assert fingerprint(place.project) == before


def test_a_repository_within_another_is_checked_alone(
    place: InUse, check: Any, tmp_path: Path
) -> None:
    _without_git(place)
    git("init", "--quiet", cwd=tmp_path)
    write_all(tmp_path, {"outside.txt": "no part of it\n"})
    assert check(place.project, "--checks", "conformance.drift,conformance.gates") == 0


def test_within_a_hook_the_index_of_the_commit_is_left_alone(
    place: InUse, check: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = place.project / ".git" / "index"
    before = index.read_bytes()
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    monkeypatch.setenv("GIT_DIR", str(place.project / ".git"))
    assert check(place.project, "--checks", "conformance.drift") == 0
    assert index.read_bytes() == before
    assert "GIT_DIR" not in os.environ


@pytest.fixture
def champion(place: InUse) -> InUse:
    """A project whose own code loads its champion, with this Python as its environment."""
    place.change("pyproject.toml", "churn.cli:main", "song.cli:main")
    files = {"__init__": "", "wiring": WIRING, "serving/__init__": "", "serving/service": SERVICE}
    files["errors"] = "class StageError(Exception):\n    pass\n"
    for name, text in files.items():
        place.write(f"src/song/{name}.py", text)
    place.write(".gitignore", "bundles/\n.venv/\n")
    place.write("bundles/champion.json", '{"path": "abc"}')
    place.write("bundles/abc/model", "as trained")
    place.write("bundles/abc.sig", "signature")
    environment = place.project / ".venv" / "bin"
    environment.mkdir(parents=True)
    (environment / "python").symlink_to(sys.executable)
    commit(place.project)
    return place


def test_the_projects_own_code_says_whether_its_champion_may_answer(
    champion: InUse, tmp_path: Path
) -> None:
    before = fingerprint(champion.project)
    assert champion.found("conformance.bundle") == ()
    with conformance.copy_of(champion.project, Templates(tmp_path)) as subject:
        CHECKS["conformance.bundle"].run(subject)
        assert (subject.root / "bundles" / "abc.sig").is_file()
    assert fingerprint(champion.project) == before
    champion.write("bundles/abc/model", "changed")
    [finding] = champion.found("conformance.bundle")
    assert str(finding) == "bundles/champion.json model is not what training wrote."


def test_a_champion_that_nobody_can_load_here_is_not_verified(champion: InUse) -> None:
    champion.write("src/song/wiring.py", "import no_such_package\n")
    with pytest.raises(NotVerified, match=r"No module named 'no_such_package'.*uv sync"):
        champion.found("conformance.bundle")
    (champion.project / ".venv" / "bin" / "python").unlink()
    with pytest.raises(NotVerified, match="its environment: uv sync"):
        champion.found("conformance.bundle")


def test_a_pointer_that_is_broken_is_for_the_projects_own_code_to_refuse(champion: InUse) -> None:
    champion.write("bundles/champion.json", "[]")
    [finding] = champion.found("conformance.bundle")
    assert "FileNotFoundError" in finding.message
