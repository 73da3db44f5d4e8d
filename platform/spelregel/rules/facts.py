"""What the rules may ask. Facts hold everything that a decision depends on, so that it can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

#: Where a planned daypart comes from.
PLANNED = ("contract day", "extra day", "credit day")


@dataclass(frozen=True, slots=True)
class CareDay:
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

    @property
    def minutes(self) -> int:
        return (self.ends.hour - self.starts.hour) * 60 + self.ends.minute - self.starts.minute


@dataclass(frozen=True, slots=True)
class AbsenceFacts:
    """`reported` in UTC. `balances`: what the child has of each credit now, in sixtieths of its unit."""

    care: CareDay
    reported: datetime
    by: str  # "parent" | "staff"
    reason: str | None = None
    balances: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WithdrawalFacts:
    """`earned`, `spent`: what this absence earned and how much of that is used already, in sixtieths."""

    care: CareDay
    asked: datetime
    by: str
    earned: int = 0
    spent: int = 0


@dataclass(frozen=True, slots=True)
class CreditLot:
    """One portion of credit with the terms that it was earned under."""

    id: str
    kind: str
    left: int  # sixtieths of the unit
    earned_for: date  # the missed day, or the day it was granted from
    valid_until: date | None
    care_type: str | None
    contract: str | None = None
    earned_on_kind: str | None = None  # kind of day it was earned on; None: ask the calendar


@dataclass(frozen=True, slots=True)
class CreditUseFacts:
    care: CareDay
    asked: datetime
    lot: CreditLot
