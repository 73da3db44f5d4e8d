"""The first tables: families, contracts, absences, the credit ledger, decisions. Keys start with the tenant.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

#: Written once and read for ever: the database itself refuses to change or remove a row.
APPEND_ONLY = ("credit_ledger_entry", "decision", "tenant_file")


def upgrade() -> None:
    op.create_table(
        "live_file",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("live_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_live_file")),
    )
    op.create_table(
        "decision",
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("trace", sa.JSON(), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_decision")),
    )
    op.create_table(
        "family",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_family")),
    )
    op.create_table(
        "location",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rule_key", sa.String(length=40), nullable=True),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_location")),
    )
    op.create_table(
        "tenant_file",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=400), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tenant_file")),
    )
    op.create_table(
        "care_group",
        sa.Column("location_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"], ["location.tenant_id", "location.id"], name=op.f("fk_care_group_location_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_care_group")),
    )
    op.create_table(
        "child",
        sa.Column("family_id", sa.String(length=32), nullable=False),
        sa.Column("first_name", sa.String(length=60), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("tone", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "family_id"], ["family.tenant_id", "family.id"], name=op.f("fk_child_family_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_child")),
    )
    op.create_index(op.f("ix_child_tenant_id_family_id"), "child", ["tenant_id", "family_id"], unique=False)
    op.create_table(
        "guardian",
        sa.Column("family_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "family_id"], ["family.tenant_id", "family.id"], name=op.f("fk_guardian_family_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_guardian")),
    )
    op.create_table(
        "account",
        sa.Column("guardian_id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "guardian_id"], ["guardian.tenant_id", "guardian.id"], name=op.f("fk_account_guardian_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account")),
        sa.UniqueConstraint("tenant_id", "username", name=op.f("uq_account_tenant_id_username")),
    )
    op.create_table(
        "contract",
        sa.Column("child_id", sa.String(length=32), nullable=False),
        sa.Column("care_type", sa.String(length=10), nullable=False),
        sa.Column("rule_key", sa.String(length=40), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "child_id"], ["child.tenant_id", "child.id"], name=op.f("fk_contract_child_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract")),
    )
    op.create_index(op.f("ix_contract_tenant_id_child_id"), "contract", ["tenant_id", "child_id"], unique=False)
    op.create_table(
        "absence_draft",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("dayparts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["account.tenant_id", "account.id"], name=op.f("fk_absence_draft_account_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_absence_draft")),
    )
    op.create_index(op.f("ix_absence_draft_tenant_id_account_id"), "absence_draft", ["tenant_id", "account_id"])
    op.create_table(
        "absence_report",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["account.tenant_id", "account.id"], name=op.f("fk_absence_report_account_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_absence_report")),
        sa.UniqueConstraint(
            "tenant_id", "account_id", "submission", name=op.f("uq_absence_report_tenant_id_account_id_submission")
        ),
    )
    op.create_table(
        "contract_daypart",
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_contract_daypart_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["care_group.tenant_id", "care_group.id"],
            name=op.f("fk_contract_daypart_group_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract_daypart")),
    )
    op.create_index(
        op.f("ix_contract_daypart_tenant_id_contract_id"),
        "contract_daypart",
        ["tenant_id", "contract_id"],
        unique=False,
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["account.tenant_id", "account.id"], name=op.f("fk_login_session_account_id")
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_login_session")),
    )
    op.create_table(
        "absence",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("child_id", sa.String(length=32), nullable=False),
        sa.Column("decision_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("care_type", sa.String(length=10), nullable=False),
        sa.Column("contract", sa.String(length=40), nullable=True),
        sa.Column("location_key", sa.String(length=40), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_id", sa.String(length=32), nullable=True),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "child_id"], ["child.tenant_id", "child.id"], name=op.f("fk_absence_child_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decision_id"], ["decision.tenant_id", "decision.id"], name=op.f("fk_absence_decision_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "report_id"],
            ["absence_report.tenant_id", "absence_report.id"],
            name=op.f("fk_absence_report_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "withdrawal_id"], ["decision.tenant_id", "decision.id"], name=op.f("fk_absence_withdrawal_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_tenant_id_report_id"), "absence", ["tenant_id", "report_id"], unique=False)
    op.create_index(
        "ux_absence_daypart",
        "absence",
        ["tenant_id", "child_id", "day", "starts"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "credit_portion",
        sa.Column("child_id", sa.String(length=32), nullable=False),
        sa.Column("absence_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("care_type", sa.String(length=10), nullable=True),
        sa.Column("contract", sa.String(length=40), nullable=True),
        sa.Column("earned_for", sa.Date(), nullable=False),
        sa.Column("earned_on_kind", sa.String(length=20), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("remaining", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_credit_portion_not_overspent")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "absence_id"], ["absence.tenant_id", "absence.id"], name=op.f("fk_credit_portion_absence_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "child_id"], ["child.tenant_id", "child.id"], name=op.f("fk_credit_portion_child_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_portion")),
    )
    op.create_index(
        op.f("ix_credit_portion_tenant_id_child_id"), "credit_portion", ["tenant_id", "child_id"], unique=False
    )
    op.create_table(
        "credit_ledger_entry",
        sa.Column("portion_id", sa.String(length=32), nullable=False),
        sa.Column("entry", sa.String(length=12), nullable=False),
        sa.Column("sixtieths", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about", sa.Date(), nullable=True),
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "entry IN ('earned','granted','spent','given_back','taken_back','lapsed','corrected')",
            name=op.f("ck_credit_ledger_entry_entry"),
        ),
        sa.CheckConstraint("sixtieths <> 0", name=op.f("ck_credit_ledger_entry_moves_something")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "portion_id"],
            ["credit_portion.tenant_id", "credit_portion.id"],
            name=op.f("fk_credit_ledger_entry_portion_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_ledger_entry")),
    )
    op.create_index(
        op.f("ix_credit_ledger_entry_tenant_id_portion_id"),
        "credit_ledger_entry",
        ["tenant_id", "portion_id"],
        unique=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        "CREATE TRIGGER credit_ledger_entry_counts AFTER INSERT ON credit_ledger_entry BEGIN "
        "UPDATE credit_portion SET remaining = remaining + NEW.sixtieths "
        "WHERE tenant_id = NEW.tenant_id AND id = NEW.portion_id; END"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE FUNCTION count_credit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE credit_portion SET remaining = remaining + NEW.sixtieths "
        "WHERE tenant_id = NEW.tenant_id AND id = NEW.portion_id; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER credit_ledger_entry_counts AFTER INSERT ON credit_ledger_entry "
        "FOR EACH ROW EXECUTE FUNCTION count_credit()"
    )
