"""Random histories of a child's credit, held against an oracle after every step; `./dev prove` tells ten thousand of them."""

from __future__ import annotations

import inspect
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from spelregel.records.asking_days import Wish, WishLine
from spelregel.records.credit_ledger import REST, CreditLedgerEntry, CreditPortion, add_portion, lapse_due
from spelregel.records.day_requests import Booking, list_bookings_of
from spelregel.records.family import Child, Family
from spelregel.records.judging_bookings import (
    CreditIsGone,
    NothingToAsk,
    approve,
    cancel_bookings,
    lapse_bookings,
    reject,
    send_request,
    undo,
)
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.rules.booking_states import BookingStands
from spelregel.storage.session import TenantSession, open_engine
from tests.conftest import PROVE
from tests.records.asking_organisation import CREDIT, organisation
from tests.records.house import House, build
from tests.records.ledger_oracle import Oracle

HISTORIES = 10_000 if PROVE else 60
STEPS = 14
BEGIN = datetime.fromisoformat("2027-01-08T12:00+01:00")
DAYS = [date(2027, 1, 11) + timedelta(days=each) for each in (0, 1, 2, 3, 4, 7, 8, 9)]
REFUSED = (BookingStands, CreditIsGone, NothingToAsk)


def test_the_oracle_is_small_enough_to_be_believed() -> None:
    assert len(inspect.getsource(Oracle).splitlines()) <= 40
    assert "spelregel" not in Path(inspect.getsourcefile(Oracle) or "").read_text("utf-8")


@pytest.fixture(params=[None, "lapses"], ids=["the rest stays", "the rest lapses"])
def house(request: pytest.FixtureRequest, empty_sqlite: Path, tmp_path: Path) -> Iterator[House]:
    path = tmp_path / "histories.db"
    path.write_bytes(empty_sqlite.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    yield build(engine, organisation(rest=request.param))
    engine.dispose()


def test_random_histories_agree_with_the_oracle_after_every_step(house: House) -> None:
    seen: Counter[str] = Counter()
    with house.writing() as session:
        family = session.scalars(select(Family.id)).one()
        for seed in range(HISTORIES // 2):
            History(house, session, family, seed).tell(seen)
            session.rollback()
            session.expunge_all()
    for action in History.ACTIONS:
        assert seen[f"{action} done"] > HISTORIES / 20, (action, seen)
    for action in ("ask", "approve", "reject", "undo", "cancel"):
        assert seen[f"{action} refused"] > HISTORIES / 60, (action, seen)


class History:
    """What happens to one child, in the portal and in the oracle; nothing of it is committed."""

    ACTIONS = ("earn", "ask", "approve", "reject", "undo", "cancel", "lapse", "expire")
    WEIGHTS = (2, 6, 5, 2, 4, 3, 1, 1)

    def __init__(self, house: House, session: TenantSession, family: str, seed: int) -> None:
        self.house, self.session, self.dice, self.now = house, session, random.Random(seed), BEGIN
        self.tenant = house.tenant
        self.oracle = Oracle(house.tenant.rulebook.terms(BEGIN.date(), "kdv", None).credits[CREDIT].spend is not None)
        self.child = Child(family_id=family, first_name="Pip", last_name="X", born_on=date(2024, 3, 1), tone=0)
        session.add(self.child)
        session.flush()
        contract = Contract(child_id=self.child.id, care_type="kdv", starts_on=date(2021, 1, 1), in_holidays=True)
        session.add(contract)
        session.flush()
        session.add(
            ContractDaypart(
                contract_id=contract.id, group_id=house.groups["kdv"], weekday=6, starts=time(8), ends=time(13)
            )
        )
        self.booked: list[str] = []
        self.seed = seed

    def tell(self, seen: Counter[str]) -> None:
        told: list[str] = []
        for step in range(STEPS):
            self.now += timedelta(seconds=self.dice.choice((0, 20, 50, 3600, 6 * 3600, 20 * 3600)))
            action = "earn" if step < 2 else "ask" if step < 4 else self.dice.choices(self.ACTIONS, self.WEIGHTS)[0]
            told.append(f"{self.now:%d %H:%M:%S} {action}")
            mine, theirs = getattr(self, action)()
            assert mine == theirs, (self.seed, told)
            seen[f"{action} {'done' if mine else 'refused'}"] += 1
            self.compare((self.seed, told))

    def both(self, action: str, step: object, name: str) -> tuple[bool, bool]:
        expected = self.oracle.do(action, self.oracle.bookings[name], self.now)
        try:
            with self.session.begin_nested():
                found = step()
        except REFUSED:
            return False, expected
        return found is None or bool(found), expected

    def any_booking(self) -> str | None:
        return self.dice.choice(self.booked[-4:]) if self.booked else None

    def earn(self) -> tuple[bool, bool]:
        earned = BEGIN.date() + timedelta(days=self.dice.randrange(-30, 5))
        until = BEGIN.date() + timedelta(days=self.dice.choice((2, 4, 6, 60)))
        amount = self.dice.randrange(1, 20) * 30
        portion = CreditPortion(
            child_id=self.child.id, kind=CREDIT, care_type="kdv", earned_for=earned, earned_on_kind="school day", valid_until=until
        )  # fmt: skip
        add_portion(self.session, portion, amount, self.dice.choice(("earned", "granted")), self.now)
        self.oracle.add(portion.id, earned, until, amount)
        return True, True

    def ask(self) -> tuple[bool, bool]:
        last = self.dice.choice((None, self.now.date() + timedelta(days=self.dice.randrange(0, 4))))
        lines = []
        for _ in range(self.dice.choice((1, 1, 2))):
            day, starts = self.dice.choice(DAYS), self.dice.choice((8, 9, 11, 14))
            lines.append(
                WishLine(self.child.id, day, time(starts), time(starts + self.dice.choice((1, 2, 4)), 30), "kdv")
            )
        names = [f"{len(self.booked)} {number}" for number in range(len(lines))]
        expected = {
            (each.day, each.starts): name
            for name, each in zip(names, lines, strict=True)
            if self.oracle.ask(name, self.at(each.day, each.starts), self.at(each.day, each.ends), last, self.now)
        }
        try:
            with self.session.begin_nested():
                wish = Wish(tuple(lines), lapses_on=last)
                request = send_request(
                    self.session, self.tenant, self.house.account, [self.child], wish, names[0], self.now
                )
        except NothingToAsk:
            return False, bool(expected)
        found = list_bookings_of(self.session, request.id)
        assert {(each.day, each.starts) for each in found} == set(expected)
        for each in found:
            self.oracle.bookings[each.id] = self.oracle.bookings.pop(expected[each.day, each.starts])
            self.booked.append(each.id)
        return True, True

    def at(self, day: date, wall: time) -> datetime:
        return datetime.combine(day, wall, self.tenant.rulebook.zone)

    def approve(self) -> tuple[bool, bool]:
        if (name := self.any_booking()) is None:
            return False, False
        return self.both(
            "approve", lambda: approve(self.session, self.tenant, [name], self.house.judge, self.now), name
        )

    def reject(self) -> tuple[bool, bool]:
        if (name := self.any_booking()) is None:
            return False, False
        return self.both(
            "reject", lambda: reject(self.session, self.house.tenant, [name], self.house.judge, self.now, None), name
        )

    def undo(self) -> tuple[bool, bool]:
        judged = [each for each in self.booked if self.oracle.bookings[each].state in ("approved", "rejected")]
        if not judged:
            return False, False
        name = max(judged, key=lambda each: self.oracle.bookings[each].at)
        return self.both("undo", lambda: undo(self.session, [name], self.now), name)

    def cancel(self) -> tuple[bool, bool]:
        if (name := self.any_booking()) is None:
            return False, False
        return self.both(
            "cancel",
            lambda: cancel_bookings(self.session, self.tenant, name, [self.child.id], self.now).possible,
            name,
        )

    def lapse(self) -> tuple[bool, bool]:
        expected = {each for each in self.booked if self.oracle.do("lapse", self.oracle.bookings[each], self.now)}
        found = lapse_bookings(self.session, self.tenant, self.now)
        assert {each.id for each in found} == expected
        return True, True

    def expire(self) -> tuple[bool, bool]:
        self.oracle.expire(self.now.date())
        lapse_due(self.session, self.child.id, self.now.date(), self.now)
        self.session.flush()
        return True, True

    def compare(self, told: object) -> None:
        """Portions, bookings and the whole: what came in is what is left, what is used and what lapsed."""
        oracle, entry, moved = self.oracle, CreditLedgerEntry, func.sum(CreditLedgerEntry.sixtieths)
        counted = dict(
            self.session.execute(
                select(CreditPortion.id, CreditPortion.remaining).where(CreditPortion.child_id == self.child.id)
            ).all()
        )
        rows = self.session.execute(
            select(entry.portion_id, entry.entry, entry.booking_id, moved)
            .where(entry.portion_id.in_(counted))
            .group_by(entry.portion_id, entry.entry, entry.booking_id)
        ).all()
        left = {portion: oracle.left(portion) for portion in oracle.portions}
        assert counted == left, told
        assert {p: sum(row[3] for row in rows if row[0] == p) for p in left} == left, told
        states = dict(
            self.session.execute(select(Booking.id, Booking.state).where(Booking.child_id == self.child.id)).all()
        )
        assert states == {name: b.state.split()[0] for name, b in oracle.bookings.items()}, told

        def of(name: str | None, *entries: str) -> dict[str, int]:
            sums: Counter[str] = Counter()
            for portion, what, booking, amount in rows:
                if what in entries and booking == name:
                    sums[portion] -= amount
            return {portion: amount for portion, amount in sums.items() if amount}

        for name, b in oracle.bookings.items():
            assert of(name, "reserved", "released") == (b.uses if b.state == "awaiting" else {}), told
            spent = b.state in ("approved", "cancelled late")
            assert of(name, "spent", "given_back") == (b.uses if spent else {}), told
            assert of(name, *REST) == ({p: n for p, n in b.rest.items() if n} if spent else {}), told
        came = -sum(of(None, "earned", "granted").values())
        used = sum(sum(b.uses.values()) for b in oracle.bookings.values() if b.state in ("awaiting", "approved", "cancelled late"))  # fmt: skip
        lapsed = sum(row[3] for row in rows if row[1] in REST)
        assert came == sum(each.came for each in oracle.portions.values()) == sum(left.values()) + used - lapsed, told
