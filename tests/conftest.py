"""What every suite shares: the tenants of the repository, moments, and the sizes of `./dev prove`."""

from __future__ import annotations

import atexit
import gc
import itertools
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from spelregel.app import Application, create_app
from spelregel.settings import settings_from
from spelregel.storage import migrations
from spelregel.storage.session import open_engine
from spelregel.storage.walls import WEB_ROLE
from spelregel.tenancy.check import check_file, check_text, reading_of
from spelregel.tenancy.facts_text import Reading
from spelregel.tenancy.judging import judge, judgement_as_data
from spelregel.tenancy.tenant import Tenant
from tests.browse import Visitor, visitor_as
from tests.postgresql import OWNER, SUPERUSER, PostgreSQL

ROOT = Path(__file__).parents[1]
os.environ.setdefault("SPELREGEL_CACHE", "none")  # a test that wants one says where
TENANTS = sorted((ROOT / "tenants").glob("*.yaml"))
PROVE = os.environ.get("SPELREGEL_PROVE") == "1"


@cache
def tenant(name: str) -> Tenant:
    checked = check_file(ROOT / "tenants" / f"{name}.yaml")
    assert checked.tenant, [str(problem.message) for problem in checked.problems]
    return checked.tenant


@cache
def reading(name: str) -> Reading:
    return reading_of(tenant(name))


def decide(name: str, **when: Any) -> dict[str, Any]:
    return judgement_as_data(judge(reading(name), when), reading(name), when)


def tenant_from(text: str) -> Tenant:
    checked = check_text(text.encode(), "test.yaml")
    assert checked.tenant, [(problem.span.line, str(problem.message)) for problem in checked.problems]
    return checked.tenant


#: Suites of pages: each of their tests runs on one of the two databases, in turn, and on both under `./dev prove`. Storage,
#: walls, the matrix, and whatever happens at once run on both always.
IN_TURN = ("portal", "support")
#: And these, whose like (requests that spend, in test_credit_at_once.py) run on both.
ALSO_IN_TURN = frozenset(
    {
        "test_two_hundred_spends_of_sixty_five_hours_take_exactly_sixty_five",
        "test_without_lock_and_count_they_take_more_than_there_is",
        "test_without_the_lock_the_count_of_the_database_still_refuses",
    }
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if PROVE or len({item.path for item in items}) < 5:  # who runs a few files wants them whole
        return
    kept, left_out = [], []
    for item in items:
        database = getattr(item, "callspec", None) and item.callspec.params.get("database_url")
        name = getattr(item, "originalname", item.name)
        is_whole = "at_once" in name or "two_workers" in getattr(item, "fixturenames", ())
        turn = ("sqlite", "postgresql")[zlib.crc32(name.encode()) % 2]
        goes_in_turn = name in ALSO_IN_TURN or (item.path.parent.name in IN_TURN and not is_whole)
        is_left_out = database and goes_in_turn and database != turn
        (left_out if is_left_out else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Per suite how many tests ran: a suite that silently did not run would stand out."""
    counts: dict[str, int] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            suite = report.nodeid.split("/")[1] if report.nodeid.count("/") > 1 else "tests"
            counts[suite] = counts.get(suite, 0) + 1
    terminalreporter.write_sep("-", "tests per suite")
    for suite, count in sorted(counts.items()):
        terminalreporter.write_line(f"{suite:<14}{count:>6}")


@pytest.fixture
def root() -> Path:
    return ROOT


_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One server for the whole run; a database with all tables that the others are copied from."""
    server = PostgreSQL()
    try:
        server.create("template_tables")
        engine = open_engine(server.url("template_tables", OWNER))
        migrations.upgrade(engine)
        engine.dispose()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "tables.db"
    engine = open_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


#: Where the clock of the tests begins, and with it the stories of the demo.
BEGIN = "2026-12-08 09:29"
#: A test with one of these fixtures finds the stories of the demo told: telling them takes longer than most tests.
TOLD = {"demo", "two", "two_workers", "told"}


@pytest.fixture(scope="session")
def told_sqlite(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Path:
    path = tmp_path_factory.mktemp("told") / "told.db"
    shutil.copy(empty_sqlite, path)
    tell_stories(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def told_postgresql(postgresql: PostgreSQL) -> str:
    tell_stories(postgresql.create("template_told", "template_tables"))
    return "template_told"


@pytest.fixture
def told() -> None:
    """For a test that opens a portal itself, on a database in which the stories are told."""


def tell_stories(url: str, at: str = BEGIN, tenants: Path = ROOT / "tenants") -> None:
    application = open_portal(url, Clock(at), tenants)
    if application.engine.dialect.name == "sqlite":
        with application.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    application.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database with all tables, of each kind in turn; on PostgreSQL as the portal logs in to it: as the web role."""
    is_told = not TOLD.isdisjoint(request.fixturenames)
    if request.param == "sqlite":
        source: Path = request.getfixturevalue("told_sqlite" if is_told else "empty_sqlite")
        shutil.copy(source, tmp_path / "test.db")
        return f"sqlite:///{tmp_path / 'test.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.create(
        f"test_{next(_numbers)}", request.getfixturevalue("told_postgresql") if is_told else "template_tables"
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    found = open_engine(database_url)
    yield found
    found.dispose()


def as_role(url: str, role: str) -> str:
    return url.replace(f"postgresql://{WEB_ROLE}@", f"postgresql://{role}@")


@pytest.fixture
def superuser(database_url: str) -> Iterator[Engine]:
    """The same database past every wall, for what no portal may do. (On SQLite: without the guard of a session.)"""
    found = open_engine(as_role(database_url, SUPERUSER))
    yield found
    found.dispose()


class Clock:
    """A clock that stands where a test sets it, on the wall of Amsterdam."""

    def __init__(self, wall: str) -> None:
        self.set(wall)

    def set(self, wall: str) -> None:
        from zoneinfo import ZoneInfo

        self.moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("Europe/Amsterdam"))

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock(BEGIN)


@pytest.fixture
def demo(database_url: str, clock: Clock) -> Iterator[Application]:
    """The four portals with their demo families, on each database; `clock` says what time it is."""
    application = open_portal(database_url, clock)
    yield application
    close_portal(application)


@pytest.fixture(name="tenant")
def chosen_tenant(demo: Application) -> Callable[[str], Tenant]:
    """`tenant("deroef")`: that organisation, on a portal with its demo families; `as_` is somebody of the last one chosen."""

    def choose(name: str) -> Tenant:
        found = demo.registry.snapshot.tenant(name)
        assert found, f"there is no organisation {name}"
        demo.portal.extensions["chosen tenant"] = found
        return found

    return choose


@pytest.fixture
def moment(clock: Clock) -> Callable[[str], datetime]:
    """`moment("2026-12-08 09:29")`: from now on it is that minute on the wall, for everybody."""

    def set_clock(wall: str) -> datetime:
        clock.set(wall)
        return clock()

    return set_clock


@pytest.fixture
def as_(demo: Application, tenant: Callable[[str], Tenant]) -> Callable[[str], Visitor]:
    """`as_("guardian")`, `as_("planner")`, `as_("anja.kuipers@example.org")`: a visitor who is logged in as that person."""

    def log_in(who: str) -> Visitor:
        chosen: Tenant = demo.portal.extensions.get("chosen tenant") or next(iter(demo.registry.snapshot.tenants()))
        return visitor_as(demo, chosen, who)

    return log_in


#: Where the portals of these tests write their mail: a folder each, `app.postman.carrier.folder`.
POST = Path(tempfile.gettempdir()) / f"spelregel-post-{os.getpid()}"
atexit.register(shutil.rmtree, POST, ignore_errors=True)


def close_portal(application: Application) -> None:
    """A request that ended in an exception can hold its connection until the collector comes by: then it goes back first."""
    if application.engine.pool.checkedout():
        gc.collect()
    application.engine.dispose()


def open_portal(
    database: str,
    clock: Callable[[], datetime],
    tenants: Path = ROOT / "tenants",
    environment: str = "demo",
    port: int = 8000,
) -> Application:
    settings = settings_from(
        {
            "SPELREGEL_ENV": environment,
            "SPELREGEL_DATABASE": database,
            "SPELREGEL_TENANTS": str(tenants),
            "SPELREGEL_PORT": str(port),
            "SPELREGEL_MAIL": f"file:{POST / str(next(_numbers))}",
            "SPELREGEL_CACHE": str(POST / "checked"),  # the same few files are opened by hundreds of tests
        }
    )
    return create_app(settings, now=clock)
