"""`check --write-examples`: what a file lacks is added by position, is true, and is added once."""

from __future__ import annotations

import re
import stat
from datetime import date
from pathlib import Path

import pytest

from spelregel.tenancy.check import check_text
from spelregel.tenancy.example_writer import CannotBeWritten, with_examples
from spelregel.tenancy.whole_files import ChangedMeanwhile, replace_whole, write_new
from spelregel.tenancy.yaml_source import read_yaml
from spelregel.tenancy.yaml_text import as_yaml
from tests.conftest import ROOT, TENANTS

TODAY = date(2026, 12, 1)
STARTER = (ROOT / "docs" / "starter.yaml").read_text("utf-8")
EVERYTHING = (ROOT / "tests" / "words" / "everything.yaml").read_text("utf-8")
WITHOUT = STARTER[: STARTER.index("\nexamples:") + 1]
FILES = {path.stem: path.read_text("utf-8") for path in TENANTS} | {"starter": STARTER, "everything": EVERYTHING}
FILES |= {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "tests" / "organisations").glob("*.yaml"))}

#: Files without rarer rules, of which every limit can be told in a plain sentence.
PLAIN = {*(path.stem for path in TENANTS), "starter", "harbourhouse", "oeverzwaluw", "steigerhout"}


def without_examples(text: str) -> str:
    return re.sub(r"(?ms)^examples:\n(?:[ #\n].*?)?(?=^[a-z]|\Z)", "", text)


def written(text: str | bytes) -> tuple[str, list[str]]:
    """The new text, and the names of what was added to it."""
    raw = text if isinstance(text, bytes) else text.encode()
    found, added = with_examples(raw, check_text(raw, "x.yaml", TODAY))
    return found.decode(), [each.name for each in added]


def codes(text: str) -> set[str]:
    return {problem.code for problem in check_text(text.encode(), "x.yaml", TODAY).problems}


@pytest.mark.parametrize("name", FILES)
def test_every_limit_gets_its_two_examples_and_the_rest_of_the_file_stays(name: str) -> None:
    bare = without_examples(FILES[name])
    assert "W407" in codes(bare)
    text, names = written(bare)
    assert not codes(text) & {"W407", "X316", "X206"}
    assert len(names) >= 4 and len(set(names)) == len(names)
    assert text.startswith(bare.rstrip("\n")), "nothing else moves"
    if name in PLAIN:
        assert not [line for line in names if "limit of" in line], "the answer flips at each, and its name says how"


@pytest.mark.parametrize("name", FILES)
def test_a_second_time_nothing_is_added(name: str) -> None:
    once, _ = written(without_examples(FILES[name]))
    assert written(once) == (once, [])


def test_the_values_are_the_engines_and_the_names_say_so() -> None:
    text, _ = written(WITHOUT)
    block = text[len(WITHOUT) :]
    assert block.startswith("examples:\n  - name: A report of absence is taken until 07:59 on 10 December 2026\n")
    assert (
        "  - name: Reported until 11:59 on 9 December 2026, the absence earns credit\n"
        "    when: {absence: 2026-12-10 08:00-13:00, reported: 2026-12-09 11:59}\n"
        "    then: {accepted: true, earns: 5 tegoed, valid_until: 2027-02-10}\n"
    ) in block
    assert (
        "  - name: Reported at 12:00 on 9 December 2026, the absence earns no credit\n"
        "    when: {absence: 2026-12-10 08:00-13:00, reported: 2026-12-09 12:00}\n"
        "    then: {accepted: true, earns: nothing, reason: too_late}\n"
    ) in block


def test_only_the_side_that_is_missing_is_added() -> None:
    text = STARTER.replace("reported: 2026-12-09 12:00}", "reported: 2026-12-09 12:01}")
    assert "W407" in codes(text)
    assert written(text)[1] == ["Reported at 12:00 on 9 December 2026, the absence earns no credit"]


def test_examples_go_behind_the_last_one_and_before_what_follows() -> None:
    last = WITHOUT.index("to_confirm:")
    one = "examples:\n    # by hand\n    - name: By hand\n      when: {absence: 2026-12-10 08:00-13:00, reported: 2026-12-01 12:00}\n      then: {accepted: true}\n      # and this\n"
    tail = "\n# About the questions.\n" + WITHOUT[last:]
    text, names = written(WITHOUT[:last] + one + tail)
    assert len(names) == 6
    assert text.startswith(WITHOUT[:last] + one + "    - name: A report of absence is taken"), "in the same column"
    assert text.endswith(tail)


@pytest.mark.parametrize(
    ("examples", "start"),
    [
        ("examples: []\n", "examples:\n  - name: "),
        ("examples: [ ]  # none yet\n", "examples:  # none yet\n  - name: "),
        ("# end\n", "# end\n\nexamples:\n  - name: "),
        ("", "\nexamples:\n  - name: "),
    ],
)
def test_a_file_without_examples_gets_the_block(examples: str, start: str) -> None:
    text, names = written(WITHOUT.rstrip("\n") + ("\n" + examples if examples else ""))
    assert len(names) == 6
    assert text[len(WITHOUT.rstrip("\n")) + 1 :].startswith(start)


def test_windows_line_ends_and_a_mark_at_the_start_stay() -> None:
    raw = b"\xef\xbb\xbf" + WITHOUT.replace("\n", "\r\n").encode()
    found, added = with_examples(raw, check_text(raw, "x.yaml", TODAY))
    assert len(added) == 6 and found.startswith(raw)
    assert found.count(b"\n") == found.count(b"\r\n")


@pytest.mark.parametrize("text", [STARTER.replace("notice: 1 day, before 12:00", "notice: 1 dag"), STARTER.replace("earns: 5 tegoed", "earns: 4 tegoed"), "", "nonsense"])  # fmt: skip
def test_a_file_with_errors_is_not_touched(text: str) -> None:
    assert written(text) == (text, [])


def test_a_list_in_brackets_is_refused_with_what_to_do() -> None:
    one = "examples: [{name: One, when: {absence: 2026-12-10 08:00-13:00, reported: 2026-12-01 12:00}, then: {accepted: true}}]\n"
    with pytest.raises(CannotBeWritten, match="below each other"):
        written(WITHOUT + one)


def test_a_rule_for_some_is_shown_for_them() -> None:
    more = (
        "exceptions:\n"
        "  - for: {care_type: bso}\n    absence: {notice: 3 days}\n"
        "  - for: {age: under 1 year}\n    absence: {notice: 4 days}\n"
        "  - for: {season: school holidays}\n    absence: {notice: 5 days}\n"
        "changes:\n"
        "  - from: 2027-09-01\n    absence: {withdraw: {notice: 2 days}}\n"
        "  - from: 2028-02-01\n    holds_for: new contracts\n    absence: {withdraw: {notice: 6 days}}\n"
    )
    text, names = written(WITHOUT + more)
    assert not codes(text) & {"W407", "X316"}
    assert "At 00:00 on 8 December 2026 it is too late to report the absence, for bso" in names
    assert "born: 2026-01-11" in text or re.search(r"reported: 2026-12-06 23:59, born: 202[56]-", text)
    assert "contract_started: 2028-02-01" in text
    assert re.search(r"asked: 2027-09-\d\d 23:59", text), "in the version that starts in September"


def test_a_rule_that_a_change_has_replaced_is_shown_in_its_own_days() -> None:
    text, _ = written(WITHOUT + "changes:\n  - from: 2026-11-01\n    absence: {notice: 3 days}\n")
    assert "W407" not in codes(text)
    assert re.search(r"reported: 2026-10-\d\d 07:59}", text)


# On disk


def test_the_file_is_replaced_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    file, link = tmp_path / "a.yaml", tmp_path / "b.yaml"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    replace_whole(link, b"new", b"old")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode), link.is_symlink()) == (b"new", 0o640, True)
    with pytest.raises(ChangedMeanwhile):
        replace_whole(file, b"newer", b"old")
    assert file.read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} == {"a.yaml", "b.yaml"}, "nothing is left behind"


def test_a_new_file_never_replaces_another_unasked(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    write_new(file, b"one", force=False)
    with pytest.raises(FileExistsError):
        write_new(file, b"two", force=False)
    assert file.read_bytes() == b"one"
    write_new(file, b"three", force=True)
    assert file.read_bytes() == b"three" and [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


TEXTS = ["Kinderopvang Zon", "Zon & Maan", "yes", "Null", "a: b", "a #b", "1 dag", "- x", "it's", '"Zon"', "a, b", "[x]", "{x}", "a\\b", "€ 5", "Zon:", "Zon ", " Zon", "?", "*", "é", "a\tb", "x  y", "100%", "@zon", "Van ’t Hof", "true", "12:30", "Om 12:30 dicht", "a,", "b, c: d"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    found = read_yaml(
        f"a: {as_yaml(text, alone=True)}\nb: [{as_yaml(text)}]\nc: {{d: {as_yaml(text)}}}\n".encode(), "x"
    )
    assert not found.problems
    assert found.data == {"a": text, "b": [text], "c": {"d": text}}
