"""What a parent filled in when asking for days, read strictly: what cannot be meant is left out, and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST = timedelta(weeks=6)
FURTHEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Dates:
    """A day or a period. `moved` says what became of them: "past", "far", "long" or "order"; None when they are as asked."""

    first: date
    last: date
    moved: str | None = None

    @property
    def is_period(self) -> bool:
        return self.last > self.first

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def read_dates(values: Mapping[str, str], today: date, otherwise: date) -> Dates:
    asked = read_day(values.get("day"))
    first = min(max(asked or otherwise, today), today + FURTHEST)
    wanted = read_day(values.get("until")) or first
    last = min(max(wanted, first), first + LONGEST)
    if asked is not None and asked != first:
        return Dates(first, last, "past" if asked < first else "far")
    return Dates(first, last, "long" if wanted > last else "order" if wanted < last else None)


def read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
