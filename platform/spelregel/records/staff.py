"""People who work for an organisation: what each may do follows from the role, and where from the employment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import Index, Select, String, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import Account
from spelregel.records.family import Child
from spelregel.records.locations import CareGroup, Place, list_places
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


def children_in(session: TenantSession, groups: Collection[str], day: date) -> list[Child]:
    """The children who have a place in one of these groups, on that day or later; by first name."""
    if not groups:
        return []
    placed = _placed(groups, day)
    children = select(Child).where(Child.id.in_(placed))
    return list(session.scalars(children.order_by(Child.first_name, Child.last_name, Child.id)))


def children_within(session: TenantSession, employments: Sequence[Employment], day: date) -> list[Child]:
    """Those in a group that these employments reach."""
    return children_in(session, groups_within(session, employments), day)


def child_in(session: TenantSession, groups: Collection[str], child_id: str, day: date) -> Child | None:
    """This child when it is among `children_in`: who may not see it cannot tell it from one that does not exist."""
    own = select(Child).where(Child.id == child_id, Child.id.in_(_placed(groups, day)))
    return session.scalars(own).one_or_none()


def _placed(groups: Collection[str], day: date) -> Select[str]:
    return (
        select(Contract.child_id)
        .join(
            ContractDaypart,
            (ContractDaypart.contract_id == Contract.id) & (ContractDaypart.tenant_id == Contract.tenant_id),
        )
        .where(ContractDaypart.group_id.in_(groups), or_(Contract.ends_on.is_(None), Contract.ends_on >= day))
    )


def places_of_children(
    session: TenantSession, children: Sequence[Child], groups: Collection[str], day: date
) -> dict[str, set[str]]:
    """Group -> the ids of these children who have a place in it, on that day or later."""
    rows = session.execute(
        select(ContractDaypart.group_id, Contract.child_id)
        .join(
            Contract, (Contract.id == ContractDaypart.contract_id) & (Contract.tenant_id == ContractDaypart.tenant_id)
        )
        .where(
            ContractDaypart.group_id.in_(groups),
            Contract.child_id.in_([child.id for child in children]),
            or_(Contract.ends_on.is_(None), Contract.ends_on >= day),
        )
    )
    found: dict[str, set[str]] = {}
    for group_id, child_id in rows:
        found.setdefault(group_id, set()).add(child_id)
    return found


def places_within(session: TenantSession, employments: Sequence[Employment]) -> list[Place]:
    """The locations that these employments reach as a whole, and the groups."""

    def reached(place: Place, by: Employment) -> bool:
        return by.location_id in (None, place.location.id) and (
            by.group_id is None or (place.group is not None and by.group_id == place.group.id)
        )

    return [place for place in list_places(session) if any(reached(place, each) for each in employments)]


# Who works here


def list_employees(session: TenantSession) -> list[Employee]:
    return list(session.scalars(select(Employee).order_by(Employee.name, Employee.id)))


def list_employments(session: TenantSession, employee_ids: Collection[str], day: date) -> dict[str, list[Employment]]:
    """Per employee what counts on that day or later."""
    found: dict[str, list[Employment]] = {each: [] for each in employee_ids}
    lasting = select(Employment).where(
        Employment.employee_id.in_(found), or_(Employment.ends_on.is_(None), Employment.ends_on >= day)
    )
    for each in session.scalars(lasting.order_by(Employment.starts_on, Employment.id)):
        found[each.employee_id].append(each)
    return found


def employ(session: TenantSession, employee_id: str, role: str, place: Place | None, starts_on: date) -> Employment:
    """`place` None: everywhere in the organisation."""
    made = Employment(
        employee_id=employee_id, role=role, location_id=place.location.id if place else None,
        group_id=place.group.id if place and place.group else None, starts_on=starts_on, ends_on=None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def end_employment(session: TenantSession, employment: Employment, day: date) -> None:
    """At once: the day before is the last on which it counts. Raises LastAdministrator."""
    _one_stays(session, day, lambda each: each.id != employment.id)
    session.execute(update(Employment).where(Employment.id == employment.id).values(ends_on=day - timedelta(days=1)))


def may_be_disabled(session: TenantSession, employee_id: str, day: date) -> None:
    """Raises LastAdministrator when nobody else could do what only an administrator can."""
    _one_stays(session, day, lambda each: each.employee_id != employee_id)


def administrators_on(session: TenantSession, day: date) -> list[Account]:
    """The accounts that can be logged in with, of who administers the whole organisation that day."""
    holders = select(Employment.employee_id).where(
        Employment.role == "administrator", Employment.location_id.is_(None), Employment.starts_on <= day,
        or_(Employment.ends_on.is_(None), Employment.ends_on >= day),
    )  # fmt: skip
    found = select(Account).where(
        Account.employee_id.in_(holders), Account.activated_at.is_not(None), Account.disabled_at.is_(None)
    )
    return list(session.scalars(found.order_by(Account.id)))


class LastAdministrator(Exception):
    """Without this person nobody could let anybody in any more."""


def _one_stays(session: TenantSession, day: date, stays: Callable[[Employment], bool]) -> None:
    """Of the whole organisation, with an account that is active. Waits for whoever takes another one away at this moment."""
    administrators = session.scalars(
        select(Employment)
        .where(Employment.role == "administrator", Employment.location_id.is_(None))
        .order_by(Employment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    left = {
        each.employee_id
        for each in administrators
        if stays(each) and each.starts_on <= day and (each.ends_on is None or each.ends_on >= day)
    }
    gone = {
        each.employee_id
        for each in administrators
        if not stays(each) and each.starts_on <= day and (each.ends_on is None or each.ends_on >= day)
    }
    can_log_in = select(Account.id).where(
        Account.employee_id.in_(left), Account.activated_at.is_not(None), Account.disabled_at.is_(None)
    )
    if gone and session.scalars(can_log_in.limit(1)).first() is None:
        raise LastAdministrator
