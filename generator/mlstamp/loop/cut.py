"""Cuts a project's sample into what it trains on first, and what it is asked and trains on later.

It runs in the project's own Python: cut.py PACKAGE FOLDER.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

KNOWN = 0.41  # of the time span: the project trains on it
LATER = (0.66, 0.91)  # another season of the same year
TRAIN_SHARE = 0.8  # of that is the training part, by the default of data.test_share
HELD = 0.15  # of it is asked instead of trained on


def main(package: str, folder: Path) -> None:
    """Write source.parquet, clean.json and drifted.json."""
    schema = import_module(f"{package}.problem.schema")
    source = import_module(f"{package}.config").load_settings().data.source
    examples = import_module(f"{package}.problem.data").load(source)
    examples = examples.sort_values(schema.EVENT_TIME).reset_index(drop=True)
    count = len(examples)
    known = examples.iloc[: int(count * KNOWN)]
    held = known.iloc[: int(len(known) * TRAIN_SHARE)].sample(frac=HELD, random_state=0)
    later = examples.iloc[int(count * LATER[0]) : int(count * LATER[1])]
    known.drop(held.index).to_parquet(folder / "source.parquet", index=False)
    for name, part in {"clean": held, "drifted": later.sample(frac=1, random_state=0)}.items():
        (folder / f"{name}.json").write_text(json.dumps(_questions(package, part)), "utf-8")


def _questions(package: str, part: Any) -> list[dict[str, Any]]:
    frames, features = (import_module(f"{package}.features{name}") for name in (".frames", ""))
    rows = frames.to_rows(frames.conform(part))
    labels = part[features.label_column().name].tolist()
    return [{"row": row, "label": label} for row, label in zip(rows, labels, strict=True)]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
