"""The other pages: the door, the agenda, my credits, the conditions, the language, the status page and the demo's front page."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from sqlalchemy import event
from werkzeug.test import Client

from spelregel.app import Application
from spelregel.demo.people import families_of
from spelregel.settings import SettingsError, settings_from
from tests.browse import visitor, words
from tests.conftest import Clock, open_portal

NAMES = ["fantaziehuis", "langekeizer", "deroef", "quadrant"]


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(demo: Application) -> None:
    parent = visitor(demo, "quadrant")
    family = families_of(parent.tenant)[0]
    wrong = parent.post("/login", {"username": family.username, "password": "nee"})
    unknown = parent.post("/login", {"username": "niemand@example.org", "password": "nee"})
    assert wrong.status_code == unknown.status_code == 403
    assert words(wrong).replace(family.username, "") == words(unknown).replace("niemand@example.org", "")


def test_the_door_asks_for_the_name_that_the_organisation_uses(demo: Application) -> None:
    roef = words(visitor(demo, "deroef").get("/login?lang=nl"))
    assert "Debiteurnummer" in roef and "Dit nummer vindt u in uw contract" in roef
    assert "Customer number" in words(visitor(demo, "deroef").get("/login?lang=en"))
    assert "E-mailadres" in words(visitor(demo, "quadrant").get("/login?lang=nl"))


def test_after_logging_in_a_parent_gets_where_they_were_going_and_nowhere_else(demo: Application) -> None:
    parent = visitor(demo, "quadrant")
    assert parent.get("/credits").location == "/login?after=/credits"
    login = {"username": families_of(parent.tenant)[0].username, "password": "gele-regenlaarzen"}
    assert parent.post("/login", login | {"after": "/credits"}).location == "/credits"
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "/a//b", "javascript:alert(1)"):
        assert parent.post("/login", login | {"after": evil}).location == "/agenda"


def test_logged_out_the_old_cookie_opens_nothing(demo: Application) -> None:
    parent = visitor(demo, "quadrant").log_in()
    cookie = parent.client.get_cookie("__Host-sid", domain="quadrant.localhost")
    assert cookie and parent.post("/logout").status_code == 303
    parent.client.set_cookie("__Host-sid", cookie.value, domain="quadrant.localhost", secure=True)
    assert parent.get("/agenda").status_code == 302


def test_a_session_ends_by_itself(demo: Application, clock: Clock) -> None:
    parent = visitor(demo, "quadrant").log_in(remember=False)
    clock.set("2026-12-08 21:28")
    assert parent.get("/agenda").status_code == 200
    clock.set("2026-12-08 21:30")
    assert parent.get("/agenda").status_code == 302


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_is_there_in_both_languages(demo: Application, name: str, language: str) -> None:
    for family in families_of(visitor(demo, name).tenant):
        parent = visitor(demo, name).log_in(family, language)
        for path in (
            "/agenda",
            "/agenda?from=2027-02-15",
            "/absence/new",
            "/credits",
            "/credits?day=2027-02-22",
            "/conditions",
            "/conditions?on=2022-02-06",
            "/account",
        ):
            answer = parent.get(path)
            assert answer.status_code == 200, path
            assert f'<html lang="{language}">' in answer.text
            assert "%(" not in answer.text and "None" not in words(answer)


def test_the_language_is_chosen_once_and_stays(demo: Application) -> None:
    parent = visitor(demo, "quadrant").log_in(language="nl")
    assert "Voorwaarden" in words(parent.get("/account"))
    parent.post("/account/language", {"language": "en"})
    assert "Conditions" in words(parent.get("/account"))
    assert "Conditions" in words(visitor(demo, "quadrant").log_in(language="nl").get("/account")), "on every device"


def test_the_agenda_says_until_when_what_can_be_done(demo: Application, clock: Clock) -> None:
    clock.set("2026-12-08 09:00")
    text = words(visitor(demo, "fantaziehuis").log_in().get("/agenda"))
    assert "Afmelden met ruiluren kan tot vandaag 09.30 uur (nog 30 minuten)" in text
    clock.set("2026-12-08 09:30")
    text = words(visitor(demo, "fantaziehuis").log_in().get("/agenda"))
    assert "(nog" not in text.split("donderdag 10 december")[1].split("Maandag")[0]
    assert "maar niet meer met ruiluren" in text


def test_the_agenda_goes_on_and_shows_closed_days_and_school_holidays(demo: Application) -> None:
    parent = visitor(demo, "deroef").log_in()
    text = words(parent.get("/agenda"))
    assert "Kerstvakantie" in text and "Eerste kerstdag: geen opvang" in text
    piece = parent.client.get("/agenda?from=2026-12-28", base_url=parent.base, headers={"X-Fragment": "1"})
    assert "<html" not in piece.text and "Nieuwjaarsdag: geen opvang" in words(piece)
    assert 'href="/agenda?from=2027-01-18"' in piece.text


def test_the_agenda_asks_as_many_questions_for_one_child_as_for_more(demo: Application) -> None:
    counted = {}
    for family in families_of(visitor(demo, "langekeizer").tenant):
        parent = visitor(demo, "langekeizer").log_in(family)
        statements: list[str] = []
        listener = lambda _c, _cursor, statement, *_: statements.append(statement)  # noqa: E731, B023
        event.listen(demo.engine, "before_cursor_execute", listener)
        parent.get("/agenda")
        event.remove(demo.engine, "before_cursor_execute", listener)
        counted[len(family.children)] = len([s for s in statements if s.lstrip().upper().startswith("SELECT")])
    assert len(set(counted.values())) == 1, counted


def test_my_credits_tell_the_life_of_every_portion(demo: Application) -> None:
    seen = ""
    for name in NAMES:
        for family in families_of(visitor(demo, name).tenant):
            seen += words(visitor(demo, name).log_in(family).get("/credits"))
    for phrase in (
        "opgebouwd met de afmelding voor",
        "gebruikt voor",
        "teruggekregen",
        "Vervallen na",
        "de afmelding is ingetrokken",
        "uit het contract",
    ):
        assert phrase in seen, phrase


def test_my_credits_say_what_can_be_used_on_a_day_and_why_the_rest_cannot(demo: Application) -> None:
    roef = next(
        f
        for f in families_of(visitor(demo, "deroef").tenant)
        if any(c == "bso" for child in f.children for c, _ in child.days)
    )
    parent = visitor(demo, "deroef").log_in(roef)
    assert re.search(r"Buitenschoolse opvang: \d+ Roefjes", words(parent.get("/credits?day=2026-12-22")))
    school_day = words(parent.get("/credits?day=2026-12-15"))
    assert "Buitenschoolse opvang: niets te gebruiken" in school_day and "schooldag" in school_day
    assert "niets te gebruiken" in words(parent.get("/credits?day=2027-01-02")), "the year is over"
    assert "Eerste kerstdag: geen opvang" in words(parent.get("/credits?day=2026-12-25"))


def test_the_conditions_can_be_read_for_another_day(demo: Application) -> None:
    parent = visitor(demo, "quadrant").log_in()
    assert "2027" in words(parent.get("/conditions?on=2027-05-01"))
    assert parent.get("/conditions?on=onzin").status_code == 200


def test_the_status_page_shows_each_file_and_is_open_in_test_and_demo(demo: Application) -> None:
    answer = Client(demo).get("/status", base_url="http://localhost:8000")
    assert answer.status_code == 200 and all(f"{name}.yaml" in words(answer) for name in NAMES)
    data = Client(demo).get("/status", base_url="http://localhost:8000", headers={"Accept": "application/json"}).json
    assert data and {each["state"] for each in data["files"]} == {"live"}


PRODUCTION = {
    "SPELREGEL_ENV": "production",
    "SPELREGEL_BASE_DOMAIN": "portaal.example",
    "SPELREGEL_STATUS_TOKEN": "een-heel-lang-geheim-woord",
    "SPELREGEL_MAIL": "smtp+starttls://portaal:geheim@mail.example",
    "SPELREGEL_MAIL_FROM": "portaal@portaal.example",
}


def test_in_production_the_status_page_wants_its_token(database_url: str, clock: Clock) -> None:
    from spelregel.app import create_app

    app = create_app(
        settings_from(PRODUCTION | {"SPELREGEL_DATABASE": database_url, "SPELREGEL_TENANTS": "tenants"}), now=clock
    )
    ask = Client(app)
    base = "https://portaal.example"
    assert ask.get("/status", base_url=base).status_code == 401
    assert ask.get("/status", base_url=base, headers={"Authorization": "Bearer fout"}).status_code == 401
    assert (
        ask.get(
            "/status", base_url=base, headers={"Authorization": f"Bearer {PRODUCTION['SPELREGEL_STATUS_TOKEN']}"}
        ).status_code
        == 200
    )
    basic = base64.b64encode(f"ops:{PRODUCTION['SPELREGEL_STATUS_TOKEN']}".encode()).decode()
    assert ask.get("/status", base_url=base, headers={"Authorization": f"Basic {basic}"}).status_code == 200
    assert ask.get("/", base_url=base).status_code == 404, "no front page of personas"
    assert ask.post(
        "/demo/enter", base_url="https://quadrant.portaal.example", headers={"Origin": base}
    ).status_code in (403, 404)
    assert "Strict-Transport-Security" in ask.get("/login", base_url="https://quadrant.portaal.example").headers
    app.engine.dispose()


@pytest.mark.parametrize(
    "missing",
    ["SPELREGEL_DATABASE", "SPELREGEL_BASE_DOMAIN", "SPELREGEL_STATUS_TOKEN", "SPELREGEL_MAIL", "SPELREGEL_MAIL_FROM"],
)
def test_production_does_not_start_without_what_it_needs(missing: str) -> None:
    env = PRODUCTION | {"SPELREGEL_DATABASE": "sqlite:///x.db"}
    del env[missing]
    with pytest.raises(SettingsError, match=missing):
        settings_from(env)
    with pytest.raises(SettingsError, match="CLOCK_OFFSET"):
        settings_from(PRODUCTION | {"SPELREGEL_DATABASE": "sqlite:///x.db", "SPELREGEL_CLOCK_OFFSET": "60"})


def test_the_front_page_of_the_demo_lets_a_persona_in_with_one_click(demo: Application) -> None:
    page = Client(demo).get("/", base_url="http://localhost:8000")
    targets = re.findall(r'action="(http://[^"]+)/demo/enter"', page.text)
    assert len(targets) == 12, "two families and those who work there, per organisation"
    parent = visitor(demo, "quadrant")
    name = families_of(parent.tenant)[0].email
    entered = parent.client.post(
        "/demo/enter",
        base_url=parent.base,
        data={"person": name},
        headers={"Origin": "http://localhost:8000", "Sec-Fetch-Site": "cross-site"},
    )
    assert entered.status_code == 303 and parent.get("/agenda").status_code == 200
    for origin in ("http://evil.example", "http://deroef.localhost:8000", "null"):
        refused = parent.client.post(
            "/demo/enter", base_url=parent.base, data={"person": name}, headers={"Origin": origin}
        )
        assert refused.status_code == 403


def test_a_new_file_in_the_folder_is_a_portal_with_people(tmp_path: Path, clock: Clock) -> None:
    source = (Path(__file__).parents[2] / "tenants" / "quadrant.yaml").read_text("utf-8")
    app = open_portal(f"sqlite:///{tmp_path / 'x.db'}", clock, tenants=tmp_path)
    assert Client(app).get("/login", base_url="http://zonnebloem.localhost").status_code == 404
    text = source.replace("tenant: quadrant", "tenant: zonnebloem").replace(
        "subdomain: quadrant", "subdomain: zonnebloem"
    )
    (tmp_path / "zonnebloem.yaml").write_text(text, "utf-8")
    app.registry.look(clock())
    app.registry.look(clock())
    assert visitor(app, "zonnebloem").log_in().get("/agenda").status_code == 200
    app.engine.dispose()
