"""The agenda in one's own calendar: what is in the file, and who can fetch it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar, Event
from sqlalchemy import select
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.records.account_access import close_account, open_account
from spelregel.records.accounts import Account, set_disabled
from spelregel.records.calendar_feeds import CalendarFeed
from spelregel.records.family import Child, Custody
from spelregel.storage.session import tenant_session
from tests.browse import Visitor, visitor, words
from tests.conftest import Clock
from tests.portal.test_credentials import NEW, ask, change, mails


def make(parent: Visitor, deadlines: str = "yes") -> str:
    """The path of a new address."""
    page = parent.post("/calendar", {"deadlines": deadlines})
    found = re.search(r'value="https?://[^/"]+(/calendar/[\w-]{43}\.ics)"', page.text)
    assert page.status_code == 200 and found, page.text
    return found.group(1)


def anybody(parent: Visitor) -> Visitor:
    """A program without a cookie."""
    return visitor(parent.app, parent.tenant.slug)


def events(answer: TestResponse) -> list[Event]:
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n")), "RFC 5545: 75 octets in a line"
    return [each for each in Calendar.from_ical(answer.data).walk("VEVENT") if isinstance(each, Event)]


def summaries(answer: TestResponse) -> list[str]:
    return [str(each["SUMMARY"]) for each in events(answer)]


def test_the_days_of_the_agenda_are_in_the_file_with_their_times_in_utc(demo: Application) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    answer = anybody(parent).get(make(parent))
    found = events(answer)
    child = families_of(parent.tenant)[0].children[0].first_name
    care = [each for each in found if str(each["SUMMARY"]).startswith(f"{child}: ") and each["STATUS"] == "CONFIRMED" and "LOCATION" in each]  # fmt: skip
    starts = {each["DTSTART"].dt for each in care}
    assert datetime(2026, 12, 10, 7, 0, tzinfo=UTC) in starts or datetime(2026, 12, 10, 6, 30, tzinfo=UTC) in starts
    assert all(each["DTSTART"].dt.tzinfo is not None and each["DTEND"].dt > each["DTSTART"].dt for each in care)
    assert any(each["DTSTART"].dt > datetime(2027, 2, 1, tzinfo=UTC) for each in care), "a quarter of a year ahead"
    uids = [str(each["UID"]) for each in found]
    assert len(uids) == len(set(uids))
    again = events(anybody(parent).get(make(parent)))
    assert {str(each["UID"]) for each in again} == set(uids), "the same day is the same event"
    shut = [each for each in found if "geen opvang" in str(each["SUMMARY"])]
    assert shut and not isinstance(shut[0]["DTSTART"].dt, datetime), "all day long"


def test_an_hour_of_summer_and_of_winter_is_the_hour_on_the_wall(demo: Application, clock: Clock) -> None:
    clock.set("2027-03-20 09:00")
    parent = visitor(demo, "langekeizer").log_in()
    found = events(anybody(parent).get(make(parent)))
    zone = parent.tenant.rulebook.zone
    hours = {each["DTSTART"].dt.astimezone(zone).strftime("%H:%M") for each in found if "LOCATION" in each}
    utc = {each["DTSTART"].dt.strftime("%H:%M") for each in found if "LOCATION" in each}
    assert len(utc) > len(hours), "the clock changes on 28 March, the hours of care do not"


def test_last_moments_are_there_where_the_guardian_wants_them_and_once_for_all_who_share_one(demo: Application) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    found = events(anybody(parent).get(make(parent)))
    moments = [each for each in found if str(each["SUMMARY"]).startswith("Laatste moment")]
    with_them = [str(each["SUMMARY"]) for each in moments]
    without = [each for each in summaries(anybody(parent).get(make(parent, "no"))) if each.startswith("Laatste moment")]
    assert with_them and not without
    for each in moments:
        assert "DTEND" not in each, "RFC 5545: an end is later than its start, and a moment has none"
        link = re.search(r"/absence/new\?day=(\d{4}-\d\d-\d\d)$", str(each["URL"]))
        assert link, each["URL"]
        assert parent.get(f"/absence/new?day={link.group(1)}").status_code == 200


def test_an_option_is_tentative_and_what_lapses_is_said_on_its_last_day(demo: Application) -> None:
    seen: list[str] = []
    for name in ("deroef", "quadrant", "langekeizer"):
        parent = visitor(demo, name).log_in()
        found = events(anybody(parent).get(make(parent)))
        seen += [str(each["STATUS"]) for each in found]
        seen += ["lapses" for each in found if "laatste dag voor" in str(each["SUMMARY"])]
    assert "TENTATIVE" in seen and "lapses" in seen


def test_it_speaks_the_language_of_whose_it_is(demo: Application) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    parent.post("/account/language", {"language": "en"})
    assert any(each.endswith(": no care") for each in summaries(anybody(parent).get(make(parent))))


def test_a_new_address_ends_the_old_one_and_it_can_be_stopped(demo: Application) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    first = make(parent)
    second = make(parent)
    stranger = anybody(parent)
    assert (stranger.get(first).status_code, stranger.get(second).status_code) == (404, 200)
    page = parent.get("/calendar")
    assert second.split("/")[2].removesuffix(".ics") not in page.text, "it is shown once"
    assert "haalde het voor het laatst op" in words(page)
    assert parent.post("/calendar/end").status_code == 303
    assert stranger.get(second).status_code == 404
    with tenant_session(demo.engine, "langekeizer") as session:
        assert session.scalars(select(CalendarFeed)).all() == []


def test_nobody_reads_a_secret_in_the_database(demo: Application) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    secret = make(parent).split("/")[2].removesuffix(".ics")
    with tenant_session(demo.engine, "langekeizer") as session:
        (kept,) = session.scalars(select(CalendarFeed))
    assert secret not in kept.id and len(kept.id) == 64


def test_it_ends_with_the_account_and_with_a_bar_and_is_nothing_at_another_organisation(demo: Application) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    path = make(parent)
    stranger, elsewhere = anybody(parent), visitor(demo, "quadrant")
    assert elsewhere.get(path).status_code == 404
    with tenant_session(demo.engine, "langekeizer", writing=True) as session:
        feed = session.scalars(select(CalendarFeed)).one()
        account = session.get_one(Account, ("langekeizer", feed.account_id))
        held = session.scalars(select(Custody).where(Custody.guardian_id == account.guardian_id)).all()
        barred = session.get_one(Child, ("langekeizer", held[0].child_id)).first_name
    assert barred in stranger.get(path).text
    with tenant_session(demo.engine, "langekeizer", writing=True) as session:
        session.get_one(Custody, ("langekeizer", held[0].id)).barred_at = datetime(2026, 12, 8, tzinfo=UTC)
        session.commit()
    assert barred not in stranger.get(path).text, "from this moment"
    with tenant_session(demo.engine, "langekeizer", writing=True) as session:
        set_disabled(session, account.id, datetime(2026, 12, 8, tzinfo=UTC))
        session.commit()
    assert stranger.get(path).status_code == 404


@pytest.mark.parametrize("by", ["a new password", "a link for a new one", "the way back", "a closed account"])
def test_what_may_have_been_in_other_hands_opens_nothing_afterwards_nor_when_the_account_is_opened_again(
    two: Application, by: str
) -> None:
    """Somebody else can have made the address: it has to end with all else that the password opened."""
    parent, stranger = visitor(two, "quadrant").log_in(), visitor(two, "quadrant")
    path, username = make(parent), families_of(parent.tenant)[0].username
    assert stranger.get(path).status_code == 200
    if by == "a new password":
        assert change(parent).status_code == 303
    elif by == "a closed account":
        with tenant_session(two.engine, "quadrant", writing=True) as session:
            account = session.scalars(select(Account).join(CalendarFeed, CalendarFeed.account_id == Account.id)).one()
            close_account(session, account, datetime(2026, 12, 8, tzinfo=UTC), date(2026, 12, 8))
            open_account(session, account)
            session.commit()
    else:
        if by == "the way back":
            ask(parent, "dief@example.org")
        else:
            stranger.post("/forgot", {"username": username})
            two.postman.round()
        mark = "/undo-email/" if by == "the way back" else "/reset/"
        link = next(found.group(1) for each in mails(two, "quadrant") if (found := re.search(rf"({mark}[\w-]+)$", each.text or "", re.M)))  # fmt: skip
        assert stranger.post(link, {"password": NEW, "again": NEW}).status_code in (200, 303)
    assert stranger.get(path).status_code == 404


def test_how_often_it_was_fetched_is_noted_once_an_hour(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    path, stranger = make(parent), anybody(parent)

    def fetched() -> datetime | None:
        with tenant_session(demo.engine, "langekeizer") as session:
            return session.scalars(select(CalendarFeed)).one().fetched_at

    stranger.get(path)
    first = fetched()
    assert first is not None
    clock.set("2026-12-08 10:28")
    stranger.get(path)
    assert fetched() == first
    clock.set("2026-12-08 10:29")
    stranger.get(path)
    assert fetched() == first + timedelta(hours=1)
