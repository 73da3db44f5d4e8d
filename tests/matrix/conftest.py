"""One world for each database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from spelregel.records import passwords
from tests.conftest import Clock, as_role
from tests.matrix.world import World, build
from tests.postgresql import SUPERUSER


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("matrix")
    if request.param == "sqlite":
        empty: Path = request.getfixturevalue("empty_sqlite")
        shutil.copy(empty, folder / "test.db")
        url = past = f"sqlite:///{folder / 'test.db'}"
    else:
        url = request.getfixturevalue("postgresql").create(
            f"matrix_{request.module.__name__.rpartition('.')[2]}", "template_tables"
        )
        past = as_role(url, SUPERUSER)
    # How dear a guess is, is measured elsewhere; here thousands of forms are sent.
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys_hash.cache_clear()
    found = build(url, past, folder, Clock("2026-12-08 09:29"))
    yield found
    found.app.engine.dispose()
    found.past_walls.dispose()
    monkeypatch.undo()
    passwords._nobodys_hash.cache_clear()
