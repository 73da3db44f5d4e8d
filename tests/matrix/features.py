"""What the matrix cannot work out by itself, per feature: as little as possible.

A new feature needs a line here only where its form needs more than ids to be read (BODIES), where an id stands inside
another word (SHAPES), or where a column of text is a code of the program and no free text (CODES).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.matrix.world import Asker, World

#: Columns whose text the program reads as a code, a hash or a key: a canary there would only break the page.
CODES = {
    "care_type", "contract", "rule_key", "location_key", "kind", "reason", "role", "language", "password_hash", "purpose", "proof",
    "digest", "entry", "sight", "consent", "choice", "action", "through", "about", "about_id", "request_id", "submission", "outcome",
    "message_id", "to_address", "last_error", "file", "earned_on_kind", "totp_secret", "totp_offered", "tenant_file.text", "guess.subject",
}  # fmt: skip

#: A request that would be taken, were the id one's own: endpoint -> the other fields.
BODIES: dict[str, Callable[[World, Asker], dict[str, str]]] = {
    "absence.choose": lambda world, _asker: {
        "day": world.day,
        "until": world.day,
        "shown_day": world.day,
        "shown_until": world.day,
        "reason": "holiday",
    },
    "account.language": lambda _world, _asker: {"language": "en"},
    "administration.add": lambda _world, _asker: {"name": "Iemand", "role": "educator", "email": "iemand@example.org"},
    "administration.give_role": lambda _world, _asker: {"role": "educator"},
    "tablets.new_code": lambda _world, _asker: {"name": "Tablet"},
    "support_looks.grant": lambda _world, _asker: {"reason": "Iets nakijken", "length": "1 hour"},
    "approvals.refuse": lambda _world, _asker: {"reason": "full"},
    "approvals.approve_beyond": lambda _world, _asker: {"why": "Het kan toch"},
    "approvals.look_at_it": lambda _world, _asker: {"why": "Moeder belde"},
    "approvals.enter": lambda _world, _asker: {"why": "Moeder belde", "submission": "0" * 32},
    "study_days.take_off": lambda _world, _asker: {"why": "Vader belde"},
    "study_days.enter": lambda _world, _asker: {"submission": "0" * 32, "how": "in person"},
    "tablets.enter": lambda _world, _asker: {"pin": "4826"},
    "links.activate_account": lambda _world, _asker: dict.fromkeys(("password", "again"), "een heel andere lange zin"),
    "links.reset_password": lambda _world, _asker: dict.fromkeys(("password", "again"), "een heel andere lange zin"),
}


def _where(world: World, row_id: str) -> dict[str, str]:
    """A group is sent with its location before it, a location alone."""
    place = world.location_of.get(row_id)
    return {"where": f"{place}.{row_id}" if place else row_id}


def _same(_world: World, row_id: str) -> dict[str, str]:
    """The answers of this child for all of them, and one about it: an id in the name of a field."""
    return {"same": row_id, f"answer.photos.{row_id}": "not_allowed"}


def _part(world: World, row_id: str) -> dict[str, str]:
    """A part of a day as the page of requests sends it out."""
    return {"part": f"{row_id}.{world.day}.0730-1300.kdv"}


def _give(world: World, row_id: str) -> dict[str, str]:
    return {"give": world.daypart.replace(world.daypart_child, row_id)}


def _listed(world: World, row_id: str) -> dict[str, str]:
    """A part of a study day as the list sends it out."""
    return {"part": f"{row_id}.{world.study_day}.0800-1800.bso"}


#: An id inside another word, or in several: (endpoint, name) -> the fields, made from the id.
SHAPES: dict[tuple[str, str], Callable[[World, str], dict[str, str]]] = {
    ("absence.choose", "daypart"): lambda world, row_id: {
        "daypart": world.daypart.replace(world.daypart_child, row_id)
    },
    ("day_requests.choose", "part"): _part,
    ("day_requests.choose_swap", "part"): _part,
    ("day_requests.choose_swap", "give"): _give,
    ("day_requests.swap", "give"): _give,
    ("consents.answer", "same"): _same,
    ("study_days.enter", "part"): _listed,
    ("tablets.manage", "where"): _where,
    ("tablets.new_code", "where"): _where,
    ("administration.staff", "where"): _where,
    ("administration.add", "where"): _where,
    ("administration.employee", "where"): _where,
    ("administration.give_role", "where"): _where,
}

#: The table that a name means, where the name does not end a table's name.
MEANS = {
    "draft_id": "absence_draft",
    "draft": "absence_draft",
    "daypart": "child",
    "part": "child",
    "give": "child",
    "same": "child",
    "where": "care_group",
    "below": "audit_entry",
}

#: Rows that are about children without saying so in a column: their children come through another table.
THROUGH = {
    "absence_report": ("absence", "report_id"),
    "decision": ("absence", "decision_id"),
    "day_request": ("booking", "request_id"),
}

#: Rows of one account that no key of the database binds to it.
PERSONAL = {"outgoing_mail", "support_code", "passkey_riddle"}

#: What whoever administers the whole organisation decides, whomever it is about.
OF_ADMINISTRATION = {"support_grant"}

#: Filled when the texts of the others are there.
AFTERWARDS = {"outgoing_mail"}

#: What counts as no change: guesses are counted, reading something private about a person is written down, and a refusal
#: that is read gets its code.
NOTED_BY_READING = {"audit_entry", "support_code", "tenant_file"}
NEVER_COUNTED = {"guess"}
#: Pages that write something down whatever was asked of them: endpoint -> the tables, with the action of an audit entry.
NOTES = {
    "administration.audit": {"audit_entry": "read the audit"},
    "study_days.invoice": {"audit_entry": "read a study list"},
    "study_days.take_out": {"audit_entry": "took out a study list"},
    "absence.new": {"support_code": "", "tenant_file": ""},
    "absence.choose": {"support_code": "", "tenant_file": ""},  # of the own days that are shown again
    **{
        f"day_requests.{page}": {"support_code": "", "tenant_file": ""}
        for page in ("new", "choose", "swap", "choose_swap", "confirm", "send")
    },
}
