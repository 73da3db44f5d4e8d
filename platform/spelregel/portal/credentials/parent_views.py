"""Password, e-mail address and second proof, of parents and staff alike.

While a second proof is still to come (`second_proof_step`), a session that a password opened reaches only the page that
asks for it. Staff see many children: they set one up before anything else is open.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import segno
from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from spelregel.notify import account_changes
from spelregel.notify.new_passwords import tell_password_changed
from spelregel.portal.credentials import service
from spelregel.portal.credentials.service import Refused
from spelregel.records import login_sessions, one_time_links, second_proof
from spelregel.records.audit import Actor, record
from spelregel.records.people import person_of
from spelregel.web.here import database, now, register, settings, tenant, writing
from spelregel.web.login import account, actor, allowed, by_link, current_session, own_children, renew_word
from spelregel.web.pages import Tab, home, t
from spelregel.web.parameters import takes

blueprint = Blueprint("credentials", __name__, template_folder="templates")
TABS: tuple[Tab, ...] = ()
FRESH = timedelta(minutes=15)  # after a log-in, that the password need not be asked again
Answer = Response | str | tuple[str, int]


def second_proof_step() -> str | None:
    """A passkey is two proofs in one; on a group's tablet and in the demo's own door nobody is asked."""
    session, mine = current_session(), account()
    if session is not None and session.waits_for_proof:
        return "credentials.prove_form"
    if session is not None and session.proof == "password" and mine.is_staff and mine.totp_secret is None:
        return "credentials.set_up_form"
    return None


STEPS = (second_proof_step,)


def _address() -> str:
    return request.remote_addr or ""


def _clock_of_apps() -> datetime:
    """The real time: an authenticator app knows nothing of the moment that a demo or a test stands at."""
    moment: datetime = current_app.config["CLOCK"]()
    return moment - timedelta(seconds=settings().clock_offset)


def _typed(name: str) -> str:
    return request.form.get(name, "")[:300]


def _refusal(refused: Refused, wrong: str) -> tuple[str, int]:
    if refused is Refused.TOO_OFTEN:
        return t("Too many tries. Wait a quarter of an hour."), 429
    return wrong, 403


def _wrong_password(refused: Refused) -> tuple[str, int]:
    return _refusal(refused, t("This is not your present password."))


def _wrong_code(refused: Refused) -> tuple[str, int]:
    return _refusal(refused, t("This code is not right, or was used already. Take the one that your app shows now."))


def _my_session() -> login_sessions.LoginSession:
    found = current_session()
    if found is None:
        raise LookupError("nobody is logged in")
    return found


# ---- password


@blueprint.get("/account/password")
@allowed("own_account")
@takes(plain=("done",))
def password_form() -> str:
    return _password_page()


def _password_page(problem: str | None = None, at: str | None = None) -> str:
    """`at`: the field that the problem is about."""
    return render_template("credentials/password.html", problem=problem, at=at, done=request.args.get("done") == "yes",
                           username=account().username)  # fmt: skip


@blueprint.post("/account/password")
@allowed("own_account")
@takes(plain=("new", "again", "current", "done"))
def password() -> Answer:
    mine, new = account(), request.form.get("new", "")
    if (
        refused := service.prove_password(current_app.config["ENGINE"], mine, _typed("current"), _address(), now())
    ) is not None:
        problem, code = _wrong_password(refused)
        return _password_page(problem, "current"), code
    if new != request.form.get("again", ""):
        return _password_page(t("The new password is not twice the same."), "again"), 400
    names = [child.first_name for child in own_children()]
    if (objection := service.objection_to(database(), tenant(), mine, names, new)) is not None:
        return _password_page(register().text(objection), "new"), 400
    easy = t("This password is easy to guess. Take a few words that do not belong together.")
    if (refused := service.is_nobody_elses(current_app.config["ENGINE"], mine, new, _address(), now())) is not None:
        problem, code = _refusal(refused, easy)  # the same words: one guardian does not learn the other's password
        return _password_page(problem, "new"), 400 if code == 403 else code
    if not service.change_password(writing(), mine, new, _my_session().id, now()):
        return _password_page(easy, "new"), 400
    response = redirect(url_for("credentials.password_form", done="yes"), 303)
    renew_word(response)
    tell_password_changed(writing(), tenant(), mine, now(), settings())
    record(writing(), actor(), "password changed", now(), about="account", about_id=mine.id)
    writing().commit()
    return response


# ---- e-mail address


@blueprint.get("/account/email")
@allowed("own_account")
@takes(plain=("email",))
def email_form() -> str:
    return _email_page()


def _email_page(problem: str | None = None, at: str | None = None, sent_to: str | None = None) -> str:
    mine = account()
    return render_template(
        "credentials/email.html", problem=problem, at=at, sent_to=sent_to, now_at=person_of(database(), mine).email, typed=_typed("email"),
        is_username=service.logs_in_with_address(tenant(), mine), days=one_time_links.LIVES["email"].days, undo_days=one_time_links.LIVES["undo_email"].days,
    )  # fmt: skip


@blueprint.post("/account/email")
@allowed("own_account")
@takes(plain=("email", "current"))
def email() -> Answer:
    mine = account()
    address = service.own_address(_typed("email"), person_of(database(), mine).email)
    if not isinstance(address, str):
        return _email_page(register().text(address), "email"), 400
    if (
        refused := service.prove_password(current_app.config["ENGINE"], mine, _typed("current"), _address(), now())
    ) is not None:
        problem, code = _wrong_password(refused)
        return _email_page(problem, "current"), code
    if not service.may_ask_for_address(current_app.config["ENGINE"], mine, now()):
        problem, code = _refusal(Refused.TOO_OFTEN, "")
        return _email_page(problem, "email"), code
    service.ask_for_address(writing(), tenant(), mine, address, now(), settings())
    record(writing(), actor(), "email change asked", now(), about="account", about_id=mine.id)
    writing().commit()
    return _email_page(sent_to=address)


@blueprint.get("/confirm-email/<secret>")
@by_link
@takes(plain=("secret",))
def confirm_email_form(secret: str) -> Answer:
    return _link_page("confirm", secret, "email")


@blueprint.post("/confirm-email/<secret>")
@by_link
@takes(plain=("secret",))
def confirm_email(secret: str) -> Answer:
    address = service.confirm_address(writing(), tenant(), secret, now(), _by_link(), settings())
    writing().commit()
    return _gone() if address is None else render_template("credentials/link.html", what="confirmed", address=address)


@blueprint.get("/undo-email/<secret>")
@by_link
@takes(plain=("secret",))
def undo_email_form(secret: str) -> Answer:
    return _link_page("undo", secret, "undo_email")


@blueprint.post("/undo-email/<secret>")
@by_link
@takes(plain=("secret",))
def undo_email(secret: str) -> Answer:
    undone = service.undo_address(writing(), tenant(), secret, now(), _by_link(), settings())
    writing().commit()
    return render_template("credentials/link.html", what="undone", address=None) if undone else _gone()


def _link_page(what: str, secret: str, purpose: str) -> Answer:
    """A button: programs that look at the links in mails open them and press nothing."""
    link = one_time_links.find_link(database(), secret, purpose, now())
    return _gone() if link is None else render_template("credentials/link.html", what=what, address=link.value)


def _gone() -> tuple[str, int]:
    return render_template("credentials/link.html", what="gone", address=None), 404


def _by_link() -> Actor:
    return Actor(None, "link", request.remote_addr, g.get("request_id"))


# ---- second proof


@blueprint.get("/second-proof")
@allowed("own_account", before_steps=True, before_proof=True)
def prove_form() -> Answer:
    return _prove_page() if _my_session().waits_for_proof else redirect(home(account()), 302)


def _prove_page(problem: str | None = None, at: str | None = None) -> str:
    return render_template("credentials/prove.html", problem=problem, at=at, username=account().username)


@blueprint.post("/second-proof")
@allowed("own_account", before_steps=True, before_proof=True)
@takes(plain=("recovery", "code"))
def prove() -> Answer:
    mine, recovery = account(), _typed("recovery")
    if not _my_session().waits_for_proof:
        return redirect(home(mine), 303)
    if recovery:
        refused = service.prove_recovery_code(current_app.config["ENGINE"], mine, recovery, _address(), now())
        wrong = t("This recovery code is not right, or was used already.")
    else:
        refused = service.prove_code(
            current_app.config["ENGINE"], mine, _typed("code"), _address(), now(), _clock_of_apps()
        )
        wrong = t("This code is not right, or was used already. Take the one that your app shows now.")
    if refused is not None:
        problem, code = _refusal(refused, wrong)
        return _prove_page(problem, "recovery" if recovery else "code"), code
    response = redirect(home(mine), 303)
    login_sessions.prove(writing(), _my_session().id)
    renew_word(response)
    if recovery:
        account_changes.second_proof_changed(writing(), tenant(), mine, "recovery", now(), settings())
    record(writing(), actor(), "recovery code used" if recovery else "second proof given", now(), about="account", about_id=mine.id)  # fmt: skip
    writing().commit()
    return response


@blueprint.get("/account/second-proof")
@allowed("own_account")
def second_proof_page() -> str:
    return _state_page()


def _state_page(problem: str | None = None, at: str | None = None) -> str:
    mine = account()
    return render_template("credentials/second_proof.html", problem=problem, at=at, is_on=mine.totp_secret is not None,
                           left=second_proof.recovery_codes_left(database(), mine.id))  # fmt: skip


@blueprint.get("/account/second-proof/set-up")
@allowed("own_account", before_steps=True)
def set_up_form() -> Answer:
    return _set_up_page() if account().totp_secret is None else redirect(url_for("credentials.second_proof_page"), 302)


def _set_up_page(problem: str | None = None, at: str | None = None) -> str:
    mine = account()
    secret = mine.totp_offered
    if secret is None:
        secret = second_proof.offer(writing(), mine.id)
        writing().commit()
    address = second_proof.address_for_app(secret, mine.username, tenant().name)
    picture = segno.make(address, error="m", micro=False).svg_inline(omitsize=True, border=4, light="#fff", dark="#000")
    groups = [secret[i : i + 4] for i in range(0, len(secret), 4)]
    return render_template("credentials/set_up.html", problem=problem, at=at, address=address, picture=Markup(picture), groups=groups,
                           must=second_proof_step() is not None, asks_password=_asks_password())  # fmt: skip


def _asks_password() -> bool:
    """Who finds an open telephone must not lock its owner out."""
    return now() - _my_session().started_at > FRESH


@blueprint.post("/account/second-proof/set-up")
@allowed("own_account", before_steps=True)
@takes(plain=("current", "code"))
def set_up() -> Answer:
    mine = account()
    if mine.totp_secret is not None:
        return redirect(url_for("credentials.second_proof_page"), 303)
    if _asks_password():
        refused = service.prove_password(current_app.config["ENGINE"], mine, _typed("current"), _address(), now())
        if refused is not None:
            problem, code = _wrong_password(refused)
            return _set_up_page(problem, "current"), code
    codes = service.confirm_app(current_app.config["ENGINE"], mine, _typed("code"), _address(), now(), _clock_of_apps())
    if isinstance(codes, Refused):
        problem, code = _wrong_code(codes)
        return _set_up_page(problem, "code"), code
    login_sessions.end_all_of(writing(), mine.id, but=_my_session().id)  # they were opened with a password alone
    return _codes_page(codes, "second proof on")


def _codes_page(codes: list[str], action: str) -> Response:
    mine = account()
    response = current_app.make_response(render_template("credentials/codes.html", codes=codes, onward=home(mine)))
    renew_word(response)
    if action == "second proof on":
        account_changes.second_proof_changed(writing(), tenant(), mine, "on", now(), settings())
    record(writing(), actor(), action, now(), about="account", about_id=mine.id)
    writing().commit()
    return response


@blueprint.post("/account/second-proof/codes")
@allowed("own_account")
@takes(plain=("current", "code"))
def new_codes() -> Answer:
    if (refused := _both_proofs()) is not None:
        return refused
    return _codes_page(second_proof.new_recovery_codes(writing(), account().id, now()), "recovery codes made")


@blueprint.post("/account/second-proof/off")
@allowed("own_account")
@takes(plain=("current", "code"))
def turn_off() -> Answer:
    if (refused := _both_proofs()) is not None:
        return refused
    mine = account()
    response = redirect(url_for("credentials.second_proof_page"), 303)
    second_proof.turn_off(writing(), mine.id)
    renew_word(response)
    account_changes.second_proof_changed(writing(), tenant(), mine, "off", now(), settings())
    record(writing(), actor(), "second proof off", now(), about="account", about_id=mine.id)
    writing().commit()
    return response


def _both_proofs() -> Answer | None:
    """None when the password and the code (or a recovery code) are right."""
    mine = account()
    if mine.totp_secret is None:
        return redirect(url_for("credentials.second_proof_page"), 303)
    if (
        refused := service.prove_password(current_app.config["ENGINE"], mine, _typed("current"), _address(), now())
    ) is not None:
        problem, code = _wrong_password(refused)
        return _state_page(problem, "current"), code
    typed = _typed("code")
    looks_like_app = len("".join(typed.split())) <= 6
    refused = (
        service.prove_code(current_app.config["ENGINE"], mine, typed, _address(), now(), _clock_of_apps())
        if looks_like_app
        else service.prove_recovery_code(current_app.config["ENGINE"], mine, typed, _address(), now())
    )
    if refused is None:
        return None
    problem, code = _wrong_code(refused)
    return _state_page(problem, "code"), code
