"""A process that sends, judges and cancels is killed in the midst of it: what was told to be done is done, and nothing is half done.

The control commits after every part of a step, and must be found with half of one.
"""

from __future__ import annotations

import json
import os
import random
import time as clock
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from spelregel.records import judging_bookings
from spelregel.records.asking_days import Wish
from spelregel.records.credit_ledger import CreditLedgerEntry, CreditPortion
from spelregel.records.day_requests import Booking, DayRequest, list_bookings_of
from spelregel.records.decisions import DecisionRecord
from spelregel.records.family import Child, lock_child
from spelregel.records.judging_bookings import approve, cancel_bookings, reject, send_request, undo
from spelregel.records.places import PlaceCount, slots_of
from spelregel.storage.session import TenantSession, open_engine, tenant_session
from tests.conftest import PROVE
from tests.records.asking_organisation import CREDIT, organisation
from tests.records.crowd import PROCESSING
from tests.records.house import House, build, line

KILLS = 100 if PROVE else 3
NOW = datetime.fromisoformat("2026-12-01T12:00+01:00")
MONDAY = date(2027, 1, 4)


@dataclass(frozen=True)
class Work:
    """What the process needs to know. `journal`: where it writes what it will do and what was done, before it goes on. `week`: in
    which it asks, as those who were killed before it keep what they had."""

    url: str
    child: str
    account: str
    judge: str
    journal: Path
    week: int
    whole: bool


def work_on(work: Work) -> None:
    """Until it is killed."""
    if not work.whole:
        commit_after_every_part()
    engine = open_engine(work.url)
    tenant = organisation()
    journal = os.open(work.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(**what: Any) -> None:
        os.write(journal, json.dumps(what).encode() + b"\n")
        os.fsync(journal)

    def step(submission: str, state: str, change: Callable[[TenantSession], Any]) -> Any:
        note(press=submission, will=state)
        with tenant_session(engine, tenant.slug, writing=True) as session:
            found = change(session)
            session.commit()
        note(press=submission, did=state)
        return found

    for number in range(30):
        press = f"{work.child}-{number}"
        days = [MONDAY + timedelta(weeks=work.week, days=number // 10 + 2 * part) for part in range(2)]
        hour = 8 + number % 10
        wish = Wish(tuple(line(work.child, day.isoformat(), f"{hour:02}:00", f"{hour + 1:02}:00") for day in days))

        def send(session: TenantSession, wish: Wish = wish, press: str = press) -> list[str]:
            child = session.get_one(Child, (tenant.slug, work.child))
            request = send_request(session, tenant, work.account, [child], wish, press, NOW)
            return [each.id for each in list_bookings_of(session, request.id)]

        ids = step(press, "awaiting", send)
        step(press, "rejected", lambda session, ids=ids: reject(session, tenant, ids, work.judge, NOW, None))
        step(press, "awaiting", lambda session, ids=ids: undo(session, ids, NOW))
        step(press, "approved", lambda session, ids=ids: approve(session, tenant, ids, work.judge, NOW))
        if number % 2:

            def cancel(session: TenantSession, ids: list[str] = ids) -> None:
                for each in ids:
                    cancel_bookings(session, tenant, each, [work.child], NOW)

            step(press, "cancelled", cancel)


def commit_after_every_part() -> None:
    for name in ("write", "keep_decision", "_take_places", "give_place_back"):
        real = getattr(judging_bookings, name)

        def part(session: TenantSession, *rest: Any, real: Any = real, **named: Any) -> Any:
            found = real(session, *rest, **named)
            session.flush()
            session.commit()
            clock.sleep(0.02)
            return found

        setattr(judging_bookings, name, part)


def kill_in_the_midst(house: House, url: str, folder: Path, number: int, *, whole: bool) -> list[str]:
    """What is wrong afterwards; nothing."""
    child = house.child(weekdays=(6,))
    house.credit(child, CREDIT, 900, date(2026, 11, 1))
    work = Work(url, child, house.account, house.judge, folder / f"{number}.journal", number % 10, whole)
    process = PROCESSING.Process(target=work_on, args=(work,))
    process.start()
    deadline = clock.monotonic() + 60
    dice = random.Random(number)
    lines = dice.randrange(1, 40) if number else 30
    while not work.journal.exists() or work.journal.read_bytes().count(b"\n") < lines:
        assert clock.monotonic() < deadline and process.is_alive(), "it does not come on"
        clock.sleep(0.002)
    clock.sleep(dice.uniform(0, 0.06 if whole else 0.2))
    assert process.is_alive()
    process.kill()
    process.join()
    assert process.exitcode == -9
    with house.writing() as session:
        lock_child(session, child)  # waits until the database has seen that nobody is there any more
        return [*lost(session, work), *half_done(session, child)]


def lost(session: TenantSession, work: Work) -> list[str]:
    """What was told to be done and is not."""
    told: dict[str, dict[str, str]] = {}
    for each in work.journal.read_text("utf-8").splitlines():
        found = json.loads(each)
        told.setdefault(found["press"], {}).pop("will", None)
        told[found["press"]].update(found)
    wrong = []
    for press, last in told.items():
        states = set(
            session.scalars(
                select(Booking.state)
                .join(DayRequest, (DayRequest.id == Booking.request_id) & (DayRequest.tenant_id == Booking.tenant_id))
                .where(DayRequest.submission == press)
            )
        ) or {"nothing"}
        possible = {last.get("did", "nothing"), last.get("will", last.get("did"))}
        if len(states) > 1 or not states <= possible:
            wrong.append(f"{press} is {states}, but was said to be {possible}")
    return wrong


def half_done(session: TenantSession, child: str) -> list[str]:
    """Where bookings, requests, decisions, ledger and places do not say the same."""
    wrong = []
    bookings = session.scalars(select(Booking).where(Booking.child_id == child)).all()
    requests = session.scalars(select(DayRequest.id)).all()
    of = Counter(session.scalars(select(Booking.request_id)))
    wrong += [f"a request with {of[each]} bookings" for each in requests if of[each] != 2]
    entries = Counter[tuple[str | None, str]]()
    for booking, entry, amount in session.execute(
        select(CreditLedgerEntry.booking_id, CreditLedgerEntry.entry, func.sum(CreditLedgerEntry.sixtieths))
        .join(CreditPortion, (CreditPortion.id == CreditLedgerEntry.portion_id) & (CreditPortion.tenant_id == CreditLedgerEntry.tenant_id))
        .where(CreditPortion.child_id == child)
        .group_by(CreditLedgerEntry.booking_id, CreditLedgerEntry.entry)
    ):  # fmt: skip
        entries[booking, {"released": "reserved", "given_back": "spent"}.get(entry, entry)] += int(amount)
    for each in bookings:
        held = (entries.pop((each.id, "reserved"), 0), entries.pop((each.id, "spent"), 0))
        if held != {"awaiting": (-60, 0), "approved": (0, -60)}.get(each.state, (0, 0)):
            wrong.append(f"a booking that is {each.state} holds {held}")
        if (each.judged_by is not None) != (each.state in ("approved", "rejected")) and each.state != "cancelled":
            wrong.append(f"a booking that is {each.state} was judged by {each.judged_by}")
        if (each.ending_id is not None) != (each.state == "cancelled"):
            wrong.append(f"a booking that is {each.state} has an ending")
    wrong += [f"an entry of no booking: {key}" for key in entries if key[0] is not None]
    for portion, remaining in session.execute(
        select(CreditPortion.id, CreditPortion.remaining).where(CreditPortion.child_id == child)
    ).all():
        entry = CreditLedgerEntry
        if session.scalar(select(func.sum(entry.sixtieths)).where(entry.portion_id == portion)) != remaining:
            wrong.append("a portion with another count than its entries")
    every = session.execute(select(Booking.decision_id, Booking.ending_id)).all()
    needed = {each for row in every for each in row if each is not None}
    if extra := set(session.scalars(select(DecisionRecord.id))) - needed:
        wrong.append(f"{len(extra)} decisions of nothing")
    places = Counter[tuple[date, int]]()
    for day, starts, ends in session.execute(
        select(Booking.day, Booking.starts, Booking.ends).where(Booking.state == "approved")
    ):
        places.update((day, slot) for slot in slots_of(starts, ends))
    taken = {(each.day, each.slot): each.taken for each in session.scalars(select(PlaceCount)) if each.taken}
    if taken != dict(places):
        wrong.append("other places are taken than there are bookings")
    return wrong


@pytest.fixture
def house(engine: Engine) -> House:
    found = build(engine, organisation())
    found.places("kdv", 1000)
    return found


def test_a_process_that_is_killed_while_it_writes_loses_nothing_and_leaves_nothing_half_done(
    house: House, database_url: str, tmp_path: Path
) -> None:
    for number in range(KILLS):
        assert kill_in_the_midst(house, database_url, tmp_path, number, whole=True) == [], number
    with house.reading() as session:
        assert set(session.scalars(select(Booking.state))) >= {"approved", "cancelled"}, "it came to do something"


def test_what_commits_after_every_part_is_found_half_done(house: House, database_url: str, tmp_path: Path) -> None:
    assert any(kill_in_the_midst(house, database_url, tmp_path, number, whole=False) for number in range(1, 12))
