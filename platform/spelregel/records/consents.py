"""What a guardian answered to what the organisation asks consent for. Rows are added, the last one counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession


class ConsentAnswer(TenantRow):
    """`child_id` None where it is asked per account. `digest`: the version of the organisation's file that worded the question."""

    __tablename__ = "consent_answer"
    __table_args__ = (
        refers_to("account_id", "account"), refers_to("child_id", "child"), Index(None, "tenant_id", "account_id")
    )  # fmt: skip
    account_id: Mapped[str] = id_column()
    child_id: Mapped[str | None] = id_column(nullable=True)
    consent: Mapped[str] = mapped_column(String(40))
    choice: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcMoment)


def answers_of(session: TenantSession, account_id: str) -> dict[tuple[str, str | None], ConsentAnswer]:
    """(consent, child) -> the last answer."""
    rows = session.scalars(
        select(ConsentAnswer).where(ConsentAnswer.account_id == account_id).order_by(ConsentAnswer.at, ConsentAnswer.id)
    )
    return {(each.consent, each.child_id): each for each in rows}


def answer(
    session: TenantSession, account_id: str, choices: Iterable[tuple[str, str | None, str]], digest: str, now: datetime
) -> int:
    """Writes down (consent, child, choice); what was answered so already is not written again. How many were new."""
    before, new = answers_of(session, account_id), 0
    for consent, child_id, choice in choices:
        last = before.get((consent, child_id))
        if last is None or last.choice != choice:
            session.add(ConsentAnswer(account_id=account_id, child_id=child_id, consent=consent, choice=choice, digest=digest, at=now))  # fmt: skip
            new += 1
    return new
