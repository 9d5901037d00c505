"""A state that is not locked, or stays locked, is red; terraform and the storage are played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlstamp.checks import infra_lock, infra_moto
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.project import Completed
from tests.checks.test_infra import Played
from tests.conftest import Rendered
from tests.support import web

LOCK = "/storage/v1/b/acme-churn-terraform-state/o/staging%2Fservice%2Fdefault.tflock"
REFUSED = (1, "Error acquiring the state lock")
SETTLED = (0, "No changes.")


@dataclass
class Terraform(Played):
    """Plans one after the other, each with an end of its own; all else works."""

    plans: list[tuple[int, str]] = field(default_factory=lambda: [REFUSED, SETTLED])

    def run(self, *command: str, timeout: float = 600) -> Completed:
        done = super().run(*command, timeout=timeout)
        if "plan" not in command:
            return done
        code, text = self.plans.pop(0)
        done.log.write_text(text, encoding="utf-8")
        return Completed(command, code, 0.0, text, done.log)


@pytest.fixture
def subject(rendered: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """A project whose storage has the lock that it is said to take, and nothing else."""

    @contextmanager
    def storage(_: Path, bucket: str) -> Iterator[str]:
        assert bucket == "acme-churn-terraform-state"
        with web(lambda path, _: (200 if path == LOCK else 404, "application/json", {})) as url:
            yield url

    monkeypatch.setattr(infra_lock, "storage", storage)
    root = rendered(profile="minimal", cloud="gcp", container=True)
    project = Terraform(root, tmp_path / "logs")
    return Subject(project, tmp_path / "work", "cloud-gcp", {"cloud": "gcp"})


def terraform(subject: Subject) -> Terraform:
    assert isinstance(subject.project, Terraform)
    return subject.project


def test_a_second_change_that_is_refused_while_the_first_one_runs_is_green(
    subject: Subject,
) -> None:
    infra_lock.Locks().run(subject)
    folder = subject.work / "infra-lock" / "staging"
    assert {path.name for path in folder.iterdir()} == {"main.tf", "project.tf", infra_lock.GO_ON}


def test_a_second_change_that_goes_on_is_red_and_the_first_is_let_go(subject: Subject) -> None:
    terraform(subject).plans = [SETTLED]
    with pytest.raises(Failed, match="not refused with 'Error acquiring"):
        infra_lock.Locks().run(subject)
    assert (subject.work / "infra-lock" / "staging" / infra_lock.GO_ON).exists()


def test_a_lock_that_stays_is_red(subject: Subject) -> None:
    terraform(subject).plans = [REFUSED, REFUSED]
    with pytest.raises(Failed, match="plan wants changes"):
        infra_lock.Locks().run(subject)


def test_a_change_that_locks_nothing_where_the_state_should_be_is_red() -> None:
    with (
        web(lambda *_: (404, "application/json", {})) as url,
        pytest.raises(Failed, match="an apply does not lock the state"),
    ):
        infra_moto.wait_for_lock(f"{url}/any", patience=0.2)


@pytest.mark.parametrize(("absent", "named"), [("version", "terraform"), ("-c", "fake-gcs-server")])
def test_without_one_of_its_tools_nothing_is_said(
    subject: Subject, absent: str, named: str
) -> None:
    terraform(subject).said = {absent: (127, "")}
    with pytest.raises(NotVerified, match=named):
        infra_lock.Locks().run(subject)
