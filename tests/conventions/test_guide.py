"""The guide, followed literally, ends in a file that check accepts, and what it shows is what the program says."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from spelregel.cli import main
from spelregel.tenancy.check import check_text
from spelregel.tenancy.yaml_source import read_yaml
from tests.conftest import ROOT

GUIDE = (ROOT / "docs" / "guide.md").read_text("utf-8")
PAGE = GUIDE.split("## The page\n")[1].split("\n## ")[0]
NAME = "kikkerpoel.yaml"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.DOTALL)


def added(whole: Any, part: Any, where: str = "") -> Any:
    """A block under a key that is there already; nothing may be said twice."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return {
            **whole,
            **{key: added(whole[key], each, f"{where}.{key}") if key in whole else each for key, each in part.items()},
        }
    assert isinstance(whole, list) and isinstance(part, list), f"{where} is written twice"
    return [*whole, *part]


@cache
def whole_file() -> str:
    data: Any = {}
    for block in blocks("yaml"):
        source = read_yaml(block.encode(), NAME)
        assert not source.problems, block
        data = added(data, source.data)
    return json.dumps(data, ensure_ascii=False, indent=1)


def spelregel(tmp_path: Path, command: str) -> str:
    """The output of a command as the guide writes it."""
    (tmp_path / NAME).write_text(whole_file(), "utf-8")
    arguments = re.findall(r'"[^"]*"|\S+', command.replace("tenants/kikkerpoel.yaml", str(tmp_path / NAME)))
    assert arguments[0] == "spelregel"
    result = CliRunner().invoke(
        main, [each.strip('"') for each in arguments[1:]], env={"LC_ALL": "C.UTF-8", "LANG": ""}
    )
    assert result.exit_code == 0, result.output
    return result.output


def test_the_blocks_of_the_guide_are_a_whole_file_that_check_accepts() -> None:
    checked = check_text(whole_file().encode(), NAME)
    assert checked.tenant, [str(problem.message) for problem in checked.problems]
    assert {problem.code for problem in checked.problems} == {"W408"}, "every deadline has its examples"


def test_the_guide_goes_through_every_sentence_of_its_page_in_order() -> None:
    page = " ".join(line.removeprefix(">").strip() for line in PAGE.splitlines())
    assert 280 <= len(page.split()) <= 400
    walked = GUIDE.split("## Sentence by sentence")[1].split("\n## ")[0]
    quoted = [re.sub(r"\n> ?", " ", each).strip() for each in re.findall(r"^> (.+(?:\n> .+)*)", walked, re.M)]
    at = 0
    for quote in quoted:
        for piece in (each.strip() for each in quote.split("…") if each.strip()):
            assert page.find(piece) >= 0, piece
            at = max(at, page.find(piece))
            page = page.replace(piece, "", 1)
    rest = page.replace("**Absence, extra days and kikkers**", "").split()
    assert rest == [], f"the guide leaves out: {' '.join(rest)}"


def test_the_quotes_of_the_file_stand_on_the_page() -> None:
    page = " ".join(line.removeprefix(">").strip() for line in PAGE.splitlines())
    quotes = json.loads(whole_file())["quotes"]
    assert len(quotes) > 3
    for quote in quotes.values():
        assert quote in page


def test_every_deadline_of_the_guide_has_an_example_a_minute_later() -> None:
    data = json.loads(whole_file())
    moments = [case["when"].get("reported") or case["when"].get("asked") for case in data["examples"]]
    assert {"2026-12-10 11:59", "2026-12-10 12:00", "2026-12-10 12:01"} <= set(moments)
    assert len(moments) > 20


def test_the_mistake_that_the_guide_shows_is_told_in_these_words(tmp_path: Path) -> None:
    shown = blocks("text")[0]
    typed = re.search(r"`notice: (2 werkdagen, before\s12:00)`", GUIDE)
    assert typed
    wrong = whole_file().replace('"2 workdays, before 12:00"', json.dumps(" ".join(typed[1].split())))
    (problem,) = [each for each in check_text(wrong.encode(), NAME).problems if each.severity == "error"]
    assert shown.splitlines()[0] == f"error[{problem.code}]: {problem.message}"
    assert shown.splitlines()[-1].strip() == f"= {problem.help}"


def test_the_commands_of_the_guide_say_what_the_guide_says(tmp_path: Path) -> None:
    check, *_ = commands = [block.strip() for block in re.findall(r"^```\n(spelregel .*)\n```$", GUIDE, re.M)]
    outputs = {command.split()[1]: spelregel(tmp_path, command) for command in commands}
    assert set(outputs) == {"cutoff", "check", "decide", "conditions"}, check
    assert "Monday 14 December 2026" in outputs["cutoff"] and "2026-12-10T12:00" in outputs["cutoff"]
    assert "It earns no" in outputs["decide"]
    for line in blocks("text")[1].splitlines():
        assert any(each.startswith(line) for each in outputs["conditions"].splitlines()), line
