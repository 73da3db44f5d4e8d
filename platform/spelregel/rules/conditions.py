"""The conditions page, as data: what a parent may count on, each with the line that says so.

A Condition is a code with the values of the rule; `words` makes the sentence. The page cannot disagree with the
behaviour, since both read the same Terms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from itertools import islice
from typing import Any

from spelregel.rules.care_calendar import WHOLE_PERIODS, Cutoff, cutoff
from spelregel.rules.phrases import Notice, Validity
from spelregel.rules.rulebook import (
    SCHOOL_HOLIDAYS,
    SCHOOL_WEEKS,
    CreditTerms,
    EarningTerms,
    GrantTerms,
    RequestTerms,
    Rulebook,
    RuleRef,
    Selector,
    Sourced,
    SwapTerms,
    Terms,
    Version,
)


@dataclass(frozen=True, slots=True)
class Instance:
    """A worked example: care on this day from this hour, and the cutoff that follows."""

    day: date
    starts: time
    cutoff: Cutoff


@dataclass(frozen=True, slots=True)
class Condition:
    """`topic` is "absence", a credit's key or one of REQUEST_TOPICS; `care_types` is empty when it holds for every kind."""

    topic: str
    code: str
    ref: RuleRef
    values: Mapping[str, Any] = field(default_factory=dict)
    instances: tuple[Instance, ...] = ()
    care_types: tuple[str, ...] = ()
    only_for: Selector | None = None


def anchor(path: str) -> str:
    """The address of a condition on its page."""
    return path.replace(".", "-")


def conditions(rulebook: Rulebook, on: date, location: str | None = None) -> list[Condition]:
    """What holds on a day. A condition that differs per kind of care says for which; one of an exception, for whom."""
    version = rulebook.version(on)
    plain = {care_type: _of(rulebook, rulebook.terms(on, care_type, location), on) for care_type in rulebook.care_types}
    merged: dict[object, list[tuple[str, Condition]]] = {}
    for care_type, found in plain.items():
        for each in found:
            merged.setdefault(_same(each), []).append((care_type, each))
    page = []
    for same in merged.values():
        care_types = tuple(care_type for care_type, _ in same)
        everywhere = len(care_types) == len(rulebook.care_types)
        page.append(replace(same[0][1], care_types=() if everywhere else care_types))
    for selector in version.selectors:
        if not selector.new_contracts and _said_already(selector, location):
            continue
        page.extend(_of_an_exception(rulebook, version, selector, plain, on))
    return page


def _said_already(selector: Selector, location: str | None) -> bool:
    """What is for a kind of care stands with the rest; so does what is for the location that the page is of."""
    if location is not None and selector.named.get("location") not in (None, location):
        return True
    return set(selector.named) <= ({"care_type"} if location is None else {"care_type", "location"})


def _of_an_exception(
    rulebook: Rulebook, version: Version, selector: Selector, plain: Mapping[str, list[Condition]], on: date
) -> list[Condition]:
    """What comes out otherwise for whom it names, beside what is said for everybody in the same kind of care."""
    named = selector.named.get("care_type")
    care_types = [each for each in plain if named in (None, each)]
    merged: dict[object, list[tuple[str, Condition]]] = {}
    for care_type in care_types:
        said = {_same(each) for each in plain[care_type]}
        terms = version.of(selector.plainest(care_type))
        found = _of(rulebook, terms, on)
        changed = {_whole_rule(each) for each in found if _same(each) not in said}
        for each in found:
            if _whole_rule(each) in changed:
                days = tuple(day for day in each.instances if _in_season(selector, terms, day))
                merged.setdefault(_same(each), []).append((care_type, replace(each, instances=days)))
    return [
        replace(
            same[0][1],
            only_for=selector,
            care_types=() if len(same) == len(care_types) else tuple(care_type for care_type, _ in same),
        )
        for same in merged.values()
    ]


def _whole_rule(condition: Condition) -> object:
    """A list is replaced whole: when one of its rows differs, all of them are said again."""
    return condition.topic, re.sub(r"\.[0-9]+$", "", condition.ref.path)


def _in_season(selector: Selector, terms: Terms, instance: Instance) -> bool:
    holiday = terms.calendar.school_holiday_on(instance.day)
    season = selector.named.get("season")
    if season in (None, SCHOOL_WEEKS, SCHOOL_HOLIDAYS):
        return season is None or (holiday is None) is (season == SCHOOL_WEEKS)
    return holiday is not None and holiday.name == season


def _same(condition: Condition) -> object:
    if condition.ref.open:
        return condition.topic, condition.ref.path
    return condition.topic, condition.code, repr((condition.ref.value, sorted(condition.values.items(), key=str)))


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
    if rule.horizon:
        page.append(Condition("absence", "absence_horizon", rule.horizon.ref, {"horizon": rule.horizon.value}))
    if rule.piece and rule.piece.value:
        page.append(Condition("absence", f"absence_piece_{_code(rule.piece.value)}", rule.piece.ref))
    page.append(Condition("absence", "absence_reasons", rule.reasons.ref, {"reasons": rule.reasons.value}))
    if rule.confirm.value:
        page.append(Condition("absence", "absence_confirm", rule.confirm.ref))
    back = rule.withdraw
    page.append(Condition("absence", "withdraw_by", back.by.ref, {"who": back.by.value}))
    page.append(Condition("absence", "withdraw_notice", back.notice.ref, {"notice": back.notice.value}))
    if back.within:
        page.append(Condition("absence", "withdraw_within", back.within.ref, {"distance": back.within.value}))
    if back.place and back.place.value:
        page.append(Condition("absence", f"withdraw_place_{_code(back.place.value)}", back.place.ref))
    if any(credit.earned_if for credit in terms.credits.values()):
        for code, found in (("withdraw", back.earned_credit), ("withdraw_spent", back.spent_credit)):
            page.append(Condition("absence", f"{code}_{_code(found.value or 'open')}", found.ref))
    page.extend(
        Condition(
            "absence",
            "absence_bill",
            row.ref,
            {
                "reasons": row.reasons,
                "proof": row.proof,
                "notice": row.notice,
                "after": row.after,
                "cap": row.at_most,
                "percent": row.percent,
                "euros": row.euros,
            },
        )
        for row in rule.bill
    )
    for credit in terms.credits.values():
        page.extend(_of_credit(rulebook, terms, credit, on))
    for request in terms.requests.values():
        page.extend(_of_request(rulebook, terms, request, on))
    if terms.swap:
        page.extend(_of_swap(rulebook, terms, terms.swap, on))
    return _with_open_rules(page)


def _with_open_rules(page: list[Condition]) -> list[Condition]:
    """A rule that is left open has one line that says so, whatever its sentences would have been."""
    found: list[Condition] = []
    for each in page:
        if not each.ref.open:
            found.append(each)
        elif all(other.ref is not each.ref for other in found):
            found.append(Condition(each.topic, "left_open", each.ref))
    return found


#: The topics of what can be asked for. A credit's key has no colon, so none of these can be one.
REQUEST_TOPICS = tuple(
    f"request:{action}"
    for action in ("extra_care", "swap", "holiday_care", "holiday_contract", "study_day", "flexible_care")
)


def _of_request(rulebook: Rulebook, terms: Terms, rule: RequestTerms, on: date) -> list[Condition]:
    topic = f"request:{rule.action}"

    def told(code: str, found: Sourced[Any] | None, **values: Any) -> list[Condition]:
        return [] if found is None else [Condition(topic, code, found.ref, values)]

    def choice(code: str, found: Sourced[str] | None) -> list[Condition]:
        """A word of the vocabulary: each has a sentence of its own."""
        return [] if found is None or found.value is None else told(f"{code}_{_code(found.value)}", found)

    def optional(found: Sourced[Any] | None, key: str) -> dict[str, Any]:
        return {} if found is None else {key: found.value}

    notice = rule.notice
    page = [
        *told("ask_by", rule.requested_by, who=rule.requested_by.value),
        Condition(
            topic,
            "ask_notice",
            notice.ref,
            {"notice": notice.value},
            _instances(rulebook, terms, notice.value, on, rule.only_on),
        ),
        *choice("ask_late", rule.late_requests),
        *told("ask_horizon", rule.horizon, **optional(rule.horizon, "horizon")),
        *told("ask_care_types", rule.care_types, **optional(rule.care_types, "what")),
        *told("ask_contracts", rule.contracts, **optional(rule.contracts, "what")),
        *told("ask_only_on", rule.only_on, **optional(rule.only_on, "days")),
        *told("ask_not_on", rule.not_on, **optional(rule.not_on, "days")),
        *told("ask_not_between", rule.not_between, **optional(rule.not_between, "periods")),
        *told("ask_at_most", rule.at_most, **optional(rule.at_most, "caps")),
        *told("ask_at_least", rule.at_least, **optional(rule.at_least, "amount")),
        *told("ask_sign_ups", rule.sign_ups, **optional(rule.sign_ups, "n")),
    ]
    for key in ("unless_asked", "place", "decided_by", "order", "waiting_list"):
        page.extend(choice(f"ask_{key}", rule.told.get(key)))
    page.extend(choice("ask_approval", rule.approval))
    if rule.guaranteed_if is not None:
        promise = rule.guaranteed_if
        page.append(Condition(topic, "guarantee_notice", promise.notice.ref, {"notice": promise.notice.value}, _instances(rulebook, terms, promise.notice.value, on, rule.only_on)))  # fmt: skip
        page.extend(told("guarantee_day", promise.day, **optional(promise.day, "days")))
    if rule.answer is not None:
        page.extend(told("answer_within", rule.answer.within, **optional(rule.answer.within, "distance")))
        page.extend(told("answer_before", rule.answer.before, **optional(rule.answer.before, "answer")))
        page.extend(choice("answer_silence", rule.answer.silence))
    if rule.payment is not None:
        page.extend(told("pay_with", rule.payment.pay_with, pots=rule.payment.pay_with.value))
        if len(rule.payment.pay_with.value) > 1:  # with one pot there is nothing to choose and nothing to mix
            page.extend(choice("pay_choice", rule.payment.choice))
            page.extend(choice("pay_combine", rule.payment.combine))
    page.extend(choice("ask_price", rule.told.get("price")))
    page.extend(choice("ask_reserve", rule.told.get("reserve")))
    return [*page, *_of_cancelling(rulebook, terms, topic, rule, on)]


def _of_cancelling(rulebook: Rulebook, terms: Terms, topic: str, rule: RequestTerms, on: date) -> list[Condition]:
    cancel = rule.cancel
    if cancel is None:
        return []
    page = [
        Condition(topic, f"cancel_pending_{'yes' if cancel.pending.value else 'no'}", cancel.pending.ref),
        Condition(topic, "cancel_by", cancel.by.ref, {"who": cancel.by.value}),
    ]
    if cancel.approved is None:
        page.append(Condition(topic, "cancel_never", cancel.pending.ref))
    else:
        notice = cancel.approved
        page.append(Condition(topic, "cancel_approved", notice.ref, {"notice": notice.value}, _instances(rulebook, terms, notice.value, on, rule.only_on)))  # fmt: skip
    for code, found in (("cancel_then", cancel.then), ("cancel_late", cancel.late)):
        if found is not None and found.value is not None:
            page.append(Condition(topic, f"{code}_{_code(found.value)}", found.ref))
    page.extend(
        Condition(topic, "cancel_price", row.ref, {"notice": row.after, "percent": row.percent, "euros": row.euros})
        for row in cancel.price
    )
    if cancel.undo is not None:
        page.append(Condition(topic, "cancel_undo", cancel.undo.ref, {"distance": cancel.undo.value}))
    return page


def _of_swap(rulebook: Rulebook, terms: Terms, swap: SwapTerms, on: date) -> list[Condition]:
    topic = "request:swap"
    give_up = swap.give_up
    page = [
        *_of_request(rulebook, terms, swap.request, on),
        Condition(
            topic,
            "swap_give_up",
            give_up.ref,
            {"notice": give_up.value},
            _instances(rulebook, terms, give_up.value, on),
        ),
        Condition(topic, "swap_day", swap.given_up_day.ref, {"days": swap.given_up_day.value}),
    ]
    if swap.window is not None:
        page.extend(_of_validity(topic, "window", swap.window))
    for code, found in (("swap_size", swap.size), ("swap_leftover", swap.leftover)):
        if found.value is not None:
            page.append(Condition(topic, f"{code}_{_code(found.value)}", found.ref))
    for code, each in (
        ("swap_care_type", swap.same_care_type),
        ("swap_kind_of_day", swap.same_kind_of_day),
        ("swap_again", swap.swapped_again),
    ):
        page.append(Condition(topic, f"{code}_{'yes' if each.value else 'no'}", each.ref))
    return page


def _of_validity(topic: str, code: str, rule: Sourced[Validity], **values: Any) -> list[Condition]:
    """The end first; then what lets it begin earlier, what comes on top, and the second limit."""
    valid = rule.value
    page = [Condition(topic, code, rule.ref, {"valid": valid, **values})]
    if valid.extra is not None:
        page.append(Condition(topic, f"{code}_extra", rule.ref, {"distance": valid.extra}))
    if valid.latest is not None:
        page.append(Condition(topic, f"{code}_latest", rule.ref, {"latest": valid.latest}))
    if valid.whole:
        page.append(Condition(topic, f"{code}_whole", rule.ref, {"start": valid.kind}))
    if valid.early is not None:
        period = valid.kind if valid.kind in WHOLE_PERIODS else "day"
        page.append(Condition(topic, f"{code}_early", rule.ref, {"distance": valid.early, "start": period}))
    return page


def _code(value: str) -> str:
    return value.replace(" ", "_").replace(",", "").replace("-", "_")


def _of_credit(rulebook: Rulebook, terms: Terms, credit: CreditTerms, on: date) -> list[Condition]:
    key = credit.kind
    page = [
        Condition(key, "credit_source_" + _code(credit.earned_by.value or "open"), credit.earned_by.ref),
        Condition(key, "credit_worth_" + credit.unit.value, credit.unit.ref),
    ]
    for code, found in (("credit_care_types", credit.care_types), ("credit_contracts", credit.contracts)):
        if found is not None:
            page.append(Condition(key, code, found.ref, {"what": found.value}))
    page.extend(
        Condition(
            key,
            "credit_weight",
            row.ref,
            {"care_type": row.care_type, "day": row.day, "at_least": row.at_least, "counts": row.counts},
        )
        for row in credit.weights
    )
    if credit.earned_if:
        page.extend(_of_earning(rulebook, terms, key, credit.earned_if, on))
    if credit.grant:
        page.extend(_of_grant(key, credit.grant))
    page.extend(_of_validity(key, "credit_valid", credit.valid, by=credit.earned_by.value))
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
    page.extend(
        Condition(
            key,
            "credit_exchange",
            row.ref,
            {
                "earned_on": row.earned_on,
                "used_on": row.used_on,
                "earned_in": row.earned_in,
                "used_for": row.used_for,
                "costs": row.costs,
            },
        )
        for row in credit.exchange
    )
    if credit.spend:
        spend = credit.spend
        page.append(Condition(key, f"spend_size_{_code(spend.size.value or 'open')}", spend.size.ref))
        page.append(Condition(key, f"spend_rest_{_code(spend.rest.value or 'open')}", spend.rest.ref))
        page.append(Condition(key, f"spend_several_{'yes' if spend.several.value else 'no'}", spend.several.ref))
    page.extend(_of_the_contract(key, credit))
    return page


def _of_the_contract(key: str, credit: CreditTerms) -> list[Condition]:
    page = []
    if credit.contract:
        for name in ("ended_by_parent", "ended_by_organisation", "changed", "moved", "other_care"):
            found: Sourced[str] | None = getattr(credit.contract, name)
            if found is not None and found.value is not None:
                page.append(Condition(key, f"contract_{name}", found.ref, {"fate": found.value}))
    if credit.ended:
        page.append(
            Condition(key, "credit_last_earned", credit.ended.last_earned.ref, {"last": credit.ended.last_earned.value})
        )
        if credit.ended.last_used:
            page.append(
                Condition(key, "credit_last_used", credit.ended.last_used.ref, {"last": credit.ended.last_used.value})
            )
    return page


def _of_grant(key: str, grant: GrantTerms) -> list[Condition]:
    page = [Condition(key, "grant_amount", grant.amount.ref, {"amount": grant.amount.value})]
    for code, found in (
        ("grant_every", grant.every),
        ("grant_part_year", grant.part_year),
        ("grant_rounding", grant.rounding),
    ):
        if found is not None and found.value is not None:
            page.append(Condition(key, f"{code}_{_code(found.value)}", found.ref))
    if grant.step:
        page.append(Condition(key, "grant_step", grant.step.ref, {"amount": grant.step.value}))
    if grant.waiting:
        page.append(Condition(key, "grant_waiting", grant.waiting.ref, {"distance": grant.waiting.value}))
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
    if rule.at_most:
        page.append(Condition(key, "earn_at_most", rule.at_most.ref, {"caps": rule.at_most.value}))
    if rule.maximum and rule.at_maximum and rule.at_maximum.value:
        page.append(Condition(key, "earn_maximum", rule.maximum.ref, {"maximum": rule.maximum.value}))
        page.append(Condition(key, "earn_at_maximum_" + rule.at_maximum.value.replace(" ", "_"), rule.at_maximum.ref))
    return page


def _instances(
    rulebook: Rulebook, terms: Terms, notice: Notice, on: date, only_on: Sourced[tuple[str, ...]] | None = None
) -> tuple[Instance, ...]:
    """Days of care to come with their limit: where a holiday counts two first days of one, else a Thursday and a Monday."""
    kinds = None if only_on is None or only_on.ref.open else only_on.value
    days = _first_days_of_holidays(terms, on) if notice.anchor == "holiday" else _ordinary_days(terms, on, kinds)
    limits = ((day, cutoff(notice, day, time(8), rulebook.zone, terms.calendar)) for day in days)
    return tuple(Instance(day, time(8), until) for day, until in limits if until)


def _first_days_of_holidays(terms: Terms, on: date) -> list[date]:
    coming = sorted(
        (holiday for holiday in terms.calendar.school_holidays if holiday.first > on), key=lambda each: each.first
    )
    days = []
    for holiday in coming[:2]:
        day = holiday.first
        while not terms.calendar.is_workday(day):
            day += timedelta(days=1)
        days.append(day)
    return days


def _ordinary_days(terms: Terms, on: date, kinds: tuple[str, ...] | None) -> list[date]:
    """A week ahead at least, on days of these kinds; none where a year has no such Thursday or Monday."""
    found = []
    for weekday in (3, 0):
        ahead = (on + timedelta(days=n) for n in range(7, 372))
        fitting = (
            day
            for day in ahead
            if day.weekday() == weekday
            and not terms.calendar.is_closed(day)
            and (kinds is None or terms.calendar.kind_of(day) in kinds)
        )
        found.extend(list(islice(fitting, 1)))
    return found
