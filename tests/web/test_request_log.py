"""What the server logs: a line of JSON per request, with organisation and number, and nothing about a person."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from spelregel.app import Application
from spelregel.demo.people import PASSWORD, families_of
from spelregel.web.request_log import JsonLines
from tests.browse import visitor


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    written, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def read(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_organisation_route_and_number(demo: Application, lines: io.StringIO) -> None:
    answer = visitor(demo, "quadrant").get("/login?lang=nl")
    (line,) = [line for line in read(lines) if line["logger"] == "spelregel.request"]
    assert line | {"at": "", "ms": 0} == {"at": "", "level": "info", "logger": "spelregel.request", "text": "answered", "request": answer.headers["X-Request-Id"],
                                          "tenant": "quadrant", "method": "GET", "route": "account.login_form", "status": 200, "ms": 0}  # fmt: skip


def test_no_line_holds_what_somebody_typed_or_opened(demo: Application, lines: io.StringIO) -> None:
    parent = visitor(demo, "quadrant")
    family = families_of(parent.tenant)[0]
    parent.log_in(family)
    parent.get("/nowhere/geheim-woord?naam=Sanne")
    parent.post("/login", {"username": "iemand@voorbeeld.example", "password": "geraden-woord"})
    parent.client.open("/", method="GEHEIM", base_url=parent.base)
    for secret in (family.username, family.parent, PASSWORD, "geheim-woord", "Sanne", "iemand", "geraden", "GEHEIM"):
        assert secret not in lines.getvalue()
    assert len(read(lines)) >= 4


def test_an_error_tells_its_kind_and_place_and_not_its_words(
    demo: Application, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down() -> str:
        raise RuntimeError("the password of Sanne de Vries")

    break_down.mark = "public"  # type: ignore[attr-defined]
    monkeypatch.setitem(demo.portal.view_functions, "account.login_form", break_down)
    assert visitor(demo, "quadrant").get("/login").status_code == 500
    (line,) = [line for line in read(lines) if line["level"] == "error"]
    assert line["error"] == "RuntimeError" and "break_down" in str(line["where"]) and line["request"]
    assert "Sanne" not in lines.getvalue()


def test_of_a_line_of_a_library_only_the_template_is_kept(lines: io.StringIO) -> None:
    logging.getLogger("elders").warning("Error handling request %s", "/activate/geheim-woord")
    (line,) = read(lines)
    assert line["text"] == "Error handling request %s" and "geheim" not in lines.getvalue()
