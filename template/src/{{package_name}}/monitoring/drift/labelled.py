"""Predictions whose truth became known, read from the log."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, Select, Text, cast, func, select

from ...features.frames import conform
from ..database.answered import ROLES, latest_labels
from ..database.tables import labels, predictions
from . import rows
from .quality import Labelled

ROWS = 10_000  # the most recently labelled ones


@dataclass(frozen=True)
class GroundTruth:
    """The labels of the champion's predictions, and how late they are."""

    labelled: Labelled | None
    lag_s: float | None  # median, from prediction to label


def read(connection: Connection, digest: str, since: datetime) -> GroundTruth:
    """Return the model's predictions whose latest label was recorded since then."""
    found = connection.execute(_query(digest, since)).all()
    if not found:
        return GroundTruth(None, None)
    inputs, scores, truths, answered, observed = zip(*found, strict=True)
    lags = [(late - early).total_seconds() for early, late in zip(answered, observed, strict=True)]
    labelled = Labelled(
        conform(rows.to_columns(rows.parse(inputs))),
        np.array(truths, dtype=np.float64),
        np.array(scores, dtype=np.float64),
    )
    return GroundTruth(labelled, float(np.median(lags)))


def count(connection: Connection, digest: str, start: datetime, end: datetime) -> int:
    """Return how many of the model's predictions got a label in this time."""
    asked = (
        select(func.count(labels.c.prediction_id.distinct()))
        .join(predictions, predictions.c.id == labels.c.prediction_id)
        .where(labels.c.recorded_at.between(start, end), predictions.c.model_digest == digest)
        .where(predictions.c.role.in_(ROLES))
    )
    return int(connection.execute(asked).scalar_one())


def _query(digest: str, since: datetime) -> "Select[tuple[str, float, float, datetime, datetime]]":
    latest, answers = latest_labels(since), predictions.c
    return (
        select(
            cast(answers.input, Text),
            answers.score,
            latest.c.value,
            answers.occurred_at,
            latest.c.observed_at,
        )
        .join(latest, answers.id == latest.c.prediction_id)
        .where(answers.model_digest == digest, answers.role.in_(ROLES))
        .order_by(latest.c.recorded_at.desc())
        .limit(ROWS)
    )
