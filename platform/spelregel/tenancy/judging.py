"""One decision from the words of a case: used by `decide`, by a file's own examples, and to replay what was stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Final

from spelregel.rules.absence import AbsenceVerdict, credit_taken_back, decide_absence, decide_withdrawal
from spelregel.rules.care_calendar import whole_minute
from spelregel.rules.credits import decide_credit_use, decide_grant, decide_public_holiday, price_in
from spelregel.rules.decision import Decision, as_data, earned_as_data, number
from spelregel.rules.facts import AbsenceFacts, CancelFacts, GrantFacts, RequestFacts, WithdrawalFacts
from spelregel.rules.message import msg
from spelregel.rules.requests import CancelVerdict, Payment, RequestVerdict, decide_cancel, decide_request
from spelregel.tenancy.facts_text import CLOSED, Facts, FactsError, Reading, read_facts

#: The facts that say when something was asked: the same question a minute later differs in these alone.
ACTED_AT: Final = frozenset({"reported", "asked"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """`verdict` holds the second decision of an absence: the report itself beside the credit."""

    facts: Facts
    decision: Decision
    verdict: AbsenceVerdict | None = None
    taken_back: int = 0
    pays: int = 0  # of a credit that can be used: how much of it this care takes, in sixtieths
    request: RequestVerdict | None = None
    cancel: CancelVerdict | None = None


def asked_at(facts: Facts) -> datetime:
    """In UTC, whole minutes. A gift has no minute: the day for which it is given."""
    if isinstance(facts, GrantFacts):
        return datetime.combine(facts.care.day, time(), UTC)
    return whole_minute(facts.reported if isinstance(facts, AbsenceFacts) else facts.asked)


def judge(reading: Reading, when: Mapping[str, Any]) -> Judgement:
    """Raises FactsError when the case cannot be read."""
    facts = read_facts(when, reading)
    rulebook = reading.rulebook
    if isinstance(facts, AbsenceFacts):
        verdict = decide_absence(rulebook, facts)
        return Judgement(facts, verdict.deciding, verdict)
    if isinstance(facts, WithdrawalFacts):
        decision = decide_withdrawal(rulebook, facts)
        return Judgement(facts, decision, taken_back=credit_taken_back(rulebook, facts) if decision.granted else 0)
    if isinstance(facts, RequestFacts):
        request = decide_request(rulebook, facts)
        return Judgement(facts, request.decision, request=request)
    if isinstance(facts, CancelFacts):
        cancel = decide_cancel(rulebook, facts)
        return Judgement(facts, cancel.decision, cancel=cancel)
    if isinstance(facts, GrantFacts):
        return Judgement(facts, _gift(reading, when, facts))
    decision = decide_credit_use(rulebook, facts)
    terms = rulebook.terms_at(facts.asked, facts.care)
    price, _ = price_in(terms.credits[facts.lot.kind], terms, facts.care, facts.lot)
    return Judgement(facts, decision, pays=min(price, facts.lot.left) if decision.granted else 0)


def _gift(reading: Reading, when: Mapping[str, Any], facts: GrantFacts) -> Decision:
    terms = reading.rulebook.terms_for(facts.day, facts.care)
    action = "grant" if "grant" in when else "closed_day"
    kinds = [
        kind
        for kind, credit in terms.credits.items()
        if (credit.grant is not None if action == "grant" else credit.earned_by.value in CLOSED)
    ]
    told = when.get("kind")
    kind = reading.credit_words.get(str(told)) if told is not None else next(iter(kinds), None)
    if kind not in kinds or kind is None:
        raise FactsError("kind" if told is not None else action, msg("no credit here is given that way"),
                         msg("known here: %(known)s", known=", ".join(kinds) or "–"), about_key=told is None)  # fmt: skip
    if action == "grant":
        return decide_grant(reading.rulebook, kind, facts)
    return decide_public_holiday(reading.rulebook, kind, facts)


def judgement_as_data(judgement: Judgement, reading: Reading, when: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of `decide`: the decision that a parent feels, and what this action adds to it."""
    data = as_data(judgement.decision, reading.rulebook, asked_at(judgement.facts), when)
    verdict = judgement.verdict
    if verdict is not None:
        earned = verdict.earned
        data["accepted"] = verdict.accepted
        data["late"] = verdict.late
        data["earns"] = earned_as_data(earned[0]) if earned else None
        data["bill"] = bill_text(verdict)
        if judgement.decision is not verdict.report:
            data["report"] = as_data(verdict.report, reading.rulebook, asked_at(judgement.facts), {})
            del data["report"]["facts"]
    elif isinstance(judgement.facts, WithdrawalFacts):
        data["allowed"] = judgement.decision.granted
        data["taken_back"] = number(judgement.taken_back)
    elif judgement.request is not None:
        data |= _request_as_data(judgement.request)
    elif judgement.cancel is not None:
        cancel = judgement.cancel
        data["allowed"] = judgement.decision.granted
        data["follows"] = cancel.then
        data["percent"] = None if cancel.percent is None else float(cancel.percent)
        data["euros"] = None if cancel.euros is None else float(cancel.euros)
    elif isinstance(judgement.facts, GrantFacts):
        data["earns"] = earned_as_data(judgement.decision.earned)
    else:
        data["usable"] = judgement.decision.granted
        data["pays"] = number(judgement.pays)
    return data


def _request_as_data(request: RequestVerdict) -> dict[str, Any]:
    return {
        "allowed": request.allowed,
        "guaranteed": request.guaranteed,
        "instead": request.instead,
        "pay": pay_as_data(request.payment),
        "answer_by": request.answer_by.isoformat() if request.answer_by else None,
        "silence": request.silence,
        "leftover": number(request.leftover),
        "leftover_is": request.leftover_is,
    }


def pay_as_data(payment: Payment | None) -> dict[str, int | float] | None:
    """Per credit the units that it pays, and the hours on the invoice."""
    if payment is None:
        return None
    found = {kind: number(amount) for kind, amount in payment.per_kind().items()}
    return {**found, "invoice": number(payment.invoice)} if payment.invoice else found


def bill_text(verdict: AbsenceVerdict) -> str:
    """What the absence does to the bill, in the words of an example: “as ever”, “50 %”, “5 euros” or “to judge”."""
    charge = verdict.charge
    if verdict.charge_untold:
        return "to judge"
    if charge is None:
        return "as ever"
    if charge.euros is not None:
        return f"{charge.euros} euros"
    return f"{charge.percent} %" if charge.percent is not None else "as ever"
