"""The agenda in one's own calendar: a private address, made and ended by the guardian, and what is fetched there."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from spelregel.portal.agenda.calendar_file import calendar_file
from spelregel.portal.agenda.service import agenda
from spelregel.records.audit import record
from spelregel.records.calendar_feeds import FETCHED_EVERY, end_feed, feed_fetched, feed_of, find_feed, make_feed
from spelregel.records.family import children_of_guardian
from spelregel.storage.session import tenant_session
from spelregel.web.here import database, now, settings, speak_to, speaker, tenant, today, writing
from spelregel.web.login import account, actor, allowed, by_link
from spelregel.web.pages import Words, earning_credit
from spelregel.web.parameters import takes

blueprint = Blueprint("calendar_feed", __name__, template_folder="templates")
TABS = ()
BACK, WEEKS = timedelta(weeks=2), 15


@blueprint.get("/calendar")
@allowed("own_family")
@takes(plain=("ended",))
def show() -> str:
    return _page(ended=request.args.get("ended") == "yes")


@blueprint.post("/calendar")
@allowed("own_family")
@takes(plain=("deadlines",))
def make() -> str:
    """A new address; the one from before, if there was one, is nothing any more. It is shown now, and never again."""
    secret = make_feed(writing(), account().id, now(), with_deadlines=request.form.get("deadlines") == "yes")
    record(writing(), actor(), "calendar address made", now(), about="account", about_id=account().id)
    writing().commit()
    return _page(url_for("calendar_feed.fetch", secret=secret))


@blueprint.post("/calendar/end")
@allowed("own_family")
@takes()
def end() -> Answer:
    if end_feed(writing(), account().id):
        record(writing(), actor(), "calendar address ended", now(), about="account", about_id=account().id)
        writing().commit()
    return redirect(url_for("calendar_feed.show", ended="yes"), 303)


def _page(path: str | None = None, *, ended: bool = False) -> str:
    address = settings().portal_url(tenant().subdomain) + path if path else None
    return render_template(
        "agenda/feed.html", address=address, subscribe=f"webcal://{address.partition('://')[2]}" if address else None,
        feed=feed_of(database(), account().id) if path is None else None, ended=ended, with_deadlines=earning_credit() is not None,
    )  # fmt: skip


@blueprint.get("/calendar/<secret>.ics")
@by_link
@takes(plain=("secret",))
def fetch(secret: str) -> Response:
    """For programs: who holds the address reads, in the words of whose it is. What a court's order keeps from them is not in it."""
    found = find_feed(database(), secret)
    if found is None:
        abort(404)
    feed, reader = found
    speak_to(reader.language)
    children = children_of_guardian(database(), reader.guardian_id or "")
    days = agenda(database(), tenant(), children, today() - BACK, now(), WEEKS, timedelta(weeks=WEEKS))
    if feed.fetched_at is None or now() - feed.fetched_at >= FETCHED_EVERY:
        with tenant_session(current_app.config["ENGINE"], tenant().slug, writing=True) as noting:
            feed_fetched(noting, feed.id, now())
            noting.commit()
    file = calendar_file(days, tenant(), Words(speaker()), settings().portal_url(tenant().subdomain), now(),
                         with_deadlines=feed.with_deadlines)  # fmt: skip
    return Response(file, mimetype="text/calendar", headers={"Content-Disposition": 'inline; filename="agenda.ics"'})
