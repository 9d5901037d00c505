"""The window: what the champion answered lately, read from the log a piece at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Text, cast, func, select

from ..database.answered import ROLES
from ..database.tables import predictions
from . import rows

CHUNK_ROWS = 20_000
TAIL = 16**4  # values of the last four digits of an id, which are random


@dataclass(frozen=True)
class Window:
    """A span of time, and the model that answered in it."""

    start: datetime
    end: datetime
    digest: str
    rows: int  # at most; of more, that many are drawn, evenly over the time

    def answered(self) -> ColumnElement[bool]:
        """Return the condition for predictions that count."""
        found = predictions.c
        when = found.occurred_at.between(self.start, self.end)
        return when & (found.model_digest == self.digest) & found.role.in_(ROLES)

    def count(self, connection: Connection) -> int:
        """Return how many predictions there are."""
        asked = select(func.count()).select_from(predictions).where(self.answered())
        return int(connection.execute(asked).scalar_one())

    def chunks(self, connection: Connection, total: int) -> Iterator["Chunk"]:
        """Yield the predictions, or an even draw of them where they are too many."""
        found = predictions.c
        asked = select(cast(found.input, Text), found.score).where(self.answered())
        if total > self.rows:
            asked = asked.where(func.substr(found.id, 33) < _tail(self.rows / total))
        streamed = connection.execution_options(stream_results=True).execute(asked)
        for part in streamed.partitions(CHUNK_ROWS):
            inputs, scores = zip(*part, strict=True)
            yield Chunk(rows.parse(inputs), np.array(scores, dtype=np.float64))


@dataclass(frozen=True)
class Chunk:
    """Some predictions: their inputs, and (n,) scores."""

    inputs: pa.Table
    scores: np.ndarray

    def take(self, places: np.ndarray) -> "Chunk":
        """Return some of them."""
        return Chunk(self.inputs.take(places), self.scores[places])


class Sample:
    """A draw of the rows that come by, each with the same chance, in random order."""

    def __init__(self, size: int, total: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._chance = min(1.0, size / max(total, 1))
        self._kept: list[Chunk] = []

    def add(self, chunk: Chunk) -> None:
        """Keep some rows of a chunk."""
        picks = self._rng.random(len(chunk.scores)) < self._chance
        self._kept.append(chunk.take(np.flatnonzero(picks)))

    def rows(self) -> Chunk | None:
        """Return what was kept, if anything."""
        if not self._kept:
            return None
        kept = Chunk(
            pa.concat_tables([one.inputs for one in self._kept]),
            np.concatenate([one.scores for one in self._kept]),
        )
        return kept.take(self._rng.permutation(len(kept.scores)))


def _tail(share: float) -> str:
    return f"{int(share * TAIL):04x}"
