"""What speaks for another training and what against it, by the log and the last drift run."""

from datetime import datetime

from sqlalchemy import Engine, func, select

from ..database import transaction
from ..database.tables import drift_results, drift_runs, labels
from ..drift import MISSING


def labels_since(engine: Engine, when: datetime | None) -> int:
    """Return how many labels were recorded after that."""
    found = select(func.count()).select_from(labels)
    if when:
        found = found.where(labels.c.recorded_at > when)
    with transaction(engine) as connection:
        return connection.execute(found).scalar_one()


def fault(engine: Engine) -> str:
    """Return what is wrong with the data, which no training may learn; empty for nothing."""
    newest = select(drift_runs).order_by(drift_runs.c.created_at.desc()).limit(1)
    with transaction(engine) as connection:
        run = connection.execute(newest).first()
        if run is None:
            return ""
        if run.skew_mismatches:
            return f"{run.skew_mismatches} rows score differently in training: mend that first."
        results = drift_results.c
        gone = select(results.feature).where(
            results.run_id == run.id, results.method == MISSING, results.drifted
        )
        names = ", ".join(sorted(connection.scalars(gone)))
    return f"Missing more often than in training: {names}; mend that first." if names else ""
