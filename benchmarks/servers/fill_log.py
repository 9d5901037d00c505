"""Fill a log with predictions of the champion, spread over the last day; and the same as files.

Run in a stamped project: LOG ROWS FOLDER. What others read goes into the folder, as Parquet.
"""

# mypy: ignore-errors
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from churn import wiring
from churn.features import to_columns
from churn.features.frames import conform, read_split, to_rows
from churn.monitoring.database import connect, tables
from churn.registry import read_pointer
from churn.registry.bundle import Bundle, read
from uuid6 import uuid7

INSERT = "INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
DAY = 86_000.0  # seconds, a little less
Record = tuple[object, ...]


def main(log: Path, rows: int, folder: Path) -> None:
    """Write the log and the files."""
    settings = wiring.configure()
    champion = read_pointer(settings.registry.bundles)
    bundle = read(settings.registry.bundles / champion.path)
    inputs = read_split(settings.data.prepared, "train").inputs
    scores = bundle.score(inputs)
    picks = np.random.default_rng(0).integers(0, len(scores), rows)
    tables.metadata.create_all(connect(f"sqlite:///{log}"))
    with closing(sqlite3.connect(log)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executemany(INSERT, _records(bundle, champion.version, inputs, scores, picks))
    inputs.iloc[picks].assign(score=scores[picks]).to_parquet(folder / "current.parquet")
    columns = to_columns(bundle.reference)
    reference = conform(columns).assign(score=bundle.score(columns))
    reference.to_parquet(folder / "reference.parquet")


def _records(
    bundle: Bundle, version: str, inputs: pd.DataFrame, scores: np.ndarray, picks: np.ndarray
) -> Iterator[Record]:
    texts = [json.dumps(row, separators=(",", ":")) for row in to_rows(inputs)]
    end, contract = datetime.now(UTC), bundle.contract
    for place, pick in enumerate(picks):
        key, age = str(uuid7()), timedelta(seconds=DAY * (1 - place / len(picks)))
        model = (contract.name, version, bundle.digest, contract.schema_hash, "champion")
        answer = (texts[pick], '{"late":false}', float(scores[pick]), contract.threshold, 0.01)
        yield (key, key, 0, (end - age).isoformat(), *model, *answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]), Path(sys.argv[3]))
