"""A log of recorded facts judged once more: what comes out differently from what was recorded then."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from spelregel.rules.message import Message, msg
from spelregel.tenancy.examples import differences
from spelregel.tenancy.facts_text import FactsError, Reading
from spelregel.tenancy.judging import Judgement, judge, judgement_as_data

#: What a trace tells of the file and of the way to its outcome: that may change without a parent feeling it.
_ABOUT_THE_FILE: Final = frozenset(
    ("decision", "tenant", "config", "facts", "steps", "decided_by", "report", "would_have_been", "next", "asked_at")
)


@dataclass(frozen=True, slots=True)
class Difference:
    answer: str
    recorded: str
    now: str


@dataclass(slots=True)
class Kind:
    """Lines whose answers differ in the same way, apart from numbers and dates; `line` is the first of them."""

    decision: str
    differences: tuple[Difference, ...]
    line: int
    when: Mapping[str, Any]
    count: int = 0


@dataclass(slots=True)
class Replayed:
    """`lines` that could be read, how many `differ`, and per line that could not be read why."""

    lines: int = 0
    differ: int = 0
    kinds: list[Kind] = field(default_factory=list)
    unreadable: list[tuple[int, Message]] = field(default_factory=list)


class _Unreadable(ValueError):
    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def replay(log: Iterable[bytes], reading: Reading) -> Replayed:
    """`log`: one JSON object per line, {"when", "then"} as in an example, or a decision as `decide` prints or keeps it.

    Empty lines are passed over; a line that cannot be read is noted, and the rest goes on.
    """
    found = Replayed()
    kinds: dict[object, Kind] = {}
    for number, line in enumerate(log, 1):
        if line.isspace():
            continue
        try:
            when, judgement, differing = _line(line, reading)
        except _Unreadable as wrong:
            found.unreadable.append((number, wrong.message))
            continue
        found.lines += 1
        if differing:
            found.differ += 1
            decision = judgement.decision.kind
            key = (decision, *((each.answer, _shape(each.recorded), _shape(each.now)) for each in differing))
            kind = kinds.setdefault(key, Kind(decision, differing, number, when))
            kind.count += 1
    found.kinds = sorted(kinds.values(), key=lambda kind: -kind.count)
    return found


def _line(line: bytes, reading: Reading) -> tuple[Mapping[str, Any], Judgement, tuple[Difference, ...]]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number of thousands of digits
        raise _Unreadable(msg("this line is not JSON")) from None
    if not isinstance(data, dict):
        raise _Unreadable(msg("a line must be one JSON object"))
    when, then, trace = data.get("when", data.get("facts")), data.get("then"), data.get("trace", data)
    if not isinstance(when, dict) or not (isinstance(then, dict) if "when" in data else isinstance(trace, dict)):
        raise _Unreadable(msg("a line holds “when” and “then”, or “facts” with what was decided"))
    try:
        judgement = judge(reading, when)
        differing = (
            _from_then(then, judgement, reading) if then is not None else _from_trace(trace, judgement, reading, when)
        )
        return when, judgement, tuple(differing)
    except FactsError as wrong:
        raise _Unreadable(
            msg("%(message)s: %(help)s", message=wrong.message, help=wrong.help) if wrong.help else wrong.message
        ) from None


def _from_then(then: Mapping[str, Any], judgement: Judgement, reading: Reading) -> Iterator[Difference]:
    for answer, recorded, now in differences(then, judgement, reading):
        if now is None:
            raise FactsError(answer, msg("unknown answer “%(key)s”", key=answer))
        yield Difference(answer, _plain(recorded), now)


def _from_trace(
    trace: Mapping[str, Any], judgement: Judgement, reading: Reading, when: Mapping[str, Any]
) -> Iterator[Difference]:
    """Only the answers that were recorded: a newer program may give more of them."""
    if "outcome" not in trace:
        raise FactsError(None, msg("a line holds “when” and “then”, or “facts” with what was decided"))
    now = judgement_as_data(judgement, reading, when)
    for answer, recorded in trace.items():
        if answer not in _ABOUT_THE_FILE and recorded != now.get(answer):
            yield Difference(answer, _plain(recorded), _plain(now.get(answer)))
    was, becomes = _reason(trace), _reason(now)
    if was != becomes:
        yield Difference("reason", was, becomes)


def _reason(trace: Mapping[str, Any]) -> str:
    try:
        return "none" if trace["decided_by"] is None else str(trace["steps"][trace["decided_by"]]["reason"])
    except (KeyError, IndexError, TypeError):
        raise FactsError(None, msg("a line holds “when” and “then”, or “facts” with what was decided")) from None


def _plain(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(each)}" for key, each in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=8192)
def _shape(text: str) -> str:
    return re.sub(r"\d[\d:.T+-]*( \d\d:\d\d)?", "#", text)
