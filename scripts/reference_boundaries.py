"""Each phrase at its boundary, computed by the functions that decide: what just counts, and what just does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from spelregel.rules.care_calendar import (
    CareCalendar,
    Contract,
    after_span,
    cutoff,
    first_day,
    forward,
    horizon_day,
    last_day,
    lies_in,
    opens_on,
    period_of,
    plus_months,
)
from spelregel.rules.facts import CareDay
from spelregel.rules.invitations import invitation_due
from spelregel.rules.phrases import PARSERS, AgeRange, Amount, Cap, Days, Distance, Horizon, Lead, Notice, Validity
from spelregel.tenancy.calendars import national
from spelregel.words import formats
from spelregel.words.locale import Register

ENGLISH: Final = Register("en")
DAY: Final = date(2026, 12, 10)
STARTS: Final = time(8)
#: A day in the Christmas holiday, for what is counted from the start of a holiday.
HOLIDAY: Final = date(2026, 12, 29)
CONTRACT: Final = Contract(date(2026, 3, 1), date(2027, 1, 31))
WEEKLY: Final = 20
_NATIONAL: Final = national("nl")
ZONE: Final = ZoneInfo(_NATIONAL.timezone)
CALENDAR: Final = CareCalendar(
    {each.day: each.name_en for each in _NATIONAL.public_holidays}, {}, {}, _NATIONAL.school_holidays["midden"]
)
_ONE: Final = timedelta(days=1)


def boundary(kind: str, phrase: str) -> str:
    """“Premise: what just counts, what just does not”; empty for a kind that has no boundary in time, such as an age group's unit.

    Raises PhraseError for a phrase that is none.
    """
    value: Any = PARSERS[kind](phrase)
    say = _SAID.get(kind)
    return say(value) if say else ""


def _day(day: date) -> str:
    return formats.full_day(day, ENGLISH)


def _minute(moment: datetime) -> str:
    return f"{moment:%A} {moment.day} {moment:%B %H:%M}"


def _notice(notice: Notice) -> str:
    day = HOLIDAY if notice.anchor == "holiday" else DAY
    until = cutoff(notice, day, STARTS, ZONE, CALENDAR)
    care = f"care on {_day(day)} at {STARTS:%H:%M}"
    holiday = CALENDAR.school_holiday_on(day)
    if holiday:
        care += f", in the holiday that starts on {_day(holiday.first)}"
    if until is None:
        return f"{care}: in time at any moment"
    last = until.last_minute()
    return f"{care}: in time {_minute(last)}, too late {_minute(last + timedelta(minutes=1))}"


def _validity(valid: Validity) -> str:
    last = last_day(valid, DAY, CALENDAR, CONTRACT)
    first = first_day(valid, DAY, CALENDAR)
    words = f"earned for {_day(DAY)}: "
    words += f"good for care from {_day(first)}" if first != DAY else "good for care"
    if last is None:
        return f"{words}, however late"
    words += f" up to and including {_day(last)}, no longer on {_day(last + _ONE)}"
    by_contract = valid.kind in ("contract year", "until the contract ends") or valid.latest == "contract year"
    return f"{words} (with a contract {_contract()})" if by_contract else words


def _contract() -> str:
    assert CONTRACT.starts and CONTRACT.ends
    return f"from {_day(CONTRACT.starts)} to {_day(CONTRACT.ends)}"


def _horizon(horizon: Horizon) -> str:
    day = HOLIDAY if horizon.anchor == "holiday" else DAY
    opens = opens_on(horizon, day, CALENDAR)
    if opens is None:
        return f"care on {_day(day)}: never too early"
    before = horizon_day(horizon, opens - _ONE, day, CALENDAR)
    on = horizon_day(horizon, opens, day, CALENDAR)
    if before is None or on is None or not before < day <= on:
        raise ValueError(f"“{horizon}” does not open on {opens}")
    return f"care on {_day(day)}: too early on {_day(opens - _ONE)}, possible from {_day(opens)}"


def _cap(cap: Cap) -> str:
    first, last = period_of(cap, DAY, CONTRACT)
    within = f"from {_day(first)} up to and including {_day(last)}"
    if cap.per_weekday:
        within = f"on the Thursdays {within}"
    if cap.unit is None:
        return f"{within}: number {cap.amount} is possible, number {cap.amount + 1} is not"
    return f"{within}: {Amount(cap.amount, cap.unit)} are the most"


def _span(span: Distance) -> str:
    done = datetime.combine(DAY, time(10), ZONE)
    until = after_span(span, done.astimezone(UTC)).astimezone(ZONE)
    return f"sent on {_minute(done)}: possible {_minute(until)}, too late {_minute(until + timedelta(minutes=1))}"


def _within(span: Distance) -> str:
    return f"counted from {_day(DAY)}: it ends on {_day(forward(DAY, span.n, span.unit, CALENDAR))}"


def _lead(lead: Lead) -> str:
    if not lead.n:
        return "when the account is made"
    due = invitation_due(lead, DAY, ZONE, datetime(2000, 1, 1, tzinfo=UTC)).astimezone(ZONE)
    return f"for a first day on {_day(DAY)}: on {_day(due.date())}, {due:%H:%M}"


def _days(days: Days) -> str:
    first, last = (each if isinstance(each, date) else date(DAY.year + 1, *each) for each in (days.first, days.last))
    last = last if last >= first else last.replace(year=last.year + 1)
    outside, inside = (first - _ONE, last + _ONE), (first, last)
    if not all(lies_in(days, each) for each in inside) or any(lies_in(days, each) for each in outside):
        raise ValueError(f"“{days}” does not begin on {first} and end on {last}")
    return f"{_day(first)} and {_day(last)} lie in it, {_day(outside[0])} and {_day(outside[1])} do not"


def _age_range(ages: AgeRange) -> str:
    born = plus_months(DAY, -ages.months)

    def holds(day: date) -> bool:
        care = CareDay(day, STARTS, time(13), "kdv", born=born)
        return care.age is not None and ages.holds(care.age)

    if holds(DAY) == holds(DAY - _ONE):
        raise ValueError(f"{ages} does not change on {DAY}")
    words = ("belongs to it", "no longer does") if holds(DAY - _ONE) else ("does not belong to it yet", "does")
    return f"a child born on {_day(born)}: {words[0]} on {_day(DAY - _ONE)}, {words[1]} on {_day(DAY)}"


def _amount(amount: Amount) -> str:
    if not amount.times_weekly:
        return ""
    total = Amount(amount.sixtieths * WEEKLY, "hour")
    return f"with {WEEKLY} hours a week in the contract: {total}"


_SAID: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType(
    {
        "notice": _notice,
        "validity": _validity,
        "horizon": _horizon,
        "cap": _cap,
        "span": _span,
        "within": _within,
        "lead": _lead,
        "days": _days,
        "age range": _age_range,
        "amount": _amount,
    }
)
