"""A project that is watched: its rules, their cases, its routes and a dashboard, all in order."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlstamp.checks import dashboards, rules
from mlstamp.checks.base import Subject
from tests.checks.fakes import fake_subject
from tests.support import write_all

ALERT: dict[str, Any] = {
    "alert": "MLOld",
    "expr": "songs_total > 1",
    "labels": {"severity": "page"},
    "annotations": {"runbook": "docs/runbooks/alerts.md#mlold"},
}
FIRES = {"eval_time": "1h", "exp_samples": [{"labels": '{alertname="MLOld"}', "value": 1}]}
QUIET: dict[str, Any] = {"eval_time": "1m", "exp_samples": []}
METRICS = 'COUNTERS: dict = {"songs_total": ("Songs.", ("status",))}\nHISTOGRAMS = {}\n'
BUILD = '# /// script\n# dependencies = ["dashboards==1"]\n# ///\n'


def watched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """Return a subject that is as it should be, on a machine that has each tool."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    made = fake_subject(folder)
    made.answers["container"] = True
    texts = {
        "src/song/monitoring/metrics.py": METRICS,
        rules.RUNBOOK: "# Alerts\n\n## MLOld\n",
        f"{dashboards.CODE}/build.py": BUILD,
        f"{dashboards.CODE}/source/songs.py": "",
    }
    write_all(folder, texts)
    set_rules(made, ALERT)
    set_cases(made, FIRES, QUIET)
    set_panels(made, "sum(rate(songs_total[$__rate_interval]))")
    return made


def set_rules(subject: Subject, *alerts: dict[str, Any], file: str = "model") -> None:
    """Let a file of rules have these alerts."""
    groups = {"groups": [{"name": file, "rules": list(alerts)}]}
    write_all(subject.root, {f"{rules.FOLDER}/rules/{file}.yml": yaml.safe_dump(groups)})


def set_cases(subject: Subject, *moments: dict[str, Any], file: str = "model") -> None:
    """Let a file of cases try a file of rules at these moments."""
    tests = {"rule_files": [f"../rules/{file}.yml"], "tests": [{"promql_expr_test": list(moments)}]}
    write_all(subject.root, {f"{rules.FOLDER}/cases/{file}.yml": yaml.safe_dump(tests)})


def set_panels(subject: Subject, *asked: str, page: str = "songs") -> None:
    """Let a dashboard ask for this."""
    shown = [{"title": "Songs", "targets": [{"expr": text}]} for text in asked]
    path = f"{dashboards.CODE}/dashboards/{page}.json"
    write_all(subject.root, {path: json.dumps({"panels": shown})})
