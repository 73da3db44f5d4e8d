"""The agenda as data: weeks of days, each with its entries, and what a parent can still do about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from spelregel.records.absences import Absent, list_absent
from spelregel.records.credit_ledger import portions_of, stock_in
from spelregel.records.day_requests import Booking
from spelregel.records.expiring_credit import AHEAD, Expiring, amounts_expiring
from spelregel.records.facts_reader import absence_facts, care_day
from spelregel.records.family import Child
from spelregel.records.placements import PlannedDaypart, plan_of
from spelregel.records.support_codes import Refusal
from spelregel.rules.absence import decide_absence
from spelregel.rules.asking import acting_on
from spelregel.rules.care_calendar import Cutoff, SchoolHoliday, resolve
from spelregel.rules.facts import AbsenceFacts
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

WEEKS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One daypart of one child. `credit` can still be earned until `credit_until`; `until` is for the report itself."""

    child: Child
    planned: PlannedDaypart
    absence: Absent | None = None
    until: Cutoff | None = None
    may_report: bool = False
    credit: str | None = None
    credit_until: Cutoff | None = None
    lost_credit: str | None = None  # could be earned earlier, and no more
    over: bool = False
    reporting: bool = True  # the organisation has absences in the portal at all
    refusal: Refusal | None = None  # of the report, or of the credit for it
    signed_by: str | None = None  # the guardian who signed the list from which the location booked it


@dataclass(frozen=True, slots=True)
class Tentative:
    """A part of a day that was asked for and that nobody has decided on."""

    child: Child
    booking: Booking
    signed_by: str | None = None


@dataclass(frozen=True, slots=True)
class AgendaDay:
    day: date
    entries: tuple[Entry, ...] = ()
    tentative: tuple[Tentative, ...] = ()
    closed: str | None = None  # key of a public holiday, or the name of a closing day
    is_public_holiday: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    monday: date
    days: tuple[AgendaDay, ...] = ()
    holidays: tuple[SchoolHoliday, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Agenda:
    """`expiring`: credit that is about to lapse."""

    weeks: list[Week]
    expiring: list[Expiring]


def agenda(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], start: date, now: datetime, weeks: int = WEEKS,
    ahead: timedelta = AHEAD,
) -> Agenda:  # fmt: skip
    """From `start` to the end of the week that is `weeks` - 1 later, and credit that lapses within `ahead`. Days without care or news are left out."""
    rulebook = tenant.rulebook
    today = acting_on(rulebook, now)
    monday = start - timedelta(days=start.weekday())
    last = monday + timedelta(days=7 * weeks - 1)
    module_is_on = rulebook.has_module("absence", today)
    plan = plan_of(session, rulebook, children, start, last, today)
    absent = {(a.child_id, a.day, a.starts): a for a in list_absent(session, [c.id for c in children], start, last)}
    by_id = {child.id: child for child in children}
    portions = portions_of(session, *by_id)
    stock = stock_in(portions, by_id, today)
    asked: dict[date, list[Tentative]] = {}
    for booking in plan.awaiting:
        if booking.day >= start:
            asked.setdefault(booking.day, []).append(
                Tentative(by_id[booking.child_id], booking, plan.signers.get(booking.id))
            )
    entries: dict[date, list[Entry]] = {}
    for each in plan.dayparts:
        found = absent.get((each.child_id, each.day, each.starts))
        child = by_id[each.child_id]
        entry = (
            Entry(child, each, found, over=_is_over(tenant, each, now))
            if found
            else _open_entry(tenant, child, each, stock[child.id], now, reporting=module_is_on)
        )
        if each.booking_id in plan.signers:
            entry = replace(entry, signed_by=plan.signers[each.booking_id])
        entries.setdefault(each.day, []).append(entry)
    calendar = rulebook.terms(today, rulebook.care_types[0]).calendar
    found_weeks = []
    for number in range(weeks):
        first = monday + timedelta(days=7 * number)
        week = [first + timedelta(days=n) for n in range(7)]
        days = []
        for day in week:
            if day < start:
                continue
            closed = calendar.closing_days.get(day) or calendar.public_holidays.get(day)
            if day in entries or day in asked or (closed and day.weekday() < 5):
                days.append(
                    AgendaDay(
                        day,
                        tuple(entries.get(day, ())),
                        tuple(asked.get(day, ())),
                        closed,
                        closed is not None and day not in calendar.closing_days,
                    )
                )
        holidays = tuple(h for h in calendar.school_holidays if h.first <= week[4] and h.last >= week[0])
        found_weeks.append(Week(first, tuple(days), holidays))
    spends = rulebook.has_module("credits", today)
    return Agenda(
        found_weeks, amounts_expiring(portions, children, rulebook.credit_kinds, today, ahead) if spends else []
    )


def first_days(weeks: Sequence[Week], today: date) -> list[AgendaDay]:
    """What to read first: the day that is going on or next, the next one where something can be done, and every day
    with a deadline that falls today."""
    days = [day for week in weeks for day in week.days if any(not entry.over for entry in day.entries)]
    if not days:
        return []
    can = next((day for day in days if any(entry.may_report for entry in day.entries)), days[0])
    urgent = [day for day in days if any(_ends_on(entry, today) for entry in day.entries)]
    return [day for day in days if day in (days[0], can) or day in urgent]


def _ends_on(entry: Entry, today: date) -> bool:
    return entry.credit_until is not None and entry.credit_until.last_minute().date() == today


def _is_over(tenant: Tenant, planned: PlannedDaypart, now: datetime) -> bool:
    return now >= resolve(datetime.combine(planned.day, planned.ends), tenant.rulebook.zone)


def _open_entry(
    tenant: Tenant, child: Child, planned: PlannedDaypart, stock: dict[str, int], now: datetime, *, reporting: bool
) -> Entry:
    rulebook = tenant.rulebook
    verdict = decide_absence(rulebook, AbsenceFacts(care_day(planned), now, "parent", None, stock))
    earning = next((d for d in verdict.credits if d.earned), None)
    too_late = next(
        (d for d in verdict.credits if [s.reason for s in d.steps if s.outcome == "fails"] == ["too_late"]), None
    )
    over, refusal = _is_over(tenant, planned, now), None
    if reporting and not over and (not verdict.accepted or (too_late and not earning)):
        known = {kind: left for kind, left in stock.items() if kind in rulebook.credit_kinds}
        facts = absence_facts(planned, now, rulebook.zone, "parent", None, known)
        refusal = Refusal(facts, verdict.deciding if verdict.accepted else verdict.report)
    return Entry(
        child,
        planned,
        reporting=reporting,
        refusal=refusal,
        until=verdict.report.cutoff,
        may_report=verdict.accepted and reporting,
        credit=earning.credit if earning else None,
        credit_until=earning.cutoff if earning else None,
        lost_credit=too_late.credit if too_late and not earning else None,
        over=over,
    )
