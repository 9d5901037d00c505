"""How long requests take, as the client sees it."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .metrics import Metrics

PROBES = ("/live", "/ready", "/metrics")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Timing:
    """ASGI middleware that reports each request, but for the probes."""

    only_times = True  # whoever is timed otherwise may pass it by

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

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
        handler = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self._metrics.request(handler, method, status, seconds)
