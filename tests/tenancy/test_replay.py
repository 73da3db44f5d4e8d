"""A log of recorded facts is judged once more: what differs is named, and nothing else."""

from __future__ import annotations

import json
import random
import time
from datetime import date, timedelta
from typing import Any

from spelregel.tenancy.check import reading_of
from spelregel.tenancy.examples import run_examples
from spelregel.tenancy.judging import judge, judgement_as_data
from spelregel.tenancy.replay import replay
from tests.conftest import PROVE, ROOT, TENANTS, reading, tenant, tenant_from

LINES = 100_000 if PROVE else 10_000
PROMISED_SECONDS = 20  # for 100,000 lines

CASE = {"absence": "2026-12-10 08:00-13:00", "reported": "2026-12-08 09:29"}
IN_TIME = {"when": CASE, "then": {"earns": "5 ruiluren", "accepted": True}}
TOO_LATE = {"when": {**CASE, "reported": "2026-12-08 09:30"}, "then": {"earns": "nothing", "reason": "too_late"}}


def log(*lines: object) -> list[bytes]:
    return [json.dumps(line).encode() + b"\n" for line in lines]


def edited(old: str, new: str) -> Any:
    text = (ROOT / "tenants" / "fantaziehuis.yaml").read_text("utf-8")
    assert old in text
    return reading_of(tenant_from(text.replace(old, new).split("\nexamples:")[0] + "\n"))


def test_every_example_of_every_organisation_comes_out_as_it_is_recorded() -> None:
    from spelregel.tenancy.yaml_source import read_yaml

    lines = 0
    for path in TENANTS:
        source = read_yaml(path.read_bytes(), path.name)
        assert [each for each in run_examples(source, reading(path.stem)) if each.severity == "error"] == []
        examples = source.data["examples"]
        found = replay(log(*examples), reading(path.stem))
        assert (found.lines, found.differ, found.kinds, found.unreadable) == (len(examples), 0, [], [])
        lines += found.lines
    assert lines > 100


def test_what_comes_out_differently_is_counted_per_kind_with_its_first_line() -> None:
    later = {"when": {**CASE, "absence": "2026-12-17 08:00-18:00", "reported": "2026-12-15 09:15"}, "then": {"earns": "10 ruiluren", "accepted": True}}  # fmt: skip
    found = replay(log(TOO_LATE, IN_TIME, later, IN_TIME), edited("2 days, before 09:30", "2 days, before 09:00"))
    assert (found.lines, found.differ) == (4, 3)
    (kind,) = found.kinds
    assert (kind.count, kind.line, kind.when, kind.decision) == (3, 2, CASE, "absence.credit")
    assert [(each.answer, each.recorded, each.now) for each in kind.differences] == [("earns", "5 ruiluren", "nothing")]


def test_a_decision_as_it_is_printed_or_kept_can_be_replayed() -> None:
    old = reading("fantaziehuis")
    trace = judgement_as_data(judge(old, CASE), old, CASE)
    kept = {"facts": CASE, "trace": trace, "digest": "…"}
    assert replay(log(trace, kept), old).differ == 0
    found = replay(log(trace, kept), edited("2 days, before 09:30", "2 days, before 09:00"))
    assert found.differ == 2 and len(found.kinds) == 1
    changed = {each.answer: (each.recorded, each.now) for each in found.kinds[0].differences}
    assert changed["reason"] == ("none", "too_late") and changed["outcome"] == ("granted", "refused")
    assert set(changed) == {"outcome", "reason", "earns", "cutoff"}


def test_another_wording_of_the_file_that_decides_the_same_is_no_difference() -> None:
    old = reading("fantaziehuis")
    trace = judgement_as_data(judge(old, CASE), old, CASE)
    moved = edited("credits:\n  ruiluren:", "# a line more\ncredits:\n  ruiluren:")
    assert judgement_as_data(judge(moved, CASE), moved, CASE) != trace
    assert replay(log(trace), moved).differ == 0


def test_a_line_that_cannot_be_read_is_named_and_the_rest_goes_on() -> None:
    lines = [
        *log(IN_TIME), b"nonsense\n", b"\n", b"[1]\n", b"\xff\n", b"[" * 5000 + b"\n", *log({"when": CASE}, {"then": {}}, {"facts": CASE}),
        *log({"when": {"absence": "x", "reported": "y"}, "then": {}}, {"when": CASE, "then": {"earn": 1}}, {"facts": CASE, "outcome": "granted", "decided_by": 99, "steps": []}),
        *log(IN_TIME),
    ]  # fmt: skip
    found = replay(lines, reading("fantaziehuis"))
    assert (found.lines, found.differ) == (2, 0)
    assert [number for number, _ in found.unreadable] == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert str(found.unreadable[0][1]) == "this line is not JSON"
    assert "not a day with its times" in str(found.unreadable[7][1])
    assert str(found.unreadable[8][1]) == "unknown answer “earn”"


def test_many_lines_are_judged_in_the_promised_time() -> None:
    chance = random.Random("replay")
    old, cases = reading("langekeizer"), []
    for _ in range(LINES):
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(900))
        moment = f"{day - timedelta(days=chance.randrange(3))} {chance.randrange(24):02}:{chance.randrange(60):02}"
        cases.append({"absence": f"{day} 14:00-18:30", "reported": moment, "care_type": "bso", "by": chance.choice(("parent", "staff"))})  # fmt: skip
    lines = log(*({"when": case, "then": {"accepted": True, "earns": "4.5 tegoed"}} for case in cases))
    kept = log(*(judgement_as_data(judge(old, case), old, case) for case in cases[: LINES // 10]))
    started = time.perf_counter()
    found = replay(lines, old)
    seconds = time.perf_counter() - started
    assert found.lines == LINES and 0 < found.differ < LINES
    assert sum(kind.count for kind in found.kinds) == found.differ
    assert replay(kept, old).differ == 0
    assert seconds < PROMISED_SECONDS * LINES / 100_000, tenant("langekeizer").name
