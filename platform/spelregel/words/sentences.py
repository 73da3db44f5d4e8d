"""A decision as people say it: the outcome, each condition, and what would have helped.

Whole sentences, made from a reason code and its facts in the reader's register; the rules themselves hold no text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

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
        lines = [self.late(verdict)] if verdict.late else []
        lines.extend(self.earning(decision) for decision in verdict.credits)
        return lines

    def late(self, verdict: AbsenceVerdict) -> str:
        expected = next(step for step in verdict.report.steps if step.reason == "later_than_expected")
        if any(credit.reason == "too_late" and credit.cutoff == expected.cutoff for credit in verdict.credits):
            return self.say("This report is late.")  # the sentence about the credit names the same moment
        return self.say(
            "This report is late: reporting in time was possible until %(until)s.", until=self.until(expected)
        )

    def refused_absence(self, report: Decision) -> str:
        step = report.steps[report.decided_by or 0]
        if step.reason == "too_late":
            return self.say("Reporting absent was possible until %(until)s.", until=self.until(step))
        return self.step(step, report)

    def earning(self, decision: Decision) -> str:
        """One sentence for one credit."""
        label = self.name_of(decision.credit or "").label
        if decision.earned:
            return self.earned(decision.earned)
        step = decision.steps[decision.decided_by or 0]
        why = self.register.text(Message(_WHY_NOT[step.reason].template, self._values(step, decision)))
        return self.say("It earns no %(credit)s: %(why)s.", credit=label, why=why)

    def earned(self, earned: Earned) -> str:
        amount = self.amount(earned.amount, earned.credit)
        if earned.valid_until is None:
            line = self.say("It earns %(amount)s, without an end date.", amount=amount)
        else:
            line = self.say("It earns %(amount)s, valid up to and including %(day)s.",
                            amount=amount, day=self.full_day(earned.valid_until))  # fmt: skip
        return f"{line} {self.say('That reaches the maximum.')}" if earned.amount < earned.worth else line

    def full_day(self, day: date) -> str:
        return formats.full_day(day, self.register)

    # The trace, condition by condition

    def step(self, step: Step, decision: Decision) -> str:
        reason = step.reason
        if reason == "as_expected" and step.cutoff is None:
            reason = "any_time"
        if reason == "excluded_here":  # the row names one, two or three things; say what it says
            named = [
                key for key in ("earned_on", "used_on") if isinstance(step.rule.value, dict) and key in step.rule.value
            ]
            reason = ":".join([reason, *named])
        template = _STEPS.get(f"{decision.kind}:{reason}") or _STEPS[reason]
        return self.register.text(Message(template.template, self._values(step, decision)))

    def _values(self, step: Step, decision: Decision) -> dict[str, object]:
        facts = step.facts
        values: dict[str, object] = {"until": self.until(step)}
        if decision.credit:
            values["credit"] = self.name_of(decision.credit).label
        if isinstance(step.rule.value, list):
            values["days"] = formats.or_list(
                [self.word(terms.KINDS_OF_DAY, str(each)) for each in step.rule.value], self.register
            )
        if "day" in facts:
            values["day"] = self.word(terms.KINDS_OF_DAY, str(facts["day"]))
        if "is" in facts:
            key = str(facts["is"])
            values["is"] = self.word(terms.PLANNED if key in terms.PLANNED else terms.REASONS, key)
        for key in ("balance", "maximum", "left", "spent", "earned"):
            if key in facts:
                sixtieths = round(float(facts[key]) * 60)
                values[key] = (
                    self.amount(sixtieths, decision.credit)
                    if decision.credit
                    else formats.decimal(sixtieths, self.register)
                )
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
        steps = _smallest(decision.remedies)
        if decision.granted or not steps:
            return None
        if len(steps) == 1:
            remedy = steps[0].remedy or ""
            template = _REMEDIES.get(f"{decision.kind}:{remedy}") or _REMEDIES[remedy]
            return self.register.text(Message(template.template, self._values(steps[0], decision)))
        clauses = [
            self.register.text(Message(_CLAUSES[step.remedy or ""].template, self._values(step, decision)))
            for step in steps
        ]
        return self.say("It would have been possible if %(conditions)s.",
                        conditions=formats.and_list(clauses, self.register))  # fmt: skip

    def withdrawal(self, decision: Decision, taken_back: str | None) -> str:
        if not decision.granted:
            step = decision.steps[decision.decided_by or 0]
            if step.reason == "too_late":
                return self.say("Taking it back was possible until %(until)s.", until=self.until(step))
            return self.step(step, decision)
        possible = self.say("You can take the absence back.")
        if not taken_back:
            return possible
        return f"{possible} {self.say('That gives back %(amount)s too.', amount=taken_back)}"

    def credit_use(self, decision: Decision, price: str | None) -> str:
        """Whether one portion of credit can pay this care; `price` in words."""
        if decision.granted:
            return self.say("This credit can be used: that costs %(amount)s.", amount=price or "")
        step = decision.steps[decision.decided_by or 0]
        return self.say("This credit does not fit here. %(reason)s", reason=self.step(step, decision))


def _smallest(steps: tuple[Step, ...]) -> list[Step]:
    """Of several deadlines that were missed, the earliest: whoever meets that one meets the others."""
    missed = [step for step in steps if step.remedy == "reported_before" and step.cutoff]
    first = min(
        missed, key=lambda step: step.cutoff.at if step.cutoff else datetime.max.replace(tzinfo=UTC), default=None
    )
    found: list[Step] = []
    for step in steps:
        if (step.remedy != "reported_before" or step is first) and step.remedy not in [one.remedy for one in found]:
            found.append(step)
    return found


def in_words(decision: Decision, speaker: Speaker) -> list[str]:
    """The whole trace, one line per condition, with its place in the file: for staff and the command line."""
    marks = {"holds": "+", "fails": "-", "noted": "·"}
    lines = []
    for index, step in enumerate(decision.steps):
        rule = step.rule
        decided = speaker.say("  (this decided)") if index == decision.decided_by else ""
        since = speaker.say(", since %(day)s", day=rule.since.isoformat()) if rule.since else ""
        lines.append(f"{marks[step.outcome]} {speaker.step(step, decision)}{decided}")
        lines.append(f"    {rule.path} = {value_as_text(rule.value)}  [{rule.file}:{rule.line}{since}]")
    remedy = speaker.remedy(decision)
    if remedy:
        lines.append(remedy)
    return lines


def value_as_text(value: object) -> str:
    """A rule's value as the file would have it on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {value_as_text(each)}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(f"{{{value_as_text(each)}}}" if isinstance(each, Mapping) else str(each) for each in value)
    return str(value)


_STEPS = {
    "by_parent": msg("A parent does it, in the portal."),
    "by_staff": msg("The group does it."),
    "not_by_parent": msg("Parents cannot do this themselves: ask the group."),
    "not_by_staff": msg("Only a parent can do this."),
    "absence.credit:not_by_staff": msg("Only what a parent reports in the portal counts, and the group entered this."),
    "reason_known": msg("The reason given: %(is)s."),
    "reason_unknown": msg("The reason “%(is)s” cannot be given here."),
    "in_time": msg("It is in time: it is possible until %(until)s."),
    "any_time": msg("It is possible at any time."),
    "too_late": msg("It was possible until %(until)s."),
    "later_than_expected": msg("It is late: reporting in time was possible until %(until)s."),
    "as_expected": msg("It is not late: reporting in time is possible until %(until)s."),
    "absence_not_accepted": msg("Reporting absent is not possible."),
    "planned_day_counts": msg("It is %(is)s, and that counts."),
    "planned_day_does_not_count": msg("It is %(is)s, and that does not count."),
    "on_excluded_day": msg("It is %(day)s, and that does not count."),
    "on_included_day": msg("It does not fall on %(days)s."),
    "reason_earns": msg("The reason “%(is)s” counts."),
    "reason_earns_nothing": msg("The reason “%(is)s” does not count."),
    "below_maximum": msg("With %(balance)s so far there is room below the maximum of %(maximum)s."),
    "cut_off_at_maximum": msg("With %(balance)s so far it counts up to the maximum of %(maximum)s."),
    "last_time_over_maximum": msg("With %(balance)s so far there was room below the maximum of %(maximum)s, so the whole day counts."),
    "at_maximum": msg("With %(balance)s so far it does not fit below the maximum of %(maximum)s."),
    "credit_not_spent": msg("The credit that it earned has not been used."),
    "spent_part_stays": msg("Of the credit that it earned %(spent)s of %(earned)s is used, and stays used."),
    "credit_is_spent": msg("Of the credit that it earned %(spent)s of %(earned)s is used already. So it can no longer be taken back."),
    "taken_back": msg("The credit that it earned goes back too."),
    "kept": msg("The credit that it earned is kept."),
    "something_left": msg("Left: %(left)s."),
    "used_up": msg("It is used up."),
    "still_valid": msg("It is valid up to and including %(valid_until)s."),
    "does_not_lapse": msg("It has no end date."),
    "lapsed": msg("It is valid up to and including %(valid_until)s, and the day lies after that."),
    "before_it_is_earned": msg("It can be used from %(earned_for)s on, and the day lies before that."),
    "same_care_type": msg("It is the same kind of care."),
    "other_care_type": msg("It was earned with %(earned_in)s and cannot be used for %(care_type)s."),
    "meant_for_this": msg("It is meant for this care."),
    "not_meant_for_this": msg("It is not meant for this care."),
    "on_usable_day": msg("It can be used on this day: it is %(day)s."),
    "not_on_this_kind_of_day": msg("It cannot be used on this day: it is %(day)s."),
    "excluded_here:earned_on:used_on": msg("What was earned on %(earned_on)s cannot be used on %(used_on)s here."),
    "excluded_here:earned_on": msg("What was earned on %(earned_on)s cannot be used here."),
    "excluded_here:used_on": msg("It cannot be used on %(used_on)s here."),
    "excluded_here": msg("It cannot be used with this contract."),
    "no_care_that_day": msg("There is no care on that day: it is %(day)s."),
    "not_excluded": msg("No exception stands in the way."),
}  # fmt: skip

#: Why an absence earns nothing, as the second half of a sentence.
_WHY_NOT = {
    "too_late": msg("that was possible until %(until)s"),
    "not_by_staff": msg("only what a parent reports in the portal counts"),
    "not_by_parent": msg("only what the group enters counts"),
    "planned_day_does_not_count": msg("this is %(is)s"),
    "on_excluded_day": msg("this is %(day)s"),
    "reason_earns_nothing": msg("the reason “%(is)s” does not count"),
    "at_maximum": msg("it does not fit below the maximum of %(maximum)s"),
    "absence_not_accepted": msg("reporting absent is not possible"),
}

_REMEDIES = {
    "reported_before": msg("It would have been possible until %(until)s."),
    "reported_by_parent": msg("A parent can do it in the portal."),
    "reported_by_staff": msg("The group can do it."),
    "absence.credit:reported_by_parent": msg("It would have counted if a parent had reported it in the portal."),
    "absence.credit:reported_by_staff": msg("It would have counted if the group had entered it."),
    "balance_lower": msg("With less credit so far it would have counted."),
    "credit_not_spent": msg("It would have been possible if the credit had not been used."),
    "care_on_or_before": msg("It can be used for a day up to and including %(valid_until)s."),
    "care_on_or_after": msg("It can be used for a day from %(earned_for)s on."),
}

#: The same, where several things at once would have been needed.
_CLAUSES = {
    "reported_before": msg("it had been in time (until %(until)s)"),
    "reported_by_parent": msg("a parent had done it in the portal"),
    "reported_by_staff": msg("the group had done it"),
    "balance_lower": msg("there had been less credit so far"),
    "credit_not_spent": msg("the credit had not been used"),
    "care_on_or_before": msg("the day had been %(valid_until)s or earlier"),
    "care_on_or_after": msg("the day had been %(earned_for)s or later"),
}
