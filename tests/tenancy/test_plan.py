"""`plan` lists the flips that an exhaustive comparison finds, and every flip that it lists is one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import cycle, product
from typing import Any

import pytest

from spelregel.tenancy import flips
from spelregel.tenancy.cases import CASES, Files, Side, cases_of
from spelregel.tenancy.check import check_text, reading_of, tenant_despite_examples
from spelregel.tenancy.contrast import READS
from spelregel.tenancy.facts_text import ACTIONS, REQUESTS, FactsError
from spelregel.tenancy.flips import Flip, Outcome, Plan, outcomes, plan
from spelregel.tenancy.judging import judge, judgement_as_data
from tests.conftest import PROVE, ROOT

ON = date(2026, 11, 24)
#: Of the cases of the exhaustive comparison the suite asks one in so many; ./dev prove asks all of them.
THIN = 1 if PROVE else 1009

WITH_EXPECTED = "  notice: same day, before 06:05\n  expected: same day, before 06:00\n  confirm: true "
NEW_TERMS = "\nchanges:\n  - from: 2027-02-01\n    credits: {tegoed: {earned_if: {notice: 2 days}}}\n\nquotes:"
OTHER_HOURS = (
    "\nexceptions:\n  - for: {care_type: bso}\n    credits: {ruiluren: {earned_if: {notice: 24 hours}}}\n\nquotes:"
)
CLOSED = "calendar:\n  closing_days:\n    - {date: 2027-03-18, name: {nl: Teamdag, en: Team day}}\n"
NOT_USABLE = "{contract: bso_schoolweken, earned_on: school day, used_on: school holiday}"

#: (what it is, the file, what is replaced, by what); a fifth value is done to both files before.
EDITS = [
    ("half an hour later", "fantaziehuis", "2 days, before 09:30", "2 days, before 10:00"),
    ("one minute later", "fantaziehuis", "2 days, before 09:30", "2 days, before 09:31"),
    ("another unit", "fantaziehuis", "2 days, before 09:30", "48 hours"),
    ("a validity where there was none", "fantaziehuis", "valid: unlimited", "valid: 30 days"),
    ("a kind of day less in a list", "fantaziehuis", "not_on: [public holiday, closing day]", "not_on: [closing day]"),
    ("a reason that earns nothing", "fantaziehuis", "      reasons: [illness, holiday, other]", "      reasons: [holiday, other]"),
    ("only for one kind of care", "fantaziehuis", "usable_for: [same care type]", "usable_for: [kdv]"),
    ("staff count too", "fantaziehuis", "reported_by: [parent]  ", "reported_by: [parent, staff]  "),
    ("taking back a day before", "fantaziehuis", "    notice: before start\n    earned", "    notice: 1 day\n    earned"),
    ("credit that is kept", "fantaziehuis", "earned_credit: taken back", "earned_credit: kept"),
    ("an exception for one kind of care", "fantaziehuis", "\nquotes:", OTHER_HOURS),
    ("two limits where there was none", "fantaziehuis", "  notice: none\n  confirm: true ", WITH_EXPECTED, ("  notice: before start\n  confirm: true ", "  notice: none\n  confirm: true ")),
    ("one day longer", "langekeizer", "valid: 30 days", "valid: 31 days"),
    ("expected an hour later", "langekeizer", "expected: same day, before 07:30", "expected: same day, before 08:30"),
    ("working days", "langekeizer", "notice: same day, before 07:30", "notice: 1 workday, before 12:00"),
    ("what is used stays used", "langekeizer", "spent_credit: not allowed", "spent_credit: stays spent"),
    ("a dated change", "langekeizer", "\nquotes:", NEW_TERMS),
    ("a switch that decides nothing", "langekeizer", "confirm: true", "confirm: false"),
    ("a lower maximum", "quadrant", "maximum: 100 hours", "maximum: 80 hours"),
    ("nothing instead of a part", "quadrant", "at_maximum: cut off", "at_maximum: nothing"),
    ("another exchange between kinds of day", "quadrant", NOT_USABLE, "{contract: bso_schoolweken, used_on: school holiday}"),
    ("another region", "quadrant", "school_holidays: midden", "school_holidays: noord"),
    ("a kind of day more in a list", "deroef", "usable_on: [school holiday]", "usable_on: [school holiday, study day]"),
    ("a closing day", "langekeizer", "calendar:\n", CLOSED),
    ("extra care a day earlier", "quadrant", "  notice: 4 days\n", "  notice: 5 days\n"),
    ("cancelling until the evening before", "langekeizer", "approved: 24 hours", "approved: 1 day, before 18:00"),
    ("asking less far ahead", "langekeizer", "extra_care:\n  requested_by: [parent, staff]\n  horizon: 30 days", "extra_care:\n  requested_by: [parent, staff]\n  horizon: 3 weeks"),
    ("a guarantee until six weeks before", "deroef", "notice: 1 month before holiday", "notice: 6 weeks before holiday"),
]  # fmt: skip


def side(text: str) -> Side:
    checked = check_text(text.encode(), "test.yaml")
    tenant = tenant_despite_examples(checked, text.encode())
    assert tenant, [str(problem.message) for problem in checked.problems]
    return Side(reading_of(tenant), checked.source.data)


@cache
def text_of(name: str) -> str:
    return (ROOT / "tenants" / f"{name}.yaml").read_text("utf-8")


def edited(edit: tuple[Any, ...]) -> tuple[str, str]:
    _, name, old, new, *before = edit
    text = text_of(name)
    for this, that in before:
        assert this in text
        text = text.replace(this, that)
    assert old in text
    return text, text.replace(old, new)


# The exhaustive comparison: every half hour and every minute, every day, every value of every fact. It knows nothing of
# how the plan chooses its cases.

BY, REASONS = ("parent", "staff"), (None, "illness", "holiday", "other")
PLANNED = ("contract day", "extra day", "credit day")
KINDS = (None, "closing day", "public holiday", "study day", "school holiday", "weekend", "school day")
SPANS = {"kdv": ("08:00-13:00", "07:00-18:00"), "bso": ("14:00-18:30",), "vso": ("07:00-08:30",)}
THURSDAY, LATER = date(2026, 12, 17), date(2027, 2, 18)
EVERY_DAY = [date(2026, 12, 1) + timedelta(days=n) for n in range(300)]


def before(day: date, span: str, minutes: int, step: int) -> Iterator[str]:
    start = datetime.fromisoformat(f"{day} {span[:5]}")
    for back in range(-60, minutes, step):
        yield f"{start - timedelta(minutes=back):%Y-%m-%d %H:%M}"


def far_before(day: date) -> list[str]:
    return [f"{day - timedelta(days=n)} 12:00" for n in range(5, 70, 3)]


def every_absence(side: Side, asked: Iterator[bool]) -> Iterator[dict[str, Any]]:
    maximum = "maximum" in str(side.data.get("credits"))
    balances = (0, 78, 80, 97, 98, 100, 110) if maximum else (0,)
    kinds = [kind for kind, credit in side.data["credits"].items() if "earned_if" in credit]
    for care_type in side.data["care_types"]:
        for span in SPANS[care_type]:
            care = {"absence": f"{THURSDAY} {span}", "care_type": care_type}
            moments = [(THURSDAY, each) for each in (*before(THURSDAY, span, 3 * 1440, 30), *far_before(THURSDAY))]
            for day, moment in (*moments, *((LATER, each) for each in before(LATER, span, 4 * 1440, 240))):
                for by, reason, planned, kind, balance in product(BY, REASONS, PLANNED, KINDS, balances):
                    if next(asked):
                        yield {"absence": f"{day} {span}", "care_type": care_type, "reported": moment, "by": by, "day": [planned, kind] if kind else planned,
                               **({"reason": reason} if reason else {}), **({"credit": dict.fromkeys(kinds, balance)} if kinds else {})}  # fmt: skip
            for moment in before(THURSDAY, span, 3 * 1440, 1):
                if next(asked):
                    yield {**care, "reported": moment}
        span = SPANS[care_type][0]
        for day in EVERY_DAY:
            for moment in (*before(day, span, 4 * 1440, 60), *far_before(day)):
                if next(asked):
                    yield {"absence": f"{day} {span}", "care_type": care_type, "reported": moment}


def every_withdrawal(side: Side, asked: Iterator[bool]) -> Iterator[dict[str, Any]]:
    for care_type in side.data["care_types"]:
        for span in SPANS[care_type]:
            for moment in (*before(THURSDAY, span, 3 * 1440, 10), *far_before(THURSDAY)):
                for by, (earned, spent) in product(BY, ((0, 0), (5, 0), (5, 2), (5, 5), (3, 1))):
                    if next(asked):
                        yield {"withdraw_absence": f"{THURSDAY} {span}", "care_type": care_type, "asked": moment, "by": by,
                               "earned": earned, "spent": spent}  # fmt: skip


def every_use(side: Side, asked: Iterator[bool]) -> Iterator[dict[str, Any]]:
    care_types = side.data["care_types"]
    for kind, care_type, own in product(side.data["credits"], care_types, care_types):
        contracts = [None, *(k for k, row in side.data.get("contracts", {}).items() if row["care_type"] == care_type)]
        products = [None, *(k for k, row in side.data.get("products", {}).items() if row["care_type"] == care_type)]
        for contract, bought in product(contracts, products):
            facts = {"kind": kind, "care_type": care_type, "earned_care_type": own, "asked": "2026-12-20 12:00",
                     "contract": contract, "product": bought}  # fmt: skip
            base = {key: value for key, value in facts.items() if value}
            span = SPANS[care_type][0]
            for used_on, earned_on, left in product(KINDS, KINDS, (0, 1, 40)):
                days = {**({"day": used_on} if used_on else {}), **({"earned_day": earned_on} if earned_on else {})}
                for distance in (*range(-2, 40, 3), 29, 30, 32, 45, 60, 61, 62, 63, 90, 200, 400):
                    if next(asked):
                        yield {**base, **days, "use_credit": f"{THURSDAY + timedelta(days=distance)} {span}",
                               "earned": THURSDAY.isoformat(), "credit": left}  # fmt: skip
            for day, back in product(EVERY_DAY, (-1, 0, 1, 29, 30, 31, 32, 60, 200)):
                if next(asked):
                    yield {
                        **base,
                        "use_credit": f"{day} {span}",
                        "earned": f"{day - timedelta(days=back)}",
                        "credit": 40,
                    }


def every_request(side: Side, asked: Iterator[bool]) -> Iterator[dict[str, Any]]:
    terms = side.reading.rulebook.terms(ON, side.data["care_types"][0])
    actions = [*terms.requests, *(["swap"] if terms.swap else [])]
    for action, care_type in product(actions, side.data["care_types"]):
        span = SPANS[care_type][0]
        for day, step in ((THURSDAY, 30), (date(2026, 12, 22), 180), (LATER, 240)):
            text = str(day) if action == "holiday_contract" else f"{day} {span}"
            for moment, by, kind in product((*before(day, span, 6 * 1440, step), *far_before(day)), BY, KINDS):
                if next(asked):
                    more: dict[str, Any] = {"day": kind} if kind else {}
                    if action == "swap":
                        more["gives_up"] = f"{day + timedelta(days=1)} {span}"
                    yield {action: text, "care_type": care_type, "asked": moment, "by": by, **more}
                    yield {"cancel": f"{day} {span}", "of": action, "care_type": care_type, "asked": moment, "by": by}
            for moment in before(day, span, 5 * 1440, 1):
                if next(asked):
                    yield {
                        action: text,
                        "care_type": care_type,
                        "asked": moment,
                        **({"gives_up": f"{day} {span}"} if action == "swap" else {}),
                    }
                    yield {"cancel": f"{day} {span}", "of": action, "care_type": care_type, "asked": moment}
            for kind, left in product(side.data["credits"], (1, 2, 5, 40)):
                if action != "holiday_contract" and next(asked):
                    yield {
                        action: text,
                        "care_type": care_type,
                        "asked": f"{day - timedelta(days=20)} 12:00",
                        "credit": {kind: left},
                    }


def every_case(side: Side) -> Iterator[dict[str, Any]]:
    """One in THIN of them, a prime, so that the choice falls on every value of every fact."""
    asked = cycle((True, *(False,) * (THIN - 1)))
    yield from every_absence(side, asked)
    yield from every_withdrawal(side, asked)
    yield from every_use(side, asked)
    yield from every_request(side, asked)


def kind_of(text: str) -> str:
    return re.sub(r"[\d.-]*\d", "#", text)


@cache
def outcomes_of_every_case(text: str) -> list[tuple[tuple[str, Outcome], ...]]:
    """Of one file. Few of them differ, so equal ones are kept once."""
    kept: dict[object, tuple[tuple[str, Outcome], ...]] = {}
    asked = side(text)
    found = []
    for when in every_case(asked):
        said = tuple(outcomes(judge(asked.reading, when)).items())
        found.append(kept.setdefault(said, said))
    return found


def all_flips(old: str, new: str) -> set[tuple[str, str, str]]:
    found = set()
    new_side = side(new)
    for when, was in zip(every_case(side(old)), outcomes_of_every_case(old), strict=True):
        becomes = outcomes(judge(new_side.reading, when))
        for decision, one in was:
            other = becomes[decision]
            if one.text != other.text:
                found.add((decision, kind_of(one.text), kind_of(other.text)))
            elif one.detail != other.detail:
                found.add((decision, kind_of(one.said), kind_of(other.said)))
    return found


def listed(found: Plan) -> set[tuple[str, str, str]]:
    return {(flip.decision, kind_of(flip.was), kind_of(flip.becomes)) for flip in found.flips}


# What `decide` prints, in the vocabulary of a plan: written once more, from the data.


def in_vocabulary(decision: str, when: Mapping[str, Any], side: Side) -> set[str]:
    """How a flip may call what comes out of this case."""
    try:
        data = judge(side.reading, when)
    except FactsError as wrong:
        return {f"not known here: {wrong.key}"}
    answer = judgement_as_data(data, side.reading, when)

    def why(part: Mapping[str, Any]) -> str:
        return "" if part["decided_by"] is None else f": {part['steps'][part['decided_by']]['reason']}"

    if decision == "absence.report":
        report = answer.get("report", answer)
        return {
            ("accepted, late" if answer["late"] else "accepted") if answer["accepted"] else f"not accepted{why(report)}"
        }
    if decision == "absence.credit":
        if answer["earns"] is None:
            return {f"earns nothing{why(answer)}"}
        amount = f"earns {answer['earns']['amount']} {answer['earns']['credit']}"
        until = answer["earns"]["valid_until"]
        return {amount, f"{amount}, valid {f'until {until}' if until else 'unlimited'}"}
    if decision == "absence.withdraw":
        return {f"allowed, takes back {answer['taken_back']}" if answer["allowed"] else f"not allowed{why(answer)}"}
    if decision.startswith("request."):
        return {said for outcome in outcomes(data).values() for said in (outcome.text, outcome.said)}
    assert decision == "credit.use"
    return {f"usable, pays {answer['pays']} {when['kind']}" if answer["usable"] else f"not usable{why(answer)}"}


def untrue(flip: Flip, old: Side, new: Side) -> list[str]:
    """What is not as the flip says when its instance is asked."""
    asked = [(flip.was, old), (flip.becomes, new)]
    return [text for text, side in asked if text not in in_vocabulary(flip.decision, flip.instance, side)]


@pytest.mark.parametrize("edit", EDITS, ids=[str(edit[0]) for edit in EDITS])
def test_a_plan_lists_the_flips_that_an_exhaustive_comparison_finds(edit: tuple[Any, ...]) -> None:
    texts = edited(edit)
    old, new = map(side, texts)
    found = plan(old, new, ON)
    assert [(flip, wrong) for flip in found.flips if (wrong := untrue(flip, old, new))] == []
    exhaustive = all_flips(*texts)
    assert exhaustive - listed(found) == set()
    if PROVE:
        # Of requests the plan tries facts that the exhaustive comparison does not: other days given up, other purses.
        assert {flip for flip in listed(found) - exhaustive if not flip[0].startswith("request.")} == set()
    assert bool(found.flips) is (edit[0] != "a switch that decides nothing")
    assert all(0 < flip.count <= flip.of <= found.cases for flip in found.flips)


def test_a_plan_that_does_not_look_around_the_limits_of_the_new_file_is_caught() -> None:
    """The control: in the five minutes between two limits that are new, and no other limit lies near, reports flip."""
    edit = next(each for each in EDITS if each[0] == "two limits where there was none")
    texts = edited(edit)
    old, new = map(side, texts)
    crippled = listed(plan(old, new, ON, look_at=lambda side: side is old))
    missing = ("absence.report", "accepted", "accepted, late")
    assert missing in all_flips(*texts) - crippled
    assert missing in listed(plan(old, new, ON))


def test_every_action_of_decide_has_cases_that_both_files_can_read() -> None:
    assert set(CASES) == set(ACTIONS)
    old = side((ROOT / "tests" / "words" / "everything.yaml").read_text("utf-8"))
    tried: dict[str, int] = {}
    for case in cases_of(Files((old, old), ON, everything=True)):
        when = case.at(case.axis.points[0])
        judge(old.reading, when)
        action = next(key for key in when if key in ACTIONS)
        tried[action] = tried.get(action, 0) + 1
    assert set(tried) == set(ACTIONS) and min(tried.values()) > 20


def test_where_two_files_say_the_same_nothing_is_asked() -> None:
    for name in ("fantaziehuis", "deroef"):
        text = text_of(name)
        found = plan(side(text), side(f"# a line more\n{text}"), ON)
        assert found.flips == [] and found.cases == 0


def test_the_same_rules_decide_alike_also_when_they_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is no accident that nothing is asked where nothing differs."""
    monkeypatch.setattr(flips, "Files", partial(Files, everything=True))
    for name in ("fantaziehuis", "deroef"):
        text = text_of(name)
        found = plan(side(text), side(f"# a line more\n{text}"), ON)
        assert found.flips == [] and found.cases > 1000


def test_what_only_one_of_the_files_knows_is_said_so() -> None:
    text = text_of("fantaziehuis")
    old, new = side(text), side(text.replace("care_types: [kdv, bso]", "care_types: [kdv, bso, vso]"))
    found = {(flip.care_type, flip.was) for flip in plan(old, new, ON).flips}
    assert found == {("vso", "not known here: care_type"), ("kdv", "not known here: earned_care_type"), ("bso", "not known here: earned_care_type")}  # fmt: skip


#: Rules on which no outcome of a plan hangs. What a credit is earned by decides where a closed day gives it.
DECIDES_NOTHING = re.compile(
    r"credits\.(tegoed|vrij)\.earned_by|modules\.|calendar\.|absence\.(confirm|bill)|"
    r"\w+\.(place|decided_by|order|waiting_list|price|unless_asked|reserve)$"
)


def test_every_rule_that_decides_is_compared() -> None:
    """A rule that no action reads could change without a plan asking anything."""
    (terms,) = side((ROOT / "tests" / "words" / "everything.yaml").read_text("utf-8")).reading.rulebook.every_terms()
    asked = [None, *terms.credits, *REQUESTS]
    read = {rule.ref.path for reads, of in product(READS.values(), asked) for rule in every_rule(reads(terms, of))}
    forgotten = {rule.ref.path for rule in every_rule(terms)} - read
    assert {path for path in forgotten if not DECIDES_NOTHING.match(path)} == set()


def every_rule(value: Any) -> Iterator[Any]:
    """Every value with the place that it came from, however deep."""
    if hasattr(value, "ref"):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            yield from every_rule(getattr(value, each.name))
    elif isinstance(value, (Mapping, tuple)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from every_rule(part)


def test_the_instance_of_a_flip_is_one_that_people_think_of() -> None:
    """The fewest facts, at the last minute at which it flips."""
    old, new = map(side, edited(("", "fantaziehuis", "2 days, before 09:30", "2 days, before 10:00")))
    flip = next(each for each in plan(old, new, ON).flips if each.was == "earns nothing: too_late" and each.becomes.startswith("earns 5"))  # fmt: skip
    assert flip.instance == {"absence": "2026-12-17 08:00-13:00", "reported": "2026-12-15 09:59", "care_type": "kdv", "by": "parent"}  # fmt: skip


def test_a_flip_at_one_location_names_it() -> None:
    text = (ROOT / "tests" / "tenancy" / "zonnebloem.yaml").read_text("utf-8")
    old, new = side(text), side(text.replace("reasons: [illness, other]", "reasons: [illness]"))
    found = plan(old, new, ON).flips
    assert (found[0].decision, found[0].was, found[0].becomes) == ("absence.report", "accepted", "not accepted: reason_unknown")  # fmt: skip
    assert {(flip.instance["location"], flip.instance["reason"]) for flip in found} == {("kade", "other")}
    assert [flip for flip in found if untrue(flip, old, new)] == []


@pytest.mark.parametrize("off", ["_halve", "_cutoffs"])
def test_limits_are_found_by_their_cutoff_and_by_halving_each_without_the_other(off: str, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    old, new = map(side, edited(EDITS[0]))
    with_both = listed(plan(old, new, ON))
    monkeypatch.setattr(flips, off, lambda *_: ())
    assert listed(plan(old, new, ON)) == with_both != set()
    monkeypatch.setattr(flips, "_halve", lambda *_: None)
    monkeypatch.setattr(flips, "_cutoffs", lambda *_: ())
    assert listed(plan(old, new, ON)) == set()


def test_an_example_of_the_new_version_that_makes_no_sense_does_not_stop_a_plan() -> None:
    text = text_of("fantaziehuis")
    old, new = side(text), side(text.replace("{absence: 2026-12-10 08:00-13:00, reported: 2026-12-08 09:29}", "{absence: 2026-12-10 25:00-13:00, reported: then}"))  # fmt: skip
    assert plan(old, new, ON).flips == []


# Large files

#: A changed value in a file with exceptions of every dimension takes at most so many seconds of a processor, and asks so
#: many situations. The test allows five times as long, for a machine that is slow or busy.
PROMISED_SECONDS, AT_MOST_ASKED = 5, 60_000

MANY_EXCEPTIONS = """
locations:
  noord: {name: Noord}
  oost: {name: Oost}
  zuid: {name: Zuid}

contracts:
  schoolweken: {name: {nl: Schoolweken, en: School weeks}, care_type: bso}
  heel_jaar: {name: {nl: Heel jaar, en: Whole year}, care_type: bso}

products:
  flex: {name: {nl: Flexibele opvang, en: Flexible care}, care_type: kdv}

changes:
  - from: 2027-02-07
    credits: {zonuren: {valid: 12 months}}

exceptions:
  - for: {location: noord}
    absence: {expected: "same day, before 07:30"}
  - for: {location: oost}
    swap: {notice: "1 day, before 12:00"}
  - for: {location: zuid}
    calendar: {school_holidays: noord}
  - for: {care_type: bso}
    extra_care: {notice: "same day, before 11:00"}
  - for: {contract: schoolweken}
    holiday_care: {guaranteed_if: {notice: 6 weeks before holiday}}
  - for: {product: flex}
    credits: {zonuren: {earned_if: {notice: 1 week}}}
  - for: {season: summer}
    holiday_care: {guaranteed_if: {notice: 10 weeks before holiday}}
  - for: {season: school holidays}
    credits: {zonuren: {earned_if: {notice: 3 weeks before holiday}}}
  - for: {age: under 18 months}
    credits: {zonuren: {earned_if: {notice: 24 hours}}}
  - for: {reason: illness}
    absence: {expected: "same day, before 09:00", notice: none}

extra_care:
  requested_by: [parent, staff]
  horizon: 8 weeks
  notice: same day, before 09:00
  at_most: [2 per week]
  approval: by a person
  payment: {pay_with: [zonuren, invoice], choice: in this order, combine: anything}
  cancel: {pending: true, by: [parent], approved: 3 workdays, then: credit back, late: billed}

swap:
  requested_by: [parent]
  notice: 2 workdays, before 18:00
  give_up: 2 workdays, before 18:00
  window: week, and 1 week
  size: same or smaller
  leftover: lapses
  same_care_type: true
  same_kind_of_day: true
  swapped_again: false
  day: [contract day]
  approval: by a person
  answer: {within: 2 workdays}

holiday_care:
  requested_by: [parent]
  notice: 1 week before holiday
  only_on: [school holiday]
  care_types: [bso]
  approval: when there is a place
  guaranteed_if: {notice: 4 weeks before holiday}
"""

#: (what is replaced, by what, a flip that must be listed, the facts of its instance that matter)
ONE_VALUE = [
    ("before 09:00\", notice: none", "before 10:00\", notice: none", ("absence.report", "accepted, late", "accepted"), {"reason": "illness"}),
    ("notice: before start\n  confirm", "notice: 1 day\n  confirm", ("absence.report", "accepted", "not accepted: too_late"), {}),
    ("1 day, before 12:00", "2 days, before 12:00", ("request.swap", "to_judge", "refused: too_late"), {"location": "oost"}),
    ("2 workdays, before 18:00\n  give_up", "3 workdays, before 18:00\n  give_up", ("request.swap", "to_judge", "refused: too_late"), {}),
    ("approved: 3 workdays", "approved: 4 workdays", ("request.cancel", "allowed, credit back", "allowed, billed"), {}),
    ("10 weeks before", "11 weeks before", ("request.holiday_care", "guaranteed", "granted"), {}),
    ("notice: 24 hours", "notice: 30 hours", ("absence.credit", "earns # zonuren", "earns nothing: too_late"), {"born": "2025-07-17"}),
    ("valid: 12 months", "valid: 9 months", ("credit.use", "usable, pays # zonuren", "not usable: lapsed"), {}),
]  # fmt: skip


def with_many_exceptions() -> str:
    text = (ROOT / "tests" / "tenancy" / "zonnebloem.yaml").read_text("utf-8")
    for section in ("locations", "contracts", "products", "changes", "exceptions"):
        text = re.sub(rf"^{section}:\n(?: .*\n|\n)*", "", text, flags=re.MULTILINE)
    return text.replace("\nquotes:", f"{MANY_EXCEPTIONS}\nquotes:")


@pytest.mark.parametrize("edit", ONE_VALUE, ids=[str(edit[1]).replace("\n", " ") for edit in ONE_VALUE])
def test_one_value_in_a_file_with_many_exceptions_is_compared_within_seconds(edit: tuple[Any, ...]) -> None:
    before, after, wanted, facts = edit
    text = with_many_exceptions()
    assert before in text
    old, new = side(text), side(text.replace(before, after))
    began = time.process_time()
    found = plan(old, new, ON)
    assert time.process_time() - began < 5 * PROMISED_SECONDS
    assert found.cases < AT_MOST_ASKED
    told = [flip for flip in found.flips if (flip.decision, kind_of(flip.was), kind_of(flip.becomes)) == wanted]
    assert told and all(facts.items() <= flip.instance.items() for flip in told)
    assert [flip for flip in found.flips if untrue(flip, old, new)] == []


def test_two_files_that_differ_in_everything_are_compared_within_half_a_minute() -> None:
    began = time.process_time()
    found = plan(side(with_many_exceptions()), side(text_of("quadrant")), ON)
    assert time.process_time() - began < 5 * 30
    assert len(found.flips) > 20 and found.cases < 10 * AT_MOST_ASKED


def test_an_instance_is_a_day_on_which_somebody_would_ask_that() -> None:
    text = with_many_exceptions()
    found = plan(side(text), side(text.replace("4 weeks before holiday", "5 weeks before holiday")), ON).flips
    instance = next(flip for flip in found if (flip.was, flip.becomes) == ("guaranteed", "granted")).instance
    assert "day" not in instance, instance
    day = date.fromisoformat(instance["holiday_care"][:10])
    assert side(text).reading.rulebook.terms(ON, "bso").calendar.kind_of(day) == "school holiday"


def test_whoever_waits_is_told_how_far_it_is() -> None:
    old, new = map(side, edited(EDITS[0]))
    told: list[int] = []
    found = plan(old, new, ON, meanwhile=told.append)
    assert told == sorted(told) and told[-1] == found.cases
