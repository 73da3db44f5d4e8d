"""Employees, their roles and accounts, and the log. Only for who administers the whole organisation; else it is not there."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.notify.account_changes import second_proof_changed
from spelregel.notify.invitations import invite_again, send_invitation
from spelregel.portal.administration.service import (
    WHOLE_ORGANISATION,
    Line,
    add_employee,
    log_lines,
    objection_to_role,
    place_of,
    staff_list,
)
from spelregel.records import audit as audit_log
from spelregel.records import pins
from spelregel.records.account_access import (
    close_account,
    has_second_proof,
    open_account,
    standing_of,
    take_off_second_proof,
)
from spelregel.records.accounts import Account, account_of_employee
from spelregel.records.audit import record
from spelregel.records.locations import list_places
from spelregel.records.login_sessions import end_all_of
from spelregel.records.outbox import MailRefused, checked_address
from spelregel.records.people import names_of
from spelregel.records.rights import ROLE_NAMES, STAFF
from spelregel.records.staff import LastAdministrator, employ, end_employment
from spelregel.rules.message import Message, msg
from spelregel.web.here import database, now, settings, tenant, today, writing
from spelregel.web.login import actor, allowed, everywhere
from spelregel.web.pages import Tab
from spelregel.web.parameters import takes

blueprint = Blueprint("administration", __name__, template_folder="templates")
TABS = (
    Tab("administration.index", msg("Administration"), "gear", ("tablets.manage", "tablets.new_code", "support_looks"), right="manage_tablets"),
)  # fmt: skip
PAGE = 50
LONGEST_NAME = 80

DONE: Final = MappingProxyType(
    {
        "added": msg("The account is made, and the invitation is on its way."),
        "invited": msg("The invitation is on its way."),
        "enough": msg("Enough invitations were sent within this hour. Ask whether the mail is among the unwanted ones."),
        "no-address": msg("This e-mail address is none that mail can be sent to."),
        "disabled": msg("The account is closed. Who was logged in with it no longer is."),
        "enabled": msg("The account is open again."),
        "given": msg("The role counts from now on."),
        "ended": msg("The role has ended, and with it everything that came with it."),
        "last": msg("This is the last portal administrator. Make somebody else one first: without one nobody gets in any more."),
        "proof-gone": msg("The code and the passkeys are taken off. At the next log-in the employee sets up a code anew."),
        "pin-gone": msg("The PIN is removed. A new one is chosen under the employee’s own name, on a device of their own."),
    }
)  # fmt: skip
WRONG: Final = frozenset({"enough", "no-address", "last"})
THROUGH: Final = MappingProxyType(
    {
        "tablet": msg("on a shared tablet"), "support": msg("by support"), "link": msg("by a link from a mail"),
        "program": msg("by the program"),
    }
)  # fmt: skip


@blueprint.get("/manage")
@allowed("manage_tablets")
def index() -> str:
    return render_template("administration/index.html", whole=everywhere("manage_staff"))


@blueprint.get("/manage/staff")
@allowed("manage_staff")
@takes(ids=("where",), plain=("done", "name", "role", "email"))
def staff() -> str:
    _whole("manage_staff")
    return _staff_page(None)


def _whole(right: str) -> None:
    if not everywhere(right):
        abort(404)


def _staff_page(problem: Message | None) -> str:
    return render_template(
        "administration/staff.html", lines=staff_list(database(), today()), problem=problem, sent=request.form,
        **_choices(), **_done(),
    )  # fmt: skip


def _choices() -> dict[str, object]:
    """What a role can be, and where."""
    return {"roles": [(role, ROLE_NAMES[role]) for role in STAFF], "role_names": ROLE_NAMES,
            "places": list_places(database()), "everywhere": WHOLE_ORGANISATION}  # fmt: skip


def _done() -> dict[str, object]:
    done = request.args.get("done", "")
    return {"done": DONE.get(done), "wrong": done in WRONG}


@blueprint.post("/manage/staff")
@allowed("manage_staff")
@takes(ids=("where",), plain=("done", "name", "role", "email"))
def add() -> Response | tuple[str, int]:
    """The employee, the account and the role, and the invitation with them."""
    _whole("manage_staff")
    name = " ".join(request.form.get("name", "").split())
    role, where = request.form.get("role", ""), request.form.get("where", "")
    places = list_places(database())
    problem = None if 0 < len(name) <= LONGEST_NAME else msg("Write the name of the employee.")
    problem = problem or objection_to_role(role, where, places)
    email = ""
    try:
        email = checked_address(request.form.get("email", ""))
    except MailRefused as refused:
        problem = problem or refused.sentence
    if problem is not None:
        return _staff_page(problem), 422
    added = add_employee(writing(), name, email, role, place_of(where, places), today())
    if added is None:
        return _staff_page(msg("An employee logs in with this address already.")), 422
    employee, account = added
    writing().flush()
    send_invitation(writing(), tenant(), account, now(), settings())
    record(writing(), actor(), "added an employee", now(), about="employee", about_id=employee.id)
    record(writing(), actor(), "gave a role", now(), about="employee", about_id=employee.id)
    record(writing(), actor(), "sent an invitation", now(), about="account", about_id=account.id)
    writing().commit()
    return _back(employee.id, "added")


@blueprint.get("/manage/staff/<id:employee_id>")
@allowed("manage_staff")
@takes(ids=("where",), plain=("done", "role"))
def employee(employee_id: str) -> str:
    return _employee_page(_line(employee_id), None)


def _employee_page(line: Line, problem: Message | None) -> str:
    account = account_of_employee(database(), line.employee.id)
    return render_template(
        "administration/employee.html", line=line, account=account, standing_now=standing_of(database(), account), problem=problem,
        pin="closed" if account and pins.is_closed(account) else "set" if account and account.pin_hash else "none",
        has_proof=account is not None and has_second_proof(database(), account), today=today(), sent=request.form, **_choices(), **_done(),
    )  # fmt: skip


def _line(employee_id: str) -> Line:
    _whole("manage_staff")
    lines = staff_list(database(), today())
    return next((line for line in lines if line.employee.id == employee_id), None) or abort(404)


def _account(line: Line) -> Account:
    return account_of_employee(database(), line.employee.id) or abort(404)


def _back(employee_id: str, done: str) -> Response:
    return redirect(url_for("administration.employee", employee_id=employee_id, done=done), 303)


@blueprint.post("/manage/staff/<id:employee_id>/role")
@allowed("manage_staff")
@takes(
    ids=("where",),
    plain=(
        "done",
        "role",
    ),
)
def give_role(employee_id: str) -> Response | tuple[str, int]:
    line = _line(employee_id)
    role, where = request.form.get("role", ""), request.form.get("where", "")
    places = list_places(database())
    if (problem := objection_to_role(role, where, places)) is not None:
        return _employee_page(line, problem), 422
    employ(writing(), line.employee.id, role, place_of(where, places), today())
    record(writing(), actor(), "gave a role", now(), about="employee", about_id=line.employee.id)
    writing().commit()
    return _back(line.employee.id, "given")


@blueprint.post("/manage/staff/<id:employee_id>/role/<id:employment_id>/end")
@allowed("manage_staff")
def end_role(employee_id: str, employment_id: str) -> Response:
    """At once. Sessions on shared tablets end with it: they may stand at a place that is no longer theirs."""
    line = _line(employee_id)
    role = next((each for each in line.roles if each.employment.id == employment_id), None) or abort(404)
    try:
        end_employment(writing(), role.employment, today())
    except LastAdministrator:
        return _back(line.employee.id, "last")
    account = account_of_employee(database(), line.employee.id)
    if account is not None and len(line.roles) == 1:
        end_all_of(writing(), account.id)  # nothing is left that this account is for
    record(writing(), actor(), "ended a role", now(), about="employee", about_id=line.employee.id)
    writing().commit()
    return _back(line.employee.id, "ended")


@blueprint.post("/manage/staff/<id:employee_id>/invite")
@allowed("manage_staff")
def invite(employee_id: str) -> Response:
    line = _line(employee_id)
    account_id = _account(line).id
    account = writing().get_one(Account, (tenant().slug, account_id), with_for_update=True)
    if account.password_hash is not None or account.disabled_at is not None:
        return _back(line.employee.id, "")
    try:
        if not invite_again(writing(), tenant(), account, now(), settings()):
            return _back(line.employee.id, "enough")
    except MailRefused:
        return _back(line.employee.id, "no-address")
    record(writing(), actor(), "sent an invitation", now(), about="account", about_id=account_id)
    writing().commit()
    return _back(line.employee.id, "invited")


@blueprint.post("/manage/staff/<id:employee_id>/disable")
@allowed("disable_accounts")
def disable(employee_id: str) -> Response:
    line = _line(employee_id)
    account = _account(line)
    try:
        close_account(writing(), account, now(), today())
    except LastAdministrator:
        return _back(line.employee.id, "last")
    record(writing(), actor(), "disabled an account", now(), about="account", about_id=account.id)
    writing().commit()
    return _back(line.employee.id, "disabled")


@blueprint.post("/manage/staff/<id:employee_id>/enable")
@allowed("disable_accounts")
def enable(employee_id: str) -> Response:
    line = _line(employee_id)
    account = _account(line)
    open_account(writing(), account)
    record(writing(), actor(), "enabled an account", now(), about="account", about_id=account.id)
    writing().commit()
    return _back(line.employee.id, "enabled")


@blueprint.post("/manage/staff/<id:employee_id>/second-proof/remove")
@allowed("disable_accounts")
def remove_second_proof(employee_id: str) -> Response:
    """For who lost the telephone and the recovery codes; the person is told by mail."""
    line = _line(employee_id)
    account = _account(line)
    take_off_second_proof(writing(), account)
    second_proof_changed(writing(), tenant(), account, "taken off", now(), settings())
    record(writing(), actor(), "second proof taken off", now(), about="account", about_id=account.id)
    writing().commit()
    return _back(line.employee.id, "proof-gone")


@blueprint.post("/manage/staff/<id:employee_id>/pin/remove")
@allowed("manage_staff")
def remove_pin(employee_id: str) -> Response:
    """For who believes that a colleague has seen it."""
    line = _line(employee_id)
    account = _account(line)
    pins.drop_pin(writing(), account.id)
    record(writing(), actor(), "removed a PIN", now(), about="account", about_id=account.id)
    writing().commit()
    return _back(line.employee.id, "pin-gone")


@blueprint.get("/manage/audit")
@allowed("read_audit")
@takes(ids=("account", "child", "below"))
def audit() -> str:
    """Newest first; of one account or one child when that is asked. Looking at it is written down as well."""
    _whole("read_audit")
    account_id, child_id = request.args.get("account"), request.args.get("child")
    entries = audit_log.newest(
        database(), below=request.args.get("below"), account_id=account_id, child_id=child_id, limit=PAGE + 1
    )
    only = names_of(database(), [account_id], "account") if account_id else {}
    only = names_of(database(), [child_id], "child") if child_id else only
    # Only of whom there is: what else stands in the address is somebody's text, or an id of another organisation.
    about = ("child" if child_id else "account") if only else None
    record(writing(), actor(), "read the audit", now(), about=about, about_id=next(iter(only), None))
    writing().commit()
    return render_template(
        "administration/audit.html", lines=log_lines(database(), entries[:PAGE]), actions=audit_log.ACTIONS, through=THROUGH,
        only=next(iter(only.values()), None), asked={"account": account_id, "child": child_id}, more=len(entries) > PAGE,
    )  # fmt: skip
