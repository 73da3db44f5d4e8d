"""Accounts: what a person logs in with. One account per guardian or employee, and the organisation's own user name.

A user name may belong to a household (the debtor number): two guardians then log in with the same user name, each
with an own password, and the password tells whose account it is. Two accounts with one user name therefore never get
the same password (`taken_by_another`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records import passwords
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

HOUSEHOLD = 3  # accounts that may share one user name: each costs a look at the password


class Account(TenantRow):
    """Of a guardian or of an employee, never both. `username` is compared in small letters.

    `password_hash` None: not activated yet. `language`: nl or en; None until the person chooses. `invite_at`: when the
    activation mail is due; None when it was sent or is not wanted. `disabled_at`: since then nobody logs in with it.
    `totp_secret` is set when the second proof is confirmed; `totp_step` is the last one that was used. `totp_offered`: the
    secret that waits to be confirmed, and proves nothing yet. `pin_hash` and `pin_misses`: of the PIN for shared tablets
    (`records/pins.py`).
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "guardian_id"),
        UniqueConstraint("tenant_id", "employee_id"),
        Index(None, "tenant_id", "username"),
        refers_to("guardian_id", "guardian"),
        refers_to("employee_id", "employee"),
        CheckConstraint("(guardian_id IS NULL) <> (employee_id IS NULL)", name="one_person"),
    )
    guardian_id: Mapped[str | None] = id_column(nullable=True)
    employee_id: Mapped[str | None] = id_column(nullable=True)
    username: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(2))
    invite_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    activated_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_step: Mapped[int | None]
    totp_offered: Mapped[str | None] = mapped_column(String(64))
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    pin_misses: Mapped[int] = mapped_column(default=0)

    @property
    def is_staff(self) -> bool:
        return self.employee_id is not None


def normal_username(username: str) -> str:
    return " ".join(username.lower().split())


def accounts_named(session: TenantSession, username: str) -> list[Account]:
    """Those that may log in with this user name; at most HOUSEHOLD."""
    found = select(Account).where(Account.username == normal_username(username), Account.disabled_at.is_(None))
    return list(session.scalars(found.order_by(Account.id).limit(HOUSEHOLD)))


def is_taken(session: TenantSession, account: Account, username: str) -> bool:
    """Whether another account logs in with this user name."""
    return any(each.id != account.id for each in accounts_named(session, username))


def lock_household(session: TenantSession, account: Account) -> None:
    """Before `taken_by_another`: of two guardians who choose a password at once, the second sees what the first took."""
    named = select(Account.id).where(Account.username == account.username)
    session.execute(named.order_by(Account.id).with_for_update())


def lock_account(session: TenantSession, account_id: str) -> Account:
    """First statement of what is done once for a person: others wait until this transaction ends."""
    return session.scalars(select(Account).where(Account.id == account_id).with_for_update(key_share=True)).one()


def owner_of(accounts: Sequence[Account], password: str, *, looks: int) -> Account | None:
    """Whose password this is. Looks at least `looks` times, also for nobody, so that the time tells nothing about a name."""
    found = None
    for account in [*accounts, *[None] * (looks - len(accounts))]:
        if passwords.matches(account.password_hash if account else None, password):
            found = account
    return found


def taken_by_another(session: TenantSession, account: Account, password: str) -> bool:
    """Whether another account with the same user name has this password."""
    others = [each for each in accounts_named(session, account.username) if each.id != account.id]
    return any(each.password_hash and passwords.matches(each.password_hash, password) for each in others)


def set_password(session: TenantSession, account_id: str, password: str, now: datetime) -> None:
    """And with that the account is active. Whoever calls this ends the account's sessions where that is due."""
    keep_password(session, account_id, passwords.hash_password(password), now)


def keep_password(session: TenantSession, account_id: str, password_hash: str, now: datetime) -> None:
    """As `set_password`, of what was hashed before: it takes long, and nobody should wait for it with the write lock held."""
    account = session.get_one(Account, (session.tenant, account_id))
    account.password_hash = password_hash
    account.activated_at = account.activated_at or now
    account.invite_at = None


def choose_language(session: TenantSession, account_id: str, language: str) -> None:
    session.execute(update(Account).where(Account.id == account_id).values(language=language))


def account_of_guardian(session: TenantSession, guardian_id: str) -> Account | None:
    return session.scalars(select(Account).where(Account.guardian_id == guardian_id)).one_or_none()


def account_of_employee(session: TenantSession, employee_id: str) -> Account | None:
    return session.scalars(select(Account).where(Account.employee_id == employee_id)).one_or_none()


def set_disabled(session: TenantSession, account_id: str, since: datetime | None) -> None:
    """Since then nobody logs in with it, and who was is no longer; None lets it in again."""
    session.execute(update(Account).where(Account.id == account_id).values(disabled_at=since))
