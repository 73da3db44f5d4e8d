"""GET /conditions, and ?on= for another day."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request

from spelregel.records.conditions_page import conditions_page
from spelregel.rules.conditions import upcoming
from spelregel.web.here import speaker, tenant, today
from spelregel.web.login import allowed
from spelregel.web.parameters import takes

blueprint = Blueprint("conditions", __name__, template_folder="templates")
TABS = ()


@blueprint.get("/conditions")
@allowed("read_conditions")
@takes(plain=("on",))
def show() -> str:
    on = _day(request.args.get("on"))
    return render_template(
        "conditions/conditions.html",
        sections=conditions_page(tenant(), speaker(), on),
        on=on,
        today=today(),
        coming=upcoming(tenant().rulebook, today()),
    )


def _day(text: str | None) -> date:
    try:
        wanted = date.fromisoformat(text) if text else today()
    except ValueError:
        return today()
    return wanted if 2000 <= wanted.year < 2100 else today()
