"""The mail with which a new person gets in: complete, in their language, once; and due when the organisation's file says."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from spelregel.notify.invitations import send_invitation
from spelregel.records.accounts import Account, set_password
from spelregel.records.family import Family, Guardian
from spelregel.records.one_time_links import LIVES, find_link
from spelregel.records.outbox import OutgoingMail, list_mail
from spelregel.settings import settings_from
from spelregel.storage.session import TenantSession, tenant_session
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
