"""What a run of the harness took a variant, and what its scanners found: from its own results.

uv run mlstamp verify --all '!pairs-*' --json verify.json
uv run python benchmarks/harness.py verify.json

A variant that no result is about keeps the row that it has, with the day on which it was measured.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tables import PAGE, write

# A scanner's check is green when it finds nothing, or nothing without a reason beside it.
SCANNERS = {
    "container.lint": "hadolint",
    "stack.schema": "Compose schema",
    "ci.scan": "zizmor, or GitLab's schema",
    "ci.parsers": "GitHub's parser, actionlint",
    "ci.secrets": "detect-secrets",
    "infra.check": "terraform validate, test",
    "infra.schema": "the provider's schema",
    "infra.policies": "checkov, Terraform",
    "kubernetes.schema": "kubernetes-validate",
    "kubernetes.policy": "checkov, Kubernetes",
}
WORDS = {"green": "0", "red": "some", "not verified here": "not verified"}

Results = dict[str, dict[str, dict[str, Any]]]


def main(*paths: str) -> None:
    """Write two tables: minutes a variant, and findings of each scanner."""
    results: Results = defaultdict(dict)
    days: dict[str, str] = {}
    for path in map(Path, paths):
        for one in json.loads(path.read_text(encoding="utf-8"))["results"]:
            results[one["variant"]][one["check"]] = one
            days[one["variant"]] = date.fromtimestamp(path.stat().st_mtime).isoformat()
    minutes: list[list[object]] = [
        [name, len(found), f"{spent(found) / 60:.1f}", days[name]]
        for name, found in results.items()
    ]
    title = "The harness"
    write(title, ["variant", "checks", "minutes", "measured"], [*minutes, *kept(title, results)])
    rows: list[list[object]] = [
        [name, *(findings(found, check) for check in SCANNERS), days[name]]
        for name, found in results.items()
        if set(SCANNERS) & set(found)
    ]
    columns = ["variant", *SCANNERS.values(), "measured"]
    write("Findings", columns, [*rows, *kept("Findings", results)])


def kept(title: str, known: Results, page: Path = PAGE) -> Iterator[list[object]]:
    """Yield the rows that a section of the page has of other variants."""
    text = page.read_text(encoding="utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    for row in rows[2:]:
        if (name := row[0].strip()) not in known:
            yield [name, *(cell.strip() for cell in row[1:])]


def spent(found: dict[str, dict[str, Any]]) -> float:
    """Return the seconds of all checks of a variant."""
    return float(sum(one["seconds"] for one in found.values()))


def findings(found: dict[str, dict[str, Any]], check: str) -> str:
    """Return what a scanner found in a variant, nothing where it has nothing to scan."""
    return WORDS.get(found[check]["outcome"], found[check]["outcome"]) if check in found else ""


if __name__ == "__main__":
    main(*sys.argv[1:])
