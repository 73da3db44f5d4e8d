"""What parents read when the location takes a child off a list: the answer to the rest once, and the cancelled day once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, delete, select

from spelregel.notify.judged_requests import tell_judged, tell_taken_off
from spelregel.records.accounts import Account
from spelregel.records.asking_days import Wish
from spelregel.records.day_requests import Booking
from spelregel.records.family import Custody, Family, Guardian
from spelregel.records.judging_bookings import approve
from spelregel.records.outbox import OutgoingMail
from spelregel.settings import settings_from
from tests.records.asking_organisation import organisation
from tests.records.house import House, build, line

SETTINGS = settings_from({"SPELREGEL_ENV": "test", "SPELREGEL_BASE_DOMAIN": "portal.example"})
AT = "2026-12-08 10:00"


@pytest.fixture
def house(engine: Engine) -> House:
    """A family with two children. Of the second one there is another parent, who has no custody of the first."""
    found = build(engine, organisation())
    children = [found.child(), found.child()]
    with found.writing() as session:
        other = Guardian(family_id=session.scalars(select(Family.id)).one(), name="Ouder Y", email="ander@example.org")
        session.add(other)
        session.flush()
        account = Account(guardian_id=other.id, username="ander@example.org", password_hash=None, language=None)
        session.add_all([account, Custody(guardian_id=other.id, child_id=children[1])])
        session.flush()
        for each in session.scalars(select(Account)):
            each.activated_at = datetime(2026, 1, 1, tzinfo=UTC)
        session.commit()
    return found


def approved(house: House) -> list[str]:
    """Both children by one request, and the parents are to be told."""
    bookings = house.ask(Wish(tuple(line(child, "2026-12-17") for child in house.children)), AT)
    with house.writing() as session:
        approve(session, house.tenant, [each.id for each in bookings], house.judge, house.moment(AT))
        tell_judged(session, house.tenant, bookings[0].request_id, house.moment(AT), SETTINGS, clock=house.moment(AT))
        session.commit()
    return [next(b.id for b in bookings if b.child_id == child) for child in house.children]


def take_off(house: House, booking_id: str, at: str = AT) -> None:
    with house.writing() as session:
        booking = session.get_one(Booking, (house.tenant.slug, booking_id))
        booking.state, booking.ending_reason = "cancelled", "Ziek"
        session.flush()
        tell_taken_off(session, house.tenant, booking, house.moment(at), SETTINGS, clock=house.moment(at))
        session.commit()


def mails(house: House) -> list[tuple[str, bool, bool]]:
    """Of each that is there: to whom, and whether it is about the first child and about the second."""
    with house.reading() as session:
        found = session.scalars(select(OutgoingMail))
        return sorted(
            (m.to_address.split("@")[0], "Kind 0" in (m.text or ""), "Kind 1" in (m.text or "")) for m in found
        )


def test_who_was_told_nothing_yet_reads_of_the_rest_and_of_the_cancelled_day_each_in_one_mail(house: House) -> None:
    bookings = approved(house)
    assert mails(house) == [("ander", False, True), ("ouder", True, True)]
    take_off(house, bookings[1])
    assert mails(house) == [("ander", False, True), ("ouder", False, True), ("ouder", True, False)]


def test_who_was_told_long_ago_is_not_told_the_answer_again(house: House) -> None:
    bookings = approved(house)
    with house.writing() as session:  # sent mails are forgotten after a month
        session.execute(delete(OutgoingMail))
        session.commit()
    take_off(house, bookings[1])
    assert mails(house) == [("ander", False, True), ("ouder", False, True)]


def test_a_mail_to_one_parent_that_is_under_way_takes_nothing_from_the_other(house: House) -> None:
    bookings = approved(house)
    with house.writing() as session:
        session.scalars(select(OutgoingMail).where(OutgoingMail.to_address.startswith("ander"))).one().tries = 1
        session.commit()
    take_off(house, bookings[1])
    assert ("ouder", True, False) in mails(house), "the answer about the first child"
    assert len(mails(house)) == 4


def test_where_the_one_that_waited_is_taken_off_the_parents_are_told_of_the_others(house: House) -> None:
    bookings = house.ask(Wish(tuple(line(child, "2026-12-17") for child in house.children)), AT)
    first, second = (next(b.id for b in bookings if b.child_id == child) for child in house.children)
    with house.writing() as session:
        approve(session, house.tenant, [first], house.judge, house.moment(AT))
        assert tell_judged(session, house.tenant, bookings[0].request_id, house.moment(AT), SETTINGS, clock=house.moment(AT)) == 0  # fmt: skip
        session.commit()
    take_off(house, second)
    assert mails(house) == [("ander", False, True), ("ouder", False, True), ("ouder", True, False)]
