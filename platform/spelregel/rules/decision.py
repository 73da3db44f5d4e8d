"""A decision explains itself: each condition with its value, outcome, reason and source, and what would have helped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple

from spelregel.rules.care_calendar import Cutoff
from spelregel.rules.rulebook import Rulebook, RuleRef

#: granted, refused, to_judge (a person decides), guaranteed, not_yet, elsewhere (the group, customer service).
OUTCOMES = ("granted", "refused", "to_judge", "guaranteed", "not_yet", "elsewhere")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Step(NamedTuple):
    """One condition. `outcome` is holds, fails, unknown (a person decides), or noted (it is told, decides nothing)."""

    rule: RuleRef
    outcome: str
    reason: str
    cutoff: Cutoff | None = None
    facts: Mapping[str, Any] = _NOTHING
    remedy: str | None = None  # what would have made a failing condition hold


class Earned(NamedTuple):
    """`amount` and what the day was worth before any cap, in sixtieths of the unit.

    `usable_from`: the first day of care that it pays, where that is another one than the day it was earned for.
    """

    credit: str
    amount: int
    unit: str
    valid_until: date | None
    worth: int
    usable_from: date | None = None


class Decision(NamedTuple):
    """What holds in a situation: when it was asked is a fact, and the same answer serves everybody who asks in time."""

    kind: str
    outcome: str
    steps: tuple[Step, ...]
    decided_by: int | None  # index of the first failing step, else of the first unknown one
    terms_since: date | None
    cutoff: Cutoff | None = None
    earned: Earned | None = None
    credit: str | None = None

    @property
    def granted(self) -> bool:
        return self.outcome == "granted"

    @property
    def reason(self) -> str | None:
        """The code of the condition that decided; None when all of them hold."""
        return None if self.decided_by is None else self.steps[self.decided_by].reason

    @property
    def remedies(self) -> tuple[Step, ...]:
        """The smallest difference: the failing conditions, when every one of them could have held; else none."""
        failing = tuple(step for step in self.steps if step.outcome == "fails")
        return failing if all(step.remedy for step in failing) else ()


def decide(
    kind: str,
    steps: list[Step],
    since: date | None,
    *,
    cutoff: Cutoff | None = None,
    earned: Earned | None = None,
    credit: str | None = None,
    granted: str = "granted",
) -> Decision:
    """All conditions are judged and kept, also after the first that fails; that one decides. Takes `steps` over.

    A rule that the organisation has left open holds for nobody and fails for nobody: unless another condition
    refuses, a person decides. `granted`: the outcome when all of them hold.
    """
    failing = unknown = None
    for index, step in enumerate(steps):
        if step.rule.open:
            steps[index] = step = _left_open(step)
        if step.outcome == "fails" and failing is None:
            failing = index
        elif step.outcome == "unknown" and unknown is None:
            unknown = index
    decided_by = failing if failing is not None else unknown
    outcome = "refused" if failing is not None else "to_judge" if unknown is not None else granted
    return Decision(
        kind,
        outcome,
        tuple(steps),
        decided_by,
        since,
        cutoff,
        earned if decided_by is None else None,
        credit,
    )


def _left_open(step: Step) -> Step:
    """A condition on a rule that has no value is neither so nor not so."""
    if step.outcome == "noted" or step.reason in NOT_OF_THE_RULE:
        return step
    return Step(step.rule, "unknown", "left_open")


#: What is so whatever the rule says: it stands with the rule because it has no rule of its own.
NOT_OF_THE_RULE = ("already_started", "approved_stands", "credit_not_spent")


def local(moment: datetime, zone: tzinfo) -> str:
    """2026-12-08T09:30+01:00"""
    return moment.astimezone(zone).isoformat(timespec="minutes")


def number(sixtieths: int) -> int | float:
    whole, rest = divmod(sixtieths, 60)
    return round(sixtieths / 60, 4) if rest else whole


def as_data(decision: Decision, rulebook: Rulebook, asked_at: datetime, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The one shape of a decision for the command line, the audit table and the examples (plain JSON types)."""
    zone = rulebook.zone
    data: dict[str, Any] = {
        "decision": decision.kind,
        "outcome": decision.outcome,
        "tenant": rulebook.tenant,
        "config": {
            "digest": rulebook.digest,
            "format": rulebook.format,
            "in_force_since": decision.terms_since.isoformat() if decision.terms_since else None,
        },
        "asked_at": local(asked_at, zone),
        "facts": dict(facts),
        "steps": [_step_as_data(step, zone) for step in decision.steps],
        "decided_by": decision.decided_by,
        "cutoff": local(decision.cutoff.at, zone) if decision.cutoff else None,
        "would_have_been": _counterfactual(decision, zone),
        "next": _next(decision),
    }
    return data


def earned_as_data(earned: Earned | None) -> dict[str, Any] | None:
    if earned is None:
        return None
    return {
        "credit": earned.credit,
        "amount": number(earned.amount),
        "unit": earned.unit,
        "valid_until": earned.valid_until.isoformat() if earned.valid_until else None,
    }


def _step_as_data(step: Step, zone: tzinfo) -> dict[str, Any]:
    facts: dict[str, Any] = dict(step.facts)
    if step.cutoff:
        facts["cutoff"] = local(step.cutoff.at, zone)
        facts["this_minute_counts"] = step.cutoff.this_minute_counts
    return {
        "rule": step.rule.path,
        "value": step.rule.value,
        "outcome": step.outcome,
        "reason": step.reason,
        "facts": facts,
        "source": {
            "file": step.rule.file,
            "line": step.rule.line,
            "column": step.rule.column,
            "layer": step.rule.layer,
            "since": step.rule.since.isoformat() if step.rule.since else None,
        },
    }


def _counterfactual(decision: Decision, zone: tzinfo) -> dict[str, Any] | None:
    remedies = decision.remedies
    if decision.granted or not remedies:
        return None
    changes = []
    for step in remedies:
        change: dict[str, Any] = {"if": step.remedy}
        if step.cutoff:
            change["at"] = local(step.cutoff.at, zone)
        changes.append(change)
    return {"outcome": "granted", **changes[0], **({"and": changes[1:]} if changes[1:] else {})}


def _next(decision: Decision) -> list[dict[str, str]]:
    if decision.kind == "absence.credit" and not decision.granted and decision.reason != "absence_not_accepted":
        return [{"action": "report_absence_without_credit"}]
    if decision.kind == "absence.report" and not decision.granted:
        return [{"action": "phone_the_group"}]
    if decision.kind == "credit.use" and not decision.granted:
        return [{"action": "see_my_credits"}]
    return []
