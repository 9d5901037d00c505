"""Swapping the problem turns red on a planted fault; the commands of the project are played."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp.checks import swap
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import (
    ROWS,
    SCORES,
    FakeProject,
    fake_subject,
    good_service,
    predictions,
)
from tests.support import Route, write_all

SCHEMA = "class Input(BaseModel):\n    tempo: float\n"
SHARED = "template/src/{{ slug }}/serving/service.py"
CHAMPION = {
    "bundles/champion.json": json.dumps({"version": "1", "digest": "xyz", "path": "xyz"}),
    "bundles/xyz/replay.json": json.dumps({"rows": ROWS, "scores": SCORES}),
}


@dataclass
class Trains(FakeProject):
    """Has a champion as soon as its lifecycle has run, as a real one would."""

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        if command[-1] == "lifecycle":
            write_all(self.root, CHAMPION)
        return done


@pytest.fixture
def before(tiny: Path, tmp_path: Path) -> Subject:
    """A repository of the tiny template, and the problem `weather` to put in place of its own."""
    write_all(
        tiny, {SHARED: "ROWS = 3\n", "template/src/{{ slug }}/problem/schema.py": "OLD = 1\n"}
    )
    write_all(tmp_path / "problems" / "weather", {"problem/schema.py": SCHEMA})
    subject = fake_subject(write_all(tmp_path / "project", {"uv.lock": "the lock\n"}))
    subject.work, subject.template, subject.problems = tmp_path, tiny, tmp_path / "problems"
    subject.answers["project_name"] = "song"
    return play(subject)


def play(subject: Subject, route: Route = good_service, broken: tuple[str, ...] = ()) -> Subject:
    """Let the subject's project, and the one that is made of it, behave like this."""
    logs = subject.work / "logs"
    subject.project = Trains(subject.root, logs, route=route, broken=broken)
    return subject


def test_another_problem_that_leaves_every_check_green_is_green(before: Subject) -> None:
    swap.Weather().run(before)
    assert isinstance(before.project, Trains)
    words = [command[-1] for command in before.project.commands]
    assert words == ["sync", "check", "lifecycle"]


def test_the_other_problem_lies_in_the_place_of_the_sample_and_the_lock_comes_along(
    before: Subject,
) -> None:
    assert before.problems
    swapped = swap.swap(before, before.problems / "weather")
    assert swapped.root != before.root
    assert swapped.text("src/song/problem/schema.py") == SCHEMA
    assert swapped.text("uv.lock") == "the lock\n"
    assert "src/song/problem/schema.py" in swapped.files()


@pytest.mark.parametrize("step", ["sync", "check", "lifecycle"])
def test_a_step_that_fails_with_the_other_problem_is_red(before: Subject, step: str) -> None:
    with pytest.raises(StepFailed, match=f"{step}` exited with 1"):
        swap.Weather().run(play(before, broken=(step,)))


def test_a_service_that_scores_the_other_problem_differently_is_red(before: Subject) -> None:
    def skewed(path: str, body: bytes) -> tuple[int, str, object]:
        return predictions(body, shift=1e-6) if body else good_service(path, body)

    with pytest.raises(Failed, match=r"row 0: 0\.250001"):
        swap.Weather().run(play(before, skewed))


def test_shared_code_that_names_a_column_of_the_other_problem_is_red(before: Subject) -> None:
    assert before.template
    write_all(before.template, {SHARED: 'COLUMN = "tempo"\n'})
    with pytest.raises(Failed, match=r"src/song/serving/service\.py:1 says 'tempo'"):
        swap.Weather().run(before)


def test_a_problem_that_is_not_here_is_never_green(before: Subject) -> None:
    with pytest.raises(NotVerified, match="the problem planes"):
        swap.Planes().run(before)
    before.problems = None
    with pytest.raises(NotVerified, match="the problem weather"):
        swap.Weather().run(before)
