"""What changes a booking: it is sent, approved, rejected, taken back by who judged, cancelled, or it lapses.

Everything of one step is written in one transaction (request, bookings, ledger, places, decision), and the caller commits
it together with the notices. The children are locked first, then the groups of their locations, each in the order of their ids, and only then
is a decision kept (its file's text is one row for all), so that two who need the same ones never wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select

from spelregel.records.absences import Absence
from spelregel.records.asking_days import Considered, Wish, consider, fingerprint
from spelregel.records.credit_ledger import REST, CreditLedgerEntry, CreditPortion, portions_of, used_for, write
from spelregel.records.day_requests import (
    Booking,
    DayRequest,
    SignOff,
    find_own_booking,
    find_request,
    list_awaiting_for,
    list_bookings_of,
    list_live_bookings,
    list_requests,
    lock_bookings,
)
from spelregel.records.decisions import OutcomeChanged, keep_decision
from spelregel.records.facts_reader import booked_day, cancel_facts
from spelregel.records.family import Child, lock_child
from spelregel.records.places import NoPlace, OnDays, give_place_back, groups_on, lock_groups, room_for, take_place
from spelregel.rules.asking import acting_on
from spelregel.rules.booking_states import LIVE, BookingStands, after
from spelregel.rules.care_calendar import resolve
from spelregel.rules.occupancy import Fit
from spelregel.storage.session import TenantSession
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.judging import Judgement, judge
from spelregel.tenancy.tenant import Tenant

#: So long who judged can take it back; the notice waits as long.
UNDO: Final = timedelta(minutes=1)
#: What follows from a cancellation and leaves the credit spent.
STAYS_SPENT: Final = ("counts as used", "billed")


class NothingToAsk(Exception):
    """None of the dayparts can be asked for any more."""


class Full(Exception):
    """There is no room for all of these; `bookings` are those for which there is none, `fit` says which limit it is."""

    def __init__(self, bookings: Sequence[Booking], fit: Fit | None = None) -> None:
        super().__init__(", ".join(booking.id for booking in bookings))
        self.bookings, self.fit = tuple(bookings), fit


class GivenUpIsAway(Exception):
    """The daypart that a swap hands in was reported absent meanwhile: it cannot be handed in as well."""


class CreditIsGone(Exception):
    """A judgement cannot be taken back: the credit that it gave free is used for something else."""


# Sending


def send_request(
    session: TenantSession, tenant: Tenant, account_id: str, children: Sequence[Child], wish: Wish, submission: str, now: datetime, *,
    seen: str | None = None, by: str = "parent", signed: SignOff | None = None,
) -> DayRequest:  # fmt: skip
    """The same `submission` again is the same request. Credit is reserved; what needs no person is approved at once.
    `signed`: the guardian on whose word staff enter it.

    Raises OutcomeChanged when what would happen has not the fingerprint `seen`, NothingToAsk when nothing can be asked.
    """
    if (before := find_request(session, account_id, submission)) is not None:
        return before
    about = sorted({line.child_id for line in wish.lines} & {child.id for child in children})
    for child_id in about:
        lock_child(session, child_id)
    if (
        before := find_request(session, account_id, submission)
    ) is not None:  # the first press came in while this one waited
        return before
    found = consider(session, tenant, children, wish, now, by)
    if seen is not None and seen != fingerprint(found):
        raise OutcomeChanged
    accepted = [each for each in found if each.accepted]
    if not accepted:
        raise NothingToAsk
    # before the first decision is kept: under a new version of the file the one who keeps its text makes others wait
    lock_groups(session, {each.standing.group.id for each in accepted if each.standing and _needs_no_person(each)})
    one_day = len({each.line.day for each in accepted}) == 1
    request = DayRequest(
        account_id=account_id, submission=submission, sent_at=now, by=by, is_period=wish.is_period, remark=wish.remark,
        lapses_on=wish.lapses_on, all_or_nothing=wish.all_or_nothing and one_day and len(about) > 1,
        signed_by=signed.guardian_id if signed else None, signed_on=signed.on if signed else None,
        signed_how=signed.how if signed else None,
    )  # fmt: skip
    session.add(request)
    session.flush()
    bookings = [_booking(session, tenant, request, each, now) for each in accepted]
    at_once = [b for b, each in zip(bookings, accepted, strict=True) if _needs_no_person(each)]
    rest = [each for each in at_once if not each.guaranteed]
    if not request.all_or_nothing:
        together = [[each] for each in rest]
    else:  # where a person judges one of them, that person judges all
        together = [rest] if len(at_once) == len(bookings) else []
    for these in [*([each] for each in at_once if each.guaranteed), *together]:
        _approve_at_once(session, tenant, these, now)
    return request


def _booking(session: TenantSession, tenant: Tenant, request: DayRequest, each: Considered, now: datetime) -> Booking:
    assert each.judgement is not None and each.standing is not None and each.judgement.request is not None
    line, contract = each.line, each.standing.contract
    decision = keep_decision(session, tenant, each.facts, each.judgement, now)
    booking = Booking(
        request_id=request.id, child_id=line.child_id, group_id=each.standing.group.id, decision_id=decision.id, action=each.action,
        day=line.day, starts=line.starts, ends=line.ends, care_type=line.care_type, contract=contract.rule_key, product=line.product,
        location_key=each.standing.location.rule_key, state="awaiting", guaranteed=each.judgement.request.guaranteed, beyond_limit=False,
        answer_by=each.judgement.request.answer_by, silence=each.judgement.request.silence, invoice_minutes=each.invoice_minutes,
        given_up_day=each.gives_up.day if each.gives_up else None, given_up_starts=each.gives_up.starts if each.gives_up else None,
        given_up_ends=each.gives_up.ends if each.gives_up else None,
    )  # fmt: skip
    session.add(booking)
    session.flush()
    for portion, amount in each.uses:
        write(session, portion.id, "reserved", -amount, now, booking.day, booking.id)
    session.flush()
    return booking


def _needs_no_person(each: Considered) -> bool:
    return each.judgement is not None and each.judgement.decision.outcome in ("granted", "guaranteed")


def _approve_at_once(session: TenantSession, tenant: Tenant, bookings: Sequence[Booking], now: datetime) -> None:
    """All or none of these. A guarantee holds whether there is a place or not; the rest waits for a person where there is none."""
    try:
        with session.begin_nested():
            _take_places(session, tenant, bookings, now, beyond=any(each.guaranteed for each in bookings))
    except Full:
        return
    for booking in bookings:
        _stand_approved(session, tenant, booking, now, by=None)


# Judging


def approve(
    session: TenantSession,
    tenant: Tenant,
    booking_ids: Collection[str],
    by: str,
    now: datetime,
    *,
    beyond: str | None = None,
) -> list[Booking]:
    """All of these, and what is judged as a whole with them; all or none. `by`: the account that judges.

    `beyond`: the reason of a person with the right to approve more than there is room for. Raises BookingStands, Full,
    GivenUpIsAway; then the caller rolls back.
    """
    bookings = _waiting(session, tenant, booking_ids, "approve", now)
    _take_places(session, tenant, bookings, now, beyond=beyond is not None)
    for booking in bookings:
        if beyond is not None:
            booking.beyond_limit, booking.reason = True, beyond
        _stand_approved(session, tenant, booking, now, by)
    return bookings


def reject(
    session: TenantSession, tenant: Tenant, booking_ids: Collection[str], by: str, now: datetime, reason: str | None
) -> list[Booking]:
    """A sibling that is judged as a whole goes with them. Raises BookingStands, also for what is guaranteed."""
    bookings = _waiting(session, tenant, booking_ids, "reject", now)
    for booking in bookings:
        if booking.guaranteed:
            raise BookingStands("guaranteed", "reject")
        booking.state, booking.judged_at, booking.judged_by, booking.reason = (
            after(booking.state, "reject"),
            now,
            by,
            reason,
        )
    _release(session, bookings, now)
    return bookings


def undo(session: TenantSession, booking_ids: Collection[str], now: datetime) -> list[Booking]:
    """Back to waiting, within UNDO of the judgement. Raises BookingStands, CreditIsGone."""
    bookings = _locked(session, booking_ids, "undo")
    for booking in bookings:
        if booking.judged_by is None or booking.judged_at is None or now > booking.judged_at + UNDO:
            raise BookingStands(booking.state, "undo")
        if booking.state == "rejected" and _asked_again(session, booking):
            raise BookingStands(booking.state, "undo")
    reserved = _reserved_before(session, bookings)
    left = {portion.id: amount for portion, amount in portions_of(session, *{each.child_id for each in bookings})}
    for booking in bookings:
        was = booking.state
        booking.state, booking.judged_at, booking.judged_by, booking.reason = after(was, "undo"), None, None, None
        if was == "approved":
            give_place_back(session, booking.group_id, booking.day, booking.starts, booking.ends)
            booking.beyond_limit = False
            _give_rest_back(session, booking, now)
        for portion_id, amount in reserved[booking.id].items():
            if was == "approved":
                write(session, portion_id, "given_back", amount, now, booking.day, booking.id)
            elif left[portion_id] < amount:
                raise CreditIsGone
            else:
                left[portion_id] -= amount
            session.flush()
            write(session, portion_id, "reserved", -amount, now, booking.day, booking.id)
    session.flush()
    return bookings


def _asked_again(session: TenantSession, booking: Booking) -> bool:
    """Something else came in since, for this time or with the same daypart handed in."""
    days = [each for each in (booking.day, booking.given_up_day) if each is not None]
    return any(
        (each.day == booking.day and each.starts < booking.ends and booking.starts < each.ends)
        or (each.given_up_day is not None and (each.given_up_day, each.given_up_starts) == (booking.given_up_day, booking.given_up_starts))
        for each in list_live_bookings(session, [booking.child_id], min(days), max(days))
    )  # fmt: skip


def _reserved_before(session: TenantSession, bookings: Sequence[Booking]) -> dict[str, dict[str, int]]:
    """booking -> portion -> what it took; of a rejected one, what was released with the judgement."""
    found = used_for(session, [each.id for each in bookings if each.state == "approved"])
    for booking in bookings:
        if booking.state == "rejected":
            rows = session.scalars(
                select(CreditLedgerEntry).where(
                    CreditLedgerEntry.booking_id == booking.id, CreditLedgerEntry.entry == "released",
                    CreditLedgerEntry.at == booking.judged_at,
                )
            )  # fmt: skip
            found[booking.id] = {row.portion_id: row.sixtieths for row in rows}
    return found


def lock_for_judging(session: TenantSession, booking_ids: Collection[str]) -> None:
    """Before several requests are judged one after the other: all that they touch, in the order that everybody keeps.
    Raises LookupError."""
    _lock(session, _together(session, booking_ids))


def _waiting(
    session: TenantSession, tenant: Tenant, booking_ids: Collection[str], action: str, now: datetime
) -> list[Booking]:
    """What can still be judged: it has not lapsed, whether the clock's work was done already or not."""
    bookings = _locked(session, booking_ids, action)
    if _over(session, tenant, bookings, now):
        raise BookingStands("lapsed", action)
    return bookings


def _locked(session: TenantSession, booking_ids: Collection[str], action: str) -> list[Booking]:
    """These and what is judged as a whole with them, with their children and groups locked, in the state that they are in now."""
    known = _together(session, booking_ids)
    _lock(session, known)
    locked = lock_bookings(session, [each.id for each in known])  # from here on nobody changes their states
    named = [each for each in locked if each.id in booking_ids]
    states = {each.state for each in named}
    bookings = [each for each in locked if each in named or each.state in states]
    for booking in bookings:
        after(booking.state, action)
    return bookings


def _together(session: TenantSession, booking_ids: Collection[str]) -> list[Booking]:
    """These and all of their requests that are judged as a whole. Raises LookupError."""
    named = session.scalars(select(Booking).where(Booking.id.in_(booking_ids))).all()
    if len(named) != len(set(booking_ids)):
        raise LookupError("no such booking")
    whole = select(DayRequest.id).where(
        DayRequest.id.in_({each.request_id for each in named}), DayRequest.all_or_nothing.is_(True)
    )
    others = session.scalars(select(Booking).where(Booking.request_id.in_(whole)))
    return list({each.id: each for each in (*named, *others)}.values())


def _lock(session: TenantSession, bookings: Iterable[Booking]) -> None:
    known = list(bookings)
    for child_id in sorted({each.child_id for each in known}):
        lock_child(session, child_id)
    lock_groups(session, {each.group_id for each in known})


def _take_places(
    session: TenantSession, tenant: Tenant, bookings: Sequence[Booking], now: datetime, *, beyond: bool
) -> None:
    """Raises Full. The bookings of one group and day are looked at together."""
    _must_be_there(session, bookings)
    lock_groups(session, {each.group_id for each in bookings})
    today = acting_on(tenant.rulebook, now)
    on = groups_on(session, tenant.rulebook, {b.group_id for b in bookings}, {b.day for b in bookings}, today)
    if not beyond:
        _must_fit(session, tenant, bookings, on)
    for booking in sorted(bookings, key=lambda each: (each.group_id, each.day, each.starts)):
        try:
            with session.begin_nested():
                take_place(session, on[booking.group_id, booking.day], booking.starts, booking.ends, beyond=beyond)
        except NoPlace:
            raise Full([booking]) from None


def _must_fit(session: TenantSession, tenant: Tenant, bookings: Sequence[Booking], on: OnDays) -> None:
    """Places and the staff–child ratio, of all who would come to one group on one day together. What nobody told stops nobody."""
    born = {
        child.id: child.born_on
        for child in session.scalars(select(Child).where(Child.id.in_({each.child_id for each in bookings})))
    }
    together: dict[tuple[str, date, str], list[Booking]] = {}
    for booking in bookings:
        together.setdefault((booking.group_id, booking.day, booking.care_type), []).append(booking)
    for (group_id, day, care_type), these in together.items():
        fit = room_for(
            tenant, on, group_id, day, care_type, [(each.starts, each.ends, born[each.child_id]) for each in these]
        )
        if not fit.fits:
            raise Full(these, fit)


def _must_be_there(session: TenantSession, bookings: Sequence[Booking]) -> None:
    for booking in bookings:
        if booking.given_up_day is not None:
            away = select(Absence.id).where(
                Absence.child_id == booking.child_id, Absence.day == booking.given_up_day, Absence.starts == booking.given_up_starts,
                Absence.withdrawn_at.is_(None),
            )  # fmt: skip
            if session.scalars(away).first() is not None:
                raise GivenUpIsAway


def _stand_approved(session: TenantSession, tenant: Tenant, booking: Booking, now: datetime, by: str | None) -> None:
    booking.state, booking.judged_at, booking.judged_by = after(booking.state, "approve"), now, by
    used = used_for(session, [booking.id])[booking.id]
    for portion_id, amount in used.items():
        write(session, portion_id, "released", amount, now, booking.day, booking.id)
        session.flush()  # the database counts entry by entry, and never below nothing
        write(session, portion_id, "spent", -amount, now, booking.day, booking.id)
    session.flush()
    terms = tenant.rulebook.terms(acting_on(tenant.rulebook, now), booking.care_type, booking.location_key)
    for portion, left in portions_of(session, booking.child_id) if used else []:
        spend = terms.credits[portion.kind].spend if portion.kind in terms.credits else None
        if portion.id in used and left > 0 and spend is not None and spend.rest.value == "lapses":
            write(session, portion.id, "lapsed", -left, now, booking.day, booking.id)
    session.flush()


def _give_rest_back(session: TenantSession, booking: Booking, now: datetime) -> None:
    """What of its portions lapsed because they were used in part: no longer used, they are whole again."""
    for portion_id, amount in used_for(session, [booking.id], REST)[booking.id].items():
        write(session, portion_id, "corrected", amount, now, booking.day, booking.id)


def _release(session: TenantSession, bookings: Sequence[Booking], now: datetime) -> None:
    used = used_for(session, [each.id for each in bookings])
    for booking in bookings:
        for portion_id, amount in used[booking.id].items():
            write(session, portion_id, "released", amount, now, booking.day, booking.id)
    session.flush()


# Cancelling


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Whether what one child has in a request can be cancelled now, and what follows. `bookings`: all that go together.
    `by_person`: who cancels may decide what the rules leave to a person."""

    bookings: tuple[Booking, ...]
    facts: dict[str, Any]
    judgement: Judgement
    waited: bool  # for an answer to one of them, before it was cancelled
    by_person: bool = False

    @property
    def possible(self) -> bool:
        decision = self.judgement.decision
        return bool(self.bookings) and (decision.granted or (self.by_person and decision.outcome == "to_judge"))

    @property
    def follows(self) -> str | None:
        return self.judgement.cancel.then if self.judgement.cancel else None


def cancelling(
    session: TenantSession,
    tenant: Tenant,
    booking: Booking,
    now: datetime,
    by: str = "parent",
    *,
    by_person: bool = False,
) -> Cancelling:
    """A period is cancelled as a whole, as far as it is still to come, by the rule for its first day to come."""
    request = session.get_one(DayRequest, (session.tenant, booking.request_id))
    together = [booking]
    if request.is_period:
        zone = tenant.rulebook.zone
        together = [
            each
            for each in list_bookings_of(session, request.id, [booking.child_id])
            if each.state in LIVE and resolve(datetime.combine(each.day, each.starts), zone) > now
        ]
    first = together[0] if together else booking
    facts = cancel_facts(first, booked_day(first), now, request.sent_at, tenant.rulebook.zone, by)
    judgement = judge(reading_of(tenant), facts)
    live = tuple(each for each in together if each.state in LIVE)
    return Cancelling(live, facts, judgement, any(each.state == "awaiting" for each in live), by_person)


def cancel_bookings(
    session: TenantSession, tenant: Tenant, booking_id: str, child_ids: Collection[str], now: datetime, *, seen: str | None = None,
    by: str = "parent", by_person: bool = False, reason: str | None = None,
) -> Cancelling:  # fmt: skip
    """Twice is once: who comes second gets the same answer, and nothing moves again. `reason`: of staff, for the parents.

    Raises OutcomeChanged, and LookupError for a booking that is not of these children.
    """
    booking = find_own_booking(session, booking_id, child_ids)
    if booking is None:
        raise LookupError("no such booking")
    together = list_bookings_of(session, booking.request_id, [booking.child_id])
    _lock(session, together)
    lock_bookings(session, [each.id for each in together])
    found = cancelling(session, tenant, booking, now, by, by_person=by_person)
    if not found.possible:
        return found
    if seen is not None and seen != cancelling_print(found):
        raise OutcomeChanged
    decision = keep_decision(session, tenant, found.facts, found.judgement, now)
    used = used_for(session, [each.id for each in found.bookings])
    for each in found.bookings:
        was = each.state
        each.state, each.ended_at, each.ending_id, each.follows = after(was, "cancel"), now, decision.id, found.follows
        each.ending_reason = reason
        if was == "approved":
            give_place_back(session, each.group_id, each.day, each.starts, each.ends)
        if was == "awaiting" or found.follows not in STAYS_SPENT:
            entry = "released" if was == "awaiting" else "given_back"
            for portion_id, amount in used[each.id].items():
                write(session, portion_id, entry, amount, now, each.day, each.id)
            _give_rest_back(session, each, now)
    session.flush()
    return found


def cancelling_print(found: Cancelling) -> str:
    return f"{found.possible}.{found.follows}.{len(found.bookings)}.{','.join(sorted({each.state for each in found.bookings}))}"


# What time does


def lapse_bookings(session: TenantSession, tenant: Tenant, now: datetime) -> list[Booking]:
    """Those that waited until the day that the parent chose, or until care would begin. Late or twice is the same."""
    waiting = list_awaiting_for(session, acting_on(tenant.rulebook, now))
    with_siblings = _together(session, [each.id for each in waiting])  # their own date may still be to come
    over = _over(session, tenant, [each for each in with_siblings if each.state == "awaiting"], now)
    _lock(session, over)
    lapsed = [each for each in lock_bookings(session, [each.id for each in over]) if each.state == "awaiting"]
    for booking in lapsed:
        booking.state, booking.ended_at = after(booking.state, "lapse"), now
    _release(session, lapsed, now)
    return lapsed


def approve_by_silence(session: TenantSession, tenant: Tenant, now: datetime) -> list[Booking]:
    """Those that nobody answered by the last day for it, where the rules say that silence means yes; as far as there is room: what
    does not fit waits for a person. Late or twice is the same. The caller commits before it lets others lapse: that locks
    children, and groups are locked here."""
    today, approved = acting_on(tenant.rulebook, now), []
    waiting = list_awaiting_for(session, today)
    due = [
        each for each in waiting if each.silence == "approved" and each.answer_by is not None and each.answer_by < today
    ]
    if not due:
        return []
    lock_for_judging(session, [each.id for each in due])
    requests = list_requests(session, {each.request_id for each in due})
    for request in (requests[each] for each in dict.fromkeys(booking.request_id for booking in due)):
        mine = [each.id for each in due if each.request_id == request.id]
        waiting = [each for each in lock_bookings(session, mine) if each.state == "awaiting"]
        others = [each for each in list_bookings_of(session, request.id) if each.state == "awaiting"]
        together = [[each] for each in waiting]
        if request.all_or_nothing:
            together = [waiting] if len(waiting) == len(others) else []
        for these in together:
            if these and all(_silence_came_first(tenant, each, request, now) for each in these):
                with suppress(GivenUpIsAway):  # what it hands in was reported absent: a person looks at that
                    _approve_at_once(session, tenant, these, now)
                approved += [each for each in these if each.state == "approved"]
    return approved


def _silence_came_first(tenant: Tenant, booking: Booking, request: DayRequest, now: datetime) -> bool:
    """Before the request lapsed on the date that the parent chose; both on one day is yes, since that was promised. Of care that
    has begun nobody says yes any more."""
    begins = resolve(datetime.combine(booking.day, booking.starts), tenant.rulebook.zone)
    in_time = request.lapses_on is None or (booking.answer_by is not None and booking.answer_by <= request.lapses_on)
    return in_time and now < begins


def _over(session: TenantSession, tenant: Tenant, waiting: Sequence[Booking], now: datetime) -> list[Booking]:
    """Of these the ones that have waited too long; of siblings that are judged as a whole all, when one has."""
    requests = list_requests(session, {each.request_id for each in waiting})

    def is_over(booking: Booking) -> bool:
        return is_open_until(tenant, booking, requests[booking.request_id]) <= now

    wholes = {each.request_id for each in waiting if requests[each.request_id].all_or_nothing and is_over(each)}
    return [each for each in waiting if each.request_id in wholes or is_over(each)]


def is_open_until(tenant: Tenant, booking: Booking, request: DayRequest) -> datetime:
    """From this moment on it is not judged any more: care begins, the last day that the parent chose is over, or the last day
    for an answer where silence means no."""
    zone = tenant.rulebook.zone
    days = [request.lapses_on, booking.answer_by if booking.silence == "lapses" else None]
    ends = [resolve(datetime.combine(day + timedelta(days=1), time()), zone) for day in days if day is not None]
    return min([resolve(datetime.combine(booking.day, booking.starts), zone), *ends])


def is_judged(session: TenantSession, request_id: str) -> bool:
    """Every part of it has been judged, or is over otherwise."""
    return all(each.state != "awaiting" for each in list_bookings_of(session, request_id))


def portions_named(session: TenantSession, portion_ids: Collection[str]) -> dict[str, CreditPortion]:
    return {each.id: each for each in session.scalars(select(CreditPortion).where(CreditPortion.id.in_(portion_ids)))}
