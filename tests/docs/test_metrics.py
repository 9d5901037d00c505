"""Each metric that a project declares is on the page of its capability, with its labels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlstamp.checks import promql

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "template" / "src" / "{{package_name}}" / "monitoring"
DECLARED = {"monitoring": SOURCE / "metrics.py", "drift": SOURCE / "drift" / "metrics.py"}
NAME = re.compile(r"`(\w+)`")
PART = re.compile(r"_(bucket|sum|count)$")


@pytest.mark.parametrize("capability", DECLARED)
def test_each_metric_is_on_its_page_with_its_labels_and_no_other_is(capability: str) -> None:
    page = (ROOT / "docs" / "capabilities" / f"{capability}.md").read_text(encoding="utf-8")
    table = page.partition("| metric | by | tells |")[2].partition("\n\n")[0]
    told: promql.Metrics = {}
    for line in table.splitlines()[2:]:
        names, labels = line.split("|")[1:3]
        told |= dict.fromkeys(NAME.findall(names), frozenset(NAME.findall(labels)))
    found = promql.exposed(DECLARED[capability].read_text(encoding="utf-8"))
    declared = {PART.sub("", name): labels - {"le"} for name, labels in found.items()}
    assert told == declared
