"""One organisation as the portal knows it: host, look, words, and its rulebook. Frozen; replaced whole on reload."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import NamedTuple

from spelregel.rules.phrases import Lead
from spelregel.rules.rulebook import Rulebook

Texts = Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Look:
    """`colours`: accent, on_accent, paper, ink as #rrggbb."""

    initials: str
    logo: str | None  # a data: image
    shape: str
    colours: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Login:
    """`privacy`, `disclosure`: https addresses of the organisation's own pages."""

    username: str  # "email" | "debtor_number"
    label: Texts
    hint: Texts
    activation: Texts
    remember: bool
    activation_sent: Lead
    privacy: str | None
    disclosure: str | None


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    name: Texts
    about: Texts
    email: str | None
    phone: str | None

    @property
    def reachable(self) -> bool:
        return bool(self.email or self.phone)


@dataclass(frozen=True, slots=True)
class Consent:
    """`ask`: "before first use" | "at the start" | "any time". `per`: "child" | "account". `choices`: id -> texts."""

    id: str
    name: Texts
    ask: str
    per: str
    choices: Mapping[str, Texts]


class DaypartOffer(NamedTuple):
    """A part of the day that can be asked for; `only_on`: the kinds of day, empty for every kind."""

    id: str
    name: Texts
    care_type: str
    starts: time
    ends: time
    only_on: tuple[str, ...]


@lru_cache(maxsize=256)
def _offers(packed: str) -> tuple[DaypartOffer, ...]:
    return tuple(
        DaypartOffer(key, row["name"], row["care_type"], time.fromisoformat(row["time"][:5]), time.fromisoformat(row["time"][6:]),
                     tuple(row.get("only_on", ())))
        for key, row in json.loads(packed).items()
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CreditName:
    """The name without a number, and the counted forms."""

    label: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """`packed` is the file as written, made small: every organisation stays in memory, its text is needed now and then."""

    slug: str
    name: str
    subdomain: str
    languages: tuple[str, ...]
    formal: bool
    source: str | None
    look: Look
    login: Login
    contacts: tuple[Contact, ...]
    consents: tuple[Consent, ...]
    rights: Mapping[
        str, tuple[str, ...]
    ]  # right -> the roles beside the administrator; what is not in it stays as it is
    credit_names: Mapping[str, Mapping[str, CreditName]]
    location_names: Mapping[str, str]
    product_names: Mapping[str, Texts]
    contract_names: Mapping[str, Texts]
    contract_care_types: Mapping[str, str]
    country: str  # of the calendars and the staff–child ratio
    packed_dayparts: str  # as JSON, like the text: seldom asked for, and every organisation stays in memory
    change_notes: tuple[tuple[date, Texts], ...]
    day_names: Mapping[date, Texts]  # of closing days and study days
    to_confirm: Mapping[str, str]
    quotes: Mapping[str, str]
    rulebook: Rulebook
    packed: bytes

    @property
    def text(self) -> str:
        """The file as written: it is kept beside every decision that it made."""
        return zlib.decompress(self.packed).decode("utf-8-sig")

    @property
    def dayparts(self) -> tuple[DaypartOffer, ...]:
        """In the order of the file."""
        return _offers(self.packed_dayparts)

    def credit_name(self, kind: str, language: str) -> CreditName:
        names = self.credit_names.get(kind, {})
        return names.get(language) or next(iter(names.values()), CreditName(kind, kind, kind))


def in_language(texts: Texts, language: str) -> str:
    """The text in `language`, else in the first one that the organisation wrote."""
    return texts.get(language) or next(iter(texts.values()), "")
