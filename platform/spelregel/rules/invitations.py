"""When the mail with which a new parent gets in is due."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from typing import Final

from spelregel.rules.care_calendar import PLAIN, back, resolve
from spelregel.rules.phrases import Lead

#: In the morning of that day, on the organisation's clock: nobody is woken by it.
AT: Final = time(9)


def invitation_due(lead: Lead, first_day: date, zone: tzinfo, now: datetime) -> datetime:
    """As an instant in UTC; at once when that moment has passed already."""
    if not lead.n:
        return now
    day = back(first_day, lead.n, lead.unit, PLAIN)
    return max(resolve(datetime.combine(day, AT), zone), now)
