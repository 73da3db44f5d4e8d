"""The conditions page says for whom a rule differs, so that nobody reads a rule that is not theirs."""

from __future__ import annotations

from datetime import date

from spelregel.records.conditions_page import conditions_page
from spelregel.tenancy.check import check_text
from spelregel.words.locale import Register
from spelregel.words.sentences import Speaker
from tests.rules.made_up import PLAIN

ON = date(2026, 11, 24)


def lines_of(text: str, language: str = "en") -> dict[str, tuple[str, ...]]:
    """Every line of the page with its worked days."""
    tenant = check_text(text.encode(), "made_up.yaml").tenant
    assert tenant
    speaker = Speaker(Register(language, False), lambda kind: tenant.credit_name(kind, language))
    return {line.text: line.instances for section in conditions_page(tenant, speaker, ON) for line in section.lines}


def with_exceptions(*exceptions: str, edit: tuple[str, str] = ("", "")) -> str:
    return PLAIN.replace(*edit, 1) + "\nexceptions:\n" + "".join(f"  - {each}\n" for each in exceptions)


def test_a_rule_of_one_location_is_told_with_its_name() -> None:
    text = with_exceptions("{for: {location: kade}, absence: {notice: 3 days}}")
    assert (
        "At Aan de kade – reporting absent in the portal: at least 3 days ahead, until the end of that day."
        in lines_of(text)
    )
    nl = lines_of(text, "nl")
    assert (
        "Op locatie Aan de kade – afmelden in het portaal: uiterlijk 3 dagen van tevoren, tot het eind van die dag."
        in nl
    )


def test_an_exception_is_told_although_its_value_stands_on_the_page_for_others() -> None:
    text = with_exceptions(
        "{for: {care_type: bso}, absence: {notice: 3 days}}",
        "{for: {care_type: bso, reason: illness}, absence: {notice: before start}}",
    )
    told = [line for line in lines_of(text) if "illness" in line and "until care starts" in line]
    assert told == [
        "For after-school care, with the reason “illness” – reporting absent in the portal: until care starts."
    ]


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
    own = [line for line in lines_of(text) if line.startswith("With “School weeks” – ")]
    assert len(own) == 2 and "nothing" in own[0] and "50 %" in own[1]


def test_the_worked_days_of_an_exception_for_a_season_lie_in_it() -> None:
    text = with_exceptions("{for: {season: summer}, credits: {zonuren: {earned_if: {notice: 2 weeks before holiday}}}}")
    found = next(days for line, days in lines_of(text).items() if line.startswith("In the summer holiday"))
    assert [day.split(",")[0] for day in found] == []
    text = with_exceptions(
        "{for: {season: christmas}, credits: {zonuren: {earned_if: {notice: 2 weeks before holiday}}}}"
    )
    found = next(days for line, days in lines_of(text).items() if line.startswith("In the Christmas holiday"))
    assert [day.split(",")[0] for day in found] == ["Monday 21 December"]


def test_the_worked_days_of_a_request_are_days_on_which_it_is_possible() -> None:
    asking = (
        "holiday_care:\n  requested_by: [parent]\n  notice: 3 days\n  only_on: [school holiday]\n  approval: always\n"
    )
    found = next(
        days for line, days in lines_of(f"{PLAIN}\n{asking}").items() if line.startswith("Asking in the portal")
    )
    assert [day.split(",")[0] for day in found] == ["Thursday 24 December", "Monday 21 December"]
