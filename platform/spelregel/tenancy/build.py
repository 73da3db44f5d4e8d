"""A checked file becomes frozen values: the Rulebook that decides, and the Tenant around it."""

from __future__ import annotations

import hashlib
import json
import sys
import zlib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast
from zoneinfo import ZoneInfo

from spelregel.rules.care_calendar import CareCalendar
from spelregel.rules.phrases import (
    Amount,
    Cap,
    Distance,
    Horizon,
    Notice,
    Validity,
    parse_amount,
    parse_cap,
    parse_days,
    parse_horizon,
    parse_lead,
    parse_notice,
    parse_span,
    parse_validity,
    parse_within,
    parse_worth,
)
from spelregel.rules.rulebook import (
    AbsenceTerms,
    AnswerTerms,
    CancelTerms,
    Charge,
    ContractTerms,
    CreditTerms,
    EarningTerms,
    EndTerms,
    Exchange,
    GrantTerms,
    GuaranteeTerms,
    LateStep,
    PaymentTerms,
    Refusal,
    RequestTerms,
    Rulebook,
    RuleRef,
    Sourced,
    SpendingTerms,
    SwapTerms,
    Terms,
    Version,
    Weight,
    WithdrawalTerms,
)
from spelregel.tenancy.calendars import national
from spelregel.tenancy.layers import Layers, Leaf, Tree
from spelregel.tenancy.sections import ACTIONS
from spelregel.tenancy.tenant import Consent, Contact, CreditName, Login, Look, Tenant
from spelregel.tenancy.yaml_source import Source

T = TypeVar("T")


def digest_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def build_rulebook(source: Source, layers: Layers, digest: str) -> Rulebook:
    """`source` satisfies the schema and the meaning checks."""
    data = source.data
    care_types, locations = tuple(data["care_types"]), tuple(data.get("locations", {}))
    versions, shared = [], Shared()
    for start in layers.starts():
        selectors = tuple(layer.selector for layer in layers.conditional if layer.started(start))
        terms = {
            tuple(layer.selector.index for layer in holding): _terms(layers.effective(start, situation), start, shared)
            for situation, holding in layers.situations(start)
        }
        versions.append(Version(start, selectors, MappingProxyType(terms)))
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
    links = login.get("links", {})
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
                    _texts(login.get("activation")), login["remember"],
                    parse_lead(login.get("activation_sent", "at once")), links.get("privacy"), links.get("disclosure")),
        contacts=tuple(
            Contact(key, _texts(each["name"]), _texts(each["about"]), each.get("email"), each.get("phone"))
            for key, each in data.get("contact", {}).items()
        ),
        consents=tuple(
            Consent(key, _texts(each["name"]), each["ask"], each["per"],
                    MappingProxyType({choice: _texts(text) for choice, text in each["choices"].items()}))
            for key, each in data.get("consents", {}).items()
        ),
        rights=MappingProxyType({key: tuple(roles) for key, roles in data.get("rights", {}).items()}),
        credit_names=MappingProxyType(
            {key: MappingProxyType({lang: CreditName(**each) for lang, each in by_language.items()}) for key, by_language in names.items()}
        ),
        location_names=MappingProxyType({key: each["name"] for key, each in data.get("locations", {}).items()}),
        product_names=MappingProxyType({key: _texts(each["name"]) for key, each in data.get("products", {}).items()}),
        contract_names=MappingProxyType({key: _texts(each["name"]) for key, each in data.get("contracts", {}).items()}),
        contract_care_types=MappingProxyType({key: each["care_type"] for key, each in data.get("contracts", {}).items()}),
        country=data["calendar"].get("country", "nl"),
        packed_dayparts=json.dumps(data.get("dayparts", {}), separators=(",", ":")),
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
        to_confirm=MappingProxyType({sys.intern(path): sys.intern(each) for path, each in data.get("to_confirm", {}).items()}),
        quotes=MappingProxyType({sys.intern(path): each for path, each in data.get("quotes", {}).items()}),
        rulebook=rulebook,
        packed=zlib.compress(raw),
    )  # fmt: skip


def _texts(value: Mapping[str, str] | None) -> Mapping[str, str]:
    return MappingProxyType(dict(value or {}))


#: What a person does, and what a parent may know of it: no decision depends on these.
TOLD: Final = ("place", "decided_by", "order", "waiting_list", "price", "unless_asked", "reserve")


class Shared:
    """What a change leaves alone is the same block before and after it, and is built once: it says the same things."""

    def __init__(self) -> None:
        self._made: dict[
            tuple[str, int], tuple[Any, Any]
        ] = {}  # with the block itself: as long as it lives, its id is its own

    def __call__(self, name: str, block: Any, make: Callable[[], T]) -> T:
        key = (name, id(block))
        if key not in self._made:
            self._made[key] = (block, make())
        return cast("T", self._made[key][1])


def _terms(tree: Tree, since: date | None, shared: Shared) -> Terms:
    return Terms(
        since=since,
        absence=shared("absence", tree["absence"], lambda: _absence(tree["absence"])),
        credits=MappingProxyType(
            {key: shared(key, block, partial(_credit, key, block)) for key, block in _blocks(tree.get("credits"))}
        ),
        calendar=calendar_of(tree["calendar"]),
        public_holidays=_words(tree["calendar"]["public_holidays"]),
        modules=shared(
            "modules",
            tree["modules"],
            lambda: MappingProxyType({key: _as_is(leaf) for key, leaf in tree["modules"].items()}),
        ),
        requests=MappingProxyType(
            {
                action: shared(key, tree[key], partial(_request, action, tree[key]))
                for key, action in ACTIONS.items()
                if key != "swap" and "notice" in tree.get(key, {})
            }
        ),
        swap=shared("swap", tree["swap"], lambda: _swap(tree["swap"])) if "notice" in tree.get("swap", {}) else None,
    )


def _blocks(found: Any) -> list[tuple[str, Tree]]:
    return [(key, value) for key, value in found.items() if isinstance(value, dict)] if isinstance(found, dict) else []


def _words(leaf: Leaf) -> Sourced[tuple[str, ...]]:
    return Sourced(tuple(leaf.value or ()), leaf.ref)


def _as_is(leaf: Leaf) -> Sourced[Any]:
    return Sourced(leaf.value, leaf.ref)


def _parsed(leaf: Leaf, parse: Callable[[str], T], when_open: T) -> Sourced[T]:
    """A rule that is left open has a value that does no harm: `decide` looks at the reference first."""
    return Sourced(when_open if leaf.ref.open else parse(leaf.value), leaf.ref)


def _optional(tree: Tree, key: str, read: Callable[[Leaf], T]) -> T | None:
    return read(tree[key]) if key in tree else None


def _notice(leaf: Leaf) -> Sourced[Notice]:
    return _parsed(leaf, parse_notice, Notice("none"))


def _each(leaf: Leaf, parse: Callable[[str], T]) -> Sourced[tuple[T, ...]]:
    return Sourced(tuple(parse(text) for text in leaf.value or ()), leaf.ref)


def _absence(tree: Tree) -> AbsenceTerms:
    back = tree["withdraw"]
    return AbsenceTerms(
        reported_by=_words(tree["reported_by"]),
        reasons=_words(tree["reasons"]),
        horizon=_optional(tree, "horizon", _horizon),
        notice=_notice(tree["notice"]),
        expected=_optional(tree, "expected", _notice),
        piece=_optional(tree, "piece", _as_is),
        confirm=_as_is(tree["confirm"]),
        withdraw=WithdrawalTerms(
            _words(back["by"]),
            _notice(back["notice"]),
            _optional(back, "within", _span),
            _optional(back, "place", _as_is),
            _as_is(back["earned_credit"]),
            _as_is(back["spent_credit"]),
        ),
        bill=tuple(_charge(row, ref) for row, ref in _rows(tree.get("bill"))),
    )


def _horizon(leaf: Leaf) -> Sourced[Horizon]:
    return _parsed(leaf, parse_horizon, Horizon("unlimited"))


def _span(leaf: Leaf) -> Sourced[Distance]:
    return _parsed(leaf, parse_span, Distance(0, "minute"))


def _within(leaf: Leaf) -> Sourced[Distance]:
    return _parsed(leaf, parse_within, Distance(0, "day"))


def _rows(leaf: Leaf | None) -> list[tuple[Mapping[str, Any], RuleRef]]:
    rows = leaf.value if leaf else None
    return [(row, _row_ref(leaf.ref, index, row)) for index, row in enumerate(rows)] if leaf and rows else []


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _charge(row: Mapping[str, Any], ref: RuleRef) -> Charge:
    return Charge(
        tuple(row.get("reasons", ())),
        parse_notice(row["notice"]) if "notice" in row else None,
        parse_notice(row["after"]) if "after" in row else None,
        parse_cap(row["at_most"]) if "at_most" in row else None,
        row.get("proof", False),
        _number(row.get("percent")),
        _number(row.get("euros")),
        ref,
    )


def _credit(kind: str, tree: Tree) -> CreditTerms:
    return CreditTerms(
        kind=kind,
        unit=_parsed(tree["worth"], parse_worth, "hour"),
        weights=tuple(_weight(row, ref) for row, ref in _rows(tree.get("weights"))),
        earned_by=_as_is(tree["earned_by"]),
        care_types=_optional(tree, "care_types", _words),
        contracts=_optional(tree, "contracts", _words),
        earned_if=_earning(tree["earned_if"]) if "earned_if" in tree else None,
        grant=_grant(tree["grant"]) if "grant" in tree else None,
        valid=_validity(tree["valid"]),
        usable_for=_words(tree["usable_for"]),
        usable_on=_optional(tree, "usable_on", _words),
        not_usable=tuple(
            Refusal(row.get("contract"), row.get("earned_on"), row.get("used_on"), ref)
            for row, ref in _rows(tree.get("not_usable"))
        ),
        exchange=tuple(_exchange(row, ref) for row, ref in _rows(tree.get("exchange"))),
        spend=_spending(tree["spend"]) if "spend" in tree else None,
        contract=_contract(tree["at_contract_end"]) if "at_contract_end" in tree else None,
        ended=_ended(tree["abolished"]) if "abolished" in tree else None,
    )


def _validity(leaf: Leaf) -> Sourced[Validity]:
    return _parsed(leaf, parse_validity, Validity("unlimited"))


def _weight(row: Mapping[str, Any], ref: RuleRef) -> Weight:
    at_least = parse_amount(row["at_least"]).sixtieths if "at_least" in row else None
    return Weight(row.get("care_type"), row.get("day"), at_least, int(Decimal(str(row["counts"])) * 60), ref)


def _exchange(row: Mapping[str, Any], ref: RuleRef) -> Exchange:
    named = (row.get("earned_on"), row.get("used_on"), row.get("earned_in"), row.get("used_for"))
    return Exchange(*named, Decimal(str(row["costs"])), ref)


def _spending(tree: Tree) -> SpendingTerms:
    return SpendingTerms(_as_is(tree["size"]), _as_is(tree["rest"]), _as_is(tree["several"]))


def _contract(tree: Tree) -> ContractTerms:
    keys = ("by_parent", "by_organisation", "changed", "moved", "other_care")
    return ContractTerms(*(_optional(tree, key, _as_is) for key in keys))


def _ended(tree: Tree) -> EndTerms:
    return EndTerms(_day(tree["last_earned"]), _optional(tree, "last_used", _day))


def _day(leaf: Leaf) -> Sourced[date]:
    return _parsed(leaf, date.fromisoformat, date.max)


def _grant(tree: Tree) -> GrantTerms:
    return GrantTerms(
        amount=_amount(tree["amount"]),
        every=_as_is(tree["every"]),
        part_year=_as_is(tree["part_year"]),
        rounding=_optional(tree, "rounding", _as_is),
        step=_optional(tree, "step", _amount),
        waiting=_optional(tree, "waiting", _within),
    )


def _amount(leaf: Leaf) -> Sourced[Amount]:
    return _parsed(leaf, parse_amount, Amount(0, "hour"))


def _earning(tree: Tree) -> EarningTerms:
    return EarningTerms(
        reported_by=_words(tree["reported_by"]),
        notice=_notice(tree["notice"]),
        day=_words(tree["day"]),
        not_on=_optional(tree, "not_on", _words),
        reasons=_words(tree["reasons"]),
        maximum=_optional(tree, "maximum", _amount),
        at_maximum=_optional(tree, "at_maximum", _as_is),
        at_most=_optional(tree, "at_most", _caps),
    )


def _caps(leaf: Leaf) -> Sourced[tuple[Cap, ...]]:
    return _each(leaf, parse_cap)


def _request(action: str, tree: Tree) -> RequestTerms:
    return RequestTerms(
        action=action,
        requested_by=_words(tree["requested_by"]),
        horizon=_optional(tree, "horizon", _horizon),
        notice=_notice(tree["notice"]),
        late_requests=_optional(tree, "late_requests", _as_is),
        not_on=_optional(tree, "not_on", _words),
        only_on=_optional(tree, "only_on", _words),
        not_between=_optional(tree, "not_between", lambda leaf: _each(leaf, parse_days)),
        care_types=_optional(tree, "care_types", _words),
        contracts=_optional(tree, "contracts", _words),
        at_most=_optional(tree, "at_most", _caps),
        at_least=_optional(tree, "at_least", _amount),
        sign_ups=_optional(tree, "sign_ups", _as_is),
        approval=_as_is(tree["approval"]),
        guaranteed_if=_guarantee(tree["guaranteed_if"]) if "guaranteed_if" in tree else None,
        answer=_answer(tree["answer"]) if "answer" in tree else None,
        payment=_payment(tree["payment"]) if "payment" in tree else None,
        cancel=_cancel(tree["cancel"]) if "cancel" in tree else None,
        told=MappingProxyType({key: _as_is(tree[key]) for key in TOLD if key in tree}),
    )


def _guarantee(tree: Tree) -> GuaranteeTerms:
    return GuaranteeTerms(_notice(tree["notice"]), _optional(tree, "day", _words))


def _answer(tree: Tree) -> AnswerTerms:
    return AnswerTerms(
        _optional(tree, "within", _within), _optional(tree, "before", _notice), _optional(tree, "silence", _as_is)
    )


def _payment(tree: Tree) -> PaymentTerms:
    return PaymentTerms(_words(tree["pay_with"]), _as_is(tree["choice"]), _as_is(tree["combine"]))


def _cancel(tree: Tree) -> CancelTerms:
    price = tuple(
        LateStep(parse_notice(row["after"]), _number(row.get("percent")), _number(row.get("euros")), ref)
        for row, ref in _rows(tree.get("price"))
    )
    return CancelTerms(
        pending=_as_is(tree["pending"]),
        by=_words(tree["by"]),
        approved=_optional(tree, "approved", _notice),
        then=_optional(tree, "then", _as_is),
        late=_optional(tree, "late", _as_is),
        price=price,
        undo=_optional(tree, "undo", _span),
    )


def _swap(tree: Tree) -> SwapTerms:
    return SwapTerms(
        request=_request("swap", tree),
        give_up=_notice(tree["give_up"]),
        window=_optional(tree, "window", _validity),
        size=_as_is(tree["size"]),
        leftover=_as_is(tree["leftover"]),
        same_care_type=_as_is(tree["same_care_type"]),
        same_kind_of_day=_as_is(tree["same_kind_of_day"]),
        swapped_again=_as_is(tree["swapped_again"]),
        given_up_day=_words(tree["day"]),
    )


def _row_ref(ref: RuleRef, index: int, row: Mapping[str, str]) -> RuleRef:
    return RuleRef(f"{ref.path}.{index}", dict(row), ref.file, ref.line, ref.column, ref.layer, ref.since, ref.open)


def calendar_of(tree: Tree) -> CareCalendar:
    country = national(tree["country"].value)
    region = tree["school_holidays"].value if "school_holidays" in tree else None
    return CareCalendar(
        public_holidays=_public_holidays(tree["country"].value, frozenset(tree["public_holidays"].value)),
        closing_days=_days(tree.get("closing_days")),
        study_days=_days(tree.get("study_days")),
        school_holidays=country.school_holidays[region] if region else (),
    )


@lru_cache(maxsize=256)
def _public_holidays(country: str, counting: frozenset[str]) -> Mapping[date, str]:
    """Kept, since nearly all organisations have the same ones, and each several times over."""
    return MappingProxyType({h.day: h.id for h in national(country).public_holidays if h.id in counting})


def _days(leaf: Leaf | None) -> Mapping[date, str]:
    rows = leaf.value if leaf else []
    return MappingProxyType({date.fromisoformat(row["date"]): row["name"]["nl"] for row in rows})
