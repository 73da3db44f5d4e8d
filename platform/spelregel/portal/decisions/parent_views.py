"""GET /decisions/ID: why it came out as it did, by the rules that held then."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for

from spelregel.records.absences import Absence
from spelregel.records.decisions import find_own_decision, judgement_of
from spelregel.records.support_codes import Refusal
from spelregel.web.explanation import reasons
from spelregel.web.here import database, speaker, tenant
from spelregel.web.login import allowed, own_children
from spelregel.web.support_code import support_code

blueprint = Blueprint("decisions", __name__, template_folder="templates", url_prefix="/decisions")
TABS = ()


@blueprint.get("/<id:decision_id>")
@allowed("own_family")
def why(decision_id: str) -> str:
    children = own_children()
    found = find_own_decision(database(), decision_id, [child.id for child in children])
    if found is None:
        abort(404)
    record, about = found
    judgement = judgement_of(database(), record, tenant())
    if judgement is None:
        abort(404)
    spoken, verdict = speaker(), judgement.verdict
    # The answer to who was too late names the moment already; another remedy is news.
    remedy = (
        None
        if judgement.decision.reason == "too_late" and len(judgement.decision.remedies) == 1
        else spoken.remedy(judgement.decision)
    )
    if verdict:
        answer = spoken.absence(verdict)
    elif judgement.request:
        answer = spoken.request(judgement.request)
    elif judgement.cancel:
        answer = spoken.cancelling(judgement.cancel)
    else:
        answer = [spoken.withdrawal(judgement.decision, None)]
    back = (
        url_for("absence.reported", report_id=about.report_id)
        if isinstance(about, Absence)
        else url_for("day_requests.sent", request_id=about.request_id)
    )
    return render_template(
        "decisions/why.html", record=record, about=about, back=back, child=next(c for c in children if c.id == about.child_id), answer=answer,
        why=reasons(judgement.decision, spoken), report=reasons(verdict.report, spoken) if verdict and verdict.report is not judgement.decision else [],
        remedy=remedy, code=support_code(Refusal(record.facts, judgement.decision, record)), same_rules=record.digest == tenant().rulebook.digest,
        decided_at=record.decided_at.astimezone(tenant().rulebook.zone),
    )  # fmt: skip
