"""Invented rows for every table of a tenant, made from the tables themselves: a new table is in every test of the walls
from its first day. What a table demands beyond types, references and lists stands in ASKED_FOR."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Connection, Engine, Table, insert

from spelregel.storage.model_base import Base, TenantRow

#: Per table the columns that may be empty and that one of its CHECKs asks for; `x IN ('a', …)` is found by itself.
ASKED_FOR: dict[str, set[str]] = {"account": {"guardian_id"}}


def tenant_tables() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if "tenant_id" in table.columns]


def class_of(table: Table) -> type[TenantRow]:
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table)


def a_row(table: Table, tenant: str, label: str = "a") -> dict[str, Any]:
    """`label` makes a second row differ from the first in everything; it refers to the rows of its own label."""
    references = {
        element.parent.name: f"{label}-{tenant}-{element.column.table.name}"[:32]
        for constraint in table.foreign_key_constraints
        for element in constraint.elements
        if element.parent.name != "tenant_id"
    }
    row: dict[str, Any] = {"tenant_id": tenant, "id": f"{label}-{tenant}-{table.name}"[:32]}
    for column in table.columns:
        if column.name not in row and (not column.nullable or column.name in ASKED_FOR.get(table.name, ())):
            row[column.name] = references.get(column.name) or _value(table, column, label)
    return row


def _value(table: Table, column: Column[Any], label: str) -> Any:
    for check in table.constraints:
        if isinstance(check, CheckConstraint) and (
            listed := re.search(rf"\b{column.name} IN \(\s*'([^']+)'", str(check.sqltext), re.I)
        ):
            return listed[1]
    if isinstance(column.type, JSON):
        return {}
    kind = getattr(column.type, "impl", column.type).python_type
    if kind is str:
        return f"{label}{column.name}"[: getattr(column.type, "length", None) or 40]
    number = ord(label) - ord("a") + 1
    values = {
        datetime: datetime(2026, 12, number, 8, 29, tzinfo=UTC),
        date: date(2026, 12, number),
        time: time(8 + number, 30 if column.name.endswith("ends") else 0),
        int: number,
        bool: True,
        bytes: label.encode(),
        float: float(number),
    }
    return values[kind]


def fill(engine: Engine, *tenants: str) -> None:
    """One row in every table for each of them, past every wall."""
    with engine.execution_options(writing=True).begin() as connection:
        for tenant in tenants:
            for table in tenant_tables():
                connection.execute(insert(table).values(a_row(table, tenant)))


def whose(connection: Connection, table: Table) -> list[str]:
    return sorted(connection.exec_driver_sql(f'SELECT tenant_id FROM "{table.name}"').scalars())
