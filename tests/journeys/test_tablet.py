"""A group's tablet in a real browser: paired from another screen, entered with a PIN, and left; staff on a telephone."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.journeys.conftest import Open, Portal, follow
from tests.journeys.test_every_page import look

TABLET = {"width": 1024, "height": 768}
EDUCATOR, MANAGER = "anja.kuipers@example.org", "karim.aydin@example.org"
NAME, PIN = "quadrant", "7294"


def enter_demo(page: Page, portal: Portal, email: str) -> None:
    """Through the demo's front page, by one click."""
    page.goto(f"http://localhost:{portal.port}/")
    host = portal.tenant(NAME).subdomain + ".localhost"
    follow(page, page.locator(f'form[action*="//{host}"] button[value="{email}"]'))
    page.wait_for_url("**/staff")


def choose_pin(page: Page, portal: Portal) -> None:
    page.goto(portal.address(NAME, "/account"))
    follow(page, page.locator('a[href="/account/pin"]'))
    page.locator("#pin").fill(PIN)
    page.locator("#again").fill(PIN)
    follow(page, page.locator("form button.primary"))


def pair(page: Page, portal: Portal, tablet: Page) -> None:
    """From the manager's telephone to the tablet."""
    enter_demo(page, portal, MANAGER)
    page.goto(portal.address(NAME, "/manage/tablets"))
    page.locator("#name").fill("Tablet Hommels")
    page.locator("#where").select_option(index=1)
    follow(page, page.locator("form button.primary"))
    tablet.goto(portal.address(NAME, "/tablet"))
    assert tablet.url.endswith("/tablet/pair")
    tablet.locator("#code").fill(page.locator(".big-code").inner_text())
    follow(tablet, tablet.locator("form button.primary"))
    assert tablet.url.endswith("/tablet")


def test_a_group_leader_sees_the_group_with_four_figures_and_leaves_nothing_on_the_screen(
    portal: Portal, open_page: Open
) -> None:
    anja, manager, tablet = open_page("nl"), open_page("nl"), open_page("nl", TABLET)
    enter_demo(anja, portal, EDUCATOR)
    choose_pin(anja, portal)
    pair(manager, portal, tablet)
    follow(tablet, tablet.get_by_role("link", name="Anja Kuipers"))
    tablet.locator("#pin").fill("1111")
    follow(tablet, tablet.locator("form button.primary"))
    assert tablet.locator("[role=alert]").is_visible()
    tablet.locator("#pin").fill(PIN)
    tablet.locator("#pin").press("Enter")
    tablet.wait_for_url("**/staff")
    assert tablet.locator(".tile").count() > 0 and tablet.locator('a[href="/account"]').count() == 0
    follow(tablet, tablet.locator(".away button"))
    assert tablet.url.endswith("/tablet")
    tablet.go_back()
    assert tablet.locator(".tile").count() == 0, "nothing of the children comes back"
    # And who only walks away: the tablet is back at its own page, and the session is over.
    tablet.goto(portal.address(NAME, "/tablet"))
    follow(tablet, tablet.get_by_role("link", name="Anja Kuipers"))
    tablet.locator("#pin").fill(PIN)
    tablet.locator("#pin").press("Enter")
    tablet.wait_for_url("**/staff")
    portal.clock.set("2026-12-08 09:04")
    tablet.goto(portal.address(NAME, "/staff"))
    assert tablet.url.endswith("/tablet")


def test_the_pages_on_the_tablet_can_be_used_by_everybody(portal: Portal, open_page: Open) -> None:
    found: list[str] = []
    anja, manager = open_page("nl"), open_page("nl")
    enter_demo(anja, portal, EDUCATOR)
    choose_pin(anja, portal)
    for scheme in ("light", "dark"):
        tablet = open_page("nl" if scheme == "light" else "en", TABLET, color_scheme=scheme)
        tablet.goto(portal.address(NAME, "/tablet/pair"))
        found += look(tablet, "pair")
        pair(manager, portal, tablet)
        found += look(manager, "code") + look(tablet, "tablet")
        follow(tablet, tablet.locator(".names a").first)
        found += look(tablet, "enter")
        tablet.locator("#pin").fill(PIN)
        follow(tablet, tablet.locator("form button.primary"))
        found += look(tablet, "staff on a tablet")
    assert found == []
