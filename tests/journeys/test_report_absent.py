"""A parent of each organisation reports an absence one minute before and one minute after its deadline, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import WIDE, Open, Portal, follow, log_in

THURSDAY = "2026-12-10"

#: organisation, kind of care, one minute before and after; what is read before the tap and after it, nl and en
JOURNEYS = {
    "fantaziehuis": ("kdv", "2026-12-08 09:29", "2026-12-08 09:31", {
        "nl": ("Je krijgt 10 ruiluren", "Je krijgt er 10 ruiluren voor, zonder einddatum", "Je krijgt hier geen ruiluren voor: dat kon tot dinsdag 8 december 09.30 uur"),
        "en": ("You get 10 swap hours", "It earns 10 swap hours", "It earns no swap hours: that was possible until 09:30 on Tuesday 8 December")}),
    "langekeizer": ("bso", "2026-12-10 07:29", "2026-12-10 07:31", {
        "nl": ("U krijgt 4,5 uur tegoed", "geldig tot en met zaterdag 9 januari 2027", "U krijgt hier geen tegoed voor: dat kon tot donderdag 10 december 07.30 uur"),
        "en": ("You get 4.5 hours of credit", "valid up to and including Saturday 9 January 2027", "It earns no credit: that was possible until 07:30 on Thursday 10 December")}),
    "quadrant": ("kdv", "2026-12-09 07:59", "2026-12-09 08:01", {
        "nl": ("Je krijgt 10 uur tegoed", "Je krijgt er 10 uur tegoed voor", "Je krijgt hier geen afwezigheidstegoed voor: dat kon tot en met woensdag 9 december 08.00 uur"),
        "en": ("You get 10 hours of credit", "It earns 10 hours of credit", "It earns no absence credit: that was possible until and including 08:00 on Wednesday 9 December")}),
}  # fmt: skip


def start_of(portal: Portal, name: str, care_type: str) -> str:
    from spelregel.demo.people import HOURS

    return f"{HOURS[care_type][0]:%H%M}"


def choose(page: Page, portal: Portal, name: str, starts: str) -> None:
    """The form for Thursday, with only the daypart that starts then."""
    page.goto(portal.address(name, f"/absence/new?day={THURSDAY}"))
    for box in page.locator("input[name=daypart]").all():
        value = box.get_attribute("value") or ""
        box.set_checked(value.endswith(f"{THURSDAY}.{starts}"), force=True) if box.is_enabled() else None


def balance(page: Page, portal: Portal, name: str) -> str:
    page.goto(portal.address(name, "/credits"))
    return page.locator("main").text_content() or ""


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", JOURNEYS)
def test_one_minute_before_the_deadline_there_is_credit_and_one_minute_after_none(
    portal: Portal, open_page: Open, name: str, language: str
) -> None:
    care_type, before, after, told = JOURNEYS[name]
    promised, given, refused = told[language]
    page = open_page(language)
    portal.clock.set(before)
    log_in(page, portal, name)
    without = balance(page, portal, name)
    choose(page, portal, name, start_of(portal, name, care_type))
    follow(page, page.locator("button[name=reason]").nth(1))
    expect(page.locator(".consequence")).to_contain_text(promised)
    follow(page, page.locator("button.primary"))
    expect(page.locator(".told")).to_contain_text(given)
    with_it = balance(page, portal, name)
    assert with_it != without and ("10 december 2026" if language == "nl" else "10 December 2026") in with_it

    portal.clock.set(after)
    page.goto(portal.address(name, "/agenda"))
    absent = page.locator("article.absent a.button")
    follow(page, absent.filter(has_text="10 december" if language == "nl" else "10 December").first)
    follow(page, page.locator(".links a").last)
    follow(page, page.locator("button.primary"))  # taken back: the day is planned again, and the credit is gone
    assert (
        balance(page, portal, name).split("10 december 2026" if language == "nl" else "10 December 2026")[0] != with_it
    )
    choose(page, portal, name, start_of(portal, name, care_type))
    follow(page, page.locator("button[name=reason]").nth(1))
    expect(page.locator(".told")).to_contain_text(refused)
    follow(page, page.locator("button.primary"))
    expect(page.locator(".told")).to_contain_text(refused)
    follow(page, page.locator(".links a").first)
    expect(page.locator(".why .decided")).to_have_count(1)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_where_absence_earns_nothing_reporting_itself_has_the_deadline(
    portal: Portal, open_page: Open, language: str
) -> None:
    nothing = {"nl": "Met afmelden bouwt u hier geen tegoed op", "en": "Reporting absent earns no credit here"}[
        language
    ]
    page = open_page(language)
    portal.clock.set("2026-12-10 07:59")
    log_in(page, portal, "deroef")
    choose(page, portal, "deroef", "0800")
    follow(page, page.locator("button[name=reason]").first)
    expect(page.locator(".consequence")).to_contain_text(nothing)
    follow(page, page.locator("button.primary"))
    expect(page.locator(".told")).to_contain_text(nothing)
    assert nothing in balance(page, portal, "deroef")
    portal.clock.set("2026-12-10 14:01")
    page.goto(portal.address("deroef", f"/absence/new?day={THURSDAY}"))
    too_late = {
        "nl": "Afmelden kon tot donderdag 10 december 14.00 uur",
        "en": "Reporting absent was possible until 14:00 on Thursday 10 December",
    }[language]
    expect(page.locator("main")).to_contain_text(too_late)
    assert page.locator("input[name=daypart]:enabled").count() == 0


def test_from_opening_the_portal_to_the_sent_absence_of_today_are_three_taps(portal: Portal, open_page: Open) -> None:
    portal.clock.set("2026-12-10 07:26")
    page = open_page("nl")
    log_in(page, portal, "langekeizer")
    page.goto(portal.address("langekeizer"))  # the portal is opened: the parent is known on this phone
    taps = 0
    for target in (
        page.locator(".today article a.button").first,
        page.locator("button[name=reason]").first,
        page.locator("button.primary"),
    ):
        follow(page, target)
        taps += 1
    expect(page.locator("h1")).to_contain_text("afgemeld")
    assert taps <= 4


def test_a_period_of_more_children_is_one_report_and_a_double_tap_is_one_too(portal: Portal, open_page: Open) -> None:
    page = open_page("nl", WIDE)
    log_in(page, portal, "fantaziehuis")
    page.goto(portal.address("fantaziehuis", "/absence/new"))
    page.locator("summary").first.click()
    page.locator("#day").fill("2026-12-14")
    page.locator("#until").fill("2026-12-18")
    follow(page, page.locator(".period button"))
    page.wait_for_url("**until=2026-12-18**")
    boxes = page.locator("input[name=daypart]:enabled").count()
    assert boxes >= 4
    page.locator("input[name=daypart]:enabled").first.uncheck()
    follow(page, page.locator("button[name=reason]").nth(1))
    page.locator("button.primary").dblclick()
    expect(page.locator("h1")).to_contain_text("zijn afgemeld")
    assert page.locator(".told > li").count() == boxes - 1


def test_everything_works_without_javascript(portal: Portal, open_page: Open) -> None:
    page = open_page("nl", java_script_enabled=False)
    log_in(page, portal, "quadrant")
    page.locator("a[data-append]").click()
    expect(page.locator("h1")).to_have_text("Agenda")
    page.goto(portal.address("quadrant", f"/absence/new?day={THURSDAY}"))
    follow(page, page.locator("button[name=reason]").first)
    follow(page, page.locator("button.primary"))
    expect(page.locator("h1")).to_contain_text("afgemeld")


def test_everything_works_by_keyboard(portal: Portal, open_page: Open) -> None:
    page = open_page("nl", WIDE)
    page.goto(portal.address("quadrant"))
    tab_to(page, "#username")
    page.keyboard.type(portal.families("quadrant")[0].username)
    tab_to(page, "#password")
    page.keyboard.type("gele-regenlaarzen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agenda")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip", "the first stop skips the menu"
    page.keyboard.press("Enter")
    tab_to(page, "article a.button[href*='/absence/new']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/absence/new**")
    tab_to(page, "button[name=reason]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/absence/draft/*")
    tab_to(page, "button.primary")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("afgemeld")


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", "it can be seen where one is"
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def test_the_list_of_days_goes_on_where_it_is(portal: Portal, open_page: Open) -> None:
    page = open_page("nl")
    log_in(page, portal, "deroef")
    weeks = page.locator(".week").count()
    page.locator("a[data-append]").scroll_into_view_if_needed()
    expect(page.locator(".week").nth(weeks)).to_be_attached()
    assert page.url.endswith("/agenda")


def test_what_has_the_focus_below_the_list_stays_in_sight_when_the_list_grows(portal: Portal, open_page: Open) -> None:
    page = open_page("nl", WIDE)
    on_their_way: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if on_their_way:
            return route.continue_()
        on_their_way.append(route)

    page.route("**/agenda?from=*", hold_the_first)
    log_in(page, portal, "quadrant")
    weeks = page.locator(".week").count()
    below = page.locator("p.thumb a.button").first
    with page.expect_request("**/agenda?from=*"):
        below.focus()
    expect(below).to_be_in_viewport()
    on_their_way[0].continue_()
    expect(page.locator(".week").nth(weeks)).to_be_attached()
    expect(below).to_be_in_viewport(ratio=1)


def test_the_front_page_of_the_demo_lets_a_parent_in_with_one_click(portal: Portal, open_page: Open) -> None:
    page = open_page("nl")
    page.goto(f"http://localhost:{portal.port}/")
    for name in ("fantaziehuis", "langekeizer", "deroef", "quadrant"):
        page.goto(f"http://localhost:{portal.port}/")
        page.locator(f"form[action*='//{portal.tenant(name).subdomain}.'] button").first.click()
        page.wait_for_url("**/agenda")
        expect(page.locator(".mark-name")).to_have_text(portal.tenant(name).name)


def test_a_page_of_a_sibling_portal_cannot_act_here(portal: Portal, open_page: Open) -> None:
    page = open_page("nl")
    log_in(page, portal, "quadrant")
    target = portal.address("quadrant", "/logout")
    page.route(
        "**/evil.html",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<form method="post" action="{target}"><button>x</button></form>'
        ),
    )
    page.goto(portal.address("deroef", "/evil.html"))
    with page.expect_response("**/logout") as answer:
        page.locator("button").click()
    assert answer.value.status == 403
    page.goto(portal.address("quadrant", "/agenda"))
    expect(page.locator("h1")).to_have_text("Agenda")
