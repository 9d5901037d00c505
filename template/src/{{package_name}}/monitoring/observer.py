"""What the service tells of itself, turned into counts and records."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from fastapi import FastAPI, Response
from pydantic import BaseModel

from ..registry.bundle import Bundle
from . import MonitoringSettings
from .metrics import Metrics
from .prediction_log import PredictionLog
from .timing import Timing

Violations = Mapping[tuple[str, str], int]  # faults by column and check


class Prediction(Protocol):
    """The answer to one row."""

    id: str  # UUIDv7
    score: float

    @property
    def output(self) -> BaseModel:
        """Return what was decided."""


class Served(Protocol):
    """The model that answered."""

    @property
    def bundle(self) -> Bundle:
        """Return its Bundle."""

    @property
    def version(self) -> str:
        """Return its version in the registry."""

    @property
    def role(self) -> str:
        """Return what it is there for."""


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

    def loaded(self, champion: Served) -> None:
        """Publish which model answers."""
        self.metrics.loaded(champion.version, champion.bundle)

    def answered(
        self,
        served: Served,
        rows: Sequence[dict[str, Any]],
        predictions: Sequence[Prediction],
        seconds: float,
    ) -> None:
        """Count and remember predictions."""
        model = (served.bundle.contract.name, served.version, served.role)
        self.metrics.predicted(model, [prediction.score for prediction in predictions])
        shared = _shared(served, predictions[0].id, seconds)
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

    def requested(self, handler: str, method: str, status: int, seconds: float) -> None:
        """Count a request that took a shorter way than through the middleware."""
        self.metrics.request(handler, method, status, seconds)

    def happened(self, event: str, times: int = 1) -> None:
        """Count something else."""
        self.metrics.happened(event, times)

    async def _page(self) -> Response:
        """Return the Prometheus metrics."""
        content, media_type = self.metrics.exposition()
        return Response(content, media_type=media_type)


def _shared(served: Served, request_id: str, seconds: float) -> dict[str, Any]:
    """Return what all rows of a request have in common."""
    contract = served.bundle.contract
    return {
        "request_id": request_id,
        "occurred_at": datetime.now(UTC),
        "model_name": contract.name,
        "model_version": served.version,
        "model_digest": served.bundle.digest,
        "schema_hash": contract.schema_hash,
        "role": served.role,
        "threshold": contract.threshold,
        "duration_s": seconds,
    }


def _own(place: int, row: dict[str, Any], prediction: Prediction) -> dict[str, Any]:
    output = prediction.output.model_dump(mode="json")
    facts = {"id": prediction.id, "score": prediction.score, "output": output}
    return {"place": place, "input": row, **facts}
