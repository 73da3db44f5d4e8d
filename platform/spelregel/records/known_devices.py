"""Devices on which an account was logged in before: a flood of guesses from elsewhere does not lock these out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import Account
from spelregel.records.login_sessions import digest
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

KEPT = timedelta(days=365)


class KnownDevice(TenantRow):
    """`word_hash`: of a word in a cookie of its own, that outlives the log-in and opens nothing."""

    __tablename__ = "known_device"
    __table_args__ = (refers_to("account_id", "account"), Index(None, "tenant_id", "word_hash"))
    word_hash: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str] = id_column()
    seen_at: Mapped[datetime] = mapped_column(UtcMoment)


def knows(session: TenantSession, word: str | None, accounts: Sequence[Account], now: datetime) -> bool:
    if word is None or not accounts:
        return False
    found = select(KnownDevice.id).where(
        KnownDevice.word_hash == digest(word), KnownDevice.account_id.in_([each.id for each in accounts]),
        KnownDevice.seen_at > now - KEPT,
    )  # fmt: skip
    return session.scalars(found.limit(1)).first() is not None


def remember_device(session: TenantSession, word: str | None, account: Account, now: datetime) -> str:
    """The word for the device's cookie: the one that it has, or a new one."""
    session.execute(delete(KnownDevice).where(KnownDevice.account_id == account.id, KnownDevice.seen_at <= now - KEPT))
    word = word or secrets.token_urlsafe(24)
    found = session.scalars(
        select(KnownDevice).where(KnownDevice.word_hash == digest(word), KnownDevice.account_id == account.id)
    ).first()
    if found is None:
        session.add(KnownDevice(word_hash=digest(word), account_id=account.id, seen_at=now))
    else:
        found.seen_at = now
    return word


def forget_devices(session: TenantSession, account_id: str) -> None:
    """Of an account whose password may have been in other hands."""
    session.execute(delete(KnownDevice).where(KnownDevice.account_id == account_id))
