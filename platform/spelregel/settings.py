"""Environment -> frozen Settings. Nothing about tenants; production refuses to start without what it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote, urlsplit

from spelregel.rules.message import Message, msg

ENVIRONMENTS = ("production", "test", "demo")
#: How a mail server is spoken to, with the port where none is said.
MAIL_PORTS: Final = MappingProxyType({"smtp": 25, "smtps": 465, "smtp+starttls": 587})
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class SettingsError(ValueError):
    """One sentence: what is missing, and what to set."""

    def __init__(self, sentence: Message) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class MailServer:
    """`scheme`: one of MAIL_PORTS."""

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)  # not in a log, whoever prints the settings


@dataclass(frozen=True, slots=True)
class Settings:
    """`clock_offset`: seconds that the demo's clock runs ahead of the real one (0 in production). `mail`: the server that
    mails are handed to, or the folder that they are written to. `cache`: the folder where it is kept which files were found
    good; None to keep nothing. `proxies`: how many stand in front and add to X-Forwarded-For. `support_token`: opens the
    console of support, which is there in test and demo only."""

    environment: str
    tenants: Path
    database: str
    base_domain: str
    bind: str
    port: int
    status_token: str | None
    clock_offset: float
    mail: MailServer | Path
    mail_from: str
    cache: Path | None = None
    proxies: int = 0
    support_token: str | None = None

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    def portal_url(self, subdomain: str) -> str:
        """Of an organisation, without a final slash. Links in mails begin so: never with what a request says its host is."""
        port = "" if self.is_production else f":{self.port}"
        return f"{'https' if self.is_production else 'http'}://{subdomain}.{self.base_domain}{port}"

    @property
    def is_demo(self) -> bool:
        return self.environment == "demo"


def float_of(text: str) -> float:
    try:
        found = float(text)
        if abs(found) < 3e9:  # within a century: what is further away is no clock, and NaN is not smaller than anything
            return found
        raise ValueError
    except ValueError:
        raise SettingsError(
            msg("SPELREGEL_CLOCK_OFFSET is “%(value)s”; it must be a number of seconds", value=text)
        ) from None


def settings_from(env: Mapping[str, str]) -> Settings:
    """Raises SettingsError. The variables stand in `spelregel serve --help`."""
    environment = env.get("SPELREGEL_ENV", "production")
    if environment not in ENVIRONMENTS:
        raise SettingsError(
            msg(
                "SPELREGEL_ENV is “%(value)s”; it must be one of %(known)s",
                value=environment,
                known=", ".join(ENVIRONMENTS),
            )
        )
    production = environment == "production"
    needed = {
        "SPELREGEL_DATABASE": msg("the URL of the database, such as postgresql://spelregel@host/spelregel"),
        "SPELREGEL_BASE_DOMAIN": msg("the domain under which every portal lives, such as portal.example"),
        "SPELREGEL_STATUS_TOKEN": msg("a long random word that opens the status page"),
        "SPELREGEL_MAIL": msg("the mail server, such as smtp+starttls://user:password@mail.example:587"),
        "SPELREGEL_MAIL_FROM": msg("the address that mails are sent from, such as portal@portal.example"),
    }
    for name, what in needed.items():
        if production and not env.get(name):
            raise SettingsError(
                msg(
                    "in production %(name)s must be set: %(what)s (or say SPELREGEL_ENV=test, to try it out)",
                    name=name,
                    what=what,
                )
            )
    token = env.get("SPELREGEL_STATUS_TOKEN") or None
    if production and token and len(token) < 16:
        raise SettingsError(msg("SPELREGEL_STATUS_TOKEN is shorter than 16 characters: take a longer one"))
    offset = env.get("SPELREGEL_CLOCK_OFFSET") or "0"
    if production and float_of(offset) != 0:
        raise SettingsError(msg("SPELREGEL_CLOCK_OFFSET moves the clock and is for test and demo only: unset it"))
    support_token = env.get("SPELREGEL_SUPPORT_TOKEN") or None
    if production and support_token:
        raise SettingsError(
            msg("SPELREGEL_SUPPORT_TOKEN opens the support console, which is there in test and demo only: unset it")
        )
    if support_token and len(support_token) < 16:
        raise SettingsError(msg("SPELREGEL_SUPPORT_TOKEN is shorter than 16 characters: take a longer one"))
    bind = env.get("SPELREGEL_BIND") or "127.0.0.1"
    if environment == "test" and bind not in _LOOPBACK and not support_token:
        raise SettingsError(
            msg(
                "SPELREGEL_SUPPORT_TOKEN must be set when a test environment listens on %(bind)s: a long random word that "
                "opens the support console",
                bind=bind,
            )
        )
    seconds, port = float_of(offset), env.get("SPELREGEL_PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingsError(msg("SPELREGEL_PORT is “%(value)s”; it must be a number from 1 to 65535", value=port))
    proxies = env.get("SPELREGEL_PROXIES") or "0"
    if proxies not in "0123456789" or len(proxies) != 1:
        raise SettingsError(msg("SPELREGEL_PROXIES is “%(value)s”; it must be a number from 0 to 9", value=proxies))
    base_domain = (env.get("SPELREGEL_BASE_DOMAIN") or "localhost").lower().rstrip(".")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", base_domain):
        raise SettingsError(
            msg("SPELREGEL_BASE_DOMAIN is “%(value)s”; write the name alone, such as portal.example", value=base_domain)
        )
    database = env.get("SPELREGEL_DATABASE") or "sqlite:///spelregel.db"
    return Settings(
        environment=environment,
        tenants=Path(env.get("SPELREGEL_TENANTS") or "tenants"),
        database=database,
        base_domain=base_domain,
        bind=bind,
        port=int(port),
        status_token=token,
        clock_offset=seconds,
        mail=_mail(env.get("SPELREGEL_MAIL") or f"file:{_beside(database)}", production=production),
        mail_from=_mail_from(env.get("SPELREGEL_MAIL_FROM") or f"portal@{base_domain}"),
        cache=_cache(env),
        proxies=int(proxies),
        support_token=support_token,
    )


def _beside(database: str) -> Path:
    """The folder for mails of a test or demo: beside the file of the database, else here."""
    kind, _, path = database.partition(":///")
    return Path(path).parent / "mail" if kind.startswith("sqlite") else Path("mail")


def _mail(text: str, *, production: bool) -> MailServer | Path:
    """What was given is never repeated: it may hold a password."""
    scheme, _, rest = text.partition(":")
    if scheme == "file" and rest:
        if production:
            raise SettingsError(
                msg("SPELREGEL_MAIL is a folder, and nobody gets mail from a folder: in production name a mail server")
            )
        return Path(rest)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or MAIL_PORTS[scheme]
        plain = not (parts.path.strip("/") or parts.query or parts.fragment) and rest.startswith("//")
    except (ValueError, KeyError):
        host, port, plain = None, 0, False
    if not host or not plain or (parts.password is not None and not parts.username):
        raise SettingsError(
            msg(
                "SPELREGEL_MAIL cannot be read: write smtp+starttls://user:password@host:port, or smtps:// or smtp:// (%% and two digits for a sign such as / or @ in the password), or file:FOLDER"
            )
        )
    if production and scheme == "smtp" and host not in _LOOPBACK:
        raise SettingsError(
            msg("SPELREGEL_MAIL sends links and passwords in the open: write smtps:// or smtp+starttls://")
        )
    username, password = (unquote(each) if each else None for each in (parts.username, parts.password))
    return MailServer(scheme, host, port, username, password)


def _mail_from(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text):
        raise SettingsError(
            msg(
                "SPELREGEL_MAIL_FROM is “%(value)s”; write the address alone, such as portal@portal.example", value=text
            )
        )
    return text


def _cache(env: Mapping[str, str]) -> Path | None:
    """Where the system keeps what can be made anew, unless something else is said."""
    said = env.get("SPELREGEL_CACHE")
    if said:
        return None if said == "none" else Path(said)
    if env.get("XDG_CACHE_HOME"):
        return Path(env["XDG_CACHE_HOME"]) / "spelregel"
    return Path(env["HOME"]) / ".cache" / "spelregel" if env.get("HOME") else None
