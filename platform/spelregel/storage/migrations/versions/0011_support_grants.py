"""Looks that an administrator grants to support, and the page in the audit of such a look.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

from spelregel.storage.column_types import TENANT_ID
from spelregel.storage.walls import protect

revision = "0011"
down_revision = "0010"

ID = sa.String(length=32)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "support_grant",
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("granted_by", ID, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("word_hash", sa.String(64), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", ID, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                ["account.tenant_id", "account.id"],
                name=op.f(f"fk_support_grant_{column}"),
            )
            for column in ("account_id", "granted_by", "ended_by")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_support_grant")),
    )
    for column in ("secret_hash", "word_hash", "granted_at"):
        op.create_index(op.f(f"ix_support_grant_tenant_id_{column}"), "support_grant", ["tenant_id", column])
    op.add_column("audit_entry", sa.Column("path", sa.String(200), nullable=True))
    protect(op, "support_grant")
