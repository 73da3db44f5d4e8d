"""Who signed for a request that staff entered from a list, and why a booking was cancelled for a family.

Revision ID: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    with op.batch_alter_table("day_request") as request:
        request.add_column(sa.Column("signed_by", sa.String(length=32), nullable=True))
        request.add_column(sa.Column("signed_on", sa.Date(), nullable=True))
        request.add_column(sa.Column("signed_how", sa.String(10), nullable=True))
        request.create_foreign_key(
            op.f("fk_day_request_signed_by"), "guardian", ["tenant_id", "signed_by"], ["tenant_id", "id"]
        )
    op.add_column("booking", sa.Column("ending_reason", sa.String(500), nullable=True))
