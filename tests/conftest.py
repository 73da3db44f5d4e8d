"""What every suite shares: the tenants of the repository, moments, and the sizes of `./dev prove`."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from spelregel.tenancy.check import check_file, check_text, reading_of
from spelregel.tenancy.facts_text import Reading
from spelregel.tenancy.judging import judge, judgement_as_data
from spelregel.tenancy.tenant import Tenant

ROOT = Path(__file__).parents[1]
TENANTS = sorted((ROOT / "tenants").glob("*.yaml"))
PROVE = os.environ.get("SPELREGEL_PROVE") == "1"


@cache
def tenant(name: str) -> Tenant:
    checked = check_file(ROOT / "tenants" / f"{name}.yaml")
    assert checked.tenant, [str(problem.message) for problem in checked.problems]
    return checked.tenant


@cache
def reading(name: str) -> Reading:
    return reading_of(tenant(name))


def decide(name: str, **when: Any) -> dict[str, Any]:
    return judgement_as_data(judge(reading(name), when), reading(name), when)


def tenant_from(text: str) -> Tenant:
    checked = check_text(text.encode(), "test.yaml")
    assert checked.tenant, [(problem.span.line, str(problem.message)) for problem in checked.problems]
    return checked.tenant


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Per suite how many tests ran: a suite that silently did not run would stand out."""
    counts: dict[str, int] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            suite = report.nodeid.split("/")[1] if report.nodeid.count("/") > 1 else "tests"
            counts[suite] = counts.get(suite, 0) + 1
    terminalreporter.write_sep("-", "tests per suite")
    for suite, count in sorted(counts.items()):
        terminalreporter.write_line(f"{suite:<14}{count:>6}")


@pytest.fixture
def root() -> Path:
    return ROOT
