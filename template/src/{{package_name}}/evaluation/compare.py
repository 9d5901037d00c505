"""Two models on the same rows: the paired bootstrap and McNemar's exact test."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from ..features.prepared import Split
from ..registry.verdict import Interval
from .bootstrap import Statistic, interval, resample
from .metrics import Scale


@dataclass(frozen=True)
class Rival:
    """Another model's (n,) scores on the test part, and who it is."""

    name: str
    scores: np.ndarray


def paired_gain(scale: Scale, truths: np.ndarray, new: np.ndarray, old: np.ndarray) -> Statistic:
    """Return a statistic: by how much `new` is better than `old` on given rows."""
    metric = scale.metrics[scale.primary]
    return lambda rows: scale.gain(metric(truths[rows], new[rows]), metric(truths[rows], old[rows]))


def gain_over(
    scale: Scale, test: Split, new: np.ndarray, rival: Rival, times: int, seed: int
) -> Interval:
    """Return the gain over a rival with its 95 % interval, rows paired, entities clustered."""
    gain = paired_gain(scale, test.labels, new, rival.scores)
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
