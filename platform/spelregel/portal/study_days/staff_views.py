"""The lists of the coming study days: signing children up on a guardian's word, taking one off, and the list for the invoice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.notify.judged_requests import tell_judged, tell_taken_off
from spelregel.portal.study_days.service import (
    STUDY_DAY,
    SignedUp,
    SignUp,
    StudyDay,
    ToSign,
    as_csv,
    billed,
    keeps_lists,
    lists_of,
    print_of,
    sign_up,
    signed_up,
    study_days,
    to_sign,
)
from spelregel.records.asking_days import Considered, WishLine
from spelregel.records.audit import record
from spelregel.records.day_requests import SIGNED, Booking, SignOff, list_bookings_in
from spelregel.records.family import Child, Guardian
from spelregel.records.judging_bookings import Cancelling, NothingToAsk, cancel_bookings
from spelregel.records.staff import child_in
from spelregel.rules.message import msg
from spelregel.tenancy.tenant import in_language
from spelregel.web.here import clock_now, database, now, read_anew, register, settings, speaker, tenant, today, writing
from spelregel.web.login import account, actor, allowed, own_groups
from spelregel.web.pages import Tab, t
from spelregel.web.parameters import takes
from spelregel.words import formats, terms

blueprint = Blueprint("study_days", __name__, template_folder="templates", url_prefix="/study-days")
SUBMISSION: Final = re.compile(r"[0-9a-f]{32}")
LONGEST_REASON: Final = 300
LONGEST_NAME: Final = 80
MOST_AT_ONCE: Final = 100
#: So long after the day its list can still be read by who bills it.
BILLED_WITHIN: Final = timedelta(days=62)

DONE: Final = MappingProxyType(
    {
        "signed": msg("They are on the list, and the parents are told."),
        "waits": msg("They are on the list, and wait to be judged."),
        "full": msg("They are on the list. For some there is no room: they wait to be judged."),
        "off": msg("It is taken off the list, and the parents are told."),
    }
)
WRONG: Final = frozenset({"full"})


def _first_day() -> date:
    """From here on the lists are there: later for who does not bill them."""
    return today() - BILLED_WITHIN if own_groups("export_study_list") else today()


def _has_lists() -> bool:
    return bool(_lists())


TABS = (Tab("study_days.show", msg("Study days"), "list", right="keep_study_list", is_there=_has_lists),)


def _lists(right: str = "keep_study_list") -> list[StudyDay]:
    if not keeps_lists(tenant(), today() - BILLED_WITHIN, today()):
        return []
    groups, first = own_groups(right), _first_day()
    return study_days(database(), tenant(), groups, first, today())


def _list_of(text: str, right: str = "keep_study_list") -> StudyDay:
    """The day that is named; else the first that is still to come, or the last of all."""
    found = _lists(right)
    if not found:
        abort(404)
    named = next((each for each in found if each.day.isoformat() == text), None)
    return named or next((each for each in found if each.day >= today()), found[-1])


@blueprint.get("")
@allowed("keep_study_list")
@takes(plain=("day", "done"))
def show() -> str:
    return _show(_list_of(request.args.get("day", "")), done=request.args.get("done", ""))


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form: nothing when the page is opened, and what was sent when it is shown again."""

    parts: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)  # child -> who signed
    how: str = SIGNED[0]
    signed_on: str = ""


def _show(
    day: StudyDay, *, done: str = "", problem: str | None = None, wrong: Mapping[str, str] | None = None, filled: Filled | None = None
) -> str:  # fmt: skip
    """`wrong`: child -> what is wrong with what was sent about it."""
    sees, exports = own_groups("see_guardians"), own_groups("export_study_list")
    lists = lists_of(database(), tenant(), day, now(), own_groups("judge_requests"))
    return render_template(
        "study_days/list.html", day=day, days=_lists(), name=_name_of(day), lists=lists, today=today(), done=DONE.get(done), is_wrong=done in WRONG,
        problem=problem, wrong=wrong or {}, sees=sees, exports=bool(exports & day.groups), judges=own_groups("judge_requests"),
        submission=print_of(account().id, day, lists), longest=LONGEST_REASON, part_name=_part_name, told=_told, paid=_paid, follows=_follows,
        why_not=_why_not, filled=filled or Filled(signed_on=today().isoformat()),
    )  # fmt: skip


def _name_of(day: StudyDay) -> str:
    names = tenant().day_names.get(day.day)
    return in_language(names, register().language) if names else day.name


def _part_name(considered: Considered, names: Mapping[str, str]) -> str:
    span = formats.span(considered.line.starts, considered.line.ends, register())
    name = in_language(names, register().language) if names else ""
    return f"{name}, {span}" if name else span


def _told(considered: Considered) -> str:
    """How it would be paid; of what cannot be asked, why not."""
    if not considered.accepted:
        verdict = considered.judgement.request if considered.judgement else None
        return " ".join(speaker().request(verdict)) if verdict else t("This cannot be asked for.")
    payment, spoken = considered.payment, speaker()
    if payment is None:
        return t("The rules say nothing of how it is paid.")
    paid = [t("Paid with %(amount)s.", amount=spoken.amount(n, kind)) for kind, n in payment.per_kind().items()]
    invoice = [t("On the invoice: %(hours)s.", hours=spoken.hours(payment.invoice))] if payment.invoice else []
    return " ".join([*paid, *invoice])


def _paid(each: SignedUp) -> str:
    spoken = speaker()
    if not each.used and each.invoice is None:
        return t("The rules say nothing of how it is paid.")
    told = [t("Paid with %(amount)s.", amount=spoken.amount(n, kind)) for kind, n in each.used]
    return " ".join([*told, *([t("On the invoice: %(hours)s.", hours=spoken.hours(each.invoice))] if each.invoice else [])])  # fmt: skip


def _follows(off: Cancelling) -> str:
    """What taking off comes to for the family."""
    if off.follows == "billed":
        return t("It is on the invoice all the same.")
    if off.follows == "counts as used":
        return t("The credit counts as used.")
    return t("Nothing is billed, and credit that paid it comes back.")


def _why_not(off: Cancelling) -> str:
    return " ".join(speaker().cancelling(off.judgement.cancel)) if off.judgement.cancel else ""


# Signing up


@blueprint.post("")
@allowed("keep_study_list")
@takes(ids=("part",), plain=("day", "name.*", "how", "signed_on", "submission"))
def enter() -> Response | tuple[str, int]:
    """All that are ticked, each on the word of a guardian of its own."""
    day, submission = _list_of(request.form.get("day", "")), request.form.get("submission", "")
    keys = list(dict.fromkeys(request.form.getlist("part")))
    filled = _filled(keys)
    children = [_child(child_id, day) for child_id in dict.fromkeys(key.split(".")[0] for key in keys)]
    if len(keys) > MOST_AT_ONCE:
        abort(413)
    if not children:
        return _show(day, problem=t("Tick who is signed up, and which part of the day."), filled=filled), 422
    if not SUBMISSION.fullmatch(submission):
        abort(400)
    how, signed_on = request.form.get("how", ""), _signed_on()
    if how not in SIGNED or signed_on is None:
        return _show(day, problem=t("Say how it was signed, and on which day."), filled=filled), 422
    offered = to_sign(database(), tenant(), day, now(), children)
    lines = {o.considered.line.key: o.considered.line for each in offered for o in each.offers if o.considered.accepted}
    listed = {_key(each.booking) for each in signed_up(database(), tenant(), day, now()) if each.is_live}
    if gone := [key for key in keys if key not in lines and key not in listed]:
        of = {each.id: t("This can no longer be chosen: look at what can.") for each in children if any(key.startswith(each.id) for key in gone)}  # fmt: skip
        return _show(day, problem=t("Nothing was put on the list."), wrong=of, filled=filled), 409
    wanted = [lines[key] for key in keys if key in lines]
    if not wanted:  # they are all on it already: the second press of a button
        return _back(day, "")
    who = {
        child.id: _signer(child, offered, filled.names.get(child.id, ""))
        for child in children
        if any(line.child_id == child.id for line in wanted)
    }
    if unsigned := {child_id: told for child_id, told in who.items() if isinstance(told, str)}:
        return _show(day, problem=t("Nothing was put on the list."), wrong=unsigned, filled=filled), 422
    signed = {child_id: each.id for child_id, each in who.items() if isinstance(each, Guardian)}
    try:
        done = sign_up(
            writing(), tenant(), account().id, _per_guardian(children, wanted, signed, signed_on, how), submission,
            own_groups("judge_requests"), {each.group.id for each in offered}, now(),
        )  # fmt: skip
    except NothingToAsk:
        writing().rollback()
        read_anew()
        return _show(day, problem=t("Nothing was put on the list: something changed meanwhile."), filled=filled), 409
    _write_down(done.new, "signed up for a study day")
    _write_down(done.approved, "approved a request")
    for request_id in done.requests:
        tell_judged(writing(), tenant(), request_id, now(), settings(), clock=clock_now())
    writing().commit()
    waits = any(each.state == "awaiting" for each in done.new)
    return _back(day, "full" if done.full else "waits" if waits else "signed" if done.new else "")


def _child(child_id: str, day: StudyDay) -> Child:
    """Another group's and one that does not exist are alike."""
    return child_in(database(), day.groups, child_id, today()) or abort(404)


def _key(booking: Booking) -> str:
    return WishLine(booking.child_id, booking.day, booking.starts, booking.ends, booking.care_type).key


def _signed_on() -> date | None:
    """Who signs here signs today; what stands on paper was signed on a day that has been."""
    if request.form.get("how") == SIGNED[1]:
        return today()
    try:
        found = date.fromisoformat(request.form.get("signed_on", ""))
    except ValueError:
        return None
    return found if today() - timedelta(days=366) <= found <= today() else None


def _filled(keys: Sequence[str]) -> Filled:
    of = dict.fromkeys(key.split(".")[0] for key in keys)
    names = {child: request.form.get(f"name.{child}", "")[:LONGEST_NAME] for child in of}
    return Filled(tuple(keys), names, request.form.get("how", ""), request.form.get("signed_on", ""))


def _signer(child: Child, offered: Sequence[ToSign], name: str) -> Guardian | str:
    """The guardian who signed for this child; else what is wrong. By name, and never by an id: who may not see guardians, and
    a shared tablet, is shown no names to choose from. There the name is written, and has to be one of those who may decide."""
    may = next((each.guardians for each in offered if each.child.id == child.id), ())
    if not may:
        return t("There is nobody who may sign for %(name)s.", name=child.first_name)
    if not _plain(name):
        return t("Say who signed for %(name)s.", name=child.first_name)
    same = [each for each in may if _plain(each.name) == _plain(name)]
    return same[0] if same else t("Nobody of that name may sign for %(name)s. Write the first and last name as the portal has it.", name=child.first_name)  # fmt: skip


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _per_guardian(
    children: Sequence[Child], lines: Sequence[WishLine], signed: Mapping[str, str], on: date, how: str
) -> list[SignUp]:
    found = []
    for guardian_id in dict.fromkeys(signed.values()):
        own = tuple(child for child in children if signed.get(child.id) == guardian_id)
        theirs = tuple(line for line in lines if signed[line.child_id] == guardian_id)
        found.append(SignUp(SignOff(guardian_id, on, how), own, theirs))
    return found


def _write_down(bookings: Sequence[Booking], action: str) -> None:
    for each in bookings:
        record(writing(), actor(), action, now(), about="booking", about_id=each.id, child_id=each.child_id)


def _back(day: StudyDay, done: str) -> Response:
    return redirect(url_for("study_days.show", day=day.day.isoformat(), done=done or None), 303)


# Taking off


@blueprint.post("/take-off")
@allowed("keep_study_list")
@takes(ids=("booking",), plain=("day", "why"))
def take_off() -> Response | tuple[str, int]:
    """By the rules for cancelling; what they leave to a person decides who judges in that group. Twice is once."""
    day = _list_of(request.form.get("day", ""))
    named = list_bookings_in(database(), [request.form.get("booking", "")], own_groups("keep_study_list"))
    booking = named[0] if named else abort(404)
    why = " ".join(request.form.get("why", "").split())[:LONGEST_REASON]
    if booking.action != STUDY_DAY or booking.day != day.day:
        return _show(day, problem=t("This is not on this list.")), 409
    if not why:
        return _show(day, problem=t("Say why it is taken off: the parents read it.")), 422
    found = cancel_bookings(
        writing(), tenant(), booking.id, [booking.child_id], now(), by="staff",
        by_person=booking.group_id in own_groups("judge_requests"), reason=why,
    )  # fmt: skip
    if not found.possible:
        ended = not found.bookings
        writing().rollback()
        return _back(day, "") if ended else (_show(day, problem=_why_not(found)), 409)
    _write_down(found.bookings, "took off a study list")
    for each in found.bookings:
        tell_taken_off(writing(), tenant(), each, now(), settings(), clock=clock_now())
    writing().commit()
    return _back(day, "off")


# For the invoice


@blueprint.get("/invoice")
@allowed("export_study_list")
@takes(plain=("day",))
def invoice() -> str:
    day = _list_of(request.args.get("day", ""), "export_study_list")
    rows = _billed(day, "read a study list")
    return render_template(
        "study_days/invoice.html", day=day, name=_name_of(day), rows=rows, paid=_paid, sees=own_groups("see_guardians"), amount=_amount,
        waits=sum(each.booking.state == "awaiting" for each in signed_up(database(), tenant(), day, now())),
        minutes=sum(each.invoice or 0 for each in rows), product=_product,
    )  # fmt: skip


def _billed(day: StudyDay, action: str) -> list[SignedUp]:
    """Written down before anything of it is shown."""
    rows = billed(database(), tenant(), day, now())
    record(writing(), actor(), action, now(), about="study_day", about_id=day.day.isoformat())
    writing().commit()
    return rows


def _amount(each: SignedUp) -> str:
    return formats.and_list([speaker().amount(n, kind) for kind, n in each.used], register()) if each.used else ""


def _product(each: SignedUp) -> str:
    """What it is booked as: the product where one was chosen, else the kind of care."""
    product = each.booking.product
    if product is None:
        return t("Study day, %(care)s", care=speaker().word(terms.CARE_TYPES, each.booking.care_type))
    names = tenant().product_names.get(product)
    return in_language(names, register().language) if names else product


@blueprint.get("/invoice.csv")
@allowed("export_study_list")
@takes(plain=("day",))
def take_out() -> Response:
    day, sees = _list_of(request.args.get("day", ""), "export_study_list"), own_groups("see_guardians")
    head = [
        t("Child"), t("Born on"), t("Group"), t("Location"), t("Date"), t("From"), t("Until"), t("Minutes of care"), t("Minutes on the invoice"),
        t("Credit used"), t("Product"), t("Signed by"), t("Signed on"), t("Entered by"), t("State"),
    ]  # fmt: skip
    rows = [
        [
            f"{each.child.first_name} {each.child.last_name}", each.child.born_on.isoformat(), each.group.name, each.location.name,
            each.booking.day.isoformat(), f"{each.booking.starts:%H:%M}", f"{each.booking.ends:%H:%M}", str(each.minutes),
            "" if each.invoice is None else str(each.invoice), _amount(each), _product(each),
            each.signed_by if each.booking.group_id in sees else "", each.request.signed_on.isoformat() if each.request.signed_on else "",
            each.entered_by, t("approved") if each.booking.state == "approved" else t("cancelled late"),
        ]
        for each in _billed(day, "took out a study list")
    ]  # fmt: skip
    answer = make_response(as_csv([head, *rows]))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{t("study-day")}-{day.day.isoformat()}.csv"'
    return answer
