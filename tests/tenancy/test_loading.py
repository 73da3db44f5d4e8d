"""Reading: what a scalar is, what is refused, which layer a value comes from, and the JSON of `check`."""

from __future__ import annotations

import itertools
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from spelregel.cli import main
from spelregel.rules.phrases import PARSERS, PhraseError
from spelregel.rules.rulebook import Situation
from spelregel.tenancy.check import check_text
from spelregel.tenancy.layers import Layers, Leaf
from spelregel.tenancy.schema_check import schema_of
from spelregel.tenancy.yaml_source import MAX_BYTES, MAX_DEPTH, MAX_NODES, Source, read_yaml
from tests.conftest import tenant_from

GOOD = Path(__file__).parent / "zonnebloem.yaml"


def read(text: str) -> Source:
    return read_yaml(text.encode(), "test.yaml")


def codes(source: Source) -> list[str]:
    return [problem.code for problem in source.problems]


def good_with(*edits: tuple[str, str]) -> str:
    text = GOOD.read_text("utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


# ---- scalars


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7:30", "7:30"),
        ("07:30", "07:30"),
        ("10:00", "10:00"),
        ("17:30", "17:30"),
        ("24:00", "24:00"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("nl", "nl"),
        ("True", "True"),
        ("2027-02-07", "2027-02-07"),
        ("2027-02-30", "2027-02-30"),
        ("010", "010"),
        ("0182689896", "0182689896"),
        ("1e3", "1e3"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        (".5", ".5"),
        ("+31", "+31"),
        ("'true'", "true"),
        ('"12"', "12"),
        ("1234567890123", "1234567890123"),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("12", 12),
        ("-3", -3),
        ("4.5", 4.5),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_a_scalar_is_what_a_planner_means(written: str, value: Any) -> None:
    source = read(f"key: {written}")
    assert source.problems == []
    assert source.data["key"] == value
    assert type(source.data["key"]) is type(value)


def test_a_key_is_text_whatever_it_looks_like() -> None:
    assert list(read("on: 1\n2027: 2\nno: 3\n010: 4").data) == ["on", "2027", "no", "010"]


def test_every_key_and_value_has_its_line_and_column() -> None:
    source = read("look:\n  colours: {accent: '#123456', ink: dark}\nlist:\n  - een\n  - [a, b]\n")
    spans = {path: (span.line, span.column, span.end) for path, span in source.values.items()}
    assert spans[("look", "colours", "accent")] == (2, 21, 30)
    assert spans[("list", 0)] == (4, 5, 8)
    assert spans[("list", 1)] == (5, 5, 11), "the whole list, brackets included"
    assert spans[("look", "colours")] == (2, 12, 42), "the whole block, braces included"
    assert (source.keys[("look", "colours", "ink")].column, source.keys[("look", "colours", "ink")].end) == (32, 35)


def test_an_empty_value_is_pointed_at_by_its_key() -> None:
    source = read("absence:\n  notice:\n  confirm: true\n")
    span = source.place(("absence", "notice"))
    assert source.line(span.line)[span.column - 1 : span.end - 1] == "notice"


def test_the_place_of_what_is_missing_is_the_nearest_block_around_it() -> None:
    span = read("absence:\n  notice: 1 day\n").place(("absence", "withdraw", "by"))
    assert (span.line, span.column, span.end) == (1, 1, 8)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028"])
def test_a_line_is_counted_the_same_for_the_place_and_for_the_text(line_end: str) -> None:
    problem = read(f"a: 1{line_end}b: 2{line_end}a: 3{line_end}").problems[0]
    assert (problem.span.line, problem.source) == (3, "a: 3")


# ---- what is refused


def test_a_doubled_key_shows_both_lines_and_keeps_the_first() -> None:
    source = read("absence:\n  notice: 1 day\n  confirm: true\n  notice: 2 days\n")
    (problem,) = source.problems
    assert (problem.code, problem.span.line) == ("Y003", 4)
    assert problem.second
    assert (problem.second.span.line, problem.second.source) == (2, "  notice: 1 day")
    assert source.data["absence"]["notice"] == "1 day"


def test_every_doubled_key_of_a_file_is_reported() -> None:
    assert codes(read("a: 1\nb: 1\na: 2\nc: {d: 1, d: 2}\nb: 3\n")) == ["Y003", "Y003", "Y003"]


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x", "a: &x {b: 1}", "a: [&x b, *x]", "a:\n  <<: b"])
def test_anchors_aliases_and_merge_keys_are_refused(text: str) -> None:
    assert codes(read(text)) == ["Y005"]


@pytest.mark.parametrize(
    "text", ["a: !!str 1", "a: !!python/name:os.system", "a: !own {b: 1}", "a: !!set {b}", "a: ! b"]
)
def test_tags_are_refused(text: str) -> None:
    assert codes(read(text)) == ["Y006"]


def test_an_alias_bomb_is_stopped_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x, x]\n" + "".join(
        f"{new}: &{new} [*{old}, *{old}]\n" for old, new in itertools.pairwise("abcdefgh")
    )
    assert [(problem.code, problem.span.line) for problem in read(bomb).problems] == [("Y005", 1)]


def test_the_file_may_have_256_kibibytes_and_no_byte_more() -> None:
    head = "a: 1\n#"
    assert read(head + "x" * (MAX_BYTES - len(head))).data == {"a": 1}
    assert codes(read(head + "x" * (MAX_BYTES - len(head) + 1))) == ["Y007"]
    assert MAX_BYTES == 256 * 1024


def test_the_file_may_hold_twenty_thousand_values_and_not_one_more() -> None:
    assert MAX_NODES == 20_000
    both = 2  # the block and the list themselves
    assert len(read("a:\n" + "- x\n" * (MAX_NODES - both)).data["a"]) == MAX_NODES - both
    assert codes(read("a:\n" + "- x\n" * (MAX_NODES - both + 1))) == ["Y007"]


def test_the_file_may_be_twelve_deep_and_not_one_deeper() -> None:
    assert MAX_DEPTH == 12
    inside = MAX_DEPTH - 2  # the block of the file, and the value in the innermost list
    assert read("a: " + "[" * inside + "x" + "]" * inside).problems == []
    assert codes(read("a: " + "[" * (inside + 1) + "x" + "]" * (inside + 1))) == ["Y001"]
    assert codes(read("[" * 100_000)) == ["Y001"], "and nothing gives way before it is stopped"


def test_one_file_is_one_document() -> None:
    assert read("---\na: 1\n").data == {"a": 1}
    assert codes(read("a: 1\n---\nb: 2\n")) == ["Y010"]


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert read_yaml(b"\xef\xbb\xbfformat: 1\n", "test.yaml").data == {"format": 1}


def test_a_control_character_never_reaches_the_terminal() -> None:
    problem = read("name: \x1b[31mrood\n").problems[0]
    assert problem.code == "Y008"
    assert "\x1b" not in problem.source


def test_what_cannot_be_read_has_no_data_and_a_place() -> None:
    for text in (
        "",
        "\n\n",
        "# only a comment",
        "a: [",
        "a: 'b",
        "\ta: 1",
        "- a",
        "{",
        "a: b: c",
        "a\n b: c",
        "%",
        "'",
        "--- |",
    ):
        source = read(text)
        assert source.data is None, text
        assert source.problems, text
        assert all(problem.span.line >= 1 and problem.span.column >= 1 for problem in source.problems), text


def test_a_phrase_that_the_schema_lets_through_is_one_that_the_parser_reads() -> None:
    """The editor asks the schema, the program asks the parser: they may not drift apart."""
    words = ["none", "before start", "same day", "unlimited", "calendar year", "1", "2", "0", "999", "1000", "1.5", "hour", "hours", "day",
             "days", "workdays", "week", "months", "year", "years", "daypart", "dayparts", ", before 09:30", ", before 9:30", "\n"]  # fmt: skip
    phrases = {
        " ".join(each).replace(" ,", ",").replace(" \n", "\n")
        for n in (1, 2, 3)
        for each in itertools.product(words, repeat=n)
    }
    for kind, path in {
        "notice": ("absence", "notice"),
        "validity": ("credits", "any", "valid"),
        "worth": ("credits", "any", "worth"),
        "amount": ("credits", "any", "earned_if", "maximum"),
        "age": ("diary", "until_age"),
    }.items():
        schema = schema_of(path)
        assert schema["x-kind"] == kind
        pattern = re.compile(schema["pattern"])
        accepted = {phrase for phrase in phrases if pattern.fullmatch(phrase)}
        assert accepted
        for phrase in phrases:
            try:
                PARSERS[kind](phrase)
                reads = True
            except PhraseError:
                reads = False
            assert reads == (phrase in accepted), f"{kind}: {phrase!r}"


# ---- layers


def layers_of(text: str) -> Layers:
    checked = check_text(text.encode(), "test.yaml")
    assert checked.layers, [str(problem.message) for problem in checked.problems]
    return checked.layers


def leaf(
    layers: Layers, path: str, on: date | None = None, care_type: str | None = None, location: str | None = None
) -> Leaf:
    found: Any = layers.effective(on, Situation(care_type, location))
    for part in path.split("."):
        found = found[part]
    assert isinstance(found, Leaf)
    return found


FEBRUARY = date(2027, 2, 7)


def test_a_value_of_the_country_comes_from_the_defaults() -> None:
    found = leaf(layers_of(good_with()), "calendar.country")
    assert (found.value, found.ref.layer, found.ref.file, found.ref.since) == (
        "nl",
        "defaults",
        "national/nl.yaml",
        None,
    )
    assert found.ref.line > 1


def test_a_value_of_the_organisation_knows_its_own_line_and_column() -> None:
    text = good_with()
    ref = leaf(layers_of(text), "credits.zonuren.earned_if.notice").ref
    assert (ref.layer, ref.file, ref.since) == ("tenant", "test.yaml", None)
    assert ref.path == "credits.zonuren.earned_if.notice"
    assert text.splitlines()[ref.line - 1][ref.column - 1 :] == "2 days, before 09:30"


def test_the_organisation_wins_from_the_defaults() -> None:
    found = leaf(
        layers_of(good_with(("  school_holidays: midden", "  school_holidays: midden\n  country: nl"))),
        "calendar.country",
    )
    assert found.ref.layer == "tenant"


def test_a_change_holds_from_its_first_day_and_says_since_when() -> None:
    layers = layers_of(good_with())
    before = leaf(layers, "credits.zonuren.valid", date(2027, 2, 6))
    after = leaf(layers, "credits.zonuren.valid", FEBRUARY)
    assert (before.value, before.ref.layer, before.ref.since) == ("6 months", "tenant", None)
    assert (after.value, after.ref.layer, after.ref.since) == ("12 months", "change", FEBRUARY)
    assert after.ref.path == "credits.zonuren.valid", "the rule's own path, not its place among the changes"


def test_a_change_replaces_one_key_and_leaves_its_neighbours() -> None:
    layers = layers_of(good_with())
    assert leaf(layers, "credits.zonuren.worth", FEBRUARY).ref.layer == "tenant"


def test_a_list_is_replaced_whole() -> None:
    layers = layers_of(good_with())
    assert leaf(layers, "absence.reasons", location="kade").value == ["illness", "other"]
    assert leaf(layers, "absence.reasons", location="tuinstraat").value == ["illness", "holiday", "other"]


def test_an_exception_wins_from_a_change_and_holds_only_for_its_location() -> None:
    layers = layers_of(
        good_with(("        valid: 12 months", "        valid: 12 months\n    absence:\n      reasons: [illness]"))
    )
    assert leaf(layers, "absence.reasons", FEBRUARY, location="kade").ref.layer == "exception"
    assert leaf(layers, "absence.reasons", FEBRUARY, location="tuinstraat").ref.layer == "change"
    assert leaf(layers, "absence.reasons", FEBRUARY).ref.layer == "change"


def exceptions(*rows: str) -> str:
    text = good_with()
    start, end = text.index("exceptions:\n"), text.index("quotes:\n")
    return f"{text[:start]}exceptions:\n" + "".join(f"  - {row}\n" for row in rows) + "\n" + text[end:]


def test_the_exception_that_names_more_wins_and_the_kind_of_care_wins_from_the_location() -> None:
    both = "{for: {location: kade, care_type: bso}, absence: {reasons: [other]}}"
    kind = "{for: {care_type: bso}, absence: {reasons: [illness, other]}}"
    place = "{for: {location: kade}, absence: {reasons: [illness]}}"
    for rows in itertools.permutations([both, kind, place]):  # their order in the file says nothing
        layers = layers_of(exceptions(*rows))
        assert leaf(layers, "absence.reasons", None, "bso", "kade").value == ["other"]
        assert leaf(layers, "absence.reasons", None, "bso", "tuinstraat").value == ["illness", "other"]
        assert leaf(layers, "absence.reasons", None, "kdv", "kade").value == ["illness"]
    layers = layers_of(exceptions(kind, place))
    assert leaf(layers, "absence.reasons", None, "bso", "kade").value == ["illness", "other"]


def test_of_two_exceptions_for_one_subject_the_one_that_started_last_wins() -> None:
    later = "{for: {location: kade}, from: 2027-03-01, absence: {reasons: [other]}}"
    always = "{for: {location: kade}, absence: {reasons: [illness]}}"
    for rows in ([later, always], [always, later]):
        layers = layers_of(exceptions(*rows))
        assert leaf(layers, "absence.reasons", date(2027, 2, 28), location="kade").value == ["illness"]
        found = leaf(layers, "absence.reasons", date(2027, 3, 1), location="kade")
        assert (found.value, found.ref.since) == (["other"], date(2027, 3, 1))


def test_an_empty_block_in_a_change_changes_nothing() -> None:
    layers = layers_of(
        good_with(("        valid: 12 months", "        valid: 12 months\n    absence: {}\n    calendar: {}"))
    )
    assert leaf(layers, "absence.notice", FEBRUARY).value == "before start"


def test_a_version_starts_with_every_change_and_every_dated_exception() -> None:
    text = exceptions("{for: {location: kade}, from: 2027-03-01, absence: {reasons: [other]}}")
    assert layers_of(text).starts() == [None, FEBRUARY, date(2027, 3, 1)]


def test_a_new_name_in_one_language_leaves_the_other_as_it_was() -> None:
    renamed = tenant_from(good_with(("        valid: 12 months", "        name: {nl: {label: zonnige uren}}")))
    assert renamed.credit_name("zonuren", "nl").label == "zonnige uren"
    assert renamed.credit_name("zonuren", "nl").one == "zonuur"
    assert renamed.credit_name("zonuren", "en").label == "sun hours"


# ---- check --json


def run_check(*paths: object) -> Result:
    return CliRunner().invoke(
        main, ["check", "--json", *map(str, paths)], env={"LC_ALL": "C.UTF-8", "LC_MESSAGES": "", "LANG": ""}
    )


def problems_of(result: Result) -> list[dict[str, Any]]:
    data = json.loads(result.output)
    assert set(data) == {"problems"}
    for problem in data["problems"]:
        assert set(problem) == {"severity", "code", "file", "line", "column", "message", "help", "source", "second"}
        assert problem["severity"] in ("error", "warning")
        assert problem["line"] >= 1
        assert problem["column"] >= 1
        assert problem["second"] is None or set(problem["second"]) == {"file", "line"}
    return list(data["problems"])


def test_a_good_file_gives_no_problems_and_exit_code_0() -> None:
    result = run_check(GOOD)
    assert (problems_of(result), result.exit_code) == ([], 0)


def test_a_warning_alone_keeps_exit_code_0(tmp_path: Path) -> None:
    path = tmp_path / "zonnebloem.yaml"
    path.write_text(good_with(("quotes:\n", "to_confirm:\n  absence.notice: Not on the page.\n\nquotes:\n")), "utf-8")
    result = run_check(path)
    assert [(each["severity"], each["code"]) for each in problems_of(result)] == [("warning", "W408")]
    assert result.exit_code == 0


def test_an_error_gives_exit_code_1_and_says_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "zonnebloem.yaml"
    path.write_text(good_with(("      notice: 2 days, before 09:30", "      notice: 2 dagen, before 09:30")), "utf-8")
    result = run_check(path)
    (problem,) = problems_of(result)
    assert result.exit_code == 1
    assert problem["source"] == "      notice: 2 dagen, before 09:30"
    assert problem["source"][problem["column"] - 1 :].startswith("dagen")
    assert (problem["code"], problem["file"], problem["second"]) == ("S105", str(path), None)
    assert "days" in problem["help"]


def test_the_other_side_of_a_contradiction_has_its_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "zonnebloem.yaml"
    path.write_text(good_with(("  confirm: true", "  confirm: true\n  notice: 1 day")), "utf-8")
    (problem,) = problems_of(run_check(path))
    lines = path.read_text("utf-8").splitlines()
    assert problem["second"] == {"file": str(path), "line": lines.index("  notice: before start") + 1}


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"", "Y009"), (b"\x89PNG\r\n\x00", "Y008"), (b"#" * (MAX_BYTES + 1), "Y007"), (None, "Y011")],
    ids=["empty", "binary", "too large", "missing"],
)
def test_a_file_that_is_no_file_of_rules_has_a_line_too(tmp_path: Path, raw: bytes | None, code: str) -> None:
    path = tmp_path / "zonnebloem.yaml"
    if raw is not None:
        path.write_bytes(raw)
    result = run_check(path)
    assert [(each["code"], each["line"]) for each in problems_of(result)] == [(code, 1)]
    assert result.exit_code == 1


def test_a_folder_is_checked_as_all_of_its_files_and_an_address_is_for_one_of_them(tmp_path: Path) -> None:
    (tmp_path / "zonnebloem.yaml").write_bytes(GOOD.read_bytes())
    (tmp_path / "zonnetje.yaml").write_bytes(GOOD.read_bytes())
    (tmp_path / "notes.txt").write_text("no rules")
    result = run_check(tmp_path)
    found = problems_of(result)
    assert {each["code"] for each in found} == {"X314"}
    assert {Path(each["file"]).name for each in found} == {"zonnetje.yaml"}
    assert {Path(each["second"]["file"]).name for each in found} == {"zonnebloem.yaml"}
    assert result.exit_code == 1


def test_files_and_folders_can_be_named_together(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_bytes(b"")
    missing = tmp_path / "missing.yaml"
    result = run_check(GOOD, tmp_path, missing)
    assert sorted(each["code"] for each in problems_of(result)) == ["Y009", "Y011"]
    assert result.exit_code == 1
