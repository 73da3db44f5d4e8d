"""What a link from a mail opens, for guardians and staff alike, and the page that asks for one.

Opening a link changes nothing: mail programs look at links before their reader does. Only what is sent uses it up.
"""

from __future__ import annotations

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.portal.links.service import TOO_OFTEN, Holder, activate, ask, holder_of, objection_to, reset
from spelregel.records.accounts import choose_language
from spelregel.records.audit import Actor
from spelregel.records.passwords import LONGEST, SHORTEST, hash_password
from spelregel.tenancy.tenant import in_language
from spelregel.web.here import database, now, register, settings, speak_to, tenant, writing
from spelregel.web.login import by_link, log_in, public, remember_device
from spelregel.web.pages import Tab, home, t
from spelregel.web.parameters import takes

blueprint = Blueprint("links", __name__, template_folder="templates")
TABS: tuple[Tab, ...] = ()


@blueprint.after_request
def tell_nobody_the_address(response: Response) -> Response:
    """The secret stands in the address of the page, so no request that the page makes may name it. Not “no-referrer”: then
    browsers hide in a form, too, where it comes from, and older ones say so in no other way."""
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@blueprint.get("/activate/<secret>")
@by_link
@takes(plain=("secret",))
def activate_form(secret: str) -> Response:
    holder = _holder("activate", secret)
    return _form("activate", secret, holder) if holder else _gone()


@blueprint.post("/activate/<secret>")
@by_link
@takes(plain=("secret", "password", "again", "remember"))
def activate_account(secret: str) -> Response:
    holder = _holder("activate", secret)
    if holder is None:
        return _gone()
    if problem := _objection(holder):
        return _form("activate", secret, holder, *problem)
    password_hash = hash_password(request.form["password"])
    found = activate(writing(), secret, password_hash, now(), _actor())
    if found is None:
        return _gone()
    response = redirect(home(found), 303)
    may_stay = tenant().login.remember and not found.is_staff
    log_in(found, response, remember=may_stay and request.form.get("remember") == "yes", waits_for_proof=found.totp_secret is not None)  # fmt: skip
    remember_device(found, response)
    if found.language is None and register().language in tenant().languages:
        choose_language(writing(), found.id, register().language)
    writing().commit()
    return response


@blueprint.get("/reset/<secret>")
@by_link
@takes(plain=("secret",))
def reset_form(secret: str) -> Response:
    holder = _holder("reset", secret)
    return _form("reset", secret, holder) if holder else _gone()


@blueprint.post("/reset/<secret>")
@by_link
@takes(plain=("secret", "password", "again"))
def reset_password(secret: str) -> Response:
    holder = _holder("reset", secret)
    if holder is None:
        return _gone()
    if problem := _objection(holder):
        return _form("reset", secret, holder, *problem)
    password_hash = hash_password(request.form["password"])
    if reset(writing(), tenant(), secret, password_hash, now(), _actor(), settings()) is None:
        return _gone()
    writing().commit()
    return redirect(url_for("account.login_form", changed="yes", add="yes"), 303)


@blueprint.get("/forgot")
@public
@takes(plain=("sent",))
def forgot() -> str:
    return _asking(sent=request.args.get("sent") == "yes")


@blueprint.post("/forgot")
@public
@takes(plain=("username",))
def ask_for_link() -> Response | tuple[str, int]:
    username = request.form.get("username", "")[:200]
    if not username.strip():
        return _asking(), 422
    if not ask(current_app.config["ENGINE"], tenant().slug, username, request.remote_addr or "", now()):
        return _asking(problem=t("Too many tries. Wait a quarter of an hour, and look in your mail meanwhile.")), 429
    return redirect(url_for("links.forgot", sent="yes"), 303)


def _holder(purpose: str, secret: str) -> Holder | None:
    found = holder_of(database(), purpose, secret, now())
    if found is not None:
        speak_to(found.account.language)
    return found


def _objection(holder: Holder) -> tuple[str, int] | None:
    found = objection_to(
        current_app.config["ENGINE"], tenant(), holder, request.form.get("password", ""), request.form.get("again", ""),
        request.remote_addr or "", now(),
    )  # fmt: skip
    return (register().text(found), 429 if found is TOO_OFTEN else 422) if found else None


def _actor() -> Actor:
    return Actor(None, "link", request.remote_addr, g.get("request_id"))


def _form(purpose: str, secret: str, holder: Holder, problem: str | None = None, status: int = 200) -> Response:
    account = holder.account
    return make_response(
        render_template(
            "links/password.html", purpose=purpose, action=url_for(request.endpoint or "", secret=secret, lang=_asked_language()),
            username=account.username, label=_label(is_staff=account.is_staff), person=holder.person, problem=problem,
            remember=purpose == "activate" and tenant().login.remember and not account.is_staff, shortest=SHORTEST, longest=LONGEST,
            secret=secret,
        ),
        status,
    )  # fmt: skip


def _asked_language() -> str | None:
    return request.args.get("lang") if request.args.get("lang") in tenant().languages else None


def _gone() -> Response:
    """The same for every link that does not work."""
    return make_response(render_template("links/gone.html"), 404)


def _asking(problem: str | None = None, *, sent: bool = False) -> str:
    return render_template(
        "links/forgot.html", sent=sent, problem=problem, label=_label(is_staff=False),
        is_email=tenant().login.username == "email", hint=in_language(tenant().login.hint, register().language),
    )  # fmt: skip


def _label(*, is_staff: bool) -> str:
    """What the user name is called: staff log in with their e-mail address everywhere."""
    login = tenant().login
    own = "" if is_staff else in_language(login.label, register().language)
    return own or (t("E-mail address") if is_staff or login.username == "email" else t("Debtor number"))
