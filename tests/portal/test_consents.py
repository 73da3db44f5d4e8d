"""Consents: a guardian is held until they are answered, answers for themselves alone, and can take back as easily as give."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, select, update
from sqlalchemy.exc import DBAPIError

from spelregel.app import Application
from spelregel.portal.consents import parent_views
from spelregel.records import consents
from spelregel.records.accounts import Account
from spelregel.records.audit import AuditEntry
from spelregel.records.consents import ConsentAnswer, Standing, standing_consent
from spelregel.records.decisions import TenantFile
from spelregel.records.family import bar
from tests.browse import Visitor, field, visitor, words
from tests.conftest import ROOT, Clock, open_portal
from tests.portal.parents import Parent, activate, another_child, both, enter, enter_other, opened, parent

HELD = "/consents"


def answers(app: Application, name: str, who: Parent) -> dict[tuple[str, str | None], str]:
    with opened(app, name) as session:
        return {key: each.choice for key, each in consents.answers_of(session, who.account_id).items()}


def fields(device: Visitor) -> list[str]:
    return list(dict.fromkeys(n for n in re.findall(r'type="radio" name="([^"]+)"', device.get(HELD).text)))


# Held


@pytest.mark.parametrize("name", ["quadrant", "deroef", "langekeizer"])
def test_who_never_answered_gets_nowhere_else(demo: Application, name: str) -> None:
    device = activate(demo, name, parent(demo, name, family=1, other=True))
    for path in ("/agenda", "/account", "/credits", "/conditions", "/my-data", "/consents/history", "/absence/new"):
        answer = device.get(path)
        assert (answer.status_code, answer.location) == (302, HELD), path
    assert device.post("/absence/new", {"day": "2026-12-09"}).location == HELD
    page = device.get(HELD)
    assert page.status_code == 200 and 'class="tabs"' not in page.text
    assert " checked" not in page.text, "nothing is chosen beforehand"


def test_without_the_step_nothing_is_held(demo: Application) -> None:
    """The control: it is the step that holds."""
    device = activate(demo, "quadrant", parent(demo, "quadrant", family=1, other=True))
    demo.portal.config["STEPS"] = tuple(s for s in demo.portal.config["STEPS"] if s is not parent_views.consents_wait)
    assert device.get("/agenda").status_code == 200


def test_where_no_consent_is_asked_nobody_is_held(demo: Application) -> None:
    device = activate(demo, "fantaziehuis", parent(demo, "fantaziehuis", family=1, other=True))
    assert device.get("/agenda").status_code == 200


def test_who_waits_can_log_out_and_choose_a_language(demo: Application) -> None:
    device = activate(demo, "quadrant", parent(demo, "quadrant", family=1, other=True))
    device.post("/account/language", {"language": "en"})
    assert "Before you go on" in words(device.get(HELD))
    assert device.post("/logout").status_code == 303
    assert device.get(HELD).location == "/login?after=/consents"


def test_after_the_answers_the_portal_is_open(demo: Application, clock: Clock) -> None:
    who = parent(demo, "deroef", family=1, other=True)
    device = activate(demo, "deroef", who)
    names = fields(device)
    assert len(names) == 2, "one child, two questions"
    done = device.post(HELD, {names[0]: "allowed", names[1]: "not_allowed"})
    assert (done.status_code, done.location) == (303, "/agenda")
    assert device.get("/agenda").status_code == 200
    child = who.children[0].id
    assert answers(demo, "deroef", who) == {("take_photos", child): "allowed", ("share_photos", child): "not_allowed"}
    with opened(demo, "deroef") as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "answered consent")).all()
        assert {(each.account_id, each.about_id, each.child_id) for each in noted} == {
            (who.account_id, "take_photos", child), (who.account_id, "share_photos", child)
        }  # fmt: skip
        row = session.scalars(select(ConsentAnswer).where(ConsentAnswer.account_id == who.account_id)).first()
        assert row and row.at == clock() and row.digest == demo.registry.snapshot.tenant("deroef").rulebook.digest  # type: ignore[union-attr]
        assert session.scalars(select(TenantFile.text).where(TenantFile.digest == row.digest)).one()


def test_a_question_left_open_is_told_and_what_was_chosen_is_kept(demo: Application) -> None:
    who = parent(demo, "deroef", family=1, other=True)
    device = activate(demo, "deroef", who)
    first, second = fields(device)
    answer = device.post(HELD, {first: "not_allowed", second: "perhaps"})
    assert answer.status_code == 422 and "1 vraag is nog niet beantwoord" in words(answer)
    assert re.search(rf'name="{re.escape(first)}" value="not_allowed" checked', answer.text)
    assert answer.text.count(" checked") == 1
    assert answers(demo, "deroef", who) == {}, "half an answer is none"


def test_one_press_is_enough_for_several_children(demo: Application) -> None:
    who = parent(demo, "quadrant")
    another = another_child(demo, "quadrant", who)
    third = another_child(demo, "quadrant", who, "Derde")
    device = enter(demo, "quadrant", who)
    assert len(fields(device)) == 2, "the children that were answered for are not asked again"
    done = device.post(HELD, {f"answer.photos.{another}": "none", "same": another})
    assert done.location == "/agenda"
    given = answers(demo, "quadrant", who)
    assert given[("photos", another)] == given[("photos", third)] == "none"
    assert given[("photos", who.children[0].id)] == "portal", "and changes nothing of who was not asked about"


def test_the_same_for_all_needs_an_own_answer_first(demo: Application) -> None:
    who = parent(demo, "quadrant")
    another = another_child(demo, "quadrant", who)
    device = enter(demo, "quadrant", who)
    stranger = parent(demo, "quadrant", family=1).children[0].id
    for same in (another, stranger, "x"):
        assert device.post(HELD, {"same": same}).status_code == 422
    assert ("photos", another) not in answers(demo, "quadrant", who)


def test_a_new_child_holds_again_and_only_its_questions_are_asked(demo: Application) -> None:
    who = parent(demo, "deroef")
    device = enter(demo, "deroef", who)
    assert device.get("/agenda").status_code == 200
    child = another_child(demo, "deroef", who)
    assert device.get("/agenda").location == HELD
    assert fields(device) == [f"answer.take_photos.{child}", f"answer.share_photos.{child}"]


def test_a_consent_that_the_file_gets_later_holds_again(database_url: str, clock: Clock, tmp_path: Path) -> None:
    folder = tmp_path / "tenants"
    folder.mkdir()
    shutil.copy(ROOT / "tenants" / "quadrant.yaml", folder)
    app = open_portal(database_url, clock, folder)
    who = parent(app, "quadrant")
    device = enter(app, "quadrant", who)
    assert device.get("/agenda").status_code == 200
    file = folder / "quadrant.yaml"
    text = file.read_text("utf-8")
    new = "consents:\n  outings:\n    name: {nl: Uitstapjes, en: Outings}\n    ask: before first use\n    per: account\n    choices: {gaat_mee: {nl: gaat mee, en: comes along}, thuis: {nl: blijft, en: stays}}\n"
    file.write_text(text.replace("consents:\n", new), "utf-8")
    app.registry.look(clock(), patient=False)
    assert device.get("/agenda").location == HELD
    assert fields(device) == ["answer.outings.account"]
    assert device.post(HELD, {"answer.outings.account": "gaat_mee"}).location == "/agenda"
    clock.set("2026-12-08 10:00")
    file.write_text(
        file.read_text("utf-8").replace("gaat_mee: {nl: gaat mee, en: comes along}", "ja: {nl: dat mag}"), "utf-8"
    )
    app.registry.look(clock(), patient=False)
    assert device.get("/agenda").location == HELD, "an answer that cannot be chosen any more is no answer"
    device.post(HELD, {"answer.outings.account": "thuis"})
    told = words(device.get("/consents/history"))
    assert "Jij: Uitstapjes Blijft Dinsdag 8 december 2026, 10.00 uur" in told
    assert "Jij: Uitstapjes Gaat mee Dinsdag 8 december 2026, 09.29 uur" in told, "in the words of then"
    app.engine.dispose()


def test_at_the_start_waits_for_the_first_day_of_care(demo: Application, clock: Clock) -> None:
    who = parent(demo, "langekeizer")
    device = enter(demo, "langekeizer", who)
    child = another_child(demo, "langekeizer", who, starts_on=date(2026, 12, 14))
    assert device.get("/agenda").status_code == 200
    assert "Nog niet beantwoord" in words(device.get(f"/child/{child}"))
    clock.set("2026-12-13 23:59")
    device = enter(demo, "langekeizer", who)
    assert device.get("/agenda").status_code == 200
    clock.set("2026-12-14 00:00")
    assert device.get("/agenda").location == HELD


def test_staff_are_not_asked(demo: Application) -> None:
    device = visitor(demo, "quadrant")
    device.log_in_staff("educator")
    assert device.get("/account").status_code == 200
    assert device.get(HELD).status_code == 404


# Changing


def test_taking_back_is_the_same_press_as_giving(demo: Application, clock: Clock) -> None:
    who = parent(demo, "quadrant")
    device, child = enter(demo, "quadrant", who), who.children[0].id
    page = device.get(HELD)
    assert page.text.count(" checked") == len(who.children), "the present answer is shown"
    for minute, choice in ((30, "none"), (31, "public"), (32, "none"), (33, "none")):
        clock.set(f"2026-12-08 09:{minute}")
        done = device.post(HELD, {f"answer.photos.{child}": choice})
        assert (done.status_code, done.location) == (303, "/consents?saved=yes")
    with opened(demo, "quadrant") as session:
        kept = session.scalars(
            select(ConsentAnswer)
            .where(ConsentAnswer.account_id == who.account_id, ConsentAnswer.child_id == child)
            .order_by(ConsentAnswer.at)
        ).all()
    assert [each.choice for each in kept] == ["portal", "none", "public", "none"], (
        "each change is a row, a repetition is none"
    )
    told = words(device.get("/consents/history"))
    assert told.index("09.32") < told.index("09.31") < told.index("09.30") < told.index("09.29")
    assert "Geen foto's" in words(device.get(f"/child/{child}"))


def test_the_last_to_be_written_counts_also_when_the_clock_stands_still(demo: Application) -> None:
    who = parent(demo, "quadrant")
    device, child = enter(demo, "quadrant", who), who.children[0].id
    for choice in ("none", "public", "portal", "none", "public"):
        device.post(HELD, {f"answer.photos.{child}": choice})
        assert answers(demo, "quadrant", who)[("photos", child)] == choice


def test_an_answer_about_a_strangers_child_is_not_taken(demo: Application) -> None:
    who, stranger = parent(demo, "quadrant"), parent(demo, "quadrant", family=1)
    device = enter(demo, "quadrant", who)
    before = answers(demo, "quadrant", stranger)
    sent = {
        f"answer.photos.{stranger.children[0].id}": "none",
        "answer.photos.account": "none",
        "answer.else.account": "none",
    }
    assert device.post(HELD, sent).status_code == 303
    assert answers(demo, "quadrant", stranger) == before
    assert ("photos", stranger.children[0].id) not in answers(demo, "quadrant", who)
    assert ("photos", None) not in answers(demo, "quadrant", who)


@pytest.mark.parametrize(
    "change", [update(ConsentAnswer).values(choice="public"), delete(ConsentAnswer)], ids=["change", "delete"]
)
def test_answers_can_be_added_and_never_changed(demo: Application, change: Executable) -> None:
    with opened(demo, "quadrant", writing=True) as session, pytest.raises(DBAPIError):
        session.execute(change)
        session.commit()


# Two guardians


def test_each_answers_for_themselves_and_does_not_read_the_others(demo: Application) -> None:
    first, second = both(demo, "quadrant")
    child = first.children[0].id
    one, two = enter(demo, "quadrant", first), enter_other(demo, "quadrant")
    before = {path: words(one.get(path)) for path in (HELD, "/consents/history", f"/child/{child}")}
    two.post(HELD, {f"answer.photos.{child}": "none"})
    assert answers(demo, "quadrant", second)[("photos", child)] == "none"
    assert answers(demo, "quadrant", first)[("photos", child)] == "portal"
    assert {path: words(one.get(path)) for path in before} == before
    assert field(one.get(HELD), f"answer.photos.{child}") == ["portal", "public", "none"]


def standing(app: Application, child: str, consent: str = "photos") -> Standing:
    tenant = app.registry.snapshot.tenant("quadrant")
    assert tenant
    with opened(app, "quadrant") as session:
        return standing_consent(session, tenant, child, consent, app.clock())


def test_what_counts_is_what_everybody_with_a_say_agrees_on(demo: Application, clock: Clock) -> None:
    first, second = both(demo, "quadrant")
    child = first.children[0].id
    agreed = standing(demo, child)
    assert (agreed.choice, agreed.why) == ("portal", "agreed") and set(agreed.answers) == {
        first.guardian_id,
        second.guardian_id,
    }
    clock.set("2026-12-08 09:40")
    enter_other(demo, "quadrant").post(HELD, {f"answer.photos.{child}": "none"})
    differs = standing(demo, child)
    assert (differs.choice, differs.why) == (None, "differs")
    assert differs.answers == {first.guardian_id: "portal", second.guardian_id: "none"}
    clock.set("2026-12-08 09:35")
    assert standing(demo, child).choice == "portal", "what counted then can still be told"
    clock.set("2026-12-08 09:50")
    with opened(demo, "quadrant", writing=True) as session:
        bar(session, second.guardian_id, child, clock())
        session.commit()
    assert standing(demo, child).choice == "portal", "who is barred has no say"
    assert standing(demo, child, "fireworks").why == "not asked"


def test_who_was_invited_and_never_came_has_no_say_and_who_came_and_never_answered_has(
    demo: Application, clock: Clock
) -> None:
    child = parent(demo, "quadrant", family=1).children[0].id
    assert standing(demo, child).why == "agreed"
    activate(demo, "quadrant", parent(demo, "quadrant", family=1, other=True))
    clock.moment += timedelta(seconds=1)
    assert (standing(demo, child).choice, standing(demo, child).why) == (None, "unanswered")
    with opened(demo, "quadrant", writing=True) as session:
        session.execute(update(Account).where(Account.guardian_id.is_not(None)).values(disabled_at=clock()))
        session.commit()
    assert standing(demo, child).why == "nobody"
