"""Accounts of people who log in, and their sessions: an opaque random word in a cookie, its hash in a row."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

REMEMBERED = timedelta(days=90)
FORGOTTEN = timedelta(hours=12)
LONGEST_PASSWORD = 256  # characters: what is longer is refused when it is set, and never matches


class Account(TenantRow):
    """`username` is compared in small letters. `language`: nl or en; None until the parent chooses."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("tenant_id", "username"), refers_to("guardian_id", "guardian"))
    guardian_id: Mapped[str] = id_column()
    username: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(2))
    role: Mapped[str] = mapped_column(String(20))


class LoginSession(TenantRow):
    """`id` is the hash of the word in the cookie: who reads this table cannot log in with it."""

    __tablename__ = "login_session"
    __table_args__ = (refers_to("account_id", "account"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = id_column()
    started_at: Mapped[datetime] = mapped_column(UtcMoment)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _nobodys_hash() -> str:
    """Compared against when the user name is unknown, so that the answer takes as long."""
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """Raises ValueError when it is longer than LONGEST_PASSWORD."""
    if len(password) > LONGEST_PASSWORD:
        raise ValueError(f"a password has at most {LONGEST_PASSWORD} characters")
    return _hasher().hash(password)


def normal_username(username: str) -> str:
    return " ".join(username.lower().split())


def find_account(session: TenantSession, username: str) -> Account | None:
    return session.scalars(select(Account).where(Account.username == normal_username(username))).one_or_none()


def check_password(account: Account | None, password: str) -> bool:
    """Takes as long for an unknown account as for a wrong password."""
    password = password[: LONGEST_PASSWORD + 1]
    try:
        return _hasher().verify(account.password_hash if account else _nobodys_hash(), password) and account is not None
    except (VerificationError, InvalidHashError):
        return False


def start_session(session: TenantSession, account: Account, now: datetime, *, remember: bool) -> tuple[str, datetime]:
    """The word for the cookie, and when it ends."""
    session.execute(delete(LoginSession).where(LoginSession.account_id == account.id, LoginSession.ends_at <= now))
    word, ends = secrets.token_urlsafe(32), now + (REMEMBERED if remember else FORGOTTEN)
    session.add(LoginSession(id=_digest(word), account_id=account.id, started_at=now, ends_at=ends))
    return word, ends


def find_session_account(session: TenantSession, word: str, now: datetime) -> Account | None:
    found = session.scalars(
        select(Account)
        .join(LoginSession, (LoginSession.account_id == Account.id) & (LoginSession.tenant_id == Account.tenant_id))
        .where(LoginSession.id == _digest(word), LoginSession.ends_at > now)
    )
    return found.one_or_none()


def end_session(session: TenantSession, word: str) -> None:
    session.execute(delete(LoginSession).where(LoginSession.id == _digest(word)))


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def choose_language(session: TenantSession, account_id: str, language: str) -> None:
    session.execute(update(Account).where(Account.id == account_id).values(language=language))
