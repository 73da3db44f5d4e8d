"""The list of a study day on the group's tablet and on a telephone: signed up, taken off, sent to the planner, read by a parent."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import PHONE, Open, Portal, follow, log_in
from tests.journeys.test_approvals import TABLET, enter
from tests.journeys.test_every_page import look, unfold, walk

FRIDAY, WEDNESDAY = "2027-01-29", "2027-03-10"


@pytest.mark.parametrize(("language", "size", "scheme"), [("nl", PHONE, "light"), ("en", TABLET, "dark")])
def test_children_are_signed_up_taken_off_and_sent_to_the_planner(
    portal: Portal, open_page: Open, language: str, size: dict[str, int], scheme: str
) -> None:
    page = open_page(language, size, color_scheme=scheme)
    enter(page, portal, "quadrant", "location_manager")
    follow(page, page.locator(".tabs a[href='/study-days']"))
    assert page.locator(".listed").count() == 2, "the story signed two children up"
    found = look(page, "the list") + walk(page, "the list")
    follow(page, page.locator(f"nav a[href$='{WEDNESDAY}']"))
    assert page.locator(".listed").count() == 0
    found += look(page, "to sign") + walk(page, "to sign")
    for each in page.locator("input[name=part]").all():
        each.check()
    follow(page, page.locator("form.signing button.primary"))
    assert page.locator("[role=alert]").count() == 3, "nobody signed for the two"
    found += look(page, "nobody signed")
    for each in page.locator("select").all():
        each.select_option(index=1)
    follow(page, page.locator("form.signing button.primary"))
    assert page.locator(".listed").count() == 2 and page.locator("[role=status]").is_visible()
    unfold(page)
    found += look(page, "signed up")
    page.locator(".listed input[name=why]").first.fill("Toch niet nodig")
    follow(page, page.locator(".listed button.danger").first)
    unfold(page)
    assert page.locator("section .state.approved").count() == 1
    found += look(page, "taken off")
    follow(page, page.locator("a[href^='/study-days/invoice']"))
    assert page.locator(".bill tbody tr").count() == 1
    found += look(page, "for the invoice") + walk(page, "for the invoice")
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert download.value.suggested_filename.endswith(f"-{WEDNESDAY}.csv")
    page.emulate_media(media="print")
    assert not page.locator(".tabs").is_visible() and page.locator(".bill").is_visible()
    assert found == []


def test_a_parent_reads_where_the_list_lies_and_what_was_booked_from_it(portal: Portal, open_page: Open) -> None:
    page = open_page("nl", PHONE)
    log_in(page, portal, "quadrant")
    page.goto(portal.address("quadrant", f"/requests/new?day={WEDNESDAY}"))
    assert "Op de locatie ligt een intekenlijst" in page.locator("main").inner_text()
    found = look(page, "where the list lies") + walk(page, "where the list lies")
    page.goto(portal.address("quadrant", f"/agenda?from={FRIDAY}"))
    assert "Jij hebt daarvoor getekend" in page.locator("main").inner_text()
    found += look(page, "agenda")
    page.goto(portal.address("quadrant", "/requests"))
    follow(page, page.locator(".card a", has_text="29 januari"))
    assert "Door de locatie op de lijst gezet" in page.locator("main").inner_text()
    assert found + look(page, "the request") == []
