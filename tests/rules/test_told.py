"""What other programs and planners are told, whole and once each: decisions as JSON, and phrases that cannot be read.

`SPELREGEL_GOLDEN=1 ./dev test tests/rules/test_told.py` writes `told.json` anew: read the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from spelregel.rules.phrases import PARSERS, PhraseError
from spelregel.tenancy.judging import judge, judgement_as_data
from tests.rules.made_up import ASKING, SWAPPING, Organisation

GOLDEN = Path(__file__).parent / "told.json"
DAY = "2026-12-10 08:00-13:00"
GRANT = """  vrij:
    name: {nl: {label: vrij, one: dag, other: dagen}, en: {label: free, one: day, other: days}}
    worth: 1 day
    earned_by: grant
    grant: {amount: 12 days, every: calendar year, part_year: by month}
    valid: calendar year
    usable_for: [kdv, bso]
"""
ORGANISATION = Organisation(("credits:\n", f"credits:\n{GRANT}"), more=ASKING + SWAPPING)
CASES: tuple[dict[str, Any], ...] = (
    {"absence": DAY, "reported": "2026-12-08 09:29"},
    {"absence": DAY, "reported": "2026-12-08 09:30"},
    {"absence": DAY, "reported": "2026-12-10 08:00"},
    {"absence": DAY, "reported": "2026-12-08 09:31", "by": "staff"},
    {"withdraw_absence": DAY, "asked": "2026-12-10 07:59", "earned": 5, "spent": 2},
    {"withdraw_absence": DAY, "asked": "2026-12-10 08:00"},
    {"use_credit": DAY, "asked": "2026-12-08 12:00", "earned": "2026-11-10", "credit": 3},
    {"use_credit": DAY, "asked": "2026-12-08 12:00", "earned": "2026-12-11", "credit": 3},
    {"use_credit": DAY, "asked": "2026-12-08 12:00", "earned": "2026-01-10", "credit": 3},
    {"extra_care": DAY, "asked": "2026-12-08 08:00"},
    {"extra_care": DAY, "asked": "2026-12-08 08:01"},
    {"swap": DAY, "asked": "2026-12-01 12:00", "gives_up": "2026-12-14 08:00-13:00"},
    {"swap": DAY, "asked": "2026-12-01 12:00", "gives_up": "2026-12-14 08:00-12:00"},
    {"cancel": DAY, "of": "extra_care", "asked": "2026-12-01 12:00"},
    {"grant": "2027-03-01", "kind": "vrij", "contract_started": "2027-03-01"},
)
#: Per kind of phrase what planners write and no parser takes.
WRONG: dict[str, tuple[str, ...]] = {
    "notice": (
        "", "  48 hours", "48  hours", "48\u00a0hours", "48 hours\n", "48", "48hours", "48 uur", "1 hours", "2 day", "0 days", "1000 days", "-1 days",
        "1,5 days", "09:30", "before 09:30", "tot 9.30", "same day", "same days, before 09:00", "same day before 09:30", "same day, at 09:30",
        "2 days before 09:30", "2 days, 09:30", "2 days, before", "2 days, before 9:30", "2 days, before 25:00", "2 days, before 09:30 or so",
        "2 days, uiterlijk 09:30", "48 hours, before 09:30", "48 hours before holiday", "2 days x before holiday", "5 weeks before vacation",
        "3 days before week before 12:00", "3 days before week, 12:00", "more than 2 days", "more than 48 hours, before 12:00", "Thursday",
        "Thursday 2 week before", "Thursday 1 week before before 12:00", "0th of the month before", "29th of the month before", "1th of the month before",
        "16th of the month", "16th of the month before, 12:00", "1 jaar", "90 minuten", "nooit", "altijd", "geen", "1 mei", "before 1 June", "31 June",
        "29 February", "1 May before week", "2 fortnights",
    ),
    "validity": (
        "", "30", "30 dagen", "for ever", "kalenderjaar", "calendar year, and", "calendar year, and 3", "calendar year, and 3 maanden", "30 days, until June",
        "30 days, from 4 weeks", "30 days, from 4 weken before", "unlimited, and 3 months", "unlimited, at latest calendar year", "until the contract ends, and 1 month",
        "30 days, at latest 2027-02-30", "30 days, at latest", "30 days, and 1 week, from 1 week before", "same week, from 1 week before", "same contract year",
        "week, from 0 weeks before", "30 days calendar year",
    ),
    "horizon": ("", "30", "30 uur", "4 hours", "3 months before week", "unlimited or so"),
    "cap": ("", "4", "4 per", "4 per jaar", "4 per year", "per month", "0 per month", "4 times per month", "45 uur per month", "2 per weekday per jaar"),
    "span": ("", "15", "15 min", "2 weeks", "15 minutes later"),
    "within": ("", "2", "2 hours", "2 werkdagen", "2 workdays later"),
    "lead": ("", "6", "6 weeks", "6 weken before first day", "1 weeks before first day", "6 weeks before start", "0 weeks before first day", "6 hours before first day"),
    "days": ("", "15 June", "15 June to", "15 June to 2027-09-15", "31 June to 1 July", "2027-09-15 to 2027-06-15", "15 juni to 15 september"),
    "age range": ("", "18 months", "under", "under 18", "under 1 years", "from 40 years", "between 2 and 4 years"),
    "amount": ("", "100", "100 uur", "1,5 hours", "1.234 hours", "-5 hours", "100000 hours", "1 hours", "2 hour", "100 hours more", "0.5 times the weekly hours"),
    "worth": ("", "2 hours", "1 times the weekly hours", "hour"),
    "age": ("", "0 years", "1 years", "2 year", "19 years", "100 months"),
}  # fmt: skip


def told() -> dict[str, Any]:
    decisions = []
    for when in CASES:
        data = judgement_as_data(judge(ORGANISATION.reading, when), ORGANISATION.reading, when)
        data["config"]["digest"] = "…"  # of the text of the whole file
        decisions.append(data)
    return {"decisions": decisions, "wrong": {kind: {text: _refusal(kind, text) for text in texts} for kind, texts in WRONG.items()}}  # fmt: skip


def _refusal(kind: str, text: str) -> list[Any]:
    try:
        PARSERS[kind](text)
    except PhraseError as wrong:
        assert 0 <= wrong.start < max(wrong.end, 1)
        return [wrong.start, wrong.end, str(wrong.message), str(wrong.help)]
    raise AssertionError(f"{kind}: “{text}” is read")


def test_decisions_and_refused_phrases_are_told_as_before() -> None:
    found = json.loads(json.dumps(told(), default=str))
    if os.environ.get("SPELREGEL_GOLDEN") == "1":
        GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    golden = json.loads(GOLDEN.read_text("utf-8"))
    for each, before in zip(found["decisions"], golden["decisions"], strict=True):
        assert each == before
    for kind, rows in golden["wrong"].items():
        assert found["wrong"][kind] == rows
