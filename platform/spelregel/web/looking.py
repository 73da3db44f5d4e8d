"""Support looks along as somebody, because an administrator granted it: read only, for a while, and all of it written down.

A look makes the request somebody else's, as a log-in would; the browser's own log-in is neither read nor touched, and is
there again afterwards. Nothing can be changed, and two things see to that, neither of which needs the other: every request
that is not for reading is refused here before a view sees it, and every session with the database refuses to write
(`storage.session.only_looking`) but for the audit. What is closed to a look: `records/rights.py`, IN_A_LOOK.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Flask, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from spelregel.records import rights
from spelregel.records.accounts import Account
from spelregel.records.audit import AuditEntry, record
from spelregel.records.family import children_of_guardian
from spelregel.records.login_sessions import SUPPORT, LoginSession
from spelregel.records.people import names_of
from spelregel.records.support_grants import ABOUT, SupportGrant, end_look, live_look
from spelregel.rules.message import Message, msg
from spelregel.storage.session import OnlyLooking, only_looking, tenant_session
from spelregel.web.here import database, now, own_cookie, register, tenant, writing
from spelregel.web.login import actor, drop_cookie, mark_of, set_cookie
from spelregel.web.parameters import ids_of

READING: Final = frozenset({"GET", "HEAD"})
NO_PAGES: Final = frozenset({"static", "look", "icon"})  # nothing on them is anybody's
#: Where a look begins: who opens a second one in the same browser does that as nobody.
DOORS: Final = frozenset({"support_looks.offer", "support_looks.begin"})
LEAVING: Final = frozenset({"account.logout", "account.logout_all"})
#: Of the pages for everybody and of those about one's own account, these lead on to the others; the rest is closed.
LEADING_ON: Final = frozenset({"account.home", "account.show"})
#: So long after its end the browser still knows that there was a look, and says so instead of asking to log in.
REMEMBERED: Final = timedelta(days=1)

ONLY_LOOKING: Final = msg("Nothing can be changed while you look along. What you sent was not carried out.")
CLOSED: Final = msg(
    "This page is closed to who looks along: passwords, codes, passkeys, devices and the log are nobody else’s to see."
)


@dataclass(frozen=True, slots=True)
class Look:
    """What this request looks at, with what the band says of it."""

    grant: SupportGrant
    account: Account
    name: str
    granted_by: str


def current_look() -> Look | None:
    found: Look | None = g.get("look")
    return found


def look_cookie() -> str:
    return own_cookie("look")


def look_word() -> str | None:
    word = request.cookies.get(look_cookie(), "")
    return word if 20 < len(word) < 100 else None


def give_word(response: Response, grant: SupportGrant, word: str) -> None:
    set_cookie(response, look_cookie(), word, keep=grant.ends_at - now() + REMEMBERED)


def install(app: Flask) -> None:
    """After `headers.install`: a request of another site is refused before anything is looked up."""
    app.before_request(_look_along)
    app.after_request(_keep_cookies_apart)
    app.teardown_request(_look_away)
    app.register_error_handler(OnlyLooking, lambda _error: _refused(ONLY_LOOKING))

    @app.context_processor
    def for_templates() -> dict[str, object]:
        return {"looking": current_look()}


def _look_along() -> Response | None:
    word = look_word()
    if word is None or request.endpoint in NO_PAGES or request.endpoint in DOORS:
        return None
    grant = live_look(database(), word, now())
    if grant is None:
        return _over()
    _become(grant, word)
    if request.endpoint in LEAVING and request.method == "POST":
        return _leave(grant)
    g.only_looking = only_looking(AuditEntry)
    g.only_looking.__enter__()
    refusal = refusal_of_this()
    _write_down("looked at a page" if refusal is None else "refused while looking")
    return _refused(refusal) if refusal is not None else None


def _become(grant: SupportGrant, word: str) -> None:
    """The request has no other cookie than that of the look, so that nothing else on this device is read."""
    g.account = database().get_one(Account, (tenant().slug, grant.account_id))
    names = names_of(database(), [grant.account_id, grant.granted_by], "account")
    g.look = Look(grant, g.account, names[grant.account_id], names[grant.granted_by])
    request.cookies = ImmutableMultiDict({look_cookie(): word})
    g.session_seen = True
    g.device_sessions = [
        LoginSession(
            id=grant.id, word_hash="", account_id=grant.account_id, started_at=grant.opened_at, ends_at=grant.ends_at,
            seen_at=now(), chosen_at=grant.opened_at, device=SUPPORT, proof=SUPPORT, waits_for_proof=False, remembered=False,
            idle_minutes=None, tablet_id=None,
        )
    ]  # fmt: skip


def refusal_of_this() -> Message | None:
    """Why this request is refused in a look; None when it may go on."""
    if request.method not in READING:
        return ONLY_LOOKING
    if request.endpoint is None or request.endpoint in LEADING_ON:
        return None
    mark = mark_of(current_app, request.endpoint)
    return None if mark in rights.IN_A_LOOK and mark != "own_account" else CLOSED


def _write_down(action: str) -> None:
    """Before anything is shown. In a session of its own: the page itself may fail."""
    if request.url_rule is None:
        return  # no page of the portal, and its address may hold anything
    own_child = None
    if g.account.guardian_id and (child := (request.view_args or {}).get("child_id")):
        mine = children_of_guardian(database(), g.account.guardian_id)
        own_child = child if child in {each.id for each in mine} else None
    all_ids = request.url_rule.arguments <= set(ids_of(current_app, request.url_rule))
    with tenant_session(current_app.config["ENGINE"], tenant().slug, writing=True) as session:
        record(session, actor(), action, now(), about=ABOUT, about_id=g.look.grant.id, child_id=own_child,
               path=request.path if all_ids else request.url_rule.rule)  # fmt: skip  # a secret in an address stays out
        session.commit()


def _leave(grant: SupportGrant) -> Response:
    if end_look(writing(), grant.id, None, now()) is not None:
        record(writing(), actor(), "look ended", now(), about=ABOUT, about_id=grant.id)
        writing().commit()
    g.look_is_over = True
    return redirect(url_for("account.home"), 303)


def _over() -> Response:
    """By time, by the administrator, or because an account was closed. Said once; then this browser is its own again."""
    g.look_is_over, g.account, g.step = True, None, None
    return make_response(render_template("look_over.html"), 410)


def _refused(why: Message) -> Response:
    return make_response(render_template("look_refused.html", why=register().text(why)), 403)


def _keep_cookies_apart(response: Response) -> Response:
    """An answer within a look sets no cookie, and clears nothing that belongs to who is logged in here."""
    over = g.get("look_is_over", False)
    if over or current_look() is not None:
        response.headers.remove("Set-Cookie")
        response.headers.pop("Clear-Site-Data", None)
    if over:
        drop_cookie(response, look_cookie())
    return response


def _look_away(_error: BaseException | None) -> None:
    looking = g.pop("only_looking", None)
    if looking is not None:
        looking.__exit__(None, None, None)
