"""Where two files say something else: for whom, in which season and since when, of what one action reads.

A decision reads a part of the terms of one situation. Where that part says the same in both files, every decision comes
out the same, whatever the facts: nothing needs to be asked there. Where it does not, it tells which words, amounts and
maxima the two files tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from spelregel.rules.care_calendar import CareCalendar, SchoolHoliday
from spelregel.rules.phrases import AgeRange, Amount, Cap, Days
from spelregel.rules.rulebook import (
    SCHOOL_HOLIDAYS,
    SCHOOL_WEEKS,
    CreditTerms,
    Rulebook,
    RuleRef,
    Situation,
    Sourced,
    Terms,
    Version,
)
from spelregel.tenancy.facts_text import CLOSED, REQUESTS

Where = tuple[Any, ...]


class Whom(NamedTuple):
    """For whom a rule is asked, as far as exceptions look at it. `age` in months. None: nobody said so."""

    location: str | None = None
    contract: str | None = None
    product: str | None = None
    age: int | None = None
    contract_started: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What one file says in one situation of what one action reads: there is one of these for each thing to say.

    `unknown`: the fact that this file does not know, or the action that it says nothing of. `reach`: how many days around
    a day its calendar can matter.
    """

    unknown: str | None = None
    words: Mapping[str, frozenset[Where]] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()  # which rules there are
    amounts: frozenset[int] = frozenset()  # of credit, in sixtieths
    caps: frozenset[int] = frozenset()  # how often, or how many units
    sign_ups: frozenset[int] = frozenset()
    days: frozenset[date | Days] = frozenset()
    leaves: Mapping[Where, Hashable] = field(default_factory=dict)  # each rule by its place
    times_weekly: bool = False
    reach: int = 10


# What an action reads


def _absence(terms: Terms, _: str | None) -> Where:
    credits = tuple(
        (kind, _but(credit, "kind", "earned_by", "grant", *_SPENDING))
        for kind, credit in terms.credits.items()
        if credit.earned_if is not None
    )
    return *_but(terms.absence, "confirm", "withdraw", "bill"), ("credits", credits)


def _withdrawal(terms: Terms, _: str | None) -> Where:
    return (("withdraw", terms.absence.withdraw),)


#: What counts only when a credit pays.
_SPENDING: Final = ("usable_for", "usable_on", "not_usable", "exchange", "spend", "contract")


def _spent(credit: CreditTerms, terms: Terms) -> Where:
    """What counts when a credit pays."""
    return *_but(credit, "kind", "earned_by", "earned_if", "grant"), ("no_care", terms.public_holidays.ref)


def _use(terms: Terms, kind: str | None) -> Where | None:
    credit = terms.credits.get(str(kind))
    return None if credit is None else _spent(credit, terms)


def _request(terms: Terms, action: str | None) -> Where | None:
    swap = terms.swap if action == "swap" else None
    rule = swap.request if swap else terms.requests.get(str(action))
    if rule is None:
        return None
    asked = _but(rule, "told", "cancel")
    given_up = _but(swap, "request") if swap else ()
    pots = rule.payment.pay_with.value if rule.payment else ()
    paid = tuple((pot, _spent(terms.credits[pot], terms)) for pot in pots if pot in terms.credits)
    return *asked, *given_up, ("pots", paid), ("no_care", terms.public_holidays.ref)


def _but(value: Any, *names: str) -> Where:
    """Its rules by name, without these: what is left out is named, so that a new rule is compared."""
    return tuple((name, getattr(value, name)) for name in _parts(value.__class__) if name not in names)


def _cancelling(terms: Terms, action: str | None) -> Where | None:
    rule = terms.swap.request if action == "swap" and terms.swap else terms.requests.get(str(action))
    return None if rule is None else (("approval", rule.approval.ref), ("cancel", rule.cancel))


def _given(action: str, terms: Terms, kind: str | None) -> Where | None:
    credit = terms.credits.get(str(kind))
    if credit is None or not (credit.grant if action == "grant" else credit.earned_by.value in CLOSED):
        return None
    how = _but(
        credit, "kind", "earned_if", *_SPENDING, *(("weights", "earned_by") if action == "grant" else ("grant",))
    )
    return ("given", action), *how


#: What each action reads of terms; the other argument is the credit, or what is asked for. None: nothing is said of it.
READS: Final[Mapping[str, Callable[[Terms, str | None], Where | None]]] = MappingProxyType(
    {
        "absence": _absence,
        "withdraw_absence": _withdrawal,
        "use_credit": _use,
        **dict.fromkeys(REQUESTS, _request),
        "cancel": _cancelling,
        "grant": lambda terms, kind: _given("grant", terms, kind),
        "closed_day": lambda terms, kind: _given("closed_day", terms, kind),
    }
)


# What is said, without the place where it stands


@cache
def _parts(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()


def meaning(value: Any) -> Hashable:
    """Equal for two values of rules that decide alike: files, lines and layers are left out, what is left open is not."""
    if isinstance(value, Sourced):
        return value.value, value.ref.open
    if isinstance(value, RuleRef):
        return value.open
    if isinstance(value, tuple):
        return tuple(meaning(each) for each in value)
    if isinstance(value, CareCalendar):
        return (frozenset(value.public_holidays), frozenset(value.closing_days), frozenset(value.study_days), value.school_holidays)  # fmt: skip
    names = _parts(value.__class__)
    return (value.__class__, *(meaning(getattr(value, name)) for name in names)) if names else value


#: Cutoffs, validities and horizons that skip days look so far; weekends and holidays lie between.
_PER_WORKDAY: Final = 3


class _Listener:
    """Goes through what is said once, and keeps the words with their places, and the numbers."""

    def __init__(self) -> None:
        self.words: dict[str, set[Where]] = {}
        self.keys: set[str] = set()
        self.amounts: set[int] = set()
        self.caps: set[int] = set()
        self.sign_ups: set[int] = set()
        self.days: set[date | Days] = set()
        self.times_weekly = False
        self.reach = 10
        self.leaves: dict[Where, Hashable] = {}

    def hear(self, value: Any, path: Where = ()) -> None:
        if isinstance(value, (Sourced, RuleRef)) or getattr(value, "ref", None) is not None:
            self.leaves[path] = meaning(value)
        if isinstance(value, Sourced):
            self.hear(value.value, path)
        elif isinstance(value, tuple):
            for index, each in enumerate(value):
                if isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], str):
                    self._named(each[0], each[1], path)
                else:  # of words in a list the order decides nothing, of rows it does
                    self.hear(each, path if isinstance(each, str) else (*path, index))
        elif isinstance(value, str):
            self.words.setdefault(value, set()).add(path)
        elif isinstance(value, Amount):
            self.amounts.add(value.sixtieths)
            self.times_weekly |= value.times_weekly
        elif isinstance(value, Cap):
            self.caps.add(value.amount if value.unit is None else value.amount // 60)
            self.hear(value.per, (*path, "per"))
        elif isinstance(value, (date, Days)):
            self.days.add(value)
        elif not isinstance(value, RuleRef):
            if getattr(value, "unit", None) == "workday":
                self.reach = max(self.reach, 10 + _PER_WORKDAY * value.n)
            for name in _parts(value.__class__):
                self._named(name, getattr(value, name), path)

    def _named(self, name: str, value: Any, path: Where) -> None:
        if value is not None and value != ():
            self.keys.add(name)
            if name == "sign_ups":
                self.sign_ups.add(value.value)
            elif name == "pots":  # credit in a purse was earned on the day of asking, which may be another kind of day
                self.reach = max(self.reach, 70)
            self.hear(value, (*path, name))

    def said(self) -> Said:
        return Said(
            words=MappingProxyType({word: frozenset(places) for word, places in self.words.items()}),
            keys=frozenset(self.keys),
            amounts=frozenset(self.amounts),
            caps=frozenset(self.caps),
            sign_ups=frozenset(self.sign_ups),
            days=frozenset(self.days),
            leaves=MappingProxyType(self.leaves),
            times_weekly=self.times_weekly,
            reach=self.reach,
        )


_UNKNOWN: Final = ("care_type", "location", "contract", "product")


class Book:
    """One file, asked by situation. Everything is worked out once."""

    def __init__(self, rulebook: Rulebook, thesaurus: dict[Hashable, Said]) -> None:
        self.rulebook = rulebook
        self._thesaurus = thesaurus  # shared by both files: what says the same is the same object
        self._heard: dict[tuple[str, str | None, int], Said] = {}
        self._terms: dict[tuple[Version, Situation], Terms] = {}
        self._calendars: dict[int, Said] = {}

    def terms(self, version: Version, situation: Situation) -> Terms:
        key = (version, situation)
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = version.of(situation)
        return found

    def says(self, action: str, of: str | None, version: Version, situation: Situation) -> Said:
        unknown = self._unknown(situation)
        if unknown is not None:
            return self._keep(("unknown", unknown), lambda: Said(unknown))
        terms = self.terms(version, situation)
        key = (action, of, id(terms))
        found = self._heard.get(key)
        if found is None:
            found = self._heard[key] = self._hear(action, of, terms)
        return found

    def _hear(self, action: str, of: str | None, terms: Terms) -> Said:
        read = READS[action](terms, of)
        if read is None:
            return self._keep(("unknown", of or action), lambda: Said(of or action))
        return self._keep((action, self.rulebook.zone, meaning(read)), lambda: _heard(read))

    def _keep(self, key: Hashable, make: Callable[[], Said]) -> Said:
        found = self._thesaurus.get(key)
        if found is None:
            found = self._thesaurus[key] = make()
        return found

    def _unknown(self, situation: Situation) -> str | None:
        book = self.rulebook
        known: tuple[Iterable[str], ...] = (book.care_types, book.locations, book.contracts, book.products)
        for name, words in zip(_UNKNOWN, known, strict=True):
            told = getattr(situation, name)
            if told is not None and told not in words:
                return name
        return None

    def calendar(self, version: Version, situation: Situation) -> CareCalendar:
        return self.terms(version, replace(situation, season=None)).calendar

    def calendar_says(self, calendar: CareCalendar) -> Said:
        """One and the same for calendars that see every day alike."""
        found = self._calendars.get(id(calendar))
        if found is None:
            found = self._calendars[id(calendar)] = self._keep(("calendar", meaning(calendar)), Said)
        return found


def _heard(read: Where) -> Said:
    listener = _Listener()
    listener.hear(read)
    return listener.said()


# Where they say something else


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` up to `last` on which one version of each file is in force."""

    first: date
    last: date
    versions: tuple[Version, ...]


class Contrast:
    """`whom`, for one kind of care: what the files say of one action, wherever at least one of its situations differs."""

    def __init__(
        self,
        contrasts: Contrasts,
        whom: Whom,
        situation: Situation,
        said: Mapping[Where, tuple[Said, ...]],
        same_calendar: bool,
    ) -> None:
        self._all, self.whom, self._situation, self._said = contrasts, whom, situation, said
        self._same_calendar = same_calendar
        self.again = False  # one before it differs in the same rules and has others beside them
        self._each = tuple(dict.fromkeys(one for pair in said.values() for one in pair))

    @property
    def only_unknown(self) -> bool:
        """There is no situation of which both files say something else: one of them knows nothing of it."""
        return all(
            any(one.unknown is not None for one in pair)
            or (pair[0] is pair[1] and self._same_calendar and not self._all.everything)
            for pair in self._said.values()
        )

    def differs(self, day: date, kind: str | None, acting: tuple[date, date]) -> bool:
        """Can a decision about care on this day, told to be of this kind, differ for somebody who acts in these days."""
        return self.rules_differ(day, kind, acting) or any(
            self._all.calendars_differ(calendars, day, max(one.reach for one in said))
            for _, calendars, said in self._on(day, kind, acting)
        )

    def rules_differ(self, day: date, kind: str | None, acting: tuple[date, date]) -> bool:
        """The same, and not because the calendars see the days around it differently."""
        on = tuple(self._on(day, kind, acting))
        also = {index for (index, *_) in on}
        return (
            self._all.everything
            or any(one is not said[0] for *_, said in on for one in said[1:])
            or any(pair[0] is not pair[1] for key, pair in self._said.items() if key[0] == "also" and key[1] in also)
        )

    def looks(self, day: date, kind: str | None, acting: tuple[date, date]) -> Hashable:
        """What the files say of such a day: of two days that look alike only the distances differ."""
        return tuple(said for *_, said in self._on(day, kind, acting)), frozenset((kind,)) if kind else self.kinds(
            day, day
        )

    def _on(self, day: date, kind: str | None, acting: tuple[date, date]) -> Iterator[tuple[int, tuple[CareCalendar, ...], tuple[Said, ...]]]:  # fmt: skip
        for index, span in enumerate(self._all.spans):
            if acting[0] <= span.last and span.first <= acting[1]:
                calendars = self._all.calendars(span, self._situation)
                seasons = [self._all.season(calendar, day, kind) for calendar in calendars]
                yield index, calendars, tuple(self._said[index, season][side] for side, season in enumerate(seasons))

    def changes(self) -> tuple[date, ...]:
        """The days on which one of the files begins to say something else here."""
        found = []
        for index, (before, after) in enumerate(pairwise(self._all.spans)):
            same = all(self._said[(*key[:-2], index + 1, key[-1])] == pair for key, pair in self._said.items() if key[-2] == index)  # fmt: skip
            if not same or self._all.calendar_pair(before, self._situation) != self._all.calendar_pair(after, self._situation):  # fmt: skip
                found.append(after.first)
        return tuple(found)

    def kinds(self, day: date, acting: date) -> frozenset[str]:
        """What the calendars of the files call this day."""
        span = next((span for span in self._all.spans if span.first <= acting <= span.last), self._all.spans[0])
        return frozenset(calendar.kind_of(day) for calendar in self._all.calendars(span, self._situation))

    def places(self, word: str | None) -> tuple[frozenset[Where], ...] | None:
        """Where the files say this word: two words with the same places are decided alike. None: nowhere."""
        return tuple(one.words.get(word, frozenset()) for one in self._each) if word is not None else None

    def told_apart(self, words: Iterable[str]) -> tuple[str, ...]:
        """One of each group of words that are decided alike, the first of them."""
        found: dict[Hashable, str] = {}
        for word in words:
            found.setdefault(self.places(word), word)
        return tuple(found.values())

    def has(self, key: str) -> bool:
        return any(key in one.keys for one in self._each)

    def says(self, word: str) -> bool:
        return any(word in one.words for one in self._each)

    def at(self, rule: str) -> tuple[frozenset[str], ...]:
        """The words that stand for this rule."""
        return tuple(
            frozenset(word for word, places in one.words.items() if any(rule in place for place in places))
            for one in self._each
        )

    @property
    def amounts(self) -> frozenset[int]:
        return frozenset(each for one in self._each for each in one.amounts)

    @property
    def caps(self) -> frozenset[int]:
        return frozenset(each for one in self._each for each in one.caps)

    @property
    def sign_ups(self) -> frozenset[int]:
        return frozenset(each for one in self._each for each in one.sign_ups)

    @property
    def days(self) -> tuple[date | Days, ...]:
        return tuple(dict.fromkeys(each for one in self._each for each in sorted(one.days, key=str)))

    @property
    def times_weekly(self) -> bool:
        return any(one.times_weekly for one in self._each)


class Contrasts:
    """Both files. `since`: the first day on which somebody acts that matters; `whoms`: per kind of care who there are."""

    def __init__(self, rulebooks: Sequence[Rulebook], since: date, *, everything: bool = False) -> None:
        thesaurus: dict[Hashable, Said] = {}
        self.books = [Book(rulebook, thesaurus) for rulebook in rulebooks]
        self.everything = everything
        selectors = [each for book in rulebooks for version in book.versions for each in version.selectors]
        named = {each.named["season"] for each in selectors if "season" in each.named}
        self.seasons = tuple(dict.fromkeys((SCHOOL_WEEKS, SCHOOL_HOLIDAYS, *sorted(map(str, named)))))
        self.ages = tuple(
            sorted({m for s in selectors for age in s.named.values() if isinstance(age, AgeRange) for m in (age.months - 1, age.months)})
        )  # fmt: skip
        started = {each.since for each in selectors if each.new_contracts and each.since}
        self.started = tuple(sorted({day - timedelta(days=n) for day in started for n in (0, 1)}))
        self.spans = _spans(rulebooks, since)
        self._seasons: dict[tuple[int, date, str | None], str] = {}
        self._days_differ: dict[Where, frozenset[date]] = {}
        self._rules_unlike: dict[tuple[Said, ...], frozenset[Where]] = {}
        self._calendars: dict[tuple[Span, Situation], tuple[CareCalendar, ...]] = {}
        self._selected = _selected(rulebooks)

    def choosing(self, dimension: str, word: str) -> Hashable:
        """Which exceptions look for this word, and which files know it."""
        known = tuple(word in getattr(book.rulebook, f"{dimension}s", ()) for book in self.books)
        return self._selected.get((dimension, word), frozenset()), known

    def of(
        self, action: str, of: str | None, care_type: str, whoms: Iterable[Whom], also: str | None = None
    ) -> Iterator[Contrast]:
        """One of each contrast that there is, the plainest first. `also`: another kind of care whose rules are read too."""
        seen, differing = set(), set()
        for whom in whoms:
            situation = Situation(care_type, whom.location, None, whom.contract, whom.product, whom.reason, whom.age, whom.contract_started)  # fmt: skip
            said = self._said(action, of, situation)
            if also is not None:
                other = self._said(action, of, replace(situation, care_type=also))
                said |= {("also", *key): pair for key, pair in other.items()}
            calendars = [self.calendar_pair(span, situation) for span in self.spans]
            same_calendar = all(len(set(each)) == 1 for each in calendars)
            alike = same_calendar and all(one is pair[0] for pair in said.values() for one in pair)
            if (alike and not self.everything) or all(one.unknown for pair in said.values() for one in pair):
                continue
            contrast = Contrast(self, whom, situation, said, same_calendar)
            key = (tuple(said.values()), tuple(calendars), *(self._decided_by(contrast, name) for name in _DIRECT))
            if key not in seen:
                seen.add(key)
                unlike = (
                    frozenset(self._unlike_rules(pair) for pair in said.values()),
                    tuple(each for each in calendars if len(set(each)) > 1),
                    *(self._decided_by(contrast, name) for name in ("contract", "product")),
                )
                contrast.again = unlike in differing
                differing.add(unlike)
                yield contrast

    def _unlike_rules(self, said: tuple[Said, ...]) -> frozenset[Where]:
        """The places where they differ, with what each of them says there."""
        found = self._rules_unlike.get(said)
        if found is None:
            places = {place for one in said for place in one.leaves}
            values = ((place, *(one.leaves.get(place) for one in said)) for place in places)
            found = frozenset(each for each in values if any(value != each[1] for value in each[2:]))
            if any(one.unknown is not None for one in said):
                found = frozenset((("unknown", *(one.unknown for one in said)),))
            self._rules_unlike[said] = found
        return found

    def _decided_by(self, contrast: Contrast, name: str) -> Hashable:
        """A word that no rule says is like none; but a product that is not named may pay with nothing at all."""
        word = getattr(contrast.whom, name)
        places = contrast.places(word)
        if places is not None and name != "reason" and not any(places):
            named = contrast.has("usable_for") if name == "product" else contrast.has("contracts")
            return places if named else None
        return places

    def _said(self, action: str, of: str | None, situation: Situation) -> dict[Where, tuple[Said, ...]]:
        found: dict[Where, tuple[Said, ...]] = {}
        for season in self.seasons:
            here = replace(situation, season=season)
            for index, span in enumerate(self.spans):
                found[index, season] = tuple(
                    book.says(action, of, version, here)
                    for book, version in zip(self.books, span.versions, strict=True)
                )
        return found

    def calendar_pair(self, span: Span, situation: Situation) -> Where:
        return tuple(
            book.calendar_says(calendar)
            for book, calendar in zip(self.books, self.calendars(span, situation), strict=True)
        )

    def calendars(self, span: Span, situation: Situation) -> tuple[CareCalendar, ...]:
        key = (span, situation)
        found = self._calendars.get(key)
        if found is None:
            found = self._calendars[key] = tuple(
                book.calendar(version, situation) for book, version in zip(self.books, span.versions, strict=True)
            )
        return found

    def season(self, calendar: CareCalendar, day: date, kind: str | None) -> str:
        """As a rulebook finds it; a holiday that no exception names is a holiday like another."""
        key = (id(calendar), day, kind)
        found = self._seasons.get(key)
        if found is None:
            found = self._seasons[key] = self._season(calendar.school_holiday_on(day), kind)
        return found

    def _season(self, holiday: SchoolHoliday | None, kind: str | None) -> str:
        if kind in ("school day", "study day"):
            return SCHOOL_WEEKS
        if holiday is None:
            return SCHOOL_HOLIDAYS if kind == "school holiday" else SCHOOL_WEEKS
        return holiday.name if holiday.name in self.seasons else SCHOOL_HOLIDAYS

    def calendars_differ(self, calendars: Sequence[CareCalendar], day: date, reach: int) -> bool:
        """Is there a day so near that the calendars do not see alike, or a holiday over it that is another one."""
        says = tuple(book.calendar_says(each) for book, each in zip(self.books, calendars, strict=True))
        if says not in self._days_differ:
            self._days_differ[says] = frozenset(self._unlike(calendars)) if len(set(says)) > 1 else frozenset()
        unlike = self._days_differ[says]
        if not unlike:
            return False
        near = {day + timedelta(days=n) for n in range(-reach, reach + 1)}
        return not unlike.isdisjoint(near) or len({each.school_holiday_on(day) for each in calendars}) > 1

    def _unlike(self, calendars: Sequence[CareCalendar]) -> Iterator[date]:
        """The days that they do not see alike, of those on which somebody acts or care can be."""
        first = self.spans[0].first
        for day in (first + timedelta(days=n) for n in range(1600)):
            if len({calendar.kind_of(day) for calendar in calendars}) > 1:
                yield day


#: Facts by which both an exception and a rule itself can tell people apart.
_DIRECT: Final = ("contract", "product", "reason")


def _spans(rulebooks: Sequence[Rulebook], since: date) -> tuple[Span, ...]:
    """The times in which no file changes, from `since` on."""
    changes = {version.since for book in rulebooks for version in book.versions if version.since}
    starts = [since, *sorted(day for day in changes if day > since)]
    ends = [*(day - timedelta(days=1) for day in starts[1:]), date.max]
    return tuple(
        Span(first, last, tuple(book.version(first) for book in rulebooks))
        for first, last in zip(starts, ends, strict=True)
    )


def _selected(rulebooks: Sequence[Rulebook]) -> Mapping[tuple[str, str], frozenset[Where]]:
    found: dict[tuple[str, str], set[Where]] = {}
    for side, book in enumerate(rulebooks):
        for version in book.versions:
            for selector in version.selectors:
                for dimension, word in selector.named.items():
                    if isinstance(word, str):
                        found.setdefault((dimension, word), set()).add((side, version.since, selector.index))
    return {key: frozenset(places) for key, places in found.items()}
