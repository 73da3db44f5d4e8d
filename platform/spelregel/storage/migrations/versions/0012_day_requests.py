"""Requests for days with their bookings, places per group and day, and credit that is reserved for a request.

Revision ID: 0012
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from spelregel.storage.column_types import TENANT_ID
from spelregel.storage.walls import only_added_to, protect

revision = "0012"
down_revision = "0011"

ID = sa.String(length=32)
MOMENT = sa.DateTime(timezone=True)
ENTRIES = "entry IN ('earned','granted','reserved','released','spent','given_back','taken_back','lapsed','corrected')"
LIVE = sa.text("state IN ('awaiting','approved')")


def upgrade() -> None:
    op.add_column("care_group", sa.Column("places", sa.Integer(), nullable=True))
    op.add_column("contract", sa.Column("in_holidays", sa.Boolean(), server_default=sa.true(), nullable=False))
    _table(
        "group_shift",
        sa.Column("group_id", ID, nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        _refers("group_shift", "group_id", "care_group"),
        sa.CheckConstraint("staff > 0 AND starts < ends", name=op.f("ck_group_shift_somebody")),
    )
    _index("group_shift", "group_id")
    _table(
        "request_draft",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        _refers("request_draft", "account_id", "account"),
    )
    _index("request_draft", "account_id")
    _table(
        "day_request",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("submission", sa.String(64), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("by", sa.String(10), nullable=False),
        sa.Column("all_or_nothing", sa.Boolean(), nullable=False),
        sa.Column("is_period", sa.Boolean(), nullable=False),
        sa.Column("lapses_on", sa.Date(), nullable=True),
        sa.Column("remark", sa.String(1000), nullable=True),
        _refers("day_request", "account_id", "account"),
        sa.UniqueConstraint(
            "tenant_id", "account_id", "submission", name=op.f("uq_day_request_tenant_id_account_id_submission")
        ),
    )
    _table(
        "booking",
        sa.Column("request_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("decision_id", ID, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("care_type", sa.String(10), nullable=False),
        sa.Column("contract", sa.String(40), nullable=True),
        sa.Column("product", sa.String(40), nullable=True),
        sa.Column("location_key", sa.String(40), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("guaranteed", sa.Boolean(), nullable=False),
        sa.Column("beyond_limit", sa.Boolean(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("invoice_minutes", sa.Integer(), nullable=False),
        sa.Column("given_up_day", sa.Date(), nullable=True),
        sa.Column("given_up_starts", sa.Time(), nullable=True),
        sa.Column("given_up_ends", sa.Time(), nullable=True),
        sa.Column("judged_at", MOMENT, nullable=True),
        sa.Column("judged_by", ID, nullable=True),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ending_id", ID, nullable=True),
        sa.Column("follows", sa.String(20), nullable=True),
        _refers("booking", "request_id", "day_request"),
        _refers("booking", "child_id", "child"),
        _refers("booking", "group_id", "care_group"),
        _refers("booking", "decision_id", "decision"),
        _refers("booking", "ending_id", "decision"),
        _refers("booking", "judged_by", "account"),
        sa.CheckConstraint(
            "state IN ('awaiting','approved','rejected','lapsed','cancelled')", name=op.f("ck_booking_state")
        ),
        sa.CheckConstraint("starts < ends", name=op.f("ck_booking_forward")),
    )
    for columns in (("request_id",), ("child_id", "day"), ("group_id", "day"), ("state", "day")):
        _index("booking", *columns)
    op.create_index("ux_booking_daypart", "booking", ["tenant_id", "child_id", "day", "starts"], unique=True,
                    sqlite_where=LIVE, postgresql_where=LIVE)  # fmt: skip
    op.create_index("ux_booking_given_up", "booking", ["tenant_id", "child_id", "given_up_day", "given_up_starts"], unique=True,
                    sqlite_where=LIVE, postgresql_where=LIVE)  # fmt: skip
    _table(
        "place_count",
        sa.Column("group_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        _refers("place_count", "group_id", "care_group"),
        sa.UniqueConstraint(
            "tenant_id", "group_id", "day", "slot", name=op.f("uq_place_count_tenant_id_group_id_day_slot")
        ),
        sa.CheckConstraint("taken >= 0 AND taken <= places", name=op.f("ck_place_count_never_twice")),
    )
    _reserve_credit()
    protect(op, "group_shift", "request_draft", "day_request", "booking", "place_count")


def _reserve_credit() -> None:
    """The ledger learns two words, and for which booking an entry is."""
    dialect = op.get_bind().dialect.name
    with op.batch_alter_table("credit_ledger_entry") as ledger:
        ledger.add_column(sa.Column("booking_id", ID, nullable=True))
        ledger.create_foreign_key(
            op.f("fk_credit_ledger_entry_booking_id"), "booking", ["tenant_id", "booking_id"], ["tenant_id", "id"]
        )
        ledger.drop_constraint(op.f("ck_credit_ledger_entry_entry"), type_="check")
        ledger.create_check_constraint(op.f("ck_credit_ledger_entry_entry"), ENTRIES)
    _index("credit_ledger_entry", "booking_id")
    if dialect == "sqlite":  # the table was made anew, and its triggers went with the old one
        for statement in only_added_to("credit_ledger_entry", dialect):
            op.execute(statement)
        op.execute(
            "CREATE TRIGGER credit_ledger_entry_counts AFTER INSERT ON credit_ledger_entry BEGIN "
            "UPDATE credit_portion SET remaining = remaining + NEW.sixtieths "
            "WHERE tenant_id = NEW.tenant_id AND id = NEW.portion_id; END"
        )


def _table(name: str, *columns: sa.Column[Any] | sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_tenant_id_{'_'.join(columns)}"), table, ["tenant_id", *columns])
