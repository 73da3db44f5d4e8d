"""A decision as people say it: the outcome, each condition, and what would have helped.

Whole sentences, made from a reason code and its facts in the reader's register; the rules themselves hold no text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

from spelregel.rules.absence import AbsenceVerdict
from spelregel.rules.decision import Decision, Earned, Step
from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import parse_cap, parse_days
from spelregel.rules.requests import CancelVerdict, RequestVerdict
from spelregel.words import formats, terms
from spelregel.words.locale import Register
from spelregel.words.phrase_words import cap_words, days_words, share_words


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

    def what_now(self, decision: Decision) -> list[str]:
        """Under a refusal: what can be done instead. Nothing where its own sentence says so already."""
        if decision.decided_by is None:
            return []
        reason, kind = decision.steps[decision.decided_by].reason, decision.kind
        keys = (f"{kind}:{reason}", f"{kind.partition('.')[0]}:{reason}", reason)
        found = next((WHAT_NOW[key] for key in keys if key in WHAT_NOW), None)
        return [] if found is None else [self.register.text(found)]

    # What an absence comes to

    def absence(self, verdict: AbsenceVerdict) -> list[str]:
        """The consequence of reporting: whether it is taken, and each credit it earns, or the reason why none."""
        if verdict.report.outcome == "to_judge":
            return [self.say("Somebody decides whether this can be reported: ask us.")]
        if not verdict.accepted:
            return [self.refused_absence(verdict.report), *self.what_now(verdict.report)]
        lines = [self.late(verdict)] if verdict.late else []
        lines.extend(self.earning(decision) for decision in verdict.credits)
        if verdict.charge_untold:
            lines.append(self.say("What you pay for this day is looked at by somebody."))
        elif verdict.charge is not None:
            share = share_words(verdict.charge.percent, verdict.charge.euros, self)
            lines.append(self.say("For this day you pay %(share)s.", share=share))
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
        if decision.outcome == "to_judge":
            return self.say("Somebody decides what it earns in %(credit)s: ask us.", credit=label)
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
        if reason == "not_told":
            return self.say("Nobody told “%(fact)s”, and the rule depends on it.", fact=step.facts.get("fact"))
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
        for key in ("opens", "last", "first", "from", "again_from"):
            if facts.get(key):
                values[key] = self.full_day(date.fromisoformat(str(facts[key])))
        for key in ("sign_ups", "needed", "percent"):
            if key in facts:
                values[key] = facts[key]
        for key, noun in (("minutes", "minutes"), ("wanted_minutes", "wanted"), ("given_minutes", "given")):
            if key in facts:
                values[noun] = self.hours(int(facts[key]))
        if "cap" in facts:
            values["cap"] = cap_words(parse_cap(str(facts["cap"])), self)
        if "period" in facts:
            values["period"] = days_words(parse_days(str(facts["period"])), self)
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

    def hours(self, minutes: int) -> str:
        one = formats.counts_as_one(minutes, self.register)
        return self.register.ngettext("%(n)s hour", "%(n)s hours", 1 if one else 2) % {
            "n": formats.decimal(minutes, self.register)
        }

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
        if decision.outcome == "to_judge":
            return self.say("Somebody decides whether it can be taken back: ask us.")
        if not decision.granted:
            step = decision.steps[decision.decided_by or 0]
            if step.reason == "too_late":
                told = self.say("Taking it back was possible until %(until)s.", until=self.until(step))
            else:
                told = self.step(step, decision)
            return " ".join([told, *self.what_now(decision)])
        possible = self.say("You can take the absence back.")
        if not taken_back:
            return possible
        return f"{possible} {self.say('That gives back %(amount)s too.', amount=taken_back)}"

    def credit_use(self, decision: Decision, price: str | None) -> str:
        """Whether one portion of credit can pay this care; `price` in words."""
        if decision.outcome == "to_judge":
            return self.say("Somebody decides whether this credit can be used: ask us.")
        if decision.granted:
            return self.say("This credit can be used: that costs %(amount)s.", amount=price or "")
        step = decision.steps[decision.decided_by or 0]
        told = self.say("This credit does not fit here. %(reason)s", reason=self.step(step, decision))
        return " ".join([told, *self.what_now(decision)])

    # What was asked for

    def request(self, verdict: RequestVerdict, day: date | None = None) -> list[str]:
        """The outcome, how it is paid, and when to expect an answer. `day`: that is asked for."""
        decision = verdict.decision
        if not verdict.allowed:
            step = decision.steps[decision.decided_by or 0]
            lines = [self.step(step, decision)]
            if verdict.instead:
                lines.append(self.register.text(_INSTEAD[verdict.instead]))
            return lines if verdict.instead else [*lines, *self.what_now(decision)]
        outcome = "if_place" if verdict.if_place else decision.outcome
        lines = [self.register.text(_OUTCOMES[outcome])]
        if verdict.payment is not None:
            lines.extend(self._paid(verdict))
        if verdict.leftover:
            lines.append(self.leftover(verdict))
        if verdict.answer_by is not None and decision.outcome == "to_judge":
            lines.append(self.answer(verdict.answer_by, day, verdict.silence))
        return lines

    def leftover(self, verdict: RequestVerdict) -> str:
        """What becomes of the hours of a swap that are not asked back."""
        left = self.hours(verdict.leftover)
        if verdict.leftover_is == "becomes credit":
            return self.say("Of what you give up, %(hours)s will become credit.", hours=left)
        return self.say("Of what you give up, %(hours)s will lapse.", hours=left)

    def answer(self, by: date, day: date | None, silence: str | None = None) -> str:
        """When to expect it, and what silence means. Who asks for a day that comes sooner is told that, and what to do."""
        if day is not None and by >= day:
            return self.say("An answer is promised by %(day)s, so perhaps not before this day. Phone the location to know sooner.", day=self.full_day(by))  # fmt: skip
        told = self.say("You hear from us by %(day)s at the latest.", day=self.full_day(by))
        return f"{told} {self.register.text(_SILENCE[silence])}" if silence in _SILENCE else told

    def _paid(self, verdict: RequestVerdict) -> Iterator[str]:
        payment = verdict.payment
        assert payment is not None
        for kind, amount in payment.per_kind().items():
            yield self.say("It is paid with %(amount)s.", amount=self.amount(amount, kind))
        if payment.invoice:
            yield self.say("On the invoice: %(hours)s.", hours=self.hours(payment.invoice))

    def cancelling(self, verdict: CancelVerdict, *, by_credit: bool = True) -> list[str]:
        """`by_credit`: it is paid with credit, so that there is some to come back."""
        decision = verdict.decision
        if decision.outcome == "to_judge":
            return [self.say("Somebody decides whether it can be cancelled: ask us.")]
        if not decision.granted:
            return [self.step(decision.steps[decision.decided_by or 0], decision), *self.what_now(decision)]
        lines = [self.say("You can cancel it.")]
        if verdict.then in _FOLLOWS and (by_credit or verdict.then != "credit back"):
            lines.append(self.register.text(_FOLLOWS[verdict.then]))
        if verdict.percent is not None or verdict.euros is not None:
            lines.append(self.say("You pay %(share)s.", share=share_words(verdict.percent, verdict.euros, self)))
        return lines

    def gift(self, decision: Decision) -> str:
        if decision.earned:
            return self.earned(decision.earned)
        return self.step(decision.steps[decision.decided_by or 0], decision)


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
    marks = {"holds": "+", "fails": "-", "unknown": "?", "noted": "·"}
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
    "left_open": msg("The organisation has not settled this yet: a person decides."),
    "not_too_early": msg("It is not too early."),
    "too_early": msg("It is possible from %(opens)s on."),
    "only_whole_day": msg("Only a whole day can be reported."),
    "piece_fits": msg("It is a piece that can be reported."),
    "in_grace": msg("It is within the time in which it can be undone."),
    "grace_over": msg("The time in which it can be undone is over."),
    "if_place_still_free": msg("Somebody looks first whether the place is still free."),
    "worth_nothing": msg("This care counts for nothing in this credit."),
    "nothing_granted": msg("Nothing is given for this period."),
    "weighed": msg("It counts by the table of weights."),
    "still_earned": msg("It is earned for days up to and including %(last)s."),
    "no_longer_earned": msg("It is earned for days up to and including %(last)s, and the day lies after that."),
    "still_usable": msg("It can be used for days up to and including %(last)s."),
    "no_longer_usable": msg("It can be used for days up to and including %(last)s, and the day lies after that."),
    "below_cap": msg("The maximum of %(cap)s is not reached."),
    "cap_reached": msg("The maximum of %(cap)s is reached."),
    "below_quota": msg("It fits within %(cap)s."),
    "quota_reached": msg("It does not fit within %(cap)s."),
    "room_in_period": msg("It fits within %(cap)s."),
    "cut_off_in_period": msg("It counts up to %(cap)s."),
    "period_full": msg("The maximum of %(cap)s is reached."),
    "size_fits": msg("The length fits."),
    "other_size": msg("It pays care of another length."),
    "kept_after_contract": msg("It is kept after the contract."),
    "converted_by_hand": msg("It is converted, and somebody does that."),
    "lapsed_with_contract": msg("It lapsed with the contract."),
    "day_gives_credit": msg("It is %(day)s, and that gives credit."),
    "day_gives_none": msg("It is %(day)s, and that gives no credit."),
    "waited": msg("The waiting time is over since %(from)s."),
    "still_waiting": msg("It is given from %(from)s on."),
    "granted_for_period": msg("It is given for the days from %(first)s up to and including %(last)s."),
    "already_started": msg("It is too late: the care has started."),
    "staff_may_when_late": msg("Somebody of the organisation may still enter it."),
    "somebody_else_may": msg("Somebody else may still do it."),
    "for_this_care": msg("It is possible for this kind of care."),
    "not_for_this_care": msg("It is not possible for this kind of care."),
    "with_this_contract": msg("It is possible with this contract."),
    "not_with_this_contract": msg("It is not possible with this contract."),
    "credit_for_this_care": msg("This kind of care gives this credit."),
    "credit_not_for_this_care": msg("This kind of care gives no such credit."),
    "credit_with_this_contract": msg("This contract gives this credit."),
    "credit_not_with_this_contract": msg("This contract gives no such credit."),
    "on_this_kind_of_day": msg("It is possible on this day: it is %(day)s."),
    "only_on_other_days": msg("It is not possible on this day: it is %(day)s."),
    "outside_closed_period": msg("It lies outside the days on which it is not possible."),
    "in_closed_period": msg("It is not possible on these days: %(period)s."),
    "long_enough": msg("It is long enough: %(minutes)s."),
    "too_short": msg("It is too short: %(minutes)s."),
    "enough_sign_ups": msg("Enough children are signed up: %(sign_ups)s."),
    "too_few_sign_ups": msg("Children signed up so far: %(sign_ups)s. Needed: %(needed)s."),
    "given_up_in_time": msg("The day is given up in time: that is possible until %(until)s."),
    "given_up_too_late": msg("Giving up that day was possible until %(until)s."),
    "given_up_day_fits": msg("The day that is given up is of a kind that fits."),
    "given_up_day_excluded": msg("The day that is given up is %(day)s, and that cannot be swapped."),
    "swap_other_care_type": msg("The day that is given up is %(earned_in)s, and the other one is %(care_type)s."),
    "same_kind_of_day": msg("Both are the same kind of day."),
    "other_kind_of_day": msg("The day that is given up is %(earned_on)s, and the other one is %(used_on)s."),
    "swapped_before": msg("That day came from a swap already."),
    "swap_fits": msg("The length fits: %(wanted)s for %(given)s."),
    "swap_does_not_fit": msg("The length does not fit: %(wanted)s for %(given)s."),
    "inside_window": msg("It lies within the time for it."),
    "before_window": msg("It can be a day from %(first)s on."),
    "after_window": msg("It can be a day up to and including %(last)s."),
    "guaranteed_in_time": msg("It is in time for a certain place: that is possible until %(until)s."),
    "too_late_for_guarantee": msg("A certain place was possible until %(until)s."),
    "guaranteed_day": msg("It is %(is)s, and for that a place is certain."),
    "not_a_guaranteed_day": msg("It is %(is)s, and for that a place is not certain."),
    "can_be_paid": msg("It can be paid."),
    "cannot_be_paid": msg("There is not enough credit that fits to pay it."),
    "never_mixed": msg("There is too little credit to pay all of it, so it goes on the invoice."),
    "pending_can": msg("Nobody has decided on it yet, so it can be cancelled."),
    "pending_cannot": msg("A request that nobody has decided on cannot be cancelled."),
    "approved_stands": msg("What is approved cannot be cancelled any more."),
    "late_with_consequence": msg("It is late: cancelling without consequences was possible until %(until)s."),
    "late_for_free_cancelling": msg("Cancelling in time was possible until %(until)s."),
    "too_late_for_parents": msg("Parents could do it until %(until)s."),
    "late_price": msg("It costs more by now."),
    "cancelling_not_described": msg("Nothing is said about cancelling it: ask us."),
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
    "no_longer_earned": msg("it is earned for days up to and including %(last)s"),
    "cap_reached": msg("the maximum of %(cap)s is reached"),
    "period_full": msg("the maximum of %(cap)s is reached"),
}

_OUTCOMES = {
    "granted": msg("It is possible, and it is certain at once."),
    "if_place": msg("It is possible, and it is certain at once if there is a place."),
    "guaranteed": msg("It is possible, and you are certain of a place."),
    "to_judge": msg("You can ask for it: somebody decides."),
}

#: Reason of a refusal -> what can be done instead; with what was decided before it where that makes a difference.
WHAT_NOW: Final = MappingProxyType(
    {
        "absence:too_late": msg("Phone the group, so that they know."),
        "absence.withdraw:too_late": msg("Phone the group if your child comes after all."),
        "absence:too_early": msg("Report it from that day on."),
        "only_whole_day": msg("Report the whole day."),
        "reason_unknown": msg("Choose another reason."),
        "credit_is_spent": msg("Cancel the day that you used it for first, or phone the group."),
        "grace_over": msg("Phone the group if your child comes after all."),
        "credit:before_it_is_earned": msg("Choose a later day."),
        "credit:lapsed": msg("Choose an earlier day."),
        "credit:no_longer_usable": msg("Choose an earlier day."),
        "lapsed_with_contract": msg("Look whether there is another credit."),
        "used_up": msg("Look whether there is another credit."),
        "excluded_here": msg("Use it on another kind of day."),
        "not_on_this_kind_of_day": msg("Use it on another kind of day."),
        "not_meant_for_this": msg("Use it for the care that it is meant for."),
        "other_care_type": msg("Use it for the care that it is meant for."),
        "other_size": msg("Choose a part of the day of that length."),
        "no_care_that_day": msg("Choose a day on which there is care."),
        "request:too_late": msg("Choose a later day."),
        "request:too_early": msg("Ask for it from that day on."),
        "request:already_started": msg("Choose a later day, or phone the group about today."),
        "cannot_be_paid": msg("Choose a shorter part of the day, or ask the location what is possible."),
        "cap_reached": msg("Choose a day in a later period."),
        "quota_reached": msg("Choose a day in a later period."),
        "in_closed_period": msg("Choose a day before or after it."),
        "request:on_excluded_day": msg("Choose another day."),
        "only_on_other_days": msg("Choose another day."),
        "not_with_this_contract": msg("Ask your location what is possible with this contract."),
        "not_for_this_care": msg("Ask your location what is possible for this care."),
        "too_short": msg("Choose a longer part of the day."),
        "too_few_sign_ups": msg("Ask your location whether it goes on."),
        "given_up_day_excluded": msg("Give up another day."),
        "given_up_too_late": msg("Give up another day."),
        "swapped_before": msg("Give up another day."),
        "request:planned_day_does_not_count": msg("Give up another day."),
        "other_kind_of_day": msg("Choose two days of the same kind."),
        "swap_other_care_type": msg("Choose two days of the same kind of care."),
        "swap_does_not_fit": msg("Choose a shorter part of the day, or give up a longer one."),
        "before_window": msg("Choose a day within the time for it."),
        "after_window": msg("Choose a day within the time for it."),
        "request.cancel:too_late": msg("If your child cannot come, report it absent or phone the group."),
        "request.cancel:approved_stands": msg("If your child cannot come, report it absent or phone the group."),
        "request.cancel:already_started": msg("Phone the group."),
        "request.cancel:pending_cannot": msg("Wait for the answer, or phone the location."),
        "too_late_for_parents": msg("Phone the location: they can still do it."),
    }
)
#: Refusals whose own sentence says what can be done.
SAY_IT_THEMSELVES: Final = frozenset({"not_by_parent", "not_by_staff", "cancelling_not_described"})
_SILENCE = {
    "approved": msg("If you hear nothing by then, it is approved, as long as there is a place."),
    "lapses": msg("If you hear nothing by then, it lapses."),
    "call us": msg("If you hear nothing by then, phone the location."),
}
_INSTEAD = {
    "by the group": msg("The group can still do it: ask them."),
    "by the location": msg("The location can still do it: ask there."),
    "by the manager": msg("The manager can still do it: ask there."),
    "by phone": msg("Telephone us: then it can still be done."),
    "by customer service": msg("Customer service can still do it: ask there."),
}

_FOLLOWS = {
    "credit back": msg("Your credit comes back."),
    "counts as used": msg("It counts as used."),
    "billed": msg("It is billed."),
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
    "asked_from": msg("It is possible from %(opens)s on."),
    "given_up_before": msg("Giving up that day was possible until %(until)s."),
    "whole_day": msg("A whole day can be reported."),
    "next_period": msg("It is possible again from %(again_from)s on."),
    "longer": msg("A longer piece is possible."),
    "later": msg("It is given from %(from)s on."),
    "care_in_window": msg("Choose a day within the time for it."),
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
    "asked_from": msg("it had been asked from %(opens)s on"),
    "given_up_before": msg("that day had been given up in time (until %(until)s)"),
    "whole_day": msg("it had been a whole day"),
    "next_period": msg("the day had been %(again_from)s or later"),
    "longer": msg("it had been longer"),
    "later": msg("it had been %(from)s or later"),
    "care_in_window": msg("the day had been within the time for it"),
}
