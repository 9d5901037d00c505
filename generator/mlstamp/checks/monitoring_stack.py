"""compose.yaml, and the rules, routes and dashboard that watch the service: each tool agrees."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml

from . import promql
from .base import Check, NotVerified, Subject, expect, listing
from .kubernetes import JSONSCHEMA, tool

FOLDER = "deploy/monitoring"
DASHBOARD = f"{FOLDER}/grafana/dashboards/service.json"
CANARY = "deploy/kubernetes/monitoring/canary.yaml"
RUNBOOK = "docs/runbooks/alerts.md"
PASSWORDS = {"POSTGRES_PASSWORD": "of-a-test", "GRAFANA_PASSWORD": "of-a-test"}
SECRET = re.compile(r"password|secret|token|key$", re.IGNORECASE)
FROM_OUTSIDE = re.compile(r"\$\{\w+:\?[^}]+\}")
ALERT = re.compile(r'alertname="(\w+)"')


class Stack(Check):
    """A check of what watches the service, for a subject that has a container and metrics."""

    capability = "monitoring"

    def concerns(self, subject: Subject) -> bool:
        """Tell whether the subject has a container and metrics."""
        return super().concerns(subject) and bool(subject.answers.get("container"))


class Hardened(Check):
    """Every service of compose.yaml is confined, and no password is written down."""

    id = "stack.hardened"
    capability = "container"

    def run(self, subject: Subject) -> None:
        """A service of compose.yaml may do more than it needs, or a password stands in the file."""
        services = yaml.safe_load(subject.text("compose.yaml"))["services"]
        faults = [f"{name}: {fault}" for name, one in services.items() for fault in lax(one)]
        expect(not faults, listing(faults))


def lax(service: dict[str, Any]) -> Iterator[str]:
    """Yield what a service may do without needing it."""
    if service.get("read_only") is not True:
        yield "its root is writable"
    if service.get("cap_drop") != ["ALL"] or service.get("cap_add") or service.get("privileged"):
        yield "it keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "it may gain privileges"
    if "mem_limit" not in service:
        yield "its memory has no limit"
    if "healthcheck" not in service:
        yield "it has no health check"
    if open_ports := [p for p in service.get("ports", []) if not str(p).startswith("127.0.0.1:")]:
        yield f"{open_ports[0]} is open to the network"
    for name, value in service.get("environment", {}).items():
        if SECRET.search(name) and not FROM_OUTSIDE.fullmatch(str(value)):
            yield f"{name} is not required from outside"


class ComposeSchema(Check):
    """compose.yaml keeps to the schema of the Compose specification."""

    id = "stack.schema"
    capability = "container"

    def run(self, subject: Subject) -> None:
        """compose.yaml has a key that Compose does not know, or a value of another type."""
        validator = tool(subject, JSONSCHEMA)
        builtin = ("--builtin-schema", "vendor.compose-spec")
        subject.project.must(*validator, *builtin, "compose.yaml")


class ComposeReads(Check):
    """docker-compose reads compose.yaml, and says which password it is not given."""

    id = "stack.compose"
    capability = "container"

    def run(self, subject: Subject) -> None:
        """docker-compose cannot read compose.yaml, or starts without a password."""
        needs("docker-compose")
        given = dict(subject.project.environment)
        without = {name: value for name, value in given.items() if name not in PASSWORDS}
        project = replace(subject.project, environment={**given, **PASSWORDS})
        project.must("docker-compose", "config", "--quiet")
        asked = replace(subject.project, environment=without)
        done = asked.run("docker-compose", "config", "--quiet")
        expect(done.code, "it is content without a password")
        expect("Set POSTGRES_PASSWORD" in done.tail(), f"it says {done.tail()}")


class Rules(Stack):
    """promtool reads the configuration, and each case of the rules comes out as it says."""

    id = "stack.rules"

    def run(self, subject: Subject) -> None:
        """The configuration or a rule is not valid, or an alert fires when it should not."""
        needs("promtool")
        root = subject.root / FOLDER
        subject.project.must("promtool", "check", "config", str(root / "prometheus.yml"))
        cases = sorted(str(path) for path in root.glob("*.test.yml"))
        expect(cases, "the rules have no cases")
        subject.project.must("promtool", "test", "rules", *cases)


class Cases(Stack):
    """Each alert has a case in which it fires, one in which it does not, and a runbook."""

    id = "stack.cases"

    def run(self, subject: Subject) -> None:
        """An alert is never tried, or nobody is told what to do about it."""
        expect((subject.root / RUNBOOK).is_file(), f"{RUNBOOK} is missing")
        alerts = [rule for group in rules(subject) for rule in group["rules"] if "alert" in rule]
        expected = [fired(case) for case in cases(subject)]
        headings = set(re.findall(r"^#+ (.+)$", subject.text(RUNBOOK), re.MULTILINE))
        anchors = {heading.strip().lower().replace(" ", "-") for heading in headings}
        faults = [
            f"{rule['alert']} {fault}"
            for rule in alerts
            for fault in untried(rule, expected, anchors)
        ]
        expect(not faults, listing(faults))


def untried(rule: dict[str, Any], expected: list[set[str]], anchors: set[str]) -> Iterator[str]:
    """Yield what an alert lacks."""
    name = rule["alert"]
    if not any(name in fires for fires in expected):
        yield "never fires"
    if name != "Watchdog" and all(name in fires for fires in expected):
        yield "always fires"
    if rule["annotations"].get("runbook") != f"{RUNBOOK}#{name.lower()}":
        yield "names no runbook of its own"
    elif name.lower() not in anchors:
        yield f"has no part in {RUNBOOK}"
    if rule["labels"].get("severity") not in {"page", "ticket", "none"}:
        yield "has no severity"


def cases(subject: Subject) -> Iterator[dict[str, Any]]:
    """Yield each moment of each test of the rules."""
    for path in sorted((subject.root / FOLDER).glob("*.test.yml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            yield from test["promql_expr_test"]


def fired(case: dict[str, Any]) -> set[str]:
    """Return the alerts that a case expects to fire."""
    return {name for one in case["exp_samples"] for name in ALERT.findall(one["labels"])}


class Routes(Stack):
    """amtool reads the routes of the alerts."""

    id = "stack.alertmanager"

    def run(self, subject: Subject) -> None:
        """The configuration of Alertmanager is not valid."""
        needs("amtool")
        path = subject.root / FOLDER / "alertmanager.yml"
        subject.project.must("amtool", "check-config", str(path))


class Metrics(Stack):
    """Rules, dashboard and analysis name metrics and labels that the service has."""

    id = "stack.metrics"

    def run(self, subject: Subject) -> None:
        """A rule or a panel asks for a metric or a label that nothing exposes."""
        source = f"src/{subject.project.package}/monitoring/metrics.py"
        known = promql.exposed(subject.text(source)) | promql.recorded(rules(subject))
        faults = [
            f"{place}: {fault}"
            for place, expression in expressions(subject)
            for fault in promql.faults(expression, known)
        ]
        expect(not faults, listing(faults))


class Expressions(Stack):
    """promtool reads each expression of the dashboard and of the canary's analysis."""

    id = "stack.dashboard"

    def run(self, subject: Subject) -> None:
        """An expression of the dashboard or of the analysis is not PromQL."""
        needs("promtool")
        asked = [promql.plain(text) for place, text in expressions(subject) if place != "rules"]
        expect(asked, "the dashboard asks for nothing")
        records = [{"record": f"panel:{n}", "expr": text} for n, text in enumerate(asked)]
        path = subject.work / "panels.yml"
        groups = {"groups": [{"name": "panels", "rules": records}]}
        path.write_text(yaml.safe_dump(groups), encoding="utf-8")
        subject.project.must("promtool", "check", "rules", str(path))


def expressions(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield every expression with the place that it stands in."""
    for group in rules(subject):
        yield from (("rules", rule["expr"]) for rule in group["rules"])
    for panel in json.loads(subject.text(DASHBOARD))["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])
    if (subject.root / CANARY).is_file():
        for metric in yaml.safe_load(subject.text(CANARY))["spec"]["metrics"]:
            yield f"canary {metric['name']}", metric["provider"]["prometheus"]["query"]


def rules(subject: Subject) -> list[dict[str, Any]]:
    """Return the groups of rules."""
    groups: list[dict[str, Any]] = yaml.safe_load(subject.text(f"{FOLDER}/rules.yml"))["groups"]
    return groups


def needs(command: str) -> None:
    """Say that nothing is verified where a command is missing."""
    if shutil.which(command) is None:
        raise NotVerified(command)
