"""The model must hold up in each group that problem/schema.py names, not only on the whole."""

from dataclasses import dataclass

import numpy as np

from ..config import EvaluationSettings
from ..features.prepared import Split
from ..problem import schema
from .compare import Rival, holm, paired_gain, resample
from .metrics import Scale


@dataclass(frozen=True)
class Slice:
    """One group: its primary metric, its gain over the rival, and how surely it is worse."""

    name: str
    rows: int
    value: float
    rival_value: float
    p_worse: float  # that the loss to the rival is beyond what is allowed, Holm-corrected


def slices(
    scale: Scale,
    test: Split,
    scores: np.ndarray,
    rival: Rival,
    settings: EvaluationSettings,
    seed: int,
) -> list[Slice]:
    """Return every group with enough rows, compared with the rival inside the group."""
    groups = _groups(test, settings.min_slice_rows)
    metric = scale.metrics[scale.primary]
    raw = {
        name: _p_worse(scale, test, scores, rival, rows, settings, seed)
        for name, rows in groups.items()
    }
    adjusted = holm(raw)
    return [
        Slice(
            name,
            len(rows),
            metric(test.labels[rows], scores[rows]),
            metric(test.labels[rows], rival.scores[rows]),
            adjusted[name],
        )
        for name, rows in groups.items()
    ]


def _groups(test: Split, min_rows: int) -> dict[str, np.ndarray]:
    groups = {}
    for column in schema.SLICES:
        for value, rows in test.inputs.groupby(column, observed=True).indices.items():
            if len(rows) >= min_rows and len(np.unique(test.labels[rows])) > 1:
                groups[f"{column} = {value}"] = np.asarray(rows)
    return groups


def _p_worse(
    scale: Scale,
    test: Split,
    scores: np.ndarray,
    rival: Rival,
    rows: np.ndarray,
    settings: EvaluationSettings,
    seed: int,
) -> float:
    """Return the share of resamples in which the slice is not worse than allowed."""
    gain = paired_gain(scale, test.labels[rows], scores[rows], rival.scores[rows])
    drawn = resample({"gain": gain}, test.entities[rows], settings.bootstrap, seed)["gain"]
    return float(np.mean(np.nan_to_num(drawn) > -settings.max_slice_drop))
