"""Whose account it is: the name and the e-mail address of a guardian or an employee."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from spelregel.records.accounts import Account, normal_username
from spelregel.records.family import Child, Guardian
from spelregel.records.staff import Employee
from spelregel.storage.session import TenantSession


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str


def person_of(session: TenantSession, account: Account) -> Person:
    row = _row_of(session, account)
    return Person(row.name, row.email)


def set_email(session: TenantSession, account: Account, email: str, *, is_username: bool) -> None:
    """`is_username`: this account logs in with its address, so that the user name follows."""
    _row_of(session, account).email = email
    if is_username:
        session.get_one(Account, (session.tenant, account.id)).username = normal_username(email)


def _row_of(session: TenantSession, account: Account) -> Guardian | Employee:
    if account.guardian_id:
        return session.get_one(Guardian, (session.tenant, account.guardian_id))
    return session.get_one(Employee, (session.tenant, account.employee_id))


def names_of(session: TenantSession, ids: Collection[str], kind: str) -> dict[str, str]:
    """Id -> name, of those that are there: `kind` is "account", "guardian", "employee" or "child"."""
    if not ids:
        return {}
    if kind == "account":
        accounts = session.scalars(select(Account).where(Account.id.in_(ids))).all()
        guardians = names_of(session, {each.guardian_id for each in accounts if each.guardian_id}, "guardian")
        employees = names_of(session, {each.employee_id for each in accounts if each.employee_id}, "employee")
        everybody = guardians | employees
        return {each.id: everybody[each.guardian_id or each.employee_id or ""] for each in accounts}
    if kind == "child":
        children = session.scalars(select(Child).where(Child.id.in_(ids)))
        return {each.id: f"{each.first_name} {each.last_name}" for each in children}
    if kind == "guardian":
        return {each.id: each.name for each in session.scalars(select(Guardian).where(Guardian.id.in_(ids)))}
    return {each.id: each.name for each in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
