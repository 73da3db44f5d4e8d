"""A session belongs to one tenant; the database keeps references inside it, and keeps what is written once."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, date, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, column, delete, exists, func, insert, literal_column, select, table, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError
from sqlalchemy.orm import Bundle, Session, aliased

from spelregel import records
from spelregel.records.absences import Absence
from spelregel.records.credit_ledger import CreditLedgerEntry, CreditPortion, add_portion
from spelregel.records.family import Child, Family, Guardian
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
    for each in Base.metadata.tables.values():
        if each.name in global_tables:
            continue
        assert "tenant_id" in each.primary_key.columns, each
        for constraint in each.foreign_key_constraints:
            assert constraint.column_keys[0] == "tenant_id", constraint
        for index in each.indexes:
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


TABLE = Family.__table__
RAW = "(SELECT group_concat(name) FROM family)"
ESCAPES = {
    "plain sql": lambda s, _: s.execute(text("select * from family")),
    "a table instead of rows": lambda s, _: s.execute(select(TABLE)),
    "a bare exists": lambda s, _: s.execute(select(exists().where(TABLE.c.name == "Bos"))),
    "sql dressed as rows": lambda s, _: s.scalars(select(Family).from_statement(text("select * from family"))),
    "the bare connection": lambda s, _: s.connection(),
    "a bulk insert": lambda s, _: s.execute(insert(Family), [{"tenant_id": "zon", "id": "x", "name": "x"}]),
    "an insert": lambda s, _: s.execute(insert(Family).values(tenant_id="zon", id="x", name="x")),
    "a bulk update by key": lambda s, theirs: s.execute(
        update(Family), [{"tenant_id": "zon", "id": theirs, "name": "x"}]
    ),
    "an update of a table": lambda s, _: s.execute(update(TABLE).values(name="x")),
    "old bulk inserts": lambda s, _: s.bulk_insert_mappings(Family, [{"tenant_id": "zon", "id": "x", "name": "x"}]),
    "old bulk writes": lambda s, theirs: s.bulk_update_mappings(
        Family, [{"tenant_id": "zon", "id": theirs, "name": "x"}]
    ),
    "old bulk rows": lambda s, _: s.bulk_save_objects([Family(tenant_id="zon", id="x", name="x")]),
    "moving a row": lambda s, _: s.execute(update(Family).values(tenant_id="zon")),
    "moving a row by its column": lambda s, _: s.execute(update(Family).values({TABLE.c.tenant_id: "zon"})),
    "moving a row by a parameter": lambda s, _: s.execute(update(Family), {"tenant_id": "zon"}),
    "a piece of sql as a column": lambda s, _: s.execute(select(Child.id, text(RAW))),
    "a piece of sql as a literal": lambda s, _: s.execute(select(Child.id, literal_column(RAW))),
    "a piece of sql as an order": lambda s, _: s.execute(select(Child.id).order_by(text(RAW))),
    "a piece of sql as an operator": lambda s, _: s.execute(select(Child.id.op(f"|| {RAW} ||")(""))),
    "a piece of sql before": lambda s, _: s.execute(select(Child.id).prefix_with(f"{RAW},")),
    "a piece of sql behind": lambda s, _: s.execute(select(Child.id).suffix_with("UNION SELECT name FROM family")),
    "a piece of sql as a hint": lambda s, _: s.execute(
        select(Child.id).with_statement_hint("UNION SELECT name FROM family")
    ),
    "a piece of sql as a value": lambda s, _: s.execute(update(Child).values(last_name=text(RAW))),
    "a table beside rows": lambda s, _: s.execute(select(Child.id, TABLE.c.name)),
    "a table counted beside rows": lambda s, _: s.execute(select(func.count(Child.id)).select_from(Child, TABLE)),
    "a table by another name": lambda s, _: s.execute(select(Child.id, TABLE.alias().c.name)),
    "a table by its name only": lambda s, _: s.execute(select(Child.id, table("family", column("name")).c.name)),
    "a table joined": lambda s, _: s.execute(select(Child.id).join(TABLE, TABLE.c.name != Child.last_name)),
    "a table in a subselect": lambda s, _: s.execute(select(Child.id, select(TABLE.c.name).limit(1).scalar_subquery())),
    "a table in a from": lambda s, _: s.execute(select(Child.id, select(TABLE.c.name).subquery().c.name)),
    "a table in a with": lambda s, _: s.execute(select(Child.id, select(TABLE.c.name).cte().c.name)),
    "a table in a condition": lambda s, _: s.execute(select(Child.id).where(Child.last_name.in_(select(TABLE.c.name)))),
    "a table in an exists": lambda s, _: s.execute(select(Child.id).where(exists().where(TABLE.c.name == "Bos"))),
    "a table in a union": lambda s, _: s.execute(select(Family.name).union(select(TABLE.c.name))),
    "a class over a table": lambda s, _: s.execute(select(aliased(Family, select(TABLE).subquery()))),
    "a table as a value": lambda s, _: s.execute(
        update(Child).values(last_name=select(TABLE.c.name).limit(1).scalar_subquery())
    ),
    "a change by another table": lambda s, _: s.execute(update(Child).where(Family.name == "Bos").values(tone=1)),
    "a change through an alias": lambda s, _: s.execute(update(aliased(Family)).values(name="x")),
    "a deletion through an alias": lambda s, _: s.execute(delete(aliased(Child))),
    "a change inside a select": lambda s, _: s.execute(
        select(Child.id, delete(TABLE).returning(TABLE.c.name).cte().c.name)
    ),
    "another tenant said to the database": lambda s, _: s.execute(
        select(Child.id, func.set_config("app.tenant_id", "zon", True))
    ),
}


def is_refused(engine: Engine, way: str, theirs: str) -> bool:
    with tenant_session(engine, "maan", writing=True) as session:
        try:
            ESCAPES[way](session, theirs)
        except ForeignTenant:
            return True
        return False


def test_no_way_around_the_session_is_open(engine: Engine) -> None:
    family_of(engine, "maan")
    theirs, _ = family_of(engine, "zon")
    assert [way for way in ESCAPES if not is_refused(engine, way, theirs)] == []


HELD = {
    "a condition on another class": lambda: select(Child.id).where(Family.name == "Zon", Family.id != Child.id),
    "an exists": lambda: select(Child.id).where(exists().where(Family.name == "Zon")),
    "an exists of a select": lambda: select(Child.id).where(exists(select(Family.id).where(Family.name == "Zon"))),
    "a condition in a condition": lambda: select(Child.id).where(
        exists().where(Child.family_id == Family.id, exists().where(Guardian.name == "Zon"))
    ),
    "a subselect": lambda: select(select(Family.name).where(Family.name == "Zon").scalar_subquery()).select_from(Child),
    "a subselect in a from": lambda: select(select((Family.name + "!").label("n")).subquery().c.n),
    "a with": lambda: select(select(Family.name).cte().c.name),
    "an aggregate": lambda: select(func.max(Family.name)),
    "an aggregate in a subselect": lambda: select(select(func.max(Family.name)).scalar_subquery()).select_from(Child),
    "an alias": lambda: select(aliased(Family).name),
    "an alias of a table": lambda: select(aliased(Family, TABLE.alias()).name),
    "a join": lambda: select(Family.name).join(Child, Child.tone == 0),
    "an outer join": lambda: select(Family.name).select_from(Child).outerjoin(Family, Family.name != ""),
    "a bundle": lambda: select(Bundle("both", Family.name)),
    "a union": lambda: select(Family.name).union_all(select(Guardian.name)),
}


def test_what_is_not_refused_answers_the_same_whoever_else_is_there(superuser: Engine) -> None:
    """Past the wall of the database: here the guard stands alone."""

    def asked(tenant: str) -> dict[str, list[str]]:
        with tenant_session(superuser, tenant) as session:
            return {way: sorted(map(repr, session.execute(ask()).all())) for way, ask in HELD.items()}

    def with_guardian(tenant: str, name: str) -> None:
        family_id, _ = family_of(superuser, tenant, name)
        with tenant_session(superuser, tenant, writing=True) as session:
            session.add(Guardian(family_id=family_id, name=name, email="x"))
            session.commit()

    with_guardian("maan", "Maan")
    alone = asked("maan")
    with_guardian("zon", "Zon")
    assert asked("maan") == alone
    theirs = asked("zon")
    assert [way for way in HELD if theirs[way] in ([], alone[way])] == [], "every question has an answer"


def test_a_change_by_a_subselect_of_rows_sees_its_own_only(superuser: Engine) -> None:
    family_of(superuser, "maan", "Maan")
    family_of(superuser, "zon", "Zon")
    theirs = select(Family.id).where(Family.name == "Zon")
    with tenant_session(superuser, "maan", writing=True) as session:
        assert session.execute(update(Child).where(exists(theirs)).values(tone=9)).rowcount == 0  # type: ignore[attr-defined]
        assert session.execute(delete(Child).where(exists(theirs))).rowcount == 0  # type: ignore[attr-defined]
        assert session.execute(delete(Child).where(Child.last_name == "Zon")).rowcount == 0  # type: ignore[attr-defined]


def test_a_row_that_was_let_go_is_not_read_again_as_somebody_elses(engine: Engine) -> None:
    family_of(engine, "zon")
    with tenant_session(engine, "zon") as session:
        row = session.scalars(select(Family)).one()
    with tenant_session(engine, "maan") as session, pytest.raises(ForeignTenant):
        session.merge(row, load=False)
    with tenant_session(engine, "maan") as session, pytest.raises((ForeignTenant, InvalidRequestError)):
        session.refresh(row)


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
