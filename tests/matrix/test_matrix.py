"""Nobody gets, changes or learns of anything that is not theirs: every route, everybody, every kind of id."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from spelregel.portal.absence import parent_views as absence
from spelregel.records.absences import AbsenceDraft
from spelregel.records.family import Child
from spelregel.storage.session import TenantSession
from spelregel.web import login
from tests.conftest import PROVE
from tests.matrix.features import NEVER_COUNTED, NOTED_BY_READING
from tests.matrix.tries import all_tries, ask, means, portal_routes, run
from tests.matrix.world import Asker, World

TRIES = 24_000 if PROVE else 1_500


def test_the_world_has_everybody_and_a_row_of_every_kind(world: World) -> None:
    names = " ".join(asker.name for asker in world.askers)
    for who in (
        "guardian",
        "barred guardian",
        "educator",
        "mentor",
        "location_manager",
        "planner",
        "administrator",
        "elsewhere",
        "nobody",
        "over",
    ):
        assert who in names
    kinds = {(table, owner.tenant) for table, owner in world.rows.values()}
    assert len({tenant for _, tenant in kinds}) == 2
    assert {table for table, _ in kinds} >= {
        "child",
        "guardian",
        "absence",
        "decision",
        "absence_draft",
        "login_session",
        "one_time_link",
    }
    assert len(world.canaries) > 200


def test_a_foreign_id_is_answered_as_an_id_of_nobody_and_changes_and_shows_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run(world, all_tries(world, TRIES))
    with capsys.disabled():
        print(
            f"\n{outcome.tries} tries with foreign ids on {world.app.engine.dialect.name}: {len(outcome.faults)} faults"
        )
    assert outcome.faults == []
    assert outcome.tries >= (20_000 if PROVE else 1_000)


def every_page(world: World, asker: Asker) -> list[str]:
    """What this person is shown that is somebody else's, on all pages without an id in their path."""
    faults = []
    for route in portal_routes(world):
        if route.method == "GET" and "<" not in route.path:
            answer = ask(world, asker, route, {})
            assert answer.status_code < 500
            faults += [
                f"{route.path} to {asker.name}: {leak}"
                for leak in world.seen(asker, answer.get_data(as_text=True), set())
            ]
    return faults


def test_no_page_shows_anybody_what_is_not_theirs(world: World) -> None:
    assert [fault for asker in world.askers for fault in every_page(world, asker)] == []


def all_children(_session: Any = None) -> list[Child]:
    return list(login.database().scalars(select(Child)))


def of_guardians(world: World) -> list[Asker]:
    return [asker for asker in world.askers if asker.role == "guardian"]


def test_the_matrix_sees_it_when_a_page_forgets_whose_children_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a parent gets all children of the organisation. The walls still keep the other organisation out."""
    monkeypatch.setattr(login, "children_of_guardian", lambda *_: all_children())
    faults = run(world, all_tries(world, 400, askers=of_guardians(world))).faults
    faults += [fault for asker in of_guardians(world) for fault in every_page(world, asker)]
    assert any("answers 200" in fault for fault in faults)
    assert any("shows" in fault or "to guardian" in fault for fault in faults)
    assert not [fault for fault in faults if "wrote" not in fault and "deroef" in fault.partition("shows")[2]]


def test_the_matrix_sees_it_when_a_view_forgets_whose_draft_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_any(session: TenantSession, draft_id: str, _account_id: str) -> AbsenceDraft | None:
        return session.scalars(select(AbsenceDraft).where(AbsenceDraft.id == draft_id)).one_or_none()

    monkeypatch.setattr(absence, "find_draft", find_any)
    routes = [route for route in portal_routes(world) if route.endpoint == "absence.confirm"]
    assert any(
        "a absence_draft" in fault for fault in run(world, all_tries(world, 1_500, routes, of_guardians(world))).faults
    )


def test_the_matrix_sees_the_other_organisation_when_both_walls_are_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a page that forgets its check and walls, nothing leaks across (above); without the walls it does."""
    from sqlalchemy.orm import Session

    def past_walls() -> Any:
        return Session(world.past_walls)

    monkeypatch.setattr(login, "children_of_guardian", lambda *_: list(past_walls().scalars(select(Child))))
    monkeypatch.setattr("spelregel.storage.session._must_be_own", lambda *_: None)
    faults = [fault for asker in of_guardians(world)[:1] for fault in every_page(world, asker)]
    assert any("deroef" in fault for fault in faults)


# Allowed and refused, cell by cell


#: Right -> who has it, written down a second time: a cell that changes must change here too.
STAFF = {"educator", "mentor", "location_manager", "planner", "administrator"}
CELLS = {
    "own_account": {"guardian", *STAFF},
    "read_conditions": {"guardian", *STAFF},
    "own_family": {"guardian"},
    "see_children": STAFF,
    "see_guardians": STAFF - {"educator"},
    "send_invitations": {"location_manager", "planner", "administrator"},
    "manage_custody": {"administrator"},
    "manage_staff": {"administrator"},
    "manage_tablets": {"location_manager", "administrator"},
    "read_audit": {"administrator"},
    "grant_support": {"administrator"},
}


def test_every_right_is_for_these_roles_and_no_other() -> None:
    from spelregel.records.rights import RIGHTS

    assert {right: set(roles) for right, roles in RIGHTS.items()} == CELLS


def only_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything happens but the commit."""
    monkeypatch.setattr(TenantSession, "commit", TenantSession.flush)


def own_ids(world: World, asker: Asker, names: tuple[str, ...]) -> dict[str, str] | None:
    found = {name: world.own(asker, table) if (table := means(name)) else None for name in names}
    return {name: each for name, each in found.items() if each} if all(found.values()) else None


def test_each_role_gets_what_it_may_and_nothing_else_is_there_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_try(monkeypatch)
    one_of_each = {asker.role: asker for asker in reversed(world.askers) if asker.role and asker.children}
    assert set(one_of_each) == {"guardian", *STAFF}
    cells, wrong = 0, []
    for route in portal_routes(world):
        if route.public or not set(route.roles) & set(one_of_each):
            continue
        for role, asker in one_of_each.items():
            ids = own_ids(world, asker, route.ids)
            if role in route.roles:
                assert ids is not None, (
                    f"{route.path}: nothing of its own for {role}; say in features.MEANS what its ids are of"
                )
            answer = ask(world, asker, route, ids or dict.fromkeys(route.ids, "0" * 32))
            there = answer.status_code not in (404, 405, 500) and "/login" not in (answer.location or "")
            cells += 1
            if there != (role in route.roles):
                wrong.append(f"{route.method} {route.path} for {role}: {answer.status_code} {answer.location or ''}")
    assert wrong == []
    assert cells >= 60 + len(CELLS) * len(one_of_each)


# Requests from elsewhere, reading, cookies

ELSEWHERE = ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "null"},
             {"Origin": "https://deroef.portal.example"}, {"Origin": "https://evil.example"})  # fmt: skip


def test_nothing_is_changed_by_a_request_that_another_site_sent(world: World) -> None:
    before, tried = world.state(set()), 0
    for route in portal_routes(world):
        if route.method == "GET":
            continue
        for asker in [*of_guardians(world)[:1], *(each for each in world.askers if each.role == "administrator")]:
            for headers in ELSEWHERE:
                ids = own_ids(world, asker, route.ids) or dict.fromkeys(route.ids, "0" * 32)
                assert ask(world, asker, route, ids, headers=headers).status_code == 403, (route, headers)
                tried += 1
    assert tried > 40
    assert world.state(set()) == before


def test_reading_changes_nothing(world: World) -> None:
    but = NEVER_COUNTED | NOTED_BY_READING
    before = world.state(but)
    for route in portal_routes(world):
        if route.method == "GET":
            for asker in world.askers:
                ids = own_ids(world, asker, route.ids) or dict.fromkeys(route.ids, "0" * 32)
                assert ask(world, asker, route, ids).status_code < 500, route
    assert world.state(but) == before


def test_every_cookie_is_of_this_host_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    only_try(monkeypatch)
    cookies = []
    for route in portal_routes(world):
        for asker in world.askers:
            ids = own_ids(world, asker, route.ids) or dict.fromkeys(route.ids, "0" * 32)
            cookies += ask(world, asker, route, ids).headers.getlist("Set-Cookie")
            if route.endpoint == "account.login_form":
                language = Asker("x", None, cookie=asker.cookie)
                cookies += ask(world, language, route, {"lang": "en"}).headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert cookie.startswith("__Host-") and {"secure", "httponly", "path=/"} <= parts, cookie
        assert parts & {"samesite=lax", "samesite=strict"} and not any(part.startswith("domain") for part in parts), (
            cookie
        )
