"""A child's credits as data: per kind what can be used, and the life of every portion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from spelregel.records.credit_ledger import USED, CreditLedgerEntry, CreditPortion, entries_of, lot_of, portions_of
from spelregel.records.facts_reader import credit_use_facts
from spelregel.records.family import Child
from spelregel.rules.asking import acting_on
from spelregel.rules.credits import SAME_CARE_TYPE, decide_credit_use
from spelregel.rules.decision import Decision
from spelregel.rules.facts import CareDay, CreditUseFacts
from spelregel.rules.rulebook import CreditTerms
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Portion:
    """`state`: usable, later (the day that earned it is still to come), used_up, lapsed or taken_back."""

    portion: CreditPortion
    began_with: int
    left: int
    state: str
    entries: tuple[CreditLedgerEntry, ...]
    days_left: int | None
    rest: int  # how much of its life is still to come, in hundredths


@dataclass(frozen=True, slots=True)
class Kind:
    """`terms` is None when the organisation's rules do not have this credit any more.

    `now` is what can be used today, per kind of care where it belongs to one; `later` what will come: (day, sixtieths).
    """

    kind: str
    terms: CreditTerms | None
    now: tuple[tuple[str | None, int], ...]
    later: tuple[tuple[date, int], ...]
    current: tuple[Portion, ...]  # what is about to lapse first
    past: tuple[Portion, ...]

    @property
    def by_care_type(self) -> bool:
        return self.terms is not None and SAME_CARE_TYPE in self.terms.usable_for.value


@dataclass(frozen=True, slots=True)
class Answer:
    """Can this portion pay care on the day that was asked about. `facts`: the same question in the words of an example."""

    portion: Portion
    decision: Decision
    facts: dict[str, Any]


def credits_of(
    session: TenantSession, tenant: Tenant, child: Child, care_types: Sequence[str], now: datetime
) -> list[Kind]:
    """In the order of the organisation's file; `care_types` are the child's own. Kinds that it cannot have are left out."""
    today = acting_on(tenant.rulebook, now)
    rows = portions_of(session, child.id)
    moved = entries_of(session, [portion.id for portion, _ in rows])
    terms: dict[str, CreditTerms] = {}
    for care_type in care_types or tenant.rulebook.care_types:
        terms = {**tenant.rulebook.terms(today, care_type).credits, **terms}
    found = []
    for kind in dict.fromkeys([*terms, *(portion.kind for portion, _ in rows)]):
        portions = [
            _portion(p, left, [e for e in moved if e.portion_id == p.id], today) for p, left in rows if p.kind == kind
        ]
        rule = terms.get(kind)
        if portions or (rule is not None and rule.earned_by.value == "absence"):
            found.append(_kind(kind, rule, portions))
    return found


def _kind(kind: str, rule: CreditTerms | None, portions: Sequence[Portion]) -> Kind:
    per_care_type = rule is not None and SAME_CARE_TYPE in rule.usable_for.value
    now: dict[str | None, int] = {}
    later: dict[date, int] = {}
    for each in portions:
        if each.state == "usable":
            key = each.portion.care_type if per_care_type else None
            now[key] = now.get(key, 0) + each.left
        elif each.state == "later":
            later[_first_day(each.portion)] = later.get(_first_day(each.portion), 0) + each.left
    current = sorted((p for p in portions if p.state in ("usable", "later")),
                     key=lambda p: (p.state == "later", p.portion.valid_until or date.max, p.portion.earned_for))  # fmt: skip
    past = tuple(p for p in portions if p.state not in ("usable", "later"))
    return Kind(kind, rule, tuple(now.items()), tuple(sorted(later.items())), tuple(current), past)


def _first_day(portion: CreditPortion) -> date:
    return portion.usable_from or portion.earned_for


def _portion(portion: CreditPortion, left: int, entries: Sequence[CreditLedgerEntry], today: date) -> Portion:
    began = sum(e.sixtieths for e in entries if e.entry in ("earned", "granted"))
    until = portion.valid_until
    kinds = {e.entry for e in entries}
    if left == 0:
        state = (
            "lapsed"
            if "lapsed" in kinds
            else "taken_back"
            if "taken_back" in kinds and "spent" not in kinds
            else "used_up"
        )
    elif until is not None and until < today:
        state = "lapsed"
    else:
        state = "later" if _first_day(portion) > today else "usable"
    span = max((until - portion.earned_for).days, 1) if until else 0
    rest = min(max(round(100 * (until - today).days / span), 0), 100) if until and span else 0
    days_left = (until - today).days if until and state in ("usable", "later") else None
    return Portion(portion, began, left, state, tuple(_told(entries)), days_left, rest)


def _told(entries: Sequence[CreditLedgerEntry]) -> list[CreditLedgerEntry]:
    """What a parent reads of it: of each booking what came of it, and not every step on the way."""
    by_booking: dict[str, list[CreditLedgerEntry]] = {}
    for entry in entries:
        if entry.booking_id is not None and entry.entry in USED:
            by_booking.setdefault(entry.booking_id, []).append(entry)
    shown = {entry.id for own in by_booking.values() for entry in _outcome(own)}
    return [entry for entry in entries if entry.booking_id is None or entry.entry not in USED or entry.id in shown]


def _outcome(own: Sequence[CreditLedgerEntry]) -> list[CreditLedgerEntry]:
    last = {entry.entry: entry for entry in own}
    if sum(entry.sixtieths for entry in own if entry.entry in ("reserved", "released")) != 0:
        return [last["reserved"]]
    if "spent" not in last:
        return [last["released"]]
    back = sum(entry.sixtieths for entry in own if entry.entry in ("spent", "given_back")) == 0
    return [last["spent"], last["given_back"]] if back else [last["spent"]]


def usable_on(
    tenant: Tenant, kinds: Sequence[Kind], care_type: str, day: date, now: datetime, contract: str | None
) -> list[Answer]:
    """Every portion that holds something, judged for a day of care of this kind: a whole working day is assumed."""
    care = CareDay(day, time(8), time(18), care_type, contract=contract)
    known = tenant.rulebook.terms(acting_on(tenant.rulebook, now), care_type).credits
    return [
        Answer(
            portion,
            decide_credit_use(tenant.rulebook, CreditUseFacts(care, now, lot_of(portion.portion, portion.left))),
            credit_use_facts(care, now, tenant.rulebook.zone, portion.portion, portion.left),
        )
        for kind in kinds
        if kind.kind in known
        for portion in kind.current
    ]


def closed_on(tenant: Tenant, care_type: str, day: date, now: datetime) -> tuple[str, bool] | None:
    """Why there is no care on this day: the name of a closing day, or the key of a public holiday (True)."""
    calendar = tenant.rulebook.terms(acting_on(tenant.rulebook, now), care_type).calendar
    if day in calendar.closing_days:
        return calendar.closing_days[day], False
    return (calendar.public_holidays[day], True) if day in calendar.public_holidays else None
