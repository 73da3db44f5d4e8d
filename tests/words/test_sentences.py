"""What people read: exact sentences, no leftovers of another language, and words that agree with the engine."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytest

from spelregel.records.conditions_page import Section, conditions_page
from spelregel.rules.care_calendar import cutoff_at
from spelregel.rules.facts import WithdrawalFacts
from spelregel.rules.phrases import parse_amount
from spelregel.rules.rulebook import Rulebook
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.judging import Judgement, judge
from spelregel.tenancy.schema_files import schemas
from spelregel.tenancy.sections import ACTIONS, LAYERED
from spelregel.tenancy.tenant import Tenant
from spelregel.tenancy.yaml_source import read_yaml
from spelregel.words import formats
from spelregel.words.locale import Register
from spelregel.words.phrase_words import amount_words, counted
from spelregel.words.sentences import Speaker
from tests.conftest import ROOT, TENANTS, tenant, tenant_from

JE, U, EN = Register("nl"), Register("nl", formal=True), Register("en")
REGISTERS = {"je": JE, "u": U, "en": EN}
NAMES = [path.stem for path in TENANTS]
ON = date(2026, 11, 24)


def speaker(who: Tenant, register: Register) -> Speaker:
    return Speaker(register, lambda kind: who.credit_name(kind, register.language))


def answer(judgement: Judgement, spoken: Speaker) -> list[str]:
    """What a parent reads first."""
    if judgement.verdict is not None:
        return spoken.absence(judgement.verdict)
    if isinstance(judgement.facts, WithdrawalFacts):
        return [spoken.withdrawal(judgement.decision, None)]
    return [spoken.credit_use(judgement.decision, spoken.amount(judgement.pays, judgement.decision.credit or ""))]


def said(name: str, register: str, **when: Any) -> str:
    who = tenant(name)
    return " ".join(answer(judge(reading_of(who), when), speaker(who, REGISTERS[register])))


# Exact sentences

CARE, BSO = "2026-12-10 08:00-13:00", "2026-12-10 14:00-18:30"
SENTENCES = [
    ("two days before, in time", "fantaziehuis", {"absence": CARE, "reported": "2026-12-08 09:29"},
     "Je krijgt er 5 ruiluren voor, zonder einddatum.",
     "U krijgt er 5 ruiluren voor, zonder einddatum.",
     "It earns 5 swap hours, without an end date."),
    ("one hour", "fantaziehuis", {"absence": "2026-12-10 08:00-09:00", "reported": "2026-12-08 09:29"},
     "Je krijgt er 1 ruiluur voor, zonder einddatum.",
     "U krijgt er 1 ruiluur voor, zonder einddatum.",
     "It earns 1 swap hour, without an end date."),
    ("two days before, too late", "fantaziehuis", {"absence": CARE, "reported": "2026-12-08 09:30"},
     "Je krijgt hier geen ruiluren voor: dat kon tot dinsdag 8 december 09.30 uur.",
     "U krijgt hier geen ruiluren voor: dat kon tot dinsdag 8 december 09.30 uur.",
     "It earns no swap hours: that was possible until 09:30 on Tuesday 8 December."),
    ("entered by the group", "fantaziehuis", {"absence": CARE, "reported": "2026-12-01 12:00", "by": "staff"},
     "Je krijgt hier geen ruiluren voor: alleen wat een ouder in het portaal afmeldt, telt.",
     "U krijgt hier geen ruiluren voor: alleen wat een ouder in het portaal afmeldt, telt.",
     "It earns no swap hours: only what a parent reports in the portal counts."),
    ("an extra day", "fantaziehuis", {"absence": CARE, "reported": "2026-12-01 12:00", "day": "extra day"},
     "Je krijgt hier geen ruiluren voor: dit is een extra dag.",
     "U krijgt hier geen ruiluren voor: dit is een extra dag.",
     "It earns no swap hours: this is an extra day."),
    ("a public holiday", "fantaziehuis", {"absence": "2027-04-27 08:00-13:00", "reported": "2027-04-01 12:00"},
     "Je krijgt hier geen ruiluren voor: dit is een feestdag.",
     "U krijgt hier geen ruiluren voor: dit is een feestdag.",
     "It earns no swap hours: this is a public holiday."),
    ("when care has started", "fantaziehuis", {"absence": CARE, "reported": "2026-12-10 08:00"},
     "Afmelden kon tot donderdag 10 december 08.00 uur. Bel de groep, zodat ze het weten.",
     "Afmelden kon tot donderdag 10 december 08.00 uur. Bel de groep, zodat ze het weten.",
     "Reporting absent was possible until 08:00 on Thursday 10 December. Phone the group, so that they know."),
    ("half past seven, in time", "langekeizer", {"absence": BSO, "reported": "2026-12-10 07:29", "care_type": "bso"},
     "Je krijgt er 4,5 uur tegoed voor, geldig tot en met zaterdag 9 januari 2027.",
     "U krijgt er 4,5 uur tegoed voor, geldig tot en met zaterdag 9 januari 2027.",
     "It earns 4.5 hours of credit, valid up to and including Saturday 9 January 2027."),
    ("half past seven, late", "langekeizer", {"absence": BSO, "reported": "2026-12-10 07:30", "care_type": "bso"},
     "Deze afmelding is laat. Je krijgt hier geen tegoed voor: dat kon tot donderdag 10 december 07.30 uur.",
     "Deze afmelding is laat. U krijgt hier geen tegoed voor: dat kon tot donderdag 10 december 07.30 uur.",
     "This report is late. It earns no credit: that was possible until 07:30 on Thursday 10 December."),
    ("late on a day that earns nothing", "langekeizer",
     {"absence": BSO, "reported": "2026-12-10 07:30", "care_type": "bso", "by": "staff"},
     "Deze afmelding is laat: op tijd afmelden kon tot donderdag 10 december 07.30 uur. Je krijgt hier geen tegoed voor: alleen wat een ouder in het portaal afmeldt, telt.",
     "Deze afmelding is laat: op tijd afmelden kon tot donderdag 10 december 07.30 uur. U krijgt hier geen tegoed voor: alleen wat een ouder in het portaal afmeldt, telt.",
     "This report is late: reporting in time was possible until 07:30 on Thursday 10 December. It earns no credit: only what a parent reports in the portal counts."),
    ("the 31st day", "langekeizer", {"use_credit": "2027-01-10 08:00-13:00", "earned": "2026-12-10", "asked": "2027-01-08 12:00"},
     "Dit tegoed past hier niet. Het is geldig tot en met zaterdag 9 januari 2027, en de dag valt daarna. Kies een eerdere dag.",
     "Dit tegoed past hier niet. Het is geldig tot en met zaterdag 9 januari 2027, en de dag valt daarna. Kies een eerdere dag.",
     "This credit does not fit here. It is valid up to and including Saturday 9 January 2027, and the day lies after that. Choose an earlier day."),
    ("another kind of care", "langekeizer",
     {"use_credit": "2026-12-17 14:00-18:30", "care_type": "bso", "earned": "2026-12-10", "earned_care_type": "vso", "asked": "2026-12-11 12:00"},
     "Dit tegoed past hier niet. Het is opgebouwd bij voorschoolse opvang en niet te gebruiken voor buitenschoolse opvang. Gebruik het voor de opvang waar het voor bedoeld is.",
     "Dit tegoed past hier niet. Het is opgebouwd bij voorschoolse opvang en niet te gebruiken voor buitenschoolse opvang. Gebruik het voor de opvang waar het voor bedoeld is.",
     "This credit does not fit here. It was earned with before-school care and cannot be used for after-school care. Use it for the care that it is meant for."),
    ("no credit by absence", "deroef", {"absence": CARE, "reported": "2026-12-01 12:00"}, "", "", ""),
    ("a school day", "deroef",
     {"use_credit": "2027-03-09 08:00-18:00", "care_type": "bso", "earned": "2027-01-01", "asked": "2027-01-15 12:00", "credit": "40 Roefjes"},
     "Dit tegoed past hier niet. Op deze dag is het niet te gebruiken: het is een schooldag. Gebruik het op een ander soort dag.",
     "Dit tegoed past hier niet. Op deze dag is het niet te gebruiken: het is een schooldag. Gebruik het op een ander soort dag.",
     "This credit does not fit here. It cannot be used on this day: it is a school day. Use it on another kind of day."),
    ("in the spring holiday", "deroef",
     {"use_credit": "2027-02-22 08:00-18:00", "care_type": "bso", "earned": "2027-01-01", "asked": "2027-01-15 12:00", "credit": "40 Roefjes"},
     "Dit tegoed is te gebruiken: het kost 10 Roefjes.",
     "Dit tegoed is te gebruiken: het kost 10 Roefjes.",
     "This credit can be used: that costs 10 Roefjes."),
    ("exactly 24 hours", "quadrant", {"absence": CARE, "reported": "2026-12-09 08:00"},
     "Je krijgt er 5 uur tegoed voor, zonder einddatum.",
     "U krijgt er 5 uur tegoed voor, zonder einddatum.",
     "It earns 5 hours of credit, without an end date."),
    ("a minute less than 24 hours", "quadrant", {"absence": CARE, "reported": "2026-12-09 08:01"},
     "Je krijgt hier geen afwezigheidstegoed voor: dat kon tot en met woensdag 9 december 08.00 uur.",
     "U krijgt hier geen afwezigheidstegoed voor: dat kon tot en met woensdag 9 december 08.00 uur.",
     "It earns no absence credit: that was possible until and including 08:00 on Wednesday 9 December."),
    ("up to the maximum", "quadrant", {"absence": CARE, "reported": "2026-12-08 12:00", "credit": "99 hours"},
     "Je krijgt er 1 uur tegoed voor, zonder einddatum. Daarmee is het maximum bereikt.",
     "U krijgt er 1 uur tegoed voor, zonder einddatum. Daarmee is het maximum bereikt.",
     "It earns 1 hour of credit, without an end date. That reaches the maximum."),
    ("at the maximum", "quadrant", {"absence": CARE, "reported": "2026-12-08 12:00", "credit": "100 hours"},
     "Je krijgt hier geen afwezigheidstegoed voor: het past niet meer onder het maximum van 100 uur tegoed.",
     "U krijgt hier geen afwezigheidstegoed voor: het past niet meer onder het maximum van 100 uur tegoed.",
     "It earns no absence credit: it does not fit below the maximum of 100 hours of credit."),
    ("taken back", "fantaziehuis", {"withdraw_absence": CARE, "asked": "2026-12-09 12:00", "earned": "5 hours"},
     "Je kunt de afmelding intrekken.", "U kunt de afmelding intrekken.", "You can take the absence back."),
    ("taken back too late", "fantaziehuis", {"withdraw_absence": CARE, "asked": "2026-12-10 08:00"},
     "Intrekken kon tot donderdag 10 december 08.00 uur. Bel de groep als je kind toch komt.",
     "Intrekken kon tot donderdag 10 december 08.00 uur. Bel de groep als uw kind toch komt.",
     "Taking it back was possible until 08:00 on Thursday 10 December. Phone the group if your child comes after all."),
    ("taken back when spent", "fantaziehuis",
     {"withdraw_absence": CARE, "asked": "2026-12-09 12:00", "earned": "5 hours", "spent": "2 hours"},
     "Van het opgebouwde tegoed is al 2 van 5 gebruikt. Intrekken kan daarom niet meer. Annuleer eerst de dag waarvoor je het gebruikte, of bel de groep.",
     "Van het opgebouwde tegoed is al 2 van 5 gebruikt. Intrekken kan daarom niet meer. Annuleer eerst de dag waarvoor u het gebruikte, of bel de groep.",
     "Of the credit that it earned 2 of 5 is used already. So it can no longer be taken back. Cancel the day that you used it for first, or phone the group."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "when", "je", "u", "en"), [row[1:] for row in SENTENCES], ids=[r[0] for r in SENTENCES]
)
def test_a_decision_reads_like_this(name: str, when: dict[str, Any], je: str, u: str, en: str) -> None:
    assert (said(name, "je", **when), said(name, "u", **when), said(name, "en", **when)) == (je, u, en)


REMEDIES = [
    ("fantaziehuis", {"absence": CARE, "reported": "2026-12-08 09:30"},
     "Het had gekund tot dinsdag 8 december 09.30 uur.",
     "It would have been possible until 09:30 on Tuesday 8 December."),
    ("fantaziehuis", {"absence": CARE, "reported": "2026-12-10 08:00"},  # two deadlines missed: the earlier helps
     "Het had gekund tot dinsdag 8 december 09.30 uur.",
     "It would have been possible until 09:30 on Tuesday 8 December."),
    ("fantaziehuis", {"absence": CARE, "reported": "2026-12-08 09:30", "by": "staff"},
     "Het had gekund als een ouder het in het portaal had gedaan en het op tijd was geweest (tot dinsdag 8 december 09.30 uur).",
     "It would have been possible if a parent had done it in the portal and it had been in time (until 09:30 on Tuesday 8 December)."),
    ("fantaziehuis", {"absence": "2027-04-27 08:00-13:00", "reported": "2027-04-01 12:00"}, None, None),
    ("quadrant", {"absence": CARE, "reported": "2026-12-08 12:00", "credit": 100},
     "Met minder tegoed had het wel geteld.", "With less credit so far it would have counted."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "when", "nl", "en"), REMEDIES)
def test_what_would_have_helped_reads_like_this(
    name: str, when: dict[str, Any], nl: str | None, en: str | None
) -> None:
    who = tenant(name)
    decision = judge(reading_of(who), when).decision
    assert (speaker(who, JE).remedy(decision), speaker(who, EN).remedy(decision)) == (nl, en)


def test_what_goes_back_is_told_with_the_withdrawal() -> None:
    who = tenant("deroef")
    decision = judge(reading_of(who), {"withdraw_absence": CARE, "asked": "2026-12-09 12:00", "earned": 5}).decision
    told = {key: speaker(who, register).withdrawal(decision, "1 Roefje") for key, register in REGISTERS.items()}
    assert told == {
        "je": "Je kunt de afmelding intrekken. Je levert daarmee 1 Roefje weer in.",
        "u": "U kunt de afmelding intrekken. U levert daarmee 1 Roefje weer in.",
        "en": "You can take the absence back. That gives back 1 Roefje too.",
    }


UNITS = [("hour", "1 uur", "2 uur", "1 hour", "2 hours"), ("day", "1 dag", "2 dagen", "1 day", "2 days"),
         ("workday", "1 werkdag", "2 werkdagen", "1 working day", "2 working days"), ("week", "1 week", "2 weken", "1 week", "2 weeks"),
         ("month", "1 maand", "2 maanden", "1 month", "2 months"), ("daypart", "1 dagdeel", "2 dagdelen", "1 part of a day", "2 parts of a day")]  # fmt: skip


@pytest.mark.parametrize(("unit", "nl_one", "nl_two", "en_one", "en_two"), UNITS)
def test_one_and_two_are_counted_differently(unit: str, nl_one: str, nl_two: str, en_one: str, en_two: str) -> None:
    who = tenant("quadrant")
    said_so = [counted(n, unit, speaker(who, register)) for register in (JE, EN) for n in (1, 2)]
    assert said_so == [nl_one, nl_two, en_one, en_two]


AMOUNTS = [("1 hour", "1 uur", "1 hour"), ("22.5 hours", "22,5 uur", "22.5 hours"), ("1.5 dayparts", "1,5 dagdeel", "1.5 parts of a day"),
           ("0.5 dayparts", "0,5 dagdeel", "0.5 parts of a day"), ("2 dayparts", "2 dagdelen", "2 parts of a day"), ("1 daypart", "1 dagdeel", "1 part of a day")]  # fmt: skip


@pytest.mark.parametrize(("phrase", "nl", "en"), AMOUNTS)
def test_an_amount_has_the_sign_and_the_number_of_its_language(phrase: str, nl: str, en: str) -> None:
    spoken = [speaker(tenant("quadrant"), register) for register in (JE, EN)]
    assert [amount_words(parse_amount(phrase), each) for each in spoken] == [nl, en]


CREDITS = [(60, "1 ruiluur", "1 swap hour"), (30, "0,5 ruiluur", "0.5 swap hours"), (90, "1,5 ruiluur", "1.5 swap hours"),
           (120, "2 ruiluren", "2 swap hours"), (0, "0 ruiluren", "0 swap hours"), (270, "4,5 ruiluren", "4.5 swap hours")]  # fmt: skip


@pytest.mark.parametrize(("sixtieths", "nl", "en"), CREDITS)
def test_credit_is_counted_in_the_organisations_own_words(sixtieths: int, nl: str, en: str) -> None:
    who = tenant("fantaziehuis")
    assert [speaker(who, register).amount(sixtieths, "ruiluren") for register in (JE, EN)] == [nl, en]


# Nothing of another language, over a grid of cases

ENGLISH = re.compile(
    r"\b(the|and|until|before|that|this|not|from|day|days|hours?|absent|credits?|reports?|reported|reporting|parents?|group|"
    r"care|possible|used|valid|earned|earns|counts?|it|taken|back|with|one|expect|illness|reason)\b",
    re.IGNORECASE,
)
DUTCH = re.compile(
    r"\b(de|het|een|tot|vóór|uur|je|jij|jouw|uw|afmelden|tegoed|voor|niet|dag|geen|en|van)\b", re.IGNORECASE
)
SAYS_JE = re.compile(r"\b(je|jij|jou|jouw)\b", re.IGNORECASE)
SAYS_U = re.compile(r"\b(u|uw)\b", re.IGNORECASE)
DOUBLED = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)


def leftovers(text: str, register: str) -> list[str]:
    found = [f"unfilled: {text}"] if "%" in text or "{" in text or "None" in text else []
    stranger = (DUTCH if register == "en" else ENGLISH).search(text)
    found += [f"{stranger.group()!r} in: {text}"] if stranger else []
    other = {"je": SAYS_U, "u": SAYS_JE}.get(register)
    found += [f"speaks to the other reader: {text}"] if other and other.search(text) else []
    return found + ([f"doubled: {text}"] if DOUBLED.search(text) else [])


def cases(name: str) -> Iterator[dict[str, Any]]:
    book: Rulebook = tenant(name).rulebook
    days, dayparts = (
        ("2026-12-10", "2027-04-27", "2027-02-22", "2026-12-12"),
        ("08:00-13:00", "08:00-09:00", "14:00-18:30"),
    )
    moments = (
        "2026-12-10 08:00",
        "2026-12-10 07:30",
        "2026-12-09 12:00",
        "2026-12-08 09:30",
        "2026-10-01 12:00",
        "2027-05-01 12:00",
    )
    for day, part, moment, by, care_type in itertools.product(
        days, dayparts, moments, ("parent", "staff"), book.care_types
    ):
        common = {"by": by, "care_type": care_type}
        for reason, planned, credit in (
            (None, [], 0),
            ("illness", ["extra day"], 99),
            ("other", ["credit day", "study day"], 100),
            ("holiday", ["closing day"], 0.5),
        ):
            yield {
                **common,
                "absence": f"{day} {part}",
                "reported": moment,
                "reason": reason,
                "day": planned,
                "credit": credit,
            }
        for earned, spent in ((0, 0), (1, 0), (5, 2)):
            yield {**common, "withdraw_absence": f"{day} {part}", "asked": moment, "earned": earned, "spent": spent}
    kinds = list(book.credit_kinds)
    for day, kind, care_type, earned, other in itertools.product(
        days, kinds, book.care_types, ("2026-11-12", "2027-01-12", "2027-12-01"), book.care_types
    ):
        for product, contract, left in itertools.product((None, *book.products), (None, *book.contracts), (0, 1, 5)):
            yield {"use_credit": f"{day} 08:00-13:00", "asked": "2026-11-20 12:00", "care_type": care_type, "kind": kind, "earned": earned,
                   "earned_care_type": other, "product": product, "contract": contract, "credit": left}  # fmt: skip


@pytest.mark.parametrize("register", REGISTERS)
@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_of_any_decision_holds_words_of_another_language(name: str, register: str) -> None:
    who, seen, found = tenant(name), set(), []
    reading, spoken = reading_of(who), speaker(who, REGISTERS[register])
    for when in cases(name):
        judgement = judge(reading, when)
        decisions = [judgement.decision]
        if judgement.verdict:
            decisions = [judgement.verdict.report, *judgement.verdict.credits]
        lines = [*answer(judgement, spoken), *filter(None, (spoken.remedy(decision) for decision in decisions))]
        lines += [spoken.step(step, decision) for decision in decisions for step in decision.steps]
        for line in lines:
            if line not in seen:
                seen.add(line)
                found += leftovers(line, register)
    assert len(seen) > 25
    assert not found


@pytest.mark.parametrize("register", REGISTERS)
@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_a_conditions_page_holds_words_of_another_language(name: str, register: str) -> None:
    found, lines = [], 0
    for section in page_of(tenant(name), register):
        if section.anchor in ("contact", "changes", "consents"):
            continue  # the organisation's own texts
        for line in section.lines:
            lines += 1
            for text in (line.text, *line.instances):
                found += leftovers(text.replace(" Q", " ").replace("BSO-schoolweken", "BSO-"), register)
    assert lines > 20
    assert not found


def test_leftovers_are_seen() -> None:
    assert leftovers("Dat kon until dinsdag", "je")
    assert leftovers("That was possible tot Tuesday", "en")
    assert leftovers("U krijgt niets", "je") and leftovers("Je krijgt niets", "u")
    assert leftovers("Dat kon tot %(until)s", "je")
    assert leftovers("Dat kon tot tot dinsdag", "je")
    assert not leftovers("Dat kon tot dinsdag 8 december 09.30 uur.", "u")


# The page and the engine agree


def page_of(who: Tenant, register: str) -> list[Section]:
    return conditions_page(who, speaker(who, REGISTERS[register]), ON)


MONTHS = ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"]  # fmt: skip
ENGLISH_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"]  # fmt: skip
DAY = r"[a-z]+day (?P<day>\d+) (?P<month>\w+)|[a-z]+dag (?P<dag>\d+) (?P<maand>\w+)"
DAYS = re.compile(DAY, re.IGNORECASE)


def printed_day(text: str) -> date:
    """Of “donderdag 10 december 2027”; without a year the one in which it is nearest to ON."""
    found = DAYS.search(text)
    assert found, text
    number, month = found["day"] or found["dag"], (found["month"] or found["maand"]).lower()
    at = (ENGLISH_MONTHS if found["day"] else MONTHS).index(month) + 1
    if year := re.match(r" (20\d\d)", text[found.end() :]):
        return date(int(year[1]), at, int(number))
    return min((date(year, at, int(number)) for year in (2026, 2027)), key=lambda day: abs(day - ON))


#: What stands before a limit; “tot en met” and its like count the minute, or the day, itself.
LIMIT = re.compile(r"\b(?P<counts>tot en met|up to and including|until and including)|\b(?:tot|before|until)\b")


def printed_flip(text: str) -> datetime:
    """The first minute that is too late, as the words say it."""
    *_, limit = LIMIT.finditer(text)
    tail = text[limit.end() :]
    day, clock = printed_day(tail), re.search(r"(\d\d)[.:](\d\d)", tail)
    if clock is None:  # the whole of a day
        return datetime.combine(day, time()) + timedelta(days=1)  # the clock on the wall
    at = datetime.combine(day, time(int(clock[1]), int(clock[2])))
    return at + timedelta(minutes=1) if limit["counts"] else at


def printed_care(text: str, day: date, care_type: str, kind: str) -> str:
    """The care of a worked day: from the hour that is printed, else the usual hours."""
    hour = re.search(r"(?:vanaf|from) (\d\d)[.:](\d\d)", text)
    starts = f"{hour[1]}:{hour[2]}" if hour else "14:00" if (care_type, kind) == ("bso", "school day") else "08:00"
    return f"{day} {starts}-18:30"


def minutes_around(flip: datetime) -> list[tuple[str, bool]]:
    return [(f"{flip + timedelta(minutes=n):%Y-%m-%d %H:%M}", n < 0) for n in (-1, 0, 1)]


BASE = (ROOT / "tenants" / "fantaziehuis.yaml").read_text("utf-8").split("\nextra_care:")[0] + "\n"
PHRASES = ["before start", "same day, before 06:15", "1 hour", "36 hours", "48 hours", "1 day", "3 days", "2 days, before 09:30",
           "1 workday", "3 workdays, before 12:00", "1 week", "2 weeks, before 17:00", "1 month", "1 month, before 00:00",
           "more than 48 hours", "3 days before week, before 12:00", "1 week before week", "2 weeks before month",
           "Thursday 1 week before, before 12:00", "Friday 2 weeks before", "16th of the month before, before 09:00"]  # fmt: skip


@cache
def organisation(name: str) -> Tenant:
    """One of the four, or a made-up one that has this phrase for each of its notices."""
    if name in NAMES:
        return tenant(name)
    text = BASE.replace("notice: 2 days, before 09:30", f"notice: {name}")
    return tenant_from(text.replace("notice: before start", f"notice: {name}"))


def in_time_by_the_engine(who: Tenant, anchor: str, care: str, moment: str) -> bool:
    """Is the rule of this line of the page met by care at a moment, as the engine decides it."""
    section, *rest = anchor.split("-")
    reading = reading_of(who)
    if section in ("absence", "credits"):
        verdict = judge(reading, {"absence": care, "reported": moment}).verdict
        assert verdict
        return not verdict.late if anchor == "absence-expected" else bool(verdict.earned)
    terms = who.rulebook.terms(ON, who.rulebook.care_types[0])
    action = ACTIONS[section]
    rule = terms.swap.request if section == "swap" and terms.swap else terms.requests[action]
    facts: dict[str, Any] = {
        "asked": moment, "by": rule.requested_by.value[0],
        "care_type": rule.care_types.value[0] if rule.care_types else who.rulebook.care_types[0],
    }  # fmt: skip
    if rest == ["cancel", "approved"]:
        return judge(reading, {"cancel": care, "of": action, **facts}).decision.granted
    facts |= {"gives_up": care} if rest == ["give_up"] else {}
    when = {action: care[:10] if action == "holiday_contract" else care, **facts}
    request = judge(reading, when).request
    assert request
    if rest[0] == "guaranteed_if":
        return any(step.reason == "guaranteed_in_time" for step in request.decision.steps)
    missed = {"too_late", "already_started"} if rest == ["notice"] else {"given_up_too_late"}
    return not any(step.reason in missed for step in request.decision.steps)


@pytest.mark.parametrize("register", REGISTERS)
@pytest.mark.parametrize("name", [*NAMES, *PHRASES])
def test_the_moment_on_the_page_is_the_minute_at_which_the_engine_flips(name: str, register: str) -> None:
    who = organisation(name)
    checked = 0
    for section in page_of(who, register):
        for line in section.lines:
            for instance in line.instances:
                day = printed_day(instance)
                kind = who.rulebook.terms(ON, who.rulebook.care_types[0]).calendar.kind_of(day)
                care = printed_care(instance, day, who.rulebook.care_types[0], kind)
                for moment, in_time in minutes_around(printed_flip(instance)):
                    assert in_time_by_the_engine(who, line.anchor, care, moment) is in_time, (instance, moment)
                    checked += 1
    assert checked >= 6 or name == "before start", "until care starts says it all: no day is worked out"


@pytest.mark.parametrize("register", REGISTERS)
@pytest.mark.parametrize("name", [*NAMES, *PHRASES])
def test_the_moment_in_a_refusal_is_the_minute_at_which_the_engine_flips(name: str, register: str) -> None:
    who = organisation(name)
    reading, spoken = reading_of(who), speaker(who, REGISTERS[register])
    credits = 0
    for care, action in itertools.product((CARE, "2026-12-14 11:00-13:00"), ("absence", "withdraw_absence")):
        key = "reported" if action == "absence" else "asked"
        when = {action: care, key: f"{care[:10]} 12:59"}  # care has started: too late under every notice
        refusal = answer(judge(reading, when), spoken)[0]
        for moment, in_time in minutes_around(printed_flip(refusal)):
            judged = judge(reading, {**when, key: moment})
            accepted = judged.verdict.accepted if judged.verdict else judged.decision.granted
            assert accepted is in_time, (refusal, moment)
        verdict = judge(reading, when).verdict
        for decision in verdict.credits if verdict else ():
            step = next(step for step in decision.steps if step.reason == "too_late")
            for moment, in_time in minutes_around(printed_flip(spoken.step(step, decision))):
                at_moment = judge(reading, {**when, key: moment}).verdict
                assert at_moment and bool(at_moment.earned) is (in_time and at_moment.accepted), moment
                credits += 1
    assert credits > 0 or name == "deroef"


def test_a_printed_moment_is_read_back_to_the_minute() -> None:
    moment = datetime(2026, 12, 8, 9, 30)  # noqa: DTZ001
    cutoffs = [cutoff_at(moment, UTC, this_minute_counts=counts) for counts in (False, True)]
    midnight = datetime(2026, 12, 9)  # noqa: DTZ001
    cutoffs.append(cutoff_at(midnight, UTC, whole_day=True))
    read = [
        [printed_flip(f"… {word} {formats.until(each, register)}.") for each in cutoffs]
        for word, register in (("tot", JE), ("until", EN))
    ]
    read += [[printed_flip(f"… {formats.in_time(each, register)}.") for each in cutoffs] for register in (JE, EN)]
    assert read == [[moment, moment + timedelta(minutes=1), midnight]] * 4


# Every rule for parents is on the page

EVERYTHING = ROOT / "tests" / "words" / "everything.yaml"


@cache
def full() -> str:
    """One organisation that uses every rule; as JSON, which is YAML too."""
    return json.dumps(read_yaml(EVERYTHING.read_bytes(), "everything.yaml").data, ensure_ascii=False)


def resolved(found: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in found:
        name, _, pointer = found["$ref"].partition("#")
        inner: Any = schemas()[name]
        for part in filter(None, pointer.split("/")):
            inner = inner[part]
        found = {**inner, **{key: value for key, value in found.items() if key != "$ref"}}
    return found


BLOCKS = LAYERED


def rules_for_parents() -> dict[str, dict[str, Any]]:
    """Dotted paths of the leaves with “x-page: parents”, with their schema; * for the key of a credit. Names are no rules."""

    def walk(schema: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
        schema = resolved(schema)
        if schema.get("x-page") == "parents":
            yield ".".join(path), schema
            return
        for key, inner in schema.get("properties", {}).items():
            if key != "name":
                yield from walk(inner, (*path, key))
        if isinstance(schema.get("additionalProperties"), dict):
            yield from walk(schema["additionalProperties"], (*path, "*"))

    top = schemas()["tenant.schema.json"]["properties"]
    return dict(each for block in BLOCKS for each in walk(top[block], (block,)))


def leaves_of(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves_of(each, (*path, key))
    else:
        yield path


def in_schema_words(path: tuple[str, ...]) -> str:
    return ".".join(["credits", "*", *path[2:]] if path[0] == "credits" else path)


@pytest.mark.parametrize("register", REGISTERS)
def test_every_rule_for_parents_has_a_line_on_the_page(register: str) -> None:
    rules = rules_for_parents()
    assert len(rules) > 200
    who, data = tenant_from(full()), json.loads(full())
    page, without = page_of(who, register), {"modules.absence", "modules.swap"}  # a line only where it is off
    anchors = {anchor: line.text for section in page for line in section.lines for anchor in line.anchors}
    used = {in_schema_words(path): path for block in BLOCKS for path in leaves_of({block: data[block]})}
    assert set(rules) - set(used) == set(), "the made-up organisation must use every rule"
    for rule in set(rules) - without:
        anchor = "-".join(used[rule])
        texts = [text for at, text in anchors.items() if at == anchor or at.startswith(anchor + "-")]
        assert texts and all(texts), rule


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_of_an_organisation_is_on_its_own_page_in_words_of_each_register(name: str) -> None:
    who = tenant(name)
    data = read_yaml(who.text.encode(), name).data
    rules = set(rules_for_parents())
    texts = {
        register: {
            anchor: line.text for section in page_of(who, register) for line in section.lines for anchor in line.anchors
        }
        for register in REGISTERS
    }
    earns = any("earned_if" in credit for credit in data["credits"].values())
    checked = 0
    for path in (path for block in ("absence", "credits") for path in leaves_of({block: data[block]})):
        if in_schema_words(path) not in rules or (path[-1] in ("earned_credit", "spent_credit") and not earns):
            continue
        rows = [
            texts[register].get("-".join(path)) or texts[register].get("-".join((*path, "0"))) for register in REGISTERS
        ]
        assert all(rows), path
        if rows[2] not in ("For: Qflexibel.",):
            assert rows[0] != rows[2] and rows[1] != rows[2], path
        checked += 1
    assert checked > 10


#: Another possible value for each kind of phrase.
OTHER_PHRASE = {
    "notice": "3 days, before 08:15", "validity": "3 months", "amount": "9 hours", "horizon": "8 weeks", "cap": "3 per quarter",
    "span": "90 minutes", "within": "3 workdays", "days": "1 July to 10 August", "worth": "1 daypart", "age range": "from 4 years",
}  # fmt: skip
#: And for each key whose other value is no matter of taking the next word.
OTHER_VALUE = {
    "usable_on": ["study day"], "only_on": ["school day", "study day"],
    "school_holidays": "noord", "public_holidays": ["kings_day"], "usable_for": ["kdv"], "contracts": ["andere"],
    "pay_with": ["vrij", "invoice"], "step": "2 days", "last_earned": "2027-11-30", "last_used": "2028-05-31",
    "closing_days": [{"date": "2026-12-30", "name": {"nl": "Dicht", "en": "Closed"}}],
    "study_days": [{"date": "2026-12-29", "name": {"nl": "Studie", "en": "Study"}}],
    "weights": [{"counts": 3}], "not_usable": [{"used_on": "study day"}], "price": [{"after": "3 days", "percent": 25}],
    "exchange": [{"used_for": "bso", "costs": 3}], "bill": [{"reasons": ["holiday"], "percent": 30}],
}  # fmt: skip


def changed(key: str, schema: dict[str, Any], value: Any) -> Any:
    """Another value that the schema allows."""
    kind = schema.get("type")
    if key in OTHER_VALUE and isinstance(OTHER_VALUE[key], type(value)):
        return OTHER_VALUE[key]
    if isinstance(value, bool):
        return not value
    if kind in ("number", "integer"):
        return value + 1
    if kind == "string" and "enum" in schema:
        return next(each for each in schema["enum"] if each != value)
    if kind == "array" and resolved(schema["items"]).get("enum"):
        return [next(each for each in resolved(schema["items"])["enum"] if [each] != value)]
    found = OTHER_PHRASE[resolved(schema["items"] if kind == "array" else schema)["x-kind"]]
    return [found] if kind == "array" else found


RULES = [rule for rule in rules_for_parents() if rule not in ("modules.absence", "modules.swap")]


@pytest.mark.parametrize("rule", RULES)
def test_a_changed_rule_changes_the_page_in_every_register(rule: str) -> None:
    data = json.loads(full())
    *above, last = rule.replace("*", "vrij" if ".grant." in rule else "tegoed").split(".")
    block = data
    for part in above:
        block = block[part]
    value = "purchase" if last == "earned_by" else changed(last, rules_for_parents()[rule], block[last])
    if last == "contracts":
        data["contracts"]["andere"] = {"name": {"nl": "Anders", "en": "Other"}, "care_type": "bso"}
    if last == "worth":  # a maximum is in the unit that the credit is worth
        del block["earned_if"]["maximum"], block["earned_if"]["at_maximum"], block["earned_if"]["at_most"]
    if last == "earned_by":  # only what an absence earns has conditions
        del block["earned_if"]
    before = tenant_from(json.dumps(data)) if last != "earned_by" else tenant_from(full())
    assert block[last] != value
    block[last] = value
    after = tenant_from(json.dumps(data))
    for register in REGISTERS:
        texts = [[line.text for section in page_of(who, register) for line in section.lines] for who in (before, after)]
        assert texts[0] != texts[1], register


def test_where_absence_is_not_reported_in_the_portal_the_page_says_so() -> None:
    data = read_yaml((ROOT / "tenants" / "deroef.yaml").read_bytes(), "x").data
    data["modules"]["absence"] = False
    for key in ("examples", "quotes", "to_confirm", "extra_care"):
        del data[key]
    who = tenant_from(json.dumps(data))
    assert [[line.text for line in page_of(who, register)[0].lines] for register in REGISTERS] == [
        ["Je meldt je kind niet in dit portaal af: geef het door aan de groep."],
        ["U meldt uw kind niet in dit portaal af: geef het door aan de groep."],
        ["Your child is not reported absent in this portal: tell the group."],
    ]


def test_where_nobody_swaps_the_page_says_so_and_tells_no_rules_of_it() -> None:
    data = json.loads(full())
    data["modules"]["swap"] = False
    who = tenant_from(json.dumps(data))
    told = [[line.text for section in page_of(who, register) if section.anchor == "swap" for line in section.lines] for register in REGISTERS]  # fmt: skip
    assert told == [
        ["Dagen ruilen kan hier niet."],
        ["Dagen ruilen kan hier niet."],
        ["Swapping days is not possible here."],
    ]


def test_days_on_the_page_stand_in_order_and_in_the_readers_language() -> None:
    who = tenant_from(full())
    closed = {register: next(s for s in page_of(who, register) if s.anchor == "closed") for register in ("je", "en")}
    assert [line.text for line in closed["je"].lines[:4]] == [
        "vrijdag 25 december 2026: Eerste kerstdag",
        "zaterdag 26 december 2026: Tweede kerstdag",
        "donderdag 31 december 2026: Oudjaarsdag",
        "vrijdag 1 januari 2027: Nieuwjaarsdag",
    ]
    assert closed["en"].lines[2].text == "Thursday 31 December 2026: New Year's Eve"


def test_a_condition_that_holds_for_one_kind_of_care_says_for_which() -> None:
    text = BASE + "exceptions:\n  - for: {care_type: bso}\n    absence: {notice: 24 hours}\n"
    lines = {
        register: [line.text for line in page_of(tenant_from(text), register)[0].lines if "24" in line.text]
        for register in REGISTERS
    }
    assert lines == {
        "je": ["Voor buitenschoolse opvang: afmelden in het portaal kan tot uiterlijk 24 uur van tevoren."],
        "u": ["Voor buitenschoolse opvang: afmelden in het portaal kan tot uiterlijk 24 uur van tevoren."],
        "en": ["For after-school care: you can report an absence in the portal no later than 24 hours ahead."],
    }
