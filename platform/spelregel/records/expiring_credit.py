"""Credit that is about to lapse, and the days on which it can still be used.

Worked out from what a request would be judged by (`asking_days`), so that no day is named that the portal then refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select

from spelregel.records.asking_days import Considered, offers
from spelregel.records.credit_ledger import CreditPortion, portions_of
from spelregel.records.family import Child
from spelregel.records.places import groups_on, room_for
from spelregel.rules.asking import acting_on
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

#: So long before its last day a family is told; twice a week care can still be fitted in.
AHEAD: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Expiring:
    """What one child has of one credit that can be used up to and including `until` (sixtieths of its unit), and the days that
    are left for it, where there is room as far as is known now."""

    child: Child
    kind: str
    amount: int
    until: date
    days: tuple[date, ...]


def children_with_expiring(session: TenantSession, today: date, ahead: timedelta = AHEAD) -> list[str]:
    """Their ids, in order; asked often, so without a look at the rules."""
    found = select(CreditPortion.child_id).where(
        CreditPortion.remaining > 0, CreditPortion.valid_until >= today, CreditPortion.valid_until <= today + ahead
    )
    return sorted(set(session.scalars(found)))


def amounts_expiring(
    portions: Sequence[tuple[CreditPortion, int]], children: Sequence[Child], kinds: Collection[str], today: date,
    ahead: timedelta = AHEAD,
) -> list[Expiring]:  # fmt: skip
    """Of these portions with their balances; what lapses first comes first; without the days. `kinds`: that the organisation's
    rules have, since nobody can use what they do not have any more."""
    amounts: dict[tuple[date, str, str], int] = {}
    for portion, left in portions:
        if (
            portion.kind in kinds
            and left > 0
            and portion.valid_until is not None
            and today <= portion.valid_until <= today + ahead
        ):
            key = portion.valid_until, portion.child_id, portion.kind
            amounts[key] = amounts.get(key, 0) + left
    by_id = {child.id: child for child in children}
    return [Expiring(by_id[child_id], kind, left, until, ()) for (until, child_id, kind), left in sorted(amounts.items())]  # fmt: skip


def list_expiring(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], now: datetime, ahead: timedelta = AHEAD
) -> list[Expiring]:
    """With the days."""
    today = acting_on(tenant.rulebook, now)
    found = []
    portions = portions_of(session, *(child.id for child in children))
    for each in amounts_expiring(portions, children, tenant.rulebook.credit_kinds, today, ahead):
        days = [today + timedelta(days=number) for number in range((each.until - today).days + 1)]
        found.append(Expiring(each.child, each.kind, each.amount, each.until, _days_for(session, tenant, each, days, now)))  # fmt: skip
    return found


def _days_for(
    session: TenantSession, tenant: Tenant, what: Expiring, days: Sequence[date], now: datetime
) -> tuple[date, ...]:
    """As the rules would pay it by themselves, or as a parent could choose."""
    paid: dict[date, list[Considered]] = {}
    for chosen in (None, what.kind):
        left = [day for day in days if day not in paid]
        for day in offers(session, tenant, [what.child], left, now, paid_with=chosen):
            using = [offer.considered for offer in day.offers if _uses(offer.considered, what)]
            if using:
                paid[day.day] = using
    standings = [each.standing for own in paid.values() for each in own if each.standing]
    if not standings:
        return ()
    today = acting_on(tenant.rulebook, now)
    on = groups_on(session, tenant.rulebook, {each.group.id for each in standings}, set(paid), today)
    return tuple(
        day
        for day in sorted(paid)
        if any(
            room_for(tenant, on, each.standing.group.id, day, each.line.care_type,
                     [(each.line.starts, each.line.ends, each.child.born_on)]).fits
            for each in paid[day] if each.standing
        )
    )  # fmt: skip


def _uses(each: Considered, what: Expiring) -> bool:
    return each.accepted and any(p.kind == what.kind and p.valid_until == what.until for p, _ in each.uses)
