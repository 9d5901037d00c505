"""Typed frames: of columns, and of the prepared data set that the data stage leaves on disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import StageError
from ..problem import schema
from . import Column, Columns, input_columns, input_names, label_column, schema_hash

LABELS: dict[str, tuple[type, ...]] = {"classification": (bool,), "regression": (float, int)}
FILE = "prepared.json"
Part = Literal["train", "test"]


class Prepared(BaseModel):
    """Which data set is current, and the facts of how it was cut."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str  # SHA-256 of the snapshot it was made from
    schema_hash: str
    folder: str  # beside this file
    cut: str  # event time at which the test part begins, ISO 8601
    rows: dict[str, int]


@dataclass(frozen=True)
class Split:
    """One part of the data: inputs (n, Input columns), and row by row what belongs to them."""

    inputs: pd.DataFrame
    labels: np.ndarray  # (n,) float64; a class is 0 or 1
    entities: np.ndarray  # (n,)
    times: pd.Series  # (n,) event times, ascending


def conform(columns: Columns) -> pd.DataFrame:
    """Return the Input columns alone, in order and typed; a missing text is the empty text."""
    frame = pd.DataFrame({name: columns[name] for name in input_names()})
    typed = frame.astype({column.name: column.dtype for column in input_columns()})
    texts = [column.name for column in input_columns() if column.kind is str]
    return typed.fillna(dict.fromkeys(texts, ""))


def single(features: Any) -> Any:
    """Return (n, features) rounded to single precision, still as float64.

    Noise in the last bits of a value decides nothing then, and any runtime can follow.
    """
    return features.astype(np.float32).astype(np.float64)


def to_rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return JSON-ready rows of an Input frame: None for missing, as a client would send them."""
    columns = {
        column.name: [_plain(column, value) for value in frame[column.name]]
        for column in input_columns()
    }
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _plain(column: Column, value: Any) -> object:
    missing = pd.isna(value) or (column.kind is str and column.nullable and value == "")
    return None if missing else column.kind(value)


def check_schema() -> None:
    """Raise StageError unless the parts of problem/schema.py fit one another."""
    label, numbers = label_column(), {c.name for c in input_columns() if c.kind in (float, int)}
    if schema.TASK not in LABELS:
        fault = f"TASK is {schema.TASK!r}: choose one of {', '.join(LABELS)}"
    elif label.kind not in LABELS[schema.TASK] or label.nullable:
        kinds = " or ".join(kind.__name__ for kind in LABELS[schema.TASK])
        fault = f"{label.name} is what {schema.TASK} predicts: make it a {kinds}, never None"
    elif wrong := sorted({*schema.SLICES} - {*input_names()}):
        fault = f"SLICES has {', '.join(wrong)}: name columns of Input"
    elif schema.BASELINE is not None and schema.BASELINE not in numbers:
        fault = f"BASELINE is {schema.BASELINE}: name a number of Input, or None"
    elif kept := sorted({schema.ENTITY, schema.EVENT_TIME} & {label.name, *input_names()}):
        fault = f"{', '.join(kept)} is ENTITY or EVENT_TIME: take it out of Input and Label"
    else:
        return
    raise StageError(f"In problem/schema.py {fault}.")


def read_prepared(folder: Path) -> Prepared:
    """Return the current data set's facts; raises StageError when it has to be made first."""
    check_schema()
    try:
        prepared = Prepared.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise StageError(f"There is no prepared data in {folder}: run the data stage.") from error
    if prepared.schema_hash != schema_hash():
        raise StageError("problem/schema.py changed since the data stage: run it again.")
    return prepared


def read_split(folder: Path, part: Part) -> Split:
    """Return one part in time order; raises StageError when its files are missing or broken."""
    home = folder / read_prepared(folder).folder / part
    try:
        inputs = pd.read_parquet(home / "inputs.parquet")
        labels = pd.read_parquet(home / "labels.parquet")
        return Split(
            inputs=conform(inputs),
            labels=labels[label_column().name].to_numpy(dtype=np.float64),
            entities=labels[schema.ENTITY].to_numpy(),
            times=labels[schema.EVENT_TIME],
        )
    except (OSError, ValueError, KeyError) as error:  # KeyError: other keys in the schema now
        raise StageError(f"{home} cannot be read: run the data stage again.") from error
