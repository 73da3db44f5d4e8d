"""GET /credits: per child what there is; with ?day= also what can be used on that day, and why the rest cannot."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from spelregel.portal.credits.service import Kind, Portion, closed_on, credits_of, usable_on
from spelregel.records.expiring_credit import Expiring, list_expiring
from spelregel.records.family import Child
from spelregel.records.placements import care_types_of
from spelregel.records.support_codes import Refusal
from spelregel.web.explanation import reasons
from spelregel.web.here import database, now, speaker, tenant, today
from spelregel.web.login import allowed, own_children
from spelregel.web.pages import earning_credit, has_module, needs_module, t
from spelregel.web.parameters import takes
from spelregel.web.support_code import support_codes

blueprint = Blueprint("credits", __name__, template_folder="templates")
blueprint.before_request(needs_module("credits"))
TABS = ()
SOON, MOST_DAYS = timedelta(days=30), 8


@blueprint.get("/credits")
@allowed("own_family")
@takes(plain=("day",))
def show() -> str:
    children = own_children()
    asked = _day(request.args.get("day"))
    expiring = list_expiring(database(), tenant(), children, now(), SOON)
    shown = []
    for child in children:
        own = care_types_of(database(), child.id, asked or today())
        kinds = credits_of(database(), tenant(), child, [care_type for care_type, _ in own], now())
        answers = (
            [_answer(kinds, care_type, contract, asked) for care_type, contract in own]
            if asked and any(k.current for k in kinds)
            else []
        )
        shown.append({"child": child, "kinds": kinds, "answers": answers, "expiring": _by_kind(expiring, child)})
    return render_template(
        "credits/credits.html", shown=shown, asked=asked, today=today(), earns_by_absence=earning_credit() is not None, entry_words=entry_words,
        state_words=state_words,
        most_days=MOST_DAYS, asking=has_module("extra_care") or has_module("holiday_care"), contacts=[c for c in tenant().contacts if c.email or c.phone],
    )  # fmt: skip


def _by_kind(expiring: list[Expiring], child: Child) -> dict[str, list[Expiring]]:
    found: dict[str, list[Expiring]] = {}
    for each in expiring:
        if each.child.id == child.id:
            found.setdefault(each.kind, []).append(each)
    return found


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found and today() <= found < today() + timedelta(days=1000) else None


def _answer(kinds: list[Kind], care_type: str, contract: str | None, asked: date) -> dict[str, Any]:
    """For one kind of care: what can be used that day per credit, and each reason why something cannot."""
    closed = closed_on(tenant(), care_type, asked, now())
    usable: dict[str, int] = {}
    refused: dict[tuple[str, str, str], int] = {}
    refusals: dict[tuple[str, str, str], Refusal] = {}
    spoken = speaker()
    for answer in usable_on(tenant(), kinds, care_type, asked, now(), contract) if closed is None else []:
        kind = answer.portion.portion.kind
        if answer.decision.granted:
            usable[kind] = usable.get(kind, 0) + answer.portion.left
        else:
            failing = next(r for r in reasons(answer.decision, spoken) if r.outcome == "fails")
            key = (kind, " ".join([failing.text, *spoken.what_now(answer.decision)]), failing.condition)
            refused[key] = refused.get(key, 0) + answer.portion.left
            refusals.setdefault(key, Refusal(answer.facts, answer.decision))
    codes = dict(zip(refusals, support_codes(list(refusals.values())), strict=True))
    return {"care_type": care_type, "closed": closed, "usable": [spoken.amount(left, kind) for kind, left in usable.items()],
            "refused": [(spoken.amount(left, key[0]), key[1], key[2], codes[key]) for key, left in refused.items()]}  # fmt: skip


def state_words(portion: Portion) -> str:
    """One half-sentence that says what this portion is good for now."""
    until = portion.portion.valid_until
    if portion.state == "lapsed":
        return t("Lapsed after %(day)s.", day=speaker().full_day(until)) if until else t("Lapsed.")
    if portion.state == "used_up":
        return t("Used up.")
    if portion.state == "taken_back":
        return t("Gone: you took the absence back.")
    if portion.state == "later":
        day = speaker().full_day(portion.portion.usable_from or portion.portion.earned_for)
        if until is None:
            return t("Can be used from %(day)s on, and does not lapse.", day=day)
        return t("Can be used from %(day)s up to and including %(until)s.", day=day, until=speaker().full_day(until))
    return (
        t("Can be used up to and including %(day)s.", day=speaker().full_day(until))
        if until
        else t("Can be used, and does not lapse.")
    )


def entry_words(portion: Portion, entry: Any) -> str:
    """One line of the history: what happened to this portion."""
    spoken = speaker()
    amount = spoken.amount(abs(entry.sixtieths), portion.portion.kind)
    about = spoken.full_day(entry.about) if entry.about else ""
    day = spoken.full_day(portion.portion.earned_for)
    lines = {
        "earned": lambda: t("%(amount)s earned by the absence of %(day)s.", amount=amount, day=day),
        "granted": lambda: t(
            "%(amount)s from the contract, for %(year)s.", amount=amount, year=portion.portion.earned_for.year
        ),
        "reserved": lambda: t(
            "%(amount)s kept for %(day)s, which nobody has decided on yet.", amount=amount, day=about
        ),
        "released": lambda: t("%(amount)s free again: nothing came of %(day)s.", amount=amount, day=about),
        "spent": lambda: (
            t("%(amount)s used for %(day)s.", amount=amount, day=about)
            if about
            else t("%(amount)s used.", amount=amount)
        ),
        "given_back": lambda: (
            t("%(amount)s given back: %(day)s was cancelled.", amount=amount, day=about)
            if about
            else t("%(amount)s given back.", amount=amount)
        ),
        "taken_back": lambda: t("%(amount)s gone again: the absence was taken back.", amount=amount),
        "lapsed": lambda: t("%(amount)s lapsed.", amount=amount),
        "corrected": lambda: t("%(amount)s corrected by staff.", amount=amount),
    }
    return lines[entry.entry]()
