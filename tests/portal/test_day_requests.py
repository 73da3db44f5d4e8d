"""What a parent asks in the portal, over HTTP: what is offered, what follows, how it is paid, what became of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from spelregel.app import Application
from spelregel.records.accounts import Account
from spelregel.records.day_requests import RequestDraft, list_bookings_of
from spelregel.records.judging_bookings import approve, reject
from spelregel.records.locations import CareGroup
from spelregel.records.outbox import OutgoingMail
from spelregel.storage.session import tenant_session
from tests.browse import Visitor, visitor
from tests.conftest import Clock
from tests.portal.parents import another_child, enter, enter_other, opened, parent

#: What there is of each credit, on the page of credits.
BALANCE = re.compile(r'<p class="amount">([^<]+)')


def parts(page: str) -> list[str]:
    """The keys of what can be chosen."""
    return [key for key, rest in re.findall(r'name="part" value="([^"]+)"([^>]*)>', page) if "disabled" not in rest]


def chosen(who: Visitor, day: str, keys: list[str], until: str | None = None) -> str:
    answer = who.post("/requests/new", {"day": day, "until": until or day, "part": keys})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def send(who: Visitor, draft: str, **more: str) -> str:
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', who.get(draft).text)
    assert seen
    answer = who.post(draft, {"seen": seen[1], **more})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def ask(who: Visitor, day: str, index: int = 0, **more: str) -> str:
    """Asks for one of what is offered on a day; the address of the request."""
    return send(who, chosen(who, day, [parts(who.get(f"/requests/new?day={day}").text)[index]]), **more)


def judge_all(two: Application, name: str, request: str, *, approved: bool, at: Clock) -> None:
    with tenant_session(two.engine, name, writing=True) as session:
        tenant = two.registry.snapshot.tenant(name)
        judge = session.scalars(select(Account.id).where(Account.employee_id.is_not(None))).first()
        assert tenant and judge
        ids = [each.id for each in list_bookings_of(session, request.rpartition("/")[2])]
        if approved:
            approve(session, tenant, ids, judge, at(), beyond="In de test")
        else:
            reject(session, tenant, ids, judge, at(), "De groep is die dag vol")
        session.commit()


@pytest.fixture
def who(two: Application) -> Visitor:
    return visitor(two, "quadrant").log_in()


def test_a_parent_asks_reads_what_follows_sends_and_finds_it_again(
    two: Application, who: Visitor, clock: Clock
) -> None:
    page = who.get("/requests/new?day=2027-01-08").text
    assert parts(page) and "Al gepland" not in page
    draft = chosen(who, "2027-01-08", parts(page)[:1])
    read = who.get(draft).text
    assert "Het wordt betaald met" in read and "Daarna heeft" in read
    request = send(who, draft, remark="Oma is er niet")
    told = who.get(request).text
    assert "in aanvraag" in told and "gereserveerd" in told and "Oma is er niet" in told
    assert who.post(draft, {"seen": "x"}).location == request, "a second press is the same request"
    assert "Optie extra" in who.get("/agenda?from=2027-01-08").text
    assert "in aanvraag" in who.get("/requests").text
    judge_all(two, "quadrant", request, approved=True, at=clock)
    assert "goedgekeurd" in who.get(request).text and "Betaald met" in who.get(request).text
    assert "Optie extra" not in who.get("/agenda?from=2027-01-08").text


def test_a_refusal_gives_the_reason_and_the_credit_back(two: Application, who: Visitor, clock: Clock) -> None:
    before = who.get("/credits").text
    request = ask(who, "2027-01-08")
    assert "gereserveerd voor" in who.get("/credits").text
    judge_all(two, "quadrant", request, approved=False, at=clock)
    told = who.get(request).text
    assert "afgekeurd" in told and "De groep is die dag vol" in told and "weer te gebruiken" in told
    assert 'href="/requests/new?day=2027-01-08"' in told and "tel:0182689896" in told, "what can be done instead"
    after = who.get("/credits").text
    assert "weer vrij: vrijdag 8 januari" in after and "gereserveerd voor vrijdag 8 januari" not in after
    assert BALANCE.findall(before) == BALANCE.findall(after) != []


def test_why_leads_to_the_conditions_and_a_refusal_has_a_code(who: Visitor, clock: Clock) -> None:
    request = ask(who, "2027-01-08")
    why = re.search(r'href="(/decisions/[0-9a-f]+)"', who.get(request).text)
    assert why
    told = who.get(why[1]).text
    assert 'href="/conditions#' in told
    clock.set("2027-01-06 10:00")
    late = who.get("/requests/new?day=2027-01-08").text
    assert "kon tot" in late.lower() and "Code voor de helpdesk" in late and "De groep" in late


def test_what_waits_is_cancelled_and_what_is_approved_says_whom_to_ask(
    two: Application, who: Visitor, clock: Clock
) -> None:
    request = ask(who, "2027-01-08")
    cancel = re.search(r'href="(/requests/booking/[0-9a-f]+/cancel)"', who.get(request).text)
    assert cancel
    seen = re.search(r'name="seen" value="([^"]+)"', who.get(cancel[1]).text)
    assert seen
    assert who.post(cancel[1], {"seen": "other"}).status_code == 409, "first read what follows"
    assert "is dan weer te gebruiken" in who.get(cancel[1]).text, "the credit that is kept for it"
    assert who.post(cancel[1], {"seen": seen[1]}).location == request
    assert "geannuleerd" in who.get(request).text
    assert who.post(cancel[1], {"seen": seen[1]}).location == request, "twice is once"
    again = ask(who, "2027-01-08")
    judge_all(two, "quadrant", again, approved=True, at=clock)
    assert "Annuleren in het portaal kan niet" in who.get(again).text


def test_nobody_sees_the_request_of_another_family_and_a_guardian_reads_no_remark_of_the_other(
    two: Application,
) -> None:
    one, other = enter(two, "quadrant", parent(two, "quadrant")), enter_other(two, "quadrant")
    request = ask(one, "2027-01-08", remark="Alleen voor de groep")
    stranger = enter(two, "quadrant", parent(two, "quadrant", family=1))
    assert stranger.get(request).status_code == 404
    shared = other.get(request).text
    assert "in aanvraag" in shared and "Alleen voor de groep" not in shared


def test_what_changed_while_it_was_read_is_shown_before_anything_is_sent(who: Visitor, clock: Clock) -> None:
    draft = chosen(who, "2027-01-08", parts(who.get("/requests/new?day=2027-01-08").text)[:1])
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', who.get(draft).text)
    assert seen
    clock.set("2027-01-05 00:00")
    answer = who.post(draft, {"seen": seen[1]})
    assert answer.status_code == 409 and "kan niet in het portaal" in answer.text


def test_de_roef_asks_holiday_care_with_roefjes_and_knows_no_swap(two: Application, clock: Clock) -> None:
    clock.set("2026-11-19 09:00")
    roef = visitor(two, "deroef").log_in()
    assert roef.get("/requests/swap").status_code == 404
    assert "ruilen" not in roef.get("/requests").text.lower()
    page = roef.get("/requests/new?day=2026-12-21").text
    assert parts(page)
    draft = chosen(roef, "2026-12-21", parts(page)[:1])
    assert "Roefje" in roef.get(draft).text


def test_bad_input_is_told_and_loses_nothing(who: Visitor) -> None:
    assert who.post("/requests/new", {"day": "2027-01-08"}).status_code == 422
    assert who.post("/requests/new", {"day": "x", "part": ["nonsense", "a.b.c.d", "x" * 500]}).status_code == 422
    for query in ("day=0001-01-01&until=9999-12-31", "day=2027-01-08&until=2026-12-01", "day=x", "draft=" + "0" * 32):
        assert who.get(f"/requests/new?{query}").status_code == 200, query
    assert who.get("/requests/" + "0" * 32).status_code == 404
    page = who.get("/requests/new?day=2027-01-08&until=2027-12-18").text
    assert "eerste zes" in page


def test_a_child_without_a_contract_on_that_day_has_nothing_to_ask(two: Application) -> None:
    family = parent(two, "quadrant")
    another_child(two, "quadrant", family, "Pasgeboren")
    who = enter(two, "quadrant", family)
    assert "Pasgeboren" not in who.get("/requests/new?day=2027-01-08").text


def test_a_period_is_asked_in_one_go_and_cancelled_in_one_go(two: Application, who: Visitor) -> None:
    page = who.get("/requests/new?day=2027-01-04&until=2027-01-08").text
    child = parts(page)[0].split(".")[0]
    own = [key for key in parts(page) if key.startswith(child)]
    one_each = list({key.split(".")[1]: key for key in own}.values())
    assert len(one_each) > 1
    request = send(who, chosen(who, "2027-01-04", one_each, "2027-01-08"))
    cancel = re.search(r'href="(/requests/booking/[0-9a-f]+/cancel)"', who.get(request).text)
    assert cancel
    seen = re.search(r'name="seen" value="([^"]+)"', who.get(cancel[1]).text)
    assert seen
    who.post(cancel[1], {"seen": seen[1]})
    with opened(two, "quadrant") as session:
        states = {each.state for each in list_bookings_of(session, request.rpartition("/")[2])}
    assert states == {"cancelled"}


def test_the_outlook_comes_from_who_is_expected_in_the_group(two: Application, who: Visitor) -> None:
    with opened(two, "quadrant", writing=True) as session:
        for group in session.scalars(select(CareGroup)):
            group.places = 0
        session.commit()
    assert "vol: alle 0 plaatsen" in who.get("/requests/new?day=2027-01-08").text


def test_a_request_that_waited_too_long_is_withdrawn_and_the_parents_are_told(
    two: Application, who: Visitor, clock: Clock
) -> None:
    request = ask(who, "2027-01-08", lapses_on="2026-12-15")
    two.postman.round()
    clock.set("2026-12-15 23:59")
    two.postman.round()
    assert "in aanvraag" in who.get(request).text
    clock.set("2026-12-16 00:00")
    counts = []
    for _ in range(2):  # late, or twice, is once
        two.postman.round()
        with opened(two, "quadrant") as session:
            counts.append(len(session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "judged_request")).all()))
        clock.moment += timedelta(minutes=2)
    assert "vervallen" in who.get(request).text
    assert counts[0] == counts[1] >= 1


def test_only_a_part_that_is_offered_can_be_chosen(who: Visitor) -> None:
    offered = parts(who.get("/requests/new?day=2027-01-08").text)[0]
    child, day, _, care_type = offered.split(".")
    for forged in (
        f"{child}.{day}.0731-0745.{care_type}",
        f"{child}.{day}.0000-2359.{care_type}",
        f"{child}.2027-01-01.0730-1300.kdv",
    ):
        assert who.post("/requests/new", {"day": day, "until": day, "part": [forged]}).status_code == 422, forged
    assert who.post("/requests/new", {"day": day, "until": day, "part": [offered]}).status_code == 303


def test_only_a_way_to_pay_that_is_offered_is_taken(two: Application, who: Visitor) -> None:
    """Qflexibel is meant for its own product of day care: after-school care is not bought as that, whatever a form says."""
    school = next(key for key in parts(who.get("/requests/new?day=2027-01-08").text) if key.endswith(".bso"))
    draft = chosen(who, "2027-01-08", [school])
    tenant = two.registry.snapshot.tenant("quadrant")
    assert tenant and tenant.rulebook.products["qflexibel"] != "bso"
    before = re.findall(r"<p>(Het wordt betaald[^<]+|Op de factuur[^<]+)", who.get(draft).text)
    for forged in (f"{school} qflexibel", f"{school} bso_vakantie", f"{school} nothing", "x"):
        assert who.post(draft, {"pay": forged, "seen": "x"}).status_code == 303
        with opened(two, "quadrant") as session:
            kept = session.get_one(RequestDraft, ("quadrant", draft.rpartition("/")[2].partition("#")[0])).wish[
                "lines"
            ][0]
        assert (kept["product"], kept["pay"]) == (None, []), forged
    assert re.findall(r"<p>(Het wordt betaald[^<]+|Op de factuur[^<]+)", who.get(draft).text) == before != []


def test_who_cancels_the_last_part_that_waited_hears_what_was_decided_about_the_rest(
    two: Application, who: Visitor, clock: Clock
) -> None:
    keys = [
        key for key in parts(who.get("/requests/new?day=2027-01-08").text) if key.endswith((".1300-1830.kdv", ".bso"))
    ]
    request = send(who, chosen(who, "2027-01-08", keys))

    def mails() -> int:
        with opened(two, "quadrant") as session:
            about = select(OutgoingMail.text).where(OutgoingMail.kind == "judged_request")
            return sum(request in (text or "") for text in session.scalars(about))

    with opened(two, "quadrant", writing=True) as session:
        tenant = two.registry.snapshot.tenant("quadrant")
        judge = session.scalars(select(Account.id).where(Account.employee_id.is_not(None))).first()
        one, other = list_bookings_of(session, request.rpartition("/")[2])
        assert tenant and judge
        reject(session, tenant, [one.id], judge, clock(), "full")
        session.commit()
    assert mails() == 0, "a part of it waits"
    address = f"/requests/booking/{other.id}/cancel"
    seen = re.search(r'name="seen" value="([^"]+)"', who.get(address).text)
    assert seen
    for _ in range(2):  # twice is once
        assert who.post(address, {"seen": seen[1]}).location == request
    assert mails() >= 1
    once = mails()
    assert who.post(address, {"seen": seen[1]}).status_code == 303 and mails() == once
    alone = ask(who, "2027-01-08")
    with opened(two, "quadrant") as session:
        (own,) = list_bookings_of(session, alone.rpartition("/")[2])
    address = f"/requests/booking/{own.id}/cancel"
    seen = re.search(r'name="seen" value="([^"]+)"', who.get(address).text)
    assert seen and who.post(address, {"seen": seen[1]}).status_code == 303
    assert mails() == once, "who takes back everything needs no mail about it"


def test_where_the_rules_tell_of_no_payment_nothing_is_said_to_be_on_an_invoice(two: Application, who: Visitor) -> None:
    roef = visitor(two, "deroef").log_in()
    request = ask(roef, "2027-01-08")
    assert "in aanvraag" in roef.get(request).text and "factuur" not in roef.get(request).text
    other = ask(who, "2027-01-08", index=1)
    assert "gereserveerd" in who.get(other).text or "Op de factuur" in who.get(other).text, "the control: here they do"


def test_an_answer_that_comes_too_late_is_not_promised_as_if_it_helped(demo: Application, clock: Clock) -> None:
    """Two working days after a Saturday are past the Monday that is asked for."""
    clock.set("2026-12-12 07:00")
    keizer = visitor(demo, "langekeizer").log_in()
    request = ask(keizer, "2026-12-15", index=0)
    assert "misschien niet vóór deze dag" in keizer.get(request).text
    later = ask(keizer, "2026-12-16", index=0)
    assert "U hoort uiterlijk dinsdag 15 december" in keizer.get(later).text


def test_parts_that_cannot_be_asked_for_the_same_reason_say_it_once(who: Visitor, clock: Clock) -> None:
    clock.set("2027-01-05 10:00")
    told = who.get("/requests/new?day=2027-01-06").text
    assert told.count("De groep kan het nog doen") == 2, "each child"
    assert told.count("07.30–18.30") == told.count("07.30–13.00") == told.count("13.00–18.30") == 1


@pytest.mark.parametrize(("language", "instead", "link"), [("nl", "Kies een latere dag.", "Bekijk de voorwaarde"), ("en", "Choose a later day.", "See the condition")])  # fmt: skip
def test_what_cannot_be_asked_says_what_can_and_leads_to_its_condition(
    demo: Application, clock: Clock, language: str, instead: str, link: str
) -> None:
    clock.set("2026-12-08 09:00")
    who = visitor(demo, "langekeizer").log_in(language=language)
    page = who.get("/requests/new?day=2026-12-09").text
    told = set(re.findall(r'class="hint">([^<]*) <a href="/conditions#([\w-]+)">' + link, page))
    assert told and all(instead in text and at == "extra_care-notice" for text, at in told)
    assert 'id="extra_care-notice"' in who.get("/conditions").text


@pytest.mark.parametrize(("on", "shown"), [("2026-12-09", "2026-12-16"), ("2026-12-06", "2026-12-14"), ("2026-12-18", "2026-12-28")])  # fmt: skip
def test_who_names_no_day_sees_one_in_a_week_on_which_there_is_care(
    demo: Application, clock: Clock, on: str, shown: str
) -> None:
    """A Sunday, and a Friday whose next one is Christmas."""
    clock.set(f"{on} 09:00")
    page = visitor(demo, "langekeizer").log_in().get("/requests/new").text
    assert f'name="day" value="{shown}"' in page and "geen opvang" not in page


def test_credit_is_said_to_come_back_only_where_some_was_used(demo: Application, clock: Clock) -> None:
    keizer = visitor(demo, "langekeizer").log_in()
    for index, is_paid_with_credit in ((1, False), (2, True)):
        day = "2027-01-06" if is_paid_with_credit else "2026-12-16"
        request = ask(keizer, day, 0 if not is_paid_with_credit else index)
        judge_all(demo, "langekeizer", request, approved=True, at=clock)
        told = keizer.get(request).text
        assert ("Betaald met" in told) is is_paid_with_credit, told
        cancel = re.search(r'href="(/requests/booking/[0-9a-f]+/cancel)"', told)
        assert cancel and ("Uw tegoed komt terug." in keizer.get(cancel[1]).text) is is_paid_with_credit


def test_what_is_the_same_for_all_parts_is_told_once(demo: Application) -> None:
    keizer = visitor(demo, "langekeizer").log_in()
    keys = [
        key
        for key in parts(keizer.get("/requests/new?day=2027-01-06").text)
        if key.endswith((".0730-1300.kdv", ".bso"))
    ]
    both, one = (keizer.get(chosen(keizer, "2027-01-06", some)).text for some in (keys, keys[:1]))
    for line in ("iemand beslist erover", "U hoort uiterlijk"):
        assert both.count(line) == one.count(line) == 1
    assert both.count("Aanvragen kan tot") == 2
