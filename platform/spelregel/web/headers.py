"""The headers of every answer, and the refusal of requests that another site sent.

Sibling portals are the same site to a browser, so only same-origin counts: a form on one organisation's address
cannot act on another's.
"""

from __future__ import annotations

import secrets
from typing import Final

from flask import Flask, Response, abort, g, request

from spelregel.web.parameters import everything_sent
from spelregel.web.request_log import ENDPOINT, REQUEST_ID

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def own_origin() -> bool:
    """Did a page of this very host send the request? Browsers say so in Sec-Fetch-Site, older ones in Origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    host = request.headers.get("Host", "").lower()
    return request.headers.get("Origin", "").lower() in (f"https://{host}", f"http://{host}")


def _odd_characters() -> bool:
    """A NUL has no business in a form or an address, and databases choke on it; no form of ours has a part without a name."""
    return "\x00" in request.path or any(value is None or "\x00" in value for value in everything_sent(request))


def install(
    app: Flask, *, https: bool, form_targets: tuple[str, ...] = (), open_endpoints: frozenset[str] = frozenset()
) -> None:
    """`open_endpoints` take requests from elsewhere and look after themselves (the demo's one-click log-in)."""

    @app.before_request
    def refuse_foreign_requests() -> None:
        g.nonce = secrets.token_urlsafe(16)
        g.request_id = request.environ.get(REQUEST_ID)
        if request.method not in SAFE_METHODS and request.endpoint not in open_endpoints and not own_origin():
            abort(403)
        if _odd_characters():  # reads the whole form, before any view opens a session
            abort(400)

    @app.after_request
    def add_headers(response: Response) -> Response:
        request.environ[ENDPOINT] = request.endpoint
        nonce = g.get("nonce", "")
        response.headers.setdefault(
            "Content-Security-Policy",
            "; ".join(
                (
                    "default-src 'none'",
                    f"script-src 'nonce-{nonce}'",
                    f"style-src 'nonce-{nonce}'",
                    "img-src 'self' data:",
                    "connect-src 'self'",
                    "manifest-src 'self'",
                    " ".join(("form-action 'self'", *form_targets)),
                    "base-uri 'none'",
                    "frame-ancestors 'none'",
                )
            ),
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response
