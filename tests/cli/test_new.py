"""`spelregel new`: the interview as a planner gives it, a file of answers, and what is never half written."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from spelregel.tenancy.check import Checked, check_text
from spelregel.tenancy.interview import BY_ID, DONT_KNOW, QUESTIONS, Answers, answers_from
from spelregel.tenancy.new_file import credit_key, initials, new_file
from spelregel.tenancy.schema_files import schemas
from tests.cli.test_commands import run
from tests.conftest import ROOT

TODAY = date(2026, 12, 1)
USUAL: dict[str, Any] = {q.id: list(q.usual) if isinstance(q.usual, tuple) else q.usual for q in QUESTIONS}
USUAL["name"] = "Kinderopvang de Zonnehoek"
ASKED = [question.id for question in answers_from(USUAL)[0].asked()]
#: What a file says of absences and extra care without having asked.
NOT_ASKED = {
    "absence.reasons", "absence.withdraw.spent_credit", "extra_care.approval", "extra_care.cancel.late",
}  # fmt: skip


def made(given: dict[str, Any]) -> tuple[Checked, str]:
    answers, wrong, _ = answers_from(given)
    assert not wrong, wrong
    file = new_file("zonnehoek", answers)
    assert not file.faults, [str(problem.message) for _, problem in file.faults]
    return check_text(file.raw, "zonnehoek.yaml", TODAY), file.raw.decode()


def codes(checked: Checked) -> set[str]:
    return {problem.code for problem in checked.problems}


# The table


def test_every_question_says_what_it_needs() -> None:
    assert 15 <= len(QUESTIONS) <= 25 and len(BY_ID) == len(QUESTIONS)
    for question in QUESTIONS:
        values = [choice.value for choice in question.choices]
        assert len(set(values)) == len(values)
        assert question.open.endswith("?") and question.question.template.endswith("?")
        for value in (question.usual, question.cautious):
            if question.id != "name":
                assert answers_from({question.id: list(value) if isinstance(value, tuple) else value})[1] == {}
        if question.only_if:
            other, wanted = question.only_if
            assert set(wanted) <= {choice.value for choice in BY_ID[other].choices}
            assert list(BY_ID).index(other) < list(BY_ID).index(question.id), "asked after the one it depends on"


@pytest.mark.parametrize("id", BY_ID)
def test_every_choice_makes_a_good_file_with_examples_at_the_limits(id: str) -> None:
    question = BY_ID[id]
    for choice in question.choices:
        checked, text = made({**USUAL, id: [choice.value] if question.kind == "several" else choice.value})
        allowed = {"W408", "W401"} | ({"W422"} if choice.value == "invoice" else set())  # the credit pays nothing then
        assert checked.tenant and codes(checked) <= allowed, (choice.value, codes(checked))
        assert text.startswith("# yaml-language-server: $schema=../schemas/tenant.schema.json\n")


def test_many_mixtures_of_answers_make_good_files() -> None:
    chance = random.Random(7)
    for _ in range(40):
        given = {q.id: chance.choice(q.choices).value for q in QUESTIONS if q.choices and chance.random() < 0.7}
        given = {id: [value] if BY_ID[id].kind == "several" else value for id, value in given.items()}
        if given.get("credit", "no") != "hours":
            given.pop("maximum", None)  # its usual answers are in hours
        checked, _ = made(given)
        assert checked.tenant and not codes(checked) & {"W407"}, given


def test_all_that_is_usual_leaves_open_what_was_not_asked() -> None:
    checked, _ = made(USUAL)
    assert codes(checked) == {"W408"} and set(checked.source.data["to_confirm"]) == NOT_ASKED
    assert checked.tenant is not None and checked.tenant.name == "Kinderopvang de Zonnehoek"


def test_what_nobody_knows_stands_in_to_confirm_with_a_cautious_value() -> None:
    checked, _ = made({**USUAL, "credit_until": "?", "valid": None, "region": "weet ik niet"})
    assert set(checked.source.data["to_confirm"]) == {
        "credits.tegoed.earned_if.notice", "credits.tegoed.valid", "calendar.school_holidays", *NOT_ASKED,
    }  # fmt: skip
    credit = checked.source.data["credits"]["tegoed"]
    assert (credit["earned_if"]["notice"], credit["valid"]) == ("2 days", "30 days")
    everything, _ = made({})
    not_asked = {key for key in NOT_ASKED if key.startswith("absence")}
    assert len(everything.source.data["to_confirm"]) == len(list(Answers({}).asked())) + len(not_asked) >= 9
    assert everything.source.data["credits"] == {}, "no credit is promised by guess"


def test_a_swap_and_a_study_day_are_asked_for_with_their_limits_and_leave_the_rest_open() -> None:
    given = {
        **USUAL,
        "requests": ["swap", "study_days"],
        "swap_until": "1 workday, until 12:00",
        "swap_window": "same month",
    }
    checked, _ = made(given)
    data = checked.source.data
    assert (data["swap"]["notice"], data["swap"]["give_up"], data["swap"]["window"]) == (
        "1 workday, until 12:00", "1 workday, until 12:00", "same month",
    )  # fmt: skip
    assert data["study_days"]["notice"] == USUAL["study_until"]
    assert {"swap.cancel", "study_days.payment", "swap.size"} <= set(data["to_confirm"])
    terms = checked.tenant.rulebook.terms(TODAY, "kdv") if checked.tenant else None
    assert terms and terms.swap and terms.swap.request.cancel and terms.swap.request.cancel.approved


@pytest.mark.parametrize(
    ("paid", "pots", "combine"),
    [
        ("credit, rest invoiced", ["tegoed", "invoice"], "credit and invoice"),
        ("credit or invoice", ["tegoed", "invoice"], "never"),
        ("credit", ["tegoed"], "never"),
        ("invoice", ["invoice"], "never"),
    ],
)
def test_extra_care_is_paid_as_was_answered(paid: str, pots: list[str], combine: str) -> None:
    payment = made({**USUAL, "extra_paid": paid})[0].source.data["extra_care"]["payment"]
    assert (payment["pay_with"], payment["combine"]) == (pots, combine)
    without = made({**USUAL, "extra_paid": paid, "credit": "no"})[0].source.data["extra_care"]["payment"]
    assert (without["pay_with"], without["combine"]) == (["invoice"], "never")


def test_one_and_many_of_a_credit_can_be_said() -> None:
    name = made({**USUAL, "credit_name": "zonuur, zonuren"})[0].source.data["credits"]["zonuren"]["name"]
    assert name["nl"] == {"label": "zonuren", "one": "zonuur", "other": "zonuren"} == name["en"]


def test_answers_go_where_they_belong() -> None:
    given = {
        **USUAL, "address": "u", "care_types": ["bso", "vso"], "login": "debtor_number", "holidays": ["kings_day"], "region": "zuid",
        "report_until": "1 day, before 12:00", "credit": "dayparts", "credit_name": "Zon-uren: extra", "credit_until": "3 workdays, before 09:00",
        "earns_nothing": ["illness", "study day"], "valid": "3 months", "usable_for": "every care type", "maximum": "8 dayparts",
        "withdraw_until": "48 hours", "extra_until": "1 week", "extra_from": "3 months", "extra_cancel": "not possible",
    }  # fmt: skip
    checked, _ = made(given)
    data = checked.source.data
    credit = data["credits"]["zon_uren_extra"]
    assert credit["name"]["nl"] == {"label": "Zon-uren: extra", "one": "dagdeel Zon-uren: extra", "other": "dagdelen Zon-uren: extra"}  # fmt: skip
    assert credit["earned_if"] == {
        "reported_by": ["parent"], "notice": "3 workdays, before 09:00", "day": ["contract day"], "not_on": ["study day"],
        "reasons": ["holiday", "other"], "maximum": "8 dayparts", "at_maximum": "cut off",
    }  # fmt: skip
    assert (credit["worth"], credit["valid"], credit["usable_for"]) == ("1 daypart", "3 months", ["bso", "vso"])
    assert (data["form_of_address"], data["care_types"], data["login"]["username"]) == (
        "u",
        ["bso", "vso"],
        "debtor_number",
    )
    assert data["calendar"] == {"public_holidays": ["kings_day"], "school_holidays": "zuid"}
    assert (data["absence"]["notice"], data["absence"]["withdraw"]["notice"]) == ("1 day, before 12:00", "48 hours")
    assert data["extra_care"]["horizon"] == "3 months" and "approved" not in data["extra_care"]["cancel"]


def test_a_cautious_value_gives_way_to_an_answer_that_it_contradicts() -> None:
    checked, _ = made({**USUAL, "extra_from": "1 day", "extra_until": "?"})
    assert checked.source.data["extra_care"]["notice"] == "24 hours"
    assert "extra_care.notice" in checked.source.data["to_confirm"]


def test_the_modules_are_those_of_the_schema() -> None:
    checked, _ = made(USUAL)
    assert set(checked.source.data["modules"]) == set(schemas()["modules.schema.json"]["properties"])


@pytest.mark.parametrize(("name", "letters"), [("Kinderopvang de Zonnehoek", "Z"), ("De Roode Haan", "DRH"), ("zon", "Z"), ("Élan & Co", "EC"), ("★", "K"), ("3 Ster", "3S")])  # fmt: skip
def test_the_mark_has_letters(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(("name", "key"), [("tegoed", "tegoed"), ("Zon uren", "zon_uren"), ("12", "credit_12"), ("★", "credit"), ("é" * 60, "e" * 40)])  # fmt: skip
def test_a_credit_has_a_key(name: str, key: str) -> None:
    assert credit_key(name) == key


# The terminal


def interview(tmp_path: Path, *lines: str, language: str = "en", arguments: tuple[str, ...] = ()) -> Result:
    out = ("--out", str(tmp_path / "zonnehoek.yaml")) if "--out" not in arguments else ()
    return run("new", "zonnehoek", *out, *arguments, language=language, stdin="".join(f"{line}\n" for line in lines))


def test_enter_all_the_way_gives_the_usual_file(tmp_path: Path) -> None:
    result = interview(tmp_path, *[""] * len(QUESTIONS))
    assert result.exit_code == 0, result.output
    file = tmp_path / "zonnehoek.yaml"
    assert f"{file} is written." in result.output
    assert check_text(file.read_bytes(), "x.yaml").tenant is not None
    assert "name: Zonnehoek\n" in file.read_text("utf-8")
    assert run("check", str(file)).exit_code == 0


def test_a_wrong_phrase_is_explained_by_the_parser_and_asked_again(tmp_path: Path) -> None:
    result = interview(tmp_path, *[""] * 6, "2 dagen", "2 days", *[""] * 13)
    assert result.exit_code == 0, result.output
    assert "   2 dagen\n     ^^^^^\n   unknown unit “dagen”: did you mean “days”?" in result.output
    assert "\n  notice: 2 days\n" in (tmp_path / "zonnehoek.yaml").read_text("utf-8")


@pytest.mark.parametrize("words", ["?", "weet ik niet", "Don't know", "don’t know"])
def test_not_knowing_is_always_an_answer(tmp_path: Path, words: str) -> None:
    result = interview(tmp_path, *[words] * len(QUESTIONS), language="nl")
    assert result.exit_code == 0, result.output
    assert "Nog niet bekend: name, address, care_types" in result.output
    assert words.lower() in DONT_KNOW


def test_numbers_values_and_words_are_all_answers(tmp_path: Path) -> None:
    answers = [
        "Zon",
        "2",
        "1, 3 5",
        "debtor_number",
        "",
        "het zuiden",
        "3",
        "",
        "Zonuren",
        "1 week",
        "6",
        "",
        "elke soort opvang",
        *[""] * 7,
    ]
    answers[5] = "zuid"
    result = interview(tmp_path, *answers, language="nl")
    assert result.exit_code == 0, result.output
    data = check_text((tmp_path / "zonnehoek.yaml").read_bytes(), "x.yaml").source.data
    assert (data["name"], data["form_of_address"], data["care_types"]) == ("Zon", "u", ["kdv", "vso", "bso"])
    assert data["absence"]["notice"] == "1 day, before 12:00"
    assert data["credits"]["zonuren"]["usable_for"] == ["kdv", "vso", "bso"]
    assert "not_on" not in data["credits"]["zonuren"]["earned_if"]


@pytest.mark.parametrize(
    ("question", "given", "said"),
    [
        ("address", "3", "there is no answer 3: choose a number from 1 to 2"),
        ("address", "jij", "“jij” is not one of the answers"),
        ("care_types", ",", "at least one is needed"),
        ("care_types", "dagopvang, kantoor", "“dagopvang” is not one of the answers: did you mean “kdv”? Possible are kdv, psz"),
        ("earns_nothing", "1, 6", "“none” stands beside other answers"),
        ("maximum", "5", "there is no answer 5"),
        ("maximum", "50 uur", "unknown unit “uur”: did you mean “hours”?"),
        ("credit_name", "x" * 101, "this is longer than a name can be"),
        ("credit_name", "zon\u202euren", "there is a sign in it that cannot be shown"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_asked_again(tmp_path: Path, question: str, given: str, said: str) -> None:
    before = list(BY_ID).index(question)
    result = interview(tmp_path, *[""] * before, given, *[""] * (len(QUESTIONS) - before))
    assert result.exit_code == 0 and said in result.output, result.output


def test_answers_that_contradict_each_other_are_asked_again(tmp_path: Path) -> None:
    answers = [""] * len(ASKED)
    answers[list(BY_ID).index("extra_until")], answers[list(BY_ID).index("extra_from")] = "1 week", "1 day"
    result = interview(tmp_path, *answers, "30 days")
    assert result.exit_code == 0, result.output
    assert "That does not go together: extra_care can never be asked for" in result.output
    assert "  horizon: 30 days\n" in (tmp_path / "zonnehoek.yaml").read_text("utf-8")


def test_when_the_answers_stop_nothing_is_written(tmp_path: Path) -> None:
    result = interview(tmp_path, "", "", language="nl")
    assert result.exit_code == 2
    assert result.output.endswith("De antwoorden houden op voor de laatste vraag: er is niets opgeslagen.\n")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "spelregel.cli", "new", "zonnehoek", "--out", str(tmp_path / "zonnehoek.yaml")]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a suite in the background ignores it
    )  # fmt: skip
    assert process.stdin and process.stdout
    process.stdin.write(b"\n")
    process.stdin.flush()
    seen = b""
    while b"2. " not in seen:
        seen += process.stdout.read1()  # type: ignore[attr-defined]  # a pipe of bytes has it
    time.sleep(0.2)  # it is waiting for the second answer now
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said.decode()) == (130, "\nStopped: nothing is written.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    file = tmp_path / "zonnehoek.yaml"
    file.write_text("mine", "utf-8")
    result = interview(tmp_path, *[""] * len(QUESTIONS))
    assert (result.exit_code, file.read_text("utf-8")) == (2, "mine")
    assert result.output == f"{file} is there already: --force replaces it, --out names another file\n"
    assert interview(tmp_path, *[""] * len(QUESTIONS), arguments=("--force",)).exit_code == 0
    assert file.read_text("utf-8").startswith("# yaml-language-server")


def test_the_screen_gets_the_file_and_nothing_else(tmp_path: Path) -> None:
    result = interview(tmp_path, *[""] * (len(ASKED) - 1), "?", arguments=("--out", "-"))
    assert result.exit_code == 0
    assert check_text(result.stdout.encode(), "x.yaml").tenant is not None
    assert "1. What is the organisation called?" in result.stderr and "Nobody knows yet: extra_paid." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new",), "NAME is missing: “spelregel new --help” shows how it is written"),
        (("new", "Zonnehoek"), "“Zonnehoek” cannot be the short name: use small letters, digits and -, starting with a letter"),
        (("new", "zon-"), "“zon-” cannot be the short name: one part of an address: small letters, digits and -, such as zonnebloem"),
        (("new", "api"), "“api” cannot be the short name: “api” is reserved for the platform itself: choose another; reserved are support, status, www, mail, static, api"),
        (("new", "zon: x"), "“zon: x” cannot be the short name: use small letters, digits and -, starting with a letter"),
        (("new", "zon", "--out", "/nowhere/zon.yaml"), "there is no folder /nowhere"),
        (("new", "zon", "--out", str(ROOT)), f"{ROOT} is a folder: name a file in it"),
        (("new", "zon", "--json"), "--json goes with --questions: the file itself is YAML"),
        (("new", "zon", "--out", "-", "--answers", "/nowhere.yaml"), "/nowhere.yaml cannot be opened: No such file or directory"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.output) == (2, said + "\n")


# Answers in a file


def from_file(tmp_path: Path, text: str) -> Result:
    (tmp_path / "answers.yaml").write_text(text, "utf-8")
    return run("new", "zonnehoek", "--answers", str(tmp_path / "answers.yaml"), "--out", "-")


def test_the_list_of_questions_and_the_file_of_answers_speak_the_same_ids(tmp_path: Path) -> None:
    for language in ("nl", "en"):
        listed = json.loads(run("new", "--questions", "--json", language=language).output)
        assert [each["id"] for each in listed] == list(BY_ID)
        assert all({"id", "question", "help", "kind", "choices", "usual"} <= set(each) for each in listed)
    assert listed[3]["choices"][0] == {"value": "email", "words": "their e-mail address"}
    answers = {each["id"]: each["usual"] for each in listed}
    result = from_file(tmp_path, json.dumps(answers))
    assert result.exit_code == 0, result.stderr
    checked = check_text(result.stdout.encode(), "x.yaml", TODAY)
    assert codes(checked) == {"W408"} and set(checked.source.data["to_confirm"]) == {"name", *NOT_ASKED}
    words = run("new", "--questions", language="nl").output
    assert "report_until: Tot wanneer kunnen ouders een kind afmelden in het portaal?\n" in words


def test_a_missing_answer_means_that_nobody_knows(tmp_path: Path) -> None:
    result = from_file(tmp_path, "name: Zonnehoek\ncredit: hours\n")
    assert result.exit_code == 0
    data = check_text(result.stdout.encode(), "x.yaml").source.data
    assert "credits.tegoed.valid" in data["to_confirm"] and "name" not in data["to_confirm"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("credits: hours", "answers.yaml:2: credits: there is no question “credits”: did you mean “credit”?"),
        ("credit: euros", "answers.yaml:2: credit: “euros” is not one of the answers: did you mean “hours”? Possible are hours, dayparts, days, no"),
        ("report_until: 2 dagen", "answers.yaml:2: report_until: unknown unit “dagen”: did you mean “days”? Units: hours, days, workdays, weeks, months"),
        ("care_types: []", "answers.yaml:2: care_types: at least one is needed: take one of kdv, psz, vso, tso, bso, gob"),
        ("valid: [30 days]", "answers.yaml:2: valid: one value is expected here: write it as a text"),
        ("care_types: {kdv: true}", "answers.yaml:2: care_types: a list of single words is expected here"),
        ("maximum: 8 dayparts\ncredit: hours", "answers.yaml: maximum: the maximum of tegoed is not in the unit that it is worth: write “8 hours”"),
    ],
)  # fmt: skip
def test_a_wrong_answer_in_a_file_names_the_question(tmp_path: Path, line: str, said: str) -> None:
    result = from_file(tmp_path, f"name: Zonnehoek\n{line}\n")
    assert (result.exit_code, result.output) == (2, f"{tmp_path}/{said}\n")


def test_every_wrong_answer_is_named_at_once_and_an_unreadable_file_shows_where(tmp_path: Path) -> None:
    assert len(from_file(tmp_path, "credit: euros\naddress: jij\nnothing: 1\n").output.splitlines()) == 3
    assert "answers.yaml:1:" in from_file(tmp_path, "name: [Zon\n").output
    for text in ("", "- 1\n"):
        assert "holds no answers" in from_file(tmp_path, text).output


def test_an_answer_to_a_question_that_does_not_apply_is_left_out_and_said(tmp_path: Path) -> None:
    result = from_file(tmp_path, "credit: no\nvalid: 30 days\n")
    assert result.exit_code == 0 and "Not used, after the other answers: valid." in result.stderr


def test_the_first_line_leads_an_editor_to_the_schema(tmp_path: Path) -> None:
    for folder, path in (("tenants", "../schemas"), (".", "schemas"), (str(tmp_path), "../schemas")):
        out = ROOT / folder / "zzz-new-test.yaml"
        try:
            assert run("new", "zonnehoek", "--answers", "-", "--out", str(out), stdin="{}").exit_code == 0
            assert (
                out.read_text("utf-8").splitlines()[0] == f"# yaml-language-server: $schema={path}/tenant.schema.json"
            )
        finally:
            out.unlink(missing_ok=True)


def test_no_two_questions_in_a_row_hang_on_an_answer_that_was_not_given() -> None:
    for credit, requests in itertools.product(("no", "hours"), ((), ("extra_care",))):
        asked = [question.id for question in Answers({"credit": credit, "requests": requests}).asked()]
        assert ("valid" in asked) is (credit == "hours") and ("extra_from" in asked) is bool(requests)
