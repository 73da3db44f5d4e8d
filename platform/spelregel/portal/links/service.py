"""A link from a mail and a new password become an account that can log in.

What takes long (estimating and hashing) is done before the session that writes: nobody waits for it with the write lock held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from spelregel.notify.new_passwords import tell_password_changed
from spelregel.records import accounts, known_devices, login_sessions, passkeys, passwords
from spelregel.records.accounts import Account, accounts_named, taken_by_another
from spelregel.records.audit import Actor, record
from spelregel.records.calendar_feeds import end_feed
from spelregel.records.guesses import PER_ADDRESS, PER_SUBJECT, subject_of, take_guess
from spelregel.records.link_requests import ask_for_link
from spelregel.records.one_time_links import drop_links, find_link, use_link
from spelregel.records.people import Person, person_of
from spelregel.rules.message import Message, msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession, tenant_session
from spelregel.tenancy.tenant import Tenant

MAILS = 3  # that can be asked for one user name in a quarter of an hour
MAILS_PER_ADDRESS = 30

TOO_OFTEN = msg("Too many tries. Wait a quarter of an hour, and try again.")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose link it is."""

    account: Account
    person: Person


def holder_of(session: TenantSession, purpose: str, secret: str, now: datetime) -> Holder | None:
    """None for every link that does not work: unknown, of another organisation or purpose, used, too old, replaced by a later
    one, or of an account that is closed; and for an activation of who is active already."""
    link = find_link(session, secret, purpose, now)
    account = session.get(Account, (session.tenant, link.account_id)) if link else None
    if account is None or account.disabled_at is not None or (account.password_hash is None) != (purpose == "activate"):
        return None
    return Holder(account, person_of(session, account))


def objection_to(
    engine: Engine, tenant: Tenant, holder: Holder, password: str, again: str, address: str, now: datetime
) -> Message | None:
    """Why this cannot be the password. Whether another one of the household has it is a guess at that, and counts as one,
    also when it has not: a link is no better way to try than the log-in page."""
    account, person = holder.account, holder.person
    if password != again:
        return msg("These are not the same. Type your new password twice.")
    if problem := passwords.objection(password, (person.name, person.email, account.username, tenant.name)):
        return problem
    with tenant_session(engine, tenant.slug) as reading:
        if len(accounts_named(reading, account.username)) <= 1:
            return None
    with tenant_session(engine, tenant.slug, writing=True) as counting:
        limits = {
            subject_of(counting, "household", account.username): PER_SUBJECT,
            subject_of(counting, "address", address): PER_ADDRESS,
        }
        if take_guess(counting, limits, now) is None:
            return TOO_OFTEN
    with tenant_session(engine, tenant.slug) as reading:
        taken = taken_by_another(reading, account, password)
    return msg("This password cannot be used here. Take another one.") if taken else None


def activate(session: TenantSession, secret: str, password_hash: str, now: datetime, actor: Actor) -> Account | None:
    """The caller commits. None when the link was used meanwhile: of two at once, one gets it."""
    account = _set_by_link(session, "activate", secret, password_hash, now)
    if account is not None:
        record(session, _as(account, actor), "activated", now, about="account", about_id=account.id)
    return account


def reset(
    session: TenantSession, tenant: Tenant, secret: str, password_hash: str, now: datetime, actor: Actor, settings: Settings
) -> Account | None:  # fmt: skip
    """A new password because the old one is not known any more, or in other hands: everybody who was logged in with it is
    out, the address for a calendar ends, no device is known and no passkey opens the account any more, and the person is told by mail. The caller commits."""
    account = _set_by_link(session, "reset", secret, password_hash, now)
    if account is not None:
        login_sessions.end_all_of(session, account.id)
        end_feed(session, account.id)
        known_devices.forget_devices(session, account.id)
        record(session, _as(account, actor), "password reset", now, about="account", about_id=account.id)
        had_passkeys = passkeys.remove_all(session, account.id) > 0
        tell_password_changed(session, tenant, account, now, settings, had_passkeys=had_passkeys)
    return account


def _set_by_link(
    session: TenantSession, purpose: str, secret: str, password_hash: str, now: datetime
) -> Account | None:
    link = use_link(session, secret, purpose, now)
    if link is None or (holder := session.get(Account, (session.tenant, link.account_id))) is None:
        return None
    if holder.disabled_at is not None or (holder.password_hash is None) != (purpose == "activate"):
        return None
    drop_links(session, holder.id, "activate", "reset", "email")  # what undoes a change of address keeps working
    accounts.keep_password(session, holder.id, password_hash, now)
    return holder


def _as(account: Account, actor: Actor) -> Actor:
    return Actor(account.id, "link", actor.address, actor.request_id)


def ask(engine: Engine, slug: str, username: str, address: str, now: datetime) -> bool:
    """False when this was asked too often. The same work for every name: see `link_requests`."""
    with tenant_session(engine, slug, writing=True) as session:
        name = accounts.normal_username(username)
        limits = {
            subject_of(session, "link", name): MAILS,
            subject_of(session, "link address", address): MAILS_PER_ADDRESS,
        }
        if take_guess(session, limits, now) is None:
            return False
        ask_for_link(session, name, now)
        session.commit()
        return True
