"""Cross-validation in time order: each fold is judged on what came after it was fitted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from sklearn import metrics
from sklearn.base import clone
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import Pipeline

from ..errors import StageError
from ..features.frames import Split
from ..problem import schema
from ..registry.sklearn_runtime import score

Metric = Callable[[np.ndarray, np.ndarray], float]
CLASSIFICATION: dict[str, Metric] = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "log_loss": metrics.log_loss,
}
REGRESSION: dict[str, Metric] = {
    "rmse": metrics.root_mean_squared_error,
    "mae": metrics.mean_absolute_error,
    "r2": metrics.r2_score,
}


@dataclass(frozen=True)
class Validation:
    """Scores of rows that the fold's model had not seen, fold by fold."""

    truths: list[np.ndarray]
    scores: list[np.ndarray]

    def metrics(self) -> dict[str, float]:
        """Return each metric's mean over the folds."""
        chosen = CLASSIFICATION if schema.TASK == "classification" else REGRESSION
        folds = list(zip(self.truths, self.scores, strict=True))
        return {name: float(np.mean([f(*fold) for fold in folds])) for name, f in chosen.items()}

    def objective(self) -> float:
        """Return what a search maximises: ROC AUC, or the negative RMSE."""
        found = self.metrics()
        return found["roc_auc"] if schema.TASK == "classification" else -found["rmse"]

    def threshold(self) -> float:
        """Return the score with the best F1 over all folds; 0.5 where nothing is decided."""
        if schema.TASK != "classification":
            return 0.5
        curve = metrics.precision_recall_curve(
            np.concatenate(self.truths), np.concatenate(self.scores)
        )
        precision, recall, thresholds = (values[: len(curve[2])] for values in curve)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        return float(thresholds[int(np.argmax(f1))])


def cross_validate(pipeline: Pipeline, data: Split, folds: int) -> Validation:
    """Fit a clone per fold, side by side; raises StageError when rows or classes do not suffice."""
    rows = list(_folds(data, folds))
    # The backend is a wish: joblib.parallel_config may name a cluster instead.
    side_by_side = Parallel(n_jobs=-1, prefer="threads")
    scores = side_by_side(delayed(_score)(pipeline, data, *fold) for fold in rows)
    return Validation([data.labels[judge_rows] for _, judge_rows in rows], scores)


def _score(
    pipeline: Pipeline, data: Split, fit_rows: np.ndarray, judge_rows: np.ndarray
) -> np.ndarray:
    fitted = clone(pipeline).fit(data.inputs.iloc[fit_rows], data.labels[fit_rows])
    return score(fitted, data.inputs.iloc[judge_rows])


def _folds(data: Split, folds: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    if len(data.labels) < 2 * (folds + 1):
        raise StageError(
            f"{len(data.labels)} training rows are too few for {folds} folds: "
            "bring more examples or lower training.folds in config/."
        )
    for fit_rows, judge_rows in TimeSeriesSplit(folds).split(data.inputs):
        classes = min(len(np.unique(data.labels[rows])) for rows in (fit_rows, judge_rows))
        if schema.TASK == "classification" and classes < 2:
            raise StageError(
                "A fold of the training part has one class only: "
                "bring more examples of the rare class or lower training.folds in config/."
            )
        yield fit_rows, judge_rows
