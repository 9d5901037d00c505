"""Two models on the same rows, with intervals by resampling: paired bootstrap and McNemar."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.dummy import DummyClassifier, DummyRegressor

from ..features.frames import Split
from ..problem import schema
from ..registry import Interval
from .metrics import Scale

Statistic = Callable[[np.ndarray], float]  # (m,) row numbers of a resample to a figure


@dataclass(frozen=True)
class Rival:
    """Another model: who it is, its (n,) scores, and the challenger's gain over it."""

    name: str
    scores: np.ndarray
    gain: Interval
    threshold: float = 0.5  # at which it decides


def baseline_scores(train: Split, test: Split) -> np.ndarray:
    """Return (n,) scores of the naive forecast: the BASELINE column, or a constant."""
    if schema.BASELINE is not None:
        naive = test.inputs[schema.BASELINE].to_numpy(dtype=np.float64)
        return np.asarray(np.nan_to_num(naive, nan=float(np.mean(train.labels))))
    if schema.TASK == "classification":
        dummy = DummyClassifier(strategy="prior").fit(train.inputs, train.labels)
        return np.asarray(dummy.predict_proba(test.inputs)[:, 1])
    return np.asarray(
        DummyRegressor(strategy="mean").fit(train.inputs, train.labels).predict(test.inputs)
    )


def paired_gain(scale: Scale, truths: np.ndarray, new: np.ndarray, old: np.ndarray) -> Statistic:
    """Return a statistic: by how much `new` is better than `old` on given rows."""
    metric = scale.metrics[scale.primary]
    return lambda rows: scale.gain(metric(truths[rows], new[rows]), metric(truths[rows], old[rows]))


def gain_over(
    scale: Scale, test: Split, new: np.ndarray, old: np.ndarray, times: int, seed: int
) -> Interval:
    """Return the gain over a rival with its 95 % interval, rows paired, entities clustered."""
    gain = paired_gain(scale, test.labels, new, old)
    drawn = resample({"gain": gain}, test.entities, times, seed)["gain"]
    return interval(gain(np.arange(len(test.labels))), drawn)


def mcnemar(truths: np.ndarray, new: np.ndarray, old: np.ndarray) -> float:
    """Return the one-sided p-value that the decisions `new` are right less often than `old`."""
    new_right, old_right = new == truths, old == truths
    only_old = int(np.sum(old_right & ~new_right))
    only_new = int(np.sum(new_right & ~old_right))
    if only_old + only_new == 0:
        return 1.0
    return float(binomtest(only_old, only_old + only_new, alternative="greater").pvalue)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return Holm's adjusted p-values: many looks at slices must not find a fault by chance."""
    adjusted, floor = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        floor = max(floor, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = floor
    return adjusted


def resample(
    statistics: Mapping[str, Statistic], entities: np.ndarray, times: int, seed: int
) -> dict[str, np.ndarray]:
    """Return (times,) values of each statistic over resamples shared by all of them.

    Whole entities are drawn, so that one that occurs often does not fake certainty.
    """
    draw = _drawer(entities, np.random.default_rng(seed))
    values: dict[str, list[float]] = {name: [] for name in statistics}
    for _ in range(times):
        rows = draw()
        for name, statistic in statistics.items():
            values[name].append(statistic(rows))
    return {name: np.asarray(found) for name, found in values.items()}


def _drawer(entities: np.ndarray, rng: np.random.Generator) -> Callable[[], np.ndarray]:
    """Return a function that draws the row numbers of as many entities as there are."""
    codes, names = pd.factorize(entities)
    if len(names) == len(codes):  # one row each, the common case, needs no grouping
        return lambda: rng.integers(0, len(codes), len(codes))
    groups = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    return lambda: np.concatenate([groups[i] for i in rng.integers(0, len(groups), len(groups))])


def intervals(
    statistics: Mapping[str, Statistic], entities: np.ndarray, times: int, seed: int
) -> dict[str, Interval]:
    """Return each statistic on all rows with its 95 % percentile interval."""
    everything = np.arange(len(entities))
    drawn = resample(statistics, entities, times, seed)
    return {
        name: interval(statistic(everything), drawn[name]) for name, statistic in statistics.items()
    }


def interval(value: float, drawn: np.ndarray) -> Interval:
    """Return the value with the 2.5 and 97.5 percentiles of its resamples."""
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Interval(value=value, low=float(low), high=float(high))
