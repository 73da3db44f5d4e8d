"""Rows become the facts that rules ask for: the only bridge between the two.

The facts of a decision are written in the words of an example, so that what is decided, what is stored and what is
replayed later are one and the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from typing import Any

from spelregel.records.absences import Absence
from spelregel.records.credit_ledger import CreditPortion
from spelregel.records.day_requests import Booking
from spelregel.records.placements import PlannedDaypart
from spelregel.rules.decision import local, number
from spelregel.rules.facts import CareDay


def care_day(planned: PlannedDaypart) -> CareDay:
    return CareDay(planned.day, planned.starts, planned.ends, planned.care_type, planned.location_key, planned.contract,
                   planned.product, planned.planned)  # fmt: skip


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
    if planned.planned != "contract day":
        facts["day"] = planned.planned
    return facts | _care(planned.care_type, planned.location_key, planned.contract, planned.product)


def withdrawal_facts(
    absence: Absence, asked: datetime, zone: tzinfo, by: str, earned: int, spent: int
) -> dict[str, Any]:
    """`earned`, `spent` in sixtieths."""
    facts: dict[str, Any] = {"withdraw_absence": _span(absence.day, absence.starts, absence.ends), "asked": local(asked, zone), "by": by,
                             "earned": number(earned), "spent": number(spent)}  # fmt: skip
    return facts | _care(absence.care_type, absence.location_key, absence.contract)


def request_facts(
    action: str, care: CareDay, asked: datetime, zone: tzinfo, by: str, portions: Sequence[tuple[CreditPortion, int]],
    wishes: Sequence[str], so_far: Mapping[str, int], gives_up: PlannedDaypart | None, *, swapped_before: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """`portions`: each with what is left of it; `so_far`: per period, both in sixtieths. The order of the portions is that in
    which a decision names them."""
    facts: dict[str, Any] = {action: _span(care.day, care.starts, care.ends), "asked": local(asked, zone), "by": by}
    if portions:
        facts["credit"] = [_portion(portion, left) for portion, left in portions]
    if wishes:
        facts["pay"] = list(wishes)
    if so_far:
        facts["so_far"] = {period: number(sixtieths) for period, sixtieths in sorted(so_far.items())}
    if gives_up is not None:
        facts["gives_up"] = _span(gives_up.day, gives_up.starts, gives_up.ends)
        facts["gives_up_care_type"] = gives_up.care_type
        if gives_up.planned != "contract day":
            facts["gives_up_day"] = gives_up.planned
        if swapped_before:
            facts["swapped_before"] = True
    facts["contract_daypart"] = care.planned == "contract day"
    told = {"born": care.born, "contract_started": care.contract_started, "contract_ends": care.contract_ends}
    facts |= {key: day.isoformat() for key, day in told.items() if day is not None}
    if care.weekly is not None:
        facts["weekly"] = f"{number(care.weekly)} hours"
    return facts | _care(care.care_type, care.location, care.contract, care.product)


def _portion(portion: CreditPortion, left: int) -> dict[str, Any]:
    told = {
        "kind": portion.kind, "amount": number(left), "earned": portion.earned_for.isoformat(),
        "earned_care_type": portion.care_type, "earned_day": portion.earned_on_kind,
        "usable_from": portion.usable_from.isoformat() if portion.usable_from else None,
        "valid_until": portion.valid_until.isoformat() if portion.valid_until else None,
    }  # fmt: skip
    return {key: value for key, value in told.items() if value is not None} | {"earned_contract": portion.contract}


def cancel_facts(
    booking: Booking, care: CareDay, asked: datetime, sent: datetime, zone: tzinfo, by: str
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "cancel": _span(care.day, care.starts, care.ends), "of": booking.action, "asked": local(asked, zone), "by": by,
        "state": "approved" if booking.state == "approved" else "pending", "sent": local(sent, zone),
    }  # fmt: skip
    return facts | _care(care.care_type, care.location, care.contract, care.product)


def booked_day(booking: Booking) -> CareDay:
    return CareDay(booking.day, booking.starts, booking.ends, booking.care_type, booking.location_key, booking.contract,
                   booking.product)  # fmt: skip


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


def _care(care_type: str, location: str | None, contract: str | None, product: str | None = None) -> dict[str, Any]:
    told = {"care_type": care_type, "location": location, "contract": contract, "product": product}
    return {key: value for key, value in told.items() if value is not None}
