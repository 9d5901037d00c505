"""The tables of the loop, beside that of predictions, which an older release may have made."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(40), "sqlite")
ID, NAME = sa.String(36), sa.String(128)
# Without an offset, for once this was left to a library: always UTC.
ADOPT = """UPDATE predictions SET occurred_at = replace(occurred_at, ' ', 'T') || '+00:00'
WHERE occurred_at LIKE '____-__-__ %'"""


def upgrade() -> None:
    """Make what is not there; keep the predictions that are."""
    found = sa.inspect(op.get_bind())
    if found.has_table("predictions"):
        _adopt({column["name"] for column in found.get_columns("predictions")})
    else:
        op.create_table("predictions", *_predictions(), sqlite_with_rowid=False)
        _index("predictions", "request_id", "occurred_at")
    op.create_table("labels", *_labels())
    _index("labels", "recorded_at")
    op.create_table("drift_runs", *_drift_runs())
    _index("drift_runs", "created_at")
    op.create_table("drift_results", *_drift_results())
    op.create_table("quality_results", *_quality_results())
    op.create_table(
        "retrain_requests",
        *_retrain_requests(),
        sa.UniqueConstraint("key", name="uq_retrain_requests_key"),
    )
    _index("retrain_requests", "created_at")
    op.create_table("promotion_decisions", *_promotion_decisions())
    _index("promotion_decisions", "decided_at")


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def _adopt(found: set[str]) -> None:
    if missing := sorted({column.name for column in _predictions()} - found):
        raise CommandError(
            f"its table predictions lacks {', '.join(missing)}, so it is none of this project's"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(ADOPT)


def _predictions() -> Iterator[sa.Column[Any]]:
    yield _column("id", ID, primary_key=True)
    yield _column("request_id", ID)
    yield _column("place", sa.Integer())
    yield _column("occurred_at", MOMENT)
    for name in ("model_name", "model_version", "model_digest", "schema_hash", "role"):
        yield _column(name, NAME)
    yield from (_column(name, sa.JSON()) for name in ("input", "output"))
    yield from (_column(name, sa.Double()) for name in ("score", "threshold", "duration_s"))


def _labels() -> Iterator[sa.Column[Any]]:
    yield _column("prediction_id", ID, primary_key=True)
    yield _column("source", NAME, primary_key=True)
    yield _column("observed_at", MOMENT, primary_key=True)
    yield _column("value", sa.Double())
    yield _column("recorded_at", MOMENT)


def _drift_runs() -> Iterator[sa.Column[Any]]:
    yield _column("id", ID, primary_key=True)
    yield _column("created_at", MOMENT)
    yield from (_column(name, MOMENT, nullable=True) for name in ("window_start", "window_end"))
    yield from (_column(name, sa.Integer()) for name in ("rows", "reference_rows"))
    yield from (_column(name, NAME) for name in ("model_version", "model_digest"))
    for name in ("skew_rows", "skew_mismatches", "labelled_rows"):
        yield _column(name, sa.Integer())
    yield _column("label_lag_s", sa.Double(), nullable=True)
    yield _column("seconds", sa.Double())


def _drift_results() -> Iterator[sa.Column[Any]]:
    yield _column("run_id", ID, primary_key=True)
    yield from (_column(name, NAME, primary_key=True) for name in ("feature", "method"))
    yield _column("value", sa.Double())
    yield from (_column(name, sa.Double(), nullable=True) for name in ("p_value", "q_value"))
    yield _column("drifted", sa.Boolean())


def _quality_results() -> Iterator[sa.Column[Any]]:
    yield _column("run_id", ID, primary_key=True)
    yield from (_column(name, NAME, primary_key=True) for name in ("metric", "slice"))
    yield _column("estimated", sa.Boolean(), primary_key=True)
    yield _column("value", sa.Double())
    for name in ("low", "high", "baseline"):
        yield _column(name, sa.Double(), nullable=True)
    yield _column("rows", sa.Integer())
    yield _column("regressed", sa.Boolean())


def _retrain_requests() -> Iterator[sa.Column[Any]]:
    yield _column("id", ID, primary_key=True)
    yield _column("key", sa.String(256))
    yield _column("trigger", NAME)
    yield _column("created_at", MOMENT)
    yield _column("finished_at", MOMENT, nullable=True)
    yield _column("result", NAME)
    yield _column("reason", sa.Text())


def _promotion_decisions() -> Iterator[sa.Column[Any]]:
    yield _column("id", ID, primary_key=True)
    yield _column("request_id", ID, nullable=True)
    yield _column("decided_at", MOMENT)
    yield from (_column(name, NAME) for name in ("decision", "model_version"))
    yield _column("champion_version", NAME, nullable=True)
    yield _column("reason", sa.Text())


def _column(
    name: str, kind: sa.types.TypeEngine[Any], nullable: bool = False, primary_key: bool = False
) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, primary_key=primary_key)
