"""The only place that knows all features: settings in, one WSGI application out; and the server around it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from spelregel.demo import mail_page, start_page, story
from spelregel.notify.carriers import carrier_for
from spelregel.notify.expiring_credit import credit_expires, tell_of_expiring_credit
from spelregel.notify.invitations import due_invitations
from spelregel.notify.judged_requests import lapse_requests
from spelregel.notify.new_passwords import answer_requests
from spelregel.notify.postman import Errand, Postman
from spelregel.portal.absence import parent_views as absence
from spelregel.portal.account import parent_views as account
from spelregel.portal.administration import staff_views as administration
from spelregel.portal.agenda import feed_views as calendar_feed
from spelregel.portal.agenda import parent_views as agenda
from spelregel.portal.approvals import staff_views as approvals
from spelregel.portal.conditions import parent_views as conditions
from spelregel.portal.consents import parent_views as consents
from spelregel.portal.credentials import parent_views as credentials
from spelregel.portal.credits import parent_views as credits
from spelregel.portal.day_requests import parent_views as day_requests
from spelregel.portal.decisions import parent_views as decisions
from spelregel.portal.devices import parent_views as devices
from spelregel.portal.family import parent_views as family
from spelregel.portal.links import parent_views as links
from spelregel.portal.passkeys import parent_views as passkeys
from spelregel.portal.staff import staff_views as staff
from spelregel.portal.study_days import staff_views as study_days
from spelregel.portal.support_looks import staff_views as support_looks
from spelregel.portal.tablets import staff_views as tablets
from spelregel.records import live_files
from spelregel.records.day_requests import may_lapse
from spelregel.records.invitation_plan import invitations_wait
from spelregel.records.link_requests import requests_wait
from spelregel.settings import Settings
from spelregel.storage import migrations
from spelregel.storage.session import behind_the_wall, open_engine
from spelregel.support import console, visiting
from spelregel.tenancy.kept_checks import KeptChecks
from spelregel.tenancy.registry import FileState, Registry
from spelregel.web import headers, here, login, looking, pages, status_page
from spelregel.web.clock import Clock, clock
from spelregel.web.parameters import DeclaringRequest
from spelregel.web.request_log import logged, write_json_lines
from spelregel.web.routes import Route, routes_of
from spelregel.web.tenant_from_host import WsgiApp, tenant_gate
from spelregel.words.locale import Register
from spelregel.words.problem_text import problem_as_text

#: In the order of the menu, and of the steps that hold a person: the second proof comes before every other.
FEATURES: tuple[ModuleType, ...] = (
    credentials, agenda, absence, day_requests, credits, conditions, decisions, staff, approvals, study_days, administration,
    tablets, account, devices, links, passkeys, family, consents, support_looks, calendar_feed,
)  # fmt: skip
LOOK_EVERY = 0.4  # seconds: a change is seen in two looks, well within the promised two seconds
REST = 2  # times as long as it worked rests the thread that watches: requests go before it

log = logging.getLogger("spelregel")


class NotMigrated(RuntimeError):
    """The database is older than the program."""


@dataclass(frozen=True, slots=True)
class Application:
    """What gunicorn and the tests call. `registry` is looked at by `watch`, or by hand; `postman` sends when it is told to."""

    wsgi: WsgiApp
    registry: Registry
    engine: Engine
    clock: Clock
    portal: Flask
    platform: Flask
    console: Flask | None  # in test and demo only
    postman: Postman

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.wsgi(environ, start_response)

    def watch(self) -> None:
        """Looks at the folder of tenant files for as long as this process lives, and checks in between what waits for it."""
        threading.Thread(target=self._watch_for_ever, name="tenant files", daemon=True).start()

    def deliver(self) -> None:
        """Sends mail for as long as this process lives: in test and demo, where no other process does."""
        stop = threading.Event()
        threading.Thread(target=self.postman.run, args=(stop,), name="mail", daemon=True).start()

    def _watch_for_ever(self) -> None:
        pause, next_look = threading.Event(), time.monotonic()
        while True:
            begun = time.monotonic()
            more = False
            try:
                if begun >= next_look:
                    next_look = begun + LOOK_EVERY
                    self.look()
                    next_look = max(next_look, time.monotonic() + REST * (time.monotonic() - begun))
                more = self.check_next()
            except Exception:  # one bad look must not be the last
                log.exception("looking at the tenant files failed")
            worked = time.monotonic() - begun
            pause.wait(REST * worked if more else max(next_look - time.monotonic(), 0))

    def look(self) -> None:
        """One look, and writes down the last good versions until that has succeeded: the database may be away for a while."""
        self.registry.look(self.clock())
        _keep_last_good(self.engine, self.registry, self.clock())

    def check_next(self) -> bool:
        """One file that nobody has visited yet; False when none is left."""
        more = self.registry.check_next(self.clock())
        if not more:
            self.registry.remember()
        return more


def _keep_last_good(engine: Engine, registry: Registry, now: datetime) -> None:
    texts = registry.unkept()
    if texts:
        live_files.keep(engine, texts, now)
        registry.kept(texts)


def create_app(settings: Settings, *, now: Clock | None = None) -> Application:
    """Raises NotMigrated in production when `spelregel db upgrade` has to run first, and WebRoleError when the walls
    would not hold for who logs in to the database."""
    engine, tick = open_engine(settings.database), now or clock(settings.clock_offset)
    if not migrations.is_current(engine):
        if settings.is_production:
            raise NotMigrated("The database is not up to date: run  spelregel db upgrade  first.")
        migrations.upgrade(engine)
    engine = behind_the_wall(engine, settings.database, refuse=settings.is_production)

    def changed(name: str, state: FileState | None) -> None:
        _tell(name, state)
        if settings.is_demo and state and state.claim:
            tenant = registry.snapshot.by_subdomain.get(state.claim.subdomain)
            if tenant:
                story.tell(engine, tenant, tick())

    kept = KeptChecks(settings.cache, settings.tenants)
    registry = Registry(settings.tenants, changed, lambda name: live_files.recall(engine, name), kept)
    portal, platform = _portal(settings, engine, tick), _platform(settings, engine, tick)
    desk = None if settings.is_production else _console(settings, engine, tick)
    registry.look(tick(), patient=False)
    while settings.is_demo and registry.check_next(tick()):
        pass  # the demo tells a story of every organisation before anybody comes
    _keep_last_good(engine, registry, tick())
    gate = tenant_gate(
        registry,
        settings.base_domain,
        portal.wsgi_app,
        platform.wsgi_app,
        desk.wsgi_app if desk else status_page.nowhere,
        status_page.nowhere,
        status_page.not_now,
    )
    postman = Postman(
        engine,
        carrier_for(settings.mail),
        settings.mail_from,
        lambda: registry.snapshot,
        tick,
        keep_text=settings.is_demo,
        errands=_errands(settings),
    )
    return Application(
        _behind_proxies(logged(gate), settings.proxies), registry, engine, tick, portal, platform, desk, postman
    )


def _behind_proxies(app: WsgiApp, count: int) -> WsgiApp:
    """Whose network address asks: what the last `count` proxies say, and nothing that a client writes. Never the host."""
    return ProxyFix(app, x_for=count, x_proto=0, x_host=0, x_port=0, x_prefix=0) if count else app


def _errands(settings: Settings) -> tuple[Errand, ...]:
    return (
        Errand("answering who asked for a link", lambda session, _now: requests_wait(session),
               partial(answer_requests, settings=settings)),
        Errand("withdrawing requests that waited too long", may_lapse, partial(lapse_requests, settings=settings), timedelta(minutes=1)),
        Errand("telling of credit that is about to lapse", credit_expires, partial(tell_of_expiring_credit, settings=settings), timedelta(hours=1)),
        Errand("inviting new people", invitations_wait, partial(due_invitations, settings=settings), timedelta(minutes=1)),
    )  # fmt: skip


def _flask(settings: Settings, engine: Engine, tick: Clock) -> Flask:
    app = Flask("spelregel.web", template_folder="templates", static_folder="static")
    app.request_class = DeclaringRequest
    app.config.update(
        SETTINGS=settings,
        ENGINE=engine,
        CLOCK=tick,
        MAX_CONTENT_LENGTH=256 * 1024,
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    return app


def _portal(settings: Settings, engine: Engine, tick: Clock) -> Flask:
    app = _flask(settings, engine, tick)
    here.install(app)
    headers.install(
        app, https=settings.is_production, open_endpoints=frozenset({"demo.enter"}) if settings.is_demo else frozenset()
    )
    login.install(app, [step for feature in FEATURES for step in getattr(feature, "STEPS", ())])
    pages.install(app, [tab for feature in FEATURES for tab in feature.TABS])
    looking.install(app)
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)
    if settings.is_demo:
        app.register_blueprint(start_page.doors)
    if not settings.is_production:
        visiting.install(app)
    return app


def _platform(settings: Settings, engine: Engine, tick: Clock) -> Flask:
    app = _flask(settings, engine, tick)
    login.refuse_what_is_not_declared(app)
    headers.install(
        app, https=settings.is_production, form_targets=("http://*.localhost:*",) if settings.is_demo else ()
    )
    status_page.install(app, settings, tick)
    if settings.is_demo:
        app.register_blueprint(start_page.front)
        app.register_blueprint(mail_page.mails)
    return app


def _console(settings: Settings, engine: Engine, tick: Clock) -> Flask:
    """Where support chooses whom to be, and when: in test and demo only."""
    app = _flask(settings, engine, tick)
    every_portal = f"*.{settings.base_domain}:*"
    headers.install(app, https=False, form_targets=(f"http://{every_portal}", f"https://{every_portal}"))
    console.install(app, settings)
    return app


def every_route(settings: Settings) -> list[Route]:
    """Of all applications that these settings run, each once; no database is asked."""
    engine, tick = open_engine("sqlite://"), clock(0)
    applications = [_portal(settings, engine, tick), _platform(settings, engine, tick)]
    if not settings.is_production:
        applications.append(_console(settings, engine, tick))
    return list(dict.fromkeys(route for app in applications for route in routes_of(app)))


def _tell(name: str, state: FileState | None) -> None:
    if state is None:
        log.warning("%s is gone: its portal is dark, its data stay", name)
    elif state.broken:
        english = Register("en")
        text = "\n".join(problem_as_text(problem, english.text) for problem in state.problems)
        log.error(
            "%s is broken: %s\n%s", name, "the last good version stays live" if state.claim else "it is not live", text
        )
    elif state.claim and state.digest:
        log.info("%s is live at %s, version %s", name, state.claim.subdomain, state.digest[:12])


def serve(settings: Settings, *, workers: int, threads: int, ready: Callable[[], None] | None = None) -> None:
    """Runs until it is stopped. Each worker reads the files and watches them on its own."""
    from gunicorn.app.base import BaseApplication  # not on every platform that can run `check`

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            options = {"bind": f"{settings.bind}:{settings.port}", "workers": workers, "threads": threads, "worker_class": "gthread", "timeout": 60,
                       "graceful_timeout": 10, "keepalive": 5, "loglevel": "warning", "control_socket_disable": True, "forwarder_headers": "",
                       "when_ready": lambda _server: ready() if ready else None}  # fmt: skip
            for key, value in options.items():
                if key in self.cfg.settings:
                    self.cfg.set(key, value)

        def load(self) -> Application:
            if settings.is_demo:  # read by somebody who tries it out
                logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
                for noisy in ("alembic", "spelregel.request"):
                    logging.getLogger(noisy).setLevel(logging.WARNING)
            else:
                write_json_lines()
            application = create_app(settings)
            application.watch()
            if not settings.is_production:
                application.deliver()
            return application

    Server().run()
