"""The checks of Input that no Column knows of: who reads rows without pydantic has to ask."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from ..problem import schema
from . import Column, input_columns

CHECKS = ("validators", "field_validators", "root_validators", "model_validators")


def only_bounds() -> bool:
    """Tell whether Input asks for nothing but types, choices and bounds, by the columns' names."""
    own = any(getattr(schema.Input.__pydantic_decorators__, name) for name in CHECKS)
    fields = schema.Input.model_fields.values()
    other = any(field.default_factory or field.alias or field.validation_alias for field in fields)
    return not own and not other and all(column.plain for column in input_columns())


def refusals(rows: Iterable[Mapping[Any, Any]]) -> Iterator[str]:
    """Yield why Input refuses each row, "" if it does not; a missing value is None or NaN.

    Each row goes through pydantic: ask only for an Input that has more than bounds.
    """
    for row in rows:
        yield _refusal({one.name: _value(one, row[one.name]) for one in input_columns()})


def _refusal(row: Mapping[str, object]) -> str:
    try:
        schema.Input.model_validate(row, by_name=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        places = (".".join(map(str, one["loc"])) or "row" for one in faults)
        pairs = zip(places, faults, strict=True)
        return "".join(f"{place}: {one['msg']}; " for place, one in pairs)
    return ""


def _value(column: Column, value: Any) -> object:
    return None if value is None or value != value else column.kind(value)
