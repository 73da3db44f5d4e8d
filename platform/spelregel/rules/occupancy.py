"""A day of a group, interval by interval: children, places, staff planned and needed, and whether one more child fits.

The staff-child ratio counts one group or a whole location (`staff_child_ratio.level_for`); places are always a group's own.
So each function takes the children of the group, the children `elsewhere` at the location in the same ratio, who only count
where the ratio is the location's, and the shifts of whatever the ratio counts. Times are those of one day, on the
organisation's clock; who leaves at 13:00 does not meet who comes at 13:00.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from spelregel.rules.staff_child_ratio import Need, RatioTable, RatioTables, Step, need_of

#: What can stand in the way, from what nobody can change today to what one more member of staff would solve.
Limit = Literal["places"] | Step
LIMITS: Final[tuple[Limit, ...]] = ("places", "group size", "babies", "ages", "table", "formula", "safeguard")
#: What was not told, so that it could not be judged.
Untold = Literal["places", "staff"]


@dataclass(frozen=True, slots=True)
class Presence:
    """One child from a time to a time. `age_months` is the age on that day."""

    starts: time
    ends: time
    age_months: int

    def __post_init__(self) -> None:
        _forward(self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class Shift:
    """So many qualified staff from a time to a time. Shifts that overlap add up."""

    starts: time
    ends: time
    staff: int = 1

    def __post_init__(self) -> None:
        _forward(self.starts, self.ends)


class Over(NamedTuple):
    """A limit that is exceeded: so many places, children or staff are needed, and so many are available.

    "places", "group size", "babies": children; "ages": children whom the table does not know, of none; else staff.
    """

    limit: Limit
    needed: int
    available: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A part of the day in which none of this changes."""

    starts: time
    ends: time
    children: int  # in the group
    places: int | None  # of the group; None: not told
    counted: int  # the children whom the ratio counts together: of the group, or of the location
    staff: int | None  # planned for them; None: no roster is known
    need: Need | None  # None: no ratio is known for this care
    over: tuple[Over, ...]  # in the order of LIMITS
    untold: tuple[Untold, ...]

    @property
    def holds(self) -> bool | None:
        """None: nothing that is known is exceeded, and not everything is known."""
        return False if self.over else None if self.untold else True


@dataclass(frozen=True, slots=True)
class Against:
    """Why no more fits, in one part of the day. `children`: in the group, with who was asked for.

    `already`: the group was over a limit there without who was asked for, whichever limit that was.
    """

    starts: time
    ends: time
    over: Over
    children: int
    already: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """`against` is empty when nothing that is known stands in the way; `untold` says what could not be judged."""

    against: tuple[Against, ...]
    untold: tuple[Untold, ...]

    @property
    def fits(self) -> bool:
        """As far as is known: look at `untold` before somebody is promised anything."""
        return not self.against

    @property
    def unknown(self) -> bool:
        """Nothing that is known stands in the way, and not everything is known."""
        return self.fits and bool(self.untold)

    @property
    def decided(self) -> Against | None:
        """The one to tell of: the limit that is hardest to lift, where it is met first."""
        return min(self.against, key=lambda each: (_hardness(each), each.starts), default=None)


def hours_of_group(
    tables: RatioTables,
    care_type: str,
    on: date,
    presences: Sequence[Presence],
    shifts: Sequence[Shift] | None,
    places: int | None,
    *,
    elsewhere: Sequence[Presence],
) -> tuple[Interval, ...]:
    """From the first child or shift to the last, in order; what lies between with neither is left out.

    `presences`: of the group. `elsewhere`: the other children of this ratio at the location, where `level_for` says
    "location"; not looked at where it says "group". `shifts`: of what `level_for` says; None: no roster is known;
    an empty one: nobody works. `places`: of the group; None: not told.
    """
    table = tables.table_for(care_type, on)
    apart = elsewhere if table and table.counted_per == "location" else ()
    found: list[Interval] = []
    for starts, ends in pairwise(_changes(*presences, *apart, *(shifts or ()))):
        here = _at(table, starts, ends, presences, apart, shifts, places)
        if not (here.children or here.counted or here.staff):
            continue
        if (
            found
            and found[-1].ends == starts
            and replace(found[-1], ends=ends) == replace(here, starts=found[-1].starts)
        ):
            found[-1] = replace(found[-1], ends=ends)
        else:
            found.append(here)
    return tuple(found)


def one_more_fits(
    tables: RatioTables,
    care_type: str,
    on: date,
    presences: Sequence[Presence],
    extra: Presence | Sequence[Presence],
    shifts: Sequence[Shift] | None,
    places: int | None,
    *,
    elsewhere: Sequence[Presence],
) -> Fit:
    """Whether `extra` can join `presences` at every moment of its stay; several are judged together, as one.

    The other arguments are those of `hours_of_group`. Where the group is over a limit without `extra` already, `extra` does
    not fit. Siblings for different groups are judged one after the other, who was judged before being `elsewhere`.
    """
    table = tables.table_for(care_type, on)
    apart = elsewhere if table and table.counted_per == "location" else ()
    extras = (extra,) if isinstance(extra, Presence) else tuple(extra)
    together = (*presences, *extras)
    against: list[Against] = []
    untold: set[Untold] = set()
    for starts, ends in pairwise(_changes(*together, *apart, *(shifts or ()))):
        if not _present(extras, starts, ends):
            continue
        without = _at(table, starts, ends, presences, apart, shifts, places)
        joined = _at(table, starts, ends, together, apart, shifts, places)
        untold.update(joined.untold)
        for over in joined.over or without.over:
            against.append(Against(starts, ends, over, joined.children, bool(without.over)))
    return Fit(tuple(sorted(_joined(against), key=lambda each: (each.starts, _hardness(each)))), tuple(sorted(untold)))


def _at(
    table: RatioTable | None,
    starts: time,
    ends: time,
    group: Sequence[Presence],
    apart: Sequence[Presence],
    shifts: Sequence[Shift] | None,
    places: int | None,
) -> Interval:
    """`starts` to `ends` is a time in which nobody comes or goes."""
    inside = _present(group, starts, ends)
    ages = [each.age_months for each in (*inside, *_present(apart, starts, ends))]
    staff = (
        None if shifts is None else sum(each.staff for each in shifts if each.starts <= starts and ends <= each.ends)
    )
    need = need_of(table, ages) if table else None
    over = [Over("places", len(inside), places)] if places is not None and len(inside) > places else []
    if table and table.counted_per == "location" and table.group_size is not None and len(inside) > table.group_size:
        over.append(Over("group size", len(inside), table.group_size))
    if need and need.staff is None:
        over.append(Over(need.step, need.children, need.most or 0))
    elif need and need.staff and staff is not None and need.staff > staff:
        over.append(Over(need.step, need.staff, staff))
    untold: list[Untold] = ["places"] if places is None and inside else []
    if staff is None and need and need.staff:
        untold.append("staff")
    return Interval(starts, ends, len(inside), places, len(ages), staff, need, tuple(over), tuple(untold))


def _present(presences: Sequence[Presence], starts: time, ends: time) -> list[Presence]:
    return [each for each in presences if each.starts <= starts and ends <= each.ends]


def _changes(*spans: Presence | Shift) -> list[time]:
    return sorted({moment for each in spans for moment in (each.starts, each.ends)})


def _joined(against: Sequence[Against]) -> Iterator[Against]:
    """What says the same of two times that follow each other is said once."""
    waiting: dict[Limit, Against] = {}
    for each in against:
        before = waiting.pop(each.over.limit, None)
        if (
            before
            and before.ends == each.starts
            and replace(before, ends=each.ends) == replace(each, starts=before.starts)
        ):
            each = replace(before, ends=each.ends)
        elif before:
            yield before
        waiting[each.over.limit] = each
    yield from waiting.values()


def _hardness(each: Against) -> int:
    return LIMITS.index(each.over.limit)


def _forward(starts: time, ends: time) -> None:
    if starts >= ends:
        raise ValueError(f"{starts:%H:%M} to {ends:%H:%M} is no time within one day")
