"""`spelregel mail`: sends, counts without naming anybody, and tries again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from spelregel.cli import main
from spelregel.records.outbox import count_mail
from spelregel.storage.session import tenant_session
from tests.conftest import ROOT
from tests.notify.sink import Sink, mail_server
from tests.notify.workers import put
from tests.server.running import free_port


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "SPELREGEL_ENV": "test",
        "SPELREGEL_DATABASE": database_url,
        "SPELREGEL_TENANTS": str(ROOT / "tenants"),
        "SPELREGEL_MAIL": f"file:{tmp_path / 'post'}",
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_server(Sink(free_port(), refuses={"ouder1@example.org": "550 5.1.1 no"})) as running:
        yield running


def run(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, ["mail", *arguments], env=environment, prog_name="spelregel")


def test_counts_name_organisations_and_no_person(engine: Engine, environment: dict[str, str], sink: Sink) -> None:
    environment |= {"SPELREGEL_MAIL": f"smtp://127.0.0.1:{sink.port}"}
    put(engine, 3)
    before = run(environment, "list")
    assert before.exit_code == 0 and "waiting 3, given up 0, sent 0; the oldest waits since" in before.output
    assert [line.split()[0] for line in before.output.splitlines()] == sorted(
        path.stem for path in (ROOT / "tenants").glob("*.yaml")
    )
    sent = run(environment, "send", "--once")
    assert (sent.exit_code, sent.stdout.strip()) == (1, "Sent: 2. To be tried again: 0. Given up: 1.")
    listed = json.loads(run(environment, "list", "--json").stdout)
    assert listed["quadrant"] == {"waiting": 0, "failed": 1, "sent": 2, "waiting_since": None}
    sink.refuses.clear()
    assert run(environment, "retry").stdout.strip() == "Mails that are tried again: 1."
    assert run(environment, "send", "--once").exit_code == 0
    everything = before.output + sent.output + run(environment, "list").output
    assert "ouder" not in everything and "Welkom" not in everything


def test_without_tables_production_says_what_to_do(tmp_path: Path) -> None:
    environment = {
        "SPELREGEL_ENV": "production",
        "SPELREGEL_DATABASE": f"sqlite:///{tmp_path / 'x.db'}",
        "SPELREGEL_TENANTS": str(ROOT / "tenants"),
        "SPELREGEL_BASE_DOMAIN": "portal.example",
        "SPELREGEL_STATUS_TOKEN": "een-heel-lang-geheim-woord",
        "SPELREGEL_MAIL": "smtps://u:heimelijk@mail.example",
        "SPELREGEL_MAIL_FROM": "portal@portal.example",
        "LC_ALL": "C.UTF-8",
    }
    for command in (["send", "--once"], ["list"], ["retry"]):
        result = run(environment, *command)
        assert (result.exit_code, result.output) == (
            2,
            "the database is not up to date: run “spelregel db upgrade” first\n",
        )
    del environment["SPELREGEL_MAIL"]
    assert "in production SPELREGEL_MAIL must be set: the mail server, such as" in run(environment, "list").output


def test_a_worker_sends_until_it_is_told_to_stop(
    engine: Engine, environment: dict[str, str], sink: Sink, tmp_path: Path
) -> None:
    command = [str(Path(sys.executable).parent / "spelregel"), "mail", "send"]
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(
            command,
            env={**os.environ, **environment, "SPELREGEL_MAIL": f"smtp://127.0.0.1:{sink.port}"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        for round_number in (1, 2):
            put(engine, 1, "deroef")
            deadline = time.monotonic() + 30
            while len(sink.received) < round_number:
                assert time.monotonic() < deadline and worker.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.05)
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    with tenant_session(engine, "deroef") as session:
        assert count_mail(session).sent == 2, "the mail under way was finished"
    log_text = (tmp_path / "log").read_text()
    assert "ouder" not in log_text and "Traceback" not in log_text
