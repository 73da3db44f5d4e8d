"""Who did what, when, as whom, from where. Rows are added and never changed: the database itself refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow
from spelregel.storage.session import TenantSession


@dataclass(frozen=True, slots=True)
class Actor:
    """`account_id` None: nobody was logged in. `through`: how it was done — "portal", "tablet", "support", "link", "program".
    `address`: the network address it came from; None for the program itself."""

    account_id: str | None
    through: str = "portal"
    address: str | None = None
    request_id: str | None = None


PROGRAM = Actor(None, "program")


class AuditEntry(TenantRow):
    """`action`: a word of ACTIONS. `about`: "account", "child", "guardian" … with its id; no names and no free text, so that
    the record may outlive the person. References are plain ids: what is erased elsewhere stays provable here."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "tenant_id", "at"), Index(None, "tenant_id", "child_id"))
    at: Mapped[datetime] = mapped_column(UtcMoment)
    action: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[str | None] = mapped_column(String(32))
    through: Mapped[str] = mapped_column(String(12))
    address: Mapped[str | None] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(32))
    about: Mapped[str | None] = mapped_column(String(20))
    about_id: Mapped[str | None] = mapped_column(String(64))
    child_id: Mapped[str | None] = mapped_column(String(32))


def record(
    session: TenantSession, actor: Actor, action: str, now: datetime, *, about: str | None = None,
    about_id: str | None = None, child_id: str | None = None,
) -> None:  # fmt: skip
    """In the transaction of what is recorded: both happen or neither."""
    session.add(
        AuditEntry(at=now, action=action, account_id=actor.account_id, through=actor.through, address=actor.address,
                   request_id=actor.request_id, about=about, about_id=about_id, child_id=child_id)
    )  # fmt: skip


def newest(session: TenantSession, *, before: datetime | None = None, limit: int = 100) -> list[AuditEntry]:
    found = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)
    return list(session.scalars(found if before is None else found.where(AuditEntry.at < before)))


def about_child(session: TenantSession, child_id: str, *, limit: int = 100) -> list[AuditEntry]:
    found = select(AuditEntry).where(AuditEntry.child_id == child_id)
    return list(session.scalars(found.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)))
