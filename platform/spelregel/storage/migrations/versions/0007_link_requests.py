"""Who asked for a new link by a user name.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

from spelregel.storage.column_types import TENANT_ID
from spelregel.storage.walls import protect

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "link_request",
        sa.Column("username", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_link_request")),
    )
    protect(op, "link_request")
