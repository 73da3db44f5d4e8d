"""The conditions page, as data: what a parent may count on, each with the line that says so.

A Condition is a code with the values of the rule; `words` makes the sentence. The page cannot disagree with the
behaviour, since both read the same Terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from spelregel.rules.condition import EARNING, NOTHING_EARNED, Condition, anchor
from spelregel.rules.conditions_of import conditions_of
from spelregel.rules.phrases import AgeRange
from spelregel.rules.rulebook import SCHOOL_HOLIDAYS, SCHOOL_WEEKS, Rulebook, Selector, Situation, Version
from spelregel.rules.worked import Bench

__all__ = ["Condition", "anchor", "conditions", "upcoming"]

#: A topic with the rule that is spoken of: what stands on the page under each other.
Slot = tuple[str, str]
Groups = dict[Slot, list[Condition]]


def conditions(
    rulebook: Rulebook, on: date, location: str | None = None, contracts: Mapping[str, str] | None = None
) -> list[Condition]:
    """What holds on a day. A condition that differs per kind of care says for which; one of an exception, for whom.

    Each exception stands right under the rule that it changes. `contracts`: the kind of care of each contract.
    """
    version = rulebook.version(on)
    plain = {
        care_type: _groups(rulebook, version, on, Situation(care_type, location)) for care_type in rulebook.care_types
    }
    sequences = list(plain.values())
    found: list[tuple[Selector | None, Groups]] = [*_for_everybody(rulebook, plain)]
    for selector in version.selectors:
        if not selector.new_contracts and _said_already(selector, location):
            continue
        found.extend(_of_an_exception(rulebook, version, selector, on, contracts or {}, sequences))
    order = _order(sequences)
    relevant = _relevant(plain, _possible(rulebook, plain))
    page: list[Condition] = []
    for slot in order:
        here = [(selector, groups[slot]) for selector, groups in found if slot in groups]
        usual = [group for selector, group in here if selector is None]
        mine = [(selector, group) for selector, group in here if selector is not None]
        others = _without_echoes(mine, relevant.get(slot, set()))
        for group in usual:
            page.extend(group)
        for index, (selectors, group) in enumerate(others):
            after = [each for later, _ in others[index + 1 :] for each in later]
            first = any(_can_meet(one, other) for one in selectors for other in after)
            told = [replace(each, also_for=selectors[1:]) for each in group]
            page.extend([*told[:-1], replace(told[-1], goes_first=first)])
    return _with_what_is_left(_with_other_reasons(page))


def _with_what_is_left(page: list[Condition]) -> list[Condition]:
    """Where everybody is given nothing but somebody is: nothing first, and then who is."""
    found: list[Condition] = []
    for each in page:
        left = each.code == NOTHING_EARNED and each.only_for is None and not each.care_types
        own = [n for n, other in enumerate(found) if other.topic == each.topic and other.part == EARNING]
        if left and own:
            found.insert(own[0], replace(each, values={**each.values, "except": True}))
        else:
            found.append(each)
    return found


def _without_echoes(
    others: list[tuple[Selector, list[Condition]]], cares: set[str]
) -> list[tuple[tuple[Selector, ...], list[Condition]]]:
    """The strongest first; those that are of equal strength and say the same together. What is said for somebody in every kind of care is said for them once, where the strongest stood."""
    others = sorted(others, key=lambda each: each[0].rank, reverse=True)
    for selector, group in list(others):
        if "care_type" in selector.named:
            continue
        echoes = [
            each
            for each in others
            if "care_type" in each[0].named
            and {key: value for key, value in each[0].named.items() if key != "care_type"} == dict(selector.named)
            and _signature(each[1]) == _signature(group)
        ]
        if echoes and {str(each[0].named["care_type"]) for each in echoes} >= cares:
            at = others.index(echoes[0])
            others[at] = (selector, group)
            others = [
                each for n, each in enumerate(others) if n == at or (each not in echoes and each[0] is not selector)
            ]
    return _together(others)


def _together(
    others: list[tuple[Selector, list[Condition]]],
) -> list[tuple[tuple[Selector, ...], list[Condition]]]:
    """Contracts, products or locations for which the same is said, in one line."""
    found: list[tuple[tuple[Selector, ...], list[Condition]]] = []
    for selector, group in others:
        for n, (selectors, told) in enumerate(found):
            if _alike(selectors[0], selector) and _signature(told) == _signature(group):
                found[n] = ((*selectors, selector), told)
                break
        else:
            found.append(((selector,), group))
    return found


def _alike(one: Selector, other: Selector) -> bool:
    """Whether both are for one thing of the same kind, of which a child has only one: neither can win from the other."""
    names = set(one.named)
    return (
        names == set(other.named)
        and names in ({"contract"}, {"product"}, {"location"})
        and not (one.new_contracts or other.new_contracts)
    )


def upcoming(rulebook: Rulebook, on: date) -> list[date]:
    """The days after `on` on which something changes, soonest first."""
    return [version.since for version in rulebook.versions if version.since and version.since > on]


def _groups(rulebook: Rulebook, version: Version, on: date, who: Situation, silent: bool = False) -> Groups:
    return _grouped(conditions_of(Bench(rulebook, version.of(who), on, who, silent)))


def _grouped(found: list[Condition]) -> Groups:
    groups: Groups = {}
    for each in found:
        groups.setdefault(_slot(each), []).append(each)
    return groups


def _slot(condition: Condition) -> Slot:
    """A list is replaced whole: its rows are one thing, with what is said around them."""
    if condition.quoted or condition.code == NOTHING_EARNED:
        return condition.topic, condition.quoted or condition.code
    return condition.topic, re.sub(r"\.[0-9]+$", "", condition.ref.path)


def _order(sequences: list[Groups]) -> list[Slot]:
    """Every slot once; one that the first sequence does not have stands where its own sequence has it."""
    order: list[Slot] = []
    for groups in sequences:
        before: Slot | None = None
        for slot in groups:
            if slot not in order:
                own = [each for each in order if each[0] == slot[0]]
                after = before if before is not None and before[0] == slot[0] else own[0] if own else None
                order.insert(len(order) if after is None else order.index(after) + 1, slot)
            before = slot
    topics = list(dict.fromkeys(topic for topic, _ in order))
    return sorted(order, key=lambda slot: topics.index(slot[0]))


def _signature(group: list[Condition] | None) -> object:
    return None if group is None else tuple(_same(each) for each in group)


def _same(condition: Condition) -> object:
    if condition.ref.open:
        return condition.topic, condition.code, condition.ref.path, repr(sorted(condition.values.items(), key=str))
    return condition.topic, condition.code, repr((condition.ref.value, sorted(condition.values.items(), key=str)))


def _merged(
    per_care_type: Mapping[str, Groups], relevant: Mapping[Slot, set[str]]
) -> Iterator[tuple[Slot, list[Condition]]]:
    """What is the same for several kinds of care once; what is not for all of those that it matters to, with which."""
    same: dict[object, list[tuple[str, Slot, list[Condition]]]] = {}
    for care_type, groups in per_care_type.items():
        for slot, group in groups.items():
            same.setdefault(repr((slot, _signature(group))), []).append((care_type, slot, group))
    for alike in same.values():
        care_types = tuple(care_type for care_type, _, _ in alike)
        slot = alike[0][1]
        everywhere = set(care_types) >= relevant[slot]
        shown = next((group for _, _, group in alike if any(each.instances for each in group)), alike[0][2])
        yield slot, [replace(each, care_types=() if everywhere else care_types) for each in shown]


def _relevant(per_care_type: Mapping[str, Groups], possible: Mapping[str, set[str]]) -> dict[Slot, set[str]]:
    """For which kinds of care each slot matters: where it can be asked for, where something can be earned at all."""
    found: dict[Slot, set[str]] = {}
    for slot in _order(list(per_care_type.values())):
        topic, _ = slot
        cares = {care for care, groups in per_care_type.items() if any(there == topic for there, _ in groups)}
        cares &= possible.get(topic, cares)
        if any(each.part == EARNING for groups in per_care_type.values() for each in groups.get(slot, ())):
            cares -= {care for care, groups in per_care_type.items() if _nothing_in(topic, care, groups)}
        found[slot] = cares
    return found


def _nothing_in(topic: str, care_type: str, groups: Groups) -> bool:
    """Whether nothing of this credit is earned or given in this kind of care."""
    told = (each for slot, group in groups.items() if slot[0] == topic for each in group)
    return any(
        each.code == NOTHING_EARNED or (each.code == "credit_care_types" and care_type not in each.values["what"])
        for each in told
    )


def _possible(rulebook: Rulebook, plain: Mapping[str, Groups]) -> dict[str, set[str]]:
    """Per topic the kinds of care that can ask for it."""
    named: dict[str, set[str]] = {}
    for groups in plain.values():
        for (topic, _), group in groups.items():
            for each in group:
                if each.code == "ask_care_types":
                    named.setdefault(topic, set()).update(each.values["what"])
    return {topic: cares & set(rulebook.care_types) or set(rulebook.care_types) for topic, cares in named.items()}


def _for_everybody(rulebook: Rulebook, plain: Mapping[str, Groups]) -> Iterator[tuple[None, Groups]]:
    possible = _possible(rulebook, plain)
    asked = {
        care: {slot: group for slot, group in groups.items() if care in possible.get(slot[0], {care})}
        for care, groups in plain.items()
    }
    for slot, group in _merged(asked, _relevant(asked, possible)):
        yield None, {slot: group}


def _said_already(selector: Selector, location: str | None) -> bool:
    """What is for a kind of care stands with the rest; so does what is for the location that the page is of."""
    if location is not None and selector.named.get("location") not in (None, location):
        return True
    return set(selector.named) <= ({"care_type"} if location is None else {"care_type", "location"})


def _of_an_exception(
    rulebook: Rulebook,
    version: Version,
    selector: Selector,
    on: date,
    contracts: Mapping[str, str],
    sequences: list[Groups],
) -> Iterator[tuple[Selector, Groups]]:
    """What comes out otherwise for whom it names, beside what holds for the same care without it.

    `sequences` gets everything that holds for them: the place of what only they have is read from it.
    """
    care_types = _care_types_of(rulebook, selector, contracts)
    changed: dict[str, Groups] = {}
    possible: dict[str, set[str]] = {}
    for care_type in care_types:
        who = selector.plainest(care_type)
        groups = _groups(rulebook, version, on, who)
        sequences.append(groups)
        holding = tuple(each.index for each in version.selectors if each.holds(who) and each is not selector)
        usual_terms = version.terms.get(holding) or version.of(Situation(care_type))
        usual = _grouped(conditions_of(Bench(rulebook, usual_terms, on, who, silent=True)))
        can = _possible(rulebook, {care_type: groups})
        changed[care_type] = {
            slot: group
            for slot, group in groups.items()
            if _signature(group) != _signature(usual.get(slot)) and care_type in can.get(slot[0], {care_type})
        }
        for topic, cares in can.items():
            possible.setdefault(topic, set()).update(cares)
    for slot, group in _merged(changed, _relevant(changed, possible)):
        yield selector, {slot: [_for_them(each, selector) for each in group]}


def _for_them(condition: Condition, selector: Selector) -> Condition:
    """What is only possible for some kinds of care is possible for this one too."""
    if condition.code == "ask_care_types" and selector.named.get("care_type") in condition.values["what"]:
        condition = replace(condition, code="ask_care_types_too")
    return replace(condition, only_for=selector)


def _care_types_of(rulebook: Rulebook, selector: Selector, contracts: Mapping[str, str]) -> list[str]:
    """The kinds of care that an exception can be for: a contract and a product each have one."""
    named = selector.named
    only = {
        str(named["care_type"]) if "care_type" in named else None,
        contracts.get(str(named["contract"])) if "contract" in named else None,
        rulebook.products.get(str(named["product"])) if "product" in named else None,
    } - {None}
    return [each for each in rulebook.care_types if not only or {each} == only] or list(rulebook.care_types)


def _can_meet(stronger: Selector, weaker: Selector) -> bool:
    """Whether both can hold at once, where neither names all that the other does: then a reader must know which wins."""
    one, other = stronger.named, weaker.named
    if set(other.items()) <= set(one.items()):
        return False
    for dimension in set(one) & set(other):
        a, b = one[dimension], other[dimension]
        if isinstance(a, AgeRange) or isinstance(b, AgeRange):
            continue
        if a != b and not (dimension == "season" and SCHOOL_HOLIDAYS in (a, b) and SCHOOL_WEEKS not in (a, b)):
            return False
    # One holiday is a part of the school holidays: everybody sees that it is the narrower of the two.
    return not (set(one) == set(other) == {"season"})


def _with_other_reasons(page: list[Condition]) -> list[Condition]:
    """ "Every reason counts" stands beside an exception for one reason: then it says so."""
    found = []
    for each in page:
        if each.code == "earn_reasons" and each.only_for is None:
            others = [
                other
                for other in page
                if other.topic == each.topic
                and other.only_for
                and other.only_for.named.get("reason") in each.values["reasons"]
            ]
            reasons = tuple(dict.fromkeys(str(other.only_for.named["reason"]) for other in others if other.only_for))
            limit = bool(others) and all(other.code == "earn_notice" for other in others)
            each = replace(each, values={**each.values, "otherwise": reasons, "limit": limit})
        found.append(each)
    return found
