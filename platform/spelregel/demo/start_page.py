"""The demo's front page on the base domain, and the door that lets a persona in with one click. Demo mode only."""

from __future__ import annotations

import base64

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from spelregel.demo.people import OTHER_PASSWORD, PASSWORD, email_of, employees_of, families_of
from spelregel.records.accounts import Account
from spelregel.records.family import Guardian
from spelregel.records.rights import ROLE_NAMES
from spelregel.records.staff import Employee
from spelregel.rules.message import Message
from spelregel.settings import Settings
from spelregel.tenancy.registry import Snapshot
from spelregel.web.here import database, tenant, writing
from spelregel.web.login import log_in, public
from spelregel.web.look import icon
from spelregel.web.pages import home
from spelregel.web.parameters import takes
from spelregel.web.tenant_from_host import SNAPSHOT, plain_host
from spelregel.words import formats, terms
from spelregel.words.locale import LANGUAGES, Register

front = Blueprint("demo_front", __name__, template_folder="templates")
doors = Blueprint("demo", __name__)


@front.get("/")
@public
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
        parents = [
            {"name": family.parent, "other": family.other if family.other_active else None, "username": family.username, "email": family.email, "other_email": family.other_email,
             "children": formats.and_list([child.first_name for child in family.children], reader),
             "care": formats.and_list([reader.text(Message(str(terms.CARE_TYPES[c].template))) for c in dict.fromkeys(c for child in family.children for c, _ in child.days)], reader)}
            for family in families_of(organisation)
        ]  # fmt: skip
        houses.append(
            {
                "organisation": organisation,
                "url": f"http://{host}",
                "host": host,
                "parents": parents,
                "staff": [{"name": each.name, "email": each.email, "role": reader.text(Message(str(ROLE_NAMES[each.role].template)))} for each in employees_of(organisation)],
                "icon": _as_data(icon(organisation.look)),
            }
        )  # fmt: skip
    local = moment.astimezone(organisations[0].rulebook.zone) if organisations else moment

    def t(template: str, /, **values: object) -> str:
        return reader.text(Message(template, values))

    page = render_template("demo/start.html", houses=houses, t=t, lang=language, nonce=g.nonce, password=PASSWORD, other_password=OTHER_PASSWORD,
                           moment=f"{formats.full_day(local.date(), reader)}, {formats.clock(local, reader)}")  # fmt: skip
    response = make_response(page)
    response.headers["Referrer-Policy"] = "origin"  # else browsers hide the Origin by which a portal knows this page
    return response


def _as_data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@doors.post("/demo/enter")
@public
@takes(plain=("person",))
def enter() -> Response:
    """From the demo's front page only: it is the one request that may come from another host."""
    settings: Settings = current_app.config["SETTINGS"]
    scheme, _, host = request.headers.get("Origin", "").partition("://")
    if scheme not in ("http", "https") or plain_host(host) != settings.base_domain:
        abort(403)
    found = _account_of(request.form.get("person", ""))
    if found is None or found.password_hash is None:
        abort(404)
    response = redirect(home(found), 303)
    log_in(found, response, remember=False, proof="demo")
    writing().commit()
    return response


def _account_of(email: str) -> Account | None:
    """Of a persona of this organisation; nobody else is let in here."""
    plans = [name for family in families_of(tenant()) for name in (family.parent, family.other)]
    if email not in {email_of(name) for name in plans} | {each.email for each in employees_of(tenant())}:
        return None
    guardian = select(Guardian.id).where(Guardian.email == email)
    employee = select(Employee.id).where(Employee.email == email)
    found = select(Account).where(or_(Account.guardian_id.in_(guardian), Account.employee_id.in_(employee)))
    return database().scalars(found).first()
