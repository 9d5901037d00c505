"""A route that loses a wish for another model, or lets a bug in the data ask for one, is seen."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlstamp.checks import alertmanager, reliability
from mlstamp.checks.alerts import ROUTES
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.loop.watchers import ALERTMANAGER, FOLDER
from tests.capabilities.support import text
from tests.checks.fakes import fake_subject
from tests.conftest import Rendered
from tests.support import write_all

here = pytest.mark.skipif(
    shutil.which(ALERTMANAGER) is None, reason="Alertmanager is not installed"
)


@pytest.fixture
def subject(tmp_path: Path, rendered: Rendered, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """The routes of the template; a test breaks one."""
    monkeypatch.setattr(reliability, "PATIENCE", 5.0)
    made = fake_subject(tmp_path)
    made.answers |= {"container": True, "retraining": True}
    write_all(tmp_path, {ROUTES: text(rendered() / ROUTES)})
    return made


def changed(subject: Subject, before: str, after: str) -> Subject:
    path = subject.root / ROUTES
    said = path.read_text(encoding="utf-8")
    assert before in said
    path.write_text(said.replace(before, after), encoding="utf-8")
    return subject


@here
def test_the_routes_of_the_template_are_green_again_and_again(subject: Subject) -> None:
    for _ in range(2):
        alertmanager.Inhibited().run(subject)


@here
@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("MLInputViolation|", "", "MLInputViolation does not hold back"),
        ("MLColumnMissing|", "", "MLColumnMissing does not hold back"),
        ("|MLSkew", "", "MLSkew does not hold back"),
        ("equal: [namespace]\n", "equal: [namespace, job]\n", "does not hold back"),
        ("equal: [namespace]\n", "equal: []\n", "the webhook is not called"),
        ("continue: true", "continue: false", "the team is not told"),
        (
            "matchers: [action = retrain]\n      continue",
            "matchers: [x = y]\n      continue",
            "is not called",
        ),
    ],
)
def test_a_route_that_goes_wrong_is_red(
    subject: Subject, before: str, after: str, fault: str
) -> None:
    with pytest.raises(Failed, match=fault):
        alertmanager.Inhibited().run(changed(subject, before, after))


@here
def test_a_configuration_that_it_does_not_take_is_red(subject: Subject) -> None:
    with pytest.raises(StepFailed, match="ended with 1"):
        alertmanager.Inhibited().run(changed(subject, "receiver: team", "receiver: gone"))


def test_without_alertmanager_nothing_is_said(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match=ALERTMANAGER):
        alertmanager.Inhibited().run(subject)


def test_only_what_trains_again_by_itself_is_concerned(subject: Subject) -> None:
    assert alertmanager.Inhibited().concerns(subject)
    subject.answers["retraining"] = False
    assert not alertmanager.Inhibited().concerns(subject)


def test_the_routes_are_made_quick_and_nothing_else_of_them_changes(
    subject: Subject, tmp_path: Path
) -> None:
    ours = yaml.safe_load(subject.text(ROUTES))
    made = alertmanager.quick(subject.root / FOLDER, "127.0.0.1:1", tmp_path / "token")
    waits = {"group_wait", "group_interval", "repeat_interval"}
    assert made["inhibit_rules"] == ours["inhibit_rules"]
    assert {k: v for k, v in made["route"].items() if k not in waits} == {
        key: value for key, value in ours["route"].items() if key not in waits
    }
    hooks: list[Any] = [one for r in made["receivers"] for one in r.get("webhook_configs", [])]
    assert [hook["url"] for hook in hooks] == ["http://127.0.0.1:1/alerts"]
