"""Answer with the fitted Pipeline itself, which skops keeps without pickle."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import skops.io as sio
from sklearn.pipeline import Pipeline
from skops.io.exceptions import UntrustedTypesFoundException

from ..errors import StageError
from ..features import Columns
from ..features.frames import conform, single
from ..problem import model, schema
from .bundle import Model, Scorer

FILE = "model.skops"
# Plain data of numpy and of a TargetEncoder, and ours, beside what the owner has reviewed.
TRUSTED_TYPES = (
    "numpy.dtype",
    "sklearn.model_selection._split.KFold",
    f"{single.__module__}.{single.__name__}",
    *model.TRUSTED_TYPES,
)


def seal(pipeline: Pipeline) -> Model:
    """Return the fitted Pipeline as a part of a Bundle; raises StageError as load() would."""
    blob = sio.dumps(pipeline)
    _check_types(blob, "The model")
    return Model("sklearn", {FILE: blob}, _scorer(pipeline))


def load(folder: Path) -> Scorer:
    """Return the Pipeline's scores; raises StageError unless every type in it was reviewed."""
    blob = (folder / FILE).read_bytes()
    with _libraries(folder):
        try:
            return _scorer(sio.loads(blob, trusted=list(TRUSTED_TYPES)))
        except UntrustedTypesFoundException:
            _check_types(blob, str(folder))
            raise


def score(pipeline: Pipeline, frame: pd.DataFrame) -> np.ndarray:
    """Return (n,) float64 scores of a typed Input frame: probabilities, or values."""
    if schema.TASK == "classification":
        return np.asarray(pipeline.predict_proba(frame), dtype=np.float64)[:, 1]
    return np.asarray(pipeline.predict(frame), dtype=np.float64)


def _check_types(blob: bytes, place: str) -> None:
    unknown = set(sio.get_untrusted_types(data=blob)) - set(TRUSTED_TYPES)
    if unknown:
        raise StageError(
            f"{place} holds types that are not allowed ({', '.join(sorted(unknown))}): "
            "add them to TRUSTED_TYPES in problem/model.py after reviewing them."
        )


def _scorer(pipeline: Pipeline) -> Scorer:
    def scores(columns: Columns) -> np.ndarray:
        frame = columns if isinstance(columns, pd.DataFrame) else conform(columns)
        return score(pipeline, frame)

    return scores


@contextmanager
def _libraries(folder: Path) -> Iterator[None]:
    """Say it in one sentence when other libraries than those of training cannot read a model."""
    try:
        yield
    except StageError:
        raise
    except Exception as error:  # whatever a class raises that has changed since
        raise StageError(
            f"{folder} cannot be read by the libraries that are installed "
            f"({type(error).__name__}: {error}): install the locked ones, or train again."
        ) from error
