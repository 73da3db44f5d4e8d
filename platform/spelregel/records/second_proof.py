"""The second proof beside a password: codes of an authenticator app (TOTP), and recovery codes for who lost the app.

A code counts once: the time step that was used last is kept, and nothing up to it is taken again. Of two that come with
the same code at once, one is let in.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Final

import pyotp
from sqlalchemy import Index, String, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import Account
from spelregel.records.login_sessions import LoginSession
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

STEP: Final = 30  # seconds that a code stands on the screen
DRIFT: Final = (0, -1, 1)  # steps: a telephone that is up to half a minute off
CODES: Final = 10
#: Without characters that look alike on paper; a code of twelve is about 59 bits.
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH: Final = 12


class RecoveryCode(TenantRow):
    """`code_hash`: who reads this table cannot log in with it. `used_at`: since then it is worth nothing."""

    __tablename__ = "recovery_code"
    __table_args__ = (refers_to("account_id", "account"), Index(None, "tenant_id", "account_id"))
    account_id: Mapped[str] = id_column()
    code_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


# ---- setting up


def offer(session: TenantSession, account_id: str) -> str:
    """The secret that this person is about to put in an app: the same until it is confirmed. Nothing hangs on it before."""
    account = session.get_one(Account, (session.tenant, account_id))
    account.totp_offered = account.totp_offered or pyotp.random_base32()
    return account.totp_offered


def address_for_app(secret: str, username: str, organisation: str) -> str:
    """otpauth://…, which an authenticator app reads from a link or a picture."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=username, issuer_name=organisation)


def confirm(session: TenantSession, account_id: str, code: str, now: datetime) -> list[str] | None:
    """Turns the second proof on when the code belongs to the secret that was offered: the recovery codes, told this once."""
    account = session.get_one(Account, (session.tenant, account_id))
    if account.totp_offered is None or (step := _step_of(account.totp_offered, code, now)) is None:
        return None
    account.totp_secret, account.totp_step, account.totp_offered = account.totp_offered, step, None
    return new_recovery_codes(session, account_id, now)


def turn_off(session: TenantSession, account_id: str) -> None:
    """Also what was offered and the recovery codes are gone, and log-ins that wait for a code that can no longer come."""
    account = session.get_one(Account, (session.tenant, account_id))
    account.totp_secret = account.totp_step = account.totp_offered = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.execute(
        delete(LoginSession).where(LoginSession.account_id == account_id, LoginSession.waits_for_proof.is_(True))
    )


# ---- proving


def use_code(session: TenantSession, account_id: str, code: str, now: datetime) -> bool:
    """Whether this is a code of the app that was not used before; from now on it was. Only in a session that writes."""
    secret = session.scalars(select(Account.totp_secret).where(Account.id == account_id)).one_or_none()
    if secret is None or (step := _step_of(secret, code, now)) is None:
        return False
    newer = or_(Account.totp_step.is_(None), Account.totp_step < step)
    return session.count_changed(update(Account).where(Account.id == account_id, newer).values(totp_step=step)) == 1


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    said = "".join(code.split())
    if not (len(said) == 6 and said.isascii() and said.isdigit()):
        return None
    app, middle = pyotp.TOTP(secret, interval=STEP), int(now.timestamp()) // STEP
    return next((middle + drift for drift in DRIFT if compare_digest(app.generate_otp(middle + drift), said)), None)


# ---- recovery codes


def new_recovery_codes(session: TenantSession, account_id: str, now: datetime) -> list[str]:
    """Ten, written down by the person; the ones before are worth nothing any more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    session.add_all(
        RecoveryCode(account_id=account_id, code_hash=_hash(account_id, code), made_at=now) for code in codes
    )
    return ["-".join(code[i : i + 4] for i in range(0, LENGTH, 4)) for code in codes]


def use_recovery_code(session: TenantSession, account_id: str, code: str, now: datetime) -> bool:
    """Takes it out of use: of two that come with the same one at once, one is let in."""
    said = "".join(each for each in code.lower() if each.isalnum())
    this = (RecoveryCode.account_id == account_id, RecoveryCode.code_hash == _hash(account_id, said))
    unused = RecoveryCode.used_at.is_(None)
    return session.count_changed(update(RecoveryCode).where(*this, unused).values(used_at=now)) == 1


def recovery_codes_left(session: TenantSession, account_id: str) -> int:
    mine = (RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalars(select(func.count(RecoveryCode.id)).where(*mine)).one()


def _hash(account_id: str, code: str) -> str:
    return sha256(f"{account_id}\0{code}".encode()).hexdigest()
