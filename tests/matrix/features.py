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
    "digest", "entry", "consent", "choice", "action", "through", "about", "about_id", "request_id", "submission", "outcome",
    "message_id", "to_address", "last_error", "file", "earned_on_kind", "totp_secret", "tenant_file.text", "guess.subject",
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
}

#: An id inside another word: (endpoint, name) -> that word, made from the id.
SHAPES: dict[tuple[str, str], Callable[[World, str], str]] = {
    ("absence.choose", "daypart"): lambda world, row_id: world.daypart.replace(world.daypart_child, row_id),
}

#: The table that a name means, where the name does not end a table's name.
MEANS = {"daypart": "child"}

#: Rows that are about children without saying so in a column: their children come through another table.
THROUGH = {"absence_report": ("absence", "report_id"), "decision": ("absence", "decision_id")}

#: What counts as no change: guesses are counted, and reading something private about a person is written down.
NOTED_BY_READING = {"audit_entry"}
NEVER_COUNTED = {"guess"}
