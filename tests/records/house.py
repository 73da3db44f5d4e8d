"""A small house for tests of requests: one location, a group per kind of care, a family with as many children as needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from sqlalchemy import Engine, func, select

from spelregel.records.accounts import Account
from spelregel.records.asking_days import Wish, WishLine
from spelregel.records.credit_ledger import CreditLedgerEntry, CreditPortion, add_portion, portions_of
from spelregel.records.day_requests import Booking, list_bookings_of
from spelregel.records.family import Child, Custody, Family, Guardian
from spelregel.records.judging_bookings import send_request
from spelregel.records.locations import CareGroup, Location
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.records.places import GroupShift, PlaceCount
from spelregel.records.staff import Employee
from spelregel.storage.session import TenantSession, tenant_session
from spelregel.tenancy.tenant import Tenant

NINE, ONE = time(8), time(13)


@dataclass
class House:
    engine: Engine
    tenant: Tenant
    groups: dict[str, str]  # kind of care -> group
    account: str = ""
    judge: str = ""
    children: list[str] = field(default_factory=list)

    def writing(self) -> TenantSession:
        return tenant_session(self.engine, self.tenant.slug, writing=True)

    def reading(self) -> TenantSession:
        return tenant_session(self.engine, self.tenant.slug)

    def child(self, care_type: str = "kdv", weekdays: Sequence[int] = (0, 1), contract: str | None = None, *,
              born: date = date(2024, 3, 1), in_holidays: bool = True, hours: tuple[time, time] = (NINE, ONE)) -> str:  # fmt: skip
        """Another child of the family, with a contract that began last year."""
        with self.writing() as session:
            family = session.scalars(select(Family)).first()
            guardian = session.scalars(select(Guardian)).first()
            assert family and guardian
            child = Child(
                family_id=family.id, first_name=f"Kind {len(self.children)}", last_name="X", born_on=born, tone=0
            )
            session.add(child)
            session.flush()
            row = Contract(
                child_id=child.id,
                care_type=care_type,
                rule_key=contract,
                starts_on=date(2021, 1, 1),
                in_holidays=in_holidays,
            )
            session.add_all([Custody(guardian_id=guardian.id, child_id=child.id), row])
            session.flush()
            session.add_all(
                ContractDaypart(
                    contract_id=row.id, group_id=self.groups[care_type], weekday=weekday, starts=hours[0], ends=hours[1]
                )
                for weekday in weekdays
            )
            session.commit()
            self.children.append(child.id)
            return child.id

    def places(self, care_type: str, places: int | None) -> None:
        with self.writing() as session:
            session.get_one(CareGroup, (self.tenant.slug, self.groups[care_type])).places = places
            session.commit()

    def shift(self, care_type: str, weekday: int, staff: int) -> None:
        """Somebody more on the roster, all day."""
        with self.writing() as session:
            session.add(
                GroupShift(group_id=self.groups[care_type], weekday=weekday, starts=time(7), ends=time(19), staff=staff)
            )
            session.commit()

    def credit(self, child: str, kind: str, hours: float, earned: date, *, until: date | None = None, care_type: str = "kdv",
               contract: str | None = None, on: str = "school day") -> str:  # fmt: skip
        with self.writing() as session:
            portion = CreditPortion(child_id=child, kind=kind, care_type=care_type, contract=contract, earned_for=earned, earned_on_kind=on,
                                    valid_until=until)  # fmt: skip
            add_portion(
                session, portion, round(hours * 60), "granted", datetime.fromisoformat("2021-01-01T00:00+00:00")
            )
            session.commit()
            return portion.id

    def kids(self, session: TenantSession) -> list[Child]:
        return list(session.scalars(select(Child).where(Child.id.in_(self.children)).order_by(Child.first_name)))

    def moment(self, wall: str) -> datetime:
        return datetime.fromisoformat(wall).replace(tzinfo=self.tenant.rulebook.zone)

    def ask(self, wish: Wish, at: str, submission: str = "one", *, by: str = "parent") -> list[Booking]:
        """Sends it; the bookings, in order of the day."""
        with self.writing() as session:
            account = self.account if by == "parent" else self.judge
            request = send_request(
                session, self.tenant, account, self.kids(session), wish, submission, self.moment(at), by=by
            )
            session.commit()
            found = list_bookings_of(session, request.id)
            session.expunge_all()
            return found

    def booking(self, booking_id: str) -> Booking:
        with self.reading() as session:
            found = session.get_one(Booking, (self.tenant.slug, booking_id))
            session.expunge_all()
            return found

    def left(self, child: str) -> float:
        """Hours of credit, all kinds together, that are neither spent nor reserved."""
        with self.reading() as session:
            return sum(left for _, left in portions_of(session, child)) / 60

    def entries(self, *booking_ids: str) -> list[tuple[str, float]]:
        with self.reading() as session:
            found = session.scalars(select(CreditLedgerEntry).where(CreditLedgerEntry.booking_id.in_(booking_ids)))
            return sorted((each.entry, each.sixtieths / 60) for each in found)

    def taken(self) -> int:
        """The most places that bookings took at one moment."""
        with self.reading() as session:
            return session.scalar(select(func.max(PlaceCount.taken))) or 0


def build(engine: Engine, tenant: Tenant) -> House:
    with tenant_session(engine, tenant.slug, writing=True) as session:
        key = next(iter(tenant.location_names), None)
        location, family = Location(name="De Linde", rule_key=key), Family(name="X")
        employee = Employee(name="Jo", email="jo@example.org")
        session.add_all([location, family, employee])
        session.flush()
        guardian = Guardian(family_id=family.id, name="Ouder X", email="ouder@example.org")
        session.add(guardian)
        session.flush()
        account = Account(guardian_id=guardian.id, username="ouder@example.org", password_hash=None, language=None)
        judge = Account(employee_id=employee.id, username="jo@example.org", password_hash=None, language=None)
        groups = {
            care_type: CareGroup(location_id=location.id, name=care_type, places=None)
            for care_type in tenant.rulebook.care_types
        }
        session.add_all([account, judge, *groups.values()])
        session.commit()
        return House(engine, tenant, {name: group.id for name, group in groups.items()}, account.id, judge.id)


def line(child: str, day: str, starts: str = "08:00", ends: str = "13:00", care_type: str = "kdv", *, pay: Sequence[str] = (),
         product: str | None = None, gives_up: str | None = None) -> WishLine:  # fmt: skip
    return WishLine(
        child,
        date.fromisoformat(day),
        time.fromisoformat(starts),
        time.fromisoformat(ends),
        care_type,
        product,
        tuple(pay),
        gives_up,
    )
