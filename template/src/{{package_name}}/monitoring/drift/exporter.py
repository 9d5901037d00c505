"""What the jobs have found, as metrics: rows of the database, read anew at each scrape.

Nothing is pushed and nothing is remembered here: what a later run no longer finds is gone.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, Row, func, select

from ..database import transaction
from ..database.tables import (
    drift_results,
    drift_runs,
    promotion_decisions,
    quality_results,
    retrain_requests,
)
from . import ALL, MISSING
from .metrics import COUNTERS, DECISIONS, GAUGES

RECENT, PERSISTENT = 3, 2  # runs that are looked at, and those of them that must have drifted
# Of rows with a label: a metric, and the column that it is read from.
QUALITY = {
    "ml_quality": "value",
    "ml_quality_ci_lower": "low",
    "ml_quality_ci_upper": "high",
    "ml_quality_regressed": "regressed",
}


class Findings(Collector):
    """Reads the tables when it is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the registry would look into the database to learn the names."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return every metric; raises StageError when the database cannot be read."""
        with transaction(self._engine) as connection:
            return [*_of_runs(connection), *_of_retraining(connection)]


def _of_runs(connection: Connection) -> Iterator[Metric]:
    newest = drift_runs.c.created_at.desc(), drift_runs.c.id.desc()
    runs = connection.execute(select(drift_runs).order_by(*newest).limit(RECENT)).all()
    job = _gauge("ml_job_last_success_timestamp_seconds")
    job.add_metric(["drift"], runs[0].created_at.timestamp() if runs else 0.0)
    job.add_metric(["retrain"], _last_retraining(connection))
    yield job
    if not runs:
        return
    yield from _of_window(runs[0])
    model = runs[0].model_digest  # what was found of the one before says nothing of it
    yield from _of_drift(connection, [run.id for run in runs if run.model_digest == model])
    yield from _of_quality(connection, runs[0].id)


def _of_window(run: Row[Any]) -> Iterator[Metric]:
    shares = {
        "ml_skew_mismatch_ratio": (run.skew_mismatches, run.skew_rows),
        # Labels of older predictions count, so there may be more of them than rows.
        "ml_label_coverage_ratio": (min(run.labelled_rows, run.rows), run.rows),
    }
    for name, (part, whole) in shares.items():
        yield _gauge(name, part / whole if whole else None)
    yield _gauge("ml_drift_window_rows", run.rows)
    yield _gauge("ml_label_lag_seconds", run.label_lag_s)


def _of_drift(connection: Connection, runs: Sequence[str]) -> Iterator[Metric]:
    score, drifted = _gauge("ml_drift_score"), _gauge("ml_drift_detected")
    missing = _gauge("ml_column_missing")
    asked = select(drift_results).where(drift_results.c.run_id.in_(runs))
    found = connection.execute(asked).all()
    # A run in which a column fails to come is no sign of drift: that fault is mended elsewhere.
    faulty = {row.run_id for row in found if row.method == MISSING and row.drifted}
    times: dict[str, set[str]] = {}
    for row in found:
        if row.run_id == runs[0]:
            score.add_metric([row.feature, row.method], row.value)
            if row.method == MISSING:
                missing.add_metric([row.feature], float(row.drifted))
        tells = row.drifted and row.run_id not in faulty
        times.setdefault(row.feature, set()).update([row.run_id] * tells)
    for feature, when in sorted(times.items()):
        drifted.add_metric([feature], float(len(when) >= PERSISTENT))
    yield from (score, drifted, missing)


def _of_quality(connection: Connection, run: str) -> Iterator[Metric]:
    found = connection.execute(select(quality_results).where(quality_results.c.run_id == run)).all()
    real = [row for row in found if not row.estimated]
    yield from (_filled(_gauge(name), real, column) for name, column in QUALITY.items())
    whole = [row for row in real if row.slice == ALL]
    yield _filled(_gauge("ml_quality_baseline"), whole, "baseline")
    guessed = [row for row in found if row.estimated and row.slice == ALL]
    yield _filled(_gauge("ml_quality_estimated"), guessed, "value")


def _filled(gauge: GaugeMetricFamily, rows: Iterable[Row[Any]], column: str) -> GaugeMetricFamily:
    for row in rows:
        if (value := getattr(row, column)) is not None:
            # A gauge of whole metrics has no label for the slice, and leaves it out.
            gauge.add_metric([row.metric, row.slice], float(value))
    return gauge


def _of_retraining(connection: Connection) -> Iterator[Metric]:
    requests, decisions = retrain_requests.c, promotion_decisions.c
    asked = _counter("ml_retrain_requests_total")
    by = requests.trigger, requests.result
    for row in connection.execute(select(*by, func.count()).group_by(*by)):
        asked.add_metric([row[0], row[1]], row[2])
    decided = _counter("ml_promotion_decisions_total")
    each = select(decisions.decision, func.count()).group_by(decisions.decision)
    for row in connection.execute(each):
        decided.add_metric([row[0]], row[1])
    yield from (asked, decided)


def _last_retraining(connection: Connection) -> float:
    done = retrain_requests.c.result.in_(DECISIONS)
    last = connection.execute(
        select(retrain_requests.c.finished_at)
        .where(done)
        .order_by(retrain_requests.c.finished_at.desc())
        .limit(1)
    ).scalar()
    return last.timestamp() if last else 0.0


def _gauge(name: str, value: float | None = None) -> GaugeMetricFamily:
    """Return the metric; without a value it is announced, so that a dashboard finds its name."""
    text, labels = GAUGES[name]
    return GaugeMetricFamily(name, text, value, labels if value is None else None)


def _counter(name: str) -> CounterMetricFamily:
    text, labels = COUNTERS[name]
    return CounterMetricFamily(name, text, labels=labels)
