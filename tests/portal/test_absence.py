"""A parent reports a child absent, takes it back, and reads why: through HTTP, on both databases, by each organisation's rules."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.records.absences import Absence
from spelregel.records.decisions import DecisionRecord, judgement_of
from spelregel.storage.session import tenant_session
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.judging import judgement_as_data
from tests.browse import Visitor, field, visitor, words
from tests.conftest import Clock

THURSDAY = "2026-12-10"


def report(
    parent: Visitor, day: str, *, until: str = "", reason: str = "holiday", only: str | None = None
) -> tuple[str, str]:
    """What the parent reads before pressing the button, and after it."""
    form = parent.get(f"/absence/new?day={day}&until={until or day}")
    keys = [key for key in field(form, "daypart") if only is None or only in key]
    sent = {
        "day": day,
        "until": until or day,
        "daypart": keys,
        "reason": reason,
        "submission": field(form, "submission")[0],
    }
    confirm = parent.post("/absence/confirm", sent)
    assert confirm.status_code == 200, words(confirm)
    if not field(confirm, "seen"):
        return words(confirm), ""
    done = parent.post("/absence", sent | {"seen": field(confirm, "seen")[0]})
    assert done.status_code == 303, words(done)
    return words(confirm), words(parent.get(done.location))


#: organisation, kind of care, the last minute that earns, the first that does not, what it earns, and the reason afterwards
DEADLINES = [
    ("fantaziehuis", "0800", "2026-12-08 09:29", "2026-12-08 09:30", "10 ruiluren", "Je krijgt hier geen ruiluren voor: dat kon tot dinsdag 8 december, vóór 09.30 uur"),
    ("langekeizer", "1400", "2026-12-10 07:29", "2026-12-10 07:30", "4,5 uur tegoed", "U krijgt hier geen tegoed voor: dat kon tot donderdag 10 december, vóór 07.30 uur"),
    ("quadrant", "0800", "2026-12-09 08:00", "2026-12-09 08:01", "10 uur tegoed", "Je krijgt hier geen afwezigheidstegoed voor: dat kon tot en met woensdag 9 december, 08.00 uur"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "starts", "in_time", "late", "earns", "refusal"), DEADLINES, ids=lambda value: str(value)[:16]
)
def test_one_minute_decides_whether_an_absence_earns_credit(
    demo: Application, clock: Clock, name: str, starts: str, in_time: str, late: str, earns: str, refusal: str
) -> None:
    clock.set(in_time)
    before, after = report(visitor(demo, name).log_in(), THURSDAY, only=f"{THURSDAY}.{starts}")
    assert earns in before and earns in after
    clock.set(late)
    second = visitor(demo, name).log_in(families_of(visitor(demo, name).tenant)[1])
    day = f"{THURSDAY}.1400" if name == "langekeizer" else THURSDAY
    if (
        name == "fantaziehuis" or name == "quadrant"
    ):  # the other family's child has after-school care, with the same deadline or its own
        clock.set(late if name == "fantaziehuis" else "2026-12-09 14:01")
        refusal = refusal.replace("08.00 uur", "14.00 uur") if name == "quadrant" else refusal
    before, after = report(second, THURSDAY, only=day)
    assert refusal in before and refusal in after
    assert earns not in after


def test_where_absence_earns_nothing_the_deadline_is_that_of_reporting(demo: Application, clock: Clock) -> None:
    clock.set("2026-12-10 07:59")
    before, after = report(visitor(demo, "deroef").log_in(), THURSDAY, only=f"{THURSDAY}.0800")
    assert "Met afmelden bouwt u hier geen tegoed op" in before and "Met afmelden bouwt u hier geen tegoed op" in after
    clock.set("2026-12-10 14:00")
    other = visitor(demo, "deroef").log_in(families_of(visitor(demo, "deroef").tenant)[1])
    form = other.get(f"/absence/new?day={THURSDAY}")
    assert "Afmelden kon tot donderdag 10 december, vóór 14.00 uur" in words(form)
    key = field(form, "daypart")[0]
    refused = other.post(
        "/absence", {"day": THURSDAY, "until": THURSDAY, "daypart": key, "reason": "illness", "submission": "x" * 24}
    )
    assert refused.status_code == 409 and "Afmelden kon tot" in words(refused)


def test_a_period_of_two_children_is_reported_at_once(demo: Application, clock: Clock) -> None:
    clock.set("2026-12-08 09:00")
    parent = visitor(demo, "fantaziehuis").log_in()
    before, after = report(parent, "2026-12-14", until="2026-12-17")
    names = [child.first_name for child in families_of(parent.tenant)[0].children]
    assert all(name in after for name in names)
    assert after.count("Terugtrekken") == 4, (
        "Monday both, Tuesday the youngest, Thursday the eldest; the youngest was reported before"
    )
    assert f"{names[1]} en {names[0]} afmelden?" in before


def test_the_same_press_twice_is_one_report(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "fantaziehuis").log_in()
    form = parent.get(f"/absence/new?day={THURSDAY}")
    sent = {
        "day": THURSDAY,
        "until": THURSDAY,
        "daypart": field(form, "daypart"),
        "reason": "illness",
        "submission": field(form, "submission")[0],
    }
    first, second = parent.post("/absence", sent), parent.post("/absence", sent)
    assert first.status_code == second.status_code == 303 and first.location == second.location


def test_when_the_deadline_passes_between_reading_and_pressing_the_parent_reads_again(
    demo: Application, clock: Clock
) -> None:
    parent = visitor(demo, "fantaziehuis").log_in()
    form = parent.get(f"/absence/new?day={THURSDAY}")
    sent = {
        "day": THURSDAY,
        "until": THURSDAY,
        "daypart": field(form, "daypart"),
        "reason": "illness",
        "submission": field(form, "submission")[0],
    }
    confirm = parent.post("/absence/confirm", sent)
    clock.set("2026-12-08 09:30")
    again = parent.post("/absence", sent | {"seen": field(confirm, "seen")[0]})
    assert again.status_code == 409
    assert "Terwijl je las, veranderde er iets" in words(
        again
    ) and "dat kon tot dinsdag 8 december, vóór 09.30 uur" in words(again)
    with tenant_session(demo.engine, "fantaziehuis") as session:
        days = [str(day) for day in session.scalars(select(Absence.day))]
    assert THURSDAY not in days, "nothing was sent"
    assert parent.post("/absence", sent | {"seen": field(again, "seen")[0]}).status_code == 303


@pytest.mark.parametrize(
    ("missing", "message"), [("daypart", "Kies minstens één dagdeel"), ("reason", "Kies een reden")]
)
def test_what_is_missing_is_said_and_what_was_filled_in_stays(
    demo: Application, clock: Clock, missing: str, message: str
) -> None:
    parent = visitor(demo, "fantaziehuis").log_in()
    form = parent.get("/absence/new?day=2026-12-14&until=2026-12-15")
    sent = {
        "day": "2026-12-14",
        "until": "2026-12-15",
        "daypart": field(form, "daypart")[:1],
        "reason": "illness",
        "submission": "x" * 24,
    }
    del sent[missing]
    answer = parent.post("/absence/confirm", sent)
    assert answer.status_code == 422 and message in words(answer)
    assert 'value="2026-12-15"' in answer.text


@pytest.mark.parametrize("day", ["", "morgen", "2026-02-30", "1999-01-01", "9999-12-31", "2026-12-26"])
def test_an_odd_day_gets_a_page_that_can_be_used(demo: Application, clock: Clock, day: str) -> None:
    answer = visitor(demo, "quadrant").log_in().get(f"/absence/new?day={day}&until={day}")
    assert answer.status_code == 200


def test_taken_back_the_credit_goes_too_and_the_day_is_planned_again(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    _, after = report(parent, THURSDAY, only=f"{THURSDAY}.0800")
    assert "10 uur tegoed" in after
    credits_before = words(parent.get("/credits"))
    absence = re.search(r"/absence/(\w+)/withdraw", parent.get(_last_report(parent)).text)
    assert absence
    page = parent.get(f"/absence/{absence[1]}/withdraw")
    assert "10 uur tegoed" in words(page) and "We verwachten" in words(page)
    done = parent.post(f"/absence/{absence[1]}/withdraw")
    assert done.status_code == 303
    assert "Teruggetrokken" in words(parent.get(done.location))
    assert words(parent.get("/credits")) != credits_before
    assert "vanaf donderdag 10 december" not in words(parent.get("/credits"))
    again = parent.get(f"/absence/new?day={THURSDAY}")
    assert len(field(again, "daypart")) == 3
    assert "10 uur tegoed" in report(parent, THURSDAY, only=f"{THURSDAY}.0800")[1], "and can be reported anew"


def _last_report(parent: Visitor) -> str:
    found = re.search(
        r'/absence/\w+(?=">Bekijken<span class="sr"> [^<]*donderdag 10 december)', parent.get("/agenda").text
    )
    assert found
    return found[0]


def test_after_the_start_taking_back_is_refused_with_the_reason(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    report(parent, THURSDAY, only=f"{THURSDAY}.0800")
    page = _last_report(parent)
    absence = re.search(r"/absence/(\w+)/withdraw", parent.get(page).text)
    assert absence
    clock.set("2026-12-10 08:00")
    assert "Terugtrekken kan niet" in words(parent.get(page))
    refused = parent.post(f"/absence/{absence[1]}/withdraw")
    assert refused.status_code == 409 and "donderdag 10 december, vóór 08.00 uur" in words(refused)


def test_why_opens_the_trace_with_links_to_the_conditions_that_exist(demo: Application, clock: Clock) -> None:
    for name in ("fantaziehuis", "langekeizer", "deroef", "quadrant"):
        parent = visitor(demo, name).log_in()
        conditions = parent.get("/conditions").text
        reported = re.findall(r'href="(/absence/\w+)"', parent.get("/agenda").text)
        assert reported
        for why in re.findall(r'href="(/decisions/\w+)"', parent.get(reported[0]).text):
            answer = parent.get(why)
            assert answer.status_code == 200
            anchors = re.findall(r'href="/conditions#([^"]+)"', answer.text)
            assert anchors
            assert [anchor for anchor in anchors if f'id="{anchor}"' not in conditions] == []


@pytest.mark.parametrize("path", ["/absence/{absence}/withdraw", "/absence/{report}", "/decisions/{decision}"])
def test_another_family_finds_nothing_and_changes_nothing(demo: Application, clock: Clock, path: str) -> None:
    with tenant_session(demo.engine, "quadrant") as session:
        first, second = (family.children[0].first_name for family in families_of(visitor(demo, "quadrant").tenant))
        assert first != second
        theirs = session.scalars(
            select(Absence).where(Absence.withdrawn_at.is_(None), Absence.day > clock().date())
        ).all()
        assert theirs
    for absence in theirs:
        filled = path.format(absence=absence.id, report=absence.report_id, decision=absence.decision_id)
        seen = [
            visitor(demo, "quadrant").log_in(family).get(filled).status_code
            for family in families_of(visitor(demo, "quadrant").tenant)
        ]
        assert sorted(seen) == [200, 404]
        stranger = visitor(demo, "deroef").log_in()
        nothing = stranger.get(path.format(absence="x" * 32, report="x" * 32, decision="x" * 32))
        foreign = stranger.get(filled)
        assert (
            (foreign.status_code, len(foreign.text))
            == (nothing.status_code, len(nothing.text))
            == (404, len(nothing.text))
        )
        if path.endswith("withdraw"):
            assert stranger.post(filled).status_code == 404
    with tenant_session(demo.engine, "quadrant") as session:
        assert all(session.get(Absence, ("quadrant", absence.id)).withdrawn_at is None for absence in theirs)


def test_a_child_of_another_family_cannot_be_reported(demo: Application, clock: Clock) -> None:
    one, other = families_of(visitor(demo, "quadrant").tenant)
    theirs = field(visitor(demo, "quadrant").log_in(other).get(f"/absence/new?day={THURSDAY}"), "daypart")
    sent = {"day": THURSDAY, "until": THURSDAY, "daypart": theirs, "reason": "illness", "submission": "x" * 24}
    answer = visitor(demo, "quadrant").log_in(one).post("/absence", sent)
    assert answer.status_code == 409
    with tenant_session(demo.engine, "quadrant") as session:
        assert THURSDAY not in [str(day) for day in session.scalars(select(Absence.day))]


def test_every_stored_decision_comes_out_the_same_when_it_is_replayed(demo: Application, clock: Clock) -> None:
    for name in ("fantaziehuis", "langekeizer", "deroef", "quadrant"):
        report(visitor(demo, name).log_in(), THURSDAY)
        live = demo.registry.snapshot.tenant(name)
        assert live
        with tenant_session(demo.engine, name) as session:
            records = session.scalars(select(DecisionRecord)).all()
            assert len(records) >= 8
            for record in records:
                judgement = judgement_of(session, record, live)
                assert judgement
                assert judgement_as_data(judgement, reading_of(live), record.facts) == record.trace


def test_a_decision_is_explained_by_the_text_that_decided_it(demo: Application, clock: Clock) -> None:
    """The live file has another version by now; the stored text is read again and says the same."""
    with tenant_session(demo.engine, "quadrant") as session:
        record = session.scalars(select(DecisionRecord)).first()
        other = demo.registry.snapshot.tenant("deroef")
        assert record and other and other.rulebook.digest != record.digest
        judgement = judgement_of(session, record, other)
        assert judgement and judgement.decision.kind == record.kind and judgement.decision.outcome == record.outcome
