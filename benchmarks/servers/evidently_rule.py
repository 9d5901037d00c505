"""Holds what we take for Evidently's default against what Evidently itself says of a column.

Run where it is installed: prints how many columns were judged, and how many of them alike.
"""

# mypy: ignore-errors
import json

import numpy as np
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
from normed import LEAST, drifted

REFERENCE, COLUMNS, WINDOWS = 2_000, 20, 8
SIZES, SHIFT = (200, 500, 1_000), 0.25  # of the first column, in standard deviations


def window(rng, size):
    """Return a reference and a window of normal columns."""
    names = [f"c{place}" for place in range(COLUMNS)]
    reference = {name: rng.normal(size=REFERENCE) for name in names}
    now = {name: rng.normal(SHIFT * (name == "c0"), size=size) for name in names}
    return pd.DataFrame(reference), pd.DataFrame(now)


def said(reference, now):
    """Return Evidently's verdict on each column."""
    found = json.loads(Report([DataDriftPreset()]).run(now, reference).json())["metrics"]
    return {
        one["config"]["column"]: one["value"] >= LEAST
        for one in found
        if one["metric_name"].startswith("ValueDrift(")
    }


def main():
    """Judge both ways, and print the counts."""
    alike = []
    for size in SIZES:
        rng = np.random.default_rng(size)
        for _ in range(WINDOWS):
            reference, now = window(rng, size)
            theirs = said(reference, now)
            alike += [theirs[name] == drifted(reference[name], now[name]) for name in reference]
    print(json.dumps({"columns": len(alike), "alike": sum(alike)}))


if __name__ == "__main__":
    main()
