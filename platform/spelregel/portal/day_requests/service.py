"""How each part of a wish can be paid, whether there is likely to be room, and what a family asked for lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from spelregel.records.absences import Absence, list_recent_absences, list_reports
from spelregel.records.asking_days import Considered, Wish, WishLine, consider_beside, product_of
from spelregel.records.credit_ledger import portions_of
from spelregel.records.day_requests import Booking, DayRequest, list_recent_bookings, list_requests
from spelregel.records.family import Child
from spelregel.records.locations import names_of_groups
from spelregel.records.places import groups_on, room_for
from spelregel.rules.asking import acting_on
from spelregel.rules.occupancy import Fit
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

INVOICE = "invoice"
MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class WayToPay:
    """One way that the parent can choose for one part. `line`: the part, paid so. `pot`: a credit, `invoice`, or empty for the
    order that the organisation prescribes."""

    line: WishLine
    pot: str
    uses: dict[str, int]  # credit -> sixtieths
    invoice_minutes: int
    chosen: bool

    @property
    def key(self) -> str:
        """As the page sends it."""
        return f"{self.line.key} {self.pot}"


def ways_to_pay(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], wish: Wish, now: datetime
) -> list[tuple[Considered, list[WayToPay]]]:
    """Each part, and what the parent may choose for it, with what the parts before it use gone already; nothing where there is
    no choice."""
    both = consider_beside(session, tenant, children, wish, now, lambda each: _ways(tenant, each))
    return [(each, _choices(each, others)) for each, others in both]


def _ways(tenant: Tenant, each: Considered) -> list[WishLine]:
    """The part as it would be paid without a choice, and once per credit or invoice that the rules let the parent choose. Where
    the organisation prescribes the order, the choice left is what the care is bought as."""
    payment = each.rule.payment if each.rule else None
    if payment is None or each.terms is None:
        return []
    pots = payment.pay_with.value
    found = [replace(each.line, pay=(), product=None)]
    for pot in pots:
        product = None if pot == INVOICE else product_of(tenant, each.terms.credits.get(pot), each.line.care_type)
        if (
            payment.choice.value == "parent" or product is not None
        ):  # the credit first, and the invoice for the rest of it
            pay = (pot, INVOICE) if pot != INVOICE and INVOICE in pots else (pot,)
            found.append(replace(each.line, pay=pay, product=product))
    return found


def _choices(now_chosen: Considered, others: Sequence[Considered]) -> list[WayToPay]:
    payment = now_chosen.rule.payment if now_chosen.rule else None
    if payment is None:
        return []
    found: list[WayToPay] = []
    for each in others:
        uses, pot = _per_kind(each), next(iter(each.line.pay), "")
        is_way = pot == INVOICE or pot in uses if pot else payment.choice.value != "parent"
        if each.accepted and is_way:
            found.append(WayToPay(each.line, pot, uses, each.invoice_minutes, chosen=False))
    paid = (_per_kind(now_chosen), now_chosen.invoice_minutes, now_chosen.line.product)
    same = next((way for way in found if (way.uses, way.invoice_minutes, way.line.product) == paid), None)
    return [replace(way, chosen=way is same) for way in found] if len(found) > 1 else []


def paid_otherwise(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], wish: Wish, chosen: str, now: datetime
) -> Wish:
    """`chosen`: a WayToPay.key of one of its parts; what is none of those that are offered changes nothing."""
    for each, ways in ways_to_pay(session, tenant, children, wish, now):
        for way in ways:
            if way.key == chosen:
                return replace(wish, lines=tuple(way.line if line is each.line else line for line in wish.lines))
    return wish


def _per_kind(each: Considered) -> dict[str, int]:
    found: dict[str, int] = {}
    for portion, amount in each.uses:
        found[portion.kind] = found.get(portion.kind, 0) + amount
    return found


def left_after(session: TenantSession, found: Sequence[Considered]) -> dict[tuple[str, str], int]:
    """(child, credit) -> what is left of each credit that this wish would use (sixtieths)."""
    used: dict[tuple[str, str], int] = {}
    for each in found:
        for kind, amount in _per_kind(each).items():
            used[each.child.id, kind] = used.get((each.child.id, kind), 0) + amount
    balances: dict[tuple[str, str], int] = {}
    for portion, left in portions_of(session, *{child for child, _ in used}):
        key = (portion.child_id, portion.kind)
        balances[key] = balances.get(key, 0) + left
    return {key: balances.get(key, 0) - amount for key, amount in used.items()}


def outlook(session: TenantSession, tenant: Tenant, found: Sequence[Considered], now: datetime) -> dict[str, Fit]:
    """line -> whether there is room, by who is expected in the group now. Siblings who ask together are looked at one by one."""
    asked = [each for each in found if each.accepted and each.standing is not None]
    if not asked:
        return {}
    groups = {each.standing.group.id for each in asked if each.standing}
    on = groups_on(session, tenant.rulebook, groups, {each.line.day for each in asked}, acting_on(tenant.rulebook, now))
    return {
        each.line.key: room_for(tenant, on, each.standing.group.id, each.line.day, each.line.care_type,
                                [(each.line.starts, each.line.ends, each.child.born_on)])
        for each in asked
        if each.standing
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """One line of the overview: a booking or an absence. `sent`: when it was asked or reported."""

    child: Child
    sent: datetime
    day: date
    booking: Booking | None = None
    absence: Absence | None = None
    reason: str | None = None
    group: str = ""
    location: str = ""
    by_staff: bool = False


def overview(session: TenantSession, children: Sequence[Child]) -> list[Card]:
    """What this family asked and reported, the latest first."""
    by_id = {child.id: child for child in children}
    bookings = list_recent_bookings(session, list(by_id), MOST_SHOWN)
    requests: dict[str, DayRequest] = list_requests(session, {each.request_id for each in bookings})
    absences = list_recent_absences(session, list(by_id), MOST_SHOWN)
    reports = list_reports(session, {each.report_id for each in absences})
    names = names_of_groups(session, {each.group_id for each in bookings})
    cards = [
        Card(
            by_id[b.child_id],
            requests[b.request_id].sent_at,
            b.day,
            booking=b,
            group=names[b.group_id][0],
            location=names[b.group_id][1],
            by_staff=requests[b.request_id].by == "staff",
        )
        for b in bookings
    ]
    cards += [
        Card(by_id[a.child_id], reports[a.report_id].reported_at, a.day, absence=a, reason=reports[a.report_id].reason)
        for a in absences
    ]
    return sorted(cards, key=lambda card: (card.sent, card.day), reverse=True)[:MOST_SHOWN]
