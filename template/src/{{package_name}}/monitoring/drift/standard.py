"""What quality is measured by: the metrics of evaluation, which wiring/ brings along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...registry import Verdict

Metric = Callable[[np.ndarray, np.ndarray], float]  # (n,) truths and (n,) scores to a figure
Statistic = Callable[[np.ndarray], float]  # (m,) row numbers to a figure
Resample = Callable[[Mapping[str, Statistic], np.ndarray, int, int], Mapping[str, np.ndarray]]


class Scale(Protocol):
    """The metrics of the task and the one that decides."""

    @property
    def primary(self) -> str:
        """Return the metric that decides."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Return all of them by name."""

    def gain(self, new: float, old: float) -> float:
        """Return by how much `new` is better."""


@dataclass(frozen=True)
class Yardstick:
    """How evaluation measures: its metrics at a threshold, and its resampling."""

    scale: Callable[[float], Scale]
    resample: Resample


@dataclass(frozen=True)
class Standard:
    """The metrics, what they were on the test part, and what may be lost of that."""

    scale: Scale
    resample: Resample
    verdict: Verdict | None
    min_slice_rows: int
    max_loss: float
    max_q: float
    times: int  # resamples behind each interval
    seed: int


@dataclass(frozen=True)
class Quality:
    """One metric in one slice: a row of quality_results."""

    metric: str
    slice: str
    estimated: bool
    value: float
    low: float
    high: float
    baseline: float | None
    rows: int
    regressed: bool = False
