"""Credit that is about to lapse: told once to each guardian, with the days on which it can still be used, and no other day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from spelregel.notify.expiring_credit import credit_expires, tell_of_expiring_credit
from spelregel.records.absences import Absence
from spelregel.records.accounts import Account
from spelregel.records.asking_days import Wish
from spelregel.records.credit_ledger import write
from spelregel.records.expiring_credit import list_expiring
from spelregel.records.family import Custody
from spelregel.records.outbox import OutgoingMail
from spelregel.settings import settings_from
from spelregel.storage.session import tenant_session
from tests.conftest import tenant
from tests.records.house import House, build, line

SETTINGS = settings_from({"SPELREGEL_ENV": "test", "SPELREGEL_BASE_DOMAIN": "portal.example"})
MORNING = "2026-12-18 09:00"


@pytest.fixture
def roef(engine: Engine) -> House:
    """A child of after-school care with three Roefjes of this year; its contract does not go on in holidays."""
    house = build(engine, tenant("deroef"))
    with house.writing() as session:
        session.get_one(Account, (house.tenant.slug, house.account)).activated_at = datetime(2026, 1, 1, tzinfo=UTC)
        session.commit()
    child = house.child("bso", (0, 3), in_holidays=False, born=date(2019, 5, 1))
    house.credit(child, "roefjes", 10, date(2026, 1, 1), until=date(2026, 12, 31), care_type="bso")
    return house


def run(house: House, at: str) -> int:
    with house.writing() as session:
        return tell_of_expiring_credit(session, house.tenant, house.moment(at), SETTINGS)


def mails(house: House) -> list[OutgoingMail]:
    with house.reading() as session:
        found = list(session.scalars(select(OutgoingMail).order_by(OutgoingMail.made_at)))
        session.expunge_all()
        return found


def days(house: House, at: str) -> list[str]:
    with house.reading() as session:
        (found,) = list_expiring(session, house.tenant, house.kids(session), house.moment(at))
        return [f"{day:%m-%d}" for day in found.days]


def test_only_days_are_named_on_which_the_portal_would_take_it(roef: House) -> None:
    """A holiday credit: not before the holiday of 19 December, not on Christmas, and not in the weekend."""
    named = days(roef, MORNING)
    assert named == ["12-21", "12-22", "12-23", "12-24", "12-28", "12-29", "12-30", "12-31"]
    taken = roef.ask(Wish((line(roef.children[0], "2026-12-22", "08:00", "18:00", "bso"),)), MORNING)
    assert len(taken) == 1
    with roef.reading() as session:
        assert list_expiring(session, roef.tenant, roef.kids(session), roef.moment(MORNING)) == [], "all is reserved"


def test_a_full_day_is_not_named(roef: House) -> None:
    roef.places("bso", 0)
    assert days(roef, MORNING) == []
    assert run(roef, MORNING) == 1
    assert "geen dag meer" in (mails(roef)[0].text or "")


def test_it_is_told_a_fortnight_before_and_not_earlier(roef: House) -> None:
    with roef.reading() as session:
        assert not credit_expires(session, roef.moment("2026-12-15 09:00"))
    assert run(roef, "2026-12-16 09:00") == 0
    assert run(roef, "2026-12-17 07:59") == 0, "nobody is woken by it"
    with roef.reading() as session:
        assert credit_expires(session, roef.moment("2026-12-17 08:00").astimezone(UTC)), "or it would come a day late"
    assert run(roef, "2026-12-17 08:00") == 1
    (mail,) = mails(roef)
    text = mail.text or ""
    assert "Kind 0: 10 Roefjes" in text and "donderdag 31 december 2026" in text and "- maandag 21 december" in text
    assert "/credits" in text


def test_late_and_twice_is_the_same_and_after_the_last_day_nothing_is_said(roef: House) -> None:
    assert [run(roef, at) for at in ("2026-12-29 20:00", "2026-12-29 21:00", "2026-12-31 09:00", "2027-01-01 09:00")] == [1, 0, 0, 0]  # fmt: skip
    assert len(mails(roef)) == 1


def test_another_last_day_is_another_mail(roef: House) -> None:
    assert run(roef, MORNING) == 1
    roef.credit(roef.children[0], "roefjes", 2, date(2026, 1, 1), until=date(2027, 1, 3), care_type="bso")
    assert [run(roef, "2026-12-20 09:00"), run(roef, "2026-12-20 10:00")] == [1, 0]


def test_credit_that_lapses_before_what_was_told_is_told_too_and_nothing_is_told_again(roef: House) -> None:
    assert run(roef, MORNING) == 1
    roef.credit(roef.children[0], "roefjes", 2, date(2026, 1, 1), until=date(2026, 12, 24), care_type="bso")
    assert [run(roef, "2026-12-19 09:00"), run(roef, "2026-12-19 10:00")] == [1, 0]
    sooner = mails(roef)[1].text or ""
    assert "donderdag 24 december 2026" in sooner and "31 december" not in sooner
    portion = roef.credit(roef.children[0], "roefjes", 3, date(2026, 1, 1), until=date(2027, 1, 1), care_type="bso")
    assert run(roef, "2026-12-19 11:00") == 1
    with roef.writing() as session:  # what lapses last is used, and what is left was told already
        write(session, portion, "corrected", -180, roef.moment("2026-12-19 12:00"))
        session.commit()
    assert run(roef, "2026-12-19 13:00") == 0 and len(mails(roef)) == 3


def test_two_machines_at_once_write_one_mail(roef: House, database_url: str) -> None:
    start = Barrier(4)

    def one(_number: int) -> int:
        with tenant_session(roef.engine, roef.tenant.slug, writing=True) as session:
            start.wait()
            return tell_of_expiring_credit(session, roef.tenant, roef.moment(MORNING), SETTINGS)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [0, 0, 0, 1]
    assert len(mails(roef)) == 1


def test_who_was_barred_from_the_child_is_told_nothing(roef: House) -> None:
    with roef.writing() as session:
        session.scalars(select(Custody)).one().barred_at = roef.moment("2026-12-01 09:00")
        session.commit()
    assert run(roef, MORNING) == 0 and mails(roef) == []


def test_nothing_is_said_of_what_is_used_up_or_does_not_lapse_yet(roef: House) -> None:
    child = roef.child("bso", (1,), in_holidays=False, born=date(2019, 5, 1))
    roef.credit(child, "roefjes", 5, date(2027, 1, 1), until=date(2027, 12, 31), care_type="bso")
    with roef.reading() as session:
        found = list_expiring(session, roef.tenant, roef.kids(session), roef.moment(MORNING), timedelta(days=30))
    assert [(each.child.id, each.amount) for each in found] == [(roef.children[0], 600)]
    with roef.reading() as session:
        assert session.scalars(select(Absence)).all() == []
