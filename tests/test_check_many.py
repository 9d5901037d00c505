"""`mlstamp check` of many projects: none is lost, and none looks better than it is."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.in_use import InUse, ended, in_use
from tests.support import write_all
from tests.test_sarif import faults

DRIFT = ("--checks", "conformance.drift")
FILES = ("--json", "--sarif", "--junit", "--html")


@pytest.fixture
def place(tmp_path: Path) -> InUse:
    """A project, `churn`."""
    return in_use(tmp_path)


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A folder that was never stamped, `stranger`."""
    return write_all(tmp_path / "stranger", {"a.txt": "a\n"})


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Any:
    return partial(ended, monkeypatch, "check")


@pytest.fixture
def rows(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what was printed since, blanks put together."""
    return lambda: " ".join(capsys.readouterr().out.split())


def results(path: Path) -> dict[str, dict[str, Any]]:
    """Return the last result of each project in a file of JSON."""
    told = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {one["variant"]: one for one in told}


def test_a_refused_project_has_its_place_beside_a_red_one(
    place: InUse, stranger: Path, check: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.change("Dockerfile", "RUN two", "RUN another")
    files = {name: tmp_path / name for name in FILES}
    words = [word for pair in files.items() for word in pair]
    assert check(place.project, stranger, *DRIFT, *words) == 1
    said = capsys.readouterr()
    assert f"{stranger} was not stamped by Copier" in said.err
    assert "stranger not checked refused" in " ".join(said.out.split())
    assert "1 red, 1 refused" in said.out
    refused = results(files["--json"])["stranger"]
    assert (refused["check"], refused["outcome"]) == ("refused", "blocked")
    assert "was not stamped by Copier" in refused["detail"]
    assert "was not stamped by Copier" in files["--html"].read_text(encoding="utf-8")
    suite = ET.parse(files["--junit"]).find("testsuite[@name='stranger']")  # noqa: S314 # ours
    assert suite is not None
    assert suite.get("errors") == "1"


def test_where_all_are_refused_the_files_are_written_and_it_ends_with_2(
    stranger: Path, check: Any, tmp_path: Path
) -> None:
    words = ("--json", tmp_path / "r.json", "--sarif", tmp_path / "r.sarif")
    assert check(stranger, *DRIFT, *words) == 2
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["green"] is False
    log = json.loads((tmp_path / "r.sarif").read_text(encoding="utf-8"))
    assert faults(log) == []
    [run] = log["runs"]
    assert run["automationDetails"] == {"id": "mlstamp/stranger/"}
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "was not stamped by Copier" in run["results"][0]["message"]["text"]


def test_what_one_project_breaks_loses_no_result_of_the_others(
    place: InUse, check: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = in_use(tmp_path / "a")
    broken.change(".copier-answers.yml", "colour: red", "colour: 2026-13-45")  # no such day
    assert check(broken.project, place.project, *DRIFT, "--json", tmp_path / "r.json") == 2
    said = capsys.readouterr()
    assert f"{broken.project} could not be checked (ValueError: month must be in" in said.err
    assert {name: one["outcome"] for name, one in results(tmp_path / "r.json").items()} == {
        "a/churn": "blocked",
        "churn": "green",
    }


def test_a_clone_that_was_named_and_is_none_is_refused_before_anything_runs(
    place: InUse, check: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--source", tmp_path / "no-such-clone", "--json", tmp_path / "r.json")
    assert check(place.project, *DRIFT, *words) == 2
    said = capsys.readouterr()
    assert f"The template at {tmp_path / 'no-such-clone'} cannot be reached" in said.err
    assert said.out == ""
    assert not (tmp_path / "r.json").exists()


def test_a_clone_that_was_named_is_held_against_where_the_template_moved(
    place: InUse, check: Any, tmp_path: Path
) -> None:
    moved = place.template.rename(tmp_path / "moved")
    assert check(place.project, *DRIFT, "--strict", "--source", moved) == 0
    place.change("Dockerfile", "RUN two", "RUN another")
    assert check(place.project, *DRIFT, "--source", moved) == 1


def test_a_project_whose_template_is_out_of_reach_does_not_look_like_one_that_conforms(
    place: InUse, check: Any, rows: Any, tmp_path: Path
) -> None:
    other = in_use(tmp_path / "other")
    place.template.rename(tmp_path / "moved")
    assert check(place.project, other.project, *DRIFT) == 0
    said = rows()
    assert "churn 1 not verified nothing" in said
    assert "other/churn nothing nothing" in said


def test_with_strict_what_is_not_verified_is_red(
    place: InUse, check: Any, rows: Any, tmp_path: Path
) -> None:
    place.template.rename(tmp_path / "moved")
    words = ("--strict", "--json", tmp_path / "r.json", "--sarif", tmp_path / "r.sarif")
    assert check(place.project, *DRIFT, *words) == 1
    assert "red: not verified here: the template at" in rows()
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["green"] is False
    log = json.loads((tmp_path / "r.sarif").read_text(encoding="utf-8"))
    assert "the template at" in log["runs"][0]["results"][0]["message"]["text"]


@pytest.mark.parametrize("command", ["check", "verify"])
@pytest.mark.parametrize("option", ["--json", "--html", "--junit"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_runs(
    command: str,
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("mine\n", encoding="utf-8")
    for path, reason in ((tmp_path, "is a folder"), (tmp_path / "file" / "r", "is no folder")):
        words = (option, path) if option != "--json" else (option, path, "--html", tmp_path / "h")
        assert ended(monkeypatch, command, "no-such-thing", *words) == 2
        said = capsys.readouterr()
        assert reason in said.err
        assert len(said.err.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_may_be_named_in_a_folder_that_is_not_there_yet(
    place: InUse, check: Any, tmp_path: Path
) -> None:
    assert check(place.project, *DRIFT, "--sarif", tmp_path / "a" / "b" / "r.sarif") == 0
    assert (tmp_path / "a" / "b" / "r.sarif").is_file()


def test_a_project_of_somebody_else_is_refused_by_gits_own_reason(
    place: InUse,
    check: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own switch for its tests
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    assert check(place.project, *DRIFT) == 2
    said = capsys.readouterr().err
    assert "dubious ownership" in said
    assert f"git config --global --add safe.directory {place.project}" in said
    assert "git init" not in said


def test_where_git_is_absent_that_is_the_reason(
    place: InUse,
    check: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check(place.project, *DRIFT) == 2
    said = capsys.readouterr().err
    assert "git is not installed: install it" in said
    assert "git init" not in said


def test_a_private_template_is_reached_as_git_is_told_by_the_environment(
    place: InUse, check: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = "https://private.invalid/acme/mlstamp"
    place.change(".copier-answers.yml", str(place.template), private)
    assert check(place.project, *DRIFT, "--strict") == 1
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{place.template.as_uri()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", private)
    assert check(place.project, *DRIFT, "--strict") == 0
