"""Caps and quotas, step by step: times and hours apart, several periods in one list, what nobody counted."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from spelregel.rules.asking import at_most, room_under, within_quota
from spelregel.rules.decision import Step
from spelregel.rules.facts import CareDay
from spelregel.rules.phrases import Cap, parse_cap
from spelregel.rules.rulebook import RuleRef, Sourced

RULE = RuleRef("extra_care.at_most", None, "made_up.yaml", 1, 1, "tenant", None)
#: Five hours on a Thursday.
CARE = CareDay(date(2026, 12, 10), time(8), time(13), "bso")


def caps(*phrases: str) -> Sourced[tuple[Cap, ...]]:
    return Sourced(tuple(parse_cap(each) for each in phrases), RULE)


def told(step: Step) -> tuple[str, str, dict[str, Any], str | None]:
    assert step.rule is RULE
    return step.outcome, step.reason, dict(step.facts), step.remedy


TIMES = {"maximum": 2, "cap": "2 per month", "per": "month"}
CONTRACT_YEAR = {"maximum": 2, "cap": "2 per contract year", "per": "contract year"}


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (None, ("unknown", "not_told", {**TIMES, "fact": "so_far"}, None)),
        ({"week": 0}, ("unknown", "not_told", {**TIMES, "fact": "so_far"}, None)),
        ({"month": 60}, ("holds", "below_cap", {**TIMES, "so_far": 1}, None)),
        ({"month": 119}, ("holds", "below_cap", {**TIMES, "so_far": 1}, None)),
        ({"month": 120}, ("fails", "cap_reached", {**TIMES, "so_far": 2, "again_from": "2027-01-01"}, "next_period")),
        ({"month": 180}, ("fails", "cap_reached", {**TIMES, "so_far": 3, "again_from": "2027-01-01"}, "next_period")),
    ],
)
def test_so_many_times_in_a_month(done: dict[str, int] | None, expected: object) -> None:
    assert [told(step) for step in at_most(caps("2 per month"), done, CARE)] == [expected]


def test_a_full_contract_year_ends_when_the_contract_says_and_is_not_guessed() -> None:
    done = {"contract year": 120}
    (step,) = at_most(caps("2 per contract year"), done, CARE)
    expected = {**CONTRACT_YEAR, "so_far": 2, "again_from": None}
    assert told(step) == ("fails", "cap_reached", expected, None)
    (step,) = at_most(caps("2 per contract year"), done, CARE._replace(contract_started=date(2025, 3, 1)))
    assert told(step) == ("fails", "cap_reached", {**expected, "again_from": "2027-03-01"}, "next_period")


def test_of_several_caps_each_has_its_step_whatever_stands_before_it() -> None:
    mixed = caps("10 hours per week", "2 per month", "3 per week", "8 hours per month")
    nobody = [(step.outcome, step.facts["cap"]) for step in at_most(mixed, {"week": 60}, CARE)]
    assert nobody == [("unknown", "2 per month"), ("holds", "3 per week")]
    nobody = [(step.outcome, step.facts["cap"]) for step in within_quota(mixed, {"month": 60}, CARE)]
    assert nobody == [("unknown", "10 hours per week"), ("holds", "8 hours per month")]
    room, steps = room_under(mixed, {"month": 7 * 60}, 5 * 60)
    assert room == 60
    assert [(step.outcome, step.facts["cap"]) for step in steps] == [
        ("unknown", "10 hours per week"),
        ("holds", "8 hours per month"),
    ]


HOURS = {"cap": "10 hours per week", "per": "week", "maximum": 10}


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (None, ("unknown", "not_told", {**HOURS, "fact": "so_far"}, None)),
        ({"month": 0}, ("unknown", "not_told", {**HOURS, "fact": "so_far"}, None)),
        ({"week": 300}, ("holds", "below_quota", {**HOURS, "so_far": 5}, None)),
        ({"week": 301}, ("fails", "quota_reached", {**HOURS, "so_far": 5.0167}, None)),
    ],
)
def test_a_quota_of_hours_holds_what_was_asked_and_this_piece(done: dict[str, int] | None, expected: object) -> None:
    assert [told(step) for step in within_quota(caps("10 hours per week"), done, CARE)] == [expected]


@pytest.mark.parametrize(("done", "outcome"), [(60, "holds"), (61, "fails")])
def test_a_quota_of_days_counts_this_piece_as_one_day_however_long_it_is(done: int, outcome: str) -> None:
    (step,) = within_quota(caps("2 days per week"), {"week": done}, CARE)
    assert step.outcome == outcome


@pytest.mark.parametrize(
    ("done", "room", "expected"),
    [
        (None, 300, ("unknown", "not_told", {"fact": "so_far", "cap": "10 hours per week"}, None)),
        ({"week": 300}, 300, ("holds", "room_in_period", {**HOURS, "earned_so_far": 5}, None)),
        ({"week": 360}, 240, ("holds", "cut_off_in_period", {**HOURS, "earned_so_far": 6}, None)),
        ({"week": 600}, 0, ("fails", "period_full", {**HOURS, "earned_so_far": 10}, None)),
        ({"week": 660}, 0, ("fails", "period_full", {**HOURS, "earned_so_far": 11}, None)),
    ],
)
def test_what_may_still_be_earned_in_a_period(done: dict[str, int] | None, room: int, expected: object) -> None:
    left, steps = room_under(caps("10 hours per week"), done, 300)
    assert left == room
    assert [told(step) for step in steps] == [expected]
