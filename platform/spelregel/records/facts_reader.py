"""Rows become the facts that rules ask for: the only bridge between the two.

The facts of a decision are written in the words of an example, so that what is decided, what is stored and what is
replayed later are one and the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo
from typing import Any

from spelregel.records.absences import Absence
from spelregel.records.credit_ledger import CreditPortion
from spelregel.records.placements import PlannedDaypart
from spelregel.rules.decision import local, number
from spelregel.rules.facts import CareDay


def care_day(planned: PlannedDaypart) -> CareDay:
    return CareDay(planned.day, planned.starts, planned.ends, planned.care_type, planned.location_key, planned.contract)


def absence_facts(
    planned: PlannedDaypart, reported: datetime, zone: tzinfo, by: str, reason: str | None, balances: Mapping[str, int]
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "absence": _span(planned.day, planned.starts, planned.ends),
        "reported": local(reported, zone),
        "by": by,
    }
    if reason is not None:
        facts["reason"] = reason
    if balances:
        facts["credit"] = {kind: number(sixtieths) for kind, sixtieths in sorted(balances.items())}
    return facts | _care(planned.care_type, planned.location_key, planned.contract)


def withdrawal_facts(
    absence: Absence, asked: datetime, zone: tzinfo, by: str, earned: int, spent: int
) -> dict[str, Any]:
    """`earned`, `spent` in sixtieths."""
    facts: dict[str, Any] = {"withdraw_absence": _span(absence.day, absence.starts, absence.ends), "asked": local(asked, zone), "by": by,
                             "earned": number(earned), "spent": number(spent)}  # fmt: skip
    return facts | _care(absence.care_type, absence.location_key, absence.contract)


def credit_use_facts(care: CareDay, asked: datetime, zone: tzinfo, portion: CreditPortion, left: int) -> dict[str, Any]:
    """`left` in sixtieths."""
    told = {
        "use_credit": _span(care.day, care.starts, care.ends), "asked": local(asked, zone), "kind": portion.kind, "credit": number(left),
        "earned": portion.earned_for.isoformat(), "earned_care_type": portion.care_type, "earned_day": portion.earned_on_kind,
        "valid_until": portion.valid_until.isoformat() if portion.valid_until else None,
    }  # fmt: skip
    return {key: value for key, value in told.items() if value is not None} | _care(
        care.care_type, care.location, care.contract
    )


def _span(day: date, starts: time, ends: time) -> str:
    return f"{day.isoformat()} {starts:%H:%M}-{ends:%H:%M}"


def _care(care_type: str, location: str | None, contract: str | None) -> dict[str, Any]:
    told = {"care_type": care_type, "location": location, "contract": contract}
    return {key: value for key, value in told.items() if value is not None}
