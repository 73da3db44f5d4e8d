"""How often the database is asked for the page that parents open most."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.records.accounts import Account
from spelregel.records.consents import answer
from spelregel.records.family import Child, Custody
from spelregel.records.login_sessions import LoginSession
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.storage.session import tenant_session
from spelregel.tenancy.tenant import Tenant
from tests.browse import Visitor, visitor

NOW = datetime(2026, 12, 8, 8, tzinfo=UTC)
#: The driver opens a transaction, and PostgreSQL is told whose it is: once for a request.
AROUND = ("BEGIN", "SELECT set_config")


def asked_for(app: Application, parent: Visitor) -> list[str]:
    """The statements of one look at the agenda that is not the first."""
    assert parent.get("/agenda").status_code == 200
    found: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_rest: object) -> None:
        found.append(text)

    event.listen(app.engine, "before_cursor_execute", note)
    try:
        assert parent.get("/agenda").status_code == 200
    finally:
        event.remove(app.engine, "before_cursor_execute", note)
    assert sum(each.startswith(AROUND[1]) for each in found) <= 1
    return [each for each in found if not each.startswith(AROUND)]


def give_siblings(app: Application, tenant: Tenant, until: int) -> None:
    """To whoever is logged in. Each with a contract like that of the first child, and with an answer to what parents are asked."""
    with tenant_session(app.engine, tenant.slug, writing=True) as session:
        account = session.scalars(select(Account).where(Account.id.in_(select(LoginSession.account_id)))).one()
        mine = select(Child).join(Custody, (Custody.child_id == Child.id) & (Custody.tenant_id == Child.tenant_id))
        own = session.scalars(mine.where(Custody.guardian_id == account.guardian_id).order_by(Child.id)).all()
        contract = session.scalars(select(Contract).where(Contract.child_id == own[0].id)).first()
        assert contract
        parts = session.scalars(select(ContractDaypart).where(ContractDaypart.contract_id == contract.id)).all()
        for number in range(len(own), until):
            child = Child(family_id=own[0].family_id, first_name=f"Kind {number}", last_name="Vermeer", born_on=date(2023, 1, number + 1), tone=1)  # fmt: skip
            session.add(child)
            session.flush()
            session.add(Custody(guardian_id=account.guardian_id, child_id=child.id))
            copy = Contract(child_id=child.id, care_type=contract.care_type, rule_key=contract.rule_key, starts_on=contract.starts_on, ends_on=None)  # fmt: skip
            session.add(copy)
            session.flush()
            session.add_all(
                ContractDaypart(contract_id=copy.id, group_id=part.group_id, weekday=part.weekday, starts=part.starts, ends=part.ends)
                for part in parts
            )  # fmt: skip
            asked = [(each.id, child.id, next(iter(each.choices))) for each in tenant.consents if each.per == "child"]
            answer(session, tenant, account.id, asked, NOW)
        session.commit()


@pytest.mark.parametrize("name", ["langekeizer", "deroef", "quadrant", "fantaziehuis"])
def test_the_agenda_asks_the_database_five_times_for_one_child_and_for_ten(demo: Application, name: str) -> None:
    parent = visitor(demo, name)
    family = next(each for each in families_of(parent.tenant) if len(each.children) == 1)
    parent.log_in(family)
    few = asked_for(demo, parent)
    give_siblings(demo, parent.tenant, 10)
    assert parent.get("/agenda").data.count(b"Kind 9") > 0
    many = asked_for(demo, parent)
    assert len(few) == len(many) <= 5, many
