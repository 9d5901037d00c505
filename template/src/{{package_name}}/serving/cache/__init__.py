"""Remembered scores: rows that were asked for before are answered without the model."""

from collections.abc import Callable, Sequence
from math import isfinite
from threading import Lock
from typing import Annotated, Protocol

from cachetools import LRUCache
from pydantic import Field, TypeAdapter

from ...config import Count, Section, Settings
from .. import PredictionApp
from ..ports import Row, Served
from ..service import Score

EVENTS = {
    "cache_hits": "Prediction requests answered from the cache.",
    "cache_misses": "Prediction requests that the cache had no scores for.",
    "cache_failures": "Failures of Redis, which is then left alone for a while.",
}
RedisUrl = Annotated[str, Field(pattern=r"^(rediss?://|unix://|$)")]
Seconds = Annotated[float, Field(ge=1)]
Scores = Sequence[float]
to_json = TypeAdapter(list[Row]).dump_json


class CacheSettings(Section):
    """What is remembered, and where."""

    rows: Count = 100_000  # in the memory of each worker; those not asked for the longest go first
    # Instead of that, for all workers: worth it where a model takes milliseconds.
    redis_url: RedisUrl = ""
    seconds: Seconds = 3600.0  # in Redis


class Store(Protocol):
    """Keeps scores by key: the model, and the request to the last byte."""

    def get(self, key: bytes) -> Scores | None:
        """Return what was kept, if it is still there."""

    def put(self, key: bytes, scores: Scores) -> None:
        """Keep the scores of a request."""


class Memory:
    """The latest requests of this process."""

    def __init__(self, rows: int) -> None:
        self._kept: LRUCache[bytes, Scores] = LRUCache(rows, getsizeof=len)
        self._lock = Lock()

    def get(self, key: bytes) -> Scores | None:
        """Return what was kept, if it is still there."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: bytes, scores: Scores) -> None:
        """Keep the scores of a request, unless there are more than are ever kept."""
        with self._lock:
            if len(scores) <= self._kept.maxsize:
                self._kept[key] = scores


def install(_: Settings, options: CacheSettings, app: PredictionApp) -> None:
    """Let the service remember scores."""
    service = app.service

    def happened(event: str) -> None:
        for observer in service.observers:
            observer.happened(event)

    for observer in service.observers:
        observer.announced(EVENTS)
    store: Store = Memory(options.rows)
    if options.redis_url:
        from .shared import Redis

        shared = store = Redis(options, on_failure=lambda: happened("cache_failures"))
        service.resources.callback(shared.close)
        service.waits = True
    service.score = remembering(service.score, store, happened)


def remembering(score: Score, store: Store, happened: Callable[[str], None]) -> Score:
    """Return a function that asks the model only for what the store does not have."""

    def remembered(served: Served, rows: list[Row]) -> list[float]:
        try:
            key = served.bundle.digest.encode() + to_json(rows)
        except ValueError:  # broken Unicode, for which the model has the words
            return score(served, rows)
        kept = store.get(key)
        if kept is not None and len(kept) == len(rows) and all(map(isfinite, kept)):
            happened("cache_hits")
            return list(kept)
        happened("cache_misses")
        scores = score(served, rows)
        store.put(key, scores)
        return scores

    return remembered
