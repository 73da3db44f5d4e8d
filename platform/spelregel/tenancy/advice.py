"""What is not wrong and still worth a look: old changes, an old review, quotes that say something else, odd scalars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from spelregel.rules.care_calendar import plus_months
from spelregel.rules.message import msg
from spelregel.rules.problems import Path, Problem, Span
from spelregel.tenancy.yaml_source import Source


def started_before(source: Source, today: date | None) -> Iterator[Problem]:
    """A new change may not rewrite the past. One that is older than the last review was seen by somebody."""
    last_review = source.data.get("reviewed", "")
    for index, change in enumerate(source.data.get("changes", [])):
        if today and last_review < change["from"] < today.isoformat():
            yield source.problem("W405", source.place(("changes", index, "from")), msg("this change starts before today: what was decided since then is not redone"),
                                 msg("if that is meant, write “reviewed: %(day)s” at the top of the file", day=today.isoformat()), severity="warning")  # fmt: skip


def reviewed(source: Source, today: date | None) -> Iterator[Problem]:
    if not today or "reviewed" not in source.data:
        return
    if plus_months(date.fromisoformat(source.data["reviewed"]), 12) <= today:
        yield source.problem("W409", source.place(("reviewed",)), msg("nobody has reviewed this file for twelve months"),
                             msg("read it beside what the organisation does now, and write the new date"), severity="warning")  # fmt: skip


#: Plain words that the YAML of other programs takes for true, false, nothing or a number.
_OTHER_SWITCH: Final = re.compile(r"y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|True|TRUE|False|FALSE")
_OTHER_NOTHING: Final = re.compile(r"Null|NULL")
_OTHER_NUMBER: Final = re.compile(
    r"0[0-7_]+|[-+]?[0-9][0-9_]*_[0-9_]*|0x[0-9a-fA-F_]+|0b[01_]+|[1-9][0-9]*(?::[0-5]?[0-9])+|[-+]?[0-9]+\.[0-9]*(?:e[-+][0-9]+)?"
)


def read_differently(source: Source) -> Iterator[Problem]:
    for places in (source.keys, source.values):
        for path, span in places.items():
            if path[:1] == ("examples",):
                continue  # facts and answers have a reader of their own
            text = path[-1] if places is source.keys and path else None
            if places is source.values:
                text = source.at(path)
            if not isinstance(text, str) or source.line(span.line)[span.column - 1 : span.end - 1] != text:
                continue  # quoted, or no text
            kind = (
                msg("true or false") if _OTHER_SWITCH.fullmatch(text)
                else msg("nothing") if _OTHER_NOTHING.fullmatch(text)
                else msg("a number") if _OTHER_NUMBER.fullmatch(text)
                else None
            )  # fmt: skip
            if kind:
                yield source.problem("W411", span, msg("other programs read “%(value)s” as %(kind)s", value=text, kind=kind),
                                     msg('put quotes around it: "%(value)s"', value=text), severity="warning")  # fmt: skip


_CLOCK: Final = re.compile(r"(?<![0-9:.])([01]?[0-9]|2[0-3])[:.]([0-5][0-9])(?![0-9:.]*[0-9])")
_LENGTH: Final = re.compile(
    r"(?<![0-9:.,])([0-9]{1,3}|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|two|three|four|five|six|seven|eight|nine|ten)"
    r" (uur|uren|hours?|dagen|dag|days?|werkdagen|werkdag|workdays?|weken|week|weeks|maanden|maand|months?|jaar|years?)\b",
    re.I,
)
_NUMBERS: Final = {
    word: n
    for words in ("twee drie vier vijf zes zeven acht negen tien", "two three four five six seven eight nine ten")
    for n, word in enumerate(words.split(), 2)
}
_UNITS: Final[dict[str, tuple[str, int]]] = {
    "u": ("hour", 1), "h": ("hour", 1), "d": ("hour", 24), "we": ("hour", 168), "m": ("month", 1), "j": ("month", 12),
    "y": ("month", 12), "wer": ("workday", 1), "wo": ("workday", 1),
}  # fmt: skip


def _clocks(text: str) -> dict[tuple[str, int], re.Match[str]]:
    return {("clock", int(found[1]) * 60 + int(found[2])): found for found in _CLOCK.finditer(text)}


def _lengths(text: str) -> dict[tuple[str, int], re.Match[str]]:
    lengths = {}
    for found in _LENGTH.finditer(text):
        word = found[2].lower()
        unit, times = next(_UNITS[word[:n]] for n in (3, 2, 1) if word[:n] in _UNITS)
        lengths[(unit, times * (_NUMBERS.get(found[1].lower()) or int(found[1])))] = found
    return lengths


def quotes_say_otherwise(source: Source) -> Iterator[Problem]:
    """A sentence of the organisation with a time or a length in it, behind a value that has another one."""
    for key, sentence in source.data.get("quotes", {}).items():
        path: Path = tuple(int(part) if part.isdigit() else part for part in key.split("."))
        value = source.at(path) if path in source.values else None
        if not isinstance(value, str):
            continue
        span = source.values[("quotes", key)]
        for read in (_clocks, _lengths):
            said, meant = read(sentence), read(value)
            if said and meant and not said.keys() & meant.keys():
                words = next(iter(said.values())).group()
                at = source.line(span.line).find(words, span.column - 1)
                place = Span(span.line, at + 1, at + 1 + len(words)) if at >= 0 else span
                yield source.problem("W410", place, msg("the quote says “%(words)s”, and the rule says “%(value)s”", words=words, value=value),
                                     msg("correct one of the two"), (source.values[path], msg("the rule stands here")), severity="warning")  # fmt: skip


_MINUTE_INCLUDED: Final = re.compile(
    rf"(?:uiterlijk|tot en met|no later than|at the latest|up to and including) (?:om |at )?(?:{_CLOCK.pattern})", re.I
)


def quotes_count_the_minute(source: Source) -> Iterator[Problem]:
    """“uiterlijk om 17.00 uur” takes 17.00 in; “before 17:00” leaves it out."""
    for key, sentence in source.data.get("quotes", {}).items():
        path: Path = tuple(int(part) if part.isdigit() else part for part in key.split("."))
        value = source.at(path) if path in source.values else None
        for found in _MINUTE_INCLUDED.finditer(sentence) if isinstance(value, str) else ():
            at = f"{int(found[1]):02}:{found[2]}"
            if f"before {at}" in str(value):
                span = source.values[("quotes", key)]
                column = source.line(span.line).find(found.group(), span.column - 1)
                place = Span(span.line, column + 1, column + 1 + len(found.group())) if column >= 0 else span
                yield source.problem("W431", place, msg("the quote says “%(words)s”: that minute is still in time, and “%(value)s” leaves it out", words=found.group(), value=value),
                                     msg("write “until %(time)s” in the rule, or put the question in to_confirm", time=at), (source.values[path], msg("the rule stands here")), severity="warning")  # fmt: skip
