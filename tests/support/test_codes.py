"""Under every refusal stands a code, and at the desk it opens the same decision: its facts, its rules, file and line."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.records import support_codes
from spelregel.records.audit import AuditEntry
from spelregel.records.guesses import PER_SUBJECT, WINDOW
from spelregel.records.support_codes import (
    ALPHABET,
    Refusal,
    SupportCode,
    as_kept,
    as_shown,
    codes_for,
    signs_of,
)
from spelregel.storage.session import tenant_session
from spelregel.tenancy.check import reading_of
from spelregel.tenancy.judging import judge
from spelregel.tenancy.tenant import Tenant
from tests.browse import Visitor, field, follow, visitor, words
from tests.conftest import ROOT, Clock, open_portal
from tests.support.desk import CONSOLE, Desk, desk

Choose = Callable[[str], Tenant]
As = Callable[[str], Visitor]
At = Callable[[str], object]
THURSDAY = "/absence/new?day=2026-12-10"


def codes_in(answer: TestResponse) -> list[str]:
    return re.findall(r"Code voor de helpdesk: ([0-9A-Z]{4}-[0-9A-Z]{4})", words(answer))


def read(support: Desk, code: str) -> TestResponse:
    return support.open(f"{CONSOLE}/code/{code}?lang=en")


def test_a_refused_report_has_a_code_that_opens_it_at_the_desk(
    tenant: Choose, moment: At, as_: As, demo: Application
) -> None:
    tenant("deroef")
    moment("2026-12-10 14:01")
    parent = as_("guardian")
    code = codes_in(parent.get(THURSDAY))[-1]
    page = read(desk(demo), code)
    assert page.status_code == 200
    told = words(page)
    assert "Reporting absent was possible until 08:00 on Thursday 10 December" in told
    assert "tenants/deroef.yaml:" in told and "This decided." in told and "2026-12-10T14:01+01:00" in told
    assert "Read on Thursday 10 December 2026, 14:01; nothing was sent." in told and "/go/deroef/" in page.text


def test_the_code_stays_the_same_while_the_page_is_read_again_and_is_another_for_another_person(
    tenant: Choose, moment: At, as_: As
) -> None:
    tenant("deroef")
    moment("2026-12-10 14:01")
    parent = as_("guardian")
    first = codes_in(parent.get(THURSDAY))
    moment("2026-12-10 14:07")
    assert codes_in(parent.get(THURSDAY)) == first
    other = families_of_other(parent)
    assert first and not set(codes_in(as_(other).get(THURSDAY))) & set(first)


def families_of_other(parent: Visitor) -> str:
    from spelregel.demo.people import families_of

    mine = words(parent.get("/account"))
    return next(f.parent for f in families_of(parent.tenant) if f.parent not in mine)


def test_credit_that_is_not_given_has_a_code_before_and_after_it_is_sent(
    tenant: Choose, moment: At, as_: As, demo: Application
) -> None:
    tenant("langekeizer")
    moment("2026-12-10 07:31")
    parent = as_("guardian")
    form = parent.get(THURSDAY)
    assert codes_in(form) == [], "the report itself is taken"
    sent = {"day": "2026-12-10", "until": "2026-12-10", "shown_day": "2026-12-10", "shown_until": "2026-12-10",
            "daypart": field(form, "daypart"), "reason": "holiday"}  # fmt: skip
    confirm = follow(parent, parent.post("/absence/new", sent))
    before = codes_in(confirm)
    done = follow(parent, parent.post(confirm.request.path, {"seen": field(confirm, "seen")[0]}))
    after = codes_in(done)
    assert before and after and set(before).isdisjoint(after)
    why = parent.get(re.findall(r"/decisions/[0-9a-f]{32}", done.text)[0])
    assert codes_in(why)[0] in after
    support = desk(demo)
    assert "nothing was sent" in words(read(support, before[0]))
    assert "Decided on Thursday 10 December 2026, 07:31." in words(read(support, after[0]))
    assert "credits." in words(read(support, after[0])) and "tenants/langekeizer.yaml:" in words(
        read(support, after[0])
    )


def test_what_cannot_be_taken_back_has_a_code(tenant: Choose, moment: At, as_: As, demo: Application) -> None:
    tenant("deroef")
    moment("2026-12-10 07:30")
    parent = as_("guardian")
    form = parent.get(THURSDAY)
    sent = {"day": "2026-12-10", "until": "2026-12-10", "shown_day": "2026-12-10", "shown_until": "2026-12-10",
            "daypart": field(form, "daypart"), "reason": "holiday"}  # fmt: skip
    confirm = follow(parent, parent.post("/absence/new", sent))
    done = follow(parent, parent.post(confirm.request.path, {"seen": field(confirm, "seen")[0]}))
    moment("2026-12-11 10:00")
    absence = re.findall(r"/absence/([0-9a-f]{32})/withdraw\"", done.text)[0]
    page = as_("guardian").get(f"/absence/{absence}/withdraw")
    [code] = codes_in(page)
    assert "absence.withdraw" in words(read(desk(demo), code))


def test_the_decision_stays_as_it_was_when_the_rules_change(tmp_path: Path, database_url: str, clock: Clock) -> None:
    tenants = tmp_path / "tenants"
    shutil.copytree(ROOT / "tenants", tenants)
    app = open_portal(database_url, clock, tenants)
    clock.set("2026-12-10 14:01")
    parent = visitor(app, "deroef").log_in()
    code = codes_in(parent.get(THURSDAY))[0]
    path = tenants / "deroef.yaml"
    path.write_text("# a line that moves every other\n" + path.read_text("utf-8"), "utf-8")
    for _ in range(3):
        app.look()
    page = words(read(desk(app), code))
    assert "The rules have changed since" in page and "was possible until" in page
    app.engine.dispose()


def test_a_code_can_be_copied_by_hand(demo: Application, clock: Clock) -> None:
    clock.set("2026-12-10 14:01")
    code = codes_in(visitor(demo, "deroef").log_in().get(THURSDAY))[0]
    support = desk(demo)
    for typed in (
        code.lower(),
        code.replace("-", ""),
        f" {code[:4]} {code[5:]} ",
        code.replace("0", "O").replace("1", "l"),
    ):
        answer = support.client.get("/code", base_url=CONSOLE, query_string={"code": typed})
        assert answer.status_code == 303 and code in answer.location, typed
    assert as_kept("7K3F-9Q2") is None and as_kept("7K3F-9Q2MM") is None and as_kept("7K3F-9Q2U") is None
    assert support.client.get("/code?code=nothing", base_url=CONSOLE).status_code == 404


def test_who_guesses_at_codes_is_stopped_and_a_right_one_costs_nothing(demo: Application, clock: Clock) -> None:
    clock.set("2026-12-10 14:01")
    right = codes_in(visitor(demo, "deroef").log_in().get(THURSDAY))[0]
    support = desk(demo)
    for _ in range(PER_SUBJECT + 5):
        assert read(support, right).status_code == 200
    signs = signs_of("deroef")
    tried = [read(support, f"{signs}{n:02}-0000").status_code for n in range(PER_SUBJECT + 2)]
    assert tried == [404] * PER_SUBJECT + [429] * 2
    assert read(support, right).status_code == 429
    clock.moment += WINDOW
    assert read(support, right).status_code == 200


def test_without_the_count_guessing_would_go_on(demo: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    monkeypatch.setattr("spelregel.support.console.take_guess", lambda *_: [])
    support, signs = desk(demo), signs_of("deroef")
    assert {read(support, f"{signs}{n:02}-0000").status_code for n in range(PER_SUBJECT + 5)} == {404}


def test_a_code_of_one_organisation_is_nothing_in_another(demo: Application, engine: Engine, clock: Clock) -> None:
    clock.set("2026-12-10 14:01")
    code = codes_in(visitor(demo, "deroef").log_in().get(THURSDAY))[0]
    assert code.startswith(signs_of("deroef"))
    with tenant_session(engine, "quadrant") as session:
        assert session.scalars(select(SupportCode)).all() == []
        assert session.get(SupportCode, ("quadrant", as_kept(code))) is None


def test_who_read_a_code_stands_in_the_audit(demo: Application, engine: Engine, clock: Clock) -> None:
    clock.set("2026-12-10 14:01")
    code = codes_in(visitor(demo, "deroef").log_in().get(THURSDAY))[0]
    read(desk(demo), code)
    with tenant_session(engine, "deroef") as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "refusal read by code")).all()
    assert [(e.through, e.about, e.about_id) for e in entries] == [("support", "code", as_kept(code))]


def _refusal(tenant: Tenant) -> Refusal:
    facts = {"absence": "2026-12-10 08:00-18:00", "reported": "2026-12-10 14:01", "by": "parent"}
    return Refusal(facts, judge(reading_of(tenant), facts).decision)


def test_of_many_who_read_one_refusal_at_once_all_get_the_same_code(demo: Application) -> None:
    tenant = demo.registry.snapshot.tenant("deroef")
    assert tenant
    found, start = [], threading.Barrier(6)

    def look() -> None:
        start.wait()
        found.append(codes_for(demo.engine, tenant, "a" * 32, [_refusal(tenant)], demo.clock()))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 6 and len({str(each) for each in found}) == 1 and found[0][0]


def test_a_code_that_chance_gives_twice_is_drawn_again(demo: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = demo.registry.snapshot.tenant("deroef")
    assert tenant
    drawn = iter("000000" + "000000" + "111111" + "22222222222222")
    monkeypatch.setattr(support_codes.secrets, "choice", lambda _: next(drawn))
    first = codes_for(demo.engine, tenant, "a" * 32, [_refusal(tenant)], demo.clock())
    second = codes_for(demo.engine, tenant, "b" * 32, [_refusal(tenant)], demo.clock())
    assert first == [signs_of("deroef") + "000000"] and second == [signs_of("deroef") + "111111"]


def test_a_page_goes_on_without_a_code_while_none_can_be_kept(
    demo: Application, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set("2026-12-10 14:01")
    parent = visitor(demo, "deroef").log_in()

    def away(*_: object) -> None:
        raise OperationalError("locked", None, Exception())

    monkeypatch.setattr(support_codes, "make_codes", away)
    page = parent.get(THURSDAY)
    assert page.status_code == 200 and codes_in(page) == [] and "Afmelden kon tot" in words(page)


def test_old_codes_are_thrown_away(demo: Application, engine: Engine, clock: Clock) -> None:
    tenant = demo.registry.snapshot.tenant("deroef")
    assert tenant
    now = demo.clock()
    codes_for(engine, tenant, "a" * 32, [_refusal(tenant)], now)
    codes_for(engine, tenant, "b" * 32, [_refusal(tenant)], now + support_codes.KEPT + WINDOW)
    with tenant_session(engine, "deroef") as session:
        assert [each.account_id for each in session.scalars(select(SupportCode))] == ["b" * 32]


def test_codes_are_read_aloud_without_doubt_and_spread_over_all_signs() -> None:
    assert not set("ILOU") & set(ALPHABET) and len(ALPHABET) == 32
    assert as_shown("7K3F9Q2M") == "7K3F-9Q2M" and as_kept("7k3f-9q2m") == "7K3F9Q2M"
    assert len({signs_of(f"house {n}") for n in range(2000)}) > 800


def test_the_agenda_and_the_credits_have_codes_that_open_the_same_refusal(
    tenant: Choose, moment: At, as_: As, demo: Application
) -> None:
    support = desk(demo)
    for name, wall, page in (
        ("deroef", "2026-12-10 14:01", "/agenda"),
        ("fantaziehuis", "2026-12-08 09:31", "/agenda"),
        ("langekeizer", "2026-12-08 09:31", "/credits?day=2027-06-01"),
        ("quadrant", "2026-12-08 09:31", "/credits?day=2027-12-01"),
    ):
        tenant(name)
        moment(wall)
        answer = as_("guardian").get(page)
        codes = codes_in(answer)
        assert codes, (name, page)
        for code in codes:
            read_there = read(support, code)
            assert read_there.status_code == 200 and f"tenants/{name}.yaml:" in words(read_there), code
            assert "This decided." in words(read_there), code


def test_what_is_written_down_of_a_credit_is_judged_as_it_was(demo: Application, clock: Clock) -> None:
    """The facts in words come to the same decision as the rows that they were made from."""
    from spelregel.portal.credits.service import credits_of, usable_on
    from spelregel.records.family import Child
    from spelregel.records.placements import care_types_of

    judged = 0
    for house in demo.registry.snapshot.tenants():
        with tenant_session(demo.engine, house.slug) as session:
            for child in session.scalars(select(Child)):
                own = care_types_of(session, child.id, clock().date())
                kinds = credits_of(session, house, child, [each for each, _ in own], clock())
                for care_type, contract in own:
                    for day in (date(2026, 12, 15), date(2027, 2, 22), date(2027, 12, 1)):
                        for answer in usable_on(house, kinds, care_type, day, clock(), contract):
                            again = judge(reading_of(house), answer.facts).decision
                            assert (again.outcome, again.reason) == (answer.decision.outcome, answer.decision.reason), (
                                answer.facts
                            )
                            judged += 1
    assert judged > 30
