"""Sixty-four judge or ask at once for ten places: ten are given, whatever the database and however often.

The controls are the two ways of counting that look right: each of them must give out more.
"""

from __future__ import annotations

import time as clock
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from spelregel.records import judging_bookings
from spelregel.records.asking_days import Wish
from spelregel.records.day_requests import Booking, DayRequest, list_bookings_of
from spelregel.records.decisions import DecisionRecord
from spelregel.records.family import Child, Family
from spelregel.records.judging_bookings import Full, approve, cancel_bookings, send_request, undo
from spelregel.records.locations import CareGroup
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.records.places import (
    GroupDay,
    GroupShift,
    NoPlace,
    PlaceCount,
    groups_on,
    lock_groups,
    slots_of,
    take_place,
)
from spelregel.storage.session import TenantSession, tenant_session
from tests.conftest import PROVE
from tests.records.asking_organisation import organisation
from tests.records.crowd import in_rounds
from tests.records.house import House, build, line

PEOPLE, PLACES, PLANNED = 64, 10, 3
ROUNDS = 100 if PROVE else 2
FIRST = date(2027, 1, 6)
NOW = datetime.fromisoformat("2026-12-01T12:00+01:00")
STARTS, ENDS = time(8), time(13)


def days(rounds: int) -> list[date]:
    """A Wednesday or Thursday for every round, within one year of the children's lives; none of them is a holiday."""
    return [FIRST + timedelta(weeks=index // 2, days=index % 2) for index in range(rounds)]


def full_of_children(engine: Engine, rounds: Sequence[date]) -> tuple[House, dict[date, list[str]]]:
    """A group with ten places left on each of these days, and sixty-four requests for one, each of another child."""
    house = build(engine, organisation())
    house.places("kdv", PLACES + PLANNED)
    for _ in range(PLANNED):
        house.child(weekdays=(2, 3))
    return house, all_waiting(house, rounds, "kdv", [house.groups["kdv"]], date(2024, 3, 1))


def all_waiting(
    house: House, rounds: Sequence[date], care_type: str, groups: Sequence[str], born: date
) -> dict[date, list[str]]:
    """Sixty-four requests a day, each of another child, for these groups in turn."""
    waiting: dict[date, list[str]] = {}
    with house.writing() as session:
        family = session.scalars(select(Family)).one()
        decision = DecisionRecord(
            decided_at=NOW, kind="request.extra_care", outcome="to_judge", digest="0" * 64, facts={}, trace={}
        )
        children = [
            Child(family_id=family.id, first_name=f"Kind {number}", last_name="X", born_on=born, tone=0)
            for number in range(PEOPLE)
        ]
        session.add_all([decision, *children])
        session.flush()
        for day in rounds:
            requests = [
                DayRequest(
                    account_id=house.account, submission=f"{day}-{number}", sent_at=NOW, by="parent", is_period=False, all_or_nothing=False,
                )
                for number in range(PEOPLE)
            ]  # fmt: skip
            session.add_all(requests)
            session.flush()
            bookings = [
                Booking(
                    request_id=request.id, child_id=child.id, group_id=groups[number % len(groups)], decision_id=decision.id, action="extra_care",
                    day=day, starts=STARTS, ends=ENDS, care_type=care_type, state="awaiting", guaranteed=False, beyond_limit=False, invoice_minutes=300,
                )
                for number, (request, child) in enumerate(zip(requests, children, strict=True))
            ]  # fmt: skip
            session.add_all(bookings)
            session.flush()
            waiting[day] = [each.id for each in bookings]
        session.commit()
    return waiting


def press_again(press: Any) -> Any:
    """As a person does who is told that it is too busy now: nothing was done, so it is done again."""
    while True:
        try:
            return press()
        except OperationalError as busy:
            if "locked" not in str(busy.orig) and "lock timeout" not in str(busy.orig):
                raise


def approve_one(engine: Engine, number: int, day: date, judge: str, waiting: dict[date, list[str]], trap: str, _guarded: bool) -> str:  # fmt: skip
    TRAPS[trap]()

    def press() -> str:
        with tenant_session(engine, organisation().slug, writing=True) as session:
            try:
                approve(session, organisation(), [waiting[day][number]], judge, NOW)
            except Full:
                return "full"
            session.commit()
            return "approved"

    return str(press_again(press))


def approved(house: House, day: date) -> int:
    with house.reading() as session:
        found = select(func.count()).select_from(Booking).where(Booking.day == day, Booking.state == "approved")
        return session.scalar(found) or 0


def counted(house: House, day: date) -> list[int]:
    with house.reading() as session:
        return list(session.scalars(select(PlaceCount.taken).where(PlaceCount.day == day)))


def test_of_sixty_four_who_are_approved_at_once_ten_get_a_place(engine: Engine, database_url: str) -> None:
    rounds = days(ROUNDS)
    house, waiting = full_of_children(engine, rounds)
    found = in_rounds(approve_one, PEOPLE, rounds, database_url, house.judge, waiting, "none", True)
    for day, answers in zip(rounds, found, strict=True):
        assert sorted(answers) == ["approved"] * PLACES + ["full"] * (PEOPLE - PLACES), day
        assert approved(house, day) == PLACES
        assert counted(house, day) == [PLACES] * len(slots_of(STARTS, ENDS))


def test_the_counter_itself_refuses_what_is_not_there(engine: Engine) -> None:
    """The second wall, behind who is counted before: contracts and bookings in each half hour, also when none of them was counted."""
    house = build(engine, organisation())
    house.places("kdv", 3)
    house.child(weekdays=(2,), hours=(time(8), time(10)))
    with house.writing() as session:
        lock_groups(session, [house.groups["kdv"]])
        on = groups_on(session, house.tenant.rulebook, [house.groups["kdv"]], [FIRST], NOW.date())
        here = on[house.groups["kdv"], FIRST]
        take_place(session, here, time(8), time(9, 10))
        take_place(session, here, time(9), time(11))
        with pytest.raises(NoPlace), session.begin_nested():
            take_place(session, here, time(9, 15), time(12))
        take_place(session, here, time(10), time(12))
        with pytest.raises(NoPlace), session.begin_nested():
            [take_place(session, here, time(10, 45), time(11)) for _ in range(2)]
        take_place(session, here, time(9), time(9, 30), beyond=True)
        counted = session.execute(
            select(PlaceCount.slot, PlaceCount.taken, PlaceCount.places).order_by(PlaceCount.slot)
        )
        assert [tuple(row) for row in counted] == [
            (16, 1, 2), (17, 1, 2), (18, 3, 3), (19, 1, 2), (20, 2, 3), (21, 2, 3), (22, 1, 3), (23, 1, 3)
        ]  # fmt: skip


def test_two_groups_that_share_the_staff_of_a_location_never_take_more_than_it_can_hold_together(
    engine: Engine, database_url: str
) -> None:
    """The ratio of after-school care counts the whole location: two of staff, one in each group, for twenty-four of seven and older."""
    rounds = days(ROUNDS if PROVE else 1)
    house = build(engine, organisation())
    with house.writing() as session:
        first = session.get_one(CareGroup, (house.tenant.slug, house.groups["bso"]))
        second = CareGroup(location_id=first.location_id, name="bso 2", places=None)
        session.add(second)
        session.flush()
        groups = [first.id, second.id]
        session.add_all(
            GroupShift(group_id=group, weekday=weekday, starts=STARTS, ends=ENDS, staff=1)
            for group in groups
            for weekday in (2, 3)
        )
        session.commit()
    waiting = all_waiting(house, rounds, "bso", groups, date(2018, 3, 1))
    found = in_rounds(approve_one, PEOPLE, rounds, database_url, house.judge, waiting, "none", True)
    for day, answers in zip(rounds, found, strict=True):
        assert Counter(answers) == {"approved": 24, "full": PEOPLE - 24}, day
        assert approved(house, day) == 24


# The traps


def no_lock() -> None:
    """As an engine without any lock: places are read, and somebody else comes in between."""
    judging_bookings.lock_groups = lambda *_: None


def read_then_insert() -> None:
    """Those who are there are read, and when they are fewer than the places the booking is written."""

    def take(_session: TenantSession, on: GroupDay, starts: time, ends: time, *, beyond: bool = False) -> None:
        clock.sleep(0.02)
        for slot in slots_of(starts, ends):
            if sum(each.booked and slot in slots_of(each.starts, each.ends) for each in on.present) >= on.free(slot):
                raise NoPlace

    no_lock()
    judging_bookings.take_place = take


COUNT_UNDER_LOCK = text(
    "WITH held AS MATERIALIZED (SELECT tenant_id, id FROM care_group WHERE id = :group_id FOR NO KEY UPDATE) "
    "SELECT count(booking.id) FROM held LEFT JOIN booking ON booking.tenant_id = held.tenant_id "
    "AND booking.group_id = held.id AND booking.day = :day AND booking.state = 'approved'"
)


def one_statement() -> None:
    """Lock and count in one statement: it waits for the lock, and then counts what there was before it waited."""

    def take(session: TenantSession, on: GroupDay, starts: time, ends: time, *, beyond: bool = False) -> None:
        connection = Session.connection(session)
        there = connection.execute(COUNT_UNDER_LOCK, {"group_id": on.group.id, "day": on.day}).scalar_one()
        clock.sleep(0.005)
        if any(there >= on.free(slot) for slot in slots_of(starts, ends)):
            raise NoPlace

    no_lock()
    judging_bookings.take_place = take


TRAPS: dict[str, Any] = {
    "none": nullcontext,
    "read then insert": read_then_insert,
    "one statement": one_statement,
}


def test_read_then_insert_without_a_lock_gives_out_more(engine: Engine, database_url: str) -> None:
    house, waiting = full_of_children(engine, days(1))
    in_rounds(approve_one, PEOPLE, days(1), database_url, house.judge, waiting, "read then insert", False)
    assert approved(house, FIRST) > PLACES


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_statement_that_locks_and_counts_gives_out_more(engine: Engine, database_url: str) -> None:
    """Of row locks only: on SQLite there is nothing between a statement and its lock."""
    house, waiting = full_of_children(engine, days(1))
    in_rounds(approve_one, PEOPLE, days(1), database_url, house.judge, waiting, "one statement", True)
    assert approved(house, FIRST) > PLACES


# What the portal grants by itself


def ask_one(engine: Engine, number: int, day: date, account: str, children: list[str]) -> str:
    granting = organisation("when there is a place")

    def press() -> str:
        with tenant_session(engine, granting.slug, writing=True) as session:
            child = session.get_one(Child, (granting.slug, children[number]))
            wish = Wish((line(child.id, day.isoformat()),))
            request = send_request(session, granting, account, [child], wish, f"{day}-{number}", NOW)
            session.commit()
            return list_bookings_of(session, request.id)[0].state

    return str(press_again(press))


def test_of_sixty_four_who_ask_at_once_ten_are_granted_and_the_rest_waits(engine: Engine, database_url: str) -> None:
    house = build(engine, organisation("when there is a place"))
    house.places("kdv", PLACES + PLANNED)
    children = family_of(house, PEOPLE, weekday=0)
    for _ in range(PLANNED):
        house.child(weekdays=(2, 3))
    rounds = days(ROUNDS if PROVE else 1)
    found = in_rounds(ask_one, PEOPLE, rounds, database_url, house.account, children)
    for day, answers in zip(rounds, found, strict=True):
        assert sorted(answers) == ["approved"] * PLACES + ["awaiting"] * (PEOPLE - PLACES), day
        assert approved(house, day) == PLACES
        assert set(counted(house, day)) == {PLACES}


def family_of(house: House, number: int, *, weekday: int, care_type: str = "kdv") -> list[str]:
    """So many children with a contract, in one transaction."""
    born = date(2024, 3, 1) if care_type == "kdv" else date(2019, 3, 1)
    with house.writing() as session:
        family = session.scalars(select(Family)).one()
        children = [
            Child(family_id=family.id, first_name=f"Kind {each}", last_name="X", born_on=born, tone=0)
            for each in range(number)
        ]
        session.add_all(children)
        session.flush()
        contracts = [
            Contract(child_id=child.id, care_type=care_type, starts_on=date(2021, 1, 1), in_holidays=True)
            for child in children
        ]
        session.add_all(contracts)
        session.flush()
        session.add_all(
            ContractDaypart(
                contract_id=contract.id, group_id=house.groups[care_type], weekday=weekday, starts=STARTS, ends=ENDS
            )
            for contract in contracts
        )
        session.commit()
        return [child.id for child in children]


# Several groups and days


#: Times eight families: a thousand of each under `./dev prove`.
CIRCLES = 125 if PROVE else 2


def back_and_forth(engine: Engine, number: int, circle: int, house: Where, young: list[str], old: list[str]) -> str:
    """Two siblings, two groups, two days, in either order: sent, granted or approved, and given up again."""
    granting = organisation("when there is a place")
    days = [FIRST, FIRST + timedelta(days=1)]
    lines = [
        line(child, day.isoformat(), care_type=care_type)
        for day in days
        for child, care_type in ((young[number], "kdv"), (old[number], "bso"))
    ]
    wish = Wish(tuple(lines if number % 2 else reversed(lines)), is_period=circle % 2 == 0)

    def write(action: Any) -> Any:
        def press() -> Any:
            with tenant_session(engine, granting.slug, writing=True) as session:
                found = action(session)
                session.commit()
                return found

        return press_again(press)

    def send(session: TenantSession) -> list[tuple[str, str, str]]:
        children = list(session.scalars(select(Child).where(Child.id.in_([young[number], old[number]]))))
        request = send_request(session, granting, house.account, children, wish, f"{circle}-{number}", NOW)
        return [(each.id, each.state, each.child_id) for each in list_bookings_of(session, request.id)]

    def judge(session: TenantSession) -> None:
        ids = [each for each, state, _ in sent if state == "awaiting"]
        try:
            approve(session, granting, ids if number % 2 else list(reversed(ids)), house.judge, NOW)
            undo(session, ids, NOW)
        except Full:
            session.rollback()

    def stop(session: TenantSession) -> None:
        for child in (young[number], old[number]) if number % 2 else (old[number], young[number]):
            for each, _, of in sent:
                if of == child:
                    cancel_bookings(session, granting, each, [child], NOW)
            session.commit()

    sent = write(send)
    write(judge)
    write(stop)
    granted = {"young" if of == young[number] else "old" for _, state, of in sent if state == "approved"}
    return " and ".join(sorted(granted)) or "none"


def test_siblings_in_two_groups_on_two_days_never_wait_for_each_other(engine: Engine, database_url: str) -> None:
    house = build(engine, organisation("when there is a place"))
    people = 8
    for care_type in ("kdv", "bso"):
        house.places(care_type, 5)
    young = family_of(house, people, weekday=0)
    old = family_of(house, people, weekday=0, care_type="bso")
    found = in_rounds(back_and_forth, people, list(range(CIRCLES)), database_url, Where(house), young, old)
    all_of_them = {answer for answers in found for answer in answers}
    assert "old and young" in all_of_them and all_of_them <= {"old and young", "old", "young", "none"}
    with house.reading() as session:
        assert set(session.scalars(select(PlaceCount.taken))) == {0}
        assert set(session.scalars(select(Booking.state))) == {"cancelled"}


class Where:
    """What another process needs to know of a house."""

    def __init__(self, house: House) -> None:
        self.account, self.judge = house.account, house.judge
