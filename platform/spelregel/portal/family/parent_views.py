"""GET /my-data: what the organisation knows of this guardian. GET /child/ID: a child of one's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template

from spelregel.portal.family.service import child_page, last_digits
from spelregel.records.family import Guardian
from spelregel.records.looks_at_child import LookAtChild
from spelregel.records.placements import Place
from spelregel.records.rights import ROLE_NAMES
from spelregel.tenancy.tenant import in_language
from spelregel.web.here import database, register, tenant, today
from spelregel.web.login import account, allowed, own_children
from spelregel.web.pages import t

blueprint = Blueprint("family", __name__, template_folder="templates")
TABS = ()


@blueprint.get("/my-data")
@allowed("own_family")
def own() -> str:
    found = database().get_one(Guardian, (tenant().slug, account().guardian_id))
    return render_template(
        "family/own.html", person=found, bank=last_digits(found.bank_account), contacts=_contacts(),
        number=None if tenant().login.username == "email" else account().username,
        label=_in_own_language(tenant().login.label) or t("Debtor number"),
    )  # fmt: skip


@blueprint.get("/child/<id:child_id>")
@allowed("own_family")
def child(child_id: str) -> str:
    found = child_page(database(), tenant(), own_children(), child_id, account().id, today())
    if found is None:
        abort(404)
    zone = tenant().rulebook.zone
    return render_template(
        "family/child.html", page=found, contacts=_contacts(), contract_name=contract_name, weekdays=weekdays, words=_in_own_language,
        looks=[(each.at.astimezone(zone), who(each), what(each, found.child.first_name)) for each in found.looks],
    )  # fmt: skip


def _in_own_language(texts: Any) -> str:
    return in_language(texts, register().language)


def _contacts() -> list[tuple[str, Any]]:
    return [(_in_own_language(each.name), each) for each in tenant().contacts if each.email or each.phone]


def contract_name(place: Place) -> str | None:
    """What the organisation calls this kind of contract."""
    texts = tenant().contract_names.get(place.contract.rule_key or "")
    return _in_own_language(texts) if texts else None


def weekdays(place: Place) -> list[tuple[date, Any, Any, str]]:
    """Per part of a day: some day with that name, the times, and group and location."""
    return [
        (date(2024, 1, 1 + weekday), starts, ends, f"{group} · {location}")
        for weekday, starts, ends, group, location in place.dayparts
    ]


def who(look: LookAtChild) -> str:
    """Staff by name and role. A support look is never told by who was looked as."""
    if look.own:
        return t("You")
    if look.through == "support":
        return t("Support of the portal")
    if look.name is None:
        return t("A tablet of the group") if look.through == "tablet" else t("The portal itself")
    roles = ", ".join(register().text(ROLE_NAMES[role]) for role in look.roles)
    return f"{look.name} ({roles})" if roles else look.name


def what(look: LookAtChild, name: str) -> str:
    if look.action == "answered consent":
        return t("chose about a consent for %(name)s", name=name)
    return t("looked at the data of %(name)s", name=name)
