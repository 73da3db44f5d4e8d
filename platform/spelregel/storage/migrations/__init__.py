"""Alembic migrations, run as a library: `upgrade(engine)`; no ini file."""

from __future__ import annotations

import time
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from spelregel.storage.walls import make_web_role, open_schema

LOCK_NOT_AVAILABLE = "55P03"
TRIES, PAUSE = 20, 1.0  # seconds between two tries to get a table for itself


def _config(connection: Connection | None = None, web_role: str | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("spelregel.storage.migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["web_role"] = web_role
    return config


def upgrade(engine: Engine, web_role: str | None = None) -> None:
    """Brings the schema up to date, in one transaction; two processes that start at once do it one after the other. On
    PostgreSQL `web_role` is made when it is not there: raises WebRoleError when that role cannot be the portal's."""
    if engine.dialect.name != "postgresql":
        with engine.execution_options(writing=True).begin() as connection:
            command.upgrade(_config(connection), "head")
        return
    role = make_web_role(engine, web_role)
    for tries_left in reversed(range(TRIES)):
        try:
            _upgrade_postgresql(engine, role)
            return
        except OperationalError as wrong:
            if getattr(wrong.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE or not tries_left:
                raise
            time.sleep(PAUSE)


def _upgrade_postgresql(engine: Engine, role: str) -> None:
    with engine.begin() as connection:
        # Whoever waits for a table holds up everybody behind it: give up soon and try again. A migration takes its time.
        for setting in ("statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "lock_timeout = 0"):
            connection.exec_driver_sql(f"SET LOCAL {setting}")
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7301, 1)")
        connection.exec_driver_sql("SET LOCAL lock_timeout = '500ms'")
        open_schema(connection, role)
        command.upgrade(_config(connection, role), "head")


def is_current(engine: Engine) -> bool:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest()


def newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()
