"""Batch and rollback turn red on a planted fault."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp.checks import verbs
from mlstamp.checks.base import Failed, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import SCORES, FakeProject, fake_subject


@dataclass
class Registry(FakeProject):
    """Knows its champion: `promote` makes a new one, and `rollback` works if it is told to."""

    version: int = 1
    rolls_back: bool = True
    promotes: bool = True
    scores: tuple[float, ...] = tuple(SCORES)

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        if "promote" in command and self.promotes:
            self.version += 1
        if "rollback" in command and self.rolls_back:
            self.version -= 1
        said = ""
        if "status" in command:
            said = json.dumps({"champion": {"version": str(self.version), "digest": "abc"}})
        if "-c" in command:
            said = f"a warning\nSCORES {json.dumps(self.scores)}\n"
        return Completed(command, 0, 0.0, said, done.log)


def registry(
    folder: Path,
    *,
    rolls_back: bool = True,
    promotes: bool = True,
    scores: tuple[float, ...] = tuple(SCORES),
    broken: tuple[str, ...] = (),
) -> Subject:
    subject = fake_subject(folder)
    subject.project = Registry(
        folder,
        folder / "logs",
        broken=broken,
        rolls_back=rolls_back,
        promotes=promotes,
        scores=scores,
    )
    return subject


def test_a_rollback_that_brings_back_the_first_champion_is_green(tmp_path: Path) -> None:
    verbs.Rollback().run(registry(tmp_path))


def test_a_rollback_that_changes_nothing_is_red(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="version 2 is champion, not 1"):
        verbs.Rollback().run(registry(tmp_path, rolls_back=False))


def test_a_promotion_that_changes_nothing_is_red(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="the second promotion changed nothing"):
        verbs.Rollback().run(registry(tmp_path, promotes=False))


def test_batch_scores_that_are_those_of_the_model_are_green(tmp_path: Path) -> None:
    subject = registry(tmp_path)
    verbs.Batch().run(subject)
    assert isinstance(subject.project, Registry)
    assert subject.project.commands[1][2:4] == ("song", "batch")


@pytest.mark.parametrize(
    ("scores", "fault"), [((0.25,), "1 of 2 rows"), ((0.25, 0.76), r"row 1: 0\.76 not 0\.75")]
)
def test_batch_scores_that_differ_are_red(
    tmp_path: Path, scores: tuple[float, ...], fault: str
) -> None:
    with pytest.raises(Failed, match=fault):
        verbs.Batch().run(registry(tmp_path, scores=scores))


def test_a_batch_that_fails_is_red(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="song batch"):
        verbs.Batch().run(registry(tmp_path, broken=("batch",)))
