"""What it means when nobody answers in time: yes, no, or that parents phone; as the rules said when it was asked."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, event, select

from spelregel.notify.judged_requests import lapse_requests
from spelregel.portal.absence.service import report_absence
from spelregel.records import judging_bookings
from spelregel.records.asking_days import Wish
from spelregel.records.audit import AuditEntry
from spelregel.records.day_requests import Booking, DayRequest, may_lapse
from spelregel.records.judging_bookings import BookingStands, approve
from spelregel.settings import settings_from
from spelregel.tenancy.tenant import Tenant
from tests.records.house import House, build, line
from tests.rules.made_up import SWAPPING, Organisation

SETTINGS = settings_from({"SPELREGEL_ENV": "test", "SPELREGEL_BASE_DOMAIN": "portal.example"})
ASKED = "2026-12-07 10:00"  # a Monday: the answer is promised by Wednesday the ninth
DAY = "2026-12-17"


def organisation(silence: str) -> Tenant:
    return Organisation(
        more=f"""
extra_care:
  requested_by: [parent]
  notice: before start
  approval: by a person
  answer: {{within: 2 workdays, silence: {silence}}}
  payment: {{pay_with: [zonuren, invoice], choice: oldest first, combine: credit and invoice}}
  cancel: {{pending: true, by: [parent], approved: 24 hours, then: credit back, late: counts as used}}
"""
        + SWAPPING.replace(
            "when there is a place", f"by a person\n  answer: {{within: 2 workdays, silence: {silence}}}"
        )
    ).tenant


def run(house: House, at: str) -> int:
    with house.reading() as session:
        if not may_lapse(session, house.moment(at)):
            return 0
    with house.writing() as session:
        return lapse_requests(session, house.tenant, house.moment(at), SETTINGS)


def house_of(engine: Engine, silence: str) -> House:
    return build(engine, organisation(silence))


def ask(house: House, *children: str, whole: bool = False) -> list[str]:
    wish = Wish(tuple(line(child, DAY) for child in children), all_or_nothing=whole)
    return [each.id for each in house.ask(wish, ASKED)]


@pytest.mark.parametrize(("silence", "then"), [("approved", "approved"), ("lapses", "lapsed"), ("call us", "awaiting")])
def test_it_stands_until_the_last_minute_of_the_promised_day_and_then_silence_speaks(
    engine: Engine, silence: str, then: str
) -> None:
    house = house_of(engine, silence)
    (booking,) = ask(house, house.child())
    assert run(house, "2026-12-09 23:59") == 0 and house.booking(booking).state == "awaiting"
    assert run(house, "2026-12-10 00:00") == (then != "awaiting")
    assert run(house, "2026-12-10 00:01") == 0, "twice is once"
    found = house.booking(booking)
    assert (found.state, found.judged_by) == (then, None)
    with house.reading() as session:
        told = list(session.scalars(select(AuditEntry.action).where(AuditEntry.about_id == booking)))
    assert told == (["approved a request"] if then == "approved" else [])


def test_however_late_the_clocks_work_is_a_person_cannot_approve_what_silence_ended(engine: Engine) -> None:
    house = house_of(engine, "lapses")
    (booking,) = ask(house, house.child())
    with house.writing() as session, pytest.raises(BookingStands):
        approve(session, house.tenant, [booking], house.judge, house.moment("2026-12-10 00:00"))
    with house.writing() as session:
        approve(session, house.tenant, [booking], house.judge, house.moment("2026-12-09 23:59"))


def test_silence_gives_no_more_places_than_there_are(engine: Engine) -> None:
    house = house_of(engine, "approved")
    house.places("kdv", 1)
    ids = [ask(house, house.child())[0], house.child()]
    second = [each.id for each in house.ask(Wish((line(ids[1], DAY),)), ASKED, "two")]
    assert run(house, "2026-12-10 08:00") == 1
    states = sorted(house.booking(each).state for each in (ids[0], second[0]))
    assert states == ["approved", "awaiting"], "what does not fit waits for a person"
    assert house.taken() == 1
    assert run(house, "2026-12-17 08:00") == 1, "and lapses when its care begins"


def test_siblings_that_are_judged_as_a_whole_are_approved_together_or_not(engine: Engine) -> None:
    house = house_of(engine, "approved")
    house.places("kdv", 1)
    both = ask(house, house.child(), house.child(), whole=True)
    assert run(house, "2026-12-10 08:00") == 0
    assert {house.booking(each).state for each in both} == {"awaiting"}
    house.places("kdv", 2)
    assert run(house, "2026-12-10 09:00") == 2
    assert {house.booking(each).state for each in both} == {"approved"}


def set_dates(house: House, booking_id: str, lapses_on: date) -> None:
    with house.writing() as session:
        booking = session.get_one(Booking, (house.tenant.slug, booking_id))
        session.get_one(DayRequest, (house.tenant.slug, booking.request_id)).lapses_on = lapses_on
        session.commit()


@pytest.mark.parametrize("at", ["2026-12-10 00:00", "2026-12-12 09:00"])
@pytest.mark.parametrize(("lapses_on", "then"), [(8, "lapsed"), (9, "approved"), (10, "approved")])
def test_silence_speaks_before_the_date_of_the_parent_passes_also_when_the_clocks_work_is_late(
    engine: Engine, at: str, lapses_on: int, then: str
) -> None:
    """Whoever reads "if you hear nothing by the ninth, it is approved" and chose no earlier date may count on it."""
    house = house_of(engine, "approved")
    (booking,) = ask(house, house.child())
    set_dates(house, booking, date(2026, 12, lapses_on))
    assert run(house, at) == 1
    assert house.booking(booking).state == then


def test_siblings_that_are_judged_as_a_whole_lapse_together_whatever_silence_means_for_each(engine: Engine) -> None:
    house = house_of(engine, "lapses")
    both = ask(house, house.child(), house.child(), whole=True)
    with house.writing() as session:  # as where the rules differ per kind of care
        session.get_one(Booking, (house.tenant.slug, both[1])).silence = None
        session.commit()
    assert run(house, "2026-12-10 00:00") == 2
    assert {house.booking(each).state for each in both} == {"lapsed"}


def test_children_are_locked_before_groups_in_every_transaction_of_the_clocks_work(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sends a request holds the child and waits for the group: who holds the group must not wait for a child."""
    house = house_of(engine, "approved")
    silent, forgotten = house.child(), house.child()
    (yes,) = [each.id for each in house.ask(Wish((line(silent, DAY),)), ASKED)]
    (no,) = [each.id for each in house.ask(Wish((line(forgotten, DAY),)), ASKED, "two")]
    set_dates(house, no, date(2026, 12, 8))
    locked: list[str] = []
    for name in ("lock_child", "lock_groups"):
        lock = getattr(judging_bookings, name)
        monkeypatch.setattr(
            judging_bookings, name, lambda *given, name=name, lock=lock: (locked.append(name), lock(*given))[1]
        )
    with house.writing() as session:
        event.listen(session, "after_transaction_end", lambda _s, ended: None if ended.parent else locked.append("end"))
        assert lapse_requests(session, house.tenant, house.moment("2026-12-10 08:00"), SETTINGS) == 2
    assert (house.booking(yes).state, house.booking(no).state) == ("approved", "lapsed")
    for transaction in " ".join(locked).split("end"):
        assert "lock_child" not in transaction.partition("lock_groups")[2], locked


def test_what_a_swap_hands_in_and_is_reported_absent_waits_for_a_person_and_holds_up_nobody(engine: Engine) -> None:
    house = house_of(engine, "approved")
    child, other = house.child(), house.child()
    key = f"{child}.2026-12-14.0800"
    (swap,) = house.ask(Wish((line(child, DAY, gives_up=key),)), ASKED)
    (beside,) = house.ask(Wish((line(other, DAY),)), ASKED, "two")
    monday = date(2026, 12, 14)
    with house.writing() as session:
        report_absence(session, house.tenant, house.account, house.kids(session), {key}, monday, monday, "holiday", "away", house.moment(ASKED))  # fmt: skip
        session.commit()
    assert run(house, "2026-12-10 08:00") == 1
    assert (house.booking(swap.id).state, house.booking(beside.id).state) == ("awaiting", "approved")
