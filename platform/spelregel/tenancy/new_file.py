"""Answers become an organisation's file: commented, checked, with an example on both sides of every limit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from spelregel.rules.problems import Problem, errors
from spelregel.tenancy.check import check_text
from spelregel.tenancy.example_writer import with_examples
from spelregel.tenancy.interview import BY_ID, NONE, Answers, Question
from spelregel.tenancy.yaml_source import Source
from spelregel.tenancy.yaml_text import as_yaml, in_brackets

SCHEMA: Final = "../schemas/tenant.schema.json"  # as seen from the folder `tenants`


@dataclass(frozen=True, slots=True)
class NewFile:
    """`faults`: what keeps it from being a good file, each with the question that it comes from, where it does.

    `answers`: as asked, with the usual value for what nobody knows where the cautious one contradicts an answer.
    """

    raw: bytes
    faults: tuple[tuple[Question | None, Problem], ...]
    answers: Answers


def new_file(slug: str, answers: Answers, schema: str = SCHEMA) -> NewFile:
    """`slug`: the organisation's short name, for the file, its data and its address. `schema`: path for the editor."""
    first = _tried(slug, answers, schema)
    if not first.faults or not answers.unknown:
        return first
    usual = {id: BY_ID[id].usual for id in answers.unknown if id != "name"}
    second = _tried(slug, replace(answers, known={**usual, **answers.known}), schema)
    return first if second.faults else second


def _tried(slug: str, answers: Answers, schema: str) -> NewFile:
    raw = "\n".join(_lines(slug, answers, schema)).encode() + b"\n"
    checked = check_text(raw, f"{slug}.yaml")
    faults = tuple((_question_at(checked.source, each, answers), each) for each in errors(checked.problems))
    return NewFile(raw if faults else with_examples(raw, checked)[0], faults, answers)


def slug_fault(slug: str) -> Problem | None:
    """Why this cannot be the short name of an organisation; None when it can."""
    checked = check_text("\n".join(_lines(slug, Answers({}), SCHEMA)).encode() + b"\n", f"{slug}.yaml")
    return next(iter(errors(checked.problems)), None)


def _question_at(source: Source, problem: Problem, answers: Answers) -> Question | None:
    """The question whose answer stands where the problem is: of several, the one with the longest path."""
    places = {**source.keys, **source.values}
    dotted = [".".join(map(str, path)) for path, span in places.items() if span == problem.span]
    asked = [(question, _path(question, answers)) for question in answers.asked()]
    found = [(len(path), question) for question, path in asked for each in dotted if f"{each}.".startswith(f"{path}.")]
    return max(found, key=lambda each: each[0])[1] if found else None


def _path(question: Question, answers: Answers) -> str:
    return question.path.replace("%s", credit_key(credit_label(answers)))


def credit_label(answers: Answers) -> str:
    """The word without a number: of “zonuur, zonuren” the second."""
    return answers.word("credit_name").split(",")[-1].strip()


def credit_key(name: str) -> str:
    """“Zon-uren” -> zon_uren: the key of a credit, in the letters that a key can have."""
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:40].strip("_")
    return key if key and key[0].isalpha() else f"credit_{key}".strip("_")[:40]


def initials(name: str) -> str:
    """One to three letters for the mark: of the words with a capital, without the word for the trade."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = [
        word for word in re.findall(r"[A-Za-z0-9]+", plain) if word.lower() not in ("kinderopvang", "kindercentrum")
    ]
    capitals = [word[0] for word in words if word[0].isupper() or word[0].isdigit()]
    return ("".join(capitals) or "".join(word[0] for word in words) or "K").upper()[:3]


def name_of(slug: str, answers: Answers) -> str:
    return answers.word("name") or slug.replace("-", " ").title()


def _lines(slug: str, answers: Answers, schema: str) -> Iterator[str]:
    name = name_of(slug, answers)
    yield f"# yaml-language-server: $schema={schema}"
    yield "# The rules of one organisation, begun from the answers to an interview. `spelregel check` says what is wrong with it,"
    yield "# and tries the examples at the end. What nobody knew yet stands in to_confirm, with the question."
    yield "format: 1"
    yield f"tenant: {as_yaml(slug)}  # never changes: the data of the organisation are kept under it"
    yield f"name: {as_yaml(name, alone=True)}"
    yield f"subdomain: {as_yaml(slug)}  # the first part of the portal's address"
    yield "languages: [nl, en]  # the first is where a new parent starts"
    yield f"form_of_address: {answers.word('address')}  # je or u"
    yield ""
    yield from _portal(answers, name)
    yield from _absence(answers)
    yield from _credits(answers)
    yield from _extra_care(answers)
    yield from _other_requests(answers)
    yield from _to_confirm(answers)


def _portal(answers: Answers, name: str) -> Iterator[str]:
    yield "# How the portal looks. Text must be readable on these colours: `check` measures that."
    yield "look:"
    yield f"  initials: {as_yaml(initials(name))}"
    yield "  shape: soft  # round, soft or square"
    yield '  colours: {accent: "#1f6f5c", on_accent: "#ffffff", paper: "#fbf8f3", ink: "#22201c"}'
    yield ""
    yield "# How parents log in."
    yield "login:"
    yield f"  username: {answers.word('login')}  # email or debtor_number"
    if answers.word("login") == "debtor_number":
        yield "  hint: {nl: Dit nummer staat op de factuur., en: You will find this number on the invoice.}"
    yield "  remember: true  # the device may remember the log-in"
    yield ""
    yield "# The public holidays on which there is no care, and whose school holidays count. Closing days of the"
    yield "# organisation's own go below them, as `closing_days`."
    yield "calendar:"
    yield f"  public_holidays: {in_brackets(list(answers.words('holidays')))}"
    yield f"  school_holidays: {answers.word('region')}  # noord, midden or zuid"
    yield ""
    yield "# kdv day care, psz preschool, vso before school, tso between, bso after school, gob childminder."
    yield f"care_types: {in_brackets(list(answers.words('care_types')))}"
    yield ""
    on = {"absence", *answers.words("requests"), *(["credits"] if answers.word("credit") != "no" else [])}
    yield "# The parts of the portal: true for what parents use. A part that is off cannot be seen."
    yield "modules:"
    for module in _MODULES:
        yield f"  {module}: {'true' if module in on else 'false'}"
    yield ""


_MODULES: Final = (
    "absence", "credits", "extra_care", "swap", "holiday_care", "study_days", "diary", "photos", "video", "messages", "news",
    "newsletters", "information", "contracts", "invoices", "annual_statements", "observations",
)  # fmt: skip


def _absence(answers: Answers) -> Iterator[str]:
    yield "# How a child is reported absent. `notice`: until when the report is taken at all. `withdraw`: until when it can be"
    yield "# taken back, and what becomes of credit that it earned. Who may report was not asked: parents and staff."
    yield "absence:"
    yield "  reported_by: [parent, staff]"
    yield "  reasons: [illness, holiday, other]"
    yield f"  notice: {answers.word('report_until')}"
    yield "  confirm: true  # the parent reads what follows and confirms"
    yield "  withdraw:"
    yield "    by: [parent, staff]"
    yield f"    notice: {answers.word('withdraw_until')}"
    yield "    earned_credit: taken back  # or kept"
    yield "    spent_credit: not allowed  # or stays spent: may it be taken back when the credit is used already"
    yield ""


#: Per answer: worth, the counted forms in Dutch and in English.
_UNITS: Final = {
    "hours": ("1 hour", "uur", "uur", "hour", "hours"),
    "dayparts": ("1 daypart", "dagdeel", "dagdelen", "daypart", "dayparts"),
    "days": ("1 day", "dag", "dagen", "day", "days"),
}


def _credits(answers: Answers) -> Iterator[str]:
    if answers.word("credit") == "no":
        yield "# Balances that a child can have. An absence earns nothing here."
        yield "credits: {}"
        yield ""
        return
    worth, one, other, one_en, other_en = _UNITS[answers.word("credit")]
    label = credit_label(answers)
    label_en = "credit" if label == "tegoed" else label
    own = [each.strip() for each in answers.word("credit_name").split(",")]
    counted = own if len(own) == 2 else [f"{one} {label}", f"{other} {label}"]
    counted_en = own if len(own) == 2 else [f"{one_en} of {label_en}", f"{other_en} of {label_en}"]
    nothing = answers.words("earns_nothing")
    reasons = [reason for reason in ("illness", "holiday", "other") if reason not in nothing]
    days = [day for day in nothing if day != "illness"]
    yield "# What a child can have to use on another day. `earned_if`: all of these must be so for an absence to earn it."
    yield "# `valid`: how long it can be used, counted from the missed day. `usable_for`: which care it can pay."
    yield "credits:"
    yield f"  {credit_key(label)}:"
    yield "    name:"
    yield f"      nl: {{label: {as_yaml(label)}, one: {as_yaml(counted[0])}, other: {as_yaml(counted[1])}}}"
    yield f"      en: {{label: {as_yaml(label_en)}, one: {as_yaml(counted_en[0])}, other: {as_yaml(counted_en[1])}}}"
    yield f"    worth: {worth}"
    yield "    earned_by: absence"
    yield "    earned_if:"
    yield "      reported_by: [parent]"
    yield f"      notice: {answers.word('credit_until')}"
    yield "      day: [contract day]  # add extra day or credit day when those earn too"
    if days:
        yield f"      not_on: {in_brackets(days)}"
    yield f"      reasons: {in_brackets(reasons)}"
    if answers.word("maximum") != NONE:
        yield f"      maximum: {answers.word('maximum')}"
        yield "      at_maximum: cut off  # or nothing, or whole: the whole day as long as there was room"
    yield f"    valid: {answers.word('valid')}"
    same = answers.word("usable_for") == "same care type"
    yield f"    usable_for: {in_brackets(['same care type'] if same else list(answers.words('care_types')))}"
    yield ""


def _extra_care(answers: Answers) -> Iterator[str]:
    if "extra_care" not in answers.words("requests"):
        return
    yield "# Asking for care beside the contract. `horizon`: how far ahead. `notice`: until when. A person says yes or no."
    yield "extra_care:"
    yield "  requested_by: [parent, staff]"
    yield f"  horizon: {answers.word('extra_from')}"
    yield f"  notice: {answers.word('extra_until')}"
    yield "  approval: by a person  # or when there is a place, or always"
    yield "  cancel:"
    yield "    pending: true  # as long as nobody has answered"
    yield "    by: [parent, staff]"
    if answers.word("extra_cancel") != "not possible":
        back = "credit back" if answers.word("credit") != "no" else "nothing"
        yield f"    approved: {answers.word('extra_cancel')}"
        yield f"    then: {back}"
        yield "    late: not possible  # after that it stands"
    yield from _payment(answers)
    yield ""


def _payment(answers: Answers) -> Iterator[str]:
    """Of extra care; the usual way where the answer names a credit and there is none."""
    paid = answers.word("extra_paid")
    credit = answers.word("credit") != "no"
    pots = [*([credit_key(credit_label(answers))] if credit and "credit" in paid else [])]
    if not credit or "invoice" in paid:
        pots.append("invoice")
    mixed = "credit and invoice" if len(pots) == 2 and paid == "credit, rest invoiced" else "never"
    yield "  payment:"
    yield f"    pay_with: {in_brackets(pots)}  # what is named first is used first"
    yield "    choice: in this order"
    yield f"    combine: {mixed}  # may credit and invoice pay one day together"


def _other_requests(answers: Answers) -> Iterator[str]:
    asked = answers.words("requests")
    if "swap" in asked:
        yield "# Swapping a day of the contract for another. `window`: where the other day may lie."
        yield "swap:"
        yield "  requested_by: [parent]"
        yield f"  notice: {answers.word('swap_until')}"
        yield f"  give_up: {answers.word('swap_until')}"
        yield f"  window: {as_yaml(answers.word('swap_window'), alone=True)}"
        yield "  approval: by a person"
        yield "  size: same or smaller  # or same, or any"
        yield "  leftover: lapses  # or becomes credit"
        yield "  same_care_type: true"
        yield "  same_kind_of_day: true  # a school day for a school day"
        yield "  swapped_again: false"
        yield "  day: [contract day]"
        yield ""
    if "holiday_care" in asked:
        yield "# Care in school holidays, for those whose contract does not have it."
        yield "holiday_care:"
        yield "  requested_by: [parent, staff]"
        yield f"  notice: {answers.word('holiday_until')}"
        yield "  only_on: [school holiday]"
        yield "  approval: by a person"
        yield ""
    if "study_days" in asked:
        yield "# Care on a study day of the school."
        yield "study_days:"
        yield "  requested_by: [parent, staff]"
        yield f"  notice: {answers.word('study_until')}"
        yield "  only_on: [study day]"
        yield "  approval: by a person"
        yield ""


#: What the file says although no question asked it: where the section of the key is there, it stands in to_confirm.
_NOT_ASKED: Final = {
    "absence.reasons": "Which reasons can parents give for an absence?",
    "absence.withdraw.spent_credit": "May an absence be taken back when its credit is used already?",
    "extra_care.approval": "Does somebody approve extra care, or is it certain when there is a place?",
    "extra_care.cancel.late": "What follows when extra care is cancelled too late?",
    "swap.approval": "Does somebody approve a swap, or is it certain when there is a place?",
    "swap.size": "May the other day be longer, and what becomes of hours that are not asked back?",
    "swap.same_kind_of_day": "Can a school day be swapped for a day in a school holiday?",
    "swap.cancel": "Until when can a swap be undone?",
    "holiday_care.approval": "Who is certain of a place in the holidays?",
    "holiday_care.payment": "How is holiday care paid?",
    "holiday_care.cancel": "Until when can holiday care be cancelled, and what follows?",
    "study_days.approval": "Is care on a study day for everybody, and from how many children does it go ahead?",
    "study_days.payment": "How is care on a study day paid?",
    "study_days.cancel": "Until when can care on a study day be cancelled?",
}


def _to_confirm(answers: Answers) -> Iterator[str]:
    rows = [(_path(question, answers), question.open) for question in answers.asked() if question.id in answers.unknown]
    there = {"absence", *answers.words("requests")}
    known = {key for key, _ in rows}
    if answers.word("extra_cancel") == "not possible":
        known.add("extra_care.cancel.late")  # it cannot be late for what is never possible
    rows += [(key, text) for key, text in _NOT_ASKED.items() if key.split(".")[0] in there and key not in known]
    yield "# What the organisation has not said yet: the rule above is a cautious guess, or is left to a person. Take a line away"
    yield "# when its answer is in."
    yield "to_confirm:"
    for key, text in rows:
        yield f"  {key}: {as_yaml(text, alone=True)}"
    yield ""
