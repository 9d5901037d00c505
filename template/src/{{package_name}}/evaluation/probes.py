"""Where a model may fail though its average is good: in a group, or by knowing the label."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ..config import EvaluationSettings
from ..features import input_columns
from ..features.frames import Split
from ..problem import schema
from .compare import Rival, holm, paired_gain, resample
from .metrics import Scale, roc_auc

PAIRED = 4  # the best single columns are also tried two by two


@dataclass(frozen=True)
class Slice:
    """One group: its primary metric, its gain over the rival, and how surely it is worse."""

    name: str
    rows: int
    value: float
    rival_value: float
    p_worse: float  # below 0.05: surely worse than allowed. Holm-corrected


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


def leaks(train: Split, test: Split) -> dict[str, float]:
    """Return how well one or two columns alone predict the label, best first.

    The figure is ROC AUC folded to 0.5..1, or R2 clipped to 0..1.
    """
    names = [column.name for column in input_columns() if column.name != schema.BASELINE]
    train_codes, test_codes = _codes(train.inputs, train.inputs), _codes(train.inputs, test.inputs)

    def power(columns: list[str]) -> float:
        return _power(train_codes[columns], train.labels, test_codes[columns], test.labels)

    found = {name: power([name]) for name in names}
    best = sorted(found, key=lambda name: -found[name])[:PAIRED]
    found |= {f"{a} + {b}": power([a, b]) for a, b in combinations(best, 2)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _codes(known: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Return all columns as numbers; text by its rank in the training part."""
    codes = {}
    for column in input_columns():
        values = frame[column.name]
        if column.kind is str:
            ranks = {
                text: rank for rank, text in enumerate(sorted(known[column.name].dropna().unique()))
            }
            values = values.map(ranks)
        codes[column.name] = values.astype("float64").fillna(-1.0)
    return pd.DataFrame(codes)


def _power(
    train_codes: pd.DataFrame, labels: np.ndarray, test_codes: pd.DataFrame, truths: np.ndarray
) -> float:
    if schema.TASK == "classification":
        tree = DecisionTreeClassifier(max_depth=8, min_samples_leaf=20, random_state=0)
        scores = tree.fit(train_codes, labels).predict_proba(test_codes)[:, 1]
        area = roc_auc(truths, scores)
        return max(area, 1 - area)
    tree = DecisionTreeRegressor(max_depth=8, min_samples_leaf=20, random_state=0)
    errors = truths - tree.fit(train_codes, labels).predict(test_codes)
    return float(np.clip(1 - np.var(errors) / max(np.var(truths), 1e-12), 0, 1))
