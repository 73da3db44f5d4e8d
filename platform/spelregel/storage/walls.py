"""The wall that PostgreSQL itself keeps between organisations: row-level security, and a web role that owns nothing.

A migration that makes a table calls `protect` for it. On SQLite there is no such wall: there the session guard of
`session.py` stands alone (docs/security.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from spelregel.rules.message import Message, msg

#: The role that the portal logs in as, unless `spelregel db upgrade --web-role` names another.
WEB_ROLE = "spelregel_web"
#: What a row must say to be seen or written. Without a tenant it is NULL, and NULL is nobody's.
OWN = "tenant_id = nullif(current_setting('app.tenant_id', true), '')"
CHANGING, ADDING, READING = "SELECT, INSERT, UPDATE, DELETE", "SELECT, INSERT", "SELECT"


class WebRoleError(RuntimeError):
    """One sentence: what is wrong with the role of the portal, and what instead."""

    def __init__(self, sentence: Message) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def walled(table: str) -> list[str]:
    """Also the owner of the table sees and writes the rows of the transaction's tenant only."""
    return [
        f"ALTER TABLE {quoted(table)} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {quoted(table)} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY own_tenant ON {quoted(table)} FOR ALL USING ({OWN}) WITH CHECK ({OWN})",
    ]


def granted(table: str, rights: str, web_role: str) -> list[str]:
    return [
        f"REVOKE ALL ON {quoted(table)} FROM PUBLIC, {quoted(web_role)}",
        f"GRANT {rights} ON {quoted(table)} TO {quoted(web_role)}",
    ]


def only_added_to(table: str, dialect: str) -> list[str]:
    """Written once and read for ever: the database refuses to change or remove a row, whoever asks."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for action in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE OR REPLACE TRIGGER {table}_refuses_{name} BEFORE {events} ON {quoted(table)} "
        f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        for name, events, each in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"))
    ]


def protect(op: Any, *tables: str, append_only: Sequence[str] = ()) -> None:
    """For a migration, about tables with a `tenant_id` that exist by now: the wall, and what the web role may do with
    them. Rows of `append_only` can be added and read and nothing else, on SQLite too."""
    dialect = op.get_bind().dialect.name
    for table in append_only:
        _execute(op, only_added_to(table, dialect))
    if dialect != "postgresql":
        return
    role = op.get_context().opts["web_role"]
    for table in (*tables, *append_only):
        _execute(op, walled(table))
        _execute(op, granted(table, ADDING if table in append_only else CHANGING, role))


def share(op: Any, table: str, rights: str = CHANGING) -> None:
    """For a migration: a table without a tenant. Each stands in docs/security.md with its reason."""
    if op.get_bind().dialect.name == "postgresql":
        _execute(op, granted(table, rights, op.get_context().opts["web_role"]))


@contextmanager
def lifted(op: Any, *tables: str) -> Iterator[None]:
    """For a migration that changes rows of every tenant: without this its owner sees none of them. Nobody else sees
    anything of it: the tables are locked until the migration is through."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in tables if on_postgresql else ():
        op.execute(f"ALTER TABLE {quoted(table)} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables if on_postgresql else ():
        op.execute(f"ALTER TABLE {quoted(table)} FORCE ROW LEVEL SECURITY")


def _execute(op: Any, statements: list[str]) -> None:
    for statement in statements:
        op.execute(statement)


def web_role_of(connection: Connection) -> str | None:
    """The role that the tables of this database were granted to; None before the first upgrade."""
    found = connection.scalar(WEB_ROLE_OF)
    return None if found is None else str(found)


WEB_ROLE_OF = text(
    "SELECT r.rolname FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee "
    "WHERE c.oid = to_regclass('live_file') AND a.grantee <> c.relowner AND a.privilege_type = 'INSERT' "
    "ORDER BY r.oid LIMIT 1"
)


def power_of_login(connection: Connection) -> tuple[str, str | None]:
    """Who has logged in, and by what the walls do not hold for them: of themselves or of a role they can turn into."""
    found = connection.execute(POWER_OF_LOGIN).one()
    return str(found[0]), found[1]


POWER_OF_LOGIN = text(
    "SELECT session_user, CASE WHEN bool_or(rolsuper) THEN 'SUPERUSER' WHEN bool_or(rolbypassrls) THEN 'BYPASSRLS' "
    "WHEN bool_or(oid IN (SELECT relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace "
    "UNION SELECT nspowner FROM pg_namespace WHERE nspname = 'public')) THEN 'OWNER' "
    "WHEN bool_or(rolcreaterole) THEN 'CREATEROLE' END FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')"
)


def make_web_role(engine: Engine, wanted: str | None = None) -> str:
    """The name of the web role of this database, which exists afterwards. Roles are the whole server's: two databases
    may be upgraded at once, so that each step is a transaction of its own that minds being second."""
    with engine.begin() as connection:
        known, login = web_role_of(connection), connection.scalar(text("SELECT session_user"))
    if known and wanted and known != wanted:
        raise WebRoleError(
            msg(
                "the web role of this database is %(known)s: rename it with ALTER ROLE %(known)s RENAME TO %(wanted)s, or leave --web-role out",
                known=known,
                wanted=wanted,
            )
        )
    role = wanted or known or WEB_ROLE
    if role == login:
        raise WebRoleError(
            msg("%(role)s is the role of the portal: run the upgrade as the role that owns the tables", role=role)
        )
    _create(engine, role)
    with engine.begin() as connection:
        strong = connection.scalar(
            text("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = :role"), {"role": role}
        )
    if strong:
        raise WebRoleError(
            msg(
                "the role %(role)s has SUPERUSER, BYPASSRLS or CREATEROLE and can be no web role: name another with --web-role",
                role=role,
            )
        )
    _let_owner_become(engine, role)
    return role


def _create(engine: Engine, role: str) -> None:
    try:
        with engine.begin() as connection:
            if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
                return
            connection.exec_driver_sql(f"CREATE ROLE {quoted(role)} {ATTRIBUTES}")
    except DBAPIError as wrong:
        if getattr(wrong.orig, "sqlstate", None) not in ("42710", "23505"):  # else another upgrade was first
            raise


ATTRIBUTES = "LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT NOCREATEDB NOCREATEROLE NOREPLICATION"


def _let_owner_become(engine: Engine, role: str) -> None:
    """So that a portal under test that logs in as the owner can stand behind the wall too (`open_engine(role=…)`). Where
    the owner may not arrange that, only that is missed, and said when it is tried."""
    for _ in range(5):
        try:
            with engine.begin() as connection:
                if not connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")):
                    connection.exec_driver_sql(f"GRANT {quoted(role)} TO SESSION_USER")
            return
        except DBAPIError as wrong:
            if getattr(wrong.orig, "sqlstate", None) not in ("XX000", "23505"):  # else two granted at the same moment
                return


def open_schema(connection: Connection, role: str) -> None:
    """The web role may enter, and make nothing. Asked first: what is so already needs no owner of the database."""
    ask = {"role": role}
    if not connection.scalar(text("SELECT has_database_privilege(:role, current_database(), 'CONNECT')"), ask):
        database = connection.scalar(text("SELECT current_database()"))
        connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {quoted(str(database))} TO {quoted(role)}")
    if not connection.scalar(text("SELECT has_schema_privilege(:role, 'public', 'USAGE')"), ask):
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {quoted(role)}")
    if connection.scalar(text("SELECT has_schema_privilege(:role, 'public', 'CREATE')"), ask):
        connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # PostgreSQL before 15 gave it to all
