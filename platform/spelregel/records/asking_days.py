"""What a family asks for, worked out before it is sent: for each daypart what the rules say, how it is paid, what is left.

Nothing is written here. The facts of each daypart are those that the decision is kept with, so that what was read before
the press of the button and what is sent are one and the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select

from spelregel.records.absences import Absence
from spelregel.records.credit_ledger import CreditPortion, portions_of
from spelregel.records.day_requests import Booking, list_live_bookings
from spelregel.records.facts_reader import request_facts
from spelregel.records.family import Child
from spelregel.records.locations import CareGroup, Location
from spelregel.records.placements import Contract, ContractDaypart, PlannedDaypart, list_dayparts
from spelregel.rules.asking import acting_on, contract_of
from spelregel.rules.booking_states import LIVE
from spelregel.rules.care_calendar import MissingFact, period_of
from spelregel.rules.facts import CareDay
from spelregel.rules.requests import Payment
from spelregel.rules.rulebook import RequestTerms, Terms
from spelregel.storage.session import TenantSession
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.facts_text import portion_name
from spelregel.tenancy.judging import Judgement, judge
from spelregel.tenancy.tenant import Tenant

HOUR = 60


@dataclass(frozen=True, slots=True)
class WishLine:
    """One daypart of one child that is asked for. `pay`: the credits or `invoice` that the parent wants, in that order.

    `gives_up`: the key of the planned daypart that is handed in for it (a swap).
    """

    child_id: str
    day: date
    starts: time
    ends: time
    care_type: str
    product: str | None = None
    pay: tuple[str, ...] = ()
    gives_up: str | None = None

    @property
    def key(self) -> str:
        return f"{self.child_id}.{self.day.isoformat()}.{self.starts:%H%M}-{self.ends:%H%M}.{self.care_type}"


@dataclass(frozen=True, slots=True)
class Wish:
    """A whole request, as long as it is not sent."""

    lines: tuple[WishLine, ...]
    is_period: bool = False
    all_or_nothing: bool = False
    lapses_on: date | None = None
    remark: str | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "lines": [
                {
                    "child": each.child_id, "day": each.day.isoformat(), "starts": f"{each.starts:%H:%M}", "ends": f"{each.ends:%H:%M}",
                    "care_type": each.care_type, "product": each.product, "pay": list(each.pay), "gives_up": each.gives_up,
                }
                for each in self.lines
            ],
            "is_period": self.is_period, "all_or_nothing": self.all_or_nothing, "remark": self.remark,
            "lapses_on": self.lapses_on.isoformat() if self.lapses_on else None,
        }  # fmt: skip

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Wish:
        lines = tuple(
            WishLine(
                each["child"], date.fromisoformat(each["day"]), time.fromisoformat(each["starts"]), time.fromisoformat(each["ends"]),
                each["care_type"], each["product"], tuple(each["pay"]), each["gives_up"],
            )
            for each in data["lines"]
        )  # fmt: skip
        lapses = date.fromisoformat(data["lapses_on"]) if data["lapses_on"] else None
        return cls(lines, data["is_period"], data["all_or_nothing"], lapses, data["remark"])


@dataclass(frozen=True, slots=True)
class Standing:
    """The contract by which a child may ask for a kind of care on a day, and the group that it would come to."""

    contract: Contract
    group: CareGroup
    location: Location
    weekdays: tuple[tuple[int, time, time], ...]  # its own pattern: weekday, starts, ends
    weekly: int  # minutes of care in a week

    def is_contract_daypart(self, day: date, starts: time, ends: time) -> bool:
        """Whether the pattern has this part of this weekday: what a guarantee is for, also outside school weeks."""
        return any(weekday == day.weekday() and own < ends and starts < till for weekday, own, till in self.weekdays)


@dataclass(frozen=True, slots=True)
class Considered:
    """One line and what would come of it. `problem`: why it cannot even be put to the rules."""

    child: Child
    line: WishLine
    action: str
    standing: Standing | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    judgement: Judgement | None = None
    uses: tuple[tuple[CreditPortion, int], ...] = ()  # of each portion so much (sixtieths)
    gives_up: PlannedDaypart | None = None
    problem: str | None = None  # "no_contract" | "already_planned" | "already_asked" | "not_given_up"

    @property
    def accepted(self) -> bool:
        """May be sent; what comes of it a person or the rules decide."""
        return self.judgement is not None and self.judgement.request is not None and self.judgement.request.allowed

    @property
    def payment(self) -> Payment | None:
        return self.judgement.request.payment if self.judgement and self.judgement.request else None

    @property
    def minutes(self) -> int:
        return _minutes(self.line.starts, self.line.ends)

    @property
    def invoice_minutes(self) -> int:
        """What credit does not pay; where the rules tell of no payment, all of it."""
        return self.payment.invoice if self.payment else self.minutes


def _minutes(starts: time, ends: time) -> int:
    return (ends.hour - starts.hour) * HOUR + ends.minute - starts.minute


def action_for(terms: Terms, care_type: str, day: date, *, is_swap: bool) -> str | None:
    """What asking for this day is, by the kind of day; None where the organisation says nothing of it."""
    if is_swap:
        return "swap" if terms.swap else None
    kind = terms.calendar.kind_of(day)
    if kind == "study day" and "study_day" in terms.requests:
        return "study_day"
    holiday = terms.requests.get("holiday_care")
    if kind == "school holiday" and holiday and (holiday.care_types is None or care_type in holiday.care_types.value):
        return "holiday_care"
    return next((action for action in ("extra_care", "flexible_care") if action in terms.requests), None)


def standings(session: TenantSession, child_ids: Sequence[str]) -> dict[str, list[Standing]]:
    """child -> its contracts, with the group of each: the one that most of its dayparts are in."""
    rows = session.execute(
        select(Contract, ContractDaypart, CareGroup, Location)
        .join(ContractDaypart, (ContractDaypart.contract_id == Contract.id) & (ContractDaypart.tenant_id == Contract.tenant_id))
        .join(CareGroup, (CareGroup.id == ContractDaypart.group_id) & (CareGroup.tenant_id == ContractDaypart.tenant_id))
        .join(Location, (Location.id == CareGroup.location_id) & (Location.tenant_id == CareGroup.tenant_id))
        .where(Contract.child_id.in_(child_ids))
        .order_by(Contract.starts_on, Contract.id, ContractDaypart.weekday, ContractDaypart.starts)
    ).all()  # fmt: skip
    by_contract: dict[str, list[Any]] = {}
    for row in rows:
        by_contract.setdefault(row[0].id, []).append(row)
    found: dict[str, list[Standing]] = {child_id: [] for child_id in child_ids}
    for own in by_contract.values():
        groups = [row[2].id for row in own]
        contract, _, group, location = max(own, key=lambda row: groups.count(row[2].id))
        pattern = tuple((part.weekday, part.starts, part.ends) for _, part, _, _ in own)
        weekly = sum(_minutes(starts, ends) for _, starts, ends in pattern)
        found[contract.child_id].append(Standing(contract, group, location, pattern, weekly))
    return found


def standing_on(own: Sequence[Standing], care_type: str, day: date) -> Standing | None:
    """The contract for this kind of care that holds on the day; the one that started last, where there are two."""
    fitting = [
        each
        for each in own
        if each.contract.care_type == care_type
        and each.contract.starts_on <= day
        and (each.contract.ends_on is None or each.contract.ends_on >= day)
    ]
    return fitting[-1] if fitting else None


def consider(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], wish: Wish, now: datetime, by: str = "parent"
) -> list[Considered]:
    """In the order of the lines. What one line would use of a credit is not there any more for the next."""
    rulebook, today = tenant.rulebook, acting_on(tenant.rulebook, now)
    by_id = {child.id: child for child in children}
    lines = [line for line in wish.lines if line.child_id in by_id]
    if not lines:
        return []
    days = [line.day for line in lines]
    given = [_day_of(line.gives_up) for line in lines if line.gives_up]
    first, last = min([*days, *given]), max([*days, *given])
    about = [by_id[child_id] for child_id in dict.fromkeys(line.child_id for line in lines)]
    ids = [child.id for child in about]
    own = standings(session, ids)
    planned = list_dayparts(session, rulebook, about, first, last, today)
    away = {
        (row.child_id, row.day, row.starts)
        for row in session.execute(
            select(Absence.child_id, Absence.day, Absence.starts).where(
                Absence.child_id.in_(ids), Absence.day >= first, Absence.day <= last, Absence.withdrawn_at.is_(None)
            )
        )
    }
    asked = list_live_bookings(session, ids, first, last)
    left = {portion.id: amount for portion, amount in portions_of(session, *ids)}
    portions = [portion for portion, _ in portions_of(session, *ids)]
    found: list[Considered] = []
    for line in lines:
        child = by_id[line.child_id]
        standing = standing_on(own[child.id], line.care_type, line.day)
        terms = rulebook.terms(today, line.care_type, standing.location.rule_key if standing else None)
        action = action_for(terms, line.care_type, line.day, is_swap=line.gives_up is not None)
        if standing is None or action is None:
            found.append(Considered(child, line, action or "extra_care", problem="no_contract"))
            continue
        gives_up = next((each for each in planned if each.key == line.gives_up), None)
        problem = _in_the_way(line, planned, asked, away, gives_up, found)
        if problem is not None:
            found.append(Considered(child, line, action, standing, problem=problem))
            continue
        rule = terms.swap.request if action == "swap" and terms.swap else terms.requests[action]
        care = _care(child, line, standing)
        lots = [
            (portion, left[portion.id])
            for portion in portions
            if portion.child_id == child.id and _may_pay(portion, left, rule, today)
        ]
        so_far = _so_far(session, rule, care, child.id, found)
        facts = request_facts(action, care, now, rulebook.zone, by, lots, line.pay, so_far, gives_up,
                              swapped_before=_swapped_before(asked, gives_up))  # fmt: skip
        judgement = judge(reading_of(tenant), facts)
        uses: list[tuple[CreditPortion, int]] = []
        if judgement.request and judgement.request.payment and judgement.request.allowed:
            named = {portion_name(index): portion for index, (portion, _) in enumerate(lots)}
            uses = [(named[use.lot.id], use.amount) for use in judgement.request.payment.credits]
            for portion, amount in uses:
                left[portion.id] -= amount
        found.append(Considered(child, line, action, standing, facts, judgement, tuple(uses), gives_up))
    return found


def _day_of(key: str) -> date:
    return date.fromisoformat(key.split(".")[1])


def _in_the_way(
    line: WishLine, planned: Sequence[PlannedDaypart], asked: Sequence[Booking], away: set[tuple[str, date, time]],
    gives_up: PlannedDaypart | None, before: Sequence[Considered],
) -> str | None:  # fmt: skip
    if line.gives_up is not None and (
        gives_up is None
        or gives_up.child_id != line.child_id
        or (gives_up.child_id, gives_up.day, gives_up.starts) in away
        or any(
            (b.child_id, b.given_up_day, b.given_up_starts) == (gives_up.child_id, gives_up.day, gives_up.starts)
            for b in asked
        )
    ):
        return "not_given_up"
    for each in planned:
        if (
            each.child_id == line.child_id
            and each.day == line.day
            and each.starts < line.ends
            and line.starts < each.ends
            and each is not gives_up
        ):
            return "already_planned"
    for booking in asked:
        if (
            booking.child_id == line.child_id
            and booking.day == line.day
            and booking.starts < line.ends
            and line.starts < booking.ends
        ):
            return "already_asked"
    for other in before:  # twice in one request
        same = other.line
        if (
            other.accepted
            and same.child_id == line.child_id
            and same.day == line.day
            and same.starts < line.ends
            and line.starts < same.ends
        ):
            return "already_asked"
    return None


def _care(child: Child, line: WishLine, standing: Standing) -> CareDay:
    contract = standing.contract
    planned = "contract day" if standing.is_contract_daypart(line.day, line.starts, line.ends) else "extra day"
    return CareDay(line.day, line.starts, line.ends, line.care_type, standing.location.rule_key, contract.rule_key, line.product, planned,
                   born=child.born_on, contract_started=contract.starts_on, contract_ends=contract.ends_on, weekly=standing.weekly)  # fmt: skip


def _may_pay(portion: CreditPortion, left: Mapping[str, int], rule: RequestTerms, today: date) -> bool:
    """Named in the rule and not gone; whether it fits this care is for the rules to say."""
    pots = rule.payment.pay_with.value if rule.payment else ()
    return (
        portion.kind in pots and left[portion.id] > 0 and (portion.valid_until is None or portion.valid_until >= today)
    )


def _swapped_before(asked: Sequence[Booking], gives_up: PlannedDaypart | None) -> bool:
    """Whether what is given up now came from a swap itself."""
    return gives_up is not None and any(
        each.id == gives_up.booking_id and each.given_up_day is not None for each in asked
    )


def _so_far(
    session: TenantSession, rule: RequestTerms, care: CareDay, child_id: str, before: Sequence[Considered]
) -> dict[str, int]:
    """What was asked already in each period that a cap counts, this request's own lines before this one included. In sixtieths."""
    found: dict[str, int] = {}
    for cap in rule.at_most.value if rule.at_most else ():
        try:
            first, last = period_of(cap, care.day, contract_of(care))
        except MissingFact:
            continue
        spans = [
            (row.day, row.starts, row.ends)
            for row in session.execute(
                select(Booking.day, Booking.starts, Booking.ends).where(
                    Booking.child_id == child_id, Booking.action == rule.action, Booking.day >= first, Booking.day <= last,
                    Booking.state.in_(LIVE),
                )
            )
        ]  # fmt: skip
        spans += [
            (each.line.day, each.line.starts, each.line.ends)
            for each in before
            if each.accepted
            and each.child.id == child_id
            and each.action == rule.action
            and first <= each.line.day <= last
        ]
        if cap.per_weekday:
            spans = [each for each in spans if each[0].weekday() == care.day.weekday()]
        found[cap.per] = sum(_minutes(starts, ends) if cap.unit == "hour" else HOUR for _, starts, ends in spans)
    return found


def fingerprint(found: Sequence[Considered]) -> str:
    """The same as long as the parent would read the same: what is sent, how it is paid, and what comes of it."""
    told = [
        (
            each.line.key, each.problem, each.accepted, each.judgement.decision.outcome if each.judgement else None,
            each.judgement.decision.reason if each.judgement else None, [(p.id, amount) for p, amount in each.uses], each.invoice_minutes,
        )
        for each in found
    ]  # fmt: skip
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def lapse_by_default(lines: Sequence[WishLine], today: date) -> date:
    """Two days before the first day of care, when there is still time to look for something else; never before today."""
    return max(min(line.day for line in lines) - timedelta(days=2), today)


def count_awaiting(session: TenantSession, group_ids: Sequence[str]) -> int:
    found = (
        select(func.count()).select_from(Booking).where(Booking.group_id.in_(group_ids), Booking.state == "awaiting")
    )
    return session.scalar(found) or 0
