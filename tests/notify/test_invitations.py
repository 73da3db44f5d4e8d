"""The mail with which a new person gets in: complete, in their language, once; and due when the organisation's file says."""

from __future__ import annotations

import logging
import re
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from spelregel.notify.invitations import due_invitations, send_invitation
from spelregel.records import invitation_plan
from spelregel.records.accounts import Account, set_password
from spelregel.records.audit import AuditEntry
from spelregel.records.family import Child, Custody, Family, Guardian, bar
from spelregel.records.invitation_plan import invitations_wait, plan_invitation, plan_invitations_of_child
from spelregel.records.one_time_links import LIVES, find_link
from spelregel.records.outbox import OutgoingMail, list_mail
from spelregel.records.placements import Contract
from spelregel.records.staff import Employee
from spelregel.settings import settings_from
from spelregel.storage.session import TenantSession, open_engine, tenant_session
from tests.conftest import Clock, tenant

SETTINGS = settings_from({"SPELREGEL_ENV": "test", "SPELREGEL_BASE_DOMAIN": "portal.example", "SPELREGEL_PORT": "8000"})


def new_account(session: TenantSession, **more: object) -> Account:
    family = Family(name="Haddad")
    session.add(family)
    session.flush()
    guardian = Guardian(family_id=family.id, name="Nadia Haddad", email="nadia@example.org")
    session.add(guardian)
    session.flush()
    account = Account(guardian_id=guardian.id, **({"username": "nadia@example.org"} | more))
    session.add(account)
    session.flush()
    return account


def secret_in(mail: OutgoingMail) -> str:
    found = re.search(r"/(?:activate|reset)/([\w-]+)$", mail.text or "", re.MULTILINE)
    assert found, mail.text
    return found[1]


def test_an_invitation_says_where_with_what_name_until_when_and_whom_to_ask(engine: Engine, clock: Clock) -> None:
    lange_keizer = tenant("langekeizer")
    with tenant_session(engine, "langekeizer", writing=True) as session:
        mail = send_invitation(session, lange_keizer, new_account(session), clock(), SETTINGS)
        session.commit()
    assert mail.text is not None
    assert mail.subject == f"Uw toegang tot het portaal van {lange_keizer.name}"
    assert mail.to_address == "nadia@example.org"
    assert "Dag Nadia Haddad," in mail.text
    assert f"\nhttp://{lange_keizer.subdomain}.portal.example:8000/activate/{secret_in(mail)}\n" in mail.text
    assert f"- Portaal: http://{lange_keizer.subdomain}.portal.example:8000\n" in mail.text
    assert "- E-mailadres: nadia@example.org\n" in mail.text
    assert "tot dinsdag 19 januari 2027, 09.29 uur" in mail.text
    for contact in lange_keizer.contacts:
        assert (contact.email or contact.phone or contact.name["nl"]) in mail.text
    with tenant_session(engine, "langekeizer") as session:
        assert find_link(session, secret_in(mail), "activate", clock() + LIVES["activate"] - timedelta(minutes=1))
        assert not find_link(session, secret_in(mail), "activate", clock() + LIVES["activate"])


@pytest.mark.parametrize(
    ("name", "language", "subject"),
    [
        ("deroef", None, "Uw toegang tot het portaal van"), ("fantaziehuis", None, "Je toegang tot het portaal van"),
        ("fantaziehuis", "en", "Your access to the portal of"),
    ],
)  # fmt: skip
def test_a_mail_speaks_the_language_of_the_account_and_the_way_of_the_organisation(
    engine: Engine, clock: Clock, name: str, language: str | None, subject: str
) -> None:
    with tenant_session(engine, name, writing=True) as session:
        mail = send_invitation(session, tenant(name), new_account(session, language=language), clock(), SETTINGS)
    assert mail.subject == f"{subject} {tenant(name).name}"
    assert mail.language == (language or "nl")


def test_only_the_last_invitation_works(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        account = new_account(session, invite_at=clock())
        first, second = (send_invitation(session, tenant("quadrant"), account, clock(), SETTINGS) for _ in "12")
        session.commit()
    with tenant_session(engine, "quadrant") as session:
        assert find_link(session, secret_in(first), "activate", clock()) is None
        assert find_link(session, secret_in(second), "activate", clock()) is not None
        assert session.scalars(select(Account.invite_at)).one() is None
        assert len(list_mail(session, 9)) == 2


def test_who_is_active_or_disabled_is_not_invited(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        account = new_account(session)
        set_password(session, account.id, "drie rode fietsen", clock())
        with pytest.raises(ValueError, match="never active"):
            send_invitation(session, tenant("quadrant"), account, clock(), SETTINGS)
        other = new_account(session, username="x@example.org", disabled_at=clock())
        with pytest.raises(ValueError, match="never active"):
            send_invitation(session, tenant("quadrant"), other, clock(), SETTINGS)
        assert list_mail(session, 9) == []


# When it is due


def with_child(session: TenantSession, account: Account, *first_days: date) -> Child:
    guardian = session.get_one(Guardian, (session.tenant, account.guardian_id))
    child = Child(family_id=guardian.family_id, first_name="Noor", last_name="Haddad", born_on=date(2025, 1, 1), tone=0)
    session.add(child)
    session.flush()
    session.add(Custody(guardian_id=guardian.id, child_id=child.id))
    for day in first_days:
        session.add(Contract(child_id=child.id, care_type="bso", rule_key=None, starts_on=day, ends_on=None))
    session.flush()
    return child


def plan(session: TenantSession, account: Account, clock: Clock, name: str = "quadrant") -> None:
    organisation = tenant(name)
    plan_invitation(session, account, organisation.login.activation_sent, organisation.rulebook.zone, clock())


def test_a_guardian_is_invited_so_long_before_the_first_day_of_the_first_child(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        account = new_account(session)
        plan(session, account, clock)
        assert account.invite_at is None, "without a contract there is no first day"
        child = with_child(session, account, date(2027, 3, 1), date(2027, 6, 1))
        plan(session, account, clock)
        session.commit()
        clock.set("2027-01-18 08:59")
        assert not invitations_wait(session, clock())
        assert due_invitations(session, tenant("quadrant"), clock(), SETTINGS) == 0
        clock.set("2027-01-18 09:00")
        assert invitations_wait(session, clock())
        assert due_invitations(session, tenant("quadrant"), clock(), SETTINGS) == 1
        # Another contract, and the same errand once more: nothing is due any more.
        plan_invitations_of_child(session, child.id, tenant("quadrant").login.activation_sent, tenant("quadrant").rulebook.zone, clock())  # fmt: skip
        assert (account.invite_at, due_invitations(session, tenant("quadrant"), clock(), SETTINGS)) == (None, 0)
        assert [mail.kind for mail in list_mail(session, 9)] == ["activation"]
        assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["invited"]


def test_when_it_is_late_already_the_mail_goes_at_once(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        account = new_account(session)
        with_child(session, account, date(2026, 12, 14))
        plan(session, account, clock)
        assert account.invite_at == clock()
        clock.set("2027-05-01 12:00")  # and nobody sent for months
        assert due_invitations(session, tenant("quadrant"), clock(), SETTINGS) == 1


def test_a_first_day_that_moves_moves_the_invitation(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        account = new_account(session)
        child = with_child(session, account, date(2027, 6, 1))
        plan(session, account, clock)
        first = account.invite_at
        contract = session.scalars(select(Contract).where(Contract.child_id == child.id)).one()
        contract.starts_on = date(2027, 7, 1)
        session.flush()
        plan(session, account, clock)
        assert first is not None and account.invite_at == first + timedelta(days=30)


def test_staff_are_invited_at_once(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        employee = Employee(name="Karim Aydin", email="karim@example.org")
        session.add(employee)
        session.flush()
        account = Account(employee_id=employee.id, username="karim@example.org")
        session.add(account)
        session.flush()
        plan(session, account, clock)
        assert account.invite_at == clock()
        assert due_invitations(session, tenant("quadrant"), clock(), SETTINGS) == 1


def test_nobody_is_invited_whom_a_court_keeps_from_every_child(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        account = new_account(session)
        child = with_child(session, account, date(2026, 12, 14))
        plan(session, account, clock)
        assert account.guardian_id and bar(session, account.guardian_id, child.id, clock())
        session.flush()
        assert due_invitations(session, tenant("quadrant"), clock(), SETTINGS) == 0
        assert (account.invite_at, list_mail(session, 9)) == (None, [])


def test_an_address_that_no_mail_can_be_sent_to_holds_up_nobody(
    engine: Engine, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        bad, good = new_account(session, username="a"), new_account(session, username="b")
        session.get_one(Guardian, ("quadrant", bad.guardian_id)).email = "nadia at example"
        for account in (bad, good):
            with_child(session, account, date(2026, 12, 14))
            plan(session, account, clock)
        session.flush()
        with caplog.at_level(logging.WARNING):
            assert due_invitations(session, tenant("quadrant"), clock(), SETTINGS) == 1
        assert "nadia" not in caplog.text and bad.id in caplog.text
        assert [mail.account_id for mail in list_mail(session, 9)] == [good.id]


@pytest.mark.parametrize("locked", [True, False], ids=["as it is", "control: without the lock"])
def test_of_two_machines_that_invite_at_once_each_person_gets_one_mail(
    database_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch, *, locked: bool
) -> None:
    """The control reads before either has written, as it would be without the lock: then the mails are doubled."""
    if not locked and database_url.startswith("sqlite"):
        pytest.skip("on SQLite only one can be writing: there is no lock to leave out")
    engines = [open_engine(database_url) for _ in "12"]
    with tenant_session(engines[0], "quadrant", writing=True) as session:
        for number in range(5):
            account = new_account(session, username=f"u{number}")
            with_child(session, account, date(2026, 12, 14))
            plan(session, account, clock)
        session.commit()
    if not locked:
        both = threading.Barrier(2, timeout=20)

        def without_lock(session: TenantSession, now: object) -> list[Account]:
            found = list(session.scalars(select(Account).where(*invitation_plan._due(now))))  # type: ignore[arg-type]
            both.wait()
            return found

        monkeypatch.setattr("spelregel.notify.invitations.take_due", without_lock)
    sent: list[int] = []

    def work(engine: Engine) -> None:
        with tenant_session(engine, "quadrant", writing=True) as session:
            sent.append(due_invitations(session, tenant("quadrant"), clock(), SETTINGS))

    threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with tenant_session(engines[0], "quadrant") as session:
        mails = list_mail(session, 99)
    for engine in engines:
        engine.dispose()
    assert (len(mails) == 5 == sum(sent)) is locked, sent
