"""A file against the JSON Schema. The validator finds; every sentence is ours and points at the wrong characters."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import PARSERS, PhraseError
from spelregel.rules.problems import Path, Problem, Span
from spelregel.tenancy.yaml_source import Source

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
        "afkappen": "cut off", "niets": "nothing",
    }
)  # fmt: skip

_TYPE_NAMES: Final = MappingProxyType(
    {"object": msg("a block of keys"), "array": msg("a list"), "string": msg("text"), "boolean": msg("true or false"),
     "integer": msg("a whole number"), "number": msg("a number")}
)  # fmt: skip


def schemas_folder() -> FilePath:
    """Inside the installed package, or at the top of the repository."""
    inside = FilePath(__file__).parents[1] / "schemas"
    return inside if inside.is_dir() else FilePath(__file__).parents[3] / "schemas"


@cache
def schemas() -> MappingProxyType[str, Any]:
    found = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(schemas_folder().glob("*.schema.json"))}
    return MappingProxyType(found)


def _a_date_that_exists(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


@cache
def _validator() -> Draft202012Validator:
    formats = FormatChecker(formats=())
    formats.checks("date")(_a_date_that_exists)
    formats.checks("email")(
        lambda value: not isinstance(value, str) or bool(re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+", value))
    )
    registry: Registry[Any] = Registry().with_resources(
        (document["$id"], Resource.from_contents(document)) for document in schemas().values()
    )
    return Draft202012Validator(schemas()["tenant.schema.json"], registry=registry, format_checker=formats)


def check_schema(source: Source) -> list[Problem]:
    """All faults of shape at once; the order of the file."""
    found: list[Problem] = []
    errors: list[Any] = list(_validator().iter_errors(source.data))
    strangers = _strangers(errors)
    mistyped = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    for error in errors:
        if error.validator == "type" or tuple(error.absolute_path) not in mistyped:  # one mistake, one problem
            found.extend(_translate(source, error, strangers))
    found.extend(_check_image(source))
    return found


def _strangers(errors: Iterable[Any]) -> dict[Path, list[str]]:
    """Per block the unknown keys: a miss beside a stranger that resembles it is one mistake, reported once."""
    found: dict[Path, list[str]] = {}
    for error in errors:
        if error.validator == "additionalProperties" and isinstance(error.instance, dict):
            found.setdefault(tuple(error.absolute_path), []).extend(_unknown_keys(error))
    return found


def _unknown_keys(error: Any) -> list[str]:
    return [key for key in error.instance if key not in error.schema.get("properties", {})]


def _translate(source: Source, error: Any, strangers: dict[Path, list[str]]) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    key = str(error.validator)
    if key == "additionalProperties":
        for name in _unknown_keys(error):
            yield _unknown_key(source, path, name, error)
    elif key == "required":
        for name in error.validator_value:
            if name not in error.instance and not any(
                _resembles(stranger, name) for stranger in strangers.get(path, [])
            ):
                example = json.dumps(_example(error.schema.get("properties", {}).get(name, {})), ensure_ascii=False)
                yield source.problem("S102", _block_place(source, path), msg("“%(key)s” is missing in %(block)s", key=name, block=_block_name(path)),
                                     msg("for example “%(key)s: %(example)s”", key=name, example=example))  # fmt: skip
    elif key == "dependentRequired":
        for present, needed in error.validator_value.items():
            for name in needed:
                if present in error.instance and name not in error.instance:
                    yield source.problem("S102", source.keys.get((*path, present), source.place(path)),
                                         msg("“%(key)s” needs “%(name)s” beside it", key=present, name=name), msg("write both, or neither"))  # fmt: skip
    else:
        yield _wrong_value(source, path, key, error)


def _unknown_key(source: Source, path: Path, name: str, error: Any) -> Problem:
    properties = tuple(error.schema.get("properties", {}))
    span = source.keys.get((*path, name), source.place(path))
    if re.match(r"before |same day|.*[0-9]{2}:[0-9]{2}", name) and "notice" in properties:
        return source.problem("S101", span, msg("the comma before “%(key)s” splits the phrase", key=name),
                              msg("inside { } put quotes around it, or write it on its own line"))  # fmt: skip
    guess = suggest(name, properties)
    if guess:
        help = msg("did you mean “%(guess)s”?", guess=guess)
    elif len(properties) < 10:
        help = msg("keys here: %(keys)s", keys=", ".join(properties))
    else:
        help = msg("“spelregel show” and the reference list the keys that exist")
    return source.problem(
        "S101", span, msg("unknown key “%(key)s” in %(block)s", key=name, block=_block_name(path)), help
    )


def _wrong_value(source: Source, path: Path, key: str, error: Any) -> Problem:
    value, span = error.instance, source.place(path)
    name = _leaf_name(path)
    shown = _shown(value)
    if key in ("enum", "const") or (key == "pattern" and error.schema.get("x-kind") is None and "enum" in error.schema):
        choices = tuple(str(each) for each in (error.validator_value if key == "enum" else [error.validator_value]))
        if isinstance(value, (dict, list)):
            return _wrong_type(source, path, value, "string", span)
        return source.problem(
            "S103",
            span,
            msg("“%(value)s” is not possible for %(key)s", value=shown, key=name),
            _choices_help(shown, choices),
        )
    if key == "type":
        return _wrong_type(source, path, value, str(error.validator_value), span)
    if key == "pattern":
        return _wrong_pattern(source, path, value, error)
    if key == "format":
        if error.validator_value == "date":
            return source.problem(
                "S107",
                span,
                msg("“%(value)s” is not a date that exists", value=shown),
                msg("write year-month-day, such as 2027-02-07"),
            )
        return source.problem(
            "S108",
            span,
            msg("“%(value)s” is not an e-mail address", value=shown),
            msg("such as name@organisation.example"),
        )
    if key == "propertyNames" or (error.parent is not None and error.parent.validator == "propertyNames"):
        return source.problem("S109", source.keys.get((*path, shown), span), msg("“%(key)s” cannot be a key here", key=shown),
                              msg("use small letters, digits and _, starting with a letter"))  # fmt: skip
    if key in ("minItems", "minLength", "minProperties"):
        return source.problem(
            "S104",
            span,
            msg("%(key)s is empty", key=name),
            msg("give it a value, or leave the key out where it may be left out"),
        )
    if key == "uniqueItems":
        double = next(index for index, each in enumerate(value) if each in value[:index])
        return source.problem(
            "S110",
            source.place((*path, double)),
            msg("“%(value)s” stands in %(key)s twice", value=_shown(value[double]), key=name),
            msg("keep one of the two"),
        )
    if key in ("maxLength", "maxItems"):
        return source.problem(
            "S111",
            span,
            msg("%(key)s is longer than %(most)s characters", key=name, most=error.validator_value),
            msg("make it shorter"),
        )
    return source.problem("S100", span, msg("%(key)s is not possible like this", key=name), None)


def _wrong_pattern(source: Source, path: Path, value: Any, error: Any) -> Problem:
    span, kind, name = source.place(path), error.schema.get("x-kind"), _leaf_name(path)
    if kind in PARSERS:
        try:
            PARSERS[kind](value)
        except PhraseError as wrong:
            return source.problem("S105", _inside(source, path, wrong), wrong.message, wrong.help)
    example = str(_example(error.schema))
    helps = {
        "colour": msg("write a colour as #rrggbb, such as %(example)s", example=example),
        "slug": msg("use small letters, digits and -, starting with a letter"),
        "host": msg("one part of an address: small letters, digits and -, such as %(example)s", example=example),
        "phone": msg("write the digits as people dial them, such as %(example)s", example=example),
    }
    help = helps.get(str(kind), msg("such as “%(example)s”", example=example))
    return source.problem(
        "S106", span, msg("“%(value)s” is not possible for %(key)s", value=_shown(value), key=name), help
    )


def _inside(source: Source, path: Path, wrong: PhraseError) -> Span:
    span = source.place(path)
    text = source.line(span.line)[span.column - 1 : span.end - 1]
    quoted = 1 if text[:1] in "\"'" else 0
    start = span.column + quoted + wrong.start
    return Span(span.line, start, max(min(span.column + quoted + wrong.end, span.end), start + 1))


def _wrong_type(source: Source, path: Path, value: Any, wanted: str, span: Span) -> Problem:
    is_now = _TYPE_NAMES[_type_of(value)] if value is not None else msg("nothing")
    help: Message | None = None
    if wanted == "boolean":
        meant = MEANT.get(str(value).lower())
        help = msg("write %(value)s", value=meant) if meant in ("true", "false") else msg("write true or false")
    elif wanted == "array" and isinstance(value, (str, int)):
        help = msg("write [%(value)s]", value=value)
    elif wanted == "string" and isinstance(value, (int, float)) and not isinstance(value, bool):
        help = (
            msg("write “%(value)s days”", value=value)
            if path[-1] in ("notice", "valid", "expected")
            else msg('put quotes around it: "%(value)s"', value=value)
        )
    elif wanted == "string" and isinstance(value, bool):
        help = msg('put quotes around it: "%(value)s"', value=str(value).lower())
    elif wanted == "string" and isinstance(value, dict) and path[-1] in ("notice", "valid", "expected"):
        help = msg("write it as one phrase, such as “2 days, before 09:30” or “48 hours”")
    elif value is None:
        help = msg("give it a value, or remove the key")
    return source.problem(
        "S103",
        span,
        msg(
            "%(key)s must be %(wanted)s, this is %(found)s",
            key=_leaf_name(path),
            wanted=_TYPE_NAMES[wanted],
            found=is_now,
        ),
        help,
    )


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
    if "$ref" in schema and "examples" not in schema:
        return _example(schemas().get(schema["$ref"].split("#")[0], {}))
    examples = schema.get("examples") or ["…"]
    return examples[0]


def _leaf_name(path: Path) -> str:
    names = [str(part) for part in path if not isinstance(part, int)]
    return names[-1] if names else "the file"


def _block_name(path: Path) -> Message | str:
    return ".".join(str(part) for part in path) if path else msg("the file")


def _block_place(source: Source, path: Path) -> Span:
    return source.keys.get(path) or (source.place(path) if path else Span(1, 1, max(len(source.line(1)), 1) + 1))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if not isinstance(value, (dict, list)) else json.dumps(value, ensure_ascii=False)
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
