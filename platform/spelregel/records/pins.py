"""PINs of employees, for shared tablets: short, because a child is on the other arm, and worth nothing anywhere else.

Guesses are counted twice: within a quarter of an hour, as every proof, and in a row. Too many in a row close the PIN
until its owner chooses another, on a device of their own: four figures would not stand guessing day after day.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from sqlalchemy import update

from spelregel.records import passwords
from spelregel.records.accounts import Account
from spelregel.rules.message import Message, msg
from spelregel.storage.session import TenantSession

SHORTEST, LONGEST = 4, 8  # figures
PER_EMPLOYEE: Final = 5  # wrong ones in a quarter of an hour
PER_TABLET: Final = 20  # of all employees together
CLOSED_AFTER: Final = 10  # wrong ones in a row
#: Straight lines on the keys.
_ON_THE_KEYS: Final = frozenset({"2580", "0852", "1470", "0741", "3690", "0963", "1590", "3570", "1379", "7931", "147258", "159357"})  # fmt: skip


def objection(pin: str) -> Message | None:
    """Why this cannot be a PIN; None when it can."""
    if re.fullmatch(rf"[0-9]{{{SHORTEST},{LONGEST}}}", pin) is None:
        return msg("A PIN has %(shortest)s to %(longest)s figures.", shortest=SHORTEST, longest=LONGEST)
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    repeated = any(len(pin) % size == 0 and pin == pin[:size] * (len(pin) // size) for size in (1, 2, 3))
    if (len(steps) == 1 and steps <= {0, 1, 9}) or repeated or pin in _ON_THE_KEYS:
        return msg("This PIN is one of the first that somebody would try. Take one without a pattern.")
    if len(pin) == 4 and pin[:2] in ("19", "20"):
        return msg("This PIN looks like a year. Take one that nobody can know.")
    return None


def set_pin(session: TenantSession, account_id: str, pin: str) -> None:
    hashed = passwords.hash_password(pin)
    session.execute(update(Account).where(Account.id == account_id).values(pin_hash=hashed, pin_misses=0))


def drop_pin(session: TenantSession, account_id: str) -> None:
    session.execute(update(Account).where(Account.id == account_id).values(pin_hash=None, pin_misses=0))


def is_closed(account: Account) -> bool:
    return account.pin_misses >= CLOSED_AFTER


def count_miss(session: TenantSession, account_id: str) -> bool:
    """Before the PIN is looked at, committed by the caller; False when it is closed, and then nobody looks."""
    open_still = (Account.id == account_id, Account.pin_hash.is_not(None), Account.pin_misses < CLOSED_AFTER)
    return session.count_changed(update(Account).where(*open_still).values(pin_misses=Account.pin_misses + 1)) > 0


def forgive_misses(session: TenantSession, account_id: str) -> None:
    """It was right."""
    session.execute(update(Account).where(Account.id == account_id).values(pin_misses=0))
