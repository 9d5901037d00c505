"""Score a Parquet file into another with the champion, on all cores."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from ...errors import StageError
from ...problem import schema
from ..ports import Served
from . import BatchSettings
from .chunk import Chunk
from .parts import Parts
from .source import Source
from .table import SCHEMA, to_table
from .threads import in_threads

Progress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True)
class Result:
    """How many rows the target has, and how many were left out."""

    rows: int
    skipped: int


def score_file(
    champion: Served, source: Path, target: Path, options: BatchSettings, progress: Progress
) -> Result:
    """Score every row; raises StageError on what cannot be, and finished chunks are kept."""
    if source.resolve() == target.resolve():
        raise StageError(f"{target} is the file to score: name another one for the result.")
    file = Source(source)
    facts = {"source": file.digest(), "bundle": champion.bundle.digest, "columns": str(SCHEMA)}
    parts = Parts(target, facts | options.model_dump(exclude={"threads"}))

    def work(start: int, chunk: pa.RecordBatch) -> int:
        if not parts.has(start):
            parts.add(start, _score(champion, Chunk(source, start, chunk), options))
        return len(chunk)

    done = 0
    with _uncollected():
        for rows in in_threads(work, file.chunks(options.chunk_rows), options.threads):
            done += rows
            progress(done, file.total)
    rows = parts.assemble(SCHEMA)
    return Result(rows, file.total - rows)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no cycles: so many answers at once make that longer than the answers take."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _score(champion: Served, chunk: Chunk, options: BatchSettings) -> pa.Table:
    columns, numbers, bad = chunk.read()
    if bad and options.bad_rows == "fail":
        raise StageError(
            f"{chunk.source} breaks the contract: {bad[min(bad)]} "
            "Correct it, or set options.batch.bad_rows to skip in config/."
        )
    scores = _scores(champion, columns, chunk.start) if len(numbers) else np.empty(0)
    threshold = champion.bundle.contract.threshold
    try:
        outputs = [schema.Output.from_score(score, threshold) for score in scores.tolist()]
    except ValidationError as error:
        raise StageError(
            "A score does not fit Output in problem/schema.py: widen its range there."
        ) from error
    return to_table(numbers, champion.version, scores, outputs)


def _scores(champion: Served, columns: dict[str, np.ndarray], start: int) -> np.ndarray:
    try:
        scores = champion.bundle.score(columns)
    except OverflowError as error:
        raise StageError(
            f"A number after row {start} is too large for its column: correct it."
        ) from error
    if not np.isfinite(scores).all():
        raise StageError(
            f"The model gave no finite score for a row after row {start}: tell its owner."
        )
    return scores
