"""Layers with origin: national defaults, the tenant's file, its dated changes, its exceptions.

Blocks merge per key; lists, phrases and everything else are replaced whole. Every leaf remembers the line that set
it, so that a decision can name it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from spelregel.rules.problems import Path
from spelregel.rules.rulebook import RuleRef
from spelregel.tenancy.calendars import national
from spelregel.tenancy.yaml_source import Source

SECTIONS = ("calendar", "modules", "absence", "credits")


@dataclass(frozen=True, slots=True)
class Leaf:
    value: Any
    ref: RuleRef


Tree = dict[str, Any]  # nested, with a Leaf at every end


@dataclass(frozen=True, slots=True)
class ExceptionLayer:
    """`index` is its place in the file's `exceptions`."""

    index: int
    care_type: str | None
    location: str | None
    since: date | None
    tree: Tree

    def applies(self, acting_on: date | None, care_type: str | None, location: str | None) -> bool:
        started = self.since is None or (acting_on is not None and self.since <= acting_on)
        return started and self.care_type in (None, care_type) and self.location in (None, location)

    @property
    def rank(self) -> tuple[int, bool]:
        """The one that names more wins; with equally many, the kind of care over the location."""
        return (self.care_type is not None) + (self.location is not None), self.care_type is not None


def leaves(source: Source, data: Mapping[str, Any], path: Path, layer: str, since: date | None, below: int = 0) -> Tree:
    """`below`: how many parts of the path belong to the layer itself (changes.0) and not to the rule's own path."""
    tree: Tree = {}
    for key, value in data.items():
        where = (*path, key)
        if isinstance(value, dict):
            tree[key] = leaves(source, value, where, layer, since, below)
        else:
            span = source.place(where)
            dotted = ".".join(str(part) for part in where[below:])
            tree[key] = Leaf(value, RuleRef(dotted, value, source.file, span.line, span.column, layer, since))
    return tree


def merged(base: Tree, patch: Tree) -> Tree:
    result = dict(base)
    for key, value in patch.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def all_leaves(tree: Tree) -> Iterator[Leaf]:
    for value in tree.values():
        if isinstance(value, Leaf):
            yield value
        else:
            yield from all_leaves(value)


class Layers:
    """The layers of one schema-checked file."""

    def __init__(self, source: Source) -> None:
        data = source.data
        self.source = source
        country = data["calendar"].get("country", "nl")
        defaults = national(country).defaults
        self.base = merged(
            leaves(defaults, defaults.data, (), "defaults", None),
            leaves(source, {key: data[key] for key in SECTIONS if key in data}, (), "tenant", None),
        )
        self.changes: list[tuple[date, Tree]] = []
        for index, change in enumerate(data.get("changes", [])):
            since = date.fromisoformat(change["from"])
            patch = {key: change[key] for key in SECTIONS if key in change}
            self.changes.append((since, leaves(source, patch, ("changes", index), "change", since, 2)))
        self.exceptions: list[ExceptionLayer] = []
        for index, each in enumerate(data.get("exceptions", [])):
            begins = date.fromisoformat(each["from"]) if "from" in each else None
            patch = {key: each[key] for key in SECTIONS if key in each}
            who = each["for"]
            tree = leaves(source, patch, ("exceptions", index), "exception", begins, 2)
            self.exceptions.append(ExceptionLayer(index, who.get("care_type"), who.get("location"), begins, tree))

    def starts(self) -> list[date | None]:
        """The days on which a version starts; None is the beginning."""
        dates = {since for since, _ in self.changes} | {e.since for e in self.exceptions if e.since}
        return [None, *sorted(dates)]

    def effective(
        self, acting_on: date | None, care_type: str | None, location: str | None, *, without: int | None = None
    ) -> Tree:
        """`without`: the exception that is left out of account, by its place in the file."""
        tree = self.base
        for start, patch in self.changes:
            if acting_on is not None and start <= acting_on:
                tree = merged(tree, patch)
        for layer in self.applying(acting_on, care_type, location):
            if layer.index != without:
                tree = merged(tree, layer.tree)
        return tree

    def applying(self, acting_on: date | None, care_type: str | None, location: str | None) -> list[ExceptionLayer]:
        """Weakest first; of one subject, the one that started last is the strongest."""
        found = [e for e in self.exceptions if e.applies(acting_on, care_type, location)]
        return sorted(found, key=lambda e: (e.rank, e.since or date.min))
