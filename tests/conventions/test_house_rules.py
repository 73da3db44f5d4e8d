"""Conventions that a reviewer would otherwise have to remember."""

from __future__ import annotations

import ast
import platform
import re
from pathlib import Path

from spelregel.tenancy.yaml_source import read_yaml
from tests.conftest import ROOT, TENANTS

PROGRAM = ROOT / "platform" / "spelregel"
#: Words of a tenant that are plain Dutch or English: they name the thing, not the organisation.
PLAIN_WORDS = {"tegoed", "credit", "absence credit", "holiday care", "swap hours", "swap hour", "uur tegoed", "uur vakantieopvang",
               "hour of credit", "hours of credit", "hour of holiday care", "hours of holiday care", "groep"}  # fmt: skip


def test_platform_is_no_package_and_does_not_shadow_the_standard_library() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert platform.system()


def clock_reads(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in {
            "now",
            "today",
            "utcnow",
            "time_ns",
            "monotonic",
        }:
            found.append(ast.unparse(node))
        if isinstance(node, ast.Attribute) and node.attr == "time" and ast.unparse(node.value) == "time":
            found.append(ast.unparse(node))
    return found


def test_rules_read_no_clock() -> None:
    assert clock_reads("from datetime import date\ndate.today()") == ["date.today"], "the check can fail"
    assert {
        path.name: clock_reads(path.read_text())
        for path in (PROGRAM / "rules").glob("*.py")
        if clock_reads(path.read_text())
    } == {}


def test_no_code_is_made_from_data() -> None:
    for path in PROGRAM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"exec", "eval", "compile", "__import__"}, f"{path}:{node.lineno}"


def past_the_tenant(source: str) -> list[str]:
    """SQL written out and sessions without a tenant; the condition of an index is part of a table, and no question."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy"
        for alias in node.names
    }
    of_an_index = {
        id(word.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg in {"sqlite_where", "postgresql_where"}
    }
    refused = imported & {"text", "literal_column", "Session", "sessionmaker", "create_engine", "TextClause"}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in of_an_index:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in refused or name in {"exec_driver_sql", "raw_connection"}:
                found.append(name)
    return found


def test_rows_are_asked_for_through_the_session_of_a_tenant() -> None:
    planted = "from sqlalchemy import text\nIndex('i', sqlite_where=text('a'))\nselect(text('b'))"
    assert past_the_tenant(planted) == ["text"], "the check can fail"
    found = {
        path.relative_to(PROGRAM).as_posix(): past_the_tenant(path.read_text())
        for path in PROGRAM.rglob("*.py")
        if "storage" not in path.relative_to(PROGRAM).parts
    }
    assert {name: each for name, each in found.items() if each} == {"records/live_files.py": ["Session"] * 3}, (
        "the one table that is nobody's (docs/security.md)"
    )


def tenant_words() -> set[str]:
    words: set[str] = set()
    for path in TENANTS:
        data = read_yaml(path.read_bytes(), path.name).data
        words |= {path.stem, data["tenant"], data["subdomain"], data["name"].lower()}
        words |= (
            set(data["credits"])
            | set(data.get("products", {}))
            | set(data.get("contracts", {}))
            | set(data.get("contact", {}))
        )
        words |= {
            word.lower()
            for credit in data["credits"].values()
            for name in credit["name"].values()
            for word in name.values()
        }
    return {word.lower() for word in words} - PLAIN_WORDS


def test_no_line_of_the_program_knows_a_tenant() -> None:
    words = tenant_words()
    assert {"roefjes", "delangekeizer", "qflexibel", "ruiluren"} <= words
    pattern = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(words)))
    hits = []
    for path in PROGRAM.rglob("*"):
        if path.is_file() and path.suffix in {
            ".py",
            ".html",
            ".css",
            ".js",
            ".po",
            ".yaml",
            ".json",
            ".mako",
            ".ini",
            ".svg",
            ".txt",
        }:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if found := pattern.search(line.lower()):
                    hits.append(f"{path.relative_to(ROOT)}:{number}: {found.group()}")
    assert not hits


def test_yaml_is_read_in_one_place_only() -> None:
    readers = [path for path in PROGRAM.rglob("*.py") if re.search(r"^import yaml|^from yaml", path.read_text(), re.M)]
    assert [path.name for path in readers] == ["yaml_source.py"]


def test_the_public_holidays_are_what_the_library_says() -> None:
    import sys

    sys.path.insert(0, str(ROOT / "scripts"))
    from make_public_holidays import TARGET, public_holidays

    assert Path(TARGET).read_text("utf-8") == public_holidays()
