"""A stack that does not come up is red, and what is not here is not verified."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlstamp.checks import compose, monitoring_stack
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import good_service
from tests.checks.test_container import Engine, contained, subject_of
from tests.support import web, write_all


class Compose(Engine):
    """Plays compose too."""

    def run(self, *command: str, timeout: float = 600) -> Completed:
        return self.must(*command, timeout=timeout)


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Compose]:
    """A stack that comes up as it should."""
    with contained(tmp_path, monkeypatch, good_service) as engine:
        port = int(engine.said["docker port"].rpartition(":")[2])
        monkeypatch.setattr(compose, "PORT", port)
        monkeypatch.setattr(compose, "taken", lambda _: False)
        monkeypatch.setattr(compose, "PATIENCE", 0.2)
        yield Compose(engine.root, engine.logs, said=engine.said)


def test_a_stack_that_comes_up_is_green_and_is_taken_down(stack: Compose) -> None:
    compose.Up().run(subject_of(stack))
    assert ("docker", "compose", "down", "--volumes", "--timeout", "20") in stack.commands
    assert stack.commands[-1] == ("docker", "image", "rm", "song:dev")


def test_somebodys_image_of_the_name_is_left_alone(stack: Compose) -> None:
    stack.said["image ls --quiet song:dev"] = "abc"
    with pytest.raises(NotVerified, match="song:dev is here, which is not ours"):
        compose.Up().run(subject_of(stack))
    assert not any(words[:3] == ("docker", "image", "rm") for words in stack.commands)
    assert not any(words[:2] == ("docker", "tag") for words in stack.commands)


@pytest.fixture
def watched(stack: Compose, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subject]:
    """A stack with a monitor, whose job writes its page."""

    def exec_(project: Compose, *command: str, timeout: float = 600) -> Completed:
        if command[-1] == "drift":
            write_all(project.root, {"reports/drift.html": "<html></html>"})
        return Engine.must(project, *command, timeout=timeout)

    monkeypatch.setattr(Compose, "must", exec_)
    subject = subject_of(stack)
    subject.answers["drift"] = True
    with web(lambda *_: (200, "text/plain", b"# HELP\nml_drift_window_rows 20.0\n")) as url:
        monkeypatch.setattr(compose, "MONITOR_PORT", int(url.rpartition(":")[2]))
        yield subject


def test_a_monitor_that_sees_what_was_answered_is_green(watched: Subject) -> None:
    compose.Up().run(watched)
    assert isinstance(watched.project, Compose)
    assert any("train" in command for command in watched.project.commands)


def test_a_monitor_without_a_run_a_page_or_health_is_red(
    watched: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = b"# HELP ml_drift_window_rows\n"
    with web(lambda *_: (200, "text/plain", empty)) as url, monkeypatch.context() as planted:
        planted.setattr(compose, "MONITOR_PORT", int(url.rpartition(":")[2]))
        with pytest.raises(Failed, match="sees no run"):
            compose.Up().run(watched)
    with monkeypatch.context() as planted:
        planted.setattr(Compose, "must", Engine.must)
        with pytest.raises(Failed, match=r"drift\.html is not in the folder"):
            compose.Up().run(watched)
    monkeypatch.setattr(compose, "health", lambda *_: "starting")
    with pytest.raises(Failed, match="monitor is starting"):
        compose.Up().run(watched)


def test_a_stack_that_does_not_come_up_is_red_and_is_taken_down(stack: Compose) -> None:
    stack.broken = ("up",)
    with pytest.raises(StepFailed, match="up"):
        compose.Up().run(subject_of(stack))
    assert any("down" in words for words in stack.commands)


def test_a_service_that_is_not_healthy_is_red(stack: Compose) -> None:
    stack.said["Health.Status"] = "unhealthy"
    with pytest.raises(Failed, match="its health"):
        compose.Up().run(subject_of(stack))


def test_a_port_of_somebody_else_is_left_alone(
    stack: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "taken", lambda _: True)
    with pytest.raises(NotVerified, match="is taken"):
        compose.Up().run(subject_of(stack))
    assert stack.commands == []


def test_a_port_is_taken_while_somebody_listens() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert compose.taken(port)
    assert not compose.taken(port)


@pytest.mark.parametrize(
    ("here", "works", "found"),
    [
        ({"docker"}, True, ("docker", "compose")),
        ({"docker", "docker-compose"}, False, ("docker-compose",)),
        ({"docker"}, False, None),
        (set(), False, None),
    ],
)
def test_either_client_of_compose_will_do(
    monkeypatch: pytest.MonkeyPatch, here: set[str], works: bool, found: tuple[str, ...] | None
) -> None:
    said: subprocess.CompletedProcess[bytes] = subprocess.CompletedProcess([], int(not works))
    monkeypatch.setattr(shutil, "which", lambda name: name if name in here else None)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)
    if found:
        assert monitoring_stack.client() == found
    else:
        with pytest.raises(NotVerified, match="docker compose"):
            monitoring_stack.client()


def test_it_concerns_the_default_project_with_its_container(tmp_path: Path) -> None:
    engine = Engine(tmp_path, tmp_path / "logs")
    assert compose.Up().concerns(subject_of(engine))
    assert not compose.Up().concerns(Subject(engine, tmp_path, "default", {"container": False}))
