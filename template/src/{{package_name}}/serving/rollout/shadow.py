"""A challenger that scores what the champion has answered, in a thread of its own."""

import logging
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import NamedTuple

from ...problem import schema
from ..answers import Answers
from ..ports import Row, Served

WAITING = 64  # requests; one more is dropped, for nobody waits for a shadow
MOST_ROWS = 1_000  # of a request, so that those that wait fit into the memory
Answer = Callable[[Served, list[Row]], Answers]
logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server


class Task(NamedTuple):
    """Rows, and what they were answered."""

    served: Served
    champion: Served
    rows: list[Row]
    answers: Answers


class Shadow:
    """Answers rows again, and counts where the two models decide differently."""

    def __init__(self, answer: Answer, happened: Callable[[str, int], None]) -> None:
        self._answer, self._happened = answer, happened
        self._tasks: Queue[Task | None] = Queue(WAITING)

    def put(self, task: Task) -> None:
        """Let rows be scored as soon as there is time; never waits."""
        try:
            if len(task.rows) > MOST_ROWS:
                raise Full
            self._tasks.put_nowait(task)
        except Full:
            self._happened("shadow_dropped", len(task.rows))

    def run(self) -> None:
        """Work until stopped."""
        while task := self._tasks.get():
            try:
                self._score(task)
            except Exception:  # of the challenger: it is here to be found out
                logger.exception("The shadow gave no answer")
                self._happened("shadow_failures", 1)

    def stop(self) -> None:
        """End the work, whatever still waits."""
        with suppress(Empty):  # the worker takes some as well
            while True:
                self._tasks.get_nowait()
        self._tasks.put(None)

    def _score(self, task: Task) -> None:
        again = self._answer(task.served, task.rows)
        if schema.TASK != "classification":
            return
        old, new = (one.bundle.contract.threshold for one in (task.champion, task.served))
        different = sum(
            (was >= old) != (now >= new)
            for was, now in zip(task.answers.scores, again.scores, strict=True)
        )
        self._happened("shadow_disagreements", different)
