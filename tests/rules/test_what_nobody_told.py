"""A fact that a rule needs and nobody told: the step names it and the rule that needs it, and a person decides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.made_up import ASKING, SWAPPING, Organisation
from tests.rules.test_credits import granting

DAY = "2026-12-10 08:00-13:00"
EARLY = "2026-12-01 12:00"


def asking(*lines: str) -> Organisation:
    return Organisation(more=ASKING + "".join(f"  {line}\n" for line in lines))


STUDY_DAYS = Organisation(
    more="study_days:\n  requested_by: [parent]\n  notice: 2 weeks\n  sign_ups: 5\n  approval: always\n"
)
UNTOLD: list[tuple[str, Organisation, dict[str, Any], str, str]] = [
    ("how many hours a week the contract has", granting("2 times the weekly hours", part="whole"), {"grant": "2027-09-01"}, "credits.vrij.grant.amount", "weekly"),
    ("when the contract began, for a waiting time", granting(more=", waiting: 6 months"), {"grant": "2027-09-01"}, "credits.vrij.grant.amount", "contract_started"),
    ("when the contract began, for its year", granting(every="contract year", part="whole"), {"grant": "2027-09-01"}, "credits.vrij.grant.amount", "contract_started"),
    ("how many signed up", STUDY_DAYS, {"study_day": DAY, "asked": "2026-11-20 12:00"}, "study_days.sign_ups", "sign_ups"),
    ("how often there was one", asking("at_most: [4 per week]"), {"extra_care": DAY, "asked": EARLY}, "extra_care.at_most", "so_far"),
    ("how many hours were asked for", asking("at_most: [40 hours per week]"), {"extra_care": DAY, "asked": EARLY}, "extra_care.at_most", "so_far"),
    ("with which contract", asking("contracts: [schoolweken]"), {"extra_care": DAY, "asked": EARLY}, "extra_care.contracts", "contract"),
    ("which day is given up", Organisation(("swap: false", "swap: true"), more=SWAPPING), {"swap": DAY, "asked": EARLY}, "swap.give_up", "gives_up"),
]  # fmt: skip


@pytest.mark.parametrize(("organisation", "facts", "rule", "fact"), [row[1:] for row in UNTOLD], ids=[row[0] for row in UNTOLD])  # fmt: skip
def test_it_is_named_with_the_rule_that_needs_it(
    organisation: Organisation, facts: dict[str, Any], rule: str, fact: str
) -> None:
    got = organisation(**facts)
    assert got["outcome"] == "to_judge"
    unknown = [step for step in got["steps"] if step["outcome"] == "unknown"]
    named = [(step["rule"], step["facts"].get("fact")) for step in unknown if step["reason"] == "not_told"]
    assert (rule, fact) in named
    assert got["decided_by"] == got["steps"].index(unknown[0])
