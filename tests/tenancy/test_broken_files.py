"""Every mistake that an implementer makes: one file in `broken/`, named after its fault, and what `check` says about it.

The first lines of a file say what this test must know:

    # caret: dagen | uur      the characters that the caret must point at, one part for each problem
    # today: 2029-09-01       the day of checking, where that is not TODAY
    # beside: zonnebloem.yaml a good file that is checked together with it

Beside each file lies its golden text. `SPELREGEL_GOLDEN=1 ./dev test tests/tenancy` writes them anew: read the
difference as the planner who will get it.
"""

from __future__ import annotations

import base64
import os
import re
import time
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from spelregel.rules.problems import Problem, in_order
from spelregel.tenancy.check import check_text, clashes, unreadable
from spelregel.tenancy.schema_files import schemas
from spelregel.words.problem_text import problem_as_text
from tests.conftest import ROOT

FOLDER = Path(__file__).parent / "broken"
GOOD = Path(__file__).parent / "zonnebloem.yaml"
TODAY = date(2026, 12, 1)
WRITE = os.environ.get("SPELREGEL_GOLDEN") == "1"

#: Faults that are too big to lie in a folder.
BIG = {
    "file_over_256_kb": GOOD.read_bytes() + b"# zonnebloem\n" * 21_000,
    "more_than_twenty_thousand_values": b"care_types:\n" + b"  - kdv\n" * 20_001,
    "logo_of_seventy_kilobytes": GOOD.read_bytes().replace(
        b"  shape: round",
        b"  logo: data:image/png;base64," + base64.b64encode(b"\x89PNG" * 13_000) + b"\n  shape: round",
    ),
}
#: Files in which a comment would be part of the fault, or could not be read.
CARETS = {
    "a_list_instead_of_keys": "- format",
    "binary_file": "\ufffd",
    "byte_order_mark_alone": "",
    "empty_file": "",
    "json_that_is_cut_off": ",",
    "latin_1_bytes": "\ufffd",
    "sign_that_turns_the_text": "\ufffd",
    "only_a_word": "zonnebloem",
    "only_blank_lines": "",
    "only_comments": "# Kinderopvang",
    "utf_16_file": "\ufffd",
    "windows_1252_quotes": "\ufffd",
    "zip_of_a_spreadsheet": "\ufffd",
    "file_over_256_kb": "",
    "more_than_twenty_thousand_values": "kdv",
    "logo_of_seventy_kilobytes": "data:image/png",
}
NAMES = sorted([*(path.stem for path in FOLDER.glob("*.yaml")), *BIG])
#: What Python says and people do not: its names for nothing and for kinds, its way to write a dictionary or a list.
PYTHON_WORDS = re.compile(
    r"\b(?:None|NoneType|True|False|dict|str|int|float|bool|tuple|object at|Traceback|Exception|[A-Z]\w+Error)\b"
    r"|\{'|'\}|\['|'\]|%\(|<class|\\[nx]"
)


def raw_of(name: str) -> bytes:
    return BIG[name] if name in BIG else (FOLDER / f"{name}.yaml").read_bytes()


def said_in(name: str, key: str) -> str | None:
    """A line “# key: value” at the top of the file."""
    found = re.match(rf"(?:# \w+: .*\r?\n)*?# {key}: (.*?)\r?\n", raw_of(name)[:400].decode("utf-8", "replace"))
    return found[1] if found else None


@cache
def checked(name: str) -> tuple[list[Problem], float]:
    """The problems, in the order of the file, and how long they took."""
    day = said_in(name, "today")
    raw, start = raw_of(name), time.perf_counter()
    found = check_text(raw, f"{name}.yaml", date.fromisoformat(day) if day else TODAY)
    took = time.perf_counter() - start
    problems = list(found.problems)
    beside = said_in(name, "beside")
    if beside:
        good = check_text((FOLDER.parent / beside).read_bytes(), beside, TODAY)
        problems += [problem for problem in clashes([good, found]) if problem.file == f"{name}.yaml"]
    return in_order(problems), took


def printed(problems: list[Problem]) -> str:
    return "\n".join(problem_as_text(problem, str) + "\n" for problem in problems)


def compare_with_golden(name: str, text: str) -> None:
    golden = FOLDER / f"{name}.txt"
    if WRITE:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def under_the_caret(problem: Problem) -> str:
    return problem.source[problem.span.column - 1 : problem.span.end - 1]


def test_the_file_that_the_broken_ones_are_made_of_is_good() -> None:
    assert check_text(GOOD.read_bytes(), GOOD.name, TODAY).problems == ()


def test_there_are_many_broken_files_and_each_golden_text_belongs_to_one() -> None:
    assert len(NAMES) >= 160
    assert {path.stem for path in FOLDER.glob("*.txt")} == {*NAMES, "file_that_is_missing"}


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file_gets_the_text_that_a_planner_can_use(name: str) -> None:
    compare_with_golden(name, printed(checked(name)[0]))


@pytest.mark.parametrize("name", NAMES)
def test_every_problem_has_a_place_and_says_what_to_write_instead(name: str) -> None:
    problems, _ = checked(name)
    assert problems
    for problem in problems:
        assert problem.span.line >= 1
        assert 1 <= problem.span.column < problem.span.end
        assert problem.help is not None
        if problem.second:
            assert 1 <= problem.second.span.column < problem.second.span.end


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_refused_unless_its_name_says_that_it_is_a_warning(name: str) -> None:
    severities = {problem.severity for problem in checked(name)[0]}
    assert severities == {"warning"} if name.startswith("warning_") else "error" in severities


@pytest.mark.parametrize("name", NAMES)
def test_each_mistake_is_reported_once_and_the_caret_is_under_the_word_that_matters(name: str) -> None:
    expected = CARETS[name] if name in CARETS else said_in(name, "caret")
    assert expected is not None
    words = [word.replace("\\t", "\t") for word in expected.split(" | ")]
    marked = [under_the_caret(problem) for problem in checked(name)[0]]
    assert len(marked) == len(words), marked
    for word, characters in zip(words, marked, strict=True):
        assert word in characters


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_speaks_python(name: str) -> None:
    for problem in checked(name)[0]:
        own_words = f"{problem.message}\n{problem.help}\n{problem.second.message if problem.second else ''}"
        for word in re.findall(r"“([^”]+)”", own_words):
            if word in problem.source:  # it is the file that says so
                own_words = own_words.replace(word, "")
        assert not PYTHON_WORDS.search(own_words), own_words


@pytest.mark.parametrize("name", NAMES)
def test_checking_a_broken_file_takes_less_than_a_second(name: str) -> None:
    assert checked(name)[1] < 5  # the promise is one second; other programs may stretch it


def test_a_file_that_cannot_be_opened_is_a_problem_like_the_others() -> None:
    problem = unreadable("file_that_is_missing.yaml", "No such file or directory")
    assert problem.span.line >= 1
    compare_with_golden("file_that_is_missing", printed([problem]))


def test_every_code_that_the_program_can_give_is_in_a_golden_text() -> None:
    program = "".join(path.read_text("utf-8") for path in (ROOT / "platform" / "spelregel").rglob("*.py"))
    codes = set(re.findall(r'"([YSXW][0-9]{3})"', program))
    shown = {
        code for path in FOLDER.glob("*.txt") for code in re.findall(r"^(?:error|warning)\[(\w+)\]", path.read_text("utf-8"), re.M)
    }  # fmt: skip
    assert len(codes) > 40
    assert codes == shown


def test_no_code_has_two_severities() -> None:
    seen: dict[str, set[str]] = {}
    for name in NAMES:
        for problem in checked(name)[0]:
            seen.setdefault(problem.code, set()).add(problem.severity)
    assert {code for code, severities in seen.items() if len(severities) > 1} == set()
    assert {code for code, severities in seen.items() if severities == {"warning"}} == {c for c in seen if c[0] == "W"}


#: The keywords of JSON Schema that `schema_check` has a sentence for, and those that say nothing about a value.
TRANSLATED = {
    "additionalProperties", "const", "dependentRequired", "enum", "format", "items", "maxLength", "minItems", "minLength",
    "minProperties", "maximum", "maxProperties", "minimum", "pattern", "properties", "propertyNames", "required", "type", "uniqueItems",
}  # fmt: skip
SILENT = {
    "$schema",
    "$id",
    "$ref",
    "$defs",
    "title",
    "description",
    "examples",
    "x-page",
    "x-kind",
    "x-knobs",
    "x-open",
    "x-unit",
}


def keywords(schema: dict[str, object]) -> set[str]:
    found = set(schema)
    for key, each in schema.items():
        if key in ("properties", "$defs") and isinstance(each, dict):
            found = found.union(*(keywords(part) for part in each.values() if isinstance(part, dict)))
        elif key in ("items", "additionalProperties", "propertyNames") and isinstance(each, dict):
            found |= keywords(each)
    return found


def test_the_schemas_use_no_keyword_without_a_sentence() -> None:
    used = set[str]().union(*(keywords(dict(document)) for document in schemas().values()))
    assert "pattern" in used
    assert used <= TRANSLATED | SILENT
