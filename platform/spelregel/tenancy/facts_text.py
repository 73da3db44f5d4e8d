"""The words of an example, of `decide` and of a stored decision become facts: one format for all three."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from spelregel.rules.care_calendar import KINDS_OF_DAY, last_day, resolve
from spelregel.rules.facts import PLANNED, AbsenceFacts, CareDay, CreditLot, CreditUseFacts, WithdrawalFacts
from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import plain_number
from spelregel.rules.rulebook import CreditTerms, Rulebook, Terms
from spelregel.tenancy.schema_check import as_written, suggest, wrong_kind

Facts = AbsenceFacts | WithdrawalFacts | CreditUseFacts
BY: Final = ("parent", "staff")
REASONS: Final = ("illness", "holiday", "other")
_CARE: Final = ("care_type", "location", "contract", "product", "day", "contract_daypart")

#: What each action may be told, beside its own day: (the key of the moment, the other keys).
ACTIONS: Final = MappingProxyType(
    {
        "absence": ("reported", ("by", "reason", "credit", *_CARE)),
        "use_credit": (
            "asked",
            ("kind", "earned", "earned_care_type", "earned_day", "valid_until", "credit", "by", *_CARE),
        ),
        "withdraw_absence": ("asked", ("by", "earned", "spent", *_CARE)),
    }
)


#: The years that an organisation can mean; what lies outside is a slip of the keyboard.
YEARS: Final = range(2000, 2100)


class FactsError(ValueError):
    """`key` is the fact that is wrong, or None when the facts as a whole are. `about_key`: its name, not its value."""

    def __init__(
        self, key: str | None, message: Message, help: Message | None = None, *, about_key: bool = False
    ) -> None:
        super().__init__(str(message))
        self.key, self.message, self.help, self.about_key = key, message, help, about_key


@dataclass(frozen=True, slots=True)
class Reading:
    rulebook: Rulebook
    credit_words: Mapping[str, str]  # a credit's key, label and counted forms -> its key


def credit_words(names: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """How people may write a credit in an example: its key, its label, its counted forms, in any language."""
    words: dict[str, str] = {}
    for key, by_language in names.items():
        words[key] = key
        for name in by_language.values():
            for word in (name.label, name.one, name.other):
                words.setdefault(word, key)
    return words


def read_facts(when: Mapping[str, Any], reading: Reading) -> Facts:
    """Raises FactsError for the first fact that is wrong."""
    actions = [key for key in ACTIONS if key in when]
    if len(actions) != 1:
        if actions:
            raise FactsError(
                actions[1],
                msg(
                    "one action at a time: “%(first)s” and “%(second)s” are two",
                    first=actions[0],
                    second=actions[1],
                ),
                msg("write two examples"),
                about_key=True,
            )
        stranger = next(iter(when), None)
        guess = suggest(str(stranger), tuple(ACTIONS)) if stranger else None
        raise FactsError(stranger, msg("one of %(actions)s is missing", actions=", ".join(ACTIONS)),
                         msg("did you mean “%(guess)s”?", guess=guess) if guess else msg("for example “absence: 2026-12-10 08:00-13:00”"), about_key=True)  # fmt: skip
    action = actions[0]
    moment_key, others = ACTIONS[action]
    for key in when:
        if key not in (action, moment_key, *others):
            known = (action, moment_key, *others)
            guess = suggest(str(key), known)
            raise FactsError(str(key), msg("unknown fact “%(key)s”", key=key),
                             msg("did you mean “%(guess)s”?", guess=guess) if guess else msg("facts here: %(keys)s", keys=", ".join(known)), about_key=True)  # fmt: skip
    if moment_key not in when:
        raise FactsError(action, msg("“%(key)s” is missing beside %(action)s", key=moment_key, action=action),
                         msg("for example “%(key)s: 2026-12-08 09:29”", key=moment_key), about_key=True)  # fmt: skip
    care = _care_day(action, when, reading.rulebook)
    told = _moment(moment_key, when[moment_key])
    # With an offset it is an instant already: stored decisions have one, since one hour a year happens twice.
    moment = told if told.tzinfo else resolve(told, reading.rulebook.zone)
    by = _word("by", when.get("by", "parent"), BY)
    if action == "absence":
        reason = _word("reason", when["reason"], REASONS) if when.get("reason") is not None else None
        return AbsenceFacts(care, moment, by, reason, _balances(when, reading))
    if action == "withdraw_absence":
        return WithdrawalFacts(
            care, moment, by, _amount("earned", when.get("earned", 0)), _amount("spent", when.get("spent", 0))
        )
    return CreditUseFacts(care, moment, _lot(when, care, moment.astimezone(reading.rulebook.zone).date(), reading))


def _care_day(action: str, when: Mapping[str, Any], rulebook: Rulebook) -> CareDay:
    day, starts, ends = _span(action, when[action])
    care_type = _word("care_type", when.get("care_type", rulebook.care_types[0]), rulebook.care_types)
    planned, kind = "contract day", None
    words = when.get("day", [])
    for word in words if isinstance(words, list) else [words]:  # “extra day” and “study day” can be said together
        found = _word("day", word, (*PLANNED, *KINDS_OF_DAY))
        planned, kind = (found, kind) if found in PLANNED else (planned, found)
    if when.get("contract_daypart") is not None:
        if not isinstance(when["contract_daypart"], bool):
            raise FactsError(
                "contract_daypart", msg("contract_daypart must be true or false"), msg("write true or false")
            )
        planned = planned if when["contract_daypart"] or planned != "contract day" else "extra day"
    return CareDay(day, starts, ends, care_type, _one("location", when, rulebook.locations), _one("contract", when, rulebook.contracts),
                   _one("product", when, tuple(rulebook.products)), planned, kind)  # fmt: skip


def _one(key: str, when: Mapping[str, Any], known: tuple[str, ...]) -> str | None:
    return None if when.get(key) is None else _word(key, when[key], known)


def _text(key: str, value: Any, help: Message | None = None) -> str:
    """The value as it was written; a block, a list or nothing is no fact."""
    if value is None or isinstance(value, (dict, list)):
        raise FactsError(key, wrong_kind(key, "string", value), help or msg("write one value"))
    return value if isinstance(value, str) else as_written(value)


def _word(key: str, value: Any, known: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in known:
        return value
    value = _text(key, value)
    guess = suggest(value, known)
    help = (
        msg("did you mean “%(guess)s”?", guess=guess)
        if guess
        else msg("known here: %(known)s", known=", ".join(known) or "–")
    )
    raise FactsError(key, msg("“%(value)s” is not known for %(key)s", value=as_written(value), key=key), help)


@lru_cache(maxsize=4096)
def _parse_span(text: str) -> tuple[date, time, time] | None:
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2}) ((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)", text, re.ASCII)
    if not match:
        return None
    try:
        day = date.fromisoformat(match[1])
    except ValueError:
        return None
    if day.year not in YEARS:
        return None
    starts, ends = time.fromisoformat(match[2]), time.fromisoformat(match[3])
    return (day, starts, ends) if starts < ends else None


def _span(key: str, value: Any) -> tuple[date, time, time]:
    found = _parse_span(value) if isinstance(value, str) else None
    if found is None:
        help = msg("write “2026-12-10 08:00-13:00”")
        text = as_written(_text(key, value, help))
        raise FactsError(key, msg("“%(value)s” is not a day with its times", value=text), help)
    return found


@lru_cache(maxsize=4096)
def _parse_moment(text: str) -> datetime | None:
    pattern = r"\d{4}-\d{2}-\d{2}[ T](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:[+-](?:0\d|1[0-4]):[0-5]\d)?"
    if not re.fullmatch(pattern, text, re.ASCII):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _moment(key: str, value: Any) -> datetime:
    found = _parse_moment(value) if isinstance(value, str) else None
    if found is None:
        help = msg("write “2026-12-08 09:29”, on the organisation's own clock")
        text = as_written(_text(key, value, help))
        raise FactsError(key, msg("“%(value)s” is not a moment", value=text), help)
    return found


def _day(key: str, value: Any) -> date:
    value = _text(key, value)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII) and int(value[:4]) in YEARS:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise FactsError(
        key,
        msg("“%(value)s” is not a date that exists", value=as_written(value)),
        msg("write year-month-day, such as 2027-02-07"),
    )


_NUMBER: Final = re.compile(r"(\d{1,5}(?:\.\d{1,4})?)(?: (.+))?", re.ASCII)


def _amount(key: str, value: Any, unit: Callable[[str], object] | None = None) -> int:
    """5, "5", "5 hours" or "5" and a credit's own word -> sixtieths."""
    value = _text(key, value)
    match = _NUMBER.fullmatch(value)
    if not match:
        raise FactsError(key, msg("“%(value)s” is not an amount", value=as_written(value)), msg("write “5 hours”"))
    if match[2] and match[2] not in ("hour", "hours", "daypart", "dayparts") and (unit is None or not unit(match[2])):
        raise FactsError(
            key,
            msg("“%(unit)s” is not a unit or a credit of this organisation", unit=match[2]),
            msg("write “%(amount)s hours”", amount=match[1]),
        )
    return round(float(match[1]) * 60)


def _earning_kinds(rulebook: Rulebook) -> list[str]:
    terms = rulebook.versions[-1].terms[(rulebook.care_types[0], None)]
    return [kind for kind, credit in terms.credits.items() if credit.earned_if]


def _balances(when: Mapping[str, Any], reading: Reading) -> Mapping[str, int]:
    if when.get("credit") is None:
        return {}
    if isinstance(when["credit"], dict):  # per credit, as a stored decision has it
        return {
            _word("credit", kind, reading.rulebook.credit_kinds): _amount("credit", value)
            for kind, value in when["credit"].items()
        }
    amount = _amount("credit", when["credit"], reading.credit_words.get)
    return dict.fromkeys(_earning_kinds(reading.rulebook), amount)


def _terms_of(kind: str, terms: Terms) -> CreditTerms:
    if kind not in terms.credits:
        known = msg("known here: %(known)s", known=", ".join(terms.credits) or "–")
        raise FactsError("kind", msg("“%(kind)s” does not exist for this kind of care on that day", kind=kind), known)
    return terms.credits[kind]


def _lot(when: Mapping[str, Any], care: CareDay, asked_on: date, reading: Reading) -> CreditLot:
    rulebook = reading.rulebook
    every = rulebook.credit_kinds
    if not every:
        raise FactsError(
            "use_credit",
            msg("this organisation has no credits"),
            msg("write the credit first, or remove this example"),
            about_key=True,
        )
    kind = every[0]
    if when.get("kind") is not None:
        kind = reading.credit_words.get(str(when["kind"])) or _word("kind", when["kind"], every)
    earned = _day("earned", when["earned"]) if when.get("earned") is not None else care.day
    own_type = _word("earned_care_type", when.get("earned_care_type", care.care_type), rulebook.care_types)
    earned_day = _word("earned_day", when["earned_day"], KINDS_OF_DAY) if when.get("earned_day") is not None else None
    if when.get("valid_until") is not None:
        until: date | None = _day("valid_until", when["valid_until"])
    else:  # the terms of the day on which it was earned
        until = last_day(_terms_of(kind, rulebook.terms(earned, own_type, care.location)).valid.value, earned)
    _terms_of(kind, rulebook.terms(asked_on, care.care_type, care.location))
    left = _amount("credit", when.get("credit", plain_number(care.minutes)), reading.credit_words.get)
    return CreditLot("example", kind, left, earned, until, own_type, care.contract, earned_day)
