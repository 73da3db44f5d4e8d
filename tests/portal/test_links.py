"""Links from mails: an account is activated, a forgotten password replaced, and nobody learns who has an account."""

from __future__ import annotations

import logging
import re
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.demo.people import PASSWORD, families_of
from spelregel.notify.invitations import send_invitation
from spelregel.notify.new_passwords import send_reset_link
from spelregel.portal.links import service
from spelregel.records.accounts import Account
from spelregel.records.audit import AuditEntry
from spelregel.records.known_devices import KnownDevice
from spelregel.records.link_requests import LinkRequest
from spelregel.records.login_sessions import LoginSession
from spelregel.records.one_time_links import LIVES, OneTimeLink, digest
from spelregel.records.outbox import OutgoingMail, list_mail
from spelregel.storage.session import tenant_session
from tests.browse import Visitor, follow, visitor, words
from tests.conftest import PROVE, ROOT, Clock, open_portal

NEW = "drie groene wolken boven zee"


@pytest.fixture
def demo(database_url: str, clock: Clock, tmp_path: Path) -> Iterator[Application]:
    """Two organisations: user names that are e-mail addresses, and such as a household shares."""
    (tmp_path / "tenants").mkdir()
    for name in ("quadrant", "deroef"):
        shutil.copy(ROOT / "tenants" / f"{name}.yaml", tmp_path / "tenants")
    application = open_portal(database_url, clock, tmp_path / "tenants")
    yield application
    application.engine.dispose()


def settings_of(app: Application) -> Any:
    return app.portal.config["SETTINGS"]


def account_of(app: Application, name: str, username: str, *, active: bool) -> Account:
    with tenant_session(app.engine, name) as session:
        found = session.scalars(select(Account).where(Account.username == username)).all()
    return next(each for each in found if (each.password_hash is not None) == active)


def invited(app: Application, clock: Clock, name: str = "quadrant") -> tuple[Account, str]:
    """The guardian of the demo who was not active yet, and the path of the link in the mail."""
    house = app.registry.snapshot.tenant(name)
    assert house
    account = account_of(app, name, families_of(house)[1].other_username, active=False)
    with tenant_session(app.engine, name, writing=True) as session:
        mail = send_invitation(session, house, session.get_one(Account, (name, account.id)), clock(), settings_of(app))
        session.commit()
    return account, path_in(mail)


def forgotten(app: Application, clock: Clock, name: str = "quadrant") -> tuple[Account, str]:
    house = app.registry.snapshot.tenant(name)
    assert house
    account = account_of(app, name, families_of(house)[0].username, active=True)
    with tenant_session(app.engine, name, writing=True) as session:
        mail = send_reset_link(session, house, session.get_one(Account, (name, account.id)), clock(), settings_of(app))
        session.commit()
    return account, path_in(mail)


def path_in(mail: OutgoingMail) -> str:
    found = re.search(r"https?://[^/\s]+(/(?:activate|reset)/[\w-]+)$", mail.text or "", re.MULTILINE)
    assert found, mail.text
    return found[1]


def mails_of(app: Application, name: str) -> list[OutgoingMail]:
    with tenant_session(app.engine, name) as session:
        return list_mail(session, 50)


def set_password(parent: Visitor, path: str, password: str = NEW, again: str | None = None) -> TestResponse:
    return parent.post(path, {"password": password, "again": password if again is None else again})


def same(answer: TestResponse) -> str:
    """The page without what is fresh in every answer."""
    return re.sub(r'nonce="[^"]*"', "", answer.text)


# Activating


def test_a_new_guardian_chooses_a_password_and_is_in(demo: Application, clock: Clock) -> None:
    account, path = invited(demo, clock)
    parent = visitor(demo, "quadrant")
    page = parent.get(path)
    assert page.status_code == 200
    assert account.username in page.text and "Quadrant" in page.text
    answer = set_password(parent, path)
    assert answer.status_code == 303, words(answer)
    assert parent.get("/account").status_code in (200, 302)  # in; perhaps a step comes first
    assert parent.get("/login").status_code == 302
    with tenant_session(demo.engine, "quadrant") as session:
        row = session.get_one(Account, ("quadrant", account.id))
        assert row.password_hash and row.activated_at == clock() and row.invite_at is None
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "activated")).one()
        assert (entry.account_id, entry.through, entry.about_id) == (account.id, "link", account.id)
    other = visitor(demo, "quadrant")
    assert other.post("/login", {"username": account.username, "password": NEW}).status_code == 303


def test_looking_at_a_link_changes_nothing(demo: Application, clock: Clock) -> None:
    """Mail programs open links before their reader does."""
    for path in (invited(demo, clock)[1], forgotten(demo, clock)[1]):
        scanner = visitor(demo, "quadrant")
        for _ in range(3):
            assert scanner.get(path).status_code == 200
            assert scanner.client.head(path, base_url=scanner.base).status_code == 200
        assert set_password(visitor(demo, "quadrant"), path).status_code == 303


def test_every_link_that_does_not_work_gives_the_same_page(demo: Application, clock: Clock) -> None:
    _, used = invited(demo, clock)
    parent = visitor(demo, "quadrant")
    unknown = parent.get("/activate/" + "x" * 43)
    assert unknown.status_code == 404
    assert "Vraag een nieuwe link aan" in words(unknown)
    assert 'href="/forgot"' in unknown.text
    assert set_password(visitor(demo, "quadrant"), used).status_code == 303
    _, foreign = invited(demo, clock, "deroef")
    _, replaced = forgotten(demo, clock)
    _, wrong_purpose = forgotten(demo, clock)
    gone = [used, foreign, replaced, wrong_purpose.replace("/reset/", "/activate/"), "/reset/" + "y" * 43, "/activate/a", "/activate/" + "z" * 3000]  # fmt: skip
    for path in gone:
        for answer in (parent.get(path), set_password(parent, path)):
            assert (answer.status_code, same(answer)) == (404, same(unknown)), path
    clock.moment += LIVES["reset"] - timedelta(minutes=1)
    assert parent.get(wrong_purpose).status_code == 200
    clock.moment += timedelta(minutes=1)
    late = parent.get(wrong_purpose)
    assert (late.status_code, same(late)) == (404, same(unknown))


def test_a_closed_account_opens_with_no_link(demo: Application, clock: Clock) -> None:
    for make in (invited, forgotten):
        account, path = make(demo, clock)
        with tenant_session(demo.engine, "quadrant", writing=True) as session:
            session.get_one(Account, ("quadrant", account.id)).disabled_at = clock()
            session.commit()
        parent = visitor(demo, "quadrant")
        assert parent.get(path).status_code == set_password(parent, path).status_code == 404


BAD = [
    ("kort", None, "ten minste 10 tekens"), ("wachtwoord", None, "makkelijk te raden"), ("nadia.haddad", None, "makkelijk te raden"),
    ("x" * 257, None, "hoogstens 256"), (NEW, NEW + "!", "niet gelijk"), ("", None, "ten minste 10"),
]  # fmt: skip


def test_a_bad_password_is_refused_and_the_link_still_works(demo: Application, clock: Clock) -> None:
    _, path = invited(demo, clock)
    parent = visitor(demo, "quadrant")
    for password, again, says in BAD:
        answer = set_password(parent, path, password, again)
        assert (answer.status_code, says in words(answer)) == (422, True), (password, words(answer))
    assert set_password(parent, path).status_code == 303


def test_the_password_of_the_other_guardian_is_refused_in_neutral_words_and_no_more_often_than_at_the_door(
    demo: Application, clock: Clock
) -> None:
    """De Roef: the user name is the debtor number, and the password tells which guardian it is."""
    _, path = invited(demo, clock, "deroef")
    parent = visitor(demo, "deroef")
    for _ in range(10):
        answer = set_password(parent, path, PASSWORD)
        assert (answer.status_code, "kan hier niet gebruikt worden" in words(answer)) == (422, True)
        assert not re.search("andere|partner|ouder", words(answer).split("kan hier niet")[1].split("Debiteur")[0])
    assert set_password(parent, path, NEW).status_code == 429, "nor does a password that nobody has tell anything now"
    clock.moment += timedelta(minutes=15)
    assert set_password(parent, path, NEW).status_code == 303
    for password in (PASSWORD, NEW):
        assert visitor(demo, "deroef").post("/login", {"username": families_of(parent.tenant)[1].username, "password": password}).status_code == 303  # fmt: skip


# Forgotten


def test_a_reset_ends_every_session_forgets_devices_and_tells_the_person(demo: Application, clock: Clock) -> None:
    house = demo.registry.snapshot.tenant("quadrant")
    assert house
    elsewhere = visitor(demo, "quadrant").log_in()
    account, path = forgotten(demo, clock)
    with tenant_session(demo.engine, "quadrant", writing=True) as session:
        session.add(OneTimeLink(id=digest("other"), account_id=account.id, purpose="email", value="x@example.org",
                                made_at=clock(), ends_at=clock() + timedelta(days=1), used_at=None))  # fmt: skip
        session.commit()
    parent = visitor(demo, "quadrant")
    answer = set_password(parent, path)
    assert "Je nieuwe wachtwoord is opgeslagen" in words(follow(parent, answer))
    assert elsewhere.get("/account").status_code == 302, "logged out at once"
    old, new = ({"username": account.username, "password": each} for each in (PASSWORD, NEW))
    assert parent.post("/login", old).status_code == 403
    assert parent.post("/login", new).status_code == 303
    with tenant_session(demo.engine, "quadrant") as session:
        assert len(session.scalars(select(LoginSession).where(LoginSession.account_id == account.id)).all()) == 1
        assert len(session.scalars(select(KnownDevice).where(KnownDevice.account_id == account.id)).all()) == 1
        unused = select(OneTimeLink).where(OneTimeLink.account_id == account.id, OneTimeLink.used_at.is_(None))
        assert session.scalars(unused).all() == []
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "password reset")).one()
        assert (entry.through, entry.about_id) == ("link", account.id)
        told = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "password_changed")).one()
    assert told.subject == f"Je wachtwoord voor {house.name} is gewijzigd"
    assert f"{settings_of(demo).portal_url(house.subdomain)}/forgot" in (told.text or "")


@pytest.mark.parametrize(("name", "mails"), [("quadrant", 1), ("deroef", 2)])
def test_who_forgot_gets_a_mail_at_the_address_that_is_known_and_of_a_household_each(
    demo: Application, clock: Clock, name: str, mails: int
) -> None:
    """In De Roef both guardians have the debtor number as user name: the first family has two active ones."""
    parent = visitor(demo, name)
    family = families_of(parent.tenant)[0]
    sent = follow(parent, parent.post("/forgot", {"username": f"  {family.username.upper()} "}))
    assert "Kennen we dit account" in words(sent)
    demo.postman.round()
    found = [mail for mail in mails_of(demo, name) if mail.to_address != families_of(parent.tenant)[1].other_email]
    assert sorted(mail.to_address for mail in found) == sorted([family.email, family.other_email][:mails])
    assert {mail.kind for mail in found} == {"reset"}
    for mail in found:
        assert set_password(visitor(demo, name), path_in(mail), f"{NEW} {mail.to_address[:3]}").status_code == 303


def test_who_was_never_active_gets_the_invitation_again(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "quadrant")
    family = families_of(parent.tenant)[1]
    _, first = invited(demo, clock)
    parent.post("/forgot", {"username": family.other_username})
    demo.postman.round()
    newest = next(mail for mail in mails_of(demo, "quadrant") if path_in(mail) != first)
    assert newest.kind == "activation" and newest.to_address == family.other_email
    assert parent.get(first).status_code == 404, "only the last mail counts"
    assert set_password(parent, path_in(newest)).status_code == 303


def test_the_answer_is_the_same_for_a_name_that_is_nobodys(demo: Application) -> None:
    known = families_of(visitor(demo, "quadrant").tenant)[0].username
    answers = {}
    for username in (known, "nobody@example.org", "x" * 5000, "'; --"):
        parent = visitor(demo, "quadrant")
        answer = parent.post("/forgot", {"username": username})
        assert answer.location == "/forgot?sent=yes"
        answers[username] = (answer.status_code, same(answer), sorted(answer.headers.keys()), same(follow(parent, answer)))  # fmt: skip
    assert len({str(each) for each in answers.values()}) == 1
    demo.postman.round()
    assert {mail.kind for mail in mails_of(demo, "quadrant")} <= {"reset", "activation"}
    assert len([mail for mail in mails_of(demo, "quadrant") if mail.kind == "reset"]) == 1
    with tenant_session(demo.engine, "quadrant") as session:
        assert session.scalars(select(LinkRequest)).all() == [], "no name that was typed is kept"


def test_the_answer_takes_as_long_for_a_name_that_is_nobodys(demo: Application, clock: Clock) -> None:
    """The promise: medians within 5 ms."""
    known = families_of(visitor(demo, "quadrant").tenant)[0].username
    times: dict[str, list[float]] = {known: [], "nobody@example.org": []}
    for _ in range(200 if PROVE else 40):
        clock.moment += timedelta(minutes=16)
        for username, found in times.items():
            parent = visitor(demo, "quadrant")
            begun = time.perf_counter()
            parent.post("/forgot", {"username": username})
            found.append(time.perf_counter() - begun)
    one, other = (statistics.median(found) for found in times.values())
    assert abs(one - other) < 0.005, times


def test_asking_is_limited_alike_for_every_name_and_opens_after_a_quarter(demo: Application, clock: Clock) -> None:
    known = families_of(visitor(demo, "quadrant").tenant)[0].username
    refused = []
    for username in (known, "nobody@example.org"):
        parent = visitor(demo, "quadrant")
        statuses = [parent.post("/forgot", {"username": username}).status_code for _ in range(service.MAILS)]
        assert set(statuses) == {303}
        refused.append(parent.post("/forgot", {"username": username}))
    assert [answer.status_code for answer in refused] == [429, 429]
    assert same(refused[0]) == same(refused[1])
    demo.postman.round()
    assert len([mail for mail in mails_of(demo, "quadrant") if mail.kind == "reset"]) == 1, (
        "asked thrice at once: one mail"
    )
    clock.moment += timedelta(minutes=15)
    assert visitor(demo, "quadrant").post("/forgot", {"username": known}).status_code == 303


def test_one_address_cannot_ask_for_everybody(demo: Application) -> None:
    parent = visitor(demo, "quadrant")
    for number in range(service.MAILS_PER_ADDRESS):
        assert parent.post("/forgot", {"username": f"u{number}@example.org"}).status_code == 303
    assert parent.post("/forgot", {"username": "more@example.org"}).status_code == 429


# At once, and what must not be told


@pytest.mark.parametrize("locked", [True, False], ids=["as it is", "control: without the lock"])
def test_of_two_who_use_a_link_at_once_one_gets_it(
    demo: Application, clock: Clock, database_url: str, monkeypatch: pytest.MonkeyPatch, *, locked: bool
) -> None:
    if not locked and database_url.startswith("sqlite"):
        pytest.skip("on SQLite only one can be writing: there is no lock to leave out")
    _, path = forgotten(demo, clock)
    both = threading.Barrier(2, timeout=30)
    use = service.use_link

    def together(session: Any, secret: str, purpose: str, now: datetime) -> OneTimeLink | None:
        if locked:
            both.wait()
            return use(session, secret, purpose, now)
        found = session.scalars(select(OneTimeLink).where(OneTimeLink.id == digest(secret))).one()
        both.wait()
        if found.used_at is None:
            found.used_at = now
            return found
        return None

    monkeypatch.setattr(service, "use_link", together)
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(set_password, visitor(demo, "quadrant"), path, f"{NEW} {number}") for number in "12"]
        statuses = sorted(each.result(30).status_code for each in tries)
    assert (statuses == [303, 404]) is locked, statuses


def test_no_secret_stands_in_a_log_nor_goes_along_to_another_page(
    demo: Application, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    _, path = invited(demo, clock)
    parent = visitor(demo, "quadrant")
    for answer in (parent.get(path), set_password(parent, path, "kort"), parent.get("/activate/" + "x" * 43)):
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert answer.headers["Cache-Control"] == "no-store"
    assert not re.findall(r"https?://(?!www\.w3\.org)", parent.get(path).text), (
        "and there is nothing from elsewhere on it"
    )

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("spelregel.portal.links.parent_views.activate", broken)
    assert set_password(parent, path).status_code == 500
    secret = path.rpartition("/")[2]
    assert "a request failed" in caplog.text
    assert secret not in caplog.text and NEW not in caplog.text
    with tenant_session(demo.engine, "quadrant") as session:
        assert all(secret not in str(vars(row)) for row in session.scalars(select(OneTimeLink)))


def test_neither_another_organisation_nor_another_site_can_use_a_link(demo: Application, clock: Clock) -> None:
    _, path = invited(demo, clock)
    assert visitor(demo, "deroef").get(path).status_code == 404
    assert set_password(visitor(demo, "deroef"), path).status_code == 404
    parent = visitor(demo, "quadrant")
    assert parent.post(path, {"password": NEW, "again": NEW}, **{"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert set_password(parent, path).status_code == 303


def test_the_door_shows_the_way(demo: Application) -> None:
    page = visitor(demo, "quadrant").get("/login")
    assert 'href="/forgot"' in page.text
    assert "Je krijgt 6 weken voor de eerste dag van je kind een e-mail" in words(page)
    assert "Klantenservice: 0182 689 896" in words(page)


def test_the_door_links_to_what_the_organisation_names_and_to_nothing_else(
    database_url: str, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "tenants").mkdir()
    text = (ROOT / "tenants" / "quadrant.yaml").read_text("utf-8")
    links = "login:\n  links: {privacy: https://quadrant.example/privacy, disclosure: https://quadrant.example/cvd}\n"
    (tmp_path / "tenants" / "quadrant.yaml").write_text(text.replace("login:\n", links, 1), "utf-8")
    shutil.copy(ROOT / "tenants" / "deroef.yaml", tmp_path / "tenants")
    application = open_portal(database_url, clock, tmp_path / "tenants")
    page = visitor(application, "quadrant").get("/login").text
    assert '<a href="https://quadrant.example/privacy" rel="noreferrer">Privacyverklaring</a>' in page
    assert '<a href="https://quadrant.example/cvd" rel="noreferrer">Kwetsbaarheid melden</a>' in page
    assert "Privacyverklaring" not in visitor(application, "deroef").get("/login").text
    application.engine.dispose()
