"""The list of a study day: who keeps it, on whose word, what stands on it, and what the planner gets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, time
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.demo.people import OTHER_PASSWORD, employees_of
from spelregel.portal.study_days import service, staff_views
from spelregel.portal.study_days.service import as_csv
from spelregel.records import judging_bookings
from spelregel.records.audit import AuditEntry
from spelregel.records.credit_ledger import CreditPortion, add_portion, portions_of
from spelregel.records.day_requests import Booking, DayRequest
from spelregel.records.family import Child, Custody, Family, Guardian, bar
from spelregel.records.locations import CareGroup, Location
from spelregel.records.outbox import OutgoingMail
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.records.staff import Employee, Employment
from spelregel.storage.session import TenantSession, tenant_session
from tests.browse import Visitor, field, follow, visitor, visitor_as, words
from tests.conftest import ROOT, Clock, close_portal, open_portal
from tests.portal.test_tablets import enter, give_pin, paired

FRIDAY, WEDNESDAY = date(2027, 1, 29), date(2027, 3, 10)
PAGE = f"/study-days?day={WEDNESDAY}"


class Quadrant:
    """With its demo families: Nora comes on Monday and Thursday after school, Roos on every weekday. On the list of Friday 29
    January stand both; nobody yet on that of Wednesday 10 March."""

    name = "quadrant"

    def __init__(self, app: Application, clock: Clock) -> None:
        self.app, self.clock = app, clock
        found = app.registry.snapshot.tenant(self.name)
        assert found
        self.tenant = found

    def writing(self) -> TenantSession:
        return tenant_session(self.app.engine, self.name, writing=True)

    def reading(self) -> TenantSession:
        return tenant_session(self.app.engine, self.name)

    def as_(self, role: str) -> Visitor:
        return visitor_as(self.app, self.tenant, role)

    def child(self, first_name: str) -> Child:
        with self.reading() as session:
            return session.scalars(select(Child).where(Child.first_name == first_name)).one()

    def guardian(self, name: str) -> Guardian:
        with self.reading() as session:
            return session.scalars(select(Guardian).where(Guardian.name == name)).one()

    def booking(self, first_name: str, day: date = WEDNESDAY) -> Booking:
        with self.reading() as session:
            found = select(Booking).where(Booking.child_id == self.child(first_name).id, Booking.day == day)
            return session.scalars(found).one()

    def request(self, booking: Booking) -> DayRequest:
        with self.reading() as session:
            return session.get_one(DayRequest, (self.name, booking.request_id))

    def count(self, day: date = WEDNESDAY) -> int:
        with self.reading() as session:
            return len(session.scalars(select(Booking).where(Booking.day == day)).all())

    def actions(self) -> list[str]:
        with self.reading() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.at, AuditEntry.id)))

    def mails(self) -> list[str]:
        with self.reading() as session:
            return [each.text or "" for each in session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "judged_request"))]  # fmt: skip

    def part(self, first_name: str, hours: str, day: date = WEDNESDAY) -> str:
        return f"{self.child(first_name).id}.{day}.{hours}.bso"

    def form(
        self, page: TestResponse, *parts: str, signers: Mapping[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        """What the page sends when these are ticked. `signers`: first name of the child -> name of the guardian."""
        names = {f"name.{self.child(child).id}": name for child, name in (signers or {}).items()}
        return {"day": WEDNESDAY.isoformat(), "submission": field(page, "submission")[0], "part": list(parts), "how": "paper",
                "signed_on": "2026-12-07"} | names | more  # fmt: skip

    def sign_up_nora(self, staff: Visitor, **more: Any) -> TestResponse:
        form = self.form(
            staff.get(PAGE), self.part("Nora", "0800-1800"), **{"signers": {"Nora": "Rachid Benali"}} | more
        )
        return staff.post("/study-days", form)

    def settle(self, role: str, **where: str) -> None:
        """The employee of this role works at this place only."""
        with self.writing() as session:
            email = next(each.email for each in employees_of(self.tenant) if each.role == role)
            employee = session.scalars(select(Employee).where(Employee.email == email)).one()
            job = session.scalars(select(Employment).where(Employment.employee_id == employee.id)).one()
            for column, value in where.items():
                setattr(job, column, value)
            session.commit()

    def group(self, name: str) -> CareGroup:
        with self.reading() as session:
            return session.scalars(select(CareGroup).where(CareGroup.name == name)).one()


@pytest.fixture
def quadrant(two: Application, clock: Clock) -> Quadrant:
    return Quadrant(two, clock)


def test_who_judges_puts_a_child_on_the_list_with_one_press_and_it_is_a_booking(quadrant: Quadrant) -> None:
    manager = quadrant.as_("location_manager")
    page = manager.get(PAGE)
    assert "Studiedag, woensdag 10 maart 2027" in words(page) and "Op de factuur: 10 uur." in words(page)
    listed = words(follow(manager, quadrant.sign_up_nora(manager)))
    assert "Rachid Benali tekende op papier op maandag 7 december." in listed and "Karim Aydin" in listed
    booking = quadrant.booking("Nora")
    request = quadrant.request(booking)
    assert (booking.action, booking.state, booking.invoice_minutes) == ("study_day", "approved", 600)
    assert (request.by, request.signed_by, request.signed_how) == (
        "staff",
        quadrant.guardian("Rachid Benali").id,
        "paper",
    )
    assert request.signed_on == date(2026, 12, 7)
    assert set(quadrant.actions()[-2:]) == {"signed up for a study day", "approved a request"}
    assert (
        len(quadrant.mails()) == 2 and "Nora, woensdag 10 maart 2027, 08.00–18.00: goedgekeurd." in quadrant.mails()[0]
    )


def test_several_children_at_once_each_on_the_word_of_their_own_guardian_and_only_the_hours_beside_the_contract(
    quadrant: Quadrant,
) -> None:
    manager = quadrant.as_("location_manager")
    page = manager.get(PAGE)
    assert "Hele dag, 08.00–14.00" in words(page), "Roos comes by contract from two o'clock"
    manager.post("/study-days", quadrant.form(page, quadrant.part("Nora", "0800-1800"), quadrant.part("Roos", "0800-1400"),
                                              signers={"Nora": "Robin Dekker", "Roos": "Fatma Yildiz"}))  # fmt: skip
    signed = {name: quadrant.request(quadrant.booking(name)).signed_by for name in ("Nora", "Roos")}
    assert signed == {"Nora": quadrant.guardian("Robin Dekker").id, "Roos": quadrant.guardian("Fatma Yildiz").id}


def test_pressed_twice_it_is_on_the_list_once(quadrant: Quadrant) -> None:
    manager = quadrant.as_("location_manager")
    form = quadrant.form(manager.get(PAGE), quadrant.part("Nora", "0800-1800"), signers={"Nora": "Rachid Benali"})
    for _ in range(3):
        assert manager.post("/study-days", form).status_code == 303
    again = quadrant.form(manager.get(PAGE), quadrant.part("Nora", "0800-1800"), signers={"Nora": "Rachid Benali"})
    assert manager.post("/study-days", again).status_code == 303, "from another page of the same list too"
    assert quadrant.count() == 1 and quadrant.actions().count("signed up for a study day") == 1
    assert len(quadrant.mails()) == 2


def test_the_children_stand_on_the_day_list(quadrant: Quadrant) -> None:
    quadrant.sign_up_nora(quadrant.as_("location_manager"))
    quadrant.clock.set("2027-03-10 07:45")
    page = words(quadrant.as_("location_manager").get("/staff"))
    assert "Nora Benali 08.00–18.00" in page


def test_without_the_right_to_judge_it_waits_among_what_is_to_be_judged(two: Application, quadrant: Quadrant) -> None:
    quadrant.settle("educator", group_id=quadrant.group("Uilen").id)
    educator = with_rights(two, quadrant, {"judge_requests": ("planner",)}).as_("educator")
    page = educator.get(PAGE)
    form = quadrant.form(
        page, quadrant.part("Nora", "0800-1800"), **{f"name.{quadrant.child('Nora').id}": "rachid  BENALI"}
    )
    assert "wachten op een antwoord" in words(follow(educator, educator.post("/study-days", form)))
    assert quadrant.booking("Nora").state == "awaiting" and quadrant.mails() == []
    assert quadrant.request(quadrant.booking("Nora")).signed_by == quadrant.guardian("Rachid Benali").id
    assert "Nora" in words(quadrant.as_("planner").get("/approvals"))
    assert educator.get("/approvals").status_code == 404


def with_rights(app: Application, quadrant: Quadrant, rights: dict[str, tuple[str, ...]]) -> Quadrant:
    object.__setattr__(quadrant.tenant, "rights", rights)
    return quadrant


def test_who_may_not_see_guardians_reads_no_name_and_writes_that_of_who_signed(quadrant: Quadrant) -> None:
    quadrant.settle("educator", group_id=quadrant.group("Uilen").id)
    educator = quadrant.as_("educator")
    page, nora = educator.get(PAGE), quadrant.child("Nora").id
    for name in ("Rachid Benali", "Robin Dekker", "Fatma Yildiz", "Nadia Haddad"):
        assert name not in educator.get("/study-days").text + page.text
    for written in ("", "Fatma Yildiz", "Benali"):
        form = quadrant.form(page, quadrant.part("Nora", "0800-1800"), **{f"name.{nora}": written})
        answer = educator.post("/study-days", form)
        assert answer.status_code == 422 and "Nora" in words(answer) and quadrant.count() == 0
    form = quadrant.form(page, quadrant.part("Nora", "0800-1800"), how="in person", **{f"name.{nora}": "Rachid Benali"})
    listed = words(follow(educator, educator.post("/study-days", form)))
    assert "Een ouder tekende in eigen persoon op dinsdag 8 december." in listed and "Benali tekende" not in listed


def test_a_guardian_who_is_barred_cannot_sign_and_where_nobody_is_left_nobody_can(quadrant: Quadrant) -> None:
    manager = quadrant.as_("location_manager")
    page, nora = manager.get(PAGE), quadrant.child("Nora")
    for name in ("Rachid Benali", "Robin Dekker"):
        with quadrant.writing() as session:
            custody = session.scalars(
                select(Custody).where(Custody.child_id == nora.id, Custody.guardian_id == quadrant.guardian(name).id)
            ).one()
            custody.barred_at = quadrant.clock()
            session.commit()
        form = quadrant.form(page, quadrant.part("Nora", "0800-1800"), signers={"Nora": name})
        answer = manager.post("/study-days", form)
        assert answer.status_code == 422 and quadrant.count() == 0
    assert "Niemand mag voor Nora tekenen." in words(manager.get(PAGE))
    other = quadrant.form(page, quadrant.part("Nora", "0800-1800"), signers={"Nora": "Fatma Yildiz"})
    assert manager.post("/study-days", other).status_code == 422, "the guardian of another child"


def test_a_bar_that_comes_while_the_list_is_being_sent_holds(
    quadrant: Quadrant, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = quadrant.as_("location_manager")
    page, nora, rachid = manager.get(PAGE), quadrant.child("Nora"), quadrant.guardian("Rachid Benali")
    sign_up = staff_views.sign_up

    def after_a_bar(*given: Any) -> Any:
        with quadrant.writing() as session:
            bar(session, rachid.id, nora.id, quadrant.clock())
            session.commit()
        return sign_up(*given)

    monkeypatch.setattr(staff_views, "sign_up", after_a_bar)
    form = quadrant.form(page, quadrant.part("Nora", "0800-1800"), signers={"Nora": "Rachid Benali"})
    assert manager.post("/study-days", form).status_code == 409 and quadrant.count() == 0


@pytest.mark.parametrize(
    "more", [{"how": "mondeling"}, {"signed_on": "2026-12-09"}, {"signed_on": "soon"}, {"part": []}, {"signers": {}}]
)
def test_nothing_is_entered_without_a_whole_signature(quadrant: Quadrant, more: dict[str, Any]) -> None:
    manager = quadrant.as_("location_manager")
    assert quadrant.sign_up_nora(manager, **more).status_code == 422 and quadrant.count() == 0


def test_a_part_of_the_day_that_is_not_offered_is_not_entered(quadrant: Quadrant) -> None:
    manager = quadrant.as_("location_manager")
    for part in (
        quadrant.part("Nora", "0700-1900"),
        quadrant.part("Roos", "0800-1800"),
        f"{quadrant.child('Nora').id}.x",
    ):
        form = quadrant.form(manager.get(PAGE), part, signers={"Nora": "Rachid Benali", "Roos": "Fatma Yildiz"})
        assert manager.post("/study-days", form).status_code == 409 and quadrant.count() == 0


def test_where_there_is_no_room_they_are_listed_and_wait(quadrant: Quadrant) -> None:
    with quadrant.writing() as session:
        session.get_one(CareGroup, (quadrant.name, quadrant.group("Uilen").id)).places = 1
        session.commit()
    manager = quadrant.as_("location_manager")
    manager.post("/study-days", quadrant.form(manager.get(PAGE), quadrant.part("Roos", "0800-1400"), signers={"Roos": "Fatma Yildiz"}))  # fmt: skip
    page = words(follow(manager, quadrant.sign_up_nora(manager)))
    assert "Voor een deel is geen plek" in page and quadrant.booking("Nora").state == "awaiting"


def test_one_is_taken_off_with_a_reason_that_the_parents_read(quadrant: Quadrant) -> None:
    manager = quadrant.as_("location_manager")
    quadrant.sign_up_nora(manager)
    booking = quadrant.booking("Nora").id
    form = {"booking": booking, "day": WEDNESDAY.isoformat()}
    assert (
        manager.post("/study-days/take-off", form).status_code == 422 and quadrant.booking("Nora").state == "approved"
    )
    for _ in range(2):
        answer = manager.post("/study-days/take-off", form | {"why": "Vader belde: toch niet nodig"})
        assert answer.status_code == 303
    assert quadrant.booking("Nora").state == "cancelled" and quadrant.actions().count("took off a study list") == 1
    texts = quadrant.mails()
    assert sum("Vader belde: toch niet nodig" in each for each in texts) == 2 and not any(
        "goedgekeurd" in each for each in texts
    )
    page = words(manager.get(PAGE))
    assert "Vader belde: toch niet nodig" in page and "Nora Benali: Hele dag, 08.00–18.00" in page, "and can come again"
    quadrant.clock.set("2027-03-10 07:45")
    assert "Nora Benali 08.00–18.00" not in words(quadrant.as_("location_manager").get("/staff"))


def test_what_the_rules_leave_to_a_person_is_not_taken_off_by_who_does_not_judge(
    two: Application, quadrant: Quadrant
) -> None:
    quadrant.sign_up_nora(quadrant.as_("location_manager"))
    quadrant.settle("educator", group_id=quadrant.group("Uilen").id)
    educator = with_rights(two, quadrant, {"judge_requests": ("planner",)}).as_("educator")
    assert "Van de lijst halen" not in words(educator.get(PAGE))
    form = {"booking": quadrant.booking("Nora").id, "day": WEDNESDAY.isoformat(), "why": "zomaar"}
    assert (
        educator.post("/study-days/take-off", form).status_code == 409 and quadrant.booking("Nora").state == "approved"
    )


def test_another_group_s_child_and_another_organisation_s_ids_are_not_there(
    two: Application, quadrant: Quadrant
) -> None:
    educator, manager = (
        quadrant.as_("educator"),
        quadrant.as_("location_manager"),
    )  # the educator has the group of the young
    assert educator.get("/study-days").status_code == 404 and "/study-days" not in educator.get("/staff").text
    form = quadrant.form(manager.get(PAGE), quadrant.part("Nora", "0800-1800"), signers={"Nora": "Rachid Benali"})
    assert educator.post("/study-days", form).status_code == 404
    with tenant_session(two.engine, "deroef") as session:
        foreign_child = session.scalars(select(Child)).first()
        foreign_booking = session.scalars(select(Booking)).first()
    assert foreign_child and foreign_booking
    for child in (foreign_child.id, "0" * 32):
        assert manager.post("/study-days", form | {"part": [f"{child}.{WEDNESDAY}.0800-1800.bso"]}).status_code == 404
    for booking in (foreign_booking.id, "0" * 32):
        answer = manager.post("/study-days/take-off", {"booking": booking, "day": WEDNESDAY.isoformat(), "why": "x"})
        assert answer.status_code == 404
    parent = visitor(two, "quadrant").log_in()
    for path in ("/study-days", "/study-days/invoice", "/study-days/invoice.csv"):
        assert parent.get(path).status_code == 404


def test_where_no_study_day_is_listed_by_staff_there_is_no_such_page(two: Application) -> None:
    found = two.registry.snapshot.tenant("deroef")
    assert found
    for role in ("location_manager", "planner", "administrator"):
        staff = visitor_as(two, found, role)
        assert staff.get("/study-days").status_code == 404 and staff.get("/study-days/invoice").status_code == 404
        assert "Studiedagen" not in words(staff.get("/staff"))


def test_after_the_last_study_day_the_list_is_only_there_for_who_bills_it(quadrant: Quadrant) -> None:
    quadrant.sign_up_nora(quadrant.as_("location_manager"))
    quadrant.clock.set("2027-03-11 00:00")
    assert "/study-days" not in quadrant.as_("mentor").get("/staff").text
    planner = quadrant.as_("planner")
    assert "/study-days" in planner.get("/staff").text
    page = words(planner.get(PAGE))
    assert "Nora Benali" in page and "Inschrijven" not in page
    quadrant.clock.set("2027-05-12 09:00")
    assert quadrant.as_("planner").get("/study-days").status_code == 404


def test_the_list_for_the_invoice_is_printed_downloaded_and_in_the_log(quadrant: Quadrant) -> None:
    quadrant.sign_up_nora(quadrant.as_("location_manager"))
    planner = quadrant.as_("planner")
    page = words(planner.get(f"/study-days/invoice?day={WEDNESDAY}"))
    assert "Nora Benali" in page and "10 uur" in page and "Rachid Benali" in page and "Karim Aydin" in page
    answer = planner.get(f"/study-days/invoice.csv?day={WEDNESDAY}")
    assert answer.content_type == "text/csv; charset=utf-8" and answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="studiedag-2027-03-10.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 1
    row = rows[0]
    assert (row["Kind"], row["Datum"], row["Van"], row["Tot"]) == ("Nora Benali", "2027-03-10", "08:00", "18:00")
    assert (row["Minuten opvang"], row["Minuten op de factuur"], row["Getekend door"]) == (
        "600",
        "600",
        "Rachid Benali",
    )
    assert row["Ingevoerd door"] == "Karim Aydin" and row["Getekend op"] == "2026-12-07"
    assert {"read a study list", "took out a study list"} <= set(quadrant.actions())
    for role in ("educator", "mentor"):
        assert quadrant.as_(role).get(f"/study-days/invoice.csv?day={WEDNESDAY}").status_code == 404


def test_what_waits_or_was_taken_off_in_time_is_not_billed(quadrant: Quadrant) -> None:
    manager = quadrant.as_("location_manager")
    quadrant.sign_up_nora(manager)
    manager.post(
        "/study-days/take-off", {"booking": quadrant.booking("Nora").id, "day": WEDNESDAY.isoformat(), "why": "ziek"}
    )
    assert "Nora" not in manager.get(f"/study-days/invoice.csv?day={WEDNESDAY}").text


def test_a_name_that_begins_like_a_formula_is_a_name_in_the_spreadsheet() -> None:
    for name in ("=1+1", "+31", "-2", "@SUM(A1)", "\t=1", " =1", "\r=1"):
        (cells,) = csv.reader(io.StringIO(as_csv([[name, 'é; "x"']]).decode("utf-8-sig"), newline=""), delimiter=";")
        assert cells == [f"'{name}", 'é; "x"']
    assert as_csv([["Noor", "10 uur"]]) == b"\xef\xbb\xbfNoor;10 uur\r\n"


def test_both_guardians_see_that_the_location_booked_it_and_on_whose_word(two: Application, quadrant: Quadrant) -> None:
    manager = quadrant.as_("location_manager")
    quadrant.sign_up_nora(manager)
    booking = quadrant.booking("Nora")
    rachid = visitor(two, "quadrant").log_in()
    page = words(rachid.get(f"/requests/{booking.request_id}"))
    assert "Door de locatie op de lijst gezet" in page and "Jij hebt daarvoor getekend op maandag 7 december" in page
    assert "Studiedag" in words(rachid.get("/requests"))
    assert "Studiedag: door de locatie op de lijst gezet. Jij hebt daarvoor getekend." in words(
        rachid.get("/agenda?from=2027-03-08")
    )
    robin = visitor(two, "quadrant")
    assert robin.enter("robin.dekker@example.org", OTHER_PASSWORD).status_code == 303
    for path in (f"/requests/{booking.request_id}", "/agenda?from=2027-03-08", "/requests"):
        page = words(robin.get(path))
        assert "Nora" in page
    assert "Een andere ouder van Nora heeft daarvoor getekend" in words(robin.get(f"/requests/{booking.request_id}"))
    assert "Rachid" not in words(robin.get(f"/requests/{booking.request_id}"))


@pytest.mark.parametrize(("language", "told"), [("nl", "Opvang op een studiedag vraag je hier niet aan"), ("en", "Care on a study day is not asked for here")])  # fmt: skip
def test_a_parent_reads_where_the_list_lies(two: Application, quadrant: Quadrant, language: str, told: str) -> None:
    parent = visitor(two, "quadrant").log_in(language=language)
    page = words(parent.get(f"/requests/new?day={WEDNESDAY}"))
    assert told in page
    assert ("De groep" if language == "nl" else "The group") in page
    assert told not in words(parent.get("/requests/new?day=2027-03-09"))


TWO_LOCATIONS = """
locations:
  noord: {name: Noord}
  zuid: {name: Zuid}
exceptions:
  - for: {location: zuid}
    calendar:
      study_days: [{date: 2027-02-05, name: {nl: Studiedag van De Vlieger, en: Study day of De Vlieger}}]
"""


@pytest.fixture
def two_locations(database_url: str, clock: Clock, tmp_path: Path) -> Iterator[Quadrant]:
    """Noord has the families of the demo; in Zuid, whose school has another study day, comes Mats."""
    text = (ROOT / "tenants" / "quadrant.yaml").read_text("utf-8")
    (tmp_path / "quadrant.yaml").write_text(text + TWO_LOCATIONS, "utf-8")
    with closing_portal(open_portal(database_url, clock, tmp_path)) as app:
        found = Quadrant(app, clock)
        _open_zuid(found)
        yield found


@contextmanager
def closing_portal(app: Application) -> Iterator[Application]:
    try:
        yield app
    finally:
        close_portal(app)


def _open_zuid(found: Quadrant) -> None:
    with found.writing() as session:
        location = Location(name="Zuid", rule_key="zuid")
        session.add(location)
        session.flush()
        group = CareGroup(location_id=location.id, name="Vossen", places=8)
        family = session.scalars(select(Family)).first()
        assert family
        session.add(group)
        session.flush()
        child = Child(family_id=family.id, first_name="Mats", last_name="Zuid", born_on=date(2019, 5, 5), tone=0)
        session.add(child)
        session.flush()
        guardian = session.scalars(select(Guardian).where(Guardian.name == "Rachid Benali")).one()
        contract = Contract(child_id=child.id, care_type="bso", rule_key=None, starts_on=date(2026, 1, 1), ends_on=None)
        session.add_all([Custody(guardian_id=guardian.id, child_id=child.id), contract])
        session.flush()
        session.add(ContractDaypart(contract_id=contract.id, group_id=group.id, weekday=1, starts=time(14), ends=time(18, 30)))  # fmt: skip
        session.commit()


def test_each_location_has_the_study_days_of_its_own_calendar(two_locations: Quadrant) -> None:
    planner, south = two_locations.as_("planner"), "/study-days?day=2027-02-05"
    page = words(planner.get(south))
    assert "Studiedag van De Vlieger" in page and "Mats Zuid" in page and "Nora Benali" not in page
    assert "Mats" not in words(planner.get(PAGE)) and "Nora Benali" in words(planner.get(PAGE))
    opened = planner.get(south)
    form = two_locations.form(
        opened, two_locations.part("Mats", "0800-1800", date(2027, 2, 5)), signers={"Mats": "Rachid Benali"}
    )
    planner.post("/study-days", form | {"day": "2027-02-05"})
    assert two_locations.booking("Mats", date(2027, 2, 5)).state == "approved"
    nora = two_locations.part("Nora", "0800-1800", date(2027, 2, 5))
    other = two_locations.form(opened, nora, signers={"Nora": "Rachid Benali"}, day="2027-02-05")
    assert planner.post("/study-days", other).status_code == 404, "her school is open that day"
    manager = two_locations.as_("location_manager")  # of Noord
    assert "Vlieger" not in words(manager.get("/study-days")) and "5 februari" not in words(manager.get("/study-days"))


CREDIT = ("payment: {pay_with: [invoice], choice: in this order, combine: never}",
          "payment: {pay_with: [afwezigheidstegoed, invoice], choice: in this order, combine: credit and invoice}")  # fmt: skip


def test_credit_that_the_rules_let_pay_is_spent_told_billed_and_given_back(
    database_url: str, clock: Clock, tmp_path: Path
) -> None:
    text = (ROOT / "tenants" / "quadrant.yaml").read_text("utf-8")
    assert CREDIT[0] in text
    head, _, _ = text.replace(*CREDIT).partition("\nexamples:")
    (tmp_path / "quadrant.yaml").write_text(head + "\n", "utf-8")
    with closing_portal(open_portal(database_url, clock, tmp_path)) as app:
        _credit_pays(Quadrant(app, clock))


def _credit_pays(here: Quadrant) -> None:
    def left() -> int:
        with here.reading() as session:
            return sum(left for _, left in portions_of(session, here.child("Nora").id))

    with here.writing() as session:
        portion = CreditPortion(child_id=here.child("Nora").id, kind="afwezigheidstegoed", care_type="bso", earned_for=date(2026, 12, 1),
                                earned_on_kind="school day", valid_until=None)  # fmt: skip
        add_portion(session, portion, 4 * 60, "granted", here.clock())
        session.commit()
    manager, before = here.as_("location_manager"), left()
    here.sign_up_nora(manager)
    spent = before - left()
    assert spent >= 4 * 60
    (row,) = csv.DictReader(io.StringIO(manager.get(f"/study-days/invoice.csv?day={WEDNESDAY}").data.decode("utf-8-sig")), delimiter=";")  # fmt: skip
    assert int(row["Minuten op de factuur"]) == 600 - spent
    assert row["Tegoed gebruikt"] and f"Betaald met {row['Tegoed gebruikt']}." in words(manager.get(PAGE))
    manager.post(
        "/study-days/take-off", {"booking": here.booking("Nora").id, "day": WEDNESDAY.isoformat(), "why": "ziek"}
    )
    assert left() == before


def test_pressed_by_several_at_once_it_is_on_the_list_once(quadrant: Quadrant) -> None:
    devices = [quadrant.as_(role) for role in ("location_manager", "planner", "location_manager", "mentor")]
    sent = [
        (each, quadrant.form(each.get(PAGE), quadrant.part("Nora", "0800-1800"), quadrant.part("Roos", "0800-1400"),
                             signers={"Nora": "Rachid Benali", "Roos": "Fatma Yildiz"}))
        for each in devices
    ]  # fmt: skip
    together = Barrier(len(sent))

    def press(device: Visitor, form: dict[str, Any]) -> int:
        together.wait()
        return device.post("/study-days", form).status_code

    with ThreadPoolExecutor(len(sent)) as pool:
        answers = list(pool.map(lambda each: press(*each), sent))
    assert set(answers) <= {303, 409} and 303 in answers
    assert quadrant.count() == 2 and quadrant.actions().count("signed up for a study day") == 2
    assert {quadrant.booking(name).state for name in ("Nora", "Roos")} == {"approved"}


def test_without_the_locks_two_at_once_get_in_each_other_s_way(
    quadrant: Quadrant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control, where several write at once: both find nobody on the list, and the second breaks on the database's own wall."""
    if quadrant.app.engine.dialect.name == "sqlite":
        pytest.skip("on SQLite one writes at a time, whatever is locked")
    meet, find = Barrier(2, timeout=10), service.find_request

    def find_together(*args: Any) -> DayRequest | None:
        found = find(*args)
        meet.wait()
        return found

    for module in (service, judging_bookings):
        monkeypatch.setattr(module, "lock_child", lambda *_: None)
        monkeypatch.setattr(module, "lock_groups", lambda *_: None)
    monkeypatch.setattr(service, "find_request", find_together)
    devices = [quadrant.as_("location_manager"), quadrant.as_("planner")]
    forms = [quadrant.form(each.get(PAGE), quadrant.part("Nora", "0800-1800"), signers={"Nora": "Rachid Benali"}) for each in devices]  # fmt: skip
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda each: each[0].post("/study-days", each[1]).status_code, zip(devices, forms, strict=True)))  # fmt: skip
    assert sorted(answers) == [303, 500] and quadrant.count() == 1


def test_the_story_of_the_demo_has_a_list_that_is_signed(quadrant: Quadrant) -> None:
    page = words(quadrant.as_("location_manager").get("/study-days"))
    assert "Rachid Benali tekende op papier op vrijdag 4 december." in page and "2 kinderen op de lijst" in page
    assert quadrant.booking("Roos", FRIDAY).ends == time(14)


def test_on_a_shared_tablet_a_parent_signs_by_name_and_no_name_is_shown(two: Application, quadrant: Quadrant) -> None:
    quadrant.settle("educator", group_id=quadrant.group("Uilen").id)
    account, tablet = give_pin(two), paired(two)
    assert enter(tablet, account) == 303
    page, nora = tablet.get(PAGE), quadrant.child("Nora").id
    assert "Nora Benali" in words(page) and "Rachid" not in page.text and "Robin" not in page.text
    form = quadrant.form(page, quadrant.part("Nora", "0800-1800"), how="in person", **{f"name.{nora}": "Robin Dekker"})
    assert tablet.post("/study-days", form).status_code == 303
    request = quadrant.request(quadrant.booking("Nora"))
    assert (request.signed_by, request.signed_how) == (quadrant.guardian("Robin Dekker").id, "in person")
    assert request.signed_on == date(2026, 12, 8) and "Robin" not in tablet.get(PAGE).text
    assert tablet.get(f"/study-days/invoice?day={WEDNESDAY}").status_code == 404
