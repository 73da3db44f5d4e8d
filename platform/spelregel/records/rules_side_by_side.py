"""The rules of two files beside each other, leaf by leaf, with the sentence that parents read where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from spelregel.records.conditions_page import names_of
from spelregel.rules.conditions import Condition, conditions
from spelregel.rules.rulebook import RuleRef, Situation
from spelregel.tenancy.layers import Layers, all_leaves
from spelregel.tenancy.tenant import Tenant
from spelregel.words.conditions_text import sentence
from spelregel.words.sentences import Speaker, value_as_text

Scope = tuple[str, str | None]  # care type, location


@dataclass(frozen=True, slots=True)
class Party:
    tenant: Tenant
    layers: Layers
    speaker: Speaker


@dataclass(frozen=True, slots=True)
class Said:
    """A rule of one file: its path there, its value on one line, the sentence that parents read or "", and its place."""

    path: str
    value: str
    sentence: str
    place: str  # file:line


@dataclass(frozen=True, slots=True)
class Row:
    """A rule that differs. `scopes`: for which care types and locations, empty when for all that both have."""

    path: str
    scopes: tuple[Scope, ...]
    a: Said | None
    b: Said | None


@dataclass(frozen=True, slots=True)
class SideBySide:
    rows: tuple[Row, ...]
    same: int


#: Lists of the file that rules speak of.
_NAMES = ("care_types", "locations", "products", "contracts")


def side_by_side(a: Party, b: Party, on: date) -> SideBySide:
    """What is in force on a day. Credits with other names are compared when they are earned in the same way."""
    as_in_a = _paired_credits(a, b, on)
    found: dict[str, dict[Scope, tuple[Said | None, Said | None]]] = {}
    scopes = _scopes(a, b)
    for scope in scopes:
        left = _rules(a, on, scope, {})
        right = _rules(b, on, scope, as_in_a)
        for path in dict.fromkeys((*left, *right)):
            found.setdefault(path, {})[scope] = (left.get(path), right.get(path))
    rows = list(_names(a, b))
    same = len(_NAMES) - len(rows)
    for path, by_scope in found.items():
        differing = list(_differing(path, by_scope, scopes))
        rows += differing
        same += not differing
    rows += [Row(path, scopes, said, None) for path, scopes, said in _only_here(a, b, on, {})]
    rows += [Row(path, scopes, None, said) for path, scopes, said in _only_here(b, a, on, as_in_a)]
    return SideBySide(tuple(rows), same)


def _scopes(a: Party, b: Party) -> list[Scope]:
    one, other = a.tenant.rulebook, b.tenant.rulebook
    care_types = [each for each in one.care_types if each in other.care_types]
    if not care_types:  # nothing in common: the first of either, so that their rules can still be seen
        return [(one.care_types[0], None), (other.care_types[0], None)]
    places = [None, *(each for each in one.locations if each in other.locations)]
    return [(care_type, place) for place in places for care_type in care_types]


def _only_here(
    party: Party, other: Party, on: date, renamed: Mapping[str, str]
) -> Iterator[tuple[str, tuple[Scope, ...], Said]]:
    """What this file says otherwise for a kind of care or a location that the other file does not know."""
    own, foreign = party.tenant.rulebook, other.tenant.rulebook
    scopes: list[Scope] = [(care_type, None) for care_type in own.care_types if care_type not in foreign.care_types]
    scopes += [(care_type, place) for place in own.locations if place not in foreign.locations for care_type in own.care_types]  # fmt: skip
    usual = {care_type: _rules(party, on, (care_type, None), renamed) for care_type in own.care_types}
    shared = next((each for each in own.care_types if each in foreign.care_types), own.care_types[0])
    found: dict[tuple[str, Said], list[Scope]] = {}
    for scope in scopes:
        than = usual[shared if scope[1] is None else scope[0]]
        for path, said in _rules(party, on, scope, renamed).items():
            if _value(than.get(path)) != said.value:
                found.setdefault((path, said), []).append(scope)
    for (path, said), where in found.items():
        yield path, tuple(where), said


def _differing(
    path: str, by_scope: Mapping[Scope, tuple[Said | None, Said | None]], scopes: list[Scope]
) -> Iterator[Row]:
    groups: dict[tuple[str | None, str | None], list[Scope]] = {}
    for scope in scopes:
        left, right = by_scope.get(scope, (None, None))
        groups.setdefault((_value(left), _value(right)), []).append(scope)
    for (left_value, right_value), where in groups.items():
        if left_value != right_value:
            left, right = by_scope[where[0]]
            yield Row(path, () if len(groups) == 1 else tuple(where), left, right)


def _value(said: Said | None) -> str | None:
    return said.value if said else None


def _rules(party: Party, on: date, scope: Scope, renamed: Mapping[str, str]) -> dict[str, Said]:
    """By path, where the credits of B have the names that they are compared under."""
    rulebook = party.tenant.rulebook
    care_type = scope[0] if scope[0] in rulebook.care_types else rulebook.care_types[0]
    location = scope[1]
    refs = [leaf.ref for leaf in all_leaves(party.layers.effective(on, Situation(care_type, location)))]
    page = [each for each in conditions(rulebook, on, location) if care_type in (each.care_types or (care_type,))]
    found = {}
    for ref in refs:
        parts = ref.path.split(".")
        if parts[0] == "credits" and parts[2] == "name":
            continue
        if parts[0] == "credits":
            parts[1] = renamed.get(parts[1], parts[1])
        found[".".join(parts)] = Said(ref.path, value_as_text(ref.value), _sentence(party, ref, page), f"{ref.file}:{ref.line}")  # fmt: skip
    return found


def _sentence(party: Party, ref: RuleRef, page: list[Condition]) -> str:
    """What the conditions page says with this rule; a list of rows has a sentence per row."""
    names = names_of(party.tenant, party.speaker)
    said = [
        sentence(replace(each, care_types=()), party.speaker, names)
        for each in page
        if any(
            told.line == ref.line and (told.path == ref.path or told.path.startswith(f"{ref.path}."))
            for told in each.refs
        )
    ]
    return " ".join(dict.fromkeys(said))


def _names(a: Party, b: Party) -> Iterator[Row]:
    for key in _NAMES:
        said = [_list(party, key) for party in (a, b)]
        if _value(said[0]) != _value(said[1]):
            yield Row(key, (), said[0], said[1])


def _list(party: Party, key: str) -> Said | None:
    source = party.layers.source
    if key not in source.data:
        return None
    return Said(key, ", ".join(source.data[key]), "", f"{source.file}:{source.keys[(key,)].line}")


def _paired_credits(a: Party, b: Party, on: date) -> dict[str, str]:
    """B's name of a credit -> A's, for the credits that have no namesake and are earned alike."""
    ours, theirs = _credits(a, on), _credits(b, on)
    free = {kind: by for kind, by in ours.items() if kind not in theirs}
    pairs: dict[str, str] = {}
    for kind, by in theirs.items():
        match = next((each for each, how in free.items() if how == by), None)
        if kind not in ours and match is not None:
            pairs[kind] = match
            del free[match]
    return pairs


def _credits(party: Party, on: date) -> dict[str, str]:
    found: dict[str, str] = {}
    for care_type in party.tenant.rulebook.care_types:
        for kind, credit in party.tenant.rulebook.terms(on, care_type).credits.items():
            found.setdefault(kind, credit.earned_by.value)
    return found


def row_as_data(row: Row) -> dict[str, Any]:
    def said(one: Said | None) -> dict[str, str | None] | None:
        return None if one is None else {"path": one.path, "value": one.value, "sentence": one.sentence or None, "place": one.place}  # fmt: skip

    scopes = [{"care_type": care_type, "location": location} for care_type, location in row.scopes]
    return {"path": row.path, "for": scopes, "a": said(row.a), "b": said(row.b)}
