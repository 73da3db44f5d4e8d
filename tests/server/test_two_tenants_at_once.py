"""Two organisations whose rules contradict each other, asked in turn by eight threads of one process: each answer is its own."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import request
from werkzeug.serving import make_server

from spelregel.app import Application
from spelregel.demo.people import PASSWORD, families_of
from spelregel.portal.account import parent_views as account_views
from spelregel.portal.conditions import parent_views as conditions_views
from spelregel.tenancy.tenant import Tenant
from spelregel.web import here, login, pages
from spelregel.web.tenant_from_host import TENANT
from tests.conftest import PROVE, ROOT, Clock, open_portal
from tests.server.running import Server

ALTERNATIONS = 1_000 if PROVE else 240
THREADS = 8
NAMES = ("langekeizer", "quadrant")
#: Pages that a parent of each has open: what stands on them is the organisation's own.
PATHS = ("/conditions", "/agenda", "/account", "/credits")


@dataclass(frozen=True)
class Side:
    """A parent's session, and for each page what stands on it when nobody else asks."""

    host: str
    cookie: str
    alone: dict[str, str]
    own: str


def plain(page: str) -> str:
    """Without what is drawn anew for each answer."""
    return re.sub(r'nonce="[^"]*"', "", page)


def sides(
    ask: Callable[[str, str, str], tuple[int, str]], log_in: Callable[[str, str], str], tenants: list[Tenant]
) -> list[Side]:
    found = []
    for tenant in tenants:
        host, family = f"{tenant.subdomain}.localhost", families_of(tenant)[0]
        cookie = log_in(host, family.username)
        alone = {path: plain(ask(host, path, cookie)[1]) for path in PATHS}
        assert tenant.name in alone["/account"], alone["/account"][:500]
        found.append(Side(host, cookie, alone, tenant.name))
    return found


def alternate(ask: Callable[[str, str, str], tuple[int, str]], both: list[Side], number: int) -> list[str]:
    """Every thread changes from one to the other at each request; what each page says is compared with what it says alone."""
    together = threading.Barrier(THREADS)

    def go(thread: int) -> list[str]:
        together.wait(30)
        faults = []
        for turn in range(number // THREADS):
            side, other = (both[(thread + turn) % 2], both[(thread + turn + 1) % 2])
            path = PATHS[(turn // 2) % len(PATHS)]
            code, text = ask(side.host, path, side.cookie)
            if code != 200 or other.own in text or plain(text) != side.alone[path]:
                faults.append(f"{side.host}{path}: {code}{', and names ' + other.own if other.own in text else ''}")
        return faults

    with ThreadPoolExecutor(THREADS) as pool:
        return [fault for faults in pool.map(go, range(THREADS)) for fault in faults]


def tenants_of(folder: Path) -> Path:
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.yaml").write_text((ROOT / "tenants" / f"{name}.yaml").read_text("utf-8"), "utf-8")
    return folder


class InProcess:
    """The application of the tests behind a real socket with a thread per request: for the control, which takes a wall away."""

    def __init__(self, app: Application) -> None:
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    get, log_in = Server.get, Server.log_in

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def in_process(tmp_path: Path, database_url: str) -> Any:
    app = open_portal(database_url, Clock("2026-12-08 09:29"), tenants_of(tmp_path / "tenants"))
    found = InProcess(app)
    yield app, found
    found.stop()
    app.engine.dispose()


def run(app: Application, server: Any, number: int, between: Callable[[], None] = lambda: None) -> list[str]:
    tenants = [tenant for name in NAMES if (tenant := app.registry.snapshot.tenant(name))]

    def ask(host: str, path: str, cookie: str) -> tuple[int, str]:
        code, text = server.get(host, path, Cookie=cookie)
        return int(code), str(text)

    both = sides(ask, lambda host, username: str(server.log_in(host, username, PASSWORD)), tenants)
    assert both[0].alone["/conditions"] != both[1].alone["/conditions"], "their rules contradict each other"
    between()
    return alternate(ask, both, number)


def test_each_answer_is_of_the_organisation_that_was_asked(
    in_process: tuple[Application, InProcess], capsys: pytest.CaptureFixture[str]
) -> None:
    app, server = in_process
    faults = run(app, server, ALTERNATIONS)
    with capsys.disabled():
        print(
            f"\n{ALTERNATIONS} alternations on {THREADS} threads, {app.engine.dialect.name}: {len(faults)} answers of the other"
        )
    assert faults == []


def test_control_an_organisation_that_the_process_remembers_is_the_others_in_the_end(
    in_process: tuple[Application, InProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept in the process at the start of a request, and read from there afterwards, as a global variable would be."""
    app, server = in_process
    kept: list[Tenant] = []

    def remembered() -> Tenant:
        return kept[-1]

    @app.portal.before_request
    def remember() -> None:
        kept[:] = [request.environ[TENANT]]

    app.portal.before_request_funcs[None].insert(0, app.portal.before_request_funcs[None].pop())

    def take_the_wall_away() -> None:
        for module in (here, login, pages, account_views, conditions_views):
            monkeypatch.setattr(module, "tenant", remembered)

    assert run(app, server, 400, take_the_wall_away) != []
