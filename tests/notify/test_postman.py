"""Mail over real SMTP: a server that is away, unwilling, or does not know an address; log-in and TLS."""

from __future__ import annotations

import ssl
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from sqlalchemy import Engine

from spelregel.notify.carriers import Smtp
from spelregel.notify.postman import Postman
from spelregel.records.outbox import GIVE_UP_AFTER, OutgoingMail, count_mail, list_mail, try_again
from spelregel.settings import MailServer, SettingsError, settings_from
from spelregel.storage.session import tenant_session
from tests.conftest import PROVE, Clock
from tests.notify.sink import Sink, mail_server
from tests.notify.workers import SNAPSHOT, postman_with, put
from tests.server.running import free_port

MANY = 800 if PROVE else 60


def rows(engine: Engine, name: str = "quadrant") -> list[OutgoingMail]:
    with tenant_session(engine, name) as session:
        return list_mail(session, 2 * MANY)


def one(engine: Engine) -> OutgoingMail:
    (row,) = rows(engine)
    return row


def postman_at(engine: Engine, clock: Clock, server: MailServer) -> Postman:
    return Postman(engine, Smtp(server), "portal@portal.example", lambda: SNAPSHOT, clock)


def test_a_mail_arrives_as_it_was_written(engine: Engine) -> None:
    (number,) = put(engine, 1, text="Hoi Zoë,\n\n.\nDe punt hierboven blijft staan.\n")
    with mail_server() as sink:
        assert postman_with(engine, Smtp(sink.server)).round().sent == 1
    (got,) = sink.received
    assert (got.sender, got.to, got.message_id) == ("portal@portal.example", ["ouder0@example.org"], number)
    assert got.message.get_content().replace("\r\n", "\n") == "Hoi Zoë,\n\n.\nDe punt hierboven blijft staan.\n"
    sent = one(engine)
    assert (sent.text, sent.next_try_at, sent.claimed_until, sent.last_error, sent.tries) == (None, None, None, None, 1)
    assert sent.sent_at


def test_many_mails_go_over_one_line(engine: Engine) -> None:
    put(engine, 15)
    with mail_server() as sink:
        assert postman_with(engine, Smtp(sink.server)).round().sent == 15
    assert (len(sink.received), sink.connections) == (15, 1)


def test_while_the_mail_server_is_down_for_a_day_nothing_is_lost_and_it_is_not_pestered(
    engine: Engine, clock: Clock
) -> None:
    written = put(engine, MANY, now=clock())
    sink = Sink(free_port())
    postman, start = postman_at(engine, clock, sink.server), clock.moment
    step = timedelta(seconds=20 if PROVE else 600)
    while clock.moment < start + timedelta(hours=24):
        assert postman.round().sent == 0
        clock.moment += step
    tries = sum(row.tries for row in rows(engine))
    assert 0 < tries < 24 * 60 * 1.1, "at most about once a minute, however many mails wait"
    assert {row.last_error for row in rows(engine)} <= {"ConnectionRefusedError", None}
    with mail_server(sink):
        for _ in range(60):
            clock.moment += timedelta(seconds=20)
            postman.round()
    assert sorted(sink.times()) == sorted(written) and len(sink.received) == MANY
    with tenant_session(engine, "quadrant") as session:
        counts = count_mail(session)
    assert (counts.waiting, counts.failed, counts.sent, counts.waiting_since) == (0, 0, MANY, None)


def test_pauses_grow_to_a_quarter_of_an_hour_and_after_four_days_a_mail_is_given_up_and_stays_in_sight(
    engine: Engine, clock: Clock
) -> None:
    put(engine, 1, now=clock())
    start, pauses, sink = clock.moment, [], Sink(free_port(), refuses={"ouder0@example.org": "451 4.7.1 later, ouder0"})
    with mail_server(sink):
        postman = postman_at(engine, clock, sink.server)
        for _ in range(8):
            postman.round()
            due = one(engine).next_try_at
            assert due
            pauses.append((due - clock.moment) // timedelta(minutes=1))
            clock.moment = due
        assert pauses == [1, 2, 4, 8, 15, 15, 15, 15]
        clock.moment = start + GIVE_UP_AFTER - timedelta(seconds=1)
        assert postman.round().again == 1
        clock.moment += timedelta(minutes=15)
        assert postman.round().given_up == 1
        row = one(engine)
        assert row.failed_at == clock.moment
        assert row.last_error == "SMTP 451 4.7.1", "the words of the server may name somebody"
        assert (row.text, row.next_try_at) == ("Dit is mail 0.", None)
        with tenant_session(engine, "quadrant") as session:
            assert count_mail(session).failed == 1
        assert postman.round().tried == 0

        sink.refuses.clear()
        with tenant_session(engine, "quadrant", writing=True) as session:
            assert try_again(session) == 1
            session.commit()
        assert postman.round().sent == 1
    assert one(engine).failed_at is None and sink.received


def test_an_address_that_does_not_exist_is_given_up_at_once_and_holds_up_nobody(engine: Engine) -> None:
    put(engine, 3)
    with mail_server(Sink(free_port(), refuses={"ouder1@example.org": "550 5.1.1 no such person"})) as sink:
        post = postman_with(engine, Smtp(sink.server)).round()
    assert (post.sent, post.given_up, post.again) == (2, 1, 0)
    assert {row.last_error for row in rows(engine) if row.failed_at} == {"SMTP 550 5.1.1"}


@pytest.mark.parametrize("answer", ["550 5.7.1 relaying denied", "554 no", "550 unknown"])
def test_any_other_refusal_is_tried_again(engine: Engine, answer: str) -> None:
    put(engine, 1)
    with mail_server(Sink(free_port(), refuses={"ouder0@example.org": answer})) as sink:
        assert postman_with(engine, Smtp(sink.server)).round().again == 1
    assert one(engine).failed_at is None


def test_a_server_that_says_no_to_everything_is_tried_again(engine: Engine) -> None:
    put(engine, 2)
    with mail_server(Sink(free_port(), says_no="550 5.7.0 not you")) as sink:
        post = postman_with(engine, Smtp(sink.server)).round()
    assert (post.again, post.sent) == (2, 0)


def test_a_mail_that_cannot_be_written_holds_up_no_other(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from spelregel.notify import postman

    numbers, right = put(engine, 3), postman.letter

    def letter(mail: OutgoingMail, *rest: object) -> object:
        if mail.message_id == numbers[0]:
            raise ValueError("ouder0@example.org")
        return right(mail, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(postman, "letter", letter)
    with mail_server() as sink:
        post = postman_with(engine, Smtp(sink.server)).round()
    assert (post.sent, post.again) == (2, 1)
    assert {row.last_error for row in rows(engine)} == {None, "ValueError"}


def test_what_was_sent_while_the_database_went_away_goes_only_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    from spelregel.notify import postman

    put(engine, 1)
    right = postman.mark_sent

    def away(*_: object, **__: object) -> None:
        raise OperationalError("", None, Exception())

    with mail_server() as sink:
        sender = postman_with(engine, Smtp(sink.server), lease=timedelta(0))
        monkeypatch.setattr(postman, "mark_sent", away)
        with pytest.raises(OperationalError):
            sender.round()
        monkeypatch.setattr(postman, "mark_sent", right)
        sender.round()
    assert len(sink.received) == 1 and one(engine).sent_at


def test_a_postman_sends_within_a_second_and_stops_when_told(engine: Engine) -> None:
    stop, took = threading.Event(), []
    with mail_server() as sink:
        running = threading.Thread(target=postman_with(engine, Smtp(sink.server)).run, args=(stop,))
        running.start()
        for number in range(3):
            begun = time.monotonic()
            put(engine, 1)
            while len(sink.received) == number and time.monotonic() - begun < 10:
                time.sleep(0.01)
            took.append(time.monotonic() - begun)
        stop.set()
        running.join(10)
    assert len(sink.received) == 3 and not running.is_alive()
    assert min(took) < 1, "promised; this machine may be busy with something else in between"


# ---- who may hand over mail, and who can read along


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """One that this machine trusts, as far as the tests are concerned."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def context_of(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def starttls(port: int, password: str = "geheim woord") -> Smtp:
    return Smtp(MailServer("smtp+starttls", "127.0.0.1", port, "portaal", password))


def test_it_logs_in_after_starttls(engine: Engine, authority: trustme.CA) -> None:
    put(engine, 1)
    with mail_server(tls=context_of(authority), password="geheim woord") as sink:
        assert postman_with(engine, starttls(sink.port)).round().sent == 1
    assert sink.logins == ["portaal"]


def test_with_a_wrong_password_the_mail_waits(engine: Engine, authority: trustme.CA) -> None:
    put(engine, 2)
    with mail_server(tls=context_of(authority), password="geheim woord") as sink:
        assert postman_with(engine, starttls(sink.port, "fout")).round().again == 1, "and the other is not even tried"
    assert {row.last_error for row in rows(engine)} == {None, "SMTP 535 5.7.8"}


def test_a_server_without_tls_or_with_a_foreign_certificate_gets_no_mail(engine: Engine, authority: trustme.CA) -> None:
    put(engine, 1)
    with mail_server() as sink:
        assert postman_with(engine, starttls(sink.port)).round().again == 1
    assert one(engine).last_error == "SMTPNotSupportedError" and not sink.received
    put(engine, 1)
    for foreign in (context_of(trustme.CA()), context_of(authority, "10.0.0.1")):
        with mail_server(tls=foreign) as sink:
            assert postman_with(engine, starttls(sink.port)).round().sent == 0
        assert not sink.received


# ---- the setting

PRODUCTION = {"SPELREGEL_ENV": "production", "SPELREGEL_DATABASE": "sqlite:///x.db", "SPELREGEL_BASE_DOMAIN": "portal.example",
              "SPELREGEL_STATUS_TOKEN": "een-heel-lang-geheim-woord", "SPELREGEL_MAIL_FROM": "portal@portal.example"}  # fmt: skip


def test_a_mail_server_is_written_as_an_address() -> None:
    def read(text: str) -> object:
        return settings_from(PRODUCTION | {"SPELREGEL_MAIL": text}).mail

    assert read("smtp+starttls://mail.example") == MailServer("smtp+starttls", "mail.example", 587)
    assert read("smtps://u:p%40ss%2F%3A@mail.example") == MailServer("smtps", "mail.example", 465, "u", "p@ss/:")
    assert read("smtp://localhost:2525") == MailServer("smtp", "localhost", 2525)
    assert read("smtp://[::1]/") == MailServer("smtp", "::1", 25)
    demo = {"SPELREGEL_ENV": "demo"}
    assert settings_from(demo | {"SPELREGEL_DATABASE": "sqlite:////tmp/a/demo.db"}).mail == Path("/tmp/a/mail")
    assert settings_from(demo | {"SPELREGEL_MAIL": "file:post"}).mail == Path("post")
    assert settings_from(demo).mail_from == "portal@localhost"


@pytest.mark.parametrize("text", [
    "mail.example", "http://u:heimelijk@mail.example", "smtp+starttls://u:heimelijk@", "smtps://u:heimelijk@mail.example:x", "smtps://u:heimelijk@mail.example:99999",
    "smtps://:heimelijk@mail.example", "smtps://u:heim/elijk@mail.example", "smtps:u:heimelijk@mail.example", "smtp://u:heimelijk@mail.example",
    "smtps://mail.example/?heimelijk", "smtps://[u:heimelijk@mail.example", "file:heimelijk", "file:", "smtp:", "://",
])  # fmt: skip
def test_a_mail_server_that_cannot_be_used_is_named_in_one_sentence_without_its_secret(text: str) -> None:
    with pytest.raises(SettingsError, match="SPELREGEL_MAIL ") as wrong:
        settings_from(PRODUCTION | {"SPELREGEL_MAIL": text})
    assert "heim" not in str(wrong.value) and str(wrong.value).count("%%") == 0


def test_a_sender_is_one_plain_address() -> None:
    for text in ("portal", "Portal <portal@portal.example>", "portal@portal.example\nBcc: x@y.nl", "a@b,c@d"):
        with pytest.raises(SettingsError, match="SPELREGEL_MAIL_FROM"):
            settings_from(PRODUCTION | {"SPELREGEL_MAIL": "smtps://mail.example", "SPELREGEL_MAIL_FROM": text})


def test_the_password_is_not_shown_with_the_settings() -> None:
    settings = settings_from(PRODUCTION | {"SPELREGEL_MAIL": "smtps://portaal:heimelijk@mail.example"})
    assert "mail.example" in repr(settings) and "heimelijk" not in repr(settings)
