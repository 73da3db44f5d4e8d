"""Thousands of sessions of many tenants go over the same few connections; none sees a row of whoever was there before."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, text

from spelregel.records.family import Family
from spelregel.storage.session import open_engine
from tests.conftest import PROVE
from tests.postgresql import SUPERUSER, PostgreSQL
from tests.storage.pool import TENANTS, Careless, Unguarded, in_processes, many_sessions

SESSIONS, KILLS = (5000, 30) if PROVE else (240, 12)
PROCESSES, IN_EACH, KILLS_IN_EACH = (6, 850, 5) if PROVE else (2, 60, 3)


@pytest.fixture(scope="module")
def shared(postgresql: PostgreSQL) -> str:
    url = postgresql.create("pool", "template_tables")
    engine = open_engine(postgresql.url("pool", SUPERUSER))
    with engine.begin() as connection:
        for tenant in TENANTS:
            connection.execute(insert(Family.__table__).values(tenant_id=tenant, id=tenant, name=tenant))  # type: ignore[arg-type]
    engine.dispose()
    return url


def test_no_session_sees_what_another_left_behind(shared: str) -> None:
    found = many_sessions(shared, Unguarded, SESSIONS, KILLS, seed=1)
    assert found["foreign rows"] == 0
    assert (found["sessions"], found["killed"]) == (SESSIONS, KILLS)
    assert found["own rows"] > SESSIONS / 2, "and they did see their own"
    assert found["errors"] > SESSIONS / 5 and found["foreign rows refused"] > SESSIONS / 20, "all of it happened"


def test_nor_from_several_processes(shared: str) -> None:
    found = in_processes(shared, PROCESSES, IN_EACH, KILLS_IN_EACH)
    assert found["foreign rows"] == 0
    assert (found["sessions"], found["killed"]) == (PROCESSES * IN_EACH, PROCESSES * KILLS_IN_EACH)
    assert found["own rows"] > found["sessions"] / 2


def test_what_is_said_to_the_connection_instead_of_the_transaction_leaks(shared: str) -> None:
    """The control: the next one at that connection, who says nothing, sees the rows of the one before."""
    assert many_sessions(shared, Careless, 240, 4, seed=2)["foreign rows"] > 0


def test_a_tenant_said_in_a_savepoint_is_forgotten_with_it(shared: str) -> None:
    engine = open_engine(shared)
    with Unguarded(engine, info={"tenant": TENANTS[0]}) as session:
        ask = text("SELECT current_setting('app.tenant_id')")
        savepoint = session.begin_nested()
        session.execute(text("SELECT set_config('app.tenant_id', :other, true)"), {"other": TENANTS[1]})
        savepoint.rollback()
        assert session.scalars(ask).one() == TENANTS[0]
        session.commit()
        assert session.scalars(ask).one() == TENANTS[0], "said again in the next transaction"
    with engine.connect() as connection:
        assert connection.scalar(ask) == "", "and forgotten on the connection"
    engine.dispose()
