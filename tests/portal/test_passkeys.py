"""Passkeys: what a device signs opens the account it was made for, once, here and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update

from spelregel.app import Application
from spelregel.demo.people import PASSWORD, families_of
from spelregel.records.accounts import Account
from spelregel.records.passkeys import Passkey
from spelregel.storage.session import tenant_session
from tests.browse import Visitor, visitor
from tests.conftest import Clock


def plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Device:
    """A telephone that keeps one passkey and signs what it is shown: for whatever address its owner is made to believe."""

    host: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0
    verified: bool = True

    def _data(self, flags: int, rest: bytes = b"") -> bytes:
        self.count += 1
        flags |= 0x05 if self.verified else 0x01
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + rest

    def _told(self, kind: str, challenge: str, origin: str | None) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": origin or f"https://{self.host}", "crossOrigin": False}
        return json.dumps(told).encode()

    def make(self, options: dict[str, Any], origin: str | None = None) -> str:
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        data = self._data(0x40, b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + cose)
        response = {"clientDataJSON": plain(self._told("webauthn.create", options["challenge"], origin)),
                    "attestationObject": plain(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}))}  # fmt: skip
        return json.dumps({"id": plain(self.id), "rawId": plain(self.id), "type": "public-key", "response": response})

    def sign(self, options: dict[str, Any], origin: str | None = None) -> str:
        told, data = self._told("webauthn.get", options["challenge"], origin), self._data(0)
        signature = self.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": plain(told), "authenticatorData": plain(data), "signature": plain(signature)}
        return json.dumps({"id": plain(self.id), "rawId": plain(self.id), "type": "public-key", "response": response})


def with_passkey(app: Application, name: str = "quadrant") -> tuple[Visitor, Device]:
    parent = visitor(app, name).log_in()
    device = Device(f"{parent.tenant.subdomain}.localhost")
    options = parent.post("/passkeys/riddle", {"password": PASSWORD}).json
    answer = parent.post("/passkeys", {"answer": device.make(options), "name": "De oude telefoon"})
    assert answer.status_code == 303, answer.text
    return parent, device


def opens(stranger: Visitor, answer: str) -> bool:
    stranger.post("/login/passkey", {"answer": answer})
    return stranger.get("/agenda").status_code == 200


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
