"""The Dutch staff-child ratio at one moment: worked examples, the days on which it changed, ages, and which step decides."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from spelregel.rules.facts import age_in_months
from spelregel.rules.staff_child_ratio import Need, level_for, staff_needed
from spelregel.tenancy.ratio_tables import ratio_tables
from spelregel.words.terms import CARE_TYPES

NL = ratio_tables("nl")
TODAY = date(2026, 11, 30)
DAY_CARE_AGES = (6, 18, 30, 42)  # one in the middle of each age, in months
SCHOOL_AGES = (60, 108)


def need(care_type: str, on: date, *children: int) -> Need:
    ages = DAY_CARE_AGES if care_type in {"kdv", "psz"} else SCHOOL_AGES
    found = staff_needed(
        NL, care_type, [age for age, many in zip(ages, children, strict=True) for _ in range(many)], on
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("children", "staff", "step"),
    [
        ((3, 0, 0, 0), 1, "table"),
        ((4, 0, 0, 0), 2, "table"),
        ((0, 6, 0, 0), 2, "table"),
        ((0, 0, 9, 0), 2, "table"),
        ((0, 0, 8, 8), 2, "table"),
        ((2, 2, 0, 0), 1, "table"),
        ((2, 3, 0, 0), 2, "table"),
        ((2, 2, 1, 0), 2, "formula"),
        ((1, 1, 1, 2), 1, "table"),
        ((0, 3, 3, 1), 1, "table"),
        ((0, 4, 3, 0), 2, "table"),
        ((2, 3, 3, 3), 2, "table"),
        ((2, 3, 3, 4), 2, "table"),
        ((2, 4, 3, 3), 3, "formula"),
        ((3, 3, 3, 3), 3, "formula"),
        ((3, 4, 4, 5), 3, "table"),
        ((4, 4, 4, 4), 4, "table"),
        ((5, 4, 3, 3), 4, "formula"),
        ((8, 8, 0, 0), 4, "table"),
        ((0, 11, 0, 0), 3, "table"),
        ((0, 11, 0, 1), 3, "safeguard"),
        ((0, 0, 0, 0), 0, "table"),
    ],
)
def test_day_care_since_2019(children: tuple[int, ...], staff: int, step: str) -> None:
    found = need("kdv", TODAY, *children)
    assert (found.staff, found.step, found.children, found.most) == (staff, step, sum(children), None)
    assert (found.table.id, found.table.valid_from) == ("dagopvang-2019", date(2019, 1, 1))


@pytest.mark.parametrize(
    ("children", "step", "counted", "most"),
    [
        ((9, 1, 0, 0), "babies", 9, 8),
        ((9, 0, 1, 0), "babies", 9, 8),  # the row itself would hold these ten with two
        ((13, 0, 0, 0), "group size", 13, 12),
        ((0, 17, 0, 0), "group size", 17, 16),
        ((0, 0, 0, 17), "group size", 17, 16),
        ((2, 5, 5, 5), "group size", 17, 16),
        ((10, 7, 0, 0), "group size", 17, 16),  # too many babies as well: the size is said first
    ],
)
def test_some_groups_may_not_be_together_whatever_the_staff(
    children: tuple[int, ...], step: str, counted: int, most: int
) -> None:
    assert need("kdv", TODAY, *children)[:4] == (None, step, counted, most)


def test_babies_became_one_to_three_on_the_first_of_2019() -> None:
    before, after = need("kdv", date(2018, 12, 31), 4, 0, 0, 0), need("kdv", date(2019, 1, 1), 4, 0, 0, 0)
    assert (before.staff, before.table.id, before.table.confidence) == (1, "dagopvang-2012", "low")
    assert (after.staff, after.table.id) == (2, "dagopvang-2019")


@pytest.mark.parametrize(
    ("children", "staff"),
    [
        ((4, 1, 0, 0), 1),
        ((2, 2, 1, 0), 1),  # no formula yet
        ((4, 0, 0, 1), 1),  # five with four babies
        ((4, 0, 0, 2), 2),  # six with at most three
        ((3, 0, 0, 3), 1),
        ((8, 1, 0, 0), 2),
        ((7, 1, 2, 0), 2),
        ((8, 1, 1, 0), 3),  # ten with at most seven
        ((7, 1, 1, 1), 2),
        ((8, 1, 0, 1), 3),
        ((7, 1, 1, 2), 3),  # eleven with at most six
        ((6, 1, 2, 2), 2),
        ((6, 1, 2, 3), 3),
        ((0, 0, 7, 0), 2),
        ((0, 0, 4, 4), 2),
        ((9, 0, 0, 1), None),
    ],
)
def test_day_care_before_2019(children: tuple[int, ...], staff: int | None) -> None:
    assert need("kdv", date(2015, 6, 1), *children).staff == staff


@pytest.mark.parametrize(
    ("children", "staff"),
    [
        ((10, 0), 1),
        ((11, 0), 2),
        ((0, 12), 1),
        ((0, 13), 2),
        ((8, 2), 1),
        ((9, 2), 2),
        ((20, 24), 4),
        ((30, 15), 5),
        ((45, 0), 5),
        ((6, 53), 5),  # with 1/12 it would be 6: where the two readings part
        ((0, 0), 0),
    ],
)
def test_after_school_care_since_july_2024_is_counted_for_the_location(children: tuple[int, ...], staff: int) -> None:
    found = need("bso", TODAY, *children)
    assert (found.staff, found.step, found.table.id) == (staff, "formula", "bso-2024")


def test_after_school_care_went_from_the_group_to_the_location_on_the_first_of_july_2024() -> None:
    june, july = date(2024, 6, 30), date(2024, 7, 1)
    assert [level_for(NL, "bso", on) for on in (june, july)] == ["group", "location"]
    assert [need("bso", on, 9, 2).staff for on in (june, july)] == [1, 2]
    assert need("bso", june, 23, 8)[:4] == (None, "group size", 31, 22), "too many for one group"
    assert need("bso", july, 23, 8).staff == 3, "and not for a location"


@pytest.mark.parametrize(
    ("on", "children", "staff"),
    [
        (date(2018, 12, 31), (0, 12), 2),
        (date(2019, 1, 1), (0, 12), 1),
        (date(2019, 1, 1), (0, 25), 3),
        (date(2019, 1, 1), (0, 31), None),
        (date(2019, 1, 1), (21, 0), None),
        (date(2019, 1, 1), (10, 1), 2),  # eleven with at most nine of the youngest
        (date(2019, 1, 1), (19, 1), None),
        (date(2018, 12, 31), (5, 5), 1),
        (date(2018, 12, 31), (6, 5), 2),
        (date(2018, 12, 31), (0, 30), 3),
    ],
)
def test_after_school_care_before_july_2024(on: date, children: tuple[int, ...], staff: int | None) -> None:
    assert need("bso", on, *children).staff == staff


def test_the_older_group_began_at_eight_until_2018_and_begins_at_seven_since() -> None:
    seven = [7 * 12] * 12
    before, after = (staff_needed(NL, "bso", seven, on) for on in (date(2018, 12, 31), date(2019, 1, 1)))
    assert before and after and (before.staff, after.staff) == (2, 1)


@pytest.mark.parametrize(("day", "staff"), [(9, 2), (10, 1), (11, 1)])
def test_a_child_counts_as_its_new_age_from_its_birthday_on(day: int, staff: int) -> None:
    on = date(2026, 12, day)
    birthday = age_in_months(date(2025, 12, 10), on)
    found = staff_needed(NL, "kdv", [6, 6, 18, birthday], on)
    assert found and found.staff == staff, (
        "three babies and a one-year-old until the day before, two and two from then on"
    )


def test_who_was_born_on_the_29th_of_february_turns_one_on_the_first_of_march() -> None:
    born = date(2024, 2, 29)
    assert [age_in_months(born, on) for on in (date(2025, 2, 28), date(2025, 3, 1), date(2028, 2, 29))] == [11, 12, 48]


def test_a_four_year_old_in_day_care_counts_as_three_and_a_five_year_old_is_not_in_the_table() -> None:
    for months, expected in ((47, 2), (48, 2), (59, 2), (60, None)):
        found = staff_needed(NL, "kdv", [months] * 16, TODAY)
        assert found and found.staff == expected, months
    found = staff_needed(NL, "kdv", [60, 30, 30], TODAY)
    assert found and found[:4] == (None, "ages", 1, 0)


def test_a_child_too_young_for_after_school_care_is_not_counted_as_something_else() -> None:
    found = staff_needed(NL, "bso", [47, 60, 60], TODAY)
    assert found and found[:4] == (None, "ages", 1, 0)
    found = staff_needed(NL, "bso", [48, 60, 60], TODAY)
    assert found and found.staff == 1


def test_the_kinds_of_care_and_the_ratio_that_each_falls_under() -> None:
    assert dict(NL.ratio_of) == {
        "kdv": "dagopvang",
        "psz": "dagopvang",
        "bso": "bso",
        "vso": "bso",
        "tso": None,
        "gob": None,
    }
    assert set(NL.ratio_of) == set(CARE_TYPES)
    assert staff_needed(NL, "gob", [6, 18], TODAY) is None
    assert level_for(NL, "tso", TODAY) is None
    assert level_for(NL, "psz", TODAY) == "group"


def every_group(most: int) -> list[tuple[int, ...]]:
    return [group for group in product(range(most + 1), repeat=4) if sum(group) <= most]


def test_a_child_more_never_makes_the_need_smaller_but_for_four_steps_of_the_law_itself() -> None:
    staff = {group: need("kdv", TODAY, *group).staff for group in every_group(17)}
    drops = {
        (group, more)
        for group, before in staff.items()
        for age in range(4)
        for more in [(*group[:age], group[age] + 1, *group[age + 1 :])]
        if before is not None and (after := staff.get(more)) is not None and after < before
    }
    assert {group for group, _ in drops} == {(0, 11, 0, 1), (1, 8, 0, 1), (1, 8, 1, 0)}
    assert len(drops) == 4


def test_a_group_that_may_not_be_together_is_not_saved_by_a_child_more() -> None:
    staff = {group: need("kdv", TODAY, *group).staff for group in every_group(17)}
    for group, found in staff.items():
        for age, many in enumerate(group):
            if found is not None and many:
                assert staff[(*group[:age], many - 1, *group[age + 1 :])] is not None
