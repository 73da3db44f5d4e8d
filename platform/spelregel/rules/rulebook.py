"""What one organisation promises, as frozen values that each remember the line they came from.

A Rulebook is data: it is built by `tenancy.build` from a checked file and never changes. `terms()` picks the values
that hold when a parent acts, for a care type and a location. Rules are compared by which they are, not by what they
say (`eq=False`): two files never share one, and what is remembered of a rule is found by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from spelregel.rules.care_calendar import CareCalendar
from spelregel.rules.facts import CareDay
from spelregel.rules.memo import remembered
from spelregel.rules.phrases import AgeRange, Amount, Cap, Days, Distance, Horizon, Notice, Validity

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class RuleRef:
    """Where a value stands: dotted path, the text as written, file, line and column (from 1), layer, since when."""

    path: str
    value: object
    file: str
    line: int
    column: int
    layer: str  # "defaults" | "tenant" | "change" | "exception"
    since: date | None
    open: bool = False  # stands in `to_confirm` without a value: a person decides


@dataclass(frozen=True, slots=True, eq=False)
class Sourced(Generic[T]):
    value: T
    ref: RuleRef


@dataclass(frozen=True, slots=True, eq=False)
class WithdrawalTerms:
    by: Sourced[tuple[str, ...]]
    notice: Sourced[Notice]
    within: Sourced[Distance] | None  # of the report itself
    place: Sourced[str] | None  # "kept" | "if still free"
    earned_credit: Sourced[str]  # "taken back" | "kept"
    spent_credit: Sourced[str]  # "not allowed" | "stays spent"


@dataclass(frozen=True, slots=True, eq=False)
class Charge:
    """One row of a bill: it counts when everything that it names is so. `percent` of the day's price, or `euros`."""

    reasons: tuple[str, ...]  # empty: any
    notice: Notice | None  # reported in time for this
    after: Notice | None  # reported when this had passed
    at_most: Cap | None  # as long as there is room in this quota
    proof: bool
    percent: Decimal | None
    euros: Decimal | None
    ref: RuleRef


@dataclass(frozen=True, slots=True, eq=False)
class AbsenceTerms:
    reported_by: Sourced[tuple[str, ...]]
    reasons: Sourced[tuple[str, ...]]
    horizon: Sourced[Horizon] | None
    notice: Sourced[Notice]
    expected: Sourced[Notice] | None  # later is still taken, and called late
    piece: Sourced[str] | None  # "whole day" | "daypart"
    confirm: Sourced[bool]
    withdraw: WithdrawalTerms
    bill: tuple[Charge, ...]  # the first row that counts; none: the contract is billed as ever


@dataclass(frozen=True, slots=True, eq=False)
class EarningTerms:
    """Conditions that must all hold for an absence to earn a credit. None: the organisation sets no such condition."""

    reported_by: Sourced[tuple[str, ...]]
    notice: Sourced[Notice]
    day: Sourced[tuple[str, ...]]
    not_on: Sourced[tuple[str, ...]] | None
    reasons: Sourced[tuple[str, ...]]
    maximum: Sourced[Amount] | None
    at_maximum: Sourced[str] | None  # "cut off" | "nothing" | "whole"
    at_most: Sourced[tuple[Cap, ...]] | None


@dataclass(frozen=True, slots=True, eq=False)
class GrantTerms:
    """What a child is given without doing anything, once per period (or once, for a purchase)."""

    amount: Sourced[Amount]
    every: Sourced[str]  # one of PERIODS
    part_year: Sourced[str]  # "by month" | "by day" | "half from July" | "whole"
    rounding: Sourced[str] | None  # "up" | "down" | "nearest", to `step`
    step: Sourced[Amount] | None
    waiting: Sourced[Distance] | None  # after the contract's first day


@dataclass(frozen=True, slots=True, eq=False)
class Weight:
    """One row of a weight table: how many units a day of care counts for. The first row that fits holds."""

    care_type: str | None
    day: str | None  # a kind of day
    at_least: int | None  # minutes of care
    counts: int  # sixtieths of the unit
    ref: RuleRef


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """One row of `not_usable`: it refuses when everything that it names is so."""

    contract: str | None
    earned_on: str | None
    used_on: str | None
    ref: RuleRef


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """One row of the exchange table: what one unit of care costs. The first row of which everything is so holds."""

    earned_on: str | None
    used_on: str | None
    earned_in: str | None
    used_for: str | None
    costs: Decimal
    ref: RuleRef


@dataclass(frozen=True, slots=True, eq=False)
class SpendingTerms:
    size: Sourced[str]  # "any" | "same" | "same or smaller"
    rest: Sourced[str]  # "stays" | "lapses"
    several: Sourced[bool]  # may several portions pay one day


@dataclass(frozen=True, slots=True, eq=False)
class ContractTerms:
    """What becomes of a credit. Values: "kept" | "lapses" | "converted"."""

    ended_by_parent: Sourced[str] | None
    ended_by_organisation: Sourced[str] | None
    changed: Sourced[str] | None
    moved: Sourced[str] | None  # the child goes to another location
    other_care: Sourced[str] | None  # the child goes on to another kind of care


@dataclass(frozen=True, slots=True, eq=False)
class EndTerms:
    """A credit that is abolished: the last day of care that earns it, and the last that it can pay."""

    last_earned: Sourced[date]
    last_used: Sourced[date] | None


@dataclass(frozen=True, slots=True, eq=False)
class CreditTerms:
    kind: str
    unit: Sourced[str]  # one of AMOUNT_UNITS
    weights: tuple[Weight, ...]
    earned_by: Sourced[str]
    care_types: Sourced[tuple[str, ...]] | None  # in which it is earned or given; None: in every kind
    contracts: Sourced[tuple[str, ...]] | None  # with which; None: with every contract
    earned_if: EarningTerms | None
    grant: GrantTerms | None
    valid: Sourced[Validity]
    usable_for: Sourced[tuple[str, ...]]  # ("same care type",) or care types and products
    usable_on: Sourced[tuple[str, ...]] | None
    not_usable: tuple[Refusal, ...]
    exchange: tuple[Exchange, ...]
    spend: SpendingTerms | None
    contract: ContractTerms | None
    ended: EndTerms | None


@dataclass(frozen=True, slots=True, eq=False)
class GuaranteeTerms:
    notice: Sourced[Notice]
    day: Sourced[tuple[str, ...]] | None


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTerms:
    within: Sourced[Distance] | None  # of the request
    before: Sourced[Notice] | None  # the care; a batch is "20th of the month before"
    silence: Sourced[str] | None  # "call us" | "approved" | "lapses"


@dataclass(frozen=True, slots=True, eq=False)
class LateStep:
    """Cancelled after `after` has passed: this share or sum of the price."""

    after: Notice
    percent: Decimal | None
    euros: Decimal | None
    ref: RuleRef


@dataclass(frozen=True, slots=True, eq=False)
class CancelTerms:
    pending: Sourced[bool]
    by: Sourced[tuple[str, ...]]
    approved: Sourced[Notice] | None  # None: what is approved cannot be cancelled
    then: Sourced[str] | None  # "nothing" | "credit back" | "counts as used" | "billed"
    late: Sourced[str] | None  # "not possible" | "counts as used" | "billed" | "credit back"
    price: tuple[LateStep, ...]
    undo: Sourced[Distance] | None  # of the request itself


@dataclass(frozen=True, slots=True, eq=False)
class PaymentTerms:
    pay_with: Sourced[tuple[str, ...]]  # credits and "invoice"
    choice: Sourced[str]  # "parent" | "in this order" | "oldest first"
    combine: Sourced[str]  # "never" | "credit and invoice" | "several credits" | "anything"


@dataclass(frozen=True, slots=True, eq=False)
class RequestTerms:
    """What can be asked for, in one section: extra care, a swap, holiday care, a study day, a flexible roster."""

    action: str
    requested_by: Sourced[tuple[str, ...]]
    horizon: Sourced[Horizon] | None
    notice: Sourced[Notice]
    late_requests: Sourced[str] | None  # who may still act: "by the group" … ; None: nobody
    not_on: Sourced[tuple[str, ...]] | None
    only_on: Sourced[tuple[str, ...]] | None
    not_between: Sourced[tuple[Days, ...]] | None
    care_types: Sourced[tuple[str, ...]] | None
    contracts: Sourced[tuple[str, ...]] | None
    at_most: Sourced[tuple[Cap, ...]] | None
    at_least: Sourced[Amount] | None  # of care in one piece
    sign_ups: Sourced[int] | None
    approval: Sourced[str]  # "by a person" | "when there is a place" | "always"
    guaranteed_if: GuaranteeTerms | None
    answer: AnswerTerms | None
    payment: PaymentTerms | None
    cancel: CancelTerms | None
    told: Mapping[str, Sourced[str]]  # what a person does and a parent may know: who decides, in what order, where


@dataclass(frozen=True, slots=True, eq=False)
class SwapTerms:
    """What a swap asks beside what every request does: the day that is given up."""

    request: RequestTerms
    give_up: Sourced[Notice]
    window: Sourced[Validity] | None  # the wanted day, seen from the day that is given up
    size: Sourced[str]  # "any" | "same" | "same or smaller"
    leftover: Sourced[str]  # "lapses" | "becomes credit"
    same_care_type: Sourced[bool]
    same_kind_of_day: Sourced[bool]
    swapped_again: Sourced[bool]
    given_up_day: Sourced[tuple[str, ...]]  # which planned days may be given up


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Everything that holds in one situation since one day."""

    since: date | None
    absence: AbsenceTerms
    credits: Mapping[str, CreditTerms]
    calendar: CareCalendar
    public_holidays: Sourced[tuple[str, ...]]  # which of the country's count here
    modules: Mapping[str, Sourced[bool]]
    requests: Mapping[str, RequestTerms]  # per action: what can be asked for here
    swap: SwapTerms | None


#: What an exception can be for, the strongest first: of two that name as many, the one with the stronger wins.
DIMENSIONS: Final = ("reason", "age", "product", "contract", "season", "care_type", "location")
SCHOOL_WEEKS: Final = "school weeks"
SCHOOL_HOLIDAYS: Final = "school holidays"


@dataclass(frozen=True, slots=True)
class Situation:
    """Whom and what a rule is asked for. None: nobody said so."""

    care_type: str | None = None
    location: str | None = None
    season: str | None = None  # SCHOOL_WEEKS, or the name of a holiday (SCHOOL_HOLIDAYS: one or another)
    contract: str | None = None
    product: str | None = None
    reason: str | None = None
    age: int | None = None  # months
    contract_started: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Selector:
    """For whom a layer holds: everything that it names must be so."""

    index: int
    named: Mapping[str, str | AgeRange]  # of DIMENSIONS
    since: date | None
    new_contracts: bool = False  # only for contracts that start on `since` or later

    def holds(self, situation: Situation) -> bool:
        if self.new_contracts and (
            situation.contract_started is None or self.since is None or situation.contract_started < self.since
        ):
            return False
        for dimension, wanted in self.named.items():
            found = getattr(situation, dimension)
            if isinstance(wanted, AgeRange):
                if found is None or not wanted.holds(found):
                    return False
            elif wanted == SCHOOL_HOLIDAYS and dimension == "season":
                if found in (None, SCHOOL_WEEKS):
                    return False
            elif found != wanted:
                return False
        return True

    def plainest(self, care_type: str) -> Situation:
        """A situation in which this holds and nothing else is said; of `care_type` where it names none."""
        words: dict[str, Any] = {key: value for key, value in self.named.items() if isinstance(value, str)}
        ages = [value for value in self.named.values() if isinstance(value, AgeRange)]
        return replace(
            Situation(care_type),
            **words,
            age=ages[0].months - ages[0].under if ages else None,
            contract_started=self.since if self.new_contracts else None,
        )

    @property
    def rank(self) -> tuple[int, tuple[bool, ...], bool]:
        """The one that names more wins; with equally many, the one with the stronger of DIMENSIONS; one holiday beats all."""
        one_holiday = self.named.get("season") not in (None, SCHOOL_WEEKS, SCHOOL_HOLIDAYS)
        return len(self.named), tuple(dimension in self.named for dimension in DIMENSIONS), one_holiday


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """`terms` per set of layers that hold together: the indices of their selectors, in the order of `selectors`."""

    since: date | None  # None: from the beginning
    selectors: tuple[Selector, ...]
    terms: Mapping[tuple[int, ...], Terms]

    def of(self, situation: Situation) -> Terms:
        if not self.selectors:
            return self.terms[()]
        return self.terms[tuple(each.index for each in self.selectors if each.holds(situation))]


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    tenant: str
    file: str
    digest: str
    format: int
    zone: tzinfo
    care_types: tuple[str, ...]
    products: Mapping[str, str]  # product -> care type
    contracts: tuple[str, ...]
    locations: tuple[str, ...]
    versions: tuple[Version, ...]  # oldest first

    def version(self, acting_on: date) -> Version:
        """The version in force on the day of acting; the organisation's midnight starts a change (§4.4)."""
        found = self.versions[0]
        for version in self.versions[1:]:
            if version.since is not None and version.since <= acting_on:
                found = version
        return found

    def terms(self, acting_on: date, care_type: str, location: str | None = None) -> Terms:
        """What holds for a kind of care at a location, as far as nothing else is known."""
        return self.version(acting_on).of(Situation(care_type, location))

    def has_module(self, name: str, acting_on: date) -> bool:
        """Whether the organisation has this part of the portal on at all."""
        return self.terms(acting_on, self.care_types[0]).modules[name].value

    def terms_at(self, moment: datetime, care: CareDay, reason: str | None = None) -> Terms:
        """What holds for this care for somebody who acts at this instant."""
        if len(self.versions) == 1:  # what never changed asks for no clock on the wall
            return self._terms(self.versions[0], care, reason)
        return self.terms_for(moment.astimezone(self.zone).date(), care, reason)

    def terms_for(self, acting_on: date, care: CareDay, reason: str | None = None) -> Terms:
        """What holds for this care: its contract, product, season, the child's age and the reason included."""
        return self._terms(self.version(acting_on), care, reason)

    def _terms(self, version: Version, care: CareDay, reason: str | None) -> Terms:
        if not version.selectors:
            return version.terms[()]
        return _holding(version, care.day, care.kind, care.care_type, care.location, care.contract, care.product, reason, care.age, care.contract_started)  # fmt: skip

    def every_terms(self) -> Iterator[Terms]:
        """Of every version and every situation."""
        for version in self.versions:
            yield from version.terms.values()

    @property
    def credit_kinds(self) -> tuple[str, ...]:
        """Every credit that this file knows, of any date, kind of care or location."""
        return _credit_kinds(self)


@remembered
def _credit_kinds(rulebook: Rulebook) -> tuple[str, ...]:
    """Asked for each case that is read, and a file with many exceptions has hundreds of terms."""
    return tuple(dict.fromkeys(kind for terms in rulebook.every_terms() for kind in terms.credits))


@remembered
def _holding(
    version: Version, day: date, kind: str | None, care_type: str, location: str | None, contract: str | None,
    product: str | None, reason: str | None, age: int | None, contract_started: date | None,
) -> Terms:  # fmt: skip
    """A day that is said to be of a kind has the season of that kind; else the calendar of the situation tells it."""
    situation = Situation(care_type, location, None, contract, product, reason, age, contract_started)
    holiday = version.of(situation).calendar.school_holiday_on(day)
    season = holiday.name if holiday else SCHOOL_WEEKS
    if kind == "school holiday" and holiday is None:
        season = SCHOOL_HOLIDAYS
    elif kind in ("school day", "study day"):
        season = SCHOOL_WEEKS
    return version.of(replace(situation, season=season))
