"""Time as the organisation's clock on the wall shows it: cutoffs, kinds of day, counting back and forward.

Subtract on the wall clock first, then resolve to an instant (T2); compare instants only. The moment is always an
argument.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple

from spelregel.rules.memo import remembered
from spelregel.rules.phrases import PERIODS, Cap, Days, Distance, Horizon, Notice, Validity

KINDS_OF_DAY: Final = (
    "closing day",
    "public holiday",
    "study day",
    "school holiday",
    "weekend",
    "school day",
)
#: On these no care is given, whatever else a file says.
WITHOUT_CARE: Final = ("closing day", "public holiday")
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SchoolHoliday:
    name: str
    first: date
    last: date  # included


@dataclass(frozen=True, slots=True, eq=False)
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

    def starts_at(self, anchor: str, day: date) -> date:
        """The day that a distance is counted from: the day itself, or the start of its holiday, week or month.

        A holiday starts on its published date (T12). A day outside every holiday is its own start.
        """
        if anchor == "holiday":
            holiday = self.school_holiday_on(day)
            return holiday.first if holiday else day
        if anchor == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if anchor == "month" else day

    def is_closed(self, day: date) -> bool:
        return day in self.closing_days or day in self.public_holidays

    def is_workday(self, day: date) -> bool:
        return day.weekday() < 5 and not self.is_closed(day)


#: A calendar without a single special day: the plain working week.
PLAIN: Final = CareCalendar({}, {}, {}, ())


class Cutoff(NamedTuple):
    """The minute at which an answer flips. `at` is UTC; `wall` is what the clock of the organisation shows."""

    at: datetime
    wall: datetime
    this_minute_counts: bool
    whole_day: bool  # the notice spoke of days only: `wall` is the midnight after the last day
    flips: datetime  # the first instant that is too late: `at`, or the minute after it

    def admits(self, moment: datetime) -> bool:
        """`moment` is an instant; its seconds do not count (T4)."""
        return moment < self.flips

    def last_minute(self) -> datetime:
        """The last wall-clock minute that is still in time."""
        return self.wall if self.this_minute_counts else self.wall - _MINUTE


def earlier(first: Cutoff | None, second: Cutoff | None) -> Cutoff | None:
    """Of two limits the one that ends first; None is no limit."""
    if first is None or second is None:
        return first or second
    if first.this_minute_counts is second.this_minute_counts:
        return first if first.wall <= second.wall else second
    return min(first, second, key=lambda each: each.last_minute())


def whole_minute(moment: datetime) -> datetime:
    """The moment of arrival in UTC with its seconds cut off (T4)."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.replace(second=0, microsecond=0) if moment.second or moment.microsecond else moment


@remembered
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


def cutoff(notice: Notice, day: date, start: time, zone: tzinfo, special: CareCalendar) -> Cutoff | None:
    """Until when `notice` can be met for care on `day` from `start`; None when it can be met at any time."""
    if notice.kind == "none":
        return None
    if notice.kind == "before start":
        return cutoff_at(datetime.combine(day, start), zone)
    if notice.unit == "hour":
        wall = datetime.combine(day, start) - timedelta(hours=notice.n)
        return cutoff_at(wall, zone, this_minute_counts=not notice.strict)
    last = _last_day_of(notice, day, special)
    if notice.before is not None:
        return cutoff_at(datetime.combine(last, notice.before), zone, this_minute_counts=notice.included)
    return cutoff_at(datetime.combine(last + _DAY, time()), zone, whole_day=True)


def cutoff_at(wall: datetime, zone: tzinfo, *, this_minute_counts: bool = False, whole_day: bool = False) -> Cutoff:
    """The limit at this time of the organisation's clock."""
    at = resolve(wall, zone)
    return Cutoff(at, wall, this_minute_counts, whole_day, at + _MINUTE if this_minute_counts else at)


def _last_day_of(notice: Notice, day: date, special: CareCalendar) -> date:
    if notice.kind == "weekday":
        return special.starts_at("week", day) + timedelta(days=notice.weekday - 7 * notice.n)
    if notice.kind == "day of month":
        return plus_months(day.replace(day=1), -1).replace(day=notice.n)
    if notice.kind == "date":
        anchor = special.starts_at(notice.anchor, day)
        this_year = date(anchor.year, notice.month, notice.n)
        return this_year if this_year <= anchor else this_year.replace(year=anchor.year - 1)
    return back(special.starts_at(notice.anchor, day), notice.n, notice.unit, special)


def back(day: date, n: int, unit: str, special: CareCalendar) -> date:
    if unit == "workday":
        while n:
            day -= _DAY
            n -= special.is_workday(day)
        return day
    if unit == "month":
        return plus_months(day, -n)
    return day - timedelta(days=7 * n if unit == "week" else n)


def forward(day: date, n: int, unit: str, special: CareCalendar) -> date:
    """Counting workdays starts on the next day (T13)."""
    if unit == "workday":
        while n:
            day += _DAY
            n -= special.is_workday(day)
        return day
    return back(day, -n, unit, special)


def plus_months(day: date, n: int) -> date:
    """Keeps the day number, or clamps to the last day of the month (T6)."""
    months = day.year * 12 + day.month - 1 + n
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Contract:
    """The days between which a child's contract runs; None where nobody said so."""

    starts: date | None = None
    ends: date | None = None


NO_CONTRACT: Final = Contract()


class MissingFact(LookupError):  # not a fault: the decision goes to a person
    """A rule asks for something that nobody told. `args[0]` names the fact."""


def end_of(period: str, day: date, contract: Contract = NO_CONTRACT) -> date:
    """The last day of the period that `day` lies in, included. Raises MissingFact("contract_started")."""
    if period == "week":
        return day + timedelta(days=6 - day.weekday())
    if period == "month":
        return plus_months(day.replace(day=1), 1) - _DAY
    if period == "quarter":
        return plus_months(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3) - _DAY
    if period == "calendar year":
        return date(day.year, 12, 31)
    if period == "school year":
        return date(day.year + (day.month > 7), 7, 31)
    if contract.starts is None:
        raise MissingFact("contract_started")
    years = day.year - contract.starts.year
    anniversary = plus_months(contract.starts, 12 * years)
    return plus_months(contract.starts, 12 * (years + (anniversary <= day))) - _DAY


def start_of(period: str, day: date, contract: Contract = NO_CONTRACT) -> date:
    """The first day of the period that `day` lies in. Raises MissingFact("contract_started")."""
    if period == "contract year":
        return plus_months(end_of(period, day, contract) + _DAY, -12)
    if period == "week":
        return day - timedelta(days=day.weekday())
    months = {"month": 1, "quarter": 3, "calendar year": 12, "school year": 12}[period]
    return plus_months(end_of(period, day) + _DAY, -months)


#: A validity of such a period begins with it, and not with the day in it: what is early is counted from there.
WHOLE_PERIODS: Final = ("week", "month", "quarter")


def first_day(validity: Validity, earned_for: date, special: CareCalendar) -> date:
    """The first day of care that a credit earned for `earned_for` can pay."""
    if validity.whole:
        return start_of(validity.kind, earned_for)
    if validity.early is None:
        return earned_for
    start = start_of(validity.kind, earned_for) if validity.kind in WHOLE_PERIODS else earned_for
    return back(start, validity.early.n, validity.early.unit, special)


def last_day(
    validity: Validity, earned_for: date, special: CareCalendar, contract: Contract = NO_CONTRACT
) -> date | None:
    """The last day of care that a credit earned for `earned_for` can pay (T9); None when it never lapses.

    Raises MissingFact when it depends on a contract that nobody told.
    """
    if validity.kind == "unlimited":
        return None
    if validity.kind == "until the contract ends":
        last = contract.ends
    elif validity.kind == "after":
        last = forward(earned_for, validity.n, validity.unit, special)
    else:
        last = end_of(validity.kind, earned_for, contract)
    if last is not None and validity.extra is not None:
        extra = validity.extra
        if validity.kind in PERIODS and extra.unit == "month":  # 30 June and one month is 31 July, not the 30th
            last = plus_months(last + _DAY, extra.n) - _DAY
        else:
            last = forward(last, extra.n, extra.unit, special)
    if validity.latest is None:
        return last
    limit = validity.latest if isinstance(validity.latest, date) else end_of(validity.latest, earned_for, contract)
    return limit if last is None else min(last, limit)


def horizon_day(
    horizon: Horizon, today: date, day: date, special: CareCalendar, contract: Contract = NO_CONTRACT
) -> date | None:
    """The last day of care that can be asked for `today` (T8); None: as far ahead as anybody likes.

    Counted from a holiday: the whole holiday that `day` lies in, or the day before it while it is not open yet.
    """
    if horizon.kind == "unlimited":
        return None
    if horizon.kind != "ahead":
        return end_of(horizon.kind, today, contract)
    if horizon.anchor == "holiday":
        first = special.starts_at("holiday", day)
        return day if back(first, horizon.n, horizon.unit, special) <= today else first - _DAY
    return forward(today, horizon.n, horizon.unit, special)


def opens_on(horizon: Horizon, day: date, special: CareCalendar, contract: Contract = NO_CONTRACT) -> date | None:
    """The first day on which care on `day` can be asked for; None: it could always."""
    if horizon.kind == "unlimited":
        return None
    if horizon.kind != "ahead":
        return start_of(horizon.kind, day, contract)
    found = back(special.starts_at(horizon.anchor, day), horizon.n, horizon.unit, special)
    while horizon.unit == "month" and forward(found, horizon.n, "month", special) < special.starts_at(
        horizon.anchor, day
    ):
        found += _DAY  # months clamp: 31 March is one month after 28 February for nobody
    return found


def period_of(cap: Cap, day: date, contract: Contract = NO_CONTRACT) -> tuple[date, date]:
    """First and last day of the period in which `day` counts for this cap. Raises MissingFact("contract_started")."""
    return start_of(cap.per, day, contract), end_of(cap.per, day, contract)


def lies_in(days: Days, day: date) -> bool:
    """Both ends included; a series without years may run over New Year."""
    if isinstance(days.first, date) and isinstance(days.last, date):
        return days.first <= day <= days.last
    here = (day.month, day.day)
    if isinstance(days.first, date) or isinstance(days.last, date):  # the parser makes no such series
        raise TypeError(f"{days!r}")
    if days.first <= days.last:
        return days.first <= here <= days.last
    return here >= days.first or here <= days.last


def after_span(span: Distance, moment: datetime) -> datetime:
    """The last instant of a time of grace, in UTC: real time, since it is counted from a press of a button."""
    return moment + timedelta(**{f"{span.unit}s": span.n})
