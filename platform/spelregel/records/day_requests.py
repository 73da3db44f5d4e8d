"""Requests of a family for days, and their bookings: one daypart of one child each, with what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, case, delete, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.rules.booking_states import LIVE
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession


class RequestDraft(TenantRow):
    """What a parent chose, kept while they read what follows from it. `wish`: `Wish.as_data`."""

    __tablename__ = "request_draft"
    __table_args__ = (refers_to("account_id", "account"), Index(None, "tenant_id", "account_id"))
    account_id: Mapped[str] = id_column()
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    wish: Mapped[dict[str, Any]] = mapped_column(JSON)


class DayRequest(TenantRow):
    """What one press of the button sent. `submission` (the draft's id) makes a second press the same request.

    `by`: "parent" or "staff", who entered it; `account_id` is theirs. `lapses_on`: the last day that it waits, included.
    `remark`: of who sent it, for staff and for themselves. `signed_…`: the guardian whose word staff entered it on, the day
    of that, and one of SIGNED.
    """

    __tablename__ = "day_request"
    __table_args__ = (
        UniqueConstraint("tenant_id", "account_id", "submission"),
        refers_to("account_id", "account"),
        refers_to("signed_by", "guardian"),
    )
    account_id: Mapped[str] = id_column()
    submission: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(10))
    all_or_nothing: Mapped[bool]
    is_period: Mapped[bool]
    lapses_on: Mapped[date | None]
    remark: Mapped[str | None] = mapped_column(String(1000))
    signed_by: Mapped[str | None] = id_column(nullable=True)
    signed_on: Mapped[date | None]
    signed_how: Mapped[str | None] = mapped_column(String(10))


#: How a guardian signed: on the list at the location, or to the person who enters it.
SIGNED: Final = ("paper", "in person")


@dataclass(frozen=True, slots=True)
class SignOff:
    """A guardian's word for what staff enter. `how`: one of SIGNED."""

    guardian_id: str
    on: date
    how: str


class Booking(TenantRow):
    """`state`: rules/booking_states. `decision_id` explains what the rules said, `ending_id` the cancelling.

    `given_up_…`: the daypart that a swap hands in. `invoice_minutes`: care on the invoice; what credit pays stands in the
    ledger. `guaranteed`: it may not be refused. `beyond_limit`: approved although the group was full, with `reason`.
    `ending_reason`: why staff cancelled it, for the parents.
    """

    __tablename__ = "booking"
    __table_args__ = (
        refers_to("request_id", "day_request"),
        refers_to("child_id", "child"),
        refers_to("group_id", "care_group"),
        refers_to("decision_id", "decision"),
        refers_to("ending_id", "decision"),
        refers_to("judged_by", "account"),
        CheckConstraint("state IN ('awaiting','approved','rejected','lapsed','cancelled')", name="state"),
        CheckConstraint("starts < ends", name="forward"),
        Index(None, "tenant_id", "request_id"),
        Index(None, "tenant_id", "child_id", "day"),
        Index(None, "tenant_id", "group_id", "day"),
        Index(None, "tenant_id", "state", "day"),
        Index("ux_booking_daypart", "tenant_id", "child_id", "day", "starts", unique=True,
              sqlite_where=text("state IN ('awaiting','approved')"), postgresql_where=text("state IN ('awaiting','approved')")),
        Index("ux_booking_given_up", "tenant_id", "child_id", "given_up_day", "given_up_starts", unique=True,
              sqlite_where=text("state IN ('awaiting','approved')"), postgresql_where=text("state IN ('awaiting','approved')")),
    )  # fmt: skip
    request_id: Mapped[str] = id_column()
    child_id: Mapped[str] = id_column()
    group_id: Mapped[str] = id_column()
    decision_id: Mapped[str] = id_column()
    action: Mapped[str] = mapped_column(String(20))
    day: Mapped[date]
    starts: Mapped[time]
    ends: Mapped[time]
    care_type: Mapped[str] = mapped_column(String(10))
    contract: Mapped[str | None] = mapped_column(String(40))
    product: Mapped[str | None] = mapped_column(String(40))
    location_key: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    guaranteed: Mapped[bool]
    beyond_limit: Mapped[bool]
    answer_by: Mapped[date | None]
    silence: Mapped[str | None] = mapped_column(String(10))
    invoice_minutes: Mapped[int]
    given_up_day: Mapped[date | None]
    given_up_starts: Mapped[time | None]
    given_up_ends: Mapped[time | None]
    judged_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    judged_by: Mapped[str | None] = id_column(nullable=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    ending_id: Mapped[str | None] = id_column(nullable=True)
    follows: Mapped[str | None] = mapped_column(String(20))
    ending_reason: Mapped[str | None] = mapped_column(String(500))


# Drafts


def keep_draft(session: TenantSession, draft: RequestDraft) -> RequestDraft:
    """And forgets what this account left lying for more than a day."""
    old = RequestDraft.made_at < draft.made_at - timedelta(days=1)
    session.execute(delete(RequestDraft).where(RequestDraft.account_id == draft.account_id, old))
    session.add(draft)
    session.flush()
    return draft


def find_draft(session: TenantSession, draft_id: str, account_id: str) -> RequestDraft | None:
    mine = select(RequestDraft).where(RequestDraft.id == draft_id, RequestDraft.account_id == account_id)
    return session.scalars(mine).one_or_none()


# Requests


def find_request(session: TenantSession, account_id: str, submission: str) -> DayRequest | None:
    mine = select(DayRequest).where(DayRequest.account_id == account_id, DayRequest.submission == submission)
    return session.scalars(mine).one_or_none()


def find_own_request(session: TenantSession, request_id: str, child_ids: Collection[str]) -> DayRequest | None:
    """A request about one of these children, whichever guardian sent it."""
    about = select(Booking.request_id).where(Booking.child_id.in_(child_ids))
    return session.scalars(
        select(DayRequest).where(DayRequest.id == request_id, DayRequest.id.in_(about))
    ).one_or_none()


def list_requests(session: TenantSession, request_ids: Collection[str]) -> dict[str, DayRequest]:
    return {each.id: each for each in session.scalars(select(DayRequest).where(DayRequest.id.in_(request_ids)))}


# Bookings


def list_live_bookings(session: TenantSession, child_ids: Sequence[str], first: date, last: date) -> list[Booking]:
    """Awaiting or approved, with care or a given-up daypart from `first` to `last` included."""
    within = (Booking.day >= first) & (Booking.day <= last)
    given = (Booking.given_up_day >= first) & (Booking.given_up_day <= last)
    found = select(Booking).where(Booking.child_id.in_(child_ids), Booking.state.in_(LIVE), within | given)
    return list(session.scalars(found.order_by(Booking.day, Booking.starts, Booking.id)))


def list_bookings_of(
    session: TenantSession, request_id: str, child_ids: Collection[str] | None = None
) -> list[Booking]:
    """In order of the day; of these children only, where they are given."""
    found = select(Booking).where(Booking.request_id == request_id)
    if child_ids is not None:
        found = found.where(Booking.child_id.in_(child_ids))
    return list(session.scalars(found.order_by(Booking.day, Booking.starts, Booking.child_id)))


def list_recent_bookings(session: TenantSession, child_ids: Collection[str], most: int) -> list[Booking]:
    """Those of the requests that were sent last, for the overview."""
    found = (
        select(Booking)
        .join(DayRequest, (DayRequest.id == Booking.request_id) & (DayRequest.tenant_id == Booking.tenant_id))
        .where(Booking.child_id.in_(child_ids))
        .order_by(DayRequest.sent_at.desc(), Booking.day, Booking.starts, Booking.id)
        .limit(most)
    )
    return list(session.scalars(found))


def find_own_booking(session: TenantSession, booking_id: str, child_ids: Collection[str]) -> Booking | None:
    """Of one of these children only: another family's booking does not exist for who asks."""
    return session.scalars(
        select(Booking).where(Booking.id == booking_id, Booking.child_id.in_(child_ids))
    ).one_or_none()


def list_bookings_in(session: TenantSession, booking_ids: Collection[str], group_ids: Collection[str]) -> list[Booking]:
    """Those of them that are for one of these groups."""
    found = select(Booking).where(Booking.id.in_(booking_ids), Booking.group_id.in_(group_ids))
    return list(session.scalars(found.order_by(Booking.day, Booking.starts, Booking.id)))


def list_bookings_on(
    session: TenantSession, group_ids: Collection[str], days: Collection[date], action: str
) -> list[Booking]:
    """All of one kind for these groups on these days, whatever became of them."""
    found = select(Booking).where(Booking.group_id.in_(group_ids), Booking.day.in_(days), Booking.action == action)
    return list(session.scalars(found.order_by(Booking.day, Booking.starts, Booking.id)))


def list_awaiting(session: TenantSession, group_ids: Collection[str]) -> list[Booking]:
    """What waits to be judged in these groups, the oldest promise first."""
    found = select(Booking).where(Booking.group_id.in_(group_ids), Booking.state == "awaiting")
    return list(session.scalars(found.order_by(Booking.answer_by.is_(None), Booking.answer_by, Booking.day, Booking.starts, Booking.id)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait in each group, of those that have not run out of time; `late`: of those, for how many the day has passed by which an answer was promised."""

    all: dict[str, int]
    late: dict[str, int]


def count_waiting(session: TenantSession, group_ids: Collection[str], today: date) -> Waiting:
    found = Waiting({}, {})
    if group_ids:
        is_late = case((Booking.answer_by < today, 1), else_=0)
        rows = session.execute(
            select(Booking.group_id, func.count(), func.sum(is_late))
            .join(DayRequest, (DayRequest.id == Booking.request_id) & (DayRequest.tenant_id == Booking.tenant_id))
            .where(Booking.group_id.in_(group_ids), Booking.state == "awaiting", Booking.day >= today)
            .where(DayRequest.lapses_on.is_(None) | (DayRequest.lapses_on >= today))
            .group_by(Booking.group_id)
        )
        for group_id, number, late in rows:
            found.all[group_id] = number
            if late:
                found.late[group_id] = int(late)
    return found


def list_judged_since(session: TenantSession, account_id: str, since: datetime) -> list[Booking]:
    """What this account judged from that moment on and stands, the last first."""
    found = select(Booking).where(
        Booking.judged_by == account_id, Booking.judged_at >= since, Booking.state.in_(("approved", "rejected"))
    )
    return list(session.scalars(found.order_by(Booking.judged_at.desc(), Booking.day, Booking.starts, Booking.id)))


def may_lapse(session: TenantSession, now: datetime) -> bool:
    """Whether something waits that may have waited too long, wherever on earth it is what day."""
    return bool(list_awaiting_for(session, now.date() + timedelta(days=1)))


def list_awaiting_for(session: TenantSession, today: date) -> list[Booking]:
    """What waits and may have waited too long: the date that the parent chose has passed, or that of the answer where silence
    means something, or its day has come."""
    found = (
        select(Booking)
        .join(DayRequest, (DayRequest.id == Booking.request_id) & (DayRequest.tenant_id == Booking.tenant_id))
        .where(
            Booking.state == "awaiting",
            (DayRequest.lapses_on < today)
            | (Booking.day <= today)
            | (Booking.silence.in_(("approved", "lapses")) & (Booking.answer_by < today)),
        )
    )
    return list(session.scalars(found.order_by(Booking.day, Booking.id)))


def lock_bookings(session: TenantSession, booking_ids: Collection[str]) -> list[Booking]:
    """As they are now, kept so until this transaction ends; in one order, so that two who lock never wait for each other."""
    found = (
        select(Booking)
        .where(Booking.id.in_(booking_ids))
        .order_by(Booking.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(found))
