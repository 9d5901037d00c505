"""A dashboard that would stay empty is seen without Grafana: one thing after another is broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlstamp.checks.base import Failed, Subject
from mlstamp.checks.connections import Connected
from mlstamp.project import Project
from tests.conftest import Rendered


@pytest.fixture
def subject(rendered: Rendered, tmp_path: Path) -> Subject:
    """A project with everything that watches it, to be broken."""
    root = rendered(profile="minimal", container=True, monitoring=True, drift=True, retraining=True)
    shutil.copytree(root, tmp_path / "root")
    answers: dict[str, object] = {"container": True, "monitoring": True}
    return Subject(Project(tmp_path / "root", tmp_path / "logs"), tmp_path, "default", answers)


def test_what_comes_along_is_connected(subject: Subject) -> None:
    Connected().run(subject)


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("prometheus.yml", "[service:8000]", "[service:8080]", "prometheus.yml: service:8080"),
        ("prometheus.yml", "[alertmanager:9093]", "[alerts:9093]", "alerts:9093"),
        ("alertmanager.yml", "monitor:9108", "localhost:9108", "alertmanager.yml: localhost:9108"),
        ("grafana/provisioning/datasources/prometheus.yml", "prometheus:9090", "p:9090", "p:9090"),
        (
            "grafana/provisioning/datasources/prometheus.yml",
            "uid: prometheus",
            "uid: other",
            "service: no data source prometheus",
        ),
        (
            "grafana/provisioning/dashboards/files.yml",
            "/etc/grafana/dashboards",
            "/etc/dashboards",
            "/etc/dashboards is not mounted",
        ),
        (
            "../../compose.yaml",
            "dashboards/service.json",
            "dashboards/home.json",
            "home.json is not mounted",
        ),
        ("../../compose.yaml", "grafana/provisioning:/etc", "grafana/given:/etc", "provisioning"),
    ],
)
def test_what_leads_nowhere_is_red(
    subject: Subject, name: str, before: str, after: str, said: str
) -> None:
    path = subject.root / "deploy" / "monitoring" / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(Failed, match=said):
        Connected().run(subject)
