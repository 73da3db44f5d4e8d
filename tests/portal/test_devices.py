"""Own sessions with a log-out there, several accounts on one device; and what one worker ends, the other knows at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from werkzeug.test import Client

from spelregel.app import Application
from spelregel.demo.people import OTHER_PASSWORD, PASSWORD, families_of
from spelregel.records import login_sessions
from spelregel.records.accounts import Account, accounts_named, owner_of
from spelregel.records.audit import newest
from spelregel.records.login_sessions import LoginSession, OnDevice, live_of_account
from spelregel.storage.session import TenantSession, tenant_session
from tests.browse import Visitor, follow, visitor, words
from tests.conftest import Clock

Change = Callable[[TenantSession, Account, Visitor], None]


def account_of(app: Application, name: str, username: str, password: str = PASSWORD) -> Account:
    with tenant_session(app.engine, name) as session:
        found = owner_of(accounts_named(session, username), password, looks=1)
        assert found
        return found


def sessions_of(app: Application, account: Account, clock: Clock) -> list[LoginSession]:
    with tenant_session(app.engine, account.tenant_id) as session:
        return live_of_account(session, account.id, clock())


def both(app: Application) -> Visitor:
    """One device on which the parents of both families are logged in; the second one was the last."""
    parent = visitor(app, "quadrant").log_in()
    second = families_of(parent.tenant)[1]
    assert 'name="username"' in parent.get("/login?add=yes").text
    assert parent.enter(second.username).status_code == 303
    return parent


def links(parent: Visitor, what: str) -> list[str]:
    return re.findall(rf'action="(/accounts/[0-9a-f]{{32}}/{what})"', parent.get("/accounts").text)


# ---- own sessions


def test_the_list_shows_each_device_and_ends_the_one_that_is_pointed_at(two: Application, clock: Clock) -> None:
    phone, desk = visitor(two, "quadrant"), visitor(two, "quadrant")
    username = families_of(phone.tenant)[0].username
    phone.post("/login", {"username": username, "password": PASSWORD}, **{"User-Agent": "Mozilla/5.0 (Android 15) Firefox/140.0"})  # fmt: skip
    desk.enter(username)
    page = desk.get("/account/devices")
    assert "Firefox, Android" in words(page) and words(page).count("Dit apparaat") == 1
    (there,) = re.findall(r'action="(/account/devices/[0-9a-f]{32}/end)"', page.text)
    assert "Daar uitgelogd" in words(follow(desk, desk.post(there)))
    assert phone.get("/account").status_code == 302 and desk.get("/account").status_code == 200
    assert desk.post(there).status_code == 404
    with tenant_session(two.engine, "quadrant") as session:
        assert [each.action for each in newest(session)].count("session ended") == 1


def test_everywhere_else_is_everywhere_but_here(two: Application, clock: Clock) -> None:
    here, *others = (visitor(two, "quadrant").log_in() for _ in range(4))
    assert here.post("/account/devices/end-others").status_code == 303
    assert here.get("/account").status_code == 200
    assert [each.get("/account").status_code for each in others] == [302] * 3
    assert "Overal elders" not in words(here.get("/account/devices"))


def test_anothers_session_is_as_one_that_does_not_exist(two: Application, clock: Clock) -> None:
    parent, other = visitor(two, "quadrant").log_in(), visitor(two, "quadrant")
    second = families_of(parent.tenant)[1]
    other.enter(second.username)
    (theirs,) = sessions_of(two, account_of(two, "quadrant", second.username), clock)
    roef = visitor(two, "deroef").log_in()
    (elsewhere,) = sessions_of(two, account_of(two, "deroef", families_of(roef.tenant)[0].username), clock)
    for path in ("/account/devices/{}/end", "/accounts/{}/choose", "/accounts/{}/end"):
        said = {words(parent.post(path.format(each))) for each in (theirs.id, elsewhere.id, "0" * 32)}
        assert len(said) == 1
        assert parent.post(path.format(theirs.id)).status_code == 404
    assert other.get("/account").status_code == roef.get("/account").status_code == 200
    assert second.parent not in parent.get("/account").text


# ---- several accounts on one device


def test_one_tap_switches_and_the_page_says_who_is_active(two: Application) -> None:
    parent = visitor(two, "quadrant").log_in()
    assert "Ingelogd als" not in words(parent.get("/account"))
    parent = both(two)
    first, second = families_of(parent.tenant)
    assert f"Ingelogd als {second.parent}" in words(parent.get("/account"))
    (switch,) = links(parent, "choose")
    assert f"Ingelogd als {first.parent}" in words(parent.get(parent.post(switch).location))
    assert parent.post(switch).status_code == 303  # a second tap is the same tap
    assert first.email in words(parent.get("/account")) and second.email not in words(parent.get("/account"))


def test_the_same_account_twice_on_one_device_is_there_once(two: Application, clock: Clock) -> None:
    parent = visitor(two, "quadrant").log_in()
    username = families_of(parent.tenant)[0].username
    for _ in "123":
        parent.enter(username)
    assert len(sessions_of(two, account_of(two, "quadrant", username), clock)) == 1
    assert len(links(parent, "end")) == 1


def test_one_logs_out_and_the_other_stays_and_all_is_all(two: Application) -> None:
    parent = both(two)
    first, second = families_of(parent.tenant)
    parent.post("/logout")
    assert first.email in words(parent.get("/account"))
    parent.enter(second.username)
    (other,) = (each.replace("/choose", "/end") for each in links(parent, "choose"))
    assert parent.post(other).location == "/accounts"
    assert second.email in words(parent.get("/account")) and "Ingelogd als" not in words(parent.get("/account"))
    parent = both(two)
    assert parent.post("/logout/all").status_code == 303
    assert parent.get("/account").status_code == parent.get("/accounts").status_code == 302


def test_two_guardians_of_one_household_can_share_a_device(two: Application) -> None:
    parent = visitor(two, "deroef").log_in()
    family = families_of(parent.tenant)[0]
    parent.enter(family.other_username, OTHER_PASSWORD)
    page = words(parent.get("/accounts"))
    assert family.parent in page and family.other in page
    assert f"Ingelogd als {family.other}" in page


def test_a_new_password_of_one_leaves_the_other_logged_in_on_this_device(two: Application) -> None:
    parent = both(two)
    sent = {"current": PASSWORD, "new": "drie natte eenden", "again": "drie natte eenden"}
    assert parent.post("/account/password", sent).status_code == 303
    assert len(links(parent, "end")) == 2


def test_an_account_that_waits_for_its_code_can_be_left_for_another(two: Application) -> None:
    staff = visitor(two, "quadrant")
    staff.log_in_staff()
    device = visitor(two, "quadrant").log_in()
    device.enter("hanneke.vos@example.org")
    assert device.get("/agenda").location == "/second-proof"
    (switch,) = links(device, "choose")
    assert device.post(switch).status_code == 303
    assert device.get("/agenda").status_code == 200


# ---- two workers


def end_here(session: TenantSession, account: Account, parent: Visitor) -> None:
    login_sessions.end_all_of(session, account.id)


def disable(session: TenantSession, account: Account, parent: Visitor) -> None:
    session.execute(update(Account).where(Account.id == account.id).values(disabled_at=parent.app.clock()))


CHANGES: dict[str, Change] = {"ended": end_here, "disabled": disable}


@pytest.mark.parametrize("change", CHANGES)
def test_what_one_worker_ends_the_other_knows_at_once(
    two_workers: tuple[Application, Application], change: str
) -> None:
    here, there = two_workers
    parent = visitor(here, "quadrant").log_in()
    same = Visitor(there, parent.tenant, Client(there))
    same.client._cookies = parent.client._cookies
    assert parent.get("/account").status_code == same.get("/account").status_code == 200
    account = account_of(here, "quadrant", families_of(parent.tenant)[0].username)
    with tenant_session(here.engine, "quadrant", writing=True) as session:
        CHANGES[change](session, account, parent)
        session.commit()
    assert same.get("/account").status_code == parent.get("/account").status_code == 302


@pytest.mark.parametrize("path", ["/logout", "/logout/all", "/account/devices/end-others", "/account/password"])
def test_a_log_out_in_one_worker_counts_in_the_other_from_the_next_request(
    two_workers: tuple[Application, Application], path: str
) -> None:
    here, there = two_workers
    parent, elsewhere = visitor(here, "quadrant").log_in(), visitor(there, "quadrant").log_in()
    word = parent.client.get_cookie("__Host-sid", domain=f"{parent.tenant.subdomain}.localhost")
    assert word and elsewhere.get("/account").status_code == 200
    new = "drie natte eenden"
    assert parent.post(path, {"current": PASSWORD, "new": new, "again": new}).status_code == 303
    kept = visitor(there, "quadrant")  # who kept the cookie of before
    kept.client.set_cookie("__Host-sid", word.value, domain=f"{parent.tenant.subdomain}.localhost")
    if path == "/account/devices/end-others":
        assert elsewhere.get("/account").status_code == 302 and kept.get("/account").status_code == 200
    else:
        assert kept.get("/account").status_code == 302
        assert elsewhere.get("/account").status_code == (302 if path == "/account/password" else 200)


def test_control_with_sessions_kept_in_memory_the_other_worker_does_not_notice(
    two_workers: tuple[Application, Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: what is remembered between requests lets in who was logged out."""
    asked, kept = login_sessions.people_on_device, {}

    def remembered(session: TenantSession, word: str, now: object) -> list[OnDevice]:
        if word not in kept:
            kept[word] = asked(session, word, now)  # type: ignore[arg-type]
        return kept[word]

    monkeypatch.setattr(login_sessions, "people_on_device", remembered)
    with pytest.raises(AssertionError):
        test_what_one_worker_ends_the_other_knows_at_once(two_workers, "ended")


def test_a_session_of_staff_ends_by_itself_after_an_hour_without_a_request(two: Application, clock: Clock) -> None:
    staff = visitor(two, "quadrant")
    staff.log_in_staff()
    clock.moment += timedelta(minutes=59)
    assert staff.get("/account").status_code == 200
    clock.moment += timedelta(minutes=61)
    assert staff.get("/account").status_code == 302
