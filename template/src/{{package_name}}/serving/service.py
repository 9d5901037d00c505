"""The model that answers: verified and tried before it is trusted with a single row."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from time import perf_counter
from typing import Any

from ..config import Settings
from ..errors import StageError
from ..registry import CHAMPION, Pointer, read_pointer, trusted
from ..registry.bundle import read
from .answers import Answers, make_answers, score
from .ports import Observer, ProblemError, Row, Served

QUICK_SECONDS = 0.005
UNFORESEEN = "The champion could not be loaded: the log of the service says why."
Score = Callable[[Served, list[Row]], list[float]]
logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server


def load(settings: Settings, pointer: Pointer | None = None, role: str = CHAMPION) -> Served:
    """Return the champion, or another; raises StageError unless it is whole and scores as ever."""
    pointer = pointer or read_pointer(settings.registry.bundles)
    bundle = read(trusted(settings, pointer))
    if bundle.digest != pointer.digest:
        raise StageError(
            f"{bundle.path} is not the Bundle that was promoted: promote or roll back again."
        )
    began = perf_counter()
    error = bundle.replay_error()
    quick = perf_counter() - began < QUICK_SECONDS
    if not error <= (tolerance := settings.serving.replay_tolerance):  # NaN is no answer either
        raise StageError(
            f"{bundle.path} scores its replay rows {error:.3g} away from training "
            f"(allowed: {tolerance:.3g}): install the locked libraries or train again."
        )
    return Served(bundle, pointer.version, role, len(bundle.replay["rows"]) if quick else 0)


class Service:
    """The champion in memory, the reason why there is none, and who is told of predictions."""

    def __init__(self, settings: Settings, observers: Sequence[Observer]) -> None:
        self.settings = settings
        self.observers = observers
        self.score: Score = score
        self.resources = ExitStack()  # given back when the service ends
        self.waits = False  # for others while it scores: never in the way of a probe then
        self._champion: Served | None = None
        self._reason = "The model is still being loaded: ask again in a few seconds."

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """Answer between start and stop of the process."""
        with self.resources:
            for observer in self.observers:
                observer.start()
                self.resources.callback(observer.close)
            self.refresh()
            yield

    def refresh(self) -> bool:
        """Load the champion and tell whether it answers; if not, who did before goes on."""
        try:
            champion = load(self.settings)
        except StageError as error:
            return self._refuse(str(error))
        except Exception:
            logger.exception("The champion could not be loaded")
            return self._refuse(UNFORESEEN)
        self._champion, self._reason = champion, ""
        for observer in self.observers:
            observer.loaded(champion)
        logger.info("Version %s answers.", champion.version)
        return True

    def _refuse(self, reason: str) -> bool:
        if reason != self._reason:  # said once, however often it is tried
            logger.error("Not taken into service: %s", reason)
        self._reason = reason
        return False

    @property
    def champion(self) -> Served:
        """Return the verified champion; raises ProblemError with the reason when there is none."""
        if self._champion is None:
            raise ProblemError(503, self._reason, "not_ready")
        return self._champion

    def pick(self) -> Served:
        """Return the model for the next request; raises ProblemError when there is none."""
        return self.champion

    def examples(self) -> list[dict[str, Any]]:
        """Return rows to show in the documentation, once there is a champion."""
        return [self._champion.bundle.typical] if self._champion else []

    def predict(self, served: Served, rows: list[Row]) -> bytes:
        """Return the response to rows; raises ProblemError when no honest answer exists."""
        return self.answer(served, rows).response(served.version)

    def answer(self, served: Served, rows: list[Row]) -> Answers:
        """Return a prediction for each row; raises ProblemError when no honest one exists."""
        began = perf_counter()
        answers = make_answers(self.score(served, rows), served.bundle.contract.threshold)
        seconds = perf_counter() - began
        for observer in self.observers:
            observer.answered(served, rows, answers, seconds)
        return answers

    def refused(self, error: ProblemError) -> None:
        """Tell whoever listens that a request got no prediction."""
        for observer in self.observers:
            observer.refused(error.reason, error.violations)
