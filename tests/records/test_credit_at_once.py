"""Two hundred requests at once for a balance of sixty-five hours, and the same press of a button sent again and again."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, text

from spelregel.records import judging_bookings
from spelregel.records.asking_days import Wish
from spelregel.records.credit_ledger import CreditLedgerEntry, CreditPortion
from spelregel.records.day_requests import Booking, DayRequest
from spelregel.records.family import Child
from spelregel.records.judging_bookings import send_request
from spelregel.storage.session import tenant_session
from tests.conftest import PROVE
from tests.records.asking_organisation import CREDIT, organisation
from tests.records.crowd import in_rounds, slowly
from tests.records.house import House, build, line
from tests.records.test_places_at_once import press_again

NOW = datetime.fromisoformat("2026-12-01T12:00+01:00")
MONDAY = date(2027, 1, 4)
PEOPLE, HOURS = 200, 65
ROUNDS = 5 if PROVE else 1
_consider = judging_bookings.consider


@pytest.fixture
def house(engine: Engine) -> House:
    return build(engine, organisation())


def with_credit(house: House) -> str:
    """A child with sixty-five hours in five portions."""
    child = house.child(weekdays=(5,))
    for part in range(5):
        house.credit(child, CREDIT, HOURS / 5, date(2026, 11, 1 + part))
    return child


def ask(engine: Engine, child_id: str, account: str, submission: str, number: int, *, guarded: bool) -> str:
    """One or two hours of a moment that no other number has."""
    if not guarded:
        judging_bookings.lock_child = lambda *_: None
        judging_bookings.consider = slowly(_consider)
    day = MONDAY + timedelta(days=number // 4 + number // 20 * 2)
    starts = 8 + 2 * (number % 4)
    wish = Wish((line(child_id, day.isoformat(), f"{starts:02}:00", f"{starts + 1 + number % 2:02}:00"),))

    def press() -> str:
        with tenant_session(engine, organisation().slug, writing=True) as session:
            child = session.get_one(Child, (organisation().slug, child_id))
            request = send_request(session, organisation(), account, [child], wish, submission, NOW)
            session.commit()
            return request.id

    return str(press_again(press))


def ask_apart(engine: Engine, number: int, _round: int, child_id: str, account: str, guarded: bool) -> str:
    return ask(engine, child_id, account, f"press-{number}", number, guarded=guarded)


def reserved(house: House) -> int:
    with house.reading() as session:
        return -(
            session.scalar(
                select(func.sum(CreditLedgerEntry.sixtieths)).where(CreditLedgerEntry.booking_id.is_not(None))
            )
            or 0
        )


def counts(house: House) -> list[int]:
    """What the database itself counts per portion."""
    with house.reading() as session:
        return list(session.scalars(select(CreditPortion.remaining)))


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_two_hundred_requests_for_sixty_five_hours_reserve_exactly_sixty_five(
    house: House, database_url: str, round_number: int
) -> None:
    child = with_credit(house)
    (answers,) = in_rounds(ask_apart, PEOPLE, [0], database_url, child, house.account, True)
    assert len(set(answers)) == PEOPLE and {len(answer) for answer in answers} == {32}
    assert reserved(house) == HOURS * 60 and house.left(child) == 0 and counts(house) == [0] * 5
    with house.reading() as session:
        bookings = session.scalars(select(Booking)).all()
        asked = sum((each.ends.hour - each.starts.hour) * 60 for each in bookings)
        assert len(bookings) == PEOPLE and sum(each.invoice_minutes for each in bookings) == asked - HOURS * 60


def test_without_the_lock_the_count_of_the_database_still_refuses(house: House, database_url: str) -> None:
    child = with_credit(house)
    (answers,) = in_rounds(ask_apart, PEOPLE // 2, [0], database_url, child, house.account, False)
    assert "IntegrityError" in answers, "somebody came in between, and was refused"
    assert reserved(house) <= HOURS * 60 and min(counts(house)) >= 0


def test_without_lock_and_count_more_is_reserved_than_there_is(
    house: House, superuser: Engine, database_url: str
) -> None:
    """The control."""
    child = with_credit(house)
    with superuser.execution_options(writing=True).begin() as connection:
        on = " ON credit_ledger_entry" if superuser.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER credit_ledger_entry_counts{on}"))
    in_rounds(ask_apart, PEOPLE // 2, [0], database_url, child, house.account, False)
    assert reserved(house) > HOURS * 60


# The same press again

SUBMISSIONS, SENDS = 25, 8


def ask_again(engine: Engine, number: int, _round: int, child_id: str, account: str, guarded: bool) -> tuple[int, str]:
    press = number % SUBMISSIONS
    try:
        return press, ask(engine, child_id, account, f"press-{press}", press, guarded=guarded)
    except Exception as wrong:  # whatever it is, it is an answer, and the test reads its name
        return press, type(wrong).__name__


def test_twenty_five_presses_that_are_each_sent_eight_times_are_twenty_five_requests(
    house: House, database_url: str
) -> None:
    child = with_credit(house)
    (answers,) = in_rounds(ask_again, SUBMISSIONS * SENDS, [0], database_url, child, house.account, True)
    assert set(Counter(answers).values()) == {SENDS}, "everybody who sent the same got the same request"
    with house.reading() as session:
        assert {each for _, each in answers} == set(session.scalars(select(DayRequest.id)))
        bookings = session.scalars(select(Booking)).all()
        assert len(answers) == 200 and len(bookings) == SUBMISSIONS
    assert reserved(house) == sum((each.ends.hour - each.starts.hour) * 60 for each in bookings)


def test_without_the_lock_a_press_that_is_sent_again_is_not_answered_with_the_same_request(
    house: House, database_url: str
) -> None:
    """The control: the database refuses the second request, and who sent it is left with an error."""
    child = with_credit(house)
    (answers,) = in_rounds(ask_again, SUBMISSIONS * SENDS, [0], database_url, child, house.account, False)
    assert set(Counter(answers).values()) != {SENDS}
