"""What should become of credit: nothing moves here, what is left is what came minus what is held. None of the portal's code."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any


class Oracle:
    LIVE, HOLDING = ("awaiting", "approved"), ("awaiting", "approved", "cancelled late")

    def __init__(self, rest_lapses: bool) -> None:
        self.rest_lapses, self.portions, self.bookings = rest_lapses, dict[str, Any](), dict[str, Any]()

    def add(self, portion: str, earned: date, until: date, came: int) -> None:
        self.portions[portion] = SimpleNamespace(id=portion, earned=earned, until=until, came=came, gone=0)

    def left(self, portion: str) -> int:
        holding = [b for b in self.bookings.values() if b.state in self.HOLDING]
        held = sum(b.uses.get(portion, 0) + b.rest.get(portion, 0) for b in holding)
        return int(self.portions[portion].came - self.portions[portion].gone - held)

    def is_free(self, n: Any) -> bool:
        return not any(b.starts < n.ends and n.starts < b.ends for b in self.bookings.values() if b.state in self.LIVE)

    def ask(self, name: str, starts: datetime, ends: datetime, last: date | None, now: datetime) -> bool:
        new = SimpleNamespace(state="awaiting", starts=starts, ends=ends, last=last, uses={}, rest={})
        need = (ends - starts).seconds // 60
        for each in sorted(self.portions.values(), key=lambda each: (each.earned, each.until, each.id)):
            if each.earned <= starts.date() <= each.until and (part := min(self.left(each.id), need)) > 0:
                new.uses[each.id], need = part, need - part
        return now < starts and self.is_free(new) and not self.bookings.update({name: new})

    def do(self, action: str, b: Any, now: datetime) -> bool:
        over = b.starts <= now or (b.last is not None and b.last < now.date())
        late = "cancelled" if now <= b.starts - timedelta(days=1) else "cancelled late"
        back = self.is_free(b) and all(self.left(p) >= n for p, n in b.uses.items())
        to = {"awaiting approve": not over and "approved", "awaiting reject": not over and "rejected", "awaiting lapse": over and "lapsed",
              "awaiting cancel": now < b.starts and "cancelled", "approved cancel": now < b.starts and late,
              "approved undo": "awaiting", "rejected undo": back and "awaiting"}.get(f"{b.state} {action}")  # fmt: skip
        if allowed := bool(to) and not (action == "undo" and now > b.at + timedelta(minutes=1)):
            b.rest = {p: self.left(p) for p in b.uses if self.rest_lapses} if to == "approved" else b.rest
            b.state, b.at, b.rest = to, now, {} if action == "undo" else b.rest
        return allowed

    def expire(self, today: date) -> None:
        for each in (each for each in self.portions.values() if each.until < today):
            each.gone += self.left(each.id)
