"""A passkey in a real browser, with the authenticator that Chromium itself plays: added, used without a name, removed."""

from __future__ import annotations

from datetime import timedelta

import pyotp
from playwright.sync_api import Page, expect

from spelregel.demo.people import PASSWORD, employees_of
from tests.journeys.conftest import Open, Portal, follow, log_in
from tests.journeys.test_every_page import look


def with_authenticator(page: Page) -> None:
    """A telephone that unlocks by itself and keeps its keys."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": kind})


def add_passkey(page: Page, name: str) -> None:
    follow(page, page.locator("a[href='/passkeys']"))
    page.locator("#passkey-name").fill(name)
    page.locator("#passkey-password").fill("niet dit wachtwoord")
    page.locator("#add-passkey button").click()
    expect(page.locator("#passkey-problem")).to_have_text("Dit is niet je wachtwoord.")
    page.locator("#passkey-password").fill(PASSWORD)
    follow(page, page.locator("#add-passkey button"))
    expect(page.locator(".sessions")).to_contain_text(name)


def test_a_parent_logs_in_without_a_name_and_removes_the_passkey(portal: Portal, open_page: Open) -> None:
    page, family = open_page("nl"), portal.families("quadrant")[0]
    with_authenticator(page)
    log_in(page, portal, "quadrant")
    page.goto(portal.address("quadrant", "/account"))
    add_passkey(page, "Telefoon van thuis")
    assert look(page, "passkeys") == []

    page.goto(portal.address("quadrant", "/account"))
    follow(page, page.get_by_role("button", name="Uitloggen"))
    expect(page.locator("#username")).to_have_value("")
    follow(page, page.get_by_role("button", name="Inloggen met een passkey"))
    page.wait_for_url("**/agenda")
    page.goto(portal.address("quadrant", "/account"))
    expect(page.locator("h1")).to_have_text(family.parent)

    page.goto(portal.address("quadrant", "/passkeys"))
    expect(page.locator(".sessions")).to_contain_text("Laatst gebruikt")
    follow(page, page.get_by_role("button", name="Telefoon van thuis verwijderen"))
    expect(page.locator("main")).to_contain_text("Je hebt hier nog geen passkey")
    page.goto(portal.address("quadrant", "/account"))
    follow(page, page.get_by_role("button", name="Uitloggen"))
    follow(page, page.get_by_role("button", name="Inloggen met een passkey"))  # the telephone still has the key
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("Die passkey geeft hier geen toegang")
    assert look(page, "refused") == []
    page.goto(portal.address("quadrant", "/agenda"))
    expect(page.locator("#username")).to_be_visible()


def test_a_passkey_is_offered_to_no_other_organisation(portal: Portal, open_page: Open) -> None:
    page = open_page("nl")
    with_authenticator(page)
    log_in(page, portal, "quadrant")
    page.goto(portal.address("quadrant", "/account"))
    add_passkey(page, "Telefoon")
    page.goto(portal.address("fantaziehuis", "/login"))
    page.get_by_role("button", name="Inloggen met een passkey").click()
    expect(page.locator("#passkey-door [role=alert]")).to_be_visible()
    expect(page).to_have_url(portal.address("fantaziehuis", "/login"))


def test_staff_who_log_in_with_a_passkey_need_no_code(portal: Portal, open_page: Open) -> None:
    page, username = open_page("nl"), employees_of(portal.tenant("quadrant"))[0].email
    with_authenticator(page)
    page.goto(portal.address("quadrant", "/login"))
    page.locator("#username").fill(username)
    page.locator("#password").fill(PASSWORD)
    follow(page, page.get_by_role("button", name="Inloggen", exact=True))
    page.locator("summary").click()
    secret = "".join(page.locator(".key").inner_text().split())
    page.locator("#code").fill(pyotp.TOTP(secret).at(portal.clock()))
    follow(page, page.locator("form:has(#code) button"))
    page.goto(portal.address("quadrant", "/account"))
    add_passkey(page, "Telefoon van het werk")
    page.goto(portal.address("quadrant", "/account"))
    follow(page, page.get_by_role("button", name="Uitloggen"))

    portal.clock.moment += timedelta(minutes=2)
    follow(page, page.get_by_role("button", name="Inloggen met een passkey"))
    page.wait_for_url("**/staff")
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(portal.address("quadrant", "/account"))
    follow(page, page.get_by_role("button", name="Uitloggen"))
    page.locator("#username").fill(username)  # the control: with the password the code is asked
    page.locator("#password").fill(PASSWORD)
    follow(page, page.get_by_role("button", name="Inloggen", exact=True))
    page.wait_for_url("**/second-proof")
