"""GET and POST /consents: the step that holds a guardian until what has to be answered is answered, and the place to change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.records import consents
from spelregel.records.audit import record
from spelregel.records.consents import Question
from spelregel.records.family import Child
from spelregel.tenancy.tenant import in_language
from spelregel.web.here import clock_now, database, now, register, tenant, today, writing
from spelregel.web.lately import lately
from spelregel.web.login import account, actor, allowed, own_children, waiting_step
from spelregel.web.pages import home, t
from spelregel.web.parameters import takes

blueprint = Blueprint("consents", __name__, template_folder="templates", url_prefix="/consents")
TABS = ()
HERE = "consents.ask"
#: Who has answered everything is not asked for so long whether they have: what is new in the file, a child or a day is asked at
#: once, and a contract that begins today a few minutes later.
SETTLED: Final = timedelta(minutes=5)


def consents_wait() -> str | None:
    mine = account()
    if mine.guardian_id is None:
        return None
    settled = lately("consents", SETTLED)
    key = (tenant().slug, tenant().rulebook.digest, mine.id, today(), tuple(child.id for child in own_children()))
    if settled.get(key, clock_now()):
        return None
    if consents.holds(database(), tenant(), mine.id, own_children(), today()):
        return HERE
    settled.put(key, "all", clock_now())
    return None


STEPS = (consents_wait,)


@dataclass(frozen=True, slots=True)
class Card:
    """What is asked about one child, or (`child` None) of the guardian itself."""

    child: Child | None
    questions: tuple[Question, ...]


def _cards(shown: Sequence[Question]) -> list[Card]:
    about = {each.child_id: each.child for each in shown}
    return [Card(child, tuple(q for q in shown if q.child_id == child_id)) for child_id, child in about.items()]


def field_of(question: Question) -> str:
    return f"answer.{question.consent.id}.{question.child_id or 'account'}"


def _shown(*, held: bool) -> list[Question]:
    """Who is held reads only what is still open, also what can wait until the care starts; later everything is there to change."""
    everything = consents.questions(database(), tenant(), account().id, own_children(), today())
    return [each for each in everything if each.is_open and each.consent.ask != "any time"] if held else everything


def _elsewhere() -> Response | None:
    """A step that comes before this one goes first: this page is open while steps wait."""
    step = waiting_step()
    return redirect(url_for(step), 303) if step not in (None, HERE) else None


def _page(shown: Sequence[Question], *, held: bool, given: Mapping[str, str], missing: Sequence[Question] = ()) -> str:
    cards, language = _cards(shown), register().language
    children = [card for card in cards if card.child is not None]
    return render_template(
        "consents/consents.html", cards=cards, held=held, given=given, missing={field_of(each) for each in missing}, field_of=field_of,
        saved=request.method == "GET" and request.args.get("saved") == "yes", same=held and len(children) > 1,
        words=lambda texts: in_language(texts, language),
    )  # fmt: skip


@blueprint.get("")
@allowed("own_family", before_steps=True)
@takes(plain=("saved",))
def ask() -> str | Response:
    if (elsewhere := _elsewhere()) is not None:
        return elsewhere
    held = waiting_step() == HERE
    shown = _shown(held=held)
    return _page(shown, held=held, given={field_of(each): each.choice for each in shown if each.choice})


@blueprint.post("")
@allowed("own_family", before_steps=True)
@takes(ids=("same",), plain=("answer.*", "saved"))
def answer() -> Response | tuple[str, int]:
    """Only what is asked of this guardian is read from the form: another child's name in it is no question."""
    if (elsewhere := _elsewhere()) is not None:
        return elsewhere
    held = waiting_step() == HERE
    shown = _shown(held=held)
    given = _given(shown, request.form.get("same") if held else None)
    missing = [each for each in shown if each.holds and field_of(each) not in given]
    if missing:
        return _page(shown, held=held, given=given, missing=missing), 422
    chosen = [(each.consent.id, each.child_id, given[field_of(each)]) for each in shown if field_of(each) in given]
    for each in consents.answer(writing(), tenant(), account().id, chosen, now()):
        record(writing(), actor(), "answered consent", now(), about="consent", about_id=each.consent, child_id=each.child_id)  # fmt: skip
    writing().commit()
    return redirect(home(account()) if held else url_for("consents.ask", saved="yes"), 303)


def _given(shown: Sequence[Question], same: str | None) -> dict[str, str]:
    """Field -> choice. `same`: the child whose answers hold for all of them, when it is one of these."""
    found = {}
    same = same if any(each.child_id == same for each in shown) else None
    for each in shown:
        name = f"answer.{each.consent.id}.{same}" if same and each.child else field_of(each)
        choice = request.form.get(name, "")
        if choice in each.consent.choices:
            found[field_of(each)] = choice
    return found


@blueprint.get("/history")
@allowed("own_family")
def history() -> str:
    language, zone = register().language, tenant().rulebook.zone
    names = {child.id: child.first_name for child in own_children()}
    rows = [
        (each.at.astimezone(zone), names[each.child_id] if each.child_id else t("You"), in_language(each.asked, language), in_language(each.chosen, language))
        for each in consents.history(database(), tenant(), account().id, list(names))
    ]  # fmt: skip
    return render_template("consents/history.html", rows=rows)
