"""A lax service, or one that starts without its secrets: each is seen without the tools."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlstamp.checks import monitoring_stack as stack
from mlstamp.checks.base import Check, Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import FakeProject, fake_subject
from tests.support import write_all

SERVICE: dict[str, Any] = {
    "image": f"song:1@sha256:{'0' * 64}",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "mem_limit": "1g",
    "healthcheck": {"test": ["CMD", "true"]},
    "ports": ["127.0.0.1:80:80"],
    "environment": {"PGPASSWORD": "${POSTGRES_PASSWORD:?Set POSTGRES_PASSWORD.}", "HOME": "/tmp"},  # noqa: S108 - of a container
}


@dataclass
class Tools(FakeProject):
    """Plays docker-compose, which is never content without a password unless `careless`."""

    careless: bool = False
    complaint: str = "Set POSTGRES_PASSWORD to one."

    def run(self, *command: str, timeout: float = 600) -> Completed:
        (self.root / "log").write_text(self.complaint, encoding="utf-8")
        return Completed(command, 0 if self.careless else 1, timeout, "", self.root / "log")


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """A stack that is as it should be; a test breaks one thing."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(stack, "client", lambda: ("docker-compose",))
    made = fake_subject(tmp_path)
    made.project = Tools(tmp_path, tmp_path / "logs")
    made.answers["container"] = True
    write_all(
        tmp_path,
        {
            "compose.yaml": yaml.safe_dump({"services": {"song": SERVICE}}),
        },
    )
    return made


CLIENT = stack.client
CHECKS = [
    stack.Hardened(),
    stack.ComposeSchema(),
    stack.ComposeReads(),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_good_stack_is_green(subject: Subject, check: Check) -> None:
    check.run(subject)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_without_a_container_nothing_is_to_be_said(subject: Subject, check: Check) -> None:
    assert check.concerns(subject)
    subject.answers["container"] = False
    assert not check.concerns(subject)


def test_a_complaint_of_compose_is_red_and_its_absence_is_said(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject.project = Tools(subject.root, subject.root / "logs", broken=("docker-compose",))
    with pytest.raises(StepFailed, match="docker-compose"):
        stack.ComposeReads().run(subject)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(stack, "client", CLIENT)
    with pytest.raises(NotVerified, match="docker compose"):
        stack.ComposeReads().run(subject)


def test_a_stack_that_asks_for_nothing_is_red(subject: Subject) -> None:
    (subject.root / "compose.yaml").write_text("services: {}\n")
    with pytest.raises(Failed, match="asks for no secret"):
        stack.ComposeReads().run(subject)


def test_compose_against_its_schema_is_red_or_not_verified(subject: Subject) -> None:
    subject.project = Tools(subject.root, subject.root / "logs", broken=("compose.yaml",))
    with pytest.raises(StepFailed, match="check-jsonschema"):
        stack.ComposeSchema().run(subject)
    subject.project = Tools(subject.root, subject.root / "logs", broken=("--version",))
    with pytest.raises(NotVerified, match="check-jsonschema"):
        stack.ComposeSchema().run(subject)


@pytest.mark.parametrize(
    ("careless", "complaint", "fault"),
    [
        (True, "", "content without POSTGRES_PASSWORD"),
        (False, "no such file", "without POSTGRES_PASSWORD it says no such file"),
    ],
)
def test_a_stack_that_starts_without_a_password_is_red(
    subject: Subject, careless: bool, complaint: str, fault: str
) -> None:
    subject.project = Tools(
        subject.root, subject.root / "logs", careless=careless, complaint=complaint
    )
    with pytest.raises(Failed, match=fault):
        stack.ComposeReads().run(subject)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"read_only": False}, "its root is writable"),
        ({"cap_drop": ["NET_RAW"]}, "keeps capabilities"),
        ({"cap_add": ["SYS_ADMIN"]}, "keeps capabilities"),
        ({"privileged": True}, "keeps capabilities"),
        ({"security_opt": []}, "may gain privileges"),
        ({"mem_limit": None}, "memory has no limit"),
        ({"healthcheck": None}, "no health check"),
        ({"image": "song:latest"}, "its image can change"),
        ({"image": None}, "its image can change"),
        ({"ports": ["127.0.0.1:80:80", "81:81"]}, "81:81 is open"),
        ({"environment": {"GF_PASSWORD": "admin"}}, "GF_PASSWORD is not required"),
        ({"environment": {"API_TOKEN": "${TOKEN:-none}"}}, "API_TOKEN is not required"),
        ({"environment": {"API_TOKEN_FILE": "of-a-test"}}, "API_TOKEN_FILE is not required"),
    ],
)
def test_a_lax_service_is_red(subject: Subject, change: dict[str, Any], fault: str) -> None:
    lax = {key: value for key, value in (SERVICE | change).items() if value is not None}
    services = yaml.safe_dump({"services": {"song": lax}})
    write_all(subject.root, {"compose.yaml": services})
    with pytest.raises(Failed, match=f"song: .*{fault}"):
        stack.Hardened().run(subject)


def test_what_is_built_here_has_no_digest_yet(subject: Subject) -> None:
    built = SERVICE | {"image": "song:dev", "build": {"context": "."}}
    write_all(subject.root, {"compose.yaml": yaml.safe_dump({"services": {"song": built}})})
    stack.Hardened().run(subject)


def test_the_path_of_a_secret_that_is_mounted_is_none(subject: Subject) -> None:
    fine = SERVICE | {"environment": {"API_TOKEN_FILE": "/run/secrets/token"}}
    write_all(subject.root, {"compose.yaml": yaml.safe_dump({"services": {"song": fine}})})
    stack.Hardened().run(subject)


def test_the_secrets_of_a_test_are_those_that_are_asked_for(subject: Subject) -> None:
    given = stack.secrets_of_a_test(subject)
    assert {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD", "TOKEN_FILE"} == set(given)
    assert Path(given["TOKEN_FILE"]).read_text(encoding="utf-8")
