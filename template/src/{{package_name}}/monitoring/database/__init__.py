"""The database of predictions, for the jobs that read it; the service writes by a shorter way."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ...errors import StageError


def connect(url: str) -> Engine:
    """Return the engine of a log_url; raises StageError when there is no driver for it."""
    try:
        address = make_url(url)
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        return create_engine(address, poolclass=NullPool)
    except (ArgumentError, ImportError) as error:
        raise StageError(
            f"monitoring.log_url cannot be used ({error}): see docs of the setting."
        ) from error


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Do all of it or nothing; raises StageError when the database cannot do it."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StageError(
            f"The prediction log at {engine.url.render_as_string()} cannot be used ({cause}): "
            "is it there, and up to date? The command migrate makes it so."
        ) from error
