"""Every sentence exists for every reader, and the tool that says so can say otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import messages

GOOD_JE = {"You take %(amount)s.": "Je neemt %(amount)s.", "Back": "Terug"}
GOOD_U = {"You take %(amount)s.": "U neemt %(amount)s."}
CODE = 'say = msg("You take %(amount)s.", amount=1), msg("Back")\n'


def a_program(root: Path, code: str = CODE, je: dict[str, str] = GOOD_JE, u: dict[str, str] = GOOD_U) -> Path:
    """A small program with its catalogues, in the places where the tool looks."""
    folder = root / "platform" / "spelregel"
    folder.mkdir(parents=True)
    (folder / "words.py").write_text(code, "utf-8")
    for domain, entries in (("messages", je), ("messages_formal", u)):
        messages.write(
            root / messages.CATALOGUES / f"{domain}.po", {key: (text, ["x.py"]) for key, text in entries.items()}
        )
    return root


def test_every_sentence_of_the_program_is_translated() -> None:
    assert messages.check() == []


def test_a_good_program_has_no_faults(tmp_path: Path) -> None:
    assert messages.check(a_program(tmp_path)) == []


FAULTS = [
    ("a missing translation", {"je": {**GOOD_JE, "Back": ""}}, "messages.po: no translation of “Back”"),
    ("an entry that the code has lost", {"je": {**GOOD_JE, "Gone": "Weg"}}, "“Gone” is not in the code any more"),
    ("an obsolete entry for u", {"u": {**GOOD_U, "Gone": "Weg"}}, "messages_formal.po: “Gone” is not in the code"),
    ("a place that is lost", {"je": {**GOOD_JE, "You take %(amount)s.": "Je neemt iets."}}, "has the places ['amount']"),
    ("a place that is misspelt", {"u": {"You take %(amount)s.": "U neemt %(amuont)s."}}, "has ['amuont']"),
    ("je without a sentence for u", {"u": {}}, "says je in messages.po and has no sentence with u"),
    ("jullie without a sentence for u", {"je": {**GOOD_JE, "Back": "Als jullie terug zijn"}}, "“Back” says je"),
    ("a sentence for u that says je", {"u": {"You take %(amount)s.": "U neemt je %(amount)s."}}, "still says je"),
    ("a sentence for u that is the same", {"u": {**GOOD_U, "Back": "Terug"}}, "“Back” is the same as in messages.po"),
    ("an exclamation mark", {"je": {**GOOD_JE, "Back": "Terug!"}}, "“Back” shouts"),
    ("a text that the tool cannot see", {"code": CODE + "msg(CODE)\n"}, "words.py:2: msg(CODE, …) is no text"),
    ("a method that is handed a variable", {"code": CODE + "speaker.say(line, n=1)\n"}, "words.py:2: say(line, …)"),
    ("a portal's t() with a variable", {"code": CODE + "t(line)\n"}, "words.py:2: t(line, …)"),
    ("counted text that is put together", {"code": CODE + "ngettext('a' + b, 'c', 2)\n"}, "words.py:2: ngettext()"),
    ("one text counted and not", {"code": CODE + "ngettext('Back', 'Backs', 2)\n"}, "with a number and without"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "fault"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_each_kind_of_fault_is_found(tmp_path: Path, change: dict[str, object], fault: str) -> None:
    said = messages.check(a_program(tmp_path, **change))  # type: ignore[arg-type]
    assert any(fault in line for line in said), said


def test_texts_of_a_page_are_found_with_their_counted_forms(tmp_path: Path) -> None:
    folder = tmp_path / "platform" / "spelregel" / "portal" / "agenda" / "templates"
    folder.mkdir(parents=True)
    (folder / "agenda.html").write_text(
        '{% if x %}<p title="{{ t("Today") }}">{{ t("Until %(day)s", day=day) }}</p>{% endif %}\n'
        '{{ tn("%(n)s day", "%(n)s days", n) }}\n{{ t(text) }}\n',
        "utf-8",
    )
    found = messages.collect(tmp_path)
    assert set(found.templates) == {"Today", "Until %(day)s", ("%(n)s day", "%(n)s days")}
    assert found.dynamic == ["platform/spelregel/portal/agenda/templates/agenda.html:3: t() has no text that can be collected"]  # fmt: skip


def test_help_of_a_command_is_found_without_its_example(tmp_path: Path) -> None:
    code = (
        '@main.command()\n@click.argument("file")\n@click.option("--on", metavar="DAY", help="The day.")\n'
        'def show(file):\n    """What holds,\n    and since when.\n\n    Example:  spelregel show x.yaml\n    """\n'
        '@main.command()\n@click.option("--x", help=HELP)\ndef other():\n    """Other."""\n'
    )
    found = messages.collect(a_program(tmp_path, code))
    assert set(found.templates) == {"FILE", "DAY", "The day.", "What holds, and since when.", "Other."}
    assert found.dynamic == ["platform/spelregel/words.py:11: help= is no text that can be collected"]


def test_update_adds_and_drops_and_keeps_and_writes_the_same_file_twice(tmp_path: Path) -> None:
    root = a_program(tmp_path, CODE + 'msg("New")\n', {**GOOD_JE, "Gone": "Weg"})
    assert messages.update(root) == ["messages: dropped “Gone”", "messages: new “New”"]
    path = root / messages.CATALOGUES / "messages.po"
    first = path.read_text("utf-8")
    assert messages._entries(messages.read(path)) == {**GOOD_JE, "New": ""}
    assert messages.update(root) == []
    assert path.read_text("utf-8") == first
    assert "POT-Creation-Date" not in first
    assert "#: platform/spelregel/words.py\n" in first, "files are named without the line, which changes all the time"


def test_each_call_that_may_pass_on_a_template_still_exists() -> None:
    """An exception that nobody needs any more would hide the next mistake."""
    for (file, name, first), reason in messages.PASSES_ON.items():
        text = (ROOT / "platform" / "spelregel" / file).read_text("utf-8")
        assert reason
        assert f"{name}({first.replace(chr(39), chr(34))}" in text, (file, name, first)
