"""Another organisation's portal is a stranger, although a browser calls the two one site: under a wildcard certificate, in
production's settings, from a page of the one that somebody has taken over altogether."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from spelregel.app import Application, create_app
from spelregel.demo.people import PASSWORD, DemoFamily, families_of
from spelregel.records.accounts import Account
from spelregel.settings import settings_from
from spelregel.storage.session import tenant_session
from spelregel.web import headers, here
from tests.conftest import BEGIN, ROOT, Clock, tenant
from tests.journeys.conftest import OPTIONS, chromium, follow
from tests.journeys.siblings import BASE, TAKEN_OVER, Front, tls_in_front

OURS, TAKEN = "deroef", "quadrant"
EVIL = f"https://{TAKEN}.{BASE}{TAKEN_OVER}"


@dataclass
class House:
    """The portal of the parent whom the test is about."""

    app: Application
    front: Front
    browser: Browser
    context: BrowserContext

    def address(self, path: str = "/") -> str:
        return f"https://{OURS}.{BASE}{path}"

    def family(self, number: int = 0) -> DemoFamily:
        return families_of(tenant(OURS))[number]

    def page(self, context: BrowserContext | None = None) -> Page:
        page = (context or self.context).new_page()
        page.set_default_timeout(10_000)
        return page

    def log_in(self, page: Page, family: DemoFamily) -> None:
        page.goto(self.address("/login"))
        page.locator("#username").fill(family.username)
        page.locator("#password").fill(PASSWORD)
        follow(page, page.locator("form button.primary"))
        page.wait_for_url("**/agenda")

    def evil(self, cookie: str | None = None) -> Page:
        """A page at the other organisation's own address, without any header that holds it back."""
        page = self.page()
        self.front.cookie = cookie
        page.goto(EVIL)
        assert page.evaluate("isSecureContext && origin") == f"https://{TAKEN}.{BASE}"
        return page

    def language(self) -> str | None:
        with tenant_session(self.app.engine, OURS) as session:
            return next(each.language for each in session.scalars(select(Account)) if each.username == self.family().username and each.language)  # fmt: skip

    def word(self) -> str:
        """Of the session, as the browser keeps it for our address."""
        return next(each["value"] for each in self.context.cookies(self.address()) if each["name"] == "__Host-sid")


@pytest.fixture
def house(tmp_path: Path, told_sqlite: Path, playwright: Playwright) -> Iterator[House]:
    shutil.copy(told_sqlite, tmp_path / "test.db")
    settings = settings_from(
        {
            "SPELREGEL_ENV": "production",
            "SPELREGEL_DATABASE": f"sqlite:///{tmp_path / 'test.db'}",
            "SPELREGEL_TENANTS": str(ROOT / "tenants"),
            "SPELREGEL_BASE_DOMAIN": BASE,
            "SPELREGEL_STATUS_TOKEN": "a-long-word-for-the-status",
            "SPELREGEL_MAIL": "smtps://mail.example",
            "SPELREGEL_MAIL_FROM": "portal@portal.example",
            "SPELREGEL_PROXIES": "1",
        }
    )
    app = create_app(settings, now=Clock(BEGIN))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with tls_in_front(tmp_path, server.server_port) as front:
        rules = f"--host-resolver-rules=MAP *.{BASE}:443 127.0.0.1:{front.port}"
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*OPTIONS, rules, "--ignore-certificate-errors"]
        )
        context = browser.new_context(locale="nl-NL", ignore_https_errors=True)
        yield House(app, front, browser, context)
        browser.close()
    server.shutdown()
    thread.join()
    server.server_close()
    app.engine.dispose()


def plant(house: House, word: str, name: str) -> None:
    """Every way in which a page, or a server, of the other organisation can try to leave a cookie at our address."""
    page = house.evil(f"{name}={word}; Domain={BASE}; Path=/; Secure")
    for domain in (f"Domain=.{BASE};", f"Domain={BASE};", f"Domain={OURS}.{BASE};", ""):
        for written in (name, name.upper(), f"={name}"):
            page.evaluate("text => { document.cookie = text }", f"{written}={word}; {domain} Path=/; Secure")
            page.evaluate("text => { document.cookie = text }", f"{written}={word}; {domain} Path=/agenda; Secure")
    page.close()


def test_the_other_portal_neither_reads_nor_sets_nor_overwrites_a_cookie(house: House) -> None:
    page = house.page()
    house.log_in(page, house.family())
    word = house.word()
    other = house.browser.new_context(locale="nl-NL", ignore_https_errors=True)
    mine = house.page(other)
    house.log_in(mine, house.family(1))  # who took the other portal over has an account with us as well
    own = next(each["value"] for each in other.cookies(house.address()) if each["name"] == "__Host-sid")

    plant(house, own, "__Host-sid")
    plant(house, own, "sid")
    evil = house.evil()
    assert word not in evil.evaluate("document.cookie")
    assert all(each["domain"] == f"{TAKEN}.{BASE}" for each in house.context.cookies(EVIL) if each["name"].startswith("__Host-"))  # fmt: skip
    assert house.word() == word
    page.goto(house.address("/account"))
    expect(page.locator("h1")).to_have_text(house.family().parent)
    got = house.front.last("GET", "/account")["cookie"]
    assert f"sid={own}" in got and got.count(f"__Host-sid={word}") == 1, (
        "the cookie without the prefix came, and is nothing"
    )
    assert f"__Host-sid={own}" not in got

    house.context.clear_cookies(name="__Host-sid")  # and nobody is made somebody
    plant(house, own, "__Host-sid")
    page.goto(house.address("/account"))
    expect(page.locator("#username")).to_be_visible()


def test_control_without_the_prefix_a_planted_cookie_makes_a_parent_somebody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here, "secure_cookies", lambda: False)
    other = house.browser.new_context(locale="nl-NL", ignore_https_errors=True)
    house.log_in(house.page(other), house.family(1))
    own = next(each["value"] for each in other.cookies(house.address()) if each["name"] == "sid")
    plant(house, own, "sid")
    page = house.page()
    page.goto(house.address("/account"))
    expect(page.locator("h1")).to_have_text(house.family(1).parent)


FORM = """([address, name, value]) => {
  const form = document.createElement("form");
  form.method = "post"; form.action = address;
  const field = document.createElement("input");
  field.name = name; field.value = value;
  form.append(field); document.body.append(form); form.submit();
}"""


def post_from_next_door(house: House, path: str, name: str = "x", value: str = "x") -> int:
    evil = house.evil()
    with evil.expect_navigation() as arrived:
        evil.evaluate(FORM, [house.address(path), name, value])
    first = arrived.value.request
    while first.redirected_from:
        first = first.redirected_from
    answer = first.response()
    assert answer
    evil.close()
    return answer.status


def test_the_other_portal_posts_nothing_that_changes_something(house: House) -> None:
    page = house.page()
    house.log_in(page, house.family())
    assert house.language() == "nl"
    assert post_from_next_door(house, "/account/language", "language", "en") == 403
    came = house.front.last("POST", "/account/language")
    assert came["sec-fetch-site"] == "same-site" and f"__Host-sid={house.word()}" in came["cookie"], (
        "all that it had to bring"
    )
    assert post_from_next_door(house, "/logout") == 403
    assert post_from_next_door(house, "/logout/all") == 403
    assert post_from_next_door(house, "/login", "username", house.family(1).username) == 403
    evil = house.evil()
    for mode in ("no-cors", "cors"):
        evil.evaluate(
            "([address, mode]) => fetch(address, {method: 'POST', mode, credentials: 'include', body: new URLSearchParams({language: 'en'})}).then(() => 0, () => 1)",
            [house.address("/account/language"), mode],
        )
    evil.evaluate("address => navigator.sendBeacon(address, new URLSearchParams({language: 'en'}))", house.address("/account/language"))  # fmt: skip
    evil.close()
    assert house.language() == "nl"
    page.goto(house.address("/account"))
    expect(page.locator("h1")).to_have_text(house.family().parent)


def test_control_without_the_check_of_origin_the_post_does_change_something(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.log_in(house.page(), house.family())
    monkeypatch.setattr(headers, "own_origin", lambda: True)
    assert post_from_next_door(house, "/account/language", "language", "en") == 303
    assert house.language() == "en"


FRAME = """address => new Promise(done => {
  const frame = document.createElement("iframe");
  frame.onload = () => done(); frame.src = address; document.body.append(frame);
})"""
#: What a page of the other portal gets to read: the text, or the word that it was refused.
READ = (
    "([address, mode]) => fetch(address, {mode, credentials: 'include'}).then(answer => answer.text(), () => 'refused')"
)
LOAD = """([address, kind]) => new Promise(done => {
  const each = document.createElement(kind);
  each.onload = () => done("loaded"); each.onerror = () => done("refused");
  each.src = address; document.body.append(each);
})"""


def framed(house: House) -> str:
    evil = house.evil()
    evil.evaluate(FRAME, house.address("/account"))
    frame = evil.frames[1]
    text = frame.locator("body").inner_text()
    evil.close()
    return text


def test_the_other_portal_neither_frames_nor_fetches_nor_holds_a_window(house: House) -> None:
    house.log_in(house.page(), house.family())
    assert house.family().parent not in framed(house)
    evil = house.evil()
    for mode in ("cors", "no-cors"):
        assert evil.evaluate(READ, [house.address("/account"), mode]) == "refused", mode
    assert f"__Host-sid={house.word()}" in house.front.last("GET", "/account")["cookie"], "it was asked as this parent"
    for kind in ("img", "script"):
        assert evil.evaluate(LOAD, [house.address("/icon.svg"), kind]) == "refused"
    with house.context.expect_page() as opened:
        evil.evaluate("address => { window.held = window.open(address) }", house.address("/account"))
    expect(opened.value.locator("h1")).to_have_text(house.family().parent)  # one's own window, and out of its reach
    assert evil.evaluate("window.held.closed")


def test_control_without_these_headers_the_other_portal_reads_the_page(house: House) -> None:
    house.log_in(house.page(), house.family())
    house.front.without = {"content-security-policy", "cross-origin-resource-policy", "cross-origin-opener-policy"}
    house.front.more = {
        "Access-Control-Allow-Origin": f"https://{TAKEN}.{BASE}",
        "Access-Control-Allow-Credentials": "true",
    }
    assert house.family().parent in framed(house)
    evil = house.evil()
    assert house.family().parent in evil.evaluate(READ, [house.address("/account"), "cors"])
    assert evil.evaluate(LOAD, [house.address("/icon.svg"), "img"]) == "loaded"
    with house.context.expect_page():
        evil.evaluate("address => { window.held = window.open(address) }", house.address("/account"))
    assert not evil.evaluate("window.held.closed")
