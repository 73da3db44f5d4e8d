"""Private addresses at which a calendar fetches a family's days.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

from spelregel.storage.column_types import TENANT_ID
from spelregel.storage.walls import protect

revision = "0013"
down_revision = "0012"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=True),
        sa.Column("with_deadlines", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["account.tenant_id", "account.id"], name=op.f("fk_calendar_feed_account_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("tenant_id", "account_id", name=op.f("uq_calendar_feed_tenant_id_account_id")),
    )
    protect(op, "calendar_feed")
