"""Which answers count as given, and their labels: the same for training and for drift."""

from datetime import datetime

from sqlalchemy import Subquery, func, select

from .tables import labels

ROLES = ("champion", "canary")  # who answers; a shadow only thinks


def latest_labels(since: datetime | None = None) -> Subquery:
    """Return the label that counts of each prediction, of those that were recorded since then."""
    newest = func.row_number().over(
        partition_by=labels.c.prediction_id,
        order_by=(labels.c.observed_at.desc(), labels.c.recorded_at.desc(), labels.c.source),
    )
    ranked = select(labels, newest.label("place"))
    if since:
        ranked = ranked.where(labels.c.recorded_at >= since)
    found = ranked.subquery().c
    kept = (found[column.name] for column in labels.columns)
    return select(*kept).where(found.place == 1).subquery()
