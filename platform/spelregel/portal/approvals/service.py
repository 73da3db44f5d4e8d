"""Requests as staff judge them: one card per booking, siblings that are judged as a whole on one card."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from spelregel.records.credit_ledger import stock_of, used_for
from spelregel.records.day_requests import Booking, DayRequest, list_awaiting, list_bookings_of, list_requests
from spelregel.records.decisions import find_decision, judgement_of
from spelregel.records.family import Child, list_children
from spelregel.records.judging_bookings import (
    Full,
    GivenUpIsAway,
    approve,
    is_open_until,
    lock_for_judging,
    portions_named,
    reject,
)
from spelregel.records.locations import CareGroup, Location
from spelregel.records.places import OnDays, groups_on, hours_on, room_for
from spelregel.rules.asking import acting_on
from spelregel.rules.booking_states import BookingStands
from spelregel.rules.occupancy import Fit, Interval
from spelregel.storage.session import TenantSession
from spelregel.tenancy.judging import Judgement
from spelregel.tenancy.tenant import Tenant

Amounts = tuple[tuple[str, int], ...]  # credit, sixtieths


@dataclass(frozen=True, slots=True)
class Part:
    """One booking of a card. `used`: the credit that is set aside for it; `stock`: what this child has beside that.
    `invoice`: minutes; None where the rules tell of no payment. `judgement`: what the rules said when it was sent."""

    booking: Booking
    child: Child
    group: CareGroup
    location: Location
    used: Amounts
    stock: Amounts
    invoice: int | None
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class Room:
    """The day of one group, with all of the card who would come to it: `wanted` says which intervals they are in.
    `others`: how many more wait for the same group and time."""

    group: CareGroup
    day: date
    hours: tuple[tuple[Interval, bool], ...]
    fit: Fit
    others: int


@dataclass(frozen=True, slots=True)
class Card:
    """`asked_by`: the account that sent it. `waits`: for so many days. `reached`: all of it lies within the groups of who looks; what does not is not
    shown. `days_late`: since the day by which an answer was promised; 0 while that has not passed."""

    parts: tuple[Part, ...]
    request: DayRequest
    rooms: tuple[Room, ...]
    reached: bool
    waits: int
    days_late: int
    due_today: bool

    @property
    def id(self) -> str:
        return self.parts[0].booking.id

    @property
    def ids(self) -> list[str]:
        return [each.booking.id for each in self.parts]

    @property
    def asked_by(self) -> str:
        return self.request.account_id

    @property
    def answer_by(self) -> date | None:
        return min((each.booking.answer_by for each in self.parts if each.booking.answer_by), default=None)

    @property
    def fits(self) -> bool:
        return all(room.fit.fits for room in self.rooms)

    @property
    def is_sure(self) -> bool:
        """It fits, and everything that it depends on is known."""
        return self.fits and not any(room.fit.untold for room in self.rooms)

    @property
    def ready_reason(self) -> str | None:
        """The ready-made reason that what was found speaks for."""
        decided = next((room.fit.decided for room in self.rooms if room.fit.decided), None)
        if decided is None:
            return None
        return {"places": "full", "group size": "full", "babies": "mix", "ages": "mix"}.get(decided.over.limit, "staff")


def waiting_cards(session: TenantSession, tenant: Tenant, group_ids: Collection[str], now: datetime) -> list[Card]:
    """The oldest promise first. What lapses of itself while nobody looks is not there any more."""
    waiting = list_awaiting(session, group_ids)
    requests = list_requests(session, {each.request_id for each in waiting})
    waiting = [each for each in waiting if is_open_until(tenant, each, requests[each.request_id]) > now]
    if not waiting:
        return []
    today = acting_on(tenant.rulebook, now)
    ids = [each.id for each in waiting]
    children = {each.id: each for each in list_children(session, {each.child_id for each in waiting})}
    used, stock = used_for(session, ids), stock_of(session, list(children), today)
    portions = portions_named(session, {portion for own in used.values() for portion in own})
    on = groups_on(session, tenant.rulebook, {b.group_id for b in waiting}, {b.day for b in waiting}, today)
    together: dict[str, list[Booking]] = {}
    for each in waiting:
        together.setdefault(each.request_id if requests[each.request_id].all_or_nothing else each.id, []).append(each)

    def part(booking: Booking) -> Part:
        here = on[booking.group_id, booking.day]
        decision = find_decision(session, booking.decision_id)
        judgement = judgement_of(session, decision, tenant) if decision else None
        is_paid = judgement is not None and judgement.request is not None and judgement.request.payment is not None
        return Part(
            booking, children[booking.child_id], here.group, here.location,
            _per_kind((portions[portion].kind, amount) for portion, amount in used[booking.id].items()),
            _per_kind((kind, left) for kind, left in stock[booking.child_id].items() if left > 0),
            booking.invoice_minutes if is_paid else None, judgement,
        )  # fmt: skip

    found = []
    for bookings in together.values():
        request = requests[bookings[0].request_id]
        whole = [b for b in list_bookings_of(session, request.id) if b.state == "awaiting"] if request.all_or_nothing else bookings  # fmt: skip
        promised = min((each.answer_by for each in bookings if each.answer_by), default=None)
        found.append(
            Card(
                tuple(part(each) for each in bookings), request, _rooms(tenant, on, bookings, children, waiting),
                all(each.group_id in group_ids for each in whole),
                (today - acting_on(tenant.rulebook, request.sent_at)).days,
                max((today - promised).days, 0) if promised else 0,
                promised == today,
            )
        )  # fmt: skip
    return found


def _per_kind(amounts: Iterable[tuple[str, int]]) -> Amounts:
    found: dict[str, int] = {}
    for kind, amount in amounts:
        found[kind] = found.get(kind, 0) + amount
    return tuple(found.items())


def _rooms(
    tenant: Tenant, on: OnDays, bookings: Sequence[Booking], children: dict[str, Child], waiting: Sequence[Booking]
) -> tuple[Room, ...]:
    by_group: dict[tuple[str, date, str], list[Booking]] = {}
    for each in bookings:
        by_group.setdefault((each.group_id, each.day, each.care_type), []).append(each)
    found = []
    for (group_id, day, care_type), these in by_group.items():
        extras = [(each.starts, each.ends, children[each.child_id].born_on) for each in these]
        hours = hours_on(tenant, on, group_id, day, care_type, extras)
        wanted = [any(b.starts < each.ends and each.starts < b.ends for b in these) for each in hours]
        others = [
            each
            for each in waiting
            if (each.group_id, each.day) == (group_id, day)
            and each not in bookings
            and any(each.starts < b.ends and b.starts < each.ends for b in these)
        ]
        found.append(
            Room(
                on[group_id, day].group,
                day,
                tuple(zip(hours, wanted, strict=True)),
                room_for(tenant, on, group_id, day, care_type, extras),
                len(others),
            )
        )
    return tuple(found)


# Judging


@dataclass(frozen=True, slots=True)
class Judged:
    """`failed`: the booking that was named -> why nothing was done about it; `fit` beside it where there is no room."""

    done: tuple[Booking, ...]
    failed: dict[str, Exception]


def judge_each(
    session: TenantSession, tenant: Tenant, booking_ids: Sequence[str], reached: Collection[str], by: str, now: datetime, *,
    beyond: str | None = None, refused: str | None = None,
) -> Judged:  # fmt: skip
    """One after the other, each as a whole or not at all: what cannot be done keeps none of the others from being done.
    `refused`: the reason; None approves. `reached`: the groups of who judges."""
    lock_for_judging(session, booking_ids)
    done: dict[str, Booking] = {}
    failed: dict[str, Exception] = {}
    for booking_id in booking_ids:
        if booking_id in done:
            continue
        try:
            with session.begin_nested():
                judged = (
                    approve(session, tenant, [booking_id], by, now, beyond=beyond)
                    if refused is None
                    else reject(session, tenant, [booking_id], by, now, refused)
                )
                if any(each.group_id not in reached for each in judged):
                    raise OutOfReach
        except (BookingStands, Full, GivenUpIsAway, OutOfReach) as wrong:
            failed[booking_id] = wrong
        else:
            done |= {each.id: each for each in judged}
    return Judged(tuple(done.values()), failed)


class OutOfReach(Exception):
    """It is judged as a whole with a sibling in a group that who judges does not reach."""
