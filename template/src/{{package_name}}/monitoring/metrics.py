"""The Prometheus metrics of one prediction service."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

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

MODEL = ("model_name", "model_version", "role")
COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "http_requests_total": (
        "HTTP requests answered, probes and scrapes excluded.",
        ("handler", "method", "status"),
    ),
    "ml_predictions_total": ("Rows scored by a model.", MODEL),
    "ml_prediction_errors_total": ("Prediction requests refused or failed.", ("reason",)),
    "ml_input_violations_total": ("Requests that violate the input schema.", ("feature", "check")),
    "ml_nonfinite_values_total": ("NaN and infinite values, in inputs or scores.", ("where",)),
    "ml_prediction_log_dropped_total": ("Predictions not written to the prediction log.", ()),
}
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ml_model_trained_timestamp_seconds": ("Training time of the champion, Unix seconds.", ()),
    "ml_model_info": (
        "1 for the champion that answers, 0 for earlier ones.",
        ("model_version", "model_digest", "git_sha", "data_version", "schema_hash"),
    ),
}
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SHARES = tuple(tenth / 10 for tenth in range(1, 11))
STEPS = tuple(digit * 10.0**power for power in range(-1, 5) for digit in (1, 2, 5))
VALUES = (*(-step for step in reversed(STEPS)), 0.0, *STEPS)
HISTOGRAMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "http_request_duration_seconds": ("HTTP request latency in seconds.", ("handler", "method")),
    "ml_prediction_duration_seconds": ("Inference time of a request in seconds.", ("stage",)),
    "ml_prediction_score": ("Predicted scores, one observation per row.", MODEL),
}


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
        self._histograms = {
            name: Histogram(name, text, labels, buckets=_buckets(name), registry=registry)
            for name, (text, labels) in HISTOGRAMS.items()
        }
        self._answering: tuple[str, ...] = ()
        self._child = cache(self._find)  # the library takes longer to find than to count

    def _find(self, name: str, *labels: str) -> Any:
        metrics = {**self._counters, **self._histograms}
        return metrics[name].labels(*labels)

    def request(self, handler: str, method: str, status: int, seconds: float) -> None:
        """Count one HTTP request."""
        self._child("http_requests_total", handler, method, str(status)).inc()
        self._child("http_request_duration_seconds", handler, method).observe(seconds)

    def loaded(self, version: str, bundle: Bundle) -> None:
        """Publish which model answers."""
        facts = bundle.contract
        trained = datetime.fromisoformat(facts.created_at).timestamp()
        self._gauges["ml_model_trained_timestamp_seconds"].set(trained)
        labels = (version, bundle.digest, facts.git_sha, facts.data_fingerprint, facts.schema_hash)
        if self._answering:
            self._gauges["ml_model_info"].labels(*self._answering).set(0)
        self._gauges["ml_model_info"].labels(*labels).set(1)
        self._answering = labels

    def predicted(
        self, model: tuple[str, str, str], scores: Sequence[float], seconds: float
    ) -> None:
        """Count rows answered by a model: its name, version and role; and how long it took."""
        self._child("ml_predictions_total", *model).inc(len(scores))
        stage = "shadow" if model[-1] == "shadow" else "score"  # nobody waits for the former
        self._child("ml_prediction_duration_seconds", stage).observe(seconds)
        histogram = self._child("ml_prediction_score", *model)
        for score in scores:
            histogram.observe(score)

    def failed(self, reason: str) -> None:
        """Count one prediction request that got no answer."""
        self._counters["ml_prediction_errors_total"].labels(reason).inc()

    def violated(self, feature: str, check: str) -> None:
        """Count one request that broke this rule of the Input contract, however often."""
        self._counters["ml_input_violations_total"].labels(feature, check).inc()

    def nonfinite(self, where: str, values: int) -> None:
        """Count NaN and infinite values."""
        self._counters["ml_nonfinite_values_total"].labels(where).inc(values)

    def dropped(self, predictions: int) -> None:
        """Count predictions that the log could not remember."""
        self._counters["ml_prediction_log_dropped_total"].inc(predictions)

    def announced(self, events: Mapping[str, str]) -> None:
        """Begin to count what an optional part will note: 0 is told from the start."""
        for event, text in events.items():
            name = f"ml_{event}_total"
            self._counters[name] = Counter(name, text, registry=self._registry)

    def happened(self, event: str, times: int = 1) -> None:
        """Count something that was announced."""
        self._counters[f"ml_{event}_total"].inc(times)

    def exposition(self) -> tuple[bytes, str]:
        """Return the metrics as text, of all workers together, and the media type of it."""
        registry = self._registry
        if MULTIPROCESS in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST


def _buckets(name: str) -> tuple[float, ...]:
    if name.endswith("_seconds"):
        return SECONDS
    return SHARES if schema.TASK == "classification" else VALUES
