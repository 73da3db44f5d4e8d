"""How many staff the law asks for the children who are present at one moment, and which step of it decides.

The numbers are dated tables (`RatioTables`, read from `tenancy/national/`), and nothing of them stands here. All of it is
counted in whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from spelregel.rules.memo import remembered

#: Of what the children are counted together: one group, or all of this care at one location.
Level = Literal["group", "location"]
#: What decides. With the first three the children may not be together at all, whatever the staff: "ages" some are younger or
#: older than the table knows, "babies" too many of the youngest ages in a group that also holds older children.
Step = Literal["group size", "babies", "ages", "table", "formula", "safeguard"]
Confidence = Literal["high", "medium", "low"]
#: How many children of each of the table's ages.
Counts = tuple[int, ...]


class Way(NamedTuple):
    """So many staff may hold so many children; `youngest`: of whom at most so many of the table's youngest ages."""

    staff: int
    children: int
    youngest: int | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """Each child weighs what its age weighs; the sum over `divided_by`, rounded up, is the staff."""

    weights: Counts
    divided_by: int
    only_with_youngest: bool  # not applied where none of the youngest ages is present


@dataclass(frozen=True, slots=True, eq=False)
class RatioTable:
    """One version of the ratio of one kind of care. `rows` maps the youngest and oldest ages present, as places in
    `first_months`, to the ways to hold them, the fewest staff first. A table without rows has a formula and `group_size`."""

    id: str
    ratio: str
    valid_from: date | None  # None: from before what is known here
    valid_to: date | None  # included; None: still in force as far as is known
    counted_per: Level
    confidence: Confidence
    source: str
    uncertain: tuple[str, ...]
    first_months: tuple[int, ...]  # of each of the ages, ascending
    months_below: int | None
    rows: Mapping[tuple[int, int], tuple[Way, ...]]
    group_size: int | None
    most_youngest_in_mixed: int | None
    formula: Formula | None
    safeguard: bool

    def counts(self, ages_in_months: Iterable[int]) -> tuple[Counts, int]:
        """The children of each age, and how many are in none of them."""
        counts, outside = [0] * len(self.first_months), 0
        for months in ages_in_months:
            if months < self.first_months[0] or (self.months_below is not None and months >= self.months_below):
                outside += 1
            else:
                counts[sum(first <= months for first in self.first_months) - 1] += 1
        return tuple(counts), outside

    def most_in_group(self, counts: Counts) -> int:
        """How many children of these ages may be together in one group at most."""
        return self.group_size if self.group_size is not None else self._row(counts)[-1].children

    def _row(self, counts: Counts) -> tuple[Way, ...]:
        present = [age for age, count in enumerate(counts) if count]
        return self.rows[present[0], present[-1]]


@dataclass(frozen=True, slots=True, eq=False)
class RatioTables:
    """`ratio_of` maps every kind of care to the ratio it falls under; None: no ratio is known for it."""

    tables: tuple[RatioTable, ...]
    ratio_of: Mapping[str, str | None]

    def table_for(self, care_type: str, on: date) -> RatioTable | None:
        ratio = self.ratio_of[care_type]
        for table in self.tables:
            if table.ratio == ratio and (table.valid_from or on) <= on <= (table.valid_to or on):
                return table
        return None


class Need(NamedTuple):
    """`staff` None: these children may not be together in one group; then `children` of them are too many where `most` may
    be. Else `children` are all who were counted, and `most` is None."""

    staff: int | None
    step: Step
    children: int
    most: int | None
    table: RatioTable


def level_for(tables: RatioTables, care_type: str, on: date) -> Level | None:
    """Whose children and staff to count together for this care on this day. None: no ratio is known, only places count."""
    table = tables.table_for(care_type, on)
    return table.counted_per if table else None


def staff_needed(tables: RatioTables, care_type: str, ages_in_months: Iterable[int], on: date) -> Need | None:
    """For all children who are present at one moment in what `level_for` says: their group, or the whole location.

    Ages are those of the day. None: no ratio is known for this care.
    """
    table = tables.table_for(care_type, on)
    return need_of(table, ages_in_months) if table else None


def need_of(table: RatioTable, ages_in_months: Iterable[int]) -> Need:
    counts, outside = table.counts(ages_in_months)
    return Need(None, "ages", outside, 0, table) if outside else _need(table, counts)


@remembered
def _need(table: RatioTable, counts: Counts) -> Need:
    children, youngest = sum(counts), counts[0]
    if not children:
        return Need(0, "table" if table.rows else "formula", 0, None, table)
    if table.counted_per == "group" and children > table.most_in_group(counts):
        return Need(None, "group size", children, table.most_in_group(counts), table)
    most_youngest = table.most_youngest_in_mixed
    if most_youngest is not None and most_youngest < youngest < children:
        return Need(None, "babies", youngest, most_youngest, table)
    staff, step = _before_safeguard(table, counts)
    if table.safeguard and any(_before_safeguard(table, fewer)[0] > staff for fewer in _one_child_fewer(counts)):
        staff, step = staff + 1, "safeguard"
    return Need(staff, step, children, None, table)


def _before_safeguard(table: RatioTable, counts: Counts) -> tuple[int, Step]:
    children, by_table, by_formula = sum(counts), 0, 0
    if children and table.rows:
        by_table = next(
            way.staff
            for way in table._row(counts)
            if children <= way.children and (way.youngest is None or counts[0] <= way.youngest)
        )
    if table.formula and (counts[0] or not table.formula.only_with_youngest):
        weight = sum(count * each for count, each in zip(counts, table.formula.weights, strict=True))
        by_formula = -(-weight // table.formula.divided_by)
    return (by_formula, "formula") if by_formula > by_table or not table.rows else (by_table, "table")


def _one_child_fewer(counts: Counts) -> Iterator[Counts]:
    for age, count in enumerate(counts):
        if count:
            yield (*counts[:age], count - 1, *counts[age + 1 :])
