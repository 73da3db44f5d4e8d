"""A day of a group: the intervals in which nothing changes, and whether one more fits, against an oracle minute by minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spelregel.rules.occupancy import Against, Fit, Interval, Over, Presence, Shift, hours_of_group, one_more_fits
from spelregel.rules.staff_child_ratio import staff_needed
from spelregel.tenancy.ratio_tables import ratio_tables
from tests.conftest import PROVE

NL = ratio_tables("nl")
TODAY = date(2026, 11, 30)
BABY, ONE, TWO, THREE = 6, 18, 30, 42
SIX, NINE = 72, 108


def t(text: str) -> time:
    return time.fromisoformat(text)


def there(span: str, *ages: int) -> list[Presence]:
    starts, ends = span.split("-")
    return [Presence(t(starts), t(ends), age) for age in ages]


def staff(span: str, many: int) -> list[Shift]:
    starts, ends = span.split("-")
    return [Shift(t(starts), t(ends), many)]


def hours(
    presences: Sequence[Presence], shifts: Sequence[Shift] | None, places: int | None = 16
) -> tuple[Interval, ...]:
    return hours_of_group(NL, "kdv", TODAY, presences, shifts, places, elsewhere=())


def fit(
    presences: Sequence[Presence],
    extra: Presence | Sequence[Presence],
    shifts: Sequence[Shift] | None,
    places: int | None = 16,
) -> Fit:
    return one_more_fits(NL, "kdv", TODAY, presences, extra, shifts, places, elsewhere=())


def told(each: Interval) -> tuple[str, int, int | None, int | None, bool | None]:
    return (
        f"{each.starts:%H:%M}-{each.ends:%H:%M}",
        each.children,
        each.staff,
        each.need.staff if each.need else None,
        each.holds,
    )


def said(each: Against) -> tuple[str, str, int, int, bool]:
    return (
        f"{each.starts:%H:%M}-{each.ends:%H:%M}",
        each.over.limit,
        each.over.needed,
        each.over.available,
        each.already,
    )


def test_a_day_is_told_in_the_intervals_in_which_nothing_changes() -> None:
    day = [*there("08:00-13:00", *[ONE] * 5), *there("09:00-18:00", ONE)]
    assert [told(each) for each in hours(day, [*staff("07:30-17:30", 1), *staff("09:00-12:00", 1)])] == [
        ("07:30-08:00", 0, 1, 0, True),
        ("08:00-09:00", 5, 1, 1, True),
        ("09:00-12:00", 6, 2, 2, True),
        ("12:00-13:00", 6, 1, 2, False),
        ("13:00-17:30", 1, 1, 1, True),
        ("17:30-18:00", 1, 0, 1, False),
    ]


def test_children_who_meet_for_a_quarter_of_an_hour_need_the_staff_for_it() -> None:
    day = [*there("08:00-13:00", *[BABY] * 3), *there("12:45-18:00", BABY)]
    found = hours(day, staff("08:00-18:00", 1))
    assert [told(each) for each in found] == [
        ("08:00-12:45", 3, 1, 1, True),
        ("12:45-13:00", 4, 1, 2, False),
        ("13:00-18:00", 1, 1, 1, True),
    ]
    assert found[1].over == (Over("table", 2, 1),)


def test_who_leaves_at_one_does_not_meet_who_comes_at_one() -> None:
    day = there("08:00-13:00", *[BABY] * 3)
    shifts = staff("08:00-18:00", 1)
    after, before = there("13:00-18:00", BABY)[0], there("12:59-18:00", BABY)[0]
    assert fit(day, after, shifts) == Fit((), ())
    assert [said(each) for each in fit(day, before, shifts).against] == [("12:59-13:00", "table", 2, 1, False)]
    changing = [*there("08:00-13:00", *[BABY] * 3), *there("13:00-18:00", *[BABY] * 3)]
    assert [told(each) for each in hours(changing, shifts)] == [("08:00-18:00", 3, 1, 1, True)], (
        "nothing changes at one"
    )


def test_a_time_without_children_and_without_staff_is_left_out() -> None:
    day = [*there("07:00-08:30", SIX), *there("14:00-18:00", SIX)]
    for shifts in (None, [*staff("07:00-08:30", 1), *staff("14:00-18:00", 1)]):
        found = hours_of_group(NL, "bso", TODAY, day, shifts, 10, elsewhere=())
        assert [f"{each.starts:%H:%M}-{each.ends:%H:%M}" for each in found] == ["07:00-08:30", "14:00-18:00"]
    assert hours([], None) == hours([], []) == ()


@pytest.mark.parametrize(
    ("ages", "extra", "planned", "places", "expected"),
    [
        ([BABY] * 3, BABY, 1, 16, ("table", 2, 1)),
        ([BABY, BABY, ONE, ONE], TWO, 1, 16, ("formula", 2, 1)),
        (
            [ONE] * 11,
            THREE,
            2,
            16,
            ("safeguard", 3, 2),
        ),  # the table asks two for these twelve, and three for the eleven
        ([ONE] * 10 + [THREE], ONE, 2, 16, ("safeguard", 3, 2)),
        ([BABY] * 8 + [ONE], BABY, 4, 16, ("babies", 9, 8)),
        ([BABY] * 12, BABY, 5, 16, ("group size", 13, 12)),
        ([TWO] * 16, THREE, 3, 20, ("group size", 17, 16)),
        ([TWO] * 12, TWO, 2, 12, ("places", 13, 12)),
        ([TWO] * 3, 60, 2, 12, ("ages", 1, 0)),
        ([TWO] * 16, TWO, 1, 16, ("places", 17, 16)),  # the size and the places at once: the places are told
    ],
)
def test_the_limit_that_decided_is_told_with_its_numbers(
    ages: list[int], extra: int, planned: int, places: int, expected: tuple[str, int, int]
) -> None:
    found = fit(there("08:00-18:00", *ages), there("09:00-12:00", extra), staff("08:00-18:00", planned), places)
    assert not found.fits and not found.unknown and found.decided
    assert found.decided.over == expected
    assert (found.decided.starts, found.decided.ends) == (t("09:00"), t("12:00"))


def test_the_worked_example_of_one_more_child() -> None:
    day, shifts = there("08:00-18:00", BABY, BABY, *[ONE] * 3, *[TWO] * 3, *[THREE] * 3), staff("08:00-18:00", 2)
    assert fit(day, there("08:00-18:00", THREE), shifts).fits
    assert [said(each) for each in fit(day, there("08:00-18:00", ONE), shifts).against] == [
        ("08:00-18:00", "formula", 3, 2, False)
    ]


def test_only_the_hours_of_the_stay_count() -> None:
    day, shifts = there("08:00-13:00", *[BABY] * 9), staff("08:00-18:00", 1)
    assert fit(day, there("13:00-18:00", BABY), shifts).fits, (
        "that the morning is over is not in the way of an afternoon"
    )
    assert not fit(day, there("12:30-18:00", BABY), shifts).fits


def test_staff_who_come_later_or_leave_earlier_do_not_count_for_the_whole_stay() -> None:
    day = there("08:00-18:00", *[ONE] * 5)
    shifts = [*staff("08:00-18:00", 1), *staff("08:30-17:00", 1)]
    assert [said(each) for each in fit(day, there("08:00-18:00", ONE), shifts).against] == [
        ("08:00-08:30", "table", 2, 1, False),
        ("17:00-18:00", "table", 2, 1, False),
    ]
    assert fit(day, there("08:30-17:00", ONE), shifts).fits


def test_where_no_roster_is_known_only_places_and_the_group_itself_decide_and_it_is_said() -> None:
    day = there("08:00-18:00", *[BABY] * 8)
    found = fit(day, there("08:00-18:00", BABY), None, 12)
    assert (found.fits, found.unknown, found.untold) == (True, True, ("staff",))
    full = fit(day, there("08:00-18:00", BABY), None, 8)
    assert (full.fits, full.unknown) == (False, False)
    mixed = fit([*day, *there("08:00-18:00", ONE)], there("08:00-18:00", BABY), None, 16)
    assert mixed.decided and mixed.decided.over == ("babies", 9, 8)
    assert [told(each) for each in hours(day, None)] == [("08:00-18:00", 8, None, 3, None)]
    assert [told(each) for each in hours(day, None, 7)] == [("08:00-18:00", 8, None, 3, False)]


def test_a_roster_on_which_nobody_stands_is_another_thing_than_no_roster() -> None:
    found = fit([], there("08:00-18:00", TWO), [])
    assert [said(each) for each in found.against] == [("08:00-18:00", "table", 1, 0, False)]
    assert (found.fits, found.untold) == (False, ())


def test_places_that_were_not_told_are_said_to_be_unknown() -> None:
    found = fit(there("08:00-18:00", TWO), there("08:00-18:00", TWO), staff("08:00-18:00", 1), None)
    assert (found.fits, found.unknown, found.untold) == (True, True, ("places",))
    assert hours(there("08:00-18:00", TWO), staff("08:00-18:00", 1), None)[0].holds is None


def test_brothers_and_sisters_are_judged_as_one() -> None:
    day, shifts = there("08:00-18:00", *[TWO] * 7), staff("08:00-18:00", 1)
    one, other = there("09:00-12:00", THREE, TWO)
    assert fit(day, one, shifts).fits and fit(day, other, shifts).fits
    both = fit(day, [one, other], shifts)
    assert [(said(each), each.children) for each in both.against] == [(("09:00-12:00", "table", 2, 1, False), 9)]
    apart = [one, there("12:00-15:00", TWO)[0]]
    assert fit(day, apart, shifts).fits, "who do not meet need no place for both"
    assert fit(day, [], shifts).fits, "nobody always fits"


def test_a_group_that_is_over_already_takes_nobody_and_says_that_it_was() -> None:
    day = there("08:00-18:00", *[TWO] * 9)
    found = fit(day, there("09:00-12:00", TWO), staff("08:00-18:00", 1))
    assert [said(each) for each in found.against] == [("09:00-12:00", "table", 2, 1, True)]
    partly = fit([*day, *there("09:00-10:00", *[TWO] * 8)], there("09:00-12:00", TWO), staff("08:00-18:00", 2), 18)
    assert [said(each) for each in partly.against] == [("09:00-10:00", "group size", 18, 16, True)]


def test_that_a_child_more_would_make_the_need_smaller_does_not_help_a_group_that_is_over() -> None:
    day = there("08:00-18:00", *[ONE] * 11, THREE)
    found = fit(day, there("08:00-18:00", THREE), staff("08:00-18:00", 2))
    assert [said(each) for each in found.against] == [("08:00-18:00", "safeguard", 3, 2, True)]


def at_bso(
    group: Sequence[Presence],
    apart: Sequence[Presence],
    extra: Sequence[Presence],
    shifts: Sequence[Shift] | None,
    on: date = TODAY,
) -> Fit:
    return one_more_fits(NL, "bso", on, group, extra, shifts, 40, elsewhere=apart)


def test_after_school_the_whole_location_is_counted_and_the_places_stay_those_of_the_group() -> None:
    group, apart = there("14:00-18:00", *[SIX] * 9), there("15:00-18:00", *[NINE] * 12)
    extra, shifts = there("14:00-18:00", SIX, SIX), staff("14:00-18:00", 2)
    assert [said(each) for each in at_bso(group, apart, extra, shifts).against] == [
        ("15:00-18:00", "formula", 3, 2, False)
    ]
    (before, later) = hours_of_group(NL, "bso", TODAY, group, shifts, 9, elsewhere=apart)
    assert (before.children, before.counted, later.children, later.counted, later.places) == (9, 9, 9, 21, 9)
    assert later.holds
    june = date(2024, 6, 28)
    assert at_bso(group, apart, extra[:1], staff("14:00-18:00", 1), june).fits, "until then the group alone"


def test_after_school_a_group_holds_thirty_at_most_however_few_are_elsewhere() -> None:
    group, shifts = there("14:00-18:00", *[NINE] * 30), staff("14:00-18:00", 9)
    found = at_bso(group, [], there("14:00-18:00", NINE), shifts)
    assert found.decided and found.decided.over == ("group size", 31, 30)
    assert at_bso(group[:-1], there("14:00-18:00", *[NINE] * 30), there("14:00-18:00", NINE), shifts).fits


def test_with_a_childminder_only_the_places_decide() -> None:
    day = there("08:00-18:00", *[BABY] * 4)
    for places, fits in ((5, True), (4, False)):
        found = one_more_fits(NL, "gob", TODAY, day, there("08:00-18:00", BABY), None, places, elsewhere=())
        assert (found.fits, found.untold) == (fits, ())
    (hour,) = hours_of_group(NL, "gob", TODAY, day, None, 5, elsewhere=())
    assert (hour.need, hour.holds) == (None, True)


def test_a_time_that_runs_backward_is_refused() -> None:
    for each in (("13:00", "13:00"), ("13:00", "08:00")):
        with pytest.raises(ValueError, match="no time within one day"):
            Presence(t(each[0]), t(each[1]), 6)
        with pytest.raises(ValueError, match="no time within one day"):
            Shift(t(each[0]), t(each[1]))


# The oracle: the same law by another road (limits per number of staff, fractions, every child left out in turn), asked
# again for each single minute.
HOLDS = {
    "01": "3 6 9 12", "12": "5 10 15 16", "23": "8 16", "34": "8 16", "02": "4 8 14 16", "03": "5 10 13,14b4,15b3 16",
    "04": "5 12 14,15b5,16b3 16", "13": "6 11 16", "14": "7 13 16", "24": "8 16",
}  # fmt: skip


@cache
def by_hand(years: tuple[int, ...]) -> int:
    if not years:
        return 0
    babies = years.count(0)
    row = [
        [(each + "b99").split("b")[:2] for each in cell.split(",")]
        for cell in HOLDS[f"{years[0]}{years[-1] + 1}"].split()
    ]
    found = next(
        many
        for many, ways in enumerate(row, 1)
        if any(len(years) <= int(most) and babies <= int(cap) for most, cap in ways)
    )
    each = {0: Fraction(1, 3), 1: Fraction(1, 6), 2: Fraction(5, 36), 3: Fraction(5, 48)}
    return max(found, ceil(sum(each[year] for year in years)) if babies else 0)


def over_at(ages: list[int], planned: int | None, places: int) -> tuple[int | None, bool]:
    years = tuple(sorted(min(age // 12, 3) for age in ages))
    babies = years.count(0)
    if len(years) > 16 or babies > (12 if babies == len(years) else 8):
        return None, True
    need = by_hand(years)
    need += any(by_hand(years[:out] + years[out + 1 :]) > need for out in range(len(years)))
    return need, len(years) > places or (planned is not None and need > planned)


def minute(number: int) -> time:
    return time(8 + number // 60, number % 60)


def test_every_group_that_can_be_needs_the_staff_that_the_oracle_says() -> None:
    for ages in (group for many in range(18) for group in combinations_with_replacement((BABY, ONE, TWO, THREE), many)):
        found = staff_needed(NL, "kdv", ages, TODAY)
        assert found and found.staff == over_at(list(ages), None, 99)[0], ages


SPANS = st.tuples(st.integers(0, 11), st.integers(1, 12)).map(lambda each: (each[0], each[0] + each[1]))
CHILDREN = st.tuples(SPANS, st.sampled_from((0, 11, 12, 23, 24, 35, 36, 47, 48)))


@settings(max_examples=5000 if PROVE else 400, deadline=None)
@given(
    st.lists(CHILDREN, max_size=18),
    st.lists(CHILDREN, min_size=1, max_size=3),
    st.none() | st.lists(st.tuples(SPANS, st.integers(1, 4)), max_size=4),
    st.integers(0, 20),
)
def test_every_minute_of_a_day_is_as_the_oracle_says(
    children: list[tuple[tuple[int, int], int]],
    extra: list[tuple[tuple[int, int], int]],
    roster: list[tuple[tuple[int, int], int]] | None,
    places: int,
) -> None:
    presences, asked = ([Presence(minute(a), minute(b), age) for (a, b), age in each] for each in (children, extra))
    shifts = None if roster is None else [Shift(minute(a), minute(b), many) for (a, b), many in roster]
    day, found = hours(presences, shifts, places), fit(presences, asked, shifts, places)
    refused = set()
    for now in range(24):
        ages = [age for (a, b), age in children if a <= now < b]
        more = [age for (a, b), age in extra if a <= now < b]
        planned = None if roster is None else sum(many for (a, b), many in roster if a <= now < b)
        need, over = over_at(ages, planned, places)
        here = [each for each in day if each.starts <= minute(now) < each.ends]
        assert len(here) == bool(ages or planned)
        for each in here:
            assert (each.children, each.counted, each.staff, each.need and each.need.staff) == (
                len(ages),
                len(ages),
                planned,
                need,
            )
            assert (each.holds is False) == over
        if more and (over or over_at(ages + more, planned, places)[1]):
            refused.add(now)
        assert {each.already for each in found.against if each.starts <= minute(now) < each.ends} <= {over}
    assert {now for now in range(24) for each in found.against if each.starts <= minute(now) < each.ends} == refused
    assert found.fits is not bool(refused)
