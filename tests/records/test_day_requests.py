"""A request through all that can become of it, with its credit and its places, on both databases."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import Engine, select

from spelregel.records.asking_days import Wish, consider, fingerprint, lapse_by_default, offers
from spelregel.records.credit_ledger import free_again, portions_of, used_for
from spelregel.records.decisions import OutcomeChanged
from spelregel.records.judging_bookings import (
    CreditIsGone,
    Full,
    NothingToAsk,
    approve,
    cancel_bookings,
    cancelling,
    lapse_bookings,
    reject,
    send_request,
    undo,
)
from spelregel.records.placements import Contract, list_dayparts
from spelregel.rules.booking_states import ACTIONS, AFTER, STATES, BookingStands, after
from tests.conftest import ROOT, tenant, tenant_from
from tests.records.house import House, build, line

# 2026-12-17 is a Thursday, on which the children of the house have no contract


@pytest.fixture
def keizer(engine: Engine) -> House:
    return build(engine, tenant("langekeizer"))


@pytest.fixture
def quadrant(engine: Engine) -> House:
    return build(engine, tenant("quadrant"))


@pytest.fixture
def roef(engine: Engine) -> House:
    return build(engine, tenant("deroef"))


def test_every_pair_of_state_and_action_is_allowed_or_refused() -> None:
    for state in STATES:
        for action in ACTIONS:
            if (state, action) in AFTER:
                assert after(state, action) in STATES
            else:
                with pytest.raises(BookingStands):
                    after(state, action)
    assert not any(state in ("lapsed", "cancelled") for state, _ in AFTER), "what is over is over"


def test_credit_is_reserved_spent_at_approval_and_given_back_at_cancelling(keizer: House) -> None:
    child = keizer.child()
    keizer.credit(child, "tegoed", 6, date(2026, 12, 1), until=date(2026, 12, 31))
    (booking,) = keizer.ask(Wish((line(child, "2026-12-17"),)), "2026-12-10 12:00")
    assert (booking.state, booking.answer_by, booking.invoice_minutes) == ("awaiting", date(2026, 12, 14), 0)
    assert keizer.left(child) == 1 and keizer.entries(booking.id) == [("reserved", -5)]
    with keizer.writing() as session:
        approve(session, keizer.tenant, [booking.id], keizer.judge, keizer.moment("2026-12-11 09:00"))
        session.commit()
    assert keizer.entries(booking.id) == [("released", 5), ("reserved", -5), ("spent", -5)]
    assert keizer.left(child) == 1 and keizer.taken() == 1
    with keizer.writing() as session:
        found = cancel_bookings(session, keizer.tenant, booking.id, [child], keizer.moment("2026-12-16 08:00"))
        session.commit()
    assert found.possible and found.follows == "credit back"
    assert keizer.left(child) == 6 and keizer.taken() == 0
    assert keizer.booking(booking.id).state == "cancelled"


def test_approved_care_is_cancelled_until_twenty_four_hours_before_and_what_waits_until_it_starts(
    keizer: House,
) -> None:
    child = keizer.child()
    (approved,) = keizer.ask(Wish((line(child, "2026-12-17"),)), "2026-12-10 12:00")
    (waiting,) = keizer.ask(Wish((line(child, "2026-12-18"),)), "2026-12-10 12:01", "two")
    with keizer.writing() as session:
        approve(session, keizer.tenant, [approved.id], keizer.judge, keizer.moment("2026-12-11 09:00"))
        session.commit()
    with keizer.reading() as session:
        for at, possible in (("2026-12-16 07:59", True), ("2026-12-16 08:00", True), ("2026-12-16 08:01", False)):
            found = cancelling(session, keizer.tenant, keizer.booking(approved.id), keizer.moment(at))
            assert found.possible is possible, at
        assert found.judgement.decision.reason == "too_late"
        assert cancelling(
            session, keizer.tenant, keizer.booking(waiting.id), keizer.moment("2026-12-18 07:59")
        ).possible
        assert not cancelling(
            session, keizer.tenant, keizer.booking(waiting.id), keizer.moment("2026-12-18 08:00")
        ).possible


def test_a_second_press_of_the_same_request_changes_nothing(keizer: House) -> None:
    child = keizer.child()
    keizer.credit(child, "tegoed", 10, date(2026, 12, 1))
    wish = Wish((line(child, "2026-12-17"),))
    assert [b.id for b in keizer.ask(wish, "2026-12-10 12:00")] == [b.id for b in keizer.ask(wish, "2026-12-10 12:05")]
    assert keizer.left(child) == 5
    with pytest.raises(NothingToAsk):
        keizer.ask(wish, "2026-12-10 12:06", "another")
    twice_in_one = Wish((line(child, "2026-12-18"), line(child, "2026-12-18", "09:00", "12:00")))
    assert len(keizer.ask(twice_in_one, "2026-12-10 12:07", "third")) == 1


def test_what_was_read_is_what_is_sent(keizer: House) -> None:
    child = keizer.child()
    wish, at = Wish((line(child, "2026-12-17"),)), keizer.moment("2026-12-10 12:00")
    with keizer.reading() as session:
        seen = fingerprint(consider(session, keizer.tenant, keizer.kids(session), wish, at))
    keizer.credit(child, "tegoed", 10, date(2026, 12, 1))  # now it would be paid otherwise
    with keizer.writing() as session, pytest.raises(OutcomeChanged):
        send_request(session, keizer.tenant, keizer.account, keizer.kids(session), wish, "one", at, seen=seen)


def test_a_monday_is_asked_until_saturday_at_the_minute(keizer: House) -> None:
    child = keizer.child(weekdays=(1,))
    wish = Wish((line(child, "2026-12-14", "07:30", "18:30"),))
    for at, accepted in (("2026-12-12 07:29", True), ("2026-12-12 07:30", True), ("2026-12-12 07:31", False)):
        with keizer.reading() as session:
            (found,) = consider(session, keizer.tenant, keizer.kids(session), wish, keizer.moment(at))
        assert found.accepted is accepted, at
        assert found.judgement and found.judgement.decision.reason == (
            "too_late" if not accepted else found.judgement.decision.reason
        )


def test_a_weekend_is_asked_for_only_where_somebody_has_a_place_on_that_day(keizer: House) -> None:
    child = keizer.child(weekdays=(1,))
    saturday = line(child, "2026-12-19", "07:30", "18:30")

    def found(at: str = "2026-12-10 12:00") -> tuple[bool, str | None, bool, int]:
        with keizer.reading() as session:
            kids = keizer.kids(session)
            (asked,) = consider(session, keizer.tenant, kids[:1], Wish((saturday,)), keizer.moment(at))
            (day,) = offers(session, keizer.tenant, kids[:1], [saturday.day], keizer.moment(at))
            return asked.accepted, asked.problem, day.closed, len(day.offers)

    assert found() == (False, "no_care", True, 0)
    with pytest.raises(NothingToAsk):
        keizer.ask(Wish((saturday,)), "2026-12-10 12:00")
    keizer.child(weekdays=(6,))
    assert found() == (False, "no_care", True, 0), "a Sunday is no Saturday"
    other = keizer.child(weekdays=(5,))
    assert found()[:3] == (True, None, False)
    for starts, ends in (("2021-01-01", "2026-12-18"), ("2026-12-20", "2027-12-31")):
        with keizer.writing() as session:
            contract = session.scalars(select(Contract).where(Contract.child_id == other)).one()
            contract.starts_on, contract.ends_on = date.fromisoformat(starts), date.fromisoformat(ends)
            session.commit()
        assert found() == (False, "no_care", True, 0), "a place that is over, or is still to come, is none on this day"


def test_what_one_day_of_a_request_uses_is_not_there_for_the_next(keizer: House) -> None:
    child = keizer.child()
    keizer.credit(child, "tegoed", 6, date(2026, 12, 10))
    both = keizer.ask(Wish((line(child, "2026-12-17"), line(child, "2026-12-18"))), "2026-12-10 12:00")
    assert [each.invoice_minutes for each in both] == [0, 300], "one hour does not pay a part of it: never combined"


def test_quadrant_combines_credit_and_invoice_since_the_seventh_of_february(quadrant: House) -> None:
    child = quadrant.child(born=date(2019, 6, 1))
    quadrant.credit(child, "afwezigheidstegoed", 2, date(2022, 1, 3))
    wish = Wish((line(child, "2022-02-17"),))
    with quadrant.reading() as session:
        kids = quadrant.kids(session)
        (before,) = consider(session, quadrant.tenant, kids, wish, quadrant.moment("2022-02-06 23:59"))
        (since,) = consider(session, quadrant.tenant, kids, wish, quadrant.moment("2022-02-07 00:00"))
    assert (before.invoice_minutes, before.uses) == (300, ())
    assert (since.invoice_minutes, [amount for _, amount in since.uses]) == (180, [120])
    (asked_before,) = quadrant.ask(wish, "2022-02-06 23:59")
    with quadrant.writing() as session:  # as it was asked, not as it is judged
        approve(session, quadrant.tenant, [asked_before.id], quadrant.judge, quadrant.moment("2022-02-08 10:00"))
        session.commit()
    assert quadrant.entries(asked_before.id) == [] and quadrant.booking(asked_before.id).invoice_minutes == 300


def test_inside_the_four_days_the_group_enters_it_and_outside_the_parent(quadrant: House) -> None:
    child = quadrant.child()
    wish = Wish((line(child, "2027-02-12"),))
    with quadrant.reading() as session:
        kids = quadrant.kids(session)
        for at, by, outcome in (("2027-02-08 23:59", "parent", "to_judge"), ("2027-02-09 00:00", "parent", "elsewhere"),
                                ("2027-02-09 00:00", "staff", "to_judge")):  # fmt: skip
            (found,) = consider(session, quadrant.tenant, kids, wish, quadrant.moment(at), by)
            assert found.judgement and found.judgement.decision.outcome == outcome, (at, by)
    (booking,) = quadrant.ask(wish, "2027-02-11 10:00", by="staff")
    assert booking.state == "awaiting"


def test_the_oldest_credit_is_used_first_and_goes_back_to_where_it_came_from(quadrant: House) -> None:
    child = quadrant.child()
    late = quadrant.credit(child, "afwezigheidstegoed", 2, date(2027, 1, 20))
    early = quadrant.credit(child, "afwezigheidstegoed", 3, date(2027, 1, 5))
    (booking,) = quadrant.ask(Wish((line(child, "2027-02-12", "08:00", "12:00"),)), "2027-02-01 12:00")
    with quadrant.writing() as session:
        assert used_for(session, [booking.id])[booking.id] == {early: 180, late: 60}
        reject(
            session,
            quadrant.tenant,
            [booking.id],
            quadrant.judge,
            quadrant.moment("2027-02-02 09:00"),
            "De groep is vol",
        )
        session.commit()
        assert {portion.id: left for portion, left in portions_of(session, child)} == {early: 180, late: 120}
    assert quadrant.booking(booking.id).reason == "De groep is vol"


def test_the_christmas_holiday_is_guaranteed_on_the_nineteenth_of_november_and_asked_on_the_twentieth(
    roef: House,
) -> None:
    child = roef.child("bso", (0, 3), in_holidays=False, born=date(2019, 5, 1))
    roef.places("bso", 0)
    roef.credit(child, "roefjes", 40, date(2026, 1, 1), until=date(2026, 12, 31), care_type="bso")
    monday, tuesday = (
        line(child, "2026-12-21", "08:00", "18:00", "bso"),
        line(child, "2026-12-22", "08:00", "18:00", "bso"),
    )
    (granted,) = roef.ask(Wish((monday,)), "2026-11-19 23:59")
    assert (granted.action, granted.state, granted.guaranteed, granted.judged_by) == (
        "holiday_care",
        "approved",
        True,
        None,
    )
    assert roef.entries(granted.id) == [("released", 10), ("reserved", -10), ("spent", -10)]
    (other_daypart,) = roef.ask(Wish((tuesday,)), "2026-11-19 23:59", "two")
    assert (other_daypart.state, other_daypart.guaranteed) == ("awaiting", False), "not a daypart of the contract"
    (late,) = roef.ask(Wish((line(child, "2026-12-24", "08:00", "18:00", "bso"),)), "2026-11-20 00:00", "three")
    assert (late.state, late.guaranteed) == ("awaiting", False)
    with roef.writing() as session, pytest.raises(Full):
        approve(session, roef.tenant, [late.id], roef.judge, roef.moment("2026-11-20 09:00"))


def test_no_more_roefjes_than_there_are(roef: House) -> None:
    child = roef.child("bso", (0, 3), in_holidays=False, born=date(2019, 5, 1))
    roef.credit(child, "roefjes", 15, date(2026, 1, 1), until=date(2026, 12, 31), care_type="bso")
    two = [line(child, day, "08:00", "18:00", "bso") for day in ("2026-12-21", "2026-12-24")]
    assert [each.day for each in roef.ask(Wish(tuple(two)), "2026-11-01 12:00")] == [date(2026, 12, 21)]


def test_a_full_group_takes_nobody_more_unless_somebody_says_so_with_a_reason(keizer: House) -> None:
    first, second = keizer.child(), keizer.child()
    keizer.child(weekdays=(3,))  # is there by contract
    keizer.places("kdv", 2)
    one, two = keizer.ask(Wish((line(first, "2026-12-17"), line(second, "2026-12-17"))), "2026-12-10 12:00")
    at = keizer.moment("2026-12-11 09:00")
    with keizer.writing() as session:
        approve(session, keizer.tenant, [one.id], keizer.judge, at)
        session.commit()
    with keizer.writing() as session, pytest.raises(Full) as full:
        approve(session, keizer.tenant, [two.id], keizer.judge, at)
    assert [each.id for each in full.value.bookings] == [two.id] and keizer.booking(two.id).state == "awaiting"
    with keizer.writing() as session:
        approve(session, keizer.tenant, [two.id], keizer.judge, at, beyond="Overlegd met Jo, er staat een invaller")
        session.commit()
    assert keizer.booking(two.id).beyond_limit and keizer.taken() == 2


def test_the_staff_that_is_planned_limits_a_group_that_has_places_left(keizer: House) -> None:
    """Two-year-olds: eight with one. The roster is known, and nine would need two."""
    children = [keizer.child(weekdays=(3,)) for _ in range(8)]
    ninth = keizer.child()
    keizer.places("kdv", 16)
    (booking,) = keizer.ask(Wish((line(ninth, "2026-12-17"),)), "2026-12-10 12:00")
    keizer.shift("kdv", 3, 1)
    with keizer.writing() as session, pytest.raises(Full) as full:
        approve(session, keizer.tenant, [booking.id], keizer.judge, keizer.moment("2026-12-11 09:00"))
    assert full.value.fit and full.value.fit.decided
    over = full.value.fit.decided.over
    assert (over.limit, over.needed, over.available) == ("table", 2, 1) and len(children) == 8
    keizer.shift("kdv", 3, 1)
    with keizer.writing() as session:
        approve(session, keizer.tenant, [booking.id], keizer.judge, keizer.moment("2026-12-11 09:00"))
        session.commit()


def test_who_comes_after_another_left_takes_the_same_place(keizer: House) -> None:
    first, second = keizer.child(), keizer.child()
    keizer.places("kdv", 1)
    one, two = keizer.ask(Wish((line(first, "2026-12-17", "08:00", "13:00"), line(second, "2026-12-17", "13:00", "18:00"))), "2026-12-10 12:00")  # fmt: skip
    with keizer.writing() as session:
        approve(session, keizer.tenant, [one.id, two.id], keizer.judge, keizer.moment("2026-12-11 09:00"))
        session.commit()
    assert keizer.taken() == 1


def test_siblings_judged_as_a_whole_come_together_or_not_at_all(keizer: House) -> None:
    first, second = keizer.child(), keizer.child("bso", born=date(2019, 1, 1))
    keizer.credit(first, "tegoed", 5, date(2026, 12, 10))
    keizer.places("bso", 0)
    wish = Wish((line(first, "2026-12-17"), line(second, "2026-12-17", "14:00", "18:00", "bso")), all_or_nothing=True)
    bookings = keizer.ask(wish, "2026-12-10 12:00")
    young = next(each for each in bookings if each.child_id == first)
    with keizer.writing() as session, pytest.raises(Full):
        approve(session, keizer.tenant, [young.id], keizer.judge, keizer.moment("2026-12-11 09:00"))
    assert {keizer.booking(each.id).state for each in bookings} == {"awaiting"} and keizer.taken() == 0
    with keizer.writing() as session:
        rejected = reject(session, keizer.tenant, [young.id], keizer.judge, keizer.moment("2026-12-11 09:00"), None)
        session.commit()
    assert {each.id for each in rejected} == {each.id for each in bookings}, "a sibling refused takes the other along"
    assert keizer.left(first) == 5


def test_requests_for_several_days_are_judged_one_by_one(keizer: House) -> None:
    first, second = keizer.child(), keizer.child()
    lines = tuple(line(child, day) for child in (first, second) for day in ("2026-12-17", "2026-12-18"))
    bookings = keizer.ask(Wish(lines, all_or_nothing=True), "2026-12-10 12:00")
    with keizer.writing() as session:
        assert (
            len(reject(session, keizer.tenant, [bookings[0].id], keizer.judge, keizer.moment("2026-12-11 09:00"), None))
            == 1
        )


def test_what_was_judged_by_mistake_is_taken_back_within_a_minute(keizer: House) -> None:
    child = keizer.child()
    keizer.credit(child, "tegoed", 5, date(2026, 12, 10))
    (booking,) = keizer.ask(Wish((line(child, "2026-12-17"),)), "2026-12-10 12:00")
    at = keizer.moment("2026-12-11 09:00")
    for judged in ("approve", "reject"):
        with keizer.writing() as session:
            if judged == "approve":
                approve(session, keizer.tenant, [booking.id], keizer.judge, at)
            else:
                reject(session, keizer.tenant, [booking.id], keizer.judge, at, "Vol")
            session.commit()
        with keizer.writing() as session, pytest.raises(BookingStands):
            undo(session, [booking.id], at + timedelta(seconds=61))
        with keizer.writing() as session:
            undo(session, [booking.id], at + timedelta(seconds=60))
            session.commit()
        now = keizer.booking(booking.id)
        assert (now.state, now.judged_by, now.reason) == ("awaiting", None, None)
        assert keizer.left(child) == 0 and keizer.taken() == 0


def test_a_rejection_is_not_taken_back_when_its_credit_is_used_for_something_else(keizer: House) -> None:
    child = keizer.child()
    keizer.credit(child, "tegoed", 5, date(2026, 12, 10))
    (booking,) = keizer.ask(Wish((line(child, "2026-12-17"),)), "2026-12-10 12:00")
    at = keizer.moment("2026-12-11 09:00")
    with keizer.writing() as session:
        reject(session, keizer.tenant, [booking.id], keizer.judge, at, None)
        session.commit()
    keizer.ask(Wish((line(child, "2026-12-18"),)), "2026-12-11 09:00", "two")
    with keizer.writing() as session, pytest.raises(CreditIsGone):
        undo(session, [booking.id], at + timedelta(seconds=30))
    assert keizer.booking(booking.id).state == "rejected"


def test_a_request_lapses_after_the_day_that_the_parent_chose_also_when_the_work_is_late_or_done_twice(
    keizer: House,
) -> None:
    child = keizer.child()
    keizer.credit(child, "tegoed", 5, date(2026, 12, 10))
    (booking,) = keizer.ask(Wish((line(child, "2026-12-17"),), lapses_on=date(2026, 12, 12)), "2026-12-10 12:00")
    for at, lapsed in (("2026-12-12 23:59", 0), ("2026-12-13 00:00", 1), ("2026-12-14 08:00", 0)):
        with keizer.writing() as session:
            assert len(lapse_bookings(session, keizer.tenant, keizer.moment(at))) == lapsed, at
            session.commit()
    assert keizer.booking(booking.id).state == "lapsed" and keizer.left(child) == 5
    with keizer.writing() as session, pytest.raises(BookingStands):
        approve(session, keizer.tenant, [booking.id], keizer.judge, keizer.moment("2026-12-14 09:00"))


def test_without_a_date_a_request_lapses_when_care_would_begin(keizer: House) -> None:
    child = keizer.child()
    keizer.ask(Wish((line(child, "2026-12-17"),)), "2026-12-10 12:00")
    with keizer.writing() as session:
        assert lapse_bookings(session, keizer.tenant, keizer.moment("2026-12-17 07:59")) == []
        assert len(lapse_bookings(session, keizer.tenant, keizer.moment("2026-12-17 08:00"))) == 1


def test_a_period_is_cancelled_as_a_whole_as_far_as_it_is_still_to_come(keizer: House) -> None:
    child, other = keizer.child(weekdays=(4,)), keizer.child(weekdays=(4,))
    days = ("2026-12-14", "2026-12-15", "2026-12-16")
    wish = Wish(tuple(line(each, day) for each in (child, other) for day in days), is_period=True)
    bookings = keizer.ask(wish, "2026-12-10 12:00")
    with keizer.writing() as session:
        approve(session, keizer.tenant, [each.id for each in bookings], keizer.judge, keizer.moment("2026-12-11 09:00"))
        session.commit()
    last = max((each for each in bookings if each.child_id == child), key=lambda each: each.day)
    with keizer.writing() as session:  # the first day has begun; the second is the first one still to come
        late = cancelling(session, keizer.tenant, keizer.booking(last.id), keizer.moment("2026-12-14 08:01"))
        assert not late.possible and late.judgement.decision.reason == "too_late", (
            "the second day is less than 24 hours away"
        )
        found = cancel_bookings(session, keizer.tenant, last.id, [child, other], keizer.moment("2026-12-14 08:00"))
        session.commit()
    assert [each.day.day for each in found.bookings] == [15, 16]
    assert sorted(each.day.day for each in bookings if keizer.booking(each.id).state == "cancelled") == [15, 16]


def test_a_swap_hands_in_one_daypart_for_another_and_the_rest_lapses(keizer: House) -> None:
    child = keizer.child()
    monday = f"{child}.2026-12-14.0800"
    wish = Wish((line(child, "2026-12-17", "08:00", "12:00", gives_up=monday),))
    with keizer.reading() as session:
        (found,) = consider(session, keizer.tenant, keizer.kids(session), wish, keizer.moment("2026-12-10 12:00"))
    assert found.judgement and found.judgement.request and found.judgement.request.leftover == 60
    assert found.judgement.request.leftover_is == "lapses"
    (booking,) = keizer.ask(wish, "2026-12-10 12:00")
    with keizer.writing() as session:

        def days() -> list[tuple[int, str]]:
            planned = list_dayparts(
                session,
                keizer.tenant.rulebook,
                keizer.kids(session),
                date(2026, 12, 14),
                date(2026, 12, 18),
                date(2026, 12, 10),
            )
            return [(each.day.day, each.planned) for each in planned]

        assert days() == [(14, "contract day"), (15, "contract day")], "as long as it waits nothing moves"
        approve(session, keizer.tenant, [booking.id], keizer.judge, keizer.moment("2026-12-11 09:00"))
        assert days() == [(15, "contract day"), (17, "contract day")]
        session.commit()
    again = Wish((line(child, "2026-12-18", gives_up=monday),))
    with pytest.raises(NothingToAsk):
        keizer.ask(again, "2026-12-11 10:00", "two")


def told_offers(house: House, day: str, at: str, by: str = "parent") -> list[tuple[str, bool]]:
    with house.reading() as session:
        found = offers(session, house.tenant, house.kids(session), [date.fromisoformat(day)], house.moment(at), by)
    return [
        (f"{each.considered.line.starts:%H:%M}-{each.considered.line.ends:%H:%M}", each.considered.accepted)
        for child in found
        for each in child.offers
    ]


def test_only_what_the_calendar_and_the_plan_leave_is_offered_and_what_the_rules_refuse_says_so(keizer: House) -> None:
    keizer.child(hours=(time(7, 30), time(13)))
    on_thursday = [("07:30-13:00", True), ("07:30-18:30", True), ("13:00-18:30", True)]
    assert sorted(told_offers(keizer, "2026-12-17", "2026-12-10 12:00")) == on_thursday
    assert told_offers(keizer, "2026-12-15", "2026-12-10 12:00") == [("13:00-18:30", True)], "the morning is planned"
    assert told_offers(keizer, "2026-12-25", "2026-12-10 12:00") == [], "a public holiday"
    late = sorted(told_offers(keizer, "2026-12-17", "2026-12-15 10:00"))
    assert late == [("07:30-13:00", False), ("07:30-18:30", False), ("13:00-18:30", True)], (
        "forty-eight hours, each from its own start"
    )


def test_after_school_care_is_a_whole_day_in_the_holiday(roef: House) -> None:
    roef.child("bso", (0, 3), in_holidays=False, born=date(2019, 5, 1))
    assert told_offers(roef, "2026-12-15", "2026-11-10 12:00") == [("14:00-18:30", True)]
    assert told_offers(roef, "2026-12-21", "2026-11-10 12:00") == [("08:00-18:00", False)], (
        "without Roefjes it cannot be paid"
    )
    roef.credit(roef.children[0], "roefjes", 10, date(2026, 1, 1), until=date(2026, 12, 31), care_type="bso")
    assert told_offers(roef, "2026-12-21", "2026-11-10 12:00") == [("08:00-18:00", True)]


def test_where_the_file_names_no_dayparts_those_of_the_contracts_are_offered(engine: Engine) -> None:
    text = (ROOT / "tenants" / "langekeizer.yaml").read_text()
    head, _, rest = text.partition("\ndayparts:\n")
    without = tenant_from(head + "\n" + rest.partition("\n\n")[2].replace("  dayparts: Not in the text. These hours are usual for each kind of care.\n", ""))  # fmt: skip
    house = build(engine, without)
    house.child(hours=(time(8), time(13)))
    house.child(weekdays=(4,), hours=(time(9), time(17)))
    assert set(told_offers(house, "2026-12-17", "2026-12-10 12:00")) == {("08:00-13:00", True), ("09:00-17:00", True)}


def test_what_has_lapsed_is_neither_approved_nor_rejected_also_when_the_clocks_work_is_late(keizer: House) -> None:
    child = keizer.child()
    (booking,) = keizer.ask(Wish((line(child, "2026-12-17"),), lapses_on=date(2026, 12, 12)), "2026-12-10 12:00")
    late = keizer.moment("2026-12-13 00:00")
    with keizer.writing() as session, pytest.raises(BookingStands):
        approve(session, keizer.tenant, [booking.id], keizer.judge, late)
    with keizer.writing() as session, pytest.raises(BookingStands):
        reject(session, keizer.tenant, [booking.id], keizer.judge, late, None)
    with keizer.writing() as session:
        assert reject(session, keizer.tenant, [booking.id], keizer.judge, keizer.moment("2026-12-12 23:59"), None)


@pytest.mark.parametrize(
    ("asked", "day", "until"),
    [
        ("2026-12-08 12:00", "2026-12-18", "2026-12-16"),  # a Tuesday, and time to look for something else
        ("2026-12-08 12:00", "2026-12-11", "2026-12-10"),  # not before the answer that is promised
        ("2026-12-12 07:30", "2026-12-14", "2026-12-14"),  # on a Saturday for Monday: as long as there is
    ],
)
def test_a_request_does_not_lapse_before_somebody_could_answer_it(
    keizer: House, asked: str, day: str, until: str
) -> None:
    child, now = keizer.child(weekdays=(1, 2)), keizer.moment(asked)
    with keizer.reading() as session:
        found = consider(session, keizer.tenant, keizer.kids(session), Wish((line(child, day),)), now)
        assert lapse_by_default(found, now.date()) == date.fromisoformat(until)


def test_where_no_answer_is_promised_there_is_a_working_day_to_give_one(roef: House) -> None:
    child = roef.child(weekdays=(1,))
    for asked, day, until in (("2026-12-11", "2026-12-14", "2026-12-14"), ("2026-12-08", "2026-12-10", "2026-12-09")):
        now = roef.moment(f"{asked} 12:00")
        with roef.reading() as session:
            found = consider(session, roef.tenant, roef.kids(session), Wish((line(child, day),)), now)
            assert lapse_by_default(found, now.date()) == date.fromisoformat(until)


def test_credit_is_said_to_be_free_again_as_long_as_it_is_valid_and_nothing_of_it_is_used(keizer: House) -> None:
    child = keizer.child()
    keizer.credit(child, "tegoed", 5, date(2026, 12, 1), until=date(2026, 12, 31))
    (paid,) = keizer.ask(Wish((line(child, "2026-12-17"),)), "2026-12-10 12:00")
    (invoiced,) = keizer.ask(Wish((line(child, "2026-12-18"),)), "2026-12-10 12:01", "two")
    ids = [paid.id, invoiced.id]
    with keizer.writing() as session:
        assert free_again(session, ids, date(2026, 12, 11)) == set()
        for booking_id in ids:
            reject(session, keizer.tenant, [booking_id], keizer.judge, keizer.moment("2026-12-11 09:00"), "full")
        assert free_again(session, ids, date(2026, 12, 31)) == {paid.id}
        assert free_again(session, ids, date(2027, 1, 1)) == set()
