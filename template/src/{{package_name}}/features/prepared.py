"""The prepared data set on disk: written by the data stage, read by training and evaluation."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import StageError
from ..problem import schema
from . import check_schema, conform, label_column, schema_hash

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
