"""One's own data and a page per child: two guardians of one child read nothing of each other, and who is barred reads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from spelregel.app import Application
from spelregel.demo.people import employees_of
from spelregel.portal.family import parent_views
from spelregel.records import consents
from spelregel.records.absences import Absence, AbsenceDraft, AbsenceReport
from spelregel.records.accounts import Account
from spelregel.records.audit import Actor, record
from spelregel.records.decisions import DecisionRecord
from spelregel.records.family import Child, Guardian, bar
from spelregel.records.login_sessions import LoginSession
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.records.staff import Employee
from tests.browse import Visitor, field, words
from tests.conftest import Clock
from tests.portal.parents import Parent, both, enter, enter_other, opened, parent, walk

NAME = "quadrant"
PRIVATE = ("name", "email", "phone", "address", "bank_account", "remarks")


@dataclass(frozen=True)
class Household:
    """Two guardians of the same children: a canary in every field of each, and both have reported something."""

    first: Parent
    second: Parent
    one: Visitor
    two: Visitor
    ids: list[str]


def canary(who: str, column: str) -> str:
    return f"{who}q{column.replace('_', '')}x"


@pytest.fixture
def household(demo: Application) -> Household:
    first, second = both(demo, NAME)
    one, two = enter(demo, NAME, first), enter_other(demo, NAME)
    for device, day in ((one, "2026-12-17"), (two, "2026-12-21")):
        _report(device, day)
    for device in (one, two):  # and a draft that was not sent
        page = device.get("/absence/new?day=2026-12-28&until=2027-01-08")
        device.post("/absence/new", _chosen(page) | {"reason": "holiday"})
    with opened(demo, NAME, writing=True) as session:
        for who, each in (("een", first), ("twee", second)):
            row = session.get_one(Guardian, (NAME, each.guardian_id))
            for column in PRIVATE:
                setattr(row, column, canary(who, column))
        session.commit()
        ids = [each.id for row in (Absence, AbsenceReport, AbsenceDraft, DecisionRecord, Account, Guardian, LoginSession)
               for each in session.scalars(select(row))]  # fmt: skip
        mine = {first.account_id, second.account_id, first.guardian_id, second.guardian_id}
        children = [child.id for child in first.children]
        about = set(session.scalars(select(Absence.report_id).where(Absence.child_id.in_(children))))
        kept = {a.id for a in session.scalars(select(Absence).where(Absence.child_id.in_(children)))} | about
        kept |= {a.decision_id for a in session.scalars(select(Absence).where(Absence.child_id.in_(children)))}
        kept |= set(session.scalars(select(AbsenceDraft.id)))
    return Household(first, second, one, two, [*children, *(i for i in dict.fromkeys(ids) if i in mine | kept)])


def _chosen(page: object) -> dict[str, object]:
    return {name: field(page, name) for name in ("daypart", "shown_day", "shown_until", "day", "until")}  # type: ignore[arg-type]


def _report(device: Visitor, day: str) -> None:
    page = device.get(f"/absence/new?day={day}&until={day}")
    assert field(page, "daypart"), "the child is there on this day"
    draft = device.post("/absence/new", _chosen(page) | {"reason": "holiday"})
    assert draft.status_code == 303, words(draft)
    confirm = device.get(draft.location)
    assert device.post(draft.location, {"seen": field(confirm, "seen")}).status_code == 303


def found_on(answers: dict[str, object], *looked_for: str) -> list[tuple[str, str]]:
    return [(path, each) for path, answer in answers.items() for each in looked_for
            if each in answer.text or each in str(answer.headers)]  # type: ignore[attr-defined]  # fmt: skip


# Two guardians


def test_no_page_of_one_guardian_holds_anything_of_the_other(demo: Application, household: Household) -> None:
    for device, own, other, answers in ((household.one, "een", "twee", None), (household.two, "twee", "een", None)):
        answers = walk(demo, device, household.ids)
        assert found_on(answers, *(canary(other, column) for column in PRIVATE)) == []
        seen = {column for column in PRIVATE if found_on(answers, canary(own, column))}
        assert seen == {"name", "email", "phone", "address"}, "the walk finds one's own; the bank account is masked"
        assert not [path for path, answer in answers.items() if answer.status_code >= 500]


def test_the_walk_finds_what_a_page_would_show_of_the_other(
    demo: Application, household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a page that asks for the wrong guardian."""
    with opened(demo, NAME) as session:
        other = session.get_one(Account, (NAME, household.second.account_id))
    monkeypatch.setattr(parent_views, "account", lambda: other)
    answers = walk(demo, household.one, household.ids[:1])
    assert found_on(answers, canary("twee", "phone"), canary("twee", "email"))


def test_what_the_other_reported_about_the_child_is_read_by_both(demo: Application, household: Household) -> None:
    with opened(demo, NAME) as session:
        theirs = session.scalars(
            select(AbsenceReport).where(AbsenceReport.account_id == household.second.account_id)
        ).one()
        draft = session.scalars(
            select(AbsenceDraft).where(AbsenceDraft.account_id == household.second.account_id)
        ).first()
        assert draft
    assert "vakantie" in words(household.one.get(f"/absence/{theirs.id}"))
    assert household.one.get(f"/absence/draft/{draft.id}").status_code == 404, "what was not sent is the other's alone"


# Barred


def test_who_is_barred_has_nothing_of_that_child_with_the_next_request(
    demo: Application, household: Household, clock: Clock
) -> None:
    barred, left = household.first.children
    with opened(demo, NAME, writing=True) as session:
        row = session.get_one(Child, (NAME, barred.id))
        row.first_name, row.last_name = "Kanariekind", "Kanarieachternaam"
        session.commit()
    before = walk(demo, household.two, household.ids)
    assert len(found_on(before, "Kanariekind")) > 10, "the control: until now it is everywhere"
    with opened(demo, NAME, writing=True) as session:
        bar(session, household.second.guardian_id, barred.id, clock())
        session.commit()
    after = walk(demo, household.two, household.ids)
    assert found_on(after, "Kanariekind", "Kanarieachternaam", f"answer.photos.{barred.id}") == []
    assert after[f"/child/{barred.id}"].status_code == 404 and after[f"/child/{left.id}"].status_code == 200
    with opened(demo, NAME) as session:
        about = {a.id: a for a in session.scalars(select(Absence).where(Absence.child_id == barred.id))}
        with_other = {a.report_id for a in session.scalars(select(Absence).where(Absence.child_id == left.id))}
    for absence in about.values():
        assert after[f"/decisions/{absence.decision_id}"].status_code == 404
        assert after[f"/absence/{absence.id}/withdraw"].status_code == 404
        if absence.report_id not in with_other:
            assert after[f"/absence/{absence.report_id}"].status_code == 404
    assert found_on(walk(demo, household.one, household.ids[:1]), "Kanariekind"), "the other parent keeps it"


def test_a_form_from_before_the_bar_does_nothing_for_that_child(
    demo: Application, household: Household, clock: Clock
) -> None:
    barred, _ = household.first.children
    page = household.two.get("/absence/new?day=2026-12-14&until=2026-12-18")
    with opened(demo, NAME) as session:
        draft = session.scalars(
            select(AbsenceDraft)
            .where(AbsenceDraft.account_id == household.second.account_id)
            .order_by(AbsenceDraft.first.desc())
        ).first()
        assert draft and any(key.startswith(barred.id) for key in draft.dayparts)
        standing = session.scalars(
            select(Absence).where(
                Absence.child_id == barred.id, Absence.withdrawn_at.is_(None), Absence.day > date(2026, 12, 8)
            )
        ).all()
        assert standing
    seen = field(household.two.get(f"/absence/draft/{draft.id}"), "seen")
    with opened(demo, NAME, writing=True) as session:
        bar(session, household.second.guardian_id, barred.id, clock())
        session.commit()
    household.two.post(f"/absence/draft/{draft.id}", {"seen": seen})
    household.two.post("/absence/new", _chosen(page) | {"reason": "holiday"})
    household.two.post("/consents", {f"answer.photos.{barred.id}": "none"})
    for absence in standing:
        for address in (f"/absence/{absence.id}/withdraw", f"/absence/{absence.report_id}/withdraw-all"):
            household.two.post(address, {"seen": ""})
    with opened(demo, NAME) as session:
        now_there = session.scalars(
            select(Absence).where(
                Absence.child_id == barred.id, Absence.withdrawn_at.is_(None), Absence.day > date(2026, 12, 8)
            )
        ).all()
        assert {a.id for a in now_there} == {a.id for a in standing}
        assert consents.answers_of(session, household.second.account_id)[("photos", barred.id)].choice == "portal"


def test_who_is_barred_from_every_child_still_has_own_data_and_no_fault(demo: Application, clock: Clock) -> None:
    who = parent(demo, NAME, other=True)
    device = enter_other(demo, NAME)
    with opened(demo, NAME, writing=True) as session:
        for child in who.children:
            bar(session, who.guardian_id, child.id, clock())
        session.commit()
    answers = walk(demo, device, [child.id for child in who.children])
    assert {answer.status_code for answer in answers.values()} <= {200, 302, 404}
    assert answers["/my-data"].status_code == 200
    assert found_on(answers, *(child.first_name for child in who.children)) == []


# The pages


def test_a_child_page_tells_mentor_group_place_and_days(demo: Application) -> None:
    who = parent(demo, "langekeizer")
    child = who.children[0]
    with opened(demo, "langekeizer", writing=True) as session:
        group = session.scalars(select(ContractDaypart.group_id)).first()
        old = Contract(
            child_id=child.id, care_type="bso", rule_key=None, starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31)
        )
        session.add(old)
        session.flush()
        session.add(ContractDaypart(contract_id=old.id, group_id=group, weekday=4, starts=time(13), ends=time(17)))
        session.commit()
    told = words(enter(demo, "langekeizer", who).get(f"/child/{child.id}"))
    for phrase in (child.last_name, "Geboren op", "2019", "Mirjam de Boer", "Voorschoolse opvang", "Maandag 07.00–08.30 Vroege vogels · De Wilgenhof",
                   "Vanaf woensdag 1 januari 2025", "Foto's van uw kind Ja"):  # fmt: skip
        assert phrase in told, phrase
    assert told.index("Eerder") < told.index(
        "Van maandag 1 januari 2024 tot en met dinsdag 31 december 2024 Vrijdag 13.00–17.00"
    )


def test_own_data_can_be_read_and_the_bank_account_is_masked(demo: Application) -> None:
    for name, number in (("deroef", True), (NAME, False)):
        who = parent(demo, name)
        page = enter(demo, name, who).get("/my-data")
        told = words(page)
        assert "Lindelaan 3, 1234 AB Voorbeeldstad" in told and "06 1234 5600" in told
        assert "Eindigt op 4300" in told and "NL91" not in page.text and "ABNA" not in page.text
        assert (who.username in told) and ("Debiteurnummer" in told) is number
        assert "<form" not in page.text, "to change it the organisation is asked"


def test_another_familys_child_and_a_child_that_is_not_there_are_the_same(demo: Application) -> None:
    device = enter(demo, NAME, parent(demo, NAME))
    foreign = device.get(f"/child/{parent(demo, NAME, family=1).children[0].id}")
    nothing = device.get(f"/child/{'0' * 32}")
    assert foreign.status_code == nothing.status_code == 404 and words(foreign) == words(nothing)


def test_who_looked_tells_staff_by_name_and_nothing_of_the_other_guardian(demo: Application, clock: Clock) -> None:
    first, second = both(demo, NAME)
    child = first.children[0]
    device = enter(demo, NAME, first)
    assert "Niemand van de organisatie" in words(device.get(f"/child/{child.id}"))
    plan = next(each for each in employees_of(device.tenant) if each.role == "mentor")
    with opened(demo, NAME, writing=True) as session:
        employee = session.scalars(select(Employee).where(Employee.name == plan.name)).one()
        staff = session.scalars(select(Account).where(Account.employee_id == employee.id)).one()
        for minutes, actor, action in (
            (50, Actor(staff.id), "saw a child"),
            (40, Actor(second.account_id), "answered consent"),
            (30, Actor(second.account_id, "support"), "saw a child"),
            (20, Actor(None, "tablet"), "saw a child"),
            (10, Actor(None, "link"), "saw a child"),
        ):
            record(
                session,
                actor,
                action,
                clock() - timedelta(minutes=minutes),
                about="child",
                about_id=child.id,
                child_id=child.id,
            )
        session.commit()
    device.post("/consents", {f"answer.photos.{child.id}": "none"})
    told = words(device.get(f"/child/{child.id}"))
    told = told[told.index("Wie keek er") : told.index("Klopt er iets niet")]
    assert told.count("Dinsdag 8 december 2026") == 4, told
    for phrase in (f"Mirjam de Boer (mentor) bekeek de gegevens van {child.first_name} Dinsdag 8 december 2026, 08.39 uur", "Helpdesk van het portaal",
                   "Een tablet van de groep", "Jij maakte een keuze"):  # fmt: skip
        assert phrase in told, phrase
    assert "08.49" not in told and second.username not in told
    theirs = words(enter_other(demo, NAME).get(f"/child/{child.id}"))
    assert "Jij maakte een keuze" in theirs and "08.49" in theirs and "Helpdesk" in theirs and "09.29" not in theirs


def test_a_database_that_goes_away_while_it_is_asked_what_waits_gets_the_page_that_says_so(
    demo: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = enter(demo, NAME, parent(demo, NAME))

    def gone(*_: object) -> bool:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(consents, "holds", gone)
    answer = device.get("/agenda")
    assert answer.status_code == 503 and "minuut" in words(answer)
    assert device.get("/nothing").status_code == 404
