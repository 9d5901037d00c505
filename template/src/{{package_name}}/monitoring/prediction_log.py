"""The log of served predictions: written in the background, read back by the explain command."""

import logging
import queue
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from ..errors import StageError
from . import MonitoringSettings

LOCK_SECONDS = 5.0  # to wait for another program to let go of the file
BATCH_ROWS = 1_000
LINGER_SECONDS = 0.05  # gather that long, so that a busy service writes few, larger batches
CLOSE_SECONDS = 10.0
DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error)  # the second: while a connection is tuned
Record = Mapping[str, Any]
logger = logging.getLogger(__name__)
TEXTS = ("model_name", "model_version", "model_digest", "schema_hash", "role")
predictions = sa.Table(
    "predictions",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),  # UUIDv7, so ids sort by time
    # Rows that were scored together are kept together: see explain.py.
    sa.Column("request_id", sa.String(36), nullable=False, index=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False, index=True),  # UTC
    *(sa.Column(name, sa.String(128), nullable=False) for name in TEXTS),
    *(sa.Column(name, sa.JSON, nullable=False) for name in ("input", "output")),
    *(sa.Column(name, sa.Float(53), nullable=False) for name in ("score", "threshold")),
    sa.Column("duration_s", sa.Float(53), nullable=False),  # of the whole request
)


class PredictionLog:
    """A bounded queue and one writer thread: `put` never waits and never fails."""

    def __init__(self, settings: MonitoringSettings, on_drop: Callable[[int], None]) -> None:
        self._engine = _make_engine(settings.log_url)
        self._queue: queue.Queue[Record | None] = queue.Queue(settings.queue_rows)
        self._on_drop = on_drop
        self._writer = Thread(target=self._write_all, name="prediction-log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._writer.start()

    def put(self, records: Sequence[Record]) -> None:
        """Queue records; what does not fit is dropped and counted."""
        for place, record in enumerate(records):
            try:
                self._queue.put_nowait(record)
            except queue.Full:
                self._on_drop(len(records) - place)
                return

    def close(self) -> None:
        """Write what is left and stop; whatever the database takes too long for is dropped."""
        with suppress(queue.Full):
            self._queue.put(None, timeout=CLOSE_SECONDS)
            self._writer.join(CLOSE_SECONDS)
        self._on_drop(self._queue.qsize())
        self._engine.dispose()

    def _write_all(self) -> None:
        for batch in self._batches():
            try:
                self._write(batch)
            except Exception as error:
                # Whatever it was, the service must go on answering and the loss must show.
                self._on_drop(len(batch))
                logger.warning("%d predictions were not logged: %s", len(batch), _cause(error))

    def _batches(self) -> Iterator[list[Record]]:
        while (record := self._queue.get()) is not None:
            sleep(LINGER_SECONDS)
            batch = [record]
            while len(batch) < BATCH_ROWS and not self._queue.empty():
                record = self._queue.get_nowait()  # nobody else takes from it
                if record is None:
                    yield batch
                    return
                batch.append(record)
            yield batch

    def _write(self, batch: list[Record]) -> None:
        with self._engine.begin() as connection:
            connection.execute(CreateTable(predictions, if_not_exists=True))
            for index in predictions.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))
            connection.execute(sa.insert(predictions), [dict(record) for record in batch])


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
