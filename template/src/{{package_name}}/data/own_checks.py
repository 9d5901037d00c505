"""The checks of Input that no bound can say: a service makes them, so training makes them too."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pydantic import ValidationError

from ..features import Column, input_columns
from ..problem import schema


def violations(typed: pd.DataFrame) -> pd.Series:
    """Return why Input refuses rows that keep to types and bounds, by row; the others are left out.

    Each row goes through pydantic: call it only for an Input that asks for more than bounds.
    """
    columns = input_columns()
    rows = typed[[column.name for column in columns]].to_dict("records")
    reasons = (_reason({one.name: _value(one, row[one.name]) for one in columns}) for row in rows)
    found = pd.Series(list(reasons), index=typed.index, dtype=object)
    return found[found.astype(bool)]


def _reason(row: Mapping[str, Any]) -> str:
    try:
        schema.Input.model_validate(row, by_name=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        places = (".".join(map(str, one["loc"])) or "row" for one in faults)
        pairs = zip(places, faults, strict=True)
        return "".join(f"{place}: {one['msg']}; " for place, one in pairs)
    return ""


def _value(column: Column, value: Any) -> object:
    return None if pd.isna(value) else column.kind(value)
