"""The sections of a tenant's file that hold rules: one list, for layers, checks, the engine's terms and the facts."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

#: A section in which something can be asked for, and the action that asks for it. A swap has terms of its own.
ACTIONS: Final = MappingProxyType(
    {
        "extra_care": "extra_care",
        "swap": "swap",
        "holiday_care": "holiday_care",
        "holiday_contract": "holiday_contract",
        "study_days": "study_day",
        "flexible_care": "flexible_care",
    }
)
#: The module that shows each of them.
MODULES: Final = MappingProxyType(
    dict.fromkeys(ACTIONS, "extra_care")
    | {"swap": "swap", "holiday_care": "holiday_care", "holiday_contract": "holiday_care", "study_days": "study_days"}
)
#: Only these can be left open: who an organisation is, its log-in and its calendar must be known.
RULES: Final = ("absence", "credits", *ACTIONS)
#: What a change or an exception can hold.
LAYERED: Final = ("calendar", "modules", *RULES)
