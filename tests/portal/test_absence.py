"""A parent reports a child absent, takes it back, and reads why: through HTTP, on both databases, by each organisation's rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.records.absences import Absence
from spelregel.records.decisions import DecisionRecord, judgement_of
from spelregel.storage.session import tenant_session
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.judging import judgement_as_data
from tests.browse import Visitor, field, follow, visitor, words
from tests.conftest import ROOT, Clock, open_portal

THURSDAY = "2026-12-10"


def draft(
    parent: Visitor, day: str, *, until: str = "", reason: str = "holiday", only: str | None = None
) -> TestResponse:
    """What the parent chose is kept, and they read what follows."""
    until = until or day
    form = parent.get(f"/absence/new?day={day}&until={until}")
    keys = [key for key in field(form, "daypart") if only is None or only in key]
    return parent.post("/absence/new", sending(day, until, keys, reason))


def sending(day: str, until: str, keys: list[str], reason: str) -> dict[str, object]:
    return {"day": day, "until": until, "shown_day": day, "shown_until": until, "daypart": keys, "reason": reason}


def report(
    parent: Visitor, day: str, *, until: str = "", reason: str = "holiday", only: str | None = None
) -> tuple[str, str]:
    """What the parent reads before pressing the button, and after it."""
    kept = draft(parent, day, until=until, reason=reason, only=only)
    confirm = follow(parent, kept)
    if not field(confirm, "seen"):
        return words(confirm), ""
    return words(confirm), words(follow(parent, parent.post(kept.location, {"seen": field(confirm, "seen")[0]})))


#: organisation, kind of care, the last minute that earns, the first that does not, what it earns, and the reason afterwards
DEADLINES = [
    ("fantaziehuis", "0800", "2026-12-08 09:29", "2026-12-08 09:30", "10 ruiluren", "Je krijgt hier geen ruiluren voor: dat kon tot dinsdag 8 december 09.30 uur"),
    ("langekeizer", "1400", "2026-12-10 07:29", "2026-12-10 07:30", "4,5 uur tegoed", "U krijgt hier geen tegoed voor: dat kon tot donderdag 10 december 07.30 uur"),
    ("quadrant", "0800", "2026-12-09 08:00", "2026-12-09 08:01", "10 uur tegoed", "Je krijgt hier geen afwezigheidstegoed voor: dat kon tot en met woensdag 9 december 08.00 uur"),
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
    assert "Afmelden kon tot donderdag 10 december 14.00 uur" in words(form)
    assert field(form, "reason") == [], "there is nothing to choose"
    kept = other.post("/absence/new", sending(THURSDAY, THURSDAY, field(form, "daypart"), "illness"))
    assert "Afmelden kon tot" in words(follow(other, kept))
    assert other.post(kept.location).status_code == 409


def test_a_period_of_two_children_is_reported_at_once(demo: Application, clock: Clock) -> None:
    clock.set("2026-12-08 09:00")
    parent = visitor(demo, "fantaziehuis").log_in()
    before, after = report(parent, "2026-12-14", until="2026-12-17")
    names = [child.first_name for child in families_of(parent.tenant)[0].children]
    assert all(name in after for name in names)
    assert after.count("Intrekken") == 4, (
        "Monday both, Tuesday the youngest, Thursday the eldest; the youngest was reported before"
    )
    assert f"{names[1]} en {names[0]} afmelden?" in before


def test_the_same_press_twice_is_one_report_and_going_back_leads_to_it(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "fantaziehuis").log_in()
    kept = draft(parent, THURSDAY)
    seen = {"seen": field(parent.get(kept.location), "seen")[0]}
    first, second = parent.post(kept.location, seen), parent.post(kept.location, seen)
    assert first.status_code == second.status_code == 303 and first.location == second.location
    assert parent.get(kept.location).location == first.location


def test_when_the_deadline_passes_between_reading_and_pressing_the_parent_reads_again(
    demo: Application, clock: Clock
) -> None:
    parent = visitor(demo, "fantaziehuis").log_in()
    kept = draft(parent, THURSDAY, reason="illness")
    seen = field(parent.get(kept.location), "seen")[0]
    clock.set("2026-12-08 09:30")
    again = parent.post(kept.location, {"seen": seen})
    assert again.status_code == 409
    assert "Terwijl je las, veranderde er iets" in words(again) and "dat kon tot dinsdag 8 december 09.30 uur" in words(
        again
    )
    assert parent.post(kept.location).status_code == 409, "nothing read is nothing sent"
    with tenant_session(demo.engine, "fantaziehuis") as session:
        days = [str(day) for day in session.scalars(select(Absence.day))]
    assert THURSDAY not in days, "nothing was sent"
    assert parent.post(kept.location, {"seen": field(again, "seen")[0]}).status_code == 303


def test_a_draft_is_seen_by_who_made_it_and_lives_a_day(demo: Application, clock: Clock) -> None:
    one, other = families_of(visitor(demo, "quadrant").tenant)
    kept = draft(visitor(demo, "quadrant").log_in(one), THURSDAY)
    stranger = visitor(demo, "quadrant").log_in(other)
    assert stranger.get(kept.location).status_code == 404
    assert stranger.post(kept.location, {"seen": "x"}).status_code == 404
    clock.set("2026-12-09 12:00")
    mine = visitor(demo, "quadrant").log_in(one)
    assert mine.get(kept.location).status_code == 200
    draft(mine, "2026-12-14")
    assert mine.get(kept.location).status_code == 404


def test_other_dates_than_those_on_the_screen_are_shown_before_anything_is_kept(
    demo: Application, clock: Clock
) -> None:
    parent = visitor(demo, "fantaziehuis").log_in()
    shown = parent.get(f"/absence/new?day={THURSDAY}")
    sent = sending(THURSDAY, THURSDAY, field(shown, "daypart"), "holiday") | {
        "day": "2026-12-21",
        "until": "2026-12-24",
    }
    answer = parent.post("/absence/new", sent)
    assert answer.status_code == 200 and "Dit zijn de dagen die je nu koos" in words(answer)
    assert "Maandag 21 december" in words(answer)


def test_what_was_chosen_is_there_again_when_the_parent_goes_back_to_change_it(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "fantaziehuis").log_in()
    kept = draft(parent, THURSDAY, only="0800")
    form = parent.get(f"/absence/new?draft={kept.location.rsplit('/', 1)[1]}")
    assert form.text.count(" checked") == 1


def test_who_was_logged_out_in_the_meantime_is_told_that_nothing_was_sent(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "fantaziehuis").log_in(remember=False)
    clock.set("2026-12-09 09:00")
    answer = parent.post(
        "/absence/new", sending(THURSDAY, THURSDAY, [], "holiday"), Referer=f"{parent.base}/absence/new?day={THURSDAY}"
    )
    assert answer.status_code == 303
    door = parent.get(answer.location)
    assert "nog niets verstuurd" in words(door) and field(door, "after") == [f"/absence/new?day={THURSDAY}"]


@pytest.mark.parametrize(
    ("missing", "message"), [("daypart", "Kies minstens één dagdeel"), ("reason", "Kies een reden")]
)
def test_what_is_missing_is_said_and_what_was_filled_in_stays(
    demo: Application, clock: Clock, missing: str, message: str
) -> None:
    parent = visitor(demo, "fantaziehuis").log_in()
    form = parent.get("/absence/new?day=2026-12-14&until=2026-12-15")
    sent = sending("2026-12-14", "2026-12-15", field(form, "daypart")[:1], "illness")
    del sent[missing]
    answer = parent.post("/absence/new", sent)
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
    done = parent.post(f"/absence/{absence[1]}/withdraw", {"seen": field(page, "seen")[0]})
    assert "Ingetrokken" in words(follow(parent, done))
    assert "al eerder ingetrokken" in words(parent.get(f"/absence/{absence[1]}/withdraw")), (
        "and says so to who goes back"
    )
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
    assert "Intrekken kan niet" in words(parent.get(page))
    refused = parent.post(f"/absence/{absence[1]}/withdraw", {"seen": "x"})
    assert refused.status_code == 409 and "donderdag 10 december 08.00 uur" in words(refused)


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
        nothing = stranger.get(path.format(absence="f" * 32, report="f" * 32, decision="f" * 32))
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
    assert theirs
    answer = visitor(demo, "quadrant").log_in(one).post("/absence/new", sending(THURSDAY, THURSDAY, theirs, "illness"))
    assert answer.status_code == 422 and "Kies minstens één dagdeel" in words(answer)


def test_a_form_with_thousands_of_invented_dayparts_is_read_in_no_time(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "quadrant").log_in()
    invented = [f"{number:032x}.{THURSDAY}.0800" for number in range(4000)]
    assert parent.post("/absence/new", sending(THURSDAY, THURSDAY, invented, "illness")).status_code in (413, 422)


def test_a_whole_report_is_taken_back_at_once(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "langekeizer").log_in()
    report(parent, THURSDAY)
    page = _last_report(parent)
    question = parent.get(f"{page}/withdraw-all")
    assert "16 uur tegoed" in words(question) and "Deze afmeldingen intrekken?" in words(question)
    done = parent.post(f"{page}/withdraw-all", {"seen": field(question, "seen")[0]})
    assert words(follow(parent, done)).count("Ingetrokken: we verwachten") == 3
    assert parent.get(f"{page}/withdraw-all").status_code == 404


def test_a_credit_that_the_rules_no_longer_have_stands_in_nobodys_way(tmp_path: Path, clock: Clock) -> None:
    """The organisation ends a credit that children still hold: they report absent as before, and still see it."""
    source = (ROOT / "tenants" / "quadrant.yaml").read_text("utf-8")
    (tmp_path / "quadrant.yaml").write_text(source, "utf-8")
    app = open_portal(f"sqlite:///{tmp_path / 'x.db'}", clock, tenants=tmp_path)
    without = (
        source[: source.index("  qflexibel:\n    name:\n      nl: {label")] + source[source.index("  bso_vakantie:") :]
    )
    without = without.replace("[afwezigheidstegoed, qflexibel, invoice]", "[afwezigheidstegoed, invoice]")
    words = ("kind: qflexibel", "credits.qflexibel", "{qflexibel: 5}")
    kept = [line for line in without.splitlines() if not any(word in line for word in words)]
    pairs = [(line, after) for line, after in zip(kept, [*kept[1:], ""], strict=True)]
    text = "\n".join(
        line for line, after in pairs if not (line.startswith("  - name:") and not after.startswith("    when"))
    )
    lines, out = text.splitlines(), []
    for number, line in enumerate(lines):
        if line.startswith("    then") and not lines[number - 1].startswith("    when"):
            continue
        out.append(line)
    (tmp_path / "quadrant.yaml").write_text("\n".join(out) + "\n", "utf-8")
    app.registry.look(clock())
    app.registry.look(clock())
    state = app.registry.snapshot.files[0]
    assert not state.broken, [str(problem.message) for problem in state.problems]
    assert "qflexibel" not in app.registry.snapshot.by_subdomain["quadrant"].rulebook.credit_kinds
    for family in families_of(visitor(app, "quadrant").tenant):
        parent = visitor(app, "quadrant").log_in(family)
        assert "zijn afgemeld" in report(parent, THURSDAY)[1] or "is afgemeld" in report(parent, "2026-12-11")[1]
        for path in ("/credits", "/credits?day=2026-12-22", "/agenda"):
            assert parent.get(path).status_code == 200
    app.engine.dispose()


@pytest.mark.parametrize(
    ("module", "paths"), [("absence", ["/absence/new", "/absence/draft/" + "0" * 32]), ("credits", ["/credits"])]
)
def test_what_is_switched_off_is_not_there(tmp_path: Path, clock: Clock, module: str, paths: list[str]) -> None:
    source = (ROOT / "tenants" / "deroef.yaml").read_text("utf-8").replace(f"  {module}: true", f"  {module}: false")
    (tmp_path / "deroef.yaml").write_text(source, "utf-8")
    app = open_portal(f"sqlite:///{tmp_path / 'x.db'}", clock, tenants=tmp_path)
    parent = visitor(app, "deroef").log_in()
    for path in paths:
        assert parent.get(path).status_code == 404
    assert parent.post("/absence/new").status_code == (404 if module == "absence" else 200)
    agenda = parent.get("/agenda")
    assert ("/absence/new" in agenda.text) is (module != "absence")
    app.engine.dispose()


def test_the_reasons_are_those_of_the_kinds_of_care_that_are_shown(tmp_path: Path, clock: Clock) -> None:
    """An exception for one kind of care: nobody is offered a reason that is refused afterwards."""
    source = (ROOT / "docs" / "starter.yaml").read_text("utf-8")
    (tmp_path / "x.yaml").write_text(
        source + "\nexceptions:\n  - for: {care_type: bso}\n    absence:\n      reasons: [illness]\n", "utf-8"
    )
    app = open_portal(f"sqlite:///{tmp_path / 'x.db'}", clock, tenants=tmp_path)
    parent = visitor(app, "waterlelie").log_in(families_of(visitor(app, "waterlelie").tenant)[1])
    assert field(parent.get(f"/absence/new?day={THURSDAY}"), "reason") == ["illness"]
    app.engine.dispose()


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
