"""The page of conditions of one organisation on one day: sections with sentences, for page and command line alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from spelregel.rules.conditions import Condition, anchor, conditions
from spelregel.rules.message import Message, msg
from spelregel.tenancy.tenant import Tenant, in_language
from spelregel.words import formats, terms
from spelregel.words.conditions_text import instance_sentence, sentence
from spelregel.words.sentences import Speaker


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    anchor: str
    source: str  # file:line, for staff
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    anchor: str
    lines: tuple[Line, ...]


def conditions_page(tenant: Tenant, speaker: Speaker, on: date) -> list[Section]:
    language = speaker.register.language
    page = conditions(tenant.rulebook, on)
    named = {**tenant.product_names, **tenant.contract_names}
    names = {**tenant.location_names, **{key: in_language(texts, language) for key, texts in named.items()}}
    sections = [_absence(tenant, speaker, on, page, names)]
    topics = dict.fromkeys(each.topic for each in page if each.topic != "absence")
    for topic, title in REQUEST_TITLES.items():
        if topic in topics:
            sections.append(
                _section(speaker.register.text(title), topic.removeprefix("request:"), page, speaker, names, topic)
            )
    for kind in (topic for topic in topics if topic not in REQUEST_TITLES):
        label = tenant.credit_name(kind, language).label
        sections.append(_section(label[:1].upper() + label[1:], kind, page, speaker, names, kind))
    sections.extend(_rest(tenant, speaker, on))
    return sections


def _absence(tenant: Tenant, speaker: Speaker, on: date, page: list[Condition], names: dict[str, str]) -> Section:
    title = speaker.say("Reporting absent")
    module = tenant.rulebook.terms(on, tenant.rulebook.care_types[0]).modules["absence"]
    if not module.value:
        off = Line(speaker.say("Your child is not reported absent in this portal: tell the group."),
                   anchor(module.ref.path), f"{module.ref.file}:{module.ref.line}")  # fmt: skip
        return Section(title, "absence", (off,))
    found = _section(title, "absence", page, speaker, names, "absence")
    if any(each.code == "credit_source_absence" for each in page):
        return found
    line = Line(speaker.say("Reporting absent earns no credit here."), "absence-no-credit", "")
    return Section(found.title, found.anchor, (*found.lines, line))


def _section(
    title: str, anchor_: str, page: list[Condition], speaker: Speaker, names: dict[str, str], topic: str
) -> Section:
    lines = tuple(
        Line(sentence(each, speaker, names), anchor(each.ref.path), f"{each.ref.file}:{each.ref.line}",
             tuple(instance_sentence(instance, speaker) for instance in each.instances))
        for each in page
        if each.topic == topic
    )  # fmt: skip
    return Section(title, anchor_, lines)


#: What can be asked for, in the order of the page.
REQUEST_TITLES = {
    "request:extra_care": msg("Extra care"),
    "request:swap": msg("Swapping days"),
    "request:holiday_care": msg("Holiday care"),
    "request:holiday_contract": msg("A contract for a holiday"),
    "request:study_day": msg("Care on a study day"),
    "request:flexible_care": msg("The roster of a flexible contract"),
}
#: When a consent is asked.
_CONSENTS = {
    "before first use": msg("%(what)s: you choose before you can go on in the portal (%(choices)s)."),
    "at the start": msg("%(what)s: you choose when the care starts (%(choices)s)."),
    "any time": msg("%(what)s: you can choose at any time (%(choices)s)."),
}
#: How far ahead the page lists days.
A_YEAR = timedelta(days=366)


def _rest(tenant: Tenant, speaker: Speaker, on: date) -> list[Section]:
    language = speaker.register.language
    sections = list(_days(tenant, speaker, on))
    if tenant.consents:
        consents = tuple(
            Line(
                speaker.register.text(
                    Message(
                        _CONSENTS[each.ask].template,
                        {
                            "what": in_language(each.name, language),
                            "choices": " / ".join(in_language(text, language) for text in each.choices.values()),
                        },
                    )
                ),
                f"consent-{each.id}",
                "",
            )
            for each in tenant.consents
        )
        sections.append(Section(speaker.say("What we ask your consent for"), "consents", consents))
    if tenant.change_notes:
        changes = tuple(
            Line(
                speaker.say(
                    "From %(day)s: %(what)s",
                    day=formats.full_day(day, speaker.register),
                    what=in_language(note, language),
                ),
                f"change-{day}",
                "",
            )
            for day, note in sorted(tenant.change_notes, key=lambda change: change[0], reverse=True)
        )
        sections.append(Section(speaker.say("What changes, and what has changed"), "changes", changes))
    if tenant.contacts:
        contacts = tuple(
            Line(
                f"{in_language(c.about, language)}: {' · '.join(part for part in (in_language(c.name, language), c.phone, c.email) if part)}",
                f"contact-{c.id}",
                "",
            )
            for c in tenant.contacts
        )
        sections.append(Section(speaker.say("Questions"), "contact", contacts))
    return sections


def _days(tenant: Tenant, speaker: Speaker, on: date) -> Iterator[Section]:
    """The special days of the year ahead."""
    register, language = speaker.register, speaker.register.language
    calendar = tenant.rulebook.terms(on, tenant.rulebook.care_types[0]).calendar

    def named(day: date, name: str) -> str:
        return in_language(tenant.day_names[day], language) if day in tenant.day_names else name

    closed = [
        *((day, "public_holidays", speaker.word(terms.PUBLIC_HOLIDAYS, name)) for day, name in calendar.public_holidays.items()),
        *((day, "closing_days", named(day, name)) for day, name in calendar.closing_days.items()),
    ]  # fmt: skip
    study = [(day, "study_days", named(day, name)) for day, name in calendar.study_days.items()]
    for title, key, days in (
        (speaker.say("Days without care"), "closed", closed),
        (speaker.say("Study days"), "study-days", study),
    ):
        lines = [
            Line(f"{formats.full_day(day, register)}: {name}", f"calendar-{block}-{day}", "")
            for day, block, name in sorted(days)
            if on <= day <= on + A_YEAR
        ]
        if lines:
            yield Section(title, key, tuple(lines))
    holidays = [each for each in calendar.school_holidays if each.last >= on and each.first <= on + A_YEAR]
    if holidays:
        lines = [
            Line(
                speaker.say(
                    "%(holiday)s: %(first)s up to and including %(last)s",
                    holiday=speaker.word(terms.SCHOOL_HOLIDAYS, each.name),
                    first=formats.full_day(each.first, register),
                    last=formats.full_day(each.last, register),
                ),
                f"calendar-school_holidays-{each.first}",
                "",
            )
            for each in sorted(holidays, key=lambda holiday: holiday.first)
        ]
        yield Section(speaker.say("School holidays"), "school-holidays", tuple(lines))
