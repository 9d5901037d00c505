"""The answers to a chunk, as the table that is written."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel

from ...problem import schema
from .ids import new_ids

FIXED = {
    "row": pa.int64(),  # place in the source, from 0
    "prediction_id": pa.string(),
    "model_version": pa.string(),
    "score": pa.float64(),
}
TYPES = {
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "string": pa.string(),
}


def _kind(facts: dict[str, Any]) -> str | None:
    """Return the JSON type of an Output field, None for anything that is not a plain value."""
    options = [option for option in facts.get("anyOf", [facts]) if option.get("type") != "null"]
    kind = options[0].get("type") if len(options) == 1 else None
    return kind if kind in TYPES else None


def _column(name: str) -> str:
    return f"output_{name}" if name in FIXED else name


_FIELDS = schema.Output.model_json_schema(mode="serialization")["properties"]
KINDS: dict[str, str | None] = {name: _kind(facts) for name, facts in _FIELDS.items()}
SCHEMA = pa.schema(
    [
        *FIXED.items(),
        *((_column(name), TYPES[kind or "string"]) for name, kind in KINDS.items()),
    ]
)


def to_table(
    numbers: np.ndarray, version: str, scores: np.ndarray, outputs: Sequence[BaseModel]
) -> pa.Table:
    """Return the answers to these rows; what is no plain value is kept as JSON text."""
    columns: dict[str, Any] = {
        "row": numbers,
        "prediction_id": new_ids(len(numbers)),
        "model_version": pa.repeat(version, len(numbers)),
        "score": scores,
    }
    return pa.table(columns | _outputs(outputs), schema=SCHEMA)


def _outputs(outputs: Sequence[BaseModel]) -> dict[str, Any]:
    if _as_they_are():
        return {_column(name): [getattr(output, name) for output in outputs] for name in KINDS}
    dumped = [output.model_dump(mode="json") for output in outputs]
    found = {}
    for name, kind in KINDS.items():
        values = [output[name] for output in dumped]
        found[_column(name)] = values if kind else [json.dumps(value) for value in values]
    return found


def _as_they_are() -> bool:
    """Tell whether each field of Output is written as it is kept: numbers and truth values are."""
    own = schema.Output.__pydantic_decorators__
    kinds = {field.annotation for field in schema.Output.model_fields.values()}
    plain = kinds <= {bool, int, float} and set(KINDS) == set(schema.Output.model_fields)
    return plain and not (own.field_serializers or own.model_serializers)
