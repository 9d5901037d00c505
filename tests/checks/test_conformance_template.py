"""What the checks of conformance know of the real template is still so."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mlstamp.checks import CHECKS, bars
from mlstamp.checks.base import Check, Failed, Subject
from mlstamp.source import Source
from mlstamp.stamp import Stamp

PACKAGE = "src/churn"
FAULTS = [
    ("drift", f"{PACKAGE}/serving/__init__.py", '"""', '"""Mine. '),
    ("gates", f"{PACKAGE}/evaluation/gates.py", "no_leak, calibrated,", "no_leak,"),
    ("gates", f"{PACKAGE}/evaluation/gates.py", "passed=power <= bar", "passed=True"),
    ("gates", f"{PACKAGE}/evaluation/strict/__init__.py", "        features_pay(evidence),\n", ""),
    ("gates", f"{PACKAGE}/registry/store.py", "if verdict.refusals:", "if False:"),
    ("pipelines", ".github/workflows/ci.yml", "just secrets", "just lint"),
    ("pipelines", "justfile", "check: lint types layers test", "check: lint types"),
]


@pytest.fixture
def stamped(subject: Subject, template: Path, tmp_path: Path) -> Subject:
    subject.stamp = Stamp(Source(str(template)), subject.answers, tmp_path)
    return subject


def is_red(check: Check, subject: Subject) -> bool:
    try:
        check.run(subject)
    except Failed:
        return True
    return False


def test_the_default_project_is_green_and_each_planted_fault_is_red(stamped: Subject) -> None:
    for name, file, before, after in FAULTS:
        check, path = CHECKS[f"conformance.{name}"], stamped.root / file
        assert not is_red(check, stamped), name
        whole = path.read_text(encoding="utf-8")
        assert before in whole, file
        path.write_text(whole.replace(before, after, 1), encoding="utf-8")
        assert is_red(check, stamped), (file, after)
        path.write_text(whole, encoding="utf-8")


def test_a_bar_of_every_section_is_known_and_seen_when_it_is_lower(stamped: Subject) -> None:
    known = bars.of(stamped.root / PACKAGE, stamped.root / "config" / "default.yaml")
    assert {key.rpartition(".")[0] for key in known} == set(bars.SECTIONS)
    numbers = [key for key, bar in known.items() if isinstance(bar.value, float)]
    tree: dict[str, dict[str, object]] = {}
    for section, _, name in (key.rpartition(".") for key in numbers):
        tree.setdefault(section, {})[name] = -1 if name.startswith("min_") else 10**6
    options = {name.partition(".")[2]: tree.pop(name) for name in list(tree) if "." in name}
    path = stamped.root / "config" / "loose.yaml"
    path.write_text(yaml.safe_dump({**tree, "options": options}), encoding="utf-8")
    found = CHECKS["conformance.bars"].run(stamped) or ()
    assert sorted(one.message.split()[1].rstrip(":") for one in found) == sorted(numbers)
