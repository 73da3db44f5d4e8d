"""Every route that takes something by which a person shows who it is counts the guess before it looks at it.

Made from the list of routes and what each view declares that it takes: a new door without a count fails here.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete
from werkzeug.test import Client

from spelregel.app import Application
from spelregel.demo.people import employees_of
from spelregel.records import (
    accounts,
    calendar_feeds,
    guesses,
    one_time_links,
    passwords,
    second_proof,
    support_codes,
    support_grants,
    support_visits,
    tablets,
)
from spelregel.records.accounts import Account, accounts_named
from spelregel.records.locations import list_places
from spelregel.storage.session import tenant_session
from spelregel.web.parameters import taken_by
from spelregel.web.routes import Route, routes_of
from tests.browse import Visitor, visitor, visitor_as

#: Names of what is shown; a view that takes one of them is a door.
SHOWN = {"password", "current", "code", "recovery", "pin", "secret", "ticket", "answer", "username", "token"}
#: Functions that look whether it is right.
LOOKS: tuple[Callable[..., Any], ...] = (
    passwords.matches, accounts.owner_of, accounts.taken_by_another, second_proof.use_code, second_proof.use_recovery_code,
    second_proof.confirm, one_time_links.find_link, one_time_links.use_link, support_visits.take_ticket, tablets.pair,
    support_codes.find_frozen, support_grants.find_offer, support_grants.open_look,
    calendar_feeds.find_feed,
)  # fmt: skip
NO_DOORS = {
    "account.login_form": "shows the name that was typed",
    "tablets.choose_pin": "the new PIN of who is logged in; there is no old one to guess",
    "passkeys.add": "a signature under a riddle that the password opened (passkeys.riddle, counted)",
    "passkeys.door": "a signature under a riddle; the riddles are counted (passkeys.door_riddle)",
    "console.typed": "sends on to console.code, which counts",
    "links.ask_for_link": "nothing is shown and nothing compared: how often mail can be asked for is counted",
}  # fmt: skip
COUNTED_ALL_THE_SAME = ("passkeys.door_riddle", "links.ask_for_link")


@contextmanager
def heard(refuse: bool = False) -> Iterator[list[str]]:
    """What was done, in order: "counted", or the name of what looked. `refuse`: as when the limit is reached."""
    events: list[str] = []

    def counting(*args: Any, **kwargs: Any) -> Any:
        events.append("counted")
        return None if refuse else guesses_take(*args, **kwargs)

    def looking(function: Callable[..., Any]) -> Callable[..., Any]:
        def look(*args: Any, **kwargs: Any) -> Any:
            events.append(function.__name__)
            return function(*args, **kwargs)

        return look

    guesses_take = guesses.take_guess
    instead = {id(guesses_take): counting} | {id(each): looking(each) for each in LOOKS}
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("spelregel"):
                for word, value in list(vars(module).items()):
                    if id(value) in instead:
                        patch.setattr(module, word, instead[id(value)])
        yield events


@dataclass(frozen=True)
class Door:
    flask: Flask
    route: Route

    def __str__(self) -> str:
        return f"{self.route.method} {self.route.endpoint}"


def doors(app: Application) -> list[Door]:
    assert app.console
    found = []
    for flask in (app.portal, app.console):
        for route in routes_of(flask):
            takes = taken_by(flask, route.endpoint)
            if SHOWN & {*takes.ids, *takes.plain} and route.endpoint not in NO_DOORS:
                found.append(Door(flask, route))
    return found


class Callers:
    """Everybody who can stand before a door, so that of every one somebody gets as far as showing something."""

    def __init__(self, app: Application) -> None:
        self.app = app
        staff = visitor(app, "quadrant")
        staff.log_in_staff()
        waiting = visitor(app, "quadrant")
        self.email = next(each.email for each in employees_of(staff.tenant) if each.role == "administrator")
        waiting.enter(self.email)
        educator = visitor_as(app, staff.tenant, "educator")
        educator.post("/account/pin", {"pin": "7294", "again": "7294"})
        tablet = visitor(app, "quadrant")
        with tenant_session(app.engine, "quadrant", writing=True) as session:
            code = tablets.make_code(session, "Tablet", list_places(session)[0], app.clock())
            found = tablets.pair(session, code, app.clock())
            assert found
            for place in list_places(session):
                found[0].location_id, found[0].group_id = place.location.id, None
                session.flush()
                people = tablets.employees_here(session, found[0], app.clock().date())
                if any(each.pin_hash for each, _ in people):
                    break
            self.with_pin = next(each.id for each, _ in people if each.pin_hash)
            other = next(each.email for each in employees_of(staff.tenant) if each.role == "mentor")
            self.linked = accounts_named(session, other)[0].id  # whose links are used up: nobody of those who knock
            session.commit()
        tablet.client.set_cookie("__Host-tablet", found[1], domain="quadrant.localhost", secure=True)
        self.all = [visitor(app, "deroef").log_in(), staff, waiting, tablet, visitor(app, "quadrant")]

    def links(self) -> Iterator[str]:
        """Secrets that work, of each purpose: afresh, since looking uses some of them up; and one that does not."""
        for purpose in one_time_links.LIVES:
            with tenant_session(self.app.engine, "quadrant", writing=True) as session:
                secret = one_time_links.make_link(
                    session, self.linked, purpose, self.app.clock(), value="new@example.org"
                )
                session.commit()
            yield secret
        yield secrets.token_urlsafe(32)

    def knock(self, door: Door, who: Visitor, secret: str) -> Any:
        code = support_codes.as_shown(support_codes.signs_of("quadrant") + "ABCDEF")
        words = {
            "account_id": self.with_pin,
            "secret": secret,
            "ticket": secret,
            "code": code if door.flask is self.app.console else "123456",
        }
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: words.get(found[1], "x"), door.route.path)
        fields = {"username": self.email, "password": "een heel verkeerd woord", "current": "gele-regenlaarzen", "code": "ABCD2345", "pin": "4826",
                  "new": "drie natte eenden fluiten", "again": "not twice the same", "email": "new@example.org"}  # fmt: skip
        if "console" in door.route.endpoint:
            return Client(self.app).open(path, base_url="https://support.localhost", method=door.route.method)
        if door.route.method == "GET":
            return who.get(path)
        if door.route.endpoint in ("links.activate_account", "links.reset_password"):
            fields["password"] = fields["again"] = fields["new"]
        return who.post(
            path, {name: word for name, word in fields.items() if taken_by(door.flask, door.route.endpoint).holds(name)}
        )

    def at(self, door: Door, *, refuse: bool = False) -> Iterator[tuple[list[str], Any]]:
        for name in ("quadrant", "deroef"):  # what was guessed at other doors does not count here
            with tenant_session(self.app.engine, name, writing=True) as session:
                session.execute(delete(guesses.Guess))
                session.commit()
        by_secret = "<secret>" in door.route.path or "<ticket>" in door.route.path  # whoever has it may be nobody here
        for who in self.all[-1:] if by_secret else self.all:
            for secret in self.links() if by_secret else ("x",):
                with heard(refuse) as events:
                    answer = self.knock(door, who, secret)
                yield events, answer


def not_counted(callers: Callers, door: Door) -> list[str]:
    """Why this door does not count as it should."""
    faults, looked = [], False
    for events, _ in callers.at(door):
        own = [each for each in events if each == "counted" or each in {look.__name__ for look in LOOKS}]
        looked |= any(each != "counted" for each in own)
        if own and own[0] != "counted":
            faults.append(f"{door} looks ({own[0]}) before it counts")
    for events, answer in callers.at(door, refuse=True):
        if set(events) - {"counted"}:
            faults.append(f"{door} looks ({set(events)}) when the limit is reached")
        if "counted" in events and answer.status_code != 429:
            faults.append(f"{door} answers {answer.status_code} when the limit is reached")
    return (
        faults if looked else [*faults, f"nobody got as far as showing something at {door}: the check proves nothing"]
    )


def test_every_door_counts_before_it_looks_and_looks_at_nothing_beyond_the_limit(two: Application) -> None:
    callers, found = Callers(two), doors(two)
    assert len(found) >= 18
    assert [fault for door in found for fault in not_counted(callers, door)] == []


def test_what_is_no_door_exists_and_says_why(two: Application) -> None:
    assert two.console
    endpoints = {route.endpoint for flask in (two.portal, two.console) for route in routes_of(flask)}
    assert set(NO_DOORS) | set(COUNTED_ALL_THE_SAME) <= endpoints
    for endpoint in COUNTED_ALL_THE_SAME:
        with heard(refuse=True) as events:
            path = next(route.path for route in routes_of(two.portal) if route.endpoint == endpoint)
            answer = visitor(two, "quadrant").post(path, {"username": "somebody"})
        assert events == ["counted"] and answer.status_code == 429


def test_a_door_that_looks_before_it_counts_is_found(two: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: one that never counts, and one that counts afterwards."""
    callers = Callers(two)
    login = next(door for door in doors(two) if door.route.endpoint == "account.login")
    view = two.portal.view_functions["account.login"]

    def planted(*, count_after: bool) -> Callable[[], Any]:
        def look() -> Any:
            passwords.matches(None, "x")
            return view() if count_after else ("", 403)

        look.mark, look.takes = view.mark, view.takes  # type: ignore[attr-defined]  # of the view that it stands for
        return look

    for count_after in (True, False):
        monkeypatch.setitem(two.portal.view_functions, "account.login", planted(count_after=count_after))
        assert any("before it counts" in fault for fault in not_counted(callers, login))
    monkeypatch.setitem(two.portal.view_functions, "account.login", view)
    assert not_counted(callers, login) == []


def test_links_that_open_nothing_are_slowed_per_address_and_a_good_one_costs_nothing(two: Application) -> None:
    def secret_of(account: Account) -> str:
        with tenant_session(two.engine, "quadrant", writing=True) as session:
            secret = one_time_links.make_link(session, account.id, "reset", two.clock())
            session.commit()
            return secret

    with tenant_session(two.engine, "quadrant") as session:
        account = accounts_named(session, employees_of(visitor(two, "quadrant").tenant)[0].email)[0]
    good, anybody = secret_of(account), visitor(two, "quadrant")
    for _ in range(3):
        assert anybody.get(f"/reset/{good}").status_code == 200
    answers = [anybody.get(f"/reset/{secrets.token_urlsafe(32)}").status_code for _ in range(guesses.PER_ADDRESS + 5)]
    assert answers == [404] * guesses.PER_ADDRESS + [429] * 5
    elsewhere = Client(two).get(f"/reset/{good}", base_url=anybody.base, environ_overrides={"REMOTE_ADDR": "10.9.9.9"})
    assert elsewhere.status_code == 200, "and nobody at another address is kept waiting"
