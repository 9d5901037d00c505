"""What the monitor tells: each metric with its text and its labels."""

SLICE = ("metric", "slice")
DECISIONS = ("promoted", "refused", "aborted")  # about a retrained model, which saw every label
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ml_job_last_success_timestamp_seconds": (
        "End of the last successful run of a job, Unix seconds.",
        ("job_name",),
    ),
    "ml_drift_window_rows": ("Predictions in the window of the last drift job.", ()),
    "ml_drift_score": (
        "Distance of a feature's distribution from that in training.",
        ("feature", "method"),
    ),
    "ml_drift_detected": ("1 if a feature drifted in most of the last drift jobs.", ("feature",)),
    "ml_column_missing": (
        "1 if a feature is missing significantly more often than in training.",
        ("feature",),
    ),
    "ml_skew_mismatch_ratio": (
        "Share of replayed predictions that training scores differently.",
        (),
    ),
    "ml_label_coverage_ratio": ("Labels recorded per prediction in the window, 1 at most.", ()),
    "ml_label_lag_seconds": ("Median time from a prediction to its label, in seconds.", ()),
    "ml_quality": ("Evaluation metric on labelled predictions.", SLICE),
    "ml_quality_ci_lower": ("Lower bound of the 95 % confidence interval of ml_quality.", SLICE),
    "ml_quality_ci_upper": ("Upper bound of the 95 % confidence interval of ml_quality.", SLICE),
    "ml_quality_regressed": ("1 if ml_quality is significantly worse than on the test set.", SLICE),
    "ml_quality_baseline": ("Evaluation metric of the champion on the test set.", ("metric",)),
    "ml_quality_estimated": (
        "Evaluation metric estimated from scores alone, without labels.",
        ("metric",),
    ),
}
COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ml_retrain_requests_total": (
        "Requests to retrain, by what came of them.",
        ("trigger", "result"),
    ),
    "ml_promotion_decisions_total": (
        "Retrained models, by whether they were promoted.",
        ("decision",),
    ),
}
