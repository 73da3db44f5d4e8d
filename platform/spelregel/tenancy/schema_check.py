"""A file against the JSON Schema. The validator finds; every sentence is ours and points at the wrong characters."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import PARSERS, PhraseError, counted
from spelregel.rules.problems import Path, Problem, Span
from spelregel.tenancy.open_rules import open_paths
from spelregel.tenancy.schema_files import resolved, schemas
from spelregel.tenancy.yaml_source import LOOKALIKES, Source

#: Dutch words that an implementer thinks in, with the key or value that they mean.
MEANT: Final = MappingProxyType(
    {
        "afwezigheid": "absence", "afmelden": "absence", "absentie": "absence", "tegoeden": "credits", "tegoed": "credits",
        "talen": "languages", "taal": "languages", "naam": "name", "organisatie": "name", "opvangsoorten": "care_types",
        "opvangsoort": "care_types", "kalender": "calendar", "feestdagen": "public_holidays", "sluitingsdagen": "closing_days",
        "studiedagen": "study_days", "schoolvakanties": "school_holidays", "locaties": "locations", "wijzigingen": "changes",
        "uitzonderingen": "exceptions", "voorbeelden": "examples", "kleuren": "colours", "colors": "colours", "kleur": "colours",
        "uiterlijk": "look", "inloggen": "login", "gebruikersnaam": "username", "redenen": "reasons", "reden": "reasons",
        "geldig": "valid", "geldigheid": "valid", "maximum_balance": "maximum", "termijn": "notice", "deadline": "notice",
        "bronnen": "source", "bron": "source", "vanaf": "from", "voor": "for", "contactgegevens": "contact", "modulen": "modules",
        "features": "modules", "aanspreekvorm": "form_of_address", "subdomein": "subdomain", "telefoon": "phone", "tel": "phone",
        "mail": "email", "e-mail": "email", "terugtrekken": "withdraw", "waarde": "worth", "bevestigen": "confirm",
        "ouder": "parent", "ouders": "parent", "parents": "parent", "medewerker": "staff", "medewerkers": "staff", "groep": "staff",
        "ziek": "illness", "ziekte": "illness", "sick": "illness", "sickness": "illness", "vakantie": "holiday", "overig": "other", "anders": "other",
        "feestdag": "public holiday", "sluitingsdag": "closing day", "studiedag": "study day", "schoolvakantie": "school holiday",
        "schooldag": "school day", "contractdag": "contract day", "contractdagen": "contract day", "contract days": "contract day",
        "zelfde opvangsoort": "same care type", "dagopvang": "kdv", "daycare": "kdv", "dutch": "nl", "nederlands": "nl", "english": "en", "engels": "en",
        "uw": "u", "jij": "je", "jou": "je", "ja": "true", "nee": "false", "yes": "true", "no": "false", "on": "true", "off": "false",
        "rond": "round", "vierkant": "square", "emailadres": "email", "e-mailadres": "email", "debiteurnummer": "debtor_number",
        "koningsdag": "kings_day", "hemelvaart": "ascension_day", "nieuwjaarsdag": "new_years_day", "tweede paasdag": "easter_monday",
        "bevrijdingsdag": "liberation_day", "goede vrijdag": "good_friday", "middle": "midden", "north": "noord", "south": "zuid",
        "afkappen": "cut off", "niets": "nothing", "afmelding": "absence", "enkelvoud": "one", "meervoud": "other",
        "wanneer": "when", "dan": "then", "verwacht": "then", "soort opvang": "care_type", "opvang": "care_type",
    }
)  # fmt: skip

_TYPE_NAMES: Final = MappingProxyType(
    {"object": msg("a block of keys"), "array": msg("a list"), "string": msg("text"), "boolean": msg("true or false"),
     "integer": msg("a whole number"), "number": msg("a number")}
)  # fmt: skip


def _a_date_that_exists(value: object) -> bool:
    return not isinstance(value, str) or (_date_of(value) is not None and value[:2] == "20")


def _date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


_MONTHS: Final = ("jan", "feb", "ma", "apr", "me", "jun", "jul", "aug", "sep", "o", "nov", "dec")


def _date_meant(text: str) -> str | None:
    """The date behind 7-2-2027, 2027-2-7, 20270207, “7 februari 2027” and a date with a time behind it."""
    parts = re.match(r"([0-9]{4})[-/.]?([0-9]{1,2})[-/.]?([0-9]{1,2})(?![0-9])", text)
    if parts:
        year, month, day = parts.groups()
    elif parts := re.fullmatch(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})", text):
        day, month, year = parts.groups()
    elif parts := re.fullmatch(r"([0-9]{1,2}) ([a-z]{3,10})\.? ([0-9]{4})", text.lower()):
        day, name, year = parts.groups()
        month = str(next((n for n, start in enumerate(_MONTHS, 1) if name.startswith(start)), 0))
    else:
        return None
    found = f"{year}-{month:0>2}-{day:0>2}"
    return found if _date_of(found) and _a_date_that_exists(found) else None


@cache
def _validator() -> Any:
    formats = FormatChecker(formats=())
    formats.checks("date")(_a_date_that_exists)
    formats.checks("email")(
        lambda value: not isinstance(value, str) or bool(re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+", value))
    )
    # Without its “$schema” a part is checked by the validator that came to it, and not by a fresh one.
    parts = [{key: each for key, each in document.items() if key != "$schema"} for document in schemas().values()]
    registry: Registry[Any] = Registry().with_resources(
        (part["$id"], DRAFT202012.create_resource(part)) for part in parts
    )
    strict: Any = extend(Draft202012Validator, {"pattern": _whole_pattern})  # type: ignore[no-untyped-call]  # it has no types
    whole = next(part for part in parts if part["$id"].endswith("/tenant.schema.json"))
    return strict(whole, registry=registry, format_checker=formats)


#: Phrases that hold dates: a pattern does not know which of those exist, nor which comes first.
_MORE_THAN_A_PATTERN: Final = ("validity", "days")


def _whole_pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ARG001  # the signature of a keyword
    """“$” alone would let a line end through, and no parser of a phrase takes one."""
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError("the pattern does not match")
    elif isinstance(instance, str) and schema.get("x-kind") in _MORE_THAN_A_PATTERN:
        try:
            PARSERS[schema["x-kind"]](instance)
        except PhraseError:
            yield ValidationError("the phrase cannot be read")


def check_schema(source: Source) -> list[Problem]:
    """All faults of shape at once; the order of the file."""
    found: list[Problem] = []
    errors: list[Any] = list(_validator().iter_errors(source.data))
    strangers = _strangers(errors)
    left_open = open_paths(source.data) if isinstance(source.data, dict) else []
    missing = _missing(errors, strangers, left_open)
    mistyped = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    incomplete = {path for path, names in missing.items() if names}
    seen: set[Path] = set()
    for error in errors:
        path: Path = tuple(error.absolute_path)
        if error.validator == "dependentRequired":  # the validator says it once for every key
            if path in seen:
                continue
            seen.add(path)
        if error.validator != "type" and path in mistyped and not _about_keys(error):
            continue  # one mistake, one problem
        if error.validator == "minProperties" and (path in incomplete or strangers.get(path)):
            continue
        if error.validator == "uniqueItems" and any(isinstance(each, (dict, list)) for each in error.instance):
            continue  # each of those items is of the wrong kind already
        if _beside_a_stranger(source, path, error, strangers):
            continue
        if error.validator == "required":
            missing_here = missing.pop(path, [])  # the validator says it once for every key
            found.extend(_missing_key(source, path, name, error) for name in missing_here)
        else:
            found.extend(_translate(source, path, error, left_open))
    found.extend(_check_image(source))
    return found


def _strangers(errors: Iterable[Any]) -> dict[Path, list[str]]:
    """Per block the unknown keys."""
    found: dict[Path, list[str]] = {}
    for error in errors:
        if error.validator == "additionalProperties" and isinstance(error.instance, dict):
            found.setdefault(tuple(error.absolute_path), []).extend(_unknown_keys(error))
    return found


def _missing(
    errors: Iterable[Any], strangers: dict[Path, list[str]], left_open: list[tuple[str, ...]]
) -> dict[Path, list[str]]:
    """Per block the missing keys. A miss beside a stranger that resembles it is one mistake, reported once.

    A rule that is left open in `to_confirm` is not missing.
    """
    found: dict[Path, list[str]] = {}
    for error in errors:
        if error.validator != "required":
            continue
        path: Path = tuple(error.absolute_path)
        unknown = strangers.get(path, [])
        absent = [name for name in error.validator_value if name not in error.instance]
        absent = [name for name in absent if not any(open_[: len(path) + 1] == (*path, name) for open_ in left_open)]
        absent = [name for name in absent if not any(_resembles(stranger, name) for stranger in unknown)]
        guessed = [stranger for stranger in unknown if suggest(stranger, error.schema.get("properties", {}))]
        alone = len(absent) == 1 and len(unknown) == 1 and not guessed
        found[path] = [] if alone else absent
    return found


def _about_keys(error: Any) -> bool:
    return "propertyNames" in error.relative_schema_path


def _beside_a_stranger(source: Source, path: Path, error: Any, strangers: dict[Path, list[str]]) -> bool:
    """A fault that an unknown key explains: half a phrase before a comma, or a block that is empty for want of indentation."""
    around = strangers.get(path[:-1], []) if path else []
    if error.validator == "pattern" and error.schema.get("x-kind") == "notice":
        behind = [key for key in around if _is_rest_of_a_phrase(key)]
        return any(source.keys[(*path[:-1], key)].line == source.place(path).line for key in behind)
    if error.validator == "type" and error.instance is None:
        return any(_empty_block_above(source, (*path[:-1], key)) == path for key in around)
    return False


def _is_rest_of_a_phrase(key: str) -> bool:
    return bool(re.match(r"before |same day|.*[0-9]{2}:[0-9]{2}", key))


def _empty_block_above(source: Source, path: Path) -> Path | None:
    """The block right above an unknown key that has nothing in it and knows this key: it was not indented."""
    around = list(source.at(path[:-1]))
    for key in reversed(around[: around.index(path[-1])]):
        above: Path = (*path[:-1], key)
        if source.at(above) is None:
            known = schema_of(above).get("properties", {})
            return above if path[-1] in known else None
        if key in schema_of(path[:-1]).get("properties", {}):
            return None
    return None


def _unknown_keys(error: Any) -> list[str]:
    return [key for key in error.instance if key not in error.schema.get("properties", {})]


def _translate(source: Source, path: Path, error: Any, left_open: list[tuple[str, ...]]) -> Iterator[Problem]:
    key = str(error.validator)
    if _about_keys(error):
        name = str(error.instance)
        yield source.problem("S109", source.keys.get((*path, name), source.place(path)), msg("“%(key)s” cannot be a key here", key=as_written(name)),
                             msg("use small letters, digits and _, starting with a letter"))  # fmt: skip
    elif key == "additionalProperties":
        for name in _unknown_keys(error):
            yield _unknown_key(source, path, name, error)
    elif key == "dependentRequired":
        for present, needed in error.validator_value.items():
            for name in needed:
                if present in error.instance and name not in error.instance and (*path, name) not in left_open:
                    yield source.problem("S102", source.keys.get((*path, present), source.place(path)),
                                         msg("“%(key)s” needs “%(name)s” beside it", key=present, name=name), msg("write both, or neither"))  # fmt: skip
    else:
        yield _wrong_value(source, path, key, error)


def _missing_key(source: Source, path: Path, name: str, error: Any) -> Problem:
    example = as_yaml(_example(error.schema.get("properties", {}).get(name, {})))
    return source.problem("S102", _block_place(source, path), msg("“%(key)s” is missing in %(block)s", key=name, block=_block_name(path)),
                          msg("for example “%(key)s: %(example)s”", key=name, example=example))  # fmt: skip


def _unknown_key(source: Source, path: Path, name: str, error: Any) -> Problem:
    properties = tuple(error.schema.get("properties", {}))
    span = source.keys.get((*path, name), source.place(path))
    if _is_rest_of_a_phrase(name) and "notice" in properties:
        return source.problem("S101", span, msg("the comma before “%(key)s” splits the phrase", key=name),
                              msg("inside { } put quotes around it, or write it on its own line"))  # fmt: skip
    if set(properties) == {"nl", "en"} and source.at((*path, name)) is None and name not in ("nl", "en"):
        return source.problem("S101", span, msg("the comma before “%(key)s” splits the text", key=as_written(name)),
                              msg("inside { } put quotes around it, or write it on its own line"))  # fmt: skip
    odd = re.search(f"[{LOOKALIKES}]", name)
    if odd:
        return source.problem("S101", Span(span.line, span.column + odd.start(), span.column + odd.end()),
                              msg("an invisible character stands in the key “%(key)s”", key=re.sub(f"[{LOOKALIKES}]", "·", name)),
                              msg("type the key again, with letters and _ only"))  # fmt: skip
    return source.problem("S101", span, msg("unknown key “%(key)s” in %(block)s", key=as_written(name), block=_block_name(path)),
                          _key_meant(source, path, name, error))  # fmt: skip


def _key_meant(source: Source, path: Path, name: str, error: Any) -> Message:
    properties = tuple(error.schema.get("properties", {}))
    unindented = _empty_block_above(source, (*path, name))
    if unindented:
        return msg("it belongs in %(block)s: indent it by two spaces", block=_block_name(unindented))
    if guess := suggest(name, properties):
        return msg("did you mean “%(guess)s”?", guess=guess)
    absent = [key for key in error.schema.get("required", ()) if key not in error.instance]
    if len(absent) == 1 and len(_unknown_keys(error)) == 1:
        return msg("did you mean “%(guess)s”?", guess=absent[0])
    elsewhere = _blocks_with(name)
    if elsewhere:
        return msg("it belongs in %(block)s", block=elsewhere[0])
    if len(properties) < 10:
        return msg("keys here: %(keys)s", keys=", ".join(properties))
    return msg("“spelregel show” and the reference list the keys that exist")


@cache
def _blocks_with(name: str) -> tuple[str, ...]:
    """The blocks of the format that have this key, the shortest path first; <key> stands for a key of one's own."""
    found: list[str] = []

    def walk(schema: dict[str, Any], path: tuple[str, ...]) -> None:
        schema = resolved(schema)
        for key, each in schema.get("properties", {}).items():
            if key == name and path:
                found.append(".".join(path))
            walk(each, (*path, key))
        if isinstance(schema.get("additionalProperties"), dict):
            walk(schema["additionalProperties"], (*path, "<key>"))

    walk(schemas()["tenant.schema.json"], ())
    return tuple(sorted(found, key=lambda block: block.count(".")))


def schema_of(path: Path) -> dict[str, Any]:
    """The schema of the value at this path; nothing where the format has no such path."""
    found = resolved(schemas()["tenant.schema.json"])
    for part in path:
        inside = found.get("items", {}) if isinstance(part, int) else found.get("properties", {}).get(part)
        found = resolved(found.get("additionalProperties") if inside is None else inside)
    return found


def _wrong_value(source: Source, path: Path, key: str, error: Any) -> Problem:
    value, span = error.instance, source.place(path)
    name = _leaf_name(path)
    shown = as_written(value)
    if key == "const" and isinstance(value, int) and value > int(error.validator_value):
        return source.problem("S103", span, msg("%(key)s %(value)s is newer than this program, which reads %(choice)s", key=name, value=value, choice=error.validator_value),
                              msg("take a newer version of the platform"))  # fmt: skip
    if key in ("enum", "const"):
        choices = tuple(str(each) for each in (error.validator_value if key == "enum" else [error.validator_value]))
        if name == "public_holidays" and _date_meant(shown):
            return source.problem("S103", span, msg("“%(value)s” is not possible for %(key)s", value=shown, key=name),
                                  msg("a day of the organisation's own belongs in calendar.closing_days"))  # fmt: skip
        return source.problem(
            "S103",
            span,
            msg("“%(value)s” is not possible for %(key)s", value=shown, key=name),
            _choices_help(shown, choices),
        )
    if key == "type":
        return _wrong_type(source, path, value, str(error.validator_value), span, error.schema)
    if key == "pattern":
        return _wrong_pattern(source, path, value, error)
    if key == "format":
        if error.validator_value == "date":
            message = msg("“%(value)s” is not a date that exists", value=shown)
            if _date_of(value):
                message = msg("the year of “%(value)s” is not between 2000 and 2099", value=shown)
            elif _date_meant(value):
                message = msg("“%(value)s” is not written as a date", value=shown)
            return source.problem("S107", span, message, _date_help(value))
        return source.problem(
            "S108",
            span,
            msg("“%(value)s” is not an e-mail address", value=shown),
            msg("such as name@organisation.example"),
        )
    if key == "minProperties" and path[:1] in (("changes",), ("exceptions",)) and len(path) == 2:
        message = msg("this change changes nothing") if path[0] == "changes" else msg("this exception changes nothing")
        return source.problem("S104", span, message, msg("remove it, or write what differs"))
    if key in ("minItems", "minLength", "minProperties"):
        closed = error.schema.get("additionalProperties") is False  # what an example may name depends on its action
        known = ", ".join(error.schema.get("properties", {})) if closed else ""
        help = msg("keys here: %(keys)s", keys=known) if known else _GIVE_A_VALUE
        return source.problem("S104", span, msg("%(key)s is empty", key=name), help)
    if key == "uniqueItems":
        double = next(index for index, each in enumerate(value) if each in value[:index])
        return source.problem(
            "S110",
            source.place((*path, double)),
            msg("“%(value)s” stands in %(key)s twice", value=as_written(value[double]), key=name),
            msg("keep one of the two"),
        )
    if key in ("minimum", "maximum"):
        low, high = error.schema["minimum"], error.schema["maximum"]
        return source.problem("S112", span, msg("%(key)s is %(value)s", key=name, value=shown),
                              msg("write a number from %(low)s to %(high)s", low=low, high=high))  # fmt: skip
    if key == "maxProperties":
        closed = error.schema.get("additionalProperties") is False  # what an example may name depends on its action
        known = ", ".join(error.schema.get("properties", {})) if closed else ""
        return source.problem("S112", span, msg("%(key)s names too much at once", key=name),
                              msg("write at most %(most)s of %(keys)s", most=error.validator_value, keys=known))  # fmt: skip
    return source.problem(  # maxLength, the last keyword that the schemas use
        "S111",
        span,
        msg("%(key)s is longer than %(most)s characters", key=name, most=error.validator_value),
        msg("make it shorter"),
    )


def _wrong_pattern(source: Source, path: Path, value: Any, error: Any) -> Problem:
    span, kind, name = source.place(path), error.schema.get("x-kind"), _leaf_name(path)
    if kind in PARSERS:
        try:
            PARSERS[kind](value)
        except PhraseError as wrong:
            return source.problem("S105", _inside(source, path, value, wrong), wrong.message, wrong.help)
    example = str(_example(error.schema))
    helps = {
        "colour": msg("write a colour as #rrggbb, such as %(example)s", example=example),
        "slug": msg("use small letters, digits and -, starting with a letter"),
        "host": msg("one part of an address: small letters, digits and -, such as %(example)s", example=example),
        "phone": msg("write the digits as people dial them, such as %(example)s", example=example),
        "web address": msg("write the whole address with https:// before it, such as %(example)s", example=example),
        "initials": msg("one to three capitals or digits, such as %(example)s", example=example),
    }
    help = helps.get(str(kind), msg("such as “%(example)s”", example=example))
    return source.problem(
        "S106", span, msg("“%(value)s” is not possible for %(key)s", value=as_written(value), key=name), help
    )


def _inside(source: Source, path: Path, phrase: str, wrong: PhraseError) -> Span:
    """The wrong characters of a phrase; all of it where it does not stand on one line as it is read."""
    span = source.place(path)
    text = source.line(span.line)[span.column - 1 : span.end - 1]
    quoted = 1 if text[:1] in ('"', "'") else 0
    if text[quoted : len(text) - quoted] != phrase:
        return span
    start = span.column + quoted + wrong.start
    return Span(span.line, start, max(min(span.column + quoted + wrong.end, span.end - quoted), start + 1))


_GIVE_A_VALUE: Final = msg("give it a value, or leave the key out where it may be left out")


def _wrong_type(source: Source, path: Path, value: Any, wanted: str, span: Span, schema: dict[str, Any]) -> Problem:
    name = _leaf_name(path)
    message = wrong_kind(name, wanted, value)
    if isinstance(path[-1], int):
        message = msg(
            "an item of %(key)s must be %(wanted)s, this is %(found)s",
            key=name,
            wanted=_TYPE_NAMES[wanted],
            found=_kind_words(value),
        )
    return source.problem("S103", span, message, _type_help(source, path, value, wanted, schema))


def wrong_kind(key: str, wanted: str, value: Any) -> Message:
    """`wanted`: a type of JSON Schema."""
    return msg(
        "%(key)s must be %(wanted)s, this is %(found)s", key=key, wanted=_TYPE_NAMES[wanted], found=_kind_words(value)
    )


def _kind_words(value: Any) -> Message:
    return _TYPE_NAMES[_type_of(value)] if value is not None else msg("nothing")


def _type_help(source: Source, path: Path, value: Any, wanted: str, schema: dict[str, Any]) -> Message | None:
    kind, example = schema.get("x-kind"), as_yaml(_example(schema))
    if value is None:
        comment = re.search(r":\s+(#\S+)", source.line(source.place(path).line))
        if comment and wanted == "string":
            return msg('“#” starts a comment: put quotes around it: "%(value)s"', value=comment[1])
        return msg("write true or false") if wanted == "boolean" else _GIVE_A_VALUE
    if wanted == "boolean":
        lowered = str(value).lower()
        meant = lowered if lowered in ("true", "false") else MEANT.get(lowered)
        return msg("write %(value)s", value=meant) if meant in ("true", "false") else msg("write true or false")
    if wanted == "array":
        if isinstance(value, dict):
            return msg("start every item with “- ”")
        return msg("write [%(value)s]", value=as_written(value))
    if wanted == "object":
        if set(schema.get("properties", {})) == {"nl", "en"} and isinstance(value, str):
            return msg(
                "write {nl: %(value)s}",
                value=as_written(value) if not re.search(r"[,:#{}\[\]]", value) else f'"{as_written(value)}"',
            )
        return (
            msg("such as “%(example)s”", example=example)
            if example != "…"
            else msg("write “key: value”, with a space after the colon")
        )
    if wanted == "integer":
        return msg("write %(value)s", value=example)
    if schema.get("format") == "date":
        return _date_help(as_written(value))
    if kind in PARSERS:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and kind in ("notice", "validity") and 0 < value < 1000:
            return msg("write “%(value)s”", value=counted(value, "day"))
        return msg("write it as one phrase, such as “%(example)s”", example=example)
    if path[-2:] == ("for", "location") or path[-2:] == ("for", "care_type"):
        return msg("write one exception for each")
    if isinstance(value, (dict, list)):
        return msg("such as “%(example)s”", example=example) if example != "…" else msg("write one text")
    return msg('put quotes around it: "%(value)s"', value=as_written(value))


def _date_help(text: str) -> Message:
    meant = _date_meant(text)
    return msg("write %(value)s", value=meant) if meant else msg("write year-month-day, such as 2027-02-07")


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {dict: "object", list: "array", str: "string", int: "integer", float: "number"}[type(value)]


def suggest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant: a Dutch word for it, or one that looks like it."""
    options = tuple(choices)
    lowered = word.lower().replace("-", "_") if word.lower() not in MEANT else word.lower()
    if lowered in options:
        return lowered
    if MEANT.get(lowered) in options:
        return MEANT[lowered]
    spaced = lowered.replace("_", " ")
    if spaced in options:
        return spaced
    close = get_close_matches(lowered, options, n=1, cutoff=0.6)
    return close[0] if close else None


def _choices_help(shown: str, choices: tuple[str, ...]) -> Message:
    guess = suggest(shown, choices)
    if guess:
        return msg("did you mean “%(guess)s”?", guess=guess)
    if len(choices) == 1:
        return msg("write %(choice)s", choice=choices[0])
    return msg("one of %(choices)s", choices=", ".join(f"“{choice}”" for choice in choices[:18]))


def _resembles(stranger: str, wanted: str) -> bool:
    return suggest(stranger, (wanted,)) == wanted


def _example(schema: dict[str, Any]) -> Any:
    examples = schema.get("examples") or resolved(schema).get("examples") or ["…"]
    return examples[0]


def as_yaml(value: Any, *, inside: bool = False) -> str:
    """A value as it is written in a file, on one line; a long one is not written out."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, dict):
        parts = [f"{key}: {as_yaml(each, inside=True)}" for key, each in value.items()]
        while len(parts) > 1 and sum(map(len, parts)) > 80:
            parts = [*parts[: -2 if parts[-1] == "…" else -1], "…"]
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_yaml(each, inside=True) for each in value) + "]"
    text = str(value)
    plain = not isinstance(value, str) or not re.search(
        r"^[#@`&*!%'\"{\[]|: | #" + (r"|[,{}\[\]]" if inside else ""), text
    )
    return text if plain else f'"{text}"'


def _leaf_name(path: Path) -> str:
    names = [str(part) for part in path if not isinstance(part, int)]
    return names[-1] if names else "the file"


def _block_name(path: Path) -> Message | str:
    return ".".join(str(part) for part in path) if path else msg("the file")


def _block_place(source: Source, path: Path) -> Span:
    """The key of the block; of the whole file its first key, for a comment above it is not what is wrong."""
    if path:
        return source.keys.get(path) or source.place(path)
    return min(source.keys.values(), key=lambda span: (span.line, span.column), default=Span(1, 1, 2))


def as_written(value: Any) -> str:
    """A single value in the file's own words, on one line, cut where it is long."""
    text = re.sub(r"\s*\n\s*", " ", value).strip() if isinstance(value, str) else as_yaml(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _check_image(source: Source) -> Iterator[Problem]:
    look = source.data.get("look")
    if not isinstance(look, dict) or not isinstance(look.get("logo"), str):
        return
    span = source.place(("look", "logo"))
    match = re.fullmatch(r"data:image/(png|jpeg|webp|svg\+xml);base64,([A-Za-z0-9+/]+={0,2})", look["logo"])
    help = msg("put the image into the file: data:image/png;base64,…")
    if not match:
        yield source.problem("S112", span, msg("logo is not an image inside the file"), help)
        return
    try:
        raw = base64.b64decode(match[2], validate=True)
    except binascii.Error:
        yield source.problem("S112", span, msg("logo is not an image inside the file"), help)
        return
    heads = {"png": b"\x89PNG", "jpeg": b"\xff\xd8", "webp": b"RIFF", "svg+xml": b"<"}
    if not raw.lstrip().startswith(heads[match[1]]):
        yield source.problem("S112", span, msg("logo says image/%(kind)s, and is not one", kind=match[1]), help)
