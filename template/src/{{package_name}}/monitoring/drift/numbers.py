"""A column of numbers as counts: what is kept of a window, however many rows it has."""

import numpy as np

from ...features.frames import single
from . import MISSING, statistics
from .difference import Difference, make_bins, of_missing

BINS = 10  # of equal mass in the reference


class Numbers:
    """Counts at each value of the reference, and between them; missing ones are below all.

    In single precision: clients send the last bits of a number as they like, and a model is told no
    more of it either.
    """

    def __init__(self, reference: np.ndarray) -> None:
        known = single(reference[~np.isnan(reference)])
        self._grid = np.unique(known)
        self._reference = self._count(reference)
        self._window = np.zeros_like(self._reference)
        self._cuts = self._choose_cuts(known)

    def add(self, values: np.ndarray) -> None:
        """Count values of the window, (n,) float64."""
        self._window += self._count(values)

    def difference(self) -> Difference:
        """Compare by Kolmogorov and Smirnov's test; the effect is the population stability."""
        _, p_value = statistics.ks(self._reference, self._window)
        reference, window = (
            np.add.reduceat(counts, [0, *self._cuts]) for counts in (self._reference, self._window)
        )
        value = statistics.psi(reference, window)
        return Difference("psi", value, p_value, make_bins(self._names(), reference, window))

    def missing(self) -> Difference:
        """Compare how often a value is missing."""
        both = (self._reference, self._window)
        return of_missing([int(one[0]) for one in both], [int(one.sum()) for one in both])

    def _count(self, values: np.ndarray) -> np.ndarray:
        """Return (2 values + 2,): missing, below the first value, at it, above it, and so on."""
        known = single(values[~np.isnan(values)])
        if not len(self._grid):
            return np.array([len(values) - len(known), len(known)])
        places = np.searchsorted(self._grid, known)
        at = self._grid[np.minimum(places, len(self._grid) - 1)] == known
        cells = np.bincount(2 * places + at, minlength=2 * len(self._grid) + 1)
        return np.concatenate([[len(values) - len(known)], cells])

    def _choose_cuts(self, known: np.ndarray) -> list[int]:
        """Return the cells at which a bin begins: deciles, and a value that is a bin by itself."""
        cuts = {1}  # after the missing ones
        if len(known):
            shares = np.arange(1, BINS) / BINS
            for edge in np.unique(np.quantile(known, shares, method="inverted_cdf")):
                at = 2 + 2 * int(np.searchsorted(self._grid, edge))
                cuts.add(at + 1)
                if self._reference[at] >= len(known) / BINS:
                    cuts.add(at)
        return sorted(cut for cut in cuts if cut < len(self._reference))

    def _names(self) -> list[str]:
        ends = [*self._cuts[1:], len(self._reference)]
        return [MISSING, *map(self._name, self._cuts, ends)]

    def _name(self, start: int, end: int) -> str:
        """Return the range of the cells from `start` to before `end`, in words."""
        low = f"above {self._grid[(start - 3) // 2]:.4g}" if start >= 3 else ""
        high = ""
        if end < len(self._reference):
            high = f"{'up to' if end % 2 else 'below'} {self._grid[end // 2 - 1]:.4g}"
        if end - start == 1 and start % 2 == 0:
            return f"{self._grid[start // 2 - 1]:.4g}"
        return ", ".join(filter(None, [low, high])) or "any"
