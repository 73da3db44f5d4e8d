"""Every route, asked by everybody with ids that are somebody else's: what came out otherwise than for an id of nobody."""

from __future__ import annotations

import itertools
import logging
import random
import re
import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from spelregel.web.routes import Route, routes_of
from tests.matrix.features import BODIES, MEANS, NEVER_COUNTED, NOTED_BY_READING, NOTES, SHAPES
from tests.matrix.world import APP_SECRET, ROW_ID, TABLES, TOKEN, Asker, World, as_json

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

    def leaks(self, world: World) -> list[str]:
        """No text of anybody and no word of a cookie or link stands in a log."""
        found = []
        for line in self.lines:
            told = [each for each in {*TOKEN.findall(line), *APP_SECRET.findall(line)} if each in world.canaries]
            if told or any(word in line for word in world.words):
                found.append(f"a line of the log: {line[:200]}")
        return found


def portal_routes(world: World) -> list[Route]:
    return routes_of(world.app.portal)


@cache
def means(name: str) -> str | None:
    """The table that a parameter's name means: report_id -> absence_report."""
    stem = MEANS.get(name, name.removesuffix("_id"))
    return next((table for table in sorted(TABLES, key=len) if table == stem or table.endswith(f"_{stem}")), None)


def sent_for(world: World, route: Route, ids: dict[str, str]) -> dict[str, str]:
    """The fields that carry these ids."""
    fields: dict[str, str] = {}
    for name, value in ids.items():
        shape = SHAPES.get((route.endpoint, name))
        fields |= shape(world, value) if shape else {name: value}
    return fields


_numbers = itertools.count(1)


def fresh_address() -> str:
    """Each request comes from elsewhere: that an address guessed too often hides nothing of what a page would answer."""
    number = next(_numbers)
    return f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"


def ask(world: World, asker: Asker, route: Route, ids: dict[str, str], *, place: str = "form", headers: dict[str, str] | None = None,
        address: str | None = None) -> TestResponse:  # fmt: skip
    """`ids`: of rows, and the secret of a link; those in the path stand there whatever the place is."""
    path, rest = route.path, dict(ids)
    for name in re.findall(r"<(?:\w+:)?(\w+)>", path):
        value = rest.pop(name, None) or "portal.css"
        path = re.sub(rf"<(?:\w+:)?{name}>", value, path)
    fields = BODIES[route.endpoint](world, asker) if route.endpoint in BODIES else {}
    fields |= sent_for(world, route, rest)
    options: dict[str, Any] = {"base_url": world.base_url(), "method": route.method}
    sent = {"Sec-Fetch-Site": "same-origin"} if headers is None else dict(headers)
    cookies = {"__Host-sid": asker.cookie, "__Host-tablet": asker.tablet, "__Host-look": asker.look}
    if any(cookies.values()):
        sent["Cookie"] = "; ".join(f"{name}={word}" for name, word in cookies.items() if word)
    if place == "query" or route.method == "GET":
        options["query_string"] = fields
    if place == "json":
        options |= {"data": as_json(fields), "content_type": "application/json"}
    elif place == "form" and route.method != "GET":
        options["data"] = fields
    return Client(world.app, use_cookies=False).open(path, headers=sent, buffered=True, environ_overrides={"REMOTE_ADDR": address or fresh_address()}, **options)  # fmt: skip


def plain(answer: TestResponse, sent: set[str]) -> tuple[Any, ...]:
    """The answer without what differs each time, and without what was sent."""

    def same(text: str) -> str:
        text = NONCE.sub("nonce", text)
        for each in sent:
            text = text.replace(each, "ID")
        return text

    headers = tuple(
        sorted((n, same(value)) for n, value in answer.headers if n not in OWN_HEADERS and n != "Content-Length")
    )
    return answer.status_code, headers, same(answer.get_data(as_text=True))


def all_tries(
    world: World, wanted: int, routes: list[Route] | None = None, askers: list[Asker] | None = None
) -> list[Try]:
    """`wanted` of them, spread evenly over route × place × who asks; always the same. Every second one is of the kind of row
    that the name means, which is where a check would be forgotten; the others are of any kind."""
    chance, cells = random.Random(11), []
    foreign = {asker.name: [i for i in world.foreign(asker) if len(i) == 32] for asker in askers or world.askers}
    for route in routes or portal_routes(world):
        in_path = set(re.findall(r"<(?:\w+:)?(\w+)>", route.path))
        for name in route.ids:
            places = ["path"] if name in in_path else ["query"] if route.method == "GET" else ["query", "form", "json"]
            cells += [(asker, route, name, place) for place in places for asker in askers or world.askers]
    if not cells:
        return []
    chance.shuffle(cells)
    each, first = divmod(wanted, len(cells))
    tries = []
    for number, (asker, route, name, place) in enumerate(cells):
        count, of_all = each + (number < first), foreign[asker.name]
        table = means(name)
        meant = [i for i in of_all if world.rows[i][0] == table]
        half = -(-count // 2)
        taken = chance.sample(meant, min(half, len(meant)))
        taken += chance.sample([i for i in of_all if i not in taken], count - len(taken))
        tries += [Try(asker, route, name, place, row_id) for row_id in taken]
    return tries


def others_of(world: World, asker: Asker, route: Route, but: str) -> dict[str, str]:
    """The other ids of the request: one's own where there are, so that they are not what it fails on."""
    found: dict[str, str] = {}
    for name in route.ids:
        if name != but and (table := means(name)) and (own := world.own(asker, table, tuple(found.values()))):
            found[name] = own
        elif name != but and f"{name}>" in route.path:
            found[name] = secrets.token_hex(16)
    return found


def run(world: World, tries: list[Try], besides: frozenset[str] = frozenset()) -> Outcome:
    """`besides`: tables in which every request may write a line about itself."""
    outcome, ears = Outcome(), Ears()
    logging.getLogger().addHandler(ears)
    by_cell = defaultdict(list)
    for each in tries:
        by_cell[each.route.endpoint, each.route.method].append(each)
    try:
        for (endpoint, method), cell in by_cell.items():
            before, noted, of_nobody = world.state(but(endpoint) | besides), notes(world), {}
            for each in cell:
                key = (each.asker.name, each.name, each.place, each.row_id in world.location_of)
                if key not in of_nobody:
                    others = others_of(world, each.asker, each.route, each.name)
                    missing = secrets.token_hex(16)
                    if each.row_id in world.location_of:  # it is sent with a location before it
                        world.location_of[missing] = secrets.token_hex(16)
                    answer = ask(world, each.asker, each.route, {**others, each.name: missing}, place=each.place)
                    of_nobody[key] = plain(answer, sent_ids(world, each.route, each.name, missing)), others
                expected, others = of_nobody[key]
                answer = ask(world, each.asker, each.route, {**others, each.name: each.row_id}, place=each.place)
                outcome.tries += 1
                outcome.cookies += answer.headers.getlist("Set-Cookie")
                what = f"{method} {endpoint} by {each.asker.name}, {each.name} in the {each.place} a {world.rows[each.row_id][0]} of {world.rows[each.row_id][1]}"
                sent = sent_ids(world, each.route, each.name, each.row_id)
                found = plain(answer, sent)
                if found != expected:
                    outcome.faults.append(f"{what}: answers {found[0]}, and {expected[0]} to an id of nobody")
                if answer.status_code >= 500:
                    outcome.faults.append(f"{what}: {answer.status_code}")
                told = f"{answer.headers} {answer.get_data(as_text=True)}"
                outcome.faults += [
                    f"{what}: shows {leak}" for leak in world.seen(each.asker, told, {*sent, *others.values()})
                ]
            changed = [name for name, digest in world.state(but(endpoint) | besides).items() if before[name] != digest]
            if changed:
                outcome.faults.append(f"{method} {endpoint}: wrote in {', '.join(changed)}")
            if not besides:
                outcome.faults += wrongly_noted(world, endpoint, noted)
        # mails would be rows of the outbox, and none was written
        outcome.faults += ears.leaks(world)
    finally:
        logging.getLogger().removeHandler(ears)
    return outcome


def sent_ids(world: World, route: Route, name: str, row_id: str) -> set[str]:
    """What stands in the request because of this id, longest first wherever it is taken out."""
    return {row_id, *ROW_ID.findall(" ".join(sent_for(world, route, {name: row_id}).values()))}


def but(endpoint: str) -> set[str]:
    return NEVER_COUNTED | NOTES.get(endpoint, {}).keys()


def notes(world: World) -> dict[str, dict[str, Any]]:
    found = {}
    with world.past_walls.connect() as connection:
        for name in NOTED_BY_READING:
            for row in connection.execute(select(TABLES[name])).mappings():
                found[f"{name} {row['id']}"] = {"table": name, **row}
    return found


def wrongly_noted(world: World, endpoint: str, before: dict[str, dict[str, Any]]) -> list[str]:
    """Of a page that notes that it was read: nothing but that was written, and nothing of another organisation in it."""
    if endpoint not in NOTES:
        return []
    after, own = notes(world), {asker.account for asker in world.askers if asker.role}
    faults = [f"{endpoint}: changed {key}" for key, row in before.items() if after.get(key) != row]
    for key in after.keys() - before.keys():
        row = after[key]
        if row["tenant_id"] != world.here or row["table"] not in NOTES[endpoint]:
            faults.append(f"{endpoint}: wrote {row}")
        elif (row["table"] != "tenant_file" and row["account_id"] not in own) or (
            row["table"] == "audit_entry" and row["action"] != NOTES[endpoint]["audit_entry"]
        ):
            faults.append(f"{endpoint}: noted {row}")
        if row["table"] != "tenant_file":
            ids = {each for each in ROW_ID.findall(repr(row)) if each in world.rows}
            faults += [f"{endpoint}: noted the id of a {world.rows[each][0]} of another organisation"
                       for each in ids if world.rows[each][1].tenant != world.here]  # fmt: skip
    return faults
