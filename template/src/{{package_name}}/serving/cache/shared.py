"""Scores that several processes remember together, in Redis."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import numpy as np
import redis

from . import CacheSettings

PAUSE_SECONDS = 5.0  # until a Redis that has failed is asked again
REDIS_SECONDS = 0.1  # it may take to answer
logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server


class Redis:
    """Shared by all who name the same server. It is trusted: whoever writes there, answers."""

    def __init__(self, settings: CacheSettings, on_failure: Callable[[], None]) -> None:
        self._client = redis.Redis.from_url(
            settings.redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
        self._milliseconds = int(settings.seconds * 1000)
        self._on_failure = on_failure
        self._resume = 0.0

    def get(self, key: bytes) -> Sequence[float] | None:
        """Return what was kept, if it is still there and Redis answers in time."""
        kept = self._ask("get", _name(key))
        whole = kept is not None and len(kept) % 8 == 0
        return np.frombuffer(kept, dtype="<f8").tolist() if whole else None

    def put(self, key: bytes, scores: Sequence[float]) -> None:
        """Keep the scores of a request for a while."""
        self._ask("set", _name(key), np.array(scores, dtype="<f8").tobytes(), px=self._milliseconds)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _ask(self, command: str, *given: Any, **options: Any) -> Any:
        if monotonic() < self._resume:
            return None
        try:
            return getattr(self._client, command)(*given, **options)
        except redis.RedisError as error:
            self._resume = monotonic() + PAUSE_SECONDS
            self._on_failure()
            logger.warning("Redis is left alone for %g seconds: %s", PAUSE_SECONDS, error)
            return None


def _name(key: bytes) -> str:
    return f"scores:{hashlib.sha256(key).hexdigest()}"
