"""What a parent filled in when asking for days, read strictly: what cannot be meant is left out, and said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from spelregel.records.asking_days import WishLine

LONGEST = timedelta(weeks=6)
FURTHEST = timedelta(days=400)
MOST_PARTS = 300


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


def read_lines(
    keys: Sequence[str], child_ids: Collection[str], gives_up: Mapping[str, str] | None = None
) -> list[WishLine]:
    """`keys`: WishLine.key, as the page sent them out; those of other children, and what is no key, are left out.

    `gives_up`: child -> the daypart that it hands in for each of these.
    """
    found: dict[str, WishLine] = {}
    for key in keys[:MOST_PARTS]:
        try:
            child_id, day, span, care_type = key.split(".")
            starts, ends = (time(int(part[:2]), int(part[2:])) for part in span.split("-") if len(part) == 4)
            line = WishLine(
                child_id, date.fromisoformat(day), starts, ends, care_type, gives_up=(gives_up or {}).get(child_id)
            )
        except ValueError:
            continue
        if child_id in child_ids and starts < ends and len(care_type) <= 10:
            found[key] = line
    return sorted(found.values(), key=lambda line: (line.day, line.starts, list(child_ids).index(line.child_id)))
