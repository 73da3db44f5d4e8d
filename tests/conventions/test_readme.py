"""The README, followed literally, works; and what it points to exists."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def commands() -> list[str]:
    """The commands of the ten minutes, in order, without the two front doors."""
    section = README.split("## Onboard an organisation")[1].split("\n## ")[0]
    blocks = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    arguments = shlex.split(command)
    if arguments[0] == ".venv/bin/spelregel":
        arguments[0] = str(Path(sys.executable).parent / "spelregel")
    return subprocess.run(
        arguments,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        timeout=60,
        check=False,
    )


def test_an_organisation_is_on_board_in_the_steps_that_the_readme_names(tmp_path: Path) -> None:
    for name in ("docs", "tenants"):
        shutil.copytree(ROOT / name, tmp_path / name)
    copy, check, say, decide, conditions, plan, diff = commands()
    target = tmp_path / "tenants" / "waterlelie.yaml"
    assert run(copy, tmp_path).returncode == 0 and target.exists()
    assert run(check, tmp_path).returncode == 0
    assert "2 working days ahead" in run(say, tmp_path).stdout

    old, new = re.findall(r"`notice: ([^`]+)`", README)
    assert old in target.read_text("utf-8")
    target.write_text(target.read_text("utf-8").replace(old, new), "utf-8")
    failed = run(check, tmp_path)
    assert failed.returncode == 1 and failed.stdout.count("error[X316]") == 2

    before, at = re.findall(r"`(2026-12-08 \d\d:\d\d)`", README)
    text = target.read_text("utf-8").replace("2026-12-09 11:59", before).replace("2026-12-09 12:00", at)
    target.write_text(text, "utf-8")
    assert run(check, tmp_path).returncode == 0
    assert "It earns no credit" in run(decide, tmp_path).stdout
    assert "2 werkdagen van tevoren" in run(conditions, tmp_path).stdout
    assert "→ earns nothing: too_late" in run(plan, tmp_path).stdout
    assert "Kinderopvang de Waterlelie" in run(diff, tmp_path).stdout
    target.unlink()


def test_every_link_leads_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_every_command_in_the_documents_exists() -> None:
    from spelregel.cli import main

    known = set(main.commands)
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for name in re.findall(r"(?:^|[`\s/])spelregel ([a-z]+)\b", document.read_text("utf-8")):
            assert name in known, f"{document.name}: spelregel {name}"


def test_the_starter_is_a_good_file_and_every_setting_is_documented() -> None:
    from spelregel.tenancy.check import check_file

    checked = check_file(ROOT / "docs" / "starter.yaml")
    assert checked.tenant and {problem.code for problem in checked.problems} == {"W408"}
    operating = (ROOT / "docs" / "operating.md").read_text("utf-8")
    used = set(
        re.findall(r"SPELREGEL_[A-Z_]+", " ".join(p.read_text("utf-8") for p in (ROOT / "platform").rglob("*.py")))
    )
    assert [name for name in sorted(used) if name not in operating] == []
