"""Whether the groups of a sensitive column fare alike; off until config/ names such a column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import StageError
from ...features import input_names
from ...problem import schema
from ...registry import Gate
from .. import Evidence

Group = Mapping[str, float]  # what a model does to one group, by the name of the figure


@dataclass(frozen=True)
class Fairness:
    """How far apart the groups of one column are."""

    column: str
    groups: int  # with rows enough to be judged
    gap: float  # the equalised-odds difference; in regression that of the mean errors, in sigmas
    selection_ratio: float  # the least selected group's share in that of the most; else 1


def fair(found: Sequence[Fairness], max_gap: float, min_ratio: float) -> Gate:
    """Refuse a model that treats the groups of a sensitive column too differently."""
    told = [
        f"{one.column} ({one.groups} groups) has a gap of {one.gap:.3f} and a selection ratio of "
        f"{one.selection_ratio:.2f}"
        for one in found
    ]
    return Gate(
        name="fair",
        passed=all(one.gap <= max_gap and one.selection_ratio >= min_ratio for one in found),
        reason=f"{'; '.join(told)}. Needed are two groups with enough rows, a gap of {max_gap} or "
        f"less and a ratio of {min_ratio} or more.",
    )


def disparities(evidence: Evidence, columns: Sequence[str]) -> list[Fairness]:
    """Return how far apart each column's groups are; raises StageError for an unknown column."""
    if unknown := sorted(set(columns) - set(input_names())):
        raise StageError(
            f"options.strict_gates.fairness_columns in config/ has {', '.join(unknown)}: "
            "name columns of Input."
        )
    return [_fairness(column, _groups(column, evidence)) for column in columns]


def _fairness(column: str, groups: list[Group]) -> Fairness:
    if len(groups) < 2:
        return Fairness(column, len(groups), float("inf"), 0.0)
    gaps = [_spread(groups, name) for name in groups[0] if name != "selected"]
    shares = [group.get("selected", 1.0) for group in groups]
    ratio = min(shares) / max(shares) if max(shares) > 0 else 1.0
    return Fairness(column, len(groups), max(gaps), ratio)


def _spread(groups: list[Group], name: str) -> float:
    values = [group[name] for group in groups]
    return max(values) - min(values)


def _groups(column: str, evidence: Evidence) -> list[Group]:
    """Return the figures of each group with enough rows, missing values being one of them."""
    labels, scores = evidence.test.labels, evidence.scores
    parts = evidence.test.inputs.groupby(column, observed=True, dropna=False).indices.values()
    found = []
    for rows in map(np.asarray, parts):
        if len(rows) >= evidence.settings.evaluation.min_slice_rows:
            if schema.TASK == "classification":
                said = scores[rows] >= evidence.bundle.contract.threshold
                found.append(_decided(labels[rows] > 0, said))
            else:
                found.append(_missed(labels[rows], scores[rows], float(np.std(labels))))
    return [group for group in found if all(np.isfinite(value) for value in group.values())]


def _decided(was: np.ndarray, said: np.ndarray) -> Group:
    """Return the rates of which equalised odds and demographic parity are made."""
    return {"hits": _share(said, was), "alarms": _share(said, ~was), "selected": float(said.mean())}


def _missed(truths: np.ndarray, scores: np.ndarray, spread: float) -> Group:
    """Return the mean error in standard deviations of the label: who gets too much, who less."""
    return {"error": float(np.mean(scores - truths)) / max(spread, 1e-12)}


def _share(said: np.ndarray, rows: np.ndarray) -> float:
    return float(said[rows].mean()) if rows.any() else float("nan")  # that rate is not known
