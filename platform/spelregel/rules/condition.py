"""One condition of the page: what it says as data, and the rules that it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from spelregel.rules.rulebook import RuleRef, Selector
from spelregel.rules.worked import Instance

#: The part of a credit that falls away where nothing of it can be earned.
EARNING: Final = "earning"
NOTHING_EARNED: Final = "earn_nothing"


@dataclass(frozen=True, slots=True)
class Condition:
    """`topic` is "absence", a credit's key or one of REQUEST_TOPICS; `care_types` is empty when it holds for every kind.

    `also`: the other rules that the same sentence tells. `quoted`: what it is, where the rule itself has a line of its
    own elsewhere. `settled`: it holds although the rule that it comes from is left open. `goes_first`: it is an
    exception that wins from one that is told after it.
    """

    topic: str
    code: str
    ref: RuleRef
    values: Mapping[str, Any] = field(default_factory=dict)
    instances: tuple[Instance, ...] = ()
    also: tuple[RuleRef, ...] = ()
    part: str = ""
    quoted: str = ""
    settled: bool = False
    care_types: tuple[str, ...] = ()
    only_for: Selector | None = None
    also_for: tuple[Selector, ...] = ()  # other exceptions that say the same
    goes_first: bool = False

    @property
    def refs(self) -> tuple[RuleRef, ...]:
        """Of every rule that this tells; none where it only repeats."""
        return () if self.quoted else (self.ref, *self.also)


def anchor(path: str) -> str:
    """The address of a condition on its page."""
    return path.replace(".", "-")
