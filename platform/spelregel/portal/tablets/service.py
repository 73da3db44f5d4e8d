"""A code becomes a paired tablet, and a PIN on a paired tablet an account: counted before they are looked at."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from sqlalchemy import Engine

from spelregel.records import passwords, pins
from spelregel.records.accounts import Account
from spelregel.records.audit import Actor, record
from spelregel.records.guesses import PER_ADDRESS, PER_SUBJECT, forgive, subject_of, take_guess
from spelregel.records.tablets import Tablet, pair
from spelregel.storage.session import tenant_session
from spelregel.tenancy.tenant import Tenant


class Refused(Enum):
    WRONG = "wrong"
    TOO_OFTEN = "too often"
    CLOSED = "closed"


def pair_tablet(
    engine: Engine, tenant: Tenant, code: str, address: str, actor: Actor, now: datetime
) -> tuple[Tablet, str] | Refused:
    """The tablet, and the word for its cookie."""
    with tenant_session(engine, tenant.slug, writing=True) as session:
        limits = {
            subject_of(session, "pairing", address): PER_SUBJECT,
            subject_of(session, "address", address): PER_ADDRESS,
        }
        made = take_guess(session, limits, now)
        if made is None:
            return Refused.TOO_OFTEN
        paired = pair(session, code, now)
        if paired is None:
            return Refused.WRONG
        forgive(session, made)
        record(session, actor, "paired a tablet", now, about="tablet", about_id=paired[0].id)
        session.commit()
        return paired


def prove_by_pin(
    engine: Engine, tenant: Tenant, tablet: Tablet, account: Account, pin: str, actor: Actor, now: datetime
) -> Refused | None:
    """None when the PIN is this employee's. Sessions of its own: hashing takes long, and nobody should wait for it."""
    with tenant_session(engine, tenant.slug, writing=True) as counting:
        limits = {
            subject_of(counting, "PIN", account.id): pins.PER_EMPLOYEE,
            subject_of(counting, "tablet", tablet.id): pins.PER_TABLET,
        }
        made = take_guess(counting, limits, now)
        if made is None:
            return Refused.TOO_OFTEN
        looked_at = pins.count_miss(counting, account.id)
        counting.commit()
        kept = counting.get_one(Account, (tenant.slug, account.id), populate_existing=True)
        counting.commit()
    if not looked_at:
        return Refused.CLOSED
    right = passwords.matches(kept.pin_hash, pin)
    with tenant_session(engine, tenant.slug, writing=True) as counting:
        if right:
            forgive(counting, made)
            pins.forgive_misses(counting, account.id)
        elif pins.is_closed(kept):
            record(counting, actor, "closed a PIN", now, about="account", about_id=account.id)
        counting.commit()
    if right:
        return None
    return Refused.CLOSED if pins.is_closed(kept) else Refused.WRONG
