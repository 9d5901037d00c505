"""The desk that takes labels in over HTTP: never in the way of a prediction."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from .. import MonitoringSettings
from ..access import MEDIA_TYPE, RefusalError, check_token, read_body
from ..store import Store, first_line
from . import write
from .form import content, read, refusal

ROUTE = "/v1/labels"
MOST_WAITING = 4  # requests; with so many, the next is asked to come again
LATER = {"Retry-After": "5"}
DETAILS = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
PROBLEM: dict[str, Any] = {"description": "Problem details", "content": {MEDIA_TYPE: DETAILS}}
logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server


class Receipt(BaseModel):
    """How many labels are safe, and how many of them had not been there before."""

    received: int
    new: int


class LabelDesk:
    """Answers only when labels are safe; whatever else happens, the client is told."""

    def __init__(self, options: MonitoringSettings) -> None:
        self._store = Store(options.log_url)
        self._token_file = options.token_file
        # A thread of its own: a database that hangs must not hold those that score.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="labels")
        self._waiting = 0

    def attach(self, app: FastAPI) -> None:
        """Add the route."""
        app.add_api_route(
            ROUTE,
            self._take,
            methods=["POST"],
            name="labels",
            response_model=Receipt,
            responses=dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 503), PROBLEM),
            dependencies=[Depends(HTTPBearer(auto_error=False))],
            openapi_extra={"requestBody": {"required": True, "content": content()}},
        )

    def close(self) -> None:
        """Finish what was begun."""
        self._thread.shutdown()

    async def _take(self, request: Request) -> Response:
        """Record labels, all of a request or none; a label sent twice counts once."""
        try:
            check_token(self._token_file, request.headers.get("authorization"))
            receipt = await self._in_turn(await read_body(request))
        except RefusalError as error:
            return error.response()
        return Response(receipt.model_dump_json(), media_type="application/json")

    async def _in_turn(self, body: bytes) -> Receipt:
        if self._waiting >= MOST_WAITING:
            raise RefusalError(503, "Other labels wait: send these again later.", headers=LATER)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._keep, body)
        finally:
            self._waiting -= 1

    def _keep(self, body: bytes) -> Receipt:
        rows = [label.row(datetime.now(UTC)) for label in read(body)]
        try:
            with self._store.open(durable=True) as session:
                new, faults = write(session, rows)
                if faults:
                    raise refusal(faults)  # which ends the transaction with nothing written
        except self._store.errors as error:
            logger.warning("%d labels were not taken: %s", len(rows), first_line(error))
            detail = "The log of predictions cannot be written to: send the labels again later."
            raise RefusalError(503, detail, headers=LATER) from error
        return Receipt(received=len(rows), new=new)
