"""Ratios, taken side by side in one run: our code against the least that could do the same. `./dev bench`.

Each round runs all sides in turn; the median of the rounds' ratios is what counts, times alone say nothing.
"""

from __future__ import annotations

import gc
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, render_template_string
from sqlalchemy import create_engine, text

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browse import Visitor, visitor  # noqa: E402  # found after the line above
from tests.conftest import Clock, open_portal, tenant  # noqa: E402  # found after the line above

from spelregel.demo.people import PASSWORD, families_of  # noqa: E402  # found after the line above
from spelregel.rules.absence import decide_absence  # noqa: E402  # found after the line above
from spelregel.rules.facts import AbsenceFacts, CareDay  # noqa: E402  # found after the line above

ROUNDS = 9
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def side_by_side(sides: dict[str, Callable[[], object]], repeat: int) -> None:
    """Prints each side's CPU time per call and its ratio to the first."""
    names, ratios = list(sides), {name: [] for name in sides}
    spent: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            gc.collect()
            begun = time.process_time()
            for _ in range(repeat):
                run()
            spent[name].append((time.process_time() - begun) / repeat)
        for name in names:
            ratios[name].append(spent[name][-1] / spent[names[0]][-1])
    for name in names:
        low, middle, high = min(ratios[name]), statistics.median(ratios[name]), max(ratios[name])
        print(
            f"  {name:<44} {statistics.median(spent[name]) * 1e6:>10.1f} µs   × {middle:5.2f}   ({low:.2f} to {high:.2f})"
        )


def by_hand(day: date, starts: clock_time, ends: clock_time, reported: datetime, by: str) -> int | None:
    """What a programmer would write for one organisation: two days before, half past nine."""
    local = reported.astimezone(AMSTERDAM).replace(tzinfo=None)
    limit = datetime.combine(day - timedelta(days=2), clock_time(9, 30))
    if by != "parent" or local >= limit:
        return None
    return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute


def decisions() -> None:
    rulebook = tenant("fantaziehuis").rulebook
    starts, ends, day = clock_time(8), clock_time(13), date(2026, 12, 10)
    reported = datetime(2026, 12, 8, 8, 29, tzinfo=UTC)
    care = CareDay(day, starts, ends, "kdv")
    print("one decision, from an instant and a day of care")
    side_by_side(
        {
            "by hand, without a reason": lambda: by_hand(day, starts, ends, reported, "parent"),
            "from the file, with every condition's trace": lambda: decide_absence(
                rulebook, AbsenceFacts(care, reported, "parent")
            ),
        },
        3000,
    )


PAGE = "<ul>{% for r in rows %}<li>{{ r.day }} {{ r.starts }} {{ r.first_name }} {{ r.name }}</li>{% endfor %}</ul>"


def agenda(folder: Path) -> None:
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
            absences = connection.execute(
                text("select day, starts, child_id from absence where tenant_id = 'langekeizer'")
            ).all()
            credits = connection.execute(
                text(
                    "select portion_id, sum(sixtieths) from credit_ledger_entry where tenant_id = 'langekeizer' group by 1"
                )
            ).all()
        return render_template_string(PAGE, rows=rows * 3, absences=absences, credits=credits)

    asked = bare.test_client()
    print(
        "the agenda of three weeks: bare page with plain SQL, and ours with log-in, guard, two languages and a decision per daypart"
    )
    side_by_side({"bare Flask + plain SQL": lambda: asked.get("/"), "the agenda": lambda: parent.get("/agenda")}, 20)
    assert parent.get("/agenda").status_code == 200 and PASSWORD and families_of(parent.tenant)
    app.engine.dispose()
    engine.dispose()


def checking() -> None:
    from spelregel.tenancy.check import check_text
    from spelregel.tenancy.yaml_source import read_yaml

    raw = (ROOT / "tenants" / "quadrant.yaml").read_bytes()
    print("reading a file: the strict loader alone, and everything that `check` does")
    side_by_side(
        {"read with places": lambda: read_yaml(raw, "x"), "checked, built, examples run": lambda: check_text(raw, "x")},
        3,
    )


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", line_buffering=True)
    decisions()
    checking()
    with tempfile.TemporaryDirectory() as folder:
        agenda(Path(folder))
