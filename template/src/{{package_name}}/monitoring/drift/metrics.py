"""What the monitor tells: each metric with its text and its labels."""

SLICE = ("metric", "slice")
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ml_job_last_success_timestamp_seconds": ("Last success, Unix time.", ("job_name",)),
    "ml_drift_window_rows": ("Rows in the window.", ()),
    "ml_drift_score": ("How far apart from training.", ("feature", "method")),
    "ml_drift_detected": ("1: apart in most of the last runs.", ("feature",)),
    "ml_column_missing": ("1: missing surely and much more often than in training.", ("feature",)),
    "ml_skew_mismatch_ratio": ("Share of replayed rows that score differently.", ()),
    "ml_label_coverage_ratio": ("Labels that came within the window, to its rows; 1 at most.", ()),
    "ml_label_lag_seconds": ("From a prediction to its label, median.", ()),
    "ml_quality": ("Quality on the rows that have a label.", SLICE),
    "ml_quality_ci_lower": ("Lower end of its 95 % interval.", SLICE),
    "ml_quality_ci_upper": ("Upper end of its 95 % interval.", SLICE),
    "ml_quality_regressed": ("1: surely worse than on the test part.", SLICE),
    "ml_quality_baseline": ("Quality on the test part of the champion.", ("metric",)),
    "ml_quality_estimated": ("Quality that the scores alone promise.", ("metric",)),
}
COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ml_retrain_requests_total": ("Requests to train again.", ("trigger", "result")),
    "ml_promotion_decisions_total": ("What became of new models.", ("decision",)),
}
