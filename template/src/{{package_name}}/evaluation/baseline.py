"""The simple models that a challenger has to beat, and the columns that are too good to be true."""

from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ..features.frame import input_columns
from ..features.prepared import Split
from ..problem import schema
from .metrics import roc_auc

PAIRED = 4  # the best single columns are also tried two by two


def baseline_scores(train: Split, test: Split) -> np.ndarray:
    """Return (n,) scores of the naive forecast: the BASELINE column, or a constant."""
    if schema.BASELINE is not None:
        naive = test.inputs[schema.BASELINE].to_numpy(dtype=np.float64)
        return np.asarray(np.nan_to_num(naive, nan=float(np.mean(train.labels))))
    if schema.TASK == "classification":
        dummy = DummyClassifier(strategy="prior").fit(train.inputs, train.labels)
        return np.asarray(dummy.predict_proba(test.inputs)[:, 1])
    return np.asarray(
        DummyRegressor(strategy="mean").fit(train.inputs, train.labels).predict(test.inputs)
    )


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
