"""A decision as a parent reads it: condition by condition in plain words, each with a link to where it is written."""

from __future__ import annotations

from dataclasses import dataclass

from spelregel.rules.conditions import anchor
from spelregel.rules.decision import Decision
from spelregel.words.sentences import Speaker


@dataclass(frozen=True, slots=True)
class Reason:
    """`outcome` is holds, fails or noted; `decided` marks the one that settled it; `condition` is its anchor."""

    text: str
    outcome: str
    decided: bool
    condition: str
    source: str


def reasons(decision: Decision, speaker: Speaker) -> list[Reason]:
    return [
        Reason(speaker.step(step, decision), step.outcome, index == decision.decided_by, anchor(step.rule.path),
               f"{step.rule.file}:{step.rule.line}")
        for index, step in enumerate(decision.steps)
    ]  # fmt: skip
