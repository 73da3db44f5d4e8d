"""A telephone in software, as the standard of passkeys has it, and what a test does with it."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from spelregel.demo.people import PASSWORD
from tests.browse import Visitor


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


def add_passkey(parent: Visitor, device: Device, password: str = PASSWORD) -> None:
    options = parent.post("/passkeys/riddle", {"password": password}).json
    answer = parent.post("/passkeys", {"answer": device.make(options), "name": "De oude telefoon"})
    assert answer.status_code == 303, answer.text


def opens(stranger: Visitor, answer: str) -> bool:
    stranger.post("/login/passkey", {"answer": answer})
    return stranger.get("/agenda").status_code == 200
