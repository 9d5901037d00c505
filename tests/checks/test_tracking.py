"""An MLflow that does not come up, answers to any name or loses a run: each is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlstamp.checks import compose, tracking
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from tests.checks.fakes import good_service
from tests.checks.test_compose import Compose
from tests.checks.test_container import contained, subject_of
from tests.support import web


@dataclass
class MLflow:
    """Plays MLflow's API with one run in it."""

    guard: int = 403  # for a request that calls it by a name of somebody else
    aliases: tuple[str, ...] = ("challenger",)
    status: str = "FINISHED"
    place: str = "mlflow-artifacts:/1/abc/artifacts"
    kept: tuple[str, ...] = ("/1/abc/artifacts/contract.json",)

    def __call__(self, path: str, _: bytes) -> tuple[int, str, object]:
        named = {"aliases": [{"alias": one} for one in self.aliases]}
        found: dict[str, tuple[int, object]] = {
            "/ajax-api/": (self.guard, {}),
            "/registered-models/get?name=song": (
                200,
                {"registered_model": named | {"latest_versions": [{"run_id": "abc"}]}},
            ),
            "/runs/get?run_id=abc": (
                200,
                {"run": {"info": {"status": self.status, "artifact_uri": self.place}}},
            ),
            **{f"/mlflow-artifacts/artifacts{one}": (200, {}) for one in self.kept},
        }
        status, said = next((v for key, v in found.items() if key in path), (404, {}))
        return status, "application/json", said


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Subject, MLflow]]:
    """A project whose MLflow is as it should be; a test breaks one thing."""

    mlflow = MLflow()
    with contained(tmp_path, monkeypatch, good_service) as engine, web(mlflow) as url:
        monkeypatch.setattr(compose, "taken", lambda _: False)
        monkeypatch.setattr(compose, "PATIENCE", 0.2)
        monkeypatch.setattr(tracking, "fresh_copy", lambda subject: subject.project)
        monkeypatch.setattr(tracking, "URL", url)
        monkeypatch.setattr(tracking, "PORT", int(url.rpartition(":")[2]))
        yield subject_of(Compose(engine.root, engine.logs, said=engine.said)), mlflow


def test_an_mlflow_that_keeps_what_is_trained_is_green_and_is_taken_down(
    played: tuple[Subject, MLflow],
) -> None:
    subject, _ = played
    tracking.Tracking().run(subject)
    assert isinstance(subject.project, Compose)
    commands = [" ".join(words) for words in subject.project.commands]
    assert any("--target mlflow" in one for one in commands)
    assert any("down --volumes" in one for one in commands)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("guard", 200, "it answers 200 to a page that calls itself its host"),
        ("aliases", (), "the aliases of song are"),
        ("status", "RUNNING", "the run is RUNNING"),
        ("place", "file:///mine/abc", "artifacts are not on the server but at file:///mine/abc"),
        ("kept", (), "contract.json is not there: 404"),
    ],
)
def test_one_fault_of_mlflow_is_red(
    played: tuple[Subject, MLflow], name: str, value: Any, said: str
) -> None:
    subject, mlflow = played
    setattr(mlflow, name, value)
    with pytest.raises(Failed, match=said):
        tracking.Tracking().run(subject)


def test_an_mlflow_that_does_not_come_up_is_red_and_is_taken_down(
    played: tuple[Subject, MLflow],
) -> None:
    subject, _ = played
    assert isinstance(subject.project, Compose)
    subject.project.said["Health.Status"] = "unhealthy"
    with pytest.raises(Failed, match="unhealthy"):
        tracking.Tracking().run(subject)
    subject.project.broken = ("train",)
    subject.project.said["Health.Status"] = "healthy"
    with pytest.raises(StepFailed, match="train"):
        tracking.Tracking().run(subject)
    assert any("down" in words for words in subject.project.commands)


def test_what_is_gone_after_a_restart_is_red(
    played: tuple[Subject, MLflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, mlflow = played

    def emptied(_: compose.Composed, *services: str) -> None:
        assert services == ("mlflow",)
        mlflow.kept = ()

    monkeypatch.setattr(compose.Composed, "again", emptied)
    with pytest.raises(Failed, match=r"contract\.json is not there"):
        tracking.Tracking().run(subject)


def test_it_is_not_verified_without_its_port(
    played: tuple[Subject, MLflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, _ = played
    monkeypatch.setattr(compose, "taken", lambda _: True)
    with pytest.raises(NotVerified, match="is taken"):
        tracking.Tracking().run(subject)
