"""How often the drift rule is wrong: over windows that are known to be clean or shifted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from batch import SERVERS, stamped
from drift import install
from tables import PAGE, write

from mlstamp.project import Project

WINDOWS = 1_000
DOCS = PAGE.parent / "capabilities" / "drift.md"
NAMES = {
    "stamped": "this rule",
    "wasserstein": "Evidently's default",
    "ks": "KS test, p < 0.05",
    "real columns": "this rule, on the sample's 13 columns and score",
    "real together": "the domain classifier, on the same",
}
CLEAN, POWER, AGREE = "False alarms", "Power", "Evidently's default, said by Evidently 0.7.23"
Row = dict[str, Any]


def main() -> None:
    """Measure in a stamped project, and write both tables."""
    with TemporaryDirectory() as temporary:
        project = stamped(Path(temporary).resolve())
        script = str(SERVERS / "drift_windows.py")
        said = project.must("uv", "run", "python", script, str(WINDOWS), timeout=7200)
        report(json.loads(said.stdout.splitlines()[-1]))
        agree(project, Path(temporary).resolve())


def agree(project: Project, folder: Path) -> None:
    """Hold what is called Evidently's default against Evidently, and write a table."""
    script = str(SERVERS / "evidently_rule.py")
    said = project.must(str(install(project, folder)), script, timeout=1800)
    found = json.loads(said.stdout.splitlines()[-1])
    write(AGREE, ["columns judged", "alike"], [[found["columns"], found["alike"]]], DOCS)


def report(found: list[Row]) -> None:
    """Write what was found."""
    sizes = sorted({row["rows"] for row in found})
    columns = [f"{size:,} rows" for size in sizes]
    clean = [[NAMES[rule], *_cells(found, rule, sizes, None)] for rule in NAMES]
    write(CLEAN, ["alarms in 1,000 clean windows", *columns], clean, DOCS)
    shifts = sorted({row["shift"] for row in found if row.get("shift")})
    power: list[list[object]] = [
        [f"{shift} sd", NAMES[rule], *_cells(found, rule, sizes, shift)]
        for shift in shifts
        for rule in ("stamped", "wasserstein", "ks")
    ]
    write(POWER, ["shift of one column", "rule", *columns], power, DOCS)


def _cells(found: list[Row], rule: str, sizes: list[int], shift: float | None) -> list[object]:
    """Return one figure for each size: alarms, or the share of shifted columns that were found."""
    fitting = [row for row in found if row["rule"] == rule and row.get("shift", 0) == (shift or 0)]
    cells = {row["rows"]: _figure(row, shift) for row in fitting}
    return [cells.get(size, "") for size in sizes]


def _figure(row: Row, shift: float | None) -> str:
    return f"{1_000 * row['alarmed']:.0f}" if shift is None else f"{row['found']:.0%}"


if __name__ == "__main__":
    if len(sys.argv) > 1:  # what the script said before
        report(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    else:
        main()
