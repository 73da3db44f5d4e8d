"""Whose account it is: the name and the e-mail address of a guardian or an employee."""

from __future__ import annotations

from dataclasses import dataclass

from spelregel.records.accounts import Account, normal_username
from spelregel.records.family import Guardian
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
