"""Rows of JSON as typed columns, a whole chunk at a time."""

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from ...features import Column, Row, input_columns

ARROW = {float: pa.float64(), int: pa.float64(), bool: pa.bool_(), str: pa.string()}


def parse(rows: Sequence[str]) -> pa.Table:
    """Return the Input columns of rows of JSON; numbers are float64, missing is null."""
    content = "\n".join(rows).encode()
    return pj.read_json(
        BytesIO(content),
        pj.ReadOptions(block_size=len(content) + 1),
        pj.ParseOptions(
            explicit_schema=pa.schema([(c.name, ARROW[c.kind]) for c in input_columns()]),
            unexpected_field_behavior="ignore",
        ),
    )


def from_rows(rows: Sequence[Row]) -> pa.Table:
    """Return the same of rows that are objects still."""
    return parse([json.dumps(row) for row in rows])


def numbers(table: pa.Table, name: str) -> np.ndarray:
    """Return a column of numbers, (rows,) float64; missing is NaN."""
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def texts(table: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a column as texts; missing is the empty one."""
    return pc.fill_null(pc.cast(table[name], pa.string()), "")


def categories(table: pa.Table, name: str) -> dict[str, int]:
    """Return how often each text of a column occurs."""
    found = pc.value_counts(texts(table, name).combine_chunks())
    return dict(zip(*(found.field(i).to_pylist() for i in (0, 1)), strict=True))


def is_number(column: Column) -> bool:
    """Tell whether a column has an order: all but texts and truths."""
    return column.kind in (int, float)


def to_columns(table: pa.Table) -> dict[str, np.ndarray]:
    """Return the columns as a model reads them: see features.to_columns."""
    return {column.name: _model_values(table, column) for column in input_columns()}


def _model_values(table: pa.Table, column: Column) -> np.ndarray:
    if is_number(column):
        return numbers(table, column.name).astype(column.dtype)
    values: list[Any] = table[column.name].to_pylist()
    return column.array(values)
