"""However many organisations there are, a start reads which address each one claims; the rest waits for a visit."""

from __future__ import annotations

import gc
import os
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spelregel.tenancy import registry as registry_module
from spelregel.tenancy.check import check_text
from spelregel.tenancy.claims import Claim, claim_at_a_glance
from spelregel.tenancy.kept_checks import KeptChecks
from spelregel.tenancy.registry import AT_ONCE, FileState, Registry
from spelregel.tenancy.yaml_source import read_yaml
from tests.conftest import TENANTS

NOW = datetime(2026, 12, 8, 8, 29, tzinfo=UTC)
TEXT = (Path(__file__).parent / "zonnebloem.yaml").read_text("utf-8")
MANY = AT_ONCE + 12


def text(number: int, *edits: tuple[str, str]) -> str:
    found = TEXT.replace("tenant: zonnebloem", f"tenant: zon{number:03}").replace(
        "subdomain: zonnebloem", f"subdomain: adres{number:03}"
    )
    for old, new in edits:
        assert old in found, old
        found = found.replace(old, new)
    return found


BROKEN = ("notice: 2 days, before 09:30", "notice: 2 dagen, before 09:30")
NEW_NAME = ("\nname: Kinderopvang Zonnebloem", "\nname: Nieuw")
LAST = MANY - 1  # in the order of checking nobody comes after it


class Street:
    """A folder of many organisations, with a cache and a memory of last good versions that outlive a process."""

    def __init__(self, path: Path, number: int) -> None:
        self.folder, self.cache = path / "tenants", path / "cache"
        self.folder.mkdir()
        self.remembered: dict[str, str] = {}
        self.heard: list[tuple[str, str]] = []
        for each in range(number):
            self.write(each, text(each))

    def write(self, number: int, content: str) -> None:
        (self.folder / name(number)).write_text(content, "utf-8")

    def start(self) -> Registry:
        self.heard.clear()
        found = Registry(self.folder, self._hear, self.remembered.get, KeptChecks(self.cache, self.folder))
        found.look(NOW, patient=False)
        return found

    def finish(self, registry: Registry) -> None:
        """The background, to its end."""
        while registry.check_next(NOW):
            pass
        self.keep(registry)
        registry.remember()

    def keep(self, registry: Registry) -> None:
        texts = registry.unkept()
        for file, content in texts.items():
            self.remembered.pop(file, None)
            if content is not None:
                self.remembered[file] = content
        registry.kept(texts)

    def _hear(self, file: str, state: FileState | None) -> None:
        self.heard.append((file, "gone" if state is None else "broken" if state.broken else "live"))


def name(number: int) -> str:
    return f"t{number:03}.yaml"


def state(registry: Registry, number: int) -> FileState:
    return registry.snapshot.states[name(number)]


def settle(registry: Registry) -> None:
    registry.look(NOW)
    registry.look(NOW)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The files that are checked in full."""
    seen: list[str] = []

    def counting(raw: bytes, file: str) -> Any:
        seen.append(file.rpartition("/")[2])
        return check_text(raw, file)

    with monkeypatch.context() as patch:
        patch.setattr(registry_module, "check_text", counting)
        yield seen


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path, MANY)


# ---- the start


def test_a_start_knows_every_address_and_has_checked_only_the_first_twenty(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted(monkeypatch) as checked:
        registry = street.start()
    assert set(registry.snapshot.by_subdomain) == {f"adres{each:03}" for each in range(MANY)}
    assert checked == [name(each) for each in range(AT_ONCE)]
    assert state(registry, 0).checked and not state(registry, LAST).checked
    assert street.heard == [(name(each), "live") for each in range(AT_ONCE)], "what is not checked is not called live"


def test_the_first_visit_checks_that_one_file_and_the_second_visit_none(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = street.start()
    with counted(monkeypatch) as checked:
        tenant = registry.snapshot.by_subdomain[f"adres{LAST:03}"]
        assert tenant.slug == f"zon{LAST:03}"
        assert registry.snapshot.by_subdomain[f"adres{LAST:03}"] is tenant
    assert checked == [name(LAST)]
    assert state(registry, LAST).checked and street.heard[-1] == (name(LAST), "live")


def test_the_background_checks_the_rest_and_keeps_nothing_of_it_in_memory(street: Street) -> None:
    registry = street.start()
    visited = registry.snapshot.by_subdomain["adres001"]
    street.finish(registry)
    assert all(each.checked and not each.broken for each in registry.snapshot.files)
    assert [version.name for version in registry._versions.values() if version.tenant] == [name(1)]
    assert registry.snapshot.by_subdomain["adres001"] is visited
    assert set(street.remembered) == {name(each) for each in range(MANY)}, "each last good version is written down"


def test_what_an_earlier_process_checked_is_not_checked_again(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as checked:
        street.finish(street.start())
    assert len(checked) == MANY, "the control: nobody did it before"
    with counted(monkeypatch) as checked:
        registry = street.start()
        street.finish(registry)
        assert registry.snapshot.by_subdomain[f"adres{LAST:03}"].name
    assert checked == []
    assert all(each.checked for each in registry.snapshot.files)


def test_a_second_start_opens_no_file_that_it_does_not_check(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = Path.open

    def watching(self: Path, *arguments: Any, **options: Any) -> Any:
        if self.parent == street.folder:
            opened.append(self.name)
        return real(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", watching)
    street.finish(street.start())
    assert set(opened) == {name(each) for each in range(MANY)}, "the control: the first start reads them all"
    opened.clear()
    registry = street.start()
    assert opened == [name(each) for each in range(AT_ONCE)]
    assert len(registry.snapshot.by_subdomain) == MANY


def test_an_index_is_not_believed_about_a_file_that_changed_since(street: Street) -> None:
    street.finish(street.start())
    street.write(LAST, text(LAST, (f"subdomain: adres{LAST:03}", "subdomain: verhuisd")))
    live = street.start().snapshot.by_subdomain
    assert "verhuisd" in live and f"adres{LAST:03}" not in live


@pytest.mark.parametrize("damage", [b"", b"{}", b"torn", b"\x00" * 300])
def test_a_damaged_index_is_ignored(street: Street, damage: bytes) -> None:
    street.finish(street.start())
    (index,) = street.cache.rglob("index")
    index.write_bytes(damage)
    assert set(street.start().snapshot.by_subdomain) == {f"adres{each:03}" for each in range(MANY)}


def test_a_damaged_entry_is_checked_again(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    street.finish(street.start())
    for path in street.cache.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-9])
    with counted(monkeypatch) as checked:
        registry = street.start()
        street.finish(registry)
    assert len(checked) == MANY and not any(each.broken for each in registry.snapshot.files)


# ---- what is wrong is found, visited or not


def test_a_broken_file_that_nobody_visits_is_found_in_the_background(street: Street) -> None:
    street.write(LAST, text(LAST, BROKEN))
    registry = street.start()
    assert not state(registry, LAST).broken, "nobody has looked inside yet"
    street.finish(registry)
    assert state(registry, LAST).broken and "dagen" in str(state(registry, LAST).problems[0].message.values)
    assert f"adres{LAST:03}" not in registry.snapshot.by_subdomain
    assert street.heard[-1] == (name(LAST), "broken")
    assert len(registry.snapshot.by_subdomain) == MANY - 1, "no other file suffers"


def test_the_first_visitor_of_a_broken_file_finds_its_last_good_version(street: Street) -> None:
    street.remembered[name(LAST)] = text(LAST)
    street.write(LAST, text(LAST, BROKEN))
    street.write(LAST - 1, text(LAST - 1, BROKEN))
    registry = street.start()
    tenant = registry.snapshot.by_subdomain[f"adres{LAST:03}"]
    assert tenant.text == text(LAST) and state(registry, LAST).broken
    assert registry.snapshot.by_subdomain.get(f"adres{LAST - 1:03}") is None, "the control: nothing good is remembered"


def test_a_file_that_breaks_before_its_first_visit_keeps_its_last_good_version(street: Street) -> None:
    registry = street.start()
    street.finish(registry)
    street.write(LAST, text(LAST, BROKEN))
    settle(registry)
    assert state(registry, LAST).broken
    assert registry.snapshot.by_subdomain[f"adres{LAST:03}"].text == text(LAST)


def test_the_last_good_version_is_there_also_when_it_could_not_be_written_down(street: Street) -> None:
    registry = street.start()  # nobody fetches what is to be kept: the database is away
    while registry.check_next(NOW):
        pass
    street.write(LAST, text(LAST, BROKEN))
    settle(registry)
    assert registry.snapshot.by_subdomain[f"adres{LAST:03}"].text == text(LAST)


def test_one_address_in_two_files_that_nobody_visited_is_found_and_told_at_the_start(street: Street) -> None:
    street.write(LAST, text(LAST, (f"subdomain: adres{LAST:03}", f"subdomain: adres{LAST - 1:03}")))
    registry = street.start()
    (problem,) = state(registry, LAST).problems
    assert (problem.code, problem.second and problem.second.file) == ("X314", f"tenants/{name(LAST - 1)}")
    assert (
        problem.source == f"subdomain: adres{LAST - 1:03}"
        and problem.second
        and problem.second.source == problem.source
    )
    assert (name(LAST), "broken") in street.heard
    assert registry.snapshot.by_subdomain[f"adres{LAST - 1:03}"].slug == f"zon{LAST - 1:03}"


def test_one_name_in_two_files_that_nobody_visited_is_found_and_told_at_the_start(street: Street) -> None:
    street.write(LAST, text(LAST, (f"tenant: zon{LAST:03}", f"tenant: zon{LAST - 1:03}")))
    assert [each.code for each in state(street.start(), LAST).problems] == ["X314"]


def test_of_two_unvisited_files_the_one_that_had_the_address_keeps_it_over_a_restart(street: Street) -> None:
    street.finish(street.start())
    stranger = text(500, ("subdomain: adres500", f"subdomain: adres{LAST:03}"))
    (street.folder / "aaa.yaml").write_text(stranger, "utf-8")
    registry = street.start()
    assert registry.snapshot.by_subdomain[f"adres{LAST:03}"].slug == f"zon{LAST:03}"
    assert registry.snapshot.states["aaa.yaml"].broken
    street.remembered.clear()
    again = street.start()
    assert again.snapshot.by_subdomain[f"adres{LAST:03}"].slug == "zon500", (
        "the control: nobody remembers who was first"
    )


def test_an_unvisited_file_may_not_take_another_name_for_data_that_are_kept(street: Street) -> None:
    street.finish(street.start())
    street.write(LAST, text(LAST, (f"tenant: zon{LAST:03}", "tenant: anders")))
    registry = street.start()
    assert registry.snapshot.by_subdomain[f"adres{LAST:03}"].slug == f"zon{LAST:03}"
    assert [each.code for each in state(registry, LAST).problems] == ["X314"]


def test_a_file_whose_address_cannot_be_seen_at_a_glance_is_checked_at_the_start(street: Street) -> None:
    street.write(LAST, text(LAST, (f"subdomain: adres{LAST:03}", f'"subdomain": adres{LAST:03}')))
    registry = street.start()
    assert state(registry, LAST).checked and registry.snapshot.by_subdomain[f"adres{LAST:03}"].slug == f"zon{LAST:03}"


# ---- while it runs


def test_a_visit_does_not_take_a_file_that_is_being_written(street: Street) -> None:
    registry = street.start()
    street.write(LAST, text(LAST)[:900])
    street.write(LAST - 1, text(LAST - 1)[:900])
    street.remembered[name(LAST - 1)] = text(LAST - 1)
    assert registry.snapshot.by_subdomain.get(f"adres{LAST:03}") is None
    assert registry.snapshot.by_subdomain[f"adres{LAST - 1:03}"].text == text(LAST - 1), "the last good one"
    assert not state(registry, LAST).broken, "half a file is no broken file"
    street.write(LAST, text(LAST))
    settle(registry)
    assert registry.snapshot.by_subdomain[f"adres{LAST:03}"].text == text(LAST)


def test_a_changed_file_goes_before_those_that_wait_for_the_background(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "AT_ONCE", 1)
    registry = street.start()
    street.write(0, text(0, NEW_NAME))
    settle(registry)
    assert registry.snapshot.by_subdomain["adres000"].name == "Nieuw"
    assert not state(registry, 1).checked, "the control: that one waited longer"


def test_a_request_keeps_the_version_it_began_with(street: Street) -> None:
    registry = street.start()
    before = registry.snapshot
    tenant = before.by_subdomain[f"adres{LAST:03}"]
    street.write(LAST, text(LAST, NEW_NAME))
    settle(registry)
    assert before.by_subdomain[f"adres{LAST:03}"] is tenant
    assert registry.snapshot.by_subdomain[f"adres{LAST:03}"].name == "Nieuw"


def test_a_first_visit_between_a_change_and_the_look_that_sees_it_is_served(street: Street) -> None:
    registry = street.start()
    street.finish(registry)
    street.write(LAST, text(LAST, NEW_NAME))
    assert registry.snapshot.by_subdomain[f"adres{LAST:03}"].text == text(LAST), "by the version that was written down"
    street.write(LAST - 1, text(LAST - 1, NEW_NAME))
    street.remembered[name(LAST - 1)] = text(LAST - 1, NEW_NAME)
    tenant = registry.snapshot.by_subdomain[f"adres{LAST - 1:03}"]
    assert tenant.name == "Nieuw", "another process saw the change first and wrote it down"


def test_a_portal_with_visitors_is_ready_as_soon_as_its_new_version_is_live(street: Street) -> None:
    registry = street.start()
    assert registry.snapshot.by_subdomain["adres000"]
    for number in (0, 1):
        street.write(number, text(number, NEW_NAME))
    settle(registry)
    ready = {version.name for version in registry._versions.values() if version.tenant}
    assert ready == {name(0)}, "and the other, which nobody visits, is not made"


def test_many_first_visitors_at_once_get_one_tenant_from_one_check(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = street.start()
    found: list[Any] = []
    together = threading.Barrier(12)

    def visit() -> None:
        together.wait()
        found.append(registry.snapshot.by_subdomain[f"adres{LAST:03}"])

    with counted(monkeypatch) as checked:
        threads = [threading.Thread(target=visit) for _ in range(12)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert len(found) == 12 and len(set(map(id, found))) == 1 and checked == [name(LAST)]


def test_a_file_that_goes_leaves_no_address_and_no_entry(street: Street) -> None:
    registry = street.start()
    street.finish(registry)
    entries = len(list(street.cache.rglob("*")))
    (street.folder / name(LAST)).unlink()
    settle(registry)
    street.keep(registry)
    assert f"adres{LAST:03}" not in registry.snapshot.by_subdomain and name(LAST) not in registry.snapshot.states
    assert name(LAST) not in street.remembered and len(list(street.cache.rglob("*"))) == entries - 1
    assert street.heard[-1] == (name(LAST), "gone")


def test_a_memory_that_cannot_be_asked_stops_a_visit_and_no_later_one(street: Street) -> None:
    registry = street.start()

    def away(_name: str) -> str | None:
        raise RuntimeError("the database is away")

    asked, registry._recall = registry._recall, away
    with pytest.raises(RuntimeError):
        registry.snapshot.by_subdomain[f"adres{LAST:03}"]
    registry._recall = asked
    assert registry.snapshot.by_subdomain[f"adres{LAST:03}"].slug == f"zon{LAST:03}"


# ---- at a glance


@pytest.mark.parametrize("path", TENANTS, ids=lambda path: path.stem)
def test_at_a_glance_and_read_in_full_are_the_same(path: Path) -> None:
    data = read_yaml(path.read_bytes(), "x").data
    assert claim_at_a_glance(path.read_bytes(), "x") == Claim("x", data["subdomain"], data["tenant"])


@pytest.mark.parametrize(
    "written",
    [
        "tenant: a\nsubdomain: 'b'   # ours\n",
        "\ufefftenant: a\r\nsubdomain: b\r\n",
        'name: x\nsubdomain: "b"\nlook: {tenant: c}\ntenant: a\n',
        "# tenant: z\ntenant: a\nabout:\n  subdomain: z\nsubdomain: b\n",
    ],
)
def test_what_is_seen_at_a_glance_is_what_yaml_reads(written: str) -> None:
    data = read_yaml(written.encode(), "x").data
    assert (data["subdomain"], data["tenant"]) == ("b", "a")
    assert claim_at_a_glance(written.encode(), "x") == Claim("x", "b", "a")


@pytest.mark.parametrize(
    "written",
    [
        "tenant: a\n",
        "tenant: a\nsubdomain:\n  b\n",
        "tenant: a\nsubdomain: b\nsubdomain: c\n",
        "{tenant: a,\nsubdomain: b}\n",
        "tenant: a\n'subdomain': b\n",
        "tenant: a\nsubdomain: &x b\n",
        "tenant: a\nsubdomain: 'b\n",
        "tenant: a\nsubdomain: b c\n",
        "tenant: a\nsubdomain: B\n",
        "tenant: a\rsubdomain: b\r",
    ],
)
def test_what_could_be_read_in_two_ways_is_left_to_the_whole_reading(written: str) -> None:
    assert claim_at_a_glance(written.encode(), "x") is None


# ---- how much


def test_a_tenant_with_the_place_of_every_rule_takes_at_most_60_kilobytes() -> None:
    for path in TENANTS:
        raw = path.read_bytes()
        check_text(raw, "x")
        tracemalloc.start()
        try:
            tenants = [check_text(bytes(raw), "x").tenant for _ in range(20)]
            gc.collect()
            each = tracemalloc.get_traced_memory()[0] / 20
        finally:
            tracemalloc.stop()
        assert all(tenants) and each < 60_000, f"{path.name}: {each / 1000:.0f} kB"


def test_a_file_that_nobody_visits_takes_less_than_two_kilobytes(tmp_path: Path) -> None:
    street = Street(tmp_path, 300)
    street.finish(street.start())
    tracemalloc.start()
    try:
        registry = street.start()
        street.finish(registry)
        gc.collect()
        each = tracemalloc.get_traced_memory()[0] / 300
    finally:
        tracemalloc.stop()
    assert len(registry.snapshot.by_subdomain) == 300 and each < 2_000, f"{each:.0f} bytes"


def test_files_that_cannot_be_read_are_no_problem_of_the_others(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def refuse(self: Path, *arguments: Any, **options: Any) -> Any:
        if self.name == name(LAST):
            raise PermissionError(13, os.strerror(13))
        return real(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    registry = street.start()
    assert state(registry, LAST).broken and len(registry.snapshot.by_subdomain) == MANY - 1
    monkeypatch.undo()
    settle(registry)
    assert not state(registry, LAST).broken and len(registry.snapshot.by_subdomain) == MANY
