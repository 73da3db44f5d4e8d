"""The page that parents open most, beside the least that could show the same rows."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, render_template_string
from sqlalchemy import create_engine, text

from bench.side_by_side import side_by_side
from tests.browse import Visitor, visitor
from tests.conftest import Clock, open_portal

PAGE = "<ul>{% for r in rows %}<li>{{ r.day }} {{ r.starts }} {{ r.first_name }} {{ r.name }}</li>{% endfor %}</ul>"
ASKED = 20


def agenda(folder: Path) -> dict[str, float]:
    app = open_portal(f"sqlite:///{folder / 'bench.db'}", Clock("2026-12-08 09:00"))
    parent: Visitor = visitor(app, "langekeizer").log_in()
    bare, engine = Flask("bare"), create_engine(f"sqlite:///{folder / 'bench.db'}")

    @bare.get("/")
    def plain() -> str:
        """The same tables with plain SQL and a plain template: no log-in, no decision, one language."""
        with engine.connect() as connection:
            rows = connection.execute(
                text("select d.weekday as day, d.starts, c.first_name, g.name from contract k join contract_daypart d on d.contract_id = k.id"
                     " join child c on c.id = k.child_id join care_group g on g.id = d.group_id where k.tenant_id = 'langekeizer'")
            ).all()  # fmt: skip
            absences = connection.execute(text("select day, starts, child_id from absence where tenant_id = 'langekeizer'")).all()  # fmt: skip
            credits = connection.execute(text("select portion_id, sum(sixtieths) from credit_ledger_entry where tenant_id = 'langekeizer' group by 1")).all()  # fmt: skip
        return render_template_string(PAGE, rows=rows * 3, absences=absences, credits=credits)

    asked = bare.test_client()
    print(
        "\nthe agenda of three weeks: bare page with plain SQL, and ours with log-in, guard, two languages and a decision per daypart"
    )
    assert parent.get("/agenda").status_code == 200
    measured = side_by_side(
        {
            "bare Flask + plain SQL": lambda: [asked.get("/") for _ in range(ASKED)],
            "the agenda": lambda: [parent.get("/agenda") for _ in range(ASKED)],
        },
        ASKED,
    )
    measured.table()
    app.engine.dispose()
    engine.dispose()
    least, ours = measured.seconds
    return {"agenda_page_vs_bare": measured.ratio(ours, least)}
