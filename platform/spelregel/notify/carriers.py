"""Who takes a mail from here: a mail server, or in test and demo a folder."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import tempfile
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Protocol

from spelregel.settings import MailServer

PATIENCE: Final = 15.0  # seconds for each answer of the mail server; all of them together stay far below the lease


class NotSent(Exception):
    """`code`: short, for who looks after the mail, and no word about a person. `for_good`: another try cannot help.
    `nobody_home`: it is the server and not this mail, so that trying the next one makes no sense now."""

    def __init__(self, code: str, *, for_good: bool = False, nobody_home: bool = False) -> None:
        super().__init__(code)
        self.code, self.for_good, self.nobody_home = code, for_good, nobody_home


class Carrier(Protocol):
    def carry(self, message: EmailMessage, sender: str, to: str) -> None:
        """Comes back when somebody else has taken the responsibility for it. Raises NotSent."""

    def close(self) -> None:
        """Until the next mail."""


def carrier_for(mail: MailServer | Path) -> Carrier:
    return Smtp(mail) if isinstance(mail, MailServer) else Folder(mail)


class Folder:
    """One .eml file per mail. Its name follows from the Message-ID: a second try writes the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def carry(self, message: EmailMessage, sender: str, to: str) -> None:  # noqa: ARG002  # they stand in the message
        name = re.sub(r"[^A-Za-z0-9.-]", "_", str(message["Message-ID"]).strip("<>"))
        when = message["Date"].datetime.strftime("%Y%m%d-%H%M%S")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # one-time links lie here
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".")
            with os.fdopen(handle, "wb") as file:
                file.write(message.as_bytes())
            Path(temporary).replace(self.folder / f"{when}-{name}.eml")
        except OSError as wrong:
            raise NotSent(type(wrong).__name__, nobody_home=True) from wrong

    def close(self) -> None:
        pass


class Smtp:
    """One connection for many mails; a server that went away in between is called again."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self._line: smtplib.SMTP | None = None

    def carry(self, message: EmailMessage, sender: str, to: str) -> None:
        line = self._open(sender.rpartition("@")[2])
        try:
            line.send_message(message, sender, [to])
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = refused.recipients[to]
            raise NotSent(_code(code, words), for_good=_no_such_address(code, words)) from None
        except smtplib.SMTPResponseException as wrong:
            raise NotSent(_code(wrong.smtp_code, wrong.smtp_error), nobody_home=wrong.smtp_code == 421) from None
        except (OSError, smtplib.SMTPException) as wrong:  # the line broke
            self.close()
            raise NotSent(type(wrong).__name__, nobody_home=True) from None

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            try:
                line.quit()
            except (OSError, smtplib.SMTPException):
                line.close()

    def _open(self, own_name: str) -> smtplib.SMTP:
        if self._line is not None:
            try:
                if self._line.noop()[0] == 250:
                    return self._line
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        server = self.server
        try:
            if server.scheme == "smtps":
                line: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, own_name, timeout=PATIENCE, context=ssl.create_default_context()
                )
            else:
                line = smtplib.SMTP(server.host, server.port, own_name, timeout=PATIENCE)
            self._line = line
            if server.scheme == "smtp+starttls":
                line.starttls(context=ssl.create_default_context())  # never without: who offers none gets no mail
            if server.username:
                line.login(server.username, server.password or "")
        except smtplib.SMTPResponseException as wrong:
            self.close()
            raise NotSent(_code(wrong.smtp_code, wrong.smtp_error), nobody_home=True) from None
        except (OSError, smtplib.SMTPException) as wrong:
            self.close()
            raise NotSent(type(wrong).__name__, nobody_home=True) from None
        return line


def _enhanced(words: bytes | str) -> str:
    """The code of RFC 3463 at the start of an answer, such as 5.1.1. The words behind it may name a person."""
    text = words.decode("ascii", "replace") if isinstance(words, bytes) else words
    found = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", text)
    return found[0] if found else ""


def _code(code: int, words: bytes | str) -> str:
    return f"SMTP {code} {_enhanced(words)}".strip()


def _no_such_address(code: int, words: bytes | str) -> bool:
    """5.1.x is about the address itself. Every other refusal may be a mistake of whoever set the servers up."""
    return 500 <= code < 600 and _enhanced(words).startswith("5.1.")
