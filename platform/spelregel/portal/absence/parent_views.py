"""Choose the days, read the consequence, confirm; afterwards the outcome with its reasons, and taking back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from spelregel.portal.absence.forms import FURTHEST, AbsenceForm, read_form
from spelregel.portal.absence.service import (
    AlreadyReported,
    Consequence,
    OutcomeChanged,
    consequences,
    fingerprint,
    list_dayparts,
    report_absence,
    taking_back,
    withdraw_absence,
)
from spelregel.records.absences import AbsenceReport, find_absence, find_own_report, list_report_absences
from spelregel.records.decisions import find_decision, judgement_of
from spelregel.records.family import Child, children_of_account
from spelregel.rules.decision import Earned
from spelregel.tenancy.judging import Judgement
from spelregel.web.explanation import Reason, reasons
from spelregel.web.here import database, now, speaker, tenant, today
from spelregel.web.login import account, login_required
from spelregel.web.pages import t

blueprint = Blueprint("absence", __name__, template_folder="templates", url_prefix="/absence")
TABS = ()
LOOK_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Told:
    """One daypart with its consequence in words. `why`: the trace of the decision that a parent feels."""

    child: Child
    day: date
    starts: Any
    ends: Any
    lines: tuple[str, ...]
    accepted: bool
    earned: tuple[Earned, ...]
    why: tuple[Reason, ...]


def _children() -> list[Child]:
    return children_of_account(database(), account().guardian_id)


@blueprint.get("/new")
@login_required
def new() -> str:
    return _show_form(read_form(request.args, today()), picked=request.args.get("child"))


def _show_form(form: AbsenceForm, *, picked: str | None = None, problem: str | None = None) -> str:
    children = _children()
    first = form.first
    if "day" not in request.values:  # straight from the menu: the first day that can still be reported
        ahead = consequences(
            database(),
            tenant(),
            children,
            list_dayparts(database(), tenant(), children, first, first + LOOK_AHEAD, now()),
            None,
            now(),
        )
        first = next((each.planned.day for each in ahead if each.accepted), first)
        form = AbsenceForm(first, first, form.keys, form.reason, form.submission, form.seen)
    found = consequences(
        database(),
        tenant(),
        children,
        list_dayparts(database(), tenant(), children, form.first, form.last, now()),
        None,
        now(),
    )
    checked = set(form.keys) or {each.planned.key for each in found if picked in (None, each.child.id)}
    rule = tenant().rulebook.terms(today(), tenant().rulebook.care_types[0]).absence
    return render_template(
        "absence/report.html", form=form, found=found, checked=checked, problem=problem, told={each.planned.key: _short(each) for each in found},
        reasons=rule.reasons.value, confirm=rule.confirm.value, submission=secrets.token_urlsafe(24), is_period=form.last > form.first,
        furthest=today() + FURTHEST, today=today(), picked=picked,
    )  # fmt: skip


def _short(each: Consequence) -> str:
    """One line per daypart, before anything is chosen."""
    if each.already:
        return t("Already reported absent.")
    lines = speaker().absence(each.judgement.verdict) if each.judgement.verdict else []
    return " ".join(lines)


@blueprint.post("/confirm")
@login_required
def confirm() -> str | tuple[str, int]:
    form = read_form(request.form, today())
    if (problem := _incomplete(form)) is not None:
        return _show_form(form, problem=problem), 422
    return _show_confirmation(form)


def _incomplete(form: AbsenceForm) -> str | None:
    if not form.keys:
        return t("Choose at least one part of a day.")
    if form.reason not in tenant().rulebook.terms(today(), tenant().rulebook.care_types[0]).absence.reasons.value:
        return t("Choose a reason.")
    return None


def _show_confirmation(form: AbsenceForm, *, changed: bool = False) -> str:
    children = _children()
    dayparts = [
        p for p in list_dayparts(database(), tenant(), children, form.first, form.last, now()) if p.key in form.keys
    ]
    found = consequences(database(), tenant(), children, dayparts, form.reason, now())
    told = [_told(each) for each in found]
    return render_template(
        "absence/confirm.html", form=form, told=told, names=list(dict.fromkeys(each.child.first_name for each in told if each.accepted)), earns_credit=_earns_credit(), changed=changed, possible=any(each.accepted for each in told), total=_total(told),
        seen=fingerprint(found), submission=form.submission or secrets.token_urlsafe(24), keys=[p.key for p in dayparts],
    )  # fmt: skip


def _earns_credit() -> bool:
    credits = tenant().rulebook.terms(today(), tenant().rulebook.care_types[0]).credits
    return any(credit.earned_if is not None for credit in credits.values())


def _told(each: Consequence) -> Told:
    planned, spoken = each.planned, speaker()
    why = tuple(reasons(each.judgement.decision, spoken)) if not each.already else ()
    return Told(each.child, planned.day, planned.starts, planned.ends, (_short(each),), each.accepted, each.earned, why)


def _total(told: list[Told]) -> list[str]:
    """What all of it earns, per credit, in the organisation's own words."""
    sums: dict[str, int] = {}
    for each in told:
        for earned in each.earned:
            sums[earned.credit] = sums.get(earned.credit, 0) + earned.amount
    return [speaker().amount(sixtieths, kind) for kind, sixtieths in sums.items()]


@blueprint.post("")
@login_required
def report() -> Response | tuple[str, int]:
    form = read_form(request.form, today())
    if (problem := _incomplete(form)) is not None:
        return _show_form(form, problem=problem), 422
    children, submission = _children(), form.submission or secrets.token_urlsafe(24)
    try:
        done = report_absence(
            database(),
            tenant(),
            account().id,
            children,
            form.keys,
            form.first,
            form.last,
            form.reason or "",
            submission,
            now(),
            seen=form.seen,
        )
    except OutcomeChanged:
        database().rollback()
        return _show_confirmation(form, changed=True), 409
    except AlreadyReported:
        database().rollback()
        return _show_confirmation(form), 409
    return redirect(url_for("absence.reported", report_id=done.id), 303)


@blueprint.get("/<report_id>")
@login_required
def reported(report_id: str) -> str:
    children = _children()
    found = find_own_report(database(), report_id, [child.id for child in children])
    if found is None:
        abort(404)
    return render_template("absence/reported.html", **_report_values(found, children))


def _report_values(found: AbsenceReport, children: list[Child]) -> dict[str, Any]:
    by_id = {child.id: child for child in children}
    rows: list[dict[str, Any]] = []
    for absence in list_report_absences(database(), found.id):
        if absence.child_id not in by_id:
            continue
        record = find_decision(database(), absence.decision_id)
        judgement = judgement_of(database(), record, tenant()) if record else None
        back = taking_back(database(), tenant(), absence, now())
        rows.append({"absence": absence, "child": by_id[absence.child_id], "lines": _outcome_lines(judgement),
                     "may_take_back": absence.withdrawn_at is None and back.judgement.decision.granted, "decision_id": absence.decision_id,
                     "why_not": None if absence.withdrawn_at else _why_not(back.judgement)})  # fmt: skip
    order = {child.id: index for index, child in enumerate(children)}
    rows.sort(key=lambda row: (row["absence"].day, order[row["child"].id], row["absence"].starts))
    standing = list(dict.fromkeys(row["child"].first_name for row in rows if row["absence"].withdrawn_at is None))
    return {"report": found, "rows": rows, "standing": standing}


def _outcome_lines(judgement: Judgement | None) -> list[str]:
    return speaker().absence(judgement.verdict) if judgement and judgement.verdict else []


def _why_not(judgement: Judgement) -> str | None:
    return None if judgement.decision.granted else speaker().withdrawal(judgement.decision, None)


@blueprint.get("/<absence_id>/withdraw")
@login_required
def withdraw_form(absence_id: str) -> str:
    children = _children()
    absence = find_absence(database(), absence_id, [child.id for child in children])
    if absence is None:
        abort(404)
    back = taking_back(database(), tenant(), absence, now())
    child = next(each for each in children if each.id == absence.child_id)
    return render_template(
        "absence/withdraw.html", absence=absence, child=child, granted=back.judgement.decision.granted and absence.withdrawn_at is None,
        why_not=_why_not(back.judgement), why=reasons(back.judgement.decision, speaker()),
        returned=[speaker().amount(rest, portion.kind) for portion, rest in back.returned],
    )  # fmt: skip


@blueprint.post("/<absence_id>/withdraw")
@login_required
def withdraw(absence_id: str) -> Response | tuple[str, int]:
    back = withdraw_absence(database(), tenant(), absence_id, [child.id for child in _children()], now())
    if back is None:
        abort(404)
    if back.absence.withdrawn_at is None:
        return withdraw_form(absence_id), 409
    return redirect(url_for("absence.reported", report_id=back.absence.report_id), 303)
