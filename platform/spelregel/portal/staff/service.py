"""What staff see of the children of their groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from spelregel.records.absences import list_absent
from spelregel.records.account_access import Standing, has_second_proof, standing_of
from spelregel.records.accounts import Account, account_of_guardian
from spelregel.records.family import Child, Custody, Guardian, guardians_of_child
from spelregel.records.locations import Place, list_places
from spelregel.records.placements import PlannedDaypart, list_dayparts
from spelregel.records.staff import children_in, places_of_children
from spelregel.rules.rulebook import Rulebook
from spelregel.storage.session import TenantSession

AHEAD = timedelta(days=13)  # what a child's card shows of what is planned


@dataclass(frozen=True, slots=True)
class Presence:
    """One daypart of one child on one day. `absent`: the reason that was given; None when the child is expected."""

    child: Child
    planned: PlannedDaypart
    absent: str | None


@dataclass(frozen=True, slots=True)
class GroupDay:
    place: Place
    planned: tuple[Presence, ...]
    not_planned: tuple[Child, ...]

    @property
    def expected(self) -> int:
        return sum(each.absent is None for each in self.planned)

    @property
    def absent(self) -> int:
        return len(self.planned) - self.expected


def groups_on(
    session: TenantSession, rulebook: Rulebook, groups: Collection[str], day: date, today: date
) -> list[GroupDay]:
    """Each of these groups with its children: who is planned that day, by time, and who is not."""
    children = children_in(session, groups, min(day, today))
    there = _presences(session, rulebook, children, day, day, today)
    placed = places_of_children(session, children, groups, min(day, today))
    found = []
    for place in list_places(session):
        if place.group is None or place.group.id not in groups:
            continue
        planned = sorted(
            (each for each in there if each.planned.group_id == place.group.id),
            key=lambda each: (each.absent is not None, each.planned.starts, each.child.first_name),
        )
        ids = {each.child.id for each in planned}
        others = [c for c in children if c.id in placed.get(place.group.id, ()) and c.id not in ids]
        found.append(GroupDay(place, tuple(planned), tuple(others)))
    return found


def coming_days(session: TenantSession, rulebook: Rulebook, child: Child, today: date) -> list[Presence]:
    return _presences(session, rulebook, [child], today, today + AHEAD, today)


def _presences(
    session: TenantSession, rulebook: Rulebook, children: Sequence[Child], first: date, last: date, today: date
) -> list[Presence]:
    by_id = {child.id: child for child in children}
    absent = {
        (each.child_id, each.day, each.starts): each.reason for each in list_absent(session, list(by_id), first, last)
    }
    return [
        Presence(by_id[each.child_id], each, absent.get((each.child_id, each.day, each.starts)))
        for each in list_dayparts(session, rulebook, children, first, last, today)
    ]


@dataclass(frozen=True, slots=True)
class GuardianLine:
    guardian: Guardian
    custody: Custody
    account: Account | None
    standing: Standing
    has_proof: bool


def guardians(session: TenantSession, child: Child) -> list[GuardianLine]:
    found = []
    for guardian, custody in guardians_of_child(session, child.id):
        account = account_of_guardian(session, guardian.id)
        proofs = account is not None and has_second_proof(session, account)
        found.append(GuardianLine(guardian, custody, account, standing_of(session, account), proofs))
    return found
