"""The wall of PostgreSQL around the rows of each tenant, and the rights of the web role.

Revision ID: 0003
"""

from alembic import op

from spelregel.storage.column_types import TENANT_ID
from spelregel.storage.walls import CHANGING, READING, protect, share

revision = "0003"
down_revision = "0002"

TABLES = ("family", "location", "care_group", "child", "guardian", "account", "contract", "absence_draft", "absence_report",
          "contract_daypart", "login_session", "absence", "credit_portion")  # fmt: skip
APPEND_ONLY = ("credit_ledger_entry", "decision", "tenant_file")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in (*TABLES, *APPEND_ONLY):  # before the policy: a column that a policy speaks of keeps its type
            op.alter_column(table, "tenant_id", type_=TENANT_ID, existing_nullable=False)
    protect(op, *TABLES, append_only=APPEND_ONLY)
    share(op, "live_file", CHANGING)
    share(op, "alembic_version", READING)
