"""Guessing is slowed: failed proofs are counted per account and per network address, within a sliding quarter of an hour.

Strangers and devices on which the account was logged in before are counted apart: who floods an account from elsewhere
locks strangers out of it, never its owner at home. What is refused because of the count is not counted itself, so that
nobody is locked out for longer than the quarter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow
from spelregel.storage.session import TenantSession

WINDOW: Final = timedelta(minutes=15)
PER_SUBJECT: Final = 10  # by strangers; as many again by known devices together
PER_ADDRESS: Final = 100  # across all accounts


class Guess(TenantRow):
    """`subject`: a hash of what was guessed at, so that the table names nobody."""

    __tablename__ = "guess"
    __table_args__ = (Index(None, "tenant_id", "subject", "at"),)
    subject: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcMoment)


def subject_of(session: TenantSession, kind: str, value: str) -> str:
    """`kind`: "login", "known device", "second proof", "address" …; per organisation another hash."""
    return hashlib.sha256(f"{session.tenant}\0{kind}\0{value}".encode()).hexdigest()


def take_guess(session: TenantSession, subjects: Mapping[str, int], now: datetime) -> list[Guess] | None:
    """Before a proof is looked at: counts it under each subject; None when one has had its limit, and then counts nothing.

    Commits twice: what is counted is there for everybody before anybody asks how much there is, so that of many guesses at
    once never more than the limit are looked at. When the proof was right, `forgive`.
    """
    session.execute(delete(Guess).where(Guess.at <= now - WINDOW))
    made = [Guess(subject=subject, at=now) for subject in subjects]
    session.add_all(made)
    session.commit()
    for subject, limit in subjects.items():
        if session.scalars(select(func.count(Guess.id)).where(Guess.subject == subject)).one() > limit:
            forgive(session, made)
            session.commit()
            return None
    session.commit()
    return made


def forgive(session: TenantSession, made: list[Guess]) -> None:
    session.execute(delete(Guess).where(Guess.id.in_([each.id for each in made])))
