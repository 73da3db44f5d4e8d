"""Every refusal says what can be done instead, in both languages; and every rule that decided can be read in the conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from spelregel.records.conditions_page import conditions_page
from spelregel.rules.conditions import anchor
from spelregel.rules.decision import Decision
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.judging import Judgement, asked_at, judge
from spelregel.tenancy.tenant import Tenant
from spelregel.words.locale import Register
from spelregel.words.sentences import SAY_IT_THEMSELVES, WHAT_NOW, Speaker
from tests.conftest import ROOT
from tests.rules.test_steps import cases

REGISTERS = {"je": Register("nl"), "u": Register("nl", formal=True), "en": Register("en")}
#: What a parent does or asks for, and can be refused. (What an absence earns is no refusal, and gifts are not asked for.)
ASKED = ("absence.report", "absence.withdraw", "credit.use", "request.")
#: Of these reasons the rules make steps for what an absence earns and for gifts only.
OF_NOTHING_ASKED = {
    "at_maximum", "worth_nothing", "period_full", "no_longer_earned", "credit_not_for_this_care", "credit_not_with_this_contract",
    "day_gives_none", "still_waiting", "nothing_granted", "reason_earns_nothing", "absence_not_accepted",
}  # fmt: skip


def speaker(register: str, tenant: Tenant) -> Speaker:
    reader = REGISTERS[register]
    return Speaker(reader, lambda kind: tenant.credit_name(kind, reader.language))


def is_refused(decision: Decision) -> bool:
    return decision.kind.startswith(ASKED) and decision.outcome in ("refused", "elsewhere", "not_yet")


def refusals() -> Iterator[tuple[Tenant, Judgement, Decision]]:
    """Of every example in every file of the house, and of the cases that no file happens to show."""
    for _, tenant, when in cases():
        judgement = judge(reading_of(tenant), when)
        decision = judgement.verdict.report if judgement.verdict else judgement.decision
        if is_refused(decision):
            yield tenant, judgement, decision


def reasons_in_the_rules() -> set[str]:
    """Every code that the rules can refuse with, read from the program itself: `Step(…, "fails", code)` in any form."""
    found: set[str] = set()
    for file in sorted((ROOT / "platform" / "spelregel" / "rules").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Step" and len(node.args) >= 3:
                outcome = {each.value for each in ast.walk(node.args[1]) if isinstance(each, ast.Constant)}
                if "fails" in outcome:
                    found |= {each.value for each in ast.walk(node.args[2]) if isinstance(each, ast.Constant)}
    return {each for each in found if isinstance(each, str)}


def has_an_answer(reason: str) -> bool:
    return reason in SAY_IT_THEMSELVES or any(key.rpartition(":")[2] == reason for key in WHAT_NOW)


def test_every_code_that_the_rules_refuse_with_has_an_answer() -> None:
    holding = {"size_fits", "same_care_type", "below_quota", "meant_for_this", "day_gives_credit", "waited", "granted_for_period",
               "not_excluded", "same_kind_of_day", "swap_fits", "pending_can", "credit_for_this_care", "not_by_"}  # fmt: skip
    codes = reasons_in_the_rules() - holding - OF_NOTHING_ASKED
    assert len(codes) > 25
    assert {code for code in codes if not has_an_answer(code)} == set()
    assert not has_an_answer("a_reason_of_tomorrow"), "the control: what is new is not answered by itself"


@pytest.mark.parametrize("register", list(REGISTERS))
def test_every_refusal_that_the_files_show_says_what_can_be_done(register: str) -> None:
    seen: dict[str, str] = {}
    for tenant, judgement, decision in refusals():
        reason = decision.steps[decision.decided_by or 0].reason
        spoken = speaker(register, tenant)
        instead = judgement.request.instead if judgement.request else None
        said = spoken.what_now(decision)
        assert said or instead or reason in SAY_IT_THEMSELVES, (tenant.slug, decision.kind, reason)
        if instead and judgement.request:
            assert len(spoken.request(judgement.request)) == 2, (tenant.slug, reason)
        for line in said:
            seen[f"{decision.kind}:{reason}"] = line
    assert len(seen) > 40
    assert all(line[0].isupper() and line[-1] in ".?" for line in seen.values())


def test_the_answers_are_translated_and_speak_to_the_reader() -> None:
    for key, text in WHAT_NOW.items():
        told = {name: register.text(text) for name, register in REGISTERS.items()}
        assert told["en"] == text.template and told["je"] != told["en"] and told["u"] != told["en"], key
        assert not {"je", "jij", "jouw"} & set(told["u"].lower().replace(".", "").split()), told["u"]


def test_every_rule_that_refuses_stands_in_the_conditions_with_an_address_of_its_own() -> None:
    pages: dict[str, set[str]] = {}
    missing: set[tuple[str, str]] = set()
    for tenant, judgement, decision in refusals():
        step = decision.steps[decision.decided_by or 0]
        on = asked_at(judgement.facts).astimezone(tenant.rulebook.zone).date()
        key = f"{tenant.rulebook.digest}.{on}"
        if key not in pages:
            sections = conditions_page(tenant, speaker("en", tenant), on)
            pages[key] = {each for section in sections for line in section.lines for each in line.anchors}
        at = anchor(step.rule.path)
        earns = any(credit.earned_if for each in tenant.rulebook.every_terms() for credit in each.credits.values())
        if step.reason == "credit_is_spent" and not earns:
            continue  # an example of what cannot happen here: no absence earns credit, and the page says so
        if not any(each == at or each.startswith(f"{at}-") or at.startswith(f"{each}-") for each in pages[key]):
            missing.add((tenant.slug, step.rule.path))
    assert missing == set()
