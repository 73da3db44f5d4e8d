"""What can become of a booking: one table of state and action, and nothing else decides it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STATES: Final = ("awaiting", "approved", "rejected", "lapsed", "cancelled")
#: Those that hold a daypart of the child.
LIVE: Final = ("awaiting", "approved")
#: approve, reject and undo are of who judges; cancel is of who asked; lapse is of the clock.
ACTIONS: Final = ("approve", "reject", "undo", "lapse", "cancel")

#: (state, action) -> the state after it. A pair that is not here is refused.
AFTER: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("awaiting", "approve"): "approved",
        ("awaiting", "reject"): "rejected",
        ("awaiting", "lapse"): "lapsed",
        ("awaiting", "cancel"): "cancelled",
        ("approved", "undo"): "awaiting",
        ("approved", "cancel"): "cancelled",
        ("rejected", "undo"): "awaiting",
    }
)


class BookingStands(ValueError):
    """The action is not possible in the state that the booking is in now. Nothing was changed."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__(f"a booking that is {state} cannot be the object of: {action}")
        self.state, self.action = state, action


def after(state: str, action: str) -> str:
    """Raises BookingStands."""
    found = AFTER.get((state, action))
    if found is None:
        raise BookingStands(state, action)
    return found
