"""What is done to the log of predictions as a whole: migrated, pruned, made to forget."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select, text

from ...config import Settings
from ...errors import StageError
from .. import MonitoringSettings
from ..store import HEAD
from . import connect, transaction
from .migrate import upgrade
from .tables import labels, predictions

ELSEWHERE = "Rows of theirs that a data set, a Bundle or an image was made of stay there."
CHUNK = 2_000  # predictions in a transaction: between two the service can write


def migrate(_: Settings, options: MonitoringSettings) -> str:
    """Bring the tables up to date; return what was done."""
    upgrade(options.log_url)
    return f"The log of predictions is up to date: revision {HEAD}."


def prune(_: Settings, options: MonitoringSettings) -> str:
    """Take away what is older than keep_days; return how much that was."""
    engine = _to_write(options.log_url)
    limit = datetime.now(UTC) - timedelta(days=options.keep_days)
    old = select(predictions.c.id).where(predictions.c.occurred_at < limit).limit(CHUNK)
    taken, more = 0, True
    while more:
        with transaction(engine) as connection:
            ids = connection.scalars(old).all()
            _delete(connection, ids)
        taken, more = taken + len(ids), len(ids) == CHUNK
    with transaction(engine) as connection:  # a label may have come just before its prediction went
        connection.execute(delete(labels).where(labels.c.recorded_at < limit))
    return f"{taken} predictions were older than {options.keep_days} days, and are gone."


def forget(_: Settings, options: MonitoringSettings, ids: Sequence[str]) -> str:
    """Erase predictions and their labels; raises StageError when one of them is not there."""
    engine = _to_write(options.log_url)
    with transaction(engine) as connection:
        found = set(connection.scalars(select(predictions.c.id).where(predictions.c.id.in_(ids))))
        _delete(connection, sorted(found))
    _scrub(engine)
    done = f"Predictions forgotten, with their labels: {len(found)}. {ELSEWHERE}"
    if missing := sorted(set(ids) - found):
        raise StageError(f"{done} Not in the log: {', '.join(missing)}; copy the ids.")
    return done


def _to_write(url: str) -> Engine:
    """Return an engine that waits for its turn to write before it reads: later it would fail."""
    return connect(url).execution_options(begin="BEGIN IMMEDIATE")


def _delete(connection: Connection, ids: Sequence[str]) -> None:
    connection.execute(delete(labels).where(labels.c.prediction_id.in_(ids)))
    connection.execute(delete(predictions).where(predictions.c.id.in_(ids)))


def _scrub(engine: Engine) -> None:
    """Let nothing stay behind: a database keeps what it deletes till it needs the room."""
    if engine.dialect.name == "postgresql":
        with transaction(engine.execution_options(isolation_level="AUTOCOMMIT")) as connection:
            connection.execute(text("VACUUM (FULL) predictions, labels"))
        return
    with transaction(engine.execution_options(begin="")) as connection:
        connection.exec_driver_sql("VACUUM")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
    if busy:
        raise StageError("They are gone, but not yet from the journal: run it once more.")
