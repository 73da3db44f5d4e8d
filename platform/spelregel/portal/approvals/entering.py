"""Asking a day in a parent's place: what there is to choose, told first which credit there is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from spelregel.records.asking_days import (
    Considered,
    DayOffers,
    Offer,
    Wish,
    WishLine,
    consider,
    lapse_by_default,
    offers,
)
from spelregel.records.credit_ledger import stock_of
from spelregel.records.family import Child
from spelregel.records.places import groups_on, room_for
from spelregel.rules.asking import acting_on
from spelregel.rules.occupancy import Fit
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant

SHOWN: Final = 7  # days at a time


@dataclass(frozen=True, slots=True)
class Choice:
    """`key`: as the form sends it. `by_parent`: the parents can ask for it themselves, now."""

    key: str
    offer: Offer
    by_parent: bool

    @property
    def considered(self) -> Considered:
        return self.offer.considered


@dataclass(frozen=True, slots=True)
class ChoiceDay:
    found: DayOffers
    choices: tuple[Choice, ...]


def choices_from(
    session: TenantSession, tenant: Tenant, child: Child, days: Sequence[date], groups: Collection[str], now: datetime
) -> list[ChoiceDay]:
    """What staff can ask for on these days; only for groups that they reach."""
    theirs = {
        each.considered.line.key
        for day in offers(session, tenant, [child], days, now, "parent")
        for each in day.offers
        if each.considered.accepted
    }
    found = []
    for day in offers(session, tenant, [child], days, now, "staff"):
        mine = [o for o in day.offers if o.considered.standing and o.considered.standing.group.id in groups]
        choices = tuple(Choice(_key(o.considered), o, o.considered.line.key in theirs) for o in mine)
        found.append(ChoiceDay(day, choices))
    return found


def _key(considered: Considered) -> str:
    """Without the child, which the page is about."""
    return considered.line.key.removeprefix(f"{considered.line.child_id}.")


@dataclass(frozen=True, slots=True)
class Entry:
    """What would be sent. `stock`: the credit that the child has before it. `may_invoice`: the rules let who asks choose the
    invoice, and there is credit that would pay it otherwise. `fits`: of each that can be asked, whether there is room."""

    wish: Wish
    found: tuple[Considered, ...]
    fits: tuple[Fit | None, ...]
    stock: dict[str, int]
    may_invoice: bool

    @property
    def uses_credit(self) -> bool:
        return any(each.uses for each in self.found)

    @property
    def has_room(self) -> bool:
        return all(fit is None or fit.fits for fit in self.fits)


def entry_of(
    session: TenantSession, tenant: Tenant, child: Child, chosen: Collection[str], groups: Collection[str], why: str, now: datetime, *,
    on_invoice: bool,
) -> Entry | None:  # fmt: skip
    """`chosen`: keys of choices; those that are none are left out. None: nothing was chosen."""
    today = acting_on(tenant.rulebook, now)
    days = sorted(
        {day for key in chosen if (day := _day(key)) is not None and today <= day <= today + timedelta(days=400)}
    )
    offered = [
        each
        for day in choices_from(session, tenant, child, days[:SHOWN], groups, now)
        for each in day.choices
        if each.key in chosen and each.considered.accepted
    ]
    if not offered:
        return None
    lines = tuple(each.considered.line for each in offered)
    lapses = lapse_by_default([each.considered for each in offered], today)
    by_credit = Wish(lines, remark=why, lapses_on=lapses)
    found = consider(session, tenant, [child], by_credit, now, "staff")
    may_invoice = any(each.uses for each in found) and all(_may_choose(each) for each in found if each.uses)
    wish = by_credit
    if on_invoice and may_invoice:
        wish = Wish(tuple(_invoiced(each) for each in found), remark=why, lapses_on=lapses)
        found = consider(session, tenant, [child], wish, now, "staff")
    stock = {kind: left for kind, left in stock_of(session, [child.id], today)[child.id].items() if left > 0}
    return Entry(wish, tuple(found), _fits(session, tenant, child, found, today), stock, may_invoice)


def _fits(
    session: TenantSession, tenant: Tenant, child: Child, found: Sequence[Considered], today: date
) -> tuple[Fit | None, ...]:
    groups = {each.standing.group.id for each in found if each.standing}
    on = groups_on(session, tenant.rulebook, groups, {each.line.day for each in found}, today)
    return tuple(
        room_for(
            tenant, on, each.standing.group.id, each.line.day, each.line.care_type,
            [(each.line.starts, each.line.ends, child.born_on)],
        )
        if each.standing and each.accepted
        else None
        for each in found
    )  # fmt: skip


def _invoiced(each: Considered) -> WishLine:
    return replace(each.line, pay=("invoice",)) if each.uses else each.line


def _may_choose(each: Considered) -> bool:
    payment = each.rule.payment if each.rule else None
    return payment is not None and payment.choice.value == "parent" and "invoice" in payment.pay_with.value


def _day(key: str) -> date | None:
    try:
        return date.fromisoformat(key.split(".")[0])
    except ValueError:
        return None
