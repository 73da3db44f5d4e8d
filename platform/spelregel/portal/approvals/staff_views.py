"""Requests to judge: the cards, one tap or several at once, a minute to undo it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.notify.judged_requests import recall_judged, tell_judged
from spelregel.portal.approvals.entering import SHOWN, Choice, Entry, choices_from, entry_of
from spelregel.portal.approvals.service import Amounts, Card, OutOfReach, judge_each, waiting_cards
from spelregel.records.asking_days import Considered, fingerprint
from spelregel.records.audit import record
from spelregel.records.credit_ledger import stock_of
from spelregel.records.day_requests import (
    Booking,
    count_waiting,
    find_request,
    list_bookings_in,
    list_bookings_of,
    list_judged_since,
)
from spelregel.records.decisions import OutcomeChanged
from spelregel.records.family import Child, list_children
from spelregel.records.judging_bookings import UNDO, CreditIsGone, Full, GivenUpIsAway, NothingToAsk, send_request, undo
from spelregel.records.people import names_of
from spelregel.records.staff import child_in
from spelregel.rules.booking_states import BookingStands
from spelregel.rules.message import Message, msg
from spelregel.rules.occupancy import Against, Fit
from spelregel.tenancy.tenant import in_language
from spelregel.web.explanation import reasons
from spelregel.web.here import clock_now, database, now, read_anew, settings, speaker, tenant, today, writing
from spelregel.web.login import account, actor, allowed, own_groups
from spelregel.web.pages import Badge, Tab, t, tn
from spelregel.web.parameters import takes
from spelregel.words import formats, terms

blueprint = Blueprint("approvals", __name__, template_folder="templates", url_prefix="/approvals")
LONGEST_REASON: Final = 300
MOST_AT_ONCE: Final = 50
FURTHEST: Final = timedelta(days=365)
SUBMISSION: Final = re.compile(r"[0-9a-f]{32}")

DONE: Final = MappingProxyType(
    {
        "entered": msg("It is entered, and waits to be judged."),
        "entered-only": msg(
            "It is entered. It could not be approved at once: there is no room, so it waits to be judged."
        ),
        "undone": msg("It waits to be judged again. The parents were told nothing."),
        "too-late": msg("This can no longer be undone: the minute is over, or something was done with it meanwhile."),
        "credit-gone": msg("This can no longer be undone: the credit that it gave free is used for something else."),
    }
)
WRONG: Final = frozenset({"too-late", "credit-gone", "entered-only"})


def _waiting() -> Badge | None:
    found = count_waiting(database(), own_groups("judge_requests"), today())
    number = sum(found.all.values())
    if not number:
        return None
    words = tn("%(n)s waits", "%(n)s wait", number)
    return Badge(
        number, t("%(waiting)s, longer than promised", waiting=words) if found.late else words, bool(found.late)
    )


TABS = (Tab("approvals.index", msg("Requests"), "inbox", right="judge_requests", waiting=_waiting),)


@blueprint.get("")
@allowed("judge_requests")
@takes(plain=("done",))
def index() -> str:
    return _show(done=request.args.get("done", ""))


def _show(
    *, done: str = "", failed: Mapping[str, str] | None = None, ticked: Sequence[str] = (), problem: str | None = None
) -> str:
    """`failed`: booking -> why nothing was done about it. Of what is not on a card any more it stands at the top."""
    cards = waiting_cards(database(), tenant(), own_groups("judge_requests"), now())
    on_cards = {booking_id for card in cards for booking_id in card.ids}
    sees_guardians, beyond = own_groups("see_guardians"), own_groups("approve_beyond_limit")
    named = [card for card in cards if _all_in(card, sees_guardians)]
    failed = failed or {}
    gone = [(_label(each), failed[each.id]) for each in _of(failed) if each.id not in on_cards]
    return render_template(
        "approvals/index.html", cards=cards, failed=failed, gone=gone, ticked=set(ticked), problem=problem, today=today(),
        names=names_of(database(), {card.asked_by for card in named}, "account"), may_beyond={card.id for card in cards if _all_in(card, beyond)},
        named={card.id for card in named}, late=[card for card in cards if card.days_late], undo=_undoable(), refusals=terms.REFUSALS,
        why={card.id: _why(card) for card in cards}, limits=_limits, fit_in_words=_fit_in_words, amounts_in_words=_amounts, done=DONE.get(done), wrong=done in WRONG,
        longest=LONGEST_REASON, several=len({part.location.id for card in cards for part in card.parts}) > 1,
    )  # fmt: skip


def _all_in(card: Card, groups: set[str]) -> bool:
    return all(part.group.id in groups for part in card.parts)


def _of(booking_ids: Iterable[str]) -> list[Booking]:
    return list_bookings_in(database(), list(booking_ids), own_groups("judge_requests"))


def _label(booking: Booking) -> str:
    """Noor, Thursday 17 December, 08:00–13:00"""
    (child,) = list_children(database(), [booking.child_id])
    return _of_day([child], booking)


def _of_day(children: Sequence[Child], booking: Booking) -> str:
    register = speaker().register
    names = formats.and_list([each.first_name for each in children], register)
    return f"{names}, {formats.long_day(booking.day, register)}, {formats.span(booking.starts, booking.ends, register)}"


def _why(card: Card) -> list[tuple[str, list[object]]]:
    """Per child the conditions that the rules looked at; nothing of what cannot be read any more."""
    return [
        (part.child.first_name, list(reasons(part.judgement.decision, speaker())))
        for part in card.parts
        if part.judgement
    ]


def _amounts(amounts: Amounts) -> str:
    spoken = speaker()
    return formats.and_list([spoken.amount(sixtieths, kind) for kind, sixtieths in amounts], spoken.register)


def _fit_in_words(fit: Fit) -> str:
    """The answer first: it fits, it does not, or it is not known."""
    if not fit.fits:
        return t("Does not fit")
    if "staff" in fit.untold and "places" in fit.untold:
        return t("Not known: nobody told the places and the roster of this group")
    if "staff" in fit.untold:
        return t("There is a place; whether there are enough staff is not known")
    if "places" in fit.untold:
        return t("There are enough staff; how many places there are is not known")
    return t("Fits")


def _limits(fit: Fit) -> list[str]:
    """Each limit that stands in the way, with when."""
    return [_limit(each) for each in fit.against]


def _limit(each: Against) -> str:
    when, over = formats.span(each.starts, each.ends, speaker().register), each.over
    values = {"when": when, "needed": over.needed, "available": over.available}
    if over.limit == "places":
        return t("Full %(when)s: with this child %(needed)s of %(available)s places.", **values)
    if over.limit == "group size":
        return t("Group too large %(when)s: %(needed)s children, at most %(available)s.", **values)
    if over.limit == "babies":
        return t("Too many babies %(when)s: %(needed)s, at most %(available)s.", **values)
    if over.limit == "ages":
        return t("Ages %(when)s that the staff–child ratio knows no answer to.", **values)
    return t("Too few staff %(when)s: %(needed)s needed, %(available)s planned.", **values)


# What was judged a moment ago


@dataclass(frozen=True, slots=True)
class Undoable:
    """What one tap did."""

    ids: tuple[str, ...]
    text: str
    until: datetime


def _undoable() -> list[Undoable]:
    judged = list_judged_since(database(), account().id, now() - UNDO)
    judged = [each for each in judged if each.group_id in own_groups("judge_requests")]
    children = {each.id: each for each in list_children(database(), {each.child_id for each in judged})}
    taps: dict[tuple[datetime, str], list[Booking]] = {}
    for each in judged:
        if each.judged_at is not None:
            taps.setdefault((each.judged_at, each.state), []).append(each)
    found = []
    for (at, state), bookings in taps.items():
        who = formats.and_list([_of_day([children[each.child_id]], each) for each in bookings], speaker().register)
        text = t("Approved: %(who)s.", who=who) if state == "approved" else t("Refused: %(who)s.", who=who)
        found.append(Undoable(tuple(each.id for each in bookings), text, at + UNDO))
    return found


# Judging


def _named(right: str = "judge_requests") -> list[str]:
    """The bookings that the form names, each within one's groups: another's and one that does not exist are alike."""
    ids = list(dict.fromkeys(request.form.getlist("booking")))
    if len(ids) > MOST_AT_ONCE:
        abort(413)
    if len(list_bookings_in(database(), ids, own_groups(right))) != len(ids):
        abort(404)
    return ids


@blueprint.post("/approve")
@allowed("judge_requests")
@takes(ids=("booking",))
def approve() -> Response | tuple[str, int]:
    """One, or all that are ticked."""
    return _judge(_named(), "approved a request")


@blueprint.post("/approve-beyond")
@allowed("approve_beyond_limit")
@takes(ids=("booking",), plain=("why",))
def approve_beyond() -> Response | tuple[str, int]:
    ids, why = _named("approve_beyond_limit"), request.form.get("why", "").strip()[:LONGEST_REASON]
    if not why:
        return _show(problem=t("Say why it is approved although there is no room."), ticked=ids), 422
    return _judge(ids, "approved beyond the limit", beyond=why, right="approve_beyond_limit")


@blueprint.post("/refuse")
@allowed("judge_requests")
@takes(ids=("booking",), plain=("reason", "words"))
def refuse() -> Response | tuple[str, int]:
    """With a reason that the parent reads: one of the ready-made ones, or one's own words."""
    ids, own = _named(), " ".join(request.form.get("words", "").split())[:LONGEST_REASON]
    reason = own or request.form.get("reason", "")
    if not own and reason not in terms.REFUSALS:
        return _show(problem=t("Choose a reason, or write one: the parents read it."), ticked=ids), 422
    return _judge(ids, "rejected a request", refused=reason)


def _judge(
    ids: list[str], action: str, *, beyond: str | None = None, refused: str | None = None, right: str = "judge_requests"
) -> Response | tuple[str, int]:
    if not ids:
        return _show(problem=t("Nothing was ticked.")), 422
    judged = judge_each(
        writing(), tenant(), ids, own_groups(right), account().id, now(), beyond=beyond, refused=refused
    )
    _write_down(judged.done, action)
    for request_id in dict.fromkeys(each.request_id for each in judged.done):
        tell_judged(writing(), tenant(), request_id, now(), settings(), clock=clock_now())
    if judged.done:
        writing().commit()
    else:
        writing().rollback()
    if not judged.failed:
        return redirect(url_for("approvals.index"), 303)
    read_anew()
    failed = {booking_id: _failed(wrong) for booking_id, wrong in judged.failed.items()}
    return _show(failed=failed, ticked=list(failed)), 409


def _write_down(bookings: Iterable[Booking], action: str) -> None:
    for each in bookings:
        record(writing(), actor(), action, now(), about="booking", about_id=each.id, child_id=each.child_id)


def _failed(wrong: Exception) -> str:
    if isinstance(wrong, Full):
        return " ".join([t("Not approved: there is no room."), *(_limits(wrong.fit) if wrong.fit else [])])
    if isinstance(wrong, GivenUpIsAway):
        return t("Not approved: the day that would be handed in was reported absent meanwhile.")
    if isinstance(wrong, OutOfReach):
        return t("This is judged together with a sibling in a group that is not yours.")
    if isinstance(wrong, BookingStands):
        return speaker().register.text(_STANDS.get(wrong.state, _STANDS["lapsed"]))
    raise wrong


_STANDS: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "approved": msg("It was approved meanwhile."),
        "rejected": msg("It was refused meanwhile."),
        "cancelled": msg("The parent took it back meanwhile."),
        "lapsed": msg("It lapsed meanwhile."),
        "guaranteed": msg("This place is guaranteed: it cannot be refused."),
    }
)


@blueprint.post("/undo")
@allowed("judge_requests")
@takes(ids=("booking",))
def take_back() -> Response:
    """As long as the parents were told nothing."""
    ids = _named()
    if any(each.judged_by not in (None, account().id) for each in _of(ids)):
        return _back("too-late")  # a colleague judged it
    try:
        bookings = undo(writing(), ids, now()) if ids else []
    except BookingStands:
        writing().rollback()
        return _back("too-late")
    except CreditIsGone:
        writing().rollback()
        return _back("credit-gone")
    if any(each.group_id not in own_groups("judge_requests") for each in bookings):
        abort(404)
    for request_id in dict.fromkeys(each.request_id for each in bookings):
        if not recall_judged(writing(), request_id):
            writing().rollback()
            return _back("too-late")
    _write_down(bookings, "took back a judgement")
    writing().commit()
    return _back("undone")


def _back(done: str) -> Response:
    return redirect(url_for("approvals.index", done=done or None), 303)


# Asking in a parent's place


@blueprint.get("/child/<id:child_id>")
@allowed("judge_requests")
@takes(plain=("day",))
def choose(child_id: str) -> str:
    return _show_choices(_child(child_id), _first_day(request.args.get("day", "")))


def _child(child_id: str) -> Child:
    return child_in(database(), own_groups("judge_requests"), child_id, today()) or abort(404)


def _first_day(text: str) -> date:
    try:
        return min(max(date.fromisoformat(text), today()), today() + FURTHEST)
    except ValueError:
        return today()


def _show_choices(
    child: Child, first: date, *, ticked: Sequence[str] = (), why: str = "", problem: str | None = None
) -> str:
    days = [first + timedelta(days=n) for n in range(SHOWN)]
    found = choices_from(database(), tenant(), child, days, own_groups("judge_requests"), now())
    stock = stock_of(database(), [child.id], today())[child.id]
    return render_template(
        "approvals/choose.html", child=child, days=found, first=first, today=today(), furthest=today() + FURTHEST, ticked=ticked, why=why, problem=problem,
        before=max(first - timedelta(days=SHOWN), today()) if first > today() else None, after=first + timedelta(days=SHOWN), longest=LONGEST_REASON,
        refused=_refused, named=_named_part, stock=_amounts(tuple((kind, left) for kind, left in stock.items() if left > 0)),
        by_parents=any(each.by_parent for day in found for each in day.choices),
    )  # fmt: skip


def _named_part(choice: Choice) -> str:
    line = choice.considered.line
    span = formats.span(line.starts, line.ends, speaker().register)
    name = in_language(choice.offer.name, speaker().register.language)
    return f"{name}, {span}" if name else span


def _refused(considered: Considered) -> str:
    """Why staff cannot ask for it either."""
    verdict = considered.judgement.request if considered.judgement else None
    return " ".join(speaker().request(verdict)) if verdict else t("This cannot be asked for.")


@blueprint.post("/child/<id:child_id>")
@allowed("judge_requests")
@takes(plain=("day", "part", "why", "pay"))
def look_at_it(child_id: str) -> str | tuple[str, int]:
    """What would come of it, before anything is entered."""
    child, why = _child(child_id), _why_entered()
    entry = _entry(child, why)
    if entry is None or not why:
        problem = t("Choose a part of a day.") if entry is None else t("Say who asked it, and why.")
        first = _first_day(request.form.get("day", ""))
        return _show_choices(child, first, ticked=request.form.getlist("part"), why=why, problem=problem), 422
    return _show_entry(child, entry, secrets.token_hex(16))


def _why_entered() -> str:
    return request.form.get("why", "").strip()[:LONGEST_REASON]


def _entry(child: Child, why: str) -> Entry | None:
    chosen = request.form.getlist("part")[:MOST_AT_ONCE]
    on_invoice = request.form.get("pay") == "invoice"
    return entry_of(
        database(), tenant(), child, chosen, own_groups("judge_requests"), why, now(), on_invoice=on_invoice
    )


def _show_entry(child: Child, entry: Entry, submission: str, *, changed: bool = False) -> str:
    def told(each: Considered) -> list[str]:
        payment, spoken = each.payment, speaker()
        if not each.accepted:
            return [_refused(each)]
        if payment is None:
            return [t("The rules say nothing of how it is paid.")]
        paid = [
            t("It is paid with %(amount)s.", amount=spoken.amount(n, kind)) for kind, n in payment.per_kind().items()
        ]
        return (
            [*paid, t("On the invoice: %(hours)s.", hours=spoken.hours(payment.invoice))] if payment.invoice else paid
        )

    return render_template(
        "approvals/check.html", child=child, entry=entry, told=told, seen=fingerprint(entry.found), submission=submission, changed=changed,
        parts=request.form.getlist("part"), on_invoice=request.form.get("pay") == "invoice" and entry.may_invoice, day=request.form.get("day", ""),
        stock=_amounts(tuple(entry.stock.items())), fit_in_words=_fit_in_words, limits=_limits,
        why=lambda each: list(reasons(each.judgement.decision, speaker())),
    )  # fmt: skip


@blueprint.post("/child/<id:child_id>/enter")
@allowed("judge_requests")
@takes(plain=("day", "part", "why", "pay", "seen", "submission", "then"))
def enter(child_id: str) -> Response | tuple[str, int]:
    """The same submission again is the same request."""
    child, why, submission = _child(child_id), _why_entered(), request.form.get("submission", "")
    if not SUBMISSION.fullmatch(submission):
        abort(400)
    if find_request(database(), account().id, submission) is not None:
        return _back("entered")
    entry = _entry(child, why)
    if entry is None or not why:
        return _show_choices(
            child, _first_day(request.form.get("day", "")), why=why, problem=t("This can no longer be asked for.")
        ), 409
    try:
        sent = send_request(writing(), tenant(), account().id, [child], entry.wish, submission, now(),
                            seen=request.form.get("seen", ""), by="staff")  # fmt: skip
    except (OutcomeChanged, NothingToAsk):
        writing().rollback()
        return _show_entry(child, entry, submission, changed=True), 409
    bookings = list_bookings_of(writing(), sent.id)
    _write_down(bookings, "entered a request")
    done = "entered"
    waiting = [each.id for each in bookings if each.state == "awaiting"]
    if request.form.get("then") == "approve" and waiting:
        judged = judge_each(writing(), tenant(), waiting, own_groups("judge_requests"), account().id, now())
        _write_down(judged.done, "approved a request")
        done = "entered-only" if judged.failed else ""
    tell_judged(writing(), tenant(), sent.id, now(), settings(), clock=clock_now())
    writing().commit()
    return _back(done)
