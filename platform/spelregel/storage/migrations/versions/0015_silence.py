"""What it means for a request when nobody answers in time, as the rules said when it was sent.

Revision ID: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("booking", sa.Column("silence", sa.String(10), nullable=True))
