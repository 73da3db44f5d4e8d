"""`plan`, `diff` and `replay` on the command line: in words, as data, and what they cannot do."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import pytest

from spelregel import cli
from tests.cli.test_commands import FANTAZIEHUIS, ROEF, run
from tests.conftest import ROOT

KEIZER, QUADRANT = (str(ROOT / "tenants" / f"{name}.yaml") for name in ("langekeizer", "quadrant"))
ON = "2026-11-24"


@pytest.fixture
def later(tmp_path: Path) -> str:
    """Half an hour more; its own examples fail."""
    path = tmp_path / "later.yaml"
    text = Path(FANTAZIEHUIS).read_text("utf-8")
    path.write_text(text.replace("notice: 2 days, before 09:30", "notice: 2 days, before 10:00"), "utf-8")
    assert run("check", str(path)).exit_code == 1
    return str(path)


# plan


def flips(*arguments: str, language: str = "en") -> list[dict[str, Any]]:
    result = run("plan", *arguments, "--on", ON, "--json", language=language)
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    assert set(data) == {"flips"}
    found: list[dict[str, Any]] = data["flips"]
    return found


def test_a_plan_says_what_flips_although_the_examples_of_the_new_version_fail(later: str) -> None:
    dutch = run("plan", FANTAZIEHUIS, later, "--on", ON, language="nl")
    assert dutch.exit_code == 0
    assert dutch.output.startswith("Tegoed voor een afmelding, dagopvang: in ")
    assert "  earns nothing: too_late → earns 5 ruiluren\n  {absence: 2026-12-17 08:00-13:00, reported: 2026-12-15 09:59, care_type: kdv, by: parent}\n" in dutch.output  # fmt: skip
    assert "  Eerst: Afmelden kan. Je krijgt hier geen ruiluren voor: dat kon tot dinsdag 15 december 09.30 uur.\n" in dutch.output  # fmt: skip
    assert "  Straks: Afmelden kan. Je krijgt er 5 ruiluren voor, zonder einddatum.\n" in dutch.output
    assert re.search(r"^6 verschillen, gevonden in [\d.]+ situaties\.$", dutch.output, re.MULTILINE)


def test_a_plan_as_data_has_an_instance_that_decide_answers_as_it_says(later: str) -> None:
    found = flips(FANTAZIEHUIS, later)
    assert len(found) == 6
    for flip in found:
        assert set(flip) == {"decision", "care_type", "from", "to", "count", "of", "instance", "sentence"}
        before = json.loads(run("decide", FANTAZIEHUIS, json.dumps(flip["instance"]), "--json").output)
        assert flip["from"] == f"earns nothing: {before['steps'][before['decided_by']]['reason']}"
        assert flip["sentence"].count("situations") == 1 and "Before: " in flip["sentence"]
    assert "situaties" in flips(FANTAZIEHUIS, later, language="nl")[0]["sentence"]


def test_the_case_that_is_printed_can_be_handed_to_decide(later: str) -> None:
    output = run("plan", FANTAZIEHUIS, later, "--on", ON).output
    cases = [line.strip() for line in output.splitlines() if line.startswith("  {")]
    assert len(cases) == 6
    for case in cases:
        assert run("decide", FANTAZIEHUIS, case).exit_code == 0, case


def test_two_versions_that_decide_alike_have_no_flips(tmp_path: Path) -> None:
    same = tmp_path / "same.yaml"
    same.write_text("# a line more\n" + Path(ROEF).read_text("utf-8"), "utf-8")
    assert flips(ROEF, str(same)) == []
    output = run("plan", ROEF, str(same), "--on", ON, language="nl").output
    assert output == "De twee zeggen overal hetzelfde: er komt niets anders uit.\n"


def test_what_has_only_another_reason_comes_last_and_takes_less_room(later: str) -> None:
    outcomes, _, reasons = run("plan", FANTAZIEHUIS, later, "--on", ON).output.partition(
        "\nThe same answer for another reason\n----------------------------------\n"
    )
    assert "earns nothing: too_late → earns 5 ruiluren" in outcomes and outcomes.count("  After: ") == outcomes.count(
        " → "
    )
    assert "earns nothing: too_late → earns nothing: on_excluded_day" in reasons and "After: " not in reasons
    listed = [flip["from"].split(":")[0] == flip["to"].split(":")[0] for flip in flips(FANTAZIEHUIS, later)]
    assert listed == sorted(listed) and set(listed) == {False, True}


@pytest.mark.parametrize(("terminal", "shows"), [(True, True), (False, False)])
def test_a_terminal_that_waits_sees_how_far_it_is(
    terminal: bool, shows: bool, later: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every look at the clock is a second later; nothing is left on the line at the end."""
    seconds = count()
    monkeypatch.setattr(cli.time, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    with cli._Meanwhile() as meanwhile:
        for cases in (10, 2000, 3000):
            meanwhile.asked(cases)
    said = capsys.readouterr().err
    assert ("Situations asked so far: 3,000" in said) is shows
    assert not shows or (said.endswith("\r") and said.split("\r")[-2].isspace())


def test_whoever_stops_a_plan_hears_how_far_it_came(later: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, meanwhile: Callable[[int], None]) -> NoReturn:
        meanwhile(1234)
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "plan", stopped)
    result = run("plan", FANTAZIEHUIS, later, language="nl")
    assert result.exit_code == 130
    assert "Gestopt. Situaties tot nu toe: 1.234" in result.output + result.stderr


def test_a_file_that_cannot_be_understood_is_refused_with_its_problems(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(Path(FANTAZIEHUIS).read_text("utf-8").replace("2 days, before 09:30", "2 dagen"), "utf-8")
    for command in ("plan", "diff"):
        result = run(command, FANTAZIEHUIS, str(wrong), language="nl")
        assert result.exit_code == 2
        assert "fout[S105]: onbekende eenheid “dagen”" in result.output
        gone = run(command, FANTAZIEHUIS, "gone.yaml", language="nl")
        assert (gone.exit_code, gone.output) == (2, "gone.yaml gaat niet open: dat bestand is er niet\n")


# diff


def differences(first: str, second: str, on: str = ON) -> dict[str, Any]:
    result = run("diff", first, second, "--on", on, "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    rows: dict[str, Any] = {}
    for row in data["differences"]:
        rows.setdefault(row["path"], []).append(row)
    return {**data, "rows": rows}


def test_two_organisations_are_compared_rule_by_rule_in_sentences() -> None:
    data = differences(FANTAZIEHUIS, KEIZER)
    (notice,) = data["rows"]["credits.ruiluren.earned_if.notice"]
    assert (notice["a"]["value"], notice["b"]["value"]) == ("2 days, before 09:30", "same day, before 07:30")
    assert notice["a"]["sentence"] == "“In time” means before 09:30, 2 days ahead."
    assert notice["b"]["path"] == "credits.tegoed.earned_if.notice", "credits that are earned alike are compared"
    (expected,) = data["rows"]["absence.expected"]
    assert expected["a"] is None and expected["b"]["sentence"].startswith("We expect your report")
    assert "absence.notice" not in data["rows"], "what is the same is not listed"
    assert data["same"] > 20 and data["a"]["name"] == "Fantaziehuis"


def test_what_only_one_organisation_has_is_listed_with_its_place() -> None:
    data = differences(QUADRANT, ROEF)
    (maximum,) = data["rows"]["credits.afwezigheidstegoed.earned_if.maximum"]
    assert maximum["b"] is None
    file, line = maximum["a"]["place"].rsplit(":", 1)
    assert "maximum: 100 hours" in Path(file).read_text("utf-8").splitlines()[int(line) - 1]
    assert "credits.bso_vakantie.usable_on" not in data["rows"], "the same rule under another name is the same"


def test_a_file_and_itself_have_no_differences() -> None:
    data = differences(QUADRANT, QUADRANT)
    assert data["differences"] == [] and data["same"] > 40


def test_a_difference_for_one_kind_of_care_says_for_which_and_a_dated_one_since_when(tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    text = Path(FANTAZIEHUIS).read_text("utf-8")
    extra = (
        "exceptions:\n  - for: {care_type: bso}\n    credits: {ruiluren: {earned_if: {notice: 24 hours}}}\n"
        "changes:\n  - from: 2027-03-01\n    absence: {notice: 1 hour}\n"
    )
    new.write_text(text.split("\nexamples:")[0] + "\n" + extra, "utf-8")
    before, after = differences(FANTAZIEHUIS, str(new)), differences(FANTAZIEHUIS, str(new), "2027-03-01")
    (notice,) = before["rows"]["credits.ruiluren.earned_if.notice"]
    assert notice["for"] == [{"care_type": "bso", "location": None}]
    assert "absence.notice" not in before["rows"] and after["rows"]["absence.notice"][0]["b"]["value"] == "1 hour"
    words = run("diff", FANTAZIEHUIS, str(new), "--on", ON, language="nl").output
    assert "credits.ruiluren.earned_if.notice  (buitenschoolse opvang)\n  A  2 days, before 09:30  [" in words


def test_what_holds_at_a_location_that_only_one_has_is_listed_for_that_location() -> None:
    data = differences(str(ROOT / "tests" / "tenancy" / "zonnebloem.yaml"), QUADRANT)
    (reasons,) = data["rows"]["absence.reasons"]
    assert reasons["b"] is None and reasons["a"]["value"] == "illness, other"
    assert {each["location"] for each in reasons["for"]} == {"kade"} and len(reasons["for"]) == 2


def test_a_comparison_in_words_speaks_the_readers_language() -> None:
    dutch = run("diff", FANTAZIEHUIS, ROEF, "--on", ON, language="nl").output
    assert dutch.startswith(f"A  Fantaziehuis  [{FANTAZIEHUIS}]\nB  Kindercentra de Roef  [{ROEF}]\n")
    assert (
        "     U krijgt dit voor de uren van uw vakantiecontract.\n" in dutch and "  A  niet in dit bestand\n" in dutch
    )
    assert re.search(r"\n\d+ regels zijn gelijk\.\n$", dutch)


# replay

CASE = {"absence": "2026-12-10 08:00-13:00", "reported": "2026-12-08 09:30"}
GOOD = json.dumps({"when": CASE, "then": {"earns": "nothing"}})
WRONG = json.dumps({"when": CASE, "then": {"earns": "5 ruiluren"}})


def test_a_log_that_comes_out_as_recorded_answers_0() -> None:
    result = run("replay", FANTAZIEHUIS, "-", stdin=f"{GOOD}\n{GOOD}\n", language="nl")
    assert (result.exit_code, result.output) == (0, "Beoordeelde regels: 2. Anders dan wat er vastgelegd is: 0.\n")


def test_a_log_that_differs_answers_1_and_says_how(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(f"{GOOD}\n{WRONG}\nnonsense\n{WRONG}\n", "utf-8")
    result = run("replay", FANTAZIEHUIS, str(log))
    assert result.exit_code == 1
    assert "line 3: this line is not JSON\n" in result.output
    assert (
        "2 × Credit for an absence: “earns” was 5 ruiluren and is now nothing\n"
        "    line 2: {absence: 2026-12-10 08:00-13:00, reported: 2026-12-08 09:30}\n"
    ) in result.output
    assert result.output.endswith("Lines judged: 3. Different from what was recorded: 2.\n")
    data = json.loads(run("replay", FANTAZIEHUIS, str(log), "--json").output)
    assert (data["lines"], data["differ"], data["unreadable"]) == (3, 2, [{"line": 3, "why": "this line is not JSON"}])
    assert data["kinds"] == [{"decision": "absence.credit", "differences": [{"answer": "earns", "recorded": "5 ruiluren", "now": "nothing"}],
                              "count": 2, "line": 2, "when": CASE}]  # fmt: skip


def test_a_log_that_cannot_be_read_answers_2(tmp_path: Path) -> None:
    gone = run("replay", FANTAZIEHUIS, str(tmp_path / "gone"), language="nl")
    assert (gone.exit_code, gone.output) == (2, f"{tmp_path / 'gone'} gaat niet open: dat bestand is er niet\n")
    folder = run("replay", FANTAZIEHUIS, str(tmp_path), language="nl")
    assert (folder.exit_code, folder.output) == (2, f"{tmp_path} gaat niet open: het is een map\n")
    many = run("replay", FANTAZIEHUIS, "-", stdin="nonsense\n" * 30)
    assert many.exit_code == 2 and many.output.count("this line is not JSON") == 20
    assert "10 more lines cannot be read\n" in many.output


def test_what_decide_prints_can_be_replayed() -> None:
    printed = run("decide", FANTAZIEHUIS, "-", stdin=json.dumps(CASE) + "\n").output
    assert run("replay", FANTAZIEHUIS, "-", stdin=printed).exit_code == 0
    assert run("replay", KEIZER, "-", stdin=printed).exit_code == 1
