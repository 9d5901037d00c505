"""The dashboards of Grafana, made from code: every panel asks for something that there is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Set
from dataclasses import replace
from pathlib import Path

import yaml

from ..http import get, post
from ..loop.watchers import series
from . import promql, rules
from .base import Subject, expect, listing
from .ci_tools import uv_tool
from .monitoring_stack import Stack, needs
from .runtime import replay

CODE = f"{rules.FOLDER}/grafana"
CANARY = "deploy/kubernetes/monitoring/canary.yaml"
# Where the project declares its metrics, and the events that become some.
DECLARED = ("monitoring/metrics.py", "monitoring/drift/metrics.py")
MONITOR = DECLARED[1]
EVENTS = "serving/rollout/service.py"
_TYPE = re.compile(r"^# TYPE (\S+) (\w+)$", re.MULTILINE)
_DEPENDENCY = re.compile(r'^# dependencies = \["([^"]+)"\]$', re.MULTILINE)


class Metrics(Stack):
    """Rules, dashboards and analysis name metrics and labels that the project declares."""

    id = "stack.metrics"

    def run(self, subject: Subject) -> None:
        """A rule or a panel asks for a metric or a label that nothing exposes."""
        known = declared(subject, *DECLARED) | promql.recorded(rules.groups(subject))
        faults = [
            f"{place}: {fault}"
            for place, expression in expressions(subject)
            for fault in promql.faults(expression, known)
        ]
        expect(not faults, listing(faults))


class Expressions(Stack):
    """promtool reads each expression of the dashboards and of the canary's analysis."""

    id = "stack.dashboard"

    def run(self, subject: Subject) -> None:
        """An expression of a dashboard or of the analysis is not PromQL."""
        needs("promtool")
        asked = [promql.plain(text) for place, text in expressions(subject) if place != "rules"]
        expect(asked, "the dashboards ask for nothing")
        records = [{"record": f"panel:{n}", "expr": text} for n, text in enumerate(asked)]
        path = subject.work / "panels.yml"
        groups = {"groups": [{"name": "panels", "rules": records}]}
        path.write_text(yaml.safe_dump(groups), encoding="utf-8")
        subject.project.must("promtool", "check", "rules", str(path))


class FromCode(Stack):
    """The dashboards are what their code makes, and mypy finds nothing in it."""

    id = "stack.dashboard_code"
    requires = ("quality.sync",)

    def run(self, subject: Subject) -> None:
        """A dashboard was changed by hand, or its code was and nobody ran `just dashboards`."""
        project = subject.project
        tool = _DEPENDENCY.search(subject.text(f"{CODE}/build.py"))
        expect(tool, f"{CODE}/build.py pins no library")
        package = tool[1] if tool else ""
        uv_tool(project, "--with", package, "python")
        copy = subject.work / "dashboards"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(subject.root / CODE, copy / CODE)
        project.must("uv", "run", "--no-project", "--script", str(copy / CODE / "build.py"))
        made, ours = pages(copy), pages(subject.root)
        differing = [name for name in sorted({*made, *ours}) if made.get(name) != ours.get(name)]
        expect(made and not differing, f"not what the code makes: {', '.join(differing)}")
        sources = [path.name for path in sorted((copy / CODE / "source").glob("*.py"))]
        checked = replace(project, root=copy / CODE)
        words = ("uvx", "--with", package, "mypy==2.3.0", "--strict", "build.py")
        checked.must(*words, *(f"source/{name}" for name in sources))


class Scraped(Stack):
    """A running service exposes each of its metrics that a rule, a panel or the analysis names."""

    id = "stack.scrape"
    requires = ("runtime.lifecycle",)

    def run(self, subject: Subject) -> None:
        """A metric is declared, and no scrape brings it."""
        elsewhere = {*declared(subject, MONITOR), *promql.recorded(rules.groups(subject))}
        with subject.project.serve() as url:
            post(f"{url}/v1/predict", {"rows": replay(subject)["rows"][:1]})
            found = live(get(f"{url}/metrics").body.decode())
        missing = missing_in(subject, found | elsewhere)
        expect(not missing, f"the service does not expose {', '.join(missing)}")


def missing_in(subject: Subject, there: Set[str]) -> list[str]:
    """Return the metrics that somebody asks for and that are not there."""
    asked = {name for _, text in expressions(subject) for name, _ in promql.used(text)}
    return sorted(asked - there)


def live(scrape: str) -> set[str]:
    """Return the series that a scrape announces, whether or not one has a value yet."""
    return {part for name, kind in _TYPE.findall(scrape) for part in series(name, kind)}


def declared(subject: Subject, *places: str) -> promql.Metrics:
    """Return the metrics that the project's code declares in these places."""
    source = subject.source
    found: promql.Metrics = {}
    for place in places:
        if (source / place).is_file():
            found |= promql.exposed((source / place).read_text(encoding="utf-8"))
    if DECLARED[0] in places and (source / EVENTS).is_file():
        found |= promql.events((source / EVENTS).read_text(encoding="utf-8"))
    return found


def expressions(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield every expression with the place that it stands in."""
    for group in rules.groups(subject):
        yield from (("rules", rule["expr"]) for rule in group["rules"])
    for page in pages(subject.root).values():
        for panel in json.loads(page)["panels"]:
            yield from ((panel["title"], target["expr"]) for target in panel["targets"])
    if (subject.root / CANARY).is_file():
        for metric in yaml.safe_load(subject.text(CANARY))["spec"]["metrics"]:
            yield f"canary {metric['name']}", metric["provider"]["prometheus"]["query"]


def pages(root: Path) -> dict[str, str]:
    """Return the dashboards of a repository by name."""
    found = sorted((root / CODE / "dashboards").glob("*.json"))
    return {path.stem: path.read_text(encoding="utf-8") for path in found}
