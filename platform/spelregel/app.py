"""The only place that knows all features: settings in, one WSGI application out; and the server around it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from spelregel.demo import start_page, story
from spelregel.portal.absence import parent_views as absence
from spelregel.portal.account import parent_views as account
from spelregel.portal.agenda import parent_views as agenda
from spelregel.portal.conditions import parent_views as conditions
from spelregel.portal.credits import parent_views as credits
from spelregel.portal.decisions import parent_views as decisions
from spelregel.records import live_files
from spelregel.settings import Settings
from spelregel.storage import migrations
from spelregel.storage.session import open_engine
from spelregel.tenancy.registry import FileState, Registry, Snapshot
from spelregel.web import headers, here, pages, status_page
from spelregel.web.clock import Clock, clock
from spelregel.web.tenant_from_host import WsgiApp, tenant_gate
from spelregel.words.locale import Register
from spelregel.words.problem_text import problem_as_text

#: In the order of the menu.
FEATURES: tuple[ModuleType, ...] = (agenda, absence, credits, conditions, decisions, account)
LOOK_EVERY = 0.4  # seconds: a change is seen in two looks, well within the promised two seconds

log = logging.getLogger("spelregel")


class NotMigrated(RuntimeError):
    """The database is older than the program."""


@dataclass(frozen=True, slots=True)
class Application:
    """What gunicorn and the tests call. `registry` is looked at by `watch`, or by hand."""

    wsgi: WsgiApp
    registry: Registry
    engine: Engine
    clock: Clock
    portal: Flask
    platform: Flask

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.wsgi(environ, start_response)

    def watch(self) -> None:
        """Looks at the folder of tenant files for as long as this process lives."""

        def look_for_ever() -> None:
            pause, kept = threading.Event(), self.registry.snapshot
            while True:
                pause.wait(LOOK_EVERY)
                try:
                    kept = self._look(kept)
                except Exception:  # one bad look must not be the last
                    log.exception("looking at the tenant files failed")

        threading.Thread(target=look_for_ever, name="tenant files", daemon=True).start()

    def _look(self, kept: Snapshot) -> Snapshot:
        """Looks, and writes down the last good versions until that has succeeded: the database may be away for a while."""
        self.registry.look(self.clock())
        found = self.registry.snapshot
        if found is not kept:
            gone = {state.name for state in kept.files} - {state.name for state in found.files}
            _keep_last_good(self.engine, self.registry, frozenset(gone), self.clock())
        return found


def _keep_last_good(engine: Engine, registry: Registry, gone: frozenset[str], now: datetime) -> None:
    live = {state.name: state.tenant.text for state in registry.snapshot.files if state.tenant}
    live_files.keep(engine, live, gone, now)


def create_app(settings: Settings, *, now: Clock | None = None) -> Application:
    """Raises NotMigrated in production when `spelregel db upgrade` has to run first."""
    engine, tick = open_engine(settings.database), now or clock(settings.clock_offset)
    if not migrations.is_current(engine):
        if settings.is_production:
            raise NotMigrated("The database is not up to date: run  spelregel db upgrade  first.")
        migrations.upgrade(engine)

    def changed(name: str, state: FileState | None) -> None:
        _tell(name, state)
        if settings.is_demo and state and state.tenant:
            story.tell(engine, state.tenant, tick())

    registry = Registry(settings.tenants, changed, lambda name: live_files.recall(engine, name))
    portal, platform = _portal(settings, engine, tick), _platform(settings, engine, tick)
    registry.look(tick(), patient=False)
    _keep_last_good(engine, registry, frozenset(), tick())
    gate = tenant_gate(registry, settings.base_domain, portal.wsgi_app, platform.wsgi_app, status_page.nowhere)
    return Application(gate, registry, engine, tick, portal, platform)


def _flask(settings: Settings, engine: Engine, tick: Clock) -> Flask:
    app = Flask("spelregel.web", template_folder="templates", static_folder="static")
    app.config.update(
        SETTINGS=settings, ENGINE=engine, CLOCK=tick, MAX_CONTENT_LENGTH=256 * 1024, PROPAGATE_EXCEPTIONS=False
    )
    return app


def _portal(settings: Settings, engine: Engine, tick: Clock) -> Flask:
    app = _flask(settings, engine, tick)
    here.install(app)
    headers.install(
        app, https=settings.is_production, open_endpoints=frozenset({"demo.enter"}) if settings.is_demo else frozenset()
    )
    pages.install(app, [tab for feature in FEATURES for tab in feature.TABS])
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)
    if settings.is_demo:
        app.register_blueprint(start_page.doors)
    return app


def _platform(settings: Settings, engine: Engine, tick: Clock) -> Flask:
    app = _flask(settings, engine, tick)
    headers.install(
        app, https=settings.is_production, form_targets=("http://*.localhost:*",) if settings.is_demo else ()
    )
    status_page.install(app, settings, tick)
    if settings.is_demo:
        app.register_blueprint(start_page.front)
    return app


def _tell(name: str, state: FileState | None) -> None:
    if state is None:
        log.warning("%s is gone: its portal is dark, its data stay", name)
    elif state.broken:
        english = Register("en")
        text = "\n".join(
            problem_as_text(problem, english.text) for problem in state.problems if problem.severity == "error"
        )
        log.error(
            "%s is broken: %s\n%s", name, "the last good version stays live" if state.tenant else "it is not live", text
        )
    elif state.tenant:
        log.info("%s is live at %s, version %s", name, state.tenant.subdomain, state.tenant.rulebook.digest[:12])


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
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
            logging.getLogger("alembic").setLevel(logging.WARNING)
            application = create_app(settings)
            application.watch()
            return application

    Server().run()
