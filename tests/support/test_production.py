"""In production support's console, its visits and its cookie do not exist; asked from outside, on the same database."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from werkzeug.test import Client, TestResponse

from spelregel.app import Application, create_app
from spelregel.demo.people import families_of
from spelregel.records.support_visits import SupportVisit, find_account, make_ticket, take_ticket
from spelregel.settings import SettingsError, settings_from
from spelregel.storage.session import tenant_session
from tests.browse import words
from tests.conftest import ROOT, Clock, open_portal
from tests.support.desk import desk

BASE = "portal.example"
PRODUCTION = {
    "SPELREGEL_ENV": "production",
    "SPELREGEL_TENANTS": str(ROOT / "tenants"),
    "SPELREGEL_BASE_DOMAIN": BASE,
    "SPELREGEL_STATUS_TOKEN": "a-long-word-for-the-status",
    "SPELREGEL_MAIL": "smtps://mail.example",
    "SPELREGEL_MAIL_FROM": "portal@portal.example",
}
PATHS = ("/", "/tenant/quadrant", "/go/quadrant/ilse.postma@example.org", "/code/0000-0000", "/code?code=00000000", "/enter", "/status", "/static/portal.css")  # fmt: skip


@pytest.fixture
def production(told: None, database_url: str, clock: Clock) -> Iterator[tuple[Application, str, str]]:
    """Over a database that a demo has filled, with a visit that somebody is on and a ticket that nobody took yet."""
    filled = open_portal(database_url, clock)
    with tenant_session(filled.engine, "quadrant", writing=True) as session:
        tenant = filled.registry.snapshot.tenant("quadrant")
        assert tenant
        account = find_account(session, families_of(tenant)[0].email)
        assert account
        now = filled.clock()
        taken = take_ticket(session, make_ticket(session, account.id, "x", now, "/agenda", now), None, now)
        assert taken
        ticket = make_ticket(session, account.id, "x", now, "/agenda", now)
        session.commit()
    filled.engine.dispose()
    app = create_app(settings_from(PRODUCTION | {"SPELREGEL_DATABASE": database_url}), now=clock)
    yield app, taken[1], ticket
    app.engine.dispose()


def get(app: Application, host: str, path: str, method: str = "GET", **headers: str) -> TestResponse:
    return Client(app).open(path, method=method, base_url=f"https://{host}.{BASE}", headers=headers)


def test_the_host_of_support_is_nobodys(production: tuple[Application, str, str]) -> None:
    app, _, _ = production
    token = "Basic " + base64.b64encode(b"x:a-long-word-for-the-status").decode()
    for path in PATHS:
        for method in ("GET", "POST"):
            nobody, support = get(app, "nobody", path, method), get(app, "support", path, method, Authorization=token)
            assert (support.status_code, support.data) == (nobody.status_code, nobody.data) == (404, nobody.data), path
            assert "Set-Cookie" not in support.headers and "WWW-Authenticate" not in support.headers


def test_no_ticket_is_taken_and_no_visit_can_be_moved_or_left(production: tuple[Application, str, str]) -> None:
    app, word, ticket = production
    for method, path in (
        ("GET", f"/support/enter/{ticket}"),
        ("POST", "/support/moment"),
        ("POST", "/support/leave"),
        ("GET", "/support/"),
    ):
        answer = get(app, "quadrant", path, method, Cookie=f"__Host-visit={word}", **{"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 404, path
        assert (
            answer.data == get(app, "quadrant", "/nothing-here", method, **{"Sec-Fetch-Site": "same-origin"}).data
            or b"visit" not in answer.data
        )
        assert "Set-Cookie" not in answer.headers
    with tenant_session(app.engine, "quadrant") as session:
        rows = session.scalars(select(SupportVisit)).all()
    assert sorted(row.entered_at is None for row in rows) == [False, True], "neither row was touched"


@pytest.mark.parametrize("name", ["__Host-visit", "visit"])
def test_the_cookie_of_a_visit_is_nothing(production: tuple[Application, str, str], name: str, clock: Clock) -> None:
    app, word, _ = production
    with_it = get(app, "quadrant", "/agenda", Cookie=f"{name}={word}")
    without = get(app, "quadrant", "/agenda")
    assert (
        (with_it.status_code, with_it.location)
        == (without.status_code, without.location)
        == (302, "/login?after=/agenda")
    )
    assert "Set-Cookie" not in with_it.headers


def test_the_cookie_changes_nothing_for_who_is_logged_in(production: tuple[Application, str, str]) -> None:
    app, word, _ = production
    with tenant_session(app.engine, "quadrant", writing=True) as session:
        session.execute(update(SupportVisit).values(at=Clock("2030-01-01 09:00").moment))
        session.commit()
    tenant = app.registry.snapshot.tenant("quadrant")
    assert tenant
    client = Client(app)
    family = families_of(tenant)[1]
    base = f"https://{tenant.subdomain}.{BASE}"
    login = client.post("/login", base_url=base, data={"username": family.username, "password": "gele-regenlaarzen"}, headers={"Sec-Fetch-Site": "same-origin"})  # fmt: skip
    assert login.status_code == 303

    def pages() -> list[str]:
        return [words(client.get(path, base_url=base)) for path in ("/agenda", "/credits", "/account", "/conditions")]

    before = pages()
    client.set_cookie("__Host-visit", word, domain=f"{tenant.subdomain}.{BASE}", secure=True)
    assert pages() == before and family.children[0].first_name in before[0] and "2030" not in "".join(before)
    assert client.get_cookie("__Host-visit", domain=f"{tenant.subdomain}.{BASE}"), "nobody takes notice of it"


def test_the_same_cookie_and_ticket_are_good_in_a_test_environment(told: None, database_url: str, clock: Clock) -> None:
    """The control: it is production that refuses them."""
    app = open_portal(database_url, clock)
    app.engine.dispose()
    app = open_portal(database_url, clock, environment="test")
    tenant = app.registry.snapshot.tenant("quadrant")
    assert tenant
    page = desk(app).go("quadrant", families_of(tenant)[0].email, "2030-01-01T09:00")
    assert page.status_code == 200 and "2030" in words(page)
    app.engine.dispose()


# Who may open the console


def test_in_test_the_token_opens_the_console_and_nothing_else_does(
    database_url: str, clock: Clock, tmp_path: Path
) -> None:
    env = {"SPELREGEL_ENV": "test", "SPELREGEL_DATABASE": database_url, "SPELREGEL_TENANTS": str(ROOT / "tenants"), "SPELREGEL_MAIL": f"file:{tmp_path}"}  # fmt: skip
    app = create_app(settings_from(env | {"SPELREGEL_SUPPORT_TOKEN": "open-sesame-please"}), now=clock)
    client = Client(app)

    def ask(path: str, given: str | None) -> int:
        headers = {"Authorization": given} if given else {}
        return client.get(path, base_url="https://support.localhost", headers=headers).status_code

    basic = "Basic " + base64.b64encode(b"anna:open-sesame-please").decode()
    wrong = "Basic " + base64.b64encode(b"open-sesame-please:no").decode()
    for path in ("/", "/tenant/quadrant", "/code/0000-0000", "/go/quadrant/nobody", "/nothing"):
        assert ask(path, None) == ask(path, wrong) == ask(path, "Bearer no") == 401, path
        assert ask(path, basic) == ask(path, "Bearer open-sesame-please") != 401, path
    app.engine.dispose()


def test_a_test_environment_that_others_can_reach_needs_the_token_and_production_refuses_it() -> None:
    env = {"SPELREGEL_ENV": "test", "SPELREGEL_BIND": "0.0.0.0"}
    with pytest.raises(SettingsError, match="SPELREGEL_SUPPORT_TOKEN must be set"):
        settings_from(env)
    assert settings_from(env | {"SPELREGEL_SUPPORT_TOKEN": "x" * 20}).support_token
    assert settings_from({"SPELREGEL_ENV": "test"}).support_token is None
    with pytest.raises(SettingsError, match="test and demo only"):
        settings_from(PRODUCTION | {"SPELREGEL_DATABASE": "sqlite://", "SPELREGEL_SUPPORT_TOKEN": "x" * 20})


def test_who_gave_a_name_beside_the_token_stands_with_the_visit(told: None, database_url: str, clock: Clock) -> None:
    app = open_portal(database_url, clock)
    support = desk(app)
    given = "Basic " + base64.b64encode(b"anna:whatever").decode()
    support.open("https://support.localhost/go/quadrant/ilse.postma@example.org", Authorization=given)
    with tenant_session(app.engine, "quadrant") as session:
        assert [row.who for row in session.scalars(select(SupportVisit))] == ["anna"]
    app.engine.dispose()


def test_under_a_refusal_the_code_stands_in_production_too(
    production: tuple[Application, str, str], clock: Clock
) -> None:
    app, _, _ = production
    tenant = app.registry.snapshot.tenant("deroef")
    assert tenant
    client = Client(app)
    base = f"https://{tenant.subdomain}.{BASE}"
    clock.set("2026-12-10 14:01")
    sent = {"username": families_of(tenant)[0].username, "password": "gele-regenlaarzen", "lang": "nl"}
    assert client.post("/login", base_url=base, data=sent, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    page = client.get("/absence/new?day=2026-12-10", base_url=base)
    assert "Code voor de helpdesk: " in words(page)
