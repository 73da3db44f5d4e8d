"""What a parent filled in on the absence form, read strictly and given back as it was when something is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict

LONGEST = timedelta(weeks=12)
FURTHEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class AbsenceForm:
    first: date
    last: date
    keys: tuple[str, ...]
    reason: str | None
    submission: str
    seen: str | None
    shortened: bool = False  # the period was longer than LONGEST, or ended before it began


def read_form(values: MultiDict[str, str], today: date) -> AbsenceForm:
    first = min(max(_date(values.get("day")) or today, today), today + FURTHEST)
    wanted = _date(values.get("until")) or first
    last = min(max(wanted, first), first + LONGEST)
    submission = values.get("submission", "")
    return AbsenceForm(
        first,
        last,
        tuple(values.getlist("daypart")),
        values.get("reason"),
        submission if 16 <= len(submission) <= 64 else "",
        values.get("seen") or None,
        shortened=last != wanted,
    )


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
