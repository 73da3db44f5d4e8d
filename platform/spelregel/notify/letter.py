"""A mail as it goes over the wire: plain text, from the organisation's name at the platform's address."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from spelregel.records.outbox import MailRefused, OutgoingMail, checked_address
from spelregel.tenancy.tenant import Tenant

#: Pure ASCII with short lines, whatever is in it: no server on the way has a reason to change a byte of it.
_POLICY = SMTP.clone(cte_type="7bit")


def letter(mail: OutgoingMail, tenant: Tenant, sender: str) -> EmailMessage:
    """The same bytes at every try. An answer goes to the organisation, where its file names an address; else to nobody."""
    message = EmailMessage(_POLICY)
    message["From"] = Address(display_name=_one_line(tenant.name), addr_spec=sender)
    message["To"] = Address(addr_spec=mail.to_address)
    if answers := _where_answers_go(tenant):
        message["Reply-To"] = Address(addr_spec=answers)
    message["Subject"] = mail.subject
    message["Date"] = mail.made_at
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"  # so that no “out of office” comes back
    message.set_content(mail.text or "", charset="utf-8", cte="quoted-printable")
    if mail.language:
        message["Content-Language"] = mail.language
    return message


def _one_line(name: str) -> str:
    """A name as it can stand in a header: no line break, no control character, and no “=?”, which begins a code for one."""
    plain = "".join(each if each.isprintable() else " " for each in name)
    return " ".join(plain.replace("=?", "= ?").split())


def _where_answers_go(tenant: Tenant) -> str | None:
    """The first address under `contact` that mail can be sent to: what a file says must not keep a mail from leaving."""
    for contact in tenant.contacts:
        try:
            return checked_address(contact.email or "")
        except MailRefused:
            continue
    return None
