"""The cases that every side decides: an absence reported for one daypart, at one of the four organisations.

Most moments lie within minutes of a limit, since that is where sides would differ.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from spelregel.rules.facts import AbsenceFacts, CareDay
from spelregel.rules.rulebook import Rulebook

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ORGANISATIONS = ("deroef", "fantaziehuis", "langekeizer", "quadrant")
CREDIT = "afwezigheidstegoed"  # the one credit here that has a maximum
YEAR_BEGINS = date(2026, 1, 8)
_EPOCH = date(2020, 1, 1).toordinal()
_STARTS = (time(7), time(7, 30), time(8), time(12, 30), time(15))

#: What every side answers: granted (for an absence that may earn: it does), the deciding reason, the limit, minutes earned.
Answer = tuple[bool, str | None, datetime, int]
#: The same with the limit in minutes, for sides that know no dates.
Plain = tuple[bool, str | None, int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """What comes in with a request. `moment` is an instant, `balance` minutes of credit that the child has."""

    organisation: str
    moment: datetime
    day: date
    starts: time
    ends: time
    by: str
    planned: str
    reason: str
    balance: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The same, normalised: whole minutes of the wall clock, and whether the organisation is closed that day."""

    now: int
    day: int
    start: int
    by: str
    planned: str
    closed: bool
    worth: int
    balance: int


def cases(
    organisation: str, closed: frozenset[date], count: int, first: date = YEAR_BEGINS, days: int = 355
) -> list[Case]:
    """For care in the `days` days from `first`."""
    chance = random.Random(f"{organisation} {count}")
    shut = sorted(day for day in closed if first <= day < first + timedelta(days))
    found = []
    for _ in range(count):
        day = chance.choice(shut) if shut and chance.random() < 0.1 else first + timedelta(chance.randrange(days))
        starts = chance.choice(_STARTS)
        ends = time(starts.hour + chance.choice((1, 3)), chance.choice((0, 30, 45)))
        limits = [datetime.combine(day, starts), datetime.combine(day, time(7, 30)), datetime.combine(day - timedelta(2), time(9, 30)), datetime.combine(day, starts) - timedelta(1)]  # fmt: skip
        wall = chance.choice(limits) + timedelta(seconds=chance.choice((0, 59, -1, -60, 60, -3600, 3600, -100_000)))
        found.append(
            Case(
                organisation,
                wall.replace(tzinfo=AMSTERDAM).astimezone(UTC),
                day,
                starts,
                ends,
                chance.choice(("parent", "parent", "parent", "staff")),
                chance.choice(("contract day", "contract day", "contract day", "extra day")),
                chance.choice(("illness", "holiday", "other")),
                chance.choice((0, 0, 1200, 5800, 5990, 6000, 6100)),
            )
        )
    return found


def minutes_of(wall: datetime) -> int:
    return (wall.toordinal() - _EPOCH) * 1440 + wall.hour * 60 + wall.minute


def moment_of(minutes: int) -> datetime:
    day, rest = divmod(minutes, 1440)
    return datetime.combine(date.fromordinal(_EPOCH + day), time(rest // 60, rest % 60), AMSTERDAM)


def prepared(case: Case, closed: frozenset[date]) -> Prepared:
    day = (case.day.toordinal() - _EPOCH) * 1440
    return Prepared(
        minutes_of(case.moment.astimezone(AMSTERDAM)),
        day,
        day + case.starts.hour * 60 + case.starts.minute,
        case.by,
        case.planned,
        case.day in closed,
        (case.ends.hour - case.starts.hour) * 60 + case.ends.minute - case.starts.minute,
        case.balance,
    )


def facts_of(case: Case, care_type: str) -> AbsenceFacts:
    care = CareDay(case.day, case.starts, case.ends, care_type, planned=case.planned)
    return AbsenceFacts(care, case.moment, case.by, case.reason, {CREDIT: case.balance})


def closed_days(rulebook: Rulebook) -> frozenset[date]:
    calendar = rulebook.terms(date(2026, 6, 1), rulebook.care_types[0]).calendar
    return frozenset((*calendar.public_holidays, *calendar.closing_days))
