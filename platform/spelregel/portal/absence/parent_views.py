"""Choose the days, read the consequence, confirm; afterwards the outcome with its reasons, and taking back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.portal.absence.forms import FURTHEST, AbsenceForm, read_form, shown_dates
from spelregel.portal.absence.service import (
    Consequence,
    NothingToReport,
    TakingBack,
    choices,
    consequences,
    fingerprint,
    report_absence,
    standing_of_report,
    taking_back,
    taking_back_print,
    withdraw_absences,
)
from spelregel.records.absences import (
    Absence,
    AbsenceDraft,
    AbsenceReport,
    find_absence,
    find_draft,
    find_own_report,
    find_report,
    keep_draft,
    list_report_absences,
)
from spelregel.records.decisions import OutcomeChanged, find_decision, judgement_of
from spelregel.records.family import Child
from spelregel.records.placements import list_dayparts
from spelregel.records.support_codes import Refusal
from spelregel.rules.decision import Earned
from spelregel.tenancy.judging import Judgement
from spelregel.web.explanation import Reason, reasons
from spelregel.web.here import database, now, speaker, tenant, today, writing
from spelregel.web.login import account, allowed, own_children
from spelregel.web.pages import earning_credit, needs_module, t
from spelregel.web.parameters import takes
from spelregel.web.support_code import support_codes

blueprint = Blueprint("absence", __name__, template_folder="templates", url_prefix="/absence")
blueprint.before_request(needs_module("absence"))
TABS = ()
LOOK_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Told:
    """One daypart with its consequence in words. `why`: the trace of the decision that a parent feels."""

    child: Child
    key: str
    day: date
    starts: Any
    ends: Any
    line: str
    accepted: bool
    already: Absence | None
    earned: tuple[Earned, ...]
    why: tuple[Reason, ...]
    code: str | None = None  # for support, under what was refused


def _all_told(found: Sequence[Consequence], *, codes_for_taken: bool = True) -> list[Told]:
    """`codes_for_taken`: also for a report that is taken, where it earns no credit."""
    codes = support_codes(
        [
            None
            if each.already or (each.accepted and not codes_for_taken)
            else Refusal(each.facts, each.judgement.decision)
            for each in found
        ]
    )
    return [replace(_told(each), code=code) for each, code in zip(found, codes, strict=True)]


def _told(each: Consequence) -> Told:
    planned, spoken = each.planned, speaker()
    if each.already:
        line = t("Already reported absent.")
    else:
        line = " ".join(spoken.absence(each.judgement.verdict)) if each.judgement.verdict else ""
    why = () if each.already else tuple(reasons(each.judgement.decision, spoken))
    return Told(
        each.child,
        planned.key,
        planned.day,
        planned.starts,
        planned.ends,
        line,
        each.accepted,
        each.already,
        each.earned,
        why,
    )


def _total(told: Sequence[Told]) -> list[str]:
    """What all of it earns, per credit, in the organisation's own words."""
    sums: dict[str, int] = {}
    for each in told:
        for earned in each.earned:
            sums[earned.credit] = sums.get(earned.credit, 0) + earned.amount
    return [speaker().amount(sixtieths, kind) for kind, sixtieths in sums.items()]


def _names(children: Sequence[Child], of: Sequence[Any]) -> list[str]:
    """The first names of who it is about, in the order that the family says them."""
    ids = {each.child.id for each in of}
    return [child.first_name for child in children if child.id in ids]


# Choosing


@blueprint.get("/new")
@allowed("own_family")
@takes(ids=("draft", "child"), plain=("day", "until", "reason", "daypart"))
def new() -> str:
    if (draft := find_draft(database(), request.args.get("draft", ""), account().id)) is not None:
        return _show_form(AbsenceForm(max(draft.first, today()), draft.last, tuple(draft.dayparts), draft.reason))
    form = replace(read_form(request.args, today()), keys=())  # another period begins with everything ticked
    if "day" not in request.args:  # straight from the menu: the first day that can still be reported
        ahead = _consequences(replace(form, last=form.first + LOOK_AHEAD), None)
        first = next((each.planned.day for each in ahead if each.accepted), form.first)
        form = AbsenceForm(first, first)
    return _show_form(form, only=request.args.get("child"))


def _consequences(form: AbsenceForm, reason: str | None, keys: Sequence[str] | None = None) -> list[Consequence]:
    children = own_children()
    dayparts = [
        p
        for p in list_dayparts(database(), tenant().rulebook, children, form.first, form.last, today())
        if keys is None or p.key in keys
    ]
    return consequences(database(), tenant(), children, dayparts, reason, now())


def _show_form(form: AbsenceForm, *, only: str | None = None, problem: str | None = None) -> str:
    children = own_children()
    judged = _consequences(form, None)
    found = _all_told(judged, codes_for_taken=False)
    open_ones = [each for each in found if each.accepted]
    ticked = set(form.keys) or {each.key for each in open_ones if only in (None, each.child.id)}
    can = choices(tenant(), [each.planned for each in judged], now())
    days = [(day, [each for each in found if each.day == day]) for day in dict.fromkeys(each.day for each in found)]
    return render_template(
        "absence/report.html", form=form, days=days, open_ones=open_ones, ticked=ticked, problem=problem, note=_note(form), children=children, only=only,
        here=[child for child in children if any(each.child.id == child.id for each in found)], can=can,
        is_period=form.last > form.first, furthest=today() + FURTHEST, today=today(), earns_credit=earning_credit() is not None,
    )  # fmt: skip


def _note(form: AbsenceForm) -> str | None:
    """What was done about a date that could not be taken as it was."""
    if form.moved is None:
        return None
    asked = speaker().full_day(form.asked) if form.asked else ""
    notes = {
        "past": lambda: t("%(day)s is over. These are the days from today.", day=asked),
        "far": lambda: t("%(day)s is too far away to report now.", day=asked),
        "long": lambda: t("At most twelve weeks at a time: these are the first twelve."),
        "order": lambda: t("The last day was before the first, so this is the first day alone."),
    }
    return notes[form.moved]()


@blueprint.post("/new")
@allowed("own_family")
@takes(ids=("daypart",), plain=("day", "until", "reason", "shown_day", "shown_until"))
def choose() -> str | Response | tuple[str, int]:
    form = read_form(request.form, today())
    if shown_dates(request.form) != (form.first, form.last):  # other dates than those of the dayparts on the screen
        return _show_form(
            replace(form, keys=()),
            problem=t("These are the days that you chose now. Look at them, and tell why once more."),
        )
    found = _consequences(form, None, form.keys)
    if not found:
        return _show_form(form, problem=t("Choose at least one part of a day.")), 422
    can = choices(tenant(), [each.planned for each in found], now())
    if form.reason not in can.reasons:
        return _show_form(form, problem=t("Choose a reason.")), 422
    keys = [each.planned.key for each in found]
    draft = keep_draft(
        writing(),
        AbsenceDraft(
            account_id=account().id, made_at=now(), first=form.first, last=form.last, dayparts=keys, reason=form.reason
        ),
    )
    writing().commit()
    return _show_draft(draft.id) if can.confirm else _send(draft, None)


# Reading the consequence, and sending


def _show_draft(draft_id: str) -> Response:
    return redirect(url_for("absence.confirm", draft_id=draft_id), 303)


@blueprint.get("/draft/<id:draft_id>")
@allowed("own_family")
def confirm(draft_id: str) -> str | Response:
    draft = find_draft(database(), draft_id, account().id)
    if draft is None:
        abort(404)
    if (sent := find_report(database(), account().id, draft.id)) is not None:
        return redirect(url_for("absence.reported", report_id=sent.id), 302)
    return _show_confirmation(draft)


def _show_confirmation(draft: AbsenceDraft, *, changed: bool = False) -> str:
    found = _consequences(AbsenceForm(draft.first, draft.last), draft.reason, draft.dayparts)
    told = _all_told(found)
    taken = [each for each in told if each.accepted]
    return render_template(
        "absence/confirm.html", draft=draft, told=told, taken=taken, changed=changed, total=_total(told), seen=fingerprint(found),
        names=_names(own_children(), taken), credit=earning_credit(), all_already=bool(told) and all(each.already for each in told),
        first=told[0].day if told else draft.first, last=told[-1].day if told else draft.last,
    )  # fmt: skip


@blueprint.post("/draft/<id:draft_id>")
@allowed("own_family")
@takes(plain=("seen",))
def send(draft_id: str) -> str | Response | tuple[str, int]:
    draft = find_draft(database(), draft_id, account().id)
    if draft is None:
        abort(404)
    return _send(draft, request.form.get("seen") or "nothing")


def _send(draft: AbsenceDraft, seen: str | None) -> Response | tuple[str, int]:
    try:
        done = report_absence(
            writing(),
            tenant(),
            account().id,
            own_children(),
            draft.dayparts,
            draft.first,
            draft.last,
            draft.reason,
            draft.id,
            now(),
            seen=seen,
        )
    except OutcomeChanged:
        writing().rollback()
        return _show_confirmation(draft, changed=True), 409
    except NothingToReport:
        writing().rollback()
        return _show_confirmation(draft), 409
    return redirect(url_for("absence.reported", report_id=done.id), 303)


# Afterwards


@blueprint.get("/<id:report_id>")
@allowed("own_family")
def reported(report_id: str) -> str:
    children = own_children()
    found = find_own_report(database(), report_id, [child.id for child in children])
    if found is None:
        abort(404)
    return render_template("absence/reported.html", **_report_values(found, children))


def _report_values(found: AbsenceReport, children: list[Child]) -> dict[str, Any]:
    order = {child.id: index for index, child in enumerate(children)}
    absences = [a for a in list_report_absences(database(), found.id) if a.child_id in order]
    rows: list[dict[str, Any]] = []
    refusals: list[Refusal | None] = []
    for absence in sorted(absences, key=lambda a: (a.day, order[a.child_id], a.starts)):
        record = find_decision(database(), absence.decision_id)
        judgement = judgement_of(database(), record, tenant()) if record else None
        back = taking_back(database(), tenant(), absence, now())
        refusals.append(
            Refusal(record.facts, judgement.decision, record)
            if record and judgement and not absence.withdrawn_at
            else None
        )
        rows.append({"absence": absence, "child": children[order[absence.child_id]], "lines": _outcome_lines(judgement), "may_take_back": back.possible,
                     "why_not": None if absence.withdrawn_at else _why_not(back.judgement)})  # fmt: skip
    for row, code in zip(rows, support_codes(refusals), strict=True):
        row["code"] = code
    ids = {row["child"].id for row in rows if row["absence"].withdrawn_at is None}
    return {"report": found, "rows": rows, "standing": [child.first_name for child in children if child.id in ids],
            "all_back": sum(row["may_take_back"] for row in rows) > 1}  # fmt: skip


def _outcome_lines(judgement: Judgement | None) -> list[str]:
    return speaker().absence(judgement.verdict) if judgement and judgement.verdict else []


def _why_not(judgement: Judgement) -> str | None:
    return None if judgement.decision.granted else speaker().withdrawal(judgement.decision, None)


# Taking back: one, or all of a report


@blueprint.get("/<id:absence_id>/withdraw")
@allowed("own_family")
def withdraw_form(absence_id: str) -> str:
    absence = find_absence(database(), absence_id, [child.id for child in own_children()])
    if absence is None:
        abort(404)
    return _show_withdrawal([absence], absence.report_id)


@blueprint.get("/<id:report_id>/withdraw-all")
@allowed("own_family")
def withdraw_all_form(report_id: str) -> str:
    standing = standing_of_report(database(), report_id, [child.id for child in own_children()])
    if not standing:
        abort(404)
    return _show_withdrawal(standing, report_id)


def _show_withdrawal(absences: Sequence[Absence], report_id: str, *, changed: bool = False) -> str:
    children = {child.id: child for child in own_children()}
    found = [taking_back(database(), tenant(), absence, now()) for absence in absences]
    possible = [back for back in found if back.possible]
    sums: dict[str, int] = {}
    for back in possible:
        for each in back.returned:
            sums[each.portion.kind] = sums.get(each.portion.kind, 0) + each.left
    return render_template(
        "absence/withdraw.html", found=found, possible=possible, children=children, report_id=report_id, changed=changed, seen=taking_back_print(found),
        names=[child.first_name for child in children.values() if any(back.absence.child_id == child.id for back in possible)],
        why_not={back.absence.id: _withdrawn_or_why_not(back) for back in found}, codes=_codes_of(found), why=reasons(found[0].judgement.decision, speaker()) if len(found) == 1 else [],
        returned=[speaker().amount(left, kind) for kind, left in sums.items()],
    )  # fmt: skip


def _codes_of(found: Sequence[TakingBack]) -> dict[str, str | None]:
    refusals = [None if b.absence.withdrawn_at else Refusal(b.facts, b.judgement.decision) for b in found]
    return {back.absence.id: code for back, code in zip(found, support_codes(refusals), strict=True)}


def _withdrawn_or_why_not(back: TakingBack) -> str | None:
    return t("It has been taken back before.") if back.absence.withdrawn_at else _why_not(back.judgement)


@blueprint.post("/<id:absence_id>/withdraw")
@allowed("own_family")
@takes(plain=("seen",))
def withdraw(absence_id: str) -> Response | tuple[str, int]:
    return _withdraw([absence_id])


@blueprint.post("/<id:report_id>/withdraw-all")
@allowed("own_family")
@takes(plain=("seen",))
def withdraw_all(report_id: str) -> Response | tuple[str, int]:
    return _withdraw([a.id for a in standing_of_report(database(), report_id, [child.id for child in own_children()])])


def _withdraw(absence_ids: list[str]) -> Response | tuple[str, int]:
    try:
        found = withdraw_absences(
            writing(),
            tenant(),
            absence_ids,
            [child.id for child in own_children()],
            now(),
            seen=request.form.get("seen") or "nothing",
        )
    except OutcomeChanged:
        return _nothing_taken_back(absence_ids, changed=True)
    if not found:
        abort(404)
    if not any(back.absence.withdrawn_at for back in found):
        return _nothing_taken_back(absence_ids)
    return redirect(url_for("absence.reported", report_id=found[0].absence.report_id), 303)


def _nothing_taken_back(absence_ids: list[str], *, changed: bool = False) -> tuple[str, int]:
    """Read anew with the session that only reads: a row of the other one would begin its transaction once more, and the codes
    under the refusals, which are written in one of their own, would wait for that."""
    writing().rollback()
    mine = [child.id for child in own_children()]
    absences = [a for each in absence_ids if (a := find_absence(database(), each, mine)) is not None]
    return _show_withdrawal(absences, absences[0].report_id, changed=changed), 409
