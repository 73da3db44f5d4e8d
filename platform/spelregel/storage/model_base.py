"""The base of every table: its key starts with the tenant, and so does every reference and every unique."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import ForeignKeyConstraint, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from spelregel.storage.column_types import TENANT_ID

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_1_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class TenantRow(Base):
    """A row of one tenant. Ids are random (128 bits), made here: a composite key has no counter."""

    __abstract__ = True

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=lambda: secrets.token_hex(16))


def refers_to(column: str, table: str) -> ForeignKeyConstraint:
    """(tenant_id, column) -> table (tenant_id, id): a row cannot point into another tenant."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def id_column(*, nullable: bool = False) -> Any:
    return mapped_column(String(32), nullable=nullable)
