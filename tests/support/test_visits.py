"""A visit shows a portal as one person at one minute, says so on every page, and touches nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update
from werkzeug.test import Client

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.records.audit import AuditEntry
from spelregel.records.login_sessions import LoginSession, digest
from spelregel.records.support_visits import (
    TICKET_LIVES,
    SupportVisit,
    find_account,
    make_ticket,
    take_ticket,
)
from spelregel.storage.session import tenant_session
from spelregel.tenancy.tenant import Tenant
from tests.browse import Visitor, visitor, words
from tests.conftest import Clock
from tests.support.desk import band, desk, drawer, link_named

Choose = Callable[[str], Tenant]
As = Callable[[str], Visitor]
At = Callable[[str], datetime]
THURSDAY = "/absence/new?day=2026-12-10"


def parent_of(app: Application, name: str) -> str:
    tenant = app.registry.snapshot.tenant(name)
    assert tenant
    return families_of(tenant)[0].email


def test_the_fixtures_choose_an_organisation_a_minute_and_a_person(tenant: Choose, moment: At, as_: As) -> None:
    assert tenant("deroef").slug == "deroef"
    moment("2026-12-10 14:01")
    assert "Afmelden kon tot donderdag 10 december 14.00 uur" in words(as_("guardian").get(THURSDAY))
    moment("2026-12-10 07:59")
    assert "Afmelden kon tot" not in words(as_("guardian").get(THURSDAY))
    assert as_("planner").get(THURSDAY).status_code == 404


@pytest.mark.parametrize(
    ("name", "before", "after", "lost"),
    [
        (
            "langekeizer",
            "2026-12-10T07:29",
            "2026-12-10T07:31",
            "that was possible until 07:30 on Thursday 10 December",
        ),
        ("deroef", "2026-12-10T13:59", "2026-12-10T14:01", "was possible until 14:00 on Thursday 10 December"),
    ],
)
def test_the_same_parent_before_and_after_a_deadline_sees_what_holds_then(
    demo: Application, name: str, before: str, after: str, lost: str
) -> None:
    support = desk(demo)
    early = support.go(name, parent_of(demo, name), before, THURSDAY + "&lang=en")
    assert early.status_code == 200 and lost not in words(early)
    late = support.go(name, parent_of(demo, name), after, THURSDAY + "&lang=en")
    assert lost in words(late)
    assert f"tenants/{name}.yaml:" in drawer(late) and "This decided." in drawer(late)


def test_the_moment_stays_from_page_to_page_and_is_nobody_elses(demo: Application, clock: Clock) -> None:
    support, other = desk(demo), visitor(demo, "quadrant").log_in()
    first = support.go("quadrant", parent_of(demo, "quadrant"), "2027-03-03T10:00", "/agenda")
    assert "woensdag 3 maart 2027, 10.00 uur" in band(first) and "3 maart" in words(first)
    for path in ("/agenda", "/credits", "/account", "/conditions", "/absence/new"):
        page = support.open(f"https://quadrant.localhost{path}")
        assert page.status_code == 200 and "woensdag 3 maart 2027, 10.00 uur" in band(page), path
    clock.set("2026-12-08 09:45")
    assert "woensdag 3 maart 2027, 10.00 uur" in band(support.open("https://quadrant.localhost/agenda"))
    theirs = other.get("/agenda")
    assert "december" in words(theirs) and "maart" not in words(theirs) and band(theirs) == ""


def test_a_minute_later_is_one_press_and_the_same_page(demo: Application) -> None:
    support = desk(demo)
    page = support.go("langekeizer", parent_of(demo, "langekeizer"), "2026-12-10T07:29", THURSDAY)
    assert "07.29 uur" in band(page)
    answer = support.post("delangekeizer", "/support/moment", {"at": "2026-12-10T07:30", "next": THURSDAY})
    assert (answer.status_code, answer.location) == (303, THURSDAY)
    assert "07.30 uur" in band(support.open(f"https://delangekeizer.localhost{THURSDAY}"))


def test_a_moment_that_is_none_or_a_page_that_is_none_changes_nothing(demo: Application) -> None:
    support = desk(demo)
    support.go("quadrant", parent_of(demo, "quadrant"), "2026-12-10T07:29")
    for at in ("", "yesterday", "2026-12-10T07:29+01:00", "1999-01-01T00:00", "9999-12-31T23:59", "2026-02-30T10:00"):
        answer = support.post("quadrant", "/support/moment", {"at": at, "next": "//evil.example/"})
        assert (answer.status_code, answer.location) == (303, "/")
    assert "07.29 uur" in band(support.open("https://quadrant.localhost/agenda"))
    for page in ("//evil.example", "https://evil.example", "/\\evil", "/support/leave", "/a//b", "/%0d%0aSet-Cookie:x"):
        assert support.go("quadrant", parent_of(demo, "quadrant"), None, page).request.path in ("/agenda",), page


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01T00:00", "2026-12-10T07:29Z"])
def test_a_link_with_a_moment_that_is_none_opens_nothing(demo: Application, at: str) -> None:
    answer = desk(demo).go("quadrant", parent_of(demo, "quadrant"), at)
    assert answer.status_code == 404 and "does not exist" in words(answer)


def test_a_link_finds_a_person_by_user_name_address_and_account(demo: Application, engine: Engine) -> None:
    tenant = demo.registry.snapshot.tenant("deroef")
    assert tenant
    family = families_of(tenant)[0]
    with tenant_session(engine, "deroef") as session:
        account = find_account(session, family.email)
    assert account
    for persona in (family.username, family.email, account.id):
        assert family.parent in band(desk(demo).go("deroef", persona)), persona
    for persona in ("nobody@example.org", "0" * 32, "%"):
        assert desk(demo).go("deroef", persona).status_code == 404
    assert desk(demo).go("nothing", family.email).status_code == 404


def test_the_same_page_in_another_organisation_and_as_another_person_is_one_link(demo: Application) -> None:
    support = desk(demo)
    page = support.go("langekeizer", parent_of(demo, "langekeizer"), "2026-12-10T07:29", THURSDAY)
    tenant = demo.registry.snapshot.tenant("deroef")
    assert tenant
    there = support.open("https:" + link_named(page, tenant.name))
    assert there.request.url.endswith(THURSDAY) and tenant.name in band(there) and "07.29 uur" in band(there)
    assert "ouder of verzorger" in band(there)
    other = families_of(demo.registry.snapshot.tenant("langekeizer"))[1]  # type: ignore[arg-type]
    as_other = support.open("https:" + link_named(page, other.parent))
    assert as_other.request.url.endswith(THURSDAY) and other.parent in band(as_other)


def test_what_names_a_row_does_not_travel_to_another_organisation(demo: Application) -> None:
    from spelregel.support.addresses import own_page

    row = "0123456789abcdef" * 2
    assert own_page(f"/absence/{row}") == "/" and own_page(f"/decisions/{row}?a=b") == "/"
    assert own_page(f"/absence/new?day=2026-12-10&child={row}") == "/absence/new?day=2026-12-10"


def test_ones_own_session_is_not_touched_and_is_there_again_afterwards(demo: Application, engine: Engine) -> None:
    support = desk(demo)
    own = Visitor(demo, demo.registry.snapshot.tenant("quadrant"), support.client)  # type: ignore[arg-type]
    second = families_of(own.tenant)[1]
    own.log_in(second)
    word = support.client.get_cookie("__Host-sid", domain="quadrant.localhost")
    with tenant_session(engine, "quadrant") as session:
        rows = [(r.id, r.word_hash, r.seen_at) for r in session.scalars(select(LoginSession).order_by(LoginSession.id))]
    family = families_of(own.tenant)[0]
    page = support.go("quadrant", family.email, "2026-12-10T07:29")
    assert family.children[0].first_name in words(page) and family.parent in band(page)
    for path in ("/logout", "/logout/all", "/login"):
        answer = own.post(path, {"username": second.username, "password": "x"})
        assert "__Host-sid" not in "".join(answer.headers.getlist("Set-Cookie"))
        support.go("quadrant", family.email, "2026-12-10T07:29")
    assert support.client.get_cookie("__Host-sid", domain="quadrant.localhost") == word
    with tenant_session(engine, "quadrant") as session:
        assert rows == [(r.id, r.word_hash, r.seen_at) for r in session.scalars(select(LoginSession).order_by(LoginSession.id))]  # fmt: skip
    left = own.post("/support/leave")
    assert left.status_code == 303
    back = own.get("/agenda")
    assert band(back) == "" and second.children[0].first_name in words(back)


def test_logging_out_of_a_visit_leaves_it(demo: Application) -> None:
    support = desk(demo)
    support.go("quadrant", parent_of(demo, "quadrant"))
    assert support.post("quadrant", "/logout", {}).status_code == 303
    assert support.client.get_cookie("__Host-visit", domain="quadrant.localhost") is None
    assert support.client.get("/agenda", base_url="https://quadrant.localhost").status_code == 302


def test_the_demos_own_door_ends_a_visit(demo: Application) -> None:
    support = desk(demo)
    support.go("quadrant", parent_of(demo, "quadrant"))
    other = families_of(demo.registry.snapshot.tenant("quadrant"))[1]  # type: ignore[arg-type]
    support.client.post("/demo/enter", base_url="https://quadrant.localhost", data={"person": other.email}, headers={"Origin": "http://localhost"})  # fmt: skip
    page = support.open("https://quadrant.localhost/agenda")
    assert page.status_code == 200 and band(page) == ""


def test_what_is_sent_during_a_visit_is_sent_at_that_moment_and_marked(demo: Application, engine: Engine) -> None:
    support = desk(demo)
    support.go("quadrant", parent_of(demo, "quadrant"), "2026-12-09T07:59")
    support.post("quadrant", "/account/language", {"language": "en"})
    support.post("quadrant", "/support/leave", {})
    with tenant_session(engine, "quadrant") as session:
        entries = [(e.action, e.through) for e in session.scalars(select(AuditEntry)) if e.through == "support"]
    assert ("support visit begun", "support") in entries and ("support visit ended", "support") in entries


def test_staff_have_a_visit_too_and_a_person_who_is_gone_has_none(demo: Application, engine: Engine) -> None:
    support = desk(demo)
    page = support.go("quadrant", "ilse.postma@example.org")
    assert page.status_code == 200 and "planner" in band(page)
    with tenant_session(engine, "quadrant", writing=True) as session:
        account = find_account(session, "ilse.postma@example.org")
        assert account
        account.disabled_at = demo.clock()
        session.commit()
    gone = support.client.get("/account", base_url="https://quadrant.localhost")
    assert gone.status_code == 302 and "__Host-visit=;" in "".join(gone.headers.getlist("Set-Cookie"))
    assert support.go("quadrant", "ilse.postma@example.org").status_code == 404


def test_a_visit_ends_by_itself(demo: Application, clock: Clock) -> None:
    support = desk(demo)
    clock.set("2026-12-08 09:00")
    support.go("quadrant", parent_of(demo, "quadrant"), "2030-01-01T09:00")
    clock.set("2026-12-08 16:59")
    assert band(support.open("https://quadrant.localhost/agenda"))
    clock.set("2026-12-08 17:00")
    assert support.client.get("/agenda", base_url="https://quadrant.localhost").status_code == 302


def test_a_cookie_of_one_organisation_is_nothing_to_another(demo: Application) -> None:
    support = desk(demo)
    support.go("quadrant", parent_of(demo, "quadrant"))
    word = support.client.get_cookie("__Host-visit", domain="quadrant.localhost")
    assert word
    stranger = Client(demo)
    for host in ("fantaziehuis.localhost", "quadrant.localhost"):
        stranger.set_cookie("__Host-visit", word.value, domain=host, secure=True)
    assert stranger.get("/agenda", base_url="https://fantaziehuis.localhost").status_code == 302
    assert stranger.get("/agenda", base_url="https://quadrant.localhost").status_code == 200, (
        "the word is good where it is from"
    )


# The ticket


def _ticket(engine: Engine, app: Application) -> str:
    with tenant_session(engine, "quadrant", writing=True) as session:
        account = find_account(session, parent_of(app, "quadrant"))
        assert account
        ticket = make_ticket(session, account.id, "support", app.clock(), "/agenda", app.clock())
        session.commit()
    return ticket


def test_a_ticket_is_taken_once_and_soon(demo: Application, engine: Engine, clock: Clock) -> None:
    ticket, now = _ticket(engine, demo), clock()
    first, second = Client(demo), Client(demo)
    assert first.get(f"/support/enter/{ticket}", base_url="https://fantaziehuis.localhost").status_code == 404
    assert first.get(f"/support/enter/{ticket}", base_url="https://quadrant.localhost").status_code == 303
    assert second.get(f"/support/enter/{ticket}", base_url="https://quadrant.localhost").status_code == 404
    late = _ticket(engine, demo)
    clock.moment = now + TICKET_LIVES
    assert second.get(f"/support/enter/{late}", base_url="https://quadrant.localhost").status_code == 404


def test_without_the_mark_on_it_a_ticket_would_be_taken_twice(demo: Application, engine: Engine) -> None:
    """The control of the test above."""
    ticket = _ticket(engine, demo)
    assert Client(demo).get(f"/support/enter/{ticket}", base_url="https://quadrant.localhost").status_code == 303
    with tenant_session(engine, "quadrant", writing=True) as session:
        session.execute(update(SupportVisit).where(SupportVisit.ticket_hash == digest(ticket)).values(entered_at=None))
        session.commit()
    assert Client(demo).get(f"/support/enter/{ticket}", base_url="https://quadrant.localhost").status_code == 303


@pytest.mark.parametrize("locked", [True, False])
def test_of_eight_who_come_with_one_ticket_at_once_one_gets_it(demo: Application, engine: Engine, locked: bool) -> None:
    """The control takes it without a look at what others did."""
    ticket, now, start, won = _ticket(engine, demo), demo.clock(), threading.Barrier(8), []

    def take() -> None:
        start.wait()
        with tenant_session(engine, "quadrant", writing=True) as session:
            if locked:
                taken = take_ticket(session, ticket, None, now) is not None
            else:
                taken = session.execute(update(SupportVisit).where(SupportVisit.ticket_hash == digest(ticket)).values(entered_at=now)).rowcount > 0  # type: ignore[attr-defined] # fmt: skip
            session.commit()
            won.append(taken)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(won) == (1 if locked else 8)


def test_the_table_holds_no_word_that_opens_anything(demo: Application, engine: Engine) -> None:
    support = desk(demo)
    support.go("quadrant", parent_of(demo, "quadrant"))
    cookie = support.client.get_cookie("__Host-visit", domain="quadrant.localhost")
    assert cookie
    with tenant_session(engine, "quadrant") as session:
        row = session.scalars(select(SupportVisit)).one()
    assert cookie.value not in (row.word_hash, row.ticket_hash, row.id) and row.word_hash == digest(cookie.value)
    assert row.ends_at - row.set_at == timedelta(hours=8)
