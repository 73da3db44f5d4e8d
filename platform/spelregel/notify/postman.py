"""Sends what waits in the outbox, organisation by organisation. Several may run at once, and one may die at any moment.

The order is what makes it safe: take the mail for a while and commit, send it, mark it sent. Who dies before the mail
server took it has lost nothing, since the lease runs out; who dies just after has it sent once more, under the same
Message-ID.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Final

from sqlalchemy import Engine

from spelregel.notify.carriers import Carrier, NotSent
from spelregel.notify.letter import letter
from spelregel.records.outbox import LEASE, OutgoingMail, claim_mail, is_due, mark_not_sent, mark_sent, remove_old_mail
from spelregel.storage.session import AWAY, tenant_session
from spelregel.tenancy.registry import Snapshot
from spelregel.tenancy.tenant import Tenant

AT_A_TIME: Final = 20  # mails of one organisation, before the next one has its turn
LOOK_EVERY, LONGEST_REST = 0.3, 5.0  # seconds
REST: Final = 4  # times as long as a look for nothing took: many organisations are looked at less often
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=1)  # while the mail server is not there
CLEAR_EVERY: Final = timedelta(hours=1)

log = logging.getLogger("spelregel")


@dataclass(slots=True)
class Post:
    """What one round did."""

    sent: int = 0
    again: int = 0
    given_up: int = 0

    @property
    def tried(self) -> int:
        return self.sent + self.again + self.given_up


@dataclass(slots=True)
class Postman:
    """`sender`: the address that mails come from. `keep_text` after sending: for the demo, which shows them."""

    engine: Engine
    carrier: Carrier
    sender: str
    snapshot: Callable[[], Snapshot]
    clock: Callable[[], datetime]
    keep_text: bool = False
    lease: timedelta = LEASE
    _closed_until: datetime | None = None
    _wait: timedelta = FIRST_WAIT
    _cleared: dict[str, datetime] = field(default_factory=dict)
    _to_mark: list[tuple[str, OutgoingMail, datetime]] = field(default_factory=list)
    _one_round: threading.Lock = field(default_factory=threading.Lock)

    def run(self, stop: threading.Event) -> None:
        """Until it is told to stop: then the mail that is under way is still finished."""
        while not stop.is_set():
            begun = time.monotonic()
            try:
                found = self.round(stop).tried
            except AWAY as wrong:
                log.error("mail waits, the database is away: %s", type(wrong).__name__)
                found = 0
            except Exception:  # one bad round must not be the last
                log.exception("sending mail failed")
                found = 0
            if not found:
                stop.wait(max(LOOK_EVERY, min(REST * (time.monotonic() - begun), LONGEST_REST)))

    def round(self, stop: threading.Event | None = None) -> Post:
        """Sends all that is due now; less when the mail server is not there, or it is told to stop."""
        post = Post()
        with self._one_round:
            self._mark_sent()
            more = list(_organisations(self.snapshot()))
            try:
                while more:
                    more = [(slug, ready) for slug, ready in more if self._turn(slug, ready, post, stop)]
            finally:
                self.carrier.close()
        return post

    def _turn(self, slug: str, ready: Callable[[], Tenant | None], post: Post, stop: threading.Event | None) -> bool:
        """Some mails of one organisation; True when there may be more."""
        self._clear(slug)
        for _ in range(AT_A_TIME):
            if (stop and stop.is_set()) or self._is_closed():
                return False
            mail = self._claim(slug)
            if mail is None:
                return False
            self._send(slug, mail, ready, post)
        return True

    def _claim(self, slug: str) -> OutgoingMail | None:
        now = self.clock()
        with tenant_session(self.engine, slug) as session:
            if not is_due(session, now):
                return None
        with tenant_session(self.engine, slug, writing=True) as session:
            mail = claim_mail(session, now, self.lease)
            session.commit()
            return mail

    def _send(self, slug: str, mail: OutgoingMail, ready: Callable[[], Tenant | None], post: Post) -> None:
        try:
            self.carrier.carry(self._letter(mail, ready), self.sender, mail.to_address)
        except NotSent as wrong:
            with tenant_session(self.engine, slug, writing=True) as session:
                given_up = mark_not_sent(session, mail, self.clock(), wrong.code, for_good=wrong.for_good)
                session.commit()
            log.warning("mail %s of %s was not sent: %s%s", mail.id, slug, wrong.code, ", given up" if given_up else "")
            if wrong.nobody_home:
                self._closed_until, self._wait = self.clock() + self._wait, min(2 * self._wait, LONGEST_WAIT)
            if given_up:
                post.given_up += 1
            else:
                post.again += 1
            return
        self._closed_until, self._wait = None, FIRST_WAIT
        post.sent += 1
        self._to_mark.append((slug, mail, self.clock()))
        self._mark_sent()

    def _letter(self, mail: OutgoingMail, ready: Callable[[], Tenant | None]) -> EmailMessage:
        try:
            tenant = ready()
            if tenant is not None:
                return letter(mail, tenant, self.sender)
        except Exception as wrong:  # one mail that cannot be written, or rules that cannot be read, hold up no other
            raise NotSent(type(wrong).__name__) from None
        raise NotSent("no rules")

    def _mark_sent(self) -> None:
        """What was sent while the database went away is marked first when it is back, so that it does not go twice."""
        while self._to_mark:
            slug, mail, at = self._to_mark[0]
            with tenant_session(self.engine, slug, writing=True) as session:
                mark_sent(session, mail, at, keep_text=self.keep_text)
                session.commit()
            self._to_mark.pop(0)

    def _is_closed(self) -> bool:
        return self._closed_until is not None and self.clock() < self._closed_until

    def _clear(self, slug: str) -> None:
        now = self.clock()
        if slug in self._cleared and now - self._cleared[slug] < CLEAR_EVERY:
            return
        self._cleared[slug] = now
        with tenant_session(self.engine, slug, writing=True) as session:
            remove_old_mail(session, now)
            session.commit()


def _organisations(snapshot: Snapshot) -> Iterable[tuple[str, Callable[[], Tenant | None]]]:
    """Every live one by the word that its data are kept under; its file is only read when it has a mail to send."""
    for state in snapshot.files:
        if claim := state.claim:
            yield claim.slug, partial(snapshot.by_subdomain.get, claim.subdomain)
