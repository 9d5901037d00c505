"""The desk of the service: takes requests in, reads them, and keeps places and deadlines."""

import asyncio
import types
from collections.abc import Callable, Generator
from contextlib import closing
from time import monotonic
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from ..config import ServingSettings
from .ports import ProblemError, Row, predict_request
from .service import Service

DRAIN = 4  # times the limit on a body; beyond it the connection is cut instead of read
Decode = Callable[[bytes], list[Row] | None]  # the rows, or None for what pydantic has to see


class Reader:
    """Reads requests: quickly where they are surely right, else by the words of the contract."""

    def __init__(self, settings: ServingSettings) -> None:
        self.body = predict_request(settings.max_rows)
        self.decode: Decode | None = None
        self._most = settings.max_body_bytes

    async def read(self, request: Request) -> list[Row]:
        """Return the rows; raises RequestValidationError with each fault, or ProblemError."""
        kind = request.headers.get("content-type", "application/json")
        if not kind.partition(";")[0].strip().lower().endswith("json"):
            raise ProblemError(415, "The body is not JSON: send application/json.", "media_type")
        return self.rows(await self._content(request))

    def rows(self, content: bytes) -> list[Row]:
        """Return the rows in a body."""
        if self.decode and (rows := self.decode(content)) is not None:
            return rows
        try:
            found = self.body.model_validate_json(content)
        except ValidationError as error:
            raise RequestValidationError(error.errors(include_url=False)) from error
        return [row.model_dump() for row in found.rows]

    async def _content(self, request: Request) -> bytes:
        pieces, length, more = [], 0, True
        while more and length <= DRAIN * self._most:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ProblemError(400, "The body ends too early: send it whole.", "cut")
            piece = message.get("body", b"")
            length += len(piece)
            if length <= self._most:  # what is too much is read all the same, but not kept:
                pieces.append(piece)  # a client that is still sending would miss an early answer
            more = message.get("more_body", False)
        if length > self._most:
            detail = f"The body is too large: send {self._most} bytes at most a request."
            raise ProblemError(413, detail, "too_large")
        return b"".join(pieces)


class Pace:
    """So many requests a second, and as many at once; whoever comes too early is told, not kept."""

    def __init__(self, a_second: float) -> None:
        self._a_second = a_second
        self._free = max(1.0, a_second)
        self._then = monotonic()

    def allows(self) -> bool:
        """Tell whether there is room for one more; with 0 a second there always is."""
        if not self._a_second:
            return True
        now = monotonic()
        self._free += (now - self._then) * self._a_second
        self._free, self._then = min(self._free, max(1.0, self._a_second)), now
        if self._free < 1:
            return False
        self._free -= 1
        return True


class Desk:
    """Answers so many requests at once and no more, each within its time."""

    def __init__(self, settings: ServingSettings, service: Service, reader: Reader) -> None:
        self._service, self._reader = service, reader
        self._seconds = settings.timeout_seconds
        self._most = settings.max_requests
        self._pace = Pace(settings.max_requests_a_second)
        self._in_hand = self._in_threads = 0  # a thread is beyond any deadline

    async def answer(self, request: Request) -> bytes:
        """Return the response to a request; raises ProblemError when there is none."""
        try:
            if not self._pace.allows():
                raise ProblemError(429, "Too many requests: ask again in a second.", "too_many")
            self._check(self._in_hand)
            self._in_hand += 1
            try:
                return await self._in_time(request)
            finally:
                self._in_hand -= 1
        except ProblemError as error:
            self._service.refused(error)
            raise

    async def _in_time(self, request: Request) -> bytes:
        work = self._answer(request).__await__()
        try:
            waited = next(work)
            async with asyncio.timeout(self._seconds):
                return await _go_on(work, waited)
        except StopIteration as done:  # at once, as most: a clock takes an eighth of their time
            return bytes(done.value)
        except TimeoutError as error:
            detail = f"It took longer than {self._seconds:g} seconds: send fewer rows or try again."
            raise ProblemError(503, detail, "timeout") from error

    async def _answer(self, request: Request) -> bytes:
        rows = await self._reader.read(request)
        served = self._service.pick()
        if len(rows) <= served.quick_rows and not self._service.waits:
            return self._service.predict(served, rows)
        # In a thread, which keeps no probe waiting, and goes on when the deadline has passed.
        self._check(self._in_threads)
        self._in_threads += 1
        work = asyncio.create_task(asyncio.to_thread(self._service.predict, served, rows))
        work.add_done_callback(self._finished)
        return await asyncio.shield(work)

    def _finished(self, work: asyncio.Task[bytes]) -> None:
        self._in_threads -= 1
        if not work.cancelled():
            work.exception()  # whoever waits for it has it; nobody may, after the deadline

    def _check(self, taken: int) -> None:
        # Never a queue: whoever waits in one finds an answer that nobody needs any more.
        if taken >= self._most:
            raise ProblemError(503, "All places are taken: ask again in a second.", "busy")


@types.coroutine
def _go_on(work: Generator[Any, Any, bytes], waited: Any) -> Generator[Any, Any, bytes]:
    """Wait for what `work` has come to, then for the rest of it."""
    with closing(work):
        yield waited
        return (yield from work)
