"""Support looks at a portal as somebody, at a moment: in test and demo only. Nothing in production reads or writes a visit;
whom support can be is asked there too, when an administrator lets it look along (`support_grants.py`).

A visit begins with a ticket in an address: short-lived, and taken once. Taking it gives the browser a word of its own,
as a log-in does; here stand the hashes. The clock of a visit stands still at its moment, and is nobody else's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Index, Select, String, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import Account, normal_username
from spelregel.records.family import Child, Custody, Guardian
from spelregel.records.login_sessions import digest
from spelregel.records.rights import GUARDIAN, ROLES
from spelregel.records.staff import Employee, Employment
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

TICKET_LIVES: Final = timedelta(minutes=2)
VISIT_LIVES: Final = timedelta(hours=8)
MOST: Final = 40  # people of one organisation on one page of the console


class SupportVisit(TenantRow):
    """`at`: the moment that the portal shows, `set_at`: when that was chosen. `who`: the name that support gave itself.
    `entered_at` None: the ticket was not taken yet. `next_path`: the page that it opens."""

    __tablename__ = "support_visit"
    __table_args__ = (refers_to("account_id", "account"), Index(None, "tenant_id", "ticket_hash"), Index(None, "tenant_id", "word_hash"))  # fmt: skip
    account_id: Mapped[str] = id_column()
    who: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcMoment)
    set_at: Mapped[datetime] = mapped_column(UtcMoment)
    next_path: Mapped[str] = mapped_column(String(400))
    ticket_hash: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    word_hash: Mapped[str | None] = mapped_column(String(64))
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)


def make_ticket(
    session: TenantSession, account_id: str, who: str, at: datetime, next_path: str, now: datetime
) -> str:  # fmt: skip
    """The secret for the address."""
    session.execute(delete(SupportVisit).where(SupportVisit.ends_at <= now))
    ticket = secrets.token_urlsafe(24)
    session.add(
        SupportVisit(account_id=account_id, who=who[:80], at=at, set_at=now, next_path=next_path, ticket_hash=digest(ticket),
                     entered_at=None, word_hash=None, ends_at=now + TICKET_LIVES)
    )  # fmt: skip
    return ticket


def take_ticket(
    session: TenantSession, ticket: str, old_word: str | None, now: datetime
) -> tuple[SupportVisit, str] | None:
    """The visit and its word for the browser; None when the ticket was taken before, is too old, or never was. Of two that
    come at once, one gets it. The visit that this browser was on ends. Only in a session that writes."""
    visit = session.scalars(
        select(SupportVisit)
        .where(SupportVisit.ticket_hash == digest(ticket))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if visit is None or visit.entered_at is not None or visit.ends_at <= now:
        return None
    if old_word:
        end_visit(session, old_word)
    word = secrets.token_urlsafe(32)
    visit.entered_at, visit.word_hash, visit.ends_at = now, digest(word), now + VISIT_LIVES
    return visit, word


def live_visit(session: TenantSession, word: str, now: datetime) -> SupportVisit | None:
    found = select(SupportVisit).where(SupportVisit.word_hash == digest(word), SupportVisit.ends_at > now)
    return session.scalars(found).one_or_none()


def set_moment(session: TenantSession, word: str, at: datetime, now: datetime) -> None:
    session.execute(update(SupportVisit).where(SupportVisit.word_hash == digest(word)).values(at=at, set_at=now))


def end_visit(session: TenantSession, word: str) -> None:
    session.execute(delete(SupportVisit).where(SupportVisit.word_hash == digest(word)))


# Whom support can be


@dataclass(frozen=True, slots=True)
class Person:
    """Whose account it is, in the roles of that day; `children`: first names, of a guardian."""

    account: Account
    name: str
    email: str
    roles: tuple[str, ...]
    children: tuple[Child, ...] = ()


def list_people(session: TenantSession, day: date, wanted: str = "") -> list[Person]:
    """Parents first, then staff, by name: at most MOST. `wanted`: a piece of a name, a user name or an e-mail address."""
    found = _accounts()
    if wanted:
        columns = (Account.username, Guardian.name, Guardian.email, Employee.name, Employee.email)
        found = found.where(or_(*(column.icontains(wanted, autoescape=True) for column in columns)))
    found = found.order_by(Account.guardian_id.is_(None), Guardian.name, Employee.name, Account.id)
    return _people(session, found.limit(MOST), day)


def find_person(session: TenantSession, account_id: str, day: date) -> Person | None:
    return next(iter(_people(session, _accounts().where(Account.id == account_id), day)), None)


def find_like(session: TenantSession, other: Person, day: date) -> Person | None:
    """Who is there what `other` is elsewhere: the same address, else the first with the same part, else the first of all."""
    people = list_people(session, day)
    same = [each for each in people if each.email == other.email]
    alike = [each for each in people if set(each.roles) & set(other.roles) and each.account.activated_at is not None]
    return next(iter([*same, *alike, *people]), None)


def _accounts() -> Select[Account, Guardian, Employee]:
    return (
        select(Account, Guardian, Employee)
        .outerjoin(Guardian, (Guardian.id == Account.guardian_id) & (Guardian.tenant_id == Account.tenant_id))
        .outerjoin(Employee, (Employee.id == Account.employee_id) & (Employee.tenant_id == Account.tenant_id))
        .where(Account.disabled_at.is_(None))
    )


def _people(session: TenantSession, found: Select[Account, Guardian, Employee], day: date) -> list[Person]:
    rows = session.execute(found).all()
    children = _children(session, [guardian.id for _, guardian, _ in rows if guardian])
    roles = _roles(session, [employee.id for _, _, employee in rows if employee], day)
    return [
        Person(account, guardian.name, guardian.email, (GUARDIAN,), tuple(children.get(guardian.id, ())))
        if guardian
        else Person(account, employee.name, employee.email, tuple(roles.get(employee.id, ())))
        for account, guardian, employee in rows
    ]


def _children(session: TenantSession, guardians: list[str]) -> dict[str, list[Child]]:
    found: dict[str, list[Child]] = {}
    rows = session.execute(
        select(Custody.guardian_id, Child)
        .join(Child, (Child.id == Custody.child_id) & (Child.tenant_id == Custody.tenant_id))
        .where(Custody.guardian_id.in_(guardians), Custody.barred_at.is_(None))
        .order_by(Child.born_on, Child.id)
    )
    for guardian_id, child in rows:
        found.setdefault(guardian_id, []).append(child)
    return found


def _roles(session: TenantSession, employees: list[str], day: date) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = session.execute(
        select(Employment.employee_id, Employment.role)
        .where(Employment.employee_id.in_(employees), Employment.starts_on <= day)
        .where(or_(Employment.ends_on.is_(None), Employment.ends_on >= day))
    )
    for employee_id, role in rows:
        if role not in found.setdefault(employee_id, []):
            found[employee_id].append(role)
    return {each: sorted(theirs, key=ROLES.index) for each, theirs in found.items()}


def find_account(session: TenantSession, persona: str) -> Account | None:
    """By the id of the account, the user name, or the e-mail address. Of a user name of a household: who can log in already,
    else any of its accounts, always the same."""
    by_id = session.get(Account, (session.tenant, persona))
    if by_id is not None:
        return by_id if by_id.disabled_at is None else None
    guardian = select(Guardian.id).where(Guardian.email == persona.lower())
    employee = select(Employee.id).where(Employee.email == persona.lower())
    found = select(Account).where(
        Account.disabled_at.is_(None),
        or_(
            Account.username == normal_username(persona),
            Account.guardian_id.in_(guardian),
            Account.employee_id.in_(employee),
        ),
    )
    return session.scalars(found.order_by(Account.activated_at.is_(None), Account.id).limit(1)).first()
