"""A look that an administrator grants to support: as one person, for a reason, read only, until a moment that is set.

The grant makes a secret for one address; opening it, once, gives the browser a word of its own. Both stand here as hashes.
Rows stay: who let support look at whom, why and until when is part of the log.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import Account
from spelregel.records.login_sessions import digest
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

#: What entries of the audit are about when they belong to a grant.
ABOUT: Final = "support grant"
LONGEST_REASON: Final = 300


class SupportGrant(TenantRow):
    """`account_id`: as whom; `granted_by`: the account of the administrator. `ends_at`: until then, opened or not.
    `ended_at`: earlier than that; `ended_by` None with it: support stopped by itself."""

    __tablename__ = "support_grant"
    __table_args__ = (
        refers_to("account_id", "account"), refers_to("granted_by", "account"), refers_to("ended_by", "account"),
        Index(None, "tenant_id", "secret_hash"), Index(None, "tenant_id", "word_hash"), Index(None, "tenant_id", "granted_at"),
    )  # fmt: skip
    account_id: Mapped[str] = id_column()
    granted_by: Mapped[str] = id_column()
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    granted_at: Mapped[datetime] = mapped_column(UtcMoment)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)
    secret_hash: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    word_hash: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    ended_by: Mapped[str | None] = id_column(nullable=True)

    def is_live(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.ends_at


def grant_look(
    session: TenantSession, account_id: str, granted_by: str, reason: str, ends_at: datetime, now: datetime
) -> tuple[SupportGrant, str]:
    """With the secret for the address, which is nowhere else."""
    secret = secrets.token_urlsafe(32)
    grant = SupportGrant(
        account_id=account_id, granted_by=granted_by, reason=reason, granted_at=now, ends_at=ends_at, secret_hash=digest(secret),
        opened_at=None, word_hash=None, ended_at=None, ended_by=None,
    )  # fmt: skip
    session.add(grant)
    session.flush()
    return grant, secret


def find_offer(session: TenantSession, secret: str, now: datetime) -> SupportGrant | None:
    """What this secret still opens; None when it was used, is over, or never was."""
    found = session.scalars(select(SupportGrant).where(SupportGrant.secret_hash == digest(secret))).one_or_none()
    return found if found is not None and found.opened_at is None and _stands(session, found, now) else None


def open_look(
    session: TenantSession, secret: str, old_word: str | None, now: datetime
) -> tuple[SupportGrant, str] | None:
    """The grant, and its word for the browser. Of two that come at once, one gets it. The look that this browser was on
    ends. Only in a session that writes."""
    found = session.scalars(
        select(SupportGrant)
        .where(SupportGrant.secret_hash == digest(secret))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or found.opened_at is not None or not _stands(session, found, now):
        return None
    before = live_look(session, old_word, now) if old_word else None
    if before is not None:
        before.ended_at = now
    word = secrets.token_urlsafe(32)
    found.opened_at, found.word_hash = now, digest(word)
    return found, word


def live_look(session: TenantSession, word: str, now: datetime) -> SupportGrant | None:
    found = session.scalars(select(SupportGrant).where(SupportGrant.word_hash == digest(word))).one_or_none()
    return found if found is not None and _stands(session, found, now) else None


def _stands(session: TenantSession, grant: SupportGrant, now: datetime) -> bool:
    """Neither over, nor of an account that was closed: as whom, or of the administrator who granted it."""
    accounts = (session.get_one(Account, (session.tenant, each)) for each in (grant.account_id, grant.granted_by))
    return grant.is_live(now) and all(each.disabled_at is None for each in accounts)


def end_look(session: TenantSession, grant_id: str, by: str | None, now: datetime) -> SupportGrant | None:
    """At once, everywhere; None when there was nothing left to end. `by`: the administrator; None: support itself."""
    found = session.scalars(
        select(SupportGrant)
        .where(SupportGrant.id == grant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or not found.is_live(now):
        return None
    found.ended_at, found.ended_by = now, by
    return found


def list_grants(session: TenantSession, most: int) -> list[SupportGrant]:
    """The newest first."""
    newest = select(SupportGrant).order_by(SupportGrant.granted_at.desc(), SupportGrant.id)
    return list(session.scalars(newest.limit(most)))


def looks_as(session: TenantSession, account_id: str, most: int) -> list[SupportGrant]:
    """Those that were opened, the newest first: what the person may know."""
    opened = select(SupportGrant).where(SupportGrant.account_id == account_id, SupportGrant.opened_at.is_not(None))
    return list(session.scalars(opened.order_by(SupportGrant.opened_at.desc(), SupportGrant.id).limit(most)))


def grants_by_id(session: TenantSession, ids: Collection[str]) -> dict[str, SupportGrant]:
    if not ids:
        return {}
    return {each.id: each for each in session.scalars(select(SupportGrant).where(SupportGrant.id.in_(ids)))}
