"""A column of categories as counts: those that are many are known by name."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from . import MISSING, statistics
from .difference import Bin, Difference, make_bins, of_missing

NAMES = 10_000  # that are remembered
SHOWN = 12  # on the page
REST = "others"


class Categories:
    """Counts by category; of very many, the rarest are counted together."""

    def __init__(self, reference: Mapping[str, int]) -> None:
        self._reference, self._window = Counter(reference), Counter[str]()
        self._rest = 0

    def add(self, counts: Mapping[str, int]) -> None:
        """Count categories of the window."""
        self._window.update(counts)
        if len(self._window) > 2 * NAMES:
            kept = Counter(dict(self._window.most_common(NAMES)))
            self._rest += self._window.total() - kept.total()
            self._window = kept

    def difference(self) -> Difference:
        """Compare by a chi-squared test; the effect is the Jensen-Shannon distance."""
        names, reference, window = self._cells()
        p_value = statistics.chi_squared(reference, window)
        value = statistics.jensen_shannon(reference, window)
        shown = make_bins(names, reference, window)
        head, tail = shown[:SHOWN], shown[SHOWN:]
        if tail:
            rest = Bin(REST, sum(b.reference for b in tail), sum(b.window for b in tail))
            head.append(rest)
        return Difference("js", value, p_value, head)

    def missing(self) -> Difference:
        """Compare how often a value is missing, which as a text is the empty one."""
        rows = (self._reference.total(), self._window.total() + self._rest)
        return of_missing((self._reference[""], self._window[""]), rows)

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
