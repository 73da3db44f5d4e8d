"""The conditions as sentences, per register. Fragments under a heading where a name and a verb would have to agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from spelregel.rules.conditions import Condition, Instance
from spelregel.rules.message import msg
from spelregel.rules.phrases import AgeRange, Horizon, Validity
from spelregel.rules.rulebook import Selector
from spelregel.words import formats, terms
from spelregel.words.phrase_words import (
    amount_words,
    cap_words,
    counted,
    counted_as,
    days_words,
    notice_words,
    share_words,
)
from spelregel.words.sentences import Speaker


def sentence(condition: Condition, speaker: Speaker, names: Mapping[str, str]) -> str:
    """`names`: products and contracts of this organisation in the reader's language."""
    values = _values(condition, speaker, names)
    text = _sentence_of(condition, values, speaker)
    if condition.only_for:
        care = [speaker.say("for %(care)s", care=speaker.word(terms.CARE_TYPES, each)) for each in condition.care_types]
        whom = ", ".join(
            [*_whom(condition.only_for, speaker, names), *([formats.and_list(care, speaker.register)] if care else [])]
        )
        whom = whom[:1].upper() + whom[1:]
        return speaker.say("%(whom)s – %(sentence)s", whom=whom, sentence=text[:1].lower() + text[1:])
    if condition.care_types:
        kinds = formats.and_list(
            [speaker.word(terms.CARE_TYPES, each) for each in condition.care_types], speaker.register
        )
        return speaker.say("For %(care)s – %(sentence)s", care=kinds, sentence=text[:1].lower() + text[1:])
    return text


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
            yield speaker.say("with the reason “%(reason)s”", reason=speaker.word(terms.REASONS, wanted))
        elif dimension == "season":
            yield speaker.word(terms.SEASONS, wanted)
        elif dimension == "care_type":
            yield speaker.say("for %(care)s", care=speaker.word(terms.CARE_TYPES, wanted))
        elif dimension == "location":
            yield speaker.say("at %(location)s", location=names.get(wanted, wanted))
        else:
            yield speaker.say("with “%(name)s”", name=names.get(wanted, wanted))
    if selector.new_contracts and selector.since:
        yield speaker.say(
            "with a contract from %(day)s or later", day=formats.full_day(selector.since, speaker.register)
        )


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
    if condition.topic != "absence" and not condition.topic.startswith("request:"):
        values["credit"] = speaker.name_of(condition.topic).label
        values["one"] = speaker.name_of(condition.topic).one
    if "notice" in found:
        values["notice"] = notice_words(found["notice"], speaker) if found["notice"] else ""
    if found.get("answer"):
        values["answer"] = notice_words(found["answer"], speaker)
    if "caps" in found:
        values["caps"] = formats.and_list([cap_words(each, speaker) for each in found["caps"]], register)
    if "distance" in found:
        values["period"] = counted(found["distance"].n, found["distance"].unit, speaker)
    if "amount" in found:
        values["amount"] = amount_words(found["amount"], speaker)
    if "n" in found:
        values["n"] = found["n"]
    if "periods" in found:
        values["periods"] = formats.and_list([days_words(each, speaker) for each in found["periods"]], register)
    if "last" in found:
        values["last"] = formats.full_day(found["last"], register)
    if "latest" in found:
        latest = found["latest"]
        values["latest"] = (
            formats.full_day(latest, register) if isinstance(latest, date) else speaker.word(terms.ENDS, latest)
        )
    if "start" in found:
        values["start"] = speaker.word(terms.STARTS, found["start"])
    if "fate" in found:
        values["fate"] = speaker.word(terms.FATES, found["fate"])
    if "pots" in found:
        pots = [
            speaker.say("an invoice") if each == "invoice" else speaker.name_of(each).label for each in found["pots"]
        ]
        values["pots"] = formats.or_list(pots, register)
    if "percent" in found:
        values["share"] = share_words(found["percent"], found["euros"], speaker)
    if "costs" in found:
        values |= _exchange_words(found, speaker)
    if "counts" in found:
        values["what"] = _weighed_words(found, speaker)
        values["amount"] = formats.credit_amount(found["counts"], speaker.name_of(condition.topic), register)
    if condition.code == "absence_bill":
        values["case"] = _case_words(found, speaker)
    if "reasons" in found:
        values["reasons"] = formats.or_list([speaker.word(terms.REASONS, each) for each in found["reasons"]], register)
    if "days" in found:
        vocabulary = {**terms.PLANNED, **terms.KINDS_OF_DAY}
        values["days"] = formats.or_list([speaker.word(vocabulary, each) for each in found["days"]], register)
    if "maximum" in found:
        values["maximum"] = amount_words(found["maximum"], speaker)
    if "what" in found and found["what"] is not None:
        words = [names.get(each) or speaker.word(terms.CARE_TYPES, each) for each in found["what"]]
        either = condition.code in ("ask_contracts", "credit_contracts")
        values["what"] = formats.or_list(words, register) if either else formats.and_list(words, register)
    for key in ("earned_on", "used_on"):
        values[key] = speaker.word(terms.KINDS_OF_DAY, str(found.get(key) or ""))
    values["contract"] = names.get(str(found.get("contract")), "")
    return values


def _exchange_words(found: Mapping[str, Any], speaker: Speaker) -> dict[str, object]:
    """“op een schoolvakantiedag” and “in buitenschoolse opvang”, for where it was earned and where it is used."""
    sides: dict[str, object] = {}
    for side, kind, care in (("earned", "earned_on", "earned_in"), ("used", "used_on", "used_for")):
        words = []
        if found[kind]:
            words.append(speaker.say("on %(day)s", day=speaker.word(terms.KINDS_OF_DAY, found[kind])))
        if found[care]:
            words.append(speaker.say("in %(care)s", care=speaker.word(terms.CARE_TYPES, found[care])))
        sides[side] = formats.and_list(words, speaker.register) if words else speaker.say("anywhere")
    return {**sides, "costs": formats.plain(found["costs"], speaker.register)}


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
        reasons = formats.or_list([speaker.word(terms.REASONS, each) for each in found["reasons"]], speaker.register)
        words.append(speaker.say("with the reason %(reasons)s", reasons=reasons))
    if found["proof"]:
        words.append(speaker.say("with proof"))
    if found["notice"]:
        words.append(speaker.say("reported %(notice)s", notice=notice_words(found["notice"], speaker)))
    if found["after"]:
        words.append(speaker.say("not reported %(notice)s", notice=notice_words(found["after"], speaker)))
    if found["cap"]:
        words.append(speaker.say("for the first %(cap)s", cap=cap_words(found["cap"], speaker)))
    text = ", ".join(words) if words else speaker.say("in every other case")
    return text[:1].upper() + text[1:]


def _sentence_of(condition: Condition, values: Mapping[str, object], speaker: Speaker) -> str:
    found = condition.values
    choose: dict[str, Callable[[], str]] = {
        "absence_by": lambda: _who(found["who"]),
        "withdraw_by": lambda: _who(found["who"]),
        "earn_by": lambda: _who(found["who"]),
        "credit_valid": lambda: _validity(found["valid"], found["by"]),
        "window": lambda: found["valid"].kind,
        "ask_by": lambda: _who(found["who"]),
        "cancel_by": lambda: _who(found["who"]),
        "ask_horizon": lambda: _horizon(found["horizon"]),
        "absence_horizon": lambda: _horizon(found["horizon"]),
        "credit_usable_for": lambda: "same" if "same care type" in found["what"] else "listed",
        "earn_reasons": lambda: "all" if set(found["reasons"]) >= set(found["all"]) else "some",
        "credit_not_usable": lambda: "+".join(key for key in ("contract", "earned_on", "used_on") if found.get(key)),
    }
    code = condition.code
    if code == "left_open":
        code = f"left_open:{_OPEN.get(condition.ref.path.rsplit('.', 1)[-1], 'other')}"
    if code in choose:
        code = f"{code}:{choose[code]()}"
    extra: dict[str, object] = {}
    valid = found.get("valid")
    if isinstance(valid, Validity) and valid.kind == "after":
        extra["period"] = counted(valid.n, valid.unit, speaker)
    horizon = found.get("horizon")
    if isinstance(horizon, Horizon) and horizon.kind == "ahead":
        extra["period"] = counted(horizon.n, horizon.unit, speaker)
    return speaker.say(_SENTENCES[code].template, **values, **extra)


#: What kind of rule a key is, as far as a parent who reads that it is open wants to know.
_OPEN = {
    "reported_by": "by", "requested_by": "by", "by": "by", "notice": "notice", "expected": "notice", "approved": "notice",
    "give_up": "notice", "horizon": "horizon", "valid": "valid", "maximum": "amount", "at_most": "amount",
    "amount": "amount", "pay_with": "payment", "choice": "payment", "combine": "payment",
}  # fmt: skip


def _who(who: Any) -> str:
    return "both" if {"parent", "staff"} <= set(who) else str(who[0])


def _validity(valid: Validity, by: str) -> str:
    if valid.kind != "after":
        return valid.kind
    if valid.unit == "workday":
        return "after workdays"
    return "after absence" if by == "absence" else "after grant"


def _horizon(horizon: Horizon) -> str:
    return f"ahead of {horizon.anchor}" if horizon.kind == "ahead" else horizon.kind


_SENTENCES = {
    "left_open:by": msg("Who may do it is not settled yet: ask us."),
    "left_open:notice": msg("Until when it is possible is not settled yet: ask us."),
    "left_open:horizon": msg("How far ahead it is possible is not settled yet: ask us."),
    "left_open:valid": msg("How long it is valid is not settled yet: ask us."),
    "left_open:amount": msg("How much it can be is not settled yet: ask us."),
    "left_open:payment": msg("How it is paid is not settled yet: ask us."),
    "left_open:other": msg("One more condition is not settled yet: ask us."),
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
    "credit_valid:week": msg("Valid for days of care in the same week."),
    "credit_valid:month": msg("Valid for days of care in the same month."),
    "credit_valid:quarter": msg("Valid for days of care in the same quarter of the year."),
    "credit_valid:school year": msg("Valid for days of care up to and including 31 July of the same school year."),
    "credit_valid:contract year": msg("Valid for days of care until your contract year is over."),
    "credit_valid:until the contract ends": msg("Valid until your contract ends."),
    "credit_valid:after workdays": msg("Valid for days of care up to and including %(period)s later."),
    "credit_valid_early": msg("You can use it earlier too: from %(period)s before %(start)s on."),
    "credit_valid_whole": msg("You can use it earlier too: from %(start)s on."),
    "credit_care_types": msg("You have this with %(what)s only."),
    "credit_contracts": msg("You have this only with the contract %(what)s."),
    "credit_valid_extra": msg("On top of that: %(period)s."),
    "credit_valid_latest": msg("Never longer than up to and including %(latest)s."),
    "window:week": msg("The day that you ask for lies in the same week."),
    "window:month": msg("The day that you ask for lies in the same month."),
    "window:quarter": msg("The day that you ask for lies in the same quarter of the year."),
    "window:calendar year": msg("The day that you ask for lies in the same calendar year."),
    "window:school year": msg("The day that you ask for lies in the same school year."),
    "window:contract year": msg("The day that you ask for lies in the same contract year."),
    "window:unlimited": msg("The day that you ask for may lie as late as you like."),
    "window:until the contract ends": msg("The day that you ask for lies before your contract ends."),
    "window:after": msg("The day that you ask for lies at most %(period)s after the day that you give up."),
    "window_early": msg("It may lie earlier too: from %(period)s before %(start)s on."),
    "window_whole": msg("It may lie earlier too: from %(start)s on."),
    "window_extra": msg("On top of that: %(period)s."),
    "window_latest": msg("Never later than %(latest)s."),
    "absence_horizon:unlimited": msg("You can report as far ahead as you like."),
    "absence_horizon:week": msg("You can report days of the current week."),
    "absence_horizon:month": msg("You can report days of the current month."),
    "absence_horizon:quarter": msg("You can report days of the current quarter."),
    "absence_horizon:calendar year": msg("You can report days up to and including 31 December of this year."),
    "absence_horizon:school year": msg("You can report days up to and including 31 July of this school year."),
    "absence_horizon:contract year": msg("You can report days of your current contract year."),
    "absence_horizon:ahead of care": msg("You can report up to %(period)s ahead."),
    "absence_horizon:ahead of holiday": msg("Reporting opens %(period)s before the holiday starts."),
    "absence_piece_whole_day": msg("You report a whole day absent, not a part of it."),
    "absence_piece_daypart": msg("You can report a part of a day absent too."),
    "withdraw_within": msg("Taking back is possible within %(period)s of reporting."),
    "withdraw_place_kept": msg("Until then the place stays your child's."),
    "withdraw_place_if_still_free": msg("The place may have been given away by then: somebody looks first."),
    "withdraw_open": msg("What becomes of the credit is not settled yet: ask us."),
    "withdraw_spent_open": msg("What becomes of credit that is used already is not settled yet: ask us."),
    "absence_bill": msg("%(case)s: you pay %(share)s."),
    "credit_source_grant": msg("You are given it, without doing anything for it."),
    "credit_source_purchase": msg("You buy it."),
    "credit_source_public_holiday": msg("You get it for a public holiday on which your child would come."),
    "credit_source_closing_day": msg("You get it for a closing day on which your child would come."),
    "credit_source_study_day": msg("You get it for a study day on which your child would come."),
    "credit_source_open": msg("How you get it is not settled yet: ask us."),
    "credit_worth_day": msg("1 %(one)s is good for one day of care."),
    "credit_worth_point": msg("It is counted in points."),
    "credit_worth_strip": msg("It is counted in strips."),
    "credit_weight": msg("%(what)s: %(amount)s."),
    "earn_at_most": msg("You can earn at most %(caps)s."),
    "grant_amount": msg("You are given %(amount)s."),
    "grant_every_month": msg("That is for one month."),
    "grant_every_quarter": msg("That is for one quarter of the year."),
    "grant_every_calendar_year": msg("That is for one calendar year."),
    "grant_every_school_year": msg("That is for one school year."),
    "grant_every_contract_year": msg("That is for one year of your contract."),
    "grant_part_year_whole": msg("You are given all of it, also when your contract runs for a part of that time."),
    "grant_part_year_by_month": msg("When your contract runs for a part of that time, you are given a share for every month that has begun."),
    "grant_part_year_by_day": msg("When your contract runs for a part of that time, you are given a share for every day."),
    "grant_part_year_half_from_July": msg("When your contract starts on 1 July or later, you are given half."),
    "grant_rounding_up": msg("A share is rounded up."),
    "grant_rounding_down": msg("A share is rounded down."),
    "grant_rounding_nearest": msg("A share is rounded to the nearest step."),
    "grant_step": msg("It is rounded to %(amount)s."),
    "grant_waiting": msg("You are given it from %(period)s after the first day of your contract."),
    "credit_exchange": msg("Earned %(earned)s and used %(used)s: one costs %(costs)s."),
    "spend_size_any": msg("It pays care of any length."),
    "spend_size_same": msg("It pays care of the same length only."),
    "spend_size_same_or_smaller": msg("It pays care that is as long or shorter."),
    "spend_size_open": msg("For how long a day it is good is not settled yet: ask us."),
    "spend_rest_stays": msg("What is left of it stays yours."),
    "spend_rest_lapses": msg("What is left of it lapses."),
    "spend_rest_open": msg("What becomes of the rest is not settled yet: ask us."),
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
    "ask_by:staff": msg("Only the group can enter it: tell them."),
    "ask_by:both": msg("You ask for it in this portal; the group can enter it for you too."),
    "ask_notice": msg("Asking in the portal: %(notice)s."),
    "ask_late_by_the_group": msg("After that only the group can still enter it: ask them."),
    "ask_late_by_the_location": msg("After that only the location can still enter it: ask there."),
    "ask_late_by_the_manager": msg("After that only the manager can still enter it: ask there."),
    "ask_late_by_phone": msg("After that you can telephone us."),
    "ask_late_by_customer_service": msg("After that: ask customer service."),
    "ask_late_not_possible": msg("After that it is no longer possible."),
    "ask_horizon:unlimited": msg("You can ask as far ahead as you like."),
    "ask_horizon:week": msg("You can ask for days of the current week."),
    "ask_horizon:month": msg("You can ask for days of the current month."),
    "ask_horizon:quarter": msg("You can ask for days of the current quarter."),
    "ask_horizon:calendar year": msg("You can ask for days up to and including 31 December of this year."),
    "ask_horizon:school year": msg("You can ask for days up to and including 31 July of this school year."),
    "ask_horizon:contract year": msg("You can ask for days of your current contract year."),
    "ask_horizon:ahead of care": msg("You can ask up to %(period)s ahead."),
    "ask_horizon:ahead of holiday": msg("Asking opens %(period)s before the holiday starts."),
    "ask_care_types": msg("Possible for %(what)s."),
    "ask_contracts": msg("Only with the contract %(what)s."),
    "ask_only_on": msg("Only on %(days)s."),
    "ask_not_on": msg("Not on %(days)s."),
    "ask_not_between": msg("Not possible: %(periods)s."),
    "ask_at_most": msg("At most %(caps)s."),
    "ask_at_least": msg("At least %(amount)s in one piece."),
    "ask_sign_ups": msg("It goes ahead with at least %(n)s children."),
    "ask_unless_asked_not_enrolled": msg("In a holiday your child comes only on the days that you asked for."),
    "ask_unless_asked_enrolled": msg("In a holiday your child comes on its contract days, unless you report it absent."),
    "ask_place_own_group": msg("A place is looked for in your child's own group."),
    "ask_place_other_group_with_consent": msg("Where the own group is full, a place in another group is offered if you agree to that."),
    "ask_place_other_group": msg("Where the own group is full, a place in another group is possible."),
    "ask_place_other_location_too": msg("Where the location is full, a place at another location is possible."),
    "ask_decided_by_the_location": msg("The location looks at your request."),
    "ask_decided_by_the_group": msg("The group looks at your request."),
    "ask_decided_by_central_planning": msg("Central planning looks at your request."),
    "ask_decided_by_the_portal_itself": msg("The portal answers at once."),
    "ask_order_first_come_first_served": msg("Who asks first goes first."),
    "ask_order_swaps_before_extra_care": msg("Swaps go before extra care."),
    "ask_order_extra_care_before_swaps": msg("Extra care goes before swaps."),
    "ask_order_by_the_person_who_decides": msg("Whoever looks at the requests decides which goes first."),
    "ask_waiting_list_none": msg("There is no waiting list."),
    "ask_waiting_list_kept_until_the_day": msg("When there is no place yet, your request is kept until the day itself."),
    "ask_waiting_list_kept_with_an_offer_that_is_good_for_24_hours": msg("When there is no place yet, your request is kept. A place that comes free is offered to you, and the offer is good for 24 hours."),
    "ask_approval_by_a_person": msg("It is certain when somebody has approved it."),
    "ask_approval_when_there_is_a_place": msg("When there is a place, it is approved at once."),
    "ask_approval_always": msg("It is approved at once."),
    "guarantee_notice": msg("You are certain of a place when you ask: %(notice)s."),
    "guarantee_day": msg("That certainty is for %(days)s."),
    "answer_within": msg("You hear from us within %(period)s."),
    "answer_before": msg("You hear from us: %(answer)s."),
    "answer_silence_call_us": msg("Have you heard nothing by then? Call us."),
    "answer_silence_approved": msg("Have you heard nothing by then? Then it is approved."),
    "answer_silence_lapses": msg("Have you heard nothing by then? Then the request has lapsed."),
    "pay_with": msg("You pay with %(pots)s."),
    "pay_choice_parent": msg("You choose how you pay."),
    "pay_choice_in_this_order": msg("What is named first is used first."),
    "pay_choice_oldest_first": msg("The oldest credit is used first."),
    "pay_combine_never": msg("One day is paid in one way: credit that is too little is not used for it."),
    "pay_combine_credit_and_invoice": msg("When there is too little credit, an invoice follows for the rest."),
    "pay_combine_several_credits": msg("Several credits can pay one day together, but not with an invoice beside them."),
    "pay_combine_anything": msg("Credits and an invoice can be combined for one day."),
    "ask_price_as_in_the_contract": msg("On an invoice it costs as much as the hours of your contract."),
    "ask_price_billed_apart": msg("It is billed apart."),
    "ask_price_free": msg("It costs nothing."),
    "ask_price_included": msg("It is included in the price of your contract."),
    "ask_reserve_at_the_request": msg("Credit is set apart as soon as you ask."),
    "ask_reserve_at_approval": msg("Credit is taken when your request is approved."),
    "cancel_pending_yes": msg("As long as nobody has decided on it, you can cancel it."),
    "cancel_pending_no": msg("A request that nobody has decided on cannot be cancelled."),
    "cancel_by:parent": msg("You cancel it in this portal yourself."),
    "cancel_by:staff": msg("Only the group can cancel it for you: tell them."),
    "cancel_by:both": msg("You cancel it in this portal; the group can do it for you too."),
    "cancel_approved": msg("What is approved can be cancelled: %(notice)s."),
    "cancel_never": msg("What is approved cannot be cancelled any more."),
    "cancel_then_nothing": msg("Cancelled in time, it costs nothing."),
    "cancel_then_credit_back": msg("Cancelled in time, your credit comes back."),
    "cancel_then_counts_as_used": msg("Cancelled in time, it still counts as used."),
    "cancel_then_billed": msg("Cancelled in time, it is still billed."),
    "cancel_late_not_possible": msg("After that it cannot be cancelled any more."),
    "cancel_late_credit_back": msg("Cancelled later, your credit still comes back."),
    "cancel_late_counts_as_used": msg("Cancelled later, it counts as used."),
    "cancel_late_billed": msg("Cancelled later, it is billed."),
    "cancel_price": msg("If you do not cancel %(notice)s, you pay %(share)s."),
    "cancel_undo": msg("Within %(period)s of asking you can undo it."),
    "swap_give_up": msg("Giving up a day: %(notice)s."),
    "swap_day": msg("You can give up %(days)s."),
    "swap_size_any": msg("The day that you ask for may be longer or shorter."),
    "swap_size_same": msg("Both days are equally long."),
    "swap_size_same_or_smaller": msg("The day that you ask for is as long or shorter."),
    "swap_leftover_lapses": msg("Hours that you give up and do not ask back lapse."),
    "swap_leftover_becomes_credit": msg("Hours that you give up and do not ask back become credit."),
    "swap_care_type_yes": msg("Both days are of the same kind of care."),
    "swap_care_type_no": msg("The days may be of different kinds of care."),
    "swap_kind_of_day_yes": msg("A school day goes with a school day, and a holiday with a holiday."),
    "swap_kind_of_day_no": msg("A school day and a day in a holiday can be swapped for each other."),
    "swap_again_yes": msg("A day that came from a swap can be swapped again."),
    "swap_again_no": msg("A day that came from a swap cannot be swapped again."),
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
