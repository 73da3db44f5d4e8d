"""The code under a refusal: who phones with it is understood at once, without saying a name (records.support_codes)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app

from spelregel.records.support_codes import Refusal, as_shown, codes_for
from spelregel.web.here import tenant
from spelregel.web.login import current_account


def support_codes(refusals: Sequence[Refusal | None]) -> list[str | None]:
    """One for each that is a refusal. None too while the database takes no code: the page goes on without it.

    Never while this request holds a transaction that writes: codes are written in one of their own.
    """
    wanted = [each for each in refusals if each is not None and each.refuses]
    found = current_account()
    codes = codes_for(
        current_app.config["ENGINE"], tenant(), found.id if found else None, wanted, current_app.config["CLOCK"]()
    )  # fmt: skip
    shown = iter([as_shown(code) if code else None for code in codes])
    return [next(shown) if each is not None and each.refuses else None for each in refusals]


def support_code(refusal: Refusal | None) -> str | None:
    return support_codes([refusal])[0]
