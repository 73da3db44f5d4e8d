"""Passkeys: what a device signs opens the account it was made for, once, here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from spelregel.app import Application
from spelregel.demo.people import PASSWORD, families_of
from spelregel.records.accounts import Account
from spelregel.records.passkeys import Passkey
from spelregel.storage.session import tenant_session
from tests.browse import Visitor, visitor
from tests.conftest import Clock
from tests.portal.authenticator import Device, add_passkey, opens, plain


def with_passkey(app: Application, name: str = "quadrant") -> tuple[Visitor, Device]:
    parent = visitor(app, name).log_in()
    device = Device(f"{parent.tenant.subdomain}.localhost")
    add_passkey(parent, device)
    return parent, device


def test_a_passkey_that_was_added_opens_the_account_without_a_password(demo: Application) -> None:
    parent, device = with_passkey(demo)
    assert "De oude telefoon" in parent.get("/passkeys").text
    stranger = visitor(demo, "quadrant")
    assert opens(stranger, device.sign(stranger.post("/login/passkey/riddle").json))
    family = families_of(parent.tenant)[0]
    assert family.parent in stranger.get("/account").text


def test_adding_one_asks_the_password_and_counts_wrong_ones(demo: Application) -> None:
    parent = visitor(demo, "quadrant").log_in()
    for _ in range(10):
        assert parent.post("/passkeys/riddle", {"password": "geraden-woord"}).status_code == 403
    assert parent.post("/passkeys/riddle", {"password": PASSWORD}).status_code == 429
    assert visitor(demo, "quadrant").post("/passkeys/riddle", {"password": PASSWORD}).location.startswith("/login")


def test_a_riddle_is_answered_once(demo: Application) -> None:
    _, device = with_passkey(demo)
    first, second = visitor(demo, "quadrant"), visitor(demo, "quadrant")
    answer = device.sign(first.post("/login/passkey/riddle").json)
    assert opens(first, answer) and not opens(second, answer)


def test_a_riddle_is_forgotten_after_five_minutes(demo: Application, clock: Clock) -> None:
    _, device = with_passkey(demo)
    stranger = visitor(demo, "quadrant")
    soon = device.sign(stranger.post("/login/passkey/riddle").json)
    late = device.sign(stranger.post("/login/passkey/riddle").json)
    clock.set("2026-12-08 09:33")
    assert opens(stranger, soon)
    stranger.post("/logout")
    clock.set("2026-12-08 09:34")
    assert not opens(stranger, late)


def _change(device: Device, **how: Any) -> Device:
    for name, value in how.items():
        setattr(device, name, value)
    return device


WRONG: dict[str, Callable[[Device, dict[str, Any]], str]] = {
    "another address": lambda device, options: device.sign(options, origin="https://evil.example"),
    "a sibling's address": lambda device, options: device.sign(options, origin="https://deroef.localhost"),
    "without a finger or code": lambda device, options: _change(device, verified=False).sign(options),
    "another key": lambda device, options: _change(device, key=Device("x").key).sign(options),
    "a passkey nobody knows": lambda device, options: _change(device, id=b"x" * 32).sign(options),
    "a riddle of its own": lambda device, _: device.sign({"challenge": plain(b"y" * 32)}),
    "an older count": lambda device, options: _change(device, count=0).sign(options),
    "no JSON": lambda *_: "{",
    "a list": lambda *_: "[]",
    "deep brackets": lambda *_: "[" * 9000,
    "no answer": lambda *_: "",
    "half an answer": lambda *_: '{"id": 7, "response": {"clientDataJSON": 8}}',
}


@pytest.mark.parametrize("way", WRONG)
def test_what_does_not_prove_it_opens_nothing(demo: Application, way: str) -> None:
    _, device = with_passkey(demo)
    stranger = visitor(demo, "quadrant")
    assert not opens(stranger, WRONG[way](device, stranger.post("/login/passkey/riddle").json))
    assert "passkey=no" in stranger.post("/login/passkey", {"answer": ""}).location


def test_a_passkey_of_one_organisation_is_nothing_to_another(demo: Application) -> None:
    _, device = with_passkey(demo)
    stranger = visitor(demo, "deroef")
    options = stranger.post("/login/passkey/riddle").json
    assert not opens(stranger, device.sign(options))
    device.host = "deroef.localhost"
    assert not opens(stranger, device.sign(stranger.post("/login/passkey/riddle").json))


def test_a_disabled_account_is_not_opened(demo: Application, clock: Clock) -> None:
    parent, device = with_passkey(demo)
    with tenant_session(demo.engine, "quadrant", writing=True) as session:
        session.execute(update(Account).values(disabled_at=clock()))
        session.commit()
    stranger = visitor(demo, "quadrant")
    assert not opens(stranger, device.sign(stranger.post("/login/passkey/riddle").json))
    assert parent.get("/agenda").status_code == 302


def test_one_is_removed_by_its_owner_only(demo: Application) -> None:
    parent, device = with_passkey(demo)
    other = visitor(demo, "quadrant").log_in(families_of(parent.tenant)[1])
    with tenant_session(demo.engine, "quadrant") as session:
        passkey = session.scalars(select(Passkey.id)).one()
    assert other.post(f"/passkeys/{passkey}/remove").status_code == 404
    assert "De oude telefoon" not in other.get("/passkeys").text
    assert parent.post(f"/passkeys/{passkey}/remove").status_code == 303
    stranger = visitor(demo, "quadrant")
    assert not opens(stranger, device.sign(stranger.post("/login/passkey/riddle").json))


def test_somebody_elses_answer_adds_nothing_to_my_account(demo: Application) -> None:
    """A riddle that was set for one account cannot be answered in another's session."""
    parent = visitor(demo, "quadrant").log_in()
    other = visitor(demo, "quadrant").log_in(families_of(parent.tenant)[1])
    device = Device("quadrant.localhost")
    answer = device.make(parent.post("/passkeys/riddle", {"password": PASSWORD}).json)
    assert other.post("/passkeys", {"answer": answer}).status_code == 400
