"""Runs steps on the connection that it is given, inside that connection's transaction."""

from alembic import context

from gateway.records.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
