"""The reference is made from the schemas and is fresh; every knob is turned by a key, or a person's, and says which."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from spelregel.rules import phrases
from spelregel.tenancy.schema_files import schemas
from spelregel.tenancy.yaml_source import read_yaml
from tests.conftest import ROOT, TENANTS

sys.path.insert(0, str(ROOT / "scripts"))
import make_reference
import reference_knobs
from reference_boundaries import boundary
from reference_keys import every_key, schema_path

DOCS = ROOT / "docs"
REFERENCE = (DOCS / "reference.md").read_text("utf-8")

#: The knobs that nothing turns yet. This list only becomes shorter: whoever maps one takes it out.
STILL_TO_COME: set[str] = set()
#: At most so many knobs may be a person's altogether.
WHOLLY_OUTSIDE = 6
#: What so many organisations turn that it can never be a person's altogether.
RANKED = {
    "K1", "K6", "K7", "K8", "K10", "K11", "K12", "K13", "K14", "K15", "K16", "K17", "K18", "K19", "K20", "K21", "K24", "K25", "K27",
    "K28", "K32", "K35", "K36",
}  # fmt: skip


# ---- the page


def test_the_reference_is_what_the_schemas_and_the_engine_say() -> None:
    assert make_reference.reference() == REFERENCE, "run python scripts/make_reference.py"


def test_a_stale_reference_fails_the_check_and_making_it_again_mends_it(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "docs").mkdir()
    shutil.copy(DOCS / "limits.md", tmp_path / "docs")
    target = tmp_path / "docs" / "reference.md"
    target.write_text("old", "utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(tmp_path / "scripts" / "make_reference.py"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    stale = run("--check")
    assert stale.returncode == 1 and "stale" in stale.stderr and target.read_text("utf-8") == "old"
    assert run().returncode == 0 and run("--check").returncode == 0
    assert target.read_text("utf-8") != "old"
    assert "reference.md is stale" not in run("--check").stderr


def test_a_form_and_a_table_of_forms_that_the_grammar_gets_appear_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(phrases, "SPAN_FORMS", (*phrases.SPAN_FORMS, ("N hours", "36 hours")))
    monkeypatch.setattr(phrases, "WITHIN_FORMS", (("N units", "3 workdays"),), raising=False)
    page = make_reference.reference()
    assert "| `N hours` | `36 hours` |" in page and "| `N units` | `3 workdays` |" in page
    assert "`36 hours`" not in REFERENCE


def test_every_key_that_an_organisation_writes_is_explained() -> None:
    explained = set(re.findall(r"^#+ `?([^`\n]+)`?$|^\| `([^`|]+)` \|", REFERENCE, re.M))
    headings = {each for pair in explained for each in pair if each}
    seen = 0
    for file in TENANTS:
        for path in leaves(read_yaml(file.read_bytes(), file.name).data):
            below_a_path = path[0] in ("to_confirm", "quotes")
            key = path[0] if below_a_path else schema_path(path)[-1]
            while key not in headings and "." in key:  # inside a text in languages, or a block that is told elsewhere
                key = key.rpartition(".")[0]
            assert key in headings, path
            seen += 1
    assert seen > 500


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, (dict, list)) and value:
        for part, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(each, (*path, part))
    else:
        yield path


def test_every_line_of_yaml_reads_back_as_the_example_in_the_schema() -> None:
    keys = {key.path: key for key in every_key()}
    parts = [part for part in re.split(r"^#+ ", REFERENCE, flags=re.M) if "```yaml" in part]
    assert len(parts) > 150
    for part in parts:
        path = part.partition("\n")[0].strip("`")
        block = part.split("```yaml\n")[1].split("```")[0]
        for line, example in zip(block.splitlines(), keys[path].schema["examples"], strict=True):
            source = read_yaml(line.encode(), path)
            assert not source.problems and list(source.data.values()) == [example], line


def test_every_phrase_that_the_schemas_show_is_shown_at_its_boundary() -> None:
    for key in every_key():
        kind = make_reference._kind(key.schema)
        if kind in phrases.PARSERS and not key.alike:
            for phrase in make_reference._phrase_examples(key.schema):
                if said := boundary(str(kind), phrase):
                    assert f"- Boundary: `{phrase}`: {said}" in REFERENCE, key.path
    assert boundary("notice", "2 days, before 09:30") == (
        "care on Thursday 10 December 2026 at 08:00: in time Tuesday 8 December 09:29, too late Tuesday 8 December 09:30"
    )
    assert boundary("validity", "30 days").endswith(
        "up to and including Saturday 9 January 2027, no longer on Sunday 10 January 2027"
    )


def address(heading: str) -> str:
    """As GitHub makes it: small letters, no punctuation but - and _, a hyphen for each space."""
    kept = [letter for letter in heading.lower() if letter.isalnum() or letter in " -_"]
    return "".join(kept).replace(" ", "-")


@cache
def headings(document: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.M | re.DOTALL)
    return [address(match) for match in re.findall(r"^#+ (.+)$", text, re.M)]


def test_every_link_to_a_heading_leads_to_one_heading() -> None:
    checked = 0
    for document in DOCS.glob("*.md"):
        for file, heading in re.findall(r"\]\(([^)#\s]*\.md|)#([^)\s]+)\)", document.read_text("utf-8")):
            found = headings(document.parent / file if file else document)
            assert found.count(heading) == 1, f"{document.name}: {file}#{heading}"
            checked += 1
    assert checked > 400


# ---- the knobs


def test_every_knob_is_turned_by_a_key_or_is_a_persons() -> None:
    keys, outside = every_key(), reference_knobs.limits()
    missing = {knob for knob in reference_knobs.KNOBS if not reference_knobs.keys_of(knob, keys)} - set(outside)
    assert list(reference_knobs.KNOBS) == [f"K{number}" for number in range(1, 46)]
    assert missing - STILL_TO_COME == set(), "name it in “x-knobs” of the key that turns it, or in docs/limits.md"
    assert STILL_TO_COME - missing == set(), "these are turned now: take them out of STILL_TO_COME"


def test_a_schema_and_the_limits_name_no_knob_that_does_not_exist() -> None:
    named = {knob for key in every_key() for knob in key.knobs} | set(reference_knobs.limits())
    assert named <= set(reference_knobs.KNOBS)
    written = re.findall(r'"(K[0-9]+)"', "".join(map(str, map(every_knob, schemas().values()))).replace("'", '"'))
    assert set(written) == {knob for key in every_key() for knob in key.knobs}, "a knob on a part that is no key"


def every_knob(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        inner = [knob for key, value in schema.items() if key != "x-knobs" for knob in every_knob(value)]
        return [*schema.get("x-knobs", ()), *inner]
    return [knob for each in schema for knob in every_knob(each)] if isinstance(schema, list) else []


def test_few_knobs_are_wholly_a_persons_and_none_that_many_turn() -> None:
    keys = every_key()
    wholly = {knob for knob in reference_knobs.limits() if not reference_knobs.keys_of(knob, keys)}
    assert len(wholly) <= WHOLLY_OUTSIDE
    assert wholly & RANKED == set()
    parts = re.split(r"^## ", reference_knobs.LIMITS.read_text("utf-8"), flags=re.M)
    said = next(part for part in parts if part.startswith("Wholly"))
    assert set(re.findall(r"^### (K[0-9]+)", said, re.M)) == wholly


def test_every_limit_gives_its_reason() -> None:
    text = reference_knobs.LIMITS.read_text("utf-8")
    for part in re.split(r"^### ", text, flags=re.M)[1:]:
        heading, _, reason = part.partition("\n")
        assert len(reason.partition("\n## ")[0].split()) > 20, heading


def test_an_organisation_of_the_tests_is_linked_from_the_knobs_that_it_turns(tmp_path: Path) -> None:
    assert reference_knobs.organisations(tmp_path / "nothing here") == []
    text = (DOCS / "starter.yaml").read_text("utf-8")
    text += "  - name: The reason makes no difference\n    when: {absence: 2026-12-10 08:00-13:00, reported: 2026-12-01 12:00, reason: illness}\n    then: {earns: 5 tegoed}\n"
    text += "\nexceptions:\n  - for: {care_type: bso}\n    absence: {horizon: 30 days}\n"
    (tmp_path / "een.yaml").write_text(text, "utf-8")
    sources, keys = reference_knobs.organisations(tmp_path), every_key()

    def turned(knob: str) -> list[reference_knobs.Turned]:
        return reference_knobs.turned_by(reference_knobs.keys_of(knob, keys), sources)

    (taking_back,) = turned("K11")
    assert taking_back.file == "tests/organisations/een.yaml"
    assert taking_back.example == "Taken back until care starts, the credit goes back too"
    line = text.splitlines().index(f"  - name: {taking_back.example}") + 1
    assert taking_back.line == line
    assert [each.example for each in turned("K12")] == ["One minute before noon on the day before"]
    assert [each.example for each in turned("K10")] == ["The reason makes no difference"], "the one that names the fact"
    assert turned("K8"), "what stands in an exception turns its knob too"
    assert turned("K37") == turned("K30") == []
