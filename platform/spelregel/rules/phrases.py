"""The grammar of the rule language: every phrase that a tenant's file may hold, in one table of forms.

A phrase is atomic: whoever overrides it replaces it whole. Parsing answers with a frozen value or raises a
PhraseError that knows which characters are wrong and what was probably meant. `str(value)` gives the phrase
back, and `parse(str(value)) == value`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final, NoReturn

from spelregel.rules.message import Message, msg

NOTICE_UNITS: Final = ("hour", "day", "workday", "week", "month")
VALIDITY_UNITS: Final = ("day", "week", "month")

#: Dutch (and other) words that planners type, with the word of the language that they mean.
MEANT: Final = MappingProxyType(
    {
        "uur": "hours", "uren": "hours", "u": "hours", "h": "hours", "hr": "hours", "hrs": "hours",
        "dag": "day", "dagen": "days", "d": "days", "werkdag": "workday", "werkdagen": "workdays",
        "working": "workdays", "business": "workdays",
        "week": "week", "weken": "weeks", "maand": "month", "maanden": "months", "mnd": "months",
        "voor": "before", "vóór": "before", "voor:": "before", "by": "before", "until": "before", "tot": "before",
        "geen": "none", "nooit": "none", "altijd": "none", "always": "none",
        "zelfde": "same day, before", "dezelfde": "same day, before",
        "onbeperkt": "unlimited", "kalenderjaar": "calendar year", "forever": "unlimited",
    }
)  # fmt: skip

#: A year is written in months, so that it can be told from a calendar year.
YEARS: Final = ("jaar", "jaren", "year", "years")
MINUTES: Final = ("min", "minuut", "minuten", "minute", "minutes")

#: One line per form, in the words of the reference: (form, example).
NOTICE_FORMS: Final = (
    ("none", "none"),
    ("before start", "before start"),
    ("same day, before HH:MM", "same day, before 07:30"),
    ("N units", "48 hours"),
    ("N units, before HH:MM", "2 days, before 09:30"),
)
VALIDITY_FORMS: Final = (
    ("unlimited", "unlimited"),
    ("calendar year", "calendar year"),
    ("N units", "30 days"),
)


class PhraseError(ValueError):
    """`start` and `end` are character positions in the phrase; `help` says what to write instead."""

    def __init__(self, start: int, end: int, message: Message, help: Message | None = None) -> None:
        super().__init__(str(message))
        self.start, self.end, self.message, self.help = start, end, message, help


@dataclass(frozen=True, slots=True)
class Notice:
    """How long before care something must be done. `n` units ahead, with `before` a time of that day."""

    kind: str  # "none" | "before start" | "ahead"
    n: int = 0  # 0 with unit "day": the day itself
    unit: str = "day"
    before: time | None = None

    def __str__(self) -> str:
        if self.kind != "ahead":
            return self.kind
        clock = f", before {self.before:%H:%M}" if self.before else ""
        return f"same day{clock}" if self.n == 0 else f"{counted(self.n, self.unit)}{clock}"


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a credit can be used, counted from the day it was earned for, that last day included."""

    kind: str  # "unlimited" | "calendar year" | "after"
    n: int = 0
    unit: str = "day"

    def __str__(self) -> str:
        return counted(self.n, self.unit) if self.kind == "after" else self.kind


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of hours or dayparts, in sixtieths of the unit: a minute, where the unit is an hour."""

    sixtieths: int
    unit: str  # "hour" | "daypart"

    def __str__(self) -> str:
        number = plain_number(self.sixtieths)
        return f"{number} {self.unit}{'' if number == '1' else 's'}"


def counted(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"


def plain_number(sixtieths: int) -> str:
    """270 -> "4.5", 300 -> "5", 20 -> "0.33"."""
    return f"{sixtieths / 60:.2f}".rstrip("0").rstrip(".")


def parse_notice(text: str) -> Notice:
    reader = _Reader(text, "48 hours")
    if reader.whole in ("none", "before start"):
        return Notice(reader.whole)
    if reader.whole.startswith("same day"):
        reader.word()
        reader.skip_word("day", comma=True)
        if reader.at_end:
            reader.stop(msg("“same day” needs a time"), msg("write “same day, before 07:30”"))
        return Notice("ahead", 0, "day", reader.before_time())
    n = reader.number(NOTICE_FORMS)
    unit = reader.unit(n, NOTICE_UNITS, comma=True)
    if reader.at_end:
        return Notice("ahead", n, unit)
    if unit == "hour":
        reader.stop(
            msg("hours do not go with a time of day"),
            msg("write “2 days, before 09:30”, or the hours alone: “%(hours)s”", hours=counted(n, unit)),
        )
    return Notice("ahead", n, unit, reader.before_time())


def parse_validity(text: str) -> Validity:
    reader = _Reader(text, "30 days")
    if reader.whole in ("unlimited", "calendar year"):
        return Validity(reader.whole)
    n = reader.number(VALIDITY_FORMS)
    unit = reader.unit(n, VALIDITY_UNITS)
    reader.must_end()
    return Validity("after", n, unit)


def parse_amount(text: str, example: str = "100 hours") -> Amount:
    reader = _Reader(text, example)
    match = re.match(r"(0|[1-9][0-9]{0,4})(\.[0-9]{1,2})? ", text)
    if match:
        sixtieths = round(float(match.group()) * 60)
        reader.position = match.end()
    else:
        comma = re.match(r"[0-9]{1,5},[0-9]{1,2}", text)
        if comma:
            reader.fail(0, comma.end(), msg("a decimal is written with a point"),
                        msg("write “%(example)s”", example=comma.group().replace(",", ".")))  # fmt: skip
        digits = re.match(r"[-0-9.]+(?= )", text)
        if digits:
            reader.fail(0, digits.end(), msg("“%(word)s” is not a number from 0 to 99999 with at most two decimals", word=digits.group()),
                        msg("write “%(example)s”", example=example))  # fmt: skip
        sixtieths = reader.number((("N hours", example),)) * 60
    unit = reader.unit(1 if text.startswith("1 ") else 2, ("hour", "daypart"))
    reader.must_end()
    return Amount(sixtieths, unit)


def parse_worth(text: str) -> str:
    """What one unit of a credit stands for: "hour" or "daypart"."""
    amount = parse_amount(text, "1 hour")
    if amount.sixtieths != 60:
        raise PhraseError(0, len(text), msg("a credit is worth one unit"), msg("write “1 hour” or “1 daypart”"))
    return amount.unit


def parse_age(text: str) -> int:
    """ "1 year", "18 months" -> months."""
    match = re.fullmatch(r"(?:(1) year|([2-9]|1[0-8]) years|(1) month|([2-9]|[1-9][0-9]) months)", text)
    if not match:
        raise PhraseError(
            0, len(text), msg("“%(text)s” is not an age", text=text), msg("write “1 year” or “18 months”")
        )
    year, years, month, months = match.groups()
    return int(year or years or 0) * 12 + int(month or months or 0)


def meant_instead(word: str, choices: tuple[str, ...]) -> str | None:
    """The choice that a mistyped or Dutch word probably stands for."""
    lowered = word.lower()
    if lowered in choices:
        return lowered
    if (known := MEANT.get(lowered)) and (known in choices or not choices):
        return known
    close = get_close_matches(lowered, choices, n=1, cutoff=0.6)
    return close[0] if close else None


class _Reader:
    """Walks over the words of one phrase and stops with the span of the one that is wrong."""

    def __init__(self, text: str, example: str) -> None:
        self.text, self.example, self.position = text, example, 0
        self.whole = text
        right = " ".join(text.split())
        if text == right:
            return
        odd = re.search(r"[^\S \n\r\t]+", text)
        if odd:
            self.fail(
                odd.start(),
                odd.end(),
                msg("this looks like a space and is another character"),
                msg("write “%(text)s”", text=right),
            )
        if re.search(r"[\n\r]", text):
            self.fail(0, len(text), msg("a phrase stands on one line"), msg("write “%(text)s”", text=right))
        self.fail(
            0, len(text), msg("there are spaces too many in “%(text)s”", text=text), msg("write “%(text)s”", text=right)
        )

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def fail(self, start: int, end: int, message: Message, help: Message | None = None) -> NoReturn:
        raise PhraseError(start, max(end, start + 1), message, help)

    def stop(self, message: Message, help: Message) -> NoReturn:
        start = min(self.position, max(len(self.text) - 1, 0))
        self.fail(start if not self.at_end else 0, len(self.text), message, help)

    def word(self) -> tuple[int, int, str]:
        match = re.compile(r"\S+").match(self.text, self.position)
        if not match:
            return len(self.text), len(self.text), ""
        self.position = min(match.end() + 1, len(self.text)) if match.end() < len(self.text) else len(self.text)
        return match.start(), match.end(), match.group()

    def skip_word(self, expected: str, *, comma: bool = False) -> None:
        start, end, word = self.word()
        if word.rstrip(",") != expected:
            self.fail(
                start,
                end,
                msg("“%(word)s” is not expected here", word=word),
                msg("write “%(word)s”", word=expected),
            )
        if comma:
            self._comma(start, end, word)

    def _comma(self, start: int, end: int, word: str) -> None:
        if not self.at_end and not word.endswith(","):
            self.fail(
                start,
                end,
                msg("a comma is missing after “%(word)s”", word=word),
                msg("write “%(word)s,”", word=word),
            )

    def number(self, forms: tuple[tuple[str, str], ...]) -> int:
        start, end, word = self.word()
        if re.fullmatch(r"[1-9][0-9]{0,2}", word):
            if self.at_end:
                self.fail(start, end, msg("a unit is missing after “%(number)s”", number=word),
                          msg("write “%(example)s”", example=f"{word} days"))  # fmt: skip
            return int(word)
        glued = re.fullmatch(r"([1-9][0-9]{0,2})([^\W\d]+),?", word)
        if glued:
            unit = meant_instead(glued[2], tuple(u + "s" for u in NOTICE_UNITS)) or "days"
            self.fail(start, end, msg("a space is missing in “%(word)s”", word=word),
                      msg("write “%(example)s”", example=f"{glued[1]} {unit}"))  # fmt: skip
        if word == "0":
            self.fail(
                start,
                end,
                msg("0 is not a distance"),
                msg("write “same day, before 07:30” or “before start”"),
            )
        if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", word):
            self.fail(
                start,
                end,
                msg("a time of day needs a day"),
                msg("write “same day, before %(time)s”", time=word.zfill(5)),
            )
        if re.fullmatch(r"-?[0-9]+(?:[.,][0-9]+)?", word):
            self.fail(start, end, msg("“%(word)s” is not a whole number from 1 to 999", word=word),
                      msg("write “%(example)s”", example=self.example))  # fmt: skip
        clock = re.fullmatch(r"\S+ ([0-9]{1,2}[:.][0-9]{2})", self.text)
        if clock and meant_instead(word, ("before",)) and forms is NOTICE_FORMS:
            self.fail(0, len(self.text), msg("a time of day needs a day"),
                      msg("write “same day, before %(time)s”", time=clock[1].replace(".", ":").zfill(5)))  # fmt: skip
        fixed = tuple(form for form, _ in forms if "N" not in form and "HH" not in form)
        guess = meant_instead(self.text, fixed) or meant_instead(word, fixed)
        examples = "”, “".join(example for _, example in forms)
        self.fail(0, len(self.text), msg("“%(text)s” is not a phrase that is known here", text=self.text),
                  msg("did you mean “%(guess)s”?", guess=guess) if guess
                  else msg("write “%(example)s”", example=self.example) if len(forms) == 1
                  else msg("write one of “%(examples)s”", examples=examples))  # fmt: skip

    def unit(self, n: int, units: tuple[str, ...], *, comma: bool = False) -> str:
        start, end, word = self.word()
        bare = word.rstrip(",") if comma else word
        end -= len(word) - len(bare)
        singular = bare[:-1] if bare.endswith("s") else bare
        if singular not in units:
            plural = tuple(u + "s" for u in units)
            guess = None if bare.lower() in MINUTES else meant_instead(bare, plural + units)
            if guess in units or guess in plural:
                guess = guess.rstrip("s") + ("" if n == 1 else "s")
            names = ", ".join(plural)
            if bare.lower() in YEARS and "month" in units:
                self.fail(start, end, msg("unknown unit “%(unit)s”", unit=bare),
                          msg("write “%(example)s”", example=counted(12 * n, "month")))  # fmt: skip
            self.fail(start, end, msg("unknown unit “%(unit)s”", unit=bare),
                      msg("did you mean “%(guess)s”? Units: %(units)s", guess=guess, units=names) if guess
                      else msg("units: %(units)s", units=names))  # fmt: skip
        if bare != (right := counted(n, singular).split()[1]):
            self.fail(
                start,
                end,
                msg("“%(n)s %(unit)s” is not how it is counted", n=n, unit=bare),
                msg("write “%(right)s”", right=f"{n} {right}"),
            )
        if comma:
            self._comma(start, start + len(word), word)
        return singular

    def before_time(self) -> time:
        start, end, word = self.word()
        if word != "before":
            guess = meant_instead(word, ("before",))
            is_time = re.fullmatch(r"[0-9]{1,2}[:.][0-9]{2}", word)
            self.fail(start, end, msg("“before” is expected here, this is “%(word)s”", word=word),
                      msg("write “before %(time)s”", time=word.replace(".", ":").zfill(5)) if is_time
                      else msg("did you mean “%(guess)s”?", guess=guess) if guess
                      else msg("a time of day is written “before 09:30”"))  # fmt: skip
        start, end, word = self.word()
        if not word:
            self.fail(
                len(self.text) - 6,
                len(self.text),
                msg("a time is missing after “before”"),
                msg("write “before 09:30”"),
            )
        value = parse_time(word, start)
        self.must_end()
        return value

    def must_end(self) -> None:
        if not self.at_end:
            self.fail(self.position, len(self.text), msg("“%(rest)s” does not belong here", rest=self.text[self.position:]),
                      msg("write “%(example)s”", example=self.text[: self.position].rstrip(" ,")))  # fmt: skip


def parse_time(word: str, offset: int = 0) -> time:
    if re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", word):
        return time(int(word[:2]), int(word[3:]))
    end = offset + len(word)
    loose = re.fullmatch(r"([0-9]{1,2})[:.h]([0-9]{2})", word)
    if loose and int(loose[1]) < 24 and int(loose[2]) < 60:
        right = f"{int(loose[1]):02}:{loose[2]}"
        raise PhraseError(
            offset,
            end,
            msg("a time has two digits, a colon and two digits"),
            msg("write %(time)s", time=right),
        )
    raise PhraseError(
        offset,
        end,
        msg("“%(word)s” is not a time that exists", word=word),
        msg("write a time from 00:00 to 23:59, such as 09:30"),
    )


#: The kinds that a schema names with `x-kind`, and the parser that knows the exact place of a fault.
PARSERS: Final[MappingProxyType[str, Callable[[str], object]]] = MappingProxyType(
    {
        "notice": parse_notice,
        "validity": parse_validity,
        "amount": parse_amount,
        "worth": parse_worth,
        "age": parse_age,
    }
)
