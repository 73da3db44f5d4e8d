"""Every decision that was acted on, with its facts, its trace and the text of the file that decided: for good."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, String, Text, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.absences import Absence
from spelregel.records.day_requests import Booking
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow
from spelregel.storage.session import TenantSession
from spelregel.tenancy.check import check_text, reading_of
from spelregel.tenancy.judging import Judgement, judge, judgement_as_data
from spelregel.tenancy.tenant import Tenant


class OutcomeChanged(Exception):
    """What would happen is not what was read before the press of the button. Nothing was written."""


class DecisionRecord(TenantRow):
    """`facts` as an example writes them, `trace` as `decide --json` prints it, `digest` of the file. Never changed."""

    __tablename__ = "decision"
    decided_at: Mapped[datetime] = mapped_column(UtcMoment)
    kind: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    trace: Mapped[dict[str, Any]] = mapped_column(JSON)


class TenantFile(TenantRow):
    """The text of a file version that decided something. `id` is the first half of its digest."""

    __tablename__ = "tenant_file"
    digest: Mapped[str] = mapped_column(String(64))
    file: Mapped[str] = mapped_column(String(400))
    text: Mapped[str] = mapped_column(Text)
    first_used_at: Mapped[datetime] = mapped_column(UtcMoment)


def keep_decision(
    session: TenantSession, tenant: Tenant, when: Mapping[str, Any], judgement: Judgement, now: datetime
) -> DecisionRecord:
    trace = judgement_as_data(judgement, reading_of(tenant), when)
    record = DecisionRecord(
        decided_at=now, kind=trace["decision"], outcome=trace["outcome"], digest=keep_text(session, tenant, now),
        facts=dict(when), trace=trace,
    )  # fmt: skip
    session.add(record)
    session.flush()
    return record


def keep_text(session: TenantSession, tenant: Tenant, now: datetime) -> str:
    """Keeps the organisation's file as it is now, once per version: what it decided or asked can be read for good. Its digest."""
    digest = tenant.rulebook.digest
    if session.get(TenantFile, (session.tenant, digest[:32])) is not None:
        return digest
    try:
        with session.begin_nested():
            session.add(
                TenantFile(
                    id=digest[:32], digest=digest, file=tenant.rulebook.file, text=tenant.text, first_used_at=now
                )
            )
    except IntegrityError:  # another parent was the first with this version, a moment ago
        pass
    return digest


@lru_cache(maxsize=64)
def _tenant_of(text: str, file: str) -> Tenant | None:
    return check_text(text.encode(), file).tenant


def find_decision(session: TenantSession, decision_id: str) -> DecisionRecord | None:
    return session.get(DecisionRecord, (session.tenant, decision_id))


def on_invoice(session: TenantSession, booking: Booking) -> int:
    """Minutes of care; none where the rules that decided tell of no payment."""
    decision = find_decision(session, booking.decision_id)
    return booking.invoice_minutes if decision is not None and decision.trace.get("pay") is not None else 0


def tenant_of_version(session: TenantSession, digest: str) -> Tenant | None:
    """The organisation's file as it was; None when a newer program cannot read that version any more."""
    kept = session.scalars(select(TenantFile).where(TenantFile.digest == digest)).one_or_none()
    return _tenant_of(kept.text, kept.file) if kept else None


def judgement_of(session: TenantSession, record: DecisionRecord, live: Tenant) -> Judgement | None:
    """The same facts against the text that decided: the outcome must be the same. None: that text cannot be read any more."""
    tenant = live if live.rulebook.digest == record.digest else tenant_of_version(session, record.digest)
    return judge(reading_of(tenant), record.facts) if tenant else None


def find_own_decision(
    session: TenantSession, decision_id: str, child_ids: Collection[str]
) -> tuple[DecisionRecord, Absence | Booking] | None:
    """A decision about an absence or a booking of one of these children, or about taking it back or cancelling it."""
    absence = select(Absence).where(
        Absence.child_id.in_(child_ids), or_(Absence.decision_id == decision_id, Absence.withdrawal_id == decision_id)
    )
    booking = select(Booking).where(
        Booking.child_id.in_(child_ids), or_(Booking.decision_id == decision_id, Booking.ending_id == decision_id)
    )
    about: Absence | Booking | None = session.scalars(absence).first() or session.scalars(booking).first()
    record = find_decision(session, decision_id) if about else None
    return (record, about) if record and about else None
