"""Two hundred people press at once, from several processes: a balance is never spent twice and never doubled.

The control runs have the protection off (the lock and the database's own count) and must go wrong.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, select, text

from spelregel.demo.story import tell
from spelregel.records.absences import Absence
from spelregel.records.accounts import Account
from spelregel.records.credit_ledger import CreditLedgerEntry, CreditPortion, add_portion
from spelregel.records.family import Child, Family, children_of_guardian
from spelregel.records.placements import list_dayparts
from spelregel.storage.session import tenant_session
from tests.conftest import PROVE, tenant
from tests.records.crowd import NOW, report_the_same_day, spend_an_hour, take_back_the_same_day, together

KIND = "afwezigheidstegoed"
ROUNDS = 5 if PROVE else 1


def child_with(engine: Engine, hours: int) -> str:
    with tenant_session(engine, "quadrant", writing=True) as session:
        family = Family(name="Bos")
        session.add(family)
        session.flush()
        child = Child(family_id=family.id, first_name="Pip", last_name="Bos", born_on=date(2023, 1, 1), tone=0)
        session.add(child)
        session.flush()
        for part in range(5):
            portion = CreditPortion(
                child_id=child.id,
                kind=KIND,
                care_type="kdv",
                earned_for=date(2026, 11, 1 + part),
                earned_on_kind="school day",
                valid_until=None,
            )
            add_portion(session, portion, hours * 60 // 5, "earned", NOW)
        session.commit()
        return child.id


def left(engine: Engine, child_id: str) -> int:
    with tenant_session(engine, "quadrant") as session:
        sums = select(func.sum(CreditLedgerEntry.sixtieths)).join(
            CreditPortion,
            (CreditPortion.id == CreditLedgerEntry.portion_id)
            & (CreditPortion.tenant_id == CreditLedgerEntry.tenant_id),
        )
        return int(session.scalars(sums.where(CreditPortion.child_id == child_id)).one())


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_two_hundred_spends_of_sixty_five_hours_take_exactly_sixty_five(
    engine: Engine, database_url: str, round_number: int
) -> None:
    child_id = child_with(engine, 65)
    taken = together(spend_an_hour, 200, database_url, child_id, KIND, True)
    assert sorted(taken) == [0] * 135 + [60] * 65
    assert left(engine, child_id) == 0


def drop_the_count(superuser: Engine) -> None:
    with superuser.execution_options(writing=True).begin() as connection:
        on = " ON credit_ledger_entry" if superuser.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER credit_ledger_entry_counts{on}"))


def test_without_lock_and_count_they_take_more_than_there_is(
    engine: Engine, superuser: Engine, database_url: str
) -> None:
    child_id = child_with(engine, 65)
    drop_the_count(superuser)
    taken = [
        answer
        for answer in together(spend_an_hour, 200, database_url, child_id, KIND, False)
        if isinstance(answer, int)
    ]
    assert sum(taken) > 65 * 60
    assert left(engine, child_id) < 0


def test_without_the_lock_the_count_of_the_database_still_refuses(engine: Engine, database_url: str) -> None:
    child_id = child_with(engine, 65)
    together(spend_an_hour, 200, database_url, child_id, KIND, False)
    assert left(engine, child_id) >= 0


def parent_with_a_day_ahead(engine: Engine) -> tuple[str, str, str, date, str]:
    tell(engine, tenant("quadrant"), NOW)
    with tenant_session(engine, "quadrant") as session:
        account = session.scalars(
            select(Account).where(Account.guardian_id.is_not(None)).order_by(Account.username)
        ).first()
        assert account and account.guardian_id
        children = children_of_guardian(session, account.guardian_id)
        absent = {(a.child_id, a.day) for a in session.scalars(select(Absence).where(Absence.withdrawn_at.is_(None)))}
        today = NOW.date()
        ahead = list_dayparts(
            session, tenant("quadrant").rulebook, children, today + timedelta(days=3), today + timedelta(days=30), today
        )
        planned = next(p for p in ahead if (p.child_id, p.day) not in absent)
        return account.guardian_id, account.id, planned.key, planned.day, planned.child_id


def _report_apart(
    engine: Engine, number: int, guardian_id: str, account_id: str, key: str, day: date, _guarded: bool
) -> str:
    return report_the_same_day(engine, number, guardian_id, account_id, key, day, False)


def _report_again(
    engine: Engine, number: int, guardian_id: str, account_id: str, key: str, day: date, _guarded: bool
) -> str:
    return report_the_same_day(engine, number, guardian_id, account_id, key, day, True)


@pytest.mark.parametrize("same", [True, False], ids=["one press again and again", "everybody of the family at once"])
def test_a_day_that_is_reported_many_times_at_once_earns_once(engine: Engine, database_url: str, same: bool) -> None:
    guardian_id, account_id, key, day, child_id = parent_with_a_day_ahead(engine)
    before = left(engine, child_id)
    job = _report_again if same else _report_apart
    answers = together(job, 40, database_url, guardian_id, account_id, key, day, True)
    assert [answer for answer in answers if len(answer) != 32 and answer != "already"] == [], "a crash is no answer"
    reports = [answer for answer in answers if answer != "already"]
    assert len(set(reports)) == 1
    assert len(reports) == (40 if same else 1)
    with tenant_session(engine, "quadrant") as session:
        standing = select(Absence).where(
            Absence.child_id == child_id, Absence.day == day, Absence.withdrawn_at.is_(None)
        )
        assert len(session.scalars(standing).all()) == 1
    assert left(engine, child_id) - before in (270, 600), "one day of this child, once"


def test_without_lock_and_unique_index_one_day_is_reported_more_than_once(
    engine: Engine, superuser: Engine, database_url: str
) -> None:
    """The control: with both protections off one day earns several times."""
    guardian_id, account_id, key, day, child_id = parent_with_a_day_ahead(engine)
    with superuser.execution_options(writing=True).begin() as connection:
        connection.execute(text("DROP INDEX ux_absence_daypart"))
    before = left(engine, child_id)
    answers = together(_report_apart, 40, database_url, guardian_id, account_id, key, day, False)
    assert len({answer for answer in answers if len(answer) == 32}) > 1
    assert left(engine, child_id) - before > 600


def _absence_to_take_back(engine: Engine) -> tuple[str, str, int]:
    guardian_id, account_id, key, day, child_id = parent_with_a_day_ahead(engine)
    before = left(engine, child_id)
    report_the_same_day(engine, 1, guardian_id, account_id, key, day, False)
    assert left(engine, child_id) > before
    with tenant_session(engine, "quadrant") as session:
        standing = select(Absence).where(
            Absence.child_id == child_id, Absence.day == day, Absence.withdrawn_at.is_(None)
        )
        return child_id, session.scalars(standing).one().id, before


def test_an_absence_taken_back_many_times_at_once_gives_its_credit_back_once(engine: Engine, database_url: str) -> None:
    child_id, absence_id, before = _absence_to_take_back(engine)
    assert together(take_back_the_same_day, 40, database_url, child_id, absence_id, True) == [True] * 40
    assert left(engine, child_id) == before


def test_without_lock_and_count_credit_is_taken_back_more_than_once(
    engine: Engine, superuser: Engine, database_url: str
) -> None:
    """The control: the same absence loses its credit several times over."""
    child_id, absence_id, before = _absence_to_take_back(engine)
    drop_the_count(superuser)
    together(take_back_the_same_day, 40, database_url, child_id, absence_id, False)
    assert left(engine, child_id) < before
