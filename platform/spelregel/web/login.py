"""Who is asking: the session cookie becomes an account, per tenant. A cookie of one organisation is nothing to another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from spelregel.records.accounts import Account, end_session, find_session_account, start_session
from spelregel.records.family import Child, children_of_account
from spelregel.web.here import database, now, settings, writing

View = TypeVar("View", bound=Callable[..., Any])


def cookie_name() -> str:
    """`__Host-`: no sibling address can set or overwrite it. Browsers take it over HTTP on localhost only."""
    return "__Host-sid" if secure_cookies() else "sid"


def secure_cookies() -> bool:
    return settings().is_production or settings().base_domain == "localhost"


def current_account() -> Account | None:
    if "account" not in g:
        word = request.cookies.get(cookie_name(), "")
        g.account = find_session_account(database(), word, now()) if 20 < len(word) < 100 else None
    return cast("Account | None", g.account)


def login_required(view: View) -> View:
    """Without a session: to the log-in page, and back here afterwards; what was being sent is said not to be sent."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if current_account() is None:
            if request.method == "GET":
                return redirect(url_for("account.login_form", after=request.full_path.rstrip("?")))
            came_from = urlsplit(request.referrer or "")
            after = came_from.path + (f"?{came_from.query}" if came_from.query else "")
            return redirect(url_for("account.login_form", after=after or None, unsent="yes"), 303)
        return view(*args, **kwargs)

    return cast("View", guarded)


def account() -> Account:
    """Of a view behind `login_required`."""
    found = current_account()
    if found is None:
        raise LookupError("nobody is logged in")
    return found


def own_children() -> list[Child]:
    """The children of who is logged in, in the order that the family says them; asked once for a request."""
    if "children" not in g:
        g.children = children_of_account(database(), account().guardian_id)
    return cast("list[Child]", g.children)


def log_in(found: Account, response: Response, moment: datetime, *, remember: bool) -> None:
    """Starts a new session (never an old one) and puts its word into the answer's cookie."""
    _end_current()
    word, ends = start_session(writing(), found, moment, remember=remember)
    response.set_cookie(
        cookie_name(),
        word,
        expires=ends if remember else None,
        secure=secure_cookies(),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def log_out(response: Response) -> None:
    _end_current()
    response.delete_cookie(cookie_name(), secure=secure_cookies(), httponly=True, samesite="Lax", path="/")


def _end_current() -> None:
    if word := request.cookies.get(cookie_name()):
        end_session(writing(), word)
