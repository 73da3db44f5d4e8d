"""What one organisation promises, as frozen values that each remember the line they came from.

A Rulebook is data: it is built by `tenancy.build` from a checked file and never changes. `terms()` picks the values
that hold when a parent acts, for a care type and a location.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Generic, TypeVar

from spelregel.rules.care_calendar import CareCalendar
from spelregel.rules.phrases import Amount, Notice, Validity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RuleRef:
    """Where a value stands: dotted path, the text as written, file, line and column (from 1), layer, since when."""

    path: str
    value: object
    file: str
    line: int
    column: int
    layer: str  # "defaults" | "tenant" | "change" | "exception"
    since: date | None


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    value: T
    ref: RuleRef


@dataclass(frozen=True, slots=True)
class WithdrawalTerms:
    by: Sourced[tuple[str, ...]]
    notice: Sourced[Notice]
    earned_credit: Sourced[str]  # "taken back" | "kept"
    spent_credit: Sourced[str]  # "not allowed" | "stays spent"


@dataclass(frozen=True, slots=True)
class AbsenceTerms:
    reported_by: Sourced[tuple[str, ...]]
    reasons: Sourced[tuple[str, ...]]
    notice: Sourced[Notice]
    expected: Sourced[Notice] | None  # later is still taken, and called late
    confirm: Sourced[bool]
    withdraw: WithdrawalTerms


@dataclass(frozen=True, slots=True)
class EarningTerms:
    """Conditions that must all hold for an absence to earn a credit. None: the organisation sets no such condition."""

    reported_by: Sourced[tuple[str, ...]]
    notice: Sourced[Notice]
    day: Sourced[tuple[str, ...]]
    not_on: Sourced[tuple[str, ...]] | None
    reasons: Sourced[tuple[str, ...]]
    maximum: Sourced[Amount] | None
    at_maximum: Sourced[str] | None  # "cut off" | "nothing" | "whole"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row of `not_usable`: it refuses when everything that it names is so."""

    contract: str | None
    earned_on: str | None
    used_on: str | None
    ref: RuleRef


@dataclass(frozen=True, slots=True)
class CreditTerms:
    kind: str
    unit: Sourced[str]  # "hour" | "daypart"
    earned_by: Sourced[str]
    earned_if: EarningTerms | None
    valid: Sourced[Validity]
    usable_for: Sourced[tuple[str, ...]]  # ("same care type",) or care types and products
    usable_on: Sourced[tuple[str, ...]] | None
    not_usable: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that holds for one care type at one location since one day."""

    since: date | None
    absence: AbsenceTerms
    credits: Mapping[str, CreditTerms]
    calendar: CareCalendar
    public_holidays: Sourced[tuple[str, ...]]  # which of the country's count here
    modules: Mapping[str, Sourced[bool]]


@dataclass(frozen=True, slots=True)
class Version:
    since: date | None  # None: from the beginning
    terms: Mapping[tuple[str, str | None], Terms]  # (care type, location)


@dataclass(frozen=True, slots=True)
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
        return self.version(acting_on).terms[(care_type, location if location in self.locations else None)]

    @property
    def credit_kinds(self) -> tuple[str, ...]:
        """Every credit that this file knows, of any date, kind of care or location."""
        every = (kind for version in self.versions for terms in version.terms.values() for kind in terms.credits)
        return tuple(dict.fromkeys(every))
