"""Around each request: how large it may be, and how it went. Plain ASGI, for its speed."""

from collections.abc import Collection
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .ports import Telemetry
from .problems import problem

PROBES = ("/live", "/ready", "/metrics")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
DRAIN = 4  # times the limit; beyond it the connection is cut instead of read


class BodyLimit:
    """ASGI middleware that answers 413 to a body of more than `max_bytes`."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its whole body, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(receive)
        if body is None:
            detail = f"The body is too large: send {self._max} bytes at most, in several requests."
            await problem(413, detail)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """Return the body, or None when it is too large."""
        chunks: list[bytes] = []
        size = 0
        more = True
        while more and size <= DRAIN * self._max:
            message = await receive()
            chunk = message.get("body", b"")
            size += len(chunk)
            # A client that is still sending would miss an early answer, so read on, keep nothing.
            chunks = [*chunks, chunk] if size <= self._max else []
            more = message.get("more_body", False)
        return b"".join(chunks) if size <= self._max else None


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def once() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


class Timing:
    """ASGI middleware that reports each request, but for the probes."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry, handlers: Collection[str]) -> None:
        self._app = app
        self._telemetry = telemetry
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and report how it went."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        status = 500  # unless an answer says otherwise

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = perf_counter()
        try:
            await self._app(scope, receive, note)
        finally:
            self._report(scope, status, perf_counter() - began)

    def _report(self, scope: Scope, status: int, seconds: float) -> None:
        # Only known names become labels: a scanner must not be able to fill the memory.
        handler = scope["path"] if scope["path"] in self._handlers else "unmatched"
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self._telemetry.request(handler, method, status, seconds)
