"""The staff-child ratio of a country, read from its file in `national/` and checked: what is wrong names its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, NoReturn

from spelregel.rules.problems import Path
from spelregel.rules.staff_child_ratio import Formula, RatioTable, RatioTables, Way
from spelregel.tenancy.calendars import read_national
from spelregel.tenancy.yaml_source import Source

_TABLE: Final = (
    "id",
    "ratio",
    "valid_from",
    "valid_to",
    "counted_per",
    "confidence",
    "source",
    "uncertain",
    "first_ages",
)
_OPTIONAL: Final = ("ages_below", "rows", "group_size", "most_youngest_in_mixed", "formula", "safeguard")
_FORMULA: Final = ("only_with_youngest", "weights", "divided_by")
_SPAN: Final = re.compile(r"(\d+)(?:-(\d+)|\+)")


class RatioFileWrong(RuntimeError):
    """The file of a country's ratio cannot be used."""


@cache
def ratio_tables(country: str) -> RatioTables:
    """`country` is an ISO 3166 code in small letters, one that has this file in `national/`."""
    return tables_in(read_national(f"{country}_staff_child_ratio.yaml"))


def tables_in(source: Source) -> RatioTables:
    return _File(source).tables()


class _File:
    def __init__(self, source: Source) -> None:
        self.source = source

    def tables(self) -> RatioTables:
        top = self.block((), ("care_types", "tables"))
        listed = top["tables"]
        if not isinstance(listed, list) or not listed:
            self.wrong(("tables",), "a list of tables is expected")
        tables = tuple(self.table(("tables", place)) for place in range(len(listed)))
        ratios = {table.ratio for table in tables}
        for ratio in ratios:
            self.follow_each_other([(place, table) for place, table in enumerate(tables) if table.ratio == ratio])
        if len({table.id for table in tables}) < len(tables):
            self.wrong(("tables",), "two tables have one id")
        ratio_of: dict[str, str | None] = {}
        for care_type in self.some_block(("care_types",)):
            entry = self.block(("care_types", care_type), ("ratio", "why"))
            if entry["ratio"] is not None and entry["ratio"] not in ratios:
                self.wrong(("care_types", care_type, "ratio"), "no table has this ratio")
            self.text(("care_types", care_type, "why"))
            ratio_of[care_type] = entry["ratio"]
        return RatioTables(tables, MappingProxyType(ratio_of))

    def table(self, path: Path) -> RatioTable:
        found = self.block(path, _TABLE, _OPTIONAL)
        ages = self.some_block((*path, "first_ages"))
        years = [self.number((*path, "first_ages", name)) for name in ages]
        if years != sorted(set(years)):
            self.wrong((*path, "first_ages"), "the first ages must go up")
        below = self.number((*path, "ages_below")) if found.get("ages_below") is not None else None
        rows = self.rows((*path, "rows"), years) if "rows" in found else {}
        group_size = self.number((*path, "group_size"), 1) if "group_size" in found else None
        formula = self.formula((*path, "formula"), tuple(ages)) if "formula" in found else None
        if bool(rows) == (group_size is not None) or not (rows or formula):
            self.wrong(path, "rows are expected, or a formula and a group_size")
        in_mixed = self.number((*path, "most_youngest_in_mixed"), 1) if "most_youngest_in_mixed" in found else None
        counted_per = self.one_of((*path, "counted_per"), ("group", "location"))
        if rows and counted_per == "location":
            self.wrong((*path, "rows"), "rows are counted per group")
        for (youngest, oldest), ways in rows.items():
            cap = in_mixed if youngest == 0 and oldest > 0 else None
            if ways[-1].youngest is not None and ways[-1].youngest != cap:
                self.wrong((*path, "rows"), "the last way of a row must hold every group that is allowed")
        uncertain = found["uncertain"]
        if not isinstance(uncertain, list):
            self.wrong((*path, "uncertain"), "a list is expected")
        safeguard = found.get("safeguard", False)
        if not isinstance(safeguard, bool):
            self.wrong((*path, "safeguard"), "true or false is expected")
        return RatioTable(
            id=self.text((*path, "id")),
            ratio=self.text((*path, "ratio")),
            valid_from=self.day((*path, "valid_from")),
            valid_to=self.day((*path, "valid_to")),
            counted_per=counted_per,
            confidence=self.one_of((*path, "confidence"), ("high", "medium", "low")),
            source=self.text((*path, "source")),
            uncertain=tuple(self.text((*path, "uncertain", place)) for place in range(len(uncertain))),
            first_months=tuple(12 * year for year in years),
            months_below=12 * below if below is not None else None,
            rows=MappingProxyType(rows),
            group_size=group_size,
            most_youngest_in_mixed=in_mixed,
            formula=formula,
            safeguard=safeguard,
        )

    def rows(self, path: Path, years: list[int]) -> dict[tuple[int, int], tuple[Way, ...]]:
        rows: dict[tuple[int, int], tuple[Way, ...]] = {}
        for name, listed in self.some_block(path).items():
            span = _SPAN.fullmatch(name)
            inside = [age for age, year in enumerate(years) if span and int(span[1]) <= year < int(span[2] or 99)]
            if not span or not inside or years[inside[0]] != int(span[1]) or (inside[0], inside[-1]) in rows:
                self.wrong((*path, name), "a span of the table's ages is expected, each once")
            if not isinstance(listed, list) or not listed:
                self.wrong((*path, name), "a list of [staff, children] is expected")
            ways = tuple(self.way((*path, name, place)) for place in range(len(listed)))
            if any(one.staff > two.staff or one.children > two.children for one, two in pairwise(ways)):
                self.wrong((*path, name), "staff and children must go up")
            rows[inside[0], inside[-1]] = ways
        every = {(one, two) for one in range(len(years)) for two in range(one, len(years))}
        if set(rows) != every:
            self.wrong(path, "every span of the table's ages needs a row")
        return rows

    def way(self, path: Path) -> Way:
        found = self.source.at(path)
        if not isinstance(found, list) or len(found) not in (2, 3):
            self.wrong(path, "[staff, children] or [staff, children, youngest] is expected")
        return Way(*(self.number((*path, place), 1) for place in range(len(found))))

    def formula(self, path: Path, ages: tuple[str, ...]) -> Formula:
        found = self.block(path, _FORMULA)
        if not isinstance(found["only_with_youngest"], bool):
            self.wrong((*path, "only_with_youngest"), "true or false is expected")
        self.block((*path, "weights"), ages)
        weights = tuple(self.number((*path, "weights", age), 1) for age in ages)
        return Formula(weights, self.number((*path, "divided_by"), 1), found["only_with_youngest"])

    def follow_each_other(self, tables: list[tuple[int, RatioTable]]) -> None:
        """Each day has one table: the next begins the day after the one before ends."""
        for (_, one), (place, two) in pairwise(tables):
            if one.valid_to is None or two.valid_from != one.valid_to + timedelta(days=1):
                self.wrong(
                    ("tables", place, "valid_from"), "this table does not begin the day after the one before it ends"
                )
        for place, table in tables:
            if table.valid_from and table.valid_to and table.valid_to < table.valid_from:
                self.wrong(("tables", place, "valid_to"), "this table ends before it begins")

    def block(self, path: Path, keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> Mapping[str, Any]:
        found = self.some_block(path)
        for key in keys:
            if key not in found:
                self.wrong(path, f"“{key}” is missing")
        for key in found:
            if key not in keys and key not in optional:
                self.wrong((*path, key), f"“{key}” is no key of this block")
        return found

    def some_block(self, path: Path) -> Mapping[str, Any]:
        found = self.source.at(path)
        if not isinstance(found, dict) or not found:
            self.wrong(path, "a block of keys is expected")
        return found

    def number(self, path: Path, least: int = 0) -> int:
        found = self.source.at(path)
        if not isinstance(found, int) or isinstance(found, bool) or found < least:
            self.wrong(path, f"a whole number from {least} is expected")
        return found

    def text(self, path: Path) -> str:
        found = self.source.at(path)
        if not isinstance(found, str) or not found.strip():
            self.wrong(path, "a text is expected")
        return found

    def one_of(self, path: Path, words: tuple[str, ...]) -> Any:
        found = self.source.at(path)
        if found not in words:
            self.wrong(path, f"one of {', '.join(words)} is expected")
        return found

    def day(self, path: Path) -> date | None:
        found = self.source.at(path)
        try:
            return None if found is None else date.fromisoformat(found)
        except (TypeError, ValueError):
            self.wrong(path, "a date such as 2019-01-01 is expected, or null")

    def wrong(self, path: Path, why: str) -> NoReturn:
        raise RatioFileWrong(f"{self.source.file}:{self.source.place(path).line}: {why}")
