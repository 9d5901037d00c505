"""What the service tells of itself, turned into counts and records."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from fastapi import FastAPI, Response
from pydantic import TypeAdapter

from ..registry.bundle import Bundle
from . import MonitoringSettings
from .labels.desk import LabelDesk
from .metrics import Metrics
from .prediction_log import PredictionLog
from .prediction_table import Record
from .timing import Timing

Row = Mapping[str, Any]
to_json = TypeAdapter(Any).dump_json
Violations = Mapping[tuple[str, str], int]  # faults by column and check


class Answers(Protocol):
    """The answers to the rows of a request, column by column."""

    @property
    def ids(self) -> Sequence[str]:
        """Return the id of each, UUIDv7."""

    @property
    def scores(self) -> Sequence[float]:
        """Return what the model gave."""

    @property
    def outputs(self) -> Sequence[str]:
        """Return what was decided, as JSON."""


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
        self.labels = LabelDesk(options)

    def attach(self, app: FastAPI) -> None:
        """Add the metrics page and the desk for labels, and time every request."""
        app.add_api_route("/metrics", self._page, response_class=Response)
        self.labels.attach(app)
        app.add_middleware(Timing, metrics=self.metrics)

    def start(self) -> None:
        """Begin to write the log."""
        self.log.start()

    def close(self) -> None:
        """Write what is left."""
        self.labels.close()
        self.log.close()

    def loaded(self, champion: Served) -> None:
        """Publish which model answers."""
        self.metrics.loaded(champion.version, champion.bundle)

    def answered(
        self, served: Served, rows: Sequence[Row], answers: Answers, seconds: float
    ) -> None:
        """Count and remember predictions."""
        model = (served.bundle.contract.name, served.version, served.role)
        self.metrics.predicted(model, answers.scores, seconds)
        self.log.put(_records(served, rows, answers, seconds))

    def refused(self, reason: str, violations: Violations) -> None:
        """Count a request without a prediction, and each rule that it broke."""
        self.metrics.failed(reason)
        for (feature, check), values in violations.items():
            if check == "finite_number":
                self.metrics.nonfinite("score" if reason == "nonfinite" else "input", values)
            if reason != "nonfinite":
                self.metrics.violated(feature, check)

    def requested(self, handler: str, method: str, status: int, seconds: float) -> None:
        """Count a request that took a shorter way than through the middleware."""
        self.metrics.request(handler, method, status, seconds)

    def announced(self, events: Mapping[str, str]) -> None:
        """Begin to count something else, by name and text."""
        self.metrics.announced(events)

    def happened(self, event: str, times: int = 1) -> None:
        """Count something that was announced."""
        self.metrics.happened(event, times)

    async def _page(self) -> Response:
        """Return the Prometheus metrics."""
        content, media_type = self.metrics.exposition()
        return Response(content, media_type=media_type)


def _records(served: Served, rows: Sequence[Row], answers: Answers, seconds: float) -> list[Record]:
    # Made here, for a writer at work on so many rows would keep the next requests waiting.
    contract = served.bundle.contract
    model = (contract.name, served.version, served.bundle.digest, contract.schema_hash, served.role)
    now = datetime.now(UTC).isoformat()
    each = zip(answers.ids, rows, answers.outputs, answers.scores, strict=True)
    return [
        Record(
            *(one, answers.ids[0], place, now, *model, to_json(row).decode(), output),
            *(score, contract.threshold, seconds),
        )
        for place, (one, row, output, score) in enumerate(each)
    ]
