"""The one place where the portal reads the clock; everything below gets the moment as an argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def clock(offset: float) -> Clock:
    """`offset`: seconds ahead of the real time, for test and demo. The answer is in UTC."""
    ahead = timedelta(seconds=offset)
    return lambda: datetime.now(UTC) + ahead
