"""A state that is not locked, or stays locked, is red; terraform and the storage are played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pytest

from mlstamp import azurite, storage
from mlstamp.checks import infra_lock, infra_moto
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.project import Completed
from mlstamp.stand_in import Place
from mlstamp.tunnel import tunnel
from tests.checks.test_infra import Played
from tests.conftest import Rendered
from tests.support import web

ASKED = {
    "gcp": ("acme-churn-terraform-state", "staging/service"),
    "azure": ("acmechurntfstate", "staging", "service.tfstate"),
}
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
        log = self.logs / f"plan-{len(self.plans)}.log"  # of its own, for an apply runs beside it
        log.write_text(text, encoding="utf-8")
        return Completed(command, code, 0.0, text, log)


@pytest.fixture(params=["gcp", "azure"])
def subject(
    request: pytest.FixtureRequest,
    rendered: Rendered,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Subject:
    """A project whose state is locked in the place that its backend names, which is played."""
    cloud = str(request.param)

    @contextmanager
    def kept(*asked: object) -> Iterator[Place]:
        yield Place({}, lambda: asked[-len(ASKED[cloud]) :] == ASKED[cloud])

    monkeypatch.setattr(storage, "storage", kept)
    monkeypatch.setattr(azurite, "blobs", kept)
    monkeypatch.setattr(infra_lock, "node_packages", lambda *_: tmp_path)
    monkeypatch.setattr(infra_lock, "SYSTEM", "linux")
    root = rendered(profile="minimal", cloud=cloud, container=True)
    project = Terraform(root, tmp_path / "logs")
    return Subject(project, tmp_path / "work", f"cloud-{cloud}", {"cloud": cloud})


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
    with pytest.raises(Failed, match="an apply does not lock the state"):
        infra_moto.wait_for_lock(lambda: False, patience=0.2)


def test_without_its_tools_nothing_is_said(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    terraform(subject).said = {"-c": (127, ""), "openssl": (127, "")}
    with pytest.raises(NotVerified, match=r"fake-gcs-server|openssl"):
        infra_lock.Locks().run(subject)
    monkeypatch.setattr(infra_lock, "SYSTEM", "darwin")
    with pytest.raises(NotVerified, match=r"fake-gcs-server|takes a certificate"):
        infra_lock.Locks().run(subject)
    terraform(subject).said = {"version": (127, "")}
    with pytest.raises(NotVerified, match="terraform"):
        infra_lock.Locks().run(subject)


def test_a_tunnel_leads_to_its_host_and_to_no_other() -> None:
    with web(lambda path, _: (200, "text/plain", path.encode())) as url:
        port = int(url.rpartition(":")[2])
        with tunnel(port, "state.test") as proxy:
            assert through(proxy, "state.test") == (200, b"/there")
            with pytest.raises(OSError, match="502"):
                through(proxy, "other.test")


def through(proxy: str, host: str) -> tuple[int, bytes]:
    connection = HTTPConnection(proxy.removeprefix("http://"), timeout=10)
    connection.set_tunnel(host, 443)
    connection.request("GET", "/there")
    answer = connection.getresponse()
    return answer.status, answer.read()
