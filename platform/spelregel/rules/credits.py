"""Which credits can pay a day of care, why the others cannot, and in what order they are spent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from spelregel.rules.absence import acting_on, kind_of_day
from spelregel.rules.care_calendar import last_day, whole_minute
from spelregel.rules.decision import Decision, Step, decide, number
from spelregel.rules.facts import CareDay, CreditLot, CreditUseFacts
from spelregel.rules.rulebook import CreditTerms, Refusal, Rulebook, RuleRef, Terms

SAME_CARE_TYPE = "same care type"


def decide_credit_use(rulebook: Rulebook, facts: CreditUseFacts) -> Decision:
    """Can this portion of credit pay (a part of) this care. A credit keeps the validity that it was earned with."""
    moment = whole_minute(facts.asked)
    terms = rulebook.terms(acting_on(rulebook, moment), facts.care.care_type, facts.care.location)
    credit = terms.credits[facts.lot.kind]
    valid = _validity_of(rulebook, facts.lot) or credit.valid.ref
    steps = [_something_left(credit, facts.lot), *_within_validity(valid, facts.lot, facts.care.day)]
    steps.append(_for_this_care(credit, facts))
    kind = kind_of_day(terms, facts.care)
    if credit.usable_on is not None:
        seen = {"day": kind}
        steps.append(
            Step(credit.usable_on.ref, "holds", "on_usable_day", facts=seen)
            if kind in credit.usable_on.value
            else Step(credit.usable_on.ref, "fails", "not_on_this_kind_of_day", facts=seen)
        )
    steps.extend(_refusal(row, terms, facts, kind) for row in credit.not_usable)
    if kind in ("closing day", "public holiday"):
        steps.append(Step(terms.public_holidays.ref, "fails", "no_care_that_day", facts={"day": kind}))
    return decide("credit.use", steps, moment, terms.since, credit=facts.lot.kind)


def price_of(credit: CreditTerms, care: CareDay) -> int:
    """What this care costs in this credit, in sixtieths of its unit."""
    return care.minutes if credit.unit.value == "hour" else 60


def in_order_of_spending(lots: Iterable[CreditLot]) -> list[CreditLot]:
    """The oldest first: earliest earned, then earliest to lapse (a credit without end comes last)."""
    return sorted(lots, key=lambda lot: (lot.earned_for, lot.valid_until or date.max, lot.id))


def _something_left(credit: CreditTerms, lot: CreditLot) -> Step:
    left = {"left": number(lot.left)}
    if lot.left > 0:
        return Step(credit.unit.ref, "holds", "something_left", facts=left)
    return Step(credit.unit.ref, "fails", "used_up", facts=left)


def _validity_of(rulebook: Rulebook, lot: CreditLot) -> RuleRef | None:
    """The rule that this portion was earned under: the newest version that gives it its last day."""
    care_type = lot.care_type if lot.care_type in rulebook.care_types else rulebook.care_types[0]
    for version in reversed(rulebook.versions):
        credit = version.terms[(care_type, None)].credits.get(lot.kind)
        if credit is not None and last_day(credit.valid.value, lot.earned_for) == lot.valid_until:
            return credit.valid.ref
    return None


def _within_validity(rule: RuleRef, lot: CreditLot, day: date) -> list[Step]:
    until = {"valid_until": lot.valid_until.isoformat() if lot.valid_until else None}
    lapsed = lot.valid_until is not None and day > lot.valid_until
    steps = [
        Step(rule, "fails", "lapsed", facts=until, remedy="care_on_or_before")
        if lapsed
        else Step(rule, "holds", "still_valid" if lot.valid_until else "does_not_lapse", facts=until)
    ]
    if day < lot.earned_for:
        earned = {"earned_for": lot.earned_for.isoformat()}
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
