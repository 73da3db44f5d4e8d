"""A group judges on its tablet and on a telephone, and asks a day in a parent's place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from spelregel.demo.people import employees_of
from tests.journeys.conftest import PHONE, Open, Portal, follow
from tests.journeys.test_every_page import look, unfold, walk

TABLET = {"width": 1180, "height": 820}


def enter(page: Page, portal: Portal, name: str, role: str) -> None:
    page.goto(f"http://localhost:{portal.port}/")
    email = next(each.email for each in employees_of(portal.tenant(name)) if each.role == role)
    follow(page, page.locator(f'form[action^="{portal.address(name, "")}/"] button[value="{email}"]'))
    page.wait_for_url("**/staff")


@pytest.mark.parametrize(
    ("name", "role", "language", "size", "scheme"),
    [("langekeizer", "location_manager", "nl", TABLET, "light"), ("quadrant", "planner", "en", PHONE, "dark")],
)
def test_the_cards_can_be_used_by_everybody_and_one_tap_is_enough(
    portal: Portal, open_page: Open, name: str, role: str, language: str, size: dict[str, int], scheme: str
) -> None:
    page = open_page(language, size, color_scheme=scheme)
    enter(page, portal, name, role)
    found = look(page, "/staff")
    assert page.locator(".escalated").count() == (name == "langekeizer"), "only where an answer was promised"
    follow(page, page.locator(".tabs a[href='/approvals']"))
    found += look(page, "/approvals") + walk(page, "/approvals")
    unfold(page)
    found += look(page, "/approvals unfolded")
    waiting = page.locator(".request").count()
    follow(page, page.locator(".request button.primary").first)
    assert page.locator(".request").count() == waiting - 1
    found += look(page, "approved")
    follow(page, page.locator(".undo button"))
    assert page.locator(".request").count() == waiting
    page.locator(".request select").first.select_option("other_day")
    follow(page, page.locator(".request button.danger").first)
    assert page.locator(".undo").count() == 1 and page.locator(".request").count() == waiting - 1
    found += look(page, "refused")
    follow(page, page.locator(".undo button"))
    for each in page.locator(".tick input").all():
        each.check()
    follow(page, page.locator("#several button"))
    assert page.locator(".undo").count() == 1 and page.locator(".request").count() == 1, "what does not fit waits"
    assert found == []


@pytest.mark.parametrize(("size", "scheme"), [(TABLET, "dark"), (PHONE, "light")])
def test_the_group_asks_a_day_in_a_parents_place(
    portal: Portal, open_page: Open, size: dict[str, int], scheme: str
) -> None:
    page = open_page("nl", size, color_scheme=scheme)
    enter(page, portal, "quadrant", "educator")
    follow(page, page.locator(".tile").first)
    follow(page, page.locator("a[href^='/approvals/child/']"))
    found = look(page, "choose") + walk(page, "choose")
    page.locator("input[name=part][value^='2026-12-09.0730-1300']").check()
    page.locator("#why").fill("Moeder belde, ze moet werken")
    follow(page, page.locator("form.fields button.primary"))
    assert "Nog te gebruiken" in page.locator(".answer").inner_text()
    unfold(page)
    found += look(page, "what comes of it") + walk(page, "what comes of it")
    follow(page, page.locator("button[name=then][value=approve]"))
    assert "woensdag 9 december, 07.30–13.00" in page.locator(".undo").inner_text()
    assert found + look(page, "entered") == []
