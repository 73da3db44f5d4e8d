"""Writes docs/reference.md: every key of a tenant's file, from the schemas, with boundaries that the engine computes.

A key that is added to a schema, and a table of forms NAME_FORMS that is added to the grammar, appear by themselves.
`--check` exits 1 when the committed file is not what this program would write.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from reference_boundaries import ENGLISH, boundary
from reference_keys import NAME, Key, every_key
from reference_knobs import KNOBS, Turned, keys_of, limits, organisations, turned_by

from spelregel.rules import phrases
from spelregel.rules.conditions import anchor
from spelregel.rules.phrases import PARSERS
from spelregel.tenancy.facts_text import ACTIONS
from spelregel.tenancy.schema_check import as_yaml
from spelregel.tenancy.sections import RULES
from spelregel.words.phrase_words import amount_words, cap_words, days_words, notice_words
from spelregel.words.sentences import Speaker

TARGET: Final = Path(__file__).parents[1] / "docs" / "reference.md"
FREE_KEY: Final = "^[a-z][a-z0-9_]{0,39}$"  # how the schemas say that an organisation chooses a key
SHOWN: Final = 5  # organisations that a row of the last table names
ORGANISATION: Final = "organisation"

#: Kinds of text that are no phrase, as people say them; one that is missing here is shown as its pattern.
PLAIN_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "slug": "2 to 40 small letters, digits and hyphens, a letter first",
        "host": "small letters, digits and hyphens, at most 63",
        "phone": "a telephone number, between quotes",
        "web address": "a web address that begins with https://",
        "initials": "1 to 3 capitals or digits",
        "image": "an image as a data: address, at most 48 kB",
        "colour": "a colour as `#rrggbb`, between quotes",
        "word": "a name that this file gives",
    }
)
WORDS: Final[Mapping[str, Callable[..., str]]] = MappingProxyType(
    {"notice": notice_words, "cap": cap_words, "days": days_words, "amount": amount_words}
)


def _no_credit(kind: str) -> Any:
    raise LookupError(kind)  # no phrase names a credit


SPEAKER: Final = Speaker(ENGLISH, _no_credit)


def slug(heading: str) -> str:
    """The address of a heading, as GitHub and most readers of Markdown make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def link(text: str, heading: str) -> str:
    return f"[{text}](#{slug(heading)})"


def reference() -> str:
    keys = every_key()
    sections: dict[str, list[Key]] = {}
    for key in keys:
        alone = key.section == key.path and not any(other.section == key.path for other in keys if other is not key)
        sections.setdefault(ORGANISATION if alone else key.section, []).append(key)
    parts = [*_opening(sections), *_phrases(keys)]
    for name, within in sections.items():
        parts += _section(name, within)
    parts += _knobs(keys)
    return "\n".join(parts).rstrip("\n") + "\n"


def _opening(sections: Mapping[str, Sequence[Key]]) -> list[str]:
    rows = [f"- {link('How phrases are written', 'How phrases are written')}"]
    rows += [f"- {link(_title(name, within), name)}" for name, within in sections.items()]
    rows.append(f"- {link('Which key turns which knob', 'Which key turns which knob')}")
    return [
        "<!-- Made by scripts/make_reference.py from schemas/*.schema.json: change those, and make it again. -->",
        "# Reference: every key of a tenant's file",
        "",
        "One file in `tenants/` is one organisation. This page says for each key what it means, how it is written and where",
        "its boundary lies. How the pieces fit stands in [the rule language](rules.md); how a page of policy becomes a file",
        "stands in [the guide](guide.md).",
        "",
        f"`{NAME}` in a path is a key that the organisation chooses itself; `[]` stands behind a list of blocks. In",
        f"{_listed(RULES, 'and')}",
        "a key that is required may also be left out with its question in `to_confirm`: then a person decides.",
        "",
        *rows,
        "",
    ]


def _title(name: str, within: Sequence[Key]) -> str:
    return "The organisation itself" if name == ORGANISATION else f"`{name}`: {_sentence_start(within[0])}"


def _sentence_start(key: Key) -> str:
    return str(key.schema.get("description", "")).split(". ")[0].rstrip(".")


# ---- phrases


def forms_tables() -> dict[str, tuple[tuple[str, str], ...]]:
    """Per kind of phrase its table of forms: whatever the grammar calls KIND_FORMS."""
    found = {
        name.removesuffix("_FORMS").lower().replace("_", " "): table
        for name, table in vars(phrases).items()
        if name.endswith("_FORMS")
    }
    if stray := set(found) - set(PARSERS):
        raise SystemExit(f"a table of forms without a parser in PARSERS: {', '.join(sorted(stray))}")
    return found


def _phrases(keys: Sequence[Key]) -> list[str]:
    lines = [
        "## How phrases are written",
        "",
        "A phrase is one value, written as one of these forms and as no other. Whoever overrides it replaces it whole.",
        '`spelregel cutoff "PHRASE"` says a deadline in words and computes it for the next days.',
        "",
    ]
    tables = forms_tables()
    for kind in PARSERS:
        lines += [f"### {kind}", "", *_used_for(kind, keys), ""]
        lines += _forms(kind, tables[kind]) if kind in tables else _without_forms(kind, keys)
        lines.append("")
    return lines


def _used_for(kind: str, keys: Sequence[Key]) -> list[str]:
    used = [key for key in keys if _kind(key.schema) == kind and not key.alike]
    return ["For " + ", ".join(link(f"`{key.path}`", key.path) for key in used) + "."] if used else []


def _forms(kind: str, table: Iterable[tuple[str, str]]) -> list[str]:
    words = WORDS.get(kind)
    said = {example: boundary(kind, example) for _, example in table}
    premise = _usual_premise(said.values())
    head = ["form", "example", *(["in words"] if words else []), "at its boundary"]
    rows = []
    for form, example in table:
        own = [words(PARSERS[kind](example), SPEAKER)] if words else []
        rows.append([_code(form), _code(example), *own, said[example].removeprefix(f"{premise}: ") or "–"])
    opening = [f"Where no other day is named: {premise}.", ""] if premise else []
    return [*opening, *_table(head, rows), *_vocabulary(kind, table)]


def _usual_premise(said: Iterable[str]) -> str:
    """What two or more boundaries begin with, so that it is said once above their table."""
    (premise, times), *_ = Counter(each.partition(": ")[0] for each in said).most_common(1)
    return premise if times > 1 else ""


def _vocabulary(kind: str, table: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What the words in capitals stand for."""
    forms = " ".join(form for form, _ in table)
    units = getattr(phrases, f"{kind.upper().replace(' ', '_')}_UNITS", None)
    known = {
        "PERIOD": phrases.PERIODS,
        "WEEKDAY": phrases.WEEKDAYS,
        "MONTH": phrases.MONTHS,
        "units": units if units else (),
    }
    for word, values in known.items():
        if values and re.search(rf"\b{word}\b", forms):
            yield ""
            yield f"`{word}`: {_listed(values, 'or')}."
    if "DATE" in forms:
        yield ""
        yield "`DATE`: year-month-day, such as `2027-12-31`."


def _without_forms(kind: str, keys: Sequence[Key]) -> list[str]:
    examples = [text for key in keys if _kind(key.schema) == kind for text in _phrase_examples(key.schema)]
    rows = [[_code(text), boundary(kind, text) or "–"] for text in dict.fromkeys(examples)]
    return _table(["example", "at its boundary"], rows)


def _kind(schema: Mapping[str, Any]) -> str | None:
    found = schema.get("x-kind") or schema.get("items", {}).get("x-kind")
    return str(found) if found else None


def _phrase_examples(schema: Mapping[str, Any]) -> list[str]:
    return [text for each in schema.get("examples", ()) for text in (each if isinstance(each, list) else [each])]


# ---- keys


def _section(name: str, within: Sequence[Key]) -> list[str]:
    own = [key for key in within if not key.alike]
    root = next((key for key in own if key.path == name), None)
    lines = [f"## {name}", ""]
    if root:
        lines += [_description(root), "", *(_example(root) if root.schema.get("type") == "array" else [])]
        lines += [*_facts(root, within), ""]
    inside = [key for key in own if key is not root and not key.schema.get("patch")]
    if index := [link(_code(short), key.path) for key in inside if "." not in (short := _short(key, name))]:
        lines += ["Keys: " + " · ".join(index) + ".", ""]
    for key in inside:
        lines += [f"### {_code(key.path)}", "", *_entry(key, within)]
    if patches := [key for key in within if key.schema.get("patch")]:
        lines += ["Of these sections only the keys that differ, written as in the section itself:", ""]
        lines += [f"- [{_code(key.path)}](#{slug(key.schema['patch'])})" for key in patches] + [""]
    alike = [key for key in within if key.alike and not key.schema.get("patch") and not _is_inside(key, within)]
    if alike:
        lines += ["Written as in another section, with all that is below it:", ""]
        rows = [
            [_code(key.path), _description(key), key.required, link(_code(str(key.alike)), str(key.alike))]
            for key in alike
        ]
        lines += [*_table(["key", "meaning", "required", "see"], rows), ""]
    return lines


def _short(key: Key, section: str) -> str:
    """Without what every key of the section begins with."""
    return re.sub(rf"^{section}(\[\])?\.({NAME}\.)?", "", key.path) or key.path


def _is_inside(key: Key, within: Sequence[Key]) -> bool:
    above = key.path.rpartition(".")[0].removesuffix("[]")
    return any(other.path == above and other.alike for other in within)


def _entry(key: Key, within: Sequence[Key]) -> list[str]:
    title = key.schema.get("title")
    lines = [f"**{title}.** {_description(key)}" if title else _description(key), "", *_example(key)]
    lines += [*_facts(key, within), ""]
    return [*lines, *_actions(), ""] if key.path == "examples[].when" else lines


def _actions() -> list[str]:
    """Which facts go with which action: that is no matter of shape, so the schema does not know it."""
    rows = [
        [_code(action), _code(moment) if moment else "–", ", ".join(map(_code, facts))]
        for action, (moment, facts) in ACTIONS.items()
    ]
    return _table(["action", "its moment", "facts that may stand beside it"], rows)


def _example(key: Key) -> list[str]:
    examples = [_written(key, each) for each in key.schema.get("examples", ()) if each not in ({}, [])]
    return ["```yaml", *examples, "```", ""] if examples else []


def _description(key: Key) -> str:
    return str(key.schema.get("description", ""))


def _facts(key: Key, within: Sequence[Key]) -> list[str]:
    # A fact is read by the program, not by the schema: its examples say what it can be.
    rows = [f"- Value: {_values(key, within)}"] if "type" in key.schema else []
    unit = key.schema.get("x-unit") or key.schema.get("items", {}).get("x-unit")
    if unit and unit not in ("date", "version"):
        rows.append(f"- Unit: {unit}")
    rows.append(f"- Required: {key.required}")
    if "default" in key.schema:
        rows.append(f"- Left out: {_code(as_yaml(key.schema['default']))}")
    if shown := _shown(key):
        rows.append(f"- Shown: {shown}")
    rows += [f"- Boundary: {_code(text)}: {said}" for text, said in _boundaries(key)]
    if key.knobs:
        rows.append(f"- Turns: {', '.join(link(knob, 'Which key turns which knob') for knob in key.knobs)}")
    return rows


def _boundaries(key: Key) -> Iterator[tuple[str, str]]:
    kind = _kind(key.schema)
    if kind in PARSERS:
        for text in _phrase_examples(key.schema):
            if said := boundary(str(kind), text):
                yield text, said


def _values(key: Key, within: Sequence[Key]) -> str:
    schema = key.schema
    if schema.get("localized"):
        return "one text per language: `nl`, and `en` where the organisation offers it"
    if "const" in schema:
        return _code(as_yaml(schema["const"]))
    if schema.get("type") == "array":
        items = schema.get("items", {})
        each = _one_value(items) if not items.get("properties") else "a block"
        at_least = "at least one" if schema.get("minItems") else "any number"
        return f"a list, {at_least}; each is {each}"
    if schema.get("type") == "object":
        return _block(key, within)
    return _one_value(schema)


def _block(key: Key, within: Sequence[Key]) -> str:
    free = key.schema.get("additionalProperties")
    if isinstance(free, dict) and not key.schema.get("properties"):
        if any(other.path == f"{key.path}.{NAME}" for other in within):
            return "a block under each name; a name has small letters, digits and underscores"
        return f"under each path {_one_value(free)}"
    few = key.schema.get("minProperties")
    return f"a block with the keys below{f', at least {few}' if few else ''}"


def _one_value(schema: Mapping[str, Any]) -> str:
    kind = _kind(schema)
    if "enum" in schema:
        return f"{'one of ' if len(schema['enum']) > 1 else ''}{_listed(schema['enum'], 'or')}"
    if kind in PARSERS:
        return f"{'an' if str(kind)[0] in 'aeiou' else 'a'} {link(str(kind), str(kind))} phrase"
    if kind in PLAIN_KINDS:
        return PLAIN_KINDS[str(kind)]
    if schema.get("format") == "date":
        return "a date, as year-month-day"
    if schema.get("format") == "email":
        return "an e-mail address"
    simple = {"boolean": "`true` or `false`", "integer": "a whole number", "number": "a number"}
    if found := simple.get(str(schema.get("type"))):
        return found + _range(schema)
    if schema.get("pattern") == FREE_KEY:
        return PLAIN_KINDS["word"]
    if "pattern" in schema:
        return f"text like {_code(schema['pattern'])}"
    return f"text, at most {schema['maxLength']} characters" if "maxLength" in schema else "text"


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return ""
    if high is None:
        return f", at least {low}"
    return f" from {low} to {high}" if low is not None else f", at most {high}"


def _shown(key: Key) -> str | None:
    page = key.schema.get("x-page")
    if page == "parents":
        if key.section in RULES and NAME not in key.path and "[]" not in key.path:
            return f"to parents, on the conditions page (`#{anchor(key.path)}`)"
        return "to parents, on the conditions page" if key.section in RULES else "to parents, in the portal"
    return {"staff": "to staff only", "none": "not to parents"}.get(str(page))


def _written(key: Key, value: Any) -> str:
    return f"{key.path.rpartition('.')[2]}: {one_line(value)}"


def one_line(value: Any, *, inside: bool = False) -> str:
    """As a file has it, whole: `as_yaml` shortens what is long, for a message."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {one_line(each, inside=True)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(one_line(each, inside=True) for each in value) + "]"
    return as_yaml(value, inside=inside)


# ---- knobs


def _knobs(keys: Sequence[Key]) -> list[str]:
    sources, outside = organisations(), limits()
    rows = []
    for knob, title in KNOBS.items():
        turning = keys_of(knob, keys)
        where = [*_turning(turning, keys)]
        if knob in outside:
            where.append(f"{'in part ' if where else ''}[a person's](limits.md#{slug(outside[knob])})")
        rows.append([knob, title, ", ".join(where) or "not yet", _examples_of(turned_by(turning, sources))])
    tests = "[the tests](../tests/organisations)" if sources else "the tests"
    return [
        "## Which key turns which knob",
        "",
        "A knob is something that childcare organisations really do differently. For each: the keys that turn it (“+5” is",
        f"the same key in five other sections), and organisations of {tests} that turn it, with",
        "an example. What stands in [limits](limits.md) is a person's.",
        "",
        *_table(["", "knob", "keys", "organisations"], rows),
    ]


def _turning(turning: Sequence[Key], keys: Sequence[Key]) -> Iterator[str]:
    """A link to each key, once for those that are written alike: to the one that is told."""
    told = {key.path for key in keys if not key.alike}
    groups: dict[str, list[str]] = {}
    for key in turning:
        path = key.path
        while path not in told:  # a key can be alike to one inside a block that is told elsewhere itself
            path = next(each.alike for each in keys if each.path == path and each.alike)
        groups.setdefault(path, []).append(key.path)
    for path, same in groups.items():
        yield link(_code(same[0]), path) + (f" +{len(same) - 1}" if len(same) > 1 else "")


def _examples_of(turned: Sequence[Turned]) -> str:
    named = []
    for each in turned[:SHOWN]:
        words = f"[{each.name}](../{each.file})"
        if each.example:
            words += f" ([“{each.example}”](../{each.file}#L{each.line}))"
        named.append(words)
    more = len(turned) - SHOWN
    return ", ".join(named) + (f" and {more} more" if more > 0 else "") or "–"


# ---- Markdown


def _code(text: str) -> str:
    return f"`{text}`"


def _listed(values: Iterable[Any], last: str) -> str:
    words = [_code(as_yaml(value)) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


if __name__ == "__main__":
    text = reference()
    if "--check" in sys.argv:
        fresh = TARGET.exists() and TARGET.read_text("utf-8") == text
        sys.exit(0 if fresh else "docs/reference.md is stale: run python scripts/make_reference.py")
    TARGET.write_text(text, "utf-8")
