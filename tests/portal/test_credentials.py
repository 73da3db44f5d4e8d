"""Password, e-mail address and second proof: who asks shows who it is, guesses are counted, and old ways in close at once."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.demo.people import OTHER_PASSWORD, PASSWORD, employees_of, families_of
from spelregel.records import second_proof
from spelregel.records.accounts import Account, accounts_named
from spelregel.records.audit import newest
from spelregel.records.guesses import PER_SUBJECT
from spelregel.records.login_sessions import live_of_account
from spelregel.records.one_time_links import LIVES
from spelregel.records.outbox import OutgoingMail, list_mail
from spelregel.records.people import person_of
from spelregel.records.second_proof import RecoveryCode
from spelregel.storage.session import tenant_session
from tests.browse import Visitor, field, follow, secret_on, visitor, words
from tests.conftest import Clock
from tests.portal.authenticator import Device, add_passkey, opens

NEW = "drie natte eenden fluiten"


def parent_of(app: Application, name: str = "quadrant") -> Visitor:
    return visitor(app, name).log_in()


def mails(app: Application, name: str, kind: str | None = None) -> list[OutgoingMail]:
    """The newest first."""
    with tenant_session(app.engine, name) as session:
        return [each for each in list_mail(session, 99) if kind in (None, each.kind)]


def link_in(mail: OutgoingMail) -> str:
    found = re.search(r"localhost:8000(/(?:confirm|undo)-email/[\w-]+)$", mail.text or "", re.MULTILINE)
    assert found, mail.text
    return found[1]


def account_named(app: Application, name: str, username: str) -> Account:
    with tenant_session(app.engine, name) as session:
        return accounts_named(session, username)[0]


def actions(app: Application, name: str) -> list[str]:
    with tenant_session(app.engine, name) as session:
        return [each.action for each in newest(session)]


def change(parent: Visitor, current: str = PASSWORD, new: str = NEW, again: str | None = None) -> TestResponse:
    return parent.post("/account/password", {"current": current, "new": new, "again": again or new})


# ---- password


def test_a_new_password_closes_every_other_session_and_leaves_this_one_under_a_new_word(two: Application) -> None:
    here, elsewhere = parent_of(two), parent_of(two)
    before = here.client.get_cookie("__Host-sid", domain=f"{here.tenant.subdomain}.localhost")
    page = follow(here, change(here))
    assert "Je wachtwoord is gewijzigd" in words(page)
    after = here.client.get_cookie("__Host-sid", domain=f"{here.tenant.subdomain}.localhost")
    assert before and after and before.value != after.value
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    thief = visitor(two, "quadrant")
    thief.client.set_cookie("__Host-sid", before.value, domain=f"{here.tenant.subdomain}.localhost")
    assert thief.get("/account").status_code == 302
    username = families_of(here.tenant)[0].username
    assert thief.enter(username).status_code == 403
    assert thief.enter(username, NEW).status_code == 303
    (told,) = mails(two, "quadrant", "password_changed")
    assert told.to_address == families_of(here.tenant)[0].email and NEW not in (told.text or "")
    assert actions(two, "quadrant").count("password changed") == 1


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"current": "nee"}, 403, "niet je huidige wachtwoord"), ({"new": "kort"}, 400, "minstens 10 tekens"),
        ({"new": "wachtwoord1"}, 400, "makkelijk te raden"), ({"again": "iets anders dan dat"}, 400, "niet twee keer hetzelfde"),
        ({"new": "x" * 257}, 400, "hoogstens 256 tekens"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_changes(
    two: Application, sent: dict[str, str], status: int, said: str
) -> None:
    parent = parent_of(two)
    answer = change(parent, **({"current": PASSWORD, "new": NEW} | sent))
    assert answer.status_code == status and said in words(answer).lower()
    assert visitor(two, "quadrant").enter(families_of(parent.tenant)[0].username).status_code == 303
    assert mails(two, "quadrant") == []


def test_the_own_name_and_that_of_a_child_are_no_password(two: Application) -> None:
    parent = parent_of(two)
    family = families_of(parent.tenant)[0]
    for known in (family.parent, family.email, family.children[0].first_name * 3):
        assert change(parent, new=known).status_code == 400, known


def test_the_present_password_is_guessed_at_ten_times_and_not_more(two: Application, clock: Clock) -> None:
    parent = parent_of(two)
    for _ in range(PER_SUBJECT):
        assert change(parent, current="verkeerd").status_code == 403
    assert change(parent).status_code == 429
    clock.moment += timedelta(minutes=15, seconds=1)
    assert change(parent).status_code == 303


def test_two_of_a_household_never_get_one_password_and_neither_learns_the_others(two: Application) -> None:
    parent = parent_of(two, "deroef")
    clash, easy = change(parent, new=OTHER_PASSWORD), change(parent, new="wachtwoord12")
    assert clash.status_code == easy.status_code == 400
    assert words(clash) == words(easy)
    for _ in range(PER_SUBJECT - 1):
        assert change(parent, new=OTHER_PASSWORD).status_code == 400
    assert change(parent, new=OTHER_PASSWORD).status_code == 429  # what tells something is counted as a guess


# ---- e-mail address


def ask(parent: Visitor, email: str, current: str = PASSWORD) -> TestResponse:
    return parent.post("/account/email", {"email": email, "current": current})


def test_another_address_counts_when_it_is_confirmed_and_the_user_name_follows(two: Application) -> None:
    parent = parent_of(two)
    family = families_of(parent.tenant)[0]
    assert ask(parent, "Nieuw@Example.org", current="nee").status_code == 403
    assert "We hebben een mail gestuurd naar Nieuw@Example.org" in words(ask(parent, "Nieuw@Example.org"))
    (confirm,), (notice,) = mails(two, "quadrant", "email_confirm"), mails(two, "quadrant", "email_asked")
    assert (confirm.to_address, notice.to_address) == ("Nieuw@Example.org", family.email)
    assert "Nieuw@Example.org" not in (notice.text or "")
    stranger = visitor(two, "quadrant")
    for _ in "12":  # what looks at links presses nothing
        assert "Nieuw@Example.org" in words(stranger.get(link_in(confirm)))
    assert account_named(two, "quadrant", family.username).username == family.username
    assert "je e-mailadres is gewijzigd" in words(stranger.post(link_in(confirm))).lower()
    assert stranger.post(link_in(confirm)).status_code == stranger.get(link_in(confirm)).status_code == 404
    assert stranger.enter(family.username).status_code == 403
    assert stranger.enter("nieuw@example.org").status_code == 303
    assert {each.to_address for each in mails(two, "quadrant", "email_changed")} == {"Nieuw@Example.org", family.email}
    assert actions(two, "quadrant").count("email changed") == 1


def test_a_user_name_of_the_household_stays_when_the_address_changes(two: Application) -> None:
    parent = parent_of(two, "deroef")
    username = families_of(parent.tenant)[0].username
    ask(parent, "nieuw@example.org")
    assert parent.post(link_in(mails(two, "deroef", "email_confirm")[0])).status_code == 200
    assert visitor(two, "deroef").enter(username).status_code == 303
    with tenant_session(two.engine, "deroef") as session:
        assert "nieuw@example.org" in {person_of(session, each).email for each in accounts_named(session, username)}


def test_nobody_learns_whether_somebody_else_has_the_address(two: Application) -> None:
    parent = parent_of(two)
    taken = families_of(parent.tenant)[1].email
    free, theirs = ask(parent, "vrij@example.org"), ask(parent, taken)
    assert free.status_code == theirs.status_code == 200
    assert words(free).replace("vrij@example.org", "") == words(theirs).replace(taken, "")
    (told,) = mails(two, "quadrant", "email_taken")
    assert told.to_address == taken and families_of(parent.tenant)[0].parent not in (told.text or "")
    assert len(mails(two, "quadrant", "email_asked")) == 2


def test_an_address_that_was_taken_meanwhile_is_not_given_twice(two: Application) -> None:
    first, second = parent_of(two), visitor(two, "quadrant").log_in(families_of(parent_of(two).tenant)[1])
    ask(first, "samen@example.org"), ask(second, "samen@example.org")
    links = [link_in(each) for each in mails(two, "quadrant", "email_confirm")]
    assert sorted(first.post(each).status_code for each in links) == [200, 404]


def test_who_did_not_ask_stops_it_and_whoever_knew_the_password_is_out(two: Application, clock: Clock) -> None:
    parent, thief = parent_of(two), parent_of(two)
    family = families_of(parent.tenant)[0]
    ask(thief, "dief@example.org")
    thief.post(link_in(mails(two, "quadrant", "email_confirm")[0]))
    ask(thief, "dief2@example.org")  # asking once more does not silence the links that the owner has
    undo = link_in(next(each for each in mails(two, "quadrant", "email_asked") if each.to_address == family.email))
    owner = visitor(two, "quadrant")
    clock.moment += LIVES["undo_email"] - timedelta(minutes=1)
    assert family.email in words(owner.get(undo))
    assert owner.post(undo).status_code == 200
    assert thief.get("/account").status_code == parent.get("/account").status_code == 302
    assert account_named(two, "quadrant", family.email)
    assert thief.enter(family.username).status_code == 403
    for each in mails(two, "quadrant"):  # no link from before works, the thief's way back least of all
        if each.kind in ("email_asked", "email_confirm", "email_changed") and "-email/" in (each.text or ""):
            assert thief.post(link_in(each)).status_code == 404
    assert "email change undone" in actions(two, "quadrant")


def test_who_changed_the_address_cannot_silence_the_way_back_with_a_new_password_nor_keep_a_passkey(
    two: Application,
) -> None:
    thief = parent_of(two)
    family, device = families_of(thief.tenant)[0], Device(f"{thief.tenant.subdomain}.localhost")
    add_passkey(thief, device)
    ask(thief, "dief@example.org")
    thief.post(link_in(mails(two, "quadrant", "email_confirm")[0]))
    undo = link_in(next(each for each in mails(two, "quadrant", "email_changed") if each.to_address == family.email))
    thief.post("/forgot", {"username": "dief@example.org"})
    two.postman.round()
    reset = re.search(
        r"(/reset/[\w-]+)$", next(m.text or "" for m in mails(two, "quadrant") if "/reset/" in (m.text or "")), re.M
    )
    assert reset and thief.post(reset[1], {"password": NEW, "again": NEW}).status_code == 303
    assert thief.enter("dief@example.org", NEW).status_code == 303
    add_passkey(thief, device, NEW)
    stranger = visitor(two, "quadrant")
    assert opens(stranger, device.sign(stranger.post("/login/passkey/riddle").json)), "until now it opens the account"
    assert visitor(two, "quadrant").post(undo).status_code == 200
    assert stranger.get("/account").status_code == thief.get("/account").status_code == 302
    again = visitor(two, "quadrant")
    assert not opens(again, device.sign(again.post("/login/passkey/riddle").json))


def test_a_link_is_over_in_time_is_nothing_elsewhere_and_is_no_other_link(two: Application, clock: Clock) -> None:
    parent = parent_of(two)
    ask(parent, "nieuw@example.org")
    link = link_in(mails(two, "quadrant", "email_confirm")[0])
    assert visitor(two, "deroef").post(link).status_code == 404
    assert parent.post(link.replace("confirm", "undo")).status_code == 404
    unknown = words(parent.get("/confirm-email/bestaat-niet"))
    clock.moment += LIVES["email"]
    assert parent.post(link).status_code == 404
    assert words(parent.get(link)) == unknown


def test_an_account_sends_no_flood_of_mail_to_strangers(two: Application) -> None:
    parent = parent_of(two)
    statuses = [ask(parent, f"vreemd{number}@example.org").status_code for number in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    assert len(mails(two, "quadrant", "email_confirm")) == 5


@pytest.mark.parametrize("typed", ["geen adres", "a@b", "a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org"])  # fmt: skip
def test_what_is_no_address_is_refused(two: Application, typed: str) -> None:
    assert ask(parent_of(two), typed).status_code == 400
    assert mails(two, "quadrant") == []


# ---- second proof


def staff(app: Application, role: str = "administrator") -> tuple[Visitor, str, str]:
    person = visitor(app, "quadrant")
    secret = person.log_in_staff(role)
    return person, secret, next(each.email for each in employees_of(person.tenant) if each.role == role)


def test_staff_are_held_until_a_second_proof_is_set_up(two: Application) -> None:
    person = visitor(two, "quadrant")
    username = employees_of(person.tenant)[-1].email
    person.enter(username)
    for path in ("/account", "/account/password", "/account/devices", "/conditions"):
        assert person.get(path).location == "/account/second-proof/set-up", path
    assert person.post("/account/password", {}).location == "/account/second-proof/set-up"
    page = person.get("/account/second-proof/set-up")
    assert "<svg" in page.text and secret_on(page) == secret_on(person.get("/account/second-proof/set-up"))
    assert person.post("/account/second-proof/set-up", {"code": "000000"}).status_code == 403
    assert person.get("/account").status_code == 302
    told = person.post("/account/second-proof/set-up", {"code": person.code_of(secret_on(page))})
    codes = re.findall(r"<code>([a-z2-9-]{14})</code>", told.text)
    assert len(set(codes)) == 10
    assert person.get("/account").status_code == 200
    with tenant_session(two.engine, "quadrant") as session:
        kept = session.scalars(select(RecoveryCode)).all()
        assert len(kept) == 10 and not {each.code_hash for each in kept} & set(codes)
    assert "second proof on" in actions(two, "quadrant")


def test_a_password_alone_opens_nothing_once_there_is_a_second_proof(two: Application, clock: Clock) -> None:
    _, secret, username = staff(two)
    person = visitor(two, "quadrant")
    person.enter(username)
    before = person.client.get_cookie("__Host-sid", domain=f"{person.tenant.subdomain}.localhost")
    for path in ("/account", "/account/second-proof/set-up", "/account/second-proof", "/account/devices"):
        assert person.get(path).location == "/second-proof", path
    assert person.post("/account/language", {"language": "en"}).location == "/second-proof"
    assert person.post("/account/second-proof/off", {"current": PASSWORD}).location == "/second-proof"
    assert person.post("/second-proof", {"code": person.code_of(secret)}).status_code == 403  # used at the set-up
    assert person.post("/second-proof", {"code": person.code_of(secret, 2)}).status_code == 403
    assert person.post("/second-proof", {"code": person.code_of(secret, 1)}).status_code == 303
    assert person.get("/account").status_code == 200
    after = person.client.get_cookie("__Host-sid", domain=f"{person.tenant.subdomain}.localhost")
    assert before and after and before.value != after.value
    again = visitor(two, "quadrant")
    again.enter(username)
    assert again.post("/second-proof", {"code": again.code_of(secret, 1)}).status_code == 403  # it counts once
    clock.moment += timedelta(seconds=60)
    assert again.post("/second-proof", {"code": again.code_of(secret)}).status_code == 303


def test_a_late_code_is_taken_for_half_a_minute_and_never_after_a_newer_one(two: Application, clock: Clock) -> None:
    _, secret, username = staff(two)
    clock.moment += timedelta(minutes=5)
    late, newer = visitor(two, "quadrant"), visitor(two, "quadrant")
    late.enter(username), newer.enter(username)
    assert late.post("/second-proof", {"code": late.code_of(secret, -2)}).status_code == 403
    assert newer.post("/second-proof", {"code": late.code_of(secret)}).status_code == 303
    assert late.post("/second-proof", {"code": late.code_of(secret, -1)}).status_code == 403


def test_a_recovery_code_lets_in_once_and_is_told_by_mail(two: Application) -> None:
    person = visitor(two, "quadrant")
    username = employees_of(person.tenant)[-1].email
    person.enter(username)
    secret = secret_on(person.get("/account/second-proof/set-up"))
    told = person.post("/account/second-proof/set-up", {"code": person.code_of(secret)})
    code = re.findall(r"<code>([a-z2-9-]{14})</code>", told.text)[0]
    statuses = []
    for typed in (code.upper().replace("-", " "), code):
        other = visitor(two, "quadrant")
        other.enter(username)
        statuses.append(other.post("/second-proof", {"recovery": typed}).status_code)
    assert statuses == [303, 403]
    assert "9 herstelcodes" in words(person.get("/account/second-proof"))
    assert len([each for each in mails(two, "quadrant", "second_proof") if "herstelcode" in each.subject]) == 1


def test_codes_are_guessed_at_ten_times_and_not_more_also_from_other_sessions(two: Application, clock: Clock) -> None:
    _, secret, username = staff(two)
    statuses = []
    for _ in range(2):
        person = visitor(two, "quadrant")
        person.enter(username)
        statuses += [person.post("/second-proof", {"code": "000000"}).status_code for _ in range(5)]
        statuses += [person.post("/second-proof", {"recovery": "aaaa-bbbb-cccc"}).status_code]
    assert statuses == [403] * 10 + [429] * 2
    assert person.post("/second-proof", {"code": person.code_of(secret, 1)}).status_code == 429
    clock.moment += timedelta(minutes=15, seconds=1)
    assert person.post("/second-proof", {"code": person.code_of(secret)}).status_code == 303


def test_turning_off_asks_for_both_proofs_and_staff_set_it_up_anew(two: Application, clock: Clock) -> None:
    person, secret, username = staff(two)
    clock.moment += timedelta(minutes=1)
    off = "/account/second-proof/off"
    assert person.post(off, {"current": "nee", "code": person.code_of(secret)}).status_code == 403
    assert person.post(off, {"current": PASSWORD, "code": "000000"}).status_code == 403
    assert account_named(two, "quadrant", username).totp_secret
    assert person.post(off, {"current": PASSWORD, "code": person.code_of(secret)}).status_code == 303
    assert account_named(two, "quadrant", username).totp_secret is None
    assert person.get("/account").location == "/account/second-proof/set-up"
    assert secret_on(person.get("/account/second-proof/set-up")) != secret
    with tenant_session(two.engine, "quadrant") as session:
        assert session.scalars(select(RecoveryCode)).all() == []


def test_new_recovery_codes_replace_the_old_ones(two: Application, clock: Clock) -> None:
    person, secret, _ = staff(two)
    clock.moment += timedelta(minutes=1)
    told = person.post("/account/second-proof/codes", {"current": PASSWORD, "code": person.code_of(secret)})
    codes = re.findall(r"<code>([a-z2-9-]{14})</code>", told.text)
    assert len(codes) == 10
    with tenant_session(two.engine, "quadrant") as session:
        assert len(session.scalars(select(RecoveryCode)).all()) == 10
    assert person.post("/account/second-proof/off", {"current": PASSWORD, "code": codes[3]}).status_code == 303


def test_a_parent_may_have_one_and_is_not_held_without(two: Application, clock: Clock) -> None:
    parent, elsewhere = parent_of(two), parent_of(two)
    assert parent.get("/account").status_code == 200
    secret = secret_on(parent.get("/account/second-proof/set-up"))
    clock.moment += timedelta(minutes=16)  # who finds an open telephone does not lock its owner out
    sent = {"code": parent.code_of(secret)}
    assert parent.post("/account/second-proof/set-up", sent).status_code == 403
    assert parent.post("/account/second-proof/set-up", sent | {"current": PASSWORD}).status_code == 200
    assert elsewhere.get("/account").status_code == 302  # it was opened with a password alone
    assert parent.get("/account").status_code == 200
    other = visitor(two, "quadrant")
    other.enter(families_of(parent.tenant)[0].username)
    assert other.get("/agenda").location == "/second-proof"


def test_the_demos_own_door_asks_for_no_second_proof(two: Application) -> None:
    person = visitor(two, "quadrant")
    sent = {"person": employees_of(person.tenant)[0].email}
    headers = {"Origin": "https://localhost", "Sec-Fetch-Site": "same-site"}
    assert person.client.post("/demo/enter", base_url=person.base, data=sent, headers=headers).status_code == 303
    assert person.get("/account").status_code == 200


def test_of_two_who_bring_one_code_at_once_one_is_let_in(two: Application, clock: Clock) -> None:
    _, secret, username = staff(two)
    account, moment = account_named(two, "quadrant", username), clock() + timedelta(minutes=1)
    code, let_in, start = pyotp.TOTP(secret).at(moment), [], threading.Barrier(8)

    def bring() -> None:
        start.wait()
        with tenant_session(two.engine, "quadrant", writing=True) as session:
            let_in.append(second_proof.use_code(session, account.id, code, moment))
            session.commit()

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(let_in) == [False] * 7 + [True]


def test_who_waits_for_a_code_that_can_no_longer_come_is_logged_out(two: Application, clock: Clock) -> None:
    _, _, username = staff(two)
    waiting = visitor(two, "quadrant")
    waiting.enter(username)
    account = account_named(two, "quadrant", username)
    with tenant_session(two.engine, "quadrant", writing=True) as session:
        second_proof.turn_off(session, account.id)
        session.commit()
        assert not [each for each in live_of_account(session, account.id, clock()) if each.waits_for_proof]
    assert waiting.get("/account").location.startswith("/login")


def test_no_page_shows_the_secret_after_it_was_confirmed(two: Application) -> None:
    person, secret, _ = staff(two)
    for path in ("/account", "/account/second-proof", "/account/second-proof/set-up", "/account/password"):
        assert secret not in person.get(path).text
    assert field(person.get("/account/password"), "current") == [""]
