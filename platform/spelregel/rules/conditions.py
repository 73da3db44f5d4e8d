"""The conditions page, as data: what a parent may count on, each with the line that says so.

A Condition is a code with the values of the rule; `words` makes the sentence. The page cannot disagree with the
behaviour, since both read the same Terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from spelregel.rules.care_calendar import Cutoff, cutoff
from spelregel.rules.rulebook import CreditTerms, EarningTerms, Rulebook, RuleRef, Terms


@dataclass(frozen=True, slots=True)
class Instance:
    """A worked example: care on this day from this hour, and the cutoff that follows."""

    day: date
    starts: time
    cutoff: Cutoff


@dataclass(frozen=True, slots=True)
class Condition:
    """`topic` is "absence" or a credit's key; `care_types` is empty when it holds for every kind of care."""

    topic: str
    code: str
    ref: RuleRef
    values: Mapping[str, Any] = field(default_factory=dict)
    instances: tuple[Instance, ...] = ()
    care_types: tuple[str, ...] = ()


def anchor(path: str) -> str:
    """The address of a condition on its page."""
    return path.replace(".", "-")


def conditions(rulebook: Rulebook, on: date, location: str | None = None) -> list[Condition]:
    """What holds on a day; a condition that differs per kind of care says for which."""
    by_type = {
        care_type: _of(rulebook, rulebook.terms(on, care_type, location), on) for care_type in rulebook.care_types
    }
    merged: dict[tuple[str, str, str], list[tuple[str, Condition]]] = {}
    for care_type, found in by_type.items():
        for each in found:
            merged.setdefault(
                (each.topic, each.code, repr((each.ref.value, sorted(each.values.items(), key=str)))), []
            ).append((care_type, each))
    page = []
    for same in merged.values():
        care_types = tuple(care_type for care_type, _ in same)
        first = same[0][1]
        everywhere = len(care_types) == len(rulebook.care_types)
        page.append(
            Condition(
                first.topic, first.code, first.ref, first.values, first.instances, () if everywhere else care_types
            )
        )
    return page


def upcoming(rulebook: Rulebook, on: date) -> list[date]:
    """The days after `on` on which something changes, soonest first."""
    return [version.since for version in rulebook.versions if version.since and version.since > on]


def _of(rulebook: Rulebook, terms: Terms, on: date) -> list[Condition]:
    rule = terms.absence
    page = [
        Condition("absence", "absence_by", rule.reported_by.ref, {"who": rule.reported_by.value}),
        Condition("absence", "absence_notice", rule.notice.ref, {"notice": rule.notice.value}),
    ]
    if rule.expected:
        page.append(Condition("absence", "absence_expected", rule.expected.ref, {"notice": rule.expected.value},
                              _instances(rulebook, terms, rule.expected.value, on)))  # fmt: skip
    page.append(Condition("absence", "absence_reasons", rule.reasons.ref, {"reasons": rule.reasons.value}))
    if rule.confirm.value:
        page.append(Condition("absence", "absence_confirm", rule.confirm.ref))
    back = rule.withdraw
    page.append(Condition("absence", "withdraw_by", back.by.ref, {"who": back.by.value}))
    page.append(Condition("absence", "withdraw_notice", back.notice.ref, {"notice": back.notice.value}))
    if any(credit.earned_if for credit in terms.credits.values()):
        page.append(
            Condition("absence", "withdraw_" + back.earned_credit.value.replace(" ", "_"), back.earned_credit.ref)
        )
        page.append(
            Condition("absence", "withdraw_spent_" + back.spent_credit.value.replace(" ", "_"), back.spent_credit.ref)
        )
    for credit in terms.credits.values():
        page.extend(_of_credit(rulebook, terms, credit, on))
    return page


def _of_credit(rulebook: Rulebook, terms: Terms, credit: CreditTerms, on: date) -> list[Condition]:
    key = credit.kind
    page = [
        Condition(key, "credit_source_" + credit.earned_by.value.replace(" ", "_"), credit.earned_by.ref),
        Condition(key, "credit_worth_" + credit.unit.value, credit.unit.ref),
    ]
    if credit.earned_if:
        page.extend(_of_earning(rulebook, terms, key, credit.earned_if, on))
    page.append(
        Condition(key, "credit_valid", credit.valid.ref, {"valid": credit.valid.value, "by": credit.earned_by.value})
    )
    page.append(Condition(key, "credit_usable_for", credit.usable_for.ref, {"what": credit.usable_for.value}))
    if credit.usable_on:
        page.append(Condition(key, "credit_usable_on", credit.usable_on.ref, {"days": credit.usable_on.value}))
    page.extend(
        Condition(
            key,
            "credit_not_usable",
            row.ref,
            {"contract": row.contract, "earned_on": row.earned_on, "used_on": row.used_on},
        )
        for row in credit.not_usable
    )
    return page


def _of_earning(rulebook: Rulebook, terms: Terms, key: str, rule: EarningTerms, on: date) -> list[Condition]:
    page = [
        Condition(
            key,
            "earn_notice",
            rule.notice.ref,
            {"notice": rule.notice.value},
            _instances(rulebook, terms, rule.notice.value, on),
        ),
        Condition(key, "earn_by", rule.reported_by.ref, {"who": rule.reported_by.value}),
        Condition(key, "earn_day", rule.day.ref, {"days": rule.day.value}),
    ]
    if rule.not_on:
        page.append(Condition(key, "earn_not_on", rule.not_on.ref, {"days": rule.not_on.value}))
    page.append(
        Condition(
            key, "earn_reasons", rule.reasons.ref, {"reasons": rule.reasons.value, "all": terms.absence.reasons.value}
        )
    )
    if rule.maximum and rule.at_maximum:
        page.append(Condition(key, "earn_maximum", rule.maximum.ref, {"maximum": rule.maximum.value}))
        page.append(Condition(key, "earn_at_maximum_" + rule.at_maximum.value.replace(" ", "_"), rule.at_maximum.ref))
    return page


def _instances(rulebook: Rulebook, terms: Terms, notice: Any, on: date) -> tuple[Instance, ...]:
    """For the next Thursday and the next Monday on which care is given, a week ahead at least."""
    found = []
    for weekday in (3, 0):
        day = date.fromordinal(on.toordinal() + 7)
        while day.weekday() != weekday or terms.calendar.is_closed(day):
            day = date.fromordinal(day.toordinal() + 1)
        until = cutoff(notice, day, time(8), rulebook.zone, terms.calendar.is_workday)
        if until:
            found.append(Instance(day, time(8), until))
    return tuple(found)
