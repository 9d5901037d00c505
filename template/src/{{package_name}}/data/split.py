"""Cut the data by time: the one place where the Label leaves the Input."""

from dataclasses import dataclass

import pandas as pd

from ..errors import StageError
from ..features import conform, label_column
from ..problem import schema


@dataclass(frozen=True)
class Part:
    """Inputs (n, Input columns) apart from labels (n, label + entity + event time)."""

    inputs: pd.DataFrame
    labels: pd.DataFrame


def split(examples: pd.DataFrame, test_share: float) -> dict[str, Part]:
    """Return the parts `train` and `test`: no test example is older than a training one."""
    ordered = examples.sort_values([schema.EVENT_TIME, schema.ENTITY], kind="stable")
    times = ordered[schema.EVENT_TIME]
    cut = times.iloc[int(len(ordered) * (1 - test_share))]
    rows = {"train": ordered[times < cut], "test": ordered[times >= cut]}
    for name, part in rows.items():
        _check_part(name, part)
    _check_entities(rows["train"], rows["test"])
    return {name: _apart(part) for name, part in rows.items()}


def _apart(rows: pd.DataFrame) -> Part:
    labels = rows[[label_column().name, schema.ENTITY, schema.EVENT_TIME]]
    return Part(conform(rows).reset_index(drop=True), labels.reset_index(drop=True))


def _check_part(name: str, rows: pd.DataFrame) -> None:
    if rows.empty:
        raise StageError(
            f"The {name} part is empty: {schema.EVENT_TIME} needs more than one value, "
            "or change data.test_share in config/."
        )
    if schema.TASK == "classification" and rows[label_column().name].nunique() < 2:
        raise StageError(
            f"The {name} part has one class only: bring examples of both, "
            "or change data.test_share in config/."
        )


def _check_entities(train: pd.DataFrame, test: pd.DataFrame) -> None:
    shared = sorted(set(train[schema.ENTITY]) & set(test[schema.ENTITY]))
    if shared:
        raise StageError(
            f"{len(shared)} values of {schema.ENTITY} are in both training and test "
            f"({', '.join(map(str, shared[:3]))}): give each example its own, "
            "or the test would praise what the model has seen."
        )
