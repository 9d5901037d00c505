"""Evidently's default distance of a column of numbers, for references of more than 1,000 rows."""

# mypy: ignore-errors
import numpy as np
from scipy.stats import wasserstein_distance

LEAST = 0.1  # that is called drift


def drifted(reference: np.ndarray, now: np.ndarray) -> bool:
    """Tell whether a column has drifted, by the Wasserstein distance in standard deviations."""
    return bool(wasserstein_distance(reference, now) / max(np.std(reference), 0.001) >= LEAST)
