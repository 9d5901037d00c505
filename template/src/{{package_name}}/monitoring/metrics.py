"""The Prometheus metrics of one prediction service."""

import os
from collections.abc import Sequence
from datetime import datetime

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from ..problem import schema
from ..registry.bundle import Bundle
from . import MULTIPROCESS

ROLE = "champion"
MODEL = ("model_name", "model_version", "role")
COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "http_requests_total": ("HTTP requests.", ("handler", "method", "status")),
    "ml_predictions_total": ("Rows answered.", MODEL),
    "ml_prediction_errors_total": ("Prediction requests without an answer.", ("reason",)),
    "ml_input_violations_total": ("Values that broke the contract.", ("feature", "check")),
    "ml_nonfinite_values_total": ("NaN and infinite values.", ("where",)),
    "ml_prediction_log_dropped_total": ("Predictions that were not remembered.", ()),
}
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ml_model_trained_timestamp_seconds": ("When the champion was trained, Unix time.", ()),
    "ml_model_info": (
        "1 for the model that answers.",
        ("model_version", "model_digest", "git_sha", "data_version", "schema_hash"),
    ),
}
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SHARES = tuple(tenth / 10 for tenth in range(1, 11))
STEPS = tuple(digit * 10.0**power for power in range(-1, 5) for digit in (1, 2, 5))
VALUES = (*(-step for step in reversed(STEPS)), 0.0, *STEPS)


class Metrics:
    """Counts in a registry of their own, so that two services in one process never mix."""

    def __init__(self) -> None:
        # They double the scrape and nothing reads them; the library has no types for the call.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()
        self._counters = {
            name: Counter(name, text, labels, registry=registry)
            for name, (text, labels) in COUNTERS.items()
        }
        self._gauges = {
            name: Gauge(name, text, labels, registry=registry, multiprocess_mode="mostrecent")
            for name, (text, labels) in GAUGES.items()
        }
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Time to answer an HTTP request.",
            ("handler", "method"),
            buckets=SECONDS,
            registry=registry,
        )
        self._scores = Histogram(
            "ml_prediction_score",
            "Scores given.",
            MODEL,
            buckets=SHARES if schema.TASK == "classification" else VALUES,
            registry=registry,
        )

    def request(self, handler: str, method: str, status: int, seconds: float) -> None:
        """Count one HTTP request."""
        self._counters["http_requests_total"].labels(handler, method, str(status)).inc()
        self._seconds.labels(handler, method).observe(seconds)

    def loaded(self, version: str, bundle: Bundle) -> None:
        """Publish which model answers."""
        facts = bundle.contract
        trained = datetime.fromisoformat(facts.created_at).timestamp()
        self._gauges["ml_model_trained_timestamp_seconds"].set(trained)
        labels = (version, bundle.digest, facts.git_sha, facts.data_fingerprint, facts.schema_hash)
        self._gauges["ml_model_info"].labels(*labels).set(1)

    def predicted(self, version: str, name: str, scores: Sequence[float]) -> None:
        """Count rows answered by that version of the model."""
        self._counters["ml_predictions_total"].labels(name, version, ROLE).inc(len(scores))
        histogram = self._scores.labels(name, version, ROLE)
        for score in scores:
            histogram.observe(score)

    def failed(self, reason: str) -> None:
        """Count one prediction request that got no answer."""
        self._counters["ml_prediction_errors_total"].labels(reason).inc()

    def violated(self, feature: str, check: str, rows: int) -> None:
        """Count rows that broke one rule of the Input contract."""
        self._counters["ml_input_violations_total"].labels(feature, check).inc(rows)

    def nonfinite(self, where: str, values: int) -> None:
        """Count NaN and infinite values."""
        self._counters["ml_nonfinite_values_total"].labels(where).inc(values)

    def dropped(self, predictions: int) -> None:
        """Count predictions that the log could not remember."""
        self._counters["ml_prediction_log_dropped_total"].inc(predictions)

    def exposition(self) -> tuple[bytes, str]:
        """Return the metrics as text, of all workers together, and the media type of it."""
        registry = self._registry
        if MULTIPROCESS in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST
