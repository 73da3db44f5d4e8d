"""The door, and what lies under one's own name."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.portal.account.service import Refused, log_in_with_password
from spelregel.records import login_sessions
from spelregel.records.accounts import choose_language
from spelregel.records.audit import Actor, record
from spelregel.records.family import Guardian
from spelregel.records.staff import Employee
from spelregel.rules.message import msg
from spelregel.rules.phrases import Lead
from spelregel.tenancy.tenant import in_language
from spelregel.web.here import database, now, own_cookie, register, speaker, tenant, writing
from spelregel.web.login import (  # fmt: skip
    account,
    actor,
    allowed,
    cookie_name,
    current_account,
    current_session,
    current_tablet,
    device_sessions,
    device_word,
    drop_cookie,
    known_word,
    log_in,
    own_children,
    public,
    remember_device,
    set_cookie,
)
from spelregel.web.pages import Tab, home, t
from spelregel.web.parameters import takes
from spelregel.words.phrase_words import counted

blueprint = Blueprint("account", __name__, template_folder="templates")
TABS = (
    Tab(
        "account.show",
        msg("Other"),
        "person",
        (
            "credits",
            "conditions",
            "credentials",
            "passkeys",
            "devices",
            "family",
            "consents",
            "tablets.pin_form",
            "tablets.choose_pin",
        ),
        right="own_account",
    ),
)
YEAR = timedelta(days=365)


@blueprint.get("/", endpoint="home")
@public
def begin() -> Response:
    found = current_account()
    if found is None and current_tablet() is not None:
        return redirect(url_for("tablets.show"), 302)
    return redirect(home(found) if found else url_for("account.login_form"), 302)


@blueprint.get("/login")
@public
@takes(plain=("changed", "add", "unsent", "after", "username", "passkey"))
def login_form() -> str | Response:
    """Also for who is logged in already and adds another account on this device (`?add=yes`)."""
    if (mine := current_account()) is not None and request.args.get("add") != "yes":
        return redirect(home(mine), 302)
    response = make_response(_form())
    if (chosen := request.args.get("lang")) in tenant().languages:
        set_cookie(response, own_cookie("lang"), str(chosen), keep=YEAR)
    return response


def _form(problem: str | None = None) -> str:
    login, language = tenant().login, register().language
    is_email = login.username == "email"
    return render_template(
        "account/login.html", problem=problem, adding=current_account() is not None, unsent=request.args.get("unsent") == "yes", changed=request.args.get("changed") == "yes", username=request.form.get("username", ""), after=_after(), is_email=is_email,
        label=in_language(login.label, language) or (t("E-mail address") if is_email else t("Debtor number")),
        hint=in_language(login.hint, language), activation=in_language(login.activation, language) or _invited(login.activation_sent), links=login, remember=login.remember,
    )  # fmt: skip


def _invited(lead: Lead) -> str:
    """When a new parent hears from us, where the organisation has no words of its own for it."""
    if not lead.n:
        return ""
    distance = counted(lead.n, lead.unit, speaker())
    return t("New here? %(distance)s before your child’s first day you receive an e-mail with a link to choose a password.", distance=distance)  # fmt: skip


def _after() -> str | None:
    """Where the person was going: a path of this portal and nothing else."""
    wanted = request.values.get("after") or ""
    return (
        wanted
        if re.fullmatch(r"/[a-z][a-z0-9/_-]{0,100}(?:\?[a-z0-9=&-]{0,200})?", wanted) and "//" not in wanted
        else None
    )


@blueprint.post("/login")
@public
@takes(plain=("username", "password", "remember", "after", "unsent", "changed", "passkey"))
def login() -> Response | tuple[str, int]:
    username, password = request.form.get("username", "")[:200], request.form.get("password", "")
    found = log_in_with_password(
        current_app.config["ENGINE"], tenant(), username, password, request.remote_addr or "", known_word(), now()
    )
    if found is Refused.TOO_OFTEN:
        return _form(t("Too many tries. Wait a quarter of an hour, or ask for a new password.")), 429
    if isinstance(found, Refused):
        wrong = (
            t("This e-mail address and password do not belong together.")
            if tenant().login.username == "email"
            else t("This debtor number and password do not belong together.")
        )
        return _form(wrong), 403
    response = redirect(_after() or home(found), 303)
    may_stay = tenant().login.remember and not found.is_staff
    log_in(found, response, remember=may_stay and request.form.get("remember") == "yes", waits_for_proof=found.totp_secret is not None)  # fmt: skip
    remember_device(found, response)
    record(writing(), Actor(found.id, "portal", request.remote_addr, None), "logged in", now(), about="account", about_id=found.id)  # fmt: skip
    # A language that was clicked at the door counts; the browser's own only for who never chose one.
    chosen = request.cookies.get(own_cookie("lang")) or (request.form.get("lang") if found.language is None else None)
    if chosen in tenant().languages and chosen != found.language:
        choose_language(writing(), found.id, chosen)
    writing().commit()
    return response


@blueprint.post("/logout")
@public
def logout() -> Response:
    """This account only: whoever else is logged in on this device is asked next."""
    response = redirect(url_for("account.home"), 303)
    if (mine := current_session()) is not None:
        login_sessions.end_session(writing(), mine.id)
        record(writing(), actor(), "logged out", now(), about="account", about_id=mine.account_id)
        writing().commit()
    if len(device_sessions()) <= 1:
        _leave(response)
    return response


@blueprint.post("/logout/all")
@public
def logout_all() -> Response:
    """Every account on this device."""
    if (word := device_word()) is not None:
        for each in device_sessions():
            record(writing(), actor(), "logged out", now(), about="account", about_id=each.account_id)
        login_sessions.end_device(writing(), word)
        writing().commit()
    response = redirect(url_for("account.login_form"), 303)
    _leave(response)
    return response


def _leave(response: Response) -> None:
    drop_cookie(response, cookie_name())
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


@blueprint.get("/account")
@allowed("own_account")
def show() -> str:
    mine = account()
    person = (
        database().get(Guardian, (tenant().slug, mine.guardian_id))
        if mine.guardian_id
        else database().get(Employee, (tenant().slug, mine.employee_id))
    )
    return render_template("account/account.html", person=person, children=own_children(), email=person.email if person else "", accounts=len(device_sessions()),
                           contacts=[(in_language(c.name, register().language), in_language(c.about, register().language), c) for c in tenant().contacts])  # fmt: skip


@blueprint.post("/account/language")
@allowed("own_account", before_steps=True)
@takes(plain=("language",))
def language() -> Response:
    chosen = request.form.get("language")
    if chosen in tenant().languages:
        choose_language(writing(), account().id, chosen)
        writing().commit()
    response = redirect(url_for("account.show"), 303)
    drop_cookie(response, own_cookie("lang"))  # the account knows it now
    return response
