"""What one set of Terms says, rule by rule, in the order of the page: who, until when, which days, how often, what then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from spelregel.rules.care_calendar import KINDS_OF_DAY, WITHOUT_CARE, MissingFact, cutoff, last_day
from spelregel.rules.condition import EARNING, NOTHING_EARNED, Condition
from spelregel.rules.phrases import Amount, Notice, Validity
from spelregel.rules.rulebook import (
    SCHOOL_WEEKS,
    CancelTerms,
    CreditTerms,
    EarningTerms,
    GrantTerms,
    PaymentTerms,
    RequestTerms,
    RuleRef,
    Situation,
    Sourced,
    SwapTerms,
    Terms,
    WithdrawalTerms,
)
from spelregel.rules.worked import Bench, Instance

#: The topics of what can be asked for. A credit's key has no colon, so none of these can be one.
REQUEST_TOPICS: Final = tuple(
    f"request:{action}"
    for action in ("extra_care", "swap", "holiday_care", "holiday_contract", "study_day", "flexible_care")
)
#: What costs something: where nothing is said of paying, the page owns up to it.
_PAID: Final = frozenset({"extra_care", "holiday_care", "study_day"})
_BEFORE_START: Final = Notice("before start")
_WITH_CARE: Final = frozenset(KINDS_OF_DAY) - frozenset(WITHOUT_CARE)


def conditions_of(bench: Bench) -> list[Condition]:
    """What holds for whom the bench is of."""
    terms = bench.terms
    page = [*_of_absence(bench)]
    for request in terms.requests.values():
        page.extend(_of_request(bench, request))
    if terms.swap:
        page.extend(_of_swap(bench, terms.swap))
    for credit in terms.credits.values():
        page.extend(_of_credit(bench, credit))
    return _with_open_rules(page)


def _code(value: str) -> str:
    return value.replace(" ", "_").replace(",", "").replace("-", "_")


def _choice(topic: str, code: str, found: Sourced[Any] | None, **values: Any) -> list[Condition]:
    """A word of the vocabulary: each has a sentence of its own."""
    if found is None:
        return []
    if found.value is None:
        return [Condition(topic, code, found.ref)] if found.ref.open else []
    return [Condition(topic, f"{code}_{_code(found.value)}", found.ref, values)]


def _told(topic: str, code: str, found: Sourced[Any] | None, key: str) -> list[Condition]:
    return [] if found is None else [Condition(topic, code, found.ref, {key: found.value})]


# Rules that are left open


def _with_open_rules(page: list[Condition]) -> list[Condition]:
    """A rule that is left open has one line that says so, and one for all open rules of the same subject."""
    found: list[Condition] = []
    said: set[tuple[str, str]] = set()
    for each in page:
        open_ = [ref for ref in (each.ref, *each.also) if ref.open]
        if not open_ or each.settled:
            found.append(each)
            continue
        for ref in open_:
            subject = _subject(each.topic, ref.path)
            if (each.topic, subject) not in said:
                said.add((each.topic, subject))
                same = [other for other in _refs(page, each.topic) if other.open and other is not ref and _subject(each.topic, other.path) == subject]  # fmt: skip
                found.append(Condition(each.topic, "left_open", ref, {"subject": subject}, also=tuple(same)))
    return found


def _refs(page: Iterable[Condition], topic: str) -> list[RuleRef]:
    """Every rule of a topic once."""
    return list({id(ref): ref for each in page if each.topic == topic for ref in (each.ref, *each.also)}.values())


#: What a parent wants to know of a rule that is open, by its path below its section; the longest that fits holds.
SUBJECTS: Final = {
    "absence": {
        "reported_by": "report_by", "notice": "report_notice", "expected": "report_notice", "horizon": "report_horizon",
        "reasons": "reasons", "piece": "piece", "confirm": "confirm", "bill": "bill", "withdraw": "withdraw",
        "withdraw.by": "withdraw_by", "withdraw.within": "withdraw_within", "withdraw.place": "withdraw_place", "withdraw.earned_credit": "withdraw_credit", "withdraw.spent_credit": "withdraw_credit",
    },
    "request": {
        "requested_by": "ask_by", "notice": "ask_notice", "late_requests": "ask_late", "horizon": "ask_horizon",
        "not_on": "ask_days", "only_on": "ask_days", "not_between": "ask_days", "care_types": "ask_whom", "contracts": "ask_whom",
        "at_most": "ask_often", "at_least": "ask_long", "sign_ups": "ask_sign_ups", "place": "ask_place", "decided_by": "ask_decided",
        "order": "ask_order", "waiting_list": "ask_waiting", "unless_asked": "ask_unless", "approval": "approval",
        "guaranteed_if": "guarantee", "guaranteed_if.day": "guarantee_day", "answer": "answer", "answer.within": "answer_within", "answer.before": "answer_before",
        "answer.silence": "answer_silence", "payment": "payment", "payment.choice": "pay_choice", "payment.combine": "pay_combine", "price": "price", "reserve": "reserve",
        "cancel": "cancel", "cancel.pending": "cancel_pending", "cancel.approved": "cancel_approved", "cancel.undo": "cancel_undo", "cancel.by": "cancel_by", "cancel.then": "cancel_then", "cancel.late": "cancel_then",
        "cancel.price": "cancel_then",
        "give_up": "give_up", "window": "window", "size": "size", "leftover": "leftover", "same_care_type": "same_care_type",
        "same_kind_of_day": "same_kind_of_day", "swapped_again": "swapped_again", "day": "give_up_day",
    },
    "credit": {
        "earned_by": "source", "care_types": "credit_whom", "contracts": "credit_whom", "worth": "worth", "weights": "worth", "earned_if": "earning", "earned_if.notice": "earn_notice",
        "earned_if.maximum": "maximum", "earned_if.at_maximum": "at_maximum", "earned_if.at_most": "maximum", "earned_if.reasons": "earn_reasons",
        "earned_if.day": "earn_days", "earned_if.not_on": "earn_days", "grant": "grant", "grant.waiting": "waiting",
        "valid": "valid", "usable_for": "usable_for", "usable_on": "usable_for", "not_usable": "usable_for", "exchange": "exchange",
        "spend": "spend", "at_contract_end": "contract_ended", "at_contract_end.by_organisation": "contract_ended_by_us",
        "at_contract_end.changed": "contract_changed", "at_contract_end.moved": "contract_moved",
        "at_contract_end.other_care": "contract_other_care", "abolished": "abolished",
    },
}  # fmt: skip


def _subject(topic: str, path: str) -> str:
    kind = "absence" if topic == "absence" else "request" if topic.startswith("request:") else "credit"
    parts = path.split(".")[2 if kind == "credit" else 1 :]
    known = SUBJECTS[kind]
    return next((known[key] for n in (2, 1) if (key := ".".join(parts[:n])) in known), "other")


# Absence


def _of_absence(bench: Bench) -> list[Condition]:
    rule = bench.terms.absence
    who = rule.reported_by
    page = [
        Condition("absence", "absence_by", who.ref, {"who": who.value}),
        Condition("absence", "absence_notice", rule.notice.ref, {"notice": rule.notice.value, "who": who.value}),
    ]
    if rule.expected:
        days = bench.instances(rule.expected, lambda there: there.absence.expected, bench.expected)
        page.append(Condition("absence", "absence_expected", rule.expected.ref, {"by": rule.expected.value}, days))
    page.extend(_told("absence", "absence_horizon", rule.horizon, "horizon"))
    page.extend(_choice("absence", "absence_piece", rule.piece))
    page.append(Condition("absence", "absence_reasons", rule.reasons.ref, {"reasons": rule.reasons.value}))
    earning = tuple(key for key, credit in bench.terms.credits.items() if credit.earned_if)
    if earning:  # the limit of a credit is another one, and a parent who reads no further would miss it
        page.append(
            Condition("absence", "absence_credit", rule.notice.ref, {"sections": earning}, quoted="absence_credit")
        )
    if rule.confirm.value or rule.confirm.ref.open:
        page.append(Condition("absence", "absence_confirm", rule.confirm.ref))
    page.extend(_of_withdrawing(bench.terms, rule.withdraw))
    page.extend(_of_the_bill(bench.terms))
    return page


def _of_withdrawing(terms: Terms, back: WithdrawalTerms) -> list[Condition]:
    also: tuple[RuleRef, ...]
    if back.by.ref.open and back.notice.ref.open:  # the whole of it is open
        also = (back.by.ref,)
        page = [Condition("absence", "left_open", back.notice.ref, {"subject": "withdraw"}, also=also, settled=True)]
    else:
        within = back.within if back.within and not back.within.ref.open else None
        values = {"who": back.by.value, "notice": back.notice.value, "distance": within.value if within else None}
        also = (back.by.ref, *([within.ref] if within else []))
        page = [Condition("absence", "withdraw", back.notice.ref, values, also=also)]
        if back.within and within is None:
            page.append(Condition("absence", "withdraw", back.within.ref))
    page.extend(_choice("absence", "withdraw_place", back.place))
    if any(credit.earned_if for credit in terms.credits.values()):
        page.extend(_choice("absence", "withdraw", back.earned_credit))
        page.extend(_choice("absence", "withdraw_spent", back.spent_credit))
    return page


def _of_the_bill(terms: Terms) -> list[Condition]:
    rows = terms.absence.bill
    if not rows:
        return []
    if len(rows) == 1 and not any((rows[0].reasons, rows[0].proof, rows[0].notice, rows[0].after, rows[0].at_most)):
        only = {"percent": rows[0].percent, "euros": rows[0].euros}
        return [Condition("absence", "absence_bill_only", rows[0].ref, only)]
    page = [Condition("absence", "absence_bill_first", rows[0].ref, quoted=_list_of(rows[0].ref))]
    for row in rows:
        values = {
            "reasons": row.reasons,
            "proof": row.proof,
            "in_time": row.notice,
            "late": row.after,
            "cap": row.at_most,
            "percent": row.percent,
            "euros": row.euros,
        }
        named = any((row.reasons, row.proof, row.notice, row.after, row.at_most))
        page.append(Condition("absence", "absence_bill" if named else "absence_bill_other", row.ref, values))
    if page[-1].code != "absence_bill_other":
        full = {"percent": None, "euros": None}
        page.append(Condition("absence", "absence_bill_other", rows[-1].ref, full, quoted=_list_of(rows[-1].ref)))
    return page


def _list_of(ref: RuleRef) -> str:
    """The list that a row stands in."""
    return ref.path.rsplit(".", 1)[0]


# What can be asked for


def _of_request(bench: Bench, rule: RequestTerms, swap: SwapTerms | None = None) -> list[Condition]:
    topic = f"request:{rule.action}"
    never = []
    if rule.not_on is not None and set(rule.not_on.value) >= _kinds_of_day(bench.who.season):
        never.append(Condition(topic, "ask_impossible" if swap is None else "swap_impossible", rule.not_on.ref))
    page = [
        Condition(topic, "ask_by", rule.requested_by.ref, {"who": rule.requested_by.value}),
        *never,
        *_for_which_care(bench, topic, rule),
        *_told(topic, "ask_contracts", rule.contracts, "what"),
        *_of_the_limit(bench, topic, rule),
        *_choice(topic, "ask_late", rule.late_requests),
    ]
    if swap is not None:
        page.extend(_of_giving_up(bench, swap))
    page.extend(_told(topic, "ask_horizon", rule.horizon, "horizon"))
    page.extend(_told(topic, "ask_only_on", rule.only_on, "days"))
    if not never:
        page.extend(_told(topic, "ask_not_on" if swap is None else "swap_not_on", rule.not_on, "days"))
    page.extend(_told(topic, "ask_not_between", rule.not_between, "periods"))
    if swap is not None:
        page.extend(_of_two_days(swap))
    page.extend(_told(topic, "ask_at_most", rule.at_most, "caps"))
    page.extend(_told(topic, "ask_at_least", rule.at_least, "amount"))
    page.extend(_told(topic, "ask_sign_ups", rule.sign_ups, "n"))
    for key in ("unless_asked", "place"):
        page.extend(_choice(topic, f"ask_{key}", rule.told.get(key)))
    page.extend(_of_certainty(bench, topic, rule))
    page.extend(_of_the_answer(topic, rule))
    if rule.payment is not None:
        page.extend(_of_paying(bench, topic, rule, rule.payment))
    page.extend(_of_the_price(topic, rule))
    if rule.payment is None and "price" not in rule.told and rule.action in _PAID:
        page.append(Condition(topic, "pay_untold", rule.approval.ref, quoted="payment", settled=True))
    page.extend(_choice(topic, "ask_reserve", rule.told.get("reserve")))
    return [*page, *_of_cancelling(bench, topic, rule)]


def _kinds_of_day(season: str | None) -> frozenset[str]:
    """On which kinds of day there is care at all."""
    if season in (None, SCHOOL_WEEKS):
        return _WITH_CARE - ({"school holiday"} if season else set())
    return frozenset({"school holiday"})


def _for_which_care(bench: Bench, topic: str, rule: RequestTerms) -> list[Condition]:
    """Nothing where it is for every kind of care that there is."""
    if rule.care_types is not None and set(rule.care_types.value) >= set(bench.rulebook.care_types):
        return []
    return _told(topic, "ask_care_types", rule.care_types, "what")


def _of_the_limit(bench: Bench, topic: str, rule: RequestTerms) -> list[Condition]:
    action, notice = rule.action, rule.notice.value
    if notice.kind == "none" and action != "holiday_contract":
        notice = _BEFORE_START  # what has started cannot be asked for, whatever the file says
    kinds = None if rule.only_on is None or rule.only_on.ref.open else rule.only_on.value
    days = bench.instances(rule.notice, lambda there: _notice_of(there, action), bench.asks(action), kinds=kinds)
    days = _of_holidays(action, rule.notice.value, days)
    return [Condition(topic, "ask_notice", rule.notice.ref, {"notice": notice, "who": rule.requested_by.value}, days)]


def _of_holidays(action: str, notice: Notice, days: tuple[Instance, ...]) -> tuple[Instance, ...]:
    """A holiday contract is for a holiday: a day in a school week says nothing about it."""
    return () if action == "holiday_contract" and notice.anchor != "holiday" else days


def _rule_of(terms: Terms, action: str) -> RequestTerms | None:
    return (terms.swap.request if terms.swap else None) if action == "swap" else terms.requests.get(action)


def _notice_of(terms: Terms, action: str) -> Sourced[Notice] | None:
    rule = _rule_of(terms, action)
    return rule.notice if rule else None


def _promise_of(terms: Terms, action: str) -> Sourced[Notice] | None:
    rule = _rule_of(terms, action)
    return rule.guaranteed_if.notice if rule and rule.guaranteed_if else None


def _cancelling_of(terms: Terms, action: str) -> Sourced[Notice] | None:
    rule = _rule_of(terms, action)
    return rule.cancel.approved if rule and rule.cancel else None


def _of_certainty(bench: Bench, topic: str, rule: RequestTerms) -> list[Condition]:
    """The promise first, then what it takes in every other case, and who looks at it."""
    page = []
    promise, action = rule.guaranteed_if, rule.action
    if promise is not None:
        kinds = None if rule.only_on is None or rule.only_on.ref.open else rule.only_on.value
        planned = promise.day.value[0] if promise.day and promise.day.value else "contract day"
        days = bench.instances(
            promise.notice, lambda there: _promise_of(there, action), bench.guarantees(action), planned, kinds
        )
        page.append(
            Condition(
                topic,
                "guarantee",
                promise.notice.ref,
                {"by": promise.notice.value, "days": promise.day.value if promise.day else ()},
                _of_holidays(action, promise.notice.value, days),
                also=(promise.day.ref,) if promise.day else (),
            )
        )
    settled = promise is not None and not promise.notice.ref.open
    approved = _choice(topic, "ask_approval_rest" if settled else "ask_approval", rule.approval)
    decided = rule.told.get("decided_by")
    if decided is not None and decided.value == "the portal itself" and rule.approval.value != "by a person":
        # that it is approved at once says the same
        page.extend(replace(each, also=(decided.ref,)) for each in approved)
    else:
        page.extend(approved)
        page.extend(_choice(topic, "ask_decided_by", decided))
    for key in ("order", "waiting_list"):
        page.extend(_choice(topic, f"ask_{key}", rule.told.get(key)))
    return page


def _of_the_answer(topic: str, rule: RequestTerms) -> list[Condition]:
    answer = rule.answer
    if answer is None:
        return []
    page = []
    within, before = answer.within, answer.before
    if within is not None and before is not None and not (within.ref.open or before.ref.open):
        values = {"distance": within.value, "by": before.value}
        page.append(Condition(topic, "answer_both", within.ref, values, also=(before.ref,)))
    else:
        silence = answer.silence
        if within is not None and before is None and silence is not None and silence.value == "call us":
            values = {"distance": within.value}  # no promise, then: it says from when to call
            return [Condition(topic, "answer_within_call_us", within.ref, values, also=(silence.ref,))]
        page.extend(_told(topic, "answer_within", within, "distance"))
        page.extend(_told(topic, "answer_before", before, "by"))
    return [*page, *_choice(topic, "answer_silence", answer.silence)]


def _of_paying(bench: Bench, topic: str, rule: RequestTerms, payment: PaymentTerms) -> list[Condition]:
    """What pays most care here first; then, for care that a credit is meant for by name, what pays that."""
    usable = tuple(pot for pot in payment.pay_with.value if _pays_here(bench, pot))
    pots = usable if any(pot != "invoice" for pot in usable) else payment.pay_with.value
    only = {pot: what for pot in pots if (what := _only_for(bench, rule, pot))}
    general = tuple(pot for pot in pots if pot not in only)
    page = _of_pots(topic, payment, general) if general else []
    for what in dict.fromkeys(only.values()):
        good = tuple(pot for pot in pots if pot == "invoice" or _good_for(bench.terms.credits[pot], what))
        credits = tuple(pot for pot in good if pot != "invoice")
        values = {"credits": credits, "invoice": "invoice" in good, "what": what}
        how = payment.choice.value if len(good) > 1 else "one"
        code = {"in this order": "pay_product_in_order", "parent": "pay_product_parent"}.get(how, "pay_product")
        quoted = f"pay_product:{' '.join(what)}" if general else ""
        page.append(Condition(topic, code, payment.pay_with.ref, values, quoted=quoted))
    return page


def _good_for(credit: CreditTerms, what: tuple[str, ...]) -> bool:
    good = credit.usable_for
    return good.ref.open or "same care type" in good.value or set(what) <= set(good.value)


def _of_pots(topic: str, payment: PaymentTerms, pots: tuple[str, ...]) -> list[Condition]:
    """With one pot there is nothing to choose."""
    credits = tuple(pot for pot in pots if pot != "invoice")
    invoice = "invoice" in pots
    combine = payment.combine
    mixing = _code(combine.value or "")
    if len(credits) == 1:  # there are no several credits
        mixing = {"several_credits": "never", "anything": "credit_and_invoice"}.get(mixing, mixing)
    several = len(credits) > 1 and mixing in ("several_credits", "anything")
    how = payment.choice.value if len(pots) > 1 else "one"
    if how == "in this order":
        tops_up = invoice and mixing == "credit_and_invoice"
        how = "in_order_mixed" if several else "in_order" if tops_up or combine.ref.open else "in_order_whole"
    values = {"pots": pots, "credits": credits, "invoice": invoice}
    open_ = payment.choice.ref.open and not payment.pay_with.ref.open
    also = (payment.choice.ref,) if len(pots) > 1 and not open_ else ()
    code = "pay_one" if open_ else f"pay_{_code(how or 'parent')}"
    says_all = code == "pay_in_order_whole" and invoice  # what happens with too little stands in it
    page = [Condition(topic, code, payment.pay_with.ref, values, also=(*also, combine.ref) if says_all else also)]
    if open_ and len(pots) > 1:
        page.append(Condition(topic, "pay_one", payment.choice.ref))
    if credits and not says_all:
        code = f"pay_combine_{mixing}_{'invoice' if invoice else 'short'}"
        page.append(Condition(topic, code, combine.ref, {} if invoice else {"credits": credits}))
    return page


def _pays_here(bench: Bench, pot: str) -> bool:
    """Whether it can pay this kind of care at all. A product is told beside it."""
    credit = bench.terms.credits.get(pot)
    if credit is None or credit.usable_for.ref.open or "same care type" in credit.usable_for.value:
        return True
    good = set(credit.usable_for.value)
    return bench.who.care_type in good or not good <= set(bench.rulebook.care_types)


def _only_for(bench: Bench, rule: RequestTerms, pot: str) -> tuple[str, ...]:
    """What a credit is good for where that is not everything that can be asked for here."""
    credit = bench.terms.credits.get(pot)
    if credit is None or credit.usable_for.ref.open or "same care type" in credit.usable_for.value:
        return ()
    here = set(rule.care_types.value) if rule.care_types is not None else None
    good = credit.usable_for.value
    if here is not None and here <= set(good):
        return ()
    if here is None and set(good) & set(bench.rulebook.care_types):  # its own section says for which kinds
        return ()
    return tuple(good)


def _of_the_price(topic: str, rule: RequestTerms) -> list[Condition]:
    price = rule.told.get("price")
    if price is None or price.value != "billed apart":
        return _choice(topic, "ask_price", price)
    credits = rule.payment is not None and any(pot != "invoice" for pot in rule.payment.pay_with.value)
    return _choice(topic, "ask_price_rest" if credits else "ask_price", price)


def _of_cancelling(bench: Bench, topic: str, rule: RequestTerms) -> list[Condition]:
    cancel, action = rule.cancel, rule.action
    if cancel is None:
        return [Condition(topic, "cancel_untold", rule.approval.ref, quoted="cancel", settled=True)]
    page = []
    by = cancel.by
    if by.ref.open and cancel.pending.ref.open:  # the whole of it is open
        also = (cancel.pending.ref,)
        return [Condition(topic, "left_open", by.ref, {"subject": "cancel"}, also=also, settled=True)]
    if cancel.approved is None and not cancel.pending.value and not cancel.pending.ref.open:
        page.append(Condition(topic, "cancel_impossible", cancel.pending.ref, also=(by.ref,)))
        if cancel.undo is not None:
            page.append(Condition(topic, "cancel_undo", cancel.undo.ref, {"distance": cancel.undo.value}))
        return page
    unsaid: tuple[RuleRef, ...] = ()
    if rule.approval.value == "always" and not cancel.pending.ref.open:
        unsaid = (cancel.pending.ref,)  # nothing waits for an answer
    else:
        page.append(Condition(topic, f"cancel_pending_{'yes' if cancel.pending.value else 'no'}", cancel.pending.ref))
    if cancel.approved is None:
        never = by.ref if cancel.pending.ref.open else cancel.pending.ref
        page.append(Condition(topic, "cancel_never", never, {"of": action}, quoted="cancel_never", settled=True))
    else:
        page.extend(_of_cancelling_in_time(bench, topic, rule, cancel, cancel.approved))
    if cancel.undo is not None:
        page.append(Condition(topic, "cancel_undo", cancel.undo.ref, {"distance": cancel.undo.value}))
    page.append(Condition(topic, "cancel_by", by.ref, {"who": by.value}, also=unsaid))
    return page


def _of_cancelling_in_time(
    bench: Bench, topic: str, rule: RequestTerms, cancel: CancelTerms, approved: Sourced[Notice]
) -> list[Condition]:
    """Until when, what happens later, what comes back; then the price, which says of itself from when it counts."""
    action = rule.action
    notice = _BEFORE_START if approved.value.kind == "none" else approved.value
    kinds = None if rule.only_on is None or rule.only_on.ref.open else rule.only_on.value
    days = bench.instances(approved, lambda there: _cancelling_of(there, action), bench.cancels(action), kinds=kinds)
    days = _of_holidays(action, approved.value, days)
    page = [Condition(topic, "cancel_approved", approved.ref, {"notice": notice, "of": action}, days)]
    rows = sorted(cancel.price, key=lambda row: _how_early(bench, row.after))
    late = cancel.late
    silent: tuple[RuleRef, ...] = ()
    then = cancel.then
    always = late is not None and then is not None and late.value == then.value == "credit back"
    if always and late is not None:
        silent = (late.ref,)  # it comes back anyway
    elif rows and late is not None and late.value == "billed":
        silent = (late.ref,)  # the prices say so
    elif late is not None and late.value == "not possible" and notice == _BEFORE_START:
        silent = (late.ref,)  # what has started is over
    else:
        page.extend(_choice(topic, "cancel_late", late))
    if always and then is not None:
        page.append(Condition(topic, "cancel_credit_back", then.ref))
    elif then is not None and then.value == "nothing":
        last = rows[0].after if rows else approved.value
        only = not rows and (late is None or late.value == "not possible")
        values = {} if only else {"notice": _BEFORE_START if last.kind == "none" else last}
        page.append(Condition(topic, "cancel_then_nothing" if only else "cancel_then_nothing_until", then.ref, values))
    else:
        page.extend(_choice(topic, "cancel_then", then))
    if rows:
        bands = tuple((row.after, row.percent, row.euros) for row in rows)
        first, *rest = (row.ref for row in rows)
        page.append(Condition(topic, "cancel_price", first, {"bands": bands}, also=(*rest, *silent)))
    elif silent:
        page[0] = replace(page[0], also=silent)
    return page


def _how_early(bench: Bench, notice: Notice) -> datetime:
    """Where the limit lies for one and the same day of care."""
    day = date(2027, 6, 16)
    until = cutoff(notice, day, time(8), bench.rulebook.zone, bench.terms.calendar)
    return until.wall if until else datetime.combine(day, time(23)) + timedelta(days=1)


def _of_swap(bench: Bench, swap: SwapTerms) -> list[Condition]:
    return _of_request(bench, swap.request, swap)


def _of_giving_up(bench: Bench, swap: SwapTerms) -> list[Condition]:
    topic, give_up = "request:swap", swap.give_up
    planned = swap.given_up_day.value[0] if swap.given_up_day.value else "contract day"
    days = bench.instances(give_up, lambda there: there.swap.give_up if there.swap else None, bench.gives_up, planned)
    notice = give_up.value
    return [
        Condition(topic, "swap_give_up", give_up.ref, {"notice": notice}, days),
        Condition(topic, "swap_day", swap.given_up_day.ref, {"days": swap.given_up_day.value}),
    ]


def _of_two_days(swap: SwapTerms) -> list[Condition]:
    topic = "request:swap"
    page = [] if swap.window is None else [Condition(topic, "window", swap.window.ref, {"valid": swap.window.value})]
    size, leftover = swap.size, swap.leftover
    if size.value == "same" and not leftover.ref.open:  # nothing can be left over
        page.append(Condition(topic, "swap_size_same", size.ref, also=(leftover.ref,)))
    else:
        page.extend(_choice(topic, "swap_size", size))
        page.extend(_choice(topic, "swap_leftover", leftover))
    for code, each in (
        ("swap_care_type", swap.same_care_type),
        ("swap_kind_of_day", swap.same_kind_of_day),
        ("swap_again", swap.swapped_again),
    ):
        page.append(Condition(topic, f"{code}_{'yes' if each.value else 'no'}", each.ref))
    return page


# Credits


def _of_credit(bench: Bench, credit: CreditTerms) -> list[Condition]:
    key = credit.kind
    nothing = _why_nothing(credit)
    page = [*_told(key, "credit_care_types", credit.care_types, "what"), *_told(key, "credit_contracts", credit.contracts, "what")]  # fmt: skip
    if credit.care_types is not None and bench.who.care_type not in credit.care_types.value:
        pass  # that line says so
    elif nothing is not None:
        how = "absence" if credit.earned_if else "grant"
        page.append(Condition(key, NOTHING_EARNED, nothing, {"how": how}))
    else:
        page.extend(_of_its_source(bench, credit))
    page.extend(_of_validity(bench, credit))
    use = Condition(key, "credit_usable_for", credit.usable_for.ref, {"what": credit.usable_for.value, "all": bench.rulebook.care_types})  # fmt: skip
    if set(credit.usable_for.value) != set(bench.rulebook.care_types) or len(bench.rulebook.care_types) > 1:
        page.append(use)  # with one kind of care there is nothing to tell apart
    page.extend(_told(key, "credit_usable_on", credit.usable_on, "days"))
    page.extend(
        Condition(key, "credit_not_usable", row.ref, {"contract": row.contract, "earned_on": row.earned_on, "used_on": row.used_on})
        for row in credit.not_usable
    )  # fmt: skip
    page.extend(
        Condition(
            key,
            "credit_exchange",
            row.ref,
            {
                "earned_on": row.earned_on,
                "used_on": row.used_on,
                "earned_in": row.earned_in,
                "used_for": row.used_for,
                "costs": row.costs,
            },
        )
        for row in credit.exchange
    )
    if credit.spend:
        spend = credit.spend
        page.extend(_choice(key, "spend_size", spend.size))
        page.extend(_choice(key, "spend_rest", spend.rest))
        page.append(Condition(key, f"spend_several_{'yes' if spend.several.value else 'no'}", spend.several.ref))
    return [*page, *_of_the_contract(key, credit)]


def _why_nothing(credit: CreditTerms) -> RuleRef | None:
    """The rule because of which nothing can be earned, or given, at all."""
    earned = credit.earned_if
    if earned is not None:
        if earned.not_on is not None and set(earned.not_on.value) >= set(KINDS_OF_DAY):
            return earned.not_on.ref
        if earned.maximum is not None and not earned.maximum.ref.open and earned.maximum.value.sixtieths == 0:
            return earned.maximum.ref
        if any(cap.amount == 0 for cap in (earned.at_most.value if earned.at_most else ())):
            return earned.at_most.ref if earned.at_most else None
    if credit.grant is not None and not credit.grant.amount.ref.open and credit.grant.amount.value.sixtieths == 0:
        return credit.grant.amount.ref
    if credit.weights and all(row.counts == 0 for row in credit.weights):
        last = credit.weights[-1]
        return last.ref if (last.care_type, last.day, last.at_least) == (None, None, None) else None
    return None


def _of_its_source(bench: Bench, credit: CreditTerms) -> list[Condition]:
    """How it is earned, what it is worth: what falls away where nothing of it can be earned."""
    key, source = credit.kind, credit.earned_by
    page = []
    if source.value == "grant" and credit.grant is not None and not credit.grant.amount.ref.open:
        pass  # how much says that it is given
    else:
        page.extend(_choice(key, "credit_source", source))
    if credit.grant:
        page.extend(_of_grant(credit, credit.grant))
    page.append(Condition(key, "credit_worth_" + credit.unit.value, credit.unit.ref))
    page.extend(_of_weights(bench.terms, credit))
    if credit.earned_if:
        page.extend(_of_earning(bench, credit, credit.earned_if))
    return [replace(each, part=EARNING) for each in page]


def _of_weights(terms: Terms, credit: CreditTerms) -> list[Condition]:
    """A table that another credit has too is not told twice."""
    key, rows = credit.kind, credit.weights
    for other in terms.credits.values():
        if other is credit:
            break
        if len(rows) > 1 and [row.ref.value for row in other.weights] == [row.ref.value for row in rows]:
            first, *rest = (row.ref for row in rows)
            return [Condition(key, "credit_weights_as", first, {"other": other.kind}, also=tuple(rest))]
    if len(rows) == 1 and (rows[0].care_type, rows[0].day, rows[0].at_least) == (None, None, None):
        return [Condition(key, "credit_weight_any", rows[0].ref, {"each": rows[0].counts})]
    step = _even_steps(credit)
    if step is not None:
        first, *rest = (row.ref for row in rows)
        minutes, counts = step
        values = {"step": minutes, "counts": counts, "most": rows[0].counts}
        return [Condition(key, "credit_weight_steps", first, values, also=tuple(rest))]
    return [
        Condition(
            key,
            "credit_weight",
            row.ref,
            {"care_type": row.care_type, "day": row.day, "at_least": row.at_least, "counts": row.counts},
        )
        for row in rows
    ]


def _even_steps(credit: CreditTerms) -> tuple[int, int] | None:
    """A table of at least four rows that counts every so many minutes for as much: those minutes, and how much."""
    *rows, last = credit.weights or (None,)
    if last is None or len(rows) < 3 or last.counts or last.at_least is not None:
        return None
    if any(row is None or row.care_type or row.day or row.at_least is None for row in (*rows, last) if row is not last):
        return None
    if last.care_type or last.day:
        return None
    smallest = rows[-1]
    if smallest is None or not smallest.at_least:
        return None
    for nth, row in enumerate(reversed(rows), start=1):
        if row is None or row.at_least != nth * smallest.at_least or row.counts != nth * smallest.counts:
            return None
    return smallest.at_least, smallest.counts


def _of_earning(bench: Bench, credit: CreditTerms, rule: EarningTerms) -> list[Condition]:
    key = credit.kind

    def of(there: Terms) -> Sourced[Notice] | None:
        known = there.credits.get(key)
        return known.earned_if.notice if known and known.earned_if else None

    planned = rule.day.value[0] if rule.day.value else "contract day"
    days = bench.instances(rule.notice, of, bench.earns(key), planned)
    page = [
        Condition(key, "earn_notice", rule.notice.ref, {"notice": rule.notice.value}, days),
        Condition(key, "earn_by", rule.reported_by.ref, {"who": rule.reported_by.value}),
        Condition(key, "earn_day", rule.day.ref, {"days": rule.day.value}),
        *_told(key, "earn_not_on", rule.not_on, "days"),
        Condition(
            key,
            "earn_reasons",
            rule.reasons.ref,
            {"reasons": rule.reasons.value, "all": bench.terms.absence.reasons.value},
        ),
        *_told(key, "earn_at_most", rule.at_most, "caps"),
    ]
    most, at = rule.maximum, rule.at_maximum
    if most is not None and at is not None and at.value and not most.ref.open:
        page.append(
            Condition(key, f"earn_maximum_{_code(at.value)}", most.ref, {"maximum": most.value}, also=(at.ref,))
        )
    else:
        page.extend(_told(key, "earn_maximum", most, "maximum"))
        if at is not None and at.ref.open:
            page.append(Condition(key, "earn_at_maximum", at.ref))
    return page


def _of_grant(credit: CreditTerms, grant: GrantTerms) -> list[Condition]:
    """How much per period; then, in one sentence, what a part of it comes to."""
    key, amount, every = credit.kind, grant.amount, grant.every
    given = credit.earned_by.value == "grant"
    page = [
        Condition(
            key,
            "grant_amount",
            amount.ref,
            {"amount": amount.value, "every": every.value},
            also=(every.ref, *([credit.earned_by.ref] if given else [])),
        )
    ]
    part, rounding, step = grant.part_year, grant.rounding, grant.step
    if part.value in ("by month", "by day"):
        values: dict[str, Any] = {
            "of": every.value,
            "rounding": rounding.value if rounding else "down" if step else None,
            "step": step.value if step else Amount(60, amount.value.unit) if rounding else None,
        }
        refs = tuple(each.ref for each in (rounding, step) if each is not None)
        page.append(Condition(key, f"grant_part_{_code(part.value)}", part.ref, values, also=refs))
    else:
        page.extend(_choice(key, "grant_part", part))
        if rounding is not None and rounding.value is not None:
            values = {"rounding": rounding.value, "step": step.value if step else Amount(60, amount.value.unit)}
            page.append(Condition(key, "grant_rounded", rounding.ref, values, also=(step.ref,) if step else ()))
        elif step is not None:
            page.append(Condition(key, "grant_rounded", step.ref, {"rounding": "down", "step": step.value}))
    page.extend(_told(key, "grant_waiting", grant.waiting, "distance"))
    return page


def _of_validity(bench: Bench, credit: CreditTerms) -> list[Condition]:
    """What is earned now; and what was earned before the last change of it, as long as it may be there."""
    key, valid = credit.kind, credit.valid
    page = [Condition(key, "credit_valid", valid.ref, {"valid": valid.value, "how": credit.earned_by.value})]
    since = bench.terms.since
    older: Validity | None = None
    for version in reversed([each for each in bench.rulebook.versions if (each.since or date.min) <= bench.on]):
        holding = tuple(each.index for each in version.selectors if each.holds(bench.who))
        terms = version.terms.get(holding) or version.of(_plain(bench.who))
        known = terms.credits.get(key)
        if known is None or known.valid.ref.open:
            break
        if known.valid.value != valid.value:
            older = known.valid.value
            break
        since = version.since
    if older is not None and since is not None and not valid.ref.open:
        try:
            last = last_day(older, since - timedelta(days=1), bench.terms.calendar)
        except MissingFact:
            last = None
        if last is None or last >= bench.on:
            values = {"valid": older, "how": credit.earned_by.value, "since": since}
            page.append(Condition(key, "credit_valid_before", valid.ref, values, quoted="credit_valid_before"))
    return page


def _plain(who: Situation) -> Situation:
    return Situation(who.care_type, who.location)


def _endings(credit: CreditTerms) -> list[Sourced[str] | None]:
    ends = credit.contract
    return [ends.ended_by_parent, ends.ended_by_organisation, ends.changed, ends.moved, ends.other_care] if ends else []


def _of_the_contract(key: str, credit: CreditTerms) -> list[Condition]:
    page = []
    every = [rule for rule in _endings(credit) if rule is not None]
    if len(every) > 1 and all(rule.ref.open for rule in every):  # the whole of it is open
        first, *rest = (rule.ref for rule in every)
        whole = {"subject": "contract_all"}
        page.append(Condition(key, "left_open", first, whole, also=tuple(rest), settled=True))
    elif credit.contract:
        for name in ("ended_by_parent", "ended_by_organisation", "changed", "moved", "other_care"):
            found: Sourced[Any] | None = getattr(credit.contract, name)
            if found is not None and (found.value is not None or found.ref.open):
                page.append(Condition(key, f"contract_{name}", found.ref, {"fate": found.value}))
    if credit.ended:
        page.extend(_told(key, "credit_last_earned", credit.ended.last_earned, "last"))
        page.extend(_told(key, "credit_last_used", credit.ended.last_used, "last"))
    return page
