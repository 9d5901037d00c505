"""Reads the rules of Prometheus that a project has, and the cases that try them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .base import Subject

FOLDER = "deploy/monitoring"
RUNBOOK = "docs/runbooks/alerts.md"
_ALERT = re.compile(r'alertname="(\w+)"')
Rule = dict[str, Any]


@dataclass(frozen=True)
class Moment:
    """One moment of a case: the files whose rules it is about, and the alerts that fire then."""

    files: frozenset[str]
    fires: frozenset[str]


def files(subject: Subject) -> list[Path]:
    """Return the files of rules."""
    return sorted((subject.root / FOLDER / "rules").glob("*.yml"))


def groups(subject: Subject) -> list[dict[str, Any]]:
    """Return the groups of all files."""
    return [group for path in files(subject) for group in _load(path)["groups"]]


def alerts(path: Path) -> list[Rule]:
    """Return the alerts of a file."""
    return [rule for group in _load(path)["groups"] for rule in group["rules"] if "alert" in rule]


def cases(subject: Subject) -> list[Path]:
    """Return the files of cases."""
    return sorted((subject.root / FOLDER / "cases").glob("*.yml"))


def moments(subject: Subject) -> Iterator[Moment]:
    """Yield each moment of each case."""
    for path in cases(subject):
        loaded = _load(path)
        about = frozenset(Path(name).name for name in loaded["rule_files"])
        for case in loaded["tests"]:
            for one in case["promql_expr_test"]:
                labels = [sample["labels"] for sample in one["exp_samples"]]
                yield Moment(
                    about, frozenset(name for text in labels for name in _ALERT.findall(text))
                )


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded
