"""Writes the examples that `check` misses (W407) into a file: what comes out is asked of the engine.

The text is edited by position: every other byte, each comment and the line ends stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Any, Final

from spelregel.rules.care_calendar import cutoff, plus_months
from spelregel.rules.decision import Decision, Step
from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import Notice
from spelregel.rules.rulebook import RequestTerms, Rulebook, Situation, Terms
from spelregel.tenancy.check import Checked, check_text, reading_of
from spelregel.tenancy.examples import (
    Boundary,
    Place,
    boundaries,
    every_situation,
    minutes_tried,
    outcome_of,
    shown_places,
)
from spelregel.tenancy.facts_text import ACTIONS, FactsError, Reading
from spelregel.tenancy.judging import Judgement, judge
from spelregel.tenancy.yaml_source import LINE_END, Source
from spelregel.tenancy.yaml_text import as_yaml


@dataclass(frozen=True, slots=True)
class Example:
    """One entry of `examples`; `when` and `then` in the words of the file."""

    name: str
    when: Mapping[str, str]
    then: Mapping[str, str]


class CannotBeWritten(ValueError):
    """The file is laid out so that nothing can be added by position; `message` says how it must be."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def with_examples(raw: bytes, checked: Checked) -> tuple[bytes, tuple[Example, ...]]:
    """The file with an example on both sides of every deadline that lacks one, and what was added.

    `checked` is what `check_text` said of `raw`. A file with errors comes back as it is, and so does one that lacks
    nothing. A deadline that no day can show is left out: `check` goes on naming it. Raises CannotBeWritten.
    """
    if checked.tenant is None:
        return raw, ()
    added = tuple(missing_examples(checked.source, reading_of(checked.tenant)))
    if not added:
        return raw, ()
    written = _inserted(raw, checked.source, added)
    if check_text(written, checked.source.file).tenant is None:
        raise CannotBeWritten(msg("the examples cannot be put into this file: add them by hand"))
    return written, added


# Which examples


def missing_examples(source: Source, reading: Reading) -> Iterator[Example]:
    """In the order of the rules. What one example shows of another deadline is not shown twice."""
    judgements = [judge(reading, each["when"]) for each in source.data.get("examples", [])]
    names = {each["name"] for each in source.data.get("examples", [])}
    for place, wanted in _wanted(reading.rulebook).items():
        if place in shown_places(reading.rulebook, judgements):
            continue
        pair, boundary = _best_pair(reading, wanted)
        sides = minutes_tried(reading.rulebook, judgements)
        for side, case in zip(sides, pair or (), strict=False):
            if pair and place not in side:
                judgements.append(case.judgement)
                name = _unique(_name(pair, case, boundary, reading), names)
                yield Example(name, case.when, _then(case, boundary, reading))


def _wanted(rulebook: Rulebook) -> dict[Place, list[_Wanted]]:
    """Every deadline by its place, with the situations in which it holds: those of the day that examples are about first."""
    found: dict[Place, list[_Wanted]] = {}
    for version, situation, terms in every_situation(rulebook):
        window = _Window(version.since, _next_start(rulebook, version.since))
        for boundary in boundaries(terms):
            rule = boundary.notice
            if rule.value.kind != "none" and not rule.ref.open:
                found.setdefault(boundary.place, []).append(_Wanted(window, situation, terms, boundary))
    for each in found.values():
        each.sort(key=lambda wanted: not wanted.window.holds(_DAY))
    return found


def _best_pair(reading: Reading, wanted: list[_Wanted]) -> tuple[tuple[_Case, _Case] | None, Boundary]:
    """Of the first situation in which the answer flips, or else of the first that shows the deadline."""
    fallback, at = None, wanted[0].boundary
    for each in wanted:
        pair = _pair(reading, each)
        if pair and _flips(*pair, each.boundary, reading) == _CLEARLY:
            return pair, each.boundary
        if pair and (fallback is None or _flips(*pair, each.boundary, reading) > _flips(*fallback, at, reading)):
            fallback, at = pair, each.boundary
    return fallback, at


@dataclass(frozen=True, slots=True)
class _Window:
    """The days on which a version is in force: from `since`, until the day before `ends`."""

    since: date | None
    ends: date | None

    def holds(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.ends is None or day < self.ends)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A deadline, and one of the situations in which it holds."""

    window: _Window
    situation: Situation
    terms: Terms
    boundary: Boundary


@dataclass(frozen=True, slots=True)
class _Case:
    """`moment` on the organisation's clock."""

    when: Mapping[str, str]
    judgement: Judgement
    moment: datetime
    late: bool  # a minute after the limit


def _next_start(rulebook: Rulebook, since: date | None) -> date | None:
    later = [each.since for each in rulebook.versions if each.since and (since is None or each.since > since)]
    return min(later, default=None)


#: The day of care that examples without a reason for another day are about.
_DAY: Final = date(2026, 12, 10)
#: The hours of care: a morning, else an afternoon (a limit on the day itself can lie after eight), else a whole day.
_HOURS: Final = ((time(8), time(13)), (time(14), time(18, 30)), (time(8), time(18)))


def _days(window: _Window) -> Iterator[date]:
    """Days of care to try: a year and more from the day the version starts; of the first version the days before, too."""
    first = _DAY if window.since is None else window.since
    if window.since is None and window.ends is not None and window.ends <= first:
        first = window.ends
    yield from (first + timedelta(days=n) for n in range(430))
    if window.since is None:
        yield from (first - timedelta(days=n) for n in range(1, 430))


#: So many days are tried with the same facts for one where the answer flips, once one is found that shows the deadline;
#: and so many cases in all.
_ENOUGH: Final = 16
_AT_MOST: Final = 2000


def _pair(reading: Reading, wanted: _Wanted) -> tuple[_Case, _Case] | None:
    """The last minute and the one after it; at best where the answer flips between them."""
    fallback, best, tried = None, 0, 0
    days = {hours: _days_with_limit(reading.rulebook, wanted, hours[0]) for hours in _HOURS}
    boundary = wanted.boundary
    for facts in _facts_to_try(reading.rulebook, wanted):
        shown = 0
        if tried > _AT_MOST and fallback:
            break
        for day, last in days[facts["hours"]]:
            first, second = (_case(reading, boundary, facts, day, last, late) for late in (False, True))
            tried += 1
            if first is None or second is None or shown > _ENOUGH:
                break  # these facts do not go together, on no day
            if not (_shows(first, boundary) and _shows(second, boundary)):
                continue
            shown += 1
            grade = _flips(first, second, boundary, reading)
            if grade == _CLEARLY:
                return first, second
            if fallback is None or grade > best:
                fallback, best = (first, second), grade
    return fallback


def _days_with_limit(rulebook: Rulebook, wanted: _Wanted, starts: time) -> list[tuple[date, datetime]]:
    """Days of care with the last minute for them: one of every kind and holiday first, since rules differ by those."""
    special, window = wanted.terms.calendar, wanted.window
    alike: Counter[tuple[str, object]] = Counter()
    found = []
    for day in _days(window):
        if not special.is_workday(day):
            continue
        last = _last_minute(rulebook, wanted.terms, wanted.boundary.notice.value, day, starts)
        if window.holds(last.date()) and window.holds((last + timedelta(minutes=1)).date()):
            kind = (special.kind_of(day), special.school_holiday_on(day))
            found.append((alike[kind], day, last))
            alike[kind] += 1
    return [(day, last) for _, day, last in sorted(found, key=lambda each: each[0])]


def _last_minute(rulebook: Rulebook, terms: Terms, notice: Notice, day: date, starts: time) -> datetime:
    until = cutoff(notice, day, starts, rulebook.zone, terms.calendar)
    return until.last_minute() if until else datetime.combine(day, starts)


def _case(
    reading: Reading, boundary: Boundary, facts: Mapping[str, Any], day: date, last: datetime, late: bool
) -> _Case | None:
    """None when the facts do not go together."""
    moment = last + timedelta(minutes=late)
    hours = "{:%H:%M}-{:%H:%M}".format(*facts["hours"])
    care = f"{day} {hours}"
    when = {boundary.action: str(day) if boundary.action == "holiday_contract" else care}
    if boundary.action == "swap":
        other = _other_day(reading, day, facts.get("days between", 1))
        if other is None:
            return None
        given = f"{other} {hours}"
        when = {"swap": given, "gives_up": care} if boundary.gives_up else {"swap": care, "gives_up": given}
    when[boundary.moment_key] = f"{moment:%Y-%m-%d %H:%M}"
    if boundary.beside:
        key, _, value = boundary.beside.removeprefix(", ").partition(": ")
        when[key] = value
    known = ACTIONS[boundary.action][1]
    for key, value in facts.items():
        if key == "born":
            when[key] = plus_months(day, -value).isoformat()
        elif key in known:
            when[key] = f"{moment - timedelta(minutes=value):%Y-%m-%d %H:%M}" if key in ("reported", "sent") else value
    try:
        return _Case(when, judge(reading, {key: _read_back(value) for key, value in when.items()}), moment, late)
    except FactsError:
        return None


def _read_back(text: str) -> Any:
    return int(text) if text.isdigit() else text


def _other_day(reading: Reading, day: date, least: int) -> date | None:
    """The next day, at least so many later, on which care can be swapped with `day`."""
    calendar = next(reading.rulebook.every_terms()).calendar
    days = (day + timedelta(days=n) for n in range(least, least + 60))
    return next((d for d in days if calendar.is_workday(d) and calendar.kind_of(d) == calendar.kind_of(day)), None)


def _facts_to_try(rulebook: Rulebook, wanted: _Wanted) -> Iterator[dict[str, Any]]:
    """Whom the rule is for, with as few other facts as can be: what a rule needs and nobody tells goes to a person."""
    terms, action = wanted.terms, wanted.boundary.action
    request = terms.swap.request if action == "swap" and terms.swap else terms.requests.get(action)
    day = {"day": "study day"} if action == "study_day" else {}
    others: list[dict[str, Any]] = [{}, {"so_far": "0"}, {"sign_ups": "20"}, {"so_far": "0", "sign_ups": "20"}]
    if request and request.payment and any(pot != "invoice" for pot in request.payment.pay_with.value or ()):
        others += [{**each, "credit": "40"} for each in others]
    others += [{**others[-1], "weekly": "20 hours", "contract_started": "2026-01-01"}]
    if action in ("withdraw_absence", "cancel"):  # minutes since the report or the request itself
        others = [{**each, **more} for more in ({}, {"reported": 60, "sent": 2 * 24 * 60}) for each in others]
    if action == "swap":
        others = [{**each, "days between": n} for n in (1, 4, 15) for each in others]
    for by, each in product(({}, {"by": "staff"}), others):
        for who, hours in product(_who_to_try(rulebook, wanted.situation, terms, request), _HOURS):
            yield {"hours": hours, **who, **day, **each, **by}


def _who_to_try(
    rulebook: Rulebook, situation: Situation, terms: Terms, request: RequestTerms | None
) -> Iterator[dict[str, Any]]:
    """The situation itself, and every other kind of care for which these terms hold too."""
    named: dict[str, Any] = {
        key: getattr(situation, key)
        for key in ("location", "contract", "product", "reason")
        if getattr(situation, key) is not None
    }
    if situation.age is not None:
        named["born"] = situation.age
    if situation.contract_started is not None:
        named["contract_started"] = situation.contract_started.isoformat()
    if request and request.contracts and request.contracts.value and "contract" not in named:
        named["contract"] = request.contracts.value[0]
    first = situation.care_type or rulebook.care_types[0]
    for care_type in (first, *(each for each in rulebook.care_types if each != first)):
        other = replace(situation, care_type=care_type)
        if care_type == first or any(version.of(other) is terms for version in rulebook.versions):
            yield named if care_type == rulebook.care_types[0] else {"care_type": care_type, **named}


def _decisions(judgement: Judgement) -> tuple[Decision, ...]:
    return (judgement.verdict.report, *judgement.verdict.credits) if judgement.verdict else (judgement.decision,)


def _shows(case: _Case, boundary: Boundary) -> bool:
    """Was it this very deadline, and on this side of it."""

    def is_it(step: Step) -> bool:
        rules = [boundary.notice.ref, *([boundary.late] if boundary.late and case.late else [])]
        if step.cutoff is None or step.rule not in rules:
            return False
        return step.cutoff.last_minute() + timedelta(minutes=case.late) == case.moment

    return any(is_it(step) for decision in _decisions(case.judgement) for step in decision.steps)


_CLEARLY: Final = 2


def _flips(first: _Case, second: _Case, boundary: Boundary, reading: Reading) -> int:
    """_CLEARLY when the answer itself flips; 1 when only what it comes to does, such as that a person decides; else 0."""
    before, after = outcome_of(first.judgement, reading), outcome_of(second.judgement, reading)
    keys = (boundary.flips, "follows", "instead", *(["outcome"] if boundary.action == "withdraw_absence" else []))
    if any(before.get(key) != after.get(key) for key in keys):
        return _CLEARLY
    return int(before["outcome"] != after["outcome"])


# What an example says


def _then(case: _Case, boundary: Boundary, reading: Reading) -> dict[str, str]:
    """The answer that flips, and what else a reader would ask next."""
    got = outcome_of(case.judgement, reading)
    keys = [boundary.flips]
    if boundary.action == "absence":
        keys = ["accepted", *(["earns"] if case.judgement.verdict and case.judgement.verdict.credits else [])]
        keys += ["valid_until"] if got["earns"] != "nothing" else []
        keys += ["late"] if boundary.flips == "late" else []
    elif boundary.action == "cancel":
        keys += ["follows"] if got["allowed"] == "true" else []
    elif boundary.action == "withdraw_absence":
        keys += ["outcome"] if got["outcome"] == "to_judge" else []
    else:
        keys = ["allowed", "outcome", *(["guaranteed"] if boundary.flips == "guaranteed" else [])]
    if case.late and got["reason"] not in ("none", ""):
        keys.append("reason")
    return {key: got[key] for key in keys}


#: A name says on which side of the limit it is, and what follows: (in time, too late).
_NAMES: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("absence", "accepted"): ("A report of absence is taken until {at}", "At {at} it is too late to report the absence"),
    ("absence", "late"): ("A report of absence is expected until {at}", "A report at {at} is called late"),
    ("absence", "earns"): ("Reported until {at}, the absence earns credit", "Reported at {at}, the absence earns no credit"),
    ("withdraw_absence", "allowed"): ("An absence can be taken back until {at}", "At {at} it is too late to take the absence back"),
    ("request", "allowed"): ("One can ask for {what} until {at}", "At {at} it is too late to ask for {what}"),
    ("request", "guaranteed"): ("Asked for until {at}, {what} is certain", "Asked for at {at}, {what} is not certain any more"),
    ("give_up", "allowed"): ("The day that a swap gives up can be given up until {at}", "At {at} it is too late to give that day up in a swap"),
    ("cancel", "allowed"): ("After approval one can cancel {what} until {at}", "At {at} it is too late to cancel {what} that was approved"),
}  # fmt: skip
_WHAT: Final[Mapping[str, str]] = {
    "swap": "a swap",
    "study_day": "a study day",
    "holiday_contract": "a holiday contract",
}
_GOOD: Final = {"late": "false"}


def _name(pair: tuple[_Case, _Case], case: _Case, boundary: Boundary, reading: Reading) -> str:
    what = _WHAT.get(boundary.action, boundary.action).replace("_", " ")
    kind = boundary.action if boundary.action in ("absence", "withdraw_absence", "cancel") else "request"
    if boundary.gives_up:
        kind = "give_up"
    elif kind == "cancel":
        of = boundary.beside.rpartition(": ")[2]
        what = _WHAT.get(of, of).replace("_", " ")
    at = f"{case.moment:%H:%M} on {case.moment.day} {case.moment:%B %Y}"
    follows = outcome_of(case.judgement, reading).get("follows")
    if _as_its_name_says(pair, boundary, reading):
        sentence = _NAMES[(kind, boundary.flips)][case.late].format(at=at, what=what)
    elif (
        kind == "cancel"
        and not case.late
        and follows is not None
        and outcome_of(case.judgement, reading)["allowed"] == "true"
    ):
        sentence = _NAMES[(kind, boundary.flips)][0].format(at=at, what=what)
    elif kind == "cancel" and follows not in (None, "nothing"):
        sentence = f"What follows when one cancels {what} at {at} is this: {follows}"
    else:
        limit = f"of {boundary.notice.ref.path}"
        sentence = f"At {at} the limit {limit} has passed" if case.late else f"The limit {limit} is {at}"
    return sentence + _for_whom(case.when)


def _as_its_name_says(pair: tuple[_Case, _Case], boundary: Boundary, reading: Reading) -> bool:
    key = "outcome" if boundary.action == "withdraw_absence" else boundary.flips
    before, after = (outcome_of(case.judgement, reading)[key] for case in pair)
    if key == "outcome":  # whether the place is still free, a person says
        return before != "refused" and after == "refused"
    if boundary.flips == "earns":
        return before != "nothing" and after == "nothing"
    good = _GOOD.get(boundary.flips, "true")
    return before == good and after != good


def _for_whom(when: Mapping[str, str]) -> str:
    named = [
        when[key].replace("_", " ") for key in ("care_type", "location", "contract", "product", "reason") if key in when
    ]
    return f", for {' and '.join(named)}" if named else ""


def _unique(name: str, names: set[str]) -> str:
    """Two rules can have one limit: then the second name is counted."""
    found, n = name, 2
    while found in names:
        found, n = f"{name}, case {n}", n + 1
    names.add(found)
    return found


# Where it is put


def _inserted(raw: bytes, source: Source, added: tuple[Example, ...]) -> bytes:
    text = raw.decode("utf-8")  # a mark of byte order at the start stays where it is
    lines = _lines_of(text)
    newline = _newline(text)
    margin = source.keys[("format",)].column - 1
    if source.line(source.keys[("format",)].line).lstrip("\ufeff ").startswith(("{", '"')):
        raise CannotBeWritten(msg("the file stands in { }: write one key on each line, and try again"))
    key = source.keys.get(("examples",))
    if key is None:
        at = next((n for n, line in enumerate(lines) if n and line.rstrip() == "..."), len(lines))
        head = [" " * margin + "examples:"] if not lines[at - 1].strip() else ["", " " * margin + "examples:"]
        return _with_lines(lines, at, [*head, *_as_lines(added, " " * (margin + 2))], newline).encode("utf-8")
    first = source.keys.get(("examples", 0, "name"))
    if first is None:
        return _into_an_empty_list(lines, key.line, added, margin, newline).encode("utf-8")
    dash = re.match(r" *(?=- )", source.line(_first_line(source)))
    if dash is None:
        raise CannotBeWritten(msg("the examples stand in [ ]: write them below each other, each behind a “- ”"))
    at = _end_of_block(source, lines, key.line, margin)
    return _with_lines(lines, at, _as_lines(added, dash[0]), newline).encode("utf-8")


def _first_line(source: Source) -> int:
    return min(span.line for path, span in source.keys.items() if path[:2] == ("examples", 0))


def _lines_of(text: str) -> list[str]:
    """Each with its own end; counted as YAML counts them."""
    starts = [0, *(found.end() for found in LINE_END.finditer(text))]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True) if text[start:end]]


def _newline(text: str) -> str:
    ends = [found.group() for found in LINE_END.finditer(text)]
    return max(("\n", "\r\n", "\r"), key=ends.count)


def _end_of_block(source: Source, lines: list[str], key_line: int, margin: int) -> int:
    """The number of lines up to and with the last of this block, or of the file: comments below it belong to what follows."""
    following = [span.line for path, span in source.keys.items() if len(path) == 1 and span.line > key_line]
    at = min(following, default=len(lines) + 1) - 1
    while at and (not lines[at - 1].strip() or _ends_nothing(lines[at - 1], margin, last=not following)):
        at -= 1
    return at


def _ends_nothing(line: str, margin: int, *, last: bool) -> bool:
    """A comment at the margin, or the mark that a document ends."""
    return line.startswith(" " * margin + "#") or (last and line.rstrip() == "...")


def _with_lines(lines: list[str], at: int, new: list[str], newline: str) -> str:
    before = "".join(lines[:at])
    if before and not LINE_END.search(before[-2:]):
        before += newline
    return before + "".join(line + newline for line in new) + "".join(lines[at:])


def _into_an_empty_list(lines: list[str], line: int, added: tuple[Example, ...], margin: int, newline: str) -> str:
    """“examples: []” on one line."""
    empty = re.match(r"([ \ufeff]*examples *:) *\[ *\]", lines[line - 1])
    if empty is None:
        raise CannotBeWritten(msg("the examples stand in [ ]: write them below each other, each behind a “- ”"))
    opened = empty[1] + lines[line - 1][empty.end() :]
    return _with_lines([*lines[: line - 1], opened, *lines[line:]], line, _as_lines(added, " " * (margin + 2)), newline)


def _as_lines(examples: tuple[Example, ...], indent: str) -> list[str]:
    lines = []
    for each in examples:
        lines.append(f"{indent}- name: {as_yaml(each.name, alone=True)}")
        lines.append(f"{indent}  when: {in_braces(each.when)}")
        lines.append(f"{indent}  then: {in_braces(each.then)}")
    return lines


def in_braces(facts: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {_value(value)}" for key, value in facts.items()) + "}"


def _value(text: str) -> str:
    """Dates, moments and numbers with a unit are plain; `true` and `false` are meant as such."""
    if re.fullmatch(r"[0-9][\w .:-]*[\w]|[0-9]|true|false", text):
        return text
    return as_yaml(text)
