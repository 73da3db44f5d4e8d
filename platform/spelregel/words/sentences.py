"""A decision as people say it: the outcome, each condition, and what would have helped.

Whole sentences, made from a reason code and its facts in the reader's register; the rules themselves hold no text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from spelregel.rules.absence import AbsenceVerdict
from spelregel.rules.decision import Decision, Earned, Step
from spelregel.rules.message import Message, msg
from spelregel.words import formats, terms
from spelregel.words.locale import Register


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks for one organisation in one register; `name_of` gives a credit's forms in that language."""

    register: Register
    name_of: Callable[[str], formats.CreditForms]

    def say(self, template: str, **values: object) -> str:
        return self.register.text(Message(template, values))

    def word(self, vocabulary: object, key: str) -> str:
        found = vocabulary.get(key) if hasattr(vocabulary, "get") else None
        return self.register.text(found) if isinstance(found, Message) else key

    def amount(self, sixtieths: int, kind: str) -> str:
        return formats.credit_amount(sixtieths, self.name_of(kind), self.register)

    def until(self, step: Step) -> str:
        return formats.until(step.cutoff, self.register) if step.cutoff else ""

    # What an absence comes to

    def absence(self, verdict: AbsenceVerdict) -> list[str]:
        """The consequence of reporting: whether it is taken, and each credit it earns, or the reason why none."""
        if not verdict.accepted:
            return [self.refused_absence(verdict.report)]
        lines = []
        if verdict.late:
            expected = next(step for step in verdict.report.steps if step.reason == "later_than_expected")
            lines.append(self.say("This report is late: it is expected until %(until)s.", until=self.until(expected)))
        lines.extend(self.earning(decision) for decision in verdict.credits)
        return lines

    def refused_absence(self, report: Decision) -> str:
        step = report.steps[report.decided_by or 0]
        if step.reason == "too_late":
            return self.say("Reporting absent was possible until %(until)s.", until=self.until(step))
        return self.step(step, report)

    def earning(self, decision: Decision) -> str:
        """One sentence for one credit."""
        kind = decision.credit or ""
        label = self.name_of(kind).label
        if decision.earned:
            return self.earned(decision.earned)
        step = decision.steps[decision.decided_by or 0]
        if step.reason == "too_late":
            return self.say(
                "It earns no %(credit)s: that was possible until %(until)s.", credit=label, until=self.until(step)
            )
        return self.say("It earns no %(credit)s. %(reason)s", credit=label, reason=self.step(step, decision))

    def earned(self, earned: Earned) -> str:
        amount = self.amount(earned.amount, earned.credit)
        if earned.amount < earned.worth:
            amount = self.say("%(amount)s (up to the maximum)", amount=amount)
        if earned.valid_until is None:
            return self.say("It earns %(amount)s, which do not lapse.", amount=amount)
        return self.say(
            "It earns %(amount)s, valid until %(day)s included.", amount=amount, day=self.full_day(earned.valid_until)
        )

    def full_day(self, day: date) -> str:
        return formats.full_day(day, self.register)

    # The trace, condition by condition

    def step(self, step: Step, decision: Decision) -> str:
        template = _STEPS[step.reason]
        return self.register.text(Message(template.template, self._values(step, decision)))

    def _values(self, step: Step, decision: Decision) -> dict[str, object]:
        facts = step.facts
        values: dict[str, object] = {"until": self.until(step)}
        if decision.credit:
            values["credit"] = self.name_of(decision.credit).label
        if "day" in facts:
            values["day"] = self.word(terms.KINDS_OF_DAY, str(facts["day"]))
        if "is" in facts:
            key = str(facts["is"])
            values["is"] = self.word(terms.PLANNED if key in terms.PLANNED else terms.REASONS, key)
        for key in ("balance", "maximum", "left", "spent", "earned"):
            if key in facts:
                values[key] = formats.decimal(round(float(facts[key]) * 60), self.register)
        if facts.get("valid_until"):
            values["valid_until"] = self.full_day(date.fromisoformat(str(facts["valid_until"])))
        if facts.get("earned_for"):
            values["earned_for"] = self.full_day(date.fromisoformat(str(facts["earned_for"])))
        for key in ("care_type", "earned_in"):
            values[key] = self.word(terms.CARE_TYPES, str(facts.get(key) or ""))
        if "used_on" in facts:
            values["used_on"] = self.word(terms.KINDS_OF_DAY, str(facts["used_on"]))
            values["earned_on"] = self.word(terms.KINDS_OF_DAY, str(facts["earned_on"]))
        return values

    def remedy(self, decision: Decision) -> str | None:
        """What would have made it come out otherwise: the smallest difference; None when nothing would have."""
        steps = decision.remedies
        if decision.granted or not steps:
            return None
        return " ".join(
            self.register.text(Message(_REMEDIES[step.remedy or ""].template, self._values(step, decision)))
            for step in steps
        )

    def withdrawal(self, decision: Decision, taken_back: str | None) -> str:
        if not decision.granted:
            return self.step(decision.steps[decision.decided_by or 0], decision)
        if taken_back:
            return self.say("The absence can be taken back. %(amount)s go back too.", amount=taken_back)
        return self.say("The absence can be taken back.")


def in_words(decision: Decision, speaker: Speaker) -> list[str]:
    """The whole trace, one line per condition, with its place in the file: for staff and the command line."""
    marks = {"holds": "+", "fails": "-", "noted": "·"}
    lines = []
    for index, step in enumerate(decision.steps):
        rule = step.rule
        decided = speaker.say("  (this decided)") if index == decision.decided_by else ""
        since = speaker.say(", since %(day)s", day=rule.since.isoformat()) if rule.since else ""
        lines.append(f"{marks[step.outcome]} {speaker.step(step, decision)}{decided}")
        lines.append(f"    {rule.path} = {_value(rule.value)}  [{rule.file}:{rule.line}{since}]")
    remedy = speaker.remedy(decision)
    if remedy:
        lines.append(remedy)
    return lines


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


_STEPS = {
    "by_parent": msg("A parent does it."),
    "by_staff": msg("Staff do it."),
    "not_by_parent": msg("Parents cannot do this themselves: ask the group."),
    "not_by_staff": msg("Only what a parent reports in the portal counts, and staff entered this."),
    "reason_known": msg("The reason given: %(is)s."),
    "reason_unknown": msg("The reason “%(is)s” cannot be given here."),
    "in_time": msg("It is in time: it is possible until %(until)s."),
    "any_time": msg("It is possible at any time."),
    "too_late": msg("It was possible until %(until)s."),
    "later_than_expected": msg("It is late: it is expected until %(until)s."),
    "as_expected": msg("It is as early as expected: until %(until)s."),
    "absence_not_accepted": msg("The absence itself is not taken any more."),
    "planned_day_counts": msg("It is about %(is)s."),
    "planned_day_does_not_count": msg("It is about %(is)s, and that earns nothing."),
    "on_excluded_day": msg("It is %(day)s, and that earns nothing."),
    "on_included_day": msg("It is %(day)s, and that counts."),
    "reason_earns": msg("The reason “%(is)s” counts."),
    "reason_earns_nothing": msg("The reason “%(is)s” earns nothing."),
    "below_maximum": msg("With %(balance)s so far there is room below the maximum of %(maximum)s."),
    "cut_off_at_maximum": msg("With %(balance)s so far it is cut off at the maximum of %(maximum)s."),
    "last_time_over_maximum": msg("With %(balance)s so far there was room below the maximum of %(maximum)s, so the whole day counts."),
    "at_maximum": msg("The maximum of %(maximum)s is reached: there are %(balance)s already."),
    "credit_not_spent": msg("The credit that it earned has not been used."),
    "spent_part_stays": msg("Of the credit that it earned %(spent)s is used, and stays used."),
    "credit_is_spent": msg("Of the credit that it earned %(spent)s is used already, so the absence cannot be taken back."),
    "taken_back": msg("The credit that it earned goes back too."),
    "kept": msg("The credit that it earned is kept."),
    "something_left": msg("There is %(left)s left."),
    "used_up": msg("It is used up."),
    "still_valid": msg("It is valid until %(valid_until)s included."),
    "does_not_lapse": msg("It does not lapse."),
    "lapsed": msg("It is valid until %(valid_until)s included, and the day lies after that."),
    "before_it_is_earned": msg("It is earned on %(earned_for)s, and the day lies before that."),
    "same_care_type": msg("It is for the same kind of care."),
    "other_care_type": msg("It was earned in %(earned_in)s and cannot pay %(care_type)s."),
    "meant_for_this": msg("It is meant for this care."),
    "not_meant_for_this": msg("It is not meant for this care."),
    "on_usable_day": msg("It can be used on this day: it is %(day)s."),
    "not_on_this_kind_of_day": msg("It cannot be used on this day: it is %(day)s."),
    "excluded_here": msg("With this contract credit from %(earned_on)s cannot be used on %(used_on)s."),
    "not_excluded": msg("No exception stands in the way."),
}  # fmt: skip

_REMEDIES = {
    "reported_before": msg("It would have been possible until %(until)s."),
    "reported_by_parent": msg("It would have counted if a parent had done it in the portal."),
    "reported_by_staff": msg("Staff can do it."),
    "balance_lower": msg("It would have counted with less than %(maximum)s in stock."),
    "credit_not_spent": msg("It would have been possible if the credit had not been used."),
    "care_on_or_before": msg("It can be used for a day until %(valid_until)s."),
    "care_on_or_after": msg("It can be used for a day from %(earned_for)s on."),
}
