"""The table of served predictions, as the service writes and reads it."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from .store import Store

ROWS = 500  # in one statement: SQLite takes 32,766 values at once
REQUEST = """SELECT * FROM predictions WHERE request_id = (
    SELECT request_id FROM predictions WHERE id = ?
) ORDER BY place"""


class Record(NamedTuple):
    """One row of the table."""

    id: str
    request_id: str
    place: int  # among the rows of the request
    occurred_at: str  # UTC, ISO 8601
    model_name: str
    model_version: str
    model_digest: str
    schema_hash: str
    role: str
    input: str  # JSON
    output: str  # JSON
    score: float
    threshold: float
    duration_s: float  # of the whole request


def insert(store: Store, records: Sequence[Record]) -> None:
    """Add records, all or none."""
    with store.open() as session:
        # Many rows a statement: at each, SQLite gives the interpreter away, and a busy
        # service takes it.
        for start in range(0, len(records), ROWS):
            some = records[start : start + ROWS]
            session.execute(_insert(len(some)), tuple(chain.from_iterable(some)))


def request_of(store: Store, prediction_id: str) -> list[dict[str, Any]]:
    """Return all rows of the request of this prediction; objects in them may still be text."""
    with store.open() as session:
        found = session.execute(REQUEST, (prediction_id,))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@lru_cache(maxsize=2)  # the full one, and the last rest
def _insert(rows: int) -> str:
    names = f"({', '.join(Record._fields)})"
    row = f"({', '.join('?' * len(Record._fields))})"
    return " ".join(("INSERT INTO predictions", names, "VALUES", ", ".join([row] * rows)))
