"""The mail that says which credit is about to lapse, and on which days it can still be used."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

from spelregel.notify.mail_words import Reader, guardians_to_tell, mail_to, reader_of
from spelregel.records.accounts import lock_account
from spelregel.records.credit_ledger import portions_of
from spelregel.records.expiring_credit import Expiring, amounts_expiring, children_with_expiring, list_expiring
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
    """Wherever on earth it is what day."""
    return bool(children_with_expiring(session, now.date() - timedelta(days=1)))


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


def _tell(session: TenantSession, tenant: Tenant, account_id: str, now: datetime, settings: Settings) -> bool:
    account = lock_account(session, account_id)  # two machines at once are one after the other
    children = children_of_guardian(session, account.guardian_id or "")
    portions, today = portions_of(session, *(child.id for child in children)), acting_on(tenant.rulebook, now)
    last = max(
        (each.until for each in amounts_expiring(portions, children, tenant.rulebook.credit_kinds, today)), default=None
    )
    number = hashlib.sha256(f"expiring {account_id} {last}".encode()).hexdigest()[:32]
    if last is None or is_written(session, number):
        return False
    found = list_expiring(session, tenant, children, now)
    reader = reader_of(session, tenant, account)
    try:
        mail_to(session, reader, kind="expiring_credit", subject=msg("Credit that is about to lapse"),
                paragraphs=[*_told(tenant, reader, found), f"{settings.portal_url(tenant.subdomain)}/credits"],
                now=now, settings=settings, number=number)  # fmt: skip
    except MailRefused:
        return False
    return True


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
