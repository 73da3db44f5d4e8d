"""The base domain: the operator's status page, and one neutral page for every address that is no portal."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from jinja2 import Template
from werkzeug.exceptions import HTTPException

from spelregel.settings import Settings
from spelregel.tenancy.registry import FileState, Snapshot
from spelregel.web.clock import Clock
from spelregel.web.login import by_operator
from spelregel.web.tenant_from_host import SNAPSHOT
from spelregel.words.locale import Register
from spelregel.words.problem_text import problem_as_text

_BARE = Template(files("spelregel.web").joinpath("templates", "bare.html").read_text("utf-8"), autoescape=True)
NEUTRAL = _BARE.render(
    title="Geen portaal op dit adres",
    nl=(
        "Op dit adres is geen ouderportaal",
        "Kijk of het adres precies is overgenomen uit de e-mail van de kinderopvang. Lukt het niet, bel dan de locatie van je kind.",
    ),
    en=(
        "There is no parent portal at this address",
        "Check that the address is exactly as in the e-mail from your childcare organisation. If that does not help, phone your child’s location.",
    ),
)
NOT_NOW = _BARE.render(
    title="Even niet bereikbaar",
    nl=(
        "Dit portaal is even niet bereikbaar",
        "Er is niets verloren gegaan. Probeer het over een minuut opnieuw. Is het dringend, bel dan de locatie van je kind.",
    ),
    en=(
        "This portal cannot be reached for a moment",
        "Nothing is lost. Try again in a minute. If it is urgent, phone your child’s location.",
    ),
)
_STYLE = base64.b64encode(hashlib.sha256(NEUTRAL.split("<style>")[1].split("</style>")[0].encode()).digest()).decode()
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE}'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def nowhere(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """For a host that is nobody's: says so, in both languages, and nothing else."""
    body = NEUTRAL.encode()
    start_response("404 Not Found", [*_HEADERS.items(), ("Content-Length", str(len(body)))])
    return [body]


def not_now(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """For a portal whose rules cannot be read at this moment, such as before its first visit while the database is away."""
    body = NOT_NOW.encode()
    headers = [*_HEADERS.items(), ("Content-Length", str(len(body))), ("Retry-After", "10")]
    start_response("503 Service Unavailable", headers)
    return [body]


def install(app: Flask, settings: Settings, clock: Clock) -> None:
    """The status page; and on every other path, unless somebody adds one, the neutral page."""

    def snapshot() -> Snapshot:
        found: Snapshot = request.environ[SNAPSHOT]
        return found

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return Response(NEUTRAL, error.code or 500, _HEADERS)

    @app.get("/status")
    @by_operator
    def status() -> Response:
        if settings.status_token and not holds_token(settings.status_token):
            return Response("", 401, {"WWW-Authenticate": 'Basic realm="status", charset="UTF-8"'})
        rows = [_row(state) for state in snapshot().files]
        if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
            return jsonify({"files": rows})
        return Response(
            render_template(
                "status.html",
                files=rows,
                counts=_counts(snapshot()),
                now=clock(),
                environment=settings.environment,
                nonce=g.nonce,
            )
        )


def holds_token(token: str) -> bool:
    """The token as the password of Basic, or as Bearer: never in the address."""
    given = request.headers.get("Authorization", "")
    sent = (
        given[7:]
        if given.startswith("Bearer ")
        else (request.authorization.password or "" if request.authorization else "")
    )
    return hmac.compare_digest(sent.encode(), token.encode())


def _row(state: FileState) -> dict[str, Any]:
    english = Register("en")
    return {
        "file": state.name,
        "state": _in_words(state),
        "checked": state.checked,
        "host": state.claim.subdomain if state.claim else None,
        "version": state.digest[:12] if state.digest else None,
        "live_since": state.live_since.isoformat(timespec="seconds") if state.live_since else None,
        "problems": [problem_as_text(problem, english.text) for problem in state.problems],
    }


def _counts(snapshot: Snapshot) -> dict[str, int]:
    states = snapshot.states.values()
    return {
        "all": len(states),
        "broken": sum(state.broken for state in states),
        "unchecked": sum(not state.checked for state in states),
    }


def _in_words(state: FileState) -> str:
    if not state.checked:
        return "not checked yet, its first visitor has it checked"
    if state.broken:
        return "broken, the last good version is live" if state.claim else "broken, not live"
    return "live"
