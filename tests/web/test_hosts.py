"""The host decides which organisation a request is for, by an exact table and before anything else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.tenancy.registry import Snapshot
from spelregel.tenancy.tenant import Tenant
from spelregel.web.tenant_from_host import plain_host
from tests.browse import visitor

ODD = [
    "unknown.localhost", "quadrant.localhost.evil.example", "evil.example", "a.quadrant.localhost", "quadrant", ".localhost", "quadrant..localhost",
    "xn--a.localhost", "quadrant.localhost@evil.example", "evil.example@quadrant.localhost", "quadrant.localhost,evil.example", "quadrant.localhost evil",
    "quadrant.localhost\\evil", "quadrant.localhost/evil", "quadrant.localhost:port", "quadrant.localhost:80:80", "quadrant.localhost:", "[::1]", "127.0.0.1",
    "", " ", "quadrant.local\u212aost", "QUADRANT.EVIL.EXAMPLE", "quadrant.localhost..", "-quadrant.localhost", "status.localhost", "www.localhost",
    "supports.localhost", "support.support.localhost", "api.localhost", "q%75adrant.localhost", "quadrant\x00.localhost", "quadrant.localhost#x", "quadrant.localhost?x", "*.localhost",
    "quadrant_.localhost", "localhost:99999999", "a" * 300 + ".localhost", "quadrant.localhost\t", "1.quadrant.localhost",
]  # fmt: skip


def asked(app: Application, host: str, path: str = "/") -> tuple[int, str]:
    environ = EnvironBuilder(path=path, base_url="http://quadrant.localhost").get_environ()
    environ["HTTP_HOST"] = host.encode("latin-1", "replace").decode("latin-1")
    body, status, _headers = run_wsgi_app(app, environ)  # a client would refuse to send some of these
    return int(status.split()[0]), b"".join(body).decode()


@pytest.mark.parametrize("path", ["/", "/login", "/agenda", "/static/portal.css"])
@pytest.mark.parametrize("host", ODD)
def test_a_host_that_is_nobodys_gets_the_neutral_page(demo: Application, host: str, path: str) -> None:
    code, text = asked(demo, host, path)
    assert code == 404
    assert "Op dit adres is geen ouderportaal" in text
    assert "uadrant" not in text


@pytest.mark.parametrize(
    "host",
    [
        "quadrant.localhost",
        "quadrant.localhost:8000",
        "QUADRANT.localhost",
        "quadrant.localhost.",
        "Quadrant.LocalHost.:443",
    ],
)
def test_the_spellings_that_browsers_use_reach_the_organisation(demo: Application, host: str) -> None:
    assert asked(demo, host, "/login")[0] == 200
    assert plain_host(host) == "quadrant.localhost"


def test_the_first_page_leads_to_a_log_in_page_that_answers(demo: Application) -> None:
    for name in ("fantaziehuis", "langekeizer", "deroef", "quadrant"):
        answer = visitor(demo, name).get("/")
        assert answer.status_code == 302 and answer.location == "/login"
        assert visitor(demo, name).get("/login").status_code == 200


def test_a_session_of_one_organisation_is_nothing_to_another(demo: Application) -> None:
    mine = visitor(demo, "quadrant").log_in()
    cookie = mine.client.get_cookie("__Host-sid", domain="quadrant.localhost")
    assert cookie and mine.get("/agenda").status_code == 200
    other = visitor(demo, "deroef")
    other.client.set_cookie("__Host-sid", cookie.value, domain="deroef.localhost", secure=True)
    assert other.get("/agenda").status_code == 302


def test_the_cookie_is_bound_to_its_host_and_hidden_from_scripts(demo: Application) -> None:
    family = families_of(visitor(demo, "quadrant").tenant)[0]
    answer = visitor(demo, "quadrant").post("/login", {"username": family.username, "password": "gele-regenlaarzen"})
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-sid="))
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none"])
@pytest.mark.parametrize("path", ["/login", "/logout", "/absence/new", "/account/language"])
def test_a_request_that_another_page_sent_is_refused(demo: Application, site: str, path: str) -> None:
    parent = visitor(demo, "quadrant").log_in()
    assert parent.post(path, {}, **{"Sec-Fetch-Site": site}).status_code == 403
    assert parent.get("/agenda").status_code == 200, "and nothing happened"


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none"])
def test_another_page_cannot_log_a_parent_in(demo: Application, site: str) -> None:
    parent = visitor(demo, "quadrant")
    login = {"username": families_of(parent.tenant)[0].username, "password": "gele-regenlaarzen"}
    refused = parent.post("/login", login, **{"Sec-Fetch-Site": site})
    assert refused.status_code == 403 and "Set-Cookie" not in refused.headers
    assert parent.post("/login", login).status_code == 303, "the control: from its own page it works"


ODD_PATHS = [
    "/absence/%00", "/decisions/a%00", "/absence/x/withdraw", "/conditions?on=9999-12-31", "/conditions?on=0001-01-01",
    "/credits?day=9999-12-31", "/agenda?from=9999-12-31", "/absence/new?day=0001-01-01&until=9999-12-31",
]  # fmt: skip


def test_what_is_no_text_gets_a_clear_page_and_never_an_error_of_ours(demo: Application) -> None:
    parent = visitor(demo, "quadrant").log_in()
    assert parent.post("/login", {"username": "a\x00b", "password": "x"}).status_code == 400
    assert parent.get("/agenda?from=%00").status_code == 400
    nameless = b"--line\r\nContent-Disposition: form-data\r\n\r\nx\r\n--line--\r\n"
    sent = parent.client.post("/login", base_url=parent.base, data=nameless, content_type="multipart/form-data; boundary=line",
                              headers={"Sec-Fetch-Site": "same-origin"})  # fmt: skip
    assert sent.status_code == 400, "found by ten thousand odd requests"
    for path in ODD_PATHS:
        assert parent.get(path).status_code < 500, path
    odd = parent.client.post("/login", base_url=parent.base, data={"username": "x"}, headers={"Origin": "http://["})
    assert odd.status_code == 403
    assert parent.post("/login", {"username": "x" * 5000, "password": "y" * 5000}).status_code == 403


def test_a_script_name_from_outside_is_not_believed(demo: Application) -> None:
    environ = EnvironBuilder(path="/", base_url="http://quadrant.localhost").get_environ()
    environ["SCRIPT_NAME"] = "//evil.example"
    _body, status, headers = run_wsgi_app(demo, environ)
    assert status.startswith("302") and headers["Location"] == "/login"


@pytest.mark.parametrize(
    "origin",
    ["", "null", "https://deroef.localhost", "https://evil.example", "https://quadrant.localhost.evil.example"],
)
def test_without_fetch_metadata_the_origin_must_be_this_host(demo: Application, origin: str) -> None:
    parent = visitor(demo, "quadrant")
    refused = parent.client.post("/login", base_url=parent.base, data={}, headers={"Origin": origin} if origin else {})
    assert refused.status_code == 403
    taken = parent.client.post(
        "/login", base_url=parent.base, data={"username": "x", "password": "x"}, headers={"Origin": parent.base}
    )
    assert "wachtwoord" in taken.text.lower() or "password" in taken.text.lower()


def test_every_answer_forbids_what_it_does_not_need(demo: Application) -> None:
    parent = visitor(demo, "quadrant").log_in()
    for path in ("/agenda", "/nothing-here", "/absence/new", "/credits"):
        answer = parent.get(path)
        policy = answer.headers["Content-Security-Policy"]
        nonce = policy.split("script-src 'nonce-")[1].split("'")[0]
        assert f'nonce="{nonce}"' in answer.text
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http:" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "://" not in answer.text.replace("http://www.w3.org/2000/svg", ""), (
            "no third party is asked for anything"
        )


def test_a_nonce_is_used_once(demo: Application) -> None:
    parent = visitor(demo, "quadrant")
    assert (
        parent.get("/login").headers["Content-Security-Policy"]
        != parent.get("/login").headers["Content-Security-Policy"]
    )


class Away(dict[str, Tenant]):
    def get(self, *_: object) -> Tenant:  # type: ignore[override]  # it only raises
        raise RuntimeError("the database is away")


def test_a_portal_whose_rules_cannot_be_read_now_says_so_and_is_not_called_unknown(
    demo: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo.registry, "snapshot", Snapshot(Away(), {}))
    environ = EnvironBuilder(path="/login", base_url="http://quadrant.localhost").get_environ()
    body, status, headers = run_wsgi_app(demo, environ)
    assert status.startswith("503") and headers["Retry-After"] == "10"
    assert "even niet bereikbaar" in b"".join(body).decode()
    assert asked(demo, "localhost", "/")[0] == 200, "the platform's own page needs no organisation"


def test_the_status_page_counts_what_is_not_checked_yet(demo: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Files: 4. Broken: 0. Not checked yet: 0." in asked(demo, "localhost", "/status")[1]
    states = dict(demo.registry.snapshot.states)
    states["quadrant.yaml"] = replace(states["quadrant.yaml"], checked=False)
    monkeypatch.setattr(demo.registry, "snapshot", Snapshot(demo.registry.snapshot.by_subdomain, states))
    page = asked(demo, "localhost", "/status")[1]
    assert "Not checked yet: 1." in page and "its first visitor has it checked" in page
