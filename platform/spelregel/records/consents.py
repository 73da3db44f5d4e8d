"""What a guardian answered to what the organisation asks consent for. Rows are added, the last one counts.

Every guardian answers for themselves, about each own child or once for the account, and reads nothing of what another
answered. The file that worded the question is kept beside the answer, so that it can be shown who agreed to what, when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Index, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.accounts import Account, lock_account
from spelregel.records.decisions import keep_text, tenant_of_version
from spelregel.records.family import Child, Custody
from spelregel.records.placements import first_days_of_care
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Consent, Tenant, Texts

BEFORE_USE: Final = "before first use"
AT_THE_START: Final = "at the start"
LATER: Final = timedelta(microseconds=1)


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


# Asking


@dataclass(frozen=True, slots=True)
class Question:
    """One consent about one child, or (`child` None) for the account. `choice`: what was answered, while that can still be
    chosen. `holds`: nothing else is open to this guardian until it is answered."""

    consent: Consent
    child: Child | None
    choice: str | None
    holds: bool

    @property
    def child_id(self) -> str | None:
        return self.child.id if self.child else None

    @property
    def is_open(self) -> bool:
        return self.choice is None


def questions(
    session: TenantSession, tenant: Tenant, account_id: str, children: Sequence[Child], today: date
) -> list[Question]:
    """Everything that the organisation asks this guardian: child by child, and then what is asked once.

    "Before first use" holds at once, "at the start" from the child's first day of care on, "any time" never.
    """
    if not tenant.consents:
        return []
    answers = answers_of(session, account_id)
    timed = any(each.ask == AT_THE_START for each in tenant.consents)
    starts = first_days_of_care(session, [child.id for child in children]) if timed else {}
    begun = {child_id for child_id, first in starts.items() if first <= today}
    found = []
    for child in [*children, None]:
        for consent in tenant.consents:
            if (consent.per == "child") is (child is None):
                continue
            last = answers.get((consent.id, child.id if child else None))
            choice = last.choice if last is not None and last.choice in consent.choices else None
            due = consent.ask == BEFORE_USE or (
                consent.ask == AT_THE_START and (child.id in begun if child else bool(begun))
            )
            found.append(Question(consent, child, choice, choice is None and due))
    return found


def holds(session: TenantSession, tenant: Tenant, account_id: str, children: Sequence[Child], today: date) -> bool:
    """Whether something has to be answered before anything else."""
    if all(each.ask == "any time" for each in tenant.consents):
        return False
    return any(each.holds for each in questions(session, tenant, account_id, children, today))


# Answers


def answers_of(session: TenantSession, account_id: str) -> dict[tuple[str, str | None], ConsentAnswer]:
    """(consent, child) -> the last answer."""
    rows = session.scalars(
        select(ConsentAnswer).where(ConsentAnswer.account_id == account_id).order_by(ConsentAnswer.at, ConsentAnswer.id)
    )
    return {(each.consent, each.child_id): each for each in rows}


def answer(
    session: TenantSession, tenant: Tenant, account_id: str, choices: Iterable[tuple[str, str | None, str]], now: datetime
) -> list[ConsentAnswer]:  # fmt: skip
    """Writes down (consent, child, choice); what was answered so already is not written again. What was new."""
    # Two devices of one person are one after the other: the last to be written is the last to count, whatever their clocks say.
    lock_account(session, account_id)
    before, new = answers_of(session, account_id), []
    for consent, child_id, choice in choices:
        last = before.get((consent, child_id))
        if last is not None and last.choice == choice:
            continue
        at = now if last is None else max(now, last.at + LATER)
        new.append(ConsentAnswer(account_id=account_id, child_id=child_id, consent=consent, choice=choice, digest=keep_text(session, tenant, now), at=at))  # fmt: skip
    session.add_all(new)
    return new


# Afterwards


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer in the words that were read when it was given; of a file that cannot be read any more its own keys."""

    at: datetime
    child_id: str | None
    asked: Texts
    chosen: Texts


def history(
    session: TenantSession, tenant: Tenant, account_id: str, child_ids: Sequence[str], *, limit: int = 200
) -> list[Answered]:
    """What this guardian answered about these children and for the account, the newest first."""
    rows = session.scalars(
        select(ConsentAnswer)
        .where(ConsentAnswer.account_id == account_id, or_(ConsentAnswer.child_id.is_(None), ConsentAnswer.child_id.in_(child_ids)))
        .order_by(ConsentAnswer.at.desc(), ConsentAnswer.id.desc())
        .limit(limit)
    )  # fmt: skip
    found = []
    for each in rows:
        then = tenant if each.digest == tenant.rulebook.digest else tenant_of_version(session, each.digest)
        asked = next((consent for consent in then.consents if consent.id == each.consent), None) if then else None
        found.append(
            Answered(
                each.at,
                each.child_id,
                asked.name if asked else {"": each.consent},
                asked.choices.get(each.choice, {"": each.choice}) if asked else {"": each.choice},
            )
        )
    return found


# What counts


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts about one child. `answers`: each guardian who has a say -> the choice, None while there is none.

    `why`: "agreed" (and only then there is a `choice`), "differs", "unanswered", "nobody" (has a say) or "not asked" (here).
    Without a choice nothing was given: what needs this consent does not happen. Never shown to a guardian: it tells what another answered.
    """

    answers: dict[str, str | None]
    choice: str | None
    why: str


def standing_consent(session: TenantSession, tenant: Tenant, child_id: str, consent_id: str, now: datetime) -> Standing:
    """Who has a say is every guardian with custody, not barred, whose account was activated and is not shut.

    The choices of a file have no order from strict to free, so where guardians differ no answer wins: it is not given.
    """
    consent = next((each for each in tenant.consents if each.id == consent_id), None)
    if consent is None:
        return Standing({}, None, "not asked")
    guardians = session.execute(
        select(Custody.guardian_id, Account.id)
        .join(Account, (Account.guardian_id == Custody.guardian_id) & (Account.tenant_id == Custody.tenant_id))
        .where(
            Custody.child_id == child_id,
            or_(Custody.barred_at.is_(None), Custody.barred_at > now),
            Account.activated_at <= now,
            or_(Account.disabled_at.is_(None), Account.disabled_at > now),
        )
    ).all()
    of_account = {account_id: guardian_id for guardian_id, account_id in guardians}
    answers: dict[str, str | None] = dict.fromkeys(sorted(of_account.values()))
    about = child_id if consent.per == "child" else None
    rows = session.scalars(
        select(ConsentAnswer)
        .where(
            ConsentAnswer.account_id.in_(list(of_account)),
            ConsentAnswer.consent == consent.id,
            ConsentAnswer.child_id == about if about else ConsentAnswer.child_id.is_(None),
            ConsentAnswer.at <= now,
        )
        .order_by(ConsentAnswer.at, ConsentAnswer.id)
    )
    for each in rows:
        answers[of_account[each.account_id]] = each.choice if each.choice in consent.choices else None
    said = set(answers.values())
    if not said:
        return Standing(answers, None, "nobody")
    if None in said:
        return Standing(answers, None, "unanswered")
    return Standing(answers, said.pop(), "agreed") if len(said) == 1 else Standing(answers, None, "differs")
