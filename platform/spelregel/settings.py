"""Environment -> frozen Settings. Nothing about tenants; production refuses to start without what it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spelregel.rules.message import Message, msg

ENVIRONMENTS = ("production", "test", "demo")


class SettingsError(ValueError):
    """One sentence: what is missing, and what to set."""

    def __init__(self, sentence: Message) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Settings:
    """`clock_offset`: seconds that the demo's clock runs ahead of the real one (0 in production). `cache`: the folder where
    it is kept which files were found good; None to keep nothing."""

    environment: str
    tenants: Path
    database: str
    base_domain: str
    bind: str
    port: int
    status_token: str | None
    clock_offset: float
    cache: Path | None = None

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

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
    seconds, port = float_of(offset), env.get("SPELREGEL_PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingsError(msg("SPELREGEL_PORT is “%(value)s”; it must be a number from 1 to 65535", value=port))
    base_domain = (env.get("SPELREGEL_BASE_DOMAIN") or "localhost").lower().rstrip(".")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", base_domain):
        raise SettingsError(
            msg("SPELREGEL_BASE_DOMAIN is “%(value)s”; write the name alone, such as portal.example", value=base_domain)
        )
    return Settings(
        environment=environment,
        tenants=Path(env.get("SPELREGEL_TENANTS") or "tenants"),
        database=env.get("SPELREGEL_DATABASE") or "sqlite:///spelregel.db",
        base_domain=base_domain,
        bind=env.get("SPELREGEL_BIND") or "127.0.0.1",
        port=int(port),
        status_token=token,
        clock_offset=seconds,
        cache=_cache(env),
    )


def _cache(env: Mapping[str, str]) -> Path | None:
    """Where the system keeps what can be made anew, unless something else is said."""
    said = env.get("SPELREGEL_CACHE")
    if said:
        return None if said == "none" else Path(said)
    if env.get("XDG_CACHE_HOME"):
        return Path(env["XDG_CACHE_HOME"]) / "spelregel"
    return Path(env["HOME"]) / ".cache" / "spelregel" if env.get("HOME") else None
