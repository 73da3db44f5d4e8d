"""How each part of a wish can be paid, whether there is likely to be room, and what a family asked for lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from spelregel.records.absences import Absence, list_recent_absences, list_reports
from spelregel.records.asking_days import Considered, Wish, consider
from spelregel.records.credit_ledger import portions_of
from spelregel.records.day_requests import Booking, DayRequest, list_recent_bookings, list_requests
from spelregel.records.family import Child
from spelregel.records.locations import names_of_groups
from spelregel.records.places import groups_on, room_for
from spelregel.rules.asking import acting_on
from spelregel.rules.occupancy import Fit
from spelregel.rules.rulebook import CreditTerms, RequestTerms
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

INVOICE = "invoice"
MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class WayToPay:
    """One way that the parent can choose for one part. `pot`: a credit or `invoice`; `product`: what it is bought as."""

    pot: str
    product: str | None
    uses: Mapping[str, int]  # credit -> sixtieths
    invoice_minutes: int
    chosen: bool


def rule_of(tenant: Tenant, each: Considered, now: datetime) -> RequestTerms | None:
    if each.standing is None:
        return None
    terms = tenant.rulebook.terms(acting_on(tenant.rulebook, now), each.line.care_type, each.standing.location.rule_key)
    return terms.swap.request if each.action == "swap" and terms.swap else terms.requests.get(each.action)


def ways_to_pay(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], wish: Wish, index: int, now: datetime
) -> list[WayToPay]:
    """What the parent may choose for this part, with what the parts before it use gone already; nothing where there is no choice."""
    line = wish.lines[index]
    before = wish.lines[:index]
    plain = consider(
        session, tenant, children, replace(wish, lines=(*before, replace(line, pay=(), product=None))), now
    )[-1]
    rule = rule_of(tenant, plain, now)
    if rule is None or rule.payment is None or plain.standing is None:
        return []
    terms = tenant.rulebook.terms(acting_on(tenant.rulebook, now), line.care_type, plain.standing.location.rule_key)
    found: list[WayToPay] = []
    for pot in rule.payment.pay_with.value:
        product = None if pot == INVOICE else product_of(tenant, terms.credits.get(pot), line.care_type)
        if rule.payment.choice.value != "parent" and product is None:
            continue  # the organisation prescribes the order
        each = consider(
            session,
            tenant,
            children,
            replace(wish, lines=(*before, replace(line, pay=_pay(rule, pot), product=product))),
            now,
        )[-1]
        uses = _per_kind(each)
        if each.accepted and (pot == INVOICE or pot in uses):
            found.append(WayToPay(pot, product, uses, each.invoice_minutes, chosen=False))
    if rule.payment.choice.value != "parent" and found and plain.accepted:
        found.insert(0, WayToPay("", None, _per_kind(plain), plain.invoice_minutes, chosen=False))
    now_chosen = consider(session, tenant, children, replace(wish, lines=(*before, line)), now)[-1]
    same = [
        each
        for each in found
        if (dict(each.uses), each.invoice_minutes, each.product)
        == (_per_kind(now_chosen), now_chosen.invoice_minutes, line.product)
    ]
    marked = [replace(each, chosen=bool(same) and each is same[0]) for each in found]
    return marked if len(marked) > 1 else []


def _pay(rule: RequestTerms, pot: str) -> tuple[str, ...]:
    """The credit first, and the invoice for what it does not pay, where both can be."""
    return (
        (pot,)
        if pot == INVOICE or rule.payment is None or INVOICE not in rule.payment.pay_with.value
        else (pot, INVOICE)
    )


def product_of(tenant: Tenant, credit: CreditTerms | None, care_type: str) -> str | None:
    """What has to be bought for this credit to pay: it is meant for a product, and for no kind of care as such."""
    if credit is None:
        return None
    words = credit.usable_for.value
    if "same care type" in words or care_type in words:
        return None
    return next((word for word in words if tenant.rulebook.products.get(word) == care_type), None)


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
        )
        for b in bookings
    ]
    cards += [
        Card(by_id[a.child_id], reports[a.report_id].reported_at, a.day, absence=a, reason=reports[a.report_id].reason)
        for a in absences
    ]
    return sorted(cards, key=lambda card: (card.sent, card.day), reverse=True)[:MOST_SHOWN]
