"""The conditions page in whole sentences: what belongs together stands together, and nothing is said that is not so."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from spelregel.records.conditions_page import Section, conditions_page
from spelregel.rules.conditions import Condition, conditions
from spelregel.rules.phrases import parse_notice, parse_validity
from spelregel.tenancy.check import check_text, reading_of
from spelregel.tenancy.judging import judge
from spelregel.tenancy.sections import ACTIONS
from spelregel.tenancy.tenant import CreditName, Tenant
from spelregel.words.locale import Register
from spelregel.words.phrase_words import by_words, later_words, notice_words
from spelregel.words.sentences import Speaker
from spelregel.words.validity_words import valid_words, window_words
from tests.conftest import ROOT
from tests.rules.made_up import PLAIN

ON = date(2026, 11, 24)
ORGANISATIONS = sorted((ROOT / "tests" / "organisations").glob("*.yaml"))
JE, U, EN = Register("nl"), Register("nl", formal=True), Register("en")


def tenant_of(text: str) -> Tenant:
    found = check_text(text.encode(), "made_up.yaml")
    assert found.tenant, [str(problem.message) for problem in found.problems]
    return found.tenant


def sections(text: str, language: str = "nl", on: date = ON) -> dict[str, Section]:
    tenant = tenant_of(text)
    speaker = Speaker(Register(language, tenant.formal), lambda kind: tenant.credit_name(kind, language))
    return {section.anchor: section for section in conditions_page(tenant, speaker, on)}


def lines(text: str, section: str, language: str = "nl", on: date = ON) -> list[str]:
    return [line.text for line in sections(text, language, on)[section].lines]


def plain(more: str = "", *edits: tuple[str, str]) -> str:
    text = PLAIN
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return f"{text}\n{more}"


SWAPS = ("swap: false", "swap: true")


def zonuren(kind: str) -> CreditName:
    return CreditName(kind, "uur", "uren")


# Phrases

NOTICES = [
    ("4 days", "tot uiterlijk 4 dagen van tevoren", "uiterlijk 4 dagen van tevoren", "later dan 4 dagen van tevoren"),
    ("5 weeks before holiday", "tot uiterlijk 5 weken vóór de eerste dag van de vakantie",
     "uiterlijk 5 weken vóór de eerste dag van de vakantie", "later dan 5 weken vóór de eerste dag van de vakantie"),
    ("2 days, before 09:30", "tot 09.30 uur, 2 dagen van tevoren", "uiterlijk 2 dagen van tevoren, vóór 09.30 uur",
     "vanaf 09.30 uur, 2 dagen van tevoren"),
    ("same day, before 07:30", "tot 07.30 uur op de dag zelf", "vóór 07.30 uur op de dag zelf", "vanaf 07.30 uur op de dag zelf"),
    ("Thursday 1 week before", "tot uiterlijk donderdag van de week ervoor", "uiterlijk op donderdag van de week ervoor",
     "na donderdag van de week ervoor"),
    ("more than 48 hours", "tot 48 uur van tevoren (precies 48 uur van tevoren is te laat)", "meer dan 48 uur van tevoren",
     "48 uur van tevoren of later"),
    ("1 day, until 17:00", "tot en met 17.00 uur, 1 dag van tevoren", "uiterlijk 1 dag van tevoren, tot en met 17.00 uur",
     "na 17.00 uur, 1 dag van tevoren"),
    ("same day, until 07:30", "tot en met 07.30 uur op de dag zelf", "uiterlijk op de dag zelf om 07.30 uur", "na 07.30 uur op de dag zelf"),
    ("15 November before holiday", "tot uiterlijk 15 november vóór de vakantie", "uiterlijk op 15 november vóór de vakantie",
     "na 15 november vóór de vakantie"),
    ("before start", "tot de opvang begint", "voordat de opvang begint", "nadat de opvang is begonnen"),
]  # fmt: skip


@pytest.mark.parametrize(("phrase", "until", "by", "later"), NOTICES)
def test_a_limit_is_said_from_three_sides(phrase: str, until: str, by: str, later: str) -> None:
    speaker = Speaker(JE, lambda kind: tenant_of(PLAIN).credit_name(kind, "nl"))
    notice = parse_notice(phrase)
    assert [words(notice, speaker) for words in (notice_words, by_words, later_words)] == [until, by, later]


VALIDITIES = [
    ("30 days", "Te gebruiken voor opvang vanaf de gemiste dag tot en met 30 dagen daarna."),
    ("2 months, from 2 weeks before, at latest school year",
     "Te gebruiken voor opvang van 2 weken vóór tot en met 2 maanden na de gemiste dag, maar niet na 31 juli van dat schooljaar."),
    ("calendar year, and 3 months", "Te gebruiken voor opvang vanaf de gemiste dag tot en met 31 maart van het jaar erna."),
    ("calendar year, and 2 months", "Te gebruiken voor opvang vanaf de gemiste dag tot en met 31 december van dat jaar, en daarna nog 2 maanden."),
    ("calendar year", "Te gebruiken voor opvang vanaf de gemiste dag tot en met 31 december van dat jaar."),
    ("4 weeks, from 4 weeks before, and 1 week", "Te gebruiken voor opvang van 4 weken vóór tot en met 5 weken na de gemiste dag."),
    ("until the contract ends, at latest 2027-12-31",
     "Te gebruiken voor opvang vanaf de gemiste dag tot en met het einde van je contract, maar niet na vrijdag 31 december 2027."),
    ("same week", "Geldig in de week van de gemiste dag, ook op dagen ervoor."),
    ("same school year, and 1 month", "Te gebruiken voor opvang van het begin van dat schooljaar tot en met 31 augustus na dat schooljaar."),
    ("quarter, and 1 month", "Te gebruiken voor opvang vanaf de gemiste dag tot en met het einde van dat kwartaal, en daarna nog 1 maand."),
]  # fmt: skip


@pytest.mark.parametrize(("phrase", "nl"), VALIDITIES)
def test_a_validity_is_one_sentence_whatever_it_is_made_of(phrase: str, nl: str) -> None:
    assert valid_words(parse_validity(phrase), "absence", Speaker(JE, zonuren)) == nl


def test_the_window_of_a_swap_is_one_sentence() -> None:
    speaker = Speaker(EN, zonuren)
    assert window_words(parse_validity("week, and 1 week"), speaker) == (
        "The day that you ask for lies in the same week or the week after it, and not before the day that you give up."
    )
    assert window_words(parse_validity("4 weeks, from 4 weeks before"), speaker) == (
        "The day that you ask for lies from 4 weeks before up to and including 4 weeks after the day that you give up."
    )


# Worked days


def stated(condition: Condition, tenant: Tenant) -> str:
    """The kind of care that a worked day is of, as far as the line says so."""
    if condition.care_types:
        return condition.care_types[0]
    terms = tenant.rulebook.terms(ON, tenant.rulebook.care_types[0])
    action = condition.topic.removeprefix("request:")
    rule = terms.swap.request if action == "swap" and terms.swap else terms.requests.get(action)
    return rule.care_types.value[0] if rule and rule.care_types else tenant.rulebook.care_types[0]


@pytest.mark.parametrize("path", ORGANISATIONS, ids=lambda path: path.stem)
def test_every_worked_day_lies_ahead_and_shows_the_rule_that_it_stands_with(path: Path) -> None:
    tenant = tenant_of(path.read_text("utf-8"))
    reading, zone = reading_of(tenant), tenant.rulebook.zone
    for condition in conditions(tenant.rulebook, ON, contracts=tenant.contract_care_types):
        days = [instance.day for instance in condition.instances]
        assert days == sorted(days)
        for instance in condition.instances:
            assert instance.cutoff.last_minute().date() > ON
            if condition.only_for or condition.code not in ("ask_notice", "earn_notice"):
                continue
            care_type = stated(condition, tenant)
            holiday = tenant.rulebook.terms(ON, care_type).calendar.kind_of(instance.day) in (
                "school holiday",
                "study day",
            )
            early = {"vso": "07:00-08:30", "tso": "12:00-13:00", "bso": "14:00-18:30"}.get(care_type, "08:00-18:00")
            times = "08:00-18:00" if holiday else early
            if instance.starts:
                times = f"{instance.starts:%H:%M}-{'18:30' if instance.starts.hour > 8 else times[-5:]}"
            outcomes = []
            for moment in (instance.cutoff.flips - timedelta(minutes=1), instance.cutoff.flips):
                at = f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
                care = f"{instance.day} {times}"
                if condition.code == "earn_notice":
                    by = tenant.rulebook.terms(ON, care_type).credits[condition.topic].earned_if
                    assert by
                    verdict = judge(reading, {"absence": care, "reported": at, "care_type": care_type, "by": by.reported_by.value[0]}).verdict  # fmt: skip
                    assert verdict
                    steps = next(each.steps for each in verdict.credits if each.credit == condition.topic)
                else:
                    action = condition.topic.removeprefix("request:")
                    key = next(name for name, each in ACTIONS.items() if each == action)
                    who = condition.values["who"]
                    when = {
                        action: care[:10] if action == "holiday_contract" else care,
                        "asked": at,
                        "care_type": care_type,
                    }
                    request = judge(reading, {**when, "by": "parent" if "parent" in who else "staff"}).request
                    assert request, key
                    steps = request.decision.steps
                outcomes += [step.outcome for step in steps if step.rule is condition.ref and step.reason in ("in_time", "too_late", "too_late_for_parents")]  # fmt: skip
            assert outcomes == ["holds", "fails"] or outcomes == ["holds", "noted"], (condition, instance)


def test_a_limit_after_the_usual_start_is_shown_with_a_later_one() -> None:
    text = plain("", ("notice: 2 days, before 09:30", "notice: same day, before 10:00"))
    shown = [day for line in sections(text)["zonuren"].lines for day in line.instances]
    assert shown == [
        "Donderdag 3 december, opvang vanaf 13.00 uur: je bent op tijd tot donderdag 3 december 10.00 uur.",
        "Maandag 7 december, opvang vanaf 13.00 uur: je bent op tijd tot maandag 7 december 10.00 uur.",
    ]


def test_a_limit_that_the_report_never_reaches_gives_no_worked_day() -> None:
    text = plain("", ("notice: before start", "notice: 3 days"), ("notice: 2 days, before 09:30", "notice: 1 day"))
    assert not [day for line in sections(text)["zonuren"].lines for day in line.instances]


def test_a_worked_day_never_lies_where_an_exception_decides() -> None:
    text = with_exceptions(
        "{for: {season: christmas}, credits: {zonuren: {earned_if: {notice: 3 weeks before holiday}}}}",
        "{for: {season: school weeks}, credits: {zonuren: {earned_if: {notice: 5 days}}}}",
    )
    shown = {
        line.text: line.instances for line in sections(text)["zonuren"].lines if "op tijd afmelden" in line.text.lower()
    }
    assert shown == {
        "Op tijd afmelden kan tot 09.30 uur, 2 dagen van tevoren.": (
            "Maandag 22 februari 2027: je bent op tijd tot zaterdag 20 februari 09.30 uur.",
            "Donderdag 25 februari 2027: je bent op tijd tot dinsdag 23 februari 09.30 uur.",
        ),
        "In schoolweken: op tijd afmelden kan tot uiterlijk 5 dagen van tevoren.": (
            "Donderdag 3 december: je bent op tijd tot en met zaterdag 28 november.",
            "Maandag 7 december: je bent op tijd tot en met woensdag 2 december.",
        ),
        "In de kerstvakantie: op tijd afmelden kan tot uiterlijk 3 weken vóór de eerste dag van de vakantie.": (
            "Kerstvakantie, vanaf zaterdag 19 december: je bent op tijd tot en met zaterdag 28 november.",
        ),
    }


def test_a_limit_that_has_passed_gives_no_worked_day() -> None:
    asking = "holiday_care:\n  requested_by: [parent]\n  notice: 5 weeks before holiday\n  only_on: [school holiday]\n  approval: by a person\n"  # fmt: skip
    days = [day for line in sections(plain(asking))["holiday_care"].lines for day in line.instances]
    assert days and not any("december" in day.split(":")[0] for day in days), "the limit for Christmas was 14 November"


# What is not settled

SWAP = """swap:
  requested_by: [parent]
  notice: 2 days
  give_up: 2 days
  size: same
  leftover: lapses
  same_care_type: true
  same_kind_of_day: true
  swapped_again: false
  day: [contract day]
  not_on: [public holiday, closing day]
  approval: by a person
"""


def test_what_is_open_is_told_by_its_subject_and_once() -> None:
    text = plain(f"{SWAP}  cancel: {{by: [parent]}}\nto_confirm:\n  swap.cancel.pending: Not in the text.\n", SWAPS)
    told = lines(text, "swap")
    assert (
        told.count(
            "Of je een aanvraag kunt annuleren waarover nog niet is beslist, staat hier nog niet: vraag het ons."
        )
        == 1
    )
    assert "Een goedgekeurde ruil kun je niet meer annuleren." in told
    text = plain(f"{SWAP}to_confirm:\n  swap.cancel: Not in the text.\n", SWAPS)
    told = [line for line in lines(text, "swap") if "annuleren" in line]
    assert told == ["Of en tot wanneer je kunt annuleren, staat hier nog niet: vraag het ons."]


def test_what_is_open_of_a_contracts_end_does_not_contradict_what_is_settled() -> None:
    ends = "    at_contract_end: {by_parent: lapses}\n"
    text = plain(f"{ends}to_confirm:\n  credits.zonuren.at_contract_end.by_organisation: Not in the text.\n")
    told = [line for line in lines(text, "zonuren") if "beëindig" in line]
    assert told == [
        "Als je het contract beëindigt: het tegoed vervalt.",
        "Wat ermee gebeurt als wij de opvang beëindigen, staat hier nog niet: vraag het ons.",
    ]


def test_an_open_approval_is_told() -> None:
    text = plain(
        SWAP.replace("  approval: by a person\n", "") + "to_confirm:\n  swap.approval: Not in the text.\n", SWAPS
    )
    assert "Wanneer je aanvraag zeker is, staat hier nog niet: vraag het ons." in lines(text, "swap")


def test_a_swap_says_of_both_days_what_cannot_be_swapped() -> None:
    told = lines(plain(SWAP, SWAPS), "swap")
    assert "Een feestdag of een sluitingsdag kun je niet ruilen: niet inleveren en niet aanvragen." in told
    assert "De dag die je inlevert, kun je inleveren tot uiterlijk 2 dagen van tevoren." in told
    assert "De dag die je vraagt, kun je aanvragen tot uiterlijk 2 dagen van tevoren." in told


# Who asks, what is certain, what it costs

EXTRA = """extra_care:
  requested_by: [{who}]
  notice: 2 days
  approval: {approval}
{more}"""


def extra(who: str = "parent", approval: str = "by a person", more: str = "") -> list[str]:
    return lines(plain(EXTRA.format(who=who, approval=approval, more=more)), "extra_care")


def test_what_only_staff_can_enter_is_not_asked_for_in_the_portal() -> None:
    told = extra("staff")
    assert told[:2] == [
        "Alleen wij kunnen dit invoeren: neem contact met ons op.",
        "Je kunt het regelen tot uiterlijk 2 dagen van tevoren.",
    ]


def test_a_guarantee_stands_before_what_it_takes_otherwise() -> None:
    told = extra(more="  guaranteed_if: {notice: 1 month, day: [contract day]}\n")
    at = told.index("Vraag je een dagdeel uit je contract uiterlijk 1 maand van tevoren aan, dan is je plek zeker.")
    assert told[at + 1] == "In alle andere gevallen is je plek pas zeker als wij je aanvraag hebben goedgekeurd."


def test_nothing_waits_for_an_answer_where_everything_is_approved() -> None:
    cancel = "  cancel: {pending: true, by: [parent], approved: 24 hours, then: nothing, late: billed, price: [{after: 24 hours, percent: 100}, {after: 6 days, percent: 25}, {after: 48 hours, percent: 50}]}\n"  # fmt: skip
    told = extra(approval="always", more=cancel)
    assert not any("beslist" in line for line in told)
    assert "Annuleren kost niets tot uiterlijk 6 dagen van tevoren." in told
    assert (
        "Annuleer je later dan 6 dagen van tevoren, dan betaal je 25% van de prijs; later dan 48 uur van tevoren: 50% van de prijs; "
        "later dan 24 uur van tevoren: de hele prijs." in told
    )
    assert not any("in rekening" in line for line in told), "the prices say it"


def test_where_nothing_can_be_cancelled_one_sentence_says_so() -> None:
    assert extra(more="  cancel: {pending: false, by: [parent]}\n")[-1] == "Annuleren kan niet."


def test_nothing_said_about_cancelling_is_said() -> None:
    assert extra()[-1] == "Over annuleren staat hier nog niets: vraag het ons."


def test_credit_that_cannot_pay_and_too_little_of_it_are_told() -> None:
    told = extra(more="  payment: {pay_with: [zonuren], choice: in this order, combine: never}\n")
    assert "Heb je te weinig zonuren, dan kun je de dag niet aanvragen." in told
    told = extra(
        more="  payment: {pay_with: [zonuren, invoice], choice: in this order, combine: never}\n  price: billed apart\n"
    )
    assert "Wat op de factuur komt, brengen we apart in rekening." in told
    assert "We brengen dit apart in rekening." in extra(more="  price: billed apart\n")


@pytest.mark.parametrize(
    ("pots", "choice", "combine", "told"),
    [
        ("zonuren", "in this order", "never", ["Je betaalt met zonuren.", "Heb je te weinig zonuren, dan kun je de dag niet aanvragen."]),
        ("zonuren, invoice", "in this order", "never", ["Je betaalt een dag op één manier: met zonuren, anders met een factuur. Tegoed gebruiken we alleen als het genoeg is voor de hele dag."]),
        ("zonuren, invoice", "in this order", "credit and invoice", ["Je betaalt eerst met zonuren, anders met een factuur.", "Wat je tegoed niet dekt, komt op de factuur."]),
        ("zonuren, invoice", "parent", "never", ["Je betaalt met zonuren of een factuur; je kiest zelf.", "Je betaalt een dag op één manier. Heb je te weinig tegoed voor de hele dag, dan gebruiken we je tegoed niet en komt de hele dag op de factuur."]),
    ],
)  # fmt: skip
def test_how_it_is_paid_is_told_as_it_is_done(pots: str, choice: str, combine: str, told: list[str]) -> None:
    found = extra(more=f"  payment: {{pay_with: [{pots}], choice: {choice}, combine: {combine}}}\n")
    assert [line for line in found if "betaal" in line or "te weinig" in line or "factuur" in line] == told


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("in this order", "Opvang met het product Flexibele opvang betaal je met flexuren, anders met een factuur."),
        ("parent", "Opvang met het product Flexibele opvang betaal je met flexuren of een factuur; je kiest zelf."),
        ("oldest first", "Opvang met het product Flexibele opvang betaal je met flexuren of een factuur."),
    ],
)
def test_what_pays_a_product_is_told_with_who_chooses(choice: str, told: str) -> None:
    flex = "  flexuren:\n    name: {nl: {label: flexuren, one: flexuur, other: flexuren}, en: {label: flex hours, one: flex hour, other: flex hours}}\n    worth: 1 hour\n    earned_by: contract\n    valid: unlimited\n    usable_for: [flex]\n"
    payment = f"  payment: {{pay_with: [zonuren, flexuren, invoice], choice: {choice}, combine: never}}\n"
    text = plain(EXTRA.format(who="parent", approval="by a person", more=payment), ("credits:\n", f"credits:\n{flex}"))
    assert told in lines(text, "extra_care")


def test_nothing_said_about_paying_is_said() -> None:
    assert "Over betalen staat hier nog niets: vraag het ons." in extra()
    assert not [line for line in extra(more="  price: free\n") if "betalen" in line]


def test_what_holds_before_a_holiday_is_shown_by_the_name_of_the_holiday_and_its_first_day() -> None:
    text = (ROOT / "tenants" / "deroef.yaml").read_text("utf-8")
    told = [day for line in sections(text)["holiday_care"].lines for day in line.instances]
    assert told == [
        "Voorjaarsvakantie, vanaf zaterdag 20 februari 2027: uw plek is zeker als u een dagdeel uit uw contract aanvraagt tot en met woensdag 20 januari.",
        "Meivakantie, vanaf zaterdag 24 april 2027: uw plek is zeker als u een dagdeel uit uw contract aanvraagt tot en met woensdag 24 maart.",
    ]


def test_in_the_four_a_credit_for_one_product_says_so() -> None:
    text = (ROOT / "tenants" / "quadrant.yaml").read_text("utf-8")
    told = lines(text, "extra_care")
    assert "Je betaalt eerst met afwezigheidstegoed, anders met een factuur." in told
    assert "Opvang met het product Qflexibel betaal je met Qflexibel, anders met een factuur." in told
    assert lines(text, "holiday_contract")[0] == "Dit regel je niet in dit portaal. Neem contact op met Klantenservice."


# Exceptions


def with_exceptions(*exceptions: str) -> str:
    return plain("exceptions:\n" + "".join(f"  - {each}\n" for each in exceptions))


def test_an_exception_stands_under_the_rule_that_it_changes() -> None:
    told = lines(with_exceptions("{for: {contract: schoolweken}, absence: {notice: 3 days}}"), "absence")
    at = next(n for n, line in enumerate(told) if line.startswith("Afmelden in het portaal kan"))
    assert told[at + 1].startswith("Met het contract Schoolweken: afmelden in het portaal kan")


def test_of_two_exceptions_that_can_meet_the_first_says_that_it_goes_first() -> None:
    text = with_exceptions(
        "{for: {season: summer}, credits: {zonuren: {earned_if: {notice: 7 days}}}}",
        "{for: {reason: illness}, credits: {zonuren: {earned_if: {notice: 'same day, before 10:00'}}}}",
    )
    found = [line for line in lines(text, "zonuren") if "op tijd afmelden kan" in line]
    assert found == [
        "Bij ziekte: op tijd afmelden kan tot 10.00 uur op de dag zelf. Dit gaat voor op de uitzonderingen hieronder.",
        "In de zomervakantie: op tijd afmelden kan tot uiterlijk 7 dagen van tevoren.",
    ]
    assert "Elke reden telt; bij ziekte geldt een andere termijn." in lines(text, "zonuren")


def test_an_exception_that_is_repeated_to_go_first_is_told_once() -> None:
    early = "credits: {zonuren: {earned_if: {notice: 'same day, before 07:15'}}}"
    text = with_exceptions(
        f"{{for: {{reason: illness}}, {early}}}",
        f"{{for: {{reason: illness, care_type: kdv}}, {early}}}",
        f"{{for: {{reason: illness, care_type: bso}}, {early}}}",
        "{for: {care_type: bso, season: school holidays}, credits: {zonuren: {earned_if: {notice: 7 days}}}}",
    )
    assert [line for line in lines(text, "zonuren") if "07.15" in line] == [
        "Bij ziekte: op tijd afmelden kan tot 07.15 uur op de dag zelf. Dit gaat voor op de uitzonderingen hieronder."
    ]


def test_where_nothing_can_be_earned_one_sentence_says_so() -> None:
    kinds = "[school day, school holiday, study day, weekend, public holiday, closing day]"
    text = with_exceptions(
        f"{{for: {{contract: schoolweken}}, credits: {{zonuren: {{earned_if: {{not_on: {kinds}}}}}}}}}"
    )
    found = [line for line in lines(text, "zonuren") if "Schoolweken" in line and "krijg je niets" in line]
    assert found == []
    assert "Met het contract Schoolweken: je bouwt geen zonuren op." in lines(text, "zonuren")


def test_what_is_the_same_for_a_season_and_one_holiday_is_told_once() -> None:
    text = with_exceptions(
        "{for: {season: school holidays}, absence: {notice: 3 days}}",
        "{for: {season: christmas}, absence: {reasons: [illness]}}",
    )
    assert [line for line in lines(text, "absence") if "3 dagen" in line] == [
        "In schoolvakanties: afmelden in het portaal kan tot uiterlijk 3 dagen van tevoren."
    ]


# Days, changes, what is confirmed


def test_days_that_differ_per_location_say_where() -> None:
    text = with_exceptions(
        "{for: {location: kade}, calendar: {closing_days: [{date: 2026-12-30, name: {nl: Verhuizing, en: Moving}}]}}"
    )
    assert "Alleen op locatie Aan de kade: woensdag 30 december 2026: Verhuizing" in lines(text, "closed")


def test_old_changes_are_left_out_and_the_others_stand_in_order() -> None:
    changes = """changes:
  - {from: 2022-02-07, note: {nl: Oud nieuws., en: Old news.}, absence: {confirm: false}}
  - {from: 2026-06-01, note: {nl: Anders dan eerst., en: Different.}, absence: {confirm: true}}
  - {from: 2027-03-01, note: {nl: Vanaf 1 maart bevestig je niets meer., en: From 1 March on you confirm nothing.}, absence: {confirm: false}}
"""
    assert lines(plain(changes), "changes") == [
        "Vanaf maandag 1 juni 2026: Anders dan eerst.",
        "Maandag 1 maart 2027: Vanaf 1 maart bevestig je niets meer.",
    ]


def test_credit_from_before_a_change_of_its_validity_keeps_the_old_one_and_the_page_says_so() -> None:
    changes = "changes:\n  - {from: 2026-07-01, credits: {zonuren: {valid: 30 days}}}\n"
    told = lines(plain(changes), "zonuren")
    assert any(
        line.startswith(
            "Wat je hebt gekregen vóór woensdag 1 juli 2026, houdt de oude termijn: te gebruiken voor opvang "
        )
        for line in told
    )
    assert not any("oude termijn" in line for line in lines(plain(changes), "zonuren", on=date(2026, 6, 1)))


def test_what_is_not_confirmed_stands_above_all_with_its_topics() -> None:
    text = plain("to_confirm:\n  absence.confirm: Not in the text.\n")
    assert lines(text, "good-to-know") == ["In deze onderdelen is nog niet alles bevestigd: Afmelden."]
    assert "good-to-know" not in sections(plain())


def test_every_address_is_on_the_page_once() -> None:
    for path in (*ORGANISATIONS, *sorted((ROOT / "tenants").glob("*.yaml"))):
        found = [each for section in sections(path.read_text("utf-8"), "en").values() for line in section.lines for each in line.anchors]  # fmt: skip
        assert len(found) == len(set(found)), path.stem


# What is not confirmed yet


def test_a_day_and_a_consent_that_are_not_confirmed_say_so_on_their_line() -> None:
    consents = """consents:
  photos:
    name: {nl: Foto's, en: Photos}
    ask: any time
    per: child
    choices: {yes_: {nl: ja, en: "yes"}, no_: {nl: nee, en: "no"}}
  trips:
    name: {nl: Uitjes, en: Trips}
    ask: any time
    per: child
    choices: {yes_: {nl: ja, en: "yes"}, no_: {nl: nee, en: "no"}}
"""
    asked = "to_confirm:\n  calendar.public_holidays: Not on the page.\n  consents.trips.ask: Not on the page.\n"
    confirmed, unconfirmed = sections(plain(consents)), sections(plain(consents + asked))
    assert not any(line.unconfirmed for section in confirmed.values() for line in section.lines)
    days = {line.unconfirmed: line.anchor.rsplit("-", 3)[0] for line in unconfirmed["closed"].lines}
    assert days == {True: "calendar-public_holidays", False: "calendar-closing_days"}
    assert [line.unconfirmed for line in unconfirmed["consents"].lines] == [False, True]
