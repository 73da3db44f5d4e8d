"""Two organisations full of people, with a canary in every text of every row, and who may see which row."""

from __future__ import annotations

import hashlib
import importlib
import itertools
import json
import pkgutil
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Engine, Integer, String, Time, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator

from spelregel import records
from spelregel.app import Application, create_app
from spelregel.records import login_sessions, rights
from spelregel.records.accounts import Account
from spelregel.records.family import Child, Custody, Family, Guardian
from spelregel.records.locations import CareGroup, Location
from spelregel.records.placements import Contract, ContractDaypart, list_dayparts
from spelregel.records.staff import Employee, Employment
from spelregel.settings import settings_from
from spelregel.storage.model_base import Base
from spelregel.storage.session import open_engine, tenant_session
from spelregel.web import login
from tests.conftest import ROOT, Clock, open_portal
from tests.matrix.features import CODES, NEVER_COUNTED, THROUGH

for module in pkgutil.iter_modules(records.__path__):
    importlib.import_module(f"spelregel.records.{module.name}")

NAMES = ("fantaziehuis", "deroef")
BASE = "portal.example"
TOKEN = re.compile(r"zq[a-z0-9]{10}")
ROW_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
TABLES = {name: table for name, table in Base.metadata.tables.items() if "tenant_id" in table.columns}
SEES_GUARDIANS = ("mentor", "location_manager", "planner", "administrator")


@dataclass(frozen=True)
class Owner:
    """Whose a row is: "child", "guardian", "employee", "family" and the id; ("shared", "") is the whole organisation's.
    `personal`: it hangs on one account and is no matter of anybody else."""

    tenant: str
    kind: str
    id: str
    personal: bool = False


@dataclass
class Asker:
    """`home`: the organisation whose cookie it holds; who asks elsewhere, too late or without one is nobody there."""

    name: str
    role: str | None
    home: str | None = None
    person: str = ""
    account: str = ""
    family: str = ""
    children: frozenset[str] = frozenset()
    guardians: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    cookie: str = ""


@dataclass
class World:
    app: Application
    past_walls: Engine
    clock: Clock
    askers: list[Asker] = field(default_factory=list)
    rows: dict[str, tuple[str, Owner]] = field(default_factory=dict)  # id -> table, owner
    canaries: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # token -> table, column, row id
    day: str = ""
    daypart: str = ""
    daypart_child: str = ""

    @property
    def here(self) -> str:
        return NAMES[0]

    def base_url(self, name: str = NAMES[0]) -> str:
        tenant = self.app.registry.snapshot.tenant(name)
        assert tenant
        return f"https://{tenant.subdomain}.{BASE}"

    def reaches(self, asker: Asker, owner: Owner) -> bool:
        """Written here once more, from what an organisation promises, and not asked from the program."""
        if asker.role is None or owner.tenant != asker.home:
            return False
        if owner.kind in ("guardian", "employee") and owner.id == asker.person:
            return True
        if owner.personal:
            return False
        if owner.kind == "shared":
            return True
        if owner.kind == "child":
            return owner.id in asker.children
        if owner.kind == "family":
            return owner.id == asker.family or owner.id in asker.families
        if owner.kind == "guardian":
            return asker.role in SEES_GUARDIANS and owner.id in asker.guardians
        return asker.role == "administrator"

    def may_read(self, asker: Asker, token: str) -> bool:
        table, column, row_id = self.canaries[token]
        owner = self.rows[row_id][1]
        if self.reaches(asker, owner):
            return True
        if asker.role is None or owner.tenant != asker.home:
            return False
        # names are no secret among those who look after the same child, or work together
        return (table, column) in {("employee", "name"), ("guardian", "name")} and (
            table == "employee" or owner.id in asker.guardians
        )

    def seen(self, asker: Asker, text: str, sent: set[str]) -> list[str]:
        """What stands in an answer and is somebody else's."""
        found = [token for token in set(TOKEN.findall(text)) if token in self.canaries]
        told = [f"{'.'.join(self.canaries[token][:2])} of {self.rows[self.canaries[token][2]][1]}" for token in found
                if not self.may_read(asker, token)]  # fmt: skip
        for row_id in set(ROW_ID.findall(text)) - sent:
            if row_id in self.rows and not self.reaches(asker, self.rows[row_id][1]):
                told.append(f"the id of a {self.rows[row_id][0]} of {self.rows[row_id][1]}")
        return told

    def foreign(self, asker: Asker) -> list[str]:
        return sorted(row_id for row_id, (_, owner) in self.rows.items() if not self.reaches(asker, owner))

    def own(self, asker: Asker, table: str) -> str | None:
        mine = [row_id for row_id, (name, owner) in self.rows.items() if name == table and owner.tenant == self.here
                and self.reaches(asker, owner)]  # fmt: skip
        return sorted(mine)[0] if mine else None

    def state(self, but: set[str] = NEVER_COUNTED) -> dict[str, str]:
        """A hash of each table; when a session was last seen does not count."""
        found = {}
        with self.past_walls.connect() as connection:
            for name, table in Base.metadata.tables.items():
                if name not in but:
                    columns = [column for column in table.columns if column.name != "seen_at"]
                    rows = sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))
                    found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found


def build(url: str, past_walls: str, folder: Path, clock: Clock) -> World:
    tenants = folder / "tenants"
    tenants.mkdir()
    for name in NAMES:
        shutil.copy(ROOT / "tenants" / f"{name}.yaml", tenants)
    open_portal(url, clock, tenants).engine.dispose()  # tells the story
    production = settings_from(
        {"SPELREGEL_ENV": "production", "SPELREGEL_DATABASE": url, "SPELREGEL_TENANTS": str(tenants), "SPELREGEL_BASE_DOMAIN": BASE,
         "SPELREGEL_STATUS_TOKEN": "a-long-word-for-the-status-page", "SPELREGEL_MAIL": "smtps://mail.portal.example",
         "SPELREGEL_MAIL_FROM": "portal@portal.example", "SPELREGEL_CACHE": "none"})  # fmt: skip
    app = create_app(production, now=clock)
    for right in rights.RIGHTS:  # a page of each right, also of those that no feature asks for yet
        app.portal.add_url_rule(f"/cell/{right}", f"cell.{right}", login.allowed(right)(lambda right=right: right))
    world = World(app, open_engine(past_walls), clock)
    for name in NAMES:
        tenant = app.registry.snapshot.tenant(name)
        assert tenant
        _more_people(app.engine, name, tenant.rulebook.care_types[0], clock())
        _rows_of_every_kind(app.engine, name, clock())
    _plant(world)
    for name in NAMES:
        _askers(world, name)
    nobody, parent = Asker("nobody", None), world.askers[0]
    with tenant_session(app.engine, NAMES[0], writing=True) as session:
        account = session.get_one(Account, (NAMES[0], parent.account))
        word, _ = login_sessions.start_session(
            session, account, clock() - timedelta(days=100), old_word=None, remember=True, device="x"
        )
        session.commit()
    world.askers += [nobody, Asker("a session that is over", None, cookie=word)]
    _know_rows(world)
    tenant = app.registry.snapshot.tenant(NAMES[0])
    assert tenant
    with tenant_session(app.engine, NAMES[0]) as session:
        children = [session.get_one(Child, (NAMES[0], each)) for each in parent.children]
        today = clock().date()
        ahead = list_dayparts(
            session, tenant.rulebook, children, today + timedelta(days=35), today + timedelta(days=60), today
        )
    world.day, world.daypart, world.daypart_child = ahead[0].day.isoformat(), ahead[0].key, ahead[0].child_id
    return world


def _more_people(engine: Engine, name: str, care_type: str, now: datetime) -> None:
    """A second location with its own family and staff of each role there; and a guardian whom a court barred."""
    with tenant_session(engine, name, writing=True) as session:
        far = Location(name="Elders", rule_key=None)
        session.add(far)
        session.flush()
        group = CareGroup(location_id=far.id, name="Ver weg")
        family = Family(name="Verweg")
        session.add_all([group, family])
        session.flush()
        child = Child(family_id=family.id, first_name="Ver", last_name="Weg", born_on=date(2024, 5, 5), tone=0)
        session.add(child)
        session.flush()
        contract = Contract(
            child_id=child.id, care_type=care_type, rule_key=None, starts_on=date(2025, 1, 1), ends_on=None
        )
        session.add(contract)
        session.flush()
        session.add(
            ContractDaypart(contract_id=contract.id, group_id=group.id, weekday=1, starts=time(8), ends=time(18))
        )
        near = session.scalars(select(Child).where(Child.id != child.id).order_by(Child.id)).first()
        assert near
        for number, (home, about, barred) in enumerate([(family.id, child, None), (near.family_id, near, now)]):
            guardian = Guardian(family_id=home, name=f"Extra {number}", email="x@example.org", phone="1", address="x",
                                bank_account="x", remarks="x")  # fmt: skip
            session.add(guardian)
            session.flush()
            session.add(Custody(guardian_id=guardian.id, child_id=about.id, barred_at=barred))
            session.add(
                Account(
                    guardian_id=guardian.id,
                    username=f"extra {number}",
                    password_hash="x",
                    language="nl",
                    activated_at=now,
                )
            )
        for role in rights.STAFF:
            employee = Employee(name=f"Far {role}", email=f"{role}@example.org")
            session.add(employee)
            session.flush()
            session.add(Employment(employee_id=employee.id, role=role, location_id=far.id, group_id=group.id if role == "educator" else None,
                                   starts_on=date(2025, 1, 1), ends_on=None))  # fmt: skip
            session.add(
                Account(
                    employee_id=employee.id, username=f"far {role}", password_hash="x", language="nl", activated_at=now
                )
            )
        session.commit()


_numbers = itertools.count(1)
_chance = random.Random(4)


def _token() -> str:
    return "zq" + "".join(_chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=10))


def _rows_of_every_kind(engine: Engine, name: str, now: datetime) -> None:
    """A table that the story leaves empty gets a row for each row that it may hang on."""
    models = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        if table.name not in TABLES or table.name in NEVER_COUNTED:
            continue
        model: Any = models[table.name]
        with tenant_session(engine, name, writing=True) as session:
            if session.scalars(select(model).limit(1)).first() is not None:
                continue
            links = {each.column_keys[1]: each.elements[0].column.table.name for each in table.foreign_key_constraints}
            need = {column: other for column, other in links.items() if not table.columns[column].nullable} or links
            first, target = next(iter(need.items()), (None, None))
            parents = [row.id for row in session.scalars(select(models[target]))] if target else [None]
            others = {column: row.id for column, other in need.items() if column != first
                      and (row := session.scalars(select(models[other])).first()) is not None}  # fmt: skip
            for parent in parents:
                values = {c.name: _value(table.name, c, now) for c in table.columns if c.name not in links and c.name != "tenant_id"
                          and c.server_default is None and (c.name != "id" or c.type.length != 32)}  # fmt: skip
                session.add(model(**values, **others, **({first: parent} if first else {})))
                session.flush()
            session.commit()


def _value(table: str, column: Any, now: datetime) -> Any:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, JSON):
        return []
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, DateTime):
        return None if column.nullable else now
    if isinstance(kind, Date):
        return now.date()
    if isinstance(kind, Time):
        return time(9)
    if isinstance(kind, String):
        if column.primary_key or column.name.endswith("hash"):
            return hashlib.sha256(str(next(_numbers)).encode()).hexdigest()[: kind.length]
        if _is_code(table, column) or (kind.length or 99) < 12:
            return {"language": "nl", "role": "educator", "reason": "holiday"}.get(column.name, "other")[: kind.length]
        return _token()
    return b"x"


def _is_code(table: str, column: Any) -> bool:
    name = column.name
    is_id = name.endswith("_id") and getattr(column.type, "length", None) == 32
    return name in CODES or f"{table}.{name}" in CODES or is_id or name.endswith(("hash", "secret"))


def _plant(world: World) -> None:
    """Past every wall. What is written once and for ever cannot be changed: what was written into it is its canary."""
    for name, table in TABLES.items():
        texts = [c for c in table.columns if type(c.type).__name__ in ("String", "Text") and not c.primary_key
                 and not _is_code(name, c) and (getattr(c.type, "length", None) or 99) >= 12]  # fmt: skip
        if not texts or name in NEVER_COUNTED:
            continue
        with world.past_walls.execution_options(writing=True).connect() as connection:
            rows = connection.execute(select(table)).mappings().all()
            planted: dict[str, tuple[str, str, str]] = {}
            try:
                for row in rows:
                    values = {c.name: _token() for c in texts}
                    planted |= {token: (name, column, row["id"]) for column, token in values.items()}
                    values = {
                        column: token + "@example.org" if column == "email" else token
                        for column, token in values.items()
                    }
                    connection.execute(
                        table.update()
                        .where(table.c.tenant_id == row["tenant_id"], table.c.id == row["id"])
                        .values(values)
                    )
                connection.commit()
            except DBAPIError:
                connection.rollback()
                planted = {
                    str(row[c.name]): (name, c.name, row["id"])
                    for row in rows
                    for c in texts
                    if TOKEN.fullmatch(str(row[c.name]))
                }
        world.canaries |= planted


def _know_rows(world: World) -> None:
    data: dict[str, dict[str, Any]] = {}
    with world.past_walls.connect() as connection:
        for name, table in TABLES.items():
            data[name] = {row["id"]: row for row in connection.execute(select(table)).mappings()}
    through = {
        name: {row[column]: row["child_id"] for row in data[other].values()}
        for name, (other, column) in THROUGH.items()
    }
    through["decision"] |= {row["withdrawal_id"]: row["child_id"] for row in data["absence"].values()}

    def owner(name: str, row: Any) -> Owner:
        tenant = row["tenant_id"]
        if name in ("child", "guardian", "employee", "family"):
            return Owner(tenant, name, row["id"])
        if name in through:
            child = through[name].get(row["id"])
            return Owner(tenant, "child", child) if child else Owner(tenant, "family", "nobody")
        links = {
            each.column_keys[1]: each.elements[0].column.table.name for each in TABLES[name].foreign_key_constraints
        }
        if row.get("account_id"):
            account = data["account"].get(row["account_id"])
            if account is None:
                return Owner(tenant, "employee", "nobody")
            person = (
                ("guardian", account["guardian_id"]) if account["guardian_id"] else ("employee", account["employee_id"])
            )
            return Owner(tenant, *person, personal="account_id" in links)
        for column, kind in (
            ("guardian_id", "guardian"),
            ("employee_id", "employee"),
            ("child_id", "child"),
            ("family_id", "family"),
        ):
            if row.get(column):
                return Owner(tenant, kind, row[column])
        for column, other in links.items():
            if row.get(column):
                return owner(other, data[other][row[column]])
        return (
            Owner(tenant, "shared", "")
            if name in ("location", "care_group", "tenant_file") or links
            else Owner(tenant, "employee", "nobody")
        )

    world.rows = {row_id: (name, owner(name, row)) for name, rows in data.items() for row_id, row in rows.items()}


def _askers(world: World, name: str) -> None:
    now = world.clock()
    with tenant_session(world.app.engine, name, writing=True) as session:
        custody = [
            (each.guardian_id, each.child_id) for each in session.scalars(select(Custody)) if each.barred_at is None
        ]
        all_custody = [(each.guardian_id, each.child_id) for each in session.scalars(select(Custody))]
        groups = {each.id: each.location_id for each in session.scalars(select(CareGroup))}
        dayparts = {(each.contract_id, each.group_id) for each in session.scalars(select(ContractDaypart))}
        contracts = {each.id: each.child_id for each in session.scalars(select(Contract))}
        family_of = {each.id: each.family_id for each in session.scalars(select(Child))}
        guardians = {each.id: each for each in session.scalars(select(Guardian))}
        accounts = session.scalars(select(Account).where(Account.activated_at.is_not(None)).order_by(Account.id)).all()
        found: list[Asker] = []
        for account in accounts:
            if account.guardian_id:
                mine = frozenset(child for guardian, child in custody if guardian == account.guardian_id)
                asker = Asker(f"{'guardian' if mine else 'barred guardian'} {len(found)}", "guardian", name, account.guardian_id, account.id,
                              guardians[account.guardian_id].family_id, mine, frozenset(g for g, c in all_custody if c in mine))  # fmt: skip
            else:
                job = session.scalars(select(Employment).where(Employment.employee_id == account.employee_id)).one()
                reach = {
                    group
                    for group, place in groups.items()
                    if job.location_id in (None, place) and job.group_id in (None, group)
                }
                mine = frozenset(contracts[contract] for contract, group in dayparts if group in reach)
                near = frozenset(g for g, c in all_custody if c in mine)
                asker = Asker(f"{job.role} {len(found)}", job.role, name, account.employee_id or "", account.id, "", mine, near,
                              frozenset(family_of[child] for child in mine))  # fmt: skip
            word, _ = login_sessions.start_session(
                session, account, now, old_word=None, remember=False, device=_token()
            )
            asker.cookie = word
            found.append(asker)
        session.commit()
    found.sort(key=lambda each: (each.role != "guardian", -len(each.children), each.name))
    if name != NAMES[0]:  # on the first one's address they are nobody
        found = [Asker(f"{each.name} of elsewhere", None, cookie=each.cookie) for each in found if each.children][:4]
    world.askers += found


def as_json(values: dict[str, str]) -> str:
    return json.dumps(values)


def batches(found: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(found), size):
        yield found[start : start + size]
