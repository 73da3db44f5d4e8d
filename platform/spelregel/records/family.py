"""Families, guardians and children. A child is seen by the guardians of its family."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession


class Family(TenantRow):
    __tablename__ = "family"
    name: Mapped[str] = mapped_column(String(80))


class Guardian(TenantRow):
    __tablename__ = "guardian"
    __table_args__ = (refers_to("family_id", "family"),)
    family_id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(200))


class Child(TenantRow):
    """`tone`: 0-5, the steady colour of this child's initials."""

    __tablename__ = "child"
    __table_args__ = (refers_to("family_id", "family"), Index(None, "tenant_id", "family_id"))
    family_id: Mapped[str] = id_column()
    first_name: Mapped[str] = mapped_column(String(60))
    last_name: Mapped[str] = mapped_column(String(80))
    born_on: Mapped[date]
    tone: Mapped[int]


def list_children(session: TenantSession, family_id: str) -> list[Child]:
    """Oldest first: the order that a family says them in."""
    return list(session.scalars(select(Child).where(Child.family_id == family_id).order_by(Child.born_on, Child.id)))


def lock_child(session: TenantSession, child_id: str) -> Child | None:
    """First statement of whatever spends or earns for a child: others wait until this transaction ends."""
    return session.scalars(select(Child).where(Child.id == child_id).with_for_update(key_share=True)).one_or_none()


def children_of_account(session: TenantSession, guardian_id: str) -> list[Child]:
    guardian = session.get(Guardian, (session.tenant, guardian_id))
    return list_children(session, guardian.family_id) if guardian else []
