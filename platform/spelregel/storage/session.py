"""One engine, and sessions that each belong to one tenant and refuse the rows of every other.

SQLite: WAL, synchronous FULL (a power cut loses nothing acknowledged), foreign keys on; a writing session takes the
write lock at BEGIN, so that check-and-act is atomic. PostgreSQL: row locks do that, and each transaction says whose it
is, for the wall that the database keeps itself (`walls.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NoReturn, cast

from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Delete,
    Engine,
    ExceptionContext,
    Update,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from spelregel.rules.message import msg
from spelregel.storage.model_base import TenantRow
from spelregel.storage.statement_guard import unscoped_part
from spelregel.storage.walls import WEB_ROLE, WebRoleError, power_of_login, web_role_of

#: The database cannot be reached, is locked for too long, or all its connections are in use.
AWAY = (OperationalError, PoolTimeout)


class ForeignTenant(RuntimeError):
    """A statement or a row that is not of this session's tenant."""


class OnlyLooking(RuntimeError):
    """Something would be written where everything is only looked at."""


_only_added: Final[ContextVar[tuple[type[TenantRow], ...] | None]] = ContextVar("only_added", default=None)


@contextmanager
def only_looking(*added: type[TenantRow]) -> Iterator[None]:
    """Within this, no session of this request or thread writes, whoever opened it: OnlyLooking. But for new rows of `added`."""
    before = _only_added.set(added)
    try:
        yield
    finally:
        _only_added.reset(before)


#: For every connection to PostgreSQL: waiting for a lock as long as on SQLite, and a request that hangs lets go in time.
PATIENCE = {"statement_timeout": "20s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}
#: `true`: until the end of the transaction. What says it for the session is still there for whoever gets the connection next.
SAY_TENANT = text("SELECT set_config('app.tenant_id', :tenant, true)")


def open_engine(url: str, *, role: str | None = None, at_most: int = 20) -> Engine:
    """`url` as SQLAlchemy reads it; postgresql:// means psycopg 3. `role`: whom every connection to PostgreSQL turns into;
    `at_most`: how many of them at once, of which ten are kept."""
    options: dict[str, Any] = {"pool_pre_ping": True, "hide_parameters": True}  # no value of a person in a log
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 10}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    address = make_url(url.replace("postgresql://", "postgresql+psycopg://", 1))
    options |= {"pool_size": min(at_most, 10), "max_overflow": max(at_most - 10, 0)}
    engine = create_engine(address, connect_args={"options": _manners(address, role)}, **options)
    event.listen(engine, "handle_error", _call_it_away, retval=True)
    return engine


def _call_it_away(context: ExceptionContext) -> OperationalError | None:
    """Whoever is cut off in the midst of a transaction is told so under another name: to the portal it is one of AWAY."""
    if context.is_disconnect and not isinstance(context.sqlalchemy_exception, OperationalError):
        original = cast(Exception, context.original_exception)
        return OperationalError(context.statement, None, original, hide_parameters=True)
    return None


def _manners(address: URL, role: str | None) -> str:
    """What a connection starts with, so that a reset falls back on it; what the URL itself says goes before our figures."""
    said = address.query.get("options", ())
    words = [f"-c {name}={value}" for name, value in PATIENCE.items()] + ([said] if isinstance(said, str) else [*said])
    if role:
        words.append("-c role=" + re.sub(r"([\\\s])", r"\\\1", role))
    return " ".join(words)


def behind_the_wall(engine: Engine, url: str, *, refuse: bool) -> Engine:
    """The engine for the portal. Who logs in to PostgreSQL and could look past its walls is refused (WebRoleError), or,
    in test and demo, turned into the web role on every connection."""
    if engine.dialect.name != "postgresql":
        return engine
    with engine.connect() as connection:
        login, power = power_of_login(connection)
        role = web_role_of(connection) or WEB_ROLE
    if power is None:
        return engine
    engine.dispose()
    if refuse:
        raise WebRoleError(
            msg(
                "SPELREGEL_DATABASE logs in as %(login)s, and for that role the walls between organisations do not hold "
                "(%(power)s): log in as %(role)s instead",
                login=login,
                power=power,
                role=role,
            )
        )
    return open_engine(url, role=role)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own transaction control loses updates; BEGIN is ours
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


class TenantSession(Session):
    """Belongs to one tenant for its whole life. Open it with `tenant_session`."""

    @property
    def tenant(self) -> str:
        return str(self.info["tenant"])

    def connection(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ForeignTenant("a bare connection knows no tenant")

    def count_changed(self, statement: Update | Delete) -> int:
        """Runs it: the number of rows that it touched."""
        return cast("CursorResult[Any]", self.execute(statement)).rowcount

    def merge(self, instance: Any, **options: Any) -> Any:
        if getattr(instance, "tenant_id", None) is not None:
            _must_be_own(self, instance)
        return super().merge(instance, **options)

    def bulk_save_objects(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ForeignTenant("bulk writes pass the guard by")

    def bulk_insert_mappings(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ForeignTenant("bulk writes pass the guard by")

    def bulk_update_mappings(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ForeignTenant("bulk writes pass the guard by")


def tenant_session(engine: Engine, tenant: str, *, writing: bool = False) -> TenantSession:
    if not tenant:
        raise ForeignTenant("a session needs a tenant")
    bind = engine.execution_options(writing=writing)
    return TenantSession(bind, info={"tenant": tenant}, expire_on_commit=False)


@event.listens_for(TenantSession, "after_begin")
def _say_tenant(session: Session, _transaction: Any, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(SAY_TENANT, {"tenant": session.info["tenant"]})


@event.listens_for(TenantSession, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    tenant = state.session.info["tenant"]
    if not state.is_orm_statement or state.is_from_statement:
        raise ForeignTenant("only statements on mapped rows are scoped to the tenant")
    if not state.is_select and (state.is_executemany or isinstance(state.parameters, (list, tuple)) or state.is_insert):
        raise ForeignTenant("bulk writes pass the guard by")
    if not state.is_select and _only_added.get() is not None:
        raise OnlyLooking("a change where all is only looked at")
    moved = (*_updated(state.statement), *(state.parameters or ())) if state.is_update else ()
    if any(getattr(key, "name", key) == "tenant_id" for key in moved):
        raise ForeignTenant("a row never moves to another tenant")
    if unscoped := unscoped_part(state.statement):
        raise ForeignTenant(unscoped)
    state.statement = state.statement.options(
        with_loader_criteria(TenantRow, lambda row: row.tenant_id == tenant, include_aliases=True)
    )


def _updated(statement: Any) -> list[Any]:
    return [*(statement._values or {}), *(key for pairs in statement._multi_values or () for key in pairs)]


@event.listens_for(TenantSession, "loaded_as_persistent")
def _look_again(session: Session, row: Any) -> None:
    _must_be_own(session, row)


@event.listens_for(TenantSession, "before_attach")
def _attach(session: Session, row: Any) -> None:
    if getattr(row, "tenant_id", None) is not None:
        _must_be_own(session, row)


@event.listens_for(TenantSession, "before_flush")
def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    for row in session.new:
        if getattr(row, "tenant_id", None) is None:
            row.tenant_id = session.info["tenant"]
        _must_be_own(session, row)
    for row in (*session.dirty, *session.deleted):
        _must_be_own(session, row)
    if (added := _only_added.get()) is not None:
        for row in (*session.new, *session.deleted, *(each for each in session.dirty if session.is_modified(each))):
            if row not in session.new or not isinstance(row, added):
                raise OnlyLooking(f"a {type(row).__name__} would be written where all is only looked at")


def _must_be_own(session: Session, row: Any) -> None:
    if getattr(row, "tenant_id", None) != session.info["tenant"]:
        raise ForeignTenant(f"a {type(row).__name__} of another tenant")
