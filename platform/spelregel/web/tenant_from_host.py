"""Which organisation a request is for: an exact table of hosts, looked up before anything else sees the request.

A host that is not in the table gets one neutral page and touches nothing: no routing, no session, no link made from
the Host header. The answer never tells which organisations exist.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from spelregel.tenancy.registry import Registry, Snapshot

log = logging.getLogger("spelregel")

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Keys of the WSGI environment that hold what was found; a client cannot set them, since headers begin with HTTP_.
TENANT: Final = "spelregel.tenant"
SNAPSHOT: Final = "spelregel.snapshot"

_HOST = re.compile(r"([a-z0-9.-]{1,253}?)\.?(?::([0-9]{1,5}))?", re.ASCII)


def plain_host(header: str) -> str | None:
    """Small letters, without port and final dot; None when it is not a host name at all."""
    found = _HOST.fullmatch(header.lower())
    return found[1] if found else None


def tenant_gate(
    registry: Registry,
    base_domain: str,
    portal: WsgiApp,
    platform: WsgiApp,
    support: WsgiApp,
    nowhere: WsgiApp,
    not_now: WsgiApp,
) -> WsgiApp:
    """`portal` answers on SUBDOMAIN.base, `platform` on the base domain itself, `support` on the name that is kept free for
    it, `nowhere` on every other host; `not_now` for a portal that nobody has visited yet, when its rules cannot be read."""
    suffix, desk = f".{base_domain}", f"support.{base_domain}"

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        snapshot: Snapshot = registry.snapshot  # this request sees one version of everything, whatever is reloaded
        environ[SNAPSHOT] = snapshot
        environ["SCRIPT_NAME"] = ""  # portals live at the root of their host, whatever a proxy passes on
        host = plain_host(environ.get("HTTP_HOST", ""))
        if host == base_domain:
            return platform(environ, start_response)
        if host == desk:
            return support(environ, start_response)
        try:  # the first visit has the organisation's file checked, and that may ask the database
            tenant = snapshot.by_subdomain.get(host.removesuffix(suffix)) if host and host.endswith(suffix) else None
        except Exception:  # whatever stands between a visitor and the rules, the visitor reads a page
            log.exception("the rules of %s cannot be read now", host)
            return not_now(environ, start_response)
        if tenant is None:
            return nowhere(environ, start_response)
        environ[TENANT] = tenant
        return portal(environ, start_response)

    return answer
