"""Layers with origin: national defaults, the tenant's file, its dated changes, its exceptions.

Blocks merge per key; lists, phrases and everything else are replaced whole. Every leaf remembers the line that set
it, so that a decision can name it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from spelregel.rules.phrases import AgeRange, parse_age_range
from spelregel.rules.problems import Path
from spelregel.rules.rulebook import RuleRef, Selector, Situation
from spelregel.tenancy.calendars import national
from spelregel.tenancy.open_rules import open_paths
from spelregel.tenancy.sections import LAYERED
from spelregel.tenancy.yaml_source import Source


@dataclass(frozen=True, slots=True)
class Leaf:
    value: Any
    ref: RuleRef


Tree = dict[str, Any]  # nested, with a Leaf at every end


@dataclass(frozen=True, slots=True)
class Layer:
    """A change that holds for some, or an exception. `place` is where it stands in the file."""

    selector: Selector
    place: Path
    tree: Tree

    @property
    def care_type(self) -> str | None:
        return self._named("care_type")

    @property
    def location(self) -> str | None:
        return self._named("location")

    def _named(self, dimension: str) -> str | None:
        found = self.selector.named.get(dimension)
        return found if isinstance(found, str) else None

    @property
    def since(self) -> date | None:
        return self.selector.since

    def started(self, acting_on: date | None) -> bool:
        return self.since is None or (acting_on is not None and self.since <= acting_on)

    def applies(self, acting_on: date | None, situation: Situation) -> bool:
        return self.started(acting_on) and self.selector.holds(situation)


def leaves(source: Source, data: Mapping[str, Any], path: Path, layer: str, since: date | None, below: int = 0) -> Tree:
    """`below`: how many parts of the path belong to the layer itself (changes.0) and not to the rule's own path."""
    tree: Tree = {}
    for key, value in data.items():
        where = (*path, key)
        if isinstance(value, dict):
            tree[key] = leaves(source, value, where, layer, since, below)
        else:
            span = source.place(where)
            dotted = sys.intern(".".join(str(part) for part in where[below:]))
            value = _shared(value)
            tree[key] = Leaf(value, RuleRef(dotted, value, source.file, span.line, span.column, layer, since))
    return tree


def _shared(value: Any) -> Any:
    """Ten thousand organisations say the same few words: each word once in memory."""
    if isinstance(value, list):
        return [_shared(each) for each in value]
    return sys.intern(value) if isinstance(value, str) else value


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
        own = leaves(source, {key: data[key] for key in LAYERED if key in data}, (), "tenant", None)
        for path in open_paths(data):
            _leave_open(source, own, path)
        self.base = merged(leaves(defaults, defaults.data, (), "defaults", None), own)
        self.changes: list[tuple[date, Tree, Layer | None]] = []
        self.exceptions: list[Layer] = []
        for index, change in enumerate(data.get("changes", [])):
            since = date.fromisoformat(change["from"])
            patch = {key: change[key] for key in LAYERED if key in change}
            tree = leaves(source, patch, ("changes", index), "change", since, 2)
            some = change.get("holds_for") == "new contracts"
            layer = Layer(Selector(index, {}, since, True), ("changes", index), tree) if some else None
            self.changes.append((since, tree, layer))
        for index, each in enumerate(data.get("exceptions", [])):
            begins = date.fromisoformat(each["from"]) if "from" in each else None
            patch = {key: each[key] for key in LAYERED if key in each}
            named: dict[str, str | AgeRange] = dict(each["for"])
            if "age" in named:
                named["age"] = parse_age_range(each["for"]["age"])
            tree = leaves(source, patch, ("exceptions", index), "exception", begins, 2)
            selector = Selector(len(self.changes) + index, named, begins)
            self.exceptions.append(Layer(selector, ("exceptions", index), tree))

    @property
    def conditional(self) -> list[Layer]:
        """Every layer that holds for some only, the weakest first."""
        changes = [layer for _, _, layer in self.changes if layer]
        return [*changes, *sorted(self.exceptions, key=_strength)]

    def starts(self) -> list[date | None]:
        """The days on which a version starts; None is the beginning."""
        dates = {since for since, _, _ in self.changes} | {e.since for e in self.exceptions if e.since}
        return [None, *sorted(dates)]

    def situations(self, acting_on: date | None) -> Iterator[tuple[Situation, tuple[Layer, ...]]]:
        """One situation of every set of layers that can hold together on a day, with that set."""
        data, started = self.source.data, [layer for layer in self.conditional if layer.started(acting_on)]
        named: dict[str, list[Any]] = {
            "care_type": list(data["care_types"]),
            "location": [None, *data.get("locations", {})],
        }
        for layer in started:
            for dimension, wanted in layer.selector.named.items():
                values = named.setdefault(dimension, [None])
                found = [wanted] if isinstance(wanted, str) else [wanted.months - 1, wanted.months]
                values.extend(value for value in found if value not in values)
            if layer.selector.new_contracts:
                values = named.setdefault("contract_started", [None])
                values.append(layer.since)
        seen: set[tuple[int, ...]] = set()
        for each in product(*named.values()):
            situation = Situation(**dict(zip(named, each, strict=True)))
            holding = tuple(layer for layer in started if layer.selector.holds(situation))
            same = tuple(layer.selector.index for layer in holding)
            if same not in seen:
                seen.add(same)
                yield situation, holding

    def effective(self, acting_on: date | None, situation: Situation, *, without: Layer | None = None) -> Tree:
        """`without`: a layer that is left out of account."""
        tree = self.base
        for start, patch, layer in self.changes:
            started = acting_on is not None and start <= acting_on
            if started and (layer is None or (layer.selector.holds(situation) and layer is not without)):
                tree = merged(tree, patch)
        for layer in self.applying(acting_on, situation):
            if layer is not without:
                tree = merged(tree, layer.tree)
        return tree

    def applying(self, acting_on: date | None, situation: Situation) -> list[Layer]:
        """The exceptions that hold, the weakest first; of one subject, the one that started last is the strongest."""
        return sorted((e for e in self.exceptions if e.applies(acting_on, situation)), key=_strength)


def _strength(layer: Layer) -> tuple[object, ...]:
    return layer.selector.rank, layer.since or date.min


def _leave_open(source: Source, tree: Tree, path: tuple[str, ...]) -> None:
    """A rule without a value: its question in `to_confirm` is where it stands."""
    for part in path[:-1]:
        found = tree.setdefault(part, {})
        if not isinstance(found, dict):
            return
        tree = found
    dotted = ".".join(path)
    question = next(key for key in source.data["to_confirm"] if dotted == key or dotted.startswith(key + "."))
    span = source.keys[("to_confirm", question)]
    tree[path[-1]] = Leaf(None, RuleRef(dotted, None, source.file, span.line, span.column, "tenant", None, open=True))
