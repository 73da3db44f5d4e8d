"""Time as the organisation's clock on the wall shows it: cutoffs, kinds of day, counting back and forward.

Subtract on the wall clock first, then resolve to an instant (T2); compare instants only. The moment is always an
argument.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from spelregel.rules.phrases import Notice, Validity

KINDS_OF_DAY: Final = (
    "closing day",
    "public holiday",
    "study day",
    "school holiday",
    "weekend",
    "school day",
)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SchoolHoliday:
    name: str
    first: date
    last: date  # included


@dataclass(frozen=True, slots=True)
class CareCalendar:
    """The special days of one organisation or location. Days map to the name that people know them by."""

    public_holidays: Mapping[date, str]
    closing_days: Mapping[date, str]
    study_days: Mapping[date, str]
    school_holidays: tuple[SchoolHoliday, ...]

    def kind_of(self, day: date) -> str:
        """Exactly one of KINDS_OF_DAY: the first that fits, in that order."""
        if day in self.closing_days:
            return "closing day"
        if day in self.public_holidays:
            return "public holiday"
        if day in self.study_days:
            return "study day"
        if self.school_holiday_on(day):
            return "school holiday"
        return "weekend" if day.weekday() > 4 else "school day"

    def school_holiday_on(self, day: date) -> SchoolHoliday | None:
        return next((h for h in self.school_holidays if h.first <= day <= h.last), None)

    def is_closed(self, day: date) -> bool:
        return day in self.closing_days or day in self.public_holidays

    def is_workday(self, day: date) -> bool:
        return day.weekday() < 5 and not self.is_closed(day)


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The minute at which an answer flips. `at` is UTC; `wall` is what the clock of the organisation shows."""

    at: datetime
    wall: datetime
    this_minute_counts: bool
    whole_day: bool = False  # the notice spoke of days only: `wall` is the midnight after the last day

    def admits(self, moment: datetime) -> bool:
        """`moment` in UTC, whole minutes (T4)."""
        return moment <= self.at if self.this_minute_counts else moment < self.at

    def last_minute(self) -> datetime:
        """The last wall-clock minute that is still in time."""
        return self.wall if self.this_minute_counts else self.wall - timedelta(minutes=1)


def earlier(first: Cutoff | None, second: Cutoff | None) -> Cutoff | None:
    """Of two limits the one that ends first; None is no limit."""
    if first is None or second is None:
        return first or second
    return min(first, second, key=lambda each: each.last_minute())


def whole_minute(moment: datetime) -> datetime:
    """The moment of arrival in UTC with its seconds cut off (T4)."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def resolve(wall: datetime, zone: tzinfo) -> datetime:
    """A wall-clock time as an instant in UTC; the two odd hours of a year in favour of the parent (T11)."""
    first = wall.replace(tzinfo=zone, fold=0)
    second = wall.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    # In the spring gap the reading with fold=0 lands on the first existing equivalent (02:30 -> 03:30);
    # in the autumn hour that happens twice, fold=1 is the second one.
    exists = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall
    return (second if exists else first).astimezone(UTC)


def cutoff(notice: Notice, day: date, start: time, zone: tzinfo, is_workday: Callable[[date], bool]) -> Cutoff | None:
    """Until when `notice` can be met for care on `day` from `start`; None when it can be met at any time."""
    if notice.kind == "none":
        return None
    if notice.kind == "before start":
        wall = datetime.combine(day, start)
        return Cutoff(resolve(wall, zone), wall, this_minute_counts=False)
    if notice.unit == "hour":
        wall = datetime.combine(day, start) - timedelta(hours=notice.n)
        return Cutoff(resolve(wall, zone), wall, this_minute_counts=True)
    last = back(day, notice.n, notice.unit, is_workday)
    if notice.before is not None:
        wall = datetime.combine(last, notice.before)
        return Cutoff(resolve(wall, zone), wall, this_minute_counts=False)
    wall = datetime.combine(last + _DAY, time())
    return Cutoff(resolve(wall, zone), wall, this_minute_counts=False, whole_day=True)


def back(day: date, n: int, unit: str, is_workday: Callable[[date], bool]) -> date:
    if unit == "workday":
        while n:
            day -= _DAY
            n -= is_workday(day)
        return day
    if unit == "month":
        return plus_months(day, -n)
    return day - timedelta(days=7 * n if unit == "week" else n)


def plus_months(day: date, n: int) -> date:
    """Keeps the day number, or clamps to the last day of the month (T6)."""
    months = day.year * 12 + day.month - 1 + n
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(validity: Validity, earned_for: date) -> date | None:
    """The last day of care that a credit earned for `earned_for` can pay (T9); None when it never lapses."""
    if validity.kind == "unlimited":
        return None
    if validity.kind == "calendar year":
        return date(earned_for.year, 12, 31)
    if validity.unit == "month":
        return plus_months(earned_for, validity.n)
    return earned_for + timedelta(days=7 * validity.n if validity.unit == "week" else validity.n)
