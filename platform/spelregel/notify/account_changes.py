"""The mails that tell somebody that a way into their account changes, at every address that can stop it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from spelregel.notify.mail_words import mail_to, reader_of
from spelregel.records.accounts import Account
from spelregel.records.one_time_links import LIVES
from spelregel.records.outbox import MailRefused
from spelregel.rules.message import Message, msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

NOT_YOU = msg(
    "Was this not you? Then choose a new password at once, with “Forgot password?” on the log-in page, and tell us."
)


def confirm_address(
    session: TenantSession, tenant: Tenant, account: Account, address: str, secret: str, now: datetime, settings: Settings
) -> None:  # fmt: skip
    reader = reader_of(session, tenant, account)
    _tell(session, tenant, account, "email_confirm", msg("Confirm your new e-mail address"), [
        msg("You want to get the mail of %(organisation)s at this address. Confirm that here:", organisation=tenant.name),
        f"{settings.portal_url(tenant.subdomain)}/confirm-email/{secret}",
        msg("This link works once, until %(moment)s.", moment=reader.moment(now + LIVES["email"])),
        msg("Do you know nothing of this? Then you need not do anything: without the link nothing changes."),
    ], now, settings, to=address)  # fmt: skip


def address_is_taken(
    session: TenantSession, tenant: Tenant, owner: Account, address: str, now: datetime, settings: Settings
) -> None:
    """To whom the address belongs, who may know it; not in the name of who asked."""
    _tell(session, tenant, owner, "email_taken", msg("This e-mail address already has an account"), [
        msg("Somebody wants to use this address for another account with %(organisation)s. That is not possible: there is an account "
            "with this address already.", organisation=tenant.name),
        msg("Was it you? Then log in with this address, or take another address for the other account."),
        settings.portal_url(tenant.subdomain),
    ], now, settings, to=address)  # fmt: skip


def address_was_asked(
    session: TenantSession, tenant: Tenant, account: Account, secret: str, now: datetime, settings: Settings
) -> None:
    """Not which address: who reads the old mailbox need not know the new one."""
    _tell(session, tenant, account, "email_asked", msg("Your e-mail address is going to change"), [
        msg("Another e-mail address was filled in for your account with %(organisation)s. It counts as soon as it is confirmed from there.",
            organisation=tenant.name),
        *_stop(session, tenant, account, secret, now, settings),
    ], now, settings)  # fmt: skip


def address_was_changed(
    session: TenantSession, tenant: Tenant, account: Account, old: str, secret: str, now: datetime, settings: Settings
) -> None:  # fmt: skip
    _tell(session, tenant, account, "email_changed", msg("Your e-mail address was changed"), [
        msg("Your account with %(organisation)s has another e-mail address. At this one you get no more mail from the portal.",
            organisation=tenant.name),
        *_stop(session, tenant, account, secret, now, settings),
    ], now, settings, to=old)  # fmt: skip


def address_is_yours(
    session: TenantSession, tenant: Tenant, account: Account, now: datetime, settings: Settings
) -> None:
    """To the new address."""
    reader = reader_of(session, tenant, account)
    _tell(session, tenant, account, "email_changed", msg("Your e-mail address was changed"), [
        msg("From now on you get the mail of %(organisation)s at this address.", organisation=tenant.name),
        msg("%(label)s to log in with: %(username)s", label=reader.user_name_is, username=account.username),
        settings.portal_url(tenant.subdomain),
    ], now, settings)  # fmt: skip


def address_was_given_back(
    session: TenantSession, tenant: Tenant, account: Account, now: datetime, settings: Settings
) -> None:
    _tell(session, tenant, account, "email_undone", msg("The change of your e-mail address was undone"), [
        msg("Your account has this e-mail address again. Everybody was logged out, and the password that there was does not work any more."),
        msg("Choose a new password with “Forgot password?” on the log-in page."), settings.portal_url(tenant.subdomain),
    ], now, settings)  # fmt: skip


def second_proof_changed(
    session: TenantSession, tenant: Tenant, account: Account, what: str, now: datetime, settings: Settings
) -> None:
    """`what`: "on", "off", "taken off" (by an administrator) or "recovery"."""
    subject, text = {
        "on": (msg("Log-in with a code is on"), msg("From now on your account asks for a code of your app after the password.")),
        "off": (msg("Log-in with a code is off"), msg("From now on your account no longer asks for a code after the password.")),
        "taken off": (msg("Log-in with a code was taken off"),
                      msg("An administrator took off the code and the passkeys of your account with %(organisation)s, and logged you out everywhere.", organisation=tenant.name)),
        "recovery": (msg("Somebody logged in with a recovery code"), msg("A recovery code was used to log in to your account. It does not work any more.")),
    }[what]  # fmt: skip
    _tell(session, tenant, account, "second_proof", subject, [text, NOT_YOU, settings.portal_url(tenant.subdomain)], now, settings)  # fmt: skip


def _stop(
    session: TenantSession, tenant: Tenant, account: Account, secret: str, now: datetime, settings: Settings
) -> list[Message | str]:
    until = reader_of(session, tenant, account).moment(now + LIVES["undo_email"])
    return [
        msg("Was it you? Then you need not do anything."),
        msg("Was this not you? Then stop it here, until %(moment)s. Your old address stays or comes back, and everybody is logged out:", moment=until),
        f"{settings.portal_url(tenant.subdomain)}/undo-email/{secret}",
    ]  # fmt: skip


def _tell(
    session: TenantSession, tenant: Tenant, account: Account, kind: str, subject: Message, paragraphs: Sequence[Message | str],
    now: datetime, settings: Settings, to: str | None = None,
) -> None:  # fmt: skip
    """An address that no mail can be sent to does not keep anybody from changing it."""
    try:
        mail_to(session, reader_of(session, tenant, account), kind=kind, subject=subject, paragraphs=paragraphs, now=now, settings=settings, to=to)  # fmt: skip
    except MailRefused:
        return
