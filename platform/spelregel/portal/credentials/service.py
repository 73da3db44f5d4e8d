"""Changes of a password, an address or a second proof. Who asks proves first who it is, and each guess is counted before it
is looked at; sessions of their own, so that nobody waits for a slow hash with the write lock held."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final

from sqlalchemy import Engine

from spelregel.notify import account_changes
from spelregel.records import accounts, known_devices, login_sessions, one_time_links, passkeys, second_proof
from spelregel.records.accounts import Account
from spelregel.records.audit import Actor, record
from spelregel.records.calendar_feeds import end_feed
from spelregel.records.guesses import PER_ADDRESS, PER_SUBJECT, forgive, subject_of, take_guess
from spelregel.records.outbox import MailRefused, checked_address
from spelregel.records.passwords import matches, objection
from spelregel.records.people import person_of, set_email
from spelregel.rules.message import Message, msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession, tenant_session
from spelregel.tenancy.tenant import Tenant

ADDRESSES_PER_WINDOW: Final = (
    5  # changes of address that one account can ask for: each sends mail to a stranger's address
)

OWN_PASSWORD, OTHER_PASSWORD, SECOND_PROOF = "own password", "other's password", "second proof"


class Refused(Enum):
    WRONG = "wrong"
    TOO_OFTEN = "too often"


# ---- proofs


def prove(
    engine: Engine, account: Account, kind: str, is_right: Callable[[], bool], address: str, now: datetime
) -> Refused | None:
    """None when the proof was right. `kind`: what is guessed at, such as OWN_PASSWORD."""
    with tenant_session(engine, account.tenant_id, writing=True) as counting:
        limits = {subject_of(counting, kind, account.id): PER_SUBJECT, subject_of(counting, "address", address): PER_ADDRESS}  # fmt: skip
        made = take_guess(counting, limits, now)
    if made is None:
        return Refused.TOO_OFTEN
    if not is_right():
        return Refused.WRONG
    with tenant_session(engine, account.tenant_id, writing=True) as counting:
        forgive(counting, made)
        counting.commit()
    return None


def prove_password(engine: Engine, account: Account, password: str, address: str, now: datetime) -> Refused | None:
    return prove(engine, account, OWN_PASSWORD, lambda: matches(account.password_hash, password), address, now)


def prove_code(
    engine: Engine, account: Account, code: str, address: str, now: datetime, clock: datetime
) -> Refused | None:
    """`clock`: the real time, which the app follows."""

    def is_right() -> bool:
        with tenant_session(engine, account.tenant_id, writing=True) as using:
            used = second_proof.use_code(using, account.id, code, clock)
            using.commit()
            return used

    return prove(engine, account, SECOND_PROOF, is_right, address, now)


def prove_recovery_code(engine: Engine, account: Account, code: str, address: str, now: datetime) -> Refused | None:
    def is_right() -> bool:
        with tenant_session(engine, account.tenant_id, writing=True) as using:
            used = second_proof.use_recovery_code(using, account.id, code, now)
            using.commit()
            return used

    return prove(engine, account, SECOND_PROOF, is_right, address, now)


def confirm_app(
    engine: Engine, account: Account, code: str, address: str, now: datetime, clock: datetime
) -> list[str] | Refused:
    """The recovery codes of a second proof that is on from now on."""
    codes: list[str] = []

    def is_right() -> bool:
        with tenant_session(engine, account.tenant_id, writing=True) as confirming:
            codes.extend(second_proof.confirm(confirming, account.id, code, clock) or ())
            confirming.commit()
            return bool(codes)

    return prove(engine, account, SECOND_PROOF, is_right, address, now) or codes


# ---- a new password


def objection_to(
    session: TenantSession, tenant: Tenant, account: Account, children: list[str], password: str
) -> Message | None:
    """What everybody knows of this person is no password."""
    person = person_of(session, account)
    return objection(
        password, [account.username, person.name, person.email, tenant.name, *person.name.split(), *children]
    )


def is_nobody_elses(engine: Engine, account: Account, password: str, address: str, now: datetime) -> Refused | None:
    """Of a household that shares a user name. That a password is refused tells that another guardian has it, so that each
    try counts as a guess at it."""

    def is_right() -> bool:
        with tenant_session(engine, account.tenant_id) as reading:
            return not accounts.taken_by_another(reading, account, password)

    return prove(engine, account, OTHER_PASSWORD, is_right, address, now)


def change_password(session: TenantSession, account: Account, password: str, keep: str, now: datetime) -> bool:
    """Ends every other session of the account but `keep`, the address for a calendar, and links that were mailed before. False when another guardian of
    the household logs in with this very password."""
    accounts.lock_household(session, account)
    if accounts.taken_by_another(session, account, password):
        return False
    accounts.set_password(session, account.id, password, now)
    login_sessions.end_all_of(session, account.id, but=keep)
    end_feed(session, account.id)
    one_time_links.drop_links(session, account.id, "reset", "email")
    return True


# ---- another e-mail address


def logs_in_with_address(tenant: Tenant, account: Account) -> bool:
    return account.is_staff or tenant.login.username == "email"


def may_ask_for_address(engine: Engine, account: Account, now: datetime) -> bool:
    with tenant_session(engine, account.tenant_id, writing=True) as counting:
        return take_guess(counting, {subject_of(counting, "new address", account.id): ADDRESSES_PER_WINDOW}, now) is not None  # fmt: skip


def own_address(typed: str, known: str) -> str | Message:
    """As mail servers write it, or why it cannot be the new one."""
    try:
        address = checked_address(typed)
    except MailRefused as refused:
        return refused.sentence
    return msg("This is the address that we have already.") if address.lower() == known.lower() else address


def ask_for_address(
    session: TenantSession, tenant: Tenant, account: Account, address: str, now: datetime, settings: Settings
) -> None:
    """A link to the new address, and one to the old address that stops it. Who asks does not notice whether the new one
    belongs to somebody else's account: then the mail to it says so, and has no link."""
    others = [each for each in accounts.accounts_named(session, address) if each.id != account.id]
    if logs_in_with_address(tenant, account) and others:
        account_changes.address_is_taken(session, tenant, others[0], address, now, settings)
    else:
        secret = one_time_links.make_link(session, account.id, "email", now, value=address)
        account_changes.confirm_address(session, tenant, account, address, secret, now, settings)
    account_changes.address_was_asked(session, tenant, account, _way_back(session, account, now), now, settings)


def _way_back(session: TenantSession, account: Account, now: datetime) -> str:
    return one_time_links.make_link(session, account.id, "undo_email", now, value=person_of(session, account).email)


def confirm_address(
    session: TenantSession, tenant: Tenant, secret: str, now: datetime, actor: Actor, settings: Settings
) -> str | None:
    """The new address; None when the link does not work (any more)."""
    account, address = _behind(session, secret, "email", now)
    if account is None or (logs_in_with_address(tenant, account) and accounts.is_taken(session, account, address)):
        return None
    old, way_back = person_of(session, account).email, _way_back(session, account, now)
    account_changes.address_was_changed(session, tenant, account, old, way_back, now, settings)
    set_email(session, account, address, is_username=logs_in_with_address(tenant, account))
    one_time_links.drop_links(session, account.id, "reset")  # went to the old address
    account_changes.address_is_yours(session, tenant, account, now, settings)
    record(session, actor, "email changed", now, about="account", about_id=account.id)
    return address


def undo_address(
    session: TenantSession, tenant: Tenant, secret: str, now: datetime, actor: Actor, settings: Settings
) -> bool:
    """Whoever asked for the other address knew the password: it opens nothing any more, and everybody is logged out."""
    account, address = _behind(session, secret, "undo_email", now)
    if account is None:
        return False
    is_username = logs_in_with_address(tenant, account)
    set_email(session, account, address, is_username=is_username and not accounts.is_taken(session, account, address))
    accounts.set_password(session, account.id, secrets.token_urlsafe(32), now)
    login_sessions.end_all_of(session, account.id)
    end_feed(session, account.id)
    known_devices.forget_devices(session, account.id)
    one_time_links.drop_links(session, account.id)
    passkeys.remove_all(session, account.id)
    account_changes.address_was_given_back(session, tenant, account, now, settings)
    record(session, actor, "email change undone", now, about="account", about_id=account.id)
    return True


def _behind(session: TenantSession, secret: str, purpose: str, now: datetime) -> tuple[Account | None, str]:
    link = one_time_links.use_link(session, secret, purpose, now)
    account = session.get_one(Account, (session.tenant, link.account_id)) if link else None
    return (None, "") if link is None or account is None or account.disabled_at else (account, link.value or "")
