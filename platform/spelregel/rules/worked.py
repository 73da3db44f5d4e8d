"""Worked instances: for a limit, days of care to come with the minute at which the engine's own answer flips.

A day is only taken when the engine says so: the rule in question is the one that holds for that care at the moment of
its limit, nothing else refuses, the last minute is in time and the next one is late. Where no such day is found
nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from spelregel.rules.absence import decide_absence
from spelregel.rules.asking import limit_of
from spelregel.rules.care_calendar import WITHOUT_CARE, CareCalendar, Cutoff, plus_months
from spelregel.rules.decision import Step
from spelregel.rules.facts import AbsenceFacts, CancelFacts, CareDay, RequestFacts
from spelregel.rules.phrases import PERIODS, Notice
from spelregel.rules.requests import decide_cancel, decide_request
from spelregel.rules.rulebook import SCHOOL_HOLIDAYS, SCHOOL_WEEKS, Rulebook, Situation, Sourced, Terms

_MINUTE: Final = timedelta(minutes=1)
#: The usual times of a kind of care on a day with school; the first that shows the limit is taken.
_ON_SCHOOL_DAYS: Final = {
    "bso": ((time(14), time(18, 30)),),
    "vso": ((time(7), time(8, 30)),),
    "tso": ((time(12), time(13)),),
}
_OTHERWISE: Final = ((time(8), time(18)), (time(13), time(18)))
#: No longer than this is looked ahead, and no more days than these are tried.
_AHEAD: Final = 400
_TRIES: Final = 15
_NONE_SO_FAR: Final[Mapping[str, int]] = dict.fromkeys(PERIODS, 0)

#: What the engine answers for this care at this moment: "yes", "late", or "no" where something else decides.
Answer = Callable[[CareDay, datetime], str]


@dataclass(frozen=True, slots=True)
class Instance:
    """A worked example: care on this day, and the limit that follows. `starts` only where the hour matters.

    `holiday`: the school holiday that the limit is counted from; then `day` is the first day of it.
    """

    day: date
    starts: time | None
    cutoff: Cutoff
    year: bool = False  # another year than that of the page
    holiday: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """For whom instances are worked out, and on which day the page is read."""

    rulebook: Rulebook
    terms: Terms
    on: date
    who: Situation
    silent: bool = False  # for pages that are only compared

    def instances(
        self,
        rule: Sourced[Notice],
        of: Callable[[Terms], Sourced[Notice] | None],
        answer: Answer,
        planned: str = "contract day",
        kinds: tuple[str, ...] | None = None,
    ) -> tuple[Instance, ...]:
        """At most two. `of` finds the rule in other terms: it must be the very same one there. `kinds`: the only days that count."""
        notice = rule.value
        if self.silent or rule.ref.open or notice.kind in ("none", "before start"):
            return ()
        found: list[Instance] = []
        for days, only_if_none in self._days(notice):
            tried = 0
            for day in days:
                if (found and only_if_none) or (kinds is not None and self.terms.calendar.kind_of(day) not in kinds):
                    continue
                instance, asked = self._at(day, rule, of, answer, planned)
                tried += asked
                if instance:
                    found.append(instance)
                    break
                if tried >= _TRIES:
                    break
        return tuple(sorted({each.day: each for each in found}.values(), key=lambda each: each.day)[:2])

    def _days(self, notice: Notice) -> Iterator[tuple[Iterator[date], bool]]:
        """Series of days: of each the first that fits is taken; of the last one only if nothing was found before."""
        calendar, season = self.terms.calendar, self.who.season
        one_holiday = season not in (None, SCHOOL_WEEKS, SCHOOL_HOLIDAYS)
        if notice.anchor == "holiday" or one_holiday:
            coming = [h for h in calendar.school_holidays if h.last > self.on and (not one_holiday or h.name == season)]
            for holiday in sorted(coming, key=lambda each: each.first)[: 1 if one_holiday else 3]:
                length = (holiday.last - holiday.first).days + 1
                days = [holiday.first + timedelta(days=n) for n in range(length)]
                yield iter([day for day in days if day.weekday() < 5]), False
            return
        ahead = [self.on + timedelta(days=n) for n in range(7, _AHEAD)]
        for weekday in (0, 3):
            yield iter([day for day in ahead if day.weekday() == weekday]), False
        yield iter(ahead), True

    def _at(
        self,
        day: date,
        rule: Sourced[Notice],
        of: Callable[[Terms], Sourced[Notice] | None],
        answer: Answer,
        planned: str,
    ) -> tuple[Instance | None, int]:
        """The instance, if this day shows the limit; and how often the engine was asked."""
        calendar = self.terms.calendar
        asked = 0
        if calendar.kind_of(day) in WITHOUT_CARE:
            return None, asked
        for nth, (starts, ends) in enumerate(_times(self.who.care_type or "", day, calendar)):
            care = self._care(day, starts, ends, planned)
            until = limit_of(self.rulebook, self.terms, rule.value, care)
            if until is None or until.last_minute().date() <= self.on:
                return None, asked
            there = self.rulebook.terms_for(until.last_minute().date(), care, self.who.reason)
            known = of(there)
            if known is None or known.ref is not rule.ref:
                return None, asked
            asked += 1
            if answer(care, until.flips - _MINUTE) == "yes" and answer(care, until.flips) == "late":
                matters = rule.value.unit == "hour" or nth > 0
                holiday = calendar.school_holiday_on(day) if rule.value.anchor == "holiday" else None
                shown = holiday.first if holiday else day
                name = holiday.name if holiday else ""
                return Instance(shown, starts if matters else None, until, shown.year != self.on.year, name), asked
        return None, asked

    def _care(self, day: date, starts: time, ends: time, planned: str) -> CareDay:
        who = self.who
        born = None if who.age is None else plus_months(day, -who.age)
        return CareDay(day, starts, ends, who.care_type or "", who.location, who.contract, who.product, planned,
                       born=born, contract_started=who.contract_started)  # fmt: skip

    # What the engine answers

    def earns(self, kind: str) -> Answer:
        def answer(care: CareDay, moment: datetime) -> str:
            rule = self.terms.credits[kind].earned_if
            by = _who(rule.reported_by.value) if rule else "parent"
            facts = AbsenceFacts(care, moment, by, self.who.reason, so_far=_NONE_SO_FAR)
            verdict = decide_absence(self.rulebook, facts)
            steps = next((each.steps for each in verdict.credits if each.credit == kind), ())
            return _flips(steps, {"too_late", "absence_not_accepted"})

        return answer

    def expected(self, care: CareDay, moment: datetime) -> str:
        facts = AbsenceFacts(care, moment, _who(self.terms.absence.reported_by.value), self.who.reason)
        verdict = decide_absence(self.rulebook, facts)
        return "no" if not verdict.accepted else "late" if verdict.late else "yes"

    def asks(self, action: str) -> Answer:
        return lambda care, moment: _flips(self._request(action, care, moment), {"too_late", "already_started"})

    def gives_up(self, care: CareDay, moment: datetime) -> str:
        """The day that is handed in: what is said of the wanted day does not matter."""
        steps = self._request("swap", care, moment, gives_up=care)
        about = [step for step in steps if step.reason in _OF_THE_DAY_GIVEN_UP]
        return _flips(about, {"given_up_too_late"})

    def guarantees(self, action: str) -> Answer:
        def answer(care: CareDay, moment: datetime) -> str:
            steps = self._request(action, care, moment)
            if _flips(steps, set()) != "yes":
                return "no"
            return "late" if any(step.reason == "too_late_for_guarantee" for step in steps) else "yes"

        return answer

    def cancels(self, action: str) -> Answer:
        def answer(care: CareDay, moment: datetime) -> str:
            rule = self.terms.requests.get(action) or (self.terms.swap.request if self.terms.swap else None)
            if rule is None or rule.cancel is None or not self._described(action, care, moment):
                return "no"
            by = _who(rule.cancel.by.value)
            steps = decide_cancel(self.rulebook, CancelFacts(action, care, moment, by)).decision.steps
            if any(step.reason == "late_for_free_cancelling" for step in steps):
                return "late"
            return _flips(steps, {"too_late"})

        return answer

    def _request(
        self, action: str, care: CareDay, moment: datetime, gives_up: CareDay | None = None
    ) -> tuple[Step, ...]:
        swap = self.terms.swap if action == "swap" else None
        rule = swap.request if swap else self.terms.requests[action]
        if not self._described(action, care, moment):
            return ()
        facts = RequestFacts(
            action, care, moment, _who(rule.requested_by.value), gives_up, so_far=_NONE_SO_FAR, sign_ups=None
        )
        return decide_request(self.rulebook, facts).decision.steps

    def _described(self, action: str, care: CareDay, moment: datetime) -> bool:
        """Whether the version of that moment knows what is asked for."""
        there = self.rulebook.terms_at(moment, care)
        return there.swap is not None if action == "swap" else action in there.requests


#: What refuses the day that is handed in.
_OF_THE_DAY_GIVEN_UP: Final = (
    "given_up_too_late",
    "given_up_in_time",
    "given_up_day_excluded",
    "planned_day_does_not_count",
    "in_closed_period",
)


def _times(care_type: str, day: date, calendar: CareCalendar) -> tuple[tuple[time, time], ...]:
    school = calendar.kind_of(day) in ("school day", "weekend")
    return _ON_SCHOOL_DAYS.get(care_type, _OTHERWISE) if school else _OTHERWISE


def _flips(steps: tuple[Step, ...] | list[Step], late: set[str]) -> str:
    failing = {step.reason for step in steps if step.outcome == "fails"} - {"cannot_be_paid"}
    return "yes" if not failing else "late" if failing <= late else "no"


def _who(who: tuple[str, ...]) -> str:
    return "parent" if "parent" in who or not who else who[0]
