"""A parent puts the days in a calendar of their own, and stops that again."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests.journeys.conftest import PHONE, WIDE, Open, Portal, follow, log_in
from tests.journeys.test_every_page import look, walk


def fetch(portal: Portal, address: str) -> HTTPResponse:
    """As a calendar does: without a browser, and without a cookie."""
    asked = HTTPConnection("127.0.0.1", portal.port, timeout=10)
    asked.request("GET", urlsplit(address).path, headers={"Host": urlsplit(address).netloc})
    return asked.getresponse()


@pytest.mark.parametrize(("size", "scheme", "language"), [(PHONE, "light", "nl"), (WIDE, "dark", "en")])
def test_an_address_is_made_fetched_and_stopped(
    portal: Portal, open_page: Open, size: dict[str, int], scheme: str, language: str
) -> None:
    page = open_page(language, size, color_scheme=scheme)
    log_in(page, portal, "langekeizer")
    page.goto(portal.address("langekeizer", "/account"))
    follow(page, page.locator("a[href='/calendar']"))
    follow(page, page.locator("form button.primary"))
    found = look(page, "made") + walk(page, "made")
    address = page.locator("#address").input_value()
    assert page.locator("a.primary").get_attribute("href") == "webcal://" + address.partition("://")[2]
    answer = fetch(portal, address)
    assert answer.status == 200 and answer.read().startswith(b"BEGIN:VCALENDAR\r\n")
    follow(page, page.locator("a.back"))
    follow(page, page.locator("a[href='/calendar']"))
    found += look(page, "is there") + walk(page, "is there")
    follow(page, page.locator("button.danger"))
    assert page.locator("[role=status]").count() == 1
    assert fetch(portal, address).status == 404
    assert found == []
