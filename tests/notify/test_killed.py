"""Postmen are killed in the middle of their work: no mail is lost, and one that goes twice has the same Message-ID."""

from __future__ import annotations

import multiprocessing
import re
import time
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import Engine

from spelregel.records.outbox import count_mail
from spelregel.storage.session import tenant_session
from tests.conftest import PROVE
from tests.notify.sink import Sink, mail_server
from tests.notify.workers import TWO, put, work
from tests.server.running import free_port

MAILS, KILLS, WORKERS = (800, 30, 4) if PROVE else (60, 4, 4)


class Office:
    """So many postmen; a killed one is replaced by one with another name."""

    def __init__(self, database: str, port: int, *, marks_first: bool) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.notify.workers"])
        self._arguments, self._marks_first, self._number = (database, port), marks_first, 0
        self.staff: dict[str, BaseProcess] = {}
        for _ in range(WORKERS):
            self.hire()

    def hire(self) -> None:
        self._number += 1
        name = f"postman{self._number}.example"
        process = self._context.Process(target=work, args=(*self._arguments, name, self._marks_first))
        process.start()
        self.staff[name] = process

    def kill(self, name: str) -> None:
        process = self.staff.pop(name)
        process.kill()
        process.join()
        self.hire()

    def close(self) -> None:
        for process in self.staff.values():
            process.kill()
            process.join()


def waiting(engine: Engine) -> int:
    left = 0
    for name in TWO:
        with tenant_session(engine, name) as session:
            left += count_mail(session).waiting
    return left


def until(what: object, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it does not come to an end"
        time.sleep(0.002)


def strike(office: Office, sink: Sink, moment: set[str]) -> None:
    """Kills a postman who is at just this moment of handing over a mail."""
    until(lambda: moment & office.staff.keys())
    office.kill(next(iter(moment & office.staff.keys())))


def send_with_kills(engine: Engine, database: str, *, marks_first: bool) -> tuple[list[str], Sink]:
    """Half of the kills come before the mail server has taken the mail, half just after: before the postman knows."""
    written = [each for name in TWO for each in put(engine, MAILS // len(TWO), name)]
    with mail_server(Sink(free_port(), slow=0.03)) as sink:
        office = Office(database, sink.port, marks_first=marks_first)
        try:
            for kill in range(KILLS):
                until(lambda share=kill / (KILLS + 1): len(sink.received) >= share * MAILS)
                strike(office, sink, sink.after if kill % 2 else sink.before)
            until(lambda: waiting(engine) == 0)
            until(lambda: not sink.before and not sink.after)
        finally:
            office.close()
    return written, sink


def test_of_many_mails_none_is_lost_when_postmen_are_killed(engine: Engine, database_url: str) -> None:
    written, sink = send_with_kills(engine, database_url, marks_first=False)
    times = sink.times()
    lost = [each for each in written if not times[each]]
    twice = {each: number for each, number in times.items() if number > 1}
    print(
        f"{engine.dialect.name}: {MAILS} mails, {KILLS} kills: {len(lost)} lost, {sum(times.values()) - len(times)} duplicates"
    )
    assert lost == []
    assert times.keys() == set(written), "no mail under a Message-ID that nobody wrote"
    assert 0 < sum(twice.values()) - len(twice) <= KILLS, "who dies just after has it sent once more"
    for each in twice:
        mails = {re.sub(rb"postman\d+", b"", received.raw) for received in sink.received if received.message_id == each}
        assert len(mails) == 1, "the same bytes, but for the name that tells the postmen apart here"


def test_when_a_mail_is_marked_before_it_is_sent_kills_lose_mails(engine: Engine, database_url: str) -> None:
    """The control: the two steps in the other order."""
    written, sink = send_with_kills(engine, database_url, marks_first=True)
    lost = [each for each in written if not sink.times()[each]]
    print(f"{engine.dialect.name}: {MAILS} mails, {KILLS} kills, marked first: {len(lost)} lost")
    assert lost


@pytest.fixture(autouse=True)
def no_postman_is_left() -> object:
    yield
    assert multiprocessing.active_children() == []
