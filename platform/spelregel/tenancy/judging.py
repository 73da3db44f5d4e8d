"""One decision from the words of a case: used by `decide`, by a file's own examples, and to replay what was stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spelregel.rules.absence import (
    AbsenceVerdict,
    acting_on,
    credit_taken_back,
    decide_absence,
    decide_withdrawal,
)
from spelregel.rules.credits import decide_credit_use, price_of
from spelregel.rules.decision import Decision, as_data, earned_as_data, number
from spelregel.rules.facts import AbsenceFacts, WithdrawalFacts
from spelregel.tenancy.facts_text import Facts, Reading, read_facts


@dataclass(frozen=True, slots=True)
class Judgement:
    """`also` holds the second decision of an absence: the report itself beside the credit."""

    facts: Facts
    decision: Decision
    verdict: AbsenceVerdict | None
    taken_back: int
    pays: int  # of a credit that can be used: how much of it this care takes, in sixtieths


def judge(reading: Reading, when: Mapping[str, Any]) -> Judgement:
    """Raises FactsError when the case cannot be read."""
    facts = read_facts(when, reading)
    rulebook = reading.rulebook
    if isinstance(facts, AbsenceFacts):
        verdict = decide_absence(rulebook, facts)
        return Judgement(facts, verdict.deciding, verdict, 0, 0)
    if isinstance(facts, WithdrawalFacts):
        decision = decide_withdrawal(rulebook, facts)
        return Judgement(facts, decision, None, credit_taken_back(rulebook, facts) if decision.granted else 0, 0)
    decision = decide_credit_use(rulebook, facts)
    terms = rulebook.terms(acting_on(rulebook, facts.asked), facts.care.care_type, facts.care.location)
    price = price_of(terms.credits[facts.lot.kind], facts.care)
    return Judgement(facts, decision, None, 0, min(price, facts.lot.left) if decision.granted else 0)


def judgement_as_data(judgement: Judgement, reading: Reading, when: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of `decide`: the decision that a parent feels, and what this action adds to it."""
    data = as_data(judgement.decision, reading.rulebook, when)
    verdict = judgement.verdict
    if verdict is not None:
        earned = verdict.earned
        data["accepted"] = verdict.accepted
        data["late"] = verdict.late
        data["earns"] = earned_as_data(earned[0]) if earned else None
        if judgement.decision is not verdict.report:
            data["report"] = as_data(verdict.report, reading.rulebook, {})
            del data["report"]["facts"]
    elif isinstance(judgement.facts, WithdrawalFacts):
        data["allowed"] = judgement.decision.granted
        data["taken_back"] = number(judgement.taken_back)
    else:
        data["usable"] = judgement.decision.granted
        data["pays"] = number(judgement.pays)
    return data
