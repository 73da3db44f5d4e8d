"""Choose days, read what follows and how it is paid, send; afterwards the overview, one request, and cancelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.notify.judged_requests import tell_judged
from spelregel.portal.day_requests.forms import FURTHEST, Dates, read_dates, read_day
from spelregel.portal.day_requests.service import WayToPay, left_after, outlook, overview, paid_otherwise, ways_to_pay
from spelregel.records.asking_days import Considered, DayOffers, Wish, fingerprint, lapse_by_default, offers
from spelregel.records.credit_ledger import free_again, per_kind, used_for
from spelregel.records.day_requests import (
    DayRequest,
    RequestDraft,
    find_draft,
    find_own_booking,
    find_own_request,
    find_request,
    keep_draft,
    list_bookings_of,
)
from spelregel.records.decisions import OutcomeChanged, on_invoice
from spelregel.records.judging_bookings import (
    Cancelling,
    NothingToAsk,
    cancel_bookings,
    cancelling,
    cancelling_print,
    portions_named,
    send_request,
)
from spelregel.records.locations import names_of_groups
from spelregel.records.placements import PlannedDaypart, list_dayparts
from spelregel.records.support_codes import Refusal
from spelregel.rules.booking_states import LIVE
from spelregel.rules.message import msg
from spelregel.rules.occupancy import Fit
from spelregel.tenancy.tenant import in_language
from spelregel.web.explanation import Reason, reasons
from spelregel.web.here import clock_now, database, now, register, settings, speaker, tenant, today, writing
from spelregel.web.login import account, allowed, own_children
from spelregel.web.pages import Tab, has_module, t
from spelregel.web.parameters import takes
from spelregel.web.support_code import support_codes
from spelregel.words import formats

blueprint = Blueprint("day_requests", __name__, template_folder="templates", url_prefix="/requests")
MODULES = ("extra_care", "swap", "holiday_care")
TABS = (Tab("day_requests.show", msg("Requests"), "ask"),)
LONGEST_REMARK = 1000
SATURDAY = 5
SWAP_AHEAD, SHOWN_AT_ONCE = timedelta(days=60), timedelta(days=14)


@blueprint.before_request
def needs_a_module() -> None:
    if not any(has_module(name) for name in MODULES):
        abort(404)


@dataclass(frozen=True, slots=True)
class Told:
    """One part of a wish, in words."""

    each: Considered
    accepted: bool
    lines: tuple[str, ...]
    room: str | None
    room_kind: str  # "likely" | "doubtful" | "no"
    why: tuple[Reason, ...]
    deadline: str | None
    code: str | None = None
    ways: tuple[WayToPay, ...] = ()
    loses: str | None = None  # which of the lines says what is lost by it


# Choosing


@blueprint.get("/new")
@allowed("own_family")
@takes(ids=("request_draft",), plain=("day", "until"))
def new() -> str:
    draft = find_draft(database(), request.args.get("request_draft", ""), account().id)
    if draft is not None:
        wish = _own_wish(draft)
        days = [line.day for line in wish.lines]
        return _show_form(Dates(max(min(days), today()), max(days)), chosen={line.key for line in wish.lines})
    return _show_form(read_dates(request.args, today(), _usual_day()))


def _usual_day() -> date:
    """What is shown to who named no day: in a week, or on the first day after that on which people work."""
    calendar = tenant().rulebook.terms(today(), tenant().rulebook.care_types[0]).calendar
    days = (today() + timedelta(days=ahead) for ahead in range(7, 28))
    return next((day for day in days if calendar.is_workday(day)), today() + timedelta(days=7))


def _show_form(dates: Dates, *, chosen: set[str] | None = None, problem: str | None = None) -> str:
    children = own_children()
    found = offers(database(), tenant(), children, dates.days, now())
    judged = [offer.considered for day in found for offer in day.offers]
    told = {each.each.line.key: each for each in _told(judged)}
    shown = [
        each
        for each in found
        if each.offers or each.asked or each.planned or each.only_listed or (each.closed and _is_told(each.day, dates))
    ]
    shown.sort(key=lambda each: (each.day, not any(offer.considered.accepted for offer in each.offers)))
    days = [(day, [each for each in shown if each.day == day]) for day in dict.fromkeys(each.day for each in shown)]
    return render_template(
        "day_requests/choose.html", dates=dates, days=days, told=told, chosen=chosen or set(), problem=problem, note=_note(dates),
        today=today(), furthest=today() + FURTHEST, can_send=any(each.accepted for each in judged), name_of=_daypart_name,
        swaps=has_module("swap"), elsewhere=_elsewhere(judged),
        listed={day: [each.child.first_name for each in own if each.only_listed] for day, own in days},
    )  # fmt: skip


def _is_told(day: date, dates: Dates) -> bool:
    """That there is no care; of the weekends within a period everybody knows."""
    return day.weekday() < SATURDAY or len(dates.days) <= 2


def _daypart_name(names: Mapping[str, str]) -> str:
    return in_language(names, register().language) if names else ""


def _elsewhere(judged: Sequence[Considered]) -> bool:
    """Somebody of the organisation may still enter what the portal takes no more."""
    return any(each.judgement is not None and each.judgement.decision.outcome == "elsewhere" for each in judged)


def _note(dates: Dates) -> str | None:
    notes = {
        "past": lambda: t("That day is over. These are the days from today."),
        "far": lambda: t("That day is too far away to ask for now."),
        "long": lambda: t("At most six weeks at a time: these are the first six."),
        "order": lambda: t("The last day was before the first, so this is the first day alone."),
    }
    return notes[dates.moved]() if dates.moved else None


def _told(found: Sequence[Considered], ways: Sequence[Sequence[WayToPay]] = ()) -> list[Told]:
    spoken = speaker()
    rooms = outlook(database(), tenant(), found, now())
    refused = [
        None if each.accepted or each.judgement is None else Refusal(each.facts, each.judgement.decision)
        for each in found
    ]
    told = []
    for each, code, own in zip(found, support_codes(refused), ways or [()] * len(found), strict=True):
        lines: list[str] = []
        if each.judgement is not None and each.judgement.request is not None:
            lines = spoken.request(each.judgement.request, each.line.day)
        elif each.problem:
            lines = [_problem(each.problem)]
        fit = rooms.get(each.line.key)
        verdict = each.judgement.request if each.judgement else None
        loses = spoken.leftover(verdict) if verdict and verdict.leftover and verdict.leftover_is == "lapses" else None
        guaranteed = each.judgement is not None and each.judgement.decision.outcome == "guaranteed"
        room, kind = (None, "likely") if fit is None or guaranteed else _room(fit)
        decision = each.judgement.decision if each.judgement else None
        cutoff = decision.cutoff if decision and each.accepted else None
        told.append(
            Told(each, each.accepted, tuple(lines), room, kind, tuple(reasons(decision, spoken)) if decision else (),
                 t("This can be asked until %(until)s.", until=formats.until(cutoff, register(), today())) if cutoff else None, code,
                 tuple(own), loses)
        )  # fmt: skip
    return told


def _problem(problem: str) -> str:
    told = {
        "no_contract": lambda: t("There is no contract for this care on this day: ask the planning department."),
        "no_care": lambda: t("There is no care on this day: choose another one."),
        "already_planned": lambda: t("This part of the day is planned already: choose another one."),
        "already_asked": lambda: t("This part of the day was asked for already: you can follow it under Requests."),
        "not_given_up": lambda: t("The day that you give up is not planned any more: choose another one."),
    }
    return told[problem]()


def _room(fit: Fit) -> tuple[str, str]:
    """What a parent reads about room, by what is known in the group now."""
    against = fit.decided
    if against is None:
        if fit.unknown:
            return t("Whether there is a place is not known yet."), "doubtful"
        return t("There is room now."), "likely"
    if against.over.limit == "places":
        return t("Full as things are now: all %(places)s places are taken.", places=against.over.available), "no"
    return t("Doubtful: more staff would be needed than are planned."), "doubtful"


@blueprint.post("/new")
@allowed("own_family")
@takes(ids=("part",), plain=("day", "until"))
def choose() -> Response | tuple[str, int]:
    dates = read_dates(request.form, today(), today())
    found = _chosen(offers(database(), tenant(), own_children(), dates.days, now()))
    if not found:
        return _show_form(dates, problem=_nothing_chosen()), 422
    return _keep(found, is_period=dates.is_period and len({each.line.day for each in found}) > 1)


def _chosen(found: Sequence[DayOffers]) -> list[Considered]:
    """Of what is offered, what the form names: whatever else it names is not there to ask for."""
    keys = set(request.form.getlist("part"))
    return [offer.considered for day in found for offer in day.offers if offer.considered.line.key in keys]


def _nothing_chosen() -> str:
    if request.form.getlist("part"):
        return t("This can no longer be asked for.")
    return t("Choose at least one part of a day.")


def _keep(found: Sequence[Considered], *, is_period: bool = False) -> Response:
    wish = Wish(tuple(each.line for each in found), is_period, lapses_on=lapse_by_default(found, today()))
    draft = keep_draft(writing(), RequestDraft(account_id=account().id, made_at=now(), wish=wish.as_data()))
    writing().commit()
    return redirect(url_for("day_requests.confirm", request_draft_id=draft.id), 303)


# Swapping


@blueprint.get("/swap")
@allowed("own_family")
@takes(ids=("give",), plain=("day", "from"))
def swap() -> str:
    if not has_module("swap"):
        abort(404)
    start = read_day(request.args.get("from")) or today()
    return _show_swap(request.args.getlist("give"), read_day(request.args.get("day")), start=start)


def _show_swap(keys: Sequence[str], day: date | None, *, start: date | None = None, problem: str | None = None) -> str:
    """First the days that can be given up, of one day; then the day that is wanted for them."""
    children = own_children()
    planned = list_dayparts(database(), tenant().rulebook, children, today(), today() + SWAP_AHEAD, today())
    given = _given(planned, keys)
    found: list[DayOffers] = []
    told: dict[str, Told] = {}
    if given and day is not None:
        found = offers(
            database(), tenant(), children, [day], now(), gives_up={child: each.key for child, each in given.items()}
        )
        told = {each.each.line.key: each for each in _told([offer.considered for one in found for offer in one.offers])}
    first = min(max(start or today(), today()), today() + SWAP_AHEAD)
    shown = [each for each in planned if first <= each.day < first + SHOWN_AT_ONCE]
    following = first + SHOWN_AT_ONCE if any(each.day >= first + SHOWN_AT_ONCE for each in planned) else None
    return render_template(
        "day_requests/swap.html", children={child.id: child for child in children}, planned=shown, following=following, given=given, day=day, found=found, told=told,
        problem=problem, today=today(), furthest=today() + SWAP_AHEAD, name_of=_daypart_name, can_send=any(each.accepted for each in told.values()),
    )  # fmt: skip


def _given(planned: Sequence[PlannedDaypart], keys: Sequence[str]) -> dict[str, PlannedDaypart]:
    """child -> the daypart that it gives up: one each, all of the first day that was named."""
    named = [each for each in planned if each.key in keys]
    return {each.child_id: each for each in reversed(named) if each.day == named[0].day}


@blueprint.post("/swap")
@allowed("own_family")
@takes(ids=("give", "part"), plain=("day",))
def choose_swap() -> Response | tuple[str, int]:
    if not has_module("swap"):
        abort(404)
    children = own_children()
    planned = list_dayparts(database(), tenant().rulebook, children, today(), today() + SWAP_AHEAD, today())
    given = {child: each.key for child, each in _given(planned, request.form.getlist("give")).items()}
    day = read_day(request.form.get("day"))
    found = offers(database(), tenant(), children, [day] if day else [], now(), gives_up=given)
    once = {each.child.id: each for each in reversed(_chosen(found))}  # one daypart for the one that is given up
    if not once:
        return _show_swap(list(given.values()), day, problem=_nothing_chosen()), 422
    return _keep(list(once.values()))


# Reading what follows, and sending


@blueprint.get("/draft/<id:request_draft_id>")
@allowed("own_family")
def confirm(request_draft_id: str) -> str | Response:
    draft = find_draft(database(), request_draft_id, account().id)
    if draft is None:
        abort(404)
    if (sent := find_request(database(), account().id, draft.id)) is not None:
        return redirect(url_for("day_requests.sent", request_id=sent.id), 302)
    return _show_confirmation(draft, _own_wish(draft))


def _own_wish(draft: RequestDraft) -> Wish:
    """As far as it is about children whom one still sees."""
    wish, ids = Wish.of_data(draft.wish), {child.id for child in own_children()}
    lines = tuple(line for line in wish.lines if line.child_id in ids)
    if not lines:
        abort(404)
    return replace(wish, lines=lines)


def _show_confirmation(draft: RequestDraft, wish: Wish, *, changed: bool = False) -> str:
    children = own_children()
    both = ways_to_pay(database(), tenant(), children, wish, now())
    found = [each for each, _ in both]
    told = _told(found, [ways for _, ways in both])
    taken = [each for each in told if each.accepted]
    left = left_after(database(), found)
    names = [child.first_name for child in children if any(each.each.child.id == child.id for each in taken)]
    one_day = len({each.each.line.day for each in taken}) == 1
    first = min((each.each.line.day for each in taken), default=today())
    shared = _shared(taken)
    return render_template(
        "day_requests/confirm.html", shared=shared, draft=draft, wish=wish, told=told, taken=taken, changed=changed, seen=fingerprint(found), names=names,
        left=[(_child(children, child).first_name, kind, amount) for (child, kind), amount in left.items()],
        as_a_whole=one_day and len(names) > 1, first=first, today=today(), is_swap=any(line.gives_up for line in wish.lines),
        invoice=sum(each.each.invoice_minutes for each in taken if each.each.payment), back=_back_to(draft, wish), waits=any(_waits(each) for each in taken),
        product_name=_product_name,
    )  # fmt: skip


def _shared(taken: Sequence[Told]) -> list[str]:
    """What is the same for all parts, and would only be told again with each: what comes of them, and when an answer comes."""
    if len(taken) < 2:
        return []
    answers = [
        speaker().answer(verdict.answer_by, each.each.line.day, verdict.silence)
        for each in taken
        if each.each.judgement and (verdict := each.each.judgement.request) and verdict.answer_by
    ]
    told = [taken[0].lines[0], *answers[:1]]
    return [line for line in told if all(line in each.lines for each in taken)]


def _waits(each: Told) -> bool:
    return each.each.judgement is not None and each.each.judgement.decision.outcome == "to_judge"


def _product_name(product: str) -> str:
    return _daypart_name(tenant().product_names.get(product, {})) or product


def _child(children: Sequence[Any], child_id: str) -> Any:
    return next(each for each in children if each.id == child_id)


def _back_to(draft: RequestDraft, wish: Wish) -> str:
    given = [line.gives_up for line in wish.lines if line.gives_up]
    if given:
        return url_for("day_requests.swap", give=given, day=wish.lines[0].day.isoformat())
    return url_for("day_requests.new", request_draft=draft.id)


@blueprint.post("/draft/<id:request_draft_id>")
@allowed("own_family")
@takes(plain=("seen", "pay", "all_or_nothing", "lapses_on", "remark"))
def send(request_draft_id: str) -> str | Response | tuple[str, int]:
    draft = find_draft(writing(), request_draft_id, account().id)
    if draft is None:
        abort(404)
    wish = _with_choices(_own_wish(draft))
    draft.wish = wish.as_data()
    if "pay" in request.form:
        writing().commit()
        return redirect(url_for("day_requests.confirm", request_draft_id=draft.id) + "#paying", 303)
    try:
        done = send_request(
            writing(),
            tenant(),
            account().id,
            own_children(),
            wish,
            draft.id,
            now(),
            seen=request.form.get("seen") or "nothing",
        )
    except OutcomeChanged:
        writing().rollback()
        return _show_confirmation(draft, wish, changed=True), 409
    except NothingToAsk:
        writing().rollback()
        return _show_confirmation(draft, wish), 409
    writing().commit()
    return redirect(url_for("day_requests.sent", request_id=done.id), 303)


def _with_choices(wish: Wish) -> Wish:
    """What the page asked beside the days: how to pay one of them, as a whole, until when, and a remark."""
    lapses = read_day(request.form.get("lapses_on")) or wish.lapses_on
    first = min(line.day for line in wish.lines)
    wish = replace(
        wish, all_or_nothing=request.form.get("all_or_nothing") == "yes", remark=(request.form.get("remark") or "").strip()[:LONGEST_REMARK] or None,
        lapses_on=min(max(lapses, today()), first) if lapses else None,
    )  # fmt: skip
    chosen = request.form.get("pay")
    return paid_otherwise(writing(), tenant(), own_children(), wish, chosen, now()) if chosen else wish


# Afterwards


@blueprint.get("")
@allowed("own_family")
def show() -> str:
    children = own_children()
    return render_template("day_requests/overview.html", cards=overview(database(), children), reporting=has_module("absence"), swaps=has_module("swap"))  # fmt: skip


@blueprint.get("/<id:request_id>")
@allowed("own_family")
def sent(request_id: str) -> str:
    children = own_children()
    found = find_own_request(database(), request_id, [child.id for child in children])
    if found is None:
        abort(404)
    return render_template("day_requests/sent.html", **_values(found, children))


def _values(found: DayRequest, children: Sequence[Any]) -> dict[str, Any]:
    by_id = {child.id: child for child in children}
    bookings = list_bookings_of(database(), found.id, list(by_id))
    used = used_for(database(), [each.id for each in bookings])
    portions = portions_named(database(), {portion for own in used.values() for portion in own})
    free = free_again(database(), [each.id for each in bookings if each.state not in LIVE], today())
    names = names_of_groups(database(), {each.group_id for each in bookings})
    rows = []
    for booking in bookings:
        kinds = per_kind(used[booking.id], portions)
        back = cancelling(database(), tenant(), booking, now()) if booking.state in ("awaiting", "approved") else None
        rows.append({"booking": booking, "child": by_id[booking.child_id], "paid": kinds, "on_invoice": on_invoice(database(), booking), "group": names[booking.group_id],
                     "is_free": booking.id in free, "may_cancel": back is not None and back.possible, "why_not": _why_not(back)})  # fmt: skip
    promised = [(b.answer_by, b.day, b.silence or "") for b in bookings if b.state == "awaiting" and b.answer_by]
    answer = next((speaker().answer(*each) for each in sorted(promised, reverse=True)), None)
    names_signed = formats.and_list(
        [by_id[each].first_name for each in dict.fromkeys(b.child_id for b in bookings)], register()
    )
    return {"found": found, "rows": rows, "signed_for": names_signed, "own": found.account_id == account().id,
            "waiting": any(b.state == "awaiting" for b in bookings), "late": [by for by, *_ in promised if by < today()], "answer": answer,
            "silence_is_yes": all(b.silence == "approved" for b in bookings if b.state == "awaiting"),
            "gone": next((b.day for b in bookings if b.state in ("rejected", "lapsed") and b.day >= today()), None)}  # fmt: skip


def _why_not(back: Cancelling | None) -> str | None:
    if back is None or back.possible or back.judgement.cancel is None:
        return None
    return " ".join(speaker().cancelling(back.judgement.cancel))


@blueprint.get("/booking/<id:booking_id>/cancel")
@allowed("own_family")
def cancel_form(booking_id: str) -> str:
    return _show_cancelling(booking_id)


def _show_cancelling(booking_id: str, *, changed: bool = False) -> str:
    children = own_children()
    booking = find_own_booking(database(), booking_id, [child.id for child in children])
    if booking is None:
        abort(404)
    found = cancelling(database(), tenant(), booking, now())
    verdict = found.judgement.cancel
    by_credit = any(used_for(database(), [each.id for each in found.bookings]).values())
    return render_template(
        "day_requests/cancel.html", booking=booking, found=found, child=_child(children, booking.child_id), changed=changed, seen=cancelling_print(found),
        lines=speaker().cancelling(verdict, by_credit=by_credit) if verdict else [], frees=by_credit and found.possible and found.waited and found.follows != "credit back", why=reasons(found.judgement.decision, speaker()),
    )  # fmt: skip


@blueprint.post("/booking/<id:booking_id>/cancel")
@allowed("own_family")
@takes(plain=("seen",))
def cancel(booking_id: str) -> str | Response | tuple[str, int]:
    ids = [child.id for child in own_children()]
    booking = find_own_booking(writing(), booking_id, ids)
    if booking is None:
        abort(404)
    request_id = booking.request_id
    try:
        found = cancel_bookings(writing(), tenant(), booking_id, ids, now(), seen=request.form.get("seen") or "nothing")
    except OutcomeChanged:
        writing().rollback()
        return _show_cancelling(booking_id, changed=True), 409
    rest = [each for each in list_bookings_of(writing(), request_id) if each.state != "cancelled"]
    if found.possible and found.waited and rest:  # what was judged before is the answer now
        tell_judged(writing(), tenant(), request_id, now(), settings(), clock=clock_now())
    writing().commit()
    return redirect(url_for("day_requests.sent", request_id=request_id), 303)
