"""The Input columns and their types: the only road from rows to what a model reads."""

import hashlib
import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin

import numpy as np
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ..errors import StageError
from ..problem import schema

Row = Mapping[str, object]
LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length")
CHECKS = ("validators", "field_validators", "root_validators", "model_validators")
DTYPES = {float: "float64", int: "int64", bool: "bool", str: "str"}


class Columns(Protocol):
    """The Input columns of n rows by their names, (n,) each: a dict of arrays, or a frame."""

    def __getitem__(self, name: str, /) -> Any:
        """Return one column."""


@dataclass(frozen=True)
class Column:
    """One column: its Python type, the dtype it is held in, and what it may contain."""

    name: str
    kind: type
    nullable: bool
    choices: tuple[str, ...] = ()
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    plain: bool = True  # the schema asks nothing else of it

    @property
    def dtype(self) -> str:
        """Return the dtype in a frame; a missing number needs the NaN that only floats have."""
        return "float64" if self.nullable and self.kind is not str else DTYPES[self.kind]

    def array(self, values: Sequence[Any]) -> np.ndarray:
        """Return the values as (n,): None is NaN among numbers, and the empty text among texts."""
        if self.kind is not str:
            return np.array(values, dtype=self.dtype)
        return np.array(["" if value is None else value for value in values], dtype=object)


@cache
def input_columns() -> tuple[Column, ...]:
    """Return the Input columns in the order the schema lists them."""
    return _columns(schema.Input)


def only_bounds() -> bool:
    """Tell whether Input asks for nothing but types, choices and bounds, by the columns' names."""
    own = any(getattr(schema.Input.__pydantic_decorators__, name) for name in CHECKS)
    return not own and all(column.plain for column in input_columns())


@cache
def label_column() -> Column:
    """Return the one Label column; raises StageError when the schema has none or several."""
    columns = _columns(schema.Label)
    if len(columns) != 1:
        raise StageError(f"Label in problem/schema.py has {len(columns)} fields: give it one.")
    return columns[0]


@cache
def schema_hash() -> str:
    """Return the SHA-256 of the contract; a Bundle of another schema is refused by it."""
    parts = [*input_columns(), label_column()]
    facts = [asdict(part) | {"kind": part.kind.__name__} for part in parts]
    return hashlib.sha256(json.dumps([schema.TASK, facts], sort_keys=True).encode()).hexdigest()


def input_names() -> list[str]:
    """Return the names of the Input columns, in order."""
    return [column.name for column in input_columns()]


class Rows:
    """The Input columns of rows that are still as they came, each made when it is asked for."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __getitem__(self, name: str, /) -> np.ndarray:
        """Return one column: (rows,)."""
        (column,) = (column for column in input_columns() if column.name == name)
        return column.array([row.get(name) for row in self._rows])

    def matrix(self, names: Sequence[str], kind: np.dtype) -> np.ndarray:
        """Return columns of one kind side by side, (rows, names): quicker where rows are few."""
        found = [[row.get(name) for name in names] for row in self._rows]
        if kind.hasobject:
            found = [["" if text is None else text for text in row] for row in found]
        return np.array(found, dtype=kind).reshape(len(found), len(names))


def to_columns(rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Return one (len(rows),) array for each Input column; a key that a row lacks is missing."""
    return {name: Rows(rows)[name] for name in input_names()}


def _columns(model: type[BaseModel]) -> tuple[Column, ...]:
    return tuple(_column(name, field) for name, field in model.model_fields.items())


def _column(name: str, field: FieldInfo) -> Column:
    annotation, nullable = _without_none(field.annotation)
    facts = list(field.metadata)
    if get_origin(annotation) is Annotated:  # a named type: Degrees | None
        annotation, *own = get_args(annotation)
        facts += [fact for item in own for fact in getattr(item, "metadata", [item])]
    choices = tuple(get_args(annotation)) if get_origin(annotation) is Literal else ()
    kind = str if choices and all(isinstance(one, str) for one in choices) else annotation
    if kind not in DTYPES:
        raise StageError(
            f"{name} in problem/schema.py is a {annotation}: "
            "use float, int, bool, str or a Literal of strings, each with | None if it may miss."
        )
    other = field.default_factory or field.alias or field.validation_alias
    plain = not other and all(_bounds([fact]) for fact in facts)
    return Column(name, kind, nullable, choices, **_bounds(facts), plain=plain)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return (kinds[0] if len(kinds) == 1 else annotation), len(kinds) < len(get_args(annotation))
    return annotation, False


def _bounds(facts: Sequence[Any]) -> dict[str, Any]:
    found = [(limit, getattr(fact, limit, None)) for fact in facts for limit in LIMITS]
    return {limit: value for limit, value in found if value is not None}
