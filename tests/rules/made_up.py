"""Small organisations for one rule each: the invented one that the broken files are made of, with edits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spelregel.tenancy.check import check_text, reading_of
from spelregel.tenancy.judging import judge, judgement_as_data

ZONNEBLOEM = Path(__file__).parents[1] / "tenancy" / "zonnebloem.yaml"
PLAIN = ZONNEBLOEM.read_text("utf-8").split("\nchanges:")[0]
ASKING = """
extra_care:
  requested_by: [parent, staff]
  notice: 48 hours
  approval: by a person
"""
SWAPPING = """
swap:
  requested_by: [parent]
  notice: before start
  approval: when there is a place
  give_up: 1 day
  size: same or smaller
  leftover: lapses
  same_care_type: true
  same_kind_of_day: true
  swapped_again: false
  day: [contract day]
"""


class Organisation:
    """`edits` replace text that must be there; `more` is added at the end of the file."""

    def __init__(self, *edits: tuple[str, str], more: str = "") -> None:
        text = PLAIN
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new, 1)
        checked = check_text(f"{text}\n{more}".encode(), "made_up.yaml")
        assert checked.tenant, [(problem.span.line, str(problem.message)) for problem in checked.problems]
        self.tenant, self.rulebook = checked.tenant, checked.tenant.rulebook
        self.reading = reading_of(checked.tenant)

    def __call__(self, **when: Any) -> dict[str, Any]:
        return judgement_as_data(judge(self.reading, when), self.reading, when)

    def earned(self, **when: Any) -> float | None:
        found: float | None = (self(**when)["earns"] or {}).get("amount")
        return found
