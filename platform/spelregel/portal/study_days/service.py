"""The lists of study days: who is signed up, who can be, and what the planner bills. A child on a list is a booking."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from spelregel.records.asking_days import Offer, Wish, WishLine, is_listed, offers
from spelregel.records.credit_ledger import per_kind, used_for
from spelregel.records.day_requests import (
    Booking,
    DayRequest,
    SignOff,
    find_request,
    list_bookings_of,
    list_bookings_on,
    list_requests,
)
from spelregel.records.decisions import find_decision
from spelregel.records.family import Child, Guardian, guardians_of_children, list_children, lock_child
from spelregel.records.judging_bookings import (
    STAYS_SPENT,
    Cancelling,
    Full,
    NothingToAsk,
    approve,
    cancelling,
    portions_named,
    send_request,
)
from spelregel.records.locations import CareGroup, Location, list_places
from spelregel.records.people import names_of
from spelregel.records.placements import groups_with_care
from spelregel.records.places import lock_groups
from spelregel.records.staff import children_in
from spelregel.rules.booking_states import LIVE, BookingStands
from spelregel.rules.rulebook import Terms
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

STUDY_DAY: Final = "study_day"


@dataclass(frozen=True, slots=True)
class StudyDay:
    """`name`: as the file has it; `where`: the locations that have it, each with the groups whose children it is for."""

    day: date
    name: str
    where: Mapping[str, frozenset[str]]

    @property
    def groups(self) -> set[str]:
        return {group for groups in self.where.values() for group in groups}


def _days(terms: Terms, care_type: str, first: date) -> list[date]:
    return [day for day in terms.calendar.study_days if day >= first and is_listed(terms, care_type, day)]


def keeps_lists(tenant: Tenant, first: date, today: date) -> bool:
    """Whether the organisation's file has such a day at all, at whichever location: no database is asked."""
    rulebook = tenant.rulebook
    for location in (None, *tenant.location_names):
        for care_type in rulebook.care_types:
            if _days(rulebook.terms(today, care_type, location), care_type, first):
                return True
    return False


def study_days(
    session: TenantSession, tenant: Tenant, groups: Collection[str], first: date, today: date
) -> list[StudyDay]:
    """Those from `first` on at the locations of these groups, each by the calendar of that location."""
    if not groups or not keeps_lists(tenant, first, today):
        return []
    rulebook = tenant.rulebook
    places = [each for each in list_places(session) if each.group is not None and each.group.id in groups]
    found: dict[date, dict[str, set[str]]] = {}
    names: dict[date, str] = {}
    for care_type in rulebook.care_types:
        caring = groups_with_care(session, groups, [care_type], today)
        for place in places:
            if place.group is None or place.group.id not in caring:
                continue
            terms = rulebook.terms(today, care_type, place.location.rule_key)
            for day in _days(terms, care_type, first):
                names[day] = terms.calendar.study_days[day]
                found.setdefault(day, {}).setdefault(place.location.id, set()).add(place.group.id)
    return [
        StudyDay(day, names[day], {location: frozenset(own) for location, own in where.items()})
        for day, where in sorted(found.items())
    ]


# One list


@dataclass(frozen=True, slots=True)
class SignedUp:
    """One booking of the list. `signed_by` and `entered_by`: names; `used`: credit and sixtieths; `invoice`: minutes, None where
    the rules tell of no payment. `off`: whether it can be taken off, and what follows."""

    booking: Booking
    request: DayRequest
    child: Child
    group: CareGroup
    location: Location
    signed_by: str
    entered_by: str
    used: tuple[tuple[str, int], ...]
    invoice: int | None
    off: Cancelling | None = None

    @property
    def is_live(self) -> bool:
        return self.booking.state in LIVE

    @property
    def minutes(self) -> int:
        own = self.booking
        return (own.ends.hour - own.starts.hour) * 60 + own.ends.minute - own.starts.minute

    @property
    def is_billed(self) -> bool:
        """What the planner bills: approved, or cancelled so late that it counts all the same."""
        return self.booking.state == "approved" or self.booking.follows in STAYS_SPENT


@dataclass(frozen=True, slots=True)
class ToSign:
    """A child that is not on the list, with the parts of the day that can be chosen or say why not. `guardians`: who may sign."""

    child: Child
    group: CareGroup
    offers: tuple[Offer, ...]
    guardians: tuple[Guardian, ...]

    @property
    def is_possible(self) -> bool:
        return bool(self.guardians) and any(each.considered.accepted for each in self.offers)


@dataclass(frozen=True, slots=True)
class LocationList:
    location: Location
    signed_up: tuple[SignedUp, ...]
    ended: tuple[SignedUp, ...]  # refused, lapsed or taken off
    to_sign: tuple[ToSign, ...]


def lists_of(
    session: TenantSession, tenant: Tenant, day: StudyDay, now: datetime, judged: Collection[str]
) -> list[LocationList]:
    """Per location; of the groups of `day` only. `judged`: the groups in which who looks decides what the rules leave open."""
    places = {each.group.id: (each.group, each.location) for each in list_places(session) if each.group is not None}
    signed = signed_up(session, tenant, day, now, judged)
    waiting = to_sign(session, tenant, day, now)
    found = []
    for location_id, groups in day.where.items():
        own = [each for each in signed if each.booking.group_id in groups]
        found.append(
            LocationList(
                next(location for _, location in places.values() if location.id == location_id),
                tuple(each for each in own if each.is_live),
                tuple(each for each in own if not each.is_live),
                tuple(each for each in waiting if each.group.id in groups),
            )
        )
    return sorted(found, key=lambda each: (each.location.name, each.location.id))


def signed_up(
    session: TenantSession, tenant: Tenant, day: StudyDay, now: datetime, judged: Collection[str] = ()
) -> list[SignedUp]:
    """Whoever was ever on the list, by first name."""
    bookings = list_bookings_on(session, day.groups, [day.day], STUDY_DAY)
    children = {each.id: each for each in list_children(session, {each.child_id for each in bookings})}
    requests = list_requests(session, {each.request_id for each in bookings})
    used = used_for(session, [each.id for each in bookings])
    portions = portions_named(session, {portion for own in used.values() for portion in own})
    guardians = names_of(session, {each.signed_by for each in requests.values() if each.signed_by}, "guardian")
    staff = names_of(session, {each.account_id for each in requests.values()}, "account")
    places = {each.group.id: (each.group, each.location) for each in list_places(session) if each.group is not None}
    found = []
    for booking in bookings:
        request, (group, location) = requests[booking.request_id], places[booking.group_id]
        kinds = per_kind(used[booking.id], portions)
        decision = find_decision(session, booking.decision_id)
        is_paid = decision is not None and decision.trace.get("pay") is not None
        off = cancelling(session, tenant, booking, now, "staff", by_person=booking.group_id in judged)
        found.append(
            SignedUp(
                booking, request, children[booking.child_id], group, location, guardians.get(request.signed_by or "", ""),
                staff.get(request.account_id, ""), tuple(kinds.items()), booking.invoice_minutes if is_paid else None,
                off if booking.state in LIVE else None,
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (each.child.first_name, each.child.last_name, each.booking.starts))


def to_sign(
    session: TenantSession, tenant: Tenant, day: StudyDay, now: datetime, children: Sequence[Child] | None = None
) -> list[ToSign]:
    """Of the hours that a child comes by contract anyway, the rest is offered. `children`: these, else all of the groups."""
    groups = {each.group.id: each.group for each in list_places(session) if each.group is not None}
    about = children_in(session, day.groups, day.day) if children is None else children
    guardians = guardians_of_children(session, {each.id for each in about})
    found = []
    for each in offers(session, tenant, about, [day.day], now, "staff", beside_planned=True):
        own: dict[str, list[Offer]] = {}
        for offer in each.offers:
            standing, terms = offer.considered.standing, offer.considered.terms
            if standing is None or terms is None or standing.group.id not in day.groups:
                continue
            if offer.considered.action == STUDY_DAY and is_listed(terms, standing.contract.care_type, day.day):
                own.setdefault(standing.group.id, []).append(offer)
        may = tuple(guardian for guardian, custody in guardians[each.child.id] if custody.barred_at is None)
        found += [ToSign(each.child, groups[group], tuple(offered), may) for group, offered in own.items()]
    return sorted(found, key=lambda each: (each.child.first_name, each.child.last_name, each.child.id))


# Signing up


@dataclass(frozen=True, slots=True)
class SignUp:
    """What one guardian signed for: parts of the day of one child or of siblings."""

    sign_off: SignOff
    children: tuple[Child, ...]
    lines: tuple[WishLine, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    """`new`: what this press put on the list, `approved` those that were judged at once, `full` those for which there was no
    room: they wait. `requests`: of each whose parts have all been judged, the parents can be told."""

    new: tuple[Booking, ...]
    approved: tuple[Booking, ...]
    full: tuple[Booking, ...]
    requests: tuple[str, ...]


def sign_up(
    session: TenantSession, tenant: Tenant, account_id: str, sign_ups: Sequence[SignUp], submission: str, judged: Collection[str],
    groups: Collection[str], now: datetime,
) -> Entered:  # fmt: skip
    """Each guardian's part is one request. The same press again is the same requests. `judged`: the groups in which this account
    judges; elsewhere it waits. `groups`: all that these children would come to. Raises NothingToAsk when one of the parts cannot
    be asked for any more, or one who signed may not any more; nothing was written then."""
    for child_id in sorted({child.id for each in sign_ups for child in each.children}):
        lock_child(session, child_id)
    lock_groups(session, groups)
    _must_be_allowed_to_sign(session, sign_ups)
    new: list[Booking] = []
    approved: list[Booking] = []
    full: list[Booking] = []
    requests: list[str] = []
    for each in sign_ups:
        number = _number(submission, each)
        if find_request(session, account_id, number) is not None:
            continue
        wish = Wish(each.lines)
        sent = send_request(
            session, tenant, account_id, each.children, wish, number, now, by="staff", signed=each.sign_off
        )
        bookings = list_bookings_of(session, sent.id)
        if len(bookings) < len(each.lines):
            raise NothingToAsk
        new += bookings
        requests.append(sent.id)
        for booking in bookings:
            if booking.state == "awaiting" and booking.group_id in judged:
                try:
                    with session.begin_nested():
                        approved += approve(session, tenant, [booking.id], account_id, now)
                except (Full, BookingStands):
                    full.append(booking)
    return Entered(tuple(new), tuple(approved), tuple(full), tuple(requests))


def _must_be_allowed_to_sign(session: TenantSession, sign_ups: Sequence[SignUp]) -> None:
    """As it is now: a bar works at once, also on what is waiting to be written. Raises NothingToAsk."""
    guardians = guardians_of_children(session, {child.id for each in sign_ups for child in each.children})
    may = {
        (child_id, guardian.id)
        for child_id, theirs in guardians.items()
        for guardian, custody in theirs
        if custody.barred_at is None
    }
    if any((child.id, each.sign_off.guardian_id) not in may for each in sign_ups for child in each.children):
        raise NothingToAsk


def print_of(account_id: str, day: StudyDay, lists: Sequence[LocationList]) -> str:
    """Of the list as this account reads it: whoever presses twice under the same list presses once. What is signed up changes it
    for good, as a booking never leaves the list without a trace."""
    told = sorted((each.booking.id, each.booking.state) for own in lists for each in (*own.signed_up, *own.ended))
    return hashlib.sha256(repr((account_id, day.day, told)).encode()).hexdigest()[:32]


def _number(submission: str, each: SignUp) -> str:
    """The same press about the same children is the same; ticked otherwise under the same page it is another."""
    told = [submission, each.sign_off.guardian_id, *sorted(line.key for line in each.lines)]
    return hashlib.sha256(" ".join(told).encode()).hexdigest()


# For the invoice


def billed(session: TenantSession, tenant: Tenant, day: StudyDay, now: datetime) -> list[SignedUp]:
    return [each for each in signed_up(session, tenant, day, now) if each.is_billed]


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """As a Dutch Excel opens it with a double click: semicolons, because the comma is its decimal sign, and a mark in front
    that says UTF-8, without which it reads é as Ã©."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """A name that begins like a formula would be one to a spreadsheet: with an apostrophe before it, it stays a name."""
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@") or cell[:1] in ("\t", "\r", "\n") else cell
