"""Expressions are read without Prometheus: which metrics and labels they name."""

from __future__ import annotations

import pytest

from mlstamp.checks import promql
from tests.capabilities.support import text
from tests.conftest import Rendered

KNOWN: promql.Metrics = {
    "songs_total": frozenset({"status"}),
    "beat_bucket": frozenset({"le"}),
    "song:errors:rate5m": frozenset(),
}


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("sum by (status) (rate(songs_total[5m])) > 0.5", ["songs_total"]),
        ("time() - max(songs_total > 0) > 30 * 86400", ["songs_total"]),
        (
            "song:errors:rate5m > 1 and on (job) songs_total >= 100",
            ["song:errors:rate5m", "songs_total"],
        ),
        (
            'songs_total{status=~"5..", le="songs"} unless songs_total offset 15m',
            ["songs_total"] * 2,
        ),
        (
            "histogram_quantile(0.5, sum by (le) (rate(beat_bucket[$__rate_interval])))",
            ["beat_bucket"],
        ),
        ("vector(1)", []),
    ],
)
def test_the_metrics_of_an_expression_are_found(expression: str, names: list[str]) -> None:
    assert [name for name, _ in promql.used(expression)] == names


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("rate(songs[5m])", ["no metric songs"]),
        ('songs_total{status="5", colour!="red"}', ["songs_total has no label colour"]),
        ('songs_total{namespace="x", job=~"y"}', []),
    ],
)
def test_what_nothing_exposes_is_a_fault(expression: str, fault: list[str]) -> None:
    assert list(promql.faults(expression, KNOWN)) == fault


def test_the_metrics_of_the_template_are_read_from_its_code(rendered: Rendered) -> None:
    found = promql.exposed(text(rendered() / "src/churn/monitoring/metrics.py"))
    assert found["http_requests_total"] == {"handler", "method", "status"}
    assert found["ml_predictions_total"] == {"model_name", "model_version", "role"}
    assert found["ml_prediction_score_bucket"] >= {"le", "role"}
    assert "ml_prediction_score" not in found
    assert found["ml_model_trained_timestamp_seconds"] == frozenset()


def test_what_grafana_and_argo_fill_in_is_filled_in() -> None:
    asked = 'rate(songs_total{namespace=~"$namespace", hash="{{args.canary}}"}[$__rate_interval])'
    assert promql.plain(asked) == 'rate(songs_total{namespace=~"x", hash="x"}[5m])'


def test_recorded_metrics_are_known() -> None:
    groups = [{"rules": [{"record": "song:rate5m", "expr": "1"}, {"alert": "Old", "expr": "1"}]}]
    assert promql.recorded(groups) == {"song:rate5m": frozenset()}
