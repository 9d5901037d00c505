"""The log of served predictions: written in the background, read back by the explain command."""

import logging
import queue
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from ..config import MonitoringSettings
from ..errors import StageError
from .table import LOCK_SECONDS, make_engine, predictions

BATCH_ROWS = 1_000
LINGER_SECONDS = 0.05  # gather that long, so that a busy service writes few, larger batches
CLOSE_SECONDS = 10.0
DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error)  # the second: while a connection is tuned
Record = Mapping[str, Any]
logger = logging.getLogger(__name__)


class PredictionLog:
    """A bounded queue and one writer thread: `put` never waits and never fails."""

    def __init__(
        self,
        settings: MonitoringSettings,
        on_drop: Callable[[int], None],
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self._url = settings.log_url
        self._engine = make_engine(self._url, lock_seconds)
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
        try:
            self._queue.put(None, timeout=CLOSE_SECONDS)
            self._writer.join(CLOSE_SECONDS)
        except queue.Full:
            logger.warning("The prediction log did not stop in time.")
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
            connection.execute(insert(predictions), [dict(record) for record in batch])


def find(url: str, prediction_id: str, lock_seconds: float = LOCK_SECONDS) -> dict[str, Any]:
    """Return one record; raises StageError when it is unknown or the log is unreadable."""
    engine = make_engine(url, lock_seconds)
    place = engine.url.database
    if engine.dialect.name == "sqlite" and not (place and Path(place).is_file()):
        raise StageError(f"There is no prediction log at {place}: serve a prediction first.")
    try:
        with engine.connect() as connection:
            query = select(predictions).where(predictions.c.id == prediction_id)
            found = connection.execute(query).mappings().one_or_none()
    except DATABASE_ERRORS as error:
        raise StageError(
            f"The prediction log {place} cannot be read ({_cause(error)}): try again."
        ) from error
    finally:
        engine.dispose()
    if found is None:
        raise StageError(
            f"There is no prediction {prediction_id} in {place}: copy the id from the answer "
            "of the service, which takes a moment to write its newest."
        )
    # SQLite forgets the time zone; every time in the log is UTC.
    return {**found, "occurred_at": found["occurred_at"].replace(tzinfo=UTC)}


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
