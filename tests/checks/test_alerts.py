"""An alert that is never tried, leads nowhere or goes astray is seen without the tools."""

from __future__ import annotations

import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mlstamp.checks import alerts, rules
from mlstamp.checks.base import Check, Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from tests.checks.fakes import FakeProject
from tests.checks.watched import ALERT, FIRES, QUIET, set_cases, set_rules, watched
from tests.support import write_all

CHECKS = [alerts.Rules(), alerts.Cases(), alerts.Routes()]


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    return watched(tmp_path, monkeypatch)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_good_rules_are_green(subject: Subject, check: Check) -> None:
    check.run(subject)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_without_a_container_or_without_metrics_nothing_is_to_be_said(
    subject: Subject, check: Check
) -> None:
    assert check.concerns(subject)
    subject.answers["monitoring"] = False
    assert not check.concerns(subject)
    subject.answers |= {"monitoring": True, "container": False}
    assert not check.concerns(subject)


@pytest.mark.parametrize(
    ("check", "tool"),
    [(alerts.Rules(), "promtool"), (alerts.Routes(), "amtool")],
    ids=lambda value: getattr(value, "id", value),
)
def test_a_complaint_of_a_tool_is_red_and_an_absent_one_is_said(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, check: Check, tool: str
) -> None:
    subject.project = FakeProject(subject.root, subject.root / "logs", broken=(tool,))
    with pytest.raises(StepFailed, match=tool):
        check.run(subject)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match=tool):
        check.run(subject)


@pytest.mark.parametrize(
    ("moments", "fault"), [([QUIET], "MLOld never fires"), ([FIRES], "MLOld always fires")]
)
def test_an_alert_that_is_not_tried_is_red(
    subject: Subject, moments: list[dict[str, Any]], fault: str
) -> None:
    set_cases(subject, *moments)
    with pytest.raises(Failed, match=fault):
        alerts.Cases().run(subject)


def test_what_other_rules_do_tries_nothing(subject: Subject) -> None:
    set_cases(subject, FIRES, QUIET, file="other")
    set_cases(subject, FIRES)
    with pytest.raises(Failed, match="MLOld always fires"):
        alerts.Cases().run(subject)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"annotations": {}}, "names no runbook"),
        ({"annotations": {"runbook": "docs/runbooks/alerts.md#other"}}, "names no runbook"),
        ({"labels": {}}, "has no severity"),
    ],
)
def test_an_alert_that_tells_nobody_what_to_do_is_red(
    subject: Subject, change: dict[str, Any], fault: str
) -> None:
    set_rules(subject, deepcopy(ALERT) | change)
    with pytest.raises(Failed, match=fault):
        alerts.Cases().run(subject)


def test_a_runbook_without_the_alert_and_no_runbook_at_all_are_red(subject: Subject) -> None:
    write_all(subject.root, {rules.RUNBOOK: "# Alerts\n"})
    with pytest.raises(Failed, match="MLOld has no part in"):
        alerts.Cases().run(subject)
    (subject.root / rules.RUNBOOK).unlink()
    with pytest.raises(Failed, match="is missing"):
        alerts.Cases().run(subject)


def test_rules_without_cases_are_red(subject: Subject) -> None:
    (subject.root / rules.FOLDER / "cases" / "model.yml").unlink()
    with pytest.raises(Failed, match="no cases"):
        alerts.Rules().run(subject)


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"severity": "none"}, "nobody"),
        ({"severity": "ticket"}, "team"),
        ({"severity": "ticket", "action": "retrain"}, "retraining,team"),
    ],
)
def test_who_is_told_of_an_alert_is_asked_of_amtool(
    subject: Subject, labels: dict[str, str], receivers: str
) -> None:
    set_rules(subject, ALERT | {"labels": labels})
    alerts.Routes().run(subject)
    assert isinstance(subject.project, FakeProject)
    asked = subject.project.commands[-1]
    assert f"--verify.receivers={receivers}" in asked
    assert {"alertname=MLOld", *map("=".join, labels.items())} <= set(asked)
