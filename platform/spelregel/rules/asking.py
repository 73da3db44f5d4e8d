"""The single conditions that several decisions share: who, when, on which day, how often. Each makes one Step.

A step that does not hang on the child or the minute is made once and shared (`remembered`): steps never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo

from spelregel.rules.care_calendar import (
    WITHOUT_CARE,
    CareCalendar,
    Contract,
    Cutoff,
    MissingFact,
    cutoff,
    first_day,
    horizon_day,
    last_day,
    lies_in,
    opens_on,
    period_of,
)
from spelregel.rules.decision import Step, number
from spelregel.rules.facts import CareDay
from spelregel.rules.memo import remembered
from spelregel.rules.phrases import Amount, Cap, Days, Horizon, Notice, Validity
from spelregel.rules.rulebook import CreditTerms, Rulebook, Sourced, Terms


def acting_on(rulebook: Rulebook, moment: datetime) -> date:
    return moment.astimezone(rulebook.zone).date()


def kind_of_day(terms: Terms, care: CareDay) -> str:
    return care.kind or _kind_of(terms.calendar, care.day)


@remembered
def _kind_of(calendar: CareCalendar, day: date) -> str:
    return calendar.kind_of(day)


def contract_of(care: CareDay) -> Contract:
    return Contract(care.contract_started, care.contract_ends)


def limit_of(rulebook: Rulebook, terms: Terms, notice: Notice, care: CareDay) -> Cutoff | None:
    return cutoff(notice, care.day, care.starts, rulebook.zone, terms.calendar)


def last_day_of(credit: CreditTerms, terms: Terms, earned_for: date, contract: Contract) -> date | None:
    """Until when a portion that is earned for this day can be used. Raises MissingFact."""
    last = last_day(credit.valid.value, earned_for, terms.calendar, contract)
    ended = credit.ended.last_used if credit.ended else None
    return last if ended is None else ended.value if last is None else min(last, ended.value)


@remembered
def by_whom(rule: Sourced[tuple[str, ...]], by: str) -> Step:
    if by in rule.value:
        return Step(rule.ref, "holds", f"by_{by}")
    return Step(rule.ref, "fails", f"not_by_{by}", remedy="reported_by_" + rule.value[0] if rule.value else None)


@remembered
def one_of(rule: Sourced[tuple[str, ...]], value: str, yes: str, no: str) -> Step:
    seen = {"is": value}
    return Step(rule.ref, "holds", yes, facts=seen) if value in rule.value else Step(rule.ref, "fails", no, facts=seen)


def in_time(rulebook: Rulebook, terms: Terms, rule: Sourced[Notice], care: CareDay, moment: datetime) -> Step:
    until, timely, late = _on_either_side(rule, care.day, care.starts, rulebook.zone, terms.calendar)
    return timely if until is None or until.admits(moment) else late


@remembered
def _on_either_side(
    rule: Sourced[Notice], day: date, starts: time, zone: tzinfo, calendar: CareCalendar
) -> tuple[Cutoff | None, Step, Step]:
    """The limit on this day, and what is said before and after it."""
    until = cutoff(rule.value, day, starts, zone, calendar)
    return (
        until,
        Step(rule.ref, "holds", "in_time" if until else "any_time", until),
        Step(rule.ref, "fails", "too_late", until, remedy="reported_before"),
    )


def not_too_early(terms: Terms, rule: Sourced[Horizon], today: date, care: CareDay) -> Step:
    day, contract = care.day, contract_of(care)
    try:
        last = horizon_day(rule.value, today, day, terms.calendar, contract)
        opens = opens_on(rule.value, day, terms.calendar, contract)
    except MissingFact as missing:
        return Step(rule.ref, "unknown", "not_told", facts={"fact": missing.args[0]})
    seen = {"opens": opens.isoformat() if opens else None, "asked_on": today.isoformat()}
    if last is None or day <= last:
        return Step(rule.ref, "holds", "not_too_early", facts=seen)
    return Step(rule.ref, "fails", "too_early", facts=seen, remedy="asked_from")


def whose(
    care_types: Sourced[tuple[str, ...]] | None,
    contracts: Sourced[tuple[str, ...]] | None,
    care: CareDay,
    what: str = "",
) -> list[Step]:
    """For which care and with which contract there is this at all. `what`: how the reasons begin."""
    steps = []
    if care_types is not None:
        steps.append(one_of(care_types, care.care_type, f"{what}for_this_care", f"{what}not_for_this_care"))
    if contracts is not None and care.contract is None:
        steps.append(Step(contracts.ref, "unknown", "not_told", facts={"fact": "contract"}))
    elif contracts is not None and care.contract is not None:
        steps.append(one_of(contracts, care.contract, f"{what}with_this_contract", f"{what}not_with_this_contract"))
    return steps


@remembered
def not_on(rule: Sourced[tuple[str, ...]], kind: str) -> Step:
    seen = {"day": kind}
    if kind in rule.value:
        return Step(rule.ref, "fails", "on_excluded_day", facts=seen)
    return Step(rule.ref, "holds", "on_included_day", facts=seen)


@remembered
def only_on(rule: Sourced[tuple[str, ...]], kind: str) -> Step:
    seen = {"day": kind}
    if kind in rule.value:
        return Step(rule.ref, "holds", "on_this_kind_of_day", facts=seen)
    return Step(rule.ref, "fails", "only_on_other_days", facts=seen)


def no_care(terms: Terms, kind: str) -> list[Step]:
    """Nothing to say on a day of care; on a day without any, that."""
    if kind not in WITHOUT_CARE:
        return []
    return [Step(terms.public_holidays.ref, "fails", "no_care_that_day", facts={"day": kind})]


@remembered
def not_abolished(rule: Sourced[date], day: date) -> Step:
    seen = {"last": rule.value.isoformat()}
    if day <= rule.value:
        return Step(rule.ref, "holds", "still_earned", facts=seen)
    return Step(rule.ref, "fails", "no_longer_earned", facts=seen)


@remembered
def not_between(rule: Sourced[tuple[Days, ...]], day: date) -> Step:
    hit = next((days for days in rule.value if lies_in(days, day)), None)
    if hit is None:
        return Step(rule.ref, "holds", "outside_closed_period")
    return Step(rule.ref, "fails", "in_closed_period", facts={"period": str(hit)})


def at_most(rule: Sourced[tuple[Cap, ...]], so_far: Mapping[str, int] | None, care: CareDay) -> list[Step]:
    """One step per cap that counts times. `so_far` per period, in sixtieths; what nobody told goes to a person."""
    steps = []
    for cap in rule.value:
        if cap.unit is not None:
            continue
        seen: dict[str, object] = {"maximum": cap.amount, "cap": str(cap), "per": cap.per}
        done = so_far.get(cap.per) if so_far is not None else None
        if done is None:
            steps.append(Step(rule.ref, "unknown", "not_told", facts={**seen, "fact": "so_far"}))
            continue
        seen["so_far"] = done // 60
        room = done < cap.amount * 60
        if not room:
            seen["again_from"] = _again_from(cap, care)
        steps.append(
            Step(rule.ref, "holds", "below_cap", facts=seen)
            if room
            else Step(
                rule.ref, "fails", "cap_reached", facts=seen, remedy="next_period" if seen["again_from"] else None
            )
        )
    return steps


def _again_from(cap: Cap, care: CareDay) -> str | None:
    if cap.per == "contract year" and care.contract_started is None:
        return None
    return date.fromordinal(period_of(cap, care.day, contract_of(care))[1].toordinal() + 1).isoformat()


def room_under(rule: Sourced[tuple[Cap, ...]], so_far: Mapping[str, int] | None, worth: int) -> tuple[int, list[Step]]:
    """How much of `worth` may still be earned under the caps that count an amount; sixtieths."""
    amount, steps = worth, []
    for cap in rule.value:
        if cap.unit is None:
            continue
        done = so_far.get(cap.per) if so_far is not None else None
        if done is None:
            steps.append(Step(rule.ref, "unknown", "not_told", facts={"fact": "so_far", "cap": str(cap)}))
            continue
        room = max(cap.amount - done, 0)
        seen = {"earned_so_far": number(done), "maximum": number(cap.amount), "cap": str(cap), "per": cap.per}
        if room == 0:
            steps.append(Step(rule.ref, "fails", "period_full", facts=seen))
        else:
            steps.append(
                Step(rule.ref, "holds", "room_in_period" if worth <= room else "cut_off_in_period", facts=seen)
            )
        amount = min(amount, room)
    return amount, steps


def within_quota(rule: Sourced[tuple[Cap, ...]], so_far: Mapping[str, int] | None, care: CareDay) -> list[Step]:
    """One step per cap that counts hours of care: what was asked already and this together stay under it."""
    steps = []
    for cap in rule.value:
        if cap.unit is None:
            continue
        done = so_far.get(cap.per) if so_far is not None else None
        seen: dict[str, object] = {"cap": str(cap), "per": cap.per, "maximum": number(cap.amount)}
        if done is None:
            steps.append(Step(rule.ref, "unknown", "not_told", facts={**seen, "fact": "so_far"}))
            continue
        seen["so_far"] = number(done)
        needed = care.minutes if cap.unit == "hour" else 60
        fits = done + needed <= cap.amount
        steps.append(
            Step(rule.ref, "holds" if fits else "fails", "below_quota" if fits else "quota_reached", facts=seen)
        )
    return steps


def big_enough(rule: Sourced[Amount], care: CareDay) -> Step:
    seen = {"minutes": care.minutes}
    if care.minutes >= rule.value.sixtieths:
        return Step(rule.ref, "holds", "long_enough", facts=seen)
    return Step(rule.ref, "fails", "too_short", facts=seen, remedy="longer")


def of_a_maximum(amount: Amount, care: CareDay) -> int | None:
    """A fixed amount, or so many times the contract's weekly hours; None when nobody told those. Sixtieths."""
    if not amount.times_weekly:
        return amount.sixtieths
    return None if care.weekly is None else amount.sixtieths * care.weekly // 60


def window_of(rule: Sourced[Validity], terms: Terms, given_up: date, wanted: date, contract: Contract) -> Step:
    """The wanted day of a swap, seen from the day that is given up. Raises MissingFact."""
    first, last = (
        first_day(rule.value, given_up, terms.calendar),
        last_day(rule.value, given_up, terms.calendar, contract),
    )
    seen = {"first": first.isoformat(), "last": last.isoformat() if last else None}
    if wanted < first:
        return Step(rule.ref, "fails", "before_window", facts=seen, remedy="care_in_window")
    if last is not None and wanted > last:
        return Step(rule.ref, "fails", "after_window", facts=seen, remedy="care_in_window")
    return Step(rule.ref, "holds", "inside_window", facts=seen)
