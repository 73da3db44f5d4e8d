"""The four organisations as a programmer writes them who knows only those four: what "by hand" means in the table.

Each stands here twice: from an instant and dates, as a request brings them, and on minutes, as the other engines get them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final

from bench.cases import AMSTERDAM, Answer, Plain, Prepared

_HALF_PAST_NINE = time(9, 30)
_HALF_PAST_SEVEN = time(7, 30)
_TWO_DAYS = timedelta(days=2)
_ONE_DAY = timedelta(days=1)
_MAXIMUM = 6000


def _refused(planned: str, day: date, closed: frozenset[date]) -> str | None:
    """What speaks against a credit beside the clock, in the order in which the organisation asks."""
    if planned != "contract day":
        return "planned_day_does_not_count"
    return "on_excluded_day" if day in closed else None


def deroef(moment: datetime, day: date, starts: time, ends: time, by: str, planned: str, balance: int, closed: frozenset[date]) -> Answer:  # fmt: skip
    start = datetime.combine(day, starts, AMSTERDAM)
    if moment.astimezone(AMSTERDAM) >= start:
        return False, "too_late", start, 0
    return True, None, start, 0


def fantaziehuis(moment: datetime, day: date, starts: time, ends: time, by: str, planned: str, balance: int, closed: frozenset[date]) -> Answer:  # fmt: skip
    local = moment.astimezone(AMSTERDAM)
    limit = datetime.combine(day - _TWO_DAYS, _HALF_PAST_NINE, AMSTERDAM)
    if local >= datetime.combine(day, starts, AMSTERDAM):
        return False, "absence_not_accepted", limit, 0
    if by != "parent":
        return False, "not_by_staff", limit, 0
    if local >= limit:
        return False, "too_late", limit, 0
    if reason := _refused(planned, day, closed):
        return False, reason, limit, 0
    return True, None, limit, (ends.hour - starts.hour) * 60 + ends.minute - starts.minute


def langekeizer(moment: datetime, day: date, starts: time, ends: time, by: str, planned: str, balance: int, closed: frozenset[date]) -> Answer:  # fmt: skip
    local = moment.astimezone(AMSTERDAM)
    limit = datetime.combine(day, min(starts, _HALF_PAST_SEVEN), AMSTERDAM)
    if local >= datetime.combine(day, starts, AMSTERDAM):
        return False, "absence_not_accepted", limit, 0
    if by != "parent":
        return False, "not_by_staff", limit, 0
    if local >= limit:
        return False, "too_late", limit, 0
    if reason := _refused(planned, day, closed):
        return False, reason, limit, 0
    return True, None, limit, (ends.hour - starts.hour) * 60 + ends.minute - starts.minute


def quadrant(moment: datetime, day: date, starts: time, ends: time, by: str, planned: str, balance: int, closed: frozenset[date]) -> Answer:  # fmt: skip
    local = moment.astimezone(AMSTERDAM)
    start = datetime.combine(day, starts, AMSTERDAM)
    limit = start - _ONE_DAY
    if local >= start:
        return False, "absence_not_accepted", limit, 0
    if by != "parent":
        return False, "not_by_staff", limit, 0
    if local.replace(second=0, microsecond=0) > limit:
        return False, "too_late", limit, 0
    if reason := _refused(planned, day, closed):
        return False, reason, limit, 0
    room = _MAXIMUM - balance
    if room <= 0:
        return False, "at_maximum", limit, 0
    return True, None, limit, min((ends.hour - starts.hour) * 60 + ends.minute - starts.minute, room)


def deroef_on_minutes(facts: Prepared) -> Plain:
    if facts.now >= facts.start:
        return False, "too_late", facts.start, 0
    return True, None, facts.start, 0


def fantaziehuis_on_minutes(facts: Prepared) -> Plain:
    now, limit = facts.now, facts.day - 2310
    if now >= facts.start:
        return False, "absence_not_accepted", limit, 0
    if facts.by != "parent":
        return False, "not_by_staff", limit, 0
    if now >= limit:
        return False, "too_late", limit, 0
    if facts.planned != "contract day":
        return False, "planned_day_does_not_count", limit, 0
    if facts.closed:
        return False, "on_excluded_day", limit, 0
    return True, None, limit, facts.worth


def langekeizer_on_minutes(facts: Prepared) -> Plain:
    now, start, limit = facts.now, facts.start, facts.day + 450
    if start < limit:
        limit = start
    if now >= start:
        return False, "absence_not_accepted", limit, 0
    if facts.by != "parent":
        return False, "not_by_staff", limit, 0
    if now >= limit:
        return False, "too_late", limit, 0
    if facts.planned != "contract day":
        return False, "planned_day_does_not_count", limit, 0
    if facts.closed:
        return False, "on_excluded_day", limit, 0
    return True, None, limit, facts.worth


def quadrant_on_minutes(facts: Prepared) -> Plain:
    now, limit = facts.now, facts.start - 1440
    if now >= facts.start:
        return False, "absence_not_accepted", limit, 0
    if facts.by != "parent":
        return False, "not_by_staff", limit, 0
    if now > limit:
        return False, "too_late", limit, 0
    if facts.planned != "contract day":
        return False, "planned_day_does_not_count", limit, 0
    if facts.closed:
        return False, "on_excluded_day", limit, 0
    room = _MAXIMUM - facts.balance
    if room <= 0:
        return False, "at_maximum", limit, 0
    return True, None, limit, facts.worth if facts.worth < room else room


BY_HAND: Final[dict[str, Callable[..., Answer]]] = {
    "deroef": deroef, "fantaziehuis": fantaziehuis, "langekeizer": langekeizer, "quadrant": quadrant,
}  # fmt: skip
ON_MINUTES: Final[dict[str, Callable[[Prepared], Plain]]] = {
    "deroef": deroef_on_minutes, "fantaziehuis": fantaziehuis_on_minutes,
    "langekeizer": langekeizer_on_minutes, "quadrant": quadrant_on_minutes,
}  # fmt: skip
