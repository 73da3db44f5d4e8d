"""The demo's front page on the base domain, and the door that lets a persona in with one click. Demo mode only."""

from __future__ import annotations

import base64

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.demo.people import PASSWORD, families_of
from spelregel.records.accounts import find_account
from spelregel.rules.message import Message
from spelregel.settings import Settings
from spelregel.tenancy.registry import Snapshot
from spelregel.web.here import database, now, tenant, writing
from spelregel.web.login import log_in
from spelregel.web.look import icon
from spelregel.web.tenant_from_host import SNAPSHOT, plain_host
from spelregel.words import formats, terms
from spelregel.words.locale import LANGUAGES, Register

front = Blueprint("demo_front", __name__, template_folder="templates")
doors = Blueprint("demo", __name__)


@front.get("/")
def start() -> Response:
    settings: Settings = current_app.config["SETTINGS"]
    snapshot: Snapshot = request.environ[SNAPSHOT]
    wanted = request.args.get("lang")
    language = wanted if wanted in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "nl"
    reader = Register(language)
    _, _, port = request.host.partition(":")  # as the browser sees it, whatever stands in front
    moment = current_app.config["CLOCK"]()
    houses = []
    organisations = sorted(snapshot.tenants(), key=lambda each: each.name)
    for organisation in organisations:
        host = f"{organisation.subdomain}.{settings.base_domain}" + (f":{port}" if port else "")
        people = [
            {"family": family, "children": formats.and_list([child.first_name for child in family.children], reader),
             "care": formats.and_list([reader.text(Message(str(terms.CARE_TYPES[c].template))) for c in dict.fromkeys(c for child in family.children for c, _ in child.days)], reader)}
            for family in families_of(organisation)
        ]  # fmt: skip
        houses.append(
            {
                "organisation": organisation,
                "url": f"http://{host}",
                "host": host,
                "people": people,
                "icon": _as_data(icon(organisation.look)),
            }
        )
    local = moment.astimezone(organisations[0].rulebook.zone) if organisations else moment

    def t(template: str, /, **values: object) -> str:
        return reader.text(Message(template, values))

    page = render_template("demo/start.html", houses=houses, t=t, lang=language, nonce=g.nonce, password=PASSWORD,
                           moment=f"{formats.full_day(local.date(), reader)}, {formats.clock(local, reader)}")  # fmt: skip
    response = make_response(page)
    response.headers["Referrer-Policy"] = "origin"  # else browsers hide the Origin by which a portal knows this page
    return response


def _as_data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@doors.post("/demo/enter")
def enter() -> Response:
    """From the demo's front page only: it is the one request that may come from another host."""
    settings: Settings = current_app.config["SETTINGS"]
    scheme, _, host = request.headers.get("Origin", "").partition("://")
    if scheme not in ("http", "https") or plain_host(host) != settings.base_domain:
        abort(403)
    found = find_account(database(), request.form.get("username", ""))
    if found is None or found.username not in {family.username for family in families_of(tenant())}:
        abort(404)
    response = redirect(url_for("agenda.show"), 303)
    log_in(found, response, now(), remember=False)
    writing().commit()
    return response
