"""The tables that the service and the jobs beside it share; `migrations/` brings them about."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from .moment import Moment

metadata = MetaData()
Id, Name = String(36), String(128)

# Ids are UUIDv7 and sort by time; rows that were scored together are kept together: see explain.py.
predictions = Table(
    "predictions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("request_id", Id, nullable=False, index=True),
    Column("place", Integer, nullable=False),  # among the rows of the request
    Column("occurred_at", Moment, nullable=False, index=True),
    Column("model_name", Name, nullable=False),
    Column("model_version", Name, nullable=False),
    Column("model_digest", Name, nullable=False),
    Column("schema_hash", Name, nullable=False),
    Column("role", Name, nullable=False),  # champion, canary or shadow
    Column("input", JSON, nullable=False),
    Column("output", JSON, nullable=False),
    Column("score", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("duration_s", Double, nullable=False),  # of the whole request
    sqlite_with_rowid=False,  # one tree less to keep in order
)

# True labels, as they were recorded: a correction is another row, and the latest counts.
labels = Table(
    "labels",
    metadata,
    Column("prediction_id", Id, primary_key=True),
    Column("source", Name, primary_key=True),  # who says so
    Column("observed_at", Moment, primary_key=True),
    Column("value", Double, nullable=False),  # 0 or 1 for a class
    Column("recorded_at", Moment, nullable=False, index=True),
)

drift_runs = Table(
    "drift_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("created_at", Moment, nullable=False, index=True),
    Column("window_start", Moment),
    Column("window_end", Moment),
    Column("rows", Integer, nullable=False),  # of the champion, in the window
    Column("reference_rows", Integer, nullable=False),
    Column("model_version", Name, nullable=False),
    Column("model_digest", Name, nullable=False),
    Column("skew_rows", Integer, nullable=False),  # replayed through the training pipeline,
    Column("skew_mismatches", Integer, nullable=False),  # of which so many scored differently
    Column("labelled_rows", Integer, nullable=False),
    Column("label_lag_s", Double),  # median, from prediction to label
    Column("seconds", Double, nullable=False),  # that the job took
)

drift_results = Table(
    "drift_results",
    metadata,
    Column("run_id", Id, primary_key=True),
    Column("feature", Name, primary_key=True),  # an Input column, "score", or "all" of them
    Column("method", Name, primary_key=True),  # psi, js, missing, or auc of the domain classifier
    Column("value", Double, nullable=False),  # of the effect, corrected for its bias
    Column("p_value", Double),
    Column("q_value", Double),  # after Benjamini and Hochberg
    Column("drifted", Boolean, nullable=False),
)

quality_results = Table(
    "quality_results",
    metadata,
    Column("run_id", Id, primary_key=True),
    Column("metric", Name, primary_key=True),
    Column("slice", Name, primary_key=True),  # "all", or column = value
    Column("estimated", Boolean, primary_key=True),  # before labels came, from the scores alone
    Column("value", Double, nullable=False),
    Column("low", Double),
    Column("high", Double),
    Column("baseline", Double),  # of the same metric, on the test part
    Column("rows", Integer, nullable=False),
    Column("regressed", Boolean, nullable=False),
)

retrain_requests = Table(
    "retrain_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(256), nullable=False),  # of the alert: asked twice, done once
    Column("trigger", Name, nullable=False),  # the alert, "schedule" or "person"
    Column("created_at", Moment, nullable=False, index=True),
    Column("finished_at", Moment),
    Column("result", Name, nullable=False),  # running, dispatched, or how it ended
    Column("reason", Text, nullable=False),
    UniqueConstraint("key", name="uq_retrain_requests_key"),
)

promotion_decisions = Table(
    "promotion_decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("request_id", Id),
    Column("decided_at", Moment, nullable=False, index=True),
    Column("decision", Name, nullable=False),  # promoted, refused or aborted
    Column("model_version", Name, nullable=False),
    Column("champion_version", Name),
    Column("reason", Text, nullable=False),
)
