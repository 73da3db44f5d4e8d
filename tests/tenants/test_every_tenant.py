"""The four organisations: their files check, and no number or phrase of a rule can change without an example failing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from spelregel.rules.problems import errors
from spelregel.tenancy.check import check_file, check_text
from spelregel.tenancy.schema_check import schema_of
from spelregel.tenancy.yaml_source import read_yaml
from tests.conftest import TENANTS

KINDS = ["closing day", "public holiday", "study day", "school holiday", "weekend", "school day"]
ALTERNATIVES: dict[str, list[str]] = {
    "reported_by": ["parent", "staff"], "by": ["parent", "staff"], "reasons": ["illness", "holiday", "other"],
    "day": ["contract day", "extra day", "credit day"], "not_on": KINDS, "only_on": KINDS, "requested_by": ["parent", "staff"], "usable_on": KINDS,
    "earned_on": KINDS, "used_on": KINDS,
    "earned_credit": ["taken back", "kept"], "spent_credit": ["not allowed", "stays spent"],
    "at_maximum": ["cut off", "nothing", "whole"],
}  # fmt: skip


@pytest.mark.parametrize("path", TENANTS, ids=lambda path: path.stem)
def test_a_tenant_file_has_no_errors(path: Any) -> None:
    checked = check_file(path)
    assert checked.tenant
    assert {problem.code for problem in checked.problems} <= {"W408"}


BLOCKS = ("absence", "credits", "extra_care", "swap", "holiday_care", "holiday_contract")
#: Values that no decision of a family of today depends on: what a person does, or a consequence that is only told.
TOLD = ("earned_by", "contract", "confirm", "choices")


def comes_to_the_same(path: tuple[Any, ...], data: dict[str, Any], mutant: Any) -> bool:
    """Another value by which nothing can come out otherwise."""
    section = data[path[0]] if isinstance(path[0], str) else {}
    if path[-1] == "approval":  # a person decides already, since the limit is left open
        return "notice" not in section
    if path[-1] in ("choice", "combine") and path[0] in SECTIONS_OF_ONE_CREDIT.get(data["tenant"], ()):
        alone = len(section["payment"]["pay_with"]) == 1  # nothing to choose, nothing to mix
        return alone or path[-1] == "choice" or mutant == "several credits"
    return False


#: Sections where at most one credit can pay one and the same day: order and mixing of credits make no difference.
SECTIONS_OF_ONE_CREDIT = {
    "fantaziehuis": ("extra_care",), "langekeizer": ("extra_care",), "deroef": ("holiday_care",), "quadrant": ("extra_care",),
}  # fmt: skip


def leaves(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, each in enumerate(value):
            yield from leaves(each, (*path, index))
    else:
        yield path, value


def other_phrases(text: str) -> Iterator[str]:
    """Every number one up and one down, every time a minute earlier and later, every unit another."""
    for match in re.finditer(r"([01]\d|2[0-3]):([0-5]\d)", text):
        minutes = int(match[1]) * 60 + int(match[2])
        for moved in (minutes - 1, minutes + 1):
            yield f"{text[: match.start()]}{moved // 60:02}:{moved % 60:02}{text[match.end() :]}"
    for match in re.finditer(r"\b(\d+) (hour|day|workday|week|month)s?", text):
        for n in (int(match[1]) - 1, int(match[1]) + 1):
            if n > 0:
                yield f"{text[: match.start()]}{n} {match[2]}{'' if n == 1 else 's'}{text[match.end() :]}"
        if text != "before start":
            for unit in ("hour", "day", "week", "month"):
                if unit != match[2] and (unit != "hour" or text == "24 hours"):
                    yield f"{text[: match.start()]}{match[1]} {unit}{'' if match[1] == '1' else 's'}{text[match.end() :]}"
    if text == "before start":
        yield from ("none", "1 hour", "same day, before 07:30", "1 day")
    if text in ("unlimited", "calendar year"):
        yield from {"unlimited", "calendar year", "30 days", "12 months"} - {text}
    if re.fullmatch(r"same day, before .*", text):
        yield text.replace("same day", "1 day")


def mutations(path: tuple[Any, ...], value: Any, care_types: list[str], products: list[str]) -> Iterator[Any]:
    name = next(part for part in reversed(path) if isinstance(part, str))
    if name == "usable_for":
        words = ["same care type", *care_types, *products]
        if value == ["same care type"]:
            yield care_types
            return
        yield from ([w for w in value if w != gone] for gone in value if len(value) > 1)
        yield from ([*value, more] for more in words[1:] if more not in value and more != "extra_vakantiedag_bso")
        yield ["same care type"]
    elif name == "pay_with":
        yield from ([w for w in value if w != gone] for gone in value if len(value) > 1)
    elif isinstance(value, list):
        words = ALTERNATIVES.get(name) or care_types
        for gone in value:
            yield [word for word in value if word != gone] or [next(w for w in words if w not in value)]
        yield from ([*value, more] for more in words if more not in value)
    elif name in ALTERNATIVES:
        yield from (word for word in ALTERNATIVES[name] if word != value)
    elif name == "worth":
        yield "1 daypart"
    elif isinstance(value, bool):
        yield str(not value).lower()
    elif enum := schema_of(path).get("enum"):
        yield from (word for word in enum if word != value)
    elif name in ("notice", "valid", "maximum", "expected", "horizon", "give_up", "approved", "within", "before"):
        yield from other_phrases(value)


def written(value: Any) -> str:
    return "[" + ", ".join(value) + "]" if isinstance(value, list) else str(value)


def all_mutations(path: Any) -> list[tuple[str, str]]:
    raw = path.read_bytes()
    source = read_yaml(raw, path.name)
    care_types, products = source.data["care_types"], list(source.data.get("products", {}))
    lines = raw.decode().splitlines(keepends=True)
    found = []
    for block in (block for block in BLOCKS if block in source.data):
        for where, value in leaves(source.data[block], (block,)):
            if where[-1] in TOLD or "name" in where:
                continue  # not a number or phrase that a decision of today reads
            for mutant in mutations(where, value, care_types, products):
                if comes_to_the_same(where, source.data, mutant):
                    continue
                span = source.values[where]
                line = lines[span.line - 1]
                start = span.column - 1
                end = line.index("]", start) + 1 if isinstance(value, list) else span.end - 1
                changed = line[:start] + written(mutant) + line[end:]
                text = "".join([*lines[: span.line - 1], changed, *lines[span.line :]])
                found.append((f"{'.'.join(map(str, where))}: {written(mutant)}", text))
    return found


@pytest.mark.parametrize("path", TENANTS, ids=lambda path: path.stem)
def test_every_changed_number_or_phrase_of_a_rule_fails_an_example(path: Any) -> None:
    mutants = all_mutations(path)
    assert len(mutants) > 25
    survivors = []
    for name, text in mutants:
        found = errors(check_text(text.encode(), path.name).problems)
        if not found:  # an example fails, or the change contradicts itself and is refused before they run
            survivors.append(f"{name} {[str(problem.message) for problem in found]}")
    assert not survivors
