"""A job that is not scraped, a missing rule, an empty panel, a silent alert: each is red."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlstamp.checks import compose, reliability, watched
from mlstamp.checks.base import Failed, Subject
from mlstamp.checks.connections import SOURCES
from mlstamp.errors import StepFailed
from tests.checks.fakes import good_service
from tests.checks.test_compose import Compose
from tests.checks.test_container import contained, subject_of
from tests.support import web, write_all

RULES = "groups: [{name: song, rules: [{alert: Watchdog, expr: vector(1)}]}]\n"
PANELS = [{"title": "Requests", "targets": [{"expr": 'http_total{n=~"$namespace"}'}]}]
SOURCE = "datasources: [{name: Prometheus, uid: prometheus, url: 'http://prometheus:9090'}]\n"


INCOMPLETE = json.dumps(watched.BAD).encode()


@dataclass
class Watchers:
    """Plays Prometheus and Alertmanager, which know all that they should."""

    jobs: tuple[str, ...] = ("service", "monitor")
    health: str = "up"
    groups: tuple[str, ...] = ("song",)
    result: tuple[Any, ...] = ({"value": [0, "1"]},)
    alerts: tuple[str, ...] = ("Watchdog",)
    lax: bool = False  # the service scores whatever it is asked for

    def __call__(self, path: str, _: bytes) -> tuple[int, str, object]:
        targets = [{"labels": {"job": job}, "health": self.health} for job in self.jobs]
        data: dict[str, object] = {
            "/api/v1/rules": {"groups": [{"name": name} for name in self.groups]},
            "/api/v1/targets": {"activeTargets": targets},
            "/api/v1/query": {"result": list(self.result)},
        }
        if path.startswith("/api/v2/alerts"):
            told = [{"labels": {"alertname": name}} for name in self.alerts]
            return 200, "application/json", told
        return 200, "application/json", {"data": data[path.partition("?")[0]]}


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Subject, Watchers]]:
    """A stack that sees all that it should; a test breaks one thing."""
    watchers = Watchers()

    def service(path: str, body: bytes) -> tuple[int, str, object]:
        if body == INCOMPLETE:
            return 200 if watchers.lax else 422, "application/json", {}
        return good_service(path, body)

    with contained(tmp_path, monkeypatch, service) as engine, web(watchers) as url:
        write_all(
            tmp_path,
            {
                "deploy/monitoring/rules/song.yml": RULES,
                SOURCES: SOURCE,
                "deploy/monitoring/grafana/dashboards/service.json": json.dumps({"panels": PANELS}),
            },
        )
        port = int(url.rpartition(":")[2])
        monkeypatch.setattr(watched, "PROMETHEUS_PORT", port)
        monkeypatch.setattr(watched, "ALERTMANAGER_PORT", port)
        monkeypatch.setattr(watched, "SERVICE", f"http://{engine.said['docker port']}")
        monkeypatch.setattr(compose, "taken", lambda _: False)
        monkeypatch.setattr(compose, "PATIENCE", 0.2)
        monkeypatch.setattr(reliability, "PATIENCE", 0.2)
        monkeypatch.setattr(watched, "AGAIN", 0.2)
        subject = subject_of(Compose(engine.root, engine.logs, said=engine.said))
        subject.answers.update(monitoring=True, drift=True)
        yield subject, watchers


def test_a_stack_that_sees_everything_is_green_and_is_taken_down(
    played: tuple[Subject, Watchers],
) -> None:
    subject, _ = played
    watched.Watched().run(subject)
    assert isinstance(subject.project, Compose)
    commands = [" ".join(words) for words in subject.project.commands]
    assert any("up --detach" in one and "alertmanager prometheus" in one for one in commands)
    assert any("http://prometheus:9090/-/ready" in one for one in commands)
    assert any("down --volumes" in one for one in commands)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("jobs", ("service",), "service, monitor: one is not scraped"),
        ("health", "down", "service, monitor: one is not scraped"),
        ("groups", (), "Prometheus has not loaded song"),
        ("result", (), "there is nothing to show for Requests"),
        ("alerts", (), "Alertmanager hears of no Watchdog"),
        ("lax", True, "a row without a value is scored"),
    ],
)
def test_one_fault_of_the_stack_is_red(
    played: tuple[Subject, Watchers], name: str, value: Any, said: str
) -> None:
    subject, watchers = played
    setattr(watchers, name, value)
    with pytest.raises(Failed, match=said):
        watched.Watched().run(subject)


def test_a_data_source_that_does_not_answer_is_red(played: tuple[Subject, Watchers]) -> None:
    subject, _ = played
    assert isinstance(subject.project, Compose)
    subject.project.broken = ("exec",)
    with pytest.raises(StepFailed, match="exec"):
        watched.Watched().run(subject)


def test_without_drift_there_is_no_monitor_to_see(played: tuple[Subject, Watchers]) -> None:
    subject, watchers = played
    subject.answers["drift"] = False
    watchers.jobs = ("service",)
    watched.Watched().run(subject)
