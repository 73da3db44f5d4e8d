"""From the mail to the agenda, with a second account beside it, and support on both sides of a deadline: one journey."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from spelregel.demo.people import PASSWORD
from tests.journeys.conftest import WIDE, Open, Portal, follow
from tests.journeys.test_activation import NEW, choose
from tests.journeys.test_support import THURSDAY, choose_moment, console, decided_by, open_as


def come_in(page: Page, portal: Portal, house: str) -> None:
    """The newcomer, from the mail that the demo shows, held until the consents are given, to the agenda."""
    family = portal.families(house)[1]
    page.goto(f"http://localhost:{portal.port}/")
    follow(page, page.get_by_role("link", name="Mail van de demo"))
    link = page.locator(f"main a[href^='{portal.address(house, '/activate/')}']").first
    invitation = str(link.get_attribute("href"))
    follow(page, link)
    expect(page.locator("h1")).to_have_text("Kies uw wachtwoord")
    expect(page.locator("main")).to_contain_text(family.other)
    choose(page, NEW, "Beginnen")

    expect(page.locator("h1")).to_have_text("Voordat u verdergaat")
    follow(page, page.get_by_role("button", name="Uitloggen"))
    page.locator("#username").fill(family.other_username)
    page.locator("#password").fill(NEW)
    follow(page, page.get_by_role("button", name="Inloggen", exact=True))
    for path in ("/agenda", THURSDAY, "/account"):
        page.goto(portal.address(house, path))
        expect(page.locator("h1")).to_have_text("Voordat u verdergaat")
    for question in page.locator("fieldset").all():
        question.locator("label").last.click()
    follow(page, page.get_by_role("button", name="Bewaren en verder"))
    expect(page).to_have_url(portal.address(house, "/agenda"))
    expect(page.locator("#days")).to_contain_text(family.children[0].first_name)
    page.goto(invitation)
    expect(page.locator("h1")).to_have_text("Deze link werkt niet meer")


def test_a_parent_comes_in_by_the_mail_and_support_stands_in_that_place(portal: Portal, open_page: Open) -> None:
    family, neighbours = portal.families("deroef")[1], portal.families("deroef")[0]
    newcomer, child = family.other, family.children[0].first_name
    page = open_page("nl")
    portal.app.postman.round()
    for house in ("langekeizer", "deroef"):  # the same parent, with two organisations
        come_in(page, portal, house)

    # A guardian of another family on the same device.
    page.goto(portal.address("deroef", "/account"))
    follow(page, page.get_by_role("link", name="Accounts op dit apparaat"))
    follow(page, page.get_by_role("link", name="Nog een account toevoegen"))
    expect(page.locator("h1")).to_have_text("Nog een account toevoegen")
    page.locator("#username").fill(neighbours.username)
    page.locator("#password").fill(PASSWORD)
    follow(page, page.get_by_role("button", name="Inloggen", exact=True))
    for name, theirs, others in (
        (neighbours.parent, neighbours.children[0].first_name, child),
        (newcomer, child, neighbours.children[0].first_name),
        (neighbours.parent, neighbours.children[0].first_name, child),
    ):
        if page.locator(".whose strong").inner_text() != name:
            follow(page, page.locator(".whose"))
            follow(page, page.locator(".choose").filter(has_text=name))
        page.goto(portal.address("deroef", "/agenda"))
        expect(page.locator(".whose")).to_contain_text(name)
        expect(page.locator("main")).to_contain_text(theirs)
        expect(page.locator("main")).not_to_contain_text(others)

    # Support: this parent, a minute before and at the deadline of this organisation, and of another.
    support = open_page("nl", WIDE)
    for house, before, at, told, rule in (
        ("deroef", "2026-12-10T13:59", "14.00 uur", "Afmelden kon tot donderdag 10 december 14.00 uur", "absence.notice"),
        ("langekeizer", "2026-12-10T07:29", "07.30 uur", "U krijgt hier geen tegoed voor: dat kon tot donderdag 10 december 07.30 uur", "earned_if.notice"),
    ):  # fmt: skip
        support.goto(console(portal))
        follow(support, support.get_by_role("link", name=portal.tenant(house).name))
        choose_moment(support, before)
        open_as(support, newcomer)
        expect(support.locator(".visit")).to_contain_text(portal.tenant(house).name)
        support.goto(portal.address(house, THURSDAY))
        expect(support.locator("main")).not_to_contain_text(told)
        follow(support, support.get_by_role("button", name="Een minuut later"))
        expect(support.locator(".visit")).to_contain_text(f"donderdag 10 december 2026, {at}")
        expect(support.locator("main")).to_contain_text(told)
        assert re.search(rf"tenants/{house}\.yaml:\d+ · \S*{re.escape(rule)}", decided_by(support, rule))
    page.reload()  # and who is logged in keeps clock and place
    expect(page.locator(".visit")).to_have_count(0)
    expect(page.locator(".whose")).to_contain_text(neighbours.parent)
