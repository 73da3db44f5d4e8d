"""Which credits can pay a day of care, why the others cannot, and in what order they are spent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from spelregel.rules.absence import worth_of
from spelregel.rules.asking import contract_of, kind_of_day, last_day_of, no_care, not_abolished, only_on, whose
from spelregel.rules.care_calendar import (
    NO_CONTRACT,
    PLAIN,
    MissingFact,
    end_of,
    forward,
    start_of,
)
from spelregel.rules.decision import Decision, Earned, Step, decide, number
from spelregel.rules.facts import CareDay, CreditLot, CreditUseFacts, GrantFacts
from spelregel.rules.memo import remembered
from spelregel.rules.onlooker import can_be_watched
from spelregel.rules.rulebook import (
    ContractTerms,
    CreditTerms,
    Exchange,
    GrantTerms,
    Refusal,
    Rulebook,
    RuleRef,
    Situation,
    Sourced,
    Terms,
)

SAME_CARE_TYPE = "same care type"


@can_be_watched
def decide_credit_use(rulebook: Rulebook, facts: CreditUseFacts) -> Decision:
    """Can this portion of credit pay (a part of) this care. A credit keeps the validity that it was earned with."""
    terms = rulebook.terms_at(facts.asked, facts.care)
    credit = terms.credits[facts.lot.kind]
    steps = use_steps(rulebook, terms, credit, facts)
    return decide("credit.use", steps, terms.since, credit=facts.lot.kind)


def use_steps(rulebook: Rulebook, terms: Terms, credit: CreditTerms, facts: CreditUseFacts) -> list[Step]:
    lot, care = facts.lot, facts.care
    valid = _validity_of(rulebook, lot.kind, lot.care_type, lot.earned_for, lot.valid_until) or credit.valid.ref
    steps = [_something_left(credit, lot), *_within_validity(valid, lot, care.day)]
    if credit.ended is not None and credit.ended.last_used is not None:
        steps.append(_until_abolished(credit.ended.last_used, care.day))
    steps.append(_for_this_care(credit, facts))
    kind = kind_of_day(terms, care)
    if credit.usable_on is not None:
        step = only_on(credit.usable_on, kind)
        reason = "on_usable_day" if step.outcome == "holds" else "not_on_this_kind_of_day"
        steps.append(Step(step.rule, step.outcome, reason, facts=step.facts))
    steps.extend(_refusal(row, terms, facts, kind) for row in credit.not_usable)
    if facts.ended is not None:
        steps.extend(_after_the_contract(credit, facts.ended))
    elif credit.contract is not None and care.contract_ends is not None and care.day > care.contract_ends:
        steps.append(Step(_first_of(credit.contract), "unknown", "not_told", facts={"fact": "ended"}))
    if credit.spend is not None and credit.spend.size.value != "any":
        steps.append(_size(credit.spend.size, lot, price_in(credit, terms, care, lot)[0]))
    return [*steps, *no_care(terms, kind)]


def price_in(credit: CreditTerms, terms: Terms, care: CareDay, lot: CreditLot) -> tuple[int, RuleRef | None]:
    """What this care costs when this portion pays it, in sixtieths of its unit, and the row of the exchange table."""
    worth, _ = worth_of(credit, terms, care)
    row = _exchange(credit, terms, care, lot)
    return (worth, None) if row is None else (int(worth * row.costs), row.ref)


def _exchange(credit: CreditTerms, terms: Terms, care: CareDay, lot: CreditLot) -> Exchange | None:
    earned_on = lot.earned_on_kind or terms.calendar.kind_of(lot.earned_for)
    here = (earned_on, kind_of_day(terms, care), lot.care_type, care.care_type)
    for row in credit.exchange:
        named = (row.earned_on, row.used_on, row.earned_in, row.used_for)
        if all(wanted in (None, is_so) for wanted, is_so in zip(named, here, strict=True)):
            return row
    return None


def _size(rule: Sourced[str], lot: CreditLot, price: int) -> Step:
    whole = lot.left if lot.whole is None else lot.whole
    fits = price == whole if rule.value == "same" else price <= whole
    seen = {"price": number(price), "whole": number(whole)}
    return Step(rule.ref, "holds" if fits else "fails", "size_fits" if fits else "other_size", facts=seen)


def _until_abolished(rule: Sourced[date], day: date) -> Step:
    seen = {"last": rule.value.isoformat()}
    if day <= rule.value:
        return Step(rule.ref, "holds", "still_usable", facts=seen)
    return Step(rule.ref, "fails", "no_longer_usable", facts=seen)


#: Per way in which a contract ends the rule of ContractTerms that speaks of it.
ENDED = {
    "by parent": "ended_by_parent",
    "by organisation": "ended_by_organisation",
    "changed": "changed",
    "moved": "moved",
    "other care": "other_care",
}


def _after_the_contract(credit: CreditTerms, ended: str) -> list[Step]:
    rule: Sourced[str] | None = getattr(credit.contract, ENDED[ended]) if credit.contract else None
    if rule is None:
        return []
    seen = {"ended": ended}
    if rule.value == "kept":
        return [Step(rule.ref, "holds", "kept_after_contract", facts=seen)]
    if rule.value == "converted":
        return [Step(rule.ref, "unknown", "converted_by_hand", facts=seen)]
    return [Step(rule.ref, "fails", "lapsed_with_contract", facts=seen)]


def _first_of(rules: ContractTerms) -> RuleRef:
    every = (rules.ended_by_parent, rules.ended_by_organisation, rules.changed, rules.moved, rules.other_care)
    return next(rule.ref for rule in every if rule is not None)


class Use(NamedTuple):
    """So much of one portion, in sixtieths; `lapses`: what is lost of it besides."""

    lot: CreditLot
    amount: int
    lapses: int = 0


def in_order_of_spending(lots: Iterable[CreditLot]) -> list[CreditLot]:
    """The oldest first: earliest earned, then earliest to lapse (a credit without end comes last)."""
    return sorted(lots, key=lambda lot: (lot.earned_for, lot.valid_until or date.max, lot.id))


@can_be_watched
def decide_public_holiday(rulebook: Rulebook, credit: str, facts: GrantFacts) -> Decision:
    """Does a day on which the organisation is closed give credit to a child that is planned on it."""
    terms = rulebook.terms_for(facts.day, facts.care)
    rule = terms.credits[credit]
    kind = kind_of_day(terms, facts.care)
    gives = rule.earned_by.value == kind
    steps = [
        Step(
            rule.earned_by.ref,
            "holds" if gives else "fails",
            "day_gives_credit" if gives else "day_gives_none",
            facts={"day": kind},
        ),
        *whose(rule.care_types, rule.contracts, facts.care, "credit_"),
    ]
    if rule.ended is not None:
        steps.append(not_abolished(rule.ended.last_earned, facts.day))
    worth, _ = worth_of(rule, terms, facts.care)
    earned = Earned(credit, worth, rule.unit.value, None, worth)
    return _given("credit.closed_day", rule, terms, facts, steps, earned)


@can_be_watched
def decide_grant(rulebook: Rulebook, credit: str, facts: GrantFacts) -> Decision:
    """What a child is given for the period that the day lies in: pro rata, rounded, after a waiting time."""
    terms = rulebook.terms_for(facts.day, facts.care)
    rule = terms.credits[credit]
    grant = rule.grant
    assert grant is not None  # a credit that is granted has a grant: the check sees to it
    steps = whose(rule.care_types, rule.contracts, facts.care, "credit_")
    amount = 0
    try:
        amount = _granted(grant, facts, steps)
    except MissingFact as missing:
        steps.append(Step(grant.amount.ref, "unknown", "not_told", facts={"fact": missing.args[0]}))
    earned = Earned(credit, amount, rule.unit.value, None, amount)
    return _given("credit.grant", rule, terms, facts, steps, earned)


def _given(
    kind: str, rule: CreditTerms, terms: Terms, facts: GrantFacts, steps: list[Step], earned: Earned
) -> Decision:
    try:
        last = last_day_of(rule, terms, facts.day, contract_of(facts.care))
    except MissingFact as missing:
        last = None
        steps.append(Step(rule.valid.ref, "unknown", "not_told", facts={"fact": missing.args[0]}))
    if rule.valid.ref.open:
        steps.append(Step(rule.valid.ref, "unknown", "left_open"))
    earned = Earned(earned.credit, earned.amount, earned.unit, last, earned.worth)
    return decide(kind, steps, terms.since, earned=earned, credit=earned.credit)


def _granted(grant: GrantTerms, facts: GrantFacts, steps: list[Step]) -> int:
    contract = contract_of(facts.care)
    starts, ends = contract.starts, contract.ends
    first, last = start_of(grant.every.value, facts.day, contract), end_of(grant.every.value, facts.day, contract)
    whole = _whole_grant(grant, facts)
    if grant.waiting is not None:
        if starts is None:
            raise MissingFact("contract_started")
        until = forward(starts, grant.waiting.value.n, grant.waiting.value.unit, PLAIN)
        seen = {"from": until.isoformat()}
        waited = facts.day >= until
        steps.append(
            Step(
                grant.waiting.ref,
                "holds" if waited else "fails",
                "waited" if waited else "still_waiting",
                facts=seen,
                remedy=None if waited else "later",
            )
        )
    begins = max(first, starts) if starts else first
    stops = min(last, ends) if ends else last
    share = _share(grant.part_year.value, begins, stops, first, last)
    amount = _rounded(whole * share, grant)
    steps.append(
        Step(
            grant.amount.ref,
            "holds" if amount else "fails",
            "granted_for_period" if amount else "nothing_granted",
            facts={
                "whole": number(whole),
                "amount": number(amount),
                "first": begins.isoformat(),
                "last": stops.isoformat(),
            },
        )
    )
    return amount


def _whole_grant(grant: GrantTerms, facts: GrantFacts) -> int:
    amount = grant.amount.value
    if not amount.times_weekly:
        return amount.sixtieths
    if facts.care.weekly is None:
        raise MissingFact("weekly")
    return amount.sixtieths * facts.care.weekly // 60


def _share(how: str, begins: date, stops: date, first: date, last: date) -> Decimal:
    """The part of the period in which the contract runs."""
    if stops < begins:
        return Decimal(0)
    if how == "by day":
        return Decimal((stops - begins).days + 1) / ((last - first).days + 1)
    if how == "by month":  # every month that has begun

        def months(one: date, two: date) -> int:
            return (two.year - one.year) * 12 + two.month - one.month + 1

        return Decimal(months(begins, stops)) / months(first, last)
    if how == "half from July" and begins >= date(begins.year, 7, 1) and begins > first:
        return Decimal("0.5")
    return Decimal(1)


def _rounded(sixtieths: Decimal, grant: GrantTerms) -> int:
    step = grant.step.value.sixtieths if grant.step else 1
    how = grant.rounding.value if grant.rounding else "down"
    whole, rest = divmod(sixtieths, step)
    up = (how == "up" and rest > 0) or (how == "nearest" and rest * 2 >= step)
    return int(whole + up) * step


def _something_left(credit: CreditTerms, lot: CreditLot) -> Step:
    left = {"left": number(lot.left)}
    if lot.left > 0:
        return Step(credit.unit.ref, "holds", "something_left", facts=left)
    return Step(credit.unit.ref, "fails", "used_up", facts=left)


@remembered
def _validity_of(
    rulebook: Rulebook, kind: str, care_type: str | None, earned_for: date, until: date | None
) -> RuleRef | None:
    """The rule that such a portion was earned under: the newest version that gives it its last day."""
    own_type = care_type if care_type in rulebook.care_types else rulebook.care_types[0]
    for version in reversed(rulebook.versions):
        terms = version.of(Situation(own_type))
        credit = terms.credits.get(kind)
        try:
            if credit is not None and last_day_of(credit, terms, earned_for, NO_CONTRACT) == until:
                return credit.valid.ref
        except MissingFact:
            continue
    return None


def _within_validity(rule: RuleRef, lot: CreditLot, day: date) -> list[Step]:
    if lot.untold is not None:
        return [Step(rule, "unknown", "not_told", facts={"fact": lot.untold})]
    until = {"valid_until": lot.valid_until.isoformat() if lot.valid_until else None}
    lapsed = lot.valid_until is not None and day > lot.valid_until
    steps = [
        Step(rule, "fails", "lapsed", facts=until, remedy="care_on_or_before")
        if lapsed
        else Step(rule, "holds", "still_valid" if lot.valid_until else "does_not_lapse", facts=until)
    ]
    first = lot.first_day or lot.earned_for
    if day < first:
        earned = {"earned_for": first.isoformat()}
        steps.append(Step(rule, "fails", "before_it_is_earned", facts=earned, remedy="care_on_or_after"))
    return steps


def _for_this_care(credit: CreditTerms, facts: CreditUseFacts) -> Step:
    care, rule = facts.care, credit.usable_for
    seen = {"care_type": care.care_type, "product": care.product, "earned_in": facts.lot.care_type}
    if SAME_CARE_TYPE in rule.value:
        same = facts.lot.care_type in (None, care.care_type)
        return Step(
            rule.ref,
            "holds" if same else "fails",
            "same_care_type" if same else "other_care_type",
            facts=seen,
        )
    # A product is narrower than its care type: where one is booked, the credit must be meant for it by name.
    meant = (care.product or care.care_type) in rule.value
    return Step(
        rule.ref,
        "holds" if meant else "fails",
        "meant_for_this" if meant else "not_meant_for_this",
        facts=seen,
    )


def _refusal(row: Refusal, terms: Terms, facts: CreditUseFacts, used_on: str) -> Step:
    lot = facts.lot
    earned_on = lot.earned_on_kind or terms.calendar.kind_of(lot.earned_for)
    named = (
        (row.contract, lot.contract or facts.care.contract),
        (row.earned_on, earned_on),
        (row.used_on, used_on),
    )
    hit = all(wanted is None or wanted == is_so for wanted, is_so in named)
    seen = {"contract": lot.contract or facts.care.contract, "earned_on": earned_on, "used_on": used_on}
    return Step(row.ref, "fails" if hit else "holds", "excluded_here" if hit else "not_excluded", facts=seen)
