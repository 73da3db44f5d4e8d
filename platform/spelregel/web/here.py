"""What this request is about: the organisation, the moment, the database session, the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from flask import Flask, current_app, g, request

from spelregel.settings import Settings
from spelregel.storage.session import TenantSession, tenant_session
from spelregel.tenancy.tenant import Tenant
from spelregel.web.tenant_from_host import TENANT
from spelregel.words.locale import Register
from spelregel.words.sentences import Speaker


def settings() -> Settings:
    return cast(Settings, current_app.config["SETTINGS"])


def secure_cookies() -> bool:
    return settings().is_production or settings().base_domain == "localhost"


def own_cookie(name: str) -> str:
    """`__Host-`: no sibling address can set or overwrite it. Browsers take it over HTTP on localhost only."""
    return f"__Host-{name}" if secure_cookies() else name


def tenant() -> Tenant:
    return cast(Tenant, request.environ[TENANT])


def now() -> datetime:
    """The moment of this request, in UTC: read once, so that all of a page is about the same minute."""
    if "now" not in g:
        g.now = current_app.config["CLOCK"]()
    return cast(datetime, g.now)


def clock_now() -> datetime:
    """What the clock of the program says: what is due later is due by it, also when this request stands at another moment, as
    it can in test and demo."""
    return cast(datetime, current_app.config["CLOCK"]())


def today() -> date:
    if "today" not in g or g.today[0] is not now():  # support can stand at another moment
        g.today = (now(), now().astimezone(tenant().rulebook.zone).date())
    return cast(date, g.today[1])


def database() -> TenantSession:
    """This request's session for reading."""
    if "database" not in g:
        g.database = tenant_session(current_app.config["ENGINE"], tenant().slug)
    return cast(TenantSession, g.database)


def read_anew() -> None:
    """What this request has committed is in what it reads from here on."""
    database().rollback()


def writing() -> TenantSession:
    """A session that takes the write lock at its first statement: opened by who changes something, when all is read.

    Never before the request's own body is in: a slow sender would make everybody wait (`headers.install` reads it).
    """
    if "writing" not in g:
        g.writing = tenant_session(current_app.config["ENGINE"], tenant().slug, writing=True)
    return cast(TenantSession, g.writing)


def register() -> Register:
    """How this reader is spoken to: the account's language, else the one chosen at the door, else the browser's."""
    if "register" not in g:
        offered = tenant().languages
        account = g.get("account")
        chosen = (
            (account.language if account else None)
            or request.args.get("lang")
            or request.cookies.get(own_cookie("lang"))
        )
        if chosen not in offered:
            chosen = request.accept_languages.best_match(offered) or offered[0]
        g.register = Register(chosen, tenant().formal)
    return cast(Register, g.register)


def speak_to(language: str | None) -> None:
    """To a person who is known although not logged in, by a link: in their own language, unless the page asks for another."""
    if language in tenant().languages and request.args.get("lang") not in tenant().languages:
        g.register = Register(str(language), tenant().formal)


def speaker() -> Speaker:
    organisation, reader = tenant(), register()
    return Speaker(reader, lambda kind: organisation.credit_name(kind, reader.language))


def install(app: Flask) -> None:
    @app.teardown_request
    def close_database(_error: BaseException | None) -> None:
        for name in ("database", "writing"):
            session = g.pop(name, None)
            if session is not None:
                session.close()
