"""The database of predictions, for the jobs that read it; the service writes by a shorter way."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ...errors import StageError
from ..store import NO_LOG, UNUSABLE, Store, first_line

LOCK_SECONDS = 60.0  # to wait for another program to let go of the file: jobs have time


def connect(url: str) -> Engine:
    """Return the engine of a log_url; raises StageError when there is no driver for it."""
    store = Store(url)  # which refuses what the service could not use
    try:
        address = make_url(url)
        if not store.in_file:
            address = address.set(drivername="postgresql+psycopg")
        engine = create_engine(address, poolclass=NullPool)
    except (ArgumentError, ValueError) as error:
        raise StageError(
            f"monitoring.log_url cannot be used ({error}): write NAME:PASSWORD@HOST:PORT/DATABASE."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _opened)
        event.listen(engine, "begin", _begun)
    return engine


@contextmanager
def transaction(engine: Engine, new: bool = False) -> Iterator[Connection]:
    """Do all of it or nothing; raises StageError when the database cannot do it.

    A file that is not there is made only if it may be `new`: an empty one would hide that.
    """
    file = engine.url.database
    if not new and engine.dialect.name == "sqlite" and not (file and Path(file).is_file()):
        raise StageError(NO_LOG.format(file))
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        cause = first_line(getattr(error, "orig", None) or error)
        raise StageError(UNUSABLE.format(f"at {engine.url.render_as_string()}", cause)) from error


def _opened(connection: Any, _: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000:.0f}")
    connection.execute("PRAGMA secure_delete = ON")


def _begun(connection: Connection) -> None:
    # The driver would begin at the first change of rows, too late for new tables.
    if words := connection.get_execution_options().get("begin", "BEGIN"):
        connection.exec_driver_sql(words)
