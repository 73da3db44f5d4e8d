"""The conditions as sentences, per register. What is for somebody in particular says for whom, before a colon."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from spelregel.rules.condition import Condition
from spelregel.rules.message import msg
from spelregel.rules.phrases import AgeRange, Amount, Horizon
from spelregel.rules.rulebook import Selector
from spelregel.rules.worked import Instance
from spelregel.words import formats, terms
from spelregel.words.phrase_words import (
    by_words,
    cap_words,
    counted,
    counted_as,
    days_words,
    later_words,
    notice_words,
    own_words,
    share_words,
    step_words,
)
from spelregel.words.sentences import Speaker
from spelregel.words.validity_words import valid_words, window_words

#: In `names`, with a topic behind it: to whom parents can turn about it.
CONTACT = "contact:"
#: In `names`, with the key of a credit behind it: what it is counted in.
UNIT = "unit:"


def sentence(condition: Condition, speaker: Speaker, names: Mapping[str, str]) -> str:
    """`names`: products, contracts and locations of this organisation in the reader's language; UNIT, CONTACT."""
    values = _values(condition, speaker, names)
    text = _sentence_of(condition, values, speaker)
    whom = _for_whom(condition, speaker, names)
    if not whom or condition.code in ("absence_bill", "absence_bill_other"):
        return text  # a row of a list: for whom it is stands above it
    start = text if _starts_with_a_name(text, names, values) else _small(text)
    told = speaker.say("%(whom)s: %(sentence)s", whom=whom[:1].upper() + whom[1:], sentence=start)
    if condition.goes_first:
        return speaker.say("%(sentence)s This goes before the exceptions below.", sentence=told)
    return told


def _starts_with_a_name(text: str, names: Mapping[str, str], values: Mapping[str, object]) -> bool:
    own = [each for key, each in names.items() if ":" not in key]
    return any(text.startswith(str(each)) for each in (*own, values.get("credit")) if each)


def _for_whom(condition: Condition, speaker: Speaker, names: Mapping[str, str]) -> str:
    care = [speaker.word(terms.CARE_TYPES, each) for each in condition.care_types]
    if condition.only_for is None:
        return speaker.say("for %(care)s", care=formats.and_list(care, speaker.register)) if care else ""
    if condition.also_for:
        every = (condition.only_for, *condition.also_for)
        whom = [formats.and_list([", ".join(_whom(each, speaker, names)) for each in every], speaker.register)]
    else:
        whom = list(_whom(condition.only_for, speaker, names))
    if care and "care_type" not in condition.only_for.named:
        whom.append(speaker.say("for %(care)s", care=formats.and_list(care, speaker.register)))
    return ", ".join(whom)


def _whom(selector: Selector, speaker: Speaker, names: Mapping[str, str]) -> Iterator[str]:
    """For whom an exception holds, a fragment for each thing that it names."""
    for dimension, wanted in selector.named.items():
        if isinstance(wanted, AgeRange):
            years, rest = divmod(wanted.months, 12)
            age = counted(years, "year", speaker) if years and not rest else counted(wanted.months, "month", speaker)
            yield (
                speaker.say("for children under %(age)s", age=age)
                if wanted.under
                else speaker.say("for children from %(age)s", age=age)
            )
        elif dimension == "reason":
            yield speaker.word(terms.FOR_REASONS, wanted)
        elif dimension == "season":
            yield speaker.word(terms.SEASONS, wanted)
        elif dimension == "care_type":
            yield speaker.say("for %(care)s", care=speaker.word(terms.CARE_TYPES, wanted))
        elif dimension == "location":
            yield speaker.say("at %(location)s", location=names.get(wanted, wanted))
        elif dimension == "product":
            yield speaker.say("for %(product)s", product=names.get(wanted, wanted))
        else:
            yield speaker.say("with %(contract)s", contract=_contract(names.get(wanted, wanted), speaker))
    if selector.new_contracts and selector.since:
        yield speaker.say(
            "with a contract from %(day)s or later", day=formats.full_day(selector.since, speaker.register)
        )


def instance_sentence(instance: Instance, condition: Condition, speaker: Speaker) -> str:
    """Donderdag 10 december, opvang vanaf 08.00 uur: je bent op tijd tot dinsdag 8 december 09.30 uur."""
    register = speaker.register
    day = formats.full_day(instance.day, register) if instance.year else formats.long_day(instance.day, register)
    if instance.holiday:
        name = speaker.word(terms.SCHOOL_HOLIDAYS, instance.holiday)
        day = speaker.say("%(holiday)s, from %(day)s", holiday=name, day=day)
    if instance.starts is not None:
        day = speaker.say("%(day)s, care from %(time)s", day=day, time=formats.clock(instance.starts, register))
    until = formats.in_time(instance.cutoff, register)
    code = "swap_notice" if (condition.topic, condition.code) == ("request:swap", "ask_notice") else condition.code
    code = code if code in _INSTANCES else ""
    values: dict[str, object] = {}
    if code == "guarantee" and condition.values["days"]:
        code, values = "guarantee_days", {"days": _days_words(condition.values["days"], speaker, parts=True)}
    text = speaker.say(_INSTANCES[code].template, day=day, until=until, **values)
    return text[:1].upper() + text[1:]


_INSTANCES = {
    "": msg("%(day)s: you are in time %(until)s."),
    "guarantee": msg("%(day)s: your place is guaranteed if you ask %(until)s."),
    "guarantee_days": msg("%(day)s: your place is guaranteed if, %(until)s, you ask for %(days)s."),
    "cancel_approved": msg("%(day)s: you can cancel %(until)s."),
    "swap_notice": msg("Asking for %(day)s: you are in time %(until)s."),
    "swap_give_up": msg("Giving up %(day)s: you are in time %(until)s."),
}


def _values(condition: Condition, speaker: Speaker, names: Mapping[str, str]) -> dict[str, object]:
    register, found, topic = speaker.register, condition.values, condition.topic
    values: dict[str, object] = {}
    credit = None if topic == "absence" or topic.startswith("request:") else topic
    unit = names.get(UNIT + topic)
    if credit is not None:
        values["credit"] = speaker.name_of(credit).label
        values["one"] = speaker.name_of(credit).one
    if found.get("notice") is not None:
        values["notice"] = notice_words(found["notice"], speaker)
    if found.get("by") is not None:
        values["by"] = by_words(found["by"], speaker)
    if found.get("distance") is not None:
        values["period"] = counted(found["distance"].n, found["distance"].unit, speaker)
    if "caps" in found:
        values["caps"] = formats.and_list([cap_words(each, speaker, credit, unit) for each in found["caps"]], register)
    for key in ("amount", "maximum"):
        if isinstance(found.get(key), Amount):
            values[key] = own_words(found[key], speaker, credit, unit)
    if "every" in found:
        values["every"] = speaker.word(terms.PER, found["every"])
    if "of" in found:
        values["period"] = speaker.word(terms.PART_OF, str(found["of"]))
        values["what"] = speaker.word(terms.APPROVED, str(found["of"]))
    if found.get("rounding"):
        step = step_words(found["step"], speaker)
        how = found["rounding"]
        values["rounded"] = speaker.say(_ROUNDED[how].template, step=step)
    if "n" in found:
        values["n"] = found["n"]
    if "periods" in found:
        values["periods"] = formats.and_list([days_words(each, speaker) for each in found["periods"]], register)
    if "last" in found:
        values["last"] = formats.full_day(found["last"], register)
    if found.get("fate"):
        values["fate"] = speaker.word(terms.FATES, found["fate"])
    if "percent" in found:
        values["share"] = share_words(found["percent"], found["euros"], speaker)
    if "days" in found:
        values["days"] = _days_words(found["days"], speaker, parts=condition.code == "guarantee")
    if "reasons" in found:
        values |= _reason_words(found, speaker)
    if found.get("what") is not None:
        values["what"] = _what_words(condition, speaker, names)
    if "sections" in found:
        titles = [_capital(speaker.name_of(each).label) for each in found["sections"]]
        values["sections"] = formats.and_list(titles, register)
    if "credits" in found:
        values |= _pot_words(found, speaker)
    if "subject" in found:
        values["subject"] = speaker.word(terms.OPEN, found["subject"])
    if "step" in found and "most" in found:
        values |= _step_words(found, speaker, topic)
    if "each" in found:
        values["each"] = speaker.amount(found["each"], topic)
    if "other" in found:
        values["other"] = speaker.name_of(found["other"]).label
    for key in ("earned_on", "used_on"):
        values[key] = speaker.word(terms.KINDS_OF_DAY, str(found.get(key) or ""))
    if condition.code == "ask_by" and _who(found["who"]) == "staff" and CONTACT + topic in names:
        values["contact"] = _in_a_sentence(names[CONTACT + topic])
    values["contract"] = _contract(names.get(str(found.get("contract")), ""), speaker)
    return values


def _days_words(days: Sequence[str], speaker: Speaker, *, parts: bool = False) -> str:
    """`parts`: what is promised holds for the part of the day that the contract has, not for the whole of it."""
    vocabulary = {**terms.PLANNED, **terms.KINDS_OF_DAY}
    if parts and list(days) == ["contract day"]:
        return speaker.say("a part of a day that is in your contract")
    return formats.or_list([speaker.word(vocabulary, each) for each in days], speaker.register)


def _contract(name: str, speaker: Speaker) -> str:
    """“het contract Twee dagen”, but “het Avondcontract”."""
    if "contract" in name.lower():
        return speaker.say("the %(name)s", name=name)
    return speaker.say("the contract %(name)s", name=name)


def _in_a_sentence(name: str) -> str:
    """“neem contact op met de groep”: an article that begins a name is no part of it."""
    first, space, _ = name.partition(" ")
    return name[:1].lower() + name[1:] if space and first in ("De", "Het", "The") else name


def _small(text: str) -> str:
    """As it goes on after a colon, also where it begins with a quotation mark."""
    at = 1 if text.startswith("“") else 0
    return text[:at] + text[at : at + 1].lower() + text[at + 1 :]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _reason_words(found: Mapping[str, Any], speaker: Speaker) -> dict[str, object]:
    def listed(reasons: Sequence[str], vocabulary: object) -> str:
        return formats.or_list([speaker.word(vocabulary, each) for each in reasons], speaker.register)

    values: dict[str, object] = {
        "reasons": listed(found["reasons"], terms.REASONS),
        "only": listed(found["reasons"], terms.FOR_REASONS),
    }
    if "all" in found:
        values["never"] = listed([each for each in found["all"] if each not in found["reasons"]], terms.FOR_REASONS)
    if found.get("otherwise"):
        values["otherwise"] = listed(found["otherwise"], terms.FOR_REASONS)
    return values


def _what_words(condition: Condition, speaker: Speaker, names: Mapping[str, str]) -> str:
    """Kinds of care, and products or contracts by their names."""
    if condition.code in ("ask_contracts", "credit_contracts"):
        each = [_contract(names[key], speaker) for key in condition.values["what"]]
        return formats.or_list(each, speaker.register)
    return formats.and_list(_care_words(condition.values["what"], speaker, names), speaker.register)


def _care_words(what: Sequence[str], speaker: Speaker, names: Mapping[str, str]) -> list[str]:
    """Kinds of care in the vocabulary's words, products by their names."""
    return [
        speaker.say("care with the product %(product)s", product=names[each])
        if each in names
        else speaker.word(terms.CARE_TYPES, each)
        for each in what
    ]


def _step_words(found: Mapping[str, Any], speaker: Speaker, credit: str) -> dict[str, object]:
    return {
        "step": step_words(Amount(found["step"], "hour"), speaker),
        "amount": speaker.amount(found["counts"], credit),
        "most": speaker.amount(found["most"], credit),
    }


def _exchange_words(found: Mapping[str, Any], speaker: Speaker, credit: str) -> dict[str, object]:
    """“op een schoolvakantiedag” and “in buitenschoolse opvang”, for where it was earned and where it is used."""
    sides: dict[str, object] = {}
    for side, kind, care in (("earned", "earned_on", "earned_in"), ("used", "used_on", "used_for")):
        words = []
        if found[kind]:
            words.append(speaker.say("on %(day)s", day=speaker.word(terms.KINDS_OF_DAY, found[kind])))
        if found[care]:
            words.append(speaker.say("in %(care)s", care=speaker.word(terms.CARE_TYPES, found[care])))
        sides[side] = " ".join(words)
    return {**sides, "unit": speaker.amount(60, credit), "costs": speaker.amount(int(found["costs"] * 60), credit)}


def _weighed_words(found: Mapping[str, Any], speaker: Speaker) -> str:
    words = []
    if found["care_type"]:
        words.append(speaker.word(terms.CARE_TYPES, found["care_type"]))
    if found["day"]:
        words.append(speaker.word(terms.KINDS_OF_DAY, found["day"]))
    if found["at_least"] is not None:
        hours = counted_as(
            formats.decimal(found["at_least"], speaker.register), 1 if found["at_least"] == 60 else 2, "hour", speaker
        )
        words.append(speaker.say("care of at least %(hours)s", hours=hours))
    text = ", ".join(words) if words else speaker.say("all other care")
    return text[:1].upper() + text[1:]


def _case_words(found: Mapping[str, Any], speaker: Speaker) -> str:
    """When a row of the bill counts: every fragment must be so."""
    words = []
    if found["reasons"]:
        words.append(
            formats.or_list([speaker.word(terms.REASONS, each) for each in found["reasons"]], speaker.register)
        )
    if found["proof"]:
        words.append(speaker.say("with proof"))
    if found["in_time"]:
        words.append(speaker.say("reported %(notice)s", notice=by_words(found["in_time"], speaker)))
    if found["late"]:
        words.append(speaker.say("reported %(notice)s", notice=later_words(found["late"], speaker)))
    text = ", ".join(words)
    if found["cap"]:
        cap = cap_words(found["cap"], speaker)
        first = speaker.say("for the first %(cap)s", cap=cap)
        text = speaker.say("%(case)s (%(first)s)", case=text, first=first) if text else first
    return text[:1].upper() + text[1:]


def _band_words(bands: Sequence[tuple[Any, Any, Any]], speaker: Speaker) -> str:
    """“Annuleer je later dan 6 dagen van tevoren, dan betaal je 25% van de prijs; later dan 24 uur …”"""
    words = []
    for index, (after, percent, euros) in enumerate(bands):
        late, share = later_words(after, speaker), share_words(percent, euros, speaker)
        if index == 0:
            words.append(speaker.say("If you cancel %(late)s, you pay %(share)s", late=late, share=share))
        else:
            words.append(speaker.say("%(late)s: %(share)s", late=late, share=share))
    return speaker.say("%(bands)s.", bands="; ".join(words))


def _pot_words(found: Mapping[str, Any], speaker: Speaker) -> dict[str, object]:
    """What can be paid with, in the words of each way to choose."""
    register = speaker.register
    credits = [speaker.name_of(pot).label for pot in found["credits"]]
    pots = [*credits, *([speaker.say("an invoice")] if found.get("invoice") else [])]
    return {
        "pots": formats.or_list(pots, register),
        "credits": speaker.say(", then ").join(credits),
        "first": pots[0] if pots else "",
        "next": _otherwise(pots[1:], speaker),
        "short": speaker.name_of(found["credits"][0]).label if len(credits) == 1 else speaker.say("credit"),
    }


def _otherwise(pots: Sequence[str], speaker: Speaker) -> str:
    """“anders met spaaruren, en anders met een factuur”"""
    words = [speaker.say("otherwise with %(pot)s", pot=pot) for pot in pots]
    if len(words) > 1:
        words[-1] = speaker.say("and otherwise with %(pot)s", pot=pots[-1])
    return ", ".join(words)


def _sentence_of(condition: Condition, values: dict[str, object], speaker: Speaker) -> str:
    found, code = condition.values, condition.code
    if code == "credit_valid":
        return valid_words(found["valid"], found["how"], speaker)
    if code == "credit_valid_before":
        old = valid_words(found["valid"], found["how"], speaker)
        day = formats.full_day(found["since"], speaker.register)
        return speaker.say("What you got before %(day)s keeps its old term: %(term)s", day=day, term=_small(old))  # fmt: skip
    if code == "window":
        return window_words(found["valid"], speaker)
    if code == "cancel_price":
        return _band_words(found["bands"], speaker)
    if code == "credit_exchange":
        values |= _exchange_words(found, speaker, condition.topic)
    if code == "credit_weight":
        values["what"] = _weighed_words(found, speaker)
        values["amount"] = speaker.amount(found["counts"], condition.topic)
    if code == "absence_bill":
        values["case"] = _case_words(found, speaker)
    choose: dict[str, Callable[[], str]] = {
        "absence_by": lambda: _who(found["who"]),
        "absence_notice": lambda: "staff" if _who(found["who"]) == "staff" else "portal",
        "withdraw": lambda: _who(found["who"]) + ("+within" if found["distance"] is not None else ""),
        "earn_by": lambda: _who(found["who"]),
        "earn_notice": lambda: "none" if found["notice"].kind == "none" else "limit",
        "ask_by": lambda: _who(found["who"]) + ("+contact" if "contact" in values else ""),
        "ask_notice": lambda: _asking(condition),
        "cancel_by": lambda: _who(found["who"]),
        "ask_horizon": lambda: _horizon(found["horizon"]),
        "absence_horizon": lambda: _horizon(found["horizon"]),
        "guarantee": lambda: "days" if found["days"] else "any",
        "grant_part_by_month": lambda: "rounded" if found["rounding"] else "plain",
        "grant_part_by_day": lambda: "rounded" if found["rounding"] else "plain",
        "credit_usable_for": lambda: _usable_for(found),
        "earn_reasons": lambda: _earning_reasons(found),
        "earn_nothing": lambda: str(found["how"]) + ("+except" if found.get("except") else ""),
        "credit_exchange": lambda: "+".join(side for side in ("earned", "used") if values[side]) or "any",
        "credit_not_usable": lambda: "+".join(key for key in ("contract", "earned_on", "used_on") if found.get(key)),
    }
    if code in choose:
        code = f"{code}:{choose[code]()}"
    horizon = found.get("horizon")
    if isinstance(horizon, Horizon) and horizon.kind == "ahead":
        values["period"] = counted(horizon.n, horizon.unit, speaker)
    return _capital(speaker.say(_SENTENCES[code].template, **values))


def _who(who: Any) -> str:
    return "both" if {"parent", "staff"} <= set(who) else str(who[0])


def _asking(condition: Condition) -> str:
    if condition.topic == "request:swap":
        return "swap"
    return "staff" if _who(condition.values["who"]) == "staff" else "portal"


def _usable_for(found: Mapping[str, Any]) -> str:
    if "same care type" in found["what"]:
        return "same"
    return "all" if set(found["what"]) >= set(found["all"]) else "listed"


def _earning_reasons(found: Mapping[str, Any]) -> str:
    if not set(found["reasons"]) >= set(found["all"]):
        return "some"
    return "all" if not found.get("otherwise") else "limit" if found["limit"] else "otherwise"


def _horizon(horizon: Horizon) -> str:
    return f"ahead of {horizon.anchor}" if horizon.kind == "ahead" else horizon.kind


_ROUNDED = {
    "up": msg("rounded up to %(step)s"),
    "down": msg("rounded down to %(step)s"),
    "nearest": msg("rounded to %(step)s"),
}

_SENTENCES = {
    "left_open": msg("%(subject)s is not written here yet: ask us."),
    "absence_by:parent": msg("You report your child absent in this portal yourself."),
    "absence_by:staff": msg("Your child is reported absent by the group: tell them."),
    "absence_by:both": msg("You report your child absent in this portal. If you cannot, the group enters it for you."),
    "absence_notice:portal": msg("You can report an absence in the portal %(notice)s."),
    "absence_notice:staff": msg("You can tell us of an absence %(notice)s."),
    "absence_expected": msg("We expect your report %(by)s. You can still report after that, for as long as reporting is possible, but then you are late."),
    "absence_horizon:unlimited": msg("You can report as far ahead as you like."),
    "absence_horizon:week": msg("You can report days of the current week."),
    "absence_horizon:month": msg("You can report days of the current month."),
    "absence_horizon:quarter": msg("You can report days of the current quarter."),
    "absence_horizon:calendar year": msg("You can report days up to and including 31 December of this year."),
    "absence_horizon:school year": msg("You can report days up to and including 31 July of this school year."),
    "absence_horizon:contract year": msg("You can report days of your current contract year."),
    "absence_horizon:ahead of care": msg("You can report at most %(period)s ahead."),
    "absence_horizon:ahead of holiday": msg("Reporting opens %(period)s before the first day of the holiday."),
    "absence_piece_whole_day": msg("You report a whole day absent, not a part of it."),
    "absence_piece_daypart": msg("You can report a part of a day absent too."),
    "absence_reasons": msg("Reasons that you can give: %(reasons)s."),
    "absence_credit": msg("What it takes to earn credit with it is written under %(sections)s."),
    "absence_confirm": msg("Before you send your report, we show you what follows from it and ask you to confirm."),
    "withdraw:parent": msg("You can withdraw an absence %(notice)s."),
    "withdraw:staff": msg("The group can withdraw an absence for you %(notice)s."),
    "withdraw:both": msg("You can withdraw an absence %(notice)s; the group can do it for you too."),
    "withdraw:parent+within": msg("You can withdraw an absence %(notice)s, but only within %(period)s of reporting it."),
    "withdraw:staff+within": msg("The group can withdraw an absence for you %(notice)s, but only within %(period)s of reporting it."),
    "withdraw:both+within": msg("You can withdraw an absence %(notice)s, but only within %(period)s of reporting it; the group can do it for you too."),
    "withdraw_place_kept": msg("Until then we keep the place for your child."),
    "withdraw_place_if_still_free": msg("The place may have been given away by then: we look first."),
    "withdraw_taken_back": msg("You then give back the credit that it earned."),
    "withdraw_kept": msg("You keep the credit that it earned."),
    "withdraw_spent_not_allowed": msg("Once any of that credit has been used, you can no longer withdraw the absence."),
    "withdraw_spent_stays_spent": msg("What is used of that credit stays used; only the rest goes back."),
    "absence_bill_first": msg("What you pay for a day on which your child is absent; the first line that fits counts:"),
    "absence_bill": msg("%(case)s: you pay %(share)s."),
    "absence_bill_only": msg("For a day on which your child is absent you pay %(share)s."),
    "absence_bill_other": msg("Otherwise you pay %(share)s."),
    "credit_source_absence": msg("Earned by reporting your child absent in time."),
    "credit_source_contract": msg("Given for the hours of your contract."),
    "credit_source_holiday_contract": msg("Given for the hours of your holiday contract."),
    "credit_source_grant": msg("You are given it, without doing anything for it."),
    "credit_source_purchase": msg("You can buy it from us."),
    "credit_source_public_holiday": msg("You get it for a public holiday on which your child would come."),
    "credit_source_closing_day": msg("You get it for a closing day on which your child would come."),
    "credit_source_study_day": msg("You get it for a study day on which your child would come."),
    "credit_care_types": msg("You have this with %(what)s only."),
    "credit_contracts": msg("You have this only with %(what)s."),
    "earn_nothing:absence+except": msg("You earn no %(credit)s, except in these cases:"),
    "earn_nothing:grant+except": msg("You are given no %(credit)s, except in these cases:"),
    "earn_nothing:absence": msg("You earn no %(credit)s."),
    "earn_nothing:grant": msg("You are given no %(credit)s."),
    "credit_worth_hour": msg("1 %(one)s is good for one hour of care."),
    "credit_worth_daypart": msg("1 %(one)s is good for one part of a day."),
    "credit_worth_day": msg("1 %(one)s is good for one day of care."),
    "credit_worth_point": msg("It is counted in points."),
    "credit_worth_strip": msg("It is counted in strips."),
    "credit_weight": msg("%(what)s: %(amount)s."),
    "credit_weight_any": msg("Every day of care counts for %(each)s, however long it is."),
    "credit_weight_steps": msg("We count %(amount)s for %(step)s of care, and so on up to %(most)s; a smaller rest does not count."),
    "credit_weights_as": msg("A day counts for as much as it does with %(other)s."),
    "earn_notice:limit": msg("“In time” means %(notice)s."),
    "earn_notice:none": msg("It makes no difference when you report."),
    "earn_by:parent": msg("Only what you report in the portal yourself counts."),
    "earn_by:staff": msg("Only what the group enters counts."),
    "earn_by:both": msg("It makes no difference whether you report it or the group enters it."),
    "earn_day": msg("Earned only for %(days)s."),
    "earn_not_on": msg("Nothing is earned for %(days)s."),
    "earn_reasons:all": msg("The reason makes no difference."),
    "earn_reasons:limit": msg("Every reason counts; %(otherwise)s another limit holds."),
    "earn_reasons:otherwise": msg("Every reason counts; %(otherwise)s other conditions hold."),
    "earn_reasons:some": msg("Only %(only)s, not %(never)s."),
    "earn_at_most": msg("You can earn at most %(caps)s."),
    "earn_maximum": msg("You can have at most %(maximum)s at any time."),
    "earn_maximum_cut_off": msg("You can have at most %(maximum)s at any time; what would go over it lapses."),
    "earn_maximum_nothing": msg("You can have at most %(maximum)s at any time; a day that does not fit below it as a whole earns nothing."),
    "earn_maximum_whole": msg("You can have at most %(maximum)s at any time; when there is still room, the whole day counts."),
    "grant_amount": msg("You are given %(amount)s %(every)s."),
    "grant_part_whole": msg("You are given all of it, also when your contract runs for only a part of that time."),
    "grant_part_half_from_July": msg("When your contract starts on 1 July or later, you are given half."),
    "grant_part_by_month:plain": msg("When your contract runs for only a part of %(period)s, you are given a share for every month that has begun."),
    "grant_part_by_month:rounded": msg("When your contract runs for only a part of %(period)s, you are given a share for every month that has begun, %(rounded)s."),
    "grant_part_by_day:plain": msg("When your contract runs for only a part of %(period)s, you are given a share for every day."),
    "grant_part_by_day:rounded": msg("When your contract runs for only a part of %(period)s, you are given a share for every day, %(rounded)s."),
    "grant_rounded": msg("The amount is %(rounded)s."),
    "grant_waiting": msg("You are given it from %(period)s after the first day of your contract."),
    "credit_usable_for:same": msg("Only for the same kind of care."),
    "credit_usable_for:all": msg("You can use it for %(what)s."),
    "credit_usable_for:listed": msg("Only for %(what)s."),
    "credit_usable_on": msg("Only on %(days)s."),
    "credit_not_usable:contract": msg("Not with %(contract)s."),
    "credit_not_usable:earned_on": msg("Not when it was earned on %(earned_on)s."),
    "credit_not_usable:used_on": msg("Not on %(used_on)s."),
    "credit_not_usable:contract+earned_on": msg("With %(contract)s: not when it was earned on %(earned_on)s."),
    "credit_not_usable:contract+used_on": msg("With %(contract)s: not on %(used_on)s."),
    "credit_not_usable:earned_on+used_on": msg("What was earned on %(earned_on)s cannot be used on %(used_on)s."),
    "credit_not_usable:contract+earned_on+used_on": msg("With %(contract)s: what was earned on %(earned_on)s cannot be used on %(used_on)s."),
    "credit_exchange:earned+used": msg("%(unit)s %(used)s costs %(costs)s earned %(earned)s."),
    "credit_exchange:earned": msg("%(unit)s costs %(costs)s earned %(earned)s."),
    "credit_exchange:used": msg("%(unit)s %(used)s costs %(costs)s."),
    "credit_exchange:any": msg("%(unit)s of care costs %(costs)s."),
    "spend_size_any": msg("It can pay for care of any length."),
    "spend_size_same": msg("It can only pay for care of the same length."),
    "spend_size_same_or_smaller": msg("It can pay for care that is as long or shorter."),
    "spend_rest_stays": msg("What is left of it stays yours."),
    "spend_rest_lapses": msg("What is left of it lapses."),
    "spend_several_yes": msg("Several of them can pay one day together."),
    "spend_several_no": msg("One day is paid with one of them; several together are not possible."),
    "contract_ended_by_parent": msg("When you end the contract: %(fate)s."),
    "contract_ended_by_organisation": msg("When we end the care: %(fate)s."),
    "contract_changed": msg("When your contract changes: %(fate)s."),
    "contract_moved": msg("When your child goes to another location: %(fate)s."),
    "contract_other_care": msg("When your child goes on to another kind of care: %(fate)s."),
    "credit_last_earned": msg("It is earned for days up to and including %(last)s, and no longer after that."),
    "credit_last_used": msg("It can be used for days up to and including %(last)s, and no longer after that."),
    "ask_by:parent": msg("You ask for it in this portal yourself."),
    "ask_by:staff": msg("Only we can enter it: please contact us."),
    "ask_by:staff+contact": msg("This is not arranged in this portal. Please contact %(contact)s."),
    "ask_by:both": msg("You ask for it in this portal. If you cannot, the group does it for you."),
    "ask_notice:portal": msg("You can ask for it %(notice)s."),
    "ask_notice:staff": msg("You can arrange it %(notice)s."),
    "ask_notice:swap": msg("The day that you ask for can be asked for %(notice)s."),
    "swap_give_up": msg("The day that you give up can be given up %(notice)s."),
    "ask_impossible": msg("This cannot be asked for."),
    "swap_impossible": msg("Swapping is not possible."),
    "ask_late_by_the_group": msg("After that only the group can still enter it: ask them."),
    "ask_late_by_the_location": msg("After that only the location can still enter it: ask there."),
    "ask_late_by_the_manager": msg("After that only the manager can still enter it: ask there."),
    "ask_late_by_phone": msg("After that, please phone us."),
    "ask_late_by_customer_service": msg("After that, please ask customer service."),
    "ask_late_not_possible": msg("After that it is no longer possible."),
    "ask_horizon:unlimited": msg("You can ask as far ahead as you like."),
    "ask_horizon:week": msg("You can ask for days of the current week."),
    "ask_horizon:month": msg("You can ask for days of the current month."),
    "ask_horizon:quarter": msg("You can ask for days of the current quarter."),
    "ask_horizon:calendar year": msg("You can ask for days up to and including 31 December of this year."),
    "ask_horizon:school year": msg("You can ask for days up to and including 31 July of this school year."),
    "ask_horizon:contract year": msg("You can ask for days of your current contract year."),
    "ask_horizon:ahead of care": msg("You can ask at most %(period)s ahead."),
    "ask_horizon:ahead of holiday": msg("Asking opens %(period)s before the first day of the holiday."),
    "ask_care_types": msg("Only for %(what)s."),
    "ask_care_types_too": msg("This is possible here too."),
    "ask_contracts": msg("Only with %(what)s."),
    "ask_only_on": msg("Only on %(days)s."),
    "ask_not_on": msg("Not on %(days)s."),
    "swap_not_on": msg("%(days)s cannot be swapped: you can neither give one up nor ask for one."),
    "ask_not_between": msg("Not possible: %(periods)s."),
    "ask_at_most": msg("At most %(caps)s."),
    "ask_at_least": msg("At least %(amount)s in one piece."),
    "ask_sign_ups": msg("It goes ahead with at least %(n)s children; with fewer, we decide."),
    "ask_unless_asked_not_enrolled": msg("In a holiday your child comes only on the days that you asked for."),
    "ask_unless_asked_enrolled": msg("In a holiday your child comes on its contract days, unless you report it absent."),
    "ask_place_own_group": msg("We look for a place in your child's own group."),
    "ask_place_other_group_with_consent": msg("If your child's own group is full, we may offer a place in another group, if you agree."),
    "ask_place_other_group": msg("If your child's own group is full, your child may be placed in another group."),
    "ask_place_other_location_too": msg("If the location is full, a place at another location is possible."),
    "ask_decided_by_the_location": msg("The location looks at your request."),
    "ask_decided_by_the_group": msg("The group looks at your request."),
    "ask_decided_by_central_planning": msg("Central planning looks at your request."),
    "ask_decided_by_the_portal_itself": msg("The portal answers at once."),
    "ask_order_first_come_first_served": msg("First come, first served."),
    "ask_order_swaps_before_extra_care": msg("Swaps go before extra care."),
    "ask_order_extra_care_before_swaps": msg("Extra care goes before swaps."),
    "ask_order_by_the_person_who_decides": msg("Whoever looks at the requests decides which goes first."),
    "ask_waiting_list_none": msg("There is no waiting list."),
    "ask_waiting_list_kept_until_the_day": msg("When there is no place yet, your request is kept until the day itself."),
    "ask_waiting_list_kept_with_an_offer_that_is_good_for_24_hours": msg("When there is no place yet, your request is kept. A place that comes free is offered to you, and the offer is good for 24 hours."),
    "guarantee:any": msg("If you ask %(by)s, your place is guaranteed."),
    "guarantee:days": msg("If, %(by)s, you ask for %(days)s, your place is guaranteed."),
    "ask_approval_by_a_person": msg("Your place is only certain once we have approved your request."),
    "ask_approval_when_there_is_a_place": msg("If there is a place, your request is approved at once."),
    "ask_approval_always": msg("Your request is approved at once."),
    "ask_approval_rest_by_a_person": msg("In all other cases your place is only certain once we have approved your request."),
    "ask_approval_rest_when_there_is_a_place": msg("Otherwise your request is approved at once if there is a place."),
    "ask_approval_rest_always": msg("Otherwise too, your request is approved at once."),
    "answer_within": msg("You hear from us within %(period)s."),
    "answer_before": msg("You hear from us %(by)s."),
    "answer_both": msg("You hear from us within %(period)s, and in any case %(by)s."),
    "answer_within_call_us": msg("If you have heard nothing after %(period)s, please call us."),
    "answer_silence_call_us": msg("Have you heard nothing by then? Call us."),
    "answer_silence_approved": msg("Have you heard nothing by then? Then it is approved."),
    "answer_silence_lapses": msg("Have you heard nothing by then? Then the request has lapsed."),
    "pay_untold": msg("This page says nothing about paying yet: ask us."),
    "pay_one": msg("You pay with %(pots)s."),
    "pay_parent": msg("You pay with %(pots)s; the choice is yours."),
    "pay_oldest_first": msg("You pay with %(pots)s; your oldest credit is used first."),
    "pay_in_order": msg("You pay with %(first)s first, %(next)s."),
    "pay_in_order_whole": msg("A day is paid in one way: with %(first)s, %(next)s. Credit is only used where it is enough for the whole day."),
    "pay_product": msg("%(what)s is paid with %(pots)s."),
    "pay_product_parent": msg("%(what)s is paid with %(pots)s; the choice is yours."),
    "pay_product_in_order": msg("%(what)s is paid with %(first)s, %(next)s."),
    "pay_in_order_mixed": msg("We first use %(credits)s."),
    "pay_combine_never_invoice": msg("A day is paid in one way. If you have too little credit for the whole day, we do not use it and the whole day goes on an invoice."),
    "pay_combine_never_short": msg("If you do not have enough %(short)s, you cannot ask for the day."),
    "pay_combine_credit_and_invoice_invoice": msg("What your credit does not cover goes on an invoice."),
    "pay_combine_credit_and_invoice_short": msg("If you do not have enough %(short)s, you cannot ask for the day."),
    "pay_combine_several_credits_invoice": msg("Several credits can pay one day together. If they are too little for the whole day, we do not use them and the day goes on an invoice."),
    "pay_combine_several_credits_short": msg("Several credits can pay one day together. If they are too little for the whole day, you cannot ask for the day."),
    "pay_combine_anything_invoice": msg("Several credits can pay one day together; what is left goes on an invoice."),
    "pay_combine_anything_short": msg("Several credits can pay one day together. If they are too little for the whole day, you cannot ask for the day."),
    "ask_price_as_in_the_contract": msg("On an invoice it costs as much as the hours of your contract."),
    "ask_price_billed_apart": msg("We bill it separately."),
    "ask_price_rest_billed_apart": msg("What goes on the invoice is billed separately."),
    "ask_price_free": msg("It costs nothing."),
    "ask_price_included": msg("It is included in the price of your contract."),
    "ask_reserve_at_the_request": msg("Credit is set apart as soon as you ask."),
    "ask_reserve_at_approval": msg("Credit is taken when your request is approved."),
    "cancel_untold": msg("This page says nothing about cancelling yet: ask us."),
    "cancel_impossible": msg("Cancelling is not possible."),
    "cancel_pending_yes": msg("As long as it has not been decided on, you can cancel the request."),
    "cancel_pending_no": msg("A request that has not been decided on cannot be cancelled."),
    "cancel_by:parent": msg("You cancel it in this portal yourself."),
    "cancel_by:staff": msg("Only we can cancel it for you: please contact us."),
    "cancel_by:both": msg("You cancel it in this portal. If you cannot, the group does it for you."),
    "cancel_approved": msg("%(what)s can be cancelled %(notice)s."),
    "cancel_never": msg("%(what)s cannot be cancelled any more."),
    "cancel_late_not_possible": msg("After that it is no longer possible."),
    "cancel_late_credit_back": msg("If you cancel later, you still get your credit back."),
    "cancel_late_counts_as_used": msg("If you cancel later, it counts as used."),
    "cancel_late_billed": msg("If you cancel later, it is billed."),
    "cancel_credit_back": msg("If you cancel, you get your credit back."),
    "cancel_then_nothing": msg("If you cancel in time, it costs nothing."),
    "cancel_then_nothing_until": msg("Cancelling costs nothing %(notice)s."),
    "cancel_then_credit_back": msg("If you cancel in time, you get your credit back."),
    "cancel_then_counts_as_used": msg("Even if you cancel in time, it counts as used."),
    "cancel_then_billed": msg("Even if you cancel in time, it is billed."),
    "cancel_undo": msg("Within %(period)s of asking you can undo it."),
    "swap_day": msg("You can only give up %(days)s."),
    "swap_size_any": msg("The new day may be longer or shorter than the day that you give up."),
    "swap_size_same": msg("The new day is as long as the day that you give up."),
    "swap_size_same_or_smaller": msg("The new day may not be longer than the day that you give up."),
    "swap_leftover_lapses": msg("If the new day is shorter, the hours that are left over lapse."),
    "swap_leftover_becomes_credit": msg("If the new day is shorter, the hours that are left over become credit."),
    "swap_care_type_yes": msg("Both days must be of the same kind of care."),
    "swap_care_type_no": msg("The days may be of different kinds of care."),
    "swap_kind_of_day_yes": msg("A school day cannot be swapped for a day in a school holiday, or the other way round."),
    "swap_kind_of_day_no": msg("You can swap a school day for a day in a school holiday, and the other way round."),
    "swap_again_yes": msg("A day that came from a swap can be swapped again."),
    "swap_again_no": msg("A day that came from a swap cannot be swapped again."),
}  # fmt: skip
