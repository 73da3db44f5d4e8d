"""What is the same for every child on a day is worked out once: the limit of a rule, the step that says what it says.

Rules, terms and calendars are compared by which they are (`eq=False`), so a key costs nothing to make, and a file that
is loaded anew is simply another one. The store is bounded: what is not asked for falls out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])
#: Per function; a key and its answer take up to a kilobyte.
KEPT: Final = 4096
_stores: Final[list[Any]] = []


def remembered(function: Function) -> Function:
    """For pure functions of hashable, positional arguments. What they raise is not kept."""
    store = lru_cache(maxsize=KEPT)(function)
    _stores.append(store)
    return cast(Function, store)


def forget() -> None:
    """Let go of everything, for when files were loaded: answers hold on to the rules that they came from."""
    for store in _stores:
        store.cache_clear()
