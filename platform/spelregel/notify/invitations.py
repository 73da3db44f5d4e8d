"""The mail with which a new person gets in: the portal's exact address, the user name, and a link that works once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from spelregel.notify.mail_words import mail_to, reader_of
from spelregel.records.accounts import Account
from spelregel.records.audit import PROGRAM, record
from spelregel.records.family import children_of_guardian
from spelregel.records.invitation_plan import take_due
from spelregel.records.one_time_links import LIVES, make_link
from spelregel.records.outbox import MailRefused, OutgoingMail, count_mail_to
from spelregel.rules.message import msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

log = logging.getLogger("spelregel")
PER_HOUR: Final = 3  # to one account, when staff send it again


def due_invitations(session: TenantSession, tenant: Tenant, now: datetime, settings: Settings) -> int:
    """Invites whose time has come, and commits; how many. Late, twice or on several machines at once: each gets one mail.

    Nobody is invited whom a court's order keeps from every child, nor to an address that no mail can be sent to; both are
    not due any more, and the second stands in the log.
    """
    sent = 0
    for account in take_due(session, now):
        account.invite_at = None
        if account.guardian_id and not children_of_guardian(session, account.guardian_id):
            continue
        try:
            send_invitation(session, tenant, account, now, settings)
        except MailRefused:
            log.warning("account %s of %s has an address that no mail can be sent to", account.id, tenant.slug)
            continue
        record(session, PROGRAM, "invited", now, about="account", about_id=account.id)
        sent += 1
    session.commit()
    return sent


def invite_again(session: TenantSession, tenant: Tenant, account: Account, now: datetime, settings: Settings) -> bool:
    """What staff do for who received nothing; False when enough was sent within the hour. Raises as `send_invitation`."""
    if count_mail_to(session, account.id, "activation", now - timedelta(hours=1)) >= PER_HOUR:
        return False
    send_invitation(session, tenant, account, now, settings)
    return True


def send_invitation(
    session: TenantSession, tenant: Tenant, account: Account, now: datetime, settings: Settings
) -> OutgoingMail:
    """Into the caller's transaction, which writes the audit as well. An earlier link stops working, and nothing is due any more.

    Raises MailRefused when the address cannot be a mail's, and ValueError for an account that is active or disabled: whoever
    may log in already asks for a new password instead.
    """
    if account.password_hash is not None or account.disabled_at is not None:
        raise ValueError("only who was never active is invited")
    reader, portal = reader_of(session, tenant, account), settings.portal_url(tenant.subdomain)
    secret = make_link(session, account.id, "activate", now)
    account.invite_at = None
    return mail_to(
        session,
        reader,
        kind="activation",
        subject=msg("Your access to the portal of %(organisation)s", organisation=tenant.name),
        paragraphs=(
            msg("%(organisation)s has made an account for you in the portal. Choose your password here:",
                organisation=tenant.name),
            f"{portal}/activate/{secret}",
            msg("This link works once, until %(moment)s. After that you ask for a new one with “Forgot password?” on the log-in page.",
                moment=reader.moment(now + LIVES["activate"])),
            "\n".join(
                (
                    reader.says(msg("From then on you log in like this:")),
                    reader.says(msg("- Portal: %(address)s", address=portal)),
                    reader.says(msg("- %(label)s: %(username)s", label=reader.user_name_is, username=account.username)),
                    reader.says(msg("- Password: the one that you choose")),
                )
            ),
            msg("Do you know nothing of this? Then you need not do anything: without the link nobody gets in."),
        ),
        now=now,
        settings=settings,
    )  # fmt: skip
