"""The phrases of the rule language as people say them, per register: what the file says, never another unit."""

from __future__ import annotations

from datetime import date, time
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


def notice_words(notice: Notice, voice: Voice) -> str:
    """“uiterlijk 48 uur van tevoren”: what the file says, never another unit."""
    register = voice.register
    if notice.kind == "none":
        return voice.say("at any time")
    if notice.kind == "before start":
        return voice.say("until care starts")
    if notice.kind == "date":
        return _on_a_date(notice, voice)
    if notice.before and notice.included:
        return _until(notice, notice.before, voice)
    if notice.n == 0 and notice.before:
        return voice.say(
            "on the day itself at the latest, before %(time)s", time=formats.clock(notice.before, register)
        )
    if notice.kind == "weekday":
        return _on_a_weekday(notice, voice)
    if notice.kind == "day of month":
        if notice.before:
            return voice.say("at the latest on the %(nth)s of the month before, before %(time)s",
                             nth=formats.nth(notice.n, register), time=formats.clock(notice.before, register))  # fmt: skip
        return voice.say("at the latest on the %(nth)s of the month before", nth=formats.nth(notice.n, register))
    distance = counted(notice.n, notice.unit, voice)
    if notice.strict:
        return voice.say("more than %(distance)s ahead", distance=distance)
    if notice.unit == "hour":
        return voice.say("at least %(distance)s ahead", distance=distance)
    if notice.before:
        time = formats.clock(notice.before, register)
        return {
            "holiday": lambda: voice.say("at least %(distance)s before the holiday starts, before %(time)s", distance=distance, time=time),
            "week": lambda: voice.say("at least %(distance)s before the week starts, before %(time)s", distance=distance, time=time),
            "month": lambda: voice.say("at least %(distance)s before the month starts, before %(time)s", distance=distance, time=time),
            "care": lambda: voice.say("at least %(distance)s ahead, before %(time)s", distance=distance, time=time),
        }[notice.anchor]()  # fmt: skip
    return {
        "holiday": lambda: voice.say("at least %(distance)s before the holiday starts, until the end of that day", distance=distance),
        "week": lambda: voice.say("at least %(distance)s before the week starts, until the end of that day", distance=distance),
        "month": lambda: voice.say("at least %(distance)s before the month starts, until the end of that day", distance=distance),
        "care": lambda: voice.say("at least %(distance)s ahead, until the end of that day", distance=distance),
    }[notice.anchor]()  # fmt: skip


def _on_a_date(notice: Notice, voice: Voice) -> str:
    """“uiterlijk op 1 mei vóór de vakantie”"""
    day = formats.day_and_month(date(2027, notice.month, notice.n), voice.register)
    if notice.before is None:
        if notice.anchor == "holiday":
            return voice.say("at the latest on the %(day)s before the holiday", day=day)
        return voice.say("at the latest on the %(day)s before it", day=day)
    time = formats.clock(notice.before, voice.register)
    if notice.included:
        if notice.anchor == "holiday":
            return voice.say("at the latest on the %(day)s before the holiday, up to and including %(time)s", day=day, time=time)  # fmt: skip
        return voice.say("at the latest on the %(day)s before it, up to and including %(time)s", day=day, time=time)
    if notice.anchor == "holiday":
        return voice.say("at the latest on the %(day)s before the holiday, before %(time)s", day=day, time=time)
    return voice.say("at the latest on the %(day)s before it, before %(time)s", day=day, time=time)


def _until(notice: Notice, last: time, voice: Voice) -> str:
    """With a time that is itself still in time."""
    register = voice.register
    at = formats.clock(last, register)
    if notice.kind == "weekday":
        weekday = formats.weekday(date(2024, 1, 1 + notice.weekday), register)  # 2024 began on a Monday
        if notice.n == 1:
            return voice.say("at the latest on %(weekday)s of the week before, up to and including %(time)s", weekday=weekday, time=at)  # fmt: skip
        weeks = counted(notice.n, "week", voice)
        return voice.say("at the latest on %(weekday)s, %(weeks)s before that week, up to and including %(time)s",
                         weekday=weekday, weeks=weeks, time=at)  # fmt: skip
    if notice.kind == "day of month":
        nth = formats.nth(notice.n, register)
        return voice.say("at the latest on the %(nth)s of the month before, up to and including %(time)s", nth=nth, time=at)  # fmt: skip
    if notice.n == 0:
        return voice.say("on the day itself up to and including %(time)s", time=at)
    distance = counted(notice.n, notice.unit, voice)
    return {
        "holiday": lambda: voice.say("at least %(distance)s before the holiday starts, up to and including %(time)s", distance=distance, time=at),
        "week": lambda: voice.say("at least %(distance)s before the week starts, up to and including %(time)s", distance=distance, time=at),
        "month": lambda: voice.say("at least %(distance)s before the month starts, up to and including %(time)s", distance=distance, time=at),
        "care": lambda: voice.say("at least %(distance)s ahead, up to and including %(time)s", distance=distance, time=at),
    }[notice.anchor]()  # fmt: skip


def _on_a_weekday(notice: Notice, voice: Voice) -> str:
    # 2024 began on a Monday
    day = formats.weekday(date(2024, 1, 1 + notice.weekday), voice.register)
    weeks = counted(notice.n, "week", voice)
    if notice.before:
        time = formats.clock(notice.before, voice.register)
        if notice.n == 1:
            return voice.say("at the latest on %(weekday)s of the week before, before %(time)s", weekday=day, time=time)
        return voice.say(
            "at the latest on %(weekday)s, %(weeks)s before that week, before %(time)s",
            weekday=day,
            weeks=weeks,
            time=time,
        )
    if notice.n == 1:
        return voice.say("at the latest on %(weekday)s of the week before", weekday=day)
    return voice.say("at the latest on %(weekday)s, %(weeks)s before that week", weekday=day, weeks=weeks)


def cap_words(cap: Cap, voice: Voice) -> str:
    """“4 keer per kalenderjaar”"""
    if cap.unit is None:
        what = voice.register.ngettext("%(n)s time", "%(n)s times", cap.amount) % {"n": cap.amount}
    else:
        what = amount_words(Amount(cap.amount, cap.unit), voice)
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
        return voice.say("€ %(sum)s", sum=formats.money(euros, voice.register))
    if percent == 0:
        return voice.say("nothing")
    if percent == 100 or percent is None:
        return voice.say("the full price")
    return voice.say("%(percent)s %% of the price", percent=formats.plain(percent, voice.register))


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
        return voice.say("%(number)s times the hours of a week in your contract", number=number)
    one = formats.counts_as_one(amount.sixtieths, voice.register)
    return counted_as(formats.decimal(amount.sixtieths, voice.register), 1 if one else 2, amount.unit, voice)
