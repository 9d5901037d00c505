"""The express lane: requests decoded by msgspec, and answered on a shorter way.

What the decoder refuses, the contract itself has to see: it is never more lenient.
"""

import logging
from collections.abc import Callable
from functools import cached_property
from time import perf_counter
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from ..features import Column, input_columns, only_bounds
from ..problem import schema
from . import ROUTE
from .ports import Row
from .problems import handlers

if TYPE_CHECKING:
    from . import PredictionApp

logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server
HEADERS = [(b"content-type", b"application/json")]
BOUNDS = ("ge", "gt", "le", "lt", "min_length", "max_length")


class Express:
    """Passes predictions by all of FastAPI, which takes longer to find a route than they take.

    Only while no middleware stands in the way that has to see every request.
    """

    def __init__(self, app: "PredictionApp") -> None:
        self.app = app
        app.reader.decode = make_decoder(app.service.settings.serving.max_rows)
        self._answer = app.desk.answer
        self._observers = app.service.observers
        self._handlers = handlers(self._observers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a prediction at once; let FastAPI do all else."""
        if not (self._is_free and _asked(scope) == ("http", "POST", ROUTE)):
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        status = 500
        try:
            status = await self._predict(Request(scope, receive), send)
        finally:
            for observer in self._observers:
                observer.requested(ROUTE, "POST", status, perf_counter() - began)

    @cached_property
    def _is_free(self) -> bool:
        return all(getattr(one.cls, "only_times", False) for one in self.app.user_middleware)

    async def _predict(self, request: Request, send: Send) -> int:
        try:
            content = await self._answer(request)
        except Exception as error:
            response = self._problem(request, error)
            await response(request.scope, request.receive, send)
            return response.status_code
        length = (b"content-length", str(len(content)).encode())
        start = {"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]}
        await send(start)
        await send({"type": "http.response.body", "body": content})
        return 200

    def _problem(self, request: Request, error: Exception) -> Response:
        kind = next(kind for kind in self._handlers if isinstance(error, kind))
        if kind is Exception:
            logger.exception("A prediction failed", exc_info=error)
        return self._handlers[kind](request, error)


def _asked(scope: Scope) -> tuple[str, str | None, str | None]:
    return scope["type"], scope.get("method"), scope.get("path")


def make_decoder(max_rows: int) -> Callable[[bytes], list[Row] | None] | None:
    """Return a decoder of request bodies: their rows, or None for what the contract has to see.

    There is none at all for an Input with checks of its own, which only pydantic knows.
    """
    if not only_bounds():
        return None
    decode = msgspec.json.Decoder(_body()).decode

    def rows(content: bytes) -> list[Row] | None:
        try:
            found: Any = decode(content).rows
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        fit = 0 < len(found) <= max_rows
        return [msgspec.structs.asdict(row) for row in found] if fit else None

    return rows


def _body() -> Any:
    fields = [_field(column) for column in input_columns()]
    row = msgspec.defstruct("Row", fields, forbid_unknown_fields=True, kw_only=True, gc=False)
    return msgspec.defstruct(
        "Body", [("rows", GenericAlias(list, row))], forbid_unknown_fields=True
    )


def _field(column: Column) -> tuple[str, Any] | tuple[str, Any, Any]:
    bounds = {name: getattr(column, name) for name in BOUNDS}
    kind: Any = Literal[column.choices] if column.choices else column.kind
    if any(bound is not None for bound in bounds.values()):
        kind = Annotated[kind, msgspec.Meta(**bounds)]
    if column.nullable:
        kind = kind | None
    field = schema.Input.model_fields[column.name]
    return (column.name, kind) if field.is_required() else (column.name, kind, field.default)
