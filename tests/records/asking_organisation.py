"""An organisation for races and histories: credit and invoice pay one day together, late cancelling counts as used."""

from __future__ import annotations

from functools import cache

from spelregel.tenancy.tenant import Tenant
from tests.rules.made_up import Organisation

ASKING = """
extra_care:
  requested_by: [parent, staff]
  notice: before start
  approval: {approval}
  payment: {{pay_with: [zonuren, invoice], choice: oldest first, combine: credit and invoice}}
  cancel: {{pending: true, by: [parent, staff], approved: 24 hours, then: credit back, late: counts as used}}
"""
CREDIT = "zonuren"


@cache
def organisation(approval: str = "by a person", rest: str | None = None) -> Tenant:
    """`approval`: or "when there is a place". `rest`: what becomes of a portion that was used in part; None: it stays."""
    spend = f"    spend: {{size: any, rest: {rest}, several: true}}\n" if rest else ""
    valid = "    valid: 6 months\n"
    return Organisation((valid, valid + spend), more=ASKING.format(approval=approval)).tenant
