"""Who is asking, and may they: the session cookie becomes an account, per tenant; every view names whom it is for.

A cookie of one organisation is nothing to another. A view carries one mark: `public`, `by_link` (the one-time link in
its address is the proof), `by_device` (the cookie of a paired tablet is), `by_operator`, or `allowed(right)` with a right of
`records.rights`; and says with `takes` what it reads from the address and the body (`web/parameters.py`). A view without a
mark is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial, wraps
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from spelregel.records import known_devices, login_sessions, rights, tablets
from spelregel.records.accounts import Account
from spelregel.records.audit import Actor
from spelregel.records.family import Child, children_of_guardian
from spelregel.records.guesses import PER_ADDRESS, forgive, subject_of, take_guess
from spelregel.records.locations import Place
from spelregel.records.login_sessions import SEEN_EVERY, SUPPORT, LoginSession, OnDevice
from spelregel.records.staff import Employment, employments_on, groups_within, places_within
from spelregel.records.tablets import IDLE, Tablet
from spelregel.storage.session import tenant_session
from spelregel.web.here import database, now, own_cookie, secure_cookies, tenant, today, writing
from spelregel.web.parameters import Undeclared, takes, undeclared_in_path

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC: Final = "public"
LINK: Final = "link"
DEVICE: Final = "device"
OPERATOR: Final = "operator"

#: What has to be done before anything else is open: asked in this order, each answers the endpoint to go to, or None.
Step = Callable[[], "str | None"]


# Marks


def _marked(view: Callable[..., Any], mark: str) -> Any:
    view.mark = mark  # type: ignore[attr-defined]  # a function carries what `mark_of` reads
    return view


def public(view: View) -> View:
    """Answers without any proof of who asks."""
    return cast("View", _marked(view, PUBLIC))


def by_link(view: View) -> View:
    """Answers whoever holds the one-time secret in the address; the view checks it. Who tries secrets that open nothing (the
    view answers 404) is slowed as at every other door: counted per network address before anything is looked at."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        engine, moment = current_app.config["ENGINE"], current_app.config["CLOCK"]()
        with tenant_session(engine, tenant().slug, writing=True) as counting:
            made = take_guess(
                counting, {subject_of(counting, "address", request.remote_addr or ""): PER_ADDRESS}, moment
            )
        if made is None:
            abort(429)
        answer = current_app.make_response(view(*args, **kwargs))
        if answer.status_code != 404:
            with tenant_session(engine, tenant().slug, writing=True) as counting:
                forgive(counting, made)
                counting.commit()
        return answer

    return cast("View", _marked(guarded, LINK))


def by_device(view: View) -> View:
    """On a paired tablet only; elsewhere to where one is paired."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if current_tablet() is None:
            return redirect(url_for("tablets.pair_form"), 302 if request.method == "GET" else 303)
        return view(*args, **kwargs)

    return cast("View", _marked(guarded, DEVICE))


def allowed(right: str, *, before_steps: bool = False, before_proof: bool = False) -> Callable[[View], View]:
    """For whoever has this right. Without a session: to the log-in page, and back here afterwards; what was being sent is
    said not to be sent. Without the right: as if the page were not there. `before_steps`: also while a step waits.
    `before_proof`: also while the second proof is still to come, when a password alone has opened the session."""
    rights.RIGHTS[right]  # a right that does not exist fails when the program starts

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if current_account() is None:
                return _to_the_door()
            held = not before_proof and (not before_steps or _waits_for_proof())
            if held and (step := waiting_step()) is not None:
                if request.method == "GET":
                    return redirect(url_for(step), 302)
                return redirect(url_for(step), 303)
            if not before_proof and _waits_for_proof():
                raise LookupError("no step asks for the second proof")
            if not may(right):
                abort(404)
            return view(*args, **kwargs)

        return cast("View", _marked(guarded, right))

    return mark


def _waits_for_proof() -> bool:
    found = current_session()
    return found is not None and found.waits_for_proof


def by_operator(view: View) -> View:
    """Answers whoever holds the token of who runs the platform; the view checks it."""
    return cast("View", _marked(view, OPERATOR))


def mark_of(app: Flask, endpoint: str) -> str | None:
    return cast("str | None", getattr(app.view_functions[endpoint], "mark", None))


def _to_the_door() -> Response:
    if current_tablet() is not None:
        return redirect(url_for("tablets.show"), 302 if request.method == "GET" else 303)
    if request.method == "GET":
        return redirect(url_for("account.login_form", after=request.full_path.rstrip("?")))
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:  # it can be anything that a client writes
        came_from = urlsplit("")
    after = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return redirect(url_for("account.login_form", after=after or None, unsent="yes"), 303)


def install(app: Flask, steps: Iterable[Step]) -> None:
    app.config["STEPS"] = tuple(steps)
    refuse_what_is_not_declared(app)


def refuse_what_is_not_declared(app: Flask) -> None:
    """A view that does not say whom it is for, or what the words in its path are, answers nobody."""
    app.view_functions["static"] = public(takes(plain=("filename",))(partial(app.view_functions["static"])))

    @app.before_request
    def refuse() -> None:
        if request.endpoint is None or request.url_rule is None:
            return
        if mark_of(app, request.endpoint) is None:
            raise LookupError(f"{request.endpoint} does not say whom it is for")
        if strange := undeclared_in_path(app, request.url_rule):
            raise Undeclared(f"{request.endpoint} does not say what these in its path are: {', '.join(strange)}")


def waiting_step() -> str | None:
    """The endpoint of the first step that this person has to take before anything else; asked once for a request."""
    if "step" not in g:
        steps: tuple[Step, ...] = current_app.config["STEPS"]
        g.step = next((endpoint for step in steps if (endpoint := step()) is not None), None)
    return cast("str | None", g.step)


# The cookie


def cookie_name() -> str:
    return own_cookie("sid")


def device_word() -> str | None:
    """The word in this device's cookie, whatever it is worth."""
    word = request.cookies.get(cookie_name(), "")
    return word if 20 < len(word) < 100 else None


def known_cookie() -> str:
    """Of the word by which a device is known on which somebody was logged in before."""
    return cookie_name().replace("sid", "known")


def known_word() -> str | None:
    word = request.cookies.get(known_cookie(), "")
    return word if 20 < len(word) < 60 else None


def set_cookie(response: Response, name: str, value: str, *, keep: timedelta | None) -> None:
    """`keep` None: until the browser closes."""
    response.set_cookie(name, value, max_age=int(keep.total_seconds()) if keep else None, secure=secure_cookies(),
                        httponly=True, samesite="Lax", path="/")  # fmt: skip


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, secure=secure_cookies(), httponly=True, samesite="Lax", path="/")


# Who


def device_sessions() -> list[LoginSession]:
    """Who is logged in on this device; who asks comes first."""
    if "device_sessions" not in g:
        word = device_word()
        g.people = login_sessions.people_on_device(database(), word, now()) if word else []
        found = [each.session for each in g.people]
        # What a PIN began is worth nothing without the tablet that it was shown on.
        on_tablet = current_tablet() if any(each.tablet_id for each in found) else None
        g.device_sessions = [each for each in found if each.tablet_id in (None, on_tablet.id if on_tablet else None)]
    return cast("list[LoginSession]", g.device_sessions)


def _read_with_session(account_id: str) -> OnDevice | None:
    """What was read together with the session; nothing of whom support stands in for, or looks along with."""
    people: list[OnDevice] = g.get("people", [])
    return next((each for each in people if each.account.id == account_id), None)


def current_session() -> LoginSession | None:
    found = device_sessions()
    if not found:
        return None
    if "session_seen" not in g:
        g.session_seen = True
        if now() - found[0].seen_at >= found[0].noted_every:
            with tenant_session(current_app.config["ENGINE"], tenant().slug, writing=True) as noting:
                login_sessions.seen(noting, found[0].id, now())
                noting.commit()
    return found[0]


def current_account() -> Account | None:
    if "account" not in g:
        found = current_session()
        known = _read_with_session(found.account_id) if found else None
        g.account = (
            known.account if known else database().get(Account, (tenant().slug, found.account_id)) if found else None
        )
    return cast("Account | None", g.account)


def account() -> Account:
    """Of a view behind `allowed`."""
    found = current_account()
    if found is None:
        raise LookupError("nobody is logged in")
    return found


def own_employments() -> list[Employment]:
    """What staff may do today, and where; empty for a guardian."""
    if "employments" not in g:
        employee = account().employee_id
        g.employments = employments_on(database(), employee, today()) if employee else []
    return cast("list[Employment]", g.employments)


def own_roles() -> tuple[str, ...]:
    return roles_of(account())


def roles_of(found: Account) -> tuple[str, ...]:
    """Of staff those of today: rights end with the employment, at once."""
    if found.employee_id is None:
        return (rights.GUARDIAN,)
    if "roles" not in g:
        g.roles = {}
    if found.id not in g.roles:
        today_s = employments_on(database(), found.employee_id, today())
        g.roles[found.id] = tuple(dict.fromkeys(each.role for each in today_s))
    return cast("tuple[str, ...]", g.roles[found.id])


def roles_with(right: str) -> tuple[str, ...]:
    """In this organisation."""
    return rights.roles_with(right, tenant().rights)


def may(right: str) -> bool:
    """For templates and views that show more to who may more. Whether, not where: that says `own_groups`."""
    found = current_account()
    return found is not None and holds(found, right)


def holds(found: Account, right: str) -> bool:
    """Of an account on this device, which may be about to log in."""
    if on_tablet() and right not in rights.ON_TABLET:
        return False
    if g.get("look") is not None and right not in rights.IN_A_LOOK:
        return False
    return not set(roles_of(found)).isdisjoint(roles_with(right))


def own_groups(right: str) -> set[str]:
    """The ids of the groups in which who is logged in has this right: a role counts where it is held, and on a tablet
    only in the groups of that tablet."""
    if not may(right):
        return set()
    groups = groups_within(database(), [each for each in own_employments() if each.role in roles_with(right)])
    tablet = current_tablet() if on_tablet() else None
    return groups & tablets.groups_of(database(), tablet) if tablet else groups


def own_places(right: str) -> list[Place]:
    """The locations and groups in which who is logged in has this right."""
    return places_within(database(), [each for each in own_employments() if each.role in roles_with(right)])


def everywhere(right: str) -> bool:
    """Whether it is held for the whole organisation, and not for a location of it."""
    return may(right) and any(e.location_id is None and e.role in roles_with(right) for e in own_employments())


# The tablet


def tablet_cookie() -> str:
    return cookie_name().replace("sid", "tablet")


def current_tablet() -> Tablet | None:
    """The paired tablet that this request comes from, whoever is logged in on it."""
    if "tablet" not in g:
        word = request.cookies.get(tablet_cookie(), "")
        g.tablet = tablets.find_tablet(database(), word, now()) if 20 < len(word) < 100 else None
        if g.tablet is not None and now() - g.tablet.seen_at >= SEEN_EVERY:
            with tenant_session(current_app.config["ENGINE"], tenant().slug, writing=True) as noting:
                tablets.tablet_seen(noting, g.tablet.id, now())
                noting.commit()
    return cast("Tablet | None", g.tablet)


def on_tablet() -> bool:
    """Whether who is logged in showed a PIN on a shared tablet."""
    found = current_session()
    return found is not None and found.tablet_id is not None


def own_children() -> list[Child]:
    """The children that the guardian who is logged in has custody of, in the order that the family says them."""
    if "children" not in g:
        guardian_id, known = account().guardian_id, _read_with_session(account().id)
        g.children = known.children if known else children_of_guardian(database(), guardian_id) if guardian_id else []
    return cast("list[Child]", g.children)


def actor() -> Actor:
    """Who does this, for the audit."""
    found = current_session()
    through = (
        "portal"
        if found is None
        else "support"
        if found.proof == SUPPORT
        else "tablet"
        if found.tablet_id
        else "portal"
    )
    return Actor(found.account_id if found else None, through, request.remote_addr, g.get("request_id"))


# In and out


def log_in(
    found: Account, response: Response, *, remember: bool, proof: str = "password", waits_for_proof: bool = False,
    idle: timedelta | None = None, tablet_id: str | None = None,
) -> None:  # fmt: skip
    """Starts a session with a new word in the answer's cookie; who was logged in on this device stays so. Commit `writing()`.

    On a shared tablet nobody is remembered, and who walks away is logged out, whatever they logged in with."""
    if current_tablet() is not None:
        remember, idle = False, IDLE
    word, ends = login_sessions.start_session(
        writing(), found, now(), old_word=device_word(), remember=remember, device=_device(), proof=proof,
        waits_for_proof=waits_for_proof, idle=idle, tablet_id=tablet_id,
    )  # fmt: skip
    set_cookie(response, cookie_name(), word, keep=ends - now() if remember else None)


def remember_device(found: Account, response: Response) -> None:
    """From here on a guess on this device is counted apart from those of strangers. Commit `writing()`."""
    known = known_devices.remember_device(writing(), known_word(), found, now())
    set_cookie(response, known_cookie(), known, keep=known_devices.KEPT)


def renew_word(response: Response) -> None:
    """After a proof or a new password: what the cookie held before is worth nothing any more. Commit `writing()`."""
    if (old := device_word()) is not None:
        word, ends = login_sessions.renew_word(writing(), old, now())
        set_cookie(response, cookie_name(), word, keep=ends - now() if ends else None)


def _device() -> str:
    """Words for the list of one's own sessions: "Firefox, Android". Made from what the browser says of itself."""
    said = request.user_agent.string
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("SamsungBrowser", "Samsung Internet"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip
    parts = [next((name for sign, name in table if sign in said), "") for table in (browsers, systems)]
    return ", ".join(part for part in parts if part)
