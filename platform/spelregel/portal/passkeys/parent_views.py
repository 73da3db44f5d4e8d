"""The list of one's passkeys, adding and removing one, and the door that a passkey opens. Of staff as of parents."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.portal.passkeys import service
from spelregel.portal.passkeys.service import NotProven
from spelregel.records import passwords
from spelregel.records.audit import Actor, record
from spelregel.records.family import Guardian
from spelregel.records.guesses import PER_ADDRESS, PER_SUBJECT, forgive, subject_of, take_guess
from spelregel.records.passkeys import MOST, passkeys_of, remove_passkey
from spelregel.records.staff import Employee
from spelregel.storage.session import tenant_session
from spelregel.web.here import database, now, settings, tenant, writing
from spelregel.web.login import account, actor, allowed, current_session, log_in, public
from spelregel.web.pages import home, t
from spelregel.web.parameters import takes
from spelregel.web.tenant_from_host import plain_host

blueprint = Blueprint("passkeys", __name__, template_folder="templates")
TABS = ()


def _host() -> str:
    """This portal's own: the gate has compared it with the table of hosts."""
    return plain_host(request.host) or ""


def _origin() -> str:
    scheme = "https" if settings().is_production or request.is_secure else "http"
    return f"{scheme}://{request.host.lower()}"


@blueprint.before_request
def not_on_a_shared_tablet() -> None:
    """A passkey is somebody's own device; a group's tablet is not."""
    found = current_session()
    if found is not None and found.tablet_id is not None:
        abort(404)


@blueprint.get("/passkeys")
@allowed("own_account")
def show() -> str:
    return _page()


def _page(problem: str | None = None) -> str:
    found = passkeys_of(database(), account().id)
    return render_template(
        "passkeys/passkeys.html", passkeys=found, full=len(found) >= MOST, problem=problem, zone=tenant().rulebook.zone
    )


@blueprint.post("/passkeys/riddle")
@allowed("own_account")
@takes(plain=("password",))
def riddle() -> Response | tuple[Response, int]:
    """Before a passkey is added the password is asked: who finds a telephone unlocked does not make itself a key."""
    mine, moment = account(), now()
    with tenant_session(current_app.config["ENGINE"], tenant().slug, writing=True) as counting:
        limits = {subject_of(counting, "add passkey", mine.id): PER_SUBJECT,
                  subject_of(counting, "address", request.remote_addr or ""): PER_ADDRESS}  # fmt: skip
        made = take_guess(counting, limits, moment)
        if made is None:
            return jsonify(problem=t("Too many tries. Wait a quarter of an hour.")), 429
    if not passwords.matches(mine.password_hash, request.form.get("password", "")):
        return jsonify(problem=t("This is not your password.")), 403
    person: Guardian | Employee | None = (
        database().get(Guardian, (tenant().slug, mine.guardian_id))
        if mine.guardian_id
        else database().get(Employee, (tenant().slug, mine.employee_id))
    )
    options = service.asked_to_add(
        writing(), mine, _host(), tenant().name, person.name if person else mine.username, moment
    )
    forgive(writing(), made)
    writing().commit()
    return jsonify(options)


@blueprint.post("/passkeys")
@allowed("own_account")
@takes(plain=("name", "answer"))
def add() -> Response | tuple[str, int]:
    name = " ".join(request.form.get("name", "").split())[:60] or t("My device")
    try:
        made = service.add_passkey(
            writing(), account(), request.form.get("answer", ""), _host(), _origin(), name, now()
        )
    except NotProven:
        writing().commit()  # the riddle is spent
        return _page(t("That did not work. Nothing was added; try once more.")), 400
    writing().flush()
    record(writing(), actor(), "passkey added", now(), about="passkey", about_id=made.id)
    writing().commit()
    return redirect(url_for("passkeys.show"), 303)


@blueprint.post("/passkeys/<id:passkey_id>/remove")
@allowed("own_account")
def remove(passkey_id: str) -> Response:
    if not remove_passkey(writing(), account().id, passkey_id):
        abort(404)
    record(writing(), actor(), "passkey removed", now(), about="passkey", about_id=passkey_id)
    writing().commit()
    return redirect(url_for("passkeys.show"), 303)


@blueprint.post("/login/passkey/riddle")
@public
def door_riddle() -> Response | tuple[Response, int]:
    """Counted per address, so that nobody fills the table; forgiven by who then gets in."""
    with tenant_session(current_app.config["ENGINE"], tenant().slug, writing=True) as counting:
        if take_guess(counting, {subject_of(counting, "passkey riddle", request.remote_addr or ""): PER_ADDRESS}, now()) is None:  # fmt: skip
            return jsonify(problem=t("Too many tries. Wait a quarter of an hour.")), 429
    options = service.asked_at_the_door(writing(), _host(), now())
    writing().commit()
    return jsonify(options)


@blueprint.post("/login/passkey")
@public
@takes(plain=("answer",))
def door() -> Response:
    """A passkey is two proofs in one: the device, and the finger or code that unlocks it."""
    try:
        found = service.log_in_with_passkey(writing(), request.form.get("answer", ""), _host(), _origin(), now())
    except NotProven:
        writing().commit()
        return redirect(url_for("account.login_form", passkey="no"), 303)
    response = redirect(home(found), 303)
    may_stay = tenant().login.remember and not found.is_staff
    log_in(found, response, remember=may_stay, proof="passkey")
    record(writing(), Actor(found.id, "portal", request.remote_addr, actor().request_id), "logged in", now(), about="account", about_id=found.id)  # fmt: skip
    writing().commit()
    return response
