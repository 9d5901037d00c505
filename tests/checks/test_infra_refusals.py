"""What a plan has to refuse on clouds whose provider cannot be had; Terraform is played here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp.checks import infra_refusals
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.project import Completed
from tests.checks.test_infra import Played
from tests.conftest import Rendered

IMAGE = "image is not a digest"


@dataclass
class Terraform(Played):
    """A Terraform that refuses one sentence after the other, after a plan that is right."""

    refused: tuple[str, ...] = ()
    plans: int = 0

    def run(self, *command: str, timeout: float = 600) -> Completed:
        done = super().run(*command, timeout=timeout)
        if "plan" not in command:
            return done
        told = ("", *self.refused)[self.plans]
        self.plans += 1
        line = {"type": "diagnostic", "diagnostic": {"summary": "Refused", "detail": told}}
        said = json.dumps({"type": "version"}) + "\n" + json.dumps(line)
        return Completed(command, 1 if told else 0, 0.0, said, done.log)


@pytest.fixture(params=sorted(infra_refusals.CLOUDS))
def subject(request: pytest.FixtureRequest, rendered: Rendered, tmp_path: Path) -> Subject:
    cloud = str(request.param)
    found = [one.said for one in infra_refusals.CLOUDS[cloud].refusals]
    root = rendered(profile="minimal", cloud=cloud, container=True)
    project = Terraform(root, tmp_path / "logs", refused=(*found, IMAGE))
    return Subject(project, tmp_path / "work", cloud, {"cloud": cloud, "deploy": "service"})


def terraform(subject: Subject) -> Terraform:
    assert isinstance(subject.project, Terraform)
    return subject.project


def test_the_conditions_of_the_template_are_asked_of_nothing_but_what_is_played(
    subject: Subject,
) -> None:
    infra_refusals.Refuses().run(subject)
    asked = (subject.work / "infra-refusals" / "main.tf").read_text(encoding="utf-8")
    cloud = infra_refusals.CLOUDS[str(subject.answers["cloud"])]
    assert asked.count("precondition {") == len(cloud.refusals)
    assert "data." not in asked
    assert " self." not in asked
    assert terraform(subject).plans == len(cloud.refusals) + 2


def test_a_plan_that_goes_on_is_red(subject: Subject) -> None:
    terraform(subject).refused = ("", "", "")
    with pytest.raises(Failed, match="not refused: "):
        infra_refusals.Refuses().run(subject)


def test_a_plan_that_stops_for_another_reason_is_red(subject: Subject) -> None:
    terraform(subject).refused = ("no disk", "no disk", "no disk")
    with pytest.raises(Failed, match="not refused: "):
        infra_refusals.Refuses().run(subject)


def test_a_condition_that_is_gone_is_red() -> None:
    text = 'data "a" "b" {\n  name = "c"\n}\n\ndata "d" "e" {\n  condition = 1\n}\n'
    with pytest.raises(Failed, match='data "a" "b" has no condition'):
        infra_refusals.alone(text, 'data "a" "b"', 0)


def test_without_terraform_it_is_not_verified(subject: Subject) -> None:
    terraform(subject).said = {"version": (127, "")}
    with pytest.raises(NotVerified, match="terraform"):
        infra_refusals.Refuses().run(subject)


def test_a_provider_that_takes_any_account_is_red(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('provider "a" {\n  features {}\n}\n', encoding="utf-8")
    other = 'provider "a" {\n  region = 1\n  account = var.account\n}\n'
    (tmp_path / "other.tf").write_text(other, encoding="utf-8")
    assert infra_refusals.unpinned(tmp_path, r"account += var\.account") == ["main.tf"]
