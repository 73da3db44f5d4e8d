"""PostgreSQL's own catalogue: every table stands behind the wall, and every fault that could be made is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from spelregel.storage.model_base import Base
from spelregel.storage.session import open_engine
from spelregel.storage.walls import OWN, WEB_ROLE
from tests.postgresql import SUPERUSER, PostgreSQL
from tests.storage.catalogue import FAULTS, faults, global_tables


@pytest.fixture(scope="module")
def own_database(postgresql: PostgreSQL) -> Iterator[Engine]:
    postgresql.create("catalogue", "template_tables")
    engine = open_engine(postgresql.url("catalogue", SUPERUSER))
    yield engine
    engine.dispose()


@pytest.fixture
def connection(own_database: Engine) -> Iterator[Connection]:
    """What is planted here is rolled back: making tables and roles is part of a transaction too."""
    with own_database.connect() as found:
        yield found
        found.rollback()


def test_every_table_of_a_tenant_stands_behind_the_wall(connection: Connection) -> None:
    assert faults(connection, WEB_ROLE) == []


def test_the_tables_without_a_tenant_are_listed_with_their_reason_and_are_few() -> None:
    without = {name for name, table in Base.metadata.tables.items() if "tenant_id" not in table.columns}
    assert set(global_tables()) == without | {"alembic_version"}
    assert len(global_tables()) <= 6 and all(global_tables().values())


WALLED = (
    f"ALTER TABLE note ENABLE ROW LEVEL SECURITY; ALTER TABLE note FORCE ROW LEVEL SECURITY; "
    f"CREATE POLICY own_tenant ON note USING ({OWN}) WITH CHECK ({OWN}); GRANT SELECT, INSERT, UPDATE, DELETE ON note TO {WEB_ROLE}"
)
NOTE = f"CREATE TABLE note (tenant_id text NOT NULL, id text, child_id text, PRIMARY KEY (tenant_id, id)); {WALLED}"

#: Per fault: what plants it, and what must be said of it.
PLANTED = {
    "a table without tenant": ("CREATE TABLE note (id text PRIMARY KEY)", "no tenant_id: note"),
    "a tenant that may be missing": (
        f"CREATE TABLE note (tenant_id text, id text); {WALLED}",
        "tenant_id is not text NOT NULL: note",
    ),
    "a tenant of another type": (
        f"CREATE TABLE note (tenant_id varchar(40) NOT NULL, id text, PRIMARY KEY (tenant_id, id)); {WALLED}",
        "tenant_id is not text NOT NULL: note",
    ),
    "a table that protect was not said for": (
        "CREATE TABLE note (tenant_id text NOT NULL, id text, PRIMARY KEY (tenant_id, id))",
        "no row-level security: note",
    ),
    "security switched off": ("ALTER TABLE child DISABLE ROW LEVEL SECURITY", "no row-level security: child"),
    "the owner set free": ("ALTER TABLE child NO FORCE ROW LEVEL SECURITY", "not forced on the owner: child"),
    "no policy": ("DROP POLICY own_tenant ON child", "not exactly one policy: child"),
    "a second policy": ("CREATE POLICY more ON child USING (true)", "not exactly one policy: child"),
    "a policy that lets all be seen": (
        "ALTER POLICY own_tenant ON child USING (true)",
        "policy without the right USING: child",
    ),
    "a policy that lets all be written": (
        "ALTER POLICY own_tenant ON child WITH CHECK (true)",
        "policy without the right WITH CHECK: child",
    ),
    "a policy without WITH CHECK": (
        f"DROP POLICY own_tenant ON child; CREATE POLICY own_tenant ON child USING ({OWN})",
        "policy without the right WITH CHECK: child",
    ),
    "a policy for one command": (
        f"DROP POLICY own_tenant ON child; CREATE POLICY own_tenant ON child FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})",
        "policy not for all commands and roles: child",
    ),
    "a policy for one role": (
        f"ALTER POLICY own_tenant ON child TO {SUPERUSER}",
        "policy not for all commands and roles: child",
    ),
    "a unique without tenant": (
        "ALTER TABLE guardian ADD CONSTRAINT one_email UNIQUE (email)",
        "key, unique or exclusion without tenant_id: one_email",
    ),
    "a unique index without tenant": (
        "CREATE UNIQUE INDEX one_email ON guardian (lower(email))",
        "key, unique or exclusion without tenant_id: one_email",
    ),
    "a unique that only carries the tenant": (
        "CREATE UNIQUE INDEX one_email ON guardian (email) INCLUDE (tenant_id)",
        "key, unique or exclusion without tenant_id: one_email",
    ),
    "a key without tenant": (
        f"CREATE TABLE note (tenant_id text NOT NULL, id text PRIMARY KEY); {WALLED}",
        "key, unique or exclusion without tenant_id: note_pkey",
    ),
    "no key": (f"CREATE TABLE note (tenant_id text NOT NULL, id text); {WALLED}", "no primary key: note"),
    "a reference without tenant": (
        f"{NOTE}; CREATE UNIQUE INDEX by_id ON child (id); ALTER TABLE note ADD CONSTRAINT of_child FOREIGN KEY (child_id) REFERENCES child (id)",
        "reference without tenant_id: of_child",
    ),
    "a reference never looked at": (
        f"{NOTE}; ALTER TABLE note ADD CONSTRAINT of_child FOREIGN KEY (tenant_id, child_id) REFERENCES child (tenant_id, id) NOT VALID",
        "constraint not validated: of_child",
    ),
    "a view of its owner's rights": (
        "CREATE VIEW names AS SELECT first_name FROM child",
        "view without security_invoker: names",
    ),
    "a materialised view": (
        "CREATE MATERIALIZED VIEW names AS SELECT first_name FROM child",
        "materialised view or foreign table: names",
    ),
    "a rewrite rule": ("CREATE RULE quiet AS ON INSERT TO child DO INSTEAD NOTHING", "rewrite rule: quiet"),
    "a function of its owner's rights": (
        "CREATE FUNCTION names() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM child'",
        "SECURITY DEFINER function: names",
    ),
    "a trigger switched off": (
        "ALTER TABLE decision DISABLE TRIGGER decision_refuses_change",
        "trigger switched off: decision_refuses_change",
    ),
    "a web role past the wall": (f"ALTER ROLE {WEB_ROLE} BYPASSRLS", f"web role too strong: {WEB_ROLE}"),
    "a web role that makes roles": (f"ALTER ROLE {WEB_ROLE} CREATEROLE", f"web role too strong: {WEB_ROLE}"),
    "a web role of another": (
        f"CREATE ROLE chief; GRANT chief TO {WEB_ROLE}",
        "web role can turn into another: chief",
    ),
    "a web role that owns": (f"ALTER TABLE child OWNER TO {WEB_ROLE}", "web role owns: child"),
    "a web role that makes tables": (
        f"GRANT CREATE ON SCHEMA public TO {WEB_ROLE}",
        "web role may make things: public",
    ),
    "a web role that empties": (
        f"GRANT TRUNCATE ON child TO {WEB_ROLE}",
        "web role has a right too many: child TRUNCATE",
    ),
    "a web role that refers": (
        f"GRANT REFERENCES ON child TO {WEB_ROLE}",
        "web role has a right too many: child REFERENCES",
    ),
    "a web role that makes triggers": (
        f"GRANT TRIGGER ON child TO {WEB_ROLE}",
        "web role has a right too many: child TRIGGER",
    ),
    "a web role that rewrites decisions": (
        f"GRANT UPDATE ON decision TO {WEB_ROLE}",
        "web role may change what is append-only: decision UPDATE",
    ),
    "a web role that rewrites a column": (
        f"GRANT UPDATE (outcome) ON decision TO {WEB_ROLE}",
        "web role may change what is append-only: decision UPDATE",
    ),
    "a web role that forgets what it was": (
        f"GRANT INSERT, UPDATE ON alembic_version TO {WEB_ROLE}",
        "web role may change what is append-only: alembic_version UPDATE",
    ),
    "a right that is missing": (f"REVOKE DELETE ON child FROM {WEB_ROLE}", "web role lacks a right: child DELETE"),
    "a right for everybody": ("GRANT SELECT ON child TO PUBLIC", "everybody has a right: child"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_named(connection: Connection, fault: str) -> None:
    planting, said = PLANTED[fault]
    connection.exec_driver_sql(planting)
    assert said in faults(connection, WEB_ROLE)


def test_every_question_of_the_check_has_been_shown_to_be_able_to_fail() -> None:
    assert {said.split(": ")[0] for _, said in PLANTED.values()} == set(FAULTS)
