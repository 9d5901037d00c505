"""Columns as counts: what is kept of a window, however many rows it has."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...features.frames import single
from . import statistics

BINS = 10  # of equal mass in the reference
CATEGORIES = 10_000  # that are remembered by name
SHOWN = 12  # categories on the page
MISSING, REST = "missing", "others"


@dataclass(frozen=True)
class Bin:
    """One bar of the page: a range or a category, and the share of rows that are in it."""

    name: str
    reference: float
    window: float


@dataclass(frozen=True)
class Difference:
    """By how much two samples of a column differ, and how easily chance does that."""

    method: str
    value: float
    p_value: float
    bins: list[Bin]


class Tally(Protocol):
    """The counts of one column, of the reference and of a window."""

    def add(self, values: np.ndarray) -> None:
        """Count values of the window: (n,) float64 with NaN, or (n,) texts."""

    def difference(self) -> Difference:
        """Compare what was counted with the reference."""


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
        return Difference("psi", value, p_value, _bins(self._names(), reference, window))

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


class Categories:
    """Counts by category; of very many, the rarest are counted together."""

    def __init__(self, reference: Mapping[str, int]) -> None:
        self._reference, self._window = Counter(reference), Counter[str]()
        self._rest = 0

    def add(self, counts: Mapping[str, int]) -> None:
        """Count categories of the window."""
        self._window.update(counts)
        if len(self._window) > 2 * CATEGORIES:
            kept = Counter(dict(self._window.most_common(CATEGORIES)))
            self._rest += self._window.total() - kept.total()
            self._window = kept

    def difference(self) -> Difference:
        """Compare by a chi-squared test; the effect is the Jensen-Shannon distance."""
        names, reference, window = self._cells()
        p_value = statistics.chi_squared(reference, window)
        value = statistics.jensen_shannon(reference, window)
        shown = _bins(names, reference, window)
        head, tail = shown[:SHOWN], shown[SHOWN:]
        if tail:
            rest = Bin(REST, sum(b.reference for b in tail), sum(b.window for b in tail))
            head.append(rest)
        return Difference("js", value, p_value, head)

    def _cells(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Return names and counts, the most frequent first and the rare ones as one."""
        both = self._reference + self._window
        names = [name for name, _ in both.most_common()]
        reference, window = (
            np.array([counts[name] for name in names] + [rest], dtype=np.int64)
            for counts, rest in ((self._reference, 0), (self._window, self._rest))
        )
        rare = statistics.gather_rare(reference, window)
        rare[-1] = True
        kept = [name or MISSING for name, few in zip(names, rare[:-1], strict=True) if not few]
        old, new = (np.append(counts[~rare], counts[rare].sum()) for counts in (reference, window))
        return [*kept, REST], old, new


def _bins(names: list[str], reference: np.ndarray, window: np.ndarray) -> list[Bin]:
    shares = (reference / max(reference.sum(), 1), window / max(window.sum(), 1))
    found = map(Bin, names, *(share.tolist() for share in shares))
    return [one for one in found if one.reference or one.window]
