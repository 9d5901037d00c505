"""Prometheus and Alertmanager of compose.yaml, as they are written: what a person finds there."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import yaml

from ..findings import Finding
from ..http import get, post
from . import rules
from .base import Failed, Subject, expect, listing
from .compose import MONITOR_PORT, PORT, composed
from .connections import SOURCES
from .container import expect_parity
from .dashboards import pages
from .images import noted
from .monitoring_stack import Stack
from .reliability import wait_until

Json = dict[str, Any]
PROMETHEUS_PORT, ALERTMANAGER_PORT = 9090, 9093
PORTS = (PORT, MONITOR_PORT, PROMETHEUS_PORT, ALERTMANAGER_PORT)
SERVICE = f"http://127.0.0.1:{PORT}"
BAD: Json = {"rows": [{}]}
ALWAYS = "Watchdog"  # the alert that fires while all is well
AGAIN = 90.0  # seconds: what Prometheus could not tell it tells again after a minute
HOME = "service"  # the page that Grafana opens with
FILLED_IN = {"$__rate_interval": "1m", "$namespace": ".*"}  # by Grafana
ASK = "from urllib.request import urlopen; urlopen('{url}', timeout=5)"


class Watched(Stack):
    """Prometheus and Alertmanager of compose.yaml see the service; panels and alerts have data."""

    id = "stack.watched"
    requires = ("stack.up",)
    only_for = ("default",)
    lasting = False  # registries and Debian may have other images tomorrow

    def run(self, subject: Subject) -> tuple[Finding, ...]:
        """Prometheus misses a job, a rule or Alertmanager, or the first dashboard stays empty."""
        ours = ("service", "monitor") if subject.answers.get("drift") else ("service",)
        theirs = ("alertmanager", "prometheus")
        with composed(subject, *PORTS, images=theirs) as stack:
            stack.up("alertmanager")  # before there is something to hear of
            stack.healthy(*ours, *theirs)
            expect_rules(subject)
            wait_until(lambda: unseen(ours) == set(), f"{', '.join(ours)}: one is not scraped")
            expect_filled(subject)
            source = yaml.safe_load(subject.text(SOURCES))["datasources"][0]["url"]
            stack.within("service", "python", "-c", ASK.format(url=f"{source}/-/ready"))
            wait_until(lambda: ALWAYS in told(), f"Alertmanager hears of no {ALWAYS}", AGAIN)
            return noted(stack.made)


def expect_rules(subject: Subject) -> None:
    """Fail unless Prometheus has loaded every group of rules."""
    loaded = {group["name"] for group in asked("rules")["groups"]}
    missing = {group["name"] for group in rules.groups(subject)} - loaded
    expect(not missing, f"Prometheus has not loaded {', '.join(sorted(missing))}")


def unseen(jobs: tuple[str, ...]) -> set[str]:
    """Return the jobs that Prometheus does not scrape, or not with success."""
    targets = asked("targets?state=active")["activeTargets"]
    return set(jobs) - {one["labels"]["job"] for one in targets if one["health"] == "up"}


def expect_filled(subject: Subject) -> None:
    """Fail unless every panel of the first page has something to show before long."""
    try:
        wait_until(lambda: not empty(subject), "a panel is empty")
    except Failed:
        found = empty(subject)
        raise Failed(f"there is nothing to show for {listing(found)}") from None


def empty(subject: Subject) -> list[str]:
    """Ask the service for something good and bad; return the panels that have nothing to show."""
    expect_parity(subject, SERVICE)
    expect(post(f"{SERVICE}/v1/predict", BAD).status == 422, "a row without a value is scored")
    panels = json.loads(pages(subject.root)[HOME])["panels"]
    return [one["title"] for one in panels if not any(results(t["expr"]) for t in one["targets"])]


def results(expression: str) -> list[Json]:
    """Return what an expression of a panel comes to."""
    for name, value in FILLED_IN.items():
        expression = expression.replace(name, value)
    found: list[Json] = asked(f"query?query={quote(expression)}")["result"]
    return found


def told() -> set[str]:
    """Return the names of the alerts that Alertmanager knows."""
    found = get(f"http://127.0.0.1:{ALERTMANAGER_PORT}/api/v2/alerts").json()
    return {one["labels"]["alertname"] for one in found}


def asked(path: str) -> Json:
    """Return what Prometheus answers."""
    answer = get(f"http://127.0.0.1:{PROMETHEUS_PORT}/api/v1/{path}")
    expect(answer.status == 200, f"Prometheus answers {answer.status} to {path}")
    found: Json = answer.json()["data"]
    return found
