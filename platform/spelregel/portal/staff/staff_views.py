"""The children of one's groups, and what staff do for their guardians. Whatever lies outside one's reach is not there."""

from __future__ import annotations

from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.notify.account_changes import second_proof_changed
from spelregel.notify.invitations import invite_again
from spelregel.portal.staff.service import GuardianLine, coming_days, groups_on, guardians
from spelregel.records.account_access import close_account, open_account, take_off_second_proof
from spelregel.records.accounts import Account
from spelregel.records.audit import record
from spelregel.records.day_requests import count_waiting
from spelregel.records.family import Child, bar
from spelregel.records.outbox import MailRefused
from spelregel.records.staff import Employee, child_in
from spelregel.rules.message import msg
from spelregel.web.here import database, now, settings, tenant, today, writing
from spelregel.web.login import actor, allowed, everywhere, own_groups
from spelregel.web.pages import Tab
from spelregel.web.parameters import takes

blueprint = Blueprint("staff", __name__, template_folder="templates")
TABS = (Tab("staff.children", msg("Children"), "children", right="see_children"),)
FURTHEST = timedelta(days=28)

DONE: Final = MappingProxyType(
    {
        "invited": msg("The invitation is on its way."),
        "enough": msg(
            "Enough invitations were sent within this hour. Ask whether the mail is among the unwanted ones."
        ),
        "no-address": msg("This e-mail address is none that mail can be sent to."),
        "disabled": msg("The account is closed. Who was logged in with it no longer is."),
        "enabled": msg("The account is open again."),
        "proof-gone": msg("The code and the passkeys are taken off. The password alone opens the account now."),
        "barred": msg("This guardian sees nothing of this child any more, from this moment."),
        "let-in": msg("This guardian sees this child again."),
    }
)
WRONG: Final = frozenset({"enough", "no-address"})


@blueprint.get("/staff")
@allowed("see_children")
@takes(plain=("day",))
def children() -> str:
    day = _day(request.args.get("day"))
    groups = groups_on(database(), tenant().rulebook, own_groups("see_children"), day, today())
    return render_template(
        "staff/children.html",
        groups=groups,
        waiting=count_waiting(database(), own_groups("judge_requests"), today()),
        several=len({each.place.location.id for each in groups}) > 1,
        day=day,
        today=today(),
        before=day - timedelta(days=1) if day > today() - FURTHEST else None,
        after=day + timedelta(days=1) if day < today() + FURTHEST else None,
    )


def _day(text: str | None) -> date:
    try:
        wanted = date.fromisoformat(text or "")
    except ValueError:
        return today()
    return min(max(wanted, today() - FURTHEST), today() + FURTHEST)


@blueprint.get("/staff/child/<id:child_id>")
@allowed("see_children")
@takes(plain=("done",))
def child(child_id: str) -> str:
    found = _child(child_id, "see_children")
    sees = {right: _may_about(found, right) for right in ("see_guardians", "see_private_details")}
    record(writing(), actor(), "saw a child", now(), about="child", about_id=found.id, child_id=found.id)
    for right, action in (("see_guardians", "saw guardians"), ("see_private_details", "saw private details")):
        if sees[right]:
            record(writing(), actor(), action, now(), about="child", about_id=found.id, child_id=found.id)
    writing().commit()  # before anything of it is shown
    return _card(found, sees)


def _card(found: Child, sees: dict[str, bool]) -> str:
    mentor = database().get(Employee, (tenant().slug, found.mentor_id)) if found.mentor_id else None
    done = request.args.get("done", "")
    can = {right: _may_about(found, right) for right in ("send_invitations", "disable_accounts", "manage_custody")}
    return render_template(
        "staff/child.html", child=found, mentor=mentor, days=coming_days(database(), tenant().rulebook, found, today()), today=today(),
        guardians=guardians(database(), found) if sees["see_guardians"] else [], private=sees["see_private_details"], can=can,
        reads_audit=everywhere("read_audit"), judges=_may_about(found, "judge_requests"), done=DONE.get(done), wrong=done in WRONG,
    )  # fmt: skip


def _child(child_id: str, right: str) -> Child:
    """Another group's, another location's and one that does not exist are alike: not there."""
    return child_in(database(), own_groups(right), child_id, today()) or abort(404)


def _may_about(found: Child, right: str) -> bool:
    """A role counts where it is held: who is a mentor of one group sees no telephone numbers in another."""
    return child_in(database(), own_groups(right), found.id, today()) is not None


def _guardian(child_id: str, guardian_id: str, right: str) -> tuple[Child, GuardianLine]:
    found = _child(child_id, right)
    line = next((each for each in guardians(database(), found) if each.guardian.id == guardian_id), None)
    return found, line or abort(404)


def _account(line: GuardianLine) -> Account:
    return line.account or abort(404)


def _back(child_id: str, done: str) -> Response:
    return redirect(url_for("staff.child", child_id=child_id, done=done), 303)


@blueprint.post("/staff/child/<id:child_id>/guardian/<id:guardian_id>/invite")
@allowed("send_invitations")
def invite(child_id: str, guardian_id: str) -> Response:
    """For who received nothing: an earlier link stops working."""
    found, line = _guardian(child_id, guardian_id, "send_invitations")
    account_id = _account(line).id
    account = writing().get_one(Account, (tenant().slug, account_id), with_for_update=True)
    if account.password_hash is not None or account.disabled_at is not None:
        return _back(found.id, "")  # activated meanwhile: the page says so
    try:
        if not invite_again(writing(), tenant(), account, now(), settings()):
            return _back(found.id, "enough")
    except MailRefused:
        return _back(found.id, "no-address")
    record(writing(), actor(), "sent an invitation", now(), about="account", about_id=account_id, child_id=found.id)
    writing().commit()
    return _back(found.id, "invited")


@blueprint.post("/staff/child/<id:child_id>/guardian/<id:guardian_id>/disable")
@allowed("disable_accounts")
def disable(child_id: str, guardian_id: str) -> Response:
    found, line = _guardian(child_id, guardian_id, "disable_accounts")
    account = _account(line)
    close_account(writing(), account, now(), today())
    record(writing(), actor(), "disabled an account", now(), about="account", about_id=account.id, child_id=found.id)
    writing().commit()
    return _back(found.id, "disabled")


@blueprint.post("/staff/child/<id:child_id>/guardian/<id:guardian_id>/enable")
@allowed("disable_accounts")
def enable(child_id: str, guardian_id: str) -> Response:
    found, line = _guardian(child_id, guardian_id, "disable_accounts")
    account = _account(line)
    open_account(writing(), account)
    record(writing(), actor(), "enabled an account", now(), about="account", about_id=account.id, child_id=found.id)
    writing().commit()
    return _back(found.id, "enabled")


@blueprint.post("/staff/child/<id:child_id>/guardian/<id:guardian_id>/second-proof/remove")
@allowed("disable_accounts")
def remove_second_proof(child_id: str, guardian_id: str) -> Response:
    """For who lost the telephone. Staff look whether it is really them; the person is told by mail."""
    found, line = _guardian(child_id, guardian_id, "disable_accounts")
    account = _account(line)
    take_off_second_proof(writing(), account)
    second_proof_changed(writing(), tenant(), account, "taken off", now(), settings())
    record(writing(), actor(), "second proof taken off", now(), about="account", about_id=account.id, child_id=found.id)
    writing().commit()
    return _back(found.id, "proof-gone")


@blueprint.post("/staff/child/<id:child_id>/guardian/<id:guardian_id>/bar")
@allowed("manage_custody")
def bar_guardian(child_id: str, guardian_id: str) -> Response:
    """By a court's order. Why stays on paper: here only who did it, and when."""
    found, line = _guardian(child_id, guardian_id, "manage_custody")
    bar(writing(), line.guardian.id, found.id, now())
    record(
        writing(), actor(), "barred a guardian", now(), about="guardian", about_id=line.guardian.id, child_id=found.id
    )
    writing().commit()
    return _back(found.id, "barred")


@blueprint.post("/staff/child/<id:child_id>/guardian/<id:guardian_id>/let-in")
@allowed("manage_custody")
def let_in(child_id: str, guardian_id: str) -> Response:
    found, line = _guardian(child_id, guardian_id, "manage_custody")
    bar(writing(), line.guardian.id, found.id, None)
    record(writing(), actor(), "lifted a bar", now(), about="guardian", about_id=line.guardian.id, child_id=found.id)
    writing().commit()
    return _back(found.id, "let-in")
