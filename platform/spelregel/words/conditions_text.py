"""The conditions as sentences, per register. Fragments under a heading where a name and a verb would have to agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spelregel.rules.conditions import Condition, Instance
from spelregel.rules.message import msg
from spelregel.rules.phrases import Amount, Notice, Validity
from spelregel.words import formats, terms
from spelregel.words.sentences import Speaker


def notice_words(notice: Notice, speaker: Speaker) -> str:
    """“uiterlijk 48 uur van tevoren”: what the file says, never another unit."""
    register = speaker.register
    if notice.kind == "none":
        return speaker.say("at any time")
    if notice.kind == "before start":
        return speaker.say("until care starts")
    if notice.n == 0 and notice.before:
        return speaker.say(
            "on the day itself at the latest, before %(time)s", time=formats.clock(notice.before, register)
        )
    distance = counted(notice.n, notice.unit, speaker)
    if notice.before:
        return speaker.say(
            "at least %(distance)s ahead, before %(time)s",
            distance=distance,
            time=formats.clock(notice.before, register),
        )
    if notice.unit == "hour":
        return speaker.say("at least %(distance)s ahead", distance=distance)
    return speaker.say("at least %(distance)s ahead, until the end of that day", distance=distance)


def counted(n: int, unit: str, speaker: Speaker) -> str:
    return _counted(str(n), n, unit, speaker)


def _counted(number: str, n: int, unit: str, speaker: Speaker) -> str:
    """`n` chooses between one and many, `number` is what is written."""
    ngettext = speaker.register.ngettext
    forms = {
        "hour": lambda: ngettext("%(n)s hour", "%(n)s hours", n),
        "day": lambda: ngettext("%(n)s day", "%(n)s days", n),
        "workday": lambda: ngettext("%(n)s working day", "%(n)s working days", n),
        "week": lambda: ngettext("%(n)s week", "%(n)s weeks", n),
        "month": lambda: ngettext("%(n)s month", "%(n)s months", n),
        "daypart": lambda: ngettext("%(n)s part of a day", "%(n)s parts of a day", n),
    }
    return forms[unit]() % {"n": number}


def amount_words(amount: Amount, speaker: Speaker) -> str:
    one = formats.counts_as_one(amount.sixtieths, speaker.register)
    return _counted(formats.decimal(amount.sixtieths, speaker.register), 1 if one else 2, amount.unit, speaker)


def sentence(condition: Condition, speaker: Speaker, names: Mapping[str, str]) -> str:
    """`names`: products and contracts of this organisation in the reader's language."""
    values = _values(condition, speaker, names)
    text = _sentence_of(condition, values, speaker)
    if condition.care_types:
        kinds = formats.and_list(
            [speaker.word(terms.CARE_TYPES, each) for each in condition.care_types], speaker.register
        )
        return speaker.say("For %(care)s – %(sentence)s", care=kinds, sentence=text[:1].lower() + text[1:])
    return text


def instance_sentence(instance: Instance, speaker: Speaker) -> str:
    """Donderdag 10 december, opvang vanaf 08.00 uur: je bent op tijd tot dinsdag 8 december, vóór 09.30 uur."""
    register = speaker.register
    text = speaker.say(
        "%(day)s, care from %(time)s: you are in time until %(until)s.",
        day=formats.long_day(instance.day, register), time=formats.clock(instance.starts, register),
        until=formats.until(instance.cutoff, register),
    )  # fmt: skip
    return text[:1].upper() + text[1:]


def _values(condition: Condition, speaker: Speaker, names: Mapping[str, str]) -> dict[str, object]:
    register, found = speaker.register, condition.values
    values: dict[str, object] = {}
    if condition.topic != "absence":
        values["credit"] = speaker.name_of(condition.topic).label
        values["one"] = speaker.name_of(condition.topic).one
    if "notice" in found:
        values["notice"] = notice_words(found["notice"], speaker)
    if "reasons" in found:
        values["reasons"] = formats.or_list([speaker.word(terms.REASONS, each) for each in found["reasons"]], register)
    if "days" in found:
        vocabulary = {**terms.PLANNED, **terms.KINDS_OF_DAY}
        values["days"] = formats.or_list([speaker.word(vocabulary, each) for each in found["days"]], register)
    if "maximum" in found:
        values["maximum"] = amount_words(found["maximum"], speaker)
    if "what" in found:
        words = [names.get(each) or speaker.word(terms.CARE_TYPES, each) for each in found["what"]]
        values["what"] = formats.and_list(words, register)
    for key in ("earned_on", "used_on"):
        values[key] = speaker.word(terms.KINDS_OF_DAY, str(found.get(key) or ""))
    values["contract"] = names.get(str(found.get("contract")), "")
    return values


def _sentence_of(condition: Condition, values: Mapping[str, object], speaker: Speaker) -> str:
    found = condition.values
    choose: dict[str, Callable[[], str]] = {
        "absence_by": lambda: _who(found["who"]),
        "withdraw_by": lambda: _who(found["who"]),
        "earn_by": lambda: _who(found["who"]),
        "credit_valid": lambda: _validity(found["valid"], found["by"]),
        "credit_usable_for": lambda: "same" if "same care type" in found["what"] else "listed",
        "earn_reasons": lambda: "all" if set(found["reasons"]) >= set(found["all"]) else "some",
        "credit_not_usable": lambda: "+".join(key for key in ("contract", "earned_on", "used_on") if found.get(key)),
    }
    code = condition.code
    if code in choose:
        code = f"{code}:{choose[code]()}"
    extra: dict[str, object] = {}
    valid = found.get("valid")
    if isinstance(valid, Validity) and valid.kind == "after":
        extra["period"] = counted(valid.n, valid.unit, speaker)
    return speaker.say(_SENTENCES[code].template, **values, **extra)


def _who(who: Any) -> str:
    return "both" if {"parent", "staff"} <= set(who) else str(who[0])


def _validity(valid: Validity, by: str) -> str:
    if valid.kind != "after":
        return valid.kind
    return "after absence" if by == "absence" else "after grant"


_SENTENCES = {
    "absence_by:parent": msg("You report your child absent in this portal yourself."),
    "absence_by:staff": msg("Your child is reported absent by the group: tell them."),
    "absence_by:both": msg("You report your child absent in this portal. When you cannot, the group enters it for you."),
    "absence_notice": msg("Reporting absent in the portal: %(notice)s."),
    "absence_expected": msg("We expect your report %(notice)s. Later it is still taken, and it counts as late."),
    "absence_reasons": msg("Reasons that you can give: %(reasons)s."),
    "absence_confirm": msg("Before you send, you see what follows and confirm once more."),
    "withdraw_by:parent": msg("You can take an absence back yourself."),
    "withdraw_by:staff": msg("The group can take an absence back for you."),
    "withdraw_by:both": msg("You can take an absence back yourself; the group can do it for you too."),
    "withdraw_notice": msg("Taking back: %(notice)s."),
    "withdraw_taken_back": msg("The credit that it earned goes back with it."),
    "withdraw_kept": msg("You keep the credit that it earned."),
    "withdraw_spent_not_allowed": msg("Once a part of that credit is used, the absence can no longer be taken back."),
    "withdraw_spent_stays_spent": msg("What is used of that credit stays used; only the rest goes back."),
    "credit_source_absence": msg("Earned by reporting your child absent in time."),
    "credit_source_contract": msg("Comes from the hours of your contract."),
    "credit_source_holiday_contract": msg("Comes from the hours of your holiday contract."),
    "credit_worth_hour": msg("1 %(one)s is good for one hour of care."),
    "credit_worth_daypart": msg("1 %(one)s is good for one part of a day."),
    "earn_notice": msg("In time means: %(notice)s."),
    "earn_by:parent": msg("Only what you report in the portal yourself counts."),
    "earn_by:staff": msg("Only what the group enters counts."),
    "earn_by:both": msg("It makes no difference whether you report it or the group enters it."),
    "earn_day": msg("It counts for %(days)s."),
    "earn_not_on": msg("Nothing is earned for %(days)s."),
    "earn_reasons:all": msg("The reason makes no difference."),
    "earn_reasons:some": msg("Only with the reason: %(reasons)s."),
    "earn_maximum": msg("Never more than %(maximum)s at once."),
    "earn_at_maximum_cut_off": msg("What would go over the maximum is cut off."),
    "earn_at_maximum_nothing": msg("When it would go over the maximum, the whole day earns nothing."),
    "earn_at_maximum_whole": msg("When there is room below the maximum, the whole day counts."),
    "credit_valid:unlimited": msg("Valid without an end date."),
    "credit_valid:calendar year": msg("Valid for one calendar year: for days of care up to and including 31 December."),
    "credit_valid:after absence": msg("Valid for days of care from the missed day up to and including %(period)s after it."),
    "credit_valid:after grant": msg("Valid for days of care up to and including %(period)s after the day on which you receive it."),
    "credit_usable_for:same": msg("Only within the same kind of care."),
    "credit_usable_for:listed": msg("For: %(what)s."),
    "credit_usable_on": msg("Only on %(days)s."),
    "credit_not_usable:contract": msg("Not with the contract “%(contract)s”."),
    "credit_not_usable:earned_on": msg("Not when it was earned on %(earned_on)s."),
    "credit_not_usable:used_on": msg("Not on %(used_on)s."),
    "credit_not_usable:contract+earned_on": msg("With the contract “%(contract)s”: not when it was earned on %(earned_on)s."),
    "credit_not_usable:contract+used_on": msg("With the contract “%(contract)s”: not on %(used_on)s."),
    "credit_not_usable:earned_on+used_on": msg("What was earned on %(earned_on)s cannot be used on %(used_on)s."),
    "credit_not_usable:contract+earned_on+used_on": msg("With the contract “%(contract)s”: what was earned on %(earned_on)s cannot be used on %(used_on)s."),
}  # fmt: skip
