"""A decision as support reads it: in words, and for each condition its value with the file and the line it stands on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from spelregel.rules.absence import AbsenceVerdict
from spelregel.rules.decision import Decision
from spelregel.rules.facts import CareDay
from spelregel.web.explanation import reasons
from spelregel.words import formats
from spelregel.words.sentences import Speaker, value_as_text

MOST = 150  # on one page: a year of worked days is not read by anybody

Seen = tuple[Any, Any]  # the facts and the answer, as an onlooker of the rules gets them


@dataclass(frozen=True, slots=True)
class TraceStep:
    """`outcome`: holds, fails, unknown or noted; `decided` marks the one that settled it."""

    text: str
    outcome: str
    decided: bool
    rule: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Trace:
    """`kind` and `outcome` as `decide --json` says them. `until`: the minute at which the answer flips."""

    kind: str
    outcome: str
    credit: str | None
    remedy: str | None
    until: str | None
    steps: tuple[TraceStep, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, about which care, and everything that was decided for it."""

    title: str
    asked: str | None
    traces: tuple[Trace, ...]


def decisions_in(answer: Any) -> Iterator[Decision]:
    """Of whatever the rules answer: one decision, or a verdict that holds several."""
    if isinstance(answer, Decision):
        yield answer
    elif isinstance(answer, AbsenceVerdict):
        yield answer.report
        yield from answer.credits
    else:
        yield answer.decision


def trace_of(decision: Decision, speaker: Speaker) -> Trace:
    steps = [
        TraceStep(said.text, said.outcome, said.decided, step.rule.path, value_as_text(step.rule.value), said.source)
        for step, said in zip(decision.steps, reasons(decision, speaker), strict=True)
    ]
    return Trace(
        decision.kind,
        decision.outcome,
        speaker.name_of(decision.credit).label if decision.credit else None,
        speaker.remedy(decision),
        formats.until(decision.cutoff, speaker.register) if decision.cutoff else None,
        tuple(steps),
    )


def questions_of(seen: Iterable[Seen], speaker: Speaker, zone: tzinfo, names: dict[Any, str]) -> list[Question]:
    """Each question once, by the day that it is about. `names`: of the children who are cared for then, by daypart."""
    once = {repr(facts): (facts, answer) for facts, answer in seen}
    ordered = sorted(once.values(), key=lambda each: each[0].care.day)
    return [
        Question(
            _title(facts.care, speaker, names),
            _asked(facts, zone, speaker),
            tuple(trace_of(decision, speaker) for decision in decisions_in(answer)),
        )
        for facts, answer in ordered[:MOST]
    ]


def span_of(seen: Sequence[Seen]) -> tuple[Any, Any]:
    days = [facts.care.day for facts, _ in seen]
    return min(days), max(days)


def _title(care: CareDay, speaker: Speaker, names: dict[Any, str]) -> str:
    day = f"{formats.full_day(care.day, speaker.register)} {formats.span(care.starts, care.ends, speaker.register)}"
    name = names.get((care.day, care.starts, care.care_type))
    return f"{name}, {day}" if name else day


def _asked(facts: Any, zone: tzinfo, speaker: Speaker) -> str | None:
    moment: datetime | None = getattr(facts, "reported", None) if hasattr(facts, "so_far") else None
    moment = getattr(facts, "asked", moment)
    if moment is None:
        return None
    local = moment.astimezone(UTC).astimezone(zone)
    return f"{formats.full_day(local.date(), speaker.register)}, {formats.clock(local, speaker.register)}"
