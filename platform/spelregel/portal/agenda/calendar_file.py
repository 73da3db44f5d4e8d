"""The agenda as an iCalendar file (RFC 5545): days, last moments, and credit that lapses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from icalendar import Calendar, Event

from spelregel.portal.agenda.service import Agenda, AgendaDay, Entry, Tentative
from spelregel.rules.care_calendar import resolve
from spelregel.tenancy.tenant import Tenant
from spelregel.web.pages import Words, first_upper

#: What calendars are asked to wait between two looks; most wait longer.
EVERY: Final = timedelta(hours=2)


def calendar_file(
    found: Agenda, tenant: Tenant, words: Words, address: str, now: datetime, *, with_deadlines: bool
) -> bytes:
    """`address`: of the portal, for the links. Times are in UTC, so that no calendar needs to know a time zone."""
    writer = _Writer(tenant, words, address, now)
    calendar = Calendar()
    calendar.add("prodid", f"-//{tenant.name}//Spelregel//{words.register.language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", tenant.name)
    calendar.add("x-wr-calname", tenant.name)
    calendar.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", EVERY)
    days = [day for week in found.weeks for day in week.days]
    for day in days:
        for event in writer.day(day):
            calendar.add_component(event)
    if with_deadlines:
        for event in writer.last_moments(days):
            calendar.add_component(event)
    for each in found.expiring:
        amount = words.amount(each.amount, each.kind)
        title = writer.say("%(name)s: last day for %(amount)s", name=each.child.first_name, amount=amount)
        calendar.add_component(writer.event(f"expiring.{each.child.id}.{each.kind}.{each.until}", title, each.until, link="/credits"))  # fmt: skip
    return bytes(calendar.to_ical())


class _Writer:
    def __init__(self, tenant: Tenant, words: Words, address: str, now: datetime) -> None:
        self._tenant, self._words, self._address, self._now = tenant, words, address, now
        self.say = words.speaker.say

    def event(
        self, key: str, title: str, begins: date | datetime, ends: datetime | None = None, *, text: str = "", place: str = "",
        status: str = "CONFIRMED", is_busy: bool = False, link: str = "/agenda",
    ) -> Event:  # fmt: skip
        """`begins` a date: all that day; a moment without `ends`: only that moment. `is_busy`: whether it takes the time of who looks
        at their calendar. The same key is the same event at every look, so that calendars move it and do not double it."""
        event = Event()
        event.add("uid", f"{hashlib.sha256(key.encode()).hexdigest()[:32]}@{self._tenant.subdomain}")
        event.add("dtstamp", self._now.astimezone(UTC))
        event.add("summary", title)
        event.add("dtstart", begins)
        if ends is not None:
            event.add("dtend", ends)
        elif not isinstance(begins, datetime):
            event.add("dtend", begins + timedelta(days=1))
        if text:
            event.add("description", text)
        if place:
            event.add("location", place)
        event.add("status", status)
        event.add("transp", "OPAQUE" if is_busy else "TRANSPARENT")
        event.add("url", self._address + link)
        return event

    def day(self, day: AgendaDay) -> Iterator[Event]:
        if day.closed:
            title = first_upper(self._words.closed(day.day, day.closed, day.is_public_holiday))
            yield self.event(f"closed.{day.day}", self.say("%(day)s: no care", day=title), day.day)
        for entry in day.entries:
            yield self._entry(entry)
        for option in day.tentative:
            yield self._option(option)

    def _entry(self, entry: Entry) -> Event:
        planned = entry.planned
        care = self._words.care_type(planned.care_type)
        if entry.absence:
            title = self.say("%(name)s: reported absent", name=entry.child.first_name)
        else:
            title = self.say("%(name)s: %(care)s", name=entry.child.first_name, care=care)
        return self.event(f"care.{planned.key}", title, *self._span(planned.day, planned.starts, planned.ends),
                          text=f"{care}, {planned.group}", place=planned.location)  # fmt: skip

    def _option(self, option: Tentative) -> Event:
        booking = option.booking
        title = self.say("%(name)s: option for extra care", name=option.child.first_name)
        return self.event(f"option.{booking.id}", title, *self._span(booking.day, booking.starts, booking.ends), status="TENTATIVE",
                          text=self.say("Option for extra care: asked, and not decided yet."), link=f"/requests/{booking.request_id}")  # fmt: skip

    def _span(self, day: date, starts: time, ends: time) -> tuple[datetime, datetime]:
        zone = self._tenant.rulebook.zone
        first, last = (resolve(datetime.combine(day, each), zone) for each in (starts, ends))
        return first.astimezone(UTC), last.astimezone(UTC)

    def last_moments(self, days: Sequence[AgendaDay]) -> Iterator[Event]:
        """Until when reporting absent still earns credit: one event for all who have the same last minute."""
        together: dict[tuple[datetime, str], list[Entry]] = {}
        for day in days:
            for entry in day.entries:
                if entry.credit and entry.credit_until is not None:
                    moment = entry.credit_until.last_minute().astimezone(UTC)
                    together.setdefault((moment, entry.credit), []).append(entry)
        for (moment, credit), entries in together.items():
            whom = [f"{e.child.first_name} ({self._words.long_day(e.planned.day)})" for e in entries]
            title = self.say("Last moment to report absent with %(credit)s: %(whom)s", credit=self._words.credit(credit),
                             whom=self._words.and_list(list(dict.fromkeys(whom))))  # fmt: skip
            first = min(e.planned.day for e in entries)
            yield self.event(f"last.{moment:%Y%m%d%H%M}.{credit}", title, moment, link=f"/absence/new?day={first}")
