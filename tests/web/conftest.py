"""One portal for all of this folder: nothing here depends on the kind of database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from spelregel.app import Application
from tests.conftest import Clock, open_portal


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[Application]:
    path = tmp_path_factory.mktemp("web") / "test.db"
    shutil.copy(empty_sqlite, path)
    application = open_portal(f"sqlite:///{path}", Clock("2026-12-08 09:29"))
    yield application
    application.engine.dispose()
