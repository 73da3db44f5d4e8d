"""Postmen in processes of their own, which can be killed; and the control, which marks a mail as sent before it is."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Engine

from spelregel.notify import postman
from spelregel.notify.carriers import Carrier, Smtp
from spelregel.notify.postman import Postman
from spelregel.records import outbox
from spelregel.records.outbox import OutgoingMail, put_mail
from spelregel.settings import MailServer
from spelregel.storage.session import TenantSession, open_engine, tenant_session
from spelregel.tenancy.claims import Claim
from spelregel.tenancy.registry import FileState, Snapshot
from tests.conftest import tenant

LEASE = timedelta(seconds=3)
TWO = ("quadrant", "deroef")


def snapshot_of(*names: str) -> Snapshot:
    tenants = {tenant(name).subdomain: tenant(name) for name in names}
    states = {
        f"{each.slug}.yaml": FileState(f"{each.slug}.yaml", Claim("", each.subdomain, each.slug), None, None, ())
        for each in tenants.values()
    }
    return Snapshot(MappingProxyType(tenants), MappingProxyType(states))


SNAPSHOT = snapshot_of(*TWO)


def real_clock() -> datetime:
    return datetime.now(UTC)


def put(engine: Engine, number: int, name: str = "quadrant", **changed: object) -> list[str]:
    """So many mails in one transaction; their Message-IDs."""
    with tenant_session(engine, name, writing=True) as session:
        given = {
            "kind": "activation",
            "subject": "Welkom",
            "now": real_clock(),
            "base_domain": "portal.example",
        } | changed
        mails = [
            put_mail(session, **({"to": f"ouder{each}@example.org", "text": f"Dit is mail {each}."} | given))  # type: ignore[arg-type]
            for each in range(number)
        ]
        session.commit()
        return [mail.message_id for mail in mails]


def postman_with(
    engine: Engine, carrier: Carrier, sender: str = "portal@portal.example", lease: timedelta = LEASE
) -> Postman:
    return Postman(engine, carrier, sender, lambda: SNAPSHOT, real_clock, lease=lease)


def work(database: str, port: int, name: str, marks_first: bool) -> None:
    """Until it is killed. `name` is what it says HELO with."""
    if marks_first:
        postman.claim_mail = _claim_and_mark
    carrier = Smtp(MailServer("smtp", "127.0.0.1", port))
    postman_with(open_engine(database), carrier, f"portal@{name}").run(threading.Event())


def _claim_and_mark(session: TenantSession, now: datetime, lease: timedelta) -> OutgoingMail | None:
    mail = outbox.claim_mail(session, now, lease)
    if mail is not None:
        outbox.mark_sent(session, mail, now, keep_text=True)
    return mail
