"""A parent without a browser: a client that keeps cookies and says where its requests come from."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import timedelta

import pyotp
from werkzeug.test import Client, TestResponse

from spelregel.app import Application
from spelregel.demo.people import PASSWORD, DemoFamily, employees_of, families_of
from spelregel.records.login_sessions import start_session
from spelregel.records.support_visits import list_people
from spelregel.storage.session import tenant_session
from spelregel.tenancy.tenant import Tenant


@dataclass
class Visitor:
    app: Application
    tenant: Tenant
    client: Client

    @property
    def base(self) -> str:
        return f"https://{self.tenant.subdomain}.localhost"

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=self.base)

    def post(self, path: str, data: object = None, **headers: str) -> TestResponse:
        return self.client.post(
            path, base_url=self.base, data=data, headers={"Sec-Fetch-Site": "same-origin"} | headers
        )

    def log_in(self, family: DemoFamily | None = None, language: str = "nl", *, remember: bool = True) -> Visitor:
        family = family or families_of(self.tenant)[0]
        sent = {"username": family.username, "password": PASSWORD, "lang": language} | (
            {"remember": "yes"} if remember else {}
        )
        answer = self.post("/login", sent)
        assert answer.status_code == 303, answer.text
        return self

    def enter(self, username: str, password: str = PASSWORD, **more: str) -> TestResponse:
        """The log-in form, with any name and password."""
        return self.post("/login", {"username": username, "password": password} | more)

    def log_in_staff(self, role: str = "administrator") -> str:
        """Staff set up a second proof at their first log-in: the secret of it, for the codes of a next one (`code_of`)."""
        username = next(each.email for each in employees_of(self.tenant) if each.role == role)
        assert self.enter(username).status_code == 303
        secret = secret_on(self.get("/account/second-proof/set-up"))
        answer = self.post("/account/second-proof/set-up", {"code": self.code_of(secret)})
        assert answer.status_code == 200, words(answer)
        return secret

    def code_of(self, secret: str, steps: int = 0) -> str:
        """What the app shows at the portal's moment; `steps` half minutes later or earlier. Each is taken once."""
        return pyotp.TOTP(secret).at(self.app.clock() + timedelta(seconds=30 * steps))


def secret_on(page: TestResponse) -> str:
    """Of the page on which a second proof is set up."""
    found = re.search(r"secret=([A-Z2-7]{32})", page.text)
    assert found, words(page)
    return found[1]


def visitor(app: Application, name: str) -> Visitor:
    tenant = app.registry.snapshot.tenant(name)
    assert tenant
    return Visitor(app, tenant, Client(app))


def visitor_as(app: Application, tenant: Tenant, who: str) -> Visitor:
    """Logged in without a password: a role takes the first person who has it, else a name, user name or address."""
    with tenant_session(app.engine, tenant.slug, writing=True) as session:
        people = list_people(session, app.clock().astimezone(tenant.rulebook.zone).date())
        asked = [p for p in people if who in (*p.roles, p.name, p.email, p.account.username) and p.account.activated_at]
        assert asked, f"nobody in {tenant.slug} is {who}: {[(each.name, each.roles) for each in people]}"
        word, _ = start_session(
            session, asked[0].account, app.clock(), old_word=None, remember=False, device="a test", proof="demo"
        )
        session.commit()
    found = Visitor(app, tenant, Client(app))
    found.client.set_cookie("__Host-sid", word, domain=f"{tenant.subdomain}.localhost", secure=True)
    return found


def follow(parent: Visitor, answer: TestResponse) -> TestResponse:
    assert answer.status_code == 303, words(answer)
    return parent.get(answer.location)


def words(answer: TestResponse) -> str:
    """What a person reads."""
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", answer.text.replace("<wbr>", ""), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def field(answer: TestResponse, name: str) -> list[str]:
    """The values of the form fields with this name, in order."""
    found = []
    for tag in re.findall(r"<(?:input|button)\b[^>]*>", answer.text):
        if f'name="{name}"' in tag:
            value = re.search(r'value="([^"]*)"', tag)
            found.append(html.unescape(value[1]) if value else "")
    return found
