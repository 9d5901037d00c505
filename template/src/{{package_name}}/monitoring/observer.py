"""What the service tells of itself, turned into counts and records."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Protocol

from fastapi import FastAPI, Response
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid6 import uuid7

from ..registry.bundle import Bundle
from . import MonitoringSettings
from .metrics import ROLE, Metrics
from .prediction_log import PredictionLog

Violations = Mapping[tuple[str, str], int]  # faults by column and check
PROBES = ("/live", "/ready", "/metrics")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Prediction(Protocol):
    """The answer to one row."""

    id: str  # UUIDv7
    score: float

    @property
    def output(self) -> BaseModel:
        """Return what was decided."""


class Monitor:
    """Counts and remembers what one process of the service does; nothing here fails or waits."""

    def __init__(self, options: MonitoringSettings) -> None:
        self.metrics = Metrics()
        self.log = PredictionLog(options, on_drop=self.metrics.dropped)

    def attach(self, app: FastAPI) -> None:
        """Add the metrics page, and time every request."""
        app.add_api_route("/metrics", self._page, response_class=Response)
        app.add_middleware(Timing, metrics=self.metrics)

    def start(self) -> None:
        """Begin to write the log."""
        self.log.start()

    def close(self) -> None:
        """Write what is left."""
        self.log.close()

    def loaded(self, version: str, bundle: Bundle) -> None:
        """Publish which model answers."""
        self.metrics.loaded(version, bundle)

    def answered(
        self,
        version: str,
        bundle: Bundle,
        rows: Sequence[dict[str, Any]],
        predictions: Sequence[Prediction],
        seconds: float,
    ) -> None:
        """Count and remember predictions."""
        scores = [prediction.score for prediction in predictions]
        self.metrics.predicted(version, bundle.contract.name, scores)
        shared = _shared(version, bundle, seconds)
        pairs = enumerate(zip(rows, predictions, strict=True))
        self.log.put([shared | _own(place, *pair) for place, pair in pairs])

    def refused(self, reason: str, violations: Violations) -> None:
        """Count a request without a prediction, and each fault of it."""
        self.metrics.failed(reason)
        for (feature, check), values in violations.items():
            if check == "finite_number":
                self.metrics.nonfinite("score" if reason == "nonfinite" else "input", values)
            if reason != "nonfinite":
                self.metrics.violated(feature, check, values)

    async def _page(self) -> Response:
        """Return the Prometheus metrics."""
        content, media_type = self.metrics.exposition()
        return Response(content, media_type=media_type)


def _shared(version: str, bundle: Bundle, seconds: float) -> dict[str, Any]:
    """Return what all rows of a request have in common."""
    contract = bundle.contract
    return {
        "request_id": str(uuid7()),
        "occurred_at": datetime.now(UTC),
        "model_name": contract.name,
        "model_version": version,
        "model_digest": bundle.digest,
        "schema_hash": contract.schema_hash,
        "role": ROLE,
        "threshold": contract.threshold,
        "duration_s": seconds,
    }


def _own(place: int, row: dict[str, Any], prediction: Prediction) -> dict[str, Any]:
    output = prediction.output.model_dump(mode="json")
    facts = {"id": prediction.id, "score": prediction.score, "output": output}
    return {"place": place, "input": row, **facts}


class Timing:
    """ASGI middleware that reports each request, but for the probes."""

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
