"""What staff see and do is the organisation's to say: `rights` in its file, before the table of the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.records.family import Child, Guardian
from spelregel.records.rights import RIGHTS, SETTABLE, STAFF, roles_with
from spelregel.storage.session import tenant_session
from spelregel.tenancy.check import check_text
from tests.browse import Visitor, visitor_as, words
from tests.conftest import ROOT, Clock, open_portal, tenant_from

SOURCE = (ROOT / "tenants" / "quadrant.yaml").read_text("utf-8")


def test_every_right_that_the_language_knows_is_one_of_the_program_and_the_other_way_round() -> None:
    schema = json.loads((ROOT / "schemas" / "rights.schema.json").read_text("utf-8"))
    assert set(schema["properties"]) == SETTABLE <= set(RIGHTS)
    for right, says in schema["properties"].items():
        assert ("administrator", *says["items"]["enum"]) == (STAFF[-1], *STAFF[:-1])
        assert "administrator" in RIGHTS[right], "who may give roles may give themselves every right"


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        (None, ("mentor", "location_manager", "planner", "administrator")),
        ("[]", ("administrator",)),
        ("[educator]", ("educator", "administrator")),
    ],
)
def test_what_the_file_says_counts_before_the_table(said: str | None, roles: tuple[str, ...]) -> None:
    own = tenant_from(SOURCE + (f"\nrights:\n  see_guardians: {said}\n" if said else "")).rights
    assert roles_with("see_guardians", own) == roles
    assert roles_with("see_children", own) == STAFF


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("manage_staff: [planner]", "manage_staff"),
        ("see_guardians: [administrator]", "administrator"),
        ("see_guardians: [guardian]", "guardian"),
        ("see_guardians: [planner, planner]", "planner"),
    ],
)
def test_what_no_file_may_give_is_refused_by_name(text: str, word: str) -> None:
    checked = check_text((SOURCE + f"\nrights:\n  {text}\n").encode(), "x.yaml")
    assert checked.tenant is None
    assert any(word in str(problem.message) for problem in checked.problems)


@pytest.fixture
def closed(tmp_path: Path, clock: Clock) -> Application:
    """An organisation in which educators see telephone numbers, mentors no longer, and only administrators the children
    of a planner."""
    (tmp_path / "quadrant.yaml").write_text(
        SOURCE + "\nrights:\n  see_guardians: [educator]\n  see_children: [educator, mentor, location_manager]\n"
        "  manage_custody: [location_manager]\n", "utf-8"
    )  # fmt: skip
    return open_portal(f"sqlite:///{tmp_path / 'x.db'}", clock, tenants=tmp_path)


def test_the_pages_follow_the_file(closed: Application) -> None:
    house = closed.registry.snapshot.tenant("quadrant")
    assert house
    family = families_of(house)[0]
    with tenant_session(closed.engine, "quadrant") as session:
        guardian = session.scalars(select(Guardian).where(Guardian.email == family.username)).one()
        children = session.scalars(select(Child).where(Child.family_id == guardian.family_id)).all()

    def card(who: Visitor) -> str:
        pages = [who.get(f"/staff/child/{each.id}") for each in children]
        return " ".join(words(page) for page in pages if page.status_code == 200)

    educator, mentor, planner = (visitor_as(closed, house, role) for role in ("educator", "mentor", "planner"))
    manager, administrator = (visitor_as(closed, house, role) for role in ("location_manager", "administrator"))
    assert guardian.email in card(educator) and guardian.email in card(administrator)
    assert card(mentor) and guardian.email not in card(mentor)
    assert planner.get("/staff").status_code == 404 and card(planner) == ""
    bar = f"/staff/child/{children[0].id}/guardian/{guardian.id}/bar"
    assert mentor.post(bar).status_code == educator.post(bar).status_code == 404
    assert manager.post(bar).status_code == 303, "given by the file"
    closed.engine.dispose()
