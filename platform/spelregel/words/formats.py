"""Dates, times, amounts and lists as people write them, per language. Names of days and months are cached."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from spelregel.rules.care_calendar import Cutoff
from spelregel.rules.phrases import ordinal
from spelregel.words.locale import Register


class CreditForms(Protocol):
    """The name without a number, and its counted forms."""

    @property
    def label(self) -> str: ...
    @property
    def one(self) -> str: ...
    @property
    def other(self) -> str: ...


@lru_cache(maxsize=8192)
def _date(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale="en_GB" if language == "en" else "nl_NL")


def long_day(day: date, register: Register) -> str:
    """donderdag 10 december"""
    return _date(day, "EEEE d MMMM", register.language)


def full_day(day: date, register: Register) -> str:
    """donderdag 10 december 2026"""
    return _date(day, "EEEE d MMMM y", register.language)


def weekday(day: date, register: Register) -> str:
    return _date(day, "EEEE", register.language)


def short_weekday(day: date, register: Register) -> str:
    return _date(day, "EEE", register.language).rstrip(".")


def day_and_month(day: date, register: Register) -> str:
    """10 december"""
    return _date(day, "d MMMM", register.language)


def clock(at: time | datetime, register: Register) -> str:
    """09.30 uur, or 09:30"""
    return f"{at:%H.%M} uur" if register.language == "nl" else f"{at:%H:%M}"


def span(starts: time, ends: time, register: Register) -> str:
    sign = "." if register.language == "nl" else ":"
    return f"{starts:%H}{sign}{starts:%M}–{ends:%H}{sign}{ends:%M}"


def decimal(sixtieths: int, register: Register) -> str:
    """270 -> 4,5 or 4.5"""
    text = f"{sixtieths / 60:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if register.language == "nl" else text


def nth(n: int, register: Register) -> str:
    """16e, or 16th"""
    return f"{n}e" if register.language == "nl" else ordinal(n)


def plain(number: Decimal, register: Register) -> str:
    """2 -> "2", 0.5 -> "0,5" in Dutch."""
    return format_decimal(number, locale=register.language)


def money(euros: Decimal, register: Register) -> str:
    """15 -> "15", 7.5 -> "7,50" in Dutch."""
    return format_decimal(euros, "0" if euros == int(euros) else "0.00", locale=register.language)


def whole(number: int, register: Register) -> str:
    """12.500 or 12,500"""
    return format_decimal(number, locale=register.locale)


def counts_as_one(sixtieths: int, register: Register) -> bool:
    """Whether the singular follows: in Dutch after 0,5 and 1,5 as well (anderhalf uur), in English after 1 alone."""
    return 0 < sixtieths < 120 if register.language == "nl" else sixtieths == 60


def credit_amount(sixtieths: int, name: CreditForms, register: Register) -> str:
    """4,5 ... in the organisation's own word"""
    return f"{decimal(sixtieths, register)} {name.one if counts_as_one(sixtieths, register) else name.other}"


def near_day(day: date, today: date | None, register: Register) -> str:
    """today, tomorrow, or the day itself."""
    distance = (day - today).days if today else None
    if distance == 0:
        return register.gettext("today")
    return register.gettext("tomorrow") if distance == 1 else long_day(day, register)


def until(cutoff: Cutoff, register: Register, today: date | None = None) -> str:
    """The last moment, as a phrase that follows “until” or “tot”: exactly the minute at which the answer flips.

    A moment that still counts itself is “tot en met” in Dutch, so there the phrase starts with “en met”. Who reads it
    on the day itself, or the day before, is told so where `today` is given.
    """
    if cutoff.whole_day:
        return register.gettext("the end of %(day)s") % {"day": near_day(cutoff.last_minute().date(), today, register)}
    values = {"day": near_day(cutoff.wall.date(), today, register), "time": clock(cutoff.wall, register)}
    if today and 0 <= (cutoff.wall.date() - today).days <= 1:  # so near that nobody has to be told twice
        if cutoff.this_minute_counts:
            return register.gettext("and including %(time)s %(day)s") % values
        return register.gettext("%(time)s %(day)s") % values
    if cutoff.this_minute_counts:
        return register.gettext("and including %(time)s on %(day)s") % values
    return register.gettext("%(time)s on %(day)s") % values


def in_time(cutoff: Cutoff, register: Register) -> str:
    """The same moment with the word before it: “tot dinsdag 1 december 09.30 uur”, “before 09:30 on Tuesday 1 December”."""
    if cutoff.whole_day:
        return register.gettext("up to and including %(day)s") % {
            "day": long_day(cutoff.last_minute().date(), register)
        }
    values = {"day": long_day(cutoff.wall.date(), register), "time": clock(cutoff.wall, register)}
    if cutoff.this_minute_counts:
        return register.gettext("up to and including %(time)s on %(day)s") % values
    return register.gettext("before %(clock)s on %(day)s") % {"day": values["day"], "clock": values["time"]}


#: A number and what it counts, a day of the week and its date, a sign and its number: one line holds them together.
_HELD_TOGETHER = re.compile(r"(?<=\d) (?=[^\W\d_])|(?<=€) (?=\d)|(?<=dag) (?=\d{1,2} [a-z])|(?<=day) (?=\d{1,2} [A-Z])")


def no_break(text: str) -> str:
    """For a page: “48 uur” and “donderdag 3 december” do not fall apart at the end of a line."""
    return _HELD_TOGETHER.sub("\N{NO-BREAK SPACE}", text)


def and_list(words: Sequence[str], register: Register) -> str:
    return format_list(list(words), locale=register.locale)


def or_list(words: Sequence[str], register: Register) -> str:
    return format_list(list(words), style="or", locale=register.locale)
