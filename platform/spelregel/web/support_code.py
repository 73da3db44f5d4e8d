"""The code under a refusal: who phones with it is understood at once, without saying a name (records.support_codes)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from flask import current_app

from spelregel.records.support_codes import Refusal, as_shown, codes_for, sight_of
from spelregel.web.here import clock_now, tenant
from spelregel.web.lately import lately
from spelregel.web.login import current_account

#: A code that was read is not looked up again for so long; it lives for months.
KNOWN: Final = timedelta(hours=1)


def support_codes(refusals: Sequence[Refusal | None]) -> list[str | None]:
    """One for each that is a refusal. None too while the database takes no code: the page goes on without it.

    Never while this request holds a transaction that writes: codes are written in one of their own.
    """
    wanted = [each for each in refusals if each is not None and each.refuses]
    found, real, known = current_account(), clock_now(), lately("support codes", KNOWN)
    asks = found.id if found else None
    keys = [(tenant().slug, sight_of(asks, tenant().rulebook.digest, each)) for each in wanted]
    codes = [known.get(key, real) for key in keys]
    new = [number for number, code in enumerate(codes) if code is None]
    made = codes_for(current_app.config["ENGINE"], tenant(), asks, [wanted[number] for number in new], real)
    for number, code in zip(new, made, strict=True):
        codes[number] = code
        if code is not None:
            known.put(keys[number], code, real)
    shown = iter([as_shown(code) if code else None for code in codes])
    return [next(shown) if each is not None and each.refuses else None for each in refusals]


def support_code(refusal: Refusal | None) -> str | None:
    return support_codes([refusal])[0]
