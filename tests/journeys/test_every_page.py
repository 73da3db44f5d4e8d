"""Every page passes axe (WCAG 2.2 AA) on a phone and on a wide screen, light and dark, and fits its screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import PHONE, WIDE, Open, Portal, faults, follow, log_in

THURSDAY = "2026-12-10"
NAMES = ["fantaziehuis", "langekeizer", "deroef", "quadrant"]


def look(page: Page, where: str) -> list[str]:
    found = [f"{where}: {fault}" for fault in faults(page)]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wider > 0:
        found.append(f"{where}: {wider} px wider than the screen")
    small = page.evaluate(
        "[...document.querySelectorAll('button, a.button, .tabs a, input:not([type=hidden])')].filter(e => e.offsetParent)"
        ".map(e => { const box = (e.type === 'checkbox' ? e.closest('label') : e).getBoundingClientRect(); return [e.textContent || e.name, box.height] })"
        ".filter(([, height]) => height < 44)"
    )
    return found + [f"{where}: “{text.strip()}” is {height:.0f} px high" for text, height in small]


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["390×844", "1280×800"])
@pytest.mark.parametrize("name", NAMES)
def test_every_page_can_be_used_by_everybody(
    portal: Portal, open_page: Open, name: str, size: dict[str, int], scheme: str
) -> None:
    page = open_page("nl" if scheme == "light" else "en", size, color_scheme=scheme)
    found = []
    page.goto(portal.address(name, "/login"))
    found += look(page, "login")
    page.locator("#username").fill("1")
    page.evaluate("document.querySelector('#username').type = 'text'")
    page.locator("#password").fill("nee")
    follow(page, page.locator("form button.primary"))
    found += look(page, "login refused")
    log_in(page, portal, name)
    found += look(page, "agenda")
    for where in ("/agenda?from=2026-12-21", f"/absence/new?day={THURSDAY}", "/absence/new?day=2026-12-14&until=2026-12-18", "/absence/new?day=2026-12-26",
                  "/credits", "/credits?day=2026-12-22", "/conditions", "/account", "/nothing"):  # fmt: skip
        page.goto(portal.address(name, where))
        unfold(page)
        found += look(page, where)
    page.goto(portal.address(name, f"/absence/new?day={THURSDAY}"))
    follow(page, page.locator("button[name=reason]").first)
    unfold(page)
    found += look(page, "confirm")
    follow(page, page.locator("button.primary"))
    found += look(page, "reported")
    follow(page, page.locator(".links a").nth(1))
    found += look(page, "take back")
    page.go_back()
    follow(page, page.locator(".links a").first)
    found += look(page, "why")
    assert found == []


def test_the_pages_of_the_platform_pass_too(portal: Portal, open_page: Open) -> None:
    for scheme in ("light", "dark"):
        page = open_page("en", PHONE, color_scheme=scheme)
        found = []
        for host, path in (
            ("localhost", "/"),
            ("localhost", "/status"),
            ("localhost", "/nothing"),
            ("nobody.localhost", "/"),
        ):
            page.goto(f"http://{host}:{portal.port}{path}")
            found += look(page, f"{host}{path}")
        assert found == []


def test_axe_finds_a_fault_where_there_is_one(portal: Portal, open_page: Open) -> None:
    """The control: the check can fail."""
    page = open_page("nl")
    page.goto(portal.address("quadrant", "/login"))
    page.evaluate("document.querySelector('label').remove(); document.documentElement.removeAttribute('lang')")
    assert {fault.split(":")[0] for fault in faults(page)} >= {"html-has-lang", "label"}


def test_it_can_be_read_at_three_hundred_and_twenty_pixels_and_doubled(portal: Portal, open_page: Open) -> None:
    page = open_page("nl", {"width": 320, "height": 640})
    log_in(page, portal, "langekeizer")
    found = []
    for where in ("/agenda", f"/absence/new?day={THURSDAY}", "/credits", "/conditions", "/account"):
        page.goto(portal.address("langekeizer", where))
        page.evaluate("document.documentElement.style.fontSize = '130%'")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{where}: {wider} px"] if wider > 0 else []
    assert found == []
