"""The rules that wake somebody, and the ways that alerts take: each tool agrees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import rules
from .base import Subject, expect, listing
from .monitoring_stack import Stack, needs
from .rules import RUNBOOK, Moment, Rule

ROUTES = f"{rules.FOLDER}/alertmanager.yml"
ASKS = "retrain"  # the `action` of an alert that asks for another model
RECEIVERS = {"none": "nobody"}  # by severity; anything else is for the team


class Rules(Stack):
    """promtool reads the configuration, and each case of the rules comes out as it says."""

    id = "stack.rules"

    def run(self, subject: Subject) -> None:
        """The configuration or a rule is not valid, or an alert fires when it should not."""
        needs("promtool")
        path = subject.root / rules.FOLDER / "prometheus.yml"
        subject.project.must("promtool", "check", "config", str(path))
        cases = [str(path) for path in rules.cases(subject)]
        expect(cases, "the rules have no cases")
        subject.project.must("promtool", "test", "rules", *cases)


class Cases(Stack):
    """Each alert has a case in which it fires, one in which it does not, and a runbook."""

    id = "stack.cases"

    def run(self, subject: Subject) -> None:
        """An alert is never tried, or nobody is told what to do about it."""
        expect((subject.root / RUNBOOK).is_file(), f"{RUNBOOK} is missing")
        moments = list(rules.moments(subject))
        headings = set(re.findall(r"^#+ (.+)$", subject.text(RUNBOOK), re.MULTILINE))
        anchors = {heading.strip().lower().replace(" ", "-") for heading in headings}
        faults = [
            f"{rule['alert']} {fault}"
            for path in rules.files(subject)
            for rule in rules.alerts(path)
            for fault in untried(rule, [m for m in moments if path.name in m.files], anchors)
        ]
        expect(not faults, listing(faults))


def untried(rule: Rule, moments: list[Moment], anchors: set[str]) -> Iterator[str]:
    """Yield what an alert lacks."""
    name = rule["alert"]
    if not any(name in moment.fires for moment in moments):
        yield "never fires"
    if name != "Watchdog" and all(name in moment.fires for moment in moments):
        yield "always fires"
    if rule["annotations"].get("runbook") != f"{RUNBOOK}#{name.lower()}":
        yield "names no runbook of its own"
    elif name.lower() not in anchors:
        yield f"has no part in {RUNBOOK}"
    if rule["labels"].get("severity") not in {"page", "ticket", "none"}:
        yield "has no severity"


class Routes(Stack):
    """amtool reads the routes, and each alert takes the way that its labels say."""

    id = "stack.alertmanager"

    def run(self, subject: Subject) -> None:
        """The configuration of Alertmanager is not valid, or an alert goes elsewhere."""
        needs("amtool")
        path = str(subject.root / ROUTES)
        subject.project.must("amtool", "check-config", path)
        for rule in (rule for one in rules.files(subject) for rule in rules.alerts(one)):
            labels = [f"{name}={value}" for name, value in rule["labels"].items()]
            options = (f"--config.file={path}", f"--verify.receivers={','.join(told(rule))}")
            words = ("amtool", "config", "routes", "test", *options, f"alertname={rule['alert']}")
            subject.project.must(*words, *labels)


def told(rule: Rule) -> list[str]:
    """Return the receivers of an alert: who has to act, and what acts by itself."""
    asks = ["retraining"] if rule["labels"].get("action") == ASKS else []
    return [*asks, RECEIVERS.get(rule["labels"]["severity"], "team")]
