"""Two organisations are enough here: in one the user name is the household's, in the other it is an e-mail address."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from spelregel.app import Application
from tests.conftest import ROOT, Clock, close_portal, open_portal


@pytest.fixture(scope="session")
def two_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    for name in ("deroef", "quadrant"):
        shutil.copy(ROOT / "tenants" / f"{name}.yaml", folder)
    return folder


@pytest.fixture
def two(database_url: str, clock: Clock, two_files: Path) -> Iterator[Application]:
    application = open_portal(database_url, clock, two_files)
    yield application
    close_portal(application)


@pytest.fixture
def two_workers(database_url: str, clock: Clock, two_files: Path) -> Iterator[tuple[Application, Application]]:
    """Two processes' worth of application on one database: they share nothing else."""
    workers = open_portal(database_url, clock, two_files), open_portal(database_url, clock, two_files)
    yield workers
    for each in workers:
        close_portal(each)
