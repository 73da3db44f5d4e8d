"""A checked file becomes frozen values: the Rulebook that decides, and the Tenant around it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from spelregel.rules.care_calendar import CareCalendar
from spelregel.rules.phrases import parse_amount, parse_notice, parse_validity, parse_worth
from spelregel.rules.rulebook import (
    AbsenceTerms,
    CreditTerms,
    EarningTerms,
    Refusal,
    Rulebook,
    RuleRef,
    Sourced,
    Terms,
    Version,
    WithdrawalTerms,
)
from spelregel.tenancy.calendars import national
from spelregel.tenancy.layers import Layers, Leaf, Tree
from spelregel.tenancy.tenant import Contact, CreditName, Login, Look, Tenant
from spelregel.tenancy.yaml_source import Source

T = TypeVar("T")


def digest_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def build_rulebook(source: Source, layers: Layers, digest: str) -> Rulebook:
    """`source` satisfies the schema and the meaning checks."""
    data = source.data
    care_types, locations = tuple(data["care_types"]), tuple(data.get("locations", {}))
    versions = []
    for start in layers.starts():
        built: dict[tuple[int, ...], Terms] = {}
        terms: dict[tuple[str, str | None], Terms] = {}
        for care_type in care_types:
            for location in (None, *locations):
                same = tuple(e.index for e in layers.applying(start, care_type, location))
                if same not in built:
                    built[same] = _terms(layers.effective(start, care_type, location), start)
                terms[(care_type, location)] = built[same]
        versions.append(Version(start, MappingProxyType(terms)))
    zone = layers.base["timezone"].value
    return Rulebook(
        tenant=data["tenant"],
        file=source.file,
        digest=digest,
        format=data["format"],
        zone=ZoneInfo(zone),
        care_types=care_types,
        products=MappingProxyType({key: value["care_type"] for key, value in data.get("products", {}).items()}),
        contracts=tuple(data.get("contracts", {})),
        locations=locations,
        versions=tuple(versions),
    )


def build_tenant(source: Source, rulebook: Rulebook, raw: bytes) -> Tenant:
    data = source.data
    login, look = data["login"], data["look"]
    names: dict[str, dict[str, dict[str, str]]] = {}
    for block in (data, *data.get("changes", ()), *data.get("exceptions", ())):
        for key, credit in block.get("credits", {}).items():
            for language, name in credit.get("name", {}).items():
                names.setdefault(key, {}).setdefault(language, {}).update(name)
    return Tenant(
        slug=data["tenant"],
        name=data["name"],
        subdomain=data["subdomain"],
        languages=tuple(data["languages"]),
        formal=data["form_of_address"] == "u",
        source=data.get("source"),
        look=Look(look["initials"], look.get("logo"), look["shape"], MappingProxyType(dict(look["colours"]))),
        login=Login(login["username"], _texts(login.get("label")), _texts(login.get("hint")),
                    _texts(login.get("activation")), login["remember"]),
        contacts=tuple(
            Contact(key, _texts(each["name"]), _texts(each["about"]), each.get("email"), each.get("phone"))
            for key, each in data.get("contact", {}).items()
        ),
        credit_names=MappingProxyType(
            {key: MappingProxyType({lang: CreditName(**each) for lang, each in by_language.items()}) for key, by_language in names.items()}
        ),
        location_names=MappingProxyType({key: each["name"] for key, each in data.get("locations", {}).items()}),
        product_names=MappingProxyType({key: _texts(each["name"]) for key, each in data.get("products", {}).items()}),
        contract_names=MappingProxyType({key: _texts(each["name"]) for key, each in data.get("contracts", {}).items()}),
        contract_care_types=MappingProxyType({key: each["care_type"] for key, each in data.get("contracts", {}).items()}),
        change_notes=tuple(
            (date.fromisoformat(each["from"]), _texts(each["note"]))
            for each in (*data.get("changes", []), *data.get("exceptions", []))
            if "note" in each and "from" in each
        ),
        day_names=MappingProxyType(
            {
                date.fromisoformat(row["date"]): _texts(row["name"])
                for block in (data, *data.get("changes", []), *data.get("exceptions", []))
                for key in ("closing_days", "study_days")
                for row in block.get("calendar", {}).get(key, [])
            }
        ),
        to_confirm=MappingProxyType(dict(data.get("to_confirm", {}))),
        quotes=MappingProxyType(dict(data.get("quotes", {}))),
        rulebook=rulebook,
        packed=zlib.compress(raw),
    )  # fmt: skip


def _texts(value: Mapping[str, str] | None) -> Mapping[str, str]:
    return MappingProxyType(dict(value or {}))


def _terms(tree: Tree, since: date | None) -> Terms:
    return Terms(
        since=since,
        absence=_absence(tree["absence"]),
        credits=MappingProxyType({key: _credit(key, block) for key, block in _blocks(tree.get("credits"))}),
        calendar=_calendar(tree["calendar"]),
        public_holidays=_words(tree["calendar"]["public_holidays"]),
        modules=MappingProxyType({key: Sourced(leaf.value, leaf.ref) for key, leaf in tree["modules"].items()}),
    )


def _blocks(found: Any) -> list[tuple[str, Tree]]:
    return [(key, value) for key, value in found.items() if isinstance(value, dict)] if isinstance(found, dict) else []


def _words(leaf: Leaf) -> Sourced[tuple[str, ...]]:
    return Sourced(tuple(leaf.value), leaf.ref)


def _as_is(leaf: Leaf) -> Sourced[Any]:
    return Sourced(leaf.value, leaf.ref)


def _absence(tree: Tree) -> AbsenceTerms:
    back = tree["withdraw"]
    return AbsenceTerms(
        reported_by=_words(tree["reported_by"]),
        reasons=_words(tree["reasons"]),
        notice=_notice(tree["notice"]),
        expected=_notice(tree["expected"]) if "expected" in tree else None,
        confirm=_as_is(tree["confirm"]),
        withdraw=WithdrawalTerms(
            _words(back["by"]),
            _notice(back["notice"]),
            _as_is(back["earned_credit"]),
            _as_is(back["spent_credit"]),
        ),
    )


def _notice(leaf: Leaf) -> Sourced[Any]:
    return Sourced(parse_notice(leaf.value), leaf.ref)


def _credit(kind: str, tree: Tree) -> CreditTerms:
    rows: Leaf | None = tree.get("not_usable")
    return CreditTerms(
        kind=kind,
        unit=Sourced(parse_worth(tree["worth"].value), tree["worth"].ref),
        earned_by=_as_is(tree["earned_by"]),
        earned_if=_earning(tree["earned_if"]) if "earned_if" in tree else None,
        valid=Sourced(parse_validity(tree["valid"].value), tree["valid"].ref),
        usable_for=_words(tree["usable_for"]),
        usable_on=_words(tree["usable_on"]) if "usable_on" in tree else None,
        not_usable=tuple(_refusals(rows)) if rows else (),
    )


def _earning(tree: Tree) -> EarningTerms:
    maximum: Leaf | None = tree.get("maximum")
    return EarningTerms(
        reported_by=_words(tree["reported_by"]),
        notice=_notice(tree["notice"]),
        day=_words(tree["day"]),
        not_on=_words(tree["not_on"]) if "not_on" in tree else None,
        reasons=_words(tree["reasons"]),
        maximum=Sourced(parse_amount(maximum.value), maximum.ref) if maximum else None,
        at_maximum=_as_is(tree["at_maximum"]) if "at_maximum" in tree else None,
    )


def _refusals(rows: Leaf) -> list[Refusal]:
    return [
        Refusal(row.get("contract"), row.get("earned_on"), row.get("used_on"), _row_ref(rows.ref, index, row))
        for index, row in enumerate(rows.value)
    ]


def _row_ref(ref: RuleRef, index: int, row: Mapping[str, str]) -> RuleRef:
    return RuleRef(f"{ref.path}.{index}", dict(row), ref.file, ref.line, ref.column, ref.layer, ref.since)


def _calendar(tree: Tree) -> CareCalendar:
    country = national(tree["country"].value)
    counting = frozenset(tree["public_holidays"].value)
    region = tree["school_holidays"].value if "school_holidays" in tree else None
    return CareCalendar(
        public_holidays=MappingProxyType({h.day: h.id for h in country.public_holidays if h.id in counting}),
        closing_days=_days(tree.get("closing_days")),
        study_days=_days(tree.get("study_days")),
        school_holidays=country.school_holidays[region] if region else (),
    )


def _days(leaf: Leaf | None) -> Mapping[date, str]:
    rows = leaf.value if leaf else []
    return MappingProxyType({date.fromisoformat(row["date"]): row["name"]["nl"] for row in rows})
