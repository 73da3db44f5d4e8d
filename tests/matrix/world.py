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
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Engine, Integer, String, Time, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator

from spelregel import records
from spelregel.app import Application, create_app
from spelregel.records import (
    calendar_feeds,
    consents,
    login_sessions,
    one_time_links,
    outbox,
    passwords,
    rights,
    second_proof,
    support_grants,
    tablets,
)
from spelregel.records.accounts import Account
from spelregel.records.asking_days import Wish, offers
from spelregel.records.audit import Actor, record
from spelregel.records.day_requests import RequestDraft, list_bookings_of
from spelregel.records.family import Child, Custody, Family, Guardian, children_of_guardian
from spelregel.records.judging_bookings import NothingToAsk, approve, send_request
from spelregel.records.locations import CareGroup, Location, Place
from spelregel.records.login_sessions import LoginSession
from spelregel.records.people import person_of
from spelregel.records.placements import Contract, ContractDaypart, list_dayparts
from spelregel.records.staff import Employee, Employment
from spelregel.records.support_codes import SupportCode
from spelregel.settings import settings_from
from spelregel.storage.model_base import Base
from spelregel.storage.session import open_engine, tenant_session
from spelregel.tenancy.tenant import Tenant
from spelregel.web import login
from tests.conftest import ROOT, Clock, open_portal
from tests.matrix.features import AFTERWARDS, CODES, NEVER_COUNTED, OF_ADMINISTRATION, PERSONAL, THROUGH

for module in pkgutil.iter_modules(records.__path__):
    importlib.import_module(f"spelregel.records.{module.name}")

NAMES = ("fantaziehuis", "deroef")
BASE = "portal.example"
TOKEN = re.compile(r"zq[a-z0-9]{10}")
ROW_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
APP_SECRET = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{32}(?![A-Z2-7])")
TABLES = {name: table for name, table in Base.metadata.tables.items() if "tenant_id" in table.columns}
SEES_GUARDIANS = ("mentor", "location_manager", "planner", "administrator")
#: Of a guardian what only an administrator reads of another.
PRIVATE = ("address", "bank_account", "remarks")
DEVICE = "device"
STATUS_TOKEN = "a-long-word-for-the-status-page"
PASSWORD, PIN = "een lange zin van niemand", "4826"
SECTIONS = """
consents:
  photos:
    name: {nl: Foto's van uw kind, en: Photos of your child}
    ask: before first use
    per: child
    choices: {allowed: {nl: ja, en: "yes"}, not_allowed: {nl: nee, en: "no"}}
swap:
  requested_by: [parent, staff]
  approval: by a person
  notice: before start
  give_up: before start
  size: any
  leftover: lapses
  same_care_type: true
  same_kind_of_day: false
  swapped_again: false
  day: [contract day]
study_days:
  requested_by: [staff]
  care_types: [kdv, bso]
  notice: before start
  approval: by a person
"""
STUDY_DAY = "2027-01-29"


@dataclass(frozen=True)
class Owner:
    """Whose a row is: "child", "guardian", "employee", "family", "location" or "group" and the id; "shared" is the whole
    organisation's, and "no one" is for nobody's eyes. `personal`: it hangs on one account and is no matter of anybody else.
    `with_`: more children that it is about; who may see one of them may see it."""

    tenant: str
    kind: str
    id: str
    personal: bool = False
    with_: frozenset[str] = frozenset()


@dataclass
class Asker:
    """`home`: the organisation whose cookie it holds; who asks elsewhere, too late or without one is nobody there. `role` is
    DEVICE for a paired tablet on which nobody is logged in. `staff`: the employees whose names are no secret to this one;
    `places`: the groups and whole locations that it reaches. `held`: a step waits before anything is open."""

    name: str
    role: str | None
    home: str | None = None
    person: str = ""
    account: str = ""
    family: str = ""
    children: frozenset[str] = frozenset()
    guardians: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    cookie: str = ""
    session: str = ""
    tablet: str = ""  # the word of the tablet's cookie
    tablet_id: str = ""
    held: bool = False
    on_screen: frozenset[str] = frozenset()  # the employees whose names its tablet shows, to choose from
    whole: bool = False  # its role is for the whole organisation
    look: str = ""  # the word of a look that an administrator let support have, as this person

    @property
    def on_tablet(self) -> bool:
        return bool(self.tablet) and self.role is not None and self.role != DEVICE

    @property
    def is_free(self) -> bool:
        """Everything that its role may do is open to it."""
        return self.role is not None and not self.held and not self.on_tablet


@dataclass
class World:
    app: Application
    past_walls: Engine
    clock: Clock
    url: str
    tenants: Path
    askers: list[Asker] = field(default_factory=list)
    everybody: list[Asker] = field(default_factory=list)  # as they are at home, of both organisations
    rows: dict[str, tuple[str, Owner]] = field(default_factory=dict)  # id -> table, owner
    canaries: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # token -> table, column, row id
    hashes: dict[str, str] = field(default_factory=dict)  # what no page ever shows -> table
    words: dict[str, str] = field(default_factory=dict)  # the word of a cookie, link or code -> what it opens
    links: dict[tuple[str, str, str], str] = field(default_factory=dict)  # tenant, purpose, account -> secret
    tablet_words: dict[tuple[str, str, str], str] = field(default_factory=dict)  # tenant, kind, tablet -> word
    pairing: dict[str, list[str]] = field(default_factory=dict)  # tenant -> codes
    recovery: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # tenant, account -> codes
    location_of: dict[str, str] = field(default_factory=dict)  # group -> location
    held: set[str] = field(default_factory=set)  # accounts
    together: set[tuple[str, str]] = field(default_factory=set)  # ids that only mean something beside each other
    day: str = ""
    daypart: str = ""
    daypart_child: str = ""
    study_day: str = STUDY_DAY

    @property
    def here(self) -> str:
        return NAMES[0]

    def base_url(self, name: str = NAMES[0]) -> str:
        tenant = self.app.registry.snapshot.tenant(name)
        assert tenant
        return f"https://{tenant.subdomain}.{BASE}"

    def reaches(self, asker: Asker, owner: Owner) -> bool:
        """Written here once more, from what an organisation promises, and not asked from the program."""
        if asker.role is None or owner.tenant != asker.home or owner.kind == "no one":
            return False
        if asker.role == DEVICE:
            own = asker.on_screen if owner.kind == "employee" else asker.places
            return owner.kind in ("employee", "location", "group") and not owner.personal and owner.id in own
        if owner.kind in ("guardian", "employee") and owner.id == asker.person:
            return True
        if owner.personal:
            return False
        if owner.kind == "shared":
            return True
        if owner.kind in ("location", "group"):
            return owner.id in asker.places
        if owner.kind == "child":
            # the log of the whole organisation is also about children who have left
            return bool({owner.id, *owner.with_} & asker.children) or (
                asker.role == "administrator" and asker.whole and not asker.on_tablet
            )
        if owner.kind == "family":
            return owner.id == asker.family or owner.id in asker.families
        if owner.kind == "guardian":
            return asker.role in SEES_GUARDIANS and not asker.on_tablet and owner.id in asker.guardians
        if asker.on_tablet:
            return owner.id in asker.on_screen
        return asker.role == "administrator" and asker.whole

    def may_read(self, asker: Asker, token: str) -> bool:
        table, column, row_id = self.canaries[token]
        owner = self.rows[row_id][1]
        if asker.role is None or owner.tenant != asker.home:
            return False
        is_own = owner.kind in ("guardian", "employee") and owner.id == asker.person
        if table in ("location", "care_group"):
            return True  # where an organisation is, and what its groups are called
        if table == "employee" and column == "name" and owner.id in asker.staff | asker.on_screen:
            return True
        if asker.role == DEVICE:
            return table == "tablet" and row_id == asker.tablet_id
        if table == "guardian" and is_own:
            return column != "remarks"
        if table == "guardian" and column in PRIVATE:
            return asker.role == "administrator" and self.reaches(asker, owner)
        if (table, column) == ("account", "totp_offered"):
            return is_own
        return (table, column) != ("account", "totp_secret") and self.reaches(asker, owner)

    def seen(self, asker: Asker, text: str, sent: set[str]) -> list[str]:
        """What stands in an answer and is somebody else's, or for nobody's eyes."""
        found = [token for token in {*TOKEN.findall(text), *APP_SECRET.findall(text)} if token in self.canaries]
        told = [f"{'.'.join(self.canaries[token][:2])} of {self.rows[self.canaries[token][2]][1]}" for token in found
                if not self.may_read(asker, token)]  # fmt: skip
        for row_id in set(ROW_ID.findall(text)) - sent:
            if row_id in self.rows and not self.reaches(asker, self.rows[row_id][1]):
                told.append(f"the id of a {self.rows[row_id][0]} of {self.rows[row_id][1]}")
        told += [f"a hash of {self.hashes[each]}" for each in set(HASH.findall(text)) - sent if each in self.hashes]
        own = {asker.cookie, asker.tablet, asker.look, *sent}
        return told + [what for word, what in self.words.items() if word not in own and word in text]

    def foreign(self, asker: Asker) -> list[str]:
        return sorted(row_id for row_id, (_, owner) in self.rows.items() if not self.reaches(asker, owner))

    def own(self, asker: Asker, table: str, beside: tuple[str, ...] = ()) -> str | None:
        """A row of this kind that is one's own; of a kind that hangs on another, one that hangs on what was taken already."""
        if table == "login_session":
            return asker.session or None
        mine = sorted(row_id for row_id, (name, owner) in self.rows.items() if name == table and owner.tenant == self.here
                      and self.reaches(asker, owner) and not (table == "account" and owner.id == asker.person))  # fmt: skip
        if table in ("guardian", "employment"):
            mine = [each for each in mine if any((other, each) in self.together for other in beside)]
        if table == "child":  # who is there now, with a guardian whose account there is
            mine = [
                each for each in mine if each in asker.children and any(first == each for first, _ in self.together)
            ]
        if table == "employee":
            mine = [each for each in mine if each != asker.person and any(first == each for first, _ in self.together)]
        if table in ("absence", "absence_report"):  # what was taken back has pages that are not there any more
            absences = TABLES["absence"]
            column = absences.c.id if table == "absence" else absences.c.report_id
            with self.past_walls.connect() as connection:
                stands = set(connection.scalars(select(column).where(absences.c.withdrawn_at.is_(None))))
            mine = [each for each in mine if each in stands]
        if table == "tablet":
            unpaired = {row_id for _, kind, row_id in self.tablet_words if kind == "revoked"}
            mine = [each for each in mine if each not in unpaired]
        return mine[0] if mine else None

    def state(self, but: set[str] = NEVER_COUNTED) -> dict[str, str]:
        """A hash of each table; when a session, a device or a tablet was last seen does not count."""
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
    first = tenants / f"{NAMES[0]}.yaml"  # every page is there
    studying = f"- boxing_day\n  study_days: [{{date: {STUDY_DAY}, name: {{nl: Studiedag, en: Study day}}}}]\n"
    text = first.read_text("utf-8").replace("\n  swap: false", "\n  swap: true").replace("- boxing_day\n", studying)
    first.write_text(text, "utf-8")
    with (tenants / f"{NAMES[0]}.yaml").open("a", encoding="utf-8") as file:
        file.write(SECTIONS)
    open_portal(url, clock, tenants).engine.dispose()  # tells the story
    production = settings_from(
        {"SPELREGEL_ENV": "production", "SPELREGEL_DATABASE": url, "SPELREGEL_TENANTS": str(tenants), "SPELREGEL_BASE_DOMAIN": BASE,
         "SPELREGEL_STATUS_TOKEN": STATUS_TOKEN, "SPELREGEL_MAIL": "smtps://mail.portal.example",
         "SPELREGEL_MAIL_FROM": "portal@portal.example", "SPELREGEL_CACHE": "none"})  # fmt: skip
    app = create_app(production, now=clock)
    for right in rights.RIGHTS:  # a page of each right, also of those that no feature asks for yet
        app.portal.add_url_rule(f"/cell/{right}", f"cell.{right}", login.allowed(right)(lambda right=right: right))
    world = World(app, open_engine(past_walls), clock, url, tenants)
    for name in NAMES:
        tenant = app.registry.snapshot.tenant(name)
        assert tenant
        _more_people(app.engine, name, tenant.rulebook.care_types[0], clock())
        _answer_consents(app, name)
        _doors(world, name)
        _requests(app.engine, tenant, clock())
        _rows_of_every_kind(app.engine, name, clock())
    _plant(world)
    for name in NAMES:
        _mails(world, name)
        _askers(world, name)
    world.askers += [Asker("nobody", None)]
    _who_lost_it(world)
    _know_rows(world)
    tenant = app.registry.snapshot.tenant(NAMES[0])
    assert tenant
    with tenant_session(app.engine, NAMES[0]) as session:
        children = [session.get_one(Child, (NAMES[0], each)) for each in world.askers[0].children]
        today = clock().date()
        ahead = list_dayparts(
            session, tenant.rulebook, children, today + timedelta(days=35), today + timedelta(days=60), today
        )
    world.day, world.daypart, world.daypart_child = ahead[0].day.isoformat(), ahead[0].key, ahead[0].child_id
    return world


def _requests(engine: Engine, tenant: Tenant, now: datetime) -> None:
    """Each guardian asked for days and has one in the making: one of them waits, one is approved."""
    with tenant_session(engine, tenant.slug, writing=True) as session:
        guardians = session.scalars(select(Account).where(Account.guardian_id.is_not(None)).order_by(Account.id)).all()
        judge = session.scalars(select(Account.id).where(Account.employee_id.is_not(None)).order_by(Account.id)).first()
        for account in guardians:
            children = children_of_guardian(session, account.guardian_id or "")
            days = [now.date() + timedelta(days=n) for n in range(9, 30)]
            found = [
                each.considered.line
                for day in offers(session, tenant, children, days, now)
                for each in day.offers
                if each.considered.accepted
            ]
            chosen = {line.day: line for line in found}
            lines = list(chosen.values())[:4]
            for number, line in enumerate(lines):
                if number == 3 or account.activated_at is None:
                    session.add(RequestDraft(account_id=account.id, made_at=now, wish=Wish((line,)).as_data()))
                    continue
                wish = Wish((line,), remark="x")
                try:
                    request = send_request(session, tenant, account.id, children, wish, f"world-{number}", now)
                except NothingToAsk:  # the day before it took the credit that would have paid
                    continue
                if number == 1 and judge:
                    approve(
                        session,
                        tenant,
                        [each.id for each in list_bookings_of(session, request.id)],
                        judge,
                        now,
                        beyond="x",
                    )
        session.commit()


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
        near_group = session.scalars(select(CareGroup).where(CareGroup.id != group.id).order_by(CareGroup.id)).first()
        assert near and near_group
        # of the far family, and in a near group until last year: who works there does not see it any more
        left = Child(family_id=family.id, first_name="Was", last_name="Hier", born_on=date(2022, 5, 5), tone=1)
        session.add(left)
        session.flush()
        over = Contract(
            child_id=left.id, care_type=care_type, rule_key=None, starts_on=date(2024, 1, 1), ends_on=date(2025, 12, 31)
        )
        session.add(over)
        session.flush()
        session.add(
            ContractDaypart(contract_id=over.id, group_id=near_group.id, weekday=2, starts=time(8), ends=time(18))
        )
        people = [(family.id, (child, left), None), (near.family_id, (near,), now), (family.id, (child,), None)]
        for number, (home, about, barred) in enumerate(people):
            guardian = Guardian(family_id=home, name=f"Extra {number}", email="x@example.org", phone="1", address="x",
                                bank_account="x", remarks="x")  # fmt: skip
            session.add(guardian)
            session.flush()
            session.add_all(Custody(guardian_id=guardian.id, child_id=each.id, barred_at=barred) for each in about)
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


HELD = "extra 2"  # of this one the consents are not answered


def _answer_consents(app: Application, name: str) -> None:
    tenant = app.registry.snapshot.tenant(name)
    assert tenant
    with tenant_session(app.engine, name, writing=True) as session:
        for account in session.scalars(select(Account).where(Account.guardian_id.is_not(None))):
            if account.username == HELD:
                continue
            children = session.scalars(select(Custody.child_id).where(Custody.guardian_id == account.guardian_id)).all()
            for each in tenant.consents:
                people = children if each.per == "child" else [None]
                answers = [(each.id, person, next(iter(each.choices))) for person in people]
                consents.answer(session, tenant, account.id, answers, app.clock())
        session.commit()


def _doors(world: World, name: str) -> None:
    """Every kind of word that opens something: links, tablets, codes, second proofs, PINs."""
    now = world.clock()
    password, pin = passwords.hash_password(PASSWORD), passwords.hash_password(PIN)
    with tenant_session(world.app.engine, name, writing=True) as session:
        for location in session.scalars(select(Location).order_by(Location.id)).all():
            groups = session.scalars(
                select(CareGroup).where(CareGroup.location_id == location.id).order_by(CareGroup.id)
            ).all()
            for kind, group in (("location", None), ("group", groups[0]), ("revoked", None)):
                typed = tablets.make_code(session, "x", Place(location, group), now)
                session.flush()
                paired = tablets.pair(session, typed, now)
                assert paired
                tablet, word = paired
                if kind == "revoked":
                    tablet.revoked_at = now
                world.tablet_words[name, kind, tablet.id] = word
                world.words[word] = f"the word of a tablet of {name}"
            code = tablets.make_code(session, "x", Place(location, groups[0]), now)
            world.pairing.setdefault(name, []).append(code)
            world.words[code] = f"a pairing code of {name}"
        for account in session.scalars(select(Account).order_by(Account.id)).all():
            for purpose in one_time_links.LIVES:
                secret = one_time_links.make_link(session, account.id, purpose, now, value="x")
                world.links[name, purpose, account.id] = secret
                world.words[secret] = f"a one-time link of {name}"
            about = {"about": "account", "about_id": account.id}
            record(session, Actor(account.id, address=_token()), "logged in", now, **about)
            if account.activated_at is not None:
                account.password_hash = password
            if account.username == HELD:
                world.held.add(account.id)
            if account.is_staff:
                account.totp_secret, account.pin_hash = _app_secret(), pin
                codes = second_proof.new_recovery_codes(session, account.id, now)
                world.recovery[name, account.id] = codes
                world.words |= dict.fromkeys(codes, f"a recovery code of {name}")
            else:
                account.totp_offered = _app_secret()  # reading the page on which it is set up makes one
            _, secret = support_grants.grant_look(session, account.id, account.id, "x", now + timedelta(hours=1), now)
            world.links[name, "look", account.id] = secret
            world.words[secret] = f"the address of a look of {name}"
            if account.guardian_id is not None:
                secret = calendar_feeds.make_feed(session, account.id, now, with_deadlines=True)
                feed = calendar_feeds.feed_of(session, account.id)
                assert feed
                feed.fetched_at = now  # within the hour it is not noted again
                world.links[name, "calendar", account.id] = secret
                world.words[secret] = f"the address of a calendar of {name}"
            sight = hashlib.sha256(account.id.encode()).hexdigest()
            session.add(SupportCode(id=sight[:8].upper(), sight=sight, made_at=now, account_id=account.id, decision_id=None, digest="0" * 64,
                                    facts={"x": "y"}))  # fmt: skip
        session.commit()


def _app_secret() -> str:
    return "".join(_chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=32))


def _mails(world: World, name: str) -> None:
    """A mail that waits for everybody, to the address that is theirs now."""
    with tenant_session(world.app.engine, name, writing=True) as session:
        for account in session.scalars(select(Account).order_by(Account.id)).all():
            subject, text = _token(), _token()
            mail = outbox.put_mail(session, kind="test", to=person_of(session, account).email, subject=subject, text=text,
                                   now=world.clock(), base_domain=BASE, account_id=account.id)  # fmt: skip
            session.flush()
            world.canaries |= {subject: ("outgoing_mail", "subject", mail.id), text: ("outgoing_mail", "text", mail.id)}
        session.commit()


_numbers = itertools.count(1)
_chance = random.Random(4)


def _token() -> str:
    return "zq" + "".join(_chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=10))


def _rows_of_every_kind(engine: Engine, name: str, now: datetime) -> None:
    """A table that the story leaves empty gets a row for each row that it may hang on."""
    models = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        if table.name not in TABLES or table.name in NEVER_COUNTED | AFTERWARDS:
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
        return time(10) if column.name.endswith("ends") else time(9)
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
        if name in NEVER_COUNTED or not (texts or name in ("account", "support_code")):
            continue
        with world.past_walls.execution_options(writing=True).connect() as connection:
            rows = connection.execute(select(table)).mappings().all()
            planted: dict[str, tuple[str, str, str]] = {}
            try:
                for row in rows:
                    values: dict[str, Any] = {c.name: _token() for c in texts}
                    planted |= {token: (name, column, row["id"]) for column, token in values.items()}
                    planted |= {row[c]: (name, c, row["id"]) for c in ("totp_secret", "totp_offered") if row.get(c)}
                    values = {
                        column: token + "@example.org" if column == "email" else token
                        for column, token in values.items()
                    }
                    if name == "support_code":
                        token = _token()
                        values["facts"], planted[token] = {"x": token}, (name, "facts", row["id"])
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
    several: dict[str, set[str]] = {}
    for row in data["booking"].values():
        several.setdefault(row["request_id"], set()).add(row["child_id"])
    through["decision"] |= {row["withdrawal_id"]: row["child_id"] for row in data["absence"].values()}
    for column in ("decision_id", "ending_id"):
        through["decision"] |= {row[column]: row["child_id"] for row in data["booking"].values()}

    def owner(name: str, row: Any) -> Owner:
        tenant = row["tenant_id"]
        if name in ("child", "guardian", "employee", "family", "location"):
            return Owner(tenant, name, row["id"])
        if name == "care_group":
            return Owner(tenant, "group", row["id"])
        if name in OF_ADMINISTRATION:
            return Owner(tenant, "administration", "")
        if name in through:
            child = through[name].get(row["id"])
            return (
                Owner(tenant, "child", child, with_=frozenset(several.get(row["id"], ())))
                if child
                else Owner(tenant, "family", "nobody")
            )
        links = {
            each.column_keys[1]: each.elements[0].column.table.name for each in TABLES[name].foreign_key_constraints
        }
        if row.get("account_id"):
            account = data["account"].get(row["account_id"])
            if account is None:
                return Owner(tenant, "no one", "")
            person = (
                ("guardian", account["guardian_id"]) if account["guardian_id"] else ("employee", account["employee_id"])
            )
            return Owner(tenant, *person, personal="account_id" in links or name in PERSONAL)
        for column, kind in (
            ("guardian_id", "guardian"),
            ("employee_id", "employee"),
            ("child_id", "child"),
            ("family_id", "family"),
            ("group_id", "group"),
            ("location_id", "location"),
        ):
            if row.get(column) and (kind not in ("group", "location") or set(links) <= {"group_id", "location_id"}):
                return Owner(tenant, kind, row[column])
        for column, other in sorted(links.items()):
            if row.get(column):
                return owner(other, data[other][row[column]])
        return Owner(tenant, "shared", "") if name == "tenant_file" or links else Owner(tenant, "no one", "")

    world.rows = {row_id: (name, owner(name, row)) for name, rows in data.items() for row_id, row in rows.items()}
    world.location_of = {row_id: row["location_id"] for row_id, row in data["care_group"].items()}
    with_account = {row["guardian_id"] for row in data["account"].values()}
    world.together = {
        (row["child_id"], row["guardian_id"]) for row in data["custody"].values() if row["guardian_id"] in with_account
    }
    world.together |= {(row["employee_id"], row["id"]) for row in data["employment"].values()}
    world.hashes = {
        row[column.name]: f"{name}.{column.name}"
        for name, rows in data.items()
        for column in TABLES[name].columns
        if column.name not in ("digest", "file") and getattr(column.type, "length", None) == 64
        for row in rows.values()
        if HASH.fullmatch(str(row[column.name]))
    }  # fmt: skip


def _askers(world: World, name: str) -> None:
    now = world.clock()
    today = now.date()
    with tenant_session(world.app.engine, name, writing=True) as session:
        custody = [
            (each.guardian_id, each.child_id) for each in session.scalars(select(Custody)) if each.barred_at is None
        ]
        all_custody = [(each.guardian_id, each.child_id) for each in session.scalars(select(Custody))]
        groups = {each.id: each.location_id for each in session.scalars(select(CareGroup))}
        lasting = {
            each.id: each.child_id
            for each in session.scalars(select(Contract))
            if each.ends_on is None or each.ends_on >= today
        }
        placed = [(each.group_id, lasting[each.contract_id]) for each in session.scalars(select(ContractDaypart))
                  if each.contract_id in lasting]  # fmt: skip
        children = {each.id: each for each in session.scalars(select(Child))}
        guardians = {each.id: each for each in session.scalars(select(Guardian))}
        jobs = session.scalars(select(Employment)).all()
        reach = {job.id: frozenset(g for g, place in groups.items() if job.location_id in (None, place)
                                   and job.group_id in (None, g)) for job in jobs}  # fmt: skip
        accounts = session.scalars(select(Account).where(Account.activated_at.is_not(None)).order_by(Account.id)).all()

        def staff_of(mine: frozenset[str]) -> frozenset[str]:
            """Who looks after these children: its name is no secret to their parents and to each other."""
            theirs = {g for g, c in placed if c in mine}
            mentors = {children[each].mentor_id for each in mine}
            return frozenset({job.employee_id for job in jobs if reach[job.id] & theirs} | {m for m in mentors if m})

        def staff(label: str, job: Employment, account: Account, within: frozenset[str]) -> Asker:
            mine = frozenset(c for g, c in placed if g in within)
            whole = {place for place in groups.values() if job.group_id is None and job.location_id in (None, place)}
            every_name = (
                frozenset(each.employee_id for each in jobs)
                if job.role == "administrator" and job.location_id is None
                else staff_of(mine)
            )
            return Asker(label, job.role, name, account.employee_id or "", account.id, "", mine,
                         frozenset(g for g, c in all_custody if c in mine), frozenset(children[c].family_id for c in mine),
                         every_name | {account.employee_id or ""}, frozenset(within | whole), whole=job.location_id is None)  # fmt: skip

        def log_in(asker: Asker, account: Account, **more: Any) -> Asker:
            device = _token()
            asker.cookie, _ = login_sessions.start_session(
                session, account, now, old_word=None, remember=False, device=device, **more
            )
            session.flush()
            word_hash = login_sessions.digest(asker.cookie)
            asker.session = session.scalars(select(LoginSession.id).where(LoginSession.word_hash == word_hash)).one()
            world.canaries[device] = ("login_session", "device", asker.session)
            world.words[asker.cookie] = f"the cookie of {asker.name} of {name}"
            return asker

        days = Counter(child for _, child in placed)
        far = frozenset(child for child in children if days[child] < 2)  # the families of the story come more often
        found: list[Asker] = []
        for account in accounts:
            number = len(found)
            if account.guardian_id:
                mine = frozenset(child for guardian, child in custody if guardian == account.guardian_id)
                is_held = account.id in world.held
                label = "held guardian" if is_held else "guardian" if mine else "barred guardian"
                theirs = frozenset(g for g, c in placed if c in mine)
                asker = Asker(f"{label} {number}", "guardian", name, account.guardian_id, account.id, guardians[account.guardian_id].family_id,
                              mine, frozenset(), frozenset(), staff_of(mine), theirs | {groups[g] for g in theirs}, held=is_held)  # fmt: skip
            else:
                job = next(each for each in jobs if each.employee_id == account.employee_id)
                asker = staff(f"{job.role} {number}", job, account, reach[job.id])
            found.append(log_in(asker, account))
        found.sort(
            key=lambda each: (each.role != "guardian", each.held, each.children <= far, -len(each.children), each.name)
        )

        def works_at(tablet: tablets.Tablet) -> frozenset[str]:
            return frozenset(job.employee_id for job in jobs if job.location_id in (None, tablet.location_id)
                             and (tablet.group_id is None or job.group_id in (None, tablet.group_id)))  # fmt: skip

        by_id = {account.id: account for account in accounts}
        for (home, kind, tablet_id), word in world.tablet_words.items():
            if home != name or kind == "revoked":
                continue
            tablet = session.get_one(tablets.Tablet, (name, tablet_id))
            its = frozenset(
                g for g, place in groups.items() if place == tablet.location_id and tablet.group_id in (None, g)
            )
            found.append(Asker(f"tablet of a {kind} {len(found)}", DEVICE, name, on_screen=works_at(tablet), tablet=word, tablet_id=tablet_id,
                               places=its | ({tablet.location_id} if kind == "location" else frozenset())))  # fmt: skip
            if kind == "group":
                for role in ("educator", "mentor", "administrator"):
                    person = next(
                        (
                            each
                            for each in found
                            if each.role == role and not each.tablet and each.person in works_at(tablet)
                        ),
                        None,
                    )
                    if person is None:
                        continue
                    account = by_id[person.account]
                    job = next(each for each in jobs if each.employee_id == person.person)
                    label = f"{role} on a tablet {len(found)}"
                    on_it = log_in(staff(label, job, account, reach[job.id] & its), account, proof="pin", idle=tablets.IDLE, tablet_id=tablet_id)  # fmt: skip
                    on_it.tablet, on_it.tablet_id, on_it.on_screen = word, tablet_id, works_at(tablet)
                    found.append(on_it)
        session.commit()
    world.everybody += found
    if name != NAMES[0]:  # on the first one's address they are nobody
        found = [Asker(f"{each.name} of elsewhere", None, cookie=each.cookie, tablet=each.tablet)
                 for each in found if each.children or each.role == DEVICE]  # fmt: skip
        kinds: dict[str, Asker] = {}
        for each in found:
            kinds.setdefault(re.sub(r"\d+", "", each.name), each)
        found = list(kinds.values())
    world.askers += found


def _who_lost_it(world: World) -> None:
    """Who had a way in once, or holds half of one."""
    parent = world.askers[0]
    with tenant_session(world.app.engine, world.here, writing=True) as session:
        account = session.get_one(Account, (world.here, parent.account))
        word, _ = login_sessions.start_session(
            session, account, world.clock() - timedelta(days=100), old_word=None, remember=True, device="x"
        )
        session.commit()
    on_tablet = next(each for each in world.askers if each.on_tablet)
    revoked = next(
        word for (home, kind, _), word in world.tablet_words.items() if (home, kind) == (world.here, "revoked")
    )
    far = next(each for each in world.askers if each.role == DEVICE and each.tablet_id != on_tablet.tablet_id
               and not each.places & on_tablet.places)  # fmt: skip
    world.askers += [
        Asker("a session that is over", None, cookie=word),
        Asker("a session of a tablet without the tablet", None, cookie=on_tablet.cookie),
        Asker("a tablet that was unpaired", None, tablet=revoked),
        replace(far, name="a session of a tablet on another tablet", cookie=on_tablet.cookie),
    ]


def as_json(values: dict[str, str]) -> str:
    return json.dumps(values)
