"""Images that are too large, run as root, answer otherwise or do not stop: each is seen."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mlstamp.checks import container
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import FakeProject, fake_subject, good_service, predictions
from tests.support import Route, web


@dataclass
class Engine(FakeProject):
    """Plays docker: it answers with what is planted under the words of a command."""

    said: dict[str, str] = field(default_factory=dict)
    complaint: str = ""  # of `docker build`
    stopped: bool = False  # or about to: nobody new is let in

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        if self.complaint and command[:2] == ("docker", "build"):
            raise StepFailed(self.complaint)
        self.stopped = self.stopped or command[:2] == ("docker", "stop")
        words = " ".join(command)
        text = next((text for key, text in self.said.items() if key in words), "")
        return Completed(command, 0, done.seconds, text, done.log)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine whose container is as it should be; a test breaks one thing."""
    with contained(tmp_path, monkeypatch, good_service) as made:
        yield made


@contextmanager
def contained(folder: Path, monkeypatch: pytest.MonkeyPatch, route: Route) -> Iterator[Engine]:
    version: subprocess.CompletedProcess[bytes] = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: version)
    monkeypatch.setattr(container, "SLOW_SECONDS", 0.01)
    monkeypatch.setattr(container, "CROWD_SECONDS", 0.01)
    monkeypatch.setattr(container, "MOST_ROWS", 8)
    subject = fake_subject(folder)
    made: list[Engine] = []

    def until_stopped(path: str, body: bytes) -> tuple[int, str, object]:
        shut = path == "/ready" and made[0].stopped
        return (503, "application/json", {}) if shut else route(path, body)

    with web(until_stopped) as url:
        said = {
            "{{.Size}}": "300000000",
            "{{.Config.User}}": "10001:10001",
            "docker port": url.removeprefix("http://"),
            "Health.Status": "healthy",
            "/proc/1/status": "Name:\tsong\nVmHWM:\t  102400 kB\n",
            "{{json .State}}": json.dumps({"ExitCode": 0, "OOMKilled": False}),
        }
        made.append(Engine(folder, subject.project.logs, said=said))
        yield made[0]


def subject_of(engine: Engine) -> Subject:
    answers: dict[str, object] = {"container": True, "onnx": True}
    return Subject(engine, engine.root, "default", answers)


def test_a_hardened_image_that_answers_exactly_is_green(engine: Engine) -> None:
    container.Image().run(subject_of(engine))
    started = next(words for words in engine.commands if words[:2] == ("docker", "run"))
    for word in ("--read-only", "ALL", "no-new-privileges", "512m"):
        assert word in started
    assert engine.commands[-1][:3] == ("docker", "rm", "--force")


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("{{.Size}}", "700000000", "700 MB, not at most 460"),
        ("{{.Config.User}}", "", "user "),
        ("{{.Config.User}}", "root", "user root"),
        ("{{.Config.User}}", "0:0", "user 0:0"),
        ("Health.Status", "unhealthy", "its health is unhealthy"),
        ("/proc/1/status", "VmHWM: 409600 kB", "it took 400 MiB, not less than 384 of its 512"),
        ("{{json .State}}", '{"ExitCode": 137, "OOMKilled": false}', "it ended with 137"),
        ("{{json .State}}", '{"ExitCode": 0, "OOMKilled": true}', "needed more than 512m"),
    ],
)
def test_one_fault_of_the_image_is_red(engine: Engine, key: str, text: str, said: str) -> None:
    engine.said[key] = text
    with pytest.raises(Failed, match=said):
        container.Image().run(subject_of(engine))


def test_an_image_that_answers_otherwise_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shifted(path: str, body: bytes) -> tuple[int, str, object]:
        return predictions(body, shift=0.1) if path == "/v1/predict" else good_service(path, body)

    with contained(tmp_path, monkeypatch, shifted) as engine, pytest.raises(Failed, match="row 0"):
        container.Image().run(subject_of(engine))


@pytest.mark.parametrize("rows", [1, 8])
def test_an_image_that_a_crowd_or_a_large_request_is_too_much_for_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    def weak(path: str, body: bytes) -> tuple[int, str, object]:
        asked = len(json.loads(body)["rows"]) if body else 0
        return (503, "application/json", {}) if asked == rows else good_service(path, body)

    with (
        contained(tmp_path, monkeypatch, weak) as engine,
        pytest.raises(Failed, match=r"under load, 8 at once and 8 rows: .*503"),
    ):
        container.Image().run(subject_of(engine))


def test_a_container_that_is_killed_under_load_is_no_answer() -> None:
    assert container.outcome("http://127.0.0.1:1/v1/predict", {}) == "URLError"


def test_an_image_that_is_never_ready_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(path: str, _: bytes) -> tuple[int, str, object]:
        return 503, "application/json", {"path": path}

    monkeypatch.setattr(container, "READY_SECONDS", 0.3)
    with (
        contained(tmp_path, monkeypatch, silent) as engine,
        pytest.raises(Failed, match="not ready"),
    ):
        container.Image().run(subject_of(engine))


def test_a_container_that_does_not_stop_in_time_is_red(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "STOP_SECONDS", 0)
    with pytest.raises(Failed, match="to stop"):
        container.Image().run(subject_of(engine))


def test_a_container_that_drops_a_request_under_way_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Engine] = []

    def dropped(path: str, body: bytes) -> tuple[int, str, object]:
        stopping = made[0].stopped and path == "/v1/predict"
        return (503, "application/json", {}) if stopping else good_service(path, body)

    with (
        contained(tmp_path, monkeypatch, dropped) as engine,
        pytest.raises(Failed, match="under way"),
    ):
        made.append(engine)
        container.Image().run(subject_of(engine))


def no_client(_: str) -> None:
    return None


def no_engine(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.CompletedProcess([], 1)


@pytest.mark.parametrize(
    ("place", "name", "planted"),
    [(shutil, "which", no_client), (subprocess, "run", no_engine)],
)
def test_without_an_engine_nothing_is_verified(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    place: Any,
    name: str,
    planted: Callable[..., object],
) -> None:
    monkeypatch.setattr(place, name, planted)
    for check in (container.Image(), container.TrainImage()):
        with pytest.raises(NotVerified, match="docker"):
            check.run(subject_of(engine))


def test_base_images_that_cannot_be_had_are_not_the_projects_fault(engine: Engine) -> None:
    engine.complaint = "failed to do request: Head https://registry.example: no such host"
    with pytest.raises(NotVerified, match="base images"):
        container.Image().run(subject_of(engine))


def test_an_image_of_somebody_with_the_name_that_the_recipe_gives_stays(engine: Engine) -> None:
    engine.said["image ls"] = "0123456789ab"
    with pytest.raises(NotVerified, match="song:dev is here, which is not ours"):
        container.Image().run(subject_of(engine))
    assert not any("just" in words for words in engine.commands)


def test_an_image_that_does_not_build_is_red(engine: Engine) -> None:
    engine.complaint = "`docker build` exited with 1: COPY failed"
    with pytest.raises(StepFailed, match="COPY failed"):
        container.TrainImage().run(subject_of(engine))


def test_where_base_images_come_from_is_passed_on(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(container.BUILD_ARGS, "--build-arg UV_IMAGE=mirror.example/uv")
    container.TrainImage().run(subject_of(engine))
    built = next(words for words in engine.commands if words[:2] == ("docker", "build"))
    assert built[2:4] == ("--build-arg", "UV_IMAGE=mirror.example/uv")


def test_a_fault_that_hadolint_finds_is_red(engine: Engine) -> None:
    engine.broken = ("hadolint",)
    with pytest.raises(StepFailed, match="hadolint"):
        container.Lint().run(subject_of(engine))
