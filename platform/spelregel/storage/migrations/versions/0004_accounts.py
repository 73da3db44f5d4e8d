"""Accounts of guardians and staff: custody, employments, sessions, links that work once, guesses, consents, the audit.

Sessions from before end: whoever was logged in logs in once more.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

from spelregel.storage.column_types import TENANT_ID
from spelregel.storage.walls import lifted, protect

revision = "0004"
down_revision = "0003"

ID = sa.String(length=32)
MOMENT = sa.DateTime(timezone=True)

TABLES = ("employee", "employment", "custody", "login_session", "one_time_link", "known_device", "guess")
APPEND_ONLY = ("audit_entry", "consent_answer")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{to}.tenant_id", f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _table(name: str, *columns: sa.schema.SchemaItem, id_type: sa.types.TypeEngine[str] = ID) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", TENANT_ID, nullable=False),
        sa.Column("id", id_type, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)


def upgrade() -> None:
    _table("employee", sa.Column("name", sa.String(80), nullable=False), sa.Column("email", sa.String(200), nullable=False))  # fmt: skip
    _table(
        "employment",
        sa.Column("employee_id", ID, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("location_id", ID, nullable=True),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        _refers("employment", "employee_id", "employee"),
        _refers("employment", "location_id", "location"),
        _refers("employment", "group_id", "care_group"),
    )
    _index("employment", "tenant_id", "employee_id")

    with op.batch_alter_table("guardian") as guardian:
        guardian.add_column(sa.Column("phone", sa.String(40), nullable=True))
        guardian.add_column(sa.Column("address", sa.String(200), nullable=True))
        guardian.add_column(sa.Column("bank_account", sa.String(34), nullable=True))
        guardian.add_column(sa.Column("remarks", sa.String(1000), nullable=True))
    with op.batch_alter_table("child") as child:
        child.add_column(sa.Column("mentor_id", ID, nullable=True))
        child.create_foreign_key(
            op.f("fk_child_mentor_id"), "employee", ["tenant_id", "mentor_id"], ["tenant_id", "id"]
        )
    _table(
        "custody",
        sa.Column("guardian_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("barred_at", MOMENT, nullable=True),
        _refers("custody", "guardian_id", "guardian"),
        _refers("custody", "child_id", "child"),
        sa.UniqueConstraint(
            "tenant_id", "guardian_id", "child_id", name=op.f("uq_custody_tenant_id_guardian_id_child_id")
        ),
    )
    _index("custody", "tenant_id", "child_id")
    with lifted(op, "guardian", "child"):  # until now the guardians of a family were the guardians of its children
        op.execute(
            "INSERT INTO custody (tenant_id, id, guardian_id, child_id) "
            "SELECT g.tenant_id, substr(g.id, 1, 16) || substr(c.id, 1, 16), g.id, c.id "
            "FROM guardian g JOIN child c ON c.tenant_id = g.tenant_id AND c.family_id = g.family_id"
        )

    op.drop_table("login_session")
    with op.batch_alter_table("account") as account:
        account.alter_column("guardian_id", existing_type=ID, nullable=True)
        account.alter_column("password_hash", existing_type=sa.String(200), nullable=True)
        account.add_column(sa.Column("employee_id", ID, nullable=True))
        account.add_column(sa.Column("invite_at", MOMENT, nullable=True))
        account.add_column(sa.Column("activated_at", MOMENT, nullable=True))
        account.add_column(sa.Column("disabled_at", MOMENT, nullable=True))
        account.add_column(sa.Column("totp_secret", sa.String(64), nullable=True))
        account.add_column(sa.Column("totp_step", sa.Integer(), nullable=True))
        account.drop_column("role")
        account.drop_constraint(op.f("uq_account_tenant_id_username"), type_="unique")
        account.create_unique_constraint(op.f("uq_account_tenant_id_guardian_id"), ["tenant_id", "guardian_id"])
        account.create_unique_constraint(op.f("uq_account_tenant_id_employee_id"), ["tenant_id", "employee_id"])
        account.create_foreign_key(
            op.f("fk_account_employee_id"), "employee", ["tenant_id", "employee_id"], ["tenant_id", "id"]
        )
        account.create_check_constraint(op.f("ck_account_one_person"), "(guardian_id IS NULL) <> (employee_id IS NULL)")
    _index("account", "tenant_id", "username")

    _table(
        "login_session",
        sa.Column("word_hash", sa.String(64), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("chosen_at", MOMENT, nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("proof", sa.String(12), nullable=False),
        sa.Column("waits_for_proof", sa.Boolean(), nullable=False),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("idle_minutes", sa.Integer(), nullable=True),
        sa.Column("tablet_id", ID, nullable=True),
        _refers("login_session", "account_id", "account"),
    )
    _index("login_session", "tenant_id", "word_hash")
    _index("login_session", "tenant_id", "account_id")
    _table(
        "one_time_link",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("value", sa.String(200), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        _refers("one_time_link", "account_id", "account"),
        id_type=sa.String(64),
    )
    _index("one_time_link", "tenant_id", "account_id")
    _table(
        "known_device",
        sa.Column("word_hash", sa.String(64), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        _refers("known_device", "account_id", "account"),
    )
    _index("known_device", "tenant_id", "word_hash")
    _table("guess", sa.Column("subject", sa.String(64), nullable=False), sa.Column("at", MOMENT, nullable=False))
    _index("guess", "tenant_id", "subject", "at")
    _table(
        "consent_answer",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=True),
        sa.Column("consent", sa.String(40), nullable=False),
        sa.Column("choice", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _refers("consent_answer", "account_id", "account"),
        _refers("consent_answer", "child_id", "child"),
    )
    _index("consent_answer", "tenant_id", "account_id")
    _table(
        "audit_entry",
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("through", sa.String(12), nullable=False),
        sa.Column("address", sa.String(64), nullable=True),
        sa.Column("request_id", ID, nullable=True),
        sa.Column("about", sa.String(20), nullable=True),
        sa.Column("about_id", sa.String(64), nullable=True),
        sa.Column("child_id", ID, nullable=True),
    )
    _index("audit_entry", "tenant_id", "at")
    _index("audit_entry", "tenant_id", "child_id")

    protect(op, *TABLES, append_only=APPEND_ONLY)
