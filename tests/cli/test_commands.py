"""The command line in both languages: help with an example, one sentence for a wrong argument, data for programs."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from spelregel.cli import main
from spelregel.words.command_line import Command
from tests.conftest import ROOT

LOCALES = {"nl": "nl_NL.UTF-8", "en": "en_GB.UTF-8"}
FANTAZIEHUIS, ROEF = str(ROOT / "tenants" / "fantaziehuis.yaml"), str(ROOT / "tenants" / "deroef.yaml")
COMMANDS = sorted(main.commands)


def all_commands(
    group: click.Group = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every page of help there is: (what one types, the command)."""
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))
        else:
            yield (*path, name), command


PAGES = dict(all_commands())


def run(*arguments: str, language: str = "en", stdin: str | bytes | None = None) -> Result:
    environment = {"LC_ALL": LOCALES[language], "LC_MESSAGES": None, "LANG": None, "NO_COLOR": "1"}
    return CliRunner().invoke(main, list(arguments), input=stdin, env=environment, prog_name="spelregel")


# Help


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("path", PAGES, ids=" ".join)
def test_every_help_page_has_an_example_in_its_language(path: tuple[str, ...], language: str) -> None:
    result = run(*path, "--help", language=language)
    assert result.exit_code == 0
    words = {"nl": ("Gebruik: ", "Opties:", "Voorbeeld:", "Toont deze pagina."), "en": ("Usage: ", "Options:", "Example:", "Show this page.")}  # fmt: skip
    for word in words[language]:
        assert word in result.output
    typed = " ".join(("spelregel", *path))
    assert re.search(rf"(?:Example|Voorbeeld):\n  (?:[A-Z_]+=\S+ )*{typed}\b.*\n", result.output), result.output


@pytest.mark.parametrize("path", PAGES, ids=" ".join)
def test_a_dutch_help_page_has_no_english_on_it(path: tuple[str, ...]) -> None:
    """Everything but the names of commands and options and the example, which are typed as they stand."""
    page = run(*path, "--help", language="nl").output.split("\nVoorbeeld:")[0]
    english = run(*path, "--help").output.split("\nExample:")[0]
    words = re.compile(
        r"\b(the|and|when|show|this|each|with|usage|options|command|args|text|file|time)\b", re.IGNORECASE
    )
    typed = re.compile(rf"--?[\w-]+|^  [a-z]+(?=  )|\[nl\|en\]|spelregel {' '.join(path)}", re.MULTILINE)
    assert words.search(typed.sub("", english)), "the check can fail"
    assert not words.findall(typed.sub("", page)), page


def test_every_command_speaks_the_readers_language() -> None:
    """A plain click.command would write its page in English."""
    assert {path for path, command in PAGES.items() if not isinstance(command, Command)} == set()


def test_every_option_says_what_it_is_for() -> None:
    for path, command in PAGES.items():
        for param in command.params:
            if isinstance(param, click.Option):
                assert param.help and param.help.endswith("."), f"{path} {param.opts}"


@pytest.mark.parametrize(
    "path", [path for path, command in PAGES.items() if not isinstance(command, click.Group)], ids=" ".join
)
def test_the_example_of_a_help_page_can_be_typed(path: tuple[str, ...]) -> None:
    """Its words belong to the command: no option is misspelt, nothing is missing."""
    example = run(*path, "--help").output.split("Example:\n  ")[1].splitlines()[0]
    typed = [word for word in shlex.split(example) if not re.match("[A-Z_]+=", word)]
    assert typed[: len(path) + 1] == ["spelregel", *path]
    PAGES[path].make_context(path[-1], typed[len(path) + 1 :])


def test_the_first_page_names_every_command_with_one_sentence() -> None:
    lines = {language: run("--help", language=language).output for language in LOCALES}
    for command in COMMANDS:
        for page in lines.values():
            assert re.search(rf"^  {command} +\S", page, re.MULTILINE), command
    assert "Controleert bestanden, of elk *.yaml in een map." in lines["nl"]


def test_the_locale_is_read_in_the_order_of_posix() -> None:
    environments = [
        ({"LC_ALL": None, "LC_MESSAGES": None, "LANG": "nl_NL.UTF-8"}, "Gebruik"),
        ({"LC_ALL": None, "LC_MESSAGES": "en_GB.UTF-8", "LANG": "nl_NL.UTF-8"}, "Usage"),
        ({"LC_ALL": "nl_NL.UTF-8", "LC_MESSAGES": "en_GB.UTF-8", "LANG": "en_GB.UTF-8"}, "Gebruik"),
        ({"LC_ALL": None, "LC_MESSAGES": None, "LANG": None}, "Usage"),
    ]
    for environment, word in environments:
        assert CliRunner().invoke(main, ["--help"], env=environment).output.startswith(word), environment


# Wrong arguments

HELP = {"nl": "“spelregel %s --help” laat zien hoe het moet", "en": "“spelregel %s --help” shows how it is written"}
WRONG = [
    (["decide"], "decide", "FILE is missing", "BESTAND ontbreekt"),
    (["show", FANTAZIEHUIS, "--jsom"], "show", "there is no option --jsom, did you mean --json?", "er is geen optie --jsom, bedoel je --json?"),
    (["show", FANTAZIEHUIS, "-q"], "show", "there is no option -q", "er is geen optie -q"),
    (["show", FANTAZIEHUIS, "--on"], "show", "--on needs a value", "bij --on hoort een waarde"),
    (["show", FANTAZIEHUIS, "--json=3"], "show", "--json takes no value", "bij --json hoort geen waarde"),
    (["show", FANTAZIEHUIS, "one", "two"], "show", "“one two” is too much", "“one two” is te veel"),
    (["conditions", FANTAZIEHUIS, "--lang", "de"], "conditions", "--lang is one of nl, en", "--lang is een van nl, en"),
    (["chek"], "", "there is no command chek, did you mean check?", "er is geen opdracht chek, bedoel je check?"),
    (["nonsense"], "", "there is no command nonsense", "er is geen opdracht nonsense"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "command", "english", "dutch"), WRONG)
def test_a_wrong_argument_is_one_sentence(arguments: list[str], command: str, english: str, dutch: str) -> None:
    for language, sentence in (("en", english), ("nl", dutch)):
        result = run(*arguments, language=language)
        way_out = (HELP[language] % command).replace("  ", " ")
        assert (result.exit_code, result.output) == (2, f"{sentence}: {way_out}\n")


SENTENCES = [
    (["show", "nowhere.yaml"], "nowhere.yaml cannot be opened: there is no such file", "nowhere.yaml gaat niet open: dat bestand is er niet"),
    (["show", str(ROOT)], f"{ROOT} cannot be opened: it is a folder", f"{ROOT} gaat niet open: het is een map"),
    (["check", str(ROOT / "scripts")], f"there is no *.yaml in {ROOT / 'scripts'}", f"in {ROOT / 'scripts'} staat geen *.yaml"),
    (["show", FANTAZIEHUIS, "--on", "2027-02-30"], "“2027-02-30” is not a date that exists: write year-month-day, such as 2027-02-07",
     "“2027-02-30” is geen datum die bestaat: schrijf jaar-maand-dag, zoals 2027-02-07"),
    (["conditions", FANTAZIEHUIS, "--on", "9999-12-31"], "“9999-12-31” lies too far away: write a date from 1900 to 2199",
     "“9999-12-31” ligt te ver weg: schrijf een datum van 1900 tot en met 2199"),
    (["show", FANTAZIEHUIS, "--care-type", "vso"], "--care-type vso is not in this file: it has kdv, bso", "--care-type vso staat niet in dit bestand: er staat kdv, bso"),
    (["show", FANTAZIEHUIS, "--location", "x"], "--location x is not in this file: it has –", "--location x staat niet in dit bestand: er staat –"),
    (["decide", FANTAZIEHUIS, "{absence"], "FACTS cannot be read: write them like “{absence: 2026-12-10 08:00-13:00, reported: 2026-12-08 09:29}”",
     "FEITEN is niet te lezen: schrijf bijvoorbeeld “{absence: 2026-12-10 08:00-13:00, reported: 2026-12-08 09:29}”"),
    (["decide", FANTAZIEHUIS, "{absence: 2026-12-10 08:00-13:00, reported: now}"], "“now” is not a moment: write “2026-12-08 09:29”, on the organisation's own clock",
     "“now” is geen moment: schrijf “2026-12-08 09:29”, op de klok van de organisatie"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "english", "dutch"), SENTENCES)
def test_what_cannot_be_done_is_one_sentence_too(arguments: list[str], english: str, dutch: str) -> None:
    for language, sentence in (("en", english), ("nl", dutch)):
        result = run(*arguments, language=language)
        assert (result.exit_code, result.output) == (2, sentence + "\n")


def test_a_wrong_phrase_shows_the_place_and_then_one_sentence() -> None:
    for arguments, output in (
        (["cutoff", "2 dagen"], "  2 dagen\n    ^^^^^\nonbekende eenheid “dagen”: bedoel je “days”? Eenheden: hours, days, workdays, weeks, months\n"),
        (["cutoff", "2 days", "--start", "8:00"], "  8:00\n  ^^^^\neen tijd is twee cijfers, een dubbele punt en twee cijfers: schrijf 08:00\n"),
    ):  # fmt: skip
        result = run(*arguments, language="nl")
        assert (result.exit_code, result.output) == (2, output)


def test_without_a_command_the_help_page_is_shown() -> None:
    result = run(language="nl")
    assert result.exit_code == 2
    assert result.output.startswith("Gebruik: spelregel")


# check


def test_problems_are_told_in_the_readers_language(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        Path(FANTAZIEHUIS).read_text("utf-8").replace("notice: 2 days, before 09:30", "notice: 2 dagen"), "utf-8"
    )
    dutch, english = run("check", str(wrong), language="nl"), run("check", str(wrong))
    assert dutch.exit_code == english.exit_code == 1
    assert "fout[S105]: onbekende eenheid “dagen”" in dutch.output
    assert "error[S105]: unknown unit “dagen”" in english.output
    data = json.loads(run("check", str(wrong), "--json").output)["problems"]
    assert [(each["code"], each["severity"]) for each in data if each["severity"] == "error"] == [("S105", "error")]


def test_a_folder_of_good_files_is_counted() -> None:
    result = run("check", str(ROOT / "tenants"), language="nl")
    assert result.exit_code == 0
    assert re.search(r"^4 van 4 bestanden in orde – fouten: 0, waarschuwingen: \d+$", result.output, re.MULTILINE)


def test_a_file_that_is_not_there_is_a_problem_of_check(tmp_path: Path) -> None:
    result = run("check", str(tmp_path / "gone.yaml"), language="nl")
    assert result.exit_code == 1
    assert "het bestand gaat niet open: dat bestand is er niet" in result.output


# show


def test_show_names_file_line_and_layer_of_every_rule() -> None:
    rows = json.loads(run("show", FANTAZIEHUIS, "--json", "--on", "2026-12-01").output)["rules"]
    assert len(rows) > 30
    lines = Path(FANTAZIEHUIS).read_text("utf-8").splitlines()
    for row in rows:
        assert set(row) == {"path", "value", "file", "line", "column", "layer", "since"}
        if row["layer"] == "tenant":
            key = row["path"].split(".")[-1]
            around = lines[max(row["line"] - 2, 0) : row["line"]]  # a list may start below its key
            if row["value"] is None:  # what is not known yet stands where it is asked
                key = row["path"].rpartition(".")[0]
            assert row["file"] == FANTAZIEHUIS and any(key in line for line in around), row
        else:
            assert row["layer"] == "defaults" and row["file"].startswith("national/"), row
    by_path = {row["path"]: row for row in rows}
    notice = by_path["credits.ruiluren.earned_if.notice"]
    assert notice["value"] == "2 days, before 09:30"
    assert lines[notice["line"] - 1][notice["column"] - 1 :].startswith("2 days, before 09:30")


def test_show_says_since_when_in_the_readers_language(tmp_path: Path) -> None:
    path = tmp_path / "later.yaml"
    change = "changes:\n  - from: 2026-03-01\n    absence: {notice: 24 hours}\n"
    path.write_text(Path(FANTAZIEHUIS).read_text("utf-8").split("\nextra_care:")[0] + "\n" + change, "utf-8")
    row = next(
        line
        for line in run("show", str(path), "--on", "2026-12-01", language="nl").output.splitlines()
        if "absence.notice" in line
    )
    assert re.fullmatch(r"absence\.notice +24 hours +\S+:\d+  change sinds 2026-03-01", row), row


# decide

CASE = "{absence: 2026-12-10 08:00-13:00, reported: 2026-12-08 09:30}"


def test_a_decision_is_told_in_both_languages_with_its_trace() -> None:
    dutch, english = run("decide", FANTAZIEHUIS, CASE, language="nl"), run("decide", FANTAZIEHUIS, CASE)
    assert dutch.output.startswith(
        "Afmelden kan. Je krijgt hier geen ruiluren voor: dat kon tot dinsdag 8 december 09.30 uur.\n"
    )
    assert english.output.startswith(
        "Reporting absent is possible. It earns no swap hours: that was possible until 09:30 on Tuesday 8 December.\n"
    )
    assert "    credits.ruiluren.earned_if.notice = 2 days, before 09:30  [" in dutch.output
    assert "(dit gaf de doorslag)" in dutch.output and "(this decided)" in english.output


def test_an_organisation_that_says_u_says_u_here_too() -> None:
    case = "{withdraw_absence: 2026-12-10 08:00-13:00, asked: 2026-12-09 12:00, earned: 5 hours}"
    first = run("decide", ROEF, case, language="nl").output.splitlines()[0]
    assert first == "U kunt de afmelding intrekken. U levert daarmee 5 Roefjes weer in."


def test_a_decision_as_data_is_the_same_in_every_language() -> None:
    dutch, english = (run("decide", FANTAZIEHUIS, CASE, "--json", language=each).output for each in ("nl", "en"))
    assert dutch == english
    data = json.loads(dutch)
    assert (data["outcome"], data["accepted"], data["cutoff"]) == ("refused", True, "2026-12-08T09:30+01:00")


def test_a_bad_line_is_answered_and_the_rest_goes_on() -> None:
    good = b'{"absence": "2026-12-10 08:00-13:00", "reported": "2026-12-08 09:29"}'
    lines = [
        good, b"nonsense", b"", b"[1]", b'{"absence": "2026-12-10 08:00-13:00"}', b'{"absence": "x", "reported": "y"}', b"\xff\xfe",
        b'{"absence": "\\ud800", "reported": "y"}', b"[" * 5000, b'{"absence": 1' + b"0" * 5000 + b"}", b'{"reported": {}, "absence": []}',
        b'{"absence": "9999-12-31 08:00-13:00", "reported": "9999-12-31 23:59"}', b'{"absence": "0001-01-01 08:00-13:00", "reported": "0001-01-01 00:00"}',
        good,
    ]  # fmt: skip
    result = run("decide", FANTAZIEHUIS, "-", language="nl", stdin=b"\n".join(lines) + b"\n")
    assert result.exit_code == 0, result.output
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == len(lines)
    assert answers[0] == answers[-1] and answers[0]["earns"]["amount"] == 5
    assert all(list(answer) == ["error"] and answer["error"] for answer in answers[1:-1])
    assert answers[1]["error"] == "deze regel is geen JSON"
    assert answers[3]["error"] == "een regel is één JSON-object"
    assert answers[4]["error"] == "“reported” ontbreekt bij absence: bijvoorbeeld “reported: 2026-12-08 09:29”"


# check --write-examples


def a_file_without_examples(folder: Path) -> Path:
    file = folder / "waterlelie.yaml"
    file.write_text((ROOT / "docs" / "starter.yaml").read_text("utf-8").split("\nexamples:")[0] + "\n", "utf-8")
    return file


def test_missing_examples_are_written_and_shown_in_the_readers_language(tmp_path: Path) -> None:
    file = a_file_without_examples(tmp_path)
    assert "W407" in run("check", str(file)).output
    result = run("check", "--write-examples", str(file), language="nl")
    assert result.exit_code == 0 and "W407" not in result.output
    assert result.output.startswith(f"{file}: er zijn 6 voorbeelden toegevoegd\n  + A report of absence is taken until")
    assert "    {absence: 2026-12-10 08:00-13:00, reported: 2026-12-09 12:00}\n" in result.output
    written = file.read_bytes()
    assert run("check", "--write-examples", str(file)).output.startswith(f"{file}: no examples are added\n")
    assert file.read_bytes() == written


def test_added_examples_are_data_too(tmp_path: Path) -> None:
    data = json.loads(run("check", "--write-examples", "--json", str(a_file_without_examples(tmp_path))).output)
    assert {problem["code"] for problem in data["problems"]} == {"W408"}
    assert data["added"][-1] == {
        "file": str(tmp_path / "waterlelie.yaml"),
        "name": "Reported at 12:00 on 9 December 2026, the absence earns no credit",
        "when": {"absence": "2026-12-10 08:00-13:00", "reported": "2026-12-09 12:00"},
        "then": {"accepted": "true", "earns": "nothing", "reason": "too_late"},
    }
    assert "added" not in json.loads(run("check", "--json", FANTAZIEHUIS).output)


def test_a_file_that_cannot_be_added_to_stays_as_it_is(tmp_path: Path) -> None:
    file = a_file_without_examples(tmp_path)
    wrong = file.read_text("utf-8").replace("1 day, before 12:00", "1 dag, before 12:00")
    file.write_text(wrong, "utf-8")
    assert run("check", "--write-examples", str(file)).exit_code == 1
    assert file.read_text("utf-8") == wrong
    brackets = wrong.replace("1 dag", "1 day") + (
        "examples: [{name: One, when: {absence: 2026-12-10 08:00-13:00, reported: 2026-12-01 12:00}, then: {accepted: true}}]\n"
    )
    file.write_text(brackets, "utf-8")
    result = run("check", "--write-examples", str(file))
    assert (result.exit_code, file.read_text("utf-8")) == (2, brackets)
    assert (
        result.output
        == f"{file} is not changed: the examples stand in [ ]: write them below each other, each behind a “- ”\n"
    )


# cutoff and conditions


def test_a_deadline_is_said_and_computed() -> None:
    result = run("cutoff", "2 days, before 09:30", "--on", "2026-12-09", language="nl")
    lines = result.output.splitlines()
    assert lines[0] == "2 days, before 09:30: tot 09.30 uur, 2 dagen van tevoren"
    assert [re.sub(" {2,}", " | ", line.strip()) for line in lines[1:3]] == [
        "donderdag 10 december 2026 | tot dinsdag 8 december 09.30 uur | 2026-12-08T09:30+01:00",
        "vrijdag 11 december 2026 | tot woensdag 9 december 09.30 uur | 2026-12-09T09:30+01:00",
    ]
    assert len(lines) == 6


def test_a_deadline_counts_working_days_with_the_organisations_calendar() -> None:
    plain = run("cutoff", "1 workday, before 12:00", "--on", "2026-12-27").output
    own = run("cutoff", "1 workday, before 12:00", "--on", "2026-12-27", "--file", FANTAZIEHUIS).output
    assert "until 12:00 on Friday 25 December" in plain
    assert "until 12:00 on Thursday 24 December" in own


def test_a_deadline_that_never_comes_is_said() -> None:
    assert run("cutoff", "none", language="nl").output.splitlines()[0] == "none: op elk moment"


def test_the_conditions_page_is_printed_in_both_languages() -> None:
    dutch = run("conditions", FANTAZIEHUIS, "--on", "2026-11-24", language="nl").output
    english = run("conditions", FANTAZIEHUIS, "--on", "2026-11-24", "--lang", "en", language="nl").output
    assert "\nRuiluren\n--------\n" in dutch and "\nSwap hours\n----------\n" in english
    assert "- Op tijd afmelden kan tot 09.30 uur, 2 dagen van tevoren. (nog niet bevestigd)  [" in dutch
    assert "    Thursday 3 December: you are in time before 09:30 on Tuesday 1 December.\n" in english


def test_a_page_of_an_organisation_with_u_says_u() -> None:
    page = run("conditions", ROEF, "--lang", "nl").output
    assert "U meldt uw kind af in dit portaal." in page
    assert not re.search(r"\b(je|jij|jouw)\b", page)


def test_a_file_whose_example_fails_can_be_looked_at_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "zonnebloem.yaml"
    text = (ROOT / "tests" / "tenancy" / "zonnebloem.yaml").read_text("utf-8")
    file.write_text(text.replace("reported: 2026-12-08 09:29", "reported: 2026-12-08 09:31", 1), "utf-8")
    assert run("check", str(file)).exit_code == 1
    for command in (("conditions", str(file)), ("show", str(file)), ("cutoff", "1 day", "--file", str(file))):
        result = run(*command)
        assert result.exit_code == 0 and result.stdout, result.output
        assert result.stderr == f"1 example of this file fails: “spelregel check {file}” says which.\n"


def test_a_limit_before_a_holiday_says_that_it_knows_no_holidays() -> None:
    assert "--file names an organisation" in run("cutoff", "2 weeks before holiday").stderr
    assert run("cutoff", "2 weeks").stderr == ""
