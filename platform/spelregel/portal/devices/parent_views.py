"""The list of one's own sessions, and the accounts that are logged in on this device.

An id of somebody else's session answers as one that does not exist.
"""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.records import login_sessions
from spelregel.records.accounts import Account
from spelregel.records.audit import record
from spelregel.records.login_sessions import MOST_ACCOUNTS, LoginSession
from spelregel.records.people import person_of
from spelregel.records.support_grants import looks_as
from spelregel.web.here import database, now, tenant, writing
from spelregel.web.login import account, actor, allowed, current_session, device_sessions, device_word
from spelregel.web.pages import Tab, home
from spelregel.web.parameters import takes

blueprint = Blueprint("devices", __name__, template_folder="templates")
TABS: tuple[Tab, ...] = ()
LOOKS = 10  # of support, that are shown


# ---- one's own sessions, on every device


@blueprint.get("/account/devices")
@allowed("own_account")
@takes(plain=("ended",))
def show() -> str:
    found = login_sessions.live_of_account(database(), account().id, now())
    mine = current_session()
    found.sort(key=lambda each: mine is None or each.id != mine.id)  # this one first, then who was seen last
    return render_template("devices/devices.html", sessions=[(each, _day(each.started_at), _day(each.seen_at)) for each in found],
                           mine=mine, ended=request.args.get("ended") == "yes",
                           looks=[(each, min(each.ends_at, each.ended_at or each.ends_at)) for each in looks_as(database(), account().id, LOOKS)])  # fmt: skip


def _day(moment: datetime) -> date:
    return moment.astimezone(tenant().rulebook.zone).date()


@blueprint.post("/account/devices/<id:session_id>/end")
@allowed("own_account")
def end(session_id: str) -> Response:
    """There; of this very session: here."""
    found = next((each for each in login_sessions.live_of_account(database(), account().id, now()) if each.id == session_id), None)  # fmt: skip
    if found is None:
        abort(404)
    _end(found)
    writing().commit()
    return redirect(url_for("devices.show", ended="yes"), 303)


@blueprint.post("/account/devices/end-others")
@allowed("own_account")
def end_others() -> Response:
    mine = current_session()
    login_sessions.end_all_of(writing(), account().id, but=mine.id if mine else None)
    record(writing(), actor(), "other sessions ended", now(), about="account", about_id=account().id)
    writing().commit()
    return redirect(url_for("devices.show", ended="yes"), 303)


def _end(found: LoginSession) -> None:
    login_sessions.end_session(writing(), found.id)
    record(writing(), actor(), "session ended", now(), about="account", about_id=found.account_id)


# ---- the accounts on this device; also while one of them is held


@blueprint.get("/accounts")
@allowed("own_account", before_steps=True, before_proof=True)
def accounts() -> str:
    people = []
    for each in device_sessions():
        whose = database().get_one(Account, (tenant().slug, each.account_id))
        people.append((each, person_of(database(), whose).name, whose.username))
    people.sort(key=lambda found: (found[1].casefold(), found[0].id))  # stays where it is when one switches
    return render_template("devices/accounts.html", people=people, mine=current_session(), may_add=len(people) < MOST_ACCOUNTS)  # fmt: skip


@blueprint.post("/accounts/<id:session_id>/choose")
@allowed("own_account", before_steps=True, before_proof=True)
def choose(session_id: str) -> Response:
    if not login_sessions.choose(writing(), session_id, device_word() or "", now()):
        abort(404)
    chosen = writing().get_one(LoginSession, (tenant().slug, session_id))
    whose = writing().get_one(Account, (tenant().slug, chosen.account_id))
    record(writing(), actor(), "account chosen", now(), about="account", about_id=whose.id)
    writing().commit()
    return redirect(home(whose), 303)


@blueprint.post("/accounts/<id:session_id>/end")
@allowed("own_account", before_steps=True, before_proof=True)
def leave(session_id: str) -> Response:
    """Logs one of the accounts on this device out; the others stay."""
    found = next((each for each in device_sessions() if each.id == session_id), None)
    if found is None:
        abort(404)
    _end(found)
    writing().commit()
    return redirect(url_for("devices.accounts" if len(device_sessions()) > 1 else "account.login_form"), 303)
