"""Links that work once: a secret in a mail, its hash in a row, bound to the organisation, the account and one purpose."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from sqlalchemy import Index, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.login_sessions import digest
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

#: What a link is for, and how long it lives. "undo_email" goes to the address from before and gives it back.
LIVES: Final = MappingProxyType(
    {
        "activate": timedelta(days=42), "reset": timedelta(hours=2),
        "email": timedelta(days=2), "undo_email": timedelta(days=7),
    }
)  # fmt: skip
#: Of these all work that were made: who takes over an account must not be able to silence them by asking for one more.
SIDE_BY_SIDE: Final = ("undo_email",)
KEPT = timedelta(days=90)  # a link that is over is remembered so long, to be able to say so


class OneTimeLink(TenantRow):
    """`id` is the hash of the secret in the address. `value`: the e-mail address that an "email" or "undo_email" link sets."""

    __tablename__ = "one_time_link"
    __table_args__ = (refers_to("account_id", "account"), Index(None, "tenant_id", "account_id"))
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = id_column()
    purpose: Mapped[str] = mapped_column(String(10))
    value: Mapped[str | None] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


def make_link(session: TenantSession, account_id: str, purpose: str, now: datetime, *, value: str | None = None) -> str:
    """The secret for the address. Earlier links of the same purpose stop working, so that only the last mail counts, but for
    those of SIDE_BY_SIDE."""
    if purpose not in SIDE_BY_SIDE:
        drop_links(session, account_id, purpose)
    session.execute(delete(OneTimeLink).where(OneTimeLink.account_id == account_id, OneTimeLink.ends_at < now - KEPT))
    secret = secrets.token_urlsafe(32)
    session.add(OneTimeLink(id=digest(secret), account_id=account_id, purpose=purpose, value=value, made_at=now,
                            ends_at=now + LIVES[purpose], used_at=None))  # fmt: skip
    return secret


def find_link(session: TenantSession, secret: str, purpose: str, now: datetime) -> OneTimeLink | None:
    """None when it does not exist here, is for something else, was used, or is too old."""
    found = select(OneTimeLink).where(
        OneTimeLink.id == digest(secret), OneTimeLink.purpose == purpose,
        OneTimeLink.used_at.is_(None), OneTimeLink.ends_at > now,
    )  # fmt: skip
    return session.scalars(found).one_or_none()


def use_link(session: TenantSession, secret: str, purpose: str, now: datetime) -> OneTimeLink | None:
    """Takes the link out of use: of two that come at once, one gets it. Only in a session that writes."""
    found = session.scalars(
        select(OneTimeLink)
        .where(OneTimeLink.id == digest(secret), OneTimeLink.purpose == purpose)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or found.used_at is not None or found.ends_at <= now:
        return None
    found.used_at = now
    return found


def newest_link(session: TenantSession, account_id: str, purpose: str) -> OneTimeLink | None:
    """The last one that was made for this, whatever became of it."""
    made = select(OneTimeLink).where(OneTimeLink.account_id == account_id, OneTimeLink.purpose == purpose)
    return session.scalars(made.order_by(OneTimeLink.made_at.desc(), OneTimeLink.id).limit(1)).one_or_none()


def drop_links(session: TenantSession, account_id: str, *purposes: str) -> None:
    """Unused links of these purposes; all when none is named."""
    gone = delete(OneTimeLink).where(OneTimeLink.account_id == account_id, OneTimeLink.used_at.is_(None))
    session.execute(gone.where(OneTimeLink.purpose.in_(purposes)) if purposes else gone)
