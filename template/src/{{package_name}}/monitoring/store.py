"""The shortest way to the prediction log: SQLite's own driver, or psycopg."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import StageError

LOCK_SECONDS = 5.0  # to wait for another program to let go of the file, or for a server
SQLITE, POSTGRESQL = "sqlite:///", "postgresql://"
HEAD = "0001"  # the newest of database/migrations/versions
NO_LOG = "There is no prediction log at {}: serve a prediction first."
UNUSABLE = (
    "The prediction log {} cannot be used ({}): check that it is there, whole, and has room; "
    "the command migrate brings an older one up to date."
)
IS_THERE = {
    True: "SELECT count(*) FROM sqlite_master WHERE name = 'prediction_log_version'",
    False: "SELECT count(to_regclass('prediction_log_version'))",
}


class Session:
    """One transaction, in words that both databases know: a value goes where a ? is."""

    def __init__(self, connection: Any, in_file: bool) -> None:
        self._connection = connection
        self._in_file = in_file

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Run a statement and return its cursor."""
        known = statement if self._in_file else statement.replace("?", "%s")
        return self._connection.execute(known, values)


class Store:
    """Where it is kept; each use opens it anew, so that a replaced file is noticed."""

    def __init__(self, url: str) -> None:
        """Take the address; raises StageError unless there is a driver for it."""
        self.url = url
        self.in_file = url.startswith(SQLITE) and url != SQLITE
        # Without the password of a server, for it is shown.
        self.name = url.removeprefix(SQLITE) if self.in_file else url.rpartition("@")[2]
        self._driver: Any = sqlite3 if self.in_file else _psycopg(url)
        self.errors: type[Exception] = self._driver.Error

    @contextmanager
    def open(self, durable: bool = False) -> Iterator[Session]:
        """Do all of it or nothing; what is durable outlives even a power failure."""
        with closing(self._connect()) as connection:
            if self.in_file:
                # With a write-ahead log, others can read while the service writes.
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            with connection:
                yield Session(connection, self.in_file)

    @contextmanager
    def said(self) -> Iterator[None]:
        """Turn what the driver raises, or a log that is not there, into a StageError."""
        if is_missing(self.url):
            raise StageError(NO_LOG.format(self.name))
        try:
            yield
        except self.errors as error:
            raise StageError(UNUSABLE.format(self.name, first_line(error))) from error

    def revision(self) -> str:
        """Return which tables there are, by the newest migration; empty when there are none."""
        with self.open() as session:
            if not session.execute(IS_THERE[self.in_file]).fetchone()[0]:
                return ""
            found = session.execute("SELECT version_num FROM prediction_log_version").fetchone()
            return str(found[0]) if found else ""

    def _connect(self) -> Any:
        if self.in_file:
            return self._driver.connect(self.name, timeout=LOCK_SECONDS)
        return self._driver.connect(self.url, connect_timeout=int(LOCK_SECONDS))


def first_line(error: BaseException) -> str:
    """Return what an exception says, in a line; its type where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def is_missing(url: str) -> bool:
    """Tell whether the log would be a file that nobody has begun."""
    return url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_file()


def _psycopg(url: str) -> Any:
    try:
        if url.startswith(POSTGRESQL):
            return import_module("psycopg")
    except ImportError as error:
        raise StageError(
            f"monitoring.log_url cannot be used ({error}): uv add --group serve 'psycopg[binary]'."
        ) from error
    raise StageError(
        f"monitoring.log_url cannot be used: begin it with {SQLITE} and a file, or {POSTGRESQL}."
    )
