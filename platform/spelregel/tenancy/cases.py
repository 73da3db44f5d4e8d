"""The cases that are worth asking about one file or two: everything they tell apart, and one of each that they do not.

A case is the `when` that `decide` takes, without the fact that moves; that one is its axis: the moment of acting, or
the day of care. The values come from the files themselves. A new action needs one function in CASES.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from itertools import product
from types import MappingProxyType
from typing import Any, Final

from spelregel.rules.care_calendar import KINDS_OF_DAY, CareCalendar, resolve
from spelregel.rules.facts import PLANNED
from spelregel.rules.phrases import Amount, Cap
from spelregel.tenancy.facts_text import ACTIONS, BY, CLOSED, REASONS, REQUESTS, WHOLE_DAYS, Reading

When = dict[str, Any]
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)

#: Care that starts early, in the morning and in the afternoon: deadlines count from the start, or from the clock.
SPANS: Final = ("08:00-13:00", "14:00-18:30", "07:00-18:00")
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", re.ASCII)
#: How far from the start of care somebody acts, in minutes; deadlines in between are found by the axis.
_FROM_THE_START: Final = (-400 * 1440, -65 * 1440, -20 * 1440, -4 * 1440, -1560, 0, 3 * 1440)
#: The same for the day on which a credit is used, in days from the day that it was earned for.
_FROM_EARNED: Final = (-40, -1, 0, 1, 20, 45, 100, 200, 400, 800)


@dataclass(frozen=True, slots=True)
class Side:
    """One file: what it decides with, and its data as written."""

    reading: Reading
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Axis:
    """The fact that moves. `points` are whole numbers, `fact` says one of them in the words of a case."""

    key: str
    points: tuple[int, ...]
    fact: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Case:
    """`when` begins with its action, unless the action is what moves."""

    when: When
    axis: Axis

    def at(self, point: int) -> When:
        """In the order in which people write it: the action, its moment, the rest."""
        moving = {self.axis.key: self.axis.fact(point)}
        if self.axis.key in ACTIONS:
            return moving | self.when
        action = next(iter(self.when))
        return {action: self.when[action]} | moving | self.when


class Files:
    """What the cases are made of. `on`: the day from which days of care are taken."""

    def __init__(self, sides: Sequence[Side], on: date) -> None:
        self.sides, self.on = tuple(sides), on
        self.rulebooks = [side.reading.rulebook for side in sides]
        self.zone: tzinfo = self.rulebooks[0].zone
        self._mentions = _mentions(sides)
        self.care_types = _union(rulebook.care_types for rulebook in self.rulebooks)
        self.locations = self.told_apart(_union(rulebook.locations for rulebook in self.rulebooks), None)
        self.by = self.told_apart(BY)
        reasons = self.told_apart(REASONS)
        # Where no file tells reasons apart, a reason is like none.
        self.reasons: tuple[str | None, ...] = (None, *(reasons if len(reasons) > 1 else ()))
        self.planned = self.told_apart(PLANNED)
        self.kinds = self.told_apart(dict.fromkeys((*_ALWAYS, *KINDS_OF_DAY)), always=_ALWAYS)
        self.credit_kinds = _union(rulebook.credit_kinds for rulebook in self.rulebooks)
        self.since = tuple(sorted({v.since for rulebook in self.rulebooks for v in rulebook.versions if v.since}))
        self.calendars = self._calendars()
        self.days = self._days()

    def told_apart(self, words: Iterable[str], *first: None, always: Sequence[str] = ()) -> tuple[Any, ...]:
        """One of each group of words that stand in the same places of the files; None stands in no place at all."""
        seen: dict[object, str | None] = dict.fromkeys([frozenset[Any]()] if first else [], None)
        for word in words:
            seen.setdefault(word if word in always else self._mentions.get(word, frozenset()), word)
        return tuple(seen.values())

    def belonging(self, section: str, care_type: str) -> tuple[str | None, ...]:
        """Products or contracts of this kind of care, and none."""
        every = {key: row for side in self.sides for key, row in side.data.get(section, {}).items()}
        return self.told_apart((key for key, row in every.items() if row.get("care_type") == care_type), None)

    def balances(self) -> tuple[int | None, ...]:
        """Credit that the child has, in hours or dayparts: every amount in the files, and with a little room below it."""
        amounts = {each.sixtieths for rulebook in self.rulebooks for each in _values(rulebook, Amount)}
        hours = {(amount - less) // 60 for amount in amounts for less in (0, 120)}
        return (None, *sorted(each for each in hours if each >= 0))

    def offers(self, action: str) -> bool:
        """Does one of the files say something of what is asked for."""
        return any(
            action in terms.requests or (action == "swap" and terms.swap is not None)
            for rulebook in self.rulebooks
            for terms in rulebook.every_terms()
        )

    @property
    def counts(self) -> tuple[int, ...]:
        """How often something was done already: around every cap of the files; empty where nothing is counted."""
        amounts = {
            cap.amount if cap.unit is None else cap.amount // 60
            for book in self.rulebooks
            for cap in _values(book, Cap)
        }
        return tuple(sorted({max(amount + n, 0) for amount in amounts for n in (-6, -1, 0, 1)}))

    def full_purse(self) -> Mapping[str, int]:
        return {kind: 40 for kind in self.credit_kinds if all(kind in book.credit_kinds for book in self.rulebooks)}

    def purses(self) -> Iterator[Mapping[str, int]]:
        """What credit there is when something is asked for: each kind alone, too little and enough, and two kinds."""
        shared = [kind for kind in self.credit_kinds if all(kind in book.credit_kinds for book in self.rulebooks)]
        for kind in shared:
            yield {kind: 2}
            yield {kind: 40}
        for first, second in product(shared, shared):
            if first != second:
                yield {first: 2, second: 40}
                yield {first: 3, second: 3}

    def earning_kinds(self) -> tuple[str, ...]:
        """The credits that an absence earns under one of the files and that all of them know."""
        shared = [kind for kind in self.credit_kinds if all(kind in book.credit_kinds for book in self.rulebooks)]
        return tuple(kind for kind in shared if any("earned_if" in row for row in _named(self.sides, "credits", kind)))

    def _calendars(self) -> list[list[CareCalendar]]:
        """Per file those of every version, kind of care and location, each once."""
        found = []
        for rulebook in self.rulebooks:
            each = {id(calendar): calendar for calendar in _values(rulebook, CareCalendar)}
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
        day = self.ordinary(self.on + timedelta(days=21))
        found = [day, day + 4 * _DAY, day + 2 * _DAY]
        found += [since - 20 * _DAY for since in self.since]
        found += self._special(day)
        return tuple(dict.fromkeys(found))

    def _special(self, start: date) -> list[date]:
        """The first day of every kind; where the calendars differ also the days after it, for what counts working days."""
        ahead = [start + timedelta(days=n) for n in range(400)]
        chosen: dict[object, list[date]] = {}
        for day in ahead:
            seen = tuple(calendars[0].kind_of(day) for calendars in self.calendars)
            everywhere = tuple(tuple(calendar.kind_of(day) for calendar in calendars) for calendars in self.calendars)
            differs = len({kind for kinds in everywhere for kind in kinds}) > 1
            if everywhere not in chosen and (differs or seen[0] not in ("school day", "weekend")):
                chosen[everywhere] = [day + n * _DAY for n in ((0, 1, 2, 4) if differs else (0, 1))]
        return [day for days in chosen.values() for day in days]

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

    # Axes

    def acting(self, key: str, day: date, starts: str) -> Axis:
        """The moment at which somebody acts, seen from the start of care."""
        start = _minutes(resolve(datetime.fromisoformat(f"{day} {starts}"), self.zone))
        points = {start + each for each in _FROM_THE_START}
        for since in self.since:
            midnight = _minutes(resolve(datetime.fromisoformat(f"{since} 00:00"), self.zone))
            if start - 400 * 1440 < midnight < start + 3 * 1440:
                points |= {midnight - 1, midnight}
        zones = {str(rulebook.zone) for rulebook in self.rulebooks}
        spell = _wall if len(zones) == 1 else _instant
        return Axis(key, tuple(sorted(points)), lambda point: spell(point, self.zone))


#: Kinds that the rules know by themselves, also where a file does not name them.
_ALWAYS: Final = ("school day", "school holiday", "study day", "public holiday")


def cases_of(files: Files) -> Iterator[Case]:
    for make in CASES.values():
        yield from make(files)


def _care(files: Files, care_type: str) -> Iterator[When]:
    """Days of care that the files may tell apart: ordinary ones as every kind of day, and real days as they are."""
    contracts, products = files.belonging("contracts", care_type), files.belonging("products", care_type)
    days = files.days
    ordinary = [(days[0], span, kind) for span in files.spans(care_type) for kind in files.kinds]
    span = files.spans(care_type)[0]
    ordinary += [(day, span, kind) for since in files.since for day in files.after(since) for kind in files.kinds]
    for place, contract, bought in product(files.locations, contracts, products):
        told = {"location": place, "contract": contract, "product": bought}
        base = {"care_type": care_type, **{key: value for key, value in told.items() if value is not None}}
        for day, times, kind in (*ordinary, *((day, span, None) for day in days)):
            yield {"care": f"{day} {times}", **base, **({"day": kind} if kind else {})}


def _on_day(files: Files, action: str, care: When) -> tuple[When, Axis]:
    """The care of `_care` as the words of one action, and the axis of the moment that goes with it."""
    text = care["care"]
    rest = {key: value for key, value in care.items() if key != "care"}
    moment = ACTIONS[action][0]
    assert moment is not None  # a gift has no moment, and no axis of one
    told = text[:10] if action in WHOLE_DAYS else text
    return {action: told, **rest}, files.acting(moment, date.fromisoformat(text[:10]), text[11:16])


def _absences(files: Files) -> Iterator[Case]:
    earning, balances = files.earning_kinds(), files.balances()
    for care_type in files.care_types:
        for care in _care(files, care_type):
            when, axis = _on_day(files, "absence", care)
            for by, reason, planned, balance in product(files.by, files.reasons, files.planned, balances):
                facts = {**when, "by": by}
                if reason:
                    facts["reason"] = reason
                if planned != PLANNED[0]:
                    facts["day"] = [planned, care["day"]] if "day" in care else planned
                if balance is not None and earning:
                    facts["credit"] = dict.fromkeys(earning, balance)
                yield Case(facts, axis)


def _withdrawals(files: Files) -> Iterator[Case]:
    for care_type in files.care_types:
        for care in _care(files, care_type):
            when, axis = _on_day(files, "withdraw_absence", care)
            for by, (earned, spent) in product(files.by, ((0, 0), (5, 0), (5, 2), (5, 5))):
                yield Case({**when, "by": by, "earned": earned, "spent": spent}, axis)


def _credit_uses(files: Files) -> Iterator[Case]:
    earned_for = files.ordinary(files.on + timedelta(days=21))
    asked = [earned_for, *(day + n * _DAY for day in files.since for n in (-1, 0))]
    year_end = date(earned_for.year, 12, 31)
    earned = [
        earned_for,
        year_end,
        date(earned_for.year, 1, 31),
        *(day + n * _DAY for day in files.since for n in (-1, 0)),
    ]
    for kind, care_type, own_type in product(files.credit_kinds, files.care_types, files.care_types):
        contracts, products = files.belonging("contracts", care_type), files.belonging("products", care_type)
        for place, contract, bought in product(files.locations, contracts, products):
            told = {"kind": kind, "care_type": care_type, "earned_care_type": own_type, "location": place,
                    "contract": contract, "product": bought}  # fmt: skip
            base = {key: value for key, value in told.items() if value is not None}
            span = files.spans(care_type)[0]
            for on, first in product(dict.fromkeys(asked), dict.fromkeys(earned)):
                when = {**base, "credit": 40, "asked": f"{on} 12:00", "earned": first.isoformat(),
                        "day": files.kinds[0], "earned_day": files.kinds[0]}  # fmt: skip
                yield Case(when, _using(first, span))
            for used_on, earned_on in product(files.kinds, files.kinds):
                when = {**base, "credit": 40, "asked": f"{earned_for} 12:00", "earned": earned_for.isoformat(),
                        "day": used_on, "earned_day": earned_on}  # fmt: skip
                yield Case(when, _using(earned_for, span))
                if (used_on, earned_on) == (files.kinds[0], files.kinds[0]):
                    yield Case({**when, "credit": 0}, _using(earned_for, span))
            for day in files.days:  # as the calendars have them
                for first in (earned_for, day):
                    when = {**base, "credit": 40, "asked": f"{earned_for} 12:00", "earned": first.isoformat()}
                    yield Case(when, Axis("use_credit", (day.toordinal(),), _spelt(span)))


def _using(earned_for: date, span: str) -> Axis:
    return Axis("use_credit", tuple(earned_for.toordinal() + n for n in _FROM_EARNED), _spelt(span))


def _spelt(span: str) -> Callable[[int], str]:
    return lambda point: f"{date.fromordinal(point)} {span}"


def _requests(action: str, files: Files) -> Iterator[Case]:
    """Who asks, on which day, how often already, and with what credit; a swap gives up a day before it or after it."""
    if not files.offers(action):
        return
    for care_type in files.care_types:
        for care in _care(files, care_type):
            when, axis = _on_day(files, action, care)
            for by in files.by:
                for more in _beside(files, action, care):
                    yield Case({**when, "by": by, **more}, axis)


def _beside(files: Files, action: str, care: When) -> Iterator[When]:
    """What stands beside a request: on an ordinary day everything that the files tell apart, elsewhere what is plain."""
    day, span = care["care"].split(" ")
    plain: When = {"so_far": 0} if files.counts else {}
    if action not in ("swap", "holiday_contract"):
        plain["credit"] = files.full_purse()
    if action == "swap":
        plain["gives_up"] = f"{date.fromisoformat(day) + _DAY} {span}"
        plain["gives_up_day"] = "school day"
    if action == "study_day":
        plain["sign_ups"] = 100
    yield plain
    if date.fromisoformat(day) != files.days[0] or care.get("day") != _KIND_OF.get(action, "school day"):
        return
    yield from ({**plain, "so_far": done} for done in files.counts)
    if "credit" in plain:
        yield {key: value for key, value in plain.items() if key != "credit"}
        yield from ({**plain, "credit": credit} for credit in files.purses())
    if action == "study_day":
        yield from ({**plain, "sign_ups": n} for n in range(1, 12))
    if action != "swap":
        yield from ({**plain, "day": [planned, care["day"]]} for planned in files.planned[1:])
        return
    later, before = date.fromisoformat(day) + _DAY, date.fromisoformat(day) - 3 * _DAY
    for given in (f"{before} {span}", f"{later} 07:00-18:30", f"{later} 09:00-10:00"):
        yield {**plain, "gives_up": given}
    yield {**plain, "swapped_before": True}
    for planned in files.planned[1:]:
        yield {**plain, "gives_up_day": [planned, "school day"]}
    for kind in files.kinds:
        yield {**plain, "gives_up_day": kind}
    for other in files.care_types:
        if other != care["care_type"]:
            yield {**plain, "gives_up_care_type": other}


#: The kind of day that an action is for, where it is not a school day.
_KIND_OF: Final = MappingProxyType(
    {"holiday_care": "school holiday", "holiday_contract": "school holiday", "study_day": "study day"}
)


def _cancellations(files: Files) -> Iterator[Case]:
    for action in REQUESTS:
        if not files.offers(action):
            continue
        for care_type in files.care_types:
            for care in _care(files, care_type):
                when, axis = _on_day(files, "cancel", care)
                for by, state in product(files.by, ("approved", "pending")):
                    yield Case({**when, "of": action, "by": by, "state": state}, axis)


def _gifts(action: str, files: Files) -> Iterator[Case]:
    """What is given without an act, over two years of days, for contracts of several kinds."""
    given = [
        kind
        for kind in files.credit_kinds
        if any(_is_given(action, row) for row in _named(files.sides, "credits", kind))
    ]
    for kind, care_type in product(given, files.care_types):
        span = files.spans(care_type)[0]
        spell = _spelt(span) if action not in WHOLE_DAYS else (lambda point: date.fromordinal(point).isoformat())
        days = tuple(files.on.toordinal() + n for n in (0, 30, 60, 130, 200, 300, 420, 700))
        for started, kind_of_day in product((None, "2026-03-15", "2027-07-01"), (None, *files.kinds)):
            told = {"kind": kind, "care_type": care_type, "weekly": 20, "contract_started": started, "day": kind_of_day}
            yield Case({key: value for key, value in told.items() if value is not None}, Axis(action, days, spell))


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
_NO_RULES: Final = ("examples", "quotes", "to_confirm", "look", "login", "contact", "care_types")


def _named(sides: Sequence[Side], section: str, key: str) -> Iterator[Mapping[str, Any]]:
    for side in sides:
        for block in (side.data, *side.data.get("changes", ()), *side.data.get("exceptions", ())):
            row = block.get(section, {}).get(key)
            if isinstance(row, Mapping):
                yield row


def _union(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in lists for word in words))


def _values(value: object, wanted: type[Any]) -> Iterator[Any]:
    """Every value of this class inside frozen values, however deep."""
    if isinstance(value, wanted):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _values(getattr(value, field.name), wanted)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _values(each, wanted)
    elif isinstance(value, tuple):
        for each in value:
            yield from _values(each, wanted)


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
