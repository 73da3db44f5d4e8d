"""Where two that are about the same meet: siblings, a second request, a late clock, and two transactions that need each other's rows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from spelregel.portal.absence.service import report_absence
from spelregel.records import judging_bookings
from spelregel.records.asking_days import Wish
from spelregel.records.credit_ledger import CreditLedgerEntry, lapse_due
from spelregel.records.day_requests import Booking
from spelregel.records.family import Child
from spelregel.records.judging_bookings import (
    Full,
    GivenUpIsAway,
    approve,
    cancel_bookings,
    lapse_bookings,
    reject,
    send_request,
    undo,
)
from spelregel.rules.booking_states import BookingStands
from spelregel.storage.session import TenantSession, tenant_session
from tests.conftest import tenant
from tests.records.asking_organisation import CREDIT, organisation
from tests.records.crowd import together
from tests.records.house import House, build, line

THURSDAY = "2026-12-17"
ASKED, JUDGED = "2026-12-10 12:00", "2026-12-11 09:00"


@pytest.fixture
def house(engine: Engine) -> House:
    return build(engine, organisation())


def do(house: House, step: Callable[[TenantSession], Any]) -> Any:
    with house.writing() as session:
        found = step(session)
        session.commit()
        return found


def states(house: House, bookings: list[Booking]) -> list[str]:
    return [house.booking(each.id).state for each in bookings]


def test_siblings_judged_as_a_whole_are_granted_together_or_wait_together(engine: Engine) -> None:
    house = build(engine, organisation("when there is a place"))
    children = [house.child(), house.child()]
    house.places("kdv", 1)
    wish = Wish(tuple(line(each, THURSDAY) for each in children), all_or_nothing=True)
    both = house.ask(wish, ASKED)
    assert states(house, both) == ["awaiting", "awaiting"] and house.taken() == 0
    house.places("kdv", 2)
    day_after = Wish(tuple(line(each, "2026-12-18") for each in children), all_or_nothing=True)
    assert states(house, house.ask(day_after, ASKED, "two")) == ["approved", "approved"]


def test_siblings_not_judged_as_a_whole_are_granted_one_by_one(engine: Engine) -> None:
    house = build(engine, organisation("when there is a place"))
    children = [house.child(), house.child()]
    house.places("kdv", 1)
    both = house.ask(Wish(tuple(line(each, THURSDAY) for each in children)), ASKED)
    assert sorted(states(house, both)) == ["approved", "awaiting"]


def test_siblings_judged_as_a_whole_lapse_together_when_the_first_would_begin(house: House) -> None:
    first, second = house.child(), house.child("bso", born=date(2019, 1, 1))
    wish = Wish((line(first, THURSDAY), line(second, THURSDAY, "14:00", "18:00", "bso")), all_or_nothing=True)
    both = house.ask(wish, ASKED)
    lapsed = do(house, lambda session: lapse_bookings(session, house.tenant, house.moment(f"{THURSDAY} 08:00")))
    assert len(lapsed) == 2 and states(house, both) == ["lapsed", "lapsed"]


def test_what_has_lapsed_is_not_approved_when_the_clock_s_work_is_late(house: House) -> None:
    child = house.child()
    (booking,) = house.ask(Wish((line(child, THURSDAY),), lapses_on=date(2026, 12, 12)), ASKED)
    (undated,) = house.ask(Wish((line(child, "2026-12-18"),)), ASKED, "two")
    for each, last, over in (
        (booking, "2026-12-12 23:59", "2026-12-13 00:00"),
        (undated, "2026-12-18 07:59", "2026-12-18 08:00"),
    ):
        with house.writing() as session, pytest.raises(BookingStands):
            approve(session, house.tenant, [each.id], house.judge, house.moment(over))
        with house.writing() as session:
            approve(session, house.tenant, [each.id], house.judge, house.moment(last))


def test_a_rest_that_lapsed_with_an_approval_is_there_again_when_it_is_taken_back_or_cancelled_in_time(
    engine: Engine,
) -> None:
    house = build(engine, organisation(rest="lapses"))
    child = house.child()
    house.credit(child, CREDIT, 6, date(2026, 12, 1))
    (booking,) = house.ask(Wish((line(child, THURSDAY),)), ASKED)
    at = house.moment(JUDGED)
    assert house.left(child) == 1
    do(house, lambda session: approve(session, house.tenant, [booking.id], house.judge, at))
    assert house.left(child) == 0
    do(house, lambda session: undo(session, [booking.id], at + timedelta(seconds=30)))
    assert house.left(child) == 1
    do(house, lambda session: approve(session, house.tenant, [booking.id], house.judge, at + timedelta(seconds=40)))
    assert house.left(child) == 0
    do(house, lambda session: cancel_bookings(session, house.tenant, booking.id, [child], house.moment("2026-12-12 12:00")))  # fmt: skip
    assert house.left(child) == 6


def test_a_rest_stays_lapsed_when_cancelling_comes_too_late_for_the_credit(engine: Engine) -> None:
    house = build(engine, organisation(rest="lapses"))
    child = house.child()
    house.credit(child, CREDIT, 6, date(2026, 12, 1))
    (booking,) = house.ask(Wish((line(child, THURSDAY),)), ASKED)
    do(house, lambda session: approve(session, house.tenant, [booking.id], house.judge, house.moment(JUDGED)))
    found = do(house, lambda session: cancel_bookings(session, house.tenant, booking.id, [child], house.moment("2026-12-16 08:01")))  # fmt: skip
    assert found.follows == "counts as used" and house.left(child) == 0


@pytest.mark.parametrize("starts", ["08:00", "09:00"])
def test_a_rejection_is_not_taken_back_when_the_same_time_was_asked_again(house: House, starts: str) -> None:
    child = house.child()
    (booking,) = house.ask(Wish((line(child, THURSDAY),)), ASKED)
    at = house.moment(JUDGED)
    do(house, lambda session: reject(session, house.tenant, [booking.id], house.judge, at, None))
    house.ask(Wish((line(child, THURSDAY, starts),)), JUDGED, "two")
    with house.writing() as session, pytest.raises(BookingStands):
        undo(session, [booking.id], at + timedelta(seconds=30))


def test_a_daypart_that_was_reported_absent_since_is_not_handed_in_as_well(engine: Engine) -> None:
    house = build(engine, tenant("langekeizer"))
    child = house.child()
    key = f"{child}.2026-12-14.0800"
    (swap,) = house.ask(Wish((line(child, THURSDAY, gives_up=key),)), ASKED)
    monday = date(2026, 12, 14)

    def report(session: TenantSession) -> None:
        at = house.moment(ASKED)
        report_absence(session, house.tenant, house.account, house.kids(session), {key}, monday, monday, "holiday", "away", at)  # fmt: skip

    do(house, report)
    with house.writing() as session, pytest.raises(GivenUpIsAway):
        approve(session, house.tenant, [swap.id], house.judge, house.moment(JUDGED))


def test_a_judge_who_looked_before_sees_what_became_of_a_sibling_since(house: House) -> None:
    """The page was read in the same transaction; meanwhile the first sibling was approved beside it and both were taken back."""
    children = [house.child(), house.child()]
    both = house.ask(Wish(tuple(line(each, THURSDAY) for each in children), all_or_nothing=True), ASKED)
    at = house.moment(JUDGED)
    do(house, lambda session: approve(session, house.tenant, [both[0].id], house.judge, at))
    with house.writing() as session:
        session.scalars(select(Booking)).all()  # as the page does
        if session.get_bind().dialect.name == "postgresql":
            do(house, lambda other: undo(other, [both[0].id], at))
            assert len(reject(session, house.tenant, [both[1].id], house.judge, at, None)) == 2


def test_cancelling_and_sending_under_a_new_version_of_the_file_do_not_wait_for_each_other(house: House) -> None:
    """Both keep the text of the new version, both need the group: whoever holds one of the two never waits for the other."""
    new = organisation("when there is a place")
    first, second = house.child(), house.child()
    (booking,) = house.ask(Wish((line(first, THURSDAY),)), ASKED)
    do(house, lambda session: approve(session, house.tenant, [booking.id], house.judge, house.moment(JUDGED)))
    kept, locked = threading.Event(), threading.Event()
    real = judging_bookings.keep_decision
    wrong: list[Exception] = []

    def keep(session: TenantSession, *rest: Any) -> Any:
        if threading.current_thread().name == "cancels":
            locked.set()
            return real(session, *rest)
        found = real(session, *rest)
        kept.set()
        locked.wait(1)
        return found

    def send() -> None:
        with house.writing() as session:
            child = session.get_one(Child, (new.slug, second))
            at = house.moment(ASKED)
            send_request(session, new, house.account, [child], Wish((line(second, THURSDAY),)), "two", at)
            session.commit()

    def cancel() -> None:
        kept.wait(5)
        with house.writing() as session:
            cancel_bookings(session, new, booking.id, [first], house.moment(JUDGED))
            session.commit()

    def caught(job: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                job()
            except Exception as each:  # of a thread: the test asserts that there was none
                wrong.append(each)

        return run

    judging_bookings.keep_decision = keep
    try:
        threads = [threading.Thread(target=caught(send)), threading.Thread(target=caught(cancel), name="cancels")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        judging_bookings.keep_decision = real
    assert wrong == []
    assert house.booking(booking.id).state == "cancelled" and house.taken() == 1


def test_a_period_in_two_groups_is_cancelled_with_both_of_them_locked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = house.child()
    wish = Wish((line(child, THURSDAY), line(child, "2026-12-18")), is_period=True)
    both = house.ask(wish, ASKED)
    do(house, lambda session: setattr(session.get_one(Booking, (house.tenant.slug, both[1].id)), "group_id", house.groups["bso"]))  # fmt: skip
    do(house, lambda session: approve(session, house.tenant, [each.id for each in both], house.judge, house.moment(JUDGED)))  # fmt: skip
    seen: list[str] = []
    real = judging_bookings.lock_groups
    monkeypatch.setattr(judging_bookings, "lock_groups", lambda session, ids: (seen.extend(sorted(ids)), real(session, ids))[1])  # fmt: skip
    do(house, lambda session: cancel_bookings(session, house.tenant, both[0].id, [child], house.moment(JUDGED)))
    assert seen == sorted({house.groups["kdv"], house.groups["bso"]})
    assert states(house, both) == ["cancelled", "cancelled"]


def write_down_what_lapsed(engine: Engine, _number: int, house_child: str) -> str:
    with tenant_session(engine, organisation().slug, writing=True) as session:
        lapse_due(session, house_child, date(2027, 1, 1), datetime(2027, 1, 1, 8, tzinfo=UTC))
        session.commit()
        return "done"


def test_what_lapsed_is_written_down_once_when_several_machines_do_it_at_once(
    engine: Engine, database_url: str
) -> None:
    house = build(engine, organisation())
    child = house.child()
    house.credit(child, CREDIT, 6, date(2026, 12, 1), until=date(2026, 12, 31))
    assert together(write_down_what_lapsed, 16, database_url, child) == ["done"] * 16
    with house.reading() as session:
        lapsed = session.scalars(select(CreditLedgerEntry).where(CreditLedgerEntry.entry == "lapsed")).all()
        assert [each.sixtieths for each in lapsed] == [-360]


def test_nobody_is_granted_beyond_the_places_by_a_whole(house: House) -> None:
    children = [house.child() for _ in range(3)]
    house.places("kdv", 2)
    wish = Wish(tuple(line(each, THURSDAY) for each in children), all_or_nothing=True)
    three = house.ask(wish, ASKED)
    with house.writing() as session, pytest.raises(Full):
        approve(session, house.tenant, [three[0].id], house.judge, house.moment(JUDGED))
