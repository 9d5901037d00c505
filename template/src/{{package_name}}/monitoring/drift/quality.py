"""How good the answers turned out to be, once labels came."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import norm

from ...problem import schema
from ...registry import Verdict
from . import ALL, statistics
from .standard import Metric, Quality, Standard

WIDTH = 2 * 1.96  # of a 95 % interval, in standard errors
TINY = 1e-12  # where nothing varies, any loss is sure
MIN_CLASS = 10  # rows of each class; with fewer, some resamples would have none


@dataclass(frozen=True)
class Labelled:
    """Predictions whose truth is known: a typed Input frame, and (n,) truths and scores."""

    inputs: pd.DataFrame
    truths: np.ndarray
    scores: np.ndarray


def realised(labelled: Labelled, standard: Standard) -> list[Quality]:
    """Return every metric, and in each slice the one that decides, with 95 % intervals.

    The latter has regressed where it surely lost more than allowed to what it was on the test part.
    """
    found: list[Quality] = []
    p_values: dict[int, float] = {}
    for name, places in _groups(labelled, standard.min_slice_rows):
        for one, drawn in _measure(labelled, name, places, standard):
            if one.metric == standard.scale.primary and one.baseline is not None:
                p_values[len(found)] = _p_good_enough(one, one.baseline, drawn, standard)
            found.append(one)
    q_values = statistics.benjamini_hochberg([*p_values.values()])
    bad = {place for place, q in zip(p_values, q_values, strict=True) if q < standard.max_q}
    return [replace(one, regressed=place in bad) for place, one in enumerate(found)]


def _groups(labelled: Labelled, min_rows: int) -> Iterator[tuple[str, np.ndarray]]:
    groups = {ALL: np.arange(len(labelled.truths))}
    for column in schema.SLICES:
        for value, places in labelled.inputs.groupby(column, observed=True).indices.items():
            if len(places) >= min_rows:
                groups[f"{column} = {value}"] = np.asarray(places)
    for name, places in groups.items():
        if _tells(labelled.truths[places]):
            yield name, places


def _tells(truths: np.ndarray) -> bool:
    positives = truths.sum()
    classes = min(positives, len(truths) - positives)
    return schema.TASK != "classification" or bool(classes >= MIN_CLASS)


def _measure(
    labelled: Labelled, name: str, places: np.ndarray, standard: Standard
) -> Iterator[tuple[Quality, np.ndarray]]:
    """Yield each metric of a group with its resamples, unless it is not defined there."""
    truths, scores = labelled.truths[places], labelled.scores[places]

    def value(rows: np.ndarray, metric: Metric) -> float:
        return metric(truths[rows], scores[rows])

    metrics = {
        key: partial(value, metric=metric)
        for key, metric in standard.scale.metrics.items()
        if name == ALL or key == standard.scale.primary
    }
    rows = np.arange(len(places))  # each a prediction by itself
    for key, drawn in standard.resample(metrics, rows, standard.times, standard.seed).items():
        if np.isfinite(drawn).all():
            yield summary(key, name, metrics[key](rows), drawn, len(rows), standard), drawn


def summary(
    metric: str,
    group: str,
    value: float,
    drawn: np.ndarray,
    rows: int,
    standard: Standard,
    estimated: bool = False,
) -> Quality:
    """Return a metric with the 2.5 and 97.5 percentiles of its resamples, and its baseline."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    baseline = _baseline(standard.verdict, metric, group)
    return Quality(metric, group, estimated, value, float(low), float(high), baseline, rows)


def _baseline(verdict: Verdict | None, metric: str, group: str) -> float | None:
    if verdict is None:
        return None
    if group == ALL:
        return verdict.metrics[metric].value if metric in verdict.metrics else None
    part = _slice(verdict, group)
    return float(part["value"]) if part else None


def _slice(verdict: Verdict, group: str) -> dict[str, float | str | int] | None:
    return next((part for part in verdict.slices if part["name"] == group), None)


def _p_good_enough(one: Quality, baseline: float, drawn: np.ndarray, standard: Standard) -> float:
    """Return the p-value that no more was lost than allowed; the baseline is uncertain too."""
    gain = standard.scale.gain
    own = float(np.std([gain(value, baseline) for value in drawn]))
    known = gain(baseline + _error_of_baseline(one, drawn, standard.verdict), baseline)
    left = gain(one.value, baseline) + standard.max_loss
    return float(norm.cdf(left / max(np.hypot(own, known), TINY)))


def _error_of_baseline(one: Quality, drawn: np.ndarray, verdict: Verdict | None) -> float:
    """Return its standard error; of a slice by its rows, each as uncertain as those of now."""
    if verdict and one.slice == ALL:
        interval = verdict.metrics[one.metric]
        return (interval.high - interval.low) / WIDTH
    part = _slice(verdict, one.slice) if verdict else None
    return float(np.std(drawn) * np.sqrt(one.rows / float(part["rows"]))) if part else 0.0
