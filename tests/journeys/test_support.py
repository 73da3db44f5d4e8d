"""Support looks at a parent one minute before and after a deadline, in two organisations, and reads by which line it came out so."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE, WIDE, Open, Portal, follow, log_in
from tests.journeys.test_every_page import look, unfold

THURSDAY = "/absence/new?day=2026-12-10"


def console(portal: Portal, path: str = "/") -> str:
    return f"http://support.localhost:{portal.port}{path}"


def choose_moment(page: Page, wall: str) -> None:
    page.locator("#at").fill(wall)
    follow(page, page.get_by_role("button", name="Tonen"))
    expect(page.locator("#at")).to_have_value(wall)


def open_as(page: Page, name: str) -> None:
    follow(page, page.get_by_role("link", name=f"Open als {name}", exact=True))
    expect(page.locator(".visit")).to_contain_text(name)


def decided_by(page: Page, rule: str) -> str:
    """What the drawer says of the condition that decided, with file and line: of the first question that this rule settled."""
    page.locator(".drawer > details > summary").click()
    question = page.locator(".drawer details details").filter(has=page.locator("li.decided", has_text=rule)).first
    question.locator("summary").click()
    step = question.locator("li.decided", has_text=rule).first
    expect(step).to_be_visible()
    return step.inner_text()


def test_support_sees_both_sides_of_a_deadline_in_two_organisations(portal: Portal, open_page: Open) -> None:
    page = open_page("nl", WIDE)
    first = portal.families("langekeizer")[0]
    page.goto(console(portal))
    follow(page, page.get_by_role("link", name=portal.tenant("langekeizer").name))
    choose_moment(page, "2026-12-10T07:29")
    open_as(page, first.parent)
    expect(page.locator(".visit")).to_contain_text("donderdag 10 december 2026, 07.29 uur")
    expect(page.locator(".visit")).to_contain_text("de klok staat stil")
    expect(page.locator(".answer")).to_contain_text(
        "tot vandaag 07.30 uur (nog 1 minuut)"
    )  # every date on the page follows
    page.goto(portal.address("langekeizer", THURSDAY))
    expect(page.locator("main")).not_to_contain_text("dat kon tot")

    follow(page, page.get_by_role("button", name="Een minuut later"))
    expect(page.locator(".visit")).to_contain_text("07.30 uur")
    assert page.url.endswith(THURSDAY)
    expect(page.locator("main")).to_contain_text(
        "U krijgt hier geen tegoed voor: dat kon tot donderdag 10 december 07.30 uur"
    )
    told = decided_by(page, "earned_if.notice")
    assert re.search(r"tenants/langekeizer\.yaml:\d+ · credits\.\w+\.earned_if\.notice", told), told
    follow(page, page.get_by_role("button", name="Een minuut eerder"))
    expect(page.locator("main")).not_to_contain_text("dat kon tot")

    follow(
        page, page.get_by_role("link", name=portal.tenant("deroef").name, exact=True)
    )  # one click: the same page there
    page.wait_for_url(f"**//{portal.tenant('deroef').subdomain}.localhost:*{THURSDAY}")
    expect(page.locator(".visit")).to_contain_text(f"{portal.tenant('deroef').name}")
    expect(page.locator(".visit")).to_contain_text("07.29 uur")
    page.locator(".visit input[name=at]").fill("2026-12-10T13:59")
    follow(page, page.get_by_role("button", name="Ga erheen"))
    expect(page.locator(".visit")).to_contain_text("13.59 uur")
    expect(page.locator("main")).not_to_contain_text("Afmelden kon tot donderdag 10 december 14.00 uur")
    follow(page, page.get_by_role("button", name="Een minuut later"))
    expect(page.locator("main")).to_contain_text("Afmelden kon tot donderdag 10 december 14.00 uur")
    assert re.search(r"tenants/deroef\.yaml:\d+ · absence\.notice", decided_by(page, "absence.notice"))

    code = page.locator(".part", has_text="14.00–18.30").locator(".code").inner_text().split(": ")[1]
    page.goto(console(portal))
    page.locator("#code").fill(code.lower())
    follow(page, page.get_by_role("button", name="Openen"))
    expect(page.locator("h1")).to_have_text(code)
    expect(page.locator("main")).to_contain_text("Afmelden kon tot donderdag 10 december 14.00 uur")
    expect(page.locator(".steps .decided .source")).to_contain_text("tenants/deroef.yaml:")


def test_who_is_logged_in_finds_the_own_session_back_and_others_keep_their_clock(
    portal: Portal, open_page: Open
) -> None:
    page, other = open_page("nl"), open_page("nl")
    log_in(page, portal, "quadrant", portal.families("quadrant")[1])
    log_in(other, portal, "quadrant")
    page.goto(console(portal, f"/go/quadrant/{portal.families('quadrant')[0].email}?at=2027-03-04T10:00&next=/agenda"))
    expect(page.locator(".visit")).to_contain_text("donderdag 4 maart 2027, 10.00 uur")
    expect(page.locator("#days")).to_contain_text("Vandaag 4 maart")
    other.goto(portal.address("quadrant", "/agenda"))
    expect(other.locator("#days")).to_contain_text("december")
    expect(other.locator(".visit")).to_have_count(0)
    follow(page, page.get_by_role("button", name="Verlaten"))
    expect(page.locator(".visit")).to_have_count(0)
    expect(page.locator("#days")).to_contain_text(portal.families("quadrant")[1].children[0].first_name)
    expect(page.locator("#days")).to_contain_text("december")


def test_the_quick_buttons_stand_around_the_next_deadline(portal: Portal, open_page: Open) -> None:
    page = open_page("nl")
    page.goto(console(portal, "/tenant/langekeizer?at=2026-12-09T20:00"))
    card = page.locator("section.card").filter(has_text=portal.families("langekeizer")[0].parent)
    limit = card.locator(".limit").first
    expect(limit).to_contain_text("donderdag 10 december 07.00 uur")
    follow(page, limit.get_by_role("link", name="één minuut eerder"))
    expect(page.locator(".visit")).to_contain_text("donderdag 10 december 2026, 06.59 uur")
    assert page.url.endswith(THURSDAY)


def look_twice(page: Page, where: str) -> list[str]:
    """What a bar that stays in sight covers can be scrolled free: a fault is what is one at both places."""
    first = look(page, where)
    page.evaluate("window.scrollTo(0, 300)")
    return [fault for fault in look(page, where) if fault in first]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["390×844", "1280×800"])
def test_the_pages_of_support_can_be_used_by_everybody(
    portal: Portal, open_page: Open, size: dict[str, int], scheme: str
) -> None:
    portal.clock.set("2026-12-10 14:01")
    page = open_page("nl" if scheme == "light" else "en", size, color_scheme=scheme)
    found = []
    for path in ("/", "/tenant/deroef", "/nothing"):
        page.goto(console(portal, path))
        found += look(page, path)
    page.goto(console(portal, f"/go/deroef/{portal.families('deroef')[0].email}?at=2026-12-10T14:01&next={THURSDAY}"))
    code = page.locator("main .code").last.inner_text().split(": ")[1]
    for path in (THURSDAY, "/agenda", "/credits", "/account"):
        page.goto(portal.address("deroef", path))
        unfold(page)
        found += look_twice(page, path)
    page.goto(console(portal, f"/code/{code}"))
    found += look(page, "/code")
    assert found == []
