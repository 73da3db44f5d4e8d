"""What a process found a short while ago, and takes as found: bounded in time and in number, one store for an application.

Only for what cannot turn false within that while, or where a while later is soon enough.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar, cast

from flask import current_app

Found = TypeVar("Found")
#: Of each kind; what was found first falls out first.
MOST: Final = 20_000


class Lately(Generic[Found]):
    def __init__(self, kept: timedelta, most: int = MOST) -> None:
        self._kept, self._most, self._lock = kept, most, threading.Lock()
        self._found: OrderedDict[Hashable, tuple[datetime, Found]] = OrderedDict()

    def get(self, key: Hashable, now: datetime) -> Found | None:
        """Also where a clock was put back (test and demo) nothing is taken from what was then still to come."""
        at, found = self._found.get(key, (None, None))
        return found if at is not None and at <= now < at + self._kept else None

    def put(self, key: Hashable, found: Found, now: datetime) -> None:
        with self._lock:
            self._found.pop(key, None)
            self._found[key] = (now, found)
            while len(self._found) > self._most:
                self._found.popitem(last=False)


def lately(kind: str, kept: timedelta) -> Lately[str]:
    """The store of this application for this kind of thing."""
    stores = current_app.extensions.setdefault("lately", {})
    return cast("Lately[str]", stores.setdefault(kind, Lately(kept)))
