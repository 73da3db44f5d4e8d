"""Which decisions come out differently under two files: where they say something else, around each limit of either.

A limit is found in two ways: a decision's trace names its cutoffs, and between two points of an axis that come out
differently the place is found by halving. What stays unseen is a limit that two points of an axis skip as a pair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from spelregel.rules.decision import Decision, Earned, number
from spelregel.rules.phrases import Validity
from spelregel.rules.requests import CancelVerdict, RequestVerdict
from spelregel.tenancy.cases import Axis, Case, Files, Side, When, cases_of, minute_of
from spelregel.tenancy.facts_text import ACTIONS, FactsError
from spelregel.tenancy.judging import Judgement, judge, pay_as_data


@dataclass(frozen=True, slots=True)
class Outcome:
    """`text` in a small fixed vocabulary. `detail` is what differs when the text does not, and `said` tells it."""

    text: str
    detail: object = None
    said: str = ""


@dataclass(slots=True)
class Flip:
    """One decision for one kind of care comes out otherwise: in `count` of the `of` cases that were asked.

    `was` and `becomes` are those of the instance: cases whose outcomes differ in their numbers and dates alone, such as
    care that lasts longer, are of one kind.
    """

    decision: str
    care_type: str
    was: str
    becomes: str
    case: Case
    point: int
    count: int = 0
    of: int = 0

    @property
    def only_the_reason(self) -> bool:
        """The same answer for another reason: a parent hardly notices."""
        return self.was.split(":")[0] == self.becomes.split(":")[0]

    @property
    def instance(self) -> When:
        """In full, as `decide` takes it."""
        return self.case.at(self.point)


@dataclass(slots=True)
class Plan:
    flips: list[Flip] = field(default_factory=list)
    cases: int = 0


def plan(
    old: Side,
    new: Side,
    on: date,
    *,
    look_at: Callable[[Side], bool] = lambda _: True,
    meanwhile: Callable[[int], None] = lambda _: None,
) -> Plan:
    """`on`: days of care are taken from here on. `look_at`: around whose limits; a test looks at one side only.

    `meanwhile` is told now and then how many situations were asked.
    """
    found = _Comparison(old, new)
    for case in cases_of(Files((old, new), on)):
        _walk(case, found, [side for side in (old, new) if look_at(side)])
        meanwhile(found.cases)
    return found.plan()


class _Comparison:
    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.flips: dict[tuple[str, str, str, str], Flip] = {}
        self.asked: dict[tuple[str, str], int] = {}
        self.turns: dict[Axis, set[int]] = {}  # where what comes out changed in the cases before
        self.cases = 0

    def add(self, case: Case, point: int, before: _Answer, after: _Answer) -> None:
        if before.judgement is None and after.judgement is None:
            return  # neither file knows what is asked
        self.cases += 1
        care_type = case.when["care_type"]
        for decision in dict.fromkeys((*before.outcomes, *after.outcomes)):
            self.asked[decision, care_type] = self.asked.get((decision, care_type), 0) + 1
            was, becomes = before.of(decision), after.of(decision)
            if (was.text, was.detail) == (becomes.text, becomes.detail):
                continue
            texts = (was.text, becomes.text) if was.text != becomes.text else (was.said, becomes.said)
            key = (decision, care_type, kind_of_outcome(texts[0]), kind_of_outcome(texts[1]))
            flip = self.flips.get(key)
            if flip is None:
                flip = self.flips[key] = Flip(decision, care_type, *texts, case, point)
            flip.count += 1
            if _plainness(case) < _plainness(flip.case) or (case is flip.case and case.axis.key in _MOMENTS):
                # The case that needs the fewest words, at the last moment: that is the one that people think of.
                flip.was, flip.becomes, flip.case, flip.point = *texts, case, point

    def plan(self) -> Plan:
        for flip in self.flips.values():
            flip.of = self.asked[flip.decision, flip.care_type]
        return Plan(sorted(self.flips.values(), key=lambda flip: flip.only_the_reason), self.cases)


def _plainness(case: Case) -> tuple[bool, int]:
    return case.odd, len(case.when)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one file makes of one case, per decision. `unknown`: the fact that the file does not know."""

    outcomes: Mapping[str, Outcome]
    judgement: Judgement | None
    unknown: str | None = None

    @property
    def turns_on(self) -> object:
        """What is told of it on an axis. The day of an answer moves with the moment of asking: that is no turn."""
        return self.unknown or {decision: outcome.text for decision, outcome in self.outcomes.items()}

    def of(self, decision: str) -> Outcome:
        if self.unknown is not None:
            return Outcome(unknown_text(self.unknown))
        return self.outcomes.get(decision, _NOTHING)


_NOTHING: Final = Outcome("no such decision")


@lru_cache(maxsize=4096)
def kind_of_outcome(text: str) -> str:
    """“earns 5 hours” -> “earns # hours”: what stays the same when care lasts longer or falls on another day."""
    return re.sub(r"\d{4}-\d{2}-\d{2}|\d+(?:\.\d+)?", "#", text)


def unknown_text(fact: str) -> str:
    return f"not known here: {fact}"


def _ask(side: Side, when: When) -> _Answer:
    try:
        judgement = judge(side.reading, when)
    except FactsError as wrong:
        return _Answer({}, None, wrong.key or "")
    return _Answer(outcomes(judgement), judgement)


# Along an axis


def _walk(case: Case, found: _Comparison, looked_at: Sequence[Side]) -> None:
    """Asks both files at the points of the axis, at their cutoffs, and where what comes out changes in between.

    The first case of an axis finds where that is; the next ones ask there too, and in between only at the fixed points.
    """
    answers: dict[int, tuple[_Answer, _Answer]] = {}

    def ask(point: int) -> None:
        if point not in answers:
            when = case.at(point)
            answers[point] = _ask(found.old, when), _ask(found.new, when)

    def says(index: int, point: int) -> object:
        ask(point)
        return answers[point][index].turns_on

    axis = case.axis
    turns = found.turns.get(axis)
    for point in axis.points if turns is None else sorted({*axis.fixed, *turns}):
        ask(point)
    seen = [index for index, side in enumerate((found.old, found.new)) if side in looked_at]
    if axis.key in _MOMENTS:
        for flips_at in {at for pair in answers.values() for index in seen for at in _cutoffs(pair[index])}:
            ask(flips_at - 1)
            ask(flips_at)
    for first, last in pairwise(sorted(answers)):
        for index in seen:
            _halve(first, last, partial(says, index))
    points = sorted(answers)
    if turns is None:
        turning = (
            each for each in pairwise(points) if any(says(index, each[0]) != says(index, each[1]) for index in (0, 1))
        )
        found.turns[axis] = {point for pair in turning for point in pair}
    for point in points:
        found.add(case, point, *answers[point])


def _halve(first: int, last: int, at: Callable[[int], object]) -> None:
    while last - first > 1 and at(first) != at(last):
        middle = (first + last) // 2
        first, last = (first, middle) if at(first) != at(middle) else (middle, last)


_MOMENTS: Final = frozenset(moment for moment, _ in ACTIONS.values() if moment)


def _cutoffs(answer: _Answer) -> Iterator[int]:
    """The points at which the conditions of a decision flip: the first minute on the other side."""
    for decision in decisions_in(answer.judgement):
        for step in decision.steps:
            if step.cutoff is not None:
                yield minute_of(step.cutoff.flips)


def decisions_in(judgement: Judgement | None) -> tuple[Decision, ...]:
    """Every decision inside what was judged, whatever the action."""
    if judgement is None:
        return ()
    verdict = judgement.verdict
    return (judgement.decision,) if verdict is None else (verdict.report, *verdict.credits)


# What came out, in a small vocabulary


def outcomes(judgement: Judgement) -> dict[str, Outcome]:
    """Per decision of this case what came out."""
    if judgement.verdict is not None:
        report, deciding = judgement.verdict.report, judgement.decision
        found = {report.kind: _report(report, judgement)}
        if deciding is not report:
            found[deciding.kind] = _earning(judgement)
        return found
    decision = judgement.decision
    if judgement.request is not None:
        return {decision.kind: _asking(decision, judgement.request)}
    if judgement.cancel is not None:
        return {decision.kind: _cancelling(decision, judgement.cancel)}
    if decision.kind in ("credit.grant", "credit.closed_day"):
        return {decision.kind: _given(decision)}
    granted = _GRANTED.get(decision.kind)
    return {decision.kind: granted(decision, judgement) if granted and decision.granted else _plain(decision)}


def _plain(decision: Decision) -> Outcome:
    words = _REFUSED.get(decision.kind, {}).get(decision.outcome, decision.outcome)
    return Outcome(f"{words}: {decision.reason}" if decision.reason else words)


def _asking(decision: Decision, request: RequestVerdict) -> Outcome:
    if not request.allowed:
        return Outcome(f"{decision.outcome}: {decision.reason}" + (f", {request.instead}" if request.instead else ""))
    pays = pay_as_data(request.payment)
    paid = "" if pays is None else ", pays " + " and ".join(f"{amount} {pot}" for pot, amount in pays.items())
    left = f", {number(request.leftover)} {request.leftover_is}" if request.leftover else ""
    text = f"{decision.outcome}{paid}{left}"
    told = (request.answer_by, request.silence)
    return Outcome(
        text, told, f"{text}, answer {request.answer_by or 'without a day'} {request.silence or ''}".rstrip()
    )


def _cancelling(decision: Decision, cancel: CancelVerdict) -> Outcome:
    if not decision.granted:
        return Outcome(f"{'to_judge' if decision.outcome == 'to_judge' else 'not allowed'}: {decision.reason}")
    price = (
        f", {cancel.percent} %"
        if cancel.percent is not None
        else f", {cancel.euros} euros"
        if cancel.euros is not None
        else ""
    )
    return Outcome(f"allowed, {cancel.then}{price}")


def _given(decision: Decision) -> Outcome:
    if decision.earned is None:
        return Outcome(f"gives nothing: {decision.reason}")
    text = f"gives {number(decision.earned.amount)} {decision.earned.credit}"
    return Outcome(text, decision.earned.valid_until, f"{text}, valid {_until(decision.earned)}")


def _report(report: Decision, judgement: Judgement) -> Outcome:
    if not report.granted:
        return _plain(report)
    return Outcome("accepted, late" if judgement.verdict and judgement.verdict.late else "accepted")


def _earning(judgement: Judgement) -> Outcome:
    verdict = judgement.verdict
    earned = verdict.earned if verdict else ()
    if not earned:
        return _plain(judgement.decision)
    text = "earns " + " and ".join(f"{number(each.amount)} {each.credit}" for each in earned)
    until = tuple(each.valid_until for each in earned)
    return Outcome(text, until, f"{text}, valid {' and '.join(_until(each) for each in earned)}")


def _until(earned: Earned) -> str:
    return f"until {earned.valid_until}" if earned.valid_until else str(Validity("unlimited"))


#: How the answers that are no yes are called, per decision.
_REFUSED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "absence.report": {"refused": "not accepted"},
        "absence.credit": {"refused": "earns nothing"},
        "absence.withdraw": {"refused": "not allowed"},
        "credit.use": {"refused": "not usable"},
    }
)

#: What a yes is called, where it comes with an amount.
_GRANTED: Final[Mapping[str, Callable[[Decision, Judgement], Outcome]]] = MappingProxyType(
    {
        "absence.withdraw": lambda _, judgement: Outcome(f"allowed, takes back {number(judgement.taken_back)}"),
        "credit.use": lambda decision, judgement: Outcome(f"usable, pays {number(judgement.pays)} {decision.credit}"),
    }
)
