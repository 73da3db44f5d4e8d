"""The private address at which a guardian's own calendar fetches the family's days. One per account; a new one ends the old.

Whoever had the account in their hands can have made it: what logs everybody out ends it too."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import Account, lock_account
from spelregel.records.login_sessions import digest
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

FETCHED_EVERY: Final = timedelta(hours=1)  # how exactly it is known when a calendar last asked


class CalendarFeed(TenantRow):
    """`id` is the hash of the secret in the address: who reads this table cannot fetch with it."""

    __tablename__ = "calendar_feed"
    __table_args__ = (UniqueConstraint("tenant_id", "account_id"), refers_to("account_id", "account"))
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = id_column()
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    with_deadlines: Mapped[bool]


def make_feed(session: TenantSession, account_id: str, now: datetime, *, with_deadlines: bool) -> str:
    """The secret for the address; it is known from here on to nobody but who is told it."""
    lock_account(session, account_id)
    end_feed(session, account_id)
    secret = secrets.token_urlsafe(32)
    session.add(CalendarFeed(id=digest(secret), account_id=account_id, made_at=now, with_deadlines=with_deadlines))
    return secret


def end_feed(session: TenantSession, account_id: str) -> bool:
    """False where there was none."""
    return session.count_changed(delete(CalendarFeed).where(CalendarFeed.account_id == account_id)) > 0


def feed_of(session: TenantSession, account_id: str) -> CalendarFeed | None:
    return session.scalars(select(CalendarFeed).where(CalendarFeed.account_id == account_id)).one_or_none()


def find_feed(session: TenantSession, secret: str) -> tuple[CalendarFeed, Account] | None:
    """None where there is none, and of an account that was closed."""
    row = session.execute(
        select(CalendarFeed, Account)
        .join(Account, (Account.id == CalendarFeed.account_id) & (Account.tenant_id == CalendarFeed.tenant_id))
        .where(CalendarFeed.id == digest(secret), Account.disabled_at.is_(None), Account.guardian_id.is_not(None))
    ).one_or_none()
    return (row[0], row[1]) if row else None


def feed_fetched(session: TenantSession, feed_id: str, now: datetime) -> None:
    session.execute(update(CalendarFeed).where(CalendarFeed.id == feed_id).values(fetched_at=now))
