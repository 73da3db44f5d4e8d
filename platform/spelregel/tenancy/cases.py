"""The cases that are worth asking about two files: where they say something else, everything that they tell apart there.

A case is the `when` that `decide` takes, without the fact that moves; that one is its axis: the moment of acting, or
the day of care. The values come from the files themselves. A new action needs one function in CASES, and one in
`contrast.READS`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from itertools import combinations, product
from types import MappingProxyType
from typing import Any, Final

from spelregel.rules.care_calendar import KINDS_OF_DAY, WITHOUT_CARE, CareCalendar, plus_months, resolve
from spelregel.rules.credits import ENDED
from spelregel.rules.facts import PLANNED
from spelregel.rules.phrases import Days
from spelregel.tenancy.contrast import Contrast, Contrasts, Whom
from spelregel.tenancy.facts_text import ACTIONS, BY, CLOSED, ENDINGS, REASONS, REQUESTS, WHOLE_DAYS, Reading

When = dict[str, Any]
#: Per fact the values that are tried, the plain one first; a None is not told.
Choices = dict[str, tuple[Any, ...]]
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)

#: Care that starts early, in the morning and in the afternoon: deadlines count from the start, or from the clock.
SPANS: Final = ("08:00-13:00", "14:00-18:30", "07:00-18:00")
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", re.ASCII)
#: The times of a day that is given up for a day with the same ones.
_AS_LONG: Final = "as long"
#: How far from the start of care somebody acts, in minutes; deadlines in between are found by the axis.
_FROM_THE_START: Final = (-400 * 1440, -65 * 1440, -20 * 1440, -4 * 1440, -1560, 0, 3 * 1440)
#: The same for the day on which a credit is used, in days from the day that it was earned for.
_FROM_EARNED: Final = (-40, -1, 0, 1, 20, 45, 100, 200, 400, 800)
#: Who acts further back than this is not asked about.
_FURTHEST: Final = timedelta(days=430)
#: So many facts are another than the plain one at a time, beside when somebody acts. A decision names its first reason, so
#: that two facts make any reason in one file with any in the other; the third is when care starts, or what an answer names
#: beside its reason. A day that is odd is a fact itself, and so is one with rules of its own.
_MANY: Final = 3


@dataclass(frozen=True, slots=True)
class Side:
    """One file: what it decides with, and its data as written."""

    reading: Reading
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """The fact that moves. `points` are whole numbers, `fact` says one of them in the words of a case.

    Cases that differ in facts alone share one axis: at `fixed` each of them is asked, wherever the first one turns.
    """

    key: str
    points: tuple[int, ...]
    fact: Callable[[int], str]
    fixed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """`when` begins with its action, unless the action is what moves. `odd`: on a day on which nobody would do this."""

    when: When
    axis: Axis
    odd: bool = False

    def at(self, point: int) -> When:
        """In the order in which people write it: the action, its moment, the rest."""
        moving = {self.axis.key: self.axis.fact(point)}
        if self.axis.key in ACTIONS:
            return moving | self.when
        action = next(iter(self.when))
        return {action: self.when[action]} | moving | self.when


@dataclass(frozen=True, slots=True)
class Frame:
    """Care on a day at one of these times, said to be of this kind, or None: as the calendar has it."""

    day: date
    spans: tuple[str, ...]
    kind: str | None
    odd: bool
    depth: int  # so many facts are another than the plain one


class Files:
    """What the cases are made of. `on`: the day from which days of care are taken. `everything`: also what is alike."""

    def __init__(self, sides: Sequence[Side], on: date, *, everything: bool = False) -> None:
        self.sides, self.on = tuple(sides), on
        self.rulebooks = [side.reading.rulebook for side in sides]
        self.zone: tzinfo = self.rulebooks[0].zone
        self.contrasts = Contrasts(self.rulebooks, on - _FURTHEST, everything=everything)
        self._mentions = _mentions(sides)
        self.care_types = _union(rulebook.care_types for rulebook in self.rulebooks)
        kinds = [rulebook.credit_kinds for rulebook in self.rulebooks]
        self.credit_kinds = _union(kinds)
        self.shared_kinds = tuple(kind for kind in self.credit_kinds if all(kind in each for each in kinds))
        self.since = tuple(
            sorted({v.since for book in self.rulebooks for v in book.versions if v.since and v.since > on - 30 * _DAY})
        )
        self.calendars = self._calendars()
        self.day = self.ordinary(on + 21 * _DAY)
        self.days = self._days()

    # For whom

    def whoms(self, care_type: str, reasons: Sequence[str] = ()) -> Iterator[Whom]:
        """Of everybody whom the files tell apart one, those of whom least is said first."""
        places = self._alike("location", _union(rulebook.locations for rulebook in self.rulebooks))
        contracts = self._alike("contract", self._belonging("contracts", care_type))
        bought = self._alike("product", self._belonging("products", care_type))
        every = product(places, contracts, bought, (None, *self.contrasts.ages), (None, *self.contrasts.started), (None, *reasons))  # fmt: skip
        yield from sorted((Whom(*each) for each in every), key=lambda whom: sum(fact is not None for fact in whom))

    def _alike(self, dimension: str, words: Iterable[str]) -> tuple[str | None, ...]:
        """None, and one of each group of words that stand in the same places of the same files."""
        found: dict[object, str] = {}
        for word in words:
            found.setdefault((self.contrasts.choosing(dimension, word), self._mentions.get(word)), word)
        return None, *found.values()

    def _belonging(self, section: str, care_type: str) -> tuple[str, ...]:
        """Products or contracts of this kind of care."""
        every = {key: row for side in self.sides for key, row in side.data.get(section, {}).items()}
        return tuple(key for key, row in every.items() if row.get("care_type") == care_type)

    # Credit

    def purses(self, contrast: Contrast) -> Iterator[Mapping[str, int] | None]:
        """What credit there is when something is asked for: enough; none; each kind alone, too little; and two kinds."""
        paying = [kind for kind in self.shared_kinds if any(contrast.at(kind))]
        yield dict.fromkeys(paying, 40) or None
        if paying:
            yield None
        for kind in paying:
            yield {kind: 2}
            if len(paying) > 1:
                yield {kind: 40}
        for first, second in combinations(paying, 2):
            yield {first: 2, second: 40}
            yield {first: 40, second: 2}
            yield {first: 3, second: 3}

    def earning_kinds(self) -> tuple[str, ...]:
        """The credits that an absence earns under one of the files and that all of them know."""
        return tuple(
            k for k in self.shared_kinds if any("earned_if" in row for row in _named(self.sides, "credits", k))
        )

    # Days

    def _calendars(self) -> list[list[CareCalendar]]:
        """Per file those of every version, kind of care and location, each once."""
        found = []
        for book in self.contrasts.books:
            each = {book.calendar_says(terms.calendar): terms.calendar for terms in book.rulebook.every_terms()}
            found.append(list(each.values()))
        return found

    def ordinary(self, after: date) -> date:
        """A Thursday of care in a school week, whose week before is an ordinary one too."""
        calendars = [calendar for each in self.calendars for calendar in each]
        day = after + timedelta(days=(3 - after.weekday()) % 7)
        for _ in range(26):
            before = [day - timedelta(days=n) for n in range(7)]
            if all(c.kind_of(each) in ("school day", "weekend") for c in calendars for each in before):
                break
            day += timedelta(days=7)
        return day

    def after(self, since: date) -> tuple[date, date]:
        """Care just after a dated change, when its deadlines lie around it, and later, when they all lie behind it."""
        return since + 3 * _DAY, self.ordinary(since + 20 * _DAY)

    def _days(self) -> tuple[date, ...]:
        """An ordinary day, one before every dated change, and days that are special or that the files see differently."""
        found = [
            self.day,
            self.day - 3 * _DAY,
            self.day + 2 * _DAY,
        ]  # a Monday: what counts working days or weeks differs
        found += [since - 20 * _DAY for since in self.since]
        found += self._special(self.day)
        found += self._in_seasons(self.day)
        return tuple(dict.fromkeys(found))

    def _special(self, start: date) -> list[date]:
        """The first day of every kind; where the calendars differ also the days after it, for what counts working days."""
        ahead = [start + timedelta(days=n) for n in range(400)]
        every = [calendar for calendars in self.calendars for calendar in calendars]
        chosen: dict[object, list[date]] = {}
        for day in ahead:
            kinds = tuple(calendar.kind_of(day) for calendar in every)
            holidays = [calendar.school_holiday_on(day) for calendar in every]
            differs = len(set(kinds)) > 1 or len(set(holidays)) > 1
            # Where a holiday begins on another day, what counts from it differs on days that are alike.
            key = kinds, tuple(holiday != holidays[0] and holiday is not None for holiday in holidays)
            if key not in chosen and (differs or kinds[0] not in ("school day", "weekend")):
                chosen[key] = [day + n * _DAY for n in ((0, 1, 2, 4) if differs else (0, 1))]
        return [day for days in chosen.values() for day in days]

    def _in_seasons(self, start: date) -> Iterator[date]:
        """Of every holiday that an exception names its first working day and one a week later, at every calendar."""
        calendars = [calendar for each in self.calendars for calendar in each]
        for season, calendar in product(self.contrasts.seasons, calendars):
            coming = [each for each in calendar.school_holidays if each.name == season and each.first >= start]
            for holiday in sorted(coming, key=lambda each: each.first)[:1]:
                days = (holiday.first + n * _DAY for n in range((holiday.last - holiday.first).days + 1))
                working = [day for day in days if calendar.is_workday(day)]
                yield from dict.fromkeys((*working[:1], *working[5:6]))

    def spans(self, care_type: str) -> tuple[str, ...]:
        """Times of care: the usual ones, and those of this kind of care in the files' own examples."""
        own = [
            str(value).partition(" ")[2]
            for side in self.sides
            for example in side.data.get("examples", ())
            if example["when"].get("care_type", side.data["care_types"][0]) == care_type
            for key, value in example["when"].items()
            if key in ACTIONS and " " in str(value)
        ]
        by_start: dict[str, str] = {}
        for span in (*own, *SPANS):
            if _SPAN.fullmatch(span) and span[:5] < span[6:]:  # an example of a new version may be wrong
                by_start.setdefault(span[:5], span)
        return tuple(by_start.values())[:5]

    def frames(self, contrast: Contrast, action: str, care_type: str) -> Iterator[Frame]:
        """The care about which the files can differ: an ordinary day as every kind of day, and real days as they are."""
        every = self._frames(contrast, action, self.spans(care_type))
        fitting = [frame for frame in every if contrast.differs(frame.day, frame.kind, _acting(frame.day))]
        if not contrast.only_unknown:
            seen: Counter[object] = Counter()
            for frame in fitting:
                looks = contrast.looks(frame.day, frame.kind, _acting(frame.day))
                seen[looks] += 1
                if contrast.again and seen[looks] > 1:
                    continue
                yield replace(frame, depth=min(frame.depth, self._depth(contrast, frame, seen[looks])))
            return
        told = min(
            fitting, key=lambda frame: frame.odd, default=None
        )  # what one file does not know at all is told once
        if told is not None:
            yield Frame(told.day, told.spans[:1], told.kind, told.odd, 0)

    def _depth(self, contrast: Contrast, frame: Frame, nth: int) -> int:
        """`nth` time that a day looks like this: only distances are new. Where no rule differs the calendars do: one fact."""
        if contrast.again:
            return 1 if frame.day == self.day else 0
        new = nth == 1 or frame.day in self.days[:2]
        return _MANY if new and contrast.rules_differ(frame.day, frame.kind, _acting(frame.day)) else 1

    def _frames(self, contrast: Contrast, action: str, spans: tuple[str, ...]) -> Iterator[Frame]:
        kinds = (None, *self.kinds(contrast))
        changes = contrast.changes()
        after = [day for since in self.since if since in changes for day in self.after(since)]
        for day, kind in product((self.day, *after), kinds):
            odd, ordinary = not self._fits(contrast, action, day, kind), day == self.day
            yield Frame(day, spans if ordinary else spans[:1], kind, odd, _MANY - odd - (not ordinary))
        named = (day for each in contrast.days for day in self._around(each))
        for day in dict.fromkeys((*self.days[1:], *named)):
            odd = not self._fits(contrast, action, day, None)
            yield Frame(day, spans[:1], None, odd, _MANY - odd - 1)

    def kinds(self, contrast: Contrast) -> tuple[str, ...]:
        """The kinds of day that are decided otherwise than a school day, one of each."""
        found: dict[object, str] = {}
        for kind in dict.fromkeys((*_FIRST, *KINDS_OF_DAY)):
            in_holidays = kind == "school holiday" and len(self.contrasts.seasons) > 2
            without_care = kind in WITHOUT_CARE and contrast.has("no_care")
            found.setdefault((contrast.places(kind), in_holidays, without_care), kind)
        return tuple(kind for kind in found.values() if kind != "school day")

    def _fits(self, contrast: Contrast, action: str, day: date, kind: str | None) -> bool:
        meant = _KINDS_FOR.get(action, _WITH_CARE)
        return {kind} <= meant if kind is not None else contrast.kinds(day, day) <= meant

    def _around(self, named: date | Days) -> Iterator[date]:
        """The days at which a rule that names days changes its answer, this year or next."""
        if isinstance(named, date):
            days = [named, named + _DAY]
        else:
            years = (self.on.year, self.on.year + 1)
            first, last = ([end] if isinstance(end, date) else [date(year, *end) for year in years] for end in (named.first, named.last))  # fmt: skip
            days = [day for end in first for day in (end - _DAY, end)] + [day for end in last for day in (end, end + _DAY)]  # fmt: skip
        yield from (day for day in days if self.on < day < self.on + 800 * _DAY)

    # Axes

    def acting(self, contrast: Contrast, key: str, day: date, starts: str) -> Axis:
        """The moment at which somebody acts, seen from the start of care."""
        start = _minutes(resolve(datetime.fromisoformat(f"{day} {starts}"), self.zone))
        points = {start + each for each in _FROM_THE_START}
        fixed = {min(points), max(points)}
        for since in contrast.changes():
            midnight = _minutes(resolve(datetime.fromisoformat(f"{since} 00:00"), self.zone))
            if min(points) < midnight < max(points):
                fixed |= {midnight - 1, midnight}
        zones = {str(rulebook.zone) for rulebook in self.rulebooks}
        spell = _wall if len(zones) == 1 else _instant
        return Axis(key, tuple(sorted(points | fixed)), lambda point: spell(point, self.zone), tuple(fixed))


def _acting(day: date) -> tuple[date, date]:
    """Between these days somebody acts for care on this day."""
    return day - 401 * _DAY, day + 4 * _DAY


#: Of kinds of day that are decided alike the first one here is taken.
_FIRST: Final = ("school day", "school holiday", "study day", "public holiday")
_WITH_CARE: Final = frozenset(("school day", "school holiday", "study day"))
#: The kinds of day that an action is for, where it is not any day with care.
_KINDS_FOR: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "holiday_care": frozenset(("school holiday",)),
        "holiday_contract": frozenset(("school holiday",)),
        "study_day": frozenset(("study day",)),
    }
)


def cases_of(files: Files) -> Iterator[Case]:
    for make in CASES.values():
        yield from make(files)


def varied(choices: Choices, most: int) -> Iterator[When]:
    """The plain value of every fact; then one fact at a time another; then two, up to `most`. A None is left out."""
    plain = {key: values[0] for key, values in choices.items()}
    open_to_choice = [key for key, values in choices.items() if len(values) > 1]
    for many in range(most + 1):
        for chosen in combinations(open_to_choice, many):
            for values in product(*(choices[key][1:] for key in chosen)):
                told = plain | dict(zip(chosen, values, strict=True))
                yield {key: value for key, value in told.items() if value is not None}


def _of_whom(care_type: str, whom: Whom, day: date) -> When:
    """In the words of a case; an age is told as the day of birth that makes it."""
    told = {
        "care_type": care_type,
        "location": whom.location,
        "contract": whom.contract,
        "product": whom.product,
        "born": None if whom.age is None else plus_months(day, -whom.age).isoformat(),
        "contract_started": whom.contract_started.isoformat() if whom.contract_started else None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _of_the_contract(files: Files, contrast: Contrast) -> Choices:
    """What a rule may ask of the contract, told where one of them asks for it, and left out once."""
    found: Choices = {}
    if contrast.times_weekly:
        found["weekly"] = (20, None)
    if contrast.says("contract year") and contrast.whom.contract_started is None:
        found["contract_started"] = (f"{files.on.year - 1}-03-15", None)
    if contrast.says("until the contract ends"):
        found["contract_ends"] = ((files.day + 200 * _DAY).isoformat(), None)
    return found


def _counts(contrast: Contrast) -> tuple[int | None, ...]:
    """How often something was done already: never, around every maximum, and not told."""
    if not contrast.caps:
        return (None,)
    return 0, None, *sorted({max(cap + n, 0) for cap in contrast.caps for n in (-6, -1, 0, 1)} - {0})


def _balances(contrast: Contrast) -> tuple[int | None, ...]:
    """Credit that the child has, in hours or dayparts: every amount that is named, and with a little room below it."""
    factors = (1, 20) if contrast.times_weekly else (1,)
    hours = {(amount * n - less) // 60 for amount in contrast.amounts for n in factors for less in (0, 120)}
    return (None, *sorted(each for each in hours if each >= 0))


def _on_day(action: str, told: Mapping[str, Any], contrast: Contrast, care_type: str, frame: Frame, axis: Axis) -> Case:
    """`told`: the facts of this action; `span` and `planned` of them say with the frame how the care is."""
    span, planned = told["span"], told.get("planned", PLANNED[0])
    when: When = {action: frame.day.isoformat() if action in WHOLE_DAYS else f"{frame.day} {span}"}
    when |= _of_whom(care_type, contrast.whom, frame.day)
    kinds = [*([planned] if planned != PLANNED[0] else []), *([frame.kind] if frame.kind else [])]
    if kinds:
        when["day"] = kinds if len(kinds) > 1 else kinds[0]
    when |= {key: value for key, value in told.items() if key not in ("span", "planned")}
    if "gives_up" in when:
        when["gives_up"] = when["gives_up"].replace(_AS_LONG, span)
    return Case(when, axis, frame.odd)


def _asked_cases(
    files: Files,
    action: str,
    of: str | None,
    care_type: str,
    choices: Callable[[Contrast, Frame], Choices],
    reasons: Sequence[str] = (),
) -> Iterator[Case]:
    """Whatever the files tell apart about care on a day, with the moment of acting as the axis."""
    moment = ACTIONS[action][0]
    assert moment is not None  # a gift has no moment, and no axis of one
    for contrast in files.contrasts.of(action, of, care_type, files.whoms(care_type, reasons)):
        for frame in files.frames(contrast, of if action == "cancel" and of else action, care_type):
            own = choices(contrast, frame)
            axes = {span: files.acting(contrast, moment, frame.day, span[:5]) for span in frame.spans}
            for told in varied({"span": frame.spans, **own, **_of_the_contract(files, contrast)}, frame.depth):
                yield _on_day(action, told, contrast, care_type, frame, axes[told["span"]])


def _absences(files: Files) -> Iterator[Case]:
    earning = files.earning_kinds()

    def choices(contrast: Contrast, _: Frame) -> Choices:
        balances = [None if each is None else dict.fromkeys(earning, each) for each in _balances(contrast)]
        return {
            "by": contrast.told_apart(BY),
            "reason": (contrast.whom.reason,),
            "planned": contrast.told_apart(PLANNED),
            "credit": tuple(balances) if earning else (None,),
            "so_far": _counts(contrast),
            "part_of_day": (None, True) if contrast.has("piece") else (None,),
        }

    for care_type in files.care_types:
        yield from _asked_cases(files, "absence", None, care_type, choices, REASONS)


def _withdrawals(files: Files) -> Iterator[Case]:
    def choices(contrast: Contrast, frame: Frame) -> Choices:
        sent = f"{frame.day - 20 * _DAY} 12:00"
        return {
            "by": contrast.told_apart(BY),
            "amounts": ((0, 0), (5, 0), (5, 2), (5, 5)),
            "reported": (None, sent) if contrast.has("within") else (None,),
        }

    for care_type in files.care_types:
        for case in _asked_cases(files, "withdraw_absence", None, care_type, choices):
            case.when["earned"], case.when["spent"] = case.when.pop("amounts")
            yield case


def _credit_uses(files: Files) -> Iterator[Case]:
    earned_for = files.ordinary(files.on + timedelta(days=21))
    changes = [day + n * _DAY for day in files.since for n in (-1, 0)]
    asked = tuple(dict.fromkeys((earned_for, *changes)))
    earned = tuple(dict.fromkeys((earned_for, date(earned_for.year, 12, 31), date(earned_for.year, 1, 31), *changes)))
    for kind, care_type, own_type in product(files.credit_kinds, files.care_types, files.care_types):
        also = None if own_type == care_type else own_type
        for contrast in files.contrasts.of("use_credit", kind, care_type, files.whoms(care_type), also):
            yield from _uses(files, contrast, kind, (care_type, own_type), asked, earned)


def _uses(
    files: Files, contrast: Contrast, kind: str, types: tuple[str, str], asked: Sequence[date], earned: Sequence[date]
) -> Iterator[Case]:
    care_type, own_type = types
    span, first = files.spans(care_type)[0], earned[0]
    base = {"kind": kind, "earned_care_type": own_type, **_of_whom(care_type, contrast.whom, first)}
    plain = {"credit": 40, "asked": f"{first} 12:00", "earned": first.isoformat(), "day": "school day", "earned_day": "school day"}  # fmt: skip
    if contrast.only_unknown:
        yield Case({**base, **plain}, _using(first, span))
        return
    kinds = ("school day", *files.kinds(contrast))
    choices: Choices = {
        "credit": (40, 0, 2),
        "day": kinds,
        "earned_day": kinds,
        "ended": (None, *_endings(contrast)),
        "earned_amount": (None, 5, 10) if contrast.has("spend") else (None,),
        **_of_the_contract(files, contrast),
    }
    axis = _using(first, span)
    said = contrast.rules_differ(
        first, "school day", (min(asked), max(asked))
    )  # else only days as the calendars have them
    for told in varied(choices, _MANY if said else -1):
        yield Case({**base, "asked": plain["asked"], "earned": plain["earned"], **told}, axis)
    for on, earned_on in product(asked, earned):
        if said and (on, earned_on) != (first, first):
            yield Case({**base, **plain, "asked": f"{on} 12:00", "earned": earned_on.isoformat()}, _using(earned_on, span))  # fmt: skip
    for day in files.days:  # as the calendars have them
        if contrast.differs(day, None, (min(asked), max(asked))):
            for earned_on in dict.fromkeys((first, day)):
                when = {**base, "credit": 40, "asked": plain["asked"], "earned": earned_on.isoformat()}
                yield Case(when, Axis("use_credit", (day.toordinal(),), _spelt(span), ()))


def _endings(contrast: Contrast) -> Iterator[str]:
    """How a contract can end, each as far as it makes a difference; what no rule speaks of is like no end."""
    found: dict[object, str] = {}
    for ending in ENDINGS:
        says = contrast.at(ENDED[ending])
        if any(says):
            found.setdefault(says, ending)
    yield from found.values()


def _using(earned_for: date, span: str) -> Axis:
    points = tuple(earned_for.toordinal() + n for n in _FROM_EARNED)
    return Axis("use_credit", points, _spelt(span), (points[0], points[-1]))


def _spelt(span: str) -> Callable[[int], str]:
    return lambda point: f"{date.fromordinal(point)} {span}"


def _requests(action: str, files: Files) -> Iterator[Case]:
    """Who asks, on which day, how often already, and with what credit; a swap gives up a day before it or after it."""

    def choices(care_type: str, contrast: Contrast, frame: Frame) -> Choices:
        found: Choices = {"by": contrast.told_apart(BY), "so_far": _counts(contrast)}
        if contrast.has("guaranteed_if"):
            found["planned"] = contrast.told_apart(PLANNED)
        if contrast.has("sign_ups"):
            found["sign_ups"] = (100, None, *sorted({n - less for n in contrast.sign_ups for less in (0, 1) if n > less}))  # fmt: skip
        if action == "swap":
            return found | _given_up(files, contrast, care_type, frame)
        if contrast.has("pots") and action != "holiday_contract":
            found["credit"] = tuple(files.purses(contrast))
        return found

    for care_type in files.care_types:
        yield from _asked_cases(files, action, action, care_type, partial(choices, care_type))


def _given_up(files: Files, contrast: Contrast, care_type: str, frame: Frame) -> Choices:
    """The day beside it, as long, on the side where it may lie; others, longer and shorter; of other kinds of day and care."""
    near, far = [frame.day + _DAY, frame.day - _DAY, frame.day], [frame.day - 3 * _DAY, frame.day + 31 * _DAY]
    if contrast.has("window") and not contrast.has("early"):
        near[:2] = near[1::-1]
    days = [*near, *far]
    other_times = [f"{day} {times}" for day in (near[0], *far) for times in ("07:00-18:30", "09:00-10:00")]
    alike, kinds = frame.kind, ("school day", *files.kinds(contrast), "school holiday")
    others = [other for other in files.care_types if other != care_type]
    planned = contrast.told_apart(PLANNED)[1:]
    return {
        "gives_up": (*(f"{day} {_AS_LONG}" for day in days), *other_times),
        "gives_up_day": (alike, *(kind for kind in dict.fromkeys(kinds) if kind != alike),
                         *([each, alike] if alike else each for each in planned)),
        "gives_up_care_type": (None, *others[:1]),
        "swapped_before": (None, True),
    }  # fmt: skip


def _cancellations(files: Files) -> Iterator[Case]:
    def choices(contrast: Contrast, frame: Frame) -> Choices:
        return {
            "by": contrast.told_apart(BY),
            "state": ("approved", "pending"),
            "sent": (None, f"{frame.day - 20 * _DAY} 12:00") if contrast.has("undo") else (None,),
        }

    for action, care_type in product(REQUESTS, files.care_types):
        for case in _asked_cases(files, "cancel", action, care_type, choices):
            case.when["of"] = action
            yield case


def _gifts(action: str, files: Files) -> Iterator[Case]:
    """What is given without an act, over two years of days, for contracts of several kinds."""
    given = [
        kind
        for kind in files.credit_kinds
        if any(_is_given(action, row) for row in _named(files.sides, "credits", kind))
    ]
    days = tuple(files.on.toordinal() + n for n in (0, 30, 60, 130, 200, 300, 420, 700))
    for kind, care_type in product(given, files.care_types):
        span = files.spans(care_type)[0]
        spell = _spelt(span) if action not in WHOLE_DAYS else (lambda point: date.fromordinal(point).isoformat())
        for contrast in files.contrasts.of(action, kind, care_type, files.whoms(care_type)):
            base = {"kind": kind, **_of_whom(care_type, contrast.whom, files.day), "weekly": 20}
            choices: Choices = {
                "contract_started": (base.pop("contract_started", None), "2026-03-15", "2027-07-01"),
                "contract_ends": (None, (files.on + 160 * _DAY).isoformat()),
                "day": (None, *_FIRST, *(kind for kind in KINDS_OF_DAY if kind not in _FIRST)),
            }
            for told in varied(choices, 0 if contrast.only_unknown else _MANY):
                yield Case(base | told, Axis(action, days, spell, days))


def _is_given(action: str, row: Mapping[str, Any]) -> bool:
    return "grant" in row if action == "grant" else row.get("earned_by") in CLOSED


#: Per action of `decide` the cases that are worth asking.
CASES: Final[Mapping[str, Callable[[Files], Iterator[Case]]]] = MappingProxyType(
    {
        "absence": _absences,
        "withdraw_absence": _withdrawals,
        "use_credit": _credit_uses,
        **{action: partial(_requests, action) for action in REQUESTS},
        "cancel": _cancellations,
        "grant": partial(_gifts, "grant"),
        "closed_day": partial(_gifts, "closed_day"),
    }
)


# What the files say


def _mentions(sides: Sequence[Side]) -> dict[str, frozenset[Any]]:
    """word -> every place where a file has it as a value: two words in the same places are decided alike."""
    places: dict[str, set[Any]] = {}

    def visit(value: Any, path: tuple[Any, ...]) -> None:
        if isinstance(value, Mapping):
            for key, each in value.items():
                visit(each, (*path, key))
        elif isinstance(value, list):
            for index, each in enumerate(value):
                visit(each, (*path, index) if isinstance(each, Mapping) else path)
        elif isinstance(value, str):
            places.setdefault(value, set()).add(path)

    for number, side in enumerate(sides):
        for section, value in side.data.items():
            if section not in _NO_RULES:
                visit(value, (number, section))
    return {word: frozenset(found) for word, found in places.items()}


#: Sections in which a word decides nothing.
_NO_RULES: Final = ("examples", "quotes", "to_confirm", "look", "login", "rights", "contact", "care_types")


def _named(sides: Sequence[Side], section: str, key: str) -> Iterator[Mapping[str, Any]]:
    for side in sides:
        for block in (side.data, *side.data.get("changes", ()), *side.data.get("exceptions", ())):
            row = block.get(section, {}).get(key)
            if isinstance(row, Mapping):
                yield row


def _union(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in lists for word in words))


# Moments as whole minutes


def _minutes(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds()) // 60


def minute_of(moment: datetime) -> int:
    """The point of a moment on an axis of moments."""
    return _minutes(moment)


@lru_cache(maxsize=65536)
def _wall(point: int, zone: tzinfo) -> str:
    """On the organisation's clock; with its offset in the hour that happens twice."""
    moment = _EPOCH + timedelta(minutes=point)
    local = moment.astimezone(zone)
    text = f"{local:%Y-%m-%d %H:%M}"
    return text if resolve(local.replace(tzinfo=None), zone) == moment else local.isoformat(timespec="minutes")


@lru_cache(maxsize=65536)
def _instant(point: int, zone: tzinfo) -> str:
    return (_EPOCH + timedelta(minutes=point)).astimezone(zone).isoformat(timespec="minutes")
