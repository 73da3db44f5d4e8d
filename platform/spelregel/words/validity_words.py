"""How long a credit is valid, and how far apart the days of a swap lie: one sentence, whatever the phrase is made of."""

from __future__ import annotations

from datetime import date, timedelta

from spelregel.rules.care_calendar import PLAIN, WHOLE_PERIODS, end_of, forward, plus_months
from spelregel.rules.message import msg
from spelregel.rules.phrases import Distance, Validity
from spelregel.words import formats, terms
from spelregel.words.phrase_words import Voice, counted

_FIXED_ENDS = ("calendar year", "school year")


def valid_words(valid: Validity, earned_by: str | None, voice: Voice) -> str:
    """“Geldig van 2 weken vóór tot en met 2 maanden na de gemiste dag, maar niet na 31 juli van dat schooljaar.”"""
    missed = earned_by == "absence"
    bare = valid.early is None and valid.extra is None and valid.latest is None
    if bare and not valid.whole and valid.kind in _FIXED_ENDS:
        code = f"{valid.kind}:{'missed' if missed else 'given'}"
        return voice.say(_WHOLE[code].template)
    day = voice.say("the missed day") if missed else voice.say("the day on which you receive it")
    if bare and valid.whole:
        return voice.say("Valid in %(period)s of %(day)s, on days before it too.", period=voice.word(terms.PART_OF, valid.kind), day=day)  # fmt: skip
    return _sentence(valid, day, "valid", voice)


def window_words(valid: Validity, voice: Voice) -> str:
    """Where the wanted day of a swap may lie."""
    day = voice.say("the day that you give up")
    bare = valid.early is None and valid.latest is None
    if bare and valid.whole and valid.extra is None:
        return voice.say("The day that you ask for lies in %(period)s of %(day)s, before it or after it.", period=voice.word(terms.PART_OF, valid.kind), day=day)  # fmt: skip
    if bare and valid.whole and valid.kind in WHOLE_PERIODS and valid.extra == Distance(1, valid.kind):
        code = f"{valid.kind}:whole+1"
        return voice.say(_WHOLE[code].template)
    if bare and not valid.whole and valid.kind in WHOLE_PERIODS and valid.extra in (None, Distance(1, valid.kind)):
        code = f"{valid.kind}:window{'+1' if valid.extra else ''}"
        return voice.say(_WHOLE[code].template)
    return _sentence(valid, day, "window", voice)


def _sentence(valid: Validity, day: str, what: str, voice: Voice) -> str:
    latest = None if valid.latest is None else _latest(valid.latest, voice)
    early = voice.word(terms.STARTS, valid.kind) if valid.whole else _early(valid, day, voice) if valid.early else None
    code = f"{what}{'+latest' if latest else ''}"
    if valid.kind == "unlimited":
        until = None
    elif valid.kind == "after" and valid.early is not None:
        values = {"early": _counted(valid.early, voice), "period": _after(valid, voice), "day": day, "latest": latest}
        return voice.say(_AROUND[code].template, **values)
    elif valid.kind == "after":
        values = {"period": _after(valid, voice), "day": day, "latest": latest}
        return voice.say(_AFTER[code].template, **values)
    else:
        until = _until(valid, voice)
    code = what + ("+from" if early else "") + ("" if until else ":always") + ("+latest" if latest else "")
    return voice.say(_SPANS[code].template, until=until, early=early, day=day, latest=latest)


def _until(valid: Validity, voice: Voice) -> str:
    """What follows “up to and including”, where it is not counted from the day itself."""
    if valid.kind in _FIXED_ENDS and valid.extra is not None:
        last = _with_extra(valid.kind, valid.extra)
        if last is not None:
            day = formats.day_and_month(last, voice.register)
            if valid.kind == "calendar year":
                return voice.say("%(day)s of the year after", day=day)
            return voice.say("%(day)s after that school year", day=day)
    end = voice.word(terms.ENDS, valid.kind)
    if valid.kind == "until the contract ends":
        end = voice.say("the end of your contract")
    if valid.extra is None:
        return end
    return voice.say("%(end)s, and %(extra)s after that", end=end, extra=_counted(valid.extra, voice))


def _with_extra(kind: str, extra: Distance) -> date | None:
    """The day on which a fixed end comes out with so much on top; None where that is not the same day every year."""
    if extra.unit == "workday":
        return None
    ends = [end_of(kind, date(year, 1, 1)) for year in (2026, 2027, 2028)]  # one of them is followed by a leap day
    days = [_after_the_end(end, extra) for end in ends]
    same = len({(day.month, day.day) for day in days}) == 1
    within_a_year = days[0] <= date(ends[0].year + 1, ends[0].month, ends[0].day)
    return days[0] if same and within_a_year else None


def _after_the_end(end: date, extra: Distance) -> date:
    if extra.unit == "month":  # a month more ends with that month
        return plus_months(end + timedelta(days=1), extra.n) - timedelta(days=1)
    return forward(end, extra.n, extra.unit, PLAIN)


def _after(valid: Validity, voice: Voice) -> str:
    own = Distance(valid.n, valid.unit)
    if valid.extra is None:
        return _counted(own, voice)
    if valid.extra.unit == own.unit and own.unit in ("day", "week", "workday"):
        return _counted(Distance(own.n + valid.extra.n, own.unit), voice)
    return voice.say("%(one)s and %(other)s", one=_counted(own, voice), other=_counted(valid.extra, voice))


def _early(valid: Validity, day: str, voice: Voice) -> str:
    """What follows “from”."""
    assert valid.early is not None
    start = voice.word(terms.STARTS, valid.kind) if valid.kind in WHOLE_PERIODS else day
    return voice.say("%(period)s before %(start)s", period=_counted(valid.early, voice), start=start)


def _latest(latest: str | date, voice: Voice) -> str:
    return formats.full_day(latest, voice.register) if isinstance(latest, date) else voice.word(terms.ENDS, latest)


def _counted(distance: Distance, voice: Voice) -> str:
    return counted(distance.n, distance.unit, voice)


_WHOLE = {
    "calendar year:missed": msg("For care up to and including 31 December of the year of the missed day."),
    "calendar year:given": msg("Valid in the calendar year that it is given for: for care up to and including 31 December."),
    "school year:missed": msg("For care up to and including 31 July of the school year of the missed day."),
    "school year:given": msg("Valid in the school year that it is given for: for care up to and including 31 July."),
    "week:whole+1": msg("The day that you ask for lies in the same week as the day that you give up, or in the week after it."),
    "month:whole+1": msg("The day that you ask for lies in the same month as the day that you give up, or in the month after it."),
    "quarter:whole+1": msg("The day that you ask for lies in the same quarter as the day that you give up, or in the quarter after it."),
    "week:window": msg("The day that you ask for lies in the same week, and not before the day that you give up."),
    "month:window": msg("The day that you ask for lies in the same month, and not before the day that you give up."),
    "quarter:window": msg("The day that you ask for lies in the same quarter, and not before the day that you give up."),
    "week:window+1": msg("The day that you ask for lies in the same week or the week after it, and not before the day that you give up."),
    "month:window+1": msg("The day that you ask for lies in the same month or the month after it, and not before the day that you give up."),
    "quarter:window+1": msg("The day that you ask for lies in the same quarter or the quarter after it, and not before the day that you give up."),
}  # fmt: skip
_AROUND = {
    "valid": msg("For care from %(early)s before up to and including %(period)s after %(day)s."),
    "valid+latest": msg("For care from %(early)s before up to and including %(period)s after %(day)s, but not after %(latest)s."),
    "window": msg("The day that you ask for lies from %(early)s before up to and including %(period)s after %(day)s."),
    "window+latest": msg("The day that you ask for lies from %(early)s before up to and including %(period)s after %(day)s, but not after %(latest)s."),
}  # fmt: skip
_AFTER = {
    "valid": msg("For care from %(day)s up to and including %(period)s after it."),
    "valid+latest": msg("For care from %(day)s up to and including %(period)s after it, but not after %(latest)s."),
    "window": msg("The day that you ask for lies at most %(period)s after %(day)s, and not before it."),
    "window+latest": msg("The day that you ask for lies at most %(period)s after %(day)s, not before it, and not after %(latest)s."),
}  # fmt: skip
_SPANS = {
    "valid:always": msg("Valid without an end date."),
    "valid+from:always": msg("For care from %(early)s, without an end date."),
    "valid": msg("For care from %(day)s up to and including %(until)s."),
    "valid+latest": msg("For care from %(day)s up to and including %(until)s, but not after %(latest)s."),
    "valid+from": msg("For care from %(early)s up to and including %(until)s."),
    "valid+from+latest": msg("For care from %(early)s up to and including %(until)s, but not after %(latest)s."),
    "window:always": msg("The day that you ask for may lie as late as you like, but not before the day that you give up."),
    "window+from:always": msg("The day that you ask for lies from %(early)s on, as late as you like."),
    "window": msg("The day that you ask for lies from the day that you give up up to and including %(until)s."),
    "window+latest": msg("The day that you ask for lies from the day that you give up up to and including %(until)s, but not after %(latest)s."),
    "window+from": msg("The day that you ask for lies from %(early)s up to and including %(until)s."),
    "window+from+latest": msg("The day that you ask for lies from %(early)s up to and including %(until)s, but not after %(latest)s."),
}  # fmt: skip
