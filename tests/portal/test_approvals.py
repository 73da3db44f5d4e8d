"""What staff do with requests: judged on a card, several at once, undone for a minute, told to the parents, entered for them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.records.accounts import Account
from spelregel.records.asking_days import Wish, WishLine, offers
from spelregel.records.audit import AuditEntry
from spelregel.records.credit_ledger import CreditPortion, add_portion, portions_of
from spelregel.records.day_requests import Booking, DayRequest, list_bookings_of
from spelregel.records.family import Child, Custody, Family, Guardian
from spelregel.records.judging_bookings import send_request
from spelregel.records.locations import CareGroup, Location
from spelregel.records.outbox import OutgoingMail
from spelregel.records.places import GroupShift
from spelregel.storage.session import TenantSession, tenant_session
from tests.browse import Visitor, field, follow, visitor, visitor_as, words
from tests.conftest import Clock

NOBODY = "0" * 32
FRIDAY = date(2026, 12, 18)


class Keizer:
    """Lange Keizer with its demo families, without the requests of the story: what is asked here, a test asks."""

    name = "langekeizer"

    def __init__(self, app: Application, clock: Clock) -> None:
        self.app, self.clock = app, clock
        found = app.registry.snapshot.tenant(self.name)
        assert found
        self.tenant = found
        with self.writing() as session:
            for each in session.scalars(select(Booking).where(Booking.state == "awaiting")):
                each.state, each.ended_at = "cancelled", clock()
            session.commit()

    def writing(self) -> TenantSession:
        return tenant_session(self.app.engine, self.name, writing=True)

    def reading(self) -> TenantSession:
        return tenant_session(self.app.engine, self.name)

    @property
    def children(self) -> list[Child]:
        """The one of the youngest group first."""
        with self.reading() as session:
            family = session.scalars(select(Family).where(Family.name == families_of(self.tenant)[0].name)).one()
            found = session.scalars(select(Child).where(Child.family_id == family.id).order_by(Child.born_on.desc()))
            return list(found)

    def account(self, username: str | None = None) -> Account:
        with self.reading() as session:
            name = username or families_of(self.tenant)[0].username
            return session.scalars(select(Account).where(Account.username == name)).all()[0]

    def ask(self, day: date = FRIDAY, *, children: int = 1, whole: bool = False, remark: str | None = None, pay: tuple[str, ...] = ("invoice",),
            first: int = 0) -> list[str]:  # fmt: skip
        """By the parent, now: the first part of the day that is offered to each. The ids of the bookings."""
        kids = self.children[first : first + children]
        with self.writing() as session:
            lines = []
            for found in offers(session, self.tenant, kids, [day], self.clock()):
                accepted = [o.considered.line for o in found.offers if o.considered.accepted]
                line = min(accepted, key=lambda each: each.care_type)  # after school, not before it
                lines.append(WishLine(line.child_id, line.day, line.starts, line.ends, line.care_type, pay=pay))
            wish = Wish(tuple(lines), all_or_nothing=whole, remark=remark)
            sent = send_request(
                session, self.tenant, self.account().id, kids, wish, f"{day}{first}{children}", self.clock()
            )
            session.commit()
            return [each.id for each in list_bookings_of(session, sent.id)]

    def state(self, booking_id: str) -> str:
        return self.booking(booking_id).state

    def booking(self, booking_id: str) -> Booking:
        with self.reading() as session:
            return session.get_one(Booking, (self.name, booking_id))

    def mails(self) -> list[OutgoingMail]:
        with self.reading() as session:
            found = select(OutgoingMail).where(OutgoingMail.kind == "judged_request").order_by(OutgoingMail.to_address)
            return list(session.scalars(found))

    def actions(self) -> list[str]:
        with self.reading() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.at, AuditEntry.id)))

    def no_staff_on(self, weekday: int) -> None:
        with self.writing() as session:
            for each in session.scalars(select(GroupShift).where(GroupShift.weekday == weekday)):
                session.delete(each)
            session.commit()

    def as_(self, role: str) -> Visitor:
        return visitor_as(self.app, self.tenant, role)


@pytest.fixture
def keizer(demo: Application, clock: Clock) -> Keizer:
    return Keizer(demo, clock)


def test_a_card_holds_everything_that_is_needed_to_judge(keizer: Keizer) -> None:
    keizer.ask(remark="Wij verhuizen")
    manager = keizer.as_("location_manager")
    page = words(manager.get("/approvals"))
    parent = families_of(keizer.tenant)[0].parent
    for told in ("Vrijdag 18 december 07.30–18.30", "Extra dag , dagopvang, Hommels", "Op de factuur: 11 uur.", "Wij verhuizen",
                 f"Aangevraagd door {parent}, dinsdag 8 december, 09.29 uur.", "Antwoord uiterlijk donderdag 10 december",
                 "Past", "1 van 6", "2 gepland, 1 nodig", "Past binnen de regels: waarom"):  # fmt: skip
        assert told in page, told
    english = keizer.as_("planner")
    english.client.set_cookie("__Host-lang", "en", domain=f"{keizer.tenant.subdomain}.localhost", secure=True)
    page = words(english.get("/approvals"))
    assert (
        "Answer by Thursday 10 December" in page
        and "2 planned, 1 needed" in page
        and "On the invoice: 11 hours." in page
    )


def test_who_may_not_see_guardians_reads_no_name(keizer: Keizer) -> None:
    keizer.ask()
    parent = families_of(keizer.tenant)[0].parent
    page = words(keizer.as_("educator").get("/approvals"))
    assert "Aangevraagd door een ouder" in page and parent not in page


def test_the_menu_says_how_many_wait_and_whether_that_is_longer_than_promised(keizer: Keizer, clock: Clock) -> None:
    staff = keizer.as_("educator")
    assert 'class="badge' not in staff.get("/staff").text
    keizer.ask()
    page = staff.get("/staff")
    assert (
        'class="badge"' in page.text and "1 wacht" in words(page) and "1 aanvraag wacht op een antwoord" in words(page)
    )
    clock.set("2026-12-10 23:59")
    assert "langer dan beloofd" not in words(keizer.as_("educator").get("/staff"))
    clock.set("2026-12-11 00:00")
    for role in ("educator", "location_manager"):
        late = keizer.as_(role).get("/staff")
        assert 'class="badge late"' in late.text and "1 aanvraag wacht langer dan beloofd." in words(late)
    page_of_cards = words(keizer.as_("educator").get("/approvals"))
    assert "Beloofd: uiterlijk donderdag 10 december: 1 dag te laat" in page_of_cards
    clock.set("2027-01-20 09:00")  # nobody withdrew it yet, and there is nothing left to judge
    assert 'class="badge' not in keizer.as_("educator").get("/staff").text


def test_the_oldest_promise_comes_first(keizer: Keizer, clock: Clock) -> None:
    keizer.ask(date(2026, 12, 11))
    clock.set("2026-12-09 10:00")
    (newer,) = keizer.ask(date(2026, 12, 16), first=1)
    found = field(keizer.as_("planner").get("/approvals"), "booking")
    assert found[-1] == newer


def test_one_tap_approves_and_the_parents_are_told_after_a_minute(
    keizer: Keizer, demo: Application, clock: Clock
) -> None:
    (booking,) = keizer.ask()
    staff = keizer.as_("educator")
    page = follow(staff, staff.post("/approvals/approve", {"booking": booking}))
    assert keizer.state(booking) == "approved" and "Ongedaan maken" in words(page) and "Goedgekeurd: " in words(page)
    assert "approved a request" in keizer.actions()
    (first, *_) = keizer.mails()
    assert first.next_try_at is not None and first.next_try_at > clock() + timedelta(minutes=1)
    demo.postman.round()
    assert all(each.sent_at is None for each in keizer.mails())
    clock.set("2026-12-08 09:31")
    demo.postman.round()
    assert keizer.mails() and all(each.sent_at is not None for each in keizer.mails())
    text = first.text or ""
    child, request_id = keizer.children[0], keizer.booking(booking).request_id
    assert f"{child.first_name}, vrijdag 18 december 2026, 07.30–18.30: goedgekeurd." in text
    assert "Op de factuur: 11 uur." in text and f"/requests/{request_id}" in text


def test_a_refusal_needs_a_reason_that_each_parent_reads_in_their_own_language(keizer: Keizer) -> None:
    (booking,) = keizer.ask()
    with keizer.writing() as session:
        session.get_one(Account, (keizer.name, keizer.account().id)).language = "en"
        session.commit()
    staff = keizer.as_("educator")
    for nothing in ({}, {"reason": ""}, {"reason": "whatever"}):
        refused = staff.post("/approvals/refuse", {"booking": booking, **nothing})
        assert refused.status_code == 422 and "Kies een reden" in words(refused)
    assert keizer.state(booking) == "awaiting"
    follow(staff, staff.post("/approvals/refuse", {"booking": booking, "reason": "full"}))
    assert keizer.booking(booking).reason == "full"
    texts = {each.language: each.text or "" for each in keizer.mails()}
    assert "not possible.\nThe group is full at that time." in texts["en"]
    assert "dat lukt niet.\nDe groep is dan vol." in texts["nl"]


def test_own_words_go_before_a_ready_made_reason(keizer: Keizer) -> None:
    (booking,) = keizer.ask()
    staff = keizer.as_("educator")
    staff.post("/approvals/refuse", {"booking": booking, "reason": "full", "words": "  Wij zijn  dan op uitstapje. "})
    assert keizer.booking(booking).reason == "Wij zijn dan op uitstapje."
    assert "Wij zijn dan op uitstapje." in (keizer.mails()[0].text or "")


@pytest.mark.parametrize(("later", "is_undone"), [(60, True), (61, False)])
def test_a_judgement_is_undone_within_a_minute_and_its_mail_never_goes(
    keizer: Keizer, demo: Application, clock: Clock, later: int, is_undone: bool
) -> None:
    (booking,) = keizer.ask()
    staff = keizer.as_("educator")
    staff.post("/approvals/approve", {"booking": booking})
    clock.moment += timedelta(seconds=later)
    page = follow(staff, staff.post("/approvals/undo", {"booking": booking}))
    if is_undone:
        assert keizer.state(booking) == "awaiting" and keizer.mails() == []
        assert "wacht weer op een antwoord" in words(page) and "took back a judgement" in keizer.actions()
        staff.post("/approvals/refuse", {"booking": booking, "reason": "full"})
        assert "dat lukt niet" in (keizer.mails()[0].text or ""), "judged anew, it is told anew"
    else:
        assert keizer.state(booking) == "approved" and keizer.mails() and "kan niet meer ongedaan" in words(page)


def test_what_a_colleague_judged_is_not_undone_and_not_offered(keizer: Keizer) -> None:
    (booking,) = keizer.ask()
    keizer.as_("educator").post("/approvals/approve", {"booking": booking})
    manager = keizer.as_("location_manager")
    assert "Ongedaan maken" not in words(manager.get("/approvals"))
    assert "kan niet meer" in words(follow(manager, manager.post("/approvals/undo", {"booking": booking})))
    assert keizer.state(booking) == "approved"


def test_when_a_mail_is_already_under_way_nothing_is_undone(keizer: Keizer) -> None:
    (booking,) = keizer.ask()
    staff = keizer.as_("educator")
    staff.post("/approvals/approve", {"booking": booking})
    with keizer.writing() as session:
        for mail in session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "judged_request")):
            mail.tries = 1  # a postman whose clock is ahead has it in hand
        session.commit()
    staff.post("/approvals/undo", {"booking": booking})
    assert keizer.state(booking) == "approved" and "took back a judgement" not in keizer.actions()


def test_who_was_barred_from_a_child_gets_no_mail_about_it(keizer: Keizer) -> None:
    bookings = keizer.ask(children=2)
    other = families_of(keizer.tenant)[0]
    with keizer.writing() as session:
        guardian = session.scalars(select(Guardian).where(Guardian.name == other.other)).one()
        custody = session.scalars(
            select(Custody).where(Custody.guardian_id == guardian.id, Custody.child_id == keizer.children[0].id)
        ).one()
        custody.barred_at = keizer.clock()
        session.commit()
    keizer.as_("planner").post("/approvals/approve", {"booking": bookings})
    mails = {each.to_address: each.text or "" for each in keizer.mails()}
    young, old = (each.first_name for each in keizer.children)
    assert f"{young}, " in mails[other.email] and f"{old}, " in mails[other.email]
    assert f"{young}, " not in mails[other.other_email] and f"{old}, " in mails[other.other_email]
    with keizer.writing() as session:
        for each in session.scalars(select(Custody).where(Custody.guardian_id == guardian.id)):
            each.barred_at = keizer.clock()
        session.commit()
    more = keizer.ask(date(2026, 12, 11), first=0)
    keizer.as_("planner").post("/approvals/refuse", {"booking": more, "reason": "full"})
    assert [each.to_address for each in keizer.mails() if "11 december" in (each.text or "")] == [other.email]


def test_parents_are_told_when_every_part_is_judged_and_not_before(keizer: Keizer) -> None:
    first, second = keizer.ask(children=2)
    planner = keizer.as_("planner")
    planner.post("/approvals/approve", {"booking": first})
    assert keizer.mails() == []
    planner.post("/approvals/refuse", {"booking": second, "reason": "staff"})
    text = keizer.mails()[0].text or ""
    assert "goedgekeurd." in text and "dat lukt niet." in text and len(keizer.mails()) == 2


def test_what_credit_paid_stands_in_the_mail(keizer: Keizer) -> None:
    child = keizer.children[0]
    with keizer.writing() as session:
        portion = CreditPortion(child_id=child.id, kind="tegoed", care_type="kdv", earned_for=date(2026, 12, 1),
                                earned_on_kind="school day", valid_until=date(2026, 12, 31))  # fmt: skip
        add_portion(session, portion, 20 * 60, "granted", datetime(2026, 12, 1, tzinfo=UTC))
        session.commit()
    (booking,) = keizer.ask(pay=("tegoed",))
    staff = keizer.as_("educator")
    assert "Betaald met 11 uur tegoed, al gereserveerd." in words(staff.get("/approvals"))
    staff.post("/approvals/approve", {"booking": booking})
    assert "11 uur tegoed" in (keizer.mails()[0].text or "")


def test_siblings_as_a_whole_are_one_card_and_one_tap(keizer: Keizer) -> None:
    bookings = keizer.ask(children=2, whole=True)
    planner = keizer.as_("planner")
    page = planner.get("/approvals")
    assert len(re.findall(r"<article", page.text)) == 1
    assert "Als geheel beoordeeld: allemaal of geen van allen." in words(page)
    planner.post("/approvals/refuse", {"booking": bookings[:1], "reason": "full"})
    assert {keizer.state(each) for each in bookings} == {"rejected"}
    planner.post("/approvals/undo", {"booking": bookings})
    assert {keizer.state(each) for each in bookings} == {"awaiting"}


def test_who_reaches_one_of_two_siblings_only_judges_neither_and_does_not_see_the_other(keizer: Keizer) -> None:
    bookings = keizer.ask(children=2, whole=True)
    young, old = keizer.children
    educator = keizer.as_("educator")
    page = words(educator.get("/approvals"))
    assert young.first_name in page and old.first_name not in page and "broertje of zusje" in page
    mine = next(each for each in bookings if keizer.booking(each).child_id == young.id)
    refused = educator.post("/approvals/approve", {"booking": mine})
    assert refused.status_code == 409 and "broertje of zusje" in words(refused)
    assert {keizer.state(each) for each in bookings} == {"awaiting"} and keizer.mails() == []


def test_several_at_once_what_cannot_be_approved_is_named_and_the_others_are_not_lost(keizer: Keizer) -> None:
    (fits,) = keizer.ask(date(2026, 12, 11))
    (full,) = keizer.ask(date(2026, 12, 16))  # a Wednesday, with nobody on the roster in the afternoon
    (judged,) = keizer.ask(date(2026, 12, 15), first=1)
    planner = keizer.as_("planner")
    keizer.as_("location_manager").post("/approvals/refuse", {"booking": judged, "reason": "full"})
    page = planner.post("/approvals/approve", {"booking": [full, judged, fits]})
    assert page.status_code == 409
    told = words(page)
    assert "Niet goedgekeurd: er is geen ruimte. Te weinig medewerkers 13.00–18.30: 1 nodig, 0 ingeroosterd." in told
    assert "dinsdag 15 december, 14.00–18.30: De aanvraag is intussen al afgewezen." in told
    assert [keizer.state(each) for each in (fits, full, judged)] == ["approved", "awaiting", "rejected"]
    assert "Goedgekeurd: " in told and fits not in field(page, "booking")[1:], "it left the list"
    assert any("11 december" in (each.text or "") for each in keizer.mails())


def test_all_that_are_ticked_are_approved_with_one_button(keizer: Keizer) -> None:
    first, second = keizer.ask(date(2026, 12, 11)) + keizer.ask(date(2026, 12, 18))
    planner = keizer.as_("planner")
    assert "Alles wat is aangevinkt goedkeuren" in words(planner.get("/approvals"))
    follow(planner, planner.post("/approvals/approve", {"booking": [first, second]}))
    assert {keizer.state(first), keizer.state(second)} == {"approved"}


def test_beyond_the_limit_only_with_the_right_and_a_reason(keizer: Keizer) -> None:
    keizer.no_staff_on(FRIDAY.weekday())
    (booking,) = keizer.ask()
    educator, manager = keizer.as_("educator"), keizer.as_("location_manager")
    page = words(educator.get("/approvals"))
    assert "Past niet" in page and "Te weinig medewerkers 07.30–18.30: 1 nodig, 0 ingeroosterd." in page
    assert "alleen de leidinggevende van de locatie of de planner" in page and "Goedkeuren" not in page
    refused = educator.post("/approvals/approve", {"booking": booking})
    assert refused.status_code == 409 and "Niet goedgekeurd: er is geen ruimte." in words(refused)
    assert educator.post("/approvals/approve-beyond", {"booking": booking, "why": "Mag"}).status_code == 404
    assert "Toch goedkeuren" in words(manager.get("/approvals"))
    assert manager.post("/approvals/approve-beyond", {"booking": booking, "why": " "}).status_code == 422
    assert keizer.state(booking) == "awaiting"
    manager.post("/approvals/approve-beyond", {"booking": booking, "why": "Invaller geregeld"})
    found = keizer.booking(booking)
    assert (found.state, found.beyond_limit, found.reason) == ("approved", True, "Invaller geregeld")
    assert "approved beyond the limit" in keizer.actions()
    assert "Invaller" not in (keizer.mails()[0].text or ""), "why it was possible is no matter of the parents"
    manager.post("/approvals/undo", {"booking": booking})
    assert not keizer.booking(booking).beyond_limit


def elsewhere(keizer: Keizer) -> str:
    """A request for a group at another location; the id of its booking."""
    (booking,) = keizer.ask()
    with keizer.writing() as session:
        location = Location(name="De Overkant", rule_key=None)
        session.add(location)
        session.flush()
        group = CareGroup(location_id=location.id, name="Mussen", places=3)
        session.add(group)
        session.flush()
        session.get_one(Booking, (keizer.name, booking)).group_id = group.id
        session.commit()
    return booking


@pytest.mark.parametrize(
    ("role", "reaches"),
    [("educator", False), ("mentor", False), ("location_manager", False), ("planner", True), ("administrator", True)],
)
def test_a_request_of_another_location_is_not_there(keizer: Keizer, role: str, reaches: bool) -> None:
    booking = elsewhere(keizer)
    staff = keizer.as_(role)
    assert (booking in staff.get("/approvals").text) is reaches
    for way in ("approve", "refuse", "undo"):
        answer = staff.post(f"/approvals/{way}", {"booking": booking, "reason": "full"})
        nothing = staff.post(f"/approvals/{way}", {"booking": NOBODY, "reason": "full"})
        assert nothing.status_code == 404 and (answer.status_code == 404) is not reaches


def test_parents_have_no_part_in_it(keizer: Keizer) -> None:
    (booking,) = keizer.ask()
    parent = visitor(keizer.app, keizer.name).log_in()
    for path in ("/approvals", f"/approvals/child/{keizer.children[0].id}"):
        assert parent.get(path).status_code == 404
    assert parent.post("/approvals/approve", {"booking": booking}).status_code == 404
    assert keizer.state(booking) == "awaiting"


def test_nothing_ticked_is_said_and_what_has_begun_is_not_judged(keizer: Keizer, clock: Clock) -> None:
    (booking,) = keizer.ask()
    staff = keizer.as_("educator")
    assert "Er is niets aangevinkt." in words(staff.post("/approvals/approve", {}))
    clock.set("2026-12-18 07:30")
    late = keizer.as_("educator")
    assert booking not in late.get("/approvals").text
    assert "intussen vervallen" in words(late.post("/approvals/approve", {"booking": booking}))
    assert keizer.state(booking) == "awaiting"


# Asking in a parent's place


class Group:
    """Quadrant, whose parents ask until four days before; the youngest child is in the first group."""

    def __init__(self, app: Application) -> None:
        self.app = app
        found = app.registry.snapshot.tenant("quadrant")
        assert found
        self.tenant = found
        with self.reading() as session:
            family = session.scalars(select(Family).where(Family.name == families_of(found)[0].name)).one()
            kids = session.scalars(select(Child).where(Child.family_id == family.id).order_by(Child.born_on.desc()))
            self.child = kids.all()[0]

    def reading(self) -> TenantSession:
        return tenant_session(self.app.engine, "quadrant")

    def requests(self) -> list[DayRequest]:
        """Without those that the story entered from the list of a study day."""
        with self.reading() as session:
            here = select(DayRequest).where(DayRequest.by == "staff", DayRequest.signed_by.is_(None))
            return list(session.scalars(here))

    def bookings(self) -> list[Booking]:
        with self.reading() as session:
            ids = [each.id for each in self.requests()]
            return list(session.scalars(select(Booking).where(Booking.request_id.in_(ids))))

    def credit(self) -> int:
        with self.reading() as session:
            return sum(
                left for portion, left in portions_of(session, self.child.id) if portion.kind == "afwezigheidstegoed"
            )


@pytest.fixture
def group(demo: Application) -> Group:
    return Group(demo)


def sent(page: TestResponse, **more: object) -> dict[str, object]:
    names = ("day", "part", "why", "seen", "submission", "pay")
    return {name: field(page, name) for name in names if field(page, name)} | more


def test_the_group_enters_what_parents_no_longer_can_and_approves_it_in_the_same_step(group: Group) -> None:
    staff = visitor_as(group.app, group.tenant, "educator")
    card = staff.get(f"/staff/child/{group.child.id}")
    assert "Een dag aanvragen namens de ouder" in words(card)
    page = staff.get(f"/approvals/child/{group.child.id}?day=2026-12-09")
    wednesday = "2026-12-09.0730-1300.kdv"
    assert wednesday in field(page, "part")
    tomorrow = re.search(r"<legend>Morgen</legend>(.*?)</fieldset>", page.text, re.DOTALL)
    assert tomorrow and "Ouders kunnen dit zelf" not in tomorrow[1]
    check = staff.post(
        f"/approvals/child/{group.child.id}", {"day": "2026-12-09", "part": wednesday, "why": "Moeder belde"}
    )
    assert "Nog te gebruiken:" in words(check) and "Invoeren en goedkeuren" in words(check)
    entered = follow(staff, staff.post(f"/approvals/child/{group.child.id}/enter", sent(check, then="approve")))
    (request,), (booking,) = group.requests(), group.bookings()
    assert (request.remark, booking.state) == ("Moeder belde", "approved") and "Goedgekeurd: " in words(entered)
    with group.reading() as session:
        actions = set(session.scalars(select(AuditEntry.action).where(AuditEntry.about_id == booking.id)))
        mails = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "judged_request")).all()
    assert actions == {"entered a request", "approved a request"} and mails


def test_only_entered_it_stands_plainly_among_the_unjudged_and_twice_is_once(group: Group) -> None:
    staff = visitor_as(group.app, group.tenant, "educator")
    check = staff.post(f"/approvals/child/{group.child.id}", {"part": "2026-12-09.0730-1300.kdv", "why": "Vader belde"})
    fields = sent(check, then="wait")
    page = follow(staff, staff.post(f"/approvals/child/{group.child.id}/enter", fields))
    follow(staff, staff.post(f"/approvals/child/{group.child.id}/enter", fields))
    (booking,) = group.bookings()
    assert booking.state == "awaiting" and booking.id in page.text
    assert "Namens de ouder ingevoerd door de groep" in words(page) and "Vader belde" in words(page)


def test_credit_is_told_before_anything_else_and_parents_are_pointed_to_where_they_can(group: Group) -> None:
    staff = visitor_as(group.app, group.tenant, "educator")
    far = words(staff.get(f"/approvals/child/{group.child.id}?day=2027-01-06"))
    assert far.index("Nog te gebruiken:") < far.index("Vanaf deze dag")
    assert "Ouders kunnen dit zelf aanvragen." in far and "kunnen ouders nog zelf aanvragen" in far


def test_nothing_chosen_no_reason_and_nonsense_are_said(group: Group) -> None:
    staff = visitor_as(group.app, group.tenant, "educator")
    where = f"/approvals/child/{group.child.id}"
    assert "Kies een dagdeel." in words(staff.post(where, {"why": "x"}))
    assert "Schrijf op wie het vroeg" in words(staff.post(where, {"part": "2026-12-09.0730-1300.kdv"}))
    for part in ("2026-12-09.0000-2359.kdv", "nonsense", "2020-01-01.0730-1300.kdv", "9999-12-31.0730-1300.kdv"):
        assert staff.post(where, {"part": part, "why": "x"}).status_code == 422
    assert staff.post(f"{where}/enter", {"part": "x", "submission": "x"}).status_code == 400
    assert staff.get(f"{where}?day=nonsense").status_code == 200
    assert staff.get(f"/approvals/child/{NOBODY}").status_code == 404


def test_with_the_choice_the_invoice_comes_after_the_credit(keizer: Keizer) -> None:
    child = keizer.children[0]
    with keizer.writing() as session:
        portion = CreditPortion(child_id=child.id, kind="tegoed", care_type="kdv", earned_for=date(2026, 12, 1),
                                earned_on_kind="school day", valid_until=date(2026, 12, 31))  # fmt: skip
        add_portion(session, portion, 20 * 60, "granted", datetime(2026, 12, 1, tzinfo=UTC))
        session.commit()
    staff = keizer.as_("educator")
    where, part = f"/approvals/child/{child.id}", "2026-12-18.0730-1300.kdv"
    check = staff.post(where, {"part": part, "why": "Belde", "day": "2026-12-18"})
    assert "Wat hiervoor mag, wordt eerst gebruikt." in words(check) and "Liever op de factuur" in words(check)
    billed = staff.post(where, {"part": part, "why": "Belde", "day": "2026-12-18", "pay": "invoice"})
    assert "Op de factuur: 5,5 uur." in words(billed) and "Toch het tegoed gebruiken" in words(billed)
    changed = staff.post(f"{where}/enter", {**sent(check), "pay": "invoice", "then": "wait"})
    assert changed.status_code == 409, "what was read is what is entered"


def test_a_tablet_judges_but_not_beyond_the_limit() -> None:
    from spelregel.records.rights import ON_TABLET

    assert "judge_requests" in ON_TABLET and "approve_beyond_limit" not in ON_TABLET
