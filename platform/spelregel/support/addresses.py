"""Addresses from one host to another, and the pages that a visit may open: paths of a portal and nothing else."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

from flask import current_app, request

from spelregel.settings import Settings

_PATH = re.compile(
    r"/(?:[a-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9][A-Za-z0-9_-]*)*/?)?(?:\?[A-Za-z0-9=&._:%+-]*)?", re.ASCII
)
_ID = re.compile(r"[0-9a-f]{32}")


def address_of(subdomain: str, path: str, **query: str) -> str:
    """At the port that this request came to, and over what it came: `//host` keeps the browser's own http or https."""
    settings: Settings = current_app.config["SETTINGS"]
    _, _, port = request.host.partition(":")
    given = {key: value for key, value in query.items() if value}
    return f"//{subdomain}.{settings.base_domain}{':' + port if port else ''}{path}{'?' + urlencode(given) if given else ''}"


def as_next(wanted: str) -> str:
    """A page of a portal; what is none is its front door. A visit never opens what begins or ends one."""
    good = len(wanted) <= 400 and "//" not in wanted and _PATH.fullmatch(wanted)
    return wanted if good and not wanted.startswith("/support/") else "/"


def own_page(path: str) -> str:
    """The same page where other rows live: without what names a row of this one. A page that is about a row has no
    counterpart there, so the portal opens at its front door."""
    parts = urlsplit(path)
    if _ID.search(parts.path):
        return "/"
    query = "&".join(each for each in parts.query.split("&") if each and not _ID.search(each))
    return parts.path + (f"?{query}" if query else "")
