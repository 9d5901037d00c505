"""The model that answers: verified and tried before it is trusted with a single row."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from math import isfinite
from time import perf_counter
from typing import Any

from pydantic import TypeAdapter, ValidationError
from uuid6 import uuid7

from ..config import Settings
from ..errors import StageError
from ..features import Rows
from ..problem import schema
from ..registry import CHAMPION, Pointer, read_pointer, trusted
from ..registry.bundle import read
from .ports import Observer, Prediction, PredictResponse, ProblemError, Row, Served

QUICK_SECONDS = 0.005
UNFORESEEN = "The champion could not be loaded: the log of the service says why."
Score = Callable[[Served, list[Row]], list[float]]
RESPONSE = TypeAdapter(PredictResponse)
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
        response = PredictResponse(
            model_version=served.version, predictions=self.answer(served, rows)
        )
        return RESPONSE.dump_json(response)

    def answer(self, served: Served, rows: list[Row]) -> list[Prediction]:
        """Return a prediction for each row; raises ProblemError when no honest one exists."""
        began = perf_counter()
        scores = self.score(served, rows)
        threshold = served.bundle.contract.threshold
        predictions = [
            Prediction(id=str(uuid7()), output=_decide(score, threshold), score=score)
            for score in scores
        ]
        seconds = perf_counter() - began
        for observer in self.observers:
            observer.answered(served, rows, predictions, seconds)
        return predictions

    def refused(self, error: ProblemError) -> None:
        """Tell whoever listens that a request got no prediction."""
        for observer in self.observers:
            observer.refused(error.reason, error.violations)


def score(served: Served, rows: list[Row]) -> list[float]:
    """Return a finite score for each row; raises ProblemError when there is none."""
    try:
        scores: list[float] = served.bundle.score(Rows(rows)).tolist()
    except (OverflowError, UnicodeEncodeError) as error:
        detail = "A value is a huge integer or broken Unicode: correct it and send it again."
        raise ProblemError(422, detail, "invalid") from error
    if wrong := sum(not isfinite(score) for score in scores):
        detail = f"There is no finite score for {wrong} of {len(rows)} rows: tell the owner."
        raise ProblemError(500, detail, "nonfinite", {("score", "finite_number"): wrong})
    return scores


def _decide(score: float, threshold: float) -> schema.Output:
    try:
        return schema.Output.from_score(score, threshold)
    except ValidationError as error:
        detail = f"The score {score:.6g} does not fit Output in problem/schema.py"
        raise ProblemError(500, f"{detail}: widen its range there.", "output") from error
