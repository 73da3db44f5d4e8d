"""Alembic calls this; the connection comes from `upgrade`."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    render_as_batch=True,
    transaction_per_migration=False,
    web_role=context.config.attributes["web_role"],
)
context.run_migrations()
