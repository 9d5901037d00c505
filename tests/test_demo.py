"""The walk through the lifecycle, with a repository that is played."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlstamp import demo, new
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import ROWS, FakeProject, fake_subject, good_service

STATUS = {"champion": {"digest": "abc", "report": "reports/abc/report.html", "metrics": {}}}


class Player(FakeProject):
    """A project whose status is known."""

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        said = json.dumps(STATUS) if "status" in command else ""
        return Completed(command, 0, 0.0, said, done.log)


class Heard(demo.Progress):
    def __init__(self) -> None:
        self.ended: list[str] = []

    def end(self, stage: str, seconds: float) -> None:
        self.ended.append(stage)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let `demo` find a played project in the place of a stamped one."""
    root = tmp_path / "demo"
    monkeypatch.setattr(new, "stamp", lambda *_, **__: fake_subject(root))
    monkeypatch.setattr(demo, "Project", lambda r, logs: Player(r, logs, route=good_service))
    return root


def test_every_stage_is_run_timed_and_told(stage: Path, tmp_path: Path) -> None:
    heard = Heard()
    story = demo.run(stage, heard, tmp_path / "logs")
    stages = ["stamp", "install", "data", "train", "evaluate", "promote", "serve", "predict"]
    assert heard.ended == list(story.seconds) == stages
    assert story.question == ROWS[0]
    assert story.answer["predictions"][0]["score"] == 0.25
    assert story.report == stage / "reports" / "abc" / "report.html"


def test_a_stage_that_fails_ends_the_demo(
    stage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "Project", lambda r, logs: Player(r, logs, broken=("evaluate",)))
    heard = Heard()
    with pytest.raises(StepFailed, match="evaluate"):
        demo.run(stage, heard, tmp_path / "logs")
    assert heard.ended[-1] == "train"


def test_a_question_that_is_not_answered_ends_the_demo(
    stage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mute(_: str, __: bytes) -> tuple[int, str, object]:
        return 503, "application/json", {}

    monkeypatch.setattr(demo, "Project", lambda r, logs: Player(r, logs, route=mute))
    with pytest.raises(StepFailed, match="answered 503"):
        demo.run(stage, Heard(), tmp_path / "logs")


def test_each_demo_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    first = demo.fresh_folder(tmp_path)
    first.mkdir()
    assert [first.name, demo.fresh_folder(tmp_path).name] == ["mlstamp-demo", "mlstamp-demo-2"]
