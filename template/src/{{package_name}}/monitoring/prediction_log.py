"""The log of served predictions: written in the background, read back by the explain command."""

import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ..errors import StageError
from . import MonitoringSettings
from .prediction_table import Record, create, insert, predictions

LOCK_SECONDS = 5.0  # to wait for another program to let go of the file
BATCH_ROWS = 1_000
LINGER_SECONDS = 0.5  # gather that long, so that a busy service writes few, larger batches
CLOSE_SECONDS = 10.0
DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error)  # the second: while a connection is tuned
logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server


class PredictionLog:
    """Bounded, with one writer thread: `put` never waits and never fails."""

    def __init__(self, settings: MonitoringSettings, on_drop: Callable[[int], None]) -> None:
        self._engine = _make_engine(settings.log_url)
        self._most, self._rows = settings.queue_rows, 0
        self._waiting: deque[Sequence[Record]] = deque()
        self._lock = Lock()
        self._stopped = Event()
        self._on_drop = on_drop
        self._writer = Thread(target=self._write_all, name="prediction-log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._writer.start()

    def put(self, records: Sequence[Record]) -> None:
        """Take the records of a request, all or none; those dropped are counted."""
        with self._lock:
            taken = self._rows < self._most
            if taken:
                self._waiting.append(records)
                self._rows += len(records)
        if not taken:
            self._on_drop(len(records))

    def close(self) -> None:
        """Write what is left and stop; whatever the database takes too long for is dropped."""
        self._stopped.set()
        self._writer.join(CLOSE_SECONDS)
        self._on_drop(self._rows)
        self._engine.dispose()

    def _take(self) -> list[Record]:
        batch: list[Record] = []
        with self._lock:
            while self._waiting and len(batch) < BATCH_ROWS:
                batch += self._waiting.popleft()
            self._rows -= len(batch)
        return batch

    def _write_all(self) -> None:
        stopped = False
        while not stopped:
            stopped = self._stopped.wait(LINGER_SECONDS)
            while batch := self._take():
                try:
                    self._write(batch)
                except Exception as error:
                    # Whatever it was, the service must go on answering and the loss must show.
                    self._on_drop(len(batch))
                    logger.warning("%d predictions were not logged: %s", len(batch), _cause(error))

    def _write(self, batch: list[Record]) -> None:
        with self._engine.begin() as connection:
            create(connection)
            insert(connection, batch)


def find(url: str, prediction_id: str) -> dict[str, Any]:
    """Return a record and, as `request`, the rows it was scored with; raises StageError if none."""
    engine = _make_engine(url)
    place = engine.url.database
    if engine.dialect.name == "sqlite" and not (place and Path(place).is_file()):
        raise StageError(f"There is no prediction log at {place}: serve a prediction first.")
    c = predictions.c
    asked = sa.select(c.request_id).where(c.id == prediction_id).scalar_subquery()
    query = sa.select(predictions).where(c.request_id == asked).order_by(c.place)
    try:
        with engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
    except DATABASE_ERRORS as error:
        raise StageError(f"The prediction log {place} cannot be read ({_cause(error)}).") from error
    finally:
        engine.dispose()
    found = next((i for i, row in enumerate(rows) if row["id"] == prediction_id), None)
    if found is None:
        raise StageError(f"There is no prediction {prediction_id} in {place}: copy its id.")
    when = rows[found]["occurred_at"]  # SQLite forgets the zone
    utc = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    request = {"place": found, "request": [row["input"] for row in rows]}
    return {**rows[found], **request, "occurred_at": utc}


def _make_engine(url: str) -> sa.Engine:
    """Return an engine; SQLite is opened anew each time, so a replaced file is noticed."""
    try:
        if sa.make_url(url).get_backend_name() != "sqlite":
            return sa.create_engine(url, pool_pre_ping=True)
        engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": LOCK_SECONDS})
    except (ArgumentError, ImportError) as error:
        raise StageError(
            f"monitoring.log_url cannot be used ({error}): correct it, or add its driver."
        ) from error
    sa.event.listen(engine, "connect", _tune)
    return engine


def _tune(connection: sqlite3.Connection, _: Any) -> None:
    # With a write-ahead log, explain can read while the service writes.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
