"""What can be asked for: names that do not exist, windows that never open, promises that nobody can reach.

Run on what holds together (a tree per version and situation), so that a contradiction between a file, its changes and
its exceptions is found too. The engine itself is asked, over a whole year of days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from spelregel.rules.care_calendar import WITHOUT_CARE, CareCalendar, cutoff, opens_on
from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import Notice, parse_amount, parse_cap, parse_horizon, parse_notice, parse_worth
from spelregel.rules.problems import Problem
from spelregel.tenancy.layers import Leaf, Tree, all_leaves
from spelregel.tenancy.schema_check import suggest
from spelregel.tenancy.schema_files import resolved, schemas
from spelregel.tenancy.sections import MODULES

Place = Callable[[Leaf], Any]  # where a leaf stands in the file


class Finder:
    """Makes problems about leaves of one file."""

    def __init__(self, problem: Callable[..., Problem], place: Place) -> None:
        self._problem, self._place = problem, place

    def error(self, code: str, leaf: Leaf, message: Message, help: Message, other: Leaf | None = None, why: Message | None = None) -> Problem:  # fmt: skip
        return self._problem(
            code, self._place(leaf), message, help, (self._place(other), why) if other and why else None
        )

    def warning(self, code: str, leaf: Leaf, message: Message, help: Message, other: Leaf | None = None, why: Message | None = None) -> Problem:  # fmt: skip
        second = (self._place(other), why) if other and why else None
        return self._problem(code, self._place(leaf), message, help, second, severity="warning")


def check_requests(tree: Tree, data: Mapping[str, Any], special: CareCalendar, find: Finder) -> Iterator[Problem]:
    """`tree` is whole: no block of it lacks a key that it needs."""
    yield from _grants(tree, find)
    yield from _caps(tree, find)
    yield from _holidays(tree, find)
    for section, module in MODULES.items():
        block = tree.get(section)
        if block is None:
            continue
        first = block["notice"]
        switch: Leaf = tree["modules"][module]
        screen = block["requested_by"].value != ["staff"]  # what only staff enter is told to parents, and has no screen
        if screen and not switch.value and switch.ref.layer != "exception":  # for one kind of care it may well be off
            yield find.warning("W421", first, msg("%(section)s is described, and its module is off: parents do not see it", section=section),
                               msg("switch modules.%(module)s on, or take the section out", module=module), switch, msg("it is switched off here"))  # fmt: skip
        yield from _names(section, block, data, tree, find)
        yield from _days(section, block, find)
        yield from _size(block, find)
        yield from _moments(section, block, special, find)
    for key, credit in tree.get("credits", {}).items():
        yield from _known(f"credits.{key}", credit, data, find)


def _names(section: str, block: Tree, data: Mapping[str, Any], tree: Tree, find: Finder) -> Iterator[Problem]:
    pots: Leaf | None = block.get("payment", {}).get("pay_with")
    for word in (pots.value or ()) if pots else ():
        if pots and word not in tree.get("credits", {}) and word != "invoice":
            yield _unknown(
                "X331",
                pots,
                word,
                section,
                [*tree.get("credits", {}), "invoice"],
                msg("the credits of this file"),
                find,
            )
    yield from _known(section, block, data, find)


def _known(section: str, block: Tree, data: Mapping[str, Any], find: Finder) -> Iterator[Problem]:
    lists = (
        ("X332", block.get("contracts"), list(data.get("contracts", {})), msg("the contracts of this file")),
        ("X333", block.get("care_types"), list(data["care_types"]), msg("the care_types of this file")),
    )  # fmt: skip
    for code, leaf, known, what in lists:
        if leaf is None:
            continue
        for word in leaf.value or ():
            if word not in known:
                yield _unknown(code, leaf, word, section, known, what, find)


def _unknown(code: str, leaf: Leaf, word: str, section: str, known: list[str], what: Message, find: Finder) -> Problem:
    guess = suggest(word, tuple(known))
    return find.error(code, leaf, msg("“%(word)s” in %(section)s is not one of %(what)s", word=word, section=section, what=what),
                      msg("did you mean “%(guess)s”?", guess=guess) if guess else msg("known here: %(known)s", known=", ".join(known) or "–"))  # fmt: skip


def _days(section: str, block: Tree, find: Finder) -> Iterator[Problem]:
    only, never = block.get("only_on"), block.get("not_on")
    if only is None or only.ref.open:
        return
    refused = {*WITHOUT_CARE, *((never.value or ()) if never else ())}
    if set(only.value) <= refused:
        yield find.error("X334", only, msg("%(section)s is possible on no day at all", section=section),
                         msg("add a kind of day on which care is given"), never, msg("these days are excluded here"))  # fmt: skip


def _size(block: Tree, find: Finder) -> Iterator[Problem]:
    least: Leaf | None = block.get("at_least")
    if least is None or least.ref.open:
        return
    amount = parse_amount(least.value)
    if amount.unit != "hour" or amount.times_weekly:
        yield find.error("X342", least, msg("at_least is how long one piece of care lasts at the shortest, in hours"),
                         msg("write “%(example)s”", example="3 hours"))  # fmt: skip


def _moments(section: str, block: Tree, special: CareCalendar, find: Finder) -> Iterator[Problem]:
    notice: Leaf = block["notice"]
    late = block.get("late_requests")
    if notice.ref.open:
        return
    parsed = parse_notice(notice.value)
    if late is not None and parsed.kind in ("none", "before start"):
        yield find.error("X313", late, msg("late_requests never applies: there is no limit before the care starts"),
                         msg("take late_requests out, or write a limit"), notice, msg("the limit is set here"))  # fmt: skip
    horizon: Leaf | None = block.get("horizon")
    promise: Leaf | None = block.get("guaranteed_if", {}).get("notice")
    if horizon is None or horizon.ref.open:
        return
    if not _ever_open(parsed, horizon.value, special):
        yield find.error("X305", horizon, msg("%(section)s can never be asked for: it opens after the limit has passed", section=section),
                         msg("make the horizon longer, or the limit shorter"), notice, msg("the limit is set here"))  # fmt: skip
    elif (
        promise is not None
        and not promise.ref.open
        and not _ever_open(parse_notice(promise.value), horizon.value, special)
    ):
        yield find.error("X312", promise, msg("nobody can reach this guarantee: asking opens after it has passed"),
                         msg("make the horizon longer, or the limit of the guarantee shorter"), horizon, msg("how early it opens is set here"))  # fmt: skip


_ZONE: Final = ZoneInfo("Europe/Amsterdam")  # both moments are on the same clock, whichever it is


def _ever_open(notice: Notice, horizon: str, special: CareCalendar) -> bool:
    """Is there a day in a year for which the first moment of asking comes before the last."""
    ahead = parse_horizon(horizon)
    if ahead.kind == "contract year":
        return True  # every contract has a year of its own
    for offset in range(366):
        day = date(2027, 1, 1) + timedelta(days=offset)
        opens, until = opens_on(ahead, day, special), cutoff(notice, day, time(8), _ZONE, special)
        if opens is None or until is None or opens <= until.last_minute().date():
            return True
    return False


def _grants(tree: Tree, find: Finder) -> Iterator[Problem]:
    for key, credit in tree.get("credits", {}).items():
        by: Leaf = credit["earned_by"]
        if by.ref.open:
            continue
        granted = "grant" in credit
        if by.value == "grant" and not granted:
            yield find.error("X335", by, msg("%(credit)s is earned by a grant, and nothing says how much", credit=key),
                             msg("add grant with amount, every and part_year"))  # fmt: skip
        if granted and by.value != "grant":
            first = next(all_leaves(credit["grant"]))
            yield find.error("X336", first, msg("grant never applies: %(credit)s is earned by “%(by)s”", credit=key, by=by.value),
                             msg("remove grant, or write “earned_by: grant”"), by, msg("earned_by is set here"))  # fmt: skip


def _caps(tree: Tree, find: Finder) -> Iterator[Problem]:
    for key, credit in tree.get("credits", {}).items():
        caps, worth = credit.get("earned_if", {}).get("at_most"), credit["worth"]
        if caps is None or caps.ref.open or worth.ref.open:
            continue
        unit = parse_worth(worth.value)
        for text in caps.value:
            cap = parse_cap(text)
            if cap.unit not in (None, unit):
                right = f"{text.split(' ')[0]} {unit}s per {text.partition(' per ')[2]}"
                yield find.error("X325", caps, msg("the maximum of %(credit)s is not in the unit that it is worth", credit=key),
                                 msg("write “%(right)s”", right=right), worth, msg("its worth is set here"))  # fmt: skip


def _holidays(tree: Tree, find: Finder) -> Iterator[Problem]:
    if "school_holidays" in tree["calendar"]:
        return
    for leaf in all_leaves({key: block for key, block in tree.items() if key in ("absence", "credits", *MODULES)}):
        if (isinstance(leaf.value, str) and leaf.value.endswith(" before holiday")) or " before holiday," in str(
            leaf.value
        ):
            yield find.error("X307", leaf, msg("“%(phrase)s” counts from a school holiday, and no region says when those are", phrase=leaf.value),
                             msg("add calendar.school_holidays: noord, midden or zuid"))  # fmt: skip


def never_paid(trees: Iterable[Tree], find: Finder) -> Iterator[Problem]:
    """Credits that no situation pays with. Only where the file says how care is paid."""
    spendable: set[str] = set()
    described: dict[str, None] = {}
    credits: dict[str, Tree] = {}
    for tree in trees:
        credits |= tree.get("credits", {})
        for section in MODULES:
            payment = tree.get(section, {}).get("payment")
            if payment is not None and payment["pay_with"].ref.open:
                return  # who knows with what
            if payment is not None:
                described[section] = None
                spendable |= set(payment["pay_with"].value or ())
    for key, credit in credits.items():
        if described and spendable <= {*credits, "invoice"} and key not in spendable:
            yield find.warning("W422", credit["earned_by"], msg("%(credit)s can be had and never spent: no pay_with names it", credit=key),
                               msg("add it to pay_with of %(sections)s", sections=", ".join(described)))  # fmt: skip


def missing_keys(
    tree: Any, schema: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Blocks of a merged tree that lack a key they need, as (path of the block, the key)."""
    schema = resolved(schema)
    if not isinstance(tree, dict) or schema.get("type") != "object":
        return
    for name in schema.get("required", ()):
        if name not in tree:
            yield path, name
    for name, needed in schema.get("dependentRequired", {}).items():
        yield from ((path, other) for other in needed if name in tree and other not in tree)
    for name, value in tree.items():
        below = schema.get("properties", {}).get(name)
        if below is not None:
            yield from missing_keys(value, below, (*path, name))


def incomplete_sections(tree: Tree) -> Iterator[tuple[tuple[str, ...], str, Leaf]]:
    """Of the sections for requests: the block, the key that it lacks, and a leaf of it that is there."""
    top = schemas()["tenant.schema.json"]["properties"]
    for section in (*MODULES, "absence"):
        if section in tree:
            for path, name in missing_keys(tree[section], top[section], (section,)):
                block: Any = tree
                for part in path:
                    block = block[part]
                yield path, name, next(all_leaves(block))
