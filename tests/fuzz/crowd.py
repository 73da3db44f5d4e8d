"""Who sends the odd requests: everybody of two organisations, nobody, a tablet, and support on a visit; and what they know."""

from __future__ import annotations

import html
import io
import logging
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask
from sqlalchemy import delete, select, update
from werkzeug.test import Client

from spelregel.app import Application
from spelregel.records.accounts import Account
from spelregel.records.family import Child, Guardian
from spelregel.records.guesses import Guess
from spelregel.records.locations import list_places
from spelregel.records.login_sessions import start_session
from spelregel.records.one_time_links import LIVES, make_link
from spelregel.records.staff import Employee, Employment
from spelregel.records.support_codes import SupportCode, as_shown
from spelregel.records.support_visits import make_ticket, take_ticket
from spelregel.records.tablets import make_code, pair
from spelregel.storage.model_base import Base, TenantRow
from spelregel.storage.session import TenantSession, tenant_session
from spelregel.web.parameters import ids_of, taken_by
from spelregel.web.request_log import JsonLines
from spelregel.web.routes import routes_of
from tests.conftest import Clock
from tests.fuzz.odd_requests import Pool, Target

#: Routes of no feature go together.
ALONE = {"static": "pictures and styles", "look": "pictures and styles", "icon": "pictures and styles"}
_ADDRESS = re.compile(r'(?:href|action|formaction)="(/[^"#]*)"')
_ID = re.compile(r"[0-9a-f]{32}")
FIRST = 20  # rows of each table whose ids are tried


def groups_of(app: Application) -> dict[str, list[Target]]:
    """Every route of every application, by feature."""
    assert app.console
    portals = tuple(f"{tenant.subdomain}.localhost" for tenant in app.registry.snapshot.tenants())
    found: dict[str, list[Target]] = {}
    flasks: tuple[tuple[Flask, tuple[str, ...]], ...] = (
        (app.portal, portals), (app.platform, ("localhost",)), (app.console, ("support.localhost",)),
    )  # fmt: skip
    for flask, hosts in flasks:
        rules = {rule.rule: rule for rule in flask.url_map.iter_rules()}
        for route in routes_of(flask):
            own = taken_by(flask, route.endpoint)
            names = tuple(dict.fromkeys([*ids_of(flask, rules[route.path]), *own.ids, *own.plain]))
            feature = ALONE.get(route.feature, route.feature)
            target = Target(
                hosts, route.method, route.path, route.endpoint, tuple(n for n in names if f"{n}>" not in route.path)
            )
            found.setdefault(feature, []).append(target)
    return found


@dataclass
class Crowd:
    app: Application
    clock: Clock
    pool: Pool = field(default_factory=Pool)
    #: By host the cookies of everybody there.
    cookies: dict[str, list[str]] = field(default_factory=dict)
    #: By cookie who it is, and by who the addresses that stand on their own pages.
    who: dict[str, str] = field(default_factory=dict)
    own_paths: dict[str, set[str]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def come_again(self) -> None:
        """Everybody logs in anew, whatever the requests before have closed; a minute has gone by."""
        self.clock.moment += timedelta(minutes=1)
        self.cookies = {"localhost": [""], "support.localhost": [""]}
        self.pool.ids.clear()
        for tenant in self.app.registry.snapshot.tenants():
            with tenant_session(self.app.engine, tenant.slug, writing=True) as session:
                session.execute(update(Account).values(disabled_at=None, pin_misses=0))
                session.execute(update(Employment).values(ends_on=None))
                session.execute(delete(Guess))
                self.cookies[f"{tenant.subdomain}.localhost"] = self._cookies(session, tenant.subdomain)
                self._words(session)
                session.commit()

    def _cookies(self, session: TenantSession, subdomain: str) -> list[str]:
        now, found = self.clock(), [""]
        accounts = list(
            session.scalars(
                select(Account).where(Account.activated_at.is_not(None)).order_by(Account.username, Account.id)
            )
        )
        code = make_code(session, "Tablet", list_places(session)[0], now)
        paired = pair(session, code, now)
        assert paired
        tablet, tablet_word = paired
        for account in accounts[:9]:
            word, _ = start_session(session, account, now, old_word=None, remember=False, device="a test", proof="demo")
            found.append(f"__Host-sid={word}")
            self.who[found[-1]] = account.id
            if account.is_staff:
                word, _ = start_session(
                    session,
                    account,
                    now,
                    old_word=None,
                    remember=False,
                    device="a test",
                    proof="pin",
                    tablet_id=tablet.id,
                )
                found.append(f"__Host-tablet={tablet_word}; __Host-sid={word}")
        word, _ = start_session(
            session, accounts[0], now, old_word=None, remember=False, device="a test", waits_for_proof=True
        )
        found += [f"__Host-sid={word}", f"__Host-tablet={tablet_word}"]
        for account in accounts[:2]:
            session.flush()
            ticket = make_ticket(session, account.id, "support", now, "/", now)
            session.flush()
            taken = take_ticket(session, ticket, None, now)
            assert taken
            found.append(f"__Host-visit={taken[1]}")
            self.pool.add("ticket", make_ticket(session, account.id, "support", now, "/agenda", now))
        self.pool.add("code", make_code(session, "Other tablet", list_places(session)[-1], now))
        for account in accounts[:4]:
            for purpose in LIVES:
                self.pool.add("secret", make_link(session, account.id, purpose, now, value="nieuw@example.org"))
            self.pool.add("persona", account.username)
            self.pool.add("username", account.username)
        self.secrets |= {pair_.partition("=")[2] for each in found for pair_ in each.split("; ") if pair_}
        for name in ("secret", "ticket"):
            self.secrets |= set(self.pool.words[name])
        self.pool.add("slug", session.tenant)
        self.pool.add("tenant", session.tenant)
        self.pool.add("current", "gele-regenlaarzen")
        self.pool.add("password", "gele-regenlaarzen")
        self.pool.add("filename", "portal.css")
        self.pool.add("person", f"{subdomain}@example.org")
        for made in session.scalars(select(SupportCode.id).limit(FIRST)):
            self.pool.add("code", as_shown(made))
        return found

    def _words(self, session: TenantSession) -> None:
        for mapper in sorted(Base.registry.mappers, key=lambda each: each.local_table.name):
            if issubclass(mapper.class_, TenantRow) and "id" in mapper.columns:
                found = [row.id for row in session.scalars(select(mapper.class_).limit(FIRST))]
                self.pool.ids += found
                name = mapper.local_table.name.rpartition("_")[2] + "_id"
                for each in found:
                    self.pool.add(name, str(each))
        for model, column in (
            (Guardian, "name"),
            (Employee, "name"),
            (Child, "last_name"),
            (Guardian, "email"),
            (Employee, "email"),
        ):
            self.names |= {str(getattr(row, column)) for row in session.scalars(select(model)) if getattr(row, column)}

    def look_around(self) -> None:
        """Everybody opens the pages that they can find, once: so that later requests are about what is their own."""
        for host, cookies in self.cookies.items():
            for cookie in (each for each in cookies if each in self.who):
                mine = self.own_paths.setdefault(self.who[cookie], set())
                todo, client = (
                    ["/agenda", "/staff", "/manage", "/absence/new?day=2026-12-22"],
                    Client(self.app, use_cookies=False),
                )
                while todo and len(mine) < 60:
                    page = client.get(
                        todo.pop(), base_url=f"https://{host}", headers={"Cookie": cookie}, follow_redirects=True
                    ).text
                    self.pool.harvest(page)
                    found = {html.unescape(each) for each in _ADDRESS.findall(page)} - mine
                    mine |= found
                    todo += sorted(each for each in found if _ID.search(each) or "?" not in each)[:8]

    def cookie(self, chance: random.Random, host: str) -> str:
        return chance.choice(self.cookies[host])

    def own_path(self, chance: random.Random, cookie: str, target: Target) -> str | None:
        """One that stands on a page of who asks."""
        shape = re.compile(re.sub(r"<[^>]*>", "[^/]+", target.path))
        mine = sorted(
            each for each in self.own_paths.get(self.who.get(cookie, ""), ()) if shape.fullmatch(each.partition("?")[0])
        )
        return chance.choice(mine).partition("?")[0] if mine else None


@contextmanager
def log_lines() -> Iterator[io.StringIO]:
    """What the server writes down, in the form in which it does so in production."""
    written, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
