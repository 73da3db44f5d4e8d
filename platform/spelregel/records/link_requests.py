"""Who asked for a new link by a user name, which may be nobody's: written down at once, and answered by mail a moment later.

The page only adds a row, whatever the name is, and so neither what it says nor how long it takes tells whose account exists.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import normal_username
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow
from spelregel.storage.session import TenantSession

AT_A_TIME = 50


class LinkRequest(TenantRow):
    __tablename__ = "link_request"
    username: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(UtcMoment)


def ask_for_link(session: TenantSession, username: str, now: datetime) -> None:
    session.add(LinkRequest(username=normal_username(username)[:200], asked_at=now))


def requests_wait(session: TenantSession) -> bool:
    return session.scalars(select(LinkRequest.id).limit(1)).first() is not None


def take_requests(session: TenantSession) -> list[str]:
    """The user names that were asked for, each once; the rows are gone when the caller commits. Of two who take at once
    each gets others: PostgreSQL skips what the other holds, and on SQLite only one can be writing."""
    oldest = select(LinkRequest).order_by(LinkRequest.asked_at, LinkRequest.id).limit(AT_A_TIME)
    rows = list(session.scalars(oldest.with_for_update(skip_locked=True)))
    for row in rows:
        session.delete(row)
    return list(dict.fromkeys(row.username for row in rows))
