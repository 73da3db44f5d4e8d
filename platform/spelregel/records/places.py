"""Places of a group on a day: who is there hour by hour, and places given out so that none is given twice.

`PlaceCount` counts, per half hour, the places that bookings took beside what contracts plan. Giving one out is one
statement whose own condition refuses what is not there, after the group's row is locked: two who want the last place
come one after the other. The database keeps `taken <= places` beside that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, case, select, update
from sqlalchemy.orm import Mapped

from spelregel.records.absences import Absence
from spelregel.records.day_requests import Booking
from spelregel.records.family import Child
from spelregel.records.locations import CareGroup, Location
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.rules.facts import age_in_months
from spelregel.rules.occupancy import Fit, Interval, Presence, Shift, hours_of_group, one_more_fits
from spelregel.rules.rulebook import Rulebook
from spelregel.rules.staff_child_ratio import level_for
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession
from spelregel.tenancy.ratio_tables import ratio_tables
from spelregel.tenancy.tenant import Tenant

SLOT = 30  # minutes
#: Of a group whose places nobody told: no limit of its own.
WITHOUT_LIMIT = 10_000


class GroupShift(TenantRow):
    """So many qualified staff on this weekday (0 is Monday) from `starts` to `ends`: the roster as far as it is known."""

    __tablename__ = "group_shift"
    __table_args__ = (
        refers_to("group_id", "care_group"),
        Index(None, "tenant_id", "group_id"),
        CheckConstraint("staff > 0 AND starts < ends", name="somebody"),
    )
    group_id: Mapped[str] = id_column()
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]
    staff: Mapped[int]


class PlaceCount(TenantRow):
    """`slot`: the half hour of the day, 0 is midnight. `places`: how many bookings could have one when the last was given."""

    __tablename__ = "place_count"
    __table_args__ = (
        refers_to("group_id", "care_group"),
        UniqueConstraint("tenant_id", "group_id", "day", "slot"),
        CheckConstraint("taken >= 0 AND taken <= places", name="never_twice"),
    )
    group_id: Mapped[str] = id_column()
    day: Mapped[date]
    slot: Mapped[int]
    taken: Mapped[int]
    places: Mapped[int]


OnDays = dict[tuple[str, date], "GroupDay"]  # by group and day


class NoPlace(Exception):
    """One of the half hours is full. Nothing of this statement stands after the caller went back to where it was."""


@dataclass(frozen=True, slots=True)
class Present:
    """A child that is expected in a group. `booked`: by a booking, not by its contract."""

    child_id: str
    group_id: str
    care_type: str
    starts: time
    ends: time
    born_on: date
    booked: bool = False


@dataclass(frozen=True, slots=True)
class GroupDay:
    """What is known of one group on one day. `present` in no order; `shifts`: the roster of that weekday, None when nobody told
    of any weekday."""

    group: CareGroup
    location: Location
    day: date
    present: tuple[Present, ...]
    shifts: tuple[GroupShift, ...] | None

    def free(self, slot: int) -> int:
        """How many bookings there can be in this half hour: what contracts do not take."""
        if self.group.places is None:
            return WITHOUT_LIMIT
        planned = sum(not each.booked and slot in slots_of(each.starts, each.ends) for each in self.present)
        return max(self.group.places - planned, 0)


def slots_of(starts: time, ends: time) -> range:
    """Every half hour that is touched."""
    first, last = (each.hour * 60 + each.minute for each in (starts, ends))
    return range(first // SLOT, -(-last // SLOT))


def lock_groups(session: TenantSession, group_ids: Collection[str]) -> None:
    """Before anything is counted for a booking: others wait until this transaction ends.

    With the other groups of their locations, as they can share staff; all in one order, so once for all that are needed.
    """
    if not group_ids:
        return
    theirs = select(CareGroup.location_id).where(CareGroup.id.in_(group_ids))
    found = select(CareGroup).where(CareGroup.location_id.in_(theirs)).order_by(CareGroup.id)
    session.scalars(found.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def groups_on(
    session: TenantSession, rulebook: Rulebook, group_ids: Collection[str], days: Collection[date], today: date
) -> OnDays:
    """What is expected in these groups, and in the others of their locations, by the contracts, absences, swaps and bookings of
    now; in five queries."""
    theirs = select(CareGroup.location_id).where(CareGroup.id.in_(group_ids))
    groups = session.execute(
        select(CareGroup, Location)
        .join(Location, (Location.id == CareGroup.location_id) & (Location.tenant_id == CareGroup.tenant_id))
        .where(CareGroup.location_id.in_(theirs))
    ).all()
    group_ids = [group.id for group, _ in groups]
    patterns = session.execute(
        select(Contract, ContractDaypart, Child.born_on)
        .join(ContractDaypart, (ContractDaypart.contract_id == Contract.id) & (ContractDaypart.tenant_id == Contract.tenant_id))
        .join(Child, (Child.id == Contract.child_id) & (Child.tenant_id == Contract.tenant_id))
        .where(ContractDaypart.group_id.in_(group_ids))
        .order_by(Contract.starts_on, Contract.id)
    ).all()  # fmt: skip
    children = {contract.child_id for contract, _, _ in patterns}
    away = {
        (row.child_id, row.day, row.starts)
        for row in session.execute(
            select(Absence.child_id, Absence.day, Absence.starts).where(
                Absence.child_id.in_(children), Absence.day.in_(days), Absence.withdrawn_at.is_(None)
            )
        )
    }
    bookings = session.execute(
        select(Booking, Child.born_on)
        .join(Child, (Child.id == Booking.child_id) & (Child.tenant_id == Booking.tenant_id))
        .where(
            Booking.state == "approved",
            (Booking.group_id.in_(group_ids) & Booking.day.in_(days))
            | (Booking.child_id.in_(children) & Booking.given_up_day.in_(days)),
        )
    ).all()
    away |= {(each.child_id, each.given_up_day, each.given_up_starts) for each, _ in bookings if each.given_up_day}
    shifts = session.scalars(select(GroupShift).where(GroupShift.group_id.in_(group_ids))).all()
    found = {}
    for group, location in groups:
        for day in days:
            present: dict[tuple[str, time], Present] = {}
            for contract, part, born_on in patterns:
                calendar = rulebook.terms(today, contract.care_type, location.rule_key).calendar
                if part.group_id == group.id and part.weekday == day.weekday() and contract.runs_on(day, calendar):
                    present[contract.child_id, part.starts] = Present(
                        contract.child_id, group.id, contract.care_type, part.starts, part.ends, born_on
                    )
            for booking, born_on in bookings:
                if booking.group_id == group.id and booking.day == day:
                    present[booking.child_id, booking.starts] = Present(
                        booking.child_id,
                        group.id,
                        booking.care_type,
                        booking.starts,
                        booking.ends,
                        born_on,
                        booked=True,
                    )
            there = tuple(p for (child, starts), p in present.items() if (child, day, starts) not in away)
            its = [each for each in shifts if each.group_id == group.id]
            own = tuple(each for each in its if each.weekday == day.weekday()) if its else None
            found[group.id, day] = GroupDay(group, location, day, there, own)
    return found


@dataclass(frozen=True, slots=True)
class Level:
    """What a group's day is judged by: its own children, those elsewhere whom the ratio counts too, and who works."""

    own: list[Presence]
    elsewhere: list[Presence]
    shifts: list[Shift] | None


def _level(tenant: Tenant, on: OnDays, here: GroupDay, care_type: str) -> Level:
    tables = ratio_tables(tenant.country)
    ratio = tables.ratio_of.get(care_type)
    whole = level_for(tables, care_type, here.day) == "location"
    others = [
        each
        for each in on.values()
        if each.day == here.day and each.location.id == here.location.id and each is not here
    ]
    same = (
        [each for each in others if any(tables.ratio_of.get(p.care_type) == ratio for p in each.present)]
        if whole
        else []
    )
    rosters = [each.shifts for each in (here, *same)]
    known = [shift for roster in rosters for shift in roster or ()]
    return Level(
        [_presence(each, here.day) for each in here.present],
        [_presence(p, here.day) for each in same for p in each.present if tables.ratio_of.get(p.care_type) == ratio],
        None
        if any(roster is None for roster in rosters)
        else [Shift(each.starts, each.ends, each.staff) for each in known],
    )


def _presence(each: Present, day: date) -> Presence:
    return Presence(each.starts, each.ends, age_in_months(each.born_on, day))


def hours_on(
    tenant: Tenant, on: OnDays, group_id: str, day: date, care_type: str, extras: Sequence[tuple[time, time, date]] = ()
) -> tuple[Interval, ...]:
    """The group's day, interval by interval, with these in it too (starts, ends, born on)."""
    here = on[group_id, day]
    level = _level(tenant, on, here, care_type)
    there = [*level.own, *_joining(extras, day)]
    return hours_of_group(ratio_tables(tenant.country), care_type, day, there, level.shifts, here.group.places, elsewhere=level.elsewhere)  # fmt: skip


def room_for(
    tenant: Tenant, on: OnDays, group_id: str, day: date, care_type: str, extras: Sequence[tuple[time, time, date]]
) -> Fit:
    """Whether these can join (starts, ends, born on), several together as one, by the places and the staff–child ratio."""
    here = on[group_id, day]
    level = _level(tenant, on, here, care_type)
    return one_more_fits(ratio_tables(tenant.country), care_type, day, level.own, _joining(extras, day), level.shifts, here.group.places,
                         elsewhere=level.elsewhere)  # fmt: skip


def _joining(extras: Sequence[tuple[time, time, date]], day: date) -> list[Presence]:
    return [Presence(starts, ends, age_in_months(born, day)) for starts, ends, born in extras]


def take_place(session: TenantSession, on: GroupDay, starts: time, ends: time, *, beyond: bool = False) -> None:
    """One place in each half hour, or raises NoPlace. The group is locked, and `on` was read after that.

    `beyond`: a person with the right to do so gives out more than there are.
    """
    slots = slots_of(starts, ends)
    this = (PlaceCount.group_id == on.group.id, PlaceCount.day == on.day)
    known = set(session.scalars(select(PlaceCount.slot).where(*this, PlaceCount.slot.in_(slots))))
    session.add_all(
        PlaceCount(group_id=on.group.id, day=on.day, slot=slot, taken=0, places=0)
        for slot in slots
        if slot not in known
    )
    session.flush()
    by_room: dict[int, list[int]] = {}
    for slot in slots:
        by_room.setdefault(on.free(slot), []).append(slot)
    for room, these in by_room.items():
        where = (*this, PlaceCount.slot.in_(these))
        one_more = PlaceCount.taken + 1
        statement = (
            update(PlaceCount)
            .where(*where)
            .values(taken=one_more, places=case((one_more > room, one_more), else_=room))
            if beyond
            else update(PlaceCount).where(*where, PlaceCount.taken < room).values(taken=one_more, places=room)
        )
        if session.count_changed(statement) != len(these):
            raise NoPlace


def give_place_back(session: TenantSession, group_id: str, day: date, starts: time, ends: time) -> None:
    """Raises LookupError when no place was taken: that cannot be."""
    slots = slots_of(starts, ends)
    statement = update(PlaceCount).where(PlaceCount.group_id == group_id, PlaceCount.day == day, PlaceCount.slot.in_(slots), PlaceCount.taken > 0)  # fmt: skip
    if session.count_changed(statement.values(taken=PlaceCount.taken - 1)) != len(slots):
        raise LookupError("a place was given back that nobody had")
