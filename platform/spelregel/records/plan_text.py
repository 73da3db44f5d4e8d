"""The flips of a plan in words, for the command line and for programs alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from spelregel.rules.message import Message, msg
from spelregel.tenancy.cases import Side
from spelregel.tenancy.facts_text import FactsError
from spelregel.tenancy.flips import Flip, Plan
from spelregel.tenancy.judging import Judgement, judge
from spelregel.words import terms
from spelregel.words.sentences import Speaker

#: What a decision is about, as a heading.
DECISIONS: Final[Mapping[str, Message]] = {
    "absence.report": msg("Reporting absent"),
    "absence.credit": msg("Credit for an absence"),
    "absence.withdraw": msg("Taking an absence back"),
    "credit.use": msg("Using credit"),
    "request.extra_care": msg("Asking for extra care"),
    "request.swap": msg("Asking for a swap"),
    "request.holiday_care": msg("Asking for holiday care"),
    "request.holiday_contract": msg("Asking for a holiday contract"),
    "request.study_day": msg("Asking for a study day"),
    "request.flexible_care": msg("Handing in a flexible roster"),
    "credit.grant": msg("Being given credit"),
    "credit.closed_day": msg("Credit for a closed day"),
    "request.cancel": msg("Cancelling what was asked for"),
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One file and how it speaks: its answer to a case, in words."""

    side: Side
    speaker: Speaker
    answer: Callable[[Judgement], str]

    def on(self, when: Mapping[str, Any]) -> str:
        try:
            return self.answer(judge(self.side.reading, when))
        except FactsError as wrong:
            return self.speaker.say("This file cannot answer that: %(why)s.", why=self.speaker.register.text(wrong.message))  # fmt: skip


def heading(flip: Flip, speaker: Speaker) -> str:
    return speaker.say(
        "%(decision)s, %(care)s: in %(count)s of %(of)s situations",
        decision=speaker.word(DECISIONS, flip.decision), care=speaker.word(terms.CARE_TYPES, flip.care_type),
        count=str(flip.count), of=str(flip.of),
    )  # fmt: skip


def flip_as_text(flip: Flip, old: Voice, new: Voice) -> list[str]:
    """A heading, what flips, the case to hand to `decide`, and what either file says about it."""
    say, when = new.speaker.say, flip.instance
    return [
        heading(flip, new.speaker),
        f"  {flip.was} → {flip.becomes}",
        f"  {as_flow(when)}",
        "  " + say("Before: %(answer)s", answer=old.on(when)),
        "  " + say("After: %(answer)s", answer=new.on(when)),
    ]


def plan_as_text(found: Plan, old: Voice, new: Voice) -> list[str]:
    """Blocks of lines: what comes out differently first; then, under a heading and shorter, what has another reason."""
    say = new.speaker.say
    blocks = ["\n".join(flip_as_text(flip, old, new)) for flip in found.flips if not flip.only_the_reason]
    reasons = [flip for flip in found.flips if flip.only_the_reason]
    if reasons:
        title = say("The same answer for another reason")
        blocks.append(f"{title}\n{'-' * len(title)}")
    for flip in reasons:
        blocks.append(f"{heading(flip, new.speaker)}\n  {flip.was} → {flip.becomes}\n  {as_flow(flip.instance)}")
    return blocks


def flip_as_data(flip: Flip, old: Voice, new: Voice) -> dict[str, Any]:
    when = flip.instance
    sentence = new.speaker.say(
        "%(heading)s. For example %(case)s. Before: %(before)s After: %(after)s",
        heading=heading(flip, new.speaker), case=as_flow(when), before=old.on(when), after=new.on(when),
    )  # fmt: skip
    return {
        "decision": flip.decision,
        "care_type": flip.care_type,
        "from": flip.was,
        "to": flip.becomes,
        "count": flip.count,
        "of": flip.of,
        "instance": when,
        "sentence": sentence,
    }


def as_flow(value: object) -> str:
    """A case on one line, as `decide` and an example take it. The words of a case need no quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {as_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(as_flow(each) for each in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
