"""Training/serving skew: do logged rows get the same scores from the pipeline of training?"""

from dataclasses import dataclass

import numpy as np

from ...problem import schema
from ...registry import sklearn_runtime
from ...registry.bundle import Bundle
from .rows import to_columns
from .window import Chunk


@dataclass(frozen=True)
class Skew:
    """How many predictions were replayed, and how many came out otherwise."""

    rows: int
    mismatches: int


def replay(bundle: Bundle, served: Chunk, tolerance: float, spread: float) -> Skew:
    """Score logged inputs by the fitted pipeline, and compare with what was answered.

    `tolerance` is of a probability, or of the `spread` of the values.
    """
    again = sklearn_runtime.load(bundle.path)(to_columns(served.inputs))
    gaps = np.abs(again - served.scores)
    allowed = tolerance * (spread if schema.TASK == "regression" and spread > 0 else 1.0)
    wrong = int(np.sum(~(gaps <= allowed)))  # NaN is a difference too
    return Skew(len(gaps), wrong)
