"""The folder of tenant files is the truth: what comes, changes, breaks and goes is seen, and the rest goes on."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spelregel.tenancy.registry import FileState, Registry
from tests.conftest import ROOT

NOW = datetime(2026, 12, 8, 8, 29, tzinfo=UTC)


class Folder:
    def __init__(self, path: Path) -> None:
        self.path, self.heard = path, []  # type: ignore[var-annotated]
        self.registry = Registry(path, self.hear)

    def hear(self, name: str, state: FileState | None) -> None:
        self.heard.append((name, "gone" if state is None else "broken" if state.broken else "live"))

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, "utf-8")

    def settle(self) -> None:
        """Two looks: one that sees a change, one that sees that it lies still."""
        self.registry.look(NOW)
        self.registry.look(NOW)

    @property
    def live(self) -> set[str]:
        return set(self.registry.snapshot.by_subdomain)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    found = Folder(tmp_path)
    found.write("quadrant.yaml", source("quadrant"))
    found.registry.look(NOW, patient=False)
    return found


def source(name: str) -> str:
    return (ROOT / "tenants" / f"{name}.yaml").read_text("utf-8")


def test_every_file_is_read_at_the_start(folder: Folder) -> None:
    assert folder.live == {"quadrant"}
    assert folder.heard == [("quadrant.yaml", "live")]


def test_a_new_file_is_a_live_portal_after_two_looks(folder: Folder) -> None:
    folder.write("deroef.yaml", source("deroef"))
    folder.registry.look(NOW)
    assert folder.live == {"quadrant"}, "it may still be half-written"
    folder.registry.look(NOW)
    assert folder.live == {"quadrant", "deroef"}


def test_a_file_that_is_still_being_written_is_not_taken(folder: Folder) -> None:
    whole = source("deroef")
    for length in (200, 900, 3000, len(whole)):
        folder.write("deroef.yaml", whole[:length])
        folder.registry.look(NOW)
        assert folder.live == {"quadrant"}
    folder.registry.look(NOW)
    assert folder.live == {"quadrant", "deroef"}
    assert ("deroef.yaml", "broken") not in folder.heard


def test_a_changed_file_replaces_the_old_one_whole(folder: Folder) -> None:
    before = folder.registry.snapshot
    folder.write("quadrant.yaml", source("quadrant").replace("maximum: 100 hours", "maximum: 100 hours # new"))
    folder.settle()
    assert (
        folder.registry.snapshot.by_subdomain["quadrant"].rulebook.digest
        != before.by_subdomain["quadrant"].rulebook.digest
    )
    assert before.by_subdomain["quadrant"] is not folder.registry.snapshot.by_subdomain["quadrant"], (
        "who began with the old one keeps it"
    )


def test_a_broken_file_changes_nothing_and_is_reported_with_its_place(folder: Folder) -> None:
    good = folder.registry.snapshot.by_subdomain["quadrant"]
    folder.write("quadrant.yaml", source("quadrant").replace("notice: 24 hours", "notice: 24 uren"))
    folder.write("deroef.yaml", source("deroef"))
    folder.settle()
    assert folder.registry.snapshot.by_subdomain["quadrant"] is good
    assert folder.live == {"quadrant", "deroef"}, "the others go on"
    state = next(state for state in folder.registry.snapshot.files if state.name == "quadrant.yaml")
    assert state.broken and state.problems[0].span.line > 1
    folder.write("quadrant.yaml", source("quadrant"))
    folder.settle()
    assert not next(state for state in folder.registry.snapshot.files if state.name == "quadrant.yaml").broken


def test_a_new_file_that_is_broken_is_no_portal(folder: Folder) -> None:
    folder.write("deroef.yaml", "format: 1\n")
    folder.settle()
    assert folder.live == {"quadrant"}
    assert folder.heard[-1] == ("deroef.yaml", "broken")


def test_a_deleted_file_goes_dark_and_returns(folder: Folder) -> None:
    (folder.path / "quadrant.yaml").unlink()
    folder.settle()
    assert folder.live == set()
    folder.write("quadrant.yaml", source("quadrant"))
    folder.settle()
    assert folder.live == {"quadrant"}


def test_an_address_that_is_taken_stays_with_who_had_it_until_it_is_free(folder: Folder) -> None:
    folder.write("aaa.yaml", source("deroef").replace("subdomain: deroef", "subdomain: quadrant"))
    folder.settle()
    assert folder.registry.snapshot.by_subdomain["quadrant"].slug == "quadrant"
    assert folder.heard[-1] == ("aaa.yaml", "broken")
    (folder.path / "quadrant.yaml").unlink()
    folder.settle()
    folder.settle()
    assert folder.registry.snapshot.by_subdomain["quadrant"].slug == "deroef"


def test_a_file_that_is_only_touched_stays_the_same_version(folder: Folder) -> None:
    before = folder.registry.snapshot.by_subdomain["quadrant"]
    os.utime(folder.path / "quadrant.yaml", (1, 1))
    folder.settle()
    assert folder.registry.snapshot.by_subdomain["quadrant"] is before
    assert folder.heard == [("quadrant.yaml", "live")]
