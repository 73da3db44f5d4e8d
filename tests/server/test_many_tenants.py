"""A server with more organisations than it checks at the start: every one answers at once, and all are checked in the end."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.conftest import PROVE, ROOT
from tests.server.running import Server

NUMBER = 1000 if PROVE else 120


def unchecked(server: Server) -> int:
    files = json.loads(server.get("localhost", "/status", Accept="application/json")[1])["files"]
    assert len(files) == NUMBER and not any(each["problems"] for each in files)
    return sum(not each["checked"] for each in files)


def test_every_organisation_answers_from_the_start_and_all_are_checked_in_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "tenants"
    folder.mkdir()
    text = (ROOT / "tenants" / "quadrant.yaml").read_text("utf-8")
    for each in range(NUMBER):
        own = text.replace("tenant: quadrant", f"tenant: q{each}").replace("subdomain: quadrant", f"subdomain: q{each}")
        (folder / f"q{each:04}.yaml").write_text(own, "utf-8")
    server = Server(folder, f"sqlite:///{tmp_path / 'test.db'}", tmp_path / "log", SPELREGEL_WORKERS="1")
    try:
        assert unchecked(server) > 0
        assert server.get(f"q{NUMBER - 1}.localhost", "/login")[0] == 200, "though nobody has checked it yet"
        deadline = time.monotonic() + 0.2 * NUMBER
        while unchecked(server):
            assert time.monotonic() < deadline
            assert server.get("q3.localhost", "/login")[0] == 200
            time.sleep(0.2)
    finally:
        server.stop()
    assert "failed" not in server.log.read_text()
