"""Every page passes axe (WCAG 2.2 AA) on a phone and on a wide screen, light and dark, and fits its screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from spelregel.app import every_route
from spelregel.demo.people import employees_of
from spelregel.settings import settings_from
from tests.conftest import PROVE
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
        ".map(e => { const box = (['checkbox', 'radio'].includes(e.type) ? e.closest('label') : e).getBoundingClientRect(); return [e.textContent || e.name, box.height] })"
        ".filter(([, height]) => height < 44)"
    )
    return found + [f"{where}: “{text.strip()}” is {height:.0f} px high" for text, height in small]


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


#: What has the focus: its words, whether it can be seen to have it, and whether something lies over it.
FOCUSED = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const box = each.getBoundingClientRect(), style = getComputedStyle(each);
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
  const free = over && (each.contains(over) || over.contains(each) || over.closest("label")?.contains(each));
  const again = each.dataset.walked && each !== window.before;  // a date is one field with several stops
  each.dataset.walked = "yes";
  window.before = each;
  return [(each.textContent || each.name || each.id).trim().slice(0, 40), style.outlineStyle !== "none", Boolean(free), Boolean(again),
    document.querySelectorAll("[data-asked]:not([data-walked])").length];
}"""
#: What is there when the walk begins: an agenda grows for as long as somebody walks through it.
ASKED = """() => document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")
  .forEach(each => { if (each.checkVisibility() && !each.disabled && each.type !== "radio") each.dataset.asked = "yes" })"""
REACHED = """() => [...document.querySelectorAll("[data-asked]:not([data-walked])")]
  .map(each => (each.textContent || each.name || each.id).trim().slice(0, 40))"""


def walk(page: Page, where: str) -> list[str]:
    """Through the page with the Tab key: everything is reached, is seen to have the focus, and lies free."""
    found = []
    page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    page.evaluate(ASKED)
    for _ in range(500):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:  # the end of the page, or a link that made place for what it led to
            continue
        if at[3]:
            break
        found += [f"{where}: nothing shows that “{at[0]}” has the focus"] if not at[1] else []
        found += [f"{where}: something lies over “{at[0]}” when it has the focus"] if not at[2] else []
        if at[4] == 0:
            break
    return found + [f"{where}: “{text}” cannot be reached by keyboard" for text in page.evaluate(REACHED)]


#: Pages whose content follows from the organisation's rules: with every organisation.
BY_RULES = ["/agenda?from=2026-12-21", f"/absence/new?day={THURSDAY}", "/absence/new?day=2026-12-14&until=2026-12-18",
            "/absence/new?day=2026-12-26", "/credits", "/credits?day=2026-12-22", "/conditions", "/account", "/my-data",
            "/consents", "/consents/history", "/requests", "/requests/new?day=2027-01-06", "/requests/new?day=2026-12-21&until=2026-12-23",
         "/requests/swap"]  # fmt: skip
#: Pages that only take its colours: with another organisation per size and scheme.
ALIKE = ["/account/password", "/account/email", "/account/second-proof", "/account/second-proof/set-up", "/account/devices",
         "/accounts", "/passkeys", "/calendar", "/login?add=yes", "/nothing"]  # fmt: skip
SIZES = {"390×844": PHONE, "1280×800": WIDE}
COMBINATIONS = [(size, scheme) for size in SIZES for scheme in ("light", "dark")]


#: Every organisation in every size and scheme under `./dev prove`; each in another one of the four combinations otherwise.
LOOKED_AT = [
    (name, size, scheme)
    for turn, name in enumerate(NAMES)
    for number, (size, scheme) in enumerate(COMBINATIONS)
    if PROVE or turn == number
]


@pytest.mark.parametrize(("name", "size", "scheme"), LOOKED_AT)
def test_every_page_can_be_used_by_everybody(
    portal: Portal, open_page: Open, name: str, size: str, scheme: str
) -> None:
    page = open_page("nl" if scheme == "light" else "en", SIZES[size], color_scheme=scheme)
    found = []
    for where in ("/forgot", "/login"):
        page.goto(portal.address(name, where))
        found += look(page, where)
    page.locator("#username").fill("1")
    page.evaluate("document.querySelector('#username').type = 'text'")
    page.locator("#password").fill("nee")
    follow(page, page.locator("form button.primary"))
    found += look(page, "login refused")
    log_in(page, portal, name)
    found += look(page, "agenda")
    is_turn = NAMES.index(name) == COMBINATIONS.index((size, scheme))
    for where in BY_RULES + (ALIKE if is_turn else []):
        page.goto(portal.address(name, where))
        unfold(page)
        found += look(page, where)
        if is_turn:
            found += walk(page, where)
    page.goto(portal.address(name, "/account"))
    follow(page, page.locator("main .rows a[href^='/child/']").first)
    found += look(page, "child")
    page.goto(portal.address(name, f"/absence/new?day={THURSDAY}"))
    follow(page, page.locator("button[name=reason]").first)
    unfold(page)
    found += look(page, "confirm")
    follow(page, page.locator("button.primary"))
    found += look(page, "reported")
    if name == "quadrant":  # two children on one day
        follow(page, page.locator("a[href$='/withdraw-all']"))
        found += look(page, "take everything back")
        page.go_back()
    follow(page, page.locator(".links a").nth(1))
    found += look(page, "take back")
    page.go_back()
    follow(page, page.locator(".links a").first)
    found += look(page, "why")
    assert found == []


FOR_STAFF = ["/staff", "/staff?day=2026-12-10", "/manage", "/manage/staff", "/manage/audit", "/manage/tablets", "/account",
             "/manage/support", "/manage/support/new", "/approvals",
             "/account/pin", "/account/second-proof", "/passkeys", "/conditions"]  # fmt: skip


@pytest.mark.parametrize(("size", "scheme"), COMBINATIONS if PROVE else COMBINATIONS[::3])
def test_the_pages_of_staff_can_be_used_by_everybody(portal: Portal, open_page: Open, size: str, scheme: str) -> None:
    name = NAMES[COMBINATIONS.index((size, scheme))]
    page = open_page("nl" if scheme == "light" else "en", SIZES[size], color_scheme=scheme)
    page.goto(f"http://localhost:{portal.port}/")
    administrator = employees_of(portal.tenant(name))[-1].email
    follow(page, page.locator(f'form[action^="{portal.address(name, "")}/"] button[value="{administrator}"]'))
    page.wait_for_url("**/staff")
    page.goto(portal.address(name, "/staff?day=2026-12-10"))
    card = str(page.locator(".tile").first.get_attribute("href"))
    page.goto(portal.address(name, "/manage/staff"))
    employee = str(page.locator(".rows a").first.get_attribute("href"))
    found: list[str] = []
    for where in [*FOR_STAFF, card, employee]:
        page.goto(portal.address(name, where))
        unfold(page)
        found += look(page, where) + walk(page, where)
    page.goto(portal.address(name, "/manage/support/new"))
    follow(page, page.locator("main .rows a").first)
    found += look(page, "look along as") + walk(page, "look along as")
    page.locator("#reason").fill("Een vraag over de agenda")
    follow(page, page.locator("form[method=post] button.primary"))
    found += look(page, "address for support")
    page.goto(page.locator("#address").input_value())
    found += look(page, "offered to support")
    assert found == []


@pytest.mark.parametrize(("size", "scheme"), COMBINATIONS if PROVE else COMBINATIONS[::3])
def test_the_pages_of_the_platform_pass_too(portal: Portal, open_page: Open, size: str, scheme: str) -> None:
    portal.app.postman.round()
    page = open_page("nl" if scheme == "light" else "en", SIZES[size], color_scheme=scheme)
    found = []
    for host, path in (
        ("localhost", "/"),
        ("localhost", "/mail"),
        ("localhost", "/status"),
        ("localhost", "/nothing"),
        ("nobody.localhost", "/"),
    ):
        page.goto(f"http://{host}:{portal.port}{path}")
        found += look(page, f"{host}{path}") + walk(page, f"{host}{path}")
    assert found == []


#: Pages that need a story of their own are looked at where it is told.
TOLD_IN = {
    "test_activation.py": ["/activate/<secret>", "/reset/<secret>"],
    "test_two_accounts.py": ["/second-proof", "/confirm-email/<secret>", "/undo-email/<secret>"],
    "test_day_requests.py": ["/requests/draft/<id:request_draft_id>", "/requests/<id:request_id>", "/requests/booking/<id:booking_id>/cancel"],
    "test_approvals.py": ["/approvals/child/<id:child_id>"],
    "test_study_days.py": ["/study-days", "/study-days/invoice"],
    "test_tablet.py": ["/tablet", "/tablet/pair", "/tablet/enter/<id:account_id>"],
    "test_support.py": ["/tenant/<slug>", "/code/<code>"],
    # Above: reached by following links.
    "test_every_page.py": ["/absence/<id:report_id>", "/absence/<id:absence_id>/withdraw",
                           "/absence/<id:report_id>/withdraw-all", "/absence/draft/<id:draft_id>",
                           "/decisions/<id:decision_id>", "/child/<id:child_id>", "/staff/child/<id:child_id>",
                           "/manage/staff/<id:employee_id>", "/support-look/<secret>", "/login", "/forgot", "/", "/mail", "/status"],
}  # fmt: skip
#: Not a page: files, and addresses that only lead on.
NO_PAGE = ["/calendar/<secret>.ics", "/icon.svg", "/look.css", "/static/<path:filename>", "/support/enter/<ticket>", "/code", "/enter",
           "/study-days/invoice.csv",
           "/go/<slug>/<path:persona>"]  # fmt: skip


def test_no_page_is_forgotten() -> None:
    """Whoever adds a page adds it here, or to the journey that leads to it."""
    here = {where.split("?")[0] for where in [*BY_RULES, *ALIKE, *FOR_STAFF]}
    known = here.union(NO_PAGE, *TOLD_IN.values())
    routes = every_route(settings_from({"SPELREGEL_ENV": "demo"}))
    assert {each.path for each in routes if each.method == "GET"} - known == set()
    for name in TOLD_IN:
        assert "look(" in (Path(__file__).parent / name).read_text("utf-8"), name


def test_axe_finds_a_fault_where_there_is_one(portal: Portal, open_page: Open) -> None:
    """The control: the check can fail."""
    page = open_page("nl")
    page.goto(portal.address("quadrant", "/login"))
    page.evaluate("document.querySelector('label').remove(); document.documentElement.removeAttribute('lang')")
    assert {fault.split(":")[0] for fault in faults(page)} >= {"html-has-lang", "label"}


def test_walking_finds_what_has_no_focus_or_lies_under_something(portal: Portal, open_page: Open) -> None:
    """The control of the other check."""
    page = open_page("nl")
    page.goto(portal.address("quadrant", "/login"))
    assert walk(page, "login") == []
    page.reload()
    page.evaluate("""document.querySelector("a[href='/forgot']").tabIndex = -1;
      const style = new CSSStyleSheet(); style.replaceSync("#username:focus { outline: none }"); document.adoptedStyleSheets = [style];
      const over = document.createElement("div"); Object.assign(over.style, {position: "fixed", inset: "0", top: "55%"}); document.body.append(over)""")
    told = " ".join(walk(page, "login"))
    assert "has the focus" in told and "lies over" in told and "cannot be reached" in told


def test_it_can_be_read_at_three_hundred_and_twenty_pixels_and_doubled(portal: Portal, open_page: Open) -> None:
    page = open_page("nl", {"width": 320, "height": 640})
    log_in(page, portal, "langekeizer")
    found = []
    for where in (
        "/agenda",
        f"/absence/new?day={THURSDAY}",
        "/credits",
        "/conditions",
        "/account",
        "/my-data",
        "/consents",
    ):
        page.goto(portal.address("langekeizer", where))
        page.evaluate("document.documentElement.style.fontSize = '130%'")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{where}: {wider} px"] if wider > 0 else []
    assert found == []
