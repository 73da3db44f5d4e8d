"""`decide FILE -` answers many lines in little time, each like the same case asked alone."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from datetime import date, timedelta
from typing import Any

from spelregel.tenancy.judging import judge, judgement_as_data
from tests.conftest import PROVE, ROOT, TENANTS, reading
from tests.rules.test_boundaries import ABSENCE, USE

LINES = 100_000 if PROVE else 5_000
PROMISED_SECONDS = 40  # for 100,000 lines
NAMES = [path.stem for path in TENANTS]
DAYPARTS = ("08:00-13:00", "13:00-18:30", "14:00-18:30", "07:30-18:30", "15:15-18:30")


def boundary_lines(name: str) -> list[tuple[dict[str, Any], str, Any]]:
    """The rows of the boundary tables for one organisation: (case, answer's key, what it must be)."""
    rows: list[tuple[dict[str, Any], str, Any]] = [
        ({"absence": care, "reported": reported}, "earns", earned)
        for who, care, reported, earned in ABSENCE
        if who == name
    ]
    if name == "langekeizer":
        rows += [
            ({"use_credit": f"{used} 08:00-13:00", "earned": earned, "asked": "2027-01-01 12:00"}, "usable", usable)
            for earned, used, usable in USE
        ]
    return rows


def varied_lines(name: str, n: int) -> list[dict[str, Any]]:
    """Other days, moments, kinds of care, actions and people on every line; the same on every run."""
    chance = random.Random(name)
    care_types = reading(name).rulebook.care_types
    found: list[dict[str, Any]] = []
    for _ in range(n):
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(900))
        moment = f"{day - timedelta(days=chance.randrange(5))} {chance.randrange(24):02}:{chance.randrange(60):02}"
        care, action = f"{day} {chance.choice(DAYPARTS)}", chance.random()
        case: dict[str, Any] = {"care_type": chance.choice(care_types), "by": chance.choice(("parent", "staff"))}
        if action < 0.7:
            case |= {"absence": care, "reported": moment, "reason": chance.choice(("illness", "holiday", "other"))}
        elif action < 0.85:
            case |= {"withdraw_absence": care, "asked": moment, "earned": 5, "spent": chance.choice((0, 2))}
        else:
            earned = day - timedelta(days=chance.randrange(60))
            case |= {"use_credit": care, "asked": moment, "earned": earned.isoformat(), "credit": 5}
        found.append(case)
    return found


def decide(name: str, lines: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "spelregel.cli", "decide", str(ROOT / "tenants" / f"{name}.yaml"), "-"],
        input="\n".join(lines) + "\n", capture_output=True, text=True, encoding="utf-8", check=True, env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_many_lines_are_answered_in_the_promised_time_and_as_the_boundary_tables_say() -> None:
    each = LINES // len(NAMES)
    seconds, compared, sampled = 0.0, 0, 0
    for name in NAMES:
        known = boundary_lines(name)
        cases: list[dict[str, Any]] = varied_lines(name, each)
        at = range(0, each, 97)  # a known case every now and then, each of them several times over
        for turn, index in enumerate(at):
            cases[index] = known[turn % len(known)][0]
        started = time.perf_counter()
        answers = decide(name, [json.dumps(case) for case in cases])
        seconds += time.perf_counter() - started
        assert len(answers) == len(cases)
        for turn, index in enumerate(at):
            _, key, expected = known[turn % len(known)]
            got = answers[index][key]
            assert ((got or {}).get("amount") if key == "earns" else got) == expected, cases[index]
            compared += 1
        for index in range(1, each, max(each // 100, 1)):
            alone = judgement_as_data(judge(reading(name), cases[index]), reading(name), cases[index])
            assert answers[index] == json.loads(json.dumps(alone)), cases[index]
            sampled += 1
    assert compared >= len(ABSENCE) + len(USE) and sampled >= 100 * len(NAMES)
    assert seconds < 5 * PROMISED_SECONDS * LINES / 100_000
