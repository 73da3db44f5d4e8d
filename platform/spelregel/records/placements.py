"""Contracts with their weekly pattern, and the dayparts that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache

from sqlalchemy import Date, Index, Select, String, bindparam, func, select, true
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.day_requests import Booking, DayRequest
from spelregel.records.family import Child
from spelregel.records.locations import CareGroup, Location
from spelregel.rules.booking_states import LIVE
from spelregel.rules.care_calendar import CareCalendar
from spelregel.rules.rulebook import Rulebook
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession


class Contract(TenantRow):
    """`rule_key`: the kind of contract in the tenant's file, where rules speak of it. `ends_on` included.

    `in_holidays`: whether its dayparts go on in school holidays, or holiday care is asked for then.
    """

    __tablename__ = "contract"
    __table_args__ = (refers_to("child_id", "child"), Index(None, "tenant_id", "child_id"))
    child_id: Mapped[str] = id_column()
    care_type: Mapped[str] = mapped_column(String(10))
    rule_key: Mapped[str | None] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    in_holidays: Mapped[bool] = mapped_column(default=True, server_default=true())

    def runs_on(self, day: date, calendar: CareCalendar) -> bool:
        """Whether its dayparts are planned on this day, when it is their weekday."""
        if day < self.starts_on or (self.ends_on is not None and day > self.ends_on) or calendar.is_closed(day):
            return False
        return self.in_holidays or calendar.school_holiday_on(day) is None


class ContractDaypart(TenantRow):
    """One weekday of a contract: `weekday` 0 is Monday."""

    __tablename__ = "contract_daypart"
    __table_args__ = (
        refers_to("contract_id", "contract"),
        refers_to("group_id", "care_group"),
        Index(None, "tenant_id", "contract_id"),
    )
    contract_id: Mapped[str] = id_column()
    group_id: Mapped[str] = id_column()
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]


@dataclass(frozen=True, slots=True)
class PlannedDaypart:
    """A daypart on a date, worked out from the pattern: nothing has to be written ahead."""

    child_id: str
    day: date
    starts: time
    ends: time
    care_type: str
    contract: str | None
    group: str
    group_id: str
    location: str
    location_key: str | None
    planned: str = "contract day"  # of rules/facts.PLANNED
    product: str | None = None
    booking_id: str | None = None

    @property
    def key(self) -> str:
        return _key(self.child_id, self.day, self.starts)


def _key(child_id: str, day: date, starts: time) -> str:
    return f"{child_id}.{day.isoformat()}.{starts:%H%M}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Some days of some children: what is planned, in order, and what they asked for that nobody has decided on. `signers`: of the
    bookings among them that staff entered from a list, the guardian who signed it."""

    dayparts: list[PlannedDaypart]
    awaiting: list[Booking]
    signers: dict[str, str]


def read_plan(
    session: TenantSession,
    children: Sequence[Child],
    first: date,
    last: date,
    calendar_of: Callable[[str, str | None], CareCalendar],
) -> Plan:
    """From `first` to `last` included. Planned: what the contracts say, and bookings that were approved; nothing on days that
    the organisation is closed, and nothing that a swap gave up."""
    ids = [child.id for child in children]
    rows = session.execute(_patterns(), {"children": ids}).all()
    booked = session.execute(_booked(), {"children": ids, "first": first, "last": last}).all()
    approved = [row for row in booked if row[0].state == "approved"]
    found = [
        _as_planned(booking, group, location)
        for booking, group, location, _ in approved
        if first <= booking.day <= last
    ]
    for contract, part, group, location, key in rows:
        calendar = calendar_of(contract.care_type, key)
        day = max(first, contract.starts_on)
        day += timedelta(days=(part.weekday - day.weekday()) % 7)
        end = min(last, contract.ends_on or last)
        while day <= end:
            if contract.runs_on(day, calendar):
                found.append(
                    PlannedDaypart(
                        contract.child_id, day, part.starts, part.ends, contract.care_type, contract.rule_key, group,
                        part.group_id, location, key,
                    )
                )  # fmt: skip
            day += timedelta(days=7)
    # Where two contracts overlap the child is there once: by the one that started last.
    once = {planned.key: planned for planned in found}
    for booking, _, _, _ in approved:
        if booking.given_up_day and booking.given_up_starts:
            once.pop(_key(booking.child_id, booking.given_up_day, booking.given_up_starts), None)
    order = {child_id: index for index, child_id in enumerate(ids)}
    dayparts = sorted(once.values(), key=lambda p: (p.day, order[p.child_id], p.starts))
    awaiting = [booking for booking, _, _, _ in booked if booking.state == "awaiting"]
    return Plan(dayparts, awaiting, {booking.id: signer for booking, _, _, signer in booked if signer is not None})


@cache
def _patterns() -> Select[Contract, ContractDaypart, str, str, str | None]:
    """Made once, like the next: every list of days asks them."""
    return (
        select(Contract, ContractDaypart, CareGroup.name, Location.name, Location.rule_key)
        .join(ContractDaypart, (ContractDaypart.contract_id == Contract.id) & (ContractDaypart.tenant_id == Contract.tenant_id))
        .join(CareGroup, (CareGroup.id == ContractDaypart.group_id) & (CareGroup.tenant_id == ContractDaypart.tenant_id))
        .join(Location, (Location.id == CareGroup.location_id) & (Location.tenant_id == CareGroup.tenant_id))
        .where(Contract.child_id.in_(bindparam("children", expanding=True)))
        .order_by(Contract.starts_on, Contract.id)
    )  # fmt: skip


@cache
def _booked() -> Select[Booking, str, str, str | None]:
    first, last = bindparam("first", type_=Date), bindparam("last", type_=Date)
    return (
        select(Booking, CareGroup.name, Location.name, DayRequest.signed_by)
        .join(DayRequest, (DayRequest.id == Booking.request_id) & (DayRequest.tenant_id == Booking.tenant_id))
        .join(CareGroup, (CareGroup.id == Booking.group_id) & (CareGroup.tenant_id == Booking.tenant_id))
        .join(Location, (Location.id == CareGroup.location_id) & (Location.tenant_id == CareGroup.tenant_id))
        .where(
            Booking.child_id.in_(bindparam("children", expanding=True)),
            Booking.state.in_(LIVE),
            ((Booking.day >= first) & (Booking.day <= last))
            | ((Booking.given_up_day >= first) & (Booking.given_up_day <= last)),
        )
        .order_by(Booking.day, Booking.starts, Booking.id)
    )


def _as_planned(booking: Booking, group: str, location: str) -> PlannedDaypart:
    """A day that no credit paid is an extra day; what was swapped counts as the day that was given up."""
    planned = "contract day" if booking.given_up_day else "extra day" if booking.invoice_minutes else "credit day"
    return PlannedDaypart(
        booking.child_id, booking.day, booking.starts, booking.ends, booking.care_type, booking.contract, group,
        booking.group_id, location, booking.location_key, planned, booking.product, booking.id,
    )  # fmt: skip


def plan_of(
    session: TenantSession, rulebook: Rulebook, children: Sequence[Child], first: date, last: date, today: date
) -> Plan:
    """`read_plan` by the calendar of the rules that hold today."""
    return read_plan(
        session, children, first, last, lambda care_type, key: rulebook.terms(today, care_type, key).calendar
    )


def list_dayparts(
    session: TenantSession, rulebook: Rulebook, children: Sequence[Child], first: date, last: date, today: date
) -> list[PlannedDaypart]:
    return plan_of(session, rulebook, children, first, last, today).dayparts


def care_types_of(session: TenantSession, child_id: str, on: date) -> list[tuple[str, str | None]]:
    """The kinds of care that a child has a contract for on a day, each with the contract's key in the rules."""
    rows = session.execute(
        select(Contract.care_type, Contract.rule_key)
        .where(
            Contract.child_id == child_id,
            Contract.starts_on <= on,
            (Contract.ends_on.is_(None)) | (Contract.ends_on >= on),
        )
        .order_by(Contract.starts_on, Contract.id)
    )
    return list(dict.fromkeys((care_type, key) for care_type, key in rows))


def groups_with_care(
    session: TenantSession, group_ids: Collection[str], care_types: Collection[str], on: date
) -> set[str]:
    """Those of these groups in which somebody has a contract for such care, on that day or later."""
    rows = session.scalars(
        select(ContractDaypart.group_id)
        .join(
            Contract, (Contract.id == ContractDaypart.contract_id) & (Contract.tenant_id == ContractDaypart.tenant_id)
        )
        .where(
            ContractDaypart.group_id.in_(group_ids),
            Contract.care_type.in_(care_types),
            (Contract.ends_on.is_(None)) | (Contract.ends_on >= on),
        )
        .distinct()
    )
    return set(rows)


def first_days_of_care(session: TenantSession, child_ids: Sequence[str]) -> dict[str, date]:
    """Child -> the day on which its first contract starts; a child without a contract is not in it."""
    rows = session.execute(
        select(Contract.child_id, func.min(Contract.starts_on))
        .where(Contract.child_id.in_(child_ids))
        .group_by(Contract.child_id)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Place:
    """One contract as a parent reads it: `dayparts` are (weekday, starts, ends, group, location) in the order of the week."""

    contract: Contract
    dayparts: tuple[tuple[int, time, time, str, str], ...]


def list_places(session: TenantSession, child_id: str) -> list[Place]:
    """All contracts of a child, what started last first."""
    contracts = session.scalars(
        select(Contract).where(Contract.child_id == child_id).order_by(Contract.starts_on.desc(), Contract.id)
    ).all()
    rows = session.execute(
        select(ContractDaypart.contract_id, ContractDaypart.weekday, ContractDaypart.starts, ContractDaypart.ends, CareGroup.name, Location.name)
        .join(CareGroup, (CareGroup.id == ContractDaypart.group_id) & (CareGroup.tenant_id == ContractDaypart.tenant_id))
        .join(Location, (Location.id == CareGroup.location_id) & (Location.tenant_id == CareGroup.tenant_id))
        .where(ContractDaypart.contract_id.in_([each.id for each in contracts]))
        .order_by(ContractDaypart.weekday, ContractDaypart.starts)
    ).all()  # fmt: skip
    return [
        Place(contract, tuple((day, starts, ends, group, location) for of, day, starts, ends, group, location in rows if of == contract.id))
        for contract in contracts
    ]  # fmt: skip
