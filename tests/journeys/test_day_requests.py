"""A parent asks for a day in a real browser, follows it and cancels; each organisation's own rules are in test_own_rules.py."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PHONE, WIDE, Open, Portal, follow, log_in
from tests.journeys.test_every_page import look, walk


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
