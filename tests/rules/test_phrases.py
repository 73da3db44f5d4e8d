"""Every form of the grammar: it reads back as it is written, and it flips at its own minute."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spelregel.rules.care_calendar import (
    CareCalendar,
    Contract,
    MissingFact,
    SchoolHoliday,
    cutoff,
    end_of,
    first_day,
    horizon_day,
    last_day,
    lies_in,
    opens_on,
    start_of,
)
from spelregel.rules.phrases import (
    ANCHORS,
    CAP_FORMS,
    HORIZON_FORMS,
    NOTICE_FORMS,
    NOTICE_UNITS,
    PARSERS,
    PERIODS,
    VALIDITY_FORMS,
    VALIDITY_UNITS,
    WEEKDAYS,
    Distance,
    Horizon,
    Notice,
    Validity,
    parse_age_range,
    parse_cap,
    parse_days,
    parse_horizon,
    parse_notice,
    parse_validity,
)
from spelregel.tenancy.schema_files import schemas

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CHRISTMAS = SchoolHoliday("christmas", date(2026, 12, 19), date(2027, 1, 3))
SPRING = SchoolHoliday("spring", date(2027, 2, 20), date(2027, 2, 28))
SPECIAL = CareCalendar({date(2026, 12, 25): "christmas_day"}, {}, {}, (CHRISTMAS, SPRING))

#: The phrase, the day of care and its start, and the last minute that is in time.
LAST_MINUTES = [
    ("none", "2026-12-10 08:00", None),
    ("before start", "2026-12-10 08:00", "2026-12-10 07:59"),
    ("same day, before 07:30", "2026-12-10 14:00", "2026-12-10 07:29"),
    ("48 hours", "2026-12-14 07:30", "2026-12-12 07:30"),
    ("more than 48 hours", "2026-12-14 07:30", "2026-12-12 07:29"),
    ("4 days", "2027-02-12 08:00", "2027-02-08 23:59"),
    ("2 workdays", "2026-12-14 08:00", "2026-12-10 23:59"),
    ("2 workdays, before 16:00", "2026-12-28 08:00", "2026-12-23 15:59"),  # the 25th is a public holiday
    ("1 month", "2027-03-31 08:00", "2027-02-28 23:59"),
    ("1 month before holiday", "2026-12-29 08:00", "2026-11-19 23:59"),
    ("5 weeks before holiday", "2027-02-22 08:00", "2027-01-16 23:59"),
    ("5 weeks before holiday, before 12:00", "2027-02-22 08:00", "2027-01-16 11:59"),
    ("3 days before holiday", "2026-12-10 08:00", "2026-12-07 23:59"),  # outside a holiday the day is its own start
    ("3 days before week, before 12:00", "2026-12-17 08:00", "2026-12-11 11:59"),
    ("2 weeks before month", "2026-12-31 08:00", "2026-11-17 23:59"),
    ("Thursday 1 week before, before 12:00", "2026-12-18 08:00", "2026-12-10 11:59"),
    ("Thursday 1 week before, before 12:00", "2026-12-14 08:00", "2026-12-10 11:59"),
    ("Thursday 1 week before, before 12:00", "2026-12-13 08:00", "2026-12-03 11:59"),  # a Sunday ends its week
    ("Thursday 3 weeks before, before 13:00", "2026-12-18 08:00", "2026-11-26 12:59"),
    ("Friday 1 week before", "2026-12-18 08:00", "2026-12-11 23:59"),
    ("16th of the month before", "2026-12-18 08:00", "2026-11-16 23:59"),
    ("16th of the month before, before 09:00", "2027-01-04 08:00", "2026-12-16 08:59"),
    ("1 day, until 17:00", "2026-12-10 08:00", "2026-12-09 17:00"),
    ("same day, until 09:00", "2026-12-10 14:00", "2026-12-10 09:00"),
    ("1 month before holiday, until 12:00", "2026-12-29 08:00", "2026-11-19 12:00"),
    ("Thursday 1 week before, until 12:00", "2026-12-18 08:00", "2026-12-10 12:00"),
    ("16th of the month before, until 09:00", "2027-01-04 08:00", "2026-12-16 09:00"),
    ("1 May", "2027-04-30 08:00", "2026-05-01 23:59"),
    ("1 May", "2027-05-01 08:00", "2027-05-01 23:59"),  # the day itself is not after it
    ("15 November", "2027-01-02 08:00", "2026-11-15 23:59"),
    ("15 November before holiday", "2027-01-02 08:00", "2026-11-15 23:59"),
    ("20 December before holiday", "2027-01-02 08:00", "2025-12-20 23:59"),  # it starts on the 19th
    ("15 November before holiday, until 12:00", "2026-12-29 08:00", "2026-11-15 12:00"),
    # over both clock changes the clock on the wall counts
    ("1 day, until 04:00", "2026-10-26 07:30", "2026-10-25 04:00"),
    ("28 March, until 04:01", "2027-03-29 07:30", "2027-03-28 04:01"),
    ("48 hours", "2026-10-26 07:30", "2026-10-24 07:30"),
    ("48 hours", "2027-03-29 07:30", "2027-03-27 07:30"),
    ("more than 48 hours", "2026-10-26 07:30", "2026-10-24 07:29"),
    ("Sunday 1 week before, before 12:00", "2026-10-26 08:00", "2026-10-25 11:59"),
    ("Sunday 1 week before, before 12:00", "2027-03-29 08:00", "2027-03-28 11:59"),
]


@pytest.mark.parametrize(("phrase", "care", "last"), LAST_MINUTES)
def test_a_notice_flips_after_its_last_minute(phrase: str, care: str, last: str | None) -> None:
    day, start = datetime.fromisoformat(care).date(), datetime.fromisoformat(care).time()
    until = cutoff(parse_notice(phrase), day, start, AMSTERDAM, SPECIAL)
    if last is None:
        assert until is None
        return
    assert until is not None
    moment = datetime.fromisoformat(last).replace(tzinfo=AMSTERDAM)
    assert [until.admits(moment + timedelta(minutes=n)) for n in (-1, 0, 1)] == [True, True, False]


@pytest.mark.parametrize(
    ("phrase", "care", "last"),
    [  # in the hour that happens twice the second one counts; in the one that is skipped the clock that follows it
        ("1 day, until 02:30", "2026-10-26", "2026-10-25 01:30"),
        ("1 day, before 02:30", "2026-10-26", "2026-10-25 01:29"),
        ("1 day, until 02:30", "2027-03-29", "2027-03-28 01:30"),
        ("1 day, before 02:30", "2027-03-29", "2027-03-28 01:29"),
    ],
)
def test_a_limit_in_an_odd_hour_is_read_in_favour_of_the_parent(phrase: str, care: str, last: str) -> None:
    until = cutoff(parse_notice(phrase), date.fromisoformat(care), time(8), AMSTERDAM, SPECIAL)
    assert until is not None
    moment = datetime.fromisoformat(last).replace(tzinfo=UTC)
    assert [until.admits(moment + timedelta(minutes=n)) for n in (-1, 0, 1)] == [True, True, False]
    assert until.admits(moment + timedelta(seconds=59)), "seconds do not count"


#: The phrase, the missed day, the first and the last day of care that it pays.
WINDOWS = [
    ("unlimited", "2026-12-10", "2026-12-10", None),
    ("calendar year", "2026-12-10", "2026-12-10", "2026-12-31"),
    ("school year", "2026-12-10", "2026-12-10", "2027-07-31"),
    ("school year", "2027-07-31", "2027-07-31", "2027-07-31"),
    ("school year", "2027-08-01", "2027-08-01", "2028-07-31"),
    ("quarter", "2027-02-10", "2027-02-10", "2027-03-31"),
    ("month", "2027-02-10", "2027-02-10", "2027-02-28"),
    ("month, and 5 workdays", "2027-02-10", "2027-02-10", "2027-03-05"),
    ("week", "2026-12-10", "2026-12-10", "2026-12-13"),
    ("same week", "2026-12-10", "2026-12-07", "2026-12-13"),
    ("same week, and 1 week", "2026-12-10", "2026-12-07", "2026-12-20"),
    ("month, and 1 month", "2027-02-10", "2027-02-10", "2027-03-31"),
    ("month, and 3 months", "2027-04-13", "2027-04-13", "2027-07-31"),
    ("quarter, and 1 month", "2027-08-02", "2027-08-02", "2027-10-31"),
    ("same month, and 1 month", "2027-06-30", "2027-06-01", "2027-07-31"),
    ("same month", "2027-02-10", "2027-02-01", "2027-02-28"),
    ("same quarter, at latest calendar year", "2026-12-10", "2026-10-01", "2026-12-31"),
    ("same school year", "2027-07-31", "2026-08-01", "2027-07-31"),
    ("week, from 1 week before, and 1 week", "2026-12-10", "2026-11-30", "2026-12-20"),
    ("30 days", "2026-12-10", "2026-12-10", "2027-01-09"),
    ("10 workdays", "2026-12-10", "2026-12-10", "2026-12-24"),
    ("4 weeks, from 4 weeks before", "2026-12-10", "2026-11-12", "2027-01-07"),
    ("2 months, from 1 month before", "2026-12-31", "2026-11-30", "2027-02-28"),
    ("calendar year, from 30 days before", "2026-12-10", "2026-11-10", "2026-12-31"),
    ("calendar year, and 3 months", "2026-12-10", "2026-12-10", "2027-03-31"),
    ("90 days, at latest calendar year", "2026-12-10", "2026-12-10", "2026-12-31"),
    ("90 days, at latest calendar year", "2026-08-10", "2026-08-10", "2026-11-08"),
    ("365 days, at latest 2027-06-30", "2026-12-10", "2026-12-10", "2027-06-30"),
    ("365 days, at latest 2027-12-31", "2026-12-10", "2026-12-10", "2027-12-10"),
]


@pytest.mark.parametrize(("phrase", "earned", "first", "last"), WINDOWS)
def test_a_validity_has_its_first_and_its_last_day(phrase: str, earned: str, first: str, last: str | None) -> None:
    valid, day = parse_validity(phrase), date.fromisoformat(earned)
    assert first_day(valid, day, SPECIAL) == date.fromisoformat(first)
    assert last_day(valid, day, SPECIAL) == (date.fromisoformat(last) if last else None)


def test_a_contract_year_runs_from_the_contracts_own_first_day() -> None:
    contract = Contract(starts=date(2025, 3, 15))
    valid = parse_validity("contract year")
    assert last_day(valid, date(2027, 3, 14), SPECIAL, contract) == date(2027, 3, 14)
    assert last_day(valid, date(2027, 3, 15), SPECIAL, contract) == date(2028, 3, 14)
    assert start_of("contract year", date(2027, 3, 14), contract) == date(2026, 3, 15)
    with pytest.raises(MissingFact, match="contract_started"):
        last_day(valid, date(2027, 3, 14), SPECIAL)


def test_a_contract_year_that_begins_on_a_leap_day_ends_on_the_day_before() -> None:
    contract = Contract(starts=date(2024, 2, 29))
    assert end_of("contract year", date(2026, 2, 27), contract) == date(2026, 2, 27)
    assert end_of("contract year", date(2026, 2, 28), contract) == date(2027, 2, 27)


def test_a_credit_until_the_contract_ends_lapses_with_it() -> None:
    valid = parse_validity("until the contract ends")
    assert last_day(valid, date(2026, 12, 10), SPECIAL, Contract(ends=date(2027, 6, 30))) == date(2027, 6, 30)
    assert last_day(valid, date(2026, 12, 10), SPECIAL) is None


#: The phrase, today, the day of care, whether it can be asked for.
HORIZONS = [
    ("unlimited", "2026-12-10", "2030-01-01", True),
    ("30 days", "2026-12-10", "2027-01-09", True),
    ("30 days", "2026-12-10", "2027-01-10", False),
    ("3 months", "2026-11-30", "2027-02-28", True),
    ("3 months", "2026-11-30", "2027-03-01", False),
    ("month", "2026-12-10", "2026-12-31", True),
    ("month", "2026-12-10", "2027-01-01", False),
    ("week", "2026-12-10", "2026-12-13", True),
    ("week", "2026-12-10", "2026-12-14", False),
    ("calendar year", "2026-12-31", "2026-12-31", True),
    ("calendar year", "2026-12-31", "2027-01-01", False),
    ("6 weeks before holiday", "2026-11-07", "2026-12-29", True),
    ("6 weeks before holiday", "2026-11-06", "2026-12-29", False),
]


@pytest.mark.parametrize(("phrase", "today", "day", "open_"), HORIZONS)
def test_a_horizon_opens_on_its_day(phrase: str, today: str, day: str, open_: bool) -> None:
    horizon, now, care = parse_horizon(phrase), date.fromisoformat(today), date.fromisoformat(day)
    last = horizon_day(horizon, now, care, SPECIAL)
    assert (last is None or care <= last) is open_
    opens = opens_on(horizon, care, SPECIAL)
    assert (opens is None or opens <= now) is open_


@given(
    n=st.integers(1, 40), unit=st.sampled_from(["day", "week", "month"]), anchor=st.sampled_from(["care", "holiday"]),
    now=st.dates(date(2026, 10, 1), date(2027, 6, 1)), ahead=st.integers(0, 400),
)  # fmt: skip
def test_both_questions_about_a_horizon_have_one_answer(n: int, unit: str, anchor: str, now: date, ahead: int) -> None:
    horizon, care = Horizon("ahead", n, unit, anchor), now + timedelta(days=ahead)
    last, opens = horizon_day(horizon, now, care, SPECIAL), opens_on(horizon, care, SPECIAL)
    assert last is not None and opens is not None
    assert (care <= last) == (opens <= now)


distances = st.builds(Distance, st.integers(1, 99), st.sampled_from(VALIDITY_UNITS))


@given(
    kind=st.sampled_from(["after", *PERIODS]), n=st.integers(1, 999), unit=st.sampled_from(VALIDITY_UNITS),
    early=st.none() | distances, extra=st.none() | distances,
    latest=st.none() | st.sampled_from(PERIODS) | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
)  # fmt: skip
def test_a_validity_that_is_printed_reads_back_the_same(
    kind: str, n: int, unit: str, early: Distance | None, extra: Distance | None, latest: Any
) -> None:
    number = {"n": n, "unit": unit} if kind == "after" else {}
    valid = Validity(kind, early=early, extra=extra, latest=latest, **number)  # type: ignore[arg-type]  # n and unit, mixed
    assert parse_validity(str(valid)) == valid
    assert re.fullmatch(pattern_of("validity"), str(valid))


clocks = st.none() | st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
notices = st.one_of(
    st.builds(Notice, st.just("weekday"), st.integers(1, 99), st.just("week"), clocks, st.just("care"), st.integers(0, 6)),
    st.builds(Notice, st.just("day of month"), st.integers(1, 28), st.just("day"), clocks),
    st.builds(Notice, st.just("ahead"), st.integers(1, 999), st.sampled_from(NOTICE_UNITS[1:]), clocks, st.sampled_from(ANCHORS)),
    st.builds(Notice, st.just("ahead"), st.integers(1, 999), st.just("hour"), strict=st.booleans()),
)  # fmt: skip


@given(notice=notices)
def test_every_notice_that_is_printed_reads_back_the_same_and_fits_the_pattern_of_the_schema(notice: Notice) -> None:
    assert parse_notice(str(notice)) == notice
    assert re.fullmatch(pattern_of("notice"), str(notice))


@given(notice=notices, day=st.dates(date(2026, 1, 1), date(2028, 12, 31)), start=st.times())
def test_a_notice_that_admits_a_moment_admits_every_earlier_one(notice: Notice, day: date, start: time) -> None:
    until = cutoff(notice, day, start.replace(second=0, microsecond=0), AMSTERDAM, SPECIAL)
    assert until is not None
    flips = [until.admits(until.at + timedelta(minutes=minutes)) for minutes in (-10_000, -61, -1, 0, 1, 61, 10_000)]
    assert flips == sorted(flips, reverse=True)
    assert flips[2] and not flips[4]


def pattern_of(kind: str) -> str:
    """The one pattern that the schemas have for this kind of phrase."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("x-kind") == kind and "pattern" in node:
                found.add(node["pattern"])
            for each in node.values():
                walk(each)
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(dict(schemas()))
    assert len(found) == 1, (kind, found)
    return found.pop()


@pytest.mark.parametrize(
    ("kind", "forms"),
    [("notice", NOTICE_FORMS), ("validity", VALIDITY_FORMS), ("horizon", HORIZON_FORMS), ("cap", CAP_FORMS)],
)
def test_every_form_of_the_table_is_read_and_has_one_pattern(kind: str, forms: tuple[tuple[str, str], ...]) -> None:
    for _, example in forms:
        assert str(PARSERS[kind](example)) == example
        assert re.fullmatch(pattern_of(kind), example)


@pytest.mark.parametrize("kind", sorted(PARSERS))
def test_every_kind_of_phrase_has_one_pattern_in_the_schemas(kind: str) -> None:
    assert pattern_of(kind)


@pytest.mark.parametrize("weekday", WEEKDAYS)
def test_every_day_of_the_week_can_be_a_limit(weekday: str) -> None:
    until = cutoff(parse_notice(f"{weekday} 1 week before"), date(2026, 12, 17), time(8), AMSTERDAM, SPECIAL)
    assert until is not None
    assert f"{until.last_minute():%A %d}" == f"{weekday} {7 + WEEKDAYS.index(weekday):02}"


def test_a_series_of_days_holds_both_ends_and_may_run_over_new_year() -> None:
    summer, winter = parse_days("15 June to 15 September"), parse_days("20 December to 5 January")
    once = parse_days("2027-06-15 to 2027-09-15")
    days = [date(2027, 6, 14), date(2027, 6, 15), date(2027, 9, 15), date(2027, 9, 16)]
    assert [lies_in(summer, day) for day in days] == [False, True, True, False]
    assert [lies_in(once, day) for day in days] == [False, True, True, False]
    assert lies_in(summer, date(2028, 7, 1)) and not lies_in(once, date(2028, 7, 1))
    days = [date(2026, 12, 19), date(2026, 12, 20), date(2027, 1, 5), date(2027, 1, 6)]
    assert [lies_in(winter, day) for day in days] == [False, True, True, False]


def test_an_age_range_includes_its_first_day_and_excludes_its_last() -> None:
    young, old = parse_age_range("under 18 months"), parse_age_range("from 4 years")
    assert [young.holds(months) for months in (17, 18, 19)] == [True, False, False]
    assert [old.holds(months) for months in (47, 48, 49)] == [False, True, True]


def test_a_cap_is_a_number_of_times_or_an_amount() -> None:
    times, amount = parse_cap("2 per weekday per calendar year"), parse_cap("45 hours per calendar year")
    assert (times.amount, times.unit, times.per_weekday) == (2, None, True)
    assert (amount.amount, amount.unit, amount.per_weekday) == (45 * 60, "hour", False)
