"""The table of served predictions, and the quickest way into it."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain, islice
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

Record = Mapping[str, Any]
ROWS = 500  # in one statement: SQLite takes 32,766 values at once
TEXTS = ("model_name", "model_version", "model_digest", "schema_hash", "role")
predictions = sa.Table(
    "predictions",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),  # UUIDv7, so ids sort by time
    # Rows that were scored together are kept together: see explain.py.
    sa.Column("request_id", sa.String(36), nullable=False, index=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False, index=True),  # UTC
    *(sa.Column(name, sa.String(128), nullable=False) for name in TEXTS),
    *(sa.Column(name, sa.JSON, nullable=False) for name in ("input", "output")),
    *(sa.Column(name, sa.Float(53), nullable=False) for name in ("score", "threshold")),
    sa.Column("duration_s", sa.Float(53), nullable=False),  # of the whole request
    sqlite_with_rowid=False,  # one tree less to keep in order
)
NAMES = tuple(predictions.columns.keys())
to_json = TypeAdapter(dict[str, Any]).dump_json


def create(connection: sa.Connection) -> None:
    """Create what is not there yet, whoever took it away."""
    for statement in _definitions(connection.dialect):
        connection.exec_driver_sql(statement)


def insert(connection: sa.Connection, records: list[Record]) -> None:
    """Insert records."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.insert(predictions), [dict(record) for record in records])
        return
    # Many rows a statement: SQLite gives the interpreter away at each, and a busy service takes it.
    left = iter(records)
    while some := list(islice(left, ROWS)):
        values = tuple(chain.from_iterable(map(_values, some)))
        connection.exec_driver_sql(_statement(connection.dialect, len(some)), values)


@cache
def _definitions(dialect: sa.Dialect) -> list[str]:
    made: list[ExecutableDDLElement] = [CreateTable(predictions, if_not_exists=True)]
    made += [CreateIndex(index, if_not_exists=True) for index in predictions.indexes]
    return [str(one.compile(dialect=dialect)) for one in made]


@cache
def _statement(dialect: sa.Dialect, rows: int) -> str:
    head, values = str(sa.insert(predictions).compile(dialect=dialect)).split(" VALUES ")
    return f"{head} VALUES {', '.join([values] * rows)}"


def _values(record: Record) -> Iterator[Any]:
    """Return the values as SQLAlchemy would store them."""
    facts = dict(record)
    facts["occurred_at"] = record["occurred_at"].isoformat(" ", "microseconds")[:26]
    for name in ("input", "output"):
        facts[name] = to_json(record[name]).decode()
    return (facts[name] for name in NAMES)
