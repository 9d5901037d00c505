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

RECENT, PERSISTENT = 3, 2  # runs that are looked at, and those of them that must have drifted
ALL = "all"
QUALITY = (
    ("ml_quality", "value", "Quality on the rows that have a label."),
    ("ml_quality_ci_lower", "low", "Lower end of its 95 % interval."),
    ("ml_quality_ci_upper", "high", "Upper end of its 95 % interval."),
    ("ml_quality_regressed", "regressed", "1: surely worse than on the test part."),
)
FINISHED = ("promoted", "refused", "aborted")


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
    last = runs[0].created_at.timestamp() if runs else 0.0
    job = _gauge("ml_job_last_success_timestamp_seconds", "Last success, Unix time.", "job_name")
    job.add_metric(["drift"], last)
    job.add_metric(["retrain"], _last_retraining(connection))
    yield job
    if not runs:
        return
    yield from _of_window(runs[0])
    yield from _of_drift(connection, [run.id for run in runs])
    yield from _of_quality(connection, runs[0].id)


def _of_window(run: Row[Any]) -> Iterator[Metric]:
    shares = {
        "ml_skew_mismatch_ratio": (run.skew_mismatches, run.skew_rows),
        "ml_label_coverage_ratio": (run.labelled_rows, run.rows),
    }
    for name, (part, whole) in shares.items():
        if whole:
            yield GaugeMetricFamily(name, "Share of the rows of the window.", part / whole)
    yield GaugeMetricFamily("ml_drift_window_rows", "Rows in the window.", run.rows)
    if run.label_lag_s is not None:
        text = "From a prediction to its label, median."
        yield GaugeMetricFamily("ml_label_lag_seconds", text, run.label_lag_s)


def _of_drift(connection: Connection, runs: Sequence[str]) -> Iterator[Metric]:
    score = _gauge("ml_drift_score", "How far apart from training.", "feature", "method")
    drifted = _gauge("ml_drift_detected", "1: apart in most of the last runs.", "feature")
    found = select(drift_results).where(drift_results.c.run_id.in_(runs))
    times: dict[str, set[str]] = {}
    for row in connection.execute(found):
        if row.run_id == runs[0]:
            score.add_metric([row.feature, row.method], row.value)
        times.setdefault(row.feature, set()).update([row.run_id] * row.drifted)
    for feature, when in sorted(times.items()):
        drifted.add_metric([feature], float(len(when) >= PERSISTENT))
    yield from (score, drifted)


def _of_quality(connection: Connection, run: str) -> Iterator[Metric]:
    found = connection.execute(select(quality_results).where(quality_results.c.run_id == run)).all()
    real = [row for row in found if not row.estimated]
    for name, column, text in QUALITY:
        yield _filled(_gauge(name, text, "metric", "slice"), real, column)
    whole = [row for row in real if row.slice == ALL]
    text = "Quality on the test part of the champion."
    yield _filled(_gauge("ml_quality_baseline", text, "metric"), whole, "baseline")
    text = "Quality that the scores alone promise, before labels come."
    guessed = [row for row in found if row.estimated and row.slice == ALL]
    yield _filled(_gauge("ml_quality_estimated", text, "metric"), guessed, "value")


def _filled(gauge: GaugeMetricFamily, rows: Iterable[Row[Any]], column: str) -> GaugeMetricFamily:
    for row in rows:
        if (value := getattr(row, column)) is not None:
            # A gauge of whole metrics has no label for the slice, and leaves it out.
            gauge.add_metric([row.metric, row.slice], float(value))
    return gauge


def _of_retraining(connection: Connection) -> Iterator[Metric]:
    requests, decisions = retrain_requests.c, promotion_decisions.c
    asked = _counter("ml_retrain_requests", "Requests to train again.", "trigger", "result")
    by = requests.trigger, requests.result
    for row in connection.execute(select(*by, func.count()).group_by(*by)):
        asked.add_metric([row[0], row[1]], row[2])
    decided = _counter("ml_promotion_decisions", "What became of new models.", "decision")
    each = select(decisions.decision, func.count()).group_by(decisions.decision)
    for row in connection.execute(each):
        decided.add_metric([row[0]], row[1])
    yield from (asked, decided)


def _last_retraining(connection: Connection) -> float:
    done = retrain_requests.c.result.in_(FINISHED)
    last = connection.execute(
        select(retrain_requests.c.finished_at)
        .where(done)
        .order_by(retrain_requests.c.finished_at.desc())
        .limit(1)
    ).scalar()
    return last.timestamp() if last else 0.0


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=labels)


def _counter(name: str, text: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, text, labels=labels)
