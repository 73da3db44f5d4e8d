"""`support.<base>`: choose organisation, person and moment, follow a link from a ticket, open a refusal by its code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from spelregel.records.audit import Actor, record
from spelregel.records.guesses import PER_SUBJECT, forgive, subject_of, take_guess
from spelregel.records.rights import ROLE_NAMES
from spelregel.records.support_codes import Frozen, as_kept, as_shown, find_frozen, signs_of
from spelregel.records.support_visits import (
    MOST,
    Person,
    find_account,
    find_like,
    find_person,
    list_people,
    make_ticket,
)
from spelregel.rules.message import Message, msg
from spelregel.settings import Settings
from spelregel.storage.session import TenantSession, tenant_session
from spelregel.support.addresses import address_of, as_next
from spelregel.support.moments import Deadline, as_wall, next_deadlines, read_moment
from spelregel.support.traces import decisions_in, trace_of
from spelregel.tenancy.judging import Judgement
from spelregel.tenancy.registry import Snapshot
from spelregel.tenancy.tenant import Tenant
from spelregel.web.login import by_operator, refuse_what_is_not_declared
from spelregel.web.pages import first_upper
from spelregel.web.parameters import takes
from spelregel.web.status_page import holds_token
from spelregel.web.tenant_from_host import SNAPSHOT
from spelregel.words import formats
from spelregel.words.locale import LANGUAGES, Register
from spelregel.words.sentences import Speaker

desk = Blueprint("console", __name__, template_folder="templates")
SHOWN = 60  # organisations on one page
AROUND = (msg("one minute before"), msg("at that minute"), msg("one minute after"))


def install(app: Flask, settings: Settings) -> None:
    refuse_what_is_not_declared(app)
    app.register_blueprint(desk)
    app.jinja_env.filters["first_upper"] = first_upper
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.before_request
    def let_support_in() -> Response | None:
        """Open in the demo; with the token wherever one is set. A test environment that others can reach must have one."""
        if settings.support_token and not holds_token(settings.support_token):
            return Response("", 401, {"WWW-Authenticate": 'Basic realm="support", charset="UTF-8"'})
        return None

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        return _page("support/not_here.html"), error.code or 500


# Language and small things


def reader() -> Register:
    wanted = request.args.get("lang")
    return Register(wanted if wanted in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "nl")


def _page(template: str, **values: Any) -> str:
    spoken = reader()

    def t(sentence: str, /, **filled: object) -> str:
        return spoken.text(Message(sentence, filled))

    def link(endpoint: str, **parts: Any) -> str:
        """Keeps the language that was chosen."""
        return url_for(endpoint, **parts, lang=spoken.language if "lang" in request.args else None)

    return render_template(
        template, t=t, link=link, lang=spoken.language, chosen_lang="lang" in request.args, nonce=g.nonce, **values
    )


def _snapshot() -> Snapshot:
    found: Snapshot = request.environ[SNAPSHOT]
    return found


def _tenant(slug: str) -> Tenant:
    found = _snapshot().tenant(slug)
    if found is None:
        abort(404)
    return found


def _clock() -> datetime:
    tick: Callable[[], datetime] = current_app.config["CLOCK"]
    return tick()


def _session(tenant: Tenant, *, writing: bool = False) -> TenantSession:
    return tenant_session(current_app.config["ENGINE"], tenant.slug, writing=writing)


def _moment(tenant: Tenant, text: str | None) -> datetime:
    """As it stands in the address; what is none is now."""
    return (read_moment(text, tenant.rulebook.zone) if text else None) or _clock()


def _in_words(moment: datetime, tenant: Tenant, spoken: Register) -> str:
    local = moment.astimezone(tenant.rulebook.zone)
    return f"{formats.full_day(local.date(), spoken)}, {formats.clock(local, spoken)}"


def _speaker(tenant: Tenant) -> Speaker:
    spoken = Register(reader().language, tenant.formal)
    return Speaker(spoken, lambda kind: tenant.credit_name(kind, spoken.language))


# Choosing


@desk.get("/")
@by_operator
@takes(plain=("q",))
def organisations() -> str:
    wanted = request.args.get("q", "").strip().lower()
    slugs = [slug for slug in _snapshot().slugs() if wanted in slug]
    found = [tenant for slug in slugs[:SHOWN] if (tenant := _snapshot().tenant(slug))]
    return _page("support/organisations.html", organisations=found, wanted=wanted, more=len(slugs) > SHOWN)


@desk.get("/tenant/<slug>")
@by_operator
@takes(plain=("slug", "q", "at", "next"))
def people(slug: str) -> str:
    tenant, wanted = _tenant(slug), request.args.get("q", "").strip()[:80]
    at, spoken = _moment(tenant, request.args.get("at")), reader()
    zone = tenant.rulebook.zone
    with _session(tenant) as session:
        found = list_people(session, at.astimezone(zone).date(), wanted)
        deadlines = {each.account.id: next_deadlines(session, tenant, each.children, at) for each in found if each.children}  # fmt: skip
    return _page(
        "support/people.html",
        organisation=tenant,
        at=as_wall(at, zone),
        moment=_in_words(at, tenant, spoken),
        next=as_next(request.args.get("next", "")),
        wanted=wanted,
        more=len(found) == MOST,
        people=[_shown(each, deadlines.get(each.account.id, []), tenant, spoken) for each in found],
    )


def _shown(person: Person, deadlines: list[Deadline], tenant: Tenant, spoken: Register) -> dict[str, Any]:
    return {
        "id": person.account.id,
        "name": person.name,
        "username": person.account.username,
        "roles": ", ".join(spoken.text(ROLE_NAMES[role]) for role in person.roles),
        "children": formats.and_list([child.first_name for child in person.children], spoken),
        "waits": person.account.activated_at is None,
        "deadlines": [_deadline(each, tenant, spoken) for each in deadlines],
    }


def _deadline(each: Deadline, tenant: Tenant, spoken: Register) -> dict[str, Any]:
    planned, wall = each.planned, each.cutoff.wall
    return {
        "child": each.child.first_name,
        "day": f"{formats.long_day(planned.day, spoken)} {formats.span(planned.starts, planned.ends, spoken)}",
        "credit": tenant.credit_name(each.credit, spoken.language).label if each.credit else None,
        "limit": f"{formats.long_day(wall.date(), spoken)} {formats.clock(wall, spoken)}",
        "moments": [(spoken.text(words), moment) for words, moment in zip(AROUND, each.around, strict=True)],
        "page": f"/absence/new?day={planned.day.isoformat()}",
    }  # fmt: skip


@desk.get("/enter")
@by_operator
@takes(plain=("tenant", "at", "persona", "next"))
def chosen() -> AnyResponse:
    """From the form: the same as a link from a ticket."""
    tenant = _tenant(request.args.get("tenant", ""))
    wall = request.args.get("at", "")
    return redirect(url_for("console.go", slug=tenant.slug, persona=request.args.get("persona", ""), at=wall, next=as_next(request.args.get("next", "")), lang=request.args.get("lang")))  # fmt: skip


# A link from a ticket


@desk.get("/go/<slug>/<path:persona>")
@by_operator
@takes(plain=("slug", "persona", "at", "like", "next"))
def go(slug: str, persona: str) -> AnyResponse:
    """`persona`: a user name, an e-mail address or the id of an account; `like` with `like=ORGANISATION:ACCOUNT`: who is here
    what that person is there. `at`: the minute on the organisation's wall; else now. `next`: the page to open."""
    tenant = _tenant(slug)
    wall = request.args.get("at")
    if wall and read_moment(wall, tenant.rulebook.zone) is None:
        abort(404)
    with _session(tenant) as session:
        account = _like(session, request.args.get("like", ""), tenant) if persona == "like" else find_account(session, persona)  # fmt: skip
    if account is None:
        abort(404)
    with _session(tenant, writing=True) as writing:
        ticket = make_ticket(writing, account.id, _who(), _moment(tenant, wall), as_next(request.args.get("next", "")), _clock())  # fmt: skip
        writing.commit()
    return redirect(address_of(tenant.subdomain, f"/support/enter/{ticket}"), 303)


def _like(session: TenantSession, told: str, here: Tenant) -> Any:
    slug, _, account_id = told.partition(":")
    other = _tenant(slug)
    with _session(other) as there:
        person = find_person(there, account_id, _clock().astimezone(other.rulebook.zone).date())
    if person is None:
        return None
    found = find_like(session, person, _clock().astimezone(here.rulebook.zone).date())
    return found.account if found else None


def _who() -> str:
    """The name beside the token, where one was typed."""
    given = request.authorization
    return (given.username if given else None) or "support"


# The desk


@desk.get("/code")
@by_operator
@takes(plain=("code",))
def typed() -> AnyResponse:
    code = as_kept(request.args.get("code", ""))
    if code is None:
        abort(404)
    return redirect(url_for("console.code", code=as_shown(code), lang=request.args.get("lang")), 303)


@desk.get("/code/<code>")
@by_operator
@takes(plain=("code",))
def code(code: str) -> str | AnyResponse | tuple[str, int]:
    kept = as_kept(code)
    if kept is None:
        abort(404)
    for slug in _snapshot().slugs():
        if kept.startswith(signs_of(slug)) and (tenant := _snapshot().tenant(slug)) is not None:
            try:
                found = _look_up(tenant, kept)
            except TooOften:
                return _page("support/too_often.html"), 429
            if found is not None:
                return _show(tenant, found)
    abort(404)


class TooOften(Exception):
    """Too many codes that do not exist, from one network address."""


def _look_up(tenant: Tenant, kept: str) -> Frozen | None:
    """Counted before it is looked at, per network address. Raises TooOften."""
    with _session(tenant, writing=True) as writing:
        subjects = {subject_of(writing, "support code", request.remote_addr or ""): PER_SUBJECT}
        made = take_guess(writing, subjects, _clock())
        if made is None:
            raise TooOften
        found = find_frozen(writing, kept, tenant)
        if found is not None:
            forgive(writing, made)
            who = Actor(None, "support", request.remote_addr, g.get("request_id"))
            about = found.record.id if found.record else found.code.id
            record(writing, who, "refusal read by code", _clock(), about="decision" if found.record else "code", about_id=about)  # fmt: skip
        writing.commit()
    return found


def _show(tenant: Tenant, found: Frozen) -> str:
    spoken = _speaker(tenant)
    person = None
    made = found.record.decided_at if found.record else found.code.made_at
    if found.code.account_id:
        with _session(tenant) as session:
            person = find_person(session, found.code.account_id, made.astimezone(tenant.rulebook.zone).date())
    asked = str(found.facts.get("reported") or found.facts.get("asked") or "")[:16]
    moment = read_moment(asked, tenant.rulebook.zone)
    return _page(
        "support/code.html",
        organisation=tenant,
        code=as_shown(found.code.id),
        acted=found.record is not None,
        made=_in_words(made, tenant, spoken.register),
        asked=_in_words(moment, tenant, spoken.register) if moment else None,
        digest=found.code.digest[:12],
        same=found.code.digest == tenant.rulebook.digest,
        facts=found.facts,
        answer=_answer(found.judgement, spoken) if found.judgement else [],
        traces=[trace_of(each, spoken) for each in decisions_in(_all_of(found.judgement))] if found.judgement else [],
        person=person.name if person else None,
        visit=url_for("console.go", slug=tenant.slug, persona=person.account.id, at=asked or None) if person else None,
    )


def _all_of(judgement: Judgement) -> Any:
    return judgement.verdict or judgement.request or judgement.cancel or judgement.decision


def _answer(judgement: Judgement, spoken: Speaker) -> list[str]:
    """What the parent read."""
    if judgement.verdict is not None:
        return spoken.absence(judgement.verdict)
    if judgement.request is not None:
        return spoken.request(judgement.request)
    if judgement.cancel is not None:
        return spoken.cancelling(judgement.cancel)
    if judgement.decision.kind == "absence.withdraw":
        return [spoken.withdrawal(judgement.decision, None)]
    return [spoken.credit_use(judgement.decision, None)]
