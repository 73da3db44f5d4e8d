"""The guardians of the demo as a test needs them: who they are, logging each of them in, and every page that there is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.demo.people import OTHER_PASSWORD, PASSWORD, families_of
from spelregel.records import accounts
from spelregel.records.accounts import Account
from spelregel.records.family import Child, Custody, Guardian, children_of_guardian
from spelregel.records.placements import Contract
from spelregel.storage.session import TenantSession, tenant_session
from tests.browse import Visitor, visitor


@dataclass(frozen=True)
class Parent:
    account_id: str
    guardian_id: str
    username: str
    children: tuple[Child, ...]


def opened(app: Application, name: str, *, writing: bool = False) -> TenantSession:
    return tenant_session(app.engine, name, writing=writing)


def parent(app: Application, name: str, *, family: int = 0, other: bool = False) -> Parent:
    """A guardian of a demo family; `other` is the second one."""
    tenant = app.registry.snapshot.tenant(name)
    assert tenant
    plan = families_of(tenant)[family]
    with opened(app, name) as session:
        guardian = session.scalars(
            select(Guardian).where(Guardian.name == (plan.other if other else plan.parent))
        ).one()
        account = session.scalars(select(Account).where(Account.guardian_id == guardian.id)).one()
        return Parent(account.id, guardian.id, account.username, tuple(children_of_guardian(session, guardian.id)))


def enter(app: Application, name: str, who: Parent, password: str = PASSWORD) -> Visitor:
    """A new device on which this person is logged in."""
    device = visitor(app, name)
    answer = device.post("/login", {"username": who.username, "password": password, "lang": "nl"})
    assert answer.status_code == 303, answer.text
    return device


def both(app: Application, name: str) -> tuple[Parent, Parent]:
    return parent(app, name), parent(app, name, other=True)


def enter_other(app: Application, name: str) -> Visitor:
    return enter(app, name, parent(app, name, other=True), OTHER_PASSWORD)


def activate(app: Application, name: str, who: Parent) -> Visitor:
    """As the mail of the invitation would: with a password of one's own, never having answered anything."""
    with opened(app, name, writing=True) as session:
        accounts.set_password(session, who.account_id, OTHER_PASSWORD, app.clock() - timedelta(seconds=1))
        session.commit()
    return enter(app, name, who, OTHER_PASSWORD)


def another_child(
    app: Application, name: str, who: Parent, first_name: str = "Nieuw", starts_on: date | None = None
) -> str:
    with opened(app, name, writing=True) as session:
        child = Child(
            family_id=who.children[0].family_id,
            first_name=first_name,
            last_name="Later",
            born_on=date(2026, 6, 1),
            tone=1,
        )
        session.add(child)
        session.flush()
        session.add(Custody(guardian_id=who.guardian_id, child_id=child.id))
        if starts_on:
            session.add(Contract(child_id=child.id, care_type="kdv", rule_key=None, starts_on=starts_on, ends_on=None))
        session.commit()
        return child.id


def pages(app: Application, ids: list[str]) -> Iterator[str]:
    """Every address that can be asked with GET, with each of these ids wherever one belongs."""
    rules: list[Rule] = list(app.portal.url_map.iter_rules())
    with app.portal.test_request_context():
        for rule in rules:
            if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
                continue
            for values in itertools.product(ids, repeat=len(rule.arguments)):
                arguments = dict(zip(sorted(rule.arguments), values, strict=True))
                built = rule.build(arguments)
                assert built
                yield built[1]


def walk(app: Application, device: Visitor, ids: list[str]) -> dict[str, TestResponse]:
    """What this person gets on every page, and on the pages with another period or child in the question."""
    asked = [*pages(app, ids), "/agenda?from=2026-11-09", "/agenda?from=2026-12-28", "/absence/new?day=2026-12-08&until=2026-12-31",
             *(f"/absence/new?day=2026-12-08&until=2026-12-31&child={each}&draft={each}" for each in ids), "/credits?day=2026-12-22"]  # fmt: skip
    return {path: device.get(path) for path in asked}
