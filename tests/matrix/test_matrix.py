"""Nobody gets, changes or learns of anything that is not theirs: every route, everybody, every kind of id."""

from __future__ import annotations

import email
import email.policy
import itertools
import logging
import random
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import select, update
from werkzeug.test import Client

from spelregel.cli import main
from spelregel.notify.carriers import carrier_for
from spelregel.portal.absence import parent_views as absence
from spelregel.portal.staff import staff_views
from spelregel.portal.tablets import staff_views as tablet_views
from spelregel.records import link_requests, looks_at_child, support_grants
from spelregel.records.absences import AbsenceDraft
from spelregel.records.audit import ACTIONS, Actor, record
from spelregel.records.family import Child
from spelregel.records.locations import CareGroup, Place, list_places
from spelregel.records.login_sessions import LoginSession
from spelregel.storage.session import TenantSession, tenant_session
from spelregel.web import login
from spelregel.web.login import mark_of
from spelregel.web.routes import Route
from tests.conftest import PROVE
from tests.matrix.features import NEVER_COUNTED, NOTED_BY_READING
from tests.matrix.tries import Ears, all_tries, ask, means, notes, plain, portal_routes, run
from tests.matrix.world import BASE, DEVICE, NAMES, PASSWORD, ROW_ID, STATUS_TOKEN, TABLES, Asker, World

TRIES = 20_400 if PROVE else 1_000


def test_the_world_has_everybody_and_a_row_of_every_kind(world: World) -> None:
    names = " ".join(asker.name for asker in world.askers)
    for who in (
        "guardian",
        "barred guardian",
        "held guardian",
        "educator",
        "mentor",
        "location_manager",
        "planner",
        "administrator",
        "tablet of a group",
        "tablet of a location",
        "educator on a tablet",
        "administrator on a tablet",
        "guardian 3 of elsewhere",
        "tablet of a group 17 of elsewhere",
        "nobody",
        "over",
        "without the tablet",
        "on another tablet",
        "unpaired",
    ):
        assert (
            who.split()[0] in names and who.split()[-1] in names and who.partition(" 3")[0].partition(" 17")[0] in names
        )
    kinds = {(table, owner.tenant) for table, owner in world.rows.values()}
    assert kinds == {(table, name) for table in set(TABLES) - NEVER_COUNTED for name in NAMES}
    # texts, secrets of apps, hashes of words and the words themselves
    planted = {table for table, _, _ in world.canaries.values()}
    assert planted >= {"child", "guardian", "employee", "account", "family", "location", "care_group", "tablet", "passkey",
                       "one_time_link", "link_request", "support_visit", "support_code", "outgoing_mail", "login_session"}  # fmt: skip
    assert {column for _, column, _ in world.canaries.values()} >= {"totp_secret", "totp_offered", "facts", "remarks"}
    assert {each.partition(".")[0] for each in world.hashes.values()} >= {
        "tablet", "pairing_code", "recovery_code", "one_time_link", "login_session", "known_device", "passkey_riddle", "support_visit",
    }  # fmt: skip
    assert len(world.canaries) > 600 and len(world.hashes) > 400 and len(world.words) > 300


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


def one_of_each_kind(world: World) -> list[Asker]:
    return list({re.sub(r"\d+", "", asker.name): asker for asker in reversed(world.askers)}.values())


def everybody_or_few(world: World) -> list[Asker]:
    """Of a test that asks the same of all: `./dev prove` does; a default run asks one of each kind that gets in somewhere,
    and one who does not."""
    few = [asker for asker in one_of_each_kind(world) if asker.role is not None]
    return world.askers if PROVE else [*few, Asker("nobody", None)]


def every_page(world: World, asker: Asker) -> list[str]:
    """What this person is shown that is somebody else's, on all pages without an id in their path."""
    faults = []
    for route in portal_routes(world):
        if route.method == "GET" and "<" not in route.path:
            answer = ask(world, asker, route, {})
            assert answer.status_code < 500
            told = f"{answer.headers} {answer.get_data(as_text=True)}"
            faults += [f"{route.path} to {asker.name}: {leak}" for leak in world.seen(asker, told, set())]
    return faults


def test_no_page_shows_anybody_what_is_not_theirs(world: World) -> None:
    askers = [asker for asker in world.askers if PROVE or asker.role is not None]
    assert [fault for asker in askers for fault in every_page(world, asker)] == []


def all_children() -> list[Child]:
    return list(login.database().scalars(select(Child)))


def give_children(monkeypatch: pytest.MonkeyPatch, children: Callable[[], list[Child]]) -> None:
    """To every guardian these, instead of those that are read together with the session."""
    monkeypatch.setattr(login, "_read_with_session", lambda _account_id: None)
    monkeypatch.setattr(login, "children_of_guardian", lambda *_: children())


def of_guardians(world: World) -> list[Asker]:
    return [asker for asker in world.askers if asker.role == "guardian" and asker.is_free]


def test_the_matrix_sees_it_when_a_page_forgets_whose_children_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a parent gets all children of the organisation. The walls still keep the other organisation out."""
    give_children(monkeypatch, all_children)
    monkeypatch.setitem(world.app.portal.config, "STEPS", ())  # else they are all held for the consents of the others
    routes = [each for each in portal_routes(world) if "guardian" in each.roles and "child_id" in each.ids]
    faults = run(world, all_tries(world, 200, routes, of_guardians(world))).faults
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
        "a absence_draft" in fault for fault in run(world, all_tries(world, 100, routes, of_guardians(world))).faults
    )


def test_the_matrix_sees_the_other_organisation_when_both_walls_are_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a page that forgets its check and walls, nothing leaks across (above); without the walls it does."""
    from sqlalchemy.orm import Session

    def past_walls() -> Any:
        return Session(world.past_walls)

    give_children(monkeypatch, lambda: list(past_walls().scalars(select(Child))))
    monkeypatch.setattr("spelregel.storage.session._must_be_own", lambda *_: None)
    faults = [fault for asker in of_guardians(world)[:1] for fault in every_page(world, asker)]
    assert any("deroef" in fault for fault in faults)


def all_groups(*_: Any) -> set[str]:
    return set(login.database().scalars(select(CareGroup.id)))


def all_places(*_: Any) -> list[Place]:
    return list_places(login.database())


def staff_near_and_far(world: World) -> list[Asker]:
    return [asker for asker in world.askers if asker.is_free and asker.role not in ("guardian", DEVICE)]


def test_the_matrix_sees_it_when_staff_reach_further_than_their_groups(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: every group is one's own. Another location's child, its guardians and its log lines show at once."""
    monkeypatch.setattr(staff_views, "own_groups", all_groups)
    askers = staff_near_and_far(world)
    routes = [route for route in portal_routes(world) if route.endpoint == "staff.child"]
    faults = run(world, all_tries(world, 150, routes, askers)).faults
    assert any("a child of" in fault and "answers 200" in fault for fault in faults)
    assert any("shows" in fault for fault in faults)
    assert any("to educator" in fault for asker in askers for fault in every_page(world, asker))


def test_the_matrix_sees_it_when_a_manager_reaches_tablets_of_another_location(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tablet_views, "own_places", all_places)
    only_try(monkeypatch)  # else nothing is left to unpair
    askers = [asker for asker in staff_near_and_far(world) if asker.role == "location_manager"]
    routes = [route for route in portal_routes(world) if route.path.startswith("/manage/tablets")]
    faults = run(world, all_tries(world, 150, routes, askers)).faults
    assert any("tablets.unpair" in fault and "a tablet of" in fault for fault in faults)
    assert any("tablets.new_code" in fault and "a care_group of" in fault for fault in faults)
    assert any("/manage/tablets to location_manager" in fault for asker in askers for fault in every_page(world, asker))


def test_the_matrix_sees_it_when_a_tablet_opens_more_than_its_own_groups(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spelregel.records.tablets.groups_of", all_groups)
    on_tablets = [asker for asker in world.askers if asker.on_tablet]
    assert any("to administrator on a tablet" in fault for asker in on_tablets for fault in every_page(world, asker))


# Support looks along, as one person


def looks(world: World) -> list[Asker]:
    """A look as the first parent, as one who works on one group, and one that another organisation let somebody have."""
    granted_by = next(
        asker for asker in world.everybody if asker.role == "administrator" and asker.whole and asker.home == world.here
    )
    near = [of_guardians(world)[0], next(asker for asker in staff_near_and_far(world) if asker.role == "educator")]
    elsewhere = next(
        asker for asker in world.everybody if asker.home not in (None, world.here) and asker.role == "administrator"
    )
    found = []
    for asker in (*near, elsewhere):
        home = asker.home or ""
        by = granted_by if home == world.here else asker
        with tenant_session(world.app.engine, home, writing=True) as session:
            ends = world.clock() + timedelta(hours=4)
            _, secret = support_grants.grant_look(session, asker.account, by.account, "x", ends, world.clock())
            opened = support_grants.open_look(session, secret, None, world.clock())
            assert opened
            session.commit()
        role = asker.role if home == world.here else None
        found.append(replace(asker, name=f"a look as {asker.name}", role=role, cookie="", session="", look=opened[1]))
        world.words[opened[1]] = f"the cookie of a look as {asker.name}"
    return found


def test_who_looks_along_is_shown_no_more_than_that_person_and_changes_nothing(world: World) -> None:
    """But for a line in the organisation's own log for each page: that support looked at it."""
    looking = looks(world)
    written = frozenset({"audit_entry"})
    before, noted = world.state(NEVER_COUNTED | written), notes(world)
    outcome = run(world, all_tries(world, TRIES // 10, askers=looking), written)
    assert outcome.faults == [] and outcome.tries >= TRIES // 10
    assert {cookie.partition(";")[0] for cookie in outcome.cookies} == {"__Host-look="}, (
        "of another organisation's look"
    )
    assert [fault for asker in looking for fault in every_page(world, asker)] == []
    assert world.state(NEVER_COUNTED | written) == before
    new = [row for key, row in notes(world).items() if key not in noted and row["table"] == "audit_entry"]
    assert {row["action"] for row in new} == {"looked at a page", "refused while looking"}
    assert {row["tenant_id"] for row in new} == {world.here}
    assert {row["account_id"] for row in new} == {asker.account for asker in looking[:2]}


def test_the_matrix_sees_it_when_a_look_opens_more_pages_than_that_persons(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = looks(world)[:1]
    give_children(monkeypatch, all_children)
    assert any("to a look" in fault for fault in every_page(world, looking[0]))


# Words that open something, in somebody else's hands


def worth_nothing(world: World, route: Route, asker: Asker, secret: str) -> list[str]:
    """The secret of a link that must be answered as one that never was."""
    made_up = secrets.token_urlsafe(32)
    answer, expected = (ask(world, asker, route, {"secret": each}) for each in (secret, made_up))
    faults = []
    if plain(answer, {secret}) != plain(expected, {made_up}):
        faults.append(f"{route.method} {route.path} by {asker.name}: {answer.status_code}, not {expected.status_code}")
    told = f"{answer.headers} {answer.get_data(as_text=True)}"
    return faults + [f"{route.path} by {asker.name} shows {leak}" for leak in world.seen(asker, told, {secret})]


PURPOSES = {"activate": "/activate/", "reset": "/reset/", "email": "/confirm-email/", "undo_email": "/undo-email/",
            "look": "/support-look/", "calendar": "/calendar/"}  # fmt: skip


def test_a_link_of_another_organisation_or_for_something_else_is_worth_nothing_to_anybody(world: World) -> None:
    before, tried, faults = world.state(), 0, []
    by_link = [route for route in portal_routes(world) if route.roles == ("link",)]
    assert {route.path.removesuffix(".ics") for route in by_link} == {f"{path}<secret>" for path in PURPOSES.values()}
    chance = random.Random(3)
    holders = [asker for asker in world.askers if asker.is_free or asker.role is None]
    links = list(world.links.items())
    for (name, purpose, _), secret in links if PROVE else chance.sample(links, 24):
        for route in by_link:
            if name == world.here and route.path.startswith(PURPOSES[purpose]):
                continue  # this one opens something
            for asker in chance.sample(holders, 8 if PROVE else 1):
                faults += worth_nothing(world, route, asker, secret)
                tried += 1
    assert faults == [] and tried > (5_000 if PROVE else 150)
    assert world.state() == before


def test_who_holds_a_link_sees_of_whom_it_is_and_nothing_of_anybody_else(world: World) -> None:
    """Also while somebody else is logged in on that device. Opening it changes nothing."""
    before, faults, opened = world.state(), [], 0
    people = {asker.account: asker for asker in world.everybody if asker.home == world.here and not asker.tablet}
    parent, administrator = of_guardians(world)[0], next(a for a in world.askers if a.role == "administrator")
    for route in portal_routes(world):
        for (name, purpose, account), secret in world.links.items():
            if name != world.here or account not in people or not route.path.startswith(PURPOSES[purpose]):
                continue
            for asker in (Asker("nobody", None), parent, administrator):
                if route.method == "GET":
                    answer = ask(world, asker, route, {"secret": secret})
                    opened += answer.status_code == 200
                    told = f"{answer.headers} {answer.get_data(as_text=True)}"
                    faults += [
                        f"{route.path}: {leak}" for leak in world.seen(people[account], told, {secret, asker.cookie})
                    ]
    assert faults == [] and opened > 50
    assert world.state() == before


def test_cookies_of_another_organisation_and_of_an_unpaired_tablet_open_what_no_cookie_opens(world: World) -> None:
    before, faults = world.state(), []
    lost = [asker for asker in world.askers if asker.role is None and (asker.cookie or asker.tablet)]
    assert len(lost) >= 12
    for route in portal_routes(world):
        if not route.public and route.roles != ("link",):
            expected = plain(ask(world, Asker("nobody", None), route, {}), set())
            for asker in lost:
                answer = ask(world, asker, route, {})
                if plain(answer, set()) != expected:
                    faults.append(f"{route.method} {route.path} by {asker.name}: {answer.status_code}")
                told = f"{answer.headers} {answer.get_data(as_text=True)}"
                faults += [f"{route.path} by {asker.name} shows {leak}" for leak in world.seen(asker, told, set())]
    assert faults == []
    assert world.state() == before


def test_codes_of_another_organisation_or_person_are_wrong_codes(world: World) -> None:
    routes = {route.endpoint: route for route in portal_routes(world)}
    before, addresses = world.state(), (f"192.0.2.{number}" for number in range(1, 250))
    for code in world.pairing[NAMES[1]]:
        answers = [ask(world, Asker("nobody", None), routes["tablets.pair"], {"code": each}, address=next(addresses))
                   for each in (code, "BCDF-GHJK")]  # fmt: skip
        assert answers[0].status_code == answers[1].status_code == 403
        assert plain(answers[0], {code}) == plain(answers[1], {code})
    waiting = next(asker for asker in staff_near_and_far(world) if asker.role == "educator")
    with tenant_session(world.app.engine, world.here, writing=True) as session:
        session.execute(update(LoginSession).where(LoginSession.id == waiting.session).values(waits_for_proof=True))
        session.commit()
    others = [next(codes for (name, account), codes in world.recovery.items() if name == there and account != waiting.account)[0]
              for there in NAMES]  # fmt: skip
    kept = {row_id: token for token, (_, column, row_id) in world.canaries.items() if column == "totp_secret"}
    apps = [pyotp.TOTP(secret).at(world.clock()) for row_id, secret in kept.items() if row_id != waiting.account][:3]
    wrong = [{"recovery": each} for each in (*others, "aaaa-bbbb-cccc")] + [
        {"code": each} for each in (*apps, "000000")
    ]
    answers = [ask(world, waiting, routes["credentials.prove"], each, address=next(addresses)) for each in wrong]
    assert {answer.status_code for answer in answers} == {403}
    assert len({plain(answer, set()) for answer in answers}) == 2
    with tenant_session(world.app.engine, world.here, writing=True) as session:
        session.execute(update(LoginSession).where(LoginSession.id == waiting.session).values(waits_for_proof=False))
        session.commit()
    assert world.state() == before


# Two guardians of one child


def test_no_guardian_learns_that_or_what_the_other_one_did(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything there is to do, done by the other: each page stays as it was. What staff did shows, so that could be seen."""
    one, other = next((a, b) for a, b in itertools.permutations(of_guardians(world), 2) if a.children & b.children)
    shared = sorted(one.children & other.children)
    assert shared and one.account != other.account
    pages = [(route, {"child_id": child}) for route in portal_routes(world) for child in shared
             if route.method == "GET" and "guardian" in route.roles and set(route.ids) <= {"child_id"} and not route.public]  # fmt: skip
    assert len({route.path for route, _ in pages}) > 15

    def read() -> list[Any]:
        return [plain(ask(world, one, route, {n: ids[n] for n in route.ids}), set()) for route, ids in pages]

    def write(account: str, *through: str) -> None:
        with tenant_session(world.app.engine, world.here, writing=True) as session:
            for action in ACTIONS:
                for way in through:
                    record(session, Actor(account, way, "198.51.100.7"), action, world.clock() + timedelta(hours=1), about="child",
                           about_id=shared[0], child_id=shared[0])  # fmt: skip
            session.commit()

    read()  # refusals have their codes after this
    before = read()
    write(other.account, "portal", "link")
    assert read() == before
    monkeypatch.setattr(looks_at_child, "NOT_A_GUARDIAN", (*looks_at_child.NOT_A_GUARDIAN, "link"))
    assert read() != before, "with the filter off it shows"
    monkeypatch.undo()
    assert read() == before
    write(next(asker.account for asker in staff_near_and_far(world) if asker.role == "mentor"), "portal")
    assert read() != before


# Allowed and refused, cell by cell


#: Right -> who has it, written down a second time: a cell that changes must change here too.
STAFF = {"educator", "mentor", "location_manager", "planner", "administrator"}
CELLS = {
    "own_account": {"guardian", *STAFF},
    "read_conditions": {"guardian", *STAFF},
    "own_family": {"guardian"},
    "see_children": STAFF,
    "have_pin": STAFF,
    "judge_requests": STAFF,
    "approve_beyond_limit": {"location_manager", "planner", "administrator"},
    "keep_study_list": STAFF,
    "export_study_list": {"location_manager", "planner", "administrator"},
    "see_guardians": STAFF - {"educator"},
    "send_invitations": {"location_manager", "planner", "administrator"},
    "see_private_details": {"administrator"},
    "manage_custody": {"administrator"},
    "disable_accounts": {"administrator"},
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
    found: dict[str, str] = {}
    for name in names:
        own = world.own(asker, means(name) or "", tuple(found.values()))
        if own is None:
            return None
        found[name] = own
    return found


def test_each_role_gets_what_it_may_and_nothing_else_is_there_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_try(monkeypatch)
    one_of_each = {asker.role: asker for asker in reversed(world.askers) if asker.is_free and asker.children}
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
            sent_away = (answer.location or "").startswith(("/login?after", "/login?unsent"))
            there = answer.status_code not in (404, 405, 500) and not sent_away
            cells += 1
            if there != (role in route.roles):
                wrong.append(f"{route.method} {route.path} for {role}: {answer.status_code} {answer.location or ''}")
    assert wrong == []
    assert cells >= 60 + len(CELLS) * len(one_of_each)


#: What is open to who showed a PIN on a shared tablet, whatever else their role may.
ON_A_TABLET = {"see_children", "judge_requests", "keep_study_list"}


def test_on_a_shared_tablet_a_pin_opens_the_children_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_try(monkeypatch)
    wrong, cells = [], 0
    for route in portal_routes(world):
        if route.public or ("guardian" in route.roles and not set(route.roles) & STAFF):
            continue
        for asker in [each for each in everybody_or_few(world) if each.on_tablet]:
            if not set(route.roles) & STAFF:
                continue
            ids = own_ids(world, asker, route.ids) or dict.fromkeys(route.ids, "0" * 32)
            answer = ask(world, asker, route, ids)
            there, cells = answer.status_code not in (404, 405, 500), cells + 1
            if there != (asker.role in route.roles and mark_of(world.app.portal, route.endpoint) in ON_A_TABLET):
                wrong.append(
                    f"{route.method} {route.path} for {asker.name}: {answer.status_code} {answer.location or ''}"
                )
    assert wrong == []
    assert cells > (200 if PROVE else 100)


def test_a_paired_tablet_opens_its_own_pages_and_no_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    only_try(monkeypatch)
    tablet = next(asker for asker in world.askers if asker.role == DEVICE and asker.places)
    account = next(
        row_id for row_id, (table, owner) in world.rows.items() if table == "account" and owner.id in tablet.on_screen
    )
    of_device = [route for route in portal_routes(world) if route.roles == (DEVICE,)]
    assert len(of_device) >= 3
    for route in of_device:
        found = ask(world, tablet, route, dict.fromkeys(route.ids, account))
        assert found.status_code in (200, 303) and "/tablet/pair" not in (found.location or ""), route
        assert ask(world, Asker("nobody", None), route, dict.fromkeys(route.ids, account)).location == "/tablet/pair"
    for route in portal_routes(world):
        if not route.public and set(route.roles).isdisjoint({DEVICE, "link"}):
            assert ask(world, tablet, route, dict.fromkeys(route.ids, "0" * 32)).location == "/tablet", route


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
    """But for what is written down about it (NOTED_BY_READING), and that is of the organisation that was read."""
    before, noted = world.state(NEVER_COUNTED | NOTED_BY_READING), notes(world)
    for route in portal_routes(world):
        if route.method == "GET":
            for asker in everybody_or_few(world):
                ids = own_ids(world, asker, route.ids) or dict.fromkeys(route.ids, "0" * 32)
                assert ask(world, asker, route, ids).status_code < 500, route
    assert world.state(NEVER_COUNTED | NOTED_BY_READING) == before
    after = notes(world)
    assert all(after[key] == row for key, row in noted.items())
    new = [row for key, row in after.items() if key not in noted]
    assert new and {row["tenant_id"] for row in new} == {world.here}
    foreign = {row_id for row_id, (_, owner) in world.rows.items() if owner.tenant != world.here}
    assert not foreign & set(ROW_ID.findall(repr(new)))


def test_every_cookie_is_of_this_host_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    only_try(monkeypatch)
    cookies = []
    for route in portal_routes(world):
        for asker in everybody_or_few(world):
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


# Mails, exports, and who runs the platform


def letters(folder: Path) -> list[tuple[str, str]]:
    """Of each file that was written: to whom, and all that stands in it."""
    found = []
    for path in sorted(folder.rglob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        parts = [part.get_content() for part in message.walk() if not part.is_multipart()]
        found.append(
            (str(message["To"]), "\n".join([*(f"{name}: {value}" for name, value in message.items()), *parts]))
        )
    return found


def test_every_mail_holds_what_is_its_readers_and_links_to_their_own_portal_alone(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After everything that sends mail was done in both organisations: every file that is written, read."""
    routes, ears = {route.endpoint: route for route in portal_routes(world)}, Ears()
    logging.getLogger().addHandler(ears)
    with world.past_walls.connect() as connection:
        names = [
            (row["tenant_id"], row["username"]) for row in connection.execute(select(TABLES["account"])).mappings()
        ]
    for number, (name, username) in enumerate(names):
        with tenant_session(world.app.engine, name, writing=True) as session:
            link_requests.ask_for_link(session, username, world.clock())
            session.commit()
        # what is somebody's there, and nobody's here
        answer = ask(world, Asker("nobody", None), routes["links.ask_for_link"], {"username": username}, address=f"203.0.113.{number}")  # fmt: skip
        assert (answer.status_code, answer.location) == (303, "/forgot?sent=yes")
    administrator = next(asker for asker in world.askers if asker.role == "administrator" and asker.whole)
    done = 0
    for child, guardian in sorted((c, g) for c, g in world.together if c in administrator.children):
        answer = ask(world, administrator, routes["staff.invite"], {"child_id": child, "guardian_id": guardian})
        assert answer.status_code == 303
        done += (answer.location or "").endswith("done=invited")
    parent = of_guardians(world)[0]
    typed = {"current": PASSWORD, "new": "weer een andere lange zin", "again": "weer een andere lange zin"}
    assert (
        ask(world, parent, routes["credentials.email"], {"email": "nieuw@example.org", "current": PASSWORD}).status_code
        == 200
    )
    assert ask(world, parent, routes["credentials.password"], typed).status_code == 303
    monkeypatch.setattr(world.app.postman, "carrier", carrier_for(tmp_path))
    while world.app.postman.round().sent:
        pass
    logging.getLogger().removeHandler(ears)
    owners = {token: row_id for token, (table, column, row_id) in world.canaries.items() if column == "email"}
    persons = {(asker.home, asker.person): asker for asker in world.everybody if not asker.tablet}
    found, faults, kinds = letters(tmp_path), [], set()
    for to, text in found:
        token = to.partition("@")[0]
        if token == "nieuw":
            reader = parent
        else:
            table, owner = world.rows[owners[token]]
            reader = persons.get((owner.tenant, owner.id)) or Asker("not activated", table, owner.tenant, owner.id)
        assert reader.home
        faults += [f"to {reader.name}: {leak}" for leak in world.seen(reader, text, owned_words(world, reader))]
        kinds |= {path for path in PURPOSES.values() if path in text}
        hosts = set(re.findall(r"https?://([^/\s<>\"]+)", text))
        faults += [
            f"to {reader.name}: {host}"
            for host in hosts
            if host != world.base_url(reader.home).removeprefix("https://")
        ]
    assert faults == [] and ears.leaks(world) == []
    assert done > 0 and kinds == set(PURPOSES.values()) - {PURPOSES["look"], PURPOSES["calendar"]}
    assert len(found) > len(names) * 1.5
    to_parent = [text for to, text in found if owners.get(to.partition("@")[0]) == parent.person]
    assert any(world.seen(persons[world.here, administrator.person], text, set()) for text in to_parent), (
        "read by another it is a leak"
    )


def owned_words(world: World, reader: Asker) -> set[str]:
    return {
        secret for (name, _, account), secret in world.links.items() if (name, account) == (reader.home, reader.account)
    }


def test_what_the_commands_and_the_status_page_tell_holds_no_word_about_anybody(world: World) -> None:
    words = {"SPELREGEL_ENV": "production", "SPELREGEL_DATABASE": world.url, "SPELREGEL_TENANTS": str(world.tenants),
             "SPELREGEL_BASE_DOMAIN": BASE, "SPELREGEL_MAIL": "smtps://mail.portal.example", "SPELREGEL_CACHE": "none",
             "SPELREGEL_STATUS_TOKEN": STATUS_TOKEN, "SPELREGEL_MAIL_FROM": "portal@portal.example"}  # fmt: skip
    nobody = Asker("nobody", None)
    for command in (["mail", "list"], ["mail", "list", "--json"], ["routes"], ["routes", "--json"]):
        result = CliRunner().invoke(main, command, env=words)
        assert result.exit_code == 0, result.output
        assert len(result.output) > 20 and world.seen(nobody, result.output, set()) == []
        assert command[0] != "mail" or all(name in result.output for name in NAMES)
    for headers in ({}, {"Authorization": f"Bearer {STATUS_TOKEN}"}, {"Authorization": "Bearer wrong"}):
        answer = Client(world.app).get("/status", base_url=f"https://{BASE}", headers=headers)
        assert (answer.status_code == 200) == (headers.get("Authorization") == f"Bearer {STATUS_TOKEN}")
        assert world.seen(nobody, f"{answer.headers} {answer.get_data(as_text=True)}", set()) == []
