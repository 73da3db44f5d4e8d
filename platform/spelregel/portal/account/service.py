"""A user name and a password become an account: counted before they are looked at, and as slow for a name that is not there."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from sqlalchemy import Engine

from spelregel.records import accounts, known_devices
from spelregel.records.accounts import HOUSEHOLD, Account, accounts_named, normal_username
from spelregel.records.guesses import PER_ADDRESS, PER_SUBJECT, forgive, subject_of, take_guess
from spelregel.storage.session import tenant_session
from spelregel.tenancy.tenant import Tenant


class Refused(Enum):
    WRONG = "wrong"
    TOO_OFTEN = "too often"


def log_in_with_password(
    engine: Engine, tenant: Tenant, username: str, password: str, address: str, known_word: str | None, now: datetime
) -> Account | Refused:
    """Sessions of its own: hashing takes long, and nobody should wait for it with the write lock held.

    Guesses are counted per user name, apart for devices on which one of its accounts was logged in before, and per address.
    """
    with tenant_session(engine, tenant.slug) as reading:
        named = accounts_named(reading, username)
        known = known_devices.knows(reading, known_word, named, now)
    with tenant_session(engine, tenant.slug, writing=True) as counting:
        guessed_at = subject_of(counting, "known device" if known else "login", normal_username(username))
        limits = {guessed_at: PER_SUBJECT, subject_of(counting, "address", address): PER_ADDRESS}
        made = take_guess(counting, limits, now)
    if made is None:
        return Refused.TOO_OFTEN
    looks = HOUSEHOLD if tenant.login.username == "debtor_number" else 1
    found = accounts.owner_of(named, password, looks=looks)
    if found is None:
        return Refused.WRONG
    with tenant_session(engine, tenant.slug, writing=True) as counting:
        forgive(counting, made)
        counting.commit()
    return found
