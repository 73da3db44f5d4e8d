"""For whom a rule differs, in what order, from when, and what is left open."""

from __future__ import annotations

import pytest

from tests.rules.made_up import ASKING, Organisation

DAY = "2026-12-10 08:00-13:00"


def differing(*exceptions: str, more: str = "") -> Organisation:
    """Each exception: the inside of `for`, a colon after it, and the notice that an absence then has."""
    rows = "".join(f"  - for: {{{who}}}\n    absence: {{notice: {notice}}}\n" for who, _, notice in (each.partition(" -> ") for each in exceptions))  # fmt: skip
    return Organisation(("kdv, bso]\n\nlocations", "kdv, bso, vso]\n\nlocations"), more=f"exceptions:\n{rows}{more}")


#: For whom a notice of a day differs, the facts that it holds for, and facts that it does not hold for.
DIMENSIONS = [
    ("care_type: bso", {"care_type": "bso"}, {"care_type": "kdv"}),
    ("location: kade", {"location": "kade"}, {"location": "tuinstraat"}),
    ("season: school weeks", {"day": "school day"}, {"day": "school holiday"}),
    ("season: school holidays", {"day": "school holiday"}, {}),
    ("contract: schoolweken", {"contract": "schoolweken"}, {}),
    ("product: flex", {"product": "flex"}, {}),
    ("reason: illness", {"reason": "illness"}, {"reason": "holiday"}),
    ("age: under 18 months", {"born": "2025-06-11"}, {"born": "2025-06-10"}),
    ("age: from 18 months", {"born": "2025-06-10"}, {"born": "2025-06-11"}),
]


@pytest.mark.parametrize(("who", "so", "not_so"), DIMENSIONS)
def test_an_exception_holds_for_whom_it_names(who: str, so: dict[str, str], not_so: dict[str, str]) -> None:
    organisation = differing(f"{who} -> 1 day")
    late = {"absence": DAY, "reported": "2026-12-10 07:00"}
    assert organisation(**late, **so)["accepted"] is False
    assert organisation(**late, **not_so)["accepted"] is True
    early = {"absence": DAY, "reported": "2026-12-09 23:59"}
    assert organisation(**early, **so)["accepted"] is True


def test_a_named_holiday_wins_from_school_holidays_in_general() -> None:
    organisation = differing("season: school holidays -> 1 week", "season: christmas -> 2 weeks")
    christmas, spring = "2026-12-21 08:00-13:00", "2027-02-22 08:00-13:00"
    assert organisation(absence=christmas, reported="2026-12-14 12:00")["accepted"] is False
    assert organisation(absence=christmas, reported="2026-12-07 12:00")["accepted"] is True
    assert organisation(absence=spring, reported="2027-02-15 12:00")["accepted"] is True
    assert organisation(absence=spring, reported="2027-02-16 12:00")["accepted"] is False


#: The stronger first: of two that name as many, this is the order.
ORDER = [
    ("reason: illness", {"reason": "illness"}),
    ("age: under 2 years", {"born": "2025-06-11"}),
    ("product: flex", {"product": "flex"}),
    ("contract: schoolweken", {"contract": "schoolweken"}),
    ("season: school weeks", {}),
    ("care_type: kdv", {}),
    ("location: kade", {"location": "kade"}),
]


@pytest.mark.parametrize("index", range(len(ORDER) - 1))
def test_of_two_exceptions_that_name_as_many_the_stronger_dimension_wins(index: int) -> None:
    (strong, some), (weak, others) = ORDER[index], ORDER[index + 1]
    for pair in ((f"{strong} -> 2 days", f"{weak} -> 1 day"), (f"{weak} -> 1 day", f"{strong} -> 2 days")):
        organisation = differing(*pair)
        assert organisation(absence=DAY, reported="2026-12-09 12:00", **some, **others)["accepted"] is False
        assert organisation(absence=DAY, reported="2026-12-08 12:00", **some, **others)["accepted"] is True


def test_the_exception_that_names_more_wins_from_a_stronger_dimension() -> None:
    organisation = differing("reason: illness -> 2 days", "location: kade, care_type: kdv -> 1 day")
    facts = {"absence": DAY, "reported": "2026-12-09 12:00", "location": "kade", "reason": "illness"}
    assert organisation(**facts)["accepted"] is True
    assert organisation(**{**facts, "location": "tuinstraat"})["accepted"] is False


def test_illness_can_have_a_later_deadline_for_its_credit() -> None:
    organisation = Organisation(more="exceptions:\n  - for: {reason: illness}\n    credits: {zonuren: {earned_if: {notice: \"same day, before 10:00\"}}}\n".replace("10:00", "07:45"))  # fmt: skip
    late = {"absence": DAY, "reported": "2026-12-10 07:44"}
    assert organisation.earned(**late, reason="illness") == 5
    assert organisation.earned(**late, reason="holiday") is None
    assert organisation.earned(absence=DAY, reported="2026-12-10 07:45", reason="illness") is None


def test_a_contract_from_before_keeps_its_terms() -> None:
    change = "changes:\n  - from: 2026-12-01\n    holds_for: new contracts\n    absence: {notice: 2 days}\n"
    organisation = Organisation(more=change)
    late = {"absence": DAY, "reported": "2026-12-09 12:00"}
    assert organisation(**late, contract_started="2026-11-30")["accepted"] is True
    assert organisation(**late, contract_started="2026-12-01")["accepted"] is False
    assert organisation(**late)["accepted"] is True


def test_a_later_change_for_everybody_wins_from_an_earlier_one_for_new_contracts() -> None:
    changes = (
        "changes:\n  - from: 2026-12-01\n    holds_for: new contracts\n    absence: {notice: 2 days}\n"
        "  - from: 2026-12-08\n    absence: {notice: before start}\n"
    )
    organisation = Organisation(more=changes)
    assert organisation(absence=DAY, reported="2026-12-09 12:00", contract_started="2026-12-01")["accepted"] is True


OPEN = [
    ("      notice: 2 days, before 09:30\n", "credits.zonuren.earned_if.notice"),
    ("      day: [contract day]\n", "credits.zonuren.earned_if.day"),
    ("      reported_by: [parent]\n", "credits.zonuren.earned_if.reported_by"),
    ("    valid: 6 months\n", "credits.zonuren.valid"),
    ("", "credits.zonuren.earned_if.maximum"),  # not even its key
]


@pytest.mark.parametrize(("line", "path"), OPEN)
def test_a_rule_that_is_left_open_goes_to_a_person(line: str, path: str) -> None:
    organisation = Organisation((line, ""), more=f"to_confirm:\n  {path}: Not in the text.\n")
    got = organisation(absence=DAY, reported="2026-12-01 12:00", reason="other")
    assert (got["outcome"], got["earns"], got["accepted"]) == ("to_judge", None, True)
    step = got["steps"][got["decided_by"]]
    assert (step["rule"], step["outcome"], step["reason"]) == (path, "unknown", "left_open")


def test_what_another_rule_refuses_is_refused_however_open_a_rule_is() -> None:
    organisation = Organisation(
        ("      notice: 2 days, before 09:30\n", ""),
        more="to_confirm:\n  credits.zonuren.earned_if.notice: Not in the text.\n",
    )
    got = organisation(absence=DAY, reported="2026-12-01 12:00", by="staff")
    assert (got["outcome"], got["earns"]) == ("refused", None)


def test_a_whole_block_can_be_left_open() -> None:
    withdraw = "  withdraw:\n    by: [parent]\n    notice: before start\n    earned_credit: taken back\n    spent_credit: not allowed\n"
    organisation = Organisation((withdraw, ""), more="to_confirm:\n  absence.withdraw: Not in the text.\n")
    assert organisation(withdraw_absence=DAY, asked="2026-12-01 12:00")["outcome"] == "to_judge"
    assert organisation(absence=DAY, reported="2026-12-01 12:00")["accepted"] is True


def test_a_limit_that_is_left_open_leaves_a_request_to_a_person_and_never_promises_a_place() -> None:
    more = ASKING.replace("  notice: 48 hours\n", "").replace("by a person", "always")
    more += "  guaranteed_if: {notice: 30 days}\n"
    organisation = Organisation(more=f"{more}to_confirm:\n  extra_care.notice: Not in the text.\n")
    got = organisation(extra_care="2026-12-17 08:00-13:00", asked="2026-10-01 12:00")
    assert (got["outcome"], got["guaranteed"], got["allowed"]) == ("to_judge", False, True)


def test_a_rule_that_another_one_needs_beside_it_can_be_left_open() -> None:
    organisation = Organisation(
        ("      reasons: [illness, holiday, other]\n    valid", "      reasons: [illness, holiday, other]\n      at_maximum: cut off\n    valid"),
        more="to_confirm:\n  credits.zonuren.earned_if.maximum: Not in the text.\n",
    )  # fmt: skip
    assert organisation(absence=DAY, reported="2026-12-01 12:00")["outcome"] == "to_judge"
