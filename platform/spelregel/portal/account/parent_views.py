"""The door, and what lies under the parent's own name."""

from __future__ import annotations

import re

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.records.accounts import check_password, choose_language, find_account
from spelregel.records.family import Guardian
from spelregel.rules.message import msg
from spelregel.storage.session import tenant_session
from spelregel.tenancy.tenant import in_language
from spelregel.web.here import database, now, register, tenant, writing
from spelregel.web.login import account, current_account, log_in, log_out, login_required, own_children, secure_cookies
from spelregel.web.pages import Tab, t

blueprint = Blueprint("account", __name__, template_folder="templates")
TABS = (Tab("account.show", msg("Other"), "person", ("credits", "conditions")),)
HOME = "agenda.show"


@blueprint.get("/")
def home() -> Response:
    return redirect(url_for(HOME if current_account() else "account.login_form"), 302)


@blueprint.get("/login")
def login_form() -> str | Response:
    if current_account() is not None:
        return redirect(url_for(HOME), 302)
    response = make_response(_form())
    if (chosen := request.args.get("lang")) in tenant().languages:
        response.set_cookie(
            "lang", chosen, max_age=365 * 24 * 3600, secure=secure_cookies(), httponly=True, samesite="Lax"
        )
    return response


def _form(problem: str | None = None) -> str:
    login, language = tenant().login, register().language
    is_email = login.username == "email"
    return render_template(
        "account/login.html", problem=problem, unsent=request.args.get("unsent") == "yes", username=request.form.get("username", ""), after=_after(), is_email=is_email,
        label=in_language(login.label, language) or (t("E-mail address") if is_email else t("Debtor number")),
        hint=in_language(login.hint, language), activation=in_language(login.activation, language), remember=login.remember,
        contacts=[c for c in tenant().contacts if c.email or c.phone],
    )  # fmt: skip


def _after() -> str | None:
    """Where the parent was going: a path of this portal and nothing else."""
    wanted = request.values.get("after") or ""
    return (
        wanted
        if re.fullmatch(r"/[a-z][a-z0-9/_-]{0,100}(?:\?[a-z0-9=&-]{0,200})?", wanted) and "//" not in wanted
        else None
    )


@blueprint.post("/login")
def login() -> Response | tuple[str, int]:
    username, password = request.form.get("username", ""), request.form.get("password", "")
    # A session of its own that only reads: hashing takes long, and nobody should wait for it with the write lock held.
    with tenant_session(current_app.config["ENGINE"], tenant().slug) as reading:
        found = find_account(reading, username[:200])
        known = check_password(found, password)
    if not known or found is None:
        wrong = (
            t("This e-mail address and password do not belong together.")
            if tenant().login.username == "email"
            else t("This debtor number and password do not belong together.")
        )
        return _form(wrong), 403
    response = redirect(_after() or url_for(HOME), 303)
    log_in(found, response, now(), remember=tenant().login.remember and request.form.get("remember") == "yes")
    # A language that was clicked at the door counts; the browser's own only for who never chose one.
    chosen = request.cookies.get("lang") or (request.form.get("lang") if found.language is None else None)
    if chosen in tenant().languages and chosen != found.language:
        choose_language(writing(), found.id, chosen)
    writing().commit()
    return response


@blueprint.post("/logout")
def logout() -> Response:
    response = redirect(url_for("account.login_form"), 303)
    log_out(response)
    writing().commit()
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.get("/account")
@login_required
def show() -> str:
    guardian = database().get(Guardian, (tenant().slug, account().guardian_id))
    return render_template("account/account.html", guardian=guardian, children=own_children(),
                           contacts=[(in_language(c.name, register().language), in_language(c.about, register().language), c) for c in tenant().contacts])  # fmt: skip


@blueprint.post("/account/language")
@login_required
def language() -> Response:
    chosen = request.form.get("language")
    if chosen in tenant().languages:
        choose_language(writing(), account().id, chosen)
        writing().commit()
    response = redirect(url_for("account.show"), 303)
    response.delete_cookie("lang", secure=secure_cookies(), httponly=True, samesite="Lax")  # the account knows it now
    return response
