"""What a stranger learns from how long an answer takes: a name that is known beside one that is not, at every door.

CPU time and wall time (which other programs stretch), each pair asked one after the other in changing order, with wrong proofs; a quarter of an hour lies between the
pairs, so that no count of guesses ever refuses.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from werkzeug.test import TestResponse

from spelregel.demo.people import families_of
from spelregel.records.accounts import accounts_named
from spelregel.records.guesses import WINDOW
from spelregel.records.one_time_links import make_link
from spelregel.storage.session import tenant_session
from tests.browse import visitor
from tests.conftest import Clock, open_portal

PAIRS = 200
ORGANISATIONS = ("quadrant", "deroef")  # in one the user name is an e-mail address, in the other the household's
Ask = Callable[[], TestResponse]


def same_time(folder: Path) -> dict[str, float]:
    print(f"\na name that is known beside one that is not: {PAIRS} pairs, milliseconds (median, 95th of a hundred)")
    found: dict[str, float] = {}
    for name in ORGANISATIONS:
        found |= _of(name, folder)
    return found


def _of(name: str, folder: Path) -> dict[str, float]:
    clock = Clock("2026-12-08 09:00")
    app = open_portal(f"sqlite:///{folder / f'doors-{name}.db'}", clock)
    who, family = visitor(app, name), families_of(visitor(app, name).tenant)[0]
    unknown = "niemand@example.org" if "@" in family.username else "9" * len(family.username)

    def later() -> None:
        clock.moment += WINDOW + timedelta(seconds=1)

    with tenant_session(app.engine, name, writing=True) as session:
        account = accounts_named(session, family.username)[0]
        useless = make_link(session, account.id, "activate", clock())  # of an account that is active already
        session.commit()
    pairs: dict[str, tuple[Ask, Ask]] = {
        "log-in": (lambda: who.enter(family.username, "verkeerd woord"), lambda: who.enter(unknown, "verkeerd woord")),
        "forgot": (lambda: who.post("/forgot", {"username": family.username}), lambda: who.post("/forgot", {"username": unknown})),
        "activation link": (lambda: who.get(f"/activate/{useless}"), lambda: who.get(f"/activate/{secrets.token_urlsafe(32)}")),
    }  # fmt: skip
    found = {}
    for door, (known, not_known) in pairs.items():
        gap = _gap(f"{name}, {door}", known, not_known, later)
        found[f"known_vs_unknown_{door.replace(' ', '_').replace('-', '_')}_{name}_gap_ms"] = gap
    app.engine.dispose()
    return found


def _gap(title: str, known: Ask, unknown: Ask, later: Callable[[], None]) -> float:
    """Between the medians of the CPU time."""
    cpu: tuple[list[float], list[float]] = ([], [])
    wall: tuple[list[float], list[float]] = ([], [])
    for turn in range(PAIRS + 3):
        later()
        for side in (0, 1) if turn % 2 else (1, 0):
            begun, used = time.perf_counter(), time.process_time()
            answer = (known, unknown)[side]()
            took, worked = time.perf_counter() - begun, time.process_time() - used
            if answer.status_code >= 500:
                raise AssertionError(answer.text)
            if turn >= 3:  # the first ones warm up
                wall[side].append(took * 1000)
                cpu[side].append(worked * 1000)
    for kind, times in (("CPU", cpu), ("wall", wall)):
        one, other = (statistics.median(each) for each in times)
        tails = [statistics.quantiles(each, n=20)[-1] for each in times]
        print(f"  {title:<28} {kind:<4} known {one:7.2f} ({tails[0]:.2f})   unknown {other:7.2f} ({tails[1]:.2f})   gap {abs(one - other):.2f}")  # fmt: skip
    return abs(statistics.median(cpu[0]) - statistics.median(cpu[1]))
