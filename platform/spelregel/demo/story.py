"""Writes the story of an organisation's demo families: contracts, and a past with credit earned, spent, lapsed, given back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from spelregel.demo.people import HOURS, OTHER_PASSWORD, PASSWORD, DemoFamily, email_of, employees_of, families_of
from spelregel.portal.absence.service import NothingToReport, report_absence, withdraw_absences
from spelregel.portal.study_days.service import SignUp, sign_up, study_days, to_sign
from spelregel.records import consents
from spelregel.records.absences import list_absences
from spelregel.records.accounts import Account, normal_username
from spelregel.records.asking_days import Wish, lapse_by_default, offers
from spelregel.records.credit_ledger import CreditPortion, add_portion, lapse_due, spend, write
from spelregel.records.day_requests import SignOff, list_bookings_of
from spelregel.records.family import Child, Custody, Family, Guardian
from spelregel.records.judging_bookings import Full, approve, reject, send_request
from spelregel.records.locations import CareGroup, Location
from spelregel.records.passwords import hash_password
from spelregel.records.placements import Contract, ContractDaypart, PlannedDaypart, list_dayparts
from spelregel.records.places import GroupShift
from spelregel.records.staff import Employee, Employment
from spelregel.rules.absence import worth_of
from spelregel.rules.asking import acting_on
from spelregel.rules.care_calendar import last_day, resolve
from spelregel.rules.facts import CareDay
from spelregel.rules.rulebook import CreditTerms
from spelregel.storage.session import TenantSession, tenant_session
from spelregel.tenancy.tenant import Tenant

#: Per kind of care how many places its group has.
PLACES: Final = {"kdv": 6, "bso": 8}
Event = tuple[datetime, Callable[[datetime], None]]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the story needs at every turn."""

    session: TenantSession
    tenant: Tenant
    account: Account
    children: tuple[Child, ...]
    today: date
    judge: str | None  # the account of who answers requests

    def moment(self, day: date, at: time) -> datetime:
        return resolve(datetime.combine(day, at), self.tenant.rulebook.zone)


def tell(engine: Engine, tenant: Tenant, now: datetime) -> None:
    """Once per organisation and database; who comes second finds it told."""
    with tenant_session(engine, tenant.slug, writing=True) as session:
        if session.scalars(select(Family).limit(1)).first() is not None:
            return
        try:
            groups = _house(session, tenant)
            mentor = _staff(session, tenant, list(groups.values()), now)
            families = [
                (_family(session, tenant, family, groups, index, mentor, now), family)
                for index, family in enumerate(families_of(tenant))
            ]
            session.commit()
        except IntegrityError:  # another process tells the same story, and its accounts were there first
            return
        for told, family in families:
            events = [event for number, child in enumerate(told.children) for event in _past_of(told, child, number)]
            events += [
                event
                for child, plan in zip(told.children, family.children, strict=True)
                for event in _grants(told, child, [c for c, _ in plan.days])
            ]
            events += [
                *_requests_of(told),
                (told.moment(_workday(told.today - timedelta(days=2)), time(16, 20)), partial(_sign_up, told)),
            ]
            for at, happens in sorted(events, key=lambda event: event[0]):
                if at <= now:
                    happens(at)
                    session.commit()
            for child in told.children:
                lapse_due(session, child.id, told.today, now)
            session.commit()


def _house(session: TenantSession, tenant: Tenant) -> dict[str, str]:
    """One location, and a group per kind of care: care type -> group."""
    key, name = next(iter(tenant.location_names.items()), (None, "De Wilgenhof"))
    location = Location(name=name, rule_key=key)
    session.add(location)
    session.flush()
    names = {
        "kdv": "Hommels",
        "psz": "Vlinders",
        "gob": "Thuis bij Anja",
        "vso": "Vroege vogels",
        "tso": "Overblijf",
        "bso": "Uilen",
    }
    groups = {
        care_type: CareGroup(location_id=location.id, name=names[care_type], places=PLACES.get(care_type, 5))
        for care_type in tenant.rulebook.care_types
    }
    session.add_all(groups.values())
    session.flush()
    for care_type, group in groups.items():
        session.add_all(_roster(group.id, for_the_young=not HOURS[care_type][2]))
    session.flush()
    return {care_type: group.id for care_type, group in groups.items()}


def _roster(group_id: str, *, for_the_young: bool) -> list[GroupShift]:
    """One all day and one in the middle of it; with the young nobody on a Wednesday afternoon."""
    found = []
    for weekday in range(5):
        ends = time(13) if for_the_young and weekday == 2 else time(19)
        found.append(GroupShift(group_id=group_id, weekday=weekday, starts=time(7), ends=ends, staff=1))
        if ends > time(17):
            found.append(GroupShift(group_id=group_id, weekday=weekday, starts=time(9), ends=time(17), staff=1))
    return found


def _family(
    session: TenantSession, tenant: Tenant, plan: DemoFamily, groups: dict[str, str], index: int, mentor: str | None,
    now: datetime,
) -> _Told:  # fmt: skip
    today = acting_on(tenant.rulebook, now)
    family = Family(name=plan.name)
    session.add(family)
    session.flush()
    account = _guardian(session, family, plan.parent, plan.username, PASSWORD, index, now)
    other = _guardian(
        session, family, plan.other, plan.other_username, OTHER_PASSWORD if plan.other_active else None, index + 5, now
    )
    children = []
    for number, each in enumerate(plan.children):
        born = date(today.year - each.age, 3 + 4 * number % 9, 11 + 5 * index)
        child = Child(
            family_id=family.id,
            first_name=each.first_name,
            last_name=plan.name,
            born_on=born,
            tone=(2 * index + number) % 6,
            mentor_id=mentor,
        )
        session.add(child)
        session.flush()
        children.append(child)
        session.add_all(Custody(guardian_id=each.guardian_id, child_id=child.id) for each in (account, other))
        for care_type, weekdays in each.days:
            contract = Contract(
                child_id=child.id,
                care_type=care_type,
                rule_key=each.contract,
                starts_on=date(today.year - 1, 1, 1),
                ends_on=None,
                in_holidays=not _asks_for_holidays(tenant, care_type, today),
            )
            session.add(contract)
            session.flush()
            starts, ends, _ = HOURS[care_type]
            session.add_all(
                ContractDaypart(
                    contract_id=contract.id, group_id=groups[care_type], weekday=weekday, starts=starts, ends=ends
                )
                for weekday in weekdays
            )
    session.flush()
    for own in (account, other):
        if own.password_hash is not None:
            _consent(session, tenant, own, children, now)
    judge = session.scalars(select(Account.id).where(Account.employee_id == mentor)).first() if mentor else None
    return _Told(session, tenant, account, tuple(children), today, judge)


def _asks_for_holidays(tenant: Tenant, care_type: str, today: date) -> bool:
    """Where holiday care is asked for day by day, the contract is for school weeks."""
    rule = tenant.rulebook.terms(today, care_type).requests.get("holiday_care")
    return rule is not None and (rule.care_types is None or care_type in rule.care_types.value)


def _guardian(
    session: TenantSession, family: Family, name: str, username: str, password: str | None, number: int, now: datetime
) -> Account:
    guardian = Guardian(family_id=family.id, name=name, email=email_of(name), phone=f"06 1234 56{number:02}",
                        address=f"Lindelaan {3 + 7 * number}, 1234 AB Voorbeeldstad", bank_account=f"NL91ABNA04171643{number:02}")  # fmt: skip
    session.add(guardian)
    session.flush()
    account = Account(guardian_id=guardian.id, username=normal_username(username), language=None,
                      password_hash=hash_password(password) if password else None, activated_at=now if password else None,
                      invite_at=None if password else now)  # fmt: skip
    session.add(account)
    session.flush()
    return account


def _consent(
    session: TenantSession, tenant: Tenant, account: Account, children: Sequence[Child], now: datetime
) -> None:
    """What the organisation asks is answered already: with its first choice."""
    for each in tenant.consents:
        people = [child.id for child in children] if each.per == "child" else [None]
        first = next(iter(each.choices))
        consents.answer(session, tenant, account.id, [(each.id, person, first) for person in people], now)


def _staff(session: TenantSession, tenant: Tenant, groups: Sequence[str], now: datetime) -> str | None:
    """One of each role: an educator of the first group, a mentor of all, and who sees the whole organisation. The mentor."""
    mentor = None
    since = date(acting_on(tenant.rulebook, now).year - 2, 9, 1)
    location = session.scalars(select(Location)).first()
    for plan in employees_of(tenant):
        employee = Employee(name=plan.name, email=plan.email)
        session.add(employee)
        session.flush()
        mentor = employee.id if plan.role == "mentor" else mentor
        narrow = plan.role in ("educator", "mentor", "location_manager")
        session.add(
            Employment(employee_id=employee.id, role=plan.role, location_id=location.id if location and narrow else None,
                       group_id=groups[0] if plan.role == "educator" else None, starts_on=since, ends_on=None)
        )  # fmt: skip
        session.add(
            Account(employee_id=employee.id, username=normal_username(plan.email), password_hash=hash_password(PASSWORD),
                    language=None, activated_at=now)
        )  # fmt: skip
        session.flush()
    return mentor


def _past_of(told: _Told, child: Child, number: int) -> list[Event]:
    """Absences of the last weeks, long before and at the last minute, one taken back, one still to come; what was spent."""
    today, moment = told.today, told.moment
    planned = list_dayparts(
        told.session, told.tenant.rulebook, (child,), today - timedelta(days=100), today + timedelta(days=30), today
    )

    def near(distance: int) -> PlannedDaypart | None:
        """The daypart closest to so many days from now, on the side of it that is away from today."""
        wanted = today + timedelta(days=distance)
        found = [p for p in planned if (p.day <= wanted if distance < 0 else p.day >= wanted)]
        return (found[-1] if distance < 0 else found[0]) if found else None

    def report(planned: PlannedDaypart, reason: str) -> Callable[[datetime], None]:
        return lambda at: _report(told, child, planned, reason, at)

    shift = 2 * number
    events: list[Event] = []
    for distance, reason, ahead in ((-60, "holiday", 6), (-24, "holiday", 5), (-15, "other", 4), (9, "holiday", 10)):
        if each := near(distance - shift if distance < 0 else distance + shift):
            at = each.day - timedelta(days=ahead + 3)
            events.append((moment(min(at, today - timedelta(days=1)), time(20, 15)), report(each, reason)))
    if ill := near(-8 - shift):  # on the very morning, when it is too late for most credits
        events.append(
            (
                moment(ill.day, (datetime.combine(ill.day, ill.starts) - timedelta(minutes=12)).time()),
                report(ill, "illness"),
            )
        )
    if mistake := near(-18 - shift):
        at = moment(mistake.day - timedelta(days=7), time(8, 40))
        events.append((at, report(mistake, "other")))
        events.append((at + timedelta(minutes=25), lambda at: _take_back(told, child, mistake.day, at)))
    for kind, credit in told.tenant.rulebook.terms(
        today, planned[0].care_type if planned else told.tenant.rulebook.care_types[0]
    ).credits.items():
        if credit.earned_if and planned:
            events += _spending(told, child, kind, planned[0], 3 if number == 0 else 2, given_back=number == 0)
    return events


@dataclass(frozen=True, slots=True)
class _Asking:
    """A request: by which children (their numbers), so many days ago, for a day so far ahead at least; the days of the week and
    which of the parts of the day that are offered. `judged`: how it came out a day later; None: it still waits."""

    name: str
    children: tuple[int, ...]
    ago: int
    ahead: int
    weekdays: tuple[int, ...] = (0, 1, 3, 4)
    part: int = 0
    remark: str | None = None
    judged: str | None = None


#: The last one has waited so long that what is promised has passed, where something is.
_ASKED: Final = (
    _Asking("approved", (0,), 5, 3, part=1, judged="approve"),
    _Asking("refused", (1, 0), 4, 6, judged="full"),
    _Asking("too few staff", (0,), 1, 7, weekdays=(2,), remark="We verhuizen die dag."),
    _Asking("siblings", (0, 1), 1, 9),
    _Asking("waits long", (1, 0), 7, 5, weekdays=(0, 1, 2, 3, 4), part=1),
)


def _requests_of(told: _Told) -> list[Event]:
    return [(told.moment(told.today - timedelta(days=each.ago), time(20, 40)), partial(_ask, told, each)) for each in _ASKED]  # fmt: skip


def _ask(told: _Told, asking: _Asking, at: datetime) -> None:
    """On the first day that there is something to ask for; siblings on the same day, as a whole. Else nothing."""
    session, tenant = told.session, told.tenant
    days = (told.today + timedelta(days=asking.ahead + n) for n in range(21))
    children = [told.children[number] for number in asking.children if number < len(told.children)]
    for day in (each for each in days if each.weekday() in asking.weekdays):
        chosen = []
        for found in offers(session, tenant, children, [day], at):
            accepted = [each.considered for each in found.offers if each.considered.accepted]
            accepted.sort(key=lambda each: each.line.care_type)  # contracts come in no order
            chosen += accepted[min(asking.part, len(accepted) - 1) :][:1] if accepted else []
        if asking.name == "siblings" and len(chosen) < 2:
            continue
        if chosen:
            lines = [each.line for each in chosen]
            wish = Wish(tuple(lines if asking.name == "siblings" else lines[:1]), all_or_nothing=asking.name == "siblings",
                        lapses_on=lapse_by_default(chosen, told.today), remark=asking.remark)  # fmt: skip
            request = send_request(session, tenant, told.account.id, children, wish, f"demo-{asking.name}", at)
            _answer(told, [each.id for each in list_bookings_of(session, request.id) if each.state == "awaiting"], asking.judged,
                    at + timedelta(hours=13))  # fmt: skip
            return


def _answer(told: _Told, booking_ids: Sequence[str], judged: str | None, at: datetime) -> None:
    """By the mentor; what cannot be approved keeps waiting."""
    if judged is None or not booking_ids or told.judge is None:
        return
    if judged != "approve":
        reject(told.session, told.tenant, booking_ids, told.judge, at, judged)
        return
    try:
        with told.session.begin_nested():
            approve(told.session, told.tenant, booking_ids, told.judge, at)
    except Full:
        return


def _workday(day: date) -> date:
    """This day, or the Friday before it."""
    return day - timedelta(days=max(day.weekday() - 4, 0))


def _sign_up(told: _Told, at: datetime) -> None:
    """For the first study day that is to come, by the mentor from the list at the location: the first part of the day of each
    child that there is a list for, on the word of the first guardian."""
    session, tenant = told.session, told.tenant
    groups = {each.id for each in session.scalars(select(CareGroup))}
    lists = study_days(session, tenant, groups, told.today, told.today)
    if not lists or told.judge is None or told.account.guardian_id is None:
        return
    lines = [
        next(offer.considered.line for offer in each.offers if offer.considered.accepted)
        for each in to_sign(session, tenant, lists[0], at, told.children)
        if each.is_possible
    ]
    if lines:
        signed = SignOff(told.account.guardian_id, acting_on(tenant.rulebook, at), "paper")
        sign_up(session, tenant, told.judge, [SignUp(signed, told.children, tuple(lines))], "demo", groups, groups, at)


def _spending(
    told: _Told, child: Child, kind: str, like: PlannedDaypart, hours: int, *, given_back: bool
) -> list[Event]:
    """A few hours used on a day that is over, and as many given back for one that was cancelled."""

    def care(distance: int) -> CareDay:
        day = told.today + timedelta(days=distance)
        return CareDay(
            day, time(9), time(9 + hours), like.care_type, like.location_key, like.contract, planned="extra day"
        )

    used = partial(_spend, told, child, kind, care(-5), back=False)
    events: list[Event] = [(told.moment(told.today - timedelta(days=9), time(21, 5)), used)]
    if given_back:
        cancelled = partial(_spend, told, child, kind, care(2), back=True)
        events.append((told.moment(told.today - timedelta(days=4), time(19, 30)), cancelled))
    return events


def _grants(told: _Told, child: Child, care_types: Sequence[str]) -> list[Event]:
    """Credit that comes with a contract: on New Year's Day of last year and of this one, partly used in between."""
    events: list[Event] = []
    rulebook = told.tenant.rulebook
    for kind, credit in rulebook.terms(told.today, care_types[0]).credits.items():
        own = _care_type_for(told.tenant, credit, care_types)
        if credit.earned_by.value == "absence" or own is None:
            continue
        care_type, product = own
        calendar = rulebook.terms(told.today, care_type).calendar
        kinds = credit.usable_on.value if credit.usable_on else ("school day",)
        for year, hours in ((told.today.year - 1, 50), (told.today.year, 60)):
            granted = date(year, 1, 1)
            events.append(
                (
                    told.moment(granted, time(0, 5)),
                    partial(_grant, told, child, kind, credit, care_type, granted, hours * 60),
                )
            )
            days = (granted + timedelta(days=n) for n in range(40, 330))
            fitting = [
                d
                for d in days
                if d.weekday() in (1, 3) and calendar.kind_of(d) in kinds and d < told.today - timedelta(days=2)
            ]
            for index, day in enumerate(fitting[:: max(len(fitting) // 3, 1)][:3]):
                care = CareDay(day, time(8), time(18), care_type, product=product, planned="credit day")
                asked = max(told.moment(day - timedelta(days=35), time(20, 45)), told.moment(granted, time(9)))
                events.append((asked, partial(_spend, told, child, kind, care, back=index == 2)))
    return events


def _care_type_for(tenant: Tenant, credit: CreditTerms, care_types: Sequence[str]) -> tuple[str, str | None] | None:
    """The child's own kind of care that this credit can pay, with the product where it is for one; else None."""
    for word in credit.usable_for.value:
        care_type = tenant.rulebook.products.get(word, word)
        if care_type in care_types:
            return care_type, word if word in tenant.rulebook.products else None
    return None


def _report(told: _Told, child: Child, planned: PlannedDaypart, reason: str, at: datetime) -> None:
    try:
        report_absence(told.session, told.tenant, told.account.id, told.children, {planned.key}, planned.day, planned.day, reason,
                       f"demo-{child.id}-{planned.day}-{planned.starts:%H%M}", at)  # fmt: skip
    except NothingToReport:
        told.session.rollback()


def _take_back(told: _Told, child: Child, day: date, at: datetime) -> None:
    for absence in list_absences(told.session, [child.id], day, day):
        withdraw_absences(told.session, told.tenant, [absence.id], [child.id], at)


def _grant(
    told: _Told, child: Child, kind: str, credit: CreditTerms, care_type: str, day: date, sixtieths: int, at: datetime
) -> None:
    portion = CreditPortion(child_id=child.id, kind=kind, care_type=care_type, earned_for=day, earned_on_kind="public holiday",
                            valid_until=last_day(credit.valid.value, day, told.tenant.rulebook.terms(day, care_type).calendar))  # fmt: skip
    add_portion(told.session, portion, sixtieths, "granted", at)


def _spend(told: _Told, child: Child, kind: str, care: CareDay, at: datetime, *, back: bool) -> None:
    terms = told.tenant.rulebook.terms(acting_on(told.tenant.rulebook, at), care.care_type, care.location)
    spent = spend(
        told.session, told.tenant.rulebook, child.id, kind, worth_of(terms.credits[kind], terms, care)[0], care, at
    )
    if back:
        for portion_id, part in spent.taken.items():
            write(told.session, portion_id, "given_back", part, at + timedelta(hours=30), care.day)
