"""The page of conditions of one organisation on one day: sections with sentences, for page and command line alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from spelregel.rules.conditions import Condition, anchor, conditions
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
    names = {key: in_language(texts, language) for key, texts in named.items()}
    sections = [_section(speaker.say("Reporting absent"), "absence", page, speaker, names)]
    for kind in dict.fromkeys(each.topic for each in page if each.topic != "absence"):
        label = tenant.credit_name(kind, language).label
        sections.append(_section(label[:1].upper() + label[1:], kind, page, speaker, names))
    if not any(each.code == "credit_source_absence" for each in page):
        line = Line(speaker.say("Reporting absent earns no credit here."), "absence-no-credit", "")
        sections[0] = Section(sections[0].title, sections[0].anchor, (*sections[0].lines, line))
    sections.extend(_rest(tenant, speaker, on))
    return sections


def _section(title: str, topic: str, page: list[Condition], speaker: Speaker, names: dict[str, str]) -> Section:
    lines = tuple(
        Line(sentence(each, speaker, names), anchor(each.ref.path), f"{each.ref.file}:{each.ref.line}",
             tuple(instance_sentence(instance, speaker) for instance in each.instances))
        for each in page
        if each.topic == topic
    )  # fmt: skip
    return Section(title, topic, lines)


def _rest(tenant: Tenant, speaker: Speaker, on: date) -> list[Section]:
    language = speaker.register.language
    calendar = tenant.rulebook.terms(on, tenant.rulebook.care_types[0]).calendar
    days = [
        f"{formats.full_day(day, speaker.register)}: {speaker.word(terms.PUBLIC_HOLIDAYS, name)}"
        for day, name in sorted(calendar.public_holidays.items())
        if on <= day
    ]
    days += [
        f"{formats.full_day(day, speaker.register)}: {name}"
        for day, name in sorted(calendar.closing_days.items())
        if on <= day
    ]
    sections = [
        Section(
            speaker.say("Days without care"),
            "closed",
            tuple(Line(text, f"closed-{index}", "") for index, text in enumerate(days[:9])),
        )
    ]
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
