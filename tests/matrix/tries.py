"""Every route, asked by everybody with ids that are somebody else's: what came out otherwise than for an id of nobody."""

from __future__ import annotations

import logging
import random
import re
import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import Client, TestResponse

from spelregel.web.routes import Route, routes_of
from tests.matrix.features import BODIES, MEANS, SHAPES
from tests.matrix.world import TABLES, Asker, World, as_json

NONCE = re.compile(r"nonce(?:=\"|-)[A-Za-z0-9_-]{22}")
#: Headers of which each answer has its own.
OWN_HEADERS = {"Date", "X-Request-Id"}


@dataclass(frozen=True)
class Try:
    asker: Asker
    route: Route
    name: str  # of the parameter
    place: str
    row_id: str


@dataclass
class Outcome:
    tries: int = 0
    faults: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)


class Ears(logging.Handler):
    """Hears every line of the log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))


def portal_routes(world: World) -> list[Route]:
    return routes_of(world.app.portal)


def means(name: str) -> str | None:
    """The table that a parameter's name means: report_id -> absence_report."""
    stem = MEANS.get(name, name.removesuffix("_id"))
    return next((table for table in sorted(TABLES, key=len) if table == stem or table.endswith(f"_{stem}")), None)


def ask(world: World, asker: Asker, route: Route, ids: dict[str, str], *, place: str = "form", headers: dict[str, str] | None = None,
        host: str | None = None) -> TestResponse:  # fmt: skip
    path, rest = route.path, dict(ids)
    for name in re.findall(r"<(?:\w+:)?(\w+)>", path):
        value = rest.pop(name, None) or "portal.css"
        path = re.sub(rf"<(?:\w+:)?{name}>", value, path)
    fields = BODIES[route.endpoint](world, asker) if route.endpoint in BODIES else {}
    fields |= {
        name: SHAPES[route.endpoint, name](world, v) if (route.endpoint, name) in SHAPES else v
        for name, v in rest.items()
    }
    options: dict[str, Any] = {"base_url": host or world.base_url(), "method": route.method}
    sent = {"Sec-Fetch-Site": "same-origin"} if headers is None else dict(headers)
    if asker.cookie:
        sent["Cookie"] = f"__Host-sid={asker.cookie}"
    if place == "query" or route.method == "GET":
        options["query_string"] = fields
    if place == "json":
        options |= {"data": as_json(fields), "content_type": "application/json"}
    elif place == "form" and route.method != "GET":
        options["data"] = fields
    return Client(world.app, use_cookies=False).open(path, headers=sent, buffered=True, **options)


def plain(answer: TestResponse, row_id: str) -> tuple[Any, ...]:
    """The answer without what differs each time."""
    headers = sorted((name, NONCE.sub("nonce", value).replace(row_id, "ID")) for name, value in answer.headers if name not in OWN_HEADERS
                     and name != "Content-Length")  # fmt: skip
    return answer.status_code, headers, NONCE.sub("nonce", answer.get_data(as_text=True)).replace(row_id, "ID")


def all_tries(
    world: World, wanted: int, routes: list[Route] | None = None, askers: list[Asker] | None = None
) -> list[Try]:
    """`wanted` of them, spread evenly over route × place × who asks; always the same."""
    chance, cells = random.Random(11), []
    foreign = {asker.name: [i for i in world.foreign(asker) if len(i) == 32] for asker in askers or world.askers}
    for route in routes or portal_routes(world):
        in_path = set(re.findall(r"<(?:\w+:)?(\w+)>", route.path))
        for name in route.ids:
            places = ["path"] if name in in_path else ["query"] if route.method == "GET" else ["query", "form", "json"]
            cells += [(asker, route, name, place) for place in places for asker in askers or world.askers]
    if not cells:
        return []
    each = -(-wanted // len(cells))
    return [
        Try(asker, route, name, place, row_id)
        for asker, route, name, place in cells
        for row_id in chance.sample(foreign[asker.name], min(each, len(foreign[asker.name])))
    ]


def run(world: World, tries: list[Try]) -> Outcome:
    outcome, ears = Outcome(), Ears()
    logging.getLogger().addHandler(ears)
    by_cell = defaultdict(list)
    for each in tries:
        by_cell[each.route.endpoint, each.route.method].append(each)
    try:
        for (endpoint, method), cell in by_cell.items():
            before, of_nobody = world.state(), {}
            for each in cell:
                others = {
                    name: own
                    for name in each.route.ids
                    if name != each.name and (table := means(name)) and (own := world.own(each.asker, table))
                }
                others |= {
                    name: secrets.token_hex(16)
                    for name in each.route.ids
                    if name != each.name and name not in others and f"{name}>" in each.route.path
                }
                key = (each.asker.name, each.name, each.place)
                if key not in of_nobody:
                    missing = secrets.token_hex(16)
                    of_nobody[key] = plain(
                        ask(world, each.asker, each.route, {**others, each.name: missing}, place=each.place), missing
                    )
                    of_nobody[key] += (others,)
                others = of_nobody[key][3]
                answer = ask(world, each.asker, each.route, {**others, each.name: each.row_id}, place=each.place)
                outcome.tries += 1
                outcome.cookies += answer.headers.getlist("Set-Cookie")
                what = f"{method} {endpoint} by {each.asker.name}, {each.name} in the {each.place} a {world.rows[each.row_id][0]} of {world.rows[each.row_id][1]}"
                found = plain(answer, each.row_id)
                if found != of_nobody[key][:3]:
                    outcome.faults.append(f"{what}: answers {found[0]}, and {of_nobody[key][0]} to an id of nobody")
                if answer.status_code >= 500:
                    outcome.faults.append(f"{what}: {answer.status_code}")
                told = f"{answer.headers} {answer.get_data(as_text=True)}"
                outcome.faults += [
                    f"{what}: shows {leak}" for leak in world.seen(each.asker, told, {each.row_id, *others.values()})
                ]
            changed = [name for name, digest in world.state().items() if before[name] != digest]
            if changed:
                outcome.faults.append(f"{method} {endpoint}: wrote in {', '.join(changed)}")
        # mails would be rows of the outbox, and none was written
        outcome.faults += [
            f"a line of the log: {line[:200]}" for line in ears.lines if any(token in line for token in world.canaries)
        ]
    finally:
        logging.getLogger().removeHandler(ears)
    return outcome
