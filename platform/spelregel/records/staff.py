"""People who work for an organisation: what each may do follows from the role, and where from the employment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Index, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.family import Child
from spelregel.records.locations import CareGroup
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession


class Employee(TenantRow):
    __tablename__ = "employee"
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(200))


class Employment(TenantRow):
    """One role at one place. `location_id` None: everywhere in the organisation; `group_id` None: every group of the location.

    `role`: one of rights.STAFF. `ends_on`: the last day on which it counts; None while there is none.
    """

    __tablename__ = "employment"
    __table_args__ = (
        refers_to("employee_id", "employee"),
        refers_to("location_id", "location"),
        refers_to("group_id", "care_group"),
        Index(None, "tenant_id", "employee_id"),
    )
    employee_id: Mapped[str] = id_column()
    role: Mapped[str] = mapped_column(String(20))
    location_id: Mapped[str | None] = id_column(nullable=True)
    group_id: Mapped[str | None] = id_column(nullable=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


def employments_on(session: TenantSession, employee_id: str, day: date) -> list[Employment]:
    """What counts on that day: rights follow at once when an employment ends."""
    found = select(Employment).where(
        Employment.employee_id == employee_id,
        Employment.starts_on <= day,
        or_(Employment.ends_on.is_(None), Employment.ends_on >= day),
    )
    return list(session.scalars(found.order_by(Employment.starts_on, Employment.id)))


def groups_within(session: TenantSession, employments: Sequence[Employment]) -> set[str]:
    """The ids of the groups that these employments reach."""
    found = set()
    for group in session.scalars(select(CareGroup)):
        for each in employments:
            if each.location_id in (None, group.location_id) and each.group_id in (None, group.id):
                found.add(group.id)
    return found


def children_within(session: TenantSession, employments: Sequence[Employment], day: date) -> list[Child]:
    """The children who have a place, on that day or later, in a group that these employments reach; by first name."""
    groups = groups_within(session, employments)
    if not groups:
        return []
    placed = (
        select(Contract.child_id)
        .join(
            ContractDaypart,
            (ContractDaypart.contract_id == Contract.id) & (ContractDaypart.tenant_id == Contract.tenant_id),
        )
        .where(ContractDaypart.group_id.in_(groups), or_(Contract.ends_on.is_(None), Contract.ends_on >= day))
    )
    children = select(Child).where(Child.id.in_(placed))
    return list(session.scalars(children.order_by(Child.first_name, Child.last_name, Child.id)))
