"""Both walls by themselves, for every table: the database's without the session guard, and the guard without the
database's. With either gone nothing leaks; with both gone the very same attacks find something in every table."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Table, delete, event, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, aliased

from spelregel.storage.session import ForeignTenant, _say_tenant, open_engine, tenant_session
from tests.postgresql import OWNER, SUPERUSER, PostgreSQL
from tests.storage.rows_of_every_table import a_row, class_of, fill, tenant_tables, whose

OURS, THEIRS = "maan", "zon"
numbers = itertools.count()
Open = Callable[[], Session]


class Unguarded(Session):
    """What is left when the guard is taken away: a plain session that says its tenant to the database."""


event.listen(Unguarded, "after_begin", _say_tenant)


def key_of(row: Any, table: Table) -> tuple[Any, ...]:
    values = a_row(table, THEIRS)
    return tuple(values[column.name] for column in inspect(row).primary_key)


def other_column(table: Table) -> str:
    return next(column.name for column in table.columns if column.name != "tenant_id" and not column.primary_key)


def _changed(session: Session, statement: Any) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _beside(session: Session, row: Any, table: Table) -> int:
    other = table.alias()
    return len(session.execute(select(row.id, other.c.id).join(other, row.tenant_id != other.c.tenant_id)).all())


def _piece_of_sql(session: Session, row: Any, table: Table) -> int:
    piece = text(f"(SELECT count(*) FROM \"{table.name}\" WHERE tenant_id = '{THEIRS}')")
    return int(session.execute(select(row.tenant_id, piece)).all()[0][1])


def _touch(session: Session, row: Any, table: Table) -> int:
    column = getattr(row, other_column(table))
    return _changed(session, update(row).values({column: column})) - 1  # one is ours


def _add(session: Session, row: Any, table: Table) -> int:
    session.add(row(**a_row(table, THEIRS, "b")))
    session.flush()
    return 1


#: Each answers how many foreign rows it saw or reached; a refusal reaches none.
READING: dict[str, Callable[[Session, Any, Table], int]] = {
    "select rows": lambda s, row, _: sum(each.tenant_id == THEIRS for each in s.scalars(select(row))),
    "select a column": lambda s, row, _: s.scalars(select(row.tenant_id)).all().count(THEIRS),
    "select through an alias": lambda s, row, _: s.scalars(select(aliased(row).tenant_id)).all().count(THEIRS),
    "select the table": lambda s, _, table: s.scalars(select(table.c.tenant_id)).all().count(THEIRS),
    "select the table beside rows": _beside,
    "count": lambda s, row, _: s.scalars(select(func.count()).select_from(row).where(row.tenant_id == THEIRS)).one(),
    "plain sql": lambda s, _, table: s.scalars(text(f'SELECT tenant_id FROM "{table.name}"')).all().count(THEIRS),
    "a piece of sql": _piece_of_sql,
    "get by key": lambda s, row, table: int(s.get(row, key_of(row, table)) is not None),
}
WRITING: dict[str, Callable[[Session, Any, Table], int]] = {
    "update all": _touch,
    "delete": lambda s, row, _: _changed(s, delete(row).where(row.tenant_id == THEIRS)),
    "update by sql": lambda s, _, table: _changed(
        s, text(f"UPDATE \"{table.name}\" SET tenant_id = tenant_id WHERE tenant_id = '{THEIRS}'")
    ),
    "move away": lambda s, row, _: _changed(s, update(row).values(tenant_id=THEIRS)),
    "add to the table": lambda s, _, table: _changed(s, insert(table).values(a_row(table, THEIRS, "b"))),
    "add a row": _add,
}


def leaks(open_session: Open, table: Table) -> dict[str, int]:
    """Which attacks on this table reached a foreign row, and how many."""
    row, found = class_of(table), {}
    for name, attack in (READING | WRITING).items():
        with open_session() as session:
            try:
                if reached := attack(session, row, table):
                    found[name] = reached
            except ForeignTenant:
                pass
            except IntegrityError as wrong:  # it got as far as a key
                if "append-only" not in str(wrong.orig):
                    found[name] = 1
            except DBAPIError:
                pass  # refused by the wall, for want of a right, or as append-only
            session.rollback()
    return found


@pytest.fixture
def filled(superuser: Engine) -> Engine:
    fill(superuser, OURS, THEIRS)
    return superuser


@pytest.fixture
def on_postgresql(postgresql: PostgreSQL) -> Iterator[tuple[Engine, Engine]]:
    """As the web role, and past every wall."""
    database = f"walls_{next(numbers)}"
    url = postgresql.create(database, "template_tables")
    web, superuser = open_engine(url), open_engine(postgresql.url(database, SUPERUSER))
    fill(superuser, OURS, THEIRS)
    yield web, superuser
    web.dispose()
    superuser.dispose()


def without_the_database_wall(superuser: Engine) -> None:
    if superuser.dialect.name == "postgresql":
        with superuser.begin() as connection:
            for table in tenant_tables():
                connection.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE ROW LEVEL SECURITY')


def guarded(engine: Engine) -> Open:
    return lambda: tenant_session(engine, OURS, writing=True)


def unguarded(engine: Engine) -> Open:
    return lambda: Unguarded(engine.execution_options(writing=True), info={"tenant": OURS})


def all_leaks(open_session: Open) -> dict[str, dict[str, int]]:
    found = {table.name: leaks(open_session, table) for table in tenant_tables()}
    return {name: each for name, each in found.items() if each}


def test_with_both_walls_nothing_leaks(engine: Engine, filled: Engine) -> None:
    assert all_leaks(guarded(engine)) == {}


def test_without_the_session_guard_the_database_lets_nothing_through(on_postgresql: tuple[Engine, Engine]) -> None:
    assert all_leaks(unguarded(on_postgresql[0])) == {}


def test_without_the_wall_of_the_database_the_session_guard_lets_nothing_through(
    engine: Engine, filled: Engine
) -> None:
    without_the_database_wall(filled)
    assert all_leaks(guarded(engine)) == {}


def test_with_both_gone_every_table_leaks(engine: Engine, filled: Engine) -> None:
    """The control: the same attacks reach a foreign row of every table, by every way of reading and of adding."""
    without_the_database_wall(filled)
    found = all_leaks(unguarded(engine))
    for table in tenant_tables():
        missed = (set(READING) | {"add to the table", "add a row"}) - set(found.get(table.name, {}))
        assert missed == set(), table.name
    for way in WRITING:
        assert any(way in each for each in found.values()), way


def test_with_the_wall_of_one_table_and_the_guard_gone_that_table_leaks(on_postgresql: tuple[Engine, Engine]) -> None:
    """The control per table: each wall is the table's own, and a single one that is missing is found."""
    web, superuser = on_postgresql
    for table in tenant_tables():
        with superuser.begin() as connection:
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE ROW LEVEL SECURITY')
        assert leaks(unguarded(web), table)
        with unguarded(web)() as session:
            connection = session.connection()
            assert [each for each in tenant_tables() if THEIRS in whose(connection, each)] == [table]
        with superuser.begin() as connection:
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ENABLE ROW LEVEL SECURITY')


def test_the_owner_of_the_tables_stands_before_the_same_wall(on_postgresql: tuple[Engine, Engine]) -> None:
    owner = open_engine(on_postgresql[0].url.set(username=OWNER, drivername="postgresql").render_as_string())
    assert all_leaks(unguarded(owner)) == {}
    owner.dispose()


def test_where_no_tenant_was_said_no_row_is_seen_and_none_is_taken(on_postgresql: tuple[Engine, Engine]) -> None:
    web, superuser = on_postgresql
    for table in tenant_tables():
        with superuser.connect() as connection:
            assert whose(connection, table) == [OURS, THEIRS]
        with web.connect() as connection:
            assert whose(connection, table) == []
            with pytest.raises(DBAPIError, match="row-level security"):
                connection.execute(insert(table).values(a_row(table, THEIRS, "b")))
            connection.rollback()
            connection.exec_driver_sql("SELECT set_config('app.tenant_id', '', true)")
            assert whose(connection, table) == [], "an empty tenant is none"


def test_rows_of_ours_are_seen_and_added(engine: Engine, filled: Engine) -> None:
    """The walls are no wall to whom they belong to."""
    with tenant_session(engine, OURS, writing=True) as session:
        for table in tenant_tables():
            row = class_of(table)
            assert [each.tenant_id for each in session.scalars(select(row))] == [OURS], table.name
            session.add(row(**a_row(table, OURS, "b")))
            session.flush()
            assert len(session.scalars(select(row)).all()) == 2, table.name
