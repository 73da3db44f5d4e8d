"""How an account stands, and closing and opening it: by staff, about somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from spelregel.records.accounts import Account, set_disabled
from spelregel.records.calendar_feeds import end_feed
from spelregel.records.login_sessions import end_all_of
from spelregel.records.one_time_links import drop_links, newest_link
from spelregel.records.passkeys import count_of, remove_all
from spelregel.records.second_proof import turn_off
from spelregel.records.staff import may_be_disabled
from spelregel.storage.session import TenantSession


@dataclass(frozen=True, slots=True)
class Standing:
    """`state`: "none" (there is no account), "disabled", "active", "invited", "due" (the invitation goes later) or
    "not invited"; `at`: since when, or when it goes."""

    state: str
    at: datetime | None = None

    @property
    def can_be_invited(self) -> bool:
        return self.state in ("invited", "due", "not invited")


def standing_of(session: TenantSession, account: Account | None) -> Standing:
    if account is None:
        return Standing("none")
    if account.disabled_at is not None:
        return Standing("disabled", account.disabled_at)
    if account.password_hash is not None:
        return Standing("active", account.activated_at)
    if (sent := newest_link(session, account.id, "activate")) is not None:
        return Standing("invited", sent.made_at)
    return Standing("due", account.invite_at) if account.invite_at is not None else Standing("not invited")


def close_account(session: TenantSession, account: Account, now: datetime, today: date) -> None:
    """At once, everywhere; links that were mailed and the address for a calendar stop working too, also when it is opened again. Raises LastAdministrator."""
    if account.employee_id is not None:
        may_be_disabled(session, account.employee_id, today)
    set_disabled(session, account.id, now)
    end_all_of(session, account.id)
    end_feed(session, account.id)
    drop_links(session, account.id)


def has_second_proof(session: TenantSession, account: Account) -> bool:
    """A code beside the password, or a passkey."""
    return account.totp_secret is not None or count_of(session, account.id) > 0


def take_off_second_proof(session: TenantSession, account: Account) -> None:
    """For who lost the telephone and the recovery codes: the password alone opens the account again. Passkeys lived on that
    telephone as likely as not; everybody is logged out."""
    turn_off(session, account.id)
    remove_all(session, account.id)
    end_all_of(session, account.id)


def open_account(session: TenantSession, account: Account) -> None:
    """With the password that it had."""
    set_disabled(session, account.id, None)
