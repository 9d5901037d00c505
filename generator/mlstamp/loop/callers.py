"""Those who ask a service and send it labels later: they keep count of every answer."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

from ..errors import StepFailed
from ..http import post
from ..load import connect, send

ROWS = 20  # in a request
PAUSE = 0.02  # seconds between two requests
LABELS = 400  # in a request
PATIENCE, PAUSE_SECONDS = 60.0, 0.5  # until labels are taken
Question = dict[str, Any]  # a row and its label


class Caller:
    """Asks questions in turn, again and again, until the block ends."""

    def __init__(self, url: str, questions: Sequence[Question], rows: int = ROWS) -> None:
        self._place = urlsplit(url)
        chunks = [questions[at : at + rows] for at in range(0, len(questions), rows)]
        self._asked = itertools.cycle([(_body(chunk), chunk) for chunk in chunks])
        self.chunks = len(chunks)
        self.outcomes: Counter[str] = Counter()  # statuses, and names of broken connections
        self.labels: list[tuple[str, Any]] = []  # prediction id and label
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._ask_all)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def ask(self, chunks: int) -> None:
        """Ask so many requests now, in this thread."""
        connection = connect(self._place.netloc)
        for _ in range(chunks):
            self._ask(connection)
        connection.close()

    def _ask_all(self) -> None:
        connection = connect(self._place.netloc)
        while not self._stopped.wait(PAUSE):
            self._ask(connection)
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        body, chunk = next(self._asked)
        try:
            answer = send(connection, "/v1/predict", body)
        except (OSError, http.client.HTTPException) as error:
            self.outcomes[type(error).__name__] += 1
            connection.close()
            return
        self.outcomes[str(answer.status)] += 1
        if answer.status == 200:
            ids = [one["id"] for one in answer.json()["predictions"]]
            self.labels += zip(ids, (one["label"] for one in chunk), strict=True)


def _body(chunk: Sequence[Question]) -> bytes:
    return json.dumps({"rows": [one["row"] for one in chunk]}).encode()


def tell(url: str, token: str, labels: Sequence[tuple[str, Any]]) -> None:
    """Send the service labels; those whose prediction it does not know yet are sent again."""
    now = datetime.now(UTC).isoformat()
    for at in range(0, len(labels), LABELS):
        some = labels[at : at + LABELS]
        sent = [{"prediction_id": one, "label": label, "observed_at": now} for one, label in some]
        _tell(url, token, {"labels": sent})


def _tell(url: str, token: str, body: dict[str, Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = post(f"{url}/v1/labels", body, token=token)
        if answer.status == 200:
            return
        if time.monotonic() > deadline:
            raise StepFailed(f"labels are not taken ({answer.status}): {answer.body[:300]!r}")
        time.sleep(PAUSE_SECONDS)
