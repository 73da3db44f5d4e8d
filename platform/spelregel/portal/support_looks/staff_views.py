"""Granting and ending looks, for who administers the whole organisation; and the address at which support begins one."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.portal.support_looks.service import (
    LENGTHS,
    end_of,
    grants_with_names,
    let_support_look,
    objection_to,
    person_at,
    reason_in,
)
from spelregel.records.audit import Actor, record
from spelregel.records.family import children_of_guardian
from spelregel.records.login_sessions import SUPPORT
from spelregel.records.rights import ROLE_NAMES
from spelregel.records.support_grants import (
    ABOUT,
    LONGEST_REASON,
    SupportGrant,
    end_look,
    find_offer,
    live_look,
    open_look,
)
from spelregel.records.support_visits import MOST, Person, list_people
from spelregel.rules.message import Message, msg
from spelregel.web.here import database, now, register, settings, tenant, today, writing
from spelregel.web.login import account, actor, allowed, by_link, everywhere
from spelregel.web.looking import give_word, look_word
from spelregel.web.pages import Tab
from spelregel.web.parameters import takes

blueprint = Blueprint("support_looks", __name__, template_folder="templates")
TABS: tuple[Tab, ...] = ()

DONE: Final = MappingProxyType(
    {
        "ended": msg("Ended. Support sees nothing any more, on no screen."),
        "over": msg("This was over already."),
    }
)  # fmt: skip


@blueprint.after_request
def tell_nobody_the_address(response: Response) -> Response:
    """As with links in mails: the secret stands in the address, so no request of the page may name it."""
    if request.blueprint == blueprint.name and "secret" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "strict-origin"
    return response


def _whole() -> None:
    if not everywhere("grant_support"):
        abort(404)


@blueprint.get("/manage/support")
@allowed("grant_support")
@takes(plain=("done",))
def index() -> str:
    _whole()
    return render_template("support_looks/grants.html", lines=grants_with_names(database(), now()), done=DONE.get(request.args.get("done", "")))  # fmt: skip


@blueprint.get("/manage/support/new")
@allowed("grant_support")
@takes(ids=("account",), plain=("q", "reason", "length"))
def new() -> str | Response:
    """First as whom, then why and how long."""
    _whole()
    chosen = person_at(database(), request.args.get("account", ""), today())
    return _asking(chosen) if chosen is not None else _choosing(None)


def _choosing(problem: Message | None) -> str:
    wanted = request.args.get("q", "").strip()[:80]
    found = list_people(database(), today(), wanted)
    return render_template("support_looks/choose.html", people=[(each, _role(each)) for each in found], wanted=wanted,
                           more=len(found) == MOST, problem=problem)  # fmt: skip


def _asking(chosen: Person, problem: Message | None = None) -> str:
    return render_template("support_looks/grant.html", person=chosen, role=_role(chosen), lengths=LENGTHS.items(), sent=request.form,
                           longest=LONGEST_REASON, problem=problem)  # fmt: skip


def _role(person: Person) -> str:
    return ", ".join(register().text(ROLE_NAMES[role]) for role in person.roles)


@blueprint.post("/manage/support")
@allowed("grant_support")
@takes(ids=("account",), plain=("q", "reason", "length"))
def grant() -> str | tuple[str, int]:
    """The address is shown here and never again."""
    _whole()
    chosen = person_at(database(), request.form.get("account", ""), today())
    reason, length = reason_in(request.form.get("reason", "")), request.form.get("length", "")
    problem = objection_to(chosen, reason, length)
    if chosen is None:
        return _choosing(problem), 422
    if problem is not None:
        return _asking(chosen, problem), 422
    ends = end_of(length, now(), tenant().rulebook.zone)
    made, secret = let_support_look(writing(), tenant(), chosen, account(), reason, ends, actor(), now(), settings())
    writing().commit()
    address = settings().portal_url(tenant().subdomain) + url_for("support_looks.offer", secret=secret)
    return render_template("support_looks/address.html", address=address, person=chosen, grant=made)


@blueprint.post("/manage/support/<id:grant_id>/end")
@allowed("grant_support")
def end(grant_id: str) -> Response:
    """At once, in every worker: each request of a look asks the row."""
    _whole()
    ended = end_look(writing(), grant_id, account().id, now())
    if ended is not None:
        record(writing(), actor(), "ended a look", now(), about=ABOUT, about_id=ended.id)
        writing().commit()
    return redirect(url_for("support_looks.index", done="ended" if ended is not None else "over"), 303)


# For support


@blueprint.get("/support-look/<secret>")
@by_link
@takes(plain=("secret",))
def offer(secret: str) -> Response:
    """Changes nothing, and names nobody: programs look at addresses before their reader does."""
    found = find_offer(database(), secret, now())
    return _page(found) if found is not None else _gone()


@blueprint.post("/support-look/<secret>")
@by_link
@takes(plain=("secret",))
def begin(secret: str) -> Response:
    taken = open_look(writing(), secret, look_word(), now())
    if taken is None:
        return _gone()
    found, word = taken
    _write_down(found)
    writing().commit()
    response = redirect(url_for("account.home"), 303)
    give_word(response, found, word)
    return response


def _write_down(found: SupportGrant) -> None:
    """Also with each child that this person is guardian of, whose guardians read who looked."""
    who = Actor(found.account_id, SUPPORT, request.remote_addr, g.get("request_id"))
    record(writing(), who, "look begun", now(), about=ABOUT, about_id=found.id)
    person = person_at(writing(), found.account_id, today())
    if person is not None and person.account.guardian_id:
        for child in children_of_guardian(writing(), person.account.guardian_id):
            record(writing(), who, "look begun", now(), about=ABOUT, about_id=found.id, child_id=child.id)


def _page(found: SupportGrant) -> Response:
    return make_response(render_template("support_looks/offer.html", grant=found))


def _gone() -> Response:
    """The same for every address that does not work. Who has opened it already in this very browser goes on."""
    word = look_word()
    if word is not None and request.method == "GET" and live_look(database(), word, now()) is not None:
        return redirect(url_for("account.home"), 302)
    return make_response(render_template("support_looks/gone.html"), 404)
