"""An image of somebody else is pulled, or made here, or not verified."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp.checks import images
from mlstamp.checks.base import NotVerified
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import good_service
from tests.checks.test_compose import Compose
from tests.checks.test_container import contained, subject_of

COMPOSE = ("docker", "compose")


@dataclass
class Offline(Compose):
    """Plays an engine that can pull nothing."""

    def run(self, *command: str, timeout: float = 600) -> Completed:
        done = super().run(*command, timeout=timeout)
        return Completed(command, int("pull" in command), done.seconds, "", done.log)


def test_what_can_be_pulled_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with contained(tmp_path, monkeypatch, good_service) as engine:
        project = Compose(engine.root, engine.logs)
        assert images.theirs(subject_of(project), project, COMPOSE, "prometheus") == {}
        assert project.commands == [(*COMPOSE, "pull", "--quiet", "prometheus")]


def test_what_cannot_be_pulled_is_made_on_the_base_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contained(tmp_path, monkeypatch, good_service) as engine:
        project = Offline(engine.root, engine.logs)
        found = images.theirs(subject_of(project), project, COMPOSE, "postgres")
        assert found == {"POSTGRES_IMAGE": "mlstamp-stack:postgres"}
        assert "BASE=mlstamp-default:tools" in project.commands[-1]
        assert (images.FOLDER / "Dockerfile").is_file()


def test_what_can_neither_be_pulled_nor_made_is_not_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_packages(project: Offline, *command: str, timeout: float = 600) -> Completed:
        if "mlstamp-stack:postgres" in command:
            raise StepFailed("apt-get: no network")
        return Compose.must(project, *command, timeout=timeout)

    with contained(tmp_path, monkeypatch, good_service) as engine:
        project = Offline(engine.root, engine.logs)
        monkeypatch.setattr(Offline, "must", no_packages)
        with pytest.raises(NotVerified, match="the image of postgres"):
            images.theirs(subject_of(project), project, COMPOSE, "postgres")
