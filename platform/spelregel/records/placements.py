"""Contracts with their weekly pattern, and the dayparts that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.family import Child
from spelregel.records.locations import CareGroup, Location
from spelregel.rules.care_calendar import CareCalendar
from spelregel.rules.rulebook import Rulebook
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession


class Contract(TenantRow):
    """`rule_key`: the kind of contract in the tenant's file, where rules speak of it. `ends_on` included."""

    __tablename__ = "contract"
    __table_args__ = (refers_to("child_id", "child"), Index(None, "tenant_id", "child_id"))
    child_id: Mapped[str] = id_column()
    care_type: Mapped[str] = mapped_column(String(10))
    rule_key: Mapped[str | None] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


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

    @property
    def key(self) -> str:
        return f"{self.child_id}.{self.day.isoformat()}.{self.starts:%H%M}"


def list_planned(
    session: TenantSession,
    children: Sequence[Child],
    first: date,
    last: date,
    calendar_of: Callable[[str, str | None], CareCalendar],
) -> list[PlannedDaypart]:
    """All dayparts from `first` to `last` included, in order; nothing on days that the organisation is closed."""
    rows = session.execute(
        select(Contract.child_id, Contract.care_type, Contract.rule_key, Contract.starts_on, Contract.ends_on,
               ContractDaypart.weekday, ContractDaypart.starts, ContractDaypart.ends,
               CareGroup.name, CareGroup.id, Location.name, Location.rule_key)
        .join(ContractDaypart, (ContractDaypart.contract_id == Contract.id) & (ContractDaypart.tenant_id == Contract.tenant_id))
        .join(CareGroup, (CareGroup.id == ContractDaypart.group_id) & (CareGroup.tenant_id == Contract.tenant_id))
        .join(Location, (Location.id == CareGroup.location_id) & (Location.tenant_id == Contract.tenant_id))
        .where(Contract.child_id.in_([child.id for child in children]))
    ).all()  # fmt: skip
    found = []
    for (
        child_id,
        care_type,
        contract,
        starts_on,
        ends_on,
        weekday,
        starts,
        ends,
        group,
        group_id,
        location,
        key,
    ) in rows:
        calendar = calendar_of(care_type, key)
        day = max(first, starts_on)
        day += timedelta(days=(weekday - day.weekday()) % 7)
        end = min(last, ends_on or last)
        while day <= end:
            if not calendar.is_closed(day):
                found.append(
                    (
                        starts_on,
                        PlannedDaypart(
                            child_id, day, starts, ends, care_type, contract, group, group_id, location, key
                        ),
                    )
                )
            day += timedelta(days=7)
    # Where two contracts overlap the child is there once: by the one that started last.
    once = {planned.key: planned for _, planned in sorted(found, key=lambda pair: pair[0])}
    order = {child.id: index for index, child in enumerate(children)}
    return sorted(once.values(), key=lambda p: (p.day, order[p.child_id], p.starts))


def list_dayparts(
    session: TenantSession, rulebook: Rulebook, children: Sequence[Child], first: date, last: date, today: date
) -> list[PlannedDaypart]:
    """What is planned, by the calendar of the rules that hold today."""
    return list_planned(
        session, children, first, last, lambda care_type, key: rulebook.terms(today, care_type, key).calendar
    )


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
