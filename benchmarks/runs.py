"""Whole runs of the harness, one row each, and what the updates of the first of them took.

uv run mlstamp verify --all --fresh --json cold.json
uv run mlstamp verify --all --json cached.json
uv run python benchmarks/runs.py cold.json cached.json
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from tables import write

RUN = ["run", "variants", "checks that ran", "not run again", "minutes", "largest program"]
UPDATE = ["check", "variants", "red", "seconds (median)", "seconds (slowest)"]
NOT_RUN = {"seen before", "left out", "not verified here", "blocked"}

Run = dict[str, Any]


def main(*paths: str) -> None:
    """Write two tables: a row a run, and a row for each check that updates projects."""
    runs = {Path(path).stem: json.loads(Path(path).read_text(encoding="utf-8")) for path in paths}
    write("Whole runs", RUN, [[name, *whole(run)] for name, run in runs.items()])
    write("Updates", UPDATE, updates(next(iter(runs.values()))))


def whole(run: Run) -> list[object]:
    """Return how much a run tried, what it took, and the memory of its largest program."""
    counts, peak = run["counts"], run["peak_megabytes"]
    again = counts.get("seen before", 0) + counts.get("left out", 0)
    return [
        len({one["variant"] for one in run["results"]}),
        len(tried(run)),
        again,
        f"{run['seconds'] / 60:.1f}",
        f"{peak:,} MB" if peak else "not known",
    ]


def updates(run: Run) -> list[list[object]]:
    """Return a row for each check that updates projects; red is an edit lost, or a difference."""
    rows: list[list[object]] = []
    found = [one for one in tried(run) if one["check"].startswith("update.")]
    for check in dict.fromkeys(one["check"] for one in found):
        own = [one for one in found if one["check"] == check]
        seconds = [one["seconds"] for one in own]
        red = sum(one["outcome"] == "red" for one in own)
        took = (f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}")
        rows.append([check, len(own), red, *took])
    return rows


def tried(run: Run) -> list[dict[str, Any]]:
    """Return the results of what really ran."""
    return [one for one in run["results"] if one["outcome"] not in NOT_RUN]


if __name__ == "__main__":
    main(*sys.argv[1:])
