"""`spelregel db upgrade` does everything on an empty PostgreSQL, and the portal stands behind the wall or not at all."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from spelregel.app import Application, create_app
from spelregel.cli import main
from spelregel.settings import settings_from
from spelregel.storage import migrations
from spelregel.storage.session import open_engine
from spelregel.storage.walls import WEB_ROLE, WebRoleError, make_web_role, web_role_of
from tests.conftest import ROOT, Clock, open_portal
from tests.postgresql import OWNER, SUPERUSER, PostgreSQL
from tests.storage.catalogue import faults

numbers = itertools.count()


@pytest.fixture
def empty(postgresql: PostgreSQL) -> str:
    """The name of a database without tables, of a role that may create roles and is no superuser."""
    name = f"empty_{next(numbers)}"
    postgresql.create(name)
    return name


def upgraded(url: str, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["db", "upgrade", "--database", url, *options])
    return done.exit_code, done.output


def faults_of(postgresql: PostgreSQL, database: str, role: str) -> list[str]:
    engine = open_engine(postgresql.url(database, SUPERUSER))
    with engine.connect() as connection:
        found = faults(connection, role)
    engine.dispose()
    return found


@pytest.mark.parametrize("role", ["spelregel_web", "portal of Ons Huis"])
def test_upgrading_an_empty_database_does_everything_and_twice_does_no_harm(
    postgresql: PostgreSQL, empty: str, role: str
) -> None:
    assert upgraded(postgresql.url(empty, OWNER), "--web-role", role)[0] == 0
    assert faults_of(postgresql, empty, role) == []
    code, said = upgraded(postgresql.url(empty, OWNER))
    assert code == 0, f"later the role is known: {said}"
    assert faults_of(postgresql, empty, role) == []
    engine = open_engine(postgresql.url(empty, role.replace(" ", "%20")))
    assert migrations.is_current(engine), "the web role can log in and look"
    engine.dispose()


def test_two_databases_of_one_server_are_upgraded_at_once_and_each_twice(postgresql: PostgreSQL) -> None:
    names = ("twin_1", "twin_2")
    for name in names:
        postgresql.create(name)
    command_line = [
        sys.executable,
        "-c",
        "from spelregel.cli import main; main()",
        "db",
        "upgrade",
        "--web-role",
        "twins",
    ]
    running = [
        subprocess.Popen([*command_line, "--database", postgresql.url(name, OWNER)], stderr=subprocess.PIPE, text=True)
        for name in names * 2
    ]
    assert [process.communicate(timeout=60)[1] for process in running] == [""] * 4
    assert [faults_of(postgresql, name, "twins") for name in names] == [[]] * 2


def test_eight_that_make_the_same_role_at_the_same_moment_all_have_it(postgresql: PostgreSQL) -> None:
    start, answers = threading.Barrier(8), []

    def one(database: str, role: str) -> None:
        engine = open_engine(postgresql.url(database, OWNER))
        engine.connect().close()
        start.wait()
        try:
            answers.append(make_web_role(engine, role))
            with engine.connect() as connection:
                connection.exec_driver_sql(f"SET ROLE {role}")
        except Exception as wrong:
            answers.append(repr(wrong))
        engine.dispose()

    for name in ("at_once_1", "at_once_2"):
        postgresql.create(name)
    for attempt in range(5):
        threads = [
            threading.Thread(target=one, args=(f"at_once_{number % 2 + 1}", f"at_once_{attempt}"))
            for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [f"at_once_{attempt}" for attempt in range(5) for _ in range(8)]


def test_an_upgrade_that_is_broken_off_leaves_nothing_and_the_next_one_does_everything(
    postgresql: PostgreSQL, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(postgresql.url(empty, OWNER))
    whole = command.upgrade

    def breaks_off(config: object, revision: str) -> None:
        whole(config, "0002")  # type: ignore[arg-type]
        config.attributes["connection"].exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")  # type: ignore[attr-defined]

    with monkeypatch.context() as patch, pytest.raises(DBAPIError):
        patch.setattr(command, "upgrade", breaks_off)
        migrations.upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == 0
    migrations.upgrade(engine)
    engine.dispose()
    assert faults_of(postgresql, empty, WEB_ROLE) == []


def test_an_upgrade_that_cannot_get_a_table_lets_go_and_tries_again(
    postgresql: PostgreSQL, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(postgresql.url(empty, OWNER))
    whole, pauses = command.upgrade, []
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _head: whole(config, "0002"))
        migrations.upgrade(engine)
    reader = engine.connect()
    reader.exec_driver_sql("SELECT count(*) FROM child")  # a request in the midst of its transaction
    monkeypatch.setattr(migrations.time, "sleep", lambda seconds: (pauses.append(seconds), reader.rollback()))
    migrations.upgrade(engine)
    reader.close()
    engine.dispose()
    assert pauses == [migrations.PAUSE]
    assert faults_of(postgresql, empty, WEB_ROLE) == []


def test_a_role_that_cannot_be_the_portals_is_refused_in_one_sentence(postgresql: PostgreSQL, empty: str) -> None:
    for role in (SUPERUSER, OWNER):
        code, said = upgraded(postgresql.url(empty, OWNER), "--web-role", role)
        assert code == 2 and role in said and len(said.splitlines()) == 1
    assert upgraded(postgresql.url(empty, OWNER))[0] == 0
    code, said = upgraded(postgresql.url(empty, OWNER), "--web-role", "another")
    assert code == 2 and "ALTER ROLE spelregel_web RENAME TO another" in said
    code, said = upgraded(postgresql.url(empty, WEB_ROLE))
    assert code == 2 and "as the role that owns the tables" in said


def test_a_renamed_web_role_is_found_again(postgresql: PostgreSQL, empty: str) -> None:
    engine = open_engine(postgresql.url(empty, OWNER))
    migrations.upgrade(engine, "first_name")
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER ROLE first_name RENAME TO second_name")
        assert web_role_of(connection) == "second_name"
    assert make_web_role(engine) == "second_name"
    engine.dispose()


def production(database: str) -> Application:
    return create_app(
        settings_from(
            {
                "SPELREGEL_ENV": "production",
                "SPELREGEL_DATABASE": database,
                "SPELREGEL_TENANTS": str(ROOT / "tenants"),
                "SPELREGEL_BASE_DOMAIN": "portal.example",
                "SPELREGEL_STATUS_TOKEN": "a-long-random-word-of-a-test",
                "SPELREGEL_MAIL": "smtps://mail.example",
                "SPELREGEL_MAIL_FROM": "portal@portal.example",
            }
        ),
        now=Clock("2026-12-08 09:29"),
    )


@pytest.fixture
def made(postgresql: PostgreSQL) -> str:
    name = f"made_{next(numbers)}"
    postgresql.create(name, "template_tables")
    return name


def run_sql(postgresql: PostgreSQL, database: str, *statements: str) -> None:
    engine = open_engine(postgresql.url(database, SUPERUSER))
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


LOOKS_PAST = {
    "a superuser": ((), SUPERUSER, "SUPERUSER"),
    "the owner": ((), OWNER, "OWNER"),
    "one that passes security by": (("CREATE ROLE passes_by LOGIN BYPASSRLS",), "passes_by", "BYPASSRLS"),
    "one that can turn into the owner": (
        ("CREATE ROLE turns LOGIN NOINHERIT", f"GRANT {OWNER} TO turns", f"GRANT {WEB_ROLE} TO turns"),
        "turns",
        "OWNER",
    ),
    "one that makes roles": (("CREATE ROLE makes LOGIN CREATEROLE",), "makes", "CREATEROLE"),
    "the owner of one table": (
        ("CREATE ROLE has_one LOGIN", "ALTER TABLE child OWNER TO has_one"),
        "has_one",
        "OWNER",
    ),
}


@pytest.mark.parametrize("who", LOOKS_PAST)
def test_production_does_not_start_as_somebody_who_can_look_past_the_wall(
    postgresql: PostgreSQL, made: str, who: str
) -> None:
    statements, login, why = LOOKS_PAST[who]
    run_sql(postgresql, made, *statements, f'GRANT SELECT ON alembic_version TO "{login}"')
    with pytest.raises(WebRoleError) as refused:
        production(postgresql.url(made, login))
    said = str(refused.value)
    assert f"logs in as {login}" in said and f"({why})" in said and f"log in as {WEB_ROLE} instead" in said


def test_production_starts_as_the_web_role(postgresql: PostgreSQL, made: str) -> None:
    application = production(postgresql.url(made))
    with application.engine.connect() as connection:
        assert connection.scalar(text("SELECT session_user")) == WEB_ROLE
    application.engine.dispose()


@pytest.mark.parametrize("login", [OWNER, SUPERUSER])
def test_a_portal_under_test_that_makes_its_own_tables_stands_behind_the_wall_too(
    postgresql: PostgreSQL, empty: str, clock: Clock, login: str
) -> None:
    application = open_portal(postgresql.url(empty, login), clock, environment="test")
    assert sees_nothing(application.engine)
    application.engine.dispose()
    assert faults_of(postgresql, empty, WEB_ROLE) == []


def sees_nothing(engine: Engine) -> bool:
    ask: tuple[Callable[[], str], ...] = (lambda: "SELECT 1", lambda: "RESET ROLE", lambda: "RESET ALL")
    with engine.connect() as connection:
        for first in ask:
            connection.exec_driver_sql(first())
            assert connection.scalar(text("SELECT current_user")) == WEB_ROLE
            assert connection.scalar(text("SELECT count(*) FROM child")) == 0
    return True


def test_a_connection_of_the_portal_does_not_wait_for_ever(postgresql: PostgreSQL, made: str) -> None:
    engine = open_engine(postgresql.url(made))
    with engine.connect() as connection:
        shown = [connection.scalar(text(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")]
        assert [*shown, connection.scalar(text("SHOW idle_in_transaction_session_timeout"))] == ["20s", "10s", "1min"]
    engine.dispose()
    quick = open_engine(postgresql.url(made) + "&options=-c%20statement_timeout%3D50ms")
    with quick.connect() as connection, pytest.raises(OperationalError, match="statement timeout"):
        connection.scalar(text("SELECT pg_sleep(20)"))
    quick.dispose()
