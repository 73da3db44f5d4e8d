"""Who is logged in where. A device holds one secret word in a cookie; its hash is in the rows of everybody logged in there.

A log-in renews the word, also for who was logged in on that device already: a word from before is worth nothing.
Several accounts on one device are several rows; who was chosen last is who asks.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import Index, Select, String, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import Account
from spelregel.records.family import Child, Custody
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession

REMEMBERED = timedelta(days=90)
FORGOTTEN = timedelta(hours=12)
STAFF_IDLE = timedelta(hours=1)  # staff see many children: their session ends when nothing is asked for so long
SEEN_EVERY = timedelta(minutes=5)  # how exactly it is known when a session was last used
MOST_ACCOUNTS = 6  # on one device
SUPPORT: Final = (
    "support"  # the proof of a session that no row is of: support stands in somebody's place (test and demo)
)


class LoginSession(TenantRow):
    """`word_hash`: of the word in the cookie; who reads this table cannot log in with it. `device`: words for the list, such
    as "Firefox, Android". `proof`: how the person showed who it is: "password", "passkey", "pin", "demo".
    `waits_for_proof`: a second proof is still to come, and until then nothing else is open. `tablet_id`: of a shared one."""

    __tablename__ = "login_session"
    __table_args__ = (refers_to("account_id", "account"), Index(None, "tenant_id", "word_hash"), Index(None, "tenant_id", "account_id"))  # fmt: skip
    word_hash: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str] = id_column()
    started_at: Mapped[datetime] = mapped_column(UtcMoment)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)
    seen_at: Mapped[datetime] = mapped_column(UtcMoment)
    chosen_at: Mapped[datetime] = mapped_column(UtcMoment)
    device: Mapped[str] = mapped_column(String(60))
    proof: Mapped[str] = mapped_column(String(12))
    waits_for_proof: Mapped[bool]
    remembered: Mapped[bool]
    idle_minutes: Mapped[int | None]
    tablet_id: Mapped[str | None] = id_column(nullable=True)

    def is_live(self, now: datetime) -> bool:
        idle = timedelta(minutes=self.idle_minutes) if self.idle_minutes else None
        return now < self.ends_at and (idle is None or now < self.seen_at + idle)

    @property
    def noted_every(self) -> timedelta:
        """How exactly it is known when this one was last used: a short idle time has to be measured well."""
        return min(SEEN_EVERY, timedelta(minutes=self.idle_minutes) / 12) if self.idle_minutes else SEEN_EVERY


def digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def start_session(
    session: TenantSession, account: Account, now: datetime, *, old_word: str | None, remember: bool, device: str,
    proof: str = "password", waits_for_proof: bool = False, idle: timedelta | None = None, tablet_id: str | None = None,
) -> tuple[str, datetime]:  # fmt: skip
    """The new word for the device's cookie, and when that may be forgotten (the last end of whom it logs in)."""
    word = secrets.token_urlsafe(32)
    session.execute(delete(LoginSession).where(LoginSession.account_id == account.id, LoginSession.ends_at <= now))
    beside = (
        [each for each in live_on_device(session, old_word, now) if each.account_id != account.id] if old_word else []
    )
    if old_word:  # what is left on this device moves to the new word; an older log-in of the same account ends
        session.execute(
            delete(LoginSession).where(
                LoginSession.word_hash == digest(old_word), LoginSession.id.not_in([b.id for b in beside])
            )
        )
        for each in beside[MOST_ACCOUNTS - 1 :]:
            session.delete(each)
        beside = beside[: MOST_ACCOUNTS - 1]
        for each in beside:
            each.word_hash = digest(word)
    ends = now + (REMEMBERED if remember else FORGOTTEN)
    idle = idle if idle is not None else STAFF_IDLE if account.is_staff else None
    session.add(
        LoginSession(word_hash=digest(word), account_id=account.id, started_at=now, ends_at=ends, seen_at=now, chosen_at=_after(beside, now),
                     device=device[:60], proof=proof, waits_for_proof=waits_for_proof, remembered=remember,
                     idle_minutes=int(idle.total_seconds() // 60) if idle else None, tablet_id=tablet_id)
    )  # fmt: skip
    return word, max([ends, *(each.ends_at for each in beside)])


def _after(others: Sequence[LoginSession], now: datetime) -> datetime:
    """When this one is chosen: later than every other, also where a clock stands still or was put back (test and demo)."""
    return max([now, *(each.chosen_at + timedelta(microseconds=1) for each in others)])


@dataclass(frozen=True, slots=True)
class OnDevice:
    """One who is logged in; of a guardian with the children, as `family.children_of_guardian` has them."""

    session: LoginSession
    account: Account
    children: list[Child] = field(default_factory=list)


def people_on_device(session: TenantSession, word: str, now: datetime) -> list[OnDevice]:
    """Who is logged in on this device, who was chosen last first; nobody whose account was disabled. Asked by every request:
    so in one statement."""
    found: dict[str, OnDevice] = {}
    for row, account, child in session.execute(_on_device(), {"word": digest(word), "now": now}):
        if row.is_live(now):
            person = found.setdefault(row.id, OnDevice(row, account))
            if child is not None:
                person.children.append(child)
    return list(found.values())


@cache
def _on_device() -> Select[LoginSession, Account, Child]:
    """Made once: every request asks it."""
    return (
        select(LoginSession, Account, Child)
        .join(Account, (Account.id == LoginSession.account_id) & (Account.tenant_id == LoginSession.tenant_id))
        .outerjoin(Custody, (Custody.guardian_id == Account.guardian_id) & (Custody.tenant_id == Account.tenant_id)
                   & Custody.barred_at.is_(None))
        .outerjoin(Child, (Child.id == Custody.child_id) & (Child.tenant_id == Custody.tenant_id))
        .where(LoginSession.word_hash == bindparam("word"), LoginSession.ends_at > bindparam("now"), Account.disabled_at.is_(None))
        .order_by(LoginSession.chosen_at.desc(), LoginSession.id, Child.born_on, Child.id)
    )  # fmt: skip


def live_on_device(session: TenantSession, word: str, now: datetime) -> list[LoginSession]:
    return [each.session for each in people_on_device(session, word, now)]


def live_of_account(session: TenantSession, account_id: str, now: datetime) -> list[LoginSession]:
    found = session.scalars(
        select(LoginSession)
        .where(LoginSession.account_id == account_id, LoginSession.ends_at > now)
        .order_by(LoginSession.seen_at.desc(), LoginSession.id)
    )
    return [each for each in found if each.is_live(now)]


def choose(session: TenantSession, session_id: str, word: str, now: datetime) -> bool:
    """Switches the device to one of its own accounts; False when that is not logged in there."""
    found = next((each for each in live_on_device(session, word, now) if each.id == session_id), None)
    if found is None:
        return False
    found.chosen_at = _after(live_on_device(session, word, now), now)
    return True


def renew_word(session: TenantSession, word: str, now: datetime) -> tuple[str, datetime | None]:
    """A new word for everybody who is logged in on this device: the one before is worth nothing from here on. With it, when
    the cookie may be forgotten; None: when the browser closes."""
    new = secrets.token_urlsafe(32)
    here = live_on_device(session, word, now)
    for each in here:
        each.word_hash = digest(new)
    end_device(session, word)  # what is left under it has ended already
    remembered = [each.ends_at for each in here if each.remembered]
    return new, max(remembered) if remembered else None


def prove(session: TenantSession, session_id: str) -> None:
    """The second proof has come."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(waits_for_proof=False))


def seen(session: TenantSession, session_id: str, now: datetime) -> None:
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(seen_at=now))


def end_session(session: TenantSession, session_id: str) -> None:
    session.execute(delete(LoginSession).where(LoginSession.id == session_id))


def end_device(session: TenantSession, word: str) -> None:
    """Everybody who is logged in on this device."""
    session.execute(delete(LoginSession).where(LoginSession.word_hash == digest(word)))


def end_all_of(session: TenantSession, account_id: str, *, but: str | None = None) -> None:
    """Everywhere, but for the session with the id `but`: after a new password, a lost device, the end of a role."""
    gone = delete(LoginSession).where(LoginSession.account_id == account_id)
    session.execute(gone if but is None else gone.where(LoginSession.id != but))
