"""The form in which labels are sent, and what is said of those that do not keep to it."""

from collections.abc import Sequence
from functools import cache
from types import GenericAlias
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from ..access import RefusalError
from . import BATCH, UNKNOWN, Observed, observed

MOST_FAULTS = 20  # that are listed


def read(content: bytes) -> list[Observed]:
    """Return the labels of a body; raises RefusalError with the first faults."""
    try:
        found: Any = _body().model_validate_json(content, strict=True)
    except ValidationError as error:
        given = error.errors(include_url=False, include_input=False)
        raise _invalid(given) from error
    return list(found.labels)


def refusal(faults: dict[int, str]) -> RefusalError:
    """Return what is said when the log will not have some labels, by their places."""
    listed = [{"loc": ["labels", n], "message": f"It {faults[n]}."} for n in sorted(faults)]
    detail = f"{_count(listed)} in the labels, so that none was taken: leave those out."
    return RefusalError(404 if UNKNOWN in faults.values() else 409, detail, listed)


def reason(error: Any) -> str:
    """Return what is wrong, without the value."""
    return f"{str(error['msg']).removeprefix('Value error, ')}."


def content() -> dict[str, Any]:
    """Return the form for the OpenAPI document."""
    items = observed().model_json_schema()
    labels = {"type": "array", "items": items, "minItems": 1, "maxItems": BATCH}
    form = {"type": "object", "properties": {"labels": labels}, "required": ["labels"]}
    return {"application/json": {"schema": form | {"additionalProperties": False}}}


@cache
def _body() -> type[BaseModel]:
    labels: Any = GenericAlias(list, observed())
    fields: dict[str, Any] = {"labels": (labels, Field(min_length=1, max_length=BATCH))}
    return create_model("Labels", __config__=ConfigDict(extra="forbid"), **fields)


def _invalid(errors: Sequence[Any]) -> RefusalError:
    faults = [{"loc": _place(one["loc"]), "message": reason(one)} for one in errors]
    detail = f"{_count(faults)} in the labels: correct and send them again."
    return RefusalError(422, detail, faults[:MOST_FAULTS])


def _place(loc: Sequence[str | int]) -> list[str | int]:
    # A key that nobody asked for may be as long as the body, or somebody's name.
    known = {"labels", *observed().model_fields}
    return [part if isinstance(part, int) or part in known else "unknown" for part in loc]


def _count(faults: Sequence[object]) -> str:
    return "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
