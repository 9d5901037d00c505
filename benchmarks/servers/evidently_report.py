"""Evidently's report on drift, as its own documentation makes one: FOLDER with both samples."""

# mypy: ignore-errors
import sys
from pathlib import Path

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset


def main(folder: Path) -> None:
    """Compare, and write the page."""
    reference, current = (pd.read_parquet(folder / f"{name}.parquet") for name in NAMES)
    found = Report([DataDriftPreset()]).run(current, reference)
    found.save_html(str(folder / "evidently.html"))


NAMES = ("reference", "current")

if __name__ == "__main__":
    main(Path(sys.argv[1]))
