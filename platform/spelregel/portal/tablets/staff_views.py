"""Pairing a tablet from one screen to the other, the page on the tablet itself, and one's own PIN."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.portal.tablets.service import Refused, pair_tablet, prove_by_pin
from spelregel.records import pins
from spelregel.records.accounts import Account
from spelregel.records.audit import Actor, record
from spelregel.records.locations import list_places
from spelregel.records.login_sessions import end_device
from spelregel.records.staff import Employee
from spelregel.records.tablets import CODE_LIVES, IDLE, Tablet, employees_here, list_tablets, make_code, revoke, within
from spelregel.rules.message import Message, msg
from spelregel.web.here import database, now, register, tenant, today, writing
from spelregel.web.login import (
    account,
    actor,
    allowed,
    by_device,
    current_tablet,
    device_word,
    log_in,
    on_tablet,
    own_places,
    public,
    set_cookie,
    tablet_cookie,
)
from spelregel.web.pages import Tab, home, t
from spelregel.web.parameters import takes

blueprint = Blueprint("tablets", __name__, template_folder="templates")
TABS: tuple[Tab, ...] = ()
KEPT = timedelta(days=390)  # browsers keep no cookie longer than 400 days; each visit begins them anew
LONGEST_NAME = 60


# For who manages a location


@blueprint.get("/manage/tablets")
@allowed("manage_tablets")
@takes(ids=("where",), plain=("done", "name"))
def manage() -> str:
    return _manage(None)


def _manage(problem: Message | None) -> str:
    places = own_places("manage_tablets")
    mine = [(each, place) for each in list_tablets(database()) if (place := within(each, places)) is not None]
    return render_template("tablets/manage.html", tablets=mine, places=places, problem=problem, sent=request.form,
                           unpaired=request.args.get("done") == "unpaired")  # fmt: skip


@blueprint.post("/manage/tablets")
@allowed("manage_tablets")
@takes(
    ids=("where",),
    plain=(
        "done",
        "name",
    ),
)
def new_code() -> str | tuple[str, int]:
    """The code is shown here and never again."""
    name = " ".join(request.form.get("name", "").split())
    place = next((p for p in own_places("manage_tablets") if p.key == request.form.get("where")), None)
    if not 0 < len(name) <= LONGEST_NAME:
        return _manage(msg("Give the tablet a name by which you know it.")), 422
    if place is None:
        return _manage(msg("Choose of which group or location the tablet is.")), 422
    code = make_code(writing(), name, place, now())
    record(writing(), actor(), "made a pairing code", now(), about="location", about_id=place.location.id)
    writing().commit()
    ends = (now() + CODE_LIVES).astimezone(tenant().rulebook.zone)
    return render_template("tablets/code.html", code=code, name=name, place=place, until=ends, address=request.host + url_for("tablets.pair_form"))  # fmt: skip


@blueprint.post("/manage/tablets/<id:tablet_id>/unpair")
@allowed("manage_tablets")
def unpair(tablet_id: str) -> Response:
    places = own_places("manage_tablets")
    found = next((each for each in list_tablets(database()) if each.id == tablet_id and within(each, places)), None)
    if found is None:
        abort(404)
    revoke(writing(), found, now())
    record(writing(), actor(), "revoked a tablet", now(), about="tablet", about_id=found.id)
    writing().commit()
    return redirect(url_for("tablets.manage", done="unpaired"), 303)


# On the tablet


@blueprint.get("/tablet/pair")
@public
def pair_form() -> str | Response:
    if current_tablet() is not None:
        return redirect(url_for("tablets.show"), 302)
    return render_template("tablets/pair.html", problem=None)


@blueprint.post("/tablet/pair")
@public
@takes(plain=("code",))
def pair() -> Response | tuple[str, int]:
    address = request.remote_addr or ""
    who = Actor(None, "tablet", request.remote_addr, g.get("request_id"))
    paired = pair_tablet(current_app.config["ENGINE"], tenant(), request.form.get("code", "")[:40], address, who, now())
    if paired is Refused.TOO_OFTEN:
        return render_template("tablets/pair.html", problem=t("Too many tries. Wait a quarter of an hour.")), 429
    if isinstance(paired, Refused):
        wrong = t("This code is not right, or it was used already, or it is older than ten minutes. Make a new one.")
        return render_template("tablets/pair.html", problem=wrong), 403
    response = redirect(url_for("tablets.show"), 303)
    set_cookie(response, tablet_cookie(), paired[1], keep=KEPT)
    return response


def _tablet() -> Tablet:
    return current_tablet() or abort(404)


@blueprint.get("/tablet")
@by_device
def show() -> Response:
    """Who works here; a tap on a name asks for the PIN."""
    tablet = _tablet()
    place = within(tablet, list_places(database()))
    page = render_template(
        "tablets/tablet.html", tablet=tablet, place=place, people=employees_here(database(), tablet, today())
    )
    response = Response(page, content_type="text/html; charset=utf-8")
    set_cookie(response, tablet_cookie(), request.cookies[tablet_cookie()], keep=KEPT)
    return response


def _employee(account_id: str) -> tuple[Account, Employee]:
    """Whoever does not work here today is not here, whether there is such a person or not."""
    people = employees_here(database(), _tablet(), today())
    return next((each for each in people if each[0].id == account_id), None) or abort(404)


@blueprint.get("/tablet/enter/<id:account_id>")
@by_device
def enter_form(account_id: str) -> str:
    return _ask(_employee(account_id)[1], None, account_id)


def _ask(employee: Employee, problem: str | None, account_id: str) -> str:
    return render_template("tablets/enter.html", employee=employee, problem=problem, account_id=account_id)


@blueprint.post("/tablet/enter/<id:account_id>")
@by_device
@takes(plain=("pin",))
def enter(account_id: str) -> Response | tuple[str, int]:
    found, employee = _employee(account_id)
    tablet, who = _tablet(), Actor(account_id, "tablet", request.remote_addr, g.get("request_id"))
    pin = request.form.get("pin", "")[: pins.LONGEST + 1]
    refused = prove_by_pin(current_app.config["ENGINE"], tenant(), tablet, found, pin, who, now())
    if refused is Refused.TOO_OFTEN:
        return _ask(employee, t("Too many tries. Wait a quarter of an hour."), account_id), 429
    if refused is Refused.CLOSED:
        closed = t("This PIN is closed after too many wrong tries. Choose a new one under your own name, on a device of your own.")  # fmt: skip
        return _ask(employee, closed, account_id), 403
    if refused is Refused.WRONG:
        return _ask(employee, t("This PIN is not right."), account_id), 403
    response = redirect(home(found), 303)
    if (word := device_word()) is not None:
        end_device(writing(), word)  # one at a time: who was here before is gone
    log_in(found, response, remember=False, proof="pin", idle=IDLE, tablet_id=tablet.id)
    record(writing(), who, "logged in", now(), about="account", about_id=found.id)
    writing().commit()
    return response


@blueprint.after_app_request
def clear_the_screen(response: Response) -> Response:
    """Who walks away leaves nothing on the screen: when the session has idled out the tablet goes back by itself, without
    a script."""
    if response.mimetype == "text/html" and "account" in g and g.account is not None and on_tablet():
        response.headers["Refresh"] = f"{int(IDLE.total_seconds()) + 1}; url={url_for('tablets.show')}"
    return response


# One's own PIN


@blueprint.get("/account/pin")
@allowed("have_pin")
@takes(plain=("done",))
def pin_form() -> str:
    return _pin_page(None)


def _pin_page(problem: str | None) -> str:
    state = "closed" if pins.is_closed(account()) else "set" if account().pin_hash else "none"
    return render_template("tablets/pin.html", problem=problem, state=state, done=request.args.get("done") == "yes",
                           shortest=pins.SHORTEST, longest=pins.LONGEST)  # fmt: skip


@blueprint.post("/account/pin")
@allowed("have_pin")
@takes(plain=("done", "pin", "again"))
def choose_pin() -> Response | tuple[str, int]:
    pin, again = request.form.get("pin", ""), request.form.get("again", "")
    if (problem := pins.objection(pin)) is not None:
        return _pin_page(register().text(problem)), 422
    if pin != again:
        return _pin_page(t("The two are not the same.")), 422
    pins.set_pin(writing(), account().id, pin)
    record(writing(), actor(), "set a PIN", now(), about="account", about_id=account().id)
    writing().commit()
    return redirect(url_for("tablets.pin_form", done="yes"), 303)
