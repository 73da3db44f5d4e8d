"""Who may do what, as one table: right -> the roles that have it. A view names its right; nothing else decides.

Roles of staff come from employments (per location and group); a guardian's reach is its own children. What an
organisation has switched off (`modules` in its file) is not there for anybody, and `rights` in its file gives what is
SETTABLE to other roles. The table is also what `spelregel routes --json` tells, and what the authorisation matrix of the
tests is made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from spelregel.rules.message import msg

GUARDIAN: Final = "guardian"
#: From the narrowest view to the widest.
STAFF: Final = ("educator", "mentor", "location_manager", "planner", "administrator")
ROLES: Final = (GUARDIAN, *STAFF)

ROLE_NAMES: Final = MappingProxyType(
    {
        "guardian": msg("parent or guardian"),
        "educator": msg("pedagogical staff"),
        "mentor": msg("mentor"),
        "location_manager": msg("location manager"),
        "planner": msg("planner"),
        "administrator": msg("portal administrator"),
    }
)

RIGHTS: Final = MappingProxyType(
    {
        # Of everybody who has an account.
        "own_account": ROLES,
        "read_conditions": ROLES,
        # What a family sees and does: only through the children that one has custody of.
        "own_family": (GUARDIAN,),
        # Staff, within the locations and groups of their employments.
        "see_children": STAFF,
        "have_pin": STAFF,
        "judge_requests": STAFF,
        "approve_beyond_limit": ("location_manager", "planner", "administrator"),
        "keep_study_list": STAFF,
        "export_study_list": ("location_manager", "planner", "administrator"),
        "see_guardians": ("mentor", "location_manager", "planner", "administrator"),
        "send_invitations": ("location_manager", "planner", "administrator"),
        "see_private_details": ("administrator",),
        "manage_custody": ("administrator",),
        "disable_accounts": ("administrator",),
        "manage_staff": ("administrator",),
        "manage_tablets": ("location_manager", "administrator"),
        "read_audit": ("administrator",),
        "grant_support": ("administrator",),
    }
)


#: What somebody may do who showed a PIN on a shared tablet, of what their role may: nothing that concerns accounts, money
#: or other people's rights. Everything else is not there on a tablet.
ON_TABLET: Final = frozenset({"see_children", "judge_requests", "keep_study_list"})

#: What support may look at in somebody's place, of what their role may: nothing by which one proves oneself (passwords,
#: second proofs, passkeys, PINs, devices), no log, and no grants. Of what is one's own only the pages that lead on
#: (`web/looking.py`). What is not named here is closed.
IN_A_LOOK: Final = frozenset(
    {
        "own_account", "read_conditions", "own_family", "see_children", "judge_requests", "keep_study_list", "see_guardians",
        "send_invitations", "see_private_details", "manage_custody", "disable_accounts", "manage_staff", "manage_tablets",
    }
)  # fmt: skip


#: What an organisation's file may give to other roles than RIGHTS does (`rights` in the file). The rest is what makes an
#: administrator: who may give roles may give themselves every right.
SETTABLE: Final = frozenset(
    {
        "see_children", "have_pin", "judge_requests", "approve_beyond_limit", "keep_study_list", "export_study_list",
        "see_guardians", "see_private_details", "send_invitations", "manage_custody", "disable_accounts", "manage_tablets", "read_audit",
    }
)  # fmt: skip


def roles_with(right: str, own: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """`own`: what the organisation's file says, which counts before the table; an administrator always has the right.
    Raises KeyError on a right that does not exist: a slip of the programmer, not of the person."""
    usual = RIGHTS[right]
    return (*own[right], "administrator") if right in own else usual
