"""In a browser: whoever comes for the first time chooses per child before anything else, and changes it later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from spelregel.demo.people import OTHER_PASSWORD
from spelregel.records import accounts
from spelregel.storage.session import tenant_session
from tests.journeys.conftest import PHONE, WIDE, Open, Portal, follow
from tests.journeys.test_every_page import look
from tests.portal.parents import another_child, parent

WORDS = {
    "nl": ("Voordat je verdergaat", "Bewaren en verder", "Zo voor alle kinderen", "Je keuzes zijn bewaard.", "Geen foto's"),
    "en": ("Before you go on", "Keep and go on", "Keep this for all children", "Your choices have been kept.", "No photos"),
}  # fmt: skip


def arrive(page: Page, portal: Portal, name: str, *, language: str) -> None:
    """The guardian who was invited and has just chosen a password."""
    who = parent(portal.app, name, family=1, other=True)
    with tenant_session(portal.app.engine, name, writing=True) as session:
        accounts.set_password(session, who.account_id, OTHER_PASSWORD, portal.clock() - timedelta(seconds=1))
        session.commit()
    page.goto(portal.address(name, f"/login?lang={language}"))
    page.locator("#username").fill(who.username)
    page.locator("#password").fill(OTHER_PASSWORD)
    follow(page, page.locator("form button.primary"))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_held_until_chosen_and_changed_later(portal: Portal, open_page: Open, language: str) -> None:
    title, go_on, same, kept, none = WORDS[language]
    who = parent(portal.app, "quadrant", family=1, other=True)
    another_child(portal.app, "quadrant", who, "Juul")
    page = open_page(
        language, PHONE if language == "nl" else WIDE, color_scheme="light" if language == "nl" else "dark"
    )
    arrive(page, portal, "quadrant", language=language)
    expect(page.locator("h1")).to_have_text(title)
    assert page.locator("input:checked").count() == 0 and page.locator("nav.tabs").count() == 0
    found = look(page, "held")

    page.goto(portal.address("quadrant", "/credits"))  # an address that was known opens nothing either
    expect(page.locator("h1")).to_have_text(title)

    page.evaluate("document.querySelectorAll('input[required]').forEach(each => each.required = false)")
    follow(page, page.get_by_role("button", name=go_on))
    assert page.locator("[role=alert]").is_visible() and page.locator("fieldset p.gone").count() == 2
    found += look(page, "not answered")

    page.locator(".sheet").first.get_by_text(none).click()
    follow(page, page.get_by_role("button", name=same))
    assert page.url.endswith("/agenda")

    page.goto(portal.address("quadrant", "/account"))
    follow(page, page.locator("main").get_by_role("link", name="Juul"))
    expect(page.get_by_text(none)).to_be_visible()
    found += look(page, "child")
    follow(page, page.locator("#consents ~ p a"))
    assert page.locator("input:checked").count() == 2
    page.locator(".sheet", has_text="Juul").locator("label").first.click()
    follow(page, page.locator("button.primary"))
    expect(page.get_by_role("status")).to_have_text(kept)
    found += look(page, "changed")
    follow(page, page.locator(".rows a"))
    assert page.locator("dl dt").count() == 3, "both first choices and the change"
    found += look(page, "history")
    page.goto(portal.address("quadrant", "/my-data"))
    found += look(page, "my data")
    assert found == []


def test_a_phone_needs_one_press_per_question(portal: Portal, open_page: Open) -> None:
    """Nothing to unfold, to scroll sideways or to type: two questions of two words each stand side by side."""
    page = open_page("nl", PHONE)
    arrive(page, portal, "deroef", language="nl")
    labels = page.locator("label.choice")
    assert labels.count() == 4
    for index in (0, 2):
        labels.nth(index).click()
    follow(page, page.locator("button.primary"))
    assert page.url.endswith("/agenda")
