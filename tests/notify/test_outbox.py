"""A mail is written with the change that it tells of, or not at all; nothing in it can become a header."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from spelregel.notify.carriers import Folder
from spelregel.notify.letter import letter
from spelregel.records.family import Family
from spelregel.records.outbox import (
    KEPT,
    MailRefused,
    OutgoingMail,
    checked_address,
    checked_subject,
    count_mail,
    list_mail,
    put_mail,
)
from spelregel.storage.session import TenantSession, open_engine, tenant_session
from tests.conftest import PROVE, Clock, tenant
from tests.notify.workers import postman_with, put

GIVEN: dict[str, Any] = {"kind": "activation", "to": "sanne@example.org", "subject": "Welkom bij Quadrant", "text": "Hoi,\n\nhttp://x.example/a\n",
                         "base_domain": "portal.example"}  # fmt: skip


def write(session: TenantSession, clock: Clock, **changed: Any) -> OutgoingMail:
    return put_mail(session, **(GIVEN | {"now": clock()} | changed))


def test_a_change_and_its_mail_are_there_together_or_not_at_all(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        session.add(Family(name="Bos"))
        write(session, clock)
        session.rollback()
    with tenant_session(engine, "quadrant") as session:
        assert (session.scalars(select(Family)).all(), list_mail(session, 9)) == ([], [])
    with tenant_session(engine, "quadrant", writing=True) as session:
        session.add(Family(name="Bos"))
        write(session, clock)
        session.commit()
    with tenant_session(engine, "quadrant") as session:
        assert [family.name for family in session.scalars(select(Family))] == ["Bos"]
        assert [mail.to_address for mail in list_mail(session, 9)] == ["sanne@example.org"]


def test_a_postman_does_not_see_a_mail_before_its_change_is_there(
    engine: Engine, database_url: str, clock: Clock, tmp_path: Path
) -> None:
    other = open_engine(database_url)
    postman = postman_with(other, Folder(tmp_path / "mail"))
    assert postman.round().tried == 0
    with tenant_session(engine, "quadrant", writing=True) as session:
        write(session, clock)
        session.flush()
        assert postman.round().tried == 0
        session.commit()
    assert postman.round().sent == 1
    other.dispose()


BAD_ADDRESSES = [
    "", " ", "sanne", "@example.org", "sanne@", "sanne@example", "sanne@@example.org", "sanne@example.org\nBcc: all@example.org",
    "sanne@example.org\r\nBcc: x@example.org", "sanne\n@example.org", "sanne@exam\rple.org", "sanne@example.org,all@example.org",
    "sanne@example.org;all@example.org", "sanne@example.org all@example.org", "Sanne <sanne@example.org>", "<sanne@example.org>",
    "sanne@example.org>", '"sanne"@example.org', "sanne(x)@example.org", "sanne@[127.0.0.1]", "sanne@example..org", "sanne@-example.org",
    "sanne@example.org.", ".sanne@example.org", "sanne.@example.org", "san..ne@example.org", "sanne@example.org\x00", "sanne\x00@example.org",
    "sanne@example.org\u2028x", "sänne@example.org", "sanne@example.org\t", "sanne@exa mple.org", "a" * 65 + "@example.org",
    "sanne@" + "a" * 64 + ".org", "sanne@" + "abc." * 70 + "org", "sanne@\udcff.org", "sanne@xn--\u00e9.org", "sanne@example.org%0aBcc:x@y.org",
    "=?utf-8?q?=0d=0aBcc?=@example.org",
]  # fmt: skip


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_what_is_not_one_plain_address_is_refused(address: str) -> None:
    with pytest.raises(MailRefused, match="not an e-mail address"):
        checked_address(address)


def test_an_ordinary_address_is_taken_as_it_is() -> None:
    for address in ("sanne@example.org", "Sanne.de-Vries+portaal@mail.example.co", "o'neil@example.org", "1@2.nl"):
        assert checked_address(f" {address} ") == address
    assert checked_address("sanne@café.nl") == "sanne@xn--caf-dma.nl"


@pytest.mark.parametrize(
    "subject", ["", "  ", "Welkom\nBcc: all@example.org", "Welkom\r\n\r\nTekst", "a\rb", "a\x00b", "a\x85b", "a\u2028b", "a\u2029b", "a\x1bb", "a=?utf-8?q?=0d=0aBcc:_x@y.nl?=", "\udc80", "x" * 201]
)  # fmt: skip
def test_a_subject_that_is_not_one_line_is_refused(subject: str) -> None:
    with pytest.raises(MailRefused):
        checked_subject(subject)


def test_nothing_that_is_refused_is_written(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        for changed in (
            {"to": "a@b.nl\nBcc: x@y.nl"},
            {"subject": "x\ny"},
            {"text": "a\x00b"},
            {"text": "x" * 100_001},
        ):
            with pytest.raises(MailRefused):
                write(session, clock, **changed)
        session.commit()
        assert list_mail(session, 9) == []


def parsed(mail: OutgoingMail) -> EmailMessage:
    raw = letter(mail, tenant("deroef"), "portal@portal.example").as_bytes()
    return message_from_bytes(raw, policy=default)  # type: ignore[return-value]


def test_a_letter_says_whose_it_is_and_comes_out_as_it_was_written(engine: Engine, clock: Clock) -> None:
    text = (
        "Hoi Zoë,\n\n.\nFrom here on – “één” link:\nhttps://roef.example/activate/" + "a" * 120 + "?x=1&y=2\n\nGroet\n"
    )
    with tenant_session(engine, "deroef", writing=True) as session:
        mail = write(session, clock, subject="Welkom bij “de Roef” – één klik, " + "é" * 90, text=text, language="nl")
    message = parsed(mail)
    sender = message["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == (tenant("deroef").name, "portal@portal.example")
    assert message["Reply-To"] == "info@kindercentraderoef.nl"
    assert message["To"] == "sanne@example.org"
    assert message["Subject"] == mail.subject
    assert message["Date"].datetime == clock()
    assert message["Message-ID"] == f"<{mail.id}@portal.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "nl"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == text
    raw = letter(mail, tenant("deroef"), "portal@portal.example").as_bytes()
    assert raw.isascii() and max(len(line) for line in raw.splitlines()) <= 78
    assert parsed(mail).as_bytes() == message.as_bytes(), "the same at every try"


def test_an_organisation_without_an_address_for_answers_names_none(engine: Engine, clock: Clock) -> None:
    with tenant_session(engine, "quadrant", writing=True) as session:
        mail = write(session, clock)
    assert "Reply-To" not in letter(mail, tenant("quadrant"), "portal@portal.example")


HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}  # fmt: skip
ODD = st.text(max_size=60) | st.text(st.sampled_from('\r\n\t\0\v\f\x1b\x85\u2028:;,<>()"\\=?@ .aBcé'), max_size=60)


@settings(max_examples=3000 if PROVE else 300, deadline=None)
@given(
    to=ODD.map(lambda text: text + "@example.org") | ODD.map(lambda text: "a@b.nl" + text),
    subject=ODD,
    text=ODD,
    name=ODD,
)
@example(to="a@b.nl", subject="a=?utf-8?q?=0d=0aBcc:_x@y.nl?=", text="\n.\nBcc: x@y.nl", name="A\nBcc: x@y.nl")
@example(to="a@b.nl", subject="Hoi", text="", name="A =?utf-8?q?=0d=0aBcc:_x@y.nl?= B")
@example(to="=?utf-8?q?=0d=0aBcc?=@b.nl", subject="Hoi", text="", name="A")
@example(to="a@b.nl", subject=":" * 200, text="", name='"\\\r\n')
def test_whatever_somebody_types_is_refused_or_is_one_mail_to_one_address(
    to: str, subject: str, text: str, name: str
) -> None:
    written: list[OutgoingMail] = []
    session = type("Session", (), {"add": lambda _self, mail: written.append(mail)})()
    values = GIVEN | {"now": datetime(2026, 12, 8, tzinfo=UTC), "to": to, "subject": subject, "text": text}
    try:
        mail = put_mail(session, **values)
    except MailRefused:
        assert not written
        return
    organisation = replace(tenant("quadrant"), name=name)
    raw = letter(mail, organisation, "portal@portal.example").as_bytes()
    message = message_from_bytes(raw, policy=default)
    assert set(message.keys()) == HEADERS and len(message.keys()) == len(HEADERS), "no header that nobody wrote"
    assert [each.addr_spec for each in message["To"].addresses] == [mail.to_address]
    assert mail.to_address.isascii() and (mail.to_address == to.strip(" ") or not to.isascii()), (
        "but for a domain with accents"
    )
    assert [each.addr_spec for each in message["From"].addresses] == ["portal@portal.example"]
    assert message.defects == [] and not message.is_multipart()
    assert b"Bcc" not in raw.split(b"\r\n\r\n")[0] or b"Bcc" in f"{subject}{name}".encode()


def test_after_sending_the_text_is_gone_but_in_the_demo(engine: Engine, tmp_path: Path) -> None:
    for keep_text in (False, True):
        put(engine, 1)
        postman = postman_with(engine, Folder(tmp_path))
        postman.keep_text = keep_text
        assert postman.round().sent == 1
    with tenant_session(engine, "quadrant") as session:
        assert [mail.text for mail in list_mail(session, 9)] == ["Dit is mail 0.", None]


def test_a_mail_is_removed_thirty_days_after_it_was_sent_or_given_up(
    engine: Engine, clock: Clock, tmp_path: Path
) -> None:
    put(engine, 2, now=clock())
    postman = postman_with(engine, Folder(tmp_path))
    postman.clock = clock
    assert postman.round().sent == 2
    start = clock.moment
    for after, left in ((KEPT - timedelta(hours=2), 2), (KEPT, 0)):
        clock.moment = start + after
        postman.round()
        with tenant_session(engine, "quadrant") as session:
            assert count_mail(session).sent == left


def test_every_mail_of_an_organisation_is_its_own(engine: Engine, tmp_path: Path) -> None:
    put(engine, 3, "quadrant")
    put(engine, 2, "deroef")
    with tenant_session(engine, "deroef") as session:
        assert len(list_mail(session, 9)) == 2
    assert postman_with(engine, Folder(tmp_path)).round().sent == 5
    senders = [message_from_bytes(path.read_bytes(), policy=default)["From"] for path in tmp_path.glob("*.eml")]
    assert sorted(sender.addresses[0].display_name for sender in senders) == sorted(
        [tenant("quadrant").name] * 3 + [tenant("deroef").name] * 2
    )


class Counting:
    """Carries to nowhere, and takes long enough for others to come in between."""

    def __init__(self) -> None:
        self.carried: list[str] = []

    def carry(self, message: EmailMessage, *_: str) -> None:
        self.carried.append(str(message["Message-ID"]))

    def close(self) -> None:
        pass


def several_at_once(engine: Engine) -> list[str]:
    counting = Counting()
    postmen = [threading.Thread(target=postman_with(engine, counting).round) for _ in range(6)]
    for each in postmen:
        each.start()
    for each in postmen:
        each.join()
    return counting.carried


def test_several_postmen_at_once_carry_every_mail_once(engine: Engine) -> None:
    written = put(engine, 60)
    assert sorted(several_at_once(engine)) == sorted(written)


def test_without_the_lock_several_postmen_carry_a_mail_more_than_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: looking and taking are two steps, and somebody comes in between."""

    def claim(session: TenantSession, now: Any, lease: Any) -> OutgoingMail | None:
        free = select(OutgoingMail).where(OutgoingMail.next_try_at <= now, OutgoingMail.claimed_until.is_(None))
        with tenant_session(engine, session.tenant) as looking:
            mail = looking.scalars(free.order_by(OutgoingMail.id).limit(1)).one_or_none()
        time.sleep(0.003)
        if mail is not None:
            taken = session.get_one(OutgoingMail, (mail.tenant_id, mail.id))
            taken.claimed_until = now + lease
            mail.claimed_until = taken.claimed_until
        return mail

    monkeypatch.setattr("spelregel.notify.postman.claim_mail", claim)
    written = put(engine, 60)
    carried = several_at_once(engine)
    assert len(carried) > len(written)
