"""How a column of the window differs from that of the reference."""

from dataclasses import dataclass

import numpy as np

MISSING = "missing"


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
