"""From the mail in the folder: a new guardian gets in, and one who forgot the password gets in again."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from playwright.sync_api import Page, expect

from spelregel.notify.carriers import Folder
from tests.journeys.conftest import PHONE, WIDE, Open, Portal, follow
from tests.journeys.test_every_page import look

NEW, NEWER = "drie groene wolken boven zee", "twee trage schepen in de mist"

WORDS = {
    "nl": ("Kies je wachtwoord", "Beginnen", "Wachtwoord vergeten?", "Verstuur de mail", "Wachtwoord opslaan", "Je nieuwe wachtwoord is opgeslagen", "Deze link werkt niet meer"),
    "en": ("Choose your password", "Start", "Forgot password?", "Send the mail", "Save the password", "Your new password is set", "This link does not work any more"),
}  # fmt: skip


def mails_to(portal: Portal, name: str, address: str) -> list[EmailMessage]:
    """What lies in the folder of the demo from this organisation, the oldest first."""
    portal.app.postman.round()
    carrier = portal.app.postman.carrier
    assert isinstance(carrier, Folder)
    paths = sorted(carrier.folder.glob("*.eml"), key=lambda each: each.stat().st_mtime_ns)
    found = [message_from_bytes(each.read_bytes(), policy=default) for each in paths]
    return [
        each
        for each in found
        if each["To"] == address and portal.tenant(name).name in each["From"] and isinstance(each, EmailMessage)
    ]


def link_in(portal: Portal, name: str, mail: EmailMessage) -> str:
    found = re.search(rf"^{portal.address(name)}\S+", mail.get_content(), re.MULTILINE)
    assert found, mail.get_content()
    return found[0]


def choose(page: Page, password: str, button: str) -> None:
    page.locator("#password").fill(password)
    page.locator("#again").fill(password)
    follow(page, page.get_by_role("button", name=button))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "size"), [("nl", PHONE), ("en", WIDE)])
def test_a_new_guardian_gets_in_by_the_mail_and_comes_back_after_forgetting(
    portal: Portal, open_page: Open, language: str, size: dict[str, int], scheme: str
) -> None:
    name, (title, start, forgot, send, save, done, gone) = "quadrant", WORDS[language]
    family = portal.families(name)[1]
    invitation = link_in(portal, name, mails_to(portal, name, family.other_email)[-1])
    page = open_page(language, size, color_scheme=scheme)
    found = []

    page.goto(invitation)
    if language == "en":  # nothing is known of this guardian yet: the organisation's first language, or what is chosen
        follow(page, page.get_by_role("link", name="English")) if page.locator("html").get_attribute(
            "lang"
        ) != "en" else None
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("#username")).to_have_value(family.other_username)
    found += look(page, "activate")
    choose(page, "nadia.haddad", start)
    expect(page.get_by_role("alert")).to_be_visible()
    found += look(page, "activate refused")
    choose(page, NEW, start)
    assert "/activate" not in page.url and "/login" not in page.url, page.url
    page.goto(invitation)
    expect(page.locator("h1")).to_have_text(gone)
    found += look(page, "gone")

    page = open_page(language, size, color_scheme=scheme)
    page.goto(portal.address(name, "/login"))
    follow(page, page.get_by_role("link", name=forgot))
    found += look(page, "forgot")
    page.locator("#username").fill(family.other_username)
    follow(page, page.get_by_role("button", name=send))
    found += look(page, "sent")
    page.goto(link_in(portal, name, mails_to(portal, name, family.other_email)[-1]))
    found += look(page, "reset")
    choose(page, NEWER, save)
    expect(page.get_by_role("status")).to_contain_text(done)
    found += look(page, "login after reset")
    page.locator("#username").fill(family.other_username)
    page.locator("#password").fill(NEWER)
    follow(page, page.locator("form button.primary"))
    assert "/login" not in page.url
    assert found == []
    assert len(mails_to(portal, name, family.other_email)) == 3, (
        "the invitation, the link, and the word that it was changed"
    )


def test_activating_works_without_javascript(portal: Portal, open_page: Open) -> None:
    family = portal.families("deroef")[1]
    page = open_page("nl", java_script_enabled=False)
    page.goto(link_in(portal, "deroef", mails_to(portal, "deroef", family.other_email)[-1]))
    choose(page, NEW, "Beginnen")
    assert "/activate" not in page.url and "/login" not in page.url, page.url
