"""How often the gates are wrong: equal, planted worse and planted better challengers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tables import write

from mlstamp import new
from mlstamp.project import Project

INSIDE = Path(__file__).resolve().parent / "inside" / "promotions.py"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "gates.md"
TIMES = "200"


def main() -> None:
    """Try challengers of known quality in a default repository, and write the tables."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        new.stamp(folder / "project", {}, say=lambda _: None)
        project = Project(folder / "project", folder / "logs")
        project.must("uv", "sync", timeout=1800)
        times = sys.argv[1] if sys.argv[1:] else TIMES
        said = project.must("uv", "run", "python", str(INSIDE), times, timeout=14_400).stdout
    found = json.loads(said.splitlines()[-1])
    for task, unit in (("classification", "in ROC AUC"), ("regression", "of the RMSE")):
        columns = ["test rows", f"planted gain {unit}", "standard error", *ASKED]
        rows = [row(one) for one in found if one["task"] == task]
        write(f"Measured: {task}", columns, rows, PAGE)


ASKED = ["promoted: a person asked", "by design", "promoted: an alert asked", "by design"]


def row(one: dict[str, Any]) -> list[object]:
    """Return one line of the table."""
    gain = f"{one['gain']:+.1%}" if one["task"] == "regression" else f"{one['gain']:+.3f}"
    rates = [
        f"{rate:.1%}"
        for trigger in one["promoted"]
        for rate in (one["promoted"][trigger], one["designed"][trigger])
    ]
    named = "the same model" if one["identical"] else gain
    return [f"{one['rows']:,}", named, f"{one['spread']:.4f}", *rates]


if __name__ == "__main__":
    main()
