"""Dates, times, amounts and lists as people write them, per language. Names of days and months are cached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Protocol

from babel.dates import format_date
from babel.lists import format_list

from spelregel.rules.care_calendar import Cutoff
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


def day_of_year(day: date, register: Register) -> str:
    """10 december 2026"""
    return _date(day, "d MMMM y", register.language)


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


def credit_amount(sixtieths: int, name: CreditForms, register: Register) -> str:
    """4,5 ... in the organisation's own word"""
    return f"{decimal(sixtieths, register)} {name.one if sixtieths == 60 else name.other}"


def until(cutoff: Cutoff, register: Register) -> str:
    """The last moment, as a phrase that follows “until”: exactly the minute at which the answer flips."""
    if cutoff.whole_day:
        last = cutoff.last_minute().date()
        return register.gettext("%(day)s, the whole day") % {"day": long_day(last, register)}
    values = {"day": long_day(cutoff.wall.date(), register), "time": clock(cutoff.wall, register)}
    if cutoff.this_minute_counts:
        return register.gettext("%(day)s %(time)s at the latest") % values
    return register.gettext("%(day)s, before %(time)s") % values


def and_list(words: Sequence[str], register: Register) -> str:
    return format_list(list(words), locale=register.locale)


def or_list(words: Sequence[str], register: Register) -> str:
    return format_list(list(words), style="or", locale=register.locale)
