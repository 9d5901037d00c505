"""How Alembic reaches the prediction log: by the connection that migrate.py has opened."""

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=given["metadata"],
    version_table=given["version_table"],
)
context.run_migrations()
