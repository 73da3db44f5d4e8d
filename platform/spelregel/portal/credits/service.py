"""A child's credits as data: per kind what can be used, and the life of every portion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from spelregel.records.credit_ledger import CreditLedgerEntry, CreditPortion, entries_of, lot_of, portions_of
from spelregel.records.family import Child
from spelregel.rules.absence import acting_on
from spelregel.rules.credits import decide_credit_use
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
    life: int  # how much of its life is over, in hundredths


@dataclass(frozen=True, slots=True)
class Kind:
    """`terms` is None when the organisation's rules do not have this credit any more."""

    kind: str
    terms: CreditTerms | None
    left: int
    portions: tuple[Portion, ...]
    first_to_lapse: Portion | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Can this portion pay care on the day that was asked about."""

    portion: Portion
    decision: Decision


def credits_of(session: TenantSession, tenant: Tenant, child: Child, now: datetime) -> list[Kind]:
    """In the order of the organisation's file; kinds that this child cannot have are left out."""
    today = acting_on(tenant.rulebook, now)
    rows = portions_of(session, child.id)
    moved = entries_of(session, [portion.id for portion, _ in rows])
    terms = tenant.rulebook.terms(today, tenant.rulebook.care_types[0]).credits
    found = []
    for kind in dict.fromkeys([*terms, *(portion.kind for portion, _ in rows)]):
        portions = tuple(
            _portion(p, left, [e for e in moved if e.portion_id == p.id], today) for p, left in rows if p.kind == kind
        )
        rule = terms.get(kind)
        if not portions and (rule is None or rule.earned_by.value != "absence"):
            continue
        usable = [p for p in portions if p.state in ("usable", "later")]
        ending = [p for p in usable if p.portion.valid_until is not None]
        found.append(
            Kind(
                kind,
                rule,
                sum(p.left for p in usable),
                portions,
                min(ending, key=lambda p: p.portion.valid_until or date.max) if ending else None,
            )
        )
    return found


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
        state = "later" if portion.earned_for > today else "usable"
    span = max((until - portion.earned_for).days, 1) if until else 0
    life = min(max(round(100 * (today - portion.earned_for).days / span), 0), 100) if span else 0
    days_left = (until - today).days if until and state in ("usable", "later") else None
    return Portion(portion, began, left, state, tuple(entries), days_left, life)


def usable_on(
    tenant: Tenant, kinds: Sequence[Kind], care_type: str, day: date, now: datetime, contract: str | None
) -> list[Answer]:
    """Every portion that holds something, judged for a day of care of this kind: a whole working day is assumed."""
    care = CareDay(day, time(8), time(18), care_type, contract=contract)
    return [
        Answer(
            portion,
            decide_credit_use(tenant.rulebook, CreditUseFacts(care, now, lot_of(portion.portion, portion.left))),
        )
        for kind in kinds
        if kind.terms is not None
        for portion in kind.portions
        if portion.left > 0
    ]
