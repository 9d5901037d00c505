"""Intervals by resampling: whole entities are drawn, so that repeated ones don't fake certainty."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from ..registry.verdict import Interval

Statistic = Callable[[np.ndarray], float]  # (m,) row numbers of a resample to a figure


def resample(
    statistics: Mapping[str, Statistic], entities: np.ndarray, times: int, seed: int
) -> dict[str, np.ndarray]:
    """Return (times,) values of each statistic over resamples shared by all of them."""
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
