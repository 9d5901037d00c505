"""An MLflow that does not come up, answers to any name or loses a run: each is seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlstamp.checks import tracking
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from tests.checks.fakes import good_service
from tests.checks.test_compose import Compose
from tests.checks.test_container import contained, subject_of
from tests.support import web, write_all

COMPOSE = """\
services:
  mlflow:
    build: {context: ., target: mlflow}
    image: song-mlflow:dev
    read_only: true
    command: [--workers=1, "--backend-store-uri=postgresql://mlflow@postgres/mlflow"]
    environment: {PGPASSWORD: "${POSTGRES_PASSWORD:?Set it.}"}
    ports: ["127.0.0.1:5000:5000"]
    depends_on: [postgres]
"""


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


@dataclass
class Database:
    """Plays PostgreSQL."""

    port: int = 5433
    asked: list[str] = field(default_factory=list)

    def ask(self, statement: str) -> str:
        self.asked.append(statement)
        return ""


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Subject, MLflow]]:
    """A project whose MLflow is as it should be; a test breaks one thing."""

    @contextmanager
    def postgres(_: Path) -> Iterator[Database]:
        yield Database()

    mlflow = MLflow()
    with contained(tmp_path, monkeypatch, good_service) as engine, web(mlflow) as url:
        write_all(tmp_path, {"compose.yaml": COMPOSE})
        monkeypatch.setattr(tracking, "programs", lambda: tmp_path)
        monkeypatch.setattr(tracking, "postgres", postgres)
        monkeypatch.setattr(tracking, "taken", lambda _: False)
        monkeypatch.setattr(tracking, "fresh_copy", lambda subject: subject.project)
        monkeypatch.setattr(tracking, "PATIENCE", 0.2)
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
    assert "down" in subject.project.commands[-1]


def test_it_runs_as_it_is_written_but_for_the_address_of_its_database(
    played: tuple[Subject, MLflow],
) -> None:
    subject, _ = played
    written = yaml.safe_load(COMPOSE)["services"]["mlflow"]
    service = tracking.alone(subject, 5433)["services"]["mlflow"]
    assert {key: service[key] for key in ("image", "read_only")} == {
        key: written[key] for key in ("image", "read_only")
    }
    assert service["command"][:2] == written["command"]
    assert service["environment"] == {**written["environment"], "PGPORT": "5433"}
    assert not {"build", "ports", "depends_on"} & set(service)


def test_it_is_not_verified_without_a_database_or_its_port(
    played: tuple[Subject, MLflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, _ = played
    monkeypatch.setattr(tracking, "taken", lambda _: True)
    with pytest.raises(NotVerified, match="is taken"):
        tracking.Tracking().run(subject)
    monkeypatch.setattr(tracking, "programs", lambda: None)
    with pytest.raises(NotVerified, match="postgresql"):
        tracking.Tracking().run(subject)
