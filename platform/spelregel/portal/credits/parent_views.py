"""GET /credits: per child what there is; with ?day= also what can be used on that day, and why the rest cannot."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from spelregel.portal.credits.service import Kind, Portion, credits_of, usable_on
from spelregel.records.family import Child, children_of_account
from spelregel.records.placements import care_types_of
from spelregel.rules.message import msg
from spelregel.web.explanation import reasons
from spelregel.web.here import database, now, speaker, tenant, today
from spelregel.web.login import account, login_required
from spelregel.web.pages import Tab, t

blueprint = Blueprint("credits", __name__, template_folder="templates")
TABS = (Tab("credits.show", msg("Credits"), "credit", "credits"),)


@blueprint.get("/credits")
@login_required
def show() -> str:
    children = children_of_account(database(), account().guardian_id)
    asked = _day(request.args.get("day"))
    shown = [
        {"child": child, "kinds": kinds, "answers": _answers(child, kinds, asked)}
        for child in children
        for kinds in [credits_of(database(), tenant(), child, now())]
    ]
    earns_by_absence = any(
        c.earned_if for c in tenant().rulebook.terms(today(), tenant().rulebook.care_types[0]).credits.values()
    )
    return render_template("credits/credits.html", shown=shown, asked=asked, today=today(), earns_by_absence=earns_by_absence, entry_words=entry_words, state_words=state_words,
                           contacts=[c for c in tenant().contacts if c.email or c.phone])  # fmt: skip


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found and found >= today() else None


def _answers(child: Child, kinds: list[Kind], asked: date | None) -> list[dict[str, Any]]:
    if asked is None:
        return []
    spoken = speaker()
    found = []
    for care_type, contract in care_types_of(database(), child.id, asked):
        for answer in usable_on(tenant(), kinds, care_type, asked, now(), contract):
            failing = next((r for r in reasons(answer.decision, spoken) if r.outcome == "fails"), None)
            found.append(
                {
                    "care_type": care_type,
                    "portion": answer.portion,
                    "granted": answer.decision.granted,
                    "reason": failing,
                }
            )
    return found


def state_words(portion: Portion) -> str:
    """One half-sentence that says what this portion is good for now."""
    until = portion.portion.valid_until
    if portion.state == "lapsed":
        return t("Lapsed after %(day)s.", day=speaker().full_day(until)) if until else t("Lapsed.")
    if portion.state == "used_up":
        return t("Used up.")
    if portion.state == "taken_back":
        return t("Gone, since the absence was taken back.")
    if portion.state == "later":
        day = speaker().full_day(portion.portion.earned_for)
        if until is None:
            return t("Can be used from %(day)s on, and does not lapse.", day=day)
        return t("Can be used from %(day)s until %(until)s included.", day=day, until=speaker().full_day(until))
    return (
        t("Can be used until %(day)s included.", day=speaker().full_day(until))
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
