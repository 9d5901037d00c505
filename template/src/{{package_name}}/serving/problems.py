"""Every failure leaves as RFC 9457 problem details; what went wrong inside stays inside."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ..errors import StageError
from ..features import input_names
from .ports import Fault, Observer, ProblemDetails, ProblemError

Handler = Callable[[Request, Any], JSONResponse]
MAX_FAULTS = 20
EXPECTED = 'a JSON object like {"rows": [{...}]}, sent as application/json'
MEDIA_TYPE = "application/problem+json"
DETAILS = {
    404: "There is nothing at this address: see /docs for what there is.",
    405: "This address does not take that method: see /docs for what it takes.",
    500: "The service failed on this request and has logged why: try again, or tell its owner.",
}


def problem(
    status: int,
    detail: str,
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem details response."""
    title = HTTPStatus(status).phrase
    body = ProblemDetails(title=title, status=status, detail=detail, errors=list(errors))
    return JSONResponse(body.model_dump(), status, headers, MEDIA_TYPE)


def install(app: FastAPI, observers: Sequence[Observer]) -> None:
    """Register the handlers of everything that a route may raise."""
    for kind, handler in handlers(observers).items():
        app.add_exception_handler(kind, handler)


def handlers(observers: Sequence[Observer]) -> dict[type[Exception], Handler]:
    """Return what makes a response of a failure, the most general one last."""

    def unforeseen(reason: str, status: int, detail: str) -> JSONResponse:
        for observer in observers:
            observer.refused(reason, {})
        return problem(status, detail)

    return {
        RequestValidationError: lambda request, error: _refuse(request, error, observers),
        ProblemError: lambda _, error: _from_problem(error),
        HTTPException: lambda _, error: _from_http(error),
        StageError: lambda _, error: unforeseen("stage", 503, str(error)),
        Exception: lambda *_: unforeseen("unexpected", 500, DETAILS[500]),
    }


def _refuse(
    request: Request, error: RequestValidationError, observers: Sequence[Observer]
) -> JSONResponse:
    errors = error.errors()
    for observer in observers:
        observer.refused("invalid", violations(errors))
    shown = faults(errors)
    if errors[0]["type"] == "json_invalid" and "content-encoding" in request.headers:
        shown = [Fault(loc=[], message="The body is compressed: send it as plain JSON.")]
    more = f" (the first {len(shown)} are listed)" if len(shown) < len(errors) else ""
    count = "1 fault" if len(errors) == 1 else f"{len(errors)} faults"
    return problem(422, f"The request has {count}{more}: correct it and send it again.", shown)


def _from_problem(error: ProblemError) -> JSONResponse:
    headers = {"Retry-After": "1"} if error.status in (429, 503) else None
    return problem(error.status, error.detail, headers=headers)


def _from_http(error: Any) -> JSONResponse:
    detail = DETAILS.get(error.status_code, str(error.detail))
    return problem(error.status_code, detail, headers=error.headers)


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
            return f"{name} is none of its choices: send {error['ctx']['expected']}."
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
