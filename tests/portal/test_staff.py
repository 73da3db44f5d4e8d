"""Staff see the children of their groups and nothing else; administrators manage accounts, roles and the log."""

from __future__ import annotations

import ast
from datetime import date

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.demo.people import email_of, families_of
from spelregel.records.absences import Absence
from spelregel.records.accounts import Account
from spelregel.records.audit import ACTIONS, AuditEntry
from spelregel.records.family import Child, Family, Guardian
from spelregel.records.locations import CareGroup, Location
from spelregel.records.outbox import OutgoingMail
from spelregel.records.passkeys import count_of
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.records.staff import Employee, Employment
from spelregel.storage.session import TenantSession, tenant_session
from tests.browse import Visitor, visitor, words
from tests.conftest import ROOT, Clock
from tests.portal.authenticator import Device, add_passkey

EDUCATOR, MENTOR, MANAGER = "anja.kuipers@example.org", "mirjam.de.boer@example.org", "karim.aydin@example.org"
PLANNER, ADMINISTRATOR = "ilse.postma@example.org", "hanneke.vos@example.org"
NOBODY = "0" * 32


def as_staff(app: Application, email: str, name: str = "quadrant") -> Visitor:
    found = visitor(app, name)
    answer = found.client.post(
        "/demo/enter", base_url=found.base, data={"person": email}, headers={"Origin": "http://localhost"}
    )
    assert answer.status_code == 303, answer.text
    return found


def rows(app: Application, name: str = "quadrant", *, writing: bool = False) -> TenantSession:
    return tenant_session(app.engine, name, writing=writing)


def first_child(app: Application, name: str = "quadrant") -> Child:
    with rows(app, name) as session:
        return session.scalars(select(Child).order_by(Child.first_name)).all()[0]


def put_elsewhere(app: Application) -> tuple[str, str, str]:
    """A second location with a group and a child: the ids of the location, the group and the child."""
    with rows(app, writing=True) as session:
        location = Location(name="De Overkant", rule_key=None)
        family = Family(name="Elders")
        session.add_all([location, family])
        session.flush()
        group = CareGroup(location_id=location.id, name="Mussen")
        child = Child(family_id=family.id, first_name="Zelda", last_name="Elders", born_on=date(2023, 5, 1), tone=1)
        session.add_all([group, child])
        session.flush()
        like = session.scalars(select(Contract)).first()
        assert like
        contract = Contract(
            child_id=child.id, care_type=like.care_type, rule_key=None, starts_on=date(2025, 1, 1), ends_on=None
        )
        session.add(contract)
        session.flush()
        like_part = session.scalars(select(ContractDaypart).where(ContractDaypart.contract_id == like.id)).first()
        assert like_part
        session.add(
            ContractDaypart(
                contract_id=contract.id, group_id=group.id, weekday=1, starts=like_part.starts, ends=like_part.ends
            )
        )
        session.commit()
        return location.id, group.id, child.id


def page_of(staff: Visitor, child_id: str) -> TestResponse:
    return staff.get(f"/staff/child/{child_id}")


def guardian_of(app: Application, name: str) -> tuple[Guardian, Account]:
    with rows(app) as session:
        guardian = session.scalars(select(Guardian).where(Guardian.email == email_of(name))).one()
        return guardian, session.scalars(select(Account).where(Account.guardian_id == guardian.id)).one()


def actions(app: Application, **where: str) -> list[str]:
    with rows(app) as session:
        found = session.scalars(select(AuditEntry).filter_by(**where).order_by(AuditEntry.at, AuditEntry.id))
        return [each.action for each in found]


@pytest.mark.parametrize("email", [EDUCATOR, MENTOR, MANAGER, PLANNER, ADMINISTRATOR])
def test_staff_begin_with_the_children_of_their_groups(demo: Application, email: str) -> None:
    staff = as_staff(demo, email)
    assert staff.get("/").location == "/staff"
    page = staff.get("/staff")
    assert page.status_code == 200 and "Vandaag, dinsdag 8 december" in words(page)


def test_a_parent_finds_none_of_the_pages_of_staff(demo: Application) -> None:
    parent = visitor(demo, "quadrant").log_in()
    child = first_child(demo)
    for path in (
        "/staff",
        f"/staff/child/{child.id}",
        "/manage",
        "/manage/staff",
        "/manage/audit",
        "/manage/tablets",
        "/account/pin",
    ):
        assert parent.get(path).status_code == 404, path


def test_an_absence_shows_with_its_reason(demo: Application, clock: Clock) -> None:
    with rows(demo) as session:
        absence = session.scalars(
            select(Absence).where(Absence.withdrawn_at.is_(None)).order_by(Absence.day.desc())
        ).first()
        assert absence
    page = words(as_staff(demo, ADMINISTRATOR).get(f"/staff?day={absence.day.isoformat()}"))
    assert "Afwezig:" in page


def test_each_role_sees_on_a_card_what_is_its_to_see(demo: Application) -> None:
    with rows(demo) as session:
        narrow = session.scalars(select(Employment).where(Employment.role == "educator")).one()
        child = session.scalars(
            select(Child).where(Child.id.in_(
                select(Contract.child_id).where(Contract.id.in_(
                    select(ContractDaypart.contract_id).where(ContractDaypart.group_id == narrow.group_id)))))
        ).first()  # fmt: skip
    assert child
    shown = {email: page_of(as_staff(demo, email), child.id) for email in (EDUCATOR, MENTOR, ADMINISTRATOR)}
    assert {email: answer.status_code for email, answer in shown.items()} == dict.fromkeys(shown, 200)
    assert "06 1234" not in shown[EDUCATOR].text and "@example.org" not in shown[EDUCATOR].text
    assert "06 1234" in shown[MENTOR].text and "@example.org" in shown[MENTOR].text
    for private in ("NL91ABNA", "Lindelaan"):
        assert private not in shown[EDUCATOR].text + shown[MENTOR].text
        assert private in shown[ADMINISTRATOR].text
    assert sorted(actions(demo, child_id=child.id)) == sorted(
        ["saw a child"] * 3 + ["saw guardians"] * 2 + ["saw private details"]
    )


def test_what_lies_outside_the_reach_is_as_if_it_did_not_exist(demo: Application) -> None:
    _, _, elsewhere = put_elsewhere(demo)
    foreign = first_child(demo, "deroef").id
    for email in (EDUCATOR, MENTOR, MANAGER):
        staff = as_staff(demo, email)
        answers = [page_of(staff, child_id) for child_id in (elsewhere, foreign, NOBODY)]
        assert {each.status_code for each in answers} == {404} and len({words(each) for each in answers}) == 1
        assert "Zelda" not in staff.get("/staff").text
    assert actions(demo, child_id=elsewhere) == []
    assert page_of(as_staff(demo, ADMINISTRATOR), elsewhere).status_code == 200


def test_an_ended_role_reaches_nothing_any_more(demo: Application) -> None:
    staff, child = as_staff(demo, MENTOR), first_child(demo)
    assert page_of(staff, child.id).status_code == 200
    with rows(demo, writing=True) as session:
        session.scalars(select(Employment).where(Employment.role == "mentor")).one().ends_on = date(2026, 12, 7)
        session.commit()
    assert page_of(staff, child.id).status_code == 404


def test_a_role_counts_only_where_it_is_held(demo: Application) -> None:
    """An educator of a group here who is a mentor elsewhere sees telephone numbers elsewhere only."""
    location, group, elsewhere = put_elsewhere(demo)
    with rows(demo, writing=True) as session:
        employee = session.scalars(select(Employee).where(Employee.email == EDUCATOR)).one()
        session.add(Employment(employee_id=employee.id, role="location_manager", location_id=location, group_id=group,
                               starts_on=date(2026, 1, 1), ends_on=None))  # fmt: skip
        session.commit()
        narrow = session.scalars(select(Employment).where(Employment.role == "educator")).one()
        here = session.scalars(
            select(Contract.child_id).where(Contract.id.in_(
                select(ContractDaypart.contract_id).where(ContractDaypart.group_id == narrow.group_id)))
        ).first()  # fmt: skip
    staff = as_staff(demo, EDUCATOR)
    assert "06 1234" not in page_of(staff, str(here)).text
    page_of(staff, elsewhere)
    assert sorted(actions(demo, child_id=elsewhere)) == ["saw a child", "saw guardians"]
    assert actions(demo, child_id=str(here)) == ["saw a child"]


def second_family(app: Application) -> tuple[Child, Guardian, Account]:
    """The guardian of the demo who was never active, and a child of theirs."""
    guardian, account = guardian_of(app, families_of(visitor(app, "quadrant").tenant)[1].other)
    with rows(app) as session:
        return session.scalars(select(Child).where(Child.family_id == guardian.family_id)).one(), guardian, account


def test_the_invitation_can_be_sent_again_a_few_times_an_hour(demo: Application, clock: Clock) -> None:
    child, guardian, account = second_family(demo)
    staff = as_staff(demo, MANAGER)
    path = f"/staff/child/{child.id}/guardian/{guardian.id}/invite"
    outcomes = [staff.post(path).location.rpartition("=")[2] for _ in range(4)]
    assert outcomes == ["invited"] * 3 + ["enough"]
    with rows(demo) as session:
        mails = session.scalars(select(OutgoingMail).where(OutgoingMail.account_id == account.id)).all()
        assert len(mails) == 3 and {each.to_address for each in mails} == {guardian.email}
    assert actions(demo, about_id=account.id).count("sent an invitation") == 3
    assert "Uitgenodigd op dinsdag 8 december" in words(page_of(staff, child.id))
    clock.set("2026-12-08 10:30")
    staff = as_staff(demo, MANAGER)
    assert staff.post(path).location.endswith("invited")


def test_who_may_not_invite_close_or_bar_cannot(demo: Application) -> None:
    child, guardian, _ = second_family(demo)
    base = f"/staff/child/{child.id}/guardian/{guardian.id}"
    for email, deeds in {
        EDUCATOR: ("invite", "disable", "enable", "bar", "let-in"),
        MENTOR: ("invite", "disable", "enable", "bar", "let-in"),
        MANAGER: ("disable", "enable", "bar", "let-in"),
        PLANNER: ("disable", "enable", "bar", "let-in"),
    }.items():
        staff = as_staff(demo, email)
        assert {staff.post(f"{base}/{deed}").status_code for deed in deeds} == {404}
    administrator = as_staff(demo, ADMINISTRATOR)
    stranger, _ = guardian_of(demo, families_of(administrator.tenant)[0].parent)
    for who in (stranger.id, NOBODY):  # a guardian of another child, and nobody
        assert administrator.post(f"/staff/child/{child.id}/guardian/{who}/disable").status_code == 404


def test_a_closed_account_is_out_at_once_and_can_be_opened(demo: Application) -> None:
    parent = visitor(demo, "quadrant").log_in()
    family = families_of(parent.tenant)[0]
    guardian, account = guardian_of(demo, family.parent)
    with rows(demo) as session:
        child = session.scalars(select(Child).where(Child.family_id == guardian.family_id)).first()
        assert child
    staff = as_staff(demo, ADMINISTRATOR)
    base = f"/staff/child/{child.id}/guardian/{guardian.id}"
    assert parent.get("/agenda").status_code == 200
    assert staff.post(f"{base}/disable").status_code == 303
    assert parent.get("/agenda").status_code == 302
    assert parent.post("/login", {"username": family.username, "password": "gele-regenlaarzen"}).status_code == 403
    assert staff.post(f"{base}/enable").status_code == 303
    parent.log_in(family)
    assert actions(demo, about_id=account.id, about="account").count("disabled an account") == 1


def test_a_barred_guardian_sees_nothing_of_the_child_from_that_moment(demo: Application) -> None:
    parent = visitor(demo, "quadrant").log_in()
    guardian, _ = guardian_of(demo, families_of(parent.tenant)[0].parent)
    with rows(demo) as session:
        child = session.scalars(select(Child).where(Child.family_id == guardian.family_id)).first()
        assert child
    staff = as_staff(demo, ADMINISTRATOR)
    assert child.first_name in words(parent.get("/agenda"))
    staff.post(f"/staff/child/{child.id}/guardian/{guardian.id}/bar")
    assert child.first_name not in words(parent.get("/agenda"))
    assert "Mag sinds" in words(page_of(staff, child.id))
    staff.post(f"/staff/child/{child.id}/guardian/{guardian.id}/let-in")
    assert child.first_name in words(parent.get("/agenda"))
    assert {"barred a guardian", "lifted a bar"} <= set(actions(demo, about_id=guardian.id))


# Administration


def add_somebody(staff: Visitor, email: str = "noa.prins@example.org", role: str = "mentor", where: str = "all") -> str:
    answer = staff.post("/manage/staff", {"name": "Noa Prins", "email": email, "role": role, "where": where})
    assert answer.status_code == 303, words(answer)
    return answer.location.split("?")[0]


def test_a_new_employee_gets_an_account_a_role_and_an_invitation(demo: Application) -> None:
    staff = as_staff(demo, ADMINISTRATOR)
    path = add_somebody(staff)
    page = words(staff.get(path))
    assert "Noa Prins" in page and "Uitgenodigd op" in page and "Mentor" in page
    with rows(demo) as session:
        account = session.scalars(select(Account).where(Account.username == "noa.prins@example.org")).one()
        mail = session.scalars(select(OutgoingMail).where(OutgoingMail.account_id == account.id)).one()
        assert mail.to_address == "noa.prins@example.org"
    twice = staff.post(
        "/manage/staff", {"name": "Noa", "email": "Noa.Prins@example.org", "role": "mentor", "where": "all"}
    )
    assert twice.status_code == 422


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "", "email": "a@example.org", "role": "mentor", "where": "all"},
        {"name": "A", "email": "a@example.org\nBcc: b@example.org", "role": "mentor", "where": "all"},
        {"name": "A", "email": "a@example.org", "role": "guardian", "where": "all"},
        {"name": "A", "email": "a@example.org", "role": "mentor", "where": NOBODY},
        {},
    ],
)
def test_what_is_not_filled_in_well_makes_nobody(demo: Application, sent: dict[str, str]) -> None:
    staff = as_staff(demo, ADMINISTRATOR)
    with rows(demo) as session:
        before = len(session.scalars(select(Employee)).all())
    assert staff.post("/manage/staff", sent).status_code == 422
    with rows(demo) as session:
        assert len(session.scalars(select(Employee)).all()) == before


def administrator_of(app: Application) -> tuple[str, str]:
    with rows(app) as session:
        role = session.scalars(select(Employment).where(Employment.role == "administrator")).one()
        return role.employee_id, role.id


def test_the_last_administrator_stays(demo: Application) -> None:
    staff = as_staff(demo, ADMINISTRATOR)
    employee, role = administrator_of(demo)
    add_somebody(staff, role="administrator")  # invited, and not active: it does not count yet
    assert staff.post(f"/manage/staff/{employee}/role/{role}/end").location.endswith("last")
    assert staff.post(f"/manage/staff/{employee}/disable").location.endswith("last")
    assert staff.get("/manage/staff").status_code == 200
    with rows(demo) as session:
        planner = session.scalars(select(Employee).where(Employee.email == PLANNER)).one()
    assert staff.post(f"/manage/staff/{planner.id}/role", {"role": "administrator", "where": "all"}).status_code == 303
    assert staff.post(f"/manage/staff/{employee}/role/{role}/end").location.endswith("ended")
    assert staff.get("/manage/staff").status_code in (302, 404)
    assert as_staff(demo, PLANNER).get("/manage/staff").status_code == 200


def test_a_role_of_another_organisation_cannot_be_given_or_ended(demo: Application) -> None:
    staff = as_staff(demo, ADMINISTRATOR)
    own, _ = administrator_of(demo)
    with rows(demo, "deroef") as session:
        theirs = session.scalars(select(Employment)).first()
        place = session.scalars(select(Location)).first()
        assert theirs and place
    assert staff.get(f"/manage/staff/{theirs.employee_id}").status_code == 404
    assert staff.post(f"/manage/staff/{own}/role/{theirs.id}/end").status_code == 404
    assert staff.post(f"/manage/staff/{own}/role", {"role": "mentor", "where": place.id}).status_code == 422


def test_the_log_is_read_newest_first_in_pages_and_of_one_person(demo: Application) -> None:
    staff, child = as_staff(demo, ADMINISTRATOR), first_child(demo)
    for _ in range(20):  # three entries each, all at the same moment
        page_of(staff, child.id)
    first = staff.get("/manage/audit")
    assert first.text.count('class="when"') == 50
    below = first.text.split("below=")[1].split('"')[0].split("&")[0]
    rest = staff.get(f"/manage/audit?below={below}")
    assert 10 <= rest.text.count('class="when"') < 50
    about = staff.get(f"/manage/audit?child={child.id}")
    assert f"{child.first_name} {child.last_name}" in words(about) and "keek" in words(about)
    foreign = first_child(demo, "deroef").id
    pages = [words(staff.get(f"/manage/audit?child={each}")) for each in (foreign, "f" * 32)]
    assert pages[0] == pages[1]
    for email in (EDUCATOR, MENTOR, MANAGER, PLANNER):
        assert as_staff(demo, email).get("/manage/audit").status_code == 404


def test_everything_that_is_written_down_has_words() -> None:
    used: set[str] = set()
    for path in (ROOT / "platform").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record" and len(node.args) > 2:
                word = node.args[2]
                if isinstance(word, ast.Constant):
                    used.add(str(word.value))
    assert len(used) > 10 and used <= set(ACTIONS), used - set(ACTIONS)


@pytest.mark.parametrize("whose", ["guardian", "employee"])
def test_an_administrator_takes_off_a_lost_second_proof_and_the_person_is_told(demo: Application, whose: str) -> None:
    staff, child = as_staff(demo, ADMINISTRATOR), first_child(demo)
    if whose == "employee":
        person = visitor(demo, "quadrant")
        person.log_in_staff("planner")
        username = PLANNER
        with rows(demo) as session:
            employee = session.scalars(select(Employee).where(Employee.email == PLANNER)).one()
        page = f"/manage/staff/{employee.id}"
        action = f"{page}/second-proof/remove"
    else:
        person = visitor(demo, "quadrant").log_in()
        username = families_of(person.tenant)[0].username
        add_passkey(person, Device(f"{person.tenant.subdomain}.localhost"))
        with rows(demo) as session:
            guardian = session.scalars(
                select(Guardian).where(Guardian.email == families_of(person.tenant)[0].username)
            ).one()
            child = session.scalars(select(Child).where(Child.family_id == guardian.family_id)).first() or child
        page = f"/staff/child/{child.id}"
        action = f"{page}/guardian/{guardian.id}/second-proof/remove"
    assert "Haal de code en de passkeys eraf" in words(staff.get(page))
    for other in (MANAGER, MENTOR, EDUCATOR):
        assert as_staff(demo, other).post(action).status_code == 404
    assert person.get("/account").status_code == 200
    assert "eraf gehaald" in words(staff.get(staff.post(action).location))
    assert "Haal de code en de passkeys eraf" not in words(staff.get(page))
    assert person.get("/account").status_code == 302, "logged out at once"
    with rows(demo) as session:
        account = session.scalars(select(Account).where(Account.username == username)).one()
        assert account.totp_secret is None and count_of(session, account.id) == 0
        assert "second proof taken off" in [each.action for each in session.scalars(select(AuditEntry))]
        told = session.scalars(
            select(OutgoingMail).where(OutgoingMail.kind == "second_proof").order_by(OutgoingMail.id)
        ).all()
        assert "Inloggen met een code is uitgezet" in [each.subject for each in told]
