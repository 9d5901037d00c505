"""Answers that were said elsewhere: in a file, under a name, by an organisation."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mlstamp import presets
from mlstamp.answers import Questionnaire
from mlstamp.layers import Layer, settle
from mlstamp.render import stored_answers
from tests.support import write_all
from tests.test_cli import ends

New = Callable[..., int]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder of its own, on every system."""
    if os.name == "nt":
        pytest.skip(
            "Windows asks no variable where the folder is, and the person's own is not ours"
        )
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("COPIER_SETTINGS_PATH", raising=False)
    return tmp_path / "home"


@pytest.fixture
def new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny: Path) -> New:
    """Run `mlstamp new` with the tiny template; return the exit code."""

    def run(folder: str, *words: str) -> int:
        place = ("new", str(tmp_path / folder), "--source", str(tiny))
        monkeypatch.setenv("COLUMNS", "500")
        return ends(monkeypatch, *place, "--defaults", "--no-git", "--no-lock", *words)

    return run


def test_the_command_line_wins_over_a_file_a_preset_and_the_organisation(
    new: New,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_all(tmp_path, {"a.yml": "project_name: file\nprofile: everything\n"})
    presets.save("team", {"project_name": "preset", "profile": "minimal", "batch": False})
    house = "project_name: house\nprofile: minimal\nbatch: true\ncolour: green\nelse: x\n"
    lines = "".join(f"  {line}\n" for line in house.splitlines())
    write_all(tmp_path, {"settings.yml": f"defaults:\n{lines}"})
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))
    words = ("--data", "project_name=line", "--answers", str(tmp_path / "a.yml"))
    assert new("out", *words, "--preset", "team") == 0
    stored = stored_answers(tmp_path / "out")
    found = {name: stored[name] for name in ("project_name", "profile", "batch", "colour")}
    assert found == {
        "project_name": "line",
        "profile": "everything",
        "batch": False,
        "colour": "green",
    }
    said = capsys.readouterr().out
    assert f"profile=everything from {tmp_path / 'a.yml'}." in said
    assert f"batch=false from {presets.folder() / 'team.yml'}." in said
    assert f"colour=green from {tmp_path / 'settings.yml'}." in said


def test_an_answers_file_may_be_the_one_of_another_project(new: New, tmp_path: Path) -> None:
    assert new("first", "--data", "colour=green", "--data", "batch=no") == 0
    assert new("second", "--answers", str(tmp_path / "first" / ".copier-answers.yml")) == 0
    assert stored_answers(tmp_path / "first") == stored_answers(tmp_path / "second")


def test_a_preset_holds_what_was_said_and_is_used_again(
    new: New, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--data", "project_name=shop", "--data", "profile=minimal", "--data", "colour=green")
    assert new("first", *words, "--save-preset", "team") == 0
    assert presets.load("team").answers == {"profile": "minimal", "colour": "green"}
    assert new("second", "--preset", "team") == 0
    first, second = stored_answers(tmp_path / "first"), stored_answers(tmp_path / "second")
    assert second == first | {"project_name": "second"}
    assert ends(monkeypatch, "presets") == 0
    assert "profile=minimal, colour=green" in capsys.readouterr().out


def test_a_preset_keeps_an_answer_that_the_organisation_would_change(
    new: New, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_all(tmp_path, {"settings.yml": "defaults: {colour: green}\n"})
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))
    assert new("first", "--data", "colour=red", "--save-preset", "team") == 0
    assert presets.load("team").answers == {"colour": "red"}


def test_without_presets_the_list_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(monkeypatch, "presets") == 0
    assert "--save-preset NAME makes one" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_refused_before_anything_else(
    new: New, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.write_text("a file\n")
    assert new("out", "--save-preset", "team") == 2
    assert "cannot be made" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


FILES = {
    "an unknown answer": ("color: red\n", "a.yml: color is not a question (did you mean colour?)"),
    "a computed answer": ("slug: x\n", "a.yml: slug is computed"),
    "a wrong choice": ("colour: blue\n", "a.yml: colour=blue is not a choice"),
    "a list": ("- colour\n", "a.yml holds no answers"),
    "nothing": ("", "a.yml holds no answers"),
    "no YAML": ("a: [\n", "a.yml is not YAML"),
    "an answer that is a list": ("colour: [red]\n", "colour has to be one value"),
    "an answer that is nothing": ("colour:\n", "colour has to be one value"),
}


@pytest.mark.parametrize(("text", "sentence"), FILES.values(), ids=FILES)
def test_a_file_that_holds_no_fit_answers_is_refused_and_nothing_is_made(
    new: New, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    write_all(tmp_path, {"a.yml": text})
    assert new("out", "--answers", str(tmp_path / "a.yml")) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_missing_is_refused(
    new: New, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new("out", "--answers", str(tmp_path / "none.yml")) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err


PRESETS = {
    "one that does not exist": (
        ("--preset", "nope"),
        "nope is not a preset: known are older, team",
    ),
    "one of an older template": (("--preset", "older"), "older.yml: size is not a question"),
    "a name with a path": (("--preset", "../team"), "cannot name a preset"),
    "a name that is taken": (("--save-preset", "team"), "The preset team exists"),
}


@pytest.mark.parametrize(("words", "sentence"), PRESETS.values(), ids=PRESETS)
def test_a_preset_that_does_not_fit_is_refused_and_nothing_is_made(
    new: New,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    sentence: str,
) -> None:
    presets.save("team", {"colour": "green"})
    presets.save("older", {"size": "large"})
    assert new("out", *words) == 2
    assert sentence in capsys.readouterr().err
    assert presets.load("team").answers == {"colour": "green"}
    assert not (tmp_path / "out").exists()


SETTINGS = {
    "a default that does not fit": ("defaults: {colour: blue}\n", "colour=blue is not a choice"),
    "a list": ("- defaults\n", "is not a settings file of Copier"),
    "no YAML": ("a: [\n", "is not a settings file of Copier"),
}


@pytest.mark.parametrize(("text", "sentence"), SETTINGS.values(), ids=SETTINGS)
def test_settings_of_an_organisation_that_do_not_fit_are_refused(
    new: New,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    sentence: str,
) -> None:
    path = write_all(tmp_path, {"settings.yml": text}) / "settings.yml"
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(path))
    assert new("out") == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert str(path) in said
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "none.yml"))
    assert new("out") == 2
    assert "which is no file" in capsys.readouterr().err


def test_the_first_layer_that_answers_wins_and_says_so(tiny: Path) -> None:
    asked = Questionnaire.read(tiny)
    layers = [Layer({"colour": "red"}), Layer({"colour": "green", "batch": "no"}, "b.yml")]
    assert settle(asked, layers) == ({"colour": "red", "batch": False}, ["batch=false from b.yml."])


def test_trust_in_the_settings_of_an_organisation_counts_for_nothing(
    new: New, tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copier = tiny / "copier.yml"
    copier.write_text(f"_tasks: [touch ran.txt]\n{copier.read_text()}")
    path = write_all(tmp_path, {"settings.yml": f"trust: ['{tiny}']\n"}) / "settings.yml"
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(path))
    assert new("out") == 2
    assert not (tmp_path / "out").exists()
