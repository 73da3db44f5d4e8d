"""Credits in every shape: weights, grants, closed days, caps, exchange, and what becomes of them."""

from __future__ import annotations

import pytest

from tests.rules.made_up import Organisation

DAY = "2026-12-10 08:00-13:00"
IN_TIME = "2026-12-01 12:00"
HOLIDAY = "2026-12-21 08:00-13:00"


def zonuren(*lines: str, **changed: str) -> Organisation:
    edits = [(f"    {key}: {old}\n", f"    {key}: {new}\n") for key, (old, new) in _known(changed).items()]
    more = "".join(f"    {line}\n" for line in lines)
    return Organisation(*edits, ("    earned_by: absence\n", f"    earned_by: absence\n{more}"))


def _known(changed: dict[str, str]) -> dict[str, tuple[str, str]]:
    old = {"worth": "1 hour", "valid": "6 months", "usable_for": "[kdv, bso]"}
    return {key: (old[key], new) for key, new in changed.items()}


@pytest.mark.parametrize(
    ("care", "points"), [("08:00-14:59", 5), ("08:00-15:00", 10), ("08:00-15:01", 10), ("08:00-08:30", 5)]
)
def test_the_first_row_of_the_weights_that_fits_holds(care: str, points: int) -> None:
    organisation = zonuren("weights: [{at_least: 7 hours, counts: 10}, {counts: 5}]", worth="1 point")
    assert organisation.earned(absence=f"2026-12-10 {care}", reported=IN_TIME) == points


def test_weights_differ_per_kind_of_care_and_of_day() -> None:
    organisation = zonuren(
        "weights: [{care_type: bso, day: school holiday, counts: 4}, {care_type: bso, counts: 2}, {counts: 1}]",
        worth="1 strip",
    )
    found = [
        organisation.earned(absence=day, reported="2026-11-01 12:00", care_type=care_type)
        for care_type in ("bso", "kdv")
        for day in (HOLIDAY, DAY)
    ]
    assert found == [4, 2, 1, 1]


def test_a_weight_counts_for_spending_as_it_does_for_earning() -> None:
    organisation = zonuren("weights: [{at_least: 7 hours, counts: 10}, {counts: 5}]", worth="1 point")
    facts = {"earned": "2026-11-12", "asked": IN_TIME, "credit": 20}
    assert organisation(use_credit="2026-12-10 08:00-15:00", **facts)["pays"] == 10
    assert organisation(use_credit="2026-12-10 08:00-14:59", **facts)["pays"] == 5


@pytest.mark.parametrize(
    ("so_far", "earned"), [("40 hours", 5), ("40.5 hours", 4.5), ("45 hours", None), ("50 hours", None)]
)
def test_earning_stops_at_the_maximum_of_a_period(so_far: str, earned: float | None) -> None:
    organisation = Organisation(("      reasons: [illness, holiday, other]\n    valid", "      reasons: [illness, holiday, other]\n      at_most: [45 hours per calendar year]\n    valid"))  # fmt: skip
    assert organisation.earned(absence=DAY, reported=IN_TIME, so_far=so_far) == earned


def test_what_was_earned_so_far_and_nobody_told_goes_to_a_person() -> None:
    organisation = Organisation(("      reasons: [illness, holiday, other]\n    valid", "      reasons: [illness, holiday, other]\n      at_most: [45 hours per calendar year]\n    valid"))  # fmt: skip
    assert organisation(absence=DAY, reported=IN_TIME)["outcome"] == "to_judge"


@pytest.mark.parametrize(
    ("weekly", "outcome", "earned"), [(None, "to_judge", None), (20, "granted", 5), (19, "granted", 2)]
)
def test_a_maximum_can_grow_with_the_contract(weekly: int | None, outcome: str, earned: float | None) -> None:
    organisation = Organisation(("      reasons: [illness, holiday, other]\n    valid", "      reasons: [illness, holiday, other]\n      maximum: 3 times the weekly hours\n      at_maximum: cut off\n    valid"))  # fmt: skip
    facts = {} if weekly is None else {"weekly": f"{weekly} hours"}
    got = organisation(absence=DAY, reported=IN_TIME, credit="55 hours", **facts)
    assert got["outcome"] == outcome
    assert (got["earns"] or {}).get("amount") == earned


GRANT = """  vrij:
    name:
      nl: {{label: vrije dagen, one: vrije dag, other: vrije dagen}}
      en: {{label: free days, one: free day, other: free days}}
    worth: 1 {unit}
    earned_by: grant
    grant: {{amount: {amount}, every: {every}, part_year: {part}{more}}}
    valid: {every}
    usable_for: [kdv]
"""


def granting(
    amount: str = "12 days", every: str = "calendar year", part: str = "by month", more: str = ""
) -> Organisation:
    unit = "hour" if "hour" in amount else "day"
    block = GRANT.format(amount=amount, every=every, part=part, more=more, unit=unit)
    return Organisation(("    usable_for: [kdv, bso]\n", f"    usable_for: [kdv, bso]\n{block}"))


#: What is granted, when the contract starts and ends in 2027, and what that comes to.
GRANTS = [
    ("whole", "", None, None, 12),
    ("whole", "", "2027-07-01", None, 12),
    ("by month", "", "2027-07-01", None, 6),
    ("by month", "", "2027-07-31", None, 6),
    ("by month", "", "2027-08-01", None, 5),
    ("by month", "", "2026-05-01", "2027-03-01", 3),
    ("by day", ", rounding: up, step: 0.5 days", "2027-07-01", None, 6.5),
    ("by day", ", rounding: down, step: 0.5 days", "2027-07-01", None, 6),
    ("by day", ", rounding: nearest, step: 1 day", "2027-07-01", None, 6),
    ("by day", ", rounding: nearest, step: 1 day", "2027-06-15", None, 7),
    ("by day", ", rounding: up, step: 1 day", "2027-12-31", None, 1),
    ("by month", ", rounding: nearest, step: 4 days", "2027-11-01", None, 4),
    ("by month", ", rounding: nearest, step: 5 days", "2027-11-01", None, 0),
    ("by month", ", rounding: nearest, step: 3 days", "2027-12-01", None, 0),
    ("half from July", "", "2027-06-30", None, 12),
    ("half from July", "", "2027-07-01", None, 6),
    ("half from July", "", "2026-07-01", None, 12),
    ("by month", "", "2028-01-01", None, 0),
]


@pytest.mark.parametrize(("part", "more", "starts", "ends", "days"), GRANTS)
def test_a_grant_is_a_share_of_the_year(
    part: str, more: str, starts: str | None, ends: str | None, days: float
) -> None:
    facts = {key: day for key, day in (("contract_started", starts), ("contract_ends", ends)) if day}
    got = granting(part=part, more=more)(grant="2027-09-01", kind="vrij", **facts)
    earned = {"credit": "vrij", "amount": days, "unit": "day", "valid_until": "2027-12-31"}
    assert got["earns"] == (earned if days else None)
    assert got["outcome"] == ("granted" if days else "refused")


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [("2027-12-31", None, 1), (None, "2027-01-01", 1), ("2027-12-31", "2027-12-31", 1), ("2027-01-02", None, 364), (None, None, 365)],
)  # fmt: skip
def test_a_share_by_day_counts_the_first_day_and_the_last(starts: str | None, ends: str | None, days: int) -> None:
    facts = {key: day for key, day in (("contract_started", starts), ("contract_ends", ends)) if day}
    assert granting("365 days", part="by day").earned(grant="2027-09-01", kind="vrij", **facts) == days


def test_without_a_step_a_share_is_cut_off_at_a_sixtieth() -> None:
    assert granting("1 day").earned(grant="2027-09-01", kind="vrij", contract_started="2027-12-01") == pytest.approx(5 / 60, abs=1e-4)  # fmt: skip


def test_a_grant_can_follow_the_hours_of_the_contract() -> None:
    organisation = granting(amount="2 times the weekly hours", part="whole")
    assert organisation.earned(grant="2027-09-01", weekly="21 hours") == 42
    assert organisation(grant="2027-09-01")["outcome"] == "to_judge"


@pytest.mark.parametrize(("day", "given"), [("2027-08-31", False), ("2027-09-01", True), ("2027-09-02", True)])
def test_a_grant_waits_for_its_time(day: str, given: bool) -> None:
    organisation = granting(more=", waiting: 6 months")
    assert (organisation(grant=day, contract_started="2027-03-01")["outcome"] == "granted") is given
    assert organisation(grant=day)["outcome"] == "to_judge", "nobody told when the contract began"


def test_a_grant_per_contract_year_needs_to_know_when_the_contract_began() -> None:
    organisation = granting(every="contract year", part="whole")
    assert organisation(grant="2027-09-01")["outcome"] == "to_judge"
    assert organisation(grant="2027-09-01", contract_started="2026-10-15")["earns"]["valid_until"] == "2027-10-14"


def test_a_public_holiday_gives_credit_where_the_file_says_so() -> None:
    block = GRANT.format(amount="1 day", every="calendar year", part="whole", more="", unit="day")
    block = block.replace("earned_by: grant", "earned_by: public holiday").replace("    grant: {amount: 1 day, every: calendar year, part_year: whole}\n", "")  # fmt: skip
    organisation = Organisation(("    usable_for: [kdv, bso]\n", f"    usable_for: [kdv, bso]\n{block}"))
    assert organisation.earned(closed_day="2027-03-29 08:00-18:00", kind="vrij") == 1
    assert organisation.earned(closed_day="2027-03-30 08:00-18:00", kind="vrij") is None


def test_a_day_in_a_holiday_costs_more_where_the_exchange_says_so() -> None:
    organisation = zonuren("exchange: [{earned_on: school day, used_on: school holiday, costs: 2}]")
    facts = {"earned": "2026-11-12", "asked": IN_TIME, "credit": "20 hours"}
    assert organisation(use_credit=HOLIDAY, **facts)["pays"] == 10
    assert organisation(use_credit="2026-12-17 08:00-13:00", **facts)["pays"] == 5
    assert organisation(use_credit=HOLIDAY, **{**facts, "earned": "2026-10-20"})["pays"] == 5, "earned in a holiday"


@pytest.mark.parametrize(
    ("size", "whole", "usable"),
    [("same", 5, True), ("same", 6, False), ("same", 4, False), ("same or smaller", 5, True), ("same or smaller", 6, True),
     ("same or smaller", 4, False), ("any", 4, True)],
)  # fmt: skip
def test_a_portion_pays_care_of_its_own_size(size: str, whole: int, usable: bool) -> None:
    organisation = zonuren(f"spend: {{size: {size}, rest: stays, several: true}}")
    got = organisation(use_credit="2026-12-17 08:00-13:00", earned="2026-11-12", asked=IN_TIME, credit=whole)
    assert got["usable"] is usable


@pytest.mark.parametrize(("fate", "outcome"), [("kept", "granted"), ("lapses", "refused"), ("converted", "to_judge")])
@pytest.mark.parametrize(
    ("key", "ended"),
    [("by_parent", "by parent"), ("by_organisation", "by organisation"), ("changed", "changed"), ("moved", "moved"), ("other_care", "other care")],
)  # fmt: skip
def test_a_credit_has_its_fate_when_the_contract_changes(key: str, ended: str, fate: str, outcome: str) -> None:
    organisation = zonuren(f"at_contract_end: {{{key}: {fate}}}")
    facts = {"use_credit": "2026-12-17 08:00-13:00", "earned": "2026-11-12", "asked": IN_TIME}
    assert organisation(**facts, ended=ended)["outcome"] == outcome
    assert organisation(**facts)["outcome"] == "granted"


def test_a_credit_that_is_abolished_runs_off() -> None:
    organisation = zonuren("abolished: {last_earned: 2026-12-10, last_used: 2027-01-31}")
    assert organisation.earned(absence=DAY, reported=IN_TIME) == 5
    assert organisation.earned(absence="2026-12-11 08:00-13:00", reported=IN_TIME) is None
    assert organisation(absence=DAY, reported=IN_TIME)["earns"]["valid_until"] == "2027-01-31"
    facts = {"earned": "2026-12-10", "asked": IN_TIME, "valid_until": "2027-06-10"}
    assert organisation(use_credit="2027-01-31 08:00-13:00", **facts)["usable"] is True
    assert organisation(use_credit="2027-02-01 08:00-13:00", **facts)["usable"] is False


@pytest.mark.parametrize(
    ("day", "usable"), [("2026-11-11", False), ("2026-11-12", True), ("2027-01-07", True), ("2027-01-08", False)]
)
def test_a_credit_can_be_used_before_it_is_earned_where_its_window_says_so(day: str, usable: bool) -> None:
    organisation = zonuren(valid="4 weeks, from 4 weeks before")
    got = organisation(use_credit=f"{day} 08:00-13:00", earned="2026-12-10", asked="2026-11-01 12:00")
    assert got["usable"] is usable


@pytest.mark.parametrize(
    ("reported", "accepted"), [("2026-09-09 23:59", False), ("2026-09-10 00:00", True), ("2026-09-10 00:01", True)]
)
def test_an_absence_is_not_reported_before_its_horizon(reported: str, accepted: bool) -> None:
    organisation = Organisation(("  confirm: true\n", "  confirm: true\n  horizon: 3 months\n"))
    assert organisation(absence=DAY, reported=reported)["accepted"] is accepted


def test_a_part_of_a_day_is_reported_only_where_that_is_allowed() -> None:
    whole = Organisation(("  confirm: true\n", "  confirm: true\n  piece: whole day\n"))
    assert whole(absence=DAY, reported=IN_TIME, part_of_day=True)["accepted"] is False
    assert whole(absence=DAY, reported=IN_TIME)["accepted"] is True
    part = Organisation(("  confirm: true\n", "  confirm: true\n  piece: daypart\n"))
    assert part(absence=DAY, reported=IN_TIME, part_of_day=True)["accepted"] is True


@pytest.mark.parametrize(
    ("asked", "outcome"), [("2026-12-02 12:00", "granted"), ("2026-12-02 12:01", "refused"), (None, "to_judge")]
)
def test_an_absence_is_taken_back_within_its_hours(asked: str | None, outcome: str) -> None:
    organisation = Organisation(("    notice: before start\n    earned", "    notice: before start\n    within: 24 hours\n    earned"))  # fmt: skip
    facts = {} if asked is None else {"reported": IN_TIME}
    assert organisation(withdraw_absence=DAY, asked=asked or "2026-12-02 12:00", **facts)["outcome"] == outcome


def test_a_place_that_may_be_gone_leaves_taking_back_to_a_person() -> None:
    organisation = Organisation(("    notice: before start\n    earned", "    notice: before start\n    place: if still free\n    earned"))  # fmt: skip
    assert organisation(withdraw_absence=DAY, asked=IN_TIME)["outcome"] == "to_judge"


BILL = """  bill:
    - {reasons: [illness], proof: true, percent: 0}
    - {notice: 1 week, at_most: 20 per calendar year, percent: 50}
    - {after: 24 hours, euros: 7.5}
"""


def test_the_first_row_of_the_bill_of_which_all_is_so_counts() -> None:
    organisation = Organisation(("  confirm: true\n", f"  confirm: true\n{BILL}"))
    bills = [
        organisation(absence=DAY, reported=reported, **facts)["bill"]
        for reported, facts in (
            ("2026-12-10 07:00", {"reason": "illness", "proof": True}),
            ("2026-12-10 07:00", {"reason": "illness"}),
            ("2026-12-03 23:59", {}),
            ("2026-12-03 23:59", {"so_far": 19}),
            ("2026-12-03 23:59", {"so_far": 20}),
            ("2026-12-04 00:00", {"so_far": 0}),
            ("2026-12-09 08:00", {}),
            ("2026-12-09 08:01", {}),
        )
    ]
    assert bills == ["0 %", "7.5 euros", "to judge", "50 %", "as ever", "as ever", "as ever", "7.5 euros"]


def test_a_credit_whose_last_day_hangs_on_a_contract_that_nobody_told_goes_to_a_person() -> None:
    organisation = zonuren(valid="contract year")
    facts = {"use_credit": "2026-12-17 08:00-13:00", "earned": "2026-11-12", "asked": IN_TIME}
    assert organisation(**facts)["outcome"] == "to_judge"
    assert organisation(**facts, contract_started="2025-12-17")["outcome"] == "refused"
    assert organisation(**facts, contract_started="2025-12-18")["outcome"] == "granted"


def test_a_credit_can_be_for_some_kinds_of_care_and_some_contracts_only() -> None:
    organisation = zonuren("care_types: [bso]", "contracts: [schoolweken]")
    facts = {"absence": DAY, "reported": IN_TIME}
    found = [
        (organisation.earned(**facts, **who), organisation(**facts, **who)["outcome"])
        for who in (
            {"care_type": "bso", "contract": "schoolweken"},
            {"care_type": "kdv", "contract": "schoolweken"},
            {"care_type": "bso"},
        )
    ]
    assert found == [(5, "granted"), (None, "refused"), (None, "to_judge")]
    why = organisation(**facts, care_type="kdv", contract="schoolweken")
    assert why["steps"][why["decided_by"]]["reason"] == "credit_not_for_this_care"


def test_a_grant_can_be_for_some_contracts_only() -> None:
    extra = """  vrij:
    name: {nl: {label: vrij, one: dag, other: dagen}, en: {label: free, one: day, other: days}}
    worth: 1 day
    earned_by: grant
    contracts: [schoolweken]
    grant: {amount: 12 days, every: calendar year, part_year: whole}
    valid: calendar year
    usable_for: [kdv, bso]
"""
    organisation = Organisation(("credits:\n", f"credits:\n{extra}"))
    assert organisation(grant="2027-01-01", contract="schoolweken", kind="dagen")["earns"]["amount"] == 12
    assert organisation(grant="2027-01-01", kind="dagen")["outcome"] == "to_judge"


def test_the_whole_week_is_a_window_on_both_sides() -> None:
    organisation = zonuren(valid="same week")
    facts = {"earned": "2026-12-10", "asked": IN_TIME, "credit": 5}
    days = ["2026-12-06", "2026-12-07", "2026-12-13", "2026-12-14"]
    found = [organisation(use_credit=f"{day} 08:00-13:00", **facts)["usable"] for day in days]
    assert found == [False, True, True, False]


def test_care_that_counts_for_nothing_earns_nothing() -> None:
    organisation = zonuren("weights: [{care_type: bso, counts: 0}, {counts: 5}]", worth="1 point")
    facts = {"absence": DAY, "reported": IN_TIME}
    assert organisation.earned(**facts) == 5
    told = organisation(**facts, care_type="bso")
    assert (told["outcome"], told["steps"][told["decided_by"]]["reason"]) == ("refused", "worth_nothing")


def test_credit_after_the_contract_goes_to_a_person_until_somebody_says_how_it_ended() -> None:
    organisation = zonuren("at_contract_end: {by_parent: lapses, by_organisation: kept}")
    facts = {"use_credit": DAY, "earned": "2026-11-12", "asked": IN_TIME, "credit": 5}
    outcomes = [
        organisation(**facts, **more)["outcome"]
        for more in (
            {},
            {"contract_ends": "2026-12-10"},
            {"contract_ends": "2026-12-09"},
            {"contract_ends": "2026-12-09", "ended": "by organisation"},
            {"contract_ends": "2026-12-09", "ended": "by parent"},
        )
    ]
    assert outcomes == ["granted", "granted", "to_judge", "granted", "refused"]


def test_a_credit_that_is_named_with_its_amount_is_the_one_that_counts() -> None:
    second = "  maan:\n    name: {nl: {label: maanuren, one: maanuur, other: maanuren}, en: {label: moon hours, one: moon hour, other: moon hours}}\n    worth: 1 hour\n    earned_by: purchase\n    valid: unlimited\n    usable_for: [kdv]\n"
    organisation = Organisation(("credits:\n", f"credits:\n{second}"), more="""
extra_care:
  requested_by: [parent]
  notice: none
  approval: always
  payment: {pay_with: [maan, zonuren, invoice], choice: in this order, combine: never}
""")  # fmt: skip
    facts = {"extra_care": DAY, "asked": IN_TIME}
    paid = [organisation(**facts, credit=credit)["pay"] for credit in ("5 zonuren", "5 maanuren", "5 hours")]
    assert paid == [{"zonuren": 5}, {"maan": 5}, {"maan": 5}]
    used = organisation(use_credit=DAY, earned="2026-11-12", asked=IN_TIME)
    assert used["pays"] == 5
