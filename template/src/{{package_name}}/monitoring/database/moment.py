"""Times in UTC, the same in either database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine


class Moment(TypeDecorator[datetime]):
    """A time in UTC: SQLite keeps it as ISO 8601 text, as the service writes it there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """Return what the database keeps it as."""
        kind: TypeEngine[Any] = DateTime(timezone=True)
        if dialect.name == "sqlite":
            kind = String(40)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """Return what is written."""
        if value is None:
            return None
        when = value.astimezone(UTC)
        return when.isoformat() if dialect.name == "sqlite" else when

    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:
        """Return what was read."""
        del dialect
        if value is None:
            return None
        when = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return when.astimezone(UTC)
