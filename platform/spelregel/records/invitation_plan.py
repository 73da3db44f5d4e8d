"""When a new person is invited: guardians so long before their child's first day as the organisation says, staff at once."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy import ColumnElement, func, select

from spelregel.records.accounts import Account
from spelregel.records.family import Custody
from spelregel.records.one_time_links import OneTimeLink
from spelregel.records.placements import Contract
from spelregel.rules.invitations import invitation_due
from spelregel.rules.phrases import Lead
from spelregel.storage.session import TenantSession

AT_A_TIME = 100


def plan_invitation(session: TenantSession, account: Account, lead: Lead, zone: tzinfo, now: datetime) -> None:
    """After an account is made, and after a contract of one of its children is made or moved. As often as wanted: who is
    active, closed or invited already stays so. A guardian without a child that has a contract is not invited yet."""
    if account.password_hash is not None or account.disabled_at is not None or _was_invited(session, account.id):
        return
    if account.guardian_id is None:
        account.invite_at = now
        return
    first_day = session.scalars(
        select(func.min(Contract.starts_on))
        .join(Custody, (Custody.child_id == Contract.child_id) & (Custody.tenant_id == Contract.tenant_id))
        .where(Custody.guardian_id == account.guardian_id, Custody.barred_at.is_(None))
    ).one()
    account.invite_at = invitation_due(lead, first_day, zone, now) if first_day else None


def plan_invitations_of_child(session: TenantSession, child_id: str, lead: Lead, zone: tzinfo, now: datetime) -> None:
    """After a contract of this child is made or moved, or a guardian is added or no longer barred."""
    accounts = (
        select(Account)
        .join(Custody, (Custody.guardian_id == Account.guardian_id) & (Custody.tenant_id == Account.tenant_id))
        .where(Custody.child_id == child_id)
        .order_by(Account.id)
    )
    for account in session.scalars(accounts):
        plan_invitation(session, account, lead, zone, now)


def _was_invited(session: TenantSession, account_id: str) -> bool:
    link = select(OneTimeLink.id).where(OneTimeLink.account_id == account_id, OneTimeLink.purpose == "activate")
    return session.scalars(link.limit(1)).first() is not None


def invitations_wait(session: TenantSession, now: datetime) -> bool:
    return session.scalars(select(Account.id).where(*_due(now)).limit(1)).first() is not None


def take_due(session: TenantSession, now: datetime) -> list[Account]:
    """Locked until the caller commits: who takes at the same time gets others, or none."""
    due = select(Account).where(*_due(now)).order_by(Account.invite_at, Account.id).limit(AT_A_TIME)
    return list(session.scalars(due.with_for_update(skip_locked=True).execution_options(populate_existing=True)))


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Account.invite_at <= now, Account.password_hash.is_(None), Account.disabled_at.is_(None)
