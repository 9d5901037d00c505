"""How the model fares as it grows older: the test part begins where training ended."""

import numpy as np

from ...features.frames import Split
from ...problem import schema
from ...registry import Gate
from .. import Evidence
from ..compare import gain_over

AGES, FEW = 4, 10  # parts of the test part by age; too few examples to judge one by


def ages_well(evidence: Evidence) -> Gate:
    """Refuse a model that at the end of the test part is surely no better than the baseline."""
    name, metric = evidence.scale.primary, evidence.scale.metrics[evidence.scale.primary]
    parts = np.array_split(np.arange(len(evidence.test.labels)), AGES)
    known = [rows for rows in parts if _can_be_judged(evidence.test.labels[rows])]
    curve = [metric(evidence.test.labels[rows], evidence.scores[rows]) for rows in known]
    told = ", ".join(f"{value:.3f}" for value in curve)
    if not known:
        return Gate(name="ages_well", passed=True, reason=f"{name} cannot be told by age.")
    oldest, times = known[-1], evidence.settings.evaluation.bootstrap
    ours, naive = evidence.scores[oldest], evidence.baseline.scores[oldest]
    part, seed = _of(evidence.test, oldest), evidence.settings.seed
    gain = gain_over(evidence.scale, part, ours, naive, times, seed)
    return Gate(
        name="ages_well",
        passed=gain.high > 0,
        reason=f"{name} in the test part as time goes on: {told}; at its end the gain over the "
        f"baseline is {gain.value:.4f} (up to {gain.high:.4f}, which has to be above 0).",
    )


def _can_be_judged(labels: np.ndarray) -> bool:
    """Tell whether there are rows, or examples of both classes, to judge by."""
    if schema.TASK == "classification":
        return bool(min(labels.sum(), len(labels) - labels.sum()) >= FEW)
    return len(labels) >= FEW


def _of(test: Split, rows: np.ndarray) -> Split:
    return Split(
        test.inputs.iloc[rows], test.labels[rows], test.entities[rows], test.times.iloc[rows]
    )
