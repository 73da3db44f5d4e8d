"""A real mail server that keeps what it is given; slow, deaf or unwilling when a test wants that."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from spelregel.settings import MailServer
from tests.server.running import free_port


@dataclass
class Received:
    sender: str
    to: list[str]
    message: EmailMessage
    raw: bytes

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class Sink:
    """`slow`: seconds before a recipient is taken, and once more between taking a mail and saying so. `refuses`: address ->
    answer. Who says HELO with which name is `before` or `after` that point can be seen from outside."""

    port: int
    slow: float = 0.0
    refuses: dict[str, str] = field(default_factory=dict)
    says_no: str | None = None
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    logins: list[str] = field(default_factory=list)
    before: set[str] = field(default_factory=set)
    after: set[str] = field(default_factory=set)

    @property
    def server(self) -> MailServer:
        return MailServer("smtp", "127.0.0.1", self.port)

    def times(self) -> Counter[str]:
        return Counter(each.message_id for each in self.received)

    async def handle_EHLO(  # noqa: N802  # aiosmtpd calls them so
        self, _server: Any, session: Any, _envelope: Any, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        self.connections += 1
        return responses

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.says_no:
            return self.says_no
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server: Any, session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        self.before.add(session.host_name)
        try:
            await asyncio.sleep(self.slow)
        finally:
            self.before.discard(session.host_name)
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = cast(EmailMessage, message_from_bytes(envelope.content, policy=default))
        self.received.append(Received(envelope.mail_from, list(envelope.rcpt_tos), message, envelope.content))
        self.after.add(session.host_name)
        try:
            await asyncio.sleep(self.slow)
        finally:
            self.after.discard(session.host_name)
        return "250 OK"


@contextmanager
def mail_server(
    sink: Sink | None = None, *, tls: ssl.SSLContext | None = None, password: str | None = None
) -> Iterator[Sink]:
    """With `tls` it takes nothing before STARTTLS, with `password` nothing before a log-in."""
    sink = sink or Sink(free_port())

    class Server(SMTP):
        """aiosmtpd complains on the console when a client is killed, which is what these tests are about."""

        def connection_lost(self, error: Exception | None) -> None:
            super().connection_lost(None if isinstance(error, ConnectionError) else error)

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password.decode() == password
        if good:
            sink.logins.append(data.login.decode())
        return AuthResult(success=good, handled=False)

    class Running(Controller):
        def factory(self) -> SMTP:
            return Server(
                self.handler, tls_context=tls, require_starttls=tls is not None,
                auth_required=password is not None, authenticator=check if password else None,
            )  # fmt: skip

    running = Running(sink, hostname="127.0.0.1", port=sink.port)
    running.start()
    try:
        yield sink
    finally:
        running.stop()
