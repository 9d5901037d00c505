"""A lax service, an untried alert, an unknown metric: each is seen without the tools."""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
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
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "mem_limit": "1g",
    "healthcheck": {"test": ["CMD", "true"]},
    "ports": ["127.0.0.1:80:80"],
    "environment": {"PGPASSWORD": "${PASSWORD:?Set PASSWORD.}", "HOME": "/tmp"},  # noqa: S108 - of a container
}
ALERT: dict[str, Any] = {
    "alert": "MLOld",
    "expr": "songs_total > 1",
    "labels": {"severity": "page"},
    "annotations": {"runbook": "docs/runbooks/alerts.md#mlold"},
}
FIRES = {"eval_time": "1h", "exp_samples": [{"labels": '{alertname="MLOld"}', "value": 1}]}
QUIET: dict[str, Any] = {"eval_time": "1m", "exp_samples": []}
METRICS = 'COUNTERS: dict = {"songs_total": ("Songs.", ("status",))}\nHISTOGRAMS = {}\n'


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
    made = fake_subject(tmp_path)
    made.project = Tools(tmp_path, tmp_path / "logs")
    made.answers["container"] = True
    write_all(
        tmp_path,
        {
            "compose.yaml": yaml.safe_dump({"services": {"song": SERVICE}}),
            "src/song/monitoring/metrics.py": METRICS,
            stack.RUNBOOK: "# Alerts\n\n## MLOld\n",
        },
    )
    rules(made, ALERT)
    cases(made, FIRES, QUIET)
    panels(made, "sum(rate(songs_total[$__rate_interval]))")
    return made


def rules(subject: Subject, *alerts: dict[str, Any]) -> None:
    groups = {"groups": [{"name": "model", "rules": list(alerts)}]}
    write_all(subject.root, {f"{stack.FOLDER}/rules.yml": yaml.safe_dump(groups)})


def cases(subject: Subject, *moments: dict[str, Any]) -> None:
    tests = {"tests": [{"promql_expr_test": list(moments)}]}
    write_all(subject.root, {f"{stack.FOLDER}/rules.test.yml": yaml.safe_dump(tests)})


def panels(subject: Subject, *asked: str) -> None:
    shown = [{"title": "Songs", "targets": [{"expr": text}]} for text in asked]
    write_all(subject.root, {stack.DASHBOARD: json.dumps({"panels": shown})})


CHECKS = [
    stack.Hardened(),
    stack.ComposeSchema(),
    stack.ComposeReads(),
    stack.Rules(),
    stack.Cases(),
    stack.Routes(),
    stack.Metrics(),
    stack.Expressions(),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_good_stack_is_green(subject: Subject, check: Check) -> None:
    check.run(subject)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_without_a_container_nothing_is_to_be_said_and_without_metrics_little(
    subject: Subject, check: Check
) -> None:
    assert check.concerns(subject)
    subject.answers["monitoring"] = False
    assert check.concerns(subject) == (not isinstance(check, stack.Stack))
    subject.answers |= {"monitoring": True, "container": False}
    assert not check.concerns(subject)


@pytest.mark.parametrize(
    ("check", "tool"),
    [
        (stack.ComposeReads(), "docker-compose"),
        (stack.Rules(), "promtool"),
        (stack.Routes(), "amtool"),
        (stack.Expressions(), "promtool"),
    ],
    ids=lambda value: getattr(value, "id", value),
)
def test_a_complaint_of_a_tool_is_red_and_an_absent_one_is_said(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, check: Check, tool: str
) -> None:
    subject.project = Tools(subject.root, subject.root / "logs", broken=(tool,))
    with pytest.raises(StepFailed, match=tool):
        check.run(subject)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match=tool):
        check.run(subject)


def test_compose_against_its_schema_is_red_or_not_verified(subject: Subject) -> None:
    subject.project = Tools(subject.root, subject.root / "logs", broken=("compose.yaml",))
    with pytest.raises(StepFailed, match="check-jsonschema"):
        stack.ComposeSchema().run(subject)
    subject.project = Tools(subject.root, subject.root / "logs", broken=("--version",))
    with pytest.raises(NotVerified, match="check-jsonschema"):
        stack.ComposeSchema().run(subject)


@pytest.mark.parametrize(
    ("careless", "complaint", "fault"),
    [(True, "", "content without a password"), (False, "no such file", "it says no such file")],
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
        ({"ports": ["127.0.0.1:80:80", "81:81"]}, "81:81 is open"),
        ({"environment": {"GF_PASSWORD": "admin"}}, "GF_PASSWORD is not required"),
        ({"environment": {"API_TOKEN": "${TOKEN:-none}"}}, "API_TOKEN is not required"),
    ],
)
def test_a_lax_service_is_red(subject: Subject, change: dict[str, Any], fault: str) -> None:
    lax = {key: value for key, value in (SERVICE | change).items() if value is not None}
    services = yaml.safe_dump({"services": {"song": lax}})
    write_all(subject.root, {"compose.yaml": services})
    with pytest.raises(Failed, match=f"song: .*{fault}"):
        stack.Hardened().run(subject)


@pytest.mark.parametrize(
    ("moments", "fault"), [([QUIET], "MLOld never fires"), ([FIRES], "MLOld always fires")]
)
def test_an_alert_that_is_not_tried_is_red(
    subject: Subject, moments: list[dict[str, Any]], fault: str
) -> None:
    cases(subject, *moments)
    with pytest.raises(Failed, match=fault):
        stack.Cases().run(subject)


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
    rules(subject, deepcopy(ALERT) | change)
    with pytest.raises(Failed, match=fault):
        stack.Cases().run(subject)


def test_a_runbook_without_the_alert_and_no_runbook_at_all_are_red(subject: Subject) -> None:
    write_all(subject.root, {stack.RUNBOOK: "# Alerts\n"})
    with pytest.raises(Failed, match="MLOld has no part in"):
        stack.Cases().run(subject)
    (subject.root / stack.RUNBOOK).unlink()
    with pytest.raises(Failed, match="is missing"):
        stack.Cases().run(subject)


def test_rules_without_cases_are_red(subject: Subject) -> None:
    (subject.root / stack.FOLDER / "rules.test.yml").unlink()
    with pytest.raises(Failed, match="no cases"):
        stack.Rules().run(subject)


def test_a_metric_that_nothing_exposes_is_red_wherever_it_stands(subject: Subject) -> None:
    panels(subject, "rate(song_total[5m])")
    with pytest.raises(Failed, match="Songs: no metric song_total"):
        stack.Metrics().run(subject)
    panels(subject, 'songs_total{colour="red"}')
    with pytest.raises(Failed, match="Songs: songs_total has no label colour"):
        stack.Metrics().run(subject)
    panels(subject, "songs_total")
    rules(subject, ALERT | {"expr": "notes_total"})
    with pytest.raises(Failed, match="rules: no metric notes_total"):
        stack.Metrics().run(subject)
    rules(subject, ALERT)
    query = {"name": "errors", "provider": {"prometheus": {"query": "beats"}}}
    write_all(subject.root, {stack.CANARY: yaml.safe_dump({"spec": {"metrics": [query]}})})
    with pytest.raises(Failed, match="canary errors: no metric beats"):
        stack.Metrics().run(subject)


def test_a_dashboard_that_asks_for_nothing_is_red(subject: Subject) -> None:
    panels(subject)
    with pytest.raises(Failed, match="asks for nothing"):
        stack.Expressions().run(subject)
