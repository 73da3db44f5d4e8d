"""The grammar of the rule language: every phrase that a tenant's file may hold, in one table of forms.

A phrase is atomic: whoever overrides it replaces it whole. Parsing answers with a frozen value or raises a
PhraseError that knows which characters are wrong and what was probably meant. `str(value)` gives the phrase
back, and `parse(str(value)) == value`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final, NoReturn

from spelregel.rules.message import Message, msg

NOTICE_UNITS: Final = ("hour", "day", "workday", "week", "month")
VALIDITY_UNITS: Final = ("day", "workday", "week", "month")
SPAN_UNITS: Final = ("minute", "hour", "day")
LEAD_UNITS: Final = ("day", "week", "month")
AMOUNT_UNITS: Final = ("hour", "daypart", "day", "point", "strip")
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTHS_MEANT: Final = MappingProxyType(
    {
        "januari": "January", "jan": "January", "februari": "February", "feb": "February", "maart": "March", "mrt": "March",
        "april": "April", "apr": "April", "mei": "May", "juni": "June", "jun": "June", "juli": "July", "jul": "July",
        "augustus": "August", "aug": "August", "september": "September", "sep": "September", "oktober": "October",
        "okt": "October", "november": "November", "nov": "November", "december": "December", "dec": "December",
    }
)  # fmt: skip
#: What a distance can be counted back from, instead of the day of care.
ANCHORS: Final = ("holiday", "week", "month")
SAME_PERIODS: Final = ("week", "month", "quarter", "calendar year", "school year")
PERIODS: Final = ("week", "month", "quarter", "calendar year", "school year", "contract year")

#: Dutch (and other) words that planners type, with the word of the language that they mean.
MEANT: Final = MappingProxyType(
    {
        "uur": "hours", "uren": "hours", "u": "hours", "h": "hours", "hr": "hours", "hrs": "hours",
        "dag": "day", "dagen": "days", "d": "days", "werkdag": "workday", "werkdagen": "workdays",
        "working": "workdays", "business": "workdays",
        "week": "week", "weken": "weeks", "maand": "month", "maanden": "months", "mnd": "months",
        "voor": "before", "vóór": "before", "voor:": "before", "by": "until", "tot": "before", "uiterlijk": "until",
        "geen": "none", "nooit": "none", "altijd": "none", "always": "none",
        "zelfde": "same day, before", "dezelfde": "same day, before",
        "onbeperkt": "unlimited", "kalenderjaar": "calendar year", "forever": "unlimited",
    }
)  # fmt: skip

#: A year is written in months, so that it can be told from a calendar year.
YEARS: Final = ("jaar", "jaren", "year", "years")
MINUTES: Final = ("min", "minuut", "minuten", "minute", "minutes")

#: How many forms a message names: the usual ones stand first in each table, the reference has them all.
USUAL: Final = 5

#: One line per form, in the words of the reference: (form, example).
NOTICE_FORMS: Final = (
    ("none", "none"),
    ("before start", "before start"),
    ("same day, before HH:MM", "same day, before 07:30"),
    ("N units", "48 hours"),
    ("N units, before HH:MM", "2 days, before 09:30"),
    ("more than N hours", "more than 48 hours"),
    ("N units before holiday", "5 weeks before holiday"),
    ("N units before week", "3 days before week, before 12:00"),
    ("N units before month", "2 weeks before month"),
    ("WEEKDAY N weeks before", "Thursday 1 week before, before 12:00"),
    ("Nth of the month before", "16th of the month before"),
    ("…, until HH:MM", "1 day, until 17:00"),
    ("D MONTH", "1 May"),
    ("D MONTH before holiday", "15 November before holiday"),
)
VALIDITY_FORMS: Final = (
    ("unlimited", "unlimited"),
    ("PERIOD", "calendar year"),
    ("N units", "30 days"),
    ("until the contract ends", "until the contract ends"),
    ("…, from N units before", "4 weeks, from 4 weeks before"),
    ("…, and N units", "calendar year, and 3 months"),
    ("…, at latest PERIOD or DATE", "90 days, at latest calendar year"),
    ("same PERIOD", "same week"),
)
HORIZON_FORMS: Final = (
    ("unlimited", "unlimited"),
    ("PERIOD", "calendar year"),
    ("N units", "30 days"),
    ("N units before holiday", "12 weeks before holiday"),
)
CAP_FORMS: Final = (
    ("N per PERIOD", "4 per calendar year"),
    ("N per weekday per PERIOD", "2 per weekday per calendar year"),
    ("N units per PERIOD", "45 hours per calendar year"),
)
SPAN_FORMS: Final = (("N units", "15 minutes"),)
LEAD_FORMS: Final = (("at once", "at once"), ("N units before first day", "6 weeks before first day"))
AMOUNT_FORMS: Final = (("N units", "100 hours"), ("N times the weekly hours", "3 times the weekly hours"))
DAYS_FORMS: Final = (("D MONTH to D MONTH", "15 June to 15 September"), ("DATE to DATE", "2027-06-15 to 2027-09-15"))
AGE_RANGE_FORMS: Final = (("under AGE", "under 18 months"), ("from AGE", "from 4 years"))


class PhraseError(ValueError):
    """`start` and `end` are character positions in the phrase; `help` says what to write instead."""

    def __init__(self, start: int, end: int, message: Message, help: Message | None = None) -> None:
        super().__init__(str(message))
        self.start, self.end, self.message, self.help = start, end, message, help


@dataclass(frozen=True, slots=True)
class Distance:
    n: int
    unit: str

    def __str__(self) -> str:
        return counted(self.n, self.unit)


@dataclass(frozen=True, slots=True)
class Notice:
    """How long before care something must be done.

    "ahead": `n` units ahead of the anchor; "weekday": that day of the week `n` weeks earlier; "day of month": the
    `n`th of the month before; "date": the last `n`th of `month` that is not after the anchor. `before` is a time of
    that day, too late itself unless `included`. `strict`: a moment so many hours before is too late.
    """

    kind: str  # "none" | "before start" | "ahead" | "weekday" | "day of month" | "date"
    n: int = 0  # 0 with unit "day": the day itself
    unit: str = "day"
    before: time | None = None
    anchor: str = "care"  # or one of ANCHORS
    weekday: int = 0  # 0 is Monday
    strict: bool = False
    included: bool = False
    month: int = 0  # 1 is January

    def __str__(self) -> str:
        clock = f", {'until' if self.included else 'before'} {self.before:%H:%M}" if self.before else ""
        if self.kind == "weekday":
            return f"{WEEKDAYS[self.weekday]} {counted(self.n, 'week')} before{clock}"
        if self.kind == "day of month":
            return f"{ordinal(self.n)} of the month before{clock}"
        if self.kind == "date":
            return f"{self.n} {MONTHS[self.month - 1]}{' before holiday' if self.anchor == 'holiday' else ''}{clock}"
        if self.kind != "ahead":
            return self.kind
        if self.n == 0:
            return f"same day{clock}"
        anchor = f" before {self.anchor}" if self.anchor != "care" else ""
        return f"{'more than ' if self.strict else ''}{counted(self.n, self.unit)}{anchor}{clock}"


@dataclass(frozen=True, slots=True)
class Validity:
    """For which days of care a credit can be used, counted from the day it was earned for, the last day included.

    `early` lets it be used before that day; `extra` comes on top of the end; `latest` is a second limit: the earlier
    of the two holds. `whole`: from the first day of that period, and not from the day in it.
    """

    kind: str  # "unlimited" | "until the contract ends" | "after" | one of PERIODS
    n: int = 0
    unit: str = "day"
    early: Distance | None = None
    extra: Distance | None = None
    latest: str | date | None = None  # one of PERIODS, or a day
    whole: bool = False

    def __str__(self) -> str:
        parts = [
            counted(self.n, self.unit) if self.kind == "after" else f"same {self.kind}" if self.whole else self.kind
        ]
        parts += [f"from {self.early} before"] if self.early else []
        parts += [f"and {self.extra}"] if self.extra else []
        parts += [f"at latest {self.latest}"] if self.latest else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead something can be asked: the last day of care that can be asked for today, included."""

    kind: str  # "unlimited" | "ahead" | one of PERIODS
    n: int = 0
    unit: str = "day"
    anchor: str = "care"  # or "holiday": it opens that long before the holiday starts

    def __str__(self) -> str:
        if self.kind != "ahead":
            return self.kind
        return counted(self.n, self.unit) + (f" before {self.anchor}" if self.anchor != "care" else "")


@dataclass(frozen=True, slots=True)
class Cap:
    """How often, or how much, within one period. `unit` None: a number of times; else sixtieths of that unit."""

    amount: int
    unit: str | None
    per: str  # one of PERIODS
    per_weekday: bool = False

    def __str__(self) -> str:
        what = str(self.amount) if self.unit is None else str(Amount(self.amount, self.unit))
        return f"{what} per {'weekday per ' if self.per_weekday else ''}{self.per}"


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before the first day of care; `n` 0 is at once."""

    n: int
    unit: str = "week"  # one of LEAD_UNITS

    def __str__(self) -> str:
        return f"{counted(self.n, self.unit)} before first day" if self.n else "at once"


@dataclass(frozen=True, slots=True)
class Days:
    """From one day up to and including another, of one year or of every year."""

    first: date | tuple[int, int]  # (month, day)
    last: date | tuple[int, int]

    def __str__(self) -> str:
        return f"{_day_text(self.first)} to {_day_text(self.last)}"


@dataclass(frozen=True, slots=True)
class AgeRange:
    """`months` is the age at which it begins, or ends (that day excluded)."""

    under: bool
    months: int

    def holds(self, age: int) -> bool:
        return age < self.months if self.under else age >= self.months

    def __str__(self) -> str:
        years, rest = divmod(self.months, 12)
        age = counted(years, "year") if years and not rest else counted(self.months, "month")
        return f"{'under' if self.under else 'from'} {age}"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of units, in sixtieths of the unit: a minute, where the unit is an hour.

    `times_weekly`: that many times what the contract has in a week, where `unit` is always the hour.
    """

    sixtieths: int
    unit: str  # one of AMOUNT_UNITS
    times_weekly: bool = False

    def __str__(self) -> str:
        number = plain_number(self.sixtieths)
        if self.times_weekly:
            return f"{number} times the weekly hours"
        return f"{number} {self.unit}{'' if number == '1' else 's'}"


def _day_text(day: date | tuple[int, int]) -> str:
    return day.isoformat() if isinstance(day, date) else f"{day[1]} {MONTHS[day[0] - 1]}"


def ordinal(n: int) -> str:
    """1st, 2nd, 16th"""
    return f"{n}{'th' if n in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def counted(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"


def plain_number(sixtieths: int) -> str:
    """270 -> "4.5", 300 -> "5", 20 -> "0.33"."""
    return f"{sixtieths / 60:.2f}".rstrip("0").rstrip(".")


def parse_notice(text: str) -> Notice:
    reader = _Reader(text, "48 hours")
    if reader.whole in ("none", "before start"):
        return Notice(reader.whole)
    if reader.whole.startswith("same day"):
        reader.word()
        reader.skip_word("day", comma=True)
        if reader.at_end:
            reader.stop(msg("“same day” needs a time"), msg("write “same day, before 07:30”"))
        at, included = reader.time_of_day()
        return Notice("ahead", 0, "day", at, included=included)
    _no_other_date(reader)
    if day := re.match(rf"[0-9]{{1,2}} (?:{'|'.join(MONTHS)})(?=$|,| )", text):
        return _date_notice(reader, day[0])
    if weekday := re.match(rf"({'|'.join(WEEKDAYS)})(?=[ ,]|$)", text):
        return _weekday_notice(reader, WEEKDAYS.index(weekday[1]))
    if re.match(r"[0-9]{1,2}(?:st|nd|rd|th)(?= |$)", text):
        return _day_of_month_notice(reader)
    if text.startswith("more than "):
        reader.position = len("more than ")
        n = reader.number(NOTICE_FORMS)
        unit = reader.unit(n, NOTICE_UNITS)
        reader.must_end()
        if unit != "hour":
            more = counted(n + 1, unit)
            reader.fail(0, len(text), msg("“more than” goes with hours only"), msg("write “%(example)s”", example=more))
        return Notice("ahead", n, unit, strict=True)
    n = reader.number(NOTICE_FORMS)
    anchored = re.search(rf" before ({'|'.join(ANCHORS)})(?=$|,| )", text)
    unit = reader.unit(n, NOTICE_UNITS, comma=not anchored)
    if anchored:
        if unit == "hour":
            reader.stop(msg("hours are counted from the start of care"), msg("write “%(example)s”", example=f"{counted(max(n // 24, 1), 'day')} before {anchored[1]}"))  # fmt: skip
        if reader.position != anchored.start() + 1:
            reader.stop(msg("“%(rest)s” does not belong here", rest=text[reader.position : anchored.start()]), msg("write “%(example)s”", example=f"{counted(n, unit)} before {anchored[1]}"))  # fmt: skip
        before, included = reader.time_after(anchored.end())
        return Notice("ahead", n, unit, before, anchored[1], included=included)
    if reader.at_end:
        return Notice("ahead", n, unit)
    if unit == "hour":
        reader.stop(
            msg("hours do not go with a time of day"),
            msg("write “2 days, before 09:30”, or the hours alone: “%(hours)s”", hours=counted(n, unit)),
        )
    at, included = reader.time_of_day()
    return Notice("ahead", n, unit, at, included=included)


def _weekday_notice(reader: _Reader, weekday: int) -> Notice:
    """ "Thursday 3 weeks before, before 13:00" """
    day = WEEKDAYS[weekday]
    match = re.match(r"([1-9][0-9]?) (week|weeks) before(?=$|,)", reader.text[len(day) + 1 :])
    if not match or (match[1] == "1") != (match[2] == "week"):
        reader.fail(len(day), len(reader.text), msg("how many weeks before is missing after “%(day)s”", day=day),
                    msg("write “%(example)s”", example=f"{day} 1 week before, before 12:00"))  # fmt: skip
    before, included = reader.time_after(len(day) + 1 + match.end())
    return Notice("weekday", int(match[1]), "week", before, weekday=weekday, included=included)


def _day_of_month_notice(reader: _Reader) -> Notice:
    """ "16th of the month before, before 12:00" """
    match = re.match(r"([0-9]{1,2})(?:st|nd|rd|th) of the month before(?=$|,)", reader.text)
    number = int(re.match(r"[0-9]+", reader.text)[0])  # type: ignore[index]  # the caller has seen it
    right = f"{ordinal(min(max(number, 1), 28))} of the month before"
    if not match or number not in range(1, 29) or not reader.text.startswith(right):
        reader.fail(0, len(reader.text), msg("this is not a day of the month before, from the 1st to the 28th"),
                    msg("write “%(example)s”", example=right))  # fmt: skip
    before, included = reader.time_after(match.end())
    return Notice("day of month", number, "day", before, included=included)


def _no_other_date(reader: _Reader) -> None:
    """A day of the year in other words: “1 mei”, “before 1 May”."""
    found = re.match(r"((?:\S+ )?)([0-9]{1,2}) ([^\W\d]+)(.*)", reader.text)
    if not found:
        return
    word = found[3].capitalize()
    month = word if word in MONTHS else MONTHS_MEANT.get(found[3].lower())
    before = not found[1] or meant_instead(found[1].strip(), ("before", "until"))
    if month and before and (found[1] or month != found[3]):
        tail = found[4] if re.fullmatch(r"( before holiday)?(, (before|until) [0-9:]{5})?", found[4]) else ""
        reader.fail(0, len(reader.text), msg("a day of the year is written otherwise"), msg("write “%(example)s”", example=f"{found[2]} {month}{tail}"))  # fmt: skip


def _date_notice(reader: _Reader, written: str) -> Notice:
    """ "1 May before holiday, until 17:00" """
    found = _day_of_year(written)
    if found is None or found == (2, 29):
        reader.fail(0, len(written), msg("“%(text)s” is not a day of every year", text=written), msg("write “%(example)s”", example="1 May"))  # fmt: skip
    month, day = found
    anchor = " before holiday" if reader.text.startswith(" before holiday", len(written)) else ""
    before, included = reader.time_after(len(written) + len(anchor))
    return Notice("date", day, "day", before, "holiday" if anchor else "care", included=included, month=month)


def parse_validity(text: str) -> Validity:
    main, *rest = text.split(", ") if text.strip(", ") else [text]
    position = len(main)
    kind, n, unit = "after", 0, "day"
    whole = main.startswith("same ") and main.removeprefix("same ") in SAME_PERIODS
    if whole or main in ("unlimited", "until the contract ends", *PERIODS):
        kind = main.removeprefix("same ") if whole else main
    else:
        reader = _Reader(main, "30 days")
        n = reader.number(VALIDITY_FORMS)
        unit = reader.unit(n, VALIDITY_UNITS)
        reader.must_end()
    early = extra = None
    latest: str | date | None = None
    order = ["from", "and", "at latest"]
    for part in rest:
        start, end = position + 2, position + 2 + len(part)
        position = end
        word = next((each for each in order if part.startswith(each + " ")), None)
        if word is None:
            raise PhraseError(start, end, msg("“%(rest)s” does not belong here", rest=part),
                              msg("behind the comma stands “from 4 weeks before”, “and 3 months” or “at latest calendar year”"))  # fmt: skip
        order = order[order.index(word) + 1 :]
        body = part[len(word) + 1 :]
        if word == "at latest":
            latest = body if body in PERIODS else _latest_day(body, start + len(word) + 1)
        elif word == "from":
            bare = body.removesuffix(" before")
            if bare == body:
                raise PhraseError(start, end, msg("“before” is missing at the end"), msg("write “%(example)s”", example=f"from {body} before"))  # fmt: skip
            if whole:
                raise PhraseError(0, end, msg("“%(kind)s” begins with its first day already", kind=main), msg("write “%(example)s”", example=f"{kind}, {part}"))  # fmt: skip
            early = _distance(bare, start + len(word) + 1)
        else:
            extra = _distance(body, start + len(word) + 1)
    if kind in ("unlimited", "until the contract ends") and rest and (extra or (latest and kind == "unlimited")):
        raise PhraseError(0, len(text), msg("“%(kind)s” has no end that this could change", kind=kind), msg("write “%(example)s”", example=kind))  # fmt: skip
    return Validity(kind, n, unit, early, extra, latest, whole)


def _distance(text: str, offset: int) -> Distance:
    try:
        reader = _Reader(text, "4 weeks")
        n = reader.number((("N units", "4 weeks"),))
        unit = reader.unit(n, VALIDITY_UNITS)
        reader.must_end()
    except PhraseError as wrong:
        raise PhraseError(offset + wrong.start, offset + wrong.end, wrong.message, wrong.help) from None
    return Distance(n, unit)


def _latest_day(text: str, offset: int) -> date:
    found = _date(text)
    if found is None:
        raise PhraseError(offset, offset + max(len(text), 1), msg("“%(text)s” is not a period or a date that exists", text=text),
                          msg("write “at latest calendar year” or “at latest 2027-12-31”"))  # fmt: skip
    return found


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def parse_horizon(text: str) -> Horizon:
    if text in ("unlimited", *PERIODS):
        return Horizon(text)
    bare = text.removesuffix(" before holiday")
    reader = _Reader(bare, "30 days")
    n = reader.number(HORIZON_FORMS)
    unit = reader.unit(n, ("day", "week", "month"))
    reader.must_end()
    return Horizon("ahead", n, unit, "holiday" if bare != text else "care")


def parse_cap(text: str) -> Cap:
    what, per, period = text.partition(" per ")
    weekday = period.startswith("weekday per ")
    period = period.removeprefix("weekday per ")
    if not per or period not in PERIODS:
        start = len(what) + len(per) if per else 0
        guess = meant_instead(period, PERIODS) if per else None
        raise PhraseError(min(start, max(len(text) - 1, 0)), max(len(text), 1), msg("a maximum is so many per period"),
                          msg("did you mean “%(guess)s”?", guess=f"{what} per {guess}") if guess else msg("write “4 per calendar year” or “45 hours per calendar year”"))  # fmt: skip
    if re.fullmatch(r"[1-9][0-9]{0,2}", what):
        return Cap(int(what), None, period, weekday)
    amount = parse_amount(what, "45 hours")
    return Cap(amount.sixtieths, amount.unit, period, weekday)


def parse_span(text: str) -> Distance:
    """How long after something was done: "15 minutes"."""
    reader = _Reader(text, "15 minutes")
    n = reader.number(SPAN_FORMS)
    unit = reader.unit(n, SPAN_UNITS)
    reader.must_end()
    return Distance(n, unit)


def parse_within(text: str) -> Distance:
    """How long something may take: "2 workdays"."""
    reader = _Reader(text, "2 workdays")
    n = reader.number((("N units", "2 workdays"),))
    unit = reader.unit(n, VALIDITY_UNITS)
    reader.must_end()
    return Distance(n, unit)


def parse_lead(text: str) -> Lead:
    """When something is done that comes before the first day of care: "6 weeks before first day"."""
    if text == "at once":
        return Lead(0)
    reader = _Reader(text, "6 weeks before first day")
    n = reader.number(LEAD_FORMS)
    unit = reader.unit(n, LEAD_UNITS)
    anchor = text[reader.position :]
    if anchor != "before first day":
        right = f"{counted(n, unit)} before first day"
        reader.stop(msg("it is counted back from the first day of care"), msg("write “%(example)s”", example=right))
    return Lead(n, unit)


def parse_days(text: str) -> Days:
    first, _, last = text.partition(" to ")
    found = [_date(each) or _day_of_year(each) for each in (first, last)]
    one, two = found
    if one is None or two is None or isinstance(one, date) is not isinstance(two, date):
        raise PhraseError(0, max(len(text), 1), msg("“%(text)s” is not a series of days", text=text),
                          msg("write “15 June to 15 September”, or with years “2027-06-15 to 2027-09-15”"))  # fmt: skip
    if isinstance(one, date) and isinstance(two, date) and two < one:
        raise PhraseError(0, len(text), msg("the last day comes before the first"), msg("write “%(example)s”", example=f"{last} to {first}"))  # fmt: skip
    return Days(one, two)


def _day_of_year(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(rf"([1-9]|[12][0-9]|3[01]) ({'|'.join(MONTHS)})", text)
    if not match:
        return None
    month, day = MONTHS.index(match[2]) + 1, int(match[1])
    try:
        date(2028, month, day)
    except ValueError:
        return None
    return month, day


def parse_age_range(text: str) -> AgeRange:
    word, _, age = text.partition(" ")
    if word not in ("under", "from"):
        raise PhraseError(0, max(len(text), 1), msg("“%(text)s” is not an age range", text=text), msg("write “under 18 months” or “from 4 years”"))  # fmt: skip
    try:
        return AgeRange(word == "under", parse_age(age))
    except PhraseError as wrong:
        offset = len(word) + 1
        raise PhraseError(offset + wrong.start, offset + max(wrong.end, 1), wrong.message, wrong.help) from None


def parse_amount(text: str, example: str = "100 hours") -> Amount:
    weekly = re.fullmatch(r"([1-9][0-9]?)(\.[0-9]{1,2})? times the weekly hours", text)
    if weekly:
        return Amount(round(float(weekly[1] + (weekly[2] or "")) * 60), "hour", times_weekly=True)
    reader = _Reader(text, example)
    match = re.match(r"(0|[1-9][0-9]{0,4})(\.[0-9]{1,2})? ", text)
    if match:
        sixtieths = round(float(match.group()) * 60)
        reader.position = match.end()
    else:
        comma = re.match(r"[0-9]{1,5},[0-9]{1,2}", text)
        if comma:
            reader.fail(0, comma.end(), msg("a decimal is written with a point"),
                        msg("write “%(example)s”", example=comma.group().replace(",", ".")))  # fmt: skip
        digits = re.match(r"[-0-9.]+(?= )", text)
        if digits:
            reader.fail(0, digits.end(), msg("“%(word)s” is not a number from 0 to 99999 with at most two decimals", word=digits.group()),
                        msg("write “%(example)s”", example=example))  # fmt: skip
        sixtieths = reader.number((("N hours", example),)) * 60
    unit = reader.unit(1 if text.startswith("1 ") else 2, AMOUNT_UNITS)
    reader.must_end()
    return Amount(sixtieths, unit)


def parse_worth(text: str) -> str:
    """What one unit of a credit stands for: one of AMOUNT_UNITS."""
    amount = parse_amount(text, "1 hour")
    if amount.sixtieths != 60 or amount.times_weekly:
        raise PhraseError(0, len(text), msg("a credit is worth one unit"), msg("write “1 hour” or “1 daypart”"))
    return amount.unit


def parse_age(text: str) -> int:
    """ "1 year", "18 months" -> months."""
    match = re.fullmatch(r"(?:(1) year|([2-9]|1[0-8]) years|(1) month|([2-9]|[1-9][0-9]) months)", text)
    if not match:
        raise PhraseError(
            0, len(text), msg("“%(text)s” is not an age", text=text), msg("write “1 year” or “18 months”")
        )
    year, years, month, months = match.groups()
    return int(year or years or 0) * 12 + int(month or months or 0)


def meant_instead(word: str, choices: tuple[str, ...]) -> str | None:
    """The choice that a mistyped or Dutch word probably stands for."""
    lowered = word.lower()
    if lowered in choices:
        return lowered
    if (known := MEANT.get(lowered)) and (known in choices or not choices):
        return known
    close = get_close_matches(lowered, choices, n=1, cutoff=0.6)
    return close[0] if close else None


class _Reader:
    """Walks over the words of one phrase and stops with the span of the one that is wrong."""

    def __init__(self, text: str, example: str) -> None:
        self.text, self.example, self.position = text, example, 0
        self.whole = text
        right = " ".join(text.split())
        if text == right:
            return
        odd = re.search(r"[^\S \n\r\t]+", text)
        if odd:
            self.fail(
                odd.start(),
                odd.end(),
                msg("this looks like a space and is another character"),
                msg("write “%(text)s”", text=right),
            )
        if re.search(r"[\n\r]", text):
            self.fail(0, len(text), msg("a phrase stands on one line"), msg("write “%(text)s”", text=right))
        self.fail(
            0, len(text), msg("there are spaces too many in “%(text)s”", text=text), msg("write “%(text)s”", text=right)
        )

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def fail(self, start: int, end: int, message: Message, help: Message | None = None) -> NoReturn:
        raise PhraseError(start, max(end, start + 1), message, help)

    def stop(self, message: Message, help: Message) -> NoReturn:
        start = min(self.position, max(len(self.text) - 1, 0))
        self.fail(start if not self.at_end else 0, len(self.text), message, help)

    def word(self) -> tuple[int, int, str]:
        match = re.compile(r"\S+").match(self.text, self.position)
        if not match:
            return len(self.text), len(self.text), ""
        self.position = min(match.end() + 1, len(self.text)) if match.end() < len(self.text) else len(self.text)
        return match.start(), match.end(), match.group()

    def skip_word(self, expected: str, *, comma: bool = False) -> None:
        start, end, word = self.word()
        if word.rstrip(",") != expected:
            self.fail(
                start,
                end,
                msg("“%(word)s” is not expected here", word=word),
                msg("write “%(word)s”", word=expected),
            )
        if comma:
            self._comma(start, end, word)

    def _comma(self, start: int, end: int, word: str) -> None:
        if not self.at_end and not word.endswith(","):
            self.fail(
                start,
                end,
                msg("a comma is missing after “%(word)s”", word=word),
                msg("write “%(word)s,”", word=word),
            )

    def number(self, forms: tuple[tuple[str, str], ...]) -> int:
        start, end, word = self.word()
        if re.fullmatch(r"[1-9][0-9]{0,2}", word):
            if self.at_end:
                unit = self.example.split(" ")[1].rstrip("s") + ("" if word == "1" else "s")
                self.fail(start, end, msg("a unit is missing after “%(number)s”", number=word),
                          msg("write “%(example)s”", example=f"{word} {unit}"))  # fmt: skip
            return int(word)
        glued = re.fullmatch(r"([1-9][0-9]{0,2})([^\W\d]+),?", word)
        if glued:
            unit = meant_instead(glued[2], tuple(u + "s" for u in NOTICE_UNITS)) or "days"
            self.fail(start, end, msg("a space is missing in “%(word)s”", word=word),
                      msg("write “%(example)s”", example=f"{glued[1]} {unit}"))  # fmt: skip
        if word == "0":
            if forms is NOTICE_FORMS:
                self.fail(start, end, msg("0 is not a distance"), msg("write “same day, before 07:30” or “before start”"))  # fmt: skip
            self.fail(start, end, msg("it begins at 1"), msg("write “%(example)s”", example=self.example))
        if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", word):
            self.fail(
                start,
                end,
                msg("a time of day needs a day"),
                msg("write “same day, before %(time)s”", time=word.zfill(5)),
            )
        if re.fullmatch(r"-?[0-9]+(?:[.,][0-9]+)?", word):
            self.fail(start, end, msg("“%(word)s” is not a whole number from 1 to 999", word=word),
                      msg("write “%(example)s”", example=self.example))  # fmt: skip
        clock = re.fullmatch(r"\S+ ([0-9]{1,2}[:.][0-9]{2})", self.text)
        if clock and meant_instead(word, ("before", "until")) and forms is NOTICE_FORMS:
            self.fail(0, len(self.text), msg("a time of day needs a day"),
                      msg("write “same day, before %(time)s”", time=clock[1].replace(".", ":").zfill(5)))  # fmt: skip
        fixed = tuple(form for form, _ in forms if "N" not in form and "HH" not in form)
        guess = meant_instead(self.text, fixed) or meant_instead(word, fixed)
        examples = "”, “".join(example for _, example in forms[:USUAL])
        self.fail(0, len(self.text), msg("“%(text)s” is not a phrase that is known here", text=self.text),
                  msg("did you mean “%(guess)s”?", guess=guess) if guess
                  else msg("write “%(example)s”", example=self.example) if len(forms) == 1
                  else msg("write one of “%(examples)s”", examples=examples))  # fmt: skip

    def unit(self, n: int, units: tuple[str, ...], *, comma: bool = False) -> str:
        start, end, word = self.word()
        bare = word.rstrip(",") if comma else word
        end -= len(word) - len(bare)
        singular = bare[:-1] if bare.endswith("s") else bare
        if singular not in units:
            plural = tuple(u + "s" for u in units)
            guess = None if bare.lower() in MINUTES else meant_instead(bare, plural + units)
            if guess in units or guess in plural:
                guess = guess.rstrip("s") + ("" if n == 1 else "s")
            names = ", ".join(plural)
            if bare.lower() in YEARS and "month" in units:
                self.fail(start, end, msg("unknown unit “%(unit)s”", unit=bare),
                          msg("write “%(example)s”", example=counted(12 * n, "month")))  # fmt: skip
            self.fail(start, end, msg("unknown unit “%(unit)s”", unit=bare),
                      msg("did you mean “%(guess)s”? Units: %(units)s", guess=guess, units=names) if guess
                      else msg("units: %(units)s", units=names))  # fmt: skip
        if bare != (right := counted(n, singular).split()[1]):
            self.fail(
                start,
                end,
                msg("“%(n)s %(unit)s” is not how it is counted", n=n, unit=bare),
                msg("write “%(right)s”", right=f"{n} {right}"),
            )
        if comma:
            self._comma(start, start + len(word), word)
        return singular

    def time_of_day(self) -> tuple[time, bool]:
        """“before HH:MM” or “until HH:MM”, and whether that minute is still in time."""
        start, end, word = self.word()
        included = word == "until"
        if word not in ("before", "until"):
            guess = meant_instead(word, ("before", "until"))
            is_time = re.fullmatch(r"[0-9]{1,2}[:.][0-9]{2}", word)
            self.fail(start, end, msg("“before” or “until” is expected here, this is “%(word)s”", word=word),
                      msg("write “before %(time)s”", time=word.replace(".", ":").zfill(5)) if is_time
                      else msg("did you mean “%(guess)s”?", guess=guess) if guess
                      else msg("a time of day is written “before 09:30”, or “until 09:30” where 09:30 is still in time"))  # fmt: skip
        start, end, word = self.word()
        if not word:
            self.fail(
                len(self.text) - 6,
                len(self.text),
                msg("a time is missing after “before”"),
                msg("write “before 09:30”"),
            )
        value = parse_time(word, start)
        self.must_end()
        return value, included

    def time_after(self, position: int) -> tuple[time | None, bool]:
        """Nothing, or “, before HH:MM”, from here to the end."""
        if position >= len(self.text):
            return None, False
        self.position = position + 2
        if self.text.startswith((" before ", " until "), position):
            start = self.text.rindex(" ", 0, position) + 1
            self._comma(start, position, self.text[start:position])
        if not self.text.startswith(", ", position) or self.at_end:
            self.fail(position, len(self.text), msg("“%(rest)s” does not belong here", rest=self.text[position:].strip() or self.text),
                      msg("write “%(example)s”", example=f"{self.text[:position]}, before 12:00"))  # fmt: skip
        return self.time_of_day()

    def must_end(self) -> None:
        if not self.at_end:
            self.fail(self.position, len(self.text), msg("“%(rest)s” does not belong here", rest=self.text[self.position:]),
                      msg("write “%(example)s”", example=self.text[: self.position].rstrip(" ,")))  # fmt: skip


def parse_time(word: str, offset: int = 0) -> time:
    if re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", word):
        return time(int(word[:2]), int(word[3:]))
    end = offset + len(word)
    loose = re.fullmatch(r"([0-9]{1,2})[:.h]([0-9]{2})", word)
    if loose and int(loose[1]) < 24 and int(loose[2]) < 60:
        right = f"{int(loose[1]):02}:{loose[2]}"
        raise PhraseError(
            offset,
            end,
            msg("a time has two digits, a colon and two digits"),
            msg("write %(time)s", time=right),
        )
    raise PhraseError(
        offset,
        end,
        msg("“%(word)s” is not a time that exists", word=word),
        msg("write a time from 00:00 to 23:59, such as 09:30"),
    )


#: The kinds that a schema names with `x-kind`, and the parser that knows the exact place of a fault.
PARSERS: Final[MappingProxyType[str, Callable[[str], object]]] = MappingProxyType(
    {
        "notice": parse_notice,
        "validity": parse_validity,
        "horizon": parse_horizon,
        "cap": parse_cap,
        "span": parse_span,
        "within": parse_within,
        "lead": parse_lead,
        "days": parse_days,
        "age range": parse_age_range,
        "amount": parse_amount,
        "worth": parse_worth,
        "age": parse_age,
    }
)
