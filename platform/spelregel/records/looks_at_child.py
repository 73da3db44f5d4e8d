"""Who looked at a child or changed something about it, as its guardian may read that: staff by name and role, support,
and the guardian's own doings. What another guardian did is not in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import or_, select

from spelregel.records.accounts import Account
from spelregel.records.audit import AuditEntry
from spelregel.records.staff import Employee, employments_on
from spelregel.storage.session import TenantSession

#: Ways in that are never a guardian's own: who was impersonated there tells nothing about that guardian.
NOT_A_GUARDIAN = ("support", "program", "tablet")


@dataclass(frozen=True, slots=True)
class LookAtChild:
    """`name` and `roles` of staff as they were that day; without a name it was `through` that something was done.
    `own`: by the guardian who reads this."""

    at: datetime
    action: str
    through: str
    name: str | None
    roles: tuple[str, ...]
    own: bool


def looks_at_child(
    session: TenantSession, child_id: str, own_account_id: str, zone: tzinfo, *, limit: int = 50
) -> list[LookAtChild]:
    """The newest first."""
    rows = session.execute(
        select(AuditEntry, Account.employee_id, Employee.name)
        .outerjoin(Account, (Account.id == AuditEntry.account_id) & (Account.tenant_id == AuditEntry.tenant_id))
        .outerjoin(Employee, (Employee.id == Account.employee_id) & (Employee.tenant_id == Account.tenant_id))
        .where(
            AuditEntry.child_id == child_id,
            or_(
                AuditEntry.account_id == own_account_id,
                AuditEntry.through.in_(NOT_A_GUARDIAN),
                Account.employee_id.is_not(None),
            ),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    ).all()
    found = []
    for entry, employee_id, name in rows:
        staff = None if entry.through == "support" else employee_id
        day = entry.at.astimezone(zone).date()
        roles = tuple(dict.fromkeys(each.role for each in employments_on(session, staff, day))) if staff else ()
        own = entry.account_id == own_account_id and entry.through not in NOT_A_GUARDIAN
        found.append(LookAtChild(entry.at, entry.action, entry.through, name if staff else None, roles, own))
    return found
