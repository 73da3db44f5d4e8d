"""What reporting an absence comes to, and doing it: absence, decision and credit succeed or fail together."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from spelregel.records.absences import Absence, AbsenceReport, find_absence, find_report, list_absences
from spelregel.records.credit_ledger import (
    CreditPortion,
    add_portion,
    portions_of_absence,
    stock_of,
    write,
)
from spelregel.records.decisions import keep_decision
from spelregel.records.facts_reader import absence_facts, care_day, withdrawal_facts
from spelregel.records.family import Child, lock_child
from spelregel.records.placements import PlannedDaypart, list_planned
from spelregel.rules.absence import acting_on, kind_of_day
from spelregel.rules.decision import Earned
from spelregel.storage.session import TenantSession
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.judging import Judgement, judge
from spelregel.tenancy.tenant import Tenant


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


class OutcomeChanged(Exception):
    """Between reading the consequence and pressing the button something changed: the parent reads it again first."""


class AlreadyReported(Exception):
    """Somebody else of the family reported this daypart a moment ago."""


def list_dayparts(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], first: date, last: date, now: datetime
) -> list[PlannedDaypart]:
    day = acting_on(tenant.rulebook, now)
    return list_planned(
        session, children, first, last, lambda care_type, key: tenant.rulebook.terms(day, care_type, key).calendar
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
        facts = absence_facts(planned, now, tenant.rulebook.zone, by, reason, stock[planned.child_id])
        judgement = judge(reading, facts)
        consequence = Consequence(
            by_id[planned.child_id],
            planned,
            facts,
            judgement,
            standing.get((planned.child_id, planned.day, planned.starts)),
        )
        for earned in consequence.earned:
            stock[planned.child_id][earned.credit] = stock[planned.child_id].get(earned.credit, 0) + earned.amount
        found.append(consequence)
    return found


def fingerprint(found: Sequence[Consequence]) -> str:
    """The same as long as the parent would read the same consequence."""
    told = [(c.planned.key, c.accepted, [(e.credit, e.amount, str(e.valid_until)) for e in c.earned]) for c in found]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def report_absence(
    session: TenantSession, tenant: Tenant, account_id: str, children: Sequence[Child], keys: Collection[str], first: date, last: date,
    reason: str, submission: str, now: datetime, *, seen: str | None = None, by: str = "parent",
) -> AbsenceReport:  # fmt: skip
    """Reports the dayparts named by `keys`; the same `submission` again is the same report. Commits.

    Raises OutcomeChanged when the consequence is not the one with fingerprint `seen`, AlreadyReported when none of
    the dayparts is left to report.
    """
    if (before := find_report(session, submission)) is not None:
        return before
    for child_id in sorted({key.split(".")[0] for key in keys}):
        lock_child(session, child_id)
    dayparts = [p for p in list_dayparts(session, tenant, children, first, last, now) if p.key in keys]
    found = consequences(session, tenant, children, dayparts, reason, now, by)
    if (before := find_report(session, submission)) is not None:  # the first press came in while this one waited
        return before
    if seen is not None and seen != fingerprint(found):
        raise OutcomeChanged
    accepted = [each for each in found if each.accepted]
    if not accepted:
        raise AlreadyReported
    report = AbsenceReport(account_id=account_id, submission=submission, reported_at=now, reason=reason)
    session.add(report)
    try:
        session.flush()
        for each in accepted:
            _write(session, tenant, report, each, now)
        session.commit()
    except IntegrityError:
        session.rollback()
        if (before := find_report(session, submission)) is not None:
            return before
        raise AlreadyReported from None
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
                                earned_for=planned.day, earned_on_kind=kind_of_day(terms, care_day(planned)), valid_until=earned.valid_until)  # fmt: skip
        add_portion(session, portion, earned.amount, "earned", now)


@dataclass(frozen=True, slots=True)
class TakingBack:
    """Whether an absence can be taken back now, and what of its credit goes (portion, sixtieths)."""

    absence: Absence
    facts: dict[str, object]
    judgement: Judgement
    returned: tuple[tuple[CreditPortion, int], ...]


def taking_back(
    session: TenantSession, tenant: Tenant, absence: Absence, now: datetime, by: str = "parent"
) -> TakingBack:
    portions = portions_of_absence(session, absence.id)
    earned, left = sum(first for _, first, _ in portions), sum(rest for _, _, rest in portions)
    facts = withdrawal_facts(absence, now, tenant.rulebook.zone, by, earned, earned - left)
    judgement = judge(reading_of(tenant), facts)
    goes = judgement.decision.granted and judgement.taken_back > 0
    return TakingBack(
        absence, facts, judgement, tuple((portion, rest) for portion, _, rest in portions if rest > 0) if goes else ()
    )


def withdraw_absence(
    session: TenantSession,
    tenant: Tenant,
    absence_id: str,
    child_ids: Collection[str],
    now: datetime,
    by: str = "parent",
) -> TakingBack | None:
    """Takes an absence of these children back, with the credit that the rules say. Commits. None: no such absence.

    Twice is once: who comes second gets the same answer, and nothing moves again.
    """
    absence = find_absence(session, absence_id, child_ids)
    if absence is None:
        return None
    lock_child(session, absence.child_id)
    session.refresh(absence)
    back = taking_back(session, tenant, absence, now, by)
    if absence.withdrawn_at is not None or not back.judgement.decision.granted:
        return back
    decision = keep_decision(session, tenant, back.facts, back.judgement, now)
    absence.withdrawn_at, absence.withdrawal_id = now, decision.id
    for portion, rest in back.returned:
        write(session, portion.id, "taken_back", -rest, now)
    session.commit()
    return back
