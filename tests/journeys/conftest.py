"""A real Chromium on a real server; the clock stands where the journey needs it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, sync_playwright
from werkzeug.serving import make_server

from spelregel.app import Application
from spelregel.demo.people import PASSWORD, DemoFamily, families_of
from spelregel.tenancy.tenant import Tenant
from tests.conftest import ROOT, Clock, open_portal, tell_stories

PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
MISSING = "a Chromium is needed for the browser tests: type  sudo apt-get install chromium libatomic1"


def chromium() -> str:
    places = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ]
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    found = found or next((place for place in places if Path(place).exists()), None)
    assert found, MISSING
    return found


OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    found = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
    yield found
    found.close()


@dataclass
class Portal:
    app: Application
    clock: Clock
    port: int

    def tenant(self, name: str) -> Tenant:
        found = self.app.registry.snapshot.tenant(name)
        assert found
        return found

    def address(self, name: str, path: str = "/") -> str:
        return f"http://{self.tenant(name).subdomain}.localhost:{self.port}{path}"

    def families(self, name: str) -> tuple[DemoFamily, ...]:
        return families_of(self.tenant(name))


BEGIN = "2026-12-08 09:00"


@pytest.fixture(scope="session")
def told_at_nine(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Path:
    """The stories of the demo, told once: that takes longer than most journeys."""
    path = tmp_path_factory.mktemp("told at nine") / "told.db"
    shutil.copy(empty_sqlite, path)
    tell_stories(f"sqlite:///{path}", BEGIN)
    return path


@contextmanager
def serving(database: Path, wall: str, tenants: Path = ROOT / "tenants") -> Iterator[Portal]:
    """A portal on this database, with its clock where it is set; a database without stories gets them told for that moment."""
    clock = Clock(wall)
    # The port is known before the portal is there: the links in its mails lead to it.
    server = make_server("127.0.0.1", 0, lambda environ, start_response: app(environ, start_response), threaded=True)
    app = open_portal(f"sqlite:///{database}", clock, tenants, port=server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Portal(app, clock, server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()
    app.engine.dispose()


@pytest.fixture
def portal(tmp_path: Path, told_at_nine: Path) -> Iterator[Portal]:
    shutil.copy(told_at_nine, tmp_path / "test.db")
    with serving(tmp_path / "test.db", BEGIN) as found:
        yield found


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """A page of its own browser profile; whatever its console complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(language: str = "nl", size: dict[str, int] = PHONE, **options: Any) -> Page:
        locale = {"nl": "nl-NL", "en": "en-GB"}[language]
        context = browser.new_context(
            viewport=size, locale=locale, timezone_id="Europe/Amsterdam", reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error" and "status of 4" not in message.text
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def log_in(page: Page, portal: Portal, name: str, family: DemoFamily | None = None) -> None:
    """Through the door, as a parent does."""
    page.goto(portal.address(name))
    page.locator("#username").fill((family or portal.families(name)[0]).username)
    page.locator("#password").fill(PASSWORD)
    page.locator("form button.primary").click()
    page.wait_for_url("**/agenda")


def follow(page: Page, target: Locator) -> None:
    """Click, and be on the page that it leads to: a click alone does not wait, and the old page would be looked at."""
    with page.expect_navigation():
        target.click()


def faults(page: Page) -> list[str]:
    """What axe finds: WCAG 2.2 AA and its own best practice."""
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", RULES)
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
