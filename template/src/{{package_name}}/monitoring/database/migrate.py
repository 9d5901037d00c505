"""Bring the database of predictions up to date; of several that try, each waits for the other."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from ...errors import StageError
from . import connect, transaction
from .tables import metadata

FOLDER = Path(__file__).parent / "migrations"
WAIT = text("SELECT pg_advisory_xact_lock(5021969)")  # any number, as long as it is the same


def upgrade(url: str) -> None:
    """Make the tables that are missing, all or none; raises StageError when that cannot be."""
    engine = connect(url).execution_options(begin="BEGIN IMMEDIATE")
    try:
        with transaction(engine, new=True) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(WAIT)
            command.upgrade(config(connection), "head")
    except CommandError as error:
        name = engine.url.render_as_string()
        raise StageError(
            f"The prediction log at {name} cannot be brought up to date ({error}): "
            "let monitoring.log_url name another, or install the release that made it."
        ) from error


def config(connection: Connection | None = None) -> Config:
    """Return what Alembic has to know."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes |= {
        "connection": connection,
        "metadata": metadata,
        "version_table": "prediction_log_version",
    }
    return made
