"""Who lives in the demo of one organisation: worked out from its file, always the same for the same file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType
from typing import Any, Final

from spelregel.tenancy.tenant import Tenant

PASSWORD: Final = "gele-regenlaarzen"
#: Of the second guardian: where the user name belongs to the household, the password tells who logs in.
OTHER_PASSWORD: Final = "blauwe-paraplu-rond"

#: The hours that are usual for a kind of care, and whether it is for children who go to school.
HOURS: Final = MappingProxyType(
    {
        "kdv": (time(8), time(18), False), "psz": (time(8, 30), time(12, 30), False), "gob": (time(8), time(17), False),
        "vso": (time(7), time(8, 30), True), "tso": (time(12), time(14), True), "bso": (time(14), time(18, 30), True),
    }
)  # fmt: skip

_PARENTS: Final = (
    ("Sanne de Vries", "de Vries"), ("Youssef El Amrani", "El Amrani"), ("Marieke Bakker", "Bakker"), ("Fatma Yildiz", "Yildiz"),
    ("Tom Hendriks", "Hendriks"), ("Priya Sharma", "Sharma"), ("Jeroen Smit", "Smit"), ("Amber Visser", "Visser"),
    ("Daniel Okafor", "Okafor"), ("Eva Mulder", "Mulder"), ("Rachid Benali", "Benali"), ("Lotte Jansen", "Jansen"),
)  # fmt: skip
_OTHERS: Final = (
    "Robin Dekker",
    "Nadia Haddad",
)  # the second guardian of the first family, and one who was just invited
_EMPLOYEES: Final = (
    ("Anja Kuipers", "educator"), ("Mirjam de Boer", "mentor"), ("Karim Aydin", "location_manager"),
    ("Ilse Postma", "planner"), ("Hanneke Vos", "administrator"),
)  # fmt: skip
_YOUNG: Final = ("Noor", "Mees", "Ilyas", "Saar", "Elif", "Finn", "Anaya", "Bram", "Zola", "Pim", "Amira", "Teun")
_SCHOOL: Final = ("Ties", "Lina", "Sam", "Jip", "Deniz", "Roos", "Arjun", "Fleur", "Kofi", "Isa", "Nora", "Stijn")


@dataclass(frozen=True, slots=True)
class DemoChild:
    """`days`: per kind of care the weekdays, 0 is Monday. `age` in years."""

    first_name: str
    age: int
    days: tuple[tuple[str, tuple[int, ...]], ...]
    contract: str | None = None


@dataclass(frozen=True, slots=True)
class DemoFamily:
    """`other`: a second guardian of the same children, with an own account; `other_active`: whether that is activated."""

    name: str
    parent: str
    username: str
    children: tuple[DemoChild, ...]
    other: str
    other_username: str
    other_active: bool

    @property
    def email(self) -> str:
        return email_of(self.parent)

    @property
    def other_email(self) -> str:
        return email_of(self.other)


@dataclass(frozen=True, slots=True)
class DemoEmployee:
    name: str
    role: str

    @property
    def email(self) -> str:
        return email_of(self.name)


def email_of(name: str) -> str:
    return name.lower().replace(" ", ".") + "@example.org"


def employees_of(_tenant: Tenant) -> tuple[DemoEmployee, ...]:
    """One of each role; staff log in with their e-mail address everywhere."""
    return tuple(DemoEmployee(name, role) for name, role in _EMPLOYEES)


def families_of(tenant: Tenant) -> tuple[DemoFamily, ...]:
    """Two families: one whose children use every kind of care that there is, and one with an only child."""
    number = int(hashlib.sha256(f"house {tenant.slug}".encode()).hexdigest()[:8], 16)
    care_types = tenant.rulebook.care_types
    young = [care_type for care_type in care_types if not HOURS[care_type][2]]
    school = [care_type for care_type in care_types if HOURS[care_type][2]]
    first, second = number % len(_PARENTS), (number + 5) % len(_PARENTS)
    children = []
    if young:
        children.append(DemoChild(_YOUNG[number % len(_YOUNG)], 2, ((young[0], (0, 1, 3)),)))
    if school:
        days = ((0, 3), (0, 2, 3, 4), (1, 3))
        children.append(
            DemoChild(
                _SCHOOL[number % len(_SCHOOL)],
                7,
                tuple((care_type, days[i % 3]) for i, care_type in enumerate(reversed(school))),
            )
        )
    if not school or not young:
        pool, care_type = (_SCHOOL, school) if not young else (_YOUNG, young)
        children.append(DemoChild(pool[(number + 1) % len(pool)], 8 if not young else 1, ((care_type[0], (2, 4)),)))
    only_type, contract = _with_contract_of_its_own(tenant) or ((school or young)[-1], None)
    pool = _SCHOOL if HOURS[only_type][2] else _YOUNG
    only = DemoChild(
        pool[(number + 7) % len(pool)], 6 if HOURS[only_type][2] else 3, ((only_type, (0, 1, 2, 3, 4)),), contract
    )
    households = ((first, tuple(children)), (second, (only,)))
    return tuple(
        DemoFamily(_PARENTS[index][1], _PARENTS[index][0], _username(tenant, index, _PARENTS[index][0]), theirs,
                   other, _username(tenant, index, other), other_active=number == 0)
        for number, ((index, theirs), other) in enumerate(zip(households, _OTHERS, strict=True))
    )  # fmt: skip


def _with_contract_of_its_own(tenant: Tenant) -> tuple[str, str] | None:
    """A kind of contract that the rules speak of, so that the demo shows what it means."""
    return next(((care_type, key) for key, care_type in tenant.contract_care_types.items()), None)


def _username(tenant: Tenant, index: int, name: str) -> str:
    """A debtor number belongs to the household."""
    if tenant.login.username == "email":
        return email_of(name)
    return str(200_000 + (int(hashlib.sha256(f"{tenant.slug}{index}".encode()).hexdigest()[:6], 16) % 90_000))


def personas(tenants: Sequence[Tenant], base_domain: str, port: int) -> list[dict[str, Any]]:
    """Who can log in, as plain data: one entry per person."""
    found = []
    for tenant in tenants:
        people: list[tuple[str, str, str, str, list[str]]] = []
        for family in families_of(tenant):
            names = [child.first_name for child in family.children]
            people.append(("parent", family.parent, family.username, PASSWORD, names))
            if family.other_active:
                people.append(("parent", family.other, family.other_username, OTHER_PASSWORD, names))
        people += [(each.role, each.name, each.email, PASSWORD, []) for each in employees_of(tenant)]
        found += [
            {
                "tenant": tenant.slug,
                "host": f"{tenant.subdomain}.{base_domain}",
                "url": f"http://{tenant.subdomain}.{base_domain}:{port}/",
                "role": role,
                "name": name,
                "username": username,
                "password": password,
                "children": children,
            }
            for role, name, username, password, children in people
        ]
    return found
