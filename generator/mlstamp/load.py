"""Load on a service: one request, sent again and again over a few connections."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from typing import Self
from urllib.parse import urlsplit

from .http import Answer

HEADERS = {"Content-Type": "application/json"}
TIMEOUT = 30.0


class Load:
    """Sends in the background until the block ends, and counts how each request went."""

    def __init__(self, url: str, body: bytes, connections: int) -> None:
        self._place, self._body = urlsplit(url), body
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send_all) for _ in range(connections)]
        self.outcomes: Counter[str] = Counter()  # statuses, and names of broken connections

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    @property
    def sent(self) -> int:
        """Return how many requests have ended, one way or another."""
        with self._lock:
            return self.outcomes.total()

    def _send_all(self) -> None:
        connection = connect(self._place.netloc)
        while not self._stopped.is_set():
            try:
                outcome = str(send(connection, self._place.path, self._body).status)
            except (OSError, http.client.HTTPException) as error:
                outcome = type(error).__name__
                connection.close()
            with self._lock:
                self.outcomes[outcome] += 1
        connection.close()


def connect(place: str) -> http.client.HTTPConnection:
    """Return a connection that stays open between requests."""
    return http.client.HTTPConnection(place, timeout=TIMEOUT)


def send(connection: http.client.HTTPConnection, path: str, body: bytes) -> Answer:
    """Post a body and return the answer."""
    connection.request("POST", path, body, HEADERS)
    answer = connection.getresponse()
    return Answer(answer.status, answer.headers, answer.read())
