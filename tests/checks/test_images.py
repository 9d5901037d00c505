"""An image of somebody else is pulled, or made here, or not verified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp.checks import images
from mlstamp.checks.base import NotVerified
from mlstamp.errors import StepFailed
from mlstamp.findings import Level
from mlstamp.project import Completed
from tests.checks.fakes import good_service
from tests.checks.test_compose import Compose
from tests.checks.test_container import contained, subject_of

COMPOSE = ("docker", "compose")
OFFLINE = "dial tcp: lookup registry.example.com: no such host"


@dataclass
class Offline(Compose):
    """Plays an engine that can pull nothing."""

    reason: str = OFFLINE

    def run(self, *command: str, timeout: float = 600) -> Completed:
        done = super().run(*command, timeout=timeout)
        log = self.root / "pull.log"
        log.write_text(self.reason, encoding="utf-8")
        return Completed(command, int("pull" in command), done.seconds, "", log)


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Offline]:
    """A project whose engine can pull nothing."""
    with contained(tmp_path, monkeypatch, good_service) as engine:
        yield Offline(engine.root, engine.logs)


def made_of(project: Compose, name: str) -> dict[str, str]:
    return images.made_here(subject_of(project), project, COMPOSE, [name])


def test_what_can_be_pulled_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with contained(tmp_path, monkeypatch, good_service) as engine:
        project = Compose(engine.root, engine.logs)
        assert made_of(project, "prometheus") == {}
        assert project.commands == [(*COMPOSE, "pull", "--quiet", "prometheus")]


def test_what_cannot_be_pulled_is_made_on_the_base_of_the_project(offline: Offline) -> None:
    assert made_of(offline, "postgres") == {"postgres": "mlstamp-stack:postgres"}
    assert "BASE=mlstamp-default:tools" in offline.commands[-1]
    assert (images.FOLDER / "Dockerfile").is_file()
    (note,) = images.noted(["postgres"])
    assert note.level is Level.NOTE
    assert str(note).startswith("compose.yaml postgres was made of Debian's package")


def test_an_image_that_its_registry_does_not_have_is_red(offline: Offline) -> None:
    offline.reason = "manifest unknown"
    with pytest.raises(StepFailed, match="the image of postgres is not to be had: manifest"):
        made_of(offline, "postgres")


@pytest.mark.parametrize(
    ("said", "raised"),
    [("E: Unable to locate package postgresql", NotVerified), ("syntax error", StepFailed)],
)
def test_what_can_neither_be_pulled_nor_made_is_not_verified(
    offline: Offline, monkeypatch: pytest.MonkeyPatch, said: str, raised: type[Exception]
) -> None:
    def failing(project: Offline, *command: str, timeout: float = 600) -> Completed:
        if "mlstamp-stack:postgres" in command:
            raise StepFailed(said)
        return Compose.must(project, *command, timeout=timeout)

    monkeypatch.setattr(Offline, "must", failing)
    with pytest.raises(raised):
        made_of(offline, "postgres")
