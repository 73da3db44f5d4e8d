"""What the rules may ask. Facts hold everything that a decision depends on, so that it can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Final, NamedTuple

#: Where a planned daypart comes from.
PLANNED: Final = ("contract day", "extra day", "credit day")
NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


def age_in_months(born: date, on: date) -> int:
    """Whole months; the birthday itself counts as the new age."""
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)


class CareDay(NamedTuple):
    """One daypart of one child. `kind` is set when somebody says what kind of day it is; else the calendar does."""

    day: date
    starts: time
    ends: time
    care_type: str
    location: str | None = None
    contract: str | None = None
    product: str | None = None
    planned: str = "contract day"
    kind: str | None = None
    born: date | None = None
    contract_started: date | None = None
    contract_ends: date | None = None
    weekly: int | None = None  # minutes of care in a week of the contract

    @property
    def age(self) -> int | None:
        """In whole months on the day of care; None when nobody told."""
        if self.born is None:
            return None
        return age_in_months(self.born, self.day)

    @property
    def minutes(self) -> int:
        return (self.ends.hour - self.starts.hour) * 60 + self.ends.minute - self.starts.minute


class AbsenceFacts(NamedTuple):
    """`reported` in UTC. `balances`: what the child has of each credit now, in sixtieths of its unit."""

    care: CareDay
    reported: datetime
    by: str  # "parent" | "staff"
    reason: str | None = None
    balances: Mapping[str, int] = NOTHING
    so_far: Mapping[str, int] | None = None  # per running period, in sixtieths; None: not told
    proof: bool = False
    part_of_day: bool = False


class WithdrawalFacts(NamedTuple):
    """`earned`, `spent`: what this absence earned and how much of that is used already, in sixtieths."""

    care: CareDay
    asked: datetime
    by: str
    earned: int = 0
    spent: int = 0
    reported: datetime | None = None


class CreditLot(NamedTuple):
    """One portion of credit with the terms that it was earned under."""

    id: str
    kind: str
    left: int  # sixtieths of the unit
    earned_for: date  # the missed day, or the day it was granted from
    valid_until: date | None
    care_type: str | None
    contract: str | None = None
    earned_on_kind: str | None = None  # kind of day it was earned on; None: ask the calendar
    first_day: date | None = None  # from which it can be used; None: from the day that it was earned for
    whole: int | None = None  # what it was when it was earned; None: what is left
    untold: str | None = None  # the fact that its last day hangs on and that nobody told; None: the last day is known


class CreditUseFacts(NamedTuple):
    """`ended`: how the contract that earned it came to an end before this care, when it did."""

    care: CareDay
    asked: datetime
    lot: CreditLot
    ended: str | None = None  # "by parent" | "by organisation" | "changed" | "moved" | "other care"


class GrantFacts(NamedTuple):
    """A child's yearly grant: for the period that `day` lies in. `days` of care in a week of the contract."""

    day: date
    care: CareDay
    days: int | None = None


class RequestFacts(NamedTuple):
    """`action`: what is asked for. `gives_up`: the day that is handed in for it. `lots`: the credit that there is.

    `so_far`: how often already, per period, in sixtieths; None: nobody told. `sign_ups`: with this one. `wishes`: how the parent
    wants to pay, in that order; empty: not said.
    """

    action: str
    care: CareDay
    asked: datetime
    by: str = "parent"
    gives_up: CareDay | None = None
    lots: tuple[CreditLot, ...] = ()
    so_far: Mapping[str, int] | None = None
    sign_ups: int | None = None
    swapped_before: bool = False
    wishes: tuple[str, ...] = ()


class CancelFacts(NamedTuple):
    """`of`: the action of the request. `state`: "pending" | "approved". `sent`: when it was asked."""

    of: str
    care: CareDay
    asked: datetime
    by: str = "parent"
    state: str = "approved"
    sent: datetime | None = None
