"""The mails that the portals wrote, to be read on the demo's base domain. Demo mode only: one-time links stand in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, g, render_template, request
from markupsafe import Markup, escape

from spelregel.records.outbox import OutgoingMail, list_mail
from spelregel.rules.message import Message
from spelregel.settings import Settings
from spelregel.storage.session import tenant_session
from spelregel.tenancy.registry import Snapshot
from spelregel.tenancy.tenant import Tenant
from spelregel.web.login import public
from spelregel.web.tenant_from_host import SNAPSHOT
from spelregel.words import formats
from spelregel.words.locale import LANGUAGES, Register

MOST = 30  # of each organisation

mails = Blueprint("demo_mails", __name__, template_folder="templates")
_LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\"'.,;:!?)\]]")


@mails.get("/mail")
@public
def show() -> str:
    snapshot: Snapshot = request.environ[SNAPSHOT]
    settings: Settings = current_app.config["SETTINGS"]
    wanted = request.args.get("lang")
    reader = Register(wanted if wanted in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "nl")
    houses = []
    for organisation in sorted(snapshot.tenants(), key=lambda each: each.name):
        with tenant_session(current_app.config["ENGINE"], organisation.slug) as session:
            found = list_mail(session, MOST)
        if found:
            houses.append((organisation, [_row(mail, organisation, reader) for mail in found]))

    def t(template: str, /, **values: object) -> str:
        return reader.text(Message(template, values))

    folder = settings.mail if isinstance(settings.mail, Path) else None
    return render_template(
        "demo/mail.html", houses=houses, folder=folder, t=t, lang=reader.language, nonce=g.nonce, most=MOST
    )


def _row(mail: OutgoingMail, organisation: Tenant, reader: Register) -> dict[str, Any]:
    local = mail.made_at.astimezone(organisation.rulebook.zone)
    return {
        "mail": mail,
        "made": f"{formats.full_day(local.date(), reader)}, {formats.clock(local, reader)}",
        "text": with_links(mail.text or ""),
    }


def with_links(text: str) -> Markup:
    """The text of a mail with its addresses as links, and everything else as the text that it is."""
    pieces, end = [], 0
    for found in _LINK.finditer(text):
        pieces += [escape(text[end : found.start()]), Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(found[0])]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])
