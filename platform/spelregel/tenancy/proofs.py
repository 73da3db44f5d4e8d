"""What can be proved of a file by asking the engine about every day of a year: rules that never come true.

Run when every block is whole, per version and per set of layers that hold together. Each finding helps an
implementer; what is merely unusual is not named.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from spelregel.rules.care_calendar import WITHOUT_CARE, CareCalendar, MissingFact, cutoff, first_day, last_day
from spelregel.rules.message import msg
from spelregel.rules.phrases import PhraseError, parse_notice, parse_validity
from spelregel.rules.problems import Problem, Span
from spelregel.rules.rulebook import Situation
from spelregel.tenancy.build import calendar_of
from spelregel.tenancy.layers import Layers, Leaf, Tree, all_leaves
from spelregel.tenancy.request_check import Finder
from spelregel.tenancy.sections import MODULES
from spelregel.tenancy.yaml_source import Source

SAME: Final = "same care type"
YEAR: Final = 366
#: The year of days that is asked about, where a version does not start later.
_FIRST: Final = date(2027, 1, 1)


def prove(source: Source, layers: Layers, find: Finder) -> Iterator[Problem]:
    """Each fault once, at the first version and situation that shows it."""
    seen: set[tuple[str, int, int]] = set()
    for problem in _all(source, layers, find):
        key = (problem.code, problem.span.line, problem.span.column)
        if problem.code == "X340":  # it stands in as many places as there are exceptions
            key = (str(problem.message), 0, 0)
        if key not in seen:
            seen.add(key)
            yield problem


def _all(source: Source, layers: Layers, find: Finder) -> Iterator[Problem]:
    asked: set[tuple[int, ...]] = set()
    chosen = _chosen_anywhere(layers)
    for start in layers.starts():

        @cache
        def tree_of(care_type: str, location: str | None, start: date | None = start) -> Tree:
            return layers.effective(start, Situation(care_type, location))

        for situation, _ in layers.situations(start):
            tree = layers.effective(start, situation)
            special = calendar_of(tree["calendar"])
            where = lambda care_type, location=situation.location: tree_of(care_type, location)  # noqa: E731  # one tree per kind of care, at this location
            for key, credit in tree.get("credits", {}).items():
                if not any(leaf.ref.open for leaf in all_leaves(credit)):
                    # Layers share their leaves: a year of days is asked about once for each set of values.
                    same = tuple(id(leaf) for part in (credit, tree["calendar"]) for leaf in all_leaves(part))
                    if same not in asked:
                        asked.add(same)
                        yield from _within_validity(key, credit, special, start, find)
                    yield from _abolished(key, credit, find)
                    yield from _only_partly(key, credit, tree, chosen, find)
                    yield from _usable_for_nobody(source, key, credit, where, find)
            yield from _cannot_pay(source, tree, where, find)
            yield from _in_the_night_of_a_clock_change(tree, special, layers.base["timezone"].value, find)
            yield from _hidden_credits(tree, find)
    yield from _module_without_credits(source, layers, find)
    yield from _hidden_changes(layers, find)


# A credit that lapses before it can be used


def _within_validity(
    key: str, credit: Tree, special: CareCalendar, start: date | None, find: Finder
) -> Iterator[Problem]:
    usable_on, valid = credit.get("usable_on"), credit["valid"]
    if usable_on is None or "study day" in usable_on.value:  # the schools' own days are not all in the calendar
        return
    if valid.value == "unlimited":
        return
    rows = credit["not_usable"].value if "not_usable" in credit else ()
    kinds = set(usable_on.value) - set(WITHOUT_CARE) - {row["used_on"] for row in rows if set(row) == {"used_on"}}
    first = max(_FIRST, start or _FIRST)
    days = _days_from(first - timedelta(days=YEAR), 3 * YEAR)
    usable = [d for d in days if special.kind_of(d) in kinds and (d.weekday() < 5 or "weekend" in kinds)]
    if not usable:
        return  # that has an error of its own
    refused = credit["earned_if"]["not_on"].value if "not_on" in credit.get("earned_if", {}) else ()
    earned = [day for day in _days_from(first, YEAR) if special.is_workday(day) and special.kind_of(day) not in refused]
    try:
        lost = [day for day in earned if not _is_any_between(usable, *_span(valid.value, day, special))]
    except MissingFact:
        return  # it hangs on a contract
    if earned and len(lost) == len(earned):
        yield find.error("X337", valid, msg("%(credit)s lapses before the first day on which it can be used, whenever it is earned", credit=key),
                         msg("make it valid longer, or add a kind of day to usable_on"), usable_on, msg("the days on which it can be used stand here"))  # fmt: skip
    elif credit["earned_by"].value == "absence" and 2 * len(lost) > len(earned):
        yield find.warning("W423", valid, msg("most of %(credit)s lapses before the first day on which it can be used, such as what is earned for %(day)s", credit=key, day=lost[0].isoformat()),
                           msg("make it valid longer, or add a kind of day to usable_on"), usable_on, msg("the days on which it can be used stand here"))  # fmt: skip


def _days_from(first: date, n: int) -> Iterator[date]:
    return (first + timedelta(days=index) for index in range(n))


def _span(valid: str, earned: date, special: CareCalendar) -> tuple[date, date | None]:
    validity = parse_validity(valid)
    if validity.kind == "until the contract ends":
        raise MissingFact("contract_ends")
    return first_day(validity, earned, special), last_day(validity, earned, special)


def _is_any_between(days: list[date], first: date, last: date | None) -> bool:
    at = bisect_left(days, first)
    return at < len(days) and (last is None or days[at] <= last)


def _abolished(key: str, credit: Tree, find: Finder) -> Iterator[Problem]:
    ended = credit.get("abolished", {})
    if "last_used" in ended and ended["last_used"].value < ended["last_earned"].value:
        yield find.error("X339", ended["last_used"], msg("%(credit)s can still be earned after the last day that it can pay", credit=key),
                         msg("write a day on or after the last that earns it"), ended["last_earned"], msg("the last day that earns it stands here"))  # fmt: skip


# Names that do not meet


Chosen = dict[str, set[str] | None]  # per list of `absence` every word of it in any situation; None: it is left open
TreeOf = Callable[[str], Tree]


def _chosen_anywhere(layers: Layers) -> Chosen:
    found: Chosen = {"reasons": set(), "reported_by": set()}
    for start in layers.starts():
        for situation, _ in layers.situations(start):
            absence = layers.effective(start, situation)["absence"]
            for name, words in found.items():
                leaf: Leaf = absence[name]
                found[name] = None if leaf.ref.open or words is None else words | set(leaf.value)
    return found


def _only_partly(key: str, credit: Tree, tree: Tree, chosen: Chosen, find: Finder) -> Iterator[Problem]:
    """A word that counts nowhere, for nobody, beside words that do; where none does, that is an error of its own."""
    earning = credit.get("earned_if", {})
    pairs = (
        ("W424", "reasons", msg("a reason that parents can choose")),
        ("W425", "reported_by", msg("somebody who may report an absence")),
    )
    for code, name, what in pairs:
        mine, theirs = earning.get(name), tree["absence"][name]
        if mine is None or chosen[name] is None:
            continue
        strangers = [word for word in mine.value if word not in (chosen[name] or ())]
        if strangers and len(strangers) < len(mine.value):
            yield find.warning(code, mine, msg("%(credit)s names “%(words)s”, which is not %(what)s", credit=key, words="”, “".join(strangers), what=what),
                               msg("take it out here, or add it there"), theirs, msg("this is the list that counts"))  # fmt: skip


def _pays_for(source: Source, tree: Tree, key: str, care_type: str) -> bool:
    """Can this credit pay care of this kind, or a product of it."""
    credit = tree.get("credits", {}).get(key)
    if credit is None:
        return False
    words = credit["usable_for"].value or ()
    products = source.data.get("products", {})
    return (
        credit["usable_for"].ref.open
        or SAME in words
        or care_type in words
        or any(word in products and products[word]["care_type"] == care_type for word in words)
    )


def _usable_for_nobody(source: Source, key: str, credit: Tree, tree_of: TreeOf, find: Finder) -> Iterator[Problem]:
    """An exception for one kind of care can take away what only another one offers."""
    if SAME not in credit["usable_for"].value and not any(
        _pays_for(source, tree_of(care_type), key, care_type) for care_type in source.data["care_types"]
    ):
        yield find.error("X340", credit["usable_for"], msg("%(credit)s can pay no care at all: each kind of care that is named here says otherwise for itself", credit=key),
                         msg("add a kind of care for which it holds"))  # fmt: skip


def _cannot_pay(source: Source, tree: Tree, tree_of: TreeOf, find: Finder) -> Iterator[Problem]:
    for section in MODULES:
        block = tree.get(section, {})
        pay_with = block.get("payment", {}).get("pay_with")
        if pay_with is None or pay_with.ref.open:
            continue
        cares = block["care_types"].value if block.get("care_types") else None
        for key in pay_with.value:
            credit = tree.get("credits", {}).get(key)
            if credit is None or any(leaf.ref.open for leaf in all_leaves(credit)):
                continue
            if not any(_pays_for(source, tree_of(each), key, each) for each in cares or source.data["care_types"]):
                yield find.warning("W430", pay_with, msg("%(credit)s can pay nothing of %(section)s: it is meant for other kinds of care", credit=key, section=section),
                                   msg("take it out of pay_with, or add the kind of care to usable_for"), credit["usable_for"], msg("what it can pay stands here"))  # fmt: skip
            elif "usable_on" in credit and not set(credit["usable_on"].value) & _possible_days(block):
                yield find.warning("W430", pay_with, msg("%(credit)s can pay nothing of %(section)s: it is meant for other kinds of day", credit=key, section=section),
                                   msg("take it out of pay_with, or add the kind of day to usable_on"), credit["usable_on"], msg("the days on which it can be used stand here"))  # fmt: skip


def _possible_days(block: Tree) -> set[str]:
    only, never = block.get("only_on"), block.get("not_on")
    every = {"study day", "school holiday", "weekend", "school day"}
    if only is not None and not only.ref.open:
        every &= set(only.value)
    return every - set((never.value or ()) if never else ())


# Modules and changes


def _hidden_credits(tree: Tree, find: Finder) -> Iterator[Problem]:
    switch: Leaf = tree["modules"]["credits"]
    if tree.get("credits") and not switch.value and switch.ref.layer != "exception":
        first = next(iter(tree["credits"].values()))
        yield find.warning("W426", switch, msg("parents cannot see their credit: the module credits is off"),
                           msg("switch it on, or take the credits out"), first["earned_by"], msg("a credit stands here"))  # fmt: skip


def _module_without_credits(source: Source, layers: Layers, find: Finder) -> Iterator[Problem]:
    """Of the file itself: a change or an exception may bring the first credit."""
    switch: Leaf = layers.base["modules"]["credits"]
    blocks = (source.data, *source.data.get("changes", ()), *source.data.get("exceptions", ()))
    left_open = any(key.split(".")[0] == "credits" for key in source.data.get("to_confirm", {}))
    if switch.value and not left_open and not any(block.get("credits") for block in blocks):
        yield find.warning("W426", switch, msg("the module credits is on, and there is no credit"),
                           msg("switch it off, or add a credit"))  # fmt: skip


def _hidden_changes(layers: Layers, find: Finder) -> Iterator[Problem]:
    """A value of a change that exceptions replace for everybody, from its first day on."""
    for since, patch, some in layers.changes:
        if some is not None:
            continue
        hidden = list(all_leaves(patch))
        by: dict[str, Leaf] = {}
        for start in layers.starts():
            if start is None or start < since or not hidden:
                continue
            for situation, _ in layers.situations(start):
                now = {leaf.ref.path: leaf for leaf in all_leaves(layers.effective(start, situation))}
                hidden = [leaf for leaf in hidden if now.get(leaf.ref.path) is not leaf]
                by |= {leaf.ref.path: now[leaf.ref.path] for leaf in hidden if leaf.ref.path in now}
        for leaf in hidden:
            other = by.get(leaf.ref.path)
            if other is not None and other.value != leaf.value and other.ref.layer == "exception":
                yield find.warning("W427", leaf, msg("this change reaches nobody: exceptions set %(path)s for everybody", path=leaf.ref.path),
                                   msg("change the exceptions, from this day on"), other, msg("one of them stands here"))  # fmt: skip


# The clock


def _in_the_night_of_a_clock_change(tree: Tree, special: CareCalendar, zone: str, find: Finder) -> Iterator[Problem]:
    """A limit at an hour that is skipped once a year and comes twice once a year."""
    for leaf in all_leaves(tree):
        if not (isinstance(leaf.value, str) and re.search(r", before 0[0-3]:[0-5][0-9]$", leaf.value)):
            continue
        try:
            notice = parse_notice(leaf.value)
        except PhraseError:
            continue
        place = ZoneInfo(zone)
        for day in _days_from(_FIRST, YEAR):
            until = cutoff(notice, day, time(8), place, special) if special.is_workday(day) else None
            if until is not None and _is_odd(until.wall, place):
                yield find.warning("W428", leaf, msg("when the clock changes this time is skipped or comes twice, as on %(day)s", day=until.wall.date().isoformat()),
                                   msg("choose a time outside the hour of the change: till then parents get the reading in their favour"))  # fmt: skip
                break


def _is_odd(wall: datetime, zone: ZoneInfo) -> bool:
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    return first.utcoffset() != second.utcoffset()


# Signs that cannot be seen


#: Marks that turn the direction of reading, and so can show another text than the one that is stored.
_TURNS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def turning_signs(source: Source) -> Iterator[Problem]:
    """Once per line, in comments too: a comment can seem to be a rule. The line is shown without them."""
    for number, line in enumerate(source.lines, 1):
        if found := _TURNS.search(line):
            problem = source.problem("X341", Span(number, found.start() + 1, found.end() + 1),
                                     msg("a sign stands here that cannot be seen and turns the direction of reading"),
                                     msg("remove it: type the text again"))  # fmt: skip
            yield replace(problem, source=_TURNS.sub("\N{REPLACEMENT CHARACTER}", line))
