"""How a column of the window differs from that of the reference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import MISSING, statistics


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


def make_bins(names: list[str], reference: np.ndarray, window: np.ndarray) -> list[Bin]:
    """Return the cells that are not empty in both samples, from counts (cells,)."""
    shares = (reference / max(reference.sum(), 1), window / max(window.sum(), 1))
    found = map(Bin, names, *(share.tolist() for share in shares))
    return [one for one in found if one.reference or one.window]


def of_missing(missing: Sequence[int], rows: Sequence[int]) -> Difference:
    """Return by how much the share of missing values rose; both are of reference and window."""
    pairs = list(zip(missing, rows, strict=True))
    before, now = (few / max(all_, 1) for few, all_ in pairs)
    p_value = statistics.chi_squared(*(np.array([few, all_ - few]) for few, all_ in pairs))
    return Difference(MISSING, now - before, p_value, [])
