"""What a schema cannot say: values that contradict each other, names that do not exist, rules that never apply.

Run when the schema is satisfied, for every version and every exception. E refuses to go live, W is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from spelregel.rules.care_calendar import plus_months
from spelregel.rules.message import msg
from spelregel.rules.phrases import AgeRange, parse_amount, parse_notice, parse_validity, parse_worth
from spelregel.rules.problems import Path, Problem, Span
from spelregel.rules.rulebook import Situation
from spelregel.tenancy.advice import (
    quotes_count_the_minute,
    quotes_say_otherwise,
    read_differently,
    reviewed,
    started_before,
)
from spelregel.tenancy.build import calendar_of
from spelregel.tenancy.calendars import national
from spelregel.tenancy.layers import Layer, Layers, Leaf, all_leaves, merged
from spelregel.tenancy.proofs import prove, turning_signs
from spelregel.tenancy.request_check import Finder, check_requests, incomplete_sections, never_paid
from spelregel.tenancy.schema_check import suggest
from spelregel.tenancy.schema_files import resolved, schemas
from spelregel.tenancy.yaml_source import Source

#: First parts of a portal's address that the platform keeps for itself.
RESERVED_SUBDOMAINS = ("support", "status", "www", "mail", "static", "api")


def check_meaning(source: Source, layers: Layers, today: date | None) -> list[Problem]:
    """`today` is for warnings about the calendar; None leaves those out."""
    found = [
        *_subdomain(source),
        *_colours(source),
        *_texts(source),
        *turning_signs(source),
        *_names(source, layers),
        *_dates(source),
        *_equal_rank(source, layers),
        *_paths(source),
        *_login(source),
        *read_differently(source),
        *reviewed(source, today),
        *started_before(source, today),
    ]
    if not any(problem.severity == "error" for problem in found):
        found.extend(_complete(source, layers))
    if not any(problem.severity == "error" for problem in found):
        found.extend(_credits(source, layers))
        found.extend(_requests(source, layers))
        found.extend(prove(source, layers, Finder(source.problem, lambda leaf: _span_of(source, leaf))))
        found.extend(_changes_nothing(source, layers))
        found.extend(_exceptions_change_nothing(source, layers))
        found.extend((*quotes_say_otherwise(source), *quotes_count_the_minute(source)))
        found.extend(_calendar_ends(source, today))
    if source.data.get("to_confirm"):
        count = len(source.data["to_confirm"])
        found.append(source.problem("W408", source.keys[("to_confirm",)],
                                    msg("one value is still to be confirmed by the organisation") if count == 1
                                    else msg("%(count)s values are still to be confirmed by the organisation", count=count),
                                    msg("remove a line when its answer is in"), severity="warning"))  # fmt: skip
    return found


def _subdomain(source: Source) -> Iterator[Problem]:
    name = source.data["subdomain"]
    if name.startswith("xn--"):
        yield source.problem("X317", source.place(("subdomain",)), msg("“%(name)s” stands for letters that look like others", name=name),
                             msg("use plain letters, digits and -"))  # fmt: skip
    if name in RESERVED_SUBDOMAINS:
        yield source.problem("X317", source.place(("subdomain",)), msg("“%(name)s” is reserved for the platform itself", name=name),
                             msg("choose another; reserved are %(names)s", names=", ".join(RESERVED_SUBDOMAINS)))  # fmt: skip


def contrast(first: str, second: str) -> float:
    """WCAG contrast of two colours written as #rrggbb, from 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _colours(source: Source) -> Iterator[Problem]:
    colours = source.data["look"]["colours"]
    for text, ground in (("on_accent", "accent"), ("ink", "paper"), ("accent", "paper")):
        value = contrast(colours[text], colours[ground])
        if value < 4.5:
            path: Path = ("look", "colours", text)
            yield source.problem("X318", source.place(path),
                                 msg("%(text)s %(first)s cannot be read on %(ground)s %(second)s: contrast %(value)s, at least 4.5 is needed",
                                     text=text, first=colours[text], ground=ground, second=colours[ground], value=f"{value:.1f}"),
                                 msg("make one of the two darker, or the other lighter"),
                                 (source.place(("look", "colours", ground)), msg("the ground is here")))  # fmt: skip


def _texts(source: Source) -> Iterator[Problem]:
    """Every text in every language that the organisation offers."""
    offered = source.data["languages"]
    credits = source.data["credits"]

    def walk(value: Any, path: Path) -> Iterator[Problem]:
        if isinstance(value, dict):
            if len(path) == 5 and path[2] == "credits" and path[4] == "name" and path[3] in credits:
                return  # a new name in one language leaves the other as it is
            if value and set(value) <= {"nl", "en"} and all(isinstance(e, str) or "label" in e for e in value.values()):
                for language in offered:
                    if language not in value:
                        yield source.problem("W404", source.keys.get(path, source.place(path)), msg("%(key)s has no text in “%(language)s”", key=".".join(map(str, path)), language=language),
                                             msg("parents in that language read the other one"), severity="warning")  # fmt: skip
                return
            for key, each in value.items():
                yield from walk(each, (*path, key))
        elif isinstance(value, list):
            for index, each in enumerate(value):
                yield from walk(each, (*path, index))

    for key, value in source.data.items():
        if key not in ("examples", "to_confirm", "quotes"):
            yield from walk(value, (key,))


def _unknown(source: Source, code: str, path: Path, value: str, known: list[str], what: str) -> Problem:
    guess = suggest(value, known)
    help = (
        msg("add it to care_types, or take one of %(names)s", names=", ".join(known))
        if value in schemas()["tenant.schema.json"]["properties"]["care_types"]["items"]["enum"]
        else msg("did you mean “%(guess)s”?", guess=guess)
        if guess
        else msg("known here: %(known)s", known=", ".join(known) or "–")
    )
    return source.problem(
        code,
        source.place(path),
        msg("“%(value)s” is not one of the %(what)s of this file", value=value, what=what),
        help,
    )


def _names(source: Source, layers: Layers) -> Iterator[Problem]:
    data = source.data
    care_types, products = list(data["care_types"]), list(data.get("products", {}))
    contracts, locations = list(data.get("contracts", {})), list(data.get("locations", {}))
    for block in ("products", "contracts", "dayparts"):
        for key, each in data.get(block, {}).items():
            if each["care_type"] not in care_types:
                yield _unknown(source, "X207", (block, key, "care_type"), each["care_type"], care_types, "care_types")
    for key, each in data.get("dayparts", {}).items():
        starts, _, ends = each["time"].partition("-")
        if starts >= ends:
            yield source.problem(
                "X209",
                source.place(("dayparts", key, "time")),
                msg("this part of the day ends before it starts"),
                msg("write “%(time)s”", time=f"{ends}-{starts}"),
            )
    for path, credit in _credit_blocks(source):
        for index, word in enumerate(credit.get("usable_for", [])):
            if word not in (*care_types, *products, "same care type"):
                yield _unknown(
                    source,
                    "X203",
                    (*path, "usable_for", index),
                    word,
                    [*care_types, *products, "same care type"],
                    "care_types and products",
                )
        for index, row in enumerate(credit.get("not_usable", [])):
            if "contract" in row and row["contract"] not in contracts:
                yield _unknown(
                    source,
                    "X208",
                    (*path, "not_usable", index, "contract"),
                    row["contract"],
                    contracts,
                    "contracts",
                )
    known = {"care_type": care_types, "location": locations, "product": products, "contract": contracts}
    for layer in layers.exceptions:
        for dimension, wanted in layer.selector.named.items():
            if dimension in known and isinstance(wanted, str) and wanted not in known[dimension]:
                what = {"care_type": "care_types"}.get(dimension, f"{dimension}s")
                yield _unknown(source, "X205", (*layer.place, "for", dimension), wanted, known[dimension], what)


def _credit_blocks(source: Source) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield from ((("credits", key), value) for key, value in source.data["credits"].items())
    for block in ("changes", "exceptions"):
        for index, each in enumerate(source.data.get(block, [])):
            yield from (((block, index, "credits", key), value) for key, value in each.get("credits", {}).items())


def _dates(source: Source) -> Iterator[Problem]:
    before: tuple[str, Span] | None = None
    for index, change in enumerate(source.data.get("changes", [])):
        span = source.place(("changes", index, "from"))
        if before and change["from"] <= before[0]:
            same = change["from"] == before[0]
            yield source.problem("X306", span, msg("two changes start on %(day)s", day=change["from"]) if same
                                 else msg("the changes are not in order of date: %(day)s comes after %(before)s", day=change["from"], before=before[0]),
                                 msg("put them into one change") if same else msg("put the oldest first"), (before[1], msg("the other one is here")))  # fmt: skip
        before = (change["from"], span)
    for block in ("closing_days", "study_days"):
        seen: dict[str, Span] = {}
        for index, each in enumerate(source.data["calendar"].get(block, [])):
            span = source.place(("calendar", block, index, "date"))
            if each["date"] in seen:
                yield source.problem("X319", span, msg("%(day)s stands in %(key)s twice", day=each["date"], key=block), msg("keep one of the two"),
                                     (seen[each["date"]], msg("the other one is here")))  # fmt: skip
            seen.setdefault(each["date"], span)


def _equal_rank(source: Source, layers: Layers) -> Iterator[Problem]:
    """Two exceptions of equal rank that can meet and set one leaf: nobody could say which one wins."""
    for index, first in enumerate(layers.exceptions):
        for second in layers.exceptions[index + 1 :]:
            if (
                first.selector.rank != second.selector.rank
                or first.since != second.since
                or not _can_meet(first, second)
            ):
                continue
            paths = {leaf.ref.path: leaf for leaf in all_leaves(first.tree)}
            for leaf in all_leaves(second.tree):
                if leaf.ref.path in paths:
                    yield source.problem("X308", _span_of(source, leaf), msg("two exceptions for the same set %(path)s", path=leaf.ref.path),
                                         msg("put them into one exception"), (_span_of(source, paths[leaf.ref.path]), msg("the other one is here")))  # fmt: skip


def _can_meet(first: Layer, second: Layer) -> bool:
    """Both name the same dimensions: is there anybody for whom both hold?"""
    for dimension, wanted in first.selector.named.items():
        other = second.selector.named[dimension]
        if isinstance(wanted, AgeRange) and isinstance(other, AgeRange):
            apart = (wanted.under and not other.under and wanted.months <= other.months) or (
                other.under and not wanted.under and other.months <= wanted.months
            )
            if apart:
                return False
        elif wanted != other:
            return False
    return True


def _path_of(source: Source, leaf: Leaf) -> Path | None:
    """Where in the file this leaf stands; None for a national default."""
    places = source.keys if isinstance(leaf.value, (list, dict)) else source.values
    here = (leaf.ref.line, leaf.ref.column)
    if leaf.ref.file != source.file:
        return None
    return next((path for path, span in places.items() if (span.line, span.column) == here), None)


def _span_of(source: Source, leaf: Leaf) -> Span:
    path = _path_of(source, leaf)
    if path is None:
        return Span(leaf.ref.line, leaf.ref.column, leaf.ref.column + 1)
    value, key = source.values[path], source.keys.get(path)
    if isinstance(leaf.value, list) and key:  # the key and, where it ends on the same line, the whole list
        return Span(key.line, key.column, value.end if value.line == key.line else key.end)
    return value


def _key_around(source: Source, leaf: Leaf) -> Span:
    """The key of the block that this leaf stands in."""
    path = _path_of(source, leaf)
    return source.keys.get(path[:-1], _span_of(source, leaf)) if path else _span_of(source, leaf)


def _paths(source: Source) -> Iterator[Problem]:
    for block, code in (("to_confirm", "X204"), ("quotes", "X204")):
        for key in source.data.get(block, {}):
            wrong = _unknown_part(source, key)
            if wrong:
                part, guess = wrong
                help = (
                    msg("did you mean “%(guess)s”?", guess=guess)
                    if guess
                    else msg("a path names the keys from the top, with dots between")
                )
                yield source.problem(
                    code,
                    source.keys[(block, key)],
                    msg("%(path)s does not exist: there is no “%(part)s”", path=key, part=part),
                    help,
                )


def _unknown_part(source: Source, dotted: str) -> tuple[str, str | None] | None:
    """The first part of a path that neither this file nor the schema knows. In a change or an exception the file must."""
    data: Any = source.data
    schema: dict[str, Any] = schemas()["tenant.schema.json"]
    in_a_list = False
    for part in dotted.split("."):
        schema = resolved(schema)
        if isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data, schema, in_a_list = data[int(part)], schema.get("items", {}), True
            continue
        if bracket := re.fullmatch(r"(\w+)\[([0-9]+)\]", part):
            return part, f"{bracket[1]}.{bracket[2]}"
        properties = schema.get("properties", {})
        if isinstance(data, dict) and part in data:
            data, schema = data[part], properties.get(part) or schema.get("additionalProperties") or {}
        elif part in properties and not in_a_list:  # a rule that is left open
            data, schema = None, properties[part]
        else:
            known = list(data) if isinstance(data, dict) else []
            return part, suggest(part, [*known, *properties])
    return None


def _login(source: Source) -> Iterator[Problem]:
    login = source.data["login"]
    if login["username"] == "debtor_number" and "hint" not in login:
        yield source.problem("W412", source.place(("login", "username")), msg("parents are not told where to find their debtor number"),
                             msg("add login.hint"), severity="warning")  # fmt: skip


_NEEDED: Final = ("name.nl.label", "name.nl.one", "name.nl.other", "worth", "earned_by", "valid", "usable_for")
_NEEDED_IN_EARNED_IF: Final = ("earned_if.reported_by", "earned_if.notice", "earned_if.day", "earned_if.reasons")


def _complete(source: Source, layers: Layers) -> Iterator[Problem]:
    """A change or an exception may bring a credit or conditions of its own: they must be whole by then."""
    seen: set[str] = set()
    for start, situation in _situations(layers):
        tree = layers.effective(start, situation).get("credits", {})
        for key, block in tree.items():
            missing = _absent(block)
            if missing and key not in seen:
                seen.add(key)
                yield _unfinished(source, key, missing)

    lacking: dict[tuple[str, ...], tuple[Leaf, list[str]]] = {}
    for start, situation in _situations(layers):
        for path, name, leaf in incomplete_sections(layers.effective(start, situation)):
            names = lacking.setdefault(path, (leaf, []))[1]
            names.extend([name] if name not in names else [])
    for path, (leaf, names) in lacking.items():
        yield source.problem("X320", _key_around(source, leaf), msg("%(block)s has no “%(key)s”", block=".".join(path), key="”, “".join(names)),
                                     msg("a block that starts in a change or an exception needs all of its keys"))  # fmt: skip


def _requests(source: Source, layers: Layers) -> Iterator[Problem]:
    reported: set[tuple[str, int, int]] = set()
    find = Finder(source.problem, lambda leaf: _span_of(source, leaf))
    trees = [layers.effective(start, situation) for start, situation in _situations(layers)]
    yield from never_paid(trees, find)
    for tree in trees:
        for problem in check_requests(tree, source.data, calendar_of(tree["calendar"]), find):
            key = (problem.code, problem.span.line, problem.span.column)
            if key not in reported:
                reported.add(key)
                yield problem


def _unfinished(source: Source, credit: str, missing: list[str]) -> Problem:
    pair = {"earned_if.maximum": "at_maximum", "earned_if.at_maximum": "maximum"}
    if len(missing) == 1 and missing[0] in pair:
        there, absent = pair[missing[0]], missing[0].removeprefix("earned_if.")
        span = next(span for path, span in source.keys.items() if path[2:] == ("credits", credit, "earned_if", there))
        return source.problem(
            "X320",
            span,
            msg("“%(key)s” needs “%(name)s” beside it", key=there, name=absent),
            msg("write both, or neither"),
        )
    guess = suggest(credit, source.data["credits"]) if credit not in source.data["credits"] else None
    return source.problem("X320", _first_mention(source, credit), msg("credit “%(credit)s” has no “%(key)s”", credit=credit, key="”, “".join(missing)),
                          msg("did you mean “%(guess)s”? A new credit needs all of its keys", guess=guess) if guess
                          else msg("a credit that starts in a change or an exception needs all of its keys"))  # fmt: skip


def _absent(credit: dict[str, Any]) -> list[str]:
    """Dotted paths below the credit; of a name that lacks everything only “name”."""
    needed = [*_NEEDED, *(f"name.en.{form}" for form in ("label", "one", "other") if "en" in credit.get("name", {}))]
    earning = credit.get("earned_if")
    if earning is not None:
        needed += _NEEDED_IN_EARNED_IF
        stand = [name for name in ("maximum", "at_maximum") if name in earning and not earning[name].ref.open]
        needed += (
            ["earned_if.maximum", "earned_if.at_maximum"]
            if len(stand) == 1 and len(earning.keys() & {"maximum", "at_maximum"}) == 1
            else []
        )
    missing = []
    for path in needed:
        found: Any = credit
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if found is None:
            missing.append(path)
    if "name" not in credit:
        missing = ["name", *(path for path in missing if not path.startswith("name."))]
    return missing


def _first_mention(source: Source, credit: str) -> Span:
    """Its key in the change or the exception that brings it."""
    return next(span for path, span in source.keys.items() if len(path) == 4 and path[2:] == ("credits", credit))


def _situations(layers: Layers) -> Iterator[tuple[date | None, Situation]]:
    """One of every set of layers that can hold together, per version."""
    for start in layers.starts():
        yield from ((start, situation) for situation, _ in layers.situations(start))


def _credits(source: Source, layers: Layers) -> Iterator[Problem]:
    reported: set[tuple[str, int, int]] = set()
    for start, situation in _situations(layers):
        tree = layers.effective(start, situation)
        for problem in _credits_of(source, tree):
            key = (problem.code, problem.span.line, problem.span.column)
            if key not in reported:
                reported.add(key)
                yield problem


def _credits_of(source: Source, tree: dict[str, Any]) -> Iterator[Problem]:
    reported_by: Leaf = tree["absence"]["reported_by"]
    notice: Leaf = tree["absence"]["notice"]
    has_region = "school_holidays" in tree["calendar"]
    for key, block in tree.get("credits", {}).items():
        if any(leaf.ref.open for leaf in all_leaves(block)):
            continue  # what is not known contradicts nothing
        earning = block.get("earned_if")
        by: Leaf = block["earned_by"]
        if earning is not None and by.value != "absence":
            first = next(all_leaves(earning))
            yield source.problem("X301", _key_around(source, first), msg("earned_if never applies: %(credit)s is earned by “%(by)s”", credit=key, by=by.value),
                                 msg("remove earned_if, or write “earned_by: absence”"), (_span_of(source, by), msg("earned_by is set here")))  # fmt: skip
        if earning is None and by.value == "absence":
            yield source.problem("X321", _span_of(source, by), msg("%(credit)s is earned by absence, and earned_if does not say when", credit=key),
                                 msg("add earned_if with reported_by, notice, day and reasons"))  # fmt: skip
        if earning is not None and "reported_by" in earning and not (reported_by.ref.open or notice.ref.open):
            yield from _earning(source, tree, key, earning, reported_by, notice)
        yield from _never_spent(source, tree, key, block)
        usable_for: Leaf = block["usable_for"]
        if "same care type" in usable_for.value and len(usable_for.value) > 1:
            yield source.problem("X322", _span_of(source, usable_for), msg("“same care type” stands beside other words in %(credit)s", credit=key),
                                 msg("write [same care type], or name the kinds of care and products"))  # fmt: skip
        usable_on: Leaf | None = block.get("usable_on")
        if usable_on and "school holiday" in usable_on.value and not has_region:
            yield source.problem("X307", _span_of(source, usable_on), msg("%(credit)s is for school holidays, and no region says when those are", credit=key),
                                 msg("add calendar.school_holidays: noord, midden or zuid"))  # fmt: skip
        if usable_on and set(usable_on.value) <= {"closing day", "public holiday", "weekend"}:
            yield source.problem("X311", _span_of(source, usable_on), msg("%(credit)s can only be used on days without care: never", credit=key),
                                 msg("add a kind of day on which care is given"))  # fmt: skip


def _earning(
    source: Source, tree: dict[str, Any], key: str, earning: dict[str, Leaf], reported_by: Leaf, notice: Leaf
) -> Iterator[Problem]:
    by = earning["reported_by"]
    if not set(by.value) & set(reported_by.value):
        yield source.problem("X323", _span_of(source, by), msg("%(credit)s can never be earned: nobody who may report an absence is in this list", credit=key),
                             msg("take one of %(names)s", names=", ".join(reported_by.value)), (_span_of(source, reported_by), msg("who may report stands here")))  # fmt: skip
    reasons: Leaf = tree["absence"]["reasons"]
    if not reasons.ref.open and not set(earning["reasons"].value) & set(reasons.value):
        yield source.problem("X324", _span_of(source, earning["reasons"]), msg("%(credit)s can never be earned: no reason that parents can give is in this list", credit=key),
                             msg("take one of %(names)s", names=", ".join(reasons.value)), (_span_of(source, reasons), msg("the reasons stand here")))  # fmt: skip
    credit_notice, report_notice = parse_notice(earning["notice"].value), parse_notice(notice.value)
    if credit_notice.kind == "none" and report_notice.kind != "none":
        yield source.problem("W413", _span_of(source, earning["notice"]), msg("%(credit)s seems to be earned at any time, but the absence itself is taken %(notice)s only", credit=key, notice=notice.value),
                             msg("write the same limit"), (_span_of(source, notice), msg("the limit stands here")), severity="warning")  # fmt: skip
    valid: Leaf = tree["credits"][key]["valid"]
    validity = parse_validity(valid.value)
    if validity.kind == "after" and validity.unit == "day" and validity.n < 7:
        yield source.problem(
            "W402",
            _span_of(source, valid),
            msg("%(credit)s lapses within a week", credit=key),
            msg("is that what is meant?"),
            severity="warning",
        )
    maximum: Leaf | None = earning.get("maximum")
    worth: Leaf = tree["credits"][key]["worth"]
    if maximum and parse_amount(maximum.value).unit != parse_worth(worth.value):
        right = str(maximum.value).split()[0] + (" hours" if parse_worth(worth.value) == "hour" else " dayparts")
        yield source.problem("X325", _span_of(source, maximum), msg("the maximum of %(credit)s is not in the unit that it is worth", credit=key),
                             msg("write “%(right)s”", right=right), (_span_of(source, worth), msg("its worth is set here")))  # fmt: skip
    modules: dict[str, Leaf] = tree["modules"]
    if not modules["absence"].value:
        yield source.problem("X304", _span_of(source, by), msg("%(credit)s is earned by reporting an absence, and that module is off", credit=key),
                             msg("switch modules.absence on, or take the credit out"), (_span_of(source, modules["absence"]), msg("it is switched off here")))  # fmt: skip


def _never_spent(source: Source, tree: dict[str, Any], key: str, credit: dict[str, Any]) -> Iterator[Problem]:
    modules: dict[str, Leaf] = tree["modules"]
    spending = [modules[name] for name in ("extra_care", "swap", "holiday_care")]
    if not any(module.value for module in spending):
        yield source.problem("W401", _span_of(source, credit["earned_by"]), msg("%(credit)s can be earned, and there is nothing to spend it on: extra_care, swap and holiday_care are off", credit=key),
                             msg("switch one of them on, or take the credit out"), (_span_of(source, spending[0]), msg("it is switched off here")), severity="warning")  # fmt: skip
    usable_on: Leaf | None = credit.get("usable_on")
    rows: Leaf | None = credit.get("not_usable")
    if usable_on and rows:
        refused = {row["used_on"] for row in rows.value if set(row) == {"used_on"}}
        if set(usable_on.value) <= refused:
            yield source.problem("W401", _span_of(source, usable_on), msg("%(credit)s can be earned and never spent: not_usable takes away every day of usable_on", credit=key),
                                 msg("take a kind of day out of not_usable"), (_span_of(source, rows), msg("not_usable stands here")), severity="warning")  # fmt: skip


def _changes_nothing(source: Source, layers: Layers) -> Iterator[Problem]:
    tree = layers.base
    for index, (_, patch, layer) in enumerate(layers.changes):
        if layer is not None:
            continue
        before = {leaf.ref.path: leaf.value for leaf in all_leaves(tree)}
        if patch and all(before.get(leaf.ref.path) == leaf.value for leaf in all_leaves(patch)):
            yield source.problem(
                "W403",
                source.place(("changes", index, "from")),
                msg("this change changes nothing"),
                msg("remove it, or write what differs"),
                severity="warning",
            )
        tree = merged(tree, patch)


def _exceptions_change_nothing(source: Source, layers: Layers) -> Iterator[Problem]:
    for layer in layers.exceptions:
        own = list(all_leaves(layer.tree))
        differs = layer.tree == {}  # only a note: that is news, not a rule
        for start, situation in _situations(layers):
            if layer.applies(start, situation):
                tree = layers.effective(start, situation, without=layer)
                before = {leaf.ref.path: leaf.value for leaf in all_leaves(tree)}
                differs = differs or any(before.get(leaf.ref.path) != leaf.value for leaf in own)
        if not differs:
            yield source.problem("W403", source.keys[(*layer.place, "for")], msg("this exception changes nothing"),
                                 msg("remove it, or write what differs"), severity="warning")  # fmt: skip


def _calendar_ends(source: Source, today: date | None) -> Iterator[Problem]:
    ends = national(source.data["calendar"].get("country", "nl")).ends
    if today and ends <= plus_months(today, 13):
        yield source.problem("W406", source.keys[("calendar",)], msg("the national calendars end on %(day)s", day=ends.isoformat()),
                             msg("take a newer version of the platform"), severity="warning")  # fmt: skip
