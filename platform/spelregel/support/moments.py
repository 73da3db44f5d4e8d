"""Moments on an organisation's wall clock: as they stand in an address, and those around a deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from spelregel.records.absences import list_absences
from spelregel.records.facts_reader import care_day
from spelregel.records.family import Child
from spelregel.records.placements import PlannedDaypart, list_dayparts
from spelregel.rules.absence import decide_absence
from spelregel.rules.asking import acting_on
from spelregel.rules.care_calendar import Cutoff, resolve
from spelregel.rules.facts import AbsenceFacts
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

AHEAD = timedelta(days=60)
MINUTE = timedelta(minutes=1)


def read_moment(text: str, zone: tzinfo) -> datetime | None:
    """“2026-12-08T09:29”, with a T or a space, on the wall of that zone; None when it is no such moment."""
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if wall.tzinfo is not None or not 2000 <= wall.year < 2100:
        return None
    return resolve(wall.replace(second=0, microsecond=0), zone)


def as_wall(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"


@dataclass(frozen=True, slots=True)
class Deadline:
    """Of reporting this daypart absent at all, or of the credit for it."""

    child: Child
    planned: PlannedDaypart
    credit: str | None
    cutoff: Cutoff

    @property
    def around(self) -> tuple[str, ...]:
        """One minute before, the minute itself, one minute after; on the wall."""
        return tuple(f"{self.cutoff.wall + step:%Y-%m-%dT%H:%M}" for step in (-MINUTE, 0 * MINUTE, MINUTE))


def next_deadlines(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], moment: datetime
) -> list[Deadline]:
    """The next one of reporting absent, and of each credit that it earns; what is reported absent already has none."""
    today = acting_on(tenant.rulebook, moment)
    by_id = {child.id: child for child in children}
    gone = {(a.child_id, a.day, a.starts) for a in list_absences(session, list(by_id), today, today + AHEAD)}
    found: dict[str | None, Deadline] = {}
    for each in list_dayparts(session, tenant.rulebook, children, today, today + AHEAD, today):
        if (each.child_id, each.day, each.starts) in gone:
            continue
        verdict = decide_absence(tenant.rulebook, AbsenceFacts(care_day(each), moment, "parent"))
        for decision in (*verdict.credits, verdict.report):
            if decision.cutoff is not None and decision.cutoff.admits(moment):
                deadline = Deadline(by_id[each.child_id], each, decision.credit, decision.cutoff)
                found.setdefault(decision.credit, deadline)
        if len(found) > len(verdict.credits):
            break
    return sorted(found.values(), key=lambda each: each.cutoff.at)
