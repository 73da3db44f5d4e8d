"""Families, guardians and children. A child is seen by the guardians who have custody of it, and by nobody who is barred.

A family is the household that is billed together. Guardians of one child may live apart: each has an own row and an own
account, and sees neither address, telephone, bank account nor remarks of the other.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession


class Family(TenantRow):
    __tablename__ = "family"
    name: Mapped[str] = mapped_column(String(80))


class Guardian(TenantRow):
    """`remarks`: what the organisation noted about this guardian, for staff."""

    __tablename__ = "guardian"
    __table_args__ = (refers_to("family_id", "family"),)
    family_id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(200))
    bank_account: Mapped[str | None] = mapped_column(String(34))
    remarks: Mapped[str | None] = mapped_column(String(1000))


class Custody(TenantRow):
    """A guardian and a child. `barred_at`: since then the guardian sees and does nothing about this child (a court's order)."""

    __tablename__ = "custody"
    __table_args__ = (
        refers_to("guardian_id", "guardian"), refers_to("child_id", "child"),
        UniqueConstraint("tenant_id", "guardian_id", "child_id"), Index(None, "tenant_id", "child_id"),
    )  # fmt: skip
    guardian_id: Mapped[str] = id_column()
    child_id: Mapped[str] = id_column()
    barred_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class Child(TenantRow):
    """`tone`: 0-5, the steady colour of this child's initials. `mentor_id`: the employee who is its mentor."""

    __tablename__ = "child"
    __table_args__ = (
        refers_to("family_id", "family"), refers_to("mentor_id", "employee"), Index(None, "tenant_id", "family_id")
    )  # fmt: skip
    family_id: Mapped[str] = id_column()
    first_name: Mapped[str] = mapped_column(String(60))
    last_name: Mapped[str] = mapped_column(String(80))
    born_on: Mapped[date]
    tone: Mapped[int]
    mentor_id: Mapped[str | None] = id_column(nullable=True)


def lock_child(session: TenantSession, child_id: str) -> Child | None:
    """First statement of whatever spends or earns for a child: others wait until this transaction ends."""
    return session.scalars(select(Child).where(Child.id == child_id).with_for_update(key_share=True)).one_or_none()


def children_of_guardian(session: TenantSession, guardian_id: str) -> list[Child]:
    """Oldest first: the order that a family says them in. Asked anew for every request, so that a bar works at once."""
    found = (
        select(Child)
        .join(Custody, (Custody.child_id == Child.id) & (Custody.tenant_id == Child.tenant_id))
        .where(Custody.guardian_id == guardian_id, Custody.barred_at.is_(None))
    )
    return list(session.scalars(found.order_by(Child.born_on, Child.id)))


def list_children(session: TenantSession, child_ids: Collection[str]) -> list[Child]:
    return list(session.scalars(select(Child).where(Child.id.in_(child_ids)).order_by(Child.born_on, Child.id)))


def guardians_of_child(session: TenantSession, child_id: str) -> list[tuple[Guardian, Custody]]:
    """Also who is barred: for staff."""
    found = (
        select(Guardian, Custody)
        .join(Custody, (Custody.guardian_id == Guardian.id) & (Custody.tenant_id == Guardian.tenant_id))
        .where(Custody.child_id == child_id)
    )
    return [(row[0], row[1]) for row in session.execute(found.order_by(Guardian.name, Guardian.id))]


def guardians_of_children(
    session: TenantSession, child_ids: Collection[str]
) -> dict[str, list[tuple[Guardian, Custody]]]:
    """`guardians_of_child` of each."""
    rows = session.execute(
        select(Guardian, Custody)
        .join(Custody, (Custody.guardian_id == Guardian.id) & (Custody.tenant_id == Guardian.tenant_id))
        .where(Custody.child_id.in_(child_ids))
        .order_by(Guardian.name, Guardian.id)
    )
    found: dict[str, list[tuple[Guardian, Custody]]] = {child_id: [] for child_id in child_ids}
    for guardian, custody in rows:
        found[custody.child_id].append((guardian, custody))
    return found


def bar(session: TenantSession, guardian_id: str, child_id: str, since: datetime | None) -> bool:
    """By a court's order, at once; None lifts it. False when there is no such custody."""
    found = session.scalars(
        select(Custody).where(Custody.guardian_id == guardian_id, Custody.child_id == child_id)
    ).one_or_none()
    if found is None:
        return False
    found.barred_at = since
    return True
