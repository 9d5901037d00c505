"""Two samples, one question: is this another distribution? Pure functions over counts.

Counts are (cells,) arrays of the same cells for both samples: a sample of a million rows takes no
more memory than a small one, and is compared in no more time.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2_contingency, kstwo, norm

Counts = np.ndarray  # (cells,) whole numbers
SMOOTHING = 0.5  # of a row in each cell: an empty one would make a logarithm infinite
MIN_EXPECTED = 5.0  # rows of a category in the smaller sample; rarer ones are taken together


def ks(reference: Counts, window: Counts) -> tuple[float, float]:
    """Return the two-sample Kolmogorov-Smirnov statistic, and its asymptotic p-value.

    The cells are ordered. The statistic is exact if each value of the reference is a cell of its
    own, and so is each gap between two: within a gap the larger of the two ends is at an end.
    """
    n, m = reference.sum(), window.sum()
    gaps = np.cumsum(reference) / n - np.cumsum(window) / m
    statistic = float(np.abs(gaps).max())
    return statistic, float(np.clip(kstwo.sf(statistic, np.round(n * m / (n + m))), 0, 1))


def psi(reference: Counts, window: Counts) -> float:
    """Return the population stability index, less what chance alone is expected to add to it."""
    p, q = _shares(reference, window)
    return float(np.sum((p - q) * np.log(p / q))) - _chance(reference, window)


def jensen_shannon(reference: Counts, window: Counts) -> float:
    """Return the Jensen-Shannon distance, its divergence less what chance adds; 0 at least."""
    p, q = _shares(reference, window)
    middle = (p + q) / 2
    divergence = np.sum(p * np.log(p / middle) + q * np.log(q / middle)) / 2
    return float(np.sqrt(max(0.0, divergence - _chance(reference, window) / 8)))


def chi_squared(reference: Counts, window: Counts) -> float:
    """Return the p-value that both samples are of one distribution of categories."""
    table = np.stack([reference, window])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 1.0
    return float(chi2_contingency(table, correction=False).pvalue)


def gather_rare(reference: Counts, window: Counts) -> np.ndarray:
    """Return which categories (cells,) are too rare to be tested by themselves.

    Only the sum of both samples decides, so that the choice favours neither of them.
    """
    both = reference + window
    smaller = min(reference.sum(), window.sum()) / max(both.sum(), 1)
    return np.asarray(both * smaller < MIN_EXPECTED)


def benjamini_hochberg(p_values: Sequence[float]) -> np.ndarray:
    """Return (n,) q-values: the share of false alarms among all, if one alarms up to there."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)[::-1]
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    q = np.empty_like(p)
    q[order] = np.minimum(1.0, np.minimum.accumulate(scaled))
    return q


def auc_with_p_value(truths: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Return the area under the ROC curve, and the one-sided p-value that it is 0.5 (Mann-Whitney).

    `truths` and `scores` are (n,); ties count half, and make the variance smaller.
    """
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    yes = int(truths.sum())
    no = len(truths) - yes
    area = float((ranks[truths > 0].sum() - yes * (yes + 1) / 2) / (yes * no))
    n = yes + no
    ties = float(np.sum(counts.astype(np.float64) ** 3 - counts)) / (n * (n - 1))
    spread = np.sqrt((n + 1 - ties) / (12 * yes * no))
    return area, float(norm.sf((area - 0.5) / spread)) if spread > 0 else 1.0


def _shares(reference: Counts, window: Counts) -> tuple[np.ndarray, np.ndarray]:
    used = reference + window > 0
    p, q = reference[used] + SMOOTHING, window[used] + SMOOTHING
    return p / p.sum(), q / q.sum()


def _chance(reference: Counts, window: Counts) -> float:
    """Return the index that two samples of one distribution are expected to have."""
    cells = int(np.sum(reference + window > 0))
    return float((cells - 1) * (1 / reference.sum() + 1 / window.sum()))
