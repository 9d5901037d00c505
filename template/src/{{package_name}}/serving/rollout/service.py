"""The service that follows the registry: no request is lost when the model changes."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Event, Thread

from ...config import Settings
from ...errors import StageError
from ...registry import CHAMPION, read_pointer
from ..answers import Answers
from ..ports import Observer, ProblemError, Row, Served
from ..service import Service, load
from .shadow import Shadow, Task
from .trial import Trial, find

LONGEST_WAIT = 60.0  # seconds, until a Bundle that was refused is looked at again
EVENTS = {
    "bundles_refused": "Bundles that were not taken into service.",
    "canary_failures": "Prediction requests that a canary failed on.",
    "shadow_disagreements": "Rows on which shadow and champion decide differently.",
    "shadow_dropped": "Rows that the shadow did not score, for lack of time.",
    "shadow_failures": "Prediction requests that the shadow failed on.",
}
logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server


@dataclass
class Challenger:
    """A model on trial: it takes its share of the requests, evenly spread."""

    trial: Trial
    served: Served
    due: float = 0.0

    def takes_next(self) -> bool:
        """Tell whether the next request is for it."""
        self.due += self.trial.share
        if self.due < 1:
            return False
        self.due -= 1
        return True


class RollingService(Service):
    """Looks for another champion or challenger; one that is not fit changes nothing."""

    def __init__(
        self, settings: Settings, observers: Sequence[Observer], check_seconds: float
    ) -> None:
        super().__init__(settings, observers)
        self._seconds = check_seconds
        self._since = ""  # when the champion became that
        self._challenger: Challenger | None = None
        self._refused: Trial | None = None
        self._shadow = Shadow(super().answer, self._happened)
        self._stopped = Event()

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """Follow the registry between start and stop of the process."""
        async with super().lifespan(app):
            for observer in self.observers:
                observer.announced(EVENTS)
            threads = [Thread(target=work, daemon=True) for work in (self._watch, self._shadow.run)]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                self._stopped.set()
                self._shadow.stop()
                for thread in threads:
                    thread.join(self._seconds)

    def pick(self) -> Served:
        """Return the champion, or a canary when it is its turn."""
        challenger = self._challenger
        return challenger.served if challenger and challenger.takes_next() else self.champion

    def predict(self, served: Served, rows: list[Row]) -> bytes:
        """Return the response to rows; where a canary fails, the champion's."""
        try:
            return super().predict(served, rows)
        except Exception as error:
            asked_wrongly = isinstance(error, ProblemError) and error.status < 500
            if served.role == CHAMPION or asked_wrongly:
                raise
            logger.exception("Version %s failed and is not tried any more", served.version)
            self._happened("canary_failures")
            self._give_up()
            return super().predict(self.champion, rows)

    def answer(self, served: Served, rows: list[Row]) -> Answers:
        """Return a prediction for each row, and let a shadow score them afterwards."""
        answers, challenger = super().answer(served, rows), self._challenger
        if challenger and challenger.served.role == "shadow":
            self._shadow.put(Task(challenger.served, served, rows, answers))
        return answers

    def look(self) -> bool:
        """Take over what has changed; tell whether all of it was fit."""
        fit = self._look_for_champion()
        return self._look_for_challenger() and fit

    def _look_for_champion(self) -> bool:
        try:
            pointer = read_pointer(self.settings.registry.bundles)
        except StageError as error:  # none yet, or retired: whoever answers goes on
            self._refuse(str(error))
            return True
        now = self._champion
        same = now and (now.version, now.bundle.digest) == (pointer.version, pointer.digest)
        if same or self.refresh():
            self._since = pointer.since
            return True
        self._happened("bundles_refused")
        return False

    def _look_for_challenger(self) -> bool:
        now = self._challenger
        try:
            trial = find(self.settings.registry.bundles)
            if trial is None or trial.beside != self._since:
                self._challenger = None
            elif trial != self._refused and not (now and now.trial == trial):
                self._challenger = Challenger(
                    trial, load(self.settings, trial.challenger, trial.role)
                )
                logger.info("Version %s is tried as %s.", trial.challenger.version, trial.role)
        except Exception as error:  # the champion must not suffer from whatever it is
            logger.error("The challenger is not tried: %s", error)
            self._challenger = None
            self._happened("bundles_refused")
            return False
        return True

    def _give_up(self) -> None:
        challenger, self._challenger = self._challenger, None
        self._refused = challenger.trial if challenger else self._refused

    def _watch(self) -> None:
        wait = self._seconds
        while not self._stopped.wait(wait):
            wait = self._seconds if self.look() else min(2 * wait, LONGEST_WAIT)

    def _happened(self, event: str, times: int = 1) -> None:
        for observer in self.observers:
            observer.happened(event, times)
