"""Employees with their roles, and the lines of the log with names instead of ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from spelregel.records import people
from spelregel.records.accounts import HOUSEHOLD, Account, accounts_named, normal_username
from spelregel.records.audit import AuditEntry
from spelregel.records.locations import Place, list_places
from spelregel.records.rights import STAFF
from spelregel.records.staff import Employee, Employment, employ, list_employees, list_employments
from spelregel.records.support_grants import ABOUT, SupportGrant, grants_by_id
from spelregel.rules.message import Message, msg
from spelregel.storage.session import TenantSession

WHOLE_ORGANISATION = "all"


@dataclass(frozen=True, slots=True)
class Role:
    """`place` None: everywhere."""

    employment: Employment
    place: Place | None


@dataclass(frozen=True, slots=True)
class Line:
    employee: Employee
    roles: tuple[Role, ...]


def staff_list(session: TenantSession, today: date) -> list[Line]:
    """Who has a role, by name, and after them who has none any more."""
    employees = list_employees(session)
    lasting = list_employments(session, [each.id for each in employees], today)
    places = {(p.location.id, p.group.id if p.group else None): p for p in list_places(session)}
    lines = [
        Line(employee, tuple(Role(e, places[e.location_id, e.group_id] if e.location_id else None) for e in lasting[employee.id]))
        for employee in employees
    ]  # fmt: skip
    return sorted(lines, key=lambda line: not line.roles)


def objection_to_role(role: str, where: str, places: Sequence[Place]) -> Message | None:
    """Why this role cannot be given there; None when it can."""
    if role not in STAFF:
        return msg("Choose a role.")
    if where != WHOLE_ORGANISATION and place_of(where, places) is None:
        return msg("Choose where this role counts.")
    if role == "administrator" and where != WHOLE_ORGANISATION:
        return msg("A portal administrator is one for the whole organisation.")
    return None


def place_of(where: str, places: Sequence[Place]) -> Place | None:
    return next((place for place in places if place.key == where), None)


def add_employee(
    session: TenantSession, name: str, email: str, role: str, place: Place | None, today: date
) -> tuple[Employee, Account] | None:
    """None when an employee logs in with that address already."""
    username = normal_username(email)
    named = accounts_named(session, username)
    if any(each.is_staff for each in named) or len(named) >= HOUSEHOLD:
        return None
    employee = Employee(name=name, email=email)
    session.add(employee)
    session.flush()
    account = Account(employee_id=employee.id, username=username, password_hash=None, language=None)
    session.add(account)
    employ(session, employee.id, role, place, today)
    return employee, account


@dataclass(frozen=True, slots=True)
class LogLine:
    """`who` None: nobody was logged in. `about`: the name of whom it was about; None where it is nobody, or who did it.
    `grant`: by which support was looking, with the name of who granted it."""

    entry: AuditEntry
    who: str | None
    about: str | None
    child: str | None
    grant: SupportGrant | None = None
    granted_by: str | None = None


def log_lines(session: TenantSession, entries: Sequence[AuditEntry]) -> list[LogLine]:
    grants = grants_by_id(session, {e.about_id for e in entries if e.about == ABOUT and e.about_id})
    accounts = {each.account_id for each in entries} | {e.about_id for e in entries if e.about == "account"}
    accounts |= {id for each in grants.values() for id in (each.account_id, each.granted_by)}
    names = people.names_of(session, {each for each in accounts if each}, "account")
    others = {
        kind: people.names_of(session, {e.about_id for e in entries if e.about == kind and e.about_id}, kind)
        for kind in ("guardian", "employee")
    }
    children = people.names_of(session, {e.child_id for e in entries if e.child_id}, "child")
    found = []
    for entry in entries:
        about = (
            names.get(entry.about_id or "") if entry.about == "account" and entry.about_id != entry.account_id else None
        )
        about = about or others.get(entry.about or "", {}).get(entry.about_id or "")
        grant = grants.get(entry.about_id or "") if entry.about == ABOUT else None
        if grant is not None and grant.account_id != entry.account_id:
            about = names.get(grant.account_id)
        by = names.get(grant.granted_by) if grant is not None else None
        who, child = names.get(entry.account_id or ""), children.get(entry.child_id or "")
        found.append(LogLine(entry, who, about, child, grant, by))
    return found
