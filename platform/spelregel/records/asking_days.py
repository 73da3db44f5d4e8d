"""What a family asks for, worked out before it is sent: for each daypart what the rules say, how it is paid, what is left.

Nothing is written here. The facts of each daypart are those that the decision is kept with, so that what was read before
the press of the button and what is sent are one and the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

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
from spelregel.rules.rulebook import CreditTerms, RequestTerms, Terms
from spelregel.storage.session import TenantSession
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.facts_text import portion_name
from spelregel.tenancy.judging import Judgement, judge
from spelregel.tenancy.tenant import Tenant, Texts

HOUR = 60
FRIDAY = 4
#: Whose schools are closed on a study day, where the organisation's file does not say for which care it keeps a list.
OF_SCHOOL_CHILDREN = ("bso",)


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
    """One line and what would come of it. `problem`: why it cannot even be put to the rules. `rule`: what it was put to."""

    child: Child
    line: WishLine
    action: str
    standing: Standing | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    judgement: Judgement | None = None
    uses: tuple[tuple[CreditPortion, int], ...] = ()  # of each portion so much (sixtieths)
    gives_up: PlannedDaypart | None = None
    problem: str | None = None  # "no_contract" | "no_care" | "already_planned" | "already_asked" | "not_given_up"
    terms: Terms | None = None
    rule: RequestTerms | None = None

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


def is_listed(terms: Terms, care_type: str, day: date) -> bool:
    """Whether staff keep a list for such care on this day: it is a study day, and they may ask for it."""
    rule = terms.requests.get("study_day")
    if rule is None or "staff" not in rule.requested_by.value or terms.calendar.kind_of(day) != "study day":
        return False
    return care_type in (rule.care_types.value if rule.care_types else OF_SCHOOL_CHILDREN)


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


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rows say of these children around these days: read once, for all lines."""

    session: TenantSession
    tenant: Tenant
    now: datetime
    by: str
    standings: dict[str, list[Standing]]
    planned: list[PlannedDaypart]
    away: set[tuple[str, date, time]]
    asked: list[Booking]
    portions: list[tuple[CreditPortion, int]]
    #: Location, weekday, from and until: where somebody has a place on a Saturday or Sunday.
    weekends: Collection[tuple[str, int, date, date | None]]

    @property
    def today(self) -> date:
        return acting_on(self.tenant.rulebook, self.now)

    def is_weekend_off(self, standing: Standing, day: date) -> bool:
        """In a weekend there is care where the organisation's file has a daypart for it, or a contract at the location."""
        own = (each.only_on or () for each in self.tenant.dayparts if each.care_type == standing.contract.care_type)
        return (
            day.weekday() > FRIDAY
            and not any(
                (location, weekday) == (standing.location.id, day.weekday())
                and starts <= day
                and (ends is None or day <= ends)
                for location, weekday, starts, ends in self.weekends
            )
            and not any("weekend" in kinds for kinds in own)
        )


def _read(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], first: date, last: date, now: datetime, by: str
) -> _Known:
    ids = [child.id for child in children]
    away = {
        (row.child_id, row.day, row.starts)
        for row in session.execute(
            select(Absence.child_id, Absence.day, Absence.starts).where(
                Absence.child_id.in_(ids), Absence.day >= first, Absence.day <= last, Absence.withdrawn_at.is_(None)
            )
        )
    }
    planned = list_dayparts(session, tenant.rulebook, children, first, last, acting_on(tenant.rulebook, now))
    has_weekend = any((first + timedelta(days=n)).weekday() > FRIDAY for n in range(min((last - first).days + 1, 7)))
    return _Known(session, tenant, now, by, standings(session, ids), planned, away, list_live_bookings(session, ids, first, last),
                  portions_of(session, *ids), _weekends(session, first, last) if has_weekend else ())  # fmt: skip


def _weekends(session: TenantSession, first: date, last: date) -> list[tuple[str, int, date, date | None]]:
    rows = session.execute(
        select(CareGroup.location_id, ContractDaypart.weekday, Contract.starts_on, Contract.ends_on)
        .join(ContractDaypart, (ContractDaypart.group_id == CareGroup.id) & (ContractDaypart.tenant_id == CareGroup.tenant_id))
        .join(Contract, (Contract.id == ContractDaypart.contract_id) & (Contract.tenant_id == ContractDaypart.tenant_id))
        .where(ContractDaypart.weekday > FRIDAY, Contract.starts_on <= last, Contract.ends_on.is_(None) | (Contract.ends_on >= first))
        .distinct()
    )  # fmt: skip
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def consider(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], wish: Wish, now: datetime, by: str = "parent"
) -> list[Considered]:
    """In the order of the lines. What one line would use of a credit is not there any more for the next."""
    return [each for each, _ in consider_beside(session, tenant, children, wish, now, lambda _each: (), by)]


def consider_beside(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], wish: Wish, now: datetime,
    instead: Callable[[Considered], Sequence[WishLine]], by: str = "parent",
) -> list[tuple[Considered, list[Considered]]]:  # fmt: skip
    """`consider`, and beside each line what would come of the lines that `instead` names in its place. The rows are read once."""
    by_id = {child.id: child for child in children}
    lines = [line for line in wish.lines if line.child_id in by_id]
    if not lines:
        return []
    days = [line.day for line in lines] + [_day_of(line.gives_up) for line in lines if line.gives_up]
    about = [by_id[child_id] for child_id in dict.fromkeys(line.child_id for line in lines)]
    known = _read(session, tenant, about, min(days), max(days), now, by)
    left = {portion.id: amount for portion, amount in known.portions}
    found: list[Considered] = []
    beside: list[list[Considered]] = []
    for line in lines:
        child = by_id[line.child_id]
        each = _consider(known, child, line, left, found)
        beside.append([_consider(known, child, other, left, found) for other in instead(each)])
        for portion, amount in each.uses:
            left[portion.id] -= amount
        found.append(each)
    return list(zip(found, beside, strict=True))


def _consider(
    known: _Known, child: Child, line: WishLine, left: Mapping[str, int], before: Sequence[Considered]
) -> Considered:
    rulebook = known.tenant.rulebook
    standing = standing_on(known.standings[child.id], line.care_type, line.day)
    terms = rulebook.terms(known.today, line.care_type, standing.location.rule_key if standing else None)
    action = action_for(terms, line.care_type, line.day, is_swap=line.gives_up is not None)
    if standing is None or action is None:
        return Considered(child, line, action or "extra_care", problem="no_contract")
    if known.is_weekend_off(standing, line.day):
        return Considered(child, line, action, standing, problem="no_care")
    gives_up = next((each for each in known.planned if each.key == line.gives_up), None)
    problem = _in_the_way(line, known, gives_up, before)
    if problem is not None:
        return Considered(child, line, action, standing, problem=problem)
    rule = terms.swap.request if action == "swap" and terms.swap else terms.requests[action]
    care = _care(child, line, standing)
    lots = [
        (p, left[p.id]) for p, _ in known.portions if p.child_id == child.id and _may_pay(p, left, rule, known.today)
    ]
    so_far = _so_far(known.session, rule, care, child.id, before)
    facts = request_facts(action, care, known.now, rulebook.zone, known.by, lots, line.pay, so_far, gives_up,
                          swapped_before=_swapped_before(known.asked, gives_up))  # fmt: skip
    judgement = judge(reading_of(known.tenant), facts)
    uses: list[tuple[CreditPortion, int]] = []
    if judgement.request and judgement.request.payment and judgement.request.allowed:
        named = {portion_name(index): portion for index, (portion, _) in enumerate(lots)}
        uses = [(named[use.lot.id], use.amount) for use in judgement.request.payment.credits]
    return Considered(child, line, action, standing, facts, judgement, tuple(uses), gives_up, terms=terms, rule=rule)


# What there is to ask for


@dataclass(frozen=True, slots=True)
class Offer:
    """One part of a day that can be chosen, or that says why not. `name`: of the organisation, where it gave one."""

    considered: Considered
    name: Texts


@dataclass(frozen=True, slots=True)
class DayOffers:
    """One child on one day: what is planned and asked for already, and what can be asked for beside it.

    `kind`: the kind of day. `closed`: there is no care at all. Without a contract on that day there is nothing to offer.
    `only_listed`: staff keep a list for it, and parents cannot ask for it themselves.
    """

    child: Child
    day: date
    kind: str
    closed: bool
    planned: tuple[PlannedDaypart, ...]
    away: frozenset[str]  # the keys of those planned that are reported absent
    asked: tuple[Booking, ...]
    offers: tuple[Offer, ...]
    has_contract: bool
    only_listed: bool = False


def offers(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], days: Sequence[date], now: datetime, by: str = "parent", *,
    gives_up: Mapping[str, str] | None = None, paid_with: str | None = None, beside_planned: bool = False,
) -> list[DayOffers]:  # fmt: skip
    """Per day, per child. `gives_up`: child -> the key of the daypart that it would hand in: then these are swaps. `paid_with`: each as it
    is when that credit is chosen for it, bought as what the credit is meant for. `beside_planned`: of a part of the day that is
    planned in part already, the hours that are not."""
    if not children or not days:
        return []
    given = [_day_of(key) for key in (gives_up or {}).values()]
    known = _read(session, tenant, children, min([*days, *given]), max([*days, *given]), now, by)
    usual = _usual_dayparts(session, {s.location.id for own in known.standings.values() for s in own})
    left = {portion.id: amount for portion, amount in known.portions}
    return [
        _offers(
            known, child, day, usual, left, (gives_up or {}).get(child.id), paid_with, beside_planned=beside_planned
        )
        for day in days
        for child in children
        if gives_up is None or child.id in gives_up
    ]


def _offers(
    known: _Known, child: Child, day: date, usual: Mapping[tuple[str, str], list[tuple[time, time]]], left: Mapping[str, int],
    gives_up: str | None, paid_with: str | None, *, beside_planned: bool,
) -> DayOffers:  # fmt: skip
    care_types = dict.fromkeys(each.contract.care_type for each in known.standings[child.id])
    held = [s for care_type in care_types if (s := standing_on(known.standings[child.id], care_type, day)) is not None]
    planned = tuple(each for each in known.planned if each.child_id == child.id and each.day == day)
    taken = [(each.starts, each.ends) for each in planned] if beside_planned else []
    found: list[Offer] = []
    kind, closed, only_listed = "", False, False
    for standing in held:
        care_type = standing.contract.care_type
        terms = known.tenant.rulebook.terms(known.today, care_type, standing.location.rule_key)
        calendar = terms.calendar
        kind, closed = calendar.kind_of(day), calendar.is_closed(day) or known.is_weekend_off(standing, day)
        if closed:
            continue
        if is_listed(terms, care_type, day):
            only_listed = only_listed or "parent" not in terms.requests["study_day"].requested_by.value
        for name, from_, till in _dayparts(known.tenant, standing, kind, usual):
            for starts, ends in _outside(from_, till, taken):
                line = WishLine(child.id, day, starts, ends, care_type, gives_up=gives_up)
                if paid_with is not None:
                    product = product_of(known.tenant, terms.credits.get(paid_with), care_type)
                    line = replace(line, pay=(paid_with,), product=product)
                each = _consider(known, child, line, left, ())
                if each.problem not in ("already_planned", "already_asked", "no_contract"):
                    found.append(Offer(each, name))
    away = frozenset(each.key for each in planned if (each.child_id, each.day, each.starts) in known.away)
    asked = tuple(
        each for each in known.asked if each.child_id == child.id and each.day == day and each.state == "awaiting"
    )
    return DayOffers(
        child, day, kind, closed and bool(held), planned, away, asked, tuple(found), bool(held), only_listed
    )


def _outside(starts: time, ends: time, taken: Sequence[tuple[time, time]]) -> list[tuple[time, time]]:
    """What is left of a part of the day beside these hours."""
    left = [(starts, ends)]
    for begins, over in taken:
        cut = [piece for own, till in left for piece in ((own, min(till, begins)), (max(own, over), till))]
        left = [(own, till) for own, till in cut if own < till]
    return left


def product_of(tenant: Tenant, credit: CreditTerms | None, care_type: str) -> str | None:
    """What has to be bought for this credit to pay: it is meant for a product, and for no kind of care as such."""
    if credit is None:
        return None
    words = credit.usable_for.value
    if "same care type" in words or care_type in words:
        return None
    return next((word for word in words if tenant.rulebook.products.get(word) == care_type), None)


def _dayparts(
    tenant: Tenant, standing: Standing, kind: str, usual: Mapping[tuple[str, str], list[tuple[time, time]]]
) -> list[tuple[Texts, time, time]]:
    """Those of the organisation's file for this kind of day; else those that the contracts at the location have."""
    care_type = standing.contract.care_type
    own = [each for each in tenant.dayparts if each.care_type == care_type]
    if own:
        return [(each.name, each.starts, each.ends) for each in own if not each.only_on or kind in each.only_on]
    return [({}, starts, ends) for starts, ends in usual.get((standing.location.id, care_type), [])]


def _usual_dayparts(
    session: TenantSession, location_ids: Collection[str]
) -> dict[tuple[str, str], list[tuple[time, time]]]:
    rows = session.execute(
        select(CareGroup.location_id, Contract.care_type, ContractDaypart.starts, ContractDaypart.ends)
        .join(
            Contract, (Contract.id == ContractDaypart.contract_id) & (Contract.tenant_id == ContractDaypart.tenant_id)
        )
        .join(
            CareGroup, (CareGroup.id == ContractDaypart.group_id) & (CareGroup.tenant_id == ContractDaypart.tenant_id)
        )
        .where(CareGroup.location_id.in_(location_ids))
        .distinct()
        .order_by(ContractDaypart.starts, ContractDaypart.ends)
    )
    found: dict[tuple[str, str], list[tuple[time, time]]] = {}
    for location_id, care_type, starts, ends in rows:
        found.setdefault((location_id, care_type), []).append((starts, ends))
    return found


def _day_of(key: str) -> date:
    return date.fromisoformat(key.split(".")[1])


def _in_the_way(
    line: WishLine, known: _Known, gives_up: PlannedDaypart | None, before: Sequence[Considered]
) -> str | None:
    if line.gives_up is not None and (gives_up is None or not _can_be_given(gives_up, line.child_id, known)):
        return "not_given_up"

    def meets(child_id: str, day: date, starts: time, ends: time) -> bool:
        return child_id == line.child_id and day == line.day and starts < line.ends and line.starts < ends

    if any(meets(each.child_id, each.day, each.starts, each.ends) for each in known.planned if each is not gives_up):
        return "already_planned"
    twice = (each.line for each in before if each.accepted)
    is_asked = any(meets(each.child_id, each.day, each.starts, each.ends) for each in known.asked)
    if is_asked or any(meets(each.child_id, each.day, each.starts, each.ends) for each in twice):
        return "already_asked"
    return None


def _can_be_given(planned: PlannedDaypart, child_id: str, known: _Known) -> bool:
    this = (planned.child_id, planned.day, planned.starts)
    offered = {(each.child_id, each.given_up_day, each.given_up_starts) for each in known.asked}
    return planned.child_id == child_id and this not in known.away and this not in offered


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


def lapse_by_default(found: Sequence[Considered], today: date) -> date:
    """Two days before the first day of care, when there is still time to look for something else; but not before the answer
    that was promised, nor before somebody had a working day to give one, as far as that first day leaves them."""
    first = min(each.line.day for each in found)
    promised = [each.judgement.request.answer_by for each in found if each.judgement and each.judgement.request]
    return min(max(first - timedelta(days=2), _next_workday(today), *(day for day in promised if day)), first)


def _next_workday(today: date) -> date:
    return next(day for day in (today + timedelta(days=n) for n in range(1, 4)) if day.weekday() < 5)
