"""Check raw examples against the contract; rows that break it are set aside with reasons."""

from dataclasses import dataclass
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pydantic import ValidationError

from ..errors import StageError
from ..features import Column, Row, input_columns, label_column, only_bounds
from ..features.frames import to_rows
from ..problem import schema

NUMBERS = (Real, Decimal, np.bool_)
WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


@dataclass(frozen=True)
class Validated:
    """Rows that keep the contract, typed; and the rest as they came, with a `reason`."""

    good: pd.DataFrame
    quarantined: pd.DataFrame


def validate(raw: pd.DataFrame) -> Validated:
    """Split raw examples into typed good rows and quarantined rows with reasons."""
    typed, reasons = _typed(raw)
    clean = ~reasons.astype(bool)
    reasons = reasons + _violations(typed[clean]).reindex(raw.index, fill_value="")
    if not only_bounds():
        rows = typed[~reasons.astype(bool)]
        reasons[rows.index] = [_refusal(row) for row in to_rows(rows)]
    twice = typed[clean].duplicated().reindex(raw.index, fill_value=False)
    reasons[~reasons.astype(bool) & twice] = "the same row twice; "
    bad = reasons.astype(bool)
    good = typed[~bad].astype({column.name: column.dtype for column in _columns()})
    return Validated(good, raw[bad].assign(reason=reasons[bad].str.removesuffix("; ")))


def contract() -> pa.DataFrameSchema:
    """Return the pandera schema that problem/schema.py stands for."""
    keys = {
        schema.ENTITY: pa.Column(nullable=False),
        schema.EVENT_TIME: pa.Column("datetime64[ns]", nullable=False, coerce=True),
    }
    return pa.DataFrameSchema({column.name: _rule(column) for column in _columns()} | keys)


def _columns() -> tuple[Column, ...]:
    return (*input_columns(), label_column())


def _rule(column: Column) -> pa.Column:
    checks = []
    if column.choices:
        checks.append(pa.Check.isin(column.choices, error=f"is not one of {column.choices}"))
    for name, limit in (("ge", column.ge), ("gt", column.gt), ("le", column.le), ("lt", column.lt)):
        if limit is not None:
            checks.append(getattr(pa.Check, name)(limit, error=f"is not {WORDS[name]} {limit}"))
    if column.min_length is not None or column.max_length is not None:
        limits = (column.min_length, column.max_length)
        checks.append(pa.Check.str_length(*limits, error=f"has a length outside {limits}"))
    if column.kind is float:
        checks.append(pa.Check(lambda values: ~np.isinf(values), error="is infinite"))
    return pa.Column(checks=checks, nullable=column.nullable)


def _typed(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return each column in its type, and row by row what could not be read as that type."""
    typed, reasons = raw.copy(), pd.Series("", index=raw.index, dtype=object)
    for column in _columns():
        typed[column.name] = _read(raw[column.name], column)
        broken = typed[column.name].isna() & raw[column.name].notna()
        reasons[broken] += f"{column.name} is not a {column.kind.__name__}; "
    # In one zone, UTC, so that times of several can be compared; without a zone they are UTC.
    times = pd.to_datetime(raw[schema.EVENT_TIME], format="mixed", errors="coerce", utc=True)
    typed[schema.EVENT_TIME] = times.dt.tz_localize(None)
    reasons[times.isna() & raw[schema.EVENT_TIME].notna()] += f"{schema.EVENT_TIME} is not a time; "
    return typed, reasons


def _read(values: pd.Series, column: Column) -> pd.Series:
    """Return the values in the column's type, NaN where they are something else."""
    if column.kind is str:
        return values.where(values.map(lambda value: isinstance(value, str))).astype("str")
    if values.dtype.kind not in "iufb":  # times and texts that look like numbers are none
        values = values.astype("object")
        values = values.where(values.map(lambda value: isinstance(value, NUMBERS)).astype(bool))
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    if column.kind is int:
        return numbers.where(numbers.isna() | (numbers % 1 == 0))
    return numbers.where(numbers.isin([0, 1])) if column.kind is bool else numbers


def _violations(typed: pd.DataFrame) -> pd.Series:
    """Return the reasons of the rows that break the contract, by row."""
    try:
        contract().validate(typed, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.dropna(subset=["index"])
        texts = [
            f"{case.column} {'is missing' if case.check == 'not_nullable' else case.check}; "
            for case in cases.itertuples()
        ]
        return pd.Series(texts, index=cases["index"], dtype=object).groupby(level=0).sum()
    return pd.Series(dtype=object)


def _refusal(row: Row) -> str:
    """Return why Input refuses a row for more than types and bounds, as a service would."""
    try:
        schema.Input.model_validate(row, by_name=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        return "".join(f"{next(iter(one['loc']), 'row')}: {one['msg']}; " for one in faults)
    return ""


def check_parts(train: pd.DataFrame, test: pd.DataFrame) -> None:
    """Raise StageError unless a model can learn from the one part and be judged on the other."""
    for name, rows in {"train": train, "test": test}.items():
        _check_part(name, rows)
    _check_entities(train, test)


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
