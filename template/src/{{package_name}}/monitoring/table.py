"""The table of served predictions, and how to reach the database that holds it."""

import sqlite3
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Engine,
    Float,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from ..errors import StageError

LOCK_SECONDS = 5.0  # how long to wait for another program to let go of the file

predictions = Table(
    "predictions",
    MetaData(),
    Column("id", String(36), primary_key=True),  # UUIDv7, so ids sort by time
    Column("occurred_at", DateTime(timezone=True), nullable=False, index=True),
    Column("model_name", String(128), nullable=False),
    Column("model_version", String(32), nullable=False),
    Column("model_digest", String(64), nullable=False),
    Column("schema_hash", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("input", JSON, nullable=False),
    Column("score", Float(53), nullable=False),
    Column("output", JSON, nullable=False),
    Column("threshold", Float(53), nullable=False),
    Column("duration_s", Float(53), nullable=False),
)


def make_engine(url: str, lock_seconds: float = LOCK_SECONDS) -> Engine:
    """Return an engine; SQLite is opened anew each time, so a replaced file is noticed."""
    try:
        if make_url(url).get_backend_name() != "sqlite":
            return create_engine(url, pool_pre_ping=True)
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": lock_seconds})
    except (ArgumentError, ImportError) as error:
        raise StageError(
            f"monitoring.log_url cannot be used ({error}): correct it, or add its driver."
        ) from error
    event.listen(engine, "connect", _tune)
    return engine


def _tune(connection: sqlite3.Connection, _: Any) -> None:
    # With a write-ahead log, explain can read while the service writes.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
