"""The log of served predictions: written in the background, read back by the explain command."""

import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Any

from ..errors import StageError
from . import MonitoringSettings
from .prediction_table import Record, insert, request_of
from .store import Store, first_line
from .upkeep import Upkeep

BATCH_ROWS = 1_000
LINGER_SECONDS = 0.5  # gather that long, so that a busy service writes few, larger batches
CLOSE_SECONDS = 10.0
logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server


class PredictionLog:
    """Bounded, with one writer thread: `put` never waits and never fails."""

    def __init__(self, settings: MonitoringSettings, on_drop: Callable[[int], None]) -> None:
        self._store = Store(settings.log_url)
        self._upkeep = Upkeep(self._store)
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

    def _take(self) -> list[Record]:
        batch: list[Record] = []
        with self._lock:
            while self._waiting and len(batch) < BATCH_ROWS:
                batch += self._waiting.popleft()
            self._rows -= len(batch)
        return batch

    def _write_all(self) -> None:
        with suppress(Exception):  # it is tried again, and told, when there is something to write
            self._upkeep.see_to()
        stopped = False
        while not stopped:
            stopped = self._stopped.wait(LINGER_SECONDS)
            full = True  # a few that came meanwhile can wait for others: each batch has its price
            while full:
                batch = self._take()
                full = len(batch) >= BATCH_ROWS
                self._try_to_write(batch)

    def _try_to_write(self, batch: list[Record]) -> None:
        try:
            if batch:
                self._write(batch)
        except Exception as error:
            # Whatever it was, the service must go on answering and the loss must show.
            self._on_drop(len(batch))
            logger.warning("%d predictions were not logged: %s", len(batch), first_line(error))

    def _write(self, batch: list[Record]) -> None:
        self._upkeep.see_to()
        try:
            insert(self._store, batch)
        except self._store.errors:
            if not self._upkeep.see_to(again=True):  # as when somebody took the file away
                raise
            insert(self._store, batch)


def find(url: str, prediction_id: str) -> dict[str, Any]:
    """Return a record and, as `request`, the rows it was scored with; raises StageError if none."""
    store = Store(url)
    with store.said():
        rows = request_of(store, prediction_id)
    found = next((i for i, row in enumerate(rows) if row["id"] == prediction_id), None)
    if found is None:
        raise StageError(
            f"There is no prediction {prediction_id} in {store.name}: copy the id of an answer of "
            "the service; no other prediction is logged."
        )
    rows = [_objects(row) for row in rows]
    return {**rows[found], "place": found, "request": [row["input"] for row in rows]}


def _objects(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with objects in place of the texts that SQLite keeps."""
    found = {name: row[name] for name in ("input", "output")}
    read = {name: json.loads(it) if isinstance(it, str) else it for name, it in found.items()}
    when = datetime.fromisoformat(str(row["occurred_at"])).astimezone(UTC)
    return row | read | {"occurred_at": when}
