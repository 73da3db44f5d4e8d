"""The folder of tenant files is the truth: what comes, changes, breaks and goes is seen, and the rest goes on."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
    old = before.by_subdomain["quadrant"]
    folder.write("quadrant.yaml", source("quadrant").replace("maximum: 100 hours", "maximum: 100 hours # new"))
    folder.settle()
    assert folder.registry.snapshot.by_subdomain["quadrant"].rulebook.digest != old.rulebook.digest
    assert before.by_subdomain["quadrant"] is old, "who began with the old one keeps it"


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


def test_two_files_that_swap_addresses_both_get_what_they_want(folder: Folder) -> None:
    folder.write("deroef.yaml", source("deroef"))
    folder.settle()
    folder.write("deroef.yaml", source("deroef").replace("subdomain: deroef", "subdomain: quadrant"))
    folder.write("quadrant.yaml", source("quadrant").replace("subdomain: quadrant", "subdomain: deroef"))
    folder.settle()
    live = folder.registry.snapshot.by_subdomain
    assert (live["quadrant"].slug, live["deroef"].slug) == ("deroef", "quadrant")


def test_an_address_that_an_edit_sets_free_goes_to_who_waits_for_it(folder: Folder) -> None:
    folder.write("aaa.yaml", source("deroef").replace("subdomain: deroef", "subdomain: quadrant"))
    folder.settle()
    assert folder.registry.snapshot.by_subdomain["quadrant"].slug == "quadrant"
    folder.write("quadrant.yaml", source("quadrant").replace("subdomain: quadrant", "subdomain: elders"))
    folder.settle()
    assert {name: tenant.slug for name, tenant in folder.registry.snapshot.by_subdomain.items()} == {
        "quadrant": "deroef",
        "elders": "quadrant",
    }


def test_after_a_restart_who_had_the_address_still_has_it(folder: Folder) -> None:
    kept = {"quadrant.yaml": source("quadrant")}
    folder.write("aaa.yaml", source("deroef").replace("tenant: deroef", "tenant: quadrant"))
    again = Registry(folder.path, folder.hear, kept.get)
    again.look(NOW, patient=False)
    assert {name: tenant.name for name, tenant in again.snapshot.by_subdomain.items()} == {
        "quadrant": "Quadrant Kindercentra"
    }
    without = Registry(folder.path, folder.hear)
    without.look(NOW, patient=False)
    assert set(without.snapshot.by_subdomain) == {"deroef"}, "the control: by file name alone the stranger would win"


def test_a_file_that_is_renamed_is_never_dark(folder: Folder) -> None:
    (folder.path / "quadrant.yaml").rename(folder.path / "zz.yaml")
    for _ in range(3):
        folder.registry.look(NOW)
        assert folder.live == {"quadrant"}
    assert [name for name, state in folder.heard if state == "broken"] == []


def test_a_folder_that_is_gone_for_a_while_darkens_nothing(folder: Folder) -> None:
    folder.path.rename(folder.path.with_name("away"))
    folder.settle()
    assert folder.live == {"quadrant"}
    folder.path.with_name("away").rename(folder.path)
    folder.settle()
    assert folder.live == {"quadrant"}


def test_a_listener_that_fails_does_not_keep_a_file_from_going_live(folder: Folder) -> None:
    def fail(_name: str, _state: FileState | None) -> None:
        raise RuntimeError("the database is away")

    folder.registry._changed = fail
    folder.write("deroef.yaml", source("deroef"))
    folder.settle()
    assert folder.live == {"quadrant", "deroef"}


def test_what_is_no_regular_file_is_left_alone(folder: Folder) -> None:
    os.mkfifo(folder.path / "pipe.yaml")
    (folder.path / "folder.yaml").mkdir()
    folder.settle()
    assert folder.live == {"quadrant"}
    assert [state.name for state in folder.registry.snapshot.files] == ["quadrant.yaml"]


def test_a_file_that_could_not_be_read_is_tried_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("deroef.yaml", source("deroef"))
    real = Path.open

    def refuse(self: Path, *arguments: Any, **options: Any) -> Any:
        if self.name == "deroef.yaml":
            raise PermissionError(13, "Permission denied")
        return real(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    folder.settle()
    assert folder.heard[-1] == ("deroef.yaml", "broken") and folder.live == {"quadrant"}
    monkeypatch.undo()
    folder.settle()
    assert folder.live == {"quadrant", "deroef"}


def test_a_file_that_is_live_keeps_the_name_that_its_data_are_kept_under(folder: Folder) -> None:
    folder.write("quadrant.yaml", source("quadrant").replace("tenant: quadrant", "tenant: anders"))
    folder.settle()
    assert folder.registry.snapshot.by_subdomain["quadrant"].slug == "quadrant"
    assert folder.heard[-1] == ("quadrant.yaml", "broken")
