"""The columns of a scored file: where a row came from, its score, and the fields of Output."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from ...problem import schema

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
    rows: list[int], ids: list[str], version: str, scores: list[float], outputs: Sequence[BaseModel]
) -> pa.Table:
    """Return the answers as a table of SCHEMA; what is no plain value is kept as JSON text."""
    dumped = [output.model_dump(mode="json") for output in outputs]
    columns: dict[str, list[Any]] = {
        "row": rows,
        "prediction_id": ids,
        "model_version": [version] * len(rows),
        "score": scores,
    }
    for name, kind in KINDS.items():
        values = [output[name] for output in dumped]
        columns[_column(name)] = values if kind else [json.dumps(value) for value in values]
    return pa.table(columns, schema=SCHEMA)
