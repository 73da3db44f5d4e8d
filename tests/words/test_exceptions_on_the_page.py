"""The conditions page says for whom a rule differs, so that nobody reads a rule that is not theirs."""

from __future__ import annotations

from datetime import date

from spelregel.records.conditions_page import Section, conditions_page
from spelregel.tenancy.check import check_text
from spelregel.words.locale import Register
from spelregel.words.sentences import Speaker
from tests.rules.made_up import PLAIN

ON = date(2026, 11, 24)


def page_of(text: str, language: str = "en", on: date = ON) -> list[Section]:
    tenant = check_text(text.encode(), "made_up.yaml").tenant
    assert tenant
    speaker = Speaker(Register(language, False), lambda kind: tenant.credit_name(kind, language))
    return conditions_page(tenant, speaker, on)


def texts_of(text: str, language: str = "en", on: date = ON) -> list[str]:
    return [line.text for section in page_of(text, language, on) for line in section.lines]


def lines_of(text: str, language: str = "en") -> dict[str, tuple[str, ...]]:
    """Every line of the page with its worked days."""
    return {line.text: line.instances for section in page_of(text, language) for line in section.lines}


def with_exceptions(*exceptions: str, edit: tuple[str, str] = ("", "")) -> str:
    return PLAIN.replace(*edit, 1) + "\nexceptions:\n" + "".join(f"  - {each}\n" for each in exceptions)


def test_a_rule_of_one_location_is_told_with_its_name() -> None:
    text = with_exceptions("{for: {location: kade}, absence: {notice: 3 days}}")
    assert "At Aan de kade: you can report an absence in the portal no later than 3 days ahead." in lines_of(text)
    nl = lines_of(text, "nl")
    assert "Op locatie Aan de kade: afmelden in het portaal kan tot uiterlijk 3 dagen van tevoren." in nl


def test_an_exception_is_told_although_its_value_stands_on_the_page_for_others() -> None:
    text = with_exceptions(
        "{for: {care_type: bso}, absence: {notice: 3 days}}",
        "{for: {care_type: bso, reason: illness}, absence: {notice: before start}}",
    )
    told = [line for line in lines_of(text) if "illness" in line and "until care starts" in line]
    assert told == ["For after-school care, for illness: you can report an absence in the portal until care starts."]


def test_an_exception_that_an_other_one_makes_is_not_told_as_its_own() -> None:
    text = with_exceptions(
        "{for: {care_type: bso}, absence: {notice: 3 days}}",
        "{for: {location: kade}, absence: {reasons: [illness]}}",
    )
    at_kade = [line for line in lines_of(text) if line.startswith("At Aan de kade")]
    assert len(at_kade) == 2, "the reasons of the report, and what they mean for the credit"
    assert not [line for line in at_kade if "3 days" in line]


def test_of_a_list_that_is_replaced_all_rows_are_told() -> None:
    bill = "  bill:\n    - {reasons: [illness], percent: 0}\n    - {after: 24 hours, percent: 75}\n  confirm: true\n"
    text = with_exceptions(
        "{for: {contract: schoolweken}, absence: {bill: [{reasons: [illness], percent: 0}, {after: 24 hours, percent: 50}]}}",
        edit=("  confirm: true\n", bill),
    )
    found = texts_of(text)
    start = next(at for at, line in enumerate(found) if line.startswith("With the contract School weeks: "))
    assert found[start + 1 : start + 4] == [
        "Illness: you pay nothing.",
        "Reported less than 24 hours ahead: you pay 50% of the price.",
        "Otherwise you pay the full price.",
    ]


def test_the_worked_days_of_an_exception_for_a_season_lie_in_it() -> None:
    text = with_exceptions("{for: {season: summer}, credits: {zonuren: {earned_if: {notice: 2 weeks before holiday}}}}")
    found = next(days for line, days in lines_of(text).items() if line.startswith("In the summer holiday"))
    assert [day.split(":")[0] for day in found] == ["Summer holiday, from Saturday 17 July 2027"], (
        "the summer holiday to come"
    )
    text = with_exceptions(
        "{for: {season: christmas}, credits: {zonuren: {earned_if: {notice: 2 weeks before holiday}}}}"
    )
    found = next(days for line, days in lines_of(text).items() if line.startswith("In the Christmas holiday"))
    assert [day.split(":")[0] for day in found] == ["Christmas holiday, from Saturday 19 December"]


def test_the_worked_days_of_a_request_are_days_on_which_it_is_possible() -> None:
    asking = (
        "holiday_care:\n  requested_by: [parent]\n  notice: 3 days\n  only_on: [school holiday]\n  approval: always\n"
    )
    found = next(days for line, days in lines_of(f"{PLAIN}\n{asking}").items() if line.startswith("You can ask for it"))
    assert [day.split(":")[0] for day in found] == ["Monday 21 December", "Thursday 24 December"]
