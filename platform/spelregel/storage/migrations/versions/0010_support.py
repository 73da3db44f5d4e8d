"""Support's visits to a moment (test and demo), and the codes that stand under a refusal.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

from spelregel.storage.column_types import TENANT_ID
from spelregel.storage.walls import protect

revision = "0010"
down_revision = "0009"

ID = sa.String(length=32)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "support_visit",
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("next_path", sa.String(400), nullable=False),
        sa.Column("ticket_hash", sa.String(64), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=True),
        sa.Column("word_hash", sa.String(64), nullable=True),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_support_visit_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_support_visit")),
    )
    for column in ("ticket_hash", "word_hash"):
        op.create_index(op.f(f"ix_support_visit_tenant_id_{column}"), "support_visit", ["tenant_id", column])
    op.create_table(
        "support_code",
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("sight", sa.String(64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("decision_id", ID, nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_support_code")),
        sa.UniqueConstraint("tenant_id", "sight", name=op.f("uq_support_code_tenant_id_sight")),
    )
    op.create_index(op.f("ix_support_code_tenant_id_made_at"), "support_code", ["tenant_id", "made_at"])
    protect(op, "support_visit", "support_code")
