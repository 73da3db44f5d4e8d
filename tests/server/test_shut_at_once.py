"""What is closed is closed in every server process from the next request on: two real ones on one database, asked all the time."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, select

from spelregel.demo.people import PASSWORD, employees_of, families_of
from spelregel.records.accounts import accounts_named
from spelregel.records.family import Custody
from spelregel.records.locations import list_places
from spelregel.records.login_sessions import start_session
from spelregel.records.staff import Employee, Employment
from spelregel.records.tablets import make_code, pair
from spelregel.storage.session import open_engine, tenant_session
from spelregel.tenancy.check import check_file
from tests.conftest import PROVE, ROOT
from tests.server.running import Server

NAME, HOST = "quadrant", "quadrant.localhost"
AFTER = 400 if PROVE else 40  # requests that begin after the answer to the change
TENANT = check_file(ROOT / "tenants" / f"{NAME}.yaml").tenant
assert TENANT
NEW = "drie natte eenden fluiten"


@dataclass
class Two:
    servers: tuple[Server, Server]
    engine: Engine

    def session_of(self, username: str) -> str:
        """The cookie of a new session of this account."""
        with tenant_session(self.engine, NAME, writing=True) as session:
            account = accounts_named(session, username)[0]
            word, _ = start_session(
                session, account, datetime.now(UTC), old_word=None, remember=False, device="a test", proof="demo"
            )
            session.commit()
        return f"__Host-sid={word}"

    def post(self, path: str, cookie: str, **fields: str) -> None:
        """To the first of the two."""
        server = self.servers[0]
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        where = f"{HOST}:{server.port}"
        headers = {
            "Host": where,
            "Origin": f"http://{where}",
            "Cookie": cookie,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request("POST", path, urlencode(fields), headers)
        answer = connection.getresponse()
        assert answer.status == 303, (path, answer.status, answer.read()[:2000])
        connection.close()

    def email(self, role: str) -> str:
        assert TENANT
        return next(each.email for each in employees_of(TENANT) if each.role == role)

    def administrator(self) -> str:
        return self.session_of(self.email("administrator"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("shut")
    (folder / "tenants").mkdir()
    (folder / "tenants" / f"{NAME}.yaml").write_text((ROOT / "tenants" / f"{NAME}.yaml").read_text("utf-8"), "utf-8")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'test.db'}"
    else:
        url = request.getfixturevalue("postgresql").create("shut_at_once", "template_tables")
    env = {"SPELREGEL_ENV": "demo", "SPELREGEL_WORKERS": "1", "SPELREGEL_MAIL": f"file:{folder / 'mail'}"}
    first = Server(folder / "tenants", url, folder / "log1", **env)
    second = Server(folder / "tenants", url, folder / "log2", **env)
    found = Two((first, second), open_engine(url))
    yield found
    first.stop()
    second.stop()
    found.engine.dispose()


def guardian_name() -> str:
    assert TENANT
    return families_of(TENANT)[0].username


def log_out(two: Two) -> tuple[str, str, Callable[[], None]]:
    cookie = two.session_of(guardian_name())
    return cookie, "/account", lambda: two.post("/logout", cookie)


def log_out_all(two: Two) -> tuple[str, str, Callable[[], None]]:
    cookie = two.session_of(guardian_name())
    return cookie, "/account", lambda: two.post("/logout/all", cookie)


def end_others(two: Two) -> tuple[str, str, Callable[[], None]]:
    cookie, mine = two.session_of(guardian_name()), two.session_of(guardian_name())
    return cookie, "/account", lambda: two.post("/account/devices/end-others", mine)


def new_password(two: Two) -> tuple[str, str, Callable[[], None]]:
    assert TENANT
    name = families_of(TENANT)[-1].username
    cookie, mine = two.session_of(name), two.session_of(name)
    return cookie, "/account", lambda: two.post("/account/password", mine, current=PASSWORD, new=NEW, again=NEW)


def close_account(two: Two) -> tuple[str, str, Callable[[], None]]:
    cookie, admin = two.session_of(two.email("mentor")), two.administrator()
    employee = employee_id(two, "mentor")
    return cookie, "/account", lambda: two.post(f"/manage/staff/{employee}/disable", admin)


def end_employment(two: Two) -> tuple[str, str, Callable[[], None]]:
    cookie, admin = two.session_of(two.email("planner")), two.administrator()
    employee = employee_id(two, "planner")
    with tenant_session(two.engine, NAME) as session:
        role = session.scalars(select(Employment).where(Employment.employee_id == employee)).one()
    return cookie, "/staff", lambda: two.post(f"/manage/staff/{employee}/role/{role.id}/end", admin)


def bar(two: Two) -> tuple[str, str, Callable[[], None]]:
    assert TENANT
    cookie, admin = two.session_of(guardian_name()), two.administrator()
    with tenant_session(two.engine, NAME) as session:
        account = accounts_named(session, guardian_name())[0]
        child = session.scalars(select(Custody).where(Custody.guardian_id == account.guardian_id)).first()
        assert child
    return (
        cookie,
        f"/child/{child.child_id}",
        lambda: two.post(f"/staff/child/{child.child_id}/guardian/{child.guardian_id}/bar", admin),
    )


def unpair(two: Two) -> tuple[str, str, Callable[[], None]]:
    admin = two.administrator()
    with tenant_session(two.engine, NAME, writing=True) as session:
        found = pair(
            session, make_code(session, "Tablet", list_places(session)[0], datetime.now(UTC)), datetime.now(UTC)
        )
        assert found
        tablet = found[0].id
        session.commit()
    return f"__Host-tablet={found[1]}", "/tablet", lambda: two.post(f"/manage/tablets/{tablet}/unpair", admin)


def employee_id(two: Two, role: str) -> str:
    with tenant_session(two.engine, NAME) as session:
        return session.scalars(select(Employee.id).where(Employee.email == two.email(role))).one()


#: The last one bars the guardian for good: it comes after what needs that guardian.
CHANGES = (log_out, log_out_all, end_others, new_password, close_account, end_employment, unpair, bar)


def let_in_after(two: Two, cookie: str, path: str, change: Callable[[], None]) -> tuple[int, int]:
    """Of the requests that began after the change was answered: how many there were, and how many still got in."""
    closed, begun_after, got_in, lock = threading.Event(), [0], [0], threading.Lock()

    def ask(server: Server) -> None:
        deadline = time.monotonic() + 60
        while begun_after[0] < AFTER and time.monotonic() < deadline:
            is_after = closed.is_set()
            code, _ = server.get(HOST, path, Cookie=cookie)
            with lock:
                begun_after[0] += is_after
                got_in[0] += is_after and code == 200

    for server in two.servers:
        assert server.get(HOST, path, Cookie=cookie)[0] == 200
    askers = [threading.Thread(target=ask, args=(server,)) for server in two.servers for _ in range(2)]
    for each in askers:
        each.start()
    try:
        change()
    finally:
        closed.set()
        for each in askers:
            each.join()
    return begun_after[0], got_in[0]


@pytest.mark.parametrize("way", CHANGES, ids=lambda way: way.__name__)
def test_nobody_gets_in_any_more_at_either_server(both: Two, way: Callable[[Two], tuple[str, str, Callable[[], None]]], capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    asked, got_in = let_in_after(both, *way(both))
    with capsys.disabled():
        print(f"\n{way.__name__} on {both.engine.dialect.name}: {asked} requests afterwards, {got_in} got in")
    assert asked >= AFTER
    assert got_in == 0


def test_control_a_change_that_never_came_lets_them_all_in(both: Two) -> None:
    """And the page that is asked for is one that answers."""
    asked, got_in = let_in_after(both, both.administrator(), "/account", lambda: None)
    assert got_in == asked >= AFTER
