"""Mails that wait to be sent: a row in the transaction of the change that they tell of, so that both happen or neither.

Who sends (`notify/postman`) takes a row for a while (a lease), sends, and marks it sent. A sender that dies in between
leaves a lease that runs out, and the mail goes again: under the same Message-ID, by which mail programs know it.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Index, String, Text, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.rules.message import Message, msg
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column
from spelregel.storage.session import TenantSession

LEASE: Final = timedelta(minutes=5)
FIRST_PAUSE: Final = timedelta(minutes=1)  # it doubles with every try
LONGEST_PAUSE: Final = timedelta(minutes=15)
GIVE_UP_AFTER: Final = timedelta(days=4)
KEPT: Final = timedelta(days=30)  # after it was sent, or given up

#: Before every clock. The writer's can be set to another moment in test and demo, and its mail is due all the same.
AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)

LONGEST_ADDRESS, LONGEST_SUBJECT, LONGEST_TEXT = 254, 200, 100_000
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>{_LABEL}(?:\.{_LABEL})+)")
#: Begins an encoded word (RFC 2047): what is encoded in it can be a line break, and Python writes it out as one.
_ENCODED: Final = "=?"
_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class MailRefused(ValueError):
    """A mail that must not be sent as it is; `sentence` says why, for whom it concerns."""

    def __init__(self, sentence: Message) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class OutgoingMail(TenantRow):
    """`text` is None once it was sent: it may hold a one-time link. `next_try_at` is None when there is nothing more to do
    (sent, or given up). `account_id` refers to no row, so that the account can be removed. `last_error`: a code, and no word
    about a person."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (Index("ix_outgoing_mail_due", "tenant_id", "next_try_at", "made_at"),)
    kind: Mapped[str] = mapped_column(String(40))
    to_address: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))
    text: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(2))
    account_id: Mapped[str | None] = id_column(nullable=True)
    message_id: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcMoment)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    failed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_error: Mapped[str | None] = mapped_column(String(80))


@dataclass(frozen=True, slots=True)
class MailCounts:
    """Of one organisation. `waiting_since`: when the oldest waiting one was written; `sent` and `failed`: as long as kept."""

    waiting: int
    failed: int
    sent: int
    waiting_since: datetime | None


# ---- writing


def checked_address(text: str) -> str:
    """The address as mail servers write it. Raises MailRefused.

    One plain address and nothing else: no name, no list, no quotes, no comment, no line break. A domain with accents is
    written in its ASCII form; before the @ there are none, since not every mail server takes them.
    """
    address = text.strip(" ")
    local, at, domain = address.rpartition("@")
    try:
        address = f"{local}{at}{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        address = ""
    found = _ADDRESS.fullmatch(address)
    if found is None or _ENCODED in address or len(address) > LONGEST_ADDRESS or len(found["local"]) > 64:
        raise MailRefused(msg("This is not an e-mail address that mail can be sent to."))
    return address


def checked_subject(text: str) -> str:
    """Raises MailRefused: a line break in a subject would begin a header of its own."""
    if not text.strip():
        raise MailRefused(msg("A mail needs a subject."))
    if len(text) > LONGEST_SUBJECT:
        raise MailRefused(msg("The subject of a mail has at most %(most)s characters.", most=LONGEST_SUBJECT))
    if any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in text):
        raise MailRefused(msg("The subject of a mail is one line, without control characters."))
    if _ENCODED in text:
        raise MailRefused(msg("The subject of a mail cannot hold “=?”: mail programs read a code in it."))
    return text


def _checked_text(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(lines) > LONGEST_TEXT:
        raise MailRefused(msg("The text of a mail has at most %(most)s characters.", most=LONGEST_TEXT))
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t" for each in lines):
        raise MailRefused(msg("The text of a mail has no control characters."))
    return lines


def put_mail(
    session: TenantSession,
    *,
    kind: str,
    to: str,
    subject: str,
    text: str,
    now: datetime,
    base_domain: str,
    language: str | None = None,
    account_id: str | None = None,
    not_before: datetime = AT_ONCE,
    number: str | None = None,
) -> OutgoingMail:
    """Into the caller's transaction: it is sent when that is committed, and never was when it is rolled back.

    Raises MailRefused for an address, subject or text that cannot be a mail's. `kind`: what it is for, such as activation.
    `not_before`: so long it can be recalled, by the `number` that its writer gave it (32 hexadecimal digits).
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"“{kind}” is no kind of mail: small letters, digits and _")
    number = number or secrets.token_hex(16)
    mail = OutgoingMail(
        id=number,
        kind=kind,
        to_address=checked_address(to),
        subject=checked_subject(subject),
        text=_checked_text(text),
        language=language,
        account_id=account_id,
        message_id=f"<{number}@{base_domain}>",
        made_at=now,
        next_try_at=not_before,
        tries=0,
    )
    session.add(mail)
    return mail


def is_written(session: TenantSession, number: str) -> bool:
    """Whether there is a mail of this number: it waits, or was sent less than KEPT ago."""
    return session.scalars(select(OutgoingMail.id).where(OutgoingMail.id == number)).first() is not None


def recall_mail(session: TenantSession, numbers: Collection[str]) -> set[str]:
    """Takes back what waits, into the caller's transaction: the numbers of these. What is under way or was sent already stays."""
    waiting = select(OutgoingMail.id).where(
        OutgoingMail.id.in_(numbers), OutgoingMail.tries == 0, OutgoingMail.sent_at.is_(None)
    )
    found = set(session.scalars(waiting.with_for_update()))
    session.execute(delete(OutgoingMail).where(OutgoingMail.id.in_(found)))
    return found


# ---- sending


def claim_mail(session: TenantSession, now: datetime, lease: timedelta = LEASE) -> OutgoingMail | None:
    """The mail that is due first, for the caller alone as long as the lease runs; None when there is none.

    Commit before sending. Two who ask at once get different ones: PostgreSQL skips what the other holds, and on SQLite
    only one can be writing.
    """
    due = (
        select(OutgoingMail)
        .where(
            OutgoingMail.next_try_at <= now,
            or_(OutgoingMail.claimed_until.is_(None), OutgoingMail.claimed_until <= now),
        )
        .order_by(OutgoingMail.next_try_at, OutgoingMail.made_at, OutgoingMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    mail = session.scalars(due).one_or_none()
    if mail is not None:
        mail.claimed_until, mail.tries = now + lease, mail.tries + 1
        session.flush()
    return mail


def is_due(session: TenantSession, now: datetime) -> bool:
    """Without taking anything: asked again and again, and it needs no write lock."""
    due = select(OutgoingMail.id).where(
        OutgoingMail.next_try_at <= now, or_(OutgoingMail.claimed_until.is_(None), OutgoingMail.claimed_until <= now)
    )
    return session.scalars(due.limit(1)).first() is not None


def mark_sent(session: TenantSession, mail: OutgoingMail, now: datetime, *, keep_text: bool) -> None:
    """Also when the lease has run out meanwhile: it was sent."""
    values = {"sent_at": now, "failed_at": None, "next_try_at": None, "claimed_until": None, "last_error": None}
    done = update(OutgoingMail).where(OutgoingMail.id == mail.id, OutgoingMail.sent_at.is_(None))
    session.execute(done.values(values if keep_text else values | {"text": None}))


def mark_not_sent(session: TenantSession, mail: OutgoingMail, now: datetime, error: str, *, for_good: bool) -> bool:
    """Due again after a pause; given up when that is `for_good`, or it has been tried for days. True when given up.

    Only while the lease is the caller's own: else somebody else is sending it, or has.
    """
    given_up = for_good or now - mail.made_at >= GIVE_UP_AFTER
    values = {
        "claimed_until": None,
        "last_error": error[:80],
        "next_try_at": None if given_up else now + pause_after(mail.tries),
        "failed_at": now if given_up else None,
    }
    own = (OutgoingMail.id == mail.id, OutgoingMail.sent_at.is_(None), OutgoingMail.claimed_until == mail.claimed_until)
    session.execute(update(OutgoingMail).where(*own).values(values))
    return given_up


def pause_after(tries: int) -> timedelta:
    """1, 2, 4, 8 minutes, and then a quarter of an hour between two tries."""
    pause = FIRST_PAUSE
    for _ in range(min(tries, 10) - 1):
        pause *= 2
    return min(pause, LONGEST_PAUSE)


def try_again(session: TenantSession) -> int:
    """What was given up is due again; how many these are."""
    failed = list(session.scalars(select(OutgoingMail).where(OutgoingMail.failed_at.is_not(None))))
    for mail in failed:
        mail.failed_at, mail.next_try_at = None, AT_ONCE
    session.flush()
    return len(failed)


def remove_old_mail(session: TenantSession, now: datetime) -> None:
    ended = func.coalesce(OutgoingMail.sent_at, OutgoingMail.failed_at, type_=UtcMoment())
    session.execute(delete(OutgoingMail).where(OutgoingMail.next_try_at.is_(None), ended <= now - KEPT))


# ---- looking


def count_mail(session: TenantSession) -> MailCounts:
    def number(*where: object) -> int:
        return session.scalars(select(func.count(OutgoingMail.id)).where(*where)).one()  # type: ignore[arg-type]

    waiting = OutgoingMail.next_try_at.is_not(None)
    oldest = session.scalars(select(OutgoingMail.made_at).where(waiting).order_by(OutgoingMail.made_at).limit(1))
    return MailCounts(
        number(waiting), number(OutgoingMail.failed_at.is_not(None)), number(OutgoingMail.sent_at.is_not(None)),
        oldest.one_or_none(),
    )  # fmt: skip


def count_mail_to(session: TenantSession, account_id: str, kind: str, since: datetime) -> int:
    """How many of this kind were written to this account since then."""
    to_account = (OutgoingMail.account_id == account_id, OutgoingMail.kind == kind, OutgoingMail.made_at > since)
    return session.scalars(select(func.count(OutgoingMail.id)).where(*to_account)).one()


def list_mail(session: TenantSession, most: int) -> list[OutgoingMail]:
    """The newest first."""
    newest = select(OutgoingMail).order_by(OutgoingMail.made_at.desc(), OutgoingMail.id.desc()).limit(most)
    return list(session.scalars(newest))
