"""On a portal: a visit makes the request somebody else's, at another moment, and says so over every page.

During a visit the request has no cookie but that of the visit, and its answer sets no other: who is logged in on this
device is neither read nor touched, and is there again when support leaves. What is written is written as that person at
that moment, and stands in the audit as done through support.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as AnyResponse

from spelregel.records.accounts import Account
from spelregel.records.audit import Actor, record
from spelregel.records.login_sessions import SUPPORT, LoginSession
from spelregel.records.placements import list_dayparts
from spelregel.records.rights import GUARDIAN, ROLE_NAMES
from spelregel.records.support_visits import (
    VISIT_LIVES,
    Person,
    SupportVisit,
    end_visit,
    find_person,
    list_people,
    live_visit,
    set_moment,
    take_ticket,
)
from spelregel.rules.onlooker import looking_on
from spelregel.storage.session import AWAY, tenant_session
from spelregel.support.addresses import address_of, as_next, own_page
from spelregel.support.moments import MINUTE, as_wall, read_moment
from spelregel.support.traces import Question, Seen, questions_of, span_of
from spelregel.tenancy.registry import Snapshot
from spelregel.web.here import database, register, secure_cookies, speaker, tenant, today, writing
from spelregel.web.login import PUBLIC, by_link, drop_cookie, public, set_cookie
from spelregel.web.parameters import takes
from spelregel.web.tenant_from_host import SNAPSHOT
from spelregel.words import formats

visits = Blueprint("support", __name__, template_folder="templates", url_prefix="/support")

NO_PAGES: Final = frozenset({"static", "look", "icon"})  # nothing on them is anybody's
LEAVING: Final = frozenset({"account.logout", "account.logout_all"})
_TOP: Final = re.compile(
    r"<body\b[^>]*>(?:\s*<a class=\"skip\".*?</a>)?", re.DOTALL
)  # the skip link stays the first stop
OTHERS: Final = 12  # people, and organisations, that the band names; the console has all of them


@dataclass(slots=True)
class Visit:
    """What this request is a visit to. `seen`: everything that the rules were asked for it, with the answers."""

    row: SupportVisit
    account: Account
    seen: list[Seen] = field(default_factory=list)


def current_visit() -> Visit | None:
    found: Visit | None = g.get("visit")
    return found


def visit_cookie() -> str:
    return "__Host-visit" if secure_cookies() else "visit"


def visit_word() -> str | None:
    word = request.cookies.get(visit_cookie(), "")
    return word if 20 < len(word) < 100 else None


def install(app: Flask) -> None:
    """After `headers.install`: a request of another site is refused before anything is looked up."""
    app.register_blueprint(visits)
    app.before_request(_look_as_somebody)
    app.after_request(_say_so)
    app.teardown_request(_look_away)


def _look_as_somebody() -> AnyResponse | None:
    word = visit_word()
    if word is None or request.endpoint in NO_PAGES:
        return None
    row = live_visit(database(), word, current_app.config["CLOCK"]())
    account = database().get(Account, (tenant().slug, row.account_id)) if row else None
    if row is None or account is None or account.disabled_at is not None or request.endpoint == "demo.enter":
        g.visit_is_over = True  # or the demo's own door is opened, and that is no visit
        return None
    g.visit = visit = Visit(row, account)
    g.now, g.account = row.at, account
    request.cookies = ImmutableMultiDict({visit_cookie(): word})
    g.device_sessions, g.session_seen = [_session_of(visit)], True
    g.looking_on = looking_on(lambda facts, answer: visit.seen.append((facts, answer)))
    g.looking_on.__enter__()
    return _at_the_door()


def _session_of(visit: Visit) -> LoginSession:
    """What a page may ask of the session: never written, so that nobody is logged in by a visit."""
    row = visit.row
    return LoginSession(
        id=row.id, word_hash="", account_id=row.account_id, started_at=row.at, ends_at=row.at + VISIT_LIVES, seen_at=row.at,
        chosen_at=row.at, device=SUPPORT, proof=SUPPORT, waits_for_proof=False, remembered=False, idle_minutes=None, tablet_id=None,
    )  # fmt: skip


def _at_the_door() -> AnyResponse | None:
    """Logging out is leaving; logging in as another is done in the console."""
    if request.endpoint in LEAVING:
        return leave()
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method == "POST" and request.blueprint != visits.name and getattr(view, "mark", None) == PUBLIC:
        return redirect(url_for("account.home"), 303)
    return None


def _look_away(_error: BaseException | None) -> None:
    watching = g.pop("looking_on", None)
    if watching is not None:
        watching.__exit__(None, None, None)


# Coming, moving, leaving


@visits.get("/enter/<ticket>")
@by_link
@takes(plain=("ticket",))
def enter(ticket: str) -> AnyResponse:
    clock = current_app.config["CLOCK"]()  # of everybody, not of the visit that this browser may be on already
    taken = take_ticket(writing(), ticket, visit_word(), clock)
    if taken is None:
        writing().rollback()
        abort(404)
    row, word = taken
    who = Actor(row.account_id, SUPPORT, request.remote_addr, g.get("request_id"))
    record(writing(), who, "support visit begun", clock, about="visit", about_id=row.id)
    writing().commit()
    response = redirect(row.next_path, 303)
    set_cookie(response, visit_cookie(), word, keep=None)
    return response


@visits.post("/moment")
@public
@takes(plain=("at", "next"))
def moment() -> AnyResponse:
    """Another minute for this visit, and back to the page."""
    visit, word = current_visit(), visit_word()
    wanted = read_moment(request.form.get("at", ""), tenant().rulebook.zone)
    if visit is not None and word is not None and wanted is not None:
        set_moment(writing(), word, wanted, current_app.config["CLOCK"]())
        writing().commit()
    return redirect(as_next(request.form.get("next", "")), 303)


@visits.post("/leave")
@public
def leave() -> AnyResponse:
    visit, word = current_visit(), visit_word()
    if visit is not None and word is not None:
        end_visit(writing(), word)
        who = Actor(visit.row.account_id, SUPPORT, request.remote_addr, g.get("request_id"))
        record(
            writing(), who, "support visit ended", current_app.config["CLOCK"](), about="visit", about_id=visit.row.id
        )
        writing().commit()
    g.visit_is_over = True
    return redirect(url_for("account.home"), 303)


# What a page says of it


def _say_so(response: Response) -> Response:
    visit, over = current_visit(), g.get("visit_is_over", False)
    if visit is not None:
        own = [line for line in response.headers.getlist("Set-Cookie") if line.startswith(f"{visit_cookie()}=")]
        response.headers.setlist("Set-Cookie", own)
        response.headers.pop("Clear-Site-Data", None)
    if over:
        drop_cookie(response, visit_cookie())
    elif visit is not None and response.mimetype == "text/html" and not response.is_streamed:
        try:
            response.set_data(_with_band(response.get_data(as_text=True), visit))
        except AWAY:  # the page itself may be the one that says so
            current_app.logger.warning("a visit could not be shown: the database is away")
    return response


def _with_band(page: str, visit: Visit) -> str:
    """A whole page gets the band at its top and the drawer at its end; a piece of one the drawer alone."""
    drawer = render_template("support/drawer.html", questions=_questions(visit), whole="<body" in page)
    if "<body" not in page:
        return page + drawer
    style = render_template("support/band_style.html")
    page = page.replace("</head>", style + "</head>", 1)
    page = _TOP.sub(lambda found: found[0] + _band(visit), page, count=1)
    before, end, after = page.rpartition("</body>")
    return before + drawer + end + after


def _band(visit: Visit) -> str:
    zone, moment = tenant().rulebook.zone, visit.row.at
    local = moment.astimezone(zone)
    with tenant_session(current_app.config["ENGINE"], tenant().slug) as session:
        me = find_person(session, visit.account.id, today())
        people = [each for each in list_people(session, today()) if each.account.id != visit.account.id]
    path = _page()
    return render_template(
        "support/band.html",
        name=me.name if me else visit.account.username,
        role=", ".join(_roles(me)) if me else "",
        moment=f"{formats.full_day(local.date(), register())}, {formats.clock(local, register())}",
        at=as_wall(moment, zone), earlier=as_wall(moment - MINUTE, zone), later=as_wall(moment + MINUTE, zone), path=path,
        console=address_of("support", f"/tenant/{tenant().slug}", at=as_wall(moment, zone), next=path, lang=register().language),
        people=[(each.name, ", ".join(_roles(each)), _elsewhere(tenant().slug, each.account.id, path)) for each in people[:OTHERS]],
        organisations=_other_organisations(visit, path),
    )  # fmt: skip


def _page() -> str:
    """The page that is open, to come back to; where a form was sent, the page that it stands on."""
    adapter = current_app.create_url_adapter(request)
    readable = request.method in ("GET", "HEAD") or (adapter is not None and adapter.test(method="GET"))
    return as_next(request.full_path.rstrip("?")) if readable else "/"


def _roles(person: Person) -> list[str]:
    return [register().text(ROLE_NAMES[role]) for role in person.roles]


def _elsewhere(slug: str, persona: str, path: str, **more: str) -> str:
    at = as_wall(g.visit.row.at, tenant().rulebook.zone)
    return address_of("support", f"/go/{slug}/{persona}", at=at, next=path, **more)


def _other_organisations(visit: Visit, path: str) -> list[tuple[str, str]]:
    snapshot: Snapshot = request.environ[SNAPSHOT]
    others = [slug for slug in snapshot.slugs() if slug != tenant().slug]
    like = f"{tenant().slug}:{visit.account.id}"
    found = [(snapshot.tenant(slug), slug) for slug in others[:OTHERS]]
    return [(each.name, _elsewhere(slug, "like", own_page(path), like=like)) for each, slug in found if each]


def _questions(visit: Visit) -> list[Question]:
    if not visit.seen:
        return []
    seen = list(visit.seen)  # finding the names asks the rules nothing, and the list would not end if it did
    return questions_of(seen, speaker(), tenant().rulebook.zone, _names(visit, seen))


def _names(visit: Visit, seen: list[Seen]) -> dict[Any, str]:
    """Who is cared for in a daypart that something was decided about: the rules know days, and no children."""
    first, last = span_of(seen)
    with tenant_session(current_app.config["ENGINE"], tenant().slug) as session:
        me = find_person(session, visit.account.id, today())
        if me is None or me.roles != (GUARDIAN,):
            return {}
        planned = list_dayparts(session, tenant().rulebook, me.children, first, last, today())
    names = {child.id: child.first_name for child in me.children}
    found: dict[Any, list[str]] = {}
    for each in planned:
        found.setdefault((each.day, each.starts, each.care_type), []).append(names[each.child_id])
    return {key: formats.or_list(list(dict.fromkeys(each)), register()) for key, each in found.items()}
