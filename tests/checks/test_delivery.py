"""The rehearsal is red when a bad release is deployed, or the way back does not work."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mlstamp.checks import delivery
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import ROWS, SCORES, FakeProject, fake_subject, good_service
from tests.support import web, write_all

PLACE = "localhost:5000"


@dataclass
class Shop(FakeProject):
    """Plays a project that releases and deploys, and the engine; a test lets one thing go wrong."""

    url: str = ""
    state: dict[str, str] = field(default_factory=dict)  # what answers; shared by copies
    lenient: str = ""  # what it deploys though it should not
    stubborn: bool = False  # it never goes back

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        words = " ".join(command)
        if "just release" in words:
            self._release()
        elif " deploy " in words:
            self._deploy(Path(command[-1 if not words.endswith("--at-once") else -2]), words)
        said = {"{{.Names}}": "", "{{.Config.Image}}": self.state.get("stable", "")}
        text = next((text for key, text in said.items() if key in words), "")
        return Completed(command, 0, 0.0, self.url if "docker port" in words else text, done.log)

    def _release(self) -> None:
        count = str(len([words for words in self.commands if "release" in words]))
        made = {
            "image": f"{PLACE}/acme/service@sha256:{count * 64}",
            "git_sha": count * 40,
            "model_version": str(count),
            "model_digest": "f" * 64,
            "golden": {"rows": ROWS, "scores": SCORES},
        }
        (self.root / "dist").mkdir(exist_ok=True)
        (self.root / "dist" / "release.json").write_text(json.dumps(made))

    def _deploy(self, file: Path, words: str) -> None:
        digest = json.loads(file.read_text())["image"][-1]
        name = {"3": "slow", "4": "failing"}.get(digest, file.stem.removeprefix("bad-"))
        if name in REASONS and name != self.lenient:
            raise StepFailed(REASONS[name])
        if not (self.stubborn and words.endswith("--at-once")):
            self.state["stable"] = json.loads(file.read_text())["image"]


REASONS = {name: reason for name, _, reason in delivery.FAULTS} | {
    "slow": "p99 was 2.1 s",
    "failing": "3 of 3 requests failed",
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A project that does everything right."""

    @contextmanager
    def played(_: Path) -> Iterator[str]:
        yield PLACE

    version: subprocess.CompletedProcess[bytes] = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: version)
    monkeypatch.setattr(delivery, "git", lambda *_, **__: "")
    monkeypatch.setattr(delivery, "registry", played)
    made = fake_subject(tmp_path)
    file, line = delivery.ANSWERS
    write_all(tmp_path / "src" / "song", {file: line})
    with web(good_service) as url:
        yield Shop(tmp_path, made.project.logs, url=url.removeprefix("http://"))


def rehearse(shop: Shop) -> None:
    subject = Subject(shop, shop.root, "default", {"container": True})
    delivery.Rehearsal().run(subject)


def test_a_project_that_does_everything_right_is_green(shop: Shop) -> None:
    rehearse(shop)
    assert shop.state["stable"].endswith("1" * 64)  # the first release again


@pytest.mark.parametrize("fault", REASONS)
def test_a_bad_release_that_is_deployed_is_red(shop: Shop, fault: str) -> None:
    shop.lenient = fault
    with pytest.raises(Failed, match="was deployed"):
        rehearse(shop)


def test_what_is_planted_stays_in_the_release(shop: Shop) -> None:
    rehearse(shop)
    file, line = delivery.ANSWERS
    assert (shop.root / "src" / "song" / file).read_text() == line


def test_a_service_that_answers_elsewhere_is_said(shop: Shop) -> None:
    (shop.root / "src" / "song" / delivery.ANSWERS[0]).write_text("")
    with pytest.raises(Failed, match="adapt ANSWERS"):
        rehearse(shop)


def test_a_release_that_is_refused_for_another_reason_is_red(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REASONS, "commit", "the machine is tired")
    with pytest.raises(Failed, match="for another reason"):
        rehearse(shop)


def test_a_way_back_that_leads_nowhere_is_red(shop: Shop) -> None:
    shop.stubborn = True
    with pytest.raises(Failed, match="is stable, not"):
        rehearse(shop)


def test_without_a_registry_nothing_is_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match="docker-registry"), delivery.registry(tmp_path):
        pass


def test_containers_of_somebody_else_are_left_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(*_: Any) -> str:
        return "song-stable"

    monkeypatch.setattr(delivery, "docker", listed)
    subject = Subject(shop, shop.root, "default", {"container": True})
    with pytest.raises(NotVerified, match="not ours"), delivery.cleared(subject):
        pass
