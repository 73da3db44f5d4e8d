"""The mail that says what became of a request: when every part of it has been judged, to each guardian about their own children.

It waits as long as who judged can take that back, and is recalled when they do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from spelregel.notify.mail_words import Reader, guardians_to_tell, mail_to, reader_of
from spelregel.records.audit import PROGRAM, record
from spelregel.records.credit_ledger import free_again, per_kind, used_for
from spelregel.records.day_requests import Booking, list_bookings_of
from spelregel.records.decisions import on_invoice
from spelregel.records.family import list_children
from spelregel.records.judging_bookings import UNDO, approve_by_silence, is_judged, lapse_bookings, portions_named
from spelregel.records.outbox import MailRefused, is_written, recall_mail
from spelregel.rules.asking import acting_on
from spelregel.rules.booking_states import LIVE
from spelregel.rules.message import Message, msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant
from spelregel.words import formats, terms
from spelregel.words.sentences import Speaker

#: Whoever undoes at the last moment and needs a moment to be written is still before it.
WAITS: Final = UNDO + timedelta(seconds=5)

_ANSWER: Final = msg("The answer to your request for a day")
_LAPSED: Final = msg("Your request for a day has lapsed")
_WHERE: Final = msg("You find the request and everything about it in the portal:")
_OUTCOMES: Final = {
    "approved": msg("%(care)s: approved."),
    "rejected": msg("%(care)s: not possible."),
    "lapsed": msg("%(care)s: lapsed, nobody had answered in time."),
    "cancelled": msg("%(care)s: cancelled."),
}


def tell_judged(
    session: TenantSession, tenant: Tenant, request_id: str, now: datetime, settings: Settings, *, clock: datetime
) -> int:
    """In the transaction of the judgement. To how many; nobody as long as a part waits. Who was barred from a child reads nothing
    about it, and an address that no mail can be sent to keeps nobody else from being told. `clock`: the moment by which mail is
    sent, from where it waits."""
    if not is_judged(session, request_id):
        return 0
    return _tell(session, tenant, list_bookings_of(session, request_id), None, now, settings, clock)


def _tell(
    session: TenantSession, tenant: Tenant, bookings: Sequence[Booking], numbers: Collection[str] | None, now: datetime, settings: Settings, clock: datetime
) -> int:  # fmt: skip
    """About these of one request. `numbers`: of the mails that are written, when not all are."""
    told = 0
    for account, children in guardians_to_tell(session, [each.child_id for each in bookings]):
        about = [each for each in bookings if each.child_id in children]
        request_id = about[0].request_id
        number = _number(request_id, account.id)
        if numbers is not None and number not in numbers:
            continue
        reader, lapsed = reader_of(session, tenant, account), all(each.state == "lapsed" for each in about)
        try:
            mail_to(
                session, reader, kind="judged_request", subject=_LAPSED if lapsed else _ANSWER,
                paragraphs=[*_told(session, tenant, reader, about, now), reader.says(_WHERE) + f"\n{settings.portal_url(tenant.subdomain)}/requests/{request_id}"],
                now=now, settings=settings, not_before=clock + WAITS, number=number,
            )  # fmt: skip
        except MailRefused:
            continue
        told += 1
    return told


def tell_taken_off(
    session: TenantSession, tenant: Tenant, booking: Booking, now: datetime, settings: Settings, *, clock: datetime
) -> int:
    """In the transaction in which staff cancelled it, with why. Who had not been sent the answer to the request yet reads in that
    about the rest of it only. To how many."""
    recalled = recall_mail(session, _numbers(session, booking.request_id))
    rest = [each for each in list_bookings_of(session, booking.request_id) if each.state != "cancelled"]
    if booking.judged_at is not None:
        _tell(session, tenant, rest, recalled, now, settings, clock)
    elif is_judged(session, booking.request_id):  # the rest waited for this one, and nobody was told anything
        _tell(session, tenant, rest, None, now, settings, clock)
    told = 0
    for account, _ in guardians_to_tell(session, [booking.child_id]):
        reader = reader_of(session, tenant, account)
        lines = _told(session, tenant, reader, [booking], now)
        why = (
            [reader.says(msg("The location says: “%(reason)s”", reason=booking.ending_reason))]
            if booking.ending_reason
            else []
        )
        try:
            mail_to(
                session, reader, kind="judged_request", subject=msg("A day is cancelled by the location"),
                paragraphs=[*lines, *why, f"{settings.portal_url(tenant.subdomain)}/requests/{booking.request_id}"],
                now=now, settings=settings, not_before=clock,
            )  # fmt: skip
        except MailRefused:
            continue
        told += 1
    return told


def lapse_requests(session: TenantSession, tenant: Tenant, now: datetime, settings: Settings) -> int:
    """What waited too long: approved where silence means yes, else withdrawn; with its mails. Late, twice or on several machines
    it is the same. Commits, and in between, as both lock children and then groups. How many."""
    approved = approve_by_silence(session, tenant, now)
    for booking in approved:
        record(
            session, PROGRAM, "approved a request", now, about="booking", about_id=booking.id, child_id=booking.child_id
        )
    _tell_each(session, tenant, approved, now, settings)
    session.commit()
    lapsed = lapse_bookings(session, tenant, now)
    _tell_each(session, tenant, lapsed, now, settings)
    session.commit()
    return len(approved) + len(lapsed)


def _tell_each(
    session: TenantSession, tenant: Tenant, bookings: Sequence[Booking], now: datetime, settings: Settings
) -> None:
    for request_id in dict.fromkeys(each.request_id for each in bookings):
        tell_judged(session, tenant, request_id, now, settings, clock=now)


def recall_judged(session: TenantSession, request_id: str) -> bool:
    """For who takes a judgement back. False: a parent may have read it already, and the caller rolls back."""
    numbers = _numbers(session, request_id)
    recall_mail(session, numbers)
    return not any(is_written(session, each) for each in numbers)


def _numbers(session: TenantSession, request_id: str) -> list[str]:
    """Of all mails that there can be about it."""
    children = [each.child_id for each in list_bookings_of(session, request_id)]
    return [_number(request_id, account.id) for account, _ in guardians_to_tell(session, children, barred_too=True)]


def _number(request_id: str, account_id: str) -> str:
    """Of the one mail that an account gets about a request, so that it can be found again."""
    return hashlib.sha256(f"judged {request_id} {account_id}".encode()).hexdigest()[:32]


def _told(
    session: TenantSession, tenant: Tenant, reader: Reader, bookings: Sequence[Booking], now: datetime
) -> list[str]:
    """A paragraph per child and day."""
    language = reader.register.language
    speaker = Speaker(reader.register, lambda kind: tenant.credit_name(kind, language))
    names = {each.id: each.first_name for each in list_children(session, {each.child_id for each in bookings})}
    used = used_for(session, [each.id for each in bookings if each.state == "approved"])
    free = free_again(
        session, [each.id for each in bookings if each.state not in LIVE], acting_on(tenant.rulebook, now)
    )
    portions = portions_named(session, {portion for own in used.values() for portion in own})
    paragraphs = []
    for each in bookings:
        day = formats.full_day(each.day, reader.register)
        care = f"{names[each.child_id]}, {day}, {formats.span(each.starts, each.ends, reader.register)}"
        lines = [reader.says(Message(_OUTCOMES[each.state].template, {"care": care}))]
        if each.state == "approved":
            kinds = per_kind(used[each.id], portions)
            lines += [speaker.say("It is paid with %(amount)s.", amount=speaker.amount(amount, kind)) for kind, amount in kinds.items()]  # fmt: skip
            if minutes := on_invoice(session, each):
                lines.append(speaker.say("On the invoice: %(hours)s.", hours=speaker.hours(minutes)))
        if each.state == "rejected" and each.reason:
            lines.append(speaker.word(terms.REFUSALS, each.reason))
        if each.id in free:
            lines.append(speaker.say("The credit that was set aside for it can be used again."))
        paragraphs.append("\n".join(lines))
    return paragraphs
