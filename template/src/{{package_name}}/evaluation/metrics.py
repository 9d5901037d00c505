"""The metrics of each task; all take (n,) truths and (n,) scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from ..problem import schema

Metric = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Scale:
    """The metrics of a task and the one that decides."""

    primary: str
    higher_is_better: bool
    metrics: Mapping[str, Metric]

    def gain(self, new: float, old: float) -> float:
        """Return by how much `new` is better: absolute for AUC, a share of `old` for an error."""
        return new - old if self.higher_is_better else (old - new) / max(old, 1e-12)


def scale(threshold: float) -> Scale:
    """Return the metrics of this problem's task; decisions are taken at `threshold`."""
    if schema.TASK == "regression":
        return Scale("rmse", False, REGRESSION)
    return Scale("roc_auc", True, RANKING | _decisions(threshold))


def calibration_error(truths: np.ndarray, scores: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal mass."""
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(truths[part].mean() - scores[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(truths))


def roc_auc(truths: np.ndarray, scores: np.ndarray) -> float:
    """Return the area under the ROC curve, NaN where only one class is present."""
    positives = int(truths.sum())
    negatives = len(truths) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    ranks = float(rankdata(scores)[truths > 0].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def average_precision(truths: np.ndarray, scores: np.ndarray) -> float:
    """Return the precision at each threshold, weighted by the positives that it adds."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))  # ties count at once
    hits = np.cumsum(truths[order])[ends]
    return float(np.sum(np.diff(hits, prepend=0) * hits / (ends + 1)) / max(hits[-1], 1))


def log_loss(truths: np.ndarray, scores: np.ndarray) -> float:
    """Return the mean negative log-likelihood of what happened."""
    sure = np.finfo(np.float64).eps
    return float(-np.log(np.clip(np.where(truths > 0, scores, 1 - scores), sure, 1)).mean())


@dataclass(frozen=True)
class Counts:
    """The confusion matrix of decisions: true and false, positives and negatives."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def recall(self) -> float:
        """Return the share of the positives that were found."""
        return _share(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> float:
        """Return the share of the negatives that were left alone."""
        return _share(self.tn, self.tn + self.fp)


def _decisions(threshold: float) -> dict[str, Metric]:
    """Return the metrics of the decision, all from the confusion matrix."""

    def of(metric: Callable[[Counts], float]) -> Metric:
        return lambda truths, scores: metric(_count(truths > 0, scores >= threshold))

    return {
        "accuracy": of(lambda n: _share(n.tp + n.tn, n.tp + n.fp + n.fn + n.tn)),
        "balanced_accuracy": of(lambda n: (n.recall + n.specificity) / 2),
        "precision": of(lambda n: _share(n.tp, n.tp + n.fp)),
        "recall": of(lambda n: n.recall),
        "f1": of(lambda n: _share(2 * n.tp, 2 * n.tp + n.fp + n.fn)),
    }


def _count(truths: np.ndarray, said: np.ndarray) -> Counts:
    positives, hits, alarms = int(truths.sum()), int((truths & said).sum()), int(said.sum())
    misses, false = positives - hits, alarms - hits
    return Counts(hits, false, misses, len(truths) - positives - false)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


# Plain numpy where scikit-learn spends ten times longer on checking its arguments: each of these
# runs in hundreds of resamples. The tests compare them with scikit-learn's.
RANKING: dict[str, Metric] = {
    "roc_auc": roc_auc,
    "average_precision": average_precision,
    "log_loss": log_loss,
    "brier": lambda truths, scores: float(np.mean((truths - scores) ** 2)),
    "calibration_error": calibration_error,
}
REGRESSION: dict[str, Metric] = {
    "rmse": lambda truths, scores: float(np.sqrt(np.mean((truths - scores) ** 2))),
    "mae": lambda truths, scores: float(np.mean(np.abs(truths - scores))),
    "median_error": lambda truths, scores: float(np.median(np.abs(truths - scores))),
    "r2": lambda truths, scores: float(
        1 - np.sum((truths - scores) ** 2) / max(np.sum((truths - truths.mean()) ** 2), 1e-12)
    ),
    "bias": lambda truths, scores: float(np.mean(scores - truths)),
}
