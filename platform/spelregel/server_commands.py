"""The commands that run the portal: `serve`, `demo`, `personas`, `db upgrade`, `mail`. They read the environment and the clock."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click
from sqlalchemy.exc import SQLAlchemyError

from spelregel.app import Application, NotMigrated, create_app, every_route, serve
from spelregel.demo.people import personas
from spelregel.records.outbox import MailCounts, count_mail, try_again
from spelregel.rules.care_calendar import resolve
from spelregel.rules.message import Message, msg
from spelregel.settings import ENVIRONMENTS, Settings, SettingsError, settings_from
from spelregel.storage import migrations
from spelregel.storage.session import open_engine, tenant_session
from spelregel.storage.walls import WebRoleError
from spelregel.tenancy.calendars import national
from spelregel.tenancy.check import check_file
from spelregel.words.command_line import Command, Group, t

DEMO_DATABASE = "demo.db"
DEMO_NOTE = "demo.json"  # where the demo of a data folder takes its organisations from, and its port


def _stop(message: Message) -> NoReturn:
    click.echo(t(message), err=True)
    sys.exit(2)


def _settings(env: Mapping[str, str]) -> Settings:
    try:
        return settings_from(env)
    except SettingsError as wrong:
        _stop(wrong.sentence)


def _with(**given: str | None) -> dict[str, str]:
    """The environment, with what was typed on top of it."""
    return {**os.environ, **{key: value for key, value in given.items() if value is not None}}


def _number(name: str, default: str) -> int:
    text = os.environ.get(name, default)
    if not re.fullmatch(r"[1-9][0-9]?", text):
        _stop(msg("%(name)s is “%(value)s”; it must be a number from 1 to 99", name=name, value=text))
    return int(text)


def _must_be_free(address: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as wrong:
            if wrong.errno == errno.EADDRINUSE:
                _stop(msg("port %(port)s is taken: choose another with --port", port=str(port)))
            _stop(
                msg(
                    "%(address)s cannot be listened on: %(reason)s",
                    address=f"{address}:{port}",
                    reason=wrong.strerror or "",
                )
            )


def _application(settings: Settings) -> Application:
    if not settings.tenants.is_dir():
        _stop(msg("the folder %(path)s does not exist", path=str(settings.tenants)))
    try:
        return create_app(settings)
    except NotMigrated:
        _stop(msg("the database is not up to date: run “spelregel db upgrade” first"))
    except WebRoleError as wrong:
        _stop(wrong.sentence)
    except (SQLAlchemyError, ImportError) as wrong:
        _stop(msg("the database cannot be used: %(reason)s", reason=str(wrong).splitlines()[0]))


def _run(settings: Settings, greeting: str | None = None) -> None:
    _must_be_free(settings.bind, settings.port)
    _application(settings).engine.dispose()  # what is wrong is said here, once, and not by every worker
    workers, threads = _number("SPELREGEL_WORKERS", "2"), _number("SPELREGEL_THREADS", "4")
    serve(settings, workers=workers, threads=threads, ready=lambda: click.echo(greeting) if greeting else None)


@click.command("serve", cls=Command)
@click.option("--tenants", metavar="DIR", help="The folder with one YAML file per organisation.")
@click.option("--database", metavar="URL", help="Such as sqlite:///spelregel.db or postgresql://user@host/name.")
@click.option("--base-domain", metavar="NAME", help="The domain under which every portal lives.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="NUMBER", help="The port to listen on.")
def serve_command(tenants: str | None, database: str | None, base_domain: str | None, port: int | None) -> None:
    """Run the portal of every organisation in a folder.

    The same can be set in the environment: SPELREGEL_TENANTS, SPELREGEL_DATABASE, SPELREGEL_BASE_DOMAIN, SPELREGEL_PORT.
    Besides: SPELREGEL_ENV (production, test or demo), SPELREGEL_STATUS_TOKEN (opens the status page; needed in
    production), SPELREGEL_BIND (the address to listen on), SPELREGEL_WORKERS and SPELREGEL_THREADS, SPELREGEL_MAIL and
    SPELREGEL_MAIL_FROM (the mail server, and the address that mails come from), and SPELREGEL_CACHE (the folder that
    remembers which files were found good, or none). In production mail is sent by “spelregel mail send”.

    Example:  SPELREGEL_ENV=test spelregel serve --tenants tenants --port 8000
    """
    env = _with(
        SPELREGEL_TENANTS=tenants,
        SPELREGEL_DATABASE=database,
        SPELREGEL_BASE_DOMAIN=base_domain,
        SPELREGEL_PORT=str(port) if port else None,
    )
    settings = _settings(env)
    _run(settings, t(msg("The portals are at port %(port)s; stop with Ctrl-C.", port=str(settings.port))))


@click.command("demo", cls=Command)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    metavar="NUMBER",
    help="The port to listen on.",
)
@click.option(
    "--data",
    default="demo-data",
    show_default=True,
    metavar="DIR",
    help="Where the demo keeps its database; it is made anew.",
)
@click.option(
    "--at", "at", metavar="MOMENT", help="The moment at which the demo's clock starts; it runs on from there."
)
@click.option(
    "--tenants",
    default="tenants",
    show_default=True,
    metavar="DIR",
    help="The folder with one YAML file per organisation.",
)
def demo_command(port: int, data: str, at: str | None, tenants: str) -> None:
    """Fill a demo with invented families and open a portal for every organisation.

    Example:  spelregel demo --at "2026-12-08 09:29"
    """
    ahead = (_moment(at) - datetime.now(UTC)).total_seconds() if at else 0.0
    if not list(Path(tenants).glob("*.yaml")):
        _stop(msg("there is no *.yaml in %(path)s", path=tenants))
    _must_be_free("127.0.0.1", port)  # before the data of a demo that still runs are thrown away
    folder = Path(data)
    _empty(folder)
    (folder / DEMO_NOTE).write_text(json.dumps({"tenants": str(Path(tenants).absolute()), "port": port}), "utf-8")
    env = {
        "SPELREGEL_ENV": "demo",
        "SPELREGEL_TENANTS": tenants,
        "SPELREGEL_DATABASE": f"sqlite:///{folder / DEMO_DATABASE}",
        "SPELREGEL_PORT": str(port),
        "SPELREGEL_CLOCK_OFFSET": str(ahead),
    }
    click.echo(t(msg("Telling the story of the demo families…")), err=True)
    _run(_settings(env), t(msg("The demo is at http://localhost:%(port)s ; stop with Ctrl-C.", port=str(port))))


def _empty(folder: Path) -> None:
    """Throws away what an earlier demo left in its own folder, and nothing else."""
    old = [*folder.glob(f"{DEMO_DATABASE}*"), *folder.glob("mail/*.eml")] if folder.is_dir() else []
    if old and not (folder / DEMO_NOTE).is_file():
        _stop(msg("%(path)s was not made by the demo: choose another folder with --data", path=str(old[0])))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in old:
            path.unlink()
    except OSError as wrong:
        _stop(
            msg("%(path)s cannot be used: %(reason)s", path=str(folder), reason=wrong.strerror or type(wrong).__name__)
        )


def _moment(text: str) -> datetime:
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        _stop(msg("“%(value)s” is not a moment: write it like “2026-12-08 09:29”", value=text))
    if not 2000 <= wall.year < 2100:
        _stop(msg("“%(value)s” lies too far away: write a moment from 2000 to 2099", value=text))
    zone: tzinfo = ZoneInfo(national("nl").timezone)
    return wall.astimezone(UTC) if wall.tzinfo else resolve(wall, zone)


@click.command("personas", cls=Command)
@click.option("--json", "as_json", is_flag=True, help="As data.")
@click.option("--data", default="demo-data", show_default=True, metavar="DIR", help="The data folder of the demo.")
def personas_command(as_json: bool, data: str) -> None:
    """Who can log in to the demo, with user name and password.

    The people follow from the organisations' files, so that the answer is the same before the demo runs.

    Example:  spelregel personas --json
    """
    note = Path(data) / DEMO_NOTE
    told: dict[str, Any] = (
        json.loads(note.read_text("utf-8")) if note.is_file() else {"tenants": "tenants", "port": 8000}
    )
    folder = Path(told["tenants"])
    if not folder.is_dir():
        _stop(msg("the folder %(path)s does not exist", path=str(folder)))
    good = [checked.tenant for path in sorted(folder.glob("*.yaml")) if (checked := check_file(path)).tenant]
    people = personas([each for each in good if each], "localhost", told["port"])
    if as_json:
        click.echo(json.dumps(people, ensure_ascii=False, indent=2))
        return
    for each in people:
        click.echo(
            f"{each['url']:<44} {each['name']:<20} {each['username']:<34} {each['password']}   {', '.join(each['children'])}"
        )


@click.group("db", cls=Group)
def database_commands() -> None:
    """The database.

    Example:  spelregel db upgrade --database postgresql://owner@host/spelregel
    """


@database_commands.command("upgrade")
@click.option("--database", metavar="URL", help="Such as sqlite:///spelregel.db or postgresql://owner@host/name.")
@click.option(
    "--web-role",
    metavar="NAME",
    help="PostgreSQL: the role that the portal logs in as, spelregel_web if none is named; it is made when it is not there.",
)
def upgrade_command(database: str | None, web_role: str | None) -> None:
    """Make the tables, or bring them up to date.

    On PostgreSQL as a role that owns the database and may create roles, and not as the one that the portal logs in as.

    Example:  spelregel db upgrade --database postgresql://owner@host/spelregel
    """
    url = database or os.environ.get("SPELREGEL_DATABASE") or "sqlite:///spelregel.db"
    try:
        engine = open_engine(url)
        try:
            migrations.upgrade(engine, web_role)
        finally:
            engine.dispose()
    except WebRoleError as wrong:
        _stop(wrong.sentence)
    except (SQLAlchemyError, ImportError) as wrong:
        _stop(msg("the database cannot be used: %(reason)s", reason=str(wrong).splitlines()[0]))
    shown = engine.url.render_as_string(hide_password=True)
    click.echo(
        t(
            msg(
                "The database %(database)s is up to date: version %(version)s.",
                database=shown,
                version=migrations.newest(),
            )
        )
    )


@click.group("mail", cls=Group)
def mail_commands() -> None:
    """The mails of the portals: they wait in the database until they are sent.

    Example:  spelregel mail list
    """


@contextmanager
def _post(tenants: str | None, database: str | None) -> Iterator[Application]:
    application = _application(_settings(_with(SPELREGEL_TENANTS=tenants, SPELREGEL_DATABASE=database)))
    yield application
    application.engine.dispose()


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Set by Ctrl-C, and by whoever ends the process: the mail under way is finished first."""
    stop = threading.Event()
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    yield stop
    for each, handler in before.items():
        signal.signal(each, handler)


@mail_commands.command("send")
@click.option("--once", is_flag=True, help="Send what is due now, and stop.")
@click.option("--tenants", metavar="DIR", help="The folder with one YAML file per organisation.")
@click.option("--database", metavar="URL", help="Such as sqlite:///spelregel.db or postgresql://user@host/name.")
def mail_send_command(once: bool, tenants: str | None, database: str | None) -> None:
    """Send the mails that wait, until it is stopped.

    In production this runs beside the server; several may run at once, also on other machines. In test and demo the server
    sends by itself. What cannot be sent is tried again after 1, 2, 4, 8 and then every 15 minutes, for four days.

    With --once the answer is 0 when all was sent, and 1 when something was not. The environment is that of “serve”.

    Example:  spelregel mail send --tenants /srv/tenants
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _post(tenants, database) as application, _told_to_stop() as stop:
        if not once:
            application.watch()
            application.postman.run(stop)
            return
        post = application.postman.round(stop)
    click.echo(
        t(
            msg(
                "Sent: %(sent)s. To be tried again: %(again)s. Given up: %(given_up)s.",
                sent=post.sent,
                again=post.again,
                given_up=post.given_up,
            )
        )
    )
    sys.exit(1 if post.again or post.given_up else 0)


@mail_commands.command("list")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@click.option("--tenants", metavar="DIR", help="The folder with one YAML file per organisation.")
@click.option("--database", metavar="URL", help="Such as sqlite:///spelregel.db or postgresql://user@host/name.")
def mail_list_command(as_json: bool, tenants: str | None, database: str | None) -> None:
    """How many mails of each organisation wait, were given up, and were sent in the last thirty days.

    No address and no subject is shown.

    Example:  spelregel mail list --json
    """
    counts: dict[str, MailCounts] = {}
    with _post(tenants, database) as application:
        for slug in application.registry.snapshot.slugs():
            with tenant_session(application.engine, slug) as session:
                counts[slug] = count_mail(session)
    if as_json:
        rows = {slug: {"waiting": each.waiting, "failed": each.failed, "sent": each.sent,
                       "waiting_since": each.waiting_since.isoformat(timespec="seconds") if each.waiting_since else None}
                for slug, each in counts.items()}  # fmt: skip
        click.echo(json.dumps(rows, indent=2))
        return
    for slug, each in counts.items():
        line = t(msg("waiting %(waiting)s, given up %(failed)s, sent %(sent)s", waiting=each.waiting, failed=each.failed, sent=each.sent))  # fmt: skip
        since = each.waiting_since
        oldest = t(msg("the oldest waits since %(since)s UTC", since=f"{since:%Y-%m-%d %H:%M}")) if since else ""
        click.echo(f"{slug:<24} {line}{'; ' if since else ''}{oldest}")


@mail_commands.command("retry")
@click.option("--tenants", metavar="DIR", help="The folder with one YAML file per organisation.")
@click.option("--database", metavar="URL", help="Such as sqlite:///spelregel.db or postgresql://user@host/name.")
def mail_retry_command(tenants: str | None, database: str | None) -> None:
    """Try what was given up once more, for instance when the mail server refused everything for days.

    Example:  spelregel mail retry
    """
    again = 0
    with _post(tenants, database) as application:
        for slug in application.registry.snapshot.slugs():
            with tenant_session(application.engine, slug, writing=True) as session:
                again += try_again(session)
                session.commit()
    click.echo(t(msg("Mails that are tried again: %(number)s.", number=again)))


@click.command("routes", cls=Command)
@click.option("--json", "as_json", is_flag=True, help="As data.")
@click.option(
    "--env",
    "environment",
    type=click.Choice(ENVIRONMENTS),
    default="production",
    show_default=True,
    metavar="NAME",
    help="production, test or demo: some pages exist in test and demo only.",
)
def routes_command(as_json: bool, environment: str) -> None:
    """Every address that the portals answer, with the roles that it is for.

    “link” is whoever holds the one-time link of a mail, “device” a paired tablet, “operator” who holds the status token. A
    public address answers anybody. Ids are the names of what carries the id of a row, in the address or in what is sent.

    Example:  spelregel routes --json
    """
    names = {"SPELREGEL_ENV": environment, "SPELREGEL_DATABASE": "sqlite://", "SPELREGEL_BASE_DOMAIN": "portal.example",
             "SPELREGEL_CACHE": "none"}  # fmt: skip
    if environment == "production":
        names |= {"SPELREGEL_STATUS_TOKEN": "no token is needed to list", "SPELREGEL_MAIL": "smtps://mail.portal.example",
                  "SPELREGEL_MAIL_FROM": "portal@portal.example"}  # fmt: skip
    routes = every_route(_settings(names))
    if as_json:
        click.echo(json.dumps([route.as_data() for route in routes], indent=2))
        return
    width = max(len(route.path) for route in routes)
    for route in routes:
        who = t(msg("public")) if route.public else ", ".join(route.roles)
        ids = f"  [{', '.join(route.ids)}]" if route.ids else ""
        click.echo(f"{route.method:<5} {route.path:<{width}}  {who}{ids}")


COMMANDS = (serve_command, demo_command, personas_command, database_commands, mail_commands, routes_command)
