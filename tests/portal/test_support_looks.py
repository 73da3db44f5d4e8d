"""An administrator lets support look along as somebody: read only, for a while, and all of it written down."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, delete, select, update
from werkzeug.test import Client, TestResponse

from spelregel.app import Application, create_app
from spelregel.demo.people import employees_of, families_of
from spelregel.portal.support_looks import staff_views
from spelregel.portal.support_looks.service import LENGTHS, end_of
from spelregel.records.accounts import Account
from spelregel.records.audit import AuditEntry
from spelregel.records.login_sessions import digest
from spelregel.records.outbox import OutgoingMail
from spelregel.records.staff import Employee, Employment
from spelregel.records.support_grants import SupportGrant, find_offer
from spelregel.records.support_visits import find_account
from spelregel.settings import settings_from
from spelregel.storage.model_base import Base
from spelregel.storage.session import OnlyLooking, TenantSession, only_looking, tenant_session
from spelregel.web import looking
from spelregel.web.login import mark_of
from spelregel.web.routes import Route, routes_of
from tests.browse import Visitor, field, follow, visitor, visitor_as, words
from tests.conftest import Clock, open_portal
from tests.support.test_production import BASE, PRODUCTION

REASON = "Mevrouw mist tegoed van vorige week"
READ_ONLY = "Alleen kijken"


def account_of(app: Application, name: str, email: str) -> str:
    with tenant_session(app.engine, name) as session:
        found = find_account(session, email)
    assert found
    return found.id


def parent(app: Application, name: str = "deroef") -> str:
    found = app.registry.snapshot.tenant(name)
    assert found
    return account_of(app, name, families_of(found)[0].email)


def employee(app: Application, role: str, name: str = "deroef") -> str:
    found = app.registry.snapshot.tenant(name)
    assert found
    return account_of(app, name, next(each.email for each in employees_of(found) if each.role == role))


def administrator(app: Application, name: str = "deroef") -> Visitor:
    found = app.registry.snapshot.tenant(name)
    assert found
    return visitor_as(app, found, "administrator")


def grant(admin: Visitor, account: str, length: str = "hour", reason: str = REASON) -> str:
    """The path of the address that the administrator is shown."""
    page = admin.post("/manage/support", {"account": account, "reason": reason, "length": length})
    assert page.status_code == 200, words(page)
    found = re.search(r"https?://[^<\s]+?(/support-look/[\w-]+)", page.text)
    assert found, page.text
    return found[1]


def look(app: Application, address: str, name: str = "deroef") -> Visitor:
    support = visitor(app, name)
    answer = support.post(address)
    assert answer.status_code == 303, words(answer)
    return support


def looking_as(app: Application, account: str, name: str = "deroef") -> Visitor:
    return look(app, grant(administrator(app, name), account), name)


def entries(app: Application, name: str = "deroef", **where: Any) -> list[AuditEntry]:
    with tenant_session(app.engine, name) as session:
        found = select(AuditEntry).filter_by(**where).order_by(AuditEntry.at, AuditEntry.id)
        return list(session.scalars(found))


def everything(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table but the audit, past every wall."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name != "audit_entry"
        }


def test_an_administrator_grants_and_support_reads_until_it_stops(demo: Application) -> None:
    admin, account = administrator(demo), parent(demo)
    assert "Helpdesk" in words(admin.get("/manage"))
    name = families_of(admin.tenant)[0].parent
    assert name in words(admin.get(f"/manage/support/new?q={families_of(admin.tenant)[0].username}"))
    assert "Zo heet hier niemand" in words(admin.get("/manage/support/new?q=nobody-at-all"))
    form = admin.get(f"/manage/support/new?account={account}")
    assert field(form, "account") == [account] and name in words(form)
    address = grant(admin, account)

    support = visitor(demo, "deroef")
    page = support.get(address)
    assert page.status_code == 200 and name not in words(page) and REASON not in words(page)
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert support.get("/agenda").status_code == 302, "opening the address changes nothing"
    answer = support.post(address)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-look=") and "HttpOnly" in cookie and "Secure" in cookie and "Path=/" in cookie
    agenda = support.get("/agenda")
    assert agenda.status_code == 200
    for told in (READ_ONLY, name, REASON, "10.29 uur"):
        assert told in words(agenda), told
    assert support.get(address).location == "/", "who opened it goes on"

    assert name in words(admin.get("/manage/support")) and "Geopend op" in words(admin.get("/manage/support"))
    over = support.post("/logout")
    assert over.status_code == 303 and "__Host-look=;" in over.headers["Set-Cookie"]
    assert "Clear-Site-Data" not in over.headers
    assert support.get("/agenda").status_code == 302
    assert "De helpdesk stopte op" in words(admin.get("/manage/support"))


def test_it_is_written_down_and_those_whom_it_concerns_read_it(demo: Application) -> None:
    admin, account = administrator(demo), parent(demo)
    support = look(demo, grant(admin, account))
    child = re.search(r"/child/([0-9a-f]{32})", support.get("/account").text)
    assert child
    assert support.get(f"/child/{child[1]}?lang=nl").status_code == 200
    support.get("/agenda?from=2026-12-21")
    support.get("/activate/abcdefgh-secret-in-an-address")
    support.get("/nothing/here")
    support.post("/account/language", {"language": "en"})
    support.post("/logout")
    with tenant_session(demo.engine, "deroef") as session:
        made = session.scalars(select(SupportGrant)).one()
    looked = [each for each in entries(demo, about="support grant") if each.through == "support"]
    assert {each.account_id for each in looked} == {account} and {each.about_id for each in looked} == {made.id}
    assert {(each.action, each.path) for each in looked if each.path} == {
        ("looked at a page", "/account"),
        ("looked at a page", f"/child/{child[1]}"),
        ("looked at a page", "/agenda"),
        ("refused while looking", "/activate/<secret>"),
        ("refused while looking", "/account/language"),
    }
    assert {each.action for each in looked if each.child_id == child[1]} == {"look begun", "looked at a page"}
    assert len([each for each in looked if each.action == "look ended"]) == 1
    granted = entries(demo, action="let support look")
    assert [(each.through, each.about_id) for each in granted] == [("portal", made.id)]

    name, by = families_of(admin.tenant)[0].parent, next(e.name for e in employees_of(admin.tenant) if e.role == "administrator")  # fmt: skip
    log = words(admin.get("/manage/audit"))
    assert f"Helpdesk, als {name}" in log and f"Toegestaan door {by}: “{REASON}”" in log and "/agenda" in log
    mine = visitor(demo, "deroef").log_in()
    assert "Helpdesk van het portaal" in words(mine.get(f"/child/{child[1]}"))
    devices = words(mine.get("/account/devices"))
    assert "De helpdesk van het portaal keek mee" in devices and REASON in devices


def test_every_administrator_is_told_by_mail(demo: Application) -> None:
    with tenant_session(demo.engine, "deroef", writing=True) as session:
        planner = session.scalars(select(Employee).where(Employee.email == next(e.email for e in employees_of(administrator(demo).tenant) if e.role == "planner"))).one()  # fmt: skip
        day = demo.clock().date()
        session.add(Employment(employee_id=planner.id, role="administrator", location_id=None, group_id=None, starts_on=day, ends_on=None))  # fmt: skip
        session.commit()
        other = planner.email
    grant(administrator(demo), parent(demo))
    with tenant_session(demo.engine, "deroef") as session:
        mails = {each.to_address: each.text or "" for each in session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "support_grant"))}  # fmt: skip
    own = next(e.email for e in employees_of(administrator(demo).tenant) if e.role == "administrator")
    assert set(mails) == {own, other}
    assert all(REASON in text and "/manage/support" in text and "/support-look/" not in text for text in mails.values())


def writing_routes(app: Application) -> list[Route]:
    found = [route for route in routes_of(app.portal) if route.method != "GET"]
    assert len(found) > 40, "the list of routes is not there"
    return [each for each in found if each.endpoint not in looking.DOORS | looking.LEAVING]


def try_all(support: Visitor, routes: list[Route], sent: dict[str, str]) -> list[tuple[str, int, str]]:
    found = []
    for route in routes:
        path = re.sub(r"<[^>]+>", "0" * 32, route.path)
        answer = support.client.open(path, method=route.method, base_url=support.base, data=sent,
                                     headers={"Sec-Fetch-Site": "same-origin"})  # fmt: skip
        found.append((route.path, answer.status_code, words(answer)))
    return found


SENT = {"language": "en", "password": "x" * 12, "new": "x" * 12, "again": "x" * 12, "name": "Somebody", "role": "planner", "where": "all",
        "email": "new@example.org", "pin": "7391", "username": "x", "reason": "because", "length": "hour"}  # fmt: skip


@pytest.mark.parametrize("who", ["guardian", "administrator"])
def test_nothing_can_be_sent_by_any_route_of_the_portal(demo: Application, superuser: Engine, who: str) -> None:
    account = parent(demo) if who == "guardian" else employee(demo, who)
    support = looking_as(demo, account)
    before = everything(superuser)
    for path, status, text in try_all(support, writing_routes(demo), SENT):
        assert status == 403 and "U kijkt alleen mee" in text, path
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"):
        assert support.client.open("/agenda", method=method, base_url=support.base, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 403  # fmt: skip
    assert everything(superuser) == before


@pytest.mark.parametrize("who", ["guardian", "administrator"])
def test_with_the_refusal_of_requests_off_the_sessions_still_write_nothing(
    demo: Application, superuser: Engine, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    support = looking_as(demo, parent(demo) if who == "guardian" else employee(demo, who))
    before = everything(superuser)
    monkeypatch.setattr(looking, "refusal_of_this", lambda: None)
    tried = try_all(support, writing_routes(demo), SENT)
    assert support.get("/account/second-proof/set-up").status_code == 403, "a page that writes when it is only opened"
    assert everything(superuser) == before
    assert ("/account/language", 403) in [(path, status) for path, status, _ in tried]


def test_with_both_off_a_row_does_change(demo: Application, superuser: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the two tests above try would be done."""
    support = looking_as(demo, employee(demo, "administrator"))
    before = everything(superuser)
    monkeypatch.setattr(looking, "refusal_of_this", lambda: None)
    monkeypatch.setattr(looking, "only_looking", lambda *_: nullcontext())
    try_all(support, writing_routes(demo), SENT)
    after = everything(superuser)
    changed = {name for name in before if before[name] != after[name]}
    assert {"account", "employee", "employment", "outgoing_mail"} <= changed


def test_with_the_sessions_open_the_refusal_of_requests_alone_writes_nothing(
    demo: Application, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    support = looking_as(demo, employee(demo, "administrator"))
    before = everything(superuser)
    monkeypatch.setattr(looking, "only_looking", lambda *_: nullcontext())
    try_all(support, writing_routes(demo), SENT)
    assert everything(superuser) == before


def test_a_session_that_only_looks_takes_new_entries_of_the_audit_and_nothing_else(demo: Application) -> None:
    account = parent(demo)
    with tenant_session(demo.engine, "deroef", writing=True) as session, only_looking(AuditEntry):
        mine = session.get_one(Account, ("deroef", account))
        mine.language = mine.language
        session.flush()
        for change in (update(Account).values(language="en"), delete(Account)):
            with pytest.raises(OnlyLooking):
                session.execute(change)
        mine.language = "en" if mine.language != "en" else "nl"
        with pytest.raises(OnlyLooking):
            session.flush()
        session.rollback()
        session.add(Employee(name="x", email="x@example.org"))
        with pytest.raises(OnlyLooking):
            session.flush()
        session.rollback()
        session.delete(session.get_one(Account, ("deroef", account)))
        with pytest.raises(OnlyLooking):
            session.flush()
        session.rollback()
        session.add(AuditEntry(at=demo.clock(), action="look begun", through="support"))
        session.commit()
        old = session.scalars(select(AuditEntry).where(AuditEntry.action == "look begun")).one()
        old.action = "look ended"
        with pytest.raises(OnlyLooking):
            session.flush()
    with tenant_session(demo.engine, "deroef", writing=True) as session:
        session.execute(update(Account).where(Account.id == account).values(language="en"))


OPEN_TO_PARENTS = {
    "/", "/account", "/agenda", "/calendar", "/credits", "/conditions", "/my-data", "/child/<id:child_id>", "/consents", "/consents/history",
    "/absence/new", "/absence/draft/<id:draft_id>", "/absence/<id:report_id>", "/absence/<id:absence_id>/withdraw",
    "/absence/<id:report_id>/withdraw-all", "/decisions/<id:decision_id>", "/requests", "/requests/new", "/requests/swap",
    "/requests/draft/<id:request_draft_id>", "/requests/<id:request_id>", "/requests/booking/<id:booking_id>/cancel",
}  # fmt: skip
OPEN_TO_STAFF = {
    "/", "/account", "/conditions", "/staff", "/staff/child/<id:child_id>", "/manage", "/manage/staff",
    "/manage/staff/<id:employee_id>", "/manage/tablets", "/approvals", "/approvals/child/<id:child_id>",
    "/study-days",
}  # fmt: skip
NO_PAGES = {"/look.css", "/icon.svg", "/static/<path:filename>"}


def test_these_pages_are_open_to_a_look_and_no_others(demo: Application) -> None:
    """Passwords, second proofs, recovery codes, passkeys, PINs, devices, the log and the grants are not among them; and a
    page that is new is closed until somebody opens it here."""
    open_pages = set()
    support = {"parent": looking_as(demo, parent(demo)), "staff": looking_as(demo, employee(demo, "administrator"))}
    for route in routes_of(demo.portal):
        if route.method == "GET" and route.endpoint not in looking.DOORS and route.path not in NO_PAGES:
            for each in support.values():
                answer = each.get(re.sub(r"<[^>]+>", "0" * 32, route.path))
                assert answer.status_code in (200, 302, 403, 404), route.path
                assert (answer.status_code == 403) == ("Deze pagina is dicht voor wie meekijkt" in words(answer))
                if answer.status_code != 403:
                    open_pages.add(route.path)
    assert open_pages == OPEN_TO_PARENTS | OPEN_TO_STAFF
    closed = words(support["staff"].get("/manage"))
    assert "Wie deed wat" not in closed and READ_ONLY in closed


def test_who_is_looked_as_decides_what_is_seen(demo: Application) -> None:
    planner = looking_as(demo, employee(demo, "planner"))
    assert planner.get("/manage/staff").status_code == 404
    assert planner.get("/agenda").status_code == 404
    assert planner.get("/staff").status_code == 200


def test_a_refusal_is_seen_with_its_code_only_when_the_person_saw_it(demo: Application, clock: Clock) -> None:
    clock.set("2026-12-10 14:01")
    support = looking_as(demo, parent(demo))
    page = "/absence/new?day=2026-12-10"
    answer = support.get(page)
    assert answer.status_code == 200 and "Code voor de helpdesk" not in words(answer)
    assert "Code voor de helpdesk" in words(visitor(demo, "deroef").log_in().get(page))
    assert "Code voor de helpdesk" in words(support.get(page))


@pytest.mark.parametrize(
    ("length", "before", "at", "after"),
    [
        ("hour", "2026-12-08 10:28", "2026-12-08 10:29", "2026-12-08 10:30"),
        ("hours", "2026-12-08 13:28", "2026-12-08 13:29", "2026-12-08 13:30"),
        ("day", "2026-12-09 09:28", "2026-12-09 09:29", "2026-12-09 09:30"),
    ],
)
def test_a_look_ends_at_its_minute(
    two_workers: tuple[Application, Application], clock: Clock, length: str, before: str, at: str, after: str
) -> None:
    one, _ = two_workers
    address = grant(administrator(one), parent(one), length)
    unused = grant(administrator(one), parent(one), length)
    lookers = [look(one, address)]
    lookers.append(Visitor(two_workers[1], lookers[0].tenant, lookers[0].client))
    lookers[1].client = Client(two_workers[1])
    for cookie in [lookers[0].client.get_cookie("__Host-look", domain=f"{lookers[0].tenant.subdomain}.localhost")]:
        assert cookie
        lookers[1].client.set_cookie("__Host-look", cookie.value, domain=f"{lookers[0].tenant.subdomain}.localhost", secure=True)  # fmt: skip
    clock.set(before)
    assert [each.get("/agenda").status_code for each in lookers] == [200, 200]
    assert visitor(one, "deroef").get(unused).status_code == 200
    for moment in (at, after):
        clock.set(moment)
        word = cookie.value
        for app in two_workers:
            fresh = visitor(app, "deroef")
            fresh.client.set_cookie("__Host-look", word, domain=f"{fresh.tenant.subdomain}.localhost", secure=True)
            answer = fresh.get("/agenda")
            assert answer.status_code == 410 and "Het meekijken is voorbij" in words(answer), moment
            assert "__Host-look=;" in answer.headers["Set-Cookie"]
            assert fresh.get("/agenda").status_code == 302, "then the browser is its own again"
        assert visitor(one, "deroef").get(unused).status_code == 404
        assert visitor(one, "deroef").post(unused).status_code == 404


def with_look(app: Application, word: str, name: str = "deroef") -> Visitor:
    found = visitor(app, name)
    found.client.set_cookie("__Host-look", word, domain=f"{found.tenant.subdomain}.localhost", secure=True)
    return found


def word_of(support: Visitor) -> str:
    cookie = support.client.get_cookie("__Host-look", domain=f"{support.tenant.subdomain}.localhost")
    assert cookie
    return cookie.value


def grant_id(app: Application, name: str = "deroef") -> str:
    with tenant_session(app.engine, name) as session:
        return session.scalars(select(SupportGrant.id)).one()


def test_ended_by_the_administrator_it_is_over_at_once_in_every_worker(
    two_workers: tuple[Application, Application],
) -> None:
    one, other = two_workers
    admin = administrator(one)
    support = look(one, grant(admin, parent(one)))
    elsewhere = with_look(other, word_of(support))
    assert support.get("/agenda").status_code == elsewhere.get("/agenda").status_code == 200
    ended = follow(admin, admin.post(f"/manage/support/{grant_id(one)}/end"))
    assert "De helpdesk ziet niets meer" in words(ended) and "Beëindigd door" in words(ended)
    assert support.get("/agenda").status_code == elsewhere.get("/agenda").status_code == 410
    again = follow(admin, admin.post(f"/manage/support/{grant_id(one)}/end"))
    assert "Dit was al voorbij" in words(again)
    assert len(entries(one, action="ended a look")) == 1


@pytest.mark.parametrize("whose", ["looked as", "granted by"])
def test_when_an_account_is_closed_the_look_is_over(demo: Application, whose: str) -> None:
    support = looking_as(demo, parent(demo))
    closed = parent(demo) if whose == "looked as" else employee(demo, "administrator")
    assert support.get("/agenda").status_code == 200
    with tenant_session(demo.engine, "deroef", writing=True) as session:
        session.execute(update(Account).where(Account.id == closed).values(disabled_at=demo.clock()))
        session.commit()
    assert support.get("/agenda").status_code == 410


def test_an_offer_that_was_ended_opens_nothing(demo: Application) -> None:
    admin = administrator(demo)
    address = grant(admin, parent(demo))
    admin.post(f"/manage/support/{grant_id(demo)}/end")
    assert visitor(demo, "deroef").get(address).status_code == visitor(demo, "deroef").post(address).status_code == 404


def test_another_browser_cannot_open_it_again(demo: Application) -> None:
    address = grant(administrator(demo), parent(demo))
    support = look(demo, address)
    thief = visitor(demo, "deroef")
    answers = [
        thief.get(address),
        thief.post(address),
        thief.get("/support-look/nothing"),
        thief.post("/support-look/nothing"),
    ]
    assert {each.status_code for each in answers} == {404} and len({words(each) for each in answers}) == 1
    assert thief.get("/agenda").status_code == 302
    assert support.get("/agenda").status_code == 200


def test_a_second_look_in_the_same_browser_ends_the_first(demo: Application) -> None:
    admin = administrator(demo)
    support = look(demo, grant(admin, parent(demo)))
    first = word_of(support)
    assert support.post(grant(admin, employee(demo, "planner"))).status_code == 303
    assert support.get("/staff").status_code == 200
    assert with_look(demo, first).get("/agenda").status_code == 410


def test_a_secret_and_a_cookie_of_one_organisation_are_nothing_at_another(demo: Application) -> None:
    address = grant(administrator(demo), parent(demo))
    foreign = visitor(demo, "quadrant")
    assert foreign.get(address).status_code == foreign.post(address).status_code == 404
    support = look(demo, address)
    assert with_look(demo, word_of(support), "quadrant").get("/agenda").status_code == 410
    admin = administrator(demo, "quadrant")
    missing = admin.post(f"/manage/support/{'0' * 32}/end")
    there = admin.post(f"/manage/support/{grant_id(demo)}/end")
    assert (there.status_code, there.location) == (missing.status_code, missing.location)
    assert support.get("/agenda").status_code == 200
    foreign_account = admin.post("/manage/support", {"account": parent(demo), "reason": "x", "length": "hour"})
    assert foreign_account.status_code == 422


def test_only_who_administers_the_whole_organisation_grants(demo: Application, tenant: Callable[[str], Any]) -> None:
    chosen, account = tenant("deroef"), parent(demo)

    def tries(who: Visitor) -> set[tuple[int, str | None]]:
        sent = {"account": account, "reason": "x", "length": "hour"}
        answers: list[TestResponse] = [
            who.get("/manage/support"), who.get("/manage/support/new"), who.get(f"/manage/support/new?account={account}"),
            who.post("/manage/support", sent), who.post(f"/manage/support/{'0' * 32}/end"),
        ]  # fmt: skip
        return {(each.status_code, None) for each in answers}

    for role in ("guardian", "educator", "mentor", "location_manager", "planner"):
        assert tries(visitor_as(demo, chosen, role)) == {(404, None)}, role
    assert {status for status, _ in tries(visitor(demo, "deroef"))} <= {302, 303}
    admin = administrator(demo)
    with tenant_session(demo.engine, "deroef", writing=True) as session:
        anywhere = session.scalars(select(Employment).where(Employment.location_id.is_not(None))).first()
        assert anywhere
        session.execute(update(Employment).where(Employment.role == "administrator").values(location_id=anywhere.location_id))  # fmt: skip
        session.commit()
    assert tries(admin) == {(404, None)}, "of one location only"
    with tenant_session(demo.engine, "deroef") as session:
        assert session.scalars(select(SupportGrant)).all() == []


def test_while_the_second_proof_is_to_come_nothing_is_granted(demo: Application) -> None:
    admin = visitor(demo, "deroef")
    assert (
        admin.enter(next(e.email for e in employees_of(admin.tenant) if e.role == "administrator")).status_code == 303
    )
    answer = admin.post("/manage/support", {"account": parent(demo), "reason": "x", "length": "hour"})
    assert answer.status_code == 303 and "/second-proof/set-up" in answer.location
    assert admin.get("/manage/support").status_code == 302


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"account": "", "reason": "x", "length": "hour"}, "Kies als wie"),
        ({"account": "f" * 32, "reason": "x", "length": "hour"}, "Kies als wie"),
        ({"reason": " \u2028 ", "length": "hour"}, "Schrijf waarom"),
        ({"reason": "x" * 301, "length": "hour"}, "hoogstens 300"),
        ({"reason": "x", "length": "week"}, "Kies hoe lang"),
        ({"reason": "x"}, "Kies hoe lang"),
    ],
)
def test_what_is_not_filled_in_is_said_and_nothing_is_granted(
    demo: Application, sent: dict[str, str], told: str
) -> None:
    answer = administrator(demo).post("/manage/support", {"account": parent(demo)} | sent)
    assert answer.status_code == 422 and told in words(answer)
    with tenant_session(demo.engine, "deroef") as session:
        assert session.scalars(select(SupportGrant)).all() == []


def test_a_reason_is_one_line_of_what_can_be_read(demo: Application) -> None:
    grant(administrator(demo), parent(demo), reason="eerste\r\nBcc: x\u0007 <b>tweede</b> ")
    with tenant_session(demo.engine, "deroef") as session:
        assert session.scalars(select(SupportGrant.reason)).one() == "eerste Bcc: x <b>tweede</b>"
    assert "<b>tweede" not in administrator(demo).get("/manage/support").text


def test_no_look_is_longer_than_a_day_whatever_the_clock_on_the_wall_does() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    for day in ("2026-10-24 12:00", "2026-10-25 01:30", "2026-03-28 12:00", "2026-03-28 02:30", "2026-12-08 09:29"):
        now = datetime.fromisoformat(day).replace(tzinfo=zone)
        for length in LENGTHS:
            seconds = end_of(length, now, zone).timestamp() - now.timestamp()
            assert 3600 <= seconds <= 24 * 3600, (day, length)


def test_the_own_log_in_of_the_browser_is_there_again_afterwards(demo: Application) -> None:
    admin = administrator(demo)
    answer = admin.post(grant(admin, parent(demo)))
    assert answer.status_code == 303
    assert admin.get("/manage/support").status_code == 403, "now it is a look"
    assert READ_ONLY in words(admin.get("/agenda"))
    admin.post("/logout")
    assert admin.get("/manage/support").status_code == 200


def test_production_has_it_and_has_no_console(told: None, database_url: str, clock: Clock) -> None:
    filled = open_portal(database_url, clock)
    admin, account = administrator(filled), parent(filled)
    word = admin.client.get_cookie("__Host-sid", domain=f"{admin.tenant.subdomain}.localhost")
    assert word
    filled.engine.dispose()
    app = create_app(settings_from(PRODUCTION | {"SPELREGEL_DATABASE": database_url}), now=clock)
    host = f"{admin.tenant.subdomain}.{BASE}"

    def ask(client: Client, method: str, path: str, data: Any = None) -> TestResponse:
        return client.open(
            path, method=method, base_url=f"https://{host}", data=data, headers={"Sec-Fetch-Site": "same-origin"}
        )

    own = Client(app)
    own.set_cookie("__Host-sid", word.value, domain=host, secure=True)
    page = ask(own, "POST", "/manage/support", {"account": account, "reason": REASON, "length": "hour"})
    address = re.search(rf"https://{re.escape(host)}(/support-look/[\w-]+)", page.text)
    assert address, words(page)
    support = Client(app)
    assert ask(support, "POST", address[1]).status_code == 303
    assert READ_ONLY in words(ask(support, "GET", "/agenda"))
    assert ask(support, "POST", "/account/language", {"language": "en"}).status_code == 403
    for method, path in (
        ("GET", "/support/enter/x"),
        ("POST", "/support/moment"),
        ("POST", "/support/leave"),
        ("GET", "/demo/enter"),
    ):
        assert ask(Client(app), method, path).status_code == 404, path
    names = {route.endpoint for route in routes_of(app.portal)}
    assert "support_looks.begin" in names and not any(
        name.startswith(("support.", "console.", "demo.")) for name in names
    )
    assert mark_of(app.portal, "support_looks.begin") == "link"
    app.engine.dispose()


def open_at_once(app: Application, address: str, browsers: int = 6) -> int:
    """How many of them got in."""
    line = Barrier(browsers)

    def try_it(_number: int) -> int:
        each = visitor(app, "deroef")
        line.wait()
        return each.post(address).status_code

    with ThreadPoolExecutor(browsers) as pool:
        return list(pool.map(try_it, range(browsers))).count(303)


def test_of_many_browsers_at_once_one_gets_in(demo: Application) -> None:
    admin = administrator(demo)
    for _ in range(3):
        assert open_at_once(demo, grant(admin, parent(demo))) == 1


def test_without_the_lock_of_the_row_more_than_one_would_get_in(
    demo: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: here the address is looked at, and used up only when everybody has looked."""
    looked = Barrier(6)

    def look_first(
        session: TenantSession, secret: str, _old: str | None, now: datetime
    ) -> tuple[SupportGrant, str] | None:
        with tenant_session(demo.engine, session.tenant) as reading:
            found = find_offer(reading, secret, now)
        looked.wait()
        if found is None:
            return None
        session.execute(
            update(SupportGrant).where(SupportGrant.id == found.id).values(opened_at=now, word_hash=digest("x" * 40))
        )
        return found, "x" * 40

    monkeypatch.setattr(staff_views, "open_look", look_first)
    assert open_at_once(demo, grant(administrator(demo), parent(demo))) == 6
