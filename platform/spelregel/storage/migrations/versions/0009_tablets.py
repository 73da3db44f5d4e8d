"""Tablets that a group shares, the codes by which they are paired, and the PINs of employees.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

from spelregel.storage.column_types import TENANT_ID
from spelregel.storage.walls import protect

revision = "0009"
down_revision = "0008"

ID = sa.String(length=32)
MOMENT = sa.DateTime(timezone=True)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{to}.tenant_id", f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _of_a_place(table: str, id_type: sa.types.TypeEngine[str], *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", id_type, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("location_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=True),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
        _refers(table, "location_id", "location"),
        _refers(table, "group_id", "care_group"),
    )


def upgrade() -> None:
    _of_a_place(
        "tablet",
        ID,
        sa.Column("word_hash", sa.String(64), nullable=False),
        sa.Column("paired_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
    )
    op.create_index(op.f("ix_tablet_tenant_id_word_hash"), "tablet", ["tenant_id", "word_hash"], unique=False)
    _of_a_place(
        "pairing_code",
        sa.String(64),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
    )
    op.add_column("account", sa.Column("pin_hash", sa.String(200), nullable=True))
    op.add_column("account", sa.Column("pin_misses", sa.Integer(), nullable=False, server_default="0"))
    protect(op, "tablet", "pairing_code")
