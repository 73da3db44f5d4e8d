"""The page of conditions of one organisation on one day: sections with sentences, for page and command line alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from spelregel.rules.care_calendar import CareCalendar
from spelregel.rules.conditions import Condition, anchor, conditions
from spelregel.rules.message import Message, msg
from spelregel.rules.rulebook import RuleRef
from spelregel.tenancy.tenant import Tenant, in_language
from spelregel.words import formats, terms
from spelregel.words.conditions_text import CONTACT, UNIT, instance_sentence, sentence
from spelregel.words.sentences import Speaker

#: What can be asked for, in the order of the page.
REQUEST_TITLES = {
    "request:extra_care": msg("Extra care"),
    "request:swap": msg("Swapping days"),
    "request:holiday_care": msg("Holiday care"),
    "request:holiday_contract": msg("Holiday contract"),
    "request:study_day": msg("Care on a study day"),
    "request:flexible_care": msg("The roster of a flexible contract"),
}
SWAP = "request:swap"


@dataclass(frozen=True, slots=True)
class Line:
    """`anchors`: of every rule that it tells, each on one line of the page only. `exception`: under the rule that it changes."""

    text: str
    anchors: tuple[str, ...]
    source: str  # file:line, for staff
    instances: tuple[str, ...] = ()
    exception: bool = False
    unconfirmed: bool = False  # the organisation has not yet said that it is so

    @property
    def anchor(self) -> str:
        return self.anchors[0] if self.anchors else ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    anchor: str
    lines: tuple[Line, ...]


def conditions_page(tenant: Tenant, speaker: Speaker, on: date) -> list[Section]:
    page = conditions(tenant.rulebook, on, contracts=tenant.contract_care_types)
    names = names_of(tenant, speaker)
    writer = _Writer(speaker, names, tuple(tenant.to_confirm))
    sections = [_absence(tenant, writer, on, page)]
    topics = dict.fromkeys(each.topic for each in page if each.topic != "absence")
    for topic in (*REQUEST_TITLES, *(each for each in topics if each not in REQUEST_TITLES)):
        if topic == SWAP and (off := _no_swapping(tenant, writer, on)) is not None:
            sections.append(off)
        elif topic in topics:
            sections.append(writer.section(_title(tenant, speaker, topic), topic.removeprefix("request:"), page, topic))
    unconfirmed = _unconfirmed(tenant, speaker, page)
    return [*unconfirmed, *sections, *_rest(tenant, speaker, on)]


def names_of(tenant: Tenant, speaker: Speaker) -> dict[str, str]:
    """What sentences need of an organisation: its own names, and what its credits are counted in."""
    language = speaker.register.language
    named = {**tenant.product_names, **tenant.contract_names}
    names = {**tenant.location_names, **{key: in_language(texts, language) for key, texts in named.items()}}
    for terms_ in tenant.rulebook.every_terms():
        for kind, credit in terms_.credits.items():
            names.setdefault(UNIT + kind, credit.unit.value)
    for topic in REQUEST_TITLES:
        title = _title(tenant, speaker, topic).lower()
        for contact in tenant.contacts:
            if title in in_language(contact.about, language).lower():
                names.setdefault(CONTACT + topic, in_language(contact.name, language))
    return names


def _title(tenant: Tenant, speaker: Speaker, topic: str) -> str:
    if topic == "absence":
        return speaker.say("Reporting absent")
    if topic in REQUEST_TITLES:
        return speaker.register.text(REQUEST_TITLES[topic])
    label = tenant.credit_name(topic, speaker.register.language).label
    return label[:1].upper() + label[1:]


class _Writer:
    """Writes lines, and gives every address away once."""

    def __init__(self, speaker: Speaker, names: Mapping[str, str], to_confirm: Collection[str]) -> None:
        self.speaker, self._names, self._to_confirm = speaker, names, to_confirm
        self._given: set[str] = set()

    def section(self, title: str, anchor_: str, page: list[Condition], topic: str) -> Section:
        return Section(title, anchor_, tuple(self._line(each) for each in page if each.topic == topic))

    def _line(self, each: Condition) -> Line:
        wanted = [anchor(ref.path) for ref in each.refs]
        anchors = tuple(dict.fromkeys(path for path in wanted if path not in self._given))
        self._given.update(anchors)
        instances = tuple(instance_sentence(instance, each, self.speaker) for instance in each.instances)
        return Line(
            sentence(each, self.speaker, self._names),
            anchors,
            f"{each.ref.file}:{each.ref.line}",
            instances,
            each.only_for is not None,
            any(_is_asked(ref, self._to_confirm) for ref in each.refs),
        )


def _absence(tenant: Tenant, writer: _Writer, on: date, page: list[Condition]) -> Section:
    speaker = writer.speaker
    title = speaker.say("Reporting absent")
    module = tenant.rulebook.terms(on, tenant.rulebook.care_types[0]).modules["absence"]
    if not module.value:
        off = Line(speaker.say("Your child is not reported absent in this portal: tell the group."),
                   (anchor(module.ref.path),), f"{module.ref.file}:{module.ref.line}")  # fmt: skip
        return Section(title, "absence", (off,))
    found = writer.section(title, "absence", page, "absence")
    if any(each.code == "credit_source_absence" for each in page):
        return found
    line = Line(speaker.say("You earn no credit by reporting your child absent."), ("absence-no-credit",), "")
    return Section(found.title, found.anchor, (*found.lines, line))


def _no_swapping(tenant: Tenant, writer: _Writer, on: date) -> Section | None:
    """Where it is switched off that is said: parents look for it. Rules that the file has for later are nobody's yet."""
    module = tenant.rulebook.terms(on, tenant.rulebook.care_types[0]).modules["swap"]
    if module.value:
        return None
    line = Line(writer.speaker.say("Swapping days is not possible here."), (anchor(module.ref.path),), f"{module.ref.file}:{module.ref.line}",
                unconfirmed=_is_asked(module.ref, tenant.to_confirm))  # fmt: skip
    return Section(_title(tenant, writer.speaker, SWAP), "swap", (line,))


#: Sections without conditions of their own, by the keys that they are about.
_REST = {
    "calendar.public_holidays": msg("Days without care"),
    "calendar.closing_days": msg("Days without care"),
    "calendar.school_holidays": msg("School holidays"),
    "consents": msg("What we ask your consent for"),
}


def _is_asked(ref: RuleRef, asked: Collection[str]) -> bool:
    """Whether a rule that has a value still has to be confirmed; one that is left open says so itself."""
    return not ref.open and _within(ref.path, asked)


def _within(path: str, asked: Collection[str]) -> bool:
    return any(path == each or path.startswith(f"{each}.") for each in asked)


def _unconfirmed(tenant: Tenant, speaker: Speaker, page: list[Condition]) -> list[Section]:
    """What the organisation still has to confirm has a value, and reads like any other: so it is said above all."""
    asked = tuple(tenant.to_confirm)
    topics = dict.fromkeys(each.topic for each in page for ref in each.refs if _is_asked(ref, asked))
    named = [text for path, text in _REST.items() if any(f"{each}.".startswith(f"{path}.") for each in asked)]
    rest = {text.template: text for text in named}.values()
    if not topics and not rest:
        return []
    titles = [_title(tenant, speaker, topic) for topic in ("absence", *REQUEST_TITLES) if topic in topics]
    titles += [_title(tenant, speaker, topic) for topic in topics if topic != "absence" and topic not in REQUEST_TITLES]
    titles += [speaker.register.text(text) for text in rest]
    listed = formats.and_list(titles, speaker.register)
    line = Line(speaker.say("Not everything in these sections has been confirmed yet: %(topics)s.", topics=listed),
                ("to-confirm",), "")  # fmt: skip
    return [Section(speaker.say("Good to know"), "good-to-know", (line,))]


#: When a consent is asked.
_CONSENTS = {
    "before first use": msg("%(what)s: you choose before you can go on in the portal (%(choices)s)."),
    "at the start": msg("%(what)s: you choose this when the care starts (%(choices)s)."),
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
                (f"consent-{each.id}",),
                "",
                unconfirmed=any(_within(path, [f"consents.{each.id}"]) for path in tenant.to_confirm),
            )
            for each in tenant.consents
        )
        sections.append(Section(speaker.say("What we ask your consent for"), "consents", consents))
    changes = tuple(
        Line(_change(in_language(note, language), day, speaker), (f"change-{day}",) if first else (), "")
        for day, note, first in _notes(tenant, on)
    )
    if changes:
        sections.append(Section(speaker.say("What changes, and what has changed"), "changes", changes))
    if tenant.contacts:
        contacts = tuple(
            Line(
                f"{in_language(c.about, language)}: {' · '.join(part for part in (in_language(c.name, language), c.phone, c.email) if part)}",
                (f"contact-{c.id}",),
                "",
            )
            for c in tenant.contacts
        )
        sections.append(Section(speaker.say("Questions"), "contact", contacts))
    return sections


def _notes(tenant: Tenant, on: date) -> Iterator[tuple[date, Mapping[str, str], bool]]:
    """The notes with changes, oldest first; what is longer than a year ago is left out. True: the first of its day."""
    seen: set[date] = set()
    for day, note in sorted(tenant.change_notes, key=lambda change: change[0]):
        if day >= on - A_YEAR:
            yield day, note, day not in seen
            seen.add(day)


def _change(note: str, day: date, speaker: Speaker) -> str:
    """A note that begins with “From” itself does not get a second one."""
    start = speaker.say("From %(day)s: %(what)s", day="", what="").split()[0]
    written = formats.full_day(day, speaker.register)
    if note.startswith(f"{start} "):
        return speaker.say("%(day)s: %(name)s", day=written[:1].upper() + written[1:], name=note)
    return speaker.say("From %(day)s: %(what)s", day=written, what=note)


#: What a day or a holiday is called, with the days it is on and the block that it comes from.
Special = tuple[date, date, str, str]


def _days(tenant: Tenant, speaker: Speaker, on: date) -> Iterator[Section]:
    """The special days of the year ahead, and for which location a day is not like that of the others."""
    rulebook = tenant.rulebook
    usual = rulebook.terms(on, rulebook.care_types[0]).calendar
    places = {
        name: rulebook.terms(on, rulebook.care_types[0], location).calendar
        for location, name in tenant.location_names.items()
    }
    for title, key, list_ in (
        (speaker.say("Days without care"), "closed", _closed),
        (speaker.say("Study days"), "study-days", _study),
        (speaker.say("School holidays"), "school-holidays", _holidays),
    ):
        here = list_(tenant, speaker, usual)
        there = {name: list_(tenant, speaker, calendar) for name, calendar in places.items()}
        every = sorted({*here, *(each for days in there.values() for each in days)})
        lines = tuple(
            Line(
                _where(each, here, there, speaker),
                (f"calendar-{each[3]}-{each[0]}",),
                "",
                unconfirmed=_within(f"calendar.{each[3]}", tenant.to_confirm),
            )
            for each in every
            if each[1] >= on and each[0] <= on + A_YEAR
        )
        if lines:
            yield Section(title, key, _addressed_once(lines))


def _addressed_once(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    seen: set[str] = set()
    found = []
    for line in lines:
        found.append(
            line if line.anchor not in seen else Line(line.text, (), line.source, unconfirmed=line.unconfirmed)
        )
        seen.add(line.anchor)
    return tuple(found)


def _where(each: Special, here: set[Special], there: Mapping[str, set[Special]], speaker: Speaker) -> str:
    first, last, name, block = each
    register = speaker.register
    if block == "school_holidays":
        text = speaker.say(
            "%(holiday)s: %(first)s up to and including %(last)s",
            holiday=name, first=formats.full_day(first, register), last=formats.full_day(last, register),
        )  # fmt: skip
    else:
        text = speaker.say("%(day)s: %(name)s", day=formats.full_day(first, register), name=name)
    inside = [place for place, days in there.items() if each in days]
    if each not in here:
        places = formats.and_list(inside, register)
        return speaker.say("Only at %(places)s: %(day)s", places=places, day=text)
    if len(inside) < len(there):
        places = formats.or_list([place for place in there if place not in inside], register)
        return speaker.say("%(day)s (not at %(places)s)", places=places, day=text)
    return text


def _closed(tenant: Tenant, speaker: Speaker, calendar: CareCalendar) -> set[Special]:
    """A Sunday is no day of care anyway."""
    public = {
        (day, day, speaker.word(terms.PUBLIC_HOLIDAYS, name), "public_holidays")
        for day, name in calendar.public_holidays.items()
        if day.weekday() < 6
    }
    return public | _named(tenant, speaker, calendar.closing_days, "closing_days")


def _study(tenant: Tenant, speaker: Speaker, calendar: CareCalendar) -> set[Special]:
    return _named(tenant, speaker, calendar.study_days, "study_days")


def _named(tenant: Tenant, speaker: Speaker, days: Mapping[date, str], block: str) -> set[Special]:
    language = speaker.register.language
    return {
        (day, day, in_language(tenant.day_names[day], language) if day in tenant.day_names else name, block)
        for day, name in days.items()
    }


def _holidays(_tenant: Tenant, speaker: Speaker, calendar: CareCalendar) -> set[Special]:
    return {
        (each.first, each.last, speaker.word(terms.SCHOOL_HOLIDAYS, each.name), "school_holidays")
        for each in calendar.school_holidays
    }
