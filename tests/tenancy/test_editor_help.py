"""What an editor offers inside an example is what the program reads there, no more and no less."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import pytest

from spelregel.rules.care_calendar import KINDS_OF_DAY
from spelregel.rules.facts import PLANNED
from spelregel.tenancy import examples
from spelregel.tenancy.facts_text import ACTIONS, BY, ENDINGS, REASONS, REQUESTS
from spelregel.tenancy.schema_files import schemas

EXAMPLE = schemas()["examples.schema.json"]["items"]["properties"]
WHEN, THEN = EXAMPLE["when"]["properties"], EXAMPLE["then"]["properties"]
#: Facts that are one of a few words.
WORDS = {
    "by": BY,
    "reason": REASONS,
    "ended": ENDINGS,
    "of": REQUESTS,
    "state": ("pending", "approved"),
    "day": (*PLANNED, *KINDS_OF_DAY),
    "gives_up_day": (*PLANNED, *KINDS_OF_DAY),
    "earned_day": KINDS_OF_DAY,
}


def answers() -> set[str]:
    """The keys that `_answers` can give: they depend on the decision, so they are read from its text."""
    tree = ast.parse(inspect.getsource(examples._answers))
    found = {
        key.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    stored = {
        node.slice.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    }
    return {str(each) for each in found} | stored


def test_an_editor_offers_the_facts_that_an_action_can_be_told() -> None:
    facts = {key for action, (moment, others) in ACTIONS.items() for key in (action, moment, *others) if key}
    assert set(WHEN) == facts


def test_an_editor_offers_the_answers_that_an_example_can_name() -> None:
    assert {"outcome", "cutoff", "earns", "usable"} <= answers(), "the answers are found in the text"
    assert set(THEN) == answers()


def test_an_editor_offers_every_word_that_a_fact_can_be() -> None:
    for fact, words in WORDS.items():
        offered = [each for each in WHEN[fact]["examples"] if not isinstance(each, list)]
        assert offered == list(words), fact


@pytest.mark.parametrize("part", [WHEN, THEN], ids=["when", "then"])
def test_what_is_offered_is_explained_and_refuses_nothing(part: dict[str, Any]) -> None:
    """The program says what is wrong with a fact, with a better sentence than a schema can."""
    for key, schema in part.items():
        assert set(schema) == {"title", "description", "examples"}, key
        assert schema["title"] and schema["description"].endswith(".") and schema["examples"], key
    for key in ("when", "then"):
        assert "additionalProperties" not in EXAMPLE[key]
