"""The table of served predictions, and the drivers that reach it: SQLite's own, or psycopg."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from importlib import import_module
from itertools import chain
from typing import Any, NamedTuple

from ..errors import StageError

LOCK_SECONDS = 5.0  # to wait for another program to let go of the file, or for a server
ROWS = 500  # in one statement: SQLite takes 32,766 values at once
SQLITE, POSTGRESQL = "sqlite:///", "postgresql://"
# Ids are UUIDv7 and sort by time; rows that were scored together are kept together: see explain.py.
TABLE = """CREATE TABLE IF NOT EXISTS predictions (
    id VARCHAR(36) PRIMARY KEY,
    request_id VARCHAR(36) NOT NULL,
    place INTEGER NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    model_name VARCHAR(128) NOT NULL,
    model_version VARCHAR(128) NOT NULL,
    model_digest VARCHAR(128) NOT NULL,
    schema_hash VARCHAR(128) NOT NULL,
    role VARCHAR(128) NOT NULL,
    input JSON NOT NULL,
    output JSON NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    threshold DOUBLE PRECISION NOT NULL,
    duration_s DOUBLE PRECISION NOT NULL
)"""
INDEX = "CREATE INDEX IF NOT EXISTS ix_predictions_{0} ON predictions ({0})"
INDEXES = tuple(INDEX.format(column) for column in ("request_id", "occurred_at"))
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


class Table:
    """Where predictions are kept; each use opens it anew, so that a replaced file is noticed."""

    def __init__(self, url: str) -> None:
        """Take the address; raises StageError unless there is a driver for it."""
        self.in_file = url.startswith(SQLITE) and url != SQLITE
        # Without the password of a server, for it is shown.
        self.name = url.removeprefix(SQLITE) if self.in_file else url.rpartition("@")[2]
        self._url = url
        self._driver: Any = sqlite3 if self.in_file else _psycopg(url)
        self.errors: type[Exception] = self._driver.Error

    def insert(self, records: Sequence[Record]) -> None:
        """Add records, all or none."""
        with self._open() as connection:
            for statement in self._definitions():
                connection.execute(statement)
            # Many rows a statement: at each, SQLite gives the interpreter away, and a busy
            # service takes it.
            for start in range(0, len(records), ROWS):
                some = records[start : start + ROWS]
                self._execute(connection, _insert(len(some)), tuple(chain.from_iterable(some)))

    def request_of(self, prediction_id: str) -> list[dict[str, Any]]:
        """Return all rows of the request of this prediction; objects in them may still be text."""
        with self._open() as connection:
            found = self._execute(connection, REQUEST, (prediction_id,))
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with closing(self._connect()) as connection:
            if self.in_file:
                # With a write-ahead log, explain can read while the service writes.
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
            with connection:
                yield connection

    def _connect(self) -> Any:
        if self.in_file:
            return self._driver.connect(self.name, timeout=LOCK_SECONDS)
        return self._driver.connect(self._url, connect_timeout=int(LOCK_SECONDS))

    def _definitions(self) -> tuple[str, ...]:
        # Without row ids there is one tree less to keep in order.
        return (f"{TABLE} WITHOUT ROWID" if self.in_file else TABLE, *INDEXES)

    def _execute(self, connection: Any, statement: str, values: Sequence[Any]) -> Any:
        return connection.execute(
            statement if self.in_file else statement.replace("?", "%s"), values
        )


def _psycopg(url: str) -> Any:
    try:
        if url.startswith(POSTGRESQL):
            return import_module("psycopg")
    except ImportError as error:
        raise StageError(
            f"monitoring.log_url cannot be used ({error}): uv add --group serve 'psycopg[binary]'."
        ) from error
    raise StageError(
        f"monitoring.log_url cannot be used: begin it with {SQLITE} and a file, or {POSTGRESQL}."
    )


@lru_cache(maxsize=2)  # the full one, and the last rest
def _insert(rows: int) -> str:
    names = f"({', '.join(Record._fields)})"
    row = f"({', '.join('?' * len(Record._fields))})"
    return " ".join(("INSERT INTO predictions", names, "VALUES", ", ".join([row] * rows)))
