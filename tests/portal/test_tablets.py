"""Shared tablets: paired by a code that works once, entered with a PIN that is worth nothing anywhere else."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select, update
from werkzeug.test import Client

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.records import pins
from spelregel.records.accounts import Account
from spelregel.records.locations import Location
from spelregel.records.login_sessions import LoginSession
from spelregel.records.staff import Employment
from spelregel.records.tablets import PairingCode, Tablet
from spelregel.storage.session import tenant_session
from tests.browse import Visitor, visitor, words
from tests.conftest import Clock
from tests.portal.test_staff import (
    ADMINISTRATOR,
    EDUCATOR,
    MANAGER,
    MENTOR,
    NOBODY,
    actions,
    as_staff,
    put_elsewhere,
    rows,
)

PIN = "7294"


def place_of_educator(app: Application) -> str:
    with rows(app) as session:
        narrow = session.scalars(select(Employment).where(Employment.role == "educator")).one()
        return f"{narrow.location_id}.{narrow.group_id}"


def code_for(app: Application, where: str | None = None, email: str = MANAGER) -> str:
    answer = as_staff(app, email).post("/manage/tablets", {"name": "Tablet", "where": where or place_of_educator(app)})
    assert answer.status_code == 200, words(answer)
    found = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", words(answer))
    assert found
    return found[0]


def paired(app: Application, where: str | None = None) -> Visitor:
    tablet = visitor(app, "quadrant")
    assert tablet.post("/tablet/pair", {"code": code_for(app, where)}).location == "/tablet"
    return tablet


def give_pin(app: Application, email: str = EDUCATOR, pin: str = PIN) -> str:
    answer = as_staff(app, email).post("/account/pin", {"pin": pin, "again": pin})
    assert answer.status_code == 303, words(answer)
    with rows(app) as session:
        return session.scalars(select(Account).where(Account.username == email)).one().id


def enter(tablet: Visitor, account_id: str, pin: str = PIN) -> int:
    return tablet.post(f"/tablet/enter/{account_id}", {"pin": pin}).status_code


def test_a_group_leader_gets_in_with_a_name_and_a_pin_and_leaves_to_the_tablets_page(demo: Application) -> None:
    account, tablet = give_pin(demo), paired(demo)
    assert tablet.get("/").location == "/tablet" and tablet.get("/staff").location == "/tablet"
    assert "Anja Kuipers" in words(tablet.get("/tablet")) and "Mirjam" not in words(tablet.get("/tablet"))
    assert tablet.post(f"/tablet/enter/{account}", {"pin": PIN}).location == "/staff"
    page = tablet.get("/staff")
    assert page.status_code == 200 and page.headers["Refresh"] == "181; url=/tablet"
    assert tablet.post("/logout").location == "/" and tablet.get("/").location == "/tablet"
    assert tablet.get("/staff").location == "/tablet"
    assert sorted(actions(demo, through="tablet")) == ["logged in", "logged out", "paired a tablet"]


@pytest.mark.parametrize(
    "path", ["/account", "/account/pin", "/manage", "/manage/staff", "/manage/audit", "/manage/tablets", "/agenda"]
)
def test_on_a_tablet_an_administrator_is_none(demo: Application, path: str) -> None:
    account, tablet = give_pin(demo, ADMINISTRATOR), paired(demo)
    assert enter(tablet, account) == 303 and tablet.get("/staff").status_code == 200
    assert tablet.get(path).status_code == 404
    assert as_staff(demo, ADMINISTRATOR).get("/manage/staff").status_code == 200, "elsewhere it is there"


def test_on_a_tablet_of_one_group_nobody_sees_another_group_nor_telephone_numbers(demo: Application) -> None:
    _, _, elsewhere = put_elsewhere(demo)
    account, tablet = give_pin(demo, ADMINISTRATOR), paired(demo)
    enter(tablet, account)
    assert tablet.get(f"/staff/child/{elsewhere}").status_code == 404 and "Zelda" not in tablet.get("/staff").text
    shown = re.search(r"/staff/child/[0-9a-f]{32}", tablet.get("/staff").text)
    assert shown
    card = tablet.get(shown[0])
    assert card.status_code == 200 and "06 1234" not in card.text and "NL91" not in card.text
    assert as_staff(demo, ADMINISTRATOR).get(f"/staff/child/{elsewhere}").status_code == 200


def test_a_pin_works_nowhere_without_the_paired_tablet(demo: Application) -> None:
    account, tablet = give_pin(demo), paired(demo)
    stranger = visitor(demo, "quadrant")
    assert enter(stranger, account) == 303 and stranger.get("/staff").status_code == 302
    assert stranger.get("/tablet").location == "/tablet/pair"
    assert stranger.post("/login", {"username": EDUCATOR, "password": PIN}).status_code == 403
    enter(tablet, account)
    moved = visitor(demo, "quadrant")  # the session's cookie alone, carried to another device
    cookie = tablet.client.get_cookie("__Host-sid", domain="quadrant.localhost")
    assert cookie
    moved.client.set_cookie("__Host-sid", cookie.value, domain="quadrant.localhost", secure=True)
    assert tablet.get("/staff").status_code == 200 and moved.get("/staff").status_code == 302


def test_the_tablet_of_one_organisation_is_nothing_to_another(demo: Application) -> None:
    tablet = paired(demo)
    cookie = tablet.client.get_cookie("__Host-tablet", domain="quadrant.localhost")
    assert cookie
    other = Visitor(demo, visitor(demo, "deroef").tenant, Client(demo))
    other.client.set_cookie("__Host-tablet", cookie.value, domain=f"{other.tenant.subdomain}.localhost", secure=True)
    assert other.get("/tablet").location == "/tablet/pair"
    code = code_for(demo)
    assert other.post("/tablet/pair", {"code": code}).status_code == 403


def test_a_code_works_once_and_for_ten_minutes(demo: Application, clock: Clock) -> None:
    code = code_for(demo)
    assert visitor(demo, "quadrant").post("/tablet/pair", {"code": code.lower().replace("-", " ")}).status_code == 303
    assert visitor(demo, "quadrant").post("/tablet/pair", {"code": code}).status_code == 403
    late = code_for(demo)
    clock.set("2026-12-08 09:39")
    assert visitor(demo, "quadrant").post("/tablet/pair", {"code": late}).status_code == 403
    with rows(demo) as session:
        assert code.replace("-", "") not in {each.id for each in session.scalars(select(PairingCode))}


def test_codes_cannot_be_guessed_at_for_long(demo: Application, clock: Clock) -> None:
    code, guesser = code_for(demo), visitor(demo, "quadrant")
    tries = [guesser.post("/tablet/pair", {"code": f"BBBB-BB{n:02}"}).status_code for n in range(11)]
    assert tries == [403] * 10 + [429]
    assert guesser.post("/tablet/pair", {"code": code}).status_code == 429, "the right one is not looked at either"
    clock.set("2026-12-08 09:45")
    assert guesser.post("/tablet/pair", {"code": code_for(demo)}).status_code == 303


def test_wrong_pins_are_slowed_and_close_the_pin_in_the_end(demo: Application, clock: Clock) -> None:
    account, tablet = give_pin(demo), paired(demo)
    assert [enter(tablet, account, "1111") for _ in range(6)] == [403] * 5 + [429]
    assert enter(tablet, account) == 429
    clock.set("2026-12-08 09:45")
    assert [enter(tablet, account, "1111") for _ in range(5)] == [403] * 5
    clock.set("2026-12-08 10:01")
    closed = tablet.post(f"/tablet/enter/{account}", {"pin": PIN})
    assert closed.status_code == 403 and "geblokkeerd" in words(closed)
    assert actions(demo, about_id=account).count("closed a PIN") == 1
    give_pin(demo, pin="8305")
    clock.set("2026-12-08 10:17")
    assert enter(tablet, account, "8305") == 303


def test_a_right_pin_forgives_the_wrong_ones_before(demo: Application, clock: Clock) -> None:
    account, tablet = give_pin(demo), paired(demo)
    for n in range(4):
        clock.set(f"2026-12-08 {10 + n}:00")
        assert [enter(tablet, account, "1111") for _ in range(4)] == [403] * 4
        assert enter(tablet, account) == 303


def test_who_walks_away_is_logged_out_after_three_minutes_and_who_goes_on_is_not(
    demo: Application, clock: Clock
) -> None:
    account, tablet = give_pin(demo), paired(demo)
    enter(tablet, account)
    for minute in (31, 33, 35, 37):
        clock.set(f"2026-12-08 09:{minute}")
        assert tablet.get("/staff").status_code == 200, minute
    clock.set("2026-12-08 09:40")
    assert tablet.get("/staff").location == "/tablet"


def test_one_person_at_a_time_is_on_a_tablet(demo: Application) -> None:
    anja, hanneke, tablet = give_pin(demo), give_pin(demo, ADMINISTRATOR, "8305"), paired(demo)
    enter(tablet, anja)
    enter(tablet, hanneke, "8305")
    with rows(demo) as session:
        assert [
            each.account_id for each in session.scalars(select(LoginSession).where(LoginSession.tablet_id.is_not(None)))
        ] == [hanneke]


def test_nobody_is_remembered_on_a_tablet(demo: Application) -> None:
    tablet = paired(demo).log_in(remember=True)
    with rows(demo) as session:
        newest = session.scalars(select(LoginSession).order_by(LoginSession.id)).all()
        own = [each for each in newest if each.proof == "password"]
        assert [(each.remembered, each.idle_minutes) for each in own] == [(False, 3)]
    cookie = tablet.client.get_cookie("__Host-sid", domain="quadrant.localhost")
    assert cookie and cookie.max_age is None


def test_an_unpaired_tablet_opens_nothing_at_once(demo: Application) -> None:
    account, tablet = give_pin(demo), paired(demo)
    enter(tablet, account)
    with rows(demo) as session:
        found = session.scalars(select(Tablet)).one()
    manager = as_staff(demo, MANAGER)
    assert "Laatst gezien" in words(manager.get("/manage/tablets"))
    assert manager.post(f"/manage/tablets/{found.id}/unpair").status_code == 303
    assert tablet.get("/staff").location.startswith("/login") and tablet.get("/tablet").location == "/tablet/pair"
    assert manager.post(f"/manage/tablets/{found.id}/unpair").status_code == 404


def test_a_tablet_is_paired_and_unpaired_only_where_one_is_manager(demo: Application) -> None:
    location, group, _ = put_elsewhere(demo)
    there = f"{location}.{group}"
    paired(demo)
    with rows(demo) as session:
        found = session.scalars(select(Tablet)).one()
        foreign = tenant_session(demo.engine, "deroef").scalars(select(Location)).first()
        assert foreign
    for where in (there, location, foreign.id, NOBODY, ""):
        assert as_staff(demo, MANAGER).post("/manage/tablets", {"name": "X", "where": where}).status_code == 422
    assert as_staff(demo, EDUCATOR).post("/manage/tablets", {"name": "X", "where": there}).status_code == 404
    with rows(demo, writing=True) as session:
        session.execute(update(Employment).where(Employment.role == "location_manager").values(location_id=location))
        session.commit()
    elsewhere = as_staff(demo, MANAGER)
    assert "Laatst gezien" not in words(elsewhere.get("/manage/tablets"))
    assert elsewhere.post(f"/manage/tablets/{found.id}/unpair").status_code == 404
    assert elsewhere.post(f"/manage/tablets/{NOBODY}/unpair").status_code == 404


def test_who_does_not_work_there_is_not_on_the_tablet(demo: Application) -> None:
    account = give_pin(demo)
    location, group, _ = put_elsewhere(demo)
    tablet = visitor(demo, "quadrant")
    assert (
        tablet.post("/tablet/pair", {"code": code_for(demo, f"{location}.{group}", ADMINISTRATOR)}).status_code == 303
    )
    assert "Anja" not in words(tablet.get("/tablet"))
    answers = [tablet.post(f"/tablet/enter/{each}", {"pin": PIN}) for each in (account, NOBODY)]
    assert {each.status_code for each in answers} == {404} and len({words(each) for each in answers}) == 1


def test_a_role_that_ended_or_an_account_that_is_closed_is_off_the_tablet(demo: Application) -> None:
    account, tablet = give_pin(demo), paired(demo)
    enter(tablet, account)
    with rows(demo, writing=True) as session:
        session.execute(update(Employment).where(Employment.role == "educator").values(ends_on=date(2026, 12, 7)))
        session.commit()
    assert tablet.get("/staff").status_code == 404
    assert "Anja" not in words(tablet.get("/tablet")) and enter(tablet, account) == 404


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "1111", "1234", "4321", "8901", "1212", "123123", "2580", "1984", "2016", "١٢٣٤"])  # fmt: skip
def test_a_pin_that_somebody_would_try_is_refused(pin: str) -> None:
    assert pins.objection(pin) is not None


@pytest.mark.parametrize("pin", ["7294", "8305", "60417", "92830147", "2741"])
def test_a_pin_without_a_pattern_is_taken(pin: str) -> None:
    assert pins.objection(pin) is None


def test_the_pin_is_kept_as_a_slow_hash_and_the_words_as_hashes(demo: Application) -> None:
    account, tablet = give_pin(demo), paired(demo)
    cookie = tablet.client.get_cookie("__Host-tablet", domain="quadrant.localhost")
    with rows(demo) as session:
        kept = session.scalars(select(Account).where(Account.id == account)).one().pin_hash
        word = session.scalars(select(Tablet)).one().word_hash
    assert kept and kept.startswith("$argon2id$") and cookie and word != cookie.value
    assert cookie.secure and cookie.http_only and cookie.path == "/"


def test_two_different_pins_are_not_taken(demo: Application) -> None:
    staff = as_staff(demo, MENTOR)
    assert staff.post("/account/pin", {"pin": "7294", "again": "7295"}).status_code == 422
    assert visitor(demo, "quadrant").log_in(families_of(staff.tenant)[0]).get("/account/pin").status_code == 404
