"""What was found good before is not checked again; whatever else lies in the folder is ignored."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from spelregel.tenancy import kept_checks
from spelregel.tenancy.check import check_text, tenant_of
from spelregel.tenancy.kept_checks import KeptChecks, program
from spelregel.tenancy.schema_files import schemas_folder
from spelregel.tenancy.yaml_source import Source, read_yaml
from tests.conftest import TENANTS

GOOD = Path(__file__).parent / "zonnebloem.yaml"
FILE = "tenants/zonnebloem.yaml"


@pytest.fixture
def kept(tmp_path: Path) -> KeptChecks:
    found = KeptChecks(tmp_path / "cache", tmp_path / "tenants")
    raw = GOOD.read_bytes()
    found.keep(raw, check_text(raw, FILE).source)
    assert found.read(raw, FILE), "the control: without damage it is used"
    return found


def entries(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def without_examples(source: Source) -> Source:
    """They have been run, and nothing is built from them."""
    data = {key: value for key, value in source.data.items() if key != "examples"}
    keys = {path: span for path, span in source.keys.items() if path[0] != "examples"}
    values = {path: span for path, span in source.values.items() if path[:1] != ("examples",)}
    return replace(source, data=data, keys=keys, values=values)


@pytest.mark.parametrize("path", [GOOD, *TENANTS], ids=lambda path: path.stem)
def test_what_is_kept_gives_back_the_very_source_and_the_very_tenant(path: Path, tmp_path: Path) -> None:
    raw, kept = path.read_bytes(), KeptChecks(tmp_path, tmp_path)
    checked = check_text(raw, FILE)
    kept.keep(raw, checked.source)
    source = kept.read(raw, FILE)
    wanted = without_examples(checked.source)
    assert source == wanted and "examples" in checked.source.data
    assert list(source.keys) == list(wanted.keys) and list(source.values) == list(wanted.values)
    assert repr(tenant_of(source, raw)) == repr(checked.tenant)  # every value: rules themselves compare by identity


@pytest.mark.parametrize(
    "text",
    [
        "a:\nb: ~\nc: [1, [2, {d: x}], ‘é’]\ne: {}\nf: []\n",
        "\ufeffa: 1\r\nb:\r\n  c: 2.50\r\n",
        "a: |\n  two\n  lines\nb: 'it''s'\n",
    ],
)
def test_every_kind_of_value_comes_back_with_its_place(text: str, tmp_path: Path) -> None:
    raw, kept = text.encode(), KeptChecks(tmp_path, tmp_path)
    source = read_yaml(raw, FILE)
    assert source.problems == []
    kept.keep(raw, source)
    assert kept.read(raw, FILE) == source


def test_an_entry_of_another_program_version_is_not_used(kept: KeptChecks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_checks, "program", lambda: "of tomorrow")
    assert kept.read(GOOD.read_bytes(), FILE) is None


def test_the_program_is_another_one_when_a_schema_or_a_line_of_its_code_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied() -> str:
        program.cache_clear()
        return program()

    shutil.copytree(schemas_folder(), tmp_path / "schemas")
    for name in ("rules", "tenancy"):
        shutil.copytree(kept_checks._PROGRAM / name, tmp_path / name)
    before = copied()
    try:
        monkeypatch.setattr(kept_checks, "schemas_folder", lambda: tmp_path / "schemas")
        monkeypatch.setattr(kept_checks, "_PROGRAM", tmp_path)
        assert copied() == before, "the control: a copy is the same program"
        for path in ("schemas/credits.schema.json", "rules/absence.py", "tenancy/national/nl.yaml"):
            (tmp_path / path).write_bytes((tmp_path / path).read_bytes() + b"\n")
            after = copied()
            assert after != before, path
            before = after
    finally:
        program.cache_clear()


def test_an_entry_of_another_text_or_another_file_name_is_not_used(kept: KeptChecks, tmp_path: Path) -> None:
    raw = GOOD.read_bytes()
    assert kept.read(raw + b"# more\n", FILE) is None
    assert kept.read(raw, "tenants/other.yaml") is None
    assert KeptChecks(tmp_path / "cache", tmp_path / "elsewhere").read(raw, FILE) is None


def test_an_entry_put_in_the_place_of_another_is_not_used(kept: KeptChecks, tmp_path: Path) -> None:
    (first,) = entries(tmp_path)
    other = TENANTS[0].read_bytes()
    kept.keep(other, check_text(other, "tenants/other.yaml").source)
    (second,) = set(entries(tmp_path)) - {first}
    shutil.copy(second, first)
    assert kept.read(GOOD.read_bytes(), FILE) is None


def test_an_entry_that_is_cut_off_anywhere_is_ignored(kept: KeptChecks, tmp_path: Path) -> None:
    (path,) = entries(tmp_path)
    whole = path.read_bytes()
    for length in (0, 1, 60, 130, 131, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert kept.read(GOOD.read_bytes(), FILE) is None
    path.write_bytes(whole)
    assert kept.read(GOOD.read_bytes(), FILE)


def test_an_entry_with_one_changed_character_is_ignored(kept: KeptChecks, tmp_path: Path) -> None:
    (path,) = entries(tmp_path)
    whole = path.read_bytes()
    assert b'"24 hours"' in whole or b"days" in whole
    for at in (3, 80, len(whole) // 3, len(whole) - 4):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert kept.read(GOOD.read_bytes(), FILE) is None
    path.write_bytes(b"\xff\x00" * 500)
    assert kept.read(GOOD.read_bytes(), FILE) is None


def test_an_entry_with_fewer_or_more_places_than_data_is_ignored(kept: KeptChecks) -> None:
    raw = GOOD.read_bytes()
    source = without_examples(read_yaml(raw, FILE))
    data = json.loads(json.dumps(source.data))
    name, key = kept_checks._name_of(FILE), kept_checks._key(raw, FILE)
    count = len(kept_checks._places(source, source.data))
    for places in ([1] * count, [1] * (count - 3), [1] * (count + 3), [1] * (count + 1), "no numbers", None):
        kept._write(name, key, {"data": data, "places": places})
        assert (kept.read(raw, FILE) is not None) is (places == [1] * count)
    kept._write(name, key, ["something else"])
    assert kept.read(raw, FILE) is None


def test_who_reads_while_an_entry_is_replaced_finds_the_old_one_whole(
    kept: KeptChecks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", stopped)
    raw = GOOD.read_bytes() + b"# newer\n"
    kept.keep(raw, check_text(raw, FILE).source)
    assert kept.read(GOOD.read_bytes(), FILE) and kept.read(raw, FILE) is None


def test_a_newer_version_takes_the_place_of_the_older_and_a_file_that_is_gone_leaves_nothing(
    kept: KeptChecks, tmp_path: Path
) -> None:
    raw = GOOD.read_bytes() + b"# newer\n"
    kept.keep(raw, check_text(raw, FILE).source)
    assert len(entries(tmp_path)) == 1 and kept.read(raw, FILE)
    kept.forget(FILE)
    assert entries(tmp_path) == []


def test_a_folder_that_cannot_be_used_only_costs_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cache").write_text("a file, where a folder should be")
    kept, raw = KeptChecks(tmp_path / "cache", tmp_path), GOOD.read_bytes()
    for _ in range(3):
        kept.keep(raw, check_text(raw, FILE).source)
        assert kept.read(raw, FILE) is None and kept.index() == {}
    assert caplog.text.count("cannot be kept") == 1, "it is said once"


def test_the_folder_is_for_the_server_alone(kept: KeptChecks, tmp_path: Path) -> None:
    (inside,) = (tmp_path / "cache").iterdir()
    assert inside.stat().st_mode & 0o077 == 0
