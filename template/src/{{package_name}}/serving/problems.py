"""Every failure leaves as RFC 9457 problem details; what went wrong inside stays inside."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ..errors import StageError
from .faults import EXPECTED, faults, violations
from .ports import Telemetry
from .schemas import Fault, ProblemDetails

MEDIA_TYPE = "application/problem+json"
DETAILS = {
    400: f"The body could not be read: send {EXPECTED}.",
    404: "There is nothing at this address: see /docs for what there is.",
    405: "This address does not take that method: see /docs for what it takes.",
    500: "The service failed on this request and has logged why: try again, or tell its owner.",
}


class ProblemError(Exception):
    """A request that gets no answer: the status it leaves with, and one sentence."""

    def __init__(self, status: int, detail: str, reason: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reason = reason  # label of ml_prediction_errors_total


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


def install(app: FastAPI, telemetry: Telemetry) -> None:
    """Register the handlers of everything that a route may raise."""

    def refuse(_: Request, error: Any) -> JSONResponse:
        return _refuse(error, telemetry)

    def fail(_: Request, error: Any) -> JSONResponse:
        return problem(error.status, error.detail)

    def explain(_: Request, error: Any) -> JSONResponse:
        telemetry.failed("stage")
        return problem(503, str(error))

    def hide(_: Request, _error: Exception) -> JSONResponse:
        telemetry.failed("unexpected")
        return problem(500, DETAILS[500])

    app.add_exception_handler(RequestValidationError, refuse)
    app.add_exception_handler(ProblemError, fail)
    app.add_exception_handler(StageError, explain)
    app.add_exception_handler(HTTPException, _from_http)
    app.add_exception_handler(Exception, hide)


def _refuse(error: RequestValidationError, telemetry: Telemetry) -> JSONResponse:
    errors = error.errors()
    found = violations(errors)
    for (feature, check), rows in found.items():
        telemetry.violated(feature, check, rows)
    nonfinite = sum(rows for (_, check), rows in found.items() if check == "finite_number")
    if nonfinite:
        telemetry.nonfinite("input", nonfinite)
    telemetry.failed("invalid")
    shown = faults(errors)
    more = f" (the first {len(shown)} are listed)" if len(shown) < len(errors) else ""
    count = "1 fault" if len(errors) == 1 else f"{len(errors)} faults"
    return problem(422, f"The request has {count}{more}: correct it and send it again.", shown)


def _from_http(_: Request, error: Any) -> JSONResponse:
    detail = DETAILS.get(error.status_code, str(error.detail))
    return problem(error.status_code, detail, headers=error.headers)
