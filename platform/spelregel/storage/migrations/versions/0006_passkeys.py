"""Passkeys, and the riddles set for them.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

from spelregel.storage.column_types import TENANT_ID
from spelregel.storage.walls import protect

revision = "0006"
down_revision = "0005"

ID = sa.String(length=32)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("credential_id", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["account.tenant_id", "account.id"], name=op.f("fk_passkey_account_id")
        ),
        sa.UniqueConstraint("tenant_id", "credential_id", name=op.f("uq_passkey_tenant_id_credential_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_passkey")),
    )
    op.create_index(op.f("ix_passkey_tenant_id_account_id"), "passkey", ["tenant_id", "account_id"])
    op.create_table(
        "passkey_riddle",
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["account.tenant_id", "account.id"], name=op.f("fk_passkey_riddle_account_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_passkey_riddle")),
    )
    op.create_index(op.f("ix_passkey_riddle_tenant_id_ends_at"), "passkey_riddle", ["tenant_id", "ends_at"])
    protect(op, "passkey", "passkey_riddle")
