"""What every template may use: words, dates, the look, the tabs; and the error pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from flask import Flask, Response, abort, current_app, g, make_response, render_template, request, url_for
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from spelregel.records.accounts import Account
from spelregel.records.people import person_of
from spelregel.rules.conditions import anchor
from spelregel.rules.decision import Decision
from spelregel.rules.message import Message, msg
from spelregel.storage.session import AWAY
from spelregel.tenancy.tenant import in_language
from spelregel.web import look
from spelregel.web.here import database, now, register, speaker, tenant, today
from spelregel.web.login import current_account, device_sessions, holds, may, on_tablet, public, waiting_step
from spelregel.words import formats, terms
from spelregel.words.sentences import Speaker

NEAR = 180  # minutes: from here on a deadline also says how much is left


@dataclass(frozen=True, slots=True)
class Badge:
    """So many wait; `words` say it as a whole to who does not see it. `late`: some of them too long."""

    number: int
    words: str
    late: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """One entry of the menu, for whoever has the right; `covers` names the features that are reached through it, and
    single pages of others. `waiting`: what it says of how much there is to do. `is_there`: whether there is such a page
    now, where that hangs on more than a right."""

    endpoint: str
    label: Message
    icon: str
    covers: tuple[str, ...] = ()
    right: str = "own_family"
    waiting: Callable[[], Badge | None] | None = None
    is_there: Callable[[], bool] | None = None


def own_tabs() -> list[Tab]:
    """What the menu of this person holds; nothing while a step waits that has to be taken first."""
    found = current_account()
    return [] if found is None or waiting_step() is not None else _tabs_of(found)


def _tabs_of(found: Account) -> list[Tab]:
    tabs: tuple[Tab, ...] = current_app.config["TABS"]
    return [tab for tab in tabs if holds(found, tab.right) and (tab.is_there is None or tab.is_there())]


def one_of_several() -> str | None:
    """The name of who asks, where more people are logged in on this device; None where there is no doubt."""
    if "one_of_several" not in g:
        found = current_account()
        g.one_of_several = person_of(database(), found).name if found is not None and len(device_sessions()) > 1 else None  # fmt: skip
    return cast("str | None", g.one_of_several)


def home(found: Account) -> str:
    """The address where this person begins: what the first entry of the menu opens."""
    tabs = _tabs_of(found)
    return url_for(tabs[0].endpoint if tabs else "account.show")


def t(template: str, /, **values: object) -> str:
    """A whole sentence in the reader's register; the translation tool collects the literal."""
    return register().text(Message(template, values))


def tn(one: str, other: str, n: int, /, **values: object) -> str:
    return register().ngettext(one, other, n) % {"n": n, **values}


def is_fragment() -> bool:
    """The small module of the page asks for a piece only."""
    return request.headers.get("X-Fragment") == "1"


def has_module(name: str) -> bool:
    return tenant().rulebook.has_module(name, today())


def needs_module(name: str) -> Callable[[], None]:
    """For a blueprint's before_request: what the organisation has switched off is not there."""

    def refuse() -> None:
        if not has_module(name):
            abort(404)

    return refuse


def earning_credit() -> str | None:
    """The credit that reporting absent can earn here, as its key; None where there is none."""
    rulebook = tenant().rulebook
    for care_type in rulebook.care_types:
        for kind, credit in rulebook.terms(today(), care_type).credits.items():
            if credit.earned_if is not None:
                return kind
    return None


class HexId(BaseConverter):
    """The id of a row: 128 random bits."""

    regex = "[0-9a-f]{32}"


class Words:
    """Dates, times and vocabulary in the reader's register, for templates."""

    def __init__(self, spoken: Speaker) -> None:
        self.speaker, self.register, self._today, self._now = spoken, spoken.register, today(), now()

    def long_day(self, day: Any) -> str:
        """With the year where it is another one than this."""
        return (
            formats.long_day(day, self.register)
            if day.year == self._today.year
            else formats.full_day(day, self.register)
        )

    def short_day(self, day: Any) -> str:
        """ma 21 december: where many stand side by side."""
        return f"{formats.short_weekday(day, self.register)} {formats.day_and_month(day, self.register)}"

    def full_day(self, day: Any) -> str:
        return formats.full_day(day, self.register)

    def day_and_month(self, day: Any) -> str:
        return formats.day_and_month(day, self.register)

    def weekday(self, day: Any) -> str:
        return formats.weekday(day, self.register)

    def short_weekday(self, day: Any) -> str:
        return formats.short_weekday(day, self.register)

    def until(self, cutoff: Any) -> str:
        """The moment always; what is left of it only when that is little."""
        text, left = (
            formats.until(cutoff, self.register, self._today),
            int((cutoff.at - self._now).total_seconds() // 60),
        )
        if not 0 <= left <= NEAR:
            return text
        if left == 0:
            return t("%(until)s (less than a minute left)", until=text)
        return t("%(until)s (%(left)s left)", until=text, left=_minutes(left))

    def moment(self, at: Any) -> str:
        """donderdag 10 december, 09.29 uur: on the wall of the organisation."""
        local = at.astimezone(tenant().rulebook.zone)
        return f"{self.long_day(local.date())}, {formats.clock(local, self.register)}"

    def age(self, born_on: Any) -> str:
        """In months below two years: what a group asks about a small child."""
        months = (
            (self._today.year - born_on.year) * 12 + self._today.month - born_on.month - (self._today.day < born_on.day)
        )
        return (
            tn("%(n)s month", "%(n)s months", months) if months < 24 else tn("%(n)s year", "%(n)s years", months // 12)
        )

    def said(self, message: Message) -> str:
        return self.register.text(message)

    def near_day(self, day: Any) -> str:
        return formats.near_day(day, self._today, self.register)

    def school_holiday(self, key: str) -> str:
        return self.speaker.word(terms.SCHOOL_HOLIDAYS, key).capitalize()

    def public_holiday(self, key: str) -> str:
        return self.speaker.word(terms.PUBLIC_HOLIDAYS, key)

    def closed(self, day: Any, name: str, is_public_holiday: bool) -> str:
        """Why there is no care: the public holiday, or the closing day in the reader's language."""
        if is_public_holiday:
            return self.public_holiday(name)
        names = tenant().day_names
        return in_language(names[day], self.register.language) if day in names else name

    def span(self, starts: Any, ends: Any) -> str:
        return formats.span(starts, ends, self.register)

    def no_break(self, text: str) -> str:
        return formats.no_break(text)

    def clock(self, at: Any) -> str:
        return formats.clock(at, self.register)

    def care_type(self, key: str) -> str:
        return self.speaker.word(terms.CARE_TYPES, key)

    def reason(self, key: str) -> str:
        return self.speaker.word(terms.REASONS, key)

    def refusal(self, reason: str) -> str:
        """Why a request was refused: a ready-made sentence, or what somebody wrote."""
        return self.speaker.word(terms.REFUSALS, reason)

    def amount(self, sixtieths: int, kind: str) -> str:
        return self.speaker.amount(sixtieths, kind)

    def hours(self, minutes: int) -> str:
        return self.speaker.hours(minutes)

    def credit(self, kind: str) -> str:
        return self.speaker.name_of(kind).label

    def what_now(self, decision: Decision) -> str:
        """Under what is refused; empty where that says it itself."""
        return " ".join(self.speaker.what_now(decision))

    def condition(self, decision: Decision) -> str | None:
        """The anchor of what decided."""
        return anchor(decision.steps[decision.decided_by].rule.path) if decision.decided_by is not None else None

    def and_list(self, words: Sequence[str]) -> str:
        return formats.and_list(list(words), self.register)


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    short = tn("%(n)s minute", "%(n)s minutes", rest)
    if not hours:
        return short
    long = tn("%(n)s hour", "%(n)s hours", hours)
    return t("%(hours)s and %(minutes)s", hours=long, minutes=short) if rest else long


@cache
def version(name: str) -> str:
    """Changes when the file does, so that browsers may keep it for ever."""
    return hashlib.sha256(files("spelregel.web").joinpath("static", name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    return url_for("static", filename=name, v=version(name))


def first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def install(app: Flask, tabs: Sequence[Tab]) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.url_map.converters["id"] = HexId
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["first_upper"] = first_upper
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 365 * 24 * 3600
    app.config["TABS"] = tuple(tabs)

    @app.context_processor
    def for_templates() -> dict[str, Any]:
        return {
            "t": t, "tn": tn, "w": Words(speaker()), "lang": register().language, "organisation": tenant(), "nonce": g.get("nonce", ""),
            "tabs": [(tab, register().text(tab.label), tab.waiting() if tab.waiting else None) for tab in own_tabs()], "asset": asset, "me": current_account(), "one_of_several": one_of_several(), "may": may,
            "on_tablet": current_account() is not None and on_tablet(), "has_module": has_module,
            "look_version": tenant().rulebook.digest[:10], "languages": tenant().languages,
        }  # fmt: skip

    @app.get("/look.css", endpoint="look")
    @public
    def look_sheet() -> Response:
        return _kept(look.style_sheet(tenant().look), "text/css")

    @app.get("/icon.svg", endpoint="icon")
    @public
    def icon() -> Response:
        return _kept(look.icon(tenant().look), "image/svg+xml")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        if error.code == 404:
            _remember_who_asks()
        return _error_page(error.code or 500)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        # An error page asks the database nothing, and shows no menu that it would have to ask for.
        g.setdefault("account", None)
        g.setdefault("one_of_several", None)
        g.setdefault("step", "unknown")
        if isinstance(error, AWAY):
            app.logger.error("the database is away: %s", type(error).__name__)
            response = _error_page(503)
            response.headers["Retry-After"] = "10"
            return response
        app.logger.exception("a request failed", exc_info=error)
        return _error_page(500)


def _remember_who_asks() -> None:
    """So that a page that is not there still speaks the parent's language; without a database it does without."""
    try:
        own_tabs()
    except AWAY:
        g.account = None


def _error_page(code: int) -> Response:
    g.setdefault("account", None)
    return make_response(render_template("error.html", **_error_words(code)), code)


def _kept(text: str, kind: str) -> Response:
    response = Response(text, content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _error_words(code: int) -> dict[str, object]:
    title, text = {
        403: (msg("This did not come from your own screen"), msg("For safety we only take what you send from this portal itself. Go back and try once more.")),
        404: (msg("This page is not here"), msg("Perhaps it has moved, or it is not for you.")),
        405: (msg("This page is not here"), msg("Perhaps it has moved, or it is not for you.")),
        400: (msg("This cannot be read"), msg("Something in the address or the form is not as it should be. Go back and try once more.")),
        503: (msg("We cannot be reached for a moment"), msg("It is not your fault and nothing is lost. Try again in a minute.")),
        429: (msg("Too many tries"), msg("Too many tries. Wait a quarter of an hour, and try again.")),
        413: (msg("That is too much at once"), msg("Send less, and try again.")),
    }.get(code, (msg("Something went wrong with us"), msg("It is not your fault and nothing is lost. Try again in a moment.")))  # fmt: skip
    return {"title": register().text(title), "text": register().text(text), "code": code}
