"""Pydantic's validation errors, told one clear sentence each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ..features.frame import input_names
from .schemas import Fault

MAX_FAULTS = 20
EXPECTED = 'a JSON object like {"rows": [{...}]}, sent as application/json'


def faults(errors: Sequence[Any]) -> list[Fault]:
    """Return the first MAX_FAULTS errors in plain words."""
    return [_fault(error) for error in errors[:MAX_FAULTS]]


def violations(errors: Iterable[Any]) -> Counter[tuple[str, str]]:
    """Count errors by (column, check); a column that Input does not have is 'unknown'."""
    names = set(input_names())
    found: Counter[tuple[str, str]] = Counter()
    for error in errors:
        loc = _place(error)
        if len(loc) > 2:
            found[loc[2] if loc[2] in names else "unknown", error["type"]] += 1
    return found


def _place(error: Any) -> list[str | int]:
    loc = list(error["loc"])
    return loc[1:] if loc[:1] == ["body"] else loc


def _fault(error: Any) -> Fault:
    loc = _place(error)
    if error["type"] == "json_invalid":
        reason = error.get("ctx", {}).get("error", "not JSON")
        return Fault(loc=[], message=f"The body is not valid JSON ({reason}): send {EXPECTED}.")
    if not loc:
        return Fault(loc=[], message=f"The body is not what was expected: send {EXPECTED}.")
    return Fault(loc=loc, message=sentence(error, _name(loc)))


def _name(loc: Sequence[str | int]) -> str:
    if len(loc) == 2:
        return f"row {loc[1]}"
    return _shorten(str(loc[-1])) + (f" in row {loc[1]}" if len(loc) > 2 else "")


def sentence(error: Any, name: str) -> str:
    """Return what is wrong with the value called `name` and what to send instead."""
    match error["type"]:
        case "missing":
            return f"{name} is missing: send a value."
        case "extra_forbidden":
            return f"{name} is not expected: leave it out."
        case "finite_number":
            return f"{name} is NaN or infinite: send a finite number."
        case "literal_error":
            return f"{name} is {_shorten(repr(error['input']))}: send {error['ctx']['expected']}."
        case "model_type" | "model_attributes_type":
            return f"{name} is not an object: send its columns as {{...}}."
        case "too_short":
            return f"{name} is empty: send one row at least."
        case "too_long" if "actual_length" in error["ctx"]:
            return f"{name} has too many rows: send {error['ctx']['max_length']} at most."
    reason = str(error["msg"]).removeprefix("Input ")
    return f"{name} {reason[:1].lower()}{reason[1:]}."


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
