"""Rows become a typed frame here, for training, evaluation, serving and drift alike."""

from collections.abc import Mapping, Sequence

import pandas as pd

from .columns import input_columns, input_names

Row = Mapping[str, object]


def to_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Return a (len(rows), Input columns) frame; a key that a row lacks is missing (NaN)."""
    names = input_names()
    return conform(pd.DataFrame([[row.get(name) for name in names] for row in rows], columns=names))


def conform(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the Input columns alone, in order, each in the dtype the schema asks for."""
    return frame[input_names()].astype({column.name: column.dtype for column in input_columns()})


def to_rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return JSON-ready rows of an Input frame: the inverse of to_frame, None for missing."""
    columns = {
        column.name: [None if pd.isna(value) else column.kind(value) for value in frame[column.name]]
        for column in input_columns()
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
