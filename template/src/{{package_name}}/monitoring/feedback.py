"""Predictions whose labels have come, as examples to learn from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Select, select

from ..config import Settings
from ..features import Column, input_columns, label_column, schema_hash
from ..problem import schema
from . import MonitoringSettings
from .database import connect, transaction
from .database.answered import ROLES, latest_labels
from .database.tables import predictions
from .store import is_missing

CHUNK = 5_000  # rows that are held as objects at once


def fresh(_: Settings, options: MonitoringSettings) -> pd.DataFrame:
    """Return the examples that the log of predictions holds."""
    return examples(options.log_url)


def examples(url: str) -> pd.DataFrame:
    """Return raw examples of the schema that is now: Input, Label, entity, event time in UTC.

    (labelled predictions, columns), the oldest first; none while there is no log. What an answer
    was about is not logged: each prediction is an entity of its own.
    """
    frames = [_frame([])]
    if not is_missing(url):
        with transaction(connect(url)) as connection:
            found = connection.execution_options(yield_per=CHUNK).execute(_labelled())
            frames += [_frame(rows) for rows in found.partitions()]
    return pd.concat(frames[1:] or frames, ignore_index=True)


def _labelled() -> Select[Any]:
    told = latest_labels()
    return (
        select(predictions.c.id, predictions.c.occurred_at, predictions.c.input, told.c.value)
        .join(told, told.c.prediction_id == predictions.c.id)
        .where(predictions.c.role.in_(ROLES), predictions.c.schema_hash == schema_hash())
        .order_by(predictions.c.id)
    )


def _frame(rows: Sequence[Any]) -> pd.DataFrame:
    columns = {column.name: _values(column, rows) for column in input_columns()}
    values = np.array([row.value for row in rows], dtype=np.float64)
    times = pd.to_datetime([row.occurred_at for row in rows], utc=True)
    keys = {
        label_column().name: values.astype(label_column().dtype),
        schema.ENTITY: pd.array([row.id for row in rows], dtype="str"),
        schema.EVENT_TIME: times.tz_localize(None).as_unit("us"),
    }
    return pd.DataFrame(columns | keys)


def _values(column: Column, rows: Sequence[Any]) -> Any:
    found = [row.input.get(column.name) for row in rows]
    return pd.array(found, dtype="str") if column.kind is str else column.array(found)
