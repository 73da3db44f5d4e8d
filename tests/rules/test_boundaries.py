"""The boundary tables: one minute before, at and after, over weekends and both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spelregel.rules.care_calendar import PLAIN, cutoff, last_day, plus_months, resolve
from spelregel.rules.phrases import Notice, parse_notice, parse_validity
from tests.conftest import decide

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

ABSENCE = [
    # F1: two days before, half past nine is too late
    ("fantaziehuis", "2026-12-10 08:00-13:00", "2026-12-07 23:59", 5),
    ("fantaziehuis", "2026-12-10 08:00-13:00", "2026-12-08 09:29", 5),
    ("fantaziehuis", "2026-12-10 08:00-13:00", "2026-12-08 09:30", None),
    ("fantaziehuis", "2026-12-10 08:00-13:00", "2026-12-08 09:31", None),
    ("fantaziehuis", "2026-12-14 08:00-13:00", "2026-12-12 09:29", 5),
    ("fantaziehuis", "2026-12-14 08:00-13:00", "2026-12-12 09:30", None),
    ("fantaziehuis", "2026-10-26 08:00-13:00", "2026-10-24 09:29", 5),
    ("fantaziehuis", "2026-10-26 08:00-13:00", "2026-10-24 09:45", None),
    ("fantaziehuis", "2026-03-30 08:00-13:00", "2026-03-28 09:00", 5),
    ("fantaziehuis", "2026-03-30 08:00-13:00", "2026-03-28 09:30", None),
    # L6: half past seven on the day, for after-school care as well
    ("langekeizer", "2026-12-10 14:00-18:30", "2026-12-09 22:00", 4.5),
    ("langekeizer", "2026-12-10 14:00-18:30", "2026-12-10 07:29", 4.5),
    ("langekeizer", "2026-12-10 14:00-18:30", "2026-12-10 07:30", None),
    ("langekeizer", "2026-12-10 14:00-18:30", "2026-12-10 07:31", None),
    # Quadrant: 24 hours before care starts, that minute included, on the clock of the wall
    ("quadrant", "2026-12-10 08:00-13:00", "2026-12-09 07:59", 5),
    ("quadrant", "2026-12-10 08:00-13:00", "2026-12-09 08:00", 5),
    ("quadrant", "2026-12-10 08:00-13:00", "2026-12-09 08:01", None),
    ("quadrant", "2026-10-26 08:00-13:00", "2026-10-25 08:00", 5),
    ("quadrant", "2026-10-26 08:00-13:00", "2026-10-25 08:01", None),
    ("quadrant", "2026-03-30 08:00-13:00", "2026-03-29 08:00", 5),
    ("quadrant", "2026-03-30 08:00-13:00", "2026-03-29 08:01", None),
    # De Roef: an absence earns nothing
    ("deroef", "2026-12-10 08:00-13:00", "2026-11-10 08:00", None),
]


@pytest.mark.parametrize(("name", "care", "reported", "earned"), ABSENCE)
def test_an_absence_earns_exactly_at_its_boundary(name: str, care: str, reported: str, earned: float | None) -> None:
    answer = decide(name, absence=care, reported=reported)
    assert answer["accepted"] is True
    assert (answer["earns"] or {}).get("amount") == earned


@pytest.mark.parametrize("name", ["fantaziehuis", "langekeizer", "deroef", "quadrant"])
@pytest.mark.parametrize(("reported", "accepted"), [("07:59", True), ("08:00", False), ("08:01", False)])
def test_an_absence_is_taken_until_the_minute_care_starts(name: str, reported: str, accepted: bool) -> None:
    assert decide(name, absence="2026-12-10 08:00-13:00", reported=f"2026-12-10 {reported}")["accepted"] is accepted


def test_the_cutoff_carries_its_offset_in_winter_and_in_summer() -> None:
    winter = decide("fantaziehuis", absence="2026-10-27 08:00-13:00", reported="2026-10-20 12:00")
    summer = decide("fantaziehuis", absence="2026-10-23 08:00-13:00", reported="2026-10-20 12:00")
    assert winter["cutoff"] == "2026-10-25T09:30+01:00"
    assert summer["cutoff"] == "2026-10-21T09:30+02:00"


USE = [
    ("2026-12-10", "2027-01-09", True), ("2026-12-10", "2027-01-10", False),
    ("2027-02-01", "2027-03-03", True), ("2027-02-01", "2027-03-04", False),
    ("2028-01-31", "2028-03-01", True), ("2028-01-31", "2028-03-02", False),
]  # fmt: skip


@pytest.mark.parametrize(("earned", "used", "usable"), USE)
def test_thirty_days_end_with_the_thirtieth(earned: str, used: str, usable: bool) -> None:
    answer = decide("langekeizer", use_credit=f"{used} 08:00-13:00", earned=earned, asked="2027-01-01 12:00")
    assert answer["usable"] is usable


MAXIMUM = [(98, 2), (95, 5), (94.5, 5), (99.5, 0.5), (100, None), (120, None), (0, 5)]


@pytest.mark.parametrize(("balance", "earned"), MAXIMUM)
def test_earning_is_cut_off_at_the_maximum(balance: float, earned: float | None) -> None:
    answer = decide(
        "quadrant", absence="2026-12-10 08:00-13:00", reported="2026-12-08 12:00", credit=f"{balance} hours"
    )
    assert (answer["earns"] or {}).get("amount") == earned


def test_a_refusal_says_what_would_have_helped() -> None:
    late = decide("fantaziehuis", absence="2026-12-10 08:00-13:00", reported="2026-12-08 09:30")
    assert late["would_have_been"] == {
        "outcome": "granted",
        "if": "reported_before",
        "at": "2026-12-08T09:30+01:00",
    }
    both = decide("fantaziehuis", absence="2026-12-10 08:00-13:00", reported="2026-12-08 09:30", by="staff")
    assert both["would_have_been"]["if"] == "reported_by_parent"
    assert both["would_have_been"]["and"] == [{"if": "reported_before", "at": "2026-12-08T09:30+01:00"}]
    never = decide("fantaziehuis", absence="2027-04-27 08:00-13:00", reported="2027-04-26 12:00")
    assert never["would_have_been"] is None, "no earlier report makes a public holiday earn"


def test_the_hour_that_does_not_exist_moves_on_and_the_double_hour_counts_its_second_time() -> None:
    assert resolve(datetime(2027, 3, 28, 2, 30), AMSTERDAM) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # noqa: DTZ001  # a wall-clock time
    assert resolve(datetime(2026, 10, 25, 2, 30), AMSTERDAM) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # noqa: DTZ001  # a wall-clock time


def test_months_clamp_to_the_last_day() -> None:
    assert plus_months(date(2027, 3, 31), -1) == date(2027, 2, 28)
    assert plus_months(date(2028, 3, 31), -1) == date(2028, 2, 29)
    assert plus_months(date(2026, 12, 31), 2) == date(2027, 2, 28)


@given(
    n=st.integers(1, 60), unit=st.sampled_from(["hour", "day", "workday", "week", "month"]),
    clock=st.none() | st.times(), day=st.dates(date(2026, 1, 1), date(2028, 12, 31)), start=st.times(),
)  # fmt: skip
def test_a_notice_that_admits_a_moment_admits_every_earlier_one(
    n: int, unit: str, clock: time | None, day: date, start: time
) -> None:
    before = clock.replace(second=0, microsecond=0) if clock and unit != "hour" else None
    until = cutoff(
        Notice("ahead", n, unit, before),
        day,
        start.replace(second=0, microsecond=0),
        AMSTERDAM,
        PLAIN,
    )
    assert until is not None
    flips = [until.admits(until.at + timedelta(minutes=minutes)) for minutes in (-10_000, -61, -1, 0, 1, 61, 10_000)]
    assert flips == sorted(flips, reverse=True)
    assert flips[2] and not flips[4]


@given(
    n=st.integers(1, 999),
    unit=st.sampled_from(["hour", "day", "workday", "week", "month"]),
    clock=st.none() | st.times(),
)
def test_a_notice_that_is_printed_reads_back_the_same(n: int, unit: str, clock: time | None) -> None:
    notice = Notice("ahead", n, unit, clock.replace(second=0, microsecond=0) if clock and unit != "hour" else None)
    assert parse_notice(str(notice)) == notice


def test_validity_counts_from_the_missed_day() -> None:
    assert last_day(parse_validity("30 days"), date(2026, 12, 10), PLAIN) == date(2027, 1, 9)
    assert last_day(parse_validity("2 weeks"), date(2026, 12, 10), PLAIN) == date(2026, 12, 24)
    assert last_day(parse_validity("3 months"), date(2026, 11, 30), PLAIN) == date(2027, 2, 28)
    assert last_day(parse_validity("calendar year"), date(2026, 1, 1), PLAIN) == date(2026, 12, 31)
    assert last_day(parse_validity("unlimited"), date(2026, 1, 1), PLAIN) is None
