"""The page that parents open most, beside the least that could show the same days: Flask, SQLAlchemy Core, one template, one
language, nobody logged in, nothing decided; as many statements, the same markup for each entry, and a page of the same size."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import Connection, MetaData, Table, create_engine, event, func, select

from bench.side_by_side import side_by_side
from tests.browse import Visitor, visitor
from tests.conftest import Clock, open_portal

NOW = "2026-12-08 09:00"
FIRST, LAST = date(2026, 12, 8), date(2026, 12, 27)
ASKED = 20
PAGE = """<!doctype html><html lang="en"><head><title>Agenda</title></head><body><main><h1>Agenda</h1>
<section class="answer"><h2>Tomorrow</h2>{% for row in days[0][1] %}<p><strong>{{ row.first_name }} {{ span(row) }}.</strong> Reporting absent is possible until the day before.</p>{% endfor %}</section>
<div id="days">{% for day, rows in days %}{% set long = said(day) %}
<li class="day"><h2 class="date"><span class="weekday">{{ weekdays[day.weekday()] }}</span> <span class="number">{{ day.day }} {{ months[day.month] }}</span></h2>
<div class="entries">
{% for row in rows %}{% set reason = absent.get((row.child_id, day, row.starts)) %}
<article class="entry{% if reason %} absent{% endif %}" aria-label="{{ row.first_name }}, {{ long }}">
  <span class="face tone-{{ row.tone }}" aria-hidden="true">{{ row.first_name[:1] }}</span>
  <div class="what">
    <h3>{{ row.first_name }} <span class="times">{{ span(row) }}</span></h3>
    <p>{% if reason %}Reported absent: {{ reason }}.{% else %}Reporting absent with credit is possible until {{ "%02d:%02d"|format(row.starts.hour, row.starts.minute) }} on {{ long }}.{% endif %}</p>
  </div>
  <div class="foot">
    <details><summary>Details<span class="sr"> {{ row.first_name }}, {{ long }}</span></summary><p>{{ row.care_type }} · {{ row.group_name }} · {{ row.location_name }}</p></details>
    <a class="button small" href="{{ url_for('plain', day=day.isoformat(), child=row.child_id) }}">Absent<span class="sr"> {{ row.first_name }}, {{ long }}</span></a>
  </div>
</article>
{% endfor %}</div></li>{% endfor %}</div>
<ul>{% for credit in credits %}<li>{{ credit.kind }} {{ credit.left }}</li>{% endfor %}</ul>
{% for booking in bookings %}<p>{{ booking.day }} {{ booking.starts }} {{ booking.state }}</p>{% endfor %}{{ layout|safe }}</main></body></html>"""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("", *(date(2026, number, 1).strftime("%B") for number in range(1, 13)))


def _bare(url: str, guardian_id: str, layout: str) -> Flask:
    """Five statements with SQLAlchemy Core, Row objects, one template: a good programmer's first version of the page."""
    app, engine, tables = Flask("bare"), create_engine(url), MetaData()
    tables.reflect(engine)
    app.jinja_loader = DictLoader({"agenda.html": PAGE})  # type: ignore[assignment]  # any loader will do
    child, custody, contract, part = (
        tables.tables[name] for name in ("child", "custody", "contract", "contract_daypart")
    )
    group, location, absence, report = (
        tables.tables[name] for name in ("care_group", "location", "absence", "absence_report")
    )
    portion, entry, booking = (tables.tables[name] for name in ("credit_portion", "credit_ledger_entry", "booking"))

    def own(table: Table) -> Any:
        return table.c.tenant_id == "langekeizer"

    def read(connection: Connection) -> dict[str, Any]:
        ids = [
            row.id
            for row in connection.execute(
                select(child.c.id)
                .join(custody, custody.c.child_id == child.c.id)
                .where(custody.c.guardian_id == guardian_id, own(child))
            )
        ]
        pattern = connection.execute(
            select(
                contract.c.child_id,
                contract.c.care_type,
                part.c.weekday,
                part.c.starts,
                part.c.ends,
                child.c.first_name,
                group.c.name.label("group_name"),
                location.c.name.label("location_name"),
            )
            .join(part, part.c.contract_id == contract.c.id)
            .join(child, child.c.id == contract.c.child_id)
            .join(group, group.c.id == part.c.group_id)
            .join(location, location.c.id == group.c.location_id)
            .where(contract.c.child_id.in_(ids), own(contract))
            .order_by(part.c.starts)
        ).all()
        within = (booking.c.day >= FIRST) & (booking.c.day <= LAST)
        bookings = connection.execute(
            select(booking.c.day, booking.c.starts, booking.c.state).where(
                booking.c.child_id.in_(ids), own(booking), within
            )
        ).all()
        absent = {
            (row.child_id, row.day, row.starts): row.reason
            for row in connection.execute(
                select(absence.c.child_id, absence.c.day, absence.c.starts, report.c.reason)
                .join(report, report.c.id == absence.c.report_id)
                .where(absence.c.child_id.in_(ids), own(absence))
            )
        }
        credits = connection.execute(
            select(portion.c.kind, func.sum(entry.c.sixtieths).label("left"))
            .join(entry, entry.c.portion_id == portion.c.id)
            .where(portion.c.child_id.in_(ids), own(portion))
            .group_by(portion.c.id)
        ).all()
        return {"pattern": pattern, "bookings": bookings, "absent": absent, "credits": credits}  # fmt: skip

    def said(day: date) -> str:
        return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month]}"

    def span(row: Any) -> str:
        return f"{row.starts:%H:%M}–{row.ends:%H:%M}"

    @app.get("/")
    def plain() -> str:
        with engine.connect() as connection:
            found = read(connection)
        days = []
        for number in range((LAST - FIRST).days + 1):
            day = FIRST + timedelta(days=number)
            if rows := [row for row in found["pattern"] if row.weekday == day.weekday()]:
                days.append((day, rows))
        return render_template(
            "agenda.html", days=days, weekdays=WEEKDAYS, months=MONTHS, layout=layout, said=said, span=span, **found
        )

    return app


def agenda(folder: Path) -> dict[str, float]:
    url = f"sqlite:///{folder / 'bench.db'}"
    app = open_portal(url, Clock(NOW))
    parent: Visitor = visitor(app, "langekeizer").log_in()
    statements: list[str] = []
    event.listen(app.engine, "before_cursor_execute", lambda _c, _cursor, text, *_rest: statements.append(text))
    size = len(parent.get("/agenda").data)
    statements.clear()
    assert parent.get("/agenda").status_code == 200
    asked_for = [text for text in statements if not text.startswith("BEGIN")]
    reading = create_engine(url)
    with reading.connect() as connection:
        guardian = connection.exec_driver_sql(
            "SELECT account.guardian_id FROM login_session JOIN account ON account.id = login_session.account_id"
            " WHERE login_session.tenant_id = 'langekeizer' AND account.guardian_id IS NOT NULL"
        ).scalar_one()
    reading.dispose()
    short = len(_bare(url, guardian, "").test_client().get("/").data)
    # The frame of our pages (menu, icons) is ready-made text to the other side.
    bare = _bare(url, guardian, "x" * max(size - short, 0)).test_client()
    print(f"\nthe agenda of three weeks ({size:,} bytes, {len(asked_for)} statements): a bare page beside ours with log-in, guard, two languages and a decision per daypart")  # fmt: skip
    measured = side_by_side(
        {
            "bare Flask + SQLAlchemy Core": lambda: [bare.get("/") for _ in range(ASKED)],
            "the agenda": lambda: [parent.get("/agenda") for _ in range(ASKED)],
        },
        ASKED,
    )
    measured.table()
    app.engine.dispose()
    least, ours = measured.seconds
    return {"agenda_page_vs_bare": measured.ratio(ours, least), "agenda_page_statements": len(asked_for)}
