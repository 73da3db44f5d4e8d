"""Each organisation by its own rules, in Dutch and in English: a parent asks, somebody of the organisation judges, the parent
sees what became of it and reads it in the mail. At the minute before and the minute after, where a rule counts to the minute."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from spelregel.demo.people import employees_of
from spelregel.records import consents
from spelregel.records.accounts import Account
from spelregel.records.credit_ledger import CreditPortion, add_portion
from spelregel.records.family import Child, Custody, Guardian
from spelregel.records.locations import CareGroup
from spelregel.records.placements import Contract, ContractDaypart
from spelregel.storage.session import tenant_session
from tests.conftest import ROOT, tell_stories
from tests.journeys.conftest import PHONE, WIDE, Open, Portal, follow, log_in, serving
from tests.journeys.test_activation import mails_to
from tests.journeys.test_every_page import look

LANGUAGES = ("nl", "en")


@dataclass
class Journey:
    """A parent on a telephone and somebody of the organisation on a wide screen, both in one language."""

    portal: Portal
    open_page: Open
    name: str
    language: str
    parent: Page

    def at(self, wall: str) -> None:
        self.portal.clock.set(wall)

    def go(self, path: str) -> Page:
        self.parent.goto(self.portal.address(self.name, path))
        return self.parent

    def says(self, **words: str) -> str:
        """`says(nl="ja", en="yes")`: as this journey reads it."""
        return words[self.language]

    def part(self, times: str) -> Locator:
        """What can be chosen on the page, such as `0730-1830.kdv`."""
        return self.parent.locator("label.part").filter(has=self.parent.locator(f'input[value$=".{times}"]'))

    def choose(self, day: str, *parts: str) -> str:
        """Up to the page that says what follows; the address of it."""
        self.go(f"/requests/new?day={day}")
        for each in parts:
            self.part(each).locator("input").check()
        self.press()
        return self.parent.url

    def press(self) -> None:
        follow(self.parent, self.parent.locator(".thumb button.primary"))

    def send(self) -> str:
        """The path of the request."""
        self.press()
        assert re.search(r"/requests/[0-9a-f]{32}$", self.parent.url), self.parent.locator("main").inner_text()
        return "/requests/" + self.parent.url.rpartition("/")[2]

    def left(self, child: str) -> str:
        """What the page of credits says that this child has."""
        page = self.go("/credits")
        return " ".join(
            page.locator(".child-credits", has=page.locator("h2", has_text=child))
            .locator(".kind > p:not(:has(a))")
            .all_inner_texts()
        )

    def staff(self, role: str = "location_manager") -> Page:
        """Somebody of the organisation, in at the door of the demo."""
        page = self.open_page(self.language, WIDE, color_scheme="dark" if self.language == "en" else "light")
        page.goto(f"http://localhost:{self.portal.port}/")
        email = next(each.email for each in employees_of(self.portal.tenant(self.name)) if each.role == role)
        door = f'form[action^="{self.portal.address(self.name, "")}/"] button[value="{email}"]'
        follow(page, page.locator(door))
        page.wait_for_url("**/staff")
        return page

    def cards(self, role: str = "location_manager") -> Page:
        page = self.staff(role)
        follow(page, page.locator(".tabs a[href='/approvals']"))
        return page

    def mail_about(self, request: str) -> str:
        """That this parent got, when the minute in which a judgement can be undone is over."""
        assert self._mails(request) == [], "who judged can still take it back"
        self.portal.clock.moment += timedelta(seconds=70)
        (mail,) = self._mails(request)
        return mail

    def _mails(self, request: str) -> list[str]:
        family = self.portal.families(self.name)[0]
        mails = mails_to(self.portal, self.name, family.email)
        return [
            f"{each['Subject']}\n{each.get_content()}".replace("\r\n", "\n")
            for each in mails
            if request in each.get_content()
        ]


Start = Callable[..., Journey]


@pytest.fixture
def start(open_page: Open) -> Start:
    def begin(portal: Portal, name: str, language: str, at: str | None = None) -> Journey:
        if at:
            portal.clock.set(at)
        page = open_page(language, PHONE, color_scheme="light" if language == "nl" else "dark")
        log_in(page, portal, name)
        if language != "nl":  # what the account says, mails are written in
            page.goto(portal.address(name, "/account"))
            follow(page, page.locator(f"button[name=language][value={language}]"))
        return Journey(portal, open_page, name, language, page)

    return begin


def said(page: Page, *sentences: str) -> None:
    for each in sentences:
        expect(page.locator("main")).to_contain_text(each)


def unsaid(page: Page, *sentences: str) -> None:
    for each in sentences:
        expect(page.locator("main")).not_to_contain_text(each)


def card_of(page: Page, who: str, when: str) -> Locator:
    """Of one child, or of siblings that are judged as a whole."""
    return page.locator(".request", has=page.locator("h2", has_text=who).filter(has_text=when))


def free_on(portal: Portal, name: str, first_name: str, weekday: int) -> None:
    """This child's contract has nothing on that weekday."""
    with tenant_session(portal.app.engine, name, writing=True) as session:
        of_child = select(Contract.id).join(Child, Child.id == Contract.child_id).where(Child.first_name == first_name)
        these = ContractDaypart.contract_id.in_(of_child), ContractDaypart.weekday == weekday
        for each in session.scalars(select(ContractDaypart).where(*these)):
            session.delete(each)
        session.commit()


Elsewhen = Callable[[str, str, dict[str, str]], tuple[Path, Path]]


@pytest.fixture(scope="session")
def elsewhen(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Elsewhen:
    """The story of one organisation, told once at another moment: the database, and the folder with its file."""
    told: dict[str, tuple[Path, Path]] = {}

    def tell(name: str, at: str, other: dict[str, str]) -> tuple[Path, Path]:
        if name not in told:
            folder = tmp_path_factory.mktemp(name)
            tenants = folder / "tenants"
            tenants.mkdir()
            text = (ROOT / "tenants" / f"{name}.yaml").read_text("utf-8")
            for old, new in other.items():
                assert old in text
                text = text.replace(old, new)
            (tenants / f"{name}.yaml").write_text(text, "utf-8")
            shutil.copy(empty_sqlite, folder / "told.db")
            tell_stories(f"sqlite:///{folder / 'told.db'}", at, tenants)
            told[name] = folder / "told.db", tenants
        return told[name]

    return tell


@contextmanager
def at_another_time(told: tuple[Path, Path], at: str, folder: Path) -> Iterator[Portal]:
    database, tenants = told
    shutil.copy(database, folder / "test.db")
    with serving(folder / "test.db", at, tenants) as portal:
        yield portal


# Kinderopvang de Lange Keizer: 48 hours, in which a weekend counts; swaps, and what is left over lapses


@pytest.mark.parametrize("language", LANGUAGES)
def test_lange_keizer_takes_a_monday_on_saturday_until_the_minute(portal: Portal, start: Start, language: str) -> None:
    free_on(portal, "langekeizer", "Elif", 0)
    trip = start(portal, "langekeizer", language, "2026-12-12 07:29")
    draft = trip.choose("2026-12-14", "0730-1830.kdv")
    said(
        trip.parent,
        trip.says(nl="U kunt het aanvragen: iemand beslist erover.", en="You can ask for it: somebody decides."),
    )
    said(
        trip.parent, trip.says(nl="misschien niet vóór deze dag", en="perhaps not before this day")
    )  # two working days
    trip.at("2026-12-12 07:31")
    trip.press()
    said(
        trip.parent,
        trip.says(
            nl="Het kon tot en met zaterdag 12 december 07.30 uur.",
            en="It was possible until and including 07:30 on Saturday 12 December.",
        ),
    )
    said(trip.parent, trip.says(nl="Vraag de groep wat er nog kan.", en="Ask the group what is still possible."))
    trip.go("/requests/new?day=2026-12-14")
    expect(trip.part("0730-1830.kdv")).to_have_count(0)
    expect(trip.part("1300-1830.kdv")).to_have_count(1)  # counts from its own start
    trip.at("2026-12-12 07:30")
    trip.parent.goto(draft)
    said(trip.parent, trip.says(nl="Op de factuur: 11 uur.", en="On the invoice: 11 hours."))
    request = trip.send()
    said(trip.parent, trip.says(nl="in aanvraag", en="waiting for an answer"))
    said(
        trip.parent,
        trip.says(nl="Op maandag 14 december nog niet beoordeeld?", en="Not decided by Monday 14 December?"),
    )
    entry = trip.go("/agenda?from=2026-12-14").locator(".day").first.locator(".entry", has_text="Elif")
    expect(entry).to_contain_text(trip.says(nl="Optie extra", en="Option for extra care"))
    page = trip.cards()
    card = card_of(page, "Elif Hendriks", trip.says(nl="Maandag 14 december", en="Monday 14 December"))
    expect(card).to_contain_text(
        trip.says(nl="Antwoord uiterlijk dinsdag 15 december", en="Answer by Tuesday 15 December")
    )
    follow(page, card.locator("button.primary"))
    expect(page.locator(".undo")).to_contain_text(
        trip.says(nl="Goedgekeurd: Elif, maandag 14 december", en="Approved: Elif, Monday 14 December")
    )
    mail = trip.mail_about(request)
    assert trip.says(nl="Het antwoord op uw aanvraag", en="The answer to your request") in mail
    assert (
        trip.says(
            nl="Elif, maandag 14 december 2026, 07.30–18.30: goedgekeurd.",
            en="Elif, Monday 14 December 2026, 07:30–18:30: approved.",
        )
        in mail
    )
    trip.go("/agenda?from=2026-12-14")
    expect(entry).not_to_contain_text(trip.says(nl="Optie extra", en="Option for extra care"))
    expect(entry).not_to_have_class(re.compile("tentative"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_lange_keizer_says_what_of_a_swap_lapses_before_it_is_asked(
    portal: Portal, start: Start, language: str
) -> None:
    trip = start(portal, "langekeizer", language, "2026-12-08 23:59")
    page = trip.go("/requests/swap")
    found = look(page, "swap")
    page.locator("label.part", has_text="Elif").locator("input[value*='2026-12-10']").check()
    trip.press()
    page.locator("#day").fill("2027-01-08")
    follow(page, page.locator(".ask button"))
    expect(page.locator("input[name=part]")).to_have_count(0)  # thirty-one days ahead
    said(
        page,
        trip.says(nl="Het kan vanaf woensdag 9 december 2026.", en="It is possible from Wednesday 9 December 2026 on."),
    )
    trip.at("2026-12-09 00:00")
    page.reload()
    found += look(page, "swap for")
    expect(trip.part("0730-1830.kdv")).to_have_count(0)  # longer than what is given up
    trip.part("1300-1830.kdv").locator("input").check()
    trip.press()
    said(
        page,
        trip.says(nl="Van wat u inlevert, vervalt 4,5 uur.", en="Of what you give up, 4.5 hours will lapse."),
        trip.says(nl="In plaats van", en="Instead of"),
    )
    request = trip.send()
    staff = trip.cards()
    card = card_of(staff, "Elif Hendriks", trip.says(nl="Vrijdag 8 januari", en="Friday 8 January"))
    expect(card).to_contain_text(trip.says(nl="Levert in: donderdag 10 december", en="Hands in: Thursday 10 December"))
    follow(staff, card.locator("button.primary"))
    assert trip.says(
        nl="vrijdag 8 januari 2027, 13.00–18.30: goedgekeurd.", en="Friday 8 January 2027, 13:00–18:30: approved."
    ) in trip.mail_about(request)
    expect(trip.go("/agenda?from=2026-12-10").locator(".day").first).not_to_contain_text("Elif")
    assert found == []


# Kindercentra de Roef: a place in a school holiday is certain until a month before it, and is paid with Roefjes


@pytest.mark.parametrize("language", LANGUAGES)
def test_de_roef_is_certain_of_the_christmas_holiday_until_a_month_before(
    elsewhen: Elsewhen, tmp_path: Path, start: Start, language: str
) -> None:
    told = elsewhen("deroef", "2026-11-19 09:00", {})
    with at_another_time(told, "2026-11-19 23:59", tmp_path) as portal:
        trip = start(portal, "deroef", language)
        assert trip.left("Roos") == "40 Roefjes"
        sure = trip.says(
            nl="Het kan, en u bent zeker van een plek.", en="It is possible, and you are certain of a place."
        )
        draft = trip.choose("2026-12-21", "0800-1800.bso")
        said(
            trip.parent,
            sure,
            trip.says(nl="Daarna heeft Roos nog 30 Roefjes over.", en="After this Roos has 30 Roefjes left."),
        )
        trip.at("2026-11-20 00:00")
        trip.press()  # a minute later it is not what was read any more
        said(
            trip.parent,
            trip.says(nl="er is nog niets verstuurd", en="nothing has been sent yet"),
            trip.says(nl="iemand beslist erover", en="somebody decides"),
        )
        unsaid(trip.parent, sure)
        trip.at("2026-11-19 23:59")
        trip.parent.goto(draft)
        certain = trip.send()
        expect(trip.parent.locator(".state")).to_have_text(trip.says(nl="zeker", en="certain"))
        assert trip.left("Roos") == "30 Roefjes"
        trip.at("2026-11-20 00:00")
        trip.choose("2026-12-24", "0800-1800.bso")
        said(
            trip.parent,
            trip.says(nl="Daarna heeft Roos nog 20 Roefjes over.", en="After this Roos has 20 Roefjes left."),
        )
        waiting = trip.send()
        expect(trip.parent.locator(".state")).to_have_text(trip.says(nl="in aanvraag", en="waiting for an answer"))
        said(trip.parent, trip.says(nl="Hiervoor gereserveerd: 10 Roefjes.", en="Set aside for it: 10 Roefjes."))
        page = trip.cards()
        holiday = trip.says(nl="Vakantieopvang", en="Holiday care")
        cards = page.locator(".request", has_text=holiday)
        expect(cards).to_have_count(1)  # what is certain waits for nobody
        expect(cards).to_contain_text(trip.says(nl="Donderdag 24 december", en="Thursday 24 December"))
        follow(page, cards.locator("button.primary"))
        assert trip.says(nl="Het wordt betaald met 10 Roefjes.", en="It is paid with 10 Roefjes.") in trip.mail_about(
            waiting
        )
        assert trip.left("Roos") == "20 Roefjes"
        trip.go(waiting)
        expect(trip.parent.locator(".state")).to_have_text(trip.says(nl="goedgekeurd", en="approved"))
        trip.go(certain)
        said(trip.parent, trip.says(nl="Betaald met 10 Roefjes.", en="Paid with 10 Roefjes."))


# Quadrant: credit and invoice together since 7 February 2022; inside four days the group asks; nobody swaps


def a_child_with_two_hours_of_credit(portal: Portal) -> None:
    with tenant_session(portal.app.engine, "quadrant", writing=True) as session:
        tenant, family = portal.tenant("quadrant"), portal.families("quadrant")[0]
        guardian = session.scalars(select(Guardian).where(Guardian.name == family.parent)).one()
        account = session.scalars(select(Account).where(Account.guardian_id == guardian.id)).one()
        group = session.scalars(select(CareGroup).where(CareGroup.name == "Hommels")).one()
        child = Child(
            family_id=guardian.family_id, first_name="Bo", last_name=family.name, born_on=date(2019, 9, 1), tone=3
        )
        session.add(child)
        session.flush()
        contract = Contract(child_id=child.id, care_type="kdv", rule_key=None, starts_on=date(2021, 1, 1), ends_on=None)
        session.add_all([Custody(guardian_id=guardian.id, child_id=child.id), contract])
        session.flush()
        session.add_all(
            ContractDaypart(contract_id=contract.id, group_id=group.id, weekday=weekday, starts=time(8), ends=time(13))
            for weekday in (0, 1)
        )
        consents.answer(
            session,
            tenant,
            account.id,
            [(each.id, child.id, next(iter(each.choices))) for each in tenant.consents],
            portal.clock(),
        )
        portion = CreditPortion(
            child_id=child.id,
            kind="afwezigheidstegoed",
            care_type="kdv",
            earned_for=date(2022, 1, 24),
            earned_on_kind="school day",
        )
        add_portion(session, portion, 2 * 60, "earned", portal.clock())
        session.commit()


@pytest.mark.parametrize("language", LANGUAGES)
def test_quadrant_pays_with_credit_and_invoice_together_from_the_seventh_of_february_2022(
    elsewhen: Elsewhen, tmp_path: Path, start: Start, language: str
) -> None:
    """The note of the organisation says nothing of the hours of its mornings: here they take five hours."""
    morning = {'care_type: kdv, time: "07:30-13:00"': 'care_type: kdv, time: "08:00-13:00"'}
    told = elsewhen("quadrant", "2022-02-06 09:00", morning)
    with at_another_time(told, "2022-02-06 23:59", tmp_path) as portal:
        a_child_with_two_hours_of_credit(portal)
        trip = start(portal, "quadrant", language)
        two, five, three = (trip.says(nl=f"{n} uur", en=f"{n} hours") for n in ("2", "5", "3"))
        trip.choose("2022-02-18", "0800-1300.kdv")
        on_invoice = trip.says(nl=f"Op de factuur: {five}.", en=f"On the invoice: {five}.")
        with_credit = trip.says(nl=f"Het wordt betaald met {two} tegoed.", en=f"It is paid with {two} of credit.")
        said(trip.parent, on_invoice)
        unsaid(trip.parent, with_credit)
        before = trip.send()
        trip.choose("2022-02-17", "0800-1300.kdv")
        said(trip.parent, on_invoice)
        trip.at("2022-02-07 00:00")
        trip.press()  # what was read a minute ago is not what is sent
        rest = trip.says(nl=f"Op de factuur: {three}.", en=f"On the invoice: {three}.")
        said(
            trip.parent,
            with_credit,
            rest,
            trip.says(nl="Daarna heeft Bo nog 0 uur tegoed over.", en="After this Bo has 0 hours of credit left."),
        )
        since = trip.send()
        trip.at("2022-02-08 10:00")
        page = trip.cards()
        for day in (
            trip.says(nl="Vrijdag 18 februari", en="Friday 18 February"),
            trip.says(nl="Donderdag 17 februari", en="Thursday 17 February"),
        ):
            follow(page, card_of(page, "Bo Benali", day).locator("button.primary"))
        mail = trip.mail_about(since)
        assert with_credit in mail and rest in mail
        trip.go(before)
        said(trip.parent, on_invoice)
        assert trip.left("Bo") == trip.says(nl="0 uur tegoed", en="0 hours of credit")
        spent = trip.parent.locator("details.used_up", has_text=trip.says(nl="17 februari", en="17 February"))
        expect(spent).to_contain_text(
            trip.says(
                nl="2 uur tegoed gebruikt voor donderdag 17 februari 2022.",
                en="2 hours of credit used for Thursday 17 February 2022.",
            )
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_quadrant_has_the_group_ask_inside_the_four_days_and_knows_no_swap(
    portal: Portal, start: Start, language: str
) -> None:
    trip = start(portal, "quadrant", language, "2026-12-19 23:59")
    trip.go("/requests/new?day=2026-12-23")
    expect(trip.part("0730-1300.kdv")).to_have_count(1)
    trip.at("2026-12-20 00:00")
    trip.parent.reload()
    expect(trip.part("0730-1300.kdv")).to_have_count(0)
    said(trip.parent, trip.says(nl="Het kon tot en met zaterdag 19 december. De groep kan het nog doen: vraag het daar.",
                                en="It was possible until the end of Saturday 19 December. The group can still do it: ask them."))  # fmt: skip
    trip.go("/requests")
    expect(trip.parent.get_by_role("link", name=trip.says(nl="Dag ruilen", en="Swap a day"))).to_have_count(0)
    answer = trip.parent.goto(portal.address("quadrant", "/requests/swap"))
    assert answer and answer.status == 404
    trip.at("2026-12-21 09:00")
    page = trip.staff("educator")
    follow(page, page.locator(".tile", has_text="Amira").first)
    follow(page, page.locator("a[href^='/approvals/child/']"))
    said(page, trip.says(nl="Nog te gebruiken:", en="Credit to use:"))  # first of all
    page.locator("input[name=part][value^='2026-12-23.0730-1300']").check()
    page.locator("#why").fill("Moeder belde")
    follow(page, page.locator("form.fields button.primary"))
    said(page, trip.says(nl="Wat hiervoor mag, wordt eerst gebruikt.", en="What of it may pay this is used first."))
    said(page, trip.says(nl="Het wordt betaald met 5,5 uur tegoed.", en="It is paid with 5.5 hours of credit."))
    follow(page, page.locator("button[name=then][value=approve]"))
    expect(page.locator(".undo")).to_contain_text(
        trip.says(nl="Goedgekeurd: Amira, woensdag 23 december", en="Approved: Amira, Wednesday 23 December")
    )
    trip.go("/requests")
    follow(trip.parent, trip.parent.locator(".card a").first)
    said(
        trip.parent,
        trip.says(
            nl="Door de groep ingevoerd op maandag 21 december, 09.00 uur.",
            en="Entered by the group on Monday 21 December, 09:00.",
        ),
    )
    unsaid(trip.parent, "Moeder belde")  # that is for staff
    expect(trip.parent.locator(".state")).to_have_text(trip.says(nl="goedgekeurd", en="approved"))
    mail = trip.mail_about("/requests/" + trip.parent.url.rpartition("/")[2])
    assert trip.says(nl="Het antwoord op je aanvraag", en="The answer to your request") in mail
    assert trip.says(nl="Het wordt betaald met 5,5 uur tegoed.", en="It is paid with 5.5 hours of credit.") in mail


# Het Fantaziehuis: until when extra care can be asked is left open, so a person decides


@pytest.mark.parametrize("language", LANGUAGES)
def test_fantaziehuis_refuses_with_a_reason_and_the_parent_reads_what_is_still_possible(
    portal: Portal, start: Start, language: str
) -> None:
    trip = start(portal, "fantaziehuis", language)
    before = trip.left("Mees")
    trip.choose("2027-01-08", "1300-1830.kdv")
    said(
        trip.parent,
        trip.says(nl="Je kunt het aanvragen: iemand beslist erover.", en="You can ask for it: somebody decides."),
    )
    said(trip.parent, trip.says(nl="Het wordt betaald met 5,5 ruiluren.", en="It is paid with 5.5 swap hours."))
    request = trip.send()
    assert trip.left("Mees") != before
    page = trip.cards()
    card = card_of(page, "Mees", trip.says(nl="Vrijdag 8 januari", en="Friday 8 January"))
    expect(card).to_contain_text(
        trip.says(nl="Betaald met 5,5 ruiluren, al gereserveerd.", en="Paid with 5.5 swap hours, set aside for it.")
    )
    follow(page, card.locator("button.danger"))  # not without a reason
    expect(page.get_by_role("alert").first).to_contain_text(trip.says(nl="Kies een reden", en="Choose a reason"))
    card.locator("select").select_option("mix")
    follow(page, card.locator("button.danger"))
    reason = trip.says(nl="Het past die dag niet bij de leeftijden van de kinderen in de groep.", en="It does not fit with the ages of the children in the group that day.")  # fmt: skip
    free = trip.says(nl="Het tegoed dat ervoor was gereserveerd, is weer te gebruiken.", en="The credit that was set aside for it can be used again.")  # fmt: skip
    mail = trip.mail_about(request)
    assert (
        trip.says(nl="Het antwoord op je aanvraag", en="The answer to your request") in mail
        and f"\n{reason}\n{free}\n" in mail
    )
    trip.go(request)
    said(
        trip.parent,
        reason,
        free,
        trip.says(nl="Vraag de groep wat er nog kan.", en="Ask the group what is still possible."),
    )
    assert trip.left("Mees") == before
    trip.go(request)
    follow(
        trip.parent,
        trip.parent.get_by_role("link", name=trip.says(nl="Opnieuw aanvragen", en="Ask again")),
    )
    expect(trip.part("1300-1830.kdv")).to_have_count(1)


# Whatever the organisation: time withdraws a request, and siblings go together


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_lapses_when_nobody_answers_and_its_credit_comes_back(
    portal: Portal, start: Start, language: str
) -> None:
    trip = start(portal, "langekeizer", language)
    before = trip.left("Elif")
    trip.choose("2027-01-06", "0730-1300.kdv")
    trip.parent.locator("summary").last.click()
    trip.parent.locator("#lapses_on").fill("2026-12-11")
    request = trip.send()
    assert trip.left("Elif") != before
    trip.at("2026-12-11 23:59")
    portal.app.postman.round()
    trip.go(request)
    expect(trip.parent.locator(".state")).to_have_text(trip.says(nl="in aanvraag", en="waiting for an answer"))
    trip.at("2026-12-12 00:00")
    portal.app.postman.round()
    mail = trip.mail_about(request)
    assert trip.says(nl="Uw aanvraag voor een dag is vervallen", en="Your request for a day has lapsed") in mail
    assert (
        trip.says(
            nl="Elif, woensdag 6 januari 2027, 07.30–13.00: vervallen, er was niet op tijd geantwoord.",
            en="Elif, Wednesday 6 January 2027, 07:30–13:00: lapsed, nobody had answered in time.",
        )
        in mail
    )
    trip.go("/requests")
    expect(trip.parent.locator(f".card a[href='{request}'] .state")).to_have_text(
        trip.says(nl="vervallen", en="lapsed")
    )
    trip.go(request)
    said(
        trip.parent,
        trip.says(nl="is weer te gebruiken", en="can be used again"),
        trip.says(nl="Opnieuw aanvragen", en="Ask again"),
    )
    assert trip.left("Elif") == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sibling_that_is_refused_takes_the_other_along(portal: Portal, start: Start, language: str) -> None:
    trip = start(portal, "langekeizer", language)
    trip.choose("2027-01-06", "0730-1300.kdv", "1400-1830.bso")
    trip.parent.locator("input[name=all_or_nothing]").check()
    request = trip.send()
    said(
        trip.parent,
        trip.says(
            nl="Als geheel beoordeeld: allemaal of geen van allen.", en="Judged as a whole: all of them or none."
        ),
    )
    page = trip.cards()
    card = card_of(page, "Elif Hendriks, Deniz Hendriks", trip.says(nl="6 januari", en="6 January"))
    card.locator("select").select_option("full")
    follow(page, card.locator("button.danger"))
    mail = trip.mail_about(request)
    full = trip.says(nl="De groep is dan vol.", en="The group is full at that time.")
    for who in trip.says(nl="Elif, woensdag 6 januari 2027, 07.30–13.00: dat lukt niet.|Deniz, woensdag 6 januari 2027, 14.00–18.30: dat lukt niet.",
                         en="Elif, Wednesday 6 January 2027, 07:30–13:00: not possible.|Deniz, Wednesday 6 January 2027, 14:00–18:30: not possible.").split("|"):  # fmt: skip
        assert f"{who}\n{full}" in mail
    trip.go(request)
    expect(trip.parent.locator(".state.rejected")).to_have_count(2)


def test_siblings_who_are_not_asked_as_a_whole_are_judged_one_by_one(portal: Portal, start: Start) -> None:
    """The control: without the tick the other one waits on, and no mail goes yet."""
    trip = start(portal, "langekeizer", "en")
    trip.choose("2027-01-06", "0730-1300.kdv", "1400-1830.bso")
    request = trip.send()
    page = trip.cards()
    card = card_of(page, "Elif Hendriks", "6 January")
    card.locator("select").select_option("full")
    follow(page, card.locator("button.danger"))
    trip.go(request)
    expect(trip.parent.locator(".state.rejected")).to_have_count(1)
    expect(trip.parent.locator(".state.awaiting")).to_have_count(1)
    with pytest.raises(ValueError, match="not enough values to unpack"):
        trip.mail_about(request)
