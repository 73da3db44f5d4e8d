"""A session belongs to one tenant; the database keeps references inside it, and keeps what is written once."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, date, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from spelregel import records
from spelregel.records.absences import Absence
from spelregel.records.credit_ledger import CreditLedgerEntry, CreditPortion, add_portion
from spelregel.records.family import Child, Family
from spelregel.storage.model_base import Base
from spelregel.storage.session import ForeignTenant, tenant_session

for module in pkgutil.iter_modules(records.__path__):  # every table, also of what no feature uses yet
    importlib.import_module(f"spelregel.records.{module.name}")

NOW = datetime(2026, 12, 8, 8, 29, tzinfo=UTC)


def family_of(engine: Engine, tenant: str, name: str = "Bos") -> tuple[str, str]:
    with tenant_session(engine, tenant, writing=True) as session:
        family = Family(name=name)
        session.add(family)
        session.flush()
        child = Child(
            family_id=family.id, first_name=f"{name} junior", last_name=name, born_on=date(2020, 1, 1), tone=0
        )
        session.add(child)
        session.commit()
        return family.id, child.id


def test_the_tables_are_what_the_program_says(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_every_key_reference_and_unique_begins_with_the_tenant() -> None:
    global_tables = {name for name, table in Base.metadata.tables.items() if "tenant_id" not in table.columns}
    assert global_tables == {"live_file"}, "asked by file name, before anybody knows whose it is"
    for table in Base.metadata.tables.values():
        if table.name in global_tables:
            continue
        assert "tenant_id" in table.primary_key.columns, table
        for constraint in table.foreign_key_constraints:
            assert constraint.column_keys[0] == "tenant_id", constraint
        for index in table.indexes:
            assert index.columns.keys()[0] == "tenant_id", index.name


def test_a_session_sees_and_changes_its_own_tenant_only(engine: Engine) -> None:
    mine, theirs = family_of(engine, "maan"), family_of(engine, "zon")
    with tenant_session(engine, "maan", writing=True) as session:
        assert [family.id for family in session.scalars(select(Family))] == [mine[0]]
        assert session.scalars(select(Family.name).where(Family.id == theirs[0])).all() == []
        assert session.get(Family, ("zon", theirs[0])) is None
        session.execute(update(Family).values(name="Hetzelfde"))
        session.execute(delete(Child))
        session.commit()
    with tenant_session(engine, "zon") as session:
        assert session.scalars(select(Family.name)).all() == ["Bos"]
        assert len(session.scalars(select(Child)).all()) == 1


ESCAPES = {
    "plain sql": lambda s, _: s.execute(text("select * from family")),
    "a table instead of rows": lambda s, _: s.execute(select(Family.__table__)),
    "sql dressed as rows": lambda s, _: s.scalars(select(Family).from_statement(text("select * from family"))),
    "the bare connection": lambda s, _: s.connection(),
    "a bulk insert": lambda s, _: s.execute(insert(Family), [{"tenant_id": "zon", "id": "x", "name": "x"}]),
    "an insert": lambda s, _: s.execute(insert(Family).values(tenant_id="zon", id="x", name="x")),
    "a bulk update by key": lambda s, theirs: s.execute(
        update(Family), [{"tenant_id": "zon", "id": theirs, "name": "x"}]
    ),
    "an update of a table": lambda s, _: s.execute(update(Family.__table__).values(name="x")),
    "old bulk writes": lambda s, theirs: s.bulk_update_mappings(
        Family, [{"tenant_id": "zon", "id": theirs, "name": "x"}]
    ),
    "moving a row": lambda s, _: s.execute(update(Family).values(tenant_id="zon")),
}


@pytest.mark.parametrize("way", ESCAPES)
def test_no_way_around_the_session_is_open(engine: Engine, way: str) -> None:
    family_of(engine, "maan")
    theirs, _ = family_of(engine, "zon")
    with tenant_session(engine, "maan", writing=True) as session, pytest.raises(ForeignTenant):
        ESCAPES[way](session, theirs)


def test_without_the_guard_those_ways_are_open(engine: Engine, superuser: Engine) -> None:
    """The control: a plain session takes what the guard refuses."""
    theirs, _ = family_of(engine, "zon")
    with Session(superuser.execution_options(writing=True)) as session:
        assert len(session.execute(text("select * from family")).all()) == 1
        session.execute(update(Family), [{"tenant_id": "zon", "id": theirs, "name": "gelekt"}])
        session.commit()
    with tenant_session(engine, "zon") as session:
        assert session.scalars(select(Family.name)).all() == ["gelekt"]


def test_a_row_of_another_tenant_cannot_be_added_changed_or_attached(engine: Engine) -> None:
    family_of(engine, "zon")
    with tenant_session(engine, "maan", writing=True) as session, pytest.raises(ForeignTenant):
        session.add(Family(tenant_id="zon", name="x"))
        session.flush()
    with tenant_session(engine, "zon") as session:
        row = session.scalars(select(Family)).one()
    with tenant_session(engine, "maan", writing=True) as session, pytest.raises(ForeignTenant):
        session.add(row)


def test_the_database_itself_refuses_a_reference_into_another_tenant(engine: Engine) -> None:
    theirs, _ = family_of(engine, "zon")
    with tenant_session(engine, "maan", writing=True) as session, pytest.raises(IntegrityError):
        session.add(Child(family_id=theirs, first_name="x", last_name="x", born_on=date(2020, 1, 1), tone=0))
        session.flush()


def test_a_session_without_a_tenant_cannot_be_had(engine: Engine) -> None:
    with pytest.raises(ForeignTenant):
        tenant_session(engine, "")


def _portion(engine: Engine, child_id: str, sixtieths: int = 300) -> str:
    with tenant_session(engine, "maan", writing=True) as session:
        portion = CreditPortion(
            child_id=child_id,
            kind="uren",
            care_type="kdv",
            earned_for=date(2026, 12, 1),
            earned_on_kind="school day",
            valid_until=None,
        )
        add_portion(session, portion, sixtieths, "earned", NOW)
        session.commit()
        return portion.id


@pytest.mark.parametrize(
    "statement",
    [
        "update credit_ledger_entry set sixtieths = 999",
        "delete from credit_ledger_entry",
        "truncate credit_ledger_entry",
    ],
)
def test_the_ledger_can_be_added_to_and_nothing_else(engine: Engine, superuser: Engine, statement: str) -> None:
    _portion(engine, family_of(engine, "maan")[1])
    if engine.dialect.name == "sqlite" and statement.startswith("truncate"):
        statement = "delete from credit_ledger_entry where 1 = 1"  # SQLite's own way to empty a table
    with superuser.execution_options(writing=True).connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            connection.exec_driver_sql(statement)
        connection.rollback()
        assert connection.exec_driver_sql("select sum(sixtieths) from credit_ledger_entry").scalar() == 300


def test_the_database_refuses_to_spend_more_than_there_is(engine: Engine) -> None:
    portion = _portion(engine, family_of(engine, "maan")[1])
    with tenant_session(engine, "maan", writing=True) as session, pytest.raises(IntegrityError):
        session.add(CreditLedgerEntry(portion_id=portion, entry="spent", sixtieths=-301, at=NOW, about=None))
        session.flush()


def test_a_daypart_has_one_absence_that_stands(demo: object, engine: Engine) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        standing = session.scalars(select(Absence).where(Absence.withdrawn_at.is_(None))).first()
        assert standing
        copy = {
            key: getattr(standing, key)
            for key in ("report_id", "child_id", "decision_id", "day", "starts", "ends", "care_type")
        }
        with pytest.raises(IntegrityError):
            session.add(Absence(**copy))
            session.flush()
