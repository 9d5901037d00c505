"""Data and quality: what the monitor found in the log, run by run."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from panels import Panel, choice, lines, number, of, page, table

METRIC = 'metric="$metric"'
OVERALL = 'slice="all"'


def dashboard(name: str) -> Dashboard:
    """Return the page."""
    panels = (*_state(), *_drift(), *_quality(), *_labels())
    made = page(name, "Data and quality", "ml_drift_window_rows", "now-30d", *panels)
    return made.with_variable(
        choice("metric", "Metric", "label_values(ml_quality_baseline, metric)")
    )


def _state() -> list[Panel]:
    ran = of("ml_job_last_success_timestamp_seconds", 'job_name="drift"')
    return [
        number(
            "Since the last run", "s", (f"time() - max by (namespace) ({ran})", "{{namespace}}")
        ),
        number("Predictions in the window", "short", (of("ml_drift_window_rows"), "{{namespace}}")),
        number(
            "Training/serving skew",
            "percentunit",
            (of("ml_skew_mismatch_ratio"), "{{namespace}}"),
            about="Of rows of the log that the trained pipeline scored again.",
        ),
        number(
            "Labels for each prediction",
            "percentunit",
            (of("ml_label_coverage_ratio"), "{{namespace}}"),
            about="Of what the champion answered, older answers too: the labels that came within "
            "the window, to the predictions in it; 100 % at most.",
        ),
    ]


def _drift() -> list[Panel]:
    scores = f"max by (feature, method) ({of('ml_drift_score')})"
    drifted = f"max by (namespace, feature) ({of('ml_drift_detected')}) == 1"
    return [
        lines(
            "Drift score",
            "short",
            (scores, "{{feature}} {{method}}"),
            about="Above 0.1 in two of three runs, and significantly, is drift.",
        ),
        table("Drifted features", drifted, "namespace", "feature"),
    ]


def _quality() -> list[Panel]:
    worse = f"max by (namespace, metric, slice) ({of('ml_quality_regressed')}) == 1"
    return [
        lines(
            "Realised quality",
            "short",
            (of("ml_quality", METRIC, OVERALL), "realised"),
            (of("ml_quality_ci_lower", METRIC, OVERALL), "lower end of its 95 % interval"),
            (of("ml_quality_ci_upper", METRIC, OVERALL), "upper end"),
            (of("ml_quality_baseline", METRIC), "when it was evaluated"),
            (of("ml_quality_estimated", METRIC), "estimated, without labels"),
        ),
        table(
            "Significantly worse than at evaluation",
            worse,
            *("namespace", "metric", "slice"),
            about="The whole interval is worse than the baseline.",
        ),
    ]


def _labels() -> list[Panel]:
    lag = of("ml_label_lag_seconds")
    return [lines("From a prediction to its label", "s", (lag, "{{namespace}} median"), width=24)]
