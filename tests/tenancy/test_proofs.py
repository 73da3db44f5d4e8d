"""The proofs of `check` say nothing where nothing is wrong; what they do say stands in `broken/`."""

from __future__ import annotations

from datetime import date

import pytest

from spelregel.tenancy.check import check_text
from tests.conftest import ROOT, TENANTS

TODAY = date(2026, 12, 1)
GOOD = (ROOT / "tests" / "tenancy" / "zonnebloem.yaml").read_text("utf-8")
FILES = [*TENANTS, *sorted((ROOT / "tests" / "organisations").glob("*.yaml"))]


def codes(*edits: tuple[str, str]) -> set[str]:
    text = GOOD
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return {problem.code for problem in check_text(text.encode(), "x.yaml", TODAY).problems}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_organisations_get_no_advice_that_they_do_not_need(path) -> None:  # type: ignore[no-untyped-def]
    found = check_text(path.read_bytes(), path.name, TODAY)
    assert {problem.code for problem in found.problems} <= {"W408"}


HOLIDAYS = ("    usable_for: [kdv, bso]\n", "    usable_for: [kdv, bso]\n    usable_on: [school holiday]\n")
REQUEST = "\nextra_care:\n  requested_by: [parent]\n  notice: none\n  approval: always\n  care_types: [bso]\n  payment: {pay_with: [zonuren, invoice], choice: parent, combine: never}\n\nchanges:\n"
QUIET = [
    ("a validity that reaches the next holiday", [HOLIDAYS]),
    ("one that hardly ever lapses before", [HOLIDAYS, ("valid: 6 months", "valid: 60 days")]),
    ("a reason that can be chosen at another location", [("      reasons: [illness, other]", "      reasons: [other]")]),
    ("a credit for the care that is asked for", [("\nchanges:\n", REQUEST)]),
    ("and for a product of it", [("\nchanges:\n", REQUEST.replace("bso", "kdv")), ("usable_for: [kdv, bso]", "usable_for: [flex]")]),
    ("one kind of care takes it", [("exceptions:\n", "exceptions:\n  - for: {care_type: bso}\n    credits: {zonuren: {usable_for: [kdv]}}\n")]),
    ("a change that reaches the other kind of care", [("        valid: 12 months\n", "        valid: 12 months\n    absence: {confirm: false}\n"), ("exceptions:\n", "exceptions:\n  - for: {care_type: kdv}\n    absence: {confirm: true}\n")]),
    ("a kind of care that pays with an invoice only", [("\nchanges:\n", REQUEST.replace("bso", "kdv")), ("exceptions:\n", "exceptions:\n  - for: {care_type: bso}\n    extra_care: {payment: {pay_with: [invoice]}}\n")]),
    ("a module that is off for one kind of care", [("\nchanges:\n", REQUEST), ("exceptions:\n", "exceptions:\n  - for: {care_type: bso}\n    modules: {credits: false, extra_care: false}\n")]),
    ("what only staff enter, without a screen for parents", [("\nchanges:\n", REQUEST.replace("[parent]", "[staff]")), ("extra_care: true", "extra_care: false")]),
    ("a limit at night on working days only", [("2 days, before 09:30", "2 workdays, before 02:30"), ("twee dagen van tevoren af, vóór 9.30", "twee werkdagen van tevoren af, vóór 2.30"), ("12-08 09:29", "12-08 02:29"), ("12-08 09:30", "12-08 02:30")]),
]  # fmt: skip


@pytest.mark.parametrize("edits", [row[1] for row in QUIET], ids=[row[0] for row in QUIET])
def test_what_can_come_true_is_not_named(edits: list[tuple[str, str]]) -> None:
    proofs = {"X337", "X339", "X340", "W421", "W422", "W423", "W424", "W425", "W426", "W427", "W428", "W429", "W430"}
    assert not codes(*edits) & proofs
    assert not any(code.startswith(("X", "S", "Y")) for code in codes(*edits)), codes(*edits)
