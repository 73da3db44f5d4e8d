"""Reported absences. One daypart has at most one absence that is not taken back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import JSON, Index, Select, String, UniqueConstraint, bindparam, delete, select, text
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession


class AbsenceReport(TenantRow):
    """What one press of the button sent. `submission` (the draft's id) makes a second press the same report."""

    __tablename__ = "absence_report"
    __table_args__ = (UniqueConstraint("tenant_id", "account_id", "submission"), refers_to("account_id", "account"))
    account_id: Mapped[str] = id_column()
    submission: Mapped[str] = mapped_column(String(64))
    reported_at: Mapped[datetime] = mapped_column(UtcMoment)
    reason: Mapped[str] = mapped_column(String(20))


class AbsenceDraft(TenantRow):
    """What a parent chose, kept while they read what follows: it can be gone back to, and is never sent by itself."""

    __tablename__ = "absence_draft"
    __table_args__ = (refers_to("account_id", "account"), Index(None, "tenant_id", "account_id"))
    account_id: Mapped[str] = id_column()
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    first: Mapped[date]
    last: Mapped[date]
    dayparts: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(20))


class Absence(TenantRow):
    """One daypart of one child. `decision_id` explains what was decided, `withdrawal_id` the taking back."""

    __tablename__ = "absence"
    __table_args__ = (
        refers_to("report_id", "absence_report"),
        refers_to("child_id", "child"),
        refers_to("decision_id", "decision"),
        refers_to("withdrawal_id", "decision"),
        Index(None, "tenant_id", "report_id"),
        Index("ux_absence_daypart", "tenant_id", "child_id", "day", "starts", unique=True,
              sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL")),
    )  # fmt: skip
    report_id: Mapped[str] = id_column()
    child_id: Mapped[str] = id_column()
    decision_id: Mapped[str] = id_column()
    day: Mapped[date]
    starts: Mapped[time]
    ends: Mapped[time]
    care_type: Mapped[str] = mapped_column(String(10))
    contract: Mapped[str | None] = mapped_column(String(40))
    location_key: Mapped[str | None] = mapped_column(String(40))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    withdrawal_id: Mapped[str | None] = id_column(nullable=True)


def find_report(session: TenantSession, account_id: str, submission: str) -> AbsenceReport | None:
    mine = select(AbsenceReport).where(AbsenceReport.account_id == account_id, AbsenceReport.submission == submission)
    return session.scalars(mine).one_or_none()


def keep_draft(session: TenantSession, draft: AbsenceDraft) -> AbsenceDraft:
    """And forgets what this account left lying for more than a day."""
    old = AbsenceDraft.made_at < draft.made_at - timedelta(days=1)
    session.execute(delete(AbsenceDraft).where(AbsenceDraft.account_id == draft.account_id, old))
    session.add(draft)
    session.flush()
    return draft


def find_draft(session: TenantSession, draft_id: str, account_id: str) -> AbsenceDraft | None:
    mine = select(AbsenceDraft).where(AbsenceDraft.id == draft_id, AbsenceDraft.account_id == account_id)
    return session.scalars(mine).one_or_none()


def list_absences(session: TenantSession, child_ids: Sequence[str], first: date, last: date) -> list[Absence]:
    """Those that stand, not those taken back."""
    return list(
        session.scalars(
            select(Absence).where(
                Absence.child_id.in_(child_ids),
                Absence.day >= first,
                Absence.day <= last,
                Absence.withdrawn_at.is_(None),
            )
        )
    )


class Absent(NamedTuple):
    """A daypart that was reported, as a list of days shows it."""

    child_id: str
    day: date
    starts: time
    report_id: str
    reason: str


def list_absent(session: TenantSession, child_ids: Sequence[str], first: date, last: date) -> list[Absent]:
    """What stands, with the reason that was given."""
    asked = {"children": list(child_ids), "first": first, "last": last}
    return [Absent(*row) for row in session.execute(_absent(), asked)]


@cache
def _absent() -> Select[str, date, time, str, str]:
    """Made once: every list of days asks it."""
    return (
        select(Absence.child_id, Absence.day, Absence.starts, Absence.report_id, AbsenceReport.reason)
        .join(AbsenceReport, (AbsenceReport.id == Absence.report_id) & (AbsenceReport.tenant_id == Absence.tenant_id))
        .where(Absence.child_id.in_(bindparam("children", expanding=True)), Absence.day >= bindparam("first"),
               Absence.day <= bindparam("last"), Absence.withdrawn_at.is_(None))
    )  # fmt: skip


def list_recent_absences(session: TenantSession, child_ids: Collection[str], most: int) -> list[Absence]:
    """Also those taken back; of the reports that were sent last."""
    found = (
        select(Absence)
        .join(AbsenceReport, (AbsenceReport.id == Absence.report_id) & (AbsenceReport.tenant_id == Absence.tenant_id))
        .where(Absence.child_id.in_(child_ids))
        .order_by(AbsenceReport.reported_at.desc(), Absence.day, Absence.starts, Absence.id)
        .limit(most)
    )
    return list(session.scalars(found))


def list_report_absences(session: TenantSession, report_id: str) -> list[Absence]:
    return list(
        session.scalars(select(Absence).where(Absence.report_id == report_id).order_by(Absence.day, Absence.starts))
    )


def find_absence(session: TenantSession, absence_id: str, child_ids: Collection[str]) -> Absence | None:
    """Of one of these children only: another family's absence does not exist for who asks."""
    return session.scalars(
        select(Absence).where(Absence.id == absence_id, Absence.child_id.in_(child_ids))
    ).one_or_none()


def find_own_report(session: TenantSession, report_id: str, child_ids: Collection[str]) -> AbsenceReport | None:
    """A report about one of these children, whichever guardian sent it."""
    about = select(Absence.report_id).where(Absence.child_id.in_(child_ids))
    return session.scalars(
        select(AbsenceReport).where(AbsenceReport.id == report_id, AbsenceReport.id.in_(about))
    ).one_or_none()


def list_reports(session: TenantSession, report_ids: Collection[str]) -> dict[str, AbsenceReport]:
    return {each.id: each for each in session.scalars(select(AbsenceReport).where(AbsenceReport.id.in_(report_ids)))}
