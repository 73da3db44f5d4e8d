"""The mails around a forgotten password: the link to choose a new one, and the word that it was changed."""

from __future__ import annotations

import logging
from datetime import datetime

from spelregel.notify.invitations import send_invitation
from spelregel.notify.mail_words import mail_to, reader_of
from spelregel.records.accounts import Account, accounts_named
from spelregel.records.audit import PROGRAM, record
from spelregel.records.link_requests import take_requests
from spelregel.records.one_time_links import LIVES, make_link
from spelregel.records.outbox import MailRefused, OutgoingMail
from spelregel.rules.message import msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

log = logging.getLogger("spelregel")


def answer_requests(session: TenantSession, tenant: Tenant, now: datetime, settings: Settings) -> None:
    """A mail for each account with a user name that was asked for: of a household every guardian gets an own one. Who was
    never active gets the invitation again. The requests go in the same transaction; commits."""
    for username in take_requests(session):
        for account in accounts_named(session, username):
            again = account.password_hash is None
            try:
                (send_invitation if again else send_reset_link)(session, tenant, account, now, settings)
            except MailRefused:
                log.warning("account %s of %s has an address that no mail can be sent to", account.id, tenant.slug)
                continue
            record(
                session, PROGRAM, "invited" if again else "password asked", now, about="account", about_id=account.id
            )
    session.commit()


def send_reset_link(
    session: TenantSession, tenant: Tenant, account: Account, now: datetime, settings: Settings
) -> OutgoingMail:
    """An earlier link stops working. Raises MailRefused when the address cannot be a mail's."""
    reader, portal = reader_of(session, tenant, account), settings.portal_url(tenant.subdomain)
    secret = make_link(session, account.id, "reset", now)
    return mail_to(
        session, reader, kind="reset", now=now, settings=settings,
        subject=msg("A new password for %(organisation)s", organisation=tenant.name),
        paragraphs=(
            msg("A new password was asked for your account %(username)s. Choose it here:", username=account.username),
            f"{portal}/reset/{secret}",
            msg("This link works once, until %(moment)s.", moment=reader.moment(now + LIVES["reset"])),
            msg("Was it not you? Then you need not do anything: your password stays as it is."),
        ),
    )  # fmt: skip


def tell_password_changed(
    session: TenantSession, tenant: Tenant, account: Account, now: datetime, settings: Settings, *, had_passkeys: bool = False,
) -> None:  # fmt: skip
    """Into the transaction of the change. An address that no mail can be sent to does not stand in its way."""
    reader = reader_of(session, tenant, account)
    try:
        mail_to(
            session, reader, kind="password_changed", now=now, settings=settings,
            subject=msg("Your password for %(organisation)s was changed", organisation=tenant.name),
            paragraphs=(
                msg("The password of your account %(username)s was changed on %(moment)s. Other devices were logged out.",
                    username=account.username, moment=reader.moment(now)),
                *([msg("The passkeys that you had do not open it any more. You can make them again in the portal.")] if had_passkeys else []),
                msg("Was it not you? Then ask for a new password at once, and let us know: %(address)s",
                    address=f"{settings.portal_url(tenant.subdomain)}/forgot"),
            ),
        )  # fmt: skip
    except MailRefused:
        log.warning("account %s of %s has an address that no mail can be sent to", account.id, tenant.slug)
