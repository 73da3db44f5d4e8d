"""The ledger of credits: append-only, a balance is a sum. The database refuses update, delete and overspending.

Amounts are sixtieths of the credit's unit: a minute, where the unit is an hour.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import CheckConstraint, FetchedValue, Index, Select, String, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.family import lock_child
from spelregel.rules.asking import acting_on
from spelregel.rules.credits import decide_credit_use, in_order_of_spending
from spelregel.rules.facts import CareDay, CreditLot, CreditUseFacts
from spelregel.rules.rulebook import Rulebook
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

#: earned, granted, released and given back add; reserved, spent, lapsed and taken back take away; corrected does either.
#: What a request asks for is reserved; judged, it is released, and spent where the request was approved.
ENTRIES = ("earned", "granted", "reserved", "released", "spent", "given_back", "taken_back", "lapsed", "corrected")
#: What together says how much of a portion is used, or reserved to be.
USED = ("reserved", "released", "spent", "given_back")
#: Of a booking: the rest of a portion that lapsed with its use, and that came back when the use was undone.
REST = ("lapsed", "corrected")


class CreditPortion(TenantRow):
    """Where a portion of credit came from, and the terms it keeps. Its balance is the sum of its entries.

    `remaining` is the database's own count, moved by a trigger on the ledger: it is the last judge that refuses to
    go below nothing. The program reads the sum and never writes here.
    """

    __tablename__ = "credit_portion"
    __table_args__ = (
        refers_to("child_id", "child"),
        refers_to("absence_id", "absence"),
        Index(None, "tenant_id", "child_id"),
        CheckConstraint("remaining >= 0", name="not_overspent"),
    )
    child_id: Mapped[str] = id_column()
    absence_id: Mapped[str | None] = id_column(nullable=True)
    kind: Mapped[str] = mapped_column(String(40))
    care_type: Mapped[str | None] = mapped_column(String(10))
    contract: Mapped[str | None] = mapped_column(String(40))
    earned_for: Mapped[date]
    earned_on_kind: Mapped[str] = mapped_column(String(20))
    valid_until: Mapped[date | None]
    usable_from: Mapped[date | None]  # None: from the day that it was earned for
    remaining: Mapped[int] = mapped_column(server_default="0", server_onupdate=FetchedValue())


class CreditLedgerEntry(TenantRow):
    """`about`: the day of care that it is for, where it is for one; `booking_id`: the booking, where there is one."""

    __tablename__ = "credit_ledger_entry"
    __table_args__ = (
        refers_to("portion_id", "credit_portion"),
        refers_to("booking_id", "booking"),
        Index(None, "tenant_id", "portion_id"),
        Index(None, "tenant_id", "booking_id"),
        CheckConstraint(f"entry IN ({','.join(repr(each) for each in ENTRIES)})", name="entry"),
        CheckConstraint("sixtieths <> 0", name="moves_something"),
    )
    portion_id: Mapped[str] = id_column()
    entry: Mapped[str] = mapped_column(String(12))
    sixtieths: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcMoment)
    about: Mapped[date | None]
    booking_id: Mapped[str | None] = id_column(nullable=True)


@dataclass(frozen=True, slots=True)
class Spent:
    """What could be paid with credit, per portion; `missing` is what is left to pay otherwise (sixtieths)."""

    taken: Mapping[str, int]
    missing: int


def portions_of(session: TenantSession, *child_ids: str) -> list[tuple[CreditPortion, int]]:
    """Every portion of these children with its balance, also the empty and lapsed ones; newest first."""
    return [(portion, int(left)) for portion, left in session.execute(_portions(), {"children": child_ids})]


@cache
def _portions() -> Select[CreditPortion, int]:
    """Made once: it is asked by every page that speaks of credit."""
    sums = (
        select(CreditLedgerEntry.portion_id, func.sum(CreditLedgerEntry.sixtieths).label("left"))
        .group_by(CreditLedgerEntry.portion_id)
        .subquery()
    )
    return (
        select(CreditPortion, func.coalesce(sums.c.left, 0))
        .outerjoin(sums, sums.c.portion_id == CreditPortion.id)
        .where(CreditPortion.child_id.in_(bindparam("children", expanding=True)))
        .order_by(CreditPortion.earned_for.desc(), CreditPortion.id)
    )


def stock_of(session: TenantSession, child_ids: Collection[str], today: date) -> dict[str, dict[str, int]]:
    """child -> credit -> what there is now (sixtieths), in one query; portions that have lapsed do not count."""
    return stock_in(portions_of(session, *child_ids), child_ids, today)


def stock_in(
    portions: Sequence[tuple[CreditPortion, int]], child_ids: Collection[str], today: date
) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {child_id: {} for child_id in child_ids}
    for portion, left in portions:
        if portion.valid_until is None or portion.valid_until >= today:
            kinds = found[portion.child_id]
            kinds[portion.kind] = kinds.get(portion.kind, 0) + left
    return found


@dataclass(frozen=True, slots=True)
class EarnedPortion:
    """What one absence earned of one credit, how much of that is used and not given back, and what is left (sixtieths)."""

    portion: CreditPortion
    earned: int
    spent: int
    left: int


def portions_of_absence(session: TenantSession, absence_id: str) -> list[EarnedPortion]:
    portions = session.scalars(select(CreditPortion).where(CreditPortion.absence_id == absence_id)).all()
    moved = entries_of(session, [portion.id for portion in portions])

    def total(portion: CreditPortion, *entries: str) -> int:
        return sum(e.sixtieths for e in moved if e.portion_id == portion.id and (not entries or e.entry in entries))

    return [EarnedPortion(p, total(p, "earned"), -total(p, *USED), total(p)) for p in portions]


def lot_of(portion: CreditPortion, left: int) -> CreditLot:
    return CreditLot(portion.id, portion.kind, left, portion.earned_for, portion.valid_until, portion.care_type,
                     portion.contract, portion.earned_on_kind, portion.usable_from)  # fmt: skip


def add_portion(session: TenantSession, portion: CreditPortion, sixtieths: int, entry: str, at: datetime) -> None:
    session.add(portion)
    session.flush()
    write(session, portion.id, entry, sixtieths, at)


def write(
    session: TenantSession, portion_id: str, entry: str, sixtieths: int, at: datetime, about: date | None = None,
    booking_id: str | None = None,
) -> None:  # fmt: skip
    session.add(
        CreditLedgerEntry(
            portion_id=portion_id, entry=entry, sixtieths=sixtieths, at=at, about=about, booking_id=booking_id
        )
    )


def entries_of(session: TenantSession, portion_ids: Sequence[str]) -> list[CreditLedgerEntry]:
    return list(
        session.scalars(
            select(CreditLedgerEntry)
            .where(CreditLedgerEntry.portion_id.in_(portion_ids))
            .order_by(CreditLedgerEntry.at, CreditLedgerEntry.id)
        )
    )


def used_for(
    session: TenantSession, booking_ids: Collection[str], entries: Sequence[str] = USED
) -> dict[str, dict[str, int]]:
    """booking -> portion -> what is reserved or spent for it now (sixtieths); nothing of what was released or given back.

    With REST: what of its portions lapsed with it.
    """
    found: dict[str, dict[str, int]] = {booking_id: {} for booking_id in booking_ids}
    rows = session.execute(
        select(CreditLedgerEntry.booking_id, CreditLedgerEntry.portion_id, func.sum(CreditLedgerEntry.sixtieths))
        .where(CreditLedgerEntry.booking_id.in_(booking_ids), CreditLedgerEntry.entry.in_(entries))
        .group_by(CreditLedgerEntry.booking_id, CreditLedgerEntry.portion_id)
    )
    for booking_id, portion_id, moved in rows:
        if booking_id is not None and moved:
            found[booking_id][portion_id] = -int(moved)
    return found


def free_again(session: TenantSession, booking_ids: Collection[str], today: date) -> set[str]:
    """Of these bookings the ones that credit was set aside for, of which nothing is used any more and which is still valid."""
    once, still = used_for(session, booking_ids, ("reserved",)), used_for(session, booking_ids)
    given_back = {each: set(portions) for each, portions in once.items() if portions and not still[each]}
    named = {portion for portions in given_back.values() for portion in portions}
    is_valid = CreditPortion.valid_until.is_(None) | (CreditPortion.valid_until >= today)
    valid = (
        set(session.scalars(select(CreditPortion.id).where(CreditPortion.id.in_(named), is_valid))) if named else set()
    )
    return {each for each, portions in given_back.items() if portions <= valid}


def per_kind(used: Mapping[str, int], portions: Mapping[str, CreditPortion]) -> dict[str, int]:
    """Of what each portion gave: how much of each credit (sixtieths)."""
    found: dict[str, int] = {}
    for portion_id, amount in used.items():
        kind = portions[portion_id].kind
        found[kind] = found.get(kind, 0) + amount
    return found


def spend(
    session: TenantSession, rulebook: Rulebook, child_id: str, kind: str, sixtieths: int, care: CareDay, now: datetime
) -> Spent:
    """Takes up to `sixtieths` of one credit for `care`, the oldest portion first, as far as the rules allow.

    The child's row is locked first: of many who try at once, each sees what the one before left.
    """
    lock_child(session, child_id)
    if kind not in rulebook.terms(acting_on(rulebook, now), care.care_type, care.location).credits:
        return Spent({}, sixtieths)
    lots = [
        lot_of(portion, left) for portion, left in portions_of(session, child_id) if portion.kind == kind and left > 0
    ]
    taken: dict[str, int] = {}
    missing = sixtieths
    for lot in in_order_of_spending(lots):
        if missing == 0:
            break
        if decide_credit_use(rulebook, CreditUseFacts(care, now, lot)).granted:
            taken[lot.id] = min(lot.left, missing)
            missing -= taken[lot.id]
    for portion_id, part in taken.items():
        write(session, portion_id, "spent", -part, now, care.day)
    session.flush()
    return Spent(taken, missing)


def lapse_due(session: TenantSession, child_id: str, today: date, now: datetime) -> None:
    """Writes down what has lapsed, so that the ledger tells it; balances leave it out already. Twice at once is once."""
    lock_child(session, child_id)
    for portion, left in portions_of(session, child_id):
        if left > 0 and portion.valid_until is not None and portion.valid_until < today:
            write(session, portion.id, "lapsed", -left, now)
