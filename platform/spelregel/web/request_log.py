"""What the server writes down about itself: a line of JSON each, with the organisation and the request, and of no person.

A line of the program holds its own words. Of a line of a library only the template is kept, and of an error its kind and
where it happened: what was filled in may be a name, a link that opens an account, or what somebody typed. For the same
reason a request is told by the route that answered it and never by its address.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
import traceback
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from spelregel.tenancy.tenant import Tenant
from spelregel.web.tenant_from_host import TENANT, WsgiApp

log = logging.getLogger("spelregel.request")

#: Keys of the WSGI environment; a client cannot set them.
REQUEST_ID: Final = "spelregel.request"
ENDPOINT: Final = "spelregel.endpoint"

OWN: Final = "spelregel"
_request: ContextVar[dict[str, Any] | None] = ContextVar("request", default=None)


class JsonLines(logging.Formatter):
    """One line per record: at (UTC), level, logger, text; request and tenant where it is about one; error and where."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name == OWN or record.name.startswith(f"{OWN}.")
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage() if ours else str(record.msg).splitlines()[0] if record.msg else "",
        }
        environ = _request.get()
        if environ is not None:
            line |= _whose(environ)
        line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = [
                f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-8:]
            ]
        return json.dumps(line, ensure_ascii=False)


def _whose(environ: dict[str, Any]) -> dict[str, Any]:
    tenant: Tenant | None = environ.get(TENANT)
    return {"request": environ.get(REQUEST_ID), "tenant": tenant.slug if tenant else None}


def write_json_lines(level: int = logging.INFO) -> None:
    """From now on everything that this process logs is written so, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for name in ("gunicorn.error", "gunicorn.access"):  # the server's own loggers pass nothing on
        logging.getLogger(name).handlers[:] = [handler]


def logged(app: WsgiApp) -> WsgiApp:
    """Gives each request a number, which the answer carries as X-Request-Id, and writes a line when it is answered."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[REQUEST_ID] = secrets.token_hex(8)
        begun, told = time.monotonic(), _request.set(environ)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            facts = {"method": _word(environ["REQUEST_METHOD"]), "route": environ.get(ENDPOINT), "status": int(status[:3]),
                     "ms": round(1000 * (time.monotonic() - begun), 1)}  # fmt: skip
            log.info("answered", extra={"facts": facts})
            return start_response(status, [*headers, ("X-Request-Id", environ[REQUEST_ID])], *rest)

        try:
            return app(environ, start)
        finally:
            _request.reset(told)

    return answer


def _word(method: str) -> str:
    """A method can be anything that a client writes."""
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
