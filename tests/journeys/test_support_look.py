"""An administrator lets support look along, in a real browser: granted, opened elsewhere, read, refused, ended."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import PROVE
from tests.journeys.conftest import PHONE, WIDE, Open, Portal, follow
from tests.journeys.test_every_page import look, unfold
from tests.journeys.test_support import look_twice
from tests.journeys.test_tablet import NAME, enter_demo

ADMINISTRATOR = "hanneke.vos@example.org"

#: All four under `./dev prove`, two of them otherwise.
LOOKED_AT = [(PHONE, "light"), (WIDE, "dark"), *([(PHONE, "dark"), (WIDE, "light")] if PROVE else [])]
REASON = "Ouder mist tegoed van vorige week"


def grant(page: Page, portal: Portal, reason: str = REASON) -> str:
    """From the menu to the address that is shown once; as the first parent."""
    family = portal.families(NAME)[0]
    follow(page, page.locator(".tabs a[href='/manage']"))
    follow(page, page.locator("a[href='/manage/support']"))
    follow(page, page.locator("a.primary"))
    page.locator("#q").fill(family.parent.split()[-1])
    follow(page, page.locator("form .button"))
    follow(page, page.locator("main .rows a", has_text=family.parent))
    page.locator("#reason").fill(reason)
    page.locator("input[value=hours]").check()
    follow(page, page.locator("form .primary"))
    return portal.address(NAME, urlsplit(page.locator("#address").input_value()).path)


def test_support_looks_along_until_the_administrator_ends_it(portal: Portal, open_page: Open) -> None:
    admin, support = open_page("nl", WIDE), open_page("nl")
    name = portal.families(NAME)[0].parent
    enter_demo(admin, portal, ADMINISTRATOR)
    support.goto(grant(admin, portal))
    expect(support.locator("main")).not_to_contain_text(name)
    follow(support, support.get_by_role("button", name="Beginnen met kijken"))
    band = support.locator(".looking")
    for told in ("Alleen kijken", name, REASON, "13.00 uur"):
        expect(band).to_contain_text(told)
    support.goto(portal.address(NAME, "/absence/new?day=2026-12-10"))
    expect(band).to_be_in_viewport()
    follow(support, support.locator("button[name=reason]").first)
    expect(support.locator("h1")).to_contain_text("alleen mee")
    support.goto(portal.address(NAME, "/account/password"))
    expect(support.locator("main")).to_contain_text("dicht voor wie meekijkt")
    support.goto(portal.address(NAME, "/agenda"))
    support.mouse.wheel(0, 3000)
    expect(band).to_be_in_viewport()

    admin.goto(portal.address(NAME, "/manage/audit"))
    expect(admin.locator(".log")).to_contain_text(f"Helpdesk, als {name}")
    expect(admin.locator(".log")).to_contain_text("/absence/new")
    admin.goto(portal.address(NAME, "/manage/support"))
    expect(admin.locator(".grants")).to_contain_text("Geopend op")
    follow(admin, admin.get_by_role("button", name="Nu beëindigen"))
    expect(admin.locator("[role=status]")).to_contain_text("Beëindigd")
    support.reload()
    expect(support.locator("h1")).to_have_text("Het meekijken is voorbij")
    support.goto(portal.address(NAME, "/agenda"))
    assert "/login" in support.url

    support.goto(grant(admin, portal))
    follow(support, support.get_by_role("button", name="Beginnen met kijken"))
    follow(support, support.get_by_role("button", name="Stoppen met kijken"))
    expect(support.locator(".looking")).to_have_count(0)


@pytest.mark.parametrize(("size", "scheme"), LOOKED_AT)
def test_the_pages_of_a_look_can_be_used_by_everybody(
    portal: Portal, open_page: Open, size: dict[str, int], scheme: str
) -> None:
    language = "nl" if scheme == "light" else "en"
    admin, support = open_page(language, size, color_scheme=scheme), open_page(language, size, color_scheme=scheme)
    enter_demo(admin, portal, ADMINISTRATOR)
    address = grant(admin, portal, "x" * 300)
    found = look(admin, "address")
    for path in ("/manage", "/manage/support", "/manage/support/new", "/manage/support/new?q=nobody"):
        admin.goto(portal.address(NAME, path))
        found += look(admin, path)
    admin.goto(portal.address(NAME, "/manage/support/new"))
    follow(admin, admin.locator("main .rows a").first)
    found += look(admin, "grant")
    support.goto(portal.address(NAME, "/support-look/nothing"))
    found += look(support, "gone")
    support.goto(address)
    found += look(support, "offer")
    follow(support, support.locator("form .primary"))
    for path in ("/agenda", "/absence/new?day=2026-12-10", "/credits", "/account", "/account/devices", "/nothing"):
        support.goto(portal.address(NAME, path))
        unfold(support)
        found += look_twice(support, path)
    admin.goto(portal.address(NAME, "/manage/audit"))
    found += look(admin, "audit")
    admin.goto(portal.address(NAME, "/manage/support"))
    follow(admin, admin.locator(".grants button").first)
    found += look(admin, "ended")
    support.goto(portal.address(NAME, "/agenda"))
    found += look(support, "over")
    assert found == []
