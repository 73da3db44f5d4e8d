"""The mail that says that support may look along: to every administrator, so that nobody lets it in unseen."""

from __future__ import annotations

from datetime import datetime

from spelregel.notify.mail_words import mail_to, reader_of
from spelregel.records.outbox import MailRefused
from spelregel.records.people import names_of
from spelregel.records.staff import administrators_on
from spelregel.records.support_grants import SupportGrant
from spelregel.rules.message import msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant


def tell_administrators(
    session: TenantSession, tenant: Tenant, grant: SupportGrant, now: datetime, settings: Settings
) -> None:
    """Also who granted it: should somebody else have done that in their name, they hear of it. An address that no mail can
    be sent to does not keep the others from being told."""
    names = names_of(session, [grant.account_id, grant.granted_by], "account")
    by, who = names[grant.granted_by], names[grant.account_id]
    for account in administrators_on(session, now.astimezone(tenant.rulebook.zone).date()):
        reader = reader_of(session, tenant, account)
        paragraphs = (
            msg("You let support look along in the portal as %(who)s, until %(moment)s. Support sees what %(who)s sees, and can change nothing.",
                who=who, moment=reader.moment(grant.ends_at))
            if account.id == grant.granted_by
            else msg("%(by)s let support look along in the portal as %(who)s, until %(moment)s. Support sees what %(who)s sees, and can change nothing.",
                     by=by, who=who, moment=reader.moment(grant.ends_at)),
            msg("The reason: “%(reason)s”", reason=grant.reason),
            msg("Is this not right? Then end it at once under Administration, Support:"),
            f"{settings.portal_url(tenant.subdomain)}/manage/support",
            msg("Every administrator gets this mail, so that nobody lets support in without the others knowing."),
        )  # fmt: skip
        try:
            mail_to(session, reader, kind="support_grant", subject=msg("Support may look along in the portal"), paragraphs=paragraphs, now=now, settings=settings)  # fmt: skip
        except MailRefused:
            continue
