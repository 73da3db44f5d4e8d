"""Support without a browser: the console's links followed to a portal and back, with the cookies of one profile."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from werkzeug.test import Client, TestResponse

from spelregel.app import Application

CONSOLE = "https://support.localhost"


@dataclass
class Desk:
    app: Application
    client: Client

    def open(self, address: str, **headers: str) -> TestResponse:
        """Follows redirects from host to host, as a browser does."""
        for _ in range(6):
            parts = urlsplit(address)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            answer = self.client.get(path, base_url=f"https://{parts.netloc}", headers=headers)
            if not 300 <= answer.status_code < 400:
                return answer
            where = answer.location
            address = where if where.startswith(("//", "https:")) else f"https://{parts.netloc}{where}"
        raise AssertionError(f"round in circles at {address}")

    def go(self, tenant: str, persona: str, at: str | None = None, page: str = "/") -> TestResponse:
        query = urlencode({key: value for key, value in {"at": at, "next": page, "lang": "en"}.items() if value})
        return self.open(f"{CONSOLE}/go/{tenant}/{persona}?{query}")

    def post(self, host: str, path: str, data: dict[str, str]) -> TestResponse:
        return self.client.post(
            path, base_url=f"https://{host}.localhost", data=data, headers={"Sec-Fetch-Site": "same-origin"}
        )


def desk(app: Application) -> Desk:
    return Desk(app, Client(app))


def link_named(answer: TestResponse, text: str) -> str:
    """The address of the link with these words."""
    for tag, words in re.findall(r"<a\b([^>]*)>(.*?)</a>", answer.text, re.DOTALL):
        if html.unescape(re.sub(r"<[^>]+>", "", words)).strip() == text:
            found = re.search(r'href="([^"]*)"', tag)
            assert found
            return html.unescape(found[1])
    raise AssertionError(f"no link “{text}”")


def band(answer: TestResponse) -> str:
    found = re.search(r'<aside class="visit".*?</aside>', answer.text, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", found[0])) if found else ""


def drawer(answer: TestResponse) -> str:
    found = re.search(r'<aside class="drawer".*?</aside>', answer.text, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split()) if found else ""
