"""How good the answers will turn out to be, before any label came."""

import numpy as np

from ...problem import schema
from . import ALL
from .quality import summary
from .standard import Quality, Standard

ASSUMED = "calibration_error"  # is none, where scores are taken at their word
ROWS = 10_000


def estimated(scores: np.ndarray, standard: Standard) -> list[Quality]:
    """Return what the metrics will be if scores are the probabilities that they are said to be.

    That is confidence-based performance estimation, with truths drawn as the scores have it. What
    a regression answers says nothing of its errors: nothing is returned then.
    """
    if schema.TASK != "classification":
        return []
    rng = np.random.default_rng(standard.seed)
    metrics = {name: it for name, it in standard.scale.metrics.items() if name != ASSUMED}
    drawn = []
    for _ in range(standard.times):
        some = scores[rng.integers(0, len(scores), min(len(scores), ROWS))]
        truths = (rng.random(len(some)) < some).astype(np.float64)
        drawn.append([metric(truths, some) for metric in metrics.values()])
    values = dict(zip(metrics, np.array(drawn).T, strict=True))
    return [
        summary(name, ALL, float(found.mean()), found, len(scores), standard, True)
        for name, found in values.items()
        if np.isfinite(found).all()
    ]
