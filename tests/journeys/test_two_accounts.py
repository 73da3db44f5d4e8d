"""Two accounts on one device, staff who set up a second proof, and another e-mail address, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Page, expect

from spelregel.demo.people import PASSWORD, employees_of
from spelregel.records.outbox import list_mail
from spelregel.storage.session import tenant_session
from tests.journeys.conftest import WIDE, Open, Portal, follow, log_in
from tests.journeys.test_every_page import look, unfold


def add(page: Page, username: str) -> None:
    page.locator("#username").fill(username)
    page.locator("#password").fill(PASSWORD)
    follow(page, page.locator("main form button").first)


def test_a_parent_switches_between_two_accounts_and_logs_out_of_one_and_of_all(portal: Portal, open_page: Open) -> None:
    page = open_page("nl")
    first, second = portal.families("quadrant")
    log_in(page, portal, "quadrant")
    expect(page.locator(".whose")).to_have_count(0)
    page.goto(portal.address("quadrant", "/account"))
    follow(page, page.get_by_role("link", name="Accounts op dit apparaat"))
    follow(page, page.get_by_role("link", name="Nog een account toevoegen"))
    add(page, second.username)
    expect(page.locator(".whose")).to_contain_text(second.parent)
    expect(page.locator("main")).to_contain_text(second.children[0].first_name)
    follow(page, page.locator(".whose"))
    assert look(page, "accounts") == []
    follow(page, page.get_by_role("button", name=first.parent).and_(page.locator(".choose")))
    expect(page.locator(".whose")).to_contain_text(first.parent)
    expect(page.locator("main")).to_contain_text(first.children[0].first_name)

    page.goto(portal.address("quadrant", "/account"))
    follow(page, page.get_by_role("button", name="Uitloggen", exact=True))
    page.goto(portal.address("quadrant", "/account"))
    expect(page.locator("main")).to_contain_text(second.email)
    expect(page.locator(".whose")).to_have_count(0)

    page.goto(portal.address("quadrant", "/login?add=yes"))
    add(page, first.username)
    page.goto(portal.address("quadrant", "/account"))
    follow(page, page.get_by_role("button", name="Uitloggen uit alle accounts"))
    page.goto(portal.address("quadrant", "/account"))
    expect(page).to_have_url(re.compile("/login"))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_staff_set_up_a_second_proof_and_need_it_at_the_next_log_in(
    portal: Portal, open_page: Open, language: str
) -> None:
    page = open_page(language, WIDE if language == "en" else {"width": 390, "height": 844})
    username = employees_of(portal.tenant("quadrant"))[-1].email
    page.goto(portal.address("quadrant", "/login"))
    add(page, username)
    expect(page).to_have_url(re.compile("/account/second-proof/set-up$"))
    expect(page.locator(".tabs")).to_have_count(0)
    unfold(page)
    assert look(page, "set up") == []
    secret = "".join(page.locator(".key").inner_text().split())
    page.locator("#code").fill(pyotp.TOTP(secret).at(portal.clock()))
    with page.expect_navigation():
        page.locator("#code").press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    assert look(page, "recovery codes") == []
    recovery = page.locator(".codes code").first.inner_text()
    follow(page, page.locator("a.button.primary"))
    expect(page.locator(".tabs")).to_have_count(1)

    portal.clock.moment += timedelta(minutes=2)
    other = open_page(language)
    other.goto(portal.address("quadrant", "/login"))
    add(other, username)
    expect(other).to_have_url(re.compile("/second-proof$"))
    assert look(other, "second proof") == []
    other.locator("#code").fill("000000")
    follow(other, other.locator("form:has(#code) button"))
    expect(other.locator("#problem")).to_be_focused()
    other.locator("#code").fill(pyotp.TOTP(secret).at(portal.clock()))
    follow(other, other.locator("form:has(#code) button"))
    expect(other.locator(".tabs")).to_have_count(1)

    third = open_page(language)
    third.goto(portal.address("quadrant", "/login"))
    add(third, username)
    third.locator("summary").click()
    third.locator("#recovery").fill(recovery)
    follow(third, third.locator("form:has(#recovery) button"))
    expect(third.locator(".tabs")).to_have_count(1)
    third.goto(portal.address("quadrant", "/account/devices"))
    expect(third.locator(".sessions li")).to_have_count(3)
    assert look(third, "devices") == []
    follow(third, third.locator("form[action$=end-others] button"))
    expect(third.locator(".sessions li")).to_have_count(1)
    page.reload()
    expect(page).to_have_url(re.compile("/login"))


def test_another_address_is_confirmed_from_the_mail_and_stopped_from_the_old_one(
    portal: Portal, open_page: Open
) -> None:
    page, family = open_page("nl"), portal.families("quadrant")[0]
    log_in(page, portal, "quadrant")
    page.goto(portal.address("quadrant", "/account"))
    follow(page, page.get_by_role("link", name="E-mailadres"))
    page.locator("#email").fill("nieuw@example.org")
    page.locator("#current").fill(PASSWORD)
    follow(page, page.locator("main form button").first)
    assert look(page, "sent") == []
    with tenant_session(portal.app.engine, "quadrant") as session:
        texts = {each.kind: each.text or "" for each in list_mail(session, 9)}
    paths = {kind: re.findall(rf":{portal.port}(/\S+-email/\S+)", text) for kind, text in texts.items()}
    mailbox = open_page("nl")
    for kind, said in (("email_confirm", "nieuw@example.org"), ("email_asked", family.email)):
        mailbox.goto(portal.address("quadrant", paths[kind][0]))
        expect(mailbox.locator("main")).to_contain_text(said)
        assert look(mailbox, kind) == []
        follow(mailbox, mailbox.locator("main form button"))
        assert look(mailbox, f"{kind} done") == []
    page.goto(portal.address("quadrant", "/account"))
    expect(page).to_have_url(re.compile("/login"))
    mailbox.goto(portal.address("quadrant", paths["email_confirm"][0]))
    assert look(mailbox, "gone") == []
