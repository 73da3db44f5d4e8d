"""Who did what, when, as whom, from where. Rows are added and never changed: the database itself refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.rules.message import msg
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow
from spelregel.storage.session import TenantSession

#: Everything that is written down, and how it is read.
ACTIONS: Final = MappingProxyType(
    {
        "logged in": msg("logged in"),
        "logged out": msg("logged out"),
        "invited": msg("was invited"),
        "password asked": msg("asked for a new password"),
        "activated": msg("chose a first password"),
        "password reset": msg("chose a new password with a link"),
        "password changed": msg("changed the password"),
        "email change asked": msg("asked to change the e-mail address"),
        "email changed": msg("changed the e-mail address"),
        "email change undone": msg("undid a change of the e-mail address"),
        "second proof on": msg("turned on the code beside the password"),
        "second proof off": msg("turned off the code beside the password"),
        "second proof taken off": msg("took off the code and the passkeys of an account"),
        "second proof given": msg("gave the code beside the password"),
        "recovery code used": msg("used a recovery code"),
        "recovery codes made": msg("made new recovery codes"),
        "passkey added": msg("added a passkey"),
        "passkey removed": msg("removed a passkey"),
        "other sessions ended": msg("logged out on all other devices"),
        "calendar address made": msg("made an address for the own calendar"),
        "calendar address ended": msg("ended the address for the own calendar"),
        "session ended": msg("logged out on another device"),
        "account chosen": msg("switched to this account on a device with several"),
        "support visit begun": msg("stood in somebody’s place, as support in a test environment"),
        "support visit ended": msg("stopped standing in somebody’s place, as support in a test environment"),
        "let support look": msg("let support look along, read only"),
        "ended a look": msg("ended support’s looking along"),
        "look begun": msg("began to look along, read only"),
        "look ended": msg("stopped looking along"),
        "looked at a page": msg("looked at a page"),
        "refused while looking": msg("tried what is closed to who only looks along, and was refused"),
        "refusal read by code": msg("read a refusal by its code, as support"),
        "answered consent": msg("answered a question of consent"),
        "saw a child": msg("looked at the card of a child"),
        "saw guardians": msg("saw the telephone numbers and e-mail addresses of a child’s guardians"),
        "saw private details": msg("saw the addresses, bank accounts and remarks of a child’s guardians"),
        "approved a request": msg("approved a request for a day"),
        "approved beyond the limit": msg("approved a request for a day for which there was no room"),
        "rejected a request": msg("refused a request for a day"),
        "took back a judgement": msg("took back an answer to a request, within a minute"),
        "entered a request": msg("entered a request for a day in a parent’s place"),
        "signed up for a study day": msg("signed a child up for a study day"),
        "took off a study list": msg("took a child off the list of a study day"),
        "read a study list": msg("opened the list of a study day for the invoice"),
        "took out a study list": msg("downloaded the list of a study day for the invoice"),
        "sent an invitation": msg("sent an invitation"),
        "disabled an account": msg("disabled an account"),
        "enabled an account": msg("opened an account again"),
        "barred a guardian": msg("barred a guardian from a child"),
        "lifted a bar": msg("let a guardian in to a child again"),
        "added an employee": msg("added an employee"),
        "gave a role": msg("gave a role"),
        "ended a role": msg("ended a role"),
        "read the audit": msg("read this log"),
        "made a pairing code": msg("made a code to pair a tablet"),
        "paired a tablet": msg("paired a tablet"),
        "revoked a tablet": msg("unpaired a tablet"),
        "set a PIN": msg("chose a PIN"),
        "removed a PIN": msg("removed a PIN"),
        "closed a PIN": msg("closed a PIN after too many wrong tries"),
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """`account_id` None: nobody was logged in. `through`: how it was done — "portal", "tablet", "support", "link", "program".
    `address`: the network address it came from; None for the program itself."""

    account_id: str | None
    through: str = "portal"
    address: str | None = None
    request_id: str | None = None


PROGRAM = Actor(None, "program")


class AuditEntry(TenantRow):
    """`action`: a word of ACTIONS. `about`: "account", "child", "guardian" … with its id; no names and no free text, so that
    the record may outlive the person. References are plain ids: what is erased elsewhere stays provable here. `path`: of a
    page that support looked at, without its query."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "tenant_id", "at"), Index(None, "tenant_id", "child_id"))
    at: Mapped[datetime] = mapped_column(UtcMoment)
    action: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[str | None] = mapped_column(String(32))
    through: Mapped[str] = mapped_column(String(12))
    address: Mapped[str | None] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(32))
    about: Mapped[str | None] = mapped_column(String(20))
    about_id: Mapped[str | None] = mapped_column(String(64))
    child_id: Mapped[str | None] = mapped_column(String(32))
    path: Mapped[str | None] = mapped_column(String(200))


def record(
    session: TenantSession, actor: Actor, action: str, now: datetime, *, about: str | None = None,
    about_id: str | None = None, child_id: str | None = None, path: str | None = None,
) -> None:  # fmt: skip
    """In the transaction of what is recorded: both happen or neither. Raises KeyError on an action that has no words."""
    ACTIONS[action]  # nobody could read it in the log
    session.add(
        AuditEntry(at=now, action=action, account_id=actor.account_id, through=actor.through, address=actor.address,
                   request_id=actor.request_id, about=about, about_id=about_id, child_id=child_id, path=path[:200] if path else None)
    )  # fmt: skip


def newest(
    session: TenantSession, *, below: str | None = None, account_id: str | None = None, child_id: str | None = None,
    limit: int = 100,
) -> list[AuditEntry]:  # fmt: skip
    """Of one account or one child when that is named: who did it, or whom it was about. `below`: the entry after which
    the page goes on; what is not an entry begins with the newest."""
    found = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)
    if account_id is not None:
        about = (AuditEntry.about == "account") & (AuditEntry.about_id == account_id)
        found = found.where((AuditEntry.account_id == account_id) | about)
    if child_id is not None:
        found = found.where(AuditEntry.child_id == child_id)
    if below is not None and (last := session.get(AuditEntry, (session.tenant, below))) is not None:
        earlier = (AuditEntry.at < last.at) | ((AuditEntry.at == last.at) & (AuditEntry.id < last.id))
        found = found.where(earlier)
    return list(session.scalars(found))


def about_child(session: TenantSession, child_id: str, *, limit: int = 100) -> list[AuditEntry]:
    found = select(AuditEntry).where(AuditEntry.child_id == child_id)
    return list(session.scalars(found.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)))
