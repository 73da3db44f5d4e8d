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
#: The same as they follow “only”.
FOR_REASONS: Final = MappingProxyType(
    {"illness": msg("for illness"), "holiday": msg("for a holiday"), "other": msg("for another reason")}
)
KINDS_OF_DAY: Final = MappingProxyType(
    {
        "closing day": msg("a closing day"), "public holiday": msg("a public holiday"), "study day": msg("a study day"),
        "school holiday": msg("a day in a school holiday"), "weekend": msg("a day at the weekend"), "school day": msg("a school day"),
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
#: The period that something is a part of.
PART_OF: Final = MappingProxyType(
    {
        "month": msg("the month"), "quarter": msg("the quarter"), "calendar year": msg("the year"),
        "school year": msg("the school year"), "contract year": msg("the contract year"), "week": msg("the week"),
    }
)  # fmt: skip
#: What “up to and including” ends with, of the period that a day lies in.
ENDS: Final = MappingProxyType(
    {
        "week": msg("the end of that week"), "month": msg("the end of that month"), "quarter": msg("the end of that quarter"),
        "calendar year": msg("31 December of that year"), "school year": msg("31 July of that school year"),
        "contract year": msg("the end of that contract year"),
    }
)  # fmt: skip
#: The start that something early is counted from.
STARTS: Final = MappingProxyType(
    {
        "week": msg("the start of that week"), "month": msg("the start of that month"),
        "quarter": msg("the start of that quarter"), "calendar year": msg("the start of that calendar year"),
        "school year": msg("the start of that school year"),
    }
)  # fmt: skip
#: What a request that was approved is called.
APPROVED: Final = MappingProxyType(
    {
        "extra_care": msg("An approved day"), "swap": msg("An approved swap"), "holiday_care": msg("An approved day"),
        "holiday_contract": msg("An approved holiday contract"), "study_day": msg("An approved day"),
        "flexible_care": msg("An approved day"),
    }
)  # fmt: skip
#: What is not settled yet, as the subject of a sentence.
OPEN: Final = MappingProxyType(
    {
        "report_by": msg("Who can report an absence"), "report_notice": msg("Until when you can report an absence"),
        "report_horizon": msg("How far ahead you can report an absence"), "reasons": msg("Which reasons you can give"),
        "piece": msg("Whether you can report a part of a day absent"), "bill": msg("What you pay when your child is absent"),
        "confirm": msg("Whether we ask you to confirm"),
        "withdraw": msg("Whether and until when you can withdraw an absence"),
        "withdraw_place": msg("Whether the place stays your child's when you withdraw an absence"),
        "withdraw_credit": msg("What becomes of the credit when you withdraw an absence"),
        "ask_by": msg("Who can ask for it"), "ask_notice": msg("Until when you can ask for it"),
        "ask_late": msg("What is still possible after that"), "ask_horizon": msg("How far ahead you can ask for it"),
        "ask_days": msg("On which days it is possible"), "ask_whom": msg("For whom it is possible"), "ask_often": msg("How often it is possible"),
        "ask_long": msg("How long it must be at least"), "ask_sign_ups": msg("With how many children it goes ahead"),
        "ask_place": msg("In which group the place is"), "ask_decided_by": msg("Who looks at your request"),
        "ask_order": msg("Which request goes first"), "ask_waiting": msg("Whether there is a waiting list"),
        "ask_unless": msg("Whether your child comes when you ask for nothing"), "approval": msg("When your request is certain"),
        "guarantee": msg("When your place is guaranteed"), "answer": msg("When you hear from us"), "payment": msg("How you pay"),
        "price": msg("What it costs"), "reserve": msg("When your credit is taken"), "cancel": msg("Whether and until when you can cancel"),
        "cancel_pending": msg("Whether you can cancel a request that has not been decided on"),
        "cancel_then": msg("What follows when you cancel"), "give_up": msg("Until when you can give up a day"),
        "window": msg("How far apart the two days may lie"), "size": msg("Whether the new day may be longer or shorter"),
        "leftover": msg("What becomes of hours that are left over"),
        "same_care_type": msg("Whether you can swap between kinds of care"),
        "same_kind_of_day": msg("Whether you can swap a school day for a day in a school holiday"),
        "swapped_again": msg("Whether a day that came from a swap can be swapped again"), "give_up_day": msg("Which days you can give up"),
        "source": msg("How you get it"), "credit_whom": msg("Who has it"), "worth": msg("What it is worth"), "earning": msg("When you earn it"),
        "earn_notice": msg("How far ahead you must report to earn it"), "maximum": msg("How much you can have or earn at most"),
        "at_maximum": msg("What happens at the maximum"), "earn_reasons": msg("For which reasons you earn it"),
        "earn_days": msg("For which days you earn it"), "grant": msg("How much you are given"), "waiting": msg("From when you are given it"),
        "valid": msg("How long it is valid"), "usable_for": msg("What you can use it for"), "exchange": msg("How much a day costs"),
        "spend": msg("How it pays a day"), "contract_all": msg("What becomes of it when your contract ends or changes"),
        "contract_ended": msg("What becomes of it when you end the contract"),
        "contract_ended_by_us": msg("What becomes of it when we end the care"), "contract_changed": msg("What becomes of it when your contract changes"),
        "contract_moved": msg("What becomes of it when your child goes to another location"),
        "contract_other_care": msg("What becomes of it when your child goes on to another kind of care"),
        "withdraw_by": msg("Who can withdraw an absence"), "withdraw_within": msg("How long after reporting you can withdraw it"),
        "guarantee_day": msg("For which days your place is guaranteed"), "answer_within": msg("How soon you hear from us"),
        "answer_before": msg("How long before the day you hear from us"), "answer_silence": msg("What it means when you hear nothing"),
        "pay_choice": msg("Who chooses how you pay"), "pay_combine": msg("How credit and an invoice go together"),
        "cancel_approved": msg("Until when you can cancel what has been approved"), "cancel_by": msg("Who can cancel"),
        "cancel_undo": msg("How long you can undo a request"),
        "abolished": msg("How long it still exists"), "other": msg("One more condition"),
    }
)  # fmt: skip
#: Ready-made reasons why a request was refused; what somebody wrote in their own words is none of these.
REFUSALS: Final = MappingProxyType(
    {
        "full": msg("The group is full at that time."),
        "staff": msg("There are not enough staff at that time for one more child."),
        "mix": msg("It does not fit with the ages of the children in the group that day."),
        "closed": msg("The group is closed or joined with another one then."),
        "other_day": msg("Another day is possible: call us, and we look for one together."),
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
