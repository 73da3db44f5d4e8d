"""GET /agenda: the list, and its continuation as a fragment."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, render_template, request

from spelregel.portal.agenda.service import WEEKS, Week, agenda, first_days
from spelregel.rules.message import msg
from spelregel.web.here import database, now, tenant, today
from spelregel.web.login import allowed, own_children
from spelregel.web.pages import Tab, has_module, is_fragment
from spelregel.web.parameters import takes
from spelregel.web.support_code import support_codes

blueprint = Blueprint("agenda", __name__, template_folder="templates")
TABS = (Tab("agenda.show", msg("Agenda"), "calendar", ("absence", "decisions")),)
FURTHEST = timedelta(days=400)
PAST = timedelta(weeks=5)


@blueprint.get("/agenda")
@allowed("own_family")
@takes(plain=("from",))
def show() -> str:
    children = own_children()
    start = _start(request.args.get("from"))
    found = agenda(database(), tenant(), children, start, now())
    weeks = found.weeks
    following = weeks[-1].monday + timedelta(days=7)
    values = {"weeks": weeks, "following": following if following < today() + FURTHEST else None, "today": today(),
              "tomorrow": today() + timedelta(days=1), "children": children, "start": start, "back": _back(start), "codes": _codes(weeks)}  # fmt: skip
    if is_fragment():
        return render_template("agenda/weeks.html", **values)
    return render_template(
        "agenda/agenda.html",
        first=first_days(weeks, today()) if start == today() else [],
        expiring=found.expiring if start == today() else [],
        reporting=has_module("absence"),
        asking=has_module("extra_care") or has_module("holiday_care"),
        **values,
    )


def _codes(weeks: list[Week]) -> dict[str, str | None]:
    """Under what can no longer be done, by daypart."""
    entries = [entry for week in weeks for day in week.days for entry in day.entries if entry.refusal]
    codes = support_codes([entry.refusal for entry in entries])
    return {entry.planned.key: code for entry, code in zip(entries, codes, strict=True)}


def _start(text: str | None) -> date:
    """Some weeks back, and ahead not for ever: what is wrong begins today."""
    try:
        wanted = date.fromisoformat(text or "")
    except ValueError:
        return today()
    return min(max(wanted, today() - PAST), today() + FURTHEST)


def _back(start: date) -> date | None:
    """Where the days before begin; today is a stop of its own."""
    before = start - timedelta(days=7 * WEEKS)
    if start > today():
        return max(today(), before)
    earliest = today() - PAST
    return max(before - timedelta(days=before.weekday()), earliest) if start > earliest else None
