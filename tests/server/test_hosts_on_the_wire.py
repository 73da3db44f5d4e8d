"""Odd hosts as bytes on a socket of the real server, where no client library sets anything right."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from spelregel.demo.people import families_of
from spelregel.tenancy.check import check_file
from tests.conftest import ROOT
from tests.server.running import Server
from tests.web.test_hosts import ODD

NAMES = ("quadrant", "deroef")
PATHS = ("/", "/login", "/agenda", "/static/portal.css")

#: Whole requests after the request line, beside the lists of odd hosts: name -> headers, as they stand on the wire.
TRICKS: dict[str, tuple[str, list[str]]] = {
    "no host at all": ("GET {path} HTTP/1.1", []),
    "no host in HTTP/1.0": ("GET {path} HTTP/1.0", []),
    "an unknown host in HTTP/1.0": ("GET {path} HTTP/1.0", ["Host: nobody.localhost"]),
    "two hosts, the second a portal": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "Host: quadrant.localhost"]),
    "two hosts, the first a portal": ("GET {path} HTTP/1.1", ["Host: quadrant.localhost", "Host: nobody.localhost"]),
    "two portals": ("GET {path} HTTP/1.1", ["Host: quadrant.localhost", "Host: deroef.localhost"]),
    "a whole address of a portal, another host": ("GET http://quadrant.localhost{path} HTTP/1.1", ["Host: nobody.localhost"]),
    "a whole address without a host header": ("GET http://quadrant.localhost{path} HTTP/1.1", []),
    "an address with a user": ("GET http://a:b@quadrant.localhost{path} HTTP/1.1", ["Host: nobody.localhost"]),
    "X-Forwarded-Host": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "X-Forwarded-Host: quadrant.localhost"]),
    "X-Forwarded-Host twice": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "X-Forwarded-Host: quadrant.localhost, deroef.localhost"]),
    "X-Forwarded-Server": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "X-Forwarded-Server: quadrant.localhost"]),
    "X-Host": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "X-Host: quadrant.localhost"]),
    "X-Original-Host": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "X-Original-Host: quadrant.localhost"]),
    "X-HTTP-Host-Override": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "X-HTTP-Host-Override: quadrant.localhost"]),
    "Forwarded": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", 'Forwarded: for=1.2.3.4;host="quadrant.localhost";proto=https']),
    "HTTP_HOST with underscores": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "HTTP_HOST: quadrant.localhost"]),
    "X-Rewrite-URL": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "X-Rewrite-URL: http://quadrant.localhost/login"]),
    "a folded host": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", " quadrant.localhost"]),
    "a blank before the colon": ("GET {path} HTTP/1.1", ["Host : quadrant.localhost"]),
    "a tab before the host": ("GET {path} HTTP/1.1", ["Host:\tnobody.localhost\t"]),
    "a proxy's address and an odd host": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "X-Forwarded-For: 127.0.0.1, quadrant.localhost"]),
    "a path of its own": ("GET {path} HTTP/1.1", ["Host: nobody.localhost", "X-Forwarded-Prefix: //quadrant.localhost"]),
    "a line feed alone": ("GET {path} HTTP/1.1", ["Host: nobody.localhost\nHost: quadrant.localhost"]),
    "no version": ("GET {path}", ["Host: quadrant.localhost"]),
}  # fmt: skip
#: These name a portal exactly, also to the letter of the standard, and may be answered by it.
NAMED = {"no version"}


@pytest.fixture(scope="module", params=["0", "1"], ids=["no proxy", "behind a proxy"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hosts")
    (folder / "tenants").mkdir()
    for name in NAMES:
        (folder / "tenants" / f"{name}.yaml").write_text(
            (ROOT / "tenants" / f"{name}.yaml").read_text("utf-8"), "utf-8"
        )
    found = Server(folder / "tenants", f"sqlite:///{folder / 'test.db'}", folder / "log", SPELREGEL_ENV="demo",
                   SPELREGEL_PROXIES=request.param, SPELREGEL_MAIL=f"file:{folder / 'mail'}", SPELREGEL_WORKERS="1")  # fmt: skip
    yield found
    found.stop()


def ask(server: Server, sent: bytes) -> tuple[int, str]:
    """The status, and everything that came back."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as wire:
        wire.sendall(sent)
        wire.shutdown(socket.SHUT_WR)
        got = b""
        while piece := wire.recv(65_536):
            got += piece
    found = re.match(rb"HTTP/1\.[01] (\d{3})", got)
    return int(found[1]) if found else 0, got.decode("utf-8", "replace")


def request_of(first: str, headers: list[str], body: str = "") -> bytes:
    lines = [first, *headers, "Connection: close", *([f"Content-Length: {len(body)}"] if body else [])]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8")


def words_of_tenants() -> list[str]:
    found = []
    for name in NAMES:
        tenant = check_file(ROOT / "tenants" / f"{name}.yaml").tenant
        assert tenant
        found += [tenant.name, tenant.slug]
    return [word.lower() for word in found]


def is_neutral_or_refused(code: int, text: str) -> bool:
    """The one neutral page, or a 4xx of the server itself that is made before any of our words."""
    return (code == 404 and "Op dit adres is geen ouderportaal" in text) or (400 <= code < 500 and "spelregel" not in text and "<title>Bad Request" in text) or code == 0  # fmt: skip


def faults_of(code: int, text: str, sent: bytes) -> list[str]:
    faults = [] if is_neutral_or_refused(code, text) else [f"{code}: {text[:200]!r}"]
    faults += [f"{code}: says {word}" for word in words_of_tenants() if word in _without_echo(text, sent).lower()]
    return faults


def _without_echo(text: str, sent: bytes) -> str:
    """The server's own 400 repeats the header that it refuses: what was sent is not news."""
    for line in sent.decode("utf-8", "replace").splitlines():
        for word in {line, line.partition(":")[2].strip(), *line.split()} - {""}:
            if len(word) > 5:
                text = text.replace(word, "").replace(word.replace("<", "&lt;"), "")
    return text


def all_requests(path: str) -> Iterator[tuple[str, bytes]]:
    for host in ODD:
        if host.strip(" \t") == "quadrant.localhost":  # blanks around a header are none of it (RFC 9110, 5.5)
            continue
        yield repr(host), request_of(f"GET {path} HTTP/1.1", [f"Host: {host}"])
    for name, (first, headers) in TRICKS.items():
        if name not in NAMED:
            yield name, request_of(first.replace("{path}", path), headers)


@pytest.mark.parametrize("path", PATHS)
def test_an_odd_host_gets_the_neutral_page_or_the_servers_own_refusal(server: Server, path: str) -> None:
    faults, tried = [], 0
    for name, sent in all_requests(path):
        code, text = ask(server, sent)
        tried += 1
        faults += [f"{name}: {fault}" for fault in faults_of(code, text, sent)]
    assert faults == []
    assert tried >= 40


def test_control_a_host_that_is_named_exactly_is_answered_and_would_be_a_fault(server: Server) -> None:
    sent = request_of("GET /login HTTP/1.1", [f"Host: quadrant.localhost:{server.port}"])
    code, text = ask(server, sent)
    assert code == 200 and faults_of(code, text, b"")


def test_a_link_in_a_mail_names_the_portals_own_address_whatever_the_request_said(server: Server) -> None:
    """The host must name the portal for the request to be answered; everything else that could be believed says otherwise."""
    evil = "evil.example"
    ways = [
        ["Host: quadrant.localhost:4711", f"X-Forwarded-Host: {evil}", "Sec-Fetch-Site: same-origin"],
        ["Host: QUADRANT.localhost.", f"Forwarded: host={evil};proto=https", "Sec-Fetch-Site: same-origin"],
        ["Host: quadrant.localhost:99", f"X-Forwarded-Proto: https, {evil}", f"X-Forwarded-Port: {evil}", "Sec-Fetch-Site: same-origin"],
        ["Host: quadrant.localhost", f"Referer: https://{evil}/forgot", f"X-Original-URL: https://{evil}/", "Sec-Fetch-Site: same-origin"],
        ["Host: quadrant.localhost:1", f"X-Forwarded-Prefix: //{evil}", f"X-Forwarded-Server: {evil}", "Sec-Fetch-Site: same-origin"],
    ]  # fmt: skip
    tenant = check_file(ROOT / "tenants" / "quadrant.yaml").tenant
    assert tenant
    folder = server.log.parent / "mail"
    before = set(folder.glob("**/*.eml"))
    sent = [(f"username={family.username}".replace("@", "%40"), way) for family in families_of(tenant) for way in ways]
    for body, way in sent:
        code, text = ask(
            server, request_of("POST /forgot HTTP/1.1", ["Content-Type: application/x-www-form-urlencoded", *way], body)
        )
        assert code in (303, 429), text
        assert evil not in text and "location: http" not in text.lower()
    wanted = min(2, len(families_of(tenant)))
    deadline = time.monotonic() + 30
    while len(mails := set(folder.glob("**/*.eml")) - before) < wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(mails) >= wanted
    for mail in mails:
        text = message_from_bytes(mail.read_bytes(), policy=policy.default).as_string()
        body = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",))  # type: ignore[attr-defined]
        assert body is not None
        links = re.findall(r"https?://\S+", body.get_content())
        assert links and all(link.startswith(f"http://quadrant.localhost:{server.port}/") for link in links), links
        assert evil not in text and "4711" not in text
