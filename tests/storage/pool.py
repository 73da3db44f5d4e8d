"""Many short sessions of many tenants over a few connections, with everything that can happen to a session.

The sessions have no guard (`Unguarded`): what they see is what the wall of the database lets them see."""

from __future__ import annotations

import multiprocessing
import random
import secrets
import threading
from collections import Counter
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.orm import Session

from spelregel.storage.session import _say_tenant, open_engine

TENANTS = [f"huis{number}" for number in range(8)]
NOBODY = ""  # a session that never says whose it is
CONNECTIONS, THREADS = 2, 8
INSERT = text("INSERT INTO family (tenant_id, id, name) VALUES (:tenant, :id, 'x')")
SAY_FOR_THE_SESSION = text("SELECT set_config('app.tenant_id', :tenant, false)")


class Unguarded(Session):
    """Says its tenant as every session of the portal does."""


class Careless(Session):
    """The control: says it to the connection, for as long as that lives."""


@event.listens_for(Unguarded, "after_begin")
def _say(session: Session, transaction: Any, connection: Any) -> None:
    if session.info["tenant"] != NOBODY:
        _say_tenant(session, transaction, connection)


@event.listens_for(Careless, "after_begin")
def _say_carelessly(session: Session, _transaction: Any, connection: Any) -> None:
    if session.info["tenant"] != NOBODY:
        connection.execute(SAY_FOR_THE_SESSION, {"tenant": session.info["tenant"]})


def foreign_rows(session: Session) -> int:
    seen = session.scalars(text("SELECT tenant_id FROM family")).all()
    return sum(tenant != session.info["tenant"] for tenant in seen)


def one_session(engine: Engine, kind: type[Session], dice: random.Random, *, dies: bool) -> Counter[str]:
    """A few transactions of one tenant, each ending in its own way; `dies`: its backend is killed in the midst of one."""
    found: Counter[str] = Counter(sessions=1)
    tenant = dice.choice([*TENANTS, NOBODY])
    with kind(engine, info={"tenant": tenant}) as session:
        for _ in range(dice.randrange(1, 4)):
            found["foreign rows"] += foreign_rows(session)
            found["own rows"] += session.scalars(text("SELECT count(*) FROM family")).one() if tenant else 0
            try:
                _something(session, tenant, dice)
                found["foreign rows"] += foreign_rows(session)
                if dies:
                    session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
                if dice.random() < 0.3:
                    session.rollback()
                elif dice.random() < 0.9:
                    session.commit()
                else:
                    return found  # closed in the midst of a transaction
            except (DBAPIError, InvalidRequestError) as wrong:
                found["killed" if dies else "errors"] += 1
                if "row-level security" in str(wrong):
                    found["foreign rows refused"] += 1
                session.rollback()
                dies = False
    return found


def _something(session: Session, tenant: str, dice: random.Random) -> None:
    match dice.randrange(6):
        case 0:
            session.execute(INSERT, {"tenant": tenant or TENANTS[0], "id": secrets.token_hex(16)})
        case 1:
            session.execute(text("SELECT 1 / 0"))
        case 2:
            other = dice.choice([each for each in TENANTS if each != tenant])
            session.execute(INSERT, {"tenant": other, "id": secrets.token_hex(16)})
        case 3:
            savepoint = session.begin_nested()
            session.execute(text("SELECT 1"))
            savepoint.rollback()
        case 4:
            try:
                with session.begin_nested():
                    session.execute(text("SELECT 1 / 0"))
            except DBAPIError:
                pass  # the transaction around it goes on
        case _:
            session.execute(text("UPDATE family SET name = 'y'"))


def many_sessions(url: str, kind: type[Session], sessions: int, kills: int, seed: int) -> Counter[str]:
    """In threads of this process, over a pool that is much smaller than they are many."""
    engine = open_engine(url, at_most=CONNECTIONS)
    found: Counter[str] = Counter()
    lock = threading.Lock()
    dying = set(random.Random(seed).sample(range(sessions), kills))
    numbers = iter(range(sessions))

    def work(thread: int) -> None:
        dice = random.Random(f"{seed} {thread}")
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            one = one_session(engine, kind, dice, dies=number in dying)
            with lock:
                found.update(one)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    return found


def in_processes(url: str, processes: int, sessions: int, kills: int) -> Counter[str]:
    """So many sessions and kills in each of them."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        jobs = [(url, Unguarded, sessions, kills, 100 + number) for number in range(processes)]
        total: Counter[str] = Counter()
        for found in pool.starmap(many_sessions, jobs):
            total.update(found)
        pool.close()
        pool.join()
    return total
