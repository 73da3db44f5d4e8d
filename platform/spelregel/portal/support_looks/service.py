"""How long a look lasts, what a reason is, and the list of grants with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from spelregel.notify.support_grants import tell_administrators
from spelregel.records.accounts import Account
from spelregel.records.audit import Actor, record
from spelregel.records.people import names_of
from spelregel.records.support_grants import ABOUT, LONGEST_REASON, SupportGrant, grant_look, list_grants
from spelregel.records.support_visits import Person, find_person
from spelregel.rules.message import Message, msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

#: The shortest first, which is chosen when nothing is said.
LENGTHS: Final = MappingProxyType(
    {"hour": msg("One hour"), "hours": msg("Four hours"), "day": msg("Until this time tomorrow")}
)
LONGEST: Final = timedelta(hours=24)
SHOWN: Final = 100


def end_of(length: str, now: datetime, zone: tzinfo) -> datetime:
    """Raises KeyError on a length that is none. Tomorrow is on the wall; where the clock is put back in between, that is
    more than the longest, and ends sooner."""
    now = now.astimezone(UTC)
    tomorrow = (now.astimezone(zone) + timedelta(days=1)).astimezone(UTC)
    ends = {"hour": now + timedelta(hours=1), "hours": now + timedelta(hours=4), "day": tomorrow}[length]
    return min(ends, now + LONGEST)


def reason_in(text: str) -> str:
    """On one line, without what cannot be read."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def objection_to(person: Person | None, reason: str, length: str) -> Message | None:
    if person is None:
        return msg("Choose as whom support may look along.")
    if not reason:
        return msg("Write why support has to look along: the log and the mail to the other administrators say it.")
    if len(reason) > LONGEST_REASON:
        return msg("The reason has at most %(most)s characters.", most=LONGEST_REASON)
    return None if length in LENGTHS else msg("Choose how long support may look along.")


def person_at(session: TenantSession, account_id: str, day: date) -> Person | None:
    return find_person(session, account_id, day) if account_id else None


def let_support_look(
    session: TenantSession, tenant: Tenant, person: Person, by: Account, reason: str, ends_at: datetime, actor: Actor,
    now: datetime, settings: Settings,
) -> tuple[SupportGrant, str]:  # fmt: skip
    """The grant with its secret; the audit and the mails to the administrators go with it, or nothing does."""
    grant, secret = grant_look(session, person.account.id, by.id, reason, ends_at, now)
    record(session, actor, "let support look", now, about=ABOUT, about_id=grant.id)
    tell_administrators(session, tenant, grant, now, settings)
    return grant, secret


@dataclass(frozen=True, slots=True)
class Line:
    """`until`: when it ended, or will. `ended_by`: the administrator who ended it; None: nobody, or support itself."""

    grant: SupportGrant
    who: str
    by: str
    until: datetime
    live: bool
    ended_by: str | None


def grants_with_names(session: TenantSession, now: datetime) -> Sequence[Line]:
    """What can still be ended comes first, then the newest."""
    grants = list_grants(session, SHOWN)
    ids = {id for each in grants for id in (each.account_id, each.granted_by, each.ended_by) if id}
    names = names_of(session, ids, "account")
    lines = [
        Line(each, names[each.account_id], names[each.granted_by], min(each.ends_at, each.ended_at or each.ends_at),
             each.is_live(now), names.get(each.ended_by or ""))
        for each in grants
    ]  # fmt: skip
    return sorted(lines, key=lambda line: not line.live)
