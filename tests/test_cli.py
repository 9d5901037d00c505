"""What each command prints and how it exits."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mlstamp import capacity, cli, commands, demo, runner, source, store
from mlstamp.checks import CHECKS
from mlstamp.errors import Refused, StepFailed
from mlstamp.loop import Figures
from mlstamp.runner import Outcome, Result
from mlstamp.variants import Variant
from tests.support import files

COMMANDS = ("new", "presets", "demo", "variants", "verify", "adopt", "update", "check")


def ends(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command line as a shell would and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["mlstamp", *words])
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the handlers of pytest stay
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


@pytest.mark.parametrize("words", [(), *((command,) for command in COMMANDS)])
def test_help_says_what_it_does_and_what_the_exit_codes_mean(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(cli.app, [*words, "--help"], env={"COLUMNS": "100"})
    text = re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;]*m", "", shown.output))
    assert "Exit codes: 0 all went well; 1 a check is red" in text


def test_variants_are_a_json_list_of_names_and_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(monkeypatch, "variants", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"name": "default", "answers": {}} in listed
    assert all(set(variant) == {"name", "answers"} for variant in listed)


def test_variants_are_a_table_for_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(monkeypatch, "variants") == 0
    assert "every default" in capsys.readouterr().out


def test_new_announces_each_step_and_what_to_type_next(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    tiny: Path,
) -> None:
    words = ("new", str(tmp_path / "out"), "--defaults", "--source", str(tiny), "--no-lock")
    assert ends(monkeypatch, *words, "-d", "colour=green") == 0
    said = capsys.readouterr().out
    for sentence in ("Rendered", "Made a git repository", "Made the first commit", "Next:"):
        assert sentence in said
    assert "uv.lock" not in files(tmp_path / "out")


def test_a_first_commit_that_failed_is_an_exit_code_and_a_command_to_run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    tiny: Path,
) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "gitconfig").write_text("[user]\nuseConfigOnly = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    words = ("new", str(tmp_path / "fraud"), "--defaults", "--source", str(tiny), "--no-lock")
    assert ends(monkeypatch, *words) == 1
    printed = capsys.readouterr()
    assert "user.name and user.email" in printed.out
    assert printed.err.endswith(": run git add --all, git commit in it.\n")
    monkeypatch.setattr(commands.new, "err", commands.out)  # one stream, as on a terminal
    assert ends(monkeypatch, *words[:1], str(tmp_path / "again"), *words[2:]) == 1
    said = capsys.readouterr().out
    assert said.index("is there, but not done") < said.index("Next:")
    assert (tmp_path / "fraud" / "README.md").read_text(encoding="utf-8") == "# fraud is red\n"


def test_without_git_there_is_no_commit_either(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    tiny: Path,
) -> None:
    words = ("new", str(tmp_path / "out"), "--defaults", "--source", str(tiny), "--no-lock")
    assert ends(monkeypatch, *words, "--no-git") == 0
    assert "commit." not in capsys.readouterr().out
    assert not (tmp_path / "out" / ".git").exists()


@pytest.mark.parametrize(
    ("raised", "code"),
    [(Refused("no"), 2), (StepFailed("broke"), 1), (KeyboardInterrupt(), 130)],
)
def test_each_ending_has_its_exit_code_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
) -> None:
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(cli, "app", fail)
    assert ends(monkeypatch, "variants") == code
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.GREEN, 0), (Outcome.RED, 1)])
def test_verify_fails_when_anything_is_red_and_writes_what_it_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outcome: Outcome, code: int
) -> None:
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "cache"))
    result = Result("default", "structure.files", "T.", outcome)
    monkeypatch.setattr(runner, "verify", lambda *_, **__: [result])
    names = {"--json": "r.json", "--html": "r.html", "--junit": "r.xml"}
    targets = [word for option, name in names.items() for word in (option, str(tmp_path / name))]
    assert ends(monkeypatch, "verify", "default", *targets) == code
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["green"] is (code == 0)
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "structure.files" in (tmp_path / "r.xml").read_text(encoding="utf-8")


def test_verify_replaces_nothing_in_a_folder_of_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "minimal").mkdir()
    (tmp_path / "minimal" / "thesis.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "minimal" / "thesis.txt"):
        words = ("minimal", "--checks", "structure.answers", "--keep", str(place))
        assert ends(monkeypatch, "verify", *words) == 2
        assert "name a new folder" in capsys.readouterr().err
    assert (tmp_path / "minimal" / "thesis.txt").read_text() == "mine"


def test_verify_all_runs_distinct_variants_and_keeps_them_where_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: dict[str, object] = {}

    def verify(
        found: list[object], wanted: list[object], *_: object, **more: object
    ) -> list[Result]:
        seen.update(more, names=found, checks=wanted)
        return []

    monkeypatch.setattr(runner, "verify", verify)
    keep, cache = tmp_path / "keep", ("--cache", str(tmp_path / "cache"))
    assert ends(monkeypatch, "verify", "--all", "--jobs", "2", "--keep", str(keep), *cache) == 0
    assert (seen["work"], seen["jobs"]) == (keep, 2)
    assert seen["checks"] == list(CHECKS.values())
    monkeypatch.setattr(capacity, "jobs", lambda wish: {"auto": 3}[wish])
    for words, at_a_time in ((("--all",), 3), (("minimal", "batch"), 2), (("minimal",), 1)):
        assert ends(monkeypatch, "verify", *words, *cache) == 0
        assert seen["jobs"] == at_a_time


def test_the_shards_of_a_run_are_together_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[list[str]] = []

    def verify(found: list[Variant], *_: object, **__: object) -> list[Result]:
        seen.append([variant.name for variant in found])
        return []

    monkeypatch.setattr(runner, "verify", verify)
    monkeypatch.setenv(store.VARIABLE, str(tmp_path))
    for shard in ((), ("--shard", "1/2"), ("--shard", "2/2")):
        assert ends(monkeypatch, "verify", "min*", "cloud-*", "ci-*", *shard) == 0
    whole, *parts = seen
    assert all(parts)  # by seconds, not by count
    assert sorted(parts[0] + parts[1]) == sorted(whole)


def test_check_works_on_a_copy_and_leaves_the_repository_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny: Path
) -> None:
    out = tmp_path / "out"
    ends(monkeypatch, "new", str(out), "--defaults", "--source", str(tiny), "--no-lock")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert ends(monkeypatch, "check", str(out), "--checks", "structure,pristine") == 1
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_the_demo_ends_with_times_metrics_a_prediction_and_the_next_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def played(folder: Path, progress: demo.Progress, _: Path, *, loop: bool) -> demo.Story:
        assert loop
        progress.begin("train", "fit [it]")
        progress.say("Rendered [3] files.")
        progress.end("train", 2.0)
        metrics = {"roc_auc": {"value": 0.7, "low": 0.65, "high": 0.75}}
        champion = {"digest": "abc", "report": "reports/abc/report.html", "metrics": metrics}
        question, answer = {"hour": 7}, {"score": 0.31}
        seen = Figures(9.0, 60.0, 77.0, 3.0, 1_000, 0)
        return demo.Story(folder, "churn", {"train": 2.0}, champion, question, answer, seen)

    monkeypatch.setattr(demo, "run", played)
    monkeypatch.setattr(source, "checkout", lambda: None)
    assert ends(monkeypatch, "demo", str(tmp_path / "demo"), "--loop") == 0
    said = capsys.readouterr().out
    for words in (
        "train",
        "roc_auc",
        "0.650",
        '"hour": 7',
        "0.31",
        "report.html",
        "77.0 s",
        "1,000, 0",
        "uv run churn",
    ):
        assert words in said


def test_the_demo_refuses_a_folder_that_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine\n")
    assert ends(monkeypatch, "demo", str(tmp_path)) == 2
    assert "is not empty" in capsys.readouterr().err
