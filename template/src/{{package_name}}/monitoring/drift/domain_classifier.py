"""All columns together: can a model tell the window from the reference?"""

import numpy as np
import pyarrow as pa
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from ...features import Column, input_columns
from ...features.frames import single
from . import rows, statistics
from .difference import Difference

FOLDS, MIN_COUNT = 3, 20  # a rarer category would be memorised


def domain_classifier(reference: pa.Table, window: pa.Table, seed: int) -> Difference:
    """Return how well rows that it did not see are told apart: 0.5 is by chance, 1 is surely.

    What no single column shows, such as a change of how two go together, shows here.
    """
    truths = np.repeat([0, 1], [len(reference), len(window)])
    both = pa.concat_tables([reference, window])
    features = np.column_stack([_codes(both, column) for column in input_columns()])
    judge = HistGradientBoostingClassifier(max_iter=50, max_leaf_nodes=8, random_state=seed)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    guesses = cross_val_predict(judge, features, truths, cv=folds, method="predict_proba")
    area, p_value = statistics.auc_with_p_value(truths, guesses[:, 1])
    return Difference("auc", area, p_value, [])


def _codes(table: pa.Table, column: Column) -> np.ndarray:
    """Return a column as numbers; a text is its place by frequency in both samples."""
    if rows.is_number(column):
        return _below(single(rows.numbers(table, column.name)))
    values = np.asarray(rows.texts(table, column.name).to_pylist(), dtype=object)
    names, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    codes = np.where(counts < MIN_COUNT, len(names), np.argsort(np.argsort(-counts)))
    return np.asarray(codes[places], dtype=np.float64)


def _below(values: np.ndarray) -> np.ndarray:
    """Return the values with missing ones below all others, if there are any."""
    known = values[~np.isnan(values)]
    lowest = float(known.min(initial=0.0))
    return np.where(np.isnan(values), lowest - max(1.0, abs(lowest)), values)
