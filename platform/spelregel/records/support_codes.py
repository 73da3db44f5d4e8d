"""Every refusal that somebody read can be looked up again: a short code names the facts and the rules that it came from.

The first two signs follow from the organisation, so that a desk knows where to look; six are chance. Of a decision that was
acted on the code leads to its record; of one that was only read ahead it keeps the facts and the text that decided.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import JSON, Engine, Index, String, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.records.decisions import DecisionRecord, keep_text, tenant_of_version
from spelregel.rules.decision import Decision
from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import TenantRow, id_column
from spelregel.storage.session import AWAY, OnlyLooking, TenantSession, tenant_session
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.judging import ACTED_AT, Judgement, judge
from spelregel.tenancy.tenant import Tenant

log = logging.getLogger("spelregel")
TRIES: Final = 3
#: No I, L, O and U: nothing that is read aloud or copied by hand can be taken for something else.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KEPT: Final = timedelta(days=90)
_MISREAD: Final = str.maketrans("ILO", "110")


class SupportCode(TenantRow):
    """`id` is the code. `sight`: whose refusal of what, so that the same one keeps its code while it is read again.
    `decision_id`: of the record, where there is one; else `facts` are what decided, by the file with this `digest`."""

    __tablename__ = "support_code"
    __table_args__ = (UniqueConstraint("tenant_id", "sight"), Index(None, "tenant_id", "made_at"))
    sight: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    account_id: Mapped[str | None] = id_column(nullable=True)
    decision_id: Mapped[str | None] = id_column(nullable=True)
    digest: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What somebody reads that they cannot do or do not get. `record`: where it was acted on."""

    facts: Mapping[str, Any]
    decision: Decision
    record: DecisionRecord | None = None

    @property
    def refuses(self) -> bool:
        """Also what waits for a person to decide: it is not given now."""
        return self.decision.decided_by is not None


def signs_of(tenant: str) -> str:
    """The first two signs of an organisation's codes."""
    number = int.from_bytes(hashlib.sha256(f"support code {tenant}".encode()).digest()[:2], "big") % 1024
    return ALPHABET[number // 32] + ALPHABET[number % 32]


def as_shown(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def as_kept(typed: str) -> str | None:
    """However it was copied; None when it is no code."""
    plain = re.sub(r"[\s-]", "", typed).upper().translate(_MISREAD)
    return plain if re.fullmatch(f"[{ALPHABET}]{{8}}", plain) else None


def sight_of(account_id: str | None, digest: str, refusal: Refusal) -> str:
    """The minute at which it was asked is no part of it: who reads the page again a minute later has the same question."""
    if refusal.record is not None:
        told: object = ("record", refusal.record.id)
    else:
        lasting = {key: value for key, value in refusal.facts.items() if key not in ACTED_AT}
        told = (digest, lasting, refusal.decision.outcome, refusal.decision.reason)
    return hashlib.sha256(json.dumps([account_id, told], sort_keys=True, default=str).encode()).hexdigest()


def known_codes(session: TenantSession, sights: Sequence[str]) -> dict[str, str]:
    found = select(SupportCode.sight, SupportCode.id).where(SupportCode.sight.in_(sights))
    return {row[0]: row[1] for row in session.execute(found)}


def make_codes(
    session: TenantSession, tenant: Tenant, account_id: str | None, refusals: Mapping[str, Refusal], now: datetime
) -> dict[str, str]:
    """By sight; in a session that writes, of its own. `now` is the real time, also where somebody visits another moment."""
    session.execute(delete(SupportCode).where(SupportCode.made_at < now - KEPT))
    digest, made = tenant.rulebook.digest, {}
    for sight, refusal in refusals.items():
        code = signs_of(tenant.slug) + "".join(secrets.choice(ALPHABET) for _ in range(6))
        record = refusal.record
        session.add(
            SupportCode(id=code, sight=sight, made_at=now, account_id=account_id, decision_id=record.id if record else None,
                        digest=record.digest if record else digest, facts=None if record else dict(refusal.facts))
        )  # fmt: skip
        made[sight] = code
    if any(refusal.record is None for refusal in refusals.values()):
        keep_text(session, tenant, now)
    return made


def codes_for(
    engine: Engine, tenant: Tenant, account_id: str | None, refusals: Sequence[Refusal], now: datetime
) -> list[str | None]:
    """In the order of the refusals: the code that each has already, or a new one. In sessions of its own, so that a page
    that only reads need not write; None where that cannot be done now."""
    sights = [sight_of(account_id, tenant.rulebook.digest, each) for each in refusals]
    if not sights:
        return []
    known: dict[str, str] = {}
    for _attempt in range(TRIES):
        try:
            with tenant_session(engine, tenant.slug) as reading:
                known = known_codes(reading, sights)
            new = {sight: each for sight, each in zip(sights, refusals, strict=True) if sight not in known}
            if not new:
                break
            with tenant_session(engine, tenant.slug, writing=True) as writing:
                known |= make_codes(writing, tenant, account_id, new, now)
                writing.commit()
            break
        except IntegrityError:  # the same page was read twice at once, or chance gave a code twice: look again
            known = {}
        except OnlyLooking:  # support looks along: it sees the codes that the person saw, and makes none
            break
        except AWAY:
            log.warning("codes for support could not be kept")
            known = {}
            break
    return [known.get(sight) for sight in sights]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A refusal as it was: by the facts and the rules of then. `judgement` None: those rules cannot be read any more."""

    code: SupportCode
    facts: Mapping[str, Any]
    record: DecisionRecord | None
    tenant: Tenant | None
    judgement: Judgement | None


def find_frozen(session: TenantSession, code: str, live: Tenant) -> Frozen | None:
    found = session.get(SupportCode, (session.tenant, code))
    if found is None:
        return None
    record = session.get(DecisionRecord, (session.tenant, found.decision_id)) if found.decision_id else None
    facts = record.facts if record else found.facts or {}
    tenant = live if live.rulebook.digest == found.digest else tenant_of_version(session, found.digest)
    return Frozen(found, facts, record, tenant, judge(reading_of(tenant), facts) if tenant else None)
