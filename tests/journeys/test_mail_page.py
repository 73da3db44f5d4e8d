"""From the demo's front page to a mail, and by its link into a portal."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import PHONE, WIDE, Open, Portal, faults, follow
from tests.notify.workers import put


@pytest.mark.parametrize(("language", "label"), [("nl", "Mail van de demo"), ("en", "Mail of the demo")])
def test_a_mail_of_the_demo_is_found_and_its_link_leads_into_the_portal(
    portal: Portal, open_page: Open, language: str, label: str
) -> None:
    link = portal.address("deroef", "/login")
    put(portal.app.engine, 1, "deroef", subject="Welkom", language="nl", now=portal.clock(), text=f"Hoi,\n\n{link}\n")
    for size in (PHONE, WIDE):
        page = open_page(language, size)
        page.goto(f"http://localhost:{portal.port}/?lang={language}")
        follow(page, page.get_by_role("link", name=label))
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("h1").inner_text() == label
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        follow(page, page.get_by_role("link", name=link))
        assert page.url == link
