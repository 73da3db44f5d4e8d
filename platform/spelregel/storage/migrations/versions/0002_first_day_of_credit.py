"""From which day a portion of credit can be used: rules may let it be used before the missed day.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("credit_portion", sa.Column("usable_from", sa.Date(), nullable=True))
