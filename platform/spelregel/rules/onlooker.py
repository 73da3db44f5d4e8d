"""Who explains decisions may look on while they are made: it is shown the facts and the answer, and can change neither.

Without an onlooker nothing is kept. The onlooker belongs to one request: others do not see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])
#: Gets the facts and the answer of one question.
Onlooker = Callable[[Any, Any], None]
_onlooker: Final[ContextVar[Onlooker | None]] = ContextVar("onlooker", default=None)


def can_be_watched(function: Function) -> Function:
    """For what answers one question; its last argument is the facts."""

    @wraps(function)
    def watched(*args: Any) -> object:
        answer = function(*args)
        onlooker = _onlooker.get()
        if onlooker is not None:
            onlooker(args[-1], answer)
        return answer

    return cast(Function, watched)


@contextmanager
def looking_on(onlooker: Onlooker) -> Iterator[None]:
    before = _onlooker.set(onlooker)
    try:
        yield
    finally:
        _onlooker.reset(before)
