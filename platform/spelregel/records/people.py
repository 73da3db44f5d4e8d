"""Whose account it is: the name and the e-mail address of a guardian or an employee."""

from __future__ import annotations

from dataclasses import dataclass

from spelregel.records.accounts import Account
from spelregel.records.family import Guardian
from spelregel.records.staff import Employee
from spelregel.storage.session import TenantSession


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str


def person_of(session: TenantSession, account: Account) -> Person:
    row = (
        session.get_one(Guardian, (session.tenant, account.guardian_id))
        if account.guardian_id
        else session.get_one(Employee, (session.tenant, account.employee_id))
    )
    return Person(row.name, row.email)
