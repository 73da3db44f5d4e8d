"""A real server in its own processes, asked over sockets. *.localhost is the loopback address, named in the Host header."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`spelregel serve`, in test mode, on a folder of tenant files."""

    def __init__(self, tenants: Path, database: str, log: Path, **env: str) -> None:
        self.port = free_port()
        self.log = log
        command = [
            str(Path(sys.executable).parent / "spelregel"),
            "serve",
            "--tenants",
            str(tenants),
            "--database",
            database,
            "--port",
            str(self.port),
        ]
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    "SPELREGEL_ENV": "test",
                    "SPELREGEL_CACHE": str(log.parent / "cache"),
                    "LC_ALL": "C.UTF-8",
                    **env,
                },
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                self.get("nobody.localhost", "/")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(log.read_text())

    def get(self, host: str, path: str, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": f"{host}:{self.port}", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def log_in(self, host: str, username: str, password: str) -> str:
        """The session's cookie."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            where = f"{host}:{self.port}"
            headers = {"Host": where, "Origin": f"http://{where}", "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/login", urlencode({"username": username, "password": password}), headers)
            answer = connection.getresponse()
            assert answer.status == 303, answer.status
            return answer.getheader("Set-Cookie", "").split(";")[0]
        finally:
            connection.close()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
