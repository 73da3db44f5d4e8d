"""What reporting an absence comes to, and doing it: absence, decision and credit succeed or fail together."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from spelregel.records.absences import (
    Absence,
    AbsenceReport,
    find_absence,
    find_report,
    list_absences,
    list_report_absences,
)
from spelregel.records.credit_ledger import (
    CreditPortion,
    EarnedPortion,
    add_portion,
    portions_of_absence,
    stock_of,
    write,
)
from spelregel.records.decisions import OutcomeChanged, keep_decision
from spelregel.records.facts_reader import absence_facts, care_day, withdrawal_facts
from spelregel.records.family import Child, lock_child
from spelregel.records.placements import PlannedDaypart, list_dayparts
from spelregel.rules.asking import acting_on, kind_of_day
from spelregel.rules.decision import Earned
from spelregel.storage.session import TenantSession
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.judging import Judgement, judge
from spelregel.tenancy.tenant import Tenant

TRIES = 2


@dataclass(frozen=True, slots=True)
class Consequence:
    """What reporting this daypart now would come to. `already`: it is reported absent before."""

    child: Child
    planned: PlannedDaypart
    facts: dict[str, object]
    judgement: Judgement
    already: Absence | None

    @property
    def accepted(self) -> bool:
        return self.already is None and self.judgement.verdict is not None and self.judgement.verdict.accepted

    @property
    def earned(self) -> tuple[Earned, ...]:
        verdict = self.judgement.verdict
        return verdict.earned if verdict and self.accepted else ()


class NothingToReport(Exception):
    """None of the dayparts is left to report: too late, or somebody of the family was first."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a parent can choose for these dayparts: rules may differ per kind of care and location."""

    reasons: tuple[str, ...]
    confirm: bool


def choices(tenant: Tenant, dayparts: Iterable[PlannedDaypart], now: datetime) -> Choices:
    today, rulebook = acting_on(tenant.rulebook, now), tenant.rulebook
    rules = [
        rulebook.terms(today, care_type, key).absence
        for care_type, key in dict.fromkeys((p.care_type, p.location_key) for p in dayparts)
    ]
    return Choices(
        tuple(dict.fromkeys(reason for rule in rules for reason in rule.reasons.value)),
        any(rule.confirm.value for rule in rules),
    )


def consequences(
    session: TenantSession,
    tenant: Tenant,
    children: Sequence[Child],
    dayparts: Iterable[PlannedDaypart],
    reason: str | None,
    now: datetime,
    by: str = "parent",
) -> list[Consequence]:
    """In the order of the dayparts: what one earns counts for the maximum of the next."""
    dayparts = list(dayparts)
    if not dayparts:
        return []
    by_id = {child.id: child for child in children}
    days = [planned.day for planned in dayparts]
    standing = {(a.child_id, a.day, a.starts): a for a in list_absences(session, list(by_id), min(days), max(days))}
    today, reading = acting_on(tenant.rulebook, now), reading_of(tenant)
    stock = stock_of(session, by_id, today)
    found = []
    for planned in dayparts:
        # A credit that the rules no longer know still belongs to the child, and is no fact for these rules.
        known = {kind: left for kind, left in stock[planned.child_id].items() if kind in tenant.rulebook.credit_kinds}
        facts = absence_facts(planned, now, tenant.rulebook.zone, by, reason, known)
        already = standing.get((planned.child_id, planned.day, planned.starts))
        consequence = Consequence(by_id[planned.child_id], planned, facts, judge(reading, facts), already)
        for earned in consequence.earned:
            stock[planned.child_id][earned.credit] = stock[planned.child_id].get(earned.credit, 0) + earned.amount
        found.append(consequence)
    return found


def fingerprint(found: Sequence[Consequence]) -> str:
    """The same as long as the parent would read the same: taken or not, what it earns, and the reason why not."""
    told = [
        (c.planned.key, c.accepted, [(e.credit, e.amount, str(e.valid_until)) for e in c.earned], c.judgement.decision.reason,
         c.judgement.verdict.late if c.judgement.verdict else None)
        for c in found
    ]  # fmt: skip
    return _digest(told)


def _digest(told: object) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def report_absence(
    session: TenantSession, tenant: Tenant, account_id: str, children: Sequence[Child], keys: Collection[str], first: date, last: date,
    reason: str, submission: str, now: datetime, *, seen: str | None = None, by: str = "parent",
) -> AbsenceReport:  # fmt: skip
    """Reports the dayparts named by `keys`; the same `submission` again is the same report. Commits.

    Raises OutcomeChanged when the consequence is not the one with fingerprint `seen`, NothingToReport when none of
    the dayparts is left to report.
    """
    for attempt in range(TRIES):
        try:
            return _report(session, tenant, account_id, children, keys, first, last, reason, submission, now, seen, by)
        except IntegrityError:  # somebody who did not wait for the lock was first: look again
            session.rollback()
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _report(
    session: TenantSession, tenant: Tenant, account_id: str, children: Sequence[Child], keys: Collection[str], first: date, last: date,
    reason: str, submission: str, now: datetime, seen: str | None, by: str,
) -> AbsenceReport:  # fmt: skip
    if (before := find_report(session, account_id, submission)) is not None:
        return before
    dayparts = [
        p
        for p in list_dayparts(session, tenant.rulebook, children, first, last, acting_on(tenant.rulebook, now))
        if p.key in keys
    ]
    for child_id in sorted({planned.child_id for planned in dayparts}):
        lock_child(session, child_id)
    if (
        before := find_report(session, account_id, submission)
    ) is not None:  # the first press came in while this one waited
        return before
    found = consequences(session, tenant, children, dayparts, reason, now, by)
    if seen is not None and seen != fingerprint(found):
        raise OutcomeChanged
    accepted = [each for each in found if each.accepted]
    if not accepted:
        raise NothingToReport
    report = AbsenceReport(account_id=account_id, submission=submission, reported_at=now, reason=reason)
    session.add(report)
    session.flush()
    for each in accepted:
        _write(session, tenant, report, each, now)
    session.commit()
    return report


def _write(session: TenantSession, tenant: Tenant, report: AbsenceReport, each: Consequence, now: datetime) -> None:
    planned = each.planned
    decision = keep_decision(session, tenant, each.facts, each.judgement, now)
    absence = Absence(report_id=report.id, child_id=planned.child_id, decision_id=decision.id, day=planned.day, starts=planned.starts, ends=planned.ends,
                      care_type=planned.care_type, contract=planned.contract, location_key=planned.location_key)  # fmt: skip
    session.add(absence)
    session.flush()
    terms = tenant.rulebook.terms(acting_on(tenant.rulebook, now), planned.care_type, planned.location_key)
    for earned in each.earned:
        portion = CreditPortion(child_id=planned.child_id, absence_id=absence.id, kind=earned.credit, care_type=planned.care_type, contract=planned.contract,
                                earned_for=planned.day, earned_on_kind=kind_of_day(terms, care_day(planned)), valid_until=earned.valid_until,
                                usable_from=earned.usable_from)  # fmt: skip
        add_portion(session, portion, earned.amount, "earned", now)


@dataclass(frozen=True, slots=True)
class TakingBack:
    """Whether an absence can be taken back now, and what of its credit goes with it."""

    absence: Absence
    facts: dict[str, object]
    judgement: Judgement
    returned: tuple[EarnedPortion, ...]

    @property
    def possible(self) -> bool:
        return self.absence.withdrawn_at is None and self.judgement.decision.granted


def taking_back(
    session: TenantSession, tenant: Tenant, absence: Absence, now: datetime, by: str = "parent"
) -> TakingBack:
    portions = portions_of_absence(session, absence.id)
    facts = withdrawal_facts(
        absence, now, tenant.rulebook.zone, by, sum(p.earned for p in portions), sum(p.spent for p in portions)
    )
    judgement = judge(reading_of(tenant), facts)
    goes = judgement.decision.granted and judgement.taken_back > 0
    return TakingBack(absence, facts, judgement, tuple(p for p in portions if p.left > 0) if goes else ())


def taking_back_print(found: Sequence[TakingBack]) -> str:
    """The same as long as the parent would read the same: which are taken back, and what credit goes."""
    return _digest([(b.absence.id, b.possible, [(p.portion.kind, p.left) for p in b.returned]) for b in found])


def withdraw_absences(
    session: TenantSession,
    tenant: Tenant,
    absence_ids: Collection[str],
    child_ids: Collection[str],
    now: datetime,
    *,
    seen: str | None = None,
    by: str = "parent",
) -> list[TakingBack]:
    """Takes these absences back, with the credit that the rules say; others than of these children do not exist. Commits.

    Twice is once: who comes second gets the same answer, and nothing moves again. Raises OutcomeChanged when what
    would happen is not what has the fingerprint `seen`.
    """
    absences = [
        each for absence_id in absence_ids if (each := find_absence(session, absence_id, child_ids)) is not None
    ]
    for child_id in sorted({absence.child_id for absence in absences}):
        lock_child(session, child_id)
    for absence in absences:
        session.refresh(absence)
    found = [taking_back(session, tenant, absence, now, by) for absence in absences]
    if not any(back.possible for back in found):
        return found
    if seen is not None and seen != taking_back_print(found):
        raise OutcomeChanged
    for back in found:
        if back.possible:
            decision = keep_decision(session, tenant, back.facts, back.judgement, now)
            back.absence.withdrawn_at, back.absence.withdrawal_id = now, decision.id
            for gone in back.returned:
                write(session, gone.portion.id, "taken_back", -gone.left, now)
    session.commit()
    return found


def standing_of_report(session: TenantSession, report_id: str, child_ids: Collection[str]) -> list[Absence]:
    return [a for a in list_report_absences(session, report_id) if a.child_id in child_ids and a.withdrawn_at is None]
