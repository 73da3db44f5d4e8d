"""Invented organisations: YAML alone, each beside the page of policy that it was made from.

They show that the language can say what organisations differ in. What they share is little, so that a rule that only
works for one shape of file is found here.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from spelregel.records.conditions_page import conditions_page
from spelregel.tenancy.check import Checked, check_text
from spelregel.tenancy.sections import RULES
from spelregel.tenancy.yaml_source import read_yaml
from spelregel.words.locale import Register
from spelregel.words.sentences import Speaker

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
ON = date(2026, 11, 24)


@cache
def checked(name: str) -> Checked:
    return check_text((FOLDER / f"{name}.yaml").read_bytes(), f"{name}.yaml", ON)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else str(key))
    else:
        yield path, json.dumps(value, ensure_ascii=False, sort_keys=True)


@cache
def rules(name: str) -> frozenset[tuple[str, str]]:
    """The leaves of its rules, without the names that it gives to its credits."""
    data = read_yaml((FOLDER / f"{name}.yaml").read_bytes(), name).data
    own = {section: data[section] for section in RULES if section in data}
    found = set()
    for path, value in leaves(own):
        parts = path.split(".")
        if parts[0] == "credits":
            if parts[2] == "name":
                continue
            parts[1] = "*"
        found.add((".".join(parts), value))
    return frozenset(found)


def test_there_are_at_least_twenty_five() -> None:
    assert len(NAMES) >= 25


@pytest.mark.parametrize("name", NAMES)
def test_an_organisation_passes_check_with_every_boundary_shown(name: str) -> None:
    found = checked(name)
    assert found.tenant, [f"{problem.span.line}: {problem.message}" for problem in found.problems]
    assert {problem.code for problem in found.problems} <= {"W408"}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_policy_stands_beside_it(name: str) -> None:
    prose = (FOLDER / f"{name}.md").read_text("utf-8")
    assert len(prose.split()) >= 250
    assert re.search(r"^## (?:Voorbeelden|Examples)", prose, re.M)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_twenty_rules_and_more(name: str) -> None:
    assert len(rules(name)) >= 20


def test_no_two_share_more_than_half_of_their_rules() -> None:
    alike = [
        (one, other, round(len(rules(one) & rules(other)) / min(len(rules(one)), len(rules(other))), 2))
        for one, other in itertools.combinations(NAMES, 2)
        if 2 * len(rules(one) & rules(other)) > min(len(rules(one)), len(rules(other)))
    ]
    assert alike == []


@pytest.mark.parametrize("name", NAMES)
def test_its_conditions_can_be_read_in_every_language_it_offers(name: str) -> None:
    tenant = checked(name).tenant
    assert tenant
    for language in tenant.languages:
        speaker = Speaker(
            Register(language, tenant.formal), lambda kind, spoken=language: tenant.credit_name(kind, spoken)
        )
        lines = [line.text for section in conditions_page(tenant, speaker, ON) for line in section.lines]
        assert len(lines) > 15
        for line in lines:
            assert "%(" not in line and "None" not in line, line
            assert not re.search(r"\b1 (?:dagen|weken|maanden|punten|strippen|minuten|days|weeks|months|points|strips|minutes|hours)\b", line), line  # fmt: skip
