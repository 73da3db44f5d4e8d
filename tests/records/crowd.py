"""Many people at once: processes with threads that all wait for one start signal, then press together."""

from __future__ import annotations

import multiprocessing
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import Any

from sqlalchemy import Engine, create_engine

from spelregel.portal.absence import service
from spelregel.records import credit_ledger, family
from spelregel.rules.facts import CareDay
from spelregel.storage.session import open_engine, tenant_session
from tests.conftest import tenant

NOW = datetime(2026, 12, 8, 8, 0, tzinfo=UTC)
PROCESSES = 4
#: A process costs what it does, not what it imports.
PROCESSING = multiprocessing.get_context("forkserver")
PROCESSING.set_forkserver_preload(["tests.records.crowd"])


def together(job: Callable[..., Any], people: int, *arguments: Any) -> list[Any]:
    """`job(engine, number, *arguments[1:])` for every person; `arguments[0]` is the database. Answers, or the error's name."""
    (found,) = in_rounds(Once(job), people, [0], *arguments)
    return found


@dataclass(frozen=True)
class Once:
    """A job that does not ask which round it is."""

    job: Callable[..., Any]

    def __call__(self, engine: Engine, number: int, _round: Any, *arguments: Any) -> Any:
        return self.job(engine, number, *arguments)


def in_rounds(job: Callable[..., Any], people: int, rounds: Sequence[Any], *arguments: Any) -> list[list[Any]]:
    """`job(engine, number, round, *arguments[1:])` for every person, round after round, each of them all at once."""
    start, answers = PROCESSING.Barrier(PROCESSES), PROCESSING.Queue()
    share = [people // PROCESSES + (index < people % PROCESSES) for index in range(PROCESSES)]
    processes = [
        PROCESSING.Process(
            target=_one_process, args=(job, start, answers, sum(share[:index]), share[index], rounds, arguments)
        )
        for index in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    found: dict[int, list[Any]] = {index: [] for index in range(len(rounds))}
    for _ in range(people * len(rounds)):
        index, answer = answers.get(timeout=120)
        found[index].append(answer)
    for process in processes:
        process.join(30)
    return [found[index] for index in range(len(rounds))]


def _one_process(
    job: Callable[..., Any], start: Any, answers: Any, first: int, people: int, rounds: Sequence[Any],
    arguments: tuple[Any, ...],
) -> None:  # fmt: skip
    guarded = arguments[-1] if isinstance(arguments[-1], bool) else True
    engine = open_engine(arguments[0]) if guarded else without_protection(arguments[0])
    gate, done = threading.Barrier(people + 1), threading.Barrier(people + 1)

    def person(number: int) -> None:
        for index, each in enumerate(rounds):
            gate.wait()
            try:
                answers.put((index, job(engine, number, each, *arguments[1:])))
            except Exception as wrong:  # whatever it is, it is an answer, and the test reads its name
                traceback.print_exc()
                answers.put((index, type(wrong).__name__))
            done.wait()

    threads = [threading.Thread(target=person, args=(first + number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for _ in rounds:
        start.wait(120)
        gate.wait()
        done.wait()
    for thread in threads:
        thread.join()
    engine.dispose()


def without_protection(url: str) -> Engine:
    """The control: the driver's own transactions on SQLite, no lock on the child's row on PostgreSQL."""
    credit_ledger.lock_child = lambda *_: None  # type: ignore[assignment]
    service.lock_child = lambda *_: None  # type: ignore[assignment]
    if url.startswith("sqlite"):
        return create_engine(url, connect_args={"timeout": 30})
    return open_engine(url)


def slowly(decide: Callable[..., Any]) -> Callable[..., Any]:
    """Makes the time between looking and taking long enough for others to come in between."""

    def decided(*arguments: Any, **options: Any) -> Any:
        answer = decide(*arguments, **options)
        time.sleep(0.003)
        return answer

    return decided


def spend_an_hour(engine: Engine, _number: int, child_id: str, kind: str, guarded: bool) -> int:
    """How many sixtieths this person got."""
    credit_ledger.decide_credit_use = slowly(_decide_credit_use)
    care = CareDay(date(2026, 12, 15), clock_time(9), clock_time(10), "kdv")
    with tenant_session(engine, "quadrant", writing=True) as session:
        spent = credit_ledger.spend(session, tenant("quadrant").rulebook, child_id, kind, 60, care, NOW)
        session.commit()
        return sum(spent.taken.values())


_decide_credit_use = credit_ledger.decide_credit_use
_taking_back = service.taking_back
_consequences = service.consequences


def report_the_same_day(
    engine: Engine, number: int, guardian_id: str, account_id: str, key: str, day: date, same: bool
) -> str:
    service.consequences = slowly(_consequences)
    with tenant_session(engine, "quadrant", writing=True) as session:
        children = family.children_of_guardian(session, guardian_id)
        submission = "one-press-of-the-button" if same else f"press-number-{number:06}"
        try:
            return service.report_absence(
                session, tenant("quadrant"), account_id, children, {key}, day, day, "holiday", submission, NOW
            ).id
        except service.NothingToReport:
            return "already"


def take_back_the_same_day(engine: Engine, _number: int, child_id: str, absence_id: str, _guarded: bool) -> bool:
    service.taking_back = slowly(_taking_back)
    with tenant_session(engine, "quadrant", writing=True) as session:
        back = service.withdraw_absences(session, tenant("quadrant"), [absence_id], [child_id], NOW)
        return back[0].absence.withdrawn_at is not None
