"""Runs a file's own examples: `then` names only what matters, and an unknown name is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from spelregel.rules.absence import acting_on
from spelregel.rules.care_calendar import cutoff
from spelregel.rules.decision import Decision, Step, number
from spelregel.rules.facts import AbsenceFacts, CreditUseFacts, WithdrawalFacts
from spelregel.rules.message import msg
from spelregel.rules.phrases import Notice
from spelregel.rules.problems import Path, Problem
from spelregel.rules.rulebook import Rulebook, RuleRef, Sourced, Terms
from spelregel.tenancy.facts_text import FactsError, Reading
from spelregel.tenancy.judging import Judgement, judge
from spelregel.tenancy.schema_check import MEANT, as_written, suggest, wrong_kind
from spelregel.tenancy.yaml_source import Source


def run_examples(source: Source, reading: Reading) -> list[Problem]:
    found: list[Problem] = []
    judgements: list[Judgement] = []
    for index, example in enumerate(source.data.get("examples", [])):
        found.extend(_run(source, reading, ("examples", index), example, judgements))
    return found or list(_without_example(source, reading.rulebook, judgements))


def _run(
    source: Source, reading: Reading, path: Path, example: Mapping[str, Any], judgements: list[Judgement]
) -> list[Problem]:
    """Adds to `judgements` what was decided."""
    try:
        judgement = judge(reading, example["when"])
    except FactsError as wrong:
        where = (*path, "when", wrong.key) if wrong.key else (*path, "when")
        span = source.place(where)
        if wrong.about_key or wrong.key is None:
            span = source.keys.get(where, span)
        return [source.problem("X206", span, wrong.message, wrong.help)]
    judgements.append(judgement)
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
        wanted = "boolean" if key in _SWITCHES else "string"
        if (
            isinstance(expected, bool) is not (wanted == "boolean")
            or expected is None
            or isinstance(expected, (dict, list))
        ):
            meant = MEANT.get(str(expected).lower(), "")
            help = msg("write one value")
            if wanted == "boolean":
                help = msg("write %(value)s", value=meant) if meant in ("true", "false") else msg("write true or false")
            problems.append(source.problem("X206", source.place(where), wrong_kind(key, wanted, expected), help))
            continue
        got = known[key](expected)
        if got is not None:
            problems.append(_failed(source, where, example["name"], key, expected, got, judgement, reading.rulebook))
    return problems


#: The answers that are yes or no.
_SWITCHES: Final = ("accepted", "late", "allowed", "usable")


def _deciding_step(key: str, judgement: Judgement, rulebook: Rulebook) -> Step:
    """The rule that refused; where nothing did, the deadline that was kept, else the last rule that was asked."""
    decision, facts = judgement.decision, judgement.facts
    if key == "valid_until" and isinstance(facts, AbsenceFacts) and decision.earned:
        terms = rulebook.terms(acting_on(rulebook, facts.reported), facts.care.care_type, facts.care.location)
        return Step(terms.credits[decision.earned.credit].valid.ref, "noted", "still_valid")
    if key == "taken_back" and decision.granted:
        return decision.steps[-1]
    if judgement.verdict and key in ("accepted", "late"):
        decision = judgement.verdict.report
        if key == "late" and decision.granted:
            return decision.steps[-1]
    if decision.decided_by is not None:
        return decision.steps[decision.decided_by]
    return next((step for step in decision.steps if step.cutoff), decision.steps[-1])


def _failed(
    source: Source, path: Path, name: str, key: str, expected: Any, got: str, judgement: Judgement, rulebook: Rulebook
) -> Problem:
    step = _deciding_step(key, judgement, rulebook)
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
    return ", ".join(map(as_written, value)) if isinstance(value, (list, tuple)) else as_written(value)


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


def differences(
    then: Mapping[str, Any], judgement: Judgement, reading: Reading
) -> Iterator[tuple[str, Any, str | None]]:
    """Per answer that is not as expected: (answer, expected, what came out), or None where there is no such answer."""
    known = _answers(judgement, reading)
    for key, expected in then.items():
        if key not in known:
            yield key, expected, None
        elif (got := known[key](expected)) is not None:
            yield key, expected, got


Place = tuple[int, int]  # line and column of a rule


def _without_example(source: Source, rulebook: Rulebook, judgements: list[Judgement]) -> Iterator[Problem]:
    """Deadlines without an example of the last minute that is in time and one of the minute after it."""
    before, after = _minutes_tried(rulebook, judgements)
    reported: set[Place] = set()
    for version in rulebook.versions:
        for (care_type, location), terms in version.terms.items():
            who = "" if care_type == rulebook.care_types[0] else f", care_type: {care_type}"
            who += f", location: {location}" if location else ""
            for action, moment_key, notice in _deadlines(terms):
                place = (notice.ref.line, notice.ref.column)
                if notice.value.kind == "none" or place in reported or (place in before and place in after):
                    continue
                reported.add(place)
                care, last = _instance(rulebook, terms, notice.value, version.since)
                span = next(s for s in source.values.values() if (s.line, s.column) == place)
                yield source.problem("W407", span, msg("no example shows the last minute that is in time, or none shows the minute after it"),
                                     msg("add “%(action)s: %(care)s, %(key)s: %(moment)s” as an example, and one a minute later",
                                         action=action, care=care, key=moment_key, moment=f"{last}{who}"), severity="warning")  # fmt: skip


def _minutes_tried(rulebook: Rulebook, judgements: list[Judgement]) -> tuple[set[Place], set[Place]]:
    before: set[Place] = set()
    after: set[Place] = set()
    for judgement in judgements:
        decisions: tuple[Decision, ...] = (judgement.decision,)
        if judgement.verdict:
            decisions = (judgement.verdict.report, *judgement.verdict.credits)
        for decision in decisions:
            moment = decision.asked_at.astimezone(rulebook.zone).replace(tzinfo=None)
            for step in decision.steps:
                if step.cutoff and moment == step.cutoff.last_minute():
                    before.add(_place(step.rule))
                elif step.cutoff and moment == step.cutoff.last_minute() + timedelta(minutes=1):
                    after.add(_place(step.rule))
    return before, after


def _place(ref: RuleRef) -> Place:
    return ref.line, ref.column


def _deadlines(terms: Terms) -> Iterator[tuple[str, str, Sourced[Notice]]]:
    """Every deadline with the action of an example and the key of its moment."""
    yield "absence", "reported", terms.absence.notice
    if terms.absence.expected:
        yield "absence", "reported", terms.absence.expected
    yield "withdraw_absence", "asked", terms.absence.withdraw.notice
    for credit in terms.credits.values():
        if credit.earned_if:
            yield "absence", "reported", credit.earned_if.notice


def _instance(rulebook: Rulebook, terms: Terms, notice: Notice, since: date | None) -> tuple[str, str]:
    """A day of care on which the rule holds, and the last minute that is in time for it."""
    day, starts = date(2026, 12, 10) if since is None else since, time(8)
    while True:
        until = cutoff(notice, day, starts, rulebook.zone, terms.calendar.is_workday)
        last = until.last_minute() if until else datetime.combine(day, starts)
        if terms.calendar.is_workday(day) and (since is None or last.date() >= since):
            return f"{day} {starts:%H:%M}-13:00", f"{last:%Y-%m-%d %H:%M}"
        day += timedelta(days=1)
