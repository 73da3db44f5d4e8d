"""Runs a file's own examples: `then` names only what matters, and an unknown name is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spelregel.rules.decision import number
from spelregel.rules.facts import AbsenceFacts, CreditUseFacts, WithdrawalFacts
from spelregel.rules.message import msg
from spelregel.rules.problems import Path, Problem
from spelregel.tenancy.facts_text import FactsError, Reading
from spelregel.tenancy.judging import Judgement, judge
from spelregel.tenancy.schema_check import suggest
from spelregel.tenancy.yaml_source import Source


def run_examples(source: Source, reading: Reading) -> list[Problem]:
    found: list[Problem] = []
    for index, example in enumerate(source.data.get("examples", [])):
        found.extend(_run(source, reading, ("examples", index), example))
    return found


def _run(source: Source, reading: Reading, path: Path, example: Mapping[str, Any]) -> list[Problem]:
    try:
        judgement = judge(reading, example["when"])
    except FactsError as wrong:
        where = (*path, "when", wrong.key) if wrong.key else (*path, "when")
        span = source.place(where)
        if wrong.message.template.startswith("unknown fact") or wrong.key is None:
            span = source.keys.get(where, span)
        return [source.problem("X206", span, wrong.message, wrong.help)]
    problems = []
    known = _answers(judgement, reading)
    for key, expected in example["then"].items():
        where = (*path, "then", key)
        if key not in known:
            guess = suggest(key, tuple(known))
            help = (
                msg("did you mean “%(guess)s”?", guess=guess)
                if guess
                else msg("answers here: %(keys)s", keys=", ".join(known))
            )
            problems.append(source.problem("X206", source.keys[where], msg("unknown answer “%(key)s”", key=key), help))
            continue
        got = known[key](expected)
        if got is not None:
            problems.append(_failed(source, where, example["name"], key, expected, got, judgement))
    return problems


def _failed(source: Source, path: Path, name: str, key: str, expected: Any, got: str, judgement: Judgement) -> Problem:
    decision = judgement.decision
    step = decision.steps[decision.decided_by if decision.decided_by is not None else -1]
    zone_line = msg(
        "decided by %(rule)s: “%(value)s” (%(reason)s)",
        rule=step.rule.path,
        value=_plain(step.rule.value),
        reason=step.reason,
    )
    if step.cutoff:
        zone_line = msg("decided by %(rule)s: “%(value)s”, which ends at %(cutoff)s", rule=step.rule.path, value=_plain(step.rule.value),
                        cutoff=f"{step.cutoff.wall:%Y-%m-%d %H:%M}")  # fmt: skip
    second = None
    if step.rule.file == source.file:
        for where, span in source.values.items():
            if (
                span.line == step.rule.line
                and span.column == step.rule.column
                and not isinstance(source.at(where), dict)
            ):
                second = (span, msg("this value decided"))
                break
    return source.problem("X316", source.place(path),
                          msg("example “%(name)s” expected %(key)s %(expected)s, got %(got)s", name=name, key=key, expected=_plain(expected), got=got),
                          zone_line, second)  # fmt: skip


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(str(each) for each in value) if isinstance(value, (list, tuple)) else str(value)


def _answers(judgement: Judgement, reading: Reading) -> dict[str, Callable[[Any], str | None]]:
    """Per answer a comparison: None when it is as expected, else what came out, in the file's own words."""
    decision = judgement.decision

    def same(got: Any) -> Callable[[Any], str | None]:
        return lambda expected: None if expected == got else _plain(got)

    answers: dict[str, Callable[[Any], str | None]] = {
        "outcome": same(decision.outcome),
        "reason": same(decision.reason or "none"),
    }
    if decision.cutoff:
        answers["cutoff"] = same(f"{decision.cutoff.wall:%Y-%m-%d %H:%M}")
    facts = judgement.facts
    if isinstance(facts, AbsenceFacts) and judgement.verdict:
        verdict = judgement.verdict
        earned = verdict.earned
        answers |= {
            "accepted": same(verdict.accepted),
            "late": same(verdict.late),
            "earns": lambda expected: _compare_earned(expected, earned, reading),
            "valid_until": same(
                (earned[0].valid_until.isoformat() if earned[0].valid_until else "unlimited")
                if earned
                else "nothing earned"
            ),
        }
        if verdict.report.decided_by is not None:
            answers["reason"] = same(verdict.report.reason)
    elif isinstance(facts, WithdrawalFacts):
        answers |= {"allowed": same(decision.granted), "taken_back": same(number(judgement.taken_back))}
    elif isinstance(facts, CreditUseFacts):
        answers |= {"usable": same(decision.granted), "pays": same(number(judgement.pays))}
    return answers


def _compare_earned(expected: Any, earned: tuple[Any, ...], reading: Reading) -> str | None:
    got = f"{number(earned[0].amount)} {earned[0].credit}" if earned else "nothing"
    if expected == got:
        return None
    number_part, _, word = str(expected).partition(" ")
    if earned and reading.credit_words.get(word) == earned[0].credit and number_part == str(number(earned[0].amount)):
        return None
    return got
