"""Parents ask for days in a real browser, each organisation by its own rules, at the minute before and after."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Clock
from tests.journeys.conftest import PHONE, WIDE, Open, Portal, follow, log_in
from tests.journeys.test_every_page import look, walk


def choose(page: Page, portal: Portal, name: str, day: str) -> None:
    """The first part of that day that can be chosen, up to the page that says what follows."""
    page.goto(portal.address(name, f"/requests/new?day={day}"))
    page.locator("input[name=part]:enabled").first.check()
    follow(page, page.locator(".thumb button.primary"))


def set_clock(portal: Portal, wall: str) -> None:
    clock: Clock = portal.clock
    clock.set(wall)


def test_de_lange_keizer_takes_a_day_until_forty_eight_hours_before_each_part_from_its_own_start(
    portal: Portal, open_page: Open
) -> None:
    """The whole day begins at half past seven; the afternoon, which begins later, can still be asked."""
    page = open_page("nl")
    set_clock(portal, "2026-12-21 07:30")
    log_in(page, portal, "langekeizer")
    page.goto(portal.address("langekeizer", "/requests/new?day=2026-12-23"))
    whole_day = page.locator("label.part", has_text="07.30–18.30")
    expect(whole_day.locator("input")).to_be_enabled()
    set_clock(portal, "2026-12-21 07:31")
    page.reload()
    expect(whole_day.locator("input")).to_be_disabled()
    expect(whole_day).to_contain_text("maandag 21 december 07.30 uur")
    expect(page.locator("label.part", has_text="13.00–18.30").first.locator("input")).to_be_enabled()


@pytest.mark.parametrize(("at", "told"), [("2026-11-19 23:59", "zeker"), ("2026-11-20 00:00", "in aanvraag")])
def test_de_roef_promises_a_place_in_the_christmas_holiday_until_a_month_before(
    portal: Portal, open_page: Open, at: str, told: str
) -> None:
    page = open_page("nl", WIDE)
    set_clock(portal, at)
    log_in(page, portal, "deroef")
    for day in ("2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24"):  # the first that the contract has a part of
        choose(page, portal, "deroef", day)
        if told != "zeker" or page.get_by_text("plek is zeker").count() or page.get_by_text("zeker").count():
            break
    follow(page, page.locator(".thumb button.primary"))
    expect(page.locator(".state").first).to_have_text(told)


def test_where_nobody_swaps_there_is_no_button_and_no_page_for_it(portal: Portal, open_page: Open) -> None:
    page = open_page("en")
    log_in(page, portal, "quadrant")
    page.goto(portal.address("quadrant", "/requests"))
    expect(page.get_by_role("link", name="Swap a day")).to_have_count(0)
    assert page.goto(portal.address("quadrant", "/requests/swap")).status == 404


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (WIDE, "dark")])
def test_a_parent_asks_in_four_taps_follows_it_and_cancels(
    portal: Portal, open_page: Open, size: dict[str, int], scheme: str
) -> None:
    page = open_page("nl" if scheme == "light" else "en", size, color_scheme=scheme)
    log_in(page, portal, "langekeizer")
    follow(page, page.locator(".thumb a[href='/requests/new']"))
    page.goto(portal.address("langekeizer", "/requests/new?day=2027-01-06"))
    page.locator("label.part", has_text=re.compile(r"13[.:]00–18[.:]30")).first.locator("input").check()
    follow(page, page.locator(".thumb button.primary"))
    found = look(page, "confirm") + walk(page, "confirm")
    follow(page, page.locator(".small-choices button").last)  # on the invoice instead
    expect(page.locator(".small-choices .chosen")).to_have_count(1)
    page.locator("summary").last.click()
    chosen = page.locator(".small-choices .chosen").inner_text()
    with page.expect_navigation():
        page.locator("#lapses_on").press("Enter")  # neither sends nor pays otherwise
    assert "/requests/draft/" in page.url
    expect(page.locator(".small-choices .chosen")).to_have_text(chosen)
    page.locator("summary").last.click()
    page.locator("#remark").fill("Tot zes uur is ook goed")
    follow(page, page.locator(".thumb button.primary"))
    found += look(page, "sent") + walk(page, "sent")
    expect(page.locator("main")).to_contain_text("Tot zes uur is ook goed")
    follow(page, page.locator("a[href$='/cancel']").first)
    found += look(page, "cancel") + walk(page, "cancel")
    follow(page, page.locator(".thumb button.primary"))
    expect(page.locator(".state.cancelled")).to_have_count(1)
    follow(page, page.locator("a.back"))
    found += look(page, "overview")
    assert found == []


def test_a_swap_says_what_is_given_up_and_what_lapses(portal: Portal, open_page: Open) -> None:
    page = open_page("nl")
    log_in(page, portal, "langekeizer")
    page.goto(portal.address("langekeizer", "/requests/swap"))
    found = look(page, "swap")
    page.locator("label.part", has_text="08.00–18.00").nth(1).locator("input").check()
    follow(page, page.locator(".thumb button.primary"))
    page.locator("#day").fill("2027-01-06")
    follow(page, page.locator("button.primary"))
    found += look(page, "swap for")
    page.locator("label.part", has_text="13.00–18.30").locator("input").check()
    follow(page, page.locator(".thumb button.primary"))
    expect(page.locator("main")).to_contain_text("4,5 uur")
    expect(page.locator("main")).to_contain_text("In plaats van")
    follow(page, page.locator(".thumb button.primary"))
    expect(page.locator(".state")).to_have_text("in aanvraag")
    assert found == []
