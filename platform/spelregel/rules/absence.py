"""May a child be reported absent, what does that earn, and may it be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from spelregel.rules.care_calendar import Cutoff, cutoff, earlier, last_day, whole_minute
from spelregel.rules.decision import Decision, Earned, Step, decide, number
from spelregel.rules.facts import AbsenceFacts, CareDay, WithdrawalFacts
from spelregel.rules.phrases import Notice
from spelregel.rules.rulebook import CreditTerms, EarningTerms, Rulebook, RuleRef, Sourced, Terms


@dataclass(frozen=True, slots=True)
class AbsenceVerdict:
    """Whether the report is taken, and one decision for every credit that an absence can earn here."""

    report: Decision
    credits: tuple[Decision, ...]

    @property
    def accepted(self) -> bool:
        return self.report.granted

    @property
    def earned(self) -> tuple[Earned, ...]:
        return tuple(decision.earned for decision in self.credits if decision.earned)

    @property
    def deciding(self) -> Decision:
        """The decision that a parent feels: of the credit that is earned, or could have been; else of the report."""
        return next((d for d in self.credits if d.earned), self.credits[0] if self.credits else self.report)

    @property
    def late(self) -> bool:
        """Taken, but after the moment at which the organisation expects it."""
        return self.accepted and any(step.reason == "later_than_expected" for step in self.report.steps)


def decide_absence(rulebook: Rulebook, facts: AbsenceFacts) -> AbsenceVerdict:
    moment = whole_minute(facts.reported)
    terms = rulebook.terms(acting_on(rulebook, moment), facts.care.care_type, facts.care.location)
    report = _decide_report(rulebook, terms, facts, moment)
    return AbsenceVerdict(
        report,
        tuple(
            _decide_credit(rulebook, terms, credit, credit.earned_if, facts, moment, report)
            for credit in terms.credits.values()
            if credit.earned_if is not None
        ),
    )


def decide_withdrawal(rulebook: Rulebook, facts: WithdrawalFacts) -> Decision:
    """May this absence be taken back. `earned` of the answer is what the child loses again, where it does."""
    moment = whole_minute(facts.asked)
    terms = rulebook.terms(acting_on(rulebook, moment), facts.care.care_type, facts.care.location)
    rule = terms.absence.withdraw
    steps = [_by(rule.by, facts.by)]
    timely = _in_time(rulebook, terms, rule.notice, facts.care, moment)
    steps.append(timely)
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
        steps.append(Step(rule.earned_credit.ref, "noted", rule.earned_credit.value.replace(" ", "_")))
    return decide("absence.withdraw", steps, moment, terms.since, cutoff=timely.cutoff)


def credit_taken_back(rulebook: Rulebook, facts: WithdrawalFacts) -> int:
    """How many sixtieths a granted withdrawal takes away again."""
    terms = rulebook.terms(acting_on(rulebook, facts.asked), facts.care.care_type, facts.care.location)
    return facts.earned - facts.spent if terms.absence.withdraw.earned_credit.value == "taken back" else 0


def acting_on(rulebook: Rulebook, moment: datetime) -> date:
    return moment.astimezone(rulebook.zone).date()


def kind_of_day(terms: Terms, care: CareDay) -> str:
    return care.kind or terms.calendar.kind_of(care.day)


def _cutoff(rulebook: Rulebook, terms: Terms, notice: Notice, care: CareDay) -> Cutoff | None:
    return cutoff(notice, care.day, care.starts, rulebook.zone, terms.calendar.is_workday)


def _decide_report(rulebook: Rulebook, terms: Terms, facts: AbsenceFacts, moment: datetime) -> Decision:
    rule = terms.absence
    steps = [_by(rule.reported_by, facts.by)]
    if facts.reason is not None:
        steps.append(_one_of(rule.reasons, facts.reason, "reason_known", "reason_unknown"))
    timely = _in_time(rulebook, terms, rule.notice, facts.care, moment)
    steps.append(timely)
    if rule.expected is not None:
        expected = _cutoff(rulebook, terms, rule.expected.value, facts.care)
        late = expected is not None and not expected.admits(moment)
        steps.append(Step(rule.expected.ref, "noted", "later_than_expected" if late else "as_expected", expected))
    return decide("absence.report", steps, moment, terms.since, cutoff=timely.cutoff)


def _decide_credit(
    rulebook: Rulebook,
    terms: Terms,
    credit: CreditTerms,
    rule: EarningTerms,
    facts: AbsenceFacts,
    moment: datetime,
    report: Decision,
) -> Decision:
    steps: list[Step] = []
    if report.decided_by is not None:
        blocking = report.steps[report.decided_by]
        steps.append(Step(blocking.rule, "fails", "absence_not_accepted", blocking.cutoff, remedy=blocking.remedy))
    steps.append(_by(rule.reported_by, facts.by))
    timely = _in_time(rulebook, terms, rule.notice, facts.care, moment)
    steps.append(timely)
    steps.append(_one_of(rule.day, facts.care.planned, "planned_day_counts", "planned_day_does_not_count"))
    if rule.not_on is not None:
        kind = kind_of_day(terms, facts.care)
        steps.append(
            Step(rule.not_on.ref, "fails", "on_excluded_day", facts={"day": kind})
            if kind in rule.not_on.value
            else Step(rule.not_on.ref, "holds", "on_included_day", facts={"day": kind})
        )
    if facts.reason is not None:
        steps.append(_one_of(rule.reasons, facts.reason, "reason_earns", "reason_earns_nothing"))
    worth = facts.care.minutes if credit.unit.value == "hour" else 60  # a daypart earns one, whatever its length
    amount = worth
    if rule.maximum is not None and rule.at_maximum is not None:
        amount, step = _up_to_maximum(rule.maximum.value.sixtieths, rule.at_maximum, rule.maximum.ref,
                                      facts.balances.get(credit.kind, 0), worth)  # fmt: skip
        steps.append(step)
    earned = Earned(credit.kind, amount, credit.unit.value, last_day(credit.valid.value, facts.care.day), worth)
    # What is no longer taken earns nothing, so the earlier of the two limits is the minute at which the answer flips.
    until = earlier(timely.cutoff, report.cutoff)
    return decide("absence.credit", steps, moment, terms.since, cutoff=until, earned=earned, credit=credit.kind)


def _up_to_maximum(maximum: int, at: Sourced[str], ref: RuleRef, balance: int, worth: int) -> tuple[int, Step]:
    room = max(maximum - balance, 0)
    seen = {"balance": number(balance), "maximum": number(maximum)}
    if worth <= room:
        return worth, Step(ref, "holds", "below_maximum", facts=seen)
    if at.value == "whole" and room:
        return worth, Step(at.ref, "holds", "last_time_over_maximum", facts=seen)
    if at.value == "cut off" and room:
        return room, Step(at.ref, "holds", "cut_off_at_maximum", facts=seen)
    remedy = "balance_lower"
    return 0, Step(ref if not room else at.ref, "fails", "at_maximum", facts=seen, remedy=remedy)


def _by(rule: Sourced[tuple[str, ...]], by: str) -> Step:
    if by in rule.value:
        return Step(rule.ref, "holds", f"by_{by}")
    return Step(rule.ref, "fails", f"not_by_{by}", remedy="reported_by_" + rule.value[0] if rule.value else None)


def _one_of(rule: Sourced[tuple[str, ...]], value: str, yes: str, no: str) -> Step:
    seen = {"is": value}
    return Step(rule.ref, "holds", yes, facts=seen) if value in rule.value else Step(rule.ref, "fails", no, facts=seen)


def _in_time(rulebook: Rulebook, terms: Terms, rule: Sourced[Notice], care: CareDay, moment: datetime) -> Step:
    until = _cutoff(rulebook, terms, rule.value, care)
    if until is None:
        return Step(rule.ref, "holds", "any_time")
    if until.admits(moment):
        return Step(rule.ref, "holds", "in_time", until)
    return Step(rule.ref, "fails", "too_late", until, remedy="reported_before")
