"""The running portal follows its folder of files, in every worker, without a failed request."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spelregel.demo.people import PASSWORD, families_of
from spelregel.tenancy.check import check_file
from tests.conftest import PROVE, ROOT
from tests.server.running import Server

PROMISE = 2.0  # seconds
REPLACEMENTS = 100 if PROVE else 40
A_SECOND = 20  # requests


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    folder = tmp_path / "tenants"
    folder.mkdir()
    for name in ("quadrant", "deroef"):
        (folder / f"{name}.yaml").write_text(source(name), "utf-8")
    server = Server(folder, f"sqlite:///{tmp_path / 'test.db'}", tmp_path / "log")
    yield server, folder
    server.stop()


def source(name: str) -> str:
    return (ROOT / "tenants" / f"{name}.yaml").read_text("utf-8")


def everywhere(server: Server, host: str, wanted: int, seconds: float) -> float:
    """How long until twenty answers in a row, from whichever worker, are as wanted."""
    begun = time.monotonic()
    since = None
    while time.monotonic() - begun < seconds:
        answers = [server.get(host, "/login")[0] for _ in range(20)]
        if all(answer == wanted for answer in answers):
            return (since or time.monotonic()) - begun
        time.sleep(0.02)
    raise AssertionError(f"after {seconds} seconds {host} still does not answer {wanted} everywhere")


def test_a_new_file_is_a_portal_a_deleted_one_goes_dark_and_others_go_on(running: tuple[Server, Path]) -> None:
    server, folder = running
    assert server.get("fantaziehuis.localhost", "/login")[0] == 404
    (folder / "fantaziehuis.yaml").write_text(source("fantaziehuis"), "utf-8")
    took = everywhere(server, "fantaziehuis.localhost", 200, PROMISE * 5)
    (folder / "fantaziehuis.yaml").unlink()
    gone = everywhere(server, "fantaziehuis.localhost", 404, PROMISE * 5)
    print(f"live after {took:.2f} s, dark after {gone:.2f} s")
    assert server.get("quadrant.localhost", "/login")[0] == 200


def test_a_broken_file_changes_nothing_and_stands_on_the_status_page_and_in_the_log(
    running: tuple[Server, Path],
) -> None:
    server, folder = running
    (folder / "quadrant.yaml").write_text(source("quadrant").replace("notice: 24 hours", "notice: 24 uren"), "utf-8")
    deadline = time.monotonic() + PROMISE * 5
    while "unknown unit" not in server.get("localhost", "/status")[1]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert server.get("quadrant.localhost", "/login")[0] == 200
    assert server.get("deroef.localhost", "/login")[0] == 200
    assert "quadrant.yaml is broken" in server.log.read_text() and "did you mean" in server.log.read_text()


def test_a_server_that_starts_while_a_file_is_broken_serves_its_last_good_version(tmp_path: Path) -> None:
    folder = tmp_path / "tenants"
    folder.mkdir()
    (folder / "quadrant.yaml").write_text(source("quadrant"), "utf-8")
    Server(folder, f"sqlite:///{tmp_path / 'test.db'}", tmp_path / "log").stop()
    (folder / "quadrant.yaml").write_text("format: 1\n", "utf-8")
    again = Server(folder, f"sqlite:///{tmp_path / 'test.db'}", tmp_path / "log")
    try:
        assert again.get("quadrant.localhost", "/login")[0] == 200
        assert "the last good version is live" in again.get("localhost", "/status")[1]
    finally:
        again.stop()


def versions() -> list[tuple[str, str]]:
    """Four good versions, each with its own name and accent, and two broken ones in between."""
    good = []
    for number, accent in enumerate(("#7a3010", "#7a3011", "#7a3012", "#7a3013")):
        text = (
            source("quadrant")
            .replace("name: Quadrant Kindercentra", f"name: Versie {number}")
            .replace('accent: "#a3461c"', f'accent: "{accent}"')
        )
        assert accent in text and f"Versie {number}" in text
        good.append((f"Versie {number}", text))
    return good


def test_while_requests_run_a_file_is_replaced_again_and_again_and_every_answer_is_of_one_version(
    running: tuple[Server, Path],
) -> None:
    server, folder = running
    target, good = folder / "quadrant.yaml", versions()
    broken = [
        good[0][1][: len(good[0][1]) // 2] + "\n  x: [",
        good[1][1].replace("valid: unlimited", "valid: 3 dagen"),
        "format: 1\n",
        "\x00binary",
    ]
    answers: list[tuple[int, str, str]] = []
    stop = threading.Event()

    def ask(offset: float) -> None:
        time.sleep(offset)
        while not stop.is_set():
            begun = time.monotonic()
            try:
                code, text = server.get("quadrant.localhost", "/login")
            except OSError as wrong:
                code, text = 599, str(wrong)
            name = re.search(r'<span class="mark-name">([^<]*)', text)
            ground = re.search(r"look\.css\?v=(\w+)", text)
            answers.append((code, name[1] if name else "?", ground[1] if ground else "?"))
            stop.wait(max(0.0, 4 / A_SECOND - (time.monotonic() - begun)))

    askers = [threading.Thread(target=ask, args=(index / A_SECOND,)) for index in range(4)]
    for asker in askers:
        asker.start()
    for number in range(REPLACEMENTS):
        text = good[number // 2 % 4][1] if number % 2 else broken[number // 2 % 4]
        if number % 3:
            target.write_text(text, "utf-8")
        else:  # as an editor does it: a new file takes the old one's place
            (folder / "new").write_text(text, "utf-8")
            (folder / "new").replace(target)
        time.sleep(0.15 if number % 5 else 1.3)
    target.write_text(good[3][1], "utf-8")
    time.sleep(PROMISE)
    stop.set()
    for asker in askers:
        asker.join()
    assert {code for code, _, _ in answers} == {200}
    assert len(answers) > 100
    pairs = {(name, version) for _, name, version in answers}
    assert len({name for name, _ in pairs}) == len(pairs) >= 3, "each name goes with exactly one version of the file"
    assert server.get("quadrant.localhost", "/login")[1].count("Versie 3") >= 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"SPELREGEL_ENV": "production"}, "SPELREGEL_DATABASE"),
        ({"SPELREGEL_ENV": "elders"}, "must be one of"),
        ({"SPELREGEL_ENV": "test", "SPELREGEL_PORT": "poort"}, "SPELREGEL_PORT"),
    ],
)
def test_what_is_missing_at_the_start_is_one_sentence(tmp_path: Path, arguments: dict[str, str], sentence: str) -> None:
    import os
    import subprocess
    import sys

    env = (
        {key: value for key, value in os.environ.items() if not key.startswith("SPELREGEL_")}
        | {"LC_ALL": "C.UTF-8"}
        | arguments
    )
    done = subprocess.run(
        [str(Path(sys.executable).parent / "spelregel"), "serve", "--tenants", str(ROOT / "tenants")],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert sentence in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_a_slow_sender_does_not_keep_others_from_writing(tmp_path: Path) -> None:
    """One parent's body trickles in for seconds; meanwhile another organisation's parent logs in, which writes."""
    folder = tmp_path / "tenants"
    folder.mkdir()
    for name in ("quadrant", "deroef"):
        (folder / f"{name}.yaml").write_text(source(name), "utf-8")
    server = Server(folder, f"sqlite:///{tmp_path / 'test.db'}", tmp_path / "log", SPELREGEL_ENV="demo")
    try:
        name, other = (visitor_names(folder, each) for each in ("quadrant", "deroef"))
        cookie = server.log_in("quadrant.localhost", *name)
        slow = socket.create_connection(("127.0.0.1", server.port))
        host = f"quadrant.localhost:{server.port}"
        head = f"POST /absence/new HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n"
        slow.sendall(
            (
                head + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nday=2026-12-1"
            ).encode()
        )
        time.sleep(0.5)
        begun = time.monotonic()
        assert server.log_in("deroef.localhost", *other)
        assert time.monotonic() - begun < 3
        slow.close()
    finally:
        server.stop()


def visitor_names(folder: Path, name: str) -> tuple[str, str]:
    tenant = check_file(folder / f"{name}.yaml").tenant
    assert tenant
    return families_of(tenant)[0].username, PASSWORD
