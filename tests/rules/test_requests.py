"""What can be asked for: who, when, how often, how it is paid, and how it is undone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.made_up import ASKING, SWAPPING, Organisation

DAY = "2026-12-17 08:00-13:00"
EARLY = "2026-12-01 12:00"


def asking(*lines: str, **changed: str) -> Organisation:
    text = ASKING
    for key, value in changed.items():
        old = next(line for line in text.splitlines() if line.strip().startswith(f"{key}:"))
        text = text.replace(old, f"  {key}: {value}")
    return Organisation(more=text + "".join(f"  {line}\n" for line in lines))


def swapping(**changed: str) -> Organisation:
    text = SWAPPING
    for key, value in changed.items():
        old = next((line for line in text.splitlines() if line.strip().startswith(f"{key}:")), None)
        text = text.replace(old, f"  {key}: {value}") if old else f"{text}  {key}: {value}\n"
    return Organisation(("swap: false", "swap: true"), more=text)


@pytest.mark.parametrize(
    ("approval", "outcome"), [("by a person", "to_judge"), ("when there is a place", "granted"), ("always", "granted")]
)
def test_approval_says_what_a_request_comes_to(approval: str, outcome: str) -> None:
    assert asking(approval=approval)(extra_care=DAY, asked=EARLY)["outcome"] == outcome


def test_a_request_that_is_too_early_is_not_yet_and_says_from_when() -> None:
    ask = asking("horizon: 10 days")
    early = ask(extra_care=DAY, asked="2026-12-06 23:59")
    assert (early["outcome"], early["allowed"]) == ("not_yet", False)
    assert early["steps"][early["decided_by"]]["facts"]["opens"] == "2026-12-07"
    assert ask(extra_care=DAY, asked="2026-12-07 00:00")["allowed"] is True


@pytest.mark.parametrize(
    "who", ["by the group", "by the location", "by the manager", "by phone", "by customer service"]
)
def test_after_the_limit_somebody_else_may(who: str) -> None:
    ask = asking(f"late_requests: {who}")
    late = ask(extra_care=DAY, asked="2026-12-15 08:01")
    assert (late["outcome"], late["instead"], late["allowed"]) == ("elsewhere", who, False)
    staff = ask(extra_care=DAY, asked="2026-12-15 08:01", by="staff")
    assert staff["allowed"] is True, "whoever a parent is sent to enters it"


def test_after_the_limit_nobody_may_where_nobody_is_named() -> None:
    late = asking()(extra_care=DAY, asked="2026-12-15 08:01")
    assert (late["outcome"], late["instead"]) == ("refused", None)
    assert asking("late_requests: not possible")(extra_care=DAY, asked="2026-12-15 08:01")["outcome"] == "refused"


def test_two_faults_at_once_are_a_refusal_even_where_the_group_may_be_late() -> None:
    ask = asking("late_requests: by the group", "not_on: [study day]")
    assert ask(extra_care=DAY, asked="2026-12-15 08:01", day="study day")["outcome"] == "refused"


def test_what_has_started_is_too_late_for_everybody() -> None:
    ask = asking("late_requests: by the group")
    assert ask(extra_care=DAY, asked="2026-12-17 07:59", by="staff")["allowed"] is True
    for moment in ("2026-12-17 08:00", "2026-12-17 08:01"):
        assert ask(extra_care=DAY, asked=moment, by="staff")["outcome"] == "refused"


@pytest.mark.parametrize(
    ("day", "allowed"), [("2027-06-14", True), ("2027-06-15", False), ("2027-09-15", False), ("2027-09-16", True)]
)
def test_a_blackout_holds_both_of_its_ends(day: str, allowed: bool) -> None:
    ask = asking("not_between: [15 June to 15 September]")
    assert ask(extra_care=f"{day} 08:00-13:00", asked="2027-06-01 12:00")["allowed"] is allowed


@pytest.mark.parametrize(("so_far", "outcome"), [(3, "to_judge"), (4, "refused"), (5, "refused")])
def test_a_cap_is_reached_with_its_own_number(so_far: int, outcome: str) -> None:
    ask = asking("at_most: [4 per calendar year]", approval="always")
    got = ask(extra_care=DAY, asked=EARLY, so_far=so_far)
    assert got["outcome"] == ("granted" if outcome == "to_judge" else outcome)
    if outcome == "refused":
        assert got["would_have_been"]["if"] == "next_period"


def test_a_cap_that_nobody_counted_goes_to_a_person() -> None:
    assert (
        asking("at_most: [4 per calendar year]", approval="always")(extra_care=DAY, asked=EARLY)["outcome"]
        == "to_judge"
    )


def test_each_period_of_a_cap_is_counted_apart() -> None:
    ask = asking("at_most: [4 per calendar year, 1 per week]", approval="always")
    assert ask(extra_care=DAY, asked=EARLY, so_far={"calendar year": 3, "week": 0})["outcome"] == "granted"
    assert ask(extra_care=DAY, asked=EARLY, so_far={"calendar year": 3, "week": 1})["outcome"] == "refused"
    assert ask(extra_care=DAY, asked=EARLY, so_far={"calendar year": 3})["outcome"] == "to_judge"


@pytest.mark.parametrize(
    ("so_far", "outcome"), [("40 hours", "granted"), ("40.02 hours", "refused"), ("46 hours", "refused")]
)
def test_a_quota_of_hours_counts_this_piece_too(so_far: str, outcome: str) -> None:
    ask = asking("at_most: [45 hours per calendar year]", approval="always")
    assert ask(extra_care=DAY, asked=EARLY, so_far=so_far)["outcome"] == outcome


@pytest.mark.parametrize(("ends", "allowed"), [("10:59", False), ("11:00", True), ("11:01", True)])
def test_a_piece_must_be_long_enough(ends: str, allowed: bool) -> None:
    assert asking("at_least: 3 hours")(extra_care=f"2026-12-17 08:00-{ends}", asked=EARLY)["allowed"] is allowed


@pytest.mark.parametrize(("sign_ups", "outcome"), [(None, "to_judge"), (4, "to_judge"), (5, "granted"), (6, "granted")])
def test_a_study_day_goes_ahead_with_enough_children(sign_ups: int | None, outcome: str) -> None:
    more = "study_days:\n  requested_by: [parent]\n  notice: 2 weeks\n  sign_ups: 5\n  approval: always\n"
    organisation = Organisation(("study_days: false", "study_days: true"), more=more)
    facts: dict[str, Any] = {} if sign_ups is None else {"sign_ups": sign_ups}
    assert organisation(study_day=DAY, asked=EARLY, **facts)["outcome"] == outcome


def test_a_contract_that_nobody_named_goes_to_a_person() -> None:
    ask = asking("contracts: [schoolweken]", approval="always")
    assert ask(extra_care=DAY, asked=EARLY)["outcome"] == "to_judge"
    assert ask(extra_care=DAY, asked=EARLY, contract="schoolweken")["outcome"] == "granted"


@pytest.mark.parametrize(
    ("asked", "guaranteed"), [("2026-11-16 23:59", True), ("2026-11-17 00:00", True), ("2026-11-17 23:59", True), ("2026-11-18 00:00", False)]
)  # fmt: skip
def test_a_guarantee_ends_and_asking_goes_on(asked: str, guaranteed: bool) -> None:
    ask = asking("guaranteed_if: {notice: 30 days, day: [contract day]}")
    got = ask(extra_care=DAY, asked=asked)
    assert (got["guaranteed"], got["allowed"]) == (guaranteed, True)
    assert got["outcome"] == ("guaranteed" if guaranteed else "to_judge")
    assert ask(extra_care=DAY, asked=asked, day="extra day")["guaranteed"] is False


#: When it is asked, and the last day on which an answer comes.
ANSWERS = [
    ("{within: 2 workdays}", "2026-12-10 12:00", "2026-12-14"),
    ("{within: 2 workdays}", "2026-12-11 12:00", "2026-12-15"),
    ("{within: 2 workdays}", "2026-12-12 12:00", "2026-12-15"),
    ("{within: 1 week}", "2026-12-10 12:00", "2026-12-17"),
    ("{before: 2 weeks}", "2026-12-01 12:00", "2026-12-03"),
    ("{before: 20th of the month before}", "2026-11-01 12:00", "2026-11-20"),
    ("{before: Friday 1 week before}", "2026-12-01 12:00", "2026-12-11"),
    ("{within: 1 week, before: 2 weeks}", "2026-11-20 12:00", "2026-11-27"),
]


@pytest.mark.parametrize(("promise", "asked", "answer_by"), ANSWERS)
def test_an_answer_comes_by_its_day(promise: str, asked: str, answer_by: str) -> None:
    assert asking(f"answer: {promise}")(extra_care=DAY, asked=asked)["answer_by"] == answer_by


PAYING = "payment: {{pay_with: [{pots}], choice: {choice}, combine: {combine}}}"
SECOND = """  spaaruren:
    name:
      nl: {label: spaaruren, one: spaaruur, other: spaaruren}
      en: {label: saved hours, one: saved hour, other: saved hours}
    worth: 1 hour
    earned_by: contract
    valid: unlimited
    usable_for: [kdv, bso]
"""


def paying(pots: str = "zonuren, spaaruren, invoice", choice: str = "in this order", combine: str = "never", spend: str = "") -> Organisation:  # fmt: skip
    edits = [("    usable_for: [kdv, bso]\n", f"    usable_for: [kdv, bso]\n{spend}{SECOND}")]
    more = ASKING + "  " + PAYING.format(pots=pots, choice=choice, combine=combine) + "\n"
    return Organisation(*edits, more=more)


#: pots, choice, combine, the credit that there is, how the parent wants to pay, and how five hours are paid.
PAYMENTS = [
    ("zonuren, invoice", "parent", "never", {"zonuren": 5}, None, {"zonuren": 5}),
    ("zonuren, invoice", "parent", "never", {"zonuren": 6}, None, {"zonuren": 5}),
    ("zonuren, invoice", "parent", "never", {"zonuren": 4}, None, {"invoice": 5}),
    ("zonuren, invoice", "parent", "never", {"zonuren": 5}, "invoice", {"invoice": 5}),
    ("zonuren, invoice", "parent", "credit and invoice", {"zonuren": 2}, None, {"zonuren": 2, "invoice": 3}),
    ("zonuren", "parent", "never", {"zonuren": 4}, None, None),
    ("zonuren, spaaruren, invoice", "in this order", "never", {"zonuren": 3, "spaaruren": 3}, None, {"invoice": 5}),
    ("zonuren, spaaruren, invoice", "in this order", "never", {"zonuren": 3, "spaaruren": 5}, None, {"spaaruren": 5}),
    ("zonuren, spaaruren", "in this order", "never", {"zonuren": 3, "spaaruren": 3}, None, None),
    ("zonuren, spaaruren", "in this order", "credit and invoice", {"zonuren": 3, "spaaruren": 5}, None, {"spaaruren": 5}),
    ("zonuren, spaaruren, invoice", "in this order", "credit and invoice", {"zonuren": 3, "spaaruren": 5}, None, {"zonuren": 3, "invoice": 2}),
    ("zonuren, spaaruren, invoice", "in this order", "credit and invoice", {"zonuren": 3, "spaaruren": 3}, None, {"zonuren": 3, "invoice": 2}),
    ("zonuren, spaaruren, invoice", "in this order", "several credits", {"zonuren": 3, "spaaruren": 3}, None, {"zonuren": 3, "spaaruren": 2}),
    ("zonuren, spaaruren, invoice", "in this order", "several credits", {"zonuren": 2, "spaaruren": 2}, None, {"invoice": 5}),
    ("zonuren, spaaruren, invoice", "in this order", "anything", {"zonuren": 2, "spaaruren": 2}, None, {"zonuren": 2, "spaaruren": 2, "invoice": 1}),
    ("zonuren, spaaruren, invoice", "parent", "never", {"zonuren": 5, "spaaruren": 5}, "spaaruren", {"spaaruren": 5}),
    ("zonuren, spaaruren, invoice", "in this order", "never", {"zonuren": 5, "spaaruren": 5}, ["spaaruren", "zonuren"], {"zonuren": 5}),
    ("zonuren, spaaruren, invoice", "parent", "never", {"zonuren": 5, "spaaruren": 5}, ["spaaruren", "zonuren"], {"spaaruren": 5}),
]  # fmt: skip


@pytest.mark.parametrize(("pots", "choice", "combine", "credit", "wish", "paid"), PAYMENTS)
def test_care_is_paid_as_the_rules_say(
    pots: str, choice: str, combine: str, credit: dict[str, int], wish: Any, paid: dict[str, int] | None
) -> None:
    facts = {} if wish is None else {"pay": wish}
    got = paying(pots, choice, combine)(extra_care=DAY, asked=EARLY, credit=credit, **facts)
    assert got["pay"] == paid
    assert got["allowed"] is (paid is not None)


def test_the_oldest_portion_goes_first_where_the_rule_says_so() -> None:
    lots = [
        {"kind": "zonuren", "amount": 5, "earned": "2026-11-20"},
        {"kind": "spaaruren", "amount": 5, "earned": "2026-11-05"},
    ]
    assert paying(choice="oldest first")(extra_care=DAY, asked=EARLY, credit=lots)["pay"] == {"spaaruren": 5}
    assert paying(choice="in this order")(extra_care=DAY, asked=EARLY, credit=lots)["pay"] == {"zonuren": 5}


def test_portions_are_not_put_together_where_one_pays_one_day() -> None:
    spend = "    spend: {size: any, rest: stays, several: false}\n"
    lots = [{"kind": "zonuren", "amount": 3}, {"kind": "zonuren", "amount": 4}]
    assert paying()(extra_care=DAY, asked=EARLY, credit=lots)["pay"] == {"zonuren": 5}
    assert paying(spend=spend)(extra_care=DAY, asked=EARLY, credit=lots)["pay"] == {"invoice": 5}


#: Cancelling of an approved day of 17 December from 08:00: when, and what follows.
CANCELLED = [
    ("2026-12-16 07:59", True, "credit back"),
    ("2026-12-16 08:00", True, "credit back"),
    ("2026-12-16 08:01", True, "billed"),
    ("2026-12-17 07:59", True, "billed"),
    ("2026-12-17 08:00", False, None),
]


@pytest.mark.parametrize(("asked", "allowed", "follows"), CANCELLED)
def test_cancelling_has_its_limit_and_its_consequence(asked: str, allowed: bool, follows: str | None) -> None:
    ask = asking("cancel: {pending: true, by: [parent], approved: 24 hours, then: credit back, late: billed}")
    got = ask(cancel=DAY, of="extra_care", asked=asked)
    assert (got["allowed"], got["follows"]) == (allowed, follows)


def test_a_late_price_rises_in_steps_and_the_last_one_that_passed_counts() -> None:
    ask = asking(
        "cancel:", "  pending: true", "  by: [parent]", "  approved: 1 week", "  then: nothing", "  late: billed",
        "  price:", "    - {after: 24 hours, percent: 100}", "    - {after: 1 week, percent: 25}", "    - {after: 48 hours, euros: 15}",
    )  # fmt: skip
    seen = [
        (ask(cancel=DAY, of="extra_care", asked=moment)["percent"], ask(cancel=DAY, of="extra_care", asked=moment)["euros"])
        for moment in ("2026-12-10 23:59", "2026-12-11 00:00", "2026-12-15 08:00", "2026-12-15 08:01", "2026-12-16 08:00", "2026-12-16 08:01")
    ]  # fmt: skip
    assert seen == [(None, None), (25, None), (25, None), (None, 15), (None, 15), (100, None)]


def test_what_is_approved_stands_where_no_limit_is_given() -> None:
    ask = asking("cancel: {pending: true, by: [parent]}")
    assert ask(cancel=DAY, of="extra_care", asked=EARLY)["allowed"] is False
    assert ask(cancel=DAY, of="extra_care", asked=EARLY, state="pending")["allowed"] is True
    assert asking("cancel: {pending: false, by: [parent]}")(cancel=DAY, of="extra_care", asked=EARLY, state="pending")["allowed"] is False  # fmt: skip


@pytest.mark.parametrize(("asked", "allowed"), [("12:14", True), ("12:15", True), ("12:16", False)])
def test_a_request_can_be_undone_for_a_quarter_of_an_hour_whatever_the_limit(asked: str, allowed: bool) -> None:
    ask = asking("cancel: {pending: true, by: [parent], undo: 15 minutes}")
    got = ask(cancel=DAY, of="extra_care", asked=f"2026-12-16 {asked}", sent="2026-12-16 12:00")
    assert got["allowed"] is allowed


def test_undoing_counts_real_minutes_in_the_night_of_the_clock_change() -> None:
    ask = asking("cancel: {pending: true, by: [parent], undo: 90 minutes}")
    sent = "2026-10-25T01:45+02:00"
    assert (
        ask(cancel="2026-10-28 08:00-13:00", of="extra_care", sent=sent, asked="2026-10-25T02:15+01:00")["allowed"]
        is True
    )
    assert (
        ask(cancel="2026-10-28 08:00-13:00", of="extra_care", sent=sent, asked="2026-10-25T02:16+01:00")["allowed"]
        is False
    )


def test_a_file_that_says_nothing_of_cancelling_leaves_it_to_a_person() -> None:
    assert asking()(cancel=DAY, of="extra_care", asked=EARLY)["outcome"] == "to_judge"


@pytest.mark.parametrize(
    ("asked", "allowed"), [("2026-12-15 23:58", True), ("2026-12-15 23:59", True), ("2026-12-16 00:00", False)]
)
def test_a_day_is_given_up_in_time(asked: str, allowed: bool) -> None:
    got = swapping()(swap="2026-12-18 08:00-13:00", gives_up="2026-12-16 08:00-13:00", asked=asked)
    assert got["allowed"] is allowed
    got = swapping()(swap="2026-12-18 08:00-13:00", gives_up="2026-12-16 08:00-13:00", asked="2026-12-17 09:00")
    assert got["allowed"] is False


@pytest.mark.parametrize(
    ("size", "wanted", "allowed"),
    [("any", "08:00-18:00", True), ("same", "08:00-13:00", True), ("same", "08:00-12:59", False), ("same", "08:00-13:01", False),
     ("same or smaller", "08:00-13:00", True), ("same or smaller", "08:00-12:59", True), ("same or smaller", "08:00-13:01", False)],
)  # fmt: skip
def test_a_swap_has_its_size(size: str, wanted: str, allowed: bool) -> None:
    got = swapping(size=size)(swap=f"2026-12-18 {wanted}", gives_up="2026-12-17 08:00-13:00", asked=EARLY)
    assert got["allowed"] is allowed


def test_what_is_given_up_and_not_asked_back_lapses_or_becomes_credit() -> None:
    for leftover in ("lapses", "becomes credit"):
        got = swapping(leftover=leftover)(swap="2026-12-18 08:00-11:00", gives_up="2026-12-17 08:00-13:00", asked=EARLY)
        assert (got["leftover"], got["leftover_is"]) == (2, leftover)


@pytest.mark.parametrize(
    ("wanted", "allowed"), [("2026-12-01", False), ("2026-12-02", True), ("2026-12-30", True), ("2026-12-31", False)]
)
def test_a_swap_stays_within_its_window(wanted: str, allowed: bool) -> None:
    organisation = swapping(window="2 weeks, from 2 weeks before", same_kind_of_day="false")
    got = organisation(swap=f"{wanted} 08:00-13:00", gives_up="2026-12-16 08:00-13:00", asked="2026-11-20 12:00")
    assert got["allowed"] is allowed


def test_a_day_inside_a_blackout_is_not_given_up_either() -> None:
    organisation = swapping(not_between="[1 July to 10 September]")
    facts = {"swap": "2027-06-30 08:00-13:00", "asked": "2027-06-01 12:00"}
    assert organisation(**facts, gives_up="2027-06-29 08:00-13:00")["allowed"] is True
    assert organisation(**facts, gives_up="2027-07-01 08:00-13:00")["allowed"] is False


def test_a_holiday_is_not_swapped_for_a_school_day_where_the_kinds_must_be_the_same() -> None:
    facts = {"swap": "2026-12-21 08:00-13:00", "gives_up": "2026-12-17 08:00-13:00", "asked": EARLY}
    assert swapping()(**facts)["allowed"] is False
    assert swapping(same_kind_of_day="false")(**facts)["allowed"] is True


def test_a_day_from_a_swap_is_swapped_again_only_where_that_is_allowed() -> None:
    facts = {
        "swap": "2026-12-18 08:00-13:00",
        "gives_up": "2026-12-17 08:00-13:00",
        "asked": EARLY,
        "swapped_before": True,
    }
    assert swapping()(**facts)["allowed"] is False
    assert swapping(swapped_again="true")(**facts)["allowed"] is True
    assert swapping()(swap="2026-12-18 08:00-13:00", asked=EARLY)["outcome"] == "to_judge", (
        "nobody said what is given up"
    )


def test_a_contract_year_ahead_needs_to_know_when_the_contract_began() -> None:
    ask = asking("horizon: contract year", approval="always")
    assert ask(extra_care=DAY, asked=EARLY)["outcome"] == "to_judge"
    assert ask(extra_care=DAY, asked=EARLY, contract_started="2025-12-17")["outcome"] == "not_yet"
    assert ask(extra_care=DAY, asked=EARLY, contract_started="2025-12-18")["outcome"] == "granted"
