"""Decisions: our engine, the same by hand, and two engines from the package index, after all agree on thousands of cases."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

from bench.by_hand import BY_HAND, ON_MINUTES
from bench.cases import (
    AMSTERDAM,
    ORGANISATIONS,
    Answer,
    Case,
    Plain,
    Prepared,
    cases,
    closed_days,
    facts_of,
    minutes_of,
    moment_of,
    prepared,
)
from bench.peers import DataLogic, Zen, ZenExpression, as_facts
from bench.side_by_side import side_by_side
from spelregel.rules.absence import AbsenceVerdict, decide_absence
from spelregel.rules.facts import AbsenceFacts, CareDay
from spelregel.rules.memo import forget
from tests.conftest import tenant

AGREED_ON = 3000  # cases per organisation
TIMED = 2500  # cases per organisation, each once in a round
TEN_WEEKS = (date(2026, 10, 5), 70)  # what parents ask about; a change of the clock lies in it
REPLAYED = 100_000

RULEBOOKS = {each: tenant(each).rulebook for each in ORGANISATIONS}
CLOSED = {each: closed_days(rulebook) for each, rulebook in RULEBOOKS.items()}
CARE_TYPE = {each: rulebook.care_types[0] for each, rulebook in RULEBOOKS.items()}


def from_file(case: Case) -> AbsenceVerdict:
    """From what comes in to the verdict, with every condition, its value, its line and its reason."""
    care = CareDay(case.day, case.starts, case.ends, CARE_TYPE[case.organisation], planned=case.planned)
    facts = AbsenceFacts(care, case.moment, case.by, case.reason, {"afwezigheidstegoed": case.balance})
    return decide_absence(RULEBOOKS[case.organisation], facts)


def by_hand(case: Case) -> Answer:
    return BY_HAND[case.organisation](
        case.moment, case.day, case.starts, case.ends, case.by, case.planned, case.balance, CLOSED[case.organisation]
    )


def by_peer(peer: Any, case: Case) -> Answer:
    """What a program around such an engine has to do: make the facts, ask, and make an instant of the limit again."""
    local, start = case.moment.astimezone(AMSTERDAM), datetime.combine(case.day, case.starts)
    opens = minutes_of(start)
    facts = {
        "now": minutes_of(local),
        "day": opens - start.hour * 60 - start.minute,
        "start": opens,
        "by": case.by,
        "planned": case.planned,
        "closed": case.day in CLOSED[case.organisation],
        "worth": (case.ends.hour - start.hour) * 60 + case.ends.minute - start.minute,
        "balance": case.balance,
    }
    granted, reason, cutoff, amount = peer(case.organisation, facts)
    return granted, reason, moment_of(int(cutoff)), amount


def answer_of(verdict: AbsenceVerdict) -> Answer:
    decision = verdict.deciding
    assert decision.cutoff
    return decision.granted, decision.reason, decision.cutoff.at, decision.earned.amount if decision.earned else 0


def all_agree(all_cases: list[Case], peers: dict[str, Any]) -> None:
    for case in all_cases:
        ours, facts = answer_of(from_file(case)), prepared(case, CLOSED[case.organisation])
        hand, plain = by_hand(case), ON_MINUTES[case.organisation](facts)
        assert hand == ours, (case, hand, ours)
        assert (plain[0], plain[1], moment_of(plain[2]), plain[3]) == ours, (case, plain, ours)
        for name, peer in peers.items():
            assert by_peer(peer, case) == ours, (name, case, by_peer(peer, case), ours)


def measure() -> dict[str, float]:
    peers = {"zen": Zen(), "zen_expression": ZenExpression(), "datalogic": DataLogic()}
    asked = [case for each in ORGANISATIONS for case in cases(each, CLOSED[each], AGREED_ON)]
    all_agree(asked, peers)
    print(
        f"all agree on {len(asked)} cases of {len(ORGANISATIONS)} organisations: decision, deciding reason, limit, minutes"
    )
    timed, others = (
        [case for each in ORGANISATIONS for case in cases(each, CLOSED[each], count, *TEN_WEEKS)]
        for count in (TIMED, AGREED_ON)
    )

    def on_a_working_day() -> None:
        """What a worker remembers comes from other questions about these weeks, never from the same ones."""
        forget()
        for case in others:
            from_file(case)
        gc.collect()

    found = end_to_end(timed, peers, on_a_working_day) | alone(timed, peers, on_a_working_day)
    year = [case for each in ORGANISATIONS for case in cases(each, CLOSED[each], REPLAYED // len(ORGANISATIONS))]
    return found | replay(sorted(year, key=lambda case: case.moment))


def each_of(asked: list[Any], decide: Callable[..., object]) -> Callable[[], None]:
    """A side of the table: every question once, and no answer is kept."""

    def run() -> None:
        for each in asked:
            decide(*each)

    return run


def end_to_end(timed: list[Case], peers: dict[str, Any], before: Callable[[], None]) -> dict[str, float]:
    print("\none decision, from an instant and dates to the answer with its limit as an instant")
    zen, expression, datalogic = peers.values()
    asked = [(case,) for case in timed]
    measured = side_by_side(
        {
            "by hand": each_of(asked, by_hand),
            "from the file, with every condition's trace": each_of(asked, from_file),
            "zen-engine, decision table by key, no trace": each_of(asked, partial(by_peer, zen)),
            "zen-engine, one compiled expression, no trace": each_of(asked, partial(by_peer, expression)),
            "datalogic-py, no trace": each_of(asked, partial(by_peer, datalogic)),
        },
        len(timed),
        before=before,
    )
    measured.table()
    hand, ours, *others = measured.seconds
    return {
        "decide_explained_end_to_end_vs_hand": measured.ratio(ours, hand),
        "decide_explained_end_to_end_vs_zen": measured.ratio(others[0], ours),
        "decide_explained_end_to_end_vs_zen_expression": measured.ratio(others[1], ours),
        "decide_explained_end_to_end_vs_datalogic": measured.ratio(others[2], ours),
        "decide_explained_end_to_end_us": measured.median(ours) * 1e6,
    }


def alone(timed: list[Case], peers: dict[str, Any], before: Callable[[], None]) -> dict[str, float]:
    print("\nthe decision alone, from facts that are ready (ours makes its trace here too: there is no way without)")
    zen, expression, datalogic = peers.values()
    plain = [(ON_MINUTES[each.organisation], prepared(each, CLOSED[each.organisation])) for each in timed]
    worded = [(each.organisation, as_facts(facts)) for each, (_, facts) in zip(timed, plain, strict=True)]
    ready = [(RULEBOOKS[each.organisation], facts_of(each, CARE_TYPE[each.organisation])) for each in timed]
    measured = side_by_side(
        {
            "by hand, on minutes": each_of(plain, on_minutes),
            "from the file": each_of(ready, decide_absence),
            "zen-engine, decision table by key": each_of(worded, zen),
            "zen-engine, one compiled expression": each_of(worded, expression),
            "datalogic-py": each_of(worded, datalogic),
        },
        len(timed),
        before=before,
    )
    measured.table()
    hand, ours, *others = measured.seconds
    return {
        "decide_vs_hand": measured.ratio(ours, hand),
        "decide_vs_zen": measured.ratio(others[0], ours),
        "decide_vs_zen_expression": measured.ratio(others[1], ours),
        "decide_vs_datalogic": measured.ratio(others[2], ours),
    }


def on_minutes(decide: Callable[[Prepared], Plain], facts: Prepared) -> Plain:
    return decide(facts)


def replay(recorded: list[Case]) -> dict[str, float]:
    print(f"\n{len(recorded):,} recorded cases again: a loop by hand without a trace, and ours with every trace")
    plain = [(ON_MINUTES[each.organisation], prepared(each, CLOSED[each.organisation])) for each in recorded]
    ready = [(RULEBOOKS[each.organisation], facts_of(each, CARE_TYPE[each.organisation])) for each in recorded]

    def by_hand_again() -> None:
        for decide, facts in plain:
            decide(facts)

    measured = side_by_side(
        {"by hand, on minutes": by_hand_again, "from the files, with traces": each_of(ready, decide_absence)},
        len(recorded),
        before=forget,
    )
    measured.table()
    hand, ours = measured.seconds
    return {
        "replay_100k_vs_hand": measured.ratio(ours, hand),
        "replay_100k_s": measured.median(ours) * REPLAYED,
    }
