"""The moment at which an invitation is due: on the organisation's clock, also over a clock change, and never in the past."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from spelregel.rules.invitations import invitation_due
from spelregel.rules.phrases import PhraseError, parse_lead
from spelregel.tenancy.schema_files import schemas
from tests.conftest import tenant

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("phrase", "first_day", "due"),
    [
        ("6 weeks before first day", date(2027, 1, 4), "2026-11-23 09:00"),
        ("6 weeks before first day", date(2027, 4, 12), "2027-03-01 09:00"),  # the clock goes forward in between
        ("6 weeks before first day", date(2027, 11, 15), "2027-10-04 09:00"),  # and back
        ("1 day before first day", date(2027, 3, 29), "2027-03-28 09:00"),  # on the very day that it goes forward
        ("1 month before first day", date(2027, 3, 31), "2027-02-28 09:00"),  # a month that has no such day
    ],
)
def test_an_invitation_is_due_in_the_morning_of_its_day(phrase: str, first_day: date, due: str) -> None:
    found = invitation_due(parse_lead(phrase), first_day, AMSTERDAM, LONG_AGO)
    assert f"{found.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}" == due
    assert found.tzinfo is UTC


def test_one_minute_before_it_waits_and_from_then_on_it_goes_at_once() -> None:
    lead, first_day = parse_lead("6 weeks before first day"), date(2027, 4, 12)
    due = invitation_due(lead, first_day, AMSTERDAM, LONG_AGO)
    assert invitation_due(lead, first_day, AMSTERDAM, due - MINUTE) == due
    assert invitation_due(lead, first_day, AMSTERDAM, due) == due
    assert invitation_due(lead, first_day, AMSTERDAM, due + MINUTE) == due + MINUTE
    assert invitation_due(parse_lead("at once"), first_day, AMSTERDAM, LONG_AGO) == LONG_AGO


def test_the_organisations_say_it_as_their_texts_do() -> None:
    said = {name: str(tenant(name).login.activation_sent) for name in ("fantaziehuis", "quadrant", "deroef", "langekeizer")}  # fmt: skip
    assert said == {
        "fantaziehuis": "6 weeks before first day", "quadrant": "6 weeks before first day",
        "deroef": "6 weeks before first day", "langekeizer": "1 week before first day",
    }  # fmt: skip
    assert all("login.activation_sent" in tenant(name).to_confirm for name in said)


@pytest.mark.parametrize(
    ("text", "wrong", "help"),
    [
        ("6 weeks", "it is counted back from the first day of care", "write “6 weeks before first day”"),
        ("6 weken before first day", "unknown unit “weken”", "did you mean “weeks”? Units: days, weeks, months"),
        ("6 weeks before start", "it is counted back from the first day of care", "write “6 weeks before first day”"),
        ("1 weeks before first day", "“1 weeks” is not how it is counted", "write “1 week”"),
        ("zes weken", "“zes weken” is not a phrase that is known here", "write one of “at once”, “6 weeks before first day”"),
        ("6", "a unit is missing after “6”", "write “6 weeks”"),
    ],
)  # fmt: skip
def test_another_phrase_is_refused_with_what_was_meant(text: str, wrong: str, help: str) -> None:
    with pytest.raises(PhraseError) as caught:
        parse_lead(text)
    assert (str(caught.value.message), str(caught.value.help)) == (wrong, help)
    assert 0 <= caught.value.start < caught.value.end <= max(len(text), 1)


def test_the_schema_and_the_parser_take_the_same_phrases() -> None:
    pattern = re.compile(schemas()["login.schema.json"]["properties"]["activation_sent"]["pattern"])
    for text in (
        "at once", "1 day before first day", "2 days before first day", "999 weeks before first day", "12 months before first day",
        "0 days before first day", "1 days before first day", "1000 days before first day", "6 weeks", "6 weeks before first day ",
        "6 workdays before first day", "At once", "6 hours before first day", "",
    ):  # fmt: skip
        try:
            taken = str(parse_lead(text)) == text
        except PhraseError:
            taken = False
        assert bool(pattern.fullmatch(text)) == taken, text
