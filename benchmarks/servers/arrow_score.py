"""The champion's scores of an Arrow table, for the frameworks that hand such tables around."""

# mypy: ignore-errors
import os
from functools import cache
from pathlib import Path

import pyarrow as pa
from churn.features import input_columns
from churn.registry.bundle import read


@cache
def bundle():
    """Return the Bundle, once in each process."""
    return read(Path(os.environ["BUNDLE"]))


def names():
    """Return the columns that a score needs."""
    return [column.name for column in input_columns()]


def scored(table):
    """Return a table of scores."""
    columns = {column.name: _column(table[column.name], column.kind) for column in input_columns()}
    return pa.table({"score": bundle().score(columns)})


def _column(values, kind):
    return (values.fill_null("") if kind is str else values).to_numpy()
