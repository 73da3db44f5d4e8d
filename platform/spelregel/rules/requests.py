"""May this be asked for, is it certain, how is it paid, until when can it be undone: one function for every section.

Extra care, a swap, holiday care, a holiday contract, a study day and a flexible roster are all a request: who asks,
how early, how late, on which days, how often. What a person decides (is there a place) is not decided here: where
nothing refuses, `approval` says whether the answer is granted or to_judge.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from spelregel.rules.absence import within_grace
from spelregel.rules.asking import (
    acting_on,
    at_most,
    big_enough,
    by_whom,
    contract_of,
    in_time,
    kind_of_day,
    limit_of,
    no_care,
    not_between,
    not_on,
    not_too_early,
    one_of,
    only_on,
    whose,
    window_of,
    within_quota,
)
from spelregel.rules.care_calendar import Cutoff, MissingFact, forward, resolve
from spelregel.rules.credits import Use, in_order_of_spending, price_in, use_steps
from spelregel.rules.decision import Decision, Step, decide, number
from spelregel.rules.facts import CancelFacts, CareDay, CreditLot, CreditUseFacts, RequestFacts
from spelregel.rules.onlooker import can_be_watched
from spelregel.rules.rulebook import LateStep, PaymentTerms, RequestTerms, Rulebook, SwapTerms, Terms

#: Where the portal is closed to parents, each of these is somebody of the organisation, who enters it.
ELSEWHERE = ("by the group", "by the location", "by the manager", "by phone", "by customer service")


class Payment(NamedTuple):
    """`credits`: so much of each portion; `invoice`: minutes of care on the invoice; `steps`: why so."""

    credits: tuple[Use, ...]
    invoice: int
    steps: tuple[Step, ...]

    def per_kind(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for use in self.credits:
            found[use.lot.kind] = found.get(use.lot.kind, 0) + use.amount
        return found


class RequestVerdict(NamedTuple):
    """`instead`: who may still do it when the portal may not. `leftover`: minutes of a swap that are not asked back."""

    decision: Decision
    guaranteed: bool
    instead: str | None
    payment: Payment | None
    answer_by: date | None
    silence: str | None
    leftover: int = 0
    leftover_is: str | None = None
    if_place: bool = False  # granted, as far as there is a place: nobody looked yet

    @property
    def allowed(self) -> bool:
        """May be handed in here and now."""
        return self.decision.outcome not in ("refused", "elsewhere", "not_yet")


@can_be_watched
def decide_request(rulebook: Rulebook, facts: RequestFacts) -> RequestVerdict:
    """Raises KeyError when the organisation says nothing of this action."""
    terms = rulebook.terms_at(facts.asked, facts.care)
    swap = terms.swap if facts.action == "swap" else None
    rule = swap.request if swap else terms.requests[facts.action]
    timely = _in_time(rulebook, terms, rule, facts)
    steps = [by_whom(rule.requested_by, facts.by), *timely, *_asking(rulebook, terms, rule, facts)]
    cutoff = timely[0].cutoff
    if swap:
        given, cutoff = _given_up(rulebook, terms, swap, facts, cutoff)
        steps.extend(given)
    guaranteed = rule.guaranteed_if is not None and _guarantee(rulebook, terms, rule, facts, steps)
    payment = _payment(rulebook, terms, rule.payment, facts) if rule.payment else None
    if payment:
        steps.extend(payment.steps)
    outcome = "guaranteed" if guaranteed else "to_judge" if rule.approval.value == "by a person" else "granted"
    if rule.approval.ref.open and not guaranteed:
        outcome = "to_judge"
    decision = decide(f"request.{facts.action}", steps, terms.since, cutoff=cutoff, granted=outcome)
    instead = None
    if decision.outcome == "refused" and decision.remedies:
        decision, instead = _not_here(decision, rule)
    open_ = decision.outcome in ("granted", "guaranteed", "to_judge")
    leftover = facts.gives_up.minutes - facts.care.minutes if swap and facts.gives_up else 0
    return RequestVerdict(
        decision,
        decision.outcome == "guaranteed",
        instead,
        payment if open_ else None,
        _answer_by(rulebook, terms, rule, facts) if open_ else None,
        rule.answer.silence.value if rule.answer and rule.answer.silence and open_ else None,
        max(leftover, 0) if open_ else 0,
        swap.leftover.value if swap and open_ and leftover > 0 else None,
        decision.outcome == "granted" and rule.approval.value == "when there is a place",
    )


def _not_here(decision: Decision, rule: RequestTerms) -> tuple[Decision, str | None]:
    """Refused only because of the moment: not yet, or somebody else may still do it."""
    reasons = {step.reason for step in decision.remedies}
    if reasons == {"too_early"}:
        return decision._replace(outcome="not_yet"), None
    late = rule.late_requests
    if reasons == {"too_late"} and late is not None and late.value in ELSEWHERE:
        step = Step(late.ref, "noted", "somebody_else_may")
        return decision._replace(outcome="elsewhere", steps=(*decision.steps, step)), late.value
    return decision, None


def _asking(rulebook: Rulebook, terms: Terms, rule: RequestTerms, facts: RequestFacts) -> list[Step]:
    care, kind = facts.care, kind_of_day(terms, facts.care)
    today = acting_on(rulebook, facts.asked)
    steps: list[Step] = []
    start = resolve(datetime.combine(care.day, care.starts), rulebook.zone)
    if facts.asked >= start and facts.action != "holiday_contract":
        steps.append(Step(rule.notice.ref, "fails", "already_started"))
    if rule.horizon is not None:
        steps.append(not_too_early(terms, rule.horizon, today, care))
    steps.extend(whose(rule.care_types, rule.contracts, care))
    if rule.not_on is not None:
        steps.append(not_on(rule.not_on, kind))
    if rule.only_on is not None:
        steps.append(only_on(rule.only_on, kind))
    if facts.action != "holiday_contract":
        steps.extend(no_care(terms, kind))
    if rule.not_between is not None:
        steps.append(not_between(rule.not_between, care.day))
    if rule.at_most is not None:
        steps.extend(at_most(rule.at_most, facts.so_far, care))
        steps.extend(within_quota(rule.at_most, facts.so_far, care))
    if rule.at_least is not None:
        steps.append(big_enough(rule.at_least, care))
    if rule.sign_ups is not None:
        steps.append(_enough_sign_ups(rule, facts))
    return steps


def _in_time(rulebook: Rulebook, terms: Terms, rule: RequestTerms, facts: RequestFacts) -> list[Step]:
    step = in_time(rulebook, terms, rule.notice, facts.care, facts.asked)
    late = rule.late_requests
    if step.outcome == "fails" and facts.by == "staff" and late is not None and late.value in ELSEWHERE:
        told = Step(rule.notice.ref, "noted", "too_late_for_parents", step.cutoff)
        return [told, Step(late.ref, "holds", "staff_may_when_late", step.cutoff)]
    return [step]


def _enough_sign_ups(rule: RequestTerms, facts: RequestFacts) -> Step:
    assert rule.sign_ups is not None
    seen = {"needed": rule.sign_ups.value, "sign_ups": facts.sign_ups}
    if facts.sign_ups is None:
        return Step(rule.sign_ups.ref, "unknown", "not_told", facts={"fact": "sign_ups"})
    if facts.sign_ups >= rule.sign_ups.value:
        return Step(rule.sign_ups.ref, "holds", "enough_sign_ups", facts=seen)
    return Step(rule.sign_ups.ref, "unknown", "too_few_sign_ups", facts=seen)


def _given_up(
    rulebook: Rulebook, terms: Terms, swap: SwapTerms, facts: RequestFacts, cutoff: Cutoff | None
) -> tuple[list[Step], Cutoff | None]:
    given = facts.gives_up
    if given is None:
        return [Step(swap.give_up.ref, "unknown", "not_told", facts={"fact": "gives_up"})], cutoff
    own = rulebook.terms_at(facts.asked, given)
    until = limit_of(rulebook, own, swap.give_up.value, given)
    late = until is not None and not until.admits(facts.asked)
    steps = [
        Step(swap.give_up.ref, "fails", "given_up_too_late", until, remedy="given_up_before")
        if late
        else Step(swap.give_up.ref, "holds", "given_up_in_time" if until else "any_time", until)
    ]
    if until is not None and (cutoff is None or until.last_minute() < cutoff.last_minute()):
        cutoff = until
    steps.append(one_of(swap.given_up_day, given.planned, "planned_day_counts", "planned_day_does_not_count"))
    kind, given_kind = kind_of_day(terms, facts.care), kind_of_day(own, given)
    if swap.request.not_on is not None:
        step = not_on(swap.request.not_on, given_kind)
        reason = "given_up_day_excluded" if step.outcome == "fails" else "given_up_day_fits"
        steps.append(Step(step.rule, step.outcome, reason, facts=step.facts))
    if swap.request.not_between is not None:
        steps.append(not_between(swap.request.not_between, given.day))
    if swap.same_care_type.value:
        same = given.care_type == facts.care.care_type
        seen = {"care_type": facts.care.care_type, "earned_in": given.care_type}
        steps.append(Step(swap.same_care_type.ref, "holds" if same else "fails", "same_care_type" if same else "swap_other_care_type", facts=seen))  # fmt: skip
    if swap.same_kind_of_day.value:
        same = kind == given_kind
        seen = {"used_on": kind, "earned_on": given_kind}
        steps.append(Step(swap.same_kind_of_day.ref, "holds" if same else "fails", "same_kind_of_day" if same else "other_kind_of_day", facts=seen))  # fmt: skip
    if not swap.swapped_again.value and facts.swapped_before:
        steps.append(Step(swap.swapped_again.ref, "fails", "swapped_before"))
    steps.append(_swap_size(swap, facts.care, given))
    if swap.window is not None:
        try:
            steps.append(window_of(swap.window, terms, given.day, facts.care.day, contract_of(facts.care)))
        except MissingFact as missing:
            steps.append(Step(swap.window.ref, "unknown", "not_told", facts={"fact": missing.args[0]}))
    return steps, cutoff


def _swap_size(swap: SwapTerms, care: CareDay, given: CareDay) -> Step:
    seen = {"wanted_minutes": care.minutes, "given_minutes": given.minutes}
    fits = {
        "any": True,
        "same": care.minutes == given.minutes,
        "same or smaller": care.minutes <= given.minutes,
    }.get(swap.size.value, True)
    return Step(swap.size.ref, "holds" if fits else "fails", "swap_fits" if fits else "swap_does_not_fit", facts=seen)


def _guarantee(rulebook: Rulebook, terms: Terms, rule: RequestTerms, facts: RequestFacts, steps: list[Step]) -> bool:
    """Adds what it found as notes: a guarantee that is missed refuses nothing."""
    promise = rule.guaranteed_if
    assert promise is not None
    until = limit_of(rulebook, terms, promise.notice.value, facts.care)
    timely = until is None or until.admits(facts.asked)
    steps.append(Step(promise.notice.ref, "noted", "guaranteed_in_time" if timely else "too_late_for_guarantee", until))
    named = promise.day is None or facts.care.planned in promise.day.value
    if promise.day is not None:
        seen = {"is": facts.care.planned}
        steps.append(Step(promise.day.ref, "noted", "guaranteed_day" if named else "not_a_guaranteed_day", facts=seen))
    return timely and named and not promise.notice.ref.open and not (promise.day is not None and promise.day.ref.open)


def _answer_by(rulebook: Rulebook, terms: Terms, rule: RequestTerms, facts: RequestFacts) -> date | None:
    """The last day on which the organisation answers; the earlier of the two where it promises both."""
    if rule.answer is None:
        return None
    days = []
    if rule.answer.within is not None:
        within = rule.answer.within.value
        days.append(forward(acting_on(rulebook, facts.asked), within.n, within.unit, terms.calendar))
    if rule.answer.before is not None:
        until = limit_of(rulebook, terms, rule.answer.before.value, facts.care)
        if until is not None:
            days.append(until.last_minute().date())
    return min(days, default=None)


def _payment(rulebook: Rulebook, terms: Terms, rule: PaymentTerms, facts: RequestFacts) -> Payment:
    """How this care is paid from what there is, in the organisation's order or in the parent's."""
    care = facts.care
    wanted = [pot for pot in facts.wishes if pot in rule.pay_with.value] or list(rule.pay_with.value)
    if rule.choice.value == "in this order":
        wanted = [pot for pot in rule.pay_with.value if pot in wanted]
    invoice = "invoice" in wanted
    pots = [pot for pot in wanted if pot != "invoice" and pot in terms.credits]
    usable = [lot for lot in facts.lots if lot.kind in pots and _fits(rulebook, terms, lot, facts)]
    oldest = in_order_of_spending(usable)
    lots = oldest if rule.choice.value == "oldest first" else sorted(oldest, key=lambda lot: pots.index(lot.kind))
    combine = rule.combine.value
    mixed = combine in ("several credits", "anything")
    kinds = dict.fromkeys(lot.kind for lot in lots)
    together = [lots] if mixed else [[lot for lot in lots if lot.kind == kind] for kind in kinds]
    paid = [_spent(terms, care, each) for each in together] or [([], care.minutes)]
    uses, rest = paid[0]
    with_invoice = invoice and combine in ("credit and invoice", "anything")
    if not with_invoice:  # then the first that pays the whole of it
        uses, rest = next((each for each in paid if not each[1]), paid[0])
    seen = {"rest": number(rest), "combine": combine}
    if rest and ((uses and not with_invoice) or not invoice):
        if invoice:  # credit that is too little pays nothing where it is never mixed
            return Payment((), care.minutes, (Step(rule.combine.ref, "noted", "never_mixed", facts=seen),))
        return Payment((), 0, (Step(rule.pay_with.ref, "fails", "cannot_be_paid", facts=seen),))
    return Payment(tuple(uses), rest, (Step(rule.pay_with.ref, "holds", "can_be_paid", facts=seen),))


def _fits(rulebook: Rulebook, terms: Terms, lot: CreditLot, facts: RequestFacts) -> bool:
    steps = use_steps(rulebook, terms, terms.credits[lot.kind], CreditUseFacts(facts.care, facts.asked, lot))
    return all(step.outcome in ("holds", "noted") and not step.rule.open for step in steps)


def _spent(terms: Terms, care: CareDay, lots: list[CreditLot]) -> tuple[list[Use], int]:
    """What each portion pays, and the minutes of care that are left to pay."""
    uses: list[Use] = []
    rest = Decimal(care.minutes)
    for lot in lots:
        credit = terms.credits[lot.kind]
        price, _ = price_in(credit, terms, care, lot)
        if rest <= 0 or price <= 0:
            break
        if credit.spend is not None and not credit.spend.several.value and (uses or lot.left < price):
            continue
        per_minute = Decimal(price) / care.minutes
        needed = int((rest * per_minute).to_integral_value())
        amount = min(lot.left, needed)
        lapses = lot.left - amount if credit.spend is not None and credit.spend.rest.value == "lapses" else 0
        uses.append(Use(lot, amount, lapses))
        rest = Decimal(0) if amount == needed else rest - Decimal(amount) / per_minute
    return uses, int(rest.to_integral_value())


class CancelVerdict(NamedTuple):
    """`then`: what follows (nothing, credit back, counts as used, billed). `percent` or `euros`: of the price."""

    decision: Decision
    then: str | None
    percent: Decimal | None
    euros: Decimal | None


@can_be_watched
def decide_cancel(rulebook: Rulebook, facts: CancelFacts) -> CancelVerdict:
    """Raises KeyError when the organisation says nothing of what was asked."""
    terms = rulebook.terms_at(facts.asked, facts.care)
    swap = terms.swap if facts.of == "swap" else None
    rule = swap.request if swap else terms.requests[facts.of]
    cancel = rule.cancel
    if cancel is None:
        steps = [Step(rule.approval.ref, "unknown", "cancelling_not_described")]
        return CancelVerdict(decide("request.cancel", steps, terms.since), None, None, None)
    steps = [by_whom(cancel.by, facts.by)]
    start = resolve(datetime.combine(facts.care.day, facts.care.starts), rulebook.zone)
    if facts.state == "pending" and facts.asked < start:
        steps.append(Step(cancel.pending.ref, "holds" if cancel.pending.value else "fails", "pending_can" if cancel.pending.value else "pending_cannot"))  # fmt: skip
        decision = decide("request.cancel", steps, terms.since)
        return CancelVerdict(decision, "nothing" if decision.granted else None, None, None)
    if cancel.undo is not None:
        grace = within_grace(cancel.undo, facts.sent, facts.asked)
        if grace.outcome == "holds" and facts.asked < start:
            decision = decide("request.cancel", [*steps, grace], terms.since)
            return CancelVerdict(decision, "nothing" if decision.granted else None, None, None)
        steps.append(Step(grace.rule, "noted", grace.reason, facts=grace.facts))
    if cancel.approved is None:
        steps.append(Step(cancel.pending.ref, "fails", "approved_stands"))
        return CancelVerdict(decide("request.cancel", steps, terms.since), None, None, None)
    until = limit_of(rulebook, terms, cancel.approved.value, facts.care)
    late = until is not None and not until.admits(facts.asked)
    if facts.asked >= start:
        steps.append(Step(cancel.approved.ref, "fails", "already_started", until))
    elif late and (cancel.late is None or cancel.late.value == "not possible"):
        steps.append(Step(cancel.approved.ref, "fails", "too_late", until, remedy="reported_before"))
    elif late and cancel.late is not None:
        steps.append(Step(cancel.approved.ref, "noted", "late_for_free_cancelling", until))
        steps.append(Step(cancel.late.ref, "holds", "late_with_consequence", until))
    else:
        steps.append(Step(cancel.approved.ref, "holds", "in_time" if until else "any_time", until))
    row = _late_price(rulebook, terms, cancel.price, facts.care, facts.asked)
    if row is not None:
        steps.append(Step(row.ref, "noted", "late_price", limit_of(rulebook, terms, row.after, facts.care)))
    decision = decide("request.cancel", steps, terms.since, cutoff=until)
    if not decision.granted:
        return CancelVerdict(decision, None, None, None)
    follows = cancel.late if late else cancel.then
    return CancelVerdict(
        decision, follows.value if follows else None, row.percent if row else None, row.euros if row else None
    )


def _late_price(
    rulebook: Rulebook, terms: Terms, rows: tuple[LateStep, ...], care: CareDay, moment: datetime
) -> LateStep | None:
    """Of the steps whose moment has passed the one that passed last."""
    passed: list[tuple[datetime, LateStep]] = []
    for row in rows:
        until = limit_of(rulebook, terms, row.after, care)
        if until is not None and not until.admits(moment):
            passed.append((until.at, row))
    return max(passed, key=lambda each: each[0])[1] if passed else None
