"""Score a Parquet file into another with the champion."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ValidationError
from uuid6 import uuid7

from ...errors import StageError
from ...features import to_columns
from ...problem import schema
from ..service import Champion
from . import BatchSettings
from .parts import Parts
from .source import Row, Source, find_bad, to_rows

Progress = Callable[[int, int], None]  # rows done, rows in all
FIXED = {
    "row": pa.int64(),  # place in the source, from 0
    "prediction_id": pa.string(),
    "model_version": pa.string(),
    "score": pa.float64(),
}
TYPES = {
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "string": pa.string(),
}


def _kind(facts: dict[str, Any]) -> str | None:
    """Return the JSON type of an Output field, None for anything that is not a plain value."""
    options = [option for option in facts.get("anyOf", [facts]) if option.get("type") != "null"]
    kind = options[0].get("type") if len(options) == 1 else None
    return kind if kind in TYPES else None


def _column(name: str) -> str:
    return f"output_{name}" if name in FIXED else name


_FIELDS = schema.Output.model_json_schema(mode="serialization")["properties"]
KINDS: dict[str, str | None] = {name: _kind(facts) for name, facts in _FIELDS.items()}
SCHEMA = pa.schema(
    [
        *FIXED.items(),
        *((_column(name), TYPES[kind or "string"]) for name, kind in KINDS.items()),
    ]
)


@dataclass(frozen=True)
class Result:
    """How many rows the target has, and how many were left out."""

    rows: int
    skipped: int


def score_file(
    champion: Champion, source: Path, target: Path, options: BatchSettings, progress: Progress
) -> Result:
    """Score every row; raises StageError on what cannot be, and finished chunks are kept."""
    if source.resolve() == target.resolve():
        raise StageError(f"{target} is the file to score: name another one for the result.")
    file = Source(source)
    facts = {"source": file.digest(), "bundle": champion.bundle.digest, **options.model_dump()}
    facts["columns"] = SCHEMA.to_string()
    parts = Parts(target, facts)
    for start, chunk in file.chunks(options.chunk_rows):
        if not parts.has(start):
            parts.add(start, _score(champion, to_rows(chunk), start, options, source))
        progress(start + len(chunk), file.total)
    rows = parts.assemble(SCHEMA)
    return Result(rows, file.total - rows)


def _score(
    champion: Champion, rows: list[Row], start: int, options: BatchSettings, source: Path
) -> pa.Table:
    bad = find_bad(rows, start)
    if bad and options.bad_rows == "fail":
        raise StageError(
            f"{source} breaks the contract: {bad[min(bad)]} "
            "Correct it, or set options.batch.bad_rows to skip in config/."
        )
    places = [place for place in range(len(rows)) if place not in bad]
    scores = _scores(champion, [rows[place] for place in places], start)
    threshold = champion.bundle.contract.threshold
    try:
        outputs = [schema.Output.from_score(score, threshold) for score in scores]
    except ValidationError as error:
        raise StageError(
            "A score does not fit Output in problem/schema.py: widen its range there."
        ) from error
    return _to_table(
        rows=[start + place for place in places],
        ids=[str(uuid7()) for _ in places],
        version=champion.version,
        scores=scores,
        outputs=outputs,
    )


def _scores(champion: Champion, rows: list[Row], start: int) -> list[float]:
    if not rows:
        return []
    try:
        scores = champion.bundle.score(to_columns(rows))
    except OverflowError as error:
        raise StageError(
            f"A number after row {start} is too large for its column: correct it."
        ) from error
    if not np.isfinite(scores).all():
        raise StageError(
            f"The model gave no finite score for a row after row {start}: tell its owner."
        )
    found: list[float] = scores.tolist()
    return found


def _to_table(
    rows: list[int], ids: list[str], version: str, scores: list[float], outputs: Sequence[BaseModel]
) -> pa.Table:
    """Return the answers as a table of SCHEMA; what is no plain value is kept as JSON text."""
    dumped = [output.model_dump(mode="json") for output in outputs]
    columns: dict[str, list[Any]] = {
        "row": rows,
        "prediction_id": ids,
        "model_version": [version] * len(rows),
        "score": scores,
    }
    for name, kind in KINDS.items():
        values = [output[name] for output in dumped]
        columns[_column(name)] = values if kind else [json.dumps(value) for value in values]
    return pa.table(columns, schema=SCHEMA)
