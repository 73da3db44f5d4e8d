"""What a guardian reads about a child, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from spelregel.records.consents import Question, questions
from spelregel.records.family import Child
from spelregel.records.looks_at_child import LookAtChild, looks_at_child
from spelregel.records.placements import Place, list_places
from spelregel.records.staff import Employee
from spelregel.storage.session import TenantSession
from spelregel.tenancy.tenant import Tenant


@dataclass(frozen=True, slots=True)
class ChildPage:
    """`places`: contracts that hold now or will; `earlier`: those that are over. `consents`: with the reader's own answer."""

    child: Child
    mentor: str | None
    places: tuple[Place, ...]
    earlier: tuple[Place, ...]
    consents: tuple[Question, ...]
    looks: tuple[LookAtChild, ...]


def child_page(
    session: TenantSession, tenant: Tenant, children: Sequence[Child], child_id: str, account_id: str, today: date
) -> ChildPage | None:
    """None when it is none of these children."""
    child = next((each for each in children if each.id == child_id), None)
    if child is None:
        return None
    mentor = session.get(Employee, (tenant.slug, child.mentor_id)) if child.mentor_id else None
    places = list_places(session, child.id)
    return ChildPage(
        child,
        mentor.name if mentor else None,
        tuple(each for each in places if each.contract.ends_on is None or each.contract.ends_on >= today),
        tuple(each for each in places if each.contract.ends_on is not None and each.contract.ends_on < today),
        tuple(each for each in questions(session, tenant, account_id, [child], today) if each.child is not None),
        tuple(looks_at_child(session, child.id, account_id, tenant.rulebook.zone)),
    )


def last_digits(bank_account: str | None) -> str | None:
    """Enough to know one's own account by, too little to use it."""
    plain = "".join((bank_account or "").split())
    return plain[-4:] if len(plain) > 8 else None
