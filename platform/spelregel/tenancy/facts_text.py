"""The words of an example, of `decide` and of a stored decision become facts: one format for all three."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from spelregel.rules.absence import worth_of
from spelregel.rules.asking import contract_of, last_day_of
from spelregel.rules.care_calendar import KINDS_OF_DAY, MissingFact, first_day, resolve
from spelregel.rules.facts import (
    PLANNED,
    AbsenceFacts,
    CancelFacts,
    CareDay,
    CreditLot,
    CreditUseFacts,
    GrantFacts,
    RequestFacts,
    WithdrawalFacts,
)
from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import AMOUNT_UNITS, PERIODS
from spelregel.rules.rulebook import CreditTerms, Rulebook, Situation, Terms
from spelregel.tenancy import sections
from spelregel.tenancy.schema_check import as_written, suggest, wrong_kind

Facts = AbsenceFacts | WithdrawalFacts | CreditUseFacts | RequestFacts | CancelFacts | GrantFacts
BY: Final = ("parent", "staff")
REASONS: Final = ("illness", "holiday", "other")
ENDINGS: Final = ("by parent", "by organisation", "changed", "moved", "other care")
_CARE: Final = (
    "care_type", "location", "contract", "product", "day", "contract_daypart",
    "born", "contract_started", "contract_ends", "weekly",
)  # fmt: skip
_PORTION: Final = frozenset(
    {
        "kind",
        "amount",
        "earned",
        "earned_care_type",
        "earned_contract",
        "earned_day",
        "usable_from",
        "valid_until",
    }
)
_REQUEST: Final = ("by", "credit", "so_far", "sign_ups", "pay", *_CARE)
#: What `earned_by` says of a credit that a closed day gives.
CLOSED: Final = ("public holiday", "closing day", "study day")
#: What can be asked for, and so what can be cancelled.
REQUESTS: Final = tuple(sections.ACTIONS.values())

#: What each action may be told, beside its own day: (the key of the moment, the other keys). A gift has no moment.
ACTIONS: Final = MappingProxyType(
    {
        "absence": ("reported", ("by", "reason", "credit", "so_far", "proof", "part_of_day", *_CARE)),
        "use_credit": (
            "asked",
            (
                "kind",
                "earned",
                "earned_care_type",
                "earned_day",
                "earned_amount",
                "valid_until",
                "credit",
                "by",
                "ended",
                *_CARE,
            ),
        ),
        "withdraw_absence": ("asked", ("by", "earned", "spent", "reported", *_CARE)),
        "extra_care": ("asked", _REQUEST),
        "holiday_care": ("asked", _REQUEST),
        "holiday_contract": ("asked", ("by", "so_far", *_CARE)),
        "study_day": ("asked", _REQUEST),
        "flexible_care": ("asked", _REQUEST),
        "swap": ("asked", ("gives_up", "gives_up_day", "gives_up_care_type", "swapped_before", *_REQUEST)),
        "cancel": ("asked", ("of", "state", "sent", "by", *_CARE)),
        "grant": (None, ("kind", "by", *_CARE)),
        "closed_day": (None, ("kind", "by", *_CARE)),
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
    known = (action, *([moment_key] if moment_key else []), *others)
    for key in when:
        if key not in known:
            guess = suggest(str(key), known)
            raise FactsError(str(key), msg("unknown fact “%(key)s”", key=key),
                             msg("did you mean “%(guess)s”?", guess=guess) if guess else msg("facts here: %(keys)s", keys=", ".join(known)), about_key=True)  # fmt: skip
    care = _care_day(action, when, reading.rulebook)
    by = _word("by", when.get("by", "parent"), BY)
    if moment_key is None:
        return GrantFacts(care.day, care)
    if moment_key not in when:
        raise FactsError(action, msg("“%(key)s” is missing beside %(action)s", key=moment_key, action=action),
                         msg("for example “%(key)s: 2026-12-08 09:29”", key=moment_key), about_key=True)  # fmt: skip
    moment = _instant(moment_key, when[moment_key], reading.rulebook)
    if action == "absence":
        reason = _word("reason", when["reason"], REASONS) if when.get("reason") is not None else None
        return AbsenceFacts(care, moment, by, reason, _balances(when, reading), _so_far(when),
                            _switch("proof", when), _switch("part_of_day", when))  # fmt: skip
    if action == "withdraw_absence":
        sent = _instant("reported", when["reported"], reading.rulebook) if when.get("reported") is not None else None
        return WithdrawalFacts(
            care, moment, by, _amount("earned", when.get("earned", 0)), _amount("spent", when.get("spent", 0)), sent
        )
    today = moment.astimezone(reading.rulebook.zone).date()
    if action == "use_credit":
        ended = _word("ended", when["ended"], ENDINGS) if when.get("ended") is not None else None
        return CreditUseFacts(care, moment, _lot(when, care, today, reading), ended)
    if action == "cancel":
        return _cancelling(when, care, moment, by, reading.rulebook)
    return _request(action, when, care, moment, by, today, reading)


def _instant(key: str, value: Any, rulebook: Rulebook) -> datetime:
    """With an offset it is an instant already: stored decisions have one, since one hour a year happens twice."""
    told = _moment(key, value)
    return told if told.tzinfo else resolve(told, rulebook.zone)


def _switch(key: str, when: Mapping[str, Any]) -> bool:
    value = when.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise FactsError(key, msg("%(key)s must be true or false", key=key), msg("write true or false"))


def _so_far(when: Mapping[str, Any]) -> Mapping[str, int] | None:
    """3, “40 hours”, or per period {week: 0, calendar year: 3} -> sixtieths per period."""
    told = when.get("so_far")
    if told is None:
        return None
    if isinstance(told, dict):
        return {_word("so_far", period, PERIODS): _amount("so_far", value) for period, value in told.items()}
    return dict.fromkeys(PERIODS, _amount("so_far", told))


def _request(
    action: str, when: Mapping[str, Any], care: CareDay, moment: datetime, by: str, today: date, reading: Reading
) -> RequestFacts:
    rulebook = reading.rulebook
    terms = rulebook.terms_for(today, care)
    rule = terms.swap.request if action == "swap" and terms.swap else terms.requests.get(action)
    if rule is None:
        raise FactsError(action, msg("this organisation says nothing of %(action)s here", action=action),
                         msg("add the section for it, or remove this case"), about_key=True)  # fmt: skip
    gives_up = None
    if when.get("gives_up") is not None:
        own_type = _word("gives_up_care_type", when.get("gives_up_care_type", care.care_type), rulebook.care_types)
        planned, kind = _kinds_of("gives_up_day", when)
        day, starts, ends = _span("gives_up", when["gives_up"])
        gives_up = care._replace(day=day, starts=starts, ends=ends, care_type=own_type, planned=planned, kind=kind)
    pay_with = rule.payment.pay_with.value if rule.payment else ()
    told = when.get("pay", [])
    wishes = tuple(
        "invoice" if word == "invoice" else reading.credit_words.get(str(word)) or _word("pay", word, pay_with)
        for word in (told if isinstance(told, list) else [told])
    )
    sign_ups = _amount("sign_ups", when["sign_ups"]) // 60 if when.get("sign_ups") is not None else None
    lots = tuple(_lots(when, care, today, reading, pay_with))
    return RequestFacts(
        action, care, moment, by, gives_up, lots, _so_far(when), sign_ups, _switch("swapped_before", when), wishes
    )


def _lots(
    when: Mapping[str, Any], care: CareDay, today: date, reading: Reading, pay_with: tuple[str, ...]
) -> Iterator[CreditLot]:
    """“2 hours” of the first credit that pays here, {hours: 5}, or [{kind: hours, amount: 5, earned: 2027-01-05}]."""
    told = when.get("credit")
    if told is None:
        return
    pots = [pot for pot in pay_with if pot != "invoice"]
    rows: list[Mapping[str, Any]]
    if isinstance(told, dict):
        rows = [{"kind": kind, "amount": amount} for kind, amount in told.items()]
    elif isinstance(told, list):
        rows = told
    else:
        rows = [{"kind": _credit_named(told, reading) or (pots[0] if pots else None), "amount": told}]
    for index, row in enumerate(rows):
        if not isinstance(row, dict) or not set(row) <= _PORTION:
            raise FactsError("credit", msg("a portion of credit has a kind, an amount and the day it was earned"),
                             msg("write “{kind: %(kind)s, amount: 5 hours, earned: 2027-01-05}”", kind=pots[0] if pots else "…"))  # fmt: skip
        if row.get("kind") is None and not pots:
            raise FactsError("credit", msg("no credit can pay this here"), msg("remove it"), about_key=True)
        known = {**row, "kind": row.get("kind") or pots[0], "credit": row.get("amount", 0)}
        known.setdefault("earned", today.isoformat())
        lot = _lot(known, care._replace(day=min(care.day, today)), today, reading)
        if "earned_contract" in row:  # a portion of the ledger knows its own: also that it had none
            lot = lot._replace(contract=_one("earned_contract", row, reading.rulebook.contracts))
        if row.get("usable_from") is not None:
            lot = lot._replace(first_day=_day("usable_from", row["usable_from"]))
        yield lot._replace(id=portion_name(index))


def portion_name(index: int) -> str:
    """How a decision names the portion at this place of the list that it was told."""
    return f"portion {index + 1}"


def _cancelling(when: Mapping[str, Any], care: CareDay, moment: datetime, by: str, rulebook: Rulebook) -> CancelFacts:
    if when.get("of") is None:
        raise FactsError("cancel", msg("“%(key)s” is missing beside %(action)s", key="of", action="cancel"),
                         msg("for example “of: extra_care”"), about_key=True)  # fmt: skip
    of = _word("of", when["of"], REQUESTS)
    terms = rulebook.terms_at(moment, care)
    if of not in terms.requests and not (of == "swap" and terms.swap):
        raise FactsError("of", msg("this organisation says nothing of %(action)s here", action=of),
                         msg("add the section for it, or remove this case"))  # fmt: skip
    sent = _instant("sent", when["sent"], rulebook) if when.get("sent") is not None else None
    return CancelFacts(
        of, care, moment, by, _word("state", when.get("state", "approved"), ("pending", "approved")), sent
    )


def _kinds_of(key: str, when: Mapping[str, Any]) -> tuple[str, str | None]:
    """“extra day” and “study day” can be said together."""
    planned, kind = "contract day", None
    words = when.get(key, [])
    for word in words if isinstance(words, list) else [words]:
        found = _word(key, word, (*PLANNED, *KINDS_OF_DAY))
        planned, kind = (found, kind) if found in PLANNED else (planned, found)
    return planned, kind


#: A holiday contract and a grant are for a day, not for hours of it.
WHOLE_DAYS: Final = ("holiday_contract", "grant")


def _care_day(action: str, when: Mapping[str, Any], rulebook: Rulebook) -> CareDay:
    if action in WHOLE_DAYS:
        day, starts, ends = _day(action, when[action]), time(0), time(23, 59)
    else:
        day, starts, ends = _span(action, when[action])
    care_type = _word("care_type", when.get("care_type", rulebook.care_types[0]), rulebook.care_types)
    planned, kind = _kinds_of("day", when)
    if when.get("contract_daypart") is not None:
        if not isinstance(when["contract_daypart"], bool):
            raise FactsError(
                "contract_daypart", msg("contract_daypart must be true or false"), msg("write true or false")
            )
        planned = planned if when["contract_daypart"] or planned != "contract day" else "extra day"
    born, started, stops = (
        _day(key, when[key]) if when.get(key) is not None else None
        for key in ("born", "contract_started", "contract_ends")
    )
    weekly = _amount("weekly", when["weekly"]) if when.get("weekly") is not None else None
    return CareDay(day, starts, ends, care_type, _one("location", when, rulebook.locations), _one("contract", when, rulebook.contracts),
                   _one("product", when, tuple(rulebook.products)), planned, kind, born, started, stops, weekly)  # fmt: skip


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


_UNITS: Final = (*AMOUNT_UNITS, *(f"{unit}s" for unit in AMOUNT_UNITS), "time", "times")
_NUMBER: Final = re.compile(r"(\d{1,5}(?:\.\d{1,4})?)(?: (.+))?", re.ASCII)


def _amount(key: str, value: Any, unit: Callable[[str], object] | None = None) -> int:
    """5, "5", "5 hours" or "5" and a credit's own word -> sixtieths."""
    value = _text(key, value)
    match = _NUMBER.fullmatch(value)
    if not match:
        raise FactsError(key, msg("“%(value)s” is not an amount", value=as_written(value)), msg("write “5 hours”"))
    if match[2] and match[2] not in _UNITS and (unit is None or not unit(match[2])):
        raise FactsError(
            key,
            msg("“%(unit)s” is not a unit or a credit of this organisation", unit=match[2]),
            msg("write “%(amount)s hours”", amount=match[1]),
        )
    return round(float(match[1]) * 60)


def _earning_kinds(rulebook: Rulebook) -> list[str]:
    terms = rulebook.versions[-1].of(Situation(rulebook.care_types[0]))
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
    named = _credit_named(when["credit"], reading)
    return {named: amount} if named else dict.fromkeys(_earning_kinds(reading.rulebook), amount)


def _credit_named(value: Any, reading: Reading) -> str | None:
    """The credit in “5 sun hours”; None where only a number or a unit is said."""
    match = _NUMBER.fullmatch(str(value))
    return reading.credit_words.get(match[2]) if match and match[2] and match[2] not in _UNITS else None


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
    kind = _credit_named(when.get("credit"), reading) or every[0]
    if when.get("kind") is not None:
        kind = reading.credit_words.get(str(when["kind"])) or _word("kind", when["kind"], every)
    earned = _day("earned", when["earned"]) if when.get("earned") is not None else care.day
    own_type = _word("earned_care_type", when.get("earned_care_type", care.care_type), rulebook.care_types)
    earned_day = _word("earned_day", when["earned_day"], KINDS_OF_DAY) if when.get("earned_day") is not None else None
    own = rulebook.terms_for(earned, care._replace(care_type=own_type, day=earned))
    rule = _terms_of(kind, own)
    until, untold = None, None
    if when.get("valid_until") is not None:
        until = _day("valid_until", when["valid_until"])
    else:  # the terms of the day on which it was earned
        try:
            until = last_day_of(rule, own, earned, contract_of(care))
        except MissingFact as missing:
            untold = str(missing.args[0])
    _terms_of(kind, rulebook.terms_for(asked_on, care))
    told = when.get("credit")
    left = worth_of(rule, own, care)[0] if told is None else _amount("credit", told, reading.credit_words.get)
    whole = (
        _amount("earned_amount", when["earned_amount"], reading.credit_words.get)
        if when.get("earned_amount") is not None
        else None
    )
    return CreditLot("example", kind, left, earned, until, own_type, care.contract, earned_day,
                     first_day(rule.valid.value, earned, own.calendar), whole, untold)  # fmt: skip
