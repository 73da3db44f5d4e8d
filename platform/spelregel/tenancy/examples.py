"""Runs a file's own examples: `then` names only what matters, and an unknown name is an error."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from spelregel.rules.care_calendar import cutoff
from spelregel.rules.decision import Decision, Step, number
from spelregel.rules.facts import AbsenceFacts, CreditUseFacts, GrantFacts, WithdrawalFacts
from spelregel.rules.message import msg
from spelregel.rules.phrases import Notice
from spelregel.rules.problems import Path, Problem
from spelregel.rules.rulebook import Rulebook, RuleRef, Situation, Sourced, Terms, Version
from spelregel.tenancy.facts_text import FactsError, Reading
from spelregel.tenancy.judging import Judgement, asked_at, bill_text, judge, pay_as_data
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
        wanted = "boolean" if key in _SWITCHES else "object" if key == "pay" else "string"
        if wanted == "object" and isinstance(expected, dict):
            wanted = "known"
        if wanted == "known":
            got = known[key](expected)
            if got is not None:
                problems.append(
                    _failed(source, where, example["name"], key, expected, got, judgement, reading.rulebook)
                )
            continue
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
_SWITCHES: Final = ("accepted", "late", "allowed", "usable", "guaranteed")


def _deciding_step(key: str, judgement: Judgement, rulebook: Rulebook) -> Step:
    """The rule that refused; where nothing did, the deadline that was kept, else the last rule that was asked."""
    decision, facts = judgement.decision, judgement.facts
    if key == "valid_until" and isinstance(facts, AbsenceFacts) and decision.earned:
        terms = rulebook.terms_at(facts.reported, facts.care, facts.reason)
        return Step(terms.credits[decision.earned.credit].valid.ref, "noted", "still_valid")
    if key == "taken_back" and decision.granted:
        return decision.steps[-1]
    if judgement.verdict and key in ("accepted", "late"):
        decision = judgement.verdict.report
        if key == "late" and decision.granted:
            return decision.steps[-1]
    if decision.decided_by is not None:
        return decision.steps[decision.decided_by]
    if key == "pay" and judgement.request and judgement.request.payment:
        return judgement.request.payment.steps[-1]
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
            "bill": same(bill_text(verdict)),
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
    elif judgement.request is not None:
        request = judgement.request
        answers |= {
            "allowed": same(request.allowed),
            "guaranteed": same(request.guaranteed),
            "instead": same(request.instead or "nobody"),
            "pay": lambda expected: _compare_payment(expected, judgement, reading),
            "answer_by": same(request.answer_by.isoformat() if request.answer_by else "not said"),
            "silence": same(request.silence or "not said"),
            "leftover": same(number(request.leftover)),
            "leftover_is": same(request.leftover_is or "nothing"),
        }
    elif judgement.cancel is not None:
        cancel = judgement.cancel
        price = (
            f"{cancel.percent} %"
            if cancel.percent is not None
            else f"{cancel.euros} euros"
            if cancel.euros is not None
            else "none"
        )
        answers |= {"allowed": same(decision.granted), "follows": same(cancel.then or "nothing"), "price": same(price)}
    elif isinstance(facts, GrantFacts):
        given = (decision.earned,) if decision.earned else ()
        answers |= {
            "earns": lambda expected: _compare_earned(expected, given, reading),
            "valid_until": same(
                (given[0].valid_until.isoformat() if given[0].valid_until else "unlimited")
                if given
                else "nothing earned"
            ),
        }
    elif isinstance(facts, CreditUseFacts):
        answers |= {"usable": same(decision.granted), "pays": same(number(judgement.pays))}
    return answers


def outcome_of(judgement: Judgement, reading: Reading) -> dict[str, str]:
    """Every answer as an example would have to expect it."""
    compare = _answers(judgement, reading)
    return {key: compare[key](_NOBODY_EXPECTS) or "" for key in compare}


_NOBODY_EXPECTS: Final = object()  # differs from every answer, so that each comparison says what came out


def _compare_earned(expected: Any, earned: tuple[Any, ...], reading: Reading) -> str | None:
    got = f"{number(earned[0].amount)} {earned[0].credit}" if earned else "nothing"
    if expected == got:
        return None
    number_part, _, word = str(expected).partition(" ")
    if earned and reading.credit_words.get(word) == earned[0].credit and number_part == str(number(earned[0].amount)):
        return None
    return got


def _compare_payment(expected: Any, judgement: Judgement, reading: Reading) -> str | None:
    """{tegoed: 2 hours, invoice: 3 hours}: numbers are compared, units are for the reader."""
    paid = pay_as_data(judgement.request.payment if judgement.request else None) or {}
    wanted = {}
    for pot, amount in expected.items() if isinstance(expected, dict) else ():
        first = str(amount).split(" ")[0]
        wanted["invoice" if pot == "invoice" else reading.credit_words.get(str(pot), str(pot))] = first
    if wanted == {pot: str(amount) for pot, amount in paid.items()}:
        return None
    return ", ".join(f"{pot}: {amount}" for pot, amount in paid.items()) or "nothing"


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
    shown_or_reported = shown_places(rulebook, judgements)
    for version, situation, terms in every_situation(rulebook):
        who = _who(situation, rulebook)
        for boundary in boundaries(terms):
            rule = boundary.notice
            place = boundary.place
            if rule.value.kind == "none" or rule.ref.open or place in shown_or_reported:
                continue
            shown_or_reported.add(place)
            span = next(s for s in source.values.values() if (s.line, s.column) == place)
            help = msg("“spelregel check --write-examples” adds both")
            if boundary.action == "absence" and situation.season is None and rule.ref.layer != "exception":
                care, last = _instance(rulebook, terms, rule.value, version.since)
                help = msg("add “%(action)s: %(care)s, %(key)s: %(moment)s” as an example, and one a minute later",
                           action=boundary.action, care=care, key=boundary.moment_key, moment=f"{last}{who}{boundary.beside}")  # fmt: skip
            yield source.problem("W407", span, msg("no example shows the last minute that is in time, or none shows the minute after it"),
                                 help, severity="warning")  # fmt: skip


def shown_places(rulebook: Rulebook, judgements: Iterable[Judgement]) -> set[Place]:
    """The deadlines of which both sides stand among the examples, in one situation or another."""
    before, after = minutes_tried(rulebook, judgements)
    return {
        boundary.place
        for _, _, terms in every_situation(rulebook)
        for boundary in boundaries(terms)
        if boundary.shown_in(before, after)
    }


def every_situation(rulebook: Rulebook) -> Iterator[tuple[Version, Situation, Terms]]:
    """Of every version the kinds of care and locations, and one situation of each other set of layers."""
    for version in rulebook.versions:
        seen: set[int] = set()
        for care_type in rulebook.care_types:
            for location in (None, *rulebook.locations):
                terms = version.of(Situation(care_type, location))
                if id(terms) not in seen:
                    seen.add(id(terms))
                    yield version, Situation(care_type, location), terms
        for selector in version.selectors:
            situation = selector.plainest(rulebook.care_types[0])
            terms = version.of(situation)
            if id(terms) not in seen:
                seen.add(id(terms))
                yield version, situation, terms


def _who(situation: Situation, rulebook: Rulebook) -> str:
    """The facts that say for whom a rule differs, as an example has them."""
    words = "" if situation.care_type == rulebook.care_types[0] else f", care_type: {situation.care_type}"
    for key in ("location", "contract", "product", "reason"):
        words += f", {key}: {getattr(situation, key)}" if getattr(situation, key) else ""
    return words


def minutes_tried(rulebook: Rulebook, judgements: Iterable[Judgement]) -> tuple[set[Place], set[Place]]:
    """The deadlines of which an example shows the last minute that is in time, and those of which one shows the next."""
    before: set[Place] = set()
    after: set[Place] = set()
    for judgement in judgements:
        decisions: tuple[Decision, ...] = (judgement.decision,)
        if judgement.verdict:
            decisions = (judgement.verdict.report, *judgement.verdict.credits)
        moment = asked_at(judgement.facts).astimezone(rulebook.zone).replace(tzinfo=None)
        for decision in decisions:
            for step in decision.steps:
                if step.cutoff and moment == step.cutoff.last_minute():
                    before.add(place_of(step.rule))
                elif step.cutoff and moment == step.cutoff.last_minute() + timedelta(minutes=1):
                    after.add(place_of(step.rule))
    return before, after


def place_of(ref: RuleRef) -> Place:
    return ref.line, ref.column


@dataclass(frozen=True, slots=True)
class Boundary:
    """A deadline, with the action of an example that shows it, the answer that flips at it, the key of its moment, and
    what goes beside it.
    """

    action: str
    flips: str
    moment_key: str
    notice: Sourced[Notice]
    beside: str = ""
    gives_up: bool = False
    late: RuleRef | None = None  # the rule that answers a minute later, where that is another one

    def shown_in(self, before: Collection[Place], after: Collection[Place]) -> bool:
        """Do both sides of it stand among the examples; the sides as `minutes_tried` finds them."""
        return self.place in before and (
            self.place in after or (self.late is not None and place_of(self.late) in after)
        )

    @property
    def place(self) -> Place:
        return place_of(self.notice.ref)


def boundaries(terms: Terms) -> Iterator[Boundary]:
    """Every deadline of these terms."""
    yield Boundary("absence", "accepted", "reported", terms.absence.notice)
    if terms.absence.expected:
        yield Boundary("absence", "late", "reported", terms.absence.expected)
    yield Boundary("withdraw_absence", "allowed", "asked", terms.absence.withdraw.notice)
    for request in (*terms.requests.values(), *([terms.swap.request] if terms.swap else [])):
        yield Boundary(request.action, "allowed", "asked", request.notice)
        if request.guaranteed_if:
            yield Boundary(request.action, "guaranteed", "asked", request.guaranteed_if.notice)
        if request.cancel and request.cancel.approved:
            yield Boundary("cancel", "allowed", "asked", request.cancel.approved, f", of: {request.action}",
                           late=request.cancel.late.ref if request.cancel.late else None)  # fmt: skip
    if terms.swap:
        yield Boundary("swap", "allowed", "asked", terms.swap.give_up, gives_up=True)
    for credit in terms.credits.values():
        if credit.earned_if:
            yield Boundary("absence", "earns", "reported", credit.earned_if.notice)


def _instance(rulebook: Rulebook, terms: Terms, notice: Notice, since: date | None) -> tuple[str, str]:
    """A day of care on which the rule holds, and the last minute that is in time for it."""
    day, starts = date(2026, 12, 10) if since is None else since, time(8)
    while True:
        until = cutoff(notice, day, starts, rulebook.zone, terms.calendar)
        last = until.last_minute() if until else datetime.combine(day, starts)
        fits = notice.anchor != "holiday" or terms.calendar.school_holiday_on(day) is not None
        if terms.calendar.is_workday(day) and fits and (since is None or last.date() >= since):
            return f"{day} {starts:%H:%M}-13:00", f"{last:%Y-%m-%d %H:%M}"
        day += timedelta(days=1)
