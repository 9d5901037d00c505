"""The model that answers: verified and tried before it is trusted with a single row."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError
from uuid6 import uuid7

from ..config import Settings
from ..errors import StageError
from ..features import to_columns
from ..problem import schema
from ..registry import read_pointer
from ..registry.bundle import Bundle, read
from .ports import Observer, Prediction, PredictResponse, ProblemError, Row

QUICK_SECONDS = 0.005
RESPONSE = TypeAdapter(PredictResponse)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Champion:
    """A verified Bundle and its version in the registry."""

    bundle: Bundle
    version: str
    quick_rows: int = 0  # so many rows are scored too quickly to keep anybody waiting


def load_champion(bundles: Path, tolerance: float) -> Champion:
    """Return the champion; raises StageError unless it is whole and answers as in training."""
    pointer = read_pointer(bundles)
    bundle = read(bundles / pointer.path)
    if bundle.digest != pointer.digest:
        raise StageError(
            f"{bundle.path} is not the Bundle that was promoted: promote or roll back again."
        )
    began = perf_counter()
    error = bundle.replay_error()
    quick = perf_counter() - began < QUICK_SECONDS
    if not error <= tolerance:  # NaN is no answer either
        raise StageError(
            f"{bundle.path} scores its replay rows {error:.3g} away from training "
            f"(allowed: {tolerance:.3g}): install the locked libraries or train again."
        )
    return Champion(bundle, pointer.version, len(bundle.replay["rows"]) if quick else 0)


class Service:
    """The champion in memory, the reason why there is none, and who is told of predictions."""

    def __init__(self, settings: Settings, observers: Sequence[Observer]) -> None:
        self._settings = settings
        self._observers = observers
        self._champion: Champion | None = None
        self._reason = "The model is still being loaded: ask again in a few seconds."

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """Answer between start and stop of the process."""
        self._start()
        try:
            yield
        finally:
            for observer in self._observers:
                observer.close()

    def _start(self) -> None:
        """Load the champion; a failure is kept as the reason, and the process goes on."""
        for observer in self._observers:
            observer.start()
        try:
            self._champion = load_champion(
                self._settings.registry.bundles, self._settings.serving.replay_tolerance
            )
            for observer in self._observers:
                observer.loaded(self._champion.version, self._champion.bundle)
        except StageError as error:
            self._reason = str(error)
            logger.error("Not ready: %s", error)
        except Exception:
            self._reason = "The champion could not be loaded: the log of the service says why."
            logger.exception("Not ready")

    @property
    def champion(self) -> Champion:
        """Return the verified champion; raises ProblemError with the reason when there is none."""
        if self._champion is None:
            raise ProblemError(503, self._reason, "not_ready")
        return self._champion

    def examples(self) -> list[dict[str, Any]]:
        """Return rows to show in the documentation, once there is a champion."""
        return [self._champion.bundle.typical] if self._champion else []

    def predict(self, champion: Champion, rows: list[Row]) -> bytes:
        """Return the response to rows; raises ProblemError when no honest answer exists."""
        began = perf_counter()
        scores = self._score(champion, rows)
        outputs = [_decide(score, champion.bundle.contract.threshold) for score in scores.tolist()]
        predictions = [
            Prediction(id=str(uuid7()), output=output, score=score)
            for output, score in zip(outputs, scores.tolist(), strict=True)
        ]
        seconds = perf_counter() - began
        for observer in self._observers:
            observer.answered(champion.version, champion.bundle, rows, predictions, seconds)
        response = PredictResponse(model_version=champion.version, predictions=predictions)
        return RESPONSE.dump_json(response)

    def refused(self, error: ProblemError) -> None:
        """Tell whoever listens that a request got no prediction."""
        for observer in self._observers:
            observer.refused(error.reason, error.violations)

    def _score(self, champion: Champion, rows: list[Row]) -> np.ndarray:
        try:
            scores = champion.bundle.score(to_columns(rows))
        except (OverflowError, UnicodeEncodeError) as error:
            detail = "A value is a huge integer or broken Unicode: correct it and send it again."
            raise ProblemError(422, detail, "invalid") from error
        wrong = int(np.count_nonzero(~np.isfinite(scores)))
        if wrong:
            detail = f"The model gave no finite score for {wrong} of {len(rows)} rows"
            violations = {("score", "finite_number"): wrong}
            detail += ": tell the owner of the service."
            raise ProblemError(500, detail, "nonfinite", violations)
        return scores


def _decide(score: float, threshold: float) -> schema.Output:
    try:
        return schema.Output.from_score(score, threshold)
    except ValidationError as error:
        detail = f"The score {score:.6g} does not fit Output in problem/schema.py"
        raise ProblemError(500, f"{detail}: widen its range there.", "output") from error
