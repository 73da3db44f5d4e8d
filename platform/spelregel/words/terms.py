"""The closed vocabulary of the rule language in the words of people."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from spelregel.rules.message import Message, msg

CARE_TYPES: Final = MappingProxyType(
    {
        "kdv": msg("day care"), "psz": msg("preschool"), "vso": msg("before-school care"), "tso": msg("lunchtime care"),
        "bso": msg("after-school care"), "gob": msg("childminding"),
    }
)  # fmt: skip
REASONS: Final = MappingProxyType(
    {"illness": msg("illness"), "holiday": msg("holiday"), "other": msg("another reason")}
)
KINDS_OF_DAY: Final = MappingProxyType(
    {
        "closing day": msg("a closing day"), "public holiday": msg("a public holiday"), "study day": msg("a study day"),
        "school holiday": msg("a day in a school holiday"), "weekend": msg("a day in the weekend"), "school day": msg("a school day"),
    }
)  # fmt: skip
PLANNED: Final = MappingProxyType(
    {
        "contract day": msg("a contract day"),
        "extra day": msg("an extra day"),
        "credit day": msg("a day paid with credit"),
    }
)
PUBLIC_HOLIDAYS: Final = MappingProxyType(
    {
        "new_years_day": msg("New Year's Day"), "good_friday": msg("Good Friday"), "easter_sunday": msg("Easter Sunday"),
        "easter_monday": msg("Easter Monday"), "kings_day": msg("King's Day"), "liberation_day": msg("Liberation Day"),
        "ascension_day": msg("Ascension Day"), "whit_sunday": msg("Whit Sunday"), "whit_monday": msg("Whit Monday"),
        "christmas_day": msg("Christmas Day"), "boxing_day": msg("Boxing Day"),
    }
)  # fmt: skip
SCHOOL_HOLIDAYS: Final = MappingProxyType(
    {
        "autumn": msg("Autumn holiday"), "christmas": msg("Christmas holiday"), "spring": msg("Spring holiday"),
        "may": msg("May holiday"), "summer": msg("Summer holiday"),
    }
)  # fmt: skip
PER: Final = MappingProxyType(
    {
        "week": msg("per week"), "month": msg("per month"), "quarter": msg("per quarter"), "calendar year": msg("per calendar year"),
        "school year": msg("per school year"), "contract year": msg("per contract year"),
    }
)  # fmt: skip
ENDS: Final = MappingProxyType(
    {
        "week": msg("the end of that week"), "month": msg("the end of that month"), "quarter": msg("the end of that quarter"),
        "calendar year": msg("31 December of that year"), "school year": msg("31 July of that school year"),
        "contract year": msg("the end of that contract year"),
    }
)  # fmt: skip
STARTS: Final = MappingProxyType(
    {
        "day": msg("that day"), "week": msg("the start of that week"), "month": msg("the start of that month"),
        "quarter": msg("the start of that quarter"), "calendar year": msg("the start of that calendar year"),
        "school year": msg("the start of that school year"),
    }
)  # fmt: skip
FATES: Final = MappingProxyType(
    {"kept": msg("the credit is kept"), "lapses": msg("the credit lapses"), "converted": msg("the credit is converted")}
)
SEASONS: Final = MappingProxyType(
    {
        "school weeks": msg("in school weeks"), "school holidays": msg("in school holidays"), "autumn": msg("in the autumn holiday"),
        "christmas": msg("in the Christmas holiday"), "spring": msg("in the spring holiday"), "may": msg("in the May holiday"),
        "summer": msg("in the summer holiday"),
    }
)  # fmt: skip
REGIONS: Final = MappingProxyType({"noord": msg("the north"), "midden": msg("the middle"), "zuid": msg("the south")})


def word(vocabulary: MappingProxyType[str, Message], key: str) -> Message | str:
    return vocabulary.get(key, key)
