"""What the mails to one person have in common: the language, the greeting, moments, and whom to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from spelregel.records.accounts import Account, account_of_guardian
from spelregel.records.family import guardians_of_child
from spelregel.records.outbox import AT_ONCE, LONGEST_SUBJECT, OutgoingMail, put_mail
from spelregel.records.people import Person, person_of
from spelregel.rules.message import Message, msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant, in_language
from spelregel.words import formats
from spelregel.words.locale import Register


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets the mail, and how the organisation speaks to them: in the account's language, else in its own first one."""

    tenant: Tenant
    account: Account
    person: Person
    register: Register

    def says(self, message: Message) -> str:
        return self.register.text(message)

    def moment(self, at: datetime) -> str:
        """donderdag 31 december 2026, 09.29 uur: on the organisation's wall, with the year, since a mail is read later."""
        local = at.astimezone(self.tenant.rulebook.zone)
        return f"{formats.full_day(local.date(), self.register)}, {formats.clock(local, self.register)}"

    @property
    def user_name_is(self) -> str:
        """What the user name is called here: staff log in with their e-mail address everywhere."""
        login, register = self.tenant.login, self.register
        if self.account.is_staff or (login.username == "email" and not login.label):
            return register.text(msg("E-mail address"))
        return in_language(login.label, register.language) or register.text(msg("Debtor number"))


def reader_of(session: TenantSession, tenant: Tenant, account: Account) -> Reader:
    language = account.language if account.language in tenant.languages else tenant.languages[0]
    return Reader(tenant, account, person_of(session, account), Register(language or "nl", tenant.formal))


def guardians_to_tell(
    session: TenantSession, child_ids: Sequence[str], *, barred_too: bool = False
) -> list[tuple[Account, set[str]]]:
    """Who can log in, each with those of these children that they have custody of."""
    found: dict[str, tuple[Account, set[str]]] = {}
    for child_id in dict.fromkeys(child_ids):
        for guardian, custody in guardians_of_child(session, child_id):
            account = account_of_guardian(session, guardian.id)
            if account is None or account.activated_at is None or account.disabled_at is not None:
                continue
            if custody.barred_at is None or barred_too:
                found.setdefault(account.id, (account, set()))[1].add(child_id)
    return list(found.values())


def mail_to(
    session: TenantSession, reader: Reader, *, kind: str, subject: Message, paragraphs: Sequence[Message | str],
    now: datetime, settings: Settings, to: str | None = None, not_before: datetime = AT_ONCE, number: str | None = None,
) -> OutgoingMail:  # fmt: skip
    """Greeting, paragraphs, whom to ask, and from whom it comes. `to`: another address than the one that is known;
    `not_before` and `number`: as `put_mail` takes them.

    Raises MailRefused when the address cannot be a mail's.
    """
    said = [each if isinstance(each, str) else reader.says(each) for each in paragraphs]
    parts = [
        reader.says(msg("Hello %(name)s,", name=reader.person.name)),
        *said,
        _whom_to_ask(reader),
        reader.tenant.name,
    ]
    return put_mail(
        session, kind=kind, to=to or reader.person.email, subject=reader.says(subject)[:LONGEST_SUBJECT],
        text="\n\n".join(part for part in parts if part) + "\n", now=now, base_domain=settings.base_domain,
        language=reader.register.language, account_id=reader.account.id, not_before=not_before, number=number,
    )  # fmt: skip


def _whom_to_ask(reader: Reader) -> str:
    """Everybody whom the organisation's file names, with how they are reached where that is said."""
    lines = []
    for contact in reader.tenant.contacts:
        name, about = (in_language(each, reader.register.language) for each in (contact.name, contact.about))
        lines.append(": ".join((f"{name} ({about})", ", ".join(each for each in (contact.phone, contact.email) if each)))
                     if contact.phone or contact.email else f"{name} ({about})")  # fmt: skip
    if not lines:
        return reader.says(msg("Do you have a question? Ask it at your location."))
    return "\n".join(
        [reader.says(msg("Do you have a question? You can ask it here:")), *(f"- {line}" for line in lines)]
    )
