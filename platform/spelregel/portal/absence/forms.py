"""What a parent filled in on the absence form, read strictly and given back as it was when something is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict

LONGEST = timedelta(weeks=12)
FURTHEST = timedelta(days=400)
MOST_DAYPARTS = 500


@dataclass(frozen=True, slots=True)
class AbsenceForm:
    """`moved` says what became of the dates: "past", "far" or "long"; None when they are as they were asked for."""

    first: date
    last: date
    keys: tuple[str, ...] = ()
    reason: str | None = None
    moved: str | None = None
    asked: date | None = None


def read_form(values: MultiDict[str, str], today: date) -> AbsenceForm:
    asked = _date(values.get("day"))
    first = min(max(asked or today, today), today + FURTHEST)
    wanted = _date(values.get("until")) or first
    last = min(max(wanted, first), first + LONGEST)
    moved = (
        "past"
        if asked and asked < first
        else "far"
        if asked and asked > first
        else "long"
        if wanted > last
        else "order"
        if wanted < last
        else None
    )
    return AbsenceForm(
        first, last, tuple(values.getlist("daypart")[:MOST_DAYPARTS]), values.get("reason"), moved, asked
    )


def shown_dates(values: MultiDict[str, str]) -> tuple[date | None, date | None]:
    """The period that the dayparts on the parent's screen belong to."""
    return _date(values.get("shown_day")), _date(values.get("shown_until"))


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
