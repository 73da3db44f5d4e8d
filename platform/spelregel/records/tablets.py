"""Tablets that a group shares: paired once by who manages the location, and then a place where employees show a PIN.

What a tablet holds is a secret word of its own, kept here as a hash. Pairing goes by a short code that is read from one
screen and typed on the other, once, within ten minutes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Index, String, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import Account
from spelregel.records.locations import CareGroup, Place
from spelregel.records.login_sessions import LoginSession, digest
from spelregel.records.staff import Employee, Employment
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

CODE_LIVES: Final = timedelta(minutes=10)
UNSEEN: Final = timedelta(days=90)  # a tablet that lay in a drawer for so long has to be paired anew
IDLE: Final = timedelta(minutes=3)  # who walks away from a tablet is logged out of it
#: Nothing that looks like something else, and no vowels: no words come out of it. Eight of these are 38 bits.
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ23456789"
_LENGTH: Final = 8


class Tablet(TenantRow):
    """`group_id` None: of all groups of the location. `word_hash`: of the word in the tablet's cookie."""

    __tablename__ = "tablet"
    __table_args__ = (
        refers_to("location_id", "location"), refers_to("group_id", "care_group"), Index(None, "tenant_id", "word_hash")
    )  # fmt: skip
    name: Mapped[str] = mapped_column(String(60))
    location_id: Mapped[str] = id_column()
    group_id: Mapped[str | None] = id_column(nullable=True)
    word_hash: Mapped[str] = mapped_column(String(64))
    paired_at: Mapped[datetime] = mapped_column(UtcMoment)
    seen_at: Mapped[datetime] = mapped_column(UtcMoment)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class PairingCode(TenantRow):
    """What the tablet will be, made by who manages the location. `id` is the hash of the code."""

    __tablename__ = "pairing_code"
    __table_args__ = (refers_to("location_id", "location"), refers_to("group_id", "care_group"))
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    location_id: Mapped[str] = id_column()
    group_id: Mapped[str | None] = id_column(nullable=True)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


def make_code(session: TenantSession, name: str, place: Place, now: datetime) -> str:
    """The code to type on the tablet, in two halves."""
    session.execute(delete(PairingCode).where(PairingCode.ends_at <= now))
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    group_id = place.group.id if place.group else None
    session.add(PairingCode(id=digest(code), name=name[:60], location_id=place.location.id, group_id=group_id,
                            ends_at=now + CODE_LIVES, used_at=None))  # fmt: skip
    return f"{code[:4]}-{code[4:]}"


def _as_made(typed: str) -> str:
    return "".join(letter for letter in typed.upper() if letter in _LETTERS)


def pair(session: TenantSession, typed: str, now: datetime) -> tuple[Tablet, str] | None:
    """The tablet and the word for its cookie; None when the code is not one, was used, or is too old."""
    found = session.scalars(
        select(PairingCode)
        .where(PairingCode.id == digest(_as_made(typed)))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or found.used_at is not None or found.ends_at <= now:
        return None
    found.used_at = now
    word = secrets.token_urlsafe(32)
    tablet = Tablet(name=found.name, location_id=found.location_id, group_id=found.group_id, word_hash=digest(word),
                    paired_at=now, seen_at=now, revoked_at=None)  # fmt: skip
    session.add(tablet)
    session.flush()
    return tablet, word


def find_tablet(session: TenantSession, word: str, now: datetime) -> Tablet | None:
    """The one that holds this word, as long as it is paired."""
    held = select(Tablet).where(
        Tablet.word_hash == digest(word), Tablet.revoked_at.is_(None), Tablet.seen_at > now - UNSEEN
    )
    return session.scalars(held).one_or_none()


def tablet_seen(session: TenantSession, tablet_id: str, now: datetime) -> None:
    session.execute(update(Tablet).where(Tablet.id == tablet_id).values(seen_at=now))


def list_tablets(session: TenantSession) -> list[Tablet]:
    """Those that are not revoked."""
    return list(session.scalars(select(Tablet).where(Tablet.revoked_at.is_(None)).order_by(Tablet.name, Tablet.id)))


def revoke(session: TenantSession, tablet: Tablet, now: datetime) -> None:
    """At once: its word opens nothing any more, and who is logged in on it is not."""
    session.execute(update(Tablet).where(Tablet.id == tablet.id).values(revoked_at=now))
    session.execute(delete(LoginSession).where(LoginSession.tablet_id == tablet.id))


def groups_of(session: TenantSession, tablet: Tablet) -> set[str]:
    """The ids of the groups that this tablet is of."""
    if tablet.group_id is not None:
        return {tablet.group_id}
    return set(session.scalars(select(CareGroup.id).where(CareGroup.location_id == tablet.location_id)))


def employees_here(session: TenantSession, tablet: Tablet, day: date) -> list[tuple[Account, Employee]]:
    """Who works here that day and has a PIN, by name: an employment of a group where the tablet is of that group or of
    its whole location, of the location, or of everywhere."""
    here = [Employment.location_id.is_(None) | (Employment.location_id == tablet.location_id)]
    if tablet.group_id is not None:
        here.append(Employment.group_id.is_(None) | (Employment.group_id == tablet.group_id))
    working = select(Employment.employee_id).where(
        *here, Employment.starts_on <= day, or_(Employment.ends_on.is_(None), Employment.ends_on >= day)
    )
    rows = session.execute(
        select(Account, Employee)
        .join(Employee, (Employee.id == Account.employee_id) & (Employee.tenant_id == Account.tenant_id))
        .where(
            Employee.id.in_(working),
            Account.pin_hash.is_not(None),
            Account.activated_at.is_not(None),
            Account.disabled_at.is_(None),
        )
        .order_by(Employee.name, Employee.id)
    )
    return [(row[0], row[1]) for row in rows]


def within(tablet: Tablet, places: Sequence[Place]) -> Place | None:
    """Which of these places the tablet is of; None when it is of another."""
    return next(
        (p for p in places if p.location.id == tablet.location_id and (p.group.id if p.group else None) == tablet.group_id),
        None,
    )  # fmt: skip
