"""Whatever is sent, by whomever: no answer of 500 or more, none that hangs, no error in the log, and nothing private in it."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from flask import request
from werkzeug.test import run_wsgi_app

from spelregel.app import every_route
from spelregel.settings import settings_from
from tests.conftest import PROVE, ROOT, Clock, open_portal
from tests.fuzz.crowd import ALONE, Crowd, groups_of, log_lines
from tests.fuzz.odd_requests import MARK, Target, request_for

REQUESTS = 10_000 if PROVE else 100  # per feature; half of them on each database
SEED = int(os.environ.get("SPELREGEL_SEED", "4"))
TURN = 50  # requests after which everybody comes again
LONGEST = 5.0  # seconds
FEATURES = sorted({
    ALONE.get(route.feature, route.feature)
    for route in every_route(settings_from({"SPELREGEL_ENV": "demo", "SPELREGEL_DATABASE": "sqlite://", "SPELREGEL_CACHE": "none"}))
})  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    folder = tmp_path_factory.mktemp("fuzz")
    tenants = folder / "tenants"
    tenants.mkdir()
    for name in ("deroef", "quadrant"):  # in one the user name is the household's, in the other an e-mail address
        shutil.copy(ROOT / "tenants" / f"{name}.yaml", tenants)
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("told_sqlite"), folder / "test.db")
        url = f"sqlite:///{folder / 'test.db'}"
    else:
        url = request.getfixturevalue("postgresql").create("fuzz", request.getfixturevalue("told_postgresql"))
    clock = Clock("2026-12-08 09:29")
    app = open_portal(url, clock, tenants)
    found = Crowd(app, clock)
    found.come_again()
    found.look_around()
    yield found
    app.engine.dispose()


def told(environ: dict[str, Any]) -> str:
    """Enough to send it again by hand."""
    kept = {
        name: value[:150]
        for name, value in environ.items()
        if isinstance(value, str) and name not in ("SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT")
    }
    environ["wsgi.input"].seek(0)
    return json.dumps(kept | {"body": repr(environ["wsgi.input"].read(400))})


def fuzz(crowd: Crowd, feature: str, targets: list[Target], number: int) -> tuple[list[str], Counter[int]]:
    chance = random.Random(zlib.crc32(f"{SEED} {feature} {crowd.app.engine.dialect.name}".encode()))
    faults: list[str] = []
    statuses: Counter[int] = Counter()
    for done in range(number):
        if done % TURN == 0:
            crowd.come_again()
        target = targets[done % len(targets)] if done < 2 * len(targets) else chance.choice(targets)
        environ = request_for(chance, target, crowd.pool, "")
        cookie = crowd.cookie(chance, environ["HTTP_HOST"])
        if environ["HTTP_COOKIE"] == "" or environ["HTTP_COOKIE"].startswith("; "):
            environ["HTTP_COOKIE"] = cookie + environ["HTTP_COOKIE"]
        if "<" in target.path and chance.random() < 0.6 and (path := crowd.own_path(chance, cookie, target)):
            environ["PATH_INFO"] = path
        with log_lines() as lines:
            begun = time.monotonic()
            try:
                body, status, _headers = run_wsgi_app(crowd.app, environ, buffered=True)
            except Exception as error:  # the server would have answered 500, or nothing
                faults.append(f"{type(error).__name__}: {error} {told(environ)}")
                continue
            took = time.monotonic() - begun
        code = int(status.split()[0])
        statuses[code] += 1
        if code >= 500:
            faults.append(f"{code} {lines.getvalue()} {told(environ)}")
        if took > LONGEST:
            faults.append(f"{took:.1f} s {told(environ)}")
        faults += [
            f"in the log: {line} {told(environ)}"
            for line in lines.getvalue().split("\n")
            if line and is_amiss(line, crowd)
        ]
        if code == 200 and done % 3 == 0:
            crowd.pool.harvest(b"".join(body).decode("utf-8", "replace"))
    return faults, statuses


def is_amiss(line: str, crowd: Crowd) -> bool:
    """An error, or a word that is nobody's business."""
    if json.loads(line)["level"] in ("error", "critical") or MARK in line or "gele-regenlaarzen" in line:
        return True
    return any(word in line for word in crowd.secrets | crowd.names if len(word) > 4)


# The parser leaves the file of a form that breaks off to the garbage collector, and nobody holds it any more to close it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("feature", FEATURES)
def test_no_request_breaks_anything(crowd: Crowd, feature: str, capsys: pytest.CaptureFixture[str]) -> None:
    faults, statuses = fuzz(crowd, feature, groups_of(crowd.app)[feature], REQUESTS // 2)
    if PROVE:
        with capsys.disabled():
            print(
                f"\n{feature} on {crowd.app.engine.dialect.name}, seed {SEED}: {len(faults)} faults; {dict(sorted(statuses.items()))}"
            )
            print("\n".join(faults[:5]))
    assert faults == []
    assert statuses.total() == REQUESTS // 2


def planted(view: Callable[..., Any], break_it: Callable[[], Any]) -> Callable[..., Any]:
    def broken(*args: Any, **kwargs: Any) -> Any:
        break_it()
        return view(*args, **kwargs)

    broken.mark, broken.takes = view.mark, view.takes  # type: ignore[attr-defined]  # of the view that it stands for
    return broken


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("how", ["raises", "logs"])
def test_a_view_that_chokes_on_an_odd_word_is_found(crowd: Crowd, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """The control: one page reads a date without asking whether it is one, or tells the log what was typed."""
    views, targets = crowd.app.portal.view_functions, groups_of(crowd.app)["account"]

    def choke() -> None:
        date.fromisoformat(request.args.get("after") or "2026-12-08")

    def tell() -> None:
        crowd.app.portal.logger.warning("going to %s", request.args.get("after"))

    monkeypatch.setitem(
        views, "account.login_form", planted(views["account.login_form"], choke if how == "raises" else tell)
    )
    faults, _ = fuzz(crowd, "account", targets, 300)
    wanted = "ValueError" if how == "raises" else "going to"
    assert faults and all(wanted in each for each in faults)
