"""May a child be reported absent, what does that earn, and may it be taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from spelregel.rules.asking import (
    acting_on,
    at_most,
    by_whom,
    in_time,
    kind_of_day,
    last_day_of,
    limit_of,
    not_abolished,
    not_on,
    not_too_early,
    of_a_maximum,
    one_of,
    room_under,
    whose,
)
from spelregel.rules.care_calendar import Contract, MissingFact, after_span, earlier, first_day, whole_minute
from spelregel.rules.decision import Decision, Earned, Step, decide, number
from spelregel.rules.facts import AbsenceFacts, CareDay, WithdrawalFacts
from spelregel.rules.memo import remembered
from spelregel.rules.onlooker import can_be_watched
from spelregel.rules.phrases import Distance
from spelregel.rules.rulebook import Charge, CreditTerms, EarningTerms, Rulebook, RuleRef, Sourced, Terms


class AbsenceVerdict(NamedTuple):
    """Whether the report is taken, and one decision for every credit that an absence can earn here."""

    report: Decision
    credits: tuple[Decision, ...]
    charge: Charge | None = None
    charge_untold: bool = False  # the bill hangs on a quota that nobody counted: a person looks

    @property
    def accepted(self) -> bool:
        return self.report.granted

    @property
    def earned(self) -> tuple[Earned, ...]:
        return tuple(decision.earned for decision in self.credits if decision.earned)

    @property
    def deciding(self) -> Decision:
        """The decision that a parent feels: of the credit that is earned, or could have been; else of the report."""
        nearest = sorted(self.credits, key=lambda d: (d.earned is None, d.outcome != "to_judge", not d.remedies))
        return nearest[0] if nearest else self.report

    @property
    def late(self) -> bool:
        """Taken, but after the moment at which the organisation expects it."""
        return self.accepted and any(step.reason == "later_than_expected" for step in self.report.steps)


@can_be_watched
def decide_absence(rulebook: Rulebook, facts: AbsenceFacts) -> AbsenceVerdict:
    terms = rulebook.terms_at(facts.reported, facts.care, facts.reason)
    report = _decide_report(rulebook, terms, facts)
    bill = terms.absence.bill
    charge, untold = _charge_of(rulebook, terms, facts) if bill and report.granted else (None, False)
    credits = [
        _decide_credit(rulebook, terms, credit, credit.earned_if, facts, report)
        for credit in terms.credits.values()
        if credit.earned_if is not None
    ]
    return AbsenceVerdict(report, tuple(credits), charge, untold)


@can_be_watched
def decide_withdrawal(rulebook: Rulebook, facts: WithdrawalFacts) -> Decision:
    """May this absence be taken back. `earned` of the answer is what the child loses again, where it does."""
    terms = rulebook.terms_at(facts.asked, facts.care)
    rule = terms.absence.withdraw
    steps = [by_whom(rule.by, facts.by)]
    timely = in_time(rulebook, terms, rule.notice, facts.care, facts.asked)
    steps.append(timely)
    if rule.within is not None:
        steps.append(within_grace(rule.within, facts.reported, facts.asked))
    if rule.place is not None and rule.place.value == "if still free":
        steps.append(Step(rule.place.ref, "unknown", "if_place_still_free"))
    if facts.earned:
        refuses = facts.spent > 0 and rule.spent_credit.value == "not allowed"
        spent = {"spent": number(facts.spent), "earned": number(facts.earned)}
        steps.append(
            Step(rule.spent_credit.ref, "fails", "credit_is_spent", facts=spent, remedy="credit_not_spent")
            if refuses
            else Step(
                rule.spent_credit.ref,
                "holds",
                "credit_not_spent" if not facts.spent else "spent_part_stays",
                facts=spent,
            )
        )
        if rule.earned_credit.value is not None:
            steps.append(Step(rule.earned_credit.ref, "noted", rule.earned_credit.value.replace(" ", "_")))
    return decide("absence.withdraw", steps, terms.since, cutoff=timely.cutoff)


def within_grace(rule: Sourced[Distance], done: datetime | None, moment: datetime) -> Step:
    """So long after it was sent, in real time; the last minute included."""
    if done is None:
        return Step(rule.ref, "unknown", "not_told", facts={"fact": "reported"})
    until = after_span(rule.value, whole_minute(done))
    if whole_minute(moment) <= until:
        return Step(rule.ref, "holds", "in_grace")
    return Step(rule.ref, "fails", "grace_over")


def credit_taken_back(rulebook: Rulebook, facts: WithdrawalFacts) -> int:
    """How many sixtieths a granted withdrawal takes away again."""
    terms = rulebook.terms_at(facts.asked, facts.care)
    return facts.earned - facts.spent if terms.absence.withdraw.earned_credit.value == "taken back" else 0


def _decide_report(rulebook: Rulebook, terms: Terms, facts: AbsenceFacts) -> Decision:
    rule, care = terms.absence, facts.care
    steps = [by_whom(rule.reported_by, facts.by)]
    if facts.reason is not None:
        steps.append(one_of(rule.reasons, facts.reason, "reason_known", "reason_unknown"))
    timely = in_time(rulebook, terms, rule.notice, care, facts.reported)
    steps.append(timely)
    if rule.horizon is not None:
        steps.append(not_too_early(terms, rule.horizon, acting_on(rulebook, facts.reported), care))
    if rule.piece is not None:
        whole = rule.piece.value == "whole day"
        if whole and facts.part_of_day:
            steps.append(Step(rule.piece.ref, "fails", "only_whole_day", remedy="whole_day"))
        else:
            steps.append(Step(rule.piece.ref, "holds", "piece_fits"))
    if rule.expected is not None:
        expected = in_time(rulebook, terms, rule.expected, care, facts.reported)
        reason = "later_than_expected" if expected.outcome == "fails" else "as_expected"
        steps.append(Step(rule.expected.ref, "noted", reason, expected.cutoff))
    return decide("absence.report", steps, terms.since, cutoff=timely.cutoff)


def _decide_credit(
    rulebook: Rulebook, terms: Terms, credit: CreditTerms, rule: EarningTerms, facts: AbsenceFacts, report: Decision
) -> Decision:
    care = facts.care
    steps: list[Step] = []
    if not report.granted and report.decided_by is not None:
        blocking = report.steps[report.decided_by]
        outcome = "unknown" if report.outcome == "to_judge" else "fails"
        steps.append(blocking._replace(outcome=outcome, reason="absence_not_accepted"))
    if credit.care_types is not None or credit.contracts is not None:
        steps.extend(whose(credit.care_types, credit.contracts, care, "credit_"))
    steps.append(by_whom(rule.reported_by, facts.by))
    timely = in_time(rulebook, terms, rule.notice, care, facts.reported)
    steps.append(timely)
    kind = kind_of_day(terms, care)
    steps.append(one_of(rule.day, care.planned, "planned_day_counts", "planned_day_does_not_count"))
    if rule.not_on is not None:
        steps.append(not_on(rule.not_on, kind))
    if facts.reason is not None:
        steps.append(one_of(rule.reasons, facts.reason, "reason_earns", "reason_earns_nothing"))
    if credit.ended is not None:
        steps.append(not_abolished(credit.ended.last_earned, care.day))
    worth, row = worth_of(credit, terms, care)
    if row is not None:
        outcome, reason = ("noted", "weighed") if worth else ("fails", "worth_nothing")
        steps.append(Step(row, outcome, reason, facts={"worth": number(worth)}))
    amount = worth
    if rule.at_most is not None:
        steps.extend(at_most(rule.at_most, facts.so_far, care))
        amount, capped = room_under(rule.at_most, facts.so_far, amount)
        steps.extend(capped)
    if rule.maximum is not None and rule.maximum.ref.open:
        steps.append(Step(rule.maximum.ref, "unknown", "left_open"))
    elif rule.maximum is not None and rule.at_maximum is not None:
        amount, step = _up_to_maximum(rule, facts.balances.get(credit.kind, 0), amount, care)
        steps.append(step)
    if credit.valid.ref.open:
        steps.append(Step(credit.valid.ref, "unknown", "left_open"))
    first, last, untold = _usable(credit, terms, care.day, care.contract_started, care.contract_ends)
    if untold is not None:
        steps.append(untold)
    earned = Earned(credit.kind, amount, credit.unit.value, last, worth, first)
    # What is no longer taken earns nothing, so the earlier of the two limits is the minute at which the answer flips.
    until = earlier(timely.cutoff, report.cutoff)
    return decide("absence.credit", steps, terms.since, cutoff=until, earned=earned, credit=credit.kind)


@remembered
def _usable(
    credit: CreditTerms, terms: Terms, day: date, contract_started: date | None, contract_ends: date | None
) -> tuple[date | None, date | None, Step | None]:
    """First day where that is another one than `day`, and last; a step where the last hangs on what nobody told."""
    untold = last = None
    try:
        last = last_day_of(credit, terms, day, Contract(contract_started, contract_ends))
    except MissingFact as missing:
        untold = Step(credit.valid.ref, "unknown", "not_told", facts={"fact": missing.args[0]})
    first = first_day(credit.valid.value, day, terms.calendar)
    return first if first != day else None, last, untold


def worth_of(credit: CreditTerms, terms: Terms, care: CareDay) -> tuple[int, RuleRef | None]:
    """What this care counts for in this credit, in sixtieths of its unit, and the row of the table that says so."""
    kind = kind_of_day(terms, care)
    for row in credit.weights:
        fits = (
            row.care_type in (None, care.care_type)
            and row.day in (None, kind)
            and (row.at_least is None or care.minutes >= row.at_least)
        )
        if fits:
            return row.counts, row.ref
    # Without a table an hour is an hour, and everything else is one, whatever its length.
    return (care.minutes if credit.unit.value == "hour" else 60), None


def _up_to_maximum(rule: EarningTerms, balance: int, worth: int, care: CareDay) -> tuple[int, Step]:
    at, limit = rule.at_maximum, rule.maximum
    assert at is not None and limit is not None
    maximum = of_a_maximum(limit.value, care)
    if maximum is None:
        return worth, Step(limit.ref, "unknown", "not_told", facts={"fact": "weekly"})
    room = max(maximum - balance, 0)
    seen = {"balance": number(balance), "maximum": number(maximum)}
    if worth <= room:
        return worth, Step(limit.ref, "holds", "below_maximum", facts=seen)
    if at.value == "whole" and room:
        return worth, Step(at.ref, "holds", "last_time_over_maximum", facts=seen)
    if at.value == "cut off" and room:
        return room, Step(at.ref, "holds", "cut_off_at_maximum", facts=seen)
    return 0, Step(limit.ref if not room else at.ref, "fails", "at_maximum", facts=seen, remedy="balance_lower")


def _charge_of(rulebook: Rulebook, terms: Terms, facts: AbsenceFacts) -> tuple[Charge | None, bool]:
    """The row of the bill that counts, or None: billed as ever. True: it hangs on a quota that nobody counted."""
    for row in terms.absence.bill:
        if not _counts(row, rulebook, terms, facts):
            continue
        if row.at_most is None:
            return row, False
        done = (facts.so_far or {}).get(row.at_most.per)
        if done is None:
            return None, True
        if done < row.at_most.amount * (60 if row.at_most.unit is None else 1):
            return row, False
    return None, False


def _counts(row: Charge, rulebook: Rulebook, terms: Terms, facts: AbsenceFacts) -> bool:
    """Everything that a row names but its quota."""
    if row.reasons and facts.reason not in row.reasons:
        return False
    if row.proof and not facts.proof:
        return False
    for notice, wanted in ((row.notice, True), (row.after, False)):
        limit = limit_of(rulebook, terms, notice, facts.care) if notice else None
        if limit is not None and limit.admits(facts.reported) is not wanted:
            return False
    return True
