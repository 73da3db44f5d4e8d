"""The interview that begins a new organisation's file: every question in one table, and what counts as an answer.

A question is data: where its answer goes (`path`), what is usual, and what stands in the file as long as nobody knows.
`new_file` turns answers into a file; the terminal asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import PARSERS, PhraseError
from spelregel.tenancy.schema_check import as_written, suggest

Value = str | tuple[str, ...]  # several choices: a tuple


@dataclass(frozen=True, slots=True)
class Choice:
    """`words`: None where a phrase says itself."""

    value: str
    words: Message | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """`kind`: "text", "one" or "several" of the choices, or a phrase by the name of its parser.

    `cautious` stands in the file when nobody knows: what parents are promised then must not be regretted later.
    `path` is the key of `to_confirm`, with %s for the key of the credit; `open` the question that stands there.
    `only_if`: another question, and the answers to it after which this one is asked.
    """

    id: str
    question: Message
    help: Message
    kind: str
    choices: tuple[Choice, ...]
    usual: Value
    cautious: Value
    path: str
    open: str
    only_if: tuple[str, tuple[str, ...]] | None = None

    @property
    def is_phrase(self) -> bool:
        return self.kind in PARSERS


def _phrases(*values: str) -> tuple[Choice, ...]:
    return tuple(Choice(value) for value in values)


NONE: Final = "none"  # of “several”: the empty list
_WITH_CREDIT: Final = ("credit", ("hours", "dayparts", "days"))
_WITH_EXTRA: Final = ("requests", ("extra_care",))
_WITH_SWAP: Final = ("requests", ("swap",))
_WITH_HOLIDAY: Final = ("requests", ("holiday_care",))
_WITH_STUDY: Final = ("requests", ("study_days",))
_MOST_HOLIDAYS: Final = (
    "new_years_day", "easter_sunday", "easter_monday", "kings_day", "ascension_day", "whit_sunday", "whit_monday",
    "christmas_day", "boxing_day",
)  # fmt: skip

QUESTIONS: Final = (
    Question(
        "name", msg("What is the organisation called?"),
        msg("As parents know it: it stands at the top of every page."),
        "text", (), "", "", "name", "What do parents call the organisation?",
    ),
    Question(
        "address", msg("How does the organisation speak to parents in Dutch?"),
        msg("One form, on every page and in every message."),
        "one", (Choice("je"), Choice("u")),
        "je", "u", "form_of_address", "Does the organisation say je or u to parents?",
    ),
    Question(
        "care_types", msg("Which kinds of care does it offer?"),
        msg("Rules can differ for each of them later on."),
        "several",
        (Choice("kdv", msg("day care")), Choice("psz", msg("preschool")), Choice("vso", msg("before-school care")),
         Choice("tso", msg("care between school hours")), Choice("bso", msg("after-school care")), Choice("gob", msg("a childminder"))),
        ("kdv", "bso"), ("kdv", "bso"), "care_types", "Which kinds of care does the organisation offer?",
    ),
    Question(
        "login", msg("What do parents log in with?"),
        msg("What they know already, such as from an app or from the invoice."),
        "one", (Choice("email", msg("their e-mail address")), Choice("debtor_number", msg("their customer number"))),
        "email", "email", "login.username", "Do parents log in with their e-mail address or with their customer number?",
    ),
    Question(
        "holidays", msg("On which public holidays is it closed?"),
        msg("On those days there is no care to report absent, to ask for or to pay with credit."),
        "several",
        (Choice("new_years_day", msg("New Year's Day")), Choice("good_friday", msg("Good Friday")), Choice("easter_sunday", msg("Easter Sunday")),
         Choice("easter_monday", msg("Easter Monday")), Choice("kings_day", msg("King's Day")), Choice("liberation_day", msg("Liberation Day")),
         Choice("ascension_day", msg("Ascension Day")), Choice("whit_sunday", msg("Whit Sunday")), Choice("whit_monday", msg("Whit Monday")),
         Choice("christmas_day", msg("Christmas Day")), Choice("boxing_day", msg("Boxing Day"))),
        _MOST_HOLIDAYS, _MOST_HOLIDAYS, "calendar.public_holidays", "On which public holidays is the organisation closed?",
    ),
    Question(
        "region", msg("Whose school holidays count?"),
        msg("The region in which the schools of these children lie."),
        "one", (Choice("noord", msg("the north")), Choice("midden", msg("the middle")), Choice("zuid", msg("the south"))),
        "midden", "midden", "calendar.school_holidays", "In which region are the schools?",
    ),
    Question(
        "report_until", msg("Until when can parents report a child absent in the portal?"),
        msg("After that the portal does not take the report any more. How late it may be to earn credit is another question."),
        "notice", _phrases("before start", "same day, before 07:30", "1 day, before 12:00", "24 hours"),
        "before start", "before start", "absence.notice", "Until when is a report of absence taken at all?",
    ),
    Question(
        "credit", msg("Does reporting absent in time earn something?"),
        msg("A balance with which parents can take care on another day."),
        "one",
        (Choice("hours", msg("yes, the hours of the missed care")), Choice("dayparts", msg("yes, a daypart for each missed daypart")),
         Choice("days", msg("yes, a day for each missed day")), Choice("no", msg("no, nothing"))),
        "hours", "no", "credits", "Does an absence that is reported in time earn credit, and what?",
    ),
    Question(
        "credit_name", msg("What do parents call that credit?"),
        msg("One word without a number, such as tegoed; or what one and many of it are called: zonuur, zonuren."),
        "text", _phrases("tegoed"), "tegoed", "tegoed", "credits.%s.name", "What do parents call this credit?", _WITH_CREDIT,
    ),
    Question(
        "credit_until", msg("Until when must an absence be reported to earn credit?"),
        msg("The last moment at which it still earns."),
        "notice", _phrases("24 hours", "48 hours", "1 day, before 12:00", "2 days, before 09:30", "1 workday, before 12:00", "same day, before 07:30"),
        "24 hours", "2 days", "credits.%s.earned_if.notice", "Until when must an absence be reported to earn credit?", _WITH_CREDIT,
    ),
    Question(
        "earns_nothing", msg("When does an absence earn nothing, although it was reported in time?"),
        msg("Everything else earns."),
        "several",
        (Choice("illness", msg("when the child is ill")), Choice("public holiday", msg("on a public holiday")), Choice("closing day", msg("on a closing day of the organisation")),
         Choice("study day", msg("on a study day of the school")), Choice("school holiday", msg("in a school holiday")), Choice(NONE, msg("it always earns"))),
        ("public holiday", "closing day"), ("illness", "public holiday", "closing day"),
        "credits.%s.earned_if.not_on", "Does illness earn credit, and on which kinds of day is none earned?", _WITH_CREDIT,
    ),
    Question(
        "valid", msg("How long can that credit be used?"),
        msg("Counted from the missed day. The last day counts, and so does the day of the care that it pays."),
        "validity",
        (Choice("calendar year", msg("until the end of the calendar year")), Choice("30 days", msg("for 30 days")), Choice("3 months", msg("for 3 months")),
         Choice("12 months", msg("for 12 months")), Choice("school year", msg("until the end of the school year, 31 July")), Choice("unlimited", msg("for ever"))),
        "calendar year", "30 days", "credits.%s.valid", "How long can credit be used, counted from the missed day?", _WITH_CREDIT,
    ),
    Question(
        "usable_for", msg("What can it pay?"),
        msg("Credit that was earned in one kind of care does not always pay another."),
        "one", (Choice("same care type", msg("only the kind of care in which it was earned")), Choice("every care type", msg("every kind of care"))),
        "same care type", "same care type", "credits.%s.usable_for", "Can credit of one kind of care pay another?", _WITH_CREDIT,
    ),
    Question(
        "maximum", msg("How much of it can a child have at most?"),
        msg("In the unit of the credit. What goes over it is not earned."),
        "amount", (Choice(NONE, msg("there is no maximum")), Choice("50 hours"), Choice("100 hours")),
        NONE, NONE, "credits.%s.earned_if", "Is there a maximum that a child can have of it?", _WITH_CREDIT,
    ),
    Question(
        "withdraw_until", msg("Until when can parents take an absence back?"),
        msg("The child comes after all, and credit that the absence earned is taken back."),
        "notice", _phrases("before start", "24 hours", "1 day, before 12:00", "48 hours"),
        "before start", "1 day", "absence.withdraw.notice", "Until when may an absence be taken back?",
    ),
    Question(
        "requests", msg("What can parents ask for in the portal?"),
        msg("Each has rules of its own. The interview asks the first of them; what else there is, the file names as open."),
        "several",
        (Choice("extra_care", msg("extra care beside the contract")), Choice("swap", msg("swapping one day for another")),
         Choice("holiday_care", msg("care in school holidays")), Choice("study_days", msg("care on a study day")), Choice(NONE, msg("nothing"))),
        ("extra_care",), (), "modules.extra_care", "What can parents ask for in the portal: extra care, a swap, holiday care, a study day?",
    ),
    Question(
        "extra_until", msg("Until when can extra care be asked for?"),
        msg("After that the portal does not take the request any more."),
        "notice", _phrases("24 hours", "48 hours", "1 workday, before 12:00", "1 week", "before start"),
        "24 hours", "1 week", "extra_care.notice", "Until when can extra care be asked for?", _WITH_EXTRA,
    ),
    Question(
        "extra_from", msg("How far ahead can extra care be asked for?"),
        msg("The last day of care that can be asked for today."),
        "horizon",
        (Choice("unlimited", msg("as far as one likes")), Choice("30 days", msg("30 days")), Choice("3 months", msg("3 months")),
         Choice("calendar year", msg("until the end of this calendar year"))),
        "unlimited", "unlimited", "extra_care.horizon", "How far ahead can extra care be asked for?", _WITH_EXTRA,
    ),
    Question(
        "extra_cancel", msg("Until when can parents cancel extra care that was approved?"),
        msg("After that it stands, and is paid."),
        "notice", (Choice("24 hours"), Choice("48 hours"), Choice("1 week"), Choice("before start"), Choice("not possible", msg("it cannot be cancelled"))),
        "24 hours", "1 week", "extra_care.cancel.approved", "Until when can approved extra care be cancelled, and what follows after that?", _WITH_EXTRA,
    ),
    Question(
        "extra_paid", msg("How is extra care paid?"),
        msg("With the credit of the questions before, with an invoice, or with both."),
        "one",
        (Choice("credit, rest invoiced", msg("with credit first, and the rest goes on an invoice")),
         Choice("credit or invoice", msg("with credit when it is enough for the whole day, else with an invoice")),
         Choice("credit", msg("with credit only")), Choice("invoice", msg("with an invoice only"))),
        "credit, rest invoiced", "credit or invoice", "extra_care.payment", "How is extra care paid: with credit, with an invoice, or with both?", _WITH_EXTRA,
    ),
    Question(
        "swap_until", msg("Until when can a day be swapped?"),
        msg("Counted from the day that is asked for; the day that is given up has the same limit."),
        "notice", _phrases("24 hours", "48 hours", "1 workday, until 12:00", "1 week", "before start"),
        "24 hours", "1 week", "swap.notice", "Until when can a day be swapped, and until when is the other day given up?", _WITH_SWAP,
    ),
    Question(
        "swap_window", msg("Within what time must the other day lie?"),
        msg("Seen from the day that is given up."),
        "validity",
        (Choice("same week", msg("in the same week")), Choice("same week, and 1 week", msg("in the same week or the next")),
         Choice("same month", msg("in the same month")), Choice("4 weeks, from 4 weeks before", msg("within four weeks, before or after")),
         Choice("unlimited", msg("whenever one likes"))),
        "same week", "same week", "swap.window", "Within what time must the day that is asked for lie?", _WITH_SWAP,
    ),
    Question(
        "holiday_until", msg("Until when can holiday care be asked for?"),
        msg("After that the portal does not take the request any more."),
        "notice", _phrases("5 weeks before holiday", "2 weeks before holiday", "1 May before holiday", "1 week", "24 hours"),
        "2 weeks before holiday", "5 weeks before holiday", "holiday_care.notice", "Until when can holiday care be asked for, and is that so for every holiday?", _WITH_HOLIDAY,
    ),
    Question(
        "study_until", msg("Until when can care on a study day be asked for?"),
        msg("On a study day the schools are closed and the children come the whole day."),
        "notice", _phrases("1 week", "2 weeks", "48 hours", "1 month"),
        "1 week", "2 weeks", "study_days.notice", "Until when can care on a study day be asked for, and for whom is it?", _WITH_STUDY,
    ),
)  # fmt: skip

BY_ID: Final = MappingProxyType({question.id: question for question in QUESTIONS})
#: What says in every language that somebody does not know; `null` in a file does too.
DONT_KNOW: Final = ("?", "weet ik niet", "weet niet", "dont know", "don't know", "don’t know", "i don't know", "unknown", "onbekend")  # fmt: skip


class NoAnswer(ValueError):
    """What was given is no answer to this question. `start` and `end`: the characters of a phrase that are wrong."""

    def __init__(
        self, message: Message, help: Message | None, start: int | None = None, end: int | None = None
    ) -> None:
        super().__init__(str(message))
        self.message, self.help, self.start, self.end = message, help, start, end

    @property
    def sentence(self) -> Message:
        return msg("%(message)s: %(help)s", message=self.message, help=self.help) if self.help else self.message


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known, and of which questions nobody knows. A question that is not asked stands in neither."""

    known: Mapping[str, Value]
    unknown: tuple[str, ...] = ()

    def value(self, id: str) -> Value:
        return self.known[id] if id in self.known else BY_ID[id].cautious

    def word(self, id: str) -> str:
        value = self.value(id)
        return value if isinstance(value, str) else ", ".join(value)

    def words(self, id: str) -> tuple[str, ...]:
        value = self.value(id)
        return (value,) if isinstance(value, str) else value

    def asks(self, question: Question) -> bool:
        """Does this question apply, as far as the others are answered."""
        if question.only_if is None:
            return True
        other, values = question.only_if
        return self.asks(BY_ID[other]) and any(word in values for word in self.words(other))

    def asked(self) -> Iterator[Question]:
        return (question for question in QUESTIONS if self.asks(question))


def is_unknown(given: Any) -> bool:
    return given is None or (isinstance(given, str) and given.strip().lower() in DONT_KNOW)


def read_answer(question: Question, given: Any) -> Value:
    """`given` as it stands in a file of answers. Raises NoAnswer."""
    if isinstance(given, bool):  # JSON has no other word for it
        given = "yes" if given else "no"
    if question.kind == "several":
        return _several(question, given if isinstance(given, list) else [given])
    if isinstance(given, (list, dict)):
        raise NoAnswer(msg("one value is expected here"), msg("write it as a text"))
    text = " ".join((given if isinstance(given, str) else as_written(given)).split())
    if question.kind == "text":
        return _text(text)
    known = {choice.value for choice in question.choices}
    if text in known:
        return text
    if question.is_phrase:
        return _phrase(question, text)
    raise _not_possible(question, text)


def _several(question: Question, given: list[Any]) -> tuple[str, ...]:
    words = []
    for each in given:
        if isinstance(each, (list, dict)) or each is None:
            raise NoAnswer(msg("a list of single words is expected here"), None)
        word = each if isinstance(each, str) else as_written(each)
        if word not in {choice.value for choice in question.choices}:
            raise _not_possible(question, word)
        words.append(word)
    can_be_none = any(choice.value == NONE for choice in question.choices)
    if NONE in words and len(set(words)) > 1:
        raise NoAnswer(msg("“%(none)s” stands beside other answers", none=NONE), msg("write it alone, or leave it out"))
    if not words and not can_be_none:
        raise NoAnswer(msg("at least one is needed"), msg("take one of %(names)s", names=_names(question)))
    return tuple(dict.fromkeys(word for word in words if word != NONE))  # the first has a meaning, as of care_types


def _names(question: Question) -> str:
    return ", ".join(choice.value for choice in question.choices)


def _not_possible(question: Question, word: str) -> NoAnswer:
    guess = suggest(word, [choice.value for choice in question.choices])
    names = _names(question)
    return NoAnswer(
        msg("“%(value)s” is not one of the answers", value=word),
        msg("did you mean “%(guess)s”? Possible are %(names)s", guess=guess, names=names)
        if guess
        else msg("possible are %(names)s", names=names),
    )


def _text(text: str) -> str:
    if not text:
        raise NoAnswer(msg("a text is needed here"), msg("write a name, or “?” when nobody knows"))
    if len(text) > 100:
        raise NoAnswer(msg("this is longer than a name can be"), msg("write at most 100 characters"))
    if not text.isprintable():
        raise NoAnswer(msg("there is a sign in it that cannot be shown"), msg("type it again"))
    return text


def _phrase(question: Question, text: str) -> str:
    try:
        PARSERS[question.kind](text)
    except PhraseError as wrong:
        raise NoAnswer(wrong.message, wrong.help, wrong.start, wrong.end) from None
    return text


def answers_from(given: Mapping[str, Any]) -> tuple[Answers, dict[str, NoAnswer], tuple[str, ...]]:
    """Of a file of answers: what it says, what is wrong by id, and the ids that no question asks for here."""
    wrong: dict[str, NoAnswer] = {}
    known: dict[str, Value] = {}
    for id, value in given.items():
        if id not in BY_ID:
            guess = suggest(id, BY_ID)
            wrong[id] = NoAnswer(
                msg("there is no question “%(id)s”", id=id),
                msg("did you mean “%(guess)s”?", guess=guess)
                if guess
                else msg("the questions are %(names)s", names=", ".join(BY_ID)),
            )
        elif not is_unknown(value):
            try:
                known[id] = read_answer(BY_ID[id], value)
            except NoAnswer as no_answer:
                wrong[id] = no_answer
    asked = [question.id for question in Answers(known).asked()]
    idle = tuple(id for id in known if id not in asked)
    kept = {id: value for id, value in known.items() if id in asked}
    return Answers(kept, tuple(id for id in asked if id not in kept)), wrong, idle
