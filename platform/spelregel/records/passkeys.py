"""Passkeys: a key on somebody's own device opens the account; here only its public half is kept. And the riddles set for it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.login_sessions import digest
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

MOST = 10  # of one account
RIDDLE_LIVES = timedelta(minutes=5)


class Passkey(TenantRow):
    """`credential_id` and `public_key` as the device gave them (WebAuthn level 3, COSE). `sign_count`: the device's own count
    of uses, 0 where it keeps none. `name`: what the person calls it."""

    __tablename__ = "passkey"
    __table_args__ = (
        refers_to("account_id", "account"), Index(None, "tenant_id", "account_id"),
        UniqueConstraint("tenant_id", "credential_id"),
    )  # fmt: skip
    account_id: Mapped[str] = id_column()
    credential_id: Mapped[str] = mapped_column(String(1400))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class PasskeyRiddle(TenantRow):
    """What the device has to sign, once and soon: `id` is its hash. `account_id`: who adds a passkey; None at the door."""

    __tablename__ = "passkey_riddle"
    __table_args__ = (refers_to("account_id", "account"), Index(None, "tenant_id", "ends_at"))
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str | None] = id_column(nullable=True)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)


def passkeys_of(session: TenantSession, account_id: str) -> list[Passkey]:
    found = select(Passkey).where(Passkey.account_id == account_id)
    return list(session.scalars(found.order_by(Passkey.made_at, Passkey.id)))


def find_passkey(session: TenantSession, credential_id: str) -> Passkey | None:
    return session.scalars(select(Passkey).where(Passkey.credential_id == credential_id)).one_or_none()


def count_of(session: TenantSession, account_id: str) -> int:
    return session.scalars(select(func.count(Passkey.id)).where(Passkey.account_id == account_id)).one()


def remove_passkey(session: TenantSession, account_id: str, passkey_id: str) -> bool:
    """False when this account has no such passkey."""
    found = session.scalars(
        select(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account_id)
    ).one_or_none()
    if found is not None:
        session.delete(found)
    return found is not None


def remove_all(session: TenantSession, account_id: str) -> int:
    """How many there were."""
    return session.count_changed(delete(Passkey).where(Passkey.account_id == account_id))


def set_riddle(session: TenantSession, account_id: str | None, now: datetime) -> bytes:
    """32 random bytes for the device to sign."""
    session.execute(delete(PasskeyRiddle).where(PasskeyRiddle.ends_at <= now))
    riddle = secrets.token_bytes(32)
    session.add(PasskeyRiddle(id=digest(riddle.hex()), account_id=account_id, ends_at=now + RIDDLE_LIVES))
    return riddle


def take_riddle(session: TenantSession, riddle: bytes, account_id: str | None, now: datetime) -> bool:
    """Whether it was set here, for this account, and not answered yet; it cannot be answered again. In a session that writes."""
    found = session.scalars(
        select(PasskeyRiddle).where(PasskeyRiddle.id == digest(riddle.hex())).with_for_update()
    ).one_or_none()
    if found is None or found.account_id != account_id or found.ends_at <= now:
        return False
    session.delete(found)
    session.flush()
    return True
