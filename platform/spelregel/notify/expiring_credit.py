"""The mail that says which credit is about to lapse, and on which days it can still be used."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from spelregel.notify.mail_words import Reader, guardians_to_tell, mail_to, reader_of
from spelregel.records.accounts import lock_account
from spelregel.records.credit_ledger import portions_of
from spelregel.records.expiring_credit import AHEAD, Expiring, amounts_expiring, children_with_expiring, list_expiring
from spelregel.records.family import children_of_guardian
from spelregel.records.outbox import MailRefused, is_written
from spelregel.rules.asking import acting_on
from spelregel.rules.message import msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant
from spelregel.words import formats
from spelregel.words.sentences import Speaker

MOST_DAYS: Final = 8
#: Nobody is woken by it; and it may come any hour later.
NOT_BEFORE: Final = time(8)


def credit_expires(session: TenantSession, now: datetime) -> bool:
    """Wherever on earth it is what day: from yesterday's until a fortnight after tomorrow."""
    day = timedelta(days=1)
    return bool(children_with_expiring(session, now.date() - day, AHEAD + 2 * day))


def tell_of_expiring_credit(session: TenantSession, tenant: Tenant, now: datetime, settings: Settings) -> int:
    """One mail to each guardian for each last day; late, twice or on several machines it is the same. Commits after each, so
    that nobody waits for all of them. How many."""
    if now.astimezone(tenant.rulebook.zone).time() < NOT_BEFORE or not tenant.rulebook.has_module(
        "credits", acting_on(tenant.rulebook, now)
    ):
        return 0
    told = 0
    children = children_with_expiring(session, acting_on(tenant.rulebook, now))
    readers = [account.id for account, _ in guardians_to_tell(session, children)]
    session.commit()
    for account_id in readers:
        told += _tell(session, tenant, account_id, now, settings)
        session.commit()
    return told


def _tell(session: TenantSession, tenant: Tenant, account_id: str, now: datetime, settings: Settings) -> int:
    account = lock_account(session, account_id)  # two machines at once are one after the other
    children = children_of_guardian(session, account.guardian_id or "")
    portions, today = portions_of(session, *(child.id for child in children)), acting_on(tenant.rulebook, now)
    lasts = {each.until for each in amounts_expiring(portions, children, tenant.rulebook.credit_kinds, today)}
    new = [last for last in sorted(lasts) if not is_written(session, _number(account_id, last))]
    if not new:
        return 0
    found, reader, told = list_expiring(session, tenant, children, now), reader_of(session, tenant, account), 0
    for last in new:
        about = [each for each in found if each.until == last]
        try:
            mail_to(session, reader, kind="expiring_credit", subject=msg("Credit that is about to lapse"),
                    paragraphs=[*_told(tenant, reader, about), f"{settings.portal_url(tenant.subdomain)}/credits"],
                    now=now, settings=settings, number=_number(account_id, last))  # fmt: skip
        except MailRefused:
            continue
        told += 1
    return told


def _number(account_id: str, last: date) -> str:
    """Of the one mail that an account gets about a last day, so that it is known to be written."""
    return hashlib.sha256(f"expiring {account_id} {last}".encode()).hexdigest()[:32]


def _told(tenant: Tenant, reader: Reader, found: Sequence[Expiring]) -> list[str]:
    language = reader.register.language
    speaker = Speaker(reader.register, lambda kind: tenant.credit_name(kind, language))
    paragraphs = []
    for each in found:
        amount = speaker.amount(each.amount, each.kind)
        until = formats.full_day(each.until, reader.register)
        lines = [speaker.say("%(name)s: %(amount)s can be used up to and including %(day)s.", name=each.child.first_name, amount=amount, day=until)]  # fmt: skip
        if each.days:
            lines.append(speaker.say("These days can still be asked for:"))
            lines += [f"- {formats.long_day(day, reader.register)}" for day in each.days[:MOST_DAYS]]
        else:
            lines.append(speaker.say("There is no day left on which it can be used."))
        paragraphs.append("\n".join(lines))
    return paragraphs
