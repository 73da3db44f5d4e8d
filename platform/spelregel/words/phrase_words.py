"""The phrases of the rule language as people say them, per register: what the file says, never another unit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Protocol

from spelregel.rules.phrases import Amount, Cap, Days, Notice
from spelregel.words import formats, terms
from spelregel.words.locale import Register


class Voice(Protocol):
    """What a Speaker can do, as far as phrases need it."""

    @property
    def register(self) -> Register: ...
    def say(self, template: str, **values: object) -> str: ...
    def word(self, vocabulary: object, key: str) -> str: ...
    def amount(self, sixtieths: int, kind: str) -> str: ...


def notice_words(notice: Notice, voice: Voice) -> str:
    """Until when, as it follows “you can ask” or “aanvragen kan”: “tot en met 4 dagen van tevoren”."""
    if notice.kind == "none":
        return voice.say("at any time")
    if notice.kind == "before start":
        return voice.say("until care starts")
    day = _day_ahead(notice, voice)
    if notice.before:
        time = formats.clock(notice.before, voice.register)
        ahead = notice.kind == "ahead" and notice.n > 0
        if notice.included:
            if ahead:
                return voice.say("up to and including %(time)s, %(last_day)s", time=time, last_day=day)
            return voice.say("up to and including %(time)s on %(last_day)s", time=time, last_day=day)
        if ahead:
            return voice.say("before %(time)s, %(last_day)s", time=time, last_day=day)
        return voice.say("before %(time)s on %(last_day)s", time=time, last_day=day)
    if notice.strict:
        distance = counted(notice.n, notice.unit, voice)
        return voice.say("until %(distance)s ahead (exactly %(distance)s ahead is too late)", distance=distance)
    return voice.say("no later than %(day)s", day=day)


def by_words(notice: Notice, voice: Voice) -> str:
    """The same limit as it follows “reported” or “you hear from us”: “uiterlijk 4 dagen van tevoren”."""
    if notice.kind == "none":
        return voice.say("at any time")
    if notice.kind == "before start":
        return voice.say("before care starts")
    day = _day_ahead(notice, voice)
    ahead = notice.kind == "ahead" and notice.n > 0
    if notice.before:
        time = formats.clock(notice.before, voice.register)
        if notice.included:
            if ahead:
                return voice.say("at least %(day)s, up to and including %(time)s", time=time, day=day)
            return voice.say("by %(time)s on %(day)s", time=time, day=day)
        if ahead:
            return voice.say("at least %(day)s, before %(time)s", time=time, day=day)
        return voice.say("before %(time)s on %(day)s", time=time, day=day)
    if notice.strict:
        return voice.say("more than %(day)s", day=day)
    return voice.say("at least %(day)s", day=day) if ahead else voice.say("by %(day)s", day=day)


def later_words(notice: Notice, voice: Voice) -> str:
    """When the limit has passed: “later dan 6 dagen van tevoren”."""
    if notice.kind in ("none", "before start"):
        return voice.say("after care has started")
    day = _day_ahead(notice, voice)
    ahead = notice.kind == "ahead" and notice.n > 0
    if notice.before:
        time = formats.clock(notice.before, voice.register)
        if notice.included:
            if ahead:
                return voice.say("after %(time)s, %(day)s", time=time, day=day)
            return voice.say("after %(time)s on %(day)s", time=time, day=day)
        if ahead:
            return voice.say("from %(time)s, %(day)s", time=time, day=day)
        return voice.say("from %(time)s on %(day)s", time=time, day=day)
    if notice.strict:
        return voice.say("%(day)s or less", day=day)
    return voice.say("less than %(day)s", day=day) if ahead else voice.say("after %(day)s", day=day)


def _day_ahead(notice: Notice, voice: Voice) -> str:
    """“4 dagen van tevoren”, “donderdag van de week ervoor”, “de 16e van de maand ervoor”."""
    if notice.kind == "weekday":
        # 2024 began on a Monday
        day = formats.weekday(date(2024, 1, 1 + notice.weekday), voice.register)
        if notice.n == 1:
            return voice.say("%(weekday)s of the week before", weekday=day)
        weeks = counted(notice.n, "week", voice)
        return voice.say("%(weekday)s, %(weeks)s before the week of the care", weekday=day, weeks=weeks)
    if notice.kind == "day of month":
        return voice.say("the %(nth)s of the month before", nth=formats.nth(notice.n, voice.register))
    if notice.kind == "date":
        written = formats.day_and_month(date(2027, notice.month, notice.n), voice.register)
        if notice.anchor == "holiday":
            return voice.say("%(day)s before the holiday", day=written)
        return voice.say("%(day)s before the day of the care", day=written)
    if notice.n == 0:
        return voice.say("the day itself")
    distance = counted(notice.n, notice.unit, voice)
    return {
        "holiday": lambda: voice.say("%(distance)s before the first day of the holiday", distance=distance),
        "week": lambda: voice.say("%(distance)s before the week starts", distance=distance),
        "month": lambda: voice.say("%(distance)s before the month starts", distance=distance),
        "care": lambda: voice.say("%(distance)s ahead", distance=distance),
    }[notice.anchor]()


def cap_words(cap: Cap, voice: Voice, credit: str | None = None, unit: str | None = None) -> str:
    """“4 keer per kalenderjaar”; `credit`: in that credit's own word, where `unit` is what it is counted in."""
    if cap.unit is None and cap.amount == 1:
        what = voice.say("once")
    elif cap.unit is None:
        what = voice.register.ngettext("%(n)s time", "%(n)s times", cap.amount) % {"n": cap.amount}
    else:
        what = own_words(Amount(cap.amount, cap.unit), voice, credit, unit)
    per = voice.word(terms.PER, cap.per)
    if cap.per_weekday:
        return voice.say("%(amount)s %(per)s for each day of the week", amount=what, per=per)
    return voice.say("%(amount)s %(per)s", amount=what, per=per)


def days_words(days: Days, voice: Voice) -> str:
    """“15 juni tot en met 15 september”"""
    first, last = (_day_words(day, voice) for day in (days.first, days.last))
    return voice.say("%(first)s up to and including %(last)s", first=first, last=last)


def _day_words(day: date | tuple[int, int], voice: Voice) -> str:
    if isinstance(day, date):
        return formats.full_day(day, voice.register)
    return formats.day_and_month(date(2028, *day), voice.register)


def share_words(percent: Decimal | None, euros: Decimal | None, voice: Voice) -> str:
    """What is paid: a part of the day's price, a sum, or nothing."""
    if euros is not None:
        return voice.say("€%(sum)s", sum=formats.money(euros, voice.register))
    if percent == 0:
        return voice.say("nothing")
    if percent == 100 or percent is None:
        return voice.say("the full price")
    return voice.say("%(percent)s%% of the price", percent=formats.plain(percent, voice.register))


def counted(n: int, unit: str, voice: Voice) -> str:
    return counted_as(str(n), n, unit, voice)


def counted_as(number: str, n: int, unit: str, voice: Voice) -> str:
    """`n` chooses between one and many, `number` is what is written."""
    ngettext = voice.register.ngettext
    forms = {
        "hour": lambda: ngettext("%(n)s hour", "%(n)s hours", n),
        "day": lambda: ngettext("%(n)s day", "%(n)s days", n),
        "workday": lambda: ngettext("%(n)s working day", "%(n)s working days", n),
        "week": lambda: ngettext("%(n)s week", "%(n)s weeks", n),
        "month": lambda: ngettext("%(n)s month", "%(n)s months", n),
        "year": lambda: ngettext("%(n)s year", "%(n)s years", n),
        "daypart": lambda: ngettext("%(n)s part of a day", "%(n)s parts of a day", n),
        "minute": lambda: ngettext("%(n)s minute", "%(n)s minutes", n),
        "point": lambda: ngettext("%(n)s point", "%(n)s points", n),
        "strip": lambda: ngettext("%(n)s strip", "%(n)s strips", n),
    }
    return forms[unit]() % {"n": number}


def amount_words(amount: Amount, voice: Voice) -> str:
    if amount.times_weekly:
        number = formats.decimal(amount.sixtieths, voice.register)
        return voice.say("%(number)s times your weekly contract hours", number=number)
    one = formats.counts_as_one(amount.sixtieths, voice.register)
    return counted_as(formats.decimal(amount.sixtieths, voice.register), 1 if one else 2, amount.unit, voice)


def own_words(amount: Amount, voice: Voice, credit: str | None, unit: str | None) -> str:
    """In the organisation's own word for the credit, where it is counted in the unit of the credit."""
    if credit is None or amount.times_weekly or amount.unit != unit:
        return amount_words(amount, voice)
    return voice.amount(amount.sixtieths, credit)


def step_words(amount: Amount, voice: Voice) -> str:
    """What is rounded to: “een halve dag”, “hele uren”."""
    half = {
        "hour": lambda: voice.say("half an hour"), "day": lambda: voice.say("half a day"),
        "daypart": lambda: voice.say("half a part of a day"),
    }  # fmt: skip
    whole = {
        "hour": lambda: voice.say("a whole hour"), "day": lambda: voice.say("a whole day"),
        "daypart": lambda: voice.say("a whole part of a day"), "point": lambda: voice.say("a whole point"),
        "strip": lambda: voice.say("a whole strip"),
    }  # fmt: skip
    if amount.sixtieths == 30 and amount.unit in half:
        return half[amount.unit]()
    if amount.sixtieths == 60:
        return whole[amount.unit]()
    return amount_words(amount, voice)
