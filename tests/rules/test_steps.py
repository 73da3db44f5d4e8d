"""Every step that a trace can have, once: its JSON for other programs and its sentence for people.

The examples of all files in the house are judged anew; the first of each kind of step stands in `steps.json`.
`SPELREGEL_GOLDEN=1 ./dev test tests/rules/test_steps.py` writes it anew: read the difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from spelregel.tenancy.check import reading_of, tenant_of
from spelregel.tenancy.judging import judge, judgement_as_data
from spelregel.tenancy.tenant import Tenant
from spelregel.tenancy.yaml_source import read_yaml
from spelregel.words import sentences
from spelregel.words.locale import Register
from spelregel.words.sentences import Speaker
from tests.conftest import ROOT
from tests.rules.made_up import ASKING, Organisation

GOLDEN = Path(__file__).parent / "steps.json"
FILES = [
    *sorted((ROOT / "tenants").glob("*.yaml")),
    ROOT / "tests" / "tenancy" / "zonnebloem.yaml",
    ROOT / "tests" / "words" / "everything.yaml",
    *sorted((ROOT / "tests" / "organisations").glob("*.yaml")),
]


Steps = dict[str, dict[str, Any]]
DAY = "2026-12-10 08:00-13:00"
EARNS = "    earned_by: absence\n"
#: What no file happens to show: the organisation, and the case.
BESIDE: list[tuple[Organisation, dict[str, Any]]] = [
    (Organisation(more=ASKING), {"cancel": DAY, "of": "extra_care", "asked": "2026-12-01 12:00"}),
    *(
        (
            Organisation(
                ("contracts:\n", "contracts:\n  half: {name: {nl: Half}, care_type: kdv}\n"),
                (EARNS, f"{EARNS}    care_types: [{care_type}]\n    contracts: [half]\n"),
            ),
            {"absence": DAY, "reported": "2026-12-01 12:00", "contract": contract},
        )
        for care_type, contract in (("kdv", "half"), ("bso", "schoolweken"))
    ),
    (
        Organisation(("earned_credit: taken back", "earned_credit: kept")),
        {"withdraw_absence": DAY, "asked": "2026-12-01 12:00", "earned": 5},
    ),
    (
        Organisation(("  reasons: [illness, holiday, other]", "  reasons: [illness]")),
        {"absence": DAY, "reported": "2026-12-01 12:00", "reason": "other"},
    ),
    (Organisation(), {"use_credit": DAY, "asked": "2026-12-01 12:00", "earned": "2026-11-10", "credit": 0}),
    (
        Organisation((EARNS, f"{EARNS}    weights: [{{counts: 0}}]\n")),
        {"absence": DAY, "reported": "2026-12-01 12:00"},
    ),
]


def cases() -> Iterator[tuple[str, Tenant, Mapping[str, Any]]]:
    for path in FILES:
        raw = path.read_bytes()
        source = read_yaml(raw, path.name)
        tenant = tenant_of(source, raw)
        for example in source.data.get("examples", []):
            yield path.name, tenant, example["when"]
    for organisation, when in BESIDE:
        yield "made up", organisation.tenant, when


def judged() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Per step of every case: its kind, its JSON, and its sentence in English."""
    for name, tenant, when in cases():
        reading = reading_of(tenant)
        speaker = Speaker(Register("en", False), partial(tenant.credit_name, language="en"))
        judgement = judge(reading, when)
        told = judgement_as_data(judgement, reading, when)
        shown = [(judgement.decision, told["steps"])]
        if "report" in told and judgement.verdict:
            shown.append((judgement.verdict.report, told["report"]["steps"]))
        for decision, rows in shown:
            speaker.remedy(decision)  # has words for whatever would have helped
            for step, row in zip(decision.steps, rows, strict=True):
                kept = {key: row[key] for key in ("rule", "value", "outcome", "reason", "facts")}
                kind = f"{decision.kind}: {step.reason}, {step.outcome}"
                yield kind, {"file": name, **kept, "remedy": step.remedy}, speaker.step(step, decision)


@pytest.fixture(scope="module")
def first_of_each() -> Steps:
    found: dict[str, dict[str, Any]] = {}
    for kind, row, sentence in judged():
        found.setdefault(kind, {**row, "sentence": sentence})
    return dict(sorted(found.items()))


def test_every_step_is_told_as_before(first_of_each: Steps) -> None:
    found = json.loads(json.dumps(first_of_each))
    if os.environ.get("SPELREGEL_GOLDEN") == "1":
        GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert list(found) == list(golden)
    for kind, row in golden.items():
        assert found[kind] == row, kind


def test_every_reason_occurs_in_an_example(first_of_each: Steps) -> None:
    seen = {row["reason"] for row in first_of_each.values()}
    known = {
        part
        for key in sentences._STEPS
        for part in key.split(":")
        if "." not in part and part not in ("earned_on", "used_on")
    }
    assert known - seen == set()


def test_a_sentence_leaves_nothing_out(first_of_each: Steps) -> None:
    for row in first_of_each.values():
        sentence = row["sentence"]
        assert sentence[:1].isupper() and sentence.endswith(".") and "None" not in sentence and "%(" not in sentence
